//! What a verb made of a model's entries: which new one comes from which old ones.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::surgery::sources::value;
use super::Line;
use torchsh_base::Str;
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::mapping::Region;
use torchsh_checkpoint::record::{Produce, Storage, TensorRecord};
use torchsh_language::value::report::gather;
use torchsh_language::value::report::optimizer::{Parameter, parameters};
use torchsh_language::value::{Dict, TensorObject, Value, Vm};

/// An entry of the new state_dict.
pub struct New {
    /// Its key.
    pub key: String,
    /// The keys that it comes from.
    pub of: Vec<String>,
    /// Whether the tensor is the one of before.
    pub is_same: bool,
    /// Its place in the order that the names say, if they say one.
    pub place: usize,
}

/// What a verb made of a state_dict.
pub struct Changes {
    /// The state_dict as it was.
    pub before: Rc<Dict>,
    /// The new one.
    pub after: Rc<Dict>,
    /// Its entries.
    pub new: Vec<New>,
    /// Whether the new names have an order of their own, a model's.
    pub reorders: bool,
    /// The parameters as they were.
    pub parameters: Vec<Parameter>,
    /// By an old key, the new entries that come from it.
    from: FxHashMap<String, Vec<usize>>,
}

impl Changes {
    /// Lets a verb work on a state_dict, and sees what it does.
    ///
    /// # Errors
    /// The verb's; `ValueError` for a state_dict without parameters.
    pub fn of(vm: &dyn Vm, line: &Line<'_>, before: &Rc<Dict>) -> Result<Self> {
        let parameters = parameters(&Value::Dict(before.clone()));
        let parameters =
            parameters.ok_or_else(|| Error::value("the state_dict holds no parameters under names"))?;
        let after = line.of(vm, before)?;
        let origins =
            if keeps_keys(line.row.name) { FxHashMap::default() } else { traced(vm, line, before)? };
        let order = order_of(vm, line);
        let place =
            |key: &str| order.as_ref().and_then(|order| order.get(key)).copied().unwrap_or(usize::MAX);
        let mut new = Vec::new();
        for (key, value) in after.entries() {
            let key = gather::key_text(vm, &key)?;
            let of = origins.get(&key).cloned().unwrap_or_else(|| vec![key.clone()]);
            let old = of.first().and_then(|old| before.get_name(old));
            let is_same = of.len() == 1 && old.is_some_and(|old| old.same(&value));
            new.push(New { place: place(&key), key, of, is_same });
        }
        let mut from: FxHashMap<String, Vec<usize>> = FxHashMap::default();
        for (place, entry) in new.iter().enumerate() {
            for old in &entry.of {
                from.entry(old.clone()).or_default().push(place);
            }
        }
        let reorders = order.is_some() || from.values().any(|places| places.len() > 1);
        if reorders && order.is_none() {
            by_module(&mut new);
        }
        let after = if reorders { ordered(vm, &after, &new)? } else { after };
        Ok(Changes { before: before.clone(), after, new, reorders, parameters, from })
    }

    /// The parameter of a name.
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// The entries that come from a parameter: from its first key that is not gone.
    pub fn from(&self, parameter: &Parameter) -> Vec<&New> {
        let mut keys = std::iter::once(&parameter.name).chain(&parameter.also);
        let places = keys.find_map(|key| self.from.get(key)).map(Vec::as_slice).unwrap_or_default();
        places.iter().filter_map(|place| self.new.get(*place)).collect()
    }

    /// Whether more than a name changed of a parameter.
    pub fn touches(&self, parameter: &Parameter) -> bool {
        !matches!(self.from(parameter).as_slice(), [one] if one.is_same)
    }
}

/// The entries in the order of their places: that of the parameters is the optimizer's.
fn ordered(vm: &dyn Vm, dict: &Rc<Dict>, new: &[New]) -> Result<Rc<Dict>> {
    let mut entries: Vec<((Value, Value), usize)> =
        dict.entries().into_iter().zip(new.iter().map(|new| new.place)).collect();
    entries.sort_by_key(|(_, place)| *place);
    let made = super::super::alike(dict);
    entries.into_iter().try_for_each(|((key, value), _)| made.set(vm, key, value))?;
    Ok(Rc::new(made))
}

/// Puts what parts were made of in the order of a model: the parameters of one module stand together.
fn by_module(new: &mut [New]) {
    let mut modules: FxHashMap<String, usize> = FxHashMap::default();
    for entry in new {
        let module = entry.key.rsplit_once('.').map_or("", |(module, _)| module).to_owned();
        let next = modules.len();
        entry.place = *modules.entry(module).or_insert(next);
    }
}

fn keeps_keys(verb: &str) -> bool {
    matches!(verb, "drop" | "keep" | "filter" | "slice" | "grow" | "cut" | "transpose")
}

/// Tensors that are never read.
struct Unread;

impl Produce for Unread {
    fn produce(&self) -> Result<Region> {
        Err(Error::runtime("a tensor that stands for another was read"))
    }
}

/// The old keys of each new one: the verb is given tensors that are called by their keys, and what it makes of them says of which.
fn traced(vm: &dyn Vm, line: &Line<'_>, before: &Rc<Dict>) -> Result<FxHashMap<String, Vec<String>>> {
    let named = Dict::default();
    for (key, entry) in before.entries() {
        let text = Str::new(gather::key_text(vm, &key)?);
        let stand_in = match entry.as_tensor() {
            Some(tensor) => called(text, tensor)?,
            None => entry,
        };
        named.set(vm, key, stand_in)?;
    }
    let mut origins = FxHashMap::default();
    for (key, entry) in line.quietly(vm, &Rc::new(named))?.entries() {
        let record = entry.as_tensor().and_then(|tensor| tensor.tensor().read_later());
        let Some(view) = record.as_ref().and_then(TensorRecord::view) else { continue };
        let mut seen = FxHashSet::default();
        let of = view.storage.origins().into_iter().map(|name| name.to_string());
        let of: Vec<String> = of.filter(|name| seen.insert(name.clone())).collect();
        origins.insert(gather::key_text(vm, &key)?, of);
    }
    Ok(origins)
}

/// A tensor of the same shape and dtype, on a storage of that name.
fn called(name: Str, tensor: &Rc<TensorObject>) -> Result<Value> {
    let tensor = tensor.tensor();
    let nbytes = tensor.numel().unsigned_abs().saturating_mul(tensor.dtype().itemsize() as u64);
    let storage = Storage::lazy(name, Str::intern("cpu"), nbytes, Box::new(Unread));
    value(&TensorRecord::contiguous(tensor.dtype(), tensor.sizes(), &storage)?, &[])
}

/// The places of the keys in the model whose names are taken: `rename ckpt to m`.
fn order_of(vm: &dyn Vm, line: &Line<'_>) -> Option<FxHashMap<String, usize>> {
    let [to, model] = line.words else { return None };
    if line.row.name != "rename" || to.as_str()?.as_str() != "to" {
        return None;
    }
    let keys = gather::state_dict_of(vm, model, "rename").ok()?.keys();
    let texts = keys.iter().filter_map(|key| gather::key_text(vm, key).ok());
    Some(texts.enumerate().map(|(place, key)| (key, place)).collect())
}
