//! `re`, over fancy-regex, which has Python's look-around and back-references.

use std::rc::Rc;

use fancy_regex::{Captures, Regex};

use crate::error::{Error, Kind, Result};
use crate::value::{Args, Builtin, Native, Str, Value, Vm, opt, pos, rest};

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::constant("re", "IGNORECASE", |_, _| Ok(Value::Int(IGNORECASE)))
        .says("letters match in both cases"),
    Builtin::constant("re", "I", |_, _| Ok(Value::Int(IGNORECASE))).says("letters match in both cases"),
    Builtin::constant("re", "MULTILINE", |_, _| Ok(Value::Int(MULTILINE)))
        .says("^ and $ match at every line"),
    Builtin::constant("re", "M", |_, _| Ok(Value::Int(MULTILINE))).says("^ and $ match at every line"),
    Builtin::constant("re", "DOTALL", |_, _| Ok(Value::Int(DOTALL)))
        .says("a dot matches the end of a line too"),
    Builtin::constant("re", "S", |_, _| Ok(Value::Int(DOTALL))).says("a dot matches the end of a line too"),
    Builtin::constant("re", "VERBOSE", |_, _| Ok(Value::Int(VERBOSE)))
        .says("space and comments in a pattern count for nothing"),
    Builtin::constant("re", "X", |_, _| Ok(Value::Int(VERBOSE)))
        .says("space and comments in a pattern count for nothing"),
    Builtin::constant("re", "ASCII", |_, _| Ok(Value::Int(ASCII))).says("classes hold ASCII only"),
    Builtin::function("re", "compile", &[pos("pattern"), opt("flags", "0")], |vm, args| {
        compiled(vm, args, 1).map(Value::Native)
    })
    .says("a pattern, ready for use"),
    Builtin::function("re", "match", &[pos("pattern"), pos("string"), opt("flags", "0")], |vm, args| {
        let pattern = compiled(vm, args, 2)?;
        find(vm, &pattern, &args.str(vm, 1)?, Anchor::Start)
    })
    .says("a match at the start, or None"),
    Builtin::function("re", "fullmatch", &[pos("pattern"), pos("string"), opt("flags", "0")], |vm, args| {
        let pattern = compiled(vm, args, 2)?;
        find(vm, &pattern, &args.str(vm, 1)?, Anchor::Both)
    })
    .says("a match of the whole, or None"),
    Builtin::function("re", "search", &[pos("pattern"), pos("string"), opt("flags", "0")], |vm, args| {
        let pattern = compiled(vm, args, 2)?;
        find(vm, &pattern, &args.str(vm, 1)?, Anchor::None)
    })
    .says("the first match, or None"),
    Builtin::function("re", "findall", &[pos("pattern"), pos("string"), opt("flags", "0")], |vm, args| {
        let pattern = compiled(vm, args, 2)?;
        find_all(vm, &pattern, &args.str(vm, 1)?)
    })
    .says("all matches")
    .examples(&[("import re\nre.findall(r'\\d+', 'a1b22')", "['1', '22']")]),
    Builtin::function("re", "finditer", &[pos("pattern"), pos("string"), opt("flags", "0")], |vm, args| {
        let pattern = compiled(vm, args, 2)?;
        find_iter(vm, &pattern, &args.str(vm, 1)?)
    })
    .says("all matches, one by one"),
    Builtin::function(
        "re",
        "sub",
        &[pos("pattern"), pos("repl"), pos("string"), opt("count", "0"), opt("flags", "0")],
        |vm, args| {
            let pattern = compiled(vm, args, 4)?;
            Ok(substitute(vm, &pattern, args.value(1), &args.str(vm, 2)?, args.int_or(vm, 3, 0)?)?.0.into())
        },
    )
    .says("with other text in the places of matches")
    .examples(&[("import re\nre.sub(r'^module\\.', '', 'module.fc')", "'fc'")]),
    Builtin::function(
        "re",
        "subn",
        &[pos("pattern"), pos("repl"), pos("string"), opt("count", "0"), opt("flags", "0")],
        |vm, args| {
            let pattern = compiled(vm, args, 4)?;
            let (text, count) =
                substitute(vm, &pattern, args.value(1), &args.str(vm, 2)?, args.int_or(vm, 3, 0)?)?;
            Ok(Value::tuple(vec![text.into(), count.into()]))
        },
    )
    .says("as sub, with the number of places"),
    Builtin::function(
        "re",
        "split",
        &[pos("pattern"), pos("string"), opt("maxsplit", "0"), opt("flags", "0")],
        |vm, args| {
            let pattern = compiled(vm, args, 3)?;
            split(vm, &pattern, &args.str(vm, 1)?, args.int_or(vm, 2, 0)?)
        },
    )
    .says("the parts between matches")
    .examples(&[("import re\nre.split(r'[.,]', 'a.b,c')", "['a', 'b', 'c']")]),
    Builtin::function("re", "escape", &[pos("pattern")], |vm, args| Ok(escape(&args.str(vm, 0)?).into()))
        .says("text as a pattern that matches it"),
    Builtin::method("Pattern", "match", &[pos("string")], |vm, args| {
        find(vm, &receiver(vm, args)?, &args.str(vm, 0)?, Anchor::Start)
    })
    .says("a match at the start, or None"),
    Builtin::method("Pattern", "fullmatch", &[pos("string")], |vm, args| {
        find(vm, &receiver(vm, args)?, &args.str(vm, 0)?, Anchor::Both)
    })
    .says("a match of the whole, or None"),
    Builtin::method("Pattern", "search", &[pos("string")], |vm, args| {
        find(vm, &receiver(vm, args)?, &args.str(vm, 0)?, Anchor::None)
    })
    .says("the first match, or None"),
    Builtin::method("Pattern", "findall", &[pos("string")], |vm, args| {
        find_all(vm, &receiver(vm, args)?, &args.str(vm, 0)?)
    })
    .says("all matches"),
    Builtin::method("Pattern", "finditer", &[pos("string")], |vm, args| {
        find_iter(vm, &receiver(vm, args)?, &args.str(vm, 0)?)
    })
    .says("all matches, one by one"),
    Builtin::method("Pattern", "sub", &[pos("repl"), pos("string"), opt("count", "0")], |vm, args| {
        Ok(substitute(vm, &receiver(vm, args)?, args.value(0), &args.str(vm, 1)?, args.int_or(vm, 2, 0)?)?
            .0
            .into())
    })
    .says("with other text in the places of matches"),
    Builtin::method("Pattern", "split", &[pos("string"), opt("maxsplit", "0")], |vm, args| {
        split(vm, &receiver(vm, args)?, &args.str(vm, 0)?, args.int_or(vm, 1, 0)?)
    })
    .says("the parts between matches"),
    Builtin::property("Pattern", "pattern", |vm, args| {
        Ok(pattern_of(&receiver(vm, args)?)?.source.clone().into())
    })
    .says("its text"),
    Builtin::property("Pattern", "groups", |vm, args| {
        Ok((pattern_of(&receiver(vm, args)?)?.regex.captures_len() - 1).into())
    })
    .says("how many groups it has"),
    Builtin::method("Match", "group", &[rest("_groups")], |vm, args| {
        let found = matched(vm, args)?;
        match args.rest() {
            [] => found.group(vm, &Value::Int(0)),
            [one] => found.group(vm, one),
            several => {
                Ok(Value::tuple(several.iter().map(|group| found.group(vm, group)).collect::<Result<_>>()?))
            }
        }
    })
    .says("the text of a group"),
    Builtin::method("Match", "groups", &[opt("default", "None")], |vm, args| {
        let found = matched(vm, args)?;
        let text = |span: &Option<(usize, usize)>| {
            span.map_or_else(|| args.value(0).clone(), |span| found.text(span))
        };
        Ok(Value::tuple(found.spans.iter().skip(1).map(text).collect()))
    })
    .says("the texts of all groups"),
    Builtin::method("Match", "groupdict", &[opt("default", "None")], |vm, args| {
        let found = matched(vm, args)?;
        let entries = found.names.iter().enumerate().filter_map(|(i, name)| {
            let span = found.spans.get(i).copied().flatten();
            name.clone()
                .map(|name| (name, span.map_or_else(|| args.value(0).clone(), |span| found.text(span))))
        });
        Ok(Value::dict_of(entries))
    })
    .says("the texts of named groups"),
    Builtin::method("Match", "start", &[opt("_group", "0")], |vm, args| Ok(span(vm, args)?.0))
        .says("where a group starts"),
    Builtin::method("Match", "end", &[opt("_group", "0")], |vm, args| Ok(span(vm, args)?.1))
        .says("where a group ends"),
    Builtin::method("Match", "span", &[opt("_group", "0")], |vm, args| {
        let (start, end) = span(vm, args)?;
        Ok(Value::tuple(vec![start, end]))
    })
    .says("where a group starts and ends"),
    Builtin::method("Match", "expand", &[pos("template")], |vm, args| {
        let found = matched(vm, args)?;
        expand(vm, &args.str(vm, 0)?, found).map(Value::from)
    })
    .says("a template with the texts of groups"),
    Builtin::property("Match", "string", |vm, args| Ok(Value::Str(matched(vm, args)?.string.clone())))
        .says("the text that was searched"),
    Builtin::property("Match", "lastindex", |vm, args| {
        let last = matched(vm, args)?.spans.iter().rposition(Option::is_some).filter(|&last| last > 0);
        Ok(last.map_or(Value::None, Value::from))
    })
    .says("the number of the last group"),
];

const IGNORECASE: i64 = 2;
const MULTILINE: i64 = 8;
const DOTALL: i64 = 16;
const VERBOSE: i64 = 64;
const ASCII: i64 = 256;

/// Steps of backtracking after which a search gives up.
const BACKTRACK_LIMIT: usize = 10_000_000;

#[derive(Clone, Copy, PartialEq)]
enum Anchor {
    None,
    Start,
    Both,
}

/// `re.compile(…)`
struct Pattern {
    source: String,
    flags: i64,
    regex: Regex,
    at_start: Regex,
    whole: Regex,
}

impl Native for Pattern {
    fn type_name(&self) -> &str {
        "Pattern"
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn repr(&self, _vm: &dyn Vm) -> Option<Result<String>> {
        let shown = crate::value::text::quote::repr(&self.source);
        let names = [
            (IGNORECASE, "re.IGNORECASE"),
            (MULTILINE, "re.MULTILINE"),
            (DOTALL, "re.DOTALL"),
            (VERBOSE, "re.VERBOSE"),
        ];
        let flags: Vec<&str> =
            names.iter().filter(|(flag, _)| self.flags & flag != 0).map(|(_, name)| *name).collect();
        let flags = if flags.is_empty() { String::new() } else { format!(", {}", flags.join("|")) };
        Some(Ok(format!("re.compile({shown}{flags})")))
    }
}

/// What was found.
struct Found {
    string: Str,
    /// In bytes.
    spans: Vec<Option<(usize, usize)>>,
    names: Vec<Option<Str>>,
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
    fn text(&self, (start, end): (usize, usize)) -> Value {
        self.string.get(start..end).unwrap_or_default().into()
    }

    /// Characters before a byte.
    fn points(&self, byte: usize) -> usize {
        self.string.get(..byte).unwrap_or_default().chars().count()
    }

    fn place(&self, vm: &dyn Vm, group: &Value) -> Result<usize> {
        let place = match group.as_str() {
            Some(name) => self.names.iter().position(|known| known.as_ref() == Some(&name)),
            None => usize::try_from(crate::value::number::index(vm, group)?).ok(),
        };
        place
            .filter(|&place| place < self.spans.len())
            .ok_or_else(|| Error::new(Kind::Index, "no such group"))
    }

    fn group(&self, vm: &dyn Vm, group: &Value) -> Result<Value> {
        let place = self.place(vm, group)?;
        Ok(self.spans.get(place).copied().flatten().map_or(Value::None, |span| self.text(span)))
    }
}

type Compiled = Rc<Box<dyn Native>>;

fn compiled(vm: &dyn Vm, args: &Args, flags: usize) -> Result<Compiled> {
    if let Value::Native(object) = args.value(0)
        && object.as_any().is::<Pattern>()
    {
        return Ok(object.clone());
    }
    let source = args
        .value(0)
        .as_str()
        .ok_or_else(|| Error::type_error("first argument must be string or compiled pattern"))?;
    let flags = args.int_or(vm, flags, 0)?;
    Ok(Rc::new(Box::new(compile(&source, flags)?)))
}

fn compile(source: &str, flags: i64) -> Result<Pattern> {
    let translated = translate(source);
    let letters: String = [(IGNORECASE, 'i'), (MULTILINE, 'm'), (DOTALL, 's'), (VERBOSE, 'x')]
        .iter()
        .filter(|(flag, _)| flags & flag != 0)
        .map(|(_, letter)| *letter)
        .collect();
    let prefix = if letters.is_empty() { String::new() } else { format!("(?{letters})") };
    // A verbose pattern may end in a comment.
    let close = if flags & VERBOSE != 0 { "\n)" } else { ")" };
    let build = |text: String| {
        fancy_regex::RegexBuilder::new(&text).backtrack_limit(BACKTRACK_LIMIT).build().map_err(|error| {
            let text = error.to_string();
            let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            Error::new(Kind::Regex, reason)
                .note(format!("in the pattern {}", crate::value::text::quote::repr(source)))
        })
    };
    Ok(Pattern {
        source: source.to_owned(),
        flags,
        regex: build(format!("{prefix}{translated}"))?,
        at_start: build(format!("{prefix}\\A(?:{translated}{close}"))?,
        whole: build(format!("{prefix}\\A(?:{translated}{close}\\z"))?,
    })
}

/// Python's forms that the crate writes otherwise: `\Z` is the very end, `(?P=name)`, `$` before a last line end.
fn translate(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut chars = source.chars().peekable();
    let mut in_class = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('Z') if !in_class => out.push_str("\\z"),
                Some(next) => out.extend(['\\', next]),
                None => out.push('\\'),
            },
            '[' if in_class => out.push_str("\\["),
            '[' => {
                in_class = true;
                out.push('[');
                if chars.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
                if chars.next_if_eq(&']').is_some() {
                    out.push_str("\\]");
                }
            }
            ']' => {
                in_class = false;
                out.push(']');
            }
            // Set operations of the crate are plain characters in Python.
            '&' | '~' if in_class => out.extend(['\\', c]),
            '$' if !in_class => out.push_str("(?:$|(?=\\n\\z))"),
            '(' if !in_class => {
                let rest: String = chars.clone().take(64).collect();
                match rest.strip_prefix("?P=").and_then(|rest| rest.split_once(')')) {
                    Some((name, _)) => {
                        out.push_str(&format!("\\k<{name}>"));
                        // `?P=name)` was read with it.
                        for _ in 0..name.chars().count() + 4 {
                            chars.next();
                        }
                    }
                    None => out.push('('),
                }
            }
            c => out.push(c),
        }
    }
    out
}

fn receiver(vm: &dyn Vm, args: &Args) -> Result<Compiled> {
    match args.receiver() {
        Value::Native(object) if object.as_any().is::<Pattern>() => Ok(object.clone()),
        _ => Err(args.wrong_receiver(vm)),
    }
}

fn pattern_of(compiled: &Compiled) -> Result<&Pattern> {
    compiled.as_any().downcast_ref().ok_or_else(|| Error::type_error("a compiled pattern is expected"))
}

fn matched<'a>(vm: &dyn Vm, args: &'a Args) -> Result<&'a Found> {
    args.receiver().as_native::<Found>().ok_or_else(|| args.wrong_receiver(vm))
}

fn span(vm: &dyn Vm, args: &Args) -> Result<(Value, Value)> {
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

fn found(pattern: &Pattern, string: &Str, captures: &Captures<'_>) -> Found {
    let spans = captures.iter().map(|group| group.map(|group| (group.start(), group.end()))).collect();
    let names = pattern.regex.capture_names().map(|name| name.map(Str::intern)).collect();
    Found { string: string.clone(), spans, names }
}

fn find(_: &dyn Vm, compiled: &Compiled, string: &Str, anchor: Anchor) -> Result<Value> {
    let pattern = pattern_of(compiled)?;
    let regex = match anchor {
        Anchor::None => &pattern.regex,
        Anchor::Start => &pattern.at_start,
        Anchor::Both => &pattern.whole,
    };
    let captures = regex.captures(string).map_err(gave_up)?;
    Ok(captures.map_or(Value::None, |captures| Value::native(found(pattern, string, &captures))))
}

fn all(compiled: &Compiled, string: &Str) -> Result<Vec<Found>> {
    let pattern = pattern_of(compiled)?;
    let captures = pattern.regex.captures_iter(string);
    captures.map(|captures| Ok(found(pattern, string, &captures.map_err(gave_up)?))).collect()
}

fn find_all(_: &dyn Vm, compiled: &Compiled, string: &Str) -> Result<Value> {
    let text = |found: &Found, at: usize| {
        found.spans.get(at).copied().flatten().map_or(Value::str(""), |span| found.text(span))
    };
    let items = all(compiled, string)?.into_iter().map(|found| match found.spans.len() {
        1 => text(&found, 0),
        2 => text(&found, 1),
        count => Value::tuple((1..count).map(|at| text(&found, at)).collect()),
    });
    Ok(Value::list(items.collect()))
}

fn find_iter(_: &dyn Vm, compiled: &Compiled, string: &Str) -> Result<Value> {
    let items: Vec<Value> = all(compiled, string)?.into_iter().map(Value::native).collect();
    Ok(Value::iterator("callable_iterator", super::super::functions::Items(items.into_iter())))
}

fn substitute(
    vm: &dyn Vm,
    compiled: &Compiled,
    replacement: &Value,
    string: &Str,
    count: i64,
) -> Result<(String, usize)> {
    let limit = usize::try_from(count).ok().filter(|&count| count > 0).unwrap_or(usize::MAX);
    let template = replacement.as_str();
    let (mut out, mut at, mut places) = (String::new(), 0, 0);
    for found in all(compiled, string)?.into_iter().take(limit) {
        let Some((start, end)) = found.spans.first().copied().flatten() else { continue };
        out.push_str(string.get(at..start).unwrap_or_default());
        match &template {
            Some(template) => out.push_str(&expand(vm, template, &found)?),
            None => {
                let text = vm.call(replacement, &[Value::native(found)], &[])?;
                let text = text.as_str().ok_or_else(|| {
                    let got = vm.type_name(&text);
                    Error::type_error(format!("expected str instance, {got} found"))
                })?;
                out.push_str(&text);
            }
        }
        at = end;
        places += 1;
    }
    out.push_str(string.get(at..).unwrap_or_default());
    Ok((out, places))
}

/// `\1`, `\g<name>` and escapes in a replacement.
fn expand(vm: &dyn Vm, template: &str, found: &Found) -> Result<String> {
    let mut out = String::new();
    let mut chars = template.chars().peekable();
    let bad = |what: String| Error::new(Kind::Regex, what);
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let group = match chars.next() {
            Some('n') => {
                out.push('\n');
                continue;
            }
            Some('t') => {
                out.push('\t');
                continue;
            }
            Some('\\') => {
                out.push('\\');
                continue;
            }
            Some('g') if chars.next_if_eq(&'<').is_some() => {
                let name: String = chars.by_ref().take_while(|c| *c != '>').collect();
                name.parse::<i64>().map_or_else(|_| Value::str(name.as_str()), Value::Int)
            }
            Some(digit) if digit.is_ascii_digit() => {
                let mut number = digit.to_string();
                number.extend(chars.next_if(char::is_ascii_digit));
                Value::Int(number.parse().unwrap_or(0))
            }
            Some(other) if other.is_ascii_alphabetic() => return Err(bad(format!("bad escape \\{other}"))),
            Some(other) => {
                out.extend(['\\', other]);
                continue;
            }
            None => return Err(bad("bad escape (end of pattern)".to_owned())),
        };
        let text = found.group(vm, &group).map_err(|_| match &group {
            Value::Int(number) => bad(format!("invalid group reference {number}")),
            name => {
                Error::new(Kind::Index, format!("unknown group name {}", vm.repr(name).unwrap_or_default()))
            }
        })?;
        if let Some(text) = text.as_str() {
            out.push_str(&text);
        }
    }
    Ok(out)
}

fn split(_: &dyn Vm, compiled: &Compiled, string: &Str, limit: i64) -> Result<Value> {
    let limit = usize::try_from(limit).ok().filter(|&limit| limit > 0).unwrap_or(usize::MAX);
    let (mut parts, mut at) = (Vec::new(), 0);
    for found in all(compiled, string)?.into_iter().take(limit) {
        let Some((start, end)) = found.spans.first().copied().flatten() else { continue };
        parts.push(Value::from(string.get(at..start).unwrap_or_default()));
        parts
            .extend(found.spans.iter().skip(1).map(|span| span.map_or(Value::None, |span| found.text(span))));
        at = end;
    }
    parts.push(Value::from(string.get(at..).unwrap_or_default()));
    Ok(Value::list(parts))
}

fn escape(text: &str) -> String {
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
