//! What `type` has: how classes are made, called and asked.

use std::rc::Rc;

use torchsh_base::error::{Error, Result};
use torchsh_language::value::{Args, Builtin, Class, Value, Vm, keywords, pos, rest};

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::on_type("type", "__new__", &[pos("_metaclass"), rest("args"), keywords("kwargs")], new_class)
        .says("A class, from its name, bases and names"),
    Builtin::method("type", "__init__", &[rest("args"), keywords("kwargs")], |_, _| Ok(Value::None))
        .says("Does nothing: a class is made by __new__"),
    Builtin::method("type", "__call__", &[rest("args"), keywords("kwargs")], |vm, args| {
        vm.instantiate(&class(args)?, args.rest(), args.keywords())
    })
    .says("An object of the class"),
    Builtin::method("type", "__subclasses__", &[], |_, args| {
        let class = class(args)?;
        let alive = class.subclasses.borrow().iter().filter_map(std::rc::Weak::upgrade).collect::<Vec<_>>();
        Ok(Value::list(alive.into_iter().map(Value::Class).collect()))
    })
    .says("The classes made from it"),
    Builtin::method("type", "__instancecheck__", &[pos("_object")], |vm, args| {
        Ok(Value::Bool(vm.is_instance(args.value(0), &*class(args)?)))
    })
    .says("Whether an object is of the class"),
    Builtin::method("type", "__subclasscheck__", &[pos("_class")], |_, args| match args.value(0) {
        Value::Class(other) => Ok(Value::Bool(other.inherits(&*class(args)?))),
        _ => Err(Error::type_error("issubclass() arg 1 must be a class")),
    })
    .says("Whether a class is made from it"),
];

fn class(args: &Args) -> Result<Rc<Class>> {
    match args.receiver() {
        Value::Class(class) => Ok(class.clone()),
        _ => Err(Error::type_error("a class is expected")),
    }
}

fn new_class(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let Value::Class(metaclass) = args.value(0) else {
        return Err(Error::type_error("type.__new__(X): X is not a type object"));
    };
    match args.rest() {
        [object] if !metaclass.is_written() => Ok(Value::Class(vm.class_of(object))),
        [name, bases, namespace] => {
            let name =
                name.as_str().ok_or_else(|| Error::type_error("type.__new__() argument 1 must be str"))?;
            let namespace = namespace
                .as_dict()
                .ok_or_else(|| Error::type_error("type.__new__() argument 3 must be dict"))?;
            vm.make_class(Some(metaclass.clone()), &name, &vm.collect(bases)?, namespace, args.keywords())
        }
        _ => Err(Error::type_error("type.__new__() takes exactly 3 arguments")),
    }
}
