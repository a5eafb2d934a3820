//! split, join, transpose, slice, grow, cut.

use std::rc::Rc;

use super::sources::{Sources, changed, integer, no_key, number, option, patterns, put, tensors, value};
use crate::verbs::{Words, like, numbers};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_checkpoint::pattern::{fits, substituted};
use torchsh_checkpoint::record::{Form, TensorRecord};
use torchsh_language::value::report::{gather, shape_text};
use torchsh_language::value::{Args, Dict, Str, Value, Vm};
use torchsh_state_dict::derive::{self, Rows};
use torchsh_syntax::part_key;

/// `split p "*.qkv.weight" into q k v`
pub fn split(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let dict = words.weights(vm, args)?;
    let pattern = words.text(vm, args, "a pattern in quotes")?;
    if !words.skip("into") {
        return Err(Error::type_error("split wants into and names for the parts").hint(Words::synopsis(args)));
    }
    let names = patterns(vm, args, &mut words, "")?;
    let dim = integer(vm, args, "dim", 0)?;
    let sizes = match option(args, "sizes") {
        Some(sizes) => Some(numbers::wholes(vm, "sizes=", sizes)?),
        None => None,
    };
    let mut sources = Sources::new(vm);
    let mut first = None;
    let (made, count) = changed(vm, &dict, std::slice::from_ref(&pattern), |key, tensor| {
        let source = sources.of(key, tensor)?;
        let shape = &source.record.shape;
        let dim = dimension(dim, shape)?;
        let sizes = part_sizes(shape.get(dim).copied().unwrap_or(0), names.len(), sizes.as_deref())?;
        let (mut parts, mut start) = (Vec::new(), 0);
        for (name, size) in names.iter().zip(sizes) {
            let part = derive::sliced(&source.record, dim, start, start + size)?;
            let new = match name.contains('*') {
                true => substituted(key, &pattern, name).ok_or_else(|| {
                    Error::value(format!("{name}: no part of {pattern} that * could stand for"))
                })?,
                false => part_key(key, name),
            };
            parts.push((new, value(&part, &[&source])?));
            start += size;
        }
        first.get_or_insert_with(|| {
            let names: Vec<&str> = parts.iter().map(|(name, _)| name.as_str()).collect();
            format!("{key} {} → {}", shape_text(shape), names.join(", "))
        });
        Ok(parts)
    })?;
    words.end(args)?;
    vm.notice(&format!("split {}: {}", tensors(count), first.unwrap_or_default()));
    Ok(Value::Dict(made))
}

fn part_sizes(size: i64, count: usize, given: Option<&[i64]>) -> Result<Vec<i64>> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    match given {
        Some(sizes) if sizes.len() as i64 != count => {
            Err(Error::value(format!("{} names, but {} sizes", count, sizes.len())))
        }
        Some(sizes) if sizes.iter().any(|size| *size < 0) || sizes.iter().sum::<i64>() != size => {
            Err(Error::value(format!("sizes {sizes:?} do not add up to {size}")))
        }
        Some(sizes) => Ok(sizes.to_vec()),
        None if count > 0 && size % count == 0 => Ok(vec![size / count; usize::try_from(count).unwrap_or(0)]),
        None => Err(Error::value(format!("{size} is not a multiple of {count}"))
            .hint("sizes=[…] says how long each part is")),
    }
}

fn dimension(dim: i64, shape: &[i64]) -> Result<usize> {
    let rank = shape.len() as i64;
    let place = if dim < 0 { dim + rank } else { dim };
    usize::try_from(place).ok().filter(|_| place < rank).ok_or_else(|| {
        Error::new(Kind::Index, format!("there is no dimension {dim} in {}", shape_text(shape)))
    })
}

/// `join p "*.q.weight" "*.k.weight" into "*.qk.weight"`
pub fn join(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let dict = words.weights(vm, args)?;
    let parts = patterns(vm, args, &mut words, "into")?;
    if !words.skip("into") {
        return Err(Error::type_error("join wants into and a name").hint(Words::synopsis(args)));
    }
    let name = words.text(vm, args, "a name in quotes")?;
    words.end(args)?;
    let dim = integer(vm, args, "dim", 0)?;
    let groups = groups(vm, &dict, &parts, &name)?;
    let (made, mut sources) = (like(&dict), Sources::new(vm));
    for (key, entry) in dict.entries() {
        let text = gather::key_text(vm, &key)?;
        if let Some(group) = groups.iter().find(|group| group.keys.first() == Some(&text)) {
            let tensors: Vec<_> = group
                .keys
                .iter()
                .map(|key| {
                    let entry = dict.get_name(key);
                    let tensor = entry.as_ref().and_then(Value::as_tensor);
                    let missing = || Error::new(Kind::Value, format!("{key} is not a tensor"));
                    sources.of(key, tensor.ok_or_else(missing)?)
                })
                .collect::<Result<_>>()?;
            let records: Vec<TensorRecord> = tensors.iter().map(|source| source.record.clone()).collect();
            let at_group = |error| super::sources::at_key(error, &group.name);
            let shape = records.first().map_or(&[] as &[i64], |record| &record.shape);
            let place = dimension(dim, shape).map_err(at_group)?;
            let joined = derive::joined(records, place).map_err(at_group)?;
            put(
                vm,
                &made,
                Value::str(group.name.clone()),
                value(&joined, &tensors.iter().collect::<Vec<_>>())?,
            )?;
        } else if !groups.iter().any(|group| group.keys.contains(&text)) {
            put(vm, &made, key, entry)?;
        }
    }
    let first = groups.first().map(|group| format!("{} → {}", group.keys.join(", "), group.name));
    vm.notice(&format!("joined {}: {}", tensors(groups.len() * parts.len()), first.unwrap_or_default()));
    Ok(Value::Dict(Rc::new(made)))
}

/// Keys that become one.
struct Group {
    name: String,
    keys: Vec<String>,
}

fn groups(vm: &dyn Vm, dict: &Rc<Dict>, parts: &[Str], name: &Str) -> Result<Vec<Group>> {
    let Some(first) = parts.first() else { return Ok(Vec::new()) };
    let mut groups = Vec::new();
    for (key, _) in dict.entries() {
        let text = gather::key_text(vm, &key)?;
        if !fits(&text, first) {
            continue;
        }
        let other = |pattern: &Str| {
            substituted(&text, first, pattern)
                .ok_or_else(|| Error::value(format!("\"{pattern}\" does not have as many * as \"{first}\"")))
        };
        let keys = parts.iter().map(other).collect::<Result<Vec<_>>>()?;
        if let Some(missing) = keys.iter().find(|key| dict.get_name(key).is_none()) {
            return Err(Error::new(Kind::Value, format!("{text} has no {missing} to be joined with")));
        }
        groups.push(Group { name: other(name)?, keys });
    }
    if groups.is_empty() { Err(no_key(vm, dict, parts)) } else { Ok(groups) }
}

/// `transpose p "*.c_attn.weight"`
pub fn transpose(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let dict = words.weights(vm, args)?;
    let pattern = words.text(vm, args, "a pattern in quotes")?;
    words.end(args)?;
    let dims = match option(args, "dims") {
        Some(dims) => numbers::wholes(vm, "dims=", dims)?,
        None => vec![0, 1],
    };
    let [one, two] = *dims.as_slice() else {
        return Err(Error::value("dims wants two dimensions: dims=(0, 1)"));
    };
    let mut sources = Sources::new(vm);
    let (made, count) = changed(vm, &dict, &[pattern], |key, tensor| {
        let source = sources.of(key, tensor)?;
        let mut turned = source.record.clone();
        let (one, two) = (dimension(one, &turned.shape)?, dimension(two, &turned.shape)?);
        turned.shape.swap(one, two);
        if let Form::Strided(view) = &mut turned.form {
            view.stride.swap(one, two);
        }
        Ok(vec![(key.to_owned(), value(&derive::copied(turned)?, &[&source])?)])
    })?;
    vm.notice(&format!("transposed {}", tensors(count)));
    Ok(Value::Dict(made))
}

/// `slice p "head.weight" 0:10`
pub fn slice(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let dict = words.weights(vm, args)?;
    let pattern = words.text(vm, args, "a pattern in quotes")?;
    let range = words.text(vm, args, "a range: 0:10")?;
    words.end(args)?;
    let dim = integer(vm, args, "dim", 0)?;
    let (start, end) = range_of(&range)?;
    rows(vm, &dict, pattern, "sliced", |record| {
        let place = dimension(dim, &record.shape)?;
        let size = record.shape.get(place).copied().unwrap_or(0);
        let from_end = |index: i64| if index < 0 { index + size } else { index };
        derive::sliced(record, place, start.map_or(0, from_end), end.map_or(size, from_end))
    })
}

fn range_of(range: &Str) -> Result<(Option<i64>, Option<i64>)> {
    let wrong = || Error::value(format!("\"{range}\" is not a range: 0:10, :10, 5:"));
    let number = |text: &str| match text.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| wrong()),
    };
    let (start, end) = range.split_once(':').ok_or_else(wrong)?;
    Ok((number(start)?, number(end)?))
}

/// `cut p "*embed*" to 32000`
pub fn cut(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let (dict, pattern, to) = to_rows(vm, args)?;
    rows(vm, &dict, pattern, "cut", |record| {
        let Some(&size) = record.shape.first() else {
            return Err(Error::value("a tensor without dimensions has no rows"));
        };
        if to > size {
            let error = Error::value(format!("it has {size} rows, fewer than {to}"));
            return Err(error.hint("grow adds rows"));
        }
        derive::sliced(record, 0, 0, to)
    })
}

/// `grow p "*embed*" to 32128 rows="mean"`
pub fn grow(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let (dict, pattern, to) = to_rows(vm, args)?;
    let how = option(args, "rows").map(|rows| vm.text(rows)).transpose()?;
    let kind = match how.as_ref().map_or("zeros", |how| how.as_str()) {
        "zeros" => Some(Rows::Zeros),
        "mean" => Some(Rows::Mean),
        "random" => None,
        other => {
            let error = Error::value(format!("rows are \"zeros\", \"mean\" or \"random\", not \"{other}\""));
            return Err(error.hint(Words::synopsis(args)));
        }
    };
    let (std, seed) = (number(vm, args, "std", 0.02)?, integer(vm, args, "seed", 0)?);
    if std < 0.0 {
        return Err(Error::value(format!("std= is a number from 0 on, not {std}")));
    }
    if kind.is_some()
        && let Some((name, _)) =
            args.keywords().iter().find(|(name, _)| matches!(name.as_str(), "std" | "seed"))
    {
        return Err(Error::type_error(format!("{name}= is for rows=\"random\"")).hint(Words::synopsis(args)));
    }
    rows(vm, &dict, pattern, "grown", |record| match kind {
        Some(kind) => derive::grown(record, to, kind),
        None => {
            let mut added = record.shape.clone();
            let rows = added.first().copied().unwrap_or(0);
            // It makes nothing yet, and refuses what is too small or too large.
            let grown = derive::grown(record, to, Rows::Zeros)?;
            if to <= rows {
                return Ok(grown);
            }
            if let Some(size) = added.first_mut() {
                *size = to - rows;
            }
            let new = random(vm, &added, record.dtype, std, seed)?;
            derive::joined(vec![record.clone(), new], 0)
        }
    })
}

/// PyTorch draws normal numbers in blocks of so many (`normal_fill`): whole blocks, one call after the other, are the numbers of one call.
const BLOCK: i64 = 16;

/// Numbers that are drawn at a time.
const DRAWN: i64 = 1 << 20;

/// `torch.randn(shape, generator=torch.Generator().manual_seed(seed)) * std`
fn random(vm: &dyn Vm, shape: &[i64], dtype: Dtype, std: f64, seed: i64) -> Result<TensorRecord> {
    let torch = vm.import("torch")?;
    let generator = vm.call_method(&torch, "Generator", &[])?;
    let generator = vm.call_method(&generator, "manual_seed", &[Value::Int(seed)])?;
    let (randn, empty) =
        (vm.attribute(&torch, &Str::intern("randn"))?, vm.attribute(&torch, &Str::intern("empty"))?);
    let count = shape.iter().try_fold(1_i64, |count, size| count.checked_mul(*size));
    let count =
        count.ok_or_else(|| Error::value(format!("a tensor of shape {} is too large", shape_text(shape))))?;
    let made = vm.call(&empty, &[Value::Int(count)], &[(Str::intern("dtype"), Value::Dtype(dtype))]);
    let made = made.map_err(|error| match error.kind() {
        Kind::KeyboardInterrupt => error,
        _ => Error::new(Kind::Memory, format!("no memory for new rows of shape {}", shape_text(shape))),
    })?;
    let mut from = 0;
    while from < count {
        vm.check_interrupt()?;
        // The last part takes what would be less than a block of its own.
        let part = if count - from < DRAWN + BLOCK { count - from } else { DRAWN };
        let drawn = vm.call(&randn, &[Value::Int(part)], &[(Str::intern("generator"), generator.clone())])?;
        let drawn = vm.call_method(&drawn, "mul_", &[Value::Float(std)])?;
        let place = vm.call_method(&made, "narrow", &[Value::Int(0), Value::Int(from), Value::Int(part)])?;
        vm.call_method(&place, "copy_", &[drawn])?;
        from += part;
    }
    let sizes = Value::list(shape.iter().copied().map(Value::Int).collect());
    let made = vm.call_method(&made, "view", &[sizes])?;
    let tensor = made.as_tensor().ok_or_else(|| Error::runtime("randn gave no tensor"))?;
    Ok(Sources::new(vm).of("the new rows", tensor)?.record)
}

/// The words of `cut` and `grow`.
fn to_rows(vm: &dyn Vm, args: &Args) -> Result<(Rc<Dict>, Str, i64)> {
    let mut words = Words::of(args);
    let dict = words.weights(vm, args)?;
    let pattern = words.text(vm, args, "a pattern in quotes")?;
    words.skip("to");
    let to = words.index(vm, args, "how many rows: to 32000")?;
    words.end(args)?;
    match to >= 0 {
        true => Ok((dict, pattern, to)),
        false => {
            let message = format!("{} wants how many rows, from 0 on: not {to}", args.row().name);
            Err(Error::value(message).hint(Words::synopsis(args)))
        }
    }
}

/// Tensors with other rows.
fn rows(
    vm: &dyn Vm,
    dict: &Rc<Dict>,
    pattern: Str,
    done: &str,
    mut change: impl FnMut(&TensorRecord) -> Result<TensorRecord>,
) -> Result<Value> {
    let mut sources = Sources::new(vm);
    let mut lines = Vec::new();
    let mut ties = super::sources::Ties::default();
    let (made, count) = changed(vm, dict, &[pattern], |key, tensor| {
        let before = shape_text(&tensor.tensor().sizes());
        let made = ties.once(std::slice::from_ref(tensor), || {
            let source = sources.of(key, tensor)?;
            value(&change(&source.record)?, &[&source])
        })?;
        let after = made.as_tensor().map_or_else(String::new, |made| shape_text(&made.tensor().sizes()));
        lines.push(format!("{key}  {before} → {after}"));
        Ok(vec![(key.to_owned(), made)])
    })?;
    vm.notice(&torchsh_language::value::report::keys::list(&format!("{done} {}:", tensors(count)), &lines));
    let parted = ties.parted(vm, dict, &made)?;
    if let Some((one, two)) = parted.first() {
        vm.notice(&format!("warning: {one} was the same tensor as {two}, and stays as it was"));
    }
    Ok(Value::Dict(made))
}
