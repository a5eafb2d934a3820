//! Nested lists of numbers to tensors, by PyTorch's rules for shape and dtype.

use half::{bf16, f16};
use num_traits::ToPrimitive;

use super::array::{Array, Scalar};
use super::cast::{To, to};
use super::convert::too_wide;
use super::storage::StorageObject;
use super::type_names::legacy_name;
use torchsh_aten::{self as aten, Tensor};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_base::reason::Reason;
use torchsh_checkpoint::dtype::Dtype;
use torchsh_language::value::{Str, Value, Vm, elements, is_plain};

/// The most dimensions libtorch allows.
const MOST_DIMENSIONS: usize = 128;

/// A new tensor on the CPU with the numbers of nested sequences.
///
/// # Errors
/// Ragged sequences, what is no number, numbers that do not fit.
pub fn tensor(vm: &dyn Vm, data: &Value, dtype: Option<Dtype>) -> Result<Tensor> {
    tensor_with(vm, data, dtype, aten::default_dtype())
}

/// As [`tensor`], with the dtype that Python's floats take.
///
/// # Errors
/// As [`tensor`].
pub fn tensor_with(vm: &dyn Vm, data: &Value, dtype: Option<Dtype>, floats: Dtype) -> Result<Tensor> {
    if let Value::Str(_) | Value::Bytes(_) = data {
        return Err(Error::type_error(format!("new(): invalid data type '{}'", vm.type_name(data))));
    }
    if let Some(storage) = data.as_native::<StorageObject>() {
        return of_storage(storage, dtype, floats);
    }
    let mut sizes = Vec::new();
    measure(vm, data, &mut sizes)?;
    let inferred = match dtype {
        Some(dtype) => dtype,
        None => infer(vm, data, floats)?,
    };
    // Eight-bit floats are rounded by libtorch itself.
    let (stored, narrow) =
        if is_plain(inferred) { (inferred, None) } else { (Dtype::FLOAT32, Some(inferred)) };
    let mut writer = Writer { vm, dtype: stored, sizes: &sizes, bytes: Vec::new() };
    if !sizes.contains(&0) {
        writer.sequence(data, 0)?;
    }
    let tensor = Tensor::from_bytes(&writer.bytes, &sizes, stored)?;
    match narrow {
        Some(dtype) => to(&tensor, &To::dtype(dtype)),
        None => Ok(tensor),
    }
}

/// The items, where the value counts as a sequence of numbers here.
fn items(vm: &dyn Vm, value: &Value) -> Option<Result<Vec<Value>>> {
    match value {
        Value::List(list) => Some(Ok(list.to_vec())),
        Value::Tuple(tuple) => Some(Ok(tuple.items.to_vec())),
        Value::Range(_) => Some(vm.collect(value)),
        Value::Instance(_) => match value.payload() {
            Value::Instance(_) => None,
            payload => items(vm, &payload),
        },
        Value::Native(_) => {
            let is_storage = value.as_native::<StorageObject>().is_some();
            let is_array = || value.as_native::<Array>().is_some_and(|array| array.tensor().dim() > 0);
            (is_storage || is_array()).then(|| vm.collect(value))
        }
        _ => None,
    }
}

/// A tensor on a storage's memory: bytes are whatever is asked for, and 64-bit integers where nothing is.
fn of_storage(storage: &StorageObject, dtype: Option<Dtype>, floats: Dtype) -> Result<Tensor> {
    let unasked = if storage.dtype().is_some() { floats } else { Dtype::INT64 };
    storage.as_numbers(dtype.unwrap_or(unasked), |wanted, own| {
        format!("{} or an UntypedStorage, but got {}", legacy_name(wanted), legacy_name(own))
    })
}

fn measure(vm: &dyn Vm, data: &Value, sizes: &mut Vec<i64>) -> Result<()> {
    let mut current = data.clone();
    loop {
        if let Value::Str(_) | Value::Bytes(_) = current {
            return Err(Error::value(format!("too many dimensions '{}'", vm.type_name(&current))));
        }
        let Some(parts) = items(vm, &current) else { return Ok(()) };
        let parts = parts?;
        sizes.push(parts.len() as i64);
        if sizes.len() > MOST_DIMENSIONS {
            return Err(Error::value(format!("too many dimensions '{}'", vm.type_name(&current))));
        }
        match parts.into_iter().next() {
            Some(first) => current = first,
            None => return Ok(()),
        }
    }
}

fn infer(vm: &dyn Vm, data: &Value, floats: Dtype) -> Result<Dtype> {
    match data {
        Value::Float(_) => Ok(floats),
        Value::Int(_) | Value::BigInt(_) => Ok(Dtype::INT64),
        Value::Bool(_) => Ok(Dtype::BOOL),
        Value::Complex(_) => Ok(complex_of(floats)),
        Value::Tensor(tensor) => Ok(tensor.tensor().dtype()),
        Value::Str(_) | Value::Bytes(_) => {
            Err(Error::type_error(format!("new(): invalid data type '{}'", vm.type_name(data))))
        }
        _ => {
            if let Some(array) = data.as_native::<Array>() {
                return Ok(array.tensor().dtype());
            }
            if let Some(scalar) = data.as_native::<Scalar>() {
                return Ok(scalar.dtype());
            }
            match items(vm, data) {
                Some(parts) => infer_all(vm, &parts?, floats),
                None => Err(Error::runtime(format!("Could not infer dtype of {}", vm.type_name(data)))),
            }
        }
    }
}

/// The dtype that a tensor of this data would have.
#[must_use]
pub fn dtype_of(vm: &dyn Vm, data: &Value) -> Option<Dtype> {
    infer(vm, data, aten::default_dtype()).ok()
}

fn infer_all(vm: &dyn Vm, parts: &[Value], floats: Dtype) -> Result<Dtype> {
    let mut found = None;
    for part in parts {
        let dtype = infer(vm, part, floats)?;
        let wider = match found {
            None => dtype,
            Some(before) if before == dtype => dtype,
            Some(before) => aten::promote(before, dtype),
        };
        found = Some(wider);
        if wider == Dtype::COMPLEX128 {
            break;
        }
    }
    Ok(found.unwrap_or(floats))
}

fn complex_of(real: Dtype) -> Dtype {
    match real {
        Dtype::FLOAT64 => Dtype::COMPLEX128,
        Dtype::FLOAT16 => Dtype::COMPLEX32,
        _ => Dtype::COMPLEX64,
    }
}

struct Writer<'a> {
    vm: &'a dyn Vm,
    dtype: Dtype,
    sizes: &'a [i64],
    bytes: Vec<u8>,
}

impl Writer<'_> {
    fn sequence(&mut self, data: &Value, depth: usize) -> Result<()> {
        let Some(&expected) = self.sizes.get(depth) else { return self.number(data) };
        let Some(parts) = items(self.vm, data) else { return Err(Error::type_error("not a sequence")) };
        let parts = parts?;
        if parts.len() as i64 != expected {
            let got = parts.len();
            let message = format!("expected sequence of length {expected} at dim {depth} (got {got})");
            return Err(Error::value(message).because(Reason::Ragged));
        }
        parts.iter().try_for_each(|part| self.sequence(part, depth + 1))
    }

    fn number(&mut self, value: &Value) -> Result<()> {
        let value = &self.plain(value)?;
        match self.dtype {
            Dtype::BOOL => self.bytes.push(u8::from(self.vm.truth(value)?)),
            Dtype::FLOAT16 => self.bytes.extend(f16::from_f64(self.real(value)?).to_le_bytes()),
            Dtype::BFLOAT16 => self.bytes.extend(bf16::from_f64(self.real(value)?).to_le_bytes()),
            Dtype::FLOAT32 => self.bytes.extend((self.real(value)? as f32).to_le_bytes()),
            Dtype::FLOAT64 => self.bytes.extend(self.real(value)?.to_le_bytes()),
            Dtype::COMPLEX64 => {
                let (real, imaginary) = self.complex(value)?;
                self.bytes.extend((real as f32).to_le_bytes());
                self.bytes.extend((imaginary as f32).to_le_bytes());
            }
            Dtype::COMPLEX128 => {
                let (real, imaginary) = self.complex(value)?;
                self.bytes.extend(real.to_le_bytes());
                self.bytes.extend(imaginary.to_le_bytes());
            }
            _ => self.integer(value)?,
        }
        Ok(())
    }

    /// A tensor of one element, or a scalar of numpy, as the number it holds.
    fn plain(&self, value: &Value) -> Result<Value> {
        match value {
            Value::Tensor(tensor) => {
                let dtype = tensor.tensor().dtype();
                if tensor.tensor().numel() != 1 && !dtype.is_floating_point() && !dtype.is_complex() {
                    let message = "only integer tensors of a single element can be converted to an index";
                    return Err(Error::type_error(message));
                }
                if tensor.tensor().numel() != 1 {
                    return Err(Error::value("only one element tensors can be converted to Python scalars"));
                }
                self.vm.call_method(value, "item", &[])
            }
            Value::Native(_) => match (value.as_native::<Array>(), value.as_native::<Scalar>()) {
                (Some(array), _) => array.scalar(),
                (_, Some(scalar)) => Ok(scalar.number().clone()),
                _ => Ok(value.clone()),
            },
            _ => Ok(value.payload()),
        }
    }

    fn real(&self, value: &Value) -> Result<f64> {
        match value {
            Value::Float(value) => Ok(*value),
            Value::Int(value) => Ok(*value as f64),
            Value::Bool(value) => Ok(f64::from(u8::from(*value))),
            Value::BigInt(value) => torchsh_language::value::number::big_to_float(value),
            other => Err(Error::type_error(format!("must be real number, not {}", self.vm.type_name(other)))),
        }
    }

    fn complex(&self, value: &Value) -> Result<(f64, f64)> {
        match value {
            Value::Complex(value) => Ok(**value),
            other => self.real(other).map(|real| (real, 0.0)),
        }
    }

    fn integer(&mut self, value: &Value) -> Result<()> {
        let whole = match value {
            Value::Int(value) => i128::from(*value),
            Value::Bool(value) => i128::from(*value),
            Value::BigInt(big) if self.dtype == Dtype::UINT64 => big.to_i128().ok_or_else(too_wide)?,
            Value::BigInt(_) => return Err(too_wide()),
            Value::Float(value) if value.is_finite() => value.trunc() as i128,
            Value::Float(_) => return Err(self.overflow()),
            other => {
                let name = self.vm.type_name(other);
                return Err(Error::type_error(format!(
                    "'{name}' object cannot be interpreted as an integer"
                )));
            }
        };
        let size = self.dtype.itemsize();
        let bits = size * 8;
        // A negative number may wrap once into an unsigned type.
        let (low, high) = match self.dtype {
            Dtype::UINT8 | Dtype::UINT16 | Dtype::UINT32 | Dtype::UINT64 => {
                (-((1_i128 << bits) - 1), (1_i128 << bits) - 1)
            }
            _ => (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1),
        };
        if whole < low || whole > high {
            return Err(self.overflow());
        }
        self.bytes.extend(whole.to_le_bytes().iter().take(size));
        Ok(())
    }

    fn overflow(&self) -> Error {
        Error::new(
            Kind::Runtime,
            format!("value cannot be converted to type {} without overflow", self.dtype.name()),
        )
    }
}

/// The numbers of a tensor as nested lists, as `tolist` gives them.
///
/// # Errors
/// Dtypes without numbers of Python, or what copying to the CPU raises.
pub fn to_list(tensor: &Tensor) -> Result<Value> {
    let sizes = tensor.sizes();
    let numbers = numbers(tensor)?;
    Ok(nest(&mut numbers.into_iter(), &sizes))
}

fn nest(numbers: &mut impl Iterator<Item = Value>, sizes: &[i64]) -> Value {
    match sizes.split_first() {
        None => numbers.next().unwrap_or(Value::None),
        Some((&size, inner)) => Value::list((0..size).map(|_| nest(numbers, inner)).collect()),
    }
}

/// The numbers of a tensor in order, as Python's.
///
/// # Errors
/// As [`to_list`].
pub fn numbers(tensor: &Tensor) -> Result<Vec<Value>> {
    elements(tensor)
}

/// The name a message gives a keyword that must not be there.
#[must_use]
pub fn unexpected(function: &str, name: &Str) -> Error {
    Error::type_error(format!("{function}() got an unexpected keyword argument '{name}'"))
}
