//! Writing safetensors: one file, or shards with their index.

use std::io::Write;
use std::path::Path;

use serde_json::json;

use super::atomic::{beside, replace};
use super::flat::{Flat, Item, collect_shared, told};
use super::set::{Set, in_shards};
use super::sharing::Sharing;
use super::torch_zip::{Saved, failed};
use crate::graph::{Graph, NodeId};
use crate::safetensors::{METADATA, Plan, TIES, header, order};
use crate::watcher::Watcher;
use torchsh_base::error::{Error, Result};
use torchsh_base::hash::SeededMap;

/// Saves a dictionary of tensors. Tensors that are the very same are written once, and the metadata says which, unless `sharing`
/// says otherwise.
///
/// # Errors
/// `OSError` if the file cannot be written; `TypeError` for what is no tensor; `ValueError` for a dtype that the format
/// lacks.
pub fn save_safetensors(
    path: &Path,
    graph: &Graph,
    root: NodeId,
    metadata: &[(String, String)],
    shard_bytes: Option<u64>,
    sharing: &Sharing,
    watcher: &dyn Watcher,
) -> Result<Saved> {
    let flat = collect_shared(graph, root, "safetensors", sharing)?;
    if let Some(item) = flat.items.iter().find(|item| item.name == METADATA) {
        let message =
            format!("safetensors keeps its metadata under '{}': no tensor can be called so", item.name);
        return Err(Error::value(message));
    }
    let mut notes = flat.notes();
    let total: u64 = flat.items.iter().map(|item| item.nbytes).sum();
    watcher.expect(total);
    let saved = match shard_bytes {
        Some(limit) if total > limit => save_shards(path, &flat, metadata, limit, watcher)?,
        _ => {
            let items: Vec<&Item> = flat.items.iter().collect();
            let metadata = with_ties(metadata, &flat.ties);
            let (saved, replaced) = replace(path, |out| write_items(out, &items, &metadata, watcher))?;
            let beside = Set::named_like(path).beside_one_file(shard_bytes.is_some())?;
            Saved { replaced, notes: beside.into_iter().collect(), ..saved }
        }
    };
    notes.extend(saved.notes);
    Ok(Saved { notes, ..saved })
}

/// The metadata, with the names that were left out: once in a form of our own, which is read back, and once as
/// `safetensors.torch.save_model` writes it.
fn with_ties(metadata: &[(String, String)], left_out: &[(String, String)]) -> Vec<(String, String)> {
    let mut all = metadata.to_vec();
    if !left_out.is_empty() {
        let ties: serde_json::Map<_, _> =
            left_out.iter().map(|(left, kept)| (left.clone(), json!(kept))).collect();
        all.extend(left_out.iter().cloned());
        all.push((TIES.to_owned(), serde_json::Value::Object(ties).to_string()));
    }
    all
}

fn write_items(
    out: &mut dyn Write,
    items: &[&Item],
    metadata: &[(String, String)],
    watcher: &dyn Watcher,
) -> Result<Saved> {
    let plans: Vec<Plan> = items
        .iter()
        .map(|item| Plan {
            name: &item.name,
            dtype: item.record.dtype,
            shape: &item.record.shape,
            length: item.nbytes,
        })
        .collect();
    let order = order(&plans);
    let sorted: Vec<&Item> = order.iter().filter_map(|&place| items.get(place).copied()).collect();
    let mut by_place: Vec<Option<Plan>> = plans.into_iter().map(Some).collect();
    let plans: Vec<Plan> = order.iter().filter_map(|&place| by_place.get_mut(place)?.take()).collect();
    let start = header(&plans, metadata)?;
    let mut nbytes = start.len() as u64;
    out.write_all(&start).map_err(|e| failed(&e))?;
    for item in told(&sorted, |item| *item) {
        item.each(|bytes| {
            out.write_all(bytes).map_err(|e| failed(&e))?;
            watcher.advance(bytes.len() as u64)
        })?;
        nbytes += item.nbytes;
    }
    Ok(Saved { nbytes, storages: sorted.len(), ..Saved::default() })
}

/// Shards named as Hugging Face names them, then the index, which makes them one checkpoint.
fn save_shards(
    path: &Path,
    flat: &Flat,
    metadata: &[(String, String)],
    limit: u64,
    watcher: &dyn Watcher,
) -> Result<Saved> {
    let set = Set::named_like(path);
    let shards = in_shards(flat.items.iter().map(|item| (item.nbytes, item)), limit);
    let (count, mut map, mut saved) = (shards.len(), serde_json::Map::new(), Saved::default());
    let mut tied: SeededMap<&str, Vec<(String, String)>> = SeededMap::default();
    for tie in &flat.ties {
        tied.entry(tie.1.as_str()).or_default().push(tie.clone());
    }
    let mut written = Vec::with_capacity(count);
    for (place, items) in shards.iter().enumerate() {
        let file = set.shard(place + 1, count);
        let ties: Vec<_> =
            items.iter().filter_map(|item| tied.remove(item.name.as_str())).flatten().collect();
        let metadata = with_ties(metadata, &ties);
        let (shard, done) =
            beside(&path.with_file_name(&file), |out| write_items(out, items, &metadata, watcher))?;
        written.push((file.clone(), shard));
        map.extend(ties.iter().map(|(left_out, _)| (left_out.clone(), json!(file))));
        saved.nbytes += done.nbytes;
        saved.storages += done.storages;
        map.extend(items.iter().map(|item| (item.name.clone(), json!(file))));
    }
    let total: u64 = flat.items.iter().map(|item| item.nbytes).sum();
    set.put_with_index(written, map, total, &mut saved)?;
    Ok(saved)
}
