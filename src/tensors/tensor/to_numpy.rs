//! `tensor.numpy()`: an array on the same memory, where there is one.

use crate::values::array::Array;
use crate::values::cast::{To, to};
use crate::values::convert::tensor_of;
use torchsh_aten::{Arg, Device, DeviceKind, Layout, Tensor};
use torchsh_base::error::{Error, Result};
use torchsh_language::value::{Args, Builtin, Value, Vm, kw};

fn numpy(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let tensor = args.receiver_tensor(vm)?.tensor().clone();
    refuse_layout(&tensor)?;
    let is_forced = args.truth_or(vm, 0, false)?;
    if !is_forced {
        refuse_unforced(&tensor)?;
    }
    if !Array::takes(tensor.dtype()) {
        let name = crate::values::type_names::legacy_name(tensor.dtype());
        return Err(Error::type_error(format!("Got unsupported ScalarType {name}")));
    }
    let mut tensor = tensor_of("Tensor", "detach", &[Arg::Tensor(tensor)], &[])?;
    if is_forced {
        tensor = to(&tensor, &To { device: Some(Device::CPU), ..To::default() })?;
        for operator in ["resolve_conj", "resolve_neg"] {
            tensor = tensor_of("Tensor", operator, &[Arg::Tensor(tensor)], &[])?;
        }
    }
    Ok(Value::native(Array::new(tensor)))
}

/// Elements that do not lie in memory one after another make no array.
fn refuse_layout(tensor: &Tensor) -> Result<()> {
    let name = match tensor.layout() {
        Layout::SPARSE => "Sparse",
        Layout::SPARSE_CSR => "SparseCsr",
        Layout::SPARSE_CSC => "SparseCsc",
        Layout::SPARSE_BSR => "SparseBsr",
        Layout::SPARSE_BSC => "SparseBsc",
        Layout::MKLDNN => "Mkldnn",
        Layout::JAGGED => "Jagged",
        _ => return Ok(()),
    };
    let message = format!("can't convert {name} layout tensor to numpy. Use Tensor.to_dense() first.");
    Err(Error::type_error(message))
}

/// What `force=True` does without being told: another device, a gradient, numbers that are not what memory holds.
fn refuse_unforced(tensor: &Tensor) -> Result<()> {
    let device = tensor.device();
    if device.kind != DeviceKind::Cpu {
        return Err(Error::type_error(format!(
            "can't convert {device} device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory first."
        )));
    }
    let message = if tensor.requires_grad() {
        "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."
    } else if tensor.is_conj() {
        "Can't call numpy() on Tensor that has conjugate bit set. Use tensor.resolve_conj().numpy() instead."
    } else if tensor.is_neg() {
        "Can't call numpy() on Tensor that has negative bit set. Use tensor.resolve_neg().numpy() instead."
    } else if tensor.is_zero() {
        " Cannot convert a ZeroTensor to numpy. Set force=True if you need the zero array."
    } else {
        return Ok(());
    };
    Err(Error::runtime(message))
}

/// The rows of this file.
pub const ROWS: &[Builtin] =
    &[Builtin::method("Tensor", "numpy", &[kw("force", "False")], numpy).says("an array on the same memory")];
