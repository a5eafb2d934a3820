//! Objects of a file whose classes are not known here: modules as modules, all others as what the file says of them.

use std::rc::Rc;

use super::as_module;
use super::inert::{Given, Inert, InertClass, Recipe};
use super::to_value::{Maker, is_slots};
use torchsh_base::error::Result;
use torchsh_checkpoint::graph::{Callable, Node, NodeId, Object, Written};
use torchsh_checkpoint::module;
use torchsh_language::value::report::gather;
use torchsh_language::value::{Class, Dict, Instance, Str, Value};

impl Maker<'_> {
    /// What is seen of an object, with what it is written with again.
    pub(super) fn described(&mut self, id: NodeId, object: &Object) -> Result<Value> {
        let shared = self.shared_attributes(object)?;
        let attributes = shared.clone().unwrap_or_default();
        let inert = Value::native(Inert::sharing(object.class.clone(), object.made, attributes.clone()));
        let is_model = self.models.has(self.graph, id);
        if is_model {
            self.submodules.extend(module::submodules(self.graph, object));
        } else if self.submodules.contains(&id)
            && let Some(class) = as_module::class_of(self.vm, &object.class)?
        {
            return self.apart(id, object, class, inert);
        }
        let class = if is_model { as_module::class_of(self.vm, &object.class)? } else { None };
        let instance = class.map(|class| Rc::new(Instance::sharing(class, attributes)));
        let value = instance.clone().map_or_else(|| inert.clone(), Value::Instance);
        // Known before what it holds, which may hold it.
        self.keep(id, &value);
        let Some(about) = inert.as_native::<Inert>() else { return Ok(value) };
        self.contents(about, object)?;
        self.state(about, object.state, shared.is_some())?;
        if let Some(instance) = instance {
            as_module::complete(self.vm, &instance, &value, &object.class)?;
            if !about.is_plain() || object.written.is_some() {
                let _ = instance.origin.set(inert.clone());
            }
        }
        if let Some(written) = &object.written {
            let seen = shared.is_none();
            let recipe = self.recipe(about, object, written, seen)?;
            let _ = about.written.set(recipe);
        }
        Ok(value)
    }

    /// A module of a model whose class pickles in a way of its own: without the tables that tell what a module holds. If it has
    /// tensors, it stands in the model's `state_dict()` as a whole.
    fn apart(&mut self, id: NodeId, object: &Object, class: Rc<Class>, inert: Value) -> Result<Value> {
        let instance = Rc::new(Instance::new(class, None));
        let value = Value::Instance(instance.clone());
        self.keep(id, &value);
        let Some(about) = inert.as_native::<Inert>() else { return Ok(value) };
        about.is_apart.set(true);
        self.contents(about, object)?;
        self.state(about, object.state, false)?;
        for (name, attribute) in about.attributes.entries() {
            instance.attributes.set(self.vm, name, attribute)?;
        }
        if gather::held(self.vm, &inert).is_some_and(|held| gather::look(&held) != gather::Look::Plain) {
            instance.attributes.set_str(Str::intern("_kept_whole"), inert.clone());
        }
        as_module::complete(self.vm, &instance, &value, &object.class)?;
        if let Some(written) = &object.written {
            let recipe = self.recipe(about, object, written, true)?;
            let _ = about.written.set(recipe);
        }
        let _ = instance.origin.set(inert.clone());
        Ok(value)
    }

    fn contents(&mut self, about: &Inert, object: &Object) -> Result<()> {
        let args = self.values(&object.args)?;
        let items = self.values(&object.items)?;
        about.args.replace(args);
        about.items.replace(items);
        let keywords = self.pairs(&object.keywords)?;
        about.keywords.replace(keywords);
        self.fill(&about.entries, &object.entries)
    }

    fn pairs(&mut self, pairs: &[(NodeId, NodeId)]) -> Result<Vec<(Value, Value)>> {
        pairs.iter().map(|&(key, value)| Ok((self.value(key)?, self.value(value)?))).collect()
    }

    /// The dictionary of an object's attributes that is also a part of what it is written with: what is changed in the one
    /// is changed in the other.
    fn shared_attributes(&mut self, object: &Object) -> Result<Option<Rc<Dict>>> {
        let (Some(written), Some(state)) = (&object.written, object.state) else { return Ok(None) };
        if written.args.is_empty() || !written.states.is_empty() {
            return Ok(None);
        }
        let made = match self.graph.get(state) {
            Node::Dict(_) if self.is_within(state, &written.args) => self.value(state)?,
            Node::Object(mapping) if !mapping.entries.is_empty() => self.value(state)?,
            _ => return Ok(None),
        };
        Ok(match made.as_native::<Inert>() {
            Some(mapping) => Some(mapping.entries.clone()),
            None => made.as_dict(),
        })
    }

    /// Whether an object is one of these, or stands in one of them.
    fn is_within(&self, id: NodeId, args: &[NodeId]) -> bool {
        let holds = |&arg: &NodeId| match self.graph.get(arg) {
            Node::Dict(dict) => dict.items.iter().any(|&(_, value)| value == id),
            Node::Object(object) => object.entries.iter().any(|&(_, value)| value == id),
            _ => false,
        };
        args.contains(&id) || args.iter().any(holds)
    }

    fn state(&mut self, about: &Inert, state: Option<NodeId>, is_shared: bool) -> Result<()> {
        let Some(state) = state else { return Ok(()) };
        about.has_state.set(true);
        if is_shared {
            return Ok(());
        }
        self.take(state)?;
        match self.graph.get(state) {
            Node::Dict(dict) => self.fill(&about.attributes, &dict.items),
            Node::Object(mapping) if !mapping.entries.is_empty() => {
                self.fill(&about.attributes, &mapping.entries)
            }
            Node::Tuple(parts) if is_slots(self.graph, parts) => self.slots(about, parts),
            _ => {
                let value = self.value(state)?;
                about.state.replace(value);
                self.module_tables(about, state)
            }
        }
    }

    /// `(__dict__ or None, slots)`
    fn slots(&mut self, about: &Inert, parts: &[NodeId]) -> Result<()> {
        for &part in parts {
            self.fill(&about.attributes, self.graph.entries(part).unwrap_or_default())?;
        }
        let &[own, slots] = parts else { return Ok(()) };
        let names = self.graph.entries(slots).unwrap_or_default().iter();
        let names = names.filter_map(|(key, _)| self.graph.str(*key).map(Into::into)).collect();
        let _ = about.slots.set((names, own != NodeId::NONE));
        Ok(())
    }

    /// The `__dict__` of a module that keeps more than it in its state.
    fn module_tables(&mut self, about: &Inert, state: NodeId) -> Result<()> {
        let parts = self.graph.sequence(state).unwrap_or_default();
        let tables = parts.iter().find(|&&part| self.graph.item(part, "_modules").is_some());
        let tables = tables.and_then(|&part| self.graph.entries(part));
        self.fill(&about.attributes, tables.unwrap_or_default())
    }

    fn recipe(&mut self, about: &Inert, object: &Object, written: &Written, seen: bool) -> Result<Recipe> {
        let by = match &written.by {
            Callable::Name(name) => Value::native(InertClass(name.clone())),
            Callable::Object(id) => self.value(*id)?,
        };
        let mut states = Vec::with_capacity(written.states.len());
        for (setter, state) in &written.states {
            let is_own = written.states.len() == 1
                && object.state == Some(*state)
                && self.graph.entries(*state).is_some();
            let given = if is_own { Given::Attributes } else { Given::Value(self.value(*state)?) };
            states.push((setter.clone(), given));
        }
        let whole = matches!(states.as_slice(), [(_, Given::Attributes)]);
        let (args, keywords) = (self.values(&written.args)?, self.pairs(&written.keywords)?);
        let seen = (seen && !whole).then(|| about.attributes.entries());
        Ok(Recipe { by, made: written.made, args, keywords, states, seen })
    }
}
