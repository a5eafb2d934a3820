//! The elements of numpy arrays as tensors have them: little-endian, row by row.

use super::dtype::Dtype;
use super::graph::{Array, ArrayData};
use super::mapping::Region;
use super::record::{Produce, Storage, TensorRecord, contiguous_stride};
use torchsh_base::Str;
use torchsh_base::error::Result;

impl Array {
    /// The tensor of its elements, sharing them where they are little-endian; none if torch has no such dtype.
    ///
    /// # Errors
    /// Those of [`TensorRecord::strided`].
    pub fn tensor(&self) -> Result<Option<TensorRecord>> {
        let (Some(dtype), ArrayData::Bytes(bytes)) = (self.element.dtype(), &self.data) else {
            return Ok(None);
        };
        let (key, location) = (Str::intern("numpy"), Str::intern("cpu"));
        let storage = if self.element.big_endian && self.element.itemsize > 1 {
            let turned = Turned { bytes: bytes.clone(), unit: unit(dtype) };
            Storage::lazy(key, location, bytes.len() as u64, Box::new(turned))
        } else {
            Storage::at(key, location, bytes.clone(), unit(dtype))
        };
        let stride = if self.fortran {
            let reversed: Vec<i64> = self.shape.iter().rev().copied().collect();
            contiguous_stride(&reversed).map(|stride| stride.into_iter().rev().collect())
        } else {
            contiguous_stride(&self.shape)
        };
        TensorRecord::strided(dtype, self.shape.clone(), stride.unwrap_or_default(), 0, &storage).map(Some)
    }
}

/// Big-endian elements, turned round when they are used.
struct Turned {
    bytes: Region,
    unit: usize,
}

impl Produce for Turned {
    fn produce(&self) -> Result<Region> {
        Ok(Region::from(swap(self.bytes.bytes(), self.unit)))
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
