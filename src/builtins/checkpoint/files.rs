//! `torch.load` and `torch.save`.

use std::path::PathBuf;
use std::rc::Rc;

use super::from_value::graph_of;
use super::place::Place;
use super::to_value::Maker;
use crate::checkpoint::graph::Loaded;
use crate::checkpoint::mapping::Mapping;
use crate::checkpoint::write::{SaveOptions, Saved, save_torch, write_torch};
use crate::checkpoint::{self, Options, fault};
use crate::error::{Error, Kind, Result};
use crate::value::{Args, Str, Value, Vm};

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
        _ => PathBuf::from(text),
    }
}

/// `torch.load(f, map_location=None, pickle_module=None, *, weights_only=True, mmap=None)`
pub fn torch_load(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let place = Place::of(vm, args.value(1))?;
    let mmap = args.truth_or(vm, 4, true)?;
    let loaded = read(vm, args.value(0), &Options { mmap })?;
    value_of(vm, &loaded, &place)
}

/// Reads a file, or what a file object gives.
///
/// # Errors
/// As [`checkpoint::open`]; `AttributeError` for what is neither.
pub fn read(vm: &dyn Vm, file: &Value, options: &Options) -> Result<Loaded> {
    if let Some(path) = path_of(vm, file)? {
        return checkpoint::open(&path, options);
    }
    let Some(method) = vm.attribute_or_none(file, &Str::intern("read"))? else {
        let got = vm.type_name(file);
        let message = format!(
            "'{got}' object has no attribute 'seek'. You can only torch.load from a file that is seekable. Please \
             pre-load the data into a buffer like io.BytesIO and try to load from it instead."
        );
        return Err(Error::new(Kind::Attribute, message));
    };
    let Value::Bytes(bytes) = vm.call(&method, &[], &[])? else {
        return Err(
            Error::type_error("a file to load from must be opened in binary mode").hint("open(path, \"rb\")")
        );
    };
    checkpoint::from_mapping(&Mapping::of_bytes(bytes.as_ref().clone(), "the file object"))
}

/// The value of what was read, its tensors where they belong.
///
/// # Errors
/// A damaged record; a device that is not there; a file that was cut short meanwhile.
pub fn value_of(vm: &dyn Vm, loaded: &Loaded, place: &Place) -> Result<Value> {
    let value = Maker::new(vm, &loaded.graph, place).value(loaded.root)?;
    refuse_fault()?;
    for note in &loaded.notes {
        vm.notice(note);
    }
    Ok(value)
}

/// The error that a mapped file was cut short, if one was since this was last asked.
///
/// # Errors
/// `OSError` if so.
pub fn refuse_fault() -> Result<()> {
    if fault::take() {
        let message =
            "a mapped file was cut short by somebody else: what was read from it is not to be trusted";
        return Err(Error::new(Kind::Os, message).hint("load it again, with mmap=False if it keeps changing"));
    }
    Ok(())
}

/// `torch.save(obj, f, pickle_module=None, pickle_protocol=2, _use_new_zipfile_serialization=True, *, compact=False)`
pub fn torch_save(vm: &dyn Vm, args: &Args) -> Result<Value> {
    if !args.truth_or(vm, 4, true)? {
        let message = "the legacy format is read, not written";
        return Err(
            Error::new(Kind::NotImplemented, message).hint("leave _use_new_zipfile_serialization out")
        );
    }
    let options = SaveOptions { compact: args.truth_or(vm, 5, false)? };
    let saved = save(vm, args.value(0), args.value(1), &options)?;
    for note in saved.notes {
        vm.notice(&note);
    }
    Ok(Value::None)
}

/// Saves a value to a file, or through a file object.
///
/// # Errors
/// As [`save_torch`].
pub fn save(vm: &dyn Vm, value: &Value, file: &Value, options: &SaveOptions) -> Result<Saved> {
    let (graph, root) = graph_of(vm, value)?;
    let saved = match path_of(vm, file)? {
        Some(path) => save_torch(&path, &graph, root, options)?,
        None => {
            let Some(method) = vm.attribute_or_none(file, &Str::intern("write"))? else {
                let message =
                    "expected 'f' to be string, path, or a file-like object with a 'write' attribute";
                return Err(Error::new(Kind::Attribute, message));
            };
            let mut bytes = Vec::new();
            let saved = write_torch(&mut bytes, "archive", &graph, root, options)?;
            vm.call(&method, &[Value::Bytes(Rc::new(bytes))], &[])?;
            saved
        }
    };
    refuse_fault()?;
    Ok(saved)
}
