//! Text → tree.

use std::rc::Rc;

use ruff_python_ast::PythonVersion;
use ruff_python_parser::{Mode, ParseError, ParseOptions, parse_unchecked};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::tree::Code;
use super::{Source, lower, nesting, syntax_errors, verbs};
use torchsh_base::error::{Error, Kind, Result, Span};

/// Reads a program.
///
/// # Errors
/// `SyntaxError` or `IndentationError` with its place.
pub fn parse_module(source: &Source) -> Result<Rc<Code>> {
    nesting::check(&source.text).map_err(|(error, at)| {
        let at = TextSize::new(u32::try_from(at).unwrap_or(u32::MAX));
        placed(source, error, TextRange::empty(at))
    })?;
    let (text, verbs) =
        verbs::extract(&source.text).map_err(|(error, range)| placed(source, error, range))?;
    lowered(source, &text, &verbs)
}

/// Reads a module of the program's own library: Python without verbs, whose depth is known.
///
/// # Errors
/// As [`parse_module`].
pub fn parse_library(source: &Source) -> Result<Rc<Code>> {
    lowered(source, &source.text, &verbs::Verbs::new())
}

fn lowered(source: &Source, text: &str, verbs: &verbs::Verbs) -> Result<Rc<Code>> {
    let options = ParseOptions::from(Mode::Module).with_target_version(PythonVersion::PY312);
    let parsed = parse_unchecked(text, options);
    if let Some(error) = parsed.errors().first() {
        return Err(translate(source, error));
    }
    let Some(module) = parsed.try_into_module() else {
        return Err(Error::new(Kind::Syntax, "invalid syntax"));
    };
    lower::module(module.suite(), source.number, &source.text, verbs).map(Rc::new)
}

/// Whether what stands in these open brackets is wrong whatever follows: two expressions without a comma, as where a bracket was
/// forgotten and the next line is another statement.
pub(super) fn is_wrong_already(text: &str, open: &[(char, usize)]) -> bool {
    let closed = open.iter().rev().map(|(bracket, _)| match bracket {
        '(' => ')',
        '[' => ']',
        _ => '}',
    });
    let whole: String = text.chars().chain(closed).collect();
    // A verb may lack words that are still to come.
    let Ok((python, _)) = verbs::extract(&whole) else { return false };
    let parsed = parse_unchecked(&python, ParseOptions::from(Mode::Module));
    parsed.errors().iter().any(|error| {
        error.range().end().to_usize() <= text.len()
            && syntax_errors::NO_COMMA.contains(&error.error.to_string().as_str())
    })
}

fn translate(source: &Source, error: &ParseError) -> Error {
    let (error, range) = syntax_errors::worded(&source.text, &error.error.to_string(), error.range());
    placed(source, error, range)
}

fn placed(source: &Source, error: Error, range: TextRange) -> Error {
    let span = Span { source: source.number, start: range.start().to_u32(), end: range.end().to_u32() };
    error.at(span, &Rc::from("<module>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_worded_as_python_does() {
        let cases = [
            ("if x = 1: pass", "invalid syntax. Maybe you meant '==' or ':=' instead of '='?"),
            ("if x\n    pass", "expected ':'"),
            ("print \"a\"", "Missing parentheses in call to 'print'. Did you mean print(...)?"),
            ("f(a, b", "'(' was never closed"),
            ("x = (1]", "closing parenthesis ']' does not match opening parenthesis '('"),
            ("x = 1)", "unmatched ')'"),
            ("[1 2]", "invalid syntax. Perhaps you forgot a comma?"),
            ("a b", "invalid syntax"),
            ("None = 1", "cannot assign to None"),
            ("x = 1\n  y = 2", "unexpected indent"),
            ("x = “a”", "invalid character '“' (U+201C)"),
            ("f(a=1, 2)", "positional argument follows keyword argument"),
            ("def f(a, a): pass", "duplicate argument 'a' in function definition"),
            ("*a = 1", "starred assignment target must be in a list or tuple"),
            ("[*a for a in b]", "iterable unpacking cannot be used in comprehension"),
            ("try: 1\nexcept: 1\nexcept A: 1", "default 'except:' must be last"),
        ];
        for (text, expected) in cases {
            let error = parse_module(&Source::new(0, "x", text)).unwrap_err();
            assert_eq!(error.message(), expected, "{text}");
        }
    }

    /// Words of the language in any order.
    fn soup() -> impl proptest::strategy::Strategy<Value = String> {
        const WORDS: &[&str] = &[
            "if", "x", "(", ")", "[", "]", "{", "}", ":", "\n", "\n    ", "lambda", "for", "in", "def",
            "class", "*", "**", "=", ":=", ",", ".", "f'{", "}'", "'", "\"\"\"", "not", "yield", "filter p",
            "items m", "explain", "shape==", "1", "0x", "1e", "江", "\\", "@", "#", ";", "global",
            "nonlocal", "super()", "import", "del", "match", "->", "!", "with", "try", "except", "else",
            "return", "async", "await", "b'\\x'", "\r", "\0",
        ];
        let words = proptest::collection::vec((0..WORDS.len(), proptest::bool::ANY), 0..30);
        proptest::strategy::Strategy::prop_map(words, |words| {
            let word = |(i, blank): (usize, bool)| format!("{}{}", WORDS[i], if blank { " " } else { "" });
            words.into_iter().map(word).collect()
        })
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_a_panic(text in soup()) {
            let _ = parse_module(&Source::new(0, "x", &text));
            let _ = crate::cursor::is_complete(&text);
            let _ = crate::cursor::indentation(&text);
            let _ = crate::cursor::unpasted(&text);
            let _ = crate::tokens::tokens(&text);
        }
    }
}
