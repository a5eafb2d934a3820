//! Archives of checkpoints: a dictionary of those that `torch.save` wrote, by their path. Zip archives as stable-baselines3
//! and TorchServe write them, tar archives as NeMo does.

use super::graph::{Dict, Node, NodeId};
use super::legacy;
use super::limits;
use super::mapping::Region;
use super::pickle::Build;
use super::zip::{Archive, Entry};
use torchsh_base::error::Result;
use torchsh_base::hash::SeededMap;

/// How their names end.
const ENDINGS: [&str; 5] = [".pt", ".pth", ".th", ".bin", ".ckpt"];

fn is_named(name: &str) -> bool {
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

fn is_written(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || legacy::is_legacy(bytes)
}

fn is_entry(entry: &Entry) -> bool {
    is_named(&entry.name) && (entry.is_deflated() || is_written(entry.packed.bytes()))
}

fn is_member(member: &(&String, &Region)) -> bool {
    is_named(member.0) && is_written(member.1.bytes())
}

/// Whether a zip archive holds checkpoints.
#[must_use]
pub fn is_zip(archive: &Archive) -> bool {
    archive.entries().iter().any(is_entry)
}

/// Whether a tar archive holds checkpoints.
#[must_use]
pub fn is_tar(members: &SeededMap<String, Region>) -> bool {
    members.iter().any(|member| is_member(&member))
}

/// Reads all checkpoints of a zip archive.
///
/// # Errors
/// What is wrong with one, by its path.
pub fn read_zip(build: &mut Build, archive: &Archive) -> Result<NodeId> {
    let (checkpoints, others): (Vec<_>, Vec<_>) = archive.entries().iter().partition(|entry| is_entry(entry));
    let checkpoints =
        checkpoints.into_iter().map(|entry| (entry.name.as_str(), entry.read(limits::INFLATED_TOTAL)));
    gather(build, checkpoints, &others.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>())
}

/// Reads all checkpoints of a tar archive.
///
/// # Errors
/// What is wrong with one, by its path.
pub fn read_tar(build: &mut Build, members: &SeededMap<String, Region>) -> Result<NodeId> {
    let mut members: Vec<_> = members.iter().collect();
    members.sort_unstable_by_key(|(name, _)| name.as_str());
    let (checkpoints, others): (Vec<_>, Vec<_>) = members.into_iter().partition(is_member);
    let checkpoints = checkpoints.into_iter().map(|(name, bytes)| (name.as_str(), Ok(bytes.clone())));
    gather(build, checkpoints, &others.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>())
}

fn gather<'a>(
    build: &mut Build,
    checkpoints: impl Iterator<Item = (&'a str, Result<Region>)>,
    others: &[&str],
) -> Result<NodeId> {
    let mut dict = Dict::default();
    for (name, bytes) in checkpoints {
        let value = build.inside(&bytes?).map_err(|error| error.note(format!("in its '{name}'")))?;
        dict.items.push((build.graph.text(name)?, value));
    }
    match others {
        [] => {}
        [one] => build.say(format!("one file of the archive is not a checkpoint: {one}")),
        [first, ..] => {
            build.say(format!("{} files of the archive are not checkpoints: {first} …", others.len()));
        }
    }
    build.graph.add(Node::Dict(Box::new(dict)))
}
