//! The one error type. It holds values; text for a person is made at the edge (`render`).
//!
//! An [`Error`] is one machine word, so `Result<Value>` stays small in the evaluator. Each kind is a Python
//! exception class, so `except KeyError as e` works on errors that Rust code raises. The place in the program is put on
//! once, on the way up, by the evaluator ([`Error::at`] keeps the first); builtins know nothing of places.

use std::any::Any;
use std::ffi::OsString;
use std::fmt;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::reason::Reason;

/// What every fallible function of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Any failure: a kind, a message, perhaps a hint, and the way it came.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: Kind,
    message: String,
    hint: Option<String>,
    notes: Vec<String>,
    frames: Vec<Frame>,
    reason: Option<Reason>,
    payload: Option<Rc<dyn Any>>,
}

/// A stretch of source: `start..end` in bytes of the source with this number (see `syntax::Source`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Span {
    /// Which source; numbers are given by the session in the order of reading.
    pub source: u32,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// One line of a traceback, innermost first.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Where in the source.
    pub span: Span,
    /// The function it was in; `<module>` at the top.
    pub function: Rc<str>,
}

macro_rules! kinds {
    ($($variant:ident = $name:literal : $parent:literal),* $(,)?) => {
        /// The Python exception class of an error.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Kind { $(#[doc = concat!("Python's `", $name, "`.")] $variant),* }

        impl Kind {
            /// Every kind, parents before children.
            pub const ALL: &'static [Kind] = &[$(Kind::$variant),*];

            /// The class name as Python prints it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Kind::$variant => $name),* }
            }

            /// The name of the class it inherits from (empty for `BaseException`).
            #[must_use]
            pub const fn parent(self) -> &'static str {
                match self { $(Kind::$variant => $parent),* }
            }
        }
    };
}

kinds! {
    BaseException = "BaseException": "",
    Exception = "Exception": "BaseException",
    SystemExit = "SystemExit": "BaseException",
    KeyboardInterrupt = "KeyboardInterrupt": "BaseException",
    GeneratorExit = "GeneratorExit": "BaseException",
    Arithmetic = "ArithmeticError": "Exception",
    ZeroDivision = "ZeroDivisionError": "ArithmeticError",
    Overflow = "OverflowError": "ArithmeticError",
    FloatingPoint = "FloatingPointError": "ArithmeticError",
    Assertion = "AssertionError": "Exception",
    Attribute = "AttributeError": "Exception",
    Buffer = "BufferError": "Exception",
    Eof = "EOFError": "Exception",
    Import = "ImportError": "Exception",
    ModuleNotFound = "ModuleNotFoundError": "ImportError",
    Lookup = "LookupError": "Exception",
    Index = "IndexError": "LookupError",
    Key = "KeyError": "LookupError",
    Memory = "MemoryError": "Exception",
    Name = "NameError": "Exception",
    UnboundLocal = "UnboundLocalError": "NameError",
    Os = "OSError": "Exception",
    FileExists = "FileExistsError": "OSError",
    FileNotFound = "FileNotFoundError": "OSError",
    IsADirectory = "IsADirectoryError": "OSError",
    NotADirectory = "NotADirectoryError": "OSError",
    Permission = "PermissionError": "OSError",
    Timeout = "TimeoutError": "OSError",
    Interrupted = "InterruptedError": "OSError",
    BlockingIO = "BlockingIOError": "OSError",
    ChildProcess = "ChildProcessError": "OSError",
    ProcessLookup = "ProcessLookupError": "OSError",
    Connection = "ConnectionError": "OSError",
    BrokenPipe = "BrokenPipeError": "ConnectionError",
    ConnectionAborted = "ConnectionAbortedError": "ConnectionError",
    ConnectionRefused = "ConnectionRefusedError": "ConnectionError",
    ConnectionReset = "ConnectionResetError": "ConnectionError",
    Runtime = "RuntimeError": "Exception",
    NotImplemented = "NotImplementedError": "RuntimeError",
    Recursion = "RecursionError": "RuntimeError",
    StopIteration = "StopIteration": "Exception",
    Syntax = "SyntaxError": "Exception",
    Indentation = "IndentationError": "SyntaxError",
    Tab = "TabError": "IndentationError",
    Reference = "ReferenceError": "Exception",
    StopAsyncIteration = "StopAsyncIteration": "Exception",
    System = "SystemError": "Exception",
    Type = "TypeError": "Exception",
    Value = "ValueError": "Exception",
    Unicode = "UnicodeError": "ValueError",
    UnicodeDecode = "UnicodeDecodeError": "UnicodeError",
    UnicodeEncode = "UnicodeEncodeError": "UnicodeError",
    UnicodeTranslate = "UnicodeTranslateError": "UnicodeError",
    Warning = "Warning": "Exception",
    UserWarning = "UserWarning": "Warning",
    DeprecationWarning = "DeprecationWarning": "Warning",
    RuntimeWarning = "RuntimeWarning": "Warning",
    PendingDeprecation = "PendingDeprecationWarning": "Warning",
    SyntaxWarning = "SyntaxWarning": "Warning",
    ImportWarning = "ImportWarning": "Warning",
    UnicodeWarning = "UnicodeWarning": "Warning",
    BytesWarning = "BytesWarning": "Warning",
    ResourceWarning = "ResourceWarning": "Warning",
    EncodingWarning = "EncodingWarning": "Warning",
    FutureWarning = "FutureWarning": "Warning",
    Pickle = "PickleError": "Exception",
    Pickling = "PicklingError": "PickleError",
    Unpickling = "UnpicklingError": "PickleError",
    LinAlg = "_LinAlgError": "RuntimeError",
    OutOfMemory = "OutOfMemoryError": "RuntimeError",
    Json = "JSONDecodeError": "ValueError",
    Regex = "error": "Exception",
    Struct = "struct.error": "Exception",
}

impl Error {
    /// An error of a kind with Python's message for it.
    #[must_use]
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Error(Box::new(Inner {
            kind,
            message: message.into(),
            hint: None,
            notes: Vec::new(),
            frames: Vec::new(),
            reason: None,
            payload: None,
        }))
    }

    /// A `TypeError`.
    #[must_use]
    pub fn type_error(message: impl Into<String>) -> Self {
        Self::new(Kind::Type, message)
    }

    /// A `ValueError`.
    #[must_use]
    pub fn value(message: impl Into<String>) -> Self {
        Self::new(Kind::Value, message)
    }

    /// A `RuntimeError`.
    #[must_use]
    pub fn runtime(message: impl Into<String>) -> Self {
        Self::new(Kind::Runtime, message)
    }

    /// The `OSError` subclass for an I/O failure, with Python's `[Errno 2] No such file or directory: 'x.pt'`.
    #[must_use]
    pub fn io(error: &std::io::Error, path: &Path) -> Self {
        let kind = match error.kind() {
            std::io::ErrorKind::NotFound => Kind::FileNotFound,
            std::io::ErrorKind::PermissionDenied => Kind::Permission,
            std::io::ErrorKind::AlreadyExists => Kind::FileExists,
            std::io::ErrorKind::IsADirectory => Kind::IsADirectory,
            std::io::ErrorKind::NotADirectory => Kind::NotADirectory,
            std::io::ErrorKind::BrokenPipe => Kind::BrokenPipe,
            std::io::ErrorKind::TimedOut => Kind::Timeout,
            std::io::ErrorKind::Interrupted => Kind::Interrupted,
            _ => Kind::Os,
        };
        let text = error.to_string();
        let reason = text.split(" (os error").next().unwrap_or(&text);
        let message = match error.raw_os_error() {
            Some(code) => format!("[Errno {code}] {reason}: '{}'", path_text(path)),
            None => format!("{reason}: '{}'", path_text(path)),
        };
        let (code, said) = (error.raw_os_error(), reason.to_owned());
        Self::new(kind, message).because(Reason::File { code, said, path: path_text(path) })
    }

    /// Says what it is of, as a value.
    #[must_use]
    pub fn because(mut self, reason: Reason) -> Self {
        self.0.reason = Some(reason);
        self
    }

    /// What it is of, where something acts on that.
    #[must_use]
    pub fn reason(&self) -> Option<&Reason> {
        self.0.reason.as_ref()
    }

    /// Adds the way to mend it; the first hint stays.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint.get_or_insert_with(|| hint.into());
        self
    }

    /// Puts a better way to mend it in the place of the one it has.
    #[must_use]
    pub fn better_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Adds a fact that only the caller knows (a file, an entry, a key).
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.0.notes.push(note.into());
        self
    }

    /// Carries the raised exception object, so that `except … as e` gives it back.
    #[must_use]
    pub fn with_payload(mut self, payload: Rc<dyn Any>) -> Self {
        self.0.payload = Some(payload);
        self
    }

    /// Appends a traceback line; the evaluator calls it once a function on the way up.
    #[must_use]
    pub fn at(mut self, span: Span, function: &Rc<str>) -> Self {
        self.0.frames.push(Frame { span, function: function.clone() });
        self
    }

    /// The exception class.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// `str(e)`, but for `KeyError`, whose message is the repr of the key already.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The remedy, if one is known.
    #[must_use]
    pub fn remedy(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// Facts added on the way up.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.0.notes
    }

    /// The traceback, innermost first.
    #[must_use]
    pub fn frames(&self) -> &[Frame] {
        &self.0.frames
    }

    /// The exception object, if the program raised one.
    #[must_use]
    pub fn payload(&self) -> Option<&Rc<dyn Any>> {
        self.0.payload.as_ref()
    }
}

/// How a byte of a path that is not UTF-8 begins as text: as Python's `surrogateescape` has it.
const ESCAPE: &str = "\\udc";

/// A path as text. A byte that is not UTF-8 stands in it as `\udcff`, and [`path_meant`] finds it again.
#[must_use]
pub fn path_text(path: impl AsRef<Path>) -> String {
    let mut text = String::new();
    for chunk in path.as_ref().as_os_str().as_encoded_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("{ESCAPE}{byte:02x}"));
        }
    }
    text
}

/// The path that a text stands for, by [`path_text`]; one that is there under these very letters comes first.
#[must_use]
pub fn path_meant(text: &str) -> PathBuf {
    let plain = PathBuf::from(text);
    if !text.contains(ESCAPE) || plain.symlink_metadata().is_ok() {
        return plain;
    }
    let (mut bytes, mut rest) = (Vec::new(), text);
    while let Some((before, after)) = rest.split_once(ESCAPE) {
        bytes.extend(before.bytes());
        let digits = after.get(..2);
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(|byte| !byte.is_ascii()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.extend(ESCAPE.bytes());
                rest = after;
            }
        }
    }
    bytes.extend(rest.bytes());
    PathBuf::from(OsString::from_vec(bytes))
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.kind.name(), self.0.message)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_machine_word() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
        assert_eq!(size_of::<Result<()>>(), size_of::<usize>());
    }

    #[test]
    fn every_path_is_a_text_and_back() {
        for bytes in [
            b"plain.pt".as_slice(),
            b"a\xff.pt",
            b"\xe4\xf6",
            "ä\u{1f600}".as_bytes(),
            b"\\udc",
            b"\\udc41\xc3",
        ] {
            let path = PathBuf::from(OsString::from_vec(bytes.to_vec()));
            assert_eq!(path_meant(&path_text(&path)), path);
        }
        assert_eq!(path_text(OsString::from_vec(b"a\xff".to_vec())), "a\\udcff");
    }

    #[test]
    fn every_parent_is_a_kind_that_comes_earlier() {
        for (i, kind) in Kind::ALL.iter().enumerate().skip(1) {
            assert!(Kind::ALL[..i].iter().any(|k| k.name() == kind.parent()), "{kind:?}");
        }
    }
}
