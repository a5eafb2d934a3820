//! The elements of a tensor as Python's numbers.

use half::{bf16, f16};
use num_bigint::BigInt;

use super::{Value, memory};
use torchsh_aten::{Arg, Tensor, invoke};
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_state_dict::eight_bit_floats;

/// Whether numbers of this dtype can be read and written byte by byte; eight-bit floats cannot.
#[must_use]
pub fn is_plain(dtype: Dtype) -> bool {
    matches!(
        dtype,
        Dtype::UINT8
            | Dtype::INT8
            | Dtype::INT16
            | Dtype::INT32
            | Dtype::INT64
            | Dtype::UINT16
            | Dtype::UINT32
            | Dtype::UINT64
            | Dtype::FLOAT16
            | Dtype::BFLOAT16
            | Dtype::FLOAT32
            | Dtype::FLOAT64
            | Dtype::COMPLEX64
            | Dtype::COMPLEX128
            | Dtype::BOOL
    )
}

/// All elements in order.
///
/// # Errors
/// A tensor without data, or of a dtype that has no numbers.
pub fn elements(tensor: &Tensor) -> Result<Vec<Value>> {
    let dtype = tensor.dtype();
    let small = eight_bit_floats(dtype);
    if !is_plain(dtype) && small.is_none() && dtype != Dtype::COMPLEX32 {
        return elements(&widened(tensor)?);
    }
    let mut numbers = Vec::new();
    memory::reserve(&mut numbers, usize::try_from(tensor.numel()).unwrap_or(usize::MAX))?;
    if let Some(table) = small {
        let number = |byte: &u8| Value::Float(table.get(usize::from(*byte)).copied().unwrap_or(f64::NAN));
        tensor.with_bytes(|bytes| numbers.extend(bytes.iter().map(number)))?;
        return Ok(numbers);
    }
    tensor.with_bytes(|bytes| {
        numbers.extend(bytes.chunks_exact(dtype.itemsize()).map(|item| element(dtype, item)));
    })?;
    Ok(numbers)
}

/// The same numbers in a dtype that can be read.
fn widened(tensor: &Tensor) -> Result<Tensor> {
    let dtype = tensor.dtype();
    let (operator, keyword) = match dtype {
        Dtype::FLOAT4_E2M1FN_X2 => return viewed_as_bytes(tensor),
        dtype if dtype.is_quantized() => ("int_repr", None),
        dtype if dtype.is_complex() => ("_to_copy", Some(Dtype::COMPLEX64)),
        _ => ("_to_copy", Some(Dtype::FLOAT32)),
    };
    let result = match keyword {
        Some(wide) => invoke("aten", operator, &[Arg::from(tensor)], &[("dtype", Arg::Dtype(wide))])?,
        None => invoke("Tensor", operator, &[Arg::from(tensor)], &[])?,
    };
    one(result)
}

fn viewed_as_bytes(tensor: &Tensor) -> Result<Tensor> {
    one(invoke("Tensor", "view", &[Arg::from(tensor), Arg::Dtype(Dtype::UINT8)], &[])?)
}

fn one(result: Arg) -> Result<Tensor> {
    match result {
        Arg::Tensor(tensor) => Ok(tensor),
        other => Err(Error::type_error(format!("expected a Tensor, got {}", other.type_name()))),
    }
}

macro_rules! read {
    ($type:ty, $bytes:expr) => {
        <$type>::from_le_bytes($bytes.try_into().unwrap_or_default())
    };
}

/// One element out of its bytes.
#[must_use]
pub fn element(dtype: Dtype, bytes: &[u8]) -> Value {
    let (front, back) = bytes.split_at(bytes.len() / 2);
    match dtype {
        Dtype::BOOL => Value::Bool(bytes.first().is_some_and(|byte| *byte != 0)),
        Dtype::UINT8 => Value::Int(i64::from(read!(u8, bytes))),
        Dtype::INT8 => Value::Int(i64::from(read!(i8, bytes))),
        Dtype::INT16 => Value::Int(i64::from(read!(i16, bytes))),
        Dtype::INT32 => Value::Int(i64::from(read!(i32, bytes))),
        Dtype::INT64 => Value::Int(read!(i64, bytes)),
        Dtype::UINT16 => Value::Int(i64::from(read!(u16, bytes))),
        Dtype::UINT32 => Value::Int(i64::from(read!(u32, bytes))),
        Dtype::UINT64 => Value::big(BigInt::from(read!(u64, bytes))),
        Dtype::FLOAT16 => Value::Float(f64::from(read!(f16, bytes))),
        Dtype::BFLOAT16 => Value::Float(f64::from(read!(bf16, bytes))),
        Dtype::FLOAT32 => Value::Float(f64::from(read!(f32, bytes))),
        Dtype::FLOAT64 => Value::Float(read!(f64, bytes)),
        Dtype::COMPLEX32 => Value::complex(f64::from(read!(f16, front)), f64::from(read!(f16, back))),
        Dtype::COMPLEX64 => Value::complex(f64::from(read!(f32, front)), f64::from(read!(f32, back))),
        Dtype::COMPLEX128 => Value::complex(read!(f64, front), read!(f64, back)),
        _ => Value::None,
    }
}
