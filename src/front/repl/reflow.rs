//! A window that changes its width under a line that is edited.
//!
//! Most terminals then break what they show anew, so that the cursor stands in another row than it was left in. The line
//! editor clears the rows that it remembers: it is led to them first, over rows that are cleared already.

use torchsh_render::width::width;

/// What is on the screen: where its end and its cursor are, in a window of any width.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Painted {
    /// The columns of the window.
    pub columns: usize,
    /// The prompt and the text up to the cursor.
    before: String,
    /// Everything, with what stands below the line.
    whole: String,
}

impl Painted {
    pub fn new(columns: usize, prompt: &str, (line, at): (&str, usize), below: &str) -> Self {
        let before = format!("{prompt}{}", line.get(..at).unwrap_or(line));
        let whole = plain(&format!("{prompt}{line}{below}"));
        Painted { columns, before, whole }
    }

    /// What leads the cursor from where it is in the window's new width to where the line editor takes it to be.
    pub fn led(&self, columns: usize) -> Option<String> {
        if columns == self.columns || self.columns == 0 {
            return None;
        }
        let up = |rows: usize| if rows > 0 { format!("\x1b[{rows}A") } else { String::new() };
        let (end, cursor) = (rows(&self.whole, self.columns), rows(&self.before, self.columns));
        let first = up(rows(&self.before, columns));
        Some(format!("{first}\r\x1b[J{}{}", "\n".repeat(end), up(end.saturating_sub(cursor))))
    }
}

/// Whether the terminal breaks long lines anew: xterm, the console and screen cut them.
pub fn is_expected() -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let cuts = ["linux", "vt100", "vt220"];
    let term = std::env::var("TERM").unwrap_or_default();
    is_set("TMUX") || !(is_set("XTERM_VERSION") || is_set("STY") || cuts.contains(&term.as_str()))
}

/// The row in which a text ends, counted from that in which it begins, as the line editor counts.
fn rows(text: &str, columns: usize) -> usize {
    let (mut row, mut column) = (0, 0);
    for (i, line) in text.split('\n').enumerate() {
        if i > 0 {
            (row, column) = (row + 1, 0);
        }
        for letter in line.chars() {
            let wide = width(letter.encode_utf8(&mut [0; 4]));
            column += wide;
            if column > columns {
                (row, column) = (row + 1, wide);
            }
        }
    }
    if column == columns { row + 1 } else { row }
}

/// A text without the escapes that colour it.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter == '\x1b' {
            letters.find(char::is_ascii_alphabetic);
        } else {
            out.push(letter);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_as_the_line_editor_counts_them() {
        for (text, columns, row) in [
            ("abc", 4, 0),
            ("abcd", 4, 1),
            ("abcde", 4, 1),
            ("a\nb\n", 4, 2),
            ("日本語", 5, 1),
            ("日本日", 4, 1),
        ] {
            assert_eq!(rows(text, columns), row, "{text}");
        }
        assert_eq!(plain("\x1b[90ma\x1b[0mb"), "ab");
    }

    #[test]
    fn the_cursor_is_led_to_where_it_was() {
        let painted = Painted::new(80, "In [1]: ", (&"x".repeat(100), 100), "\n\x1b[90mbelow\x1b[0m");
        assert_eq!(painted.led(80), None);
        // In 40 columns the cursor is two rows below the prompt; the editor takes it to be in the second row of three.
        assert_eq!(painted.led(40).as_deref(), Some("\x1b[2A\r\x1b[J\n\n\x1b[1A"));
        assert_eq!(painted.led(200).as_deref(), Some("\r\x1b[J\n\n\x1b[1A"));
    }
}
