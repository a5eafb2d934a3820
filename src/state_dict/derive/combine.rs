//! Tensors of one shape as one: averages, interpolations, and sums of what tuning changed.
//!
//! The formulas are those of mergekit (`merge_methods`, `sparsify.py`, `slerp.py`), to the bit in single precision. Only the angle
//! of two vectors is summed in double precision: PyTorch's own sum depends on the number of its threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::fused::{Number, average, lerp};
use super::number::{Real, lost, outgrown};
use super::{Kernel, counting};
use crate::kind::Kind;
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_checkpoint::mapping::{Region, bring};
use torchsh_checkpoint::record::TensorRecord;

/// Numbers that are computed at a time.
const BLOCK: usize = 2048;

/// Vectors whose cosine is larger are interpolated on a line.
const PARALLEL: f64 = 0.9995;

/// A vector that is no longer than this has no direction.
const NO_LENGTH: f64 = 1e-8;

/// How the numbers at one place become one.
#[derive(Clone, Debug, PartialEq)]
pub enum Combination {
    /// `(w0 * x0 + w1 * x1 + …) / (w0 + w1 + …)`, added from the first on, each product to the sum with one rounding.
    Average(Vec<f64>),
    /// `w0 * x0 + w1 * x1 + …`, added from the first on.
    Sum(Vec<f64>),
    /// `torch.lerp(x0, x1, weight)`
    Lerp(f64),
    /// On the arc between both, taken as vectors.
    Slerp(f64),
    /// `x0 + (scale1 * (x1 - base) + scale2 * (x2 - base) + …)`, the base last; a scale of all is taken of the sum.
    Task(Vec<f64>),
    /// What tuning changed, as far as it agrees in its sign: `base + scale * …`, the base last.
    Ties {
        /// One for each tuned tensor.
        weights: Vec<f64>,
        /// The share of each change that is kept: its largest numbers.
        density: f64,
        /// Of the whole sum.
        scale: f64,
    },
    /// What tuning changed, of which a random part is kept and made larger: `base + scale * …`, the base last.
    Dare {
        /// One for each tuned tensor.
        weights: Vec<f64>,
        /// The share of each change that is kept.
        density: f64,
        /// Of the whole sum.
        scale: f64,
        /// What the choice depends on, with the place of a number in its tensor.
        seed: u64,
    },
}

/// The bytes of one tensor as numbers.
struct Column {
    dtype: Dtype,
    kind: Kind,
    bytes: Region,
}

impl Column {
    fn read<R: Real>(&self, first: usize, count: usize, into: &mut Vec<R>) {
        let size = self.dtype.itemsize();
        let bytes = self.bytes.bytes().get(first * size..(first + count) * size).unwrap_or_default();
        R::read(self.dtype, &self.kind, bytes, into);
    }

    /// Has the pages of these elements mapped at one go.
    fn bring(&self, first: usize, count: usize) {
        let size = self.dtype.itemsize();
        bring(self.bytes.bytes().get(first * size..(first + count) * size).unwrap_or_default());
    }

    fn count(&self) -> usize {
        self.bytes.len() / self.dtype.itemsize().max(1)
    }
}

/// What is known of all numbers before the first is made.
enum Prepared<R> {
    Plain,
    /// Factors of both vectors.
    Arc(R, R),
    /// Of each change, which magnitudes are kept: those above, and of those equal the ones before a place.
    Kept(Vec<(u64, usize)>),
}

struct Combine<R> {
    how: Combination,
    columns: Vec<Column>,
    prepared: Prepared<R>,
    to: Dtype,
    lost: Arc<AtomicU64>,
}

impl<R: Number> Combine<R> {
    fn new(how: Combination, columns: Vec<Column>, to: Dtype, lost: Arc<AtomicU64>) -> Self {
        let prepared = match &how {
            Combination::Slerp(t) => {
                arc(&columns, *t).map_or(Prepared::Plain, |(one, two)| Prepared::Arc(R::of(one), R::of(two)))
            }
            Combination::Ties { density, .. } if *density < 1.0 => {
                let (base, tuned) = columns
                    .split_last()
                    .map_or((None, &[] as &[Column]), |(base, tuned)| (Some(base), tuned));
                let kept = tuned.iter().filter_map(|tuned| Some(largest::<R>(tuned, base?, *density)));
                Prepared::Kept(kept.collect())
            }
            _ => Prepared::Plain,
        };
        Combine { how, columns, prepared, to, lost }
    }

    fn make(&self, first: usize, numbers: &[Vec<R>], made: &mut Vec<R>) {
        made.clear();
        let column = |place: usize| numbers.get(place).map_or(&[] as &[R], Vec::as_slice);
        match &self.how {
            Combination::Average(weights) => average(numbers, weights, made),
            Combination::Sum(weights) => {
                // A sum that began at zero would lose the sign of a zero.
                made.resize(column(0).len(), R::of(-0.0));
                for (numbers, weight) in numbers.iter().zip(weights.iter().map(|weight| R::of(*weight))) {
                    made.iter_mut().zip(numbers).for_each(|(sum, number)| *sum = *sum + weight * *number);
                }
            }
            Combination::Lerp(weight) => lerp(column(0), column(1), *weight, made),
            Combination::Slerp(weight) => match &self.prepared {
                Prepared::Arc(one, two) => {
                    made.extend(column(0).iter().zip(column(1)).map(|(a, b)| *one * *a + *two * *b));
                }
                _ => {
                    let (one, two) = (R::of(1.0 - weight), R::of(*weight));
                    made.extend(column(0).iter().zip(column(1)).map(|(a, b)| one * *a + two * *b));
                }
            },
            Combination::Task(scales) => {
                let base = column(scales.len() + 1);
                let of_all = scales.first().filter(|first| scales.iter().all(|scale| scale == *first));
                made.resize(base.len(), R::ZERO);
                for (place, scale) in scales.iter().enumerate() {
                    let scale = R::of(if of_all.is_some() { 1.0 } else { *scale });
                    let pairs = column(place + 1).iter().zip(base);
                    made.iter_mut().zip(pairs).for_each(|(sum, (tuned, base))| {
                        *sum = *sum + scale * (*tuned - *base);
                    });
                }
                let scale = R::of(of_all.copied().unwrap_or(1.0));
                made.iter_mut().zip(column(0)).for_each(|(sum, first)| *sum = *first + scale * *sum);
            }
            Combination::Ties { weights, scale, .. } => self.ties(numbers, weights, first, *scale, made),
            Combination::Dare { weights, density, scale, seed } => {
                let base = column(weights.len());
                made.resize(base.len(), R::ZERO);
                for (place, weight) in weights.iter().enumerate() {
                    let (weight, density_of) = (R::of(*weight), R::of(*density));
                    let pairs = column(place).iter().zip(base).zip(first..);
                    made.iter_mut().zip(pairs).for_each(|(sum, ((tuned, base), index))| {
                        if is_kept(*seed, place, index, *density) {
                            *sum = *sum + weight * ((*tuned - *base) / density_of);
                        }
                    });
                }
                let scale = R::of(*scale);
                made.iter_mut().zip(base).for_each(|(sum, base)| *sum = *base + *sum * scale);
            }
        }
    }

    /// Of each change its largest numbers, of these those whose sign is that of their sum.
    fn ties(&self, numbers: &[Vec<R>], weights: &[f64], first: usize, scale: f64, made: &mut Vec<R>) {
        let Some((base, tuned)) = numbers.split_last() else { return };
        let weights: Vec<R> = weights.iter().map(|weight| R::of(*weight)).collect();
        let mut changes = vec![R::ZERO; tuned.len()];
        for (row, base) in base.iter().enumerate() {
            let mut sum = R::ZERO;
            for (place, (change, (tuned, weight))) in
                changes.iter_mut().zip(tuned.iter().zip(&weights)).enumerate()
            {
                let delta = tuned.get(row).copied().unwrap_or(*base) - *base;
                let is_kept = match &self.prepared {
                    Prepared::Kept(kept) => kept.get(place).is_none_or(|(least, until)| {
                        let magnitude = delta.magnitude();
                        magnitude > *least || magnitude == *least && first + row < *until
                    }),
                    _ => true,
                };
                *change = if is_kept { delta * *weight } else { R::ZERO };
                sum = sum + *change;
            }
            let is_positive = sum >= R::ZERO;
            let (mut mixed, mut divisor) = (R::ZERO, R::ZERO);
            for (change, weight) in changes.iter().zip(&weights) {
                if (*change > R::ZERO) == is_positive && *change != R::ZERO {
                    mixed = mixed + *change;
                    divisor = divisor + *weight;
                }
            }
            if divisor != R::ZERO {
                mixed = mixed / divisor;
            }
            made.push(*base + mixed * R::of(scale));
        }
    }
}

impl<R: Number> Kernel for Combine<R> {
    fn fill(&self, start: usize, out: &mut [u8]) {
        let to = self.to.itemsize();
        let mut first = start / to;
        self.columns.iter().for_each(|column| column.bring(first, out.len() / to));
        let mut numbers: Vec<Vec<R>> = self.columns.iter().map(|_| Vec::with_capacity(BLOCK)).collect();
        let mut made = Vec::with_capacity(BLOCK);
        for block in out.chunks_mut(BLOCK * to) {
            let count = block.len() / to;
            for (column, numbers) in self.columns.iter().zip(&mut numbers) {
                column.read(first, count, numbers);
            }
            self.make(first, &numbers, &mut made);
            R::write(self.to, &made, block);
            let lost = lost(self.to, &made, block) + outgrown(&numbers, &made);
            if lost > 0 {
                self.lost.fetch_add(lost, Ordering::Relaxed);
            }
            first += count;
        }
    }

    /// One tensor after the other, each in a long run.
    fn foretell(&self, start: usize, length: usize) {
        let to = self.to.itemsize();
        for column in &self.columns {
            let size = column.dtype.itemsize();
            column.bytes.foretell(start / to * size, length / to * size);
        }
    }
}

/// The factors of two vectors on the arc between them; none where they point the same way.
fn arc(columns: &[Column], t: f64) -> Option<(f64, f64)> {
    let [one, two] = columns else { return None };
    let (mut a, mut b) = (Vec::new(), Vec::new());
    let (mut dot, mut first, mut second) = (0.0_f64, 0.0_f64, 0.0_f64);
    for start in (0..one.count()).step_by(BLOCK) {
        let count = BLOCK.min(one.count() - start);
        one.read::<f64>(start, count, &mut a);
        two.read::<f64>(start, count, &mut b);
        for (a, b) in a.iter().zip(&b) {
            dot += a * b;
            first += a * a;
            second += b * b;
        }
    }
    // A vector of no length is at right angles to any other.
    let [first, second] =
        [first, second].map(|squares| if squares.sqrt() > NO_LENGTH { squares.sqrt() } else { 1.0 });
    let cosine = dot / (first * second);
    if cosine.abs() > PARALLEL || !cosine.is_finite() {
        return None;
    }
    let angle = cosine.acos();
    Some(((angle - angle * t).sin() / angle.sin(), (angle * t).sin() / angle.sin()))
}

/// Bits of a magnitude that are counted at a time.
const DIGIT: u32 = 16;

/// The magnitude above which a share of a change lies, and up to which place those equal to it are kept. The change is read
/// several times, sixteen bits of its magnitudes at a time, so that it needs no memory.
fn largest<R: Number>(tuned: &Column, base: &Column, density: f64) -> (u64, usize) {
    let kept = (density * tuned.count() as f64) as usize;
    if kept == 0 {
        return (u64::MAX, 0);
    }
    // Of those that begin as the one that is looked for does, how many of the largest are still wanted.
    let (mut least, mut wanted) = (0_u64, kept);
    for digit in (0..u64::BITS / DIGIT).rev().map(|place| place * DIGIT) {
        let mut counts = vec![0_usize; 1 << DIGIT];
        each_magnitude::<R>(tuned, base, |_, magnitude| {
            let above = u64::MAX.checked_shl(digit + DIGIT).unwrap_or(0);
            if magnitude & above == least & above
                && let Some(count) = counts.get_mut((magnitude >> digit & 0xffff) as usize)
            {
                *count += 1;
            }
        });
        for (bits, count) in counts.iter().enumerate().rev() {
            if *count >= wanted {
                least |= (bits as u64) << digit;
                break;
            }
            wanted -= count;
        }
    }
    // As many of those that are equal as are still wanted, from the first on.
    let (mut equal, mut until) = (0, usize::MAX);
    each_magnitude::<R>(tuned, base, |place, magnitude| {
        if magnitude == least {
            equal += 1;
            if equal == wanted {
                until = place + 1;
            }
        }
    });
    (least, until)
}

/// The magnitudes of a change, each with its place.
fn each_magnitude<R: Number>(tuned: &Column, base: &Column, mut tell: impl FnMut(usize, u64)) {
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for start in (0..tuned.count()).step_by(BLOCK) {
        let count = BLOCK.min(tuned.count() - start);
        tuned.read::<R>(start, count, &mut a);
        base.read::<R>(start, count, &mut b);
        let pairs = a.iter().zip(&b).enumerate();
        pairs.for_each(|(place, (a, b))| tell(start + place, (*a - *b).magnitude()));
    }
}

/// Whether a number is among the share that is kept: the same for the same seed, on any number of cores (splitmix64).
fn is_kept(seed: u64, place: usize, index: usize, density: f64) -> bool {
    let mut bits = seed ^ (place as u64).wrapping_mul(0xd1b5_4a32_d192_ed03);
    bits = bits.wrapping_add((index as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    let unit = ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64;
    unit < density
}

/// Tensors of one shape as one of the dtype of the first. It is computed in single precision, or in double where one of
/// them is.
///
/// # Errors
/// `ValueError` for other shapes, `TypeError` for dtypes that are not floating-point numbers.
pub fn combined(records: Vec<TensorRecord>, how: Combination) -> Result<TensorRecord> {
    let Some(first) = records.first() else { return Err(Error::value("nothing to combine")) };
    let (to, shape) = (first.dtype, first.shape.clone());
    let mut kinds = Vec::with_capacity(records.len());
    for record in &records {
        let kind = Kind::of(record.dtype).filter(|_| record.dtype.is_floating_point());
        let kind = kind.filter(|_| super::is_castable(record.dtype, to));
        let no_number = || Error::type_error(format!("{} cannot be averaged", record.dtype.name()));
        kinds.push((record.dtype, kind.ok_or_else(no_number)?));
        if record.shape != shape {
            return Err(Error::value(format!("shapes {shape:?} and {:?}", record.shape)));
        }
    }
    let is_wide = kinds.iter().any(|(dtype, _)| *dtype == Dtype::FLOAT64);
    let lost = Arc::new(AtomicU64::new(0));
    counting(to, shape, records, lost.clone(), move |sources| {
        // It may be made more than once.
        lost.store(0, Ordering::Relaxed);
        let columns = kinds.iter().zip(sources);
        let columns =
            columns.map(|((dtype, kind), bytes)| Column { dtype: *dtype, kind: kind.clone(), bytes });
        let (how, columns, lost) = (how.clone(), columns.collect(), lost.clone());
        Ok(if is_wide {
            Box::new(Combine::<f64>::new(how, columns, to, lost))
        } else {
            Box::new(Combine::<f32>::new(how, columns, to, lost))
        })
    })
}
