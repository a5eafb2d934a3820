//! Where attributes of classes were found before: a program asks the same classes for the same names again and again, and each
//! answer is the end of a walk through the dictionaries of all ancestors.
//!
//! An answer holds until any class changes or ends: a dictionary that was looked through says so ([`super::Dict::watch`]).

use std::cell::{Cell, RefCell};

use super::{Class, Str, Value};

/// Places for answers; each pair of a class and a name has one.
const PLACES: usize = 1024;

/// An answer.
struct Found {
    /// Told from others by its address: where a class ends, all answers are old.
    class: *const Class,
    name: Str,
    /// At which change it was found.
    change: u64,
    value: Option<Value>,
}

thread_local! {
    /// Counts the changes of classes.
    static CHANGE: Cell<u64> = const { Cell::new(0) };
    static FOUND: RefCell<Vec<Option<Found>>> = const { RefCell::new(Vec::new()) };
}

/// Makes all answers old.
pub(super) fn forget() {
    CHANGE.set(CHANGE.get() + 1);
}

/// The attribute of a class, which `walk` finds.
#[inline]
pub(super) fn remembered(class: &Class, name: &Str, walk: impl FnOnce() -> Option<Value>) -> Option<Value> {
    let place = ((std::ptr::from_ref(class).addr() / 16) ^ (name.address() / 8)) % PLACES;
    let known = FOUND.with_borrow(|found| match found.get(place) {
        Some(Some(found)) if found.is(class, name) => Some(found.value.clone()),
        _ => None,
    });
    known.unwrap_or_else(|| {
        let value = walk();
        if lasts(value.as_ref()) {
            remember(place, Found { class, name: name.clone(), change: CHANGE.get(), value: value.clone() });
        }
        value
    })
}

#[cold]
fn remember(place: usize, new: Found) {
    let old = FOUND.with_borrow_mut(|found| {
        if found.is_empty() {
            found.resize_with(PLACES, || None);
        }
        found.get_mut(place).and_then(|old| old.replace(new))
    });
    // Outside the borrow: what goes with it may be looked up.
    drop(old);
}

/// Whether a value may be kept: one that holds a program's data would keep it in memory.
fn lasts(value: Option<&Value>) -> bool {
    matches!(
        value,
        None | Some(
            Value::None
                | Value::Bool(_)
                | Value::Int(_)
                | Value::Str(_)
                | Value::Function(_)
                | Value::Builtin(_)
                | Value::Descriptor(_)
        )
    )
}

impl Found {
    #[inline]
    fn is(&self, class: &Class, name: &Str) -> bool {
        std::ptr::eq(self.class, class) && self.name.same(name) && self.change == CHANGE.get()
    }
}
