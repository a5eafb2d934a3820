//! `explain LINE`: the Python that a verb line stands for.

use ruff_python_ast::Expr;
use ruff_text_size::TextRange;

use super::line::{size, syntax, with_python};
use super::{VerbLine, Verbs, Word, loading};
use torchsh_base::error::{Error, Result};

/// `explain LINE`: its only word is the Python of the line, of which `found` was read as a verb line.
pub(super) fn explained(
    text: &str,
    whole: TextRange,
    found: Option<VerbLine>,
    inner: &Verbs,
) -> Result<VerbLine> {
    let mut lines: Vec<(TextRange, &str)> =
        inner.values().map(|line| (line.range, line.python.as_str())).collect();
    lines.extend(found.as_ref().map(|line| (line.range, line.python.as_str())));
    let line = text.get(whole.start().to_usize()..whole.end().to_usize()).unwrap_or_default();
    let inside = TextRange::new(whole.start() + size("explain".len().min(line.len())), whole.end());
    if !lines.iter().any(|(range, _)| inside.contains_range(*range)) {
        let own = text.get(inside.start().to_usize()..inside.end().to_usize()).unwrap_or_default().trim();
        if let Some(python) = loading::of_load(own) {
            return Ok(of(python, "", whole));
        }
        let row = super::rows::EXPLAIN.synopsis;
        let inner = line.get("explain".len()..).unwrap_or_default().trim();
        return Err(syntax(format!("explain wants a verb line, not: {inner}")).hint(row));
    }
    let is_within = |line: &&VerbLine| inside.contains_range(line.range);
    let all = found.iter().chain(inner.values().filter(is_within));
    if let Some(line) = all.flat_map(with_those_before).find(|line| line.python.is_empty()) {
        return Err(too_long(line));
    }
    let python = with_python(text, inside, lines).trim().to_owned();
    let python = loading::of_load(&python).unwrap_or(python);
    let names = found.as_ref().map(names_of_rename).unwrap_or_default();
    let mut line = of(python, found.as_ref().map_or("", |line| line.name), whole);
    line.words.extend(names.into_iter().map(Word::Text));
    Ok(line)
}

/// A line of a chain and those before it.
fn with_those_before(line: &VerbLine) -> Vec<&VerbLine> {
    let before = line.words.iter().filter_map(|word| match word {
        Word::Line(before) => Some(with_those_before(before)),
        _ => None,
    });
    std::iter::once(line).chain(before.flatten()).collect()
}

fn too_long(line: &VerbLine) -> Error {
    let error = |what: &str| syntax(format!("{what} stands for more Python than a line holds"));
    match (line.name, line.words.first()) {
        // Its first word is the verb.
        ("with_optimizer", Some(Word::Text(verb))) => error(&format!("{verb} … with optimizer"))
            .hint(format!("its function is torchsh.with_optimizer(\"{verb}\", …)")),
        (name, _) => {
            let called = super::verb(name).map_or_else(|| format!("torchsh.{name}(…)"), super::Verb::called);
            error(name).hint(format!("help {name} says what it does; its function is {called}"))
        }
    }
}

/// Of `rename p to m` its Python, both names, and whether doubtful pairs are taken: which keys these are shows when both are there.
/// Nothing of any other line.
fn names_of_rename(line: &VerbLine) -> Vec<String> {
    match line.words.as_slice() {
        [Word::Value(Expr::Name(of)), Word::Text(to), Word::Value(Expr::Name(other))]
            if line.name == "rename" && to == "to" =>
        {
            let takes_doubtful = if line.keywords.is_empty() { "" } else { "guess" };
            vec![line.python.clone(), of.id.to_string(), other.id.to_string(), takes_doubtful.to_owned()]
        }
        _ => Vec::new(),
    }
}

/// The line that explains this Python, which a verb of that name stands for.
fn of(python: String, verb: &str, whole: TextRange) -> VerbLine {
    VerbLine {
        name: "explain",
        words: vec![Word::Text(python.clone()), Word::Text(verb.to_owned())],
        keywords: Vec::new(),
        python,
        range: whole,
        own: whole,
        unless: None,
    }
}
