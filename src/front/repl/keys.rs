//! What keys do, beyond what every line editor does.

use rustyline::{
    Cmd, ConditionalEventHandler, Event, EventContext, EventHandler, KeyCode, KeyEvent, Modifiers, Movement,
    RepeatCount,
};

use super::Prompt;
use crate::session::complete;

/// Binds the keys.
pub fn bind(editor: &mut Prompt<'_>) {
    let key = |code| KeyEvent(code, Modifiers::NONE);
    let handler = |handler| EventHandler::Conditional(handler);
    editor.bind_sequence(key(KeyCode::Enter), handler(Box::new(Enter)));
    editor.bind_sequence(key(KeyCode::Tab), handler(Box::new(Tab)));
    editor.bind_sequence(key(KeyCode::Backspace), handler(Box::new(Backspace)));
    editor.bind_sequence(key(KeyCode::Up), handler(Box::new(Arrow { up: true })));
    editor.bind_sequence(key(KeyCode::Down), handler(Box::new(Arrow { up: false })));
    editor.bind_sequence(KeyEvent(KeyCode::Enter, Modifiers::ALT), EventHandler::Simple(Cmd::Newline));
    editor.bind_sequence(KeyEvent::ctrl('O'), EventHandler::Simple(Cmd::Newline));
}

/// Runs what is complete; otherwise begins a line, indented as the one before asks.
struct Enter;

impl ConditionalEventHandler for Enter {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, context: &EventContext<'_>) -> Option<Cmd> {
        let (text, at) = (context.line(), context.pos());
        let after = text.get(at..).unwrap_or_default();
        let is_last = !after.contains('\n') || after.trim().is_empty();
        let before = text.get(..at).unwrap_or_default();
        // A block found by its first letters leaves the cursor behind them: it is to be run, not to be split there.
        let is_found =
            !before.contains('\n') && !after.starts_with('\n') && complete::is_complete(&format!("{text}\n"));
        if is_last && complete::is_complete(text) || !is_last && is_found {
            return Some(Cmd::AcceptLine);
        }
        Some(Cmd::Insert(1, format!("\n{}", complete::indentation(before))))
    }
}

/// Blanks of one level of a block.
pub const INDENT: u8 = 4;

/// The blanks before the cursor, where there is nothing else on its line and that is not the first one.
fn blanks_before<'l>(context: &'l EventContext<'_>) -> Option<&'l str> {
    let (_, line) = context.line().get(..context.pos())?.rsplit_once('\n')?;
    line.trim().is_empty().then_some(line)
}

/// Takes a letter away; before the first one of a line a level of its block.
struct Backspace;

impl ConditionalEventHandler for Backspace {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, context: &EventContext<'_>) -> Option<Cmd> {
        let is_level = |blanks: &str| !blanks.is_empty() && blanks.len().is_multiple_of(usize::from(INDENT));
        blanks_before(context).filter(|blanks| is_level(blanks)).map(|_| Cmd::Dedent(Movement::WholeLine))
    }
}

/// Completes; before the first letter of a line it indents.
struct Tab;

impl ConditionalEventHandler for Tab {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, context: &EventContext<'_>) -> Option<Cmd> {
        Some(if blanks_before(context).is_some() { Cmd::Insert(1, "    ".to_owned()) } else { Cmd::Complete })
    }
}

/// Moves within a block; on one line it looks for what begins like it in the history.
struct Arrow {
    up: bool,
}

impl ConditionalEventHandler for Arrow {
    fn handle(&self, _: &Event, count: RepeatCount, _: bool, context: &EventContext<'_>) -> Option<Cmd> {
        let (text, at) = (context.line(), context.pos());
        let inside =
            if self.up { text.get(..at) } else { text.get(at..) }.is_some_and(|part| part.contains('\n'));
        Some(match (self.up, inside || at == 0 || text.contains('\n')) {
            (true, true) => Cmd::LineUpOrPreviousHistory(count),
            (false, true) => Cmd::LineDownOrNextHistory(count),
            (true, false) => Cmd::HistorySearchBackward,
            (false, false) => Cmd::HistorySearchForward,
        })
    }
}
