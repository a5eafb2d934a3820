//! Numbers to the blocks of GGUF's types of 32 elements, the other way of [`super::blocks`].
//!
//! The order of the float operations is that of ggml (`ggml-quants.c`) and of its Python reference (`gguf/quants.py`), so
//! that blocks are equal to the byte.

use half::f16;

use super::blocks::NON_LINEAR;

/// Turns the numbers of one block into its bytes.
pub type Pack = fn(&[f32], &mut [u8]);

/// Elements of a block.
const SIZE: usize = 32;

/// Below this, numbers are taken for zeros.
pub(super) const TINY: f32 = 1e-15;

/// The number that lies farthest from zero, the first of equal ones.
pub(super) fn farthest(numbers: &[f32]) -> f32 {
    numbers.iter().fold(0.0, |most: f32, number| if number.abs() > most.abs() { *number } else { most })
}

/// The smallest and the largest number.
pub(super) fn ends(numbers: &[f32]) -> (f32, f32) {
    let first = numbers.first().copied().unwrap_or(0.0);
    numbers.iter().fold((first, first), |(least, most), number| {
        (if *number < least { *number } else { least }, if *number > most { *number } else { most })
    })
}

fn inverse(number: f32) -> f32 {
    if number == 0.0 { 0.0 } else { 1.0 / number }
}

/// Writes a float16; gives what will be read of it.
pub(super) fn put_half(number: f32, out: &mut [u8], at: usize) -> f32 {
    let half = f16::from_f32(number);
    put(&half.to_le_bytes(), out, at);
    half.to_f32()
}

pub(super) fn put(bytes: &[u8], out: &mut [u8], at: usize) {
    out.iter_mut().skip(at).zip(bytes).for_each(|(out, byte)| *out = *byte);
}

/// Two levels to a byte, of which the second lies half a block behind the first.
fn put_nibbles(levels: &[u8; SIZE], out: &mut [u8], at: usize) {
    let (first, second) = levels.split_at(SIZE / 2);
    let places = out.iter_mut().skip(at);
    places.zip(first.iter().zip(second)).for_each(|(out, (low, high))| *out = low & 0x0f | high << 4);
}

/// The fifth bits of all levels.
fn put_fifths(levels: &[u8; SIZE], out: &mut [u8], at: usize) {
    let bits = levels.iter().rev().fold(0_u32, |bits, level| bits << 1 | u32::from(level >> 4));
    put(&bits.to_le_bytes(), out, at);
}

fn levels(numbers: &[f32], most: u8, level: impl Fn(f32) -> f32) -> [u8; SIZE] {
    let mut levels = [0; SIZE];
    levels.iter_mut().zip(numbers).for_each(|(out, number)| *out = (level(*number) as u8).min(most));
    levels
}

pub fn q4_0(numbers: &[f32], out: &mut [u8]) {
    let scale = farthest(numbers) / -8.0;
    let inverse = inverse(scale);
    put_half(scale, out, 0);
    put_nibbles(&levels(numbers, 15, |x| x * inverse + 8.5), out, 2);
}

pub fn q4_1(numbers: &[f32], out: &mut [u8]) {
    let (least, most) = ends(numbers);
    let scale = (most - least) / 15.0;
    let inverse = inverse(scale);
    put_half(scale, out, 0);
    put_half(least, out, 2);
    put_nibbles(&levels(numbers, 15, |x| (x - least) * inverse + 0.5), out, 4);
}

pub fn q5_0(numbers: &[f32], out: &mut [u8]) {
    let scale = farthest(numbers) / -16.0;
    let inverse = inverse(scale);
    let levels = levels(numbers, 31, |x| x * inverse + 16.5);
    put_half(scale, out, 0);
    put_fifths(&levels, out, 2);
    put_nibbles(&levels, out, 6);
}

pub fn q5_1(numbers: &[f32], out: &mut [u8]) {
    let (least, most) = ends(numbers);
    let scale = (most - least) / 31.0;
    let inverse = inverse(scale);
    let levels = levels(numbers, 31, |x| (x - least) * inverse + 0.5);
    put_half(scale, out, 0);
    put_half(least, out, 2);
    put_fifths(&levels, out, 4);
    put_nibbles(&levels, out, 8);
}

pub fn q8_0(numbers: &[f32], out: &mut [u8]) {
    let scale = farthest(numbers).abs() / 127.0;
    let inverse = inverse(scale);
    put_half(scale, out, 0);
    let places = out.iter_mut().skip(2);
    places.zip(numbers).for_each(|(out, x)| *out = ((x * inverse).round() as i8).cast_unsigned());
}

/// The level whose value lies nearest.
fn nearest_level(number: f32) -> u8 {
    let value = |place: usize| NON_LINEAR.get(place).map_or(0.0, |value| f32::from(*value));
    let above = NON_LINEAR.iter().position(|value| number < f32::from(*value));
    match above {
        Some(0) => 0,
        None => 15,
        Some(above) if number - value(above - 1) < value(above) - number => above as u8 - 1,
        Some(above) => above as u8,
    }
}

/// How far the scale of IQ4_NL is tried around the first guess, to both sides.
const TRIES: i8 = 7;

pub fn iq4_nl(numbers: &[f32], out: &mut [u8]) {
    let most = farthest(numbers);
    let lowest = f32::from(NON_LINEAR.first().copied().unwrap_or(-127));
    let sums = |inverse: f32| {
        numbers.iter().fold((0.0_f32, 0.0_f32), |(product, square), x| {
            let level = NON_LINEAR.get(usize::from(nearest_level(inverse * x)));
            let (value, weight) = (level.map_or(0.0, |value| f32::from(*value)), x * x);
            (product + weight * value * x, square + weight * value * value)
        })
    };
    let mut scale = 0.0;
    if most.abs() >= TINY {
        let (product, square) = sums(1.0 / (-most / lowest));
        scale = product / square;
        let mut best = scale * product;
        for step in -TRIES..=TRIES {
            let (product, square) = sums((f32::from(step) + lowest) / most);
            if square > 0.0 && product * product > best * square {
                scale = product / square;
                best = scale * product;
            }
        }
    }
    put_half(scale, out, 0);
    let inverse = inverse(scale);
    let mut levels = [0; SIZE];
    levels.iter_mut().zip(numbers).for_each(|(level, x)| *level = nearest_level(inverse * x));
    put_nibbles(&levels, out, 2);
}
