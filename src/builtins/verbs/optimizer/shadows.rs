//! What an optimizer keeps for parameters, put through the verb that changed them: averages of gradients have the parameter's shape.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::super::surgery::sources::{Sources, at_key, value};
use super::Line;
use super::changes::{Changes, New};
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::record::{Form, TensorRecord};
use torchsh_language::value::report::optimizer::is_factor;
use torchsh_language::value::report::{gather, shape_text};
use torchsh_language::value::{Dict, TensorObject, Value, Vm};
use torchsh_state_dict::derive;

/// What the verb made of the states that are changed.
pub struct Shadows {
    /// By the name of a kind (`exp_avg`), the state_dict that the verb made with it in the place of the parameters.
    made: FxHashMap<String, Rc<Dict>>,
    /// The sizes that the parameters had.
    shapes: FxHashMap<String, Vec<i64>>,
}

impl Shadows {
    /// Puts the states of the parameters that are changed through the verb.
    ///
    /// # Errors
    /// The verb's; `ValueError` for a state that has no part in its parameter's shape.
    pub fn of(
        vm: &dyn Vm,
        line: &Line<'_>,
        changes: &Changes,
        kept: &FxHashMap<String, Rc<Dict>>,
    ) -> Result<Self> {
        // The keys under which the verb meets a state.
        let mut met: FxHashMap<&str, &Rc<Dict>> = FxHashMap::default();
        for parameter in changes.parameters.iter().filter(|parameter| changes.touches(parameter)) {
            let Some(kept) = kept.get(&parameter.name) else { continue };
            let keys = std::iter::once(&parameter.name).chain(&parameter.also);
            met.extend(keys.map(|key| (key.as_str(), kept)));
        }
        let mut kinds: Vec<String> = Vec::new();
        for (name, held) in met.values().flat_map(|kept| kept.entries()) {
            let name = gather::key_text(vm, &name)?;
            let is_tensor = held.as_tensor().is_some_and(|tensor| !tensor.tensor().sizes().is_empty());
            if is_tensor && !kinds.contains(&name) {
                kinds.push(name);
            }
        }
        let mut made = FxHashMap::default();
        for kind in kinds {
            let shadow = shadow(vm, line, changes, &met, &kind)?;
            let result = line.quietly(vm, &shadow).map_err(|error| error.note(format!("for {kind}")))?;
            made.insert(kind, result);
        }
        let shape = |key: &str| Some(changes.before.get_name(key)?.as_tensor()?.tensor().sizes());
        let shapes = met.keys().filter_map(|key| Some(((*key).to_owned(), shape(key)?))).collect();
        Ok(Shadows { made, shapes })
    }

    /// The state of a new parameter, from those of the old ones.
    ///
    /// # Errors
    /// `ValueError` where these do not agree, or hold what cannot go along.
    pub fn state(&self, vm: &dyn Vm, new: &New, kept: &[Rc<Dict>]) -> Result<Value> {
        let Some((first, others)) = kept.split_first() else { return Ok(Value::None) };
        let (made, mut sources) = (super::super::alike(first), Sources::new(vm));
        for (name, held) in first.entries() {
            let text = gather::key_text(vm, &name)?;
            let tensor = held.as_tensor().filter(|tensor| !tensor.tensor().sizes().is_empty());
            let value = match tensor {
                Some(tensor) => self.part(&text, new, tensor)?,
                None => {
                    for other in others {
                        let theirs = other.get(vm, &name)?;
                        let is_alike = theirs.map_or(Ok(false), |theirs| is_alike(vm, &held, &theirs))?;
                        if !is_alike {
                            let message = format!("{}: the {text} of {} differ", new.key, new.of.join(", "));
                            return Err(Error::value(message));
                        }
                    }
                    plain(vm, &mut sources, (&new.key, &text), held)?
                }
            };
            made.set(vm, name, value)?;
        }
        Ok(Value::Dict(Rc::new(made)))
    }

    /// What the verb made of one kind of state, with the sizes that this kind has.
    fn part(&self, kind: &str, new: &New, old: &Rc<TensorObject>) -> Result<Value> {
        let missing = || Error::value(format!("{}: its {kind} cannot go along", new.key));
        let made = self.made.get(kind).and_then(|made| made.get_name(&new.key)).ok_or_else(missing)?;
        let tensor = made.as_tensor().ok_or_else(missing)?;
        let (sizes, now) = (old.tensor().sizes(), tensor.tensor().sizes());
        let record = tensor.tensor().read_later().ok_or_else(missing)?;
        if sizes.len() + 1 == now.len() {
            let dim = if kind.contains("row") { now.len() - 1 } else { now.len().saturating_sub(2) };
            let mut thin = derive::sliced(&record, dim, 0, 1)?;
            thin.shape.remove(dim);
            if let Form::Strided(view) = &mut thin.form {
                view.stride.remove(dim);
            }
            return value(&thin, &[]);
        }
        let mut thin = record;
        let was = new.of.first().and_then(|old| self.shapes.get(old)).map(Vec::as_slice).unwrap_or_default();
        for (dim, (size, was)) in sizes.iter().zip(was).enumerate() {
            if size != was {
                thin = derive::sliced(&thin, dim, 0, 1)?;
            }
        }
        value(&thin, &[])
    }
}

/// A state_dict in which the parameters that are changed are what is kept for them.
fn shadow(
    vm: &dyn Vm,
    line: &Line<'_>,
    changes: &Changes,
    met: &FxHashMap<&str, &Rc<Dict>>,
    kind: &str,
) -> Result<Rc<Dict>> {
    let (made, mut sources) = (super::super::alike(&changes.before), Sources::new(vm));
    for (key, entry) in changes.before.entries() {
        let text = gather::key_text(vm, &key)?;
        let held = met.get(text.as_str()).and_then(|kept| kept.get_name(kind));
        let held = held.as_ref().and_then(Value::as_tensor).filter(|held| !held.tensor().sizes().is_empty());
        let entry = match (held, entry.as_tensor()) {
            (Some(held), Some(of)) => {
                let source = sources.of(&text, held)?;
                let shape = of.tensor().sizes();
                let wide = spread(&source.record, &shape, kind, line.row.name)
                    .map_err(|error| at_key(error, &text))?;
                value(&wide, &[&source])?
            }
            _ => entry,
        };
        made.set(vm, key, entry)?;
    }
    Ok(Rc::new(made))
}

/// What is kept, in its parameter's shape: rows and columns of a factored state stand for all that they are of.
fn spread(record: &TensorRecord, shape: &[i64], kind: &str, verb: &str) -> Result<TensorRecord> {
    if !record.dtype.is_floating_point() {
        let message = format!(
            "its {kind} is {}: numbers with scales of their own cannot be changed",
            record.dtype.name()
        );
        return Err(Error::value(message));
    }
    if record.shape == shape {
        return Ok(record.clone());
    }
    let mut wide = record.clone();
    let Form::Strided(view) = &mut wide.form else { return Ok(record.clone()) };
    if is_factor(&record.shape, shape) {
        let dim = if kind.contains("row") { shape.len() - 1 } else { shape.len() - 2 };
        wide.shape.insert(dim, 1);
        view.stride.insert(dim, 0);
    }
    let is_part = wide.shape.len() == shape.len()
        && wide.shape.iter().zip(shape).all(|(one, all)| one == all || *one == 1);
    if !is_part {
        let message =
            format!("its {kind} is {}, no part of {}", shape_text(&record.shape), shape_text(shape));
        return Err(Error::value(message));
    }
    if matches!(verb, "transpose" | "join" | "rename") {
        let message = format!(
            "its {kind} is {}, of a factored state, which cannot be turned or joined",
            shape_text(&record.shape)
        );
        return Err(Error::value(message));
    }
    for ((size, stride), all) in wide.shape.iter_mut().zip(&mut view.stride).zip(shape) {
        if size != all {
            (*size, *stride) = (*all, 0);
        }
    }
    Ok(wide)
}

/// What is no tensor of the parameter's shape: numbers and words stay. A counter that is a tensor is counted up where it lies, so
/// that each parameter has one of its own.
fn plain(vm: &dyn Vm, sources: &mut Sources<'_>, (key, name): (&str, &str), held: Value) -> Result<Value> {
    if let Some(tensor) = held.as_tensor() {
        let source = sources.of(name, tensor)?;
        return value(&derive::copied(source.record.clone())?, &[&source]);
    }
    let is_plain = held.is_none()
        || held.as_str().is_some()
        || matches!(held, Value::Int(_) | Value::Float(_) | Value::Bool(_));
    match is_plain {
        true => Ok(held),
        false => {
            let message = format!("{key}: its {name} is a {}, which cannot go along", vm.type_name(&held));
            Err(Error::value(message))
        }
    }
}

fn is_alike(vm: &dyn Vm, one: &Value, two: &Value) -> Result<bool> {
    Ok(vm.repr(one)? == vm.repr(two)?)
}
