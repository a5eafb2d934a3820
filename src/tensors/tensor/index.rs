//! `tensor[…]` and `tensor[…] = …`.

use crate::values::array::{Array, Scalar};
use crate::values::convert::{ONE, sequence, tensor_of, too_wide, warn, warn_of, wrap};
use crate::values::{data, type_names::legacy_name};
use torchsh_aten::{Arg, Device, Index, Tensor};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_language::value::{Args, Builtin, Value, Vm, pos};

/// Lists this long are always positions, never an index for each dimension.
const LONGEST_TUPLE: usize = 32;

const NOT_A_TUPLE: &str = "Using a non-tuple sequence for multidimensional indexing is deprecated and will be changed in \
                           pytorch 2.9; use x[tuple(seq)] instead of x[seq]. In pytorch 2.9 this will be interpreted as \
                           tensor index, x[torch.tensor(seq)], which will result either in an error or a different \
                           result";

fn index_error(message: impl Into<String>) -> Error {
    Error::new(Kind::Index, message)
}

// ---- reading what was written -----------------------------------------------------------------------------------

/// The indices of a key: its parts where it is a tuple, or a list that PyTorch takes for one.
fn parts(vm: &dyn Vm, key: &Value) -> Result<Vec<Index>> {
    let items = match key {
        Value::Tuple(tuple) => tuple.items.to_vec(),
        Value::List(list) if stands_for_tuple(&list.items()) => {
            warn_of(vm, NOT_A_TUPLE)?;
            list.to_vec()
        }
        other => vec![other.clone()],
    };
    items.iter().map(|item| part(vm, item)).collect()
}

fn stands_for_tuple(items: &[Value]) -> bool {
    let special = |item: &Value| {
        matches!(
            item,
            Value::Slice(_)
                | Value::None
                | Value::Ellipsis
                | Value::List(_)
                | Value::Tuple(_)
                | Value::Tensor(_)
        )
    };
    items.len() < LONGEST_TUPLE && items.iter().any(special)
}

fn part(vm: &dyn Vm, item: &Value) -> Result<Index> {
    Ok(match item {
        Value::Ellipsis => Index::Ellipsis,
        Value::None => Index::New,
        Value::Int(at) => Index::At(*at),
        Value::Bool(flag) => Index::Bool(*flag),
        Value::BigInt(_) => return Err(too_wide()),
        Value::Slice(slice) => {
            let end = |value: &Value| -> Result<Option<i64>> {
                if value.is_none() {
                    return Ok(None);
                }
                torchsh_language::value::number::index(vm, value).map(Some).map_err(|error| {
                    match error.kind() {
                        Kind::Type => Error::type_error(
                            "slice indices must be integers or None or have an __index__ method",
                        ),
                        _ => error,
                    }
                })
            };
            match end(&slice.step)? {
                Some(0) => return Err(Error::value("slice step cannot be zero")),
                Some(..0) => return Err(Error::value("step must be greater than zero")),
                step => Index::Slice(end(&slice.start)?, end(&slice.stop)?, step),
            }
        }
        Value::Tensor(tensor) => of_tensor(vm, item, &tensor.tensor())?,
        Value::List(_) | Value::Tuple(_) | Value::Range(_) => Index::Tensor(positions(vm, item)?),
        Value::Str(_) => return Err(Error::type_error("new(): invalid data type 'str'")),
        other => match (other.as_native::<Array>(), other.as_native::<Scalar>()) {
            (Some(array), _) => Index::Tensor(array.tensor().clone()),
            (_, Some(scalar)) => return part(vm, scalar.number()),
            _ => return other_index(vm, other),
        },
    })
}

fn other_index(vm: &dyn Vm, value: &Value) -> Result<Index> {
    if let Value::Instance(_) = value
        && let Ok(at) = torchsh_language::value::number::index(vm, value)
    {
        return Ok(Index::At(at));
    }
    let name = vm.type_name(value);
    let message =
        "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices";
    Err(index_error(format!("{message} (got {name})")))
}

/// An integer tensor without dimensions is a plain integer.
fn of_tensor(vm: &dyn Vm, item: &Value, tensor: &Tensor) -> Result<Index> {
    let integral =
        tensor.dtype().is_integral() && tensor.dtype() != Dtype::BOOL && tensor.dtype() != Dtype::UINT8;
    if tensor.sizes().is_empty() && integral {
        return torchsh_language::value::number::index(vm, item).map(Index::At);
    }
    Ok(Index::Tensor(tensor.clone()))
}

/// A list of positions, or of truths.
fn positions(vm: &dyn Vm, item: &Value) -> Result<Tensor> {
    let truths = data::dtype_of(vm, item) == Some(Dtype::BOOL);
    if !truths && strings(item) {
        return Err(Error::type_error("new(): invalid data type 'str'"));
    }
    data::tensor(vm, item, Some(if truths { Dtype::BOOL } else { Dtype::INT64 }))
}

fn strings(item: &Value) -> bool {
    sequence(item).is_some_and(|items| items.iter().any(|item| matches!(item, Value::Str(_))))
}

// ---- applying it ------------------------------------------------------------------------------------------------

/// libtorch's own check of how many indices there are knows no masks; its message for what has no dimensions is ours.
fn check(tensor: &Tensor, indices: &[Index]) -> Result<()> {
    match (indices, tensor.dim()) {
        ([Index::At(_)], 0) => Err(index_error(
            "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a \
             0-dim tensor to a number",
        )),
        ([Index::Slice(..)], 0) => Err(index_error("slice() cannot be applied to a 0-dim tensor.")),
        (indices, count) if indices.iter().map(uses).sum::<usize>() > count => {
            Err(index_error(format!("too many indices for tensor of dimension {count}")))
        }
        _ => Ok(()),
    }
}

/// How many dimensions of the tensor an index uses up.
fn uses(index: &Index) -> usize {
    match index {
        Index::Ellipsis | Index::New | Index::Bool(_) => 0,
        Index::At(_) | Index::Slice(..) => 1,
        Index::Tensor(tensor) if matches!(tensor.dtype(), Dtype::BOOL | Dtype::UINT8) => tensor.dim(),
        Index::Tensor(_) => 1,
    }
}

/// `tensor[key]`.
///
/// # Errors
/// Indices that do not fit, worded as PyTorch's.
pub fn get(vm: &dyn Vm, tensor: &Tensor, key: &Value) -> Result<Tensor> {
    let indices = parts(vm, key)?;
    check(tensor, &indices)?;
    let got = tensor.get(&indices)?;
    if has_bytes(&indices) {
        warn(vm)?;
    }
    Ok(got)
}

/// Whether an index is a mask of bytes, which libtorch warns of.
fn has_bytes(indices: &[Index]) -> bool {
    indices.iter().any(|index| matches!(index, Index::Tensor(mask) if mask.dtype() == Dtype::UINT8))
}

/// `tensor[key] = value`.
///
/// # Errors
/// As [`get`], or a value that does not fit there.
pub fn set(vm: &dyn Vm, tensor: &Tensor, key: &Value, value: &Value) -> Result<()> {
    let indices = parts(vm, key)?;
    let value = new_value(vm, tensor, value)?;
    check(tensor, &indices)?;
    tensor.set(&indices, &value)?;
    if has_bytes(&indices) { warn(vm) } else { Ok(()) }
}

/// What is assigned, as a tensor; a number takes the dtype of where it goes.
///
/// # Errors
/// `TypeError` for what is no number, tensor or array.
pub(super) fn new_value(vm: &dyn Vm, tensor: &Tensor, value: &Value) -> Result<Tensor> {
    let number = match value {
        Value::Tensor(value) => return same_device(tensor, &value.tensor()),
        Value::Int(value) => Arg::Int(*value),
        Value::Bool(value) => Arg::Bool(*value),
        Value::Float(value) => Arg::Float(*value),
        Value::Complex(value) => Arg::Complex(value.0, value.1),
        Value::BigInt(_) => return Err(too_wide()),
        other => match (other.as_native::<Array>(), other.as_native::<Scalar>()) {
            (Some(array), _) => return same_device(tensor, &array.tensor()),
            (_, Some(scalar)) => return new_value(vm, tensor, scalar.number()),
            _ => {
                let (got, own) = (vm.type_name(other), legacy_name(tensor.dtype()));
                return Err(Error::type_error(format!("can't assign a {got} to a torch.{own}Tensor")));
            }
        },
    };
    let keywords = [("dtype", Arg::Dtype(tensor.dtype())), ("device", Arg::Device(tensor.device()))];
    tensor_of("torch", "scalar_tensor", &[number], &keywords)
}

fn same_device(tensor: &Tensor, value: &Tensor) -> Result<Tensor> {
    let device: Device = tensor.device();
    if value.sizes().is_empty() || value.device() == device {
        return Ok(value.clone());
    }
    crate::values::cast::to(value, &crate::values::cast::To::device(device))
}

fn get_row(vm: &dyn Vm, args: &Args) -> Result<Value> {
    get(vm, &args.receiver_tensor(vm)?.tensor().clone(), args.value(0)).map(wrap)
}

fn set_row(vm: &dyn Vm, args: &Args) -> Result<Value> {
    set(vm, &args.receiver_tensor(vm)?.tensor().clone(), args.value(0), args.value(1))?;
    Ok(Value::None)
}

fn delete_row(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    Err(Error::type_error("Tensor does not support deleting items"))
}

/// The rows of this file.
pub const ROWS: &[Builtin] = &[
    Builtin::method("Tensor", "__getitem__", ONE, get_row),
    Builtin::method("Tensor", "__setitem__", &[pos("_key"), pos("_value")], set_row),
    Builtin::method("Tensor", "__delitem__", ONE, delete_row),
];
