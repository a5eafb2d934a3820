//! The block-quantised types of GGUF: what they are called, how long their blocks are, and both ways between them and float32.
//!
//! Layouts and the order of the float operations are those of ggml (`ggml-common.h`, `ggml-quants.c`) and of its Python
//! reference (`gguf/quants.py`), so results are equal to the bit.

use half::f16;

use super::pack::{self, Pack};
use super::{k_quants, small};

/// Turns the bytes of one block into its numbers.
pub type Unfold = fn(&[u8], &mut [f32]);

/// One type: how many elements a block holds, in how many bytes, and how they are made of each other.
#[derive(Clone, Copy, Debug)]
pub struct BlockType {
    /// The number of `ggml_type`.
    pub number: u32,
    /// `Q4_K`
    pub name: &'static str,
    /// Elements of a block.
    pub elements: usize,
    /// Bytes of a block.
    pub bytes: usize,
    /// Writes the elements of one block; none for a type that is only named here.
    pub unfold: Option<Unfold>,
    /// Makes one block of its elements; none for a type that is only read.
    pub pack: Option<Pack>,
}

impl PartialEq for BlockType {
    fn eq(&self, other: &BlockType) -> bool {
        self.number == other.number
    }
}

const fn row(
    number: u32,
    name: &'static str,
    elements: usize,
    bytes: usize,
    unfold: fn(&[u8], &mut [f32]),
) -> BlockType {
    BlockType { number, name, elements, bytes, unfold: Some(unfold), pack: None }
}

const fn both(row: BlockType, pack: fn(&[f32], &mut [u8])) -> BlockType {
    BlockType { pack: Some(pack), ..row }
}

const fn named(number: u32, name: &'static str, elements: usize, bytes: usize) -> BlockType {
    BlockType { number, name, elements, bytes, unfold: None, pack: None }
}

/// The types, by their numbers.
const TYPES: &[BlockType] = &[
    both(row(2, "Q4_0", 32, 18, q4_0), pack::q4_0),
    both(row(3, "Q4_1", 32, 20, q4_1), pack::q4_1),
    both(row(6, "Q5_0", 32, 22, q5_0), pack::q5_0),
    both(row(7, "Q5_1", 32, 24, q5_1), pack::q5_1),
    both(row(8, "Q8_0", 32, 34, q8_0), pack::q8_0),
    // Never written to a file.
    named(9, "Q8_1", 32, 40),
    both(row(10, "Q2_K", 256, 84, q2_k), k_quants::q2_k),
    both(row(11, "Q3_K", 256, 110, q3_k), k_quants::q3_k),
    both(row(12, "Q4_K", 256, 144, q4_k), k_quants::q4_k),
    both(row(13, "Q5_K", 256, 176, q5_k), k_quants::q5_k),
    both(row(14, "Q6_K", 256, 210, q6_k), k_quants::q6_k),
    row(15, "Q8_K", 256, 292, q8_k),
    row(16, "IQ2_XXS", 256, 66, small::iq2_xxs),
    row(17, "IQ2_XS", 256, 74, small::iq2_xs),
    row(18, "IQ3_XXS", 256, 98, small::iq3_xxs),
    row(19, "IQ1_S", 256, 50, small::iq1_s),
    both(row(20, "IQ4_NL", 32, 18, iq4_nl), pack::iq4_nl),
    row(21, "IQ3_S", 256, 110, small::iq3_s),
    row(22, "IQ2_S", 256, 82, small::iq2_s),
    row(23, "IQ4_XS", 256, 136, iq4_xs),
    row(29, "IQ1_M", 256, 56, small::iq1_m),
    row(34, "TQ1_0", 256, 54, tq1_0),
    row(35, "TQ2_0", 256, 66, tq2_0),
    row(39, "MXFP4", 32, 17, mxfp4),
    row(40, "NVFP4", 64, 36, small::nvfp4),
    // gguf 0.19 itself knows but the size.
    named(41, "Q1_0", 128, 18),
];

/// The type with a number of `ggml_type`; none for unknown ones, and for plain numbers.
#[must_use]
pub fn block_type(number: u32) -> Option<BlockType> {
    TYPES.iter().find(|row| row.number == number).copied()
}

/// The type of a name, in capitals or not.
#[must_use]
pub fn block_type_named(name: &str) -> Option<BlockType> {
    TYPES.iter().find(|row| row.name.eq_ignore_ascii_case(name)).copied()
}

/// The types that numbers can be made blocks of.
pub fn packable() -> impl Iterator<Item = BlockType> {
    TYPES.iter().filter(|row| row.pack.is_some()).copied()
}

impl BlockType {
    /// Whether rows of so many elements are whole blocks.
    #[must_use]
    pub fn fits(&self, shape: &[i64]) -> bool {
        shape.last().is_some_and(|row| *row > 0 && row.unsigned_abs().is_multiple_of(self.elements as u64))
    }

    /// The type that llama.cpp takes for rows that are no whole blocks of this one; none: half precision.
    #[must_use]
    pub fn fallback(&self, shape: &[i64]) -> Option<BlockType> {
        let other = match self.name {
            "Q2_K" | "Q3_K" => "IQ4_NL",
            "Q4_K" => "Q5_0",
            "Q5_K" => "Q5_1",
            "Q6_K" => "Q8_0",
            _ => return None,
        };
        block_type_named(other).filter(|other| other.fits(shape))
    }

    /// Blocks to numbers, as many as both sides have; whether the type can be unfolded.
    pub fn unfold_all(&self, blocks: &[u8], out: &mut [f32]) -> bool {
        let Some(unfold) = self.unfold else { return false };
        let blocks = blocks.chunks_exact(self.bytes);
        blocks.zip(out.chunks_exact_mut(self.elements)).for_each(|(block, out)| unfold(block, out));
        true
    }

    /// Numbers to blocks, as many as both sides have; whether the type can be made.
    pub fn pack_all(&self, numbers: &[f32], out: &mut [u8]) -> bool {
        let Some(pack) = self.pack else { return false };
        let numbers = numbers.chunks_exact(self.elements);
        numbers.zip(out.chunks_exact_mut(self.bytes)).for_each(|(numbers, out)| pack(numbers, out));
        true
    }
}

// The caller hands whole blocks, so every index below lies within.

pub(super) fn byte(block: &[u8], at: usize) -> u8 {
    block.get(at).copied().unwrap_or(0)
}

pub(super) fn half_at(block: &[u8], at: usize) -> f32 {
    f16::from_le_bytes([byte(block, at), byte(block, at + 1)]).to_f32()
}

pub(super) fn low(block: &[u8], at: usize) -> u8 {
    byte(block, at) & 0x0f
}

pub(super) fn high(block: &[u8], at: usize) -> u8 {
    byte(block, at) >> 4
}

pub(super) fn bit(block: &[u8], at: usize, bit: usize) -> u8 {
    (byte(block, at) >> bit) & 1
}

fn signed(value: u8, zero: i16) -> f32 {
    f32::from(i16::from(value) - zero)
}

fn int8(block: &[u8], at: usize) -> f32 {
    f32::from(i8::from_le_bytes([byte(block, at)]))
}

/// Nibbles of 16 bytes: the low ones first, then the high ones.
fn nibble(block: &[u8], start: usize, element: usize) -> u8 {
    if element < 16 { low(block, start + element) } else { high(block, start + element - 16) }
}

fn q4_0(block: &[u8], out: &mut [f32]) {
    let d = half_at(block, 0);
    for (i, y) in out.iter_mut().enumerate() {
        *y = d * signed(nibble(block, 2, i), 8);
    }
}

fn q4_1(block: &[u8], out: &mut [f32]) {
    let (d, m) = (half_at(block, 0), half_at(block, 2));
    for (i, y) in out.iter_mut().enumerate() {
        *y = d * f32::from(nibble(block, 4, i)) + m;
    }
}

fn fifth(block: &[u8], start: usize, element: usize) -> u8 {
    bit(block, start + element / 8, element % 8) << 4
}

fn q5_0(block: &[u8], out: &mut [f32]) {
    let d = half_at(block, 0);
    for (i, y) in out.iter_mut().enumerate() {
        *y = d * signed(nibble(block, 6, i) | fifth(block, 2, i), 16);
    }
}

fn q5_1(block: &[u8], out: &mut [f32]) {
    let (d, m) = (half_at(block, 0), half_at(block, 2));
    for (i, y) in out.iter_mut().enumerate() {
        *y = d * f32::from(nibble(block, 8, i) | fifth(block, 4, i)) + m;
    }
}

fn q8_0(block: &[u8], out: &mut [f32]) {
    let d = half_at(block, 0);
    for (i, y) in out.iter_mut().enumerate() {
        *y = int8(block, 2 + i) * d;
    }
}

fn q8_k(block: &[u8], out: &mut [f32]) {
    let d = f32::from_le_bytes([byte(block, 0), byte(block, 1), byte(block, 2), byte(block, 3)]);
    for (i, y) in out.iter_mut().enumerate() {
        *y = d * int8(block, 4 + i);
    }
}

/// Two bits of element `i`, of which each byte holds four that lie 32 apart.
fn two_bits(block: &[u8], start: usize, i: usize) -> u8 {
    (byte(block, start + i / 128 * 32 + i % 32) >> (i % 128 / 32 * 2)) & 3
}

fn q2_k(block: &[u8], out: &mut [f32]) {
    let (d, minimum) = (half_at(block, 80), half_at(block, 82));
    for (i, y) in out.iter_mut().enumerate() {
        let (scale, least) = (d * f32::from(low(block, i / 16)), minimum * f32::from(high(block, i / 16)));
        *y = scale * f32::from(two_bits(block, 16, i)) - least;
    }
}

fn q3_k(block: &[u8], out: &mut [f32]) {
    let d = half_at(block, 108);
    for (i, y) in out.iter_mut().enumerate() {
        let group = i / 16;
        let lower = if group < 8 { low(block, 96 + group) } else { high(block, 96 + group - 8) };
        let upper = (byte(block, 104 + group % 4) >> (group / 4 * 2)) & 3;
        let scale = d * signed(lower | upper << 4, 32);
        // The offset of 4 is taken off where the mask's bit is not set.
        let offset = (1 - bit(block, i % 32, i / 32)) << 2;
        *y = scale * signed(two_bits(block, 32, i), i16::from(offset));
    }
}

/// The 6-bit scale and minimum of a group of 32 (K-quants), packed in 12 bytes from `start`.
pub(super) fn scale_and_minimum(block: &[u8], start: usize, group: usize) -> (u8, u8) {
    let at = |i| byte(block, start + i);
    if group < 4 {
        return (at(group) & 0x3f, at(group + 4) & 0x3f);
    }
    let both = at(group + 4);
    ((both & 0x0f) | ((at(group - 4) >> 2) & 0x30), (both >> 4) | ((at(group) >> 2) & 0x30))
}

fn k_nibble(block: &[u8], start: usize, i: usize) -> u8 {
    let value = byte(block, start + i / 64 * 32 + i % 32);
    if i % 64 < 32 { value & 0x0f } else { value >> 4 }
}

fn k_quant(block: &[u8], out: &mut [f32], value: impl Fn(usize) -> u8) {
    let (d, minimum) = (half_at(block, 0), half_at(block, 2));
    for (i, y) in out.iter_mut().enumerate() {
        let (scale, least) = scale_and_minimum(block, 4, i / 32);
        *y = d * f32::from(scale) * f32::from(value(i)) - minimum * f32::from(least);
    }
}

fn q4_k(block: &[u8], out: &mut [f32]) {
    k_quant(block, out, |i| k_nibble(block, 16, i));
}

fn q5_k(block: &[u8], out: &mut [f32]) {
    k_quant(block, out, |i| k_nibble(block, 48, i) | bit(block, 16 + i % 32, i / 32) << 4);
}

fn q6_k(block: &[u8], out: &mut [f32]) {
    let d = half_at(block, 208);
    for (i, y) in out.iter_mut().enumerate() {
        let half = i / 128;
        let within = i % 128;
        let packed = byte(block, half * 64 + within % 64);
        let lower = if within < 64 { packed & 0x0f } else { packed >> 4 };
        let upper = (byte(block, 128 + half * 32 + i % 32) >> (within / 32 * 2)) & 3;
        *y = d * int8(block, 192 + i / 16) * signed(lower | upper << 4, 32);
    }
}

pub(super) const NON_LINEAR: [i8; 16] =
    [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];
/// The values of a 4-bit float (e2m1), doubled.
const E2M1: [i8; 16] = [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12];

fn of_table(table: [i8; 16], code: u8) -> f32 {
    f32::from(table.get(usize::from(code)).copied().unwrap_or(0))
}

/// The value of a 4-bit float (e2m1), doubled.
pub(super) fn of_e2m1(code: u8) -> f32 {
    of_table(E2M1, code)
}

fn iq4_nl(block: &[u8], out: &mut [f32]) {
    let d = half_at(block, 0);
    for (i, y) in out.iter_mut().enumerate() {
        *y = d * of_table(NON_LINEAR, nibble(block, 2, i));
    }
}

fn iq4_xs(block: &[u8], out: &mut [f32]) {
    let d = half_at(block, 0);
    for (i, y) in out.iter_mut().enumerate() {
        let group = i / 32;
        let packed = byte(block, 4 + group / 2);
        let lower = if group % 2 == 0 { packed & 0x0f } else { packed >> 4 };
        let upper = (byte(block, 2 + group / 4) >> (group % 4 * 2)) & 3;
        let scale = d * signed(lower | upper << 4, 32);
        *y = scale * of_table(NON_LINEAR, nibble(block, 8 + group * 16, i % 32));
    }
}

fn tq1_0(block: &[u8], out: &mut [f32]) {
    let d = half_at(block, 52);
    for (i, y) in out.iter_mut().enumerate() {
        let (at, power) = match i {
            0..160 => (i % 32, i / 32),
            160..240 => (32 + (i - 160) % 16, (i - 160) / 16),
            _ => (48 + (i - 240) % 4, (i - 240) / 4),
        };
        let factor = [1u8, 3, 9, 27, 81].get(power).copied().unwrap_or(1);
        let digit = (u16::from(byte(block, at).wrapping_mul(factor)) * 3) >> 8;
        *y = d * (f32::from(digit) - 1.0);
    }
}

fn tq2_0(block: &[u8], out: &mut [f32]) {
    let d = half_at(block, 64);
    for (i, y) in out.iter_mut().enumerate() {
        *y = d * signed(two_bits(block, 0, i), 1);
    }
}

fn mxfp4(block: &[u8], out: &mut [f32]) {
    let exponent = u32::from(byte(block, 0));
    // Half of the e8m0 scale, since the table is doubled; the two smallest are subnormal.
    let bits = if exponent < 2 { 0x0020_0000 << exponent } else { (exponent - 1) << 23 };
    let d = f32::from_bits(bits);
    for (i, y) in out.iter_mut().enumerate() {
        *y = d * of_e2m1(nibble(block, 1, i));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FNV-1a of the bits of what `gguf.quants.dequantize` (gguf 0.19) gives for three blocks whose byte `i` is `(i * 37 + 11) % 256`,
    /// scales that come out as infinity or NaN included.
    const EXPECTED: &[(u32, u64)] = &[
        (2, 0x9619bc620d3a5aa5),
        (3, 0x16baa0edb9a6ff71),
        (6, 0x8057382e44e5a8a5),
        (7, 0x2ca2ca81a77ce2ff),
        (8, 0x2922bfeac2c9eb25),
        (10, 0xf4fdbe49a9f194c3),
        (11, 0xbddca1f6f827e325),
        (12, 0xd0b6ce96c9028778),
        (13, 0x8edf6f926893bc0d),
        (14, 0x8a0580a7cde81ad5),
        (16, 0x5644046c55646221),
        (17, 0xcddd686099ada39d),
        (18, 0x87712d84d27052d5),
        (19, 0x0b068d53a674e3a5),
        (20, 0xd6890992198082a5),
        (21, 0x9ad4c27391fd00d5),
        (22, 0x6748e81068cb2b65),
        (23, 0xacb1ff19a7fd9589),
        (29, 0xbd134050f12e53e5),
        (34, 0x764049257ba7df25),
        (35, 0xb706f5cbd4c0df25),
        (39, 0xb8d89e15cad85aa5),
        (40, 0x50f688386e2dd225),
    ];

    #[test]
    fn blocks_unfold_as_the_reference_does() {
        for &(number, expected) in EXPECTED {
            let block = block_type(number).unwrap();
            let bytes: Vec<u8> = (0..block.bytes * 3).map(|i| ((i * 37 + 11) % 256) as u8).collect();
            let mut values = vec![0.0; block.elements];
            let mut hash = 0xcbf2_9ce4_8422_2325_u64;
            for chunk in bytes.chunks_exact(block.bytes) {
                block.unfold.unwrap()(chunk, &mut values);
                for value in &values {
                    let bits = if value.is_nan() { 0x7fc0_0000 } else { value.to_bits() };
                    hash = (hash ^ u64::from(bits)).wrapping_mul(0x0100_0000_01b3);
                }
            }
            assert_eq!(hash, expected, "{}", block.name);
        }
    }
}
