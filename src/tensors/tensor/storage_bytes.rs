//! Storages of buffers and files, on other devices, with their bytes in the other order.

use super::storage::moved;
use super::storage_class::StorageType;
use crate::values::convert::{invoke, tensor_of, wrap};
use crate::values::device::device_of;
use crate::values::storage::StorageObject;
use torchsh_aten::{self as aten, Arg, Device, DeviceKind, Tensor};
use torchsh_base::error::{Error, Kind, Result, path_text};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_language::value::{Args, Builtin, Param, Str, Value, Vm, kw, opt, req};
use torchsh_stdlib::bytes_like;
use torchsh_stdlib::path_of;

impl StorageObject {
    /// A storage with a copy of these bytes.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn of_bytes(bytes: &[u8], dtype: Option<Dtype>) -> Result<StorageObject> {
        let numbers = Tensor::from_bytes(bytes, &[bytes.len() as i64], Dtype::UINT8)?;
        Ok(StorageObject::of(numbers.storage()?, dtype))
    }
}

fn own<'a>(vm: &dyn Vm, args: &'a Args) -> Result<&'a StorageObject> {
    args.receiver().as_native::<StorageObject>().ok_or_else(|| args.wrong_receiver(vm))
}

// ---- from buffers -----------------------------------------------------------------------------------------------

/// How many bytes change places with each other in numbers of a dtype: complex ones are two numbers.
fn unit(dtype: Dtype) -> usize {
    if dtype.is_complex() { (dtype.itemsize() / 2).max(1) } else { dtype.itemsize() }
}

fn swap(bytes: &mut [u8], unit: usize) {
    bytes.chunks_exact_mut(unit.max(1)).for_each(<[u8]>::reverse);
}

/// The bytes of `(buffer, byte_order, count, offset)`, as numbers of a dtype lie in memory.
fn taken(vm: &dyn Vm, args: &Args, dtype: Dtype) -> Result<Vec<u8>> {
    let buffer = bytes_like(args.value(0)).ok_or_else(|| {
        let got = vm.type_name(args.value(0));
        Error::type_error(format!("a bytes-like object is required, not '{got}'"))
    })?;
    let order = args.some(1).and_then(Value::as_str);
    let order = order.as_ref().map_or("native", |order| order.as_str());
    if !matches!(order, "native" | "little" | "big") {
        return Err(Error::value(format!(
            "invalid byte_order '{order}' (expected 'big', 'little', or 'native')"
        )));
    }
    let part = part_of(&buffer, args.int_or(vm, 2, -1)?, args.int_or(vm, 3, 0)?, dtype.itemsize())?;
    let mut bytes = part.to_vec();
    if order == "big" {
        swap(&mut bytes, unit(dtype));
    }
    if dtype == Dtype::BOOL {
        bytes.iter_mut().for_each(|byte| *byte = u8::from(*byte != 0));
    }
    Ok(bytes)
}

/// So many elements from an offset; all of them for a negative number.
fn part_of(buffer: &[u8], count: i64, offset: i64, size: usize) -> Result<&[u8]> {
    let length = buffer.len();
    let rest = usize::try_from(offset).ok().filter(|&start| start < length || start == 0);
    let rest = rest.and_then(|start| buffer.get(start..)).ok_or_else(|| {
        let message = format!(
            "offset must be non-negative and no greater than buffer length ({length}) , but got {offset}"
        );
        Error::value(message)
    })?;
    if count < 0 {
        if !rest.len().is_multiple_of(size) {
            let left = rest.len();
            let message = format!("buffer size ({left}) must be a multiple of element size ({size})");
            return Err(Error::value(message));
        }
        return Ok(rest);
    }
    let nbytes = usize::try_from(count).ok().and_then(|count| count.checked_mul(size));
    nbytes.and_then(|nbytes| rest.get(..nbytes)).ok_or_else(|| {
        let elements = rest.len() / size;
        Error::value(format!(
            "buffer has only {elements} elements after offset {offset}, but specified a size of {count}"
        ))
    })
}

fn asked_dtype(args: &Args) -> Result<Option<Dtype>> {
    match args.some(4) {
        None => Ok(None),
        Some(Value::Dtype(dtype)) => Ok(Some(*dtype)),
        Some(_) => Err(Error::type_error("argument 'dtype' must be torch.dtype")),
    }
}

fn untyped_from_buffer(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let dtype = asked_dtype(args)?.ok_or_else(|| Error::runtime("argument 'dtype' cannot be None"))?;
    StorageObject::of_bytes(&taken(vm, args, dtype)?, None).map(Value::native)
}

fn typed_from_buffer(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let dtype = asked_dtype(args)?.unwrap_or_else(aten::default_dtype);
    StorageObject::of_bytes(&taken(vm, args, dtype)?, Some(dtype)).map(Value::native)
}

fn class_of<'a>(vm: &dyn Vm, args: &'a Args) -> Result<&'a StorageType> {
    args.receiver().as_native::<StorageType>().ok_or_else(|| args.wrong_receiver(vm))
}

fn class_from_buffer(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let dtype = class_of(vm, args)?.0;
    if args.some(4).is_some() {
        return Err(Error::runtime(
            "from_buffer: 'dtype' can only be specified in UntypedStorage.from_buffer and TypedStorage.from_buffer",
        ));
    }
    StorageObject::of_bytes(&taken(vm, args, dtype)?, Some(dtype)).map(Value::native)
}

// ---- from files -------------------------------------------------------------------------------------------------

/// So many elements of a file; `shared` writes into it.
fn mapped(vm: &dyn Vm, args: &Args, dtype: Option<Dtype>) -> Result<Value> {
    let size = dtype.map_or(1, Dtype::itemsize) as i64;
    let nbytes = args.int_or(vm, 2, 0)?.checked_mul(size);
    let nbytes = nbytes.ok_or_else(|| Error::new(Kind::Memory, "a storage too large"))?;
    let path = path_of(vm, args.value(0))?.ok_or_else(|| args.wrong_type(vm, 0, "a path"))?;
    let path = Value::from(path_text(path));
    let is_shared = args.truth_or(vm, 1, false)?;
    let named = [
        ("shared", Value::Bool(is_shared)),
        ("size", Value::Int(nbytes)),
        ("dtype", Value::Dtype(Dtype::UINT8)),
    ];
    let named = named.map(|(name, value)| (Str::intern(name), value));
    let numbers = invoke(vm, "torch", "from_file", std::slice::from_ref(&path), &named)?;
    let numbers = numbers.as_tensor().ok_or_else(|| args.wrong_type(vm, 0, "a path"))?.tensor().storage()?;
    let storage = StorageObject::of(numbers, dtype);
    Ok(Value::native(if is_shared { storage.named(path) } else { storage }))
}

fn untyped_from_file(vm: &dyn Vm, args: &Args) -> Result<Value> {
    mapped(vm, args, None)
}

fn typed_from_file(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    Err(Error::runtime("from_file can only be called on derived classes"))
}

fn class_from_file(vm: &dyn Vm, args: &Args) -> Result<Value> {
    mapped(vm, args, Some(class_of(vm, args)?.0))
}

// ---- places and order -------------------------------------------------------------------------------------------

fn on(vm: &dyn Vm, args: &Args, device: Device) -> Result<Value> {
    let own = own(vm, args)?;
    let here = own.storage().device();
    if here.kind == device.kind && (device.index.is_none() || here.index == device.index) {
        return Ok(args.receiver().clone());
    }
    if device.kind == DeviceKind::Meta {
        return Err(Error::new(Kind::Assertion, "META device module is not loaded"));
    }
    Ok(Value::native(StorageObject::of(moved(own.storage().clone(), device)?, own.dtype())))
}

fn to(vm: &dyn Vm, args: &Args) -> Result<Value> {
    on(vm, args, device_of(vm, args.value(0))?)
}

fn cpu(vm: &dyn Vm, args: &Args) -> Result<Value> {
    on(vm, args, Device::CPU)
}

fn cuda(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let device = match args.some(0) {
        Some(Value::Int(index)) => Device::parse(&format!("cuda:{index}"))?,
        Some(device) => device_of(vm, device)?,
        None => Device::parse("cuda")?,
    };
    on(vm, args, device)
}

fn pinned(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let own = own(vm, args)?;
    let bytes = StorageObject::untyped(own.storage().clone()).flat()?;
    let pinned = tensor_of("Tensor", "pin_memory", &[Arg::Tensor(bytes)], &[])?;
    Ok(Value::native(StorageObject::of(pinned.storage()?, own.dtype())))
}

fn device_index(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let index = own(vm, args)?.storage().device().index;
    Ok(index.map_or(Value::None, |index| Value::Int(i64::from(index))))
}

/// Turns the bytes of each number round.
fn byteswap(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let Value::Dtype(dtype) = args.value(0) else { return Err(args.wrong_type(vm, 0, "torch.dtype")) };
    let bytes = StorageObject::untyped(own(vm, args)?.storage().clone()).flat()?;
    let mut turned = bytes.to_bytes()?;
    swap(&mut turned, unit(*dtype));
    let turned = Tensor::from_bytes(&turned, &[turned.len() as i64], Dtype::UINT8)?;
    super::index::set(vm, &bytes, &Value::Ellipsis, &wrap(turned))?;
    Ok(Value::None)
}

fn filename(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(own(vm, args)?.file_name())
}

fn no(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    Ok(Value::Bool(false))
}

fn copy(vm: &dyn Vm, args: &Args) -> Result<Value> {
    vm.call_method(args.receiver(), "clone", &[])
}

const TO: &[Param] = &[kw("device", "None"), kw("non_blocking", "False")];
const CUDA: &[Param] = &[opt("device", "None"), opt("non_blocking", "False")];
const FILE: &[Param] = &[req("filename"), opt("shared", "False"), opt("size", "0")];
const BUFFER: &[Param] = &[
    req("buffer"),
    opt("byte_order", "'native'"),
    opt("count", "-1"),
    opt("offset", "0"),
    opt("dtype", "None"),
];

macro_rules! rows {
    ($($of:literal)*) => {
        &[
            $(
            Builtin::method($of, "to", TO, to).says("the same on a device"),
            Builtin::method($of, "cpu", &[], cpu),
            Builtin::method($of, "cuda", CUDA, cuda),
            Builtin::method($of, "pin_memory", &[opt("device", "'cuda'")], pinned),
            Builtin::method($of, "get_device", &[], device_index),
            Builtin::method($of, "__copy__", &[], copy),
            Builtin::property($of, "filename", filename),
            Builtin::property($of, "is_hpu", no),
            Builtin::property($of, "is_sparse", no),
            )*
            Builtin::property("UntypedStorage", "is_sparse_csr", no),
            Builtin::method("UntypedStorage", "byteswap", &[req("dtype")], byteswap)
                .says("turns the bytes of each number round"),
            Builtin::on_type("UntypedStorage", "from_buffer", BUFFER, untyped_from_buffer)
                .says("a storage with a copy of a buffer's bytes"),
            Builtin::on_type("TypedStorage", "from_buffer", BUFFER, typed_from_buffer),
            Builtin::method("storagetype", "from_buffer", BUFFER, class_from_buffer),
            Builtin::on_type("UntypedStorage", "from_file", FILE, untyped_from_file)
                .says("the bytes of a file, mapped"),
            Builtin::on_type("TypedStorage", "from_file", FILE, typed_from_file),
            Builtin::method("storagetype", "from_file", FILE, class_from_file),
        ]
    };
}

/// The rows of this file.
pub const ROWS: &[Builtin] = rows! { "UntypedStorage" "TypedStorage" };
