//! Writing a dictionary of tensors as several files of `torch.save` with an index, as Hugging Face has `pytorch_model.bin`.

use std::path::Path;
use std::rc::Rc;

use serde_json::json;

use super::atomic::beside;
use super::set::{Set, in_shards};
use super::torch_zip::{SaveOptions, Saved, save_torch, write_torch};
use crate::graph::{Dict, Graph, Node, NodeId};
use crate::record::{Storage, bytes_of};
use crate::watcher::Watcher;
use torchsh_base::error::{Error, Result};
use torchsh_base::hash::SeededMap;

/// Entries that are written into one file: tensors that share a storage stay together.
struct Group {
    entries: Vec<(NodeId, NodeId)>,
    nbytes: u64,
}

/// Saves a dictionary in files of at most so many bytes of tensors, each whole tensors, and their index.
///
/// # Errors
/// As [`save_torch`]; `TypeError` for what is no dictionary of tensors under names.
pub fn save_torch_shards(
    path: &Path,
    graph: &mut Graph,
    root: NodeId,
    limit: u64,
    options: &SaveOptions,
    watcher: &dyn Watcher,
) -> Result<Saved> {
    let groups = groups(graph, root)?;
    let total: u64 = groups.iter().map(|group| group.nbytes).sum();
    let set = Set::named_like(path);
    if total <= limit {
        let mut saved = save_torch(path, graph, root, options, watcher)?;
        saved.notes.extend(set.beside_one_file(true)?);
        return Ok(saved);
    }
    let shards = in_shards(groups.into_iter().map(|group| (group.nbytes, group.entries)), limit);
    let (count, mut map, mut saved) = (shards.len(), serde_json::Map::new(), Saved::default());
    let mut written = Vec::with_capacity(count);
    for (place, groups) in shards.into_iter().enumerate() {
        let entries: Vec<_> = groups.into_iter().flatten().collect();
        let file = set.shard(place + 1, count);
        for (key, _) in &entries {
            map.insert(name(graph, *key)?, json!(file));
        }
        let part = graph.add(Node::Dict(Box::new(Dict { items: entries, ..Dict::default() })))?;
        let folder = file.rsplit_once('.').map_or(file.as_str(), |(stem, _)| stem);
        let (shard, done) = beside(&path.with_file_name(&file), |out| {
            write_torch(out, folder, graph, part, options, watcher)
        })?;
        written.push((file, shard));
        saved.nbytes += done.nbytes;
        saved.storages += done.storages;
        saved.notes.extend(done.notes);
    }
    set.put_with_index(written, map, total, &mut saved)?;
    Ok(saved)
}

fn name(graph: &Graph, key: NodeId) -> Result<String> {
    match graph.get(key) {
        Node::Str(name) => Ok(name.as_str().to_owned()),
        _ => Err(Error::type_error("shards are of tensors under names: a key is not a string")),
    }
}

/// The entries by the storages that they share.
fn groups(graph: &Graph, root: NodeId) -> Result<Vec<Group>> {
    let no_dict = || {
        let error = Error::type_error("max_shard_size is for a dictionary of tensors");
        error.hint("save the state_dict alone, or without max_shard_size")
    };
    let Node::Dict(dict) = graph.get(root) else { return Err(no_dict()) };
    let mut places: SeededMap<*const Storage, usize> = SeededMap::default();
    let mut groups: Vec<Group> = Vec::new();
    for &(key, value) in &dict.items {
        let name = name(graph, key)?;
        let Node::Tensor(record) = graph.get(value) else {
            return Err(no_dict().note(format!("'{name}' is not a tensor")));
        };
        let nbytes = record.numel().and_then(|count| bytes_of(record.dtype, count)).unwrap_or(0);
        let storage = record.view().map(|view| (Rc::as_ptr(&view.storage), view.storage.nbytes()));
        let place = storage.map(|(storage, _)| *places.entry(storage).or_insert(groups.len()));
        match place.and_then(|place| groups.get_mut(place)) {
            Some(group) => group.entries.push((key, value)),
            None => groups.push(Group {
                entries: vec![(key, value)],
                nbytes: storage.map_or(nbytes, |(_, nbytes)| nbytes),
            }),
        }
    }
    Ok(groups)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{graph_of_ints, values_of};
    use crate::watcher::Unwatched;

    #[test]
    fn a_set_is_read_as_one_and_replaced_as_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pytorch_model.bin");
        let save = |number, count, limit| {
            let (mut graph, root) = graph_of_ints(number, count);
            save_torch_shards(&path, &mut graph, root, limit, &SaveOptions::default(), &Unwatched).unwrap()
        };
        save(1, 3, 8);
        assert!(folder.path().join("pytorch_model-00003-of-00003.bin").exists());
        assert_eq!(values_of(folder.path()).unwrap(), [1, 1, 1]);
        let saved = save(2, 2, 8);
        assert_eq!(saved.notes, ["removed 3 shards of the set that was there before"]);
        assert_eq!(values_of(folder.path()).unwrap(), [2, 2]);
        save(3, 2, 1 << 20);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(values_of(&path).unwrap(), [3, 3]);
    }
}
