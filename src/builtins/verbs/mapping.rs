//! A state_dict seen through other names: `diff a b through names`, `diff a b through "map.json"`.

use std::rc::Rc;

use super::key_mapping::{self, Counts, Rule};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_language::value::report::Report;
use torchsh_language::value::{Dict, Value, Vm};

/// The entries under the names that a mapping, or what `match` found, gives them; the others keep theirs.
///
/// # Errors
/// What is no mapping; names of which none is there; two entries that would have one name.
pub fn through(vm: &dyn Vm, dict: &Rc<Dict>, names: &Value) -> Result<Rc<Dict>> {
    let rules = rules_of(vm, names)?;
    let (made, done) = key_mapping::renamed(vm, dict, &rules, Counts::default())?;
    if done.used == 0 && !rules.is_empty() {
        let first = rules.iter().filter_map(|rule| rule.from.first()).min().cloned().unwrap_or_default();
        let error =
            Error::new(Kind::Key, format!("none of the names is a key of the first state_dict: '{first}'"));
        return Err(error.hint(
            "the names of the first stand before those of the second: {\"old.weight\": \"new.weight\"}",
        ));
    }
    Ok(made)
}

fn rules_of(vm: &dyn Vm, names: &Value) -> Result<Vec<Rule>> {
    if let Some(Report::Matches(found)) = Report::of(names) {
        return Ok(key_mapping::rules_of_names(found.sure.iter().cloned()));
    }
    key_mapping::given(vm, names)?.ok_or_else(|| {
        let got = vm.type_name(names);
        let message = format!("through wants a mapping, its .json file or what match found, not {got}");
        Error::type_error(message).hint("names = match p to m; diff p m through names")
    })
}
