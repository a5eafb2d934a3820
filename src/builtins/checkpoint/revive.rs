//! Objects of a file whose classes are known here, made again: what `torch.load(weights_only=False)` asks for.
//!
//! No function that a file names is called. A class is looked up among those of the program and of the shell's library, an
//! object of it is made without its `__init__`, and gets the attributes that the file has for it.

use std::rc::Rc;

use super::names;
use super::to_value::{Maker, is_slots};
use torchsh_base::error::{Kind, Result};
use torchsh_checkpoint::graph::{Made, Node, NodeId, Object};
use torchsh_language::value::{Class, Core, Dict, Str, Value};
use torchsh_tensors::values::return_types;

impl Maker<'_> {
    /// The object again; none where its class is not known, or it cannot be made without running something.
    pub(super) fn revived(&mut self, id: NodeId, object: &Object) -> Result<Option<Value>> {
        if !object.keywords.is_empty() {
            return Ok(None);
        }
        if let Some(made) = self.results_of_operator(object)? {
            self.keep(id, &made);
            return Ok(Some(made));
        }
        if let Some(made) = self.of_library(object)? {
            self.keep(id, &made);
            self.refill(&made, object)?;
            let class = self.vm.class_of(&made);
            self.restore(&made, &class, object.state)?;
            return Ok(Some(made));
        }
        let Some(Value::Class(class)) = names::meant_by(self.vm, &object.class)? else { return Ok(None) };
        if !class.is_written() && class.named_tuple.get().is_none() && !self.is_made_of_args(&class) {
            return Ok(None);
        }
        let args = self.values(&object.args)?;
        let made = match object.made {
            Made::New if class.named_tuple.get().is_some() => {
                self.vm.call(&Value::Class(class.clone()), &args, &[])?
            }
            Made::New => self.vm.new_object(&class, &args, &[])?,
            // An enumeration's members are looked up by their values; a lazy module's parameters have nothing else to them.
            Made::Call if class.ancestors.iter().any(|class| is_enum(class) || is_uninitialized(class)) => {
                self.vm.call(&Value::Class(class.clone()), &args, &[])?
            }
            // One of Python's own takes the file's name out of its arguments.
            Made::Call if !class.is_written() && is_os_error(&class) => {
                self.vm.call(&Value::Class(class.clone()), &args, &[])?
            }
            // Exceptions, and what stands on a set: Python would call `__init__` with no more than `args` again.
            Made::Call if self.is_made_of_args(&class) => {
                let made = self.vm.new_object(&class, &args, &[])?;
                self.add_to_set(&made, &args)?;
                self.begin_deque(&made, &args)?;
                made
            }
            _ => return Ok(None),
        };
        self.keep(id, &made);
        self.refill(&made, object)?;
        self.restore(&made, &class, object.state)?;
        Ok(Some(made))
    }

    /// What an operator gave: a tuple whose items have names.
    fn results_of_operator(&mut self, object: &Object) -> Result<Option<Value>> {
        if object.class.module.as_str() != "torch.return_types" || object.args.is_empty() {
            return Ok(None);
        }
        let args = self.values(&object.args)?;
        let items = args.first().and_then(Value::as_tuple).map(|items| items.items.to_vec());
        Ok(items.and_then(|items| return_types::results(self.vm, &object.class.name, &items)))
    }

    fn add_to_set(&mut self, made: &Value, args: &[Value]) -> Result<()> {
        let (Value::Set(set), Some(items)) = (made.payload(), args.first().and_then(Value::as_list)) else {
            return Ok(());
        };
        for item in items.to_vec() {
            set.dict.set(self.vm, item, Value::None)?;
        }
        Ok(())
    }

    /// A deque keeps so many items as the arguments say.
    fn begin_deque(&self, made: &Value, args: &[Value]) -> Result<()> {
        let deque = self.vm.types().core(Core::Deque);
        if !self.vm.is_instance(made, deque) {
            return Ok(());
        }
        let Some(init) = deque.lookup(&Str::intern("__init__")) else { return Ok(()) };
        let all: Vec<Value> = std::iter::once(made).chain(args).cloned().collect();
        self.vm.call(&init, &all, &[]).map(drop)
    }

    fn is_made_of_args(&self, class: &Rc<Class>) -> bool {
        class.order().any(|class| {
            class.core == Some(Core::BaseException) || matches!(class.name.as_str(), "set" | "deque")
        })
    }

    /// An object of Python's library, whose class here is made in another way.
    fn of_library(&mut self, object: &Object) -> Result<Option<Value>> {
        if object.made != Made::Call || !names::is_plain_library(object.class.module.as_str()) {
            return Ok(None);
        }
        let Some(make) = self.vm.named_in("_pickling", "make")? else { return Ok(None) };
        let args = Value::tuple(self.values(&object.args)?);
        let (module, name) = (object.class.module.clone(), object.class.name.clone());
        match self.vm.call(&make, &[Value::Str(module), Value::Str(name), args], &[]) {
            Ok(made) => Ok(Some(made).filter(|made| !made.is_none())),
            Err(error) if error.kind() == Kind::KeyboardInterrupt => Err(error),
            // Arguments that Python would not have written: the object stays what the file says of it.
            Err(_) => Ok(None),
        }
    }

    /// Puts back the items and entries of an object that stands on a list or dictionary.
    fn refill(&mut self, made: &Value, object: &Object) -> Result<()> {
        let items = self.values(&object.items)?;
        if let Some(list) = made.as_list() {
            list.items_mut().extend(items);
        } else {
            let append = Str::intern("append");
            for item in items {
                let append = self.vm.attribute(made, &append)?;
                self.vm.call(&append, &[item], &[])?;
            }
        }
        match made.as_dict() {
            Some(dict) => self.fill(&dict, &object.entries),
            None => Ok(()),
        }
    }

    /// Gives the state to `__setstate__`, else puts it into the attributes.
    fn restore(&mut self, made: &Value, class: &Class, state: Option<NodeId>) -> Result<()> {
        if let Some(state) = state
            && let Some(Value::Function(_)) = class.lookup(&Str::intern("__setstate__"))
        {
            let state = self.value(state)?;
            return self.vm.call_method(made, "__setstate__", &[state]).map(drop);
        }
        self.attributes_of(made, state)
    }

    fn attributes_of(&mut self, made: &Value, state: Option<NodeId>) -> Result<()> {
        let (Some(state), Value::Instance(instance)) = (state, made) else { return Ok(()) };
        self.take(state)?;
        let parts = match self.graph.get(state) {
            Node::Tuple(parts) if is_slots(self.graph, parts) => parts.as_slice().to_vec(),
            _ => vec![state],
        };
        let attributes: Rc<Dict> = instance.attributes.clone();
        for part in parts {
            let entries = self.graph.entries(part).unwrap_or_default();
            self.fill(&attributes, entries)?;
        }
        Ok(())
    }
}

/// `OSError` and what stands on it.
pub(super) fn is_os_error(class: &Rc<Class>) -> bool {
    class.order().any(|class| !class.is_written() && class.name.as_str() == "OSError")
}

fn is_enum(class: &Class) -> bool {
    class.name.as_str() == "Enum" && class.module.borrow().as_str() == "enum"
}

fn is_uninitialized(class: &Class) -> bool {
    class.name.as_str() == "UninitializedTensorMixin"
        && class.module.borrow().as_str() == "torch.nn.parameter"
}
