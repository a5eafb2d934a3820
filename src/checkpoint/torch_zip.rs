//! What `torch.save` writes since 1.6: a zip archive with one pickle, `data.pkl`, and a record for each storage
//! (`torch/serialization.py`, `caffe2/serialize/inline_container.cc` of PyTorch 2.11).

use std::rc::Rc;

use super::array::{swap, unit};
use super::dtype::Dtype;
use super::graph::{Global, Node, NodeId};
use super::limits;
use super::mapping::Region;
use super::pickle::{self, Build, Persistent};
use super::record::{Produce, Storage, bytes_of};
use super::zip::{Archive, Entry};
use torchsh_base::Str;
use torchsh_base::error::{Error, Kind, Result};
use torchsh_base::hash::SeededMap;

/// The folder in the archive that holds everything, by the entry that names it; none if there is no such entry.
#[must_use]
pub fn root<'a>(archive: &'a Archive, pickle: &str) -> Option<&'a str> {
    let folder = |entry: &'a Entry| entry.name.as_str().strip_suffix(pickle)?.strip_suffix('/');
    archive.entries().iter().filter_map(folder).min_by_key(|root| root.len())
}

/// Reads the outermost object of such an archive.
///
/// # Errors
/// What is wrong with the archive, its pickle or its records.
pub fn read(build: &mut Build, archive: &Archive) -> Result<NodeId> {
    let root = root(archive, "data.pkl")
        .ok_or_else(|| Error::value("the zip archive has no data.pkl: it was not written by torch.save"))?;
    read_pickle(build, archive, root, "data.pkl", "data")
}

/// Reads one pickle of such an archive, whose storages are records of the folder `storages`.
///
/// # Errors
/// As [`read`].
pub fn read_pickle(
    build: &mut Build,
    archive: &Archive,
    root: &str,
    name: &str,
    storages: &str,
) -> Result<NodeId> {
    let entry = archive.find(&format!("{root}/{name}"));
    let entry = entry.ok_or_else(|| Error::value(format!("the zip archive has no {root}/{name}")))?;
    let bytes = entry.read(limits::INFLATED_PICKLE)?;
    build.graph.charge_text(if entry.is_deflated() { bytes.len() } else { 0 })?;
    let mut records = Records::new(
        archive,
        format!("{root}/{storages}"),
        "",
        is_big_endian(archive, root, build.big_endian)?,
    );
    let (value, _) = pickle::read(build, &bytes, &mut records)?;
    Ok(value)
}

fn is_big_endian(archive: &Archive, root: &str, unsaid: bool) -> Result<bool> {
    let Some(entry) = archive.find(&format!("{root}/byteorder")) else { return Ok(unsaid) };
    match entry.read(64)?.bytes() {
        b"little" => Ok(false),
        b"big" => Ok(true),
        other => {
            let text =
                String::from_utf8_lossy(other.get(..other.len().min(32)).unwrap_or_default()).into_owned();
            Err(Error::value(format!("Unknown endianness type: {text}")))
        }
    }
}

/// The records of an archive, as persistent ids name them.
pub struct Records<'a> {
    archive: &'a Archive,
    folder: String,
    /// What their names end in, after the key.
    ending: &'static str,
    big_endian: bool,
    seen: SeededMap<Str, Rc<Storage>>,
}

impl Persistent for Records<'_> {
    fn load(&mut self, build: &mut Build, id: NodeId) -> Result<NodeId> {
        let Some(declared) = Declared::read(build, id)? else { return build.unknown_persistent(id) };
        let storage = self.storage(&declared)?;
        build.graph.add(Node::Storage(storage, declared.dtype))
    }
}

impl<'a> Records<'a> {
    /// The records of a folder.
    #[must_use]
    pub fn new(archive: &'a Archive, folder: String, ending: &'static str, big_endian: bool) -> Self {
        Records { archive, folder, ending, big_endian, seen: SeededMap::default() }
    }

    fn storage(&mut self, declared: &Declared) -> Result<Rc<Storage>> {
        let nbytes = declared.nbytes()?;
        if let Some(seen) = self.seen.get(&declared.key) {
            if seen.nbytes() == nbytes {
                return Ok(seen.clone());
            }
            return Err(declared.fault(&format!("declared with {nbytes} bytes and with {}", seen.nbytes())));
        }
        let storage = if declared.location.as_str() == "meta" {
            Storage::absent(declared.key.clone(), nbytes)
        } else {
            self.record(declared, nbytes)?
        };
        self.seen.insert(declared.key.clone(), storage.clone());
        Ok(storage)
    }

    fn record(&self, declared: &Declared, nbytes: u64) -> Result<Rc<Storage>> {
        let name = format!("{}/{}{}", self.folder, declared.key, self.ending);
        let entry = self.archive.find(&name);
        let entry = entry.ok_or_else(|| declared.fault("the archive has no such record"))?;
        if entry.size != nbytes {
            return Err(declared.fault(&format!("the record has {} bytes, not {nbytes}", entry.size)));
        }
        let unit = unit(declared.dtype);
        let (key, location) = (declared.key.clone(), declared.location.clone());
        let swapped = self.big_endian && unit > 1;
        if !entry.is_deflated() && !swapped {
            return Ok(Storage::at(key, location, entry.packed.clone(), unit));
        }
        let produce = Record { entry: entry.clone(), unit, swapped };
        Ok(Storage::lazy(key, location, nbytes, Box::new(produce)))
    }
}

/// A record whose bytes have to be made.
struct Record {
    entry: Entry,
    unit: usize,
    swapped: bool,
}

impl Produce for Record {
    fn produce(&self) -> Result<Region> {
        let bytes = self.entry.read(u64::MAX)?;
        if self.swapped {
            return Ok(Region::from(swap(bytes.bytes(), self.unit)));
        }
        Ok(bytes)
    }
}

/// What a persistent id says of a storage: `('storage', class, key, location, numel)`.
pub struct Declared {
    /// Its key in the file.
    pub key: Str,
    /// Where it was.
    pub location: Str,
    /// The dtype of its class.
    pub dtype: Dtype,
    /// Elements of that dtype.
    pub numel: u64,
    /// What follows: the view of another storage in legacy files.
    pub view: Option<NodeId>,
}

impl Declared {
    /// Reads a persistent id; none if it speaks of something else than a storage.
    ///
    /// # Errors
    /// `UnpicklingError` for one that is malformed.
    pub fn read(build: &Build, id: NodeId) -> Result<Option<Declared>> {
        let graph = &build.graph;
        if let Some(text) = graph.str(id) {
            return Ok(Self::of_text(text));
        }
        let Some([kind, class, key, location, numel, rest @ ..]) = graph.sequence(id) else {
            return Ok(None);
        };
        // Python 2's strings may be taken for bytes.
        let text = |node: NodeId| match graph.get(node) {
            Node::Str(text) => Some(text.clone()),
            Node::Bytes(bytes) => std::str::from_utf8(bytes.bytes()).ok().map(Str::new),
            _ => None,
        };
        if text(*kind).is_none_or(|kind| kind.as_str() != "storage") {
            return Ok(None);
        }
        let malformed =
            |what: &str| Error::new(Kind::Unpickling, format!("a storage's persistent id: {what}"));
        let key = match graph.get(*key) {
            Node::Int(number) => Str::new(number.to_string()),
            _ => text(*key).ok_or_else(|| malformed("its key is not a string"))?,
        };
        let dtype = match graph.get(*class) {
            Node::Global(class) => storage_class(class)?,
            Node::Dtype(dtype) => *dtype,
            _ => return Err(malformed("its type is not a class")),
        };
        let location = text(*location).unwrap_or_else(|| Str::intern("cpu"));
        let numel = graph.int(*numel).and_then(|numel| u64::try_from(numel).ok());
        let numel = numel.ok_or_else(|| malformed("its size is not a positive integer"))?;
        let view = rest.first().copied().filter(|&view| view != NodeId::NONE);
        Ok(Some(Declared { key, location, dtype, numel, view }))
    }

    /// Protocol 0 writes an id as text: `('storage', <class 'torch.FloatStorage'>, '0', 'cpu', 15)`.
    fn of_text(text: &str) -> Option<Declared> {
        let inside = text.strip_prefix("('storage', <class '")?.strip_suffix(')')?;
        let (class, rest) = inside.split_once("'>, '")?;
        let (key, rest) = rest.split_once("', '")?;
        let (location, rest) = rest.split_once("', ")?;
        let numel = rest.split(',').next()?.parse().ok()?;
        let (module, name) = class.rsplit_once('.')?;
        let class = Global { module: Str::new(module), name: Str::new(name) };
        let dtype = pickle::storage_dtype(&class)?;
        Some(Declared { key: Str::new(key), location: Str::new(location), dtype, numel, view: None })
    }

    /// Its size in bytes.
    ///
    /// # Errors
    /// `ValueError` on overflow.
    pub fn nbytes(&self) -> Result<u64> {
        let nbytes = match self.dtype {
            // Their storages count bytes: two or four elements share one.
            Dtype::QUINT4X2 | Dtype::QUINT2X4 => Some(self.numel),
            dtype => bytes_of(dtype, self.numel),
        };
        nbytes.ok_or_else(|| self.fault(&format!("{} elements are too many", self.numel)))
    }

    /// An error about it.
    #[must_use]
    pub fn fault(&self, what: &str) -> Error {
        Error::value(format!("storage {}: {what}", self.key))
    }
}

/// The dtype of a storage class.
///
/// # Errors
/// `UnpicklingError` for what is no storage class.
pub fn storage_class(class: &Global) -> Result<Dtype> {
    pickle::storage_dtype(class)
        .ok_or_else(|| Error::new(Kind::Unpickling, format!("{class} is not a type of a storage")))
}
