//! Text that somebody else wrote: what of it may not reach a terminal as it is.

/// Whether a terminal would act on a character, or a reader be deceived by it.
#[must_use]
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            // zero width space to right-to-left mark; the zero width joiners 200c and 200d are part of ordinary text
            '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{061c}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}
