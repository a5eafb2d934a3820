//! An array's bytes: seen as another dtype, turned round, in files.

use super::Array;
use super::functions::{array, call, dtype_of};
use crate::values::convert::tensor_of;
use torchsh_aten::{Arg, Tensor};
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::array::{swap, unit};
use torchsh_language::value::{Args, Builtin, Str, Value, Vm, opt, pos, req};

fn own<'a>(vm: &dyn Vm, args: &'a Args) -> Result<&'a Array> {
    args.receiver().as_native::<Array>().ok_or_else(|| args.wrong_receiver(vm))
}

/// `array.view(dtype)`: the same bytes as other numbers.
fn view(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let tensor = own(vm, args)?.tensor().clone();
    let is_class =
        |name: &str| matches!(args.get(0), Some(Value::Class(class)) if class.name.as_str() == name);
    if args.some(0).is_none() || is_class("ndarray") {
        return call("detach", &[Arg::Tensor(tensor)]).map(array);
    }
    let dtype = dtype_of(vm, args.value(0))?;
    let (from, into) = (tensor.dtype().itemsize(), dtype.itemsize());
    if from != into && tensor.dim() == 0 {
        return Err(Error::value(
            "Changing the dtype of a 0d array is only supported if the itemsize is unchanged",
        ));
    }
    if from != into && tensor.strides().last().is_some_and(|stride| *stride != 1) {
        return Err(Error::value(
            "To change to a dtype of a different size, the last axis must be contiguous",
        ));
    }
    let last = tensor.sizes().last().copied().unwrap_or(1);
    if into > from && (last * from as i64) % (into as i64) != 0 {
        return Err(Error::value(
            "When changing to a larger dtype, its size must be a divisor of the total size in bytes of the last axis of \
             the array.",
        ));
    }
    let viewed = call("view", &[Arg::Tensor(tensor.clone()), Arg::Dtype(dtype)]);
    // Numbers that lie at odd places are copied first.
    viewed
        .or_else(|_| call("view", &[Arg::Tensor(call("clone", &[Arg::Tensor(tensor)])?), Arg::Dtype(dtype)]))
        .map(array)
}

/// `array.byteswap()`
fn byteswap(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let tensor = own(vm, args)?.tensor().clone();
    let turned = swap(&tensor.to_bytes()?, unit(tensor.dtype()));
    let turned = Tensor::from_bytes(&turned, &tensor.sizes(), tensor.dtype())?;
    if args.truth_or(vm, 0, false)? {
        call("copy_", &[Arg::Tensor(tensor), Arg::Tensor(turned)])?;
        return Ok(args.receiver().clone());
    }
    Ok(array(turned))
}

/// `array.tofile(file)`
fn to_file(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let files = vm.import("numpy._files")?;
    let function = vm.attribute(&files, &Str::intern("_to_file"))?;
    let given = [args.receiver(), args.value(0), args.get(1).unwrap_or(&Value::None)];
    vm.call(&function, &given.map(Clone::clone), &[])
}

fn flags(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let tensor = own(vm, args)?.tensor().clone();
    let contiguous = |tensor: &Tensor| tensor.is_contiguous(torchsh_aten::MemoryFormat::CONTIGUOUS);
    let order = (0..tensor.dim() as i64).rev().map(Arg::Int).collect();
    let turned = call("permute", &[Arg::Tensor(tensor.clone()), Arg::Tuple(order)])?;
    let files = vm.import("numpy._files")?;
    let class = vm.attribute(&files, &Str::intern("_Flags"))?;
    vm.call(&class, &[Value::Bool(contiguous(&tensor)), Value::Bool(contiguous(&turned))], &[])
}

fn part(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let tensor = own(vm, args)?.tensor().clone();
    match (args.row().name, tensor.dtype().is_complex()) {
        (name, true) => tensor_of("torch", name, &[Arg::Tensor(tensor)], &[]).map(array),
        ("real", false) => Ok(args.receiver().clone()),
        _ => tensor_of("torch", "zeros_like", &[Arg::Tensor(tensor)], &[]).map(array),
    }
}

fn contains(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let equal = super::operators::apply(vm, "eq", args.receiver(), args.value(0))?;
    if let Value::NotImplemented = equal {
        return Ok(Value::Bool(false));
    }
    let any = vm.call_method(&equal, "any", &[])?;
    vm.truth(&any).map(Value::Bool)
}

/// The rows of this file.
pub const ROWS: &[Builtin] = &[
    Builtin::method("ndarray", "view", &[opt("dtype", "None"), opt("type", "None")], view)
        .says("the same bytes as other numbers"),
    Builtin::method("ndarray", "byteswap", &[opt("inplace", "False")], byteswap)
        .says("the bytes of each number turned round"),
    Builtin::method("ndarray", "tofile", &[req("fid"), opt("sep", "''"), opt("format", "'%s'")], to_file)
        .says("writes the bytes of its numbers into a file"),
    Builtin::method("ndarray", "flush", &[], |_, _| Ok(Value::None))
        .says("nothing: what a memory map was given is in the file"),
    Builtin::method("ndarray", "__contains__", &[pos("_item")], contains),
    Builtin::property("ndarray", "flags", flags),
    Builtin::property("ndarray", "real", part),
    Builtin::property("ndarray", "imag", part),
    Builtin::property("ndarray", "flat", |vm, args| vm.call_method(args.receiver(), "flatten", &[])),
    Builtin::property("ndarray", "base", |_, _| Ok(Value::None)),
];
