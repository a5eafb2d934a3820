//! Objects of the program's own classes: how a pickle names them and takes them apart, and how they are put together
//! again. Nothing of a file runs: a class is found by its name among those that are here, its object is filled.

use std::rc::Rc;

use crate::checkpoint::graph::{Global, Graph, Made, Node};
use crate::error::{Error, Kind, Result};
use crate::value::{Class, Instance, Str, Value, Vm};

/// What an object is pickled as.
pub struct Parts {
    /// Its class, or the function that makes it again.
    pub class: Global,
    /// How.
    pub made: Made,
    /// What the class or function is given.
    pub args: Vec<Value>,
    /// What is appended.
    pub items: Vec<Value>,
    /// What is set by key.
    pub entries: Vec<(Value, Value)>,
    /// Its `__dict__`, or what `__getstate__` gives.
    pub state: Option<Value>,
}

/// Takes an object apart, as `object.__reduce_ex__` does it.
///
/// # Errors
/// `PicklingError` for a class that cannot be found by its name; what `__reduce__` or `__getstate__` raises.
pub fn parts_of(vm: &dyn Vm, value: &Value, instance: &Instance) -> Result<Parts> {
    if let Some(reduced) = reduced(vm, value, instance)? {
        return Ok(reduced);
    }
    let class = name_of(vm, &Value::Class(instance.class()))?;
    let mut parts =
        Parts { class, made: Made::New, args: vec![], items: vec![], entries: vec![], state: None };
    match instance.payload() {
        Some(Value::Dict(dict)) => parts.entries = dict.entries(),
        Some(Value::List(list)) => parts.items = list.to_vec(),
        Some(other) => parts.args = vec![other],
        None => {}
    }
    parts.state = match written(&instance.class(), "__getstate__") {
        true => Some(vm.call_method(value, "__getstate__", &[])?),
        false if instance.attributes.is_empty() => None,
        false => Some(Value::Dict(instance.attributes.clone())),
    };
    Ok(parts)
}

/// Whether the class, or one it inherits from, writes that method itself.
fn written(class: &Class, method: &str) -> bool {
    matches!(class.lookup(&Str::intern(method)), Some(Value::Function(_)))
}

fn reduced(vm: &dyn Vm, value: &Value, instance: &Instance) -> Result<Option<Parts>> {
    if !written(&instance.class(), "__reduce__") {
        return Ok(None);
    }
    let given = vm.collect(&vm.call_method(value, "__reduce__", &[])?)?;
    let (Some(function), Some(args)) = (given.first(), given.get(1)) else {
        return Err(Error::new(
            Kind::Pickling,
            "tuple returned by __reduce__ must contain 2 through 6 elements",
        ));
    };
    let state = given.get(2).filter(|state| !state.is_none()).cloned();
    let (class, args) = (name_of(vm, function)?, vm.collect(args)?);
    Ok(Some(Parts { class, made: Made::Call, args, items: vec![], entries: vec![], state }))
}

/// The name by which a class or function is found again.
///
/// # Errors
/// `PicklingError`, or `AttributeError` for what is local to a function, as Python words them.
pub fn name_of(vm: &dyn Vm, value: &Value) -> Result<Global> {
    let text = |name: &str| -> Result<Option<Str>> {
        Ok(vm.attribute_or_none(value, &Str::intern(name))?.and_then(|name| name.as_str()))
    };
    let name = match text("__qualname__")? {
        Some(name) => Some(name),
        None => text("__name__")?,
    };
    let Some(name) = name else {
        let class = vm.type_name(value);
        return Err(Error::type_error(format!("cannot pickle '{class}' object")));
    };
    let module = text("__module__")?.unwrap_or_else(|| Str::intern("torch"));
    if name.as_str().contains("<locals>") {
        return Err(Error::new(Kind::Attribute, format!("Can't pickle local object '{name}'")));
    }
    match find(vm, &module, &name)? {
        Some(found) if found.same(value) || matches!(value, Value::Builtin(_) | Value::Native(_)) => {
            Ok(Global { module, name })
        }
        found => {
            let why = match found {
                Some(_) => format!("it's not the same object as {module}.{name}"),
                None => format!("attribute lookup {name} on {module} failed"),
            };
            let message = format!("Can't pickle {}: {why}", vm.repr(value)?);
            Err(Error::new(Kind::Pickling, message))
        }
    }
}

/// What a module that is here has under a name. A file makes no other file run: of modules that were not imported yet
/// only the library's own are.
///
/// # Errors
/// What reading an attribute raises.
pub fn find(vm: &dyn Vm, module: &Str, name: &Str) -> Result<Option<Value>> {
    let mut parts = name.as_str().split('.').map(Str::intern);
    let Some(first) = parts.next() else { return Ok(None) };
    let mut found = if module.as_str() == "__main__" {
        vm.main_globals().get_str(&first)
    } else if matches!(module.as_str(), "builtins" | "__builtin__") {
        vm.types().named(first.as_str()).map(Value::Class)
    } else {
        let loaded = || vm.modules().into_iter().any(|one| is_module(&one, module));
        let own = module.as_str().split('.').next().is_some_and(|root| LIBRARIES.contains(&root));
        if !own && !loaded() {
            return Ok(None);
        }
        match vm.import(module) {
            Ok(module) => vm.attribute_or_none(&module, &first)?,
            Err(_) => None,
        }
    };
    for part in parts {
        let Some(owner) = found else { return Ok(None) };
        found = vm.attribute_or_none(&owner, &part)?;
    }
    Ok(found)
}

/// The libraries whose modules are the shell's own.
const LIBRARIES: &[&str] = &["torch", "torchvision", "argparse", "collections", "pathlib", "datetime"];

fn is_module(value: &Value, name: &Str) -> bool {
    matches!(value, Value::Module(module) if module.name == *name)
}

/// A new object of a class that is here, not filled yet; none if there is no such class, or Python's own pickles know it.
///
/// # Errors
/// What reading an attribute raises.
pub fn bare(vm: &dyn Vm, global: &Global, args: &[Value]) -> Result<Option<(Value, Rc<Instance>)>> {
    let Some(Value::Class(class)) = find(vm, &global.module, &global.name)? else { return Ok(None) };
    if !class.is_written() {
        return Ok(None);
    }
    let instance = Rc::new(Instance::new(class.clone(), payload(vm, &class, args)?));
    Ok(Some((Value::Instance(instance.clone()), instance)))
}

/// An empty value of the built-in type that the class stands on.
fn payload(vm: &dyn Vm, class: &Rc<Class>, args: &[Value]) -> Result<Option<Value>> {
    let Some(base) = class.ancestors.iter().find(|base| base.constructor.is_some()) else { return Ok(None) };
    if base.name.as_str() == "object" {
        return Ok(None);
    }
    vm.call(&Value::Class(base.clone()), args, &[]).map(Some)
}

/// Fills an object with its state, as `pickle` does it.
///
/// # Errors
/// What `__setstate__` raises.
pub fn set_state(vm: &dyn Vm, value: &Value, instance: &Instance, state: &Value) -> Result<()> {
    if written(&instance.class(), "__setstate__") {
        return vm.call_method(value, "__setstate__", std::slice::from_ref(state)).map(drop);
    }
    let parts = match state {
        // `(__dict__, slots)`
        Value::Tuple(tuple) => tuple.items.to_vec(),
        state => vec![state.clone()],
    };
    for (name, value) in parts.iter().filter_map(Value::as_dict).flat_map(|part| part.entries()) {
        instance.attributes.set(vm, name, value)?;
    }
    Ok(())
}

/// Whether the name is that of a named tuple's class that is here.
///
/// # Errors
/// What reading an attribute raises.
pub fn is_named_tuple(vm: &dyn Vm, global: &Global) -> Result<bool> {
    let found = find(vm, &global.module, &global.name)?;
    Ok(matches!(found, Some(Value::Class(class)) if class.named_tuple.get().is_some()))
}

/// What a call that a file asks for gives: only classes of named tuples and enumerations are called.
///
/// # Errors
/// What the class raises.
pub fn called(vm: &dyn Vm, global: &Global, args: &[Value]) -> Result<Option<Value>> {
    let Some(found @ Value::Class(_)) = find(vm, &global.module, &global.name)? else { return Ok(None) };
    let Value::Class(class) = &found else { return Ok(None) };
    let is_enum = class.lookup(&Str::intern("_member_map_")).is_some();
    if !is_enum && class.named_tuple.get().is_none() {
        return Ok(None);
    }
    vm.call(&found, args, &[]).map(Some)
}

/// Refuses a file that asks for a class which `weights_only=True` does not allow.
///
/// # Errors
/// `UnpicklingError`, worded as PyTorch's.
pub fn refuse_classes(graph: &Graph, allowed: &[Global]) -> Result<()> {
    let objects = graph.ids().filter_map(|id| match graph.get(id) {
        Node::Object(object) if object.made != Made::Persistent => Some(object.class.clone()),
        _ => None,
    });
    let Some(class) = objects.into_iter().find(|class| !allowed.contains(class)) else { return Ok(()) };
    Err(Error::new(
        Kind::Unpickling,
        format!(
            "Weights only load failed. This file can still be loaded, to do so you have two options, \x1b[1mdo those steps \
             only if you trust the source of the checkpoint\x1b[0m. \n\t(1) In PyTorch 2.6, we changed the default value of \
             the `weights_only` argument in `torch.load` from `False` to `True`. Re-running `torch.load` with \
             `weights_only` set to `False` will likely succeed, but it can result in arbitrary code execution. Do it only \
             if you got the file from a trusted source.\n\t(2) Alternatively, to load with `weights_only=True` please \
             check the recommended steps in the following error message.\n\tWeightsUnpickler error: Unsupported global: \
             GLOBAL {class} was not an allowed global by default. Please use \
             `torch.serialization.add_safe_globals([{class}])` or the `torch.serialization.safe_globals([{class}])` \
             context manager to allowlist this global if you trust this class/function.\n\nCheck the documentation of \
             torch.load to learn more about types accepted by default with weights_only \
             https://pytorch.org/docs/stable/generated/torch.load.html."
        ),
    ))
}
