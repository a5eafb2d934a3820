//! Numbers out of values.

use std::sync::atomic::{AtomicUsize, Ordering};

use num_bigint::BigInt;
use num_traits::{FromPrimitive, ToPrimitive};

use super::{Value, Vm};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_base::reason::Reason;

/// An integer of any size: of an `int`, a `bool`, or what has `__index__`.
///
/// # Errors
/// `TypeError` for anything else.
pub fn big_index(vm: &dyn Vm, value: &Value) -> Result<BigInt> {
    match value.payload() {
        Value::Int(value) => Ok(BigInt::from(value)),
        Value::Bool(value) => Ok(BigInt::from(u8::from(value))),
        Value::BigInt(value) => Ok((*value).clone()),
        _ => match vm.special(value, "__index__", &[]) {
            Some(result) => big_index(vm, &result?),
            None => {
                let name = vm.type_name(value);
                Err(Error::type_error(format!("'{name}' object cannot be interpreted as an integer")))
            }
        },
    }
}

/// An integer of 64 bits, as [`big_index`].
///
/// # Errors
/// As [`big_index`], and `OverflowError`.
pub fn index(vm: &dyn Vm, value: &Value) -> Result<i64> {
    if let Some(value) = value.as_int() {
        return Ok(value);
    }
    big_index(vm, value)?
        .to_i64()
        .ok_or_else(|| Error::new(Kind::Overflow, "Python int too large to convert to C ssize_t"))
}

/// Digits beyond which a whole number is not turned to text or back: it takes the square of their number
/// (`sys.set_int_max_str_digits`; 0: no bound).
static MOST_DIGITS: AtomicUsize = AtomicUsize::new(4300);

/// The bound on the digits of whole numbers; none where there is none.
#[must_use]
pub fn most_digits() -> Option<usize> {
    Some(MOST_DIGITS.load(Ordering::Relaxed)).filter(|&most| most > 0)
}

/// Sets the bound; 0 takes it away.
pub fn set_most_digits(most: usize) {
    MOST_DIGITS.store(most, Ordering::Relaxed);
}

/// The decimal digits of a whole number.
///
/// # Errors
/// `ValueError` beyond [`most_digits`].
pub fn decimal(value: &BigInt) -> Result<String> {
    let Some(most) = most_digits() else { return Ok(value.to_string()) };
    // A digit takes 3.32 bits; only a number near the bound is counted out.
    let fits = |digits: &str| digits.trim_start_matches('-').len() <= most;
    let bits = usize::try_from(value.bits()).unwrap_or(usize::MAX);
    let digits = (bits / 4 < most).then(|| value.to_string()).filter(|digits| fits(digits));
    digits.ok_or_else(|| {
        Error::value(format!(
            "Exceeds the limit ({most} digits) for integer string conversion; use sys.set_int_max_str_digits() to \
             increase the limit"
        ))
    })
}

/// The whole number that some digits mean; none if they are no digits of that radix.
///
/// # Errors
/// `ValueError` for more digits than [`most_digits`], unless the radix is a power of two.
pub fn parse(digits: &str, radix: u32) -> Result<Option<BigInt>> {
    let count = digits.trim_start_matches('-').len();
    match most_digits() {
        Some(most) if count > most && !radix.is_power_of_two() => Err(Error::value(format!(
            "Exceeds the limit ({most} digits) for integer string conversion: value has {count} digits; use \
             sys.set_int_max_str_digits() to increase the limit"
        ))),
        _ => Ok(BigInt::parse_bytes(digits.as_bytes(), radix)),
    }
}

/// A float: of a number, or what has `__float__` or `__index__`.
///
/// # Errors
/// `TypeError` for anything else, `OverflowError` for an integer beyond the range of floats.
pub fn float(vm: &dyn Vm, value: &Value) -> Result<f64> {
    match value.payload() {
        Value::Float(value) => Ok(value),
        Value::Int(value) => Ok(value as f64),
        Value::Bool(value) => Ok(f64::from(u8::from(value))),
        Value::BigInt(value) => big_to_float(&value),
        _ => match vm.special(value, "__float__", &[]).or_else(|| vm.special(value, "__index__", &[])) {
            Some(result) => float(vm, &result?),
            None => {
                let message = format!("must be real number, not {}", vm.type_name(value));
                Err(Error::type_error(message).because(Reason::NotANumber))
            }
        },
    }
}

/// The nearest float of a big integer.
///
/// # Errors
/// `OverflowError` beyond the range of floats.
pub fn big_to_float(value: &BigInt) -> Result<f64> {
    match value.to_f64() {
        Some(value) if value.is_finite() => Ok(value),
        _ => Err(Error::new(Kind::Overflow, "int too large to convert to float")),
    }
}

/// The integer that a finite float truncates to.
///
/// # Errors
/// `OverflowError` for infinity, `ValueError` for NaN.
pub fn truncate(value: f64) -> Result<Value> {
    if value.is_nan() {
        return Err(Error::value("cannot convert float NaN to integer"));
    }
    BigInt::from_f64(value.trunc())
        .map(Value::big)
        .ok_or_else(|| Error::new(Kind::Overflow, "cannot convert float infinity to integer"))
}
