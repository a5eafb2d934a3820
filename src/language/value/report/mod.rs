//! What verbs answer: data for a person to look at, turned into text by `render`.

pub mod docstring;
mod fields;
mod findings;
pub mod gather;
mod heat;
pub mod help;
pub mod keys;
pub mod manual;
pub mod math;
pub mod modules;
mod numbers;
pub mod optimizer;
mod plot;
pub mod progress;
pub mod refusal;
mod row;
pub mod size;

use super::{Native, Str, Value, Vm};
use torchsh_base::error::Result;

pub use self::findings::{Cell, Findings, percent};
pub use self::heat::Heat;
pub use self::numbers::{Described, Difference, Differences, Side, Unlike};
pub use self::plot::{Plot, Series};
pub use self::row::{Facts, Row, Totals, What, shape_text};
pub use torchsh_state_dict::Histogram;

/// An answer to look at. It is a value like any other, so `t = items m` keeps it.
#[derive(Clone, Debug)]
pub enum Report {
    /// Entries of a state_dict, all of them.
    Entries(Vec<Row>),
    /// Entries of a state_dict as the tree of modules that their keys speak of.
    Tree {
        /// The entries.
        rows: Vec<Row>,
        /// The name at the top.
        root: String,
        /// Levels shown; none: all.
        depth: Option<usize>,
    },
    /// A whole checkpoint.
    Outline(Vec<Item>),
    /// Tensors with what their numbers come to.
    Statistics {
        /// The tensors.
        rows: Vec<Described>,
        /// How many other entries were passed over.
        others: usize,
    },
    /// How two state_dicts differ.
    Differences(Differences),
    /// Lines under heads.
    Table {
        /// The heads.
        heads: Vec<Head>,
        /// The cells, one a head.
        lines: Vec<Vec<String>>,
        /// Said below.
        foot: String,
    },
    /// Which key belongs to which.
    Matches(Matches),
    /// What a verb found, with a judgement.
    Findings(Findings),
    /// How numbers are spread.
    Histogram(Histogram),
    /// How large numbers are.
    Heat(Heat),
    /// Curves.
    Plot(Plot),
    /// One thing a line: keys.
    Lines(Vec<String>),
    /// Text as it is.
    Text(String),
}

/// The keys of two state_dicts, and which belongs to which.
#[derive(Clone, Debug)]
pub struct Matches {
    /// Of each key that is not simply the other's, the cells under [`Matches::HEADS`].
    pub lines: Vec<Vec<String>>,
    /// The pairs that are not doubtful.
    pub sure: Vec<(String, String)>,
    /// Said below.
    pub foot: String,
}

impl Matches {
    /// What stands above the lines.
    pub const HEADS: &'static [Head] =
        &[Head::words("key"), Head::words("counterpart"), Head::words("shape").drops(1), Head::words("how")];
}

/// The head of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// What it says.
    pub name: &'static str,
    /// Whether the cells are amounts, which stand at the right.
    pub amount: bool,
    /// The order in which the column goes where there is no room: 1 first, 0 never.
    pub drops: u8,
}

impl Head {
    /// A column of words.
    #[must_use]
    pub const fn words(name: &'static str) -> Self {
        Head { name, amount: false, drops: 0 }
    }

    /// A column of amounts.
    #[must_use]
    pub const fn amount(name: &'static str) -> Self {
        Head { name, amount: true, drops: 0 }
    }
}

impl Head {
    /// The column may go where there is no room.
    #[must_use]
    pub const fn drops(mut self, order: u8) -> Self {
        self.drops = order;
        self
    }
}

/// One entry of a checkpoint's outline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// How deep it lies; the entries of the checkpoint itself are at 0.
    pub depth: usize,
    /// Its key.
    pub key: String,
    /// The name of its type.
    pub kind: String,
    /// Its value in short, or what it holds.
    pub text: String,
    /// What it holds, where that is more than a value.
    pub holds: Option<Holds>,
}

/// What an entry of an outline holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holds {
    /// A state_dict, which comes to this.
    Tensors(Totals),
    /// So many entries or items.
    Entries(usize),
}

impl Report {
    /// The report as a value.
    #[must_use]
    pub fn into_value(self) -> Value {
        Value::native(self)
    }

    /// Whether a program that asks by `--exit-code` hears of it: two that differ, NaN, a file that does not fit.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        match self {
            Report::Differences(found) => found.differing() > 0,
            Report::Findings(found) => found.is_bad,
            _ => false,
        }
    }

    /// The report in a value, if it is one.
    #[must_use]
    pub fn of(value: &Value) -> Option<&Report> {
        match value {
            Value::Native(native) => native.as_any().downcast_ref(),
            _ => None,
        }
    }
}

impl Native for Report {
    fn type_name(&self) -> &str {
        "Report"
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn item(&self, vm: &dyn Vm, index: &Value) -> Option<Result<Value>> {
        match self {
            Report::Findings(found) => Some(found.item(vm, index)),
            _ => Some(self.field(vm, index)),
        }
    }

    fn attribute(&self, vm: &dyn Vm, name: &Str) -> Option<Result<Value>> {
        self.field_named(vm, name)
    }

    fn attribute_names(&self) -> Vec<Str> {
        self.fields().into_iter().map(|(name, _)| Str::intern(name)).collect()
    }

    fn equal(&self, _vm: &dyn Vm, other: &Value) -> Option<Result<bool>> {
        match (self, Report::of(other)) {
            (Report::Findings(own), Some(Report::Findings(other))) => Some(Ok(own == other)),
            _ => None,
        }
    }

    fn text(&self, vm: &dyn Vm) -> Option<Result<String>> {
        vm.report_text(self).map(Ok)
    }

    fn length(&self, _vm: &dyn Vm) -> Option<Result<usize>> {
        let length = match self {
            Report::Entries(rows) | Report::Tree { rows, .. } => rows.len(),
            Report::Outline(items) => items.len(),
            Report::Statistics { rows, .. } => rows.len(),
            Report::Differences(differences) => differences.rows.len(),
            Report::Table { lines, .. } | Report::Matches(Matches { lines, .. }) => lines.len(),
            Report::Findings(found) => found.lines.len(),
            Report::Histogram(histogram) => histogram.counts.len(),
            Report::Heat(heat) => heat.rows.len(),
            Report::Plot(plot) => plot.series.len(),
            Report::Lines(lines) => lines.len(),
            Report::Text(text) => text.lines().count(),
        };
        Some(Ok(length))
    }
}
