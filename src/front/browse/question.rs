//! A line that is asked for at the foot of the screen.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use torchsh_render::sanitize::sanitize;
use torchsh_render::width::width;

/// What an answer is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum For {
    Search,
    Rename,
    /// What of several names to put something else in the place of.
    Part,
    /// What to put in the place of this part.
    NewPart(String),
    Save,
    /// Whether to save over this file.
    Replace(String),
}

/// A question, and what was typed so far.
#[derive(Clone, Debug)]
pub struct Question {
    pub of: For,
    text: String,
    /// The place of the cursor, in bytes.
    at: usize,
    /// What was chosen in the tree when it was asked.
    pub from: Option<usize>,
    said: String,
}

/// What a key does to a question.
pub enum Turn {
    Changed,
    Answered,
    Left,
    Completes,
}

impl Question {
    /// A question, with an answer to change.
    pub fn new(of: For, said: impl Into<String>, text: impl Into<String>, from: Option<usize>) -> Question {
        let text = text.into();
        Question { of, at: text.len(), text, from, said: said.into() }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn set_text(&mut self, text: String) {
        self.at = text.len();
        self.text = text;
    }

    /// What stands before the answer.
    pub fn before(&self) -> String {
        sanitize(&self.said).into_owned()
    }

    /// The part of the answer that fits, and the column of the cursor in it.
    pub fn shown(&self, room: usize) -> (String, usize) {
        let safe = |text: &str| sanitize(text).into_owned();
        let (before, after) = self.text.split_at_checked(self.at).unwrap_or((&self.text, ""));
        let mut before = safe(before);
        while width(&before) > room {
            before = before.chars().skip(1).collect();
        }
        let at = width(&before);
        let text = format!("{before}{}", safe(after));
        (torchsh_render::width::cut(&text, room.max(1)), at)
    }

    /// A key of it.
    pub fn key(&mut self, key: KeyEvent) -> Turn {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Enter => return Turn::Answered,
            KeyCode::Char('j' | 'm') if control => return Turn::Answered,
            KeyCode::Esc => return Turn::Left,
            KeyCode::Char('c' | 'g') if control => return Turn::Left,
            KeyCode::Tab => return Turn::Completes,
            KeyCode::Char('u') if control => {
                self.text.replace_range(..self.at, "");
                self.at = 0;
            }
            KeyCode::Char('w') if control => {
                let before = self.text.get(..self.at).unwrap_or_default().trim_end_matches(['.', '/', ' ']);
                let start = before.rfind(['.', '/', ' ']).map_or(0, |at| at + 1);
                self.text.replace_range(start..self.at, "");
                self.at = start;
            }
            KeyCode::Char('a') if control => self.at = 0,
            KeyCode::Char('e') if control => self.at = self.text.len(),
            KeyCode::Home => self.at = 0,
            KeyCode::End => self.at = self.text.len(),
            KeyCode::Left => self.at = self.before_cursor(),
            KeyCode::Right => self.at = self.after_cursor(),
            KeyCode::Backspace if self.text.is_empty() => return Turn::Left,
            KeyCode::Backspace => {
                let start = self.before_cursor();
                self.text.replace_range(start..self.at, "");
                self.at = start;
            }
            KeyCode::Delete => {
                let end = self.after_cursor();
                self.text.replace_range(self.at..end, "");
            }
            KeyCode::Char(letter) if !control => self.insert(letter.encode_utf8(&mut [0; 4])),
            _ => {}
        }
        Turn::Changed
    }

    /// Puts a text at the cursor.
    pub fn insert(&mut self, text: &str) {
        let text: String = text.chars().filter(|c| !c.is_control()).collect();
        self.text.insert_str(self.at, &text);
        self.at += text.len();
    }

    fn before_cursor(&self) -> usize {
        let before = self.text.get(..self.at).unwrap_or_default();
        before.char_indices().next_back().map_or(0, |(at, _)| at)
    }

    fn after_cursor(&self) -> usize {
        let after = self.text.get(self.at..).unwrap_or_default();
        self.at + after.chars().next().map_or(0, char::len_utf8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_edited() {
        let mut question = Question::new(For::Save, "save to: ", "a.江苏", None);
        let press = |question: &mut Question, code, modifiers| {
            question.key(KeyEvent::new(code, modifiers));
            question.text().to_owned()
        };
        const NONE: KeyModifiers = KeyModifiers::NONE;
        assert_eq!(press(&mut question, KeyCode::Backspace, NONE), "a.江");
        press(&mut question, KeyCode::Left, NONE);
        assert_eq!(press(&mut question, KeyCode::Char('x'), NONE), "a.x江");
        assert_eq!(press(&mut question, KeyCode::Delete, NONE), "a.x");
        assert_eq!(press(&mut question, KeyCode::Char('w'), KeyModifiers::CONTROL), "a.");
        assert_eq!(press(&mut question, KeyCode::Char('u'), KeyModifiers::CONTROL), "");
        assert!(matches!(question.key(KeyEvent::new(KeyCode::Backspace, NONE)), Turn::Left));
        question.insert("weights\n.pt");
        assert_eq!(question.shown(5), ("ts.pt".to_owned(), 5));
    }
}
