//! Text → tree.

use std::rc::Rc;

use ruff_python_ast::PythonVersion;
use ruff_python_parser::{Mode, ParseError, ParseOptions, parse_unchecked};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::tree::Code;
use super::{Source, lower, nesting, verbs};
use crate::error::{Error, Kind, Result, Span};

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
