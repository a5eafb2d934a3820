//! `diff m p`: in what two state_dicts differ.

use std::collections::HashSet;
use std::rc::Rc;

use rustc_hash::FxHashSet;

use super::describe::reason;
use super::entries::nothing_fits;
use super::mapping::through;
use super::nested::Wanted;
use super::order::{self, Rank};
use super::three_way::Three;
use super::{Words, dictionary_of, nested, numbers};
use crate::checkpoint::Records;
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::pattern::fits;
use torchsh_checkpoint::record::TensorRecord;
use torchsh_language::value::report::progress::Progress;
use torchsh_language::value::report::{Difference, Differences, Report, Side, Unlike, gather};
use torchsh_language::value::{Args, Dict, Str, Value, Vm};
use torchsh_state_dict::{Comparison, Rule, compare};

/// `diff m p "layer1.*" atol=1e-3`
pub fn diff(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let (one, first) = words.dictionary(vm, args)?;
    words.skip("with");
    let (two, second) = words.dictionary(vm, args)?;
    let given =
        |name: &str| args.keywords().iter().find(|(known, _)| known.as_str() == name).map(|(_, value)| value);
    let (first, second) = comparable(vm, (one, first), (two, second), given("through").is_some())?;
    let pattern = match words.left.len() {
        0 => None,
        _ => Some(words.text(vm, args, "a pattern in quotes")?),
    };
    words.end(args)?;
    let (rule, names) = options(vm, args)?;
    let first = given("through").map_or(Ok(first.clone()), |names| through(vm, &first, names))?;
    if let Some(base) = given("base") {
        let three = against(vm, (&first, &second, base), pattern.as_ref(), &rule, names)?;
        let mut found = three.findings();
        order::sort(vm, args, &mut found.lines, |by, cells| three.rank(by, cells))?;
        return Ok(Report::Findings(found).into_value());
    }
    let found = Pairs::of(vm, &first, &second, pattern.as_ref())?;
    if let Some(pattern) = pattern.filter(|_| found.rows.is_empty() && found.equal == 0) {
        nothing_fits(vm, &pattern, &first.entries())?;
    }
    let mut found = found.compared(vm, &rule, names)?;
    order::sort(vm, args, &mut found.rows, Rank::of_difference)?;
    Ok(Report::Differences(found).into_value())
}

/// Both against what they began with.
fn against(
    vm: &dyn Vm,
    (first, second, base): (&Rc<Dict>, &Rc<Dict>, &Value),
    pattern: Option<&Str>,
    rule: &Rule,
    [own, other]: [String; 2],
) -> Result<Three> {
    let called = nested::name_of(vm, base).unwrap_or_else(|| "base".to_owned());
    let whole = dictionary_of(vm, "diff", base)?;
    let (base, _) = comparable(vm, (base, whole), (&Value::None, first.clone()), false)?;
    let differences = |one: &Rc<Dict>, two: &Rc<Dict>| -> Result<Differences> {
        Pairs::of(vm, one, two, pattern)?.compared(vm, rule, [own.clone(), other.clone()])
    };
    let (of_first, of_second) = (differences(&base, first)?, differences(&base, second)?);
    let between = differences(first, second)?;
    let mut keys = HashSet::new();
    for dict in [&base, first, second] {
        for key in dict.keys() {
            let key = gather::key_text(vm, &key)?;
            if pattern.is_none_or(|pattern| fits(&key, pattern)) {
                keys.insert(key);
            }
        }
    }
    let names = [own, other, called];
    Ok(Three { first: of_first, second: of_second, between, names, entries: keys.len() })
}

/// Two whole checkpoints by the paths of their entries; of a checkpoint and a state_dict the one that lies in the checkpoint, and of two
/// checkpoints both where a mapping tells of their keys, or where they have no path in common: other trainers wrote them.
fn comparable(
    vm: &dyn Vm,
    (one, first): (&Value, Rc<Dict>),
    (two, second): (&Value, Rc<Dict>),
    is_mapped: bool,
) -> Result<(Rc<Dict>, Rc<Dict>)> {
    let (flat, other) = (nested::flat(vm, &first)?, nested::flat(vm, &second)?);
    let is_whole = |dict: &Rc<Dict>, flat: &Rc<Dict>| !Rc::ptr_eq(dict, flat);
    let weights = |value: &Value, dict: &Rc<Dict>| Ok(nested::inner(vm, value, dict, Wanted::Weights)?.1);
    let has_one = |dict: &Rc<Dict>| nested::place_of(vm, dict).is_some();
    let is_apart = || {
        let shares = |key: &Value| {
            other.get(vm, key).is_ok_and(|value| value.is_some_and(|value| value.is_tensor_or_array()))
        };
        !flat.keys().iter().any(shares)
    };
    Ok(match (is_whole(&first, &flat), is_whole(&second, &other)) {
        (true, false) => (weights(one, &first)?, second),
        (false, true) => (first, weights(two, &second)?),
        (true, true) if is_mapped || has_one(&first) && has_one(&second) && is_apart() => {
            (weights(one, &first)?, weights(two, &second)?)
        }
        _ => (flat, other),
    })
}

/// What is given by name: how far numbers may lie apart, and what both sides are called.
fn options(vm: &dyn Vm, args: &Args) -> Result<(Rule, [String; 2])> {
    let mut rule = Rule::default();
    let mut names = ["first".to_owned(), "second".to_owned()];
    for (name, value) in args.keywords() {
        let [first, second] = &mut names;
        match name.as_str() {
            "atol" => rule.atol = tolerance(vm, name, value)?,
            "rtol" => rule.rtol = tolerance(vm, name, value)?,
            "equal_nan" => rule.equal_nan = vm.truth(value)?,
            "first" => *first = vm.text(value)?.as_str().to_owned(),
            "second" => *second = vm.text(value)?.as_str().to_owned(),
            // There is no other.
            _ => {}
        }
    }
    Ok((rule, names))
}

fn tolerance(vm: &dyn Vm, name: &Str, value: &Value) -> Result<f64> {
    let number = numbers::real(vm, &format!("{name}="), value)?;
    match number >= 0.0 {
        true => Ok(number),
        false => Err(Error::value(format!("{name}= is a number from 0 on, not {number}"))),
    }
}

/// The entries of both, side by side.
#[derive(Default)]
struct Pairs {
    rows: Vec<Difference>,
    equal: usize,
    /// The tensors whose numbers are to be compared: the place of the row that waits for them.
    waiting: Vec<(usize, TensorRecord, TensorRecord)>,
}

impl Pairs {
    fn of(vm: &dyn Vm, first: &Dict, second: &Dict, pattern: Option<&Str>) -> Result<Self> {
        let is_asked = |key: &str| pattern.is_none_or(|pattern| fits(key, pattern));
        let (mut pairs, mut records) = (Pairs::default(), Records::new(vm));
        for (key, one) in first.entries() {
            vm.check_interrupt()?;
            let text = gather::key_text(vm, &key)?;
            if is_asked(&text) {
                let two = second.get(vm, &key)?;
                pairs.add(vm, &mut records, text, [Some(&one), two.as_ref()])?;
            }
        }
        for (key, two) in second.entries() {
            let text = gather::key_text(vm, &key)?;
            if is_asked(&text) && !first.contains(vm, &key)? {
                pairs.add(vm, &mut records, text, [None, Some(&two)])?;
            }
        }
        Ok(pairs)
    }

    fn add(
        &mut self,
        vm: &dyn Vm,
        records: &mut Records<'_>,
        key: String,
        values: [Option<&Value>; 2],
    ) -> Result<()> {
        let unlike = match values {
            [Some(one), Some(two)] => match (one.as_tensor_or_array(), two.as_tensor_or_array()) {
                (Some(a), Some(b)) => {
                    if a.tensor().sizes() != b.tensor().sizes() {
                        Unlike::Shape
                    } else {
                        // Whether they differ is found later, of all together.
                        match (reason(records.of(&a))?, reason(records.of(&b))?) {
                            (Ok(one), Ok(two)) => {
                                self.waiting.push((self.rows.len(), one, two));
                                Unlike::Value
                            }
                            (Err(why), _) | (_, Err(why)) => Unlike::Unknown(why),
                        }
                    }
                }
                (None, None) => match reason(Alike::default().are(vm, one, two, 0))? {
                    Ok(true) => {
                        self.equal += 1;
                        return Ok(());
                    }
                    Ok(false) => Unlike::Value,
                    Err(why) => Unlike::Unknown(why),
                },
                _ => Unlike::Value,
            },
            _ => Unlike::Missing,
        };
        let [one, two] = values.map(|value| value.map(|value| side(vm, value)).transpose());
        self.rows.push(Difference { key, count: 1, unlike, sides: [one?, two?] });
        Ok(())
    }

    /// The rows once the numbers are compared.
    fn compared(mut self, vm: &dyn Vm, rule: &Rule, names: [String; 2]) -> Result<Differences> {
        let pairs = self.waiting.iter().map(|(_, one, two)| (one, two));
        let found = compare(pairs, rule, &Progress::bytes(vm))?;
        let mut is_equal = vec![false; self.rows.len()];
        for ((place, one, two), comparison) in self.waiting.iter().zip(found) {
            let unlike = in_numbers(reason(comparison)?, one.dtype == two.dtype);
            self.equal += usize::from(unlike.is_none());
            if let (None, Some(is_equal)) = (&unlike, is_equal.get_mut(*place)) {
                *is_equal = true;
            }
            if let (Some(unlike), Some(row)) = (unlike, self.rows.get_mut(*place)) {
                row.unlike = unlike;
            }
        }
        let rows = self.rows.into_iter().zip(is_equal);
        let rows = rows.filter_map(|(row, is_equal)| (!is_equal).then_some(row)).collect();
        Ok(Differences { names, rows, equal: self.equal })
    }
}

/// Containers within containers, compared: Python's `==` has no answer for tensors, and goes through what is held twice twice.
const DEEPEST: usize = 500;

/// What was compared, or is being compared: two containers meet once.
#[derive(Default)]
struct Alike(FxHashSet<(usize, usize)>);

impl Alike {
    fn are(&mut self, vm: &dyn Vm, one: &Value, two: &Value, depth: usize) -> Result<bool> {
        if one.same(two) {
            return Ok(true);
        }
        if depth > DEEPEST {
            return Err(Error::value(format!("nested more than {DEEPEST} deep")));
        }
        vm.check_interrupt()?;
        if let (Some(a), Some(b)) = (one.as_tensor_or_array(), two.as_tensor_or_array()) {
            let (a, b) = (a.tensor(), b.tensor());
            return Ok(a.sizes() == b.sizes() && a.dtype() == b.dtype() && a.to_bytes()? == b.to_bytes()?);
        }
        let items = match (one, two) {
            (Value::List(a), Value::List(b)) => (a.to_vec(), b.to_vec()),
            (Value::Tuple(a), Value::Tuple(b)) => (a.items.to_vec(), b.items.to_vec()),
            (Value::Dict(a), Value::Dict(b)) => return self.dictionaries(vm, (one, a), (two, b), depth),
            _ => return vm.equal(one, two),
        };
        if !self.0.insert((one.address(), two.address())) {
            return Ok(true);
        }
        Ok(items.0.len() == items.1.len() && self.all(vm, items.0.iter().zip(&items.1), depth)?)
    }

    fn all<'a>(
        &mut self,
        vm: &dyn Vm,
        mut pairs: impl Iterator<Item = (&'a Value, &'a Value)>,
        depth: usize,
    ) -> Result<bool> {
        pairs.try_fold(true, |so_far, (one, two)| Ok(so_far && self.are(vm, one, two, depth + 1)?))
    }

    fn dictionaries(
        &mut self,
        vm: &dyn Vm,
        (one, a): (&Value, &Dict),
        (two, b): (&Value, &Dict),
        depth: usize,
    ) -> Result<bool> {
        if !self.0.insert((one.address(), two.address())) {
            return Ok(true);
        }
        if a.len() != b.len() {
            return Ok(false);
        }
        for (key, value) in a.entries() {
            match b.get(vm, &key)? {
                Some(other) if self.are(vm, &value, &other, depth + 1)? => {}
                _ => return Ok(false),
            }
        }
        Ok(true)
    }
}

/// In what two tensors of one shape differ, if they do.
fn in_numbers(found: Result<Comparison, String>, same_dtype: bool) -> Option<Unlike> {
    match found {
        found if !same_dtype => Some(Unlike::Dtype(found)),
        Ok(found) => (!found.is_equal()).then_some(Unlike::Numbers(found)),
        Err(why) => Some(Unlike::Unknown(why)),
    }
}

fn side(vm: &dyn Vm, value: &Value) -> Result<Side> {
    Ok(match value {
        value if value.is_tensor_or_array() => Side::Tensor(gather::facts(vm, value)?),
        other => Side::Other(vm.type_name(other).as_str().to_owned(), gather::brief(vm, other)?),
    })
}
