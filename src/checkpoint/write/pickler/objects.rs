//! Objects of any class, written as Python's pickle writes them: by the name of the class and what it is made of again.

use super::Pickler;
use crate::checkpoint::graph::{Made, NodeId, Object};
use crate::checkpoint::pickle::globals;
use crate::checkpoint::pickle::opcodes as op;
use crate::error::{Error, Kind, Result};

/// What Python 2 kept in its module `exceptions` (`Lib/_compat_pickle.py`).
#[rustfmt::skip]
const EXCEPTIONS: &[&str] = &[
    "ArithmeticError", "AssertionError", "AttributeError", "BaseException", "BufferError", "BytesWarning",
    "DeprecationWarning", "EOFError", "Exception", "FloatingPointError", "FutureWarning", "GeneratorExit", "ImportError",
    "ImportWarning", "IndentationError", "IndexError", "KeyError", "KeyboardInterrupt", "LookupError", "MemoryError",
    "NameError", "NotImplementedError", "OSError", "OverflowError", "PendingDeprecationWarning", "ReferenceError",
    "RuntimeError", "RuntimeWarning", "StopIteration", "SyntaxError", "SyntaxWarning", "SystemError", "SystemExit",
    "TabError", "TypeError", "UnboundLocalError", "UnicodeDecodeError", "UnicodeEncodeError", "UnicodeError",
    "UnicodeTranslateError", "UnicodeWarning", "UserWarning", "ValueError", "Warning", "ZeroDivisionError",
];

impl Pickler<'_> {
    pub(super) fn any_object(&mut self, id: NodeId, object: &Object) -> Result<()> {
        let (module, name) = (object.class.module.as_str(), object.class.name.as_str());
        if object.made == Made::Unmakeable {
            return Err(self.placed(Error::type_error(format!("cannot pickle '{name}' object"))));
        }
        if object.made == Made::Persistent || globals::is_rearranged(&object.class) {
            return Err(self.refuse(&object.class.to_string()));
        }
        match (object.made, object.keywords.is_empty()) {
            (Made::New, true) => {
                self.any_global(module, name)?;
                self.tuple(&object.args)?;
                self.out.push(op::NEWOBJ);
            }
            (_, true) => {
                self.any_global(module, name)?;
                self.tuple(&object.args)?;
                self.out.push(op::REDUCE);
            }
            // What protocol 2 has for NEWOBJ_EX.
            (_, false) => self.call("copyreg", "__newobj_ex__", |to| {
                to.tuple_of(3, |to| {
                    to.any_global(module, name)?;
                    to.tuple(&object.args)?;
                    to.out.push(op::EMPTY_DICT);
                    to.set_items(&object.keywords)
                })
            })?,
        }
        self.remember(id);
        self.append(&object.items)?;
        self.set_items(&object.entries)?;
        let Some(state) = object.state else { return Ok(()) };
        self.node(state)?;
        self.out.push(op::BUILD);
        Ok(())
    }

    /// The name of a class or function; one inside a class is asked of that class, as protocol 2 has no dotted names.
    pub(super) fn any_global(&mut self, module: &str, name: &str) -> Result<()> {
        if name.contains('<') {
            let message = match name.contains("<locals>") {
                true => format!("Can't pickle local object '{name}'"),
                false => {
                    format!("Can't pickle <function {name}>: attribute lookup {name} on {module} failed")
                }
            };
            let kind = if name.contains("<locals>") { Kind::Attribute } else { Kind::Pickling };
            return Err(self.placed(Error::new(kind, message)));
        }
        // Protocols below 3 are written with the names of Python 2, which every Python 3 knows.
        let module = match module {
            "builtins" if EXCEPTIONS.contains(&name) => "exceptions",
            "builtins" => "__builtin__",
            module => module,
        };
        match name.rsplit_once('.') {
            None => self.global(module, name),
            Some((outer, inner)) => self.call("__builtin__", "getattr", |to| {
                to.any_global(module, outer)?;
                to.text(&inner.into());
                to.out.push(op::TUPLE2);
                Ok(())
            })?,
        }
        Ok(())
    }

    /// Says where in what is saved the object is.
    fn placed(&self, error: Error) -> Error {
        if self.path.is_empty() { error } else { error.note(format!("at {}", self.path.concat())) }
    }
}
