//! The door's functions, each opening the door if need be, and how their faults become errors.

use std::ffi::{CStr, c_char, c_void};

pub use door_table::{Drop, Fault, HookCall, Info, Item, RawIndex, Tag, Tensors};

use super::door;
use torchsh_base::error::{Error, Kind, Result};

macro_rules! wrap {
    ($(fn $name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)?;)*) => {
        $(
            // SAFETY: as `door_table::functions` says of all of them.
            #[allow(missing_docs, clippy::missing_safety_doc, clippy::too_many_arguments)]
            pub unsafe fn $name($($argument: $type),*) $(-> $result)? {
                // SAFETY: the caller keeps to it.
                unsafe { (door::table().$name)($($argument),*) }
            }
        )*
    };
}

door_table::functions!(wrap);

/// By the numbers of `Kind` in state.cpp.
const KINDS: &[Kind] = &[
    Kind::Runtime,
    Kind::Index,
    Kind::Value,
    Kind::Type,
    Kind::NotImplemented,
    Kind::LinAlg,
    Kind::OutOfMemory,
];

/// Text that the C++ side allocated.
pub fn taken(text: *mut c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: it ends in a zero byte and is ours to free.
    unsafe {
        let copy = CStr::from_ptr(text).to_string_lossy().into_owned();
        torchsh_free(text.cast());
        copy
    }
}

/// Types of tensors as Python names them: `CPUFloatType` is `torch.FloatTensor`.
fn in_python(mut text: String) -> String {
    if !text.contains("Type") {
        return text;
    }
    for (device, module) in [("CUDA", "cuda."), ("CPU", "")] {
        for name in ["Byte", "Char", "Double", "Float", "Int", "Long", "Short", "Half"] {
            text = text.replace(&format!("{device}{name}Type"), &format!("torch.{module}{name}Tensor"));
        }
    }
    text
}

/// The outcome of a call of the C++ side.
///
/// # Errors
/// What it threw.
pub fn check(fault: *mut Fault) -> Result<()> {
    if fault.is_null() {
        return Ok(());
    }
    if fault == door::CLOSED {
        return Err(door::failure());
    }
    // SAFETY: a fault is given out once, for us to free.
    let (kind, text) = unsafe {
        let parts = ((*fault).kind, (*fault).text);
        torchsh_free(fault.cast());
        parts
    };
    let kind = usize::try_from(kind).ok().and_then(|kind| KINDS.get(kind)).copied().unwrap_or(Kind::Runtime);
    Err(Error::new(kind, in_python(taken(text))))
}

/// Calls `body` with a place for a pointer, and gives what it left there.
///
/// # Errors
/// As [`check`].
pub fn pointer(body: impl FnOnce(*mut *mut c_void) -> *mut Fault) -> Result<*mut c_void> {
    let mut out = std::ptr::null_mut();
    check(body(&raw mut out))?;
    Ok(out)
}
