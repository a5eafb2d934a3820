//! What the program's own objects are taken apart into to be pickled: as `object.__reduce_ex__(2)` of Python does it.

use std::rc::Rc;

use super::from_value::{Reader, object};
use super::inert::InertClass;
use super::names;
use super::revive::is_os_error;
use torchsh_base::error::{Error, Kind, Result};
use torchsh_checkpoint::graph::{Global, Made, Node, NodeId, Object};
use torchsh_language::value::{Builtin, Class, Core, Dict, On, Str, TupleKind, Value};
use torchsh_tensors::torch::operator::Operator;

/// How an object is made again.
struct Reduction {
    made: Made,
    /// The class or function that makes it.
    by: Value,
    args: Vec<Value>,
    state: Value,
    items: Vec<Value>,
    entries: Vec<(Value, Value)>,
}

impl Reduction {
    fn call(by: Value, args: Vec<Value>) -> Self {
        Reduction { made: Made::Call, by, args, state: Value::None, items: Vec::new(), entries: Vec::new() }
    }

    fn new(class: Rc<Class>, args: Vec<Value>) -> Self {
        Reduction { made: Made::New, ..Reduction::call(Value::Class(class), args) }
    }
}

impl Reader<'_> {
    /// An object of a class that a program or the prelude wrote, or a named tuple.
    pub(super) fn reduced(&mut self, value: &Value) -> Result<NodeId> {
        let reduction = match self.written_reduction(value)? {
            Some(Value::Str(name)) => {
                let module = self.vm.class_of(value).module.borrow().clone();
                return self.begin(value, Node::Global(Rc::new(Global { module, name })));
            }
            Some(written) => self.taken_apart(value, &written)?,
            None => match self.library_reduction(value)? {
                Some(reduction) => reduction,
                None => self.plain_reduction(value)?,
            },
        };
        self.object_of(value, reduction)
    }

    /// A value of a built-in type that has no node of its own.
    pub(super) fn plain_object(&mut self, value: &Value) -> Result<NodeId> {
        let built_in = |name: &str| Global { module: Str::intern("builtins"), name: Str::intern(name) };
        let reduction = match value {
            Value::Function(_) | Value::Builtin(_) => return self.named(value),
            Value::Native(_) if value.as_native::<Operator>().is_some() => return self.named(value),
            Value::Ellipsis => return self.begin(value, Node::Global(Rc::new(built_in("Ellipsis")))),
            Value::NotImplemented => {
                return self.begin(value, Node::Global(Rc::new(built_in("NotImplemented"))));
            }
            Value::Range(range) => {
                let args = [range.start, range.stop, range.step].map(Value::Int).to_vec();
                Reduction::call(Value::native(InertClass(Rc::new(built_in("range")))), args)
            }
            Value::Slice(slice) => {
                let args = vec![slice.start.clone(), slice.stop.clone(), slice.step.clone()];
                Reduction::call(Value::native(InertClass(Rc::new(built_in("slice")))), args)
            }
            Value::BoundMethod(method) => {
                let name = self.vm.attribute(&method.function, &Str::intern("__name__"))?;
                let by = Value::native(InertClass(Rc::new(built_in("getattr"))));
                Reduction::call(by, vec![method.receiver.clone(), name])
            }
            _ => {
                if let Some(reduction) = self.library_reduction(value)? {
                    return self.object_of(value, reduction);
                }
                let name = Str::new(self.vm.type_name(value));
                let class = Global { module: Str::intern("builtins"), name };
                let object = Object { made: Made::Unmakeable, ..object(class) };
                return self.begin(value, Node::Object(Box::new(object)));
            }
        };
        self.object_of(value, reduction)
    }

    /// A class by its name. The types of `None`, `...` and `NotImplemented` have none: they are what `type` gives.
    pub(super) fn class(&mut self, value: &Value, class: &Class) -> Result<NodeId> {
        let only = match class.name.as_str() {
            _ if class.is_written() => return self.named(value),
            "NoneType" => Value::None,
            "ellipsis" => Value::Ellipsis,
            "NotImplementedType" => Value::NotImplemented,
            _ => return self.named(value),
        };
        let by = Global { module: Str::intern("builtins"), name: Str::intern("type") };
        self.object_of(value, Reduction::call(Value::native(InertClass(Rc::new(by))), vec![only]))
    }

    fn object_of(&mut self, value: &Value, reduction: Reduction) -> Result<NodeId> {
        let class = self.name_of(&reduction.by)?;
        let args = self.nodes(&reduction.args)?;
        let object = Object { made: reduction.made, args, ..object(class) };
        // Known before what it holds, which may hold it.
        let id = self.begin(value, Node::Object(Box::new(object)))?;
        let (items, entries) = (self.nodes(&reduction.items)?, self.entries(&reduction.entries)?);
        let state = if reduction.state.is_none() { None } else { Some(self.node(&reduction.state)?) };
        if let Some(Node::Object(object)) = self.graph.get_mut(id) {
            (object.items, object.entries, object.state) = (items, entries, state);
        }
        Ok(id)
    }

    /// The module and name under which a class or function is found again.
    fn name_of(&self, value: &Value) -> Result<Global> {
        match value.as_native::<InertClass>() {
            Some(class) => Ok(class.0.as_ref().clone()),
            None => names::name_of(self.vm, value),
        }
    }

    /// What the class's own `__reduce_ex__` or `__reduce__` gives.
    fn written_reduction(&self, value: &Value) -> Result<Option<Value>> {
        let class = self.vm.class_of(value);
        if let Some(reduction) = torchsh_stdlib::registered_reduction(self.vm, &class) {
            return self.vm.call(&reduction, std::slice::from_ref(value), &[]).map(Some);
        }
        for (name, args) in [("__reduce_ex__", [Value::Int(2)].as_slice()), ("__reduce__", &[])] {
            let by_row = |row: &Builtin| row.on == On::Method(Core::Deque.name());
            match class.lookup(&Str::intern(name)) {
                Some(Value::Function(_)) => {}
                Some(Value::Builtin(row)) if by_row(row) => {}
                _ => continue,
            }
            return self.vm.call_method(value, name, args).map(Some);
        }
        Ok(None)
    }

    /// What an object of the library is pickled as in Python.
    fn library_reduction(&self, value: &Value) -> Result<Option<Reduction>> {
        let Some(reduce) = self.vm.named_in("_pickling", "reduce")? else { return Ok(None) };
        let parts = self.vm.call(&reduce, std::slice::from_ref(value), &[])?;
        let Some(parts) = parts.as_tuple() else { return Ok(None) };
        let part = |at: usize| parts.items.get(at).cloned().unwrap_or(Value::None);
        let (Some(module), Some(name)) = (part(0).as_str(), part(1).as_str()) else { return Ok(None) };
        let by = Value::native(InertClass(Rc::new(Global { module, name })));
        let mut reduction = Reduction::call(by, self.listed(&part(2))?);
        (reduction.state, reduction.items) = (part(3), self.listed(&part(4))?);
        Ok(Some(reduction))
    }

    /// `(function, arguments[, state[, items[, entries]]])`
    fn taken_apart(&self, value: &Value, written: &Value) -> Result<Reduction> {
        let parts = written.as_tuple().filter(|parts| (2..=6).contains(&parts.items.len()));
        let Some(parts) = parts else {
            let message = "__reduce__ must return a string or tuple";
            return Err(Error::new(Kind::Pickling, message).note(format!("in {}", self.vm.type_name(value))));
        };
        let part = |at: usize| parts.items.get(at).cloned().unwrap_or(Value::None);
        let mut reduction = Reduction::call(part(0), self.listed(&part(1))?);
        reduction.state = part(2);
        reduction.items = self.listed(&part(3))?;
        for pair in self.listed(&part(4))? {
            if let [key, value] = self.vm.collect(&pair)?.as_slice() {
                reduction.entries.push((key.clone(), value.clone()));
            }
        }
        Ok(reduction)
    }

    fn listed(&self, value: &Value) -> Result<Vec<Value>> {
        if value.is_none() { Ok(Vec::new()) } else { self.vm.collect(value) }
    }

    /// What `copyreg` makes of an object whose class says nothing: its class, what it stands on, its attributes.
    fn plain_reduction(&self, value: &Value) -> Result<Reduction> {
        let class = self.vm.class_of(value);
        if let Some(args) = self.error_args(value, &class) {
            // What one of Python's own keeps beside its arguments follows from them.
            let state = if class.is_written() { self.state_of(value, &class)? } else { Value::None };
            return Ok(Reduction { state, ..Reduction::call(Value::Class(class), args) });
        }
        let mut reduction = Reduction::new(class.clone(), Vec::new());
        match value.payload() {
            Value::Instance(_) => {}
            Value::Dict(dict) => reduction.entries = dict.entries(),
            Value::List(list) => reduction.items = list.to_vec(),
            Value::Set(set) => {
                let items = vec![Value::list(set.dict.keys())];
                reduction = Reduction::call(Value::Class(class.clone()), items);
            }
            Value::Tuple(tuple) if matches!(tuple.kind, TupleKind::Named(_)) => {
                reduction.args = tuple.items.to_vec();
            }
            payload => reduction.args = vec![payload],
        }
        if let Some(Value::Function(_)) = class.lookup(&Str::intern("__getnewargs__")) {
            reduction.args = self.vm.collect(&self.vm.call_method(value, "__getnewargs__", &[])?)?;
        }
        reduction.state = self.state_of(value, &class)?;
        Ok(reduction)
    }

    /// The arguments of an exception.
    fn error_args(&self, value: &Value, class: &Rc<Class>) -> Option<Vec<Value>> {
        let is_error = class.order().any(|class| class.core == Some(Core::BaseException));
        let Value::Instance(instance) = value else { return None };
        let args = instance.attributes.get_name("args").filter(|_| is_error)?;
        let mut args = args.as_tuple()?.items.to_vec();
        // `OSError(2, "No such file", "x.pt")` has only two.
        let path = instance.attributes.get_name("filename").filter(|path| args.len() == 2 && !path.is_none());
        if path.is_some() && is_os_error(class) {
            args.extend(path);
        }
        Some(args)
    }

    /// What `__getstate__` gives: the attributes, beside those in slots.
    fn state_of(&self, value: &Value, class: &Rc<Class>) -> Result<Value> {
        if let Some(Value::Function(_)) = class.lookup(&Str::intern("__getstate__")) {
            return self.vm.call_method(value, "__getstate__", &[]);
        }
        let Value::Instance(instance) = value else { return Ok(Value::None) };
        let own = attributes_to_keep(&instance.attributes);
        if own.is_empty() {
            return Ok(Value::None);
        }
        let slots = Str::intern("__slots__");
        let only_slots = class
            .order()
            .filter(|class| class.is_written())
            .all(|class| class.namespace.get_str(&slots).is_some());
        let own = Value::Dict(own);
        Ok(if only_slots { Value::tuple(vec![Value::None, own]) } else { own })
    }
}

/// The attributes without those that raising an exception puts on it.
fn attributes_to_keep(attributes: &Rc<Dict>) -> Rc<Dict> {
    let of_raising = ["args", "__traceback__", "__cause__", "__context__", "__suppress_context__"];
    if of_raising.iter().all(|name| attributes.get_name(name).is_none()) {
        return attributes.clone();
    }
    let kept = Dict::default();
    for (key, value) in attributes.entries() {
        if let Value::Str(name) = &key
            && !of_raising.contains(&name.as_str())
        {
            kept.set_str(name.clone(), value);
        }
    }
    Rc::new(kept)
}
