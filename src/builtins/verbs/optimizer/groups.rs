//! An optimizer's groups and states after a verb: numbers and names of the parameters that there are now.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Line;
use super::changes::{Changes, New};
use super::shadows::Shadows;
use torchsh_base::error::{Error, Result};
use torchsh_language::value::report::optimizer::{Optimizer, Parameter};
use torchsh_language::value::report::size;
use torchsh_language::value::{Dict, Value, Vm};

/// A parameter of a group, as it will be.
struct Slot<'a> {
    /// What it is called; none where that is not known, and does not matter.
    new: Option<&'a New>,
    /// Its numbers of before: of a joined one several.
    ids: Vec<Value>,
    /// What the group called it.
    given: Option<Value>,
}

/// What became of the states.
#[derive(Default)]
struct Counts {
    gone: usize,
    changed: usize,
    kept: usize,
}

/// The optimizer's state_dict after what a verb did, and a line on it.
///
/// # Errors
/// `ValueError` where it is not sure which state is whose, or a state cannot go along.
pub fn carried(
    vm: &dyn Vm,
    line: &Line<'_>,
    changes: &Changes,
    optimizer: &Optimizer,
    dict: &Rc<Dict>,
) -> Result<(Rc<Dict>, String)> {
    let given = optimizer.own_names();
    let own = given.as_ref().and_then(|names| keys_of(changes, names));
    let names = own.or_else(|| optimizer.names_beside(std::slice::from_ref(&changes.parameters)));
    let names = names.unwrap_or_else(|| optimizer.ids.iter().map(|ids| vec![None; ids.len()]).collect());
    sure(changes, optimizer, &names)?;
    let mut counts = Counts::default();
    let mut groups = Vec::new();
    for ((group, ids), names) in optimizer.groups.iter().zip(&optimizer.ids).zip(&names) {
        let given = group.get_name("param_names").and_then(|names| names.as_list());
        let given = given.map(|names| names.to_vec()).unwrap_or_default();
        groups.push(slots(changes, (ids, names), &given, &mut counts)?);
    }
    let is_named = optimizer.ids.iter().flatten().any(|id| matches!(id, Value::Str(_)));
    let shadows = Shadows::of(vm, line, changes, &origins(optimizer, &names))?;
    let (state, mut made_groups) = (Dict::default(), Vec::new());
    let mut number = 0_i64;
    for (group, slots) in optimizer.groups.iter().zip(groups) {
        let (mut ids, mut texts) = (Vec::new(), Vec::new());
        for slot in &slots {
            let id = match (is_named, slot.new, slot.ids.first()) {
                (true, Some(new), _) => Value::str(new.key.clone()),
                (true, None, Some(id)) => id.clone(),
                _ => Value::Int(number),
            };
            number += 1;
            if let Some(kept) = kept(vm, optimizer, slot, &shadows)? {
                let is_changed = slot.new.is_some_and(|new| !new.is_same);
                counts.changed += usize::from(is_changed);
                counts.kept += usize::from(!is_changed);
                state.set(vm, id.clone(), kept)?;
            }
            texts.extend(slot.new.map(|new| Value::str(new.key.clone())).or_else(|| slot.given.clone()));
            ids.push(id);
        }
        made_groups.push(Value::Dict(Rc::new(regrouped(vm, group, ids, texts)?)));
    }
    let made = super::super::alike(dict);
    for (key, value) in dict.entries() {
        let value = match key.as_str().as_ref().map(|key| key.as_str()) {
            Some("state") => Value::Dict(Rc::new(with_kind(&optimizer.state, &state))),
            Some("param_groups") => Value::list(std::mem::take(&mut made_groups)),
            _ => value,
        };
        made.set(vm, key, value)?;
    }
    Ok((Rc::new(made), counts.line()))
}

impl Counts {
    fn line(&self) -> String {
        let mut parts = vec![format!("{} as they were", size::counted(self.kept, "state"))];
        if self.changed > 0 {
            parts.push(format!("{} changed along", size::grouped(self.changed as u64)));
        }
        if self.gone > 0 {
            parts.push(format!("{} left out", size::counted(self.gone, "parameter")));
        }
        parts.join(", ")
    }
}

/// The same entries in a dictionary of the other's kind.
fn with_kind(of: &Dict, entries: &Dict) -> Dict {
    Dict::new(entries.map().clone(), of.kind.borrow().clone())
}

/// That what the verb does is done to parameters whose states are known.
fn sure(changes: &Changes, optimizer: &Optimizer, names: &[Vec<Option<String>>]) -> Result<()> {
    let known: FxHashSet<&str> = names.iter().flatten().flatten().map(String::as_str).collect();
    let open: usize = names.iter().flatten().filter(|name| name.is_none()).count();
    if open == 0 {
        return Ok(());
    }
    let touched = changes.parameters.iter().filter(|parameter| changes.touches(parameter));
    let Some(unsure) = touched.into_iter().find(|parameter| !known.contains(parameter.name.as_str())) else {
        return Ok(());
    };
    let all: usize = optimizer.ids.iter().map(Vec::len).sum();
    let message = match open == all {
        true => format!(
            "its states are not those of this model's parameters by order and shape, so that of {} is not known",
            unsure.name
        ),
        false => format!(
            "it is not certain which state belongs to {}: {open} of {all} could belong to several parameters",
            unsure.name
        ),
    };
    let error = Error::value(message);
    Err(error.hint("the groups can say it: group[\"param_names\"] = [\"fc.weight\", …], in the order of group[\"params\"]"))
}

/// The parameters of a group after the verb.
fn slots<'a>(
    changes: &'a Changes,
    (ids, names): (&[Value], &[Option<String>]),
    given: &[Value],
    counts: &mut Counts,
) -> Result<Vec<Slot<'a>>> {
    let mut slots: Vec<Slot<'a>> = Vec::new();
    let place = |name: &String| names.iter().position(|known| known.as_ref() == Some(name));
    for (number, (id, name)) in ids.iter().zip(names).enumerate() {
        let given = given.get(number).cloned();
        let Some(parameter) = name.as_ref().and_then(|name| changes.parameter(name)) else {
            slots.push(Slot { new: None, ids: vec![id.clone()], given });
            continue;
        };
        let new = changes.from(parameter);
        counts.gone += usize::from(new.is_empty());
        for new in new {
            if slots.iter().any(|slot| slot.new.is_some_and(|known| std::ptr::eq(known, new))) {
                continue;
            }
            let parts: Option<Vec<Value>> =
                new.of.iter().map(|old| ids.get(place(&first_name(changes, old))?).cloned()).collect();
            let parts = parts.ok_or_else(|| {
                Error::value(format!(
                    "{} would be joined from parameters of several groups, or frozen ones: {}",
                    new.key,
                    new.of.join(", ")
                ))
            })?;
            slots.push(Slot { new: Some(new), ids: parts, given: given.clone() });
        }
    }
    if changes.reorders && slots.iter().all(|slot| slot.new.is_some()) {
        slots.sort_by_key(|slot| slot.new.map(|new| new.place));
    }
    Ok(slots)
}

/// The keys of the state_dict that an optimizer's own names are of: the same, or with one beginning more (`model.`).
fn keys_of(changes: &Changes, names: &[Vec<Option<String>>]) -> Option<Vec<Vec<Option<String>>>> {
    let first = names.iter().flatten().flatten().next()?;
    let keys: FxHashSet<&str> = changes
        .parameters
        .iter()
        .flat_map(|known| std::iter::once(&known.name).chain(&known.also))
        .map(String::as_str)
        .collect();
    let ending = format!(".{first}");
    let mut beginnings =
        keys.iter().filter_map(|key| key.strip_suffix(ending.as_str())).map(|before| format!("{before}."));
    let beginning = if keys.contains(first.as_str()) { String::new() } else { beginnings.next()? };
    let key = |name: &Option<String>| {
        let key = format!("{beginning}{}", name.as_ref()?);
        keys.contains(key.as_str()).then(|| Some(first_name(changes, &key)))
    };
    names.iter().map(|names| names.iter().map(key).collect()).collect()
}

/// The name of the parameter that a key is of: of tied ones the first.
fn first_name(changes: &Changes, key: &str) -> String {
    let is_it =
        |parameter: &&Parameter| parameter.name == key || parameter.also.iter().any(|also| also == key);
    changes.parameters.iter().find(is_it).map_or_else(|| key.to_owned(), |parameter| parameter.name.clone())
}

/// What is kept for each parameter, by its name.
fn origins(optimizer: &Optimizer, names: &[Vec<Option<String>>]) -> FxHashMap<String, Rc<Dict>> {
    let pairs = optimizer.ids.iter().zip(names).flat_map(|(ids, names)| ids.iter().zip(names));
    pairs.filter_map(|(id, name)| Some((name.clone()?, optimizer.kept(id)?))).collect()
}

/// What is kept for a parameter after the verb.
fn kept(vm: &dyn Vm, optimizer: &Optimizer, slot: &Slot<'_>, shadows: &Shadows) -> Result<Option<Value>> {
    let kept: Vec<Option<Rc<Dict>>> = slot.ids.iter().map(|id| optimizer.kept(id)).collect();
    let Some(new) = slot.new.filter(|new| !new.is_same) else {
        return Ok(kept.into_iter().next().flatten().map(Value::Dict));
    };
    match kept.iter().flatten().count() {
        0 => Ok(None),
        count if count < kept.len() => {
            let message =
                format!("{}: some of {} have a state and some have none", new.key, new.of.join(", "));
            Err(Error::value(message))
        }
        _ => shadows.state(vm, new, &kept.into_iter().flatten().collect::<Vec<_>>()).map(Some),
    }
}

/// A group with other parameters.
fn regrouped(vm: &dyn Vm, group: &Rc<Dict>, ids: Vec<Value>, names: Vec<Value>) -> Result<Dict> {
    let made = super::super::alike(group);
    for (key, value) in group.entries() {
        let value = match key.as_str().as_ref().map(|key| key.as_str()) {
            Some("params") => Value::list(ids.clone()),
            Some("param_names") => Value::list(names.clone()),
            _ => value,
        };
        made.set(vm, key, value)?;
    }
    Ok(made)
}
