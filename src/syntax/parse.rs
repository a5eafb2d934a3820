//! Text → tree.

use std::rc::Rc;

use ruff_python_ast::PythonVersion;
use ruff_python_parser::{Mode, ParseError, ParseOptions, parse_unchecked};
use ruff_text_size::{Ranged, TextRange};

use super::tree::Code;
use super::{Source, lower, verbs};
use crate::error::{Error, Kind, Result, Span};

/// Brackets inside brackets that are read, as in CPython: the parser and what walks its tree recurse.
const MAX_NESTING: usize = 200;

/// Reads a program.
///
/// # Errors
/// `SyntaxError` or `IndentationError` with its place.
pub fn parse_module(source: &Source) -> Result<Rc<Code>> {
    check_nesting(source)?;
    let (text, verbs) =
        verbs::extract(&source.text).map_err(|(error, range)| placed(source, error, range))?;
    let options = ParseOptions::from(Mode::Module).with_target_version(PythonVersion::PY312);
    let parsed = parse_unchecked(&text, options);
    if let Some(error) = parsed.errors().first() {
        return Err(translate(source, error));
    }
    let Some(module) = parsed.try_into_module() else {
        return Err(Error::new(Kind::Syntax, "invalid syntax"));
    };
    lower::module(module.suite(), source.number, &source.text, &verbs).map(Rc::new)
}

fn translate(source: &Source, error: &ParseError) -> Error {
    let message = error.error.to_string();
    let kind = if message.to_lowercase().contains("indent") { Kind::Indentation } else { Kind::Syntax };
    placed(source, Error::new(kind, message), error.range())
}

fn placed(source: &Source, error: Error, range: TextRange) -> Error {
    let span = Span { source: source.number, start: range.start().to_u32(), end: range.end().to_u32() };
    error.at(span, &Rc::from("<module>"))
}

/// Refuses texts that nest deeper than any person writes. Brackets in strings and comments count too little to matter: only
/// those of one logical line are counted, closing ones taken off.
fn check_nesting(source: &Source) -> Result<()> {
    let mut depth = 0usize;
    for (at, byte) in source.text.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_NESTING {
            let at = u32::try_from(at).unwrap_or(u32::MAX);
            let span = Span { source: source.number, start: at, end: at + 1 };
            return Err(
                Error::new(Kind::Syntax, "too many nested parentheses").at(span, &Rc::from("<module>"))
            );
        }
    }
    Ok(())
}
