//! Looking at a file as a file: `manifest`, `verify`, `inspect_pickle`, `storages`.

use std::rc::Rc;

use super::files::read;
use super::from_value::graph_of;
use super::report::Report;
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::graph::{Graph, NodeId};
use torchsh_checkpoint::manifest::{self, Entry};
use torchsh_checkpoint::origin;
use torchsh_checkpoint::usage::Usage;
use torchsh_checkpoint::{self as checkpoint, Options, usage, verify};
use torchsh_language::value::report::progress::Progress;
use torchsh_language::value::{Args, Str, Value, Vm};
use torchsh_stdlib::path_of;

/// The graph of a file (by its path) or of a value.
///
/// # Errors
/// Those of reading the file, or of a value that is nested too deep.
pub fn graph(vm: &dyn Vm, of: &Value) -> Result<(Graph, NodeId)> {
    match path_of(vm, of)? {
        Some(_) => read(vm, of, &Options::default()).map(|loaded| (loaded.graph, loaded.root)),
        None => graph_of(vm, of),
    }
}

/// `manifest(path_or_object)`
pub fn manifest(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let (mut graph, root) = graph(vm, args.value(0))?;
    let (entries, beside) = manifest::whole(&mut graph, root, &Progress::bytes(vm))?;
    origin::settle()?;
    if let Some(note) = manifest::said_of(beside) {
        vm.notice(&note);
    }
    let rows = entries.iter().map(row).collect();
    let lines: Vec<_> = entries.iter().map(Entry::line).collect();
    Ok(Value::native(Report::new("Manifest", &lines, rows)))
}

fn row(entry: &Entry) -> Value {
    let ints = |numbers: &[i64]| Value::list(numbers.iter().map(|&number| Value::Int(number)).collect());
    Value::dict_of([
        (Str::intern("name"), Value::str(entry.name.as_str())),
        (Str::intern("path"), Value::str(entry.path.as_str())),
        (Str::intern("shape"), ints(&entry.shape)),
        (Str::intern("dtype"), Value::str(entry.dtype.as_str())),
        (Str::intern("sha256"), entry.sha256.sum().map_or(Value::None, Value::str)),
        (Str::intern("nbytes"), i64::try_from(entry.nbytes).map_or(Value::None, Value::Int)),
        (Str::intern("stride"), ints(&entry.stride)),
        (Str::intern("storage_offset"), Value::Int(entry.storage_offset)),
        (Str::intern("storage_group"), entry.storage_group.map_or(Value::None, Value::from)),
    ])
}

/// `verify(path)`, `verify(path, manifest)`
pub fn verify(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let damage = match args.some(1) {
        Some(wanted) => {
            let (mut graph, root) = graph(vm, args.value(0))?;
            let found = manifest::of_watched(&mut graph, root, &Progress::bytes(vm))?;
            let differences = verify::differences(&found, &lines_of(vm, wanted)?)?;
            if differences.is_empty() {
                let text = format!("all {} tensors are as the manifest says", found.len());
                return Ok(Value::native(Report::new("Verified", &[text], Vec::new())));
            }
            differences
        }
        None => {
            let path = path_of(vm, args.value(0))?.ok_or_else(|| args.wrong_type(vm, 0, "a path"))?;
            let found = verify::verify(&path, &Progress::bytes(vm))?;
            origin::settle()?;
            if found.damage.is_empty() {
                let text = match found.compared {
                    0 => format!("all {} tensors can be read; the file holds no checksums", found.read),
                    compared => {
                        format!("all {} records can be read, {compared} checksums are right", found.read)
                    }
                };
                return Ok(Value::native(Report::new("Verified", &[text], Vec::new())));
            }
            found.damage
        }
    };
    let first = damage.first().cloned().unwrap_or_default();
    let error = match damage.len() {
        1 => Error::value(first),
        count => Error::value(format!("{first} ({} more)", count - 1)),
    };
    Err(damage.into_iter().skip(1).take(20).fold(error, Error::note))
}

/// The lines of a manifest: of a report, of a file of them, or given as text.
///
/// # Errors
/// `TypeError` for anything else; a file that cannot be read.
pub fn lines_of(vm: &dyn Vm, wanted: &Value) -> Result<String> {
    if let Some(report) = wanted.as_native::<Report>() {
        return Ok(report.text().to_owned());
    }
    if let Some(text) = wanted.as_str().filter(|text| text.as_str().trim_start().starts_with('{')) {
        return Ok(text.as_str().to_owned());
    }
    let path = path_of(vm, wanted)?.ok_or_else(|| {
        Error::type_error("verify() wants a manifest: what manifest() gives, its lines or a file of them")
    })?;
    std::fs::read_to_string(&path).map_err(|error| Error::io(&error, &path))
}

/// `inspect_pickle(path)`
pub fn inspect_pickle(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let path = path_of(vm, args.value(0))?.ok_or_else(|| args.wrong_type(vm, 0, "a path"))?;
    let asked = checkpoint::asked(&path)?;
    let mut lines = vec![match asked.len() {
        0 => "the file asks for no class and no function".to_owned(),
        _ => format!("{:<56} {:>8} {:>8}", "name", "imports", "calls"),
    }];
    let mut rows = Vec::new();
    for ask in &asked {
        let becomes = if ask.known { "" } else { "  not known here: stays a name" };
        lines.push(format!("{:<56} {:>8} {:>8}{becomes}", ask.global.to_string(), ask.imports, ask.calls));
        rows.push(Value::dict_of([
            (Str::intern("name"), Value::str(ask.global.to_string())),
            (Str::intern("imports"), Value::Int(i64::try_from(ask.imports).unwrap_or(i64::MAX))),
            (Str::intern("calls"), Value::Int(i64::try_from(ask.calls).unwrap_or(i64::MAX))),
            (Str::intern("known"), Value::Bool(ask.known)),
        ]));
    }
    Ok(Value::native(Report::new("PickleReport", &lines, rows)))
}

/// `storages(path_or_object)`
pub fn storages(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let (mut graph, root) = graph(vm, args.value(0))?;
    let found = usage::of(&mut graph, root)?;
    let (total, used) = found.iter().fold((0, 0), |(n, u), one| (n + one.nbytes, u + one.used));
    let mut lines = vec![format!("{:>14} {:>14}  tensors", "bytes", "unused")];
    let worth = |one: &&Usage| one.tensors.len() > 1 || one.used < one.nbytes;
    lines.extend(found.iter().filter(worth).map(line));
    let plain = found.iter().filter(|one| !worth(one)).count();
    if plain > 0 {
        lines.push(format!("{plain} storages of one tensor each, used whole"));
    }
    lines.push(format!("{} storages, {total} bytes, {} unused", found.len(), total - used));
    if used < total {
        lines.push("torch.save(…, compact=True) leaves the unused bytes out".to_owned());
    }
    let rows = found.iter().map(storage_row).collect();
    Ok(Value::native(Report::new("Storages", &lines, rows)))
}

fn line(one: &Usage) -> String {
    let names: Vec<_> = one.tensors.iter().take(6).map(String::as_str).collect();
    let more = one.tensors.len().saturating_sub(names.len());
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{:>14} {:>14}  {}{rest}", one.nbytes, one.nbytes - one.used, names.join(" = "))
}

fn storage_row(one: &Usage) -> Value {
    let number = |n: u64| Value::Int(i64::try_from(n).unwrap_or(i64::MAX));
    let names = one.tensors.iter().map(|name| Value::str(name.as_str())).collect();
    Value::dict_of([
        (Str::intern("nbytes"), number(one.nbytes)),
        (Str::intern("unused"), number(one.nbytes - one.used)),
        (Str::intern("tensors"), Value::List(Rc::new(torchsh_language::value::List::new(names)))),
    ])
}
