//! `diff a b base c`: what each of two made of what both began with.

use std::collections::HashMap;

use super::order::Rank;
use torchsh_language::value::report::{Cell, Difference, Differences, Findings, Head, Unlike, size};

/// How the base differs from both, and both from each other.
pub struct Three {
    /// The base and the first.
    pub first: Differences,
    /// The base and the second.
    pub second: Differences,
    /// The first and the second.
    pub between: Differences,
    /// What all are called: first, second, base.
    pub names: [String; 3],
    /// Entries of any of them.
    pub entries: usize,
}

const HEADS: &[Head] = &[
    Head::words("key"),
    Head::words("first"),
    Head::words("second"),
    Head::words("together"),
    Head::amount("max_abs_first").drops(2),
    Head::amount("max_abs_second").drops(2),
    Head::amount("max_abs_between").drops(1),
];

impl Three {
    /// What a line is compared by: how far the two lie apart, or where one of them is the base, that one from it.
    pub(super) fn rank(&self, by: &str, cells: &[Cell]) -> Rank {
        let key = cells.first().map(Cell::said).unwrap_or_default();
        let mut rows = [&self.between, &self.first, &self.second].into_iter().flat_map(|found| &found.rows);
        rows.find(|row| row.key == key).map_or(Rank::None, |row| Rank::of_difference(by, row))
    }

    /// A line for each entry that one of both changed.
    pub fn findings(&self) -> Findings {
        let of = |found: &Differences| {
            found
                .rows
                .iter()
                .map(|row| (row.key.clone(), row.clone()))
                .collect::<HashMap<String, Difference>>()
        };
        let (first, second, between) = (of(&self.first), of(&self.second), of(&self.between));
        let mut keys: Vec<&String> = Vec::new();
        for row in self.first.rows.iter().chain(&self.second.rows).chain(&self.between.rows) {
            if !keys.contains(&&row.key) {
                keys.push(&row.key);
            }
        }
        let (mut counts, mut lines) = (Counts::default(), Vec::new());
        for key in keys {
            let (one, two, both) = (first.get(key), second.get(key), between.get(key));
            let together = counts.count(one, two, both);
            let most = |row: Option<&Difference>| {
                row.and_then(Difference::comparison).and_then(|found| found.max_abs)
            };
            let amount = |row| most(row).map_or(Cell::None, Cell::Number);
            lines.push(vec![
                Cell::text(key),
                changed(one),
                changed(two),
                Cell::text(together),
                amount(one),
                amount(two),
                amount(both),
            ]);
        }
        let [own, other, base] = &self.names;
        let number = |count: u64| Cell::Count(count);
        let same = (self.entries as u64).saturating_sub(lines.len() as u64);
        let foot = format!(
            "first: {own}, second: {other}, base: {base} · {} by the first alone, {} by the second alone, {} by both alike, {} in conflict, {} unchanged",
            size::grouped(counts.first),
            size::grouped(counts.second),
            size::grouped(counts.alike),
            size::grouped(counts.conflicts),
            size::grouped(same),
        );
        Findings {
            verb: "diff",
            facts: vec![
                ("first", Cell::text(own)),
                ("second", Cell::text(other)),
                ("base", Cell::text(base)),
                ("only_first", number(counts.first)),
                ("only_second", number(counts.second)),
                ("alike", number(counts.alike)),
                ("conflicts", number(counts.conflicts)),
                ("not_compared", number(counts.unknown)),
                ("equal", number(same)),
            ],
            listed: "differences",
            heads: HEADS.to_vec(),
            is_bad: !lines.is_empty(),
            lines,
            sum: None,
            foot,
            is_brief: false,
        }
    }
}

/// What one of both made of an entry.
fn changed(row: Option<&Difference>) -> Cell {
    let Some(row) = row else { return Cell::None };
    Cell::text(match (&row.unlike, &row.sides) {
        (Unlike::Missing, [Some(_), _]) => "removed",
        (Unlike::Missing, _) => "added",
        _ => row.kind(),
    })
}

#[derive(Default)]
struct Counts {
    first: u64,
    second: u64,
    alike: u64,
    conflicts: u64,
    unknown: u64,
}

impl Counts {
    /// Counts an entry; a word for what both made of it together.
    fn count(
        &mut self,
        one: Option<&Difference>,
        two: Option<&Difference>,
        both: Option<&Difference>,
    ) -> &'static str {
        let is_unknown =
            |row: Option<&Difference>| row.is_some_and(|row| matches!(row.unlike, Unlike::Unknown(_)));
        if is_unknown(one) || is_unknown(two) || is_unknown(both) {
            self.unknown += 1;
            return "not compared";
        }
        let (count, word) = match (one, two, both) {
            (Some(_), None, _) => (&mut self.first, "first alone"),
            (None, Some(_), _) => (&mut self.second, "second alone"),
            (_, _, None) => (&mut self.alike, "alike"),
            _ => (&mut self.conflicts, "conflict"),
        };
        *count += 1;
        word
    }
}
