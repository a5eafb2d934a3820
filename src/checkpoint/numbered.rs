//! Files that are numbered as the shards of one checkpoint: `model-00001-of-00002.safetensors`.

use std::path::{Path, PathBuf};

use torchsh_base::error::{Error, Kind, Result};

/// The names of files that are numbered as the shards of one checkpoint, `model-00001-of-00002.safetensors`; none if they are
/// of another kind.
pub fn numbered(files: &[&PathBuf]) -> Option<Vec<String>> {
    let place = |path: &&PathBuf| -> Option<((String, u32), String)> {
        let name = path.file_name()?.to_str()?;
        let (stem, number, end) = shard_number(name)?;
        Some(((format!("{stem}-of-{end}"), number), name.to_owned()))
    };
    let places = files.iter().map(place).collect::<Option<Vec<_>>>()?;
    let ((whole, _), _) = places.first()?;
    places.iter().all(|((of, _), _)| of == whole).then(|| places.into_iter().map(|(_, name)| name).collect())
}

/// Whether numbered shards are as many as their names say.
#[must_use]
pub fn is_whole(names: &[String]) -> bool {
    let count = names.first().and_then(|name| name.split_once("-of-")?.1.split('.').next()?.parse().ok());
    count == Some(names.len())
}

/// What is there instead of a shard that an index names.
#[must_use]
pub fn not_there(folder: &Path, file: &str, error: Error) -> Error {
    if error.kind() != Kind::FileNotFound {
        return error;
    }
    let Some((stem, _, end)) = shard_number(file) else { return error };
    let files = files_in(folder).unwrap_or_default();
    let names = files.iter().filter_map(|path| path.file_name()?.to_str());
    let mut alike: Vec<(u32, &str)> = names
        .filter_map(|name| {
            shard_number(name).filter(|(other, ..)| *other == stem).map(|(_, at, end)| (at, end))
        })
        .collect();
    alike.sort_unstable();
    let Some((_, other)) = alike.iter().find(|(_, other)| *other != end) else {
        return error
            .hint("a shard that the index names is missing: fetch it, the others do not hold its tensors");
    };
    let count: Option<u32> = other.split('.').next().and_then(|count| count.parse().ok());
    let numbers = alike.iter().filter(|(_, end)| end == other).map(|(at, _)| *at);
    let folder = folder.display().to_string();
    let is_plain = !folder.contains(['"', '\\', '{', '}']) && !folder.contains(char::is_control);
    let is_whole = is_plain && count.is_some_and(|count| numbers.eq(1..=count));
    let stale = format!("the index is of another save (the folder has {stem}-…-of-{other})");
    match count.filter(|_| is_whole) {
        Some(count) => error.hint(format!(
            "{stale}: p = {{k: v for i in range(1, {}) for k, v in load(f\"{folder}/{stem}-{{i:05}}-of-{other}\").items()}}",
            count + 1
        )),
        None => error.hint(stale),
    }
}

/// `model-00001-of-00002.safetensors` as `model`, 1 and `00002.safetensors`.
fn shard_number(name: &str) -> Option<(&str, u32, &str)> {
    let (before, end) = name.split_once("-of-")?;
    let (stem, number) = before.rsplit_once('-')?;
    Some((stem, number.parse().ok()?, end))
}

/// The files of a folder, sorted.
///
/// # Errors
/// `OSError` and its children.
pub fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
    Ok(entries_in(folder)?.into_iter().filter(|path| path.is_file()).collect())
}

/// What is in a folder, sorted.
///
/// # Errors
/// `OSError` and its children.
pub fn entries_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).map_err(|error| Error::io(&error, folder))?;
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    Ok(paths)
}
