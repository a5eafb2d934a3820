//! The immutable string shared by the tree and by values.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::rc::Rc;

use rustc_hash::FxHashMap;

/// Python's `str`: immutable UTF-8 text, one word wide, whose hash and length in code points are computed once.
#[derive(Clone)]
pub struct Str(Rc<Text>);

struct Text {
    hash: Cell<u64>,
    /// Code points; `usize::MAX` until counted.
    points: Cell<usize>,
    text: Box<str>,
}

thread_local! {
    static INTERNED: RefCell<FxHashMap<Box<str>, Str>> = RefCell::default();
}

impl Str {
    /// A new string; equal strings need not be identical.
    #[must_use]
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Str(Rc::new(Text { hash: Cell::new(0), points: Cell::new(usize::MAX), text: text.into() }))
    }

    /// The one string of this thread with that text: names compare by pointer.
    #[must_use]
    pub fn intern(text: &str) -> Self {
        INTERNED.with_borrow_mut(|table| match table.get(text) {
            Some(found) => found.clone(),
            None => {
                let new = Str::new(text);
                table.insert(text.into(), new.clone());
                new
            }
        })
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// Length in code points, as Python's `len`.
    #[must_use]
    pub fn points(&self) -> usize {
        if self.0.points.get() == usize::MAX {
            self.0.points.set(self.0.text.chars().count());
        }
        self.0.points.get()
    }

    /// Whether a code point is a byte, so that indexing is direct.
    #[must_use]
    pub fn is_ascii(&self) -> bool {
        self.points() == self.0.text.len()
    }

    /// The hash, never 0, computed once.
    #[must_use]
    pub fn hash_code(&self) -> u64 {
        if self.0.hash.get() == 0 {
            let mut hasher = rustc_hash::FxHasher::default();
            hasher.write(self.0.text.as_bytes());
            self.0.hash.set(hasher.finish().max(1));
        }
        self.0.hash.get()
    }

    /// Whether both are the same object.
    #[must_use]
    pub fn same(&self, other: &Str) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// An address that tells objects apart (`id`).
    #[must_use]
    pub fn address(&self) -> usize {
        Rc::as_ptr(&self.0).cast::<u8>() as usize
    }
}

impl Deref for Str {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0.text
    }
}

impl PartialEq for Str {
    fn eq(&self, other: &Str) -> bool {
        self.same(other) || (self.hash_code() == other.hash_code() && self.0.text == other.0.text)
    }
}

impl Eq for Str {}

impl PartialOrd for Str {
    fn partial_cmp(&self, other: &Str) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Str {
    fn cmp(&self, other: &Str) -> std::cmp::Ordering {
        self.0.text.cmp(&other.0.text)
    }
}

impl Hash for Str {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash_code());
    }
}

impl From<&str> for Str {
    fn from(text: &str) -> Self {
        Str::new(text)
    }
}

impl From<String> for Str {
    fn from(text: String) -> Self {
        Str::new(text)
    }
}

impl fmt::Debug for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
