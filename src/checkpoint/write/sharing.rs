//! What becomes of tensors that are the very same, in formats that cannot say so.

use super::flat::{Flat, Item};
use crate::pattern::fits;
use torchsh_base::error::{Error, Result};

/// Groups that an error names.
const NAMED: usize = 4;

/// What is done with tensors that share memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// What is the very same is written once, and the metadata says under which other names it is known.
    #[default]
    Once,
    /// Each is written with bytes of its own.
    Apart,
    /// Nothing is written.
    Refuse,
}

impl Policy {
    /// The policies by their names.
    pub const ALL: &[(&str, Policy)] =
        &[("once", Policy::Once), ("apart", Policy::Apart), ("refuse", Policy::Refuse)];
}

/// A policy, and under which name that is written which has several.
#[derive(Clone, Debug, Default)]
pub struct Sharing {
    /// What is done.
    pub policy: Policy,
    /// Patterns of keys, the first that fits decides; where none fits it is the first key.
    pub kept: Vec<String>,
}

impl Sharing {
    /// Decides on tensors of several names: those of `others` are the very same as the item at that place.
    ///
    /// # Errors
    /// `ValueError` where they are refused, with their keys; for a pattern that fits none of them.
    pub fn settle(&self, flat: &mut Flat, others: Vec<(usize, String)>) -> Result<()> {
        let mut groups: Vec<(usize, Vec<String>)> = Vec::new();
        for (place, name) in others {
            match groups.iter_mut().find(|(known, _)| *known == place) {
                Some((_, names)) => names.push(name),
                None => groups.push((place, vec![name])),
            }
        }
        for (place, names) in &mut groups {
            names.insert(0, flat.items.get(*place).map(|item| item.name.clone()).unwrap_or_default());
        }
        if self.policy == Policy::Refuse {
            refuse(groups.iter().map(|(_, names)| names.as_slice()).collect(), &flat.parted)?;
        }
        self.refuse_unknown(&groups)?;
        if self.policy == Policy::Apart {
            // From the last on, so that places stay what they are.
            groups.sort_by_key(|(place, _)| std::cmp::Reverse(*place));
        }
        for (place, names) in groups {
            if self.policy == Policy::Apart {
                apart(flat, place, &names);
            } else if let Some(item) = flat.items.get_mut(place) {
                item.name = self.chosen(&names);
                let written = item.name.clone();
                let left_out = names.into_iter().filter(|name| *name != written);
                flat.ties.extend(left_out.map(|name| (name, written.clone())));
            }
        }
        Ok(())
    }

    fn chosen(&self, names: &[String]) -> String {
        let kept = self.kept.iter().find_map(|pattern| names.iter().find(|name| fits(name, pattern)));
        kept.or(names.first()).cloned().unwrap_or_default()
    }

    fn refuse_unknown(&self, groups: &[(usize, Vec<String>)]) -> Result<()> {
        let has =
            |pattern: &String| groups.iter().any(|(_, names)| names.iter().any(|name| fits(name, pattern)));
        let Some(pattern) = self.kept.iter().find(|pattern| !has(pattern)) else { return Ok(()) };
        let error = Error::value(format!("kept=\"{pattern}\" fits no key of a tensor that has several keys"));
        Err(match groups.first() {
            Some((_, names)) => error.hint(format!("these are one tensor: {}", names.join(", "))),
            None => error.hint("no two keys here are one tensor: leave kept= out"),
        })
    }
}

/// Each of these names an item of its own.
fn apart(flat: &mut Flat, place: usize, names: &[String]) {
    let Some(item) = flat.items.get(place) else { return };
    let (record, nbytes) = (item.record.clone(), item.nbytes);
    let copies = names.iter().skip(1).map(|name| Item { name: name.clone(), record: record.clone(), nbytes });
    let copies: Vec<Item> = copies.collect();
    flat.items.splice(place + 1..place + 1, copies);
    flat.copied.extend(names.iter().skip(1).cloned());
}

fn refuse(same: Vec<&[String]>, parted: &[String]) -> Result<()> {
    let mut groups: Vec<String> = same.iter().map(|names| names.join(", ")).collect();
    if !parted.is_empty() {
        groups.push(format!("{} (in part)", parted.join(", ")));
    }
    if groups.is_empty() {
        return Ok(());
    }
    let more = if groups.len() > NAMED { "\n  …" } else { "" };
    let shown: Vec<String> = groups.iter().take(NAMED).map(|names| format!("\n  {names}")).collect();
    let error = Error::value(format!("tensors share memory, and shared=\"refuse\":{}{more}", shown.concat()));
    Err(error.hint("shared=\"once\" writes one and says so in the metadata, shared=\"apart\" writes each"))
}
