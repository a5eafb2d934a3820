//! Attributes: Python's look-up rules.

use std::rc::Rc;

use super::Interpreter;
use super::function_attributes::{closure, generator_attribute, keyword_defaults};
use crate::value::{Args, BoundMethod, Class, Descriptor, Dict, Module, On, Str, Value, Vm};
use torchsh_base::error::{Error, Kind, Result};

/// What `receiver.name` is when it is about to be called.
pub(super) enum Method {
    /// A function that takes the receiver first: no method object is made.
    Bound(Value),
    /// Anything else.
    Plain(Value),
}

impl Interpreter {
    /// Looks up what is about to be called.
    pub(super) fn method(&self, receiver: &Value, name: &Str) -> Result<Method> {
        if let Value::Module(_) | Value::Class(_) | Value::Native(_) = receiver {
            return self.attribute(receiver, name).map(Method::Plain);
        }
        if let Value::Instance(instance) = receiver
            && instance.class().reads_attributes
        {
            return self.attribute(receiver, name).map(Method::Plain);
        }
        if let Some(own) = set_attributes(receiver)
            && own.get_str(name).is_some()
        {
            return self.attribute(receiver, name).map(Method::Plain);
        }
        match self.class_of(receiver).lookup(name) {
            Some(found @ Value::Function(_)) => Ok(Method::Bound(found)),
            Some(Value::Builtin(row)) if matches!(row.on, On::Method(_)) => {
                Ok(Method::Bound(Value::Builtin(row)))
            }
            _ => self.attribute(receiver, name).map(Method::Plain),
        }
    }

    /// `value.name`; `None` where there is no such attribute.
    pub(super) fn find_attribute(&self, value: &Value, name: &Str) -> Result<Option<Value>> {
        if let Value::Instance(instance) = value
            && instance.class().reads_attributes
        {
            return self.read_by_program(value, &instance.class(), name);
        }
        self.find_plainly(value, name)
    }

    /// An attribute by the `__getattribute__` of the program, then by its `__getattr__`.
    fn read_by_program(&self, value: &Value, class: &Rc<Class>, name: &Str) -> Result<Option<Value>> {
        let argument = [Value::Str(name.clone())];
        match self.special(value, "__getattribute__", &argument) {
            Some(Err(error)) if error.kind() == Kind::Attribute => match class.lookup(&self.names.getattr) {
                Some(_) => self.special(value, "__getattr__", &argument).transpose(),
                None => Err(error),
            },
            Some(found) => found.map(Some),
            None => self.find_plainly(value, name),
        }
    }

    /// `object.__getattribute__(value, name)`
    pub(super) fn find_in_class(&self, value: &Value, name: &Str) -> Result<Option<Value>> {
        match value {
            Value::Class(class) => return self.class_attribute(class, name),
            Value::Module(module) => return self.module_attribute(module, name),
            Value::Descriptor(descriptor) => {
                if let Some(said) = self.said_of_descriptor(descriptor, name) {
                    return said;
                }
            }
            Value::Native(object) => {
                if let Some(found) = object.attribute(self, name) {
                    return found.map(Some);
                }
            }
            _ => {}
        }
        let class = self.class_of(value);
        // What a function says of itself comes before what its class says of functions.
        let own_doc = matches!(value, Value::Function(_) | Value::Builtin(_) | Value::BoundMethod(_));
        let found = class.lookup(name).filter(|_| !(own_doc && &**name == "__doc__"));
        if let Some(found) = &found
            && is_data_descriptor(found)
        {
            if let Value::Descriptor(descriptor) = found
                && matches!(&**descriptor, Descriptor::Property { getter, .. } if getter.is_none())
            {
                return Err(without(&class, name, "getter"));
            }
            return self.bind_to(found.clone(), value, &class).map(Some);
        }
        if let Some(own) = set_attributes(value).and_then(|own| own.get_str(name)) {
            return Ok(Some(own));
        }
        if let Some(found) = found {
            return self.bind_to(found, value, &class).map(Some);
        }
        if let Some(special) = self.special_attribute(value, &class, name) {
            return Ok(Some(special));
        }
        match class.lookup(&self.names.getattr) {
            Some(getattr) => {
                let by_row = matches!(getattr, Value::Builtin(_));
                let getattr = self.bind_to(getattr, value, &class)?;
                match self.call_value(&getattr, &[Value::Str(name.clone())], &[]) {
                    // A row that knows no such name leaves it to the caller, who knows what is near it.
                    Err(error) if by_row && error.kind() == Kind::Attribute => Ok(None),
                    result => result.map(Some),
                }
            }
            None => Ok(self.own_slot(value, &class, name).map(|slot| bound(value.clone(), slot))),
        }
    }

    /// A special method that a value has from its built-in type.
    fn own_slot(&self, value: &Value, class: &Rc<Class>, name: &Str) -> Option<Value> {
        match (value, name.as_str()) {
            (Value::Iterator(_), "__iter__" | "__next__") => Some(self.slot_of(class, name)),
            _ => self.slot(class, name),
        }
    }

    /// Attributes that every object or function has.
    fn special_attribute(&self, value: &Value, class: &Rc<Class>, name: &Str) -> Option<Value> {
        if let Some(tuple) = value.as_tuple()
            && let crate::value::TupleKind::Named(named) = &tuple.kind
            && let Some(at) = named.fields.iter().position(|field| field == name)
        {
            return tuple.items.get(at).cloned();
        }
        match (name.as_str(), value) {
            ("__class__", _) => Some(Value::Class(class.clone())),
            ("__dict__", Value::Instance(_)) if !self.has_place_for(class, name) => None,
            ("__dict__", Value::Instance(instance)) if self.is_exception(class) => {
                Some(Value::dict_of(self.program_attributes(instance)))
            }
            ("__dict__", Value::Instance(instance)) => Some(Value::Dict(instance.attributes.clone())),
            ("__dict__", _) => own_attributes(value).map(Value::Dict),
            ("__doc__", Value::Function(function)) => {
                Some(function.definition.code.docstring.clone().map_or(Value::None, Value::Str))
            }
            ("__name__", Value::Function(function)) => Some(Value::Str(function.name().clone())),
            ("__qualname__", Value::Function(function)) => {
                Some(Value::Str(function.definition.code.qualified_name.clone()))
            }
            ("__module__", Value::Function(function)) => function.globals.get_name("__name__"),
            ("__module__", Value::Instance(_)) => Some(Value::Str(class.module.borrow().clone())),
            ("__defaults__", Value::Function(function)) if function.defaults.is_empty() => Some(Value::None),
            ("__defaults__", Value::Function(function)) => Some(Value::tuple(function.defaults.clone())),
            ("__annotations__", Value::Function(_)) => Some(Value::Dict(Rc::default())),
            ("__globals__", Value::Function(function)) => Some(Value::Dict(function.globals.clone())),
            ("__name__" | "__qualname__", Value::Builtin(row)) => Some(Value::str(row.name)),
            ("__module__", Value::Builtin(row)) => Some(Value::str(row.module())),
            ("__doc__", Value::Builtin(row)) => Some(Value::str(row.summary)),
            ("__suppress_context__", Value::Instance(_)) if self.is_exception(class) => {
                Some(Value::Bool(false))
            }
            ("__code__", Value::Function(function)) => {
                Some(Value::native(super::code_object::CodeObject(function.definition.code.clone())))
            }
            ("__closure__", Value::Function(function)) if function.closure.is_empty() => Some(Value::None),
            ("__closure__", Value::Function(function)) => Some(closure(function)),
            ("__name__" | "__qualname__" | "gi_frame" | "gi_running", Value::Iterator(generator)) => {
                generator_attribute(generator, name)
            }
            ("__kwdefaults__", Value::Function(function)) => Some(keyword_defaults(function)),
            ("__func__", Value::BoundMethod(method)) => Some(method.function.clone()),
            ("__self__", Value::BoundMethod(method)) => Some(method.receiver.clone()),
            (_, Value::BoundMethod(method)) => self.find_attribute(&method.function, name).ok().flatten(),
            ("__doc__", _) => Some(Value::None),
            (_, Value::Instance(_)) if self.is_exception(class) && self.says_of_itself(class, name) => {
                Some(Value::None)
            }
            _ => None,
        }
    }

    // ---- classes and modules ----------------------------------------------------------------------------------

    fn class_attribute(&self, class: &Rc<Class>, name: &Str) -> Result<Option<Value>> {
        if let Some(metaclass) = &class.metaclass
            && let Some(found) = metaclass.lookup(name)
            && is_data_descriptor(&found)
        {
            return self.bind_to(found, &Value::Class(class.clone()), metaclass).map(Some);
        }
        if let Some(found) = class.lookup(name) {
            return self.bind_class(found, class).map(Some);
        }
        let classes = |list: &[Rc<Class>]| Value::tuple(list.iter().cloned().map(Value::Class).collect());
        Ok(Some(match name.as_str() {
            "__name__" => Value::Str(class.name.clone()),
            "__qualname__" => Value::Str(class.qualified_name.clone()),
            "__module__" => Value::Str(class.module.borrow().clone()),
            "__dict__" => Value::Dict(class.namespace.clone()),
            "__bases__" => classes(&class.bases),
            "__base__" => class.bases.first().cloned().map_or(Value::None, Value::Class),
            "__mro__" => classes(&class.order().cloned().collect::<Vec<_>>()),
            "__class__" => Value::Class(self.class_of(&Value::Class(class.clone()))),
            "__doc__" => Value::None,
            "__annotations__" if class.is_written() => {
                let own = Value::Dict(Rc::default());
                class.namespace.set_str(name.clone(), own.clone());
                own
            }
            _ => match self.slot(class, name) {
                Some(slot) => slot,
                None => return self.metaclass_attribute(class, name),
            },
        }))
    }

    /// An attribute found along a class's order, seen from the class.
    pub(super) fn bind_class(&self, found: Value, class: &Rc<Class>) -> Result<Value> {
        match &found {
            Value::Descriptor(descriptor) => match &**descriptor {
                Descriptor::Static(function) => Ok(function.clone()),
                Descriptor::Class(function) => Ok(bound(Value::Class(class.clone()), function.clone())),
                Descriptor::Property { .. } => Ok(found),
            },
            Value::Instance(_) => self.bind_written(&found, Value::None, class),
            Value::Builtin(row) if matches!(row.on, On::Class(_)) => {
                Ok(bound(Value::Class(class.clone()), found))
            }
            _ => Ok(found),
        }
    }

    /// What an object that is an attribute of a class is, seen from an instance or (`None`) from the class: its `__get__` says.
    fn bind_written(&self, found: &Value, instance: Value, class: &Rc<Class>) -> Result<Value> {
        let descriptor = self.class_of(found);
        match descriptor.lookup(&self.names.get) {
            Some(get) => {
                let get = self.bind_to(get, found, &descriptor)?;
                self.call_value(&get, &[instance, Value::Class(class.clone())], &[])
            }
            None => Ok(found.clone()),
        }
    }

    /// What the class of a class has: a method of `type`, or of a metaclass.
    fn metaclass_attribute(&self, class: &Rc<Class>, name: &Str) -> Result<Option<Value>> {
        let object = Value::Class(class.clone());
        let metaclass = self.class_of(&object);
        if let Some(found) = metaclass.lookup(name) {
            return self.bind_to(found, &object, &metaclass).map(Some);
        }
        if let Some(found) = self.computed_class_attribute(class, name)? {
            return Ok(Some(found));
        }
        if let Some(getattr) = metaclass.lookup(&self.names.getattr) {
            let getattr = self.bind_to(getattr, &object, &metaclass)?;
            return self.call_value(&getattr, &[Value::Str(name.clone())], &[]).map(Some);
        }
        Ok(self.slot(&metaclass, name).map(|slot| bound(object, slot)))
    }

    /// What a row of the class gives for names it does not list: `torch.Tensor.add`.
    fn computed_class_attribute(&self, class: &Rc<Class>, name: &Str) -> Result<Option<Value>> {
        let Some(found @ Value::Builtin(_)) = class.lookup(&Str::intern("__class_getattr__")) else {
            return Ok(None);
        };
        match self.call_value(&found, &[Value::Str(name.clone())], &[]) {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.kind() == Kind::Attribute => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn module_attribute(&self, module: &Rc<Module>, name: &Str) -> Result<Option<Value>> {
        if let Some(found) = module.namespace.get_str(name) {
            return Ok(Some(found));
        }
        if let Some(found) = self.module_member(module, name)? {
            return Ok(Some(found));
        }
        match name.as_str() {
            "__dict__" => {
                self.fill_namespace(module)?;
                return Ok(Some(Value::Dict(module.namespace.clone())));
            }
            "__spec__" => return self.spec_of(&module.name, &module.namespace).map(Some),
            "__class__" => return Ok(Some(Value::Class(self.class_of(&Value::Module(module.clone()))))),
            "__doc__" | "__file__" => return Ok(Some(Value::None)),
            _ => {}
        }
        if &*module.name == "builtins"
            && let Some(found) = self.builtins.get_str(name)
        {
            return Ok(Some(found));
        }
        let getattr = match module.namespace.get_str(&self.names.getattr) {
            Some(getattr) => Some(getattr),
            None => self.module_member(module, &self.names.getattr)?,
        };
        let Some(getattr) = getattr else { return Ok(None) };
        match self.call_value(&getattr, &[Value::Str(name.clone())], &[]) {
            Ok(value) => {
                // What a row gives for a name never changes.
                if let Value::Builtin(_) = getattr {
                    let _loads = crate::value::journal::Pause::start();
                    module.namespace.set_str(name.clone(), value.clone());
                }
                Ok(Some(value))
            }
            Err(error) if error.kind() == Kind::Attribute => Ok(None),
            Err(error) => Err(error),
        }
    }

    // ---- binding ----------------------------------------------------------------------------------------------

    /// What an attribute found on the class of an object is, seen from the object.
    pub(super) fn bind_to(&self, found: Value, object: &Value, class: &Rc<Class>) -> Result<Value> {
        match &found {
            Value::Function(_) => Ok(bound(object.clone(), found)),
            Value::Builtin(row) => match row.on {
                On::Method(_) => Ok(bound(object.clone(), found)),
                On::Property(_) => (row.call)(self, &Args::of_property(row, object)),
                On::Class(_) => Ok(bound(Value::Class(class.clone()), found)),
                _ => Ok(found),
            },
            Value::Descriptor(descriptor) => match &**descriptor {
                Descriptor::Property { getter, .. } => {
                    self.call_value(getter, std::slice::from_ref(object), &[])
                }
                Descriptor::Static(function) => Ok(function.clone()),
                Descriptor::Class(function) => Ok(bound(Value::Class(class.clone()), function.clone())),
            },
            Value::Native(native) if native.is_method() => Ok(bound(object.clone(), found)),
            Value::Instance(_) => self.bind_written(&found, object.clone(), class),
            _ => Ok(found),
        }
    }

    // ---- setting ----------------------------------------------------------------------------------------------

    /// `value.name = new`, or `del value.name`, by the default rules.
    pub(super) fn plain_set(&self, value: &Value, name: &Str, new: Option<Value>) -> Result<()> {
        match value {
            Value::Class(class) => {
                if let ("__module__", Some(Value::Str(module))) = (name.as_str(), &new) {
                    class.module.replace(module.clone());
                }
                return set_or_remove(&class.namespace, name, new, value, self);
            }
            Value::Module(module) => return set_or_remove(&module.namespace, name, new, value, self),
            Value::Native(object) => {
                if let Some(new) = &new
                    && let Some(result) = object.set_attribute(self, name, new)
                {
                    return result;
                }
            }
            Value::Instance(instance) => {
                if let (true, Some(Value::Class(class))) = (name.as_str() == "__class__", &new) {
                    instance.assign_class(class.clone());
                    return Ok(());
                }
                if let (true, Some(Value::Dict(new))) = (name.as_str() == "__dict__", &new) {
                    instance.attributes.clear();
                    for (name, value) in new.entries() {
                        instance.attributes.set(self, name, value)?;
                    }
                    return Ok(());
                }
            }
            Value::Tensor(tensor) => {
                if let (true, Some(Value::Class(class))) = (name.as_str() == "__class__", &new) {
                    if !class.inherits(self.types.core(crate::value::Core::Tensor)) {
                        let message =
                            format!("__class__ assignment: '{}' is not a class of tensors", class.name);
                        return Err(Error::type_error(message));
                    }
                    tensor.assign_class(class);
                    return Ok(());
                }
            }
            _ => {}
        }
        if let Some(result) = self.set_descriptor(value, name, new.as_ref()) {
            return result;
        }
        if let Value::Instance(instance) = value
            && new.is_some()
            && !self.has_place_for(&instance.class(), name)
        {
            let class = self.type_name(value);
            return Err(Error::new(Kind::Attribute, format!("'{class}' object has no attribute '{name}'")));
        }
        if let Some(tuple) = value.as_tuple()
            && let crate::value::TupleKind::Named(named) = &tuple.kind
            && named.fields.contains(name)
        {
            return Err(Error::new(Kind::Attribute, "can't set attribute"));
        }
        match own_attributes(value) {
            Some(own) => set_or_remove(&own, name, new, value, self),
            None => {
                let class = self.type_name(value);
                Err(Error::new(Kind::Attribute, format!("'{class}' object has no attribute '{name}'")))
            }
        }
    }

    fn set_descriptor(&self, value: &Value, name: &Str, new: Option<&Value>) -> Option<Result<()>> {
        let class = self.class_of(value);
        let found = class.lookup(name)?;
        match &found {
            Value::Descriptor(descriptor) => match &**descriptor {
                Descriptor::Property { setter, deleter, .. } => {
                    let (function, what, arguments) = match new {
                        Some(new) => (setter, "setter", vec![value.clone(), new.clone()]),
                        None => (deleter, "deleter", vec![value.clone()]),
                    };
                    if function.is_none() {
                        return Some(Err(without(&class, name, what)));
                    }
                    Some(self.call_value(function, &arguments, &[]).map(drop))
                }
                _ => None,
            },
            Value::Builtin(row) if matches!(row.on, On::Property(_)) => {
                let what = if new.is_some() { "set" } else { "delete" };
                let mut arguments = vec![value.clone()];
                arguments.extend(new.cloned());
                match class.lookup(&Str::intern(&format!("__{what}_{name}__"))) {
                    Some(change) => Some(self.call_value(&change, &arguments, &[]).map(drop)),
                    _ if own_attributes(value).is_some() && matches!(value, Value::Instance(_)) => None,
                    _ => {
                        let message =
                            format!("attribute '{name}' of '{}' objects is not writable", class.name);
                        Some(Err(Error::new(Kind::Attribute, message)))
                    }
                }
            }
            Value::Instance(instance) => self.run_written_descriptor(instance, &found, value, new),
            _ => None,
        }
    }
}

/// The error of a property that lacks a function.
fn without(class: &Class, name: &Str, what: &str) -> Error {
    let of = &class.qualified_name;
    Error::new(Kind::Attribute, format!("property '{name}' of '{of}' object has no {what}"))
}

/// The dictionary of an object's own attributes, if any was ever set: what reading looks at.
fn set_attributes(value: &Value) -> Option<Rc<Dict>> {
    match value {
        Value::Function(function) => function.attributes.get().cloned(),
        Value::Tensor(tensor) => tensor.attributes.get().cloned(),
        Value::Dict(dict) if !dict.has_attributes() => None,
        _ => own_attributes(value),
    }
}

/// The dictionary of an object's own attributes, if its kind has one.
pub(super) fn own_attributes(value: &Value) -> Option<Rc<Dict>> {
    match value {
        Value::Instance(instance) => Some(instance.attributes.clone()),
        Value::Function(function) => Some(function.attributes().clone()),
        Value::Tensor(tensor) => Some(tensor.attributes().clone()),
        Value::Dict(dict) if !matches!(*dict.kind.borrow(), crate::value::DictKind::Plain) => {
            Some(dict.attributes().clone())
        }
        _ => None,
    }
}

fn bound(receiver: Value, function: Value) -> Value {
    Value::BoundMethod(Rc::new(BoundMethod { receiver, function }))
}

pub(super) fn is_data_descriptor(found: &Value) -> bool {
    match found {
        Value::Descriptor(descriptor) => matches!(**descriptor, Descriptor::Property { .. }),
        Value::Builtin(row) => matches!(row.on, On::Property(_)),
        Value::Instance(instance) => super::function_attributes::is_written_descriptor(instance),
        _ => false,
    }
}

fn set_or_remove(own: &Dict, name: &Str, new: Option<Value>, value: &Value, vm: &Interpreter) -> Result<()> {
    match new {
        Some(new) => own.set_str(name.clone(), new),
        None => {
            if own.remove_str(name).is_none() {
                return Err(vm.no_attribute(value, name));
            }
        }
    }
    Ok(())
}
