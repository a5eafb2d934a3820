//! The interpreter: statements, expressions, calls, classes, scopes. It is given the builtin table and names no builtin.

mod arithmetic;
mod assign;
mod attribute;
mod call;
mod call_keywords;
mod class;
mod code_object;
mod compare;
mod complex;
mod computed;
mod deferred;
mod exceptions;
mod expression;
mod frame;
mod function_attributes;
mod generator;
mod generator_expression;
mod hash;
mod import;
mod item;
mod loops;
mod operator_names;
mod order;
mod packages;
mod pattern;
mod protocol;
mod run;
mod sets;
mod slots;
mod statement;
mod text;
mod traceback;
mod vm;
mod yields;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rustc_hash::FxHashMap;

use self::generator::Depth;
use self::import::Imports;
use crate::value::report::manual::Manual;
use crate::value::{Builtin, Dict, DisplayPlace, ModuleRow, On, Str, TypeRow, Types, Value, Vm};
use torchsh_base::error::{Error, Kind, Result};
pub use torchsh_base::nearest;
use torchsh_syntax::Source;

/// The world outside, as a running program reaches it.
pub trait Host {
    /// Writes to the program's standard output.
    ///
    /// # Errors
    /// The output is closed or full.
    fn write(&self, text: &str) -> Result<()>;

    /// Writes what of the output was held back.
    ///
    /// # Errors
    /// As [`Host::write`].
    fn flush(&self) -> Result<()>;

    /// Says something to the person at the shell; never part of the program's output.
    fn notice(&self, text: &str);

    /// Writes to the program's standard error.
    fn write_error(&self, text: &str);

    /// Whether the person at the shell, if there is one, agrees. No question: there is nothing to ask.
    fn agrees(&self, _question: &mut dyn FnMut() -> Option<String>) -> bool {
        true
    }

    /// Says how far a long work is, on a line that the next one replaces; none takes it away.
    fn progress(&self, line: Option<&str>);

    /// Whether the front draws pictures.
    fn draws(&self) -> bool {
        false
    }

    /// What a verb answered as text.
    fn report_text(&self, _report: &crate::value::report::Report) -> Option<String> {
        None
    }

    /// What a verb answered in its stable form.
    fn report_value(&self, _report: &crate::value::report::Report) -> Option<Value> {
        None
    }

    /// Shows a value in the richest form that the front can show.
    ///
    /// # Errors
    /// As [`Host::write`], and what its own methods raise.
    fn display(&self, vm: &dyn Vm, value: &Value, place: &DisplayPlace) -> Result<()>;

    /// Takes away what was shown so far; `waits`: when the next thing is shown.
    ///
    /// # Errors
    /// As [`Host::write`].
    fn clear_display(&self, waits: bool) -> Result<()>;

    /// A line from the person at the shell; none: there is nobody.
    ///
    /// # Errors
    /// The input cannot be read.
    fn read_line(&self, prompt: &str, is_secret: bool) -> Result<Option<String>>;

    /// Shows what a verb answered that stands as a statement of its own.
    ///
    /// # Errors
    /// As [`Host::write`].
    fn show(&self, vm: &dyn Vm, answer: &Value, line: &str) -> Result<()>;
}

/// What an interpreter is made of.
pub struct Setup {
    /// The rows of the builtin table.
    pub tables: &'static [&'static [Builtin]],
    /// The built-in types, bases before what inherits from them.
    pub types: &'static [&'static [TypeRow]],
    /// The modules that can be imported, one list a room.
    pub modules: &'static [&'static [ModuleRow]],
    /// Names that need no import: each with its module and the attribute of it (empty: the module itself).
    pub at_hand: &'static [(&'static str, &'static str, &'static str)],
    /// What is known of an operator by its name.
    pub operator_help: fn(&str) -> Option<Manual>,
    /// Where output goes.
    pub host: Rc<dyn Host>,
    /// `sys.argv`
    pub arguments: Vec<String>,
    /// `sys.path`: where `.py` files are looked for at an import.
    pub path: Vec<String>,
    /// `__file__` of a script.
    pub file: Option<String>,
    /// Set from outside to stop the running statement.
    pub interrupt: Arc<AtomicBool>,
    /// Bytes of the stack that programs may use, from where `Interpreter::new` is called.
    pub stack_bytes: usize,
}

/// Names that the evaluator looks up often.
struct Names {
    call: Str,
    new: Str,
    init: Str,
    args: Str,
    getattr: Str,
    iter: Str,
    hash: Str,
    eq: Str,
    get: Str,
    setattr: Str,
    delattr: Str,
    slots: Str,
    abstract_methods: Str,
}

impl Names {
    fn new() -> Self {
        Names {
            call: Str::intern("__call__"),
            new: Str::intern("__new__"),
            init: Str::intern("__init__"),
            args: Str::intern("args"),
            getattr: Str::intern("__getattr__"),
            iter: Str::intern("__iter__"),
            hash: Str::intern("__hash__"),
            eq: Str::intern("__eq__"),
            get: Str::intern("__get__"),
            setattr: Str::intern("__setattr__"),
            delattr: Str::intern("__delattr__"),
            slots: Str::intern("__slots__"),
            abstract_methods: Str::intern("__abstractmethods__"),
        }
    }
}

/// One running Python world: its classes, its modules, its global names.
pub struct Interpreter {
    types: Types,
    tables: &'static [&'static [Builtin]],
    verbs: FxHashMap<&'static str, &'static Builtin>,
    /// The built-in names.
    builtins: Rc<Dict>,
    /// The names of `__main__`.
    globals: Rc<Dict>,
    names: Names,
    depth: Depth,
    imports: Imports,
    at_hand: &'static [(&'static str, &'static str, &'static str)],
    operator_help: fn(&str) -> Option<Manual>,
    host: Rc<dyn Host>,
    arguments: Vec<String>,
    interrupt: Arc<AtomicBool>,
    /// The variables of the block that called a builtin which reads them.
    variables: RefCell<Option<(Rc<Dict>, Rc<Dict>)>>,
    /// The errors whose handlers are running, innermost last.
    handling: RefCell<Vec<Error>>,
    /// Containers whose text is being made: a container inside itself shows as `[...]`.
    showing: RefCell<Vec<usize>>,
    /// Bytes of text made of containers within the one that is being shown.
    shown: Cell<usize>,
    /// Pairs of containers that a long comparison has found equal.
    compared: RefCell<compare::Compared>,
    /// Every source that was read, in the order of the numbers in spans.
    sources: RefCell<Vec<Rc<Source>>>,
    /// Whether notices are held back.
    is_hushed: Cell<bool>,
    this: Weak<Interpreter>,
}

impl Interpreter {
    /// A fresh world.
    #[must_use]
    pub fn new(setup: Setup) -> Rc<Interpreter> {
        let rows: Vec<&TypeRow> = setup.types.iter().flat_map(|rows| rows.iter()).collect();
        let types = class::build_types(setup.tables, &rows);
        let all = || setup.tables.iter().flat_map(|rows| rows.iter());
        let verbs = all().filter(|row| row.on == On::Verb).map(|row| (row.name, row)).collect();
        let builtins = Rc::new(Dict::default());
        for row in all().filter(|row| row.on == On::Global) {
            builtins.set_name(row.name, Value::Builtin(row));
        }
        builtins.set_name("NotImplemented", Value::NotImplemented);
        builtins.set_name("__debug__", true);
        builtins.set_name("Ellipsis", Value::Ellipsis);
        if let Some(class) = types.named(Kind::Os.name()) {
            // The names it had in Python 2.
            builtins.set_name("IOError", Value::Class(class.clone()));
            builtins.set_name("EnvironmentError", Value::Class(class));
        }
        let imports = Imports::new(setup.tables, setup.modules, setup.path, &types, &builtins);
        let globals = Rc::new(main_names(setup.file));
        let main = crate::value::Module { name: Str::intern("__main__"), namespace: globals.clone() };
        imports.loaded.set_name("__main__", Value::Module(Rc::new(main)));
        let depth = Depth::new();
        depth.set_limit(stack_end(setup.stack_bytes));
        Rc::new_cyclic(|this| Interpreter {
            types,
            tables: setup.tables,
            verbs,
            builtins,
            globals,
            names: Names::new(),
            depth,
            imports,
            at_hand: setup.at_hand,
            operator_help: setup.operator_help,
            host: setup.host,
            arguments: setup.arguments,
            interrupt: setup.interrupt,
            variables: RefCell::default(),
            handling: RefCell::default(),
            showing: RefCell::default(),
            shown: Cell::default(),
            compared: RefCell::default(),
            sources: RefCell::default(),
            is_hushed: Cell::default(),
            this: this.clone(),
        })
    }

    /// The built-in names, for completion.
    #[must_use]
    pub fn builtins(&self) -> &Rc<Dict> {
        &self.builtins
    }

    /// The source with this number of a span.
    #[must_use]
    pub fn source(&self, number: u32) -> Option<Rc<Source>> {
        self.sources.borrow().get(number as usize).cloned()
    }
}

/// What a program has before its first statement.
fn main_names(file: Option<String>) -> Dict {
    let globals = Dict::default();
    globals.set_name("__name__", "__main__");
    for name in ["__doc__", "__package__", "__loader__", "__spec__"] {
        globals.set_name(name, Value::None);
    }
    if let Some(file) = file {
        globals.set_name("__file__", file);
        globals.set_name("__cached__", Value::None);
    }
    globals
}

/// The lowest address that programs may reach on the stack we are on.
fn stack_end(bytes: usize) -> usize {
    let marker = 0u8;
    (std::ptr::from_ref(&marker) as usize).saturating_sub(bytes) + generator::STACK_RESERVE
}
