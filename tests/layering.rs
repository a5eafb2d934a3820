//! Holds the crates to the order of the rooms, and the code to what no compiler holds: how long a file is, who prints.

// A test that meets the unexpected should stop there and then.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};
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

/// Modules that use one another in a circle, by the folder in which they lie: those that are known. A new one is a fault, and so is
/// one that was opened and still stands here.
const CIRCLES: &[(&str, &[&str])] = &[
    ("aten", &["bytes", "pending", "record", "storage", "tensor"]),
    ("builtins", &["checkpoint", "verbs"]),
    ("builtins/checkpoint", &["inert", "omegaconf", "state", "stdlib_repr", "wrapped"]),
    ("builtins/verbs", &["key_mapping", "surgery", "unmatched"]),
    ("builtins/verbs/key_mapping", &["diffusion", "gguf", "images", "presets"]),
    ("checkpoint", &["gguf", "graph", "record", "snapshot", "storage"]),
    ("checkpoint/gguf", &["blocks", "k_quants", "pack", "small"]),
    ("checkpoint/pickle", &["calls", "globals", "numpy", "python", "torch"]),
    ("checkpoint/write", &["flat", "sharing"]),
    ("checkpoint/write", &["pickler", "torch_legacy", "torch_zip"]),
    ("front/kernel", &["capture", "output"]),
    ("language/eval", &["frame", "generator"]),
    ("language/value/report", &["gather", "modules"]),
    ("syntax", &["pattern", "tree"]),
    ("syntax/verbs", &["explain", "line", "scan"]),
    (
        "tensors/numpy",
        &["arithmetic", "functions", "operators", "rare", "reduce", "scalar", "scalar_rows", "text"],
    ),
    ("tensors/tensor", &["storage", "storage_class"]),
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

/// Within a crate no compiler holds the order: of the modules of a folder none uses another that uses it, unless it is known.
#[test]
fn modules_use_one_another_one_way() {
    let mut faults = Vec::new();
    let found = circles(&sources("rs"));
    let known: Vec<_> = CIRCLES.iter().map(|(folder, names)| (folder.to_string(), owned(names))).collect();
    for (folder, names) in found.iter().filter(|circle| !known.contains(circle)) {
        faults.push(format!("src/{folder}: {} use one another in a circle", names.join(", ")));
    }
    for (folder, names) in known.iter().filter(|circle| !found.contains(circle)) {
        faults.push(format!("src/{folder}: {} are no such circle (any more)", names.join(", ")));
    }
    report(faults);
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| name.to_string()).collect()
}

/// A folder and the modules in it, or two modules.
type Edges = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// The modules of each folder that use one another, what lies deeper counted with its folder. What a module reaches by a name that
/// its folder hands on is not seen.
fn circles(files: &[Source]) -> Vec<(String, Vec<String>)> {
    let files: Vec<(Vec<String>, &str)> = files
        .iter()
        .map(|file| (module_of(&file.path), file.code.as_str()))
        .filter(|(module, _)| module.iter().all(|name| !name.contains("tests") && name != "build"))
        .collect();
    let modules: BTreeSet<&[String]> = files.iter().map(|(module, _)| module.as_slice()).collect();
    let mut edges = Edges::new();
    for (module, code) in &files {
        for path in paths_of(code) {
            let Some(used) = module_used(module, &path, &modules) else { continue };
            let shared = module.iter().zip(used).take_while(|(one, two)| one == two).count();
            if let (Some(one), Some(two)) = (module.get(shared), used.get(shared)) {
                let folder = edges.entry(module[..shared].join("/")).or_default();
                folder.entry(one.clone()).or_default().insert(two.clone());
            }
        }
    }
    let circles = edges.iter().filter(|(folder, _)| !folder.is_empty());
    circles
        .flat_map(|(folder, uses)| circles_in(uses).into_iter().map(|names| (folder.clone(), names)))
        .collect()
}

/// The sets of modules that all reach one another.
fn circles_in(uses: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<Vec<String>> {
    let reached = |from: &String| {
        let (mut reached, mut left) = (BTreeSet::new(), vec![from]);
        while let Some(next) = left.pop() {
            left.extend(uses.get(next).into_iter().flatten().filter(|name| reached.insert((*name).clone())));
        }
        reached
    };
    let reached: BTreeMap<&String, BTreeSet<String>> =
        uses.keys().map(|name| (name, reached(name))).collect();
    let circle = |name: &&String| {
        let mutual =
            reached[*name].iter().filter(|other| reached.get(other).is_some_and(|back| back.contains(*name)));
        mutual.cloned().collect::<Vec<_>>()
    };
    uses.keys().collect::<Vec<_>>().iter().map(circle).filter(|names| !names.is_empty()).collect()
}

/// `["aten", "cuda"]` of `src/aten/cuda.rs`; what the folder itself is of its `mod.rs`.
fn module_of(path: &str) -> Vec<String> {
    let inside = path.trim_start_matches("src/").trim_end_matches(".rs");
    let mut names: Vec<String> = inside.split('/').map(str::to_owned).collect();
    names.pop_if(|name| name == "mod" || name == "lib");
    names
}

/// The paths that code names from the crate's root or from its own place: those of `use` and those in its midst.
fn paths_of(code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for begin in ["crate::", "super::", "self::"] {
        for (offset, _) in code.match_indices(begin) {
            let before = code[..offset].chars().next_back();
            if !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                expand("", &code[offset..], &mut paths);
            }
        }
    }
    paths
}

/// `a::{b, c::{d, e}}` as `a::b`, `a::c::d` and `a::c::e`; how much of the text they are.
fn expand(before: &str, text: &str, into: &mut Vec<String>) -> usize {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(text.len());
    let path = format!("{before}{}", &text[..end]);
    if !path.ends_with("::") || !text[end..].starts_with('{') {
        into.push(path);
        return end;
    }
    let mut at = end + 1;
    while !text[at..].starts_with('}') && at < text.len() {
        let skipped = text[at..].find(|c: char| c == '}' || c == '_' || c.is_alphanumeric());
        at += skipped.unwrap_or(text.len() - at);
        if !text[at..].starts_with('}') {
            at += expand(&path, &text[at..], into).max(1);
            // `name as other`
            at += text[at..].find([',', '}']).unwrap_or(text.len() - at);
        }
    }
    at + 1
}

/// The module that a path leads to, or into, from a module.
fn module_used<'a>(from: &[String], path: &str, modules: &BTreeSet<&'a [String]>) -> Option<&'a [String]> {
    let mut names = path.split("::").filter(|name| !name.is_empty()).peekable();
    // The program itself is no crate of its own room: its modules are named with it.
    let root = if from[0] == "front" { 0 } else { 1 };
    let mut place = match names.next()? {
        "crate" => from[..root].to_vec(),
        "super" => from[..from.len() - 1].to_vec(),
        _ => from.to_vec(),
    };
    while names.next_if_eq(&"super").is_some() {
        place.pop();
    }
    for name in names {
        place.push(name.to_owned());
        if !modules.contains(place.as_slice()) {
            place.pop();
            break;
        }
    }
    modules.get(place.as_slice()).copied()
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

#[test]
fn a_circle_of_modules_is_seen() {
    let file = |path: &str, code: &str| Source { path: path.into(), room: String::new(), code: code.into() };
    let files = [
        file("src/aten/lib.rs", "mod a; pub use self::a::A;"),
        file("src/aten/a.rs", "use super::{\n    b::{self, X as Y},\n    e,\n};"),
        file("src/aten/b.rs", "fn f() { crate::c::d::g(); super::super::nothing(); }"),
        file("src/aten/c/mod.rs", "pub use self::d::g;"),
        file("src/aten/c/d.rs", "use super::super::a::Z; use super::h;"),
        file("src/aten/c/h.rs", "use crate::c::d;"),
        file("src/aten/e.rs", "use crate::A;"),
    ];
    let expected = [("aten", &["a", "b", "c"] as &[&str]), ("aten/c", &["d", "h"])];
    assert_eq!(circles(&files), expected.map(|(folder, names)| (folder.to_owned(), owned(names))));
}
