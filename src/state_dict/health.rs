//! What is odd about the numbers of tensors: not finite, denormal, all the same, dead rows. Read once, at the speed of
//! memory; only what is suspicious is looked at a second time.

use super::kernels::float::guarded;
pub use super::kernels::health::Health;
use super::kernels::{bytes, health as odd, integer as integers, widest};
use super::kind::{Kind, float, integer};
use super::parts::{Part, Parts, Sources};
use super::rounds::{self, BLOCK, Sum};
use super::statistics::{COUNTED, counted, table_of};
use super::tally::{Number, Tally};
use super::view::Grid;
use super::work::Pulse;
use torchsh_base::error::Result;
use torchsh_checkpoint::dtype::Dtype;
use torchsh_checkpoint::record::TensorRecord;
use torchsh_checkpoint::watcher::Watcher;

/// A factor (an odd one loses nothing) by which the order of blocks shows in a check.
const TURN: u64 = 0x9e37_79b9_7f4a_7c15;

impl Health {
    /// Whether all numbers are the same (and finite).
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.low.is_some() && self.low == self.high && self.not_finite() == 0
    }

    /// Whether there are numbers, all of them zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.elements > 0 && self.zeros == self.elements
    }

    /// NaN and infinities among the numbers.
    #[must_use]
    pub fn not_finite(&self) -> u64 {
        self.nan + self.infinite + self.negative_infinite
    }

    /// The finite number farthest from zero.
    #[must_use]
    pub fn farthest(&self) -> Option<f64> {
        let ends = [self.low, self.high].into_iter().flatten().map(|end| end.nearest().abs());
        ends.reduce(f64::max)
    }

    /// Takes a number among which some may not be finite into account, but for zeros and denormals.
    pub fn count(&mut self, number: f64) {
        if number.is_finite() {
            self.low = Number::smaller(self.low, Some(number.into()));
            self.high = Number::larger(self.high, Some(number.into()));
        }
        self.nan += u64::from(number.is_nan());
        self.infinite += u64::from(number == f64::INFINITY);
        self.negative_infinite += u64::from(number == f64::NEG_INFINITY);
    }

    fn repeated(mut self, times: u64) -> Self {
        let counts = [
            &mut self.elements,
            &mut self.nan,
            &mut self.infinite,
            &mut self.negative_infinite,
            &mut self.zeros,
            &mut self.denormal,
        ];
        counts.into_iter().for_each(|count| *count = count.saturating_mul(times));
        self
    }
}

impl From<Tally> for Health {
    fn from(tally: Tally) -> Self {
        Health {
            elements: tally.elements,
            nan: tally.nan,
            infinite: tally.infinite,
            negative_infinite: tally.negative_infinite,
            zeros: tally.zeros,
            low: tally.low,
            high: tally.high,
            ..Health::default()
        }
    }
}

impl Sum for Health {
    fn begin(record: &TensorRecord, zeros: u64) -> Self {
        let zero = if record.dtype.is_floating_point() { Number::Float(0.0) } else { Number::Integer(0) };
        let end = (zeros > 0 && !record.dtype.is_complex()).then_some(zero);
        Health { elements: zeros, zeros, low: end, high: end, ..Health::default() }
    }

    fn piece(part: &Part, grid: &Grid<1>, range: (usize, usize), pulse: &Pulse<'_>) -> Self {
        let bytes = [part.bytes.bytes()];
        let mut found = Health::default();
        if let Some(table) = table_of(&part.kind) {
            let (mut counts, mut check) = ([0; 256], 0_u64);
            grid.walk(bytes, range, COUNTED, |[block]| {
                counts.iter_mut().zip(bytes::counts(block)).for_each(|(sum, count)| *sum += count);
                check = check.wrapping_mul(TURN).wrapping_add(widest(odd::Sum(block)));
                pulse.goes_on(block.len() as u64)
            });
            return Health { check, ..Health::from(counted(&table, &counts)) }.repeated(grid.repeats);
        }
        grid.walk(bytes, range, BLOCK / part.kind.itemsize(), |[block]| {
            found = std::mem::take(&mut found).and(in_block(&part.kind, block));
            pulse.goes_on(block.len() as u64)
        });
        found.repeated(grid.repeats)
    }

    fn and(self, next: Self) -> Self {
        Health {
            elements: self.elements + next.elements,
            nan: self.nan + next.nan,
            infinite: self.infinite + next.infinite,
            negative_infinite: self.negative_infinite + next.negative_infinite,
            zeros: self.zeros + next.zeros,
            denormal: self.denormal + next.denormal,
            low: Number::smaller(self.low, next.low),
            high: Number::larger(self.high, next.high),
            check: self.check.wrapping_mul(TURN).wrapping_add(next.check),
        }
    }
}

/// What is found in each tensor, in their order; of a tensor that has no numbers here, the reason.
///
/// # Errors
/// The watcher's, which ends the work.
pub fn health<'a>(
    records: impl IntoIterator<Item = &'a TensorRecord>,
    watcher: &dyn Watcher,
) -> Result<Vec<Result<Health>>> {
    rounds::of_each(records, watcher)
}

fn in_block(kind: &Kind, block: &[u8]) -> Health {
    let found = match kind {
        Kind::Float(kind) => return float!(*kind, odd::look, block),
        // The ends of complex numbers are none.
        Kind::Complex(kind) => return Health { low: None, high: None, ..float!(*kind, odd::look, block) },
        Kind::Integer(width) => integer!(*width, integers::tally, block),
        Kind::Scaled(_) | Kind::Table(_) => {
            let mut numbers = Vec::new();
            kind.doubles(block, &mut numbers);
            guarded(numbers.iter().copied())
        }
    };
    Health { check: widest(odd::Sum(block)), ..Health::from(found) }
}

/// The rows (indices of the first dimension) of a tensor that are zero throughout. A row is left at its first number that
/// is not zero, so that rows that live cost next to nothing.
///
/// # Errors
/// As for [`health`]: a tensor that has no numbers here.
pub fn dead_rows(record: &TensorRecord) -> Result<Vec<u64>> {
    let mut sources = Sources::default();
    let Parts { parts, zeros, axis, .. } = sources.parts(record)?;
    let [part] = parts.as_slice() else { return Ok(Vec::new()) };
    if zeros > 0 || axis.is_some() || record.dtype == Dtype::FLOAT4_E2M1FN_X2 {
        return Ok(Vec::new());
    }
    let rows = part.channels(0).unwrap_or_default();
    let is_dead = |row: &Part| -> Result<bool> {
        let grid = row.grid()?;
        let mut is_dead = grid.elements() > 0;
        grid.walk([row.bytes.bytes()], (0, grid.elements()), BLOCK / row.kind.itemsize(), |[block]| {
            is_dead = is_dead && in_block(&row.kind, block).is_zero();
            is_dead
        });
        Ok(is_dead)
    };
    let mut dead = Vec::new();
    for (number, row) in (0..).zip(&rows) {
        if is_dead(row)? {
            dead.push(number);
        }
    }
    Ok(dead)
}
