//! Blocks of bytes that tensors look into, there already or made when they are first asked for.

use std::cell::OnceCell;
use std::rc::Rc;

use super::gguf::blocks::BlockType;
use super::mapping::{Region, WINDOW};
use super::origin;
use super::record::TensorRecord;
use super::snapshot;
use torchsh_base::Str;
use torchsh_base::error::{Error, Result};

/// A block of bytes that tensors look into. Two tensors share memory when they hold the same `Rc` of it.
#[derive(Debug)]
pub struct Storage {
    /// What the file calls it: the record's name, the key of a legacy file.
    pub key: Str,
    /// Where the file says it was: `cpu`, `cuda:3`.
    pub location: Str,
    /// Its size in bytes.
    nbytes: u64,
    source: Source,
    ready: OnceCell<Region>,
    /// What reads its bytes later, as they are now.
    snapshot: snapshot::Kept,
    /// The blocks that its float32 numbers are written as where a format has such.
    block: Option<BlockType>,
}

/// Numbers that are there as quantised blocks, too.
pub trait Packed {
    /// Of which type.
    fn block(&self) -> BlockType;

    /// What they were made of, if that is there.
    fn made_of(&self) -> Option<&TensorRecord> {
        None
    }

    /// Hands out the bytes of the blocks in order, some at a time.
    ///
    /// # Errors
    /// What is wrong with them, and the consumer's own.
    fn each_block(&self, consume: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()>;
}

/// What makes a storage's bytes when they are first asked for.
pub trait Produce {
    /// The bytes, exactly as many as the storage has.
    ///
    /// # Errors
    /// Whatever is wrong with them; the message names the record.
    fn produce(&self) -> Result<Region>;

    /// The same bytes where they lie, if nothing is wrong with them but their alignment.
    fn in_place(&self) -> Option<Region> {
        None
    }

    /// Hands out the bytes in order, some at a time, where they need not all be in memory for that; else nothing is handed
    /// out, and the answer is no.
    ///
    /// # Errors
    /// As [`Produce::produce`], and the consumer's own.
    fn each(&self, _consume: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<bool> {
        Ok(false)
    }

    /// Whether [`Produce::produce`] copies nothing.
    fn copies_nothing(&self) -> bool {
        false
    }

    /// The tensors that the bytes are made of, where they are made of tensors.
    fn sources(&self) -> &[TensorRecord] {
        &[]
    }

    /// The same numbers as blocks, if they are such.
    fn packed(&self) -> Option<&dyn Packed> {
        None
    }

    /// How many numbers the dtype could not hold when the bytes were made.
    fn lost(&self) -> u64 {
        0
    }

    /// Has the kernel read ahead what they are made of.
    fn foretell(&self) {
        if let Some(bytes) = self.in_place() {
            bytes.foretell(0, WINDOW);
        }
    }
}

/// Bytes that lie where their elements cannot be used.
struct Unaligned {
    bytes: Region,
    unit: usize,
}

impl Produce for Unaligned {
    fn produce(&self) -> Result<Region> {
        self.bytes.aligned(self.unit)
    }

    fn in_place(&self) -> Option<Region> {
        Some(self.bytes.clone())
    }
}

/// The bytes of another storage.
struct Same(Rc<Storage>);

impl Produce for Same {
    fn produce(&self) -> Result<Region> {
        self.0.bytes_once()
    }

    fn each(&self, consume: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<bool> {
        self.0.each(consume).map(|()| true)
    }

    fn packed(&self) -> Option<&dyn Packed> {
        self.0.packed()
    }

    fn lost(&self) -> u64 {
        self.0.lost()
    }

    fn foretell(&self) {
        self.0.foretell();
    }
}

enum Source {
    Ready,
    Lazy(Box<dyn Produce>),
    /// Of the `meta` device: there are no bytes.
    Absent,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Source::Ready => "Ready",
            Source::Lazy(_) => "Lazy",
            Source::Absent => "Absent",
        })
    }
}

impl Storage {
    /// A storage of bytes that are there.
    #[must_use]
    pub fn new(key: Str, location: Str, bytes: Region) -> Rc<Storage> {
        let nbytes = bytes.len() as u64;
        Storage::made_of(key, location, nbytes, Source::Ready, OnceCell::from(bytes))
    }

    /// A storage of bytes that lie anywhere; elements of `unit` bytes are copied to where they can be used when they
    /// are first asked for.
    #[must_use]
    pub fn at(key: Str, location: Str, bytes: Region, unit: usize) -> Rc<Storage> {
        if bytes.is_aligned(unit) {
            return Storage::new(key, location, bytes);
        }
        let nbytes = bytes.len() as u64;
        Storage::lazy(key, location, nbytes, Box::new(Unaligned { bytes, unit }))
    }

    /// The same bytes under another name and at another place.
    #[must_use]
    pub fn renamed(self: &Rc<Self>, key: Str, location: Str) -> Rc<Storage> {
        Storage::lazy(key, location, self.nbytes, Box::new(Same(self.clone())))
    }

    /// A storage whose bytes are made when they are first asked for (compressed, byte-swapped, dequantised).
    #[must_use]
    pub fn lazy(key: Str, location: Str, nbytes: u64, produce: Box<dyn Produce>) -> Rc<Storage> {
        let block = produce.packed().map(Packed::block);
        let source = Source::Lazy(produce);
        let (ready, snapshot) = (OnceCell::new(), snapshot::Kept::default());
        Rc::new(Storage { key, location, nbytes, source, ready, snapshot, block })
    }

    /// As [`Storage::new`], of float32 numbers that were blocks once and are written as such again.
    #[must_use]
    pub fn of_blocks(key: Str, location: Str, bytes: Region, block: Option<BlockType>) -> Rc<Storage> {
        let (nbytes, source, snapshot) = (bytes.len() as u64, Source::Ready, snapshot::Kept::default());
        Rc::new(Storage { key, location, nbytes, source, ready: OnceCell::from(bytes), snapshot, block })
    }

    /// A storage of the `meta` device, which has a size and no bytes.
    #[must_use]
    pub fn absent(key: Str, nbytes: u64) -> Rc<Storage> {
        let location = Str::intern("meta");
        Storage::made_of(key, location, nbytes, Source::Absent, OnceCell::new())
    }

    fn made_of(key: Str, location: Str, nbytes: u64, source: Source, ready: OnceCell<Region>) -> Rc<Storage> {
        Rc::new(Storage {
            key,
            location,
            nbytes,
            source,
            ready,
            snapshot: snapshot::Kept::default(),
            block: None,
        })
    }

    /// The type of the blocks that its numbers are written as where a format has such.
    #[must_use]
    pub fn block(&self) -> Option<BlockType> {
        self.block
    }

    /// Has the kernel read ahead what its bytes begin with: they are the next to be asked for.
    pub fn foretell(&self) {
        match (self.ready.get(), &self.source) {
            (Some(bytes), _) => bytes.foretell(0, WINDOW),
            (None, Source::Lazy(produce)) => produce.foretell(),
            _ => {}
        }
    }

    /// How many numbers became infinite or NaN when its bytes were made of others.
    #[must_use]
    pub fn lost(&self) -> u64 {
        match &self.source {
            Source::Lazy(produce) => produce.lost(),
            _ => 0,
        }
    }

    /// Its numbers as blocks, as long as nobody else could have changed them.
    #[must_use]
    pub fn packed(&self) -> Option<&dyn Packed> {
        match &self.source {
            Source::Lazy(produce) if self.ready.get().is_none() => produce.packed(),
            _ => None,
        }
    }

    /// This storage for who reads it later: its bytes stay what they are now, whatever libtorch writes to it.
    #[must_use]
    pub fn snapshot(self: &Rc<Self>) -> Rc<Storage> {
        // What is made at each asking is made of the file.
        if self.is_ready() && !self.is_meta() { self.snapshot.of(self) } else { self.clone() }
    }

    /// Its memory is about to be libtorch's, which may write to it: who reads it later gets bytes of its own.
    ///
    /// # Errors
    /// No memory for a copy; a mapped file that is gone.
    pub fn set_apart(&self) -> Result<()> {
        self.snapshot.set_apart(self)
    }

    /// What the storages are called that its bytes come from: its own name, or those of what it is made of.
    #[must_use]
    pub fn origins(&self) -> Vec<Str> {
        let sources = match &self.source {
            Source::Lazy(produce) => produce.sources(),
            Source::Ready | Source::Absent => &[],
        };
        match sources {
            [] => vec![self.key.clone()],
            sources => {
                let views = sources.iter().filter_map(TensorRecord::view);
                views.flat_map(|view| view.storage.origins()).collect()
            }
        }
    }

    /// Its size in bytes.
    #[must_use]
    pub fn nbytes(&self) -> u64 {
        self.nbytes
    }

    /// Whether it is of the `meta` device.
    #[must_use]
    pub fn is_meta(&self) -> bool {
        matches!(self.source, Source::Absent)
    }

    /// Whether its bytes are there to be used: nothing has to be made of them or copied.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        let at_hand = match &self.source {
            Source::Lazy(produce) => produce.copies_nothing(),
            Source::Ready | Source::Absent => true,
        };
        at_hand || self.ready.get().is_some()
    }

    /// Its bytes; made and kept at the first call.
    ///
    /// # Errors
    /// What is wrong with the record: a damaged compressed stream, a wrong length; a file that was changed since it was
    /// mapped. `RuntimeError` for `meta`.
    pub fn bytes(&self) -> Result<Region> {
        if let Some(ready) = self.ready.get() {
            origin::touch(ready.as_mut_ptr() as usize)?;
            return Ok(ready.clone());
        }
        let made = self.made()?;
        Ok(self.ready.get_or_init(|| made).clone())
    }

    /// Its bytes, not kept, and perhaps not aligned to its elements: for whoever reads a large file through once.
    ///
    /// # Errors
    /// As [`Storage::bytes`].
    pub fn bytes_once(&self) -> Result<Region> {
        let in_place = match &self.source {
            Source::Lazy(produce) => produce.in_place(),
            _ => None,
        };
        match self.ready.get().cloned().or(in_place) {
            Some(ready) => origin::touch(ready.as_mut_ptr() as usize).map(|()| ready),
            None => self.made(),
        }
    }

    /// Hands its bytes to a consumer, in order, some at a time; they are not kept.
    ///
    /// # Errors
    /// As [`Storage::bytes`], and the consumer's own.
    pub fn each(&self, mut consume: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        if let (Source::Lazy(produce), None) = (&self.source, self.ready.get())
            && produce.each(&mut consume)?
        {
            return origin::refuse();
        }
        self.bytes_once()?.each_chunk(consume)
    }

    fn made(&self) -> Result<Region> {
        let Source::Lazy(produce) = &self.source else {
            return Err(Error::runtime(format!(
                "storage {} is on the meta device and has no data",
                self.key
            )));
        };
        let made = produce.produce()?;
        origin::refuse()?;
        if made.len() as u64 != self.nbytes {
            let (key, got, nbytes) = (&self.key, made.len(), self.nbytes);
            return Err(Error::value(format!("storage {key}: {got} bytes instead of {nbytes}")));
        }
        Ok(made)
    }
}
