//! The tensor object: libtorch's tensor with what Python hangs on it.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use super::Dict;
use crate::aten::Tensor;

/// `torch.Tensor` or `torch.nn.Parameter`.
pub struct TensorObject {
    tensor: RefCell<Tensor>,
    /// Whether it is a `Parameter`.
    pub is_parameter: Cell<bool>,
    /// Attributes a program sets on it.
    pub attributes: OnceCell<Rc<Dict>>,
}

impl TensorObject {
    /// A plain tensor.
    #[must_use]
    pub fn new(tensor: Tensor) -> Rc<Self> {
        Rc::new(TensorObject {
            tensor: RefCell::new(tensor),
            is_parameter: Cell::new(false),
            attributes: OnceCell::new(),
        })
    }

    /// A parameter.
    #[must_use]
    pub fn parameter(tensor: Tensor) -> Rc<Self> {
        let object = Self::new(tensor);
        object.is_parameter.set(true);
        object
    }

    /// The tensor: another handle to the same `TensorImpl`.
    #[must_use]
    pub fn tensor(&self) -> std::cell::Ref<'_, Tensor> {
        self.tensor.borrow()
    }

    /// The attribute dictionary, made at first use.
    pub fn attributes(&self) -> &Rc<Dict> {
        self.attributes.get_or_init(Rc::default)
    }
}
