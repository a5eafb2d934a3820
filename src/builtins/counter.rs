//! `collections.Counter`: its methods, and its operators, which keep what counts for more than nothing.

use std::rc::Rc;

use super::constructors::count;
use crate::error::Result;
use crate::syntax::tree::{BinaryOperator, CompareOperator};
use crate::value::{Args, Builtin, Dict, DictKind, Effect, Map, Value, Vm, opt, pos};

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::method("Counter", "most_common", &[opt("n", "None")], |vm, args| {
        let mut entries = args.receiver_dict(vm)?.entries();
        entries.sort_by_key(|(_, count)| std::cmp::Reverse(count.as_int().unwrap_or(0)));
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
            items.extend(std::iter::repeat_n(key, count));
        }
        Ok(Value::iterator("chain", super::iterators::Items(items.into_iter())))
    })
    .says("Each item as often as it was counted"),
    Builtin::method("Counter", "total", &[], |vm, args| {
        let counts =
            args.receiver_dict(vm)?.entries().into_iter().map(|(_, count)| count.as_int().unwrap_or(0));
        Ok(Value::Int(counts.sum()))
    })
    .says("The sum of the counts"),
    Builtin::method("Counter", "update", &[opt("_iterable", "()")], |vm, args| {
        let dict = args.receiver_dict(vm)?;
        args.some(0).map_or(Ok(()), |source| count(vm, &dict, source, 1)).map(|()| Value::None)
    })
    .says("Adds counts")
    .effect(Effect::Changes),
    Builtin::method("Counter", "subtract", &[opt("_iterable", "()")], |vm, args| {
        let dict = args.receiver_dict(vm)?;
        args.some(0).map_or(Ok(()), |source| count(vm, &dict, source, -1)).map(|()| Value::None)
    })
    .says("Takes counts away")
    .effect(Effect::Changes),
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
