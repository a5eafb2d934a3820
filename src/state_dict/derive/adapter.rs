//! Weights with a low-rank change added: LoRA and DoRA, as peft merges them (`tuners/lora/layer.py`, `dora.py`).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::number::{Real, lost, outgrown};
use super::{Kernel, counting};
use crate::kind::Kind;
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_checkpoint::mapping::Region;
use torchsh_checkpoint::record::{Form, TensorRecord};

/// A change `scale * up @ down` of a weight that is taken as a matrix.
#[derive(Clone, Debug)]
pub struct LowRank {
    /// `[rows, rank]`
    pub up: TensorRecord,
    /// `[rank, columns]`
    pub down: TensorRecord,
    /// What it is multiplied by.
    pub scale: f64,
    /// DoRA: the length of each row, or of each column where the weight is of another orientation.
    pub magnitude: Option<TensorRecord>,
}

/// A matrix of single precision.
struct Matrix {
    rows: usize,
    numbers: Vec<f32>,
}

impl Matrix {
    fn of(record: &TensorRecord, bytes: &Region) -> Result<Matrix> {
        let kind = Kind::of(record.dtype).ok_or_else(|| Error::type_error("no numbers"))?;
        let mut numbers = Vec::new();
        f32::read(record.dtype, &kind, bytes.bytes(), &mut numbers);
        let rows = record.shape.first().copied().and_then(|rows| usize::try_from(rows).ok()).unwrap_or(1);
        Ok(Matrix { rows, numbers })
    }
}

struct Merge {
    weight: Region,
    from: (Dtype, Kind),
    to: Dtype,
    columns: usize,
    up: Matrix,
    down: Matrix,
    scale: f32,
    /// What each row is multiplied by at the end.
    factors: Option<Vec<f32>>,
    /// Numbers that were finite and are not with the change.
    lost: Arc<AtomicU64>,
}

impl Merge {
    /// Rows of the weight with the change added.
    fn rows(&self, first: usize, count: usize) -> Vec<f32> {
        let (rank, columns) = (self.down.rows, self.columns);
        let mut change = vec![0.0_f32; count * columns];
        let up = self.up.numbers.get(first * rank..(first + count) * rank).unwrap_or_default();
        if up.len() == count * rank && self.down.numbers.len() == rank * columns && !change.is_empty() {
            // SAFETY: all three matrices are as long as their rows and columns say.
            unsafe {
                matrixmultiply::sgemm(
                    count,
                    rank,
                    columns,
                    1.0,
                    up.as_ptr(),
                    rank as isize,
                    1,
                    self.down.numbers.as_ptr(),
                    columns as isize,
                    1,
                    0.0,
                    change.as_mut_ptr(),
                    columns as isize,
                    1,
                );
            }
        }
        let mut weights = self.weights(first * columns, count * columns);
        weights.iter_mut().zip(&change).for_each(|(weight, change)| *weight += change * self.scale);
        if let Some(factors) = &self.factors {
            for (row, factor) in
                weights.chunks_exact_mut(columns).zip(factors.get(first..).unwrap_or_default())
            {
                row.iter_mut().for_each(|weight| *weight *= factor);
            }
        }
        weights
    }

    /// So many numbers of the weight as it is.
    fn weights(&self, first: usize, count: usize) -> Vec<f32> {
        let (dtype, kind) = &self.from;
        let (start, end) = (first * dtype.itemsize(), (first + count) * dtype.itemsize());
        let mut weights = Vec::new();
        f32::read(*dtype, kind, self.weight.bytes().get(start..end).unwrap_or_default(), &mut weights);
        weights
    }

    /// Counts the numbers that were finite, and are not with the change in the dtype of the result.
    fn count_lost(&self, first: usize, numbers: &[f32], out: &[u8]) {
        let mut lost = lost(self.to, numbers, out);
        if numbers.iter().any(|number| !number.is_finite()) {
            lost += outgrown(&[self.weights(first, numbers.len())], numbers);
        }
        if lost > 0 {
            self.lost.fetch_add(lost, Ordering::Relaxed);
        }
    }
}

impl Kernel for Merge {
    fn fill(&self, start: usize, out: &mut [u8]) {
        let size = self.to.itemsize();
        let row = self.columns * size;
        if row == 0 {
            return;
        }
        // Rows are made whole, as many at a time as keep the product in fast memory.
        let most = (1_usize << 18).div_ceil(self.columns).max(1);
        let (mut at, mut out) = (start, out);
        while !out.is_empty() {
            let (first, skipped) = (at / row, at % row);
            let wanted = (skipped + out.len()).div_ceil(row).min(most);
            let numbers = self.rows(first, wanted);
            let count = out.len().min(wanted * row - skipped);
            let (part, rest) = out.split_at_mut(count);
            let from = skipped / size;
            let numbers = numbers.get(from..from + count / size).unwrap_or_default();
            f32::write(self.to, numbers, part);
            self.count_lost(first * self.columns + from, numbers, part);
            (out, at) = (rest, at + count);
        }
    }
}

/// A matrix with rows and columns exchanged.
#[must_use]
pub fn turned(record: &TensorRecord) -> TensorRecord {
    let mut turned = record.clone();
    turned.shape.reverse();
    if let Form::Strided(view) = &mut turned.form {
        view.stride.reverse();
    }
    turned
}

/// A weight with the change added, in the weight's dtype; it is computed in single precision.
///
/// # Errors
/// `ValueError` for shapes that do not fit.
pub fn merged(weight: &TensorRecord, change: &LowRank) -> Result<TensorRecord> {
    let (dtype, shape) = (weight.dtype, weight.shape.clone());
    let rows = shape.first().copied().unwrap_or(0);
    let columns: i64 = shape.iter().skip(1).product();
    let matrix = |record: &TensorRecord| {
        let rows = record.shape.first().copied().unwrap_or(0);
        (rows, record.shape.iter().skip(1).product::<i64>())
    };
    let (up, down) = (matrix(&change.up), matrix(&change.down));
    if up != (rows, down.0) || down.1 != columns || shape.len() < 2 {
        return Err(Error::value(format!(
            "a change of {:?} times {:?} does not fit a weight of {shape:?}",
            change.up.shape, change.down.shape
        )));
    }
    let kind = Kind::of(dtype).filter(|_| super::is_castable(dtype, dtype));
    let kind =
        kind.ok_or_else(|| Error::type_error(format!("nothing can be merged into {}", dtype.name())))?;
    let mut sources = vec![weight.clone(), change.up.clone(), change.down.clone()];
    sources.extend(change.magnitude.clone());
    let (change, columns) = (change.clone(), usize::try_from(columns).unwrap_or(0));
    let lost = Arc::new(AtomicU64::new(0));
    counting(dtype, shape, sources, lost.clone(), move |bytes| {
        // It may be made more than once.
        lost.store(0, Ordering::Relaxed);
        let mut bytes = bytes.into_iter();
        let mut next = || bytes.next().unwrap_or_default();
        let mut merge = Merge {
            weight: next(),
            from: (dtype, kind.clone()),
            to: dtype,
            columns,
            up: Matrix::of(&change.up, &next())?,
            down: Matrix::of(&change.down, &next())?,
            scale: change.scale as f32,
            factors: None,
            lost: lost.clone(),
        };
        if let Some(magnitude) = &change.magnitude {
            merge.factors = Some(factors(&merge, &Matrix::of(magnitude, &next())?)?);
        }
        Ok(Box::new(merge))
    })
}

/// DoRA: what brings each row to its length.
fn factors(merge: &Merge, magnitude: &Matrix) -> Result<Vec<f32>> {
    if magnitude.numbers.len() != merge.up.rows {
        let (lengths, rows) = (magnitude.numbers.len(), merge.up.rows);
        return Err(Error::value(format!("{lengths} lengths for {rows} rows")));
    }
    let rows = magnitude.numbers.iter().enumerate().map(|(row, length)| {
        let squares: f64 =
            merge.rows(row, 1).iter().map(|number| f64::from(*number) * f64::from(*number)).sum();
        length / squares.sqrt() as f32
    });
    Ok(rows.collect())
}
