//! What the numbers of tensors come to, and how those of two state_dicts differ.

use super::page::{
    BLUE, GREEN, ORANGE, Page, RED, TABLE_END, badge, bar, coloured, dtype_badge, escape, faint, image,
    table_head, table_row,
};
use super::picture;
use super::tables::{counted_key, foot};
use crate::fold;
use crate::numbers::{described_foot, differences_foot, float, short, side_text};
use torchsh_language::value::report::{
    Described, Difference, Differences, Histogram, Unlike, percent, shape_text, size,
};
use torchsh_state_dict::Statistics;

/// Rows of a table of differences up to which repeats stand each for themselves.
const FOLDS: usize = 200;

/// A row a tensor, with a picture of how its numbers are spread; those that look wrong come first.
pub fn described(rows: &[Described], others: usize) -> String {
    let mut page = Page::new();
    let mut heads = vec![("key", false), ("shape", false), ("dtype", false), ("spread", false)];
    heads.extend(["min", "max", "mean", "std", "zeros"].map(|name| (name, true)));
    heads.push(("", false));
    page.push(&table_head(&heads));
    let is_odd = |one: &&Described| warning(one).is_some();
    let (odd, usual): (Vec<&Described>, Vec<&Described>) = rows.iter().partition(is_odd);
    for one in odd.iter().chain(&usual) {
        page.line(&described_row(one));
    }
    page.push(TABLE_END);
    let mut says = vec![size::counted(rows.len(), "tensor")];
    if !odd.is_empty() {
        says.push(format!("{} to look at, first", size::grouped(odd.len() as u64)));
    }
    says.extend(Some(described_foot(rows, others)).filter(|text| !text.is_empty()));
    page.push(&foot(&says.join(" · ")));
    page.end("describe m \"layer1.*\" a part")
}

/// What looks wrong with a tensor.
fn warning(one: &Described) -> Option<String> {
    let numbers = match &one.statistics {
        Ok(numbers) => numbers,
        Err(why) => return Some(why.clone()),
    };
    let kinds = [(numbers.nan, "NaN"), (numbers.infinite, "inf"), (numbers.negative_infinite, "-inf")];
    let some = kinds.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = some.map(|(count, name)| format!("{} {name}", size::grouped(*count))).collect();
    let is_constant = numbers.elements > 1 && numbers.min == numbers.max;
    match numbers {
        _ if !parts.is_empty() => Some(parts.join(", ")),
        // Counters and masks are often all the same; weights are not.
        _ if is_constant && has_columns(one) && numbers.zeros == numbers.elements => {
            Some("all zeros".to_owned())
        }
        _ if is_constant && has_columns(one) => Some("all the same".to_owned()),
        _ => None,
    }
}

/// Whether a tensor has two dimensions or more: a bias begins as zeros, a matrix does not.
fn has_columns(one: &Described) -> bool {
    one.row.facts().is_some_and(|facts| facts.shape.len() > 1)
}

fn described_row(one: &Described) -> String {
    let facts = one.row.facts();
    let mut cells = vec![
        (counted_key(&one.row.key, one.row.count), false),
        (escape(&facts.map(|facts| shape_text(&facts.shape)).unwrap_or_default()), false),
        (facts.map(|facts| dtype_badge(&facts.dtype)).unwrap_or_default(), false),
        (one.spread.as_ref().map(sparkline).unwrap_or_default(), false),
    ];
    let numbers = one.statistics.as_ref().ok();
    cells.extend(amounts(numbers).map(|text| (escape(&text), true)));
    cells.push((warning(one).map(|text| badge(&text, RED)).unwrap_or_default(), false));
    table_row(&cells)
}

/// Ends, mean, deviation, and the share of zeros.
fn amounts(numbers: Option<&Statistics>) -> [String; 5] {
    let Some(numbers) = numbers else { return [const { String::new() }; 5] };
    let plain = |number: Option<f64>| number.map(|number| float(number, ".4g")).unwrap_or_default();
    let exact = |number| Option::map(number, |number| short(number, ".4g")).unwrap_or_default();
    let zeros = match numbers.zeros {
        0 => String::new(),
        zeros => percent(zeros as f64 / numbers.elements.max(1) as f64 * 100.0),
    };
    [exact(numbers.min), exact(numbers.max), plain(numbers.mean), plain(numbers.std), zeros]
}

/// A histogram as small as a word.
fn sparkline(bins: &Histogram) -> String {
    let (width, height) = (bins.counts.len().max(1) * 3, 18);
    match picture::bars(&bins.counts, 3, height) {
        Some(data) => {
            image(&data, width, height, &format!("{} to {}", float(bins.low, ".4g"), float(bins.high, ".4g")))
        }
        None => String::new(),
    }
}

/// Columns and rows of the picture of a histogram.
const PICTURE: (usize, usize) = (640, 200);

/// How numbers are spread: a picture, its ends, and the bins below.
pub fn histogram(bins: &Histogram) -> String {
    let mut page = Page::new();
    let kinds = [(bins.nan, "NaN"), (bins.infinite, "inf"), (bins.negative_infinite, "-inf")];
    let some = kinds.iter().filter(|(count, _)| *count > 0);
    let left: Vec<String> = some.map(|(count, name)| format!("{} {name}", size::grouped(*count))).collect();
    page.push(&drawn(bins, PICTURE));
    if !left.is_empty() {
        page.push(&format!("<div>{}</div>", coloured(&format!("{} left out", left.join(", ")), RED)));
    }
    page.push("<details><summary style=\"cursor:pointer\">bins</summary>");
    page.push(&table_head(&[("from", true), ("to", true), ("count", true)]));
    for (bin, count) in bins.counts.iter().enumerate() {
        let edge = |bin| (float(bins.edge(bin), ".6g"), true);
        page.line(&table_row(&[edge(bin), edge(bin + 1), (size::grouped(*count), true)]));
    }
    page.push(TABLE_END);
    page.push("</details>");
    page.end("hist x 20 takes fewer bins")
}

/// The picture of a histogram, with its ends below.
pub fn drawn(bins: &Histogram, (wide, height): (usize, usize)) -> String {
    let each = (wide / bins.counts.len().max(1)).max(1);
    let width = each * bins.counts.len();
    let Some(data) = picture::bars(&bins.counts, each, height) else {
        return format!("<div>{}</div>", faint("no finite number"));
    };
    let most = size::grouped(bins.counts.iter().copied().max().unwrap_or(0));
    let ends = format!(
        "<div style=\"width:{width}px\">{}<span style=\"float:right\">{}</span></div>",
        escape(&float(bins.low, ".4g")),
        escape(&float(bins.high, ".4g"))
    );
    let says = format!("a histogram from {} to {}", float(bins.low, ".4g"), float(bins.high, ".4g"));
    let top = faint(&format!("the highest bar: {most}"));
    format!("<div>{top}</div><div>{}</div>{ends}", image(&data, width, height, &says))
}

/// How two state_dicts differ: what one of them lacks, then what changed, the amount as bars.
pub fn differences(found: &Differences) -> String {
    let folded = (found.rows.len() > FOLDS).then(|| fold::fold_differences(&found.rows));
    let rows = folded.as_deref().unwrap_or(&found.rows);
    let [first, second] = &found.names;
    let mut page = Page::new();
    page.push(&format!("<div>{}</div>", faint(&escape(&differences_foot(found)))));
    let only = |place: usize| {
        move |row: &&Difference| {
            matches!(row.unlike, Unlike::Missing) && row.sides.get(place).is_some_and(Option::is_some)
        }
    };
    for (place, name, colour) in [(0, first, RED), (1, second, GREEN)] {
        let rows: Vec<&Difference> = rows.iter().filter(only(place)).collect();
        let head = coloured(&format!("only in {name}"), colour);
        section(&mut page, &head, &rows, &[("key", false), (name, false)], |row| {
            let side = row.sides.get(place).and_then(Option::as_ref);
            vec![(counted_key(&row.key, row.count), false), (escape(&side_text(side, &row.unlike)), false)]
        });
    }
    let others: Vec<&Difference> = rows.iter().filter(|row| !matches!(row.unlike, Unlike::Missing)).collect();
    let heads = [
        ("key", false),
        ("difference", false),
        (first.as_str(), false),
        (second.as_str(), false),
        ("differing", true),
        ("max abs", true),
        ("mean abs", true),
        ("max rel", false),
        ("", false),
    ];
    section(&mut page, &coloured("changed", ORANGE), &others, &heads, changed);
    page.end("diff keeps all of them: len(d), and torchsh --format json")
}

fn section(
    page: &mut Page,
    head: &str,
    rows: &[&Difference],
    heads: &[(&str, bool)],
    cells: impl Fn(&Difference) -> Vec<(String, bool)>,
) {
    if rows.is_empty() {
        return;
    }
    let count: usize = rows.iter().map(|row| row.count).sum();
    let count = faint(&size::counted(count, "entry"));
    page.push(&format!(
        "<details open><summary style=\"cursor:pointer\">{head} {count}</summary>{}",
        table_head(heads)
    ));
    for row in rows {
        page.line(&table_row(&cells(row)));
    }
    page.push(TABLE_END);
    page.push("</details>");
}

fn changed(row: &Difference) -> Vec<(String, bool)> {
    let mut cells = vec![(counted_key(&row.key, row.count), false), (badge(row.kind(), ORANGE), false)];
    cells.extend(row.sides.each_ref().map(|side| (escape(&side_text(side.as_ref(), &row.unlike)), false)));
    let note = row.note().map(|why| faint(&escape(why))).unwrap_or_default();
    let Some(found) = row.comparison() else {
        cells.extend([const { (String::new(), true) }; 4]);
        cells.push((note, false));
        return cells;
    };
    let share = found.differing as f64 / found.elements.max(1) as f64;
    let differing = if share == 1.0 { "all".to_owned() } else { float(share * 100.0, ".3g") + "%" };
    cells.push((differing, true));
    cells.push((escape(&found.max_abs.map(|number| short(number, ".3g")).unwrap_or_default()), true));
    cells.push((found.mean_abs.map(|number| float(number, ".3g")).unwrap_or_default(), true));
    let relative = found.max_rel.map(|most| format!("{} {}", bar(most, BLUE), float(most, ".2g")));
    cells.push((relative.unwrap_or_default(), false));
    let apart = match found.apart {
        0 => note,
        apart => badge(&format!("{} not finite", size::grouped(apart)), RED),
    };
    cells.push((apart, false));
    cells
}
