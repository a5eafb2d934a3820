//! `collections.Counter`: its methods, and its operators, which keep what counts for more than nothing.

use std::rc::Rc;

use super::constructors::count;
use torchsh_base::error::{Error, Kind, Result};
use torchsh_language::value::{
    Args, Builtin, Dict, DictKind, Effect, Map, Native, Str, Value, Vm, keywords, memory, opt, pos,
};
use torchsh_syntax::tree::{BinaryOperator, CompareOperator};

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::method("Counter", "most_common", &[opt("n", "None")], |vm, args| {
        let mut entries = by_count(vm, &*args.receiver_dict(vm)?)?;
        if args.some(0).is_some() {
            entries.truncate(usize::try_from(args.int(vm, 0)?).unwrap_or(0));
        }
        Ok(Value::list(entries.into_iter().map(|(key, count)| Value::tuple(vec![key, count])).collect()))
    })
    .says("The items and their counts, most common first"),
    Builtin::method("Counter", "elements", &[], |vm, args| {
        let mut items = Vec::new();
        for (key, count) in args.receiver_dict(vm)?.entries() {
            let count = usize::try_from(count.as_int().unwrap_or(0)).unwrap_or(0);
            memory::room(count.saturating_mul(size_of::<Value>()))?;
            items.extend(std::iter::repeat_n(key, count));
        }
        Ok(Value::iterator("chain", super::iterators::Items(items.into_iter())))
    })
    .says("Each item as often as it was counted"),
    Builtin::method("Counter", "total", &[], |vm, args| {
        let counts = args.receiver_dict(vm)?.entries();
        counts.iter().try_fold(Value::Int(0), |sum, (_, count)| vm.binary(BinaryOperator::Add, &sum, count))
    })
    .says("The sum of the counts"),
    Builtin::method("Counter", "update", &[opt("_iterable", "()"), keywords("kwargs")], |vm, args| {
        change(vm, args, 1)
    })
    .says("Adds counts")
    .effect(Effect::Changes),
    Builtin::method("Counter", "subtract", &[opt("_iterable", "()"), keywords("kwargs")], |vm, args| {
        change(vm, args, -1)
    })
    .says("Takes counts away")
    .effect(Effect::Changes),
    Builtin::of_class("Counter", "fromkeys", &[pos("_iterable"), opt("_value", "None")], |_, _| {
        let message = "Counter.fromkeys() is undefined.  Use Counter(iterable) instead.";
        Err(Error::new(Kind::NotImplemented, message))
    })
    .says("Refused: Counter(iterable) counts"),
    Builtin::method("Counter", "__pos__", &[], |vm, args| {
        signed(vm, args, |vm, count| vm.binary(BinaryOperator::Add, &Value::Int(0), count))
    })
    .says("What counts for more than nothing"),
    Builtin::method("Counter", "__neg__", &[], |vm, args| {
        signed(vm, args, |vm, count| vm.binary(BinaryOperator::Sub, &Value::Int(0), count))
    })
    .says("What counts for less than nothing, the other way round"),
    Builtin::method("Counter", "__eq__", &[pos("other")], |vm, args| {
        compared(vm, args, CompareOperator::Equal, false)
    })
    .says("Whether both count the same; what is not there counts 0"),
    Builtin::method("Counter", "__ne__", &[pos("other")], |vm, args| {
        match compared(vm, args, CompareOperator::Equal, false)? {
            Value::Bool(equal) => Ok(Value::Bool(!equal)),
            other => Ok(other),
        }
    })
    .says("Whether some counts differ"),
    Builtin::method("Counter", "__le__", &[pos("other")], |vm, args| {
        compared(vm, args, CompareOperator::LessEqual, false)
    })
    .says("Whether no count is larger"),
    Builtin::method("Counter", "__lt__", &[pos("other")], |vm, args| {
        compared(vm, args, CompareOperator::LessEqual, true)
    })
    .says("Whether no count is larger and some differ"),
    Builtin::method("Counter", "__ge__", &[pos("other")], |vm, args| {
        compared(vm, args, CompareOperator::GreaterEqual, false)
    })
    .says("Whether no count is smaller"),
    Builtin::method("Counter", "__gt__", &[pos("other")], |vm, args| {
        compared(vm, args, CompareOperator::GreaterEqual, true)
    })
    .says("Whether no count is smaller and some differ"),
    Builtin::method("Counter", "__add__", &[pos("other")], |vm, args| {
        combined(vm, args, |vm, a, b| vm.binary(BinaryOperator::Add, a, b))
    })
    .says("Both counts together"),
    Builtin::method("Counter", "__sub__", &[pos("other")], |vm, args| {
        combined(vm, args, |vm, a, b| vm.binary(BinaryOperator::Sub, a, b))
    })
    .says("What is counted more often here than there"),
    Builtin::method("Counter", "__or__", &[pos("other")], |vm, args| {
        combined(vm, args, |vm, a, b| the_one_that_is(vm, CompareOperator::Greater, a, b))
    })
    .says("The larger of both counts"),
    Builtin::method("Counter", "__and__", &[pos("other")], |vm, args| {
        combined(vm, args, |vm, a, b| the_one_that_is(vm, CompareOperator::Less, a, b))
    })
    .says("The smaller of both counts"),
];

/// The entries, the largest count first; equal ones as they came.
fn by_count(vm: &dyn Vm, dict: &Dict) -> Result<Vec<(Value, Value)>> {
    let mut pairs: Vec<Value> =
        dict.entries().into_iter().map(|(key, count)| Value::tuple(vec![count, key])).collect();
    let first = Value::native(First);
    super::iterators::sort(vm, &mut pairs, Some(&first), true)?;
    Ok(pairs
        .iter()
        .filter_map(|pair| match &*pair.as_tuple()?.items {
            [count, key] => Some((key.clone(), count.clone())),
            _ => None,
        })
        .collect())
}

/// A function that gives the first item of what it is given: the key to sort pairs by.
struct First;

impl Native for First {
    fn type_name(&self) -> &str {
        "function"
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn call(&self, vm: &dyn Vm, arguments: &[Value], _keywords: &[(Str, Value)]) -> Option<Result<Value>> {
        arguments.first().map(|pair| vm.item(pair, &Value::Int(0)))
    }
}

/// Adds the counts of what is given, or takes them away.
fn change(vm: &dyn Vm, args: &Args, sign: i64) -> Result<Value> {
    let dict = args.receiver_dict(vm)?;
    if let Some(source) = args.some(0) {
        count(vm, &dict, source, sign)?;
    }
    let named = Value::dict_of(args.keywords().iter().cloned());
    count(vm, &dict, &named, sign)?;
    Ok(Value::None)
}

/// A counter of what `count` makes of each count, where that is above zero.
fn signed(vm: &dyn Vm, args: &Args, count: fn(&dyn Vm, &Value) -> Result<Value>) -> Result<Value> {
    let result = Dict::new(Map::default(), DictKind::Counter);
    for (key, amount) in args.receiver_dict(vm)?.entries() {
        let amount = count(vm, &amount)?;
        if vm.less(&Value::Int(0), &amount)? {
            result.set(vm, key, amount)?;
        }
    }
    Ok(Value::Dict(Rc::new(result)))
}

fn is_counter(dict: &Dict) -> bool {
    matches!(*dict.kind.borrow(), DictKind::Counter)
}

/// Whether every count compares so with the other's; `strictly`: and some are not equal.
fn compared(vm: &dyn Vm, args: &Args, operator: CompareOperator, strictly: bool) -> Result<Value> {
    let left = args.receiver_dict(vm)?;
    let Some(right) = args.value(0).as_dict().filter(|right| is_counter(right)) else {
        return match (operator, args.value(0).as_dict()) {
            (CompareOperator::Equal, Some(right)) => {
                let plain =
                    |dict: &Dict| Value::Dict(Rc::new(Dict::new(dict.map().clone(), DictKind::Plain)));
                Ok(Value::Bool(vm.equal(&plain(&left), &plain(&right))?))
            }
            _ => Ok(Value::NotImplemented),
        };
    };
    let zero = Value::Int(0);
    let mut differs = false;
    for key in left.keys().into_iter().chain(right.keys()) {
        let (a, b) = (left.get(vm, &key)?, right.get(vm, &key)?);
        let (a, b) = (a.as_ref().unwrap_or(&zero), b.as_ref().unwrap_or(&zero));
        if !vm.truth(&vm.compare(operator, a, b)?)? {
            return Ok(Value::Bool(false));
        }
        differs |= !vm.equal(a, b)?;
    }
    Ok(Value::Bool(differs || !strictly))
}

fn the_one_that_is(vm: &dyn Vm, wanted: CompareOperator, a: &Value, b: &Value) -> Result<Value> {
    let first = vm.truth(&vm.compare(wanted, a, b)?)?;
    Ok(if first { a.clone() } else { b.clone() })
}

/// A counter of every item of both, its count by `operation`; what is not above zero is left out.
fn combined(
    vm: &dyn Vm,
    args: &Args,
    operation: fn(&dyn Vm, &Value, &Value) -> Result<Value>,
) -> Result<Value> {
    let left = args.receiver_dict(vm)?;
    let right = match args.value(0).as_dict() {
        Some(right) if matches!(*right.kind.borrow(), DictKind::Counter) => right,
        _ => return Ok(Value::NotImplemented),
    };
    let zero = Value::Int(0);
    let result = Dict::new(Map::default(), DictKind::Counter);
    let keep = |key: Value, count: Value| -> Result<()> {
        if vm.truth(&vm.compare(CompareOperator::Greater, &count, &zero)?)? {
            result.set(vm, key, count)?;
        }
        Ok(())
    };
    for (key, count) in left.entries() {
        let other = right.get(vm, &key)?;
        keep(key, operation(vm, &count, other.as_ref().unwrap_or(&zero))?)?;
    }
    for (key, count) in right.entries() {
        if !left.contains(vm, &key)? {
            keep(key, operation(vm, &zero, &count)?)?;
        }
    }
    Ok(Value::Dict(Rc::new(result)))
}
