//! A state_dict as a table.

use super::grid::{Column, Line, draw};
use super::sanitize::sanitize;
use super::width::{cut, width};
use super::{Role, Screen, but_the_middle, fold, left_out, repeated_key};
use torchsh_language::value::report::size;
use torchsh_language::value::report::{Row, Totals, What, shape_text};

/// Columns of the bar.
const BAR: usize = 8;

/// A table of entries with its totals. Where the entries are more than the screen's rows, repeats are folded; where they
/// still are, the middle is left out.
#[must_use]
pub fn table(rows: &[Row], screen: &Screen) -> String {
    let totals = Totals::of(rows);
    let folded = screen.folds(rows.len()).then(|| fold::fold(rows));
    let shown = folded.as_deref().unwrap_or(rows);
    let line = |part: Result<&Row, usize>| match part {
        Ok(row) => Line::Cells(cells(row, totals.bytes, screen)),
        Err(count) => Line::Across(left_out(count, "more row")),
    };
    let lines: Vec<Line> = but_the_middle(shown, screen.rows).map(line).collect();
    let columns = columns(&totals, is_by_size(rows));
    let mut out = if rows.is_empty() { String::new() } else { draw(&columns, &lines, screen) };
    out.push_str(&totals_lines(&totals, screen));
    out
}

/// The totals, in as many lines as they need.
#[must_use]
pub fn totals_lines(totals: &Totals, screen: &Screen) -> String {
    let line = totals.line();
    let lines = facts_lines(line.split(" · "), screen.columns);
    lines.iter().map(|line| format!("{}\n", screen.theme.paint(Role::Faint, line))).collect()
}

/// Facts with ` · ` between, in as many lines as they need.
#[must_use]
pub(super) fn facts_lines<'f>(facts: impl IntoIterator<Item = &'f str>, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for fact in facts {
        match lines.last_mut() {
            Some(line) if width(line) + 3 + width(fact) <= columns => line.push_str(&format!(" · {fact}")),
            _ => lines.push(cut(fact, columns)),
        }
    }
    lines
}

/// The most columns that the value of an entry without a tensor takes.
const VALUE: usize = 24;

/// The text of an entry without a tensor.
pub(super) fn value_text(text: &str, screen: &Screen) -> String {
    cut(&sanitize(text), if screen.has_edge() { VALUE } else { usize::MAX })
}

/// Whether rows stand in the order of their sizes, from either end.
fn is_by_size(rows: &[Row]) -> bool {
    let sizes = || rows.iter().map(Row::bytes);
    let differ = sizes().min() != sizes().max();
    differ && rows.len() > 2 && (sizes().is_sorted() || sizes().is_sorted_by(|one, two| one >= two))
}

/// The columns; what is the same everywhere stands in the totals too, so it goes first where there is no room. The key is
/// the last to be cut.
fn columns(totals: &Totals, by_size: bool) -> [Column; 7] {
    let one_device = totals.devices.len() <= 1;
    let (dtype, size) = match (totals.dtypes.len() <= 1, by_size) {
        (true, true) => (3, 0),
        (true, false) => (3, 5),
        // What they are sorted by is seen.
        (false, true) => (5, 0),
        (false, false) => (0, 5),
    };
    [
        Column::new("key", Role::Key).shrinks(),
        Column::new("shape", Role::Shape),
        Column::new("dtype", Role::Type).drops(dtype),
        Column::new("device", Role::Device).drops(if one_device { 2 } else { 0 }),
        Column::new("size", Role::Number).right().drops(size),
        Column::new("share", Role::Number).right().drops(4),
        Column::new("", Role::Bar).drops(1),
    ]
}

fn cells(row: &Row, all_bytes: u64, screen: &Screen) -> Vec<String> {
    let key = repeated_key(&row.key, row.count);
    match &row.what {
        What::Tensor(facts) => {
            let share = if all_bytes == 0 { 0.0 } else { row.bytes() as f64 / all_bytes as f64 };
            vec![
                key,
                shape_text(&facts.shape),
                facts.dtype.clone(),
                facts.device.clone(),
                size::bytes(row.bytes()),
                percent(share),
                bar(share),
            ]
        }
        What::Other(kind, text) => vec![key, value_text(text, screen), sanitize(kind).into_owned()],
    }
}

/// `12.3%`, `<0.1%`
fn percent(share: f64) -> String {
    match share {
        0.0 => "0%".to_owned(),
        share if share < 0.0005 => "<0.1%".to_owned(),
        share if (0.999..1.0).contains(&share) => "99.9%".to_owned(),
        share => format!("{:.1}%", share * 100.0),
    }
}

/// A bar in eighths of a column.
fn bar(share: f64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (share.clamp(0.0, 1.0) * (BAR * 8) as f64).round() as usize;
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS.get(eighths % 8).copied().unwrap_or_default())
}
