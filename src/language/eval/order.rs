//! The order in which CPython goes through a set.
//!
//! Programs print sets, and CPython prints small numbers sorted because its table puts them so. Strings have a random
//! order there; here they keep the order of insertion. Numbers, and tuples of numbers, get CPython's order by simulating its table
//! (Objects/setobject.c: 8 slots at first, linear probes of 9, then perturbation; grown by 4 when 3/5 full).

use crate::value::{Set, Value};

const LINEAR_PROBES: usize = 9;
const PERTURB_SHIFT: u32 = 5;
const SMALLEST: usize = 8;
/// Turns of the search for a free place that an item may take on average.
const MOST_TURNS: usize = 200;

/// The items of a set in the order in which a program sees them.
pub(super) fn set_items(set: &Set) -> Vec<Value> {
    let items = set.dict.keys();
    let hashes: Option<Vec<i64>> = items.iter().map(super::hash::lasting).collect();
    let Some(hashes) = hashes else { return items };
    match slots(&hashes) {
        Some(order) => order.into_iter().filter_map(|index| items.get(index).cloned()).collect(),
        None => items,
    }
}

/// The indices of the items in the order of the slots they fall into. None where so many collide that CPython itself would
/// take for ever.
fn slots(hashes: &[i64]) -> Option<Vec<usize>> {
    let mut table: Vec<Option<usize>> = vec![None; SMALLEST];
    let mut left = MOST_TURNS.saturating_mul(hashes.len().max(1));
    for (count, index) in (0..hashes.len()).enumerate() {
        insert(&mut table, hashes, index, &mut left)?;
        let filled = count + 1;
        if filled * 5 >= (table.len() - 1) * 3 {
            let wanted = if filled > 50_000 { filled * 2 } else { filled * 4 };
            let mut size = SMALLEST;
            while size <= wanted {
                size *= 2;
            }
            let old = std::mem::replace(&mut table, vec![None; size]);
            for index in old.into_iter().flatten() {
                insert(&mut table, hashes, index, &mut left)?;
            }
        }
    }
    Some(table.into_iter().flatten().collect())
}

fn insert(table: &mut [Option<usize>], hashes: &[i64], index: usize, left: &mut usize) -> Option<()> {
    let hash = *hashes.get(index)?;
    let mask = table.len() - 1;
    let mut perturb = hash as u64;
    let mut start = hash as usize & mask;
    loop {
        let probes = if start + LINEAR_PROBES <= mask { LINEAR_PROBES } else { 0 };
        let free = (start..=start + probes).find(|&slot| matches!(table.get(slot), Some(None)));
        if let Some(slot) = free.and_then(|slot| table.get_mut(slot)) {
            *slot = Some(index);
            return Some(());
        }
        *left = left.checked_sub(1)?;
        perturb >>= PERTURB_SHIFT;
        start = start.wrapping_mul(5).wrapping_add(1).wrapping_add(perturb as usize) & mask;
    }
}

#[cfg(test)]
mod tests {
    use super::slots;

    #[test]
    fn small_numbers_come_sorted_and_large_ones_as_in_cpython() {
        assert_eq!(slots(&[3, 1, 2]), Some(vec![1, 2, 0]));
        // CPython 3.11: set([5, 100, 9, 33, 17]) iterates as 33, 100, 5, 9, 17.
        let values = [5, 100, 9, 33, 17];
        let order: Vec<i64> = slots(&values).unwrap().into_iter().map(|i| values[i]).collect();
        assert_eq!(order, [33, 100, 5, 9, 17]);
        assert_eq!(slots(&[0; 40_000]), None);
    }
}
