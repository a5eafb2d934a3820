//! What verbs answer, for programs: JSON, CSV, Markdown. What stands in them is a promise: `schema.json` holds it, `help
//! formats` tells it.

mod cells;
mod json;
mod value;

use std::borrow::Cow;

use self::cells::cells;
use self::json::json;
pub use self::value::value;
use super::sanitize::sanitize;
use torchsh_base::untrusted::plain_json;
use torchsh_language::value::report::Report;

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
        Format::Json => Some(format!("{}\n", plain_json(&json(report).to_string()))),
        Format::Csv => Some(cells(report).iter().map(|cells| csv_line(cells)).collect()),
        Format::Markdown => Some(markdown(&cells(report))),
    }
}

/// A line as RFC 4180 has it, without what a terminal would act on.
fn csv_line(cells: &[String]) -> String {
    let quoted = |cell: &String| {
        let cell = as_text(sanitize(cell));
        match cell.contains([',', '"']) {
            true => format!("\"{}\"", cell.replace('"', "\"\"")),
            false => cell.into_owned(),
        }
    };
    format!("{}\n", cells.iter().map(quoted).collect::<Vec<_>>().join(","))
}

/// A cell that a spreadsheet would take for a formula, with the apostrophe that makes it text. Numbers stay.
fn as_text(cell: Cow<'_, str>) -> Cow<'_, str> {
    match cell.starts_with(['=', '+', '-', '@']) && cell.parse::<f64>().is_err() {
        true => Cow::Owned(format!("'{cell}")),
        false => cell,
    }
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
    use torchsh_language::value::report::{Facts, Row};

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
        assert_eq!(csv.lines().nth(1), Some("\"a,\"\"b|\",\"[2, 3]\",float32,cpu,6,24,,"));
        assert_eq!(csv.lines().nth(2), Some("epoch,,,,,,int,3"));
        let markdown = formatted(&report, Format::Markdown).unwrap();
        assert!(
            markdown
                .starts_with("| key | shape | dtype | device | elements | bytes | type | value |\n| --- |")
        );
        assert!(markdown.contains("| a,\"b\\| | [2, 3] |"));
    }
}
