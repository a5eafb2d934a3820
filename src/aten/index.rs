//! Subscripts of tensors, as Python has them.

use super::Tensor;
use super::raw::{self, RawIndex, check};
use super::tensor::LiveTensor;
use super::watch;
use torchsh_base::error::Result;

/// One part of a subscript.
#[derive(Clone)]
pub enum Index {
    /// `None`: a new dimension.
    New,
    /// `...`
    Ellipsis,
    /// A position.
    At(i64),
    /// `True` or `False`.
    Bool(bool),
    /// `start:stop:step`
    Slice(Option<i64>, Option<i64>, Option<i64>),
    /// Positions, or a mask.
    Tensor(Tensor),
}

impl Index {
    fn raw(&self) -> RawIndex {
        let mut raw = RawIndex { part: 0, given: 0, start: 0, stop: 0, step: 0, tensor: std::ptr::null() };
        match self {
            Index::New => {}
            Index::Ellipsis => raw.part = 1,
            Index::At(position) => (raw.part, raw.start) = (2, *position),
            Index::Bool(value) => (raw.part, raw.start) = (3, i64::from(*value)),
            Index::Slice(start, stop, step) => {
                raw.part = 4;
                let given = |bit: i32, value: &Option<i64>| if value.is_some() { bit } else { 0 };
                raw.given = given(1, start) | given(2, stop) | given(4, step);
                (raw.start, raw.stop) = (start.unwrap_or(0), stop.unwrap_or(0));
                raw.step = step.unwrap_or(1);
            }
            Index::Tensor(tensor) => (raw.part, raw.tensor) = (5, tensor.raw()),
        }
        raw
    }
}

impl Tensor {
    /// libtorch's tensor and indices, once all the bytes they need are there.
    fn ready(&self, indices: &[Index]) -> Result<(&LiveTensor, Vec<RawIndex>)> {
        let live = self.filled()?;
        for index in indices {
            if let Index::Tensor(tensor) = index {
                tensor.filled()?;
            }
        }
        Ok((live, indices.iter().map(Index::raw).collect()))
    }

    /// `tensor[indices]`: a view where all are positions, slices, `None` or `...`; else a copy.
    ///
    /// # Errors
    /// `IndexError` or `ValueError`, worded as PyTorch's.
    pub fn get(&self, indices: &[Index]) -> Result<Tensor> {
        let (live, indices) = self.ready(indices)?;
        // SAFETY: as many indices as said, whose tensors live on.
        Tensor::of(|out| unsafe { raw::torchsh_tensor_get(live.raw(), indices.as_ptr(), indices.len(), out) })
    }

    /// `tensor[indices] = value`, which is broadcast and converted.
    ///
    /// # Errors
    /// As [`Tensor::get`], and where the value does not fit.
    pub fn set(&self, indices: &[Index], value: &Tensor) -> Result<()> {
        let is_view = indices.iter().all(|index| !matches!(index, Index::Tensor(_) | Index::Bool(_)));
        // Indices that do not fit are an error of the assignment's own.
        watch::before_place(self, || self.get(indices).ok().filter(|_| is_view));
        let (live, indices) = self.ready(indices)?;
        let value = value.filled()?;
        // SAFETY: as many indices as said, whose tensors live on.
        check(unsafe { raw::torchsh_tensor_set(live.raw(), indices.as_ptr(), indices.len(), value.raw()) })
    }
}
