//! The tensor object: libtorch's tensor with what Python hangs on it.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use super::{Dict, Tuple, TupleKind, Value};
use crate::aten::Tensor;

/// `torch.Tensor` or `torch.nn.Parameter`.
pub struct TensorObject {
    tensor: RefCell<Tensor>,
    /// Whether it is a `Parameter`.
    pub is_parameter: Cell<bool>,
    /// Attributes a program sets on it.
    pub attributes: OnceCell<Rc<Dict>>,
    /// The `torch.Size` given out last: shapes are asked for far more often than they change.
    shape: RefCell<Option<Rc<Tuple>>>,
}

/// The attribute that says which `torch.autograd.Function` made a tensor.
const FUNCTION: &str = "__function__";

impl TensorObject {
    /// The name of what made it, where gradients are recorded: of a `torch.autograd.Function`, else of libtorch's operator.
    #[must_use]
    pub fn grad_fn_name(&self) -> Option<String> {
        let own = self.attributes.get().and_then(|own| own.get_name(FUNCTION)?.as_str());
        let name = self.tensor().grad_fn_name()?;
        Some(own.map_or(name, |own| own.as_str().to_owned()))
    }

    /// A plain tensor.
    #[must_use]
    pub fn new(tensor: Tensor) -> Rc<Self> {
        Rc::new(TensorObject {
            tensor: RefCell::new(tensor),
            is_parameter: Cell::new(false),
            attributes: OnceCell::new(),
            shape: RefCell::new(None),
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

    /// Its `shape`.
    #[must_use]
    pub fn shape(&self) -> Value {
        self.tensor().with_sizes(|sizes| {
            let mut last = self.shape.borrow_mut();
            match &*last {
                Some(shape) if is_size(shape, sizes) => Value::Tuple(shape.clone()),
                _ => {
                    let items = sizes.iter().map(|&size| Value::Int(size)).collect();
                    Value::Tuple(last.insert(Rc::new(Tuple::with_kind(items, TupleKind::Size))).clone())
                }
            }
        })
    }

    /// The attribute dictionary, made at first use.
    pub fn attributes(&self) -> &Rc<Dict> {
        self.attributes.get_or_init(Rc::default)
    }
}

fn is_size(shape: &Tuple, sizes: &[i64]) -> bool {
    shape.items.len() == sizes.len()
        && shape.items.iter().zip(sizes).all(|(item, size)| matches!(item, Value::Int(item) if item == size))
}
