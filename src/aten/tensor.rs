//! The tensor handle.

/// Another reference to a `TensorImpl`. Never undefined.
pub struct Tensor {
    inner: tch::Tensor,
}

impl Clone for Tensor {
    fn clone(&self) -> Self {
        Tensor { inner: self.inner.shallow_clone() }
    }
}
