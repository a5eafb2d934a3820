//! GGUF's types of one to three bits and a half: entries of a code book, with signs and scales. NVFP4 beside them.

use half::f16;

use super::blocks::{bit, byte, half_at, high, low, of_e2m1};
use super::grids::{self, Grid};

/// Elements of an entry of a code book of two-bit codes.
const OCTET: usize = 8;

impl Grid {
    /// One element of an entry.
    fn level(&self, entry: usize, element: usize) -> f32 {
        let codes = self.entries.get(entry).copied().unwrap_or(0);
        let code = codes.checked_shr(self.bits * element as u32).unwrap_or(0) & ((1 << self.bits) - 1);
        self.levels.get(usize::from(code)).map_or(0.0, |&level| f32::from(level))
    }
}

fn word(block: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([byte(block, at), byte(block, at + 1)])
}

fn long(block: &[u8], at: usize) -> u32 {
    u32::from(word(block, at)) | u32::from(word(block, at + 2)) << 16
}

fn nibble_of(block: &[u8], start: usize, place: usize) -> f32 {
    let at = start + place / 2;
    f32::from(if place.is_multiple_of(2) { low(block, at) } else { high(block, at) })
}

/// -1 where the bit is set.
fn sign(bits: u8, element: usize) -> f32 {
    if (bits >> (element % OCTET)) & 1 == 0 { 1.0 } else { -1.0 }
}

/// Eight signs of seven stored bits: the last makes the number of minus signs even.
fn even_signs(stored: u32) -> u8 {
    let seven = (stored & 0x7f) as u8;
    seven | ((seven.count_ones() as u8 & 1) << 7)
}

pub fn iq2_xxs(block: &[u8], out: &mut [f32]) {
    let d = half_at(block, 0);
    for (i, y) in out.iter_mut().enumerate() {
        let (group, octet) = (2 + i / 32 * 8, i % 32 / OCTET);
        let packed = long(block, group + 4);
        let scale = d * (0.5 + (packed >> 28) as f32) * 0.25;
        let level = grids::IQ2_XXS.level(byte(block, group + octet).into(), i % OCTET);
        *y = scale * level * sign(even_signs(packed >> (7 * octet)), i);
    }
}

pub fn iq2_xs(block: &[u8], out: &mut [f32]) {
    let d = half_at(block, 0);
    for (i, y) in out.iter_mut().enumerate() {
        let packed = word(block, 2 + i / OCTET * 2);
        let scale = d * (0.5 + nibble_of(block, 66, i / 16)) * 0.25;
        let level = grids::IQ2_XS.level(usize::from(packed & 0x1ff), i % OCTET);
        *y = scale * level * sign(even_signs(u32::from(packed >> 9)), i);
    }
}

pub fn iq2_s(block: &[u8], out: &mut [f32]) {
    let d = half_at(block, 0);
    for (i, y) in out.iter_mut().enumerate() {
        let octet = i / OCTET;
        let upper = (byte(block, 66 + octet / 4) >> (octet % 4 * 2)) & 3;
        let entry = usize::from(byte(block, 2 + octet)) | usize::from(upper) << 8;
        let scale = d * (0.5 + nibble_of(block, 74, i / 16)) * 0.25;
        *y = scale * grids::IQ2_S.level(entry, i % OCTET) * sign(byte(block, 34 + octet), i);
    }
}

pub fn iq3_xxs(block: &[u8], out: &mut [f32]) {
    let d = half_at(block, 0);
    for (i, y) in out.iter_mut().enumerate() {
        let packed = long(block, 66 + i / 32 * 4);
        let scale = d * (0.5 + (packed >> 28) as f32) * 0.5;
        let level = grids::IQ3_XXS.level(byte(block, 2 + i / 4).into(), i % 4);
        *y = scale * level * sign(even_signs(packed >> (7 * (i % 32 / OCTET))), i);
    }
}

pub fn iq3_s(block: &[u8], out: &mut [f32]) {
    let d = half_at(block, 0);
    for (i, y) in out.iter_mut().enumerate() {
        let quartet = i / 4;
        let upper = bit(block, 66 + quartet / 8, quartet % 8);
        let entry = usize::from(byte(block, 2 + quartet)) | usize::from(upper) << 8;
        let scale = d * (1.0 + 2.0 * nibble_of(block, 106, i / 32));
        *y = scale * grids::IQ3_S.level(entry, i % 4) * sign(byte(block, 74 + i / OCTET), i);
    }
}

/// What is added to every element of a group of the one-bit types.
fn shift(negative: bool) -> f32 {
    if negative { -0.125 } else { 0.125 }
}

pub fn iq1_s(block: &[u8], out: &mut [f32]) {
    let d = half_at(block, 0);
    for (i, y) in out.iter_mut().enumerate() {
        let packed = word(block, 34 + i / 32 * 2);
        let upper = (packed >> (i % 32 / OCTET * 3)) & 7;
        let entry = usize::from(byte(block, 2 + i / OCTET)) | usize::from(upper) << 8;
        let scale = d * f32::from(2 * ((packed >> 12) & 7) + 1);
        *y = scale * (grids::IQ1_S.level(entry, i % OCTET) + shift(packed & 0x8000 != 0));
    }
}

/// The only type whose float16 scale lies in four parts: the upper nibbles of four words.
pub fn iq1_m(block: &[u8], out: &mut [f32]) {
    let scales = |place: usize| word(block, 48 + place * 2);
    let bits = (0..4).fold(0, |bits, place| bits | (scales(place) >> 12) << (4 * place));
    let d = f16::from_bits(bits).to_f32();
    for (i, y) in out.iter_mut().enumerate() {
        let octet = i / OCTET;
        let packed =
            if octet.is_multiple_of(2) { low(block, 32 + octet / 2) } else { high(block, 32 + octet / 2) };
        let entry = usize::from(byte(block, octet)) | usize::from(packed & 7) << 8;
        let scale = d * f32::from(2 * ((scales(i / 64) >> (i % 64 / 16 * 3)) & 7) + 1);
        *y = scale * (grids::IQ1_S.level(entry, i % OCTET) + shift(packed & 8 != 0));
    }
}

/// Half of an unsigned e4m3 number, since the table of e2m1 is doubled; 0x7f, its NaN, is taken for zero.
fn half_of_e4m3(bits: u8) -> f32 {
    let (exponent, mantissa) = (i32::from((bits >> 3) & 0x0f), f32::from(bits & 7));
    match (bits, exponent) {
        (0x7f, _) => 0.0,
        (_, 0) => mantissa / 1024.0,
        _ => (1.0 + mantissa / 8.0) * 2f32.powi(exponent - 8),
    }
}

pub fn nvfp4(block: &[u8], out: &mut [f32]) {
    for (i, y) in out.iter_mut().enumerate() {
        let (group, within) = (i / 16, i % 16);
        let at = 4 + group * 8 + within % 8;
        let code = if within < 8 { low(block, at) } else { high(block, at) };
        *y = half_of_e4m3(byte(block, group)) * of_e2m1(code);
    }
}
