//! What is known of a name in unfinished text.

use super::Session;
use super::resolve::chain_before;
use crate::syntax::cursor::Cursor;
use crate::value::report::help;
use crate::value::{On, Str, Value, Vm};

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
            Value::Function(function) => help::signature(&function, help::takes_self(&function)),
            native => help::documentation(&*self.interpreter, &native)?.lines().next()?.to_owned(),
        };
        whole.split_once('(').map(|(_, parameters)| parameters.to_owned())
    }

    /// What `help(name)` and `name?` show.
    #[must_use]
    pub fn inspect(&self, name: &str) -> Option<String> {
        if name == "modules" {
            return Some(self.interpreter.module_names().join("\n"));
        }
        let verb = self.verbs().find(|row| row.name == name);
        if let Some(row) = verb {
            return Some(help::row_page(row));
        }
        let value = self.resolve(name).or_else(|| self.method_row(name))?;
        let page = help::page(&*self.interpreter, &value);
        let is_plain = matches!(
            value,
            Value::Tensor(_) | Value::Dict(_) | Value::List(_) | Value::Instance(_) | Value::Str(_)
        );
        Some(if is_plain { format!("{}\n{page}", self.describe(&value)) } else { page })
    }
}
