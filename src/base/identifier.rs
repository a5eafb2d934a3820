//! Names and texts as Python's source has them.

use super::untrusted::is_unsafe;

/// Python's words, which no variable, attribute or argument can be called.
pub const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def",
    "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is",
    "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// Whether a text can be used as a name, which a keyword cannot.
#[must_use]
pub fn is_identifier(text: &str) -> bool {
    let starts_well = text.starts_with(|c: char| c == '_' || c.is_alphabetic());
    starts_well && text.chars().all(|c| c == '_' || c.is_alphanumeric()) && !KEYWORDS.contains(&text)
}

/// A text in double quotes, as Python reads it; what a terminal would act on is escaped.
#[must_use]
pub fn quoted(text: &str) -> String {
    let one = |c: char| match c {
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        '\n' => "\\n".to_owned(),
        c if is_unsafe(c) && u32::from(c) < 0x10000 => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    };
    format!("\"{}\"", text.chars().map(one).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_as_python_reads_them() {
        assert_eq!(quoted("a\"b\\c\nd\u{1b}"), "\"a\\\"b\\\\c\\nd\\u001b\"");
    }

    #[test]
    fn keywords_and_numbers_are_no_names() {
        assert!(is_identifier("_a1") && is_identifier("层"));
        assert!(
            !is_identifier("class") && !is_identifier("1a") && !is_identifier("a b") && !is_identifier("")
        );
    }
}
