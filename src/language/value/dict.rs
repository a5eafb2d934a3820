//! Python's `dict`: insertion order, any hashable key, shared by reference.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use hashbrown::HashTable;
use hashbrown::hash_table;

use self::past::MapStep;
use super::journal::Trail;
use super::{Str, Value, Vm, class_lookup};
use torchsh_base::error::Result;

mod past;

/// Up to this many entries are searched one by one: cheaper than a table for the attributes of an object.
const LINEAR: usize = 8;

/// A key, its hash and its value.
#[derive(Clone)]
pub struct Entry {
    /// The hash of the key.
    pub hash: u64,
    /// The key.
    pub key: Value,
    /// The value (`None` in a set).
    pub value: Value,
}

/// An ordered hash map over values. Also the inside of a set.
#[derive(Clone, Default)]
pub struct Map {
    /// In order of insertion; a hole where an entry was removed.
    entries: Vec<Option<Entry>>,
    table: HashTable<u32>,
    live: usize,
    /// So many places at the beginning are empty: taking the first entry again and again passes none of them twice.
    front: usize,
    /// The position after the one found last. Dictionaries of tensors are looked up in the order of another one that holds
    /// the same keys, so that the next key is most often there.
    expected: Cell<usize>,
}

impl Map {
    /// Room for `capacity` entries.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Map { entries: Vec::with_capacity(capacity), ..Map::default() }
    }

    /// Makes room for so many more entries.
    pub fn reserve(&mut self, more: usize) {
        let entries = &self.entries;
        self.table.reserve(more, |&i| hash_at(entries, i));
        self.entries.reserve_exact(more);
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.live
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// The entries in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter().flatten()
    }

    /// The first entry at or after position `from`, with its position: how iterators step.
    #[must_use]
    pub fn entry_from(&self, from: usize) -> Option<(usize, &Entry)> {
        let from = from.max(self.front);
        let rest = self.entries.get(from..)?;
        rest.iter().enumerate().find_map(|(i, entry)| entry.as_ref().map(|entry| (from + i, entry)))
    }

    /// The position of the entry with this hash for which `equal` holds.
    fn position(&self, hash: u64, mut equal: impl FnMut(&Value) -> bool) -> Option<usize> {
        let mut matches = |entry: &Option<Entry>| {
            entry.as_ref().is_some_and(|entry| entry.hash == hash && equal(&entry.key))
        };
        if self.entries.len() <= LINEAR {
            return self.entries.iter().position(matches);
        }
        let expected = self.expected.get();
        let found = match self.entries.get(expected) {
            Some(entry) if matches(entry) => expected,
            _ => {
                let is_it = |&i: &u32| self.entries.get(i as usize).is_some_and(&mut matches);
                *self.table.find(hash, is_it)? as usize
            }
        };
        self.expected.set(found + 1);
        Some(found)
    }

    /// The entry of a string key.
    #[must_use]
    pub fn get_str(&self, key: &Str) -> Option<&Value> {
        let position = self.position(key.hash_code(), |k| is_text(k, key))?;
        self.entries.get(position)?.as_ref().map(|entry| &entry.value)
    }

    /// Puts a value under a string key.
    pub fn set_str(&mut self, key: Str, value: Value) {
        let hash = key.hash_code();
        if self.table.is_empty() || self.is_sparse() {
            let position = self.position(hash, |k| is_text(k, &key));
            drop(self.put(position, hash, Value::Str(key), value));
            return;
        }
        let index = self.entries.len() as u32;
        let entries = &self.entries;
        let is_it = |&i: &u32| matches!(entries.get(i as usize), Some(Some(entry)) if entry.hash == hash && is_text(&entry.key, &key));
        match self.table.entry(hash, is_it, |&i| hash_at(entries, i)) {
            hash_table::Entry::Occupied(found) => {
                if let Some(Some(entry)) = self.entries.get_mut(*found.get() as usize) {
                    entry.value = value;
                }
            }
            hash_table::Entry::Vacant(place) => {
                place.insert(index);
                self.entries.push(Some(Entry { hash, key: Value::Str(key), value }));
                self.live += 1;
            }
        }
    }

    /// Overwrites the entry at a position found before, or appends a new one; the step that was.
    fn put(&mut self, position: Option<usize>, hash: u64, key: Value, value: Value) -> MapStep {
        if let Some((at, Some(entry))) =
            position.and_then(|at| Some((at, self.entries.get_mut(at)?.as_mut())))
        {
            return MapStep::Replaced(at, std::mem::replace(&mut entry.value, value));
        }
        self.append(Entry { hash, key, value });
        MapStep::Appended(self.entries.len() - 1, 1)
    }

    /// Adds an entry whose key is known to be new.
    pub fn append(&mut self, entry: Entry) {
        if self.is_sparse() {
            self.compact();
        }
        let index = self.entries.len() as u32;
        let hash = entry.hash;
        self.entries.push(Some(entry));
        self.live += 1;
        if self.entries.len() > LINEAR {
            if self.table.is_empty() {
                self.rebuild();
            } else {
                let entries = &self.entries;
                self.table.insert_unique(hash, index, |&i| hash_at(entries, i));
            }
        }
    }

    fn take(&mut self, position: usize) -> Option<Entry> {
        let entry = self.entries.get_mut(position)?.take()?;
        self.live -= 1;
        let found = self.table.find_entry(entry.hash, |&i| i as usize == position);
        if let Ok(found) = found {
            found.remove();
        }
        if position == self.front {
            self.front += 1;
        }
        while self.entries.last().is_some_and(Option::is_none) {
            self.entries.pop();
        }
        self.front = self.front.min(self.entries.len());
        if self.entries.len() <= LINEAR {
            self.table.clear();
        }
        Some(entry)
    }

    /// Removes the last entry.
    pub fn pop_last(&mut self) -> Option<Entry> {
        let last = self.entries.len().checked_sub(1)?;
        self.take(last)
    }

    /// Removes the first entry.
    pub fn pop_first(&mut self) -> Option<Entry> {
        let (position, _) = self.entry_from(0)?;
        self.front = position;
        self.take(position)
    }

    /// Whether most of the entries are holes.
    fn is_sparse(&self) -> bool {
        self.live * 2 + LINEAR < self.entries.len()
    }

    fn compact(&mut self) {
        self.entries.retain(Option::is_some);
        self.front = 0;
        self.rebuild();
    }

    fn rebuild(&mut self) {
        self.table.clear();
        if self.entries.len() <= LINEAR {
            return;
        }
        let entries = &self.entries;
        self.table.reserve(entries.len(), |&i| hash_at(entries, i));
        for (index, entry) in entries.iter().enumerate() {
            if let Some(entry) = entry {
                self.table.insert_unique(entry.hash, index as u32, |&i| hash_at(entries, i));
            }
        }
    }
}

/// Whether a key is that text, or an object that stands on it: of a class made from `str`, an enumeration's member.
fn is_text(candidate: &Value, text: &Str) -> bool {
    match candidate {
        Value::Str(candidate) => candidate == text,
        Value::Instance(instance) => {
            matches!(instance.payload(), Some(Value::Str(candidate)) if candidate == *text)
        }
        _ => false,
    }
}

fn hash_at(entries: &[Option<Entry>], index: u32) -> u64 {
    entries.get(index as usize).and_then(Option::as_ref).map_or(0, |entry| entry.hash)
}

/// Which dictionary class it is.
#[derive(Clone, Default)]
pub enum DictKind {
    /// `dict`
    #[default]
    Plain,
    /// `collections.OrderedDict`
    Ordered,
    /// `collections.defaultdict` with its factory (or `None`).
    Default(Value),
    /// `collections.Counter`
    Counter,
}

/// A dictionary object.
#[derive(Default)]
pub struct Dict {
    map: RefCell<Map>,
    /// What statements changed in it.
    trail: Trail<Map>,
    /// Which class it is.
    pub kind: RefCell<DictKind>,
    /// Whether it is the namespace of a class, whose changes make what was looked up in it old.
    is_namespace: Cell<bool>,
    /// Attributes, which all but a plain dict can have: `state_dict()._metadata`.
    attributes: OnceCell<Rc<Dict>>,
}

impl Dict {
    /// A dictionary of a kind over a map.
    #[must_use]
    pub fn new(map: Map, kind: DictKind) -> Self {
        Dict { map: RefCell::new(map), kind: RefCell::new(kind), ..Dict::default() }
    }

    /// The map, to read. Nothing of the program may run while it is borrowed.
    pub fn map(&self) -> std::cell::Ref<'_, Map> {
        self.trail.settle(&self.map);
        self.map.borrow()
    }

    /// Has it be the namespace of a class.
    pub(super) fn watch(&self) {
        self.is_namespace.set(true);
    }

    /// To be said before each change.
    #[inline]
    fn changing(&self) {
        if self.is_namespace.get() {
            class_lookup::forget();
        }
    }

    /// The map, to change. Nothing of the program may run while it is borrowed.
    pub fn map_mut(&self) -> std::cell::RefMut<'_, Map> {
        self.changing();
        self.trail.settle(&self.map);
        if self.trail.is_written() {
            self.trail.write_whole(self.map.borrow().clone());
        }
        self.map.borrow_mut()
    }

    /// Takes out all entries.
    pub fn clear(&self) {
        self.changing();
        self.trail.settle(&self.map);
        let all = self.map.take();
        if self.trail.is_written() {
            self.trail.write_whole(all);
        }
    }

    /// Makes room for so many more entries.
    pub fn reserve(&self, more: usize) {
        self.trail.settle(&self.map);
        self.map.borrow_mut().reserve(more);
    }

    /// What the running statement has changed, by key; none where that is not known.
    #[must_use]
    pub fn changed_keys(&self) -> Option<Vec<Value>> {
        self.trail.keys(&self.map())
    }

    /// Whether this is the past of the dictionary.
    #[must_use]
    pub fn has_past(&self, past: &Rc<dyn super::journal::Remembered>) -> bool {
        self.trail.is_of(past)
    }

    /// Changes the map, and writes it down.
    fn change(&self, change: impl FnOnce(&mut Map) -> Option<MapStep>) {
        self.changing();
        self.trail.settle(&self.map);
        if !self.trail.is_written() {
            drop(change(&mut self.map.borrow_mut()));
            return;
        }
        // Positions change where holes are closed: nothing that speaks of them may be written before.
        if self.map.borrow().is_sparse() {
            self.trail.write_whole(self.map.borrow().clone());
        }
        let step = change(&mut self.map.borrow_mut());
        if let Some(step) = step.filter(|_| self.trail.is_written()) {
            self.trail.write(&self.map.borrow(), step);
        }
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.map().len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The attribute dictionary, made at first use.
    pub fn attributes(&self) -> &Rc<Dict> {
        self.attributes.get_or_init(Rc::default)
    }

    /// Whether any attribute was ever set.
    #[must_use]
    pub fn has_attributes(&self) -> bool {
        self.attributes.get().is_some_and(|attributes| !attributes.is_empty())
    }

    /// The value under a string key.
    #[must_use]
    pub fn get_str(&self, key: &Str) -> Option<Value> {
        self.map().get_str(key).cloned()
    }

    /// The value under a string key, by text.
    #[must_use]
    pub fn get_name(&self, key: &str) -> Option<Value> {
        self.get_str(&Str::intern(key))
    }

    /// Puts a value under a string key.
    pub fn set_str(&self, key: Str, value: Value) {
        if self.trail.is_written() {
            return self.change(|map| {
                let hash = key.hash_code();
                let position = map.position(hash, |k| is_text(k, &key));
                Some(map.put(position, hash, Value::Str(key), value))
            });
        }
        self.changing();
        self.trail.settle(&self.map);
        self.map.borrow_mut().set_str(key, value);
    }

    /// Puts a value under a string key, by text.
    pub fn set_name(&self, key: &str, value: impl Into<Value>) {
        self.set_str(Str::intern(key), value.into());
    }

    /// Takes out a string key.
    pub fn remove_str(&self, key: &Str) -> Option<Value> {
        let position = self.map().position(key.hash_code(), |k| is_text(k, key))?;
        self.take(position)
    }

    /// Takes out the entry at a position.
    fn take(&self, position: usize) -> Option<Value> {
        let mut taken = None;
        self.change(|map| {
            let entry = map.take(position)?;
            taken = Some(entry.value.clone());
            Some(MapStep::Taken(vec![(position, entry)]))
        });
        taken
    }

    /// The value under any key.
    ///
    /// # Errors
    /// The key is unhashable, or its `__eq__` fails.
    pub fn get(&self, vm: &dyn Vm, key: &Value) -> Result<Option<Value>> {
        if let Value::Str(key) = key {
            return Ok(self.get_str(key));
        }
        let found = self.find(vm, vm.hash(key)?, key)?;
        let map = self.map();
        Ok(found.and_then(|i| map.entries.get(i)?.as_ref().map(|entry| entry.value.clone())))
    }

    /// Whether the key is there.
    ///
    /// # Errors
    /// As [`Dict::get`].
    pub fn contains(&self, vm: &dyn Vm, key: &Value) -> Result<bool> {
        Ok(self.get(vm, key)?.is_some())
    }

    /// Puts a value under any key; an equal key that is there stays.
    ///
    /// # Errors
    /// As [`Dict::get`].
    pub fn set(&self, vm: &dyn Vm, key: Value, value: Value) -> Result<()> {
        if let Value::Str(key) = key {
            self.set_str(key, value);
            return Ok(());
        }
        let hash = vm.hash(&key)?;
        let position = self.find(vm, hash, &key)?;
        self.change(|map| Some(map.put(position, hash, key, value)));
        Ok(())
    }

    /// Takes out a key.
    ///
    /// # Errors
    /// As [`Dict::get`].
    pub fn remove(&self, vm: &dyn Vm, key: &Value) -> Result<Option<Value>> {
        let position = match key {
            Value::Str(key) => return Ok(self.remove_str(key)),
            _ => self.find(vm, vm.hash(key)?, key)?,
        };
        Ok(position.and_then(|i| self.take(i)))
    }

    /// The entries in order, copied, so that the program may run while they are gone through.
    #[must_use]
    pub fn entries(&self) -> Vec<(Value, Value)> {
        self.map().iter().map(|entry| (entry.key.clone(), entry.value.clone())).collect()
    }

    /// The keys in order, copied.
    #[must_use]
    pub fn keys(&self) -> Vec<Value> {
        self.map().iter().map(|entry| entry.key.clone()).collect()
    }

    /// The position of a key. Candidates that need the program's own `__eq__` are compared outside the borrow.
    fn find(&self, vm: &dyn Vm, hash: u64, key: &Value) -> Result<Option<usize>> {
        let mut candidates = Vec::new();
        let exact = self.map().position(hash, |candidate| match vm.same_key(candidate, key) {
            Some(equal) => equal,
            None => {
                candidates.push(candidate.clone());
                false
            }
        });
        if exact.is_some() || candidates.is_empty() {
            return Ok(exact);
        }
        for candidate in candidates {
            if vm.equal(&candidate, key)? {
                return Ok(self.map().position(hash, |k| k.same(&candidate)));
            }
        }
        Ok(None)
    }
}
