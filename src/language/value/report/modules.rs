//! The tensors of a module, as far as they are seen without running anything of the program.

use std::rc::Rc;

use super::{Row, gather};
use crate::value::{Dict, Instance, Value, Vm};

/// Modules within modules that are looked into: one that holds itself ends there.
const DEPTH: usize = 100;

/// The parameters and buffers of a module as rows; none for anything else.
#[must_use]
pub fn rows(vm: &dyn Vm, value: &Value) -> Option<Vec<Row>> {
    let Value::Instance(module) = value else { return None };
    held(module, "_modules")?;
    let mut rows = Vec::new();
    each(module, DEPTH, &mut |key, tensor| {
        rows.extend(gather::row(vm, key, tensor).ok());
        true
    });
    Some(rows)
}

/// Whether a value is a module with a parameter or buffer.
#[must_use]
pub fn has_weights(value: &Value) -> bool {
    matches!(value, Value::Instance(module) if held(module, "_modules").is_some() && !each(module, DEPTH, &mut |_, _| false))
}

/// Goes over the tensors of a module while it is told to; whether it came to the end.
fn each(module: &Instance, depth: usize, visit: &mut impl FnMut(&Value, &Value) -> bool) -> bool {
    let Some(deeper) = depth.checked_sub(1) else { return true };
    for place in ["_parameters", "_buffers"] {
        let entries = held(module, place).map(|place| place.entries()).unwrap_or_default();
        let mut tensors = entries.iter().filter(|(_, value)| matches!(value, Value::Tensor(_)));
        if !tensors.all(|(key, value)| visit(key, value)) {
            return false;
        }
    }
    let children = held(module, "_modules").map(|children| children.entries()).unwrap_or_default();
    children.iter().all(|(_, child)| match child {
        Value::Instance(child) => each(child, deeper, visit),
        _ => true,
    })
}

/// A dictionary that a module keeps under that name.
fn held(module: &Instance, name: &str) -> Option<Rc<Dict>> {
    module.attributes.get_name(name)?.as_dict()
}
