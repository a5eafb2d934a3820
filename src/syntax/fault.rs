//! What the parser refuses, in Python's words.

use ruff_text_size::{TextRange, TextSize};

use super::tokens::{Class, Token, tokens};
use crate::error::{Error, Kind};

/// The error for a refusal at `range`, with its place: that of a bracket, where a bracket is to blame.
pub(super) fn worded(text: &str, message: &str, range: TextRange) -> (Error, TextRange) {
    let words = tokens(text);
    if let Some((message, at)) = bracket(text, &words, range.start().to_usize()) {
        let size = |at: usize| TextSize::new(u32::try_from(at).unwrap_or(u32::MAX));
        return (Error::new(Kind::Syntax, message), TextRange::new(size(at), size(at + 1)));
    }
    if let Some(error) = statement_of_python_2(text, &words, range) {
        return (error, range);
    }
    let kind = if message.to_lowercase().contains("indent") { Kind::Indentation } else { Kind::Syntax };
    (phrase(text, message, range, kind), range)
}

fn phrase(text: &str, message: &str, range: TextRange, kind: Kind) -> Error {
    let found = text.get(range.start().to_usize()..range.end().to_usize()).unwrap_or_default();
    if kind == Kind::Indentation {
        let message = message.replace('`', "'");
        let message = match message.strip_prefix("Expected an indented") {
            Some(rest) => format!("expected an indented{rest}"),
            None => message.replace("Unexpected indentation", "unexpected indent"),
        };
        return Error::new(kind, message);
    }
    if let Some((_, python)) = PHRASES.iter().find(|(ours, _)| *ours == message) {
        return Error::new(kind, *python);
    }
    if message.starts_with("Expected `:`, found `=`") {
        return Error::new(kind, "invalid syntax. Maybe you meant '==' or ':=' instead of '='?");
    }
    if message.starts_with("Expected `:`, found newline") {
        return Error::new(kind, "expected ':'");
    }
    if let ("Invalid assignment target", Some(target)) = (message, literal(found)) {
        return Error::new(kind, format!("cannot assign to {target}"));
    }
    if message.starts_with("ParseIntError") {
        return Error::new(kind, "invalid number");
    }
    if [
        "Expected `,`, found name",
        "Expected `,`, found int",
        "Expected `,`, found float",
        "Expected `,`, found string",
    ]
    .contains(&message)
    {
        return Error::new(kind, "invalid syntax. Perhaps you forgot a comma?");
    }
    if let Some(symbol) = message.strip_prefix("Got unexpected token ") {
        return unexpected(symbol);
    }
    if message.starts_with("Expected ") {
        let mut chars = message.chars();
        let first = chars.next().map(|c| c.to_lowercase().to_string()).unwrap_or_default();
        return Error::new(kind, "invalid syntax").hint(format!("{first}{}", chars.as_str()));
    }
    Error::new(kind, message)
}

/// A literal that is assigned to, as Python calls it.
fn literal(found: &str) -> Option<&'static str> {
    match found {
        "None" => Some("None"),
        "True" => Some("True"),
        "False" => Some("False"),
        found if found.starts_with(|c: char| c.is_ascii_digit() || c == '"' || c == '\'') => {
            Some("literal here. Maybe you meant '==' instead of '='?")
        }
        found if found.ends_with(')') && !found.starts_with('(') => {
            Some("function call here. Maybe you meant '==' instead of '='?")
        }
        _ => None,
    }
}

/// What the parser says, and what Python does.
const PHRASES: &[(&str, &str)] = &[
    ("Simple statements must be separated by newlines or semicolons", "invalid syntax"),
    ("Compound statements are not allowed on the same line as simple statements", "invalid syntax"),
    ("Expected a statement", "invalid syntax"),
    ("Expected an identifier", "invalid syntax"),
    ("Expected an import name", "invalid syntax"),
    ("Expected a module name", "invalid syntax"),
    ("Expected `(`, found `:`", "expected '('"),
    ("Expected `else`, found newline", "expected 'else' after 'if' expression"),
    ("Expected `except` or `finally` after `try` block", "expected 'except' or 'finally' block"),
    ("Positional argument cannot follow keyword argument", "positional argument follows keyword argument"),
    (
        "Positional argument cannot follow keyword argument unpacking",
        "positional argument follows keyword argument unpacking",
    ),
    (
        "Iterable argument unpacking cannot follow keyword argument unpacking",
        "iterable argument unpacking follows keyword argument unpacking",
    ),
    (
        "Parameter without a default cannot follow a parameter with a default",
        "non-default argument follows default argument",
    ),
    ("Parameter cannot follow var-keyword parameter", "arguments cannot follow var-keyword argument"),
    ("Expected one or more keyword parameter after `*` separator", "named arguments must follow bare *"),
    (
        "Unparenthesized generator expression cannot be used here",
        "Generator expression must be parenthesized",
    ),
    (
        "Invalid decimal integer literal",
        "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers",
    ),
    ("missing closing quote in string literal", "unterminated string literal"),
    ("f-string: expecting `}`", "f-string: expecting '}'"),
    ("Expected a parameter name", "expression cannot contain assignment, perhaps you meant \"==\"?"),
];

/// `“`, `$`, `?`.
fn unexpected(symbol: &str) -> Error {
    match symbol.chars().next().filter(|c| !c.is_ascii()) {
        Some(c) => {
            let error = Error::new(Kind::Syntax, format!("invalid character '{c}' (U+{:04X})", u32::from(c)));
            if matches!(c, '“' | '”' | '‘' | '’') {
                error.hint("write straight quotes: \" or '")
            } else {
                error
            }
        }
        None => Error::new(Kind::Syntax, "invalid syntax"),
    }
}

/// `print x`
fn statement_of_python_2(text: &str, words: &[Token], range: TextRange) -> Option<Error> {
    let at = words.iter().position(|word| word.end > range.start().to_usize())?;
    let before = words.get(at.checked_sub(1)?)?;
    let name = text.get(before.start..before.end).filter(|name| matches!(*name, "print" | "exec"))?;
    let starts = at.checked_sub(2).and_then(|at| words.get(at)).is_none_or(|word| word.class == Class::End);
    starts.then(|| {
        let message = format!("Missing parentheses in call to '{name}'. Did you mean {name}(...)?");
        Error::new(Kind::Syntax, message)
    })
}

/// A bracket that does not pair: what Python says of it, and where it stands. One that is never closed is to blame only
/// for what goes wrong behind it.
fn bracket(text: &str, words: &[Token], refused: usize) -> Option<(String, usize)> {
    let mut open: Vec<(&str, usize)> = Vec::new();
    for word in words.iter().filter(|word| word.class == Class::Bracket) {
        let shown = text.get(word.start..word.end).unwrap_or_default();
        if matches!(shown, "(" | "[" | "{") {
            open.push((shown, word.start));
            continue;
        }
        match open.pop() {
            None => return Some((format!("unmatched '{shown}'"), word.start)),
            Some((opening, _)) if !matches!((opening, shown), ("(", ")") | ("[", "]") | ("{", "}")) => {
                let message =
                    format!("closing parenthesis '{shown}' does not match opening parenthesis '{opening}'");
                return Some((message, word.start));
            }
            Some(_) => {}
        }
    }
    let (opening, at) = open.pop()?;
    (at <= refused).then(|| (format!("'{opening}' was never closed"), at))
}
