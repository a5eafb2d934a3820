//! Which tensors share a storage, and how much of it none of them looks at.

use std::rc::Rc;

use super::graph::{Graph, NodeId};
use super::record::{Storage, TensorRecord, View};
use super::walk;
use torchsh_base::error::Result;
use torchsh_base::hash::SeededMap;

/// A storage and those who look into it.
#[derive(Clone, Debug)]
pub struct Usage {
    /// Its size in bytes.
    pub nbytes: u64,
    /// Bytes that some tensor looks at.
    pub used: u64,
    /// Names of the tensors.
    pub tensors: Vec<String>,
}

/// The storages of everything that can be reached from an object, in the order of their first tensor.
///
/// # Errors
/// Those of [`walk::tensors`].
pub fn of(graph: &mut Graph, root: NodeId) -> Result<Vec<Usage>> {
    let mut places: SeededMap<*const Storage, usize> = SeededMap::default();
    let mut found: Vec<(Usage, Vec<(u64, u64)>)> = Vec::new();
    for (name, record) in walk::tensors(graph, root)? {
        let Some(view) = record.view() else { continue };
        let next = found.len();
        let place = *places.entry(Rc::as_ptr(&view.storage)).or_insert(next);
        if place == next {
            found.push((Usage { nbytes: view.storage.nbytes(), used: 0, tensors: Vec::new() }, Vec::new()));
        }
        if let Some((usage, ranges)) = found.get_mut(place) {
            usage.tensors.push(name);
            ranges.extend(reach(&record, view));
        }
    }
    Ok(found
        .into_iter()
        .map(|(usage, ranges)| Usage { used: covered(ranges).min(usage.nbytes), ..usage })
        .collect())
}

/// First and one past the last byte of a view; none if it has no elements.
#[must_use]
pub fn reach(record: &TensorRecord, view: &View) -> Option<(u64, u64)> {
    let itemsize = record.dtype.itemsize() as u64;
    let first = u64::try_from(view.offset).ok()?.checked_mul(itemsize)?;
    if record.numel()? == 0 {
        return None;
    }
    let mut steps = 0_i64;
    for (&size, &step) in record.shape.iter().zip(&view.stride) {
        steps = steps.checked_add((size - 1).checked_mul(step)?)?;
    }
    let length = u64::try_from(steps).ok()?.checked_add(1)?.checked_mul(itemsize)?;
    Some((first, first.checked_add(length)?))
}

/// Bytes that lie in any of the ranges.
#[must_use]
pub fn covered(mut ranges: Vec<(u64, u64)>) -> u64 {
    ranges.sort_unstable();
    let (mut total, mut last) = (0, 0);
    for (start, end) in ranges {
        let start = start.max(last);
        total += end.saturating_sub(start);
        last = last.max(end);
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_joined() {
        assert_eq!(covered(vec![(4, 8), (0, 5), (10, 12), (11, 11)]), 10);
        assert_eq!(covered(Vec::new()), 0);
    }
}
