//! Reports as lines of cells under a line of heads: what CSV and Markdown are made of. A cell that says nothing is empty.

use super::super::tree::{Branch, branches};
use torchsh_language::value::report::{
    Cell, Described, Difference, Head, Histogram, Holds, Item, Matches, Report, Row, Side, What, shape_text,
};
use torchsh_state_dict::{Comparison, Number, Statistics};

/// Heads and cells.
pub fn cells(report: &Report) -> Vec<Vec<String>> {
    match report {
        Report::Entries(rows) => under(ENTRY, rows.iter().map(entry)),
        Report::Tree { rows, root, depth } => under(BRANCH, branches(rows, root, *depth).iter().map(branch)),
        Report::Outline(items) => under(ITEM, items.iter().map(item)),
        Report::Statistics { rows, .. } => under(DESCRIBED, rows.iter().map(described)),
        Report::Differences(found) => under(DIFFERENCE, found.rows.iter().map(difference)),
        Report::Table { heads, lines, .. } => table(heads, lines),
        Report::Matches(found) => table(Matches::HEADS, &found.lines),
        Report::Findings(found) => {
            let heads: Vec<&str> = found.heads.iter().map(|head| head.name).collect();
            under(&heads, found.lines.iter().map(|line| line.iter().map(said).collect()))
        }
        Report::Histogram(histogram) => under(BIN, bins(histogram)),
        Report::Heat(heat) => {
            let heads = std::iter::once("key".to_owned()).chain(heat.columns.iter().cloned()).collect();
            let line = |(name, numbers): (&str, &[Option<f64>])| {
                std::iter::once(name.to_owned()).chain(numbers.iter().map(|number| float(*number))).collect()
            };
            std::iter::once(heads).chain(heat.lines().map(line)).collect()
        }
        Report::Plot(plot) => {
            let points = plot.series.iter().flat_map(|series| {
                series.points.iter().map(|(x, y)| vec![series.name.clone(), float(Some(*x)), float(Some(*y))])
            });
            under(&["series", "x", "y"], points)
        }
        Report::Lines(lines) => lines.iter().map(|line| vec![line.clone()]).collect(),
        Report::Text(text) => text.lines().map(|line| vec![line.to_owned()]).collect(),
    }
}

fn under(heads: &[&str], lines: impl Iterator<Item = Vec<String>>) -> Vec<Vec<String>> {
    let heads = heads.iter().map(|head| (*head).to_owned()).collect();
    std::iter::once(heads).chain(lines).collect()
}

const ENTRY: &[&str] = &["key", "shape", "dtype", "device", "elements", "bytes", "type", "value"];

fn entry(row: &Row) -> Vec<String> {
    let empty = String::new;
    match &row.what {
        What::Tensor(facts) => vec![
            row.key.clone(),
            shape_text(&facts.shape),
            facts.dtype.clone(),
            facts.device.clone(),
            facts.elements.to_string(),
            facts.bytes.to_string(),
            empty(),
            empty(),
        ],
        What::Other(kind, text) => {
            let nothing = [const { String::new() }; 5];
            std::iter::once(row.key.clone()).chain(nothing).chain([kind.clone(), text.clone()]).collect()
        }
    }
}

const BRANCH: &[&str] =
    &["depth", "key", "name", "tensors", "elements", "bytes", "shape", "dtype", "device", "type", "value"];

fn branch(branch: &Branch) -> Vec<String> {
    let mut cells = vec![
        branch.depth.to_string(),
        branch.key.clone(),
        branch.name.clone(),
        branch.tensors.to_string(),
        branch.elements.to_string(),
        branch.bytes.to_string(),
    ];
    let mut row =
        branch.row.as_ref().map(entry).unwrap_or_else(|| vec![String::new(); ENTRY.len()]).into_iter();
    row.next();
    let [shape, dtype, device] = std::array::from_fn(|_| row.next().unwrap_or_default());
    cells.extend([shape, dtype, device]);
    cells.extend(row.skip(2));
    cells
}

const ITEM: &[&str] = &["depth", "key", "type", "value", "entries", "tensors", "elements", "bytes"];

fn item(item: &Item) -> Vec<String> {
    let mut cells = vec![item.depth.to_string(), item.key.clone(), item.kind.clone()];
    cells.extend(match &item.holds {
        None => [item.text.clone(), String::new(), String::new(), String::new(), String::new()],
        Some(Holds::Entries(count)) => {
            [String::new(), count.to_string(), String::new(), String::new(), String::new()]
        }
        Some(Holds::Tensors(totals)) => {
            let entries = totals.tensors + totals.others;
            let bytes = totals.bytes.to_string();
            [
                String::new(),
                entries.to_string(),
                totals.tensors.to_string(),
                totals.elements.to_string(),
                bytes,
            ]
        }
    });
    cells
}

const DESCRIBED: &[&str] = &[
    "key",
    "shape",
    "dtype",
    "device",
    "elements",
    "min",
    "max",
    "mean",
    "std",
    "zeros",
    "nan",
    "inf",
    "negative_inf",
    "note",
];

fn described(one: &Described) -> Vec<String> {
    let mut cells: Vec<String> = entry(&one.row).into_iter().take(5).collect();
    let (numbers, note) = match &one.statistics {
        Ok(numbers) => (Some(numbers), String::new()),
        Err(why) => (None, why.clone()),
    };
    let count =
        |of: fn(&Statistics) -> u64| numbers.map(|numbers| of(numbers).to_string()).unwrap_or_default();
    let mean = match numbers.and_then(|numbers| numbers.imaginary_mean) {
        Some(imaginary) => {
            let real = float(numbers.and_then(|numbers| numbers.mean));
            format!("{real}{}{}j", if imaginary < 0.0 { "" } else { "+" }, float(Some(imaginary)))
        }
        None => float(numbers.and_then(|numbers| numbers.mean)),
    };
    cells.extend([
        exact(numbers.and_then(|numbers| numbers.min)),
        exact(numbers.and_then(|numbers| numbers.max)),
        mean,
        float(numbers.and_then(|numbers| numbers.std)),
        count(|numbers| numbers.zeros),
        count(|numbers| numbers.nan),
        count(|numbers| numbers.infinite),
        count(|numbers| numbers.negative_infinite),
        note,
    ]);
    cells
}

const DIFFERENCE: &[&str] = &[
    "key",
    "difference",
    "first",
    "second",
    "differing",
    "not_finite",
    "max_abs",
    "mean_abs",
    "max_rel",
    "cosine",
    "note",
];

fn difference(row: &Difference) -> Vec<String> {
    let [first, second] = row.sides.each_ref().map(|side| match side {
        Some(Side::Tensor(facts)) => format!("{} {}", facts.dtype, shape_text(&facts.shape)),
        Some(Side::Other(_, text)) => text.clone(),
        None => String::new(),
    });
    let numbers = row.comparison();
    let of = |field: fn(&Comparison) -> Option<f64>| float(numbers.and_then(field));
    vec![
        row.key.clone(),
        row.kind().to_owned(),
        first,
        second,
        numbers.map(|numbers| numbers.differing.to_string()).unwrap_or_default(),
        numbers.map(|numbers| numbers.apart.to_string()).unwrap_or_default(),
        exact(numbers.and_then(|numbers| numbers.max_abs)),
        of(|numbers| numbers.mean_abs),
        of(|numbers| numbers.max_rel),
        of(|numbers| numbers.cosine),
        row.note().unwrap_or_default().to_owned(),
    ]
}

const BIN: &[&str] = &["from", "to", "count"];

fn bins(histogram: &Histogram) -> impl Iterator<Item = Vec<String>> + '_ {
    histogram.counts.iter().enumerate().map(|(bin, count)| {
        let edges = [histogram.edge(bin), histogram.edge(bin + 1)].map(|edge| float(Some(edge)));
        edges.into_iter().chain([count.to_string()]).collect()
    })
}

/// With all digits, without units.
fn said(cell: &Cell) -> String {
    match cell {
        Cell::Count(count) | Cell::Bytes(count) => count.to_string(),
        Cell::Number(number) => exact(Some(*number)),
        Cell::Percent(share) => float(Some(*share)),
        other => other.said(),
    }
}

/// All digits of a number, as JSON has them.
fn float(number: Option<f64>) -> String {
    number.map(|number| serde_json::json!(number).to_string()).unwrap_or_default()
}

fn exact(number: Option<Number>) -> String {
    match number {
        Some(Number::Integer(integer)) => integer.to_string(),
        Some(Number::Float(number)) => float(Some(number)),
        None => String::new(),
    }
}

fn table(heads: &[Head], lines: &[Vec<String>]) -> Vec<Vec<String>> {
    let heads = heads.iter().map(|head| head.name.to_owned()).collect();
    std::iter::once(heads).chain(lines.iter().cloned()).collect()
}
