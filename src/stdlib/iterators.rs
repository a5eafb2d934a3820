//! Python's built-in functions that go through items.

use super::sort::by_key;
use torchsh_base::error::{Error, Kind, Result};
use torchsh_language::value::{Args, Builtin, Iterate, Value, Vm, kw, opt, pos, rest};
use torchsh_syntax::tree::{BinaryOperator, CompareOperator};

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::global("sorted", &[pos("_iterable"), kw("key", "None"), kw("reverse", "False")], sorted)
        .says("A sorted list of the items")
        .examples(&[("sorted([3, 1, 2])", "[1, 2, 3]")]),
    Builtin::global("reversed", &[pos("_sequence")], reversed)
        .says("The items from last to first")
        .examples(&[("list(reversed([1, 2]))", "[2, 1]")]),
    Builtin::global("sum", &[pos("_iterable"), opt("start", "0")], sum)
        .says("The sum of the items")
        .examples(&[("sum([1, 2])", "3")]),
    Builtin::global("min", &[rest("values"), kw("key", "None"), kw("default", "…")], |vm, args| {
        extreme(vm, args, CompareOperator::Less)
    })
    .says("The smallest item")
    .examples(&[("min(3, 1)", "1")]),
    Builtin::global("max", &[rest("values"), kw("key", "None"), kw("default", "…")], |vm, args| {
        extreme(vm, args, CompareOperator::Greater)
    })
    .says("The largest item")
    .examples(&[("max([3, 1])", "3")]),
    Builtin::global("any", &[pos("_iterable")], |vm, args| has_truth(vm, args, true))
        .says("Whether any item is true")
        .examples(&[("any([0, 1])", "True")]),
    Builtin::global("all", &[pos("_iterable")], |vm, args| has_truth(vm, args, false).map(negated))
        .says("Whether all items are true")
        .examples(&[("all([0, 1])", "False")]),
    Builtin::global("iter", &[pos("_object"), opt("_sentinel", "…")], iter)
        .says("An iterator over the items")
        .examples(&[("next(iter([1]))", "1")]),
    Builtin::global("next", &[pos("_iterator"), opt("_default", "…")], next)
        .says("The next item of an iterator"),
    Builtin::global("enumerate", &[pos("iterable"), opt("start", "0")], enumerate)
        .says("Pairs of number and item")
        .examples(&[("list(enumerate('ab'))", "[(0, 'a'), (1, 'b')]")]),
    Builtin::global("zip", &[rest("iterables"), kw("strict", "False")], zip)
        .says("Tuples of the items of several iterables")
        .examples(&[("list(zip('ab', [1, 2]))", "[('a', 1), ('b', 2)]")]),
    Builtin::global("map", &[pos("_function"), pos("_iterable"), rest("iterables")], map)
        .says("A function's results for each item")
        .examples(&[("list(map(len, ['a', 'bc']))", "[1, 2]")]),
    Builtin::global("filter", &[pos("_function"), pos("_iterable")], filter)
        .says("The items for which a function gives true")
        .examples(&[("list(filter(None, [0, 1]))", "[1]")]),
];

fn negated(value: Value) -> Value {
    Value::Bool(matches!(value, Value::Bool(false)))
}

/// Sorts values in place, as `list.sort` and `sorted` do: stable, by `<` alone.
///
/// # Errors
/// What a comparison or the key function raises; the values are then in some order.
pub fn sort(vm: &dyn Vm, values: &mut Vec<Value>, key: Option<&Value>, reverse: bool) -> Result<()> {
    // A key that cannot be computed leaves the values as they were.
    let keys: Vec<Value> = match key {
        Some(key) => {
            let key_of = |value: &Value| vm.call(key, std::slice::from_ref(value), &[]);
            values.iter().map(key_of).collect::<Result<_>>()?
        }
        None => values.clone(),
    };
    let mut keyed: Vec<(Value, Value)> = keys.into_iter().zip(values.drain(..)).collect();
    // Reversing before and after keeps equal items in their order.
    if reverse {
        keyed.reverse();
    }
    let sorted = by_key(&mut keyed, |a, b| vm.less(a, b));
    if reverse {
        keyed.reverse();
    }
    values.extend(keyed.into_iter().map(|(_, value)| value));
    sorted
}

fn sorted(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut values = vm.collect(args.value(0))?;
    sort(vm, &mut values, args.some(1), args.truth_or(vm, 2, false)?)?;
    Ok(Value::list(values))
}

fn reversed(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let value = args.value(0);
    if let Value::Instance(_) | Value::Native(_) = value
        && let Some(result) = vm.special(value, "__reversed__", &[])
    {
        return result;
    }
    // `__reversed__ = None` in a class of the program says that it can't be done.
    if let (Value::Instance(_), Some(Value::None)) =
        (value, vm.class_of(value).lookup(&torchsh_language::value::Str::intern("__reversed__")))
    {
        let name = vm.type_name(value);
        return Err(Error::type_error(format!("'{name}' object is not reversible")));
    }
    let is_sequence = matches!(
        value.payload(),
        Value::List(_)
            | Value::Tuple(_)
            | Value::Str(_)
            | Value::Bytes(_)
            | Value::Range(_)
            | Value::Dict(_)
            | Value::View(_)
    );
    let items = if is_sequence {
        vm.collect(value)?
    } else {
        let not_reversible = || {
            let name = vm.type_name(value);
            Error::type_error(format!("'{name}' object is not reversible"))
        };
        if let Value::Set(_) = value.payload() {
            return Err(not_reversible());
        }
        let length = vm.length(value).map_err(|_| not_reversible())?;
        (0..length).map(|i| vm.item(value, &Value::from(i))).collect::<Result<_>>()?
    };
    Ok(Value::iterator("reversed", Items(items.into_iter().rev().collect::<Vec<_>>().into_iter())))
}

/// Items that are all there.
pub struct Items(pub std::vec::IntoIter<Value>);

impl Iterate for Items {
    fn next(&mut self, _vm: &dyn Vm) -> Result<Option<Value>> {
        Ok(self.0.next())
    }
}

fn sum(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut total = args.get(1).cloned().unwrap_or(Value::Int(0));
    if let Value::Str(_) = total {
        return Err(Error::type_error("sum() can't sum strings [use ''.join(seq) instead]"));
    }
    vm.each(args.value(0), &mut |item| {
        let small = match (&total, &item) {
            (Value::Int(total), Value::Int(item)) => total.checked_add(*item).map(Value::Int),
            (Value::Float(total), Value::Float(item)) => Some(Value::Float(total + item)),
            _ => None,
        };
        total = match small {
            Some(sum) => sum,
            None => vm.binary(BinaryOperator::Add, &total, &item)?,
        };
        Ok(true)
    })?;
    Ok(total)
}

fn extreme(vm: &dyn Vm, args: &Args, wanted: CompareOperator) -> Result<Value> {
    let name = args.row().name;
    let items = match args.rest() {
        [] => return Err(Error::type_error(format!("{name} expected at least 1 argument, got 0"))),
        [iterable] => vm.collect(iterable)?,
        several => several.to_vec(),
    };
    if args.rest().len() > 1 && args.get(2).is_some() {
        let message = format!("Cannot specify a default for {name}() with multiple positional arguments");
        return Err(Error::type_error(message));
    }
    let mut best: Option<(Value, Value)> = None;
    for item in items {
        let by = match args.some(1) {
            Some(key) => vm.call(key, std::slice::from_ref(&item), &[])?,
            None => item.clone(),
        };
        let better = match &best {
            Some((champion, _)) => vm.truth(&vm.compare(wanted, &by, champion)?)?,
            None => true,
        };
        if better {
            best = Some((by, item));
        }
    }
    match (best, args.get(2)) {
        (Some((_, item)), _) => Ok(item),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Err(Error::value(format!("{name}() arg is an empty sequence"))),
    }
}

fn has_truth(vm: &dyn Vm, args: &Args, wanted: bool) -> Result<Value> {
    let mut is_there = false;
    vm.each(args.value(0), &mut |item| {
        is_there = vm.truth(&item)? == wanted;
        Ok(!is_there)
    })?;
    Ok(Value::Bool(is_there))
}

/// Calls a function until it gives the sentinel.
struct Until {
    function: Value,
    sentinel: Value,
    ended: bool,
}

impl Iterate for Until {
    fn next(&mut self, vm: &dyn Vm) -> Result<Option<Value>> {
        if self.ended {
            return Ok(None);
        }
        let value = vm.call(&self.function, &[], &[])?;
        self.ended = vm.equal(&value, &self.sentinel)?;
        Ok((!self.ended).then_some(value))
    }
}

fn iter(vm: &dyn Vm, args: &Args) -> Result<Value> {
    match args.get(1) {
        None => vm.iterate(args.value(0)),
        Some(sentinel) => {
            let state = Until { function: args.value(0).clone(), sentinel: sentinel.clone(), ended: false };
            Ok(Value::iterator("callable_iterator", state))
        }
    }
}

fn next(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let iterator = args.value(0);
    match vm.next(iterator)? {
        Some(item) => Ok(item),
        None => match args.get(1) {
            Some(default) => Ok(default.clone()),
            None => Err(stop_iteration(vm, iterator)),
        },
    }
}

/// `StopIteration` with what a generator returned.
pub fn stop_iteration(vm: &dyn Vm, iterator: &Value) -> Error {
    let returned = match iterator {
        Value::Iterator(object) => object.with(|state| Ok(state.returned())).ok().flatten(),
        _ => None,
    };
    let Some(class) = vm.types().named("StopIteration") else { return Error::new(Kind::StopIteration, "") };
    let arguments: Vec<Value> = returned.filter(|value| !value.is_none()).into_iter().collect();
    match vm.call(&Value::Class(class), &arguments, &[]) {
        Ok(exception) => vm.raise(&exception),
        Err(error) => error,
    }
}

struct Enumerate {
    inner: Value,
    count: i64,
}

impl Iterate for Enumerate {
    fn next(&mut self, vm: &dyn Vm) -> Result<Option<Value>> {
        let Some(item) = vm.next(&self.inner)? else { return Ok(None) };
        self.count += 1;
        Ok(Some(Value::tuple(vec![Value::Int(self.count - 1), item])))
    }
}

fn enumerate(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let state = Enumerate { inner: vm.iterate(args.value(0))?, count: args.int_or(vm, 1, 0)? };
    Ok(Value::iterator("enumerate", state))
}

struct Zip {
    inner: Vec<Value>,
    strict: bool,
}

impl Iterate for Zip {
    fn next(&mut self, vm: &dyn Vm) -> Result<Option<Value>> {
        let mut items = Vec::with_capacity(self.inner.len());
        for (i, iterator) in self.inner.iter().enumerate() {
            match vm.next(iterator)? {
                Some(item) => items.push(item),
                None if self.strict && i > 0 => return Err(self.uneven(i, "shorter")),
                None if self.strict => {
                    for (i, iterator) in self.inner.iter().enumerate().skip(1) {
                        if vm.next(iterator)?.is_some() {
                            return Err(self.uneven(i, "longer"));
                        }
                    }
                    return Ok(None);
                }
                None => return Ok(None),
            }
        }
        Ok((!items.is_empty()).then(|| Value::tuple(items)))
    }
}

impl Zip {
    fn uneven(&self, at: usize, what: &str) -> Error {
        let others = if at == 1 { "argument 1".to_owned() } else { format!("arguments 1-{at}") };
        Error::value(format!("zip() argument {} is {what} than {others}", at + 1))
    }
}

fn zip(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let inner = args.rest().iter().map(|iterable| vm.iterate(iterable)).collect::<Result<_>>()?;
    Ok(Value::iterator("zip", Zip { inner, strict: args.truth_or(vm, 1, false)? }))
}

struct Map {
    function: Value,
    inner: Vec<Value>,
}

impl Iterate for Map {
    fn next(&mut self, vm: &dyn Vm) -> Result<Option<Value>> {
        let mut arguments = Vec::with_capacity(self.inner.len());
        for iterator in &self.inner {
            match vm.next(iterator)? {
                Some(item) => arguments.push(item),
                None => return Ok(None),
            }
        }
        vm.call(&self.function, &arguments, &[]).map(Some)
    }
}

fn map(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut inner = vec![vm.iterate(args.value(1))?];
    for iterable in args.rest() {
        inner.push(vm.iterate(iterable)?);
    }
    Ok(Value::iterator("map", Map { function: args.value(0).clone(), inner }))
}

struct Filter {
    function: Value,
    inner: Value,
}

impl Iterate for Filter {
    fn next(&mut self, vm: &dyn Vm) -> Result<Option<Value>> {
        while let Some(item) = vm.next(&self.inner)? {
            let keep = match &self.function {
                Value::None => vm.truth(&item)?,
                function => vm.truth(&vm.call(function, std::slice::from_ref(&item), &[])?)?,
            };
            if keep {
                return Ok(Some(item));
            }
        }
        Ok(None)
    }
}

fn filter(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::iterator(
        "filter",
        Filter { function: args.value(0).clone(), inner: vm.iterate(args.value(1))? },
    ))
}
