//! `numpy.random`: streams of random numbers, seeded as numpy seeds them, so that seeded programs get numpy's own numbers. The
//! classes that programs see are written in the shell's own language, on these.

// Every index is a constant or below the size of a table.
#![allow(clippy::indexing_slicing)]

mod bits;
mod draw;
mod ziggurat;

use std::any::Any;
use std::cell::RefCell;

use self::bits::{Seeds, Source, Twister};
use self::draw::Whole;
use super::functions::dtype_of;
use super::{Array, result};
use crate::values::convert;
use torchsh_aten::Tensor;
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_language::value::{
    Args, Builtin, List, Native, TypeRow, Value, Vm, elements, memory, number, opt, req,
};

/// A stream of random bits.
struct Stream(RefCell<Source>);

impl Native for Stream {
    fn type_name(&self) -> &str {
        "_Stream"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn own<'a>(vm: &dyn Vm, args: &'a Args) -> Result<&'a Stream> {
    args.receiver().as_native::<Stream>().ok_or_else(|| args.wrong_receiver(vm))
}

fn stream(source: Source) -> Value {
    Value::native(Stream(RefCell::new(source)))
}

// ---- seeds ------------------------------------------------------------------------------------------------------

/// Words of 32 bits, of a list or an array.
fn words(vm: &dyn Vm, value: &Value) -> Result<Vec<u32>> {
    let items = match value.as_native::<Array>() {
        Some(array) => elements(&array.tensor())?,
        None => vm.collect(value)?,
    };
    let word = |item: &Value| Ok(number::index(vm, item)? as u32);
    items.iter().map(word).collect()
}

fn twister(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let seed = u32::try_from(number::big_index(vm, args.value(0))?);
    match seed {
        Ok(seed) => Ok(stream(Source::Twister(Box::new(Twister::new(seed))))),
        Err(_) => Err(Error::value("Seed must be between 0 and 2**32 - 1")),
    }
}

fn twister_by_words(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(stream(Source::Twister(Box::new(Twister::by_words(&words(vm, args.value(0))?)))))
}

fn seeded_twister(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let drawn = Seeds::new(&words(vm, args.value(0))?).words(bits::WORDS);
    Ok(stream(Source::Twister(Box::new(Twister::with_state(&drawn)))))
}

fn seeded_pcg64(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(stream(Source::Pcg64(Seeds::new(&words(vm, args.value(0))?).pcg64())))
}

fn seed_words(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let count = usize::try_from(args.int(vm, 1)?).unwrap_or(0);
    memory::room(count.saturating_mul(4))?;
    let drawn = Seeds::new(&words(vm, args.value(0))?).words(count);
    array(&drawn.into_iter().flat_map(u32::to_le_bytes).collect::<Vec<u8>>(), &[count as i64], Dtype::UINT32)
}

// ---- states -----------------------------------------------------------------------------------------------------

/// The state as numbers: words, position and spare normal number; state, increment and spare half word.
fn state(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(match &*own(vm, args)?.0.borrow() {
        Source::Twister(twister) => {
            let bytes: Vec<u8> = twister.state.iter().flat_map(|word| word.to_le_bytes()).collect();
            let key = array(&bytes, &[bits::WORDS as i64], Dtype::UINT32)?;
            Value::tuple(vec![key, Value::from(twister.position), twister.spare.map(Value::Float).into()])
        }
        Source::Pcg64(pcg) => {
            let spare = pcg.spare.map(|spare| Value::Int(i64::from(spare)));
            Value::tuple(vec![Value::big(pcg.state.into()), Value::big(pcg.increment.into()), spare.into()])
        }
    })
}

fn set_state(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let wrong = || Error::value("state is not of this kind of generator");
    let mut source = own(vm, args)?.0.borrow_mut();
    match &mut *source {
        Source::Twister(twister) => {
            let key = words(vm, args.value(0))?;
            let position = usize::try_from(args.int(vm, 1)?).ok().filter(|at| *at <= bits::WORDS);
            twister.state = key.try_into().map_err(|_| wrong())?;
            twister.position = position.ok_or_else(wrong)?;
            twister.spare = args.some(2).map(|_| args.float(vm, 2)).transpose()?;
        }
        Source::Pcg64(pcg) => {
            let big = |place| number::big_index(vm, args.value(place));
            pcg.state = u128::try_from(big(0)?).map_err(|_| wrong())?;
            pcg.increment = u128::try_from(big(1)?).map_err(|_| wrong())?;
            pcg.spare = args.some(2).map(|_| Ok::<u32, Error>(args.int(vm, 2)? as u32)).transpose()?;
        }
    }
    Ok(Value::None)
}

// ---- draws ------------------------------------------------------------------------------------------------------

fn array(bytes: &[u8], sizes: &[i64], dtype: Dtype) -> Result<Value> {
    Tensor::from_bytes(bytes, sizes, dtype).map(|tensor| Value::native(Array::new(tensor)))
}

/// How many numbers an array of these sizes has; none: a single number is wanted.
fn wanted(vm: &dyn Vm, args: &Args, place: usize, itemsize: usize) -> Result<Option<(Vec<i64>, usize)>> {
    let Some(size) = args.some(place) else { return Ok(None) };
    let sizes = convert::sizes_of(vm, std::slice::from_ref(size))?;
    if sizes.iter().any(|size| *size < 0) {
        return Err(Error::value("negative dimensions are not allowed"));
    }
    let count = sizes.iter().try_fold(1_usize, |all, size| all.checked_mul(usize::try_from(*size).ok()?));
    let count = count.ok_or_else(|| Error::value("array is too big"))?;
    memory::room(count.saturating_mul(itemsize))?;
    Ok(Some((sizes, count)))
}

fn doubles(vm: &dyn Vm, args: &Args, mut draw: impl FnMut(&mut Source) -> f64) -> Result<Value> {
    let source = &mut *own(vm, args)?.0.borrow_mut();
    match wanted(vm, args, 0, 8)? {
        None => Ok(Value::Float(draw(source))),
        Some((sizes, count)) => {
            let bytes: Vec<u8> = (0..count).flat_map(|_| draw(source).to_le_bytes()).collect();
            array(&bytes, &sizes, Dtype::FLOAT64)
        }
    }
}

fn floats(vm: &dyn Vm, args: &Args, mut draw: impl FnMut(&mut Source) -> f32) -> Result<Value> {
    let source = &mut *own(vm, args)?.0.borrow_mut();
    match wanted(vm, args, 0, 4)? {
        None => Ok(Value::Float(f64::from(draw(source)))),
        Some((sizes, count)) => {
            let bytes: Vec<u8> = (0..count).flat_map(|_| draw(source).to_le_bytes()).collect();
            array(&bytes, &sizes, Dtype::FLOAT32)
        }
    }
}

/// Whole numbers from a least one, up to a greatest one that is included.
fn integers(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let dtype = dtype_of(vm, args.value(3))?;
    let whole = |place| -> Result<i128> {
        let big = number::big_index(vm, args.value(place))?;
        i128::try_from(big).map_err(|_| Error::value("low is out of bounds"))
    };
    let (low, high, masked) = (whole(0)?, whole(1)?, args.truth_or(vm, 4, false)?);
    let (least, most) = super::promote::bounds(dtype);
    let name = dtype.name();
    let fault = match () {
        () if low < least => Some(format!("low is out of bounds for {name}")),
        () if high > most => Some(format!("high is out of bounds for {name}")),
        () if low > high => Some("low >= high".to_owned()),
        () => None,
    };
    if let Some(fault) = fault {
        return Err(Error::value(fault));
    }
    let span = u64::try_from(high - low).unwrap_or(u64::MAX);
    let mut draw = Whole::new(span, if dtype == Dtype::BOOL { 0 } else { dtype.itemsize() }, masked);
    let source = &mut *own(vm, args)?.0.borrow_mut();
    let mut next = || (low + i128::from(draw.next(source))).to_le_bytes();
    let (sizes, count) = wanted(vm, args, 2, dtype.itemsize())?.unwrap_or((Vec::new(), 1));
    let mut bytes = Vec::with_capacity(count * dtype.itemsize());
    for _ in 0..count {
        bytes.extend_from_slice(&next()[..dtype.itemsize()]);
    }
    let tensor = Tensor::from_bytes(&bytes, &sizes, dtype)?;
    Ok(if args.some(2).is_some() { Value::native(Array::new(tensor)) } else { result(tensor) })
}

/// The places of `count` items after they were shuffled.
fn shuffled(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let count = usize::try_from(args.int(vm, 0)?).unwrap_or(0);
    memory::room(count.saturating_mul(16))?;
    let first = usize::try_from(args.int_or(vm, 1, 1)?).unwrap_or(1);
    let mut places: Vec<i64> = (0..count as i64).collect();
    let source = &mut *own(vm, args)?.0.borrow_mut();
    draw::shuffle(source, &mut places, first, args.truth_or(vm, 2, false)?);
    of_places(&places)
}

fn sample(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let number = |place| -> Result<usize> { Ok(usize::try_from(args.int(vm, place)?).unwrap_or(0)) };
    let (population, count) = (number(0)?, number(1)?);
    memory::room(count.saturating_mul(32))?;
    let source = &mut *own(vm, args)?.0.borrow_mut();
    of_places(&draw::sample(source, population, count.min(population), args.truth_or(vm, 2, true)?))
}

fn of_places(places: &[i64]) -> Result<Value> {
    let bytes: Vec<u8> = places.iter().flat_map(|place| place.to_le_bytes()).collect();
    array(&bytes, &[places.len() as i64], Dtype::INT64)
}

/// Items of a list change places.
fn shuffle_list(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let Value::List(list) = args.value(0) else {
        return Err(Error::type_error("only lists are shuffled in place"));
    };
    let mut items = List::to_vec(list);
    draw::shuffle(&mut own(vm, args)?.0.borrow_mut(), &mut items, 1, args.truth_or(vm, 1, false)?);
    for (place, item) in items.into_iter().enumerate() {
        vm.set_item(args.value(0), &Value::from(place), item)?;
    }
    Ok(Value::None)
}

fn bytes(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let count = usize::try_from(args.int(vm, 0)?).unwrap_or(0);
    memory::room(count)?;
    let source = &mut *own(vm, args)?.0.borrow_mut();
    let mut drawn: Vec<u8> = (0..count.div_ceil(4)).flat_map(|_| source.narrow().to_le_bytes()).collect();
    drawn.truncate(count);
    Ok(Value::Bytes(std::rc::Rc::new(drawn)))
}

/// The class of streams.
pub const TYPES: &[TypeRow] = &[TypeRow {
    name: "_Stream",
    module: "numpy.random",
    base: "object",
    summary: "a stream of random bits",
}];

const SIZE: &[torchsh_language::value::Param] = &[opt("size", "None")];

/// The rows of this file.
pub const ROWS: &[Builtin] = &[
    Builtin::function("numpy._streams", "_twister", &[req("seed")], twister),
    Builtin::function("numpy._streams", "_twister_by_words", &[req("words")], twister_by_words),
    Builtin::function("numpy._streams", "_seeded_twister", &[req("words")], seeded_twister),
    Builtin::function("numpy._streams", "_seeded_pcg64", &[req("words")], seeded_pcg64),
    Builtin::function("numpy._streams", "_seed_words", &[req("words"), req("count")], seed_words),
    Builtin::method("_Stream", "state", &[], state),
    Builtin::method("_Stream", "set_state", &[req("a"), req("b"), req("c")], set_state),
    Builtin::method("_Stream", "unit", SIZE, |vm, args| doubles(vm, args, Source::unit)),
    Builtin::method("_Stream", "unit_32", SIZE, |vm, args| floats(vm, args, Source::unit_32)),
    Builtin::method("_Stream", "polar", SIZE, |vm, args| doubles(vm, args, draw::polar)),
    Builtin::method("_Stream", "ziggurat", SIZE, |vm, args| doubles(vm, args, draw::ziggurat)),
    Builtin::method("_Stream", "ziggurat_32", SIZE, |vm, args| floats(vm, args, draw::ziggurat_32)),
    Builtin::method("_Stream", "exponential", SIZE, |vm, args| {
        doubles(vm, args, |source| -(1.0 - source.unit()).ln())
    }),
    Builtin::method(
        "_Stream",
        "integers",
        &[req("low"), req("high"), req("size"), req("dtype"), req("masked")],
        integers,
    ),
    Builtin::method(
        "_Stream",
        "shuffled",
        &[req("count"), opt("first", "1"), opt("masked", "False")],
        shuffled,
    ),
    Builtin::method("_Stream", "shuffle_list", &[req("items"), opt("masked", "False")], shuffle_list),
    Builtin::method("_Stream", "sample", &[req("population"), req("count"), opt("shuffle", "True")], sample),
    Builtin::method("_Stream", "bytes", &[req("count")], bytes),
];
