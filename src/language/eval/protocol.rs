//! Iteration, length, truth and membership.

use std::rc::Rc;

use super::Interpreter;
use crate::value::{Dict, DictKind, Iterate, List, Range, Set, Str, Value, View, ViewKind, Vm, memory};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_base::reason::Reason;

/// Steps through a list by position, so that it sees changes.
struct OfList(Rc<List>, usize);

impl Iterate for OfList {
    fn next(&mut self, _vm: &dyn Vm) -> Result<Option<Value>> {
        let item = self.0.items().get(self.1).cloned();
        // What came to its end stays there, whatever is appended later.
        self.1 = if item.is_some() { self.1 + 1 } else { usize::MAX };
        Ok(item)
    }
}

/// Steps through items that nothing can change.
pub(super) struct Fixed(std::vec::IntoIter<Value>);

impl Fixed {
    /// An iterator over these.
    pub fn new(items: Vec<Value>) -> Self {
        Fixed(items.into_iter())
    }
}

impl Iterate for Fixed {
    fn next(&mut self, _vm: &dyn Vm) -> Result<Option<Value>> {
        Ok(self.0.next())
    }
}

/// Steps through a set, in the order that it had at first; a change of size meanwhile is an error.
struct OfSet {
    set: Rc<Set>,
    items: std::vec::IntoIter<Value>,
    length: usize,
}

impl Iterate for OfSet {
    fn next(&mut self, _vm: &dyn Vm) -> Result<Option<Value>> {
        if self.set.dict.len() != self.length && self.length > 0 {
            return Err(Error::runtime("Set changed size during iteration"));
        }
        let item = self.items.next();
        if item.is_none() {
            self.length = 0;
        }
        Ok(item)
    }
}

/// Steps through a range: where it is, and how many there are.
struct OfRange(Range, usize, usize);

impl Iterate for OfRange {
    fn next(&mut self, _vm: &dyn Vm) -> Result<Option<Value>> {
        if self.1 >= self.2 {
            return Ok(None);
        }
        self.1 += 1;
        Ok(Some(Value::Int(self.0.at(self.1 - 1))))
    }
}

/// Steps through a dictionary; a change of size meanwhile is an error.
struct OfDict {
    dict: Rc<Dict>,
    kind: ViewKind,
    position: usize,
    length: usize,
    seen: usize,
}

impl Iterate for OfDict {
    fn next(&mut self, _vm: &dyn Vm) -> Result<Option<Value>> {
        let map = self.dict.map();
        if map.len() != self.length {
            return Err(changed(&self.dict, "changed size"));
        }
        let Some((found, entry)) = map.entry_from(self.position) else { return Ok(None) };
        if self.seen == self.length {
            return Err(changed(&self.dict, "keys changed"));
        }
        self.position = found + 1;
        self.seen += 1;
        Ok(Some(match self.kind {
            ViewKind::Keys => entry.key.clone(),
            ViewKind::Values => entry.value.clone(),
            ViewKind::Items => Value::tuple(vec![entry.key.clone(), entry.value.clone()]),
        }))
    }
}

/// The error of a dictionary that was changed while a loop went through it.
pub(super) fn changed(dict: &Dict, how: &str) -> Error {
    match *dict.kind.borrow() {
        DictKind::Ordered => Error::runtime("OrderedDict mutated during iteration"),
        _ => Error::runtime(format!("dictionary {how} during iteration")),
    }
}

/// Calls `__getitem__` with 0, 1, 2 … until `IndexError`: the old protocol.
struct OfItems(Value, i64);

impl Iterate for OfItems {
    fn next(&mut self, vm: &dyn Vm) -> Result<Option<Value>> {
        match vm.item(&self.0, &Value::Int(self.1)) {
            Ok(item) => {
                self.1 += 1;
                Ok(Some(item))
            }
            Err(error) if matches!(error.kind(), Kind::Index | Kind::StopIteration) => {
                self.0 = Value::tuple(Vec::new());
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

fn of_dict(dict: &Rc<Dict>, kind: ViewKind) -> Value {
    let name = match kind {
        ViewKind::Keys => "dict_keyiterator",
        ViewKind::Values => "dict_valueiterator",
        ViewKind::Items => "dict_itemiterator",
    };
    Value::iterator(name, OfDict { dict: dict.clone(), kind, position: 0, length: dict.len(), seen: 0 })
}

/// The characters of a string as strings.
fn characters(text: &Str) -> Result<Vec<Value>> {
    let mut buffer = [0; 4];
    let mut all = Vec::new();
    memory::reserve(&mut all, text.points())?;
    all.extend(text.chars().map(|c| Value::Str(Str::intern(c.encode_utf8(&mut buffer)))));
    Ok(all)
}

impl Interpreter {
    pub(super) fn make_iterator(&self, value: &Value) -> Result<Value> {
        if let Value::Instance(instance) = value
            && let Some(result) = self.written_iterator(value)
        {
            let _ = instance;
            let made = result?;
            let steps = matches!(made, Value::Iterator(_) | Value::Native(_))
                || self.class_of(&made).lookup(&Str::intern("__next__")).is_some();
            if !steps {
                let kind = self.type_name(&made);
                return Err(Error::type_error(format!("iter() returned non-iterator of type '{kind}'")));
            }
            return Ok(made);
        }
        Ok(match &value.payload() {
            Value::Iterator(_) => value.clone(),
            Value::List(list) => Value::iterator("list_iterator", OfList(list.clone(), 0)),
            Value::Tuple(tuple) => Value::iterator("tuple_iterator", Fixed::new(tuple.items.to_vec())),
            Value::Dict(dict) => of_dict(dict, ViewKind::Keys),
            Value::View(view) => of_dict(&view.dict, view.kind),
            Value::Set(set) => Value::iterator(
                "set_iterator",
                OfSet {
                    set: set.clone(),
                    items: super::order::set_items(set).into_iter(),
                    length: set.dict.len(),
                },
            ),
            Value::Str(text) => Value::iterator("str_iterator", Fixed::new(characters(text)?)),
            Value::Bytes(bytes) => {
                let items = bytes.iter().map(|byte| Value::Int(i64::from(*byte))).collect();
                Value::iterator("bytes_iterator", Fixed::new(items))
            }
            Value::Range(range) => Value::iterator("range_iterator", OfRange(**range, 0, range.len())),
            Value::Native(object) => match object.iterate(self) {
                Some(result) => result?,
                None => return self.special_iterator(value),
            },
            _ => return self.special_iterator(value),
        })
    }

    /// `__iter__` written in a class of the program.
    fn written_iterator(&self, value: &Value) -> Option<Result<Value>> {
        match self.class_of(value).lookup(&self.names.iter) {
            Some(Value::Builtin(_)) => None,
            Some(_) => self.special(value, "__iter__", &[]),
            None => None,
        }
    }

    fn special_iterator(&self, value: &Value) -> Result<Value> {
        if let Some(result) = self.special(value, "__iter__", &[]) {
            return result;
        }
        let class = self.class_of(value);
        if class.lookup(&Str::intern("__getitem__")).is_some() {
            return Ok(Value::iterator("iterator", OfItems(value.clone(), 0)));
        }
        let message = format!("'{}' object is not iterable", self.full_type_name(value));
        Err(Error::type_error(message).because(Reason::NotIterable))
    }

    pub(super) fn step(&self, iterator: &Value) -> Result<Option<Value>> {
        self.check_interrupt()?;
        if let Value::Iterator(object) = iterator {
            return object.next(self);
        }
        match self.special(iterator, "__next__", &[]) {
            Some(Ok(item)) => Ok(Some(item)),
            Some(Err(error)) if error.kind() == Kind::StopIteration => Ok(None),
            Some(Err(error)) => Err(error),
            None => {
                Err(Error::type_error(format!("'{}' object is not an iterator", self.type_name(iterator))))
            }
        }
    }

    pub(super) fn collect_items(&self, value: &Value) -> Result<Vec<Value>> {
        memory::room(native_length(value).unwrap_or(0).saturating_mul(size_of::<Value>()))?;
        match value {
            Value::List(list) => return Ok(list.to_vec()),
            Value::Tuple(tuple) => return Ok(tuple.items.to_vec()),
            Value::Dict(dict) => return Ok(dict.keys()),
            Value::Set(set) => return Ok(super::order::set_items(set)),
            Value::Str(text) => return characters(text),
            Value::View(view) => return Ok(view_items(view)),
            _ => {}
        }
        let iterator = self.make_iterator(value)?;
        let mut items = Vec::new();
        self.each_left(&iterator, &mut |item| memory::push(&mut items, item).map(|()| true))?;
        Ok(items)
    }

    /// Gives each item that an iterator has left to `take`, until it wants no more.
    pub(super) fn each_left(
        &self,
        iterator: &Value,
        take: &mut dyn FnMut(Value) -> Result<bool>,
    ) -> Result<()> {
        // Others are free between two items, for whoever asks them meanwhile. What runs a program's lines is not.
        if let Value::Iterator(object) = iterator
            && object.name == "generator"
        {
            return object.with(|state| state.each(self, take));
        }
        while let Some(item) = self.step(iterator)? {
            if !take(item)? {
                break;
            }
        }
        Ok(())
    }

    pub(super) fn length_of(&self, value: &Value) -> Result<usize> {
        match value {
            Value::Instance(_) => {}
            Value::Native(object) => {
                if let Some(result) = object.length(self) {
                    return result;
                }
            }
            _ => {
                if let Some(length) = native_length(value) {
                    return Ok(length);
                }
            }
        }
        match self.special(value, "__len__", &[]) {
            Some(length) => {
                let length = crate::value::number::index(self, &length?)?;
                usize::try_from(length).map_err(|_| Error::value("__len__() should return >= 0"))
            }
            None => match native_length(&value.payload()) {
                Some(length) => Ok(length),
                None => {
                    let name = self.full_type_name(value);
                    Err(Error::type_error(format!("object of type '{name}' has no len()")))
                }
            },
        }
    }

    pub(super) fn truth_of(&self, value: &Value) -> Result<bool> {
        Ok(match value {
            Value::None => false,
            Value::Bool(value) => *value,
            Value::Int(value) => *value != 0,
            Value::Float(value) => *value != 0.0,
            Value::Complex(value) => **value != (0.0, 0.0),
            Value::Class(class) if class.metaclass.is_some() => return self.special_truth(value),
            Value::BigInt(_)
            | Value::Function(_)
            | Value::Builtin(_)
            | Value::Class(_)
            | Value::Module(_) => true,
            Value::Native(object) => match object.number() {
                Some(number) => return self.truth_of(&number),
                None => return self.special_truth(value),
            },
            Value::Instance(_) | Value::Tensor(_) => return self.special_truth(value),
            _ => native_length(value).is_none_or(|length| length > 0),
        })
    }

    fn special_truth(&self, value: &Value) -> Result<bool> {
        if let Some(result) = self.special(value, "__bool__", &[]) {
            return match result? {
                Value::Bool(value) => Ok(value),
                other => {
                    let name = self.type_name(&other);
                    Err(Error::type_error(format!("__bool__ should return bool, returned {name}")))
                }
            };
        }
        let has_length = match value {
            Value::Native(object) => object.length(self).is_some(),
            _ => self.class_of(value).lookup(&Str::intern("__len__")).is_some(),
        };
        if has_length {
            return Ok(self.length_of(value)? > 0);
        }
        match value.payload() {
            Value::Instance(_) | Value::Native(_) | Value::Tensor(_) | Value::Class(_) => Ok(true),
            payload => self.truth_of(&payload),
        }
    }

    pub(super) fn contains_item(&self, container: &Value, item: &Value) -> Result<bool> {
        if let Value::Instance(_) | Value::Native(_) | Value::Tensor(_) | Value::Class(_) = container
            && let Some(result) = self.special(container, "__contains__", std::slice::from_ref(item))
        {
            return self.truth(&result?);
        }
        match &container.payload() {
            Value::Dict(dict) => dict.contains(self, item),
            Value::Set(set) => set.dict.contains(self, item),
            Value::Str(text) => match item.as_str() {
                Some(part) => Ok(text.contains(part.as_str())),
                None => {
                    let name = self.type_name(item);
                    Err(Error::type_error(format!(
                        "'in <string>' requires string as left operand, not {name}"
                    )))
                }
            },
            Value::Bytes(bytes) => Ok(match item {
                Value::Int(byte) if !(0..256).contains(byte) => {
                    return Err(Error::value("byte must be in range(0, 256)"));
                }
                Value::Int(byte) => bytes.iter().any(|b| i64::from(*b) == *byte),
                Value::Bytes(part) => {
                    part.is_empty() || bytes.windows(part.len()).any(|window| window == part.as_slice())
                }
                _ => false,
            }),
            Value::Range(range) => match item.as_int() {
                Some(value) => Ok(range_contains(range, value)),
                None => self.any_equal(container, item),
            },
            Value::View(view) => self.view_contains(view, item),
            Value::List(_) | Value::Tuple(_) | Value::Iterator(_) => self.any_equal(container, item),
            _ => match self.make_iterator(container) {
                Ok(iterator) => self.any_equal(&iterator, item),
                Err(error) if error.kind() == Kind::Type => {
                    let name = self.type_name(container);
                    Err(Error::type_error(format!("argument of type '{name}' is not iterable")))
                }
                Err(error) => Err(error),
            },
        }
    }

    fn any_equal(&self, container: &Value, item: &Value) -> Result<bool> {
        let iterator = self.make_iterator(container)?;
        while let Some(candidate) = self.step(&iterator)? {
            if candidate.same(item) || self.equal(&candidate, item)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn view_contains(&self, view: &View, item: &Value) -> Result<bool> {
        match view.kind {
            ViewKind::Keys => view.dict.contains(self, item),
            ViewKind::Values => self.any_equal(&Value::list(view_items(view)), item),
            ViewKind::Items => {
                let Some(pair) = item.as_tuple() else { return Ok(false) };
                let [key, value] = &*pair.items else { return Ok(false) };
                match view.dict.get(self, key)? {
                    Some(found) => Ok(found.same(value) || self.equal(&found, value)?),
                    None => Ok(false),
                }
            }
        }
    }
}

fn range_contains(range: &Range, value: i64) -> bool {
    let inside = if range.step > 0 {
        range.start <= value && value < range.stop
    } else {
        range.stop < value && value <= range.start
    };
    inside && (i128::from(value) - i128::from(range.start)) % i128::from(range.step) == 0
}

/// The items that a view shows now.
pub(super) fn view_items(view: &View) -> Vec<Value> {
    let map = view.dict.map();
    match view.kind {
        ViewKind::Keys => map.iter().map(|entry| entry.key.clone()).collect(),
        ViewKind::Values => map.iter().map(|entry| entry.value.clone()).collect(),
        ViewKind::Items => {
            map.iter().map(|entry| Value::tuple(vec![entry.key.clone(), entry.value.clone()])).collect()
        }
    }
}

fn native_length(value: &Value) -> Option<usize> {
    Some(match value {
        Value::List(list) => list.len(),
        Value::Tuple(tuple) => tuple.items.len(),
        Value::Dict(dict) => dict.len(),
        Value::View(view) => view.dict.len(),
        Value::Set(set) => set_length(set),
        Value::Str(text) => text.points(),
        Value::Bytes(bytes) => bytes.len(),
        Value::Range(range) => range.len(),
        _ => return None,
    })
}

fn set_length(set: &Set) -> usize {
    set.dict.len()
}
