//! Tensor keys inside `m["…`, one segment at a time.

use rustc_hash::FxHashMap;

use super::super::Session;
use super::{Candidate, Completion};
use crate::render::sanitize::sanitize;
use crate::syntax::cursor::Opened;
use crate::value::report::{gather, size};
use crate::value::{Dict, Value};

/// More groups than this are not worth listing.
const MOST: usize = 500;

/// What the keys that begin alike come to.
struct Group {
    count: usize,
    /// The value, where the group is one whole key.
    value: Option<Value>,
}

impl Session {
    /// The keys of the dictionary that `chain` speaks of, up to the segment after what was typed.
    pub(super) fn keys_of(&self, chain: &str, typed: &str, string: Opened) -> Completion {
        let Some(dict) = self.resolve(chain).and_then(|value| value.as_dict()) else {
            return Completion::default();
        };
        let groups = segments(&dict, typed);
        let groups = match groups.is_empty() {
            // Nothing begins so: what there is instead of the segment that was begun.
            true => segments(&dict, typed.rfind('.').map_or("", |at| typed.get(..=at).unwrap_or_default())),
            false => groups,
        };
        let closing = match string.mark {
            ' ' => String::new(),
            mark => format!("{mark}]"),
        };
        let mut candidates: Vec<Candidate> = groups
            .into_iter()
            // What would need escapes in the program's text, or could move the cursor, is not offered.
            .filter(|(key, _)| !key.contains(['\\', string.mark]) && sanitize(key) == key.as_str())
            .map(|(key, group)| self.key_candidate(&key, &group, &closing))
            .collect();
        candidates.truncate(MOST);
        Completion { start: string.start, candidates }
    }

    fn key_candidate(&self, key: &str, group: &Group, closing: &str) -> Candidate {
        let shown = sanitize(key).into_owned();
        match &group.value {
            Some(value) => {
                let description = gather::brief(&*self.interpreter, value).unwrap_or_default();
                Candidate { text: format!("{key}{closing}"), shown, description }
            }
            None => Candidate { text: key.to_owned(), shown, description: size::counted(group.count, "key") },
        }
    }
}

/// The keys that begin with `typed`, each cut after the next full stop, in order of appearance.
fn segments(dict: &Dict, typed: &str) -> Vec<(String, Group)> {
    let map = dict.map();
    let mut places: FxHashMap<&str, usize> = FxHashMap::default();
    let mut groups: Vec<(&str, Group)> = Vec::new();
    for entry in map.iter() {
        let Value::Str(key) = &entry.key else { continue };
        let Some(rest) = key.as_str().strip_prefix(typed) else { continue };
        let end = rest.find('.').map(|at| typed.len() + at + 1);
        let (segment, value) = match end {
            Some(end) => (key.as_str().get(..end).unwrap_or_default(), None),
            None => (key.as_str(), Some(entry.value.clone())),
        };
        match places.get(segment).and_then(|&place| groups.get_mut(place)) {
            Some((_, group)) => group.count += 1,
            None => {
                places.insert(segment, groups.len());
                groups.push((segment, Group { count: 1, value }));
            }
        }
    }
    groups.into_iter().map(|(segment, group)| (segment.to_owned(), group)).collect()
}
