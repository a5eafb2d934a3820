//! libtorch's part for CUDA. It is large and few need it, so it is loaded when somebody mentions `cuda`: from the
//! folder libtorch lies in, where `scripts/setup --cuda` puts it and where PyTorch has it.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use libloading::os::unix::{Library as Loaded, RTLD_GLOBAL, RTLD_LAZY, RTLD_LOCAL, RTLD_NOW};

use super::raw::{self, check};
use super::{Device, DeviceKind, door, state};
use torchsh_base::error::{Error, Result};

const LIBRARY: &str = "libtorch_cuda.so";
const DRIVER: &str = "libcuda.so.1";
const NO_DRIVER: &str = "Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU and installed a \
                         driver from http://www.nvidia.com/Download/index.aspx";

/// What came of loading it.
enum Library {
    Loaded,
    NoDriver,
    Missing,
    Broken(String),
}

fn library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let loaded = load();
        if matches!(loaded, Library::Loaded) {
            // A seed given before CUDA came is meant for it, too. What fails here, fails again where it matters.
            drop(seed_late_devices());
        }
        loaded
    })
}

thread_local! {
    /// The seed that devices get which are not there yet.
    static SEED: Cell<Option<u64>> = const { Cell::new(None) };
}

/// The seed of CUDA's generators, should it come.
pub(super) fn seed_when_loaded(seed: u64) {
    SEED.set(Some(seed));
}

/// Seeds the generators of devices that were not there when their seed was given.
fn seed_late_devices() -> Result<()> {
    // SAFETY: nothing is borrowed.
    SEED.get().map_or(Ok(()), |seed| check(unsafe { raw::torchsh_manual_seed(seed, true) }))
}

fn load() -> Library {
    if keep(Path::new(DRIVER), RTLD_LAZY | RTLD_LOCAL).is_err() {
        return Library::NoDriver;
    }
    // It registers itself with libtorch, which has to be there first.
    if let Err(error) = door::open() {
        return Library::Broken(error.message().to_owned());
    }
    let Some(path) = place().filter(|path| path.exists()) else { return Library::Missing };
    match keep(&path, RTLD_NOW | RTLD_GLOBAL) {
        Ok(()) => Library::Loaded,
        Err(error) => Library::Broken(door::reason(&error)),
    }
}

/// Loads a library for good.
fn keep(path: &Path, flags: i32) -> Result<(), libloading::Error> {
    // SAFETY: what these libraries run when they are loaded is theirs to answer for.
    unsafe { Loaded::open(Some(path), flags) }.map(std::mem::forget)
}

/// Beside libtorch itself.
fn place() -> Option<PathBuf> {
    // SAFETY: nothing is borrowed; the text is ours.
    let own = PathBuf::from(raw::taken(unsafe { raw::torchsh_library() }));
    Some(own.parent()?.join(LIBRARY))
}

/// Whether libtorch's part for CUDA is in this process. Loads nothing.
#[must_use]
pub fn cuda_is_loaded() -> bool {
    LOADED.get().is_some_and(|loaded| *loaded)
}

pub(super) fn is_loaded() -> bool {
    cuda_is_loaded()
}

static LOADED: OnceLock<bool> = OnceLock::new();

/// Loads libtorch's part for CUDA where there is a driver. libtorch looks once for it and never again, so this comes
/// before whatever makes it look.
pub(super) fn prepare() -> bool {
    *LOADED.get_or_init(|| matches!(library(), Library::Loaded))
}

/// How many CUDA devices can be used.
#[must_use]
pub fn cuda_device_count() -> i64 {
    if !prepare() {
        return 0;
    }
    let mut count = 0;
    // SAFETY: `count` outlives the call.
    let counted = check(unsafe { raw::torchsh_cuda_count(&raw mut count) });
    if counted.is_ok() { count } else { 0 }
}

/// Sees to it that a device can be used.
///
/// # Errors
/// `RuntimeError` where there is no such device here, with what to do about it.
pub(super) fn require(device: Device) -> Result<()> {
    match device.kind {
        DeviceKind::Cpu | DeviceKind::Meta => Ok(()),
        DeviceKind::Cuda => require_cuda(),
        other => {
            let name = other.name();
            Err(Error::runtime(format!("PyTorch is not linked with support for {name} devices"))
                .hint("devices of this shell are cpu, cuda and meta"))
        }
    }
}

fn require_cuda() -> Result<()> {
    prepare();
    let error = match library() {
        Library::Loaded if cuda_device_count() > 0 => return Ok(()),
        Library::Loaded => {
            // Counting devices warned of what the error says.
            drop(state::take_warnings());
            Error::runtime("No CUDA GPUs are available")
        }
        Library::NoDriver => Error::runtime(NO_DRIVER),
        Library::Missing => {
            return Err(Error::runtime("Torch not compiled with CUDA enabled")
                .hint("the CUDA libraries are not installed: scripts/setup --cuda brings them (2.5 GB)"));
        }
        Library::Broken(reason) => {
            return Err(Error::runtime(format!("the CUDA libraries cannot be loaded: {reason}"))
                .hint("scripts/setup --cuda brings the libraries that belong to this libtorch"));
        }
    };
    Err(error.hint("without a GPU, work on the CPU: load(\"x.pt\", cpu), map_location=\"cpu\", .to(\"cpu\")"))
}
