//! Whole models and optimizers that were pickled as objects: what their `state_dict()` would give, without their class.

#[cfg(test)]
use std::rc::Rc;

#[cfg(test)]
use super::graph::DictKind;
use super::graph::{Dict, Global, Graph, Made, Node, NodeId, Object};
use super::limits;
#[cfg(test)]
use super::record::TensorRecord;
use torchsh_base::Str;
use torchsh_base::error::{Error, Kind, Result};
use torchsh_base::hash::{SeededMap, SeededSet};

/// The attributes of an object, by name: its state, and that of its slots.
#[must_use]
pub fn attribute(graph: &Graph, object: &Object, name: &str) -> Option<NodeId> {
    let named = |dict| {
        let entries: &[(NodeId, NodeId)] = graph.mapping(dict).unwrap_or_default();
        entries.iter().rev().find(|(key, _)| graph.str(*key) == Some(name)).map(|(_, value)| *value)
    };
    state_dicts(graph, object).find_map(named)
}

/// All attributes of an object, in order.
pub fn attributes<'a>(graph: &'a Graph, object: &Object) -> impl Iterator<Item = (NodeId, NodeId)> + 'a {
    state_dicts(graph, object).flat_map(|dict| graph.mapping(dict).unwrap_or_default().iter().copied())
}

/// How much there is to look through in an object or a container.
#[must_use]
pub fn breadth(graph: &Graph, id: NodeId) -> usize {
    match graph.get(id) {
        Node::Object(object) => {
            let state = state_dicts(graph, object).map(|dict| graph.breadth(dict)).sum::<usize>();
            state + object.args.len() + object.items.len() + object.entries.len()
        }
        _ => graph.breadth(id),
    }
}

/// The dictionaries of an object's state: one, or a pair of `__dict__` and slots.
fn state_dicts(graph: &Graph, object: &Object) -> impl Iterator<Item = NodeId> + use<> {
    let state = object.state.unwrap_or(NodeId::NONE);
    let parts = match graph.get(state) {
        Node::Tuple(parts) => parts.iter().copied().filter(|&part| graph.entries(part).is_some()).collect(),
        Node::Dict(_) => vec![state],
        Node::Object(object) if !object.entries.is_empty() => vec![state],
        _ => Vec::new(),
    };
    parts.into_iter()
}

/// The object with that number, if it is a model: it has parameters, buffers and modules.
#[must_use]
pub fn as_module(graph: &Graph, id: NodeId) -> Option<&Object> {
    let Node::Object(object) = graph.get(id) else { return None };
    let has = |name| attribute(graph, object, name).is_some_and(|dict| graph.entries(dict).is_some());
    (has("_parameters") && has("_buffers") && has("_modules")).then_some(object)
}

/// What stands among the modules of a model.
pub fn submodules<'a>(graph: &'a Graph, model: &Object) -> impl Iterator<Item = NodeId> + 'a {
    let table = attribute(graph, model, "_modules").and_then(|table| graph.entries(table));
    table.unwrap_or_default().iter().map(|&(_, module)| module)
}

/// Which objects of a graph are models whose `state_dict()` can be made: modules may hold each other so that a few unfold to
/// any number, or without end.
#[derive(Default)]
pub struct Models {
    /// Entries and bytes of names; none where they have no end.
    unfolded: SeededMap<NodeId, Option<(usize, usize)>>,
}

impl Models {
    /// Whether the object with that number is one.
    pub fn has(&mut self, graph: &Graph, id: NodeId) -> bool {
        let unfolded = |this: &mut Self| this.unfolded(graph, id, 0);
        as_module(graph, id).is_some() && !is_script(graph, id) && unfolded(self).is_some_and(is_small)
    }

    fn unfolded(&mut self, graph: &Graph, id: NodeId, depth: usize) -> Option<(usize, usize)> {
        if let Some(known) = self.unfolded.get(&id) {
            return *known;
        }
        let Some(object) = as_module(graph, id) else { return Some((1, 0)) };
        // One that is met again while it is counted has no end.
        self.unfolded.insert(id, None);
        let counted = if depth > limits::MODULE_NESTING { None } else { self.counted(graph, object, depth) };
        self.unfolded.insert(id, counted);
        counted
    }

    fn counted(&mut self, graph: &Graph, object: &Object, depth: usize) -> Option<(usize, usize)> {
        let table =
            |name| attribute(graph, object, name).and_then(|table| graph.entries(table)).unwrap_or_default();
        let length = |name: NodeId| graph.str(name).map_or(0, str::len) + 1;
        let (mut entries, mut bytes) = (1_usize, 0_usize);
        for &(name, _) in table("_parameters").iter().chain(table("_buffers")) {
            (entries, bytes) = (entries + 1, bytes + length(name));
        }
        for &(name, child) in table("_modules") {
            let (inner, names) = self.unfolded(graph, child, depth + 1)?;
            entries = entries.saturating_add(inner);
            bytes = bytes.saturating_add(names).saturating_add(inner.saturating_mul(length(name)));
        }
        Some((entries, bytes)).filter(|&unfolded| is_small(unfolded))
    }
}

fn is_small((entries, bytes): (usize, usize)) -> bool {
    entries <= limits::MODEL_ENTRIES && bytes <= limits::TENSOR_NAMES
}

/// The dictionary of an object that is made by calling a class with nothing but a dictionary: how a class made from `dict`
/// may choose to be pickled.
#[must_use]
pub fn called_with_mapping(graph: &Graph, object: &Object) -> Option<NodeId> {
    let &[mapping] = object.args.as_slice() else { return None };
    let is_plain = object.made == Made::Call && object.items.is_empty() && object.entries.is_empty();
    (is_plain && object.keywords.is_empty() && graph.entries(mapping).is_some()).then_some(mapping)
}

/// The function, arguments and keyword arguments of a `functools.partial`.
#[must_use]
pub fn partial(graph: &Graph, object: &Object) -> Option<[NodeId; 3]> {
    let is_partial = (object.class.module.as_str(), object.class.name.as_str()) == ("functools", "partial");
    match graph.sequence(object.state.filter(|_| is_partial)?)? {
        &[function, args, keywords, ..] => Some([function, args, keywords]),
        _ => None,
    }
}

/// Whether the object with that number is a module of TorchScript, whose weights are attributes.
#[must_use]
pub fn is_script(graph: &Graph, id: NodeId) -> bool {
    let Node::Object(object) = graph.get(id) else { return false };
    let module = object.class.module.as_str();
    module.starts_with("__torch__") && !module.starts_with("__torch__.torch.classes")
}

/// The object with that number, if it is an optimizer: it has a state and groups of parameters.
#[must_use]
pub fn as_optimizer(graph: &Graph, id: NodeId) -> Option<&Object> {
    let Node::Object(object) = graph.get(id) else { return None };
    let state = attribute(graph, object, "state").is_some_and(|state| graph.entries(state).is_some());
    let groups =
        attribute(graph, object, "param_groups").is_some_and(|groups| graph.sequence(groups).is_some());
    (state && groups).then_some(object)
}

/// One of a model's tensors, under the name that its `state_dict()` gives it.
pub type Named = (String, NodeId);

/// The entries of a model's `state_dict()`, and the path and object of every module in it.
///
/// # Errors
/// `RecursionError` for modules nested beyond [`limits::NESTING`] or holding themselves.
pub fn state_of(graph: &Graph, root: NodeId) -> Result<(Vec<Named>, Vec<Named>)> {
    let mut walk = Walk { graph, entries: Vec::new(), modules: Vec::new(), named: 0, path: Vec::new() };
    walk.module(root, "")?;
    Ok((walk.entries, walk.modules))
}

/// How many tensors a module holds, in attributes of its own, that its `state_dict()` leaves out: buffers that are not
/// persistent, and tensors that are neither parameters nor buffers.
#[must_use]
pub fn tensors_beside(graph: &Graph, module: NodeId) -> usize {
    let Some(object) = as_module(graph, module) else { return 0 };
    let is_tensor = |id: NodeId| matches!(graph.get(id), Node::Tensor(_));
    let own = attributes(graph, object).filter(|(_, value)| is_tensor(*value)).count();
    let walk = Walk { graph, entries: Vec::new(), modules: Vec::new(), named: 0, path: Vec::new() };
    let skipped = walk.not_persistent(object);
    let left_out = walk.named(object, "_buffers").into_iter();
    own + left_out.filter(|(name, value)| skipped.contains(name) && is_tensor(*value)).count()
}

struct Walk<'a> {
    graph: &'a Graph,
    entries: Vec<Named>,
    modules: Vec<Named>,
    /// Bytes of their names.
    named: usize,
    /// Modules around the one that is walked.
    path: Vec<NodeId>,
}

impl<'a> Walk<'a> {
    fn module(&mut self, id: NodeId, prefix: &str) -> Result<()> {
        let Some(object) = as_module(self.graph, id) else { return Ok(()) };
        if self.path.len() > limits::MODULE_NESTING || self.path.contains(&id) {
            return Err(Error::new(Kind::Recursion, format!("module '{prefix}' holds itself")));
        }
        if self.entries.len() + self.modules.len() > limits::NAMED_TENSORS {
            return Err(Error::value(format!("a model of more than {} tensors", limits::NAMED_TENSORS)));
        }
        self.named = self.named.saturating_add(prefix.len());
        if self.named > limits::TENSOR_NAMES {
            return Err(Error::value(format!(
                "names of modules of more than {} bytes",
                limits::TENSOR_NAMES
            )));
        }
        self.modules.push((prefix.trim_end_matches('.').to_owned(), id));
        self.path.push(id);
        self.tensors(object, "_parameters", prefix, &SeededSet::default())?;
        let skipped = self.not_persistent(object);
        self.tensors(object, "_buffers", prefix, &skipped)?;
        for (name, child) in self.named(object, "_modules") {
            if as_module(self.graph, child).is_none() && matches!(self.graph.get(child), Node::Object(_)) {
                // Its class pickles in a way of its own: its tensors are there, its tables are not.
                self.entries.push((format!("{prefix}{name}"), child));
            }
            self.module(child, &format!("{prefix}{name}."))?;
        }
        self.path.pop();
        Ok(())
    }

    fn tensors(
        &mut self,
        object: &Object,
        table: &str,
        prefix: &str,
        skipped: &SeededSet<&str>,
    ) -> Result<()> {
        for (name, value) in self.named(object, table) {
            if !skipped.contains(name) && value != NodeId::NONE {
                self.named = self.named.saturating_add(prefix.len() + name.len());
                if self.named > limits::TENSOR_NAMES {
                    let limit = limits::TENSOR_NAMES;
                    return Err(Error::value(format!("names of tensors of more than {limit} bytes")));
                }
                self.entries.push((format!("{prefix}{name}"), value));
            }
        }
        Ok(())
    }

    fn named(&self, object: &Object, table: &str) -> Vec<(&'a str, NodeId)> {
        let graph = self.graph;
        let entries =
            attribute(graph, object, table).and_then(|dict| graph.entries(dict)).unwrap_or_default();
        entries.iter().filter_map(|(name, value)| Some((graph.str(*name)?, *value))).collect()
    }

    fn not_persistent(&self, object: &Object) -> SeededSet<&'a str> {
        let names =
            attribute(self.graph, object, "_non_persistent_buffers_set").map(|set| self.graph.get(set));
        match names {
            Some(Node::Set(names) | Node::List(names)) => {
                names.iter().filter_map(|&name| self.graph.str(name)).collect()
            }
            _ => SeededSet::default(),
        }
    }
}

/// Adds the `state_dict()` of a model to its graph: an `OrderedDict` with `_metadata`.
///
/// # Errors
/// As [`state_of`].
#[cfg(test)]
pub fn state_dict(graph: &mut Graph, root: NodeId) -> Result<NodeId> {
    let (entries, modules) = state_of(graph, root)?;
    let mut metadata = Dict { kind: DictKind::Ordered, ..Dict::default() };
    for (path, module) in modules {
        let Node::Object(object) = graph.get(module) else { continue };
        let version = version_of(&object.class);
        let version = graph.add(Node::Int(version))?;
        let about = graph.dict([(Str::intern("version"), version)])?;
        metadata.items.push((graph.text(&path)?, about));
    }
    let metadata = graph.add(Node::Dict(Box::new(metadata)))?;
    let attributes = graph.dict([(Str::intern("_metadata"), metadata)])?;
    let mut items = Vec::with_capacity(entries.len());
    for (name, value) in entries {
        items.push((graph.text(&name)?, detached(graph, value)?));
    }
    let dict = Dict { kind: DictKind::Ordered, items, attributes: Some(attributes) };
    graph.add(Node::Dict(Box::new(dict)))
}

/// The tensor without a gradient, as `state_dict()` gives it; it shares its storage.
#[cfg(test)]
fn detached(graph: &mut Graph, value: NodeId) -> Result<NodeId> {
    let Node::Tensor(record) = graph.get(value) else { return Ok(value) };
    let plain = TensorRecord { requires_grad: false, is_parameter: false, ..record.as_ref().clone() };
    graph.add(Node::Tensor(Rc::new(plain)))
}

/// Classes that give their state another version than 1, and are not told by their name: `_version` in the sources of
/// torch 2.11, torchvision 0.26 and timm 1.0.
const VERSIONS: &[(&str, &[&str], i64)] = &[
    (
        "torch.ao.nn.intrinsic.qat.",
        &["ConvBn1d", "ConvBn2d", "ConvBn3d", "ConvBnReLU1d", "ConvBnReLU2d", "ConvBnReLU3d"],
        2,
    ),
    ("torch.ao.nn.intrinsic.quantized.modules.bn_relu", &["BNReLU2d", "BNReLU3d"], 2),
    ("torch.ao.nn.quantized.dynamic.modules.rnn", &["GRU", "LSTM"], 2),
    ("torch.ao.nn.intrinsic.quantized.modules", &["LinearReLU", "LinearLeakyReLU", "LinearTanh"], 3),
    ("torch.ao.nn.quantized.modules.linear", &["Linear", "LinearPackedParams"], 3),
    (
        "torch.ao.quantization.observer",
        &[
            "HistogramObserver",
            "MinMaxObserver",
            "MovingAverageMinMaxObserver",
            "MovingAveragePerChannelMinMaxObserver",
            "PerChannelMinMaxObserver",
        ],
        3,
    ),
    ("torch.ao.nn.intrinsic.quantized.dynamic.modules", &["LinearReLU"], 4),
    ("torch.ao.nn.quantized.dynamic.modules.linear", &["Linear"], 4),
    ("torchvision.models", &["IntermediateLayerGetter", "_DenseBlock", "MNASNet", "MLPBlock", "RPNHead"], 2),
    ("torchvision.models.detection.mask_rcnn", &["MaskRCNNHeads"], 2),
    (
        "torchvision.models.detection.retinanet",
        &["RetinaNetClassificationHead", "RetinaNetRegressionHead"],
        2,
    ),
    ("torchvision.models.quantization", &["QuantizableSqueezeExcitation"], 2),
    ("torchvision.ops.feature_pyramid_network", &["FeaturePyramidNetwork"], 2),
    ("timm.models.densenet", &["DenseBlock"], 2),
];

/// The version that a module's class gives its state: 2 for those that count batches, 1 for most others.
#[must_use]
pub fn version_of(class: &Global) -> i64 {
    let (module, name) = (class.module.as_str(), class.name.as_str());
    let counts_batches = ["BatchNorm", "InstanceNorm"].iter().any(|part| name.contains(part));
    if counts_batches && !name.contains("Frozen") {
        return 2;
    }
    let listed =
        VERSIONS.iter().find(|(prefix, names, _)| module.starts_with(prefix) && names.contains(&name));
    listed.map_or(1, |(.., version)| *version)
}

/// Adds the `state_dict()` of an optimizer to its graph: parameters become their numbers.
///
/// # Errors
/// Those of [`Graph::add`]; `TypeError` for what is no optimizer.
pub fn optimizer_state_dict(graph: &mut Graph, root: NodeId) -> Result<NodeId> {
    let object =
        as_optimizer(graph, root).ok_or_else(|| Error::type_error("the object is not an optimizer"))?.clone();
    let (mut numbers, mut groups) = (SeededMap::default(), Vec::new());
    let found = attribute(graph, &object, "param_groups").and_then(|groups| graph.sequence(groups));
    for group in found.unwrap_or_default().to_vec() {
        groups.push(packed_group(graph, group, &mut numbers)?);
    }
    let state = attribute(graph, &object, "state").and_then(|state| graph.entries(state)).unwrap_or_default();
    let mut packed = Dict::default();
    for &(key, value) in state {
        packed.items.push((numbers.get(&key).copied().unwrap_or(key), value));
    }
    let state = graph.add(Node::Dict(Box::new(packed)))?;
    let groups = graph.add(Node::List(Box::new(groups)))?;
    graph.dict([(Str::intern("state"), state), (Str::intern("param_groups"), groups)])
}

/// A group with its `params` last and as numbers.
fn packed_group(graph: &mut Graph, group: NodeId, numbers: &mut SeededMap<NodeId, NodeId>) -> Result<NodeId> {
    let entries = graph.entries(group).unwrap_or_default().to_vec();
    let mut items = Vec::with_capacity(entries.len());
    let mut params = None;
    for (key, value) in entries {
        if graph.str(key) == Some("params") {
            params = Some((key, graph.sequence(value).unwrap_or_default().to_vec()));
        } else {
            items.push((key, value));
        }
    }
    if let Some((key, tensors)) = params {
        let mut packed = Vec::with_capacity(tensors.len());
        for tensor in tensors {
            let next = i64::try_from(numbers.len()).unwrap_or(i64::MAX);
            let number = match numbers.get(&tensor) {
                Some(&number) => number,
                None => graph.add(Node::Int(next))?,
            };
            numbers.insert(tensor, number);
            packed.push(number);
        }
        items.push((key, graph.add(Node::List(Box::new(packed)))?));
    }
    graph.add(Node::Dict(Box::new(Dict { items, ..Dict::default() })))
}
