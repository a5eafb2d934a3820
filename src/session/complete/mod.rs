//! Completion: what could stand at the cursor, with a line on each.

mod keys;
mod names;

use std::path::Path;

use super::Session;
use super::resolve::chain_before;
use crate::render::sanitize::sanitize;
use crate::syntax::cursor::{Cursor, Opened};
pub use crate::syntax::cursor::{indentation, is_complete};
use crate::value::report::size;

/// One way to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// What is put in the place of the text from `start` to the cursor.
    pub text: String,
    /// What a list shows.
    pub shown: String,
    /// One line on it; may be empty.
    pub description: String,
}

impl Candidate {
    /// A candidate that is shown as it is inserted.
    #[must_use]
    pub fn new(text: impl Into<String>, description: impl Into<String>) -> Self {
        let text = text.into();
        Candidate { shown: text.clone(), text, description: description.into() }
    }
}

/// The ways to go on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// Where the text begins that they replace.
    pub start: usize,
    /// The ways, best first.
    pub candidates: Vec<Candidate>,
}

/// Functions whose first argument is a path.
const PATHS: &[&str] = &[
    "load",
    "torch.load",
    "open",
    "inspect_pickle",
    "torch.jit.load",
    "load_file",
    "safetensors.torch.load_file",
];

/// Lines whose first word is one of these take paths.
const PATH_COMMANDS: &[&str] = &["cd", "ls", "record", "save"];

impl Session {
    /// What could stand at `at` in `text`. Nothing with an effect is run.
    #[must_use]
    pub fn complete(&self, text: &str, at: usize) -> Completion {
        let before = text.get(..at).unwrap_or(text);
        let cursor = Cursor::at_end(before);
        if cursor.in_comment {
            return Completion::default();
        }
        if let Some(string) = cursor.string {
            return self.in_string(before, &cursor, string);
        }
        let line = before.rsplit('\n').next().unwrap_or_default();
        let word = line.rfind(char::is_whitespace).map_or(line, |at| line.get(at + 1..).unwrap_or_default());
        let first = line.split_whitespace().next().unwrap_or_default();
        if PATH_COMMANDS.contains(&first)
            && line.starts_with(first)
            && line.len() > first.len()
            && cursor.open.is_empty()
            && first != "save"
        {
            return paths(word, before.len() - word.len(), "");
        }
        self.names_at(before, &cursor)
    }

    fn in_string(&self, before: &str, cursor: &Cursor, string: Opened) -> Completion {
        let typed = before.get(string.start..).unwrap_or_default();
        let outside = before.get(..string.quote).unwrap_or_default();
        match cursor.open.last() {
            Some(('[', at)) if outside.get(at + 1..).is_some_and(|between| between.trim().is_empty()) => {
                let chain = chain_before(before.get(..*at).unwrap_or_default());
                self.keys_of(chain, typed, string)
            }
            Some(('(', at)) => {
                let function = chain_before(before.get(..*at).unwrap_or_default());
                let is_first = outside.get(at + 1..).is_some_and(|between| between.trim().is_empty());
                if function.ends_with(".get") || function.ends_with(".pop") {
                    let chain = function.rsplit_once('.').map_or("", |(chain, _)| chain);
                    return self.keys_of(chain, typed, string);
                }
                match is_first && PATHS.contains(&function) || function.ends_with("save") {
                    true => paths(typed, string.start, &string.mark.to_string()),
                    false => Completion::default(),
                }
            }
            _ => self.in_verb_string(outside, typed, string),
        }
    }

    /// A string behind a verb: a path for `save` and `load`, a key for the others.
    fn in_verb_string(&self, outside: &str, typed: &str, string: Opened) -> Completion {
        let line = outside.rsplit('\n').next().unwrap_or_default();
        let words: Vec<&str> = line.split_whitespace().skip_while(|word| *word != "=").skip(1).collect();
        let words = if words.is_empty() { line.split_whitespace().collect() } else { words };
        match words.as_slice() {
            ["save", ..] => paths(typed, string.start, ""),
            [_, name, ..] => self.keys_of(name, typed, Opened { mark: ' ', ..string }),
            _ => Completion::default(),
        }
    }
}

/// Files and folders that a path can go on with.
fn paths(typed: &str, start: usize, closing: &str) -> Completion {
    let (folder, name) = typed.rsplit_once('/').map_or(("", typed), |(folder, name)| (folder, name));
    let shown_folder = if typed.contains('/') { format!("{folder}/") } else { String::new() };
    let place = match shown_folder.strip_prefix("~/") {
        Some(below) => std::env::var("HOME").map(|home| format!("{home}/{below}")).unwrap_or_default(),
        None if shown_folder.is_empty() => "./".to_owned(),
        None => shown_folder.clone(),
    };
    let Ok(entries) = std::fs::read_dir(Path::new(&place)) else { return Completion::default() };
    let mut candidates: Vec<Candidate> = entries
        .flatten()
        .filter_map(|entry| {
            let own = entry.file_name().into_string().ok()?;
            let hidden = own.starts_with('.') && !name.starts_with('.');
            if hidden || !own.starts_with(name) || sanitize(&own) != own.as_str() {
                return None;
            }
            let data = std::fs::metadata(entry.path()).ok()?;
            let (end, closing) = if data.is_dir() { ("/", "") } else { ("", closing) };
            let description = if data.is_dir() { String::new() } else { size::bytes(data.len()) };
            Some(Candidate {
                text: format!("{shown_folder}{own}{end}{closing}"),
                shown: format!("{own}{end}"),
                description,
            })
        })
        .collect();
    candidates.sort_by(|a, b| a.text.cmp(&b.text));
    Completion { start, candidates }
}

/// Keeps what begins with `typed`; if nothing does, what has its letters in order.
fn matching(typed: &str, mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    let begins = |candidate: &Candidate| candidate.text.starts_with(typed);
    if candidates.iter().any(begins) {
        candidates.retain(begins);
        return candidates;
    }
    let typed = typed.to_lowercase();
    let has_letters = |candidate: &Candidate| {
        let mut letters = candidate.text.chars().flat_map(char::to_lowercase);
        typed.chars().all(|wanted| letters.any(|letter| letter == wanted))
    };
    candidates.retain(|candidate| typed.len() > 1 && has_letters(candidate));
    candidates
}
