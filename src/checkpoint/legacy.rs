//! What `torch.save` wrote before 1.6 (and still does when asked): pickles one after the other, then the bytes of each
//! storage (`_legacy_save` and `_legacy_load` in `torch/serialization.py`).

use std::cell::OnceCell;
use std::rc::Rc;

use super::bytes::Cursor;
use super::graph::{Node, NodeId};
use super::mapping::Region;
use super::pickle::{self, Build, NoPersistent, Persistent};
use super::record::{Produce, Storage};
use super::torch_zip::Declared;
use torchsh_base::Str;
use torchsh_base::error::{Error, Result};
use torchsh_base::hash::SeededMap;

/// The first pickle of such a file, protocol 2 and what follows it: a magic number.
pub const MAGIC: [u8; 12] = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/// What the second pickle of such a file holds.
pub const PROTOCOL: i64 = 1001;

/// Whether the file is of this format: its first pickle is the magic number.
#[must_use]
pub fn is_legacy(bytes: &[u8]) -> bool {
    let bytes = match bytes {
        [0x80, _, rest @ ..] => rest,
        bytes => bytes,
    };
    // Protocol 4 and later frame their pickles.
    let bytes = if bytes.first() == Some(&0x95) { bytes.get(9..).unwrap_or_default() } else { bytes };
    bytes.starts_with(&MAGIC) || bytes.starts_with(b"L119547037146038801333356L\n")
}

/// Reads the outermost object of such a file.
///
/// # Errors
/// What is wrong with its pickles; `EOFError` where a storage's bytes are missing.
pub fn read(build: &mut Build, bytes: &Region) -> Result<NodeId> {
    let mut stacked = Stacked { bytes, at: 0 };
    stacked.next(build, &mut NoPersistent)?;
    let protocol = stacked.next(build, &mut NoPersistent)?;
    if build.graph.int(protocol) != Some(PROTOCOL) {
        return Err(Error::value("Invalid protocol number of a legacy file"));
    }
    stacked.next(build, &mut NoPersistent)?;
    let mut storages = Storages::default();
    let root = stacked.next(build, &mut storages)?;
    let keys = stacked.next(build, &mut NoPersistent)?;
    let keys = build
        .graph
        .sequence(keys)
        .ok_or_else(|| Error::value("legacy file: its list of storages is not a list"))?;
    let keys: Vec<_> = keys.iter().map(|&key| key_of(build, key)).collect();
    for key in keys {
        storages.fill(&key, &mut stacked)?;
    }
    storages.check_filled()?;
    Ok(root)
}

fn key_of(build: &Build, key: NodeId) -> Str {
    match build.graph.get(key) {
        Node::Str(text) => text.clone(),
        Node::Int(number) => Str::new(number.to_string()),
        Node::Bytes(bytes) => Str::new(String::from_utf8_lossy(bytes.bytes())),
        _ => Str::intern("?"),
    }
}

/// Pickles and other things, one after the other.
pub struct Stacked<'a> {
    bytes: &'a Region,
    at: usize,
}

impl<'a> Stacked<'a> {
    /// Starts at the first byte.
    #[must_use]
    pub fn new(bytes: &'a Region) -> Self {
        Stacked { bytes, at: 0 }
    }

    /// Reads the next pickle.
    ///
    /// # Errors
    /// Those of [`pickle::read`].
    pub fn next(&mut self, build: &mut Build, persistent: &mut dyn Persistent) -> Result<NodeId> {
        let left = self.bytes.len().saturating_sub(self.at);
        let rest = self.bytes.part(self.at, left).unwrap_or_default();
        let (value, length) = pickle::read(build, &rest, persistent)?;
        self.at = self.at.saturating_add(length);
        Ok(value)
    }

    /// Reads a count of elements and that many elements.
    ///
    /// # Errors
    /// `EOFError` if there are not as many, `ValueError` if the count is not the one declared.
    pub fn data(&mut self, declared: &Declared) -> Result<Region> {
        let what = format!("storage {}", declared.key);
        let mut cursor = Cursor::at(self.bytes.bytes(), self.at, &what);
        let numel = cursor.i64()?;
        if u64::try_from(numel) != Ok(declared.numel) {
            return Err(declared.fault(&format!("the data has {numel} elements, not {}", declared.numel)));
        }
        let length = usize::try_from(declared.nbytes()?).map_err(|_| declared.fault("too large"))?;
        cursor.take(length)?;
        let start = self.at.saturating_add(size_of::<i64>());
        self.at = cursor.position();
        self.bytes.part(start, length).ok_or_else(|| declared.fault("beyond the end of the file"))
    }

    /// The bytes that follow, as far as the file goes.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.bytes.bytes().get(self.at..).unwrap_or_default()
    }

    /// Passes over bytes.
    pub fn skip(&mut self, count: usize) {
        self.at = self.at.saturating_add(count);
    }
}

/// A storage whose place in the file is not known yet while the objects are read.
struct Slot {
    declared: Declared,
    storage: Rc<Storage>,
    place: Rc<OnceCell<Region>>,
}

/// The bytes of a slot, or of a part of them.
struct Later {
    place: Rc<OnceCell<Region>>,
    start: usize,
    length: usize,
    unit: usize,
    key: Str,
}

impl Produce for Later {
    fn produce(&self) -> Result<Region> {
        let missing = || Error::value(format!("storage {}: its data is missing", self.key));
        self.in_place().ok_or_else(missing)?.aligned(self.unit)
    }

    fn in_place(&self) -> Option<Region> {
        self.place.get()?.part(self.start, self.length)
    }

    fn copies_nothing(&self) -> bool {
        self.in_place().is_some_and(|bytes| bytes.is_aligned(self.unit))
    }
}

#[derive(Default)]
struct Storages {
    slots: SeededMap<Str, Slot>,
    views: SeededMap<Str, Rc<Storage>>,
}

impl Persistent for Storages {
    fn load(&mut self, build: &mut Build, id: NodeId) -> Result<NodeId> {
        // A module's class comes with its source code, which is of no use here.
        if let Some(&[kind, class, ..]) = build.graph.sequence(id)
            && build.graph.str(kind) == Some("module")
        {
            return Ok(class);
        }
        let Some(declared) = Declared::read(build, id)? else { return build.unknown_persistent(id) };
        let (dtype, view) = (declared.dtype, declared.view);
        let whole = self.slot(declared)?;
        let storage = match view {
            Some(view) => self.view(build, view, &whole)?,
            None => whole,
        };
        build.graph.add(Node::Storage(storage, dtype))
    }
}

impl Storages {
    fn slot(&mut self, declared: Declared) -> Result<Rc<Storage>> {
        let nbytes = declared.nbytes()?;
        if let Some(slot) = self.slots.get(&declared.key) {
            if slot.storage.nbytes() == nbytes {
                return Ok(slot.storage.clone());
            }
            return Err(
                declared.fault(&format!("declared with {nbytes} bytes and with {}", slot.storage.nbytes()))
            );
        }
        let place = Rc::new(OnceCell::new());
        let length = usize::try_from(nbytes).map_err(|_| declared.fault("too large"))?;
        let (key, unit) = (declared.key.clone(), declared.dtype.itemsize());
        let later = Later { place: place.clone(), start: 0, length, unit, key: key.clone() };
        let storage = Storage::lazy(key.clone(), declared.location.clone(), nbytes, Box::new(later));
        self.slots.insert(key, Slot { declared, storage: storage.clone(), place });
        Ok(storage)
    }

    /// `(view_key, offset, view_size)` in elements: a part of another storage.
    fn view(&mut self, build: &Build, view: NodeId, whole: &Rc<Storage>) -> Result<Rc<Storage>> {
        let malformed = || Error::value(format!("storage {}: a malformed view of it", whole.key));
        let &[key, offset, size] = build.graph.sequence(view).ok_or_else(malformed)? else {
            return Err(malformed());
        };
        let view_key = key_of(build, key);
        if let Some(seen) = self.views.get(&view_key) {
            return Ok(seen.clone());
        }
        let slot = self.slots.get(&whole.key).ok_or_else(malformed)?;
        let unit = slot.declared.dtype.itemsize();
        let scaled = |id| usize::try_from(build.graph.int(id)?).ok()?.checked_mul(unit);
        let (start, length) = scaled(offset).zip(scaled(size)).ok_or_else(malformed)?;
        if start.checked_add(length).is_none_or(|end| end as u64 > whole.nbytes()) {
            return Err(malformed());
        }
        let later = Later { place: slot.place.clone(), start, length, unit, key: whole.key.clone() };
        let (key, location) = (whole.key.clone(), whole.location.clone());
        let storage = Storage::lazy(key, location, length as u64, Box::new(later));
        self.views.insert(view_key, storage.clone());
        Ok(storage)
    }

    fn fill(&mut self, key: &Str, stacked: &mut Stacked) -> Result<()> {
        let slot = self.slots.get(key);
        let slot =
            slot.ok_or_else(|| Error::value(format!("storage {key}: has data, but no tensor uses it")))?;
        let data = stacked.data(&slot.declared)?;
        slot.place.set(data).map_err(|_| slot.declared.fault("its data comes twice"))
    }

    fn check_filled(&self) -> Result<()> {
        let missing =
            self.slots.values().filter(|slot| slot.place.get().is_none() && !slot.storage.is_meta());
        let first = missing.min_by(|a, b| a.declared.key.as_str().cmp(b.declared.key.as_str()));
        match first {
            Some(slot) => Err(slot.declared.fault("its data is missing")),
            None => Ok(()),
        }
    }
}
