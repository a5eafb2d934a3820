//! What the numbers of tensors come to, and how those of two state_dicts differ, as tables.

use super::grid::{Column, LAST, Line, draw, has_room};
use super::sanitize::sanitize;
use super::width::wrap;
use super::{Role, Screen, but_the_middle, fold, left_out, repeated_key};
use torchsh_language::value::report::{Described, Difference, Differences, Side, Unlike, shape_text, size};
use torchsh_language::value::text::spec;
use torchsh_state_dict::{Number, Statistics};

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
        Column::new("dtype", Role::Type).drops(u8::from(dtypes.len() <= 1)),
    ];
    columns.extend(["min", "max", "mean"].map(|head| Column::new(head, Role::Number).right()));
    columns.push(Column::new("std", Role::Number).right().drops(LAST));
    let head = if rows.iter().any(|one| one.statistics.is_err()) { "note" } else { "not finite" };
    columns.extend(rows.iter().any(is_odd).then_some(Column::new(head, Role::Shape)));
    let folded = screen.folds(rows.len()).then(|| fold::fold_described(rows));
    let shown = folded.as_deref().unwrap_or(rows);
    let lines = lines(shown, described_cells, screen);
    let mut foot = described_foot(rows, others);
    if let Some(dtype) = dtypes.iter().next().filter(|_| !has_room(DTYPE, &columns, &lines, screen)) {
        let gap = if foot.is_empty() { "" } else { " · " };
        foot = format!("{dtype}{gap}{foot}");
    }
    table(&columns, &lines, &foot, screen)
}

/// The number of the column of dtypes.
const DTYPE: usize = 2;

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

pub(super) fn described_foot(rows: &[Described], others: usize) -> String {
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
    let has_numbers = rows.iter().any(|row| row.comparison().is_some());
    let has_notes = rows.iter().any(|row| !note(row).is_empty());
    let mut columns = vec![Column::new("key", Role::Key).shrinks(), Column::new("difference", Role::Shape)];
    if has_sides {
        columns.extend([&first, &second].map(|name| Column::named(name.clone(), Role::Type)));
    }
    if has_numbers {
        columns.push(Column::new("differing", Role::Number).right().drops(1));
        columns.push(Column::new("max abs", Role::Number).right());
        columns.push(Column::new("mean abs", Role::Number).right().drops(2));
    }
    columns.extend(has_notes.then_some(Column::new("note", Role::Faint).drops(LAST)));
    let cells = |row: &Difference| {
        let mut cells = vec![repeated_key(&row.key, row.count), difference(row, [&first, &second])];
        if has_sides {
            cells.extend(row.sides.each_ref().map(|side| side_text(side.as_ref(), &row.unlike)));
        }
        if has_numbers {
            cells.extend(amounts(row));
        }
        cells.push(note(row));
        cells
    };
    table(&columns, &lines(rows, cells, screen), &differences_foot(found), screen)
}

/// How many numbers differ, the largest difference and the mean.
fn amounts(row: &Difference) -> [String; 3] {
    let Some(found) = row.comparison() else { return [const { String::new() }; 3] };
    let differing = match found.differing == found.elements {
        true => "all".to_owned(),
        false => format!("{} of {}", size::grouped(found.differing), size::grouped(found.elements)),
    };
    let most = found.max_abs.map(|number| short(number, ".3g")).unwrap_or_default();
    [differing, most, found.mean_abs.map(|number| float(number, ".3g")).unwrap_or_default()]
}

/// Why nothing was compared, or what the amounts leave out.
fn note(row: &Difference) -> String {
    let apart = row.comparison().map_or(0, |found| found.apart);
    match row.note() {
        Some(why) => sanitize(why).into_owned(),
        None if apart > 0 => format!("{} not finite", size::grouped(apart)),
        None => String::new(),
    }
}

/// In what an entry differs: `shape`, `numbers`, `only in m`.
fn difference(row: &Difference, [first, second]: [&str; 2]) -> String {
    match &row.unlike {
        Unlike::Missing if row.sides.first().is_some_and(Option::is_some) => format!("only in {first}"),
        Unlike::Missing => format!("only in {second}"),
        _ => row.kind().to_owned(),
    }
}

/// What is said of a side: what differs.
pub(super) fn side_text(side: Option<&Side>, unlike: &Unlike) -> String {
    match (side, unlike) {
        (None, _) | (_, Unlike::Numbers(_) | Unlike::Unknown(_)) => String::new(),
        (Some(Side::Tensor(facts)), Unlike::Shape) => shape_text(&facts.shape),
        (Some(Side::Tensor(facts)), Unlike::Dtype(_)) => facts.dtype.clone(),
        (Some(Side::Tensor(facts)), _) => format!("{} {}", facts.dtype, shape_text(&facts.shape)),
        (Some(Side::Other(_, text)), _) => sanitize(text).into_owned(),
    }
}

pub(super) fn differences_foot(found: &Differences) -> String {
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

/// The lines of rows, their middle left out where they are too many.
fn lines<T>(rows: &[T], cells: impl Fn(&T) -> Vec<String>, screen: &Screen) -> Vec<Line> {
    let line = |part: Result<&T, usize>| match part {
        Ok(row) => Line::Cells(cells(row)),
        Err(count) => Line::Across(left_out(count, "more row")),
    };
    but_the_middle(rows, screen.rows).map(line).collect()
}

fn table(columns: &[Column], lines: &[Line], foot: &str, screen: &Screen) -> String {
    let mut out = if lines.is_empty() { String::new() } else { draw(columns, lines, screen) };
    for line in wrap(foot, screen.columns).iter().filter(|line| !line.is_empty()) {
        out.push_str(&screen.theme.paint(Role::Faint, line));
        out.push('\n');
    }
    out
}

/// A number in short; an integer whole.
pub(super) fn short(number: Number, format: &str) -> String {
    match number {
        Number::Integer(integer) => integer.to_string(),
        Number::Float(number) => float(number, format),
    }
}

pub(super) fn float(number: f64, format: &str) -> String {
    // A format that is always one.
    spec::format_float(number, format).unwrap_or_default()
}

fn signed(number: f64) -> String {
    let text = float(number, ".4g");
    if text.starts_with('-') { text } else { format!("+{text}") }
}
