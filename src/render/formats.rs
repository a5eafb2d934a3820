//! What verbs answer, for programs: JSON, CSV, Markdown.

use serde_json::{Map, Value as Json, json};

use super::sanitize::sanitize;
use crate::value::report::{Facts, Head, Report, Row, Totals, What, shape_text};

/// How the answers of verbs are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Table,
    /// One JSON value an answer, on one line.
    Json,
    /// Comma-separated values with a line of heads.
    Csv,
    /// A table of Markdown.
    Markdown,
}

/// The text of a report in one of the formats for programs; ends with a newline. None for tables, which need a screen.
#[must_use]
pub fn formatted(report: &Report, format: Format) -> Option<String> {
    match format {
        Format::Table => None,
        Format::Json => Some(format!("{}\n", json_of(report))),
        Format::Csv => Some(lines(report).iter().map(|cells| csv_line(cells)).collect()),
        Format::Markdown => Some(markdown(&lines(report))),
    }
}

/// The fields of a row of entries; they are part of the stable form.
const FIELDS: [&str; 6] = ["key", "shape", "dtype", "device", "elements", "bytes"];

fn json_of(report: &Report) -> Json {
    match report {
        Report::Entries(rows) | Report::Tree { rows, .. } => {
            let totals = Totals::of(rows);
            json!({
                "entries": rows.iter().map(row_json).collect::<Vec<Json>>(),
                "totals": {"tensors": totals.tensors, "elements": totals.elements, "bytes": totals.bytes},
            })
        }
        Report::Outline(items) => {
            let item = |item: &crate::value::report::Item| json!({"depth": item.depth, "key": item.key, "type": item.kind, "value": item.text});
            json!({"outline": items.iter().map(item).collect::<Vec<Json>>()})
        }
        Report::Table { heads, lines, .. } => {
            let object = |cells: &Vec<String>| -> Json {
                let fields = heads
                    .iter()
                    .zip(cells)
                    .map(|(head, cell)| (head.name.to_owned(), cell_json(*head, cell)));
                Json::Object(fields.collect::<Map<String, Json>>())
            };
            Json::Array(lines.iter().map(object).collect())
        }
        Report::Histogram(histogram) => {
            json!({"low": histogram.low, "high": histogram.high, "counts": histogram.counts})
        }
        Report::Lines(lines) => json!(lines),
        Report::Text(text) => json!({"text": text}),
    }
}

/// A cell as text; an amount as the number that it is, null where there is none.
fn cell_json(head: Head, cell: &str) -> Json {
    match (head.amount, cell.parse::<f64>()) {
        (true, Ok(number)) => json!(number),
        (true, Err(_)) if cell.is_empty() => Json::Null,
        _ => Json::from(cell),
    }
}

fn row_json(row: &Row) -> Json {
    match &row.what {
        What::Tensor(Facts { shape, dtype, device, elements, bytes }) => json!({
            "key": row.key, "shape": shape, "dtype": dtype, "device": device, "elements": elements, "bytes": bytes,
        }),
        What::Other(kind, text) => json!({"key": row.key, "type": kind, "value": text}),
    }
}

/// Heads and cells.
fn lines(report: &Report) -> Vec<Vec<String>> {
    match report {
        Report::Entries(rows) | Report::Tree { rows, .. } => {
            let heads = FIELDS.iter().map(|field| (*field).to_owned()).collect();
            std::iter::once(heads).chain(rows.iter().map(row_cells)).collect()
        }
        Report::Outline(items) => {
            let heads = ["depth", "key", "type", "value"].map(str::to_owned).to_vec();
            let cells = items
                .iter()
                .map(|i| vec![i.depth.to_string(), i.key.clone(), i.kind.clone(), i.text.clone()]);
            std::iter::once(heads).chain(cells).collect()
        }
        Report::Table { heads, lines, .. } => {
            let heads = heads.iter().map(|head| head.name.to_owned()).collect();
            std::iter::once(heads).chain(lines.iter().cloned()).collect()
        }
        Report::Histogram(histogram) => {
            let bin = |(i, count): (usize, &u64)| {
                vec![histogram.edge(i).to_string(), histogram.edge(i + 1).to_string(), count.to_string()]
            };
            let heads = ["from", "to", "count"].map(str::to_owned).to_vec();
            std::iter::once(heads).chain(histogram.counts.iter().enumerate().map(bin)).collect()
        }
        Report::Lines(lines) => lines.iter().map(|line| vec![line.clone()]).collect(),
        Report::Text(text) => text.lines().map(|line| vec![line.to_owned()]).collect(),
    }
}

fn row_cells(row: &Row) -> Vec<String> {
    match &row.what {
        What::Tensor(facts) => vec![
            row.key.clone(),
            shape_text(&facts.shape),
            facts.dtype.clone(),
            facts.device.clone(),
            facts.elements.to_string(),
            facts.bytes.to_string(),
        ],
        What::Other(kind, text) => {
            vec![row.key.clone(), text.clone(), kind.clone(), String::new(), String::new(), String::new()]
        }
    }
}

/// A line as RFC 4180 has it.
fn csv_line(cells: &[String]) -> String {
    let quoted = |cell: &String| match cell.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.clone(),
    };
    format!("{}\n", cells.iter().map(quoted).collect::<Vec<_>>().join(","))
}

fn markdown(lines: &[Vec<String>]) -> String {
    let line = |cells: &Vec<String>| {
        let clean = cells.iter().map(|cell| sanitize(cell).replace('|', "\\|"));
        format!("| {} |\n", clean.collect::<Vec<_>>().join(" | "))
    };
    let Some((heads, rest)) = lines.split_first() else { return String::new() };
    let rule = format!("|{}\n", " --- |".repeat(heads.len()));
    format!("{}{rule}{}", line(heads), rest.iter().map(line).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_holds_every_row() {
        let facts = Facts {
            shape: vec![2, 3],
            dtype: "float32".into(),
            device: "cpu".into(),
            elements: 6,
            bytes: 24,
        };
        let report = Report::Entries(vec![Row::tensor("a,\"b|", facts), Row::other("epoch", "int", "3")]);
        let json = formatted(&report, Format::Json).unwrap();
        assert_eq!(
            json,
            "{\"entries\":[{\"key\":\"a,\\\"b|\",\"shape\":[2,3],\"dtype\":\"float32\",\"device\":\"cpu\",\"elements\":6,\"bytes\":24},\
             {\"key\":\"epoch\",\"type\":\"int\",\"value\":\"3\"}],\"totals\":{\"tensors\":1,\"elements\":6,\"bytes\":24}}\n"
        );
        let csv = formatted(&report, Format::Csv).unwrap();
        assert_eq!(csv.lines().nth(1), Some("\"a,\"\"b|\",\"[2, 3]\",float32,cpu,6,24"));
        let markdown = formatted(&report, Format::Markdown).unwrap();
        assert!(markdown.starts_with("| key | shape | dtype | device | elements | bytes |\n| --- |"));
        assert!(markdown.contains("| a,\"b\\| | [2, 3] |"));
    }
}
