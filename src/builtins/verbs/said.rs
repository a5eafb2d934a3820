//! What verbs say of what they did.

use crate::value::report::size;

/// Lines of a list before the rest is counted.
const LINES: usize = 10;

/// A head and a list below it, folded after ten lines.
pub fn list(head: &str, lines: &[String]) -> String {
    let mut text = head.to_owned();
    for line in lines.iter().take(LINES) {
        text.push_str(&format!("\n  {line}"));
    }
    if lines.len() > LINES {
        text.push_str(&format!("\n  … and {} more", size::grouped((lines.len() - LINES) as u64)));
    }
    text
}

/// `kept 95 of 97 entries; dropped:` and why.
pub fn kept(kept: usize, of: usize, dropped: &[String]) -> String {
    let head = format!("kept {} of {}", size::grouped(kept as u64), size::counted(of, "entry"));
    if dropped.is_empty() { head } else { list(&format!("{head}; dropped:"), dropped) }
}

/// `2 added, 95 replaced, 1 unchanged`
pub fn updated(added: usize, replaced: usize, unchanged: usize) -> String {
    let number = |count: usize| size::grouped(count as u64);
    format!("{} added, {} replaced, {} unchanged", number(added), number(replaced), number(unchanged))
}

/// `renamed 4 of 6 keys`
pub fn renamed(changed: usize, of: usize) -> String {
    format!("renamed {} of {}", size::grouped(changed as u64), size::counted(of, "key"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_folded() {
        assert_eq!(kept(3, 3, &[]), "kept 3 of 3 entries");
        let dropped: Vec<String> = (0..12).map(|i| format!("k{i}: not there")).collect();
        let text = kept(1, 13, &dropped);
        assert!(text.starts_with("kept 1 of 13 entries; dropped:\n  k0: not there\n"));
        assert!(text.ends_with("\n  k9: not there\n  … and 2 more"));
    }
}
