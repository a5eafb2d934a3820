//! Text that came from a file, made safe to show.
//!
//! Tensor names and class names are chosen by whoever made the file. A terminal obeys control characters in them, and the
//! bidirectional controls of Unicode make a name look like another one, so both are shown as escapes.

use std::borrow::Cow;

pub use torchsh_base::untrusted::escaped as sanitize;
use torchsh_base::untrusted::is_unsafe;

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
