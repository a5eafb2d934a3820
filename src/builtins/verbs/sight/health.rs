//! `health m`: what is odd about tensors, what is wrong first.

use std::collections::HashMap;
use std::rc::Rc;

use super::super::describe::reason;
use super::super::entries::chosen;
use super::super::order::{self, Rank};
use super::listed::numbers;
use crate::checkpoint::Records;
use torchsh_base::error::Result;
use torchsh_checkpoint::record::{Storage, TensorRecord};
use torchsh_checkpoint::usage;
use torchsh_language::value::report::progress::Progress;
use torchsh_language::value::report::{Cell, Facts, Findings, Head, Report, Totals, gather, size};
use torchsh_language::value::{Args, Value, Vm};
use torchsh_state_dict::{Health, Rule, compare, dead_rows, health as look};

/// What a number beyond this cannot be: a float16.
const HUGE: f64 = 65504.0;

/// Of a float16, which has few exponents, so large a share of denormals is worth a word; of others any.
const DENORMAL_SHARE: f64 = 0.01;

/// How much a finding matters: the order of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Severity {
    /// The numbers cannot be meant.
    Bad,
    /// Seldom meant.
    Odd,
    /// Good to know.
    Note,
}

impl Severity {
    fn name(self) -> &'static str {
        match self {
            Severity::Bad => "bad",
            Severity::Odd => "odd",
            Severity::Note => "note",
        }
    }
}

/// One finding.
struct Finding {
    severity: Severity,
    /// The entry.
    place: usize,
    what: &'static str,
    /// So many, of so many.
    amount: Option<(u64, u64)>,
    detail: String,
}

/// A tensor that is looked at.
struct Looked {
    key: String,
    facts: Facts,
    record: Option<TensorRecord>,
    health: Result<Health, String>,
}

/// `health m "*.weight"`
pub fn health(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let entries = chosen(vm, args)?;
    let looked = looked(vm, &entries)?;
    let mut found = Vec::new();
    for (place, one) in looked.iter().enumerate() {
        vm.check_interrupt()?;
        of_one(place, one, &mut found);
    }
    dtypes(&looked, &mut found);
    let dead = memory(&looked, &mut found);
    duplicates(vm, &looked, &mut found)?;
    found.sort_by_key(|finding| (finding.severity, finding.place));
    order::sort(vm, args, &mut found, |_, one| Rank::name(looked.get(one.place).map_or("", |one| &one.key)))?;
    let rows = gather::rows_of(vm, &entries)?;
    Ok(Report::Findings(report(&looked, &found, &Totals::of(&rows), dead)).into_value())
}

/// The tensors among some entries, their numbers read once.
fn looked(vm: &dyn Vm, entries: &[(Value, Value)]) -> Result<Vec<Looked>> {
    let (mut all, mut made) = (Vec::new(), Records::new(vm));
    for (key, value) in entries {
        let Some(tensor) = value.as_tensor() else { continue };
        vm.check_interrupt()?;
        let record = reason(made.of(tensor))?;
        let health = record.as_ref().map(|_| Health::default()).map_err(Clone::clone);
        let (key, facts) = (gather::key_text(vm, key)?, gather::facts(vm, value)?);
        all.push(Looked { key, facts, record: record.ok(), health });
    }
    let found = look(all.iter().filter_map(|one| one.record.as_ref()), &Progress::bytes(vm))?;
    for (one, found) in all.iter_mut().filter(|one| one.record.is_some()).zip(found) {
        one.health = reason(found)?;
    }
    Ok(all)
}

/// What is odd about one tensor by itself.
fn of_one(place: usize, one: &Looked, found: &mut Vec<Finding>) {
    let mut add = |severity, what, amount, detail: String| {
        found.push(Finding { severity, place, what, amount, detail });
    };
    let health = match &one.health {
        Ok(health) => health,
        Err(why) => return add(unread(one), "not read", None, why.clone()),
    };
    let (all, is_float) = (health.elements, one.facts.dtype.contains("float"));
    let is_large = one.facts.shape.len() > 1;
    if health.nan > 0 {
        add(Severity::Bad, "nan", Some((health.nan, all)), String::new());
    }
    let infinite = health.infinite + health.negative_infinite;
    if infinite > 0 {
        let negative = match health.negative_infinite {
            0 => String::new(),
            count => format!("{} of them below zero", size::grouped(count)),
        };
        add(Severity::Bad, "inf", Some((infinite, all)), negative);
    }
    if let Some(farthest) = health.farthest().filter(|far| *far > HUGE && is_float) {
        add(Severity::Odd, "huge", None, format!("as far from zero as {farthest:e}"));
    }
    let share = health.denormal as f64 / all.max(1) as f64;
    if health.denormal > 0 && (one.facts.dtype != "float16" || share >= DENORMAL_SHARE) {
        add(Severity::Odd, "denormal", Some((health.denormal, all)), String::new());
    }
    let matters = if is_large && is_float { Severity::Odd } else { Severity::Note };
    if all < 2 {
        return;
    }
    if health.is_zero() {
        add(matters, "all zero", None, String::new());
    } else if health.is_constant() {
        let value = health.low.map(|low| format!("all {low}")).unwrap_or_default();
        add(matters, "constant", None, value);
    } else if let Some((dead, rows)) = dead(one, health) {
        add(
            Severity::Odd,
            "dead rows",
            Some((dead.len() as u64, rows)),
            format!("{} {}", if dead.len() == 1 { "row" } else { "rows" }, numbers(&dead)),
        );
    }
}

/// Of a meta tensor it is no fault that there is nothing to read.
fn unread(one: &Looked) -> Severity {
    if one.facts.device == "meta" { Severity::Note } else { Severity::Bad }
}

/// The rows that are zero, of a tensor in which there are zeros enough for one; and how many rows there are.
fn dead(one: &Looked, health: &Health) -> Option<(Vec<u64>, u64)> {
    let rows = u64::try_from(*one.facts.shape.first()?).ok().filter(|rows| *rows > 1)?;
    let is_possible = one.facts.shape.len() > 1 && health.zeros >= health.elements / rows;
    let dead = dead_rows(one.record.as_ref().filter(|_| is_possible)?).ok()?;
    (!dead.is_empty()).then_some((dead, rows))
}

/// The tensors of another floating-point type than most.
fn dtypes(looked: &[Looked], found: &mut Vec<Finding>) {
    let mut counts: Vec<(&str, u64)> = Vec::new();
    for one in looked.iter().filter(|one| one.facts.dtype.contains("float")) {
        match counts.iter_mut().find(|(name, _)| *name == one.facts.dtype) {
            Some((_, count)) => *count += 1,
            None => counts.push((&one.facts.dtype, 1)),
        }
    }
    let Some(&(most, count)) = counts.iter().max_by_key(|(_, count)| *count) else { return };
    for (place, one) in looked.iter().enumerate() {
        if one.facts.dtype.contains("float") && one.facts.dtype != most {
            let detail = format!("{most} ×{}", size::grouped(count));
            found.push(Finding {
                severity: Severity::Note,
                place,
                what: "other dtype",
                amount: None,
                detail,
            });
        }
    }
}

/// Tensors that share memory, and bytes that no tensor looks at; how many there are of these.
fn memory(looked: &[Looked], found: &mut Vec<Finding>) -> u64 {
    let mut storages: HashMap<*const Storage, Vec<(u64, u64, usize)>> = HashMap::new();
    let mut order: Vec<&Rc<Storage>> = Vec::new();
    for (place, one) in looked.iter().enumerate() {
        let Some(record) = &one.record else { continue };
        let Some(view) = record.view() else { continue };
        let ranges = storages.entry(Rc::as_ptr(&view.storage)).or_insert_with(|| {
            order.push(&view.storage);
            Vec::new()
        });
        ranges.extend(usage::reach(record, view).map(|(start, end)| (start, end, place)));
    }
    let mut dead = 0;
    for storage in order {
        let Some(ranges) = storages.get_mut(&Rc::as_ptr(storage)).filter(|ranges| !ranges.is_empty()) else {
            continue;
        };
        ranges.sort_unstable();
        shared(looked, ranges, found);
        let used = usage::covered(ranges.iter().map(|&(start, end, _)| (start, end)).collect());
        let unused = storage.nbytes().saturating_sub(used);
        if let Some(&(_, _, place)) = ranges.first().filter(|_| unused > 0) {
            dead += unused;
            let (amount, detail) = (Some((unused, storage.nbytes())), String::new());
            found.push(Finding { severity: Severity::Note, place, what: "dead bytes", amount, detail });
        }
    }
    dead
}

/// Which of the sorted ranges of one storage are the same, or reach into one another.
fn shared(looked: &[Looked], ranges: &[(u64, u64, usize)], found: &mut Vec<Finding>) {
    let Some(&(mut start, mut end, mut owner)) = ranges.first() else { return };
    for &(next, until, place) in ranges.iter().skip(1) {
        if next >= end {
            (start, end, owner) = (next, until, place);
            continue;
        }
        let what = if (next, until) == (start, end) { "tied" } else { "overlaps" };
        let detail = looked.get(owner).map(|owner| owner.key.clone()).unwrap_or_default();
        found.push(Finding { severity: Severity::Note, place, what, amount: None, detail });
        end = end.max(until);
    }
}

/// Tensors of the same numbers that do not share them.
fn duplicates(vm: &dyn Vm, looked: &[Looked], found: &mut Vec<Finding>) -> Result<()> {
    let mut first: HashMap<String, usize> = HashMap::new();
    let (mut pairs, mut places) = (Vec::new(), Vec::new());
    for (place, one) in looked.iter().enumerate() {
        let (Ok(health), Some(record)) = (&one.health, &one.record) else { continue };
        let is_tied = found.iter().any(|known| known.place == place && known.what == "tied");
        if health.elements < 2 || health.is_constant() || is_tied {
            continue;
        }
        let alike = format!(
            "{} {:?} {:x} {:?} {:?}",
            one.facts.dtype, one.facts.shape, health.check, health.low, health.high
        );
        let known = *first.entry(alike).or_insert(place);
        if let Some(other) =
            looked.get(known).and_then(|known| known.record.as_ref()).filter(|_| known != place)
        {
            pairs.push((other, record));
            places.push((place, known));
        }
    }
    for ((place, known), comparison) in
        places.into_iter().zip(compare(pairs, &Rule::default(), &Progress::bytes(vm))?)
    {
        let (Some(one), Some(other)) = (looked.get(place), looked.get(known)) else { continue };
        if comparison.is_ok_and(|comparison| comparison.is_equal()) {
            let is_weight = one.facts.shape.len() > 1 && one.facts.dtype.contains("float");
            let severity = if is_weight { Severity::Odd } else { Severity::Note };
            found.push(Finding {
                severity,
                place,
                what: "duplicate",
                amount: None,
                detail: other.key.clone(),
            });
        }
    }
    Ok(())
}

const HEADS: &[Head] = &[
    Head::words("key"),
    Head::words("finding"),
    Head::amount("count"),
    Head::amount("of"),
    Head::words("detail"),
    Head::words("shape").drops(2),
    Head::words("dtype").drops(1),
    Head::words("severity").drops(3),
];

fn report(looked: &[Looked], found: &[Finding], totals: &Totals, dead: u64) -> Findings {
    let line = |finding: &Finding| {
        let one = looked.get(finding.place)?;
        let (count, of) = finding.amount.unzip();
        let amount = |amount: Option<u64>| match finding.what {
            "dead bytes" => amount.map_or(Cell::None, Cell::Bytes),
            _ => amount.map_or(Cell::None, Cell::Count),
        };
        let detail = if finding.detail.is_empty() { Cell::None } else { Cell::text(&finding.detail) };
        Some(vec![
            Cell::text(&one.key),
            Cell::text(finding.what),
            amount(count),
            amount(of),
            detail,
            Cell::Shape(one.facts.shape.clone()),
            Cell::text(&one.facts.dtype),
            Cell::text(finding.severity.name()),
        ])
    };
    let of = |severity| found.iter().filter(|finding| finding.severity == severity).count();
    let count = |count: usize| Cell::Count(count as u64);
    let (bad, odd) = (of(Severity::Bad), of(Severity::Odd));
    let dtypes = totals.dtypes.iter().map(|(name, count)| (name.clone(), *count as u64)).collect();
    let facts = vec![
        ("tensors", count(totals.tensors)),
        ("elements", Cell::Count(totals.elements)),
        ("bytes", Cell::Bytes(totals.bytes)),
        ("dtypes", Cell::Counts(dtypes)),
        ("dead_bytes", Cell::Bytes(dead)),
        ("bad", count(bad)),
        ("odd", count(odd)),
    ];
    let judged = match (bad, odd) {
        (0, 0) => "nothing wrong".to_owned(),
        (0, odd) => format!("{odd} odd"),
        (bad, 0) => format!("{bad} bad"),
        (bad, odd) => format!("{bad} bad, {odd} odd"),
    };
    Findings {
        verb: "health",
        facts,
        listed: "findings",
        heads: HEADS.to_vec(),
        lines: found.iter().filter_map(line).collect(),
        foot: format!("{judged} · {}", totals.line()),
        is_bad: bad > 0,
        is_brief: false,
        sum: None,
    }
}
