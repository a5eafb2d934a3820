//! A whole checkpoint as an outline: what lies at the top, how much of it, and what is worth opening.

use super::grid::{Column, Line, draw};
use super::sanitize::sanitize;
use super::{Role, Screen};
use crate::value::report::Item;

/// The outline, one line an entry, cut to the screen.
#[must_use]
pub fn outline(items: &[Item], rest: &str, screen: &Screen) -> String {
    let line = |item: &Item| {
        let key = format!("{}{}", "  ".repeat(item.depth), sanitize(&item.key));
        Line::Cells(vec![key, sanitize(&item.kind).into_owned(), sanitize(&item.text).into_owned()])
    };
    let mut lines: Vec<Line> = items.iter().map(line).collect();
    let limit = screen.rows.unwrap_or(usize::MAX).max(3);
    if lines.len() > limit {
        let left_out = lines.len() - (limit - 1);
        lines.truncate(limit - 1);
        let how = if rest.is_empty() { String::new() } else { format!(": {rest}") };
        lines.push(Line::Across(format!(
            "… {}{how}",
            crate::value::report::size::counted(left_out, "more entry")
        )));
    }
    let widest = items.iter().map(|item| super::width::width(&item.key) + 2 * item.depth).max().unwrap_or(0);
    let kinds = items.iter().map(|item| super::width::width(&item.kind)).max().unwrap_or(0);
    // The text takes what the key and the type leave.
    let room = screen.columns.saturating_sub(widest.min(screen.columns / 2) + kinds + 4).max(8);
    for line in &mut lines {
        if let Line::Cells(cells) = line
            && let Some(text) = cells.get_mut(2)
        {
            *text = super::width::cut(text, room);
        }
    }
    let columns = [
        Column::new("entry", Role::Key).shrinks(),
        Column::new("type", Role::Type),
        Column::new("value", Role::Faint),
    ];
    draw(&columns, &lines, screen)
}
