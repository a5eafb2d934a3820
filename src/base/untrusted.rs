//! Text that somebody else wrote: what of it may not reach a terminal as it is.

use std::borrow::Cow;

/// Whether a terminal would act on a character, or a reader be deceived by it.
#[must_use]
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            // zero width space to right-to-left mark; the zero width joiners 200c and 200d are part of ordinary text
            '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
            // tags, which write text that nobody sees
            | '\u{e0000}'..='\u{e007f}')
}

/// The text with control, bidirectional and invisible format characters as Python's `repr` writes them: `\x1b`, `\u202e`.
#[must_use]
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match (c, u32::from(c)) {
            (c, _) if !is_unsafe(c) => out.push(c),
            ('\n', _) => out.push_str("\\n"),
            ('\t', _) => out.push_str("\\t"),
            ('\r', _) => out.push_str("\\r"),
            (_, code @ ..=0xff) => out.push_str(&format!("\\x{code:02x}")),
            (_, code @ ..=0xffff) => out.push_str(&format!("\\u{code:04x}")),
            (_, code) => out.push_str(&format!("\\U{code:08x}")),
        }
    }
    Cow::Owned(out)
}

/// The JSON text with what a terminal would act on, or a reader be deceived by, as `\u202e`. It is the same JSON: such
/// characters stand in its strings only.
#[must_use]
pub fn plain_json(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        match is_unsafe(c) {
            true => {
                c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| text.push_str(&format!("\\u{unit:04x}")))
            }
            false => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        assert_eq!(escaped("\x1b[2Jconv1.weight\n"), "\\x1b[2Jconv1.weight\\n");
        assert_eq!(escaped("a\u{202e}b\u{9b}31m\u{e0041}"), "a\\u202eb\\x9b31m\\U000e0041");
        assert!(matches!(escaped("江苏.weight"), Cow::Borrowed(_)));
        assert_eq!(plain_json("\"a\u{9b}\u{e0041}\""), "\"a\\u009b\\udb40\\udc41\"");
    }
}
