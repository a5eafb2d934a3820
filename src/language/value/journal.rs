//! What statements of the prompt change in the program's objects, so that `undo` can take it back.
//!
//! A container writes down what a statement changes in it, step by step; where that would become longer than the container,
//! as it was before. What is made by the statement itself writes nothing down. The journal knows which containers have
//! something written down; they take it back when they are used next, so that nothing here points at a container. Where
//! no journal is kept, as in a script, a write costs one comparison.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::hash_map::Entry;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::{CellRef, Value};

/// Steps beyond the size of a container that are kept before it is copied as a whole.
const SLACK: usize = 64;

/// Variables of functions that are kept; a statement that changes more cannot be taken back.
const MOST_CELLS: usize = 100_000;

thread_local! {
    /// The number of the running statement; 0 where no journal is kept.
    static STATEMENT: Cell<u32> = const { Cell::new(0) };
    /// How many reasons there are to begin nothing new: modules that are being loaded.
    static PAUSES: Cell<u32> = const { Cell::new(0) };
    /// Whether the person wants memory back more than the past.
    static IS_TO_FORGET: Cell<bool> = const { Cell::new(false) };
    static CHANGES: RefCell<Changes> = RefCell::default();
}

/// What can go a step back.
pub trait Rewind: Clone {
    /// A change of it.
    type Step;
    /// Takes a change back; the change that makes it again.
    fn rewind(&mut self, step: Self::Step) -> Self::Step;
    /// Adds a change to the last one where both are one; gives it back where they are not.
    fn joined(last: &mut Self::Step, step: Self::Step) -> Option<Self::Step>;
    /// How large it is.
    fn size(&self) -> usize;
    /// The key that a step changed, if it has one.
    fn keys(&self, step: &Self::Step) -> Option<Vec<Value>>;
}

/// What a statement changed in a container.
enum Log<C: Rewind> {
    Steps(Vec<C::Step>),
    /// As it was before.
    Whole(C),
}

impl<C: Rewind> Log<C> {
    /// Brings a container to where it was; what brings it back again.
    fn applied(self, container: &mut C) -> Log<C> {
        match self {
            Log::Whole(before) => Log::Whole(std::mem::replace(container, before)),
            Log::Steps(steps) => {
                Log::Steps(steps.into_iter().rev().map(|step| container.rewind(step)).collect())
            }
        }
    }

    /// The container as it was before.
    fn before(&mut self, mut container: C) -> C {
        if let Log::Steps(steps) = self {
            for step in std::mem::take(steps).into_iter().rev() {
                container.rewind(step);
            }
        }
        container
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Undo,
    Redo,
}

/// The changes of one container by statement.
struct Past<C: Rewind> {
    done: RefCell<Vec<(u32, Log<C>)>>,
    undone: RefCell<Vec<(u32, Log<C>)>>,
    /// What it is still to do.
    orders: RefCell<Vec<(u32, Order)>>,
    /// Whether there is anything.
    has_orders: Cell<bool>,
}

/// A container's past, as the journal sees it.
pub trait Remembered {
    /// Has the changes of a statement taken back, or made again, when the container is used next.
    fn order(&self, statement: u32, again: bool);
    /// Forgets a statement's changes.
    fn forget(&self, statement: u32);
}

impl<C: Rewind> Past<C> {
    fn take(list: &RefCell<Vec<(u32, Log<C>)>>, statement: u32) -> Option<Log<C>> {
        let mut list = list.borrow_mut();
        let at = list.iter().rposition(|(number, _)| *number == statement)?;
        Some(list.remove(at).1)
    }
}

impl<C: Rewind> Remembered for Past<C> {
    fn order(&self, statement: u32, again: bool) {
        // It may be the namespace of a class.
        super::class_lookup::forget();
        let (order, other) = if again { (Order::Redo, Order::Undo) } else { (Order::Undo, Order::Redo) };
        let mut orders = self.orders.borrow_mut();
        // There and back again is nothing.
        if orders.last() == Some(&(statement, other)) {
            orders.pop();
        } else {
            orders.push((statement, order));
        }
        self.has_orders.set(!orders.is_empty());
    }

    fn forget(&self, statement: u32) {
        // What is still to be applied stays until then.
        if !self.orders.borrow().iter().any(|(number, _)| *number == statement) {
            let done = Self::take(&self.done, statement);
            drop((done, Self::take(&self.undone, statement)));
        }
    }
}

/// The place in a container where its past begins.
pub struct Trail<C: Rewind> {
    /// The statement in which nothing need be written down: it made the container, or has a copy of it.
    quiet: Cell<u32>,
    past: OnceCell<Rc<Past<C>>>,
}

impl<C: Rewind> Default for Trail<C> {
    fn default() -> Self {
        Trail { quiet: Cell::new(STATEMENT.get()), past: OnceCell::new() }
    }
}

impl<C: Rewind + 'static> Trail<C> {
    /// Does what was ordered, before the container is used.
    #[inline]
    pub fn settle(&self, container: &RefCell<C>) {
        if let Some(past) = self.past.get()
            && past.has_orders.get()
        {
            past.settle(container);
        }
    }

    /// Whether a change is to be written down.
    #[inline]
    pub fn is_written(&self) -> bool {
        self.quiet.get() != STATEMENT.get() && self.begins()
    }

    /// Whether something is written down now: a container of a module that is being loaded begins no past.
    fn begins(&self) -> bool {
        STATEMENT.get() != 0 && (PAUSES.get() == 0 || self.past.get().is_some())
    }

    /// Writes a change down that was made.
    pub fn write(&self, container: &C, step: C::Step) {
        let mut left = None;
        self.with_log(|log| {
            let Log::Steps(steps) = log else {
                left = Some(step);
                return;
            };
            left = match steps.last_mut() {
                Some(last) => C::joined(last, step),
                None => Some(step),
            };
            steps.extend(left.take());
            if steps.len() > container.size() + SLACK {
                let before = log.before(container.clone());
                *log = Log::Whole(before);
                self.keep_quiet();
            }
        });
        // What goes may run code of its own: nothing is borrowed any more.
        drop(left);
    }

    /// Writes down what a container was before a change that is about to be made.
    pub fn write_whole(&self, before: C) {
        let mut left = None;
        self.with_log(|log| {
            let before = log.before(before);
            left = Some(std::mem::replace(log, Log::Whole(before)));
        });
        self.keep_quiet();
        drop(left);
    }

    fn keep_quiet(&self) {
        self.quiet.set(STATEMENT.get());
    }

    fn with_log(&self, write: impl FnOnce(&mut Log<C>)) {
        let statement = STATEMENT.get();
        let past = self.past.get_or_init(|| {
            Rc::new(Past {
                done: RefCell::default(),
                undone: RefCell::default(),
                orders: RefCell::default(),
                has_orders: Cell::new(false),
            })
        });
        let mut done = past.done.borrow_mut();
        if done.last().is_none_or(|(number, _)| *number != statement) {
            done.push((statement, Log::Steps(Vec::new())));
            CHANGES.with_borrow_mut(|changes| changes.pasts.push(past.clone()));
        }
        if let Some((_, log)) = done.last_mut() {
            write(log);
        }
    }

    /// The keys that the running statement has changed so far; none where that is not known.
    pub fn keys(&self, container: &C) -> Option<Vec<Value>> {
        let Some(past) = self.past.get() else { return Some(Vec::new()) };
        let done = past.done.borrow();
        match done.last() {
            Some((statement, Log::Steps(steps))) if *statement == STATEMENT.get() => {
                let keys: Option<Vec<Vec<Value>>> = steps.iter().map(|step| container.keys(step)).collect();
                Some(keys?.into_iter().flatten().collect())
            }
            Some((statement, Log::Whole(_))) if *statement == STATEMENT.get() => None,
            _ => Some(Vec::new()),
        }
    }

    /// Whether this past is that of the container.
    pub fn is_of(&self, past: &Rc<dyn Remembered>) -> bool {
        self.past.get().is_some_and(|own| std::ptr::addr_eq(Rc::as_ptr(own), Rc::as_ptr(past)))
    }
}

impl<C: Rewind> Past<C> {
    fn settle(&self, container: &RefCell<C>) {
        let Ok(mut held) = container.try_borrow_mut() else { return };
        self.has_orders.set(false);
        for (statement, order) in std::mem::take(&mut *self.orders.borrow_mut()) {
            let (from, to) = match order {
                Order::Undo => (&self.done, &self.undone),
                Order::Redo => (&self.undone, &self.done),
            };
            if let Some(log) = Self::take(from, statement) {
                let back = log.applied(&mut held);
                to.borrow_mut().push((statement, back));
            }
        }
    }
}

/// What a statement changed.
#[derive(Default)]
pub struct Changes {
    statement: u32,
    pasts: Vec<Rc<dyn Remembered>>,
    /// Variables that functions share, each with its first value.
    cells: FxHashMap<usize, (CellRef, Option<Value>)>,
    /// What cannot be taken back: "changed an object's class".
    lost: Option<String>,
}

impl Changes {
    fn of(statement: u32) -> Changes {
        Changes { statement, pasts: Vec::new(), cells: FxHashMap::default(), lost: None }
    }

    /// Why it cannot be taken back, if so.
    pub fn lost(&self) -> Option<&str> {
        self.lost.as_deref()
    }

    /// Whether nothing was changed but in the containers of which `is_free` holds.
    pub fn is_empty_but(&self, is_free: impl Fn(&Rc<dyn Remembered>) -> bool) -> bool {
        self.lost.is_none() && self.cells.is_empty() && self.pasts.iter().all(is_free)
    }

    /// Takes it back, or makes it again.
    pub fn apply(&mut self, again: bool) {
        for past in &self.pasts {
            past.order(self.statement, again);
        }
        for (cell, other) in self.cells.values_mut() {
            std::mem::swap(&mut *cell.borrow_mut(), other);
        }
    }
}

impl Drop for Changes {
    fn drop(&mut self) {
        for past in &self.pasts {
            past.forget(self.statement);
        }
    }
}

/// Asks that the past be forgotten, and with it the values that were replaced (`gc.collect()`).
pub fn ask_to_forget() {
    IS_TO_FORGET.set(true);
}

/// Whether that was asked for since the last call.
pub fn is_to_forget() -> bool {
    IS_TO_FORGET.take()
}

/// What changed since the last cut; from here on what changes is another statement's.
pub fn cut() -> Changes {
    let next = STATEMENT.get() + 1;
    let mut changes = CHANGES.replace(Changes::of(next));
    STATEMENT.set(next);
    // Variables that nobody can see any more.
    changes.cells.retain(|_, (cell, _)| Rc::strong_count(cell) > 1);
    changes
}

/// Notes that the running statement changes what cannot be taken back.
pub fn lose(what: impl FnOnce() -> String) {
    if STATEMENT.get() != 0 && PAUSES.get() == 0 {
        CHANGES.with_borrow_mut(|changes| {
            changes.lost.get_or_insert_with(what);
        });
    }
}

/// Sets a variable that functions share.
#[inline]
pub fn set_cell(cell: &CellRef, value: Option<Value>) {
    let old = cell.replace(value);
    if STATEMENT.get() != 0 && old.is_some() {
        keep_cell(cell, old);
    }
}

fn keep_cell(cell: &CellRef, old: Option<Value>) {
    if CHANGES.with_borrow(|changes| changes.cells.len() >= MOST_CELLS) {
        forget_unseen_cells();
    }
    let left = CHANGES.with_borrow_mut(|changes| {
        if changes.cells.len() >= MOST_CELLS {
            changes.lost.get_or_insert_with(|| "changed very many variables of functions".to_owned());
            return old;
        }
        match changes.cells.entry(Rc::as_ptr(cell) as usize) {
            Entry::Occupied(_) => old,
            Entry::Vacant(place) => {
                place.insert((cell.clone(), old));
                None
            }
        }
    });
    // What goes may run code of its own: nothing is borrowed any more.
    drop(left);
}

/// Forgets the variables that only the journal still knows.
fn forget_unseen_cells() {
    let mut cells = CHANGES.with_borrow_mut(|changes| std::mem::take(&mut changes.cells));
    cells.retain(|_, (cell, _)| Rc::strong_count(cell) > 1);
    CHANGES.with_borrow_mut(|changes| changes.cells.extend(cells));
}

/// While it lives, what has no past begins none: a module that is loaded stays loaded.
pub struct Pause(());

impl Pause {
    /// Begins one.
    #[must_use]
    pub fn start() -> Pause {
        PAUSES.set(PAUSES.get() + 1);
        Pause(())
    }
}

impl Drop for Pause {
    fn drop(&mut self) {
        PAUSES.set(PAUSES.get().saturating_sub(1));
    }
}

impl Rewind for Vec<Value> {
    type Step = ListStep;

    fn rewind(&mut self, step: ListStep) -> ListStep {
        match step {
            ListStep::Replaced(at, old) => match self.get_mut(at) {
                Some(place) => ListStep::Replaced(at, std::mem::replace(place, old)),
                None => ListStep::Pushed(0),
            },
            ListStep::Pushed(count) => ListStep::Popped(self.split_off(self.len().saturating_sub(count))),
            ListStep::Popped(items) => {
                let count = items.len();
                self.extend(items);
                ListStep::Pushed(count)
            }
        }
    }

    fn joined(last: &mut ListStep, step: ListStep) -> Option<ListStep> {
        match (last, step) {
            (ListStep::Pushed(before), ListStep::Pushed(more)) => {
                *before += more;
                None
            }
            (_, step) => Some(step),
        }
    }

    fn size(&self) -> usize {
        self.len()
    }

    fn keys(&self, _: &ListStep) -> Option<Vec<Value>> {
        None
    }
}

/// A change of a list.
pub enum ListStep {
    /// Another item came in this place of this one.
    Replaced(usize, Value),
    /// So many came at the end.
    Pushed(usize),
    /// These went from the end.
    Popped(Vec<Value>),
}
