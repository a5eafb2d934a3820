//! Columns that text takes on a terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns of a text without escapes: a Chinese character takes two, a combining one none.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text cut to at most `columns`, its end as `…` where something went.
#[must_use]
pub fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    match columns.checked_sub(1) {
        Some(room) => format!("{}…", head(text, room)),
        None => String::new(),
    }
}

/// The text cut to at most `columns` by leaving out its middle: of a tensor key, both ends tell the most.
#[must_use]
pub fn cut_middle(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let Some(room) = columns.checked_sub(1) else { return String::new() };
    let right = room / 2 + room / 6;
    format!("{}…{}", head(text, room - right), tail(text, right))
}

/// The text with spaces after it, up to `columns`.
#[must_use]
pub fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// The longest beginning that fits.
fn head(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > columns {
            return text.get(..at).unwrap_or_default();
        }
    }
    text
}

/// The longest end that fits.
fn tail(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices().rev() {
        used += c.width().unwrap_or(0);
        if used > columns {
            return text.get(at + c.len_utf8()..).unwrap_or_default();
        }
    }
    text
}

/// Breaks a text at spaces into lines of at most `columns`; a longer word keeps a line of its own.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.is_empty() && width(&line) + 1 + width(word) > columns {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

/// A key in pieces of at most `columns`, broken behind a full stop where that leaves more than half of a line.
#[must_use]
pub fn broken(key: &str, columns: usize) -> Vec<&str> {
    let (mut pieces, mut rest) = (Vec::new(), key);
    while width(rest) > columns.max(2) {
        let full = head(rest, columns.max(2));
        let stop = full.rfind('.').map(|at| at + 1).filter(|&at| at > full.len() / 2);
        let (piece, after) = rest.split_at_checked(stop.unwrap_or(full.len())).unwrap_or((rest, ""));
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}

/// The text in the lines that a terminal of so many columns shows: each ends in a newline or where the next one goes on.
#[must_use]
pub fn terminal_lines(text: &str, columns: usize) -> Vec<&str> {
    let (mut lines, mut start, mut used) = (Vec::new(), 0, 0);
    for (at, c) in text.char_indices() {
        let wide = c.width().unwrap_or(0);
        if used + wide > columns.max(2) {
            lines.push(text.get(start..at).unwrap_or_default());
            (start, used) = (at, 0);
        }
        used += wide;
        if c == '\n' {
            lines.push(text.get(start..=at).unwrap_or_default());
            (start, used) = (at + 1, 0);
        }
    }
    lines.extend(text.get(start..).filter(|rest| !rest.is_empty()));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(width("江苏"), 4);
        assert_eq!(cut("江苏省", 5), "江苏…");
        assert_eq!(cut("江苏省", 4), "江…");
        assert_eq!(pad("江", 4), "江  ");
    }

    #[test]
    fn the_middle_goes_first() {
        let cut = cut_middle("module.encoder.layers.11.attention.query.weight", 24);
        assert_eq!(cut, "module.en…n.query.weight");
        assert_eq!(width(&cut), 24);
        assert_eq!(cut_middle("short", 24), "short");
        assert_eq!(cut_middle("anything", 0), "");
    }

    #[test]
    fn long_keys_are_broken_at_full_stops() {
        assert_eq!(broken("model.layers.weight", 14), ["model.layers.", "weight"]);
        assert_eq!(broken("a.bbbbbbbbbbbb", 8), ["a.bbbbbb", "bbbbbb"]);
        assert_eq!(broken("江苏江苏", 5), ["江苏", "江苏"]);
        assert_eq!(broken("", 5), [""]);
    }

    #[test]
    fn lines_break_at_spaces() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
    }

    #[test]
    fn a_terminal_breaks_lines_where_they_are_full() {
        assert_eq!(terminal_lines("abcd\nef", 3), ["abc", "d\n", "ef"]);
        assert_eq!(terminal_lines("江苏省", 5), ["江苏", "省"]);
        assert_eq!(terminal_lines("abc\n", 3), ["abc\n"]);
        assert!(terminal_lines("", 3).is_empty());
    }
}
