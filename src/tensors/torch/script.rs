//! What `torch.jit.load` asks of libtorch: modules that run the code of their file.

use crate::values::convert::{from_arg, to_arg};
use torchsh_aten::{Arg, Script};
use torchsh_base::error::{Error, Result};
use torchsh_language::value::{Args, Builtin, Native, TensorObject, Value, Vm, req};

/// A module of a TorchScript archive.
struct Module(Script);

impl Native for Module {
    fn type_name(&self) -> &str {
        "ScriptModule"
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

fn with<T>(args: &Args, use_it: impl FnOnce(&Script) -> Result<T>) -> Result<T> {
    let module = match args.value(0) {
        Value::Native(native) => native.as_any().downcast_ref::<Module>(),
        _ => None,
    };
    let module = module.ok_or_else(|| Error::type_error("expected a module of torch.jit.load"))?;
    use_it(&module.0)
}

fn load(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::native(Module(Script::load(&args.str(vm, 0)?)?)))
}

fn parts(_vm: &dyn Vm, args: &Args) -> Result<Value> {
    with(args, |script| script.parts().map(Value::str))
}

/// The parameters, as such, and the buffers.
fn tensors(_vm: &dyn Vm, args: &Args) -> Result<Value> {
    let parts = with(args, Script::parts)?;
    let parameters = parts.lines().filter(|line| line.starts_with("p ")).count();
    let tensors = with(args, Script::tensors)?.into_iter().enumerate().map(|(place, arg)| match arg {
        Arg::Tensor(tensor) => {
            let object = TensorObject::new(tensor);
            object.is_parameter.set(place < parameters);
            Value::Tensor(object)
        }
        _ => Value::None,
    });
    Ok(Value::list(tensors.collect()))
}

fn child(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let name = args.str(vm, 1)?;
    with(args, |script| Ok(Value::native(Module(script.child(&name)?))))
}

/// `call(module, "forward", [x, ...])`: an ellipsis takes the default.
fn call(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let method = args.str(vm, 1)?;
    let given = vm.collect(args.value(2))?;
    let given: Vec<Option<Arg>> = given
        .iter()
        .map(|value| match value {
            Value::Ellipsis => Ok(None),
            value => to_arg(vm, value).map(Some),
        })
        .collect::<Result<_>>()?;
    with(args, |script| script.call(&method, &given)).map(|result| from_arg(vm, result))
}

fn train(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let on = vm.truth(args.value(1))?;
    with(args, |script| script.train(on)).map(|()| Value::None)
}

/// The rows of this file.
pub const ROWS: &[Builtin] = &[
    Builtin::function("torch._shell", "script_load", &[req("path")], load),
    Builtin::function("torch._shell", "script_parts", &[req("module")], parts),
    Builtin::function("torch._shell", "script_tensors", &[req("module")], tensors),
    Builtin::function("torch._shell", "script_child", &[req("module"), req("name")], child),
    Builtin::function("torch._shell", "script_call", &[req("module"), req("method"), req("arguments")], call),
    Builtin::function("torch._shell", "script_train", &[req("module"), req("mode")], train),
];
