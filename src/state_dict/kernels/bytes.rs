//! Elements of a byte: there are 256 of them, so they are counted, and the numbers come afterwards.

use crate::tally::{Moments, Number, Tally};

/// How often each byte occurs.
pub type Counts = [u64; 256];

/// Counts the bytes of a block (of less than 2**32).
#[must_use]
pub fn counts(block: &[u8]) -> Counts {
    // Four tables, since the same byte often follows itself, and a counter must be written before it is read again.
    let mut tables = [[0_u32; 256]; 4];
    let (whole, rest) = block.as_chunks::<4>();
    for chunk in whole {
        for (table, &byte) in tables.iter_mut().zip(chunk) {
            one(table, byte);
        }
    }
    let [first, ..] = &mut tables;
    rest.iter().for_each(|&byte| one(first, byte));
    let mut counts = [0; 256];
    for table in &tables {
        for (sum, &count) in counts.iter_mut().zip(table) {
            *sum += u64::from(count);
        }
    }
    counts
}

#[inline(always)]
fn one(table: &mut [u32; 256], byte: u8) {
    // Every byte has a place.
    if let Some(count) = table.get_mut(usize::from(byte)) {
        *count += 1;
    }
}

/// What numbers come to that occur so often.
pub fn tally(numbers: impl Iterator<Item = (Number, u64)> + Clone) -> Tally {
    let mut tally = Tally::default();
    let occurring = numbers.filter(|(_, count)| *count > 0);
    for (number, count) in occurring.clone() {
        tally.count_all(number, count);
    }
    let finite = || {
        let doubles = occurring.clone().map(|(number, count)| (number.nearest(), count as f64));
        doubles.filter(|(number, _)| number.is_finite())
    };
    let count = tally.elements - tally.not_finite();
    if count > 0 {
        let mean = finite().map(|(number, times)| number * times).sum::<f64>() / count as f64;
        let squares = finite().map(|(number, times)| (number - mean) * (number - mean) * times).sum();
        tally.real = Moments { count, mean, squares };
    }
    tally
}
