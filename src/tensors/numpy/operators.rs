//! Operators on arrays, with numpy's dtypes of results.

use super::functions::{call, tensor_from};
use super::promote::{bounds, is_rare, is_whole, promoted, with_number};
use super::reduce::unary_of;
use super::scalar::fitting;
use super::{Array, rare, result};
use crate::values::array::{Scalar, bytes_of, whole};
use crate::values::cast::{To, to};
use crate::values::convert::{ONE, tensor_of, to_arg, wrap};
use torchsh_aten::{Arg, Tensor};
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_language::value::{Args, Builtin, Value, Vm};
use torchsh_syntax::tree::{BinaryOperator, CompareOperator};

/// Which operand an array's method was called for.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Left,
    Right,
    /// A comparison, which Python turns around itself.
    Comparison,
}

/// The name of libtorch's operator.
pub fn torch_name(operator: BinaryOperator) -> &'static str {
    match operator {
        BinaryOperator::Add => "add",
        BinaryOperator::Sub => "sub",
        BinaryOperator::Mul => "mul",
        BinaryOperator::Div => "true_divide",
        BinaryOperator::FloorDiv => "floor_divide",
        BinaryOperator::Mod => "remainder",
        BinaryOperator::Pow => "pow",
        BinaryOperator::LeftShift => "bitwise_left_shift",
        BinaryOperator::RightShift => "bitwise_right_shift",
        BinaryOperator::BitAnd => "bitwise_and",
        BinaryOperator::BitOr => "bitwise_or",
        BinaryOperator::BitXor => "bitwise_xor",
        BinaryOperator::MatMul => "matmul",
    }
}

/// The name of libtorch's comparison.
pub fn comparison_name(operator: CompareOperator) -> &'static str {
    match operator {
        CompareOperator::Less => "lt",
        CompareOperator::LessEqual => "le",
        CompareOperator::Greater => "gt",
        CompareOperator::GreaterEqual => "ge",
        CompareOperator::NotEqual => "ne",
        _ => "eq",
    }
}

fn is_comparison(operator: &str) -> bool {
    matches!(operator, "eq" | "ne" | "lt" | "le" | "gt" | "ge")
}

/// An operand: an array, or a number of Python, which takes the other's dtype.
#[derive(Clone)]
enum Operand {
    Array(Tensor),
    Number(Value),
}

impl Operand {
    fn dtype(&self) -> Option<Dtype> {
        match self {
            Operand::Array(tensor) => Some(tensor.dtype()),
            Operand::Number(_) => None,
        }
    }
}

/// None: the value has operators of its own, or none.
fn operand(vm: &dyn Vm, value: &Value) -> Result<Option<Operand>> {
    Ok(match value {
        Value::Tensor(tensor) => Some(Operand::Array(tensor.tensor().clone())),
        Value::List(_) | Value::Tuple(_) => Some(Operand::Array(tensor_from(vm, value, None)?)),
        Value::Native(_) => match (value.as_native::<Array>(), value.as_native::<Scalar>()) {
            (Some(array), _) => Some(Operand::Array(array.tensor().clone())),
            (_, Some(scalar)) => Some(Operand::Array(scalar.tensor()?)),
            _ => None,
        },
        other => Some(Operand::Number(other.payload()))
            .filter(|_| with_number(Dtype::BOOL, &other.payload()).is_some()),
    })
}

/// `a operator b`, of which one is an array.
///
/// # Errors
/// Shapes that do not fit, an operator that is not for these dtypes.
pub fn apply(vm: &dyn Vm, operator: &str, a: &Value, b: &Value) -> Result<Value> {
    match (operand(vm, a)?, operand(vm, b)?) {
        (Some(a), Some(b)) => computed(vm, operator, a, b).map(result),
        _ => Ok(Value::NotImplemented),
    }
}

fn computed(vm: &dyn Vm, operator: &str, a: Operand, b: Operand) -> Result<Tensor> {
    let common = match (&a, &b) {
        (Operand::Number(number), other) | (other, Operand::Number(number)) => {
            let own = other.dtype().unwrap_or(Dtype::FLOAT64);
            with_number(own, number).unwrap_or(own)
        }
        (Operand::Array(a), Operand::Array(b)) => promoted(a.dtype(), b.dtype()),
    };
    if operator == "sub" && common == Dtype::BOOL {
        super::arithmetic::computed_in(BinaryOperator::Sub, common)?;
    }
    let common = match operator {
        "true_divide" if is_whole(common) => Dtype::FLOAT64,
        "floor_divide" | "remainder" | "pow" if common == Dtype::BOOL => Dtype::INT8,
        // A whole number that the dtype does not hold is compared all the same.
        _ if is_comparison(operator) && beyond(&a, common) | beyond(&b, common) => Dtype::FLOAT64,
        _ => common,
    };
    let (a, b) = (in_dtype(vm, a, common)?, in_dtype(vm, b, common)?);
    if operator == "pow" && is_whole(common) {
        refuse_negative(&b)?;
    }
    if is_rare(common) && operator != "matmul" {
        return rare::binary(vm, operator, a, b, common);
    }
    tensor_of("torch", operator, &[a, b], &[])
}

fn beyond(operand: &Operand, dtype: Dtype) -> bool {
    let Operand::Number(number @ (Value::Int(_) | Value::BigInt(_))) = operand else { return false };
    let (least, most) = if is_whole(dtype) { bounds(dtype) } else { return false };
    whole(number).is_none_or(|value| value < least || value > most)
}

/// The operand in the dtype of the operation. Of two operands one is an array, so that a number may stay one.
fn in_dtype(vm: &dyn Vm, operand: Operand, dtype: Dtype) -> Result<Arg> {
    match operand {
        Operand::Array(tensor) => to(&tensor, &To::dtype(dtype)).map(Arg::Tensor),
        Operand::Number(number) => match fitting(&number, dtype)? {
            number @ (Value::Int(_) | Value::Float(_) | Value::Bool(_)) if !is_rare(dtype) => {
                to_arg(vm, &number)
            }
            number => {
                let bytes = bytes_of(dtype, &number);
                Tensor::from_bytes(&bytes, &[], dtype).map(Arg::Tensor)
            }
        },
    }
}

fn refuse_negative(exponent: &Arg) -> Result<()> {
    let negative = match exponent {
        Arg::Int(value) => *value < 0,
        Arg::Tensor(tensor) if super::promote::is_unsigned(tensor.dtype()) => false,
        Arg::Tensor(tensor) => torchsh_language::value::elements(tensor)?
            .iter()
            .any(|item| whole(item).is_some_and(|item| item < 0)),
        _ => false,
    };
    if negative {
        return Err(Error::value("Integers to negative integer powers are not allowed."));
    }
    Ok(())
}

fn binary(vm: &dyn Vm, args: &Args, operator: &str, side: Side) -> Result<Value> {
    let (own, other) = (args.receiver(), args.value(0));
    let Some(array) = own.as_native::<Array>() else { return Err(args.wrong_receiver(vm)) };
    if let Some(tensor) = other.as_tensor() {
        // A tensor takes an array as its second operand only; the result is a tensor.
        if side != Side::Right && !matches!(operator, "eq" | "ne") {
            return Ok(Value::NotImplemented);
        }
        let (a, b) = (Operand::Array(array.tensor().clone()), Operand::Array(tensor.tensor().clone()));
        let (a, b) = if side == Side::Right { (b, a) } else { (a, b) };
        return computed(vm, operator, a, b).map(wrap);
    }
    if matches!(other, Value::None | Value::Str(_)) && matches!(operator, "eq" | "ne") {
        return never_equal(&array.tensor(), operator == "ne");
    }
    if side == Side::Right { apply(vm, operator, other, own) } else { apply(vm, operator, own, other) }
}

/// No number equals a text or None.
fn never_equal(tensor: &Tensor, answer: bool) -> Result<Value> {
    let count = usize::try_from(tensor.numel()).unwrap_or(0);
    Tensor::from_bytes(&vec![u8::from(answer); count], &tensor.sizes(), Dtype::BOOL).map(result)
}

/// `a += b`: the array keeps its memory and its dtype.
fn binary_in_place(vm: &dyn Vm, args: &Args, operator: &str) -> Result<Value> {
    let Some(array) = args.receiver().as_native::<Array>() else { return Ok(Value::NotImplemented) };
    let own = array.tensor().clone();
    let Some(other) = operand(vm, args.value(0))? else { return Ok(Value::NotImplemented) };
    let value = computed(vm, operator, Operand::Array(own.clone()), other)?;
    let (from, into) = (value.dtype(), own.dtype());
    if kind_rank(from) > kind_rank(into) {
        let name = match operator {
            "sub" => "subtract",
            "mul" => "multiply",
            "true_divide" => "divide",
            "pow" => "power",
            "bitwise_left_shift" => "left_shift",
            "bitwise_right_shift" => "right_shift",
            other => other,
        };
        return Err(Error::type_error(format!(
            "Cannot cast ufunc '{name}' output from dtype('{}') to dtype('{}') with casting rule 'same_kind'",
            from.name(),
            into.name()
        )));
    }
    call("copy_", &[Arg::Tensor(own), Arg::Tensor(value)])?;
    Ok(args.receiver().clone())
}

/// Numbers of a kind are cast to those of their kind and of later ones.
fn kind_rank(dtype: Dtype) -> u8 {
    match dtype {
        Dtype::BOOL => 0,
        dtype if super::promote::is_unsigned(dtype) => 1,
        dtype if is_whole(dtype) => 2,
        dtype if dtype.is_complex() => 4,
        _ => 3,
    }
}

fn unary(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let operator = match args.row().name {
        "__neg__" => "neg",
        "__abs__" => "abs",
        "__pos__" => "positive",
        _ => "bitwise_not",
    };
    unary_of(vm, operator, args.receiver())
}

fn both_divided(vm: &dyn Vm, args: &Args, reflected: bool) -> Result<Value> {
    let (own, other) = (args.receiver(), args.value(0));
    let (a, b) = if reflected { (other, own) } else { (own, other) };
    Ok(Value::tuple(vec![apply(vm, "floor_divide", a, b)?, apply(vm, "remainder", a, b)?]))
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
    "__rxor__" "bitwise_xor", "__rlshift__" "bitwise_left_shift", "__rrshift__" "bitwise_right_shift",
};
const COMPARISONS: &[Builtin] = operators! {
    Side::Comparison;
    "__eq__" "eq", "__ne__" "ne", "__lt__" "lt", "__le__" "le", "__gt__" "gt", "__ge__" "ge",
};
const IN_PLACE: &[Builtin] = operators! {
    "__iadd__" "add", "__isub__" "sub", "__imul__" "mul", "__itruediv__" "true_divide",
    "__ifloordiv__" "floor_divide", "__imod__" "remainder", "__ipow__" "pow", "__iand__" "bitwise_and",
    "__ior__" "bitwise_or", "__ixor__" "bitwise_xor", "__ilshift__" "bitwise_left_shift",
    "__irshift__" "bitwise_right_shift",
};
const UNARY: &[Builtin] = &[
    Builtin::method("ndarray", "__neg__", &[], unary),
    Builtin::method("ndarray", "__pos__", &[], unary),
    Builtin::method("ndarray", "__abs__", &[], unary),
    Builtin::method("ndarray", "__invert__", &[], unary),
    Builtin::method("ndarray", "__divmod__", ONE, |vm, args| both_divided(vm, args, false)),
    Builtin::method("ndarray", "__rdivmod__", ONE, |vm, args| both_divided(vm, args, true)),
];

/// The rows of this file.
pub const ROWS: &[&[Builtin]] = &[ARITHMETIC, REFLECTED, COMPARISONS, IN_PLACE, UNARY];
