//! `repr` of strings.

/// `ascii(text)` given `repr(text)`: what is not ASCII as `\x`, `\u` or `\U`.
#[must_use]
pub fn escape_non_ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match u32::from(c) {
            0..=0x7f => out.push(c),
            code @ ..=0xff => out.push_str(&format!("\\x{code:02x}")),
            code @ ..=0xffff => out.push_str(&format!("\\u{code:04x}")),
            code => out.push_str(&format!("\\U{code:08x}")),
        }
    }
    out
}
pub fn repr(x: &str) -> String {
    format!("'{x}'")
}
pub fn bytes_repr(x: &[u8]) -> String {
    format!("{x:?}")
}
