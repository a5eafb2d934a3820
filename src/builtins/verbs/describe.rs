//! `describe m` and `hist m["conv1.weight"]`: what the numbers of tensors come to, and how they are spread.

use super::entries::chosen;
use super::order::{self, Rank};
use super::{Words, dictionary_of, fuzzy_keys, nested, numbers, pictures};
use crate::checkpoint::Records;
use torchsh_base::error::{Error, Kind, Result};
use torchsh_checkpoint::record::{TensorRecord, bytes_of};
use torchsh_language::value::report::progress::Progress;
use torchsh_language::value::report::{Described, Report, gather};
use torchsh_language::value::{Args, Value, Vm};
use torchsh_state_dict::{Histogram, Statistics, histogram, histogram_within, statistics};

/// `values m`
pub fn values(vm: &dyn Vm, args: &Args) -> Result<Value> {
    describe(vm, args)
}

/// `describe m "*.weight"`
pub fn describe(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let entries = chosen(vm, args)?;
    let (mut rows, mut records, mut made) = (Vec::new(), Vec::new(), Records::new(vm));
    for (key, value) in &entries {
        let Some(tensor) = value.as_tensor_or_array() else { continue };
        vm.check_interrupt()?;
        let row = gather::row(vm, key, value)?;
        let record = reason(made.of(&tensor))?;
        rows.push((row, record.as_ref().err().cloned()));
        records.extend(record.ok());
    }
    let bytes = |record: &TensorRecord| bytes_of(record.dtype, record.numel()?);
    let passes = if vm.draws() { 2 } else { 1 };
    let bytes: u64 = records.iter().filter_map(bytes).fold(0, u64::saturating_add);
    let progress = Progress::of(vm, bytes.saturating_mul(passes));
    let found = statistics(&records, &progress)?;
    let mut spreads = spreads(vm, records.iter().zip(&found), &progress)?.into_iter();
    let mut found = found.into_iter();
    let mut described = Vec::with_capacity(rows.len());
    for (row, refused) in rows {
        let (statistics, spread) = match refused {
            Some(why) => (Err(why), None),
            None => (found.next().map_or_else(|| Ok(Err(String::new())), reason)?, spreads.next().flatten()),
        };
        described.push(Described { row, statistics, spread });
    }
    let others = entries.len() - described.len();
    order::sort(vm, args, &mut described, rank)?;
    Ok(Report::Statistics { rows: described, others }.into_value())
}

/// What a described tensor is compared by.
fn rank(by: &str, one: &Described) -> Rank {
    let found = one.statistics.as_ref().ok();
    match by {
        "max" => Rank::number(found.and_then(|found| found.max).map(order::float)),
        "min" => Rank::number(found.and_then(|found| found.min).map(order::float)),
        "mean" => Rank::number(found.and_then(|found| found.mean)),
        "std" => Rank::number(found.and_then(|found| found.std)),
        _ => Rank::of(by, &one.row),
    }
}

/// Bins of a picture as small as a word.
const SMALL: usize = 32;

/// How the numbers of tensors are spread, where the front draws that; none of a tensor that has no order.
fn spreads<'a>(
    vm: &dyn Vm,
    described: impl Iterator<Item = (&'a TensorRecord, &'a Result<Statistics>)>,
    progress: &Progress<'_>,
) -> Result<Vec<Option<Histogram>>> {
    if !vm.draws() {
        return Ok(Vec::new());
    }
    let spread = |(record, found): (&TensorRecord, &Result<Statistics>)| match found {
        Ok(found) => Ok(reason(histogram_within(record, found, SMALL, progress))?.ok()),
        Err(_) => Ok(None),
    };
    described.map(spread).collect()
}

/// What is wrong with one tensor, in a line: it is said in the report, which is made all the same. Ctrl-C ends it.
pub(super) fn reason<T>(made: Result<T>) -> Result<Result<T, String>> {
    match made {
        Err(error) if error.kind() == Kind::KeyboardInterrupt => Err(error),
        made => Ok(made.map_err(|error| error.message().lines().next().unwrap_or_default().to_owned())),
    }
}

/// Bins without a wish.
const BINS: i64 = 16;

/// Bins that are more than anyone reads.
const MOST_BINS: i64 = 200;

/// `hist tensor 20`
pub fn hist(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let given = words.next(args, "a tensor")?;
    let entry = entry_of(vm, given, &mut words)?;
    let tensor = entry.as_ref().unwrap_or(given);
    let Some(object) = tensor.as_tensor_or_array() else {
        let error = Error::type_error(format!("hist wants a tensor, not {}", vm.type_name(tensor)));
        let place =
            nested::name_of(vm, tensor).and_then(|name| Some((name, nested::first_tensor(vm, tensor)?)));
        return Err(match place {
            Some((name, place)) => error.hint(format!("hist {name}{place}")),
            None => error.hint(format!("usage: {}", Words::synopsis(args))),
        });
    };
    let is_number = words.left.as_slice().first().is_some_and(|word| word.as_str().is_none());
    let bins = if is_number { words.left.next() } else { None };
    let bins = bins.map_or(Ok(BINS), |bins| numbers::whole(vm, "the number of bins", bins))?;
    if !(1..=MOST_BINS).contains(&bins) {
        return Err(Error::value(format!("bins are 1 to {MOST_BINS}, not {bins}")));
    }
    let path = pictures::path(vm, args, &mut words)?;
    words.end(args)?;
    let record: TensorRecord = Records::new(vm).of(&object)?;
    let bins = usize::try_from(bins).unwrap_or(1);
    pictures::answer(vm, Report::Histogram(histogram(&record, bins, &Progress::bytes(vm))?), path)
}

/// The entry of a checkpoint that is named behind it: `hist ckpt "model.fc.weight"`, by its path or by its key in the state_dict inside.
fn entry_of(vm: &dyn Vm, given: &Value, words: &mut Words<'_>) -> Result<Option<Value>> {
    let name = words.left.as_slice().first().and_then(Value::as_str);
    let Some(name) = name.filter(|name| !pictures::is_path(name) && !given.is_tensor_or_array()) else {
        return Ok(None);
    };
    let dict = dictionary_of(vm, "hist", given)?;
    let mut entries = nested::entries(vm, &dict)?;
    if nested::place_of(vm, &dict).is_some() {
        entries.extend(nested::meant(vm, &Value::Dict(dict)).map_or_else(Vec::new, |inner| inner.entries()));
    }
    let mut keys = Vec::new();
    for (key, value) in entries {
        let key = gather::key_text(vm, &key)?;
        if key == name.as_str() {
            words.left.next();
            return Ok(Some(value));
        }
        keys.push(key);
    }
    let error = Error::value(format!("no entry is called \"{name}\""));
    Err(match fuzzy_keys::named(&name, &keys).as_slice() {
        [] => error.hint("keys lists them"),
        near => error.hint(format!("near it: {}", near.join(", "))),
    })
}
