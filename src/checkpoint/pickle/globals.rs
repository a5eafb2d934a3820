//! The names that pickles may use to make values, and what each makes. All other names stay names.

use std::rc::Rc;

use super::{Build, calls, fault, numpy, python, quantized, torch};
use crate::dtype::Dtype;
use crate::graph::{Dict, Global, Graph, Node, NodeId};
use crate::limits;
use torchsh_base::error::{Error, Result};

/// Makes a value from arguments; none where they are not such that it can tell what Python would make.
type Known = fn(&mut Build, &[NodeId]) -> Result<Option<NodeId>>;

/// The module under which names are kept that a file gives by their number in `copyreg`'s registry of extensions.
pub const EXTENSIONS: &str = "copyreg's extensions";

/// A module's name as it is today.
fn module_today(module: &str) -> &str {
    match module {
        "__builtin__" => "builtins",
        "copy_reg" => "copyreg",
        "numpy.core.multiarray" => "numpy._core.multiarray",
        "numpy.core.numeric" => "numpy._core.numeric",
        "torch.tensor" => "torch._tensor",
        "torch.nn" => "torch.nn.parameter",
        other => other,
    }
}

fn known(global: &Global) -> Option<Known> {
    let known: Known = match (module_today(global.module.as_str()), global.name.as_str()) {
        ("collections", "OrderedDict") => python::ordered_dict,
        ("collections", "defaultdict") => python::defaultdict,
        ("collections", "Counter") => python::counter,
        ("builtins", "dict") => python::dict,
        ("builtins", "list") => python::list,
        ("builtins", "tuple") => python::tuple,
        ("builtins", "set") => python::set,
        ("builtins", "frozenset") => python::frozenset,
        ("builtins", "bytes") => python::bytes,
        ("builtins", "bytearray") => python::bytearray,
        ("builtins", "complex") => python::complex,
        ("builtins", "getattr") => python::getattr,
        ("_codecs", "encode") => python::encode,
        ("copyreg", "_reconstructor") => python::reconstructor,
        ("copyreg", "__newobj__") => python::newobj,
        ("copyreg", "__newobj_ex__") => python::newobj_ex,
        ("numpy._core.multiarray", "_reconstruct") => numpy::reconstruct,
        ("numpy._core.multiarray", "scalar") => numpy::scalar,
        ("numpy._core.numeric", "_frombuffer") => numpy::from_buffer,
        ("numpy", "dtype") => numpy::dtype,
        ("torch", "Size") => torch::size,
        ("torch", "device") => torch::device,
        ("torch.serialization", "_get_layout") => torch::layout,
        ("torch.storage", "_load_from_bytes") => torch::load_from_bytes,
        ("torch.nn.parameter", "Parameter") => torch::parameter_class,
        ("torch.autograd.variable", "Variable") => torch::variable_class,
        ("torch._tensor", "_rebuild_from_type") => torch::from_type,
        ("torch._tensor", "_rebuild_from_type_v2") => torch::from_type_v2,
        ("torch.jit._pickle", name) => torch::script_function(name)?,
        ("torch._utils", name) => torch::rebuild_function(name)?,
        _ => return None,
    };
    Some(known)
}

/// Whether a name becomes a value (as a callable or by itself).
#[must_use]
pub fn is_known(global: &Global) -> bool {
    known(global).is_some() || value(global).is_some() || torch::storage_dtype(global).is_some()
}

/// What a name stands for by itself: a dtype.
#[must_use]
pub fn value(global: &Global) -> Option<Node> {
    if global.module.as_str() != "torch" {
        return None;
    }
    Dtype::from_name(global.name.as_str()).map(Node::Dtype)
}

/// What calling a name makes; none where that is not known.
///
/// # Errors
/// Malformed arguments of a function that makes tensors or arrays, tensors beyond their storage, limits.
pub fn call(build: &mut Build, global: &Rc<Global>, args: &[NodeId]) -> Result<Option<NodeId>> {
    let Some(function) = known(global) else { return calls::called_module(build, global, args) };
    if build.calls >= limits::NESTED_CALLS {
        return Err(fault(format!("calls of calls, more than {} deep", limits::NESTED_CALLS)));
    }
    build.calls += 1;
    let made = function(build, args);
    build.calls -= 1;
    // Said once, by the innermost.
    made.map_err(|error| if error.notes().is_empty() { error.note(format!("in {global}")) } else { error })
}

/// Whether an object that is named so was given another form when it was read, and could not be written as it came.
#[must_use]
pub fn is_rearranged(global: &Global) -> bool {
    let module = global.module.as_str();
    module.starts_with("__torch__") || module.starts_with("tensordict") || module.contains(".quantized")
}

/// `BUILD`: gives an object its state.
///
/// # Errors
/// `UnpicklingError` for an object that cannot have one.
pub fn set_state(build: &mut Build, target: NodeId, state: NodeId) -> Result<()> {
    match build.graph.get(target) {
        Node::Array(_) => return numpy::set_array_state(build, target, state),
        Node::ArrayType(_) => return numpy::set_type_state(build, target, state),
        Node::Tensor(_) => return torch::set_tensor_state(build, target, state),
        Node::Object(object) => {
            let (class, before) = (object.class.clone(), object.state);
            return set_object_state(build, target, &class, before, state);
        }
        Node::Dict(dict) => {
            let before = dict.attributes;
            let state = merged(&mut build.graph, before, state)?;
            if let Some(Node::Dict(dict)) = build.graph.get_mut(target) {
                dict.attributes = Some(state);
            }
        }
        _ => return Err(fault("a state is set on what can have none")),
    }
    Ok(())
}

fn set_object_state(
    build: &mut Build,
    target: NodeId,
    class: &Global,
    before: Option<NodeId>,
    state: NodeId,
) -> Result<()> {
    if let Some(made) = state_makes(build, class, target, state)? {
        if let Some(place) = build.graph.get_mut(target) {
            *place = made;
        }
        return Ok(());
    }
    let seen = quantized::module_state(build, class, state)?;
    let seen = numpy::masked_state(build, class, seen)?;
    let seen = unwrapped(&mut build.graph, seen)?;
    let seen = merged(&mut build.graph, before, seen)?;
    if let Some(Node::Object(object)) = build.graph.get_mut(target) {
        if seen != state || object.written.is_some() {
            object.written_mut().states.push((None, state));
        }
        object.state = Some(seen);
    }
    Ok(())
}

/// Objects that are told from their state to be an array or a tensor.
fn state_makes(build: &mut Build, class: &Global, target: NodeId, state: NodeId) -> Result<Option<Node>> {
    match (class.module.as_str(), class.name.as_str()) {
        (module, "_reconstruct") if module.starts_with("numpy") => {
            Ok(numpy::array_of_subclass(build, target, state))
        }
        (module, "ShardedTensor") if module.contains("sharded_tensor") => {
            torch::local_shard(build, target, state)
        }
        _ => Ok(None),
    }
}

/// The state of a module whose `__getstate__` wrapped its `__dict__` in another dictionary: both in one.
fn unwrapped(graph: &mut Graph, state: NodeId) -> Result<NodeId> {
    const TABLES: [&str; 3] = ["_parameters", "_buffers", "_modules"];
    let Some(entries) = graph.entries(state).filter(|entries| entries.len() <= 16) else { return Ok(state) };
    let is_module = |&id: &NodeId| {
        graph.entries(id).is_some_and(|inside| inside.len() <= 1000)
            && TABLES.iter().all(|table| graph.item(id, table).is_some_and(|id| graph.entries(id).is_some()))
    };
    let inside = entries.iter().map(|(_, value)| *value).find(is_module);
    let Some(inside) = inside.filter(|_| graph.item(state, "_modules").is_none()) else { return Ok(state) };
    merged(graph, Some(inside), state)
}

/// A state set after another one: Python puts both into the object's `__dict__`.
fn merged(graph: &mut Graph, before: Option<NodeId>, after: NodeId) -> Result<NodeId> {
    let Some(before) = before.filter(|&before| before != after) else { return Ok(after) };
    match (graph.entries(before), graph.entries(after)) {
        (Some(old), Some(new)) => {
            let items = [old, new].concat();
            graph.add(Node::Dict(Box::new(Dict { items, ..Dict::default() })))
        }
        _ => graph.add(Node::Tuple(Box::new(vec![before, after]))),
    }
}

/// The arguments of a known function, read as what they must be.
pub struct Given<'a> {
    /// Where they are.
    pub graph: &'a Graph,
    /// They.
    pub items: &'a [NodeId],
}

impl<'a> Given<'a> {
    /// The error that an argument is not what it must be.
    #[must_use]
    pub fn malformed(&self, index: usize) -> Error {
        fault(format!("argument {} is malformed or missing", index.saturating_add(1)))
    }

    /// The argument's number in the graph.
    pub fn id(&self, index: usize) -> Result<NodeId> {
        self.items.get(index).copied().ok_or_else(|| self.malformed(index))
    }

    /// The argument.
    pub fn node(&self, index: usize) -> Result<&'a Node> {
        Ok(self.graph.get(self.id(index)?))
    }

    /// An integer.
    pub fn int(&self, index: usize) -> Result<i64> {
        self.graph.int(self.id(index)?).ok_or_else(|| self.malformed(index))
    }

    /// A truth value; false where it was not given.
    #[must_use]
    pub fn truth(&self, index: usize) -> bool {
        self.items.get(index).and_then(|&id| self.graph.int(id)).is_some_and(|value| value != 0)
    }

    /// A float or integer.
    pub fn float(&self, index: usize) -> Result<f64> {
        match self.node(index)? {
            Node::Float(value) => Ok(*value),
            _ => self.int(index).map(|value| value as f64),
        }
    }

    /// A list, tuple or `torch.Size` of integers.
    pub fn ints(&self, index: usize) -> Result<Vec<i64>> {
        self.graph.sizes(self.id(index)?).ok_or_else(|| self.malformed(index))
    }

    /// A string.
    pub fn str(&self, index: usize) -> Result<&'a str> {
        self.graph.str(self.id(index)?).ok_or_else(|| self.malformed(index))
    }

    /// A dictionary.
    pub fn dict(&self, index: usize) -> Result<&'a Dict> {
        match self.node(index)? {
            Node::Dict(dict) => Ok(dict),
            _ => Err(self.malformed(index)),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::content::from_mapping;
    use crate::graph::Node;
    use crate::mapping::Mapping;
    use crate::module;

    const TABLES: &str = "(dS'_parameters'\n(dS'w'\nI1\nssS'_buffers'\n(dsS'_modules'\n(ds";

    fn names_of(pickle: &str) -> Vec<String> {
        let loaded = from_mapping(&Mapping::of_bytes(pickle.as_bytes().to_vec(), "model.pt")).unwrap();
        let (entries, _) = module::state_of(&loaded.graph, loaded.root).unwrap();
        entries.into_iter().map(|(name, _)| name).collect()
    }

    fn attributes_of(pickle: &[u8]) -> Vec<String> {
        let loaded = from_mapping(&Mapping::of_bytes(pickle.to_vec(), "object.pkl")).unwrap();
        let Node::Object(object) = loaded.graph.get(loaded.root) else { return Vec::new() };
        let names = module::attributes(&loaded.graph, object);
        names.map(|(name, _)| loaded.graph.str(name).unwrap().to_owned()).collect()
    }

    #[test]
    fn a_state_is_kept_however_it_is_given() {
        assert_eq!(attributes_of(b"cmain\nC\n)R(dS'a'\nI1\nsb(dS'b'\nI2\nsb."), ["a", "b"]);
        let by_call = b"cmain\nC\n)Rp0\ncmain\ngive\n(g0\n(dS'a'\nI1\nstR0.";
        assert_eq!(attributes_of(by_call), ["a"]);
        let wrapped = format!("cmain\nNet\n)R(dS'kept'\n{TABLES}sS'version'\nI3\nsb.");
        assert_eq!(names_of(&wrapped), ["w"]);
    }

    #[test]
    fn modules_that_are_pickled_as_calls_have_their_tensors() {
        let traced = format!("ctorch.fx.graph_module\nreduce_graph_module\n({TABLES}S'import torch'\ntR.");
        assert_eq!(names_of(&traced), ["w"]);
        let compiled = format!("ctorch._dynamo.eval_frame\nOptimizedModule\n(cmain\nNet\n)R{TABLES}bNtR.");
        assert_eq!(names_of(&compiled), ["_orig_mod.w"]);
        let neither = "ctorch.fx.graph_module\nreduce_graph_module\n(I1\ntR.";
        assert!(names_of(neither).is_empty());
    }
}
