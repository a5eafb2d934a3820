//! Stable sorting by a program's own `<`, which may fail, and need not be an order at all.
//!
//! The runs and insertions are those of CPython's `Objects/listsort.txt`, so that up to 64 items it makes the same
//! comparisons.

use std::cmp::Ordering;

use torchsh_base::error::Result;
use torchsh_language::value::Value;

/// Runs shorter than about this are made longer by insertion.
const SHORT: usize = 64;

/// Sorts pairs by their first part; where a comparison fails, they are left in some order.
///
/// # Errors
/// What a comparison raises.
pub fn by_key(
    pairs: &mut Vec<(Value, Value)>,
    mut less: impl FnMut(&Value, &Value) -> Result<bool>,
) -> Result<()> {
    if let Some(compare) = plain_order(pairs) {
        pairs.sort_by(|(a, _), (b, _)| compare(a, b));
        return Ok(());
    }
    let mut order: Vec<usize> = (0..pairs.len()).collect();
    let mut before = |a: usize, b: usize| match (pairs.get(a), pairs.get(b)) {
        (Some((a, _)), Some((b, _))) => less(a, b),
        _ => Ok(false),
    };
    let sorted = sort(&mut order, &mut before);
    let mut taken: Vec<Option<(Value, Value)>> = std::mem::take(pairs).into_iter().map(Some).collect();
    pairs.extend(order.into_iter().filter_map(|at| taken.get_mut(at).and_then(Option::take)));
    sorted
}

/// How keys that are all whole numbers or all text compare: nothing of the program runs.
fn plain_order(pairs: &[(Value, Value)]) -> Option<fn(&Value, &Value) -> Ordering> {
    if pairs.iter().all(|(key, _)| matches!(key, Value::Str(_))) {
        return Some(|a, b| match (a, b) {
            (Value::Str(a), Value::Str(b)) => a.cmp(b),
            _ => Ordering::Equal,
        });
    }
    if pairs.iter().all(|(key, _)| matches!(key, Value::Int(_))) {
        return Some(|a, b| match (a, b) {
            (Value::Int(a), Value::Int(b)) => a.cmp(b),
            _ => Ordering::Equal,
        });
    }
    None
}

/// Whether the item with the first number goes before that with the second.
type Before<'a> = dyn FnMut(usize, usize) -> Result<bool> + 'a;

fn sort(order: &mut [usize], before: &mut Before) -> Result<()> {
    let shortest = shortest_run(order.len());
    let (mut runs, mut start) = (Vec::new(), 0);
    while start < order.len() {
        let rest = order.get_mut(start..).unwrap_or_default();
        let found = run(rest, before)?;
        let length = found.max(shortest.min(rest.len()));
        insert(rest.get_mut(..length).unwrap_or_default(), found, before)?;
        runs.push(start);
        start += length;
    }
    while runs.len() > 1 {
        let mut merged = Vec::with_capacity(runs.len().div_ceil(2));
        for pair in runs.chunks(2) {
            let &[first, ..] = pair else { continue };
            merged.push(first);
        }
        let ends: Vec<usize> = merged.iter().copied().skip(1).chain([order.len()]).collect();
        for (pair, end) in runs.chunks(2).zip(ends) {
            if let &[first, middle] = pair {
                merge(order, first, middle, end, before)?;
            }
        }
        runs = merged;
    }
    Ok(())
}

/// A length for short runs by which the number of runs comes close to a power of two.
fn shortest_run(mut length: usize) -> usize {
    let mut odd = 0;
    while length >= SHORT {
        odd |= length & 1;
        length >>= 1;
    }
    length + odd
}

/// The length of the run at the start; one that goes down is turned round.
fn run(order: &mut [usize], before: &mut Before) -> Result<usize> {
    let [first, second, rest @ ..] = &*order else { return Ok(order.len()) };
    let descends = before(*second, *first)?;
    let (mut length, mut last) = (2, *second);
    for &next in rest {
        if before(next, last)? != descends {
            break;
        }
        (length, last) = (length + 1, next);
    }
    if descends {
        order.get_mut(..length).unwrap_or_default().reverse();
    }
    Ok(length)
}

/// Inserts the items after the first `sorted` into these.
fn insert(order: &mut [usize], sorted: usize, before: &mut Before) -> Result<()> {
    for end in sorted..order.len() {
        let Some(&item) = order.get(end) else { continue };
        let (mut low, mut high) = (0, end);
        while low < high {
            let middle = low + (high - low) / 2;
            match order.get(middle) {
                Some(&other) if before(item, other)? => high = middle,
                _ => low = middle + 1,
            }
        }
        order.get_mut(low..=end).unwrap_or_default().rotate_right(1);
    }
    Ok(())
}

/// Merges two runs that lie side by side. Nothing moves before all is compared.
fn merge(order: &mut [usize], first: usize, middle: usize, end: usize, before: &mut Before) -> Result<()> {
    let mut merged = Vec::with_capacity(end - first);
    let mut left = order.get(first..middle).unwrap_or_default().iter().copied().peekable();
    let mut right = order.get(middle..end).unwrap_or_default().iter().copied().peekable();
    while let (Some(&a), Some(&b)) = (left.peek(), right.peek()) {
        merged.extend(if before(b, a)? { right.next() } else { left.next() });
    }
    merged.extend(left);
    merged.extend(right);
    order.get_mut(first..end).unwrap_or_default().copy_from_slice(&merged);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(keys: &[f64], less: impl Fn(f64, f64) -> bool) -> Vec<f64> {
        let mut pairs: Vec<_> =
            keys.iter().enumerate().map(|(place, &key)| (Value::Float(key), Value::from(place))).collect();
        let number = |value: &Value| if let Value::Float(number) = value { *number } else { 0.0 };
        by_key(&mut pairs, |a, b| Ok(less(number(a), number(b)))).unwrap();
        assert_eq!(pairs.len(), keys.len());
        pairs.iter().map(|(key, _)| number(key)).collect()
    }

    #[test]
    fn any_comparison_ends_with_all_items() {
        let keys: Vec<f64> = (0..1000).map(|n| f64::from(n * 7919 % 1009)).collect();
        let mut wanted = keys.clone();
        wanted.sort_by(f64::total_cmp);
        assert_eq!(sorted(&keys, |a, b| a < b), wanted);
        sorted(&keys, |_, _| true);
        sorted(&keys, |a, b| (a * b) as i64 % 3 == 0);
        assert_eq!(sorted(&keys, |_, _| false), keys);
    }
}
