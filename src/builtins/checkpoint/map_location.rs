//! Where the tensors of a file go: `map_location`.

use std::cell::Cell;
use std::rc::Rc;

use super::inert::Inert;
use torchsh_aten::{Device, DeviceKind, Storage, cuda_device_count};
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_language::value::{Args, Dict, Value, Vm};
use torchsh_tensors::{tensor::storage::moved, values::storage::StorageObject};

/// `map_location` of a load.
pub struct Place {
    wanted: Wanted,
    /// Whether a person was told that tensors of another device came to the CPU.
    told: Cell<bool>,
}

enum Wanted {
    /// Nothing said: where they were, if that is here.
    Saved,
    /// All there.
    Device(Device),
    /// By the location's text.
    Map(Rc<Dict>),
    /// `lambda storage, location: …`
    Function(Value),
}

impl Place {
    /// Reads `map_location`.
    ///
    /// # Errors
    /// A device that is not known.
    pub fn of(vm: &dyn Vm, map_location: &Value) -> Result<Place> {
        let wanted = match map_location {
            Value::None => Wanted::Saved,
            Value::Device(device) => Wanted::Device(*device),
            Value::Int(index) => Wanted::Device(Device::parse(&format!("cuda:{index}"))?),
            other => match (other.as_str(), other.as_dict()) {
                (Some(text), _) => Wanted::Device(Device::parse(text.as_str())?),
                (None, Some(dict)) => Wanted::Map(dict),
                _ => Wanted::Function(other.clone()),
            },
        };
        if let Wanted::Device(device) = &wanted {
            available(*device)?;
        }
        let _ = vm;
        Ok(Place { wanted, told: Cell::new(false) })
    }

    /// Moves a storage that was read to where it belongs.
    ///
    /// # Errors
    /// A device that is not there, no memory on it, or what a function given as `map_location` raises.
    pub fn put(&self, vm: &dyn Vm, storage: Storage, location: &str) -> Result<Storage> {
        match &self.wanted {
            Wanted::Saved => self.as_saved(vm, storage, location),
            Wanted::Device(device) => moved(storage, *device),
            Wanted::Map(map) => match map.get_name(location) {
                Some(Value::Device(device)) => moved(storage, device),
                Some(other) => match other.as_str() {
                    Some(text) => moved(storage, Device::parse(text.as_str())?),
                    None => Err(Error::type_error("map_location's values must be devices or their names")),
                },
                None => self.as_saved(vm, storage, location),
            },
            Wanted::Function(function) => {
                let args = [Value::native(StorageObject::untyped(storage.clone())), Value::str(location)];
                let answer = vm.call(function, &args, &[])?;
                match answer.as_native::<StorageObject>() {
                    Some(object) => Ok(object.storage().clone()),
                    None => self.as_saved(vm, storage, location),
                }
            }
        }
    }

    /// Where it was saved, if that is here; else on the CPU, which is said once.
    fn as_saved(&self, vm: &dyn Vm, storage: Storage, location: &str) -> Result<Storage> {
        let device = Device::parse(location).unwrap_or(Device::CPU);
        if matches!(location, "cpu" | "meta") || location.is_empty() {
            return Ok(storage);
        }
        let here =
            device.kind == DeviceKind::Cuda && i64::from(device.index.unwrap_or(0)) < cuda_device_count();
        if here {
            return moved(storage, device);
        }
        if !self.told.replace(true) {
            vm.notice(&format!("saved on {location}, which is not here: loaded to the CPU"));
        }
        Ok(storage)
    }
}

/// What to do about a GPU that is not there.
const NO_CUDA: &str = "load(\"x.pt\", cpu) brings it to the CPU; with a GPU, scripts/setup --cuda fetches CUDA's part of libtorch";

/// `need_cuda()`: an error where no GPU is here.
pub fn need_cuda(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    available(Device { kind: DeviceKind::Cuda, index: None }).map(|()| Value::None)
}

fn available(device: Device) -> Result<()> {
    if device.kind == DeviceKind::Cuda && cuda_device_count() == 0 {
        let message = "Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is False. If you \
                       are running on a CPU-only machine, please use torch.load with \
                       map_location=torch.device('cpu') to map your storages to the CPU.";
        return Err(Error::runtime(message).hint(NO_CUDA));
    }
    Ok(())
}

/// `torch.device`, or its text where the kind is not known here.
#[must_use]
pub fn device_value(text: &str) -> Value {
    match Device::parse(text) {
        Ok(device) => Value::Device(device),
        Err(_) => Value::native(Inert::text("torch.device", text)),
    }
}

/// The plain integers behind a quantized type.
///
/// # Errors
/// `NotImplementedError` for the types whose elements share bytes.
pub fn integers_of(dtype: Dtype) -> Result<Dtype> {
    match dtype {
        Dtype::QINT8 => Ok(Dtype::INT8),
        Dtype::QUINT8 => Ok(Dtype::UINT8),
        Dtype::QINT32 => Ok(Dtype::INT32),
        other => {
            let message = format!("tensors of {other} cannot be made here");
            Err(Error::new(torchsh_base::error::Kind::NotImplemented, message))
        }
    }
}
