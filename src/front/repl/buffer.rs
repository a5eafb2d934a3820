//! The text being edited and its cursor, and what the keys do to both.
//!
//! On the screen each further line begins under `   ...: `. The line editor knows of no such thing: it holds as many blanks
//! there, which are painted over and are in no [`Buffer`].

use torchsh_session::complete::indentation;

/// Blanks of one level of a block.
pub const INDENT: usize = 4;

/// A text with a cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Buffer {
    pub text: String,
    /// The place of the cursor, in bytes.
    pub at: usize,
}

impl Buffer {
    /// A text with the cursor at its end.
    pub fn at_end(text: impl Into<String>) -> Buffer {
        let text = text.into();
        Buffer { at: text.len(), text }
    }

    /// What the line editor holds, without the blanks of its gutter.
    pub fn undressed(line: &str, at: usize, gutter: usize) -> Buffer {
        let mut buffer = Buffer::default();
        let mut place = 0;
        for (i, own) in line.split('\n').enumerate() {
            let blanks = if i > 0 && is_guttered(own, gutter) { gutter } else { 0 };
            if i > 0 {
                buffer.text.push('\n');
            }
            let start = buffer.text.len();
            buffer.text.push_str(own.get(blanks..).unwrap_or_default());
            if (place..=place + own.len()).contains(&at) {
                buffer.at = start + (at - place).saturating_sub(blanks);
            }
            place += own.len() + 1;
        }
        buffer
    }

    /// What the line editor is to hold.
    pub fn dressed(&self, gutter: usize) -> (String, usize) {
        let margin = format!("\n{}", " ".repeat(gutter));
        let lines_before = self.before().matches('\n').count();
        (self.text.replace('\n', &margin), self.at + lines_before * gutter)
    }

    pub fn before(&self) -> &str {
        self.text.get(..self.at).unwrap_or_default()
    }

    pub fn after(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Where the line of the cursor begins.
    pub fn line_start(&self) -> usize {
        self.before().rfind('\n').map_or(0, |at| at + 1)
    }

    /// Where it ends.
    pub fn line_end(&self) -> usize {
        self.after().find('\n').map_or(self.text.len(), |at| self.at + at)
    }

    /// Of the cursor's line, what stands before it.
    pub fn line_before(&self) -> &str {
        self.text.get(self.line_start()..self.at).unwrap_or_default()
    }

    pub fn is_multiline(&self) -> bool {
        self.text.contains('\n')
    }

    /// Whether the cursor stands before the first letter of a line that is not the first.
    pub fn is_in_indentation(&self) -> bool {
        self.line_start() > 0 && self.line_before().trim().is_empty()
    }

    /// With the cursor elsewhere.
    pub fn moved(&self, at: usize) -> Buffer {
        Buffer { text: self.text.clone(), at }
    }

    /// With another text in the place of that from `start` to `end`, and the cursor behind it.
    pub fn replaced(&self, start: usize, end: usize, text: &str) -> Buffer {
        let before = self.text.get(..start).unwrap_or_default();
        let after = self.text.get(end..).unwrap_or_default();
        Buffer { text: format!("{before}{text}{after}"), at: before.len() + text.len() }
    }

    /// With a text at the cursor.
    pub fn inserted(&self, text: &str) -> Buffer {
        self.replaced(self.at, self.at, text)
    }

    /// With a new line at the cursor, indented as the one before asks.
    pub fn broken(&self) -> Buffer {
        self.inserted(&format!("\n{}", indentation(self.before())))
    }

    /// The cursor at the beginning of its line's code; from there, of the line.
    pub fn home(&self) -> Buffer {
        let start = self.line_start();
        let line = self.text.get(start..self.line_end()).unwrap_or_default();
        let code = start + line.len() - line.trim_start_matches(' ').len();
        self.moved(if self.at == code { start } else { code })
    }

    /// One letter back over the end of the line before; none where the line editor does it as well.
    pub fn left(&self) -> Option<Buffer> {
        (self.at == self.line_start() && self.at > 0).then(|| self.moved(self.at - 1))
    }

    /// One letter on over the end of the line; none where the line editor does it as well.
    pub fn right(&self) -> Option<Buffer> {
        (self.at == self.line_end() && self.at < self.text.len()).then(|| self.moved(self.at + 1))
    }

    /// Without what ends the line before, or without a level of the block; none where it is a letter that goes.
    pub fn backspaced(&self) -> Option<Buffer> {
        let (start, blanks) = (self.line_start(), self.line_before());
        if self.at == start && start > 0 {
            return Some(self.replaced(start - 1, start, ""));
        }
        let is_blank = !blanks.is_empty() && blanks.chars().all(|c| c == ' ');
        let odd = match blanks.len() % INDENT {
            0 => INDENT,
            odd => odd,
        };
        is_blank.then(|| self.replaced(self.at - odd, self.at, ""))
    }

    /// Without the end of the line that the cursor stands at; none where it is a letter that goes.
    pub fn joined(&self) -> Option<Buffer> {
        (self.at == self.line_end() && self.at < self.text.len())
            .then(|| self.replaced(self.at, self.at + 1, ""))
    }

    /// The cursor a line up or down, in the same column; none where there is no such line.
    pub fn line_moved(&self, up: bool) -> Option<Buffer> {
        let column = self.line_before().chars().count();
        let start = match up {
            true => self.moved(self.line_start().checked_sub(1)?).line_start(),
            false => Some(self.line_end() + 1).filter(|start| *start <= self.text.len())?,
        };
        let line = self.text.get(start..self.moved(start).line_end()).unwrap_or_default();
        let there = line.char_indices().nth(column).map_or(line.len(), |(at, _)| at);
        Some(self.moved(start + there))
    }
}

/// Whether a line begins with the blanks of a gutter.
pub fn is_guttered(line: &str, gutter: usize) -> bool {
    line.get(..gutter).is_some_and(|blanks| blanks.bytes().all(|byte| byte == b' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text with `|` for the cursor.
    fn buffer(text: &str) -> Buffer {
        Buffer { at: text.find('|').unwrap(), text: text.replace('|', "") }
    }

    fn shown(buffer: &Buffer) -> String {
        format!("{}|{}", buffer.before(), buffer.after())
    }

    #[test]
    fn the_gutter_is_in_no_text() {
        for text in ["a\n    b|\n\nc", "|", "a|", "for 江 in x:\n    |f(江)"] {
            let (line, at) = buffer(text).dressed(8);
            assert_eq!(shown(&Buffer::undressed(&line, at, 8)), text);
        }
        // A cursor in the gutter stands at the beginning of the line; text without a gutter stays.
        assert_eq!(shown(&Buffer::undressed("a\n        b", 5, 8)), "a\n|b");
        assert_eq!(shown(&Buffer::undressed("a\n    b", 7, 8)), "a\n    b|");
    }

    #[test]
    fn keys_work_across_lines() {
        let moved = |found: Option<Buffer>| found.map(|buffer| shown(&buffer)).unwrap_or_default();
        assert_eq!(moved(buffer("a\n|b").left()), "a|\nb");
        assert_eq!(moved(buffer("a\nb|").left()), "");
        assert_eq!(moved(buffer("a|\nb").right()), "a\n|b");
        assert_eq!(moved(buffer("a\n|b").backspaced()), "a|b");
        assert_eq!(moved(buffer("a\n        |b").backspaced()), "a\n    |b");
        assert_eq!(moved(buffer("a\n      |b").backspaced()), "a\n    |b");
        assert_eq!(moved(buffer("a\n  c|").backspaced()), "");
        assert_eq!(moved(buffer("a|\nb").joined()), "a|b");
        assert_eq!(moved(buffer("abc\nd|e\nfgh").line_moved(true)), "a|bc\nde\nfgh");
        assert_eq!(moved(buffer("abc\nde|\nf").line_moved(false)), "abc\nde\nf|");
        assert_eq!(moved(buffer("abc|").line_moved(false)), "");
        assert_eq!(shown(&buffer("a\n    b|").home()), "a\n    |b");
        assert_eq!(shown(&buffer("a\n    |b").home()), "a\n|    b");
        assert_eq!(shown(&buffer("if x:|").broken()), "if x:\n    |");
    }
}
