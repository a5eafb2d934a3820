//! Sources of random numbers.

use std::ffi::c_void;
use std::ptr::NonNull;

use super::raw::{self, check, pointer};
use super::{Device, Tensor};
use torchsh_base::error::{Error, Result};

/// `torch.Generator`: a reference to libtorch's; clones are references to the same.
pub struct Generator(NonNull<c_void>);

impl Clone for Generator {
    fn clone(&self) -> Self {
        // SAFETY: the pointer is live, as `self` is.
        unsafe { raw::torchsh_generator_retain(self.raw()) };
        Generator(self.0)
    }
}

impl PartialEq for Generator {
    /// Whether both are the same generator.
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl std::fmt::Debug for Generator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Generator({})", self.device())
    }
}

impl Drop for Generator {
    fn drop(&mut self) {
        // SAFETY: this reference is ours, and nobody uses it from here on.
        unsafe { raw::torchsh_generator_release(self.raw()) };
    }
}

impl Generator {
    pub(super) fn raw(&self) -> *const c_void {
        self.0.as_ptr()
    }

    fn made(device: Device, fresh: bool) -> Result<Generator> {
        let kind = device.kind as i32;
        // SAFETY: nothing is borrowed.
        let made = pointer(|out| unsafe { raw::torchsh_generator(kind, device.raw_index(), fresh, out) })?;
        NonNull::new(made).map(Generator).ok_or_else(|| Error::runtime("no generator"))
    }

    /// A new generator with libtorch's usual first seed.
    ///
    /// # Errors
    /// There is no such device.
    pub fn new(device: Device) -> Result<Generator> {
        super::cuda::require(device)?;
        Generator::made(device, true)
    }

    /// The generator that operators on a device use where none is given.
    ///
    /// # Errors
    /// There is no such device.
    pub fn default_of(device: Device) -> Result<Generator> {
        super::cuda::require(device)?;
        Generator::made(device, false)
    }

    fn seeded(&self, action: i32, value: u64) -> Result<u64> {
        let mut seed = 0;
        // SAFETY: the generator is live, `seed` outlives the call.
        check(unsafe { raw::torchsh_generator_seed(self.raw(), action, value, &raw mut seed) })?;
        Ok(seed)
    }

    /// Starts its sequence anew from a seed.
    ///
    /// # Errors
    /// What libtorch raises.
    pub fn manual_seed(&self, seed: u64) -> Result<()> {
        self.seeded(0, seed).map(drop)
    }

    /// The seed it was given last.
    ///
    /// # Errors
    /// What libtorch raises.
    pub fn initial_seed(&self) -> Result<u64> {
        self.seeded(1, 0)
    }

    /// Seeds it by chance, and tells the seed.
    ///
    /// # Errors
    /// What libtorch raises.
    pub fn seed(&self) -> Result<u64> {
        self.seeded(2, 0)
    }

    /// Its state, a tensor of bytes.
    ///
    /// # Errors
    /// What libtorch raises.
    pub fn state(&self) -> Result<Tensor> {
        // SAFETY: the generator is live.
        Tensor::of(|out| unsafe { raw::torchsh_generator_state(self.raw(), out) })
    }

    /// Puts it into a state that [`Generator::state`] gave.
    ///
    /// # Errors
    /// It is no such state.
    pub fn set_state(&self, state: &Tensor) -> Result<()> {
        // SAFETY: both are live.
        check(unsafe { raw::torchsh_generator_set_state(self.raw(), state.filled()?.raw()) })
    }

    /// On which device it makes numbers.
    #[must_use]
    pub fn device(&self) -> Device {
        let (mut kind, mut index) = (0, -1);
        // SAFETY: the generator is live, the places outlive the call.
        unsafe { raw::torchsh_generator_device(self.raw(), &raw mut kind, &raw mut index) };
        Device::from_raw(kind, index)
    }
}

/// Seeds the generators of all devices.
///
/// # Errors
/// What libtorch raises.
pub fn manual_seed(seed: u64) -> Result<()> {
    super::cuda::seed_when_loaded(seed);
    // SAFETY: nothing is borrowed.
    check(unsafe { raw::torchsh_manual_seed(seed, super::cuda::is_loaded()) })
}
