//! Classes of storages by dtype (`torch.FloatStorage`), and what storages of all classes do.

use std::any::Any;

use super::storage::warn_of_removal;
use crate::values::cast::{To, to};
use crate::values::data;
use crate::values::device::device_of;
use crate::values::storage::{StorageObject, plain};
use crate::values::type_names::{legacy_dtype, legacy_name};
use torchsh_aten::{self as aten, Device, DeviceKind, Storage};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_language::value::{Args, Builtin, Native, Str, TypeRow, Value, Vm, kw, opt, pos, req, rest};

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
            "dtype" | "_dtype" => Value::Dtype(self.0),
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
        Some(warn_of_removal(vm).and_then(|()| self.make(vm, arguments, keywords)).map(Value::native))
    }

    fn ancestors(&self) -> Option<&'static [(&'static str, &'static str)]> {
        Some(&[("torch.storage", "_LegacyStorage"), ("torch", "TypedStorage")])
    }

    fn equal(&self, _vm: &dyn Vm, other: &Value) -> Option<Result<bool>> {
        Some(Ok(other.as_native::<StorageType>().is_some_and(|other| other.0 == self.0)))
    }

    fn hash(&self, _vm: &dyn Vm) -> Option<Result<u64>> {
        Some(Ok(u64::from(self.0.number())))
    }
}

impl StorageType {
    fn make(&self, vm: &dyn Vm, given: &[Value], named: &[(Str, Value)]) -> Result<StorageObject> {
        let refused = |kind: Kind, what: String| {
            let class = format!("<class 'torch.{}Storage'>", legacy_name(self.0));
            Error::new(
                kind,
                format!(
                    "{class}.__new__ received an invalid combination of arguments. Expected one of:\n * no arguments\n * \
                     (int size)\n * (Sequence data)\n * (*, UntypedStorage wrap_storage)\n{what}"
                ),
            )
        };
        let mut whole = None;
        for (name, value) in named {
            match name.as_str() {
                _ if value.is_none() => {}
                "wrap_storage" => whole = Some(value),
                "device" | "dtype" => {
                    let what = format!("Keyword argument '{name}' cannot be specified");
                    return Err(refused(Kind::Runtime, what));
                }
                _ => return Err(data::unexpected("Storage", name)),
            }
        }
        if let Some(whole) = whole {
            if !given.is_empty() {
                let what = "No positional arguments should be given when using 'wrap_storage'".to_owned();
                return Err(refused(Kind::Runtime, what));
            }
            return wrapped(vm, whole, self.0, |what| refused(Kind::Type, what));
        }
        if given.len() > 1 {
            return Err(refused(Kind::Runtime, "Too many positional arguments".to_owned()));
        }
        if let Some(one) = given.first()
            && !is_size_or_data(vm, one)
        {
            let got = vm.type_name(one);
            return Err(refused(Kind::Type, format!("Argument type not recognized: <class '{got}'>")));
        }
        made(vm, given.first(), Some(self.0), Device::CPU)
    }
}

fn is_size_or_data(vm: &dyn Vm, value: &Value) -> bool {
    torchsh_language::value::number::index(vm, value).is_ok()
        || value.as_str().is_some()
        || crate::values::convert::sequence(value).is_some()
        || matches!(value, Value::Range(_))
}

/// The bytes of another storage as numbers of a dtype.
fn wrapped(
    vm: &dyn Vm,
    whole: &Value,
    dtype: Dtype,
    refused: impl Fn(String) -> Error,
) -> Result<StorageObject> {
    match whole.as_native::<StorageObject>().filter(|whole| whole.dtype().is_none()) {
        Some(whole) => Ok(StorageObject::of(whole.storage().clone(), Some(dtype))),
        None => {
            let got = match whole.as_native::<StorageObject>() {
                Some(_) => "torch.storage.TypedStorage".to_owned(),
                None => vm.type_name(whole).to_string(),
            };
            Err(refused(format!("Argument 'wrap_storage' must be UntypedStorage, but got <class '{got}'>")))
        }
    }
}

/// A storage of so many elements, or of these.
fn made(vm: &dyn Vm, given: Option<&Value>, dtype: Option<Dtype>, device: Device) -> Result<StorageObject> {
    let element = plain(dtype.unwrap_or(Dtype::UINT8));
    let is_meta = device.kind == DeviceKind::Meta;
    let count = match given {
        None => 0,
        Some(given @ Value::Tensor(_)) if dtype.is_none() => return bytes_given(vm, given),
        Some(given) => match torchsh_language::value::number::index(vm, given) {
            Ok(count) => {
                usize::try_from(count).map_err(|_| Error::runtime("a storage's size must not be negative"))?
            }
            Err(error) if error.kind() == Kind::Type => {
                if dtype.is_none() {
                    return bytes_given(vm, given);
                }
                if given.as_str().is_some() {
                    return Err(Error::type_error("new(): invalid data type 'str'"));
                }
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

/// `torch.UntypedStorage([1, 2, 3])`: the lowest eight bits of each number.
fn bytes_given(vm: &dyn Vm, given: &Value) -> Result<StorageObject> {
    let got = vm.type_name(given);
    let is_sequence = given.as_str().is_some() || crate::values::convert::sequence(given).is_some();
    if !is_sequence || given.as_tensor().is_some() {
        return Err(Error::runtime(format!(
            "torch.UntypedStorage(): Expected a sequence type, but got {got}"
        )));
    }
    let mut bytes = Vec::new();
    for one in vm.collect(given)? {
        match one.as_int() {
            Some(number) => bytes.push((number & 0xff) as u8),
            None => {
                let item = vm.type_name(&one);
                return Err(Error::runtime(format!(
                    "torch.UntypedStorage(): tried to construct a storage from a sequence ({got}), but one of the items was \
                     of type {item} instead of int"
                )));
            }
        }
    }
    StorageObject::of_bytes(&bytes, None)
}

fn place(vm: &dyn Vm, args: &Args, index: usize) -> Result<Device> {
    args.some(index).map_or(Ok(Device::CPU), |device| device_of(vm, device))
}

fn untyped_class(vm: &dyn Vm, args: &Args) -> Result<Value> {
    made(vm, args.some(0), None, place(vm, args, 1)?).map(Value::native)
}

fn typed_class(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let refused = |kind: Kind, what: String| {
        Error::new(
            kind,
            format!(
                "TypedStorage.__init__ received an invalid combination of arguments. Expected one of:\n * (*, torch.device \
                 device, torch.dtype dtype)\n * (int size, *, torch.device device, torch.dtype dtype)\n * (Sequence data, *, \
                 torch.device device, torch.dtype dtype)\n * (*, UntypedStorage wrap_storage, torch.dtype dtype)\n{what}"
            ),
        )
    };
    let dtype = match args.some(1) {
        Some(Value::Dtype(dtype)) => Some(*dtype),
        Some(other) => {
            let got = vm.type_name(other);
            return Err(refused(
                Kind::Type,
                format!("Argument 'dtype' must be torch.dtype, not <class '{got}'>"),
            ));
        }
        None => None,
    };
    if let Some(whole) = args.some(3) {
        if !args.rest().is_empty() {
            let what = "No positional arguments should be given when using 'wrap_storage'".to_owned();
            return Err(refused(Kind::Runtime, what));
        }
        let Some(dtype) = dtype else {
            return Err(refused(Kind::Runtime, "Argument 'dtype' must be specified".to_owned()));
        };
        return wrapped(vm, whole, dtype, |what| refused(Kind::Type, what)).map(Value::native);
    }
    if args.rest().len() > 1 {
        return Err(refused(Kind::Runtime, "Too many positional arguments".to_owned()));
    }
    let dtype = dtype.unwrap_or_else(aten::default_dtype);
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

/// Whether the dtype has a class of storages; those that came later have none.
#[must_use]
pub fn has_class(dtype: Dtype) -> bool {
    let name = format!("{}Storage", legacy_name(dtype));
    CLASSES.iter().any(|row| row.name == name)
}

/// `torch._storage_classes`
fn all_classes(vm: &dyn Vm, _args: &Args) -> Result<Value> {
    let torch = vm.import("torch")?;
    let names = CLASSES.iter().map(|row| row.name).chain(["UntypedStorage", "TypedStorage"]);
    let classes: Result<Vec<Value>> = names.map(|name| vm.attribute(&torch, &Str::intern(name))).collect();
    Ok(Value::list(classes?))
}

fn legacy_class(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let dtype = own(vm, args)?.dtype().filter(|&dtype| has_class(dtype));
    Ok(dtype.map_or(Value::None, |dtype| Value::native(StorageType(dtype))))
}

fn storage_type(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::native(StorageType(args.receiver_tensor(vm)?.tensor().dtype())))
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
        "float8_e5m2" => Dtype::FLOAT8_E5M2,
        "float8_e4m3fn" => Dtype::FLOAT8_E4M3FN,
        "float8_e5m2fnuz" => Dtype::FLOAT8_E5M2FNUZ,
        "float8_e4m3fnuz" => Dtype::FLOAT8_E4M3FNUZ,
        _ => {
            let (first, others) = name.split_at(1);
            legacy_dtype(&format!("{}{others}Tensor", first.to_uppercase())).unwrap_or(Dtype::FLOAT32)
        }
    };
    let numbers = own(vm, args)?.flat()?;
    // Always a copy, also where the dtype stays.
    let same = numbers.dtype() == dtype;
    let changed = if same { numbers.through("clone")? } else { to(&numbers, &To::dtype(dtype))? };
    Ok(Value::native(StorageObject::of(changed.storage()?, Some(dtype))))
}

fn fill(vm: &dyn Vm, args: &Args) -> Result<Value> {
    super::index::set(vm, &own(vm, args)?.flat()?, &Value::Ellipsis, args.value(0))?;
    Ok(args.receiver().clone())
}

fn copy_from(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let Some(source) = args.value(0).as_native::<StorageObject>() else {
        let got = vm.type_name(args.value(0));
        let message = format!("copy_(): argument 'src' (position 1) must be torch.Storage, not {got}");
        return Err(Error::type_error(message));
    };
    // Bytes are copied, whatever numbers they are.
    let bytes = |object: &StorageObject| StorageObject::untyped(object.storage().clone()).flat();
    let (to, from) = (bytes(own(vm, args)?)?, bytes(source)?);
    if to.numel() != from.numel() {
        let (own, got) = (to.numel(), from.numel());
        let message = format!("size does not match, self was {own} bytes but src was {got} bytes");
        return Err(Error::runtime(message));
    }
    let from = crate::values::convert::wrap(from);
    super::index::set(vm, &to, &Value::Ellipsis, &from)?;
    Ok(args.receiver().clone())
}

fn no(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    Ok(Value::Bool(false))
}

fn yes(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    Ok(Value::Bool(true))
}

fn bytes_of(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::native(StorageObject::untyped(own(vm, args)?.storage().clone())))
}

fn pickled_as(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let dtype = own(vm, args)?.dtype().unwrap_or(Dtype::UINT8);
    match has_class(dtype) {
        true => Ok(Value::str(format!("{}Storage", legacy_name(dtype)))),
        false => Err(Error::new(Kind::Key, format!("dtype {dtype} is not recognized"))),
    }
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
    "float8_e5m2" &[], converted;
    "float8_e4m3fn" &[], converted;
    "float8_e5m2fnuz" &[], converted;
    "float8_e4m3fnuz" &[], converted;
    "_share_memory_" &[], itself;
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
    "Storage" "FloatStorage" "DoubleStorage" "HalfStorage" "BFloat16Storage" "ByteStorage" "CharStorage" "ShortStorage" "IntStorage"
    "LongStorage" "BoolStorage" "ComplexFloatStorage" "ComplexDoubleStorage" "QInt8Storage" "QUInt8Storage" "QInt32Storage"
    "QUInt4x2Storage" "QUInt2x4Storage"
}

/// The rows of this file that only one of them has.
pub const ROWS: &[Builtin] = &[
    Builtin::property("TypedStorage", "_untyped_storage", bytes_of),
    Builtin::method("TypedStorage", "pickle_storage_type", &[], pickled_as),
    Builtin::method("TypedStorage", "_size", &[], size),
    Builtin::method("UntypedStorage", "new", &[], empty),
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
    Builtin::constant("torch", "_storage_classes", all_classes),
    Builtin::constant("torch.storage", "_StorageBase", |vm, _| {
        Ok(vm.types().named("UntypedStorage").map_or(Value::None, Value::Class))
    }),
    Builtin::method("TypedStorage", "_get_legacy_storage_class", &[], legacy_class),
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
