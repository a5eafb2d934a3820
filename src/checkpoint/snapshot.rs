//! Bytes of a storage as they are now, for what is made of them later.
//!
//! Work on tensors of a file is put off until its result is saved or asked for. Until then libtorch may have written to
//! the same tensors. So a storage knows who will read it, and when its memory becomes libtorch's, the reader gets the
//! file's bytes mapped once more, or a copy of what is no file's.

use std::cell::{OnceCell, RefCell};
use std::rc::{Rc, Weak};

use super::mapping::{Region, WINDOW};
use super::record::{Produce, Storage};
use torchsh_base::error::Result;

/// The reader of a storage, if there is one.
#[derive(Debug, Default)]
pub struct Kept(RefCell<(Weak<Snapshot>, Weak<Storage>)>);

#[derive(Debug)]
struct Snapshot {
    source: Rc<Storage>,
    apart: OnceCell<Region>,
}

/// The snapshot as what a storage is made of.
struct Reader(Rc<Snapshot>);

impl Produce for Reader {
    fn produce(&self) -> Result<Region> {
        match self.0.apart.get() {
            Some(apart) => Ok(apart.clone()),
            None => self.0.source.bytes(),
        }
    }

    fn copies_nothing(&self) -> bool {
        true
    }

    fn foretell(&self) {
        match self.0.apart.get() {
            Some(apart) => apart.foretell(0, WINDOW),
            None => self.0.source.foretell(),
        }
    }
}

impl Kept {
    /// The storage that reads this one.
    pub fn of(&self, source: &Rc<Storage>) -> Rc<Storage> {
        if let Some(storage) = self.0.borrow().1.upgrade() {
            return storage;
        }
        let snapshot = Rc::new(Snapshot { source: source.clone(), apart: OnceCell::new() });
        let reader = Box::new(Reader(snapshot.clone()));
        let storage = Storage::lazy(source.key.clone(), source.location.clone(), source.nbytes(), reader);
        *self.0.borrow_mut() = (Rc::downgrade(&snapshot), Rc::downgrade(&storage));
        storage
    }

    /// Gives the reader bytes of its own.
    ///
    /// # Errors
    /// As [`Region::apart`].
    pub fn set_apart(&self, source: &Storage) -> Result<()> {
        let reader = std::mem::take(&mut *self.0.borrow_mut()).0.upgrade();
        if let Some(reader) = reader {
            let apart = source.bytes()?.apart()?;
            let _ = reader.apart.set(apart);
        }
        Ok(())
    }
}
