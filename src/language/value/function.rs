//! Functions, methods, descriptors and modules.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use super::{Dict, Str, Value};
use torchsh_syntax::tree;

/// A variable that an inner function shares with the block that made it.
pub type CellRef = Rc<RefCell<Option<Value>>>;

/// A function of the program or of the prelude.
pub struct Function {
    /// What was written.
    pub definition: Rc<tree::Function>,
    /// Values of the defaults of the last positional parameters.
    pub defaults: Vec<Value>,
    /// Values of the defaults of keyword-only parameters, by number among them.
    pub keyword_defaults: Vec<(usize, Value)>,
    /// The captured cells, in the order of the code's captures.
    pub closure: Vec<CellRef>,
    /// The dictionary of the module it was made in.
    pub globals: Rc<Dict>,
    /// `__name__`, `__doc__`, `__wrapped__` and whatever the program sets.
    pub attributes: OnceCell<Rc<Dict>>,
}

impl Function {
    /// The attribute dictionary, made at first use.
    pub fn attributes(&self) -> &Rc<Dict> {
        self.attributes.get_or_init(Rc::default)
    }

    /// The name it was defined under.
    #[must_use]
    pub fn name(&self) -> &Str {
        &self.definition.code.name
    }
}

/// A function and the object it was taken from.
pub struct BoundMethod {
    /// Goes in as the first argument.
    pub receiver: Value,
    /// The function.
    pub function: Value,
}

/// An attribute of a class that computes what is read.
pub enum Descriptor {
    /// `property(getter, setter, deleter)`; each may be `None`.
    Property {
        /// Reads.
        getter: Value,
        /// Writes.
        setter: Value,
        /// Deletes.
        deleter: Value,
        /// What it is said to be; `None` where the getter says it.
        doc: Value,
    },
    /// `staticmethod(function)`
    Static(Value),
    /// `classmethod(function)`
    Class(Value),
}

/// A module: `torch.nn`, or a `.py` file beside the script.
pub struct Module {
    /// Its dotted name.
    pub name: Str,
    /// Its attributes: what its code defined, or what the builtin table has for it and was asked for so far.
    pub namespace: Rc<Dict>,
}
