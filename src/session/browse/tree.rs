//! A checkpoint as a tree to walk: its containers, and the modules that the keys of its state_dicts speak of.

use std::collections::HashMap;

use torchsh_base::error::{Error, Result};
use torchsh_builtins::verbs::nested;
use torchsh_checkpoint::limits;
use torchsh_language::value::report::optimizer::Labels;
use torchsh_language::value::report::{Facts, Row, Totals, What, gather};
use torchsh_language::value::{Value, Vm};

/// How deep a checkpoint is looked into.
const DEPTH: usize = 12;

/// Parts of a key that are modules of their own; a longer key keeps the rest as one name.
const PARTS: usize = 32;

/// A checkpoint as a tree.
pub struct Tree {
    /// What can be walked over; a part stands behind what it is in.
    pub nodes: Vec<Node>,
    /// Those that are in nothing.
    pub roots: Vec<usize>,
    /// What all comes to.
    pub totals: Totals,
    pub(super) containers: Vec<Container>,
}

/// A place in the tree.
pub struct Node {
    /// Its name where it lies, as the file has it: not safe to show.
    pub label: String,
    /// Its names from the top, with full stops between.
    pub path: String,
    /// What it lies in; none of the top.
    pub parent: Option<usize>,
    /// What lies in it, in order.
    pub children: Vec<usize>,
    /// What is there.
    pub content: Content,
    /// Tensors in it.
    pub tensors: usize,
    /// Bytes of these.
    pub bytes: u64,
    pub(super) place: Place,
    /// What is there; none of a module, which is only a part of keys.
    pub(super) value: Option<Value>,
}

/// What is at a place.
pub enum Content {
    /// A tensor.
    Tensor(Facts),
    /// A value: its type, and itself in short.
    Other(String, String),
    /// A dictionary, a list, a model, of this type.
    Container(String),
    /// A module: keys that begin alike.
    Module,
}

/// How a node is reached.
#[derive(Clone)]
pub(super) enum Place {
    /// Under a key of a container.
    Entry { container: usize, key: Value },
    /// Under all keys of a container that begin so.
    Keys { container: usize, beginning: String },
}

impl Place {
    pub fn container(&self) -> usize {
        match self {
            Place::Entry { container, .. } | Place::Keys { container, .. } => *container,
        }
    }
}

/// What holds entries.
pub(super) struct Container {
    /// How it is written: `ckpt["state_dict"]`; none where nothing of the program's leads to it.
    pub expression: Option<String>,
    pub kind: Kind,
}

/// What can be done with the entries of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A state_dict: the verbs do it.
    StateDict,
    /// Another dictionary, or a list: Python's `del` does it.
    Plain,
    /// Nothing: a model's own entries, a tuple.
    Fixed,
}

impl Tree {
    /// The tree of a value that is written so.
    ///
    /// # Errors
    /// What reading a key or a `__repr__` raises; Ctrl-C.
    pub fn of(vm: &dyn Vm, value: &Value, expression: &str) -> Result<Tree> {
        let mut making = Making { vm, nodes: Vec::new(), containers: Vec::new(), labels: Labels::default() };
        if let Some(dict) = value.as_dict() {
            making.labels.learn_own(&dict);
        }
        making.container(None, value, Some(expression.to_owned()), DEPTH)?;
        let Making { nodes, containers, .. } = making;
        let mut tree = Tree { nodes, roots: Vec::new(), totals: Totals::default(), containers };
        tree.totals = Totals::of(&tree.rows());
        tree.add_up();
        tree.join_lone_modules();
        tree.roots = (0..tree.nodes.len()).filter(|id| tree.is_top(*id)).collect();
        Ok(tree)
    }

    /// The node of a number.
    pub fn node(&self, id: usize) -> Option<&Node> {
        self.nodes.get(id)
    }

    /// All nodes in the order in which they are walked over.
    pub fn order(&self) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.nodes.len());
        let mut left: Vec<usize> = self.roots.iter().rev().copied().collect();
        while let Some(id) = left.pop() {
            order.push(id);
            left.extend(self.node(id).into_iter().flat_map(|node| node.children.iter().rev()));
        }
        order
    }

    fn is_top(&self, id: usize) -> bool {
        self.node(id).is_some_and(|node| node.parent.is_none() && !node.label.is_empty())
    }

    /// The entries that hold nothing else, as rows of a report.
    fn rows(&self) -> Vec<Row> {
        let row = |node: &Node| {
            let what = match &node.content {
                Content::Tensor(facts) => What::Tensor(facts.clone()),
                Content::Other(kind, text) => What::Other(kind.clone(), text.clone()),
                Content::Container(_) | Content::Module => return None,
            };
            Some(Row { key: node.path.clone(), count: 1, what })
        };
        self.nodes.iter().filter_map(row).collect()
    }

    /// What each holds: a part stands behind what it is in, so that one pass from the end does.
    fn add_up(&mut self) {
        for id in (0..self.nodes.len()).rev() {
            let Some(node) = self.nodes.get(id) else { continue };
            let (parent, tensors, bytes) = (node.parent, node.tensors, node.bytes);
            if let Some(parent) = parent.and_then(|parent| self.nodes.get_mut(parent)) {
                parent.tensors += tensors;
                parent.bytes = parent.bytes.saturating_add(bytes);
            }
        }
    }

    /// A module that holds one module and nothing else is one with it: `encoder.layers`.
    fn join_lone_modules(&mut self) {
        for id in (0..self.nodes.len()).rev() {
            let Some(node) = self.nodes.get(id) else { continue };
            let ([only], Content::Module) = (node.children.as_slice(), &node.content) else { continue };
            let only = *only;
            let is_module = |node: &Node| matches!(node.content, Content::Module);
            let Some(inner) = self.nodes.get_mut(only).filter(|inner| is_module(inner)) else { continue };
            // What is joined has no name of its own any more, and is in no list.
            let label = std::mem::take(&mut inner.label);
            let (path, place) = (inner.path.clone(), inner.place.clone());
            let children = std::mem::take(&mut inner.children);
            for child in &children {
                if let Some(child) = self.nodes.get_mut(*child) {
                    child.parent = Some(id);
                }
            }
            if let Some(node) = self.nodes.get_mut(id) {
                node.label = format!("{}.{label}", node.label);
                (node.path, node.place, node.children) = (path, place, children);
            }
        }
    }
}

/// A tree in the making.
struct Making<'a> {
    vm: &'a dyn Vm,
    nodes: Vec<Node>,
    containers: Vec<Container>,
    /// The parameters that states of optimizers belong to.
    labels: Labels,
}

impl Making<'_> {
    /// The entries of a value below a node; whether it holds any that are worth a place of their own.
    fn container(
        &mut self,
        parent: Option<usize>,
        value: &Value,
        expression: Option<String>,
        depth: usize,
    ) -> Result<bool> {
        let Some((depth, (kind, entries, expression))) =
            depth.checked_sub(1).and_then(|depth| Some((depth, held(self.vm, value, expression)?)))
        else {
            return Ok(false);
        };
        let number = self.containers.len();
        self.containers.push(Container { expression, kind });
        let mut modules = HashMap::new();
        self.labels.learn(&entries);
        let of = value.as_dict();
        for (key, value) in entries {
            self.vm.check_interrupt()?;
            // A state of an optimizer is called by its parameter, as the verbs call it.
            let text = match self.labels.name(of.as_ref(), &key) {
                Some(name) => name.to_owned(),
                None => gather::key_text(self.vm, &key)?,
            };
            let (parent, label) = match kind {
                Kind::StateDict | Kind::Fixed if key.as_str().is_some() => {
                    self.module(&mut modules, parent, number, &text)
                }
                _ => (parent, text.clone()),
            };
            self.entry(parent, label, (number, key), value, depth)?;
        }
        Ok(true)
    }

    /// The module that a key lies in, and the key's name there.
    fn module(
        &mut self,
        modules: &mut HashMap<String, usize>,
        top: Option<usize>,
        container: usize,
        key: &str,
    ) -> (Option<usize>, String) {
        let (mut parent, mut start) = (top, 0);
        for (stop, _) in key.match_indices('.').take(PARTS) {
            let Some(label) = key.get(start..stop).filter(|label| !label.is_empty()) else { continue };
            // Behind the last full stop there is a name too.
            let Some(beginning) = key.get(..=stop).filter(|beginning| beginning.len() < key.len()) else {
                break;
            };
            let (within, label) = (parent, label.to_owned());
            let id = *modules.entry(beginning.to_owned()).or_insert_with(|| {
                let place = Place::Keys { container, beginning: beginning.to_owned() };
                self.push(within, label, Content::Module, place, None)
            });
            (parent, start) = (Some(id), stop + 1);
        }
        (parent, key.get(start..).unwrap_or_default().to_owned())
    }

    fn entry(
        &mut self,
        parent: Option<usize>,
        label: String,
        (container, key): (usize, Value),
        value: Value,
        depth: usize,
    ) -> Result<()> {
        // Few bytes of a file are many places, where dictionaries are held again and again.
        if self.nodes.len() >= limits::NAMED_TENSORS {
            let message = format!("there are more than {} places to walk to", limits::NAMED_TENSORS);
            return Err(Error::value(message).hint("browse a part of it: browse ckpt[\"state_dict\"]"));
        }
        let within = self.containers.get(container).and_then(|container| container.expression.clone());
        let expression =
            within.and_then(|within| Some(format!("{within}[{}]", nested::quoted(self.vm, &key)?)));
        let row = gather::row(self.vm, &key, &value)?;
        let content = match row.what {
            What::Tensor(facts) => Content::Tensor(facts),
            What::Other(kind, text) => Content::Other(kind, text),
        };
        let id = self.push(parent, label, content, Place::Entry { container, key }, Some(value.clone()));
        if self.container(Some(id), &value, expression, depth)?
            && let Some(node) = self.nodes.get_mut(id)
            && let Content::Other(kind, _) = &node.content
        {
            node.content = Content::Container(kind.clone());
        }
        Ok(())
    }

    fn push(
        &mut self,
        parent: Option<usize>,
        label: String,
        content: Content,
        place: Place,
        value: Option<Value>,
    ) -> usize {
        let id = self.nodes.len();
        let above = parent.and_then(|parent| self.nodes.get_mut(parent));
        let path = match above {
            Some(above) => {
                above.children.push(id);
                format!("{}.{label}", above.path)
            }
            None => label.clone(),
        };
        let (tensors, bytes) = match &content {
            Content::Tensor(facts) => (1, facts.bytes),
            _ => (0, 0),
        };
        // A key may be empty; a node without a name is one that was joined to another.
        let label = if label.is_empty() { "\"\"".to_owned() } else { label };
        self.nodes.push(Node {
            label,
            path,
            parent,
            children: Vec::new(),
            content,
            tensors,
            bytes,
            place,
            value,
        });
        id
    }
}

type Held = (Kind, Vec<(Value, Value)>, Option<String>);

/// What a value holds, what can be done with it, and how it is written.
fn held(vm: &dyn Vm, value: &Value, expression: Option<String>) -> Option<Held> {
    if value.is_tensor_or_array() {
        return None;
    }
    if let Some(parts) = nested::parts(vm, value).filter(|parts| !parts.is_empty()) {
        let has_tensors = parts.iter().any(|(_, part)| part.is_tensor_or_array());
        return Some(match value {
            Value::List(_) => (Kind::Plain, parts, expression),
            Value::Tuple(_) => (Kind::Fixed, parts, expression),
            other if other.as_dict().is_some() => {
                (if has_tensors { Kind::StateDict } else { Kind::Plain }, parts, expression)
            }
            _ => (Kind::Fixed, parts, expression.map(|expression| format!("{expression}.state_dict()"))),
        });
    }
    let is_object = matches!(value, Value::Native(_) | Value::Instance(_));
    let held = is_object.then(|| gather::held(vm, value)).flatten()?;
    Some((Kind::Fixed, held.entries(), None))
}
