//! Dictionaries under other keys.

use std::rc::Rc;

use super::{like, messages, rename_modules};
use torchsh_base::error::{Error, Result};
use torchsh_language::value::{Dict, Str, Value, Vm};

/// A new dictionary with other keys. One that is a number is taken by its text, as `find` takes it, and stays what it is where
/// that does not change.
pub fn with_keys(vm: &dyn Vm, dict: &Rc<Dict>, change: impl Fn(&Str) -> Result<Str>) -> Result<Value> {
    let made = like(dict);
    let origins = Dict::default();
    let (mut changed, mut moved) = (0, Vec::new());
    for (key, value) in dict.entries() {
        let text = match &key {
            Value::Int(number) => Some(Str::new(number.to_string())),
            _ => key.as_str(),
        };
        let renamed =
            text.map(|text| change(&text).map(|new| (new != text).then_some(new))).transpose()?.flatten();
        changed += usize::from(renamed.is_some());
        if let Some(old) = key.as_str() {
            moved.push((old.clone(), renamed.clone().unwrap_or(old)));
        }
        let new = renamed.map_or_else(|| key.clone(), Value::Str);
        if let Some(other) = origins.get(vm, &new)? {
            let (one, two) = (vm.repr(&other)?, vm.repr(&key)?);
            return Err(Error::value(format!("{one} and {two} would both become {}", vm.repr(&new)?)));
        }
        origins.set(vm, new.clone(), key)?;
        made.set(vm, new, value)?;
    }
    if changed > 0 {
        rename_modules(&made, &moved);
    }
    vm.notice(&messages::renamed(changed, dict.len()));
    Ok(Value::Dict(Rc::new(made)))
}
