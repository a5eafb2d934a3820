//! Text taken apart and put together.

use smallvec::SmallVec;
use torchsh_base::error::{Error, Kind, Result};
use torchsh_language::value::memory;
use torchsh_language::value::text::unicode;
use torchsh_language::value::{Args, Str, Value, Vm};

/// Bytes of text from which the pieces are counted before they are made.
const MANY: usize = 1 << 20;

/// Bytes that a short text takes, and where it stands in two lists.
const PIECE: usize = 96;

/// Pieces for which no memory of its own is asked: most keys have fewer.
const FEW: usize = 8;

fn list<'a>(parts: impl IntoIterator<Item = &'a str>) -> Value {
    Value::list(parts.into_iter().map(Value::from).collect())
}

pub(super) fn split(vm: &dyn Vm, args: &Args, from_end: bool) -> Result<Value> {
    let text = args.receiver_str(vm)?;
    let limit = usize::try_from(args.int_or(vm, 1, -1)?).unwrap_or(usize::MAX);
    if args.some(0).is_none() {
        return Ok(list(if from_end { split_words_end(&text, limit) } else { split_words(&text, limit) }));
    }
    let sep = args.value(0).as_str().ok_or_else(|| {
        let got = vm.type_name(args.value(0));
        Error::type_error(format!("must be str or None, not {got}"))
    })?;
    if sep.is_empty() {
        return Err(Error::value("empty separator"));
    }
    // Each piece is a text of its own.
    if text.len() >= MANY {
        memory::room(text.matches(&*sep).count().min(limit).saturating_mul(PIECE))?;
    }
    let pieces = limit.saturating_add(1);
    if from_end {
        let mut parts: Vec<&str> = text.rsplitn(pieces, &*sep).collect();
        parts.reverse();
        return Ok(list(parts));
    }
    // One character, as in most keys, is looked for without preparing a search.
    let mut characters = sep.chars();
    let parts: SmallVec<[&str; FEW]> = match (characters.next(), characters.next()) {
        (Some(only), None) => text.splitn(pieces, only).collect(),
        _ => text.splitn(pieces, &*sep).collect(),
    };
    Ok(list(parts))
}

fn split_words(text: &str, limit: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text.trim_start_matches(unicode::is_space);
    while !rest.is_empty() {
        if parts.len() == limit {
            parts.push(rest);
            break;
        }
        let (word, after) = rest.split_once(unicode::is_space).unwrap_or((rest, ""));
        parts.push(word);
        rest = after.trim_start_matches(unicode::is_space);
    }
    parts
}

fn split_words_end(text: &str, limit: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text.trim_end_matches(unicode::is_space);
    while !rest.is_empty() {
        if parts.len() == limit {
            parts.push(rest);
            break;
        }
        let (before, word) = rest.rsplit_once(unicode::is_space).unwrap_or(("", rest));
        parts.push(word);
        rest = before.trim_end_matches(unicode::is_space);
    }
    parts.reverse();
    parts
}

pub(super) fn splitlines(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let (text, keep) = (args.receiver_str(vm)?, args.truth_or(vm, 0, false)?);
    let mut lines = Vec::new();
    let mut rest: &str = &text;
    while !rest.is_empty() {
        let Some(at) = rest.find(unicode::is_line_end) else {
            lines.push(Value::from(rest));
            break;
        };
        let (line, tail) = rest.split_at(at);
        let width = if tail.starts_with("\r\n") { 2 } else { tail.chars().next().map_or(0, char::len_utf8) };
        let end = at + width;
        lines.push(if keep { Value::from(rest.get(..end).unwrap_or(line)) } else { Value::from(line) });
        rest = rest.get(end..).unwrap_or_default();
    }
    Ok(Value::list(lines))
}

pub(super) fn partition(vm: &dyn Vm, args: &Args, last: bool) -> Result<Value> {
    let (text, sep) = (args.receiver_str(vm)?, part(vm, args)?);
    if sep.is_empty() {
        return Err(Error::value("empty separator"));
    }
    let parts = match (last, text.split_once(&*sep), text.rsplit_once(&*sep)) {
        (false, Some((before, after)), _) | (true, _, Some((before, after))) => {
            [before, &sep, after].map(Value::from)
        }
        (false, ..) => [Value::Str(text.clone()), Value::str(""), Value::str("")],
        (true, ..) => [Value::str(""), Value::str(""), Value::Str(text.clone())],
    };
    Ok(Value::tuple(parts.to_vec()))
}

pub(super) fn join(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let sep = args.receiver_str(vm)?;
    let items = match args.value(0) {
        known @ (Value::List(_) | Value::Tuple(_)) => vm.collect(known)?,
        other => match vm.iterate(other) {
            Ok(items) => vm.collect(&items)?,
            Err(error) if error.kind() == Kind::Type => {
                return Err(Error::type_error("can only join an iterable"));
            }
            Err(error) => return Err(error),
        },
    };
    let mut texts: SmallVec<[Str; FEW]> = SmallVec::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        texts.push(item.as_str().ok_or_else(|| {
            let name = vm.type_name(item);
            Error::type_error(format!("sequence item {i}: expected str instance, {name} found"))
        })?);
    }
    let length = |text: &Str| text.len().saturating_add(sep.len());
    memory::room(texts.iter().map(length).fold(0, usize::saturating_add))?;
    let mut pieces: SmallVec<[&str; 2 * FEW]> = SmallVec::with_capacity(2 * texts.len());
    for text in &texts {
        if !pieces.is_empty() {
            pieces.push(&sep);
        }
        pieces.push(text);
    }
    Ok(Value::Str(Str::joined(&pieces)))
}

/// The text that is searched for.
pub(super) fn part(vm: &dyn Vm, args: &Args) -> Result<Str> {
    args.value(0).as_str().ok_or_else(|| {
        let got = vm.type_name(args.value(0));
        Error::type_error(format!("must be str, not {got}"))
    })
}
