//! Arithmetic of complex numbers, with CPython's results.

use super::operator_names::special_names;
use crate::value::Value;
use torchsh_base::error::{Error, Kind, Result};
use torchsh_syntax::tree::BinaryOperator;

/// `a operator b` of complex numbers, each as its real and imaginary part.
pub(super) fn binary(operator: BinaryOperator, a: (f64, f64), b: (f64, f64)) -> Result<Value> {
    use BinaryOperator as Op;
    let (real, imaginary) = match operator {
        Op::Add => (a.0 + b.0, a.1 + b.1),
        Op::Sub => (a.0 - b.0, a.1 - b.1),
        Op::Mul => (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0),
        Op::Div => {
            let size = b.0 * b.0 + b.1 * b.1;
            if size == 0.0 {
                return Err(Error::new(Kind::ZeroDivision, "complex division by zero"));
            }
            ((a.0 * b.0 + a.1 * b.1) / size, (a.1 * b.0 - a.0 * b.1) / size)
        }
        Op::Pow => power(a, b),
        _ => {
            let symbol = special_names(operator).3;
            let message = format!("unsupported operand type(s) for {symbol}: 'complex' and 'complex'");
            return Err(Error::type_error(message));
        }
    };
    Ok(Value::complex(real, imaginary))
}

fn whole_power(base: (f64, f64), power: i64) -> (f64, f64) {
    let times = |a: (f64, f64), b: (f64, f64)| (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0);
    let (mut result, mut square, mut left) = ((1.0, 0.0), base, power.unsigned_abs());
    while left > 0 {
        if left & 1 == 1 {
            result = times(result, square);
        }
        square = times(square, square);
        left >>= 1;
    }
    if power >= 0 {
        return result;
    }
    let size = result.0 * result.0 + result.1 * result.1;
    (result.0 / size, -result.1 / size)
}

fn power(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    if b == (0.0, 0.0) {
        return (1.0, 0.0);
    }
    // As CPython does: a small whole power by multiplication.
    if b.1 == 0.0 && b.0.fract() == 0.0 && b.0.abs() <= 100.0 {
        return whole_power(a, b.0 as i64);
    }
    let (size, angle) = (a.0.hypot(a.1), a.1.atan2(a.0));
    if size == 0.0 {
        return (0.0, 0.0);
    }
    let log = size.ln();
    let (new_size, new_angle) = ((b.0 * log - b.1 * angle).exp(), b.0 * angle + b.1 * log);
    (new_size * new_angle.cos(), new_size * new_angle.sin())
}
