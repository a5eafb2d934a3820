//! What values and builtins need of the interpreter.

use std::rc::Rc;

use super::{Class, Instance, Str, Types, Value};
use torchsh_base::error::{Error, Result};
use torchsh_syntax::tree::{BinaryOperator, CompareOperator};

/// Where a value that is displayed goes.
#[derive(Clone, Debug, Default)]
pub struct DisplayPlace {
    /// The name under which it can be shown anew.
    pub id: Option<String>,
    /// Whether it takes the place of what was shown under that name.
    pub is_update: bool,
}

/// The interpreter, as builtins see it. `eval` implements it.
///
/// Every method that runs code of the program can fail with whatever that code raises.
#[allow(clippy::missing_errors_doc)]
pub trait Vm {
    /// The built-in classes.
    fn types(&self) -> &Types;

    /// `type(value)`.
    fn class_of(&self, value: &Value) -> Rc<Class>;

    /// `isinstance(value, class)` for one class.
    fn is_instance(&self, value: &Value, class: &Class) -> bool {
        self.class_of(value).inherits(class)
    }

    /// The name of the value's class, for messages.
    fn type_name(&self, value: &Value) -> Str {
        self.class_of(value).name.clone()
    }

    /// `function(*arguments, **keywords)`.
    fn call(&self, function: &Value, arguments: &[Value], keywords: &[(Str, Value)]) -> Result<Value>;

    /// `receiver.name(*arguments)`.
    fn call_method(&self, receiver: &Value, name: &str, arguments: &[Value]) -> Result<Value>;

    /// Calls a special method of the value's class; `None` if the class has none.
    fn special(&self, receiver: &Value, name: &str, arguments: &[Value]) -> Option<Result<Value>>;

    /// `value.name`.
    fn attribute(&self, value: &Value, name: &Str) -> Result<Value>;

    /// `value.name`, or none where that raises `AttributeError`.
    fn attribute_or_none(&self, value: &Value, name: &Str) -> Result<Option<Value>>;

    /// `object.__getattribute__(value, name)`
    fn plain_attribute(&self, value: &Value, name: &Str) -> Result<Value>;

    /// The names of a value's attributes, sorted: what `dir` and completion list.
    fn attribute_names(&self, value: &Value) -> Vec<Str>;

    /// What an attribute found on the class of an object is, seen from the object: a method, what a property computes …
    fn bind(&self, found: Value, object: &Value) -> Result<Value>;

    /// The special method of that name which a class has from its built-in ancestors and the table has no row for.
    fn slot(&self, class: &Rc<Class>, name: &Str) -> Option<Value>;

    /// As [`Vm::bind`], where the object is a class and the attribute its metaclass's.
    fn bind_as_object(&self, found: Value, object: &Value) -> Result<Value>;

    /// `value.name = new`.
    fn set_attribute(&self, value: &Value, name: &Str, new: Value) -> Result<()>;

    /// `del value.name`.
    fn delete_attribute(&self, value: &Value, name: &Str) -> Result<()>;

    /// The attribute as the base class's own `__getattribute__`/`__setattr__` would treat it: for `object.__setattr__`.
    fn plain_set_attribute(&self, value: &Value, name: &Str, new: Option<Value>) -> Result<()>;

    /// `value[index]`.
    fn item(&self, value: &Value, index: &Value) -> Result<Value>;

    /// `value[key]` by the rules of the dictionary that it is or stands on, whatever `__getitem__` the program wrote.
    fn dict_item(&self, value: &Value, dict: &Rc<super::Dict>, key: &Value) -> Result<Value>;

    /// `value[index] = new`.
    fn set_item(&self, value: &Value, index: &Value, new: Value) -> Result<()>;

    /// `del value[index]`.
    fn delete_item(&self, value: &Value, index: &Value) -> Result<()>;

    /// `KeyError(key)`.
    fn key_error(&self, key: &Value) -> Error;

    /// `len(value)`.
    fn length(&self, value: &Value) -> Result<usize>;

    /// `item in container`.
    fn contains(&self, container: &Value, item: &Value) -> Result<bool>;

    /// `bool(value)`.
    fn truth(&self, value: &Value) -> Result<bool>;

    /// `a == b` as a truth.
    fn equal(&self, a: &Value, b: &Value) -> Result<bool>;

    /// `a == b` for values whose classes need no code of the program; `None` where they do.
    fn same_key(&self, a: &Value, b: &Value) -> Option<bool>;

    /// `hash(value)`.
    fn hash(&self, value: &Value) -> Result<u64>;

    /// `hash(value)` as the program sees it: CPython's number where that is the same in every run.
    fn hash_number(&self, value: &Value) -> Result<i64>;

    /// `a < b` and its kin, with whatever value that gives (a tensor, say).
    fn compare(&self, operator: CompareOperator, a: &Value, b: &Value) -> Result<Value>;

    /// `a < b` as a truth, for sorting.
    fn less(&self, a: &Value, b: &Value) -> Result<bool> {
        let answer = self.compare(CompareOperator::Less, a, b)?;
        self.truth(&answer)
    }

    /// `a + b` and its kin.
    fn binary(&self, operator: BinaryOperator, a: &Value, b: &Value) -> Result<Value>;

    /// `iter(value)`.
    fn iterate(&self, value: &Value) -> Result<Value>;

    /// The next item of an iterator, or none at its end.
    fn next(&self, iterator: &Value) -> Result<Option<Value>>;

    /// Gives each item of an iterable to `take`, until it wants no more.
    fn each(&self, iterable: &Value, take: &mut dyn FnMut(Value) -> Result<bool>) -> Result<()>;

    /// `list(value)`.
    fn collect(&self, value: &Value) -> Result<Vec<Value>>;

    /// `repr(value)`.
    fn repr(&self, value: &Value) -> Result<String>;

    /// The repr that a value has when its class writes no `__repr__`: what `object.__repr__`, `list.__repr__` … give.
    fn plain_repr(&self, value: &Value) -> Result<String>;

    /// `str(value)`.
    fn text(&self, value: &Value) -> Result<Str>;

    /// `format(value, spec)`.
    fn format(&self, value: &Value, spec: &str) -> Result<Str>;

    /// Writes to the program's standard output.
    fn write(&self, text: &str) -> Result<()>;

    /// Writes what of the output was held back.
    fn flush(&self) -> Result<()>;

    /// Says something to the person at the shell (a report, a note, a warning): never part of the program's output.
    fn notice(&self, text: &str);

    /// From now on what is said to the person is held back, or not any more; whether it was.
    fn hush(&self, quiet: bool) -> bool;

    /// Writes to the program's standard error: what Python's library writes there, and what the program itself does.
    fn write_error(&self, text: &str);

    /// Whether a person agrees who is asked a question that is answered by yes or no. Nobody is asked in a script: the question is not even made then, and all are agreed.
    fn agrees(&self, _question: &mut dyn FnMut() -> Option<String>) -> bool {
        true
    }

    /// Whether the front draws pictures, so that it is worth finding out what they show.
    fn draws(&self) -> bool {
        false
    }

    /// Says how far a long work is, on a line that the next one replaces; none takes it away.
    fn progress(&self, _line: Option<&str>) {}

    /// What a verb answered as text, for `print` and `str`. None: there is nobody who shows reports.
    fn report_text(&self, _report: &super::report::Report) -> Option<String> {
        None
    }

    /// What a verb answered in its stable form, for programs. None: there is nobody who shows reports.
    fn report_value(&self, _report: &super::report::Report) -> Option<Value> {
        None
    }

    /// Shows a value in the richest form that the front can show, as `display` does.
    fn display(&self, value: &Value, place: &DisplayPlace) -> Result<()>;

    /// Takes away what was shown so far; `waits`: when the next thing is shown.
    fn clear_display(&self, waits: bool) -> Result<()>;

    /// A line from the person at the shell, without its end; a secret one is not shown while it is typed. None: there is nobody.
    fn read_line(&self, prompt: &str, is_secret: bool) -> Result<Option<String>>;

    /// Whether a person asked to stop; looked at in long loops.
    fn check_interrupt(&self) -> Result<()>;

    /// `importlib.import_module(path)`.
    fn import(&self, path: &str) -> Result<Value>;

    /// Runs a text over dictionaries of names, as `exec` does; the value of its last statement if that is an expression, for `eval`.
    fn run_text(&self, text: &str, globals: &Rc<super::Dict>, locals: &Rc<super::Dict>) -> Result<Value>;

    /// What a name means in a module: of the program, of what it imported, or of the shell's own library. A dotted name is
    /// looked up inside classes. Reads no file beside the script.
    fn named_in(&self, module: &str, name: &str) -> Result<Option<Value>>;

    /// Whether the shell's own library has a module of that name.
    fn is_library(&self, module: &str) -> bool;

    /// The modules imported so far (`sys.modules`).
    fn modules(&self) -> Rc<super::Dict>;

    /// The folders where modules are looked for (`sys.path`), as they are at the start.
    fn module_path(&self) -> Value;

    /// Where a module would be imported from, without running it: its file (or `"built-in"`, None for a package that is folders
    /// alone), and the folders of the modules inside it (None where there are none).
    ///
    /// # Errors
    /// What it is a part of is no package.
    fn locate_module(&self, name: &str) -> Result<Option<(Value, Value)>>;

    /// The dictionary of `__main__`.
    fn main_globals(&self) -> Rc<super::Dict>;

    /// What PyTorch says of an operator, by what follows `torch.` or `Tensor.`; none where that is not at hand.
    fn operator_help(&self, name: &str) -> Option<super::report::manual::Manual>;

    /// The dictionary of globals of the running block (for builtins whose row says `reads_frame`).
    fn globals(&self) -> Rc<super::Dict>;

    /// The local variables of the running block, as `locals()` gives them.
    fn locals(&self) -> Rc<super::Dict>;

    /// Command line arguments of the program (`sys.argv`).
    fn arguments(&self) -> Vec<String>;

    /// The exception object of an error: the one raised, or a new one for an error of Rust code.
    fn exception(&self, error: &Error) -> Rc<Instance>;

    /// The error that raising this exception object (or class) is.
    fn raise(&self, exception: &Value) -> Error;

    /// The error whose handler is running, innermost first.
    fn handled(&self) -> Option<Error>;

    /// Whether the error's class inherits from this class.
    fn error_is(&self, error: &Error, class: &Class) -> bool;

    /// `object.__new__(class, *arguments)`: an object whose `__init__` has not run.
    fn new_object(&self, class: &Rc<Class>, arguments: &[Value], keywords: &[(Str, Value)]) -> Result<Value>;

    /// `type.__new__(metaclass, name, bases, namespace, **keywords)`; without a metaclass, `type(name, bases, namespace)`.
    fn make_class(
        &self,
        metaclass: Option<Rc<Class>>,
        name: &Str,
        bases: &[Value],
        namespace: Rc<super::Dict>,
        keywords: &[(Str, Value)],
    ) -> Result<Value>;

    /// `type.__call__(class, *arguments)`: an object of the class, whatever its metaclass makes of calls.
    fn instantiate(&self, class: &Rc<Class>, arguments: &[Value], keywords: &[(Str, Value)])
    -> Result<Value>;

    /// All rows of the builtin table, for `help` and error texts.
    fn rows(&self) -> &'static [&'static [super::Builtin]];

    /// This interpreter as `Any`, so that the room that made it can reach its own state.
    fn as_any(&self) -> &dyn std::any::Any;
}
