//! `re`, over fancy-regex, which has Python's look-around and back-references.

use super::re_match::{
    self, Anchor, compiled, escape, find, find_all, find_iter, last_group, limits, matched, names,
    pattern_of, receiver, span, split, substitute, template_of, text, whole,
};
use super::re_subject;
use super::re_syntax::{ASCII, DOTALL, IGNORECASE, MULTILINE, UNICODE, VERBOSE};
use torchsh_base::error::Result;
use torchsh_language::value::{Builtin, Param, Value, opt, pos, rest};

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
    Builtin::constant("re", "A", |_, _| Ok(Value::Int(ASCII))).says("classes hold ASCII only"),
    Builtin::constant("re", "UNICODE", |_, _| Ok(Value::Int(UNICODE))).says("what every pattern of text has"),
    Builtin::constant("re", "U", |_, _| Ok(Value::Int(UNICODE))).says("what every pattern of text has"),
    Builtin::constant("re", "NOFLAG", |_, _| Ok(Value::Int(0))).says("no flag"),
    Builtin::function("re", "purge", &[], |_, _| {
        re_match::purge();
        Ok(Value::None)
    })
    .says("forgets compiled patterns"),
    Builtin::function("re", "compile", &[pos("pattern"), opt("flags", "0")], |vm, args| {
        compiled(vm, args, 1).map(Value::Native)
    })
    .says("a pattern, ready for use"),
    Builtin::function("re", "match", &[pos("pattern"), pos("string"), opt("flags", "0")], |vm, args| {
        let pattern = compiled(vm, args, 2)?;
        let string = text(vm, args, 1, &pattern)?;
        find(&pattern, &string, whole(&string), Anchor::Start)
    })
    .says("a match at the start, or None"),
    Builtin::function("re", "fullmatch", &[pos("pattern"), pos("string"), opt("flags", "0")], |vm, args| {
        let pattern = compiled(vm, args, 2)?;
        let string = text(vm, args, 1, &pattern)?;
        find(&pattern, &string, whole(&string), Anchor::Both)
    })
    .says("a match of the whole, or None"),
    Builtin::function("re", "search", &[pos("pattern"), pos("string"), opt("flags", "0")], |vm, args| {
        let pattern = compiled(vm, args, 2)?;
        let string = text(vm, args, 1, &pattern)?;
        find(&pattern, &string, whole(&string), Anchor::None)
    })
    .says("the first match, or None"),
    Builtin::function("re", "findall", &[pos("pattern"), pos("string"), opt("flags", "0")], |vm, args| {
        let pattern = compiled(vm, args, 2)?;
        let string = text(vm, args, 1, &pattern)?;
        find_all(vm, &pattern, &string, whole(&string))
    })
    .says("all matches")
    .examples(&[("import re\nre.findall(r'\\d+', 'a1b22')", "['1', '22']")]),
    Builtin::function("re", "finditer", &[pos("pattern"), pos("string"), opt("flags", "0")], |vm, args| {
        let pattern = compiled(vm, args, 2)?;
        let string = text(vm, args, 1, &pattern)?;
        find_iter(vm, &pattern, &string, whole(&string))
    })
    .says("all matches, one by one"),
    Builtin::function(
        "re",
        "sub",
        &[pos("pattern"), pos("repl"), pos("string"), opt("count", "0"), opt("flags", "0")],
        |vm, args| {
            let pattern = compiled(vm, args, 4)?;
            let string = text(vm, args, 2, &pattern)?;
            Ok(substitute(vm, &pattern, args.value(1), &string, args.int_or(vm, 3, 0)?)?.0)
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
            let string = text(vm, args, 2, &pattern)?;
            let (text, count) = substitute(vm, &pattern, args.value(1), &string, args.int_or(vm, 3, 0)?)?;
            Ok(Value::tuple(vec![text, count.into()]))
        },
    )
    .says("as sub, with the number of places"),
    Builtin::function(
        "re",
        "split",
        &[pos("pattern"), pos("string"), opt("maxsplit", "0"), opt("flags", "0")],
        |vm, args| {
            let pattern = compiled(vm, args, 3)?;
            split(vm, &pattern, &text(vm, args, 1, &pattern)?, args.int_or(vm, 2, 0)?)
        },
    )
    .says("the parts between matches")
    .examples(&[("import re\nre.split(r'[.,]', 'a.b,c')", "['a', 'b', 'c']")]),
    Builtin::function("re", "escape", &[pos("pattern")], |vm, args| {
        match re_subject::text_of(args.value(0)) {
            Some((text, of_bytes)) => Ok(re_subject::found(&escape(&text), of_bytes)),
            None => Ok(escape(&args.str(vm, 0)?).into()),
        }
    })
    .says("text as a pattern that matches it"),
    Builtin::method("Pattern", "match", SEARCH, |vm, args| {
        let pattern = receiver(vm, args)?;
        let string = text(vm, args, 0, &pattern)?;
        find(&pattern, &string, limits(vm, args, 1, &string)?, Anchor::Start)
    })
    .says("a match at the start, or None"),
    Builtin::method("Pattern", "fullmatch", SEARCH, |vm, args| {
        let pattern = receiver(vm, args)?;
        let string = text(vm, args, 0, &pattern)?;
        find(&pattern, &string, limits(vm, args, 1, &string)?, Anchor::Both)
    })
    .says("a match of the whole, or None"),
    Builtin::method("Pattern", "search", SEARCH, |vm, args| {
        let pattern = receiver(vm, args)?;
        let string = text(vm, args, 0, &pattern)?;
        find(&pattern, &string, limits(vm, args, 1, &string)?, Anchor::None)
    })
    .says("the first match, or None"),
    Builtin::method("Pattern", "findall", SEARCH, |vm, args| {
        let pattern = receiver(vm, args)?;
        let string = text(vm, args, 0, &pattern)?;
        find_all(vm, &pattern, &string, limits(vm, args, 1, &string)?)
    })
    .says("all matches"),
    Builtin::method("Pattern", "finditer", SEARCH, |vm, args| {
        let pattern = receiver(vm, args)?;
        let string = text(vm, args, 0, &pattern)?;
        find_iter(vm, &pattern, &string, limits(vm, args, 1, &string)?)
    })
    .says("all matches, one by one"),
    Builtin::method("Pattern", "sub", &[pos("repl"), pos("string"), opt("count", "0")], |vm, args| {
        let pattern = receiver(vm, args)?;
        let string = text(vm, args, 1, &pattern)?;
        Ok(substitute(vm, &pattern, args.value(0), &string, args.int_or(vm, 2, 0)?)?.0)
    })
    .says("with other text in the places of matches"),
    Builtin::method("Pattern", "subn", &[pos("repl"), pos("string"), opt("count", "0")], |vm, args| {
        let pattern = receiver(vm, args)?;
        let string = text(vm, args, 1, &pattern)?;
        let (text, count) = substitute(vm, &pattern, args.value(0), &string, args.int_or(vm, 2, 0)?)?;
        Ok(Value::tuple(vec![text, count.into()]))
    })
    .says("as sub, with the number of places"),
    Builtin::property("Pattern", "flags", |vm, args| Ok(Value::Int(pattern_of(&receiver(vm, args)?)?.flags)))
        .says("its flags"),
    Builtin::property("Pattern", "groupindex", |vm, args| {
        let names = names(pattern_of(&receiver(vm, args)?)?).into_iter().enumerate();
        Ok(Value::dict_of(names.filter_map(|(group, name)| name.map(|name| (name, group.into())))))
    })
    .says("the numbers of its named groups"),
    Builtin::method("Pattern", "split", &[pos("string"), opt("maxsplit", "0")], |vm, args| {
        let pattern = receiver(vm, args)?;
        split(vm, &pattern, &text(vm, args, 0, &pattern)?, args.int_or(vm, 1, 0)?)
    })
    .says("the parts between matches"),
    Builtin::property("Pattern", "pattern", |vm, args| {
        let pattern = receiver(vm, args)?;
        let pattern = pattern_of(&pattern)?;
        Ok(re_subject::found(&pattern.source, pattern.of_bytes))
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
        let mut out = String::new();
        let Some((template, _)) = re_subject::text_of(args.value(0)) else {
            return Err(args.wrong_type(vm, 0, "str"));
        };
        found.fill(&template_of(&found.pattern, &template)?, &mut out);
        Ok(re_subject::found(&out, found.of_bytes))
    })
    .says("a template with the texts of groups"),
    Builtin::property("Match", "re", |vm, args| Ok(Value::Native(matched(vm, args)?.pattern.clone())))
        .says("the pattern"),
    Builtin::property("Match", "pos", |vm, args| {
        let found = matched(vm, args)?;
        Ok(found.points(found.limits.0).into())
    })
    .says("where the search began"),
    Builtin::property("Match", "endpos", |vm, args| {
        let found = matched(vm, args)?;
        Ok(found.points(found.limits.1).into())
    })
    .says("where the search had to end"),
    Builtin::property("Match", "lastgroup", |vm, args| {
        let found = matched(vm, args)?;
        let last = last_group(found).and_then(|last| found.names.get(last).cloned().flatten());
        Ok(last.map_or(Value::None, Value::Str))
    })
    .says("the name of the last group"),
    Builtin::property("Match", "string", |vm, args| {
        let found = matched(vm, args)?;
        Ok(re_subject::found(&found.string, found.of_bytes))
    })
    .says("the text that was searched"),
    Builtin::property("Match", "lastindex", |vm, args| {
        Ok(last_group(matched(vm, args)?).map_or(Value::None, Value::from))
    })
    .says("the number of the last group"),
];

const SEARCH: &[Param] = &[pos("string"), opt("pos", "0"), opt("endpos", "None")];
