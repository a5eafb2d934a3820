//! Verbs that look: items, keys, values, describe, tree, find.

use super::pattern::{fits, is_pattern};
use super::{Words, nested};
use crate::checkpoint::limits;
use crate::error::Result;
use crate::value::report::progress::Progress;
use crate::value::report::{Head, Report, gather, shape_text};
use crate::value::{Args, Value, Vm};

/// The entries that a verb line speaks of: those whose keys fit the pattern, if there is one; of a whole checkpoint
/// those of all that lies in it, under their paths.
fn chosen(vm: &dyn Vm, args: &Args) -> Result<Vec<(Value, Value)>> {
    let mut words = Words::of(args);
    let dict = words.dict(vm, args)?;
    let all = nested::entries(vm, &dict)?;
    if words.left.len() == 0 {
        return Ok(all);
    }
    let pattern = words.text(vm, args, "a pattern in quotes")?;
    words.end(args)?;
    let entries = having(vm, all.clone(), |key| fits(key, &pattern))?;
    if entries.is_empty() {
        nothing_fits(vm, &pattern, &all)?;
    }
    Ok(entries)
}

/// Says that a pattern fits no key, and which one would.
pub(super) fn nothing_fits(vm: &dyn Vm, pattern: &str, entries: &[(Value, Value)]) -> Result<()> {
    let wider = format!("*{}*", pattern.trim_matches('*').to_lowercase());
    let found = having(vm, entries.to_vec(), |key| fits(&key.to_lowercase(), &wider))?;
    let shown = gather::key_text(vm, found.first().map_or(&Value::None, |(key, _)| key))?;
    vm.notice(&match found.len() {
        0 => format!("no key fits \"{pattern}\""),
        1 => format!("no key fits \"{pattern}\"; {shown} comes near"),
        count => format!("no key fits \"{pattern}\"; {shown} and {} more come near", count - 1),
    });
    Ok(())
}

fn having(
    vm: &dyn Vm,
    entries: Vec<(Value, Value)>,
    test: impl Fn(&str) -> bool,
) -> Result<Vec<(Value, Value)>> {
    let mut kept = Vec::new();
    for (key, value) in entries {
        if test(&gather::key_text(vm, &key)?) {
            kept.push((key, value));
        }
    }
    Ok(kept)
}

/// `items m "layer1.*"`
pub fn items(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let dict = words.dict(vm, args)?;
    if words.left.len() == 0 && gather::look(&dict) == gather::Look::Checkpoint {
        return Ok(Report::Outline(gather::outline(vm, &dict)?).into_value());
    }
    let entries = chosen(vm, args)?;
    Ok(Report::Entries(gather::rows_of(vm, &entries)?).into_value())
}

/// `keys m`: of a whole checkpoint its own, as in Python, unless a pattern looks for others.
pub fn keys(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let entries = match args.rest() {
        [_] => Words::of(args).dict(vm, args)?.entries(),
        _ => chosen(vm, args)?,
    };
    let keys: Result<Vec<String>> = entries.iter().map(|(key, _)| gather::key_text(vm, key)).collect();
    Ok(Report::Lines(keys?).into_value())
}

/// `values m`
pub fn values(vm: &dyn Vm, args: &Args) -> Result<Value> {
    describe(vm, args)
}

/// `find m "bn*.running_mean"`
pub fn find(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let dict = words.dict(vm, args)?;
    let wanted = words.text(vm, args, "a pattern in quotes")?;
    words.end(args)?;
    let all = nested::entries(vm, &dict)?;
    let entries = match is_pattern(&wanted) {
        true => having(vm, all.clone(), |key| fits(key, &wanted))?,
        false => having(vm, all.clone(), |key| key.contains(wanted.as_str()))?,
    };
    if entries.is_empty() {
        nothing_fits(vm, &wanted, &all)?;
    }
    Ok(Report::Entries(gather::rows_of(vm, &entries)?).into_value())
}

/// `tree m 2`
pub fn tree(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let dict = words.dict(vm, args)?;
    let depth = match words.left.next() {
        Some(depth) => Some(usize::try_from(crate::value::number::index(vm, depth)?).unwrap_or(0)),
        None => None,
    };
    words.end(args)?;
    let rows = gather::rows_of(vm, &nested::entries(vm, &dict)?)?;
    Ok(Report::Tree { rows, root: "(all)".to_owned(), depth }.into_value())
}

/// `describe m`
pub fn describe(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let entries = chosen(vm, args)?;
    let mut lines = Vec::new();
    let progress = Progress::steps(vm, entries.len(), "tensor");
    for (key, value) in entries {
        vm.check_interrupt()?;
        progress.step();
        let row = gather::row(vm, &key, &value)?;
        let Some(facts) = row.facts() else { continue };
        let mut line = vec![row.key.clone(), shape_text(&facts.shape), facts.dtype.clone()];
        line.extend(statistics(vm, &value, facts.elements)?);
        lines.push(line);
    }
    let unsound = lines.iter().filter(|line| line.last().is_some_and(|cell| !cell.is_empty())).count();
    if unsound == 0 {
        // Most files have nothing to say there.
        lines.iter_mut().for_each(|line| drop(line.pop()));
    }
    let foot = match unsound {
        0 if lines.is_empty() => "no tensors".to_owned(),
        0 => String::new(),
        count => format!("{} with NaN or infinities", crate::value::report::size::counted(count, "tensor")),
    };
    let mut heads = vec![Head::words("key"), Head::words("shape").drops(2), Head::words("dtype").drops(1)];
    heads.extend([
        Head::amount("min"),
        Head::amount("max"),
        Head::amount("mean"),
        Head::amount("std").drops(3),
    ]);
    heads.extend((unsound > 0).then_some(Head::words("not finite")));
    Ok(Report::Table { heads, lines, foot }.into_value())
}

/// The tensors without the repetitions that all of them have: of a dimension along which they do not move in memory, its
/// first index. Looked at as they are, they could be larger than any memory.
///
/// # Errors
/// Those of libtorch.
pub fn unrepeated<const N: usize>(vm: &dyn Vm, tensors: [&Value; N]) -> Result<[Value; N]> {
    let mut plain = tensors.map(Clone::clone);
    let repeated = |value: &Value| -> Option<Vec<bool>> {
        let tensor = value.as_tensor()?.tensor().clone();
        let (sizes, strides) = (tensor.has_storage().then(|| tensor.sizes())?, tensor.strides());
        Some(sizes.iter().zip(&strides).map(|(&size, &stride)| size > 1 && stride == 0).collect())
    };
    let Some(repeats) = tensors.iter().map(|tensor| repeated(tensor)).collect::<Option<Vec<_>>>() else {
        return Ok(plain);
    };
    for dimension in 0..repeats.first().map_or(0, Vec::len) {
        if repeats.iter().all(|repeats| repeats.get(dimension) == Some(&true)) {
            for tensor in &mut plain {
                let first = [Value::from(dimension), Value::Int(0), Value::Int(1)];
                *tensor = vm.call_method(tensor, "narrow", &first)?;
            }
        }
    }
    Ok(plain)
}

/// Minimum, maximum, mean, standard deviation, and what is not finite. Empty cells where a dtype has none.
fn statistics(vm: &dyn Vm, tensor: &Value, elements: u64) -> Result<Vec<String>> {
    if elements == 0 {
        return Ok(vec![String::new(); 5]);
    }
    let call = |tensor: &Value, name: &str| vm.call_method(tensor, name, &[]);
    let number = |tensor: &Value, name: &str| -> Result<String> {
        let item = call(&call(tensor, name)?, "item")?;
        Ok(vm.format(&item, ".4g")?.as_str().to_owned())
    };
    let is_complex = call(tensor, "is_complex")?;
    let tensor = call(tensor, "detach")?;
    let too_large = elements > limits::EXPANDED_BYTES / 8;
    let [tensor] = if too_large { unrepeated(vm, [&tensor])? } else { [tensor] };
    let elements = if too_large { call(&tensor, "numel")?.as_int().unwrap_or(0) as u64 } else { elements };
    if vm.truth(&is_complex)? {
        return Ok(vec![String::new(); 5]);
    }
    // Half precision loses the mean of many numbers; whole numbers and booleans have none.
    let numbers = call(&tensor, if elements > 1 << 24 { "float" } else { "double" })?;
    let is_finite = call(&numbers, "isfinite")?;
    let finite = call(&call(&is_finite, "sum")?, "item")?.as_int();
    let finite = finite.and_then(|count| u64::try_from(count).ok()).unwrap_or(elements);
    let bad = elements.saturating_sub(finite);
    let numbers = if bad > 0 { vm.item(&numbers, &is_finite)? } else { numbers };
    let mut cells = Vec::new();
    for (name, least) in [("min", 1), ("max", 1), ("mean", 1), ("std", 2)] {
        cells.push(if finite >= least { number(&numbers, name)? } else { String::new() });
    }
    cells.push(if bad > 0 { format!("{bad} of {elements}") } else { String::new() });
    Ok(cells)
}
