//! What a report has for a program: the fields of its stable form, `r = diff a b` and then `r.differences`.

use super::{Report, Vm};
use crate::value::{Str, Value};
use torchsh_base::error::{Error, Kind, Result};

const TOTALS: (&str, &str) = ("totals", "how many tensors, elements and bytes");
const ENTRIES: (&str, &str) = ("entries", "a dictionary for each row");

impl Report {
    /// The names of its fields, each with what it holds.
    #[must_use]
    pub fn fields(&self) -> Vec<(&'static str, &'static str)> {
        match self {
            Report::Entries(_) => vec![ENTRIES, TOTALS],
            Report::Tree { .. } => vec![("tree", "a dictionary for each row, with its depth"), TOTALS],
            Report::Outline(_) => vec![("outline", "a dictionary for each row, with its depth")],
            Report::Statistics { .. } => vec![ENTRIES],
            Report::Differences(_) => vec![
                ("differences", "a dictionary for each row"),
                ("equal", "how many entries are equal"),
                ("first", "what the first is called"),
                ("second", "what the second is called"),
            ],
            Report::Findings(found) => {
                let facts = found.facts.iter().map(|(name, _)| (*name, ""));
                [(found.listed, "a dictionary for each row")].into_iter().chain(facts).collect()
            }
            Report::Histogram(_) => vec![
                ("counts", "how many numbers each bin holds"),
                ("low", "where the first bin begins"),
                ("high", "where the last bin ends"),
                ("nan", "how many NaN were left out"),
                ("inf", "how many infinities"),
                ("negative_inf", "how many infinities below zero"),
            ],
            Report::Heat(_) => vec![
                ("rows", "the names of the rows"),
                ("columns", "the layers"),
                ("values", "the root mean squares, row by row"),
            ],
            Report::Plot(_) => {
                vec![("series", "a dictionary for each curve"), ("x", "what the curves lie over")]
            }
            Report::Text(_) => vec![("text", "the text")],
            Report::Table { .. } | Report::Matches(_) | Report::Lines(_) => Vec::new(),
        }
    }

    /// A field by its name, a row by its place where the stable form is a list.
    pub(super) fn field(&self, vm: &dyn Vm, index: &Value) -> Result<Value> {
        let form = vm.report_value(self).ok_or_else(|| Error::type_error("nobody shows reports here"))?;
        let names: Vec<&str> = self.fields().iter().map(|(name, _)| *name).collect();
        vm.item(&form, index).map_err(|error| match names.is_empty() || error.kind() != Kind::Key {
            true => error,
            false => error.hint(format!("it has {}", names.join(", "))),
        })
    }

    /// A field as an attribute; none that it has not.
    pub(super) fn field_named(&self, vm: &dyn Vm, name: &Str) -> Option<Result<Value>> {
        let is_known = self.fields().iter().any(|(known, _)| *known == name.as_str());
        is_known.then(|| match self {
            Report::Findings(found) => found.item(vm, &Value::Str(name.clone())),
            _ => self.field(vm, &Value::Str(name.clone())),
        })
    }
}
