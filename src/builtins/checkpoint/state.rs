//! `state_dict()` of scripted models, and of optimizers that were pickled whole.

use std::any::Any;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::inert::{Inert, ordered};
use torchsh_aten::Arg;
use torchsh_base::error::{Error, Kind, Result};
use torchsh_checkpoint::{limits, module};
use torchsh_language::value::{Dict, Native, Str, Value, Vm};
use torchsh_tensors::values::convert::{tensor_of, wrap};

/// The entries of a model's `state_dict()`: parameters, then persistent buffers, then modules; and the version that each
/// module's class gives its state.
#[derive(Default)]
pub struct State {
    /// Tensors by name.
    pub entries: Vec<(String, Value)>,
    versions: Vec<(String, i64)>,
    /// Bytes of the names.
    named: usize,
}

impl State {
    /// That of a model.
    ///
    /// # Errors
    /// `RecursionError` for a module that holds itself, `ValueError` beyond the limits of names.
    pub fn of(model: &Inert) -> Result<State> {
        let mut state = State::default();
        state.module(model, "", 0)?;
        Ok(state)
    }

    fn module(&mut self, model: &Inert, prefix: &str, depth: usize) -> Result<()> {
        if depth > limits::MODULE_NESTING {
            let message = format!("modules nested more than {} deep", limits::MODULE_NESTING);
            return Err(Error::new(Kind::Recursion, message));
        }
        let path = prefix.trim_end_matches('.').to_owned();
        self.count(path.len())?;
        self.versions.push((path, module::version_of(&model.class)));
        if model.is_script() && model.attributes.get_name("_parameters").is_none() {
            return self.script(model, prefix, depth);
        }
        let skipped = not_persistent(model);
        for (table, skipped) in [("_parameters", &FxHashSet::default()), ("_buffers", &skipped)] {
            for (name, value) in named(model, table) {
                if !value.is_none() && !skipped.contains(&name) {
                    self.add(prefix, name.as_str(), value)?;
                }
            }
        }
        for (name, child) in named(model, "_modules") {
            if let Some(child) = child.as_native::<Inert>() {
                self.module(child, &format!("{prefix}{name}."), depth + 1)?;
            }
        }
        Ok(())
    }

    /// A module of TorchScript whose code does not tell its state: its tensors and modules are attributes.
    fn script(&mut self, model: &Inert, prefix: &str, depth: usize) -> Result<()> {
        for (name, value) in model.attributes.entries() {
            let Some(name) = name.as_str() else { continue };
            if value.as_tensor().is_some() {
                self.add(prefix, name.as_str(), value)?;
            } else if let Some(child) = value.as_native::<Inert>() {
                self.module(child, &format!("{prefix}{name}."), depth + 1)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, prefix: &str, name: &str, value: Value) -> Result<()> {
        self.count(prefix.len() + name.len())?;
        self.entries.push((format!("{prefix}{name}"), value));
        Ok(())
    }

    /// Counts a name of so many bytes.
    fn count(&mut self, length: usize) -> Result<()> {
        self.named = self.named.saturating_add(length);
        let names = self.entries.len() + self.versions.len();
        if names > limits::NAMED_TENSORS || self.named > limits::TENSOR_NAMES {
            return Err(Error::value(
                "the model has too many modules and tensors, or their names are too long",
            ));
        }
        Ok(())
    }
}

fn named(model: &Inert, table: &str) -> Vec<(Str, Value)> {
    let entries = model.attributes.get_name(table).and_then(|table| table.as_dict());
    let entries = entries.map(|entries| entries.entries()).unwrap_or_default();
    entries.into_iter().filter_map(|(name, value)| Some((name.as_str()?, value))).collect()
}

fn not_persistent(model: &Inert) -> FxHashSet<Str> {
    match model.attributes.get_name("_non_persistent_buffers_set") {
        Some(Value::Set(names)) => names.dict.keys().iter().filter_map(Value::as_str).collect(),
        _ => FxHashSet::default(),
    }
}

/// The `state_dict()` of a scripted model, with its `_metadata`, or that of a pickled optimizer.
///
/// # Errors
/// `TypeError` if it is neither.
pub fn state_dict(vm: &dyn Vm, object: &Inert) -> Result<Value> {
    if object.is_optimizer() && !object.is_script() {
        return optimizer(vm, object);
    }
    if !object.is_script() {
        let message = format!("the object is a {}, neither a model nor an optimizer", object.class);
        return Err(Error::type_error(message));
    }
    let State { entries, versions, .. } = State::of(object)?;
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
    let mut numbers: FxHashMap<usize, usize> = FxHashMap::default();
    let mut number = |parameter: &Value| {
        let next = numbers.len();
        Value::from(*numbers.entry(parameter.address()).or_insert(next))
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
