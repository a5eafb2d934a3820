//! The value of a statement as the prompt shows it. `print` and `repr` are Python's; this is the shell's own.

use super::sanitize::sanitize_lines;
use super::table::table;
use super::{Role, Screen, left_out, outline, report};
use torchsh_base::error::Result;
use torchsh_language::value::report::gather::{self, Look};
use torchsh_language::value::report::{Report, Totals, keys, size};
use torchsh_language::value::{Dict, DictKind, Str, TupleKind, Value, Vm};

/// Elements up to which PyTorch prints all of a tensor.
const PRINTED_WHOLE: u64 = 1000;

/// The text of a value, without a newline at its end; none for `None`.
///
/// # Errors
/// What a `__repr__` raises.
pub fn display(vm: &dyn Vm, value: &Value, screen: &Screen) -> Result<Option<String>> {
    if let Some(answer) = Report::of(value) {
        return Ok(Some(report::report(answer, screen).trim_end().to_owned()));
    }
    let text = match value {
        Value::None => return Ok(None),
        Value::Dict(dict) => match gather::look(dict) {
            Look::StateDict => table(&gather::rows(vm, dict)?, screen),
            Look::Checkpoint => outline::outline(&gather::outline(vm, dict)?, screen),
            Look::Plain => plain(vm, value, screen)?,
        },
        Value::Tensor(_) => tensor(vm, value, screen)?,
        Value::Instance(_) | Value::Native(_) if is_module(vm, value) => module(vm, value, screen)?,
        other => match incompatible(vm, other)? {
            Some(text) => sanitize_lines(&text).into(),
            None => plain(vm, other, screen)?,
        },
    };
    Ok(Some(text.trim_end_matches('\n').to_owned()))
}

/// Lines that a container may take before its items get lines of their own.
const FLOWING: usize = 4;

/// Python's text; a container that is longer than a line is broken between its items, a long one has one on each line, but
/// for numbers, which flow.
fn plain(vm: &dyn Vm, value: &Value, screen: &Screen) -> Result<String> {
    let text = vm.repr(value)?;
    let lines = super::width::terminal_lines(&text, screen.columns).len();
    if screen.rows.is_none() || lines < 2 {
        return Ok(text);
    }
    let (open, close, items) = match value {
        Value::Dict(dict) if matches!(*dict.kind.borrow(), DictKind::Plain) => {
            ("{".to_owned(), "}", entries(vm, dict)?)
        }
        Value::List(list) => ("[".to_owned(), "]", parts(vm, &list.to_vec())?),
        Value::Tuple(tuple) if matches!(tuple.kind, TupleKind::Plain) => {
            ("(".to_owned(), ")", parts(vm, &tuple.items)?)
        }
        other => {
            let kind = text.split_once("([").map_or("", |(kind, _)| kind);
            if !["dict_keys", "dict_values", "dict_items"].iter().any(|end| kind.ends_with(end)) {
                return Ok(shortened(text, screen));
            }
            (format!("{kind}(["), "])", parts(vm, &vm.collect(other)?)?)
        }
    };
    if items.shown.len() < 2 {
        return Ok(shortened(text, screen));
    }
    let joined = match items.flow || lines <= FLOWING {
        true => flowing(&open, &items.shown, close, screen.columns),
        false => format!("{open}{}{close}", items.shown.join(",\n").replace('\n', "\n ")),
    };
    Ok(shortened(joined, screen))
}

/// Items side by side, broken between them.
fn flowing(open: &str, items: &[String], close: &str, columns: usize) -> String {
    let (mut text, mut used) = (open.to_owned(), super::width::width(open));
    for (i, item) in items.iter().enumerate() {
        let end = if i + 1 < items.len() { "," } else { close };
        let wide = super::width::width(item) + end.len();
        if i > 0 {
            let (gap, at) = if used + 1 + wide > columns { ("\n ", 1) } else { (" ", used + 1) };
            text.push_str(gap);
            used = at;
        }
        text.push_str(item);
        text.push_str(end);
        used += wide;
    }
    text
}

/// The texts of a container's items.
struct Items {
    shown: Vec<String>,
    /// Whether they are numbers alone.
    flow: bool,
}

fn entries(vm: &dyn Vm, dict: &Dict) -> Result<Items> {
    let entry = |(key, value): &(Value, Value)| Ok(format!("{}: {}", vm.repr(key)?, vm.repr(value)?));
    Ok(Items { shown: dict.entries().iter().map(entry).collect::<Result<_>>()?, flow: false })
}

fn parts(vm: &dyn Vm, items: &[Value]) -> Result<Items> {
    let is_number =
        |item: &Value| matches!(item, Value::Int(_) | Value::Float(_) | Value::Bool(_) | Value::None);
    let shown = items.iter().map(|item| vm.repr(item).map(|text| text.to_string())).collect::<Result<_>>()?;
    Ok(Items { shown, flow: items.iter().all(is_number) })
}

/// Rows of the smallest screen whose height says how much is shown.
const LEAST_ROWS: usize = 24;

/// Python's text, its middle left out where it takes more than two screens.
fn shortened(text: String, screen: &Screen) -> String {
    let Some(rows) = screen.rows else { return text };
    let rows = rows.max(LEAST_ROWS);
    let lines = super::width::terminal_lines(&text, screen.columns);
    let (head, tail) = (rows + rows / 2, rows / 4);
    let Some(more) = lines.len().checked_sub(head + tail).filter(|more| *more > 1) else {
        return text;
    };
    let end = lines.iter().skip(lines.len() - tail).copied().collect::<String>();
    let start = lines.into_iter().take(head).collect::<String>();
    let said = screen.theme.paint(Role::Faint, &left_out(more, "more line"));
    format!("{}\n{said}\n{end}", start.trim_end_matches('\n'))
}

/// PyTorch's text; where that leaves elements out, a line of statistics.
fn tensor(vm: &dyn Vm, value: &Value, screen: &Screen) -> Result<String> {
    let text = vm.repr(value)?;
    let facts = gather::facts(vm, value)?;
    if facts.elements <= PRINTED_WHOLE || facts.device == "meta" {
        return Ok(text);
    }
    let mut parts = vec![
        torchsh_language::value::report::shape_text(&facts.shape),
        facts.dtype,
        size::bytes(facts.bytes),
    ];
    // Statistics are an extra: of a dtype that has none the text alone is shown.
    if let Ok(numbers) = statistics(vm, value) {
        parts.extend(numbers);
    }
    let lines = super::table::facts_lines(parts.iter().map(String::as_str), screen.columns);
    let lines: Vec<String> = lines.iter().map(|line| screen.theme.paint(Role::Faint, line)).collect();
    Ok(format!("{text}\n{}", lines.join("\n")))
}

/// `min`, `max`, `mean` and `std` of a floating-point tensor; `min` and `max` of any other.
fn statistics(vm: &dyn Vm, value: &Value) -> Result<Vec<String>> {
    let detached = vm.call_method(value, "detach", &[])?;
    let number = |tensor: &Value, name: &str| -> Result<String> {
        let result = vm.call_method(tensor, name, &[])?;
        let item = vm.call_method(&result, "item", &[])?;
        Ok(format!("{name} {}", vm.format(&item, ".4g")?))
    };
    let is_float = vm.call_method(&detached, "is_floating_point", &[])?;
    if !vm.truth(&is_float)? {
        return Ok(vec![number(&detached, "min")?, number(&detached, "max")?]);
    }
    let single = vm.call_method(&detached, "float", &[])?;
    ["min", "max", "mean", "std"].into_iter().map(|name| number(&single, name)).collect()
}

/// Whether a value is an `nn.Module`.
pub(super) fn is_module(vm: &dyn Vm, value: &Value) -> bool {
    // A pickled model has a class of its own, by name only.
    let may_be = matches!(value, Value::Native(_))
        || vm.class_of(value).order().any(|class| class.name.as_str() == "Module");
    may_be && matches!(vm.attribute_or_none(value, &Str::intern("named_parameters")), Ok(Some(_)))
}

/// PyTorch's text and what the parameters come to.
fn module(vm: &dyn Vm, value: &Value, screen: &Screen) -> Result<String> {
    let text = vm.repr(value)?;
    let parameters = vm.call_method(value, "parameters", &[])?;
    let mut rows = Vec::new();
    let mut trained = 0u64;
    for parameter in vm.collect(&parameters)? {
        let row = gather::row(vm, &Value::None, &parameter)?;
        let requires_grad = vm.attribute(&parameter, &Str::intern("requires_grad"))?;
        if vm.truth(&requires_grad)? {
            trained = trained.saturating_add(row.elements());
        }
        rows.push(row);
    }
    let totals = Totals::of(&rows);
    let frozen = totals.elements.saturating_sub(trained);
    let mut parts = vec![format!("{} parameters", size::grouped(totals.elements)), size::bytes(totals.bytes)];
    if frozen > 0 {
        parts.push(format!("{} frozen", size::grouped(frozen)));
    }
    let line = screen.theme.paint(Role::Faint, &parts.join(" · "));
    Ok(format!("{}\n{line}", shortened(sanitize_lines(&text).into(), screen)))
}

/// What `load_state_dict` with `strict=False` left out, in lists that are folded.
fn incompatible(vm: &dyn Vm, value: &Value) -> Result<Option<String>> {
    let Some((missing, unexpected)) = incompatible_keys(vm, value)? else { return Ok(None) };
    let lists = [(&missing, "missing key"), (&unexpected, "unexpected key")];
    let filled = lists.into_iter().filter(|(keys, _)| !keys.is_empty());
    let parts: Vec<String> = filled
        .map(|(keys, noun)| keys::list(&format!("{}:", size::counted(keys.len(), noun)), keys))
        .collect();
    Ok((!parts.is_empty()).then(|| parts.join("\n")))
}

/// The missing and the unexpected keys that `load_state_dict` gives back.
pub(super) fn incompatible_keys(vm: &dyn Vm, value: &Value) -> Result<Option<(Vec<String>, Vec<String>)>> {
    if vm.class_of(value).name.as_str() != "_IncompatibleKeys" {
        return Ok(None);
    }
    let of = |name: &str| -> Result<Vec<String>> {
        let list = vm.collect(&vm.attribute(value, &Str::intern(name))?)?;
        list.iter().map(|key| gather::key_text(vm, key)).collect()
    };
    Ok(Some((of("missing_keys")?, of("unexpected_keys")?)))
}
