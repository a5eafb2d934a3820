//! What verbs answer, as text.

use super::grid::{Column, Line, draw};
use super::sanitize::{sanitize, sanitize_lines};
use super::{Role, Screen, outline, table, tree};
use crate::value::report::{Head, Report};

/// The text of a report; ends with a newline.
#[must_use]
pub fn report(report: &Report, screen: &Screen) -> String {
    match report {
        Report::Entries(rows) => table::table(rows, "a pattern shows less: items m \"layer1.*\"", screen),
        Report::Tree { rows, root, depth } => tree::tree(rows, root, *depth, "", screen),
        Report::Outline(items) => outline::outline(items, "", screen),
        Report::Table { heads, lines, foot } => lines_table(heads, lines, foot, screen),
        Report::Lines(lines) => lines.iter().map(|line| format!("{}\n", sanitize(line))).collect(),
        Report::Text(text) => format!("{}\n", sanitize_lines(text.trim_end_matches('\n'))),
    }
}

fn lines_table(heads: &[Head], lines: &[Vec<String>], foot: &str, screen: &Screen) -> String {
    let column = |(i, head): (usize, &Head)| match (i, head.amount) {
        (0, _) => Column::new(head.name, Role::Key).shrinks(),
        (_, true) => Column::new(head.name, Role::Number).right(),
        (_, false) => Column::new(head.name, Role::Shape),
    };
    let columns: Vec<Column> = heads.iter().enumerate().map(column).collect();
    let clean =
        |cells: &Vec<String>| Line::Cells(cells.iter().map(|cell| sanitize(cell).into_owned()).collect());
    let lines: Vec<Line> = lines.iter().map(clean).collect();
    let mut out = if lines.is_empty() { String::new() } else { draw(&columns, &lines, screen) };
    if !foot.is_empty() {
        out.push_str(&screen.theme.paint(Role::Faint, foot));
        out.push('\n');
    }
    out
}
