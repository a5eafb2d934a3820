//! What the evaluator is to builtins and values.

use std::any::Any;
use std::rc::Rc;
use std::sync::atomic::Ordering;

use super::Interpreter;
use crate::value::memory;
use crate::value::report::manual::Manual;
use crate::value::{
    Builtin, Class, Core, Descriptor, Dict, DictKind, DisplayPlace, Instance, Str, TupleKind, Types, Value,
    ViewKind, Vm,
};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_syntax::tree::{BinaryOperator, CompareOperator};

impl Vm for Interpreter {
    fn types(&self) -> &Types {
        &self.types
    }

    fn class_of(&self, value: &Value) -> Rc<Class> {
        let core = match value {
            Value::None => Core::None,
            Value::Ellipsis => Core::Ellipsis,
            Value::NotImplemented => Core::NotImplemented,
            Value::Bool(_) => Core::Bool,
            Value::Int(_) | Value::BigInt(_) => Core::Int,
            Value::Float(_) => Core::Float,
            Value::Complex(_) => Core::Complex,
            Value::Str(_) => Core::Str,
            Value::Bytes(_) => Core::Bytes,
            Value::List(_) => Core::List,
            Value::Tuple(tuple) => match &tuple.kind {
                TupleKind::Plain => Core::Tuple,
                TupleKind::Size => Core::Size,
                TupleKind::Named(named) => return named.class.clone(),
            },
            Value::Dict(dict) => match &*dict.kind.borrow() {
                DictKind::Plain => Core::Dict,
                DictKind::Ordered => Core::OrderedDict,
                DictKind::Default(_) => Core::DefaultDict,
                DictKind::Counter => Core::Counter,
            },
            Value::Set(set) => {
                if set.frozen {
                    Core::FrozenSet
                } else {
                    Core::Set
                }
            }
            Value::Range(_) => Core::Range,
            Value::Slice(_) => Core::Slice,
            Value::View(view) => match view.kind {
                ViewKind::Keys => Core::Keys,
                ViewKind::Values => Core::Values,
                ViewKind::Items => Core::Items,
            },
            Value::Function(_) => Core::Function,
            Value::Builtin(_) => Core::Builtin,
            Value::BoundMethod(method) => match method.function {
                Value::Builtin(_) => Core::Builtin,
                _ => Core::Method,
            },
            Value::Descriptor(descriptor) => match &**descriptor {
                Descriptor::Property { .. } => Core::Property,
                Descriptor::Static(_) => Core::StaticMethod,
                Descriptor::Class(_) => Core::ClassMethod,
            },
            Value::Class(class) => match &class.metaclass {
                Some(metaclass) => return metaclass.clone(),
                None => Core::Type,
            },
            Value::Instance(instance) => return instance.class(),
            Value::Module(_) => Core::Module,
            Value::Tensor(tensor) => match tensor.class() {
                Some(class) => return class,
                None if tensor.is_parameter.get() => Core::Parameter,
                None => Core::Tensor,
            },
            Value::Dtype(_) => Core::Dtype,
            Value::Device(_) => Core::Device,
            Value::Iterator(object) => return self.native_class(object.name),
            Value::Native(object) => return self.native_class(object.type_name()),
        };
        self.types.core(core).clone()
    }

    fn call(&self, function: &Value, arguments: &[Value], keywords: &[(Str, Value)]) -> Result<Value> {
        self.call_value(function, arguments, keywords)
    }

    fn call_method(&self, receiver: &Value, name: &str, arguments: &[Value]) -> Result<Value> {
        let method = self.attribute(receiver, &Str::intern(name))?;
        self.call_value(&method, arguments, &[])
    }

    fn special(&self, receiver: &Value, name: &str, arguments: &[Value]) -> Option<Result<Value>> {
        let class = self.class_of(receiver);
        let found = class.lookup(&Str::intern(name))?;
        if found.is_none() {
            return None;
        }
        if let Value::Function(_) | Value::Builtin(_) = found {
            let mut all = super::expression::Positional::with_capacity(arguments.len() + 1);
            all.push(receiver.clone());
            all.extend(arguments.iter().cloned());
            return Some(self.call_value(&found, &all, &[]));
        }
        Some(self.bind_to(found, receiver, &class).and_then(|bound| self.call_value(&bound, arguments, &[])))
    }

    fn attribute(&self, value: &Value, name: &Str) -> Result<Value> {
        self.find_attribute(value, name)?.ok_or_else(|| self.no_attribute(value, name))
    }

    fn attribute_or_none(&self, value: &Value, name: &Str) -> Result<Option<Value>> {
        match self.find_attribute(value, name) {
            Err(error) if error.kind() == Kind::Attribute => Ok(None),
            result => result,
        }
    }

    fn plain_attribute(&self, value: &Value, name: &Str) -> Result<Value> {
        self.find_plainly(value, name)?.ok_or_else(|| self.no_attribute(value, name))
    }

    fn attribute_names(&self, value: &Value) -> Vec<Str> {
        let mut names: Vec<Str> = match value {
            Value::Module(module) => return self.module_members(module),
            Value::Native(object) => object.attribute_names(),
            _ => Vec::new(),
        };
        if let Some(own) = super::attribute::own_attributes(value) {
            names.extend(own.keys().iter().filter_map(Value::as_str));
        }
        let class = match value {
            Value::Class(class) => class.clone(),
            // A pickled model stands for one of a class.
            Value::Native(object) => match object.attribute(self, &Str::intern("__class__")) {
                Some(Ok(Value::Class(class))) => class,
                _ => self.class_of(value),
            },
            _ => self.class_of(value),
        };
        for class in class.order() {
            names.extend(class.namespace.keys().iter().filter_map(Value::as_str));
        }
        // Names that a row of the class computes.
        if let Some(list @ Value::Builtin(_)) = class.lookup(&Str::intern("__class_dir__"))
            && let Ok(listed) = self.call(&list, &[], &[]).and_then(|listed| self.collect(&listed))
        {
            names.extend(listed.iter().filter_map(Value::as_str));
        }
        names.sort();
        names.dedup();
        names
    }

    fn bind(&self, found: Value, object: &Value) -> Result<Value> {
        let class = match object {
            // `super()` in a class method: the object is the class itself.
            Value::Class(class) => return self.bind_class(found, class),
            _ => self.class_of(object),
        };
        self.bind_to(found, object, &class)
    }

    fn slot(&self, class: &Rc<Class>, name: &Str) -> Option<Value> {
        self.slot(class, name)
    }

    fn bind_as_object(&self, found: Value, object: &Value) -> Result<Value> {
        self.bind_to(found, object, &self.class_of(object))
    }

    fn set_attribute(&self, value: &Value, name: &Str, new: Value) -> Result<()> {
        if may_write(value)
            && let Some(found @ Value::Function(_)) = self.class_of(value).lookup(&self.names.setattr)
        {
            let arguments = [value.clone(), Value::Str(name.clone()), new];
            return self.call_value(&found, &arguments, &[]).map(drop);
        }
        self.plain_set(value, name, Some(new))
    }

    fn delete_attribute(&self, value: &Value, name: &Str) -> Result<()> {
        if may_write(value)
            && let Some(found @ Value::Function(_)) = self.class_of(value).lookup(&self.names.delattr)
        {
            return self.call_value(&found, &[value.clone(), Value::Str(name.clone())], &[]).map(drop);
        }
        self.plain_set(value, name, None)
    }

    fn plain_set_attribute(&self, value: &Value, name: &Str, new: Option<Value>) -> Result<()> {
        self.plain_set(value, name, new)
    }

    fn item(&self, value: &Value, index: &Value) -> Result<Value> {
        self.get_item(value, index)
    }

    fn dict_item(&self, value: &Value, dict: &Rc<Dict>, key: &Value) -> Result<Value> {
        self.entry(value, dict, key)
    }

    fn set_item(&self, value: &Value, index: &Value, new: Value) -> Result<()> {
        self.put_item(value, index, new)
    }

    fn delete_item(&self, value: &Value, index: &Value) -> Result<()> {
        self.remove_item(value, index)
    }

    fn key_error(&self, key: &Value) -> Error {
        self.missing_key(key)
    }

    fn length(&self, value: &Value) -> Result<usize> {
        self.length_of(value)
    }

    fn contains(&self, container: &Value, item: &Value) -> Result<bool> {
        self.contains_item(container, item)
    }

    fn truth(&self, value: &Value) -> Result<bool> {
        self.truth_of(value)
    }

    fn equal(&self, a: &Value, b: &Value) -> Result<bool> {
        self.equal_values(a, b)
    }

    fn same_key(&self, a: &Value, b: &Value) -> Option<bool> {
        self.same_key_values(a, b)
    }

    fn hash(&self, value: &Value) -> Result<u64> {
        self.hash_value(value)
    }

    fn hash_number(&self, value: &Value) -> Result<i64> {
        self.hash_number(value)
    }

    fn compare(&self, operator: CompareOperator, a: &Value, b: &Value) -> Result<Value> {
        self.compare_values(operator, a, b)
    }

    fn binary(&self, operator: BinaryOperator, a: &Value, b: &Value) -> Result<Value> {
        super::arithmetic::binary(self, operator, a, b)
    }

    fn iterate(&self, value: &Value) -> Result<Value> {
        self.make_iterator(value)
    }

    fn next(&self, iterator: &Value) -> Result<Option<Value>> {
        self.step(iterator)
    }

    fn each(&self, iterable: &Value, take: &mut dyn FnMut(Value) -> Result<bool>) -> Result<()> {
        let iterator = self.make_iterator(iterable)?;
        self.each_left(&iterator, take)
    }

    fn collect(&self, value: &Value) -> Result<Vec<Value>> {
        self.collect_items(value)
    }

    fn repr(&self, value: &Value) -> Result<String> {
        self.repr_of(value)
    }

    fn plain_repr(&self, value: &Value) -> Result<String> {
        self.plain_repr_of(value)
    }

    fn text(&self, value: &Value) -> Result<Str> {
        self.text_of(value)
    }

    fn format(&self, value: &Value, spec: &str) -> Result<Str> {
        self.format_of(value, spec)
    }

    fn write(&self, text: &str) -> Result<()> {
        self.host.write(text)
    }

    fn flush(&self) -> Result<()> {
        self.host.flush()
    }

    fn notice(&self, text: &str) {
        if !self.is_hushed.get() {
            self.host.notice(text);
        }
    }

    fn hush(&self, quiet: bool) -> bool {
        self.is_hushed.replace(quiet)
    }

    fn write_error(&self, text: &str) {
        self.host.write_error(text);
    }

    fn agrees(&self, question: &mut dyn FnMut() -> Option<String>) -> bool {
        self.host.agrees(question)
    }

    fn progress(&self, line: Option<&str>) {
        self.host.progress(line);
    }

    fn draws(&self) -> bool {
        self.host.draws()
    }

    fn report_text(&self, report: &crate::value::report::Report) -> Option<String> {
        self.host.report_text(report)
    }

    fn report_value(&self, report: &crate::value::report::Report) -> Option<Value> {
        self.host.report_value(report)
    }

    fn display(&self, value: &Value, place: &DisplayPlace) -> Result<()> {
        self.host.display(self, value, place)
    }

    fn clear_display(&self, waits: bool) -> Result<()> {
        self.host.clear_display(waits)
    }

    fn read_line(&self, prompt: &str, is_secret: bool) -> Result<Option<String>> {
        let line = self.host.read_line(prompt, is_secret);
        self.check_interrupt()?;
        line
    }

    #[inline]
    fn check_interrupt(&self) -> Result<()> {
        if self.interrupt.load(Ordering::Relaxed) {
            self.interrupt.store(false, Ordering::Relaxed);
            return Err(Error::new(Kind::KeyboardInterrupt, ""));
        }
        if memory::is_low() { Err(memory::exhausted()) } else { Ok(()) }
    }

    fn import(&self, path: &str) -> Result<Value> {
        self.import_path(path)
    }

    fn run_text(&self, text: &str, globals: &Rc<Dict>, locals: &Rc<Dict>) -> Result<Value> {
        self.run_string(text, globals, locals)
    }

    fn named_in(&self, module: &str, name: &str) -> Result<Option<Value>> {
        self.find_named(module, name)
    }

    fn is_library(&self, module: &str) -> bool {
        self.imports.knows(module)
    }

    fn modules(&self) -> Rc<Dict> {
        self.imports.loaded.clone()
    }

    fn module_path(&self) -> Value {
        self.imports.path.clone()
    }

    fn locate_module(&self, name: &str) -> Result<Option<(Value, Value)>> {
        self.locate(name)
    }

    fn operator_help(&self, name: &str) -> Option<Manual> {
        (self.operator_help)(name)
    }

    fn globals(&self) -> Rc<Dict> {
        self.shown_variables().0
    }

    fn locals(&self) -> Rc<Dict> {
        self.shown_variables().1
    }

    fn main_globals(&self) -> Rc<Dict> {
        self.globals.clone()
    }

    fn arguments(&self) -> Vec<String> {
        self.arguments.clone()
    }

    fn exception(&self, error: &Error) -> Rc<Instance> {
        self.exception_of(error)
    }

    fn raise(&self, exception: &Value) -> Error {
        self.raised(exception)
    }

    fn handled(&self) -> Option<Error> {
        self.handled_outside()
    }

    fn error_is(&self, error: &Error, class: &Class) -> bool {
        self.exception_of(error).class().inherits(class)
    }

    fn new_object(&self, class: &Rc<Class>, arguments: &[Value], keywords: &[(Str, Value)]) -> Result<Value> {
        self.bare_object(class, arguments, keywords)
    }

    fn make_class(
        &self,
        metaclass: Option<Rc<Class>>,
        name: &Str,
        bases: &[Value],
        namespace: Rc<Dict>,
        keywords: &[(Str, Value)],
    ) -> Result<Value> {
        match metaclass {
            Some(_) => {
                let namespace = Rc::new(Dict::new(namespace.map().clone(), DictKind::Plain));
                self.construct_class(metaclass, name, self.parents(name, bases)?, namespace, keywords)
            }
            None => {
                let module = namespace.get_name("__module__").and_then(|module| module.as_str());
                let module = module.unwrap_or_else(|| Str::intern("__main__"));
                let namespace = Rc::new(Dict::new(namespace.map().clone(), DictKind::Plain));
                self.build_class(name, name, module, bases, namespace, keywords)
            }
        }
    }

    fn instantiate(
        &self,
        class: &Rc<Class>,
        arguments: &[Value],
        keywords: &[(Str, Value)],
    ) -> Result<Value> {
        self.construct(class, arguments, keywords)
    }

    fn rows(&self) -> &'static [&'static [Builtin]] {
        self.tables
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Whether the class of a value can be one that writes how attributes are set.
fn may_write(value: &Value) -> bool {
    match value {
        Value::Instance(_) => true,
        Value::Class(class) => class.metaclass.is_some(),
        _ => false,
    }
}

impl Interpreter {
    /// The class of native objects of that name; one without a row in the table is made when it is first seen.
    fn native_class(&self, name: &str) -> Rc<Class> {
        if let Some(found) = self.types.named(name) {
            return found;
        }
        let object = self.types.core(Core::Object).clone();
        let made =
            Class::new(Str::intern(name), Str::intern("builtins"), vec![object.clone()], Rc::default());
        let class = made.unwrap_or(object);
        self.types.add(&class);
        class
    }
}
