//! Repeats folded: 48 layers with the same tensor become one row, `layers.{0-47}.attn.q.weight`.

use std::collections::HashMap;

use torchsh_language::value::report::{Described, Difference, Row};

/// The rows with those alike folded, each fold in the place of its first member.
#[must_use]
pub fn fold(rows: &[Row]) -> Vec<Row> {
    let join = |key, members: &[&Row]| {
        let first = members.first()?;
        let count = members.iter().map(|row| row.count).sum();
        Some(Row { key, count, what: first.what.clone() })
    };
    fold_by(rows, |row| &row.key, |row| format!("{:?}", row.what), join)
}

/// As [`fold`], with the statistics of all members together.
#[must_use]
pub fn fold_described(rows: &[Described]) -> Vec<Described> {
    let join = |key, members: &[&Described]| {
        let (first, others) = members.split_first()?;
        let mut joined = (*first).clone();
        joined.row.key = key;
        for other in others {
            joined.row.count += other.row.count;
            if let (Ok(known), Ok(other)) = (&joined.statistics, &other.statistics) {
                joined.statistics = Ok(known.and(other));
            }
        }
        Some(joined)
    };
    let alike = |one: &Described| format!("{:?} {:?}", one.row.what, one.statistics.as_ref().err());
    fold_by(rows, |one| &one.row.key, alike, join)
}

/// As [`fold`], with the largest differences of all members.
#[must_use]
pub fn fold_differences(rows: &[Difference]) -> Vec<Difference> {
    use torchsh_language::value::report::Unlike;
    let join = |key, members: &[&Difference]| {
        let (first, others) = members.split_first()?;
        let mut joined = (*first).clone();
        joined.key = key;
        for other in others {
            joined.count += other.count;
            match (&mut joined.unlike, &other.unlike) {
                (Unlike::Numbers(known), Unlike::Numbers(other))
                | (Unlike::Dtype(Ok(known)), Unlike::Dtype(Ok(other))) => *known = known.and(other),
                _ => {}
            }
        }
        Some(joined)
    };
    let alike = |row: &Difference| format!("{} {:?} {:?}", row.kind(), row.sides, row.note());
    fold_by(rows, |row| &row.key, alike, join)
}

/// Folds what is alike and has keys that differ in numbers only. `join` makes one of several under a key with ranges.
pub(super) fn fold_by<T: Clone>(
    rows: &[T],
    key: impl Fn(&T) -> &str,
    alike: impl Fn(&T) -> String,
    join: impl Fn(String, &[&T]) -> Option<T>,
) -> Vec<T> {
    let mut groups: HashMap<String, Vec<usize>> = HashMap::new();
    let mut order: Vec<String> = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        let name = format!("{:?} {}", holes(key(row)), alike(row));
        let members = groups.entry(name.clone()).or_default();
        if members.is_empty() {
            order.push(name);
        }
        members.push(place);
    }
    let mut out: Vec<(usize, T)> = Vec::new();
    for name in order {
        let places = groups.get(&name).into_iter().flatten();
        let members: Vec<Member<'_, T>> = places
            .filter_map(|&place| rows.get(place).map(|row| Member { place, row, numbers: numbers(key(row)) }))
            .collect();
        fold_alike(&members, &key, &join, &mut out);
    }
    out.sort_by_key(|(place, _)| *place);
    out.into_iter().map(|(_, row)| row).collect()
}

/// A row, where it stands, and the numbers in its key.
struct Member<'a, T> {
    place: usize,
    row: &'a T,
    numbers: Vec<u64>,
}

impl<T> Clone for Member<'_, T> {
    fn clone(&self) -> Self {
        Member { place: self.place, row: self.row, numbers: self.numbers.clone() }
    }
}

/// Folds rows that differ in numbers only: all at once where every combination is there, otherwise by the last number.
fn fold_alike<T: Clone>(
    members: &[Member<'_, T>],
    key: &impl Fn(&T) -> &str,
    join: &impl Fn(String, &[&T]) -> Option<T>,
    out: &mut Vec<(usize, T)>,
) {
    let Some(first) = members.first() else { return };
    let axes = first.numbers.len();
    if members.len() == 1 || axes == 0 {
        out.extend(members.iter().map(|member| (member.place, member.row.clone())));
        return;
    }
    let values: Vec<Vec<u64>> = (0..axes).map(|axis| distinct(members, axis)).collect();
    let combinations = values.iter().fold(1usize, |product, axis| product.saturating_mul(axis.len()));
    if combinations == members.len() {
        let rows: Vec<&T> = members.iter().map(|member| member.row).collect();
        let joined = join(with_ranges(key(first.row), &values), &rows);
        out.extend(joined.map(|joined| (first.place, joined)));
        return;
    }
    let axis = (0..axes).rev().find(|&axis| values.get(axis).is_some_and(|v| v.len() > 1)).unwrap_or(0);
    for value in values.get(axis).into_iter().flatten() {
        let own = members.iter().filter(|member| member.numbers.get(axis) == Some(value));
        fold_alike(&own.cloned().collect::<Vec<_>>(), key, join, out);
    }
}

fn distinct<T>(members: &[Member<'_, T>], axis: usize) -> Vec<u64> {
    let mut values: Vec<u64> =
        members.iter().filter_map(|member| member.numbers.get(axis).copied()).collect();
    values.sort_unstable();
    values.dedup();
    values
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
    use torchsh_language::value::report::Facts;

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
