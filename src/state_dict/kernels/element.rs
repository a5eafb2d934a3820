//! How the bytes of an element are a number.

/// A number that loops compute with.
pub trait Wide: Copy {
    /// As the widest of its kind.
    fn widen(self) -> f64;
}

impl Wide for f32 {
    #[inline(always)]
    fn widen(self) -> f64 {
        f64::from(self)
    }
}

impl Wide for f64 {
    #[inline(always)]
    fn widen(self) -> f64 {
        self
    }
}

/// A kind of floating-point element.
pub trait Element {
    /// Its bytes.
    type Raw: Copy + PartialEq;
    /// What it is read as, without loss.
    type Wide: Wide;
    /// An integer that is smaller where the number is. (Loops over integers are compiled to vector instructions, where those
    /// over floats would have to mind NaN.)
    type Key: Copy + Ord;
    /// Above every key.
    const MOST: Self::Key;
    /// Below every key.
    const LEAST: Self::Key;

    /// The elements in some bytes; a rest that is no whole element is left out.
    fn split(bytes: &[u8]) -> &[Self::Raw];

    /// The number.
    fn read(raw: Self::Raw) -> Self::Wide;

    /// Its key.
    fn key(raw: Self::Raw) -> Self::Key;

    /// The number of a key.
    fn of_key(key: Self::Key) -> f64;

    /// Whether it is zero.
    fn is_zero(raw: Self::Raw) -> bool;
}

/// `float32`
pub struct F32;
/// `float64`
pub struct F64;
/// `float16`
pub struct F16;
/// `bfloat16`
pub struct Bf16;

macro_rules! element {
    ($kind:ty, $size:literal, $wide:ty, $key:ty, $raw:ident => $read:expr) => {
        impl Element for $kind {
            type Raw = [u8; $size];
            type Wide = $wide;
            type Key = $key;
            const MOST: $key = <$key>::MAX;
            const LEAST: $key = <$key>::MIN;

            #[inline(always)]
            fn split(bytes: &[u8]) -> &[Self::Raw] {
                bytes.as_chunks().0
            }

            #[inline(always)]
            fn read($raw: Self::Raw) -> $wide {
                $read
            }

            #[inline(always)]
            fn key(raw: Self::Raw) -> $key {
                let bits = <$key>::from_le_bytes(raw);
                // Of negative numbers, all bits but the sign are turned: the more they say, the smaller is the number.
                bits ^ ((bits >> (<$key>::BITS - 1)) & <$key>::MAX)
            }

            #[inline(always)]
            fn of_key(key: $key) -> f64 {
                let bits = key ^ ((key >> (<$key>::BITS - 1)) & <$key>::MAX);
                Self::read(bits.to_le_bytes()).widen()
            }

            #[inline(always)]
            fn is_zero(raw: Self::Raw) -> bool {
                <$key>::from_le_bytes(raw) << 1 == 0
            }
        }
    };
}

element!(F32, 4, f32, i32, raw => f32::from_le_bytes(raw));
element!(F64, 8, f64, i64, raw => f64::from_le_bytes(raw));
element!(F16, 2, f32, i16, raw => half(u16::from_le_bytes(raw)));
element!(Bf16, 2, f32, i16, raw => f32::from_bits(u32::from(u16::from_le_bytes(raw)) << 16));

/// A `float16` as a `float32`, without a branch and without arithmetic on subnormal numbers, which some machines are slow at.
#[inline(always)]
fn half(bits: u16) -> f32 {
    const REBIAS: u32 = (127 - 15) << 23;
    let (sign, magnitude) = (u32::from(bits & 0x8000) << 16, u32::from(bits & 0x7fff) << 13);
    // Below the smallest normal number: one is put before the digits and taken away again.
    let smallest = f32::from_bits(REBIAS + (1 << 23));
    let subnormal = (f32::from_bits(magnitude + REBIAS + (1 << 23)) - smallest).to_bits();
    // Infinities and NaN have all bits of the exponent set, here as there.
    let beyond = if magnitude >= 0x1f << 23 { REBIAS } else { 0 };
    let normal = magnitude + REBIAS + beyond;
    f32::from_bits(sign | if magnitude < 1 << 23 { subnormal } else { normal })
}

/// A kind of integer.
pub trait Integer: Copy + Ord {
    /// The elements in some bytes, by their bytes.
    type Raw: Copy;
    /// Zero.
    const ZERO: Self;
    /// The largest of the kind.
    const MOST: Self;
    /// The smallest of the kind.
    const LEAST: Self;

    /// The elements in some bytes; a rest that is no whole element is left out.
    fn split(bytes: &[u8]) -> &[Self::Raw];
    /// The number.
    fn read(raw: Self::Raw) -> Self;
    /// In two parts that can be added up without overflow: `high * 2**32 + low`.
    fn parts(self) -> (i64, i64);
    /// How much more it is than a smaller one.
    fn above(self, smaller: Self) -> u64;
    /// As an exact number.
    fn exact(self) -> i128;
    /// As the nearest double.
    fn nearest(self) -> f64;
}

macro_rules! integer {
    ($kind:ty, $size:literal, $number:ident => $parts:expr) => {
        impl Integer for $kind {
            type Raw = [u8; $size];
            const ZERO: Self = 0;
            const MOST: Self = <$kind>::MAX;
            const LEAST: Self = <$kind>::MIN;

            #[inline(always)]
            fn split(bytes: &[u8]) -> &[Self::Raw] {
                bytes.as_chunks().0
            }

            #[inline(always)]
            fn read(raw: Self::Raw) -> Self {
                <$kind>::from_le_bytes(raw)
            }

            #[inline(always)]
            fn parts(self) -> (i64, i64) {
                let $number = self;
                $parts
            }

            #[inline(always)]
            fn above(self, smaller: Self) -> u64 {
                u64::from(self.abs_diff(smaller))
            }

            #[inline(always)]
            fn exact(self) -> i128 {
                i128::from(self)
            }

            #[inline(always)]
            fn nearest(self) -> f64 {
                self as f64
            }
        }
    };
}

integer!(i8, 1, number => (0, i64::from(number)));
integer!(u8, 1, number => (0, i64::from(number)));
integer!(i16, 2, number => (0, i64::from(number)));
integer!(u16, 2, number => (0, i64::from(number)));
integer!(i32, 4, number => (0, i64::from(number)));
integer!(u32, 4, number => (0, i64::from(number)));
integer!(i64, 8, number => (number >> 32, number & 0xffff_ffff));
integer!(u64, 8, number => ((number >> 32) as i64, (number & 0xffff_ffff) as i64));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_float16_is_read_as_it_is() {
        for bits in 0..=u16::MAX {
            let (own, right) = (half(bits), ::half::f16::from_bits(bits).to_f32());
            assert!(
                own.to_bits() == right.to_bits() || own.is_nan() && right.is_nan(),
                "{bits:#06x}: {own} {right}"
            );
        }
    }
}
