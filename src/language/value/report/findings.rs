//! Findings: lines under heads, a judgement, and what all come to. What `health`, `check`, `size` and their like answer.

use super::{Head, shape_text, size};
use crate::value::text::spec;
use crate::value::{Str, Value, Vm};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_state_dict::Number;

/// What a verb found.
#[derive(Clone, Debug, PartialEq)]
pub struct Findings {
    /// The verb: the field `report` of the stable form.
    pub verb: &'static str,
    /// What all come to: fields of the stable form.
    pub facts: Vec<(&'static str, Cell)>,
    /// What the lines are called there.
    pub listed: &'static str,
    /// The heads; the first is of what the lines speak of.
    pub heads: Vec<Head>,
    /// The lines, a cell for each head, what matters most first.
    pub lines: Vec<Vec<Cell>>,
    /// What the lines come to, as a line of its own for a person.
    pub sum: Option<Vec<Cell>>,
    /// Said below, for a person.
    pub foot: String,
    /// Whether a program that asks by `--exit-code` hears of it.
    pub is_bad: bool,
    /// Whether a person is shown no lines but the last.
    pub is_brief: bool,
}

/// One thing that is said: a text, an amount with all its digits, a shape.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// There is nothing to say.
    None,
    /// A text.
    Text(String),
    /// So many.
    Count(u64),
    /// So many bytes.
    Bytes(u64),
    /// A share of 100.
    Percent(f64),
    /// A number of a tensor.
    Number(Number),
    /// The sizes of a tensor.
    Shape(Vec<i64>),
    /// A tensor's dtype and sizes.
    Tensor(String, Vec<i64>),
    /// Yes or no.
    Flag(bool),
    /// How often each occurs.
    Counts(Vec<(String, u64)>),
    /// Several names.
    Names(Vec<String>),
}

impl Cell {
    /// A text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Cell::Text(text.into())
    }

    /// For a person: amounts with their units and their thousands apart.
    #[must_use]
    pub fn said(&self) -> String {
        match self {
            Cell::None => String::new(),
            Cell::Text(text) => text.clone(),
            Cell::Count(count) => size::grouped(*count),
            Cell::Bytes(count) => size::bytes(*count),
            Cell::Percent(share) => percent(*share),
            Cell::Number(Number::Integer(number)) => number.to_string(),
            Cell::Number(Number::Float(number)) => short(*number),
            Cell::Shape(shape) => shape_text(shape),
            Cell::Tensor(dtype, shape) => format!("{dtype} {}", shape_text(shape)),
            Cell::Flag(flag) => (if *flag { "yes" } else { "no" }).to_owned(),
            Cell::Names(names) => names.join(", "),
            Cell::Counts(counts) => {
                let one = |(name, count): &(String, u64)| format!("{name} ×{}", size::grouped(*count));
                counts.iter().map(one).collect::<Vec<_>>().join(", ")
            }
        }
    }
}

impl From<&Cell> for Value {
    fn from(cell: &Cell) -> Value {
        let count = |count: u64| i64::try_from(count).map_or(Value::Float(count as f64), Value::Int);
        let ints = |all: &[i64]| Value::list(all.iter().map(|&size| Value::Int(size)).collect());
        match cell {
            Cell::None => Value::None,
            Cell::Text(text) => Value::str(text.as_str()),
            Cell::Count(number) | Cell::Bytes(number) => count(*number),
            Cell::Percent(share) => Value::Float(*share),
            Cell::Number(Number::Integer(number)) => {
                i64::try_from(*number).map_or(Value::Float(*number as f64), Value::Int)
            }
            Cell::Number(Number::Float(number)) => Value::Float(*number),
            Cell::Shape(shape) => ints(shape),
            Cell::Tensor(dtype, shape) => Value::dict_of([
                (Str::intern("shape"), ints(shape)),
                (Str::intern("dtype"), Value::str(dtype.as_str())),
            ]),
            Cell::Flag(flag) => Value::Bool(*flag),
            Cell::Names(names) => Value::list(names.iter().map(|name| Value::str(name.as_str())).collect()),
            Cell::Counts(counts) => {
                let counts = counts.iter().map(|(name, number)| (Str::new(name.as_str()), count(*number)));
                Value::dict_of(counts.collect::<Vec<_>>())
            }
        }
    }
}

impl Findings {
    /// `found["coverage"]`, `found["findings"]`: the fields of the stable form.
    ///
    /// # Errors
    /// `KeyError` for any other.
    pub fn item(&self, vm: &dyn Vm, index: &Value) -> Result<Value> {
        let name = index.as_str().map(|name| name.as_str().to_owned()).unwrap_or_default();
        if name == "report" {
            return Ok(Value::str(self.verb));
        }
        if name == self.listed {
            let line = |cells: &Vec<Cell>| {
                let fields = self.heads.iter().zip(cells);
                Value::dict_of(
                    fields.map(|(head, cell)| (Str::intern(head.name), cell.into())).collect::<Vec<_>>(),
                )
            };
            return Ok(Value::list(self.lines.iter().map(line).collect()));
        }
        let fact = self.facts.iter().find(|(known, _)| *known == name);
        let names = || {
            let facts = self.facts.iter().map(|(name, _)| *name);
            facts.chain([self.listed]).collect::<Vec<_>>().join(", ")
        };
        match fact {
            Some((_, cell)) => Ok(cell.into()),
            None => Err(Error::new(Kind::Key, vm.repr(index)?.as_str()).hint(format!("it has {}", names()))),
        }
    }

    /// The heads under which something stands, and the lines for a person.
    #[must_use]
    pub fn texts(&self) -> (Vec<Head>, Vec<Vec<String>>) {
        if self.is_brief {
            return (Vec::new(), Vec::new());
        }
        let lines = || self.lines.iter().chain(&self.sum);
        let is_said =
            |place: &usize| lines().any(|line| line.get(*place).is_some_and(|cell| *cell != Cell::None));
        let places: Vec<usize> = (0..self.heads.len()).filter(is_said).collect();
        let heads = places.iter().filter_map(|&place| self.heads.get(place).copied()).collect();
        let text = |line: &Vec<Cell>| {
            places.iter().filter_map(|&place| line.get(place).map(Cell::said)).collect::<Vec<String>>()
        };
        (heads, lines().map(text).collect())
    }

    /// What the lines speak of whose second cell is that text: the keys that are `missing`.
    #[must_use]
    pub fn of_kind(&self, kind: &str) -> Vec<String> {
        let is_it = |line: &&Vec<Cell>| matches!(line.get(1), Some(Cell::Text(text)) if text == kind);
        self.lines.iter().filter(is_it).filter_map(|line| line.first()).map(Cell::said).collect()
    }
}

/// A number in few digits.
fn short(number: f64) -> String {
    // A format that is always one.
    spec::format_float(number, ".3g").unwrap_or_default()
}

/// `99.9%`: what is not all is never called 100%, what is not nothing never 0%.
#[must_use]
pub fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.1 {
        return "<0.1%".to_owned();
    }
    let tenths = (share * 10.0).floor() / 10.0;
    if share >= 100.0 { "100%".to_owned() } else { format!("{tenths:.1}%") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_all_is_never_called_all() {
        let shown = [0.0, 0.01, 50.0, 99.99, 100.0].map(percent);
        assert_eq!(shown, ["0.0%", "<0.1%", "50.0%", "99.9%", "100%"]);
    }
}
