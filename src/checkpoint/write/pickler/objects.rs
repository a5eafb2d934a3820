//! Objects of any class, written as Python's pickle writes them: by the name of the class and what it is made of again.

use super::Pickler;
use crate::graph::{Callable, Global, Made, NodeId, Object};
use crate::pickle::globals;
use crate::pickle::opcodes as op;
use torchsh_base::error::{Error, Kind, Result};

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
        let name = object.class.name.as_str();
        if object.made == Made::Unmakeable {
            return Err(self.placed(Error::type_error(format!("cannot pickle '{name}' object"))));
        }
        if object.made == Made::Persistent || globals::is_rearranged(&object.class) {
            return Err(self.refuse(&object.class.to_string()));
        }
        if let Some(written) = &object.written {
            self.made(&written.by, written.made, &written.args, &written.keywords)?;
        } else {
            let by = Callable::Name(object.class.clone());
            self.made(&by, object.made, &object.args, &object.keywords)?;
        }
        self.remember(id);
        self.append(&object.items)?;
        self.set_items(&object.entries)?;
        match &object.written {
            Some(written) => {
                written.states.iter().try_for_each(|(by, state)| self.state(id, by.as_deref(), *state))
            }
            None => object.state.map_or(Ok(()), |state| self.state(id, None, state)),
        }
    }

    /// The call that makes an object.
    fn made(
        &mut self,
        by: &Callable,
        made: Made,
        args: &[NodeId],
        keywords: &[(NodeId, NodeId)],
    ) -> Result<()> {
        if !keywords.is_empty() && self.protocol >= 4 {
            self.callable(by)?;
            self.tuple(args)?;
            self.out.push(op::EMPTY_DICT);
            self.set_items(keywords)?;
            self.out.push(op::NEWOBJ_EX);
            return Ok(());
        }
        if !keywords.is_empty() {
            // What protocol 2 has for NEWOBJ_EX.
            return self.call("copyreg", "__newobj_ex__", |to| {
                to.tuple_of(3, |to| {
                    to.callable(by)?;
                    to.tuple(args)?;
                    to.out.push(op::EMPTY_DICT);
                    to.set_items(keywords)
                })
            });
        }
        self.callable(by)?;
        self.tuple(args)?;
        self.out.push(if made == Made::New { op::NEWOBJ } else { op::REDUCE });
        Ok(())
    }

    fn callable(&mut self, by: &Callable) -> Result<()> {
        match by {
            Callable::Name(name) => self.any_global(name.module.as_str(), name.name.as_str()),
            Callable::Object(id) => self.node(*id),
        }
    }

    /// A state for the object on top of the stack; by a function, where one is named for it.
    fn state(&mut self, id: NodeId, by: Option<&Global>, state: NodeId) -> Result<()> {
        let Some(by) = by else {
            self.node(state)?;
            self.out.push(op::BUILD);
            return Ok(());
        };
        self.any_global(by.module.as_str(), by.name.as_str())?;
        self.tuple(&[id, state])?;
        self.out.extend([op::REDUCE, op::POP]);
        Ok(())
    }

    /// The name of a class or function; one inside a class is asked of that class, as protocols below 4 have no dotted names.
    pub(super) fn any_global(&mut self, module: &str, name: &str) -> Result<()> {
        if module == globals::EXTENSIONS
            && let Ok(number) = name.parse::<u32>()
        {
            self.out.push(op::EXT4);
            self.out.extend(number.to_le_bytes());
            return Ok(());
        }
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
        if self.protocol >= 4 {
            self.global(module, name);
            return Ok(());
        }
        // Protocols below 3 are written with the names of Python 2, which every Python 3 knows.
        let module = match module {
            "builtins" if self.protocol >= 3 => "builtins",
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
