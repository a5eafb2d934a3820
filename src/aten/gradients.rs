//! Gradients of what was computed.

use super::raw::{self, check};
use super::tensor::LiveTensor;
use super::{Tensor, cuda, watch};
use torchsh_base::error::Result;

fn pointers(tensors: &[Tensor]) -> Result<Vec<*const std::ffi::c_void>> {
    tensors.iter().map(|tensor| tensor.wake().map(LiveTensor::raw)).collect()
}

/// Their bytes made, since libtorch reads them.
fn maybe_pointers(tensors: &[Option<Tensor>]) -> Result<Vec<*const std::ffi::c_void>> {
    let filled = |tensor: &Tensor| tensor.filled().map(LiveTensor::raw);
    tensors.iter().map(|tensor| tensor.as_ref().map_or(Ok(std::ptr::null()), filled)).collect()
}

impl Tensor {
    /// Keeps the gradient of a tensor that is no leaf.
    ///
    /// # Errors
    /// A tensor without `requires_grad`.
    pub fn retain_grad(&self) -> Result<()> {
        // SAFETY: the tensor is live.
        check(unsafe { raw::torchsh_tensor_retain_grad(self.wake()?.raw()) })
    }

    /// Whether [`Tensor::retain_grad`] was called.
    #[must_use]
    pub fn retains_grad(&self) -> bool {
        let Some(live) = self.awake() else { return false };
        let mut yes = false;
        // SAFETY: the tensor is live, `yes` outlives the call.
        check(unsafe { raw::torchsh_tensor_retains_grad(live.raw(), &raw mut yes) }).is_ok() && yes
    }
}

/// Adds gradients to the leaves that `tensors` were computed from, or to `inputs` only. `grads`: what each tensor's
/// own gradient is; none stands for 1.
///
/// # Errors
/// What libtorch raises.
pub fn backward(
    tensors: &[Tensor],
    grads: &[Option<Tensor>],
    retain_graph: bool,
    create_graph: bool,
    inputs: Option<&[Tensor]>,
) -> Result<()> {
    cuda::prepare();
    watch::lose("computed gradients");
    let inputs = pointers(inputs.unwrap_or_default())?;
    let (tensors, grads) = (pointers(tensors)?, maybe_pointers(grads)?);
    // SAFETY: as many live tensors as said.
    check(unsafe {
        raw::torchsh_backward(
            tensors.as_ptr(),
            tensors.len(),
            grads.as_ptr(),
            grads.len(),
            retain_graph,
            create_graph,
            inputs.as_ptr(),
            inputs.len(),
        )
    })
}

/// `torch.autograd.grad`: the gradients of `outputs` for each of `inputs`; none where one was not used.
///
/// # Errors
/// What libtorch raises.
pub fn grad(
    outputs: &[Tensor],
    inputs: &[Tensor],
    grads: &[Option<Tensor>],
    retain_graph: bool,
    create_graph: bool,
    allow_unused: bool,
) -> Result<Vec<Option<Tensor>>> {
    cuda::prepare();
    let (outputs, inputs, grads) = (pointers(outputs)?, pointers(inputs)?, maybe_pointers(grads)?);
    let mut out = vec![std::ptr::null_mut(); inputs.len()];
    // SAFETY: as many live tensors as said, and room for a gradient each.
    check(unsafe {
        raw::torchsh_gradients(
            outputs.as_ptr(),
            outputs.len(),
            inputs.as_ptr(),
            inputs.len(),
            grads.as_ptr(),
            grads.len(),
            retain_graph,
            create_graph,
            allow_unused,
            out.as_mut_ptr(),
        )
    })?;
    Ok(out.into_iter().map(Tensor::owned).collect())
}
