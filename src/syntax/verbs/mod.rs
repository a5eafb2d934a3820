//! Verb lines: `p = filter p shape== m`. They are found before the parser runs, which is shown a placeholder instead.
//!
//! A statement is a verb line if its first word (or the first after `name =`) is a verb and what follows could not follow
//! a name in Python: another name, a string, a number, an opening brace. So no Python program changes its meaning.

mod explain;
mod line;
mod loading;
mod order;
mod phrase;
mod row;
pub mod rows;
mod scan;
mod tails;

use std::collections::HashMap;

use ruff_python_ast::Expr;
use ruff_text_size::{TextRange, TextSize};

use torchsh_base::error::{Error, Result};

/// How the words of a verb line are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Each word an expression: `drop p "head.*"`.
    Plain,
    /// Two expressions with a word between that may be left out: `update m with p`.
    Joined(&'static str),
    /// `filter p shape== m`, `filter p where v.ndim == 4`.
    Filter,
    /// As `Plain`, with words of its own between: `cast p bfloat16 keep "*norm*"`; see [`phrase`].
    Phrase(&'static [&'static str]),
    /// What follows is itself a verb line: `explain drop p "head.*"`.
    Line,
}

/// For what a line of Python does not hold.
pub const MORE: &str = "?";

const FNMATCH: &str = "{k: v for k, v in {0}.items() if fnmatch.fnmatch(k, {1})}";

pub use self::order::Order;
pub use self::phrase::part_key;
pub use self::row::{Group, Sides, Verb};

/// Every verb, in the order of help.
pub fn verbs() -> impl Iterator<Item = &'static Verb> {
    rows::GROUPS.iter().flat_map(|(_, rows)| rows.iter().copied())
}

/// The verbs by what they are for, in the order of help.
pub fn groups() -> impl Iterator<Item = (Group, &'static [&'static Verb])> {
    rows::GROUPS.iter().copied()
}

/// The verb of a name.
pub fn verb(name: &str) -> Option<&'static Verb> {
    verbs().find(|row| row.name == name)
}

/// What the verb of a name is for.
#[must_use]
pub fn group(name: &str) -> Option<Group> {
    groups().find(|(_, rows)| rows.iter().any(|row| row.name == name)).map(|(group, _)| group)
}

/// The names of the verbs.
pub fn names() -> impl Iterator<Item = &'static str> {
    verbs().map(|row| row.name)
}

/// How a verb is written: `items m ["layer1.*"]`.
pub fn synopsis(name: &str) -> Option<&'static str> {
    verb(name).map(|row| row.synopsis)
}

/// Whether a piece of a verb's line stands there as it is, rather than as a text in quotes: `into`, `bfloat16`, `24x24`. `place` is
/// how many pieces come before it, `last` the verb's own word that came last.
pub fn is_bare_word(name: &str, last: &str, place: usize, piece: &str) -> bool {
    let Some(row) = verb(name) else { return false };
    let is_own = match row.form {
        Form::Joined(word) => piece == word,
        Form::Phrase(words) => words.contains(&piece),
        Form::Plain | Form::Filter | Form::Line => false,
    };
    let is_order = !row.orders.is_empty() && matches!(piece, "by" | "reversed");
    is_own
        || is_order
        || last == "by" && row.order(piece).is_some()
        || phrase::is_bare(name, last, place, piece)
}

/// The Python that a verb line stands for; none for what is no verb line, or speaks of another one.
pub fn explained(line: &str) -> Option<String> {
    let (_, verbs) = extract(line).ok()?;
    let verb = verbs.into_values().next().filter(|verb| verb.name != "explain")?;
    Some(verb.python)
}

/// A verb line, its expressions parsed.
#[derive(Debug)]
pub(super) struct VerbLine {
    pub name: &'static str,
    pub words: Vec<Word>,
    pub keywords: Vec<(String, Expr)>,
    /// The Python it stands for.
    pub python: String,
    pub range: TextRange,
    /// Its own words, without what stands before it in a chain.
    pub own: TextRange,
    /// What it is where a program has names that look like its verbs.
    pub unless: Option<Box<Unless>>,
}

#[derive(Debug)]
pub(super) enum Word {
    /// An expression of the line.
    Value(Expr),
    /// A word of the form, such as `shape==`.
    Text(String),
    /// The verb line before the bar.
    Line(Box<VerbLine>),
}

/// A chain that could be Python: `p | items`.
#[derive(Debug)]
pub(super) struct Unless {
    /// The names, of which a program may have one.
    pub names: Vec<Expr>,
    pub python: Expr,
}

/// What stands before the bar of a chain.
#[derive(Debug)]
enum Left {
    Value(TextRange),
    Line(Box<VerbLine>),
}

/// The verb lines of a text, by where their placeholders stand.
pub(super) type Verbs = HashMap<TextSize, VerbLine>;

/// Finds the verb lines of a text; gives the text with placeholders of the same length in their places.
///
/// # Errors
/// `SyntaxError` for a verb line that is not of its form.
pub(super) fn extract(text: &str) -> Result<(String, Verbs), (Error, TextRange)> {
    if scan::may_hold(text, false) { scan::extract(text) } else { Ok((text.to_owned(), Verbs::new())) }
}

/// The verb that a text begins with, if what follows could not follow a name in Python.
fn verb_at(text: &str) -> Option<&'static Verb> {
    let end = text.find(|c: char| !(c == '_' || c.is_alphanumeric())).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let row = verb(word)?;
    let next = rest.trim_start_matches([' ', '\t']);
    let has_words = begins_word(next) || line::is_bracketed_word(next) || line::is_list(next);
    if next.len() == rest.len() || !has_words {
        return None;
    }
    // `match x:` opens a block.
    let line = rest.lines().next().and_then(|line| line.split('#').next()).unwrap_or_default();
    (row.name != "match" || !line.trim_end().ends_with(':')).then_some(row)
}

/// Whether a text is a verb before a list and no more, `plot [3, 2, 1]`, which is Python where a program has the name.
fn may_be_python(text: &str) -> bool {
    let rest = text.trim_start_matches(|c: char| c == '_' || c.is_alphanumeric());
    let list = rest.trim_start_matches([' ', '\t']);
    line::is_list(list) && line::behind_list(list).is_some_and(str::is_empty)
}

/// Whether a text begins as a word of a verb line does: what can stand behind a name in Python does not.
fn begins_word(text: &str) -> bool {
    const JOINS: &[&str] = &["in", "is", "and", "or", "if", "else", "not", "for", "as", "async"];
    let end = text.find(|c: char| !(c == '_' || c.is_alphanumeric())).unwrap_or(text.len());
    let starts = |c: char| c == '_' || c.is_alphanumeric() || matches!(c, '"' | '\'' | '{');
    text.starts_with(starts) && text.get(..end).is_none_or(|word| !JOINS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use torchsh_base::error::Kind;

    fn python(line: &str) -> String {
        let (_, verbs) = extract(line).map_err(|(error, _)| error).unwrap();
        verbs.into_values().next().map_or_else(String::new, |verb| verb.python)
    }

    #[test]
    fn a_quote_that_is_not_closed_is_what_is_said() {
        for line in ["keys m \"*bias*", "p = drop m 'fc.*"] {
            let (error, _) = extract(line).unwrap_err();
            assert!(error.message().contains("a quote is not closed: "), "{line}: {}", error.message());
        }
    }

    #[test]
    fn verb_lines_stand_for_python() {
        let cases = [
            ("p = filter p shape== m", "{k: v for k, v in p.items() if k in m and v.shape == m[k].shape}"),
            ("filter p key !~ \"a b\"", "{k: v for k, v in p.items() if not re.search(\"a b\", k)}"),
            ("filter p[\"x\"] numel> 1e6", "{k: v for k, v in p[\"x\"].items() if v.numel() > 1e6}"),
            (
                "filter p where v.ndim == 4 and \"conv\" in k",
                "{k: v for k, v in p.items() if v.ndim == 4 and \"conv\" in k}",
            ),
            ("filter p dtype== float16", "{k: v for k, v in p.items() if v.dtype == torch.float16}"),
            ("update m with p", "m.update(p)"),
            (
                "keep p \"a.*\" \"b\" \"c\"",
                "{k: v for k, v in p.items() if any(fnmatch.fnmatch(k, f) for f in (\"a.*\", \"b\", \"c\"))}",
            ),
            (
                "diff m with p \"a.*\"",
                "[k for k in m.keys() | p.keys() if fnmatch.fnmatch(k, \"a.*\") and (k not in m or k not in p or not torch.equal(m[k], p[k]))]",
            ),
            (
                "rename p to m",
                "{next((b for b in m if b.endswith(a) or a.endswith(b)), a): v for a, v in p.items()}",
            ),
            ("load_state_dict m into f(a, b) strict=False", "f(a, b).load_state_dict(m, strict=False)"),
            ("rename p \"^module\\.\" \"\"", "{re.sub(\"^module\\.\", \"\", k): v for k, v in p.items()}"),
            (
                "explain p = drop p \"head.*\"",
                "p = {k: v for k, v in p.items() if not fnmatch.fnmatch(k, \"head.*\")}",
            ),
            (
                "describe m by std",
                "dict(sorted({k: (v.min(), v.max(), v.double().mean(), v.double().std()) for k, v in m.items()}.items(), key=lambda e: e[1][3], reverse=True))",
            ),
            ("keys (m) by size", "sorted((m).keys(), key=lambda e: (m)[e].nbytes, reverse=True)"),
            ("hist [3, 2]", "torch.histc([3, 2])"),
            ("items m by size", "sorted(m.items(), key=lambda e: e[1].nbytes, reverse=True)"),
            ("items m reversed", "reversed(m.items())"),
            (
                "items m \"a.*\" by name reversed",
                "sorted({k: v for k, v in m.items() if fnmatch.fnmatch(k, \"a.*\")}.items(), key=lambda e: e[0])[::-1]",
            ),
            ("save m to \"a.pt\"", "torch.save(m, \"a.pt\")"),
            ("save m \"a.safetensors\"", "safetensors.torch.save_file(m, \"a.safetensors\")"),
        ];
        for (line, expected) in cases {
            assert_eq!(python(line), expected, "{line}");
        }
    }

    #[test]
    fn python_stays_python() {
        let lines = [
            "items = 3",
            "items(m)",
            "items.x",
            "update -m",
            "keys in m",
            "x = keys if a else b",
            "filter(None, p)",
            "save\n",
            "drop[0]",
            "'''\nitems m\n'''",
            "f(\nitems\n, keys)",
            "match = 3",
            "print('; items m')",
            "a = {\n  keys: 3 }",
        ];
        for line in lines {
            assert!(extract(line).unwrap().1.is_empty(), "{line}");
        }
    }

    #[test]
    fn a_verb_line_of_another_form_says_how_it_is_written() {
        for line in
            ["filter p", "update m", "filter p shape m", "explain x", "items m 1 2", "items m by colour"]
        {
            let (error, _) = extract(line).unwrap_err();
            assert!(error.kind() == Kind::Syntax, "{line}");
        }
    }

    #[test]
    fn an_option_that_is_written_is_one() {
        for row in verbs() {
            let words = row.synopsis.split([' ', '[']).filter_map(|word| word.split_once('='));
            // `shape==` is a test.
            let words = words.filter(|(_, value)| !value.starts_with('=')).map(|(name, _)| name);
            let written = words
                .filter(|name| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_'));
            for name in written {
                assert!(row.option_names().any(|known| known == name), "{}: {name}=", row.name);
            }
        }
    }

    #[test]
    fn no_verb_passes_over_a_word_or_an_option() {
        let shortest = |row: &Verb| match row.name {
            "filter" => "filter p shape== m".to_owned(),
            // Some take any number of words: their functions count them.
            name if matches!(row.form, Form::Phrase(_)) => format!("{name} m"),
            "explain" => "explain items m".to_owned(),
            name => match row.python.iter().position(|form| !form.is_empty()) {
                Some(1) => format!("{name} m \"p\""),
                _ => format!("{name} m"),
            },
        };
        for row in verbs() {
            let line = shortest(row);
            assert!(extract(&line).is_ok(), "{line}");
            let longer = format!("{line} \"x\" \"y\" \"z\"");
            assert!(
                matches!(row.form, Form::Phrase(_))
                    // They take any number of patterns.
                    || matches!(row.name, "drop" | "keep")
                    || extract(&longer).is_err_and(
                        |(error, _)| error.remedy().is_some() || error.message().contains("usage: ")
                    ),
                "{longer}"
            );
            // What takes any option hands it on, and says itself that it does not know it.
            let unknown = format!("{line} banana=7");
            let inner = if row.name == "explain" { verb("items") } else { Some(row) };
            assert_eq!(extract(&unknown).is_err(), inner.is_some_and(|row| !row.hands_on), "{unknown}");
        }
        let (error, _) = extract("diff a b banana=7").unwrap_err();
        assert_eq!(error.message(), "diff has no option banana=");
        assert_eq!(error.remedy(), synopsis("diff"));
    }
}
