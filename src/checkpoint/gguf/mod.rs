//! GGUF: metadata and tensors of llama.cpp. Plain numbers are mapped, quantised blocks unfold to float32 when used.
//!
//! Follows the format's specification (`docs/gguf.md` of ggml): dimensions stand innermost first.

pub mod blocks;
mod grids;
mod k_quants;
pub mod mixtures;
mod pack;
mod small;

use std::rc::Rc;

use self::blocks::BlockType;
use super::bytes::Cursor;
use super::dtype::Dtype;
use super::graph::{Dict, DictKind, Graph, Loaded, Node, NodeId};
use super::limits;
use super::mapping::{Mapping, Region, WINDOW};
use super::record::{Packed, Produce, Storage, TensorRecord, numel};
use torchsh_base::Str;
use torchsh_base::error::{Error, Result};

/// The first four bytes.
pub const MAGIC: &[u8] = b"GGUF";

/// Where the data begin is a multiple of this unless `general.alignment` says otherwise.
pub const ALIGNMENT: u64 = 32;

/// Nesting of arrays in metadata.
const ARRAY_NESTING: usize = 4;

/// Reads a file: an ordered dictionary of tensors, with the metadata as its attribute `metadata`.
///
/// # Errors
/// `ValueError` or `EOFError` that says what is wrong and in which entry.
pub fn load(mapping: &Mapping) -> Result<Loaded> {
    let mut reader =
        Reader { cursor: Cursor::new(mapping.bytes(), "GGUF file"), graph: Graph::default(), wide: true };
    reader.cursor.take(MAGIC.len())?;
    let version = reader.cursor.u32()?;
    match version {
        1 => reader.wide = false,
        2 | 3 => {}
        _ if (1..256).contains(&version.swap_bytes()) => {
            return Err(Error::value("a big-endian GGUF file, which is not read here"));
        }
        _ => return Err(Error::value(format!("GGUF version {version}, of which 1 to 3 are known"))),
    }
    let (tensors, pairs) = (reader.count()?, reader.count()?);
    let mut alignment = ALIGNMENT;
    let metadata = reader.metadata(pairs, &mut alignment)?;
    let entries = reader.entries(tensors)?;
    let start = (reader.cursor.position() as u64).checked_next_multiple_of(alignment);
    let start = start
        .ok_or_else(|| Error::value(format!("GGUF file: general.alignment is {alignment}: too large")))?;
    let mut dict = Dict { kind: DictKind::Ordered, ..Dict::default() };
    refuse_overlaps(&entries)?;
    for entry in entries {
        let tensor = entry.tensor(mapping, start)?;
        let key = reader.graph.text(&entry.name)?;
        dict.items.push((key, reader.graph.add(Node::Tensor(Rc::new(tensor)))?));
    }
    let attributes = reader.graph.dict([(Str::intern("metadata"), metadata)])?;
    dict.attributes = Some(attributes);
    let root = reader.graph.add(Node::Dict(Box::new(dict)))?;
    Ok(Loaded { graph: reader.graph, root, kind: "GGUF", notes: Vec::new() })
}

struct Reader<'a> {
    cursor: Cursor<'a>,
    graph: Graph,
    /// Whether counts take 64 bits (all versions but the first).
    wide: bool,
}

impl Reader<'_> {
    fn number(&mut self) -> Result<u64> {
        if self.wide { self.cursor.u64() } else { self.cursor.u32().map(u64::from) }
    }

    /// A count of things that take at least a byte each.
    fn count(&mut self) -> Result<usize> {
        let count = self.number()?;
        let fits = usize::try_from(count).ok().filter(|&count| count <= self.cursor.left());
        fits.ok_or_else(|| {
            let left = self.cursor.left();
            Error::value(format!("GGUF file: {count} entries are announced where {left} bytes are left"))
        })
    }

    fn text(&mut self) -> Result<String> {
        let length = self.count()?;
        Ok(String::from_utf8_lossy(self.cursor.take(length)?).into_owned())
    }

    fn metadata(&mut self, count: usize, alignment: &mut u64) -> Result<NodeId> {
        let mut items = Vec::new();
        for _ in 0..count {
            let key = self.text()?;
            let kind = self.cursor.u32()?;
            let value = self.value(kind, &key, 0)?;
            if key == "general.alignment" {
                *alignment = alignment_of(self.graph.get(value))?;
            }
            items.push((Str::new(key), value));
        }
        self.graph.dict(items)
    }

    fn value(&mut self, kind: u32, key: &str, depth: usize) -> Result<NodeId> {
        let node = match kind {
            0 => Node::Int(self.cursor.u8()?.into()),
            1 => Node::Int(i8::from_le_bytes(self.cursor.array()?).into()),
            2 => Node::Int(self.cursor.u16()?.into()),
            3 => Node::Int(i16::from_le_bytes(self.cursor.array()?).into()),
            4 => Node::Int(self.cursor.u32()?.into()),
            5 => Node::Int(self.cursor.i32()?.into()),
            6 => Node::Float(f32::from_le_bytes(self.cursor.array()?).into()),
            7 => Node::Bool(self.cursor.u8()? != 0),
            8 => Node::Str(Str::new(self.text()?)),
            9 => return self.array(key, depth),
            10 => match self.cursor.u64()? {
                value if value <= i64::MAX as u64 => Node::Int(value as i64),
                value => Node::BigInt(Box::new(value.into())),
            },
            11 => Node::Int(self.cursor.i64()?),
            12 => Node::Float(f64::from_le_bytes(self.cursor.array()?)),
            _ => {
                return Err(Error::value(format!("GGUF file: metadata '{key}' has the unknown type {kind}")));
            }
        };
        self.graph.add(node)
    }

    fn array(&mut self, key: &str, depth: usize) -> Result<NodeId> {
        if depth >= ARRAY_NESTING {
            return Err(Error::value(format!(
                "GGUF file: metadata '{key}' nests deeper than {ARRAY_NESTING}"
            )));
        }
        let kind = self.cursor.u32()?;
        let count = self.count()?;
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(self.value(kind, key, depth + 1)?);
        }
        self.graph.charge(items.len() * size_of::<NodeId>())?;
        self.graph.add(Node::List(Box::new(items)))
    }

    fn entries(&mut self, count: usize) -> Result<Vec<Entry>> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut names = std::collections::HashSet::new();
        for _ in 0..count {
            let name = self.text()?;
            if !names.insert(name.clone()) {
                return Err(Error::value(format!("GGUF file: the tensor '{name}' is there twice")));
            }
            let dimensions = self.cursor.u32()? as usize;
            if dimensions > limits::DIMENSIONS {
                return Err(Error::value(format!("GGUF file: tensor '{name}' has {dimensions} dimensions")));
            }
            let mut shape = Vec::new();
            for _ in 0..dimensions {
                let size = self.number()?;
                let size = i64::try_from(size)
                    .map_err(|_| Error::value(format!("GGUF file: tensor '{name}' has a size of {size}")))?;
                shape.push(size);
            }
            shape.reverse();
            let (kind, offset) = (self.cursor.u32()?, self.cursor.u64()?);
            entries.push(Entry { name, shape, kind, offset });
        }
        Ok(entries)
    }
}

/// What `general.alignment` says.
fn alignment_of(value: &Node) -> Result<u64> {
    let wanted = match value {
        Node::Int(wanted) => u64::try_from(*wanted).ok(),
        Node::BigInt(wanted) => u64::try_from(wanted.as_ref()).ok(),
        _ => None,
    };
    wanted
        .filter(|wanted| wanted.is_power_of_two())
        .ok_or_else(|| Error::value("GGUF file: general.alignment is not a power of two"))
}

/// Tensors lie one after the other: ones that begin within each other are not what a writer wrote.
fn refuse_overlaps(entries: &[Entry]) -> Result<()> {
    let mut order: Vec<&Entry> = entries.iter().collect();
    order.sort_by_key(|entry| entry.offset);
    for (entry, next) in order.iter().zip(order.iter().skip(1)) {
        if entry.length()? > next.offset - entry.offset {
            return Err(entry.broken(format!("overlaps '{}', which begins at {}", next.name, next.offset)));
        }
    }
    Ok(())
}

/// One tensor's description.
struct Entry {
    name: String,
    /// Outermost first, as everywhere but in the file.
    shape: Vec<i64>,
    kind: u32,
    /// From the start of the data.
    offset: u64,
}

/// The types of plain numbers.
const PLAIN: &[(u32, Dtype)] = &[
    (0, Dtype::FLOAT32),
    (1, Dtype::FLOAT16),
    (24, Dtype::INT8),
    (25, Dtype::INT16),
    (26, Dtype::INT32),
    (27, Dtype::INT64),
    (28, Dtype::FLOAT64),
    (30, Dtype::BFLOAT16),
];

fn plain(kind: u32) -> Option<Dtype> {
    PLAIN.iter().find(|(number, _)| *number == kind).map(|(_, dtype)| *dtype)
}

/// The number of a plain dtype's type; none for dtypes that the format lacks.
#[must_use]
pub fn number_of(dtype: Dtype) -> Option<u32> {
    PLAIN.iter().find(|(_, known)| *known == dtype).map(|(number, _)| *number)
}

impl Entry {
    fn broken(&self, what: impl std::fmt::Display) -> Error {
        Error::value(format!("GGUF file: tensor '{}': {what}", self.name))
    }

    fn numel(&self) -> Result<u64> {
        numel(&self.shape).ok_or_else(|| self.broken("its sizes overflow"))
    }

    fn block(&self) -> Result<BlockType> {
        blocks::block_type(self.kind).ok_or_else(|| self.broken(format!("unknown type {}", self.kind)))
    }

    /// How many bytes it takes.
    fn length(&self) -> Result<u64> {
        let (numel, overflows) = (self.numel()?, || self.broken("its size overflows"));
        if let Some(dtype) = plain(self.kind) {
            return numel.checked_mul(dtype.itemsize() as u64).ok_or_else(overflows);
        }
        let block = self.block()?;
        let elements = block.elements as u64;
        if !numel.is_multiple_of(elements)
            || self.shape.last().is_some_and(|&last| !(last as u64).is_multiple_of(elements))
        {
            return Err(
                self.broken(format!("{:?} is not a whole number of {} blocks", self.shape, block.name))
            );
        }
        (numel / elements).checked_mul(block.bytes as u64).ok_or_else(overflows)
    }

    fn tensor(&self, mapping: &Mapping, start: u64) -> Result<TensorRecord> {
        let (key, location) = (Str::new(self.name.as_str()), Str::intern("cpu"));
        let bytes = self.bytes(mapping, start, self.length()?)?;
        if let Some(dtype) = plain(self.kind) {
            let storage = Storage::at(key, location, bytes, dtype.itemsize());
            return TensorRecord::contiguous(dtype, self.shape.clone(), &storage);
        }
        let nbytes = self.numel()?.checked_mul(4).ok_or_else(|| self.broken("its size overflows"))?;
        let blocks = Blocks { name: self.name.clone(), block: self.block()?, raw: bytes };
        let storage = Storage::lazy(key, location, nbytes, Box::new(blocks));
        TensorRecord::contiguous(Dtype::FLOAT32, self.shape.clone(), &storage)
    }

    fn bytes(&self, mapping: &Mapping, start: u64, length: u64) -> Result<Region> {
        let at = start.checked_add(self.offset).ok_or_else(|| self.broken("its offset overflows"))?;
        mapping.region(at, length).ok_or_else(|| {
            let error = self.broken(format!("{length} bytes at {at}, the file has {}", mapping.len()));
            error.hint("the download may be incomplete")
        })
    }
}

/// Quantised blocks, unfolded when the tensor is used.
struct Blocks {
    name: String,
    block: BlockType,
    raw: Region,
}

impl Produce for Blocks {
    fn produce(&self) -> Result<Region> {
        let Some(unfold) = self.block.unfold else {
            let message = format!(
                "tensor '{}' is of the type {}, which is not dequantised here",
                self.name, self.block.name
            );
            return Err(Error::new(torchsh_base::error::Kind::NotImplemented, message));
        };
        let count = self.raw.len() / self.block.bytes;
        let mut region = Region::zeroed(count * self.block.elements * 4)?;
        let mut values = vec![0f32; self.block.elements];
        let out = region.owned_mut().unwrap_or_default();
        let blocks = self.raw.bytes().chunks_exact(self.block.bytes);
        for (block, out) in blocks.zip(out.chunks_exact_mut(self.block.elements * 4)) {
            unfold(block, &mut values);
            for (bytes, value) in out.chunks_exact_mut(4).zip(&values) {
                bytes.copy_from_slice(&value.to_le_bytes());
            }
        }
        Ok(region)
    }

    fn packed(&self) -> Option<&dyn Packed> {
        Some(self)
    }

    fn foretell(&self) {
        self.raw.foretell(0, WINDOW);
    }
}

impl Packed for Blocks {
    fn block(&self) -> BlockType {
        self.block
    }

    fn each_block(&self, consume: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        self.raw.each_chunk(consume)
    }
}
