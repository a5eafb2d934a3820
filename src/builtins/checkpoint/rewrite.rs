//! Objects of a file, to be written again as the file has them.

use std::rc::Rc;

use super::from_value::{Reader, object};
use super::inert::{Given, Inert, InertClass, Recipe};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_checkpoint::graph::{Callable, Node, NodeId, Object, Written};
use torchsh_language::value::{Dict, Value};

impl Reader<'_> {
    /// What a file says of a value, whose attributes are now these.
    pub(super) fn inert(&mut self, value: &Value, inert: &Inert, attributes: &Rc<Dict>) -> Result<NodeId> {
        let id = self.begin(value, Node::Object(Box::new(object(inert.class.as_ref().clone()))))?;
        let args = self.nodes(&inert.args.borrow().clone())?;
        let keywords = self.entries(&inert.keywords.borrow().clone())?;
        let items = self.nodes(&inert.items.borrow().clone())?;
        let entries = self.entries(&inert.entries.entries())?;
        let state = self.inert_state(inert, attributes)?;
        let written = match inert.written.get().filter(|_| self.whole) {
            Some(recipe) => Some(Box::new(self.recipe(inert, recipe, attributes, state)?)),
            None => None,
        };
        if let Some(Node::Object(place)) = self.graph.get_mut(id) {
            let (class, made) = (inert.class.clone(), inert.made);
            **place = Object { class, made, args, keywords, state, items, entries, written };
        }
        Ok(id)
    }

    fn inert_state(&mut self, inert: &Inert, attributes: &Rc<Dict>) -> Result<Option<NodeId>> {
        let plain = inert.state.borrow().clone();
        if attributes.is_empty() && !plain.is_none() {
            return self.node(&plain).map(Some);
        }
        if attributes.is_empty() && !inert.has_state.get() {
            return Ok(None);
        }
        let Some((slots, has_dict)) = inert.slots.get() else {
            return self.node(&Value::Dict(attributes.clone())).map(Some);
        };
        let (own, in_slots) = (Dict::default(), Dict::default());
        for (key, value) in attributes.entries() {
            let Some(name) = key.as_str() else { continue };
            let into = if slots.contains(&name) { &in_slots } else { &own };
            into.set_str(name, value);
        }
        let own = if *has_dict || !own.is_empty() { Value::Dict(Rc::new(own)) } else { Value::None };
        self.node(&Value::tuple(vec![own, Value::Dict(Rc::new(in_slots))])).map(Some)
    }

    fn recipe(
        &mut self,
        inert: &Inert,
        recipe: &Recipe,
        attributes: &Rc<Dict>,
        state: Option<NodeId>,
    ) -> Result<Written> {
        let is_copy = !Rc::ptr_eq(attributes, &inert.attributes);
        let whole = matches!(recipe.states.as_slice(), [(_, Given::Attributes)]);
        if is_copy && !whole || recipe.seen.as_ref().is_some_and(|seen| differs(seen, attributes)) {
            let what = if is_copy { "a copy of it" } else { "what was changed of it" };
            let message = format!("cannot save {what}: only the class {} could write that", inert.class);
            return Err(
                Error::new(Kind::Pickling, message).hint("save its tensors in a dictionary: state_dict(…)")
            );
        }
        let by = match recipe.by.as_native::<InertClass>() {
            Some(name) => Callable::Name(name.0.clone()),
            None => Callable::Object(self.node(&recipe.by)?),
        };
        let mut states = Vec::with_capacity(recipe.states.len());
        for (setter, given) in &recipe.states {
            let state = match given {
                Given::Attributes => state.unwrap_or(NodeId::NONE),
                Given::Value(value) => self.node(value)?,
            };
            states.push((setter.clone(), state));
        }
        let (args, keywords) = (self.nodes(&recipe.args)?, self.entries(&recipe.keywords)?);
        Ok(Written { by, made: recipe.made, args, keywords, states })
    }
}

/// Whether attributes are not those that were read.
fn differs(seen: &[(Value, Value)], attributes: &Dict) -> bool {
    let now = attributes.entries();
    let same = |((key, value), (old_key, old)): (&(Value, Value), &(Value, Value))| {
        key.same(old_key) && value.same(old)
    };
    now.len() != seen.len() || !now.iter().zip(seen).all(same)
}
