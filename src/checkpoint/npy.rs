//! numpy's own files: one array (npy), or a zip archive of them (npz). Follows `numpy/lib/format.py`.

use std::rc::Rc;

use super::array::{swap, unit};
use super::bytes::Cursor;
use super::dtype::Dtype;
use super::graph::{Array, ArrayData, ArrayType, Dict, Field, Fields, Graph, Node, NodeId, Parts};
use super::limits;
use super::mapping::Region;
use super::pickle::{self, Build, NoPersistent, array_type};
use super::record::{Produce, Storage, TensorRecord, contiguous_stride, numel};
use super::zip::{Archive, Entry};
use torchsh_base::Str;
use torchsh_base::error::{Error, Result};

const MAGIC: &[u8] = b"\x93NUMPY";

/// Records in records.
const RECORD_NESTING: usize = 32;

/// Whether these bytes begin an npy file.
#[must_use]
pub fn looks_like(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// Whether an archive is an npz file: all its entries are arrays.
#[must_use]
pub fn is_npz(archive: &Archive) -> bool {
    !archive.entries().is_empty()
        && archive.entries().iter().all(|entry| entry.name.as_str().ends_with(".npy"))
}

/// Reads an npy file: one tensor, or an array where torch has no such dtype. An array of objects is a pickle, which is
/// read where `objects` says so.
///
/// # Errors
/// `ValueError` for a malformed header, too few bytes, or an array of objects that nobody asked for.
pub fn load(build: &mut Build, bytes: &Region, objects: bool) -> Result<NodeId> {
    add(build, "array", bytes, objects)
}

/// Reads an npz file: a dictionary of arrays by name.
///
/// # Errors
/// As [`load`], by the array's name.
pub fn load_archive(build: &mut Build, archive: &Archive, objects: bool) -> Result<NodeId> {
    let mut dict = Dict::default();
    for entry in archive.entries() {
        let name = entry.name.as_str().trim_end_matches(".npy");
        let value = if entry.is_deflated() {
            add_deflated(build, name, entry, objects)?
        } else {
            add(build, name, &entry.packed, objects)?
        };
        dict.items.push((build.graph.text(name)?, value));
    }
    build.graph.add(Node::Dict(Box::new(dict)))
}

/// The pickle in an npy file, if its elements are objects.
///
/// # Errors
/// A malformed header.
pub fn pickled(bytes: &Region) -> Result<Option<Region>> {
    let header = Header::read(bytes.bytes())?;
    let data = bytes.part(header.data_start, bytes.len().saturating_sub(header.data_start));
    Ok(data.filter(|_| header.element.kind == b'O'))
}

fn add(build: &mut Build, name: &str, bytes: &Region, objects: bool) -> Result<NodeId> {
    let within = |error: Error| error.note(format!("in array '{name}'"));
    if objects && let Some(pickle) = pickled(bytes).map_err(within)? {
        return pickle::read(build, &pickle, &mut NoPersistent).map(|(root, _)| root).map_err(within);
    }
    let header = Header::read(bytes.bytes()).map_err(within)?;
    let short = || fault(name, &format!("{} bytes are too few for shape {:?}", bytes.len(), header.shape));
    let length = usize::try_from(header.nbytes().map_err(within)?).map_err(|_| short())?;
    let data = bytes.part(header.data_start, length).ok_or_else(short)?;
    header.node(&mut build.graph, name, data)
}

/// A compressed array of numbers is unpacked when it is used, one of something else now.
fn add_deflated(build: &mut Build, name: &str, entry: &Entry, objects: bool) -> Result<NodeId> {
    let within = |error: Error| error.note(format!("in array '{name}'"));
    let header = Header::read(&entry.start(limits::NPY_HEADER + 16)?).map_err(within)?;
    let graph = &mut build.graph;
    if objects && header.element.kind == b'O' {
        graph.charge_text(usize::try_from(entry.size).unwrap_or(usize::MAX))?;
        return add(build, name, &entry.read(u64::MAX)?, objects);
    }
    let nbytes = header.nbytes().map_err(within)?;
    if header.data_start as u64 + nbytes > entry.size {
        return Err(fault(name, &format!("{} bytes are too few for shape {:?}", entry.size, header.shape)));
    }
    let Some((dtype, big_endian)) = header.numbers() else {
        graph.charge_text(usize::try_from(entry.size).unwrap_or(usize::MAX))?;
        let bytes = entry.read(u64::MAX)?;
        return add(build, name, &bytes, objects);
    };
    let produce = Packed { entry: entry.clone(), start: header.data_start, dtype, big_endian };
    let storage = Storage::lazy(Str::new(name), Str::intern("cpu"), nbytes, Box::new(produce));
    let stride = header.stride().ok_or_else(|| fault(name, "too large"))?;
    let record = TensorRecord::strided(dtype, header.shape, stride, 0, &storage)?;
    graph.add(Node::Tensor(Rc::new(record)))
}

/// The elements of a compressed array.
struct Packed {
    entry: Entry,
    start: usize,
    dtype: Dtype,
    big_endian: bool,
}

impl Produce for Packed {
    fn produce(&self) -> Result<Region> {
        let bytes = self.entry.read(u64::MAX)?;
        let data = bytes.part(self.start, bytes.len().saturating_sub(self.start)).unwrap_or_default();
        if self.big_endian {
            return Ok(Region::from(swap(data.bytes(), unit(self.dtype))));
        }
        data.aligned(self.dtype.itemsize())
    }
}

/// What fits into a message.
fn shortened(text: &str) -> String {
    const MOST: usize = 200;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn fault(name: &str, what: &str) -> Error {
    Error::value(format!("array '{name}': {what}"))
}

/// What an npy file says before its data.
struct Header {
    element: ArrayType,
    fortran: bool,
    shape: Vec<i64>,
    data_start: usize,
}

impl Header {
    fn read(bytes: &[u8]) -> Result<Header> {
        let mut cursor = Cursor::new(bytes, "npy header");
        if cursor.take(MAGIC.len())? != MAGIC {
            return Err(Error::value("no npy array: the magic string is missing"));
        }
        let (major, _minor) = (cursor.u8()?, cursor.u8()?);
        let length = match major {
            1 => usize::from(cursor.u16()?),
            2 | 3 => usize::try_from(cursor.u32()?).unwrap_or(usize::MAX),
            other => return Err(Error::value(format!("npy format version {other} is not known"))),
        };
        if length > limits::NPY_HEADER {
            return Err(Error::value(format!("an npy header of {length} bytes")));
        }
        let text = String::from_utf8_lossy(cursor.take(length)?).into_owned();
        let malformed = || Error::value(format!("malformed npy header: {}", shortened(text.trim_end())));
        let element =
            descr(&text).ok_or_else(|| match field(&text, "descr").map(|mut rest| quoted(&mut rest)) {
                Some(Some(word)) => {
                    Error::value(format!("numpy dtype {} is not known here", shortened(word)))
                }
                _ => malformed(),
            })?;
        let fortran = field(&text, "fortran_order").ok_or_else(malformed)?.starts_with("True");
        let shape = shape(field(&text, "shape").ok_or_else(malformed)?).ok_or_else(malformed)?;
        Ok(Header { element, fortran, shape, data_start: cursor.position() })
    }

    fn array(&self, data: Region) -> Array {
        let (element, shape) = (self.element.clone(), self.shape.clone());
        Array { fortran: self.fortran, ..Array::new(element, shape, ArrayData::Bytes(data)) }
    }

    fn nbytes(&self) -> Result<u64> {
        let element = &self.element;
        if element.kind == b'O' {
            let error = Error::value("Object arrays cannot be loaded when allow_pickle=False");
            return Err(error.hint("load(path, allow_pickle=True) shows the objects in it; none is executed"));
        }
        if self.shape.len() > limits::DIMENSIONS {
            return Err(Error::value(format!("an array of {} dimensions", self.shape.len())));
        }
        if let Some(size) = self.shape.iter().find(|&&size| size < 0) {
            return Err(Error::value(format!("an array with the negative size {size}")));
        }
        let count = numel(&self.shape);
        let nbytes = count.and_then(|count| count.checked_mul(element.itemsize as u64));
        nbytes.ok_or_else(|| Error::value(format!("an array of shape {:?} is too large", self.shape)))
    }

    /// The dtype of a tensor of its elements, and whether they are big-endian; none if torch has no such dtype.
    fn numbers(&self) -> Option<(Dtype, bool)> {
        let element = &self.element;
        // ml_dtypes has no letter of its own for bfloat16: numpy writes it as two raw bytes.
        if element.name.as_str() == "|V2" && !self.fortran {
            return Some((Dtype::BFLOAT16, false));
        }
        let big_endian = element.big_endian && element.itemsize > 1;
        element.dtype().map(|dtype| (dtype, big_endian))
    }

    fn stride(&self) -> Option<Vec<i64>> {
        if !self.fortran {
            return contiguous_stride(&self.shape);
        }
        let reversed: Vec<i64> = self.shape.iter().rev().copied().collect();
        contiguous_stride(&reversed).map(|stride| stride.into_iter().rev().collect())
    }

    fn node(&self, graph: &mut Graph, name: &str, data: Region) -> Result<NodeId> {
        let array = self.array(data.clone());
        if self.numbers() == Some((Dtype::BFLOAT16, false)) {
            let storage = Storage::at(Str::new(name), Str::intern("cpu"), data, 2);
            let record = TensorRecord::contiguous(Dtype::BFLOAT16, self.shape.clone(), &storage)?;
            return graph.add(Node::Tensor(Rc::new(record)));
        }
        match array.tensor()? {
            Some(record) => graph.add(Node::Tensor(Rc::new(aligned(record, name)?))),
            None => graph.add(Node::Array(Box::new(array))),
        }
    }
}

/// The tensor on a storage that is aligned when it is used: arrays in an archive lie anywhere.
fn aligned(record: TensorRecord, name: &str) -> Result<TensorRecord> {
    let Some(view) = record.view().filter(|view| view.storage.is_ready()) else { return Ok(record) };
    let (bytes, unit) = (view.storage.bytes()?, record.dtype.itemsize());
    let storage = Storage::at(Str::new(name), Str::intern("cpu"), bytes, unit);
    TensorRecord::strided(record.dtype, record.shape.clone(), view.stride.clone(), 0, &storage)
}

/// What follows a key of the header's dictionary.
fn field<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let after = text.split_once(&format!("'{key}'"))?.1;
    Some(after.trim_start().strip_prefix(':')?.trim_start())
}

/// The type of the elements.
fn descr(text: &str) -> Option<ArrayType> {
    let value = field(text, "descr")?;
    let mut rest = value;
    let element = element(&mut rest, 0)?;
    let written = value.get(..value.len().checked_sub(rest.len())?)?;
    match element.parts {
        None => Some(element),
        Some(_) => Some(ArrayType { name: Str::new(written), ..element }),
    }
}

/// The type of an element: `'<f4'`, or the fields of a record, `[('x', '<f4'), (('title', 'y'), [('a', '|b1')], (3,))]`. Where
/// there are objects in it, it counts as one.
fn element(text: &mut &str, depth: usize) -> Option<ArrayType> {
    if let Some(word) = quoted(text) {
        return array_type(word);
    }
    take(text, '[').filter(|()| depth < RECORD_NESTING)?;
    let (mut itemsize, mut kind, mut fields) = (0_usize, b'V', Vec::new());
    while take(text, '(').is_some() {
        let name = Str::new(name_of_field(text)?);
        take(text, ',')?;
        let mut part = element(text, depth + 1)?;
        if part.kind == b'O' {
            kind = b'O';
        }
        if take(text, ',').is_some() {
            part = repeated(part, sizes(text)?)?;
        }
        let size = part.itemsize;
        fields.push(Field { name, title: None, element: part, offset: itemsize });
        itemsize = itemsize.checked_add(size)?;
        take(text, ')')?;
        if take(text, ',').is_none() {
            break;
        }
    }
    take(text, ']')?;
    // A gap between fields is a field without a name.
    fields.retain(|field| !field.name.as_str().is_empty());
    let parts = Fields::new(fields, false).map(|fields| Rc::new(Parts::Fields(fields)));
    Some(ArrayType { parts, ..ArrayType::plain(kind, itemsize, false, Str::intern("record")) })
}

/// An element that is an array of others.
fn repeated(element: ArrayType, sizes: Vec<i64>) -> Option<ArrayType> {
    let count = sizes.iter().try_fold(1_usize, |all, size| all.checked_mul(usize::try_from(*size).ok()?))?;
    let itemsize = element.itemsize.checked_mul(count)?;
    let name = element.name.clone();
    let kind = if element.kind == b'O' { b'O' } else { b'V' };
    let parts = Some(Rc::new(Parts::Items(element, sizes)));
    Some(ArrayType { parts, ..ArrayType::plain(kind, itemsize, false, name) })
}

/// A field's name, or its title and name.
fn name_of_field<'a>(text: &mut &'a str) -> Option<&'a str> {
    if take(text, '(').is_none() {
        return quoted(text);
    }
    quoted(text)?;
    take(text, ',')?;
    let name = quoted(text)?;
    take(text, ')')?;
    Some(name)
}

/// The sizes of a field that is an array.
fn sizes(text: &mut &str) -> Option<Vec<i64>> {
    take(text, '(')?;
    let (inside, rest) = text.split_once(')')?;
    *text = rest;
    let sizes = inside.split(',').map(str::trim).filter(|size| !size.is_empty());
    sizes.map(|size| size.parse::<i64>().ok().filter(|size| *size >= 0)).collect()
}

fn take(text: &mut &str, mark: char) -> Option<()> {
    *text = text.trim_start().strip_prefix(mark)?;
    Some(())
}

/// A text in quotes of either kind. Names with quotes in them are not told.
fn quoted<'a>(text: &mut &'a str) -> Option<&'a str> {
    let start = text.trim_start();
    let quote = start.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let (word, rest) = start.strip_prefix(quote)?.split_once(quote)?;
    *text = rest;
    Some(word)
}

fn shape(text: &str) -> Option<Vec<i64>> {
    let inside = text.strip_prefix('(')?.split_once(')')?.0;
    let parts = inside.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| part.trim_end_matches('L').parse().ok()).collect()
}
