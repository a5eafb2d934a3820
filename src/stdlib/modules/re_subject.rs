//! What is searched: text, or bytes, which are searched as the text whose characters have their numbers.

use std::rc::Rc;

use super::super::bytes::bytes_like;
use torchsh_base::error::{Error, Kind};
use torchsh_base::reason::Reason;
use torchsh_language::value::{Str, Value, Vm};

/// Text as it is, bytes as text; and whether they were bytes. Nothing for other values.
pub fn text_of(value: &Value) -> Option<(Str, bool)> {
    match value.as_str() {
        Some(text) => Some((text, false)),
        None => {
            let bytes = bytes_like(value)?;
            Some((Str::from(bytes.iter().map(|byte| char::from(*byte)).collect::<String>()), true))
        }
    }
}

/// The bytes that were read as this text.
pub fn as_bytes(text: &str) -> Vec<u8> {
    text.chars().filter_map(|c| u8::try_from(u32::from(c)).ok()).collect()
}

/// What was found, as what was searched.
pub fn found(text: &str, of_bytes: bool) -> Value {
    if of_bytes { Value::Bytes(Rc::new(as_bytes(text))) } else { text.into() }
}

/// `re.error` with what Python gives it: `msg`, `pattern`, `pos`, `lineno`, `colno`.
pub fn with_attributes(vm: &dyn Vm, error: Error, pattern: &Value, source: &str) -> Error {
    if error.kind() != Kind::Regex {
        return error;
    }
    let (what, place) = match error.reason() {
        Some(Reason::Pattern { what, at }) => (what.as_str(), Some(*at)),
        _ => (error.message(), None),
    };
    let exception = vm.exception(&error);
    let own = &exception.attributes;
    own.set_name("msg", Value::str(what));
    own.set_name("pattern", pattern.clone());
    let (mut line, mut column) = (Value::None, Value::None);
    if let Some(place) = place {
        let before: Vec<char> = source.chars().take(place).collect();
        line = (before.iter().filter(|c| **c == '\n').count() + 1).into();
        column = (before.iter().rev().take_while(|c| **c != '\n').count() + 1).into();
    }
    own.set_name("pos", place.map_or(Value::None, Value::from));
    own.set_name("lineno", line);
    own.set_name("colno", column);
    let raised = vm.raise(&Value::Instance(exception));
    error.notes().iter().fold(raised, |raised, note| raised.note(note.clone()))
}
