//! Methods of strings.

use memchr::memmem;
use smallvec::SmallVec;

use super::str_split::{join, part, partition, split, splitlines};
use super::{str_format, str_translate};
use torchsh_base::error::{Error, Result};
use torchsh_base::reason::Reason;
use torchsh_language::value::memory;
use torchsh_language::value::text::unicode;
use torchsh_language::value::{Args, Builtin, Str, Value, Vm, keywords, opt, pos, rest};

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::constructor(
        "str",
        &[opt("object", "''"), opt("encoding", "'utf-8'"), opt("errors", "'strict'")],
        construct,
    )
    .says("The text of an object")
    .examples(&[("str(1.50)", "'1.5'")]),
    Builtin::method("str", "upper", &[], |vm, a| map(vm, a, |text| text.to_uppercase()))
        .says("In capitals")
        .examples(&[("'aß'.upper()", "'ASS'")]),
    Builtin::method("str", "lower", &[], |vm, a| map(vm, a, |text| text.to_lowercase()))
        .says("In small letters")
        .examples(&[("'A'.lower()", "'a'")]),
    Builtin::method("str", "casefold", &[], |vm, a| map(vm, a, unicode::folded))
        .says("In a form for comparing without case")
        .examples(&[("'ß'.casefold()", "'ss'")]),
    Builtin::method("str", "capitalize", &[], |vm, a| map(vm, a, unicode::capitalized))
        .says("The first letter a capital")
        .examples(&[("'aB'.capitalize()", "'Ab'")]),
    Builtin::method("str", "title", &[], |vm, a| map(vm, a, unicode::titled))
        .says("Each word with a capital")
        .examples(&[("'ab cd'.title()", "'Ab Cd'")]),
    Builtin::method("str", "swapcase", &[], |vm, a| map(vm, a, unicode::swapped))
        .says("Capitals and small letters exchanged")
        .examples(&[("'aB'.swapcase()", "'Ab'")]),
    Builtin::method("str", "strip", &[opt("_chars", "None")], |vm, a| strip(vm, a, true, true))
        .says("Without space (or given characters) around")
        .examples(&[("' a '.strip()", "'a'")]),
    Builtin::method("str", "lstrip", &[opt("_chars", "None")], |vm, a| strip(vm, a, true, false))
        .says("Without space before")
        .examples(&[("' a'.lstrip()", "'a'")]),
    Builtin::method("str", "rstrip", &[opt("_chars", "None")], |vm, a| strip(vm, a, false, true))
        .says("Without space after")
        .examples(&[("'a '.rstrip()", "'a'")]),
    Builtin::method("str", "removeprefix", &[pos("_prefix")], |vm, a| {
        let (text, prefix) = (a.receiver_str(vm)?, a.str(vm, 0)?);
        Ok(text.strip_prefix(&*prefix).map_or(Value::Str(text.clone()), Value::from))
    })
    .says("Without a beginning")
    .examples(&[("'module.fc'.removeprefix('module.')", "'fc'")]),
    Builtin::method("str", "removesuffix", &[pos("_suffix")], |vm, a| {
        let (text, suffix) = (a.receiver_str(vm)?, a.str(vm, 0)?);
        Ok(text.strip_suffix(&*suffix).map_or(Value::Str(text.clone()), Value::from))
    })
    .says("Without an end")
    .examples(&[("'a.pt'.removesuffix('.pt')", "'a'")]),
    Builtin::method("str", "replace", &[pos("_old"), pos("_new"), opt("_count", "-1")], replace)
        .says("With one text in the place of another")
        .examples(&[("'module.fc'.replace('module.', '')", "'fc'")]),
    Builtin::method("str", "split", &[opt("sep", "None"), opt("maxsplit", "-1")], |vm, a| {
        split(vm, a, false)
    })
    .says("The parts between separators")
    .examples(&[("'a.b'.split('.')", "['a', 'b']")]),
    Builtin::method("str", "rsplit", &[opt("sep", "None"), opt("maxsplit", "-1")], |vm, a| {
        split(vm, a, true)
    })
    .says("The parts between separators, counted from the end")
    .examples(&[("'a.b.c'.rsplit('.', 1)", "['a.b', 'c']")]),
    Builtin::method("str", "splitlines", &[opt("keepends", "False")], splitlines)
        .says("The lines")
        .examples(&[("'a\\nb'.splitlines()", "['a', 'b']")]),
    Builtin::method("str", "partition", &[pos("_sep")], |vm, a| partition(vm, a, false))
        .says("What is before, at and after the first separator")
        .examples(&[("'a.b'.partition('.')", "('a', '.', 'b')")]),
    Builtin::method("str", "rpartition", &[pos("_sep")], |vm, a| partition(vm, a, true))
        .says("What is before, at and after the last separator")
        .examples(&[("'a.b.c'.rpartition('.')", "('a.b', '.', 'c')")]),
    Builtin::method("str", "join", &[pos("_iterable")], join)
        .says("Texts joined with this one between")
        .examples(&[("', '.join(['a', 'b'])", "'a, b'")]),
    Builtin::method(
        "str",
        "startswith",
        &[pos("_prefix"), opt("_start", "0"), opt("_end", "…")],
        |vm, a| affix(vm, a, |text, part| text.starts_with(part)),
    )
    .says("Whether it begins so")
    .examples(&[("'fc.weight'.startswith('fc')", "True")]),
    Builtin::method("str", "endswith", &[pos("_suffix"), opt("_start", "0"), opt("_end", "…")], |vm, a| {
        affix(vm, a, |text, part| text.ends_with(part))
    })
    .says("Whether it ends so")
    .examples(&[("'fc.weight'.endswith(('bias', 'weight'))", "True")]),
    Builtin::method("str", "find", &[pos("_part"), opt("_start", "0"), opt("_end", "…")], |vm, a| {
        Ok(Value::Int(find(vm, a, false)?.unwrap_or(-1)))
    })
    .says("Where a text first stands, or -1")
    .examples(&[("'abc'.find('c')", "2")]),
    Builtin::method("str", "rfind", &[pos("_part"), opt("_start", "0"), opt("_end", "…")], |vm, a| {
        Ok(Value::Int(find(vm, a, true)?.unwrap_or(-1)))
    })
    .says("Where a text last stands, or -1")
    .examples(&[("'aba'.rfind('a')", "2")]),
    Builtin::method("str", "index", &[pos("_part"), opt("_start", "0"), opt("_end", "…")], |vm, a| {
        index(vm, a, false)
    })
    .says("Where a text first stands")
    .examples(&[("'abc'.index('c')", "2")]),
    Builtin::method("str", "rindex", &[pos("_part"), opt("_start", "0"), opt("_end", "…")], |vm, a| {
        index(vm, a, true)
    })
    .says("Where a text last stands")
    .examples(&[("'aba'.rindex('a')", "2")]),
    Builtin::method("str", "count", &[pos("_part"), opt("_start", "0"), opt("_end", "…")], count)
        .says("How often a text stands in it")
        .examples(&[("'aba'.count('a')", "2")]),
    Builtin::method("str", "center", &[pos("_width"), opt("_fill", "' '")], |vm, a| pad(vm, a, '^'))
        .says("In the middle of a width")
        .examples(&[("'a'.center(3)", "' a '")]),
    Builtin::method("str", "ljust", &[pos("_width"), opt("_fill", "' '")], |vm, a| pad(vm, a, '<'))
        .says("On the left of a width")
        .examples(&[("'a'.ljust(3, '.')", "'a..'")]),
    Builtin::method("str", "rjust", &[pos("_width"), opt("_fill", "' '")], |vm, a| pad(vm, a, '>'))
        .says("On the right of a width")
        .examples(&[("'a'.rjust(3)", "'  a'")]),
    Builtin::method("str", "zfill", &[pos("_width")], zfill)
        .says("With zeros before")
        .examples(&[("'-5'.zfill(4)", "'-005'")]),
    Builtin::method("str", "expandtabs", &[opt("tabsize", "8")], expandtabs)
        .says("With spaces for tabs")
        .examples(&[("'a\\tb'.expandtabs(4)", "'a   b'")]),
    Builtin::method("str", "isdigit", &[], |vm, a| test(vm, a, unicode::is_digit))
        .says("Whether all are digits")
        .examples(&[("'12'.isdigit()", "True")]),
    Builtin::method("str", "isdecimal", &[], |vm, a| test(vm, a, unicode::is_decimal))
        .says("Whether all are decimal digits")
        .examples(&[("'12'.isdecimal()", "True")]),
    Builtin::method("str", "isnumeric", &[], |vm, a| test(vm, a, unicode::is_numeral))
        .says("Whether all are numerals")
        .examples(&[("'12'.isnumeric()", "True")]),
    Builtin::method("str", "isalpha", &[], |vm, a| test(vm, a, unicode::is_letter))
        .says("Whether all are letters")
        .examples(&[("'ab'.isalpha()", "True")]),
    Builtin::method("str", "isalnum", &[], |vm, a| test(vm, a, unicode::is_letter_or_numeral))
        .says("Whether all are letters or digits")
        .examples(&[("'a1'.isalnum()", "True")]),
    Builtin::method("str", "isspace", &[], |vm, a| test(vm, a, unicode::is_space))
        .says("Whether all are spaces")
        .examples(&[("' '.isspace()", "True")]),
    Builtin::method("str", "isupper", &[], |vm, a| cased(vm, a, char::is_uppercase, char::is_lowercase))
        .says("Whether letters are capitals")
        .examples(&[("'A1'.isupper()", "True")]),
    Builtin::method("str", "islower", &[], |vm, a| cased(vm, a, char::is_lowercase, char::is_uppercase))
        .says("Whether letters are small")
        .examples(&[("'a1'.islower()", "True")]),
    Builtin::method("str", "istitle", &[], |vm, a| Ok(Value::Bool(unicode::is_titled(&a.receiver_str(vm)?))))
        .says("Whether words begin with capitals")
        .examples(&[("'Ab Cd'.istitle()", "True")]),
    Builtin::method("str", "isascii", &[], |vm, a| Ok(Value::Bool(a.receiver_str(vm)?.is_ascii())))
        .says("Whether all are ASCII")
        .examples(&[("'a'.isascii()", "True")]),
    Builtin::method("str", "isidentifier", &[], |vm, a| {
        let text = a.receiver_str(vm)?;
        let mut chars = text.chars();
        Ok(Value::Bool(chars.next().is_some_and(unicode::starts_name) && chars.all(unicode::continues_name)))
    })
    .says("Whether it could be a name")
    .examples(&[("'a1'.isidentifier()", "True")]),
    Builtin::method("str", "isprintable", &[], |vm, a| {
        Ok(Value::Bool(a.receiver_str(vm)?.chars().all(unicode::is_printable)))
    })
    .says("Whether all can be shown")
    .examples(&[("'a'.isprintable()", "True")]),
    Builtin::method(
        "str",
        "encode",
        &[opt("encoding", "'utf-8'"), opt("errors", "'strict'")],
        super::bytes::encode,
    )
    .says("As bytes")
    .examples(&[("'é'.encode()", "b'\\xc3\\xa9'")]),
    Builtin::method("str", "format", &[rest("args"), keywords("kwargs")], |vm, a| {
        let text = a.receiver_str(vm)?;
        str_format::format(vm, &text, a.rest(), a.keywords()).map(Value::from)
    })
    .says("With values in the places of braces")
    .examples(&[("'{}-{x:.1f}'.format(1, x=2)", "'1-2.0'")]),
    Builtin::method("str", "format_map", &[pos("_mapping")], |vm, a| {
        let text = a.receiver_str(vm)?;
        str_format::format_map(vm, &text, a.value(0)).map(Value::from)
    })
    .says("With values of a mapping in the places of braces")
    .examples(&[("'{a}'.format_map({'a': 1})", "'1'")]),
    Builtin::method("str", "__mod__", &[pos("_values")], |vm, a| {
        let text = a.receiver_str(vm)?;
        str_format::percent(vm, &text, a.value(0)).map(Value::from)
    })
    .says("With values in the places of %")
    .examples(&[("'%d%%' % 5", "'5%'")]),
    Builtin::method("str", "translate", &[pos("_table")], str_translate::translate)
        .says("With characters replaced by a table")
        .examples(&[("'ab'.translate({97: 'x'})", "'xb'")]),
    Builtin::on_type(
        "str",
        "maketrans",
        &[pos("_from"), opt("_to", "…"), opt("_delete", "''")],
        str_translate::table,
    )
    .says("A table for translate")
    .examples(&[("'ab'.translate(str.maketrans('a', 'x'))", "'xb'")]),
    Builtin::method("str", "__len__", &[], |vm, a| Ok(a.receiver_str(vm)?.points().into()))
        .says("Number of characters"),
];

fn construct(vm: &dyn Vm, args: &Args) -> Result<Value> {
    match (args.get(0), args.get(1)) {
        (None, _) => Ok(Value::str("")),
        (Some(Value::Bytes(bytes)), encoding) if encoding.is_some() || args.get(2).is_some() => {
            super::encoding::decode(bytes, &args.str_or(vm, 1, "utf-8")?, &args.str_or(vm, 2, "strict")?)
                .map(Value::from)
        }
        (Some(value), None) if args.get(2).is_none() => vm.text(value).map(Value::Str),
        (Some(value), _) => Err(Error::type_error(match value.as_str() {
            Some(_) => "decoding str is not supported".to_owned(),
            None => format!("decoding to str: need a bytes-like object, {} found", vm.type_name(value)),
        })),
    }
}

fn map(vm: &dyn Vm, args: &Args, change: impl FnOnce(&str) -> String) -> Result<Value> {
    Ok(change(&args.receiver_str(vm)?).into())
}

fn strip(vm: &dyn Vm, args: &Args, start: bool, end: bool) -> Result<Value> {
    let text = args.receiver_str(vm)?;
    let chars = match args.some(0).map(Value::as_str) {
        None => None,
        Some(Some(chars)) => Some(chars),
        Some(None) => {
            let name = args.row().name;
            return Err(Error::type_error(format!("{name} arg must be None or str")));
        }
    };
    let goes = |c: char| chars.as_ref().map_or_else(|| unicode::is_space(c), |chars| chars.contains(c));
    let mut piece: &str = &text;
    if start {
        piece = piece.trim_start_matches(goes);
    }
    if end {
        piece = piece.trim_end_matches(goes);
    }
    Ok(if piece.len() == text.len() { Value::Str(text.clone()) } else { piece.into() })
}

fn replace(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let (text, old, new) = (args.receiver_str(vm)?, args.str(vm, 0)?, args.str(vm, 1)?);
    let count = usize::try_from(args.int_or(vm, 2, -1)?).unwrap_or(usize::MAX);
    if old.is_empty() {
        let size = text.len().saturating_add(new.len().saturating_mul(count.min(text.points() + 1)));
        memory::room(size.saturating_mul(3))?;
        return Ok(text.replacen("", &new, count).into());
    }
    let places = places_of(text.as_bytes(), old.as_bytes(), count);
    if places.is_empty() {
        return Ok(Value::Str(text));
    }
    let size = (text.len() - places.len() * old.len()).saturating_add(places.len().saturating_mul(new.len()));
    memory::room(size)?;
    let mut pieces: SmallVec<[&str; 9]> = SmallVec::new();
    let mut done = 0;
    for place in places {
        pieces.extend([text.get(done..place).unwrap_or(""), &new]);
        done = place + old.len();
    }
    pieces.push(text.get(done..).unwrap_or(""));
    Ok(Value::Str(Str::joined(&pieces)))
}

/// Texts up to so many bytes are searched by their first byte.
const SHORT: usize = 64;

/// Where `wanted`, which is not empty, first begins. In a text as short as a key it costs more to prepare a search that
/// never slows down than to look at every place.
fn first_place(text: &[u8], wanted: &[u8]) -> Option<usize> {
    if text.len() > SHORT {
        return memmem::find(text, wanted);
    }
    let (first, rest) = wanted.split_first()?;
    let last = text.len().checked_sub(wanted.len())?;
    let starts = text.get(..=last)?.iter().enumerate().filter(|(_, byte)| *byte == first);
    starts.map(|(at, _)| at).find(|at| text.get(at + 1..).is_some_and(|after| after.starts_with(rest)))
}

/// Where `wanted` begins in a text, at most `count` times, none within the one before.
fn places_of(text: &[u8], wanted: &[u8], count: usize) -> SmallVec<[usize; 4]> {
    let mut places = SmallVec::new();
    let mut from = 0;
    while places.len() < count
        && let Some(found) = text.get(from..).and_then(|rest| first_place(rest, wanted))
    {
        places.push(from + found);
        from += found + wanted.len();
    }
    places
}

/// The part of the text that `start` and `end` (arguments 1 and 2, in characters) leave, with its start. None where the
/// start lies behind the end: there not even an empty text is found.
fn window(vm: &dyn Vm, args: &Args) -> Result<Option<(usize, Str)>> {
    let text = args.receiver_str(vm)?;
    let length = text.points();
    let place = |value: i64| -> usize {
        let from_end = length.saturating_sub(usize::try_from(value.unsigned_abs()).unwrap_or(usize::MAX));
        if value < 0 { from_end } else { usize::try_from(value).unwrap_or(usize::MAX) }
    };
    let start = place(args.int_or(vm, 1, 0)?);
    let end = place(args.int_or(vm, 2, i64::MAX)?).min(length);
    if (start, end) == (0, length) {
        return Ok(Some((0, text)));
    }
    let Some(count) = end.checked_sub(start) else { return Ok(None) };
    let piece: String = text.chars().skip(start).take(count).collect();
    Ok(Some((start, piece.into())))
}

fn affix(vm: &dyn Vm, args: &Args, has: impl Fn(&str, &str) -> bool) -> Result<Value> {
    let window = window(vm, args)?;
    let has = |part: &str| window.as_ref().is_some_and(|(_, piece)| has(piece, part));
    let name = args.row().name;
    match args.value(0) {
        Value::Tuple(parts) => {
            for part in &parts.items {
                let part = part.as_str().ok_or_else(|| {
                    let got = vm.type_name(part);
                    Error::type_error(format!("tuple for {name} must only contain str, not {got}"))
                })?;
                if has(&part) {
                    return Ok(Value::Bool(true));
                }
            }
            Ok(Value::Bool(false))
        }
        part => match part.as_str() {
            Some(part) => Ok(Value::Bool(has(&part))),
            None => {
                let got = vm.type_name(part);
                Err(Error::type_error(format!("{name} first arg must be str or a tuple of str, not {got}")))
            }
        },
    }
}

fn count(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let part = part(vm, args)?;
    let Some((_, piece)) = window(vm, args)? else { return Ok(Value::Int(0)) };
    let count = if part.is_empty() { piece.chars().count() + 1 } else { piece.matches(&*part).count() };
    Ok(count.into())
}

fn find(vm: &dyn Vm, args: &Args, last: bool) -> Result<Option<i64>> {
    let part = part(vm, args)?;
    let Some((start, piece)) = window(vm, args)? else { return Ok(None) };
    let byte = if last { piece.rfind(&*part) } else { piece.find(&*part) };
    let points = byte.map(|byte| piece.get(..byte).unwrap_or_default().chars().count() + start);
    Ok(points.and_then(|at| i64::try_from(at).ok()))
}

fn index(vm: &dyn Vm, args: &Args, last: bool) -> Result<Value> {
    find(vm, args, last)?
        .map(Value::Int)
        .ok_or_else(|| Error::value("substring not found").because(Reason::NotFound))
}

fn pad(vm: &dyn Vm, args: &Args, align: char) -> Result<Value> {
    let (text, fill) = (args.receiver_str(vm)?, args.str_or(vm, 1, " ")?);
    let mut fills = fill.chars();
    let (Some(fill), None) = (fills.next(), fills.next()) else {
        return Err(Error::type_error("The fill character must be exactly one character long"));
    };
    let width = usize::try_from(args.int(vm, 0)?).unwrap_or(0);
    let missing = width.saturating_sub(text.points());
    memory::room(missing.saturating_mul(fill.len_utf8()).saturating_mul(3))?;
    let left = match align {
        '<' => 0,
        '>' => missing,
        // An odd space goes to the left of an even width, as CPython places it.
        _ => missing / 2 + (missing & width & 1),
    };
    let fills = |count| std::iter::repeat_n(fill, count);
    Ok(fills(left).chain(text.chars()).chain(fills(missing - left)).collect::<String>().into())
}

fn zfill(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let text = args.receiver_str(vm)?;
    let width = usize::try_from(args.int(vm, 0)?).unwrap_or(0);
    let missing = width.saturating_sub(text.points());
    memory::room(missing.saturating_mul(3))?;
    let zeros = "0".repeat(missing);
    let (sign, digits) = text
        .strip_prefix(['+', '-'])
        .map_or(("", &*text), |digits| (text.get(..1).unwrap_or_default(), digits));
    Ok(format!("{sign}{zeros}{digits}").into())
}

fn expandtabs(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let size = usize::try_from(args.int_or(vm, 0, 8)?).unwrap_or(0);
    let text = args.receiver_str(vm)?;
    let mut length = 0_usize;
    each_tab(&text, size, |spaces, c| {
        length = length.saturating_add(if c == '\t' { spaces } else { c.len_utf8() })
    });
    let mut out = Vec::new();
    // Made once and copied once.
    memory::room(length.saturating_mul(2))?;
    memory::reserve(&mut out, length)?;
    each_tab(&text, size, |spaces, c| match c {
        '\t' => out.extend(std::iter::repeat_n(b' ', spaces)),
        c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
    });
    Ok(String::from_utf8_lossy(&out).into_owned().into())
}

/// Goes through a text: each character, and the spaces that stand for it if it is a tab.
fn each_tab(text: &str, size: usize, mut see: impl FnMut(usize, char)) {
    let mut column = 0_usize;
    for c in text.chars() {
        let spaces = if c == '\t' && size > 0 { size - column % size } else { 0 };
        see(spaces, c);
        column = match c {
            '\n' | '\r' => 0,
            '\t' => column + spaces,
            _ => column + 1,
        };
    }
}

fn test(vm: &dyn Vm, args: &Args, is: impl Fn(char) -> bool) -> Result<Value> {
    let text = args.receiver_str(vm)?;
    Ok(Value::Bool(!text.is_empty() && text.chars().all(is)))
}

fn cased(vm: &dyn Vm, args: &Args, wanted: fn(char) -> bool, other: fn(char) -> bool) -> Result<Value> {
    let text = args.receiver_str(vm)?;
    let unwanted = |c| other(c) || unicode::is_title(c);
    Ok(Value::Bool(text.chars().any(wanted) && !text.chars().any(unwanted)))
}
