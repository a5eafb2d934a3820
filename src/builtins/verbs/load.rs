//! state_dict, load, load_state_dict, save.

use std::collections::HashSet;
use std::rc::Rc;

use super::fitting::{Fitted, Fitting};
use super::nested::{self, Wanted};
use super::{Words, messages, weights_of};
use crate::checkpoint::{files, replacing};
use torchsh_base::error::{Error, Result, path_meant};
use torchsh_base::reason::Reason;
use torchsh_checkpoint::record::TensorRecord;
use torchsh_checkpoint::write::Policy;
use torchsh_language::value::report::{gather, size};
use torchsh_language::value::{Args, Dict, Str, Value, Vm};
use torchsh_tensors::values::array::Array;

/// How keys that are no strings become strings.
const STRING_KEYS: &str = "p = {str(k): v for k, v in p.items()}";

/// `state_dict(model)`
pub fn state_dict(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let model = args.value(0);
    if model.as_dict().is_some() {
        return Ok(model.clone());
    }
    match vm.attribute_or_none(model, &Str::intern("state_dict"))? {
        Some(method) => vm.call(&method, &[], &[]),
        None => {
            let got = vm.type_name(model);
            Err(Error::type_error(format!("state_dict wants a model or an optimizer, not {got}")))
        }
    }
}

/// `load("x.pt", cuda)`; what is given by name is `torch.load`'s.
pub fn load(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let path = args.value(0);
    let torch = vm.import("torch")?;
    let function = vm.attribute(&torch, &Str::intern("load"))?;
    let mut named = args.keywords().to_vec();
    if let Some(device) = args.some(1) {
        let device = match device.as_str() {
            Some(name) if name.as_str() == "auto" => best_device(vm, &torch)?,
            _ => device.clone(),
        };
        named.push((Str::intern("map_location"), device));
    }
    vm.call(&function, std::slice::from_ref(path), &named)
}

fn best_device(vm: &dyn Vm, torch: &Value) -> Result<Value> {
    let cuda = vm.attribute(torch, &Str::intern("cuda"))?;
    let available = vm.call_method(&cuda, "is_available", &[])?;
    Ok(Value::str(if vm.truth(&available)? { "cuda" } else { "cpu" }))
}

/// `load_state_dict m into model strict=False`
pub fn load_state_dict(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let state = words.next(args, "a state_dict")?;
    words.skip("into");
    let model = words.next(args, "a model after into")?;
    words.end(args)?;
    let Some(method) = vm.attribute_or_none(model, &Str::intern("load_state_dict"))? else {
        let message = format!("load_state_dict wants a model after into, not {}", vm.type_name(model));
        return Err(Error::type_error(message).hint("load_state_dict m into model"));
    };
    if let Some(dict) = state.as_dict()
        && dict.keys().iter().any(|key| key.as_str().is_none())
    {
        let message = "load_state_dict wants keys that are strings, and some are not";
        return Err(Error::type_error(message).hint(STRING_KEYS));
    }
    if state.as_dict().is_none() && vm.attribute_or_none(state, &Str::intern("state_dict"))?.is_some() {
        let message = format!("load_state_dict wants a state_dict before into, not {}", vm.type_name(state));
        return Err(Error::type_error(message).hint("load_state_dict state_dict(model) into other"));
    }
    let has = |name: &str| Ok::<bool, Error>(vm.attribute_or_none(model, &Str::intern(name))?.is_some());
    let wanted = match (has("param_groups")?, has("named_parameters")?) {
        (true, _) => Some(Wanted::Optimizer),
        (_, true) => Some(Wanted::Weights),
        _ => None,
    };
    let state = match (wanted, state.as_dict()) {
        (Some(wanted), Some(dict)) => nested::inner(vm, state, &dict, wanted)?.0,
        (Some(Wanted::Weights), None) if matches!(state, Value::List(_) | Value::Tuple(_)) => {
            Value::Dict(weights_of(vm, "load_state_dict", state)?)
        }
        _ => state.clone(),
    };
    let state = match (wanted, state.as_dict()) {
        (Some(Wanted::Weights), Some(dict)) => completed(vm, model, &dict)?.map_or(state, Value::Dict),
        _ => state,
    };
    let (fitting, keywords) = Fitting::of(vm, args)?;
    let fitted = match (fitting.is_asked(), wanted, state.as_dict()) {
        (false, ..) => None,
        (true, Some(Wanted::Weights), Some(dict)) => Some(fitting.fit(vm, &dict, model)?),
        (true, ..) => {
            return Err(Error::type_error("overlap and skip_mismatched are for a state_dict into a model"));
        }
    };
    let state = fitted.as_ref().map_or(state, |fitted| Value::Dict(fitted.state.clone()));
    let made = state.as_dict().map(|dict| Made::of(vm, &dict)).transpose()?;
    let result = vm.call(&method, std::slice::from_ref(&state), &keywords)?;
    made.and_then(|made| made.overflown()).iter().for_each(|said| vm.notice(said));
    if let (Some(wanted), Some(state)) = (wanted, state.as_dict()) {
        fitted.iter().flat_map(|fitted| &fitted.said).for_each(|said| vm.notice(said));
        vm.notice(&match wanted {
            Wanted::Optimizer => states_loaded(&state),
            Wanted::Weights => weights_loaded(vm, &state, model, fitted.as_ref())?,
        });
    }
    Ok(result)
}

/// Tensors whose numbers are made when they are first used.
struct Made(Vec<(String, TensorRecord)>);

impl Made {
    fn of(vm: &dyn Vm, dict: &Dict) -> Result<Made> {
        let mut made = Vec::new();
        for (key, value) in dict.entries() {
            let record = value.as_tensor().and_then(|tensor| tensor.tensor().read_later());
            if let Some(record) = record {
                made.push((gather::key_text(vm, &key)?, record));
            }
        }
        Ok(Made(made))
    }

    /// A warning of numbers that their dtypes cannot hold.
    fn overflown(self) -> Option<String> {
        replacing::overflown_of(self.0.iter().map(|(name, record)| (name.as_str(), record)))
    }
}

/// The state_dict as a model completes it that knows which of its entries a file leaves out (those of `from_config`).
///
/// # Errors
/// What the model raises.
pub fn completed(vm: &dyn Vm, model: &Value, state: &Rc<Dict>) -> Result<Option<Rc<Dict>>> {
    let complete = vm.attribute_or_none(model, &Str::intern("complete_state_dict"))?;
    let made = complete.map(|complete| vm.call(&complete, &[Value::Dict(state.clone())], &[])).transpose()?;
    Ok(made.and_then(|made| made.as_dict()))
}

/// `loaded 120 of the model's 122 entries (99.9% of its numbers), 2 missing, 1 not used`
fn weights_loaded(vm: &dyn Vm, state: &Dict, model: &Value, fitted: Option<&Fitted>) -> Result<String> {
    let own = gather::state_dict_of(vm, model, "load_state_dict")?;
    let (mut loaded, mut numbers, mut all) = (0, 0u64, 0u64);
    let (mut parts, mut skipped) = (0, 0);
    for (key, value) in own.entries() {
        let row = gather::row(vm, &key, &value)?;
        all = all.saturating_add(row.elements());
        if !state.contains(vm, &key)? {
            continue;
        }
        let copied = match fitted.and_then(|fitted| fitted.partly.get(&row.key)) {
            Some(0) => {
                skipped += 1;
                continue;
            }
            Some(&part) => {
                parts += 1;
                part
            }
            None => row.elements(),
        };
        loaded += 1;
        numbers = numbers.saturating_add(copied);
    }
    let of = size::counted(own.len(), "entry");
    if loaded == 0 && !own.is_empty() {
        return Ok(format!("warning: nothing was loaded: none of the keys is among the model's {of}"));
    }
    if loaded == own.len() && loaded == state.len() && parts == 0 {
        return Ok(format!("loaded all {of} of the model"));
    }
    let mut said = format!("loaded {} of the model's {of}", size::grouped(loaded as u64));
    if numbers < all {
        // What is not all is never called 100%.
        let tenths = numbers.saturating_mul(1000).checked_div(all).unwrap_or(0).min(999);
        said.push_str(&format!(" ({}.{}% of its numbers)", tenths / 10, tenths % 10));
    }
    let (missing, unused) = (own.len() - loaded - skipped, state.len() - loaded - skipped);
    for (count, what) in
        [(parts, "in part"), (skipped, "left out"), (missing, "missing"), (unused, "not used")]
    {
        if count > 0 {
            said.push_str(&format!(", {} {what}", size::grouped(count as u64)));
        }
    }
    Ok(said)
}

/// `loaded the state of 161 parameters, 1 group`
fn states_loaded(state: &Dict) -> String {
    let count = |name: &str| {
        let held = state.get_name(name);
        let dict = held.as_ref().and_then(Value::as_dict).map(|dict| dict.len());
        dict.or_else(|| held.as_ref().and_then(Value::as_list).map(|list| list.len())).unwrap_or(0)
    };
    let groups = size::counted(count("param_groups"), "group");
    format!("loaded the state of {}, {groups}", size::counted(count("state"), "parameter"))
}

/// `save m "out.safetensors"`
pub fn save(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let what = words.next(args, "what to save")?;
    words.skip("to");
    let path = words.text(vm, args, "a file name in quotes")?;
    words.end(args)?;
    let value = match what {
        Value::Instance(_) if what.as_dict().is_none() => {
            Value::Dict(gather::state_dict_of(vm, what, "save")?)
        }
        other => other.clone(),
    };
    let how = files::How::of(vm, args.keywords())?;
    let saved = files::save_to(vm, &value, &path_meant(path.as_str()), &how)
        .map_err(|error| no_tensors(vm, what, &path, error))?;
    let Some(saved) = saved else { return Ok(Value::None) };
    for note in saved.notes {
        vm.notice(&note);
    }
    let what = match how.sharing.policy {
        Policy::Apart => size::counted(saved.storages, "tensor"),
        _ => said_of(vm, &value),
    };
    let written = messages::written(path.as_str(), &saved.files);
    vm.notice(&messages::saved(&what, &written, saved.nbytes, saved.replaced));
    Ok(Value::None)
}

/// The line to type where a format of tensors alone was given something else besides.
fn no_tensors(vm: &dyn Vm, what: &Value, path: &Str, error: Error) -> Error {
    let dict = what.as_dict().filter(|_| error.reason() == Some(&Reason::TensorsOnly));
    let named = dict.and_then(|dict| Some((nested::name_of(vm, what)?, dict)));
    let Some((name, dict)) = named else { return error };
    let own = dict.entries().iter().filter(|(_, value)| matches!(value, Value::Tensor(_))).count();
    // What lies deeper may be the state_dict, beside a number or two.
    let inside = nested::largest_inside(vm, &dict).filter(|(_, count)| *count > own).map(|(place, _)| place);
    match (own > 0 && inside.is_none(), inside.or_else(|| nested::place_of(vm, &dict))) {
        (true, _) => {
            let target = nested::fresh_name(vm, &name);
            error.better_hint(format!(
                "the tensors alone: {target} = filter {name} where isinstance(v, torch.Tensor)"
            ))
        }
        (false, Some(place)) => {
            error.better_hint(format!("the state_dict alone: save {name}{place} \"{path}\""))
        }
        (false, None) => error,
    }
}

/// What was saved, by the number of its tensors: `9 tensors`, `dict with 9 tensors`.
fn said_of(vm: &dyn Vm, value: &Value) -> String {
    let mut counted = Counted::default();
    counted.count(value);
    let kinds = [(counted.tensors, "tensor"), (counted.arrays, "array")].into_iter().filter(|(n, _)| *n > 0);
    let held = kinds.map(|(n, kind)| size::counted(n, kind)).collect::<Vec<_>>().join(" and ");
    let is_flat = value.as_dict().is_some_and(|dict| gather::look(&dict) == gather::Look::StateDict);
    let kind = vm.type_name(value);
    match (held.as_str(), is_flat || value.as_tensor().is_some()) {
        ("", _) => format!("{kind} without any tensor"),
        (held, true) => held.to_owned(),
        (held, false) => format!("{kind} with {held}"),
    }
}

/// Tensors and numpy arrays in a value, each once.
#[derive(Default)]
struct Counted {
    tensors: usize,
    arrays: usize,
    seen: HashSet<usize>,
}

impl Counted {
    fn count(&mut self, value: &Value) {
        let counts =
            value.as_tensor().is_some() || value.as_dict().is_some() || matches!(value, Value::Native(_));
        let lists = matches!(value, Value::List(_) | Value::Tuple(_) | Value::Set(_));
        if !(counts || lists) || !self.seen.insert(value.address()) {
            return;
        }
        match value {
            Value::Tensor(_) => self.tensors += 1,
            Value::List(list) => list.to_vec().iter().for_each(|item| self.count(item)),
            Value::Tuple(tuple) => tuple.items.iter().for_each(|item| self.count(item)),
            Value::Set(set) => set.dict.keys().iter().for_each(|item| self.count(item)),
            Value::Native(_) => self.arrays += usize::from(value.as_native::<Array>().is_some()),
            other => other
                .as_dict()
                .into_iter()
                .flat_map(|dict| dict.entries())
                .for_each(|(_, value)| self.count(&value)),
        }
    }
}
