//! Storages as a program sees them: `tensor.untyped_storage()`, `tensor.storage()`.

use std::any::Any;

use crate::aten::{Storage, Tensor};
use crate::builtins::torch::data;
use crate::builtins::torch::make::legacy_name;
use crate::checkpoint::dtype::Dtype;
use crate::error::{Error, Kind, Result};
use crate::value::{Args, Builtin, Native, Str, TypeRow, Value, Vm, opt, pos, req};

/// `torch.UntypedStorage`: bytes; with a dtype, `torch.TypedStorage`: numbers.
pub struct StorageObject {
    storage: Storage,
    dtype: Option<Dtype>,
}

impl StorageObject {
    /// The bytes that tensors share.
    #[must_use]
    pub fn untyped(storage: Storage) -> Self {
        StorageObject { storage, dtype: None }
    }

    /// The storage.
    #[must_use]
    pub fn storage(&self) -> &Storage {
        &self.storage
    }

    /// A storage seen as numbers of a dtype, or as bytes.
    #[must_use]
    pub fn of(storage: Storage, dtype: Option<Dtype>) -> Self {
        StorageObject { storage, dtype }
    }

    /// What it is seen as; none for bytes.
    #[must_use]
    pub fn dtype(&self) -> Option<Dtype> {
        self.dtype
    }

    fn itemsize(&self) -> usize {
        self.dtype.map_or(1, Dtype::itemsize)
    }

    fn length(&self) -> usize {
        self.storage.nbytes() / self.itemsize()
    }

    /// All of it as a flat tensor.
    ///
    /// # Errors
    /// What libtorch raises.
    pub fn flat(&self) -> Result<Tensor> {
        let length = self.length() as i64;
        self.storage.tensor(self.dtype.unwrap_or(Dtype::UINT8), &[length], None, 0)
    }
}

impl Native for StorageObject {
    fn type_name(&self) -> &str {
        if self.dtype.is_some() { "TypedStorage" } else { "UntypedStorage" }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn attribute(&self, _vm: &dyn Vm, name: &Str) -> Option<Result<Value>> {
        let dtype = self.dtype?;
        (name.as_str() == "dtype").then_some(Ok(Value::Dtype(dtype)))
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
        if let Value::Slice(_) = index {
            let part = super::index::get(vm, &self.flat()?, index)?;
            let storage = self.storage.clone();
            let _ = part;
            return Ok(Value::native(StorageObject { storage, dtype: self.dtype }));
        }
        let at = crate::value::number::index(vm, index)?;
        let length = StorageObject::length(self) as i64;
        if at < -length || at >= length {
            let message = format!("index {at} out of range for storage of size {length}");
            return Err(Error::new(Kind::Index, message));
        }
        let at = Value::Int(at.rem_euclid(length.max(1)));
        let element = super::index::get(vm, &self.flat()?, &at)?;
        Ok(data::numbers(&element)?.into_iter().next().unwrap_or(Value::None))
    }

    /// One number a line, then what it is.
    fn show(&self, vm: &dyn Vm) -> Result<String> {
        let (device, length) = (self.storage.device(), StorageObject::length(self));
        let mut text = String::new();
        if device.kind == crate::aten::DeviceKind::Meta {
            text.push_str("...");
        } else {
            let lines: Result<Vec<String>> = data::numbers(&self.flat()?)?
                .iter()
                .map(|number| vm.repr(number).map(|number| format!(" {number}")))
                .collect();
            text.push_str(&lines?.join("\n"));
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

fn untyped_storage(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let storage = args.receiver_tensor(vm)?.tensor().storage()?;
    Ok(Value::native(StorageObject::untyped(storage)))
}

fn typed_storage(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let tensor = args.receiver_tensor(vm)?.tensor().clone();
    Ok(Value::native(StorageObject { storage: tensor.storage()?, dtype: Some(tensor.dtype()) }))
}

/// `set_(source[, storage_offset, size, stride])`: another storage under the same tensor.
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
                        (source.storage.clone(), (source.storage.nbytes() / dtype.itemsize()) as i64)
                    }
                    None => return Err(args.wrong_type(vm, 0, "Storage or Tensor")),
                },
            };
            let sizes = |index: usize| {
                args.some(index)
                    .map(|value| crate::builtins::torch::convert::sizes_of(vm, std::slice::from_ref(value)))
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
    Ok(args.receiver().clone())
}

fn set_item(vm: &dyn Vm, args: &Args) -> Result<Value> {
    super::index::set(vm, &own(vm, args)?.flat()?, args.value(0), args.value(1))?;
    Ok(Value::None)
}

fn copy(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let own = own(vm, args)?;
    let copied = own.flat()?.through("clone")?;
    Ok(Value::native(StorageObject { storage: copied.storage()?, dtype: own.dtype }))
}

fn type_of(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let own = own(vm, args)?;
    Ok(Value::str(match own.dtype {
        Some(dtype) => format!("torch.{}Storage", legacy_name(dtype)),
        None => "torch.storage.UntypedStorage".to_owned(),
    }))
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
            Builtin::method($of, "type", &[], type_of),
            Builtin::method($of, "is_shared", &[], no),
            Builtin::property($of, "is_cuda", no),
            )*
        ]
    };
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
