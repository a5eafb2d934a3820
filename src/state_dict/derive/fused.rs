//! Sums of products with one rounding each, as PyTorch's `addcmul`, `add(alpha=)` and `lerp` have them.

use super::number::Real;
use crate::kernels::{Kernel, widest};

/// Multiplies and adds with one rounding.
pub trait Fused: Sized {
    /// `self * factor + more`
    fn fused(self, factor: Self, more: Self) -> Self;
}

impl Fused for f32 {
    #[inline(always)]
    fn fused(self, factor: f32, more: f32) -> f32 {
        self.mul_add(factor, more)
    }
}

impl Fused for f64 {
    #[inline(always)]
    fn fused(self, factor: f64, more: f64) -> f64 {
        self.mul_add(factor, more)
    }
}

/// What arithmetic a combination needs.
pub trait Number:
    Real
    + Fused
    + PartialOrd
    + std::ops::Add<Output = Self>
    + std::ops::Sub<Output = Self>
    + std::ops::Mul<Output = Self>
    + std::ops::Div<Output = Self>
{
    /// Without its sign, as bits that order as the numbers do.
    fn magnitude(self) -> u64;
}

impl Number for f32 {
    fn magnitude(self) -> u64 {
        u64::from(self.abs().to_bits())
    }
}

impl Number for f64 {
    fn magnitude(self) -> u64 {
        self.abs().to_bits()
    }
}

/// Adds a multiple of some numbers to others.
struct AddMultiple<'a, R> {
    sums: &'a mut [R],
    numbers: &'a [R],
    weight: R,
}

impl<R: Number> Kernel for AddMultiple<'_, R> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let pairs = self.sums.iter_mut().zip(self.numbers);
        pairs.for_each(|(sum, number)| *sum = number.fused(self.weight, *sum));
    }
}

/// The sum of a few numbers, in the order in which PyTorch's `sum` adds them (`SumKernel.cpp`, vectors of 32 bytes).
fn sum<R: Number>(numbers: &[R]) -> R {
    let lanes = 32 / size_of::<R>();
    if numbers.len() < lanes {
        return side_by_side(numbers.iter().copied());
    }
    let (whole, rest) = numbers.split_at(numbers.len() / lanes * lanes);
    let rest = rest.iter().fold(R::ZERO, |sum, number| sum + *number);
    let of_lane = |lane| side_by_side(whole.iter().skip(lane).step_by(lanes).copied());
    (0..lanes).map(of_lane).fold(rest, |sum, number| sum + number)
}

/// Four sums side by side, what does not fill them added to the first.
fn side_by_side<R: Number>(numbers: impl ExactSizeIterator<Item = R>) -> R {
    let mut sums = [R::ZERO; 4];
    let whole = numbers.len() / 4 * 4;
    for (place, number) in numbers.enumerate() {
        if let Some(sum) = sums.get_mut(if place < whole { place % 4 } else { 0 }) {
            *sum = *sum + number;
        }
    }
    let [first, others @ ..] = sums;
    others.into_iter().fold(first, |sum, number| sum + number)
}

/// The weighted average of numbers at one place.
pub fn average<R: Number>(numbers: &[Vec<R>], weights: &[f64], made: &mut Vec<R>) {
    let weights: Vec<R> = weights.iter().map(|weight| R::of(*weight)).collect();
    for (place, (weight, numbers)) in weights.iter().zip(numbers).enumerate() {
        match place {
            0 => made.extend(numbers.iter().map(|number| *weight * *number)),
            _ => widest(AddMultiple { sums: made, numbers, weight: *weight }),
        }
    }
    let divisor = sum(&weights);
    if divisor != R::of(1.0) {
        made.iter_mut().for_each(|sum| *sum = *sum / divisor);
    }
}

/// On a straight line between numbers, from the nearer end.
struct Between<'a, R> {
    near: &'a [R],
    far: &'a [R],
    weight: R,
    made: &'a mut Vec<R>,
}

impl<R: Number> Kernel for Between<'_, R> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let pairs = self.near.iter().zip(self.far);
        self.made.extend(pairs.map(|(near, far)| (*far - *near).fused(self.weight, *near)));
    }
}

/// As PyTorch computes it.
pub fn lerp<R: Number>(one: &[R], two: &[R], weight: f64, made: &mut Vec<R>) {
    widest(match weight.abs() < 0.5 {
        true => Between { near: one, far: two, weight: R::of(weight), made },
        false => Between { near: two, far: one, weight: R::of(1.0) - R::of(weight), made },
    });
}
