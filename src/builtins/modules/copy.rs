//! `copy`

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::deque::Deque;
use crate::error::Result;
use crate::value::{Builtin, Dict, DictKind, Instance, Map, Set, Str, Tuple, Value, Vm, opt, pos};

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::function("copy", "copy", &[pos("x")], |vm, args| shallow(vm, args.value(0)))
        .says("a copy that shares what is inside"),
    Builtin::function("copy", "deepcopy", &[pos("x"), opt("memo", "None")], |vm, args| {
        Deep { vm, known: FxHashMap::default(), kept: Vec::new(), memo: Value::dict_of([]) }
            .copy(args.value(0))
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
            let payload = instance.payload().map(|payload| shallow(vm, &payload)).transpose()?;
            let new = Instance::new(instance.class(), payload);
            for (name, value) in instance.attributes.entries() {
                new.attributes.set(vm, name, value)?;
            }
            Value::Instance(Rc::new(new))
        }
        Value::Tensor(tensor) => {
            let detached = vm.call_method(value, "detach", &[])?;
            if let (Value::Tensor(new), true) = (&detached, tensor.is_parameter.get()) {
                new.is_parameter.set(true);
            }
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

/// One deep copy: what was copied already is not copied again.
struct Deep<'a> {
    vm: &'a dyn Vm,
    known: FxHashMap<usize, Value>,
    /// Originals, kept alive so that no address is used twice.
    kept: Vec<Value>,
    /// What `__deepcopy__` is given, one for the whole copy: tensors note there which storages they copied.
    memo: Value,
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
        if let Some(found) = self.known.get(&value.address()) {
            return Ok(found.clone());
        }
        self.vm.check_interrupt()?;
        self.fresh(value)
    }

    fn remember(&mut self, original: &Value, copy: &Value) {
        self.known.insert(original.address(), copy.clone());
        self.kept.push(original.clone());
    }

    fn fresh(&mut self, value: &Value) -> Result<Value> {
        let vm = self.vm;
        match value {
            Value::List(list) => {
                let new = Value::list(Vec::new());
                self.remember(value, &new);
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
                self.remember(value, &Value::Dict(new.clone()));
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
                Ok(Value::Set(Rc::new(new)))
            }
            Value::Tuple(tuple) => {
                let items: Vec<Value> =
                    tuple.items.iter().map(|item| self.copy(item)).collect::<Result<_>>()?;
                if items.iter().zip(&tuple.items).all(|(a, b)| a.same(b)) {
                    return Ok(value.clone());
                }
                Ok(Value::Tuple(Rc::new(Tuple::with_kind(items, tuple.kind.clone()))))
            }
            Value::Instance(instance) => self.instance(value, instance),
            Value::BoundMethod(method) => {
                let receiver = self.copy(&method.receiver)?;
                Ok(Value::BoundMethod(Rc::new(crate::value::BoundMethod {
                    receiver,
                    function: method.function.clone(),
                })))
            }
            Value::Native(_) if value.as_native::<Deque>().is_some() => self.deque(value),
            other => match vm.special(other, "__deepcopy__", std::slice::from_ref(&self.memo)) {
                Some(copy) => {
                    let copy = copy?;
                    self.remember(other, &copy);
                    Ok(copy)
                }
                None => Ok(other.clone()),
            },
        }
    }

    fn deque(&mut self, value: &Value) -> Result<Value> {
        let Some(original) = value.as_native::<Deque>() else { return Ok(value.clone()) };
        let new = Value::native(original.emptied());
        self.remember(value, &new);
        for item in original.to_vec() {
            let copy = self.copy(&item)?;
            new.as_native::<Deque>().map_or(Ok(()), |new| new.push(copy))?;
        }
        Ok(new)
    }

    fn instance(&mut self, value: &Value, instance: &Rc<Instance>) -> Result<Value> {
        if let Some(copy) = self.vm.special(value, "__deepcopy__", std::slice::from_ref(&self.memo)) {
            let copy = copy?;
            self.remember(value, &copy);
            return Ok(copy);
        }
        let new = Rc::new(Instance::new(instance.class(), None));
        self.remember(value, &Value::Instance(new.clone()));
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
