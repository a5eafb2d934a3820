//! `super`

use std::rc::Rc;

use torchsh_base::error::{Error, Kind, Result};
use torchsh_language::value::{Args, Builtin, Class, Native, Str, Value, Vm, opt};

/// The rows.
pub const ROWS: &[Builtin] =
    &[Builtin::constructor("super", &[opt("_class", "…"), opt("_object", "…")], make_super)
        .says("The attributes of the classes a class is made from")];

/// `super(class, object)`: looks attributes up after `class` in the order of the object's class.
struct Super {
    after: Rc<Class>,
    object: Value,
}

fn make_super(vm: &dyn Vm, args: &Args) -> Result<Value> {
    match (args.value(0), args.get(1)) {
        (Value::Class(class), Some(object)) => {
            let is_class = matches!(object, Value::Class(object) if object.inherits(class));
            if !is_class && !vm.class_of(object).inherits(class) {
                let message = "super(type, obj): obj must be an instance or subtype of type";
                return Err(Error::type_error(message));
            }
            Ok(Value::native(Super { after: class.clone(), object: object.clone() }))
        }
        _ => Err(Error::runtime("super(): no arguments")),
    }
}

impl Native for Super {
    fn type_name(&self) -> &str {
        "super"
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn attribute(&self, vm: &dyn Vm, name: &Str) -> Option<Result<Value>> {
        let (class, is_own) = match &self.object {
            Value::Class(class) if class.inherits(&self.after) => (class.clone(), true),
            object => (vm.class_of(object), false),
        };
        let order: Vec<Rc<Class>> = class.order().cloned().collect();
        let rest = order.iter().skip_while(|class| !Rc::ptr_eq(class, &self.after)).skip(1);
        for class in rest {
            if let Some(found) = class.namespace.get_str(name) {
                return Some(match &self.object {
                    // A method of a metaclass: the class is the object.
                    Value::Class(_) if !is_own => vm.bind_as_object(found, &self.object),
                    object => vm.bind(found, object),
                });
            }
        }
        match name.as_str() {
            "__class__" => None,
            // What `object` has of these does nothing.
            "__init__" | "__post_init__" => Some(Ok(Value::native(Nothing(None)))),
            "__init_subclass__" => Some(Ok(Value::native(Nothing(Some(class.name.clone()))))),
            _ => match vm.slot(&class, name) {
                Some(slot) => Some(vm.bind_as_object(slot, &self.object)),
                None => self.basic(vm, name),
            },
        }
    }
}

/// A function that does nothing with whatever it is given; `__init_subclass__` of the class of that name takes no keywords.
struct Nothing(Option<Str>);

impl Native for Nothing {
    fn type_name(&self) -> &str {
        "function"
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn call(&self, _vm: &dyn Vm, _arguments: &[Value], keywords: &[(Str, Value)]) -> Option<Result<Value>> {
        let refused = self.0.as_ref().filter(|_| !keywords.is_empty());
        let message = |class| format!("{class}.__init_subclass__() takes no keyword arguments");
        Some(refused.map_or(Ok(Value::None), |class| Err(Error::type_error(message(class)))))
    }
}

impl Super {
    /// What `object` itself and the built-in types do, where the table has no row for it.
    fn basic(&self, vm: &dyn Vm, name: &Str) -> Option<Result<Value>> {
        let rows = vm.rows().iter().flat_map(|rows| rows.iter());
        let row = rows
            .filter(|row| row.on == torchsh_language::value::On::Method("object"))
            .find(|row| row.name == name.as_str());
        match row {
            Some(row) => Some(vm.bind(Value::Builtin(row), &self.object)),
            None => {
                Some(Err(Error::new(Kind::Attribute, format!("'super' object has no attribute '{name}'"))))
            }
        }
    }
}
