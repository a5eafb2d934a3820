//! Tensors in shards, all of which are in the file.

use std::rc::Rc;

use super::{given, tensor};
use crate::graph::{Global, Node, NodeId};
use crate::joined::joined;
use crate::module::attribute;
use crate::pickle::Build;
use crate::record::TensorRecord;
use torchsh_base::error::Result;

/// A sharded tensor is what the shards in the file make up: the whole, or the one part that the process which saved it had.
/// Of several parts that are not the whole, each stays where it is.
pub fn local_shard(build: &mut Build, target: NodeId, state: NodeId) -> Result<Option<Node>> {
    let graph = &build.graph;
    let (Some(&[shards, about, ..]), Node::Object(of)) = (graph.sequence(state), graph.get(target)) else {
        return Ok(None);
    };
    let shards = graph.sequence(shards).unwrap_or_default().iter().map(|&shard| part_of(build, shard));
    let Some(mut parts) = shards.collect::<Option<Vec<_>>>() else { return Ok(None) };
    let whole = match graph.get(about) {
        Node::Object(about) => attribute(graph, about, "size").and_then(|id| graph.sizes(id)),
        _ => None,
    };
    let class = Some(of.class.clone());
    if let (Some(shape), false) = (&whole, parts.len() == 1)
        && let Ok(record) = joined("sharded tensor", shape, parts.clone())
    {
        return Ok(Some(Node::Tensor(Rc::new(TensorRecord { class, ..record }))));
    }
    let (Some((_, local)), true) = (parts.pop(), parts.is_empty()) else { return Ok(None) };
    let record = TensorRecord { class, ..local.as_ref().clone() };
    build.parts += usize::from(whole.as_ref() != Some(&record.shape));
    Ok(Some(Node::Tensor(Rc::new(record))))
}

/// Where in the whole a shard begins, and its tensor.
fn part_of(build: &Build, shard: NodeId) -> Option<(Vec<i64>, Rc<TensorRecord>)> {
    let graph = &build.graph;
    let Node::Object(shard) = graph.get(shard) else { return None };
    let Node::Tensor(local) = graph.get(attribute(graph, shard, "tensor")?) else { return None };
    let offsets = match attribute(graph, shard, "metadata").map(|about| graph.get(about)) {
        Some(Node::Object(about)) => attribute(graph, about, "shard_offsets").and_then(|id| graph.sizes(id)),
        _ => None,
    };
    Some((offsets.unwrap_or_default(), local.clone()))
}

/// A tensor that several processes share is the part of it that the process which saved it had.
pub(super) fn local_part(
    build: &mut Build,
    class: &Rc<Global>,
    inner: &[NodeId],
    state: NodeId,
) -> Result<Option<NodeId>> {
    // Its `__dict__` and its slots; the tensor is in the latter.
    let states = match build.graph.get(state) {
        Node::Tuple(parts) => parts.as_ref().clone(),
        _ => vec![state],
    };
    let local = states.iter().find_map(|&state| build.graph.item(state, "_local_tensor"));
    let is_parameter = states.iter().any(|&state| build.graph.item(state, "_is_param").is_some());
    let Some(Node::Tensor(local)) = local.map(|local| build.graph.get(local)) else { return Ok(None) };
    let whole = given(build, inner).ints(2)?;
    let record = TensorRecord {
        is_parameter,
        requires_grad: given(build, inner).truth(7),
        class: Some(class.clone()),
        ..local.as_ref().clone()
    };
    build.parts += usize::from(whole != record.shape);
    tensor(build, record)
}
