//! Statistics of integers of 16, 32 and 64 bits, their sums and ends exact.

use super::element::Integer;
use super::{Kernel, widest};
use crate::tally::{Moments, Tally};

const LANES: usize = 8;

/// What the elements of a block come to. A block has less than 2**31 elements.
#[must_use]
pub fn tally<I: Integer>(block: &[u8]) -> Tally {
    let raw = I::split(block);
    if raw.is_empty() {
        return Tally::default();
    }
    let ends = widest(Ends::<I>(raw));
    let count = raw.len() as u64;
    let sum = (i128::from(ends.high_parts) << 32) + i128::from(ends.low_parts);
    // What all have in common is taken away first: large numbers that differ little keep their difference.
    let common = ends.low.exact() * i128::from(count);
    let above = (sum - common) as f64 / count as f64;
    let squares = widest(Squares::<I> { raw, low: ends.low, mean: above });
    Tally {
        elements: count,
        zeros: ends.zeros,
        low: Some(ends.low.exact().into()),
        high: Some(ends.high.exact().into()),
        real: Moments { count, mean: sum as f64 / count as f64, squares },
        ..Tally::default()
    }
}

struct Found<I> {
    low: I,
    high: I,
    high_parts: i64,
    low_parts: i64,
    zeros: u64,
}

struct Ends<'a, I: Integer>(&'a [I::Raw]);

impl<I: Integer> Kernel for Ends<'_, I> {
    type Output = Found<I>;

    #[inline(always)]
    fn run(self) -> Found<I> {
        let (whole, rest) = self.0.as_chunks::<LANES>();
        let mut lanes = [(I::MOST, I::LEAST); LANES];
        let mut sums = [(0_i64, 0_i64); LANES];
        let mut zeros = [0_u64; LANES];
        let one = |lane: &mut (I, I), sum: &mut (i64, i64), zeros: &mut u64, raw: I::Raw| {
            let number = I::read(raw);
            *lane = (lane.0.min(number), lane.1.max(number));
            let (high, low) = number.parts();
            *sum = (sum.0 + high, sum.1 + low);
            *zeros += u64::from(number == I::ZERO);
        };
        for chunk in whole {
            for (((lane, sum), zeros), &raw) in lanes.iter_mut().zip(&mut sums).zip(&mut zeros).zip(chunk) {
                one(lane, sum, zeros, raw);
            }
        }
        let (mut lane, mut sum, mut zero) = ((I::MOST, I::LEAST), (0, 0), 0);
        for ((other, parts), count) in lanes.into_iter().zip(sums).zip(zeros) {
            lane = (lane.0.min(other.0), lane.1.max(other.1));
            sum = (sum.0 + parts.0, sum.1 + parts.1);
            zero += count;
        }
        rest.iter().for_each(|&raw| one(&mut lane, &mut sum, &mut zero, raw));
        Found { low: lane.0, high: lane.1, high_parts: sum.0, low_parts: sum.1, zeros: zero }
    }
}

struct Squares<'a, I: Integer> {
    raw: &'a [I::Raw],
    low: I,
    /// How much more than `low` the elements are on average.
    mean: f64,
}

impl<I: Integer> Kernel for Squares<'_, I> {
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let (whole, rest) = self.raw.as_chunks::<LANES>();
        let gap = |raw: I::Raw| I::read(raw).above(self.low) as f64 - self.mean;
        let mut sum = [0.0_f64; LANES];
        for chunk in whole {
            for (sum, &raw) in sum.iter_mut().zip(chunk) {
                *sum += gap(raw) * gap(raw);
            }
        }
        sum.iter().sum::<f64>() + rest.iter().map(|&raw| gap(raw) * gap(raw)).sum::<f64>()
    }
}
