//! `collections.deque`

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use torchsh_base::error::{Error, Kind, Result};
use torchsh_language::value::{
    Args, Builtin, Effect, Iterate, Native, Param, Value, Vm, memory, number, opt, pos,
};
use torchsh_syntax::tree::CompareOperator;

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::constructor("deque", &[opt("iterable", "()"), opt("maxlen", "None")], |vm, args| {
        let deque = Deque::default();
        deque.fill(vm, args)?;
        Ok(Value::native(deque))
    })
    .says("A list that is cheap at both ends"),
    changes("__init__", &[opt("iterable", "()"), opt("maxlen", "None")], |vm, args| {
        with(vm, args, |deque| deque.fill(vm, args))
    }),
    Builtin::property("deque", "maxlen", |vm, args| with(vm, args, |deque| Ok(deque.most.get())))
        .says("The most items it keeps, or None"),
    changes("append", &[pos("_item")], |vm, args| with(vm, args, |deque| deque.push(args.value(0).clone())))
        .says("Adds at the right"),
    changes("appendleft", &[pos("_item")], |vm, args| {
        with(vm, args, |deque| deque.push_left(args.value(0).clone()))
    })
    .says("Adds at the left"),
    changes("pop", &[], |vm, args| with(vm, args, |deque| deque.taken(VecDeque::pop_back)))
        .says("Takes the item at the right"),
    changes("popleft", &[], |vm, args| with(vm, args, |deque| deque.taken(VecDeque::pop_front)))
        .says("Takes the item at the left"),
    changes("extend", &[pos("_iterable")], |vm, args| {
        with(vm, args, |deque| deque.each(vm, args.value(0), Deque::push))
    })
    .says("Adds items at the right"),
    changes("extendleft", &[pos("_iterable")], |vm, args| {
        with(vm, args, |deque| deque.each(vm, args.value(0), Deque::push_left))
    })
    .says("Adds items at the left, one after the other"),
    changes("insert", &[pos("_index"), pos("_item")], |vm, args| {
        let place = args.int(vm, 0)?;
        with(vm, args, |deque| deque.insert(place, args.value(1).clone()))
    })
    .says("Puts an item before a place"),
    changes("rotate", &[opt("_n", "1")], |vm, args| {
        let steps = args.int_or(vm, 0, 1)?;
        with(vm, args, |deque| deque.rotate(steps))
    })
    .says("Moves that many items from the right to the left"),
    changes("clear", &[], |vm, args| {
        with(vm, args, |deque| {
            drop(deque.replaced(VecDeque::new()));
            Ok(())
        })
    })
    .says("Removes all"),
    changes("reverse", &[], |vm, args| {
        with(vm, args, |deque| {
            deque.changing().make_contiguous().reverse();
            Ok(())
        })
    })
    .says("Turns the order round"),
    changes("remove", &[pos("_value")], |vm, args| {
        with(vm, args, |deque| {
            let place = deque.sought(vm, args.value(0), 0, deque.len())?;
            let removed = deque.changing().remove(place);
            drop(removed);
            Ok(())
        })
    })
    .says("Removes the first item that equals the value"),
    reads("count", &[pos("_value")], |vm, args| with(vm, args, |deque| deque.count(vm, args.value(0))))
        .says("How many items equal the value"),
    reads("index", &[pos("_value"), opt("_start", "0"), opt("_stop", "…")], |vm, args| {
        with(vm, args, |deque| {
            let start = deque.clamped(args.int_or(vm, 1, 0)?);
            let stop = args.get(2).map(|_| args.int(vm, 2)).transpose()?;
            let stop = stop.map_or(deque.len(), |stop| deque.clamped(stop));
            deque.sought(vm, args.value(0), start, stop)
        })
    })
    .says("The place of the first item that equals the value"),
    reads("copy", &[], copied).says("A deque of the same items"),
    reads("__copy__", &[], copied),
    reads("__len__", &[], |vm, args| with(vm, args, |deque| Ok(deque.len()))),
    reads("__iter__", &[], |vm, args| with(vm, args, |_| Ok(stepped(args.receiver(), true)))),
    reads("__reversed__", &[], |vm, args| with(vm, args, |_| Ok(stepped(args.receiver(), false)))),
    reads("__contains__", &[pos("_value")], |vm, args| {
        with(vm, args, |deque| Ok(deque.find(vm, args.value(0), 0, deque.len())?.is_some()))
    }),
    reads("__getitem__", &[pos("_index")], |vm, args| {
        with(vm, args, |deque| {
            let place = deque.place(vm, args.value(0))?;
            deque.items.borrow().get(place).cloned().ok_or_else(out_of_range)
        })
    }),
    changes("__setitem__", &[pos("_index"), pos("_item")], |vm, args| {
        with(vm, args, |deque| {
            let place = deque.place(vm, args.value(0))?;
            let mut items = deque.items.borrow_mut();
            let old = items.get_mut(place).map(|item| std::mem::replace(item, args.value(1).clone()));
            drop(items);
            old.map(drop).ok_or_else(out_of_range)
        })
    }),
    changes("__delitem__", &[pos("_index")], |vm, args| {
        with(vm, args, |deque| {
            let place = deque.place(vm, args.value(0))?;
            let old = deque.changing().remove(place);
            old.map(drop).ok_or_else(out_of_range)
        })
    }),
    reads("__add__", &[pos("_other")], |vm, args| {
        let Some(other) = items_of(args.value(0)) else {
            let name = vm.type_name(args.value(0));
            let message = format!("can only concatenate deque (not \"{name}\") to deque");
            return Err(Error::type_error(message));
        };
        let made = copied(vm, args)?;
        vm.call_method(&made, "extend", &[Value::list(other)])?;
        Ok(made)
    }),
    changes("__iadd__", &[pos("_other")], |vm, args| {
        with(vm, args, |deque| deque.each(vm, args.value(0), Deque::push))?;
        Ok(args.receiver().clone())
    }),
    reads("__mul__", &[pos("_times")], times),
    reads("__rmul__", &[pos("_times")], times),
    changes("__imul__", &[pos("_times")], |vm, args| {
        let times = factor(vm, args)?;
        with(vm, args, |deque| deque.repeat(times))?;
        Ok(args.receiver().clone())
    }),
    reads("__eq__", &[pos("_other")], |vm, args| compared(vm, args, CompareOperator::Equal)),
    reads("__ne__", &[pos("_other")], |vm, args| compared(vm, args, CompareOperator::NotEqual)),
    reads("__lt__", &[pos("_other")], |vm, args| compared(vm, args, CompareOperator::Less)),
    reads("__le__", &[pos("_other")], |vm, args| compared(vm, args, CompareOperator::LessEqual)),
    reads("__gt__", &[pos("_other")], |vm, args| compared(vm, args, CompareOperator::Greater)),
    reads("__ge__", &[pos("_other")], |vm, args| compared(vm, args, CompareOperator::GreaterEqual)),
    reads("__repr__", &[], |vm, args| {
        let name = vm.type_name(args.receiver());
        with(vm, args, |deque| deque.shown(vm, &name))
    }),
    reads("__reduce__", &[], |vm, args| {
        let class = Value::Class(vm.class_of(args.receiver()));
        let empty = Value::tuple(Vec::new());
        let most = with(vm, args, |deque| Ok(deque.most.get()))?;
        let made_of = if most.is_none() { Vec::new() } else { vec![empty, most] };
        let state = match args.receiver() {
            Value::Instance(object) if !object.attributes.is_empty() => {
                Value::Dict(object.attributes.clone())
            }
            _ => Value::None,
        };
        Ok(Value::tuple(vec![class, Value::tuple(made_of), state, vm.iterate(args.receiver())?]))
    }),
];

const fn reads(
    name: &'static str,
    params: &'static [Param],
    call: fn(&dyn Vm, &Args) -> Result<Value>,
) -> Builtin {
    Builtin::method("deque", name, params, call).says("As Python's deque has it")
}

const fn changes(
    name: &'static str,
    params: &'static [Param],
    call: fn(&dyn Vm, &Args) -> Result<Value>,
) -> Builtin {
    reads(name, params, call).effect(Effect::Changes)
}

/// The items, and how often their number or order has changed: what is stepped through must not change.
#[derive(Default)]
pub struct Deque {
    items: RefCell<VecDeque<Value>>,
    most: Cell<Option<usize>>,
    changes: Cell<u64>,
    /// Whether its text is being made: it may hold itself.
    showing: Cell<bool>,
}

impl Native for Deque {
    fn type_name(&self) -> &str {
        "deque"
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn length(&self, _vm: &dyn Vm) -> Option<Result<usize>> {
        Some(Ok(self.len()))
    }

    fn hash(&self, _vm: &dyn Vm) -> Option<Result<u64>> {
        Some(Err(Error::type_error("unhashable type: 'collections.deque'")))
    }
}

/// The deque that a value is or stands on.
fn deque_of<T>(value: &Value, run: impl FnOnce(&Deque) -> T) -> Option<T> {
    match value {
        Value::Instance(object) => object.payload()?.as_native::<Deque>().map(run),
        _ => value.as_native::<Deque>().map(run),
    }
}

fn items_of(value: &Value) -> Option<Vec<Value>> {
    deque_of(value, Deque::to_vec)
}

fn with<T: Into<Value>>(vm: &dyn Vm, args: &Args, run: impl FnOnce(&Deque) -> Result<T>) -> Result<Value> {
    deque_of(args.receiver(), run).ok_or_else(|| args.wrong_receiver(vm))?.map(Into::into)
}

fn out_of_range() -> Error {
    Error::new(Kind::Index, "deque index out of range")
}

fn mutated() -> Error {
    Error::runtime("deque mutated during iteration")
}

fn most_of(value: &Value) -> Result<usize> {
    let most = value.as_int().ok_or_else(|| Error::type_error("an integer is required"))?;
    usize::try_from(most).map_err(|_| Error::value("maxlen must be non-negative"))
}

/// How often to repeat.
fn factor(vm: &dyn Vm, args: &Args) -> Result<i64> {
    number::index(vm, args.value(0)).map_err(|_| {
        let name = vm.type_name(args.value(0));
        Error::type_error(format!("can't multiply sequence by non-int of type '{name}'"))
    })
}

impl Deque {
    fn fill(&self, vm: &dyn Vm, args: &Args) -> Result<()> {
        let most = args.some(1).map(most_of).transpose()?;
        self.most.set(most);
        self.replaced(VecDeque::new());
        args.get(0).map_or(Ok(()), |items| self.each(vm, items, Deque::push))
    }

    fn len(&self) -> usize {
        self.items.borrow().len()
    }

    /// A copy of the items, in order.
    pub fn to_vec(&self) -> Vec<Value> {
        self.items.borrow().iter().cloned().collect()
    }

    /// An empty one that keeps as many.
    pub fn emptied(&self) -> Deque {
        Deque { most: self.most.clone(), ..Deque::default() }
    }

    /// The items, to change their number or order. Nothing of the program may run meanwhile, nor be dropped.
    fn changing(&self) -> std::cell::RefMut<'_, VecDeque<Value>> {
        self.changes.set(self.changes.get().wrapping_add(1));
        self.items.borrow_mut()
    }

    /// Takes these items instead; gives the old ones, which may run code of the program as they go.
    fn replaced(&self, items: VecDeque<Value>) -> VecDeque<Value> {
        std::mem::replace(&mut *self.changing(), items)
    }

    fn is_full(&self) -> bool {
        self.most.get().is_some_and(|most| self.len() >= most)
    }

    /// Adds at the right.
    ///
    /// # Errors
    /// None: `append` of every kind has one type.
    pub fn push(&self, item: Value) -> Result<()> {
        let dropped = self.is_full().then(|| self.changing().pop_front()).flatten();
        if self.most.get() != Some(0) {
            self.changing().push_back(item);
        }
        drop(dropped);
        Ok(())
    }

    fn push_left(&self, item: Value) -> Result<()> {
        let dropped = self.is_full().then(|| self.changing().pop_back()).flatten();
        if self.most.get() != Some(0) {
            self.changing().push_front(item);
        }
        drop(dropped);
        Ok(())
    }

    fn each(&self, vm: &dyn Vm, items: &Value, add: fn(&Deque, Value) -> Result<()>) -> Result<()> {
        if let Some(items) = items_of(items) {
            return items.into_iter().try_for_each(|item| add(self, item));
        }
        let iterator = vm.iterate(items)?;
        while let Some(item) = vm.next(&iterator)? {
            add(self, item)?;
        }
        Ok(())
    }

    fn taken(&self, take: fn(&mut VecDeque<Value>) -> Option<Value>) -> Result<Value> {
        take(&mut self.changing()).ok_or_else(|| Error::new(Kind::Index, "pop from an empty deque"))
    }

    /// A place counted from the end where it is negative, held within the deque.
    fn clamped(&self, place: i64) -> usize {
        let length = i64::try_from(self.len()).unwrap_or(i64::MAX);
        let from_start = if place < 0 { place.saturating_add(length) } else { place };
        usize::try_from(from_start.clamp(0, length)).unwrap_or(0)
    }

    fn place(&self, vm: &dyn Vm, index: &Value) -> Result<usize> {
        let place = match index {
            Value::Int(place) => *place,
            Value::Slice(_) | Value::Str(_) | Value::Float(_) | Value::None | Value::Tuple(_) => {
                let name = vm.type_name(index);
                return Err(Error::type_error(format!("sequence index must be integer, not '{name}'")));
            }
            _ => number::index(vm, index)?,
        };
        let length = i64::try_from(self.len()).unwrap_or(i64::MAX);
        let from_start = if place < 0 { place.saturating_add(length) } else { place };
        usize::try_from(from_start).ok().filter(|&place| place < self.len()).ok_or_else(out_of_range)
    }

    fn insert(&self, place: i64, item: Value) -> Result<()> {
        if self.is_full() {
            return Err(Error::new(Kind::Index, "deque already at its maximum size"));
        }
        let place = self.clamped(place);
        self.changing().insert(place, item);
        Ok(())
    }

    fn rotate(&self, steps: i64) -> Result<()> {
        let length = i64::try_from(self.len()).unwrap_or(i64::MAX);
        if length > 1 {
            self.changing().rotate_right(usize::try_from(steps.rem_euclid(length)).unwrap_or(0));
        }
        Ok(())
    }

    fn repeat(&self, times: i64) -> Result<()> {
        let items = self.to_vec();
        let times = usize::try_from(times).unwrap_or(0);
        memory::room(items.len().saturating_mul(times).saturating_mul(size_of::<Value>()))?;
        drop(self.replaced(VecDeque::new()));
        (0..times).flat_map(|_| &items).try_for_each(|item| self.push(item.clone()))
    }

    /// Whether the item at a place equals a value; none past the end.
    fn equals(&self, vm: &dyn Vm, place: usize, value: &Value) -> Result<Option<bool>> {
        let Some(item) = self.items.borrow().get(place).cloned() else { return Ok(None) };
        let changes = self.changes.get();
        let equal = item.same(value) || vm.equal(&item, value)?;
        if changes == self.changes.get() { Ok(Some(equal)) } else { Err(mutated()) }
    }

    fn find(&self, vm: &dyn Vm, value: &Value, start: usize, stop: usize) -> Result<Option<usize>> {
        for place in start..stop {
            if self.equals(vm, place, value)? == Some(true) {
                return Ok(Some(place));
            }
        }
        Ok(None)
    }

    /// As [`Deque::find`], where the value must be there.
    fn sought(&self, vm: &dyn Vm, value: &Value, start: usize, stop: usize) -> Result<usize> {
        match self.find(vm, value, start, stop)? {
            Some(place) => Ok(place),
            None => Err(Error::value(format!("{} is not in deque", vm.repr(value)?))),
        }
    }

    fn count(&self, vm: &dyn Vm, value: &Value) -> Result<usize> {
        let mut count = 0;
        for place in 0..self.len() {
            count += usize::from(self.equals(vm, place, value)? == Some(true));
        }
        Ok(count)
    }

    fn shown(&self, vm: &dyn Vm, name: &str) -> Result<String> {
        if self.showing.replace(true) {
            return Ok("[...]".to_owned());
        }
        let items = vm.repr(&Value::list(self.to_vec()));
        self.showing.set(false);
        let end = self.most.get().map_or_else(String::new, |most| format!(", maxlen={most}"));
        Ok(format!("{name}({}{end})", items?))
    }
}

/// A new one of the same class; a class of the program's is called with the items.
fn copied(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let most = with(vm, args, |deque| Ok(deque.most.get()))?;
    let class = Value::Class(vm.class_of(args.receiver()));
    let items = args.receiver().clone();
    if most.is_none() { vm.call(&class, &[items], &[]) } else { vm.call(&class, &[items, most], &[]) }
}

fn times(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let times = factor(vm, args)?;
    let made = copied(vm, args)?;
    vm.call_method(&made, "__imul__", &[Value::Int(times)])
}

fn compared(vm: &dyn Vm, args: &Args, operator: CompareOperator) -> Result<Value> {
    match (items_of(args.receiver()), items_of(args.value(0))) {
        (Some(own), Some(other)) => vm.compare(operator, &Value::list(own), &Value::list(other)),
        _ => Ok(Value::NotImplemented),
    }
}

/// Steps from the left (`from_left`) or from the right; a change of the deque meanwhile is an error.
fn stepped(deque: &Value, from_left: bool) -> Value {
    let (changes, left) = deque_of(deque, |deque| (deque.changes.get(), deque.len())).unwrap_or((0, 0));
    let name = if from_left { "_deque_iterator" } else { "_deque_reverse_iterator" };
    Value::iterator(name, Steps { deque: deque.clone(), from_left, left, changes })
}

struct Steps {
    deque: Value,
    from_left: bool,
    left: usize,
    changes: u64,
}

impl Iterate for Steps {
    fn next(&mut self, _vm: &dyn Vm) -> Result<Option<Value>> {
        // What has been gone through whole is over, whatever changed since.
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        let next = deque_of(&self.deque, |deque| {
            let items = deque.items.borrow();
            if deque.changes.get() != self.changes {
                return Err(mutated());
            }
            let place = if self.from_left { items.len() - self.left } else { left };
            Ok(items.get(place).cloned())
        });
        match next {
            Some(Err(error)) => {
                self.left = 0;
                Err(error)
            }
            next => {
                self.left = left;
                next.unwrap_or(Ok(None))
            }
        }
    }
}
