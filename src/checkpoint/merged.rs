//! Several files as one dictionary.

use std::path::{Component, Path};

use torchsh_base::hash::SeededMap;

use super::content::{Options, from_mapping};
use super::graph::{Dict, DictKind, Graph, Loaded, Node};
use super::mapping::Mapping;
use super::numbered::not_there;
use super::safetensors;
use torchsh_base::error::{Error, Result};

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

    /// Opens a file; `file` is what it is called in errors.
    ///
    /// # Errors
    /// What is wrong with it; one that holds anything but tensors.
    pub fn read(path: &Path, file: &str, options: &Options) -> Result<Shard> {
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
