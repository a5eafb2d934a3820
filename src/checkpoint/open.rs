//! The door: finds out what a file is by what is in it, and reads it.

use std::path::Path;

use super::graph::{Loaded, NodeId};
use super::mapping::{Mapping, Region};
use super::pickle::{self, Asked, Build, NoPersistent};
use super::zip::Archive;
use super::{
    bundle, compressed, foreign, gguf, legacy, merged, npy, package, pt2, safetensors, script, shards, tar,
    torch_zip, walk,
};
use torchsh_base::Str;
use torchsh_base::error::{Error, Kind, Result};

/// How a file is to be read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Map it, or read it into memory; none: as its file system has it faster.
    pub mmap: Option<bool>,
    /// Read the pickles of numpy's arrays of objects, too.
    pub objects: bool,
}

/// Reads a checkpoint of any format.
///
/// # Errors
/// `OSError` and its children if it cannot be opened; else what is wrong with it, with the path as a note. A file that
/// is no checkpoint is named for what it is.
pub fn open(path: &Path, options: &Options) -> Result<Loaded> {
    if path.is_dir() {
        return shards::load_folder(path, options);
    }
    if let Some(loaded) = merged::load_pattern(path, options)? {
        return Ok(loaded);
    }
    opened(&Mapping::open_as(path, options.mmap)?, options)
}

/// Reads a checkpoint of any format whose file (it may be an index of others) is mapped already.
///
/// # Errors
/// As [`open`].
pub fn opened(mapping: &Mapping, options: &Options) -> Result<Loaded> {
    if shards::is_index(mapping.bytes()) {
        return shards::load_index(mapping, options).map_err(|error| about(error, mapping));
    }
    from_mapping_as(mapping, options)
}

/// Reads a checkpoint that is in memory.
///
/// # Errors
/// As [`open`].
pub fn from_mapping(mapping: &Mapping) -> Result<Loaded> {
    from_mapping_as(mapping, &Options::default())
}

/// As [`from_mapping`], with options.
///
/// # Errors
/// As [`open`].
pub fn from_mapping_as(mapping: &Mapping, options: &Options) -> Result<Loaded> {
    match compressed::inside(mapping).map_err(|error| about(error, mapping))? {
        Some(inside) => from_plain(&inside, options),
        None => from_plain(mapping, options),
    }
}

fn from_plain(mapping: &Mapping, options: &Options) -> Result<Loaded> {
    let bytes = mapping.bytes();
    let loaded = if safetensors::looks_like(bytes, bytes.len() as u64) {
        safetensors::load(mapping)
    } else if bytes.starts_with(b"GGUF") {
        gguf::load(mapping)
    } else {
        let mut build = Build::new(embedded);
        let read = if npy::looks_like(bytes) {
            npy::load(&mut build, mapping.whole(), options.objects).map(|root| (root, "npy"))
        } else if let Some(archive) = npz(mapping).map_err(|error| about(error, mapping))? {
            npy::load_archive(&mut build, &archive, options.objects).map(|root| (root, "npz"))
        } else {
            read_pickled(&mut build, mapping.whole())
        };
        read.map(|(root, kind)| Loaded { notes: build.notes(), graph: build.graph, root, kind })
    };
    loaded.map_err(|error| about(error, mapping))
}

/// Reads the pickle that some bytes begin with, and how many bytes it takes.
///
/// # Errors
/// The bytes are no pickle, or a damaged one.
pub fn from_pickle(mapping: &Mapping) -> Result<(Loaded, usize)> {
    let mut build = Build::new(embedded);
    let read = pickle::read(&mut build, mapping.whole(), &mut NoPersistent);
    let (root, length) = read.map_err(|error| foreign::unread(error, mapping.bytes(), build.at))?;
    Ok((Loaded { notes: build.notes(), graph: build.graph, root, kind: "pickle" }, length))
}

/// A zip archive of numpy arrays.
fn npz(mapping: &Mapping) -> Result<Option<Archive>> {
    if !mapping.bytes().starts_with(b"PK\x03\x04") {
        return Ok(None);
    }
    Archive::open(mapping.whole()).map(|archive| Some(archive).filter(npy::is_npz))
}

/// Every name that the pickles of a file, or of the files of a folder, ask for, in the order of the first time; nothing
/// if there is no pickle.
///
/// # Errors
/// As [`open`].
pub fn asked(path: &Path) -> Result<Vec<Asked>> {
    let mut build = Build::new(embedded);
    if !path.is_dir() {
        ask(&mut build, path)?;
        return Ok(build.asked().to_vec());
    }
    for file in shards::pickled_files(path)? {
        ask(&mut build, &file)?;
    }
    Ok(build.asked().to_vec())
}

/// As [`asked`], of a file that may break off: the names up to there, and what is wrong with it.
///
/// # Errors
/// The file cannot be opened at all.
pub fn asked_until(path: &Path) -> Result<(Vec<Asked>, Option<Error>)> {
    let files = if path.is_dir() { shards::pickled_files(path)? } else { vec![path.to_owned()] };
    let mut build = Build::new(embedded);
    for file in files {
        let mapping = Mapping::open(&file)?;
        if let Err(error) = ask_of(&mut build, mapping) {
            return Ok((build.asked().to_vec(), Some(error)));
        }
    }
    Ok((build.asked().to_vec(), None))
}

fn ask(build: &mut Build, path: &Path) -> Result<()> {
    ask_of(build, Mapping::open(path)?)
}

fn ask_of(build: &mut Build, mapping: Mapping) -> Result<()> {
    let mapping = compressed::inside(&mapping).map_err(|error| about(error, &mapping))?.unwrap_or(mapping);
    let bytes = mapping.bytes();
    let has_none = safetensors::looks_like(bytes, bytes.len() as u64)
        || shards::is_index(bytes)
        || bytes.starts_with(b"GGUF");
    if has_none {
        return Ok(());
    }
    if npy::looks_like(bytes) {
        return npy::load(build, mapping.whole(), true).map(drop).map_err(|error| about(error, &mapping));
    }
    if let Some(archive) = npz(&mapping)? {
        return npy::load_archive(build, &archive, true).map(drop).map_err(|error| about(error, &mapping));
    }
    read_pickled(build, mapping.whole()).map(drop).map_err(|error| about(error, &mapping))
}

fn about(error: Error, mapping: &Mapping) -> Error {
    error.note(format!("in {}", mapping.path().display()))
}

/// The formats around a pickle.
fn read_pickled(build: &mut Build, bytes: &Region) -> Result<(NodeId, &'static str)> {
    if let Some(error) = foreign::refuse(bytes.bytes()) {
        return Err(error);
    }
    if bytes.bytes().starts_with(b"PK\x03\x04") {
        return read_archive(build, &Archive::open(bytes)?);
    }
    if legacy::is_legacy(bytes.bytes()) {
        return legacy::read(build, bytes).map(|root| (root, "torch.save legacy"));
    }
    if let Some(members) = tar::members(bytes)? {
        if tar::is_checkpoint(&members) {
            return tar::read(build, &members).map(|root| (root, "torch.save tar"));
        }
        if bundle::is_tar(&members) {
            return bundle::read_tar(build, &members).map(|root| (root, "tar of checkpoints"));
        }
        return Err(foreign::refuse_tar(&members));
    }
    let read = pickle::read(build, bytes, &mut NoPersistent);
    let (root, end) = read.map_err(|error| foreign::unread(error, bytes.bytes(), build.at))?;
    if end < bytes.len() {
        build.say(format!("{} bytes after the pickle were not read", bytes.len() - end));
    }
    Ok((root, "pickle"))
}

/// The kinds of zip archives that have pickles in them.
fn read_archive(build: &mut Build, archive: &Archive) -> Result<(NodeId, &'static str)> {
    if torch_zip::root(archive, "data.pkl").is_some() {
        let root = torch_zip::read(build, archive)?;
        return match torch_zip::root(archive, "constants.pkl") {
            Some(folder) => {
                script::add_tables(build, archive, folder)?;
                with_constants(build, archive, root).map(|root| (root, "TorchScript"))
            }
            None => Ok((root, "torch.save zip")),
        };
    }
    if package::is_package(archive) {
        return package::read(build, archive).map(|root| (root, "torch.package"));
    }
    if pt2::is_pt2(archive) {
        return pt2::read(build, archive).map(|root| (root, "pt2"));
    }
    if bundle::is_zip(archive) {
        return bundle::read_zip(build, archive).map(|root| (root, "zip of checkpoints"));
    }
    Err(foreign::refuse_archive(archive))
}

/// A frozen TorchScript module has its tensors among the constants of its code: it is given together with them.
fn with_constants(build: &mut Build, archive: &Archive, root: NodeId) -> Result<NodeId> {
    if !walk::tensors(&mut build.graph, root)?.is_empty() {
        return Ok(root);
    }
    let folder = torch_zip::root(archive, "constants.pkl").unwrap_or_default();
    let constants = torch_zip::read_pickle(build, archive, folder, "constants.pkl", "constants")?;
    if walk::tensors(&mut build.graph, constants)?.is_empty() {
        return Ok(root);
    }
    build.graph.dict([(Str::intern("module"), root), (Str::intern("constants"), constants)])
}

/// A file inside a pickle, as bytes: always one that `torch.save` wrote.
///
/// # Errors
/// What is wrong with it.
pub fn embedded(build: &mut Build, bytes: &Region) -> Result<NodeId> {
    if !bytes.bytes().starts_with(b"PK\x03\x04") && !legacy::is_legacy(bytes.bytes()) {
        return Err(Error::new(
            Kind::Unpickling,
            "bytes given to torch.storage._load_from_bytes are not a file",
        ));
    }
    read_pickled(build, bytes).map(|(root, _)| root)
}
