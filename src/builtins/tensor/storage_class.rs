//! Classes of storages by dtype (`torch.FloatStorage`), and what storages of all classes do.

use std::any::Any;

use super::cast::{To, to};
use super::storage::StorageObject;
use crate::aten::{self, Device, DeviceKind, Storage};
use crate::builtins::bytes::bytes_like;
use crate::builtins::torch::data;
use crate::builtins::torch::device::device_of;
use crate::builtins::torch::make::{legacy_dtype, legacy_name};
use crate::builtins::torch::objects::dtype_of;
use crate::checkpoint::dtype::Dtype;
use crate::error::{Error, Kind, Result};
use crate::value::{Args, Builtin, Native, Str, TypeRow, Value, Vm, kw, opt, pos, req, rest};

/// `torch.FloatStorage`: makes storages of its dtype and knows them.
pub struct StorageType(pub Dtype);

impl Native for StorageType {
    fn type_name(&self) -> &str {
        "storagetype"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn attribute(&self, _vm: &dyn Vm, name: &Str) -> Option<Result<Value>> {
        Some(Ok(match name.as_str() {
            "dtype" => Value::Dtype(self.0),
            "__name__" | "__qualname__" => Value::str(format!("{}Storage", legacy_name(self.0))),
            "__module__" => Value::str("torch"),
            "is_cuda" | "is_sparse" => Value::Bool(false),
            _ => return None,
        }))
    }

    fn repr(&self, _vm: &dyn Vm) -> Option<Result<String>> {
        Some(Ok(format!("<class 'torch.{}Storage'>", legacy_name(self.0))))
    }

    fn call(&self, vm: &dyn Vm, arguments: &[Value], keywords: &[(Str, Value)]) -> Option<Result<Value>> {
        if let Some((name, _)) = keywords.first() {
            return Some(Err(data::unexpected("Storage", name)));
        }
        Some(made(vm, arguments.first(), Some(self.0), Device::CPU).map(Value::native))
    }

    fn equal(&self, _vm: &dyn Vm, other: &Value) -> Option<Result<bool>> {
        Some(Ok(other.as_native::<StorageType>().is_some_and(|other| other.0 == self.0)))
    }

    fn hash(&self, _vm: &dyn Vm) -> Option<Result<u64>> {
        Some(Ok(u64::from(self.0.number())))
    }
}

/// A storage of so many elements, or of these.
fn made(vm: &dyn Vm, given: Option<&Value>, dtype: Option<Dtype>, device: Device) -> Result<StorageObject> {
    let element = dtype.unwrap_or(Dtype::UINT8);
    let is_meta = device.kind == DeviceKind::Meta;
    let count = match given {
        None => 0,
        Some(given) => match crate::value::number::index(vm, given) {
            Ok(count) => {
                usize::try_from(count).map_err(|_| Error::runtime("a storage's size must not be negative"))?
            }
            Err(error) if error.kind() == Kind::Type => {
                let numbers = data::tensor(vm, &Value::list(vm.collect(given)?), Some(element))?;
                return Ok(StorageObject::of(numbers.storage()?, dtype));
            }
            Err(error) => return Err(error),
        },
    };
    let nbytes = count
        .checked_mul(element.itemsize())
        .ok_or_else(|| Error::new(Kind::Memory, "a storage too large"))?;
    Ok(StorageObject::of(Storage::fresh(nbytes, is_meta)?, dtype))
}

fn place(vm: &dyn Vm, args: &Args, index: usize) -> Result<Device> {
    args.some(index).map_or(Ok(Device::CPU), |device| device_of(vm, device))
}

fn untyped_class(vm: &dyn Vm, args: &Args) -> Result<Value> {
    made(vm, args.some(0), None, place(vm, args, 1)?).map(Value::native)
}

fn typed_class(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let dtype =
        args.some(1).map(|dtype| dtype_of(vm, dtype, "TypedStorage(): argument 'dtype'")).transpose()?;
    let dtype = dtype.unwrap_or_else(aten::default_dtype);
    if let Some(whole) = args.some(3).and_then(|whole| whole.as_native::<StorageObject>()) {
        return Ok(Value::native(StorageObject::of(whole.storage().clone(), Some(dtype))));
    }
    made(vm, args.rest().first(), Some(dtype), place(vm, args, 2)?).map(Value::native)
}

fn class_of(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(vm.types().named(args.row().name).map_or(Value::None, Value::Class))
}

fn by_dtype(_vm: &dyn Vm, args: &Args) -> Result<Value> {
    let name = args.row().name.replace("Storage", "Tensor");
    Ok(Value::native(StorageType(legacy_dtype(&name).unwrap_or_else(aten::default_dtype))))
}

fn is_of_type(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let own = args.receiver().as_native::<StorageType>().ok_or_else(|| args.wrong_receiver(vm))?;
    let given = args.value(0).as_native::<StorageObject>();
    Ok(Value::Bool(given.is_some_and(|given| given.dtype() == Some(own.0))))
}

fn storage_type(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::native(StorageType(args.receiver_tensor(vm)?.tensor().dtype())))
}

fn from_buffer(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let Some(bytes) = bytes_like(args.value(0)) else {
        return Err(args.wrong_type(vm, 0, "a bytes-like object"));
    };
    let numbers = Value::list(bytes.iter().map(|&byte| Value::Int(i64::from(byte))).collect());
    made(vm, Some(&numbers), None, Device::CPU).map(Value::native)
}

// ---- methods ----------------------------------------------------------------------------------------------------

fn own<'a>(vm: &dyn Vm, args: &'a Args) -> Result<&'a StorageObject> {
    args.receiver().as_native::<StorageObject>().ok_or_else(|| args.wrong_receiver(vm))
}

fn itself(_vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(args.receiver().clone())
}

/// `storage.half()`: its numbers in another dtype.
fn converted(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let name = args.row().name;
    let dtype = match name {
        "complex_float" => Dtype::COMPLEX64,
        "complex_double" => Dtype::COMPLEX128,
        "bfloat16" => Dtype::BFLOAT16,
        _ => {
            let (first, others) = name.split_at(1);
            legacy_dtype(&format!("{}{others}Tensor", first.to_uppercase())).unwrap_or(Dtype::FLOAT32)
        }
    };
    let numbers = to(&own(vm, args)?.flat()?, &To::dtype(dtype))?;
    Ok(Value::native(StorageObject::of(numbers.storage()?, Some(dtype))))
}

fn fill(vm: &dyn Vm, args: &Args) -> Result<Value> {
    super::index::set(vm, &own(vm, args)?.flat()?, &Value::Ellipsis, args.value(0))?;
    Ok(args.receiver().clone())
}

fn copy_from(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let Some(source) = args.value(0).as_native::<StorageObject>() else {
        return Err(args.wrong_type(vm, 0, "Storage"));
    };
    let (to, from) = (own(vm, args)?.flat()?, source.flat()?);
    if to.numel() != from.numel() {
        let (own, got) = (to.numel(), from.numel());
        return Err(Error::runtime(format!("size does not match, self was {own} but src was {got}")));
    }
    let from = crate::builtins::torch::convert::wrap(from);
    super::index::set(vm, &to, &Value::Ellipsis, &from)?;
    Ok(args.receiver().clone())
}

fn no(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    Ok(Value::Bool(false))
}

fn yes(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    Ok(Value::Bool(true))
}

fn none(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    Ok(Value::None)
}

fn bytes_of(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::native(StorageObject::untyped(own(vm, args)?.storage().clone())))
}

fn pickled_as(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let dtype = own(vm, args)?.dtype().unwrap_or(Dtype::UINT8);
    Ok(Value::str(format!("{}Storage", legacy_name(dtype))))
}

fn size(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::from(own(vm, args)?.flat()?.numel() as usize))
}

fn empty(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    Ok(Value::native(StorageObject::untyped(Storage::fresh(0, false)?)))
}

macro_rules! on_both {
    ($($name:literal $params:expr, $call:expr;)*) => {
        /// What storages with and without a dtype have.
        pub const BOTH: &[Builtin] = &[$(
            Builtin::method("UntypedStorage", $name, $params, $call),
            Builtin::method("TypedStorage", $name, $params, $call),
        )*];
    };
}

on_both! {
    "float" &[], converted;
    "double" &[], converted;
    "half" &[], converted;
    "bfloat16" &[], converted;
    "long" &[], converted;
    "int" &[], converted;
    "short" &[], converted;
    "char" &[], converted;
    "byte" &[], converted;
    "bool" &[], converted;
    "complex_float" &[], converted;
    "complex_double" &[], converted;
    "cpu" &[], itself;
    "share_memory_" &[], itself;
    "fill_" &[req("value")], fill;
    "copy_" &[req("source"), opt("non_blocking", "None")], copy_from;
    "is_pinned" &[opt("device", "None")], no;
    "resizable" &[], yes;
}

macro_rules! classes {
    ($($name:literal)*) => {
        /// The classes by dtype.
        pub const CLASSES: &[Builtin] = &[$(Builtin::constant("torch", $name, by_dtype)),*];
    };
}

classes! {
    "FloatStorage" "DoubleStorage" "HalfStorage" "BFloat16Storage" "ByteStorage" "CharStorage" "ShortStorage" "IntStorage"
    "LongStorage" "BoolStorage" "ComplexFloatStorage" "ComplexDoubleStorage"
}

/// The rows of this file that only one of them has.
pub const ROWS: &[Builtin] = &[
    Builtin::property("UntypedStorage", "filename", none),
    Builtin::property("TypedStorage", "filename", none),
    Builtin::property("TypedStorage", "_untyped_storage", bytes_of),
    Builtin::method("TypedStorage", "pickle_storage_type", &[], pickled_as),
    Builtin::method("TypedStorage", "_size", &[], size),
    Builtin::method("UntypedStorage", "new", &[], empty),
    Builtin::on_type(
        "UntypedStorage",
        "from_buffer",
        &[req("buffer"), opt("byte_order", "'native'"), kw("dtype", "None")],
        from_buffer,
    ),
    Builtin::constructor("UntypedStorage", &[opt("_size", "None"), kw("device", "None")], untyped_class)
        .says("bytes that tensors share"),
    Builtin::constructor(
        "TypedStorage",
        &[rest("sizes"), kw("dtype", "None"), kw("device", "None"), kw("wrap_storage", "None")],
        typed_class,
    )
    .says("numbers that tensors share"),
    Builtin::constant("torch", "UntypedStorage", class_of),
    Builtin::constant("torch", "TypedStorage", class_of),
    Builtin::method("Tensor", "storage_type", &[], storage_type),
    Builtin::method("storagetype", "__instancecheck__", &[pos("_value")], is_of_type),
];

/// The type of the classes by dtype.
pub const TYPES: &[TypeRow] = &[TypeRow {
    name: "storagetype",
    module: "torch",
    base: "object",
    summary: "a dtype as a class of storages",
}];
