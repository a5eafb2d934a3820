//! What a file is when it is no checkpoint, said in so many words.

use super::mapping::Region;
use super::zip::Archive;
use torchsh_base::error::{Error, Kind};
use torchsh_base::hash::SeededMap;

/// How a file begins, what it is then, and what to do.
const BEGINNINGS: &[(&[u8], &str, &str)] = &[
    (
        b"version https://git-lfs.github.com/spec/",
        "a Git LFS pointer, not the file it points to",
        "run: git lfs pull",
    ),
    (
        b"version https://hawser.github.com/spec/",
        "a Git LFS pointer, not the file it points to",
        "run: git lfs pull",
    ),
    (b"<!DOCTYPE", "a web page", "download the file itself: the address led to a page about it"),
    (b"<!doctype", "a web page", "download the file itself: the address led to a page about it"),
    (b"<html", "a web page", "download the file itself: the address led to a page about it"),
    (b"<HTML", "a web page", "download the file itself: the address led to a page about it"),
    (b"<?xml", "an XML document, perhaps a server's error", "look at it with: head"),
    (b"{", "JSON text", "look at it with: json.load(open(path))"),
    (b"PK\x05\x06", "an empty zip archive", ""),
    (b"BZh", "compressed with bzip2", "unpack it with: bunzip2"),
    (b"\xfd7zXZ\0", "compressed with xz", "unpack it with: unxz"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", "unpack it with: unzstd"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it first"),
    (b"Rar!\x1a\x07", "a RAR archive", "unpack it first"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file (Keras and others)", "convert it to safetensors first"),
    (b"\x89PNG", "a PNG image", ""),
    (b"\xff\xd8\xff", "a JPEG image", ""),
    (b"%PDF-", "a PDF document", ""),
    (b"\x7fELF", "a program or library (ELF)", ""),
    (b"SQLite format 3\0", "a SQLite database", ""),
    (b"MATLAB 5.0 MAT-file", "a MATLAB file", "convert it to npz: scipy.io.loadmat, numpy.savez"),
    (b"\x04\0\0\0\x01\0\0\0", "a file of Torch7 (Lua)", "convert it with its own tools first"),
    (b"\x12\x01\0\0\0\0\0\0", "parameters of MXNet", "convert it with its own tools first"),
    (b"PAR1", "a Parquet table", ""),
    (b"ARROW1", "an Arrow table", ""),
    (b"ggml", "a GGML file from before GGUF", "convert it to GGUF with llama.cpp"),
    (b"tjgg", "a GGJT file from before GGUF", "convert it to GGUF with llama.cpp"),
];

/// The error for a file that begins as no checkpoint does.
#[must_use]
pub fn refuse(bytes: &[u8]) -> Option<Error> {
    if bytes.is_empty() {
        return Some(
            Error::new(Kind::Eof, "the file is empty").hint("the download or the save did not finish"),
        );
    }
    let text = bytes.trim_ascii_start();
    let begins =
        |start: &[u8]| bytes.starts_with(start) || (start.starts_with(b"<") && text.starts_with(start));
    if let Some((_, what, remedy)) = BEGINNINGS.iter().find(|(start, ..)| begins(start)) {
        let error = Error::new(Kind::Unpickling, format!("not a checkpoint: this is {what}"));
        let error = lfs_size(bytes).into_iter().fold(error, Error::note);
        return Some(if remedy.is_empty() { error } else { error.hint(*remedy) });
    }
    if let Some(what) = schema(bytes) {
        let error = Error::new(Kind::Unpickling, format!("not a checkpoint: this is {what}"));
        return Some(error.hint("save the weights as safetensors with the program that wrote it"));
    }
    let looked_at = bytes.get(..bytes.len().min(4096)).unwrap_or_default();
    if looked_at.iter().all(|&byte| byte == 0) {
        let error = Error::new(Kind::Unpickling, "not a checkpoint: the file begins with zeros only");
        return Some(error.hint("the download or the copy did not finish"));
    }
    None
}

/// What flatbuffers have behind their first four bytes.
const FLATBUFFERS: &[(&[u8], &str)] = &[
    (b"PTMF", "a mobile TorchScript model in flatbuffers"),
    (b"ET", "an ExecuTorch program"),
    (b"TFL3", "a TensorFlow Lite model"),
];

/// Files without a beginning of their own: flatbuffers, protocol buffers, tables, MessagePack.
fn schema(bytes: &[u8]) -> Option<String> {
    let flat = bytes.get(4..).unwrap_or_default();
    if let Some((_, what)) = FLATBUFFERS.iter().find(|(mark, _)| flat.starts_with(mark)) {
        return Some((*what).to_owned());
    }
    let word = |bytes: &[u8], length: u8| -> Option<String> {
        let text = bytes.get(..usize::from(length)).filter(|text| !text.is_empty())?;
        text.iter().all(|byte| byte.is_ascii_graphic()).then(|| String::from_utf8_lossy(text).into_owned())
    };
    let start = bytes.get(..bytes.len().min(512)).unwrap_or_default();
    let names = |part: &[u8]| start.windows(part.len()).any(|window| window == part);
    match bytes {
        // ModelProto: ir_version, then producer_name or the graph.
        [8, 1..=32, 0x12, length @ 1..=64, rest @ ..] if word(rest, *length).is_some() => {
            Some(format!("an ONNX model, written by {}", word(rest, *length).unwrap_or_default()))
        }
        [8, 3..=32, 0x3a, ..] => Some("an ONNX model".to_owned()),
        // SavedModel: a schema version, then the graphs.
        [8, 1, 0x12, ..] => Some("a TensorFlow SavedModel".to_owned()),
        // GraphDef: nodes, each a name and an operator.
        [10, _, ..] if names(b"Placeholder") || names(b"\x12\x05Const") || names(b"VariableV2") => {
            Some("a TensorFlow graph".to_owned())
        }
        [.., 0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb] => {
            Some("the index of a TensorFlow checkpoint".to_owned())
        }
        // A map of few entries whose first key is a short text.
        [0x81..=0x8f, key @ 0xa1..=0xbf, rest @ ..] if word(rest, key - 0xa0).is_some() => {
            Some("a MessagePack file (Flax)".to_owned())
        }
        _ => None,
    }
}

/// What a Git LFS pointer says of the file it points to.
fn lfs_size(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes.get(..bytes.len().min(1024))?).ok()?;
    let size = text.lines().find_map(|line| line.strip_prefix("size "))?;
    text.starts_with("version https://").then(|| format!("the file itself has {size} bytes"))
}

/// The error for a zip archive without a checkpoint in it.
#[must_use]
pub fn refuse_archive(archive: &Archive) -> Error {
    let names = || archive.entries().iter().map(|entry| entry.name.as_str());
    let has = |ending: &str| names().any(|name| name.ends_with(ending));
    let endings = [".safetensors", ".pt", ".pth", ".th", ".bin", ".ckpt"];
    let is_old_script = has("model.json") && names().any(|name| name.contains("/tensors/"));
    let holds_checkpoints = !is_old_script && endings.into_iter().any(has);
    let what = if is_old_script {
        "a TorchScript archive from before PyTorch 1.2"
    } else if holds_checkpoints {
        "a zip archive with checkpoints in it"
    } else if has("[Content_Types].xml") {
        "an Office document"
    } else if has("META-INF/MANIFEST.MF") {
        "a Java archive"
    } else if has("model.weights.h5") {
        "a Keras model"
    } else {
        "a zip archive of something else"
    };
    let some: Vec<_> = names().take(5).collect();
    let more = archive.entries().len().saturating_sub(some.len());
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    let error = Error::new(Kind::Unpickling, format!("not a checkpoint: this is {what}"));
    let error = error.note(format!("it holds {}{rest}", some.join(", ")));
    if holds_checkpoints { error.hint("unpack it first") } else { error }
}

/// The error for a tar archive without a checkpoint in it.
#[must_use]
pub fn refuse_tar(members: &SeededMap<String, Region>) -> Error {
    let mut names: Vec<_> = members.keys().map(String::as_str).collect();
    names.sort_unstable();
    names.truncate(5);
    let error = Error::new(Kind::Unpickling, "not a checkpoint: this is a tar archive of something else");
    error.note(format!("it holds {}", names.join(", "))).hint("unpack it first: tar xf")
}

/// How far a file that is no pickle is taken for one, at most.
const CHANCE: usize = 16;

/// Says more of a file that was tried as a plain pickle and failed at some byte.
#[must_use]
pub fn unread(error: Error, bytes: &[u8], at: usize) -> Error {
    let start = bytes.get(..bytes.len().min(512)).unwrap_or_default();
    let is_text = std::str::from_utf8(start).is_ok_and(|text| !text.contains('\0'));
    match bytes {
        _ if at > CHANCE || bytes.first() == Some(&0x80) => {
            error.hint("the file may be cut short or damaged: compare its size or checksum")
        }
        _ if is_text => {
            let line: String =
                String::from_utf8_lossy(start).lines().next().unwrap_or_default().chars().take(60).collect();
            Error::new(Kind::Unpickling, "not a checkpoint: this is a text file")
                .note(format!("it begins with: {line}"))
        }
        _ => {
            let start: Vec<_> = bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
            let error = Error::new(
                Kind::Unpickling,
                "not a checkpoint: no format that is read here begins like this file",
            );
            error.note(format!("it begins with the bytes {}", start.join(" ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_other_programs_are_named() {
        let files: [(&[u8], &str); 8] = [
            (b"\x24\0\0\0PTMF\0\0", "a mobile TorchScript model in flatbuffers"),
            (b"\x1c\0\0\0TFL3", "a TensorFlow Lite model"),
            (b"\x08\x08\x12\x07pytorch\x1a\x06", "an ONNX model, written by pytorch"),
            (b"\x08\x0a\x3a\x80\x01", "an ONNX model"),
            (b"\x08\x01\x12\xb5\x1f\x0a\x0e", "a TensorFlow SavedModel"),
            (b"\x0a\x2c\x0a\x05input\x12\x0bPlaceholder", "a TensorFlow graph"),
            (b"\x81\xa6params\x82", "a MessagePack file (Flax)"),
            (b"\x89HDF\r\n\x1a\n", "an HDF5 file (Keras and others)"),
        ];
        for (bytes, what) in files {
            let error = refuse(bytes).unwrap();
            assert!(error.message().ends_with(what), "{}", error.message());
        }
        assert!(refuse(b"\x80\x02}q\0.").is_none());
    }
}
