//! Long lists in few words.

/// Runs of numbers that are listed before the rest is counted.
const RUNS: usize = 6;

/// Sorted numbers as ranges: `0-3, 5, 7-9 …`.
pub fn numbers(all: &[u64]) -> String {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for &number in all {
        match runs.last_mut() {
            Some((_, end)) if end.checked_add(1) == Some(number) => *end = number,
            _ => runs.push((number, number)),
        }
    }
    let text =
        |&(start, end): &(u64, u64)| if start == end { start.to_string() } else { format!("{start}-{end}") };
    let shown = runs.iter().take(RUNS).map(text).collect::<Vec<_>>().join(", ");
    if runs.len() > RUNS { format!("{shown} …") } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_joined_and_many_are_cut() {
        assert_eq!(numbers(&[0, 1, 2, 5]), "0-2, 5");
        assert_eq!(numbers(&[0, 2, 4, 6, 8, 10, 12]), "0, 2, 4, 6, 8, 10 …");
    }
}
