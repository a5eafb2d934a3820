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
}
