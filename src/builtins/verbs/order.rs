//! Rows in the order that was asked for: `describe m by std reversed`.

use std::cmp::Ordering;

use super::Words;
use torchsh_base::error::{Error, Result};
use torchsh_language::value::report::{Difference, Facts, Row, Side};
use torchsh_language::value::{Args, Value, Vm};
use torchsh_state_dict::Number;
use torchsh_syntax::verbs;

/// What a row is compared by.
pub(super) enum Rank {
    /// A key, as people count: 2 before 10.
    Name(Vec<(Option<u64>, String)>),
    /// The sizes of a tensor; what has none comes first.
    Shape(Option<Vec<i64>>),
    /// An amount.
    Number(f64),
    /// There is no such number: it comes last.
    None,
}

impl Rank {
    pub(super) fn name(key: &str) -> Self {
        Rank::Name(key.split('.').map(|part| (part.parse().ok(), part.to_owned())).collect())
    }

    pub(super) fn number(number: Option<f64>) -> Self {
        number.filter(|number| !number.is_nan()).map_or(Rank::None, Rank::Number)
    }

    /// By what every table of entries can be sorted.
    pub(super) fn of(by: &str, row: &Row) -> Self {
        match by {
            "name" => Rank::name(&row.key),
            "shape" => Rank::Shape(row.facts().map(|facts| facts.shape.clone())),
            _ => Rank::bytes(row.facts()),
        }
    }

    /// What a difference is compared by.
    pub(super) fn of_difference(by: &str, row: &Difference) -> Self {
        let found = row.comparison();
        match by {
            "name" => Rank::name(&row.key),
            "size" => Rank::bytes(row.sides.iter().flatten().find_map(|side| match side {
                Side::Tensor(facts) => Some(facts),
                Side::Other(..) => None,
            })),
            "max_abs" => Rank::number(found.and_then(|found| found.max_abs).map(float)),
            "mean_abs" => Rank::number(found.and_then(|found| found.mean_abs)),
            "max_rel" => Rank::number(found.and_then(|found| found.max_rel)),
            _ => Rank::number(found.and_then(|found| found.cosine)),
        }
    }

    pub(super) fn bytes(facts: Option<&Facts>) -> Self {
        Rank::Number(facts.map_or(0.0, |facts| facts.bytes as f64))
    }

    /// Those without a number come last: nothing is known of them.
    fn compare(&self, other: &Self, falls: bool) -> Ordering {
        let order = match (self, other) {
            (Rank::None, Rank::None) => return Ordering::Equal,
            (Rank::None, _) => return Ordering::Greater,
            (_, Rank::None) => return Ordering::Less,
            (Rank::Number(one), Rank::Number(two)) => one.total_cmp(two),
            (Rank::Name(one), Rank::Name(two)) => one.cmp(two),
            (Rank::Shape(one), Rank::Shape(two)) => one.cmp(two),
            _ => Ordering::Equal,
        };
        if falls { order.reverse() } else { order }
    }
}

/// A number of a tensor, to be compared.
pub(super) fn float(number: Number) -> f64 {
    match number {
        Number::Integer(number) => number as f64,
        Number::Float(number) => number,
    }
}

/// Puts rows in the order that was asked for; `rank` says what a row is compared by.
pub(super) fn sort<T>(
    vm: &dyn Vm,
    args: &Args,
    rows: &mut Vec<T>,
    rank: impl Fn(&str, &T) -> Rank,
) -> Result<()> {
    let given = |name: &str| args.keywords().iter().find(|(known, _)| known.as_str() == name);
    if let Some((_, by)) = given("by").filter(|(_, by)| !matches!(by, Value::None)) {
        let by = vm.text(by)?;
        let order = verbs::verb(args.row().name).and_then(|row| row.order(&by));
        let order = order.ok_or_else(|| unknown(args, &by))?;
        let mut ranked: Vec<(Rank, T)> = rows.drain(..).map(|row| (rank(&by, &row), row)).collect();
        ranked.sort_by(|(one, _), (two, _)| one.compare(two, order.falls));
        rows.extend(ranked.into_iter().map(|(_, row)| row));
    }
    if let Some((_, reverse)) = given("reverse")
        && vm.truth(reverse)?
    {
        rows.reverse();
    }
    Ok(())
}

fn unknown(args: &Args, by: &str) -> Error {
    let verb = args.row().name;
    let names: Vec<&str> =
        verbs::verb(verb).into_iter().flat_map(|row| row.orders).map(|order| order.name).collect();
    Error::value(format!("{verb} sorts by {}, not by {by}", names.join(", "))).hint(Words::synopsis(args))
}
