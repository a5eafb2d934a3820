//! Elements as numbers to compute with, and back, rounded as PyTorch rounds.

use half::slice::HalfFloatSliceExt;

use crate::kind::Kind;
use torchsh_checkpoint::dtype::Dtype;

/// Numbers that are computed with.
pub trait Real: Copy + Send + Sync + 'static {
    /// Zero.
    const ZERO: Self;
    /// Whether it is of double precision.
    const IS_WIDE: bool;
    /// The nearest to a double.
    fn of(number: f64) -> Self;
    /// Whether it is neither infinite nor NaN.
    fn is_finite(self) -> bool;
    /// Reads the elements in some bytes.
    fn read(dtype: Dtype, kind: &Kind, bytes: &[u8], into: &mut Vec<Self>);
    /// Writes numbers as elements of a floating-point dtype.
    fn write(dtype: Dtype, numbers: &[Self], out: &mut [u8]);
}

impl Real for f32 {
    const ZERO: f32 = 0.0;
    const IS_WIDE: bool = false;

    fn of(number: f64) -> f32 {
        number as f32
    }

    fn is_finite(self) -> bool {
        f32::is_finite(self)
    }

    fn read(dtype: Dtype, kind: &Kind, bytes: &[u8], into: &mut Vec<f32>) {
        into.clear();
        match dtype {
            Dtype::FLOAT32 => into.extend(bytes.as_chunks().0.iter().map(|raw| f32::from_le_bytes(*raw))),
            Dtype::BFLOAT16 => {
                let wide = |raw: &[u8; 2]| f32::from_bits(u32::from(u16::from_le_bytes(*raw)) << 16);
                into.extend(bytes.as_chunks().0.iter().map(wide));
            }
            Dtype::FLOAT16 => {
                let halves: Vec<half::f16> =
                    bytes.as_chunks().0.iter().map(|raw| half::f16::from_le_bytes(*raw)).collect();
                into.resize(halves.len(), 0.0);
                halves.convert_to_f32_slice(into);
            }
            Dtype::INT64 => {
                into.extend(bytes.as_chunks().0.iter().map(|raw| i64::from_le_bytes(*raw) as f32))
            }
            Dtype::UINT64 => {
                into.extend(bytes.as_chunks().0.iter().map(|raw| u64::from_le_bytes(*raw) as f32))
            }
            _ => {
                let mut numbers = Vec::with_capacity(bytes.len() / dtype.itemsize().max(1));
                kind.doubles(bytes, &mut numbers);
                into.extend(numbers.into_iter().map(|number| number as f32));
            }
        }
    }

    fn write(dtype: Dtype, numbers: &[f32], out: &mut [u8]) {
        match dtype {
            Dtype::FLOAT32 => put(numbers, out, |number| number.to_le_bytes()),
            Dtype::FLOAT64 => put(numbers, out, |number| f64::from(number).to_le_bytes()),
            Dtype::BFLOAT16 => put(numbers, out, |number| bfloat16(number).to_le_bytes()),
            Dtype::FLOAT16 => {
                let mut halves = vec![half::f16::ZERO; numbers.len()];
                halves.convert_from_f32_slice(numbers);
                put(&halves, out, half::f16::to_le_bytes);
            }
            dtype => put(numbers, out, |number| [small(dtype, number)]),
        }
    }
}

impl Real for f64 {
    const ZERO: f64 = 0.0;
    const IS_WIDE: bool = true;

    fn of(number: f64) -> f64 {
        number
    }

    fn is_finite(self) -> bool {
        f64::is_finite(self)
    }

    fn read(_: Dtype, kind: &Kind, bytes: &[u8], into: &mut Vec<f64>) {
        into.clear();
        kind.doubles(bytes, into);
    }

    fn write(dtype: Dtype, numbers: &[f64], out: &mut [u8]) {
        match dtype {
            Dtype::FLOAT64 => put(numbers, out, |number| number.to_le_bytes()),
            // PyTorch, too, makes a float32 of it first.
            dtype => f32::write(dtype, &numbers.iter().map(|number| *number as f32).collect::<Vec<_>>(), out),
        }
    }
}

/// How many finite numbers became infinite or NaN as elements of a dtype: of more than it can hold.
pub fn lost<R: Real>(to: Dtype, numbers: &[R], out: &[u8]) -> u64 {
    /// Those of elements in which all bits of the exponent stand, or what stands for more than there is.
    fn count<R: Real, const SIZE: usize>(
        numbers: &[R],
        out: &[u8],
        is_beyond: impl Fn([u8; SIZE]) -> bool + Copy,
    ) -> u64 {
        let elements = out.as_chunks::<SIZE>().0;
        // Nearly always there is none, and that is seen at once.
        if !elements.iter().fold(false, |any, raw| any | is_beyond(*raw)) {
            return 0;
        }
        let both = numbers.iter().zip(elements);
        both.filter(|(number, raw)| is_beyond(**raw) && number.is_finite()).count() as u64
    }
    match to {
        Dtype::FLOAT16 => count(numbers, out, |raw| u16::from_le_bytes(raw) & 0x7c00 == 0x7c00),
        Dtype::BFLOAT16 => count(numbers, out, |raw| u16::from_le_bytes(raw) & 0x7f80 == 0x7f80),
        Dtype::FLOAT32 if R::IS_WIDE => {
            count(numbers, out, |raw| u32::from_le_bytes(raw) & 0x7f80_0000 == 0x7f80_0000)
        }
        Dtype::FLOAT8_E5M2 => count(numbers, out, |[byte]| byte & 0x7c == 0x7c),
        Dtype::FLOAT8_E4M3FN => count(numbers, out, |[byte]| byte & 0x7f == 0x7f),
        Dtype::FLOAT8_E5M2FNUZ | Dtype::FLOAT8_E4M3FNUZ => count(numbers, out, |[byte]| byte == 0x80),
        _ => 0,
    }
}

/// How many numbers that were made of finite ones alone are infinite or NaN.
pub fn outgrown<R: Real>(of: &[Vec<R>], made: &[R]) -> u64 {
    if made.iter().fold(true, |all, number| all & number.is_finite()) {
        return 0;
    }
    let were_finite =
        |place: usize| of.iter().all(|numbers| numbers.get(place).is_none_or(|number| number.is_finite()));
    let places = made.iter().enumerate();
    places.filter(|(place, number)| !number.is_finite() && were_finite(*place)).count() as u64
}

fn put<N: Copy, const SIZE: usize>(numbers: &[N], out: &mut [u8], bytes: impl Fn(N) -> [u8; SIZE]) {
    for (out, number) in out.as_chunks_mut::<SIZE>().0.iter_mut().zip(numbers) {
        *out = bytes(*number);
    }
}

/// To the nearest, ties to the even one; NaN becomes the one that PyTorch's vector code writes.
#[inline(always)]
fn bfloat16(number: f32) -> u16 {
    let bits = number.to_bits();
    let rounded = bits.wrapping_add(0x7fff + (bits >> 16 & 1)) >> 16;
    let bits = if number.is_nan() { 0xffff } else { rounded };
    bits as u16
}

/// The eight-bit floats: bits of the exponent and of the digits, the exponent's bias, and what stands beyond the largest
/// (`c10/util/Float8_*.h`): NaN where there is no infinity.
struct Small {
    digits: u32,
    bias: i32,
    /// The bits of the largest number.
    most: u8,
    /// What a larger one becomes.
    beyond: u8,
    nan: u8,
    /// Whether zero has no sign.
    unsigned_zero: bool,
}

fn small(dtype: Dtype, number: f32) -> u8 {
    let row = |digits, bias, most, beyond, nan, unsigned_zero| Small {
        digits,
        bias,
        most,
        beyond,
        nan,
        unsigned_zero,
    };
    match dtype {
        Dtype::FLOAT8_E5M2 => row(2, 15, 0x7b, 0x7c, 0x7f, false).of(number),
        Dtype::FLOAT8_E5M2FNUZ => row(2, 16, 0x7f, 0x80, 0x80, true).of(number),
        Dtype::FLOAT8_E4M3FNUZ => row(3, 8, 0x7f, 0x80, 0x80, true).of(number),
        _ => row(3, 7, 0x7e, 0x7f, 0x7f, false).of(number),
    }
}

impl Small {
    fn of(&self, number: f32) -> u8 {
        let sign = if number.is_sign_negative() { 0x80 } else { 0 };
        if number.is_nan() {
            return if self.unsigned_zero { self.nan } else { sign | self.nan };
        }
        let magnitude = f64::from(number.abs());
        // The distance of two neighbours there; below the smallest normal number it does not shrink further.
        let exponent = if magnitude == 0.0 { 1 - self.bias } else { exponent(magnitude).max(1 - self.bias) };
        let step = f64::from(exponent - i32::try_from(self.digits).unwrap_or(0)).exp2();
        let steps = (magnitude / step).round_ties_even();
        // Steps of the smallest exponent are counted from zero on, of others from a power of two on.
        let above = f64::from(exponent - (1 - self.bias)) * f64::from(1_u32 << self.digits);
        let bits = above + steps;
        let bits =
            if magnitude.is_infinite() || bits > f64::from(self.most) { self.beyond } else { bits as u8 };
        match bits {
            0 if self.unsigned_zero => 0,
            0x80 if self.unsigned_zero => 0x80,
            bits => sign | bits,
        }
    }
}

/// The exponent of a double that is no zero and no subnormal.
fn exponent(magnitude: f64) -> i32 {
    i32::try_from(magnitude.to_bits() >> 52 & 0x7ff).unwrap_or(0) - 1023
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_floats_are_read_as_they_are_written() {
        for dtype in
            [Dtype::FLOAT8_E5M2, Dtype::FLOAT8_E4M3FN, Dtype::FLOAT8_E5M2FNUZ, Dtype::FLOAT8_E4M3FNUZ]
        {
            let kind = Kind::of(dtype).unwrap();
            for byte in 0..=255_u8 {
                let mut number = Vec::new();
                kind.doubles(&[byte], &mut number);
                if !number[0].is_nan() {
                    assert_eq!(small(dtype, number[0] as f32), byte, "{dtype} {byte:#x} {number:?}");
                }
            }
        }
        assert_eq!(small(Dtype::FLOAT8_E4M3FN, 464.0), 0x7e);
        assert_eq!(small(Dtype::FLOAT8_E4M3FN, 465.0), 0x7f);
    }

    #[test]
    fn what_a_dtype_cannot_hold_is_counted() {
        let numbers = [1.0, 7e4, f32::INFINITY, f32::MAX, -7e4, f32::NAN];
        for (dtype, size, wanted) in [(Dtype::FLOAT16, 2, 3), (Dtype::BFLOAT16, 2, 1), (Dtype::FLOAT32, 4, 0)]
        {
            let mut out = vec![0; numbers.len() * size];
            f32::write(dtype, &numbers, &mut out);
            assert_eq!(lost(dtype, &numbers, &out), wanted, "{dtype}");
        }
        let mut out = [0; 8];
        f64::write(Dtype::FLOAT32, &[1e300, 1.0], &mut out);
        assert_eq!(lost(Dtype::FLOAT32, &[1e300, 1.0], &out), 1);
        let of = [vec![f32::MAX, f32::NAN, 1.0], vec![f32::MAX, 1.0, 1.0]];
        assert_eq!(outgrown(&of, &[f32::INFINITY, f32::NAN, 2.0]), 1);
    }

    #[test]
    fn rounding_is_to_the_even_one() {
        assert_eq!(
            [1.0, 257.0 / 256.0, 259.0 / 256.0, -0.0, f32::MAX].map(bfloat16),
            [0x3f80, 0x3f80, 0x3f82, 0x8000, 0x7f80]
        );
        assert_eq!(bfloat16(f32::NAN), 0xffff);
    }
}
