//! Verbs that make or change dictionaries: update, rename, drop, keep, prefix, strip.

use std::rc::Rc;

use super::pattern::{fits, regex};
use super::{Words, nested, said};
use crate::error::{Error, Kind, Result};
use crate::value::report::{gather, size};
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

/// `rename p "^module\." ""`
pub fn rename(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let dict = words.dict(vm, args)?;
    let pattern = regex(&words.text(vm, args, "a regular expression in quotes")?)?;
    let new = python_replacement(&words.text(vm, args, "what to put in its place")?);
    words.end(args)?;
    with_keys(vm, &dict, |key| {
        let changed = pattern.try_replacen(key, 0, new.as_str());
        changed.map(|key| key.into_owned()).map_err(|error| Error::new(Kind::Regex, error.to_string()))
    })
}

/// Python's `\1` and `\g<name>` as the regular expressions here write them; `$` is an ordinary character in Python.
fn python_replacement(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek().copied()) {
            ('$', _) => out.push_str("$$"),
            ('\\', Some(digit)) if digit.is_ascii_digit() => {
                chars.next();
                out.push_str(&format!("${{{digit}}}"));
            }
            ('\\', Some('g')) => {
                chars.next();
                let name: String =
                    chars.by_ref().skip_while(|&c| c == '<').take_while(|&c| c != '>').collect();
                out.push_str(&format!("${{{name}}}"));
            }
            ('\\', Some(escaped)) => {
                chars.next();
                out.push(escaped);
            }
            (c, _) => out.push(c),
        }
    }
    out
}

/// `prefix p "backbone."`
pub fn prefix(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let dict = words.dict(vm, args)?;
    let text = words.text(vm, args, "a text in quotes")?;
    words.end(args)?;
    with_keys(vm, &dict, |key| Ok(format!("{text}{key}")))
}

/// `strip p "module."`
pub fn strip(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let dict = words.dict(vm, args)?;
    let text = words.text(vm, args, "a text in quotes")?;
    words.end(args)?;
    with_keys(vm, &dict, |key| Ok(key.strip_prefix(text.as_str()).unwrap_or(key).to_owned()))
}

/// A new dictionary with other keys. Keys that are no strings stay.
fn with_keys(vm: &dyn Vm, dict: &Rc<Dict>, change: impl Fn(&str) -> Result<String>) -> Result<Value> {
    let made = Dict::default();
    let origins = Dict::default();
    let mut changed = 0;
    for (key, value) in dict.entries() {
        let new = match key.as_str() {
            Some(text) => {
                let new = change(&text)?;
                changed += usize::from(new != text.as_str());
                Value::Str(Str::new(new))
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
    vm.notice(&if shown.is_empty() { head } else { said::list(&format!("{head}; dropped:"), &shown) });
    Ok(Value::Dict(Rc::new(made)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replacements_are_python_s() {
        assert_eq!(python_replacement(r"a\1.\g<name>$"), "a${1}.${name}$$");
        assert_eq!(python_replacement(r"\."), ".");
    }
}
