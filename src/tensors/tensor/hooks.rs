//! What the program has called while gradients are computed: hooks of tensors and of nodes, and steps of its own.

use std::any::Any;
use std::rc::Rc;

use crate::values::convert::{sequence, wrap};
use torchsh_aten::{self as aten, Gradients, Tensor};
use torchsh_base::error::{Error, Result};
use torchsh_language::value::{Dict, Str, Value, Vm};

/// What was hung on the graph. Hooks lie in dictionaries by their numbers: what is taken out there is called no more.
pub enum Hooks {
    /// Of a tensor: each is called with its gradient.
    Tensor(Value),
    /// Of a node: called with what came to it.
    Before(Value),
    /// Of a node: called with what it gives and what came to it.
    After(Value),
    /// A step of the program's: its context.
    Step(Value),
}

/// Puts a hook into the dictionary; gives the handle that takes it out again.
pub fn hang(vm: &dyn Vm, hooks: &Value, hook: Value) -> Result<Value> {
    let handle = vm.attribute(&vm.import("torch.utils.hooks")?, &Str::intern("RemovableHandle"))?;
    let handle = vm.call(&handle, std::slice::from_ref(hooks), &[])?;
    vm.set_item(hooks, &vm.attribute(&handle, &Str::intern("id"))?, hook)?;
    Ok(handle)
}

/// A dictionary with one hook, and the handle.
pub fn alone(vm: &dyn Vm, hook: Value) -> Result<(Value, Value)> {
    let hooks = Value::Dict(Rc::new(Dict::default()));
    let handle = hang(vm, &hooks, hook)?;
    Ok((hooks, handle))
}

/// Runs `body`, in which gradients are computed.
///
/// # Errors
/// What a hook raises, or `body`.
pub fn with_hooks<T>(vm: &dyn Vm, body: impl FnOnce() -> Result<T>) -> Result<T> {
    aten::with_hooks(&|payload, first, second, room| run(vm, payload, first, second, room), body)
}

fn run(
    vm: &dyn Vm,
    payload: &dyn Any,
    first: Gradients,
    second: Gradients,
    room: usize,
) -> Result<Option<Gradients>> {
    match payload.downcast_ref::<Hooks>() {
        Some(Hooks::Tensor(hooks)) => of_tensor(vm, hooks, first),
        Some(Hooks::Before(hooks)) => of_node(vm, hooks, first, None),
        Some(Hooks::After(hooks)) => of_node(vm, hooks, first, Some(second)),
        Some(Hooks::Step(context)) => step(vm, context, first, room),
        None => Ok(None),
    }
}

/// Calls all hooks of a tensor; each sees what the one before made of the gradient.
fn of_tensor(vm: &dyn Vm, hooks: &Value, first: Gradients) -> Result<Option<Gradients>> {
    let (Some(hooks), Some(Some(mut current))) = (hooks.as_dict(), first.into_iter().next()) else {
        return Ok(None);
    };
    let mut changed = false;
    for (_, hook) in hooks.entries() {
        match vm.call(&hook, &[wrap(current.clone())], &[])? {
            Value::Tensor(new) => {
                current = new.tensor().clone();
                changed = true;
            }
            Value::None => {}
            other => {
                let name = vm.type_name(&other);
                return Err(Error::type_error(format!("expected Variable, but hook returned '{name}'")));
            }
        }
    }
    Ok(changed.then(|| vec![Some(current)]))
}

fn of_node(
    vm: &dyn Vm,
    hooks: &Value,
    first: Gradients,
    second: Option<Gradients>,
) -> Result<Option<Gradients>> {
    let Some(hooks) = hooks.as_dict() else { return Ok(None) };
    let second = second.map(values);
    let (mut current, mut changed) = (values(first), false);
    for (_, hook) in hooks.entries() {
        let arguments: Vec<Value> = std::iter::once(current.clone()).chain(second.clone()).collect();
        let answer = vm.call(&hook, &arguments, &[])?;
        if !answer.is_none() {
            let answer = if answer.as_tuple().is_some() { answer } else { Value::tuple(vec![answer]) };
            let count = |value: &Value| value.as_tuple().map_or(0, |tuple| tuple.items.len());
            if count(&answer) != count(&current) {
                let name = vm.attribute_or_none(&hook, &Str::intern("__name__"))?;
                return Err(Error::runtime(format!(
                    "hook '{}' has returned an incorrect number of values (got {}, but expected {})",
                    name.map_or(Ok(Str::intern("<unknown>")), |name| vm.text(&name))?,
                    count(&answer),
                    count(&current)
                )));
            }
            current = answer;
            changed = true;
        }
    }
    changed.then(|| gradients(vm, &current)).transpose()
}

/// Asks a step's context for its gradients, or tells it that what it kept can go.
fn step(vm: &dyn Vm, context: &Value, first: Gradients, room: usize) -> Result<Option<Gradients>> {
    if room == 0 && first.is_empty() {
        vm.call(&vm.attribute(context, &Str::intern("_released"))?, &[], &[])?;
        return Ok(None);
    }
    let answered = vm.attribute(context, &Str::intern("_answered"))?;
    gradients(vm, &vm.call(&answered, &[values(first)], &[])?).map(Some)
}

fn values(gradients: Gradients) -> Value {
    Value::tuple(gradients.into_iter().map(|tensor| tensor.map_or(Value::None, wrap)).collect())
}

fn gradients(vm: &dyn Vm, value: &Value) -> Result<Gradients> {
    let one = |value: &Value| match value {
        Value::None => Ok(None),
        Value::Tensor(tensor) => Ok(Some(tensor.tensor().clone())),
        other => Err(Error::type_error(format!("expected Variable or None (got {})", vm.type_name(other)))),
    };
    sequence(value).unwrap_or_else(|| vec![value.clone()]).iter().map(one).collect()
}

/// The tensors of a tuple; none where something else stands.
pub fn tensors_of(value: &Value) -> Vec<Option<Tensor>> {
    let one = |value: &Value| match value {
        Value::Tensor(tensor) => Some(tensor.tensor().clone()),
        _ => None,
    };
    sequence(value).unwrap_or_default().iter().map(one).collect()
}
