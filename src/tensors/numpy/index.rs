//! `array[…]` as numpy reads it, which differs from PyTorch: slices may go backwards, and arrays of bytes are positions.

use super::functions::{call, tensor_from};
use super::promote::is_whole;
use super::{Array, Scalar};
use crate::tensor::index;
use crate::values::cast::{To, to};
use crate::values::convert::{tensor_of, wrap};
use torchsh_aten::libtorch_messages::index_by_axis;
use torchsh_aten::{Arg, Tensor};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_language::value::{Slice, Value, Vm, number};

/// `array[key]`
///
/// # Errors
/// Indices that do not fit, worded as numpy's.
pub fn get(vm: &dyn Vm, tensor: &Tensor, key: &Value) -> Result<Tensor> {
    let items = items(vm, key)?;
    let used = items.iter().map(uses).sum();
    let (turned, items) = forwards(vm, tensor, items)?;
    index::get(vm, &turned, &Value::tuple(items)).map_err(|error| worded(error, tensor, used))
}

/// `array[key] = value`
///
/// # Errors
/// As [`get`], and values that do not fit there.
pub fn set(vm: &dyn Vm, tensor: &Tensor, key: &Value, value: &Value) -> Result<()> {
    let items = items(vm, key)?;
    let used = items.iter().map(uses).sum();
    let value = match value {
        Value::Int(_) | Value::Float(_) | Value::Bool(_) | Value::Complex(_) => value.clone(),
        other => wrap(to(&tensor_from(vm, other, None)?, &To::dtype(tensor.dtype()))?),
    };
    if !items.iter().any(goes_back) {
        let key = Value::tuple(items);
        return index::set(vm, tensor, &key, &value).map_err(|error| worded(error, tensor, used));
    }
    let sizes = Arg::Tuple(tensor.sizes().into_iter().map(Arg::Int).collect());
    let numbers = tensor_of("torch", "arange", &[Arg::Int(tensor.numel())], &[])?;
    let (turned, items) = forwards(vm, &call("reshape", &[Arg::Tensor(numbers), sizes])?, items)?;
    let places =
        index::get(vm, &turned, &Value::tuple(items)).map_err(|error| worded(error, tensor, used))?;
    let flat = call("view", &[Arg::Tensor(tensor.clone()), Arg::Tuple(vec![Arg::Int(-1)])])?;
    index::set(vm, &flat, &wrap(places), &value)
}

/// The parts of a key; arrays and lists of whole numbers as positions.
fn items(vm: &dyn Vm, key: &Value) -> Result<Vec<Value>> {
    let parts = match key {
        Value::Tuple(tuple) => tuple.items.to_vec(),
        one => vec![one.clone()],
    };
    parts.into_iter().map(|part| item(vm, part)).collect()
}

fn item(vm: &dyn Vm, part: Value) -> Result<Value> {
    let tensor = match &part {
        Value::List(list) if list.is_empty() => {
            return Tensor::from_bytes(&[], &[0], Dtype::INT64).map(wrap);
        }
        Value::List(_) | Value::Tuple(_) | Value::Range(_) => tensor_from(vm, &part, None)?,
        Value::Tensor(tensor) => tensor.tensor().clone(),
        Value::Native(_) => match (part.as_native::<Array>(), part.as_native::<Scalar>()) {
            (Some(array), _) => array.tensor().clone(),
            (_, Some(scalar)) if !matches!(scalar.number(), Value::Float(_) | Value::Complex(_)) => {
                return Ok(scalar.number().clone());
            }
            _ => return Err(no_index()),
        },
        Value::None | Value::Ellipsis | Value::Int(_) | Value::Bool(_) | Value::Slice(_) => return Ok(part),
        other => return number::index(vm, other).map(Value::Int).map_err(|_| no_index()),
    };
    match tensor.dtype() {
        Dtype::BOOL => Ok(wrap(tensor)),
        dtype if is_whole(dtype) => to(&tensor, &To::dtype(Dtype::INT64)).map(wrap),
        _ if matches!(part, Value::List(_) | Value::Tuple(_)) => Err(no_index()),
        _ => Err(Error::new(Kind::Index, "arrays used as indices must be of integer (or boolean) type")),
    }
}

fn no_index() -> Error {
    Error::new(
        Kind::Index,
        "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer or boolean arrays are valid \
         indices",
    )
}

fn goes_back(item: &Value) -> bool {
    let Value::Slice(slice) = item else { return false };
    slice.step.as_int().is_some_and(|step| step < 0)
        || slice
            .step
            .as_native::<Scalar>()
            .and_then(|step| step.number().as_int())
            .is_some_and(|step| step < 0)
}

/// How many dimensions of the array an item uses up.
fn uses(item: &Value) -> usize {
    match item {
        Value::None | Value::Ellipsis | Value::Bool(_) => 0,
        Value::Tensor(mask) if mask.tensor().dtype() == Dtype::BOOL => mask.tensor().dim(),
        _ => 1,
    }
}

/// libtorch's slices go forwards: the dimensions that are walked backwards are turned round first.
fn forwards(vm: &dyn Vm, tensor: &Tensor, mut items: Vec<Value>) -> Result<(Tensor, Vec<Value>)> {
    if !items.iter().any(goes_back) {
        return Ok((tensor.clone(), items));
    }
    let used: usize = items.iter().map(uses).sum();
    let sizes = tensor.sizes();
    let (mut dimension, mut turned) = (0, Vec::new());
    for item in &mut items {
        if let (true, Value::Slice(slice), Some(&size)) = (goes_back(item), &*item, sizes.get(dimension)) {
            turned.push(Arg::Int(dimension as i64));
            *item = mirrored(vm, slice, size)?;
        }
        dimension += match item {
            Value::Ellipsis => sizes.len().saturating_sub(used),
            other => uses(other),
        };
    }
    let flipped = super::rare::moved(tensor, |tensor| {
        tensor_of("torch", "flip", &[Arg::Tensor(tensor), Arg::Tuple(turned)], &[])
    })?;
    Ok((flipped, items))
}

/// The slice that finds the same elements in the same order from the other end.
fn mirrored(vm: &dyn Vm, slice: &Slice, size: i64) -> Result<Value> {
    let end = |value: &Value, default: i64| -> Result<i64> {
        if value.is_none() {
            return Ok(default);
        }
        let at = number::index(vm, value)?;
        Ok(if at < 0 { at.saturating_add(size).max(-1) } else { at.min(size - 1) })
    };
    let (start, stop) = (end(&slice.start, size - 1)?, end(&slice.stop, -1)?);
    let made = Slice {
        start: Value::Int(size - 1 - start),
        stop: Value::Int((size - 1 - stop).max(0)),
        step: Value::Int(-number::index(vm, &slice.step)?),
    };
    Ok(Value::Slice(std::rc::Rc::new(made)))
}

/// As numpy words it.
fn worded(error: Error, tensor: &Tensor, used: usize) -> Error {
    if error.kind() != Kind::Index {
        return error;
    }
    let count = tensor.dim();
    match used > count {
        true => {
            let message =
                format!("too many indices for array: array is {count}-dimensional, but {used} were indexed");
            Error::new(Kind::Index, message)
        }
        false => index_by_axis(&error),
    }
}
