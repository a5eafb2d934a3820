//! `random`: the Mersenne Twister and the ways CPython draws from it, so that seeded programs draw the same numbers.
//!
//! Follows Matsumoto & Nishimura's MT19937 and the documented methods of Python's `random` module.

#![allow(clippy::indexing_slicing)] // every index is a constant, or taken modulo the size of the state

use std::cell::RefCell;

use num_bigint::{BigInt, Sign};
use sha2::{Digest, Sha512};

use torchsh_base::error::{Error, Result};
use torchsh_language::value::{Args, Builtin, Effect, Value, Vm, kw, number, opt, pos};

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::function("random", "seed", &[opt("a", "None"), opt("version", "2")], |vm, args| {
        let seed = match args.value(0).payload() {
            Value::None => BigInt::from(
                std::time::SystemTime::now()
                    .duration_since(std::time::UNIX_EPOCH)
                    .map_or(0, |t| t.as_nanos()),
            ),
            Value::Str(text) => seed_of(text.as_bytes()),
            Value::Bytes(bytes) => seed_of(&bytes),
            // As CPython: a float is its hash, taken as a number without a sign.
            Value::Float(_) => BigInt::from(vm.hash_number(args.value(0))? as u64),
            _ => number::big_index(vm, args.value(0)).map_err(|_| {
                Error::type_error(
                    "The only supported seed types are: None,\nint, float, str, bytes, and bytearray.",
                )
            })?,
        };
        let (_, keys) = seed.to_u32_digits();
        TWISTER.with_borrow_mut(|twister| *twister = Twister::seeded(&keys));
        Ok(Value::None)
    })
    .says("starts the numbers from a seed")
    .effect(Effect::Changes),
    Builtin::function("random", "getstate", &[], |_, _| Ok(TWISTER.with_borrow(Twister::to_value)))
        .says("where the numbers are: for setstate"),
    Builtin::function("random", "setstate", &[pos("state")], |vm, args| {
        let twister = Twister::of_value(vm, args.value(0))?;
        TWISTER.with_borrow_mut(|current| *current = twister);
        Ok(Value::None)
    })
    .says("goes on from what getstate gave")
    .effect(Effect::Changes),
    Builtin::function("random", "random", &[], |_, _| Ok(Value::Float(uniform())))
        .says("a number from 0 to below 1"),
    Builtin::function("random", "uniform", &[pos("a"), pos("b")], |vm, args| {
        let (a, b) = (args.float(vm, 0)?, args.float(vm, 1)?);
        Ok(Value::Float(a + (b - a) * uniform()))
    })
    .says("a number between two"),
    Builtin::function("random", "randint", &[pos("a"), pos("b")], |vm, args| {
        let (a, b) = (args.int(vm, 0)?, args.int(vm, 1)?);
        let span = b.checked_sub(a).and_then(|span| u64::try_from(span).ok()).map(|span| span + 1);
        let span = span.ok_or_else(|| {
            let (stop, width) = (i128::from(b) + 1, i128::from(b) + 1 - i128::from(a));
            Error::value(format!("empty range for randrange() ({a}, {stop}, {width})"))
        })?;
        Ok(Value::Int(a + below(span) as i64))
    })
    .says("a whole number between two, both included"),
    Builtin::function(
        "random",
        "randrange",
        &[pos("start"), opt("stop", "None"), opt("step", "1")],
        randrange,
    )
    .says("a number of a range"),
    Builtin::function("random", "getrandbits", &[pos("_k")], |vm, args| {
        let bits = u32::try_from(args.int(vm, 0)?)
            .map_err(|_| Error::value("number of bits must be non-negative"))?;
        Ok(Value::big(random_bits(bits)))
    })
    .says("a whole number of so many bits"),
    Builtin::function("random", "choice", &[pos("seq")], |vm, args| {
        let length = vm.length(args.value(0))?;
        if length == 0 {
            return Err(Error::new(torchsh_base::error::Kind::Index, "Cannot choose from an empty sequence"));
        }
        vm.item(args.value(0), &Value::from(below(length as u64) as usize))
    })
    .says("one of the items"),
    Builtin::function(
        "random",
        "choices",
        &[pos("population"), opt("weights", "None"), kw("cum_weights", "None"), kw("k", "1")],
        choices,
    )
    .says("some of the items, each anew"),
    Builtin::function("random", "shuffle", &[pos("x")], |vm, args| {
        let length = vm.length(args.value(0))?;
        let sequence = args.value(0);
        for i in (1..length).rev() {
            let j = below(i as u64 + 1) as usize;
            let (a, b) = (vm.item(sequence, &Value::from(i))?, vm.item(sequence, &Value::from(j))?);
            vm.set_item(sequence, &Value::from(i), b)?;
            vm.set_item(sequence, &Value::from(j), a)?;
        }
        Ok(Value::None)
    })
    .says("puts the items in another order")
    .effect(Effect::Changes),
    Builtin::function("random", "sample", &[pos("population"), pos("k"), kw("counts", "None")], sample)
        .says("some of the items, none twice"),
    Builtin::function("random", "gauss", &[opt("mu", "0.0"), opt("sigma", "1.0")], |vm, args| {
        let mu = if args.some(0).is_some() { args.float(vm, 0)? } else { 0.0 };
        let sigma = if args.some(1).is_some() { args.float(vm, 1)? } else { 1.0 };
        Ok(Value::Float(mu + gauss() * sigma))
    })
    .says("a number of the normal distribution"),
];

const SIZE: usize = 624;
const SHIFT: usize = 397;

struct Twister {
    state: [u32; SIZE],
    at: usize,
    /// The second of the pair of normal numbers drawn together.
    spare: Option<f64>,
}

/// The number that stands for a text as a seed: the text, and its SHA-512 behind it (version 2 of Python's seed).
fn seed_of(text: &[u8]) -> BigInt {
    let mut bytes = text.to_vec();
    bytes.extend(Sha512::digest(text));
    BigInt::from_bytes_be(Sign::Plus, &bytes)
}

/// The version that Python writes into its states.
const STATE_VERSION: i64 = 3;

impl Twister {
    /// As Python's getstate: a version, the 624 words and the place among them, and the spare normal number.
    fn to_value(&self) -> Value {
        let words = self.state.iter().map(|word| Value::Int(i64::from(*word)));
        let words = words.chain([Value::from(self.at)]).collect();
        let spare = self.spare.map_or(Value::None, Value::Float);
        Value::tuple(vec![Value::Int(STATE_VERSION), Value::tuple(words), spare])
    }

    fn of_value(vm: &dyn Vm, value: &Value) -> Result<Self> {
        let wrong = || Error::value("state vector is the wrong size");
        let parts = vm.collect(value)?;
        let [_, words, spare] = parts.as_slice() else { return Err(wrong()) };
        let numbers: Option<Vec<i64>> = vm.collect(words)?.iter().map(Value::as_int).collect();
        let numbers = numbers.filter(|numbers| numbers.len() == SIZE + 1).ok_or_else(wrong)?;
        let mut twister = Self::of_number(0);
        for (word, number) in twister.state.iter_mut().zip(&numbers) {
            *word = u32::try_from(*number).map_err(|_| wrong())?;
        }
        let at = numbers.last().and_then(|at| usize::try_from(*at).ok());
        twister.at = at.filter(|at| *at <= SIZE).ok_or_else(wrong)?;
        twister.spare = if spare.is_none() { None } else { Some(number::float(vm, spare)?) };
        Ok(twister)
    }
}

thread_local! {
    static TWISTER: RefCell<Twister> = RefCell::new(Twister::seeded(&[std::process::id()]));
}

// Every index below is a constant or taken modulo the size of the state.
impl Twister {
    fn of_number(seed: u32) -> Self {
        let mut state = [0; SIZE];
        let mut previous = seed;
        for (i, word) in state.iter_mut().enumerate() {
            if i > 0 {
                let mixed = previous ^ (previous >> 30);
                previous = mixed.wrapping_mul(1_812_433_253).wrapping_add(i as u32);
            }
            *word = previous;
        }
        Twister { state, at: SIZE, spare: None }
    }

    fn seeded(keys: &[u32]) -> Self {
        let keys = if keys.is_empty() { &[0] } else { keys };
        let mut twister = Self::of_number(19_650_218);
        let state = &mut twister.state;
        let (mut i, mut j) = (1, 0);
        for _ in 0..SIZE.max(keys.len()) {
            let before = state[i - 1] ^ (state[i - 1] >> 30);
            state[i] =
                (state[i] ^ before.wrapping_mul(1_664_525)).wrapping_add(keys[j]).wrapping_add(j as u32);
            i += 1;
            j = (j + 1) % keys.len();
            if i >= SIZE {
                state[0] = state[SIZE - 1];
                i = 1;
            }
        }
        for _ in 1..SIZE {
            let before = state[i - 1] ^ (state[i - 1] >> 30);
            state[i] = (state[i] ^ before.wrapping_mul(1_566_083_941)).wrapping_sub(i as u32);
            i += 1;
            if i >= SIZE {
                state[0] = state[SIZE - 1];
                i = 1;
            }
        }
        state[0] = 0x8000_0000;
        twister
    }

    fn next(&mut self) -> u32 {
        if self.at >= SIZE {
            for i in 0..SIZE {
                let y = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % SIZE] & 0x7fff_ffff);
                let odd = if y & 1 == 1 { 0x9908_b0df } else { 0 };
                self.state[i] = self.state[(i + SHIFT) % SIZE] ^ (y >> 1) ^ odd;
            }
            self.at = 0;
        }
        let mut y = self.state[self.at];
        self.at += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }
}

fn word() -> u32 {
    TWISTER.with_borrow_mut(Twister::next)
}

fn uniform() -> f64 {
    let (a, b) = (f64::from(word() >> 5), f64::from(word() >> 6));
    (a * 67_108_864.0 + b) / 9_007_199_254_740_992.0
}

fn random_bits(bits: u32) -> BigInt {
    let mut words = Vec::new();
    let mut left = bits;
    while left > 0 {
        words.push(if left < 32 { word() >> (32 - left) } else { word() });
        left = left.saturating_sub(32);
    }
    BigInt::new(num_bigint::Sign::Plus, words)
}

/// A whole number below a limit: bits are drawn until they are below.
fn below(limit: u64) -> u64 {
    let bits = u64::BITS - limit.leading_zeros();
    loop {
        let low = u64::from(if bits <= 32 { word() >> (32 - bits) } else { word() });
        let drawn = if bits <= 32 { low } else { low | u64::from(word() >> (64 - bits)) << 32 };
        if drawn < limit {
            return drawn;
        }
    }
}

fn gauss() -> f64 {
    if let Some(spare) = TWISTER.with_borrow_mut(|twister| twister.spare.take()) {
        return spare;
    }
    let angle = uniform() * std::f64::consts::TAU;
    let radius = (-2.0 * (1.0 - uniform()).ln()).sqrt();
    TWISTER.with_borrow_mut(|twister| twister.spare = Some(angle.sin() * radius));
    angle.cos() * radius
}

fn randrange(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let (start, stop) = match args.some(1) {
        Some(_) => (args.int(vm, 0)?, args.int(vm, 1)?),
        None => (0, args.int(vm, 0)?),
    };
    let step = args.int_or(vm, 2, 1)?;
    if step == 0 {
        return Err(Error::value("zero step for randrange()"));
    }
    let count = (torchsh_language::value::Range { start, stop, step }).len() as u64;
    if count == 0 {
        return Err(Error::value(format!("empty range for randrange({start}, {stop}, {step})")));
    }
    Ok(Value::Int(start + step * below(count) as i64))
}

fn choices(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let items = vm.collect(args.value(0))?;
    let count = usize::try_from(args.int_or(vm, 3, 1)?).unwrap_or(0);
    if items.is_empty() {
        return Err(Error::new(torchsh_base::error::Kind::Index, "Cannot choose from an empty population"));
    }
    let mut totals = Vec::new();
    if args.some(1).is_some() && args.some(2).is_some() {
        return Err(Error::type_error("Cannot specify both weights and cumulative weights"));
    }
    if let Some(weights) = args.some(1).or(args.some(2)) {
        let mut total = 0.0;
        for weight in vm.collect(weights)? {
            let weight = number::float(vm, &weight)?;
            total = if args.some(1).is_some() { total + weight } else { weight };
            totals.push(total);
        }
        if totals.last().is_some_and(|total| *total <= 0.0) {
            return Err(Error::value("Total of weights must be greater than zero"));
        }
        if totals.len() != items.len() {
            return Err(Error::value("The number of weights does not match the population"));
        }
    }
    let pick = |_| {
        let drawn = uniform();
        let place = match totals.last() {
            Some(total) => totals.partition_point(|sum| *sum <= drawn * total).min(items.len() - 1),
            None => (drawn * items.len() as f64) as usize,
        };
        items.get(place).cloned().unwrap_or(Value::None)
    };
    Ok(Value::list((0..count).map(pick).collect()))
}

/// Each item as often as its count says.
fn repeated(vm: &dyn Vm, items: Vec<Value>, counts: &Value) -> Result<Vec<Value>> {
    let counts = vm.collect(counts)?;
    if counts.len() != items.len() {
        return Err(Error::value("The number of counts does not match the population"));
    }
    let mut pool = Vec::new();
    for (item, count) in items.into_iter().zip(counts) {
        let count = usize::try_from(number::index(vm, &count)?)
            .map_err(|_| Error::value("Counts must be non-negative"))?;
        pool.extend(std::iter::repeat_n(item, count));
    }
    Ok(pool)
}

fn sample(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut pool = vm.collect(args.value(0))?;
    if let Some(counts) = args.some(2) {
        pool = repeated(vm, pool, counts)?;
    }
    let (n, k) = (pool.len(), usize::try_from(args.int(vm, 1)?).unwrap_or(usize::MAX));
    if k > n {
        return Err(Error::value("Sample larger than population or is negative"));
    }
    // As CPython: a set of places for few out of many, else a pool that is used up.
    let mut set_size = 21.0f64;
    if k > 5 {
        set_size += 4f64.powf((k as f64 * 3.0).log(4.0).ceil());
    }
    let mut result = Vec::with_capacity(k);
    if n as f64 <= set_size {
        for i in 0..k {
            let j = below((n - i) as u64) as usize;
            result.push(pool.get(j).cloned().unwrap_or(Value::None));
            if let Some(last) = pool.get(n - i - 1).cloned()
                && let Some(place) = pool.get_mut(j)
            {
                *place = last;
            }
        }
    } else {
        let mut chosen = std::collections::HashSet::new();
        for _ in 0..k {
            let mut j = below(n as u64) as usize;
            while !chosen.insert(j) {
                j = below(n as u64) as usize;
            }
            result.push(pool.get(j).cloned().unwrap_or(Value::None));
        }
    }
    Ok(Value::list(result))
}
