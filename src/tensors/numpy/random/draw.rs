//! Numbers out of random bits, draw by draw as numpy makes them.

use super::bits::Source;
use super::ziggurat::{DENSITY, DENSITY_32, INSIDE, INSIDE_32, WIDTH, WIDTH_32};

/// Where the lowest layer of the ziggurat ends.
const EDGE: f64 = 3.654_152_885_361_009;
const EDGE_INVERSE: f64 = 0.273_661_237_329_758_3;

/// Normally distributed, by the polar method, in pairs: `RandomState`.
pub fn polar(source: &mut Source) -> f64 {
    if let Source::Twister(twister) = source
        && let Some(spare) = twister.spare.take()
    {
        return spare;
    }
    loop {
        let (a, b) = (2.0 * source.unit() - 1.0, 2.0 * source.unit() - 1.0);
        let square = a * a + b * b;
        if square < 1.0 && square != 0.0 {
            let factor = (-2.0 * square.ln() / square).sqrt();
            if let Source::Twister(twister) = source {
                twister.spare = Some(factor * a);
            }
            return factor * b;
        }
    }
}

/// Normally distributed, by the ziggurat: `Generator`.
pub fn ziggurat(source: &mut Source) -> f64 {
    loop {
        let drawn = source.wide();
        let layer = (drawn & 0xff) as usize;
        let rest = drawn >> 8;
        let size = (rest >> 1) & 0x000f_ffff_ffff_ffff;
        let mut x = size as f64 * WIDTH[layer];
        if rest & 1 == 1 {
            x = -x;
        }
        if size < INSIDE[layer] {
            return x;
        }
        if layer == 0 {
            loop {
                let beyond = -EDGE_INVERSE * (-source.unit()).ln_1p();
                let height = -(-source.unit()).ln_1p();
                if height + height > beyond * beyond {
                    return if (size >> 8) & 1 == 1 { -(EDGE + beyond) } else { EDGE + beyond };
                }
            }
        }
        let height = (DENSITY[layer - 1] - DENSITY[layer]) * source.unit() + DENSITY[layer];
        if height < (-0.5 * x * x).exp() {
            return x;
        }
    }
}

/// As [`ziggurat`], in 32 bits.
pub fn ziggurat_32(source: &mut Source) -> f32 {
    let (edge, inverse) = (EDGE as f32, EDGE_INVERSE as f32);
    loop {
        let drawn = source.narrow();
        let layer = (drawn & 0xff) as usize;
        let sign = (drawn >> 8) & 1;
        let size = (drawn >> 9) & 0x007f_ffff;
        let mut x = size as f32 * WIDTH_32[layer];
        if sign == 1 {
            x = -x;
        }
        if size < INSIDE_32[layer] {
            return x;
        }
        if layer == 0 {
            loop {
                let beyond = -inverse * (-source.unit_32()).ln_1p();
                let height = -(-source.unit_32()).ln_1p();
                if height + height > beyond * beyond {
                    return if (size >> 8) & 1 == 1 { -(edge + beyond) } else { edge + beyond };
                }
            }
        }
        let height = (DENSITY_32[layer - 1] - DENSITY_32[layer]) * source.unit_32() + DENSITY_32[layer];
        if f64::from(height) < (-0.5 * f64::from(x) * f64::from(x)).exp() {
            return x;
        }
    }
}

/// Whole numbers from 0 to a bound, drawn as numpy draws them for a dtype of so many bytes.
pub struct Whole {
    most: u64,
    /// Bytes of the dtype; none of a truth.
    bytes: usize,
    /// Bits beyond the bound are cut off and what is too large is drawn again (`RandomState`); else by multiplication.
    masked: bool,
    /// What is left of a word of which narrow numbers are cut.
    word: u32,
    left: u32,
}

impl Whole {
    /// Up to `most`, itself included.
    #[must_use]
    pub fn new(most: u64, bytes: usize, masked: bool) -> Self {
        Whole { most, bytes, masked, word: 0, left: 0 }
    }

    /// The next one.
    pub fn next(&mut self, source: &mut Source) -> u64 {
        let most = self.most;
        match self.bytes {
            _ if most == 0 => 0,
            0 => self.narrow(source, 1),
            bytes @ (1 | 2) => self.narrow(source, bytes as u32 * 8),
            _ if most == u64::from(u32::MAX) => u64::from(source.narrow()),
            _ if most == u64::MAX => source.wide(),
            _ if most < u64::from(u32::MAX) => self.of_32(source),
            _ => self.of_64(source),
        }
    }

    fn mask(&self) -> u64 {
        u64::MAX >> self.most.leading_zeros()
    }

    fn of_32(&self, source: &mut Source) -> u64 {
        if self.masked {
            return self.cut(|| u64::from(source.narrow()));
        }
        self.scaled(32, || u64::from(source.narrow()))
    }

    fn of_64(&self, source: &mut Source) -> u64 {
        if self.masked {
            return self.cut(|| source.wide());
        }
        let count = u128::from(self.most) + 1;
        let least = ((u128::from(u64::MAX) - u128::from(self.most)) % count) as u64;
        loop {
            let product = u128::from(source.wide()) * count;
            if product as u64 >= least {
                return (product >> 64) as u64;
            }
        }
    }

    fn cut(&self, mut draw: impl FnMut() -> u64) -> u64 {
        loop {
            let value = draw() & self.mask();
            if value <= self.most {
                return value;
            }
        }
    }

    /// Lemire's way: the upper half of a product, of which some lower halves are drawn again.
    fn scaled(&self, bits: u32, mut draw: impl FnMut() -> u64) -> u64 {
        let all = (1_u64 << bits) - 1;
        let count = self.most + 1;
        let least = (all - self.most) % count;
        loop {
            let product = draw() * count;
            if product & all >= least {
                return product >> bits;
            }
        }
    }

    fn narrow(&mut self, source: &mut Source, bits: u32) -> u64 {
        let all = (1_u64 << bits) - 1;
        let (mut word, mut left) = (self.word, self.left);
        let mut draw = || {
            if left == 0 {
                word = source.narrow();
                left = 32 / bits - 1;
            } else {
                word >>= bits;
                left -= 1;
            }
            u64::from(word) & all
        };
        let value = match self.most == all {
            true => draw(),
            false if self.masked => self.cut(&mut draw),
            false => self.scaled(bits, &mut draw),
        };
        (self.word, self.left) = (word, left);
        value
    }
}

/// Exchanges items from the end down to `first`, as numpy does.
pub fn shuffle<T>(source: &mut Source, items: &mut [T], first: usize, masked: bool) {
    for at in (first..items.len()).rev() {
        let other = Whole::new(at as u64, 8, masked).next(source) as usize;
        items.swap(at, other);
    }
}

/// So many of the numbers below `population`, each once, by Floyd's way.
pub fn sample(source: &mut Source, population: usize, count: usize, shuffled: bool) -> Vec<i64> {
    let mut taken = std::collections::HashSet::with_capacity(count);
    let mut found = Vec::with_capacity(count);
    for last in population - count..population {
        let value = Whole::new(last as u64, 8, false).next(source) as usize;
        let value = if taken.insert(value) { value } else { last };
        taken.insert(value);
        found.push(value as i64);
    }
    if shuffled {
        shuffle(source, &mut found, 1, false);
    }
    found
}
