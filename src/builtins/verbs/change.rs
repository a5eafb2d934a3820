//! Verbs that make or change dictionaries: update, rename, drop, keep, prefix, strip.

use std::collections::HashMap;
use std::rc::Rc;

use super::counterpart::counterparts;
use super::pattern::fits;
use super::{Words, nested, said};
use crate::error::{Error, Result};
use crate::value::report::{gather, keys, size};
use crate::value::{Args, Dict, Str, Value, Vm};

/// `update m with p`
pub fn update(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let target = words.next(args, "two state_dicts")?;
    let Some(dict) = target.as_dict() else {
        let message = format!("update wants a state_dict to change, not {}", vm.type_name(target));
        return Err(Error::type_error(message).hint("m = state_dict(model) is one"));
    };
    words.skip("with");
    let source = words.dict(vm, args)?;
    words.end(args)?;
    let before = dict.len();
    let mut replaced = 0;
    for (key, _) in source.entries() {
        replaced += usize::from(dict.contains(vm, &key)?);
    }
    vm.call_method(target, "update", &[Value::Dict(source.clone())])?;
    vm.notice(&said::updated(dict.len().saturating_sub(before), replaced, before.saturating_sub(replaced)));
    Ok(Value::None)
}

/// `rename p "^module\\." ""`, `rename p to m`
pub fn rename(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let dict = words.dict(vm, args)?;
    if words.skip("to") {
        let model = words.dict(vm, args)?;
        words.end(args)?;
        return to_keys_of(vm, &dict, &model);
    }
    let pattern = words.text(vm, args, "a regular expression in quotes, or: to m")?;
    let new = words.text(vm, args, "what to put in its place")?;
    words.end(args)?;
    let pattern = vm.call_method(&vm.import("re")?, "compile", &[Value::Str(pattern)])?;
    let new = Value::Str(new);
    with_keys(vm, &dict, |key| {
        let changed = vm.call_method(&pattern, "sub", &[new.clone(), Value::Str(key.clone())])?;
        Ok(changed.as_str().unwrap_or_else(|| key.clone()))
    })
}

/// The entries under the keys of their counterparts; those that have none keep theirs.
fn to_keys_of(vm: &dyn Vm, dict: &Rc<Dict>, model: &Rc<Dict>) -> Result<Value> {
    let (own, theirs) = (gather::rows(vm, dict)?, gather::rows(vm, model)?);
    let found = counterparts(&own, &theirs);
    let pairs = own.iter().zip(&found);
    let new: HashMap<&str, &str> = pairs
        .filter_map(|(row, found)| Some((row.key.as_str(), theirs.get(found.as_ref()?.0)?.key.as_str())))
        .collect();
    let alone = found.iter().filter(|found| found.is_none()).count();
    let made = with_keys(vm, dict, |key| {
        Ok(new.get(key.as_str()).map_or_else(|| key.clone(), |key| Str::new(*key)))
    })?;
    if alone > 0 {
        vm.notice(&format!("{} without a counterpart: match says why", size::counted(alone, "key")));
    }
    Ok(made)
}

/// `prefix p "backbone."`
pub fn prefix(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let dict = words.dict(vm, args)?;
    let text = words.text(vm, args, "a text in quotes")?;
    words.end(args)?;
    with_keys(vm, &dict, |key| Ok(Str::new(format!("{text}{key}"))))
}

/// `strip p "module."`
pub fn strip(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let dict = words.dict(vm, args)?;
    let text = words.text(vm, args, "a text in quotes")?;
    words.end(args)?;
    with_keys(vm, &dict, |key| Ok(key.strip_prefix(text.as_str()).map_or_else(|| key.clone(), Str::new)))
}

/// A new dictionary with other keys. Keys that are no strings stay.
fn with_keys(vm: &dyn Vm, dict: &Rc<Dict>, change: impl Fn(&Str) -> Result<Str>) -> Result<Value> {
    let made = Dict::default();
    let origins = Dict::default();
    let mut changed = 0;
    for (key, value) in dict.entries() {
        let new = match key.as_str() {
            Some(text) => {
                let new = change(&text)?;
                changed += usize::from(new != text);
                Value::Str(new)
            }
            None => key.clone(),
        };
        if let Some(other) = origins.get(vm, &new)? {
            let (one, two) = (vm.repr(&other)?, vm.repr(&key)?);
            return Err(Error::value(format!("{one} and {two} would both become {}", vm.repr(&new)?)));
        }
        origins.set(vm, new.clone(), key)?;
        made.set(vm, new, value)?;
    }
    vm.notice(&said::renamed(changed, dict.len()));
    if changed == 0 {
        nested::say(vm, dict)?;
    }
    Ok(Value::Dict(Rc::new(made)))
}

/// `drop p "head.*"`
pub fn drop(vm: &dyn Vm, args: &Args) -> Result<Value> {
    select(vm, args, false)
}

/// `keep p "encoder.*"`
pub fn keep(vm: &dyn Vm, args: &Args) -> Result<Value> {
    select(vm, args, true)
}

/// A new dictionary of the entries that fit one of the patterns, or of the others.
fn select(vm: &dyn Vm, args: &Args, wanted: bool) -> Result<Value> {
    let mut words = Words::of(args);
    let dict = words.dict(vm, args)?;
    let mut patterns = vec![words.text(vm, args, "a pattern in quotes")?];
    while words.left.len() > 0 {
        patterns.push(words.text(vm, args, "a pattern in quotes")?);
    }
    let made = Dict::default();
    let mut gone = Vec::new();
    for (key, value) in dict.entries() {
        let text = gather::key_text(vm, &key)?;
        if patterns.iter().any(|pattern| fits(&text, pattern)) == wanted {
            made.set(vm, key, value)?;
        } else {
            gone.push(text);
        }
    }
    let matched = if wanted { made.len() } else { gone.len() };
    if matched == 0 {
        let patterns: Vec<&str> = patterns.iter().map(Str::as_str).collect();
        vm.notice(&format!("no key fits \"{}\"", patterns.join("\" or \"")));
        nested::say(vm, &dict)?;
    }
    let shown = if wanted { Vec::new() } else { gone };
    let head = format!("kept {} of {}", size::grouped(made.len() as u64), size::counted(dict.len(), "entry"));
    vm.notice(&if shown.is_empty() { head } else { keys::list(&format!("{head}; dropped:"), &shown) });
    Ok(Value::Dict(Rc::new(made)))
}
