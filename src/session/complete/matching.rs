//! Which candidates go on from what was typed.

use std::collections::HashSet;

use super::Candidate;
use torchsh_language::value::Value;

/// A candidate whose description is made only if it is shown.
pub(super) struct Draft {
    pub text: String,
    pub about: About,
}

/// What is to be said of a candidate.
pub(super) enum About {
    /// This.
    Text(String),
    /// What is known of a value.
    Value(Value),
}

impl Draft {
    pub fn new(text: impl Into<String>, description: impl Into<String>) -> Self {
        Draft { text: text.into(), about: About::Text(description.into()) }
    }

    pub fn of(text: impl Into<String>, value: Value) -> Self {
        Draft { text: text.into(), about: About::Value(value) }
    }
}

/// How well a text goes on from what was typed: the lower the better.
pub(super) fn rank(typed: &str, text: &str) -> Option<u8> {
    if text.starts_with(typed) {
        return Some(0);
    }
    let (typed, text) = (typed.to_lowercase(), text.to_lowercase());
    match text.find(&typed) {
        Some(0) => Some(1),
        // One letter in the middle of a word says nothing.
        _ if typed.chars().count() < 2 => None,
        Some(_) => Some(2),
        None => has_letters(&typed, &text).then_some(3),
    }
}

/// Whether the letters of one text, which is in lower case, are in the other, in order.
pub(super) fn has_letters(typed: &str, text: &str) -> bool {
    if typed.is_ascii() && text.is_ascii() {
        let mut letters = text.bytes();
        return typed.bytes().all(|wanted| letters.any(|letter| letter.to_ascii_lowercase() == wanted));
    }
    let mut letters = text.chars().flat_map(char::to_lowercase);
    typed.chars().all(|wanted| letters.any(|letter| letter == wanted))
}

/// Keeps what goes on best: what begins with `typed`; if nothing does, what contains it, then what has its letters in
/// order. The first of two with one text stays.
pub(super) fn matching(typed: &str, drafts: Vec<Draft>) -> Vec<Draft> {
    let ranked: Vec<(u8, Draft)> =
        drafts.into_iter().filter_map(|draft| Some((rank(typed, &draft.text)?, draft))).collect();
    let best = ranked.iter().map(|(rank, _)| *rank).min().unwrap_or(0);
    // What only contains it and what only has its letters are offered together.
    let worst = if best < 2 { best } else { 3 };
    let mut kept: Vec<(u8, Draft)> = ranked.into_iter().filter(|(rank, _)| *rank <= worst).collect();
    kept.sort_by_key(|(rank, _)| *rank);
    let mut seen = HashSet::new();
    kept.into_iter().map(|(_, draft)| draft).filter(|draft| seen.insert(draft.text.clone())).collect()
}

impl Candidate {
    /// A candidate of a draft, with its description.
    pub(super) fn from_draft(draft: Draft, describe: impl Fn(&Value) -> String) -> Self {
        let description = match draft.about {
            About::Text(text) => text,
            About::Value(value) => describe(&value),
        };
        Candidate::new(draft.text, description)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matched(typed: &str, texts: &[&str]) -> Vec<String> {
        let drafts = texts.iter().map(|text| Draft::new(*text, "")).collect();
        matching(typed, drafts).into_iter().map(|draft| draft.text).collect()
    }

    #[test]
    fn the_best_way_to_go_on_comes_first() {
        let names = ["learning_rate", "rate", "Rater", "celebrate", "rate"];
        assert_eq!(matched("rat", &names), ["rate"]);
        assert_eq!(matched("rAt", &names), ["rate", "Rater"]);
        assert_eq!(matched("ng_r", &names), ["learning_rate"]);
        assert_eq!(matched("lrate", &names), ["learning_rate", "celebrate"]);
        assert_eq!(matched("z", &names), Vec::<String>::new());
    }
}
