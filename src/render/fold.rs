//! Repeats folded: 48 layers with the same tensor become one row, `layers.{0-47}.attn.q.weight`.

use std::collections::HashMap;

use crate::value::report::{Row, What};

/// What rows must have in common to be folded: the key with a hole for each number, and the text of what is under it.
type Likeness<'a> = (Vec<Option<&'a str>>, &'a What);

/// The rows with those alike folded, each fold in the place of its first member.
#[must_use]
pub fn fold(rows: &[Row]) -> Vec<Row> {
    let mut order: Vec<Likeness<'_>> = Vec::new();
    let mut groups: HashMap<String, Vec<usize>> = HashMap::new();
    let mut keys: Vec<String> = Vec::new();
    for (i, row) in rows.iter().enumerate() {
        let name = format!("{:?} {:?}", holes(&row.key), row.what);
        let members = groups.entry(name.clone()).or_default();
        if members.is_empty() {
            keys.push(name);
            order.push((holes(&row.key), &row.what));
        }
        members.push(i);
    }
    let mut out: Vec<(usize, Row)> = Vec::new();
    for name in keys {
        let members: Vec<(usize, &Row)> =
            groups.get(&name).into_iter().flatten().filter_map(|&i| Some((i, rows.get(i)?))).collect();
        fold_alike(&members, &mut out);
    }
    out.sort_by_key(|(place, _)| *place);
    out.into_iter().map(|(_, row)| row).collect()
}

/// The segments of a key, numbers as holes.
fn holes(key: &str) -> Vec<Option<&str>> {
    key.split('.').map(|segment| number(segment).is_none().then_some(segment)).collect()
}

/// The numbers of a key, in order.
fn numbers(key: &str) -> Vec<u64> {
    key.split('.').filter_map(number).collect()
}

/// A segment that is a plain number.
fn number(segment: &str) -> Option<u64> {
    let plain = !segment.is_empty() && segment.bytes().all(|b| b.is_ascii_digit());
    if plain && (segment == "0" || !segment.starts_with('0')) { segment.parse().ok() } else { None }
}

/// Folds rows that differ in numbers only: all at once where every combination is there, otherwise by the first number.
fn fold_alike(members: &[(usize, &Row)], out: &mut Vec<(usize, Row)>) {
    let Some(&(place, first)) = members.first() else { return };
    let all: Vec<Vec<u64>> = members.iter().map(|(_, row)| numbers(&row.key)).collect();
    let axes = all.first().map_or(0, Vec::len);
    if members.len() == 1 || axes == 0 {
        out.extend(members.iter().map(|&(place, row)| (place, row.clone())));
        return;
    }
    let values: Vec<Vec<u64>> = (0..axes).map(|axis| distinct(&all, axis)).collect();
    let combinations = values.iter().fold(1usize, |product, axis| product.saturating_mul(axis.len()));
    if combinations == members.len() {
        let count = members.iter().map(|(_, row)| row.count).sum();
        out.push((place, Row { key: with_ranges(&first.key, &values), count, what: first.what.clone() }));
        return;
    }
    let axis = (0..axes).rev().find(|&axis| values.get(axis).is_some_and(|v| v.len() > 1)).unwrap_or(0);
    for value in values.get(axis).into_iter().flatten() {
        let own = members.iter().zip(&all).filter(|(_, numbers)| numbers.get(axis) == Some(value));
        let part: Vec<(usize, &Row)> = own.map(|(member, _)| *member).collect();
        fold_alike(&part, out);
    }
}

fn distinct(all: &[Vec<u64>], axis: usize) -> Vec<u64> {
    let mut values: Vec<u64> = all.iter().filter_map(|numbers| numbers.get(axis).copied()).collect();
    values.sort_unstable();
    values.dedup();
    values
}

/// The key with each number that differs as a set: `{0-47}`, `{0,2,5}`.
fn with_ranges(key: &str, values: &[Vec<u64>]) -> String {
    let mut axes = values.iter();
    let mut segment_text = |segment: &str| match number(segment).and_then(|_| axes.next()) {
        Some(values) if values.len() > 1 => format!("{{{}}}", ranges(values)),
        _ => segment.to_owned(),
    };
    let segments: Vec<String> = key.split('.').map(&mut segment_text).collect();
    segments.join(".")
}

/// Sorted numbers as ranges: `0-3,5,7-9`.
pub(super) fn ranges(values: &[u64]) -> String {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for &value in values {
        match runs.last_mut() {
            Some((_, end)) if end.checked_add(1) == Some(value) => *end = value,
            _ => runs.push((value, value)),
        }
    }
    let text = |(start, end): &(u64, u64)| match end - start {
        0 => start.to_string(),
        1 => format!("{start},{end}"),
        _ => format!("{start}-{end}"),
    };
    runs.iter().map(text).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::report::Facts;

    fn row(key: &str, size: i64) -> Row {
        let facts = Facts {
            shape: vec![size],
            dtype: "float32".into(),
            device: "cpu".into(),
            elements: size as u64,
            bytes: size as u64 * 4,
        };
        Row::tensor(key, facts)
    }

    fn folded(keys: &[(&str, i64)]) -> Vec<String> {
        let rows: Vec<Row> = keys.iter().map(|(key, size)| row(key, *size)).collect();
        fold(&rows).iter().map(|row| format!("{} ×{}", row.key, row.count)).collect()
    }

    #[test]
    fn layers_alike_become_one_row() {
        let keys = [
            ("emb", 9),
            ("h.0.w", 4),
            ("h.0.b", 2),
            ("h.1.w", 4),
            ("h.1.b", 2),
            ("h.2.w", 4),
            ("h.2.b", 3),
            ("out", 9),
        ];
        assert_eq!(folded(&keys), ["emb ×1", "h.{0-2}.w ×3", "h.{0,1}.b ×2", "h.2.b ×1", "out ×1"]);
    }

    #[test]
    fn two_numbers_fold_together_where_every_combination_is_there() {
        let keys = [("l.0.e.0.w", 4), ("l.0.e.1.w", 4), ("l.1.e.0.w", 4), ("l.1.e.1.w", 4)];
        assert_eq!(folded(&keys), ["l.{0,1}.e.{0,1}.w ×4"]);
        assert_eq!(folded(&keys[..3]), ["l.{0,1}.e.0.w ×2", "l.0.e.1.w ×1"]);
    }

    #[test]
    fn numbers_with_leading_zeros_are_names() {
        assert_eq!(folded(&[("a.01.w", 4), ("a.02.w", 4)]), ["a.01.w ×1", "a.02.w ×1"]);
        assert_eq!(ranges(&[0, 1, 2, 3, 5, 7, 8]), "0-3,5,7,8");
    }
}
