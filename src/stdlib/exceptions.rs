//! What exceptions have.

use std::rc::Rc;

use torchsh_base::error::{Error, Result};
use torchsh_language::value::{Args, Builtin, Instance, Str, UnicodeFault, Value, Vm, keywords, pos, rest};

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::method("BaseException", "__str__", &[], |vm, args| match args.receiver() {
        Value::Instance(error) => {
            // As the nearest built-in class has it, whatever `__str__` the program wrote.
            let class = error.class();
            let built_in = class.order().find(|class| !class.is_written()).unwrap_or(&class);
            let plain = Instance::new(built_in.clone(), None);
            for (name, value) in error.attributes.entries() {
                plain.attributes.set(vm, name, value)?;
            }
            Ok(Value::Str(vm.text(&Value::Instance(Rc::new(plain)))?))
        }
        _ => Err(args.wrong_receiver(vm)),
    })
    .says("The text of an exception"),
    Builtin::method("BaseException", "__init__", &[rest("args"), keywords("kwargs")], keep_arguments)
        .says("Keeps the arguments"),
    Builtin::method("OSError", "__init__", &[rest("args")], keep_system_error)
        .says("Keeps the number of the error, its reason and the file"),
    Builtin::property("OSError", "errno", |vm, args| system_error_part(vm, args, 0))
        .says("The number of the error"),
    Builtin::property("OSError", "strerror", |vm, args| system_error_part(vm, args, 1)).says("The reason"),
    Builtin::property("OSError", "filename", |_, args| match args.receiver() {
        Value::Instance(instance) => Ok(instance.attributes.get_name("filename").unwrap_or(Value::None)),
        _ => Ok(Value::None),
    })
    .says("The file it is about"),
    Builtin::method("BaseException", "with_traceback", &[pos("_traceback")], |_, args| {
        if let Value::Instance(instance) = args.receiver() {
            instance.attributes.set_name("__traceback__", args.value(0).clone());
        }
        Ok(args.receiver().clone())
    })
    .says("The exception itself"),
    Builtin::method("BaseException", "add_note", &[pos("_note")], |vm, args| {
        let name = torchsh_language::value::Str::intern("__notes__");
        let mut notes = match vm.attribute_or_none(args.receiver(), &name)? {
            Some(notes) => vm.collect(&notes)?,
            None => Vec::new(),
        };
        notes.push(args.value(0).clone());
        vm.set_attribute(args.receiver(), &name, Value::list(notes))?;
        Ok(Value::None)
    })
    .says("Adds a line to what is shown of the exception"),
    Builtin::property("BaseException", "__traceback__", |_, args| match args.receiver() {
        Value::Instance(instance) => Ok(instance.attributes.get_name("__traceback__").unwrap_or(Value::None)),
        _ => Ok(Value::None),
    })
    .says("Where it was raised: its lines, outermost first"),
    Builtin::property("StopIteration", "value", |vm, args| {
        Ok(arguments_of(vm, args)?.into_iter().next().unwrap_or(Value::None))
    })
    .says("What the generator returned"),
    Builtin::property("SystemExit", "code", |vm, args| {
        let kept = arguments_of(vm, args)?;
        Ok(match kept.as_slice() {
            [] => Value::None,
            [code] => code.clone(),
            _ => Value::tuple(kept),
        })
    })
    .says("The exit status"),
];

/// `OSError(2, "No such file or directory", "x.pt")`: a number makes it the subclass for that number, the file is no argument.
fn keep_system_error(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let Value::Instance(instance) = args.receiver() else { return Err(args.wrong_receiver(vm)) };
    let mut kept = args.rest().to_vec();
    if kept.len() == 3
        && let Some(path) = kept.pop()
    {
        instance.attributes.set_name("filename", path);
    }
    let subclass = match kept.as_slice() {
        [code, _] => code.as_int().and_then(class_of_number),
        _ => None,
    };
    instance.attributes.set_name("args", Value::tuple(kept));
    if let Some(class) = subclass.and_then(|name| vm.types().named(name))
        && &*instance.class().name == "OSError"
    {
        instance.set_class(class);
    }
    Ok(Value::None)
}

/// The subclass of `OSError` for a number of `errno.h` (Linux).
fn class_of_number(number: i64) -> Option<&'static str> {
    match i32::try_from(number).ok()? {
        libc::ENOENT => Some("FileNotFoundError"),
        libc::EEXIST => Some("FileExistsError"),
        libc::EACCES | libc::EPERM => Some("PermissionError"),
        libc::EISDIR => Some("IsADirectoryError"),
        libc::ENOTDIR => Some("NotADirectoryError"),
        libc::ETIMEDOUT => Some("TimeoutError"),
        libc::EINTR => Some("InterruptedError"),
        _ => None,
    }
}

/// One of the two arguments of an error of the system; `None` where it was made without a number.
fn system_error_part(vm: &dyn Vm, args: &Args, part: usize) -> Result<Value> {
    let kept = arguments_of(vm, args)?;
    Ok(kept.get(part).filter(|_| kept.len() == 2).cloned().unwrap_or(Value::None))
}

fn arguments_of(vm: &dyn Vm, args: &Args) -> Result<Vec<Value>> {
    vm.collect(&vm.attribute(args.receiver(), &Str::intern("args"))?)
}

/// What `BaseException.__init__` and those of the classes that say more do with what they are given.
fn keep_arguments(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let Value::Instance(exception) = args.receiver() else { return Err(args.wrong_receiver(vm)) };
    let class = exception.class();
    let is = |name: &str| class.order().any(|class| class.name.as_str() == name && !class.is_written());
    let (of, named): (_, &[&str]) = if is("ImportError") {
        ("ImportError", &["name", "path"])
    } else if is("AttributeError") {
        ("AttributeError", &["name", "obj"])
    } else if is("NameError") {
        ("NameError", &["name"])
    } else {
        (class.name.as_str(), &[])
    };
    let own = &exception.attributes;
    own.set_name("args", Value::tuple(args.rest().to_vec()));
    for (name, value) in args.keywords() {
        if named.is_empty() {
            return Err(Error::type_error(format!("{of}() takes no keyword arguments")));
        }
        if !named.contains(&name.as_str()) {
            return Err(Error::type_error(format!("'{name}' is an invalid keyword argument for {of}()")));
        }
        own.set_str(name.clone(), value.clone());
    }
    let parts: (&[&str], Vec<Value>) = match args.rest() {
        [message] if is("ImportError") => (&["msg"], vec![message.clone()]),
        [message, rest @ ..] if is("SyntaxError") => {
            let place = rest.first().map_or(Ok(Vec::new()), |place| vm.collect(place))?;
            let values = std::iter::once(message.clone()).chain(place).collect();
            (&["msg", "filename", "lineno", "offset", "text", "end_lineno", "end_offset"], values)
        }
        five if is("UnicodeDecodeError") || is("UnicodeEncodeError") => {
            let [_, _, _, _, _] = five else {
                let message = format!("function takes exactly 5 arguments ({} given)", five.len());
                return Err(Error::type_error(message));
            };
            (UnicodeFault::PARTS, five.to_vec())
        }
        _ => (&[], Vec::new()),
    };
    for (name, value) in parts.0.iter().zip(parts.1) {
        own.set_name(name, value);
    }
    Ok(Value::None)
}
