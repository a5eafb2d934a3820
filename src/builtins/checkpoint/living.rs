//! Pickled models as modules: their attributes, seen through the class of the program's or the library's that has their
//! name, else through `torch.nn.Module` alone. No code comes from the file.

use std::cell::Cell;
use std::rc::Rc;

use super::inert::Inert;
use super::names;
use super::state::State;
use crate::checkpoint::graph::Global;
use crate::error::{Kind, Result};
use crate::value::{Class, Instance, Str, Value, Vm};

/// Modules within modules that a repr shows.
const NESTING: usize = 64;
/// Bytes of the reprs of modules within the one that is shown: a few can hold each other any number of times.
const SHOWN: usize = 1 << 21;

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    static WRITTEN: Cell<usize> = const { Cell::new(0) };
}

/// The class that a module of a file gets: the one of its name, if that is a module, else one made for the name.
///
/// # Errors
/// What importing `torch.nn` raises.
pub fn class_of(vm: &dyn Vm, global: &Global) -> Result<Option<Rc<Class>>> {
    let Some(Value::Class(base)) = vm.named_in("torch.nn.modules.module", "Module")? else { return Ok(None) };
    if let Some(Value::Class(class)) = names::meant_by(vm, global)?
        && class.inherits(&base)
    {
        return Ok(Some(class));
    }
    made_for(vm, global)
}

/// The class for a name that no other class is known for.
fn made_for(vm: &dyn Vm, global: &Global) -> Result<Option<Rc<Class>>> {
    let Some(make) = vm.named_in("torch.nn.modules._unwritten", "class_of")? else { return Ok(None) };
    let name = [Value::Str(global.module.clone()), Value::Str(global.name.clone())];
    match vm.call(&make, &name, &[])? {
        Value::Class(class) => Ok(Some(class)),
        _ => Ok(None),
    }
}

/// The model as a module that shares its attributes: what is changed in one is changed in the other.
///
/// # Errors
/// What the class's `__setstate__` raises.
pub fn module(vm: &dyn Vm, model: &Inert) -> Result<Option<Value>> {
    match class_of(vm, &model.class)? {
        Some(class) => seen_through(vm, model, class).map(Some),
        None => Ok(None),
    }
}

fn seen_through(vm: &dyn Vm, model: &Inert, class: Rc<Class>) -> Result<Value> {
    let seen = Value::Instance(Rc::new(Instance::sharing(class, model.attributes.clone())));
    // Files of earlier releases lack attributes that later ones add here.
    let is_whole = |name| model.attributes.get_name(name).is_some();
    if !is_whole("_non_persistent_buffers_set") || !is_whole("_backward_pre_hooks") {
        let state = model.attributes.entries().into_iter();
        let state = Value::dict_of(state.filter_map(|(key, value)| Some((key.as_str()?, value))));
        vm.call_method(&seen, "__setstate__", &[state])?;
    }
    Ok(seen)
}

/// An attribute of the model that its module has: a method, mostly.
pub fn attribute(vm: &dyn Vm, model: &Inert, name: &Str) -> Option<Result<Value>> {
    match module(vm, model) {
        Ok(Some(module)) => vm.attribute_or_none(&module, name).transpose(),
        Ok(None) => None,
        Err(error) => Some(Err(error)),
    }
}

/// PyTorch's text of the model. One that cannot be shown so is named and counted.
///
/// # Errors
/// None but what ends a program.
pub fn text(vm: &dyn Vm, model: &Inert) -> Result<String> {
    let depth = DEPTH.get();
    if depth == 0 {
        WRITTEN.set(0);
        if let Err(error) = State::of(vm, model) {
            return Ok(format!(
                "<{}: a pickled model without a state_dict: {}>",
                model.class,
                error.message()
            ));
        }
    }
    if depth >= NESTING || WRITTEN.get() > SHOWN {
        return Ok(format!("<{}>", model.class));
    }
    DEPTH.set(depth + 1);
    let text = shown(vm, model);
    DEPTH.set(depth);
    let text = text?;
    WRITTEN.set(WRITTEN.get().saturating_add(text.len()));
    Ok(text)
}

fn shown(vm: &dyn Vm, model: &Inert) -> Result<String> {
    for class in [class_of(vm, &model.class)?, made_for(vm, &model.class)?].into_iter().flatten() {
        match seen_through(vm, model, class).and_then(|module| vm.repr(&module)) {
            // Attributes that are not what the class of that name has.
            Err(error) if error.kind() != Kind::KeyboardInterrupt => {}
            text => return text,
        }
    }
    Ok(format!("{}(…)", model.class.name))
}
