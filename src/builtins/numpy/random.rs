//! `numpy.random`: the old generator (a Mersenne Twister, seeded as numpy seeds it), so that seeded programs get
//! numpy's own numbers.

#![allow(clippy::indexing_slicing)] // every index is a constant, or taken modulo the size of the state

use std::cell::RefCell;

use super::Array;
use super::functions::tensor_from;
use crate::aten::Tensor;
use crate::builtins::torch::convert;
use crate::checkpoint::dtype::Dtype;
use crate::error::{Error, Result};
use crate::value::{Args, Builtin, Param, Value, Vm, opt, req, rest};

const WORDS: usize = 624;

/// Matsumoto and Nishimura's MT19937.
struct Twister {
    state: [u32; WORDS],
    position: usize,
    /// The second number of the last pair of normal numbers.
    spare: Option<f64>,
}

impl Twister {
    const fn new(seed: u32) -> Self {
        let mut state = [0_u32; WORDS];
        state[0] = seed;
        let mut i = 1;
        while i < WORDS {
            let before = state[i - 1];
            state[i] = 1_812_433_253_u32.wrapping_mul(before ^ (before >> 30)).wrapping_add(i as u32);
            i += 1;
        }
        Twister { state, position: WORDS, spare: None }
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

    /// From 0 to 1, with 53 random bits.
    fn unit(&mut self) -> f64 {
        let (high, low) = (self.word() >> 5, self.word() >> 6);
        (f64::from(high) * 67_108_864.0 + f64::from(low)) / 9_007_199_254_740_992.0
    }

    /// Normally distributed, by the polar method.
    fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (a, b) = (2.0 * self.unit() - 1.0, 2.0 * self.unit() - 1.0);
            let square = a * a + b * b;
            if square < 1.0 && square != 0.0 {
                let factor = (-2.0 * square.ln() / square).sqrt();
                self.spare = Some(factor * a);
                return factor * b;
            }
        }
    }

    /// From 0 to `most`, both included.
    fn below(&mut self, most: u64) -> u64 {
        if most == 0 {
            return 0;
        }
        let mask = u64::MAX >> most.leading_zeros();
        loop {
            let value = match u32::try_from(most) {
                Ok(_) => u64::from(self.word()),
                Err(_) => (u64::from(self.word()) << 32) | u64::from(self.word()),
            };
            if value & mask <= most {
                return value & mask;
            }
        }
    }
}

thread_local! {
    static TWISTER: RefCell<Option<Twister>> = const { RefCell::new(None) };
}

fn with<T>(body: impl FnOnce(&mut Twister) -> T) -> T {
    TWISTER.with_borrow_mut(|twister| {
        // Not seeded by the program: by the clock.
        let clock = || {
            std::time::UNIX_EPOCH.elapsed().map_or(0, |since| since.subsec_nanos() ^ since.as_secs() as u32)
        };
        body(twister.get_or_insert_with(|| Twister::new(clock())))
    })
}

fn seed(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let new = match args.some(0) {
        None => None,
        Some(_) => match u32::try_from(args.int(vm, 0)?) {
            Ok(seed) => Some(Twister::new(seed)),
            Err(_) => return Err(Error::value("Seed must be between 0 and 2**32 - 1")),
        },
    };
    TWISTER.with_borrow_mut(|twister| *twister = new);
    Ok(Value::None)
}

/// One number, or an array of a shape.
fn filled(sizes: Option<Vec<i64>>, mut next: impl FnMut(&mut Twister) -> f64) -> Result<Value> {
    let Some(sizes) = sizes else { return Ok(Value::Float(with(next))) };
    let count = sizes.iter().try_fold(1_usize, |count, size| count.checked_mul(usize::try_from(*size).ok()?));
    let count = count.ok_or_else(|| Error::value("negative dimensions are not allowed"))?;
    let bytes: Vec<u8> = with(|twister| (0..count).flat_map(|_| next(twister).to_le_bytes()).collect());
    Ok(Value::native(Array::new(Tensor::from_bytes(&bytes, &sizes, Dtype::FLOAT64)?)))
}

fn shape(vm: &dyn Vm, args: &Args, index: usize) -> Result<Option<Vec<i64>>> {
    args.some(index).map(|size| convert::sizes_of(vm, std::slice::from_ref(size))).transpose()
}

fn by_dimensions(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let sizes = if args.rest().is_empty() { None } else { Some(convert::sizes_of(vm, args.rest())?) };
    if args.row().name == "rand" { filled(sizes, Twister::unit) } else { filled(sizes, Twister::normal) }
}

fn random(vm: &dyn Vm, args: &Args) -> Result<Value> {
    filled(shape(vm, args, 0)?, Twister::unit)
}

fn bound(vm: &dyn Vm, args: &Args, index: usize, default: f64) -> Result<f64> {
    if args.some(index).is_none() { Ok(default) } else { args.float(vm, index) }
}

fn uniform(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let (low, high) = (bound(vm, args, 0, 0.0)?, bound(vm, args, 1, 1.0)?);
    filled(shape(vm, args, 2)?, |twister| low + (high - low) * twister.unit())
}

fn normal(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let (mean, deviation) = (bound(vm, args, 0, 0.0)?, bound(vm, args, 1, 1.0)?);
    filled(shape(vm, args, 2)?, |twister| mean + deviation * twister.normal())
}

fn standard_normal(vm: &dyn Vm, args: &Args) -> Result<Value> {
    filled(shape(vm, args, 0)?, Twister::normal)
}

fn integers(numbers: &[i64], sizes: &[i64]) -> Result<Value> {
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    Ok(Value::native(Array::new(Tensor::from_bytes(&bytes, sizes, Dtype::INT64)?)))
}

fn randint(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let (low, high) = match args.some(1) {
        Some(_) => (args.int(vm, 0)?, args.int(vm, 1)?),
        None => (0, args.int(vm, 0)?),
    };
    let most = high.checked_sub(low).filter(|width| *width > 0).ok_or_else(|| Error::value("low >= high"))?
        as u64
        - 1;
    let one = |twister: &mut Twister| low + twister.below(most) as i64;
    let Some(sizes) = shape(vm, args, 2)? else { return Ok(Value::Int(with(one))) };
    let count = sizes.iter().product::<i64>().max(0);
    let numbers: Vec<i64> = with(|twister| (0..count).map(|_| one(twister)).collect());
    integers(&numbers, &sizes)
}

/// Exchanges from the end, as numpy does.
fn shuffled<T>(items: &mut [T]) {
    with(|twister| {
        for i in (1..items.len()).rev() {
            items.swap(i, twister.below(i as u64) as usize);
        }
    });
}

fn permutation(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let items: Vec<Value> = match args.value(0) {
        Value::Int(count) => (0..*count).map(Value::Int).collect(),
        other => vm.collect(other)?,
    };
    let mut items = items;
    shuffled(&mut items);
    Ok(Value::native(Array::new(tensor_from(vm, &Value::list(items), None)?)))
}

fn shuffle(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut items = vm.collect(args.value(0))?;
    shuffled(&mut items);
    for (position, item) in items.into_iter().enumerate() {
        vm.set_item(args.value(0), &Value::from(position), item)?;
    }
    Ok(Value::None)
}

fn choice(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let items: Vec<Value> = match args.value(0) {
        Value::Int(count) => (0..*count).map(Value::Int).collect(),
        other => vm.collect(other)?,
    };
    let Some(most) = (items.len() as u64).checked_sub(1) else {
        return Err(Error::value("'a' cannot be empty unless no samples are taken"));
    };
    let pick = |at: usize| items.get(at).cloned().unwrap_or(Value::None);
    let Some(sizes) = shape(vm, args, 1)? else {
        return Ok(pick(with(|twister| twister.below(most)) as usize));
    };
    let count = usize::try_from(sizes.iter().product::<i64>()).unwrap_or(0);
    let positions: Vec<usize> = if args.truth_or(vm, 2, true)? {
        with(|twister| (0..count).map(|_| twister.below(most) as usize).collect())
    } else {
        if count > items.len() {
            return Err(Error::value("Cannot take a larger sample than population when 'replace=False'"));
        }
        let mut all: Vec<usize> = (0..items.len()).collect();
        shuffled(&mut all);
        all.into_iter().take(count).collect()
    };
    Ok(Value::native(Array::new(tensor_from(
        vm,
        &Value::list(positions.into_iter().map(pick).collect()),
        None,
    )?)))
}

const SIZE: &[Param] = &[opt("size", "None")];

/// The rows of this file.
pub const ROWS: &[Builtin] = &[
    Builtin::function("numpy.random", "seed", &[opt("seed", "None")], seed)
        .says("starts the random numbers anew"),
    Builtin::function("numpy.random", "rand", &[rest("sizes")], by_dimensions).says("numbers from 0 to 1"),
    Builtin::function("numpy.random", "randn", &[rest("sizes")], by_dimensions)
        .says("normally distributed numbers"),
    Builtin::function("numpy.random", "random", SIZE, random),
    Builtin::function("numpy.random", "random_sample", SIZE, random),
    Builtin::function("numpy.random", "standard_normal", SIZE, standard_normal),
    Builtin::function(
        "numpy.random",
        "uniform",
        &[opt("low", "0.0"), opt("high", "1.0"), opt("size", "None")],
        uniform,
    ),
    Builtin::function(
        "numpy.random",
        "normal",
        &[opt("loc", "0.0"), opt("scale", "1.0"), opt("size", "None")],
        normal,
    ),
    Builtin::function(
        "numpy.random",
        "randint",
        &[req("low"), opt("high", "None"), opt("size", "None"), opt("dtype", "int")],
        randint,
    ),
    Builtin::function("numpy.random", "permutation", &[req("x")], permutation),
    Builtin::function("numpy.random", "shuffle", &[req("x")], shuffle),
    Builtin::function(
        "numpy.random",
        "choice",
        &[req("a"), opt("size", "None"), opt("replace", "True")],
        choice,
    ),
];
