//! Compiled patterns, and what is found with them.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use fancy_regex::{Captures, Regex};
use rustc_hash::FxHashMap;

use super::re_subject;
use super::re_syntax::{self, ASCII, DOTALL, IGNORECASE, MULTILINE, UNICODE, VERBOSE};
use super::re_template::{self, Piece};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_language::value::{Args, Native, Str, Value, Vm};

/// Steps of backtracking after which a search gives up.
const BACKTRACK_LIMIT: usize = 10_000_000;

/// `re.compile(…)`
pub(super) struct Pattern {
    pub(super) source: String,
    pub(super) flags: i64,
    /// Whether it was written as bytes, searches them and finds them.
    pub(super) of_bytes: bool,
    /// In the crate's syntax, with its flags.
    text: String,
    pub(super) regex: Regex,
    /// The forms for a match at the start, of the whole, and behind the start: made when they are wanted.
    others: [OnceCell<Regex>; 3],
}

/// Where a match may lie.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Anchor {
    None,
    Start,
    Both,
    /// It must not be empty at the start.
    Behind,
}

impl Pattern {
    fn regex(&self, anchor: Anchor) -> Result<&Regex> {
        let text = &self.text;
        let (slot, form) = match anchor {
            Anchor::None => return Ok(&self.regex),
            Anchor::Start => (0, format!("\\G(?:{text})")),
            Anchor::Both => (1, format!("\\G(?:{text})\\z")),
            Anchor::Behind => (2, format!("(?:{text})(?!\\G)")),
        };
        let Some(slot) = self.others.get(slot) else { return Ok(&self.regex) };
        if slot.get().is_none() {
            let _ = slot.set(build(&form)?);
        }
        Ok(slot.get().unwrap_or(&self.regex))
    }
}

impl Native for Pattern {
    fn type_name(&self) -> &str {
        "Pattern"
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn repr(&self, _vm: &dyn Vm) -> Option<Result<String>> {
        let shown = match self.of_bytes {
            true => torchsh_language::value::text::quote::bytes_repr(&re_subject::as_bytes(&self.source)),
            false => torchsh_language::value::text::quote::repr(&self.source),
        };
        let names = [
            (IGNORECASE, "re.IGNORECASE"),
            (MULTILINE, "re.MULTILINE"),
            (DOTALL, "re.DOTALL"),
            (VERBOSE, "re.VERBOSE"),
            (ASCII, "re.ASCII"),
        ];
        let flags: Vec<&str> =
            names.iter().filter(|(flag, _)| self.flags & flag != 0).map(|(_, name)| *name).collect();
        let flags = if flags.is_empty() { String::new() } else { format!(", {}", flags.join("|")) };
        Some(Ok(format!("re.compile({shown}{flags})")))
    }
}

/// What was found.
pub(super) struct Found {
    pub(super) string: Str,
    /// Whether bytes were searched.
    pub(super) of_bytes: bool,
    /// In bytes.
    pub(super) spans: Vec<Option<(usize, usize)>>,
    pub(super) names: Vec<Option<Str>>,
    /// Where the search began and where it had to end.
    pub(super) limits: (usize, usize),
    pub(super) pattern: Compiled,
}

impl Native for Found {
    fn type_name(&self) -> &str {
        "Match"
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn item(&self, vm: &dyn Vm, index: &Value) -> Option<Result<Value>> {
        Some(self.group(vm, index))
    }

    fn repr(&self, vm: &dyn Vm) -> Option<Result<String>> {
        let span = self.spans.first().copied().flatten().unwrap_or((0, 0));
        let shown = vm.repr(&self.text(span));
        Some(shown.map(|shown| {
            format!(
                "<re.Match object; span=({}, {}), match={shown}>",
                self.points(span.0),
                self.points(span.1)
            )
        }))
    }
}

impl Found {
    pub(super) fn text(&self, (start, end): (usize, usize)) -> Value {
        re_subject::found(self.string.get(start..end).unwrap_or_default(), self.of_bytes)
    }

    pub(super) fn fill(&self, template: &[Piece], out: &mut String) {
        for piece in template {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Group(group) => {
                    let span = self.spans.get(*group).copied().flatten();
                    out.push_str(
                        span.and_then(|(start, end)| self.string.get(start..end)).unwrap_or_default(),
                    );
                }
            }
        }
    }

    /// Characters before a byte.
    pub(super) fn points(&self, byte: usize) -> usize {
        self.string.get(..byte).unwrap_or_default().chars().count()
    }

    pub(super) fn place(&self, vm: &dyn Vm, group: &Value) -> Result<usize> {
        let place = match group.as_str() {
            Some(name) => self.names.iter().position(|known| known.as_ref() == Some(&name)),
            None => usize::try_from(torchsh_language::value::number::index(vm, group)?).ok(),
        };
        place
            .filter(|&place| place < self.spans.len())
            .ok_or_else(|| Error::new(Kind::Index, "no such group"))
    }

    pub(super) fn group(&self, vm: &dyn Vm, group: &Value) -> Result<Value> {
        let place = self.place(vm, group)?;
        Ok(self.spans.get(place).copied().flatten().map_or(Value::None, |span| self.text(span)))
    }
}

/// The group that closed last: of those that end last, the outermost.
pub(super) fn last_group(found: &Found) -> Option<usize> {
    let ends = found.spans.iter().enumerate().skip(1);
    let ends = ends.filter_map(|(group, span)| span.map(|(_, end)| (group, end)));
    ends.max_by_key(|&(group, end)| (end, std::cmp::Reverse(group))).map(|(group, _)| group)
}

pub(super) type Compiled = Rc<Box<dyn Native>>;

pub(super) fn compiled(vm: &dyn Vm, args: &Args, flags: usize) -> Result<Compiled> {
    if let Value::Native(object) = args.value(0)
        && object.as_any().is::<Pattern>()
    {
        if args.int_or(vm, flags, 0)? != 0 {
            return Err(Error::value("cannot process flags argument with a compiled pattern"));
        }
        return Ok(object.clone());
    }
    let Some((source, of_bytes)) = re_subject::text_of(args.value(0)) else {
        return Err(Error::type_error("first argument must be string or compiled pattern"));
    };
    compile(&source, args.int_or(vm, flags, 0)?, of_bytes)
        .map_err(|error| re_subject::with_attributes(vm, error, args.value(0), &source))
}

/// Patterns that are kept compiled.
const KEPT: usize = 512;

thread_local! {
    static COMPILED: RefCell<FxHashMap<(String, i64, bool), Compiled>> = RefCell::default();
}

/// `re.purge`
pub(super) fn purge() {
    COMPILED.with_borrow_mut(FxHashMap::clear);
}

/// The pattern, compiled before or now.
pub(super) fn compile(source: &str, flags: i64, of_bytes: bool) -> Result<Compiled> {
    let key = (source.to_owned(), flags, of_bytes);
    if let Some(known) = COMPILED.with_borrow(|known| known.get(&key).cloned()) {
        return Ok(known);
    }
    let pattern: Compiled = Rc::new(Box::new(new_pattern(source, flags, of_bytes)?));
    COMPILED.with_borrow_mut(|known| {
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(key, pattern.clone());
    });
    Ok(pattern)
}

fn new_pattern(source: &str, flags: i64, of_bytes: bool) -> Result<Pattern> {
    // Flags that stand in the pattern change how the rest of it is read. Classes of bytes hold ASCII only.
    let mut translated = re_syntax::translate(source, if of_bytes { flags | ASCII } else { flags })?;
    if of_bytes {
        translated.flags &= !UNICODE & (!ASCII | flags);
    }
    let letters: String = [(IGNORECASE, 'i'), (MULTILINE, 'm'), (DOTALL, 's')]
        .iter()
        .filter(|(flag, _)| translated.flags & flag != 0)
        .map(|(_, letter)| *letter)
        .collect();
    let text = match letters.as_str() {
        "" => translated.text,
        letters => format!("(?{letters}:{})", translated.text),
    };
    let regex = build(&text).map_err(|error| {
        error.note(format!("in the pattern {}", torchsh_language::value::text::quote::repr(source)))
    })?;
    Ok(Pattern {
        source: source.to_owned(),
        flags: translated.flags,
        of_bytes,
        text,
        regex,
        others: Default::default(),
    })
}

fn build(text: &str) -> Result<Regex> {
    fancy_regex::RegexBuilder::new(text).backtrack_limit(BACKTRACK_LIMIT).build().map_err(|error| {
        let text = error.to_string();
        Error::new(Kind::Regex, text.lines().last().unwrap_or_default().trim_start_matches("error: "))
    })
}

/// The text that is searched, and must be of the pattern's kind.
pub(super) fn text(vm: &dyn Vm, args: &Args, index: usize, pattern: &Compiled) -> Result<Str> {
    let Some((text, of_bytes)) = re_subject::text_of(args.value(index)) else {
        let got = vm.type_name(args.value(index));
        return Err(Error::type_error(format!("expected string or bytes-like object, got '{got}'")));
    };
    match (pattern_of(pattern)?.of_bytes, of_bytes) {
        (true, false) => Err(Error::type_error("cannot use a bytes pattern on a string-like object")),
        (false, true) => Err(Error::type_error("cannot use a string pattern on a bytes-like object")),
        _ => Ok(text),
    }
}

pub(super) fn receiver(vm: &dyn Vm, args: &Args) -> Result<Compiled> {
    match args.receiver() {
        Value::Native(object) if object.as_any().is::<Pattern>() => Ok(object.clone()),
        _ => Err(args.wrong_receiver(vm)),
    }
}

pub(super) fn pattern_of(compiled: &Compiled) -> Result<&Pattern> {
    compiled.as_any().downcast_ref().ok_or_else(|| Error::type_error("a compiled pattern is expected"))
}

pub(super) fn matched<'a>(vm: &dyn Vm, args: &'a Args) -> Result<&'a Found> {
    args.receiver().as_native::<Found>().ok_or_else(|| args.wrong_receiver(vm))
}

pub(super) fn span(vm: &dyn Vm, args: &Args) -> Result<(Value, Value)> {
    let found = matched(vm, args)?;
    let place = found.place(vm, args.get(0).unwrap_or(&Value::Int(0)))?;
    Ok(match found.spans.get(place).copied().flatten() {
        Some((start, end)) => (found.points(start).into(), found.points(end).into()),
        None => (Value::Int(-1), Value::Int(-1)),
    })
}

fn gave_up(error: fancy_regex::Error) -> Error {
    Error::runtime(format!("the search gave up: {error}"))
}

pub(super) fn found(
    compiled: &Compiled,
    string: &Str,
    limits: (usize, usize),
    captures: &Captures<'_>,
) -> Result<Found> {
    let spans = captures.iter().map(|group| group.map(|group| (group.start(), group.end()))).collect();
    Ok(Found {
        string: string.clone(),
        of_bytes: pattern_of(compiled)?.of_bytes,
        spans,
        names: names(pattern_of(compiled)?),
        limits,
        pattern: compiled.clone(),
    })
}

pub(super) fn names(pattern: &Pattern) -> Vec<Option<Str>> {
    pattern.regex.capture_names().map(|name| name.map(Str::intern)).collect()
}

/// The bytes between which a pattern's method searches: its arguments `pos` and `endpos`, in characters.
pub(super) fn limits(vm: &dyn Vm, args: &Args, first: usize, string: &Str) -> Result<(usize, usize)> {
    let byte = |index: usize, default: usize| -> Result<usize> {
        if args.some(index).is_none() {
            return Ok(default);
        }
        let point = usize::try_from(args.int(vm, index)?).unwrap_or(0);
        Ok(string.char_indices().nth(point).map_or(string.len(), |(byte, _)| byte))
    };
    Ok((byte(first, 0)?, byte(first + 1, string.len())?))
}

pub(super) fn whole(string: &Str) -> (usize, usize) {
    (0, string.len())
}

fn next(
    compiled: &Compiled,
    string: &Str,
    limits: (usize, usize),
    at: usize,
    anchor: Anchor,
) -> Result<Option<Found>> {
    let text = string.get(..limits.1).unwrap_or(string);
    if at > text.len() {
        return Ok(None);
    }
    let captures = pattern_of(compiled)?.regex(anchor)?.captures_from_pos(text, at).map_err(gave_up)?;
    captures.map(|captures| found(compiled, string, limits, &captures)).transpose()
}

pub(super) fn find(
    compiled: &Compiled,
    string: &Str,
    limits: (usize, usize),
    anchor: Anchor,
) -> Result<Value> {
    Ok(next(compiled, string, limits, limits.0, anchor)?.map_or(Value::None, Value::native))
}

/// All matches. Behind an empty one the next must not be empty at the same place.
pub(super) fn all(
    vm: &dyn Vm,
    compiled: &Compiled,
    string: &Str,
    limits: (usize, usize),
    most: usize,
) -> Result<Vec<Found>> {
    let (mut matches, mut at, mut anchor) = (Vec::new(), limits.0, Anchor::None);
    while matches.len() < most {
        vm.check_interrupt()?;
        let Some(found) = next(compiled, string, limits, at, anchor)? else { break };
        let (start, end) = found.spans.first().copied().flatten().unwrap_or((at, at));
        anchor = if start == end { Anchor::Behind } else { Anchor::None };
        at = end;
        matches.push(found);
    }
    Ok(matches)
}

pub(super) fn find_all(
    vm: &dyn Vm,
    compiled: &Compiled,
    string: &Str,
    limits: (usize, usize),
) -> Result<Value> {
    let text =
        |found: &Found, at: usize| found.text(found.spans.get(at).copied().flatten().unwrap_or_default());
    let items =
        all(vm, compiled, string, limits, usize::MAX)?.into_iter().map(|found| match found.spans.len() {
            1 => text(&found, 0),
            2 => text(&found, 1),
            count => Value::tuple((1..count).map(|at| text(&found, at)).collect()),
        });
    Ok(Value::list(items.collect()))
}

pub(super) fn find_iter(
    vm: &dyn Vm,
    compiled: &Compiled,
    string: &Str,
    limits: (usize, usize),
) -> Result<Value> {
    let items: Vec<Value> =
        all(vm, compiled, string, limits, usize::MAX)?.into_iter().map(Value::native).collect();
    Ok(Value::iterator("callable_iterator", super::super::iterators::Items(items.into_iter())))
}

pub(super) fn substitute(
    vm: &dyn Vm,
    compiled: &Compiled,
    replacement: &Value,
    string: &Str,
    count: i64,
) -> Result<(Value, usize)> {
    let of_bytes = pattern_of(compiled)?.of_bytes;
    let limit = usize::try_from(count).ok().filter(|&count| count > 0).unwrap_or(usize::MAX);
    let template = match re_subject::text_of(replacement) {
        Some((template, _)) => Some(template_of(compiled, &template)?),
        None => None,
    };
    let (mut out, mut at, mut places) = (String::new(), 0, 0);
    for found in all(vm, compiled, string, whole(string), limit)? {
        let Some((start, end)) = found.spans.first().copied().flatten() else { continue };
        out.push_str(string.get(at..start).unwrap_or_default());
        match &template {
            Some(template) => found.fill(template, &mut out),
            None => {
                let text = vm.call(replacement, &[Value::native(found)], &[])?;
                let Some((text, _)) = re_subject::text_of(&text).filter(|(_, bytes)| *bytes == of_bytes)
                else {
                    let (got, wanted) =
                        (vm.type_name(&text), if of_bytes { "a bytes-like object" } else { "str instance" });
                    return Err(Error::type_error(format!(
                        "sequence item {places}: expected {wanted}, {got} found"
                    )));
                };
                out.push_str(&text);
            }
        }
        at = end;
        places += 1;
    }
    out.push_str(string.get(at..).unwrap_or_default());
    Ok((re_subject::found(&out, of_bytes), places))
}

pub(super) fn template_of(compiled: &Compiled, template: &str) -> Result<Vec<Piece>> {
    re_template::read(template, &names(pattern_of(compiled)?))
}

pub(super) fn split(vm: &dyn Vm, compiled: &Compiled, string: &Str, limit: i64) -> Result<Value> {
    let limit = usize::try_from(limit).ok().filter(|&limit| limit > 0).unwrap_or(usize::MAX);
    let (mut parts, mut at) = (Vec::new(), 0);
    let of_bytes = pattern_of(compiled)?.of_bytes;
    let part = |text: Option<&str>| re_subject::found(text.unwrap_or_default(), of_bytes);
    for found in all(vm, compiled, string, whole(string), limit)? {
        let Some((start, end)) = found.spans.first().copied().flatten() else { continue };
        parts.push(part(string.get(at..start)));
        parts
            .extend(found.spans.iter().skip(1).map(|span| span.map_or(Value::None, |span| found.text(span))));
        at = end;
    }
    parts.push(part(string.get(at..)));
    Ok(Value::list(parts))
}

pub(super) fn escape(text: &str) -> String {
    let special = "()[]{}?*+-|^$\\.&~# \t\n\r\u{b}\u{c}";
    let mut out = String::new();
    for c in text.chars() {
        if special.contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
