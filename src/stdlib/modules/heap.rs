//! What `heapq` and `bisect` are made from.
//!
//! The steps are CPython's, so that equal items end up where they do there, and each is compared as often.

use std::rc::Rc;

use torchsh_base::error::{Error, Kind, Result};
use torchsh_language::value::{Args, Builtin, Effect, List, Param, Value, Vm, kw, opt, pos};

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::function("_heapq", "heappush", &[pos("_heap"), pos("_item")], |vm, args| {
        let heap = heap(vm, args)?;
        let last = heap.len();
        heap.push(args.value(1).clone());
        up(vm, &heap, 0, last)?;
        Ok(Value::None)
    })
    .says("puts an item on a heap")
    .effect(Effect::Changes),
    Builtin::function("_heapq", "heappop", &[pos("_heap")], |vm, args| {
        let heap = heap(vm, args)?;
        let last = heap.items_mut().pop().ok_or_else(out_of_range)?;
        if heap.is_empty() { Ok(last) } else { put_first(vm, &heap, last) }
    })
    .says("takes the smallest item off a heap")
    .effect(Effect::Changes),
    Builtin::function("_heapq", "heapify", &[pos("_heap")], |vm, args| {
        let heap = heap(vm, args)?;
        for place in (0..heap.len() / 2).rev() {
            down(vm, &heap, place)?;
        }
        Ok(Value::None)
    })
    .says("makes a list a heap")
    .effect(Effect::Changes),
    Builtin::function("_heapq", "heappushpop", &[pos("_heap"), pos("_item")], |vm, args| {
        let heap = heap(vm, args)?;
        let item = args.value(1).clone();
        match at(&heap, 0) {
            Ok(first) if vm.less(&first, &item)? => put_first(vm, &heap, item),
            _ => Ok(item),
        }
    })
    .says("puts an item on a heap, then takes the smallest off")
    .effect(Effect::Changes),
    Builtin::function("_heapq", "heapreplace", &[pos("_heap"), pos("_item")], |vm, args| {
        let heap = heap(vm, args)?;
        put_first(vm, &heap, args.value(1).clone())
    })
    .says("takes the smallest item off a heap, then puts one on")
    .effect(Effect::Changes),
    Builtin::function("_bisect", "bisect_left", WHERE, |vm, args| {
        Ok(Value::from(place(vm, args, args.value(1), Side::Left)?))
    })
    .says("the place before all items that are not less"),
    Builtin::function("_bisect", "bisect_right", WHERE, |vm, args| {
        Ok(Value::from(place(vm, args, args.value(1), Side::Right)?))
    })
    .says("the place after all items that are not more"),
    Builtin::function("_bisect", "insort_left", WHERE, |vm, args| insert(vm, args, Side::Left))
        .says("puts an item before its equals")
        .effect(Effect::Changes),
    Builtin::function("_bisect", "insort_right", WHERE, |vm, args| insert(vm, args, Side::Right))
        .says("puts an item after its equals")
        .effect(Effect::Changes),
];

const WHERE: &[Param] = &[pos("a"), pos("x"), opt("lo", "0"), opt("hi", "None"), kw("key", "None")];

fn out_of_range() -> Error {
    Error::new(Kind::Index, "index out of range")
}

fn heap(vm: &dyn Vm, args: &Args) -> Result<Rc<List>> {
    args.value(0).as_list().ok_or_else(|| args.wrong_type(vm, 0, "list"))
}

fn at(heap: &List, place: usize) -> Result<Value> {
    heap.items().get(place).cloned().ok_or_else(out_of_range)
}

/// Whether the item at one place is less than that at another; comparing may not change the heap's length.
fn less(vm: &dyn Vm, heap: &List, one: &Value, other: &Value) -> Result<bool> {
    let length = heap.len();
    let answer = vm.less(one, other)?;
    if heap.len() == length { Ok(answer) } else { Err(Error::runtime("list changed size during iteration")) }
}

/// Puts an item in the first place and lets it sink; gives what stood there.
fn put_first(vm: &dyn Vm, heap: &List, item: Value) -> Result<Value> {
    let first = match heap.items_mut().first_mut() {
        Some(first) => std::mem::replace(first, item),
        None => return Err(out_of_range()),
    };
    down(vm, heap, 0)?;
    Ok(first)
}

/// Lets the item at a place rise towards `start`, past each parent that is more.
fn up(vm: &dyn Vm, heap: &List, start: usize, mut place: usize) -> Result<()> {
    let item = at(heap, place)?;
    while place > start {
        let above = (place - 1) / 2;
        if !less(vm, heap, &item, &at(heap, above)?)? {
            break;
        }
        swap(heap, place, above);
        place = above;
    }
    Ok(())
}

/// Sinks the item at a place to a leaf by the smaller children, then lets it rise: fewer comparisons.
fn down(vm: &dyn Vm, heap: &List, start: usize) -> Result<()> {
    let (mut place, length) = (start, heap.len());
    while 2 * place + 1 < length {
        let mut child = 2 * place + 1;
        if child + 1 < length && !less(vm, heap, &at(heap, child)?, &at(heap, child + 1)?)? {
            child += 1;
        }
        swap(heap, place, child);
        place = child;
    }
    up(vm, heap, start, place)
}

fn swap(heap: &List, one: usize, other: usize) {
    let mut items = heap.items_mut();
    if one.max(other) < items.len() {
        items.swap(one, other);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

/// Where `wanted` belongs among sorted items, or among what `key` makes of them.
fn place(vm: &dyn Vm, args: &Args, wanted: &Value, side: Side) -> Result<usize> {
    let items = args.value(0);
    let low = args.int_or(vm, 2, 0)?;
    let mut low = usize::try_from(low).map_err(|_| Error::value("lo must be non-negative"))?;
    let mut high = match args.some(3) {
        Some(_) => usize::try_from(args.int(vm, 3)?).unwrap_or(0),
        None => vm.length(items)?,
    };
    while low < high {
        let middle = low.midpoint(high);
        let item = vm.item(items, &Value::from(middle))?;
        let item = args.some(4).map_or(Ok(item.clone()), |key| vm.call(key, &[item], &[]))?;
        let is_after = match side {
            Side::Left => vm.less(&item, wanted)?,
            Side::Right => !vm.less(wanted, &item)?,
        };
        if is_after { low = middle + 1 } else { high = middle }
    }
    Ok(low)
}

fn insert(vm: &dyn Vm, args: &Args, side: Side) -> Result<Value> {
    let item = args.value(1);
    let wanted = match args.some(4) {
        Some(key) => vm.call(key, std::slice::from_ref(item), &[])?,
        None => item.clone(),
    };
    let place = place(vm, args, &wanted, side)?;
    vm.call_method(args.value(0), "insert", &[Value::from(place), item.clone()])?;
    Ok(Value::None)
}
