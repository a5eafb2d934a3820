//! Several files as one dictionary: shards, and the files that fit a pattern.

use std::path::{Component, Path, PathBuf};

use torchsh_base::hash::SeededMap;

use super::file_patterns::Search;
use super::graph::{Dict, DictKind, Graph, Loaded, Node};
use super::mapping::Mapping;
use super::open::{Options, from_mapping, open};
use super::pattern::is_pattern;
use super::safetensors;
use super::shards::not_there;
use torchsh_base::error::{Error, Result, path_meant, path_text};

/// One file of a sharded checkpoint.
pub struct Shard {
    /// By name, in the file's order.
    pub tensors: Vec<(String, Node)>,
    /// What a safetensors file says of itself.
    pub metadata: Vec<(String, String)>,
}

impl Shard {
    /// Opens a file that lies in a folder, by its name.
    ///
    /// # Errors
    /// A name that leads elsewhere; what is wrong with the file; one that holds anything but tensors.
    pub fn open(folder: &Path, file: &str, options: &Options) -> Result<Shard> {
        let inside = |part: Component| matches!(part, Component::Normal(_));
        if file.is_empty() || file.contains(['\\', '\0']) || !Path::new(file).components().all(inside) {
            return Err(Error::value(format!("the index names {file:?}, which lies outside its folder")));
        }
        // Not by `open`: a shard that is an index again would have no end.
        let path = folder.join(file);
        if path.exists() && !path.is_file() {
            return Err(Error::value(format!("the index names {file:?}, which is not a file")));
        }
        Shard::read(&path, file, options).map_err(|error| not_there(folder, file, error))
    }

    fn read(path: &Path, file: &str, options: &Options) -> Result<Shard> {
        let mapping = Mapping::open_as(path, options.mmap)?;
        let loaded = from_mapping(&mapping)?;
        let mut tensors = Vec::new();
        for &(key, value) in loaded.graph.entries(loaded.root).unwrap_or_default() {
            let (Some(name), Node::Tensor(record)) = (loaded.graph.str(key), loaded.graph.get(value)) else {
                let what = loaded.graph.str(key).unwrap_or("?").to_owned();
                return Err(Error::value(format!(
                    "{file} holds '{what}', which is not a tensor: it is not a shard"
                )));
            };
            let mut record = record.as_ref().clone();
            record.attributes = None;
            tensors.push((name.to_owned(), Node::Tensor(std::rc::Rc::new(record))));
        }
        Ok(Shard { tensors, metadata: safetensors::metadata_of(&loaded) })
    }
}

/// One dictionary of what several files hold.
#[derive(Default)]
pub struct Merged {
    graph: Graph,
    dict: Dict,
    /// Which file has a name, for those that are added whole.
    seen: SeededMap<String, String>,
    metadata: Vec<(String, String)>,
}

impl Merged {
    /// Of no file yet.
    #[must_use]
    pub fn new() -> Merged {
        Merged { dict: Dict { kind: DictKind::Ordered, ..Dict::default() }, ..Merged::default() }
    }

    /// Adds a tensor.
    ///
    /// # Errors
    /// More than a graph holds.
    pub fn add(&mut self, name: &str, node: Node) -> Result<()> {
        let entry = (self.graph.text(name)?, self.graph.add(node)?);
        self.dict.items.push(entry);
        Ok(())
    }

    /// Adds all tensors of a file.
    ///
    /// # Errors
    /// A name that an earlier file has.
    pub fn add_all(&mut self, file: &str, shard: Shard) -> Result<()> {
        self.describe(shard.metadata);
        for (name, node) in shard.tensors {
            if let Some(other) = self.seen.insert(name.clone(), file.to_owned()) {
                return Err(Error::value(format!("{file} holds '{name}', and so does {other}")));
            }
            self.add(&name, node)?;
        }
        Ok(())
    }

    /// Takes a file's metadata over; what an earlier one says stays.
    pub fn describe(&mut self, metadata: Vec<(String, String)>) {
        for (key, value) in metadata {
            if !self.metadata.iter().any(|(known, _)| *known == key) {
                self.metadata.push((key, value));
            }
        }
    }

    /// The checkpoint.
    ///
    /// # Errors
    /// More than a graph holds.
    pub fn loaded(mut self, kind: &'static str, notes: Vec<String>) -> Result<Loaded> {
        if !self.metadata.is_empty() {
            self.dict.attributes = Some(safetensors::attributes(&mut self.graph, &self.metadata)?);
        }
        let root = self.graph.add(Node::Dict(Box::new(self.dict)))?;
        Ok(Loaded { graph: self.graph, root, kind, notes })
    }
}

/// The files that fit a pattern, sorted.
fn that_fit(pattern: &str) -> Result<Vec<PathBuf>> {
    let search = Search { root: None, is_recursive: true, with_hidden: false, go_on: &|| Ok(()) };
    let mut files: Vec<PathBuf> = search.run(pattern)?.iter().map(|path| path_meant(path)).collect();
    files.retain(|path| path.is_file());
    files.sort();
    Ok(files)
}

/// Reads all files that fit a pattern (`model-*.safetensors`) as one dictionary; none if the path is not a pattern.
///
/// # Errors
/// No file fits; what is wrong with one; two hold a tensor of the same name.
pub fn load_pattern(path: &Path, options: &Options) -> Result<Option<Loaded>> {
    let pattern = path_text(path);
    if !is_pattern(&pattern) || path.exists() {
        return Ok(None);
    }
    let files = that_fit(&pattern)?;
    if let [one] = files.as_slice() {
        return open(one, options).map(Some);
    }
    let mut merged = Merged::new();
    for file in &files {
        let name = file.display().to_string();
        let shard = Shard::read(file, &name, options).map_err(|error| error.note(format!("in {name}")))?;
        merged.add_all(&name, shard)?;
    }
    if files.is_empty() {
        let missing = Error::io(&std::io::Error::from_raw_os_error(libc::ENOENT), path);
        return Err(missing.note("no file fits the pattern"));
    }
    merged.loaded("files of a pattern", Vec::new()).map(Some)
}
