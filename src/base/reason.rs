//! What an error is of, as values: whoever acts on an error reads these and never its words.

/// Why something failed, where something else acts on it: a hint, an exception's attributes, a caller with words of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The system refused a file.
    File {
        /// The number of the system's error, where it has one.
        code: Option<i32>,
        /// The system's words.
        said: String,
        /// The file, as [`path_text`](crate::error::path_text) writes it.
        path: String,
    },
    /// A name that stands for nothing.
    Name(String),
    /// A module, or a name in it, that is not there.
    Import {
        /// The module.
        module: String,
        /// The file it is of.
        path: Option<String>,
    },
    /// A pattern that cannot be read.
    Pattern {
        /// What is wrong with it.
        what: String,
        /// The character at which it is.
        at: usize,
    },
    /// A value that nothing can go through.
    NotIterable,
    /// A value without keys.
    NotAMapping,
    /// A value that is no number.
    NotANumber,
    /// A text that is not in another.
    NotFound,
    /// A tensor, whose key the message begins with.
    Tensor(String),
    /// Rows of several lengths.
    Ragged,
    /// A whole number of more than 64 bits.
    TooWide,
    /// A format of tensors was given something else.
    TensorsOnly,
}
