//! What Python's string methods ask of characters, where Rust's standard library answers otherwise or not at all.

use super::{unicode_case as case, unicode_kinds as kinds};

fn holds(ranges: &[(u32, u32)], c: char) -> bool {
    let code = u32::from(c);
    let next = ranges.partition_point(|&(start, _)| start <= code);
    next.checked_sub(1).and_then(|at| ranges.get(at)).is_some_and(|&(_, end)| code <= end)
}

fn changed(changes: &'static [(u32, &'static str)], c: char) -> Option<&'static str> {
    let at = changes.binary_search_by_key(&u32::from(c), |&(code, _)| code).ok()?;
    changes.get(at).map(|&(_, text)| text)
}

/// Whether `repr` shows a character as it is.
#[must_use]
pub fn is_printable(c: char) -> bool {
    if c.is_ascii() { !c.is_ascii_control() } else { !holds(kinds::HIDDEN, c) }
}

/// Whether a character is a letter (`str.isalpha`).
#[must_use]
pub fn is_letter(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphabetic() } else { holds(kinds::LETTERS, c) }
}

/// Whether a character is a decimal digit of any script.
#[must_use]
pub fn is_decimal(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_digit() } else { holds(kinds::DECIMALS, c) }
}

/// Whether a character is a digit: decimal, superscript, circled …
#[must_use]
pub fn is_digit(c: char) -> bool {
    is_decimal(c) || holds(kinds::DIGITS, c)
}

/// Whether a character is a numeral: a digit, a fraction, a Roman or Chinese number …
#[must_use]
pub fn is_numeral(c: char) -> bool {
    is_digit(c) || holds(kinds::NUMERALS, c)
}

/// Whether a character is a letter or a numeral (`str.isalnum`).
#[must_use]
pub fn is_letter_or_numeral(c: char) -> bool {
    is_letter(c) || is_numeral(c)
}

/// Whether a character is space: to Python four separators among the control characters are, too.
#[must_use]
pub fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

/// Whether a character ends a line (`str.splitlines`).
#[must_use]
pub fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether a character is a capital and a small letter in one, like `ǅ`.
#[must_use]
pub fn is_title(c: char) -> bool {
    holds(case::TITLES, c)
}

/// Whether a character has case.
#[must_use]
pub fn is_cased(c: char) -> bool {
    c.is_uppercase() || c.is_lowercase() || is_title(c)
}

/// Whether a name may begin with a character.
#[must_use]
pub fn starts_name(c: char) -> bool {
    (is_letter(c) && !holds(kinds::NO_NAMES, c)) || holds(kinds::NAME_STARTS, c)
}

/// Whether a character may stand in a name.
#[must_use]
pub fn continues_name(c: char) -> bool {
    starts_name(c) || holds(kinds::NAME_MARKS, c)
}

/// `str.casefold`
#[must_use]
pub fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match changed(case::FOLDED, c) {
            Some(text) => out.push_str(text),
            None => out.extend(c.to_lowercase()),
        }
    }
    out
}

fn push_title(c: char, out: &mut String) {
    match changed(case::TITLED, c) {
        Some(text) => out.push_str(text),
        None => out.extend(c.to_uppercase()),
    }
}

/// The letters as small ones. A sigma that ends a word has a form of its own, so the whole text is looked at.
struct Lower<'a> {
    text: &'a str,
}

impl Lower<'_> {
    fn push(&self, at: usize, c: char, out: &mut String) {
        if c != 'Σ' {
            out.extend(c.to_lowercase());
            return;
        }
        // Between letters and a sigma there may be marks that have no case of their own.
        let before = self.text.get(..at).unwrap_or_default().chars().rev().find(|c| !is_ignorable(*c));
        let after =
            self.text.get(at + c.len_utf8()..).unwrap_or_default().chars().find(|c| !is_ignorable(*c));
        let is_final = before.is_some_and(is_cased) && !after.is_some_and(is_cased);
        out.push(if is_final { 'ς' } else { 'σ' });
    }
}

/// Marks that lie between the letters of a word without parting them. The standard library knows them, but tells only by
/// how it makes a sigma small: final behind a letter, whatever of these is between.
fn is_ignorable(c: char) -> bool {
    let is_final = |text: String| text.to_lowercase().ends_with('ς');
    is_final(format!("a{c}Σ")) && !is_final(format!("{c}Σ"))
}

/// `str.capitalize`
#[must_use]
pub fn capitalized(text: &str) -> String {
    let lower = Lower { text };
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        if at == 0 { push_title(c, &mut out) } else { lower.push(at, c, &mut out) }
    }
    out
}

/// `str.title`
#[must_use]
pub fn titled(text: &str) -> String {
    let lower = Lower { text };
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    for (at, c) in text.char_indices() {
        if inside {
            lower.push(at, c, &mut out)
        } else {
            push_title(c, &mut out)
        }
        inside = is_cased(c);
    }
    out
}

/// `str.swapcase`
#[must_use]
pub fn swapped(text: &str) -> String {
    let lower = Lower { text };
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        if c.is_uppercase() {
            lower.push(at, c, &mut out);
        } else if c.is_lowercase() {
            out.extend(c.to_uppercase());
        } else {
            out.push(c);
        }
    }
    out
}

/// `str.istitle`: capitals begin words and only they do.
#[must_use]
pub fn is_titled(text: &str) -> bool {
    let (mut inside, mut any) = (false, false);
    for c in text.chars() {
        let fits = match (c.is_uppercase() || is_title(c), c.is_lowercase()) {
            (true, _) => !inside,
            (_, true) => inside,
            _ => true,
        };
        if !fits {
            return false;
        }
        inside = is_cased(c);
        any |= inside;
    }
    any
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_what_they_are_to_python() {
        assert!(is_letter('五') && is_letter('ª') && !is_letter('Ⓐ') && !is_letter('\u{301}'));
        assert!(is_numeral('五') && is_digit('²') && !is_digit('½') && is_decimal('٣'));
        assert!(is_printable('é') && !is_printable('\u{200b}') && !is_printable('\u{378}'));
        assert!(starts_name('é') && !starts_name('\u{301}') && continues_name('\u{301}'));
        assert!(is_space('\u{1c}') && !is_space('\u{200b}'));
    }

    #[test]
    fn case_changes_as_in_python() {
        assert_eq!(folded("ŉßΣ"), "ʼnssσ");
        assert_eq!(capitalized("ßAΣ"), "Ssaς");
        assert_eq!(titled("ǆa five's"), "ǅa Five'S");
        assert_eq!(swapped("aΣ\u{301} ǅ"), "Aς\u{301} ǅ");
        assert!(is_titled("Ab Cd") && !is_titled("五") && is_titled("ǅb"));
    }
}
