//! Questions of Unicode that the standard library does not answer.

/// Whether a character is a decimal digit of any script (category Nd).
#[must_use]
pub fn is_decimal(c: char) -> bool {
    c.is_ascii_digit() || (!c.is_ascii() && c.is_numeric() && decimal_block(u32::from(c)))
}

/// Whether a character is a digit: decimal, or super- and subscript, or circled.
#[must_use]
pub fn is_digit(c: char) -> bool {
    is_decimal(c)
        || matches!(c, '²' | '³' | '¹' | '⁰' | '⁴'..='⁹' | '₀'..='₉' | '①'..='⑨' | '⑴'..='⑼' | '⒈'..='⒐' | '⓪')
}

/// First digits of the scripts' decimal digits, which come in tens.
const ZEROS: &[u32] = &[
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0,
    0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50,
    0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
];

fn decimal_block(code: u32) -> bool {
    ZEROS.iter().any(|&zero| (zero..zero + 10).contains(&code)) || (0x1d7ce..=0x1d7ff).contains(&code)
}
