//! ema, move, tie, untie: which tensors there are, and under which keys.

use std::rc::Rc;

use super::sources::{Sources, changed, no_key, put, tensors, value};
use crate::verbs::{Words, like, nested};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_language::value::report::{gather, shape_text};
use torchsh_language::value::{Args, Dict, Str, Value, Vm};
use torchsh_state_dict::derive;

/// Where programs keep the averaged weights in a checkpoint: timm, DINO, YOLO, diffusion models, Lightning.
const AVERAGED: &[&str] = &[
    "state_dict_ema",
    "model_ema",
    "ema_state_dict",
    "ema",
    "ema_model",
    "params_ema",
    "teacher",
    "ema_weights",
    "averaged_model",
];

/// What stands before the keys of averaged weights that lie among the others.
const BEGINNINGS: &[&str] = &["ema_model.", "model_ema.", "ema.", "teacher."];

/// `ema checkpoint`
pub fn ema(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let (given, dict) = words.dictionary(vm, args)?;
    words.end(args)?;
    let name = nested::name_of(vm, given).unwrap_or_else(|| "it".to_owned());
    for known in AVERAGED {
        let Some(found) = dict.get_name(known) else { continue };
        if let Some(weights) = nested::meant(vm, &found).filter(|weights| !weights.is_empty()) {
            vm.notice(&format!("the averaged weights of {name}[\"{known}\"]: {}", tensors(weights.len())));
            return Ok(Value::Dict(weights));
        }
    }
    let deeper = nested::held(vm, &dict, nested::Wanted::Weights);
    let is_averaged = |(path, _): &&(String, Rc<Dict>)| {
        AVERAGED.iter().any(|known| path.contains(&format!("[\"{known}\"]")))
    };
    if let [(path, weights)] = deeper.iter().filter(is_averaged).collect::<Vec<_>>().as_slice() {
        vm.notice(&format!("the averaged weights of {name}{path}: {}", tensors(weights.len())));
        return Ok(Value::Dict(weights.clone()));
    }
    let dict = nested::inner(vm, given, &dict, nested::Wanted::Weights).map_or(dict, |(_, inner)| inner);
    for beginning in BEGINNINGS {
        let made = like(&dict);
        for (key, value) in dict.entries() {
            if let Some(rest) = key.as_str().as_ref().and_then(|key| key.strip_prefix(*beginning)) {
                made.set(vm, Value::str(rest), value)?;
            }
        }
        if !made.is_empty() {
            vm.notice(&format!("the averaged weights under \"{beginning}\": {}", tensors(made.len())));
            return Ok(Value::Dict(Rc::new(made)));
        }
    }
    let error = Error::new(Kind::Value, format!("{name} has no averaged weights that are known by name"));
    Err(error.hint(format!("looked for: {}", AVERAGED.join(", "))))
}

/// `move p "fc.weight" to "head.weight"`
pub fn move_key(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let (dict, from, to) = pair(vm, args)?;
    let made = like(&dict);
    let mut found = false;
    for (key, value) in dict.entries() {
        let is_it = gather::key_text(vm, &key)? == from.as_str();
        found |= is_it;
        put(vm, &made, if is_it { Value::Str(to.clone()) } else { key }, value)?;
    }
    if !found {
        return Err(no_key(vm, &dict, &[from]));
    }
    vm.notice(&format!("moved {from} to {to}"));
    Ok(Value::Dict(Rc::new(made)))
}

/// `tie p "lm_head.weight" to "embed.weight"`
pub fn tie(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let (dict, from, to) = pair(vm, args)?;
    let shared = dict.get_name(&to).filter(|value| value.as_tensor().is_some());
    let shared = shared.ok_or_else(|| no_key(vm, &dict, std::slice::from_ref(&to)))?;
    let shape = |value: &Value| value.as_tensor().map(|tensor| tensor.tensor().sizes()).unwrap_or_default();
    if let Some(before) = dict.get_name(&from)
        && shape(&before) != shape(&shared)
    {
        let message =
            format!("{from} is {}, {to} is {}", shape_text(&shape(&before)), shape_text(&shape(&shared)));
        return Err(Error::value(message));
    }
    let made = like(&dict);
    for (key, value) in dict.entries() {
        made.set(vm, key, value)?;
    }
    made.set(vm, Value::Str(from.clone()), shared)?;
    vm.notice(&format!("{from} is the same tensor as {to}"));
    Ok(Value::Dict(Rc::new(made)))
}

/// `untie p "lm_head.weight"`
pub fn untie(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let dict = words.weights(vm, args)?;
    let pattern = match words.left.len() {
        0 => Str::intern("*"),
        _ => words.text(vm, args, "a pattern in quotes")?,
    };
    words.end(args)?;
    let mut sources = Sources::new(vm);
    let (made, count) = changed(vm, &dict, &[pattern], |key, tensor| {
        let source = sources.of(key, tensor)?;
        Ok(vec![(key.to_owned(), value(&derive::copied(source.record.clone())?, &[&source])?)])
    })?;
    let own = if count == 1 { "its own" } else { "their own" };
    vm.notice(&format!("{} with memory of {own}", tensors(count)));
    Ok(Value::Dict(made))
}

/// A state_dict and two keys.
fn pair(vm: &dyn Vm, args: &Args) -> Result<(Rc<Dict>, Str, Str)> {
    let mut words = Words::of(args);
    let dict = words.weights(vm, args)?;
    let from = words.text(vm, args, "a key in quotes")?;
    words.skip("to");
    let to = words.text(vm, args, "another key in quotes")?;
    words.end(args)?;
    Ok((dict, from, to))
}
