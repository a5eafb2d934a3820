//! `diff m p`

use std::rc::Rc;

use super::entries::{nothing_fits, unrepeated};
use super::nested::Wanted;
use super::pattern::fits;
use super::{Words, nested};
use crate::error::Result;
use crate::value::report::progress::Progress;
use crate::value::report::{Head, Report, gather, shape_text, size};
use crate::value::{Args, Dict, Str, Value, Vm};

/// `diff m p "layer1.*"`
pub fn diff(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let (one, first) = words.dictionary(vm, args)?;
    words.skip("with");
    let (two, second) = words.dictionary(vm, args)?;
    let (first, second) = comparable(vm, (one, first), (two, second))?;
    let pattern = match words.left.len() {
        0 => None,
        _ => Some(words.text(vm, args, "a pattern in quotes")?),
    };
    words.end(args)?;
    let (lines, equal) = differences(vm, &first, &second, pattern.as_ref())?;
    if let Some(pattern) = pattern.filter(|_| lines.is_empty() && equal == 0) {
        nothing_fits(vm, &pattern, &first.entries())?;
    }
    let foot = match lines.len() {
        0 => format!("no difference in {}", size::counted(equal, "entry")),
        count => format!("{}, {} equal", size::counted(count, "difference"), size::grouped(equal as u64)),
    };
    let heads =
        vec![Head::words("key"), Head::words("difference"), Head::words("first"), Head::words("second")];
    Ok(Report::Table { heads, lines, foot }.into_value())
}

/// Two whole checkpoints by the paths of their entries; of a checkpoint and a state_dict the one that lies in the
/// checkpoint.
fn comparable(
    vm: &dyn Vm,
    (one, first): (&Value, Rc<Dict>),
    (two, second): (&Value, Rc<Dict>),
) -> Result<(Rc<Dict>, Rc<Dict>)> {
    let (flat, other) = (nested::flat(vm, &first)?, nested::flat(vm, &second)?);
    let is_whole = |dict: &Rc<Dict>, flat: &Rc<Dict>| !Rc::ptr_eq(dict, flat);
    Ok(match (is_whole(&first, &flat), is_whole(&second, &other)) {
        (true, false) => (nested::inner(vm, one, &first, Wanted::Weights)?.1, second),
        (false, true) => (first, nested::inner(vm, two, &second, Wanted::Weights)?.1),
        _ => (flat, other),
    })
}

/// A line for each key of the pattern whose entries differ, and the number of those that do not.
fn differences(
    vm: &dyn Vm,
    first: &Dict,
    second: &Dict,
    pattern: Option<&Str>,
) -> Result<(Vec<Vec<String>>, usize)> {
    let is_asked = |key: &str| pattern.is_none_or(|pattern| fits(key, pattern));
    let mut lines = Vec::new();
    let mut equal = 0;
    let progress = Progress::steps(vm, first.len(), "tensor");
    for (key, one) in first.entries() {
        vm.check_interrupt()?;
        progress.step();
        let text = gather::key_text(vm, &key)?;
        if !is_asked(&text) {
            continue;
        }
        match second.get(vm, &key)? {
            None => lines.push(vec![
                text,
                "only in the first".to_owned(),
                gather::brief(vm, &one)?,
                String::new(),
            ]),
            Some(two) => match difference(vm, &one, &two)? {
                Some((what, a, b)) => lines.push(vec![text, what, a, b]),
                None => equal += 1,
            },
        }
    }
    for (key, two) in second.entries() {
        let text = gather::key_text(vm, &key)?;
        if is_asked(&text) && !first.contains(vm, &key)? {
            lines.push(vec![text, "only in the second".to_owned(), String::new(), gather::brief(vm, &two)?]);
        }
    }
    Ok((lines, equal))
}

/// In what two values differ, and each side's part of it.
fn difference(vm: &dyn Vm, one: &Value, two: &Value) -> Result<Option<(String, String, String)>> {
    let (Value::Tensor(_), Value::Tensor(_)) = (one, two) else {
        let same =
            !matches!((one, two), (Value::Tensor(_), _) | (_, Value::Tensor(_))) && vm.equal(one, two)?;
        return Ok(if same {
            None
        } else {
            Some(("value".to_owned(), gather::brief(vm, one)?, gather::brief(vm, two)?))
        });
    };
    let (a, b) = (gather::facts(vm, one)?, gather::facts(vm, two)?);
    if a.shape != b.shape {
        return Ok(Some(("shape".to_owned(), shape_text(&a.shape), shape_text(&b.shape))));
    }
    if a.dtype != b.dtype {
        return Ok(Some(("dtype".to_owned(), a.dtype, b.dtype)));
    }
    let torch = vm.import("torch")?;
    let [one, two] = &unrepeated(vm, [one, two])?;
    let same = vm.call_method(&torch, "equal", &[one.clone(), two.clone()])?;
    if vm.truth(&same)? {
        return Ok(None);
    }
    numbers_differ(vm, &torch, one, two)
}

/// By how much the numbers of two tensors differ; NaN in the same place is no difference.
fn numbers_differ(
    vm: &dyn Vm,
    torch: &Value,
    one: &Value,
    two: &Value,
) -> Result<Option<(String, String, String)>> {
    let complex = vm.call_method(one, "is_complex", &[])?;
    let wide = if vm.truth(&complex)? { "resolve_conj" } else { "double" };
    let (one, two) = (vm.call_method(one, wide, &[])?, vm.call_method(two, wide, &[])?);
    let exactly = [one.clone(), two.clone(), Value::Float(0.0), Value::Float(0.0), Value::Bool(true)];
    let same = vm.call_method(torch, "allclose", &exactly)?;
    if vm.truth(&same)? {
        return Ok(None);
    }
    let gap = vm.call_method(&vm.call_method(&one, "sub", &[two])?, "abs", &[])?;
    let gap = vm.item(&gap, &vm.call_method(&gap, "isfinite", &[])?)?;
    let number = |name: &str| {
        let item = vm.call_method(&vm.call_method(&gap, name, &[])?, "item", &[])?;
        vm.format(&item, ".3g")
    };
    Ok(Some(match vm.length(&gap)? {
        0 => ("numbers".to_owned(), "NaN or infinities".to_owned(), "elsewhere".to_owned()),
        _ => {
            let (most, mean) = (number("max")?, number("mean")?);
            ("numbers".to_owned(), format!("by at most {most}"), format!("by {mean} on average"))
        }
    }))
}
