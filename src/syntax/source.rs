//! Source texts and their names.

/// A text that was read: a script, a line of the prompt, a module of the prelude.
#[derive(Debug)]
pub struct Source {
    /// Its number in spans.
    pub number: u32,
    /// What it is called in tracebacks: a path, `<stdin>`, `In [3]`.
    pub name: String,
    /// The text.
    pub text: String,
}

impl Source {
    /// A text with its number and name.
    #[must_use]
    pub fn new(number: u32, name: &str, text: &str) -> Self {
        Source { number, name: name.to_owned(), text: text.to_owned() }
    }

    /// The number of the line, from 1, that a byte is in.
    #[must_use]
    pub fn line_of(&self, byte: u32) -> i64 {
        let before = self.text.bytes().take(byte as usize).filter(|byte| *byte == b'\n').count();
        i64::try_from(before).unwrap_or(i64::MAX - 1) + 1
    }
}
