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
        let mut groups = grouped(flat, others);
        if self.policy == Policy::Refuse {
            refuse(groups.iter().map(|(_, names)| names.as_slice()).collect(), &flat.parted)?;
        }
        self.refuse_unknown(&groups)?;
        if self.policy == Policy::Apart {
            apart(flat, groups);
            return Ok(());
        }
        for (place, names) in &mut groups {
            let Some(item) = flat.items.get_mut(*place) else { continue };
            item.name = self.chosen(names);
            let left_out = std::mem::take(names).into_iter().filter(|name| *name != item.name);
            flat.ties.extend(left_out.map(|name| (name, item.name.clone())));
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

/// The places of items that have several names, in order, each with all of its names.
fn grouped(flat: &Flat, mut others: Vec<(usize, String)>) -> Vec<(usize, Vec<String>)> {
    others.sort_by_key(|(place, _)| *place);
    let mut groups: Vec<(usize, Vec<String>)> = Vec::new();
    for (place, name) in others {
        match groups.last_mut() {
            Some((known, names)) if *known == place => names.push(name),
            _ => {
                let first = flat.items.get(place).map(|item| item.name.clone()).unwrap_or_default();
                groups.push((place, vec![first, name]));
            }
        }
    }
    groups
}

/// Gives each name an item of its own, behind the one that it was the same as.
fn apart(flat: &mut Flat, groups: Vec<(usize, Vec<String>)>) {
    let mut groups = groups.into_iter().peekable();
    for (place, item) in std::mem::take(&mut flat.items).into_iter().enumerate() {
        let (record, nbytes) = (item.record.clone(), item.nbytes);
        flat.items.push(item);
        let names = groups.next_if(|(at, _)| *at == place).map(|(_, names)| names).unwrap_or_default();
        for name in names.into_iter().skip(1) {
            flat.copied.push(name.clone());
            flat.items.push(Item { name, record: record.clone(), nbytes });
        }
    }
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
