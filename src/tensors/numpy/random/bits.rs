//! Streams of random bits, as numpy's generators make them: the Mersenne Twister and PCG64.

/// Words of a twister's state.
pub const WORDS: usize = 624;

/// Matsumoto and Nishimura's MT19937.
#[derive(Clone)]
pub struct Twister {
    /// Its state.
    pub state: [u32; WORDS],
    /// How many words of it are used up.
    pub position: usize,
    /// The second number of the last pair of normal numbers.
    pub spare: Option<f64>,
}

impl Twister {
    /// Seeded by one word, as `numpy.random.seed` does it.
    #[must_use]
    pub fn new(seed: u32) -> Self {
        let mut state = [0_u32; WORDS];
        let mut before = seed;
        for (place, word) in state.iter_mut().enumerate() {
            if place > 0 {
                before = 1_812_433_253_u32.wrapping_mul(before ^ (before >> 30)).wrapping_add(place as u32);
            }
            *word = before;
        }
        Twister { state, position: WORDS, spare: None }
    }

    /// Seeded by several words.
    #[must_use]
    pub fn by_words(key: &[u32]) -> Self {
        let mut twister = Twister::new(19_650_218);
        let state = &mut twister.state;
        let (mut i, mut j) = (1, 0);
        let wrap = |state: &mut [u32; WORDS], i: &mut usize| {
            if *i >= WORDS {
                state[0] = state[WORDS - 1];
                *i = 1;
            }
        };
        for _ in 0..WORDS.max(key.len()) {
            let mixed = (state[i - 1] ^ (state[i - 1] >> 30)).wrapping_mul(1_664_525);
            let word = key.get(j).copied().unwrap_or(0);
            state[i] = (state[i] ^ mixed).wrapping_add(word).wrapping_add(j as u32);
            i += 1;
            j += 1;
            wrap(state, &mut i);
            if j >= key.len() {
                j = 0;
            }
        }
        for _ in 0..WORDS - 1 {
            let mixed = (state[i - 1] ^ (state[i - 1] >> 30)).wrapping_mul(1_566_083_941);
            state[i] = (state[i] ^ mixed).wrapping_sub(i as u32);
            i += 1;
            wrap(state, &mut i);
        }
        state[0] = 0x8000_0000;
        twister
    }

    /// With a state that was drawn from a seed sequence.
    #[must_use]
    pub fn with_state(words: &[u32]) -> Self {
        let mut twister = Twister::new(0);
        for (place, word) in twister.state.iter_mut().zip(words) {
            *place = *word;
        }
        twister.state[0] = 0x8000_0000;
        twister.position = WORDS - 1;
        twister
    }

    fn twist(&mut self) {
        for i in 0..WORDS {
            let joined = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % WORDS] & 0x7fff_ffff);
            let odd = if joined & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[i] = self.state[(i + 397) % WORDS] ^ (joined >> 1) ^ odd;
        }
        self.position = 0;
    }

    fn word(&mut self) -> u32 {
        if self.position >= WORDS {
            self.twist();
        }
        let mut word = self.state[self.position];
        self.position += 1;
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c_5680;
        word ^= (word << 15) & 0xefc6_0000;
        word ^ (word >> 18)
    }
}

/// O'Neill's PCG64: a linear congruence of 128 bits, its output shuffled.
#[derive(Clone)]
pub struct Pcg64 {
    /// Its state.
    pub state: u128,
    /// What is added in each step.
    pub increment: u128,
    /// The upper half of the last word, where only the lower one was asked for.
    pub spare: Option<u32>,
}

impl Pcg64 {
    /// From four words of a seed sequence.
    #[must_use]
    pub fn new(words: [u64; 4]) -> Self {
        let joined = |high: u64, low: u64| (u128::from(high) << 64) | u128::from(low);
        let increment = (joined(words[2], words[3]) << 1) | 1;
        let mut made = Pcg64 { state: 0, increment, spare: None };
        made.step();
        made.state = made.state.wrapping_add(joined(words[0], words[1]));
        made.step();
        made
    }

    fn step(&mut self) {
        const FACTOR: u128 = 0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645;
        self.state = self.state.wrapping_mul(FACTOR).wrapping_add(self.increment);
    }

    fn word(&mut self) -> u64 {
        self.step();
        let folded = (self.state >> 64) as u64 ^ self.state as u64;
        folded.rotate_right((self.state >> 122) as u32)
    }
}

/// A stream of either kind.
#[derive(Clone)]
pub enum Source {
    /// `MT19937`
    Twister(Box<Twister>),
    /// `PCG64`
    Pcg64(Pcg64),
}

impl Source {
    /// 32 bits.
    pub fn narrow(&mut self) -> u32 {
        match self {
            Source::Twister(twister) => twister.word(),
            Source::Pcg64(pcg) => match pcg.spare.take() {
                Some(spare) => spare,
                None => {
                    let word = pcg.word();
                    pcg.spare = Some((word >> 32) as u32);
                    word as u32
                }
            },
        }
    }

    /// 64 bits.
    pub fn wide(&mut self) -> u64 {
        match self {
            Source::Twister(twister) => {
                let high = u64::from(twister.word());
                (high << 32) | u64::from(twister.word())
            }
            Source::Pcg64(pcg) => pcg.word(),
        }
    }

    /// From 0 to 1, with 53 random bits.
    pub fn unit(&mut self) -> f64 {
        match self {
            Source::Twister(twister) => {
                let (high, low) = (twister.word() >> 5, twister.word() >> 6);
                (f64::from(high) * 67_108_864.0 + f64::from(low)) / 9_007_199_254_740_992.0
            }
            Source::Pcg64(pcg) => (pcg.word() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0),
        }
    }

    /// From 0 to 1, with 24 random bits.
    pub fn unit_32(&mut self) -> f32 {
        (self.narrow() >> 8) as f32 * (1.0 / 16_777_216.0)
    }
}

/// numpy's `SeedSequence`: words of any seed mixed into a pool, and as many words as one likes drawn from it.
pub struct Seeds {
    pool: [u32; 4],
}

impl Seeds {
    /// From the words of a seed.
    #[must_use]
    pub fn new(entropy: &[u32]) -> Self {
        let mut factor = 0x43b0_d7e5_u32;
        let mut hashed = |value: u32| {
            let value = value ^ factor;
            factor = factor.wrapping_mul(0x931e_8875);
            let value = value.wrapping_mul(factor);
            value ^ (value >> 16)
        };
        let mixed = |x: u32, y: u32| {
            let value = 0xca01_f9dd_u32.wrapping_mul(x).wrapping_sub(0x4973_f715_u32.wrapping_mul(y));
            value ^ (value >> 16)
        };
        let mut pool = [0, 1, 2, 3].map(|place| hashed(entropy.get(place).copied().unwrap_or(0)));
        for source in 0..pool.len() {
            for target in (0..pool.len()).filter(|target| *target != source) {
                pool[target] = mixed(pool[target], hashed(pool[source]));
            }
        }
        for word in entropy.iter().skip(pool.len()) {
            for place in &mut pool {
                *place = mixed(*place, hashed(*word));
            }
        }
        Seeds { pool }
    }

    /// Words drawn from the pool.
    #[must_use]
    pub fn words(&self, count: usize) -> Vec<u32> {
        let mut factor = 0x8b51_f9dd_u32;
        let drawn = self.pool.iter().cycle().take(count).map(|word| {
            let value = word ^ factor;
            factor = factor.wrapping_mul(0x58f3_8ded);
            let value = value.wrapping_mul(factor);
            value ^ (value >> 16)
        });
        drawn.collect()
    }

    /// The generator that `numpy.random.default_rng` seeds so.
    #[must_use]
    pub fn pcg64(&self) -> Pcg64 {
        let words = self.words(8);
        let wide = |at: usize| (u64::from(words[2 * at + 1]) << 32) | u64::from(words[2 * at]);
        Pcg64::new([wide(0), wide(1), wide(2), wide(3)])
    }
}
