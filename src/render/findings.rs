//! What verbs found, as a table with a line below.

use super::grid::{Column, Line, draw};
use super::sanitize::sanitize;
use super::width::wrap;
use super::{Role, Screen, but_the_middle, fold, left_out, repeated_key};
use torchsh_language::value::report::{Cell, Findings, Head};

/// A line: what it speaks of, how many it stands for, and its other cells.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The text of the first cell; where lines are folded, with a range in it.
    pub key: String,
    /// How many lines it stands for.
    pub count: usize,
    /// The other cells.
    pub cells: Vec<Cell>,
}

impl Finding {
    fn of(line: &[Cell]) -> Self {
        let (key, cells) =
            line.split_first().map_or((String::new(), &[] as &[Cell]), |(key, cells)| (key.said(), cells));
        Finding { key, count: 1, cells: cells.to_vec() }
    }

    fn cell(&self, place: usize) -> String {
        match place.checked_sub(1) {
            None => repeated_key(&self.key, self.count),
            Some(place) => {
                self.cells.get(place).map(|cell| sanitize(&cell.said()).into_owned()).unwrap_or_default()
            }
        }
    }
}

/// The findings with those that say the same of their keys folded, each fold in the place of its first member.
#[must_use]
pub fn fold_findings(rows: &[Finding]) -> Vec<Finding> {
    let join = |key, members: &[&Finding]| {
        let first = members.first()?;
        let count = members.iter().map(|row| row.count).sum();
        Some(Finding { key, count, cells: first.cells.clone() })
    };
    fold::fold_by(rows, |row| &row.key, |row| format!("{:?}", row.cells), join)
}

/// The table of findings. Columns in which nothing stands are left out; repeats are folded as in a table of entries.
#[must_use]
pub fn findings(found: &Findings, screen: &Screen) -> String {
    let rows: Vec<Finding> = found.lines.iter().map(|line| Finding::of(line)).collect();
    let is_said = |place: &usize| {
        found.lines.iter().any(|line| line.get(*place).is_some_and(|cell| *cell != Cell::None))
    };
    let places: Vec<usize> = (0..found.heads.len()).filter(is_said).collect();
    let columns: Vec<Column> =
        places.iter().filter_map(|&place| Some(column(place, found.heads.get(place)?))).collect();
    let folded = screen.folds(rows.len()).then(|| fold_findings(&rows));
    let line = |part: Result<&Finding, usize>| match part {
        Ok(row) => Line::Cells(places.iter().map(|&place| row.cell(place)).collect()),
        Err(count) => Line::Across(left_out(count, "more row")),
    };
    let mut lines: Vec<Line> =
        but_the_middle(folded.as_deref().unwrap_or(&rows), screen.rows).map(line).collect();
    if let Some(sum) = found.sum.as_deref().map(Finding::of) {
        lines.push(Line::Cells(places.iter().map(|&place| sum.cell(place)).collect()));
    }
    let mut out =
        if lines.is_empty() || found.is_brief { String::new() } else { draw(&columns, &lines, screen) };
    for line in wrap(&sanitize(&found.foot), screen.columns).iter().filter(|line| !line.is_empty()) {
        out.push_str(&screen.theme.paint(Role::Faint, line));
        out.push('\n');
    }
    out
}

fn column(place: usize, head: &Head) -> Column {
    let name = head.name.replace('_', " ");
    match (place, head.amount) {
        (0, _) => Column::named(name, Role::Key).shrinks(),
        (_, true) => Column::named(name, Role::Number).right().drops(head.drops),
        (1, false) => Column::named(name, Role::Type).drops(head.drops),
        (_, false) => Column::named(name, Role::Shape).drops(head.drops),
    }
}
