//! The tensor object: libtorch's tensor with what Python hangs on it.

use std::cell::{Cell, OnceCell, RefCell};
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use super::{Class, Core, Dict, Tuple, TupleKind, Value, known};
use torchsh_aten::Tensor;
use torchsh_checkpoint::graph::Global;

/// `torch.Tensor` or `torch.nn.Parameter`.
pub struct TensorObject {
    tensor: RefCell<Tensor>,
    /// Whether it is a `Parameter`.
    pub is_parameter: Cell<bool>,
    /// Attributes a program sets on it.
    pub attributes: OnceCell<Rc<Dict>>,
    /// The class that a file says it is of, where that is neither `Tensor` nor `Parameter`.
    pub subclass: OnceCell<Rc<Global>>,
    /// Its class, where a program wrote it: `class Kept(torch.Tensor)`.
    class: RefCell<Option<Rc<Class>>>,
}

impl TensorObject {
    /// The name of what made it, where gradients are recorded: of a `torch.autograd.Function` or of libtorch's operator.
    #[must_use]
    pub fn grad_fn_name(&self) -> Option<String> {
        let name = self.tensor().grad_fn_name()?;
        Some(name.rsplit("::").next().unwrap_or(&name).to_owned())
    }

    /// A plain tensor.
    #[must_use]
    pub fn new(tensor: Tensor) -> Rc<Self> {
        let object = Rc::new(TensorObject {
            tensor: RefCell::new(tensor),
            is_parameter: Cell::new(false),
            attributes: OnceCell::new(),
            subclass: OnceCell::new(),
            class: RefCell::default(),
        });
        known::keep(&object);
        object
    }

    /// The object that a program knows this tensor by, or a new one.
    #[must_use]
    pub fn known(tensor: Tensor) -> Rc<Self> {
        known::find(&tensor).unwrap_or_else(|| Self::new(tensor))
    }

    /// A parameter.
    #[must_use]
    pub fn parameter(tensor: Tensor) -> Rc<Self> {
        let object = Self::new(tensor);
        object.is_parameter.set(true);
        object
    }

    /// The same memory as an object of a class that stands on `Tensor`.
    #[must_use]
    pub fn of_class(tensor: Tensor, class: &Rc<Class>) -> Rc<Self> {
        let object = Self::new(tensor);
        object.assign_class(class);
        object
    }

    /// Another tensor as an object of the same class.
    #[must_use]
    pub fn like(&self, tensor: Tensor) -> Rc<Self> {
        let object = Self::new(tensor);
        object.is_parameter.set(self.is_parameter.get());
        object.class.replace(self.class());
        object
    }

    /// `tensor.__class__ = class`
    pub fn assign_class(&self, class: &Rc<Class>) {
        self.is_parameter.set(class.core == Some(Core::Parameter));
        self.class.replace(class.is_written().then(|| class.clone()));
    }

    /// The class that a program wrote, where it is of one.
    #[must_use]
    pub fn class(&self) -> Option<Rc<Class>> {
        self.class.borrow().clone()
    }

    /// The tensor: another handle to the same `TensorImpl`.
    #[must_use]
    pub fn tensor(&self) -> std::cell::Ref<'_, Tensor> {
        self.tensor.borrow()
    }

    /// Its `shape`.
    #[must_use]
    pub fn shape(&self) -> Value {
        self.tensor().with_sizes(|sizes| Value::Tuple(size_of(sizes)))
    }

    /// Exchanges all that two objects are but their identity.
    pub fn swap(self: &Rc<Self>, other: &Rc<TensorObject>) {
        if Rc::ptr_eq(self, other) {
            return;
        }
        known::forget(self);
        known::forget(other);
        self.tensor.swap(&other.tensor);
        known::keep(self);
        known::keep(other);
        self.is_parameter.swap(&other.is_parameter);
        self.class.swap(&other.class);
        if self.attributes.get().or(other.attributes.get()).is_some() {
            std::mem::swap(&mut *self.attributes().map_mut(), &mut *other.attributes().map_mut());
        }
    }

    /// The attribute dictionary, made at first use.
    pub fn attributes(&self) -> &Rc<Dict> {
        self.attributes.get_or_init(Rc::default)
    }
}

impl Drop for TensorObject {
    fn drop(&mut self) {
        known::forget(self);
    }
}

/// Places for shapes that were given out.
const SHAPES: usize = 64;

thread_local! {
    /// Shapes given out, each at a place that its sizes tell. A checkpoint has many tensors of few shapes, which are asked
    /// for far more often than they change: one object for all of a shape costs no memory and is equal at a glance.
    static GIVEN: RefCell<[Option<Rc<Tuple>>; SHAPES]> = const { RefCell::new([const { None }; SHAPES]) };
}

/// The `torch.Size` of these sizes.
fn size_of(sizes: &[i64]) -> Rc<Tuple> {
    let mut hasher = rustc_hash::FxHasher::default();
    sizes.hash(&mut hasher);
    let make =
        || Rc::new(Tuple::with_kind(sizes.iter().map(|&size| Value::Int(size)).collect(), TupleKind::Size));
    GIVEN.with_borrow_mut(|given| match given.get_mut(hasher.finish() as usize % SHAPES) {
        Some(Some(shape)) if is_size(shape, sizes) => shape.clone(),
        Some(place) => place.insert(make()).clone(),
        None => make(),
    })
}

fn is_size(shape: &Tuple, sizes: &[i64]) -> bool {
    shape.items.len() == sizes.len()
        && shape.items.iter().zip(sizes).all(|(item, size)| matches!(item, Value::Int(item) if item == size))
}
