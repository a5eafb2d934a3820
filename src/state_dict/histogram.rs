//! How the numbers of a tensor are spread.

use super::kernels::bytes;
use super::kernels::spread::Bins;
use super::kind::Kind;
use super::parts::{Part, Sources};
use super::rounds::{BLOCK, on_pieces};
use super::statistics::{Statistics, statistics};
use super::view::Grid;
use super::work::Pulse;
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::record::TensorRecord;
use torchsh_checkpoint::watcher::Watcher;

/// How numbers are spread: bins of one width, in order, as `torch.histc` makes them.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// The smallest number; the first bin begins there. One less, where all numbers are the same.
    pub low: f64,
    /// The largest number; the last bin ends there, and holds it. One more, where all numbers are the same.
    pub high: f64,
    /// How many numbers each bin holds; none without a finite number.
    pub counts: Vec<u64>,
    /// Numbers that are in no bin: NaN.
    pub nan: u64,
    /// Numbers that are in no bin: infinities above every number.
    pub infinite: u64,
    /// Numbers that are in no bin: infinities below every number.
    pub negative_infinite: u64,
}

impl Histogram {
    /// Where a bin begins; where the last one ends, for the number of bins.
    #[must_use]
    pub fn edge(&self, bin: usize) -> f64 {
        let share = bin as f64 / self.counts.len().max(1) as f64;
        if bin == self.counts.len() { self.high } else { self.low * (1.0 - share) + self.high * share }
    }
}

/// The histogram of a tensor's finite numbers in so many bins.
///
/// # Errors
/// A tensor that has no numbers here, or complex ones; the watcher's.
pub fn histogram(record: &TensorRecord, bins: usize, watcher: &dyn Watcher) -> Result<Histogram> {
    ordered(record)?;
    let found = statistics([record], watcher)?.into_iter().next();
    histogram_within(record, &found.unwrap_or_else(|| Ok(Default::default()))?, bins, watcher)
}

fn ordered(record: &TensorRecord) -> Result<()> {
    match record.dtype.is_complex() {
        true => Err(Error::value("complex numbers have no order: take x.real, x.imag or x.abs()")),
        false => Ok(()),
    }
}

/// [`histogram`] of a tensor whose statistics are known: its bytes are read once.
///
/// # Errors
/// As [`histogram`].
pub fn histogram_within(
    record: &TensorRecord,
    found: &Statistics,
    bins: usize,
    watcher: &dyn Watcher,
) -> Result<Histogram> {
    ordered(record)?;
    let (nan, infinite, negative_infinite) = (found.nan, found.infinite, found.negative_infinite);
    let (Some(min), Some(max)) = (&found.min, &found.max) else {
        return Ok(Histogram { low: 0.0, high: 0.0, counts: Vec::new(), nan, infinite, negative_infinite });
    };
    let (low, high) = (min.nearest(), max.nearest());
    let (low, high) = if low == high { (low - 1.0, high + 1.0) } else { (low, high) };
    let mut counts = vec![0; bins.max(1)];
    let range = Bins::new(low, high, counts.len());
    let mut sources = Sources::default();
    let parts = sources.parts(record)?;
    range.count_all(0.0, parts.zeros, &mut counts);
    let jobs = parts.parts.into_iter().map(|part| part.grid().map(|grid| (part, grid)));
    let jobs: Vec<(Part, Grid<1>)> = jobs.collect::<Result<_>>()?;
    let pieces = on_pieces(
        &jobs,
        |(part, grid)| (part, grid),
        watcher,
        |part, grid, piece, pulse| spread(part, grid, piece, pulse, (&range, bins.max(1))),
    )?;
    for (_, piece) in pieces {
        counts.iter_mut().zip(piece).for_each(|(sum, count)| *sum += count);
    }
    Ok(Histogram { low, high, counts, nan, infinite, negative_infinite })
}

/// How the numbers of a piece fall into the bins.
fn spread(
    part: &Part,
    grid: &Grid<1>,
    piece: (usize, usize),
    pulse: &Pulse<'_>,
    (range, bins): (&Bins, usize),
) -> Vec<u64> {
    let mut counts = vec![0; bins];
    let mut numbers = Vec::new();
    grid.walk([part.bytes.bytes()], piece, BLOCK / part.kind.itemsize(), |[block]| {
        match &part.kind {
            Kind::Table(table) => {
                let occurring = bytes::counts(block);
                for numbers in [Some(&table.numbers), table.seconds.as_ref()].into_iter().flatten() {
                    for (number, &times) in numbers.iter().zip(&occurring).filter(|(_, times)| **times > 0) {
                        let number = number.nearest();
                        range.count_all(number, if number.is_finite() { times } else { 0 }, &mut counts);
                    }
                }
            }
            kind => {
                numbers.clear();
                kind.doubles(block, &mut numbers);
                range.count(numbers.iter().copied(), &mut counts);
            }
        }
        pulse.goes_on(block.len() as u64)
    });
    counts.iter_mut().for_each(|count| *count = count.saturating_mul(grid.repeats));
    counts
}
