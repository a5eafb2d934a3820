//! What scalars of numpy know and do.

#![allow(clippy::indexing_slicing)] // tables put together while compiling

use super::arithmetic;
use super::functions::{array, dtype_of, named_dtype, tensor_from};
use super::promote::{is_whole, promoted, with_number};
use super::scalar::{cast, fitting, real};
use super::{Array, ArrayDtype, operators, result};
use crate::values::array::{Scalar, truth, whole};
use crate::values::cast::{To, to};
use crate::values::convert::{ONE, sequence};
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_language::value::{Args, Builtin, Core, Value, Vm, kw, number, opt, pos, req, rest};
use torchsh_syntax::tree::{BinaryOperator, CompareOperator};

fn own<'a>(vm: &dyn Vm, args: &'a Args) -> Result<&'a Scalar> {
    args.receiver().as_native::<Scalar>().ok_or_else(|| args.wrong_receiver(vm))
}

// ---- operators --------------------------------------------------------------------------------------------------

/// A number beside a scalar, and the dtype of both together; none where it is no number.
fn with(own: &Scalar, other: &Value) -> Option<(Dtype, Value)> {
    if let Some(scalar) = other.as_native::<Scalar>() {
        return Some((promoted(own.dtype(), scalar.dtype()), scalar.number().clone()));
    }
    let number = other.payload();
    with_number(own.dtype(), &number).map(|dtype| (dtype, number))
}

fn binary(vm: &dyn Vm, args: &Args, operator: BinaryOperator, reflected: bool) -> Result<Value> {
    let (scalar, other) = (own(vm, args)?, args.value(0));
    let of_numbers = with_number_of(vm, scalar, operator, other, reflected);
    of_numbers.unwrap_or_else(|| with_array(vm, args, operator, reflected))
}

/// The operator with another number; none where it is none.
pub fn with_number_of(
    vm: &dyn Vm,
    scalar: &Scalar,
    operator: BinaryOperator,
    other: &Value,
    reflected: bool,
) -> Option<Result<Value>> {
    let (common, number) = with(scalar, other).filter(|_| operator != BinaryOperator::MatMul)?;
    let computed = arithmetic::computed_in(operator, common).and_then(|dtype| {
        // A whole number of Python must fit, unless the result is of another kind.
        let number = if dtype == common { fitting(&number, dtype)? } else { number };
        let (a, b) = if reflected { (&number, scalar.number()) } else { (scalar.number(), &number) };
        arithmetic::binary(vm, operator, dtype, a, b).map(|value| Scalar::of(dtype, value))
    });
    Some(computed)
}

/// The operator with an array or a sequence. Tensors and all else have operators of their own.
fn with_array(vm: &dyn Vm, args: &Args, operator: BinaryOperator, reflected: bool) -> Result<Value> {
    let (scalar, other) = (own(vm, args)?, args.value(0));
    let is_sequence = matches!(other, Value::List(_) | Value::Tuple(_) | Value::Str(_) | Value::Bytes(_));
    if is_sequence && operator == BinaryOperator::Mul && is_whole(scalar.dtype()) {
        return vm.binary(operator, other, scalar.number());
    }
    if is_sequence && operator == BinaryOperator::Mul {
        let name = scalar.dtype().name();
        return Err(Error::type_error(format!("can't multiply sequence by non-int of type 'numpy.{name}'")));
    }
    if other.as_native::<Array>().is_none() && sequence(other).is_none() {
        return Ok(Value::NotImplemented);
    }
    let (one, other) = (array(scalar.tensor()?), array(tensor_from(vm, other, None)?));
    let (a, b) = if reflected { (&other, &one) } else { (&one, &other) };
    operators::apply(vm, operators::torch_name(operator), a, b)
}

fn compared(vm: &dyn Vm, args: &Args, operator: CompareOperator) -> Result<Value> {
    let (scalar, other) = (own(vm, args)?, args.value(0));
    if let Some(answer) = compared_with_number(vm, scalar, operator, other) {
        return answer;
    }
    if other.as_native::<Array>().is_none() && sequence(other).is_none() {
        return Ok(Value::NotImplemented);
    }
    let (one, other) = (array(scalar.tensor()?), array(tensor_from(vm, other, None)?));
    operators::apply(vm, operators::comparison_name(operator), &one, &other)
}

/// The comparison with another number; none where it is none.
pub fn compared_with_number(
    vm: &dyn Vm,
    scalar: &Scalar,
    operator: CompareOperator,
    other: &Value,
) -> Option<Result<Value>> {
    let (common, number) = with(scalar, other)?;
    // Whole numbers are compared exactly, whatever they are kept in.
    let both_whole =
        whole(scalar.number()).is_some() && (whole(&number).is_some() || matches!(number, Value::BigInt(_)));
    let (a, b) = match both_whole {
        true => (scalar.number().clone(), number),
        false => (cast(scalar.number(), common), cast(&number, common)),
    };
    if let (Value::Complex(a), Value::Complex(b)) = (&a, &b) {
        return Some(Ok(truth(complex_order(operator, **a, **b))));
    }
    let answer = vm.compare(operator, &a, &b).and_then(|answer| vm.truth(&answer));
    Some(answer.map(truth))
}

/// numpy orders complex numbers by their real parts first.
fn complex_order(operator: CompareOperator, a: (f64, f64), b: (f64, f64)) -> bool {
    match operator {
        CompareOperator::Less => a < b,
        CompareOperator::LessEqual => a <= b,
        CompareOperator::Greater => a > b,
        CompareOperator::GreaterEqual => a >= b,
        CompareOperator::NotEqual => a != b,
        _ => a == b,
    }
}

fn unary(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let scalar = own(vm, args)?;
    let (dtype, number) = arithmetic::unary(vm, args.row().name, scalar.dtype(), scalar.number())?;
    Ok(Scalar::of(dtype, number))
}

fn both_divided(vm: &dyn Vm, args: &Args, reflected: bool) -> Result<Value> {
    let quotient = binary(vm, args, BinaryOperator::FloorDiv, reflected)?;
    if let Value::NotImplemented = quotient {
        return Ok(quotient);
    }
    Ok(Value::tuple(vec![quotient, binary(vm, args, BinaryOperator::Mod, reflected)?]))
}

// ---- as a number of Python --------------------------------------------------------------------------------------

fn to_bool(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(cast(own(vm, args)?.number(), Dtype::BOOL))
}

fn to_float(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::Float(real(own(vm, args)?.number())))
}

fn to_int(vm: &dyn Vm, args: &Args) -> Result<Value> {
    match own(vm, args)?.number() {
        Value::Float(value) => number::truncate(*value),
        Value::Complex(parts) => number::truncate(parts.0),
        value => number::big_index(vm, value).map(Value::big),
    }
}

fn to_complex(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(cast(own(vm, args)?.number(), Dtype::COMPLEX128))
}

/// `round(x, digits)`: without digits a whole number of Python.
fn rounded(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let scalar = own(vm, args)?;
    let number = match scalar.number() {
        Value::Bool(value) => Value::Int(i64::from(*value)),
        other => other.clone(),
    };
    let round = vm.attribute(&vm.import("builtins")?, &torchsh_language::value::Str::intern("round"))?;
    match args.some(0) {
        None => vm.call(&round, &[number], &[]),
        Some(_) => in_decimals(vm, scalar, args.int(vm, 0)?),
    }
}

fn in_decimals(vm: &dyn Vm, scalar: &Scalar, digits: i64) -> Result<Value> {
    let numpy = vm.import("numpy")?;
    let one = array(scalar.tensor()?);
    vm.call_method(&numpy, "round", &[one, Value::Int(digits)])
}

fn round_method(vm: &dyn Vm, args: &Args) -> Result<Value> {
    in_decimals(vm, own(vm, args)?, args.int_or(vm, 0, 0)?)
}

fn format(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let (scalar, form) = (own(vm, args)?, args.str(vm, 0)?);
    vm.format(scalar.number(), &form).map(Value::Str)
}

// ---- what it is -------------------------------------------------------------------------------------------------

fn astype(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let dtype = dtype_of(vm, args.value(0))?;
    Ok(Scalar::of(dtype, cast(own(vm, args)?.number(), dtype)))
}

fn part(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let scalar = own(vm, args)?;
    let dtype = super::promote::real_part(scalar.dtype());
    let is_real = args.row().name == "real";
    Ok(match scalar.number() {
        Value::Complex(parts) => Scalar::of(dtype, Value::Float(if is_real { parts.0 } else { parts.1 })),
        number if is_real => Scalar::of(dtype, number.clone()),
        _ => Scalar::of(dtype, cast(&Value::Int(0), dtype)),
    })
}

fn conjugate(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let scalar = own(vm, args)?;
    Ok(match scalar.number() {
        Value::Complex(parts) => Scalar::of(scalar.dtype(), Value::complex(parts.0, -parts.1)),
        _ => args.receiver().clone(),
    })
}

fn is_integer(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let number = own(vm, args)?.number();
    Ok(Value::Bool(match number {
        Value::Float(value) => value.is_finite() && value.fract() == 0.0,
        other => whole(other).is_some(),
    }))
}

/// What the number of Python itself knows.
fn as_number(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let number = own(vm, args)?.number();
    let number = if let Value::Int(value) = number { Value::Int(value.abs()) } else { number.clone() };
    vm.call_method(&number, args.row().name, &[])
}

/// `numpy.float32(x)`: of a number, a text, an array.
fn construct(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let name = args.row().name;
    let dtype = named_dtype(name.rsplit('.').next().unwrap_or(name)).unwrap_or(Dtype::FLOAT64);
    let Some(given) = args.get(0) else { return Ok(Scalar::of(dtype, cast(&Value::Int(0), dtype))) };
    if let Some(scalar) = given.as_native::<Scalar>() {
        return Ok(Scalar::of(dtype, cast(scalar.number(), dtype)));
    }
    let payload = given.payload();
    match &payload {
        Value::Bool(_) | Value::Int(_) | Value::BigInt(_) => {
            return fitting(&payload, dtype).map(|number| Scalar::of(dtype, number));
        }
        Value::Complex(_) if !dtype.is_complex() => {
            let kind = if is_whole(dtype) { "int()" } else { "float()" };
            let message = format!("{kind} argument must be a string or a real number, not 'complex'");
            return Err(Error::type_error(message));
        }
        Value::Float(value) if is_whole(dtype) && dtype != Dtype::BOOL => {
            let cut = number::truncate(*value)?;
            return fitting(&cut, dtype).map(|number| Scalar::of(dtype, number));
        }
        Value::Float(_) | Value::Complex(_) => return Ok(Scalar::of(dtype, cast(&payload, dtype))),
        Value::Str(_) | Value::Bytes(_) => return parsed(vm, &payload, dtype),
        Value::None if is_whole(dtype) && dtype != Dtype::BOOL => {
            let message =
                "int() argument must be a string, a bytes-like object or a real number, not 'NoneType'";
            return Err(Error::type_error(message));
        }
        Value::None => {
            let nothing = if dtype == Dtype::BOOL { Value::Bool(false) } else { Value::Float(f64::NAN) };
            return Ok(Scalar::of(dtype, cast(&nothing, dtype)));
        }
        Value::Instance(_) => {
            let number = number::float(vm, given)?;
            return Ok(Scalar::of(dtype, cast(&Value::Float(number), dtype)));
        }
        _ => {}
    }
    let tensor = to(&tensor_from(vm, given, None)?, &To::dtype(dtype))?;
    Ok(result(tensor))
}

/// A number out of a text, as Python reads it.
fn parsed(vm: &dyn Vm, text: &Value, dtype: Dtype) -> Result<Value> {
    let core = match dtype {
        Dtype::BOOL => return Ok(truth(vm.truth(text)?)),
        dtype if is_whole(dtype) => Core::Int,
        dtype if dtype.is_complex() => Core::Complex,
        _ => Core::Float,
    };
    let class = Value::Class(vm.types().core(core).clone());
    let number = vm.call(&class, std::slice::from_ref(text), &[])?;
    fitting(&number, dtype).map(|number| Scalar::of(dtype, number))
}

// ---- rows -------------------------------------------------------------------------------------------------------

/// Scalars of numbers and truths are of two branches of the classes; times, texts and records have operators of their own.
macro_rules! on_both {
    ($name:ident, $rows:ident) => {
        const $name: [&[Builtin]; 2] = [$rows!("number"), $rows!("numpy.bool")];
    };
}

macro_rules! arithmetic {
    ($of:literal) => {
        arithmetic! {
            $of;
            "__add__" "__radd__" Add, "__sub__" "__rsub__" Sub, "__mul__" "__rmul__" Mul,
            "__truediv__" "__rtruediv__" Div, "__floordiv__" "__rfloordiv__" FloorDiv, "__mod__" "__rmod__" Mod,
            "__pow__" "__rpow__" Pow, "__lshift__" "__rlshift__" LeftShift, "__rshift__" "__rrshift__" RightShift,
            "__and__" "__rand__" BitAnd, "__or__" "__ror__" BitOr, "__xor__" "__rxor__" BitXor,
            "__matmul__" "__rmatmul__" MatMul
        }
    };
    ($of:literal; $($method:literal $reflected:literal $operator:ident),*) => {
        &[$(
            Builtin::method($of, $method, ONE, |vm, args| binary(vm, args, BinaryOperator::$operator, false)),
            Builtin::method($of, $reflected, ONE, |vm, args| binary(vm, args, BinaryOperator::$operator, true))
        ),*]
    };
}

macro_rules! comparisons {
    ($of:literal) => {
        comparisons! {
            $of;
            "__eq__" Equal, "__ne__" NotEqual, "__lt__" Less, "__le__" LessEqual, "__gt__" Greater,
            "__ge__" GreaterEqual
        }
    };
    ($of:literal; $($method:literal $operator:ident),*) => {
        &[$(Builtin::method($of, $method, ONE, |vm, args| {
            compared(vm, args, CompareOperator::$operator)
        })),*]
    };
}

macro_rules! constructors {
    ($($name:literal)*) => {
        const CONSTRUCTORS: &[Builtin] = &[$(Builtin::constructor($name, &[opt("_value", "0")], construct)),*];
    };
}

constructors! {
    "numpy.bool" "float16" "float32" "float64" "int8" "int16" "int32" "int64" "uint8" "uint16" "uint32" "uint64"
    "complex64" "complex128"
}

macro_rules! methods {
    ($of:literal) => {
        &[
            Builtin::method($of, "__neg__", &[], unary),
            Builtin::method($of, "__pos__", &[], unary),
            Builtin::method($of, "__abs__", &[], unary),
            Builtin::method($of, "__invert__", &[], unary),
            Builtin::method($of, "__divmod__", ONE, |vm, args| both_divided(vm, args, false)),
            Builtin::method($of, "__rdivmod__", ONE, |vm, args| both_divided(vm, args, true)),
            Builtin::method($of, "__bool__", &[], to_bool),
            Builtin::method($of, "__float__", &[], to_float),
            Builtin::method($of, "__int__", &[], to_int),
            Builtin::method($of, "__trunc__", &[], to_int),
            Builtin::method($of, "__complex__", &[], to_complex),
            Builtin::method($of, "__round__", &[opt("ndigits", "None")], rounded),
            Builtin::method($of, "__format__", &[pos("_spec")], format),
            Builtin::property($of, "dtype", |vm, args| {
                Ok(Value::native(ArrayDtype(own(vm, args)?.dtype(), false)))
            }),
            Builtin::property($of, "shape", |_, _| Ok(Value::tuple(Vec::new()))),
            Builtin::property($of, "strides", |_, _| Ok(Value::tuple(Vec::new()))),
            Builtin::property($of, "ndim", |_, _| Ok(Value::Int(0))),
            Builtin::property($of, "size", |_, _| Ok(Value::Int(1))),
            Builtin::property($of, "itemsize", |vm, args| Ok(Value::from(own(vm, args)?.dtype().itemsize()))),
            Builtin::property($of, "nbytes", |vm, args| Ok(Value::from(own(vm, args)?.dtype().itemsize()))),
            Builtin::property($of, "T", |_, args| Ok(args.receiver().clone())),
            Builtin::property($of, "real", part),
            Builtin::property($of, "imag", part),
            Builtin::method($of, "conjugate", &[], conjugate),
            Builtin::method($of, "conj", &[], conjugate),
            Builtin::method($of, "item", &[rest("args")], |vm, args| Ok(own(vm, args)?.number().clone())),
            Builtin::method($of, "tolist", &[], |vm, args| Ok(own(vm, args)?.number().clone())),
            Builtin::method($of, "astype", &[req("dtype"), kw("copy", "True")], astype),
            Builtin::method($of, "copy", &[], |_, args| Ok(args.receiver().clone())),
            Builtin::method($of, "__copy__", &[], |_, args| Ok(args.receiver().clone())),
            Builtin::method($of, "__deepcopy__", &[pos("_memo")], |_, args| Ok(args.receiver().clone())),
            Builtin::method($of, "squeeze", &[opt("axis", "None")], |_, args| Ok(args.receiver().clone())),
            Builtin::method($of, "round", &[opt("decimals", "0")], round_method),
            Builtin::method($of, "is_integer", &[], is_integer).says("whether it is a whole number"),
        ]
    };
}

on_both! { ARITHMETIC, arithmetic }
on_both! { COMPARISONS, comparisons }
on_both! { METHODS, methods }

const OF_SOME: &[Builtin] = &[
    Builtin::method("integer", "__index__", &[], to_int),
    Builtin::method("integer", "bit_count", &[], as_number),
    Builtin::method("floating", "as_integer_ratio", &[], as_number),
];

/// The rows of this file.
pub const ROWS: &[&[Builtin]] = &[
    CONSTRUCTORS,
    OF_SOME,
    ARITHMETIC[0],
    ARITHMETIC[1],
    COMPARISONS[0],
    COMPARISONS[1],
    METHODS[0],
    METHODS[1],
];
