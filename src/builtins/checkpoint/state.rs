//! `state_dict()` of models and optimizers that were pickled whole.

use std::any::Any;
use std::rc::Rc;

use super::inert::{Inert, ordered};
use crate::aten::Arg;
use crate::builtins::torch::convert::{tensor_of, wrap};
use crate::checkpoint::{limits, module};
use crate::error::{Error, Result};
use crate::value::{Dict, Native, Str, Value, Vm};

/// The entries of a model's `state_dict()`: parameters, then persistent buffers, then modules.
#[must_use]
pub fn module_entries(model: &Inert) -> Vec<(String, Value)> {
    let (mut entries, mut versions) = (Vec::new(), Vec::new());
    walk(model, "", 0, &mut entries, &mut versions);
    entries
}

fn walk(
    model: &Inert,
    prefix: &str,
    depth: usize,
    entries: &mut Vec<(String, Value)>,
    versions: &mut Vec<(String, i64)>,
) {
    if depth > limits::MODULE_NESTING || entries.len() > limits::NAMED_TENSORS {
        return;
    }
    versions.push((prefix.trim_end_matches('.').to_owned(), module::version_of(&model.class)));
    if model.is_script() && model.attributes.get_name("_parameters").is_none() {
        return script(model, prefix, depth, entries, versions);
    }
    let skipped = not_persistent(model);
    for (table, skipped) in [("_parameters", &[] as &[Str]), ("_buffers", skipped.as_slice())] {
        for (name, value) in named(model, table) {
            if !value.is_none() && !skipped.contains(&name) {
                entries.push((format!("{prefix}{name}"), value));
            }
        }
    }
    if let Some(packed) = packed(model) {
        entries.push((format!("{prefix}{}", module::PACKED), packed));
    }
    for (name, child) in named(model, "_modules") {
        if let Some(child) = child.as_native::<Inert>() {
            walk(child, &format!("{prefix}{name}."), depth + 1, entries, versions);
        }
    }
}

/// A quantized layer's weight and bias, from the object of C++ that has them.
fn packed(model: &Inert) -> Option<Value> {
    let object = model.attributes.get_name(module::PACKED)?;
    let object = object.as_native::<Inert>().filter(|object| object.class.name.as_str() == "ScriptObject")?;
    let state = object.state.borrow().clone();
    state.as_tuple()?.items.first().cloned()
}

/// A module of TorchScript whose code does not tell its state: its tensors and modules are attributes.
fn script(
    model: &Inert,
    prefix: &str,
    depth: usize,
    entries: &mut Vec<(String, Value)>,
    versions: &mut Vec<(String, i64)>,
) {
    for (name, value) in model.attributes.entries() {
        let Some(name) = name.as_str() else { continue };
        if value.as_tensor().is_some() {
            entries.push((format!("{prefix}{name}"), value));
        } else if let Some(child) = value.as_native::<Inert>() {
            walk(child, &format!("{prefix}{name}."), depth + 1, entries, versions);
        }
    }
}

fn named(model: &Inert, table: &str) -> Vec<(Str, Value)> {
    let entries = model.attributes.get_name(table).and_then(|table| table.as_dict());
    let entries = entries.map(|entries| entries.entries()).unwrap_or_default();
    entries.into_iter().filter_map(|(name, value)| Some((name.as_str()?, value))).collect()
}

fn not_persistent(model: &Inert) -> Vec<Str> {
    match model.attributes.get_name("_non_persistent_buffers_set") {
        Some(Value::Set(names)) => names.dict.keys().iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The `state_dict()` of a pickled model, with its `_metadata`, or that of a pickled optimizer.
///
/// # Errors
/// `TypeError` if it is neither.
pub fn state_dict(vm: &dyn Vm, object: &Inert) -> Result<Value> {
    if object.is_optimizer() && !object.is_module() {
        return optimizer(vm, object);
    }
    if !object.is_module() {
        let message = format!("the object is a {}, neither a model nor an optimizer", object.class);
        return Err(Error::type_error(message));
    }
    let (mut entries, mut versions) = (Vec::new(), Vec::new());
    walk(object, "", 0, &mut entries, &mut versions);
    let (state, metadata) = (ordered(), ordered());
    for (name, value) in entries {
        state.set_str(Str::new(name), detached(&value)?);
    }
    for (path, version) in versions {
        let about = Value::dict_of([(Str::intern("version"), Value::Int(version))]);
        metadata.set_str(Str::new(path), about);
    }
    state.attributes().set_name("_metadata", metadata);
    Ok(Value::Dict(state))
}

/// The tensor without its history, as `state_dict()` gives it; it shares its memory.
fn detached(value: &Value) -> Result<Value> {
    match value.as_tensor() {
        Some(object) => tensor_of("Tensor", "detach", &[Arg::Tensor(object.tensor().clone())], &[]).map(wrap),
        None => Ok(value.clone()),
    }
}

/// An optimizer's state, its parameters replaced by their numbers.
fn optimizer(vm: &dyn Vm, object: &Inert) -> Result<Value> {
    let mut numbers: Vec<Value> = Vec::new();
    let mut number = |parameter: &Value| {
        let place = numbers.iter().position(|known| known.same(parameter)).unwrap_or_else(|| {
            numbers.push(parameter.clone());
            numbers.len() - 1
        });
        Value::from(place)
    };
    let mut groups = Vec::new();
    let found = object.attributes.get_name("param_groups").and_then(|groups| groups.as_list());
    for group in found.map(|groups| groups.to_vec()).unwrap_or_default() {
        let Some(group) = group.as_dict() else { continue };
        let packed = Dict::default();
        for (key, value) in group.entries() {
            if let Some(key) = key.as_str().filter(|key| key.as_str() != "params") {
                packed.set_str(key, value);
            }
        }
        let parameters = group.get_name("params").and_then(|params| params.as_list());
        let parameters = parameters.map(|params| params.to_vec()).unwrap_or_default();
        packed.set_name("params", parameters.iter().map(&mut number).collect::<Vec<_>>());
        groups.push(Value::Dict(Rc::new(packed)));
    }
    let state = Dict::default();
    let entries = object.attributes.get_name("state").and_then(|state| state.as_dict());
    for (key, value) in entries.map(|state| state.entries()).unwrap_or_default() {
        let key = if key.as_tensor().is_some() { number(&key) } else { key };
        state.set(vm, key, value)?;
    }
    Ok(Value::dict_of([
        (Str::intern("state"), Value::Dict(Rc::new(state))),
        (Str::intern("param_groups"), Value::list(groups)),
    ]))
}

/// `model.state_dict`, bound to a pickled model.
pub struct Method(Inert);

impl Method {
    /// The method of that object.
    #[must_use]
    pub fn of(object: &Inert) -> Self {
        Method(object.alias())
    }
}

impl Native for Method {
    fn type_name(&self) -> &str {
        "method"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn repr(&self, _vm: &dyn Vm) -> Option<Result<String>> {
        Some(Ok(format!("<method state_dict of a pickled {}>", self.0.class)))
    }

    fn call(&self, vm: &dyn Vm, _arguments: &[Value], _keywords: &[(Str, Value)]) -> Option<Result<Value>> {
        Some(state_dict(vm, &self.0))
    }
}
