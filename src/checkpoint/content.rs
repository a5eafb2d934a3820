//! What a file is, by what is in it: one file of any format.

use std::path::Path;

use super::graph::{Loaded, NodeId};
use super::mapping::{Mapping, Region};
use super::pickle::{self, Build, NoPersistent, Python2};
use super::zip::Archive;
use super::{
    bundle, compressed, foreign, gguf, index, legacy, npy, package, pt2, safetensors, script, tar, torch_zip,
    walk,
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
    /// What bytes of files that do not say their order are in.
    pub big_endian: bool,
    /// What strings of Python 2 are taken for.
    pub strings: Python2,
}

/// Reads a file that is no index of others.
///
/// # Errors
/// `OSError` and its children if it cannot be opened; else what is wrong with it, with the path as a note.
pub fn from_file(path: &Path, options: &Options) -> Result<Loaded> {
    from_mapping_as(&Mapping::open_as(path, options.mmap)?, options)
}

/// Reads a checkpoint that is in memory.
///
/// # Errors
/// As [`from_file`].
pub fn from_mapping(mapping: &Mapping) -> Result<Loaded> {
    from_mapping_as(mapping, &Options::default())
}

/// As [`from_mapping`], with options.
///
/// # Errors
/// As [`from_file`].
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
        (build.big_endian, build.strings) = (options.big_endian, options.strings);
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

/// Reads the pickles of a file for the names that they ask for, which the build keeps.
///
/// # Errors
/// As [`from_file`].
pub fn ask_of(build: &mut Build, mapping: Mapping) -> Result<()> {
    let mapping = compressed::inside(&mapping).map_err(|error| about(error, &mapping))?.unwrap_or(mapping);
    let bytes = mapping.bytes();
    let has_none = safetensors::looks_like(bytes, bytes.len() as u64)
        || index::is_index(bytes)
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

/// An error, and the file that it speaks of.
pub fn about(error: Error, mapping: &Mapping) -> Error {
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
