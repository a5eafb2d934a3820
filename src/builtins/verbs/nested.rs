//! Where the tensors of a whole checkpoint are, for a verb that was given the checkpoint instead.

use std::rc::Rc;

use crate::value::report::{Totals, gather, size};
use crate::value::{Dict, Value, Vm};

/// State_dicts that are named in one note.
const NAMED: usize = 3;

/// Says which entries hold the tensors, where the dictionary itself holds none: `look in ckpt["state_dict"]`.
///
/// # Errors
/// What reading a tensor raises.
pub fn say(vm: &dyn Vm, dict: &Rc<Dict>) -> crate::error::Result<()> {
    if gather::look(dict) != gather::Look::Checkpoint
        || dict.entries().iter().any(|(_, value)| is_tensor(value))
    {
        return Ok(());
    }
    let name = name_of(vm, dict).unwrap_or_else(|| "m".to_owned());
    let mut places = Vec::new();
    for (key, value) in dict.entries() {
        if let Value::Dict(inner) = &value
            && gather::look(inner) == gather::Look::StateDict
        {
            let count = Totals::of(&gather::rows(vm, inner)?).tensors;
            places.push((format!("{name}[{}]", vm.repr(&key)?.replace('\'', "\"")), count));
        }
    }
    // The one with the most is meant before all.
    places.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    if !places.is_empty() {
        let held = places.iter().take(NAMED);
        let held = held.map(|(place, count)| format!("{place} ({})", size::counted(*count, "tensor")));
        let held = held.collect::<Vec<_>>().join(", ");
        vm.notice(&format!("{name} has no tensor of its own: look in {held}"));
    }
    Ok(())
}

fn is_tensor(value: &Value) -> bool {
    matches!(value, Value::Tensor(_))
}

/// The name that the program gave to a dictionary.
fn name_of(vm: &dyn Vm, dict: &Rc<Dict>) -> Option<String> {
    let globals = vm.main_globals().entries();
    let is_it = |value: &Value| matches!(value, Value::Dict(known) if Rc::ptr_eq(known, dict));
    let (name, _) = globals
        .iter()
        .find(|(name, value)| is_it(value) && !name.as_str().is_some_and(|name| name.starts_with('_')))?;
    Some(name.as_str()?.as_str().to_owned())
}
