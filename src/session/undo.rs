//! `undo`: names and dictionaries as they were before the last statement. Tensors' numbers are not kept.

use std::rc::Rc;

use super::{Outcome, Session};
use crate::error::{Error, Result};
use crate::value::{Dict, Map, Value};

/// States that are kept.
const KEPT: usize = 16;

/// The names of `__main__` and the entries of the dictionaries they hold.
pub(super) struct State {
    /// The number of the input that came then.
    number: usize,
    globals: Map,
    dicts: Vec<(Rc<Dict>, Map)>,
}

impl State {
    fn of(number: usize, globals: &Dict) -> Self {
        let map = globals.map().clone();
        let dicts = map.iter().filter_map(|entry| match &entry.value {
            Value::Dict(dict) => Some((dict.clone(), dict.map().clone())),
            _ => None,
        });
        State { number, dicts: dicts.collect(), globals: map }
    }
}

impl Session {
    /// Keeps the state before a statement.
    pub(super) fn keep_state(&self, number: usize) {
        let mut states = self.states.borrow_mut();
        if states.len() >= KEPT {
            states.pop_front();
        }
        states.push_back(State::of(number, &self.globals()));
    }

    /// Puts the last state that differs from the present one back.
    pub(super) fn undo(&self) -> Result<Outcome> {
        let globals = self.globals();
        loop {
            let Some(state) = self.states.borrow_mut().pop_back() else {
                return Err(Error::value("there is nothing to take back"));
            };
            let mut changed = changes(&globals.map(), &state.globals);
            changed.extend(state.dicts.iter().filter(|(dict, map)| differ(&dict.map(), map)).map(
                |(dict, _)| {
                    let named = state
                        .globals
                        .iter()
                        .find(|entry| matches!(&entry.value, Value::Dict(d) if Rc::ptr_eq(d, dict)));
                    named
                        .and_then(|entry| entry.key.as_str())
                        .map_or_else(String::new, |name| name.as_str().to_owned())
                },
            ));
            if changed.is_empty() {
                continue;
            }
            for (dict, map) in state.dicts {
                *dict.map_mut() = map;
            }
            *globals.map_mut() = state.globals;
            self.take_back(state.number)?;
            changed.sort();
            changed.dedup();
            let shown = Some(format!("as before: {}", changed.join(", ")));
            return Ok(Outcome { shown, is_answer: true, ..Outcome::default() });
        }
    }
}

/// The names that are not as they were; results (`_`, `_3`) do not count.
fn changes(now: &Map, before: &Map) -> Vec<String> {
    let own = |map: &Map| -> Vec<(String, Value)> {
        let named = map
            .iter()
            .filter_map(|entry| Some((entry.key.as_str()?.as_str().to_owned(), entry.value.clone())));
        named.filter(|(name, _)| !name.starts_with('_')).collect()
    };
    let (now, before) = (own(now), own(before));
    let missing = |from: &[(String, Value)], name: &str, value: &Value| {
        !from.iter().any(|(known, held)| known == name && held.same(value))
    };
    let gone = before.iter().filter(|(name, value)| missing(&now, name, value));
    let new = now.iter().filter(|(name, value)| missing(&before, name, value));
    gone.chain(new).map(|(name, _)| name.clone()).collect()
}

/// Whether entries differ: other keys, another order or other objects.
fn differ(now: &Map, before: &Map) -> bool {
    now.len() != before.len()
        || now
            .iter()
            .zip(before.iter())
            .any(|(a, b)| !a.value.same(&b.value) || !a.key.same(&b.key) && a.hash != b.hash)
}
