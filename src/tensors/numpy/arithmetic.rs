//! Arithmetic of single numbers by numpy's rules: whole numbers wrap, dividing by zero warns.

use super::errors::{Flag, raise};
use super::promote::{bounds, is_whole, wrapped};
use super::scalar::{cast, of_whole, real, rounded};
use crate::values::array::whole;
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_language::value::{Value, Vm};
use torchsh_syntax::tree::BinaryOperator as Op;

/// The name of an operator's function.
pub fn name(operator: Op) -> &'static str {
    match operator {
        Op::Add => "add",
        Op::Sub => "subtract",
        Op::Mul => "multiply",
        Op::Div => "divide",
        Op::FloorDiv => "floor_divide",
        Op::Mod => "remainder",
        Op::Pow => "power",
        Op::LeftShift => "left_shift",
        Op::RightShift => "right_shift",
        Op::BitAnd => "bitwise_and",
        Op::BitOr => "bitwise_or",
        Op::BitXor => "bitwise_xor",
        Op::MatMul => "matmul",
    }
}

/// The dtype that two operands of one dtype are computed in.
///
/// # Errors
/// `TypeError` where numpy has no such operator.
pub fn computed_in(operator: Op, common: Dtype) -> Result<Dtype> {
    let bits = matches!(operator, Op::LeftShift | Op::RightShift | Op::BitAnd | Op::BitOr | Op::BitXor);
    if operator == Op::Sub && common == Dtype::BOOL {
        return Err(Error::type_error(
            "numpy boolean subtract, the `-` operator, is not supported, use the bitwise_xor, the `^` operator, or the \
             logical_xor function instead.",
        ));
    }
    let no_parts = matches!(operator, Op::FloorDiv | Op::Mod) && common.is_complex();
    if (bits && !is_whole(common)) || no_parts {
        let name = name(operator);
        return Err(Error::type_error(format!(
            "ufunc '{name}' not supported for the input types, and the inputs could not be safely coerced to any \
             supported types according to the casting rule ''safe''"
        )));
    }
    Ok(match operator {
        Op::Div if is_whole(common) => Dtype::FLOAT64,
        Op::FloorDiv | Op::Mod | Op::Pow | Op::LeftShift | Op::RightShift if common == Dtype::BOOL => {
            Dtype::INT8
        }
        _ => common,
    })
}

/// `a operator b`, both in the dtype that [`computed_in`] tells.
///
/// # Errors
/// What numpy raises, and its warnings where the program made errors of them.
pub fn binary(vm: &dyn Vm, operator: Op, dtype: Dtype, a: &Value, b: &Value) -> Result<Value> {
    let (a, b) = (cast(a, dtype), cast(b, dtype));
    if dtype == Dtype::BOOL {
        let (a, b) = (whole(&a) == Some(1), whole(&b) == Some(1));
        return Ok(Value::Bool(match operator {
            Op::Mul | Op::BitAnd => a && b,
            Op::BitXor => a != b,
            _ => a || b,
        }));
    }
    if is_whole(dtype) {
        return integers(vm, operator, dtype, whole(&a).unwrap_or(0), whole(&b).unwrap_or(0)).map(of_whole);
    }
    if dtype.is_complex() {
        return complex(vm, operator, dtype, &a, &b);
    }
    floats(vm, operator, dtype, real(&a), real(&b)).map(Value::Float)
}

fn integers(vm: &dyn Vm, operator: Op, dtype: Dtype, a: i128, b: i128) -> Result<i128> {
    let bits = dtype.itemsize() as i128 * 8;
    let exact = match operator {
        Op::Add => a + b,
        Op::Sub => a - b,
        Op::Mul => a.wrapping_mul(b),
        Op::FloorDiv | Op::Mod if b == 0 => {
            raise(vm, Flag::Divide, name(operator))?;
            return Ok(0);
        }
        Op::FloorDiv => num_integer::Integer::div_floor(&a, &b),
        Op::Mod => num_integer::Integer::mod_floor(&a, &b),
        Op::Pow if b < 0 => {
            return Err(Error::value("Integers to negative integer powers are not allowed."));
        }
        Op::Pow => return Ok(wrapped(power(a, b), dtype)),
        Op::LeftShift => return Ok(if (0..bits).contains(&b) { wrapped(a << b, dtype) } else { 0 }),
        Op::RightShift => return Ok(if (0..bits).contains(&b) { a >> b } else { a >> 127 }),
        Op::BitAnd => a & b,
        Op::BitOr => a | b,
        _ => a ^ b,
    };
    let (least, most) = bounds(dtype);
    if !(least..=most).contains(&exact) {
        raise(vm, Flag::Over, name(operator))?;
    }
    Ok(wrapped(exact, dtype))
}

/// The low bits of a power.
fn power(base: i128, exponent: i128) -> i128 {
    let (mut result, mut base, mut left) = (1_i128, base, exponent);
    while left > 0 {
        if left & 1 == 1 {
            result = result.wrapping_mul(base);
        }
        base = base.wrapping_mul(base);
        left >>= 1;
    }
    result
}

fn floats(vm: &dyn Vm, operator: Op, dtype: Dtype, a: f64, b: f64) -> Result<f64> {
    let round = |value| rounded(value, dtype);
    let value = match operator {
        Op::Add => round(a + b),
        Op::Sub => round(a - b),
        Op::Mul => round(a * b),
        Op::Div => round(a / b),
        Op::Mod => remainder(a, b),
        Op::FloorDiv => floor_divided(a, b, round),
        Op::Pow if dtype == Dtype::FLOAT32 => f64::from((a as f32).powf(b as f32)),
        _ => round(a.powf(b)),
    };
    let by_zero = b == 0.0 && matches!(operator, Op::Div | Op::FloorDiv) && a != 0.0 && !a.is_nan();
    let flag = match () {
        () if by_zero || (operator == Op::Pow && a == 0.0 && value.is_infinite()) => Some(Flag::Divide),
        () if value.is_nan() && !a.is_nan() && !b.is_nan() => Some(Flag::Invalid),
        () if value.is_infinite() && a.is_finite() && b.is_finite() => Some(Flag::Over),
        () => None,
    };
    if let Some(flag) = flag {
        raise(vm, flag, name(operator))?;
    }
    Ok(value)
}

/// With the sign of the divisor.
fn remainder(a: f64, b: f64) -> f64 {
    let rest = a % b;
    if rest == 0.0 {
        0_f64.copysign(b)
    } else if (rest < 0.0) == (b < 0.0) {
        rest
    } else {
        rest + b
    }
}

fn floor_divided(a: f64, b: f64, round: impl Fn(f64) -> f64) -> f64 {
    if b == 0.0 {
        return round(a / b);
    }
    let quotient = round(round(a - remainder(a, b)) / b);
    if quotient == 0.0 {
        return 0_f64.copysign(round(a / b));
    }
    let floor = quotient.floor();
    if quotient - floor > 0.5 { floor + 1.0 } else { floor }
}

/// By Python's own complex numbers, which raise where numpy warns.
fn complex(vm: &dyn Vm, operator: Op, dtype: Dtype, a: &Value, b: &Value) -> Result<Value> {
    let zero = matches!(b, Value::Complex(parts) if **parts == (0.0, 0.0));
    if operator == Op::Div && zero {
        raise(vm, Flag::Divide, name(operator))?;
        let Value::Complex(parts) = a else { return Ok(a.clone()) };
        return Ok(Value::complex(parts.0 / 0.0, parts.1 / 0.0));
    }
    vm.binary(operator, a, b).map(|value| cast(&value, dtype))
}

/// `-a`, `abs(a)`, `~a` of a number in its dtype.
///
/// # Errors
/// As [`binary`].
pub fn unary(vm: &dyn Vm, method: &str, dtype: Dtype, number: &Value) -> Result<(Dtype, Value)> {
    let unsupported = || {
        Error::type_error(format!(
            "ufunc '{}' not supported for the input types, and the inputs could not be safely coerced to any \
             supported types according to the casting rule ''safe''",
            if method == "__invert__" { "invert" } else { "negative" }
        ))
    };
    match (method, number) {
        ("__pos__", _) => Ok((dtype, number.clone())),
        ("__abs__", Value::Bool(_)) => Ok((dtype, number.clone())),
        ("__neg__", Value::Bool(_)) => Err(Error::type_error(
            "The numpy boolean negative, the `-` operator, is not supported, use the `~` operator or the logical_not \
             function instead.",
        )),
        ("__invert__", Value::Bool(value)) => Ok((dtype, Value::Bool(!value))),
        ("__invert__", Value::Float(_) | Value::Complex(_)) => Err(unsupported()),
        ("__abs__", Value::Complex(parts)) => {
            let real = super::promote::real_part(dtype);
            Ok((real, Value::Float(rounded(parts.0.hypot(parts.1), real))))
        }
        ("__abs__", Value::Float(value)) => Ok((dtype, Value::Float(value.abs()))),
        (_, Value::Float(value)) => Ok((dtype, Value::Float(-value))),
        (_, Value::Complex(parts)) => Ok((dtype, Value::complex(-parts.0, -parts.1))),
        (method, number) => {
            let value = whole(number).unwrap_or(0);
            let exact = match method {
                "__invert__" => return Ok((dtype, of_whole(wrapped(!value, dtype)))),
                "__abs__" => value.abs(),
                _ => -value,
            };
            let (least, most) = bounds(dtype);
            if !(least..=most).contains(&exact) {
                raise(vm, Flag::Over, if method == "__abs__" { "absolute" } else { "negative" })?;
            }
            Ok((dtype, of_whole(wrapped(exact, dtype))))
        }
    }
}
