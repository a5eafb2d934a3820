//! Checkpoints of several files: shards with an index, and the folders they lie in.

use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

use super::graph::{Dict, Graph, Loaded, Node, NodeId};
use super::limits;
use super::merged::{Merged, Shard};
use super::open::{Options, open};
use super::{dcp, deepspeed, mapping::Mapping};
use torchsh_base::Str;
use torchsh_base::error::{Error, Kind, Result};
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

/// Whether a file is the index of shards: JSON with a `weight_map`.
#[must_use]
pub fn is_index(bytes: &[u8]) -> bool {
    let start = bytes.get(..bytes.len().min(limits::INDEX_BYTES)).unwrap_or_default();
    start.trim_ascii_start().starts_with(b"{") && start.windows(12).any(|part| part == b"\"weight_map\"")
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

/// What is read of an index.
#[derive(serde::Deserialize)]
struct Index {
    weight_map: Entries<String>,
}

/// A JSON object in its order, of no more entries than any real one.
pub struct Entries<V>(pub Vec<(String, V)>);

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Entries<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor(PhantomData))
    }
}

struct EntriesVisitor<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for EntriesVisitor<V> {
    type Value = Entries<V>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object of tensors")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<V>, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            if entries.len() >= limits::HEADER_ENTRIES {
                return Err(de::Error::custom(format!("more than {} tensors", limits::HEADER_ENTRIES)));
            }
            entries.push(entry);
        }
        Ok(Entries(entries))
    }
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

/// Whether numbered shards are as many as their names say.
fn is_whole(names: &[String]) -> bool {
    let count = names.first().and_then(|name| name.split_once("-of-")?.1.split('.').next()?.parse().ok());
    count == Some(names.len())
}

/// What is there instead of a shard that an index names.
#[must_use]
pub fn not_there(folder: &Path, file: &str, error: Error) -> Error {
    if error.kind() != Kind::FileNotFound {
        return error;
    }
    let Some((stem, _, end)) = shard_number(file) else { return error };
    let files = files_in(folder).unwrap_or_default();
    let names = files.iter().filter_map(|path| path.file_name()?.to_str());
    let mut alike: Vec<(u32, &str)> = names
        .filter_map(|name| {
            shard_number(name).filter(|(other, ..)| *other == stem).map(|(_, at, end)| (at, end))
        })
        .collect();
    alike.sort_unstable();
    let Some((_, other)) = alike.iter().find(|(_, other)| *other != end) else {
        return error
            .hint("a shard that the index names is missing: fetch it, the others do not hold its tensors");
    };
    let count: Option<u32> = other.split('.').next().and_then(|count| count.parse().ok());
    let numbers = alike.iter().filter(|(_, end)| end == other).map(|(at, _)| *at);
    let folder = folder.display().to_string();
    let is_plain = !folder.contains(['"', '\\', '{', '}']) && !folder.contains(char::is_control);
    let is_whole = is_plain && count.is_some_and(|count| numbers.eq(1..=count));
    let stale = format!("the index is of another save (the folder has {stem}-…-of-{other})");
    match count.filter(|_| is_whole) {
        Some(count) => error.hint(format!(
            "{stale}: p = {{k: v for i in range(1, {}) for k, v in load(f\"{folder}/{stem}-{{i:05}}-of-{other}\").items()}}",
            count + 1
        )),
        None => error.hint(stale),
    }
}

/// `model-00001-of-00002.safetensors` as `model`, 1 and `00002.safetensors`.
fn shard_number(name: &str) -> Option<(&str, u32, &str)> {
    let (before, end) = name.split_once("-of-")?;
    let (stem, number) = before.rsplit_once('-')?;
    Some((stem, number.parse().ok()?, end))
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
        return open(&folder.join(name), options);
    }
    let files = files_in(folder)?;
    let with = |endings: &[&str]| -> Vec<&PathBuf> {
        let fits = |path: &&PathBuf| endings.iter().any(|end| path.to_string_lossy().ends_with(end));
        files.iter().filter(fits).collect()
    };
    for endings in [&[".index.json"] as &[&str], &[".safetensors"], ENDINGS] {
        match with(endings).as_slice() {
            [] => {}
            [one] => return open(one, options),
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

/// The names of files that are numbered as the shards of one checkpoint, `model-00001-of-00002.safetensors`; none if they are
/// of another kind.
fn numbered(files: &[&PathBuf]) -> Option<Vec<String>> {
    let place = |path: &&PathBuf| -> Option<((String, u32), String)> {
        let name = path.file_name()?.to_str()?;
        let (stem, number, end) = shard_number(name)?;
        Some(((format!("{stem}-of-{end}"), number), name.to_owned()))
    };
    let places = files.iter().map(place).collect::<Option<Vec<_>>>()?;
    let ((whole, _), _) = places.first()?;
    places.iter().all(|((of, _), _)| of == whole).then(|| places.into_iter().map(|(_, name)| name).collect())
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
        let loaded = open(&file, options)?;
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
    if tree.branches.is_empty() {
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

fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
    Ok(entries_in(folder)?.into_iter().filter(|path| path.is_file()).collect())
}

fn entries_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).map_err(|error| Error::io(&error, folder))?;
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    Ok(paths)
}

/// A dictionary built along paths of keys: what was flattened becomes nested again.
#[derive(Default)]
pub struct Tree {
    branches: Vec<(Step, Branch)>,
    places: SeededMap<Step, usize>,
}

/// One step of a path.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Step {
    /// A key.
    Key(String),
    /// A place in a list.
    Place(i64),
}

enum Branch {
    Leaf(NodeId),
    Tree(Tree),
}

impl Tree {
    /// Puts an object at the end of a path.
    ///
    /// # Errors
    /// `ValueError` for a path that leads through an object.
    pub fn put(&mut self, path: &[Step], value: NodeId) -> Result<()> {
        let conflict = || Error::value("two entries of the checkpoint have names that exclude each other");
        let (step, rest) = path.split_first().ok_or_else(conflict)?;
        let place = self.places.get(step).copied();
        if rest.is_empty() {
            return match place {
                Some(_) => Err(conflict()),
                None => {
                    self.add(step, Branch::Leaf(value));
                    Ok(())
                }
            };
        }
        let place = place.unwrap_or_else(|| self.add(step, Branch::Tree(Tree::default())));
        match self.branches.get_mut(place) {
            Some((_, Branch::Tree(tree))) if path.len() < limits::WALK_NESTING => tree.put(rest, value),
            _ => Err(conflict()),
        }
    }

    fn add(&mut self, step: &Step, branch: Branch) -> usize {
        let place = self.branches.len();
        self.branches.push((step.clone(), branch));
        self.places.insert(step.clone(), place);
        place
    }

    /// The dictionaries and lists.
    ///
    /// # Errors
    /// That of [`Graph::add`].
    pub fn build(self, graph: &mut Graph) -> Result<NodeId> {
        let is_list = !self.branches.is_empty()
            && self.branches.iter().enumerate().all(|(i, (step, _))| *step == Step::Place(i as i64));
        let (mut items, mut entries) = (Vec::new(), Vec::new());
        for (step, branch) in self.branches {
            let value = match branch {
                Branch::Leaf(value) => value,
                Branch::Tree(tree) => tree.build(graph)?,
            };
            if is_list {
                items.push(value);
                continue;
            }
            let key = match step {
                Step::Key(key) => Node::Str(Str::new(key)),
                Step::Place(place) => Node::Int(place),
            };
            entries.push((graph.add(key)?, value));
        }
        if is_list {
            return graph.add(Node::List(Box::new(items)));
        }
        graph.add(Node::Dict(Box::new(Dict { items: entries, ..Dict::default() })))
    }
}
