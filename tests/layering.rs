//! Holds the code to the order of its rooms: a room may import the rooms before it, never the ones after it.

// A test that meets the unexpected should stop there and then.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Every room of the house, each allowed to import those before it.
const ROOMS: &[&str] = &[
    "door",
    "error",
    "syntax",
    "checkpoint",
    "state_dict",
    "aten",
    "value",
    "eval",
    "builtins",
    "prelude",
    "render",
    "session",
    "front",
    "main",
];

/// Names that stand in for a whole foundation, and the only rooms that may say them.
const FENCED: &[(&str, &[&str])] = &[
    ("ruff_", &["syntax"]),
    ("tch::", &["door"]),
    ("torch_sys::", &["door"]),
    ("door_table::", &["door", "aten"]),
    ("torchsh_", &["door", "aten"]),
    ("rustyline", &["front"]),
    ("comfy_table", &["render"]),
    ("print!", &["front"]),
    ("println!", &["front"]),
    ("eprint!", &["front"]),
    ("eprintln!", &["front"]),
    ("dbg!", &[]),
    ("process::exit", &["main", "front"]),
];

/// Crates that one file alone names: the rest of the house speaks of its own words.
const IN_ONE_FILE: &[(&str, &str)] = &[
    ("jupyter_", "src/front/kernel/wire.rs"),
    ("zeromq", "src/front/kernel/wire.rs"),
    ("tokio", "src/front/kernel/wire.rs"),
];

/// Lines of a file, its unit tests not counted.
const LONGEST: usize = 500;
/// Files that are one flat table.
const TABLES: &[&str] = &["src/aten/signatures.txt"];

#[test]
fn rooms_import_only_the_rooms_before_them() {
    report(sources("rs").iter().flat_map(imports_of_later_rooms).collect());
}

#[test]
fn foundations_are_named_only_in_their_room() {
    report(sources("rs").iter().flat_map(names_outside_their_room).collect());
}

#[test]
fn some_crates_are_named_in_one_file() {
    let named = |file: &Source| {
        let others = IN_ONE_FILE.iter().filter(|(_, only)| *only != file.path);
        let found = others.filter(|(name, _)| file.code.contains(name));
        found.map(|(name, only)| format!("{}: {name} belongs to {only} alone", file.path)).collect::<Vec<_>>()
    };
    report(sources("rs").iter().flat_map(named).collect());
    for (name, only) in IN_ONE_FILE {
        assert!(sources("rs").iter().any(|file| file.path == *only && file.code.contains(name)), "{name}");
    }
}

#[test]
fn files_are_short() {
    let texts = ["rs", "py", "cpp", "h", "txt"].iter().flat_map(|ending| sources(ending));
    report(texts.filter_map(|file| too_long(&file)).collect());
}

#[test]
fn every_file_stands_in_a_room() {
    let strangers = sources("rs").into_iter().filter(|file| rank(&file.room).is_none());
    report(strangers.map(|file| format!("{}: no room is called {}", file.path, file.room)).collect());
}

/// One file of `src`, without comments, literals and unit tests.
struct Source {
    path: String,
    room: String,
    /// How many `super::` lead from this module to the crate's root.
    depth: usize,
    code: String,
}

fn sources(ending: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    collect(&root.join("src"), &mut paths);
    paths.sort();
    paths.retain(|path| path.extension().is_some_and(|found| found == ending));
    paths.iter().map(|path| Source::read(root, path)).collect()
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, into) } else { into.push(path) }
    }
}

impl Source {
    fn read(root: &Path, path: &Path) -> Source {
        let text = fs::read_to_string(path).unwrap();
        let inside = path.strip_prefix(root.join("src")).unwrap();
        let mut modules: Vec<_> = inside.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        let stem = inside.file_stem().unwrap().to_string_lossy().into_owned();
        modules.pop();
        if stem != "mod" {
            modules.push(stem);
        }
        let code =
            if path.extension().is_some_and(|e| e == "rs") { without_tests(&code_of(&text)) } else { text };
        Source {
            path: path.strip_prefix(root).unwrap().display().to_string(),
            room: modules.first().cloned().unwrap_or_default(),
            depth: modules.len(),
            code,
        }
    }

    fn place(&self, offset: usize) -> String {
        let line = self.code[..offset].matches('\n').count() + 1;
        format!("{}:{line}", self.path)
    }
}

fn rank(room: &str) -> Option<usize> {
    ROOMS.iter().position(|known| *known == room)
}

fn report(faults: Vec<String>) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

fn imports_of_later_rooms(file: &Source) -> Vec<String> {
    let Some(own) = rank(&file.room) else { return Vec::new() };
    let mut faults = BTreeSet::new();
    for (offset, room) in rooms_named(file) {
        if rank(&room).is_some_and(|named| named > own) {
            faults.insert(format!(
                "{}: {} imports {room}, which comes after it",
                file.place(offset),
                file.room
            ));
        }
    }
    faults.into_iter().collect()
}

/// Every `crate::room`, also inside `crate::{…}` and by a chain of `super::` up to the root, with its offset.
fn rooms_named(file: &Source) -> Vec<(usize, String)> {
    let to_root = "super::".repeat(file.depth);
    let mut found = Vec::new();
    for prefix in ["crate::", to_root.as_str()] {
        for (offset, _) in file.code.match_indices(prefix) {
            let before = file.code[..offset].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':' || c == '$') {
                continue;
            }
            let rest = &file.code[offset + prefix.len()..];
            found.extend(first_names(rest).into_iter().map(|name| (offset, name)));
        }
    }
    found
}

/// The names a path goes on with: one, or each at the top of a group `{a::b, c}`.
fn first_names(rest: &str) -> Vec<String> {
    let Some(group) = rest.strip_prefix('{') else { return vec![identifier(rest)] };
    let (mut names, mut level, mut starts) = (Vec::new(), 0, true);
    for (offset, c) in group.char_indices() {
        match c {
            '}' if level == 0 => break,
            '{' => level += 1,
            '}' => level -= 1,
            ',' if level == 0 => starts = true,
            c if starts && !c.is_whitespace() => {
                names.push(identifier(&group[offset..]));
                starts = false;
            }
            _ => {}
        }
    }
    names
}

fn identifier(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

fn names_outside_their_room(file: &Source) -> Vec<String> {
    let mut faults = Vec::new();
    if file.path.ends_with("build.rs") {
        // A build script speaks to cargo by printing.
        return faults;
    }
    for (name, rooms) in FENCED.iter().filter(|(_, rooms)| !rooms.contains(&file.room.as_str())) {
        for (offset, _) in file.code.match_indices(name) {
            let before = file.code[..offset].chars().next_back();
            if !before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
                faults.push(format!("{}: {name} belongs to {rooms:?} alone", file.place(offset)));
            }
        }
    }
    faults
}

fn too_long(file: &Source) -> Option<String> {
    let lines = file.code.trim_end().lines().count();
    let fits = lines <= LONGEST || TABLES.contains(&file.path.as_str());
    (!fits).then(|| format!("{}: {lines} lines, more than {LONGEST}", file.path))
}

/// The text with comments and literals blanked, every line kept.
fn code_of(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let skipped = comment_or_literal(rest, code.chars().next_back());
        if skipped == 0 {
            code.push(c);
            rest = &rest[c.len_utf8()..];
        } else {
            code.extend(rest[..skipped].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
            rest = &rest[skipped..];
        }
    }
    code
}

/// How many bytes of comment, string or character literal `text` begins with.
fn comment_or_literal(text: &str, before: Option<char>) -> usize {
    let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if text.starts_with("//") {
        return text.find('\n').unwrap_or(text.len());
    }
    if text.starts_with("/*") {
        return text.find("*/").map_or(text.len(), |end| end + 2);
    }
    if text.starts_with('"') {
        return escaped_literal(text, '"');
    }
    if text.starts_with('\'') {
        return character_literal(text);
    }
    if !in_word && (text.starts_with("r\"") || text.starts_with("r#") || text.starts_with("br")) {
        return raw_string(text);
    }
    0
}

fn escaped_literal(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (offset, c) in text.char_indices().skip(1) {
        if c == quote && !escaped {
            return offset + 1;
        }
        escaped = c == '\\' && !escaped;
    }
    text.len()
}

/// A lifetime is no literal: `'a` is not closed two characters on.
fn character_literal(text: &str) -> usize {
    let mut characters = text.char_indices().skip(1);
    match (characters.next(), characters.next()) {
        (Some((_, '\\')), _) => escaped_literal(text, '\''),
        (Some(_), Some((offset, '\''))) => offset + 1,
        _ => 0,
    }
}

fn raw_string(text: &str) -> usize {
    let start = text.trim_start_matches('b').trim_start_matches('r');
    let hashes = start.chars().take_while(|c| *c == '#').count();
    if !start[hashes..].starts_with('"') || start.len() == text.len() {
        return 0;
    }
    let opened = text.len() - start.len() + hashes + 1;
    let close = format!("\"{}", "#".repeat(hashes));
    text[opened..].find(&close).map_or(text.len(), |end| opened + end + close.len())
}

/// The code with every item under `#[cfg(test)]` cut out.
fn without_tests(code: &str) -> String {
    let mut kept = String::new();
    let mut rest = code;
    while let Some(start) = rest.find("#[cfg(test)]") {
        kept.push_str(&rest[..start]);
        rest = &rest[start..];
        rest = &rest[end_of_item(rest)..];
    }
    kept + rest
}

fn end_of_item(code: &str) -> usize {
    let mut level = 0;
    for (offset, c) in code.char_indices() {
        match c {
            '{' => level += 1,
            '}' => level -= 1,
            _ => {}
        }
        if level == 0 && (c == ';' || c == '}') {
            return offset + 1;
        }
    }
    code.len()
}

#[test]
fn the_reader_of_this_test_sees_what_it_should() {
    let text = "use crate::{eval::Value, front};\n// crate::session\nlet a = \"crate::main\"; let b = 'x'; fn f<'a>() {}\n\
                #[cfg(test)]\nmod tests { use crate::render; }\nuse super::super::builtins::x;";
    let file = Source {
        path: "src/value/list.rs".into(),
        room: "value".into(),
        depth: 2,
        code: without_tests(&code_of(text)),
    };
    let names: Vec<_> = rooms_named(&file).into_iter().map(|(_, name)| name).collect();
    assert_eq!(names, ["eval", "front", "builtins"]);
    assert_eq!(imports_of_later_rooms(&file).len(), 3);
}
