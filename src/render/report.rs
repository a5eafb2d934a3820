//! What verbs answer, as text.

use super::grid::{Column, Line, draw};
use super::sanitize::{sanitize, sanitize_lines};
use super::width::wrap;
use super::{
    Role, Screen, but_the_middle, findings, heat, histogram, left_out, numbers, outline, plot, table, tree,
};
use torchsh_language::value::report::{Head, Matches, Report};

/// The text of a report; ends with a newline.
#[must_use]
pub fn report(report: &Report, screen: &Screen) -> String {
    match report {
        Report::Entries(rows) => table::table(rows, screen),
        Report::Tree { rows, root, depth } => tree::tree(rows, root, *depth, screen),
        Report::Outline(items) => outline::outline(items, screen),
        Report::Statistics { rows, others } => numbers::described(rows, *others, screen),
        Report::Differences(differences) => numbers::differences(differences, screen),
        Report::Table { heads, lines, foot } => lines_table(heads, lines, foot, screen),
        Report::Matches(found) => lines_table(Matches::HEADS, &found.lines, &found.foot, screen),
        Report::Findings(found) => findings::findings(found, screen),
        Report::Histogram(bins) => histogram::histogram(bins, screen),
        Report::Heat(found) => heat::heat(found, screen),
        Report::Plot(found) => plot::plot(found, screen),
        Report::Lines(lines) => plain_lines(lines, screen),
        Report::Text(text) => format!("{}\n", sanitize_lines(text.trim_end_matches('\n'))),
    }
}

fn plain_lines(lines: &[String], screen: &Screen) -> String {
    let line = |part: Result<&String, usize>| match part {
        Ok(line) => format!("{}\n", sanitize(line)),
        Err(count) => screen.theme.paint(Role::Faint, &left_out(count, "more line")) + "\n",
    };
    but_the_middle(lines, screen.rows).map(line).collect()
}

fn lines_table(heads: &[Head], lines: &[Vec<String>], foot: &str, screen: &Screen) -> String {
    let column = |(i, head): (usize, &Head)| match (i, head.amount) {
        (0, _) => Column::new(head.name, Role::Key).shrinks(),
        (_, true) => Column::new(head.name, Role::Number).right().drops(head.drops),
        (_, false) => Column::new(head.name, Role::Shape).drops(head.drops),
    };
    let columns: Vec<Column> = heads.iter().enumerate().map(column).collect();
    let line = |part: Result<&Vec<String>, usize>| match part {
        Ok(cells) => Line::Cells(cells.iter().map(|cell| sanitize(cell).into_owned()).collect()),
        Err(count) => Line::Across(left_out(count, "more row")),
    };
    let lines: Vec<Line> = but_the_middle(lines, screen.rows).map(line).collect();
    let mut out = if lines.is_empty() { String::new() } else { draw(&columns, &lines, screen) };
    for line in wrap(foot, screen.columns).iter().filter(|line| !line.is_empty()) {
        out.push_str(&screen.theme.paint(Role::Faint, line));
        out.push('\n');
    }
    out
}
