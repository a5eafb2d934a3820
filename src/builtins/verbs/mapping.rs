//! A state_dict seen through other names: `diff a b through names`.

use std::collections::HashMap;
use std::rc::Rc;

use super::counterparts;
use torchsh_base::error::{Error, Kind, Result};
use torchsh_language::value::report::{Report, gather};
use torchsh_language::value::{Dict, Str, Value, Vm};

/// The entries under the names that a dictionary of names, or what `match` found, gives them; the others keep theirs.
///
/// # Errors
/// What is no dictionary of names; names of which none is there; two entries that would have one name.
pub fn through(vm: &dyn Vm, dict: &Rc<Dict>, names: &Value) -> Result<Rc<Dict>> {
    let names = names_of(vm, names)?;
    let made = Dict::default();
    let mut origins: HashMap<String, String> = HashMap::new();
    let mut used = 0;
    for (key, value) in dict.entries() {
        let old = gather::key_text(vm, &key)?;
        let new = names.get(&old);
        used += usize::from(new.is_some());
        let name = new.unwrap_or(&old).clone();
        if let Some(other) = origins.insert(name.clone(), old.clone()) {
            return Err(Error::value(format!("'{other}' and '{old}' would both become '{name}'")));
        }
        let key = new.map_or(key, |new| Value::str(new.as_str()));
        made.set(vm, key, value)?;
    }
    if used == 0 && !names.is_empty() {
        let first = names.keys().min().cloned().unwrap_or_default();
        let error = Error::new(Kind::Key, format!("none of the names is a key of the first: '{first}'"));
        return Err(error.hint(
            "the names of the first stand before those of the second: {\"old.weight\": \"new.weight\"}",
        ));
    }
    Ok(Rc::new(made))
}

fn names_of(vm: &dyn Vm, names: &Value) -> Result<HashMap<String, String>> {
    if let Some(Report::Table { heads, lines, .. }) = Report::of(names)
        && heads.get(1).is_some_and(|head| head.name == "counterpart")
    {
        return Ok(counterparts::sure(lines));
    }
    let wrong = || {
        let message =
            format!("through wants a dictionary of names or what match found, not {}", vm.type_name(names));
        Error::type_error(message).hint("names = match p to m; diff p m through names")
    };
    let dict = names.as_dict().ok_or_else(wrong)?;
    let text = |value: &Value| value.as_str().map(|text: Str| text.as_str().to_owned());
    let pair = |(old, new): (Value, Value)| {
        text(&old)
            .zip(text(&new))
            .ok_or_else(|| Error::type_error("through wants names for names: both are strings"))
    };
    dict.entries().into_iter().map(pair).collect()
}
