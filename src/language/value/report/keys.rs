//! Keys that a model lacks or does not know, in words.

use std::collections::HashSet;

use super::size;

/// Lines of a list before the rest is counted.
const LINES: usize = 10;

/// A head and a list below it, folded after ten lines.
#[must_use]
pub fn list(head: &str, lines: &[String]) -> String {
    let mut text = head.to_owned();
    for line in lines.iter().take(LINES) {
        // A key may be empty, or of several lines itself.
        let line = if line.is_empty() { "\"\"" } else { &line.replace('\n', "\\n") };
        text.push_str(&format!("\n  {line}"));
    }
    if lines.len() > LINES {
        text.push_str(&format!("\n  … and {} more", size::grouped((lines.len() - LINES) as u64)));
    }
    text
}

/// By what all unexpected keys differ from missing ones.
#[derive(Debug, PartialEq, Eq)]
pub struct Beginning {
    /// `all 9 unexpected keys match`
    what: String,
    /// What makes them match.
    pub change: Change,
}

/// A change of what keys begin with.
#[derive(Debug, PartialEq, Eq)]
pub enum Change {
    /// This is removed.
    Removed(String),
    /// This is put before.
    Put(String),
}

impl Beginning {
    /// In words.
    #[must_use]
    pub fn said(&self) -> String {
        match &self.change {
            Change::Removed(text) => format!("{} when \"{text}\" is removed", self.what),
            Change::Put(text) => format!("{} when \"{text}\" is put before", self.what),
        }
    }
}

/// Whether all unexpected keys are missing ones but for what they begin with.
#[must_use]
pub fn remedy(missing: &[&str], unexpected: &[&str]) -> Option<Beginning> {
    let first = unexpected.first()?;
    let removed =
        |prefix: &str| differences(unexpected, missing, |key| key.strip_prefix(prefix).map(str::to_owned));
    let put = |prefix: &str| differences(unexpected, missing, |key| Some(format!("{prefix}{key}")));
    missing.iter().find_map(|known| {
        let long =
            beginning(first, known).and_then(|text| Some((removed(text)?, Change::Removed(text.to_owned()))));
        let short =
            || beginning(known, first).and_then(|text| Some((put(text)?, Change::Put(text.to_owned()))));
        let (what, change) = long.or_else(short)?;
        Some(Beginning { what, change })
    })
}

/// What stands before `short` in `long`, if it ends with a full stop.
fn beginning<'a>(long: &'a str, short: &str) -> Option<&'a str> {
    long.strip_suffix(short).filter(|prefix| prefix.ends_with('.'))
}

/// In words, that the keys match once they are changed; none if they do not. (Loading fills in a `num_batches_tracked`
/// itself, so that it is unexpected and yet not missing.)
fn differences(
    unexpected: &[&str],
    missing: &[&str],
    change: impl Fn(&str) -> Option<String>,
) -> Option<String> {
    let changed: Vec<String> = unexpected.iter().filter_map(|key| change(key)).collect();
    let wanted: HashSet<&str> = missing.iter().copied().collect();
    let is_filled_in = |key: &str| key.rsplit('.').next() == Some("num_batches_tracked");
    let all_match = changed.iter().all(|key| wanted.contains(key.as_str()) || is_filled_in(key));
    (changed.len() == unexpected.len() && all_match).then(|| match unexpected.len() {
        1 => "the unexpected key matches".to_owned(),
        count => format!("all {count} unexpected keys match"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_common_beginning_is_found() {
        let missing = ["a.w", "a.b", "c"];
        let said =
            |missing: &[&str], unexpected: &[&str]| remedy(missing, unexpected).map(|found| found.said());
        let removed = |count| Some(format!("all {count} unexpected keys match when \"module.\" is removed"));
        assert_eq!(said(&missing, &["module.a.w", "module.a.b"]), removed(2));
        assert_eq!(said(&missing, &["module.a.w", "module.a.b", "module.num_batches_tracked"]), removed(3));
        assert_eq!(
            said(&["net.x.w", "net.x.b", "c"], &["x.w", "x.b"]).unwrap(),
            "all 2 unexpected keys match when \"net.\" is put before"
        );
        assert_eq!(remedy(&missing, &["module.a.w", "head"]), None);
        assert_eq!(remedy(&[], &["module.a.w", "head"]), None);
    }

    #[test]
    fn long_lists_are_folded() {
        let lines: Vec<String> = (0..12).map(|i| format!("k{i}")).collect();
        assert_eq!(list("two:", &lines[..2]), "two:\n  k0\n  k1");
        assert!(list("twelve:", &lines).ends_with("\n  k9\n  … and 2 more"));
    }
}
