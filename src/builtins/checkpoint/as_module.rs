//! Modules of a file: objects of the program's or the library's class of that name, else of one that is made for the name and
//! has what `torch.nn.Module` has. No code comes from the file.

use std::rc::Rc;

use super::names;
use torchsh_base::error::{Kind, Result};
use torchsh_checkpoint::graph::Global;
use torchsh_checkpoint::module::version_of;
use torchsh_language::value::{Class, Instance, Str, Value, Vm};

/// The class that a module of a file gets: the one of its name, if that is a module, else one made for the name.
///
/// # Errors
/// What importing `torch.nn` raises.
pub fn class_of(vm: &dyn Vm, global: &Global) -> Result<Option<Rc<Class>>> {
    match written_class(vm, global)? {
        Some(class) => Ok(Some(class)),
        None => made_for(vm, global),
    }
}

/// The class of modules that somebody wrote under that name.
fn written_class(vm: &dyn Vm, global: &Global) -> Result<Option<Rc<Class>>> {
    let Some(Value::Class(base)) = vm.named_in("torch.nn.modules.module", "Module")? else { return Ok(None) };
    Ok(match names::meant_by(vm, global)? {
        Some(Value::Class(class)) if class.inherits(&base) => Some(class),
        _ => None,
    })
}

/// The class for a name that no other class is known for.
fn made_for(vm: &dyn Vm, global: &Global) -> Result<Option<Rc<Class>>> {
    let Some(make) = vm.named_in("torch.nn.modules._unwritten", "class_of")? else { return Ok(None) };
    let (module, name) = (Value::Str(global.module.clone()), Value::Str(global.name.clone()));
    let version = Value::Int(version_of(global));
    match vm.call(&make, &[module, name, version], &[])? {
        Value::Class(class) => Ok(Some(class)),
        _ => Ok(None),
    }
}

/// `torch._shell.written_class(module, name)`: for a module that was loaded before its class was written.
///
/// # Errors
/// As [`class_of`].
pub fn written(vm: &dyn Vm, module: Str, name: Str) -> Result<Value> {
    let class = written_class(vm, &Global { module, name })?;
    Ok(class.map_or(Value::None, Value::Class))
}

/// Gives a module its attributes as its class takes them, which fills in what files of other versions lack. One that its
/// class will not have is a module all the same.
///
/// # Errors
/// What importing `torch.nn` raises.
pub fn complete(vm: &dyn Vm, module: &Instance, seen: &Value, global: &Global) -> Result<()> {
    let own = module.attributes.entries().into_iter();
    let state = Value::dict_of(own.filter_map(|(key, value)| Some((key.as_str()?, value))));
    match vm.call_method(seen, "__setstate__", std::slice::from_ref(&state)) {
        Err(error) if error.kind() != Kind::KeyboardInterrupt => {}
        done => return done.map(drop),
    }
    if let Some(class) = made_for(vm, global)? {
        module.set_class(class);
        vm.call_method(seen, "__setstate__", &[state])?;
    }
    Ok(())
}
