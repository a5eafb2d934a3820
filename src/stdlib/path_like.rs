//! Arguments that are paths.

use std::path::PathBuf;

use torchsh_base::error::{Result, path_meant};
use torchsh_language::value::{Str, Value, Vm};

/// The path that an argument is: a string or an object with `__fspath__`.
///
/// # Errors
/// What its `__fspath__` raises.
pub fn path_of(vm: &dyn Vm, value: &Value) -> Result<Option<PathBuf>> {
    if let Some(text) = value.as_str() {
        return Ok(Some(expanded(text.as_str())));
    }
    match vm.attribute_or_none(value, &Str::intern("__fspath__"))? {
        Some(method) => Ok(vm.call(&method, &[], &[])?.as_str().map(|text| expanded(text.as_str()))),
        None => Ok(None),
    }
}

/// The path with `~` replaced by the home folder.
fn expanded(text: &str) -> PathBuf {
    match (text.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => path_meant(text),
    }
}
