//! What is wrong with text or bytes that an encoding can't turn into the other.

use std::fmt;

use super::{Str, Value};

/// Text that an encoding has no bytes for, or bytes that are no text in it.
pub struct UnicodeFault {
    /// The encoding, as Python names it.
    pub encoding: Str,
    /// The text or the bytes.
    pub object: Value,
    /// Where the fault begins, in characters or bytes.
    pub start: usize,
    /// One past its end.
    pub end: usize,
    /// What is wrong.
    pub reason: String,
}

impl UnicodeFault {
    /// What the arguments of the exception are known as.
    pub const PARTS: &[&str] = &["encoding", "object", "start", "end", "reason"];

    /// The fault that the arguments of an exception tell of.
    #[must_use]
    pub fn of(arguments: &[Value]) -> Option<Self> {
        let [encoding, object, start, end, reason] = arguments else { return None };
        let place = |value: &Value| usize::try_from(value.as_int()?).ok();
        Some(UnicodeFault {
            encoding: encoding.as_str()?,
            object: object.clone(),
            start: place(start)?,
            end: place(end)?,
            reason: reason.as_str()?.to_string(),
        })
    }

    /// The arguments of the exception.
    #[must_use]
    pub fn parts(&self) -> [Value; 5] {
        let (start, end) = (Value::from(self.start), Value::from(self.end));
        [Value::Str(self.encoding.clone()), self.object.clone(), start, end, Value::str(&self.reason)]
    }
}

impl fmt::Display for UnicodeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (start, last) = (self.start, self.end.saturating_sub(1));
        let is_one = last == start;
        let (act, what) = match &self.object {
            Value::Bytes(bytes) => {
                let byte = bytes.get(start).copied().unwrap_or(0);
                ("decode", if is_one { format!("byte {byte:#04x}") } else { "bytes".into() })
            }
            text => {
                let c = text.as_str().and_then(|text| text.chars().nth(start)).unwrap_or('?');
                let c = super::text::quote::escape(c);
                ("encode", if is_one { format!("character '{c}'") } else { "characters".into() })
            }
        };
        let place = if is_one { start.to_string() } else { format!("{start}-{last}") };
        write!(f, "'{}' codec can't {act} {what} in position {place}: {}", self.encoding, self.reason)
    }
}
