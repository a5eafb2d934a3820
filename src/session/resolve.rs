//! The value that a piece of unfinished text speaks of, found without running anything that has an effect.

use torchsh_language::value::{Effect, On, Str, Value, Vm};

use super::Session;
use torchsh_language::eval::Interpreter;

impl Session {
    /// As [`Values::resolve`].
    pub(super) fn resolve(&self, chain: &str) -> Option<Value> {
        Values(&self.interpreter).resolve(chain)
    }

    /// As [`Values::quiet_attribute`].
    pub(super) fn quiet_attribute(&self, value: &Value, name: &str) -> Option<Value> {
        Values(&self.interpreter).quiet_attribute(value, name)
    }
}

/// The values of an interpreter, looked at.
#[derive(Clone, Copy)]
pub(super) struct Values<'a>(pub &'a Interpreter);

impl Values<'_> {
    /// The value of `a.b["c"][0]`: names, attributes and items only. A property or method of the program is never run.
    pub(super) fn resolve(&self, chain: &str) -> Option<Value> {
        let mut steps = split(chain)?.into_iter();
        let Step::Name(first) = steps.next()? else { return None };
        let name = Str::intern(first);
        let builtins = self.0.builtins();
        let known = self.0.main_globals().get_str(&name).or_else(|| builtins.get_str(&name));
        let mut value = match known {
            Some(value) => value,
            None => self.0.at_hand(&name)?.ok()?,
        };
        for step in steps {
            value = match step {
                Step::Name(name) => self.quiet_attribute(&value, name)?,
                Step::Key(key) => value.as_dict()?.get_name(&key)?,
                Step::Index(index) => match &value {
                    Value::Tuple(tuple) => tuple.items.get(index)?.clone(),
                    // A part of a Sequential.
                    Value::Instance(instance) if value.as_dict().is_none() => {
                        let parts = instance.attributes.get_name("_modules")?.as_dict()?;
                        parts.get_name(&index.to_string())?
                    }
                    other => other.as_list()?.items().get(index)?.clone(),
                },
            };
        }
        Some(value)
    }

    /// An attribute that is there already, or that a builtin without effect computes.
    pub(super) fn quiet_attribute(&self, value: &Value, name: &str) -> Option<Value> {
        let key = Str::intern(name);
        match value {
            Value::Instance(instance) => {
                if let Some(found) = instance.attributes.get_str(&key) {
                    return Some(found);
                }
                for place in ["_modules", "_parameters", "_buffers"] {
                    let place = instance.attributes.get_name(place).and_then(|place| place.as_dict());
                    if let Some(found) = place.and_then(|place| place.get_str(&key)) {
                        return Some(found);
                    }
                }
                let class = instance.class();
                class.order().find_map(|class| class.namespace.get_str(&key))
            }
            // What its own attributes do is unknown only of a class of the program.
            Value::Class(class) => class.lookup(&key).or_else(|| {
                let is_builtin = class.constructor.is_some() || name == "Tensor";
                is_builtin.then(|| self.0.attribute(value, &key).ok()).flatten()
            }),
            Value::Function(_) | Value::Builtin(_) | Value::BoundMethod(_) => None,
            Value::Native(_) => None,
            Value::Module(module) => {
                module.namespace.get_str(&key).or_else(|| self.0.attribute(value, &key).ok())
            }
            other => {
                let kind = self.0.type_name(other);
                let has_effect = |row: &torchsh_language::value::Builtin| {
                    matches!(row.on, On::Property(of) if of == kind.as_str())
                        && row.name == name
                        && row.effect != Effect::Pure
                };
                if self.0.rows().iter().flat_map(|rows| rows.iter()).any(has_effect) {
                    return None;
                }
                self.0.attribute(other, &key).ok()
            }
        }
    }
}

/// One step of a chain.
#[derive(Debug, PartialEq)]
enum Step<'a> {
    Name(&'a str),
    Key(String),
    Index(usize),
}

/// `a.b["c"][0]` in its steps; none if it is anything else.
fn split(chain: &str) -> Option<Vec<Step<'_>>> {
    let mut steps = Vec::new();
    let mut rest = chain.trim();
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            let (step, after) = item(inside)?;
            steps.push(step);
            rest = after;
            continue;
        }
        if !steps.is_empty() {
            rest = rest.strip_prefix('.')?;
        }
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let (name, after) = rest.split_at_checked(end)?;
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        steps.push(Step::Name(name));
        rest = after;
    }
    (!steps.is_empty()).then_some(steps)
}

fn item(inside: &str) -> Option<(Step<'_>, &str)> {
    let quote = inside.chars().next()?;
    if quote == '"' || quote == '\'' {
        let (key, after) = inside.get(1..)?.split_once(quote)?;
        let after = after.strip_prefix(']')?;
        return (!key.contains('\\')).then(|| (Step::Key(key.to_owned()), after));
    }
    let (number, after) = inside.split_once(']')?;
    Some((Step::Index(number.trim().parse().ok()?), after))
}

/// The chain that a text ends with: `x = f(m["a"].b` ends with `m["a"].b`. Empty where it ends with none.
pub(super) fn chain_before(text: &str) -> &str {
    let mut start = text.len();
    let mut brackets = 0usize;
    let mut quote = None;
    for (at, c) in text.char_indices().rev() {
        let belongs = match (quote, c) {
            (Some(open), c) => {
                if c == open {
                    quote = None;
                }
                true
            }
            (None, '"' | '\'') if brackets > 0 => {
                quote = Some(c);
                true
            }
            (None, ']') => {
                brackets += 1;
                true
            }
            (None, '[') if brackets > 0 => {
                brackets -= 1;
                true
            }
            (None, c) => brackets > 0 || c == '.' || c == '_' || c.is_alphanumeric(),
        };
        if !belongs {
            break;
        }
        start = at;
    }
    text.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_are_cut_into_steps() {
        let steps = split("a.b[\"c.d\"][0]").unwrap();
        assert_eq!(steps, [Step::Name("a"), Step::Name("b"), Step::Key("c.d".into()), Step::Index(0)]);
        for text in ["f()", "a[b]", "1.5", ".a", "a.", "a[\"x"] {
            assert!(split(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_chain_is_found_at_the_end() {
        for (text, chain) in [
            ("x = f(m[\"a b\"].c", "m[\"a b\"].c"),
            ("print(江苏", "江苏"),
            ("a + ", ""),
            ("[m", "m"),
            ("d['k'][0]", "d['k'][0]"),
        ] {
            assert_eq!(chain_before(text), chain);
        }
    }
}
