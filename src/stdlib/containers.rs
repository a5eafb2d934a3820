//! Methods of lists, tuples, sets and ranges.

use std::rc::Rc;

use super::constructors::set_of;
use super::iterators::sort;
use torchsh_base::error::{Error, Kind, Result};
use torchsh_language::eval::Interpreter;
use torchsh_language::value::number::big_index;
use torchsh_language::value::{Args, Builtin, Effect, Set, Value, Vm, kw, opt, pos, rest};
use torchsh_syntax::tree::BinaryOperator;

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::method("list", "__init__", &[opt("_iterable", "()")], |vm, args| {
        let items = args.get(0).map_or(Ok(Vec::new()), |iterable| vm.collect(iterable))?;
        *args.receiver_list(vm)?.items_mut() = items;
        Ok(Value::None)
    })
    .says("Fills the list")
    .effect(Effect::Changes),
    Builtin::method("set", "__init__", &[opt("_iterable", "()")], |vm, args| {
        let Value::Set(set) = args.receiver().payload() else { return Err(args.wrong_receiver(vm)) };
        set.dict.clear();
        for item in args.get(0).map_or(Ok(Vec::new()), |iterable| vm.collect(iterable))? {
            set.dict.set(vm, item, Value::None)?;
        }
        Ok(Value::None)
    })
    .says("Fills the set")
    .effect(Effect::Changes),
    Builtin::method("list", "append", &[pos("_item")], |vm, args| {
        args.receiver_list(vm)?.push(args.value(0).clone());
        Ok(Value::None)
    })
    .says("Adds an item at the end")
    .effect(Effect::Changes),
    Builtin::method("list", "extend", &[pos("_iterable")], |vm, args| {
        let more = vm.collect(args.value(0))?;
        args.receiver_list(vm)?.extend(more);
        Ok(Value::None)
    })
    .says("Adds the items of an iterable at the end")
    .effect(Effect::Changes),
    Builtin::method("list", "insert", &[pos("_index"), pos("_item")], |vm, args| {
        let list = args.receiver_list(vm)?;
        let at = clamp(args.int(vm, 0)?, list.len());
        list.items_mut().insert(at, args.value(1).clone());
        Ok(Value::None)
    })
    .says("Puts an item before a place")
    .effect(Effect::Changes),
    Builtin::method("list", "pop", &[opt("_index", "-1")], list_pop)
        .says("Takes out an item")
        .effect(Effect::Changes),
    Builtin::method("list", "remove", &[pos("_item")], |vm, args| {
        let list = args.receiver_list(vm)?;
        let at = find(vm, &list.to_vec(), args.value(0))?
            .ok_or_else(|| Error::value("list.remove(x): x not in list"))?;
        list.remove(at);
        Ok(Value::None)
    })
    .says("Takes out the first equal item")
    .effect(Effect::Changes),
    Builtin::method("list", "clear", &[], |vm, args| {
        args.receiver_list(vm)?.items_mut().clear();
        Ok(Value::None)
    })
    .says("Takes out all items")
    .effect(Effect::Changes),
    Builtin::method("list", "copy", &[], |vm, args| Ok(Value::list(args.receiver_list(vm)?.to_vec())))
        .says("Another list of the same items"),
    Builtin::method("list", "reverse", &[], |vm, args| {
        args.receiver_list(vm)?.items_mut().reverse();
        Ok(Value::None)
    })
    .says("Turns the order around")
    .effect(Effect::Changes),
    Builtin::method("list", "sort", &[kw("key", "None"), kw("reverse", "False")], sort_list)
        .says("Sorts the items")
        .effect(Effect::Changes),
    Builtin::method("list", "index", &[pos("_item"), opt("_start", "0"), opt("_stop", "…")], |vm, args| {
        index(vm, args, &args.receiver_list(vm)?.to_vec())
    })
    .says("The place of the first equal item")
    .examples(&[("[5, 6].index(6)", "1")]),
    Builtin::method("list", "count", &[pos("_item")], |vm, args| {
        count(vm, args, &args.receiver_list(vm)?.to_vec())
    })
    .says("How many items are equal")
    .examples(&[("[1, 1].count(1)", "2")]),
    Builtin::method("list", "__iter__", &[], |vm, args| vm.iterate(&args.receiver().payload()))
        .says("An iterator"),
    Builtin::method("list", "__len__", &[], |vm, args| Ok(vm.length(&args.receiver().payload())?.into()))
        .says("Number of items"),
    Builtin::method("list", "__getitem__", &[pos("_index")], |vm, args| {
        vm.item(&args.receiver().payload(), args.value(0))
    })
    .says("An item"),
    Builtin::method("list", "__setitem__", &[pos("_index"), pos("_value")], |vm, args| {
        vm.set_item(&args.receiver().payload(), args.value(0), args.value(1).clone()).map(|()| Value::None)
    })
    .says("Sets an item")
    .effect(Effect::Changes),
    Builtin::method(
        "tuple",
        "index",
        &[pos("_item"), opt("_start", "0"), opt("_stop", "…")],
        |vm, args| index(vm, args, &vm.collect(&args.receiver().payload())?),
    )
    .says("The place of the first equal item"),
    Builtin::method("tuple", "count", &[pos("_item")], |vm, args| {
        count(vm, args, &vm.collect(&args.receiver().payload())?)
    })
    .says("How many items are equal"),
    Builtin::method("range", "index", &[pos("_item")], |vm, args| {
        index(vm, args, &vm.collect(args.receiver())?)
    })
    .says("The place of a number"),
    Builtin::method("range", "count", &[pos("_item")], |vm, args| {
        count(vm, args, &vm.collect(args.receiver())?)
    })
    .says("How often a number occurs"),
    Builtin::property("range", "start", |_, args| range_part(args, 0)).says("The first number"),
    Builtin::property("range", "stop", |_, args| range_part(args, 1)).says("Where it ends"),
    Builtin::property("range", "step", |_, args| range_part(args, 2)).says("The distance"),
    Builtin::property("slice", "start", |_, args| slice_part(args, 0)).says("Where it starts"),
    Builtin::property("slice", "stop", |_, args| slice_part(args, 1)).says("Where it ends"),
    Builtin::property("slice", "step", |_, args| slice_part(args, 2)).says("The distance"),
    Builtin::method("slice", "indices", &[pos("_length")], slice_indices)
        .says("Start, stop and step on a sequence of so many items")
        .examples(&[("slice(-3, None).indices(10)", "(7, 10, 1)")]),
    Builtin::method("set", "add", &[pos("_item")], |vm, args| {
        receiver_set(vm, args)?.dict.set(vm, args.value(0).clone(), Value::None)?;
        Ok(Value::None)
    })
    .says("Adds an item")
    .effect(Effect::Changes),
    Builtin::method("set", "discard", &[pos("_item")], |vm, args| {
        receiver_set(vm, args)?.dict.remove(vm, args.value(0))?;
        Ok(Value::None)
    })
    .says("Takes out an item if it is there")
    .effect(Effect::Changes),
    Builtin::method("set", "remove", &[pos("_item")], |vm, args| {
        match receiver_set(vm, args)?.dict.remove(vm, args.value(0))? {
            Some(_) => Ok(Value::None),
            None => Err(vm.key_error(args.value(0))),
        }
    })
    .says("Takes out an item")
    .effect(Effect::Changes),
    Builtin::method("set", "pop", &[], |vm, args| {
        let set = receiver_set(vm, args)?;
        // The order of an earlier pop holds while nothing but pops happened to the set.
        let known = {
            let mut popping = set.popping.borrow_mut();
            if popping.len() == set.dict.len() { popping.pop() } else { None }
        };
        if let Some(first) = known
            && set.dict.remove(vm, &first)?.is_some()
        {
            return Ok(first);
        }
        let mut items = vm.collect(args.receiver())?;
        items.reverse();
        let first = items.pop().ok_or_else(|| vm.key_error(&Value::str("pop from an empty set")))?;
        set.dict.remove(vm, &first)?;
        *set.popping.borrow_mut() = items;
        Ok(first)
    })
    .says("Takes out some item")
    .effect(Effect::Changes),
    Builtin::method("set", "clear", &[], |vm, args| {
        receiver_set(vm, args)?.dict.clear();
        Ok(Value::None)
    })
    .says("Takes out all items")
    .effect(Effect::Changes),
    Builtin::method("set", "update", &[rest("others")], |vm, args| {
        let set = receiver_set(vm, args)?;
        for other in args.rest() {
            for item in vm.collect(other)? {
                set.dict.set(vm, item, Value::None)?;
            }
        }
        Ok(Value::None)
    })
    .says("Adds the items of iterables")
    .effect(Effect::Changes),
    Builtin::method("set", "difference_update", &[rest("others")], |vm, args| {
        let set = receiver_set(vm, args)?;
        for other in args.rest() {
            for item in vm.collect(other)? {
                set.dict.remove(vm, &item)?;
            }
        }
        Ok(Value::None)
    })
    .says("Takes out the items of iterables")
    .effect(Effect::Changes),
    Builtin::method("set", "intersection_update", &[rest("others")], |vm, args| {
        keep_only(vm, args, combined(vm, args, BinaryOperator::BitAnd)?)
    })
    .says("Keeps the items that all have")
    .effect(Effect::Changes),
    Builtin::method("set", "symmetric_difference_update", &[rest("others")], |vm, args| {
        keep_only(vm, args, combined(vm, args, BinaryOperator::BitXor)?)
    })
    .says("Keeps the items that one of both has")
    .effect(Effect::Changes),
    Builtin::method("set", "copy", &[], copy).says("Another set of the same items"),
    Builtin::method("frozenset", "copy", &[], copy).says("The set itself"),
    Builtin::method("set", "union", &[rest("others")], |vm, args| combined(vm, args, BinaryOperator::BitOr))
        .says("The items of all")
        .examples(&[("{1}.union([2])", "{1, 2}")]),
    Builtin::method("set", "intersection", &[rest("others")], |vm, args| {
        combined(vm, args, BinaryOperator::BitAnd)
    })
    .says("The items that all have"),
    Builtin::method("set", "difference", &[rest("others")], |vm, args| {
        combined(vm, args, BinaryOperator::Sub)
    })
    .says("The items that no other has"),
    Builtin::method("set", "symmetric_difference", &[rest("others")], |vm, args| {
        combined(vm, args, BinaryOperator::BitXor)
    })
    .says("The items that one of both has"),
    Builtin::method("set", "issubset", &[pos("_other")], |vm, args| {
        within(vm, args.receiver(), args.value(0))
    })
    .says("Whether the other has all items"),
    Builtin::method("set", "issuperset", &[pos("_other")], |vm, args| {
        within(vm, args.value(0), args.receiver())
    })
    .says("Whether it has all of the other's items"),
    Builtin::method("set", "isdisjoint", &[pos("_other")], disjoint).says("Whether no item is in both"),
    Builtin::method("frozenset", "union", &[rest("others")], |vm, args| {
        combined(vm, args, BinaryOperator::BitOr)
    })
    .says("The items of all"),
    Builtin::method("frozenset", "intersection", &[rest("others")], |vm, args| {
        combined(vm, args, BinaryOperator::BitAnd)
    })
    .says("The items that all have"),
    Builtin::method("frozenset", "difference", &[rest("others")], |vm, args| {
        combined(vm, args, BinaryOperator::Sub)
    })
    .says("The items that no other has"),
    Builtin::method("frozenset", "symmetric_difference", &[rest("others")], |vm, args| {
        combined(vm, args, BinaryOperator::BitXor)
    })
    .says("The items that one of both has"),
    Builtin::method("frozenset", "issubset", &[pos("_other")], |vm, args| {
        within(vm, args.receiver(), args.value(0))
    })
    .says("Whether the other has all items"),
    Builtin::method("frozenset", "issuperset", &[pos("_other")], |vm, args| {
        within(vm, args.value(0), args.receiver())
    })
    .says("Whether it has all of the other's items"),
    Builtin::method("frozenset", "isdisjoint", &[pos("_other")], disjoint).says("Whether no item is in both"),
];

fn clamp(index: i64, length: usize) -> usize {
    let from_end = length.saturating_sub(usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX));
    if index < 0 { from_end } else { usize::try_from(index).unwrap_or(usize::MAX).min(length) }
}

/// A place in a list, however large the number: beyond the ends is beyond the ends.
fn place(vm: &dyn Vm, args: &Args, argument: usize, default: i64) -> Result<i64> {
    if args.get(argument).is_none() {
        return Ok(default);
    }
    let place = big_index(vm, args.value(argument))?;
    Ok(i64::try_from(&place).unwrap_or(if place < 0.into() { -i64::MAX } else { i64::MAX }))
}

/// Sorts the list, which is empty meanwhile: whoever looks at it or changes it while a key is computed is told so.
fn sort_list(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let list = args.receiver_list(vm)?;
    let reverse = args.truth_or(vm, 1, false)?;
    let mut items = std::mem::take(&mut *list.items_mut());
    let result = sort(vm, &mut items, args.some(0), reverse);
    let meanwhile = std::mem::replace(&mut *list.items_mut(), items);
    result?;
    if meanwhile.is_empty() { Ok(Value::None) } else { Err(Error::value("list modified during sort")) }
}

fn list_pop(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let list = args.receiver_list(vm)?;
    let length = list.len();
    if length == 0 {
        return Err(Error::new(Kind::Index, "pop from empty list"));
    }
    let index = args.int_or(vm, 0, -1)?;
    let at = if index < 0 { index + length as i64 } else { index };
    match usize::try_from(at).ok().filter(|&at| at < length) {
        Some(at) => list.remove(at).ok_or_else(|| Error::new(Kind::Index, "pop from empty list")),
        None => Err(Error::new(Kind::Index, "pop index out of range")),
    }
}

fn find(vm: &dyn Vm, items: &[Value], wanted: &Value) -> Result<Option<usize>> {
    for (at, item) in items.iter().enumerate() {
        if item.same(wanted) || vm.equal(item, wanted)? {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

fn index(vm: &dyn Vm, args: &Args, items: &[Value]) -> Result<Value> {
    let start = clamp(place(vm, args, 1, 0)?, items.len());
    let stop = clamp(place(vm, args, 2, i64::MAX)?, items.len());
    let within = items.get(start..stop).unwrap_or_default();
    match find(vm, within, args.value(0))? {
        Some(at) => Ok(Value::from(start + at)),
        None => {
            let shown = vm.repr(args.value(0))?;
            let of = vm.type_name(args.receiver());
            Err(Error::value(match &*of {
                "tuple" => "tuple.index(x): x not in tuple".to_owned(),
                of => format!("{shown} is not in {of}"),
            }))
        }
    }
}

fn count(vm: &dyn Vm, args: &Args, items: &[Value]) -> Result<Value> {
    let mut count = 0usize;
    for item in items {
        count += usize::from(item.same(args.value(0)) || vm.equal(item, args.value(0))?);
    }
    Ok(count.into())
}

fn range_part(args: &Args, part: usize) -> Result<Value> {
    let Value::Range(range) = args.receiver() else { return Ok(Value::None) };
    Ok(Value::Int([range.start, range.stop, range.step].get(part).copied().unwrap_or(0)))
}

fn slice_part(args: &Args, part: usize) -> Result<Value> {
    let Value::Slice(slice) = args.receiver() else { return Ok(Value::None) };
    Ok([&slice.start, &slice.stop, &slice.step].get(part).map_or(Value::None, |value| (*value).clone()))
}

fn slice_indices(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let interpreter = vm.as_any().downcast_ref::<Interpreter>();
    let (Value::Slice(slice), Some(interpreter)) = (args.receiver(), interpreter) else {
        return Err(args.wrong_receiver(vm));
    };
    let Ok(length) = usize::try_from(args.int(vm, 0)?) else {
        return Err(Error::value("length should not be negative"));
    };
    let indices = interpreter.indices(slice, length)?;
    Ok(Value::tuple([indices.start, indices.stop, indices.step].map(Value::Int).into()))
}

fn receiver_set(vm: &dyn Vm, args: &Args) -> Result<Rc<Set>> {
    match args.receiver().payload() {
        Value::Set(set) => Ok(set),
        _ => Err(args.wrong_receiver(vm)),
    }
}

fn copy(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let set = receiver_set(vm, args)?;
    if set.frozen {
        return Ok(Value::Set(set));
    }
    Ok(Value::Set(Rc::new(set_of(vm, set.dict.keys(), false)?)))
}

/// Puts what another set holds in place of the receiver's items.
fn keep_only(vm: &dyn Vm, args: &Args, result: Value) -> Result<Value> {
    let items = vm.collect(&result)?;
    let set = receiver_set(vm, args)?;
    set.dict.clear();
    for item in items {
        set.dict.set(vm, item, Value::None)?;
    }
    Ok(Value::None)
}

fn combined(vm: &dyn Vm, args: &Args, operator: BinaryOperator) -> Result<Value> {
    let own = receiver_set(vm, args)?;
    let mut total = Value::Set(Rc::new(set_of(vm, own.dict.keys(), own.frozen)?));
    for other in args.rest() {
        let other = Value::Set(Rc::new(set_of(vm, vm.collect(other)?, false)?));
        total = vm.binary(operator, &total, &other)?;
    }
    Ok(total)
}

fn within(vm: &dyn Vm, small: &Value, large: &Value) -> Result<Value> {
    let large = set_of(vm, vm.collect(large)?, false)?;
    for item in vm.collect(small)? {
        if !large.dict.contains(vm, &item)? {
            return Ok(Value::Bool(false));
        }
    }
    Ok(Value::Bool(true))
}

fn disjoint(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let own = receiver_set(vm, args)?;
    for item in vm.collect(args.value(0))? {
        if own.dict.contains(vm, &item)? {
            return Ok(Value::Bool(false));
        }
    }
    Ok(Value::Bool(true))
}
