//! Nodes of the graph behind gradients.

use std::ffi::c_void;

use super::Tensor;
use super::raw::{self, check, pointer};
use torchsh_base::error::Result;

/// What made a tensor, or what gathers the gradient of a leaf. Holds the graph behind it.
pub struct Node(*mut c_void);

impl Drop for Node {
    fn drop(&mut self) {
        // SAFETY: the pointer was given out for us to free, once.
        unsafe { raw::torchsh_node_free(self.0) }
    }
}

impl Node {
    pub(super) fn of(raw: *mut c_void) -> Option<Node> {
        (!raw.is_null()).then_some(Node(raw))
    }

    pub(super) fn raw(&self) -> *const c_void {
        self.0
    }

    /// The same number for the same node.
    #[must_use]
    pub fn address(&self) -> usize {
        // SAFETY: the node is live.
        unsafe { raw::torchsh_node_address(self.0) as usize }
    }

    /// `AddBackward0`; `torch::autograd::AccumulateGrad` of a leaf.
    ///
    /// # Errors
    /// What libtorch raises.
    pub fn name(&self) -> Result<String> {
        let mut text = std::ptr::null_mut();
        // SAFETY: the node is live, `text` outlives the call.
        check(unsafe { raw::torchsh_node_name(self.0, &raw mut text) })?;
        Ok(raw::taken(text))
    }

    /// Where its gradients go: nodes (none: nowhere), and which of their results each is for.
    ///
    /// # Errors
    /// What libtorch raises.
    pub fn next(&self) -> Result<Vec<(Option<Node>, i64)>> {
        let mut count = 0;
        // SAFETY: the node is live, `count` outlives the call.
        check(unsafe { raw::torchsh_node_edges(self.0, &raw mut count) })?;
        let edge = |place| {
            let mut result = 0;
            // SAFETY: the node is live and has that many edges; the places outlive the call.
            let node = pointer(|out| unsafe { raw::torchsh_node_edge(self.0, place, out, &raw mut result) })?;
            Ok((Node::of(node), result))
        };
        (0..count).map(edge).collect()
    }

    /// The leaf whose gradient it adds to, if it does that.
    ///
    /// # Errors
    /// What libtorch raises.
    pub fn variable(&self) -> Result<Option<Tensor>> {
        // SAFETY: the node is live.
        Ok(Tensor::owned(pointer(|out| unsafe { raw::torchsh_node_variable(self.0, out) })?))
    }
}

impl Tensor {
    /// What made it; none for a leaf.
    #[must_use]
    pub fn node(&self) -> Option<Node> {
        // What a file holds was made by nothing.
        let live = self.awake()?;
        // SAFETY: the tensor is live.
        Node::of(pointer(|out| unsafe { raw::torchsh_tensor_node(live.raw(), out) }).ok()?)
    }

    /// The name of the operator that made it: `AddBackward0`.
    #[must_use]
    pub fn grad_fn_name(&self) -> Option<String> {
        self.node()?.name().ok()
    }

    /// Which of the results of what made it the tensor is.
    ///
    /// # Errors
    /// What libtorch raises.
    pub fn output_nr(&self) -> Result<i64> {
        let mut number = 0;
        // SAFETY: the tensor is live, `number` outlives the call.
        check(unsafe { raw::torchsh_tensor_output_nr(self.wake()?.raw(), &raw mut number) })?;
        Ok(number)
    }
}
