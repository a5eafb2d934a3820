//! The functions of numpy: making arrays, and operators of ATen under numpy's names.

use super::scalar::truth;
use super::{Array, ArrayDtype};
use crate::aten::{Arg, Tensor};
use crate::builtins::tensor::cast::{To, to};
use crate::builtins::torch::convert::{self, tensor_of, to_arg};
use crate::builtins::torch::data;
use crate::checkpoint::dtype::Dtype;
use crate::error::{Error, Result};
use crate::value::{Args, Builtin, Core, Param, Str, Value, Vm, kw, opt, pos, req, rest};

pub(super) fn array(tensor: Tensor) -> Value {
    Value::native(Array::new(tensor))
}

/// A dtype as numpy takes it: a class, a name, a dtype object.
///
/// # Errors
/// `TypeError` for anything else.
pub fn dtype_of(vm: &dyn Vm, value: &Value) -> Result<Dtype> {
    let unknown = |text: &str| Error::type_error(format!("data type '{text}' not understood"));
    match value {
        Value::Str(text) => named_dtype(text).ok_or_else(|| unknown(text)),
        Value::Class(class) => match class.core {
            Some(Core::Float) => Ok(Dtype::FLOAT64),
            Some(Core::Int) => Ok(Dtype::INT64),
            Some(Core::Bool) => Ok(Dtype::BOOL),
            Some(Core::Complex) => Ok(Dtype::COMPLEX128),
            _ => named_dtype(&class.name).ok_or_else(|| unknown(&class.name)),
        },
        Value::None => Ok(Dtype::FLOAT64),
        _ => match value.as_native::<ArrayDtype>() {
            Some(dtype) => Ok(dtype.0),
            None => Err(Error::type_error(format!("Cannot interpret '{}' as a data type", vm.repr(value)?))),
        },
    }
}

pub(super) fn named_dtype(name: &str) -> Option<Dtype> {
    let short = match name.trim_start_matches(['<', '=', '|']) {
        "f2" => "float16",
        "f4" => "float32",
        "f8" | "float" => "float64",
        "i1" => "int8",
        "i2" => "int16",
        "i4" => "int32",
        "i8" | "int" => "int64",
        "u1" => "uint8",
        "u2" => "uint16",
        "u4" => "uint32",
        "u8" | "uint" => "uint64",
        "c8" => "complex64",
        "c16" | "complex" => "complex128",
        "b1" | "?" | "bool_" => "bool",
        "e" | "half" => "float16",
        "f" | "single" => "float32",
        "d" | "double" => "float64",
        "b" | "byte" => "int8",
        "B" | "ubyte" => "uint8",
        "h" | "short" => "int16",
        "H" | "ushort" => "uint16",
        "i" | "intc" => "int32",
        "I" | "uintc" => "uint32",
        "l" | "q" | "intp" | "long" => "int64",
        "L" | "Q" | "uintp" | "ulong" => "uint64",
        "F" | "csingle" => "complex64",
        "D" | "cdouble" => "complex128",
        other => other,
    };
    Dtype::from_name(short).filter(|dtype| Array::takes(*dtype) && dtype.name() == short)
}

fn dtype_arg(vm: &dyn Vm, args: &Args, index: usize) -> Result<Option<Dtype>> {
    args.some(index).map(|value| dtype_of(vm, value)).transpose()
}

/// Any value as a tensor; floats are 64 bits wide here.
pub(super) fn tensor_from(vm: &dyn Vm, value: &Value, dtype: Option<Dtype>) -> Result<Tensor> {
    let tensor = match value {
        Value::Tensor(tensor) => tensor.tensor().clone(),
        other => match super::tensor_of(other) {
            Some(tensor) => tensor?,
            None => return data::tensor_with(vm, other, dtype, Dtype::FLOAT64),
        },
    };
    match dtype {
        Some(dtype) => to(&tensor, &To::dtype(dtype)),
        None => Ok(tensor),
    }
}

// ---- making -----------------------------------------------------------------------------------------------------

fn make(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let tensor = tensor_from(vm, args.value(0), dtype_arg(vm, args, 1)?)?;
    let known = args.value(0).as_native::<Array>().is_some() || args.value(0).as_tensor().is_some();
    let copied =
        if known && args.row().name == "array" { call("clone", &[Arg::Tensor(tensor)])? } else { tensor };
    Ok(array(copied))
}

pub(super) fn call(operator: &str, args: &[Arg]) -> Result<Tensor> {
    tensor_of("Tensor", operator, args, &[])
}

fn filled(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let name = args.row().name;
    let at = usize::from(name == "full");
    let sizes = convert::sizes_of(vm, std::slice::from_ref(args.value(0)))?;
    let sizes = Arg::Tuple(sizes.into_iter().map(Arg::Int).collect());
    let dtype = dtype_arg(vm, args, at + 1)?;
    let mut positional = vec![sizes];
    let mut default = Dtype::FLOAT64;
    if name == "full" {
        let value = to_arg(vm, args.value(1))?;
        if let Arg::Int(_) = value {
            default = Dtype::INT64;
        }
        positional.push(value);
    }
    tensor_of("torch", name, &positional, &[("dtype", Arg::Dtype(dtype.unwrap_or(default)))]).map(array)
}

fn like(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let tensor = tensor_from(vm, args.value(0), None)?;
    let dtype = dtype_arg(vm, args, 1)?.unwrap_or_else(|| tensor.dtype());
    tensor_of("torch", args.row().name, &[Arg::Tensor(tensor)], &[("dtype", Arg::Dtype(dtype))]).map(array)
}

fn arange(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let numbers: Vec<Arg> = args.rest().iter().map(|value| to_arg(vm, value)).collect::<Result<_>>()?;
    let whole = numbers.iter().all(|number| matches!(number, Arg::Int(_)));
    let default = if whole { Dtype::INT64 } else { Dtype::FLOAT64 };
    let dtype = dtype_arg(vm, args, 1)?.unwrap_or(default);
    tensor_of("torch", "arange", &numbers, &[("dtype", Arg::Dtype(dtype))]).map(array)
}

fn linspace(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let ends = [to_arg(vm, args.value(0))?, to_arg(vm, args.value(1))?, Arg::Int(args.int_or(vm, 2, 50)?)];
    let dtype = dtype_arg(vm, args, 3)?.unwrap_or(Dtype::FLOAT64);
    tensor_of("torch", "linspace", &ends, &[("dtype", Arg::Dtype(dtype))]).map(array)
}

fn new_dtype(vm: &dyn Vm, args: &Args) -> Result<Value> {
    dtype_of(vm, args.value(0)).map(|dtype| Value::native(ArrayDtype(dtype)))
}

fn dtype_text(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let dtype = args.receiver().as_native::<ArrayDtype>().ok_or_else(|| args.wrong_receiver(vm))?;
    Ok(Value::str(dtype.0.name()))
}

pub(super) fn class_named(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let name = match args.row().name {
        "bool" | "bool_" => "numpy.bool",
        "half" => "float16",
        "single" => "float32",
        "double" => "float64",
        "byte" => "int8",
        "short" => "int16",
        "intc" => "int32",
        "int_" | "intp" | "long" | "longlong" => "int64",
        "ubyte" => "uint8",
        "ushort" => "uint16",
        "uintc" => "uint32",
        "uint" | "uintp" | "ulong" | "ulonglong" => "uint64",
        "csingle" => "complex64",
        "cdouble" => "complex128",
        name => name,
    };
    Ok(vm.types().named(name).map_or(Value::None, Value::Class))
}

// ---- functions that are operators of ATen -----------------------------------------------------------------------

fn joined(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let parts = vm.collect(args.value(0))?;
    let parts =
        parts.iter().map(|part| tensor_from(vm, part, None).map(Arg::Tensor)).collect::<Result<_>>()?;
    let operator = if args.row().name == "concatenate" { "cat" } else { "stack" };
    tensor_of("torch", operator, &[Arg::List(parts), Arg::Int(args.int_or(vm, 1, 0)?)], &[]).map(array)
}

fn compared(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let (a, b) = (tensor_from(vm, args.value(0), None)?, tensor_from(vm, args.value(1), None)?);
    let operator = if args.row().name == "array_equal" { "equal" } else { "allclose" };
    let wide = |tensor: Tensor| {
        if operator == "allclose" { to(&tensor, &To::dtype(Dtype::FLOAT64)) } else { Ok(tensor) }
    };
    let (a, b) = (wide(a)?, wide(b)?);
    if a.sizes() != b.sizes() && operator == "equal" {
        return Ok(Value::Bool(false));
    }
    convert::call(vm, "torch", operator, &[Arg::Tensor(a), Arg::Tensor(b)])
}

fn shape_of(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let value = args.value(0);
    let sizes = match value.as_tensor() {
        Some(_) => return vm.attribute(value, &Str::intern("shape")),
        None => tensor_from(vm, value, None)?.sizes(),
    };
    Ok(Value::tuple(sizes.into_iter().map(Value::Int).collect()))
}

fn ndim_of(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::from(tensor_from(vm, args.value(0), None)?.sizes().len()))
}

fn size_of(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::Int(tensor_from(vm, args.value(0), None)?.numel()))
}

const MAKE: &[Param] = &[req("object"), opt("dtype", "None"), kw("copy", "True")];
const FILL: &[Param] = &[req("shape"), opt("dtype", "None")];

/// Functions of the module.
pub const FUNCTIONS: &[Builtin] = &[
    Builtin::function("numpy", "array", MAKE, make).says("a new array"),
    Builtin::function("numpy", "asarray", MAKE, make).says("an array, the same one where it is one"),
    Builtin::function("numpy", "ascontiguousarray", MAKE, make),
    Builtin::function("numpy", "zeros", FILL, filled),
    Builtin::function("numpy", "ones", FILL, filled),
    Builtin::function("numpy", "empty", FILL, filled),
    Builtin::function("numpy", "full", &[req("shape"), req("fill_value"), opt("dtype", "None")], filled),
    Builtin::function("numpy", "zeros_like", &[req("a"), opt("dtype", "None")], like),
    Builtin::function("numpy", "ones_like", &[req("a"), opt("dtype", "None")], like),
    Builtin::function("numpy", "arange", &[rest("ends"), kw("dtype", "None")], arange),
    Builtin::function(
        "numpy",
        "linspace",
        &[req("start"), req("stop"), opt("num", "50"), kw("dtype", "None")],
        linspace,
    ),
    Builtin::function("numpy", "shape", &[req("a")], shape_of).says("the sizes of the dimensions"),
    Builtin::function("numpy", "ndim", &[req("a")], ndim_of),
    Builtin::function("numpy", "size", &[req("a")], size_of),
    Builtin::function("numpy", "concatenate", &[req("arrays"), opt("axis", "0")], joined),
    Builtin::function("numpy", "stack", &[req("arrays"), opt("axis", "0")], joined),
    Builtin::function("numpy", "allclose", &[req("a"), req("b")], compared),
    Builtin::function("numpy", "array_equal", &[req("a1"), req("a2")], compared),
    Builtin::constant("numpy", "dtype", |vm, _| {
        Ok(vm.types().named("DType").map_or(Value::None, Value::Class))
    }),
    Builtin::constructor("DType", &[pos("_dtype")], new_dtype),
    Builtin::method("DType", "__str__", &[], dtype_text),
    Builtin::constant("numpy", "True_", |_, _| Ok(truth(true))),
    Builtin::constant("numpy", "False_", |_, _| Ok(truth(false))),
    Builtin::constant("numpy", "pi", |_, _| Ok(Value::Float(std::f64::consts::PI))),
    Builtin::constant("numpy", "e", |_, _| Ok(Value::Float(std::f64::consts::E))),
    Builtin::constant("numpy", "inf", |_, _| Ok(Value::Float(f64::INFINITY))),
    Builtin::constant("numpy", "nan", |_, _| Ok(Value::Float(f64::NAN))),
    Builtin::constant("numpy", "newaxis", |_, _| Ok(Value::None)),
    Builtin::constant("numpy", "__version__", |_, _| Ok(Value::str("2.4.6"))),
];
