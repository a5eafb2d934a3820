//! Checkpoints of several files: shards with an index, and the folders they lie in.

use std::path::{Path, PathBuf};

use super::content::{Options, about, from_mapping_as};
use super::graph::{Graph, Loaded, Node};
use super::index::{Index, is_index};
use super::limits;
use super::mapping::Mapping;
use super::merged::{Merged, Shard};
use super::nested::{Step, Tree};
use super::numbered::{entries_in, files_in, is_whole, numbered};
use super::{dcp, deepspeed};
use torchsh_base::error::{Error, Result};
use torchsh_base::hash::SeededMap;

/// Files that a folder is opened by, in the order in which they are looked for.
const NAMES: &[&str] = &[
    "model.safetensors.index.json",
    "diffusion_pytorch_model.safetensors.index.json",
    "model.safetensors",
    "diffusion_pytorch_model.safetensors",
    "adapter_model.safetensors",
    "pytorch_model.bin.index.json",
    "pytorch_model.bin",
    "diffusion_pytorch_model.bin",
    "adapter_model.bin",
];

/// Reads a file: a checkpoint of any format, or an index of others.
///
/// # Errors
/// What is wrong with it, with the path as a note.
pub fn load_file(path: &Path, options: &Options) -> Result<Loaded> {
    opened(&Mapping::open_as(path, options.mmap)?, options)
}

/// Reads a checkpoint of any format whose file (it may be an index of others) is mapped already.
///
/// # Errors
/// As [`load_file`].
pub fn opened(mapping: &Mapping, options: &Options) -> Result<Loaded> {
    if is_index(mapping.bytes()) {
        return load_index(mapping, options).map_err(|error| about(error, mapping));
    }
    from_mapping_as(mapping, options)
}

/// Reads all shards that an index names, as one dictionary in the index's order.
///
/// # Errors
/// `ValueError` for an index that names a file outside its folder, or a tensor that its file has not; what is wrong with
/// a shard.
pub fn load_index(mapping: &Mapping, options: &Options) -> Result<Loaded> {
    if mapping.len() > limits::INDEX_BYTES {
        return Err(Error::value(format!("an index of more than {} bytes", limits::INDEX_BYTES)));
    }
    let index: Index = serde_json::from_slice(mapping.bytes())
        .map_err(|error| Error::value(format!("the index is not of the form it must have: {error}")))?;
    let folder = mapping.path().parent().unwrap_or(Path::new("."));
    let mut shards: SeededMap<String, SeededMap<String, Node>> = SeededMap::default();
    let mut merged = Merged::new();
    for (name, file) in &index.weight_map.0 {
        if !shards.contains_key(file) {
            if shards.len() >= limits::SHARDS {
                return Err(Error::value(format!("the index names more than {} files", limits::SHARDS)));
            }
            let shard = Shard::open(folder, file, options)?;
            merged.describe(shard.metadata);
            shards.insert(file.to_owned(), shard.tensors.into_iter().collect());
        }
        let found = shards.get_mut(file).and_then(|tensors| tensors.remove(name));
        let node = found.ok_or_else(|| {
            Error::value(format!("{file} has no tensor '{name}', though the index says so"))
        })?;
        merged.add(name, node)?;
    }
    let left: usize = shards.values().map(SeededMap::len).sum();
    let notes = if left > 0 {
        vec![format!("the shards hold {left} more tensors than their index names")]
    } else {
        Vec::new()
    };
    merged.loaded("sharded checkpoint", notes)
}

/// Which tensor is in which file, of numbered shards that have no index; none if they are not one whole set.
///
/// # Errors
/// What is wrong with a shard.
pub fn names_in(folder: &Path, files: &[String]) -> Result<Vec<(String, String)>> {
    let paths: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
    let whole = numbered(&paths.iter().collect::<Vec<_>>()).filter(|names| is_whole(names));
    let mut named = Vec::new();
    for file in whole.unwrap_or_default() {
        let tensors = Shard::open(folder, &file, &Options::default())?.tensors;
        named.extend(tensors.into_iter().map(|(name, _)| (name, file.clone())));
    }
    Ok(named)
}

/// Reads the checkpoint that a folder holds.
///
/// # Errors
/// `IsADirectoryError` that says what is there, if that is none or more than one.
pub fn load_folder(folder: &Path, options: &Options) -> Result<Loaded> {
    if folder.join(".metadata").is_file() {
        return dcp::load(folder, options);
    }
    if let Some(zero) = deepspeed::folder_of(folder) {
        return deepspeed::load(&zero, options);
    }
    if let Some(name) = NAMES.iter().find(|name| folder.join(name).is_file()) {
        return load_file(&folder.join(name), options);
    }
    let files = files_in(folder)?;
    let with = |endings: &[&str]| -> Vec<&PathBuf> {
        let fits = |path: &&PathBuf| endings.iter().any(|end| path.to_string_lossy().ends_with(end));
        files.iter().filter(fits).collect()
    };
    for endings in [&[".index.json"] as &[&str], &[".safetensors"], ENDINGS] {
        match with(endings).as_slice() {
            [] => {}
            [one] => return load_file(one, options),
            several => {
                return match numbered(several) {
                    Some(shards) => load_numbered(folder, &shards, options),
                    None => Err(which(folder, several)),
                };
            }
        }
    }
    if let Some(loaded) = load_components(folder, options)? {
        return Ok(loaded);
    }
    let error = Error::io(&std::io::Error::from_raw_os_error(libc::EISDIR), folder);
    let below = below(folder);
    if let Some(first) = below.first() {
        let paths: Vec<_> = below.iter().take(SHOWN).map(|path| path.to_string_lossy()).collect();
        let more = if below.len() > SHOWN { ", …" } else { "" };
        let error = error
            .note(format!("it holds no checkpoint itself, but its folders do: {}{more}", paths.join(", ")));
        return Err(error.hint(format!("load(\"{}\")", folder.join(first).display())));
    }
    let names: Vec<_> =
        files.iter().take(SHOWN).filter_map(|path| path.file_name()).map(|n| n.to_string_lossy()).collect();
    let held = if names.is_empty() { "the folder is empty".to_owned() } else { names.join(", ") };
    Err(error.note(format!("it holds no checkpoint: {held}")))
}

/// How checkpoints are named, but for safetensors.
const ENDINGS: &[&str] = &[".pt", ".pth", ".th", ".bin", ".ckpt", ".gguf"];

/// Names that an error lists.
const SHOWN: usize = 8;

/// Checkpoints in the folders of a folder, as paths from it, sorted; a few levels down.
fn below(folder: &Path) -> Vec<PathBuf> {
    const LEVELS: usize = 4;
    const ENTRIES: usize = 5000;
    let (mut found, mut seen) = (Vec::new(), 0);
    let mut level = vec![PathBuf::new()];
    for _ in 0..=LEVELS {
        let mut next = Vec::new();
        for within in &level {
            let entries = std::fs::read_dir(folder.join(within)).into_iter().flatten().flatten();
            for entry in entries.take(ENTRIES.saturating_sub(seen)) {
                seen += 1;
                let path = within.join(entry.file_name());
                let name = path.to_string_lossy();
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() => next.push(path),
                    Ok(_) if ENDINGS.iter().chain(&[".safetensors"]).any(|end| name.ends_with(end)) => {
                        found.push(path);
                    }
                    _ => {}
                }
            }
        }
        level = next;
    }
    found.sort_unstable();
    found
}

/// Reads numbered shards that have no index, in their order.
fn load_numbered(folder: &Path, names: &[String], options: &Options) -> Result<Loaded> {
    if !is_whole(names) {
        let which = names.first().map_or("", String::as_str);
        return Err(Error::value(format!("of the shards of {which} there are {}", names.len())));
    }
    let mut merged = Merged::new();
    for file in names {
        merged.add_all(file, Shard::open(folder, file, options)?)?;
    }
    merged.loaded("sharded checkpoint", Vec::new())
}

/// Reads a folder of folders that hold a model each (a pipeline of diffusers or sentence-transformers), by their names; none
/// if there is no such.
fn load_components(folder: &Path, options: &Options) -> Result<Option<Loaded>> {
    let (mut tree, mut graph, mut notes) = (Tree::default(), Graph::default(), Vec::new());
    for component in entries_in(folder)?.iter().filter(|path| path.is_dir()) {
        let (Some(file), Some(name)) = (
            NAMES.iter().map(|name| component.join(name)).find(|path| path.is_file()),
            component.file_name().and_then(|name| name.to_str()),
        ) else {
            continue;
        };
        let loaded = load_file(&file, options)?;
        for &(key, value) in loaded.graph.entries(loaded.root).unwrap_or_default() {
            let Some(key) = loaded.graph.str(key) else { continue };
            let Node::Tensor(record) = loaded.graph.get(value) else {
                notes.push(format!("{name} holds '{key}', which is not a tensor: it was left out"));
                continue;
            };
            let value = graph.add(Node::Tensor(record.clone()))?;
            tree.put(&[Step::Key(name.to_owned()), Step::Key(key.to_owned())], value)?;
        }
        notes.extend(loaded.notes);
    }
    if tree.is_empty() {
        return Ok(None);
    }
    let root = tree.build(&mut graph)?;
    Ok(Some(Loaded { graph, root, kind: "folder of models", notes }))
}

/// The files of a folder that are, or hold, pickles.
///
/// # Errors
/// `OSError` and its children.
pub fn pickled_files(folder: &Path) -> Result<Vec<PathBuf>> {
    const ENDINGS: [&str; 7] = [".pt", ".pth", ".th", ".bin", ".ckpt", ".pkl", ".metadata"];
    let mut files = files_in(folder)?;
    files.retain(|path| ENDINGS.iter().any(|end| path.to_string_lossy().ends_with(end)));
    let is_pickled = |path: &PathBuf| {
        let mapping = Mapping::open(path)?;
        Ok(matches!(mapping.bytes(), [0x80, ..] | [b'P', b'K', 3, 4, ..]))
    };
    let pickled: Vec<bool> = files.iter().map(is_pickled).collect::<Result<_>>()?;
    Ok(files.into_iter().zip(pickled).filter_map(|(path, is_pickled)| is_pickled.then_some(path)).collect())
}

fn which(folder: &Path, several: &[&PathBuf]) -> Error {
    let names: Vec<_> =
        several.iter().take(8).filter_map(|path| path.file_name()).map(|n| n.to_string_lossy()).collect();
    let error = Error::io(&std::io::Error::from_raw_os_error(libc::EISDIR), folder);
    error
        .note(format!("it holds several checkpoints: {}", names.join(", ")))
        .hint("name the one that you mean")
}
