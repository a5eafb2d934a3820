//! Tensors as the quantised blocks of GGUF. Their numbers are float32, what the blocks leave of them; a format that has blocks is
//! given these.

use super::number::Real;
use super::stream::{self, fill_all};
use super::{Kernel, dense, on};
use crate::kind::Kind;
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_checkpoint::gguf::blocks::BlockType;
use torchsh_checkpoint::mapping::{Region, bring};
use torchsh_checkpoint::record::{Packed, Produce, TensorRecord};

/// Blocks that are made at a time: their numbers stay in the fastest memory.
const BLOCKS: usize = 32;

struct Quantized {
    source: TensorRecord,
    kind: Kind,
    block: BlockType,
    count: usize,
}

/// Makes blocks of numbers, or numbers of the blocks.
struct Make {
    from: Dtype,
    kind: Kind,
    bytes: Region,
    block: BlockType,
    /// Whether the result is the blocks themselves.
    is_packed: bool,
}

impl Kernel for Make {
    fn fill(&self, start: usize, out: &mut [u8]) {
        let (unit, size) = (self.unit(), self.block.elements * self.from.itemsize());
        let mut first = start / unit;
        bring(self.bytes.bytes().get(first * size..(first + out.len() / unit) * size).unwrap_or_default());
        let (mut numbers, mut blocks) = (Vec::new(), vec![0; BLOCKS * self.block.bytes]);
        for part in out.chunks_mut(BLOCKS * unit) {
            let count = part.len() / unit;
            let bytes = self.bytes.bytes().get(first * size..(first + count) * size).unwrap_or_default();
            f32::read(self.from, &self.kind, bytes, &mut numbers);
            first += count;
            if self.is_packed {
                self.block.pack_all(&numbers, part);
                continue;
            }
            let blocks = blocks.get_mut(..count * self.block.bytes).unwrap_or_default();
            self.block.pack_all(&numbers, blocks);
            self.block.unfold_all(blocks, &mut numbers);
            f32::write(Dtype::FLOAT32, &numbers, part);
        }
    }

    fn foretell(&self, start: usize, length: usize) {
        let size = self.block.elements * self.from.itemsize();
        self.bytes.foretell(start / self.unit() * size, length / self.unit() * size);
    }

    fn unit(&self) -> usize {
        if self.is_packed { self.block.bytes } else { self.block.elements * Dtype::FLOAT32.itemsize() }
    }
}

impl Quantized {
    fn make(&self, is_packed: bool) -> Result<Make> {
        let (from, kind, bytes) = (self.source.dtype, self.kind.clone(), dense(&self.source)?);
        Ok(Make { from, kind, bytes, block: self.block, is_packed })
    }
}

impl Produce for Quantized {
    fn produce(&self) -> Result<Region> {
        let mut made = Region::zeroed(self.count * self.block.elements * Dtype::FLOAT32.itemsize())?;
        fill_all(&self.make(false)?, made.owned_mut().unwrap_or_default())?;
        Ok(made)
    }

    fn each(&self, consume: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<bool> {
        let make = self.make(false)?;
        stream::each(&make, self.count * make.unit(), consume)?;
        Ok(true)
    }

    fn packed(&self) -> Option<&dyn Packed> {
        Some(self)
    }

    fn foretell(&self) {
        super::foretell(&self.source);
    }
}

impl Packed for Quantized {
    fn block(&self) -> BlockType {
        self.block
    }

    fn made_of(&self) -> Option<&TensorRecord> {
        Some(&self.source)
    }

    fn each_block(&self, consume: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let make = self.make(true)?;
        stream::each(&make, self.count * make.unit(), consume)
    }
}

/// A tensor as blocks of that type.
///
/// # Errors
/// `TypeError` for numbers that are not real ones, or a type that is only read; `ValueError` for rows that are no whole blocks.
pub fn packed(source: TensorRecord, block: BlockType) -> Result<TensorRecord> {
    let kind = Kind::of(source.dtype).filter(|_| super::is_castable(source.dtype, Dtype::FLOAT32));
    let kind = kind.filter(|_| block.pack.is_some());
    let kind = kind.ok_or_else(|| {
        Error::type_error(format!("{} numbers cannot be made {} blocks", source.dtype.name(), block.name))
    })?;
    if !block.fits(&source.shape) {
        let message =
            format!("rows of {:?} are not whole blocks of {} elements", source.shape, block.elements);
        return Err(Error::value(message));
    }
    let elements = source.numel().and_then(|count| usize::try_from(count).ok());
    let elements = elements.ok_or_else(|| Error::value("a tensor beyond counting"))?;
    let (shape, count) = (source.shape.clone(), elements / block.elements);
    let made = Quantized { source, kind, block, count };
    on(Dtype::FLOAT32, shape, elements as u64 * 4, Box::new(made))
}

/// A tensor as blocks of that type, or as llama.cpp has it where its rows are no whole blocks: of the type that it takes instead, or
/// in half precision, which is told.
///
/// # Errors
/// As [`packed`].
pub fn packed_or_near(
    source: TensorRecord,
    block: BlockType,
) -> Result<(TensorRecord, Option<&'static str>)> {
    if block.fits(&source.shape) {
        return Ok((packed(source, block)?, None));
    }
    match block.fallback(&source.shape) {
        Some(other) => Ok((packed(source, other)?, Some(other.name))),
        None => Ok((super::cast(source, Dtype::FLOAT16)?, Some("F16"))),
    }
}

/// What blocks are made of, if the tensor is such and that is there.
#[must_use]
pub fn unpacked(record: &TensorRecord) -> Option<(TensorRecord, BlockType)> {
    let packed = record.view().filter(|_| record.is_whole())?.storage.packed()?;
    Some((packed.made_of()?.clone(), packed.block()))
}

/// A tensor in another arrangement. Blocks are made anew of what they were made of: they are not quantised twice.
///
/// # Errors
/// Those of `arrange`, and of [`packed`].
pub fn rearranged(
    record: &TensorRecord,
    arrange: impl Fn(&TensorRecord) -> Result<TensorRecord>,
) -> Result<TensorRecord> {
    match unpacked(record) {
        Some((source, block)) => packed_or_near(arrange(&source)?, block).map(|(made, _)| made),
        None => arrange(record),
    }
}
