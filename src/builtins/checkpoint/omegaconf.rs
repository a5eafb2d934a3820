//! Configurations of OmegaConf: read as the dictionaries and lists they are, interpolations as they were written.

use std::rc::Rc;

use super::inert::Inert;
use torchsh_language::value::{Dict, Str, Value, Vm};

/// Configurations within configurations that a repr shows.
pub const NESTING: usize = 12;

/// Methods of a dictionary that a configuration has too.
pub fn is_method(name: &Str) -> bool {
    ["keys", "values", "items", "get", "index", "count"].contains(&name.as_str())
}

/// The value in a node; what is no node stays as it is.
#[must_use]
pub fn unwrapped(value: Value) -> Value {
    let inside = value.as_native::<Inert>().filter(|inert| is_ours(inert));
    inside.and_then(|inert| inert.attributes.get_name("_val")).unwrap_or(value)
}

/// What a `DictConfig` or `ListConfig` holds, its nodes unwrapped.
#[must_use]
pub fn content(vm: &dyn Vm, object: &Inert) -> Option<Value> {
    if !is_ours(object) {
        return None;
    }
    match object.attributes.get_name("_content")? {
        Value::List(items) => {
            Some(Value::list(items.to_vec().into_iter().map(unwrapped).collect::<Vec<_>>()))
        }
        Value::Dict(entries) => {
            let plain = Dict::default();
            for (key, value) in entries.entries() {
                plain.set(vm, key, unwrapped(value)).ok()?;
            }
            Some(Value::Dict(Rc::new(plain)))
        }
        _ => None,
    }
}

fn is_ours(object: &Inert) -> bool {
    object.class.module.as_str().starts_with("omegaconf.")
}
