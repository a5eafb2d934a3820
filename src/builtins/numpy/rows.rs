//! What arrays of numpy know and do.

use std::rc::Rc;

use super::functions::{CLASSES, array, call, dtype_of, reduced, tensor_from, unary_of};
use super::{Array, ArrayDtype, text};
use crate::aten::{self, Arg, Tensor};
use crate::builtins::tensor::cast::{To, to};
use crate::builtins::tensor::index;
use crate::builtins::torch::convert::{self, ONE, sequence, tensor_of, to_arg, wrap};
use crate::builtins::torch::data;
use crate::checkpoint::dtype::Dtype;
use crate::error::{Error, Result};
use crate::value::{Args, Builtin, Param, Value, Vm, kw, opt, pos, req, rest};

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

/// Which operand an array's method was called for.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Left,
    Right,
    /// A comparison, which Python turns around itself.
    Comparison,
}

fn binary(vm: &dyn Vm, args: &Args, operator: &str, side: Side) -> Result<Value> {
    let other = args.value(0);
    let with_tensor = other.as_tensor().is_some();
    // A tensor takes an array as its second operand only; the result is a tensor.
    let takes = side == Side::Right || matches!(operator, "eq" | "ne");
    if with_tensor && (own(vm, args)?.is_scalar() || !takes) {
        return Ok(Value::NotImplemented);
    }
    let own = wide_enough(own(vm, args)?.tensor().clone(), operator, other)?;
    let (mut left, mut right) = promoted(own, operand(vm, other)?, operator)?;
    if let Arg::Other(_) | Arg::Str(_) | Arg::None = right {
        return Ok(Value::NotImplemented);
    }
    if side == Side::Right {
        std::mem::swap(&mut left, &mut right);
    }
    let result = tensor_of("torch", operator, &[left, right], &[])?;
    Ok(if with_tensor { wrap(result) } else { Value::native(Array::result(result)) })
}

/// Both with the dtype that numpy gives them: libtorch takes a whole number and a float32 for a float32, and lets a
/// tensor without dimensions give way.
fn promoted(own: Tensor, other: Arg, operator: &str) -> Result<(Arg, Arg)> {
    let Arg::Tensor(other) = other else { return Ok((Arg::Tensor(own), other)) };
    let (a, b) = (own.dtype(), other.dtype());
    let common = numpy_dtype(a, b);
    let shifts = operator == "pow" && !common.is_floating_point();
    if a == b || shifts {
        return Ok((Arg::Tensor(own), Arg::Tensor(other)));
    }
    Ok((Arg::Tensor(to(&own, &To::dtype(common))?), Arg::Tensor(to(&other, &To::dtype(common))?)))
}

fn numpy_dtype(a: Dtype, b: Dtype) -> Dtype {
    let common = aten::promote(a, b);
    let whole = [a, b].into_iter().find(|dtype| !dtype.is_floating_point() && !dtype.is_complex());
    match whole.map(Dtype::itemsize) {
        Some(4 | 8) if matches!(common, Dtype::FLOAT16 | Dtype::FLOAT32) => Dtype::FLOAT64,
        Some(2) if common == Dtype::FLOAT16 => Dtype::FLOAT32,
        _ => common,
    }
}

/// `a += b`: the array keeps its memory and its dtype.
fn binary_in_place(vm: &dyn Vm, args: &Args, operator: &str) -> Result<Value> {
    let Value::Native(_) = args.receiver() else { return Ok(Value::NotImplemented) };
    let array = own(vm, args)?;
    if array.is_scalar() {
        return Ok(Value::NotImplemented);
    }
    let right = match operand(vm, args.value(0))? {
        Arg::Other(_) | Arg::Str(_) | Arg::None => return Ok(Value::NotImplemented),
        right => right,
    };
    let dtype = array.tensor().dtype();
    let floats = match &right {
        Arg::Tensor(tensor) => tensor.dtype().is_floating_point(),
        right => matches!(right, Arg::Float(_)),
    };
    let divides = operator == "true_divide";
    if !dtype.is_floating_point() && !dtype.is_complex() && (floats || divides) {
        let name = match operator {
            "sub" => "subtract",
            "mul" => "multiply",
            "true_divide" => "divide",
            other => other,
        };
        return Err(Error::type_error(format!(
            "Cannot cast ufunc '{name}' output from dtype('float64') to dtype('{}') with casting rule 'same_kind'",
            dtype.name()
        )));
    }
    let result = tensor_of("torch", operator, &[Arg::Tensor(array.tensor().clone()), right], &[])?;
    call("copy_", &[Arg::Tensor(array.tensor().clone()), Arg::Tensor(result)])?;
    Ok(args.receiver().clone())
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

fn reduce_method(vm: &dyn Vm, args: &Args) -> Result<Value> {
    reduced(vm, args.row().name, args.receiver(), args.some(0), args.some(1))
}

fn in_place(vm: &dyn Vm, args: &Args, operator: &str, value: Arg) -> Result<Value> {
    let tensor = own(vm, args)?.tensor().clone();
    call(operator, &[Arg::Tensor(tensor), value]).map(|_| Value::None)
}

macro_rules! operators {
    ($side:expr; $($method:literal $operator:literal),* $(,)?) => {
        &[$(Builtin::method("ndarray", $method, ONE, |vm, args| binary(vm, args, $operator, $side))),*]
    };
    ($($method:literal $operator:literal),* $(,)?) => {
        &[$(Builtin::method("ndarray", $method, ONE, |vm, args| binary_in_place(vm, args, $operator))),*]
    };
}

const ARITHMETIC: &[Builtin] = operators! {
    Side::Left;
    "__add__" "add", "__sub__" "sub", "__mul__" "mul", "__truediv__" "true_divide", "__floordiv__" "floor_divide",
    "__mod__" "remainder", "__pow__" "pow", "__matmul__" "matmul", "__and__" "bitwise_and", "__or__" "bitwise_or",
    "__xor__" "bitwise_xor", "__lshift__" "bitwise_left_shift", "__rshift__" "bitwise_right_shift",
};
const REFLECTED: &[Builtin] = operators! {
    Side::Right;
    "__radd__" "add", "__rsub__" "sub", "__rmul__" "mul", "__rtruediv__" "true_divide", "__rfloordiv__" "floor_divide",
    "__rmod__" "remainder", "__rpow__" "pow", "__rmatmul__" "matmul", "__rand__" "bitwise_and", "__ror__" "bitwise_or",
    "__rxor__" "bitwise_xor",
};
const COMPARISONS: &[Builtin] = operators! {
    Side::Comparison;
    "__eq__" "eq", "__ne__" "ne", "__lt__" "lt", "__le__" "le", "__gt__" "gt", "__ge__" "ge",
};
const IN_PLACE: &[Builtin] = operators! {
    "__iadd__" "add", "__isub__" "sub", "__imul__" "mul", "__itruediv__" "true_divide",
    "__ifloordiv__" "floor_divide", "__imod__" "remainder", "__ipow__" "pow", "__iand__" "bitwise_and",
    "__ior__" "bitwise_or", "__ixor__" "bitwise_xor",
};

const REDUCE_METHOD: &[Param] = &[opt("axis", "None"), kw("keepdims", "None")];
/// The rows of arrays and scalars.
pub const ROWS: &[&[Builtin]] =
    &[CLASSES, ARITHMETIC, REFLECTED, COMPARISONS, IN_PLACE, METHODS, super::random::ROWS];

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
    Builtin::method("ndarray", "tobytes", &[], |vm, args| {
        own(vm, args)?.tensor().to_bytes().map(|bytes| Value::Bytes(Rc::new(bytes)))
    })
    .says("the bytes of its numbers, in order"),
    Builtin::method("ndarray", "fill", &[pos("_value")], |vm, args| {
        in_place(vm, args, "fill_", to_arg(vm, args.value(0))?)
    })
    .says("sets every number"),
    Builtin::method("ndarray", "sort", &[opt("axis", "-1")], |vm, args| {
        let numpy = vm.import("numpy")?;
        let axis = args.get(0).cloned().unwrap_or(Value::Int(-1));
        let sorted = vm.call_method(&numpy, "sort", &[args.receiver().clone(), axis])?;
        in_place(vm, args, "copy_", Arg::Tensor(tensor_from(vm, &sorted, None)?))
    })
    .says("sorts it where it is"),
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
