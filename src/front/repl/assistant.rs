//! What helps while typing: completion, colours, a suggestion after the cursor.

use std::borrow::Cow;

use rustyline::completion::{Candidate, Completer};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter};
use rustyline::history::SearchDirection;
use rustyline::validate::Validator;
use rustyline::{Context, Helper};

use crate::render::width::{cut, pad, width};
use crate::render::{Role, highlight};
use crate::session::Session;

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

impl Candidate for Choice {
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
        let described = completion.candidates.len() <= DESCRIBED;
        let widest = completion.candidates.iter().map(|candidate| width(&candidate.shown)).max().unwrap_or(0);
        let room = self.session.screen().columns.saturating_sub(4);
        let choice = |candidate: crate::session::complete::Candidate| {
            let shown = match (described, candidate.description.is_empty()) {
                // A description as wide as the screen keeps each on a line of its own.
                (true, false) => pad(
                    &cut(&format!("{}  {}", pad(&candidate.shown, widest), candidate.description), room),
                    room,
                ),
                (true, true) => candidate.shown,
                (false, _) => candidate.shown,
            };
            Choice { shown, text: candidate.text }
        };
        Ok((completion.start, completion.candidates.into_iter().map(choice).collect()))
    }
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
