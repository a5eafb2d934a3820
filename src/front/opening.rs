//! What a name on the command line means: a checkpoint that is opened or a script that is run. The content says so.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// What a name stands for.
#[derive(Debug, PartialEq, Eq)]
pub enum Meant {
    /// A program of Python.
    Script,
    /// A notebook of Jupyter.
    Notebook,
    /// A checkpoint, or a folder of one.
    Checkpoint,
    /// Neither; what is said then.
    Neither(String),
}

/// Endings of checkpoints: what is wrong with such a file, `load` says best.
const CHECKPOINTS: &[&str] =
    &["pt", "pth", "bin", "ckpt", "safetensors", "pkl", "pickle", "npz", "npy", "gguf", "pt2", "tar"];

/// Entries of a folder that are looked at before the first prompt.
const LOOKED_INTO: usize = 1000;

/// Bytes that tell text from what is not.
const LOOKED_AT: usize = 4096;

/// Whether a name ends as those of checkpoints do.
pub fn has_ending(name: &str) -> bool {
    let ending = Path::new(name).extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    CHECKPOINTS.contains(&ending.to_ascii_lowercase().as_str()) || name.ends_with(".index.json")
}

/// What a name on the command line means.
pub fn meant(name: &str) -> Meant {
    let path = Path::new(name);
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    if path.is_dir() || has_ending(name) {
        return Meant::Checkpoint;
    }
    match ending.as_str() {
        "py" => return Meant::Script,
        "ipynb" => return Meant::Notebook,
        _ => {}
    }
    // What a pipe holds can be read only once, and that is for who opens it.
    if is_pipe(path) {
        return Meant::Checkpoint;
    }
    // What cannot be read is said by who reads it.
    let Some(start) = beginning(path) else { return Meant::Script };
    if start.starts_with(b"#!") {
        return Meant::Script;
    }
    match is_text(&start) && !start.starts_with(b"version https://git-lfs") {
        true => Meant::Neither(refused(name, ending == "json")),
        false => Meant::Checkpoint,
    }
}

fn is_pipe(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|data| !data.is_file() && !data.is_dir())
}

fn beginning(path: &Path) -> Option<Vec<u8>> {
    let mut start = Vec::new();
    File::open(path).ok()?.take(LOOKED_AT as u64).read_to_end(&mut start).ok()?;
    Some(start)
}

/// Whether bytes are text: UTF-8 without control characters, as far as they go.
fn is_text(start: &[u8]) -> bool {
    let valid = match std::str::from_utf8(start) {
        Ok(text) => text,
        // The last character may be cut.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(start.get(..error.valid_up_to()).unwrap_or_default()).unwrap_or_default()
        }
        Err(_) => return false,
    };
    let is_odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\x0c');
    !valid.is_empty() && !valid.contains(is_odd)
}

fn refused(name: &str, is_json: bool) -> String {
    let own = Path::new(name).file_name().and_then(|own| own.to_str()).unwrap_or(name);
    if own == "config.json" {
        return format!(
            "{name} describes a model and holds no weights: open its folder instead, with torchsh FOLDER"
        );
    }
    if is_json {
        return format!("{name} is a JSON file, not a checkpoint and not a program");
    }
    format!(
        "{name} is a text file, not a checkpoint. Programs are run when their name ends in .py or they begin with #!; \
         torchsh - < {name} runs it anyway"
    )
}

/// The checkpoints of the current folder, by name: files by their endings, and folders of such files.
pub fn checkpoints_here() -> Vec<String> {
    checkpoints_in(Path::new("."))
}

fn checkpoints_in(folder: &Path) -> Vec<String> {
    let named = |entry: std::fs::DirEntry| {
        let name = entry.file_name().into_string().ok().filter(|name| !name.starts_with('.'))?;
        match entry.file_type().ok()?.is_dir() {
            true => holds_checkpoints(&entry.path()).then(|| format!("{name}/")),
            // Of shards, their index says all.
            false => (is_called_checkpoint(&name) && !is_shard(&name) || is_index(&name)).then_some(name),
        }
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(named).collect();
    names.sort();
    names
}

/// `model-00001-of-00003.safetensors`
fn is_shard(name: &str) -> bool {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let digits = |text: &str| text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = stem.rsplitn(4, '-').collect();
    matches!(parts.as_slice(), [count, "of", place, _] if digits(count) && digits(place))
}

/// `model.safetensors.index.json`
fn is_index(name: &str) -> bool {
    [".safetensors.index.json", ".bin.index.json"].iter().any(|ending| name.ends_with(ending))
}

/// Whether people call a checkpoint so. Archives and pickles are often something else.
fn is_called_checkpoint(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending {
        "tar" => [".pth.tar", ".pt.tar", ".ckpt.tar"].iter().any(|ending| name.ends_with(ending)),
        "pkl" | "pickle" => false,
        _ => CHECKPOINTS.contains(&ending),
    }
}

/// Whether a folder is one that libraries save a model into.
fn holds_checkpoints(folder: &Path) -> bool {
    let is_part = |name: &str| {
        name.ends_with(".safetensors")
            || name.ends_with(".index.json")
            || name == ".metadata"
            || name == "latest"
            || name.starts_with("pytorch_model") && name.ends_with(".bin")
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().take(LOOKED_INTO);
    entries.filter_map(|entry| entry.file_name().into_string().ok()).any(|name| is_part(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_says_what_is_meant() {
        let folder = tempfile::tempdir().unwrap();
        let meant_by = |name: &str, content: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, content).unwrap();
            meant(path.to_str().unwrap())
        };
        for name in ["c.pth.tar", "c.model", "c.weights", "c.th", "c.t7", "c.nemo", "c.mar", "c", "c.pt.bak"]
        {
            assert_eq!(meant_by(name, b"PK\x03\x04 and so on"), Meant::Checkpoint, "{name}");
        }
        assert_eq!(meant_by("pickled", b"\x80\x02}q\x00."), Meant::Checkpoint);
        assert_eq!(meant_by("model.safetensors.index.json", b"{}"), Meant::Checkpoint);
        assert_eq!(meant_by("x.py", b"x = 1\n"), Meant::Script);
        assert_eq!(meant_by("tool", b"#!/usr/bin/env torchsh\nx = 1\n"), Meant::Script);
        assert_eq!(meant_by("not-there-yet.py", b""), Meant::Script);
        assert_eq!(meant(folder.path().to_str().unwrap()), Meant::Checkpoint);
        let says = |name: &str, content: &[u8]| match meant_by(name, content) {
            Meant::Neither(says) => says,
            other => panic!("{other:?}"),
        };
        assert!(says("notes.txt", "x = 1  # 杭州\n".as_bytes()).contains("is a text file"));
        assert!(says("config.json", b"{\"a\": false}").contains("holds no weights"));
        assert!(says("vocab.json", b"{}").contains("is a JSON file"));
    }

    #[test]
    fn checkpoints_are_known_by_what_people_call_them() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.pt", "b.PTH", "c.pth.tar", "backup.tar", "vocab.pkl", "notes.txt", ".hidden.pt"] {
            std::fs::write(folder.path().join(name), b"x").unwrap();
        }
        for (inner, file) in
            [("llama", "model.safetensors"), ("step", ".metadata"), ("ds", "latest"), ("src", "main.py")]
        {
            std::fs::create_dir(folder.path().join(inner)).unwrap();
            std::fs::write(folder.path().join(inner).join(file), b"x").unwrap();
        }
        assert_eq!(checkpoints_in(folder.path()), ["a.pt", "b.PTH", "c.pth.tar", "ds/", "llama/", "step/"]);
    }
}
