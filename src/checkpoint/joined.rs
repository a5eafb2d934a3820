//! Tensors put together from chunks.

use std::rc::Rc;

use super::dtype::Dtype;
use super::gather::Elements;
use super::mapping::Region;
use super::record::{Produce, Storage, TensorRecord, View, bytes_of, contiguous_stride, numel};
use torchsh_base::Str;
use torchsh_base::error::{Error, Result};

/// A tensor put together from chunks, when it is first used.
///
/// # Errors
/// `ValueError` for chunks that do not make up the whole.
pub fn joined(name: &str, shape: &[i64], parts: Vec<(Vec<i64>, Rc<TensorRecord>)>) -> Result<TensorRecord> {
    let fault = |what: &str| Error::value(format!("'{name}': {what}"));
    let dtype = parts.first().map(|(_, record)| record.dtype).ok_or_else(|| fault("it has no chunks"))?;
    if parts.iter().any(|(_, record)| record.dtype != dtype) {
        return Err(fault("its chunks are of several dtypes"));
    }
    let nbytes = numel(shape).and_then(|count| bytes_of(dtype, count)).ok_or_else(|| fault("too large"))?;
    let key = Str::new(name);
    let produce = Joined { shape: shape.to_vec(), dtype, parts };
    let storage = Storage::lazy(key, Str::intern("cpu"), nbytes, Box::new(produce));
    TensorRecord::contiguous(dtype, shape.to_vec(), &storage)
}

struct Joined {
    shape: Vec<i64>,
    dtype: Dtype,
    parts: Vec<(Vec<i64>, Rc<TensorRecord>)>,
}

impl Produce for Joined {
    fn produce(&self) -> Result<Region> {
        let too_large = || Error::value("too large");
        let itemsize = self.dtype.itemsize();
        let length =
            numel(&self.shape).and_then(|count| bytes_of(self.dtype, count)).ok_or_else(too_large)?;
        let mut whole = Region::zeroed(usize::try_from(length).map_err(|_| too_large())?)?;
        let stride = contiguous_stride(&self.shape).ok_or_else(too_large)?;
        let into = whole.owned_mut().unwrap_or_default();
        for (offsets, record) in &self.parts {
            let Some(view) = record.view() else { continue };
            copy_part(into, &stride, itemsize, offsets, record, view)?;
        }
        Ok(whole)
    }
}

/// Copies a chunk, a run of its last dimension at a time, to where it belongs.
fn copy_part(
    into: &mut [u8],
    stride: &[i64],
    itemsize: usize,
    offsets: &[i64],
    record: &TensorRecord,
    view: &View,
) -> Result<()> {
    let mut bytes = Vec::new();
    Elements::new(view, record.dtype, &record.shape, view.storage.bytes_once()?)?.each(|some| {
        bytes.extend_from_slice(some);
        Ok::<(), Error>(())
    })?;
    let run = usize::try_from(record.shape.last().copied().unwrap_or(1)).unwrap_or(0) * itemsize;
    if run == 0 {
        return Ok(());
    }
    let outer = record.shape.get(..record.shape.len().saturating_sub(1)).unwrap_or_default();
    let mut index = vec![0_i64; outer.len()];
    for row in bytes.chunks_exact(run) {
        let places = index.iter().chain(&[0]).zip(offsets).zip(stride);
        let start: i64 = places.map(|((&at, &offset), &step)| (at + offset) * step).sum();
        let start = usize::try_from(start).unwrap_or(usize::MAX).saturating_mul(itemsize);
        if let Some(target) = into.get_mut(start..start.saturating_add(run)) {
            target.copy_from_slice(row);
        }
        for (at, &size) in index.iter_mut().zip(outer).rev() {
            *at += 1;
            if *at < size {
                break;
            }
            *at = 0;
        }
    }
    Ok(())
}
