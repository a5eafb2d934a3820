//! A whole checkpoint as an outline: what lies at the top, how much of it, and what is worth opening.

use super::grid::{Column, Line, draw};
use super::sanitize::sanitize;
use super::width::{cut, width};
use super::{Role, Screen, left_out};
use torchsh_language::value::report::Item;

/// Screens narrower than this have no room for types.
const TYPED: usize = 60;

/// The outline, one line an entry, cut to the screen.
#[must_use]
pub fn outline(items: &[Item], screen: &Screen) -> String {
    let mut columns = vec![Column::new("entry", Role::Key).shrinks_at_end()];
    columns.extend((screen.columns >= TYPED).then_some(Column::new("type", Role::Type)));
    columns.push(Column::new("value", Role::Faint));
    let mut rows: Vec<Vec<String>> = items.iter().map(|item| cells(item, columns.len())).collect();
    let limit = screen.rows.unwrap_or(usize::MAX).max(3);
    let more = if rows.len() > limit { rows.len() - (limit - 1) } else { 0 };
    rows.truncate(items.len() - more);
    if screen.has_edge() {
        fit_values(&columns, &mut rows, screen.columns);
    }
    let mut lines: Vec<Line> = rows.into_iter().map(Line::Cells).collect();
    lines.extend((more > 0).then(|| Line::Across(left_out(more, "more line"))));
    draw(&columns, &lines, screen)
}

/// The key, the type if there is a column for it, and the value.
fn cells(item: &Item, columns: usize) -> Vec<String> {
    let mut cells = vec![format!("{}{}", "  ".repeat(item.depth), sanitize(&item.key))];
    if columns > 2 {
        cells.push(sanitize(&item.kind).into_owned());
    }
    cells.push(sanitize(&item.text).into_owned());
    cells
}

/// Cuts the values to what the columns before leave, the first of which takes two thirds of the screen at most.
fn fit_values(columns: &[Column], rows: &mut [Vec<String>], room: usize) {
    let widest = |(i, column): (usize, &Column)| {
        let cells = rows.iter().filter_map(|cells| cells.get(i));
        let widest = cells.map(|cell| width(cell)).chain([width(&column.head)]).max().unwrap_or(0);
        if i == 0 { widest.min(room * 2 / 3) + 2 } else { widest + 2 }
    };
    let others: usize = columns.iter().enumerate().take(columns.len() - 1).map(widest).sum();
    let left = room.saturating_sub(others).max(8);
    for value in rows.iter_mut().filter_map(|cells| cells.last_mut()) {
        *value = cut(value, left);
    }
}
