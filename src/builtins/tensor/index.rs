//! `tensor[…]` and `tensor[…] = …`.

use crate::aten::{self, Arg, Device, Tensor};
use crate::builtins::numpy::Array;
use crate::builtins::torch::convert::{ONE, sequence, tensor_of, wrap};
use crate::builtins::torch::{data, make::legacy_name};
use crate::checkpoint::dtype::Dtype;
use crate::error::{Error, Kind, Result};
use crate::value::{Args, Builtin, Value, Vm, pos};

/// Lists this long are always positions, never an index for each dimension.
const LONGEST_TUPLE: usize = 32;

/// One index, as it was written.
enum Index {
    All,
    New,
    At(i64),
    Cut(Option<i64>, Option<i64>, i64),
    Flag(bool),
    Tensor(Tensor),
}

fn index_error(message: impl Into<String>) -> Error {
    Error::new(Kind::Index, message)
}

fn call(operator: &str, args: &[Arg]) -> Result<Tensor> {
    tensor_of("Tensor", operator, args, &[])
}

// ---- reading what was written -----------------------------------------------------------------------------------

/// The indices of a key: its parts where it is a tuple, or a list that PyTorch takes for one.
fn parts(vm: &dyn Vm, key: &Value) -> Result<Vec<Index>> {
    let items = match key {
        Value::Tuple(tuple) => tuple.items.to_vec(),
        Value::List(list) if stands_for_tuple(&list.items()) => list.to_vec(),
        other => vec![other.clone()],
    };
    items.iter().map(|item| part(vm, item)).collect()
}

fn stands_for_tuple(items: &[Value]) -> bool {
    let special = |item: &Value| {
        matches!(item, Value::Slice(_) | Value::None | Value::Ellipsis | Value::List(_) | Value::Tuple(_) | Value::Tensor(_))
    };
    items.len() < LONGEST_TUPLE && items.iter().any(special)
}

fn part(vm: &dyn Vm, item: &Value) -> Result<Index> {
    Ok(match item {
        Value::Ellipsis => Index::All,
        Value::None => Index::New,
        Value::Int(at) => Index::At(*at),
        Value::Bool(flag) => Index::Flag(*flag),
        Value::BigInt(_) => return Err(Error::value("Overflow when unpacking long long")),
        Value::Slice(slice) => {
            let end = |value: &Value| -> Result<Option<i64>> {
                if value.is_none() {
                    return Ok(None);
                }
                crate::value::number::index(vm, value).map(Some).map_err(|error| match error.kind() {
                    Kind::Type => {
                        Error::type_error("slice indices must be integers or None or have an __index__ method")
                    }
                    _ => error,
                })
            };
            let step = end(&slice.step)?.unwrap_or(1);
            match step {
                0 => return Err(Error::value("slice step cannot be zero")),
                ..0 => return Err(Error::value("step must be greater than zero")),
                _ => Index::Cut(end(&slice.start)?, end(&slice.stop)?, step),
            }
        }
        Value::Tensor(tensor) => of_tensor(vm, item, &tensor.tensor())?,
        Value::List(_) | Value::Tuple(_) | Value::Range(_) => Index::Tensor(positions(vm, item)?),
        Value::Str(_) => return Err(Error::type_error("new(): invalid data type 'str'")),
        other => match other.as_native::<Array>() {
            Some(array) if array.is_scalar() => return part(vm, &array.scalar(vm)?),
            Some(array) => Index::Tensor(array.tensor().clone()),
            None => return other_index(vm, other),
        },
    })
}

fn other_index(vm: &dyn Vm, value: &Value) -> Result<Index> {
    if let Value::Instance(_) = value
        && let Ok(at) = crate::value::number::index(vm, value)
    {
        return Ok(Index::At(at));
    }
    let name = vm.type_name(value);
    let message = "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices";
    Err(index_error(format!("{message} (got {name})")))
}

/// An integer tensor without dimensions is a plain integer.
fn of_tensor(vm: &dyn Vm, item: &Value, tensor: &Tensor) -> Result<Index> {
    let integral = tensor.dtype().is_integral() && tensor.dtype() != Dtype::BOOL && tensor.dtype() != Dtype::UINT8;
    if tensor.sizes().is_empty() && integral {
        return crate::value::number::index(vm, item).map(Index::At);
    }
    Ok(Index::Tensor(tensor.clone()))
}

/// A list of positions, or of truths.
fn positions(vm: &dyn Vm, item: &Value) -> Result<Tensor> {
    let empty = sequence(item).is_some_and(|items| items.is_empty());
    data::tensor(vm, item, empty.then_some(Dtype::INT64))
}

// ---- applying it ------------------------------------------------------------------------------------------------

/// A view on what plain indices select, and the tensors that are left to index it with.
struct Applied {
    view: Tensor,
    tensors: Vec<Option<Tensor>>,
}

/// How many dimensions of the tensor an index uses up.
fn uses(index: &Index) -> usize {
    match index {
        Index::All | Index::New | Index::Flag(_) => 0,
        Index::At(_) | Index::Cut(..) => 1,
        Index::Tensor(tensor) if matches!(tensor.dtype(), Dtype::BOOL | Dtype::UINT8) => tensor.sizes().len(),
        Index::Tensor(_) => 1,
    }
}

fn apply(tensor: &Tensor, indices: Vec<Index>) -> Result<Applied> {
    let used: usize = indices.iter().map(uses).sum();
    let count = tensor.sizes().len();
    if used > count {
        if let ([Index::At(_)], 0) = (indices.as_slice(), count) {
            let message = "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to \
                           convert a 0-dim tensor to a number";
            return Err(index_error(message));
        }
        if let ([Index::Cut(..)], 0) = (indices.as_slice(), count) {
            return Err(index_error("slice() cannot be applied to a 0-dim tensor."));
        }
        return Err(index_error(format!("too many indices for tensor of dimension {count}")));
    }
    let mut applied = Applied { view: tensor.clone(), tensors: Vec::new() };
    let mut dim = 0_usize;
    for index in indices {
        applied.step(index, &mut dim, count - used)?;
    }
    Ok(applied)
}

impl Applied {
    fn step(&mut self, index: Index, dim: &mut usize, skipped: usize) -> Result<()> {
        let at = Arg::Int(*dim as i64);
        match index {
            Index::All => *dim += skipped,
            Index::New => {
                self.view = call("unsqueeze", &[Arg::Tensor(self.view.clone()), at])?;
                *dim += 1;
            }
            Index::At(position) => {
                let size = self.view.sizes().get(*dim).copied().unwrap_or(0);
                if position < -size || position >= size {
                    let message = format!("index {position} is out of bounds for dimension {dim} with size {size}");
                    return Err(index_error(message));
                }
                self.view = call("select", &[Arg::Tensor(self.view.clone()), at, Arg::Int(position)])?;
            }
            Index::Cut(start, stop, step) => {
                if (start.unwrap_or(0), stop, step) != (0, None, 1) {
                    let args = [
                        Arg::Tensor(self.view.clone()),
                        at,
                        start.map_or(Arg::None, Arg::Int),
                        stop.map_or(Arg::None, Arg::Int),
                        Arg::Int(step),
                    ];
                    self.view = tensor_of("aten", "slice", &args, &[])?;
                }
                *dim += 1;
            }
            Index::Flag(flag) => {
                self.view = call("unsqueeze", &[Arg::Tensor(self.view.clone()), at])?;
                self.put(*dim, truth(flag)?);
                *dim += 1;
            }
            Index::Tensor(tensor) => self.put_tensor(dim, tensor)?,
        }
        Ok(())
    }

    fn put_tensor(&mut self, dim: &mut usize, tensor: Tensor) -> Result<()> {
        let mask = matches!(tensor.dtype(), Dtype::BOOL | Dtype::UINT8);
        let used = tensor.sizes().len();
        if mask && used == 0 {
            self.view = call("unsqueeze", &[Arg::Tensor(self.view.clone()), Arg::Int(*dim as i64)])?;
            let flag = call("bool", &[Arg::Tensor(tensor.clone())]).or_else(|_| Ok::<_, Error>(tensor))?;
            self.put(*dim, call("unsqueeze", &[Arg::Tensor(flag), Arg::Int(0)])?);
            *dim += 1;
            return Ok(());
        }
        self.put(*dim, tensor);
        *dim += if mask { used } else { 1 };
        Ok(())
    }

    fn put(&mut self, dim: usize, tensor: Tensor) {
        while self.tensors.len() < dim {
            self.tensors.push(None);
        }
        self.tensors.push(Some(tensor));
    }

    fn indices(&self) -> Arg {
        Arg::List(self.tensors.iter().map(|tensor| tensor.clone().map_or(Arg::None, Arg::Tensor)).collect())
    }
}

/// A mask of one element.
fn truth(flag: bool) -> Result<Tensor> {
    Tensor::from_bytes(&[u8::from(flag)], &[1], Dtype::BOOL)
}

/// `tensor[key]`.
///
/// # Errors
/// Indices that do not fit, worded as PyTorch's.
pub fn get(vm: &dyn Vm, tensor: &Tensor, key: &Value) -> Result<Tensor> {
    let applied = apply(tensor, parts(vm, key)?)?;
    if !applied.tensors.is_empty() {
        return tensor_of("aten", "index", &[Arg::Tensor(applied.view.clone()), applied.indices()], &[]);
    }
    if applied.view.is_same(tensor) {
        // Even `tensor[...]` is a new tensor on the same memory.
        return tensor_of("aten", "alias", &[Arg::Tensor(applied.view)], &[]);
    }
    Ok(applied.view)
}

/// `tensor[key] = value`.
///
/// # Errors
/// As [`get`], or a value that does not fit there.
pub fn set(vm: &dyn Vm, tensor: &Tensor, key: &Value, value: &Value) -> Result<()> {
    let indices = parts(vm, key)?;
    let value = new_value(vm, tensor, value)?;
    let applied = apply(tensor, indices)?;
    let value = without_leading_ones(&value)?;
    if !applied.tensors.is_empty() {
        let args = [Arg::Tensor(applied.view.clone()), applied.indices(), Arg::Tensor(value)];
        return aten::invoke("Tensor", "index_put_", &args, &[]).map(drop);
    }
    let sizes = applied.view.sizes();
    let value = if value.sizes() == sizes {
        value
    } else {
        let sizes = Arg::List(sizes.into_iter().map(Arg::Int).collect());
        call("expand", &[Arg::Tensor(value), sizes])?
    };
    call("copy_", &[Arg::Tensor(applied.view), Arg::Tensor(value)]).map(drop)
}

/// What is assigned, as a tensor; a number takes the dtype of where it goes.
fn new_value(vm: &dyn Vm, tensor: &Tensor, value: &Value) -> Result<Tensor> {
    let number = match value {
        Value::Tensor(value) => return same_device(tensor, &value.tensor()),
        Value::Int(value) => Arg::Int(*value),
        Value::Bool(value) => Arg::Bool(*value),
        Value::Float(value) => Arg::Float(*value),
        Value::Complex(value) => Arg::Complex(value.0, value.1),
        Value::BigInt(_) => return Err(Error::value("Overflow when unpacking long long")),
        other => match other.as_native::<Array>() {
            Some(array) if array.is_scalar() => return new_value(vm, tensor, &array.scalar(vm)?),
            Some(array) => return same_device(tensor, &array.tensor()),
            None => {
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
    super::cast::to(value, &super::cast::To::device(device))
}

fn without_leading_ones(value: &Tensor) -> Result<Tensor> {
    let sizes = value.sizes();
    let kept: Vec<Arg> = sizes.iter().copied().skip_while(|size| *size == 1).map(Arg::Int).collect();
    if kept.len() == sizes.len() {
        return Ok(value.clone());
    }
    call("view", &[Arg::Tensor(value.clone()), Arg::List(kept)])
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
