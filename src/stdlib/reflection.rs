//! Python's built-in functions that look into objects and run text.

use std::rc::Rc;

use torchsh_base::error::{Error, Result};
use torchsh_language::value::{
    Args, Builtin, Class, Core, GenericAlias, Str, UnionType, Value, Vm, opt, pos,
};

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::global("isinstance", &[pos("_object"), pos("_classes")], |vm, args| {
        Ok(Value::Bool(is_instance(vm, args.value(0), args.value(1))?))
    })
    .says("Whether an object is of a class")
    .examples(&[("isinstance(1, (int, str))", "True")]),
    Builtin::global("issubclass", &[pos("_class"), pos("_classes")], |vm, args| match args.value(0) {
        Value::Class(class) => Ok(Value::Bool(is_subclass(vm, class, args.value(1))?)),
        Value::Native(class) if let Some(ancestors) = class.ancestors() => {
            Ok(Value::Bool(is_made_from(vm, args.value(0), ancestors, args.value(1))?))
        }
        _ => Err(Error::type_error("issubclass() arg 1 must be a class")),
    })
    .says("Whether a class is made from another")
    .examples(&[("issubclass(bool, int)", "True")]),
    Builtin::global("callable", &[pos("_object")], |vm, args| {
        Ok(Value::Bool(is_callable(vm, args.value(0))))
    })
    .says("Whether an object can be called")
    .examples(&[("callable(len)", "True")]),
    Builtin::global("getattr", &[pos("_object"), pos("_name"), opt("_default", "…")], getattr)
        .says("An attribute by name")
        .examples(&[("getattr('a', 'upper')()", "'A'")]),
    Builtin::global("hasattr", &[pos("_object"), pos("_name")], |vm, args| {
        Ok(Value::Bool(vm.attribute_or_none(args.value(0), &args.str(vm, 1)?)?.is_some()))
    })
    .says("Whether an object has an attribute")
    .examples(&[("hasattr(1, 'real')", "True")]),
    Builtin::global("setattr", &[pos("_object"), pos("_name"), pos("_value")], |vm, args| {
        vm.set_attribute(args.value(0), &args.str(vm, 1)?, args.value(2).clone())?;
        Ok(Value::None)
    })
    .says("Sets an attribute by name"),
    Builtin::global("delattr", &[pos("_object"), pos("_name")], |vm, args| {
        vm.delete_attribute(args.value(0), &args.str(vm, 1)?)?;
        Ok(Value::None)
    })
    .says("Removes an attribute by name"),
    Builtin::global("dir", &[opt("_object", "…")], |vm, args| {
        let names = match args.get(0) {
            Some(object) => return listed(vm, object),
            None => {
                let mut names: Vec<Str> = vm.locals().keys().iter().filter_map(Value::as_str).collect();
                names.sort();
                names
            }
        };
        Ok(Value::list(names.into_iter().map(Value::Str).collect()))
    })
    .says("The names of an object's attributes")
    .reads_frame(),
    Builtin::global("vars", &[opt("_object", "…")], |vm, args| match args.get(0) {
        Some(object) => vm
            .attribute(object, &Str::intern("__dict__"))
            .map_err(|_| Error::type_error("vars() argument must have __dict__ attribute")),
        None => Ok(Value::Dict(vm.locals())),
    })
    .says("An object's attributes as a dict")
    .reads_frame(),
    Builtin::global("globals", &[], |vm, _| Ok(Value::Dict(vm.globals())))
        .says("The names of the module")
        .reads_frame(),
    Builtin::global("locals", &[], |vm, _| Ok(Value::Dict(vm.locals())))
        .says("The names of the block")
        .reads_frame(),
];

/// `isinstance(value, classes)`.
///
/// # Errors
/// `TypeError` if `classes` is no class, nor a tuple or union of some.
pub fn is_instance(vm: &dyn Vm, value: &Value, classes: &Value) -> Result<bool> {
    match classes {
        Value::Class(class) => is_instance_of(vm, value, classes, class),
        Value::Tuple(several) => {
            for class in &several.items {
                if is_instance(vm, value, class)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Value::None => Ok(value.is_none()),
        Value::Native(_) if let Some(union) = classes.as_native::<UnionType>() => {
            is_instance(vm, value, &Value::tuple(union.members.clone()))
        }
        Value::Native(_) if classes.as_native::<GenericAlias>().is_some() => {
            Err(Error::type_error("isinstance() argument 2 cannot be a parameterized generic"))
        }
        _ => match vm.special(classes, "__instancecheck__", std::slice::from_ref(value)) {
            Some(result) => vm.truth(&result?),
            None => Err(Error::type_error("isinstance() arg 2 must be a type, a tuple of types, or a union")),
        },
    }
}

fn is_instance_of(vm: &dyn Vm, value: &Value, written: &Value, class: &Rc<Class>) -> Result<bool> {
    if vm.is_instance(value, class) {
        return Ok(true);
    }
    // An object may stand for one of another class, and says so.
    if let Value::Native(_) | Value::Instance(_) = value
        && let Some(Value::Class(said)) = vm.attribute_or_none(value, &Str::intern("__class__"))?
        && said.inherits(class)
    {
        return Ok(true);
    }
    if class.metaclass.is_some()
        && let Some(answer) = vm.special(written, "__instancecheck__", std::slice::from_ref(value))
    {
        return vm.truth(&answer?);
    }
    // Abstract classes of the prelude say themselves what they hold; what is made from one holds its own instances only.
    match class.namespace.get_name("__instancehook__") {
        Some(hook) => {
            let hook = vm.bind(hook, written)?;
            vm.truth(&vm.call(&hook, std::slice::from_ref(value), &[])?)
        }
        None => Ok(false),
    }
}

/// `issubclass` of what only stands for a class.
fn is_made_from(vm: &dyn Vm, class: &Value, ancestors: &[(&str, &str)], classes: &Value) -> Result<bool> {
    if let Value::Tuple(several) = classes {
        return several
            .items
            .iter()
            .try_fold(false, |found, other| Ok(found || is_made_from(vm, class, ancestors, other)?));
    }
    let is_object = matches!(classes, Value::Class(other) if other.core == Some(Core::Object));
    if is_object || vm.equal(class, classes)? {
        return Ok(true);
    }
    for (module, name) in ancestors {
        if vm.attribute(&vm.import(module)?, &Str::intern(name))?.same(classes) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_subclass(vm: &dyn Vm, class: &Rc<Class>, classes: &Value) -> Result<bool> {
    match classes {
        Value::Class(other) if other.metaclass.is_some() && !class.inherits(other) => {
            match vm.special(classes, "__subclasscheck__", &[Value::Class(class.clone())]) {
                Some(answer) => vm.truth(&answer?),
                None => Ok(false),
            }
        }
        Value::Class(other) => Ok(class.inherits(other)),
        Value::Native(other) if other.ancestors().is_some() => Ok(false),
        Value::Native(_) if let Some(union) = classes.as_native::<UnionType>() => {
            is_subclass(vm, class, &Value::tuple(union.members.clone()))
        }
        Value::Tuple(several) => {
            for other in &several.items {
                if is_subclass(vm, class, other)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        _ => Err(Error::type_error("issubclass() arg 2 must be a class, a tuple of classes, or a union")),
    }
}

/// The names of an object's attributes: what its class says in `__dir__`, else what is there.
fn listed(vm: &dyn Vm, object: &Value) -> Result<Value> {
    let written = vm.class_of(object).lookup(&Str::intern("__dir__"));
    if let Some(Value::Function(_)) = written
        && let Some(names) = vm.special(object, "__dir__", &[])
    {
        let mut names: Vec<Str> = vm.collect(&names?)?.iter().filter_map(Value::as_str).collect();
        names.sort();
        return Ok(Value::list(names.into_iter().map(Value::Str).collect()));
    }
    Ok(Value::list(vm.attribute_names(object).into_iter().map(Value::Str).collect()))
}

/// Whether a value can be called.
pub fn is_callable(vm: &dyn Vm, value: &Value) -> bool {
    match value {
        Value::Function(_) | Value::Builtin(_) | Value::BoundMethod(_) | Value::Class(_) => true,
        Value::Native(object) if object.is_method() => true,
        _ => vm.class_of(value).lookup(&Str::intern("__call__")).is_some(),
    }
}

fn getattr(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let name = args.value(1).as_str().ok_or_else(|| Error::type_error("attribute name must be string"))?;
    match args.get(2) {
        None => vm.attribute(args.value(0), &name),
        Some(default) => Ok(vm.attribute_or_none(args.value(0), &name)?.unwrap_or_else(|| default.clone())),
    }
}
