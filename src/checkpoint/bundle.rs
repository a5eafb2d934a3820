//! Zip archives of checkpoints: a dictionary of those that `torch.save` wrote, by their path.

use super::graph::{Dict, Node, NodeId};
use super::legacy;
use super::limits;
use super::pickle::Build;
use super::zip::{Archive, Entry};
use crate::error::Result;

/// How their names end.
const ENDINGS: [&str; 4] = [".pt", ".pth", ".bin", ".ckpt"];

fn is_checkpoint(entry: &Entry) -> bool {
    let (name, bytes) = (entry.name.as_str(), entry.packed.bytes());
    let written = entry.is_deflated() || bytes.starts_with(b"PK\x03\x04") || legacy::is_legacy(bytes);
    written && ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Whether an archive holds checkpoints.
#[must_use]
pub fn is_bundle(archive: &Archive) -> bool {
    archive.entries().iter().any(is_checkpoint)
}

/// Reads all checkpoints of an archive.
///
/// # Errors
/// What is wrong with one, by its path.
pub fn read(build: &mut Build, archive: &Archive) -> Result<NodeId> {
    let mut dict = Dict::default();
    for entry in archive.entries().iter().filter(|entry| is_checkpoint(entry)) {
        let bytes = entry.read(limits::INFLATED_TOTAL)?;
        let value = build.inside(&bytes).map_err(|error| error.note(format!("in its '{}'", entry.name)))?;
        dict.items.push((build.graph.text(entry.name.as_str())?, value));
    }
    let others: Vec<_> = archive.entries().iter().filter(|entry| !is_checkpoint(entry)).collect();
    if let Some(first) = others.first() {
        build.say(format!("{} files of the archive are no checkpoints: {} …", others.len(), first.name));
    }
    build.graph.add(Node::Dict(Box::new(dict)))
}
