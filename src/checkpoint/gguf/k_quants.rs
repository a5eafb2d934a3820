//! Numbers to the blocks of GGUF's K-quants: 256 elements in groups of 16 or 32, whose own scales are quantised as well.
//!
//! As in [`super::pack`], the order of the float operations is that of ggml's reference functions, without an importance matrix.

use super::blocks::scale_and_minimum;
use super::pack::{TINY, ends, farthest, put, put_half};

/// Elements of a block.
const SIZE: usize = 256;

/// Rounds as ggml does, by the bits of a sum: to the nearest, ties to the even one.
fn nearest(number: f32) -> i32 {
    const SHIFT: f32 = 12_582_912.0;
    ((number + SHIFT).to_bits() & 0x007f_ffff).cast_signed() - 0x0040_0000
}

fn level(number: f32, least: i32, most: i32) -> i32 {
    nearest(number).clamp(least, most)
}

/// A scale for numbers on both sides of zero, and their levels, counted from zero.
fn symmetric(numbers: &[f32], half: i32, levels: &mut [u8]) -> f32 {
    let most = farthest(numbers);
    if most.abs() < TINY {
        levels.fill(0);
        return 0.0;
    }
    let sums = |inverse: f32| {
        numbers.iter().fold((0.0_f32, 0.0_f32), |(product, square), x| {
            let (level, weight) = (level(inverse * x, -half, half - 1) as f32, x * x);
            (product + weight * x * level, square + weight * level * level)
        })
    };
    let mut chosen = -half as f32 / most;
    let (product, square) = sums(chosen);
    let mut scale = if square == 0.0 { 0.0 } else { product / square };
    let mut best = scale * product;
    for step in (-9..=9_i8).filter(|step| *step != 0) {
        let inverse = -(half as f32 + 0.1 * f32::from(step)) / most;
        let (product, square) = sums(inverse);
        if square > 0.0 && product * product > best * square {
            chosen = inverse;
            scale = product / square;
            best = scale * product;
        }
    }
    for (out, x) in levels.iter_mut().zip(numbers) {
        *out = (half + level(chosen * x, -half, half - 1)) as u8;
    }
    scale
}

/// As [`symmetric`], for few levels: each is moved as long as that makes the error smaller.
fn settled(numbers: &[f32], half: i32, levels: &mut [u8]) -> f32 {
    const ROUNDS: usize = 5;
    let most = farthest(numbers);
    if most.abs() < TINY {
        levels.fill(0);
        return 0.0;
    }
    let inverse = -half as f32 / most;
    let mut own: Vec<i32> = numbers.iter().map(|x| level(inverse * x, -half, half - 1)).collect();
    let (mut product, mut square) = (0.0_f32, 0.0_f32);
    for (x, level) in numbers.iter().zip(&own) {
        let (level, weight) = (*level as f32, x * x);
        product += weight * x * level;
        square += weight * level * level;
    }
    for _ in 0..ROUNDS {
        let mut has_changed = false;
        for (x, own) in numbers.iter().zip(&mut own) {
            let (weight, now) = (x * x, *own as f32);
            let mut without = product - weight * x * now;
            if without <= 0.0 || without.is_nan() {
                continue;
            }
            let mut rest = square - weight * now * now;
            let other = level(x * rest / without, -half, half - 1);
            if other == *own {
                continue;
            }
            without += weight * x * other as f32;
            rest += weight * other as f32 * other as f32;
            if rest > 0.0 && without * without * square > product * product * rest {
                (*own, product, square) = (other, without, rest);
                has_changed = true;
            }
        }
        if !has_changed {
            break;
        }
    }
    levels.iter_mut().zip(&own).for_each(|(out, own)| *out = (own + half) as u8);
    if square > 0.0 { product / square } else { 0.0 }
}

/// How a scale and a minimum are looked for.
struct Search {
    most: i32,
    /// Where the inverse scale begins, and in how many steps of a tenth it is made larger.
    from: f32,
    steps: u8,
    /// Whether errors count as they are, not squared.
    is_plain: bool,
}

/// A scale and a minimum (with its sign turned) for some numbers, and their levels.
fn with_minimum(numbers: &[f32], weights: &[f32], search: &Search, levels: &mut [u8]) -> (f32, f32) {
    let (least, most) = ends(numbers);
    let (mut weight_sum, mut sum) = (0.0_f32, 0.0_f32);
    for (place, (x, weight)) in numbers.iter().zip(weights).enumerate() {
        // The first is what the sums begin with.
        (weight_sum, sum) =
            if place == 0 { (*weight, weight * x) } else { (weight_sum + weight, sum + weight * x) };
    }
    let mut minimum = if least > 0.0 { 0.0 } else { least };
    if most == minimum {
        levels.fill(0);
        return (0.0, -minimum);
    }
    let (start, top) = (minimum, search.most as f32);
    let error = |scale: f32, minimum: f32, levels: &[u8]| {
        levels.iter().zip(numbers.iter().zip(weights)).fold(0.0_f32, |error, (level, (x, weight))| {
            let apart = scale * f32::from(*level) + minimum - x;
            error + weight * if search.is_plain { apart.abs() } else { apart * apart }
        })
    };
    let fill = |inverse: f32, levels: &mut [u8]| {
        for (out, x) in levels.iter_mut().zip(numbers) {
            *out = level(inverse * (x - start), 0, search.most) as u8;
        }
    };
    let inverse = top / (most - start);
    let mut scale = 1.0 / inverse;
    fill(inverse, levels);
    let mut best = error(scale, start, levels);
    let mut tried = vec![0; levels.len()];
    for step in 0..=search.steps {
        // What ggml computes goes on from the minimum that was best so far.
        let from = minimum;
        let inverse = (search.from + 0.1 * f32::from(step) + top) / (most - from);
        for (out, x) in tried.iter_mut().zip(numbers) {
            *out = level(inverse * (x - from), 0, search.most) as u8;
        }
        let (mut one, mut two, mut product) = (0.0_f32, 0.0_f32, 0.0_f32);
        for (level, (x, weight)) in tried.iter().zip(numbers.iter().zip(weights)) {
            let level = f32::from(*level);
            one += weight * level;
            two += weight * level * level;
            product += weight * level * x;
        }
        let divisor = weight_sum * two - one * one;
        if divisor <= 0.0 || divisor.is_nan() {
            continue;
        }
        let (mut new, mut low) =
            ((weight_sum * product - sum * one) / divisor, (two * sum - one * product) / divisor);
        if low > 0.0 {
            (new, low) = (product / two, 0.0);
        }
        let now = error(new, low, &tried);
        if now < best {
            levels.copy_from_slice(&tried);
            (best, scale, minimum) = (now, new, low);
        }
    }
    (scale, -minimum)
}

/// The levels of a group once its scale and minimum are what a file can hold.
fn again(numbers: &[f32], scale: f32, minimum: f32, (least, most): (i32, i32), levels: &mut [u8]) {
    if scale == 0.0 {
        return;
    }
    for (out, x) in levels.iter_mut().zip(numbers) {
        *out = (level((x + minimum) / scale, least, most) - least) as u8;
    }
}

fn most(numbers: &[f32]) -> f32 {
    numbers.iter().fold(0.0, |most, number| if *number > most { *number } else { most })
}

/// Two bits of each level, of which a byte holds four that lie 32 apart.
fn put_pairs(levels: &[u8; SIZE], out: &mut [u8], at: usize, shift: u32) {
    for (half, levels) in levels.chunks_exact(128).enumerate() {
        for (place, out) in out.iter_mut().skip(at + half * 32).take(32).enumerate() {
            let bits =
                |quarter: usize| levels.get(place + quarter * 32).map_or(0, |level| level >> shift & 3);
            *out = bits(0) | bits(1) << 2 | bits(2) << 4 | bits(3) << 6;
        }
    }
}

pub fn q2_k(numbers: &[f32], out: &mut [u8]) {
    const SEARCH: Search = Search { most: 3, from: -0.5, steps: 15, is_plain: true };
    let (mut levels, mut scales, mut minima) = ([0; SIZE], [0.0; 16], [0.0; 16]);
    let groups = numbers.chunks_exact(16).zip(levels.chunks_exact_mut(16));
    for ((numbers, levels), (scale, minimum)) in groups.zip(scales.iter_mut().zip(&mut minima)) {
        let weights: Vec<f32> = numbers.iter().map(|x| x.abs()).collect();
        (*scale, *minimum) = with_minimum(numbers, &weights, &SEARCH, levels);
    }
    let (scale_most, minimum_most) = (most(&scales), most(&minima));
    let nibbles = |own: &[f32; 16], most: f32| {
        own.map(|own| if most > 0.0 { nearest(15.0 / most * own) as u8 } else { 0 })
    };
    let (own, least) = (nibbles(&scales, scale_most), nibbles(&minima, minimum_most));
    let scale = put_half(if scale_most > 0.0 { scale_most / 15.0 } else { 0.0 }, out, 80);
    let minimum = put_half(if minimum_most > 0.0 { minimum_most / 15.0 } else { 0.0 }, out, 82);
    let groups = numbers.chunks_exact(16).zip(levels.chunks_exact_mut(16));
    for (((numbers, levels), (own, least)), out) in groups.zip(own.iter().zip(&least)).zip(out.iter_mut()) {
        *out = own | least << 4;
        again(numbers, scale * f32::from(own & 0x0f), minimum * f32::from(*out >> 4), (0, 3), levels);
    }
    put_pairs(&levels, out, 16, 0);
}

pub fn q3_k(numbers: &[f32], out: &mut [u8]) {
    let (mut levels, mut scales) = ([0; SIZE], [0.0; 16]);
    let groups = numbers.chunks_exact(16).zip(levels.chunks_exact_mut(16));
    for ((numbers, levels), scale) in groups.zip(&mut scales) {
        *scale = settled(numbers, 4, levels);
    }
    let top = farthest(&scales);
    let inverse = if top == 0.0 { 0.0 } else { -32.0 / top };
    let own = scales.map(|scale| if top == 0.0 { 0 } else { (level(inverse * scale, -32, 31) + 32) as u8 });
    let scale = put_half(if top == 0.0 { 0.0 } else { 1.0 / inverse }, out, 108);
    let mut packed = [0_u8; 12];
    for (group, own) in own.iter().enumerate() {
        let (place, shift) = (group % 8, group / 8 * 4);
        packed.iter_mut().skip(place).take(1).for_each(|out| *out |= (own & 0x0f) << shift);
        let upper = own >> 4 << (group / 4 * 2);
        packed.iter_mut().skip(8 + group % 4).take(1).for_each(|out| *out |= upper);
    }
    put(&packed, out, 96);
    let groups = numbers.chunks_exact(16).zip(levels.chunks_exact_mut(16));
    for ((numbers, levels), own) in groups.zip(&own) {
        again(numbers, scale * (f32::from(*own) - 32.0), 0.0, (-4, 3), levels);
    }
    for (place, out) in out.iter_mut().take(32).enumerate() {
        let bits = levels.iter().skip(place).step_by(32).enumerate();
        *out = bits.fold(0, |mask, (bit, level)| mask | u8::from(*level > 3) << bit);
    }
    put_pairs(&levels, out, 32, 0);
}

/// The scales and minima of Q4_K and Q5_K, six bits each in twelve bytes.
fn put_scales(scales: &[u8; 8], minima: &[u8; 8], out: &mut [u8], at: usize) {
    let mut packed = [0_u8; 12];
    for (group, (scale, minimum)) in scales.iter().zip(minima).enumerate() {
        let mut add =
            |place: usize, bits: u8| packed.iter_mut().skip(place).take(1).for_each(|out| *out |= bits);
        if group < 4 {
            add(group, *scale);
            add(group + 4, *minimum);
        } else {
            add(group + 4, scale & 0x0f | (minimum & 0x0f) << 4);
            add(group - 4, scale >> 4 << 6);
            add(group, minimum >> 4 << 6);
        }
    }
    put(&packed, out, at);
}

/// The first sixteen bytes of Q4_K and Q5_K; gives the levels.
fn with_scales(numbers: &[f32], search: &Search, out: &mut [u8]) -> [u8; SIZE] {
    let (mut levels, mut scales, mut minima) = ([0; SIZE], [0.0; 8], [0.0; 8]);
    let groups = numbers.chunks_exact(32).zip(levels.chunks_exact_mut(32));
    for ((numbers, levels), (scale, minimum)) in groups.zip(scales.iter_mut().zip(&mut minima)) {
        let mean = (numbers.iter().fold(0.0_f32, |sum, x| sum + x * x) / 32.0).sqrt();
        let weights: Vec<f32> = numbers.iter().map(|x| mean + x.abs()).collect();
        (*scale, *minimum) = with_minimum(numbers, &weights, search, levels);
    }
    let (scale_most, minimum_most) = (most(&scales), most(&minima));
    let six_bits = |own: &[f32; 8], most: f32| {
        let inverse = if most > 0.0 { 63.0 / most } else { 0.0 };
        own.map(|own| (nearest(inverse * own) as u8).min(63))
    };
    let (own, least) = (six_bits(&scales, scale_most), six_bits(&minima, minimum_most));
    put_scales(&own, &least, out, 4);
    let scale = put_half(scale_most / 63.0, out, 0);
    let minimum = put_half(minimum_most / 63.0, out, 2);
    let groups = numbers.chunks_exact(32).zip(levels.chunks_exact_mut(32));
    for (group, (numbers, levels)) in groups.enumerate() {
        let (own, least) = scale_and_minimum(out, 4, group);
        again(numbers, scale * f32::from(own), minimum * f32::from(least), (0, search.most), levels);
    }
    levels
}

/// Nibbles of levels, of which a byte holds two that lie 32 apart.
fn put_nibbles(levels: &[u8; SIZE], out: &mut [u8], at: usize) {
    for (quarter, levels) in levels.chunks_exact(64).enumerate() {
        let (first, second) = levels.split_at(32);
        let places = out.iter_mut().skip(at + quarter * 32);
        places.zip(first.iter().zip(second)).for_each(|(out, (low, high))| *out = low & 0x0f | high << 4);
    }
}

pub fn q4_k(numbers: &[f32], out: &mut [u8]) {
    const SEARCH: Search = Search { most: 15, from: -1.0, steps: 20, is_plain: false };
    let levels = with_scales(numbers, &SEARCH, out);
    put_nibbles(&levels, out, 16);
}

pub fn q5_k(numbers: &[f32], out: &mut [u8]) {
    const SEARCH: Search = Search { most: 31, from: -0.5, steps: 15, is_plain: false };
    let levels = with_scales(numbers, &SEARCH, out);
    for (place, out) in out.iter_mut().skip(16).take(32).enumerate() {
        let bits = levels.iter().skip(place).step_by(32).enumerate();
        *out = bits.fold(0, |mask, (bit, level)| mask | (level >> 4) << bit);
    }
    put_nibbles(&levels, out, 48);
}

pub fn q6_k(numbers: &[f32], out: &mut [u8]) {
    let (mut levels, mut scales) = ([0; SIZE], [0.0; 16]);
    let groups = numbers.chunks_exact(16).zip(levels.chunks_exact_mut(16));
    for ((numbers, levels), scale) in groups.zip(&mut scales) {
        *scale = symmetric(numbers, 32, levels);
    }
    let top = farthest(&scales);
    if top.abs() < TINY {
        out.fill(0);
        return;
    }
    let inverse = -128.0 / top;
    let scale = put_half(1.0 / inverse, out, 208);
    let own = scales.map(|scale| nearest(inverse * scale).min(127) as i8);
    put(&own.map(i8::cast_unsigned), out, 192);
    let groups = numbers.chunks_exact(16).zip(levels.chunks_exact_mut(16));
    for ((numbers, levels), own) in groups.zip(&own) {
        again(numbers, scale * f32::from(*own), 0.0, (-32, 31), levels);
    }
    for (half, levels) in levels.chunks_exact(128).enumerate() {
        let (first, second) = levels.split_at(64);
        let places = out.iter_mut().skip(half * 64).take(64);
        places.zip(first.iter().zip(second)).for_each(|(out, (one, two))| *out = one & 0x0f | two << 4);
    }
    put_pairs(&levels, out, 128, 4);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gguf::blocks::{block_type, packable};

    /// FNV-1a of the bytes that `ggml_quantize_chunk` of llama.cpp makes of [`numbers`]; those of types of 32 elements are gguf-py's, too.
    const EXPECTED: &[(u32, u64)] = &[
        (2, 0xf071_99df_04b1_813e),
        (3, 0x5b90_cc55_4b08_a2fa),
        (6, 0xd12a_318c_843e_07b5),
        (7, 0xfc99_79e0_1bb4_b151),
        (8, 0x52f7_e563_f55c_a079),
        (10, 0xfaf9_6789_8424_dd01),
        (11, 0x228a_10e4_ec07_6ce0),
        (12, 0xbb37_1cf1_7787_c44a),
        (13, 0x918d_e7b3_cd0d_b5f2),
        (14, 0x276e_9108_b6ca_5d6c),
        (20, 0xe30f_0dbe_fed8_ec5f),
    ];

    /// Four rows of 512: even ones, cubes, zeros and numbers above one, even ones again.
    fn numbers() -> Vec<f32> {
        let mut seed = 12345_u32;
        let next = |_| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((seed >> 8) as f32 - 8_388_608.0) / 2_097_152.0
        };
        let mut numbers: Vec<f32> = (0..2048).map(next).collect();
        for (place, number) in numbers.iter_mut().enumerate() {
            *number = match place {
                512..1024 => *number * *number * *number,
                1024..1280 => 0.0,
                1280..1536 => number.abs() + 1.0,
                _ => *number,
            };
        }
        numbers
    }

    #[test]
    fn blocks_are_packed_as_the_reference_does() {
        for &(number, expected) in EXPECTED {
            let block = block_type(number).unwrap();
            let numbers = numbers();
            let mut bytes = vec![0; numbers.len() / block.elements * block.bytes];
            assert!(block.pack_all(&numbers, &mut bytes));
            let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
            });
            assert_eq!(hash, expected, "{}", block.name);
        }
    }

    #[test]
    fn nothing_stops_at_numbers_that_are_none() {
        for block in packable() {
            for number in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, 1e-45] {
                let mut bytes = vec![0; block.bytes];
                let mut numbers = numbers().into_iter().take(block.elements).collect::<Vec<_>>();
                numbers[3] = number;
                block.pack_all(&numbers, &mut bytes);
                numbers.fill(number);
                block.pack_all(&numbers, &mut bytes);
            }
        }
    }

    #[test]
    fn halves_are_rounded_to_the_even_one() {
        assert_eq!([0.5, 1.5, -0.5, -2.5, 7.49].map(nearest), [0, 2, 0, -2, 7]);
        let mut block = [0; 144];
        q4_k(&[0.0; SIZE], &mut block);
        assert!(block.iter().all(|byte| *byte == 0));
    }
}
