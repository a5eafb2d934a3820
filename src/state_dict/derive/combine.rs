//! Tensors of one shape as one: averages and their kin.

use super::number::Real;
use super::{Kernel, derived};
use crate::checkpoint::dtype::Dtype;
use crate::checkpoint::mapping::Region;
use crate::checkpoint::record::TensorRecord;
use crate::error::{Error, Result};
use crate::state_dict::kind::Kind;

/// Numbers that are computed at a time.
const BLOCK: usize = 2048;

/// How the numbers at one place become one.
#[derive(Clone, Debug, PartialEq)]
pub enum Combination {
    /// `(w0 * x0 + w1 * x1 + …) / sum`, added from the first on.
    Average {
        /// One for each tensor.
        weights: Vec<f64>,
        /// What the sum is divided by; 1 for none.
        divisor: f64,
    },
    /// `torch.lerp(x0, x1, weight)`
    Lerp(f64),
    /// `x0 + scale * (x1 - x2)`; of several: `x0 + scale1 * (x1 - base) + …`, the base last.
    Task(Vec<f64>),
}

struct Combine<R> {
    how: Combination,
    sources: Vec<(Dtype, Kind, Region)>,
    to: Dtype,
    real: std::marker::PhantomData<R>,
}

/// What arithmetic a combination needs.
pub trait Number:
    Real
    + std::ops::Add<Output = Self>
    + std::ops::Sub<Output = Self>
    + std::ops::Mul<Output = Self>
    + std::ops::Div<Output = Self>
{
}

impl Number for f32 {}
impl Number for f64 {}

impl<R: Number> Kernel for Combine<R> {
    fn fill(&self, start: usize, out: &mut [u8]) {
        let to = self.to.itemsize();
        let mut first = start / to;
        let mut numbers: Vec<Vec<R>> = self.sources.iter().map(|_| Vec::with_capacity(BLOCK)).collect();
        let mut made = Vec::with_capacity(BLOCK);
        for block in out.chunks_mut(BLOCK * to) {
            let count = block.len() / to;
            for ((dtype, kind, bytes), numbers) in self.sources.iter().zip(&mut numbers) {
                let size = dtype.itemsize();
                let bytes = bytes.bytes().get(first * size..(first + count) * size).unwrap_or_default();
                R::read(*dtype, kind, bytes, numbers);
            }
            self.how.of(&numbers, &mut made);
            R::write(self.to, &made, block);
            first += count;
        }
    }
}

impl Combination {
    fn of<R: Number>(&self, numbers: &[Vec<R>], made: &mut Vec<R>) {
        made.clear();
        let column = |place: usize| numbers.get(place).map_or(&[] as &[R], Vec::as_slice);
        match self {
            Combination::Average { weights, divisor } => {
                made.resize(column(0).len(), R::ZERO);
                for (weight, numbers) in weights.iter().zip(numbers) {
                    let weight = R::of(*weight);
                    made.iter_mut().zip(numbers).for_each(|(sum, number)| *sum = *sum + weight * *number);
                }
                if *divisor != 1.0 {
                    let divisor = R::of(*divisor);
                    made.iter_mut().for_each(|sum| *sum = *sum / divisor);
                }
            }
            Combination::Lerp(weight) => {
                let from_first = weight.abs() < 0.5;
                let (weight, rest) = (R::of(*weight), R::of(1.0) - R::of(*weight));
                let pairs = column(0).iter().zip(column(1));
                // As PyTorch computes it: from the nearer end.
                match from_first {
                    true => made.extend(pairs.map(|(a, b)| *a + weight * (*b - *a))),
                    false => made.extend(pairs.map(|(a, b)| *b - (*b - *a) * rest)),
                }
            }
            Combination::Task(scales) => {
                let base = column(scales.len() + 1);
                made.extend_from_slice(column(0));
                for (place, scale) in scales.iter().enumerate() {
                    let scale = R::of(*scale);
                    let pairs = column(place + 1).iter().zip(base);
                    made.iter_mut().zip(pairs).for_each(|(sum, (tuned, base))| {
                        *sum = *sum + scale * (*tuned - *base);
                    });
                }
            }
        }
    }
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
    derived(to, shape, records, move |sources| {
        let sources = kinds.iter().zip(sources).map(|((dtype, kind), bytes)| (*dtype, kind.clone(), bytes)).collect();
        let how = how.clone();
        Ok(if is_wide {
            Box::new(Combine::<f64> { how, sources, to, real: std::marker::PhantomData })
        } else {
            Box::new(Combine::<f32> { how, sources, to, real: std::marker::PhantomData })
        })
    })
}
