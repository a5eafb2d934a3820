//! Scalars of numpy: a number of Python and the dtype it is kept in. They need no libtorch.

use std::any::Any;

use num_traits::ToPrimitive;

use super::promote::{bounds, is_whole, wrapped};
use super::{scalar_rows, text};
use crate::values::array::{Array, Scalar, whole};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_language::value::{BoundMethod, Native, Str, Value, Vm, number};
use torchsh_syntax::tree::{BinaryOperator, CompareOperator};

/// A whole number as Python has it.
pub fn of_whole(value: i128) -> Value {
    i64::try_from(value).map_or_else(|_| Value::big(value.into()), Value::Int)
}

/// The number as a float of 64 bits, its imaginary part left out.
pub fn real(number: &Value) -> f64 {
    match number {
        Value::Float(value) => *value,
        Value::Complex(parts) => parts.0,
        Value::BigInt(value) => value.to_f64().unwrap_or(f64::NAN),
        other => whole(other).unwrap_or(0) as f64,
    }
}

/// A float as the dtype keeps it.
pub fn rounded(value: f64, dtype: Dtype) -> f64 {
    match dtype {
        Dtype::FLOAT16 => half::f16::from_f64(value).to_f64(),
        Dtype::FLOAT32 | Dtype::COMPLEX64 => f64::from(value as f32),
        _ => value,
    }
}

/// A number in another dtype, as `astype` does it: whole numbers wrap, floats are cut.
pub fn cast(number: &Value, dtype: Dtype) -> Value {
    match dtype {
        Dtype::BOOL => Value::Bool(match number {
            Value::Complex(parts) => **parts != (0.0, 0.0),
            Value::Float(value) => *value != 0.0,
            other => whole(other) != Some(0),
        }),
        dtype if is_whole(dtype) => {
            let value = match whole(number) {
                Some(value) => value,
                None => cut(real(number)),
            };
            of_whole(wrapped(value, dtype))
        }
        dtype if dtype.is_complex() => match number {
            Value::Complex(parts) => Value::complex(rounded(parts.0, dtype), rounded(parts.1, dtype)),
            other => Value::complex(rounded(real(other), dtype), 0.0),
        },
        dtype => Value::Float(rounded(real(number), dtype)),
    }
}

/// What is no number, or too large, becomes the least of 64 bits, as on the machines that numpy runs on.
fn cut(value: f64) -> i128 {
    let most = 2_f64.powi(63);
    if value >= -most && value < most { value as i128 } else { i128::from(i64::MIN) }
}

/// A whole number of Python as the dtype has it.
///
/// # Errors
/// `OverflowError` where it does not fit.
pub fn fitting(number: &Value, dtype: Dtype) -> Result<Value> {
    let (Value::Int(_) | Value::BigInt(_), true) = (number, is_whole(dtype) && dtype != Dtype::BOOL) else {
        return Ok(cast(number, dtype));
    };
    let (least, most) = bounds(dtype);
    match whole(number) {
        Some(value) if (least..=most).contains(&value) => Ok(number.clone()),
        _ => {
            let digits = match number {
                Value::BigInt(value) => number::decimal(value)?,
                other => whole(other).unwrap_or(0).to_string(),
            };
            let message = format!("Python integer {digits} out of bounds for {}", dtype.name());
            Err(Error::new(Kind::Overflow, message))
        }
    }
}

impl Native for Scalar {
    fn type_name(&self) -> &str {
        super::class_of(self.dtype)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn payload(&self) -> Option<Value> {
        // Python's own classes are among the ancestors of these two.
        matches!(self.dtype, Dtype::FLOAT64 | Dtype::COMPLEX128).then(|| self.number.clone())
    }

    fn number(&self) -> Option<Value> {
        Some(self.number.clone())
    }

    /// What arrays have, scalars have: they are asked as an array without dimensions.
    fn attribute(&self, vm: &dyn Vm, name: &Str) -> Option<Result<Value>> {
        let own = vm.types().named(self.type_name())?;
        if name.as_str().starts_with("__") || own.lookup(name).is_some() {
            return None;
        }
        let array = || self.tensor().map(|tensor| Value::native(Array::new(tensor)));
        let class = vm.types().named("ndarray")?;
        if let Some(found) = class.lookup(name) {
            return Some(array().and_then(|array| vm.bind(found, &array)));
        }
        super::OF_MODULE.contains(&name.as_str()).then(|| {
            let function = vm.attribute(&vm.import("numpy")?, name)?;
            Ok(Value::BoundMethod(std::rc::Rc::new(BoundMethod { receiver: array()?, function })))
        })
    }

    fn repr(&self, vm: &dyn Vm) -> Option<Result<String>> {
        Some(text::scalar_repr(vm, self.dtype, &self.number))
    }

    fn text(&self, vm: &dyn Vm) -> Option<Result<String>> {
        Some(text::scalar(vm, self.dtype, &self.number))
    }

    fn item(&self, _vm: &dyn Vm, index: &Value) -> Option<Result<Value>> {
        Some(match index {
            Value::Tuple(tuple) if tuple.items.is_empty() => Ok(Scalar::of(self.dtype, self.number.clone())),
            Value::Ellipsis => self.tensor().map(|tensor| Value::native(Array::new(tensor))),
            _ => Err(Error::new(Kind::Index, "invalid index to scalar variable.")),
        })
    }

    fn hash(&self, vm: &dyn Vm) -> Option<Result<u64>> {
        Some(vm.hash(&self.number))
    }

    fn binary(
        &self,
        vm: &dyn Vm,
        operator: BinaryOperator,
        other: &Value,
        reflected: bool,
    ) -> Option<Result<Value>> {
        scalar_rows::with_number_of(vm, self, operator, other, reflected)
    }

    fn compare(&self, vm: &dyn Vm, operator: CompareOperator, other: &Value) -> Option<Result<Value>> {
        scalar_rows::compared_with_number(vm, self, operator, other)
    }
}
