//! average, lerp, slerp, task, ties, dare.

use std::rc::Rc;

use super::sources::{Sources, Ties, at_key, folded, integer, number, option, tell_lost, tensors, value};
use crate::verbs::{Words, like, nested, numbers, weights_of};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_language::value::report::keys::list;
use torchsh_language::value::report::size::counted;
use torchsh_language::value::report::{gather, shape_text};
use torchsh_language::value::{Args, Dict, Value, Vm};
use torchsh_state_dict::derive::{Combination, combined};

/// A state_dict, and what a person calls it.
struct Given {
    name: String,
    dict: Rc<Dict>,
}

/// The state_dicts of a line, up to a word of its form or a number.
fn given(vm: &dyn Vm, args: &Args, words: &mut Words<'_>) -> Result<Vec<Given>> {
    let mut all = Vec::new();
    while let Some(next) = words.left.as_slice().first() {
        if next.as_str().is_some() || matches!(next, Value::Int(_) | Value::Float(_) | Value::Bool(_)) {
            break;
        }
        let name = nested::name_of(vm, next).unwrap_or_else(|| format!("number {}", all.len() + 1));
        all.push(Given { name, dict: words.weights(vm, args)? });
    }
    if all.len() < 2 {
        let verb = words.verb;
        return Err(
            Error::type_error(format!("{verb} wants two state_dicts or more")).hint(Words::synopsis(args))
        );
    }
    Ok(all)
}

/// The state_dict that `base=` gives.
fn base(vm: &dyn Vm, args: &Args) -> Result<Given> {
    let missing = || {
        let message = format!("{} wants base=, what all were tuned from", args.row().name);
        Error::type_error(message).hint(Words::synopsis(args))
    };
    let value = option(args, "base").ok_or_else(missing)?;
    let dict = weights_of(vm, args.row().name, value)?;
    Ok(Given { name: nested::name_of(vm, value).unwrap_or_else(|| "base".to_owned()), dict })
}

/// That all have the same keys, and tensors of the same shapes under them.
fn refuse_unlike(vm: &dyn Vm, verb: &str, all: &[Given]) -> Result<()> {
    const NAMED: usize = 4;
    let Some((first, others)) = all.split_first() else { return Ok(()) };
    let mut lines = Vec::new();
    for other in others {
        for (one, two) in [(first, other), (other, first)] {
            let mut only = Vec::new();
            for (key, value) in one.dict.entries() {
                if value.as_tensor().is_some() && !two.dict.contains(vm, &key)? {
                    only.push(gather::key_text(vm, &key)?);
                }
            }
            if !only.is_empty() {
                let more = if only.len() > NAMED { ", …" } else { "" };
                let shown = only.get(..NAMED.min(only.len())).unwrap_or_default().join(", ");
                lines.push(format!("only in {} ({}): {shown}{more}", one.name, only.len()));
            }
        }
        for (key, value) in first.dict.entries() {
            let (Some(one), Some(there)) = (value.as_tensor(), other.dict.get(vm, &key)?) else { continue };
            let Some(two) = there.as_tensor() else { continue };
            let (a, b) = (one.tensor().sizes(), two.tensor().sizes());
            if a != b {
                let key = gather::key_text(vm, &key)?;
                lines.push(format!(
                    "{key}: {} in {}, {} in {}",
                    shape_text(&a),
                    first.name,
                    shape_text(&b),
                    other.name
                ));
            }
        }
    }
    if lines.is_empty() {
        return Ok(());
    }
    let error = Error::value(list(&format!("{verb} wants the same keys and shapes:"), &lines));
    match others.first() {
        Some(other) if [&first.name, &other.name].iter().all(|name| !name.contains(' ')) => {
            Err(error.hint(format!("{0} = filter {0} shape== {1}", first.name, other.name)))
        }
        _ => Err(error),
    }
}

/// Combines every floating-point tensor; everything else is the first one's.
fn combine(vm: &dyn Vm, args: &Args, all: &[Given], how: &dyn Fn(&str) -> Combination) -> Result<Value> {
    let verb = args.row().name;
    refuse_unlike(vm, verb, all)?;
    let Some((first, others)) = all.split_first() else { return Ok(Value::None) };
    let (made, mut sources, mut ties) = (like(&first.dict), Sources::new(vm), Ties::default());
    let (mut count, mut left, mut has_complex) = (0, Vec::new(), false);
    for (key, entry) in first.dict.entries() {
        vm.check_interrupt()?;
        let Some(tensor) = entry.as_tensor() else {
            made.set(vm, key, entry)?;
            continue;
        };
        let text = gather::key_text(vm, &key)?;
        let mut same = vec![tensor.clone()];
        for other in others {
            let there = other.dict.get(vm, &key)?;
            let there = there.as_ref().and_then(Value::as_tensor).cloned();
            same.push(there.ok_or_else(|| {
                Error::new(Kind::Value, format!("{text} is not a tensor in {}", other.name))
            })?);
        }
        if !tensor.tensor().dtype().is_floating_point() {
            has_complex |= tensor.tensor().dtype().is_complex();
            left.push(text);
            made.set(vm, key, entry)?;
            continue;
        }
        count += 1;
        let combined = ties.once(&same, || {
            let read = same.iter().map(|tensor| sources.of(&text, tensor)).collect::<Result<Vec<_>>>()?;
            let records = read.iter().map(|source| source.record.clone()).collect();
            value(&combined(records, how(&text))?, &read.iter().collect::<Vec<_>>())
        });
        made.set(vm, key, combined.map_err(|error| at_key(error, &text))?)?;
    }
    let head = format!("{verb} of {}: {}", names(all), tensors(count));
    let what = if has_complex { "integers and complex numbers" } else { "integers" };
    vm.notice(&match left.is_empty() {
        true => head,
        false => list(
            &format!("{head}; {what} are not averaged, they are those of {}:", first.name),
            &folded(&left),
        ),
    });
    tell_lost(vm, &made)?;
    Ok(Value::Dict(Rc::new(made)))
}

fn names(all: &[Given]) -> String {
    all.iter().map(|given| given.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// `average a b c weights 0.5 0.3 0.2`
pub fn average(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let all = given(vm, args, &mut words)?;
    let mut weights = Vec::new();
    if words.skip("weights") {
        while words.left.len() > 0 {
            weights.push(words.number(vm, args, "a weight for each: 0.7 0.3")?);
        }
    }
    words.end(args)?;
    if !weights.is_empty() && weights.len() != all.len() {
        let message = format!("{} state_dicts, but {}", all.len(), counted(weights.len(), "weight"));
        return Err(Error::value(message).hint(Words::synopsis(args)));
    }
    let sum: f64 = weights.iter().sum();
    if !weights.is_empty() && (sum == 0.0 || !sum.is_finite()) {
        return Err(Error::value(format!("the weights add up to {sum}: there is no average")));
    }
    if weights.is_empty() {
        weights = vec![1.0; all.len()];
    }
    combine(vm, args, &all, &|_| Combination::Average(weights.clone()))
}

/// `lerp a b 0.3`
pub fn lerp(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let (all, weight) = two(vm, args)?;
    combine(vm, args, &all, &|_| Combination::Lerp(weight))
}

/// `slerp a b 0.3`
pub fn slerp(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let (all, weight) = two(vm, args)?;
    combine(vm, args, &all, &|_| Combination::Slerp(weight))
}

fn two(vm: &dyn Vm, args: &Args) -> Result<(Vec<Given>, f64)> {
    let mut words = Words::of(args);
    let all = given(vm, args, &mut words)?;
    let weight = words.number(vm, args, "how far to go from the first to the second: 0.5")?;
    words.end(args)?;
    match all.len() {
        2 if weight.is_finite() => Ok((all, weight)),
        2 => Err(Error::value(format!("{weight} is not between the two"))),
        count => Err(Error::type_error(format!("{} is between two, not {count}", args.row().name))
            .hint(Words::synopsis(args))),
    }
}

/// `task a b base=m scale=0.5`
pub fn task(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let mut all = given(vm, args, &mut words)?;
    words.end(args)?;
    let scales = each(vm, args, "scale", all.len() - 1)?;
    all.push(base(vm, args)?);
    combine(vm, args, &all, &|_| Combination::Task(scales.clone()))
}

/// `ties a b base=m density=0.5`
pub fn ties(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let tuned = Tuned::of(vm, args)?;
    combine(vm, args, &tuned.all, &|_| Combination::Ties {
        weights: tuned.weights.clone(),
        density: tuned.density,
        scale: tuned.scale,
    })
}

/// `dare a b base=m density=0.5 seed=0`
pub fn dare(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let tuned = Tuned::of(vm, args)?;
    let seed = integer(vm, args, "seed", 0)?.cast_unsigned();
    combine(vm, args, &tuned.all, &|key| Combination::Dare {
        weights: tuned.weights.clone(),
        density: tuned.density,
        scale: tuned.scale,
        // Tensors of one shape lose other numbers.
        seed: key
            .bytes()
            .fold(seed, |seed, byte| seed.rotate_left(5).wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte)),
    })
}

/// What was tuned, the base last.
struct Tuned {
    all: Vec<Given>,
    weights: Vec<f64>,
    density: f64,
    scale: f64,
}

impl Tuned {
    fn of(vm: &dyn Vm, args: &Args) -> Result<Self> {
        let mut words = Words::of(args);
        let mut all = given(vm, args, &mut words)?;
        words.end(args)?;
        let weights = each(vm, args, "weights", all.len())?;
        let (density, scale) = (number(vm, args, "density", 0.5)?, number(vm, args, "scale", 1.0)?);
        if !(density > 0.0 && density <= 1.0) {
            return Err(Error::value(format!("density is a share above 0 and up to 1, not {density}")));
        }
        all.push(base(vm, args)?);
        Ok(Tuned { all, weights, density, scale })
    }
}

/// An option that is one number for all, or one for each.
fn each(vm: &dyn Vm, args: &Args, name: &str, count: usize) -> Result<Vec<f64>> {
    let Some(value) = option(args, name) else { return Ok(vec![1.0; count]) };
    let finite = |value: &Value| numbers::finite(vm, &format!("{name}="), value);
    if !matches!(value, Value::List(_) | Value::Tuple(_)) && value.as_tensor_or_array().is_none() {
        return Ok(vec![finite(value)?; count]);
    }
    let numbers = vm.collect(value)?.iter().map(finite).collect::<Result<Vec<f64>>>()?;
    match numbers.len() == count {
        true => Ok(numbers),
        false => {
            let (numbers, count) = (counted(numbers.len(), "number"), counted(count, "state_dict"));
            Err(Error::value(format!("{name}= has {numbers} for {count}")))
        }
    }
}
