//! The elements of numpy arrays as tensors have them: little-endian, row by row.

use super::dtype::Dtype;
use super::graph::{Array, ArrayData};
use super::mapping::Region;
use super::record::{Storage, TensorRecord, contiguous_stride};
use crate::error::Result;
use crate::syntax::Str;

impl Array {
    /// The tensor of its elements, sharing them where they are little-endian; none if torch has no such dtype.
    ///
    /// # Errors
    /// Those of [`TensorRecord::strided`].
    pub fn tensor(&self) -> Result<Option<TensorRecord>> {
        let (Some(dtype), ArrayData::Bytes(bytes)) = (self.element.dtype(), &self.data) else {
            return Ok(None);
        };
        let swapped = self.element.big_endian && self.element.itemsize > 1;
        let bytes = if swapped { Region::from(swap(bytes.bytes(), unit(dtype))) } else { bytes.clone() };
        let storage = Storage::new(Str::intern("numpy"), Str::intern("cpu"), bytes);
        let stride = if self.fortran {
            let reversed: Vec<i64> = self.shape.iter().rev().copied().collect();
            contiguous_stride(&reversed).map(|stride| stride.into_iter().rev().collect())
        } else {
            contiguous_stride(&self.shape)
        };
        TensorRecord::strided(dtype, self.shape.clone(), stride.unwrap_or_default(), 0, &storage).map(Some)
    }
}

/// Bytes of what changes its order together: a part of a complex number, else an element.
#[must_use]
pub fn unit(dtype: Dtype) -> usize {
    if dtype.is_complex() { dtype.itemsize() / 2 } else { dtype.itemsize() }
}

/// The bytes with those of each unit turned round.
#[must_use]
pub fn swap(bytes: &[u8], unit: usize) -> Vec<u8> {
    bytes.chunks(unit.max(1)).flat_map(|chunk| chunk.iter().rev().copied()).collect()
}
