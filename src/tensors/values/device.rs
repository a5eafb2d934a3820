//! Devices as arguments.

use torchsh_aten::{Device, DeviceKind};
use torchsh_base::error::{Error, Result};
use torchsh_language::value::{Value, Vm};

/// A device argument: a device, its text, or the number of a GPU.
///
/// # Errors
/// `TypeError` for anything else, or as [`Device::parse`].
pub fn device_of(vm: &dyn Vm, value: &Value) -> Result<Device> {
    match value {
        Value::Device(device) => Ok(*device),
        Value::Int(index) => match u8::try_from(*index) {
            Ok(index) => Ok(Device { kind: DeviceKind::Cuda, index: Some(index) }),
            Err(_) => Err(Error::runtime(format!("Device index must not be negative, got {index}"))),
        },
        other => match other.as_str() {
            Some(text) => Device::parse(&text),
            None => {
                let name = vm.type_name(other);
                Err(Error::type_error(format!("argument 'device' must be torch.device, not {name}")))
            }
        },
    }
}
