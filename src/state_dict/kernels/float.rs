//! Statistics of floating-point elements.

use half::f16;
use half::slice::HalfFloatSliceExt;

use super::element::{Element, F32, Wide};
use super::{Kernel, widest};
use crate::tally::{Moments, Tally};

/// How many numbers are looked at side by side.
const LANES: usize = 16;

/// What the elements of a block come to.
#[must_use]
pub fn tally<E: Element>(block: &[u8]) -> Tally {
    tally_of::<E>(E::split(block))
}

/// As [`tally`], of `float16`, which most machines have an instruction to widen.
#[must_use]
pub fn tally_of_halves(block: &[u8]) -> Tally {
    let halves: Vec<f16> = block.as_chunks().0.iter().map(|&raw| f16::from_le_bytes(raw)).collect();
    let mut wide = vec![0.0; halves.len()];
    halves.convert_to_f32_slice(&mut wide);
    let raw: Vec<[u8; 4]> = wide.into_iter().map(f32::to_le_bytes).collect();
    tally_of::<F32>(&raw)
}

fn tally_of<E: Element>(raw: &[E::Raw]) -> Tally {
    let ends = widest(Ends::<E>(raw));
    if !ends.sum.is_finite() {
        return guarded(raw.iter().map(|&raw| E::read(raw).widen()));
    }
    let count = raw.len() as u64;
    let mean = if count == 0 { 0.0 } else { ends.sum / count as f64 };
    let squares = widest(Squares::<E>(raw, mean));
    Tally {
        elements: count,
        zeros: ends.zeros,
        low: (count > 0).then_some(ends.low.into()),
        high: (count > 0).then_some(ends.high.into()),
        real: Moments { count, mean, squares },
        ..Tally::default()
    }
}

/// As [`tally`], of numbers among which some are not finite, or add up to more than there is.
pub fn guarded(numbers: impl Iterator<Item = f64> + Clone) -> Tally {
    let mut tally = Tally::default();
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for number in numbers.clone() {
        tally.count(number);
        if number.is_finite() {
            (low, high) = (low.min(number), high.max(number));
        }
    }
    let count = tally.elements - tally.not_finite();
    if count > 0 {
        let finite = || numbers.clone().filter(|number| number.is_finite());
        let mean = finite().map(|number| number / count as f64).sum::<f64>();
        let squares = finite().map(|number| (number - mean) * (number - mean)).sum();
        (tally.low, tally.high) = (Some(low.into()), Some(high.into()));
        tally.real = Moments { count, mean, squares };
    }
    tally
}

struct Found {
    low: f64,
    high: f64,
    sum: f64,
    zeros: u64,
}

/// The first walk: the smallest, the largest, the sum and the zeros. The sum is finite only where every element is.
struct Ends<'a, E: Element>(&'a [E::Raw]);

impl<E: Element> Kernel for Ends<'_, E> {
    type Output = Found;

    #[inline(always)]
    fn run(self) -> Found {
        // A loop for each, all within the nearest cache: together they are not compiled to vector instructions.
        let (mut low, mut high) = (E::MOST, E::LEAST);
        for &raw in self.0 {
            low = low.min(E::key(raw));
            high = high.max(E::key(raw));
        }
        let zeros: u32 = self.0.iter().map(|&raw| u32::from(E::is_zero(raw))).sum();
        let (whole, rest) = self.0.as_chunks::<LANES>();
        let mut sum = [0.0_f64; LANES];
        for chunk in whole {
            for (sum, &raw) in sum.iter_mut().zip(chunk) {
                *sum += E::read(raw).widen();
            }
        }
        let rest = rest.iter().map(|&raw| E::read(raw).widen());
        let sum = sum.iter().sum::<f64>() + rest.sum::<f64>();
        Found { low: E::of_key(low), high: E::of_key(high), sum, zeros: zeros.into() }
    }
}

/// The second walk: how far from their mean the elements lie, squared and added up.
struct Squares<'a, E: Element>(&'a [E::Raw], f64);

impl<E: Element> Kernel for Squares<'_, E> {
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let (whole, rest) = self.0.as_chunks::<LANES>();
        let mut sum = [0.0_f64; LANES];
        for chunk in whole {
            for (sum, &raw) in sum.iter_mut().zip(chunk) {
                let gap = E::read(raw).widen() - self.1;
                *sum += gap * gap;
            }
        }
        let gaps = rest.iter().map(|&raw| E::read(raw).widen() - self.1);
        sum.iter().sum::<f64>() + gaps.map(|gap| gap * gap).sum::<f64>()
    }
}
