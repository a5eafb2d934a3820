//! What the keys, the completer and the painter of the line editor share.
//!
//! A key cannot see the session and a completer cannot see the key. So a key leaves here what it asks for and answers
//! [`Cmd::Complete`]; the completer works it out and leaves the text that is to stand there.

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustyline::line_buffer::LineBuffer;
use rustyline::{Changeset, Cmd, KeyCode, KeyEvent, Modifiers};

use super::buffer::Buffer;
use super::menu::Menu;
use super::reflow::Painted;
use super::walk::{Search, Step, Walk};

/// What a key asks for.
#[derive(Debug, PartialEq)]
pub enum Asked {
    /// That this stands there.
    Edit(Buffer),
    /// The ways to go on from the cursor.
    Completions,
    /// A step through the history.
    Walk(Step),
    /// To begin a search in it.
    Search,
    /// To look for this letter too; none: for one less.
    Letter(Option<char>),
    /// Another place where that is found.
    Another(Step),
}

/// A text that is being pasted.
#[derive(Debug, Default)]
pub struct Paste {
    pub text: String,
    /// Whether the last key was Enter: a line may end in two.
    pub after_return: bool,
}

/// The mode of vi's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vi {
    Insert,
    Command,
    Replace,
}

impl Vi {
    /// What stands before the prompt; all of them are as wide.
    pub fn shown(self) -> &'static str {
        match self {
            Vi::Insert => "[I] ",
            Vi::Command => "[N] ",
            Vi::Replace => "[R] ",
        }
    }

    /// The mode after a key. What stands between a key like `c` and its motion is the line editor's own.
    pub fn after(self, key: KeyEvent) -> Vi {
        let is_plain = matches!(key.1, Modifiers::NONE | Modifiers::SHIFT);
        match (self, key.0) {
            (_, KeyCode::Esc) => Vi::Command,
            (Vi::Command, KeyCode::Char('i' | 'I' | 'a' | 'A' | 's' | 'S' | 'c' | 'C')) if is_plain => {
                Vi::Insert
            }
            (Vi::Command, KeyCode::Char('R')) if is_plain => Vi::Replace,
            (mode, _) => mode,
        }
    }
}

/// The state of the line editor.
#[derive(Default)]
pub struct State {
    /// Blanks that each further line begins with; as wide as the prompt.
    pub gutter: usize,
    /// The mode of vi's keys, where those are on.
    pub vi: Option<Vi>,
    /// Whether brackets and quotes are closed as they are opened.
    pub closes: bool,
    /// Whether the terminal is told where prompts and results begin.
    pub is_marked: bool,
    /// The prompt, as the line editor has it.
    pub prompt: String,
    /// Whether the terminal breaks what it shows anew when its width changes.
    pub reflows: bool,
    /// What is on the screen.
    pub painted: Painted,
    /// What is about to stand behind the line and below it.
    pub below: String,
    pub paste: Option<Paste>,
    pub asked: Option<Asked>,
    /// What is to stand there, as the line editor holds it.
    pub edit: Option<(String, usize)>,
    pub walk: Option<Walk>,
    pub search: Option<Search>,
    pub menu: Option<Menu>,
    /// What a completion has closed and may be typed again: the text then, and what closes it.
    pub closed: Option<(String, String)>,
    /// The text that Ctrl-Z left, for when the job goes on.
    pub left: Option<Buffer>,
    /// Whether the editor is to open on the text.
    pub to_editor: bool,
    /// Whether the line was left with Ctrl-C. (The line editor's own end of a line forgets what is typed behind it.)
    pub is_abandoned: bool,
    /// Whether the line is painted for the last time: nothing marks a cursor any more.
    pub is_done: bool,
}

impl State {
    /// What the line editor holds, without the gutter.
    pub fn buffer(&self, line: &str, at: usize) -> Buffer {
        Buffer::undressed(line, at, self.gutter)
    }

    /// Asks for something.
    pub fn ask(&mut self, asked: Asked) -> Cmd {
        self.asked = Some(asked);
        Cmd::Complete
    }

    /// Leads the cursor to where the line editor takes it to be, before it paints in a window of this width.
    pub fn lead(&self, columns: usize) {
        let Some(led) = self.painted.led(columns).filter(|_| self.reflows) else { return };
        let mut out = std::io::stdout();
        // Where the terminal has gone, the next read says so.
        let _ = out.write_all(led.as_bytes()).and_then(|()| out.flush());
    }

    /// Notes what is painted.
    pub fn paint(&mut self, columns: usize, line: &str, at: usize) {
        self.painted = Painted::new(columns, &self.prompt, (line, at), &std::mem::take(&mut self.below));
    }

    /// Has this stand there.
    pub fn put(&mut self, buffer: &Buffer) {
        self.edit = Some(buffer.dressed(self.gutter));
    }
}

/// The place where they meet.
#[derive(Clone, Default)]
pub struct Desk(Arc<Mutex<State>>);

impl Desk {
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Clears what the last input left.
    pub fn clear(&self, state: State) {
        *self.state() = state;
    }

    /// Brings the line editor to what is to stand there.
    pub fn deliver(&self, line: &mut LineBuffer, changes: &mut Changeset) {
        let Some((text, at)) = self.state().edit.take() else { return };
        let same = |a: &str, b: &str| {
            let same = a.char_indices().zip(b.chars()).take_while(|((_, a), b)| a == b);
            same.last().map_or(0, |((at, c), _)| at + c.len_utf8())
        };
        // Only what differs is a change that Ctrl-_ takes back.
        let start = same(&text, line.as_str());
        let rest = |text: &str| text.get(start..).unwrap_or_default().chars().rev().collect::<String>();
        let end = same(&rest(&text), &rest(line.as_str()));
        let (old, new) = (line.len() - end, text.len() - end);
        if old > start || new > start {
            line.replace(start..old, text.get(start..new).unwrap_or_default(), changes);
        }
        line.set_pos(at);
    }
}
