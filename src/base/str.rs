//! The immutable string shared by the tree and by values.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::cell::{Cell, RefCell};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::ptr::NonNull;

use super::hash::{self, SeededMap};

/// Python's `str`: immutable UTF-8 text, one word wide, whose hash and length in code points are computed once.
///
/// It is an `Rc` of its own: with the text behind its counters in one block of memory, making a string costs one
/// allocation, and looking at one touches one place. Dictionaries of 100,000 keys are made of little else.
pub struct Str(NonNull<Header>);

/// What stands before the text.
struct Header {
    /// How many `Str` point here.
    owners: Cell<usize>,
    hash: Cell<u64>,
    /// Code points; `usize::MAX` until counted.
    points: Cell<usize>,
    /// Bytes of text that follow.
    bytes: usize,
}

thread_local! {
    static INTERNED: RefCell<SeededMap<Box<str>, Str>> = RefCell::default();
}

impl Str {
    /// A new string; equal strings need not be identical.
    #[must_use]
    pub fn new(text: impl AsRef<str>) -> Self {
        Str::joined(&[text.as_ref()])
    }

    /// A new string of pieces that follow each other.
    #[must_use]
    pub fn joined(pieces: &[&str]) -> Self {
        let bytes = pieces.iter().map(|piece| piece.len()).sum();
        let made = Str::with_room(bytes);
        let mut end = made.start();
        for piece in pieces {
            // SAFETY: the pieces are as long together as the room behind the header, which nobody else sees yet.
            unsafe {
                end.copy_from_nonoverlapping(piece.as_ptr(), piece.len());
                end = end.add(piece.len());
            }
        }
        made
    }

    /// A header with room for so many bytes of text, which are still to be written.
    fn with_room(bytes: usize) -> Self {
        let layout = layout(bytes);
        // SAFETY: the layout holds a header, so its size is not zero.
        let block = unsafe { alloc(layout) }.cast::<Header>();
        let Some(block) = NonNull::new(block) else { handle_alloc_error(layout) };
        let header =
            Header { owners: Cell::new(1), hash: Cell::new(0), points: Cell::new(usize::MAX), bytes };
        // SAFETY: the block is new, large enough and aligned for a header.
        unsafe { block.write(header) };
        Str(block)
    }

    #[inline]
    fn header(&self) -> &Header {
        // SAFETY: the block lives as long as a `Str` points to it.
        unsafe { self.0.as_ref() }
    }

    /// Where the text begins.
    #[inline]
    fn start(&self) -> *mut u8 {
        // SAFETY: the text lies behind the header, in the same block.
        unsafe { self.0.add(1) }.cast::<u8>().as_ptr()
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
    #[inline]
    pub fn as_str(&self) -> &str {
        // SAFETY: so many bytes were copied there from `str`s when the string was made, and never change.
        unsafe { str::from_utf8_unchecked(std::slice::from_raw_parts(self.start(), self.header().bytes)) }
    }

    /// Length in code points, as Python's `len`.
    #[must_use]
    #[inline]
    pub fn points(&self) -> usize {
        let points = &self.header().points;
        if points.get() == usize::MAX {
            points.set(self.chars().count());
        }
        points.get()
    }

    /// Whether a code point is a byte, so that indexing is direct.
    #[must_use]
    #[inline]
    pub fn is_ascii(&self) -> bool {
        self.points() == self.len()
    }

    /// The hash of this process, never 0, computed once.
    #[must_use]
    #[inline]
    pub fn hash_code(&self) -> u64 {
        let hash = &self.header().hash;
        if hash.get() == 0 {
            hash.set(hash::of_bytes(self.as_bytes()).max(1));
        }
        hash.get()
    }

    /// Whether both are the same object.
    #[must_use]
    #[inline]
    pub fn same(&self, other: &Str) -> bool {
        self.0 == other.0
    }

    /// An address that tells objects apart (`id`).
    #[must_use]
    #[inline]
    pub fn address(&self) -> usize {
        self.0.as_ptr() as usize
    }
}

/// The block of memory of a string of so many bytes.
fn layout(bytes: usize) -> Layout {
    let both = Layout::array::<u8>(bytes).and_then(|text| Layout::new::<Header>().extend(text));
    match both {
        Ok((layout, _)) => layout,
        // Only pieces that overlap in memory are longer together than memory can be.
        Err(_) => handle_alloc_error(Layout::new::<Header>()),
    }
}

impl Clone for Str {
    #[inline]
    fn clone(&self) -> Self {
        let owners = &self.header().owners;
        // Forgotten owners could let the count run over, and then what is used would be freed.
        match owners.get().checked_add(1) {
            Some(more) => owners.set(more),
            None => std::process::abort(),
        }
        Str(self.0)
    }
}

impl Drop for Str {
    #[inline]
    fn drop(&mut self) {
        let owners = &self.header().owners;
        owners.set(owners.get() - 1);
        if owners.get() == 0 {
            let layout = layout(self.header().bytes);
            // SAFETY: this was the last owner, and the block was allocated with this layout. A header needs no drop.
            unsafe { dealloc(self.0.as_ptr().cast(), layout) };
        }
    }
}

impl AsRef<str> for Str {
    #[inline]
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl Deref for Str {
    type Target = str;
    #[inline]
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq for Str {
    #[inline]
    fn eq(&self, other: &Str) -> bool {
        self.same(other) || (self.hash_code() == other.hash_code() && self.as_str() == other.as_str())
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
        self.as_str().cmp(other.as_str())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_one_word_and_holds_what_it_was_made_of() {
        assert_eq!(size_of::<Option<Str>>(), size_of::<usize>());
        assert_eq!(Str::new("").as_str(), "");
        assert_eq!(Str::joined(&[]), Str::new(""));
        assert_eq!(Str::joined(&["module.", "", "江苏"]).as_str(), "module.江苏");
        assert_eq!(Str::new("江苏").points(), 2);
    }

    #[test]
    fn owners_share_the_text_until_the_last_is_gone() {
        let first = Str::new("layer1.0.weight");
        let others = vec![first.clone(); 1000];
        assert!(others.iter().all(|other| other.same(&first)));
        drop(first);
        assert_eq!(others.last().map(Str::as_str), Some("layer1.0.weight"));
    }
}
