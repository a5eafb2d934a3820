//! From values to rows.

use std::path::Path;
use std::rc::Rc;

use super::modules;
use super::optimizer::Labels;
use super::{Facts, Holds, Item, Report, Row, Totals, What, size};
use crate::value::{Dict, Str, Value, Vm};
use torchsh_base::error::{Error, Kind, Result};

/// Levels of a checkpoint that an outline goes down.
const DEPTH: usize = 3;

/// Entries of one container that an outline lists; the rest are counted.
const BREADTH: usize = 24;

/// Of those that are numbered, as the states of an optimizer: one is like the other.
const NUMBERED: usize = 6;

/// Objects within each other that are looked into.
const OBJECTS: usize = 6;

/// Containers that are looked into to see whether there is a tensor.
const LOOKS: usize = 2000;

/// What a dictionary is to somebody who looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Tensors under keys: a table.
    StateDict,
    /// Something with state_dicts in it: an outline.
    Checkpoint,
    /// No tensor in it: Python's own text.
    Plain,
}

/// What a table says of a tensor.
///
/// # Errors
/// `TypeError` if the value is no tensor.
pub fn facts(vm: &dyn Vm, tensor: &Value) -> Result<Facts> {
    let Some(object) = tensor.as_tensor_or_array() else {
        return Err(Error::type_error(format!("expected a Tensor, got {}", vm.type_name(tensor))));
    };
    let is_array = tensor.as_tensor().is_none();
    let tensor = object.tensor();
    let dtype = tensor.dtype();
    let elements = u64::try_from(tensor.numel()).unwrap_or(0);
    Ok(Facts {
        shape: tensor.sizes(),
        dtype: dtype.name().to_owned(),
        // Said of arrays, since what takes tensors refuses them.
        device: if is_array { "numpy".to_owned() } else { tensor.device().to_string() },
        elements,
        bytes: elements.saturating_mul(dtype.itemsize() as u64),
    })
}

/// Rows of a table. A row takes a kilobyte or two, and nobody reads as many.
const ROWS: usize = 300_000;

/// The entries of a dictionary as rows.
///
/// # Errors
/// What reading a tensor or a `__repr__` raises; `ValueError` for more than a table has.
pub fn rows(vm: &dyn Vm, dict: &Dict) -> Result<Vec<Row>> {
    rows_of(vm, &dict.entries())
}

/// As [`rows`], of some entries.
///
/// # Errors
/// As [`rows`].
pub fn rows_of(vm: &dyn Vm, entries: &[(Value, Value)]) -> Result<Vec<Row>> {
    if entries.len() > ROWS {
        let error = Error::value(format!("{} entries are more than the {ROWS} of a table", entries.len()));
        return Err(error.hint("take some of them: filter p key~ \"layer1.*\""));
    }
    entries.iter().map(|(key, value)| row(vm, key, value)).collect()
}

/// One entry as a row.
///
/// # Errors
/// As [`rows`].
pub fn row(vm: &dyn Vm, key: &Value, value: &Value) -> Result<Row> {
    let key = key_text(vm, key)?;
    let what = match value {
        value if value.is_tensor_or_array() => What::Tensor(facts(vm, value)?),
        other => What::Other(vm.type_name(other).as_str().to_owned(), brief(vm, other)?),
    };
    Ok(Row { key, count: 1, what })
}

/// A key as it is shown: a string as it is, anything else as its repr.
///
/// # Errors
/// What its `__repr__` raises.
pub fn key_text(vm: &dyn Vm, key: &Value) -> Result<String> {
    match key {
        Value::Str(key) => Ok(key.as_str().to_owned()),
        // A live optimizer's state has parameters for keys.
        Value::Tensor(_) => {
            Ok(format!("{} {}", vm.type_name(key), super::shape_text(&facts(vm, key)?.shape)))
        }
        other => vm.repr(other),
    }
}

/// A value in a few words.
///
/// # Errors
/// What its `__repr__` raises.
pub fn brief(vm: &dyn Vm, value: &Value) -> Result<String> {
    Ok(match value {
        Value::Dict(dict) => size::counted(dict.len(), "entry"),
        Value::List(list) if list.len() > 4 => size::counted(list.len(), "item"),
        Value::Tuple(tuple) if tuple.items.len() > 4 => size::counted(tuple.items.len(), "item"),
        Value::Set(set) => size::counted(set.dict.len(), "item"),
        Value::Bytes(bytes) if is_saved(bytes) => {
            format!("{}, a saved file: load(io.BytesIO(…))", size::counted(bytes.len(), "byte"))
        }
        Value::Bytes(bytes) if bytes.len() > 40 => size::counted(bytes.len(), "byte"),
        value if value.is_tensor_or_array() => {
            let facts = facts(vm, value)?;
            format!("{} {}", facts.dtype, super::shape_text(&facts.shape))
        }
        other => {
            let text = match vm.repr(other) {
                // Of what holds itself again and again.
                Err(error) if error.kind() == Kind::Memory => {
                    return Ok(vm.type_name(other).as_str().to_owned());
                }
                text => text?,
            };
            let line = text.lines().next().unwrap_or_default();
            if line.len() < text.len() { format!("{line} …") } else { text }
        }
    })
}

/// Whether bytes begin as a checkpoint does: a zip, the number of `torch.save`'s old format, a pickle with frames.
fn is_saved(bytes: &[u8]) -> bool {
    const BEGINNINGS: [&[u8]; 4] =
        [b"PK\x03\x04", b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.", b"\x80\x04\x95", b"\x80\x05\x95"];
    BEGINNINGS.iter().any(|beginning| bytes.starts_with(beginning))
}

/// How a dictionary is best shown.
#[must_use]
pub fn look(dict: &Dict) -> Look {
    let mut budget = LOOKS;
    let map = dict.map();
    let mut direct = false;
    for entry in map.iter() {
        match &entry.value {
            value if value.is_tensor_or_array() => direct = true,
            nested if holds_tensor(nested, DEPTH, &mut budget) => return Look::Checkpoint,
            _ => {}
        }
    }
    if direct { Look::StateDict } else { Look::Plain }
}

fn holds_tensor(value: &Value, depth: usize, budget: &mut usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    let mut any = |value: &Value| {
        *budget = budget.saturating_sub(1);
        *budget > 0 && (value.is_tensor_or_array() || holds_tensor(value, depth, budget))
    };
    match value {
        Value::Dict(dict) => dict.map().iter().any(|entry| any(&entry.value)),
        Value::List(list) => list.items().iter().any(any),
        Value::Tuple(tuple) => tuple.items.iter().any(any),
        module => modules::has_weights(module),
    }
}

/// A checkpoint's entries, state_dicts as what they come to.
///
/// # Errors
/// As [`rows`].
pub fn outline(vm: &dyn Vm, dict: &Dict) -> Result<Vec<Item>> {
    let mut list = Listing { vm, labels: Labels::default(), items: Vec::new() };
    list.labels.learn_own(dict);
    list.entries(dict.entries(), None, 0)?;
    Ok(list.items)
}

/// An outline in the making.
struct Listing<'a> {
    vm: &'a dyn Vm,
    labels: Labels,
    items: Vec<Item>,
}

impl Listing<'_> {
    /// The entries of `of`, where that is a dictionary.
    fn entries(&mut self, entries: Vec<(Value, Value)>, of: Option<&Rc<Dict>>, depth: usize) -> Result<()> {
        self.labels.learn(&entries);
        let count = entries.len();
        let numbered = entries.iter().all(|(key, _)| key.as_int().is_some());
        let shown = if numbered { NUMBERED } else { BREADTH };
        for (key, value) in entries.into_iter().take(shown) {
            let mut text = key_text(self.vm, &key)?;
            if let Some(name) = self.labels.name(of, &key) {
                text.push_str("  ");
                text.push_str(name);
            }
            self.one(text, &value, depth)?;
        }
        if count > shown {
            let text = size::counted(count - shown, "more entry");
            let holds = Some(Holds::Entries(count - shown));
            self.items.push(Item { depth, key: "…".to_owned(), kind: String::new(), text, holds });
        }
        Ok(())
    }

    fn one(&mut self, key: String, value: &Value, depth: usize) -> Result<()> {
        let kind = self.vm.type_name(value).as_str().to_owned();
        let push = |text: String, holds| self.items.push(Item { depth, key, kind, text, holds });
        match value {
            Value::Dict(dict) if look(dict) == Look::StateDict => {
                let totals = Totals::of(&rows(self.vm, dict)?);
                push(totals.line(), Some(Holds::Tensors(totals)));
            }
            Value::Dict(dict) => {
                push(size::counted(dict.len(), "entry"), Some(Holds::Entries(dict.len())));
                if depth + 1 < DEPTH {
                    self.entries(dict.entries(), Some(dict), depth + 1)?;
                }
            }
            Value::List(list)
                if depth + 1 < DEPTH && list.items().iter().any(|item| matches!(item, Value::Dict(_))) =>
            {
                push(size::counted(list.len(), "item"), Some(Holds::Entries(list.len())));
                let numbered = list.to_vec().into_iter().enumerate();
                let entries = numbered.map(|(i, item)| (Value::str(format!("[{i}]")), item)).collect();
                self.entries(entries, None, depth + 1)?;
            }
            other => match modules::rows(self.vm, other) {
                Some(rows) if !rows.is_empty() => {
                    let totals = Totals::of(&rows);
                    push(totals.line(), Some(Holds::Tensors(totals)));
                }
                _ => push(brief(self.vm, other)?, None),
            },
        }
        Ok(())
    }
}

/// What holds tensors and is no dictionary or model, as a dictionary to look at: the items of a list under their places, the
/// attributes of an object under their names, and its entries, if it is a kind of dictionary. Objects within that hold tensors
/// are dictionaries alike. None for all else.
#[must_use]
pub fn held(vm: &dyn Vm, value: &Value) -> Option<Rc<Dict>> {
    opened(vm, value, &mut Vec::new())
}

/// As [`held`], within the objects at these addresses.
fn opened(vm: &dyn Vm, value: &Value, within: &mut Vec<usize>) -> Option<Rc<Dict>> {
    let dict = held_directly(vm, value)?;
    within.push(value.address());
    for (name, inner) in dict.entries() {
        let holds_objects = match &inner {
            Value::List(list) => list.items().iter().any(is_object),
            Value::Tuple(tuple) => tuple.items.iter().any(is_object),
            inner => is_object(inner),
        };
        if !holds_objects || within.contains(&inner.address()) || within.len() > OBJECTS {
            continue;
        }
        if let Some(opened) = opened(vm, &inner, within).filter(|opened| look(opened) != Look::Plain) {
            dict.set(vm, name, Value::Dict(opened)).ok()?;
        }
    }
    within.pop();
    Some(dict)
}

fn is_object(value: &Value) -> bool {
    matches!(value, Value::Native(_) | Value::Instance(_)) && !value.is_tensor_or_array()
}

/// As [`held`], with the objects within as they are.
fn held_directly(vm: &dyn Vm, value: &Value) -> Option<Rc<Dict>> {
    let numbered = |items: &[Value]| {
        let entries = items.iter().enumerate();
        Value::dict_of(entries.map(|(place, item)| (Str::new(format!("[{place}]")), item.clone()))).as_dict()
    };
    match value {
        Value::List(list) => numbered(&list.to_vec()),
        Value::Tuple(tuple) => numbered(&tuple.items),
        Value::Set(set) => numbered(&set.dict.keys()),
        value if value.is_tensor_or_array() => {
            Value::dict_of([(Str::intern("(tensor)"), value.clone())]).as_dict()
        }
        Value::Native(_) | Value::Instance(_) if value.as_dict().is_none() => {
            let has = |name| matches!(vm.attribute_or_none(value, &Str::intern(name)), Ok(Some(_)));
            let own = vm.attribute_or_none(value, &Str::intern("__dict__")).ok()??.as_dict()?;
            let all = Dict::default();
            own.entries().into_iter().try_for_each(|(name, value)| all.set(vm, name, value)).ok()?;
            for (name, from) in [("__args__", ""), ("__state__", "__state__")] {
                let part = vm.attribute_or_none(value, &Str::intern(name)).ok().flatten();
                let items = part
                    .and_then(|part| held_directly(vm, &part))
                    .map(|items| items.entries())
                    .unwrap_or_default();
                for (place, item) in items {
                    let place = place.as_str().map(|place| place.to_string()).unwrap_or_default();
                    all.set_str(Str::new(format!("{from}{place}")), item);
                }
            }
            // Of a class of the program, that would run its code.
            if let Value::Native(_) = value {
                let pairs = vm.call_method(value, "items", &[]).and_then(|pairs| vm.collect(&pairs));
                for pair in pairs.unwrap_or_default().iter().filter_map(Value::as_tuple) {
                    if let [name, item] = &pair.items[..] {
                        all.set(vm, name.clone(), item.clone()).ok()?;
                    }
                }
            }
            (!has("state_dict") && !all.is_empty()).then(|| Rc::new(all))
        }
        _ => None,
    }
}

/// A dictionary with tensors, from whatever was given: a dict, or something with `state_dict()`.
///
/// # Errors
/// `TypeError` if it is neither.
pub fn state_dict_of(vm: &dyn Vm, value: &Value, verb: &str) -> Result<Rc<Dict>> {
    if let Some(dict) = value.as_dict() {
        return Ok(dict);
    }
    if vm.attribute_or_none(value, &Str::intern("state_dict"))?.is_some()
        && let Some(dict) = vm.call_method(value, "state_dict", &[])?.as_dict()
    {
        return Ok(dict);
    }
    if Report::of(value).is_some() {
        let error =
            Error::type_error(format!("{verb} wants a state_dict or a model, not a table that was shown"));
        return Err(error.hint(format!("keep gives the entries that fit: keep m \"*.bias\" | {verb}")));
    }
    let got = vm.type_name(value);
    let error = Error::type_error(format!("{verb} wants a state_dict or a model, not {got}"));
    Err(match value.as_str().filter(|text| Path::new(text.as_str()).exists()) {
        Some(path) => {
            error.hint(format!("a file is opened first: p = load({})", vm.repr(&Value::Str(path))?))
        }
        None => error,
    })
}
