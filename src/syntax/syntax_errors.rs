//! What the parser refuses, in Python's words.

use ruff_text_size::{TextRange, TextSize};

use super::tokens::{Class, Token, tokens};
use torchsh_base::error::{Error, Kind};

/// The error for a refusal at `range`, with its place: that of a bracket, where a bracket is to blame.
pub(super) fn worded(text: &str, message: &str, range: TextRange) -> (Error, TextRange) {
    let words = tokens(text);
    // A quote that is open swallows the brackets behind it.
    let within_text = message.starts_with("f-string") || message == OPEN_QUOTE;
    if let Some((message, at)) = bracket(text, &words, range.start().to_usize()).filter(|_| !within_text) {
        let size = |at: usize| TextSize::new(u32::try_from(at).unwrap_or(u32::MAX));
        return (Error::new(Kind::Syntax, message), TextRange::new(size(at), size(at + 1)));
    }
    if let Some(error) = statement_of_python_2(text, &words, range) {
        return (error, range);
    }
    let kind = if message.to_lowercase().contains("indent") { Kind::Indentation } else { Kind::Syntax };
    (phrase(text, message, range, kind), range)
}

/// What the parser says of a string that is not closed.
const OPEN_QUOTE: &str = "missing closing quote in string literal";

/// What the parser says of two expressions side by side.
pub(super) const NO_COMMA: &[&str] = &[
    "Expected `,`, found name",
    "Expected `,`, found int",
    "Expected `,`, found float",
    "Expected `,`, found string",
];

fn phrase(text: &str, message: &str, range: TextRange, kind: Kind) -> Error {
    let found = text.get(range.start().to_usize()..range.end().to_usize()).unwrap_or_default();
    if kind == Kind::Indentation {
        let message = message.replace('`', "'");
        let message = match message.strip_prefix("Expected an indented") {
            Some(rest) => match header(text, range.start().to_usize()) {
                Some(line) => format!("expected an indented{rest} on line {line}"),
                None => format!("expected an indented{rest}"),
            },
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
    match message {
        "Invalid assignment target" => {
            let before = text.get(..range.start().to_usize()).unwrap_or_default();
            return Error::new(kind, format!("cannot assign to {}{}", target(found), meant(before, found)));
        }
        "Invalid delete target" => return Error::new(kind, format!("cannot delete {}", target(found))),
        "Invalid augmented assignment target" => {
            let message = format!("'{}' is an illegal expression for augmented assignment", target(found));
            return Error::new(kind, message);
        }
        OPEN_QUOTE => return unterminated(text, range.start().to_usize()),
        _ => {}
    }
    if message.starts_with("ParseIntError") {
        return Error::new(kind, "invalid number");
    }
    if NO_COMMA.contains(&message) {
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

/// What can't be assigned to, as Python calls it.
fn target(found: &str) -> String {
    let words: Vec<&str> = found.split_whitespace().collect();
    match found {
        "None" | "True" | "False" => found,
        "..." => "ellipsis",
        _ if words.first() == Some(&"lambda") => "lambda",
        _ if found.starts_with("(") && found.contains(',') && !words.contains(&"for") => "tuple",
        _ if words.first() == Some(&"not") => "expression",
        _ if found.starts_with(['f', 'F']) && found.ends_with(['"', '\'']) => "f-string expression",
        _ if is_one_literal(found) => "literal",
        _ if found.starts_with('[') && words.contains(&"for") => "list comprehension",
        _ if found.starts_with('{') && words.contains(&"for") && found.contains(':') => "dict comprehension",
        _ if found.starts_with('{') && words.contains(&"for") => "set comprehension",
        _ if found.starts_with('{') && (found.contains(':') || found == "{}") => "dict literal",
        _ if found.starts_with('{') => "set display",
        _ if found.starts_with('(') && words.contains(&"for") => "generator expression",
        _ if words.contains(&"if") && words.contains(&"else") => "conditional expression",
        _ if ["==", "!=", "<", ">", "<=", ">=", "in", "is"].iter().any(|sign| words.contains(sign)) => {
            "comparison"
        }
        _ if is_call(found) => "function call",
        _ => "expression",
    }
    .to_owned()
}

/// What Python adds where `==` may have been meant: nothing behind another `=`, or in the head of a `for` or `with`.
fn meant(before: &str, found: &str) -> &'static str {
    let before = before.trim_end();
    let is_plain = !["=", "for", "as"].iter().any(|word| before.ends_with(word));
    let operators = ["not", "and", "or", "lambda", "if", "is", "in", "<", ">", "<=", ">=", "==", "!="];
    let is_simple =
        !found.split_whitespace().any(|word| operators.contains(&word)) || found.starts_with(['[', '{']);
    match target(found).as_str() {
        "None" | "True" | "False" | "generator expression" | "lambda" | "comparison" => "",
        _ if is_plain && is_simple => " here. Maybe you meant '==' instead of '='?",
        _ => "",
    }
}

/// The line of the statement that wants a block: the last one before that ends with a colon.
fn header(text: &str, refused: usize) -> Option<usize> {
    let before: Vec<&str> = text.get(..refused)?.lines().collect();
    let line = before
        .iter()
        .rposition(|line| line.split('#').next().unwrap_or_default().trim_end().ends_with(':'))?;
    Some(line + 1)
}

fn unterminated(text: &str, start: usize) -> Error {
    let triple = text.get(start..).is_some_and(|rest| {
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        rest.starts_with("\"\"\"") || rest.starts_with("'''")
    });
    let before = if triple { text.trim_end() } else { text.get(..start).unwrap_or_default() };
    let line = before.matches('\n').count() + 1;
    let kind = if triple { "triple-quoted string" } else { "string" };
    Error::new(Kind::Syntax, format!("unterminated {kind} literal (detected at line {line})"))
}

fn is_one_literal(found: &str) -> bool {
    let quoted = found.trim_start_matches(['r', 'b', 'u', 'R', 'B', 'U']);
    let is_text = ['"', '\''].iter().any(|quote| {
        quoted.len() > 1
            && quoted.starts_with(*quote)
            && quoted.get(1..).and_then(|rest| rest.find(*quote)) == Some(quoted.len() - 2)
    });
    let is_number = found.starts_with(|c: char| c.is_ascii_digit())
        && found.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'));
    is_text || is_number
}

/// `f(x)`, `a.b(c)[0](d)`: a name, and brackets behind it.
fn is_call(found: &str) -> bool {
    let starts = found.starts_with(|c: char| c == '_' || c.is_alphabetic());
    let mut depth = 0;
    let outside = found.chars().all(|c| {
        depth += i32::from(matches!(c, '(' | '[')) - i32::from(matches!(c, ')' | ']'));
        depth > 0 || c == '_' || c == '.' || c.is_alphanumeric() || matches!(c, ')' | ']')
    });
    starts && outside && found.ends_with(')')
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
    ("f-string: expecting `}`", "f-string: expecting '}'"),
    ("f-string: single `}` is not allowed", "f-string: single '}' is not allowed"),
    (
        "f-string: invalid conversion character",
        "f-string: invalid conversion character: expected 's', 'r', or 'a'",
    ),
    ("Bytes literal cannot be mixed with non-bytes literals", "cannot mix bytes and nonbytes literals"),
    ("Expected `:`, found `}`", "':' expected after dictionary key"),
    ("Expected `(`, found newline", "expected '('"),
    ("Expected `(`, found end of file", "expected '('"),
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
