//! `copy`

use std::rc::Rc;

use super::deque::Deque;
use torchsh_base::error::{Error, Result};
use torchsh_language::value::{Builtin, Dict, DictKind, Instance, Map, Set, Str, Tuple, Value, Vm, opt, pos};

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::function("copy", "copy", &[pos("x")], |vm, args| shallow(vm, args.value(0)))
        .says("a copy that shares what is inside"),
    Builtin::function("copy", "deepcopy", &[pos("x"), opt("memo", "None")], |vm, args| {
        let memo = match args.some(1) {
            Some(_) => args.dict(vm, 1)?,
            None => Rc::default(),
        };
        Deep { vm, memo }.copy(args.value(0))
    })
    .says("a copy of everything"),
];

fn shallow(vm: &dyn Vm, value: &Value) -> Result<Value> {
    if let Some(result) = vm.special(value, "__copy__", &[]) {
        return result;
    }
    Ok(match value {
        Value::List(list) => Value::list(list.to_vec()),
        Value::Dict(dict) => Value::Dict(Rc::new(dict_like(vm, dict, dict.entries())?)),
        Value::Set(set) if !set.frozen => {
            Value::Set(Rc::new(super::super::constructors::set_of(vm, set.dict.keys(), false)?))
        }
        Value::Instance(instance) => {
            if let Some(parts) = Reduced::of(vm, value)? {
                return parts.made(vm, value, None).inspect(|new| keep_origin(instance, new));
            }
            let payload = instance.payload().map(|payload| shallow(vm, &payload)).transpose()?;
            let new = Instance::new(instance.class(), payload);
            for (name, value) in instance.attributes.entries() {
                new.attributes.set(vm, name, value)?;
            }
            Value::Instance(Rc::new(new))
        }
        Value::Tensor(tensor) => {
            let detached = vm.call_method(value, "detach", &[])?;
            let detached = match detached {
                Value::Tensor(new) => Value::Tensor(tensor.like(new.tensor().clone())),
                other => other,
            };
            let wanted = vm.attribute(value, &Str::intern("requires_grad"))?;
            vm.call_method(&detached, "requires_grad_", &[wanted])?
        }
        other => other.clone(),
    })
}

/// A dictionary of the same kind with these entries, and the same attributes.
fn dict_like(vm: &dyn Vm, dict: &Dict, entries: Vec<(Value, Value)>) -> Result<Dict> {
    let kind: DictKind = dict.kind.borrow().clone();
    let new = Dict::new(Map::with_capacity(entries.len()), kind);
    for (key, value) in entries {
        new.set(vm, key, value)?;
    }
    if dict.has_attributes() {
        for (name, value) in dict.attributes().entries() {
            new.attributes().set(vm, name, value)?;
        }
    }
    Ok(new)
}

/// The function that `copyreg.pickle` named for a class.
pub fn registered(vm: &dyn Vm, class: &Rc<torchsh_language::value::Class>) -> Option<Value> {
    let Some(Value::Module(module)) = vm.modules().get_name("copyreg") else { return None };
    let Some(Value::Dict(table)) = module.namespace.get_name("dispatch_table") else { return None };
    table.get(vm, &Value::Class(class.clone())).ok().flatten()
}

/// What a file says of an object stays with its copy.
fn keep_origin(of: &Instance, copy: &Value) {
    if let (Some(origin), Value::Instance(copy)) = (of.origin.get(), copy) {
        let _ = copy.origin.set(origin.clone());
    }
}

/// What the methods of a class say an object is made of: `__reduce_ex__`, `__reduce__`, or `__getstate__` with `__setstate__`.
struct Reduced {
    /// `(function, arguments[, state[, items[, entries]]])`; text where the object stands for itself.
    parts: Value,
}

impl Reduced {
    /// Nothing where the class says nothing of its own.
    fn of(vm: &dyn Vm, value: &Value) -> Result<Option<Self>> {
        let class = vm.class_of(value);
        let written = |name: &str| matches!(class.lookup(&Str::intern(name)), Some(Value::Function(_)));
        let parts = if let Some(reduction) = registered(vm, &class) {
            vm.call(&reduction, std::slice::from_ref(value), &[])?
        } else if written("__reduce_ex__") {
            vm.call_method(value, "__reduce_ex__", &[Value::Int(4)])?
        } else if written("__reduce__") {
            vm.call_method(value, "__reduce__", &[])?
        } else if written("__getstate__") && value.payload().same(value) {
            let state = vm.call_method(value, "__getstate__", &[])?;
            let new = Value::Instance(Rc::new(Instance::new(class, None)));
            return Ok(Some(Reduced { parts: Value::tuple(vec![Value::None, new, state]) }));
        } else if written("__setstate__") && value.payload().same(value) {
            let state = vm.attribute(value, &Str::intern("__dict__"))?;
            let new = Value::Instance(Rc::new(Instance::new(class, None)));
            return Ok(Some(Reduced { parts: Value::tuple(vec![Value::None, new, state]) }));
        } else {
            return Ok(None);
        };
        Ok(Some(Reduced { parts }))
    }

    /// The object made again; `deep` copies what goes into it.
    fn made(&self, vm: &dyn Vm, value: &Value, mut deep: Option<&mut Deep>) -> Result<Value> {
        if self.parts.as_str().is_some() {
            return Ok(value.clone());
        }
        let parts = self.parts.as_tuple().filter(|parts| (2..=5).contains(&parts.items.len()));
        let Some(parts) = parts else {
            return Err(Error::type_error("__reduce__ must return a string or a tuple of 2 to 5 parts"));
        };
        let part = |at: usize| parts.items.get(at).cloned().unwrap_or(Value::None);
        let mut inner = |value: Value| match &mut deep {
            Some(deep) => deep.copy(&value),
            None => Ok(value),
        };
        let new = if part(0).is_none() {
            part(1)
        } else {
            let arguments: Vec<Value> =
                vm.collect(&part(1))?.into_iter().map(&mut inner).collect::<Result<_>>()?;
            vm.call(&part(0), &arguments, &[])?
        };
        if let Some(deep) = &mut deep {
            deep.remember(value, &new)?;
        }
        let mut inner = |value: Value| match &mut deep {
            Some(deep) => deep.copy(&value),
            None => Ok(value),
        };
        if !part(2).is_none() {
            set_state(vm, &new, &inner(part(2))?)?;
        }
        for item in listed(vm, &part(3))? {
            vm.call_method(&new, "append", &[inner(item)?])?;
        }
        for pair in listed(vm, &part(4))? {
            if let [key, value] = vm.collect(&pair)?.as_slice() {
                vm.set_item(&new, &inner(key.clone())?, inner(value.clone())?)?;
            }
        }
        Ok(new)
    }
}

fn listed(vm: &dyn Vm, value: &Value) -> Result<Vec<Value>> {
    if value.is_none() { Ok(Vec::new()) } else { vm.collect(value) }
}

/// By `__setstate__` where the class has one; else attributes, and those in slots behind them.
fn set_state(vm: &dyn Vm, new: &Value, state: &Value) -> Result<()> {
    if let Some(result) = vm.special(new, "__setstate__", std::slice::from_ref(state)) {
        return result.map(drop);
    }
    let pair = state.as_tuple().filter(|pair| pair.items.len() == 2);
    let parts = pair.map_or_else(|| vec![state.clone()], |pair| pair.items.to_vec());
    for part in parts.iter().filter(|part| !part.is_none()) {
        let Some(attributes) = part.as_dict() else {
            let kind = vm.type_name(part);
            return Err(Error::type_error(format!("'{kind}' object is not a mapping")));
        };
        for (name, value) in attributes.entries() {
            if let Some(name) = name.as_str() {
                vm.set_attribute(new, &name, value)?;
            }
        }
    }
    Ok(())
}

/// One deep copy: what was copied already is not copied again.
struct Deep<'a> {
    vm: &'a dyn Vm,
    /// From the `id` of an original to its copy, one for the whole copy: `__deepcopy__` is given it, and hands it to
    /// `deepcopy` again; tensors note there which storages they copied.
    memo: Rc<Dict>,
}

impl Deep<'_> {
    fn copy(&mut self, value: &Value) -> Result<Value> {
        match value {
            Value::List(_)
            | Value::Dict(_)
            | Value::Set(_)
            | Value::Tuple(_)
            | Value::Instance(_)
            | Value::Tensor(_)
            | Value::BoundMethod(_) => {}
            Value::Native(_) => {}
            other => return Ok(other.clone()),
        }
        if let Some(found) = self.memo.get(self.vm, &Value::from(value.address()))? {
            return Ok(found);
        }
        self.vm.check_interrupt()?;
        self.fresh(value)
    }

    /// Originals are kept alive, under the `id` of the memo itself, so that none is used twice.
    fn remember(&mut self, original: &Value, copy: &Value) -> Result<()> {
        self.memo.set(self.vm, Value::from(original.address()), copy.clone())?;
        let own = Value::from(Value::Dict(self.memo.clone()).address());
        match self.memo.get(self.vm, &own)? {
            Some(Value::List(kept)) => kept.items_mut().push(original.clone()),
            _ => self.memo.set(self.vm, own, Value::list(vec![original.clone()]))?,
        }
        Ok(())
    }

    fn fresh(&mut self, value: &Value) -> Result<Value> {
        let vm = self.vm;
        match value {
            Value::List(list) => {
                let new = Value::list(Vec::new());
                self.remember(value, &new)?;
                for item in list.to_vec() {
                    let copy = self.copy(&item)?;
                    if let Value::List(new) = &new {
                        new.items_mut().push(copy);
                    }
                }
                Ok(new)
            }
            Value::Dict(dict) => {
                let new = Rc::new(dict_like(vm, dict, Vec::new())?);
                self.remember(value, &Value::Dict(new.clone()))?;
                self.entries(dict, &new)?;
                if dict.has_attributes() {
                    self.entries(dict.attributes(), new.attributes())?;
                }
                Ok(Value::Dict(new))
            }
            Value::Set(set) => {
                let new = Set::new(Map::default(), set.frozen);
                for item in set.dict.keys() {
                    new.dict.set(vm, self.copy(&item)?, Value::None)?;
                }
                let new = Value::Set(Rc::new(new));
                self.remember(value, &new)?;
                Ok(new)
            }
            Value::Tuple(tuple) => {
                let items: Vec<Value> =
                    tuple.items.iter().map(|item| self.copy(item)).collect::<Result<_>>()?;
                // A tuple that holds itself was copied on the way.
                if let Some(found) = self.memo.get(vm, &Value::from(value.address()))? {
                    return Ok(found);
                }
                if items.iter().zip(&tuple.items).all(|(a, b)| a.same(b)) {
                    // One that many hold is looked through once.
                    self.remember(value, value)?;
                    return Ok(value.clone());
                }
                let new = Value::Tuple(Rc::new(Tuple::with_kind(items, tuple.kind.clone())));
                self.remember(value, &new)?;
                Ok(new)
            }
            Value::Instance(instance) => self.instance(value, instance),
            Value::BoundMethod(method) => {
                let receiver = self.copy(&method.receiver)?;
                Ok(Value::BoundMethod(Rc::new(torchsh_language::value::BoundMethod {
                    receiver,
                    function: method.function.clone(),
                })))
            }
            Value::Native(_) if value.as_native::<Deque>().is_some() => self.deque(value),
            other => match vm.special(other, "__deepcopy__", &[Value::Dict(self.memo.clone())]) {
                Some(copy) => {
                    let copy = copy?;
                    self.remember(other, &copy)?;
                    Ok(copy)
                }
                None => Ok(other.clone()),
            },
        }
    }

    fn deque(&mut self, value: &Value) -> Result<Value> {
        let Some(original) = value.as_native::<Deque>() else { return Ok(value.clone()) };
        let new = Value::native(original.emptied());
        self.remember(value, &new)?;
        for item in original.to_vec() {
            let copy = self.copy(&item)?;
            new.as_native::<Deque>().map_or(Ok(()), |new| new.push(copy))?;
        }
        Ok(new)
    }

    fn instance(&mut self, value: &Value, instance: &Rc<Instance>) -> Result<Value> {
        if let Some(copy) = self.vm.special(value, "__deepcopy__", &[Value::Dict(self.memo.clone())]) {
            let copy = copy?;
            self.remember(value, &copy)?;
            return Ok(copy);
        }
        if let Some(parts) = Reduced::of(self.vm, value)? {
            return parts.made(self.vm, value, Some(self)).inspect(|new| keep_origin(instance, new));
        }
        let new = Rc::new(Instance::new(instance.class(), None));
        self.remember(value, &Value::Instance(new.clone()))?;
        if let Some(payload) = instance.payload() {
            new.set_payload(self.copy(&payload)?);
        }
        self.entries(&instance.attributes, &new.attributes)?;
        Ok(Value::Instance(new))
    }

    fn entries(&mut self, from: &Dict, to: &Dict) -> Result<()> {
        for (key, value) in from.entries() {
            let (key, value) = (self.copy(&key)?, self.copy(&value)?);
            to.set(self.vm, key, value)?;
        }
        Ok(())
    }
}
