//! What is set for all operators: gradients on or off, the default dtype, threads, warnings.

use std::cell::Cell;

use super::Device;
use super::door;
use super::raw::{self, check};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_checkpoint::dtype::Dtype;

/// Whether operators record what gradients need.
#[must_use]
pub fn grad_enabled() -> bool {
    // SAFETY: nothing is borrowed.
    !door::is_open() || unsafe { raw::torchsh_grad_enabled() }
}

/// Turns the recording on or off, for this thread.
pub fn set_grad_enabled(on: bool) {
    // SAFETY: nothing is borrowed.
    unsafe { raw::torchsh_set_grad_enabled(on) }
}

/// Opens a level within which tensors can have tangents; gives its number.
///
/// # Errors
/// One is open already.
pub fn enter_dual() -> Result<i64> {
    let mut level = 0;
    // SAFETY: the place outlives the call.
    check(unsafe { raw::torchsh_dual_enter(&raw mut level) })?;
    Ok(level)
}

/// Closes the level that was opened last.
///
/// # Errors
/// It is not that one.
pub fn exit_dual(level: i64) -> Result<()> {
    // SAFETY: nothing is borrowed.
    check(unsafe { raw::torchsh_dual_exit(level) })
}

/// Whether operators compute tangents.
#[must_use]
pub fn forward_enabled() -> bool {
    // SAFETY: nothing is borrowed.
    !door::is_open() || unsafe { raw::torchsh_forward_enabled() }
}

/// Turns tangents on or off, for this thread.
pub fn set_forward_enabled(on: bool) {
    // SAFETY: nothing is borrowed.
    unsafe { raw::torchsh_set_forward_enabled(on) }
}

/// Whether libtorch looks for where a wrong gradient comes from, and whether NaN is one.
#[must_use]
pub fn anomaly() -> (bool, bool) {
    if !door::is_open() {
        return (false, true);
    }
    let mut checks_nan = true;
    // SAFETY: the place outlives the call.
    let on = unsafe { raw::torchsh_anomaly(&raw mut checks_nan) };
    (on, checks_nan)
}

/// Has libtorch look for where a wrong gradient comes from.
pub fn set_anomaly(on: bool, check_nan: bool) {
    // SAFETY: nothing is borrowed.
    unsafe { raw::torchsh_set_anomaly(on, check_nan) }
}

/// Whether what libtorch warns of once is said each time.
#[must_use]
pub fn warn_always() -> bool {
    // SAFETY: nothing is borrowed.
    door::is_open() && unsafe { raw::torchsh_warn_always() }
}

/// Has what libtorch warns of once said each time.
pub fn set_warn_always(on: bool) {
    // SAFETY: nothing is borrowed.
    unsafe { raw::torchsh_set_warn_always(on) }
}

// ---- dtypes and devices -----------------------------------------------------------------------------------------

/// The dtype of floats where none is given.
#[must_use]
pub fn default_dtype() -> Dtype {
    if !door::is_open() {
        return Dtype::FLOAT32;
    }
    // SAFETY: nothing is borrowed.
    let number = unsafe { raw::torchsh_default_dtype() };
    Dtype::from_number(i64::from(number)).unwrap_or(Dtype::FLOAT32)
}

/// Sets the dtype of floats where none is given. The caller sees to it that it is one of floating point.
pub fn set_default_dtype(dtype: Dtype) {
    // SAFETY: nothing is borrowed. libtorch refuses no dtype that is of floating point.
    drop(check(unsafe { raw::torchsh_set_default_dtype(i32::from(dtype.number())) }));
}

/// The dtype that holds the numbers of both (`torch.promote_types`); `left` where there is none.
#[must_use]
pub fn promote(left: Dtype, right: Dtype) -> Dtype {
    let mut number = 0;
    // SAFETY: `number` outlives the call.
    let fault =
        unsafe { raw::torchsh_promote(i32::from(left.number()), i32::from(right.number()), &raw mut number) };
    match check(fault) {
        Ok(()) => Dtype::from_number(i64::from(number)).unwrap_or(left),
        Err(_) => left,
    }
}

thread_local! {
    static DEFAULT_DEVICE: Cell<Option<Device>> = const { Cell::new(None) };
}

/// Where tensors are made if no device is given, once that was set.
#[must_use]
pub fn default_device() -> Option<Device> {
    DEFAULT_DEVICE.get()
}

/// `torch.set_default_device`
pub fn set_default_device(device: Option<Device>) {
    DEFAULT_DEVICE.set(device);
}

// ---- threads ----------------------------------------------------------------------------------------------------

/// How many threads one operator may use.
#[must_use]
pub fn threads() -> i64 {
    // SAFETY: nothing is borrowed.
    i64::from(unsafe { raw::torchsh_threads() })
}

/// Sets how many threads one operator may use.
///
/// # Errors
/// `RuntimeError` if it is not positive.
pub fn set_threads(count: i64) -> Result<()> {
    let count = i32::try_from(count).ok().filter(|&count| count > 0);
    let count = count.ok_or_else(|| Error::runtime("set_num_threads expects a positive integer"))?;
    door::open()?;
    // SAFETY: nothing is borrowed.
    unsafe { raw::torchsh_set_threads(count) };
    Ok(())
}

/// How many operators may run side by side.
#[must_use]
pub fn interop_threads() -> i64 {
    // SAFETY: nothing is borrowed.
    i64::from(unsafe { raw::torchsh_interop_threads() })
}

/// Sets how many operators may run side by side; once, before any does.
///
/// # Errors
/// `RuntimeError` if it is not positive or comes too late.
pub fn set_interop_threads(count: i64) -> Result<()> {
    let count = i32::try_from(count).ok().filter(|&count| count > 0);
    let count = count.ok_or_else(|| Error::runtime("set_num_interop_threads expects a positive integer"))?;
    // SAFETY: nothing is borrowed.
    check(unsafe { raw::torchsh_set_interop_threads(count) })
}

/// Whether operators that give another result every time are refused.
#[must_use]
pub fn deterministic() -> bool {
    // SAFETY: nothing is borrowed.
    unsafe { raw::torchsh_deterministic() }
}

/// `torch.use_deterministic_algorithms`
///
/// # Errors
/// What libtorch raises.
pub fn set_deterministic(on: bool, warn_only: bool) -> Result<()> {
    // SAFETY: nothing is borrowed.
    check(unsafe { raw::torchsh_set_deterministic(on, warn_only) })
}

/// Whether sparse tensors are checked when they are made; as before once it is dropped.
pub(super) struct SparseChecks(i32);

impl SparseChecks {
    pub(super) fn set(on: bool) -> SparseChecks {
        // SAFETY: nothing is borrowed.
        let before = unsafe { raw::torchsh_checks_sparse() };
        // SAFETY: likewise.
        unsafe { raw::torchsh_set_checks_sparse(i32::from(on)) };
        SparseChecks(before)
    }
}

impl Drop for SparseChecks {
    fn drop(&mut self) {
        // SAFETY: nothing is borrowed.
        unsafe { raw::torchsh_set_checks_sparse(self.0) };
    }
}

// ---- warnings ---------------------------------------------------------------------------------------------------

/// Takes the warnings that operators of this thread gave since the last time: the class of each, and its text.
#[must_use]
pub fn take_warnings() -> Vec<(Kind, String)> {
    let mut warnings = Vec::new();
    if !door::is_open() {
        return warnings;
    }
    // SAFETY: nothing is borrowed; the texts are ours.
    while unsafe { raw::torchsh_warnings() } > 0 {
        let mut kind = 0;
        // SAFETY: `kind` outlives the call.
        let text = raw::taken(unsafe { raw::torchsh_warning(&raw mut kind) });
        warnings.push((if kind == 1 { Kind::DeprecationWarning } else { Kind::UserWarning }, text));
    }
    warnings
}
