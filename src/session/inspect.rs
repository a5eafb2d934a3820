//! What is known of a name in unfinished text.

use super::Session;
use super::resolve::chain_before;
use torchsh_language::value::report::manual::Manual;
use torchsh_language::value::report::{Report, Row, gather, help, size};
use torchsh_language::value::{On, Str, Value, Vm};
use torchsh_render::{Screen, Theme};
use torchsh_syntax::cursor::Cursor;

/// Lines of a model's own text that help shows.
const LINES: usize = 16;

/// A text without the middle of its lines, where it has more than so many.
fn but_the_middle(text: &str, most: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    if lines.len() <= most {
        return text.to_owned();
    }
    let (first, last) = (most - 3, 2);
    let more = format!("  … {}", size::counted(lines.len() - first - last, "more line"));
    let shown = lines
        .iter()
        .take(first)
        .copied()
        .chain([more.as_str()])
        .chain(lines.iter().skip(lines.len() - last).copied());
    shown.collect::<Vec<_>>().join("\n")
}

/// Longer texts get no ghost: at every key they would be read again.
const LONGEST_CALL: usize = 2000;

/// How many arguments end in a comma.
fn arguments(text: &str) -> usize {
    parts(text).count().saturating_sub(1)
}

/// A list cut at the commas that stand in no bracket and no string.
fn parts(list: &str) -> impl Iterator<Item = &str> {
    let commas = list.char_indices().filter(|(_, c)| *c == ',').map(|(at, _)| at);
    let is_outside = |at: &usize| {
        let cursor = Cursor::at_end(list.get(..*at).unwrap_or_default());
        cursor.open.is_empty() && cursor.string.is_none()
    };
    let mut cuts: Vec<usize> = commas.filter(is_outside).collect();
    cuts.push(list.len());
    let starts: Vec<usize> = std::iter::once(0).chain(cuts.iter().map(|cut| cut + 1)).collect();
    starts.into_iter().zip(cuts).filter_map(|(start, end)| list.get(start..end)).map(str::trim)
}

impl Session {
    /// What `f(` calls: the function, the class's `__init__`, the row of a method.
    pub(super) fn resolve_callee(&self, chain: &str) -> Option<Value> {
        let value = match self.resolve(chain) {
            Some(value) => value,
            None => self.method_row(chain)?,
        };
        match &value {
            Value::Class(class) => match class.constructor {
                Some(row) => Some(Value::Builtin(row)),
                None => class.lookup(&Str::intern("__init__")),
            },
            Value::Instance(instance) => instance.class().lookup(&Str::intern("forward")),
            _ => Some(value),
        }
    }

    /// The row of `m.update`, whose receiver is a value of a built-in type.
    fn method_row(&self, chain: &str) -> Option<Value> {
        let (owner, name) = chain.rsplit_once('.')?;
        let kind = self.interpreter.type_name(&self.resolve(owner)?);
        let mut rows = self.interpreter.rows().iter().flat_map(|rows| rows.iter());
        rows.find(|row| row.name == name && matches!(row.on, On::Method(of) if of == kind.as_str()))
            .map(Value::Builtin)
    }

    /// The parameters that the call under the cursor can still take, behind its bracket or a comma:
    /// ` path, map_location=None)`.
    #[must_use]
    pub fn parameters_after(&self, text: &str) -> Option<String> {
        let ends = text.trim_end();
        if !ends.ends_with(['(', ',']) || text.len() > LONGEST_CALL {
            return None;
        }
        let cursor = Cursor::at_end(text);
        let (bracket, at) = cursor.open.last().filter(|_| cursor.string.is_none() && !cursor.in_comment)?;
        let chain = chain_before(text.get(..*at).filter(|_| *bracket == '(')?);
        let parameters = self.parameters_of(chain)?;
        let given = arguments(text.get(at + 1..)?);
        let left = parameters.into_iter().skip(given).collect::<Vec<_>>().join(", ");
        let gap = if text.ends_with(',') { " " } else { "" };
        (!left.is_empty() || given == 0).then(|| format!("{gap}{left})"))
    }

    /// The parameters of what `chain(` calls, each as its signature writes it: `dim: int = -1`, `map_location=None`.
    pub(super) fn parameters_of(&self, chain: &str) -> Option<Vec<String>> {
        let whole = match self.resolve_callee(chain)? {
            Value::Builtin(row) => row.signature(),
            Value::Function(function) => help::signature(&function, help::takes_self(&function)),
            native => help::documentation(&*self.interpreter, &native)?.lines().next()?.to_owned(),
        };
        let (_, parameters) = whole.split_once('(')?;
        Some(parts(parameters.strip_suffix(')')?).map(str::to_owned).collect())
    }

    /// What `help(name)` and `name?` show.
    #[must_use]
    pub fn inspect(&self, name: &str) -> Option<Manual> {
        if name == "modules" {
            return Some(Manual::code(&self.interpreter.module_names().join("\n")));
        }
        let verb = self.verbs().find(|row| row.name == name);
        if let Some(row) = verb {
            return Some(help::row_page(row));
        }
        let in_torch = || self.resolve(&format!("torch.{name}"));
        let value = self.resolve(name).or_else(|| self.method_row(name)).or_else(in_torch)?;
        Some(match &value {
            Value::Builtin(_)
            | Value::Function(_)
            | Value::BoundMethod(_)
            | Value::Class(_)
            | Value::Module(_) => help::page(&*self.interpreter, &value),
            Value::Native(_) if help::documentation(&*self.interpreter, &value).is_some() => {
                help::page(&*self.interpreter, &value)
            }
            Value::Instance(instance) => {
                let class = help::page(&*self.interpreter, &Value::Class(instance.class()));
                Manual::code(&self.module_said(name, &value)).then(class)
            }
            plain => Manual::code(&self.said(name, plain)),
        })
    }

    /// What a model or a layer is, and its own parameters and buffers.
    fn module_said(&self, name: &str, value: &Value) -> String {
        let mut text = format!("{name}: {}", self.describe(value));
        let Value::Instance(instance) = value else { return text };
        let places = ["_parameters", "_buffers"].map(|place| instance.attributes.get_name(place));
        if places.iter().all(Option::is_none) {
            return text;
        }
        if let Ok(shown) = self.interpreter.repr(value) {
            let shown = but_the_middle(&shown, LINES);
            text = format!("{text}\n\n{shown}");
        }
        let own = places
            .into_iter()
            .flatten()
            .filter_map(|place| place.as_dict())
            .flat_map(|place| place.entries());
        let rows = own.filter(|(_, value)| value.is_tensor_or_array());
        let rows: Vec<Row> =
            rows.filter_map(|(key, value)| gather::row(&*self.interpreter, &key, &value).ok()).collect();
        if !rows.is_empty() {
            // A page leaves the last column free.
            let columns = self.screen().columns.saturating_sub(1);
            // Colours would be counted as letters.
            let screen = Screen { rows: Some(LINES * LINES), columns, theme: Theme::None };
            let table = torchsh_render::report::report(&Report::Entries(rows), &screen);
            text = format!("{text}\n\n{}", table.trim_end());
        }
        text
    }

    /// What is known of the name at a place of a text; of what is called there, where the place is none.
    #[must_use]
    pub fn inspect_at(&self, text: &str, at: usize) -> Option<Manual> {
        let (before, after) = text.split_at_checked(at)?;
        let rest = after.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(after.len());
        let chain = chain_before(text.get(..at + rest)?);
        let named = (!chain.is_empty()).then(|| self.inspect(chain)).flatten();
        named.or_else(|| match Cursor::at_end(before).open.last() {
            Some(('(', bracket)) => self.inspect(chain_before(before.get(..*bracket)?)),
            _ => None,
        })
    }

    /// What a value without a page of its own is.
    fn said(&self, name: &str, value: &Value) -> String {
        let kind = self.interpreter.type_name(value);
        let described = self.describe(value);
        let described = described.strip_prefix(&format!("{kind}, ")).unwrap_or(&described);
        let weights = self.weights_of(value).filter(|weights| weights.tensors > 0);
        let weights = weights.map(|weights| format!("\n{}", weights.line())).unwrap_or_default();
        format!("{name}: {kind}, {described}{weights}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_told_apart() {
        assert_eq!(arguments("x, f(a, b), \"c, d\", "), 3);
        assert_eq!(arguments(""), 0);
        assert_eq!(parts("a, b=(0, 1), *, c").collect::<Vec<_>>(), ["a", "b=(0, 1)", "*", "c"]);
    }
}
