//! Holds the crates to the order of the rooms, and the code to what no compiler holds: how long a file is, who prints.

// A test that meets the unexpected should stop there and then.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms, bottom up: a crate may depend on those before it, and the compiler holds the code to its manifest.
const ROOMS: &[&str] = &[
    "base",
    "syntax",
    "checkpoint",
    "state_dict",
    "aten",
    "language",
    "prelude",
    "stdlib",
    "tensors",
    "builtins",
    "render",
    "session",
    "front",
];

/// The libraries that an outsider could use: nothing of the language, nothing of libtorch.
const LIBRARIES: &[(&str, &[&str])] = &[("checkpoint", &["base"]), ("state_dict", &["base", "checkpoint"])];

/// Crates that stand for a whole foundation, by what their names begin with, and the only room that depends on them.
const FOUNDATIONS: &[(&str, &str)] = &[
    ("ruff_", "syntax"),
    ("tch", "door"),
    ("libloading", "aten"),
    ("rustyline", "front"),
    ("ratatui", "front"),
    ("tokio", "front"),
    ("zeromq", "front"),
    ("jupyter-", "front"),
    ("comfy-table", "render"),
];

/// Words that only some rooms may say.
const FENCED: &[(&str, &[&str])] = &[
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
fn crates_depend_only_on_the_rooms_before_them() {
    let mut faults = Vec::new();
    for (place, room) in ROOMS.iter().enumerate() {
        let below = &ROOMS[..place];
        let only = LIBRARIES.iter().find(|(name, _)| name == room).map_or(below, |(_, only)| only);
        for name in dependencies(room) {
            let own = name.strip_prefix("torchsh-").map(|name| name.replace('-', "_"));
            if own.is_some_and(|own| ROOMS.contains(&own.as_str()) && !only.contains(&own.as_str())) {
                faults.push(format!("{room} depends on {name}, which is not below it"));
            }
        }
    }
    report(faults);
}

#[test]
fn foundations_have_one_room() {
    let mut faults = Vec::new();
    for room in ROOMS.iter().chain(&["door"]) {
        for name in dependencies(room) {
            let found = FOUNDATIONS.iter().find(|(begin, _)| name.starts_with(begin));
            if let Some((_, home)) = found.filter(|(_, home)| home != room) {
                faults.push(format!("{room} depends on {name}, which belongs to {home} alone"));
            }
        }
    }
    report(faults);
}

/// The interpreter is built on values: in the one crate that holds both, values do not know of it.
#[test]
fn values_do_not_name_the_interpreter() {
    let values = sources("rs").into_iter().filter(|file| file.path.starts_with("src/language/value/"));
    let naming = values.filter(|file| file.code.contains("crate::eval"));
    report(naming.map(|file| format!("{} names crate::eval", file.path)).collect());
}

/// The names under `[dependencies]` in a room's manifest; the front's is the program's own.
fn dependencies(room: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = if room == "front" { root.to_owned() } else { root.join("src").join(room) };
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    let (_, after) = manifest.split_once("\n[dependencies]\n").unwrap();
    let lines = after.lines().take_while(|line| !line.starts_with('['));
    let name = |line: &str| line.split(['.', ' ', '=']).next().unwrap_or_default().to_owned();
    lines.map(name).filter(|name| !name.is_empty() && !name.starts_with('#')).collect()
}

#[test]
fn some_words_are_said_in_one_room() {
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
    let known = |room: &str| ROOMS.contains(&room) || ["door", "main"].contains(&room);
    let strangers = sources("rs").into_iter().filter(|file| !known(&file.room));
    report(strangers.map(|file| format!("{}: no room is called {}", file.path, file.room)).collect());
}

/// One file of `src`, without comments, literals and unit tests.
struct Source {
    path: String,
    room: String,
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
            code,
        }
    }

    fn place(&self, offset: usize) -> String {
        let line = self.code[..offset].matches('\n').count() + 1;
        format!("{}:{line}", self.path)
    }
}

fn report(faults: Vec<String>) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
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
    let text = "print!();\n// println!()\nlet a = \"eprint!\"; let b = 'x'; fn f<'a>() {}\n\
                #[cfg(test)]\nmod tests { dbg!(1); }\nuse crate::x;";
    let file = Source {
        path: "src/language/value/list.rs".into(),
        room: "language".into(),
        code: without_tests(&code_of(text)),
    };
    assert_eq!(
        names_outside_their_room(&file),
        ["src/language/value/list.rs:1: print! belongs to [\"front\"] alone"]
    );
    assert!(file.code.ends_with("use crate::x;"));
}
