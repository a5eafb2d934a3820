//! The stable form of a report as values of the language.

use serde_json::Value as Json;

use super::json::json;
use torchsh_language::value::report::Report;
use torchsh_language::value::{Str, Value};

/// A report as dictionaries and lists.
#[must_use]
pub fn value(report: &Report) -> Value {
    of(&json(report))
}

fn of(json: &Json) -> Value {
    match json {
        Json::Null => Value::None,
        Json::Bool(flag) => Value::Bool(*flag),
        Json::Number(number) => match number.as_i64() {
            Some(number) => Value::Int(number),
            None => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => Value::str(text.as_str()),
        Json::Array(items) => Value::list(items.iter().map(of).collect()),
        Json::Object(fields) => Value::dict_of(
            fields.iter().map(|(name, field)| (Str::new(name.as_str()), of(field))).collect::<Vec<_>>(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use torchsh_language::value::report::{Differences, Histogram};

    #[test]
    fn the_fields_of_a_report_are_those_of_its_stable_form() {
        let differences = Differences { names: ["a".into(), "b".into()], rows: Vec::new(), equal: 1 };
        let bins =
            Histogram { low: 0.0, high: 1.0, counts: vec![1], nan: 0, infinite: 0, negative_infinite: 0 };
        let reports = [
            Report::Entries(Vec::new()),
            Report::Tree { rows: Vec::new(), root: "(all)".to_owned(), depth: None },
            Report::Outline(Vec::new()),
            Report::Statistics { rows: Vec::new(), others: 0 },
            Report::Differences(differences),
            Report::Histogram(bins),
            Report::Text(String::new()),
        ];
        for report in reports {
            let Json::Object(form) = json(&report) else { panic!("{report:?}") };
            let mut names: Vec<&str> = report.fields().iter().map(|(name, _)| *name).collect();
            names.sort_unstable();
            let mut fields: Vec<&str> = form.keys().map(String::as_str).collect();
            fields.sort_unstable();
            assert_eq!(names, fields, "{report:?}");
        }
    }
}
