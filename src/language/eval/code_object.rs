//! `function.__code__`: what a function takes and how it is made, as `inspect` reads it.

use std::rc::Rc;

use crate::value::{Native, Str, Value, Vm};
use torchsh_base::error::Result;
use torchsh_syntax::tree::{Code, Parameter};

/// CPython's bits of `co_flags`.
const HAS_REST: i64 = 0x04;
const HAS_KEYWORDS: i64 = 0x08;
const IS_GENERATOR: i64 = 0x20;

/// A code object.
pub(super) struct CodeObject(pub Rc<Code>);

impl CodeObject {
    fn names(&self) -> Vec<Value> {
        let parameters = &self.0.parameters;
        let taken: Vec<&Str> = parameters
            .positional
            .iter()
            .chain(&parameters.keyword_only)
            .chain(&parameters.rest)
            .chain(&parameters.keywords)
            .map(|parameter: &Parameter| &parameter.name)
            .collect();
        let others = self.0.locals.iter().filter(|name| !taken.contains(name));
        taken.iter().copied().chain(others).cloned().map(Value::Str).collect()
    }

    fn flags(&self) -> i64 {
        let parameters = &self.0.parameters;
        let rest = if parameters.rest.is_some() { HAS_REST } else { 0 };
        let keywords = if parameters.keywords.is_some() { HAS_KEYWORDS } else { 0 };
        let generator = if self.0.is_generator { IS_GENERATOR } else { 0 };
        3 | rest | keywords | generator
    }
}

impl Native for CodeObject {
    fn type_name(&self) -> &str {
        "code"
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn attribute(&self, _vm: &dyn Vm, name: &Str) -> Option<Result<Value>> {
        let parameters = &self.0.parameters;
        Some(Ok(match name.as_str() {
            "co_name" => Value::Str(self.0.name.clone()),
            "co_qualname" => Value::Str(self.0.qualified_name.clone()),
            "co_argcount" => parameters.positional.len().into(),
            "co_posonlyargcount" => parameters.positional_only.into(),
            "co_kwonlyargcount" => parameters.keyword_only.len().into(),
            "co_varnames" => Value::tuple(self.names()),
            "co_nlocals" => self.names().len().into(),
            "co_freevars" => {
                let captured = self.0.cells.iter().skip(self.0.own_cells);
                Value::tuple(captured.cloned().map(Value::Str).collect())
            }
            "co_flags" => Value::Int(self.flags()),
            _ => return None,
        }))
    }
}
