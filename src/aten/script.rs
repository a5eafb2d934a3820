//! Modules of TorchScript archives, which libtorch loads and runs.

use std::ffi::{CString, c_void};
use std::ptr::NonNull;

use super::Arg;
use super::call::{Lists, item, taken};
use super::raw::{self, Item, Tag, check, pointer};
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::origin;

/// A module that runs the code of its file.
pub struct Script(NonNull<c_void>);

impl Script {
    /// The module in a file, its tensors on the CPU.
    ///
    /// # Errors
    /// What libtorch says of the file; the door cannot be opened.
    pub fn load(path: &str) -> Result<Script> {
        let path = text(path)?;
        // SAFETY: the text outlives the call.
        Script::of(pointer(|out| unsafe { raw::torchsh_script_load(path.as_ptr(), out) })?)
    }

    fn of(module: *mut c_void) -> Result<Script> {
        NonNull::new(module).map(Script).ok_or_else(|| Error::runtime("libtorch gave no module"))
    }

    /// What it holds itself, one a line: its class, `t 1` where it is trained, then `p name` for parameters, `b name` for buffers, `m name` for modules and
    /// `f name argument …` for methods.
    ///
    /// # Errors
    /// What libtorch raises.
    pub fn parts(&self) -> Result<String> {
        let mut out = std::ptr::null_mut();
        // SAFETY: the module is live, `out` outlives the call.
        check(unsafe { raw::torchsh_script_parts(self.0.as_ptr(), &raw mut out) })?;
        Ok(raw::taken(out))
    }

    /// Its own parameters, then its own buffers, in the order of its parts.
    ///
    /// # Errors
    /// What libtorch raises.
    pub fn tensors(&self) -> Result<Vec<Arg>> {
        // SAFETY: the module is live.
        Ok(taken(pointer(|out| unsafe { raw::torchsh_script_tensors(self.0.as_ptr(), out) })?))
    }

    /// A module within.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn child(&self, name: &str) -> Result<Script> {
        let name = text(name)?;
        // SAFETY: the module is live, the text outlives the call.
        Script::of(pointer(|out| unsafe { raw::torchsh_script_child(self.0.as_ptr(), name.as_ptr(), out) })?)
    }

    /// Runs a method; none for an argument that takes its default.
    ///
    /// # Errors
    /// Arguments that do not fit, and whatever its code raises.
    pub fn call(&self, method: &str, arguments: &[Option<Arg>]) -> Result<Arg> {
        let method = text(method)?;
        // Tensors of files become libtorch's.
        arguments.iter().flatten().try_for_each(Arg::wake)?;
        let mut lists = Lists::default();
        let items: Vec<Item> = arguments
            .iter()
            .map(|arg| arg.as_ref().map_or_else(|| Item::new(Tag::Missing), |arg| item(arg, &mut lists)))
            .collect();
        super::pending::fill(&items)?;
        // SAFETY: the module is live; as many items as said, and what they point to outlives the call.
        let results = pointer(|out| unsafe {
            raw::torchsh_script_call(self.0.as_ptr(), method.as_ptr(), items.as_ptr(), items.len(), out)
        })?;
        let result = taken(results).into_iter().next().unwrap_or(Arg::None);
        origin::refuse().map(|()| result)
    }

    /// Whether it and all within are trained.
    ///
    /// # Errors
    /// What libtorch raises.
    pub fn train(&self, on: bool) -> Result<()> {
        // SAFETY: the module is live.
        check(unsafe { raw::torchsh_script_train(self.0.as_ptr(), on) })
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        // SAFETY: the module is ours to free.
        unsafe { raw::torchsh_script_free(self.0.as_ptr()) }
    }
}

fn text(text: &str) -> Result<CString> {
    CString::new(text).map_err(|_| Error::value("embedded null character"))
}
