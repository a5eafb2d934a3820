//! What is done to marked places, as the statements that do the same when they are typed.

use std::collections::{BTreeMap, HashSet};

use super::tree::{Content, Kind, Node, Place, Tree};
use torchsh_base::identifier::quoted;
use torchsh_builtins::verbs::nested;
use torchsh_checkpoint::pattern::{fits, is_pattern, substituted};
use torchsh_language::value::report::gather;
use torchsh_language::value::{Value, Vm};

/// Patterns that a statement holds at most: more is nothing to read.
const MOST: usize = 200;

/// A statement, or why there is none.
type Written = Result<String, String>;

/// The entries of one container that are marked.
struct Marked<'t> {
    container: usize,
    expression: &'t str,
    kind: Kind,
    places: Vec<&'t Place>,
}

impl Tree {
    /// How a place is written: `ckpt["state_dict"]["fc.weight"]`; a module as the pattern of its keys.
    pub fn expression(&self, vm: &dyn Vm, id: usize) -> Option<String> {
        match &self.node(id)?.place {
            Place::Entry { container, key } => {
                let within = self.containers.get(*container)?.expression.as_ref()?;
                Some(format!("{within}[{}]", nested::quoted(vm, key)?))
            }
            Place::Keys { beginning, .. } => Some(quoted(&format!("{}*", escaped(beginning)))),
        }
    }

    /// `p = drop p "fc.*" "head.bias"`
    ///
    /// # Errors
    /// Why that cannot be done, in words.
    pub fn drop_statement(&self, vm: &dyn Vm, ids: &[usize]) -> Written {
        let marked = self.marked(ids)?;
        let of = marked.expression;
        match marked.kind {
            Kind::StateDict => Ok(format!("{of} = drop {of} {}", self.patterns(vm, &marked)?)),
            Kind::Plain => {
                let mut keys = keys(vm, &marked.places)?;
                // Of a list the last goes first, or what is behind would move.
                keys.reverse();
                let entries: Vec<String> = keys.iter().map(|key| format!("{of}[{key}]")).collect();
                Ok(format!("del {}", entries.join(", ")))
            }
            Kind::Fixed => Err(fixed(of)),
        }
    }

    /// `p = keep p "fc.*"`
    ///
    /// # Errors
    /// As [`Tree::drop_statement`].
    pub fn keep_statement(&self, vm: &dyn Vm, ids: &[usize]) -> Written {
        let marked = self.marked(ids)?;
        let of = marked.expression;
        match marked.kind {
            Kind::StateDict => Ok(format!("{of} = keep {of} {}", self.patterns(vm, &marked)?)),
            Kind::Plain => {
                let keys = keys(vm, &marked.places)?.join(", ");
                Ok(format!("{of} = {{k: v for k, v in {of}.items() if k in [{keys}]}}"))
            }
            Kind::Fixed => Err(fixed(of)),
        }
    }

    /// `p = rename p "encoder.*" "enc.*"`
    ///
    /// # Errors
    /// As [`Tree::drop_statement`].
    pub fn rename_statement(&self, vm: &dyn Vm, id: usize, new: &str) -> Written {
        let marked = self.marked(&[id])?;
        let of = marked.expression;
        let place = marked.places.first().ok_or("nothing is chosen")?;
        match (marked.kind, place) {
            (Kind::Fixed, _) => Err(fixed(of)),
            (Kind::StateDict, Place::Keys { beginning, .. }) => {
                let new = new.trim_end_matches('.');
                let new = if new.is_empty() { String::new() } else { format!("{new}.") };
                Ok(match is_pattern(beginning) || is_pattern(&new) {
                    true => format!("{of} = rename {of} {}", expression_of(beginning, &new, false)),
                    false => {
                        let (old, new) = (quoted(&format!("{beginning}*")), quoted(&format!("{new}*")));
                        format!("{of} = rename {of} {old} {new}")
                    }
                })
            }
            (_, Place::Entry { key, .. }) => {
                let Some(old) = key.as_str() else { return Err("this key is not a string".to_owned()) };
                let (key, new_key) = (nested::quoted(vm, key).unwrap_or_default(), quoted(new));
                Ok(match marked.kind {
                    Kind::StateDict if is_pattern(&old) || is_pattern(new) => {
                        format!("{of} = rename {of} {}", expression_of(&old, new, true))
                    }
                    Kind::StateDict => format!("{of} = rename {of} {{{key}: {new_key}}}"),
                    _ => format!("{of}[{new_key}] = {of}.pop({key})"),
                })
            }
            (Kind::Plain, Place::Keys { .. }) => Err(fixed(of)),
        }
    }

    /// `p = rename p "encoder\\." "enc."` for a part of the names of what is marked: a text, or a pattern with `*` in both.
    ///
    /// # Errors
    /// As [`Tree::drop_statement`]; no name has that part.
    pub fn rename_many_statement(&self, vm: &dyn Vm, ids: &[usize], old: &str, new: &str) -> Written {
        let marked = self.marked(ids)?;
        let of = marked.expression;
        if marked.kind != Kind::StateDict {
            return Err(match marked.kind {
                Kind::Fixed => fixed(of),
                _ => format!("{of} is not a state_dict: rename its entries one at a time"),
            });
        }
        let renamed = |key: &str| match old.contains('*') && new.contains('*') {
            true => substituted(key, old, new),
            false => Some(key.replace(old, new)).filter(|new| new != key),
        };
        if old.contains('*') && new.matches('*').count() > old.matches('*').count() {
            return Err(format!("{new} has more * than {old}"));
        }
        let all = self.keys_of(vm, marked.container);
        let (mut own, mut beginnings) = (HashSet::new(), Vec::new());
        for place in &marked.places {
            match place {
                Place::Entry { key, .. } => drop(own.insert(key_text(vm, key))),
                Place::Keys { beginning, .. } => beginnings.push(beginning.as_str()),
            }
        }
        let is_marked =
            |key: &str| own.contains(key) || beginnings.iter().any(|beginning| key.starts_with(beginning));
        let changed: Vec<(&String, String)> =
            all.iter().filter_map(|key| Some((key, renamed(key)?))).collect();
        let meant: Vec<&(&String, String)> = changed.iter().filter(|(key, _)| is_marked(key)).collect();
        if meant.is_empty() {
            return Err(format!("no name here has {old}"));
        }
        if meant.len() == changed.len() {
            // What else has that part is marked too, so that the verb needs no list of keys.
            return Ok(match old.contains('*') && new.contains('*') {
                true => format!("{of} = rename {of} {} {}", quoted(old), quoted(new)),
                false => format!("{of} = rename {of} {}", replacement_of(old, new)),
            });
        }
        if meant.len() > MOST {
            return Err(format!("that takes a list of {} names: mark whole modules instead", meant.len()));
        }
        let pairs = meant.iter().map(|(key, new)| format!("{}: {}", quoted(key), quoted(new)));
        Ok(format!("{of} = rename {of} {{{}}}", pairs.collect::<Vec<_>>().join(", ")))
    }

    /// Whether two places lie in one dictionary, so that one statement can speak of both.
    pub fn lie_together(&self, one: usize, other: usize) -> bool {
        let container = |id: usize| self.node(id).map(|node| node.place.container());
        container(one) == container(other)
    }

    /// What a place lies in together with all else there: the whole state_dict.
    pub fn neighbours(&self, id: usize) -> Vec<usize> {
        let Some(container) = self.node(id).map(|node| node.place.container()) else { return Vec::new() };
        let lies_there = |id: &usize| {
            self.node(*id).is_some_and(
                |node| matches!(&node.place, Place::Entry { container: own, .. } if *own == container),
            )
        };
        (0..self.nodes.len()).filter(lies_there).collect()
    }

    /// The keys of a container, as its verbs see them.
    fn keys_of(&self, vm: &dyn Vm, wanted: usize) -> Vec<String> {
        let own = self.nodes.iter().filter(|node| !matches!(node.content, Content::Module));
        own.filter_map(|node| match &node.place {
            Place::Entry { container, key } if *container == wanted => Some(key_text(vm, key)),
            _ => None,
        })
        .collect()
    }

    /// The name that a place can be given another for: of a module its beginning, of an entry its key.
    pub fn name_to_change(&self, id: usize) -> Option<String> {
        match &self.node(id)?.place {
            Place::Entry { key, .. } => key.as_str().map(|key| key.as_str().to_owned()),
            Place::Keys { beginning, .. } => Some(beginning.trim_end_matches('.').to_owned()),
        }
    }

    /// `keep p "fc.*" | save "fc.safetensors"`; of nothing: all.
    ///
    /// # Errors
    /// As [`Tree::drop_statement`].
    pub fn save_statement(&self, vm: &dyn Vm, whole: &str, ids: &[usize], file: &str) -> Written {
        let file = quoted(file);
        if ids.is_empty() {
            return Ok(format!("save {whole} {file}"));
        }
        let marked = self.marked(ids)?;
        let of = marked.expression;
        if marked.kind != Kind::Plain {
            return Ok(format!("keep {of} {} | save {file}", self.patterns(vm, &marked)?));
        }
        let keys = keys(vm, &marked.places)?;
        if let ([key], [id]) = (keys.as_slice(), ids)
            && self.node(*id).is_some_and(Node::holds_tensors)
        {
            return Ok(format!("save {of}[{key}] {file}"));
        }
        let entries: Vec<String> = keys.iter().map(|key| format!("{key}: {of}[{key}]")).collect();
        Ok(format!("save {{{}}} {file}", entries.join(", ")))
    }

    /// Patterns that fit just what is marked, as words of a line.
    fn patterns(&self, vm: &dyn Vm, marked: &Marked<'_>) -> Written {
        let (mut patterns, mut keys) = (Vec::new(), Vec::new());
        for place in &marked.places {
            match place {
                Place::Entry { key, .. } => keys.push(key_text(vm, key)),
                Place::Keys { beginning, .. } => patterns.push(format!("{}*", escaped(beginning))),
            }
        }
        if keys.len() > 1 {
            // What a module that is marked holds may fit another pattern too.
            let is_other = |key: &String| !patterns.iter().any(|pattern| fits(key, pattern));
            let all: Vec<String> = self.keys_of(vm, marked.container).into_iter().filter(is_other).collect();
            keys = shortest(&keys, &all);
        } else {
            keys = keys.iter().map(|key| escaped(key)).collect();
        }
        patterns.extend(keys);
        if patterns.len() > MOST {
            return Err(format!(
                "that takes {} patterns: filter with a regular expression instead",
                patterns.len()
            ));
        }
        Ok(patterns.iter().map(|pattern| quoted(pattern)).collect::<Vec<_>>().join(" "))
    }

    /// What is marked, all of it in one container. What lies in something that is marked goes with it.
    fn marked(&self, ids: &[usize]) -> Result<Marked<'_>, String> {
        let places: Vec<&Place> =
            self.outermost(ids).into_iter().filter_map(|id| self.node(id)).map(|node| &node.place).collect();
        let first = places.first().ok_or("nothing is marked")?;
        let number = first.container();
        if places.iter().any(|place| place.container() != number) {
            return Err("the marked entries are in several dictionaries: mark in one at a time".to_owned());
        }
        let container = self.containers.get(number).ok_or("nothing is marked")?;
        let expression = container.expression.as_deref();
        let expression = expression.ok_or("this is the state of an object, which no verb changes")?;
        Ok(Marked { container: number, expression, kind: container.kind, places })
    }

    /// Of some places those that lie in none of the others, in the order of the tree.
    pub fn outermost(&self, ids: &[usize]) -> Vec<usize> {
        let all: HashSet<usize> = ids.iter().copied().collect();
        let lies_in_one = |id: usize| {
            let mut above = self.node(id).and_then(|node| node.parent);
            while let Some(id) = above {
                if all.contains(&id) {
                    return true;
                }
                above = self.node(id).and_then(|node| node.parent);
            }
            false
        };
        let mut outermost: Vec<usize> = ids.iter().copied().filter(|id| !lies_in_one(*id)).collect();
        outermost.sort_unstable();
        outermost
    }
}

impl Node {
    fn holds_tensors(&self) -> bool {
        self.tensors > 0 && !self.children.is_empty()
    }
}

fn fixed(of: &str) -> String {
    match of.strip_suffix(".state_dict()") {
        Some(model) => format!("these are the model's own: take p = state_dict({model}) and browse that"),
        None => format!("{of} cannot be changed"),
    }
}

/// A key as its dictionary's verbs see it.
fn key_text(vm: &dyn Vm, key: &Value) -> String {
    gather::key_text(vm, key).unwrap_or_default()
}

/// Of marked keys as few patterns as fit them and no other key: `*.bias`, `layers.*.norm.weight`, or each by itself.
fn shortest(marked: &[String], all: &[String]) -> Vec<String> {
    let set: HashSet<&str> = marked.iter().map(String::as_str).collect();
    let fits_others = |pattern: &str| all.iter().any(|key| !set.contains(key.as_str()) && fits(key, pattern));
    let mut left: Vec<&str> = marked.iter().map(String::as_str).collect();
    let mut found = Vec::new();
    for pattern_of in [ending as fn(&str) -> Option<String>, without_numbers] {
        let mut alike: BTreeMap<String, usize> = BTreeMap::new();
        for pattern in left.iter().filter_map(|key| pattern_of(key)) {
            *alike.entry(pattern).or_default() += 1;
        }
        for (pattern, count) in alike {
            if count > 1 && !fits_others(&pattern) {
                left.retain(|key| !fits(key, &pattern));
                found.push(pattern);
            }
        }
    }
    found.extend(left.into_iter().map(escaped));
    found
}

/// `*.bias`
fn ending(key: &str) -> Option<String> {
    key.rsplit_once('.').map(|(_, name)| format!("*.{}", escaped(name)))
}

/// `layers.*.norm.weight`
fn without_numbers(key: &str) -> Option<String> {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let part = |part: &str| if is_number(part) { "*".to_owned() } else { escaped(part) };
    key.split('.').any(is_number).then(|| key.split('.').map(part).collect::<Vec<_>>().join("."))
}

/// The keys of places, as expressions.
fn keys(vm: &dyn Vm, places: &[&Place]) -> Result<Vec<String>, String> {
    let key = |place: &&Place| match place {
        Place::Entry { key, .. } => nested::quoted(vm, key).ok_or("a key cannot be written".to_owned()),
        Place::Keys { beginning, .. } => Err(format!("{beginning}* is not a key")),
    };
    places.iter().map(key).collect()
}

/// A text as a pattern that fits it alone.
fn escaped(text: &str) -> String {
    let one = |c: char| if matches!(c, '*' | '?' | '[') { format!("[{c}]") } else { c.to_string() };
    text.chars().map(one).collect()
}

/// A regular expression for a key (or its beginning) and what to put there, as two words.
fn expression_of(old: &str, new: &str, whole: bool) -> String {
    let end = if whole { "$" } else { "" };
    let old = quoted(&format!("^{}{end}", literal(old)));
    format!("{old} {}", quoted(&new.replace('\\', "\\\\")))
}

/// A regular expression for a text wherever it stands and what to put there, as two words.
fn replacement_of(old: &str, new: &str) -> String {
    format!("{} {}", quoted(&literal(old)), quoted(&new.replace('\\', "\\\\")))
}

/// A text as a regular expression.
fn literal(text: &str) -> String {
    let one = |c: char| match c.is_alphanumeric() || c == '_' {
        true => c.to_string(),
        false => format!("\\{c}"),
    };
    text.chars().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_short_and_fit_no_other_key() {
        let owned = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
        let all = owned(&["a.0.w", "a.1.w", "a.0.b", "a.1.b", "c.b", "odd[*]"]);
        assert_eq!(shortest(&owned(&["a.0.b", "a.1.b", "c.b"]), &all), ["*.b"]);
        assert_eq!(shortest(&owned(&["a.0.b", "a.1.b"]), &all), ["a.*.b"]);
        assert_eq!(shortest(&owned(&["a.0.b", "odd[*]"]), &all), ["a.0.b", "odd[[][*]]"]);
        assert!(fits("odd[*]", "odd[[][*]]"));
    }

    #[test]
    fn a_key_is_an_expression_for_itself() {
        assert_eq!(expression_of("a.b*", "c", true), "\"^a\\\\.b\\\\*$\" \"c\"");
    }
}
