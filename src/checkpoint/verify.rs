//! Whether a file is whole: the checksums it holds, and those that were written down of it before.

use std::path::Path;

use serde_json::Value as Json;

use super::content::{Options, from_mapping};
use super::graph::Loaded;
use super::manifest::{self, Checksum, Entry};
use super::mapping::Mapping;
use super::watcher::Watcher;
use super::{open, shards, walk};
use torchsh_base::error::{Error, Result};
use torchsh_base::hash::SeededMap;

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Verified {
    /// Records (or tensors, where a format keeps no checksums) that were read to their end.
    pub read: usize,
    /// Those of them whose checksum was compared.
    pub compared: usize,
    /// What is wrong, each with the tensors it concerns.
    pub damage: Vec<String>,
}

/// Reads every byte of a checkpoint and compares every checksum in it.
///
/// # Errors
/// As [`open::open`]. Damage is no error but part of what is found.
pub fn verify(path: &Path, watcher: &dyn Watcher) -> Result<Verified> {
    let mut found = Verified::default();
    let mut loaded = if path.is_dir() {
        open::open(path, &Options::default())?
    } else {
        let mapping = Mapping::open(path)?;
        if mapping.bytes().starts_with(b"PK\x03\x04") {
            return verify_archive(&mapping, watcher);
        }
        shards::opened(&mapping, &Options::default())?
    };
    for entry in manifest::of_watched(&mut loaded.graph, loaded.root, watcher)? {
        found.read += 1;
        if let Checksum::Damaged(error) = entry.sha256 {
            found.damage.push(format!("{}: {}", entry.name, error.message()));
        }
    }
    Ok(found)
}

fn verify_archive(mapping: &Mapping, watcher: &dyn Watcher) -> Result<Verified> {
    let archive = super::zip::Archive::open(mapping.whole())?;
    let names = from_mapping(mapping).and_then(names_by_storage);
    let (mut found, known) = (Verified::default(), names.as_ref().ok());
    watcher.expect(archive.entries().iter().map(|entry| entry.size).sum());
    for entry in archive.entries() {
        watcher.advance(entry.size)?;
        found.read += 1;
        found.compared += usize::from(entry.crc != 0 || entry.size == 0);
        if let Err(error) = entry.examine() {
            let key = entry.name.as_str().rsplit('/').next().unwrap_or_default();
            let tensors =
                known.and_then(|known| known.get(key)).map_or_else(String::new, |names| listed(names));
            found.damage.push(format!("{}{tensors}", error.message()));
        }
    }
    match names {
        Err(error) if found.damage.is_empty() => Err(error),
        _ => Ok(found),
    }
}

fn listed(names: &[String]) -> String {
    let some: Vec<_> = names.iter().take(5).map(String::as_str).collect();
    let more = names.len().saturating_sub(some.len());
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!(" (tensor {}{rest})", some.join(", "))
}

fn names_by_storage(mut loaded: Loaded) -> Result<SeededMap<String, Vec<String>>> {
    let mut names: SeededMap<String, Vec<String>> = SeededMap::default();
    for (name, record) in walk::tensors(&mut loaded.graph, loaded.root)? {
        if let Some(view) = record.view() {
            names.entry(view.storage.key.as_str().to_owned()).or_default().push(name);
        }
    }
    Ok(names)
}

/// Compares a manifest with the lines of another one: what differs, in words.
///
/// # Errors
/// `ValueError` for lines that are no manifest.
pub fn differences(found: &[Entry], wanted: &str) -> Result<Vec<String>> {
    let mut by_name: SeededMap<&str, &Entry> =
        found.iter().map(|entry| (entry.name.as_str(), entry)).collect();
    let mut words = Vec::new();
    for line in wanted.lines().filter(|line| !line.trim().is_empty()) {
        let line: Json =
            serde_json::from_str(line).map_err(|error| Error::value(format!("manifest: {error}")))?;
        let name = line.get("name").and_then(Json::as_str);
        let name = name.ok_or_else(|| Error::value("manifest: a line without a name"))?;
        match by_name.remove(name) {
            None => words.push(format!("{name} is missing")),
            Some(entry) => words.extend(difference(entry, &line)),
        }
    }
    let mut others: Vec<_> =
        by_name.into_keys().map(|name| format!("{name} is not in the manifest")).collect();
    others.sort_unstable();
    words.extend(others);
    Ok(words)
}

/// The first thing in which a tensor is not what a line says: shape, dtype or bytes.
fn difference(entry: &Entry, line: &Json) -> Option<String> {
    let have: Json = serde_json::from_str(&entry.line()).ok()?;
    // Of an older manifest, a row may say less.
    let fields = ["shape", "dtype", "sha256"].iter().filter(|field| line.get(field).is_some());
    fields.into_iter().find_map(|field| {
        let (have, want) = (have.get(field).unwrap_or(&Json::Null), line.get(field).unwrap_or(&Json::Null));
        let of_dtype = |value: &Json| value.as_str().map(|text| text.trim_start_matches("torch.").to_owned());
        let same = have == want || (*field == "dtype" && of_dtype(have) == of_dtype(want));
        (!same).then(|| format!("{}: {field} is {have}, not {want}", entry.name))
    })
}
