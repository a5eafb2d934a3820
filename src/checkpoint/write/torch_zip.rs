//! Writing what `torch.save` writes.

use std::io::Write;
use std::path::Path;

use super::atomic::replace;
use super::pickler::Pickler;
use super::storages::Storages;
use super::torch_legacy;
use super::zip::{ALIGNMENT, ZipWriter};
use crate::graph::{Graph, NodeId};
use crate::origin;
use crate::watcher::Watcher;
use torchsh_base::error::{Error, Kind, Result};

/// How to save.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // each is an argument of its own
pub struct SaveOptions {
    /// Write only the part of each storage that a tensor looks at: a small view is cut loose from its big storage.
    pub compact: bool,
    /// Write objects of every class, by the names of the classes, and not only what `weights_only=True` reads.
    pub objects: bool,
    /// Write the format of releases before 1.6.
    pub legacy: bool,
    /// Write zeros for the bytes of the storages.
    pub skip_data: bool,
    /// Write no checksums.
    pub no_crc32: bool,
    /// Where the data of each record starts: at a multiple of this; 0 is what `torch.save` takes where none is asked for.
    pub alignment: u64,
    /// The pickle protocol; 0 is what `torch.save` writes where none is asked for.
    pub protocol: u8,
}

/// What was written.
#[derive(Clone, Debug, Default)]
pub struct Saved {
    /// Bytes of the file.
    pub nbytes: u64,
    /// Storages.
    pub storages: usize,
    /// What a person should be told.
    pub notes: Vec<String>,
    /// How many bytes were there before, if the file replaced one.
    pub replaced: Option<u64>,
    /// The names of the shards and of their index, where it was written as several.
    pub files: Vec<String>,
}

/// Saves an object as `torch.save` does, at once or not at all.
///
/// # Errors
/// `OSError` if the file cannot be written; `TypeError` for an object that `torch.load(weights_only=True)` would refuse
/// (or, with `objects`, that nothing could make again), with its path; what is wrong with a storage.
pub fn save_torch(
    path: &Path,
    graph: &Graph,
    root: NodeId,
    options: &SaveOptions,
    watcher: &dyn Watcher,
) -> Result<Saved> {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let folder = stem.filter(|stem| !stem.is_empty() && stem != "..").unwrap_or_else(|| "archive".to_owned());
    let (saved, replaced) = replace(path, |out| write_torch(out, &folder, graph, root, options, watcher))?;
    Ok(Saved { replaced, ..saved })
}

/// An object as `pickle.dumps` writes it: no archive, the storages of its tensors within the pickle.
///
/// # Errors
/// As [`save_torch`], but for the file.
pub fn pickled(graph: &Graph, root: NodeId, protocol: u8) -> Result<Vec<u8>> {
    let mut storages = Storages::of(graph, root, false);
    let pickler = Pickler::new(graph, &mut storages).with_objects(true).inline();
    let pickle = pickler.of_protocol(protocol).finish(root)?.0;
    origin::look()?;
    Ok(pickle)
}

/// Writes an object as `torch.save` does, into an archive with that folder.
///
/// # Errors
/// As [`save_torch`].
pub fn write_torch(
    out: &mut dyn Write,
    folder: &str,
    graph: &Graph,
    root: NodeId,
    options: &SaveOptions,
    watcher: &dyn Watcher,
) -> Result<Saved> {
    if options.legacy && options.skip_data {
        let message = "Cannot use skip_data=True with _use_new_zipfile_serialization=False";
        return Err(Error::runtime(message));
    }
    if options.legacy {
        return torch_legacy::write(out, graph, root, options, watcher);
    }
    let mut storages = Storages::of(graph, root, options.compact);
    let pickler = Pickler::new(graph, &mut storages).with_objects(options.objects);
    let (pickle, notes) = pickler.of_protocol(options.protocol).finish(root)?;
    let alignment = if options.alignment == 0 { ALIGNMENT } else { options.alignment };
    let mut zip = ZipWriter::new(out).laid_out(alignment, !options.no_crc32);
    let name = |name: &str| format!("{folder}/{name}");
    let failed = |error: std::io::Error| failed(&error);
    zip.entry(&name("data.pkl"), &pickle).map_err(failed)?;
    zip.entry(&name(".format_version"), b"1").map_err(failed)?;
    zip.entry(&name(".storage_alignment"), alignment.to_string().as_bytes()).map_err(failed)?;
    zip.entry(&name("byteorder"), b"little").map_err(failed)?;
    watcher.expect(storages.order().iter().map(|storage| storages.length(storage)).sum());
    for (key, storage) in storages.order().iter().enumerate() {
        if let Some(next) = storages.order().get(key + 1) {
            next.foretell();
        }
        zip.start(&name(&format!("data/{key}")), storages.length(storage)).map_err(failed)?;
        storages.each(storage, |bytes| {
            if options.skip_data {
                zip.zeros(bytes.len()).map_err(failed)?;
            } else {
                zip.data(bytes).map_err(failed)?;
            }
            watcher.advance(bytes.len() as u64)
        })?;
        zip.finish_entry().map_err(failed)?;
    }
    zip.entry(&name("version"), b"3\n").map_err(failed)?;
    let identity = zip.identity();
    zip.entry(&name(".data/serialization_id"), identity.as_bytes()).map_err(failed)?;
    let nbytes = zip.finish().map_err(failed)?;
    Ok(Saved { nbytes, storages: storages.order().len(), notes, replaced: None, ..Saved::default() })
}

/// An `OSError` of the output, whose path is known to the caller: it says the same with it.
pub fn failed(error: &std::io::Error) -> Error {
    Error::new(Kind::Os, error.to_string())
}
