//! What classes hold and instances see otherwise: properties, static methods, class methods, and methods themselves.

use std::rc::Rc;

use torchsh_base::error::{Error, Result};
use torchsh_language::value::{Args, BoundMethod, Builtin, Descriptor, Value, Vm, opt, pos};

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::constructor(
        "property",
        &[opt("fget", "None"), opt("fset", "None"), opt("fdel", "None"), opt("doc", "None")],
        |_, args| Ok(property_of(args)),
    )
    .says("An attribute that a function computes"),
    Builtin::method(
        "property",
        "__init__",
        &[opt("fget", "None"), opt("fset", "None"), opt("fdel", "None"), opt("doc", "None")],
        |_, args| {
            // Within a class of the program that takes more than these.
            if let Value::Instance(instance) = args.receiver() {
                instance.set_payload(property_of(args));
            }
            Ok(Value::None)
        },
    )
    .says("Keeps the functions"),
    Builtin::method("property", "getter", &[pos("_function")], |_, args| changed(args, 0))
        .says("The property with another getter"),
    Builtin::method("property", "setter", &[pos("_function")], |_, args| changed(args, 1))
        .says("The property with a setter"),
    Builtin::method("property", "deleter", &[pos("_function")], |_, args| changed(args, 2))
        .says("The property with a deleter"),
    Builtin::property("property", "fget", |_, args| Ok(part(args, 0))).says("The function that reads"),
    Builtin::property("property", "fset", |_, args| Ok(part(args, 1))).says("The function that writes"),
    Builtin::property("property", "fdel", |_, args| Ok(part(args, 2))).says("The function that deletes"),
    Builtin::method("property", "__get__", &[pos("_instance"), opt("_owner", "None")], get)
        .says("What an instance sees"),
    Builtin::constructor("staticmethod", &[pos("_function")], |_, args| {
        Ok(made(Descriptor::Static(args.value(0).clone())))
    })
    .says("A function found on a class"),
    Builtin::property("staticmethod", "__func__", |_, args| Ok(part(args, 0))).says("The function"),
    Builtin::method("staticmethod", "__get__", &[pos("_instance"), opt("_owner", "None")], get)
        .says("The function"),
    Builtin::constructor("classmethod", &[pos("_function")], |_, args| {
        Ok(made(Descriptor::Class(args.value(0).clone())))
    })
    .says("A function that is given the class"),
    Builtin::property("classmethod", "__func__", |_, args| Ok(part(args, 0))).says("The function"),
    Builtin::method("classmethod", "__get__", &[pos("_instance"), opt("_owner", "None")], get)
        .says("The method of a class"),
    Builtin::constructor("method", &[pos("_function"), pos("_instance")], |vm, args| {
        if !super::reflection::is_callable(vm, args.value(0)) {
            return Err(Error::type_error("first argument must be callable"));
        }
        if args.value(1).is_none() {
            return Err(Error::type_error("instance must not be None"));
        }
        Ok(bound(args.value(0), args.value(1)))
    })
    .says("A function and the object it belongs to"),
];

fn property_of(args: &Args) -> Value {
    let [getter, setter, deleter, doc] = [0, 1, 2, 3].map(|i| args.value(i).clone());
    made(Descriptor::Property { getter, setter, deleter, doc })
}

fn made(descriptor: Descriptor) -> Value {
    Value::Descriptor(Rc::new(descriptor))
}

fn bound(function: &Value, receiver: &Value) -> Value {
    Value::BoundMethod(Rc::new(BoundMethod { function: function.clone(), receiver: receiver.clone() }))
}

fn get(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let (Value::Descriptor(descriptor), instance) = (args.receiver().payload(), args.value(0)) else {
        return Err(args.wrong_receiver(vm));
    };
    match &*descriptor {
        Descriptor::Static(function) => Ok(function.clone()),
        Descriptor::Class(function) => match args.some(1) {
            Some(owner) => Ok(bound(function, owner)),
            None => Ok(bound(function, &Value::Class(vm.class_of(instance)))),
        },
        Descriptor::Property { .. } if instance.is_none() => Ok(args.receiver().clone()),
        Descriptor::Property { getter, .. } if getter.is_none() => {
            let of = &vm.class_of(instance).qualified_name;
            let message = format!("property of '{of}' object has no getter");
            Err(Error::new(torchsh_base::error::Kind::Attribute, message))
        }
        Descriptor::Property { getter, .. } => vm.call(getter, std::slice::from_ref(instance), &[]),
    }
}

fn changed(args: &Args, part: usize) -> Result<Value> {
    let Value::Descriptor(old) = args.receiver().payload() else {
        return Err(Error::type_error("property expected"));
    };
    let Descriptor::Property { getter, setter, deleter, doc } = &*old else {
        return Err(Error::type_error("property expected"));
    };
    let pick = |i: usize, old: &Value| if i == part { args.value(0).clone() } else { old.clone() };
    Ok(made(Descriptor::Property {
        getter: pick(0, getter),
        setter: pick(1, setter),
        deleter: pick(2, deleter),
        doc: doc.clone(),
    }))
}

/// One of the functions that a descriptor holds.
fn part(args: &Args, number: usize) -> Value {
    let Value::Descriptor(descriptor) = args.receiver().payload() else { return Value::None };
    match (&*descriptor, number) {
        (Descriptor::Property { setter, .. }, 1) => setter.clone(),
        (Descriptor::Property { deleter, .. }, 2) => deleter.clone(),
        (Descriptor::Property { getter: of, .. } | Descriptor::Static(of) | Descriptor::Class(of), _) => {
            of.clone()
        }
    }
}
