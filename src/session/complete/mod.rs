//! Completion: what could stand at the cursor, with a line on each.

mod keys;
mod line;
mod matching;
mod names;

use std::path::Path;

use self::keys::Slot;
use self::line::Place;
use self::matching::{Draft, rank};
pub(super) use self::names::own_names;
use super::Session;
use super::resolve::chain_before;
use torchsh_builtins::verbs::nested;
use torchsh_language::value::report::size;
use torchsh_render::sanitize::sanitize;
use torchsh_syntax::cursor::{Cursor, Opened};
pub use torchsh_syntax::cursor::{indentation, is_complete};
use torchsh_syntax::verbs as rows;

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

impl Completion {
    /// With a space behind the only way, if it is a word that something must follow.
    fn goes_on_if(mut self, must_go_on: impl Fn(&str) -> bool) -> Completion {
        if let [only] = self.candidates.as_mut_slice()
            && must_go_on(&only.text)
        {
            only.text.push(' ');
        }
        self
    }
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
    "manifest",
    "verify",
    "np.load",
    "Path",
    "pathlib.Path",
    "os.listdir",
];

/// Of these, the ones that mostly take more than a path.
const MORE_THAN_PATHS: &[&str] = &["torch.load", "open"];

/// Lines whose first word is one of these take paths.
const PATH_COMMANDS: &[&str] = &["cd", "ls", "record"];

impl Session {
    /// What could stand at `at` in `text`. Nothing with an effect is run.
    #[must_use]
    pub fn complete(&self, text: &str, at: usize) -> Completion {
        let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
        let cursor = Cursor::at_end(before);
        if cursor.in_comment {
            return Completion::default();
        }
        if let Some(string) = cursor.string {
            return self.in_string(before, after, &cursor, string);
        }
        if let Some(command) = before.strip_prefix('!').filter(|line| !line.contains(char::is_whitespace)) {
            return programs(command);
        }
        if let Some(paths) = path_words(before).filter(|_| cursor.open.is_empty()) {
            return paths;
        }
        match cursor.open.last() {
            Some(('(', at)) if before.get(at + 1..).is_some_and(is_bare_path) => {
                let files = unquoted_paths(before, after, *at);
                if files.candidates.is_empty() { self.names_at(before, &cursor) } else { files }
            }
            Some(('[', at)) if before.get(at + 1..).is_some_and(|between| between.trim().is_empty()) => {
                let keys = self.unquoted_keys(before, after, *at);
                if keys.candidates.is_empty() { self.names_at(before, &cursor) } else { keys }
            }
            _ => self.names_at(before, &cursor),
        }
    }

    /// The keys behind a bracket, with the quotes that they need.
    fn unquoted_keys(&self, before: &str, after: &str, bracket: usize) -> Completion {
        let chain = chain_before(before.get(..bracket).unwrap_or_default());
        let closing = remaining("\"]", after);
        let slot = Slot { start: before.len(), opening: "\"", mark: '"', closing };
        self.keys_of(chain, "", &slot)
    }

    fn in_string(&self, before: &str, after: &str, cursor: &Cursor, string: Opened) -> Completion {
        let typed = before.get(string.start..).unwrap_or_default();
        let outside = before.get(..string.quote).unwrap_or_default();
        let slot = |end: &str| Slot {
            start: string.start,
            opening: "",
            mark: string.mark,
            closing: remaining(&format!("{}{end}", string.mark), after),
        };
        let closing = remaining(&string.mark.to_string(), after);
        match cursor.open.last() {
            Some(('[', at)) if outside.get(at + 1..).is_some_and(|between| between.trim().is_empty()) => {
                let chain = chain_before(before.get(..*at).unwrap_or_default());
                self.keys_of(chain, typed, &slot("]"))
            }
            Some(('(', at)) => {
                let function = chain_before(before.get(..*at).unwrap_or_default());
                let is_first = outside.get(at + 1..).is_some_and(|between| between.trim().is_empty());
                if function.ends_with(".get") || function.ends_with(".pop") {
                    let chain = function.rsplit_once('.').map_or("", |(chain, _)| chain);
                    return self.keys_of(chain, typed, &slot(""));
                }
                if line::wants_device(function, outside, is_first) {
                    return self.completion(string.start, typed, line::devices(&closing));
                }
                let is_path = is_first && PATHS.contains(&function);
                // Such a call is whole with its path.
                let whole = remaining(&format!("{})", string.mark), after);
                match is_path || function.ends_with("save") {
                    true if is_path && !MORE_THAN_PATHS.contains(&function) => {
                        paths(typed, string.start, &whole, |_| true)
                    }
                    true => paths(typed, string.start, &closing, |_| true),
                    false => Completion::default(),
                }
            }
            _ => self.in_verb_string(outside, typed, &slot("")),
        }
    }

    /// A string behind a verb: a path for `save`, a key for the others.
    fn in_verb_string(&self, outside: &str, typed: &str, slot: &Slot) -> Completion {
        let words: Vec<&str> = Place::of(outside).statement.split_whitespace().collect();
        match words.as_slice() {
            ["cast", _] => self.quoted_words(typed, slot, line::casts()),
            ["filter", _, .., "dtype" | "dtype==" | "dtype!="] => {
                self.quoted_words(typed, slot, line::dtypes(""))
            }
            ["filter", _, .., "device" | "device==" | "device!="] => {
                self.quoted_words(typed, slot, line::devices(""))
            }
            words if words.last().is_some_and(|word| word.ends_with('=')) => {
                let option = words.last().map_or("", |word| word.trim_end_matches('='));
                let statement = Place::of(outside).statement;
                let values = line::values_of(statement, option).unwrap_or_default();
                let written = |value: &str| format!("{}{}", value.trim_matches('"'), slot.closing);
                let drafts = values.into_iter().map(|value| Draft::new(written(value), "")).collect();
                self.completion(slot.start, typed, drafts)
            }
            ["save", _, ..] => paths(typed, slot.start, &slot.closing, |_| true),
            ["rename", _, "preset"] => {
                let presets = torchsh_builtins::verbs::PRESETS.iter();
                self.quoted_words(typed, slot, presets.map(|(name, says)| Draft::new(*name, *says)).collect())
            }
            [verb, name, ..] => {
                let inside = self.place_inside(verb, name).unwrap_or_default();
                self.keys_of(&format!("{name}{inside}"), typed, slot)
            }
            _ => Completion::default(),
        }
    }

    /// Words that may stand in quotes, each with the quote that closes it.
    fn quoted_words(&self, typed: &str, slot: &Slot, words: Vec<Draft>) -> Completion {
        let closed = |mut draft: Draft| {
            draft.text.push_str(&slot.closing);
            draft
        };
        let mut found = self.completion(slot.start, typed, words.into_iter().map(closed).collect());
        for candidate in &mut found.candidates {
            candidate.shown = candidate.text.trim_end_matches(slot.mark).to_owned();
        }
        found
    }

    /// Where in a whole checkpoint the state_dict is that a verb would change.
    fn place_inside(&self, verb: &str, name: &str) -> Option<String> {
        rows::group(verb).filter(|group| group.makes_state_dict())?;
        nested::place_of(&*self.interpreter, &self.resolve(name)?.as_dict()?)
    }
}

/// Whether a text may be the beginning of a path whose quote was left out.
fn is_bare_path(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || "_-./~".contains(c))
}

/// The files and folders that stand first in the brackets of a function that takes a path, with the quotes that they need.
fn unquoted_paths(before: &str, after: &str, bracket: usize) -> Completion {
    let function = chain_before(before.get(..bracket).unwrap_or_default());
    if !PATHS.contains(&function) {
        return Completion::default();
    }
    let whole = if MORE_THAN_PATHS.contains(&function) { "\"" } else { "\")" };
    let typed = before.get(bracket + 1..).unwrap_or_default();
    let mut found = paths(typed, bracket + 1, &remaining(whole, after), |_| true);
    found
        .candidates
        .retain(|candidate| !candidate.text.contains(['"', '\\']) || candidate.text.ends_with(whole));
    for candidate in &mut found.candidates {
        candidate.text.insert(0, '"');
    }
    found
}

/// The programs that a name can go on to.
fn programs(typed: &str) -> Completion {
    if typed.contains('/') {
        return shell_paths(typed, typed.len() + 1).unwrap_or_default();
    }
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let mut names: Vec<String> = std::env::split_paths(&folders)
        .filter(|_| !typed.is_empty())
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flat_map(|entries| entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()))
        .filter(|name| name.starts_with(typed) && sanitize(name) == name.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    let candidates = names.into_iter().map(|name| Candidate::new(name, "")).collect();
    Completion { start: 1, candidates }
}

/// What of a closing text is still to be put, where some of it stands behind the cursor already.
fn remaining(closing: &str, after: &str) -> String {
    let places = closing.char_indices().map(|(at, _)| at).chain([closing.len()]);
    let overlap = places.filter(|at| after.starts_with(closing.get(*at..).unwrap_or_default())).min();
    closing.get(..overlap.unwrap_or(closing.len())).unwrap_or_default().to_owned()
}

/// The paths that a command's last word, or that of a line for the system, can go on with.
fn path_words(before: &str) -> Option<Completion> {
    let line = before.strip_prefix('%').unwrap_or(before);
    let (first, rest) = line.split_once(char::is_whitespace)?;
    let is_command = PATH_COMMANDS.contains(&first) || first.starts_with('!');
    if !is_command || rest.trim_start().starts_with(['=', '(', '.']) && !rest.trim_start().starts_with("..") {
        return None;
    }
    if first.starts_with('!') {
        return shell_paths(rest, before.len());
    }
    let word = rest.rsplit(char::is_whitespace).next().unwrap_or_default();
    let wanted = |is_folder: bool| is_folder || first != "cd";
    Some(paths(word, before.len() - word.len(), "", wanted))
}

/// The paths that the last word of a line for `sh` can go on with, quoted so that `sh` reads the name and nothing else. None
/// behind a quote that is open, or where the word holds what `sh` acts on: what it stands for is not known here.
fn shell_paths(rest: &str, end: usize) -> Option<Completion> {
    let (start, typed) = last_shell_word(rest)?;
    let mut found = paths(&typed, end - (rest.len() - start), "", |_| true);
    for candidate in &mut found.candidates {
        candidate.text = shell_quoted(&candidate.text);
    }
    Some(found)
}

/// The last word of a line for `sh`: where it begins, and what it stands for.
fn last_shell_word(line: &str) -> Option<(usize, String)> {
    let (mut start, mut word, mut escaped) = (0, String::new(), false);
    for (at, c) in line.char_indices() {
        match c {
            _ if std::mem::take(&mut escaped) => word.push(c),
            '\\' => escaped = true,
            c if c.is_whitespace() || "<>|&;".contains(c) => {
                start = at + c.len_utf8();
                word.clear();
            }
            '\'' | '"' | '$' | '`' | '(' | ')' | '*' | '?' | '[' | '{' | '#' | '!' => return None,
            c => word.push(c),
        }
    }
    (!escaped).then_some((start, word))
}

/// A path as `sh` reads it, with a backslash before whatever it could act on.
fn shell_quoted(path: &str) -> String {
    let mut out = String::new();
    for c in path.chars() {
        let plain = c.is_alphanumeric() || "_-./,:@%+=".contains(c) || (c == '~' && out.is_empty());
        if !plain {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Files and folders that a path can go on with.
fn paths(typed: &str, start: usize, closing: &str, wanted: impl Fn(bool) -> bool) -> Completion {
    let (folder, name) = typed.rsplit_once('/').map_or(("", typed), |(folder, name)| (folder, name));
    let shown_folder = if typed.contains('/') { format!("{folder}/") } else { String::new() };
    let place = match shown_folder.strip_prefix("~/") {
        Some(below) => std::env::var("HOME").map(|home| format!("{home}/{below}")).unwrap_or_default(),
        None if shown_folder.is_empty() => "./".to_owned(),
        None => shown_folder.clone(),
    };
    let Ok(entries) = std::fs::read_dir(Path::new(&place)) else { return Completion::default() };
    let mut found: Vec<(u8, Candidate)> = entries
        .flatten()
        .filter_map(|entry| {
            let own = entry.file_name().into_string().ok()?;
            let hidden = own.starts_with('.') && !name.starts_with('.');
            let rank = rank(name, &own).filter(|_| !hidden && sanitize(&own) == own.as_str())?;
            let data = std::fs::metadata(entry.path()).ok()?;
            let (end, closing) = if data.is_dir() { ("/", "") } else { ("", closing) };
            let description = if data.is_dir() { String::new() } else { size::bytes(data.len()) };
            let text = format!("{shown_folder}{own}{end}{closing}");
            let candidate = Candidate { text, shown: format!("{own}{end}"), description };
            wanted(data.is_dir()).then_some((rank, candidate))
        })
        .collect();
    let best = found.iter().map(|(rank, _)| *rank).min().unwrap_or(0);
    found.retain(|(rank, _)| *rank == best);
    let mut candidates: Vec<Candidate> = found.into_iter().map(|(_, candidate)| candidate).collect();
    candidates.sort_by(|a, b| a.text.cmp(&b.text));
    Completion { start, candidates }
}

#[cfg(test)]
mod tests {
    use super::{last_shell_word, remaining, shell_quoted};

    #[test]
    fn names_of_files_are_quoted_for_the_shell() {
        assert_eq!(shell_quoted("$(touch hx).pt"), "\\$\\(touch\\ hx\\).pt");
        assert_eq!(shell_quoted("~/a b;c&d'\"e`江"), "~/a\\ b\\;c\\&d\\'\\\"e\\`江");
        assert_eq!(last_shell_word("ls my\\ fi"), Some((3, "my fi".to_owned())));
        assert_eq!(last_shell_word("a>ou"), Some((2, "ou".to_owned())));
        for line in ["cat 'my fi", "echo $HO", "a`l", "x\\"] {
            assert_eq!(last_shell_word(line), None, "{line}");
        }
    }

    #[test]
    fn what_stands_behind_the_cursor_is_not_put_again() {
        for (after, put) in [("", "\"]"), ("\"]", ""), ("]", "\""), (" + 1", "\"]"), ("\"] + 1", "")] {
            assert_eq!(remaining("\"]", after), put, "{after}");
        }
    }
}
