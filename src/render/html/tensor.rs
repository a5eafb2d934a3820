//! A tensor: its text, what its numbers come to, how they are spread, and a picture of it.

use super::heat::square;
use super::numbers::drawn;
use super::page::{Page, escape, faint, preformatted};
use crate::numbers::{float, short};
use torchsh_builtins::checkpoint::Records;
use torchsh_checkpoint::record::TensorRecord;
use torchsh_language::value::report::progress::Progress;
use torchsh_language::value::report::{Heat, gather, shape_text, size};
use torchsh_language::value::{Value, Vm};
use torchsh_state_dict::{Statistics, Thumbnail, histogram_within, statistics, thumbnail};

/// Elements below which the numbers themselves say everything.
const FEW: u64 = 32;

/// Elements above which nothing is read only because a tensor is shown.
const MANY: u64 = 100_000_000;

/// Bins of the histogram.
const BINS: usize = 64;

/// Rows and columns of the picture.
const CELLS: usize = 128;

/// The page; none of a tensor whose text says everything, or that has no numbers here.
pub fn tensor(vm: &dyn Vm, value: &Value) -> Option<String> {
    let object = value.as_tensor()?;
    let facts = gather::facts(vm, value).ok()?;
    if !(FEW..=MANY).contains(&facts.elements) {
        return None;
    }
    let record = Records::new(vm).of(object).ok()?;
    // Its statistics, how its numbers are spread, where they are large.
    let progress = Progress::of(vm, facts.bytes.saturating_mul(3));
    let numbers = statistics([&record], &progress).ok()?.into_iter().next()?.ok()?;
    let mut page = Page::new();
    let mut parts = vec![shape_text(&facts.shape), facts.dtype, size::bytes(facts.bytes)];
    let ends = [("min", numbers.min), ("max", numbers.max)];
    parts.extend(ends.iter().filter_map(|(name, end)| Some(format!("{name} {}", short((*end)?, ".4g")))));
    let means = [("mean", numbers.mean), ("std", numbers.std)];
    parts.extend(means.iter().filter_map(|(name, mean)| Some(format!("{name} {}", float((*mean)?, ".4g")))));
    let counts = [(numbers.zeros, "zero"), (numbers.not_finite(), "not finite")];
    let some = counts.iter().filter(|(count, _)| *count > 0);
    parts.extend(some.map(|(count, name)| format!("{} {name}", size::grouped(*count))));
    page.push(&format!("<div>{}</div>", faint(&escape(&parts.join(" · ")))));
    page.push(&pictures(&record, &numbers, &progress));
    page.push(&folded(&vm.repr(value).ok()?));
    Some(page.end("print shows all"))
}

/// Lines of numbers that stand open.
const LINES: usize = 12;

/// The numbers themselves.
fn folded(text: &str) -> String {
    let open = if text.lines().count() <= LINES { " open" } else { "" };
    format!(
        "<details{open}><summary style=\"cursor:pointer\">numbers</summary><div style=\"max-height:640px;overflow:auto\">{}</div></details>",
        preformatted(text)
    )
}

/// Beside each other: how the numbers are spread, and where they are large.
fn pictures(record: &TensorRecord, numbers: &Statistics, progress: &Progress<'_>) -> String {
    let spread = histogram_within(record, numbers, BINS, progress);
    let spread = spread.ok().map(|bins| drawn(&bins, (320, 160))).unwrap_or_default();
    let map = match record.shape.as_slice() {
        [rows, .., _] if *rows > 1 => {
            thumbnail(record, CELLS, CELLS, progress).ok().map(drawn_map).unwrap_or_default()
        }
        _ => String::new(),
    };
    if spread.is_empty() && map.is_empty() {
        return String::new();
    }
    format!("<div style=\"display:flex;gap:24px\"><div>{spread}</div><div>{map}</div></div>")
}

/// The picture of a tensor: a square for the mean of a block.
fn drawn_map(map: Thumbnail) -> String {
    let names = |count: usize| vec![String::new(); count];
    let (rows, columns) = (names(map.rows()), names(map.columns));
    let cells = map.means.into_iter().map(Some).collect();
    square(&Heat { rows, columns, cells, is_signed: true, foot: String::new() })
}
