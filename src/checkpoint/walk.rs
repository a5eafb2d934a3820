//! Every tensor of a graph under its name: the path of containers and keys that leads to it.

use std::rc::Rc;

use super::graph::{Graph, Node, NodeId};
use super::record::{Form, TensorRecord};
use super::{limits, module};
use crate::error::{Error, Kind, Result};

/// A tensor and its name.
pub struct Named {
    /// `state_dict.layer1.0.weight`, `optimizer.state[0].exp_avg`.
    pub name: String,
    /// The tensor.
    pub record: Rc<TensorRecord>,
}

/// All tensors (and numeric numpy arrays) that can be reached from an object; a model's are those of its
/// `state_dict()`. One that is held twice is named twice.
///
/// # Errors
/// `RecursionError` for nesting beyond [`limits::NESTING`], `ValueError` beyond [`limits::NAMED_TENSORS`] names.
pub fn tensors(graph: &mut Graph, root: NodeId) -> Result<Vec<Named>> {
    let mut walk = Walk::default();
    walk.node(graph, root)?;
    Ok(walk.found)
}

#[derive(Default)]
struct Walk {
    found: Vec<Named>,
    /// Bytes of their names.
    named: usize,
    /// The way to what is walked. It becomes a name where a tensor is found: most of a hostile file has none.
    steps: Vec<Step>,
    /// Containers around the one that is walked.
    path: Vec<NodeId>,
    /// Steps taken.
    steps_taken: usize,
    /// By number: a container walked to its end without a tensor. It is not walked again.
    barren: Vec<bool>,
}

impl Walk {
    fn node(&mut self, graph: &mut Graph, id: NodeId) -> Result<()> {
        match graph.get(id) {
            Node::Tensor(record) => return self.add(graph, record.clone()),
            Node::Array(array) => {
                return match array.tensor()? {
                    Some(record) => self.add(graph, Rc::new(record)),
                    None => Ok(()),
                };
            }
            Node::Dict(_)
            | Node::List(_)
            | Node::Tuple(_)
            | Node::Set(_)
            | Node::FrozenSet(_)
            | Node::Object(_) => {}
            _ => return Ok(()),
        }
        if self.barren.get(id.index()) == Some(&true) || self.path.contains(&id) {
            return Ok(());
        }
        if self.path.len() >= limits::WALK_NESTING {
            return Err(Error::new(
                Kind::Recursion,
                format!("nested more than {} deep", limits::WALK_NESTING),
            ));
        }
        let before = self.found.len();
        self.path.push(id);
        self.container(graph, id)?;
        self.path.pop();
        if self.found.len() == before {
            if self.barren.len() <= id.index() {
                self.barren.resize(graph.len().max(id.index() + 1), false);
            }
            if let Some(place) = self.barren.get_mut(id.index()) {
                *place = true;
            }
        }
        Ok(())
    }

    /// Counts what is looked at. An object is not much, but may share a state of millions with others.
    fn step(&mut self, count: usize) -> Result<()> {
        self.steps_taken = self.steps_taken.saturating_add(count);
        if self.steps_taken > limits::WALK_STEPS {
            return Err(Error::value(format!(
                "more than {} steps from object to object",
                limits::WALK_STEPS
            )));
        }
        Ok(())
    }

    fn container(&mut self, graph: &mut Graph, id: NodeId) -> Result<()> {
        self.step(module::breadth(graph, id))?;
        if module::as_module(graph, id).is_some() {
            let (entries, _) = module::state_of(graph, id)?;
            for (name, value) in entries {
                self.child(graph, Step::Name(name), value)?;
            }
            return Ok(());
        }
        if module::as_optimizer(graph, id).is_some() {
            let state = module::optimizer_state_dict(graph, id)?;
            return self.node(graph, state);
        }
        if items_of(graph, id).is_some() {
            return self.items(graph, id);
        }
        let is_script = module::is_script(graph, id);
        for (step, value) in children(graph, id) {
            // A list of a scripted module's tensors repeats its weights, or is none of its state.
            if !is_script || matches!(graph.get(value), Node::Tensor(_) | Node::Object(_)) {
                self.child(graph, step, value)?;
            }
        }
        Ok(())
    }

    /// What a list holds, item by item: no copy of a long one is kept while what it holds is walked.
    fn items(&mut self, graph: &mut Graph, id: NodeId) -> Result<()> {
        let mut place = 0;
        while let Some(&item) = items_of(graph, id).and_then(|items| items.get(place)) {
            self.child(graph, Step::Place(place), item)?;
            place += 1;
        }
        Ok(())
    }

    fn child(&mut self, graph: &mut Graph, step: Step, value: NodeId) -> Result<()> {
        self.steps.push(step);
        self.node(graph, value)?;
        self.steps.pop();
        Ok(())
    }

    fn name(&self, graph: &Graph) -> String {
        let mut name = String::new();
        for step in &self.steps {
            match step {
                Step::Here => {}
                Step::Place(place) => name.push_str(&format!("[{place}]")),
                Step::Name(text) => join(&mut name, text),
                Step::Key(key) => match graph.get(*key) {
                    Node::Str(text) => join(&mut name, text.as_str()),
                    _ => name.push_str(&format!("[{}]", key_text(graph, *key, 0))),
                },
            }
        }
        name
    }

    fn add(&mut self, graph: &Graph, record: Rc<TensorRecord>) -> Result<()> {
        if self.found.len() >= limits::NAMED_TENSORS {
            return Err(Error::value(format!("more than {} tensors by name", limits::NAMED_TENSORS)));
        }
        let name = self.name(graph);
        self.named += name.len();
        if self.named > limits::TENSOR_NAMES {
            return Err(Error::value(format!(
                "names of tensors of more than {} bytes",
                limits::TENSOR_NAMES
            )));
        }
        let parts: Vec<(&str, Rc<TensorRecord>)> = match &record.form {
            Form::Strided(_) | Form::Quantized(..) => {
                self.found.push(Named { name, record });
                return Ok(());
            }
            Form::Meta { .. } => return Ok(()),
            Form::Coo { indices, values, .. } => {
                vec![("indices", indices.clone()), ("values", values.clone())]
            }
            Form::Compressed { layout, compressed, plain, values } => {
                let by_row = matches!(*layout, "sparse_csr" | "sparse_bsr");
                let names =
                    if by_row { ("crow_indices", "col_indices") } else { ("ccol_indices", "row_indices") };
                vec![(names.0, compressed.clone()), (names.1, plain.clone()), ("values", values.clone())]
            }
            Form::Nested { buffer, .. } => vec![("buffer", buffer.clone())],
        };
        for (part, record) in parts {
            self.found.push(Named { name: format!("{name}.{part}"), record });
        }
        Ok(())
    }
}

/// What is added to a name on the way to something inside.
enum Step {
    Here,
    Place(usize),
    Name(String),
    Key(NodeId),
}

fn join(name: &mut String, part: &str) {
    if !name.is_empty() {
        name.push('.');
    }
    name.push_str(part);
}

/// The items of a list, a tuple or a set.
fn items_of(graph: &Graph, id: NodeId) -> Option<&[NodeId]> {
    match graph.get(id) {
        Node::List(items) | Node::Tuple(items) | Node::Set(items) | Node::FrozenSet(items) => Some(items),
        _ => None,
    }
}

/// What a dictionary or an object holds, and the steps to it.
fn children(graph: &Graph, id: NodeId) -> Vec<(Step, NodeId)> {
    match graph.get(id) {
        Node::Dict(dict) => {
            last_of_each(graph, &dict.items).map(|(key, value)| (Step::Key(key), value)).collect()
        }
        Node::Object(object) => {
            let mut found: Vec<_> =
                module::attributes(graph, object).map(|(key, value)| (Step::Key(key), value)).collect();
            if found.is_empty()
                && let Some(state) = object.state
            {
                found.push((Step::Here, state));
            }
            found.extend(object.entries.iter().map(|&(key, value)| (Step::Key(key), value)));
            if let Some(mapping) = module::called_with_mapping(graph, object) {
                found.push((Step::Here, mapping));
                return found;
            }
            let items = object.args.iter().chain(&object.items).enumerate();
            found.extend(items.map(|(place, &item)| (Step::Place(place), item)));
            found
        }
        _ => Vec::new(),
    }
}

/// The entries of a dictionary without those that a later one replaces.
fn last_of_each<'a>(
    graph: &'a Graph,
    items: &'a [(NodeId, NodeId)],
) -> impl Iterator<Item = (NodeId, NodeId)> + 'a {
    let mut last = rustc_hash::FxHashMap::default();
    for (place, (key, _)) in items.iter().enumerate() {
        if let Some(text) = graph.str(*key) {
            last.insert(text, place);
        }
    }
    items.iter().enumerate().filter_map(move |(place, &(key, value))| {
        let replaced = graph.str(key).is_some_and(|text| last.get(text) != Some(&place));
        (!replaced).then_some((key, value))
    })
}

/// A key as Python's `repr` shows it.
fn key_text(graph: &Graph, key: NodeId, depth: usize) -> String {
    match graph.get(key) {
        Node::None => "None".to_owned(),
        Node::Bool(true) => "True".to_owned(),
        Node::Bool(false) => "False".to_owned(),
        Node::Int(number) => number.to_string(),
        // The digits of a long number take the square of its length.
        Node::BigInt(number) if number.bits() > 1024 => format!("<int of {} bits>", number.bits()),
        Node::BigInt(number) => number.to_string(),
        Node::Float(number) => format!("{number:?}"),
        Node::Str(text) => format!("'{text}'"),
        Node::Dtype(dtype) => dtype.to_string(),
        Node::Global(global) => global.to_string(),
        Node::Tuple(items) if depth < 4 => {
            let parts: Vec<_> = items.iter().map(|&item| key_text(graph, item, depth + 1)).collect();
            if parts.len() == 1 {
                format!("({},)", parts.concat())
            } else {
                format!("({})", parts.join(", "))
            }
        }
        Node::Object(object) => format!("<{}>", object.class),
        _ => format!("<{}>", key.index()),
    }
}
