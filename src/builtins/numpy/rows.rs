//! The rows of numpy: making arrays, what they know, arithmetic.

use super::{Array, ArrayDtype, text};
use crate::aten::{Arg, Tensor};
use crate::builtins::tensor::cast::{To, to};
use crate::builtins::tensor::index;
use crate::builtins::torch::convert::{self, ONE, sequence, tensor_of, to_arg};
use crate::builtins::torch::data;
use crate::checkpoint::dtype::Dtype;
use crate::error::{Error, Result};
use crate::value::{Args, Builtin, Core, Param, Str, TypeRow, Value, Vm, kw, opt, pos, req, rest};

fn array(tensor: Tensor) -> Value {
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
        _ => match value.as_native::<ArrayDtype>() {
            Some(dtype) => Ok(dtype.0),
            None => Err(Error::type_error(format!("Cannot interpret '{}' as a data type", vm.repr(value)?))),
        },
    }
}

fn named_dtype(name: &str) -> Option<Dtype> {
    let short = match name.trim_start_matches(['<', '=', '|']) {
        "f2" => "float16",
        "f4" => "float32",
        "f8" | "float" => "float64",
        "i1" => "int8",
        "i2" => "int16",
        "i4" => "int32",
        "i8" | "int" => "int64",
        "u1" => "uint8",
        "?" | "bool_" => "bool",
        other => other,
    };
    Dtype::from_name(short).filter(|dtype| Array::takes(*dtype) && dtype.name() == short)
}

fn dtype_arg(vm: &dyn Vm, args: &Args, index: usize) -> Result<Option<Dtype>> {
    args.some(index).map(|value| dtype_of(vm, value)).transpose()
}

/// Any value as a tensor; floats are 64 bits wide here.
fn tensor_from(vm: &dyn Vm, value: &Value, dtype: Option<Dtype>) -> Result<Tensor> {
    let tensor = match value {
        Value::Tensor(tensor) => tensor.tensor().clone(),
        other => match other.as_native::<Array>() {
            Some(array) => array.tensor().clone(),
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

fn call(operator: &str, args: &[Arg]) -> Result<Tensor> {
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

fn scalar_class(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let dtype = named_dtype(args.row().name).unwrap_or(Dtype::FLOAT64);
    let zero = Value::Int(0);
    let tensor = tensor_from(vm, args.get(0).unwrap_or(&zero), Some(dtype))?;
    Ok(Value::native(Array::result(tensor)))
}

fn new_dtype(vm: &dyn Vm, args: &Args) -> Result<Value> {
    dtype_of(vm, args.value(0)).map(|dtype| Value::native(ArrayDtype(dtype)))
}

fn class_named(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let name = match args.row().name {
        "bool_" => "bool",
        name => name,
    };
    let class =
        if name == "bool" { Some(vm.types().core(Core::Bool).clone()) } else { vm.types().named(name) };
    Ok(class.map_or(Value::None, Value::Class))
}

// ---- functions that are operators of ATen -----------------------------------------------------------------------

/// Sums, means and the like, on arrays and on nested lists.
fn reduce(vm: &dyn Vm, args: &Args) -> Result<Value> {
    reduced(vm, args.row().name, args.value(0), args.some(1), args.some(2))
}

fn reduce_method(vm: &dyn Vm, args: &Args) -> Result<Value> {
    reduced(vm, args.row().name, args.receiver(), args.some(0), args.some(1))
}

fn reduced(
    vm: &dyn Vm,
    name: &str,
    of: &Value,
    axis: Option<&Value>,
    keepdims: Option<&Value>,
) -> Result<Value> {
    let mut tensor = tensor_from(vm, of, None)?;
    if matches!(name, "mean" | "std" | "var" | "median") && !tensor.dtype().is_floating_point() {
        tensor = to(&tensor, &To::dtype(Dtype::FLOAT64))?;
    }
    let operator = match name {
        "max" => "amax",
        "min" => "amin",
        other => other,
    };
    let mut positional = vec![Arg::Tensor(tensor)];
    let mut keywords = Vec::new();
    if let Some(axis) = axis {
        keywords.push(("dim", to_arg(vm, axis)?));
        if let Some(keepdims) = keepdims {
            keywords.push(("keepdim", Arg::Bool(vm.truth(keepdims)?)));
        }
    }
    if matches!(name, "std" | "var") {
        keywords.push(("correction", Arg::Int(0)));
    }
    if axis.is_none() && matches!(operator, "amax" | "amin") {
        positional.push(Arg::Tuple(Vec::new()));
    }
    tensor_of("torch", operator, &positional, &keywords).map(|result| Value::native(Array::result(result)))
}

fn unary(vm: &dyn Vm, args: &Args) -> Result<Value> {
    unary_of(vm, args.row().name, args.value(0))
}

fn unary_of(vm: &dyn Vm, name: &str, of: &Value) -> Result<Value> {
    let mut tensor = tensor_from(vm, of, None)?;
    let rounds = matches!(name, "sqrt" | "exp" | "log" | "log2" | "log10" | "sin" | "cos" | "tanh");
    if rounds && !tensor.dtype().is_floating_point() && !tensor.dtype().is_complex() {
        tensor = to(&tensor, &To::dtype(Dtype::FLOAT64))?;
    }
    tensor_of("torch", name, &[Arg::Tensor(tensor)], &[]).map(|result| Value::native(Array::result(result)))
}

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

// ---- arrays -----------------------------------------------------------------------------------------------------

fn own<'a>(vm: &dyn Vm, args: &'a Args) -> Result<&'a Array> {
    args.receiver().as_native::<Array>().ok_or_else(|| args.wrong_receiver(vm))
}

fn shape(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::tuple(own(vm, args)?.tensor().sizes().into_iter().map(Value::Int).collect()))
}

fn strides(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let tensor = own(vm, args)?.tensor().clone();
    let itemsize = tensor.dtype().itemsize() as i64;
    Ok(Value::tuple(tensor.strides().into_iter().map(|stride| Value::Int(stride * itemsize)).collect()))
}

fn dtype(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::native(ArrayDtype(own(vm, args)?.tensor().dtype())))
}

fn ndim(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::from(own(vm, args)?.tensor().sizes().len()))
}

fn size(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::Int(own(vm, args)?.tensor().numel()))
}

fn nbytes(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let tensor = own(vm, args)?.tensor().clone();
    Ok(Value::Int(tensor.numel().saturating_mul(tensor.dtype().itemsize() as i64)))
}

fn itemsize(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::from(own(vm, args)?.tensor().dtype().itemsize()))
}

fn transposed(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let tensor = own(vm, args)?.tensor().clone();
    let count = tensor.sizes().len() as i64;
    let order = match args.rest() {
        [] => (0..count).rev().map(Arg::Int).collect(),
        given => convert::sizes_of(vm, given)?.into_iter().map(Arg::Int).collect(),
    };
    call("permute", &[Arg::Tensor(tensor), Arg::Tuple(order)]).map(array)
}

fn tolist(vm: &dyn Vm, args: &Args) -> Result<Value> {
    data::to_list(&own(vm, args)?.tensor())
}

fn item(vm: &dyn Vm, args: &Args) -> Result<Value> {
    own(vm, args)?.scalar(vm)
}

fn astype(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let own = own(vm, args)?;
    let wanted = To { dtype: Some(dtype_of(vm, args.value(0))?), copy: true, ..To::default() };
    let tensor = to(&own.tensor(), &wanted)?;
    Ok(if own.is_scalar() { Value::native(Array::result(tensor)) } else { array(tensor) })
}

fn copy(vm: &dyn Vm, args: &Args) -> Result<Value> {
    call("clone", &[Arg::Tensor(own(vm, args)?.tensor().clone())]).map(array)
}

fn reshape(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let sizes = convert::sizes_of(vm, args.rest())?.into_iter().map(Arg::Int).collect();
    call("reshape", &[Arg::Tensor(own(vm, args)?.tensor().clone()), Arg::Tuple(sizes)]).map(array)
}

fn flatten(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let tensor = own(vm, args)?.tensor().clone();
    call("reshape", &[Arg::Tensor(tensor), Arg::Tuple(vec![Arg::Int(-1)])]).map(array)
}

fn set_item(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let tensor = own(vm, args)?.tensor().clone();
    let value = match sequence(args.value(1)) {
        Some(_) => array(tensor_from(vm, args.value(1), Some(tensor.dtype()))?),
        None => args.value(1).clone(),
    };
    index::set(vm, &tensor, args.value(0), &value)?;
    Ok(Value::None)
}

fn text_of(vm: &dyn Vm, args: &Args) -> Result<Value> {
    text::text(vm, own(vm, args)?).map(Value::str)
}

fn format(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let own = own(vm, args)?;
    if own.is_scalar() {
        let number = own.scalar(vm)?;
        return vm.format(&number, &args.str(vm, 0)?).map(Value::Str);
    }
    text_of(vm, args)
}

fn truth(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let own = own(vm, args)?;
    if own.tensor().numel() != 1 {
        let message =
            "The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()";
        return Err(Error::value(message));
    }
    vm.truth(&own.scalar(vm)?).map(Value::Bool)
}

fn to_float(vm: &dyn Vm, args: &Args) -> Result<Value> {
    crate::value::number::float(vm, &own(vm, args)?.scalar(vm)?).map(Value::Float)
}

fn to_int(vm: &dyn Vm, args: &Args) -> Result<Value> {
    match own(vm, args)?.scalar(vm)? {
        Value::Float(value) => crate::value::number::truncate(value),
        value => crate::value::number::index(vm, &value).map(Value::Int),
    }
}

/// The operand as numpy sees it: a Python number stays one, so that it takes the array's dtype.
fn operand(vm: &dyn Vm, value: &Value) -> Result<Arg> {
    match value {
        Value::Int(_) | Value::Float(_) | Value::Bool(_) | Value::Complex(_) => to_arg(vm, value),
        Value::List(_) | Value::Tuple(_) => tensor_from(vm, value, None).map(Arg::Tensor),
        other => match other.as_native::<Array>() {
            Some(array) => Ok(Arg::Tensor(array.tensor().clone())),
            None => to_arg(vm, other),
        },
    }
}

fn binary(vm: &dyn Vm, args: &Args, operator: &str, reflected: bool) -> Result<Value> {
    let mut left = Arg::Tensor(wide_enough(own(vm, args)?.tensor().clone(), operator, args.value(0))?);
    let mut right = operand(vm, args.value(0))?;
    if let Arg::Other(_) | Arg::Str(_) | Arg::None = right {
        return Ok(Value::NotImplemented);
    }
    if reflected {
        std::mem::swap(&mut left, &mut right);
    }
    tensor_of("torch", operator, &[left, right], &[]).map(|result| Value::native(Array::result(result)))
}

/// Division of integers, and integers with floats of Python, give 64-bit floats.
fn wide_enough(tensor: Tensor, operator: &str, other: &Value) -> Result<Tensor> {
    let integral = !tensor.dtype().is_floating_point() && !tensor.dtype().is_complex();
    if integral && (operator == "true_divide" || matches!(other, Value::Float(_))) {
        return to(&tensor, &To::dtype(Dtype::FLOAT64));
    }
    Ok(tensor)
}

fn negative(vm: &dyn Vm, args: &Args) -> Result<Value> {
    unary_of(vm, "neg", args.receiver())
}

fn inverted(vm: &dyn Vm, args: &Args) -> Result<Value> {
    unary_of(vm, "bitwise_not", args.receiver())
}

macro_rules! operators {
    ($of:literal: $($method:literal $operator:literal $reflected:literal),* $(,)?) => {
        &[$(Builtin::method($of, $method, ONE, |vm, args| binary(vm, args, $operator, $reflected))),*]
    };
}

macro_rules! for_each_type {
    ($($name:literal)*) => {
        /// The classes, arrays first.
        pub const TYPES: &[TypeRow] = &[
            TypeRow { name: "ndarray", module: "numpy", base: "object", summary: "an array of numpy" },
            TypeRow { name: "generic", module: "numpy", base: "ndarray", summary: "a scalar of numpy" },
            $(TypeRow { name: $name, module: "numpy", base: "generic", summary: "a scalar of numpy" }),*
        ];

        /// What calling a scalar class runs.
        const CLASSES: &[Builtin] = &[$(Builtin::constructor($name, &[opt("_value", "0")], scalar_class)),*];
    };
}

for_each_type! {
    "float16" "float32" "float64" "int8" "int16" "int32" "int64" "uint8" "uint16" "uint32" "uint64" "complex64" "complex128"
}

const ARITHMETIC: &[Builtin] = operators! {
    "ndarray":
    "__add__" "add" false, "__radd__" "add" true, "__sub__" "sub" false, "__rsub__" "sub" true,
    "__mul__" "mul" false, "__rmul__" "mul" true, "__truediv__" "true_divide" false, "__rtruediv__" "true_divide" true,
    "__floordiv__" "floor_divide" false, "__mod__" "remainder" false, "__pow__" "pow" false, "__rpow__" "pow" true,
    "__matmul__" "matmul" false, "__and__" "bitwise_and" false, "__or__" "bitwise_or" false, "__xor__" "bitwise_xor" false,
    "__eq__" "eq" false, "__ne__" "ne" false, "__lt__" "lt" false, "__le__" "le" false, "__gt__" "gt" false, "__ge__" "ge" false,
};

const REDUCE: &[Param] = &[req("a"), opt("axis", "None"), kw("keepdims", "None")];
const REDUCE_METHOD: &[Param] = &[opt("axis", "None"), kw("keepdims", "None")];
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
    Builtin::function("numpy", "sum", REDUCE, reduce),
    Builtin::function("numpy", "prod", REDUCE, reduce),
    Builtin::function("numpy", "mean", REDUCE, reduce),
    Builtin::function("numpy", "std", REDUCE, reduce),
    Builtin::function("numpy", "var", REDUCE, reduce),
    Builtin::function("numpy", "max", REDUCE, reduce),
    Builtin::function("numpy", "min", REDUCE, reduce),
    Builtin::function("numpy", "argmax", REDUCE, reduce),
    Builtin::function("numpy", "argmin", REDUCE, reduce),
    Builtin::function("numpy", "any", REDUCE, reduce),
    Builtin::function("numpy", "all", REDUCE, reduce),
    Builtin::function("numpy", "sqrt", ONE, unary),
    Builtin::function("numpy", "exp", ONE, unary),
    Builtin::function("numpy", "log", ONE, unary),
    Builtin::function("numpy", "log2", ONE, unary),
    Builtin::function("numpy", "log10", ONE, unary),
    Builtin::function("numpy", "sin", ONE, unary),
    Builtin::function("numpy", "cos", ONE, unary),
    Builtin::function("numpy", "tanh", ONE, unary),
    Builtin::function("numpy", "abs", ONE, unary),
    Builtin::function("numpy", "isnan", ONE, unary),
    Builtin::function("numpy", "isinf", ONE, unary),
    Builtin::function("numpy", "isfinite", ONE, unary),
    Builtin::function("numpy", "concatenate", &[req("arrays"), opt("axis", "0")], joined),
    Builtin::function("numpy", "stack", &[req("arrays"), opt("axis", "0")], joined),
    Builtin::function("numpy", "allclose", &[req("a"), req("b")], compared),
    Builtin::function("numpy", "array_equal", &[req("a1"), req("a2")], compared),
    Builtin::function("numpy", "dtype", &[pos("_dtype")], new_dtype),
    Builtin::constant("numpy", "bool_", class_named),
    Builtin::constant("numpy", "pi", |_, _| Ok(Value::Float(std::f64::consts::PI))),
    Builtin::constant("numpy", "e", |_, _| Ok(Value::Float(std::f64::consts::E))),
    Builtin::constant("numpy", "inf", |_, _| Ok(Value::Float(f64::INFINITY))),
    Builtin::constant("numpy", "nan", |_, _| Ok(Value::Float(f64::NAN))),
    Builtin::constant("numpy", "newaxis", |_, _| Ok(Value::None)),
    Builtin::constant("numpy", "__version__", |_, _| Ok(Value::str("2.4.0"))),
];

/// The rows of arrays and scalars.
pub const ROWS: &[&[Builtin]] = &[CLASSES, ARITHMETIC, METHODS];

const METHODS: &[Builtin] = &[
    Builtin::property("ndarray", "shape", shape),
    Builtin::property("ndarray", "strides", strides),
    Builtin::property("ndarray", "dtype", dtype),
    Builtin::property("ndarray", "ndim", ndim),
    Builtin::property("ndarray", "size", size),
    Builtin::property("ndarray", "nbytes", nbytes),
    Builtin::property("ndarray", "itemsize", itemsize),
    Builtin::property("ndarray", "T", transposed),
    Builtin::method("ndarray", "transpose", &[rest("axes")], transposed),
    Builtin::method("ndarray", "tolist", &[], tolist),
    Builtin::method("ndarray", "item", &[], item),
    Builtin::method("ndarray", "astype", &[req("dtype"), kw("copy", "True")], astype),
    Builtin::method("ndarray", "copy", &[], copy),
    Builtin::method("ndarray", "reshape", &[rest("shape")], reshape),
    Builtin::method("ndarray", "flatten", &[], flatten),
    Builtin::method("ndarray", "ravel", &[], flatten),
    Builtin::method("ndarray", "sum", REDUCE_METHOD, reduce_method),
    Builtin::method("ndarray", "prod", REDUCE_METHOD, reduce_method),
    Builtin::method("ndarray", "mean", REDUCE_METHOD, reduce_method),
    Builtin::method("ndarray", "std", REDUCE_METHOD, reduce_method),
    Builtin::method("ndarray", "var", REDUCE_METHOD, reduce_method),
    Builtin::method("ndarray", "max", REDUCE_METHOD, reduce_method),
    Builtin::method("ndarray", "min", REDUCE_METHOD, reduce_method),
    Builtin::method("ndarray", "argmax", REDUCE_METHOD, reduce_method),
    Builtin::method("ndarray", "argmin", REDUCE_METHOD, reduce_method),
    Builtin::method("ndarray", "any", REDUCE_METHOD, reduce_method),
    Builtin::method("ndarray", "all", REDUCE_METHOD, reduce_method),
    Builtin::method("ndarray", "__setitem__", &[pos("_key"), pos("_value")], set_item),
    Builtin::method("ndarray", "__str__", &[], text_of),
    Builtin::method("ndarray", "__format__", &[pos("_spec")], format),
    Builtin::method("ndarray", "__bool__", &[], truth),
    Builtin::method("ndarray", "__float__", &[], to_float),
    Builtin::method("ndarray", "__int__", &[], to_int),
    Builtin::method("ndarray", "__index__", &[], to_int),
    Builtin::method("ndarray", "__neg__", &[], negative),
    Builtin::method("ndarray", "__abs__", &[], |vm, args| unary_of(vm, "abs", args.receiver())),
    Builtin::method("ndarray", "__invert__", &[], inverted),
];
