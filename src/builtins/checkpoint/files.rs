//! `torch.load` and `torch.save`.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::adapter;
use super::from_value::{graph_of, graph_of_whole};
use super::gguf;
use super::map_location::Place;
use super::replacing::{self, Metadata};
use super::save_settings;
use super::to_value::Maker;
use super::weights_only;
use torchsh_base::error::{Error, Kind, Result};
use torchsh_checkpoint::graph::Loaded;
use torchsh_checkpoint::mapping::Mapping;
use torchsh_checkpoint::pickle::Python2;
use torchsh_checkpoint::write::{
    Policy, SaveOptions, Saved, Sharing, save_dcp, save_gguf, save_npz, save_safetensors, save_torch,
    save_torch_shards, write_torch,
};
use torchsh_checkpoint::{self as checkpoint, Options, origin};
use torchsh_language::value::report::progress::Progress;
use torchsh_language::value::{Args, Str, Value, Vm};
use torchsh_stdlib::path_of;
use torchsh_tensors::values::convert::warn_of;

/// `torch.load(f, map_location=None, pickle_module=None, *, weights_only=None, mmap=None, encoding=None)`
pub fn torch_load(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let place = Place::of(vm, args.value(1))?;
    let mmap = args.some(4).map(|mmap| vm.truth(mmap)).transpose()?;
    let only = weights_only_of(vm, args.some(3).map(|only| vm.truth(only)).transpose()?)?;
    if only == Some(true) && args.some(2).is_some() {
        return Err(Error::runtime("Can not safely load weights when explicit pickle_module is specified"));
    }
    if args.some(2).is_some_and(|module| !is_pickle(module)) {
        vm.notice("pickle_module is not used: files are read here without running anything");
    }
    let objects = args.truth_or(vm, 5, false)?;
    let (big_endian, strings) = (big_endian(vm)?, python2(args.some(6))?);
    let loaded = read(vm, args.value(0), &Options { mmap, objects, big_endian, strings })?;
    let allowed = weights_only::allowed(vm)?;
    let checked = weights_only::check(&loaded.graph, &allowed);
    // What passes holds no objects but those that the program allowed: PyTorch makes them.
    let revives = only == Some(false) || checked.is_ok();
    if only == Some(true) {
        checked?;
    }
    let maker = Maker::new(vm, &loaded.graph, &place);
    let maker = if revives { maker.reviving() } else { maker };
    made(vm, maker, &loaded).map_err(|error| match (error.kind(), path_of(vm, args.value(0))) {
        // A key that cannot be hashed: nothing in the message says that it is the file's.
        (Kind::Type, Ok(Some(path))) => error.note(format!("in what {} holds", path.display())),
        _ => error,
    })
}

/// Whether the program said so of files that do not say it (`torch.serialization.set_default_load_endianness`).
fn big_endian(vm: &dyn Vm) -> Result<bool> {
    if vm.modules().get_name("torch.utils.serialization.config").is_none() {
        return Ok(false);
    }
    let Some(load) = vm.named_in("torch.utils.serialization.config", "load")? else { return Ok(false) };
    let order = vm.attribute(&load, &Str::intern("endianness"))?;
    let name = vm.attribute_or_none(&order, &Str::intern("name"))?;
    Ok(name.and_then(|name| name.as_str()).is_some_and(|name| name.as_str() == "BIG"))
}

/// `encoding`: what strings of Python 2 are taken for.
fn python2(encoding: Option<&Value>) -> Result<Python2> {
    let Some(encoding) = encoding else { return Ok(Python2::default()) };
    let name = encoding.as_str().map(|name| name.to_lowercase().replace('_', "-")).unwrap_or_default();
    match name.as_str() {
        "utf-8" | "utf8" => Ok(Python2::Utf8),
        "ascii" | "us-ascii" => Ok(Python2::Ascii),
        "latin1" | "latin-1" | "iso-8859-1" | "iso8859-1" => Ok(Python2::Latin1),
        "bytes" => Ok(Python2::Bytes),
        _ => Err(Error::value(format!("unknown encoding: {name}")).hint("utf-8, ascii, latin1 or bytes")),
    }
}

/// What the environment says of `weights_only`, whatever the program does (`torch/serialization.py`).
fn weights_only_of(vm: &dyn Vm, given: Option<bool>) -> Result<Option<bool>> {
    let is_on = |name: &str| -> Result<bool> {
        let said = match vm.modules().get_name("os") {
            Some(os) => {
                let variables = vm.attribute(&os, &Str::intern("environ"))?;
                vm.call_method(&variables, "get", &[Value::str(name)])?.as_str().map(|text| text.to_string())
            }
            None => std::env::var(name).ok(),
        };
        Ok(said.is_some_and(|said| matches!(said.as_str(), "1" | "y" | "yes" | "true")))
    };
    match (is_on("TORCH_FORCE_WEIGHTS_ONLY_LOAD")?, is_on("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD")?) {
        (true, true) => Err(Error::runtime(
            "Only one of `TORCH_FORCE_WEIGHTS_ONLY_LOAD` or `TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD` should be set, but both were \
             set.",
        )),
        (true, false) => Ok(Some(true)),
        (false, true) if given.is_none() => {
            warn_of(
                vm,
                "Environment variable TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD detected, since the`weights_only` argument was \
                 not explicitly passed to `torch.load`, forcing weights_only=False.",
            )?;
            Ok(Some(false))
        }
        _ => Ok(given),
    }
}

/// Reads a file, or what a file object gives.
///
/// # Errors
/// As [`checkpoint::open`]; `AttributeError` for what is neither.
pub fn read(vm: &dyn Vm, file: &Value, options: &Options) -> Result<Loaded> {
    if let Some(path) = path_of(vm, file)? {
        return checkpoint::open(&path, options);
    }
    let missing = ["read", "seek", "tell"].into_iter().find_map(|name| {
        let found = vm.attribute_or_none(file, &Str::intern(name));
        found.map(|found| found.is_none().then_some(name)).transpose()
    });
    if let Some(name) = missing.transpose()? {
        let got = vm.type_name(file);
        let name = if name == "tell" { name } else { "seek" };
        let message = format!(
            "'{got}' object has no attribute '{name}'. You can only torch.load from a file that is seekable. Please \
             pre-load the data into a buffer like io.BytesIO and try to load from it instead."
        );
        return Err(Error::new(Kind::Attribute, message));
    }
    let Value::Bytes(bytes) = vm.call_method(file, "read", &[])? else {
        return Err(
            Error::type_error("a file to load from must be opened in binary mode").hint("open(path, \"rb\")")
        );
    };
    checkpoint::from_mapping_as(&Mapping::of_bytes(bytes.as_ref().clone(), "the file object"), options)
}

/// The value of what was read, its tensors where they belong.
///
/// # Errors
/// A damaged record; a device that is not there; a file that was cut short meanwhile.
pub fn value_of(vm: &dyn Vm, loaded: &Loaded, place: &Place) -> Result<Value> {
    made(vm, Maker::new(vm, &loaded.graph, place), loaded)
}

/// The value that a maker makes, and what a person should be told of the file.
///
/// # Errors
/// As [`value_of`].
pub fn made(vm: &dyn Vm, mut maker: Maker<'_>, loaded: &Loaded) -> Result<Value> {
    let value = maker.value(loaded.root)?;
    origin::settle()?;
    for note in &loaded.notes {
        vm.notice(note);
    }
    Ok(value)
}

/// `torch.save(obj, f, pickle_module=None, pickle_protocol=2, _use_new_zipfile_serialization=True, *, compact=False)`
pub fn torch_save(vm: &dyn Vm, args: &Args) -> Result<Value> {
    if args.some(2).is_some_and(|module| !is_pickle(module)) {
        let message = "torch.save writes by Python's own pickle only, not by another pickle_module";
        return Err(Error::new(Kind::NotImplemented, message).hint("leave pickle_module out"));
    }
    let options = SaveOptions {
        compact: args.truth_or(vm, 5, false)?,
        objects: true,
        legacy: !args.truth_or(vm, 4, true)?,
        protocol: u8::try_from(args.int_or(vm, 3, 2)?).unwrap_or(u8::MAX),
        ..save_settings::of(vm)?
    };
    let saved = save(vm, args.value(0), args.value(1), &options)?;
    for note in saved.notes {
        vm.notice(&note);
    }
    Ok(Value::None)
}

/// Whether it is Python's own module, which does what is done here anyway.
fn is_pickle(module: &Value) -> bool {
    matches!(module, Value::Module(module) if matches!(module.name.as_str(), "pickle" | "_pickle"))
}

/// Saves a value to a file, or through a file object.
///
/// # Errors
/// As [`save_torch`].
pub fn save(vm: &dyn Vm, value: &Value, file: &Value, options: &SaveOptions) -> Result<Saved> {
    let (mut graph, root) = graph_of_whole(vm, value)?;
    let mut saved = match path_of(vm, file)? {
        Some(path) => save_torch(&path, &graph, root, options, &Progress::bytes(vm))?,
        None => {
            let Some(method) = vm.attribute_or_none(file, &Str::intern("write"))? else {
                let message =
                    "expected 'f' to be string, path, or a file-like object with a 'write' attribute";
                return Err(Error::new(Kind::Attribute, message));
            };
            let mut bytes = Vec::new();
            let saved = write_torch(&mut bytes, "archive", &graph, root, options, &Progress::bytes(vm))?;
            origin::look()?;
            vm.call(&method, &[Value::Bytes(Rc::new(bytes))], &[])?;
            saved
        }
    };
    saved.notes.extend(replacing::overflown(&mut graph, root));
    Ok(saved)
}

/// `save(obj, path, *, compact=False, metadata=None, max_shard_size=None)`: the format by the file's ending.
pub fn save_by_ending(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let path = path_of(vm, args.value(1))?.ok_or_else(|| args.wrong_type(vm, 1, "a path"))?;
    let names = ["compact", "metadata", "max_shard_size", "config", "format", "shared", "kept"];
    let given = names
        .iter()
        .zip(2..)
        .filter_map(|(name, place)| args.some(place).map(|value| (Str::intern(name), value.clone())));
    let how = How::of(vm, &given.collect::<Vec<_>>())?;
    if let Some(saved) = save_to(vm, args.value(0), &path, &how)? {
        for note in saved.notes {
            vm.notice(&note);
        }
    }
    Ok(Value::None)
}

/// How to save, whatever the format.
#[derive(Default)]
pub struct How {
    /// Leave out the bytes of a storage that no tensor looks at (`.pt` only; the others never hold them).
    pub compact: bool,
    /// What is said of the file (safetensors, GGUF); none: what the file said which the tensors were read from.
    pub metadata: Option<Value>,
    /// The largest file of .safetensors or .bin; more is written as shards with an index.
    pub shard_bytes: Option<u64>,
    /// The folder of a model of transformers, for GGUF.
    pub config: Option<PathBuf>,
    /// The format, where the ending does not say it.
    pub format: Option<&'static str>,
    /// What is done with tensors that are the very same (safetensors).
    pub sharing: Sharing,
}

impl How {
    /// Reads `compact=`, `metadata=`, `max_shard_size=`, `config=`, `format=`, `shared=`, `kept=`.
    ///
    /// # Errors
    /// `TypeError` for any other keyword, or a value of a wrong type.
    pub fn of(vm: &dyn Vm, keywords: &[(Str, Value)]) -> Result<How> {
        let mut how = How::default();
        for (name, value) in keywords {
            match name.as_str() {
                "compact" => how.compact = vm.truth(value)?,
                _ if value.is_none() => {}
                "metadata" => how.metadata = Some(value.clone()),
                "max_shard_size" => how.shard_bytes = Some(shard_bytes(vm, value)?),
                "config" => {
                    let folder = path_of(vm, value)?;
                    how.config =
                        Some(folder.ok_or_else(|| Error::type_error("config= is the path of a folder"))?);
                }
                "format" => how.format = Some(format_named(vm, value)?),
                "shared" => how.sharing.policy = policy_named(vm, value)?,
                "kept" => how.sharing.kept = patterns_of(vm, value)?,
                other => {
                    let message = format!("save() got an unexpected keyword argument '{other}'");
                    return Err(Error::type_error(message)
                        .hint("compact=, metadata=, max_shard_size=, config=, format=, shared=, kept="));
                }
            }
        }
        Ok(how)
    }
}

/// `"once"`, `"apart"`, `"refuse"`
fn policy_named(vm: &dyn Vm, value: &Value) -> Result<Policy> {
    let name = value.as_str();
    let found = name.as_ref().and_then(|name| Policy::ALL.iter().find(|(known, _)| *known == name.as_str()));
    found.map(|(_, policy)| *policy).ok_or_else(|| {
        let error = Error::value(format!("shared={} is not known", vm.repr(value).unwrap_or_default()));
        error.hint(
            "\"once\" writes tensors that are one once and says so, \"apart\" writes each, \"refuse\" is an error; kept=\"*.embed.weight\" says \
             under which key",
        )
    })
}

/// A pattern of keys, or several in a list.
fn patterns_of(vm: &dyn Vm, value: &Value) -> Result<Vec<String>> {
    let wrong = || {
        Error::type_error(format!("kept= is a key, a pattern or a list of such, not {}", vm.type_name(value)))
    };
    if let Some(one) = value.as_str() {
        return Ok(vec![one.to_string()]);
    }
    let all = vm.collect(value).map_err(|_| wrong())?;
    all.iter().map(|one| one.as_str().map(|one| one.to_string()).ok_or_else(wrong)).collect()
}

/// The formats that are written, by what `format=` calls them: also the endings that stand for them.
const FORMATS: &[&str] = &["safetensors", "gguf", "npz", "dcp", "pt"];

fn format_named(vm: &dyn Vm, value: &Value) -> Result<&'static str> {
    let name = value.as_str();
    let found = name.as_ref().and_then(|name| FORMATS.iter().find(|format| **format == name.as_str()));
    found.copied().ok_or_else(|| {
        let known = FORMATS.join(", ");
        Error::value(format!("there is no format {} to write", vm.repr(value).unwrap_or_default()))
            .hint(known)
    })
}

/// Endings of formats of their own: a file that `torch.save` wrote would be taken for one.
const NOT_WRITTEN: &[&str] = &["npy", "onnx", "h5", "hdf5", "keras", "tflite", "json", "pt2", "msgpack"];

/// What the ending of a path says, or `format=`.
fn format_of(path: &Path, how: &How) -> Result<String> {
    let ending =
        path.extension().and_then(|ending| ending.to_str()).map(str::to_lowercase).unwrap_or_default();
    let written = how.format.map_or(ending.as_str(), |format| format);
    if NOT_WRITTEN.contains(&written) {
        let message = format!("a file of the ending .{ending} is of a format that is not written here");
        return Err(Error::value(message).hint("name it .pt, .safetensors, .gguf or .npz"));
    }
    if how.shard_bytes.is_some() && !matches!(written, "safetensors" | "bin") {
        let message = format!(
            "max_shard_size is for .safetensors and .bin: a file of the ending .{ending} is one file"
        );
        return Err(Error::value(message).hint("name it model.safetensors, or leave max_shard_size out"));
    }
    if (how.sharing.policy != Policy::Once || !how.sharing.kept.is_empty()) && written != "safetensors" {
        let message =
            "shared= and kept= are for .safetensors: .pt keeps what is shared, .gguf and .npz write each";
        return Err(Error::value(message).hint("name it model.safetensors, or leave them out"));
    }
    if how.config.is_some() && written != "gguf" {
        let message = "config= is for .gguf: the other formats say nothing of a model";
        return Err(Error::value(message).hint("save p \"model.gguf\" config=\"folder/\""));
    }
    Ok(written.to_owned())
}

/// Saves a value as the file's ending says: `.safetensors`, `.gguf`, `.npz`, a `.dcp` folder, else as `torch.save` does; a LoRA adapter
/// into a folder as peft keeps it. Nothing is
/// saved where a person is asked whether a file is to be replaced, and does not agree.
///
/// # Errors
/// What the format cannot hold; `OSError` if the file cannot be written.
pub fn save_to(vm: &dyn Vm, value: &Value, path: &Path, how: &How) -> Result<Option<Saved>> {
    if let Some(folder) = adapter::Folder::of(value, path).filter(|_| how.format.is_none()) {
        let saved = save_to(vm, value, &folder.model()?, how)?;
        if saved.is_some() {
            folder.finish()?;
        }
        return Ok(saved);
    }
    let format = format_of(path, how)?;
    refuse_folder(path, &format)?;
    let converted = how.config.as_ref().map(|folder| gguf::of_folder(vm, value, folder)).transpose()?;
    let (value, said) = converted.as_ref().map_or((value, None), |(value, said)| (value, Some(said)));
    let (mut graph, root) = graph_of(vm, value)?;
    let progress = Progress::bytes(vm);
    if !replacing::agreed(vm, path, &mut graph, root) {
        vm.notice(&format!("nothing was saved: {} is as it was", path.display()));
        return Ok(None);
    }
    let own = replacing::metadata_of(value);
    let mut notes = Vec::new();
    let mut saved = match format.as_str() {
        "safetensors" => {
            let given = how.metadata.as_ref().map(|metadata| metadata_of(vm, metadata)).transpose()?;
            let metadata = with_format(given.as_ref().unwrap_or(&own));
            let mut before = own;
            before.extend(replacing::metadata_at(path));
            before.sort();
            before.dedup_by(|one, other| one.0 == other.0);
            notes.extend(replacing::lost(&before, &metadata, ""));
            save_safetensors(path, &graph, root, &metadata, how.shard_bytes, &how.sharing, &progress)
        }
        "gguf" => {
            let own = gguf::metadata_of(vm, &graph, root, how.metadata.as_ref())?;
            let mut metadata = said.cloned().unwrap_or_default();
            metadata.retain(|(key, _)| !own.iter().any(|(known, _)| known == key));
            metadata.extend(own);
            notes.extend(gguf::hint(&graph, root, &metadata));
            save_gguf(path, &graph, root, &metadata, &progress)
        }
        "npz" => {
            notes.extend(replacing::lost(&own, &[], ", which npz cannot hold"));
            save_npz(path, &graph, root, &progress)
        }
        "dcp" => save_dcp(path, &mut graph, root, &progress),
        _ => {
            let options = SaveOptions { compact: how.compact, ..SaveOptions::default() };
            match how.shard_bytes {
                Some(limit) => save_torch_shards(path, &mut graph, root, limit, &options, &progress),
                None => save_torch(path, &graph, root, &options, &progress),
            }
        }
    }
    .map_err(|error| in_missing_folder(path, error))?;
    if format != "gguf" {
        notes.extend(gguf::unfolded(&graph, &format));
    }
    notes.extend(replacing::overflown(&mut graph, root));
    saved.notes.extend(notes);
    Ok(Some(saved))
}

/// How the folder is made that a file should lie in.
fn in_missing_folder(path: &Path, error: Error) -> Error {
    match path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists()) {
        Some(folder) => {
            let folder = folder.display();
            error.hint(format!("there is no folder {folder}: os.makedirs(\"{folder}\") makes it"))
        }
        None => error,
    }
}

/// That a file is not written where a folder is, or is meant.
fn refuse_folder(path: &Path, format: &str) -> Result<()> {
    let text = path.as_os_str().to_string_lossy();
    let is_meant = text.ends_with('/');
    if format == "dcp" || !(is_meant || path.is_dir()) {
        return Ok(());
    }
    let name = text.trim_end_matches('/');
    // As Python's open() says it.
    let error = Error::io(&std::io::Error::from_raw_os_error(EISDIR), path);
    Err(error.hint(format!(
        "a checkpoint is a file: \"{name}/model.safetensors\" (max_shard_size=\"5GB\" makes shards); \"{name}.dcp\" or format=\"dcp\" is a \
         folder of torch.distributed.checkpoint"
    )))
}

/// The system's number for a file that is a folder.
const EISDIR: i32 = 21;

/// Other programs look there for the library that a file was written with.
fn with_format(metadata: &[(String, String)]) -> Vec<(String, String)> {
    let mut all = metadata.to_vec();
    if !all.iter().any(|(key, _)| key == "format") {
        all.push(("format".to_owned(), "pt".to_owned()));
    }
    all
}

fn metadata_of(vm: &dyn Vm, value: &Value) -> Result<Metadata> {
    let wrong =
        || Error::type_error(format!("metadata must be a dict of str to str, not {}", vm.type_name(value)));
    let dict = value.as_dict().ok_or_else(wrong)?;
    let pair = |(key, value): &(Value, Value)| match (key.as_str(), value.as_str()) {
        (Some(key), Some(value)) => Ok((key.as_str().to_owned(), value.as_str().to_owned())),
        _ => Err(Error::type_error(format!("metadata must be of str to str, not {}", vm.type_name(value)))),
    };
    dict.entries().iter().map(pair).collect()
}

/// `"5GB"`, `"200MB"` or a number of bytes.
fn shard_bytes(vm: &dyn Vm, value: &Value) -> Result<u64> {
    let wrong = || Error::value("max_shard_size is a number of bytes, or a text like \"5GB\"");
    let Some(text) = value.as_str() else {
        let size = torchsh_language::value::number::index(vm, value).map_err(|_| wrong());
        return size.and_then(|size| u64::try_from(size).ok().filter(|&size| size > 0).ok_or_else(wrong));
    };
    let text = text.as_str().trim().to_uppercase();
    let units = [
        ("GIB", 1 << 30),
        ("MIB", 1 << 20),
        ("KIB", 1 << 10),
        ("GB", 1_000_000_000),
        ("MB", 1_000_000),
        ("KB", 1000),
    ];
    let found = units.iter().find_map(|(unit, scale)| Some((text.strip_suffix(unit)?.trim(), *scale)));
    let (digits, scale) = found.unwrap_or((text.trim_end_matches('B'), 1_u64));
    digits.parse::<u64>().ok().and_then(|n| n.checked_mul(scale)).filter(|&n| n > 0).ok_or_else(wrong)
}

/// `safetensors.torch.save_file(tensors, filename, metadata=None)`
pub fn save_file(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let path = path_of(vm, args.value(1))?.ok_or_else(|| args.wrong_type(vm, 1, "a path"))?;
    let (mut graph, root) = graph_of(vm, args.value(0))?;
    let metadata = args.some(2).map(|metadata| metadata_of(vm, metadata)).transpose()?.unwrap_or_default();
    save_safetensors(&path, &graph, root, &metadata, None, &Sharing::default(), &Progress::bytes(vm))?;
    replacing::overflown(&mut graph, root).iter().for_each(|said| vm.notice(said));
    Ok(Value::None)
}

/// `safetensors.torch.load_file(filename, device="cpu")`
pub fn load_file(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let device = args.some(1).cloned().unwrap_or_else(|| Value::str("cpu"));
    let loaded = read(vm, args.value(0), &Options::default())?;
    value_of(vm, &loaded, &Place::of(vm, &device)?)
}
