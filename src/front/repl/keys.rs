//! What keys do, beyond what every line editor does.

use rustyline::{
    Cmd, ConditionalEventHandler, EditMode, Event, EventContext, EventHandler, InputMode, KeyCode, KeyEvent,
    Modifiers, RepeatCount,
};

use super::Prompt;
use super::buffer::{Buffer, INDENT};
use super::desk::{Asked, Desk, Paste, State, Vi};
use super::menu::Turn;
use super::pairs;
use super::walk::Step;
use torchsh_session::complete;
use torchsh_syntax::cursor::{Cursor, unpasted};

/// Binds the keys.
pub fn bind(editor: &mut Prompt<'_>, desk: &Desk) {
    let handler = |handler| EventHandler::Conditional(handler);
    editor.bind_sequence(Event::Any, handler(Box::new(Keys(desk.clone()))));
    let to_editor = Event::KeySeq(vec![KeyEvent::ctrl('X'), KeyEvent::ctrl('E')]);
    editor.bind_sequence(to_editor, handler(Box::new(ToEditor(desk.clone()))));
}

/// Ctrl-X Ctrl-E: the text goes to `$EDITOR` and comes back.
struct ToEditor(Desk);

impl ConditionalEventHandler for ToEditor {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, _: &EventContext<'_>) -> Option<Cmd> {
        self.0.state().to_editor = true;
        Some(Cmd::AcceptLine)
    }
}

/// Every other key.
struct Keys(Desk);

impl ConditionalEventHandler for Keys {
    fn handle(&self, event: &Event, _: RepeatCount, _: bool, context: &EventContext<'_>) -> Option<Cmd> {
        let key = event.get(0)?;
        let state = &mut *self.0.state();
        let now = state.buffer(context.line(), context.pos());
        if state.paste.is_some() {
            return Some(paste(state, *key, &now));
        }
        if key.0 == KeyCode::BracketedPasteStart {
            state.paste = Some(Paste::default());
            return Some(Cmd::Noop);
        }
        if state.search.is_some() {
            if let Some(cmd) = while_searching(state, *key) {
                return Some(cmd);
            }
            state.search = None;
        }
        if state.menu.is_some()
            && let Some(cmd) = in_menu(state, *key, &now)
        {
            return Some(cmd);
        }
        if (key.0, key.1) == (KeyCode::Char('C'), CTRL) {
            state.is_abandoned = true;
            return Some(Cmd::AcceptLine);
        }
        if (key.0, key.1) == (KeyCode::Char('Z'), CTRL) {
            state.left = Some(now);
            return Some(Cmd::AcceptLine);
        }
        if context.mode() == EditMode::Vi {
            let mode = match context.input_mode() {
                InputMode::Command => Vi::Command,
                InputMode::Replace => Vi::Replace,
                InputMode::Insert => Vi::Insert,
            };
            state.vi = Some(mode.after(*key));
            let types = context.input_mode() != InputMode::Command;
            return in_vi(state, *key, &now, types);
        }
        on_key(state, *key, &now)
    }
}

/// Gathers what is pasted; at its end it is put where the cursor is.
fn paste(state: &mut State, key: KeyEvent, now: &Buffer) -> Cmd {
    let Some(paste) = &mut state.paste else { return Cmd::Noop };
    let after_return = std::mem::take(&mut paste.after_return);
    match (key.0, key.1) {
        (KeyCode::BracketedPasteEnd, _) => {
            let text = std::mem::take(&mut paste.text);
            state.paste = None;
            let text = match text.trim_end_matches('\n') {
                line if !line.contains('\n') => line,
                _ => text.as_str(),
            };
            let text = if now.text.trim().is_empty() { unpasted(text) } else { text.to_owned() };
            return state.ask(Asked::Edit(now.inserted(&text)));
        }
        (KeyCode::Char('J'), Modifiers::CTRL) if after_return => {}
        (KeyCode::Enter, _) | (KeyCode::Char('J'), Modifiers::CTRL) => {
            paste.text.push('\n');
            paste.after_return = key.0 == KeyCode::Enter;
        }
        (KeyCode::Tab, _) | (KeyCode::Char('I'), Modifiers::CTRL) => paste.text.push('\t'),
        (KeyCode::Char(letter), Modifiers::NONE | Modifiers::SHIFT) => paste.text.push(letter),
        _ => {}
    }
    Cmd::Noop
}

const NONE: Modifiers = Modifiers::NONE;
const CTRL: Modifiers = Modifiers::CTRL;
const ALT: Modifiers = Modifiers::ALT;

/// A key of a search in the history; none leaves the search with what was found, and is a key of the line.
fn while_searching(state: &mut State, key: KeyEvent) -> Option<Cmd> {
    use KeyCode::{Backspace, Char, Down, Enter, Esc, Up};
    Some(match (key.0, key.1) {
        (Enter, NONE) | (Char('J'), CTRL) => {
            state.search = None;
            Cmd::AcceptLine
        }
        (Esc, NONE) | (Char('G'), CTRL) => {
            let typed = state.search.take().map(|search| search.typed().clone()).unwrap_or_default();
            state.ask(Asked::Edit(typed))
        }
        (Char('R' | 'P'), CTRL) | (Up, NONE) => state.ask(Asked::Another(Step::Older)),
        (Char('S' | 'N'), CTRL) | (Down, NONE) => state.ask(Asked::Another(Step::Newer)),
        (Backspace, NONE) | (Char('H'), CTRL) => state.ask(Asked::Letter(None)),
        (Char(letter), NONE | Modifiers::SHIFT) => state.ask(Asked::Letter(Some(letter))),
        // The line goes, and what stands below it.
        (Char('C'), CTRL) => {
            state.search = None;
            state.ask(Asked::Edit(Buffer::default()))
        }
        _ => return None,
    })
}

/// A key of the menu; none is a key of the line, which closes the menu unless it goes on typing.
fn in_menu(state: &mut State, key: KeyEvent, now: &Buffer) -> Option<Cmd> {
    use KeyCode::{BackTab, Backspace, Char, Down, Enter, Esc, PageDown, PageUp, Right, Tab, Up};
    let menu = state.menu.as_mut()?;
    let turn = match (key.0, key.1) {
        (Tab, NONE) if menu.len() == 1 => {
            menu.turn(Turn::Next);
            return take(state, now, "");
        }
        (Tab | Down, NONE) | (Char('I' | 'N'), CTRL) => Turn::Next,
        (BackTab, _) | (Up, NONE) | (Char('P'), CTRL) => Turn::Back,
        (PageDown, NONE) => Turn::PageOn,
        (PageUp, NONE) => Turn::PageBack,
        (Esc, NONE) | (Char('G'), CTRL) => {
            state.menu = None;
            return Some(Cmd::Repaint);
        }
        (Char('C'), CTRL) => {
            state.menu = None;
            return Some(state.ask(Asked::Edit(Buffer::default())));
        }
        (Enter | Right, NONE) | (Char('J'), CTRL) if menu.has_chosen() => return take(state, now, ""),
        // In a string that is open the line cannot run: what Enter is to take stands first.
        (Enter, NONE) | (Char('J'), CTRL) if Cursor::at_end(now.before()).string.is_some() => {
            menu.turn(Turn::Next);
            return take(state, now, "");
        }
        // A letter that ends a word ends the choice.
        (Char(letter), NONE | Modifiers::SHIFT)
            if menu.has_chosen() && !letter.is_alphanumeric() && letter != '_' =>
        {
            return take(state, now, letter.encode_utf8(&mut [0; 4]));
        }
        (Char(_), NONE | Modifiers::SHIFT) | (Backspace, _) | (Char('H'), CTRL) => return None,
        _ => {
            state.menu = None;
            return None;
        }
    };
    menu.turn(turn);
    Some(Cmd::Repaint)
}

/// Takes what is chosen in the menu, and goes on with a letter.
fn take(state: &mut State, now: &Buffer, letter: &str) -> Option<Cmd> {
    let menu = state.menu.take()?;
    let taken = menu.taken(now)?;
    state.closed = Some((taken.text.clone(), closing(&taken).to_owned()));
    let stepped = letter.chars().next().is_some_and(|letter| steps_over(state, &taken, letter));
    Some(state.ask(Asked::Edit(if stepped { taken } else { taken.inserted(letter) })))
}

/// The quote and bracket that a text closes before its cursor, or the sign that it ends in.
pub fn closing(buffer: &Buffer) -> &str {
    let before = buffer.before();
    let open = before.trim_end_matches(['"', '\'', ']', ')', '=']);
    before.get(open.len()..).unwrap_or_default()
}

/// Whether a typed letter is what a completion has put there already.
fn steps_over(state: &mut State, now: &Buffer, letter: char) -> bool {
    let Some((text, closing)) = state.closed.take().filter(|(text, _)| *text == now.text) else {
        return false;
    };
    // Another bracket that is open is closed by the letter.
    let opened = match letter {
        ']' => Some('['),
        ')' => Some('('),
        _ => None,
    };
    let is_open = |bracket| Cursor::at_end(now.before()).open.iter().any(|(open, _)| *open == bracket);
    let Some((_, left)) = closing.split_once(letter).filter(|_| !opened.is_some_and(is_open)) else {
        return false;
    };
    state.closed = Some((text, left.to_owned()));
    true
}

/// A comma behind `load("x.pt")`, of which only the quote was typed again: the bracket is still to come for who types it.
fn goes_on(state: &mut State, now: &Buffer, letter: char) -> Option<Buffer> {
    let (text, left) = state.closed.as_ref()?;
    let is_left = letter == ',' && left == ")" && *text == now.text && now.after().is_empty();
    is_left.then(|| now.replaced(now.at.saturating_sub(1), now.at, ","))
}

/// A key of the line in vi's modes: what moves over lines is vi's own.
fn in_vi(state: &mut State, key: KeyEvent, now: &Buffer, types: bool) -> Option<Cmd> {
    use KeyCode::{Backspace, Char, Down, Enter, Tab, Up};
    match (key.0, key.1) {
        (Enter, NONE) | (Char('J'), CTRL) | (Up | Down, NONE) | (Char('R'), CTRL) => on_key(state, key, now),
        (Tab | Backspace, NONE) | (Char(_), NONE | Modifiers::SHIFT) if types => on_key(state, key, now),
        _ => None,
    }
}

/// A key of the line; none: as the line editor has it.
fn on_key(state: &mut State, key: KeyEvent, now: &Buffer) -> Option<Cmd> {
    use KeyCode::{
        BackTab, Backspace, Char, Delete, Down, Enter, Home, Left, PageDown, PageUp, Right, Tab, Up,
    };
    let asked = match (key.0, key.1) {
        (Enter, NONE) | (Char('J'), CTRL) => return Some(enter(state, now)),
        (Enter, ALT) | (Char('O'), CTRL) => Asked::Edit(now.broken()),
        (Tab, NONE) | (Char('I'), CTRL) if now.is_in_indentation() => {
            Asked::Edit(now.inserted(&" ".repeat(INDENT)))
        }
        (Tab, NONE) | (Char('I'), CTRL) => Asked::Completions,
        (BackTab, _) => Asked::Edit(dedented(now)),
        (Backspace, NONE) | (Char('H'), CTRL) => {
            Asked::Edit(pairs::taken_back(now).filter(|_| state.closes).or_else(|| now.backspaced())?)
        }
        (Delete, NONE) | (Char('D' | 'K'), CTRL) => Asked::Edit(now.joined()?),
        (Left, NONE) | (Char('B'), CTRL) => Asked::Edit(now.left()?),
        (Right, NONE) | (Char('F'), CTRL) => Asked::Edit(now.right()?),
        (Home, NONE) | (Char('A'), CTRL) => Asked::Edit(now.home()),
        (Char('U'), CTRL) => Asked::Edit(line_killed(now)?),
        (Up, NONE) | (Char('P'), CTRL) => now.line_moved(true).map_or(Asked::Walk(Step::Older), Asked::Edit),
        (Down, NONE) | (Char('N'), CTRL) => {
            now.line_moved(false).map_or(Asked::Walk(Step::Newer), Asked::Edit)
        }
        (PageUp, NONE) => Asked::Walk(Step::Older),
        (PageDown, NONE) => Asked::Walk(Step::Newer),
        (Char('<'), ALT) => Asked::Walk(Step::Oldest),
        (Char('>'), ALT) => Asked::Walk(Step::Newest),
        (Char('R' | 'S'), CTRL) => Asked::Search,
        (Char(letter), NONE | Modifiers::SHIFT) => {
            if let Some(now) = goes_on(state, now, letter) {
                return Some(state.ask(Asked::Edit(now)));
            }
            if steps_over(state, now, letter) {
                return Some(Cmd::Noop);
            }
            Asked::Edit(pairs::typed(now, letter).filter(|_| state.closes)?)
        }
        _ => return None,
    };
    Some(state.ask(asked))
}

/// Runs what is complete; otherwise begins a line, indented as the one before asks.
fn enter(state: &mut State, now: &Buffer) -> Cmd {
    let is_last = now.after().trim().is_empty();
    let is_recalled = now.after().is_empty() && state.walk.as_ref().is_some_and(|walk| walk.shows(&now.text));
    // A block that came from the history has its empty line behind it.
    let runs = |text: &str| complete::is_complete(text);
    let is_whole = runs(&now.text) || is_recalled && runs(&format!("{}\n", now.text));
    if is_last && is_whole || !now.is_multiline() && runs(&now.text) {
        return Cmd::AcceptLine;
    }
    state.ask(Asked::Edit(now.broken()))
}

/// The line without what stands before the cursor; at its beginning, joined to the line above. None in the first line,
/// where the line editor does it.
fn line_killed(now: &Buffer) -> Option<Buffer> {
    match now.line_before() {
        _ if now.line_start() == 0 => None,
        "" => now.backspaced(),
        _ => Some(now.replaced(now.line_start(), now.at, "")),
    }
}

/// The line of the cursor one level less deep.
fn dedented(now: &Buffer) -> Buffer {
    let start = now.line_start();
    let line = now.text.get(start..).unwrap_or_default();
    let blanks = (line.len() - line.trim_start_matches(' ').len()).min(INDENT);
    let dedented = now.replaced(start, start + blanks, "");
    dedented.moved(now.at.saturating_sub(blanks).max(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_completion_closed_is_stepped_over() {
        let closed =
            |text: &str| State { closed: Some((text.to_owned(), "\"]".to_owned())), ..State::default() };
        let over = |text: &str, letter: char| steps_over(&mut closed(text), &Buffer::at_end(text), letter);
        assert!(over("m[\"a\"]", '"') && over("m[\"a\"]", ']'));
        assert!(!over("m[\"a\"]", '.'));
        // The bracket is that of another list.
        assert!(!over("[m[\"a\"]", ']'));
        let mut state = closed("m[\"a\"]");
        let now = Buffer::at_end("m[\"a\"]");
        assert!(steps_over(&mut state, &now, '"') && steps_over(&mut state, &now, ']'));
        assert!(!steps_over(&mut state, &now, ']'));
    }

    #[test]
    fn enter_runs_what_is_whole() {
        let runs = |text: &str| enter(&mut State::default(), &Buffer::at_end(text)) == Cmd::AcceptLine;
        assert!(runs("x = 1") && runs("def f():\n    return 1\n    ") && runs(""));
        assert!(!runs("def f():") && !runs("def f():\n    ") && !runs("def f():\n    return 1"));
        assert_eq!(enter(&mut State::default(), &Buffer::at_end("x = 1").moved(2)), Cmd::AcceptLine);
    }

    #[test]
    fn a_level_goes_with_shift_tab() {
        assert_eq!(dedented(&Buffer::at_end("if x:\n      y")), Buffer::at_end("if x:\n  y"));
        assert_eq!(dedented(&Buffer::at_end("y")), Buffer::at_end("y"));
    }
}
