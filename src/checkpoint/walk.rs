//! Every tensor of a graph under its name: the path of containers and keys that leads to it.

use std::rc::Rc;

use super::graph::{Array, ArrayData, Graph, Made, Node, NodeId, Object};
use super::path::Step;
use super::record::{Form, Quantizer, TensorRecord};
use super::watcher::{Unwatched, Watcher};
use super::{limits, module};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_base::hash::SeededSet;

/// A tensor, or an array that is none, and its name.
pub struct Named {
    /// `state_dict.layer1.0.weight`, `optimizer.state[0].exp_avg`.
    pub name: String,
    /// The expression that gives it in the shell, of the file's object as `p`: `p["state_dict"]["layer1.0.weight"]`.
    pub path: String,
    /// What it is.
    pub what: What,
}

/// What a name stands for.
pub enum What {
    /// A tensor, or a numpy array that is as good as one.
    Tensor(Rc<TensorRecord>),
    /// A numpy array of texts, dates, records or objects.
    Array(Box<Array>),
}

/// What a walk finds.
#[derive(Default)]
pub struct Found {
    /// Tensors and arrays, in order.
    pub named: Vec<Named>,
    /// Tensors that whole models hold beside their `state_dict()`: they are not among them.
    pub beside: usize,
}

/// All tensors and numpy arrays that can be reached from an object; a model's are those of its `state_dict()`. One that is
/// held twice is named twice.
///
/// # Errors
/// `RecursionError` for nesting beyond [`limits::WALK_NESTING`], `ValueError` beyond [`limits::NAMED_TENSORS`] names; the
/// watcher's, who is asked now and then.
pub fn everything(graph: &mut Graph, root: NodeId, watcher: &dyn Watcher) -> Result<Found> {
    let mut walk = Walk::new(watcher);
    walk.node(graph, root)?;
    tell_apart(&mut walk.found.named);
    Ok(walk.found)
}

/// The tensors that have elements, with their names: as [`everything`].
///
/// # Errors
/// As [`everything`].
pub fn tensors(graph: &mut Graph, root: NodeId) -> Result<Vec<(String, Rc<TensorRecord>)>> {
    let named = everything(graph, root, &Unwatched)?.named.into_iter();
    Ok(named
        .filter_map(|named| match named.what {
            What::Tensor(record) if matches!(record.form, Form::Quantized(..)) => {
                Some((named.name.trim_end_matches(".int_repr").to_owned(), record))
            }
            What::Tensor(record) if !matches!(record.form, Form::Meta { .. }) => Some((named.name, record)),
            _ => None,
        })
        .collect())
}

/// Names that are the same (a key with a dot, and a key in a dictionary) are told by the path instead.
fn tell_apart(named: &mut [Named]) {
    let (mut seen, mut twice) = (SeededSet::default(), SeededSet::default());
    for one in named.iter() {
        if !seen.insert(one.name.as_str()) {
            twice.insert(one.name.clone());
        }
    }
    for one in named {
        if twice.contains(&one.name) {
            one.name = one.path.strip_prefix('p').unwrap_or(&one.path).to_owned();
        }
    }
}

/// After so many steps the watcher is asked whether to go on.
const STEPS_UNWATCHED: usize = 1 << 14;

/// Bytes of an expression that is kept for what else lies behind it.
const LONGEST_KEPT: usize = 1 << 14;

fn too_long() -> Error {
    Error::value(format!("names of tensors of more than {} bytes", limits::TENSOR_NAMES))
}

struct Walk<'a> {
    found: Found,
    watcher: &'a dyn Watcher,
    /// When it was asked last, in steps.
    asked: usize,
    /// Bytes of their names.
    named: usize,
    /// The way to what is walked. It becomes a name where a tensor is found: most of a hostile file has none.
    steps: Vec<Step>,
    /// Name and expression of the first so many of these steps.
    texts: Vec<(String, String)>,
    /// Containers around the one that is walked.
    path: Vec<NodeId>,
    /// Steps taken.
    steps_taken: usize,
    /// By number: a container walked to its end without a tensor. It is not walked again.
    barren: Vec<bool>,
}

impl<'a> Walk<'a> {
    fn new(watcher: &'a dyn Watcher) -> Self {
        Walk {
            found: Found::default(),
            watcher,
            asked: 0,
            named: 0,
            steps: Vec::new(),
            texts: Vec::new(),
            path: Vec::new(),
            steps_taken: 0,
            barren: Vec::new(),
        }
    }

    fn node(&mut self, graph: &mut Graph, id: NodeId) -> Result<()> {
        match graph.get(id) {
            Node::Tensor(record) => {
                let record = record.clone();
                return self.tensor(graph, &record);
            }
            Node::Array(array) => {
                let array = array.clone();
                return match array.tensor()? {
                    Some(record) => self.add(graph, &[], What::Tensor(Rc::new(record))),
                    None => self.array(graph, &array),
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
        let before = self.found.named.len();
        self.path.push(id);
        self.container(graph, id)?;
        self.path.pop();
        if self.found.named.len() == before {
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
        if self.steps_taken - self.asked > STEPS_UNWATCHED {
            self.asked = self.steps_taken;
            self.watcher.advance(0)?;
        }
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
            let (entries, modules) = module::state_of(graph, id)?;
            self.found.beside +=
                modules.iter().map(|(_, module)| module::tensors_beside(graph, *module)).sum::<usize>();
            for (name, value) in entries {
                self.child(graph, Step::State(name), value)?;
            }
            return Ok(());
        }
        if module::as_optimizer(graph, id).is_some() {
            let state = module::optimizer_state_dict(graph, id)?;
            return self.child(graph, Step::OptimizerState, state);
        }
        if items_of(graph, id).is_some() {
            return self.items(graph, id);
        }
        let is_script = module::is_script(graph, id);
        for (step, value) in children(graph, id) {
            // A list of a scripted module's tensors repeats its weights, or is not part of its state.
            if !is_script || matches!(graph.get(value), Node::Tensor(_) | Node::Object(_)) {
                self.child(graph, step, value)?;
            }
        }
        Ok(())
    }

    /// What a list holds, item by item: no copy of a long one is kept while what it holds is walked.
    fn items(&mut self, graph: &mut Graph, id: NodeId) -> Result<()> {
        let is_set = matches!(graph.get(id), Node::Set(_) | Node::FrozenSet(_));
        let mut place = 0;
        while let Some(&item) = items_of(graph, id).and_then(|items| items.get(place)) {
            let step = if is_set { Step::OfSet(place) } else { Step::Place(place) };
            self.child(graph, step, item)?;
            place += 1;
        }
        Ok(())
    }

    fn child(&mut self, graph: &mut Graph, step: Step, value: NodeId) -> Result<()> {
        self.steps.push(step);
        self.node(graph, value)?;
        self.steps.pop();
        self.texts.truncate(self.steps.len());
        Ok(())
    }

    /// A tensor: one entry, or one for each of its parts.
    fn tensor(&mut self, graph: &mut Graph, record: &Rc<TensorRecord>) -> Result<()> {
        for (steps, part) in parts_of(record) {
            self.add(graph, &steps, What::Tensor(part))?;
        }
        let Some(attributes) = record.attributes.and_then(|id| graph.entries(id)).map(<[_]>::to_vec) else {
            return Ok(());
        };
        self.step(attributes.len())?;
        attributes.into_iter().try_for_each(|(key, value)| self.child(graph, Step::Attribute(key), value))
    }

    /// A numpy array that is no tensor, and what it holds, if that is objects.
    fn array(&mut self, graph: &mut Graph, array: &Array) -> Result<()> {
        self.add(graph, &[], What::Array(Box::new(array.clone())))?;
        let ArrayData::Objects(items) = &array.data else { return Ok(()) };
        self.step(items.len())?;
        items.iter().enumerate().try_for_each(|(place, &item)| self.child(graph, Step::Place(place), item))
    }

    /// Name and expression of what is walked. Those of the containers around it are kept, for what else they hold.
    fn texts(&mut self, graph: &Graph) -> Result<(String, String)> {
        let known = self.texts.len();
        let last = self.texts.last().cloned();
        let (mut name, mut path) = last.unwrap_or_else(|| (String::new(), "p".to_owned()));
        for step in self.steps.get(known..).unwrap_or_default() {
            step.name(graph, &mut name);
            step.path(graph, &mut path);
            if name.len() > limits::TENSOR_NAMES {
                return Err(too_long());
            }
            if path.len() < LONGEST_KEPT {
                self.texts.push((name.clone(), path.clone()));
            }
        }
        Ok((name, path))
    }

    fn add(&mut self, graph: &Graph, parts: &[Step], what: What) -> Result<()> {
        if self.found.named.len() >= limits::NAMED_TENSORS {
            return Err(Error::value(format!("more than {} tensors by name", limits::NAMED_TENSORS)));
        }
        let (mut name, mut path) = self.texts(graph)?;
        parts.iter().for_each(|step| step.name(graph, &mut name));
        self.named += name.len();
        if self.named > limits::TENSOR_NAMES {
            return Err(too_long());
        }
        parts.iter().for_each(|step| step.path(graph, &mut path));
        self.found.named.push(Named { name, path, what });
        Ok(())
    }
}

/// The tensors that one consists of, and the steps to each: methods, for those that the shell makes.
fn parts_of(record: &Rc<TensorRecord>) -> Vec<(Vec<Step>, Rc<TensorRecord>)> {
    let method = |name, method, part: &Rc<TensorRecord>| (vec![Step::Method(name, method)], part.clone());
    let part = |name, part: &Rc<TensorRecord>| (vec![Step::Part(name)], part.clone());
    match &record.form {
        Form::Strided(_) | Form::Meta { .. } => vec![(Vec::new(), record.clone())],
        Form::Quantized(_, quantizer) => {
            let packed = record.is_packed();
            let integers = if packed {
                Step::Method("int_repr", "packed")
            } else {
                Step::Method("int_repr", "int_repr()")
            };
            let mut parts = vec![(vec![integers], record.clone())];
            if let Quantizer::PerChannel { scales, zero_points, .. } = quantizer {
                let own = [
                    ("q_per_channel_scales", "scales", scales),
                    ("q_per_channel_zero_points", "zero_points", zero_points),
                ];
                parts.extend(own.map(|(name, kept, record)| match packed {
                    true => (vec![Step::Method(name, kept)], record.clone()),
                    false => (vec![Step::Call(name)], record.clone()),
                }));
            }
            parts
        }
        Form::Coo { indices, values, .. } => {
            vec![method("indices", "_indices()", indices), method("values", "_values()", values)]
        }
        Form::Compressed { layout, compressed, plain, values } => {
            let by_row = matches!(*layout, "sparse_csr" | "sparse_bsr");
            let names =
                if by_row { ("crow_indices", "col_indices") } else { ("ccol_indices", "row_indices") };
            let call = |name, part: &Rc<TensorRecord>| (vec![Step::Call(name)], part.clone());
            vec![call(names.0, compressed), call(names.1, plain), call("values", values)]
        }
        Form::Nested { buffer, sizes, strides, offsets } => {
            vec![
                part("buffer", buffer),
                part("sizes", sizes),
                part("strides", strides),
                part("offsets", offsets),
            ]
        }
    }
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
        Node::Dict(dict) => keyed(graph, &dict.items),
        Node::Object(object) => children_of(graph, object),
        _ => Vec::new(),
    }
}

fn keyed(graph: &Graph, items: &[(NodeId, NodeId)]) -> Vec<(Step, NodeId)> {
    let last = last_of_each(graph, items).enumerate();
    last.map(|(place, (key, value))| (Step::Key(key, place), value)).collect()
}

fn children_of(graph: &Graph, object: &Object) -> Vec<(Step, NodeId)> {
    if let Some([_, args, keywords]) = module::partial(graph, object) {
        return vec![(Step::Part("args"), args), (Step::Part("keywords"), keywords)];
    }
    let mut found: Vec<_> =
        module::attributes(graph, object).map(|(key, value)| (Step::Attribute(key), value)).collect();
    if found.is_empty()
        && let Some(state) = object.state
    {
        found.push((Step::StateOf, state));
    }
    found.extend(keyed(graph, &object.entries));
    if let Some(mapping) = module::called_with_mapping(graph, object) {
        found.push((Step::Here, mapping));
        return found;
    }
    let numbered = |items: &[NodeId], step: fn(usize) -> Step| {
        items.iter().enumerate().map(move |(place, &item)| (step(place), item)).collect::<Vec<_>>()
    };
    // A named tuple is its arguments.
    let is_tuple = object.made == Made::New
        && object.state.is_none()
        && object.items.is_empty()
        && object.entries.is_empty();
    let step: fn(usize) -> Step = if is_tuple { Step::Place } else { Step::Argument };
    found.extend(numbered(&object.args, step));
    found.extend(object.keywords.iter().map(|&(key, value)| (Step::Keyword(key), value)));
    found.extend(numbered(&object.items, Step::Place));
    found
}

/// The entries of a dictionary without those that a later one replaces.
fn last_of_each<'a>(
    graph: &'a Graph,
    items: &'a [(NodeId, NodeId)],
) -> impl Iterator<Item = (NodeId, NodeId)> + 'a {
    let mut last = torchsh_base::hash::SeededMap::default();
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
