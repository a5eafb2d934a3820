//! Verbs that make or change dictionaries: update, rename, drop, keep, prefix, strip.

use std::rc::Rc;

use super::key_mapping::{self, Counts};
use super::new_keys::with_keys;
use super::{Words, like, match_keys, messages, nested, numbers, unmatched};
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::pattern::{fits, substituted};
use torchsh_language::value::report::{gather, keys, size};
use torchsh_language::value::{Args, Dict, Str, Value, Vm};

/// `update m with p`
pub fn update(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let target = words.next(args, "two state_dicts")?;
    let Some(dict) = target.as_dict() else {
        let message = format!("update wants a state_dict to change, not {}", vm.type_name(target));
        return Err(Error::type_error(message).hint("m = state_dict(model) is one"));
    };
    words.skip("with");
    let source = words.weights(vm, args)?;
    words.end(args)?;
    // Settings go into the checkpoint itself, weights into its state_dict.
    let has_tensors = source.entries().iter().any(|(_, value)| value.is_tensor_or_array());
    let (target, dict) = match has_tensors {
        true => nested::inner(vm, target, &dict, nested::Wanted::Weights)?,
        false => (target.clone(), dict),
    };
    let before = dict.len();
    let mut replaced = 0;
    for (key, _) in source.entries() {
        replaced += usize::from(dict.contains(vm, &key)?);
    }
    vm.call_method(&target, "update", &[Value::Dict(source.clone())])?;
    vm.notice(&messages::updated(
        dict.len().saturating_sub(before),
        replaced,
        before.saturating_sub(replaced),
    ));
    Ok(Value::None)
}

/// `rename p "^module\\." ""`, `rename p to m`
pub fn rename(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let dict = words.weights(vm, args)?;
    if words.skip("to") {
        let model = words.weights(vm, args)?;
        words.end(args)?;
        return match_keys::rename(vm, args, &dict, &model);
    }
    if let Some((name, _)) = args.keywords().iter().find(|(name, _)| name.as_str() == "guess") {
        let message = format!("{name}= is an option of rename p to m");
        return Err(Error::type_error(message).hint(Words::synopsis(args)));
    }
    if words.skip("preset") {
        return preset(vm, args, words, &dict);
    }
    let is_other = |(name, _): &&(Str, Value)| name.as_str() != unmatched::MISSING_OK;
    if let Some((name, _)) = args.keywords().iter().find(is_other) {
        let message = format!("{name}= is an option of rename p preset");
        return Err(Error::type_error(message).hint(Words::synopsis(args)));
    }
    if words.left.len() == 1 {
        let given = words.next(args, "a mapping")?;
        let no_mapping = || {
            let shown = vm.repr(given).unwrap_or_default();
            let error = Error::type_error(format!("rename wants what to put in the place of {shown}"));
            error.hint("rename p \"^module\\.\" \"\", rename p to m, or rename p \"map.json\"")
        };
        let rules = key_mapping::given(vm, given)?.ok_or_else(no_mapping)?;
        words.end(args)?;
        return key_mapping::apply(vm, Some(args), &dict, &rules, Counts::default(), false);
    }
    let pattern = words.text(vm, args, "a regular expression in quotes, or: to m")?;
    let new = words.text(vm, args, "what to put in its place")?;
    words.end(args)?;
    if new.contains('*') && pattern.contains('*') {
        if new.matches('*').count() > pattern.matches('*').count() {
            return Err(Error::value(format!("\"{new}\" has more * than \"{pattern}\"")));
        }
        let said = || format!("no key fits \"{pattern}\"");
        refuse_unless_any(vm, args, &dict, &pattern, said, |key| Ok(fits(key, &pattern)))?;
        return with_keys(vm, &dict, |key| {
            Ok(substituted(key, &pattern, &new).map_or_else(|| key.clone(), Str::new))
        });
    }
    let written = pattern.clone();
    let pattern = vm.call_method(&vm.import("re")?, "compile", &[Value::Str(pattern)])?;
    let said = || format!("no key fits the regular expression \"{written}\"");
    refuse_unless_any(vm, args, &dict, &written, said, |key| {
        Ok(!vm.call_method(&pattern, "search", &[Value::str(key)])?.is_none())
    })?;
    let new = Value::Str(new);
    with_keys(vm, &dict, |key| {
        let changed = vm.call_method(&pattern, "sub", &[new.clone(), Value::Str(key.clone())])?;
        Ok(changed.as_str().unwrap_or_else(|| key.clone()))
    })
}

/// `rename p preset "meta llama to hf llama" heads=32`
fn preset(vm: &dyn Vm, args: &Args, mut words: Words<'_>, dict: &Rc<Dict>) -> Result<Value> {
    let name = words.text(vm, args, "the name of a preset: help presets lists them")?;
    words.end(args)?;
    if let Some(wrapper) = key_mapping::wrapper(&name) {
        let said = || format!("no key has what \"{name}\" takes away");
        refuse_unless_any(vm, args, dict, "", said, |key| Ok(key_mapping::unwrapped(key, wrapper) != key))?;
        return with_keys(vm, dict, |key| Ok(Str::new(key_mapping::unwrapped(key, wrapper))));
    }
    let count = |name: &str| {
        let given = args.keywords().iter().find(|(known, _)| known.as_str() == name);
        given.map(|(_, value)| numbers::whole(vm, &format!("{name}="), value)).transpose()
    };
    let counts = Counts { heads: count("heads")?, kv_heads: count("kv_heads")? };
    let mut made = Value::Dict(dict.clone());
    for name in key_mapping::steps(&name) {
        let Some(dict) = made.as_dict() else { continue };
        let mut keys = Vec::new();
        for (key, _) in dict.entries() {
            keys.push(gather::key_text(vm, &key)?);
        }
        let (rules, is_whole) = key_mapping::named(&name, &keys)?;
        made = key_mapping::apply(vm, Some(args), &dict, &rules, counts, is_whole)?;
    }
    Ok(made)
}

/// `prefix p "backbone."`
pub fn prefix(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let dict = words.weights(vm, args)?;
    let text = words.text(vm, args, "a text in quotes")?;
    words.end(args)?;
    with_keys(vm, &dict, |key| Ok(Str::new(format!("{text}{key}"))))
}

/// `strip p "module."`
pub fn strip(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let dict = words.weights(vm, args)?;
    let text = words.text(vm, args, "a text in quotes")?;
    words.end(args)?;
    let said = || format!("no key begins with \"{text}\"");
    refuse_unless_any(vm, args, &dict, &text, said, |key| Ok(key.starts_with(text.as_str())))?;
    with_keys(vm, &dict, |key| Ok(key.strip_prefix(text.as_str()).map_or_else(|| key.clone(), Str::new)))
}

/// Refuses a text that no key fits ([`unmatched::refuse`]).
fn refuse_unless_any(
    vm: &dyn Vm,
    args: &Args,
    dict: &Dict,
    wanted: &str,
    said: impl FnOnce() -> String,
    fits: impl Fn(&str) -> Result<bool>,
) -> Result<()> {
    for (key, _) in dict.entries() {
        if fits(&gather::key_text(vm, &key)?)? {
            return Ok(());
        }
    }
    unmatched::refuse(vm, args, dict, said(), wanted)
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
    let dict = words.weights(vm, args)?;
    let mut patterns = vec![words.text(vm, args, "a pattern in quotes")?];
    while words.left.len() > 0 {
        patterns.push(words.text(vm, args, "a pattern in quotes")?);
    }
    words.end(args)?;
    let unused = unmatched::of(vm, &dict, &patterns, |key, _, pattern| fits(key, pattern))?;
    if let Some(first) = unused.first() {
        unmatched::refuse(vm, args, &dict, format!("no key fits {}", unmatched::quoted(&unused)), first)?;
    }
    let made = like(&dict);
    let mut gone = Vec::new();
    for (key, value) in dict.entries() {
        let text = gather::key_text(vm, &key)?;
        if patterns.iter().any(|pattern| fits(&text, pattern)) == wanted {
            made.set(vm, key, value)?;
        } else {
            gone.push(text);
        }
    }
    let shown = if wanted { Vec::new() } else { gone };
    let head = format!("kept {} of {}", size::grouped(made.len() as u64), size::counted(dict.len(), "entry"));
    vm.notice(&if shown.is_empty() { head } else { keys::list(&format!("{head}; dropped:"), &shown) });
    Ok(Value::Dict(Rc::new(made)))
}
