//! What a save does to the file whose place it takes: the keys and the metadata that it ends.

use std::collections::HashSet;
use std::path::Path;

use torchsh_checkpoint::dtype::Dtype;
use torchsh_checkpoint::graph::{Graph, Node, NodeId};
use torchsh_checkpoint::mapping::Mapping;
use torchsh_checkpoint::record::TensorRecord;
use torchsh_checkpoint::{self as checkpoint, Options, safetensors, walk};
use torchsh_language::value::report::size;
use torchsh_language::value::{Value, Vm};

/// Keys that a question or a note names.
const NAMED: usize = 3;

/// Whether a person who can be asked agrees to replace a file that holds what is not saved again.
pub fn agreed(vm: &dyn Vm, path: &Path, graph: &mut Graph, root: NodeId) -> bool {
    vm.agrees(&mut || question(path, graph, root))
}

/// What to ask; nothing where the file is not there, or all of its keys are saved again.
fn question(path: &Path, graph: &mut Graph, root: NodeId) -> Option<String> {
    if !path.is_file() && !path.join(".metadata").is_file() {
        return None;
    }
    let shown = path.display();
    let names = |graph: &mut Graph, root| -> Option<Vec<String>> {
        Some(walk::tensors(graph, root).ok()?.into_iter().map(|(name, _)| name).collect())
    };
    let Ok(mut before) = checkpoint::open(path, &Options::default()) else {
        return Some(format!("{shown} is there and is not a checkpoint. Replace it?"));
    };
    let (before, now) = (names(&mut before.graph, before.root)?, names(graph, root)?);
    let now: HashSet<String> = now.into_iter().collect();
    let gone: Vec<&str> = before.iter().filter(|name| !now.contains(*name)).map(String::as_str).collect();
    if gone.is_empty() {
        return None;
    }
    let count = size::counted(gone.len(), "tensor");
    Some(format!("{shown} holds {count} that you do not save ({}). Replace it?", some(&gone)))
}

/// The first of some names.
fn some(names: &[&str]) -> String {
    let more = if names.len() > NAMED { ", …" } else { "" };
    let first: Vec<&str> = names.iter().copied().take(NAMED).collect();
    format!("{}{more}", first.join(", "))
}

/// A warning of finite numbers that the dtype which they were cast to does not hold: which keys, and how many of each.
pub fn overflown(graph: &mut Graph, root: NodeId) -> Option<String> {
    let lost = |id: NodeId| match graph.get(id) {
        Node::Tensor(record) => record.view().map_or(0, |view| view.storage.lost()),
        _ => 0,
    };
    if graph.ids().all(|id| lost(id) == 0) {
        return None;
    }
    let tensors = walk::tensors(graph, root).ok()?;
    overflown_of(tensors.iter().map(|(name, record)| (name.as_str(), &**record)))
}

/// The same of tensors by their names.
pub fn overflown_of<'a>(tensors: impl Iterator<Item = (&'a str, &'a TensorRecord)>) -> Option<String> {
    let found = tensors.filter_map(|(name, record)| {
        let count = record.view().map_or(0, |view| view.storage.lost());
        (count > 0).then(|| (name.to_owned(), count, record.dtype))
    });
    beyond(&found.collect::<Vec<_>>())
}

/// The warning of numbers that are gone, by their tensors' names: how many of each, and of which dtype these are.
pub fn beyond(lost: &[(String, u64, Dtype)]) -> Option<String> {
    let dtype = lost.first()?.2.name();
    let names: Vec<String> =
        lost.iter().map(|(name, count, _)| format!("{name} ({})", size::grouped(*count))).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Some(format!("warning: finite numbers that {dtype} cannot hold became infinite or NaN: {}", some(&names)))
}

/// Metadata as a safetensors file has it, in its order.
pub type Metadata = Vec<(String, String)>;

/// What a dictionary that was read from a safetensors file says of itself, without what is said of tied tensors.
#[must_use]
pub fn metadata_of(value: &Value) -> Metadata {
    let attributes = value.as_dict().filter(|dict| dict.has_attributes());
    let metadata = attributes.and_then(|dict| dict.attributes().get_name("metadata"));
    let Some(metadata) = metadata.and_then(|metadata| metadata.as_dict()) else { return Metadata::new() };
    let pair = |(key, value): (Value, Value)| Some((key.as_str()?.to_string(), value.as_str()?.to_string()));
    safetensors::own_metadata(metadata.entries().into_iter().filter_map(pair).collect())
}

/// The metadata of the safetensors file at a path, if there is one.
#[must_use]
pub fn metadata_at(path: &Path) -> Metadata {
    let is_file = path.metadata().is_ok_and(|about| about.is_file());
    let header = is_file.then(|| Mapping::open(path).ok()).flatten().and_then(|mapping| {
        let bytes = mapping.bytes();
        safetensors::looks_like(bytes, bytes.len() as u64).then(|| safetensors::parse(bytes).ok()).flatten()
    });
    safetensors::own_metadata(header.map(|header| header.metadata).unwrap_or_default())
}

/// What to say of metadata that is not written again, and why if there is a reason.
#[must_use]
pub fn lost(before: &Metadata, written: &[(String, String)], why: &str) -> Option<String> {
    let is_written = |name: &str| name == "format" || written.iter().any(|(key, _)| key == name);
    let gone: Vec<&str> = before.iter().map(|(key, _)| key.as_str()).filter(|key| !is_written(key)).collect();
    let count = size::counted(gone.len(), "entry");
    (!gone.is_empty()).then(|| format!("{count} of the file's own metadata left out{why} ({})", some(&gone)))
}
