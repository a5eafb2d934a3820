//! Writing folders of `torch.distributed.checkpoint`: one file of `torch.save` archives, one for each tensor and value, and a
//! pickle that says where they lie.
//!
//! The file has a name that no file there has, so the old checkpoint stays whole until the new `.metadata` takes the place of the old.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::atomic::{Written, beside};
use super::torch_zip::{SaveOptions, Saved, failed, pickled, write_torch};
use crate::dtype::Dtype;
use crate::graph::{Global, Graph, Made, Node, NodeId, Object};
use crate::limits;
use crate::record::{Form, TensorRecord};
use crate::watcher::Watcher;
use torchsh_base::Str;
use torchsh_base::error::{Error, Result};

const METADATA: &str = ".metadata";
const ENDING: &str = ".distcp";
const MODULE: &str = "torch.distributed.checkpoint.metadata";
/// As `torch.save` writes what has no name.
const ARCHIVE: &str = "archive";
/// What `pickle.dump` writes where no protocol is asked for.
const PROTOCOL: u8 = 4;

/// A step on the way to an entry.
#[derive(Clone)]
enum Step {
    Key(String),
    Place(i64),
}

/// A tensor or value, and the steps to it.
struct Entry {
    name: String,
    path: Vec<Step>,
    value: NodeId,
}

/// Saves a dictionary, nested as it may be, as such a folder.
///
/// # Errors
/// `OSError` if the folder cannot be written; `TypeError` for what is no dictionary, or a tensor that has no elements in memory
/// one by one; `ValueError` for two entries of one dotted name.
pub fn save_dcp(folder: &Path, graph: &mut Graph, root: NodeId, watcher: &dyn Watcher) -> Result<Saved> {
    let mut entries = Vec::new();
    collect(graph, root, &mut Vec::new(), &mut entries)?;
    refuse_doubles(&entries)?;
    // What is no tensor comes first, as PyTorch writes it.
    entries.sort_by_key(|entry| matches!(graph.get(entry.value), Node::Tensor(_)));
    let is_new = !folder.exists();
    fs::create_dir_all(folder).map_err(|error| Error::io(&error, folder))?;
    let saved = write(folder, graph, &entries, watcher);
    if is_new && saved.is_err() {
        // It is empty: nothing was put there.
        let _ = fs::remove_dir(folder);
    }
    saved
}

fn write(folder: &Path, graph: &mut Graph, entries: &[Entry], watcher: &dyn Watcher) -> Result<Saved> {
    let old = files(folder);
    let had = folder.join(METADATA).is_file();
    let file = (0..)
        .map(|number| format!("__0_{number}{ENDING}"))
        .find(|name| !old.contains(name))
        .unwrap_or_default();
    let (data, (places, notes)) = beside(&folder.join(&file), |out| archives(out, graph, entries, watcher))?;
    let pickle = metadata(graph, folder, &file, entries, &places)?;
    let (about, ()) = beside(&folder.join(METADATA), |out| out.write_all(&pickle).map_err(|e| failed(&e)))?;
    let length = |name: &String| fs::metadata(folder.join(name)).map_or(0, |about| about.len());
    let replaced = had.then(|| old.iter().map(length).sum());
    put(folder, data, about, if had { &old } else { &[] })?;
    let nbytes = places.iter().map(|(_, length)| length).sum::<u64>() + pickle.len() as u64;
    Ok(Saved { nbytes, storages: entries.len(), notes, replaced, ..Saved::default() })
}

/// The files in a folder that are a checkpoint's by their names.
fn files(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_own = |name: &String| name.starts_with("__") && name.ends_with(ENDING);
    let names: BTreeSet<String> =
        names.filter_map(|entry| entry.file_name().into_string().ok()).filter(is_own).collect();
    names.into_iter().collect()
}

fn put(folder: &Path, data: Written, about: Written, old: &[String]) -> Result<()> {
    data.put()?;
    about.put()?;
    for name in old {
        let _ = fs::remove_file(folder.join(name));
    }
    Ok(())
}

/// Each entry as an archive: where it begins, and how long it is.
type Places = Vec<(u64, u64)>;

fn archives(
    out: &mut dyn Write,
    graph: &mut Graph,
    entries: &[Entry],
    watcher: &dyn Watcher,
) -> Result<(Places, Vec<String>)> {
    let options = SaveOptions { compact: true, ..SaveOptions::default() };
    let (mut places, mut at, mut notes) = (Places::new(), 0, Vec::new());
    for entry in entries {
        let value = match graph.get(entry.value) {
            Node::Tensor(record) => {
                let plain = plain(&entry.name, record)?;
                graph.add(Node::Tensor(Rc::new(plain)))?
            }
            _ => entry.value,
        };
        let done = write_torch(out, ARCHIVE, graph, value, &options, watcher)
            .map_err(|error| error.note(format!("in '{}'", entry.name)))?;
        notes.extend(done.notes);
        places.push((at, done.nbytes));
        at += done.nbytes;
    }
    Ok((places, notes))
}

/// The tensor itself, without what it is to a model.
fn plain(name: &str, record: &TensorRecord) -> Result<TensorRecord> {
    let what = match record.form {
        Form::Strided(_) => {
            return Ok(TensorRecord::of(record.dtype, record.shape.clone(), record.form.clone()));
        }
        Form::Quantized(..) => "a quantized tensor",
        Form::Meta { .. } => "a meta tensor, which has no data",
        _ => "a sparse or nested tensor",
    };
    let error =
        Error::type_error(format!("distributed checkpoints hold ordinary tensors: '{name}' is {what}"));
    Err(error.hint("leave it out, or save as .pt"))
}

/// Dictionaries are gone into, and lists where a tensor or a dictionary is somewhere in them.
fn collect(graph: &Graph, id: NodeId, path: &mut Vec<Step>, entries: &mut Vec<Entry>) -> Result<()> {
    if path.len() > limits::WALK_NESTING {
        return Err(Error::value("a dictionary that is nested too deep, or holds itself"));
    }
    let inner: Vec<(Step, NodeId)> = match (graph.entries(id), graph.get(id)) {
        (Some(items), _) if !items.is_empty() || path.is_empty() => {
            let step =
                |&(key, value): &(NodeId, NodeId)| key_text(graph, key).map(|key| (Step::Key(key), value));
            items.iter().map(step).collect::<Result<_>>()?
        }
        (_, Node::List(items)) if !is_leaf(graph, id, 0) => {
            (0..).map(Step::Place).zip(items.iter().copied()).collect()
        }
        _ if path.is_empty() => {
            let error =
                Error::type_error("a distributed checkpoint holds a dictionary, and the object is not one");
            return Err(error.hint("save {\"model\": m} \"x.dcp\""));
        }
        _ => {
            entries.push(Entry { name: dotted(path), path: path.clone(), value: id });
            return Ok(());
        }
    };
    for (step, value) in inner {
        path.push(step);
        collect(graph, value, path, entries)?;
        path.pop();
    }
    Ok(())
}

fn is_leaf(graph: &Graph, id: NodeId, depth: usize) -> bool {
    let Node::List(items) = graph.get(id) else { return graph.entries(id).is_none() };
    depth > limits::WALK_NESTING
        || !items.iter().any(|&item| match graph.get(item) {
            Node::Tensor(_) => true,
            Node::List(_) | Node::Dict(_) => !is_leaf(graph, item, depth + 1),
            _ => false,
        })
}

/// `str(key)`
fn key_text(graph: &Graph, key: NodeId) -> Result<String> {
    match graph.get(key) {
        Node::Str(text) => Ok(text.as_str().to_owned()),
        Node::Int(number) => Ok(number.to_string()),
        Node::Bool(true) => Ok("True".to_owned()),
        Node::Bool(false) => Ok("False".to_owned()),
        Node::None => Ok("None".to_owned()),
        _ => {
            let error = Error::type_error("the keys of a distributed checkpoint must be strings or integers");
            Err(error.hint("p = {str(k): v for k, v in p.items()}"))
        }
    }
}

fn dotted(path: &[Step]) -> String {
    let steps: Vec<String> = path
        .iter()
        .map(|step| match step {
            Step::Key(key) => key.clone(),
            Step::Place(place) => place.to_string(),
        })
        .collect();
    steps.join(".")
}

fn refuse_doubles(entries: &[Entry]) -> Result<()> {
    let mut names = HashSet::new();
    match entries.iter().find(|entry| !names.insert(entry.name.as_str())) {
        Some(entry) => {
            let name = &entry.name;
            Err(Error::value(format!(
                "two entries have the dotted name '{name}': the folder cannot tell them apart"
            )))
        }
        None => Ok(()),
    }
}

/// Makes the objects that `.metadata` is made of.
struct Maker<'a>(&'a mut Graph);

impl Maker<'_> {
    fn object(&mut self, module: &str, class: &str, state: &[(&str, NodeId)]) -> Result<NodeId> {
        let class = Rc::new(Global { module: Str::intern(module), name: Str::intern(class) });
        let mut object = Object::of(class, Made::New, Vec::new());
        if !state.is_empty() {
            object.state = Some(self.0.dict(state.iter().map(|(name, value)| (Str::intern(name), *value)))?);
        }
        self.0.add(Node::Object(Box::new(object)))
    }

    fn global(&mut self, module: &str, name: &str) -> Result<NodeId> {
        let global = Global { module: Str::intern(module), name: Str::intern(name) };
        self.0.add(Node::Global(Rc::new(global)))
    }

    fn dict(&mut self, items: Vec<(NodeId, NodeId)>) -> Result<NodeId> {
        let dict = crate::graph::Dict { items, ..Default::default() };
        self.0.add(Node::Dict(Box::new(dict)))
    }

    fn sizes(&mut self, sizes: Vec<i64>) -> Result<NodeId> {
        self.0.add(Node::Size(Box::new(sizes)))
    }

    fn integer(&mut self, number: u64) -> Result<NodeId> {
        self.0.add(Node::Int(i64::try_from(number).unwrap_or(i64::MAX)))
    }

    /// `TensorStorageMetadata`: a tensor that is one chunk.
    fn tensor(&mut self, dtype: Dtype, shape: &[i64], requires_grad: bool) -> Result<NodeId> {
        let properties = self.properties(dtype, requires_grad)?;
        let (size, sizes) = (self.sizes(shape.to_vec())?, self.sizes(shape.to_vec())?);
        let offsets = self.sizes(vec![0; shape.len()])?;
        let chunk = self.object(MODULE, "ChunkStorageMetadata", &[("offsets", offsets), ("sizes", sizes)])?;
        let chunks = self.0.add(Node::List(Box::new(vec![chunk])))?;
        let state = [("properties", properties), ("size", size), ("chunks", chunks)];
        self.object(MODULE, "TensorStorageMetadata", &state)
    }

    /// `TensorProperties`, whose state is a tuple.
    fn properties(&mut self, dtype: Dtype, requires_grad: bool) -> Result<NodeId> {
        let layout = self.global("torch", "strided")?;
        let class = Global { module: Str::intern(MODULE), name: Str::intern("_MEM_FORMAT_ENCODING") };
        let contiguous = self.0.add(Node::Int(0))?;
        let format = Object::of(Rc::new(class), Made::Call, vec![contiguous]);
        let format = self.0.add(Node::Object(Box::new(format)))?;
        let (dtype, requires_grad) =
            (self.0.add(Node::Dtype(dtype))?, self.0.add(Node::Bool(requires_grad))?);
        let state = vec![dtype, layout, requires_grad, format, NodeId::FALSE];
        let class = Global { module: Str::intern(MODULE), name: Str::intern("TensorProperties") };
        let mut object = Object::of(Rc::new(class), Made::New, Vec::new());
        object.state = Some(self.0.add(Node::Tuple(Box::new(state)))?);
        self.0.add(Node::Object(Box::new(object)))
    }

    fn path(&mut self, path: &[Step]) -> Result<NodeId> {
        let mut steps = Vec::with_capacity(path.len());
        for step in path {
            steps.push(match step {
                Step::Key(key) => self.0.text(key)?,
                Step::Place(place) => self.0.add(Node::Int(*place))?,
            });
        }
        self.0.add(Node::Tuple(Box::new(steps)))
    }

    /// `MetadataIndex`: a name, and of a tensor where its chunk begins.
    fn index(&mut self, name: NodeId, rank: Option<usize>) -> Result<NodeId> {
        let (index, offset) = match rank {
            Some(rank) => (self.0.add(Node::Int(0))?, self.sizes(vec![0; rank])?),
            None => (NodeId::NONE, NodeId::NONE),
        };
        self.object(MODULE, "MetadataIndex", &[("fqn", name), ("index", index), ("offset", offset)])
    }
}

fn metadata(
    graph: &mut Graph,
    folder: &Path,
    file: &str,
    entries: &[Entry],
    places: &[(u64, u64)],
) -> Result<Vec<u8>> {
    let mut make = Maker(graph);
    let file = make.0.text(file)?;
    let (mut described, mut paths, mut stored) = (Vec::new(), Vec::new(), Vec::new());
    for (entry, (offset, length)) in entries.iter().zip(places) {
        let tensor = match make.0.get(entry.value) {
            Node::Tensor(record) => Some((record.dtype, record.shape.clone(), record.requires_grad)),
            _ => None,
        };
        let name = make.0.text(&entry.name)?;
        let about = match &tensor {
            Some((dtype, shape, requires_grad)) => make.tensor(*dtype, shape, *requires_grad)?,
            None => make.object(MODULE, "BytesStorageMetadata", &[])?,
        };
        described.push((name, about));
        paths.push((name, make.path(&entry.path)?));
        let index = make.index(name, tensor.map(|(_, shape, _)| shape.len()))?;
        let (offset, length) = (make.integer(*offset)?, make.integer(*length)?);
        let state = [("relative_path", file), ("offset", offset), ("length", length)];
        stored.push((index, make.object("torch.distributed.checkpoint.filesystem", "_StorageInfo", &state)?));
    }
    let (described, paths, stored) = (make.dict(described)?, make.dict(paths)?, make.dict(stored)?);
    let id = make.0.text(&folder.to_string_lossy())?;
    let save = make.0.text(&save_id())?;
    let modules = make.0.add(Node::List(Box::default()))?;
    let state = [("checkpoint_id", id), ("save_id", save), ("load_id", NodeId::NONE), ("modules", modules)];
    let storage = make.object(MODULE, "StorageMeta", &state)?;
    let version = make.0.text("1.0.0")?;
    let state = [
        ("state_dict_metadata", described),
        ("planner_data", paths),
        ("storage_data", stored),
        ("storage_meta", storage),
        ("version", version),
    ];
    let root = make.object(MODULE, "Metadata", &state)?;
    pickled(graph, root, PROTOCOL)
}

/// A name for this save alone: the time and the process.
fn save_id() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{:032x}", now.as_nanos() << 24 ^ u128::from(std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{graph_of_ints, values_of};
    use crate::watcher::Unwatched;

    #[test]
    fn a_folder_is_read_as_it_was_written_and_replaced_as_one() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("x.dcp");
        for (number, count) in [(1, 3), (2, 2)] {
            let (mut graph, root) = graph_of_ints(number, count);
            let saved = save_dcp(&folder, &mut graph, root, &Unwatched).unwrap();
            assert_eq!(saved.replaced.is_some(), number == 2);
            assert_eq!(values_of(&folder).unwrap(), vec![number; count]);
            assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
        }
        let (mut graph, _) = graph_of_ints(1, 1);
        let text = graph.text("no dictionary").unwrap();
        let other = parent.path().join("y.dcp");
        assert!(save_dcp(&other, &mut graph, text, &Unwatched).is_err());
        assert!(!other.exists());
    }
}
