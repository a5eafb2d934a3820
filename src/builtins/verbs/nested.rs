//! Whole checkpoints given to a verb: all entries under their paths, or the one state_dict inside.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::limits;
use torchsh_language::value::report::optimizer::Labels;
use torchsh_language::value::report::{gather, size};
use torchsh_language::value::{Dict, Str, Value, Vm};

/// State_dicts that are named in one note.
const NAMED: usize = 4;

/// How deep a checkpoint is looked into.
const DEPTH: usize = 12;

/// Values that are looked at to see whether there is a tensor.
const LOOKS: usize = 20_000;

/// Items of one list that are looked into for state_dicts.
const ITEMS: usize = 64;

/// A state_dict within a checkpoint.
struct Place {
    /// How it is reached from the checkpoint: `["state_dict"]`.
    path: String,
    value: Value,
    dict: Rc<Dict>,
}

impl Place {
    fn tensors(&self) -> usize {
        self.dict.entries().iter().filter(|(_, value)| is_tensor(value)).count()
    }
}

/// What is wanted of a checkpoint.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// A model's weights.
    Weights,
    /// An optimizer's state_dict.
    Optimizer,
}

/// The entries of a dictionary, those of what lies in it under their paths where it is a whole checkpoint:
/// `state_dict.fc.weight`.
///
/// # Errors
/// What reading a key raises.
pub fn entries(vm: &dyn Vm, dict: &Rc<Dict>) -> Result<Vec<(Value, Value)>> {
    if !is_nested(vm, dict) {
        return Ok(dict.entries());
    }
    let mut listing = Listing { vm, labels: Labels::default(), flat: Vec::new(), named: 0 };
    listing.labels.learn_own(dict);
    listing.all("", None, dict.entries(), DEPTH)?;
    match listing.labels.open() {
        0 => {}
        open if !was_told(dict) => vm.notice(&format!(
            "{} shown by number: it is not certain which parameters they belong to",
            match open {
                1 => "1 state of an optimizer is".to_owned(),
                open => format!("{} of optimizers are", size::counted(open, "state")),
            }
        )),
        _ => {}
    }
    Ok(listing.flat)
}

/// Whether this was called before for the dictionary: what is said of one is said once.
fn was_told(dict: &Rc<Dict>) -> bool {
    thread_local! { static TOLD: RefCell<Vec<Weak<Dict>>> = const { RefCell::new(Vec::new()) } }
    TOLD.with_borrow_mut(|told| {
        told.retain(|told| told.strong_count() > 0);
        let is_told = told.iter().any(|told| std::ptr::eq(told.as_ptr(), Rc::as_ptr(dict)));
        if !is_told {
            told.push(Rc::downgrade(dict));
        }
        is_told
    })
}

/// The entries of a checkpoint under their paths, in the making.
struct Listing<'a> {
    vm: &'a dyn Vm,
    labels: Labels,
    flat: Vec<(Value, Value)>,
    /// Bytes of the paths.
    named: usize,
}

impl Listing<'_> {
    /// The entries of a container, which is `of` where it is a dictionary. States of an optimizer are called by their parameters.
    fn all(
        &mut self,
        path: &str,
        of: Option<&Rc<Dict>>,
        entries: Vec<(Value, Value)>,
        depth: usize,
    ) -> Result<()> {
        self.labels.learn(&entries);
        for (key, value) in entries {
            let name = match self.labels.name(of, &key) {
                Some(name) => name.to_owned(),
                None => gather::key_text(self.vm, &key)?,
            };
            let path = if path.is_empty() { name } else { format!("{path}.{name}") };
            self.one(path, value, depth)?;
        }
        Ok(())
    }

    fn one(&mut self, path: String, value: Value, depth: usize) -> Result<()> {
        let held = depth.checked_sub(1).and_then(|depth| Some((depth, parts(self.vm, &value)?)));
        match held.filter(|(_, parts)| !parts.is_empty()) {
            Some((depth, parts)) => self.all(&path, value.as_dict().as_ref(), parts, depth),
            None => self.put(path, value),
        }
    }

    fn put(&mut self, path: String, value: Value) -> Result<()> {
        self.vm.check_interrupt()?;
        self.named = self.named.saturating_add(path.len());
        if self.flat.len() >= limits::NAMED_TENSORS || self.named > limits::TENSOR_NAMES {
            let message = "it holds the same containers again and again: their entries have too many names, or too long ones";
            return Err(Error::value(message).hint("take a part of it: items p[\"model\"]"));
        }
        self.flat.push((Value::str(path), value));
        Ok(())
    }
}

/// As [`entries`], as a dictionary.
///
/// # Errors
/// As [`entries`].
pub fn flat(vm: &dyn Vm, dict: &Rc<Dict>) -> Result<Rc<Dict>> {
    if !is_nested(vm, dict) {
        return Ok(dict.clone());
    }
    let made = Dict::default();
    for (key, value) in entries(vm, dict)? {
        made.set(vm, key, value)?;
    }
    Ok(Rc::new(made))
}

/// What a container holds that is worth a path of its own; none for what is shown as it is.
pub fn parts(vm: &dyn Vm, value: &Value) -> Option<Vec<(Value, Value)>> {
    let numbered = |items: &[Value]| {
        let has_inner = items.iter().any(|item| is_tensor(item) || item.as_dict().is_some());
        has_inner.then(|| (0i64..).map(Value::Int).zip(items.iter().cloned()).collect())
    };
    match value {
        Value::List(list) => numbered(&list.to_vec()),
        Value::Tuple(tuple) => numbered(&tuple.items),
        other => match other.as_dict() {
            Some(dict) => Some(dict.entries()),
            None => Some(weights_of(vm, other)?.entries()),
        },
    }
}

/// The state_dict of a module.
fn weights_of(vm: &dyn Vm, value: &Value) -> Option<Rc<Dict>> {
    let may_be = matches!(value, Value::Instance(_) | Value::Native(_));
    let is_module = |name: &str| matches!(vm.attribute_or_none(value, &Str::intern(name)), Ok(Some(_)));
    if !may_be || !is_module("named_parameters") || !is_module("state_dict") {
        return None;
    }
    vm.call_method(value, "state_dict", &[]).ok()?.as_dict()
}

/// Whether tensors lie deeper in a dictionary.
fn is_nested(vm: &dyn Vm, dict: &Rc<Dict>) -> bool {
    let mut budget = LOOKS;
    let mut inner = dict.entries().into_iter().filter(|(_, value)| !is_tensor(value));
    inner.any(|(_, value)| holds_tensor(vm, &value, DEPTH, &mut budget))
}

fn holds_tensor(vm: &dyn Vm, value: &Value, depth: usize, budget: &mut usize) -> bool {
    let Some(depth) = depth.checked_sub(1).filter(|_| *budget > 0) else { return false };
    *budget -= 1;
    is_tensor(value)
        || parts(vm, value)
            .is_some_and(|parts| parts.iter().any(|(_, value)| holds_tensor(vm, value, depth, budget)))
}

/// The state_dict that is meant by a dictionary: itself, or the only one in it, of which a line tells.
///
/// # Errors
/// `ValueError` where there are several.
pub fn inner(vm: &dyn Vm, given: &Value, dict: &Rc<Dict>, wanted: Wanted) -> Result<(Value, Rc<Dict>)> {
    let mut places = places(vm, dict, wanted);
    let name = name_of(vm, given).unwrap_or_default();
    if places.len() > 1 {
        return Err(several(vm, &name, &places));
    }
    match places.pop() {
        None => Ok((given.clone(), dict.clone())),
        Some(place) => {
            vm.notice(&format!("in {name}{}:", place.path));
            Ok((place.value, place.dict))
        }
    }
}

/// The state_dicts of a kind in a checkpoint, each with how it is reached: `["state_dict"]`.
pub fn held(vm: &dyn Vm, dict: &Rc<Dict>, wanted: Wanted) -> Vec<(String, Rc<Dict>)> {
    let mut places = Vec::new();
    find(vm, &Value::Dict(dict.clone()), String::new(), DEPTH, wanted, &mut places);
    places.into_iter().map(|place| (place.path, place.dict)).collect()
}

/// The weights that a value holds: itself, or the only state_dict in it.
pub fn meant(vm: &dyn Vm, value: &Value) -> Option<Rc<Dict>> {
    let dict = value.as_dict().or_else(|| weights_of(vm, value))?;
    match places(vm, &dict, Wanted::Weights).as_slice() {
        [] => Some(dict),
        [one] => Some(one.dict.clone()),
        _ => None,
    }
}

/// How the only state_dict in a checkpoint is reached: `["state_dict"]`.
pub fn place_of(vm: &dyn Vm, dict: &Rc<Dict>) -> Option<String> {
    match places(vm, dict, Wanted::Weights).as_slice() {
        [one] => Some(one.path.clone()),
        _ => None,
    }
}

/// Where the largest state_dict in a dictionary's entries is, and how many tensors it has.
pub fn largest_inside(vm: &dyn Vm, dict: &Rc<Dict>) -> Option<(String, usize)> {
    let places = inside(vm, dict, Wanted::Weights);
    places.into_iter().map(|place| (place.tensors(), place.path)).max().map(|(tensors, path)| (path, tensors))
}

/// The state_dicts in a dictionary's entries.
fn inside(vm: &dyn Vm, dict: &Rc<Dict>, wanted: Wanted) -> Vec<Place> {
    let mut places = Vec::new();
    for (key, value) in dict.entries() {
        if let Some(key) = quoted(vm, &key).filter(|_| !is_tensor(&value)) {
            find(vm, &value, format!("[{key}]"), DEPTH.saturating_sub(1), wanted, &mut places);
        }
    }
    places
}

/// The state_dicts in a dictionary that is none itself.
fn places(vm: &dyn Vm, dict: &Rc<Dict>, wanted: Wanted) -> Vec<Place> {
    let is_meant = match wanted {
        Wanted::Weights => {
            let own = dict.entries().iter().filter(|(_, value)| is_tensor(value)).count();
            // A step or a loss that is a tensor stands beside the state_dict.
            let is_beside = || largest_inside(vm, dict).is_some_and(|(_, inside)| inside > own);
            !is_nested(vm, dict) || own > 0 && !is_beside()
        }
        Wanted::Optimizer => is_optimizer(dict),
    };
    match is_meant {
        true if wanted == Wanted::Weights => without_tensors(vm, dict),
        true => Vec::new(),
        false => weights_among(inside(vm, dict, wanted)),
    }
}

/// The empty state_dicts in a dictionary that holds no tensor: they are known by their names.
fn without_tensors(vm: &dyn Vm, dict: &Rc<Dict>) -> Vec<Place> {
    let entries = dict.entries();
    if entries.iter().any(|(_, value)| is_tensor(value)) {
        return Vec::new();
    }
    let place = |(key, value): &(Value, Value)| {
        let empty = value.as_dict().filter(|inner| inner.is_empty())?;
        let is_named =
            key.as_str().is_some_and(|key| key.as_str().ends_with("state_dict") || key.as_str() == "model");
        let path = quoted(vm, key).filter(|_| is_named)?;
        Some(Place { path: format!("[{path}]"), value: value.clone(), dict: empty })
    };
    entries.iter().filter_map(place).collect()
}

/// Without the places that hold nothing but single numbers, such as the best score of a callback, where others hold more.
fn weights_among(mut places: Vec<Place>) -> Vec<Place> {
    let has_weights = |place: &Place| {
        let entries = place.dict.entries();
        entries.iter().any(|(_, value)| {
            value.as_tensor().is_none_or(|tensor| !tensor.tensor().sizes().is_empty()) && is_tensor(value)
        })
    };
    if places.len() > 1 && places.iter().any(has_weights) {
        places.retain(has_weights);
    }
    places
}

/// The error for a checkpoint that holds several state_dicts.
fn several(vm: &dyn Vm, name: &str, places: &[Place]) -> Error {
    let shown = places.iter().take(NAMED);
    let shown =
        shown.map(|place| format!("{name}{} ({})", place.path, size::counted(place.tensors(), "tensor")));
    let mut shown = shown.collect::<Vec<_>>().join(", ");
    if let Some(more) = places.len().checked_sub(NAMED).filter(|more| *more > 0) {
        shown.push_str(&format!(" and {more} more"));
    }
    let holds = if name.is_empty() { "it holds" } else { &format!("{name} holds") };
    let error = Error::value(format!("{holds} {} state_dicts: {shown}", places.len()));
    match places.first().filter(|_| !name.is_empty()) {
        Some(first) => {
            let free = fresh_name(vm, "[]");
            error.hint(format!("take one of them: {free} = {name}{}", first.path))
        }
        None => error.hint("name the one that you mean"),
    }
}

fn find(vm: &dyn Vm, value: &Value, path: String, depth: usize, wanted: Wanted, places: &mut Vec<Place>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    let dict = value.as_dict();
    if let Some(dict) = &dict {
        let holds_tensors = dict.entries().iter().any(|(_, value)| is_tensor(value));
        let is_wanted = match wanted {
            Wanted::Weights => holds_tensors && !is_optimizer(dict),
            Wanted::Optimizer => is_optimizer(dict),
        };
        if is_wanted {
            places.push(Place { path, value: value.clone(), dict: dict.clone() });
            return;
        }
        if is_optimizer(dict) {
            return;
        }
    } else if let Some(dict) = weights_of(vm, value) {
        if wanted == Wanted::Weights {
            places.push(Place {
                path: format!("{path}.state_dict()"),
                value: Value::Dict(dict.clone()),
                dict,
            });
        }
        return;
    }
    let most = if dict.is_some() { usize::MAX } else { ITEMS };
    for (key, value) in parts(vm, value).unwrap_or_default().into_iter().take(most) {
        if let Some(key) = quoted(vm, &key) {
            find(vm, &value, format!("{path}[{key}]"), depth, wanted, places);
        }
    }
}

/// What `torch.optim.Optimizer.state_dict()` gives.
fn is_optimizer(dict: &Dict) -> bool {
    let holds = |name: &str| dict.get_name(name);
    holds("state").is_some_and(|state| state.as_dict().is_some())
        && holds("param_groups").is_some_and(|groups| groups.as_list().is_some())
}

fn is_tensor(value: &Value) -> bool {
    value.is_tensor_or_array()
}

/// The place of the first tensor in a value, as an expression: `["state_dict"]["fc.weight"]`.
pub fn first_tensor(vm: &dyn Vm, value: &Value) -> Option<String> {
    fn down(vm: &dyn Vm, value: &Value, depth: usize) -> Option<String> {
        if is_tensor(value) {
            return Some(String::new());
        }
        let depth = depth.checked_sub(1)?;
        let step = value.as_dict().is_none() && weights_of(vm, value).is_some();
        parts(vm, value)?.iter().find_map(|(key, held)| {
            let rest = down(vm, held, depth)?;
            Some(format!("{}[{}]{rest}", if step { ".state_dict()" } else { "" }, quoted(vm, key)?))
        })
    }
    down(vm, value, DEPTH)
}

/// The expression by which the program knows a value: a name, or an entry of what has one, as `ckpt["state_dict"]`.
pub fn name_of(vm: &dyn Vm, value: &Value) -> Option<String> {
    let named = |(name, held): &(Value, Value)| {
        let name = name.as_str().filter(|name| !name.starts_with('_'))?;
        Some((name.as_str().to_owned(), held.clone()))
    };
    let globals: Vec<(String, Value)> = vm.main_globals().entries().iter().filter_map(named).collect();
    if let Some((name, _)) = globals.iter().find(|(_, held)| held.same(value)) {
        return Some(name.clone());
    }
    globals.iter().find_map(|(name, held)| {
        if !matches!(held, Value::Dict(_) | Value::List(_) | Value::Tuple(_)) {
            return None;
        }
        let held = parts(vm, held)?;
        let (key, _) = held.iter().find(|(_, held)| held.same(value))?;
        Some(format!("{name}[{}]", quoted(vm, key)?))
    })
}

/// A key as it is typed between brackets.
pub fn quoted(vm: &dyn Vm, key: &Value) -> Option<String> {
    let text = vm.repr(key).ok()?;
    let is_plain = text.starts_with('\'') && !text.contains(['"', '\\']);
    Some(if is_plain { format!("\"{}\"", text.trim_matches('\'')) } else { text })
}

/// A name to give to what a line makes of an expression: its own where it is a name, otherwise one that is free.
pub fn fresh_name(vm: &dyn Vm, expression: &str) -> String {
    let is_name = expression.chars().all(|c| c == '_' || c.is_alphanumeric());
    let globals = vm.main_globals();
    let free = ["p", "q", "weights", "renamed"].into_iter().find(|name| globals.get_name(name).is_none());
    if is_name { expression.to_owned() } else { free.unwrap_or("mended").to_owned() }
}
