//! `manifest m`, `storages m`, `verify "x.pt"`: tensors as what lies in files, of a value or of a file by its name.

use std::collections::HashMap;

use super::super::Words;
use super::super::order::{self, Rank};
use crate::checkpoint::inspect_file::{graph, lines_of};
use torchsh_base::error::{Error, Result, path_meant};
use torchsh_checkpoint::graph::{Graph, NodeId};
use torchsh_checkpoint::manifest::{self, Checksum, Entry};
use torchsh_checkpoint::usage::{self, Usage};
use torchsh_checkpoint::verify::Verified;
use torchsh_checkpoint::{self as checkpoint, Options, origin, verify};
use torchsh_language::value::report::progress::Progress;
use torchsh_language::value::report::{Cell, Findings, Head, Report, size};
use torchsh_language::value::{Args, Value, Vm};

/// The verb's only word, as a graph.
fn whole(vm: &dyn Vm, args: &Args) -> Result<(Graph, NodeId)> {
    let mut words = Words::of(args);
    let what = "what holds tensors, or a file name in quotes";
    let of = words.next(args, what)?;
    words.end(args)?;
    match of {
        Value::None | Value::Bool(_) | Value::Int(_) | Value::Float(_) => {
            let message = format!("{} wants {what}, not {}", args.row().name, vm.type_name(of));
            Err(Error::type_error(message).hint(Words::synopsis(args)))
        }
        _ => graph(vm, of),
    }
}

/// `manifest m`
pub fn manifest(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let (mut graph, root) = whole(vm, args)?;
    let (entries, beside) = manifest::whole(&mut graph, root, &Progress::bytes(vm))?;
    origin::settle()?;
    if let Some(note) = manifest::said_of(beside) {
        vm.notice(&note);
    }
    Ok(Report::Findings(entries_report(&entries)).into_value())
}

const ENTRY_HEADS: &[Head] = &[
    Head::words("name"),
    Head::words("shape"),
    Head::words("dtype"),
    Head::amount("bytes"),
    Head::words("sha256"),
    Head::words("note"),
    Head::amount("storage"),
];

fn entries_report(entries: &[Entry]) -> Findings {
    let mut sharing: HashMap<usize, u64> = HashMap::new();
    for group in entries.iter().filter_map(|entry| entry.storage_group) {
        *sharing.entry(group).or_default() += 1;
    }
    let damaged = entries.iter().filter(|entry| matches!(entry.sha256, Checksum::Damaged(_))).count();
    let bytes = entries.iter().fold(0_u64, |sum, entry| sum.saturating_add(entry.nbytes));
    let line = |entry: &Entry| {
        let (sum, note) = match &entry.sha256 {
            Checksum::Sum(sum) => (Cell::text(sum), Cell::None),
            Checksum::None(why) => (Cell::None, Cell::text(*why)),
            Checksum::Damaged(error) => (Cell::None, Cell::text(error.message())),
        };
        let group = entry.storage_group.filter(|group| sharing.get(group).is_some_and(|&count| count > 1));
        vec![
            Cell::text(&entry.name),
            Cell::Shape(entry.shape.clone()),
            Cell::text(&entry.dtype),
            Cell::Bytes(entry.nbytes),
            sum,
            note,
            group.map_or(Cell::None, |group| Cell::Count(group as u64)),
        ]
    };
    let mut foot = format!("{} · {}", size::counted(entries.len(), "tensor"), size::bytes(bytes));
    if damaged > 0 {
        foot.push_str(&format!(" · {damaged} damaged"));
    }
    Findings {
        verb: "manifest",
        facts: vec![
            ("tensors", Cell::Count(entries.len() as u64)),
            ("bytes", Cell::Bytes(bytes)),
            ("damaged", Cell::Count(damaged as u64)),
        ],
        listed: "entries",
        heads: ENTRY_HEADS.to_vec(),
        lines: entries.iter().map(line).collect(),
        foot,
        is_bad: damaged > 0,
        is_brief: false,
        sum: None,
    }
}

/// `storages m`
pub fn storages(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let (mut graph, root) = whole(vm, args)?;
    let mut found = usage::of(&mut graph, root)?;
    found.sort_by_key(|storage| std::cmp::Reverse((storage.tensors.len(), storage.nbytes - storage.used)));
    order::sort(vm, args, &mut found, |by, one| match by {
        "name" => Rank::name(one.tensors.first().map_or("", String::as_str)),
        _ => Rank::Number(one.nbytes as f64),
    })?;
    Ok(Report::Findings(storages_report(&found)).into_value())
}

const STORAGE_HEADS: &[Head] = &[Head::words("tensors"), Head::amount("bytes"), Head::amount("unused")];

fn storages_report(found: &[Usage]) -> Findings {
    let sum = |of: fn(&Usage) -> u64| found.iter().fold(0_u64, |sum, one| sum.saturating_add(of(one)));
    let (bytes, unused) = (sum(|one| one.nbytes), sum(|one| one.nbytes - one.used));
    let shared = found.iter().filter(|one| one.tensors.len() > 1).count();
    let line = |one: &Usage| {
        vec![Cell::Names(one.tensors.clone()), Cell::Bytes(one.nbytes), Cell::Bytes(one.nbytes - one.used)]
    };
    let mut foot =
        format!("{} · {shared} shared · {}", size::counted(found.len(), "storage"), size::bytes(bytes));
    if unused > 0 {
        foot.push_str(&format!(
            " · {} that no tensor looks at: torch.save(…, compact=True) leaves them out",
            size::bytes(unused)
        ));
    }
    Findings {
        verb: "storages",
        facts: vec![
            ("shared", Cell::Count(shared as u64)),
            ("bytes", Cell::Bytes(bytes)),
            ("unused", Cell::Bytes(unused)),
        ],
        listed: "storages",
        heads: STORAGE_HEADS.to_vec(),
        lines: found.iter().map(line).collect(),
        foot,
        is_bad: false,
        is_brief: false,
        sum: None,
    }
}

/// `verify "x.pt"`, `verify "x.pt" "x.jsonl"`
pub fn verify(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let what = "a file name in quotes";
    let path = path_meant(words.text(vm, args, what)?.as_str());
    let listed = if words.left.len() > 0 { Some(words.text(vm, args, what)?) } else { None };
    words.end(args)?;
    let found = match listed {
        Some(listed) => {
            let mut loaded = checkpoint::open(&path, &Options::default())?;
            let entries = manifest::of_watched(&mut loaded.graph, loaded.root, &Progress::bytes(vm))?;
            let lines = lines_of(vm, &Value::Str(listed))?;
            let damage = verify::differences(&entries, &lines)?;
            Verified { read: entries.len(), compared: entries.len(), damage }
        }
        None => verify::verify(&path, &Progress::bytes(vm))?,
    };
    origin::settle()?;
    Ok(Report::Findings(verified_report(&found)).into_value())
}

fn verified_report(found: &Verified) -> Findings {
    let foot = match (found.damage.len(), found.compared) {
        (0, 0) => format!("whole: all {} tensors can be read; the file holds no checksums", found.read),
        (0, compared) => {
            format!("whole: all {} records can be read, {compared} checksums are right", found.read)
        }
        (wrong, _) => format!("damaged: {wrong} of {}", found.read),
    };
    Findings {
        verb: "verify",
        facts: vec![
            ("whole", Cell::Flag(found.damage.is_empty())),
            ("read", Cell::Count(found.read as u64)),
            ("compared", Cell::Count(found.compared as u64)),
        ],
        listed: "damage",
        heads: vec![Head::words("damage")],
        lines: found.damage.iter().map(|damage| vec![Cell::text(damage)]).collect(),
        foot,
        is_bad: !found.damage.is_empty(),
        is_brief: false,
        sum: None,
    }
}
