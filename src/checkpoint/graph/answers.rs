//! What is asked of a graph: an object as text, a number, a sequence, a mapping.

use super::{Graph, Made, Node, NodeId};

impl Graph {
    /// The string that an object is.
    #[must_use]
    pub fn str(&self, id: NodeId) -> Option<&str> {
        match self.get(id) {
            Node::Str(text) => Some(text.as_str()),
            _ => None,
        }
    }

    /// The string that an object stands for, also as a member of an enumeration.
    #[must_use]
    pub fn word(&self, id: NodeId) -> Option<&str> {
        self.str(self.member(id))
    }

    /// The integer that an object stands for: one of Python's or numpy's (`bool` counts), a member of an enumeration.
    #[must_use]
    pub fn int(&self, id: NodeId) -> Option<i64> {
        match self.get(self.member(id)) {
            Node::Int(value) => Some(*value),
            Node::Bool(value) => Some(i64::from(*value)),
            Node::Scalar(array) => array.int(),
            _ => None,
        }
    }

    /// Sizes, as a `torch.Size`, or as a list or tuple of integers.
    #[must_use]
    pub fn sizes(&self, id: NodeId) -> Option<Vec<i64>> {
        match self.get(id) {
            Node::Size(sizes) => Some(sizes.as_ref().clone()),
            _ => self.sequence(id)?.iter().map(|&size| self.int(size)).collect(),
        }
    }

    /// The value of an enumeration's member, which is pickled as its class called with it; any other object itself.
    #[must_use]
    pub fn member(&self, id: NodeId) -> NodeId {
        match self.get(id) {
            Node::Object(object) if object.made == Made::Call && object.state.is_none() => {
                match object.args.as_slice() {
                    &[value] => value,
                    _ => id,
                }
            }
            _ => id,
        }
    }

    /// The items of a list or tuple.
    #[must_use]
    pub fn sequence(&self, id: NodeId) -> Option<&[NodeId]> {
        match self.get(id) {
            Node::List(items) | Node::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of a dictionary as the file gives them.
    #[must_use]
    pub fn entries(&self, id: NodeId) -> Option<&[(NodeId, NodeId)]> {
        match self.get(id) {
            Node::Dict(dict) => Some(&dict.items),
            _ => None,
        }
    }

    /// The entries of a dictionary, or of an object of a class made from `dict`.
    #[must_use]
    pub fn mapping(&self, id: NodeId) -> Option<&[(NodeId, NodeId)]> {
        match self.get(id) {
            Node::Object(object) if !object.entries.is_empty() => Some(&object.entries),
            _ => self.entries(id),
        }
    }

    /// How much there is to look at in an object, in steps of about a nanosecond: its items; for a short list of parts,
    /// also theirs. Bytes are shared and not looked at.
    #[must_use]
    pub fn breadth(&self, id: NodeId) -> usize {
        const PARTS: usize = 8;
        match self.sequence(id) {
            Some(parts) if parts.len() <= PARTS => parts.iter().map(|&part| self.length(part)).sum(),
            _ => self.length(id),
        }
    }

    fn length(&self, id: NodeId) -> usize {
        match self.get(id) {
            Node::List(items) | Node::Tuple(items) | Node::Set(items) | Node::FrozenSet(items) => items.len(),
            Node::Dict(dict) => dict.items.len(),
            Node::Size(sizes) => sizes.len(),
            Node::Str(text) => text.as_str().len() / 16,
            _ => 1,
        }
    }

    /// A dictionary's value for a string key: the last one given.
    #[must_use]
    pub fn item(&self, dict: NodeId, key: &str) -> Option<NodeId> {
        let mut found = self.entries(dict)?.iter().rev().filter(|(name, _)| self.str(*name) == Some(key));
        found.next().map(|(_, value)| *value)
    }
}
