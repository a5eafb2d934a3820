//! How a map goes a step back.

use super::{Entry, LINEAR, Map};
use crate::value::Value;
use crate::value::journal::Rewind;

/// A change of a map. Positions hold until the map is compacted, which is written down as a whole.
pub enum MapStep {
    /// The entry there had this value.
    Replaced(usize, Value),
    /// So many came at the end, from this position on.
    Appended(usize, usize),
    /// These went: each with its position, the last one first.
    Taken(Vec<(usize, Entry)>),
    /// These are to come at the end again.
    Append(Vec<Entry>),
    /// The entries at these positions are to go again.
    Take(Vec<usize>),
}

impl Map {
    /// Puts an entry back to where it was.
    fn put_back(&mut self, position: usize, entry: Entry) {
        let hash = entry.hash;
        while self.entries.len() <= position {
            self.entries.push(None);
        }
        if let Some(place) = self.entries.get_mut(position) {
            *place = Some(entry);
        }
        self.live += 1;
        self.front = self.front.min(position);
        if self.entries.len() <= LINEAR {
            return;
        }
        if self.table.is_empty() {
            self.rebuild();
        } else {
            let entries = &self.entries;
            self.table.insert_unique(hash, position as u32, |&i| super::hash_at(entries, i));
        }
    }

    /// Takes the last entries away, which came one after another.
    fn take_appended(&mut self, first: usize, count: usize) -> Vec<Entry> {
        let mut entries: Vec<Entry> = (first..first + count).rev().filter_map(|at| self.take(at)).collect();
        entries.reverse();
        entries
    }
}

impl Rewind for Map {
    type Step = MapStep;

    fn rewind(&mut self, step: MapStep) -> MapStep {
        match step {
            MapStep::Replaced(at, old) => match self.entries.get_mut(at).and_then(Option::as_mut) {
                Some(entry) => MapStep::Replaced(at, std::mem::replace(&mut entry.value, old)),
                None => MapStep::Take(Vec::new()),
            },
            MapStep::Appended(first, count) => MapStep::Append(self.take_appended(first, count)),
            MapStep::Append(entries) => {
                let (first, count) = (self.entries.len(), entries.len());
                entries.into_iter().for_each(|entry| self.append(entry));
                MapStep::Appended(first, count)
            }
            MapStep::Taken(entries) => {
                let positions = entries.iter().rev().map(|(at, _)| *at).collect();
                entries.into_iter().rev().for_each(|(at, entry)| self.put_back(at, entry));
                MapStep::Take(positions)
            }
            MapStep::Take(positions) => {
                let taken = positions.into_iter().rev().filter_map(|at| Some((at, self.take(at)?)));
                MapStep::Taken(taken.collect())
            }
        }
    }

    fn joined(last: &mut MapStep, step: MapStep) -> Option<MapStep> {
        match (last, step) {
            (MapStep::Appended(first, count), MapStep::Appended(next, more)) if *first + *count == next => {
                *count += more;
                None
            }
            (_, step) => Some(step),
        }
    }

    fn size(&self) -> usize {
        self.len()
    }

    fn keys(&self, step: &MapStep) -> Option<Vec<Value>> {
        let key = |at: usize| self.entries.get(at).and_then(Option::as_ref).map(|entry| entry.key.clone());
        match step {
            MapStep::Replaced(at, _) => key(*at).map(|key| vec![key]),
            MapStep::Appended(first, count) => (*first..first + count).map(key).collect(),
            MapStep::Taken(entries) => Some(entries.iter().map(|(_, entry)| entry.key.clone()).collect()),
            MapStep::Append(_) | MapStep::Take(_) => None,
        }
    }
}
