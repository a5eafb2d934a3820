//! Tensors of another dtype or on another device.

use super::convert::tensor_of;
use torchsh_aten::{Arg, Device, MemoryFormat, Tensor};
use torchsh_base::error::Result;
use torchsh_checkpoint::dtype::Dtype;

/// What a tensor is to become.
#[derive(Clone, Copy, Default)]
pub struct To {
    /// On which device.
    pub device: Option<Device>,
    /// Of which dtype.
    pub dtype: Option<Dtype>,
    /// A copy even where nothing changes.
    pub copy: bool,
    /// In which order in memory.
    pub memory_format: Option<MemoryFormat>,
}

impl To {
    /// Only another dtype.
    #[must_use]
    pub fn dtype(dtype: Dtype) -> Self {
        To { dtype: Some(dtype), ..To::default() }
    }

    /// Only another device.
    #[must_use]
    pub fn device(device: Device) -> Self {
        To { device: Some(device), ..To::default() }
    }
}

/// Whether a tensor on `own` already is on `wanted`.
fn is_there(own: Device, wanted: Device) -> bool {
    own.kind == wanted.kind && wanted.index.is_none_or(|index| own.index.unwrap_or(0) == index)
}

/// The tensor as it is asked for: the same one where nothing changes.
///
/// # Errors
/// No such device, no such conversion.
pub fn to(tensor: &Tensor, wanted: &To) -> Result<Tensor> {
    let same_device = wanted.device.is_none_or(|device| is_there(tensor.device(), device));
    let same_dtype = wanted.dtype.is_none_or(|dtype| dtype == tensor.dtype());
    let same_order = match wanted.memory_format {
        None | Some(MemoryFormat::PRESERVE) => true,
        Some(format) => tensor.is_contiguous(format),
    };
    if same_device && same_dtype && same_order && !wanted.copy {
        return Ok(tensor.clone());
    }
    let mut keywords = Vec::new();
    if let Some(dtype) = wanted.dtype {
        keywords.push(("dtype", Arg::Dtype(dtype)));
    }
    if let Some(device) = wanted.device {
        keywords.push(("device", Arg::Device(device)));
    }
    if let Some(format) = wanted.memory_format {
        keywords.push(("memory_format", Arg::MemoryFormat(format)));
    }
    tensor_of("aten", "_to_copy", &[Arg::Tensor(tensor.clone())], &keywords)
}
