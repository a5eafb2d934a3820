//! Lists, tuples, sets, ranges, slices and dictionary views.

use std::cell::{Cell, Ref, RefCell, RefMut};
use std::rc::Rc;

use super::journal::{ListStep, Trail};
use super::{Class, Dict, Map, Str, Value};

/// Python's `list`.
#[derive(Default)]
pub struct List {
    items: RefCell<Vec<Value>>,
    /// What statements changed in it.
    trail: Trail<Vec<Value>>,
}

impl List {
    /// A list of these items.
    #[must_use]
    pub fn new(items: Vec<Value>) -> Self {
        List { items: RefCell::new(items), trail: Trail::default() }
    }

    /// The items, to read. Nothing of the program may run while they are borrowed.
    pub fn items(&self) -> Ref<'_, Vec<Value>> {
        self.trail.settle(&self.items);
        self.items.borrow()
    }

    /// The items, to change. Nothing of the program may run while they are borrowed. What has a method of its own here
    /// is better done by that: the journal of the prompt copies a list that is changed in any way.
    pub fn items_mut(&self) -> RefMut<'_, Vec<Value>> {
        self.trail.settle(&self.items);
        if self.trail.is_written() {
            self.trail.write_whole(self.items.borrow().clone());
        }
        self.items.borrow_mut()
    }

    /// Adds items at the end.
    pub fn extend(&self, more: impl IntoIterator<Item = Value>) {
        self.trail.settle(&self.items);
        let before = self.items.borrow().len();
        self.items.borrow_mut().extend(more);
        if self.trail.is_written() {
            let items = self.items.borrow();
            self.trail.write(&items, ListStep::Pushed(items.len() - before));
        }
    }

    /// Adds an item at the end.
    pub fn push(&self, item: Value) {
        self.extend(std::iter::once(item));
    }

    /// Takes out the item at a place.
    pub fn remove(&self, at: usize) -> Option<Value> {
        if at + 1 != self.len() {
            let mut items = self.items_mut();
            return (at < items.len()).then(|| items.remove(at));
        }
        let last = self.items.borrow_mut().pop()?;
        if self.trail.is_written() {
            self.trail.write(&self.items.borrow(), ListStep::Popped(vec![last.clone()]));
        }
        Some(last)
    }

    /// Puts an item in the place of another, which is given back; none where there is no such place.
    pub fn replace(&self, at: usize, item: Value) -> Option<Value> {
        self.trail.settle(&self.items);
        let old = std::mem::replace(self.items.borrow_mut().get_mut(at)?, item);
        if self.trail.is_written() {
            self.trail.write(&self.items.borrow(), ListStep::Replaced(at, old.clone()));
        }
        Some(old)
    }

    /// Number of items.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items().len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A copy of the items.
    #[must_use]
    pub fn to_vec(&self) -> Vec<Value> {
        self.items().clone()
    }
}

/// Which tuple class it is.
#[derive(Clone)]
pub enum TupleKind {
    /// `tuple`
    Plain,
    /// `torch.Size`
    Size,
    /// A named tuple: `collections.namedtuple`, `torch.return_types.max`, `_IncompatibleKeys`.
    Named(Rc<NamedTuple>),
}

/// The class of a named tuple.
pub struct NamedTuple {
    /// Its class.
    pub class: Rc<Class>,
    /// The names of its items.
    pub fields: Vec<Str>,
}

/// Python's `tuple`.
pub struct Tuple {
    /// The items.
    pub items: Box<[Value]>,
    /// Which class it is.
    pub kind: TupleKind,
}

impl Tuple {
    /// A plain tuple.
    #[must_use]
    pub fn new(items: Vec<Value>) -> Self {
        Self::with_kind(items, TupleKind::Plain)
    }

    /// A tuple of a class.
    #[must_use]
    pub fn with_kind(items: Vec<Value>, kind: TupleKind) -> Self {
        Tuple { items: items.into(), kind }
    }
}

/// Python's `set` and `frozenset`.
#[derive(Default)]
pub struct Set {
    /// The items are the keys of a dictionary without values.
    pub dict: Dict,
    /// Whether it is a `frozenset`.
    pub frozen: bool,
    /// The hash of a `frozenset`, once it was asked for.
    pub hash: Cell<Option<i64>>,
    /// As `hash`: the one that tables use.
    pub table_hash: Cell<Option<u64>>,
    /// As `hash`: the one that it has in every run, where it has one.
    pub lasting_hash: Cell<Option<Option<i64>>>,
    /// What `pop` takes next, last first: a set that is emptied item by item is ordered once.
    pub popping: RefCell<Vec<Value>>,
}

impl Set {
    /// A set over a map whose values are all `None`.
    #[must_use]
    pub fn new(map: Map, frozen: bool) -> Self {
        Set { dict: Dict::new(map, super::DictKind::Plain), frozen, ..Set::default() }
    }
}

/// Python's `range`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// First value.
    pub start: i64,
    /// The end, not included.
    pub stop: i64,
    /// The step, never 0.
    pub step: i64,
}

impl Range {
    /// Number of values.
    #[must_use]
    pub fn len(&self) -> usize {
        let (low, high) = if self.step > 0 { (self.start, self.stop) } else { (self.stop, self.start) };
        if low >= high {
            return 0;
        }
        let distance = (i128::from(high) - i128::from(low) - 1) / i128::from(self.step).abs();
        usize::try_from(distance + 1).unwrap_or(usize::MAX)
    }

    /// Whether there is no value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value at a position below `len`.
    #[must_use]
    pub fn at(&self, index: usize) -> i64 {
        self.start.wrapping_add((index as i64).wrapping_mul(self.step))
    }
}

/// Python's `slice`.
pub struct Slice {
    /// Before the first colon.
    pub start: Value,
    /// After it.
    pub stop: Value,
    /// After the second.
    pub step: Value,
}

/// What a dictionary view shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewKind {
    /// `d.keys()`
    Keys,
    /// `d.values()`
    Values,
    /// `d.items()`
    Items,
}

/// A dictionary view: it follows the dictionary's changes.
pub struct View {
    /// The dictionary.
    pub dict: Rc<Dict>,
    /// What is shown of it.
    pub kind: ViewKind,
}
