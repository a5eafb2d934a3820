//! Storages as a program sees them: `tensor.untyped_storage()`, `tensor.storage()`.

use std::any::Any;
use std::rc::Rc;

use crate::values::convert::{tensor_of, warn_of, warn_once};
use crate::values::data;
use crate::values::storage::StorageObject;
use crate::values::type_names::{legacy_name, long_name};
use torchsh_aten::{Arg, Device, DeviceKind, Storage};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_language::value::{Args, Builtin, Native, Slice, Str, TypeRow, Value, Vm, opt, pos, req};

impl Native for StorageObject {
    fn type_name(&self) -> &str {
        if self.dtype.is_some() { "TypedStorage" } else { "UntypedStorage" }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn attribute(&self, _vm: &dyn Vm, name: &Str) -> Option<Result<Value>> {
        let dtype = self.dtype?;
        matches!(name.as_str(), "dtype" | "_dtype").then_some(Ok(Value::Dtype(dtype)))
    }

    fn equal(&self, _vm: &dyn Vm, other: &Value) -> Option<Result<bool>> {
        let other = other.as_native::<StorageObject>();
        let is_same = |other: &StorageObject| {
            self.dtype == other.dtype && self.storage.address() == other.storage.address()
        };
        Some(Ok(other.is_some_and(is_same)))
    }

    fn hash(&self, _vm: &dyn Vm) -> Option<Result<u64>> {
        Some(Ok(self.storage.address() as u64))
    }

    fn length(&self, _vm: &dyn Vm) -> Option<Result<usize>> {
        Some(Ok(StorageObject::length(self)))
    }

    fn item(&self, vm: &dyn Vm, index: &Value) -> Option<Result<Value>> {
        Some(self.element(vm, index))
    }

    fn iterate(&self, vm: &dyn Vm) -> Option<Result<Value>> {
        Some(self.flat().and_then(|flat| vm.iterate(&data::to_list(&flat)?)))
    }

    fn repr(&self, vm: &dyn Vm) -> Option<Result<String>> {
        Some(self.show(vm))
    }
}

impl StorageObject {
    fn element(&self, vm: &dyn Vm, index: &Value) -> Result<Value> {
        self.on_memory()?;
        if let Value::Slice(_) = index {
            if self.dtype.is_some() {
                return Err(Error::runtime("slices are only supported in UntypedStorage.__getitem__"));
            }
            let range = self.range(vm, index)?;
            return self.storage.part(range.start, range.len()).map(Self::untyped).map(Value::native);
        }
        let at = Value::from(self.at(vm, index, Kind::Type)?);
        let element = super::index::get(vm, &self.flat()?, &at)?;
        Ok(data::numbers(&element)?.into_iter().next().unwrap_or(Value::None))
    }

    fn on_memory(&self) -> Result<()> {
        match self.storage.device().kind {
            torchsh_aten::DeviceKind::Meta => {
                Err(Error::new(Kind::NotImplemented, "Not available for 'meta' device type"))
            }
            _ => Ok(()),
        }
    }

    /// The place that an index means.
    fn at(&self, vm: &dyn Vm, index: &Value, wrong: Kind) -> Result<usize> {
        let Ok(at) = torchsh_language::value::number::index(vm, index) else {
            let got = vm.type_name(index);
            return Err(match self.dtype {
                None => Error::new(wrong, format!("can't index a torch.UntypedStorage with {got}")),
                Some(_) => Error::runtime(format!(
                    "can't index a <class 'torch.storage.TypedStorage'> with <class '{got}'>"
                )),
            });
        };
        let length = StorageObject::length(self) as i64;
        let place = if at < 0 { at.saturating_add(length) } else { at };
        usize::try_from(place).ok().filter(|_| place < length).ok_or_else(|| {
            Error::new(Kind::Index, format!("index {at} out of range for storage of size {length}"))
        })
    }

    /// The bytes or elements that a slice means.
    fn range(&self, vm: &dyn Vm, slice: &Value) -> Result<std::ops::Range<usize>> {
        let length = Value::from(StorageObject::length(self));
        let bounds = vm.call_method(slice, "indices", &[length])?;
        let number = |at: usize| bounds.as_tuple().and_then(|all| all.items.get(at)?.as_int()).unwrap_or(0);
        let (start, stop, step) = (number(0), number(1), number(2));
        if step != 1 {
            let message = format!("Trying to slice with a step of {step}, but only a step of 1 is supported");
            return Err(Error::runtime(message));
        }
        let place = |at: i64| usize::try_from(at).unwrap_or(0);
        Ok(place(start)..place(stop.max(start)))
    }

    /// `storage[index] = value`: of bytes, the lowest eight bits of a whole number.
    fn store(&self, vm: &dyn Vm, index: &Value, value: &Value) -> Result<()> {
        self.on_memory()?;
        let value = match (self.dtype, value) {
            (None, Value::Int(number)) => Value::Int(number & 0xff),
            (None, Value::Bool(_)) | (Some(_), _) => value.clone(),
            (None, other) => {
                let got = vm.type_name(other);
                let message = format!("can only set storage content with a int types, but got {got} instead");
                return Err(Error::runtime(message));
            }
        };
        let place = match index {
            Value::Slice(_) => {
                let range = self.range(vm, index)?;
                let (start, stop) = (Value::from(range.start), Value::from(range.end));
                Value::Slice(Rc::new(Slice { start, stop, step: Value::None }))
            }
            _ => Value::from(self.at(vm, index, Kind::Runtime)?),
        };
        super::index::set(vm, &self.flat()?, &place, &value)
    }

    /// One number a line, then what it is.
    fn show(&self, vm: &dyn Vm) -> Result<String> {
        let (device, length) = (self.storage.device(), StorageObject::length(self));
        let mut text = String::new();
        if device.kind == torchsh_aten::DeviceKind::Meta {
            text.push_str("...");
        } else {
            let lines: Result<Vec<String>> = data::numbers(&self.flat()?)?
                .iter()
                .map(|number| vm.repr(number).map(|number| format!(" {number}")))
                .collect();
            let lines = lines?;
            text.push_str(if lines.is_empty() { " " } else { "" });
            text.push_str(&lines.join("\n"));
        }
        Ok(match self.dtype {
            Some(dtype) => format!(
                "{text}\n[torch.storage.TypedStorage(dtype={dtype}, device={device}) of size {length}]"
            ),
            None => format!("{text}\n[torch.storage.UntypedStorage(device={device}) of size {length}]"),
        })
    }
}

// ---- on tensors -------------------------------------------------------------------------------------------------

/// What PyTorch says once where storages are used as numbers.
///
/// # Errors
/// The warning itself, where the program's filters make an error of it.
pub fn warn_of_removal(vm: &dyn Vm) -> Result<()> {
    let always = match vm.modules().get_name("torch.storage") {
        Some(_) => vm.named_in("torch.storage", "_always_warn_typed_storage_removal")?,
        None => None,
    };
    let say =
        if always.is_some_and(|always| matches!(always, Value::Bool(true))) { warn_of } else { warn_once };
    say(
        vm,
        "TypedStorage is deprecated. It will be removed in the future and UntypedStorage will be the only storage class. \
         This should only matter to you if you are using storages directly.  To access UntypedStorage directly, use \
         tensor.untyped_storage() instead of tensor.storage()",
    )
}

fn untyped_storage(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let storage = args.receiver_tensor(vm)?.tensor().storage()?;
    Ok(Value::native(StorageObject::untyped(storage)))
}

fn typed_storage(vm: &dyn Vm, args: &Args) -> Result<Value> {
    if args.row().name == "storage" {
        warn_of_removal(vm)?;
    }
    let tensor = args.receiver_tensor(vm)?.tensor().clone();
    Ok(Value::native(StorageObject::of(tensor.storage()?, Some(tensor.dtype()))))
}

/// `set_(source[, storage_offset, size, stride])`: another storage under the same tensor.
/// What `set_` says of numbers of another dtype.
fn other_than(wanted: Dtype, own: Dtype) -> String {
    let (wanted, own) = (long_name(wanted), legacy_name(own));
    format!("{wanted} or an UntypedStorage, but got type {own} for argument 1 'storage'")
}

fn set(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let object = args.receiver_tensor(vm)?;
    let dtype = object.tensor().dtype();
    let new = match args.some(0) {
        None => Storage::fresh(0, false)?.tensor(dtype, &[0], None, 0)?,
        Some(Value::Tensor(source)) if args.some(1).is_none() => source.tensor().clone(),
        Some(source) => {
            let (storage, default) = match source {
                Value::Tensor(source) => (source.tensor().storage()?, source.tensor().numel()),
                other => match other.as_native::<StorageObject>() {
                    Some(source) => {
                        source.refuse_other(dtype, other_than)?;
                        (source.storage.clone(), (source.storage.nbytes() / dtype.itemsize()) as i64)
                    }
                    None => return Err(args.wrong_type(vm, 0, "Storage or Tensor")),
                },
            };
            let sizes = |index: usize| {
                args.some(index)
                    .map(|value| crate::values::convert::sizes_of(vm, std::slice::from_ref(value)))
                    .transpose()
            };
            let (size, stride) = (sizes(2)?.unwrap_or_else(|| vec![default]), sizes(3)?);
            storage.tensor(dtype, &size, stride.as_deref(), args.int_or(vm, 1, 0)?)?
        }
    };
    object.tensor().set_data(&new)?;
    Ok(args.receiver().clone())
}

// ---- methods ----------------------------------------------------------------------------------------------------

fn own<'a>(vm: &dyn Vm, args: &'a Args) -> Result<&'a StorageObject> {
    args.receiver().as_native::<StorageObject>().ok_or_else(|| args.wrong_receiver(vm))
}

fn nbytes(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::from(own(vm, args)?.storage.nbytes()))
}

fn size(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::from(StorageObject::length(own(vm, args)?)))
}

fn element_size(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::from(own(vm, args)?.itemsize()))
}

fn data_ptr(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::from(own(vm, args)?.storage.data_ptr()))
}

fn address(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::from(own(vm, args)?.storage.address()))
}

fn device(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::Device(own(vm, args)?.storage.device()))
}

fn tolist(vm: &dyn Vm, args: &Args) -> Result<Value> {
    data::to_list(&own(vm, args)?.flat()?)
}

fn untyped(vm: &dyn Vm, args: &Args) -> Result<Value> {
    if own(vm, args)?.dtype.is_none() {
        return Ok(args.receiver().clone());
    }
    Ok(Value::native(StorageObject::untyped(own(vm, args)?.storage.clone())))
}

fn resize(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let own = own(vm, args)?;
    let length = args.int(vm, 0)?;
    let nbytes = usize::try_from(length).ok().and_then(|length| length.checked_mul(own.itemsize()));
    match nbytes {
        Some(nbytes) => own.storage.resize(nbytes)?,
        None => return Err(Error::runtime(format!("Overflow when unpacking a size: {length}"))),
    }
    Ok(if own.dtype.is_some() { Value::None } else { args.receiver().clone() })
}

fn set_item(vm: &dyn Vm, args: &Args) -> Result<Value> {
    own(vm, args)?.store(vm, args.value(0), args.value(1))?;
    Ok(Value::None)
}

fn copy(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let own = own(vm, args)?;
    let copied = own.flat()?.through("clone")?;
    Ok(Value::native(StorageObject::of(copied.storage()?, own.dtype)))
}

/// `storage.type()`: the name of its class.
fn type_of(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let own = own(vm, args)?;
    let name = match own.dtype {
        Some(dtype) if super::storage_class::has_class(dtype) => {
            format!("torch.{}Storage", legacy_name(dtype))
        }
        Some(_) => "torch.storage.TypedStorage".to_owned(),
        None => "torch.storage.UntypedStorage".to_owned(),
    };
    let Some(wanted) = args.some(0) else { return Ok(Value::from(name)) };
    let wanted = match (wanted.as_str(), wanted.as_native::<super::storage_class::StorageType>()) {
        (Some(text), _) => text.to_string(),
        (None, Some(class)) => format!("torch.{}Storage", legacy_name(class.0)),
        _ => return Err(args.wrong_type(vm, 0, "the name of a class of storages")),
    };
    if wanted == name {
        return Ok(args.receiver().clone());
    }
    // PyTorch's own answer is an error of sizes that do not fit; the numbers as another dtype are what is meant.
    Err(Error::type_error(format!("a {name} is not made a {wanted} by type()"))
        .hint("storage.float(), storage.long() … give its numbers in another dtype"))
}

fn no(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    Ok(Value::Bool(false))
}

fn yes(_vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::Bool(args.value(0).as_native::<StorageObject>().is_some()))
}

macro_rules! rows {
    ($($of:literal)*) => {
        &[
            Builtin::method("Tensor", "untyped_storage", &[], untyped_storage).says("the memory it lies in, as bytes"),
            Builtin::method("Tensor", "storage", &[], typed_storage).says("the memory it lies in, as numbers"),
            Builtin::method("Tensor", "_typed_storage", &[], typed_storage),
            Builtin::method(
                "Tensor",
                "set_",
                &[opt("source", "None"), opt("storage_offset", "0"), opt("size", "None"), opt("stride", "None")],
                set,
            )
            .says("puts another storage under it"),
            Builtin::function("torch", "is_storage", &[req("obj")], yes),
            $(
            Builtin::method($of, "nbytes", &[], nbytes).says("its length in bytes"),
            Builtin::method($of, "size", &[], size).says("its length in elements"),
            Builtin::method($of, "element_size", &[], element_size),
            Builtin::method($of, "data_ptr", &[], data_ptr).says("the address of its first byte"),
            Builtin::property($of, "_cdata", address),
            Builtin::property($of, "device", device),
            Builtin::method($of, "tolist", &[], tolist),
            Builtin::method($of, "untyped", &[], untyped),
            Builtin::method($of, "_untyped", &[], untyped),
            Builtin::method($of, "resize_", &[req("_size")], resize).says("makes it longer or shorter"),
            Builtin::method($of, "__setitem__", &[pos("_index"), pos("_value")], set_item),
            Builtin::method($of, "clone", &[], copy),
            Builtin::method($of, "type", &[opt("dtype", "None"), opt("non_blocking", "False")], type_of),
            Builtin::method($of, "is_shared", &[], no),
            Builtin::property($of, "is_cuda", no),
            )*
        ]
    };
}

/// The storage on a device: itself where it is there.
///
/// # Errors
/// What libtorch raises.
pub fn moved(storage: Storage, device: Device) -> Result<Storage> {
    if storage.device().kind == device.kind
        && (device.index.is_none() || storage.device().index == device.index)
    {
        return Ok(storage);
    }
    let length = i64::try_from(storage.nbytes()).unwrap_or(i64::MAX);
    if device.kind == DeviceKind::Meta {
        return Storage::fresh(storage.nbytes(), true);
    }
    let bytes = storage.tensor(Dtype::UINT8, &[length], None, 0)?;
    tensor_of("Tensor", "to", &[Arg::Tensor(bytes)], &[("device", Arg::Device(device))])?.storage()
}

/// The rows of this file.
pub const ROWS: &[Builtin] = rows! { "UntypedStorage" "TypedStorage" };

/// The classes.
pub const TYPES: &[TypeRow] = &[
    TypeRow {
        name: "UntypedStorage",
        module: "torch.storage",
        base: "object",
        summary: "bytes that tensors share",
    },
    TypeRow {
        name: "TypedStorage",
        module: "torch.storage",
        base: "object",
        summary: "numbers that tensors share",
    },
];
