//! Checkpoints of several files: shards with an index, and the folders they lie in.

use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

use super::graph::{Dict, DictKind, Graph, Loaded, Node, NodeId};
use super::limits;
use super::open::{Options, from_mapping, open};
use super::{dcp, deepspeed, mapping::Mapping};
use crate::error::{Error, Result};
use crate::syntax::Str;

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
    let mut shards: FxHashMap<String, Shard> = FxHashMap::default();
    let (mut graph, mut dict) = (Graph::default(), Dict { kind: DictKind::Ordered, ..Dict::default() });
    for (name, file) in &index.weight_map.0 {
        if !shards.contains_key(file) {
            if shards.len() >= limits::SHARDS {
                return Err(Error::value(format!("the index names more than {} files", limits::SHARDS)));
            }
            shards.insert(file.to_owned(), Shard::open(folder, file, options)?);
        }
        let found = shards.get_mut(file).and_then(|shard| shard.tensors.remove(name));
        let node = found.ok_or_else(|| {
            Error::value(format!("{file} has no tensor '{name}', though the index says so"))
        })?;
        dict.items.push((graph.text(name)?, graph.add(node)?));
    }
    let left: usize = shards.values().map(|shard| shard.tensors.len()).sum();
    let notes = if left > 0 {
        vec![format!("the shards hold {left} tensors more than their index names")]
    } else {
        Vec::new()
    };
    let root = graph.add(Node::Dict(Box::new(dict)))?;
    Ok(Loaded { graph, root, kind: "sharded checkpoint", notes })
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

/// One file of a sharded checkpoint.
struct Shard {
    tensors: FxHashMap<String, Node>,
}

impl Shard {
    fn open(folder: &Path, file: &str, options: &Options) -> Result<Shard> {
        if file.contains(['/', '\\', '\0']) || matches!(file, "" | "." | "..") {
            return Err(Error::value(format!("the index names {file:?}, which lies outside its folder")));
        }
        // Not by `open`: a shard that is an index again would have no end.
        let path = folder.join(file);
        if path.exists() && !path.is_file() {
            return Err(Error::value(format!("the index names {file:?}, which is no file")));
        }
        let mapping = Mapping::open_as(&path, options.mmap)?;
        let loaded = from_mapping(&mapping)?;
        let mut tensors = FxHashMap::default();
        for &(key, value) in loaded.graph.entries(loaded.root).unwrap_or_default() {
            let (Some(name), Node::Tensor(record)) = (loaded.graph.str(key), loaded.graph.get(value)) else {
                let what = loaded.graph.str(key).unwrap_or("?").to_owned();
                return Err(Error::value(format!(
                    "{file} holds '{what}', which is no tensor: it is no shard"
                )));
            };
            let mut record = record.as_ref().clone();
            record.attributes = None;
            tensors.insert(name.to_owned(), Node::Tensor(std::rc::Rc::new(record)));
        }
        Ok(Shard { tensors })
    }
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
    for endings in
        [&[".index.json"] as &[&str], &[".safetensors"], &[".pt", ".pth", ".bin", ".ckpt", ".gguf"]]
    {
        match with(endings).as_slice() {
            [] => {}
            [one] => return open(one, options),
            several => return Err(which(folder, several)),
        }
    }
    let error = Error::io(&std::io::Error::from_raw_os_error(libc::EISDIR), folder);
    let names: Vec<_> =
        files.iter().take(8).filter_map(|path| path.file_name()).map(|n| n.to_string_lossy()).collect();
    Err(error.note(format!("no checkpoint is in it: {}", names.join(", "))))
}

fn which(folder: &Path, several: &[&PathBuf]) -> Error {
    let names: Vec<_> =
        several.iter().take(8).filter_map(|path| path.file_name()).map(|n| n.to_string_lossy()).collect();
    let error = Error::io(&std::io::Error::from_raw_os_error(libc::EISDIR), folder);
    error
        .note(format!("it holds several checkpoints: {}", names.join(", ")))
        .hint("name the one that is meant")
}

fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).map_err(|error| Error::io(&error, folder))?;
    let mut files: Vec<_> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_file()).collect();
    files.sort();
    Ok(files)
}

/// A dictionary built along paths of keys: what was flattened becomes nested again.
#[derive(Default)]
pub struct Tree {
    branches: Vec<(Step, Branch)>,
    places: FxHashMap<Step, usize>,
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
        let conflict = || Error::value("two entries of the checkpoint are in each other's way");
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
