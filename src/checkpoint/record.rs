//! Tensors of a file, and where their elements lie. A record is checked when it is made, and trusted from then on.

use std::rc::Rc;

pub use super::storage::{Packed, Produce, Storage};

use super::dtype::Dtype;
use super::graph::{Global, NodeId};
use super::limits;
use torchsh_base::error::{Error, Result};

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
    use crate::mapping::Region;
    use torchsh_base::Str;

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
