//! Running whole programs, and what the fronts ask of an interpreter.

use std::rc::Rc;

use super::Interpreter;
use super::exceptions::Lacking;
use super::frame::{Frame, undefined};
use super::statement::Flow;
use crate::value::{Builtin, Dict, Str, Value, Vm};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_base::nearest;
use torchsh_syntax::tree::{Code, StmtKind};
use torchsh_syntax::{Source, parse_library, parse_module, verb_synopsis};

impl Interpreter {
    /// Reads a text as a program; its spans carry the number that [`Interpreter::source`] knows it by.
    ///
    /// # Errors
    /// `SyntaxError`
    pub fn read(&self, name: &str, text: &str) -> Result<Rc<Code>> {
        parse_module(&self.new_source(name, text))
    }

    /// Reads a module of the library.
    ///
    /// # Errors
    /// `SyntaxError`
    pub(super) fn read_library(&self, name: &str, text: &str) -> Result<Rc<Code>> {
        parse_library(&self.new_source(name, text))
    }

    fn new_source(&self, name: &str, text: &str) -> Rc<Source> {
        let number = u32::try_from(self.sources.borrow().len()).unwrap_or(u32::MAX);
        let source = Rc::new(Source::new(number, name, text));
        self.sources.borrow_mut().push(source.clone());
        source
    }

    /// Runs a program in `__main__`.
    ///
    /// # Errors
    /// Whatever it raises.
    pub fn run_program(&self, code: &Rc<Code>) -> Result<()> {
        self.run_module(code, &self.globals)
    }

    /// Runs lines of the prompt in `__main__`; the value of the last one, if it is an expression.
    ///
    /// # Errors
    /// Whatever they raise.
    pub fn run_interactive(&self, code: &Rc<Code>) -> Result<Option<Value>> {
        let mut frame = Frame::new(code, self.globals.clone(), &[]);
        let Some((last, before)) = code.body.split_last() else { return Ok(None) };
        let StmtKind::Expr(expr) = &last.kind else {
            return self.block(&mut frame, &code.body).map(|_| None);
        };
        self.block(&mut frame, before)?;
        self.expr(&mut frame, expr).map(Some)
    }

    /// Runs a text given as a string: names it binds go into `locals`, as in a class body.
    pub(super) fn run_string(&self, text: &str, globals: &Rc<Dict>, locals: &Rc<Dict>) -> Result<Value> {
        self.run_code(&self.read("<string>", text)?, globals, locals)
    }

    /// Runs what was read before, as [`Interpreter::run_string`].
    ///
    /// # Errors
    /// Whatever it raises.
    pub fn run_code(&self, code: &Rc<Code>, globals: &Rc<Dict>, locals: &Rc<Dict>) -> Result<Value> {
        if Rc::ptr_eq(globals, locals) {
            return self.run_over(code, globals);
        }
        let both = Rc::new(Dict::default());
        for (name, value) in globals.entries().into_iter().chain(locals.entries()) {
            both.set(self, name, value)?;
        }
        let result = self.run_over(code, &both)?;
        for (name, value) in both.entries() {
            let before = locals.get(self, &name)?.or(globals.get(self, &name)?);
            if !before.is_some_and(|before| before.same(&value)) {
                locals.set(self, name, value)?;
            }
        }
        Ok(result)
    }

    fn run_over(&self, code: &Rc<Code>, globals: &Rc<Dict>) -> Result<Value> {
        let mut frame = Frame::new(code, globals.clone(), &[]);
        let Some((last, before)) = code.body.split_last() else { return Ok(Value::None) };
        let StmtKind::Expr(expr) = &last.kind else {
            return self.block(&mut frame, &code.body).map(|_| Value::None);
        };
        self.block(&mut frame, before)?;
        self.expr(&mut frame, expr)
    }

    /// Runs a module's code over its dictionary.
    pub(super) fn run_module(&self, code: &Rc<Code>, globals: &Rc<Dict>) -> Result<()> {
        let mut frame = Frame::new(code, globals.clone(), &[]);
        if let Some(docstring) = &code.docstring {
            globals.set_name("__doc__", docstring.clone());
        }
        match self.block(&mut frame, &code.body)? {
            Flow::Return(_) => Err(Error::new(Kind::Syntax, "'return' outside function")),
            _ => Ok(()),
        }
    }

    // ---- names ------------------------------------------------------------------------------------------------

    /// Keeps the variables of the block for the builtin that is about to read them.
    pub(super) fn show_variables(&self, frame: &Frame<'_>) {
        let locals = match &frame.namespace {
            Some(namespace) => namespace.clone(),
            None if &*frame.code.name == "<module>" => frame.globals.clone(),
            None => Rc::new(frame.variables()),
        };
        *self.variables.borrow_mut() = Some((frame.globals.clone(), locals));
    }

    /// The variables kept by [`Interpreter::show_variables`]: globals and locals.
    pub(super) fn shown_variables(&self) -> (Rc<Dict>, Rc<Dict>) {
        let kept = self.variables.borrow().clone();
        kept.unwrap_or_else(|| (self.globals.clone(), self.globals.clone()))
    }

    /// `NameError`, with the name that was meant where one is near.
    pub(super) fn unknown_name(&self, frame: &Frame<'_>, name: &Str) -> Error {
        let error = undefined(name);
        if let Some(synopsis) = verb_synopsis(name) {
            return error.hint(format!("{name} is a verb, its words stand side by side: {synopsis}; what begins with a bracket is given a name first"));
        }
        let mut known: Vec<Value> = frame.globals.keys();
        known.extend(self.builtins.keys());
        known.extend(frame.code.locals.iter().cloned().map(Value::Str));
        let known: Vec<Str> = known.iter().filter_map(Value::as_str).collect();
        if let Some(near) = nearest(name, &known) {
            return error.hint(format!("did you mean '{near}'?"));
        }
        match self.imports.knows(name) {
            true => error.hint(format!("import {name}")),
            false => error,
        }
    }

    /// `AttributeError` of Python's wording, with the name that was meant where one is near.
    pub(super) fn no_attribute(&self, value: &Value, name: &Str) -> Error {
        let message = match value {
            Value::Class(class) => format!("type object '{}' has no attribute '{name}'", class.name),
            Value::Module(module) => format!("module '{}' has no attribute '{name}'", module.name),
            _ => format!("'{}' object has no attribute '{name}'", self.full_type_name(value)),
        };
        let lacking = Lacking { object: value.clone(), name: name.clone() };
        let error = Error::new(Kind::Attribute, message).with_payload(Rc::new(lacking));
        match nearest(name, &self.attribute_names(value)) {
            Some(near) => error.hint(format!("did you mean '{near}'?")),
            None => error,
        }
    }

    /// The name of the value's class as CPython's messages have it: with the module for classes it has from C.
    pub(super) fn full_type_name(&self, value: &Value) -> Str {
        let class = self.class_of(value);
        let module = class.module.borrow();
        let is_from_c = matches!(
            (module.as_str(), class.name.as_str()),
            ("collections", "deque" | "OrderedDict" | "defaultdict")
                | ("datetime", _)
                | ("re", "Pattern" | "Match")
                | ("types", "SimpleNamespace")
                | ("functools", "partial")
                | ("decimal", "Decimal")
                | ("numpy", _)
        );
        if is_from_c { Str::new(format!("{module}.{}", class.name)) } else { class.name.clone() }
    }

    /// The row of a verb.
    pub(super) fn verb_row(&self, name: &Str) -> Result<&'static Builtin> {
        let row = self.verbs.get(name.as_str()).copied();
        row.ok_or_else(|| Error::new(Kind::Syntax, format!("the shell has no verb '{name}'")))
    }

    /// The error that a bare `raise` in a function called from a handler raises.
    /// Puts exceptions on top of those being handled; how many there were before.
    pub(super) fn handle_more(&self, more: &mut Vec<Error>) -> usize {
        let mut handling = self.handling.borrow_mut();
        let before = handling.len();
        handling.append(more);
        before
    }

    /// Takes those off again that came on top of so many.
    pub(super) fn handle_less(&self, before: usize) -> Vec<Error> {
        let mut handling = self.handling.borrow_mut();
        let before = before.min(handling.len());
        handling.split_off(before)
    }

    pub(super) fn handled_outside(&self) -> Option<Error> {
        self.handling.borrow().last().cloned()
    }

    // ---- stacks -----------------------------------------------------------------------------------------------

    /// Says that another stack is about to be used; gives what [`Interpreter::leave_stack`] wants back.
    pub(super) fn enter_stack(&self, limit: usize) -> usize {
        self.depth.set_limit(limit)
    }

    /// Says that the stack before is used again.
    pub(super) fn leave_stack(&self, outside: usize) {
        self.depth.set_limit(outside);
    }
}
