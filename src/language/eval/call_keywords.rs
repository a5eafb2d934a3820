//! The keyword arguments of a call as written, and what is wrong with them.

use smallvec::SmallVec;

use super::Interpreter;
use super::frame::Frame;
use crate::value::{Str, Value, Vm};
use torchsh_base::error::{Error, Result};
use torchsh_base::reason::Reason;
use torchsh_syntax::tree::Expr;

/// Arguments by name.
pub(super) type Named = SmallVec<[(Str, Value); 2]>;

impl Interpreter {
    /// What a function is given by name; a class statement has none.
    #[inline(never)]
    pub(super) fn keywords_of(
        &self,
        frame: &mut Frame<'_>,
        keywords: &[(Option<Str>, Expr)],
        function: &Value,
    ) -> Result<Named> {
        let mut named = Named::new();
        for (name, value) in keywords {
            let value = self.expr(frame, value)?;
            match name {
                Some(name) if named.iter().any(|(known, _)| known == name) => {
                    return Err(given_twice(function, name));
                }
                Some(name) => named.push((name.clone(), value)),
                None => self.spread_keywords(&value, &mut named, function)?,
            }
        }
        Ok(named)
    }

    fn spread_keywords(&self, value: &Value, named: &mut Named, function: &Value) -> Result<()> {
        let entries = self.mapping_entries(value).map_err(|error| match error.reason() {
            Some(Reason::NotAMapping) => {
                let (called, kind) = (called(function), self.type_name(value));
                Error::type_error(format!("{called}argument after ** must be a mapping, not {kind}"))
            }
            _ => error,
        })?;
        for (key, value) in entries {
            let Some(key) = key.as_str() else { return Err(Error::type_error("keywords must be strings")) };
            if named.iter().any(|(name, _)| *name == key) {
                return Err(given_twice(function, &key));
            }
            named.push((key, value));
        }
        Ok(())
    }
}

/// A function as messages about its arguments begin: `module.name() `.
pub(super) fn called(function: &Value) -> String {
    match function {
        Value::Function(function) => {
            let module = function.globals.get_name("__name__").and_then(|name| name.as_str());
            let name = &function.definition.code.qualified_name;
            module.map_or_else(String::new, |module| format!("{module}.{name}() "))
        }
        Value::Builtin(row) => format!("{}() ", row.name),
        _ => String::new(),
    }
}

fn given_twice(function: &Value, name: &Str) -> Error {
    let called = called(function);
    Error::type_error(format!("{called}got multiple values for keyword argument '{name}'"))
}
