//! numpy's arrays and scalars as values: an array lies on a tensor's memory, a scalar needs no libtorch.

use std::cell::{Ref, RefCell};

use num_traits::ToPrimitive;

use torchsh_aten::Tensor;
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_language::value::{Value, is_plain};

/// `numpy.ndarray`
pub struct Array {
    pub(crate) tensor: RefCell<Tensor>,
}

impl Array {
    /// An array on a tensor's memory.
    #[must_use]
    pub fn new(tensor: Tensor) -> Self {
        Array { tensor: RefCell::new(tensor) }
    }

    /// The tensor.
    pub fn tensor(&self) -> Ref<'_, Tensor> {
        self.tensor.borrow()
    }

    /// Whether numpy has this dtype.
    #[must_use]
    pub fn takes(dtype: Dtype) -> bool {
        is_plain(dtype) && dtype != Dtype::BFLOAT16
    }
}

/// `numpy.float32(1.5)`
pub struct Scalar {
    pub(crate) dtype: Dtype,
    pub(crate) number: Value,
}

thread_local! {
    /// `numpy.False_` and `numpy.True_`, of which programs ask whether a value *is* one.
    static TRUTHS: (Value, Value) = {
        let made = |truth| Value::native(Scalar { dtype: Dtype::BOOL, number: Value::Bool(truth) });
        (made(false), made(true))
    };
}

/// `numpy.True_` or `numpy.False_`.
#[must_use]
pub fn truth(value: bool) -> Value {
    TRUTHS.with(|(no, yes)| if value { yes.clone() } else { no.clone() })
}

impl Scalar {
    /// A number that the dtype holds.
    pub fn of(dtype: Dtype, number: Value) -> Value {
        match number {
            Value::Bool(value) if dtype == Dtype::BOOL => truth(value),
            number => Value::native(Scalar { dtype, number }),
        }
    }

    /// The only element of a tensor.
    ///
    /// # Errors
    /// It has none or several, or no data.
    pub fn of_tensor(tensor: &Tensor) -> Result<Value> {
        let mut numbers = torchsh_language::value::elements(tensor)?.into_iter();
        match (numbers.next(), numbers.next()) {
            (Some(number), None) => Ok(Scalar::of(tensor.dtype(), number)),
            _ => Err(Error::value("can only convert an array of size 1 to a Python scalar")),
        }
    }

    /// Its dtype.
    #[must_use]
    pub fn dtype(&self) -> Dtype {
        self.dtype
    }

    /// The number, as `item()` gives it.
    #[must_use]
    pub fn number(&self) -> &Value {
        &self.number
    }

    /// A tensor without dimensions.
    ///
    /// # Errors
    /// What making a tensor raises.
    pub fn tensor(&self) -> Result<Tensor> {
        Tensor::from_bytes(&bytes_of(self.dtype, &self.number), &[], self.dtype)
    }
}

/// A number in the memory of its dtype.
#[must_use]
pub fn bytes_of(dtype: Dtype, number: &Value) -> Vec<u8> {
    let parts = match number {
        Value::Complex(parts) => **parts,
        Value::Float(value) => (*value, 0.0),
        other => {
            let whole = whole(other).unwrap_or(0);
            if !dtype.is_floating_point() && !dtype.is_complex() {
                return whole.to_le_bytes().into_iter().take(dtype.itemsize()).collect();
            }
            (whole as f64, 0.0)
        }
    };
    match dtype {
        Dtype::FLOAT16 => half::f16::from_f64(parts.0).to_le_bytes().to_vec(),
        Dtype::FLOAT32 => (parts.0 as f32).to_le_bytes().to_vec(),
        Dtype::COMPLEX64 => {
            [(parts.0 as f32).to_le_bytes(), (parts.1 as f32).to_le_bytes()].as_flattened().to_vec()
        }
        Dtype::COMPLEX128 => [parts.0.to_le_bytes(), parts.1.to_le_bytes()].as_flattened().to_vec(),
        _ => parts.0.to_le_bytes().to_vec(),
    }
}

/// A whole number or a truth.
pub fn whole(number: &Value) -> Option<i128> {
    match number {
        Value::Bool(value) => Some(i128::from(*value)),
        Value::Int(value) => Some(i128::from(*value)),
        Value::BigInt(value) => value.to_i128(),
        _ => None,
    }
}
