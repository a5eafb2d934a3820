//! diff and match.

use super::Words;
use super::counterpart::{How, counterparts};
use super::entries::{nothing_fits, unrepeated};
use super::pattern::fits;
use crate::error::Result;
use crate::value::report::progress::Progress;
use crate::value::report::{Head, Report, Row, gather, shape_text, size};
use crate::value::{Args, Dict, Str, Value, Vm};

/// `diff m p "layer1.*"`
pub fn diff(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let first = words.dict(vm, args)?;
    words.skip("with");
    let second = words.dict(vm, args)?;
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

/// `match p to m`
pub fn matching(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let source = words.dict(vm, args)?;
    words.skip("to");
    let target = words.dict(vm, args)?;
    words.end(args)?;
    let (own, theirs) = (gather::rows(vm, &source)?, gather::rows(vm, &target)?);
    let found = counterparts(&own, &theirs);
    let lines = pairs(&own, &theirs, &found);
    let foot = foot(&own, &theirs, &found);
    let heads = vec![
        Head::words("key"),
        Head::words("counterpart"),
        Head::words("shape").drops(1),
        Head::words("how"),
    ];
    Ok(Report::Table { heads, lines, foot }.into_value())
}

/// A line for each key of either side that is not simply the other's.
fn pairs(own: &[Row], theirs: &[Row], found: &[Option<(usize, How)>]) -> Vec<Vec<String>> {
    let shape = |row: &Row| row.facts().map(|facts| shape_text(&facts.shape)).unwrap_or_default();
    let line = |key: &str, other: &str, row: &Row, how: String| {
        vec![key.to_owned(), other.to_owned(), shape(row), how]
    };
    let mut left = vec![true; theirs.len()];
    let mut lines = Vec::new();
    for (row, found) in own.iter().zip(found) {
        let Some((place, how)) = found else {
            lines.push(line(&row.key, "-", row, ALONE.to_owned()));
            continue;
        };
        left.get_mut(*place).into_iter().for_each(|left| *left = false);
        if *how != How::Same {
            lines.push(line(&row.key, theirs.get(*place).map_or("", |other| &other.key), row, how.text()));
        }
    }
    let left = theirs.iter().zip(left).filter_map(|(row, left)| left.then_some(row));
    lines.extend(left.map(|row| line("-", &row.key, row, ALONE.to_owned())));
    lines
}

/// What is said of a key without a counterpart.
const ALONE: &str = "nothing like it";

/// How many have a counterpart, and of which kind.
fn foot(own: &[Row], theirs: &[Row], found: &[Option<(usize, How)>]) -> String {
    let count = |is_it: fn(&How) -> bool| found.iter().flatten().filter(|(_, how)| is_it(how)).count();
    let number = |count: usize| size::grouped(count as u64);
    let matched = count(|how| !matches!(how, How::Shape(_)));
    let mut foot = format!("matched {} of {}", number(matched), size::counted(own.len(), "key"));
    let kinds = [
        (count(|how| *how == How::Same), "under the same key"),
        (count(|how| *how == How::Order), "by nothing but shape and order"),
        (count(|how| matches!(how, How::Shape(_))), "in another shape"),
    ];
    for (count, kind) in kinds.into_iter().filter(|(count, _)| *count > 0) {
        foot.push_str(&format!(", {} {kind}", number(count)));
    }
    let mut pairs =
        own.iter().zip(found).filter_map(|(row, found)| Some((row, theirs.get(found.as_ref()?.0)?)));
    if pairs.any(|(row, other)| row.key != other.key) {
        foot.push_str("; p = rename p to m gives them the keys of m");
    }
    foot
}
