//! What helps while typing: completion, colours, a suggestion after the cursor.

use std::borrow::Cow;

use rustyline::completion::Completer;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter};
use rustyline::history::SearchDirection;
use rustyline::validate::Validator;
use rustyline::{Context, Helper};

use crate::render::width::{cut, pad, width};
use crate::render::{Role, highlight};
use crate::session::Session;
use crate::session::complete::Candidate;

/// More candidates than this are listed without descriptions, in columns.
const DESCRIBED: usize = 24;

/// The helper of the line editor.
pub struct Assistant<'s> {
    session: &'s Session,
}

impl<'s> Assistant<'s> {
    /// A helper over a session.
    pub fn new(session: &'s Session) -> Self {
        Assistant { session }
    }
}

impl Helper for Assistant<'_> {}

impl Validator for Assistant<'_> {}

/// A completion as the list shows it and as it is inserted.
pub struct Choice {
    shown: String,
    text: String,
}

impl rustyline::completion::Candidate for Choice {
    fn display(&self) -> &str {
        &self.shown
    }

    fn replacement(&self) -> &str {
        &self.text
    }
}

impl Completer for Assistant<'_> {
    type Candidate = Choice;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Choice>)> {
        let completion = self.session.complete(line, at);
        let screen = self.session.screen();
        Ok((
            completion.start,
            listed(completion.candidates, screen.columns, screen.rows.unwrap_or(DESCRIBED)),
        ))
    }
}

/// The choices as a list shows them: with descriptions where they are few, and no more than the screen has room for.
fn listed(candidates: Vec<Candidate>, columns: usize, rows: usize) -> Vec<Choice> {
    let described = candidates.len() <= DESCRIBED.min(rows);
    let widest = candidates.iter().map(|candidate| width(&candidate.shown)).max().unwrap_or(0);
    let room = columns.saturating_sub(4);
    let most = if described { rows } else { that_fit(&candidates, columns, rows) };
    let left_out = candidates.len().saturating_sub(most);
    let common = common_beginning(&candidates).to_owned();
    let choice = |candidate: Candidate| {
        let shown = match described && !candidate.description.is_empty() {
            // A description as wide as the screen keeps each on a line of its own.
            true => pad(
                &cut(&format!("{}  {}", pad(&candidate.shown, widest), candidate.description), room),
                room,
            ),
            false => candidate.shown,
        };
        Choice { shown, text: candidate.text }
    };
    let mut choices: Vec<Choice> = candidates.into_iter().take(most).map(choice).collect();
    if left_out > 0 {
        // What is inserted is what all have in common, those that are not listed included.
        choices.push(Choice { shown: format!("… {left_out} more"), text: common });
    }
    choices
}

/// How many candidates, from the first on, so many rows hold in columns.
fn that_fit(candidates: &[Candidate], columns: usize, rows: usize) -> usize {
    let mut widest = 0;
    for (i, candidate) in candidates.iter().enumerate() {
        widest = widest.max(width(&candidate.shown));
        if i >= (columns / (widest + 2)).max(1) * rows {
            return i;
        }
    }
    candidates.len()
}

/// What all candidates begin with.
fn common_beginning(candidates: &[Candidate]) -> &str {
    let Some((first, others)) = candidates.split_first() else { return "" };
    let mut end = first.text.len();
    for other in others {
        let same = first.text.char_indices().zip(other.text.chars()).take_while(|((_, a), b)| a == b);
        end = end.min(same.map(|((at, c), _)| at + c.len_utf8()).last().unwrap_or(0));
    }
    first.text.get(..end).unwrap_or_default()
}

impl Highlighter for Assistant<'_> {
    fn highlight<'l>(&self, line: &'l str, at: usize) -> Cow<'l, str> {
        highlight::highlight(line, Some(at), self.session.screen().theme)
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        Cow::Owned(self.session.screen().theme.paint(Role::Prompt, prompt))
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(self.session.screen().theme.paint(Role::Ghost, hint))
    }

    fn highlight_char(&self, _: &str, _: usize, _: CmdKind) -> bool {
        true
    }
}

/// What stands after the cursor: the rest of an earlier input, or the parameters of the call being written.
pub struct Ghost {
    shown: String,
    /// Whether the right arrow takes it.
    taken: bool,
}

impl Hint for Ghost {
    fn display(&self) -> &str {
        &self.shown
    }

    fn completion(&self) -> Option<&str> {
        self.taken.then_some(self.shown.as_str())
    }
}

impl Hinter for Assistant<'_> {
    type Hint = Ghost;

    fn hint(&self, line: &str, at: usize, context: &Context<'_>) -> Option<Ghost> {
        if line.is_empty() || at < line.len() {
            return None;
        }
        if let Some(rest) = earlier(line, context) {
            return Some(Ghost { shown: rest, taken: true });
        }
        let shown = self.session.parameters_after(line)?;
        let used = width(line.rsplit('\n').next().unwrap_or_default()) + 12;
        Some(Ghost { shown: cut(&shown, self.session.screen().columns.checked_sub(used)?), taken: false })
    }
}

/// The rest of the last input that begins like this one, its first line only.
fn earlier(line: &str, context: &Context<'_>) -> Option<String> {
    let history = context.history();
    let last = history.len().checked_sub(1)?;
    let found = history.starts_with(line, last, SearchDirection::Reverse).ok()??;
    let rest = found.entry.get(line.len()..)?;
    let rest = rest.split('\n').next().unwrap_or_default();
    (!rest.is_empty()).then(|| rest.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_room_on_the_screen() {
        let candidates: Vec<Candidate> =
            (0..500).map(|i| Candidate::new(format!("layer{i}"), "a layer")).collect();
        let choices = listed(candidates.clone(), 80, 18);
        assert_eq!(choices.len(), 8 * 18 + 1);
        assert_eq!(choices.last().map(|last| last.shown.as_str()), Some("… 356 more"));
        assert_eq!(choices.last().map(|last| last.text.as_str()), Some("layer"));
        let few = listed(candidates.into_iter().take(3).collect(), 80, 18);
        assert!(few.len() == 3 && few.iter().all(|choice| choice.shown.contains("a layer")));
    }
}
