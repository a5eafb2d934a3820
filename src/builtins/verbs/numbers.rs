//! Numbers that a verb takes, as words and as options; an error says which, and what it has to be.

use torchsh_base::error::{Error, Kind, Result};
use torchsh_base::identifier;
use torchsh_language::value::{Value, Vm, number};

/// A whole number.
///
/// # Errors
/// What is no number, or one of more than 64 bits.
pub fn whole(vm: &dyn Vm, what: &str, value: &Value) -> Result<i64> {
    number::index(vm, value).map_err(|error| wrong(vm, what, "a whole number", value, error))
}

/// A number.
///
/// # Errors
/// What is none.
pub fn real(vm: &dyn Vm, what: &str, value: &Value) -> Result<f64> {
    number::float(vm, value).map_err(|error| wrong(vm, what, "a number", value, error))
}

/// A number that is neither infinite nor NaN.
///
/// # Errors
/// What is none.
pub fn finite(vm: &dyn Vm, what: &str, value: &Value) -> Result<f64> {
    let number = real(vm, what, value)?;
    match number.is_finite() {
        true => Ok(number),
        false => Err(Error::value(format!("{what} is a finite number, not {}", given(vm, value)))),
    }
}

/// Whole numbers, in a list or the like.
///
/// # Errors
/// What is none.
pub fn wholes(vm: &dyn Vm, what: &str, value: &Value) -> Result<Vec<i64>> {
    let wrong = |error| wrong(vm, what, "a list of whole numbers", value, error);
    let items = vm.collect(value).map_err(wrong)?;
    items.iter().map(|item| number::index(vm, item).map_err(wrong)).collect()
}

/// The error of a value that is not what is wanted; of what went wrong otherwise the error stays what it was.
fn wrong(vm: &dyn Vm, what: &str, wanted: &str, value: &Value, error: Error) -> Error {
    match error.kind() {
        Kind::Type => Error::type_error(format!("{what} is {wanted}, not {}", given(vm, value))),
        Kind::Overflow => {
            Error::new(Kind::Overflow, format!("{what} is {wanted} of 64 bits, not {}", given(vm, value)))
        }
        _ => error,
    }
}

/// A value that is not what was wanted, in few words: a number or a text as it is, otherwise its type.
pub fn given(vm: &dyn Vm, value: &Value) -> String {
    const LONGEST: usize = 40;
    let is_number = matches!(value, Value::Int(_) | Value::Float(_) | Value::BigInt(_));
    let is_short_list = matches!(value, Value::List(_) | Value::Tuple(_));
    let text = match value.as_str() {
        Some(text) => Some(identifier::quoted(&text)),
        None if is_number || is_short_list => vm.repr(value).ok().map(|text| text.to_string()),
        None => None,
    };
    text.filter(|text| text.len() <= LONGEST || value.as_str().is_some())
        .unwrap_or_else(|| vm.type_name(value).to_string())
}
