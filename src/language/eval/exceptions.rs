//! Exceptions as objects of the program, and the errors that raising them is.

use std::rc::Rc;

use super::Interpreter;
use crate::value::{Class, Core, Dict, Instance, Str, UnicodeFault, Value, Vm};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_base::reason::Reason;

/// What exceptions of a kind say of themselves beside their arguments; None where nothing was said.
const OWN: &[(Kind, &[&str])] = &[
    (Kind::BaseException, &["args", "__traceback__", "__cause__", "__context__", "__suppress_context__"]),
    (Kind::Import, &["name", "path", "msg"]),
    (Kind::Attribute, &["name", "obj"]),
    (Kind::Name, &["name"]),
    (
        Kind::Syntax,
        &["msg", "filename", "lineno", "offset", "text", "end_lineno", "end_offset", "print_file_and_line"],
    ),
    (Kind::Os, &["filename", "filename2"]),
    (Kind::UnicodeDecode, UnicodeFault::PARTS),
    (Kind::UnicodeEncode, UnicodeFault::PARTS),
];

impl Interpreter {
    /// The exception object of an error.
    pub(super) fn exception_of(&self, error: &Error) -> Rc<Instance> {
        if let Some(instance) =
            error.payload().and_then(|payload| payload.clone().downcast::<Instance>().ok())
        {
            return instance;
        }
        let instance = Rc::new(Instance::new(self.exception_class(error.kind()), None));
        let arguments = match error.reason() {
            Some(Reason::File { code: Some(code), said, path }) => {
                instance.attributes.set_name("filename", path.as_str());
                vec![Value::Int((*code).into()), Value::str(said.as_str())]
            }
            _ => vec![Value::str(error.message())],
        };
        instance.attributes.set_str(self.names.args.clone(), Value::tuple(arguments));
        self.describe(&instance, error);
        instance
    }

    /// Sets what the exception of an error says beside its text.
    fn describe(&self, exception: &Instance, error: &Error) {
        let own = &exception.attributes;
        match error.kind() {
            Kind::Syntax | Kind::Indentation => self.place_syntax_error(exception, error),
            Kind::Import | Kind::ModuleNotFound => describe_import(own, error),
            Kind::Name => {
                if let Some(Reason::Name(name)) = error.reason() {
                    own.set_name("name", name.as_str());
                }
            }
            Kind::Attribute => {
                if let Some(lacking) = error.payload().and_then(|payload| payload.downcast_ref::<Lacking>()) {
                    own.set_name("name", Value::Str(lacking.name.clone()));
                    own.set_name("obj", lacking.object.clone());
                }
            }
            Kind::UnicodeDecode | Kind::UnicodeEncode => {
                if let Some(fault) =
                    error.payload().and_then(|payload| payload.downcast_ref::<UnicodeFault>())
                {
                    let parts = fault.parts();
                    for (name, part) in UnicodeFault::PARTS.iter().zip(&parts) {
                        own.set_name(name, part.clone());
                    }
                    own.set_str(self.names.args.clone(), Value::tuple(parts.to_vec()));
                }
            }
            _ => {}
        }
    }

    /// Whether exceptions of a class say something of this name beside their arguments.
    pub(super) fn says_of_itself(&self, class: &Class, name: &str) -> bool {
        OWN.iter().any(|(kind, names)| names.contains(&name) && class.inherits(&self.exception_class(*kind)))
    }

    /// The attributes of an exception that a program set; its own are no part of `__dict__` in CPython.
    pub(super) fn program_attributes(&self, exception: &Instance) -> Vec<(Str, Value)> {
        let class = exception.class();
        let entries = exception.attributes.entries().into_iter();
        let named = entries.filter_map(|(key, value)| Some((key.as_str()?, value)));
        named.filter(|(name, _)| !self.says_of_itself(&class, name)).collect()
    }

    /// What a traceback says of an exception: its text, but that of a `SyntaxError` without its place, which is shown by itself.
    ///
    /// # Errors
    /// Those of the program's `__str__`.
    pub fn message_of(&self, exception: &Rc<Instance>) -> Result<Str> {
        match exception.attributes.get_name("msg") {
            Some(message) if exception.class().inherits(&self.exception_class(Kind::Syntax)) => {
                self.text(&message)
            }
            _ => self.text(&Value::Instance(exception.clone())),
        }
    }

    /// The error that raising an exception object, or a class of exceptions, is.
    pub(super) fn raised(&self, exception: &Value) -> Error {
        match exception {
            Value::Class(class) if class.inherits(&self.exception_class(Kind::BaseException)) => {
                match self.call_value(exception, &[], &[]) {
                    Ok(instance) => self.raised(&instance),
                    Err(error) => error,
                }
            }
            Value::Instance(instance)
                if instance.class().inherits(&self.exception_class(Kind::BaseException)) =>
            {
                let class = instance.class();
                let message =
                    self.message_of(instance).map_or_else(|_| String::new(), |text| text.to_string());
                Error::new(kind_of(&class), message).with_payload(instance.clone())
            }
            _ => Error::type_error("exceptions must derive from BaseException"),
        }
    }

    /// `raise error from cause`.
    pub(super) fn set_cause(&self, error: &Error, cause: Value) -> Result<()> {
        let cause = match cause {
            Value::Class(_) => self.call_value(&cause, &[], &[])?,
            cause => cause,
        };
        if !cause.is_none() && !self.is_exception(&self.class_of(&cause)) {
            return Err(Error::type_error("exception causes must derive from BaseException"));
        }
        let exception = self.exception_of(error);
        exception.attributes.set_name("__cause__", cause);
        exception.attributes.set_name("__suppress_context__", true);
        Ok(())
    }

    /// The error with its exception object, made now if nothing in the program has raised it.
    pub(super) fn with_object(&self, error: Error) -> Error {
        if error.payload().is_some_and(|payload| payload.is::<Instance>()) {
            return error;
        }
        let exception = self.exception(&error);
        error.with_payload(exception)
    }

    /// Remembers which error was being handled when a new one was raised (`__context__`).
    pub(super) fn chain(&self, new: Error, handled: Option<&Error>) -> Error {
        let Some(handled) = handled else { return new };
        let new = self.with_object(new);
        let (instance, context) = (self.exception_of(&new), self.exception_of(handled));
        if !Rc::ptr_eq(&context, &instance) && instance.attributes.get_name("__context__").is_none() {
            instance.attributes.set_name("__context__", Value::Instance(context));
        }
        new
    }
}

/// What an attribute was asked of, and its name.
pub(super) struct Lacking {
    pub object: Value,
    pub name: Str,
}

fn describe_import(own: &Dict, error: &Error) {
    let (module, path) = match error.reason() {
        Some(Reason::Import { module, path }) => (Value::str(module.as_str()), path.as_deref()),
        _ => (Value::None, None),
    };
    own.set_name("msg", error.message());
    own.set_name("name", module);
    own.set_name("path", path.map_or(Value::None, Value::str));
}

/// The kind of the nearest built-in ancestor.
fn kind_of(class: &Rc<Class>) -> Kind {
    let kind = |name: &str| Kind::ALL.iter().copied().find(|kind| kind.name() == name);
    class
        .order()
        .filter(|class| !class.is_written() || class.core == Some(Core::BaseException))
        .find_map(|class| kind(&class.name))
        .unwrap_or(Kind::Exception)
}
