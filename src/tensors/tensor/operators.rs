//! Python's operators on tensors.

use crate::values::array::Scalar;
use crate::values::convert::{ONE, invoke};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_language::value::{Args, Builtin, Value, Vm};

/// Python tries the other operand when this one cannot take it.
fn or_not_implemented(result: Result<Value>) -> Result<Value> {
    match result {
        Err(error) if error.kind() == Kind::Type => Ok(Value::NotImplemented),
        result => result,
    }
}

/// The other operand. PyTorch takes a truth of numpy for a float.
fn operand(args: &Args) -> Value {
    let other = args.value(0);
    match other.as_native::<Scalar>().map(Scalar::number) {
        Some(Value::Bool(value)) => Value::Float(f64::from(u8::from(*value))),
        _ => other.clone(),
    }
}

fn forward(vm: &dyn Vm, namespace: &str, name: &str, args: &Args) -> Result<Value> {
    let operands = [args.receiver().clone(), operand(args)];
    or_not_implemented(invoke(vm, namespace, name, &operands, &[]))
}

fn reflected(vm: &dyn Vm, namespace: &str, name: &str, args: &Args) -> Result<Value> {
    let operands = [operand(args), args.receiver().clone()];
    or_not_implemented(invoke(vm, namespace, name, &operands, &[]))
}

fn unary(vm: &dyn Vm, name: &str, args: &Args) -> Result<Value> {
    invoke(vm, "Tensor", name, &[args.receiver().clone()], &[])
}

macro_rules! rows {
    ($($method:literal = $how:ident($($argument:literal),*)),* $(,)?) => {
        /// The rows of operators that are one call.
        pub const PLAIN: &[Builtin] = &[$(Builtin::method("Tensor", $method, rows!(@params $how), |vm, args| {
            $how(vm, $($argument,)* args)
        })),*];
    };
    (@params unary) => { &[] };
    (@params $how:ident) => { ONE };
}

rows! {
    "__add__" = forward("Tensor", "add"),
    "__radd__" = forward("Tensor", "add"),
    "__iadd__" = forward("Tensor", "add_"),
    "__sub__" = forward("Tensor", "sub"),
    "__rsub__" = forward("torch", "rsub"),
    "__isub__" = forward("Tensor", "sub_"),
    "__mul__" = forward("Tensor", "mul"),
    "__rmul__" = forward("Tensor", "mul"),
    "__imul__" = forward("Tensor", "mul_"),
    "__truediv__" = forward("Tensor", "div"),
    "__div__" = forward("Tensor", "div"),
    "__itruediv__" = forward("Tensor", "div_"),
    "__floordiv__" = forward("Tensor", "floor_divide"),
    "__rfloordiv__" = reflected("torch", "floor_divide"),
    "__ifloordiv__" = forward("Tensor", "floor_divide_"),
    "__mod__" = forward("Tensor", "remainder"),
    "__rmod__" = reflected("torch", "remainder"),
    "__imod__" = forward("Tensor", "remainder_"),
    "__pow__" = forward("Tensor", "pow"),
    "__rpow__" = reflected("torch", "pow"),
    "__ipow__" = forward("Tensor", "pow_"),
    "__matmul__" = forward("Tensor", "matmul"),
    "__rmatmul__" = reflected("torch", "matmul"),
    "__and__" = forward("Tensor", "bitwise_and"),
    "__rand__" = forward("Tensor", "bitwise_and"),
    "__iand__" = forward("Tensor", "bitwise_and_"),
    "__or__" = forward("Tensor", "bitwise_or"),
    "__ror__" = forward("Tensor", "bitwise_or"),
    "__ior__" = forward("Tensor", "bitwise_or_"),
    "__xor__" = forward("Tensor", "bitwise_xor"),
    "__rxor__" = forward("Tensor", "bitwise_xor"),
    "__ixor__" = forward("Tensor", "bitwise_xor_"),
    "__lshift__" = forward("Tensor", "__lshift__"),
    "__rlshift__" = reflected("torch", "bitwise_left_shift"),
    "__ilshift__" = forward("Tensor", "__ilshift__"),
    "__rshift__" = forward("Tensor", "__rshift__"),
    "__rrshift__" = reflected("torch", "bitwise_right_shift"),
    "__irshift__" = forward("Tensor", "__irshift__"),
    "__eq__" = forward("Tensor", "eq"),
    "__ne__" = forward("Tensor", "ne"),
    "__lt__" = forward("Tensor", "lt"),
    "__le__" = forward("Tensor", "le"),
    "__gt__" = forward("Tensor", "gt"),
    "__ge__" = forward("Tensor", "ge"),
    "__neg__" = unary("neg"),
    "__pos__" = unary("positive"),
    "__abs__" = unary("abs"),
}

/// `other / tensor` is `tensor.reciprocal() * other`.
fn rtruediv(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let reciprocal = unary(vm, "reciprocal", args)?;
    or_not_implemented(invoke(vm, "Tensor", "mul", &[reciprocal, args.value(0).clone()], &[]))
}

fn invert(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let dtype = args.receiver_tensor(vm)?.tensor().dtype();
    if dtype.is_floating_point() || dtype.is_complex() {
        let message = "~ (operator.invert) is only implemented on integer and Boolean-type tensors";
        return Err(Error::type_error(message));
    }
    unary(vm, "bitwise_not", args)
}

fn is_true(vm: &dyn Vm, args: &Args) -> Result<Value> {
    unary(vm, "is_nonzero", args)
}

fn length(vm: &dyn Vm, args: &Args) -> Result<Value> {
    match args.receiver_tensor(vm)?.tensor().sizes().first() {
        Some(&size) => Ok(Value::Int(size)),
        None => Err(Error::type_error("len() of a 0-d tensor")),
    }
}

fn iterate(vm: &dyn Vm, args: &Args) -> Result<Value> {
    if args.receiver_tensor(vm)?.tensor().sizes().is_empty() {
        return Err(Error::type_error("iteration over a 0-d tensor"));
    }
    let parts = invoke(vm, "Tensor", "unbind", &[args.receiver().clone(), Value::Int(0)], &[])?;
    vm.iterate(&Value::tuple(vm.collect(&parts)?))
}

fn reversed(vm: &dyn Vm, args: &Args) -> Result<Value> {
    if args.receiver_tensor(vm)?.tensor().sizes().is_empty() {
        return Ok(args.receiver().clone());
    }
    invoke(vm, "Tensor", "flip", &[args.receiver().clone(), Value::Int(0)], &[])
}

fn contains(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let element = args.value(0);
    let number = matches!(
        element,
        Value::Int(_) | Value::Bool(_) | Value::Float(_) | Value::Complex(_) | Value::BigInt(_)
    );
    if !number && element.as_tensor().is_none() {
        let class = vm.text(&Value::Class(vm.class_of(element)))?;
        let message =
            format!("Tensor.__contains__ only supports Tensor or scalar, but you passed in a {class}.");
        return Err(Error::runtime(message));
    }
    let equal = invoke(vm, "Tensor", "eq", &[args.receiver().clone(), element.clone()], &[])?;
    let any = invoke(vm, "Tensor", "any", &[equal], &[])?;
    vm.truth(&any).map(Value::Bool)
}

/// The only number of a tensor of one element.
fn scalar(vm: &dyn Vm, args: &Args) -> Result<Value> {
    if args.receiver_tensor(vm)?.tensor().numel() != 1 {
        return Err(Error::value("only one element tensors can be converted to Python scalars"));
    }
    unary(vm, "item", args)
}

fn to_float(vm: &dyn Vm, args: &Args) -> Result<Value> {
    match scalar(vm, args)? {
        Value::Complex(value) if value.1 != 0.0 => {
            Err(Error::runtime("value cannot be converted to type double without overflow"))
        }
        Value::Complex(value) => Ok(Value::Float(value.0)),
        value => torchsh_language::value::number::float(vm, &value).map(Value::Float),
    }
}

fn to_int(vm: &dyn Vm, args: &Args) -> Result<Value> {
    match scalar(vm, args)? {
        Value::Float(value) => torchsh_language::value::number::truncate(value),
        Value::Complex(value) if value.1 != 0.0 => {
            Err(Error::runtime("value cannot be converted to type int64_t without overflow"))
        }
        Value::Complex(value) => torchsh_language::value::number::truncate(value.0),
        value => torchsh_language::value::number::big_index(vm, &value).map(Value::big),
    }
}

fn to_complex(vm: &dyn Vm, args: &Args) -> Result<Value> {
    match scalar(vm, args)? {
        value @ Value::Complex(_) => Ok(value),
        value => Ok(Value::complex(torchsh_language::value::number::float(vm, &value)?, 0.0)),
    }
}

fn to_index(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let object = args.receiver_tensor(vm)?;
    let (dtype, count) = (object.tensor().dtype(), object.tensor().numel());
    let integral = dtype.is_integral() || dtype == torchsh_checkpoint::dtype::Dtype::BOOL;
    if count != 1 || !integral {
        return Err(Error::type_error(
            "only integer tensors of a single element can be converted to an index",
        ));
    }
    match unary(vm, "item", args)? {
        Value::Bool(value) => Ok(Value::Int(i64::from(value))),
        value => Ok(value),
    }
}

fn hash(_vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::from(args.receiver().address()))
}

/// A tensor without dimensions is formatted as its number.
fn format(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let spec = args.str(vm, 0)?;
    let object = args.receiver_tensor(vm)?.clone();
    let is_scalar = object.tensor().sizes().is_empty() && !object.is_parameter.get();
    if is_scalar {
        let item = unary(vm, "item", args)?;
        return vm.format(&item, &spec).map(Value::Str);
    }
    if spec.is_empty() {
        return vm.text(args.receiver()).map(Value::Str);
    }
    let class = vm.type_name(args.receiver());
    Err(Error::type_error(format!("unsupported format string passed to {class}.__format__")))
}

/// The rows of the other operators.
pub const ROWS: &[Builtin] = &[
    Builtin::method("Tensor", "__rtruediv__", ONE, rtruediv),
    Builtin::method("Tensor", "__rdiv__", ONE, rtruediv),
    Builtin::method("Tensor", "__invert__", &[], invert),
    Builtin::method("Tensor", "__bool__", &[], is_true),
    Builtin::method("Tensor", "__len__", &[], length),
    Builtin::method("Tensor", "__iter__", &[], iterate),
    Builtin::method("Tensor", "__reversed__", &[], reversed),
    Builtin::method("Tensor", "__contains__", ONE, contains),
    Builtin::method("Tensor", "__float__", &[], to_float),
    Builtin::method("Tensor", "__int__", &[], to_int),
    Builtin::method("Tensor", "__complex__", &[], to_complex),
    Builtin::method("Tensor", "__index__", &[], to_index),
    Builtin::method("Tensor", "__hash__", &[], hash),
    Builtin::method("Tensor", "__format__", &[torchsh_language::value::pos("_spec")], format),
];
