//! Reports as JSON. Shapes are arrays, numbers have all their digits; what is not known is null.

use serde_json::{Map, Number as JsonNumber, Value as Json, json};

use super::super::tree::{Branch, branches};
use torchsh_language::value::report::{
    Cell, Described, Difference, Differences, Facts, Findings, Head, Histogram, Holds, Item, Matches, Report,
    Row, Side, Totals, What,
};
use torchsh_state_dict::{Comparison, Number};

/// A report as one JSON value.
pub fn json(report: &Report) -> Json {
    match report {
        Report::Entries(rows) => json!({
            "entries": rows.iter().map(entry).collect::<Vec<Json>>(),
            "totals": totals(&Totals::of(rows)),
        }),
        Report::Tree { rows, root, depth } => json!({
            "tree": branches(rows, root, *depth).iter().map(branch).collect::<Vec<Json>>(),
            "totals": totals(&Totals::of(rows)),
        }),
        Report::Outline(items) => json!({"outline": items.iter().map(item).collect::<Vec<Json>>()}),
        Report::Statistics { rows, .. } => {
            json!({"entries": rows.iter().map(described).collect::<Vec<Json>>()})
        }
        Report::Differences(found) => differences(found),
        Report::Table { heads, lines, .. } => table(heads, lines),
        Report::Matches(found) => table(Matches::HEADS, &found.lines),
        Report::Findings(found) => findings(found),
        Report::Histogram(Histogram { low, high, counts, nan, infinite, negative_infinite }) => json!({
            "low": low, "high": high, "counts": counts,
            "nan": nan, "inf": infinite, "negative_inf": negative_infinite,
        }),
        Report::Heat(heat) => json!({
            "rows": heat.rows, "columns": heat.columns,
            "values": heat.lines().map(|(_, numbers)| json!(numbers)).collect::<Vec<Json>>(),
        }),
        Report::Plot(plot) => json!({
            "x": plot.x,
            "series": plot.series.iter().map(|series| {
                let (x, y): (Vec<f64>, Vec<f64>) = series.points.iter().copied().unzip();
                json!({"name": series.name, "x": x, "y": y})
            }).collect::<Vec<Json>>(),
        }),
        Report::Lines(lines) => json!(lines),
        Report::Text(text) => json!({"text": text}),
    }
}

fn totals(totals: &Totals) -> Json {
    json!({"tensors": totals.tensors, "elements": totals.elements, "bytes": totals.bytes})
}

fn entry(row: &Row) -> Json {
    match &row.what {
        What::Tensor(Facts { shape, dtype, device, elements, bytes }) => json!({
            "key": row.key, "shape": shape, "dtype": dtype, "device": device, "elements": elements, "bytes": bytes,
        }),
        What::Other(kind, text) => json!({"key": row.key, "type": kind, "value": text}),
    }
}

fn branch(branch: &Branch) -> Json {
    let mut object = json!({
        "depth": branch.depth, "key": branch.key, "name": branch.name,
        "tensors": branch.tensors, "elements": branch.elements, "bytes": branch.bytes,
    });
    let more = match branch.row.as_ref().map(|row| &row.what) {
        Some(What::Tensor(facts)) => {
            json!({"shape": facts.shape, "dtype": facts.dtype, "device": facts.device})
        }
        Some(What::Other(kind, text)) => json!({"type": kind, "value": text}),
        None => json!({}),
    };
    join(&mut object, more);
    object
}

fn item(item: &Item) -> Json {
    let mut object = json!({"depth": item.depth, "key": item.key, "type": item.kind});
    join(
        &mut object,
        match &item.holds {
            Some(Holds::Tensors(all)) => totals(all),
            Some(Holds::Entries(count)) => json!({"entries": count}),
            None => json!({"value": item.text}),
        },
    );
    object
}

fn described(one: &Described) -> Json {
    let mut object = entry(&one.row);
    join(
        &mut object,
        match &one.statistics {
            Ok(numbers) => json!({
                "min": exact(numbers.min), "max": exact(numbers.max), "mean": numbers.mean, "std": numbers.std,
                "zeros": numbers.zeros, "nan": numbers.nan, "inf": numbers.infinite,
                "negative_inf": numbers.negative_infinite, "note": null,
            }),
            Err(why) => json!({
                "min": null, "max": null, "mean": null, "std": null,
                "zeros": null, "nan": null, "inf": null, "negative_inf": null, "note": why,
            }),
        },
    );
    if let Ok(Some(imaginary)) = one.statistics.as_ref().map(|numbers| numbers.imaginary_mean) {
        join(&mut object, json!({"imaginary_mean": imaginary}));
    }
    object
}

fn differences(found: &Differences) -> Json {
    let [first, second] = &found.names;
    json!({
        "first": first, "second": second,
        "differences": found.rows.iter().map(difference).collect::<Vec<Json>>(),
        "equal": found.equal,
    })
}

fn difference(row: &Difference) -> Json {
    let [first, second] = row.sides.each_ref().map(|one| one.as_ref().map_or(Json::Null, side));
    let numbers = row.comparison();
    let of = |field: fn(&Comparison) -> Option<f64>| numbers.and_then(field);
    json!({
        "key": row.key, "difference": row.kind(), "first": first, "second": second,
        "differing": numbers.map(|numbers| numbers.differing),
        "not_finite": numbers.map(|numbers| numbers.apart),
        "max_abs": exact(numbers.and_then(|numbers| numbers.max_abs)),
        "mean_abs": of(|numbers| numbers.mean_abs),
        "max_rel": of(|numbers| numbers.max_rel),
        "cosine": of(|numbers| numbers.cosine),
        "note": row.note(),
    })
}

fn side(side: &Side) -> Json {
    match side {
        Side::Tensor(facts) => json!({"shape": facts.shape, "dtype": facts.dtype}),
        Side::Other(kind, text) => json!({"type": kind, "value": text}),
    }
}

fn findings(found: &Findings) -> Json {
    let line = |cells: &Vec<Cell>| {
        let fields = found.heads.iter().zip(cells).map(|(head, cell)| (head.name.to_owned(), said(cell)));
        Json::Object(fields.collect::<Map<String, Json>>())
    };
    let lines = found.lines.iter().map(line).collect::<Vec<Json>>();
    let facts = found.facts.iter().map(|(name, cell)| ((*name).to_owned(), said(cell)));
    let head = [("report".to_owned(), json!(found.verb))].into_iter();
    Json::Object(head.chain(facts).chain([(found.listed.to_owned(), Json::Array(lines))]).collect())
}

fn said(cell: &Cell) -> Json {
    match cell {
        Cell::None => Json::Null,
        Cell::Text(text) => json!(text),
        Cell::Count(count) | Cell::Bytes(count) => json!(count),
        Cell::Percent(share) => json!(share),
        Cell::Number(number) => exact(Some(*number)),
        Cell::Shape(shape) => json!(shape),
        Cell::Tensor(dtype, shape) => json!({"shape": shape, "dtype": dtype}),
        Cell::Flag(flag) => json!(flag),
        Cell::Names(names) => json!(names),
        Cell::Counts(counts) => {
            Json::Object(counts.iter().map(|(name, count)| (name.clone(), json!(count))).collect())
        }
    }
}

/// A number with all its digits.
fn exact(number: Option<Number>) -> Json {
    match number {
        Some(Number::Integer(integer)) => JsonNumber::from_i128(integer).map_or(Json::Null, Json::Number),
        Some(Number::Float(float)) => json!(float),
        None => Json::Null,
    }
}

fn join(object: &mut Json, more: Json) {
    if let (Json::Object(object), Json::Object(more)) = (object, more) {
        object.extend(more);
    }
}

fn table(heads: &[Head], lines: &[Vec<String>]) -> Json {
    Json::Array(lines.iter().map(|cells| line(heads, cells)).collect())
}

/// A line of a table under its heads.
fn line(heads: &[Head], cells: &[String]) -> Json {
    let fields = heads.iter().zip(cells).map(|(head, cell)| (head.name.to_owned(), cell_of(*head, cell)));
    Json::Object(fields.collect::<Map<String, Json>>())
}

/// A cell as text; an amount as the number that it is, null where there is none; a shape as an array.
fn cell_of(head: Head, cell: &str) -> Json {
    let read = || serde_json::from_str(cell).unwrap_or(Json::Null);
    match (head.amount, head.name) {
        (true, _) => read(),
        (false, "shape") => read(),
        (false, _) => Json::from(cell),
    }
}
