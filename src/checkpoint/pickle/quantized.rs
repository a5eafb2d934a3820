//! Modules of eager and FX quantization keep their weights in a tuple or in objects of C++, and give them in `state_dict()`
//! under names of their own (`__getstate__` and `_save_to_state_dict` in `torch/ao/nn/quantized/modules`). Here they get
//! the tables that other modules have.

use std::rc::Rc;

use super::Build;
use crate::dtype::Dtype;
use crate::graph::{Global, Graph, Node, NodeId};
use crate::mapping::Region;
use crate::record::{Storage, TensorRecord};
use torchsh_base::Str;
use torchsh_base::error::Result;

/// The state of a convolution, a tuple.
const CONVOLUTION: [&str; 15] = [
    "in_channels",
    "out_channels",
    "kernel_size",
    "stride",
    "padding",
    "dilation",
    "transposed",
    "output_padding",
    "groups",
    "padding_mode",
    "weight",
    "bias",
    "scale",
    "zero_point",
    "training",
];

/// The state of such a module with everything in `_buffers` that its `state_dict()` gives; any other state as it is.
///
/// # Errors
/// Those of [`Graph::add`].
pub fn module_state(build: &mut Build, class: &Global, state: NodeId) -> Result<NodeId> {
    let module = class.module.as_str();
    if !module.starts_with("torch.") || !module.contains(".quantized") {
        return Ok(state);
    }
    let graph = &mut build.graph;
    match graph.get(state) {
        Node::Tuple(parts) if parts.len() == CONVOLUTION.len() => {
            let parts = parts.as_ref().clone();
            convolution(graph, &parts)
        }
        Node::Dict(_) => {
            let saved = saved(graph, class.name.as_str(), state)?;
            add_buffers(graph, state, saved);
            Ok(state)
        }
        _ => Ok(state),
    }
}

fn convolution(graph: &mut Graph, parts: &[NodeId]) -> Result<NodeId> {
    let (mut attributes, mut buffers) = (Vec::new(), Vec::new());
    for (name, &part) in CONVOLUTION.into_iter().zip(parts) {
        match name {
            "weight" | "bias" => buffers.push((Str::intern(name), part)),
            "scale" | "zero_point" => {
                attributes.push((Str::intern(name), part));
                buffers.extend(scalar(graph, part)?.map(|tensor| (Str::intern(name), tensor)));
            }
            _ => attributes.push((Str::intern(name), part)),
        }
    }
    let tables = [("_parameters", graph.dict([])?), ("_buffers", graph.dict(buffers)?)];
    attributes.extend(tables.map(|(name, table)| (Str::intern(name), table)));
    attributes.push((Str::intern("_modules"), graph.dict([])?));
    graph.dict(attributes)
}

/// What a module of that class adds to its `state_dict()`.
fn saved(graph: &mut Graph, class: &str, state: NodeId) -> Result<Vec<(NodeId, NodeId)>> {
    let mut entries = Vec::new();
    let mut add = |graph: &mut Graph, name: &str, value: Option<NodeId>| -> Result<()> {
        if let Some(value) = value {
            entries.push((graph.text(name)?, value));
        }
        Ok(())
    };
    let (weights, packed) = match class {
        "LinearPackedParams" => ("_packed_params", linear(graph, state)),
        "EmbeddingPackedParams" => ("_packed_weight", embedding(graph, state)),
        _ if class.starts_with("Linear") || class == "QFunctional" => {
            for name in ["scale", "zero_point"] {
                let number = graph.item(state, name);
                let tensor = number.map(|number| scalar(graph, number)).transpose()?.flatten();
                add(graph, name, tensor)?;
            }
            return Ok(entries);
        }
        _ => return Ok(entries),
    };
    if packed.is_some() {
        let dtype = graph.item(state, "dtype");
        add(graph, "dtype", dtype)?;
    }
    add(graph, weights, packed)?;
    Ok(entries)
}

/// What an object of C++ is pickled with: its state, which comes with the name of its class.
fn packed(graph: &Graph, state: NodeId, name: &str) -> Option<NodeId> {
    let Node::Object(object) = graph.get(graph.item(state, name)?) else { return None };
    graph.sequence(object.state.filter(|_| object.class.name.as_str() == "ScriptObject")?)?.first().copied()
}

/// The weight and bias of a linear layer.
fn linear(graph: &Graph, state: NodeId) -> Option<NodeId> {
    packed(graph, state, "_packed_params")
}

/// The weight of an embedding, from `(version, [tensors], [floats], [integers])`.
fn embedding(graph: &Graph, state: NodeId) -> Option<NodeId> {
    let parts = graph.sequence(packed(graph, state, "_packed_weight")?)?;
    graph.sequence(*parts.get(1)?)?.first().copied()
}

/// `torch.tensor(number)`; none for what is no number.
fn scalar(graph: &mut Graph, number: NodeId) -> Result<Option<NodeId>> {
    let (dtype, bytes) = match graph.get(number) {
        Node::Float(value) => (Dtype::FLOAT32, (*value as f32).to_le_bytes().to_vec()),
        Node::Int(value) => (Dtype::INT64, value.to_le_bytes().to_vec()),
        _ => return Ok(None),
    };
    let (key, location) = (Str::intern("number"), Str::intern("cpu"));
    let storage = Storage::at(key, location, Region::from(bytes), dtype.itemsize());
    let record = TensorRecord::contiguous(dtype, Vec::new(), &storage)?;
    graph.add(Node::Tensor(Rc::new(record))).map(Some)
}

fn add_buffers(graph: &mut Graph, state: NodeId, saved: Vec<(NodeId, NodeId)>) {
    let buffers = graph.item(state, "_buffers");
    if let Some(Node::Dict(buffers)) = buffers.and_then(|buffers| graph.get_mut(buffers)) {
        buffers.items.extend(saved);
    }
}
