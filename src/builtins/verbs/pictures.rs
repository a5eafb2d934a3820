//! Answers as files of pictures: `hist x "out.svg"`.

use std::path::Path;

use super::Words;
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::write::replace;
use torchsh_language::value::figure::{self, Format};
use torchsh_language::value::report::{Report, size};
use torchsh_language::value::{Args, Str, Value, Vm};

/// The name of a file behind the other words, if there is one.
///
/// # Errors
/// `ValueError` for a name that is none of a picture.
pub fn path(vm: &dyn Vm, args: &Args, words: &mut Words<'_>) -> Result<Option<(Str, Format)>> {
    if words.left.as_slice().first().and_then(Value::as_str).is_none() {
        return Ok(None);
    }
    let path = words.text(vm, args, "a file name in quotes")?;
    let format = Format::of(&path)?;
    Ok(Some((path, format)))
}

/// Whether a text names a file of a picture.
pub fn is_path(text: &str) -> bool {
    Format::of(text).is_ok()
}

/// The answer, or, where a file is named, its picture in that file.
///
/// # Errors
/// What writing raises.
pub fn answer(vm: &dyn Vm, report: Report, path: Option<(Str, Format)>) -> Result<Value> {
    let Some((path, format)) = path else { return Ok(report.into_value()) };
    let drawn = figure::of(&report).ok_or_else(|| Error::value("there is no picture of it"))?;
    let bytes = drawn.bytes(format)?;
    let file = Path::new(path.as_str());
    replace(file, |out| out.write_all(&bytes).map_err(|error| Error::io(&error, file)))?;
    vm.notice(&format!(
        "drawn to {path} ({}x{}, {})",
        drawn.width,
        drawn.height,
        size::bytes(bytes.len() as u64)
    ));
    Ok(Value::None)
}
