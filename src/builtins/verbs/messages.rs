//! What verbs say of what they did.

use torchsh_language::value::report::keys::list;
use torchsh_language::value::report::size;

/// `kept 95 of 97 entries; dropped:` and why.
pub fn kept(kept: usize, of: usize, dropped: &[String]) -> String {
    let head = format!("kept {} of {}", size::grouped(kept as u64), size::counted(of, "entry"));
    if dropped.is_empty() { head } else { list(&format!("{head}; dropped:"), dropped) }
}

/// `2 added, 95 replaced, 1 unchanged`
pub fn updated(added: usize, replaced: usize, unchanged: usize) -> String {
    let number = |count: usize| size::grouped(count as u64);
    format!("{} added, {} replaced, {} unchanged", number(added), number(replaced), number(unchanged))
}

/// The file that was written, or the names of the shards: `m-00001-of-00003.safetensors … m-00003-of-00003.safetensors, with
/// m.safetensors.index.json`.
pub fn written(path: &str, files: &[String]) -> String {
    let folder = path.rfind('/').map_or("", |at| path.get(..=at).unwrap_or_default());
    match files {
        [first, .., last, index] => format!("{folder}{first} … {last}, with {index}"),
        [only, index] => format!("{folder}{only}, with {index}"),
        _ => path.to_owned(),
    }
}

/// `saved 9 tensors to a.pt (3.9 KiB)`, or what they took the place of.
pub fn saved(what: &str, path: &str, nbytes: u64, replaced: Option<u64>) -> String {
    let now = size::bytes(nbytes);
    match replaced {
        Some(before) => format!("saved {what}: replaced {path} ({} → {now})", size::bytes(before)),
        None => format!("saved {what} to {path} ({now})"),
    }
}

/// `renamed 4 of 6 keys`
pub fn renamed(changed: usize, of: usize) -> String {
    format!("renamed {} of {}", size::grouped(changed as u64), size::counted(of, "key"))
}
