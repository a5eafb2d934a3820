//! The door: opens a file, a folder or the files that fit a pattern.

use std::path::{Path, PathBuf};

use super::content::{Options, ask_of, embedded};
use super::file_patterns::Search;
use super::graph::Loaded;
use super::mapping::Mapping;
use super::merged::{Merged, Shard};
use super::pattern::is_pattern;
use super::pickle::{Asked, Build};
use super::shards;
use torchsh_base::error::{Error, Result, path_meant, path_text};

/// Reads a checkpoint of any format.
///
/// # Errors
/// `OSError` and its children if it cannot be opened; else what is wrong with it, with the path as a note. A file that
/// is no checkpoint is named for what it is.
pub fn open(path: &Path, options: &Options) -> Result<Loaded> {
    if path.is_dir() {
        return shards::load_folder(path, options);
    }
    if let Some(loaded) = load_pattern(path, options)? {
        return Ok(loaded);
    }
    shards::load_file(path, options)
}

/// Every name that the pickles of a file, or of the files of a folder, ask for, in the order of the first time; nothing
/// if there is no pickle.
///
/// # Errors
/// As [`open`].
pub fn asked(path: &Path) -> Result<Vec<Asked>> {
    let mut build = Build::new(embedded);
    if !path.is_dir() {
        ask(&mut build, path)?;
        return Ok(build.asked().to_vec());
    }
    for file in shards::pickled_files(path)? {
        ask(&mut build, &file)?;
    }
    Ok(build.asked().to_vec())
}

/// As [`asked`], of a file that may break off: the names up to there, and what is wrong with it.
///
/// # Errors
/// The file cannot be opened at all.
pub fn asked_until(path: &Path) -> Result<(Vec<Asked>, Option<Error>)> {
    let files = if path.is_dir() { shards::pickled_files(path)? } else { vec![path.to_owned()] };
    let mut build = Build::new(embedded);
    for file in files {
        let mapping = Mapping::open(&file)?;
        if let Err(error) = ask_of(&mut build, mapping) {
            return Ok((build.asked().to_vec(), Some(error)));
        }
    }
    Ok((build.asked().to_vec(), None))
}

fn ask(build: &mut Build, path: &Path) -> Result<()> {
    ask_of(build, Mapping::open(path)?)
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
fn load_pattern(path: &Path, options: &Options) -> Result<Option<Loaded>> {
    let pattern = path_text(path);
    if !is_pattern(&pattern) || path.exists() {
        return Ok(None);
    }
    let files = that_fit(&pattern)?;
    if let [one] = files.as_slice() {
        return shards::load_file(one, options).map(Some);
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
