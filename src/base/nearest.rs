//! Names that were probably meant.

/// The one of `known` that `name` was probably meant to be: at a distance of at most a third of its length.
#[must_use]
pub fn nearest<'a, T: AsRef<str>>(name: &str, known: &'a [T]) -> Option<&'a T> {
    let length = name.chars().count();
    // Every letter is near every other one.
    let limit = if length < 2 { 0 } else { (length / 3).max(1) };
    known
        .iter()
        .filter(|candidate| !candidate.as_ref().starts_with('_') || name.starts_with('_'))
        .map(|candidate| (distance(name, candidate.as_ref()), candidate))
        .filter(|(distance, _)| (1..=limit).contains(distance))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Letters to add, drop, change or swap to get from one name to the other (Damerau's distance, adjacent swaps only).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > a.len() / 3 + 1 {
        return usize::MAX;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX / 2);
            let changed = at(&above, j) + usize::from(x != y);
            let mut best = changed.min(at(&above, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_name_is_found_and_a_far_one_is_not() {
        let known = ["state_dict", "load"];
        assert_eq!(nearest("state_dit", &known).copied(), Some("state_dict"));
        assert_eq!(nearest("laod", &known).copied(), Some("load"));
        assert_eq!(nearest("unrelated", &known), None);
    }
}
