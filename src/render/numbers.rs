//! What the numbers of tensors come to, and how those of two state_dicts differ, as tables.

use super::grid::{Column, Line, draw};
use super::sanitize::sanitize;
use super::width::wrap;
use super::{Role, Screen, but_the_middle, fold, left_out, repeated_key};
use crate::state_dict::{Number, Statistics};
use crate::value::report::{Described, Difference, Differences, Side, Unlike, shape_text, size};
use crate::value::text::spec;

/// A table of tensors with the smallest, the largest, the mean and the deviation of their numbers. Repeats are folded as in
/// a table of entries.
#[must_use]
pub fn described(rows: &[Described], others: usize, screen: &Screen) -> String {
    let is_odd = |one: &Described| one.statistics.as_ref().map_or(true, |numbers| numbers.not_finite() > 0);
    let dtypes: std::collections::HashSet<&str> =
        rows.iter().filter_map(|one| Some(one.row.facts()?.dtype.as_str())).collect();
    let mut columns = vec![
        Column::new("key", Role::Key).shrinks(),
        Column::new("shape", Role::Shape).drops(2),
        Column::new("dtype", Role::Type).drops(if dtypes.len() <= 1 { 1 } else { 3 }),
    ];
    columns.extend(["min", "max", "mean"].map(|head| Column::new(head, Role::Number).right()));
    columns.push(Column::new("std", Role::Number).right().drops(4));
    let head = if rows.iter().any(|one| one.statistics.is_err()) { "note" } else { "not finite" };
    columns.extend(rows.iter().any(is_odd).then_some(Column::new(head, Role::Shape)));
    let folded = screen.folds(rows.len()).then(|| fold::fold_described(rows));
    let shown = folded.as_deref().unwrap_or(rows);
    let foot = described_foot(rows, others);
    table(&columns, shown, described_cells, &foot, screen)
}

fn described_cells(one: &Described) -> Vec<String> {
    let facts = one.row.facts();
    let mut cells = vec![
        repeated_key(&one.row.key, one.row.count),
        facts.map(|facts| shape_text(&facts.shape)).unwrap_or_default(),
        facts.map(|facts| facts.dtype.clone()).unwrap_or_default(),
    ];
    match &one.statistics {
        Ok(numbers) => {
            let exact =
                |number: Option<Number>| number.map(|number| short(number, ".4g")).unwrap_or_default();
            let float = |number: Option<f64>| number.map(|number| float(number, ".4g")).unwrap_or_default();
            let mean = match numbers.imaginary_mean {
                Some(imaginary) => format!("{}{}j", float(numbers.mean), signed(imaginary)),
                None => float(numbers.mean),
            };
            cells.extend([
                exact(numbers.min),
                exact(numbers.max),
                mean,
                float(numbers.std),
                not_finite(numbers),
            ]);
        }
        Err(why) => {
            cells.extend([const { String::new() }; 4]);
            cells.push(sanitize(why).into_owned());
        }
    }
    cells
}

/// `2 NaN, 1 inf`
fn not_finite(numbers: &Statistics) -> String {
    let kinds = [(numbers.nan, "NaN"), (numbers.infinite, "inf"), (numbers.negative_infinite, "-inf")];
    let some = kinds.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = some.map(|(count, name)| format!("{} {name}", size::grouped(*count))).collect();
    if parts.is_empty() {
        String::new()
    } else {
        format!("{} of {}", parts.join(", "), size::grouped(numbers.elements))
    }
}

fn described_foot(rows: &[Described], others: usize) -> String {
    let unsound = |one: &&Described| matches!(&one.statistics, Ok(numbers) if numbers.not_finite() > 0);
    let unsound = rows.iter().filter(unsound).count();
    let unread = rows.iter().filter(|one| one.statistics.is_err()).count();
    let mut parts = Vec::new();
    if rows.is_empty() {
        parts.push("no tensors".to_owned());
    }
    if unsound > 0 {
        parts.push(format!("{} with NaN or infinities", size::counted(unsound, "tensor")));
    }
    if unread > 0 {
        parts.push(format!("{} not read", size::counted(unread, "tensor")));
    }
    if others > 0 && !rows.is_empty() {
        parts.push(format!("{} without numbers", size::counted(others, "entry")));
    }
    parts.join(" · ")
}

/// A table of the entries that differ, each side under its name. Repeats are folded as in a table of entries.
#[must_use]
pub fn differences(found: &Differences, screen: &Screen) -> String {
    let folded = screen.folds(found.rows.len()).then(|| fold::fold_differences(&found.rows));
    let rows = folded.as_deref().unwrap_or(&found.rows);
    let [first, second] = found.names.each_ref().map(|name| sanitize(name).into_owned());
    let has_sides = rows.iter().any(|row| !matches!(row.unlike, Unlike::Numbers(_) | Unlike::Unknown(_)));
    let has_notes = rows.iter().any(|row| row.note().is_some());
    let has_numbers = rows.iter().any(|row| row.comparison().is_some());
    let mut columns = vec![Column::new("key", Role::Key).shrinks(), Column::new("difference", Role::Shape)];
    if has_sides {
        columns.extend([&first, &second].map(|name| Column::named(name.clone(), Role::Type)));
    }
    if has_numbers {
        columns.push(Column::new("max abs", Role::Number).right());
        columns.push(Column::new("mean abs", Role::Number).right().drops(1));
    }
    if has_notes {
        columns.push(Column::new("note", Role::Faint));
    }
    let cells = |row: &Difference| {
        let mut cells = vec![repeated_key(&row.key, row.count), difference(row, [&first, &second])];
        if has_sides {
            let numbers_alone = matches!(row.unlike, Unlike::Numbers(_) | Unlike::Unknown(_));
            cells.extend(row.sides.each_ref().map(|side| match side {
                Some(side) if !numbers_alone => side_text(side, &row.unlike),
                _ => String::new(),
            }));
        }
        let numbers = row.comparison();
        let most = numbers.and_then(|numbers| numbers.max_abs).map(|number| short(number, ".3g"));
        let mean = numbers.and_then(|numbers| numbers.mean_abs).map(|number| float(number, ".3g"));
        if has_numbers {
            cells.extend([most.unwrap_or_default(), mean.unwrap_or_default()]);
        }
        cells.extend(row.note().map(|note| sanitize(note).into_owned()));
        cells
    };
    table(&columns, rows, cells, &differences_foot(found), screen)
}

/// In what an entry differs: `shape`, `12 of 64 numbers`, `only in m`.
fn difference(row: &Difference, [first, second]: [&str; 2]) -> String {
    match &row.unlike {
        Unlike::Missing if row.sides.first().is_some_and(Option::is_some) => format!("only in {first}"),
        Unlike::Missing => format!("only in {second}"),
        Unlike::Numbers(numbers) => {
            let mut text = match numbers.differing == numbers.elements {
                true => "numbers".to_owned(),
                false => {
                    format!(
                        "{} of {} numbers",
                        size::grouped(numbers.differing),
                        size::grouped(numbers.elements)
                    )
                }
            };
            if numbers.apart > 0 {
                text.push_str(&format!(", {} not finite", size::grouped(numbers.apart)));
            }
            text
        }
        Unlike::Unknown(_) | Unlike::Dtype(_) | Unlike::Shape | Unlike::Value => row.kind().to_owned(),
    }
}

/// What is said of a side: what differs.
fn side_text(side: &Side, unlike: &Unlike) -> String {
    match (side, unlike) {
        (Side::Tensor(facts), Unlike::Shape) => shape_text(&facts.shape),
        (Side::Tensor(facts), Unlike::Dtype(_)) => facts.dtype.clone(),
        (Side::Tensor(facts), _) => format!("{} {}", facts.dtype, shape_text(&facts.shape)),
        (Side::Other(_, text), _) => sanitize(text).into_owned(),
    }
}

fn differences_foot(found: &Differences) -> String {
    let (differing, unknown) = (found.differing(), found.unknown());
    let mut foot = match differing {
        0 => format!("no difference in {}", size::counted(found.equal, "entry")),
        count => {
            format!("{}, {} equal", size::counted(count, "difference"), size::grouped(found.equal as u64))
        }
    };
    if unknown > 0 {
        foot.push_str(&format!(", {} not compared", size::grouped(unknown as u64)));
    }
    foot
}

fn table<T>(
    columns: &[Column],
    rows: &[T],
    cells: impl Fn(&T) -> Vec<String>,
    foot: &str,
    screen: &Screen,
) -> String {
    let line = |part: Result<&T, usize>| match part {
        Ok(row) => Line::Cells(cells(row)),
        Err(count) => Line::Across(left_out(count, "more row")),
    };
    let lines: Vec<Line> = but_the_middle(rows, screen.rows).map(line).collect();
    let mut out = if lines.is_empty() { String::new() } else { draw(columns, &lines, screen) };
    for line in wrap(foot, screen.columns).iter().filter(|line| !line.is_empty()) {
        out.push_str(&screen.theme.paint(Role::Faint, line));
        out.push('\n');
    }
    out
}

/// A number in short; an integer whole.
fn short(number: Number, format: &str) -> String {
    match number {
        Number::Integer(integer) => integer.to_string(),
        Number::Float(number) => float(number, format),
    }
}

fn float(number: f64, format: &str) -> String {
    // A format that is always one.
    spec::format_float(number, format).unwrap_or_default()
}

fn signed(number: f64) -> String {
    let text = float(number, ".4g");
    if text.starts_with('-') { text } else { format!("+{text}") }
}
