//! What is odd among floating-point elements: not finite, denormal, zero. A block of which nothing is odd is gone over by
//! loops that are compiled to vector instructions, none of which waits for memory.

use super::element::{Bf16, Element, F16, F32, F64};
use super::{Kernel, widest};
use crate::tally::Number;

/// What is found in a tensor.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Health {
    /// How many numbers.
    pub elements: u64,
    /// NaN among them.
    pub nan: u64,
    /// Infinities above every number; of complex numbers, all parts that are infinite.
    pub infinite: u64,
    /// Infinities below every number.
    pub negative_infinite: u64,
    /// Zeros among them.
    pub zeros: u64,
    /// Numbers nearer to zero than the type has with all its digits; many machines are slow at them.
    pub denormal: u64,
    /// The smallest of the finite ones.
    pub low: Option<Number>,
    /// The largest of them.
    pub high: Option<Number>,
    /// Equal of tensors with the same bytes, seldom of others.
    pub check: u64,
}

/// What the bits of an element say.
pub trait Bits: Element {
    /// The magnitude of infinity; what is above is NaN.
    const INFINITE: Self::Key;
    /// The magnitude of the smallest number that is neither zero nor denormal.
    const NORMAL: Self::Key;
    /// The magnitude of zero.
    const ZERO: Self::Key;

    /// The bits without the sign: larger where the number is farther from zero.
    fn magnitude(raw: Self::Raw) -> Self::Key;
}

macro_rules! bits {
    ($kind:ty, $key:ty, $infinite:literal, $normal:literal) => {
        impl Bits for $kind {
            const INFINITE: $key = $infinite;
            const NORMAL: $key = $normal;
            const ZERO: $key = 0;

            #[inline(always)]
            fn magnitude(raw: Self::Raw) -> $key {
                <$key>::from_le_bytes(raw) & <$key>::MAX
            }
        }
    };
}

bits!(F64, i64, 0x7ff0_0000_0000_0000, 0x0010_0000_0000_0000);
bits!(F32, i32, 0x7f80_0000, 0x0080_0000);
bits!(F16, i16, 0x7c00, 0x0400);
bits!(Bf16, i16, 0x7f80, 0x0080);

/// What is found in a block.
#[must_use]
pub fn look<E: Bits>(block: &[u8]) -> Health {
    let raw = E::split(block);
    if raw.is_empty() {
        return Health::default();
    }
    let ends = widest(Ends::<E>(raw));
    let mut found = Health { elements: raw.len() as u64, check: widest(Sum(block)), ..Health::default() };
    if ends.nearest < E::NORMAL {
        let small = widest(Small::<E>(raw));
        (found.zeros, found.denormal) = (small.zeros, small.below - small.zeros);
    }
    if ends.farthest < E::INFINITE {
        (found.low, found.high) = (Some(E::of_key(ends.low).into()), Some(E::of_key(ends.high).into()));
        return found;
    }
    for number in raw.iter().map(|&raw| E::read(raw)) {
        found.count(super::element::Wide::widen(number));
    }
    found
}

struct Found<K> {
    low: K,
    high: K,
    nearest: K,
    farthest: K,
}

/// The smallest and the largest, and those nearest to and farthest from zero.
struct Ends<'a, E: Bits>(&'a [E::Raw]);

impl<E: Bits> Kernel for Ends<'_, E> {
    type Output = Found<E::Key>;

    #[inline(always)]
    fn run(self) -> Found<E::Key> {
        // A loop for each pair, all within the nearest cache: together they are not compiled to vector instructions.
        let (mut low, mut high) = (E::MOST, E::LEAST);
        for &raw in self.0 {
            low = low.min(E::key(raw));
            high = high.max(E::key(raw));
        }
        let (mut nearest, mut farthest) = (E::MOST, E::ZERO);
        for &raw in self.0 {
            nearest = nearest.min(E::magnitude(raw));
            farthest = farthest.max(E::magnitude(raw));
        }
        Found { low, high, nearest, farthest }
    }
}

struct Counted {
    zeros: u64,
    below: u64,
}

/// How many are zero, and how many are that or denormal.
struct Small<'a, E: Bits>(&'a [E::Raw]);

impl<E: Bits> Kernel for Small<'_, E> {
    type Output = Counted;

    #[inline(always)]
    fn run(self) -> Counted {
        let zeros: u32 = self.0.iter().map(|&raw| u32::from(E::is_zero(raw))).sum();
        let below: u32 = self.0.iter().map(|&raw| u32::from(E::magnitude(raw) < E::NORMAL)).sum();
        Counted { zeros: zeros.into(), below: below.into() }
    }
}

/// The bytes added up as integers: equal of equal blocks.
pub struct Sum<'a>(pub &'a [u8]);

impl Kernel for Sum<'_> {
    type Output = u64;

    #[inline(always)]
    fn run(self) -> u64 {
        let (words, rest) = self.0.as_chunks::<8>();
        let sum = words.iter().fold(0_u64, |sum, &word| sum.wrapping_add(u64::from_le_bytes(word)));
        rest.iter().fold(sum, |sum, &byte| sum.wrapping_mul(31).wrapping_add(byte.into()))
    }
}
