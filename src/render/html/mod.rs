//! Results as HTML for a notebook: static, styled in place, and right on light and dark ground. Nothing here is a script, and
//! everything that came from a file is escaped.

mod heat;
mod loading;
mod manual;
mod module;
mod numbers;
mod page;
mod picture;
mod tables;
mod tensor;
#[cfg(test)]
mod tests;
mod tree;

pub use self::loading::{Loading, hint, loading};
pub use self::manual::manual;
pub use self::page::preformatted;
use super::display;
use torchsh_language::value::figure::{self, Ground};
use torchsh_language::value::report::gather::{self, Look};
use torchsh_language::value::report::{Matches, Report, Totals};
use torchsh_language::value::{Value, Vm};

/// What the shell says by the way.
#[must_use]
pub fn note(text: &str) -> String {
    format!("<div style=\"opacity:0.65\">{}</div>", preformatted(text))
}

/// Entries from which on a state_dict is a table: no person unfolds such a tree.
const MANY: usize = 20_000;

/// What a verb answered.
#[must_use]
pub fn report(report: &Report) -> String {
    match report {
        Report::Entries(rows) => tables::entries(rows),
        Report::Tree { rows, root, depth } => tree::tree(rows, root, *depth),
        Report::Outline(items) => tree::outline(items),
        Report::Statistics { rows, others } => numbers::described(rows, *others),
        Report::Differences(found) => numbers::differences(found),
        Report::Table { heads, lines, foot } => tables::table(heads, lines, foot),
        Report::Matches(found) => tables::table(Matches::HEADS, &found.lines, &found.foot),
        Report::Findings(found) if found.verb == "check" => loading::checked(found),
        Report::Findings(found) => {
            let (heads, lines) = found.texts();
            tables::table(&heads, &lines, &found.foot)
        }
        Report::Histogram(bins) => numbers::histogram(bins),
        Report::Heat(found) => heat::heat(found),
        Report::Plot(_) => drawn(report),
        Report::Lines(lines) => tables::lines(lines),
        Report::Text(text) => preformatted(text.trim_end()),
    }
}

/// The drawing that a file would have.
fn drawn(report: &Report) -> String {
    let mut page = page::Page::new();
    let bytes = figure::of(report).and_then(|drawn| Some((drawn.png(Ground::Either).ok()?, drawn)));
    if let Some((bytes, drawn)) = bytes {
        let data = crate::base64::base64(&bytes);
        page.push(&page::image(&data, drawn.width as usize, drawn.height as usize, "lines"));
    }
    page.end("")
}

/// A value, where there is more to see of it than its text. What fails on the way shows itself in the text.
#[must_use]
pub fn value(vm: &dyn Vm, value: &Value) -> Option<String> {
    match value {
        Value::Dict(dict) => match gather::look(dict) {
            Look::StateDict => {
                let rows = gather::rows(vm, dict).ok()?;
                let is_tree = rows.len() < MANY;
                Some(if is_tree {
                    tree::tree(&rows, &Totals::of(&rows).line(), None)
                } else {
                    tables::entries(&rows)
                })
            }
            Look::Checkpoint => Some(tree::outline(&gather::outline(vm, dict).ok()?)),
            Look::Plain => None,
        },
        Value::Tensor(_) => tensor::tensor(vm, value),
        Value::Instance(_) | Value::Native(_) if display::is_module(vm, value) => module::module(vm, value),
        other => {
            let (missing, unexpected) = display::incompatible_keys(vm, other).ok()??;
            Some(loading(&Loading::of_keys(&missing, &unexpected)))
        }
    }
}
