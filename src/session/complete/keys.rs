//! Tensor keys inside `m["…`, one segment at a time.

use torchsh_base::hash::SeededMap;

use super::super::Session;
use super::matching::has_letters;
use super::{Candidate, Completion};
use torchsh_language::value::report::{gather, size};
use torchsh_language::value::{Dict, Value};
use torchsh_render::sanitize::sanitize;

/// More groups than this are not worth listing.
const MOST: usize = 500;

/// Where a key is to be put.
pub(super) struct Slot {
    /// Where its text begins.
    pub start: usize,
    /// What stands before it: the quote, where none was typed yet.
    pub opening: &'static str,
    /// The quote character it stands in.
    pub mark: char,
    /// What ends it.
    pub closing: String,
}

/// What the keys that begin alike come to.
struct Group {
    /// How many they are.
    count: usize,
    /// The value, where the group is one whole key.
    value: Option<Value>,
}

impl Session {
    /// The keys of the dictionary that `chain` speaks of, up to the segment after what was typed.
    pub(super) fn keys_of(&self, chain: &str, typed: &str, slot: &Slot) -> Completion {
        let Some(dict) = self.resolve(chain).and_then(|value| value.as_dict()) else {
            return Completion::default();
        };
        let typed = unescaped(typed);
        let mut groups = segments(&dict, &typed);
        if groups.is_empty() {
            groups = with_letters(&dict, &typed);
        }
        let mut candidates: Vec<Candidate> = groups
            .into_iter()
            // What could move the cursor is not offered.
            .filter(|(key, _)| sanitize(key) == key.as_str())
            .map(|(key, group)| self.key_candidate(&key, &group, slot))
            .take(MOST)
            .collect();
        if !slot.opening.is_empty() {
            candidates.extend(self.numbered(&dict));
        }
        Completion { start: slot.start, candidates }
    }

    fn key_candidate(&self, key: &str, group: &Group, slot: &Slot) -> Candidate {
        let shown = sanitize(key).into_owned();
        let (opening, closing) = (slot.opening, &slot.closing);
        let key = escaped(key, slot.mark);
        match &group.value {
            Some(value) => {
                let description = gather::brief(&*self.interpreter, value).unwrap_or_default();
                Candidate { text: format!("{opening}{key}{closing}"), shown, description }
            }
            None => Candidate {
                text: format!("{opening}{key}"),
                shown,
                description: size::counted(group.count, "key"),
            },
        }
    }

    /// The keys that are numbers, as an optimizer's state has them.
    fn numbered(&self, dict: &Dict) -> Vec<Candidate> {
        let map = dict.map();
        let numbers = map.iter().filter_map(|entry| match &entry.key {
            Value::Int(number) => Some((number.to_string(), entry.value.clone())),
            _ => None,
        });
        let candidate = |(number, value): (String, Value)| Candidate {
            text: format!("{number}]"),
            shown: number,
            description: gather::brief(&*self.interpreter, &value).unwrap_or_default(),
        };
        numbers.take(MOST).map(candidate).collect()
    }
}

/// A key as it is written between quotes.
fn escaped(key: &str, mark: char) -> String {
    key.replace('\\', "\\\\").replace(mark, &format!("\\{mark}"))
}

/// What was typed between quotes, as it is meant.
fn unescaped(typed: &str) -> String {
    let (mut out, mut letters) = (String::new(), typed.chars());
    while let Some(letter) = letters.next() {
        out.extend(if letter == '\\' { letters.next() } else { Some(letter) });
    }
    out
}

/// The keys that begin with `typed`, each cut after the next full stop, in order of appearance.
fn segments(dict: &Dict, typed: &str) -> Vec<(String, Group)> {
    let map = dict.map();
    let mut places: SeededMap<&str, usize> = SeededMap::default();
    let mut groups: Vec<(&str, Group)> = Vec::new();
    // The first key of each, which is taken whole where it stays alone.
    let mut firsts: Vec<(&str, &Value)> = Vec::new();
    for entry in map.iter() {
        let Value::Str(key) = &entry.key else { continue };
        let Some(rest) = key.as_str().strip_prefix(typed) else { continue };
        let end = rest.find('.').map(|at| typed.len() + at + 1);
        let segment = end.and_then(|end| key.as_str().get(..end)).unwrap_or(key.as_str());
        // Keys that begin alike mostly follow one another.
        if let Some((last, group)) = groups.last_mut()
            && *last == segment
        {
            group.count += 1;
            continue;
        }
        match places.get(segment).and_then(|&place| groups.get_mut(place)) {
            Some((_, group)) => group.count += 1,
            None => {
                places.insert(segment, groups.len());
                firsts.push((key.as_str(), &entry.value));
                let value = end.is_none().then(|| entry.value.clone());
                groups.push((segment, Group { count: 1, value }));
            }
        }
    }
    let whole = |((segment, group), (key, value)): ((&str, Group), (&str, &Value))| match group.count {
        1 => (key.to_owned(), Group { count: 1, value: Some(value.clone()) }),
        _ => (segment.to_owned(), group),
    };
    groups.into_iter().zip(firsts).map(whole).collect()
}

/// The whole keys that have the letters of `typed` in order, those first that contain it as it is.
fn with_letters(dict: &Dict, typed: &str) -> Vec<(String, Group)> {
    if typed.chars().count() < 2 {
        return Vec::new();
    }
    let wanted = typed.to_lowercase();
    let (mut containing, mut others) = (Vec::new(), Vec::new());
    for entry in dict.map().iter() {
        let Value::Str(key) = &entry.key else { continue };
        // At every key that is typed: no more is made than is listed, and most keys are told by one look at each letter.
        if !has_letters(&wanted, key) {
            continue;
        }
        let kept = if contains(key, &wanted) {
            &mut containing
        } else if others.len() < MOST {
            &mut others
        } else {
            continue;
        };
        kept.push((key.as_str().to_owned(), Group { count: 1, value: Some(entry.value.clone()) }));
        if containing.len() == MOST {
            break;
        }
    }
    containing.append(&mut others);
    containing
}

/// Whether a text in small letters is in another, in any capitals.
fn contains(text: &str, wanted: &str) -> bool {
    if !text.is_ascii() || !wanted.is_ascii() {
        return text.to_lowercase().contains(wanted);
    }
    let Some((first, rest)) = wanted.as_bytes().split_first() else { return true };
    let mut left = text.as_bytes();
    while let Some(at) = left.iter().position(|letter| letter.to_ascii_lowercase() == *first) {
        left = left.get(at + 1..).unwrap_or_default();
        if left.get(..rest.len()).is_some_and(|part| part.eq_ignore_ascii_case(rest)) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::contains;

    #[test]
    fn parts_are_found_in_any_capitals() {
        for (text, wanted) in
            [("aXbXy", "xy"), ("Layer.W", "r.w"), ("xxxy", "xxy"), ("a", ""), ("层A", "层a")]
        {
            assert!(contains(text, wanted), "{text} {wanted}");
        }
        for (text, wanted) in [("axb", "xy"), ("x", "xy"), ("", "x"), ("层", "a")] {
            assert!(!contains(text, wanted), "{text} {wanted}");
        }
    }
}
