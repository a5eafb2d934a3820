//! diff and match.

use super::Words;
use super::entries::unrepeated;
use crate::error::Result;
use crate::value::report::progress::Progress;
use crate::value::report::{Head, Report, Row, gather, shape_text, size};
use crate::value::{Args, Dict, Value, Vm};

/// `diff m p`
pub fn diff(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let first = words.dict(vm, args)?;
    words.skip("with");
    let second = words.dict(vm, args)?;
    words.end(args)?;
    let (lines, equal) = differences(vm, &first, &second)?;
    let foot = match lines.len() {
        0 => format!("no difference in {}", size::counted(equal, "entry")),
        count => format!("{}, {} equal", size::counted(count, "difference"), size::grouped(equal as u64)),
    };
    let heads =
        vec![Head::words("key"), Head::words("difference"), Head::words("first"), Head::words("second")];
    Ok(Report::Table { heads, lines, foot }.into_value())
}

/// A line for each key whose entries differ, and the number of those that do not.
fn differences(vm: &dyn Vm, first: &Dict, second: &Dict) -> Result<(Vec<Vec<String>>, usize)> {
    let mut lines = Vec::new();
    let mut equal = 0;
    let progress = Progress::steps(vm, first.len(), "tensor");
    for (key, one) in first.entries() {
        vm.check_interrupt()?;
        progress.step();
        let text = gather::key_text(vm, &key)?;
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
        if !first.contains(vm, &key)? {
            let text = gather::key_text(vm, &key)?;
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
    let mut taken = vec![false; theirs.len()];
    let mut lines = Vec::new();
    let mut found = 0;
    for row in &own {
        vm.check_interrupt()?;
        let best = best_match(row, &theirs, &taken);
        let shape = row.facts().map(|facts| shape_text(&facts.shape)).unwrap_or_default();
        match best.and_then(|(place, how)| Some((place, how, theirs.get(place)?))) {
            Some((place, how, other)) => {
                if let Some(taken) = taken.get_mut(place) {
                    *taken = true;
                }
                found += 1;
                lines.push(vec![row.key.clone(), other.key.clone(), shape, how.to_owned()]);
            }
            None => lines.push(vec![row.key.clone(), "-".to_owned(), shape, "nothing like it".to_owned()]),
        }
    }
    let foot = format!("{found} of {} keys have a counterpart", size::grouped(own.len() as u64));
    let heads =
        vec![Head::words("key"), Head::words("counterpart"), Head::words("shape"), Head::words("how")];
    Ok(Report::Table { heads, lines, foot }.into_value())
}

/// The free row of the same shape whose key has the most segments in common at its end; the same key before all.
fn best_match(row: &Row, others: &[Row], taken: &[bool]) -> Option<(usize, &'static str)> {
    let shape = &row.facts()?.shape;
    let fits = |other: &Row| other.facts().is_some_and(|facts| facts.shape == *shape);
    let same = others.iter().position(|other| other.key == row.key && fits(other));
    if let Some(place) = same {
        return Some((place, "same key"));
    }
    let candidates =
        others.iter().zip(taken).enumerate().filter(|(_, (other, taken))| !**taken && fits(other));
    let scored =
        candidates.map(|(place, (other, _))| (common_end(&row.key, &other.key), std::cmp::Reverse(place)));
    let (common, std::cmp::Reverse(place)) = scored.max()?;
    (common > 0).then_some((place, "same ending and shape"))
}

fn common_end(a: &str, b: &str) -> usize {
    a.rsplit('.').zip(b.rsplit('.')).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::report::Facts;

    fn row(key: &str, size: i64) -> Row {
        let facts =
            Facts { shape: vec![size], dtype: "float32".into(), device: "cpu".into(), elements: 1, bytes: 4 };
        Row::tensor(key, facts)
    }

    #[test]
    fn counterparts_are_found_by_their_ends() {
        let others = [row("net.fc.bias", 3), row("net.conv.weight", 3), row("conv.weight", 4)];
        let free = [false; 3];
        assert_eq!(
            best_match(&row("model.conv.weight", 3), &others, &free),
            Some((1, "same ending and shape"))
        );
        assert_eq!(best_match(&row("conv.weight", 4), &others, &free), Some((2, "same key")));
        assert_eq!(best_match(&row("x.y", 9), &others, &free), None);
    }
}
