//! Python programs as people write them around checkpoints, against what CPython 3.11 with PyTorch 2.11 printed.
//!
//! `cases/NAME.py` runs in a fresh folder; its standard output must equal `expected/NAME.txt` byte for byte and its exit
//! status be 0. `not_yet.txt` lists the programs that are known not to run yet: one of them that passes fails this test,
//! so the list can only shrink. `BLESS=1 cargo test --test conformance` takes those off the list; `CASE=prefix` runs
//! some and shows how each differs.

// A test that meets the unexpected should stop there and then.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{at_once, difference, repository, run, tell, torchsh};
use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

#[test]
fn programs_print_what_python_prints() {
    let chosen = std::env::var("CASE").unwrap_or_default();
    let names: Vec<String> = names().into_iter().filter(|name| name.starts_with(&chosen)).collect();
    let not_yet = not_yet();
    assert!(!names.is_empty(), "no case begins with {chosen:?}");

    let faults = at_once(&names, |name| fault(name));
    let failing: BTreeSet<_> =
        names.iter().zip(&faults).filter(|(_, fault)| fault.is_some()).map(|(n, _)| n).collect();
    let passing: Vec<_> = names.iter().filter(|name| !failing.contains(name)).collect();
    tell(&format!("conformance: {} of {} programs pass", passing.len(), names.len()));

    let mut news = String::new();
    for (name, fault) in names.iter().zip(faults) {
        match fault {
            Some(fault) if !chosen.is_empty() || !not_yet.contains(name) => {
                news += &format!("{name}: {fault}\n")
            }
            None if not_yet.contains(name) && !blessed(name) => {
                news += &format!("{name}: passes, take it off tests/conformance/not_yet.txt\n");
            }
            _ => {}
        }
    }
    assert!(news.is_empty(), "\n{news}");
}

#[test]
fn the_list_of_programs_that_do_not_run_yet_names_programs() {
    let names: BTreeSet<_> = names().into_iter().collect();
    let strangers: Vec<_> = not_yet().into_iter().filter(|name| !names.contains(name)).collect();
    assert!(strangers.is_empty(), "not_yet.txt lists no program of these names: {strangers:?}");
}

fn names() -> Vec<String> {
    let folder = fs::read_dir(repository("tests/conformance/cases")).unwrap();
    let files = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> =
        files.filter_map(|file| file.strip_suffix(".py").map(str::to_owned)).collect();
    names.sort();
    names
}

fn not_yet() -> BTreeSet<String> {
    let text = fs::read_to_string(repository("tests/conformance/not_yet.txt")).unwrap();
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
}

/// How the run of a case differs from what it should be, if it does.
fn fault(name: &str) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let mut command = torchsh(folder.path());
    command.arg(repository(&format!("tests/conformance/cases/{name}.py")));
    let ran = run(command, "", LIMIT);
    let expected = fs::read_to_string(repository(&format!("tests/conformance/expected/{name}.txt"))).unwrap();
    if ran.succeeded() && ran.stdout == expected {
        return None;
    }
    let last: Vec<&str> = ran.stderr.lines().rev().take(6).collect();
    let stderr: Vec<&str> = last.into_iter().rev().collect();
    Some(format!("{}\n{}\n{}", ran.ending(), difference(&expected, &ran.stdout), stderr.join("\n")))
}

/// Takes a passing program off the list, where that was asked for.
fn blessed(name: &str) -> bool {
    let asked = std::env::var_os("BLESS").is_some();
    if asked {
        let path = repository("tests/conformance/not_yet.txt");
        let text = fs::read_to_string(&path).unwrap();
        let kept: String =
            text.lines().filter(|line| line != &name).map(|line| format!("{line}\n")).collect();
        fs::write(path, kept).unwrap();
    }
    asked
}
