//! From records to runs of elements of one kind.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::kind::{Kind, Scale};
use super::view::{Grid, Strided};
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_checkpoint::gather::{Elements, refuse_expanded};
use torchsh_checkpoint::limits;
use torchsh_checkpoint::mapping::Region;
use torchsh_checkpoint::record::{Form, Quantizer, Storage, TensorRecord, View, contiguous_stride, numel};

/// Owned memory that one round of work may hold.
pub const ROUND_BYTES: usize = 64 << 20;

/// Elements of one kind: a tensor, or a channel of a quantized one.
#[derive(Clone, Debug)]
pub struct Part {
    /// The bytes of its storage.
    pub bytes: Region,
    /// What its elements are.
    pub kind: Kind,
    /// Its sizes.
    pub shape: Vec<i64>,
    /// In elements.
    pub stride: Vec<i64>,
    /// In elements.
    pub offset: i64,
}

/// What a tensor is made of.
pub struct Parts {
    /// One, but for the channels of a quantized tensor.
    pub parts: Vec<Part>,
    /// The dimension that the parts are the channels of.
    pub axis: Option<usize>,
    /// Elements that are zero and nowhere written.
    pub zeros: u64,
    /// Where the others are, of a sparse tensor.
    pub indices: Vec<Rc<TensorRecord>>,
}

impl Part {
    /// How its elements lie.
    pub fn strided(&self) -> Strided<'_> {
        Strided { offset: self.offset, stride: &self.stride, itemsize: self.kind.itemsize() }
    }

    /// Its elements alone.
    ///
    /// # Errors
    /// `ValueError` for a view that is larger than anybody reads.
    pub fn grid(&self) -> Result<Grid<1>> {
        let grid = Grid::new(&self.shape, [self.strided()]);
        let grid = grid.ok_or_else(|| Error::value("a tensor beyond counting"))?;
        let bytes = (grid.elements() as u64).saturating_mul(self.kind.itemsize() as u64);
        let held = self.bytes.len() as u64;
        if bytes > held.max(limits::EXPANDED_BYTES) {
            let what = format!("the tensor is expanded to {bytes} bytes out of a storage of {held}");
            return Err(Error::value(format!("{what}; it is not read")));
        }
        Ok(grid)
    }

    /// One index of a dimension.
    fn channel(&self, axis: usize, index: i64, kind: Kind) -> Option<Part> {
        let mut part = self.clone();
        part.kind = kind;
        *part.shape.get_mut(axis)? = 1;
        part.offset = part.offset.checked_add(self.stride.get(axis)?.checked_mul(index)?)?;
        Some(part)
    }

    /// Every index of a dimension.
    #[must_use]
    pub fn channels(&self, axis: usize) -> Option<Vec<Part>> {
        let count = *self.shape.get(axis)?;
        (0..count).map(|index| self.channel(axis, index, self.kind.clone())).collect()
    }
}

/// Where the bytes of storages come from: each is made once in a round, if it has to be made.
#[derive(Default)]
pub struct Sources {
    made: FxHashMap<*const Storage, Region>,
    /// Bytes of memory that were made.
    pub owned: usize,
}

impl Sources {
    /// What a tensor is made of.
    ///
    /// # Errors
    /// A tensor that has no numbers here, with the reason; what is wrong with its bytes.
    pub fn parts(&mut self, record: &TensorRecord) -> Result<Parts> {
        let whole = |parts| Parts { parts, axis: None, zeros: 0, indices: Vec::new() };
        match &record.form {
            Form::Strided(view) => {
                let kind = Kind::of(record.dtype);
                let kind = kind.ok_or_else(|| no_numbers(record.dtype))?;
                Ok(whole(vec![self.strided(record, view, kind)?]))
            }
            Form::Quantized(view, Quantizer::PerTensor { scale, zero_point }) => {
                let kind =
                    Kind::quantized(record.dtype, Scale { scale: *scale, zero_point: *zero_point as f64 });
                let kind = kind.ok_or_else(|| no_numbers(record.dtype))?;
                Ok(whole(vec![self.strided(record, view, kind)?]))
            }
            Form::Quantized(view, Quantizer::PerChannel { scales, zero_points, axis, .. }) => {
                let (scales, zero_points) = (self.numbers(scales)?, self.numbers(zero_points)?);
                self.channels(record, view, *axis, &scales, &zero_points)
            }
            Form::Coo { coalesced, .. } if *coalesced != Some(true) => {
                Err(Error::value("sparse, not coalesced: coalesce() adds up what stands twice"))
            }
            Form::Coo { indices, values, .. } => self.sparse(record, values, vec![indices.clone()]),
            Form::Compressed { compressed, plain, values, .. } => {
                self.sparse(record, values, vec![compressed.clone(), plain.clone()])
            }
            Form::Nested { .. } => Err(Error::value("nested: a tensor of tensors")),
            Form::Meta { .. } => Err(Error::value("on the meta device: no data")),
        }
    }

    fn strided(&mut self, record: &TensorRecord, view: &View, kind: Kind) -> Result<Part> {
        let packed = match record.dtype {
            Dtype::QUINT4X2 => Some(2),
            Dtype::QUINT2X4 => Some(4),
            _ => None,
        };
        let (shape, stride) = (record.shape.clone(), view.stride.clone());
        let bytes = self.bytes(&view.storage)?;
        if packed.is_some() || view.conj || view.neg {
            refuse_expanded(view, record.dtype, &record.shape)?;
            let elements = Elements::new(view, record.dtype, &record.shape, bytes)?;
            let bytes = packed_or_turned(&elements, packed, numel(&record.shape).unwrap_or(0));
            let stride = contiguous_stride(&shape).ok_or_else(|| Error::value("a tensor beyond counting"))?;
            self.owned += bytes.len();
            return Ok(Part { bytes: Region::from(bytes), kind, shape, stride, offset: 0 });
        }
        Ok(Part { bytes, kind, shape, stride, offset: view.offset })
    }

    fn channels(
        &mut self,
        record: &TensorRecord,
        view: &View,
        axis: i64,
        scales: &[f64],
        zero_points: &[f64],
    ) -> Result<Parts> {
        let broken = || Error::value("quantized: the scales are not as many as the channels");
        let axis = usize::try_from(axis).ok().filter(|axis| *axis < record.shape.len()).ok_or_else(broken)?;
        let count = record.shape.get(axis).copied().and_then(|count| usize::try_from(count).ok());
        if count != Some(scales.len()) || count != Some(zero_points.len()) {
            return Err(broken());
        }
        let first = Kind::quantized(record.dtype, Scale { scale: 1.0, zero_point: 0.0 })
            .ok_or_else(|| no_numbers(record.dtype))?;
        let whole = self.strided(record, view, first)?;
        let channel = |(index, (&scale, &zero_point)): (usize, (&f64, &f64))| {
            let kind = Kind::quantized(record.dtype, Scale { scale, zero_point })?;
            whole.channel(axis, i64::try_from(index).ok()?, kind)
        };
        let parts: Option<Vec<Part>> = scales.iter().zip(zero_points).enumerate().map(channel).collect();
        Ok(Parts { parts: parts.ok_or_else(broken)?, axis: Some(axis), zeros: 0, indices: Vec::new() })
    }

    fn sparse(
        &mut self,
        record: &TensorRecord,
        values: &Rc<TensorRecord>,
        indices: Vec<Rc<TensorRecord>>,
    ) -> Result<Parts> {
        let parts = self.parts(values)?;
        let all = record.numel().ok_or_else(|| Error::value("a tensor beyond counting"))?;
        Ok(Parts { zeros: all.saturating_sub(values.numel().unwrap_or(0)), indices, ..parts })
    }

    /// The numbers of a small tensor, in order.
    fn numbers(&mut self, record: &TensorRecord) -> Result<Vec<f64>> {
        let kind = Kind::of(record.dtype).ok_or_else(|| no_numbers(record.dtype))?;
        let mut numbers = Vec::new();
        self.elements(record)?.each(|bytes| {
            kind.doubles(bytes, &mut numbers);
            Ok::<(), Error>(())
        })?;
        Ok(numbers)
    }

    /// The bytes of an ordinary tensor, in order.
    ///
    /// # Errors
    /// As [`Sources::parts`].
    pub fn elements(&mut self, record: &TensorRecord) -> Result<Elements> {
        let view = record.view().ok_or_else(|| Error::value("a part without elements"))?;
        refuse_expanded(view, record.dtype, &record.shape)?;
        Elements::new(view, record.dtype, &record.shape, self.bytes(&view.storage)?)
    }

    fn bytes(&mut self, storage: &Rc<Storage>) -> Result<Region> {
        if let Some(made) = self.made.get(&Rc::as_ptr(storage)) {
            return Ok(made.clone());
        }
        let bytes = storage.bytes_once()?;
        if !storage.is_ready() && !bytes.is_mapped() {
            self.owned += bytes.len();
            self.made.insert(Rc::as_ptr(storage), bytes.clone());
        }
        Ok(bytes)
    }
}

fn no_numbers(dtype: Dtype) -> Error {
    Error::value(format!("{}: not read as numbers", dtype.name()))
}

/// Elements with a byte each of such that share one, or as they lie.
fn packed_or_turned(elements: &Elements, packed: Option<u8>, count: u64) -> Vec<u8> {
    let mut out = Vec::new();
    let each = elements.each(|bytes| {
        match packed {
            None => out.extend_from_slice(bytes),
            Some(per_byte) => {
                let bits = 8 / per_byte;
                let halves = |byte: &u8| {
                    let byte = *byte;
                    (0..per_byte).map(move |place| (byte >> (place * bits)) & (0xff >> (8 - bits)))
                };
                out.extend(bytes.iter().flat_map(halves));
            }
        }
        Ok::<(), std::convert::Infallible>(())
    });
    let Ok(()) = each;
    if packed.is_some() {
        out.truncate(usize::try_from(count).unwrap_or(usize::MAX));
    }
    out
}
