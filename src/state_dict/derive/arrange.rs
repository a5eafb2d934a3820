//! Tensors whose elements are those of others in another arrangement: copies of views, rows cut and added, joined ones.

use std::sync::Arc;

use super::number::Real;
use super::{Kernel, derived, elements, prepared, within_reason};
use crate::kind::Kind;
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_checkpoint::gather::Elements;
use torchsh_checkpoint::mapping::Region;
use torchsh_checkpoint::record::{Form, TensorRecord, View};

/// Bytes as they are.
struct Copy(Region);

impl Kernel for Copy {
    fn fill(&self, start: usize, out: &mut [u8]) {
        let bytes = self.0.bytes().get(start..start + out.len()).unwrap_or_default();
        out.copy_from_slice(bytes);
    }

    fn foretell(&self, start: usize, length: usize) {
        self.0.foretell(start, length);
    }
}

/// Elements of a view that lie apart.
struct Gathered(Elements);

impl Kernel for Gathered {
    fn fill(&self, start: usize, out: &mut [u8]) {
        self.0.fill(start, out);
    }
}

/// The elements of a tensor in order, on a storage of their own.
///
/// # Errors
/// A tensor that is not one of elements in a storage.
pub fn copied(record: TensorRecord) -> Result<TensorRecord> {
    let (dtype, shape) = (record.dtype, record.shape.clone());
    record.view().ok_or_else(|| Error::value("not an ordinary tensor"))?;
    within_reason(&shape, dtype)?;
    let prepare = |sources: &[TensorRecord]| -> Result<Box<dyn Kernel>> {
        let elements =
            sources.first().map(elements).transpose()?.ok_or_else(|| Error::value("nothing to copy"))?;
        Ok(match elements.in_place() {
            Some(bytes) => Box::new(Copy(bytes)),
            None => Box::new(Gathered(elements)),
        })
    };
    prepared(dtype, shape, vec![record], Arc::default(), Box::new(prepare))
}

/// The indices from `start` to `end` along a dimension, on a storage of their own.
///
/// # Errors
/// `IndexError` for what does not lie within.
pub fn sliced(record: &TensorRecord, dim: usize, start: i64, end: i64) -> Result<TensorRecord> {
    let size = record.shape.get(dim).copied().unwrap_or(0);
    if start < 0 || end < start || end > size {
        let message = format!("{start}:{end} does not lie within dimension {dim} of {size}");
        return Err(Error::new(torchsh_base::error::Kind::Index, message));
    }
    let mut part = record.clone();
    if let Some(size) = part.shape.get_mut(dim) {
        *size = end - start;
    }
    match &mut part.form {
        Form::Strided(View { offset, stride, .. }) => {
            *offset += start * stride.get(dim).copied().unwrap_or(0);
        }
        _ => return Err(Error::value("not an ordinary tensor")),
    }
    copied(part)
}

/// Several tensors along a dimension. Each gives a run of bytes in turn.
struct Join(Vec<(Region, usize)>);

impl Kernel for Join {
    fn fill(&self, start: usize, out: &mut [u8]) {
        let row: usize = self.0.iter().map(|(_, run)| run).sum();
        let (mut at, mut out) = (start, out);
        while !out.is_empty() && row > 0 {
            let (outer, mut within) = (at / row, at % row);
            for (bytes, run) in &self.0 {
                if within >= *run {
                    within -= run;
                    continue;
                }
                let count = (run - within).min(out.len());
                let (part, rest) = out.split_at_mut(count);
                let from = outer * run + within;
                part.copy_from_slice(bytes.bytes().get(from..from + count).unwrap_or_default());
                (out, at, within) = (rest, at + count, 0);
                if out.is_empty() {
                    return;
                }
            }
        }
    }
}

/// Tensors one after another along a dimension, as `torch.cat` puts them.
///
/// # Errors
/// `ValueError` for shapes that differ in another dimension, or other dtypes.
pub fn joined(records: Vec<TensorRecord>, dim: usize) -> Result<TensorRecord> {
    let Some(first) = records.first() else { return Err(Error::value("nothing to join")) };
    let (dtype, mut shape) = (first.dtype, first.shape.clone());
    let others = |record: &TensorRecord| {
        let mut shape = record.shape.clone();
        (dim < shape.len()).then(|| shape.remove(dim)).map(|_| shape)
    };
    let wanted = others(first);
    let mut size = 0_i64;
    for record in &records {
        if record.dtype != dtype || wanted.is_none() || others(record) != wanted {
            let (one, two) = (described(first), described(record));
            return Err(Error::value(format!("{one} and {two} cannot be joined along dimension {dim}")));
        }
        size = size.saturating_add(record.shape.get(dim).copied().unwrap_or(0));
    }
    if let Some(place) = shape.get_mut(dim) {
        *place = size;
    }
    within_reason(&shape, dtype)?;
    let runs: Vec<usize> = records
        .iter()
        .map(|record| {
            let inner = record.shape.iter().skip(dim).product::<i64>();
            usize::try_from(inner).unwrap_or(0) * dtype.itemsize()
        })
        .collect();
    derived(dtype, shape, records, move |sources| {
        Ok(Box::new(Join(sources.into_iter().zip(runs.clone()).collect())))
    })
}

fn described(record: &TensorRecord) -> String {
    format!("{:?} of {}", record.shape, record.dtype.name())
}

/// What new rows hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rows {
    /// Zeros.
    Zeros,
    /// The mean of the rows that are there.
    Mean,
}

/// A tensor with rows added at the end of its first dimension.
///
/// # Errors
/// `ValueError` for a tensor without dimensions or with more rows; `TypeError` for a mean of what is no floating-point number.
pub fn grown(record: &TensorRecord, to: i64, rows: Rows) -> Result<TensorRecord> {
    let Some(&from) = record.shape.first() else {
        return Err(Error::value("a tensor without dimensions has no rows"));
    };
    if to < from {
        return Err(Error::value(format!("it has {from} rows, more than {to}")));
    }
    let (dtype, mut shape) = (record.dtype, record.shape.clone());
    if rows != Rows::Zeros && !super::is_castable(dtype, dtype) {
        return Err(Error::type_error(format!("new rows of {} can only be zeros", dtype.name())));
    }
    if let Some(place) = shape.first_mut() {
        *place = to;
    }
    within_reason(&shape, dtype)?;
    let row = record.shape.iter().skip(1).product::<i64>();
    let (row, added) = (usize::try_from(row).unwrap_or(0), usize::try_from(to - from).unwrap_or(0));
    let kind = Kind::of(dtype);
    derived(dtype, shape, vec![record.clone()], move |mut sources| {
        let old = sources.pop().unwrap_or_default();
        let mut new = Region::zeroed(row * added * dtype.itemsize())?;
        if let (Some(out), Some(kind)) = (new.owned_mut(), &kind) {
            fill_rows(out, &old, (dtype, kind), row, rows);
        }
        let (old_length, new_length) = (old.len(), new.len());
        Ok(Box::new(Join(vec![(old, old_length), (new, new_length)])))
    })
}

fn fill_rows(out: &mut [u8], old: &Region, (dtype, kind): (Dtype, &Kind), row: usize, rows: Rows) {
    let bytes = row * dtype.itemsize();
    match rows {
        Rows::Zeros => {}
        Rows::Mean if bytes > 0 => {
            let (mut sums, mut numbers) = (vec![0.0_f64; row], Vec::new());
            for line in old.bytes().chunks_exact(bytes) {
                f64::read(dtype, kind, line, &mut numbers);
                sums.iter_mut().zip(&numbers).for_each(|(sum, number)| *sum += number);
            }
            let count = (old.len() / bytes).max(1) as f64;
            sums.iter_mut().for_each(|sum| *sum /= count);
            for line in out.chunks_exact_mut(bytes) {
                f64::write(dtype, &sums, line);
            }
        }
        Rows::Mean => {}
    }
}
