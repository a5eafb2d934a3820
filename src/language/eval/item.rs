//! `value[index]` on built-in values; everything else goes through special methods.

use std::rc::Rc;

use super::Interpreter;
use crate::value::number::index;
use crate::value::{
    Class, Dict, DictKind, GenericAlias, List, Range, Slice, Str, Tuple, TupleKind, Value, Vm,
};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_base::reason::Reason;

impl Interpreter {
    pub(super) fn get_item(&self, value: &Value, key: &Value) -> Result<Value> {
        match value {
            Value::Dict(dict) => return self.entry(value, dict, key),
            Value::List(list) => return self.list_item(list, key),
            Value::Tuple(tuple) => return self.tuple_item(tuple, key),
            Value::Str(text) => return self.str_item(text, key),
            Value::Bytes(bytes) => return self.bytes_item(bytes, key),
            Value::Range(range) => return self.range_item(range, key),
            Value::Class(class) => return self.class_item(class, key),
            Value::Native(object) => {
                if let Some(result) = object.item(self, key) {
                    return result;
                }
            }
            _ => {}
        }
        // A dict's own `[]` on a class made from dict minds `__missing__` of that class.
        if let Some(dict) = value.as_dict()
            && let Some(Value::Builtin(_)) = self.class_of(value).lookup(&Str::intern("__getitem__"))
        {
            return self.entry(value, &dict, key);
        }
        match self.special(value, "__getitem__", std::slice::from_ref(key)) {
            Some(result) => result,
            None => match value.payload() {
                Value::Instance(_) => Err(self.not_subscriptable(value)),
                Value::Dict(dict) if matches!(value, Value::Instance(_)) => self.entry(value, &dict, key),
                payload if matches!(value, Value::Instance(_)) => self.get_item(&payload, key),
                _ => Err(self.not_subscriptable(value)),
            },
        }
    }

    fn not_subscriptable(&self, value: &Value) -> Error {
        Error::type_error(format!("'{}' object is not subscriptable", self.type_name(value)))
    }

    /// `dict[str, int]`.
    fn class_item(&self, class: &Rc<Class>, key: &Value) -> Result<Value> {
        if class.metaclass.is_some()
            && let Some(result) =
                self.special(&Value::Class(class.clone()), "__getitem__", std::slice::from_ref(key))
        {
            return result;
        }
        if let Some(found) = class.lookup(&Str::intern("__class_getitem__")) {
            let found = self.bind_to(found, &Value::Class(class.clone()), class)?;
            return self.call_value(&found, std::slice::from_ref(key), &[]);
        }
        if class.is_written() && class.core == Some(crate::value::Core::Object) {
            return Err(Error::type_error(format!("type '{}' is not subscriptable", class.name)));
        }
        Ok(GenericAlias::of(Value::Class(class.clone()), key))
    }

    pub(super) fn entry(&self, value: &Value, dict: &Rc<Dict>, key: &Value) -> Result<Value> {
        if let Some(found) = dict.get(self, key)? {
            return Ok(found);
        }
        if let Value::Instance(_) = value
            && let Some(result) = self.special(value, "__missing__", std::slice::from_ref(key))
        {
            return result;
        }
        let kind = dict.kind.borrow().clone();
        match kind {
            DictKind::Default(factory) if !factory.is_none() => {
                let made = self.call_value(&factory, &[], &[])?;
                dict.set(self, key.clone(), made.clone())?;
                Ok(made)
            }
            DictKind::Counter => Ok(Value::Int(0)),
            _ => Err(self.missing_key(key)),
        }
    }

    /// `KeyError` with the key as its argument.
    pub(super) fn missing_key(&self, key: &Value) -> Error {
        let class = Value::Class(self.exception_class(Kind::Key));
        match self.call_value(&class, std::slice::from_ref(key), &[]) {
            Ok(exception) => self.raised(&exception),
            Err(error) => error,
        }
    }

    fn list_item(&self, list: &List, key: &Value) -> Result<Value> {
        if let Value::Slice(slice) = key {
            let part = self.part_of(slice)?;
            return Ok(Value::list(part.of(&list.items())?));
        }
        let at = self.position(key, list.len(), "list")?;
        list.items().get(at).cloned().ok_or_else(|| out_of_range("list index"))
    }

    fn tuple_item(&self, tuple: &Tuple, key: &Value) -> Result<Value> {
        if let Value::Slice(slice) = key {
            let items = self.part_of(slice)?.of(&tuple.items)?;
            let kind = if matches!(tuple.kind, TupleKind::Size) { TupleKind::Size } else { TupleKind::Plain };
            return Ok(Value::Tuple(Rc::new(Tuple::with_kind(items, kind))));
        }
        let at = self.position(key, tuple.items.len(), "tuple")?;
        tuple.items.get(at).cloned().ok_or_else(|| out_of_range("tuple index"))
    }

    fn str_item(&self, text: &Str, key: &Value) -> Result<Value> {
        if let Value::Slice(slice) = key {
            let indices = self.indices(slice, text.points())?;
            return Ok(Value::str(indices.cut(text)));
        }
        let at = self.position(key, text.points(), "string")?;
        let found = if text.is_ascii() {
            text.get(at..=at).map(Str::intern)
        } else {
            let mut buffer = [0; 4];
            text.chars().nth(at).map(|c| Str::intern(c.encode_utf8(&mut buffer)))
        };
        found.map(Value::Str).ok_or_else(|| out_of_range("string index"))
    }

    fn bytes_item(&self, bytes: &Rc<Vec<u8>>, key: &Value) -> Result<Value> {
        if let Value::Slice(slice) = key {
            let indices = self.indices(slice, bytes.len())?;
            if indices.step == 1 {
                let (start, stop) = (indices.start as usize, indices.stop.max(indices.start) as usize);
                if start == 0 && stop == bytes.len() {
                    return Ok(Value::Bytes(bytes.clone()));
                }
                return Ok(Value::Bytes(Rc::new(bytes.get(start..stop).unwrap_or_default().to_vec())));
            }
            let cut = indices.positions().filter_map(|at| bytes.get(at).copied()).collect();
            return Ok(Value::Bytes(Rc::new(cut)));
        }
        let at = self.position(key, bytes.len(), "byte")?;
        bytes.get(at).map(|byte| Value::Int(i64::from(*byte))).ok_or_else(|| out_of_range("index"))
    }

    fn range_item(&self, range: &Range, key: &Value) -> Result<Value> {
        if let Value::Slice(slice) = key {
            let indices = self.indices(slice, range.len())?;
            let at = |position: i64| range.start.wrapping_add(position.wrapping_mul(range.step));
            let step = range.step.wrapping_mul(indices.step);
            return Ok(Value::Range(Rc::new(Range {
                start: at(indices.start),
                stop: at(indices.stop),
                step,
            })));
        }
        let at = self.position(key, range.len(), "range")?;
        if at < range.len() { Ok(Value::Int(range.at(at))) } else { Err(out_of_range("range object index")) }
    }

    /// The position an index means; one out of range is left to the caller as such.
    fn position(&self, key: &Value, length: usize, what: &str) -> Result<usize> {
        let Value::Int(at) = key else {
            return self.position_of(key, what).map(|at| wrap(at, length));
        };
        Ok(wrap(*at, length))
    }

    /// As Python's `operator.index`, asked once: it may have effects.
    fn position_of(&self, key: &Value, what: &str) -> Result<i64> {
        if let Some(at) = key.as_int() {
            return Ok(at);
        }
        let found = match self.special(key, "__index__", &[]) {
            Some(found) => index(self, &found?),
            None if matches!(key.payload(), Value::BigInt(_)) => index(self, key),
            None => return Err(Error::type_error(self.no_position(key, what))),
        };
        found.map_err(|error| match error.kind() {
            Kind::Overflow => Error::new(Kind::Index, "cannot fit 'int' into an index-sized integer"),
            _ => error,
        })
    }

    fn no_position(&self, key: &Value, what: &str) -> String {
        let name = self.full_type_name(key);
        if matches!(what, "list" | "tuple" | "range" | "byte") {
            format!("{what} indices must be integers or slices, not {name}")
        } else {
            format!("{what} indices must be integers, not '{name}'")
        }
    }

    /// What a slice says, asked for before a list is looked at: `__index__` may change the list.
    fn part_of(&self, slice: &Slice) -> Result<Part> {
        let part =
            |value: &Value| -> Result<Option<i64>> {
                if value.is_none() {
                    return Ok(None);
                }
                match crate::value::number::big_index(self, value) {
                    Ok(value) => Ok(Some(i64::try_from(&value).unwrap_or(
                        if value.sign() == num_bigint::Sign::Minus { i64::MIN + 1 } else { i64::MAX },
                    ))),
                    Err(error) if error.kind() == Kind::Type => {
                        let message = "slice indices must be integers or None or have an __index__ method";
                        Err(Error::type_error(message))
                    }
                    Err(error) => Err(error),
                }
            };
        Ok(Part { start: part(&slice.start)?, stop: part(&slice.stop)?, step: part(&slice.step)? })
    }

    /// Where a slice starts, stops and how it steps on a sequence of this length.
    pub fn indices(&self, slice: &Slice, length: usize) -> Result<Indices> {
        self.part_of(slice)?.on(length)
    }

    // ---- setting ----------------------------------------------------------------------------------------------

    pub(super) fn put_item(&self, value: &Value, key: &Value, new: Value) -> Result<()> {
        match value {
            Value::Dict(dict) => return dict.set(self, key.clone(), new),
            Value::List(list) => return self.put_list_item(list, key, new),
            _ => {}
        }
        match self.special(value, "__setitem__", &[key.clone(), new.clone()]) {
            Some(result) => result.map(drop),
            None => match value.payload() {
                payload @ (Value::Dict(_) | Value::List(_)) => self.put_item(&payload, key, new),
                _ => {
                    let name = self.type_name(value);
                    Err(Error::type_error(format!("'{name}' object does not support item assignment")))
                }
            },
        }
    }

    fn put_list_item(&self, list: &List, key: &Value, new: Value) -> Result<()> {
        if let Value::Slice(slice) = key {
            let items = self.collect(&new).map_err(|error| match error.reason() {
                Some(Reason::NotIterable) => Error::type_error("can only assign an iterable"),
                _ => error,
            })?;
            return self.put_list_slice(list, slice, items);
        }
        let at = self.position(key, list.len(), "list")?;
        list.replace(at, new).map(drop).ok_or_else(|| out_of_range("list assignment index"))
    }

    fn put_list_slice(&self, list: &List, slice: &Slice, new: Vec<Value>) -> Result<()> {
        let part = self.part_of(slice)?;
        let mut items = list.items_mut();
        let indices = part.on(items.len())?;
        if indices.step == 1 {
            let (start, stop) = (indices.start as usize, indices.stop.max(indices.start) as usize);
            items.splice(start..stop, new);
            return Ok(());
        }
        let positions: Vec<usize> = indices.positions().collect();
        if positions.len() != new.len() {
            let (given, wanted) = (new.len(), positions.len());
            let message =
                format!("attempt to assign sequence of size {given} to extended slice of size {wanted}");
            return Err(Error::value(message));
        }
        for (at, item) in positions.into_iter().zip(new) {
            if let Some(place) = items.get_mut(at) {
                *place = item;
            }
        }
        Ok(())
    }

    pub(super) fn remove_item(&self, value: &Value, key: &Value) -> Result<()> {
        match value {
            Value::Dict(dict) => {
                return match dict.remove(self, key)? {
                    Some(_) => Ok(()),
                    None if matches!(*dict.kind.borrow(), DictKind::Counter) => Ok(()),
                    None => Err(self.missing_key(key)),
                };
            }
            Value::List(list) => return self.remove_list_item(list, key),
            _ => {}
        }
        match self.special(value, "__delitem__", std::slice::from_ref(key)) {
            Some(result) => result.map(drop),
            None => match value.payload() {
                payload @ (Value::Dict(_) | Value::List(_)) => self.remove_item(&payload, key),
                _ => {
                    let name = self.type_name(value);
                    Err(Error::type_error(format!("'{name}' object does not support item deletion")))
                }
            },
        }
    }

    fn remove_list_item(&self, list: &List, key: &Value) -> Result<()> {
        if let Value::Slice(slice) = key {
            let part = self.part_of(slice)?;
            let mut items = list.items_mut();
            let mut positions: Vec<usize> = part.on(items.len())?.positions().collect();
            positions.sort_unstable();
            let mut removed = positions.into_iter().peekable();
            let mut at = 0;
            items.retain(|_| {
                at += 1;
                removed.next_if_eq(&(at - 1)).is_none()
            });
            return Ok(());
        }
        let at = self.position(key, list.len(), "list")?;
        list.remove(at).map(drop).ok_or_else(|| out_of_range("list assignment index"))
    }
}

fn wrap(at: i64, length: usize) -> usize {
    let length = length as i64;
    let at = if at < 0 { at + length } else { at };
    usize::try_from(at).unwrap_or(usize::MAX)
}

fn out_of_range(what: &str) -> Error {
    Error::new(Kind::Index, format!("{what} out of range"))
}

/// What a slice says.
struct Part {
    start: Option<i64>,
    stop: Option<i64>,
    step: Option<i64>,
}

impl Part {
    fn on(&self, length: usize) -> Result<Indices> {
        Indices::new(self.start, self.stop, self.step, length)
    }

    /// The items it selects.
    fn of(&self, items: &[Value]) -> Result<Vec<Value>> {
        let indices = self.on(items.len())?;
        if indices.step == 1 {
            let (start, stop) = (indices.start as usize, indices.stop.max(indices.start) as usize);
            return Ok(items.get(start..stop).unwrap_or(&[]).to_vec());
        }
        Ok(indices.positions().filter_map(|at| items.get(at).cloned()).collect())
    }
}

/// A slice on a sequence of known length.
#[derive(Clone, Copy, Debug)]
pub struct Indices {
    /// The first position.
    pub start: i64,
    /// Where to stop.
    pub stop: i64,
    /// Never 0.
    pub step: i64,
}

impl Indices {
    /// Python's rules for what a slice's parts mean.
    ///
    /// # Errors
    /// `ValueError` for a step of 0.
    pub fn new(start: Option<i64>, stop: Option<i64>, step: Option<i64>, length: usize) -> Result<Self> {
        let length = length as i64;
        let step = step.unwrap_or(1);
        if step == 0 {
            return Err(Error::value("slice step cannot be zero"));
        }
        let (low, high) = if step > 0 { (0, length) } else { (-1, length - 1) };
        let clamp = |at: i64| if at < 0 { (at + length).max(low) } else { at.min(high) };
        let start = start.map_or(if step > 0 { low } else { high }, clamp);
        let stop = stop.map_or(if step > 0 { high } else { low }, clamp);
        Ok(Indices { start, stop, step })
    }

    /// The positions in order.
    pub fn positions(self) -> impl Iterator<Item = usize> {
        let Indices { start, stop, step } = self;
        let range = Range { start, stop, step };
        (0..range.len()).map(move |i| range.at(i) as usize)
    }

    /// The code points of a string at these positions.
    #[must_use]
    pub fn cut(self, text: &Str) -> String {
        if text.is_ascii() && self.step == 1 {
            let (start, stop) = (self.start as usize, self.stop.max(self.start) as usize);
            return text.get(start..stop).unwrap_or("").to_owned();
        }
        if self.step == 1 {
            let count = (self.stop - self.start).max(0) as usize;
            return text.chars().skip(self.start as usize).take(count).collect();
        }
        if text.is_ascii() {
            let bytes = text.as_bytes();
            return self.positions().filter_map(|at| bytes.get(at)).map(|&byte| char::from(byte)).collect();
        }
        let points: Vec<char> = text.chars().collect();
        self.positions().filter_map(|at| points.get(at)).collect()
    }
}
