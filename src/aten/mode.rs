//! Modes of a thread: inference, and operators that choose their own dtype.

use std::ffi::c_void;

use super::raw::{self, check};
use super::{DeviceKind, door};
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::dtype::Dtype;

/// Whether tensors made now keep nothing for gradients, for ever.
#[must_use]
pub fn inference_enabled() -> bool {
    // SAFETY: nothing is borrowed.
    door::is_open() && unsafe { raw::torchsh_inference_enabled() }
}

/// Inference mode, on or off, until it is dropped. The one made last must be dropped first.
pub struct Inference(*mut c_void);

impl Inference {
    /// Enters the mode.
    #[must_use]
    pub fn enter(on: bool) -> Inference {
        // SAFETY: the guard is given back when this is dropped.
        Inference(unsafe { raw::torchsh_inference_enter(on) })
    }
}

impl Drop for Inference {
    fn drop(&mut self) {
        // SAFETY: the guard is ours, given back once.
        unsafe { raw::torchsh_inference_leave(self.0) }
    }
}

/// Whether operators on that kind of device choose their dtype.
///
/// # Errors
/// A kind of device for which that is not thought of.
pub fn autocasts(kind: DeviceKind) -> Result<bool> {
    let mut on = false;
    // SAFETY: `on` outlives the call.
    check(unsafe { raw::torchsh_autocast_enabled(kind as i32, &raw mut on) })?;
    Ok(on)
}

/// Has operators on that kind of device choose their dtype, or not.
///
/// # Errors
/// As [`autocasts`].
pub fn set_autocast(kind: DeviceKind, on: bool) -> Result<()> {
    // SAFETY: nothing is borrowed.
    check(unsafe { raw::torchsh_set_autocast_enabled(kind as i32, on) })
}

/// The dtype that they choose where they can.
///
/// # Errors
/// As [`autocasts`].
pub fn autocast_dtype(kind: DeviceKind) -> Result<Dtype> {
    let mut number = 0;
    // SAFETY: `number` outlives the call.
    check(unsafe { raw::torchsh_autocast_dtype(kind as i32, &raw mut number) })?;
    Dtype::from_number(i64::from(number)).ok_or_else(|| Error::runtime("autocast to an unknown dtype"))
}

/// Sets the dtype that they choose where they can.
///
/// # Errors
/// As [`autocasts`].
pub fn set_autocast_dtype(kind: DeviceKind, dtype: Dtype) -> Result<()> {
    // SAFETY: nothing is borrowed.
    check(unsafe { raw::torchsh_set_autocast_dtype(kind as i32, i32::from(dtype.number())) })
}

/// Enters a block of autocast, or leaves one; what was cast is forgotten with the outermost.
pub fn nest_autocast(deeper: bool) {
    // SAFETY: nothing is borrowed.
    unsafe { raw::torchsh_autocast_nest(deeper) }
}

/// Whether a weight that was cast once is kept for its next use within the block.
#[must_use]
pub fn autocast_caches() -> bool {
    // SAFETY: nothing is borrowed.
    unsafe { raw::torchsh_autocast_caches() }
}

/// Keeps cast weights within a block, or does not.
pub fn set_autocast_caches(on: bool) {
    // SAFETY: nothing is borrowed.
    unsafe { raw::torchsh_set_autocast_caches(on) }
}
