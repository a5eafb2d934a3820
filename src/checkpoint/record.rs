//! Tensors of a file and the storages they look into. A record is checked when it is made, and trusted from then on.

use std::cell::OnceCell;
use std::rc::Rc;

use super::dtype::Dtype;
use super::gguf::blocks::BlockType;
use super::graph::{Global, NodeId};
use super::limits;
use super::mapping::Region;
use super::origin;
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

    /// The same numbers as blocks, if they are such.
    fn packed(&self) -> Option<&dyn Packed> {
        None
    }

    /// How many numbers the dtype could not hold when the bytes were made.
    fn lost(&self) -> u64 {
        0
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

/// A tensor as a file describes it.
#[derive(Clone, Debug)]
pub struct TensorRecord {
    /// Element type.
    pub dtype: Dtype,
    /// Sizes.
    pub shape: Vec<i64>,
    /// Where its elements are.
    pub form: Form,
    /// Whether gradients are wanted.
    pub requires_grad: bool,
    /// Whether it is a `torch.nn.Parameter`.
    pub is_parameter: bool,
    /// The class it was of, where that is neither `Tensor` nor `Parameter`.
    pub class: Option<Rc<Global>>,
    /// Attributes set on it, as a dictionary.
    pub attributes: Option<NodeId>,
}

/// Where a tensor's elements are.
#[derive(Clone, Debug)]
pub enum Form {
    /// In a storage, at an offset, by strides: an ordinary tensor.
    Strided(View),
    /// Quantized: such a view of integers, and what they mean.
    Quantized(View, Quantizer),
    /// Indices `[dimensions, n]` and the values at them.
    Coo {
        /// `_indices()`
        indices: Rc<TensorRecord>,
        /// `_values()`
        values: Rc<TensorRecord>,
        /// Whether it says that no index is doubled; none: it does not say.
        coalesced: Option<bool>,
    },
    /// Compressed rows or columns.
    Compressed {
        /// `torch.sparse_csr`, `sparse_csc`, `sparse_bsr`, `sparse_bsc` without `torch.`.
        layout: &'static str,
        /// `crow_indices()` or `ccol_indices()`
        compressed: Rc<TensorRecord>,
        /// `col_indices()` or `row_indices()`
        plain: Rc<TensorRecord>,
        /// `values()`
        values: Rc<TensorRecord>,
    },
    /// A nested tensor: a flat buffer and where each part of it is.
    Nested {
        /// The buffer.
        buffer: Rc<TensorRecord>,
        /// Sizes of the parts, `[parts, dimensions]`.
        sizes: Rc<TensorRecord>,
        /// Their strides.
        strides: Rc<TensorRecord>,
        /// Their offsets into the buffer.
        offsets: Rc<TensorRecord>,
    },
    /// Of the `meta` device: strides, no elements.
    Meta {
        /// In elements.
        stride: Vec<i64>,
    },
}

/// What a strided tensor sees of a storage.
#[derive(Clone, Debug)]
pub struct View {
    /// The storage.
    pub storage: Rc<Storage>,
    /// First element, in elements.
    pub offset: i64,
    /// In elements.
    pub stride: Vec<i64>,
    /// Elements stand for their complex conjugates.
    pub conj: bool,
    /// Elements stand for their negatives.
    pub neg: bool,
}

/// What the integers of a quantized tensor mean.
#[derive(Clone, Debug)]
pub enum Quantizer {
    /// One scale for all.
    PerTensor {
        /// Scale.
        scale: f64,
        /// Zero point.
        zero_point: i64,
    },
    /// A scale for each index of one dimension.
    PerChannel {
        /// Scales.
        scales: Rc<TensorRecord>,
        /// Zero points.
        zero_points: Rc<TensorRecord>,
        /// The dimension.
        axis: i64,
        /// Whether zero points are floats.
        float_parameters: bool,
    },
}

impl TensorRecord {
    /// An ordinary tensor on a storage, checked to lie within it.
    ///
    /// # Errors
    /// `RuntimeError` if sizes, strides or offset are negative, overflow, or reach beyond the storage.
    pub fn strided(
        dtype: Dtype,
        shape: Vec<i64>,
        stride: Vec<i64>,
        offset: i64,
        storage: &Rc<Storage>,
    ) -> Result<Self> {
        check_view(dtype, &shape, &stride, offset, storage)?;
        let form = if storage.is_meta() {
            Form::Meta { stride }
        } else {
            Form::Strided(View { storage: storage.clone(), offset, stride, conj: false, neg: false })
        };
        Ok(Self::of(dtype, shape, form))
    }

    /// A contiguous tensor on all of a storage.
    ///
    /// # Errors
    /// As [`TensorRecord::strided`].
    pub fn contiguous(dtype: Dtype, shape: Vec<i64>, storage: &Rc<Storage>) -> Result<Self> {
        let stride = contiguous_stride(&shape).ok_or_else(|| overflow(&shape))?;
        Self::strided(dtype, shape, stride, 0, storage)
    }

    /// A tensor of that form, without a gradient.
    #[must_use]
    pub fn of(dtype: Dtype, shape: Vec<i64>, form: Form) -> Self {
        TensorRecord {
            dtype,
            shape,
            form,
            requires_grad: false,
            is_parameter: false,
            class: None,
            attributes: None,
        }
    }

    /// How many elements it has; none if that is beyond 64 bits.
    #[must_use]
    pub fn numel(&self) -> Option<u64> {
        numel(&self.shape)
    }

    /// Whether several elements share a byte.
    #[must_use]
    pub fn is_packed(&self) -> bool {
        matches!(self.dtype, Dtype::QUINT4X2 | Dtype::QUINT2X4)
    }

    /// Whether its elements in order are its storage's bytes.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let nbytes = self.numel().and_then(|numel| bytes_of(self.dtype, numel));
        matches!(&self.form, Form::Strided(view) if view.offset == 0
            && !view.conj
            && !view.neg
            && nbytes == Some(view.storage.nbytes())
            && contiguous_stride(&self.shape).as_ref() == Some(&view.stride))
    }

    /// The view, of a strided or quantized tensor.
    #[must_use]
    pub fn view(&self) -> Option<&View> {
        match &self.form {
            Form::Strided(view) | Form::Quantized(view, _) => Some(view),
            _ => None,
        }
    }
}

fn overflow(shape: &[i64]) -> Error {
    Error::runtime(format!("a tensor of shape {shape:?} is too large"))
}

/// Elements of a shape; none on overflow or a negative size.
#[must_use]
pub fn numel(shape: &[i64]) -> Option<u64> {
    if shape.contains(&0) {
        return shape.iter().all(|&size| size >= 0).then_some(0);
    }
    shape.iter().try_fold(1_u64, |all, &size| all.checked_mul(u64::try_from(size).ok()?))
}

/// The strides of a contiguous tensor; none on overflow.
#[must_use]
pub fn contiguous_stride(shape: &[i64]) -> Option<Vec<i64>> {
    let mut stride = vec![0; shape.len()];
    let mut step = 1_i64;
    for (place, &size) in stride.iter_mut().zip(shape).rev() {
        *place = step;
        step = step.checked_mul(size.max(1))?;
    }
    Some(stride)
}

/// One past the last element a view reaches, counted from the storage's start; zero if it has none.
fn extent(shape: &[i64], stride: &[i64], offset: i64) -> Option<u64> {
    if numel(shape)? == 0 {
        return Some(0);
    }
    let steps = shape
        .iter()
        .zip(stride)
        .try_fold(0_i64, |sum, (&size, &step)| sum.checked_add(size.checked_sub(1)?.checked_mul(step)?))?;
    u64::try_from(offset.checked_add(steps)?.checked_add(1)?).ok()
}

/// Bytes that elements take; none on overflow. Two or four elements of some quantized types share a byte.
#[must_use]
pub fn bytes_of(dtype: Dtype, elements: u64) -> Option<u64> {
    match dtype {
        Dtype::QUINT4X2 => Some(elements.div_ceil(2)),
        Dtype::QUINT2X4 => Some(elements.div_ceil(4)),
        _ => elements.checked_mul(dtype.itemsize() as u64),
    }
}

fn check_view(dtype: Dtype, shape: &[i64], stride: &[i64], offset: i64, storage: &Storage) -> Result<()> {
    if shape.len() != stride.len() || shape.len() > limits::DIMENSIONS {
        let message = format!("a tensor with {} sizes and {} strides", shape.len(), stride.len());
        return Err(Error::runtime(message));
    }
    if offset < 0 || shape.iter().chain(stride).any(|&number| number < 0) {
        let message = format!("a tensor of shape {shape:?}, stride {stride:?}, storage_offset {offset}");
        return Err(Error::runtime(format!("{message} (none may be negative)")));
    }
    let end = extent(shape, stride, offset).ok_or_else(|| overflow(shape))?;
    let needed = bytes_of(dtype, end).ok_or_else(|| overflow(shape))?;
    if needed > storage.nbytes() {
        return Err(Error::runtime(format!(
            "setStorage: sizes {shape:?}, strides {stride:?}, storage offset {offset}, and itemsize {} requiring a \
             storage size of {needed} are out of bounds for storage of size {}",
            dtype.itemsize(),
            storage.nbytes()
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn storage(length: usize) -> Rc<Storage> {
        Storage::new(Str::new("0"), Str::new("cpu"), Region::from(vec![0; length]))
    }

    #[test]
    fn views_are_held_to_their_storage() {
        let storage = storage(48);
        let make = |shape: &[i64], stride: &[i64], offset| {
            TensorRecord::strided(Dtype::FLOAT32, shape.to_vec(), stride.to_vec(), offset, &storage)
        };
        assert!(make(&[3, 4], &[4, 1], 0).is_ok());
        assert!(make(&[3, 4], &[4, 1], 1).is_err());
        assert!(make(&[1 << 62], &[0], 11).is_ok());
        assert!(make(&[0, 1 << 62, 1 << 62], &[1, 1, 1], 100).is_ok());
        assert!(make(&[i64::MAX, 2], &[i64::MAX, 1], 0).is_err());
        assert!(make(&[2], &[-1], 1).is_err());
        assert!(make(&[2], &[], 0).is_err());
        assert!(make(&[], &[], -1).is_err());
    }
}
