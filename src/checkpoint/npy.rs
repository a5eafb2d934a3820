//! numpy's own files: one array (npy), or a zip archive of them (npz). Follows `numpy/lib/format.py`.

use std::rc::Rc;

use super::array::{swap, unit};
use super::bytes::Cursor;
use super::dtype::Dtype;
use super::graph::{Array, ArrayData, Dict, Graph, Loaded, Node, NodeId};
use super::limits;
use super::mapping::Region;
use super::pickle::array_type;
use super::record::{Produce, Storage, TensorRecord, contiguous_stride, numel};
use super::zip::{Archive, Entry};
use crate::error::{Error, Result};
use crate::syntax::Str;

const MAGIC: &[u8] = b"\x93NUMPY";

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

/// Reads an npy file: one tensor, or an array where torch has no such dtype.
///
/// # Errors
/// `ValueError` for a malformed header, too few bytes, or an array of objects (which would be a pickle).
pub fn load(bytes: &Region) -> Result<Loaded> {
    let mut graph = Graph::default();
    let root = add(&mut graph, "array", bytes)?;
    Ok(Loaded { graph, root, kind: "npy", notes: Vec::new() })
}

/// Reads an npz file: a dictionary of arrays by name.
///
/// # Errors
/// As [`load`], by the array's name.
pub fn load_archive(archive: &Archive) -> Result<Loaded> {
    let mut graph = Graph::default();
    let mut dict = Dict::default();
    for entry in archive.entries() {
        let name = entry.name.as_str().trim_end_matches(".npy");
        let value = if entry.is_deflated() {
            add_deflated(&mut graph, name, entry)?
        } else {
            add(&mut graph, name, &entry.packed)?
        };
        dict.items.push((graph.text(name)?, value));
    }
    let root = graph.add(Node::Dict(Box::new(dict)))?;
    Ok(Loaded { graph, root, kind: "npz", notes: Vec::new() })
}

fn add(graph: &mut Graph, name: &str, bytes: &Region) -> Result<NodeId> {
    let header = Header::read(bytes.bytes()).map_err(|error| error.note(format!("in array '{name}'")))?;
    let short = || fault(name, &format!("{} bytes are too few for shape {:?}", bytes.len(), header.shape));
    let length = usize::try_from(header.nbytes()?).map_err(|_| short())?;
    let data = bytes.part(header.data_start, length).ok_or_else(short)?;
    header.node(graph, name, data)
}

/// A compressed array of numbers is unpacked when it is used, one of something else now.
fn add_deflated(graph: &mut Graph, name: &str, entry: &Entry) -> Result<NodeId> {
    let header = Header::read(&entry.start(limits::NPY_HEADER + 16)?);
    let header = header.map_err(|error| error.note(format!("in array '{name}'")))?;
    let nbytes = header.nbytes()?;
    if header.data_start as u64 + nbytes > entry.size {
        return Err(fault(name, &format!("{} bytes are too few for shape {:?}", entry.size, header.shape)));
    }
    let Some((dtype, big_endian)) = header.numbers()? else {
        graph.charge_text(usize::try_from(entry.size).unwrap_or(usize::MAX))?;
        let bytes = entry.read(u64::MAX)?;
        return add(graph, name, &bytes);
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

fn fault(name: &str, what: &str) -> Error {
    Error::value(format!("array '{name}': {what}"))
}

/// What an npy file says before its data.
struct Header {
    descr: String,
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
        let malformed = || Error::value(format!("malformed npy header: {}", text.trim_end()));
        let descr = descr(&text).ok_or_else(malformed)?;
        let fortran = field(&text, "fortran_order").ok_or_else(malformed)?.starts_with("True");
        let shape = shape(field(&text, "shape").ok_or_else(malformed)?).ok_or_else(malformed)?;
        Ok(Header { descr, fortran, shape, data_start: cursor.position() })
    }

    fn array(&self, data: Region) -> Result<Array> {
        let element = array_type(&self.descr);
        let element =
            element.ok_or_else(|| Error::value(format!("numpy dtype {} is not known here", self.descr)))?;
        let (shape, fortran) = (self.shape.clone(), self.fortran);
        Ok(Array { element, shape, fortran, data: ArrayData::Bytes(data) })
    }

    fn nbytes(&self) -> Result<u64> {
        let element = self.array(Region::default())?.element;
        if element.kind == b'O' {
            let error = Error::value("Object arrays cannot be loaded when allow_pickle=False");
            return Err(error.hint("the array holds pickled Python objects, not numbers"));
        }
        let count = numel(&self.shape).filter(|_| self.shape.len() <= limits::DIMENSIONS);
        let nbytes = count.and_then(|count| count.checked_mul(element.itemsize as u64));
        nbytes.ok_or_else(|| Error::value(format!("an array of shape {:?} is too large", self.shape)))
    }

    /// The dtype of a tensor of its elements, and whether they are big-endian; none if torch has no such dtype.
    fn numbers(&self) -> Result<Option<(Dtype, bool)>> {
        let element = self.array(Region::default())?.element;
        // ml_dtypes has no letter of its own for bfloat16: numpy writes it as two raw bytes.
        if (element.kind, element.itemsize) == (b'V', 2) && !self.fortran {
            return Ok(Some((Dtype::BFLOAT16, false)));
        }
        let big_endian = element.big_endian && element.itemsize > 1;
        Ok(element.dtype().map(|dtype| (dtype, big_endian)))
    }

    fn stride(&self) -> Option<Vec<i64>> {
        if !self.fortran {
            return contiguous_stride(&self.shape);
        }
        let reversed: Vec<i64> = self.shape.iter().rev().copied().collect();
        contiguous_stride(&reversed).map(|stride| stride.into_iter().rev().collect())
    }

    fn node(&self, graph: &mut Graph, name: &str, data: Region) -> Result<NodeId> {
        let array = self.array(data.clone())?;
        if self.numbers()? == Some((Dtype::BFLOAT16, false)) {
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

/// The dtype's text; records are raw bytes of some length.
fn descr(text: &str) -> Option<String> {
    let value = field(text, "descr")?;
    match value.strip_prefix('\'') {
        Some(rest) => Some(rest.split_once('\'')?.0.to_owned()),
        None => record_length(value).map(|length| format!("|V{length}")),
    }
}

/// The bytes of a record: `[('x', '<f4'), ('y', '<i2', (3,))]`.
fn record_length(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('[')?.split_once(']')?.0;
    let mut length = 0_usize;
    for part in inside.split("('").skip(1) {
        let kind = part.split('\'').nth(2)?;
        length = length.checked_add(array_type(kind)?.itemsize)?;
        if part.matches('(').count() > 0 {
            return None;
        }
    }
    (length > 0).then_some(length)
}

fn shape(text: &str) -> Option<Vec<i64>> {
    let inside = text.strip_prefix('(')?.split_once(')')?.0;
    let parts = inside.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| part.trim_end_matches('L').parse().ok()).collect()
}
