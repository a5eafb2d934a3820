//! Which object each of libtorch's tensors is: a program that asks for the base of a view, or for the leaf at the end of a
//! graph, gets the very object it made, as PyTorch keeps a Python object in each of its tensors.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use rustc_hash::FxHashMap;
use torchsh_aten::Tensor;

use super::TensorObject;

thread_local! {
    /// The objects that live, by what their tensors are told apart by.
    static KNOWN: RefCell<FxHashMap<usize, Weak<TensorObject>>> = RefCell::default();
}

/// Keeps an object as its tensor's, where no other is. One that is dying already is none.
pub(super) fn keep(object: &Rc<TensorObject>) {
    let identity = object.tensor().identity();
    let _ = KNOWN.try_with(|known| {
        let mut known = known.borrow_mut();
        let place = known.entry(identity).or_default();
        if place.strong_count() == 0 {
            *place = Rc::downgrade(object);
        }
    });
}

/// Forgets an object that goes away, or that becomes another tensor's.
pub(super) fn forget(object: &TensorObject) {
    let identity = object.tensor().identity();
    let _ = KNOWN.try_with(|known| {
        let mut known = known.borrow_mut();
        if known.get(&identity).is_some_and(|kept| std::ptr::eq(kept.as_ptr(), object)) {
            known.remove(&identity);
        }
    });
}

/// The object that is this tensor, where one lives.
pub(super) fn find(tensor: &Tensor) -> Option<Rc<TensorObject>> {
    KNOWN.with_borrow(|known| {
        let direct = known.get(&tensor.identity()).and_then(Weak::upgrade);
        // A file's tensor is known by its record, whatever libtorch has made of it since.
        direct.or_else(|| {
            known.values().filter_map(Weak::upgrade).find(|object| object.tensor().is_same(tensor))
        })
    })
}
