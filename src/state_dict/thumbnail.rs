//! A tensor as a small picture: means of blocks, of which every element is a part.

use super::kind::Kind;
use super::parts::Sources;
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::record::{TensorRecord, numel};
use torchsh_checkpoint::watcher::Watcher;

/// Means of blocks, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Thumbnail {
    /// Blocks in a row.
    pub columns: usize,
    /// The mean of each block; NaN where an element of it is not finite.
    pub means: Vec<f64>,
}

impl Thumbnail {
    /// Rows of blocks.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.means.len().checked_div(self.columns).unwrap_or(0)
    }
}

/// The picture of a tensor in so many rows and columns at most: the first dimension down, all others across.
///
/// # Errors
/// A tensor that has no numbers here, or complex ones; the watcher's.
pub fn thumbnail(
    record: &TensorRecord,
    rows: usize,
    columns: usize,
    watcher: &dyn Watcher,
) -> Result<Thumbnail> {
    let kind = Kind::of(record.dtype).filter(|_| !record.dtype.is_complex() && record.view().is_some());
    let kind = kind.ok_or_else(|| Error::value("a tensor without numbers that can be drawn"))?;
    let all = numel(&record.shape).and_then(|all| usize::try_from(all).ok()).unwrap_or(0);
    let tall = record.shape.first().and_then(|rows| usize::try_from(*rows).ok()).unwrap_or(1);
    let wide = all.checked_div(tall).unwrap_or(0);
    if wide == 0 {
        return Err(Error::value("an empty tensor"));
    }
    let (rows, columns) = (rows.clamp(1, tall), columns.clamp(1, wide));
    let mut sums = vec![(0.0, 0u64); rows * columns];
    let (mut place, mut numbers) = (0usize, Vec::new());
    watcher.expect((all as u64).saturating_mul(record.dtype.itemsize() as u64));
    Sources::default().elements(record)?.each(|bytes| {
        numbers.clear();
        kind.doubles(bytes, &mut numbers);
        for number in &numbers {
            let row = place / wide * rows / tall;
            let column = place % wide * columns / wide;
            if let Some((sum, count)) = sums.get_mut(row * columns + column) {
                *sum += number;
                *count += 1;
            }
            place += 1;
        }
        watcher.advance(bytes.len() as u64)
    })?;
    let mean = |(sum, count): (f64, u64)| if sum.is_finite() { sum / count.max(1) as f64 } else { f64::NAN };
    Ok(Thumbnail { columns, means: sums.into_iter().map(mean).collect() })
}
