//! What `weakref` is made from: a reference that does not keep its object.

use std::any::Any;
use std::rc::{Rc, Weak};

use torchsh_base::error::{Error, Result};
use torchsh_language::value::{
    BoundMethod, Builtin, Class, Dict, Function, Instance, IteratorObject, Module, Native, Set, Str,
    TensorObject, Value, Vm, pos,
};

/// An object by a reference that does not keep it.
enum Target {
    Instance(Weak<Instance>),
    Function(Weak<Function>),
    Method(Weak<BoundMethod>),
    Class(Weak<Class>),
    Dict(Weak<Dict>),
    Set(Weak<Set>),
    Tensor(Weak<TensorObject>),
    Module(Weak<Module>),
    Iterator(Weak<IteratorObject>),
    Native(Weak<Box<dyn Native>>),
    /// A function of the shell itself: it never goes.
    Builtin(&'static Builtin),
}

impl Target {
    fn of(vm: &dyn Vm, value: &Value) -> Result<Self> {
        Ok(match value {
            Value::Instance(object) => Target::Instance(Rc::downgrade(object)),
            Value::Function(object) => Target::Function(Rc::downgrade(object)),
            Value::BoundMethod(object) => Target::Method(Rc::downgrade(object)),
            Value::Class(object) => Target::Class(Rc::downgrade(object)),
            Value::Dict(object) => Target::Dict(Rc::downgrade(object)),
            Value::Set(object) => Target::Set(Rc::downgrade(object)),
            Value::Tensor(object) => Target::Tensor(Rc::downgrade(object)),
            Value::Module(object) => Target::Module(Rc::downgrade(object)),
            Value::Iterator(object) => Target::Iterator(Rc::downgrade(object)),
            Value::Native(object) => Target::Native(Rc::downgrade(object)),
            Value::Builtin(row) => Target::Builtin(row),
            other => {
                let message = format!("cannot create weak reference to '{}' object", vm.type_name(other));
                return Err(Error::type_error(message));
            }
        })
    }

    fn get(&self) -> Option<Value> {
        match self {
            Target::Instance(object) => object.upgrade().map(Value::Instance),
            Target::Function(object) => object.upgrade().map(Value::Function),
            Target::Method(object) => object.upgrade().map(Value::BoundMethod),
            Target::Class(object) => object.upgrade().map(Value::Class),
            Target::Dict(object) => object.upgrade().map(Value::Dict),
            Target::Set(object) => object.upgrade().map(Value::Set),
            Target::Tensor(object) => object.upgrade().map(Value::Tensor),
            Target::Module(object) => object.upgrade().map(Value::Module),
            Target::Iterator(object) => object.upgrade().map(Value::Iterator),
            Target::Native(object) => object.upgrade().map(Value::Native),
            Target::Builtin(row) => Some(Value::Builtin(row)),
        }
    }
}

struct Weakly(Target);

impl Native for Weakly {
    fn type_name(&self) -> &str {
        "weakly"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn call(&self, _vm: &dyn Vm, _arguments: &[Value], _keywords: &[(Str, Value)]) -> Option<Result<Value>> {
        Some(Ok(self.0.get().unwrap_or(Value::None)))
    }
}

/// The rows.
pub const ROWS: &[Builtin] = &[Builtin::function("_weakref", "weakly", &[pos("object")], |vm, args| {
    Ok(Value::native(Weakly(Target::of(vm, args.value(0))?)))
})
.says("a function that gives the object while something else keeps it, and None afterwards")];
