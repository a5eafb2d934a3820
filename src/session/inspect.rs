//! What is known of a name: signatures, summaries, examples.

use super::Session;
use super::resolve::chain_before;
use crate::syntax::cursor::Cursor;
use crate::value::{Builtin, Function, On, Str, Value, Vm};

/// The names of the parameters that can be given by name.
pub(super) fn parameter_names(function: &Function) -> Vec<String> {
    let parameters = &function.definition.code.parameters;
    let own = parameters.positional.iter().skip(parameters.positional_only).chain(&parameters.keyword_only);
    let names = own.map(|parameter| parameter.name.as_str().to_owned());
    names.filter(|name| name != "self" && name != "cls").collect()
}

/// `name(a, b=…, *rest)` of a function of the program.
fn signature(function: &Function, skip_first: bool) -> String {
    let parameters = &function.definition.code.parameters;
    let one = |parameter: &crate::syntax::tree::Parameter| match parameter.has_default {
        true => format!("{}=…", parameter.name),
        false => parameter.name.as_str().to_owned(),
    };
    let mut parts: Vec<String> =
        parameters.positional.iter().skip(usize::from(skip_first)).map(one).collect();
    match &parameters.rest {
        Some(rest) => parts.push(format!("*{}", rest.name)),
        None if !parameters.keyword_only.is_empty() => parts.push("*".to_owned()),
        None => {}
    }
    parts.extend(parameters.keyword_only.iter().map(one));
    parts.extend(parameters.keywords.iter().map(|keywords| format!("**{}", keywords.name)));
    format!("{}({})", function.name(), parts.join(", "))
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

    /// The parameters of the call whose bracket was just opened: ` path, map_location=None)`.
    #[must_use]
    pub fn parameters_after(&self, text: &str) -> Option<String> {
        if !text.ends_with('(') {
            return None;
        }
        let cursor = Cursor::at_end(text);
        let (_, at) = cursor.open.last().filter(|_| cursor.string.is_none() && !cursor.in_comment)?;
        let chain = chain_before(text.get(..*at)?);
        let whole = match self.resolve_callee(chain)? {
            Value::Builtin(row) => row.signature(),
            Value::Function(function) => signature(&function, parameter_is_self(&function)),
            _ => return None,
        };
        whole.split_once('(').map(|(_, parameters)| parameters.to_owned())
    }

    /// What `help(name)` and `name?` show.
    #[must_use]
    pub fn inspect(&self, name: &str) -> Option<String> {
        let verb = self.verbs().find(|row| row.name == name);
        if let Some(row) = verb {
            return Some(row_text(row));
        }
        let value = self.resolve(name).or_else(|| self.method_row(name))?;
        Some(self.value_text(&value))
    }

    fn value_text(&self, value: &Value) -> String {
        match value {
            Value::Builtin(row) => row_text(row),
            Value::Function(function) => {
                with_docstring(signature(function, false), function.definition.code.docstring.as_ref())
            }
            Value::Class(class) => {
                let init = class.lookup(&Str::intern("__init__"));
                let head = match (&init, class.constructor) {
                    (_, Some(row)) => row_text(row),
                    (Some(Value::Function(init)), None) => {
                        signature(init, true).replacen("__init__", &class.name, 1)
                    }
                    _ => format!("class {}", class.name),
                };
                let docstring = class.namespace.get_name("__doc__").and_then(|docstring| docstring.as_str());
                with_docstring(head, docstring.as_ref())
            }
            other => {
                format!("{}\n\nan object of type {}", self.describe(other), self.interpreter.type_name(other))
            }
        }
    }
}

fn parameter_is_self(function: &Function) -> bool {
    let first = function.definition.code.parameters.positional.first();
    first.is_some_and(|first| matches!(first.name.as_str(), "self" | "cls"))
}

fn with_docstring(head: String, docstring: Option<&Str>) -> String {
    match docstring {
        Some(docstring) => format!("{head}\n\n{}", docstring.trim()),
        None => head,
    }
}

/// The page of a row: synopsis, what it does, examples.
pub(super) fn row_text(row: &Builtin) -> String {
    let synopsis = match row.on {
        On::Verb => row.details.lines().next().unwrap_or(row.name).to_owned(),
        On::Method(of) => format!("{of}.{}", row.signature()),
        On::Module(of) => format!("{of}.{}", row.signature()),
        On::Property(of) => format!("{of}.{}", row.name),
        On::ModuleValue(of) => format!("{of}.{}", row.name),
        On::Static(of) => format!("{of}.{}", row.signature()),
        On::Global | On::Constructor(_) => row.signature(),
    };
    let mut text = synopsis;
    if !row.summary.is_empty() {
        text.push_str(&format!("\n    {}", row.summary));
    }
    let details = match row.on {
        On::Verb => row.details.split_once('\n').map_or("", |(_, more)| more),
        _ => row.details,
    };
    if !details.trim().is_empty() {
        text.push_str(&format!("\n\n{}", details.trim()));
    }
    if !row.examples.is_empty() {
        text.push_str("\n\nexamples:");
        for (code, shown) in row.examples {
            let code = code.replace('\n', "\n        ");
            text.push_str(&format!("\n    >>> {code}"));
            if !shown.is_empty() {
                text.push_str(&format!("\n    {}", shown.replace('\n', "\n    ")));
            }
        }
    }
    text
}
