//! What helps while typing: completion, colours, a suggestion after the cursor.

use std::borrow::Cow;

use rustyline::completion::Completer;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter};
use rustyline::history::{History, SearchDirection};
use rustyline::line_buffer::LineBuffer;
use rustyline::validate::Validator;
use rustyline::{Changeset, Context, Helper};

use super::buffer::{Buffer, is_guttered};
use super::desk::{Asked, Desk, State, Vi};
use super::keys::closing;
use super::menu::Menu;
use super::walk::{Search, Walk};
use crate::front::candidates::common_beginning;
use crate::front::terminal::Mark;
use torchsh_render::width::{cut, width};
use torchsh_render::{Role, highlight};
use torchsh_session::Session;

/// The helper of the line editor.
pub struct Assistant<'s> {
    session: &'s Session,
    desk: Desk,
}

impl<'s> Assistant<'s> {
    /// A helper over a session.
    pub fn new(session: &'s Session, desk: Desk) -> Self {
        Assistant { session, desk }
    }

    /// The ways to go on: the only one is taken, more open the menu. What was typed is never shortened.
    fn completed(&self, state: &mut State, now: Buffer) -> Buffer {
        let completion = self.session.complete(&now.text, now.at);
        let start = completion.start;
        let typed = now.text.get(start..now.at).unwrap_or_default();
        if let [only] = completion.candidates.as_slice() {
            let taken = now.replaced(start, now.at, &only.text);
            state.closed = Some((taken.text.clone(), closing(&taken).to_owned()));
            return taken;
        }
        let common = common_beginning(&completion.candidates);
        let extended = match common.starts_with(typed) {
            true => now.replaced(start, now.at, common),
            false => now,
        };
        state.menu = Menu::new(completion, extended.clone());
        extended
    }

    /// Works out what a key asked for: what is to stand there.
    fn worked_out(&self, state: &mut State, asked: Asked, now: Buffer, history: &dyn History) -> Buffer {
        match asked {
            Asked::Edit(buffer) => buffer,
            Asked::Completions => self.completed(state, now),
            Asked::Walk(step) => {
                let mut walk = Walk::from(state.walk.take(), &now, history);
                let shown = walk.step(step, history);
                state.walk = Some(walk);
                shown
            }
            Asked::Search => {
                state.search = Some(Search::new(now.clone(), history));
                now
            }
            Asked::Letter(letter) => {
                let Some(search) = &mut state.search else { return now };
                match letter {
                    Some(letter) => search.push(letter),
                    None => search.pop(history),
                }
                search.look(None, history)
            }
            Asked::Another(step) => match &mut state.search {
                Some(search) => search.look(Some(step), history),
                None => now,
            },
        }
    }

    /// The menu as it is for the text; closed where it no longer fits.
    fn menu(&self, state: &mut State, now: &Buffer) -> Option<String> {
        let menu = state.menu.take()?;
        let mut menu = match menu.is_for(now) {
            true => menu,
            false => menu.after(self.session.complete(&now.text, now.at), now)?,
        };
        let screen = self.session.screen();
        let rows = screen.rows.unwrap_or(0).saturating_sub(now.text.matches('\n').count());
        let drawn = menu.drawn(screen.columns, rows, screen.theme);
        state.menu = Some(menu);
        Some(drawn)
    }
}

impl Helper for Assistant<'_> {}

impl Validator for Assistant<'_> {}

/// Says that there is something to put; what it is lies on the desk.
pub struct Ready;

impl rustyline::completion::Candidate for Ready {
    fn display(&self) -> &'static str {
        ""
    }

    fn replacement(&self) -> &'static str {
        ""
    }
}

impl Completer for Assistant<'_> {
    type Candidate = Ready;

    fn complete(
        &self,
        line: &str,
        at: usize,
        context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Ready>)> {
        let state = &mut *self.desk.state();
        let Some(asked) = state.asked.take() else { return Ok((at, Vec::new())) };
        let now = state.buffer(line, at);
        let wanted = self.worked_out(state, asked, now, context.history());
        state.put(&wanted);
        Ok((at, vec![Ready]))
    }

    fn update(&self, line: &mut LineBuffer, _: usize, _: &str, changes: &mut Changeset) {
        self.desk.deliver(line, changes);
    }
}

impl Highlighter for Assistant<'_> {
    fn highlight<'l>(&self, line: &'l str, at: usize) -> Cow<'l, str> {
        let (gutter, is_done) = {
            let state = &mut *self.desk.state();
            state.paint(self.session.screen().columns, line, at);
            (state.gutter, state.is_done)
        };
        let theme = self.session.screen().theme;
        let now = Buffer::undressed(line, at, gutter);
        let coloured = highlight::highlight(&now.text, Some(now.at).filter(|_| !is_done), theme);
        let mark = theme.paint(Role::Prompt, &format!("{:>1$}: ", "...", gutter.saturating_sub(2)));
        let has_mark = line.split('\n').map(|line| gutter > 2 && is_guttered(line, gutter));
        let lines = coloured.split('\n').zip(has_mark).enumerate();
        let painted = lines.map(|(i, (line, has_mark))| match (i, has_mark) {
            (0, _) => line.to_owned(),
            (_, true) => format!("\n{mark}{line}"),
            (_, false) => format!("\n{line}"),
        });
        Cow::Owned(painted.collect())
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        let (vi, is_marked) = {
            crate::front::refit(self.session);
            let state = self.desk.state();
            state.lead(self.session.screen().columns);
            (state.vi, state.is_marked)
        };
        let theme = self.session.screen().theme;
        let prompt = prompt.strip_prefix(Vi::Insert.shown()).filter(|_| vi.is_some()).unwrap_or(prompt);
        let mode = vi.map(|vi| theme.paint(Role::Faint, vi.shown())).unwrap_or_default();
        let painted = format!("{mode}{}", theme.paint(Role::Prompt, prompt));
        match is_marked {
            true => Cow::Owned(format!("{}{painted}{}", Mark::Prompt.text(), Mark::Input.text())),
            false => Cow::Owned(painted),
        }
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        // What stands below the line is painted already.
        if hint.starts_with('\n') {
            return Cow::Borrowed(hint);
        }
        Cow::Owned(self.session.screen().theme.paint(Role::Ghost, hint))
    }

    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        self.desk.state().is_done = matches!(kind, CmdKind::ForcedRefresh);
        true
    }
}

/// What stands after the cursor: the rest of an earlier input, or the parameters of the call being written. Or below the
/// line: a menu, a search.
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
        // The window may have got another size.
        crate::front::refit(self.session);
        let state = &mut *self.desk.state();
        let hint = self.hinted(state, line, at, context);
        state.below = hint.as_ref().map_or_else(String::new, |hint| hint.shown.clone());
        hint
    }
}

impl Assistant<'_> {
    fn hinted(&self, state: &mut State, line: &str, at: usize, context: &Context<'_>) -> Option<Ghost> {
        let now = state.buffer(line, at);
        let screen = self.session.screen();
        if let Some(search) = &state.search {
            let says = cut(&search.says(), screen.columns.saturating_sub(1));
            return Some(Ghost {
                shown: format!("\n{}", screen.theme.paint(Role::Faint, &says)),
                taken: false,
            });
        }
        if let Some(shown) = self.menu(state, &now) {
            return Some(Ghost { shown, taken: false });
        }
        // What was recalled is whole.
        let is_recalled = state.walk.as_ref().is_some_and(|walk| walk.shows(&now.text));
        if now.text.is_empty() || at < line.len() || is_recalled {
            return None;
        }
        if let Some(rest) = earlier(&now.text, context) {
            return Some(Ghost { shown: rest, taken: true });
        }
        let shown = self.session.parameters_after(&now.text)?;
        let used = width(now.line_before()) + state.gutter.max(8) + 4;
        Some(Ghost { shown: cut(&shown, screen.columns.checked_sub(used)?), taken: false })
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
