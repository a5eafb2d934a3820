//! What the numbers of a tensor come to.

use std::sync::Arc;

use super::kernels::element::Integer as _;
use super::kernels::{bytes, complex, float as floating, integer as whole};
use super::kind::{Float, Kind, Table, Width, float, integer};
use super::parts::Part;
use super::rounds::{self, BLOCK, Sum};
use super::tally::{Moments, Number, Tally};
use super::view::Grid;
use super::work::Pulse;
use torchsh_base::error::Result;
use torchsh_checkpoint::record::TensorRecord;
use torchsh_checkpoint::watcher::Watcher;

/// Bytes of a block of which only counts are made, which are costlier to add up.
pub(super) const COUNTED: usize = 256 << 10;

/// What the numbers of a tensor come to. Ends, mean and deviation are those of the finite ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statistics {
    /// How many numbers (two an element, of a type that packs two into a byte).
    pub elements: u64,
    /// NaN among them.
    pub nan: u64,
    /// Infinities above every number; of complex numbers, all that are infinite.
    pub infinite: u64,
    /// Infinities below every number.
    pub negative_infinite: u64,
    /// Zeros among them.
    pub zeros: u64,
    /// The smallest; none without a finite number, and of complex ones.
    pub min: Option<Number>,
    /// The largest; as `min`.
    pub max: Option<Number>,
    /// Their mean; of complex numbers its real part.
    pub mean: Option<f64>,
    /// The imaginary part of the mean, of complex numbers.
    pub imaginary_mean: Option<f64>,
    /// The standard deviation of a sample (divided by one less than the count, as `torch.std` does); none of fewer than two.
    pub std: Option<f64>,
}

impl Statistics {
    /// NaN and infinities among the numbers.
    #[must_use]
    pub fn not_finite(&self) -> u64 {
        self.nan + self.infinite + self.negative_infinite
    }
}

impl Statistics {
    /// Those of both tensors together.
    #[must_use]
    pub fn and(&self, other: &Statistics) -> Statistics {
        Statistics::from(self.tally().and(other.tally()))
    }

    fn tally(&self) -> Tally {
        let count = self.elements - self.not_finite();
        let squares = self.std.map_or(0.0, |std| std * std * count.saturating_sub(1) as f64);
        let moments = |mean: Option<f64>, squares| Moments { count, mean: mean.unwrap_or(0.0), squares };
        Tally {
            elements: self.elements,
            nan: self.nan,
            infinite: self.infinite,
            negative_infinite: self.negative_infinite,
            zeros: self.zeros,
            low: self.min,
            high: self.max,
            real: moments(self.mean, squares),
            imaginary: self.imaginary_mean.map(|mean| moments(Some(mean), 0.0)),
        }
    }
}

impl From<Tally> for Statistics {
    fn from(tally: Tally) -> Self {
        let count = tally.real.count;
        let squares = tally.real.squares + tally.imaginary.map_or(0.0, |moments| moments.squares);
        Statistics {
            elements: tally.elements,
            nan: tally.nan,
            infinite: tally.infinite,
            negative_infinite: tally.negative_infinite,
            zeros: tally.zeros,
            min: tally.low,
            max: tally.high,
            mean: (count > 0).then_some(tally.real.mean),
            imaginary_mean: tally.imaginary.filter(|_| count > 0).map(|moments| moments.mean),
            std: (count > 1).then(|| (squares / (count - 1) as f64).sqrt()),
        }
    }
}

/// The statistics of tensors, in their order; of a tensor that has no numbers here, the reason.
///
/// # Errors
/// The watcher's, which ends the work.
pub fn statistics<'a>(
    records: impl IntoIterator<Item = &'a TensorRecord>,
    watcher: &dyn Watcher,
) -> Result<Vec<Result<Statistics>>> {
    let tallies = rounds::of_each::<Tally>(records, watcher)?;
    Ok(tallies.into_iter().map(|tally| tally.map(Statistics::from)).collect())
}

impl Sum for Tally {
    fn begin(record: &TensorRecord, count: u64) -> Self {
        if count > 0 { zeros(record, count) } else { Tally::default() }
    }

    fn piece(part: &Part, grid: &Grid<1>, range: (usize, usize), pulse: &Pulse<'_>) -> Self {
        tally(part, grid, range, pulse)
    }

    fn and(self, next: Self) -> Self {
        Tally::and(self, next)
    }
}

/// So many zeros of that type.
fn zeros(record: &TensorRecord, count: u64) -> Tally {
    let zero = if record.dtype.is_floating_point() { Number::Float(0.0) } else { Number::Integer(0) };
    let moments = Moments { count, mean: 0.0, squares: 0.0 };
    let is_complex = record.dtype.is_complex();
    Tally {
        elements: count,
        zeros: count,
        low: (!is_complex).then_some(zero),
        high: (!is_complex).then_some(zero),
        real: moments,
        imaginary: is_complex.then_some(moments),
        ..Tally::default()
    }
}

/// What a piece of a part comes to.
fn tally(part: &Part, grid: &Grid<1>, range: (usize, usize), pulse: &Pulse<'_>) -> Tally {
    let bytes = [part.bytes.bytes()];
    if let Some(table) = table_of(&part.kind) {
        let mut counts = [0; 256];
        grid.walk(bytes, range, COUNTED, |[block]| {
            counts.iter_mut().zip(bytes::counts(block)).for_each(|(sum, count)| *sum += count);
            pulse.goes_on(block.len() as u64)
        });
        return counted(&table, &counts).repeated(grid.repeats);
    }
    let mut tally = Tally::default();
    grid.walk(bytes, range, BLOCK / part.kind.itemsize(), |[block]| {
        tally = std::mem::take(&mut tally).and(block_tally(&part.kind, block));
        pulse.goes_on(block.len() as u64)
    });
    tally.repeated(grid.repeats)
}

/// The numbers of elements of a byte, which are counted.
pub(super) fn table_of(kind: &Kind) -> Option<Arc<Table>> {
    match kind {
        Kind::Table(table) => Some(table.clone()),
        Kind::Integer(width @ (Width::I8 | Width::U8)) => {
            Some(Table::of_integers(*width == Width::I8).into())
        }
        _ => None,
    }
}

pub(super) fn counted(table: &Table, counts: &bytes::Counts) -> Tally {
    let firsts = table.numbers.iter().copied().zip(counts.iter().copied());
    match &table.seconds {
        None => bytes::tally(firsts),
        Some(seconds) => bytes::tally(firsts.chain(seconds.iter().copied().zip(counts.iter().copied()))),
    }
}

fn block_tally(kind: &Kind, block: &[u8]) -> Tally {
    match kind {
        Kind::Float(Float::F16) => floating::tally_of_halves(block),
        Kind::Float(kind) => float!(*kind, floating::tally, block),
        Kind::Complex(kind) => float!(*kind, complex::tally, block),
        Kind::Integer(width) => integer!(*width, whole::tally, block),
        Kind::Scaled(scale) => {
            floating::guarded(i32::split(block).iter().map(|&raw| scale.number(i32::read(raw))))
        }
        Kind::Table(_) => Tally::default(),
    }
}
