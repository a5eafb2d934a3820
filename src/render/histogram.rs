//! How numbers are spread, as bars.

use super::width::width;
use super::{Role, Screen};
use torchsh_language::value::report::{Histogram, size};
use torchsh_language::value::text::spec;

/// Columns of the longest bar, where there is room.
const BAR: usize = 40;

/// Columns of the edges.
const EDGE: usize = 11;

/// A line a bin: where it begins, a bar, how many numbers are in it; then where the last one ends.
#[must_use]
pub fn histogram(histogram: &Histogram, screen: &Screen) -> String {
    if histogram.counts.is_empty() {
        return format!("no finite number{}\n", left_out(histogram));
    }
    let most = histogram.counts.iter().copied().max().unwrap_or(0).max(1);
    let amounts: Vec<String> = histogram.counts.iter().map(|count| size::grouped(*count)).collect();
    let widest = amounts.iter().map(|amount| width(amount)).max().unwrap_or(0);
    let room = screen.columns.saturating_sub(EDGE + 3 + widest).clamp(1, BAR);
    let mut text = String::new();
    for (bin, (count, amount)) in histogram.counts.iter().zip(&amounts).enumerate() {
        let bar = "█".repeat((*count as f64 / most as f64 * room as f64).ceil() as usize);
        let bar = screen.theme.paint(Role::Bar, &bar);
        text.push_str(&format!("{}  {bar} {amount}\n", edge(histogram, bin)));
    }
    text.push_str(&format!("{}\n", edge(histogram, histogram.counts.len())));
    let foot = left_out(histogram);
    if !foot.is_empty() {
        text.push_str(&screen.theme.paint(Role::Faint, foot.trim_start_matches([' ', '·'])));
        text.push('\n');
    }
    text
}

/// What is in no bin.
fn left_out(histogram: &Histogram) -> String {
    let kinds = [(histogram.nan, "NaN"), (histogram.infinite, "inf"), (histogram.negative_infinite, "-inf")];
    let some = kinds.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = some.map(|(count, name)| format!("{} {name}", size::grouped(*count))).collect();
    if parts.is_empty() { String::new() } else { format!(" · {} left out", parts.join(", ")) }
}

fn edge(histogram: &Histogram, bin: usize) -> String {
    // A format that is always one.
    let text = spec::format_float(histogram.edge(bin), ".4g").unwrap_or_default();
    format!("{text:>EDGE$}")
}
