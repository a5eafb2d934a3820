//! Words at the end of a line that take what follows them: `diff a b through names`, `diff a b base c`; and those that say
//! that an optimizer goes along: `drop ckpt "head.*" with optimizer`.

use ruff_python_ast::Expr;
use ruff_text_size::Ranged;

use torchsh_base::error::{Error, Kind, Result};

/// The last two pieces of a line, if they are such a word and what it takes: the word, and the place and text of the other.
/// `before` words stand before the pieces.
pub(super) fn last<'a>(
    verb: &str,
    before: usize,
    pieces: &[(usize, &'a str)],
) -> Option<(&'static str, usize, &'a str)> {
    let words = super::verb(verb)?.tails;
    // Both sides stand before it, so that a side may be called by the word.
    let [rest @ .., (_, word), (at, value)] = pieces else { return None };
    let word = words.iter().find(|known| *known == word)?;
    let is_side = rest.last().is_some_and(|(_, piece)| *piece == "with");
    (before + rest.len() >= 2 && !is_side).then_some((word, *at, value))
}

/// The Python of a `diff` with such words or limits, of a `find` of a text, and of a `tree` of a pattern; none of any other line.
pub(super) fn python(
    verb: &str,
    text: &str,
    written: &[String],
    options: &[(String, Expr)],
) -> Option<String> {
    let [first, second, ..] = written else { return None };
    // A text without stars is looked for anywhere in a key.
    if verb == "find" && second.starts_with(['"', '\'']) && !second.contains(['*', '?', '[']) {
        return Some(format!("{{k: v for k, v in {first}.items() if {second} in k}}"));
    }
    if verb == "tree" && written.len() == 2 && second.starts_with(['"', '\'']) {
        return Some(format!(
            "sorted({{k.rpartition(\".\")[0] for k in {first} if fnmatch.fnmatch(k, {second})}})"
        ));
    }
    let of = |name: &str| {
        let (_, value) = options.iter().find(|(known, _)| known == name).filter(|_| verb == "diff")?;
        text.get(value.range().start().to_usize()..value.range().end().to_usize())
    };
    let limits = ["rtol", "atol", "equal_nan"].map(of);
    if [of("through"), of("base")].iter().chain(&limits).all(Option::is_none) {
        return None;
    }
    let (is_asked, where_asked) = match written.get(2) {
        Some(pattern) => {
            (format!("fnmatch.fnmatch(k, {pattern}) and "), format!(" if fnmatch.fnmatch(k, {pattern})"))
        }
        None => (String::new(), String::new()),
    };
    let named = |names: &str| match names.starts_with(['"', '\'']) {
        true => format!("json.load(open({names})).get(k, k)"),
        false => format!("{names}.get(k, k)"),
    };
    let renamed = of("through").map(|names| format!("{{{}: v for k, v in {first}.items()}}", named(names)));
    let (first, with_first) = match &renamed {
        Some(renamed) => ("a", format!(" for a in [{renamed}]")),
        None => (first.as_str(), String::new()),
    };
    let differs =
        |one: &str, two: &str| format!("k not in {one} or k not in {two} or {}", unlike(one, two, &limits));
    if let Some(base) = of("base") {
        return Some(format!(
            "{{k: ({}, {}){with_first} for k in {first}.keys() | {second}.keys() | {base}.keys(){where_asked}}}",
            differs(first, base),
            differs(second, base)
        ));
    }
    Some(format!(
        "[k{with_first} for k in {first}.keys() | {second}.keys() if {is_asked}({})]",
        differs(first, second)
    ))
}

/// The test whether two entries differ: in any number, or beyond limits where they are given (`rtol`, `atol`, `equal_nan`).
fn unlike(one: &str, two: &str, limits: &[Option<&str>; 3]) -> String {
    let (one, two) = (format!("{one}[k]"), format!("{two}[k]"));
    if limits.iter().all(Option::is_none) {
        return format!("not torch.equal({one}, {two})");
    }
    let [rtol, atol, equal_nan] = limits;
    let (rtol, atol) = (rtol.unwrap_or("0"), atol.unwrap_or("0"));
    format!(
        "{one}.dtype != {two}.dtype or {one}.shape != {two}.shape or not torch.allclose({one}, {two}, rtol={rtol}, \
         atol={atol}, equal_nan={})",
        equal_nan.unwrap_or("True")
    )
}

/// A line's words without `with optimizer` at their end, and whether it was there.
pub(super) fn with_optimizer<'a>(verb: &str, rest: &'a str) -> Result<(&'a str, bool)> {
    let spaced = |text: &'a str, word: &str| {
        let before = text.trim_end().strip_suffix(word)?;
        before.ends_with(char::is_whitespace).then_some(before)
    };
    let before = spaced(rest, "optimizer").and_then(|before| spaced(before, "with"));
    let row = super::verb(verb);
    match before {
        None => Ok((rest, false)),
        Some(before) if row.is_some_and(|row| row.carries_optimizer) => Ok((before, true)),
        // `update m with optimizer`: a name.
        Some(_) if row.and_then(super::Verb::joint) == Some("with") => Ok((rest, false)),
        Some(_) => {
            let error = Error::new(Kind::Syntax, format!("{verb} takes no optimizer along"));
            let carrying = super::verbs().filter(|row| row.carries_optimizer).map(|row| row.name);
            Err(error.hint(format!("these do: {}", carrying.collect::<Vec<_>>().join(", "))))
        }
    }
}
