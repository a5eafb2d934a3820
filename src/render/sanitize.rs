//! Text that came from a file, made safe to show.
//!
//! Tensor names and class names are chosen by whoever made the file. A terminal obeys control characters in them, and the
//! bidirectional controls of Unicode make a name look like another one, so both are shown as escapes.

use std::borrow::Cow;

use crate::checkpoint::untrusted::is_unsafe;

/// The text with control, bidirectional and invisible format characters as `\x1b` and `\u202e`.
#[must_use]
pub fn sanitize(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            c if !is_unsafe(c) => out.push(c),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if u32::from(c) <= 0xff => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => out.push_str(&format!("\\u{:04x}", u32::from(c))),
        }
    }
    Cow::Owned(out)
}

/// As [`sanitize`], but lines stay lines and tabs stay tabs.
#[must_use]
pub fn sanitize_lines(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| !matches!(c, '\n' | '\t') && is_unsafe(c)) {
        return Cow::Borrowed(text);
    }
    let line = |line: &str| line.split('\t').map(sanitize).collect::<Vec<_>>().join("\t");
    Cow::Owned(text.split('\n').map(line).collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        assert_eq!(sanitize("\x1b[2Jconv1.weight\n"), "\\x1b[2Jconv1.weight\\n");
        assert_eq!(sanitize("a\u{202e}b\u{9b}31m"), "a\\u202eb\\x9b31m");
        assert_eq!(sanitize_lines("a\nb\u{7}"), "a\nb\\x07");
    }

    #[test]
    fn ordinary_text_is_not_copied() {
        assert!(matches!(sanitize("江苏.weight"), Cow::Borrowed(_)));
    }
}
