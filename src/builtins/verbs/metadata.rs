//! What a state_dict says of itself beside its entries, carried along by verbs that give new ones: the versions of its modules
//! (`_metadata`), and what a safetensors file says (`metadata`).

use std::collections::HashMap;
use std::rc::Rc;

use torchsh_language::value::{Dict, DictKind, Str, Value};

/// An empty dictionary for entries of this one: what is said of the whole goes with them.
pub fn like(dict: &Dict) -> Dict {
    let made = Dict::default();
    for name in ["metadata", "_metadata"] {
        let said = dict.has_attributes().then(|| dict.attributes().get_name(name)).flatten();
        let Some(said) = said else { continue };
        if name == "_metadata" {
            // Of all dictionaries only this kind has attributes in Python, and is saved with them.
            made.kind.replace(DictKind::Ordered);
        }
        let own = said.as_dict().map(|said| Dict::new(said.map().clone(), said.kind.borrow().clone()));
        made.attributes().set_name(name, own.map_or(said, |own| Value::Dict(Rc::new(own))));
    }
    made
}

/// As [`like`], of the same kind.
pub fn alike(dict: &Dict) -> Dict {
    let made = like(dict);
    made.kind.replace(dict.kind.borrow().clone());
    made
}

/// Gives the modules of `_metadata` the names that the keys have now: a module goes where its entries went, and what holds
/// it or lies in it goes along.
pub fn rename_modules(made: &Dict, renamed: &[(Str, Str)]) {
    let metadata = made.has_attributes().then(|| made.attributes().get_name("_metadata")).flatten();
    let Some(metadata) = metadata.and_then(|metadata| metadata.as_dict()) else { return };
    let moves = Moves::of(renamed);
    let new = Dict::default();
    new.kind.replace(metadata.kind.borrow().clone());
    for (module, about) in metadata.entries() {
        match module.as_str().map(|module| moves.of_module(module.as_str())) {
            Some(Some(place)) if new.get_name(&place).is_none() => new.set_str(Str::new(place), about),
            Some(_) => {}
            None => {}
        }
    }
    made.attributes().set_name("_metadata", Value::Dict(Rc::new(new)));
}

/// Where modules went.
struct Moves<'a>(HashMap<&'a str, &'a str>);

impl<'a> Moves<'a> {
    fn of(renamed: &'a [(Str, Str)]) -> Self {
        let mut moves = HashMap::new();
        for (old, new) in renamed {
            let (mut from, mut to) = (parent(old), parent(new));
            loop {
                moves.entry(from).or_insert(to);
                if from.is_empty() || to.is_empty() || last(from) != last(to) {
                    break;
                }
                (from, to) = (parent(from), parent(to));
            }
        }
        Moves(moves)
    }

    /// Where a module is now; none where that is not known. One without entries goes with what holds it.
    fn of_module(&self, module: &str) -> Option<String> {
        let mut holder = module;
        loop {
            if let Some(place) = self.0.get(holder) {
                let rest = module.get(holder.len()..).unwrap_or_default().trim_start_matches('.');
                let dot = if place.is_empty() || rest.is_empty() { "" } else { "." };
                return Some(format!("{place}{dot}{rest}"));
            }
            if holder.is_empty() {
                return None;
            }
            holder = parent(holder);
        }
    }
}

/// The module that holds an entry or a module.
fn parent(key: &str) -> &str {
    key.rsplit_once('.').map_or("", |(holder, _)| holder)
}

fn last(key: &str) -> &str {
    key.rsplit_once('.').map_or(key, |(_, last)| last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(renamed: &[(&str, &str)], modules: &[&str]) -> Vec<Option<String>> {
        let renamed: Vec<(Str, Str)> =
            renamed.iter().map(|(old, new)| (Str::new(*old), Str::new(*new))).collect();
        let moves = Moves::of(&renamed);
        modules.iter().map(|module| moves.of_module(module)).collect()
    }

    fn places(names: &[&str]) -> Vec<Option<String>> {
        names.iter().map(|name| Some((*name).to_owned())).collect()
    }

    #[test]
    fn modules_go_where_their_entries_go() {
        let stripped = [("module.a.0.w", "a.0.w"), ("module.b", "b")];
        assert_eq!(
            moved(&stripped, &["module", "module.a", "module.a.0", "module.relu"]),
            places(&["", "a", "a.0", "relu"])
        );
        assert_eq!(moved(&stripped, &[""]), [None]);
        let prefixed = [("a.w", "net.a.w"), ("b", "net.b")];
        assert_eq!(moved(&prefixed, &["", "a", "act"]), places(&["net", "net.a", "net.act"]));
        let other = [("ln.gamma", "norm.weight"), ("fc.w", "fc.w")];
        assert_eq!(moved(&other, &["ln", "fc", ""]), places(&["norm", "fc", ""]));
    }
}
