//! Literals that pickles write as text.

use num_bigint::BigInt;

use crate::graph::Node;
use torchsh_base::error::{Error, Kind, Result};

fn bad(what: &str) -> Error {
    Error::new(Kind::Unpickling, format!("pickle: malformed {what}"))
}

/// The bytes as text; a lone surrogate (as Python's `surrogatepass` writes it) becomes its escape.
///
/// # Errors
/// `UnpicklingError` for what is not UTF-8.
pub fn utf8(bytes: &[u8]) -> Result<String> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.to_owned());
    }
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while !rest.is_empty() {
        let valid = match std::str::from_utf8(rest) {
            Ok(all) => all.len(),
            Err(error) => error.valid_up_to(),
        };
        let (good, bad_part) = rest.split_at(valid);
        text.push_str(std::str::from_utf8(good).unwrap_or_default());
        rest = match bad_part {
            [] => bad_part,
            [0xED, second @ 0xA0..=0xBF, third @ 0x80..=0xBF, after @ ..] => {
                let point = 0xD000 | (u32::from(*second & 0x3F) << 6) | u32::from(*third & 0x3F);
                text.push_str(&format!("\\u{point:04x}"));
                after
            }
            _ => return Err(bad("UTF-8 string")),
        };
    }
    Ok(text)
}

/// What strings of Python 2, which were bytes, are taken for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Python2 {
    /// Text where they are UTF-8, else bytes.
    #[default]
    Utf8,
    /// Text; what is no ASCII is an error.
    Ascii,
    /// Text, a character for each byte.
    Latin1,
    /// Bytes.
    Bytes,
}

/// A string of Python 2: text, or its bytes.
///
/// # Errors
/// `UnicodeDecodeError` if it was said that all are ASCII.
pub fn python2(bytes: &[u8], strings: Python2) -> Result<std::result::Result<String, Vec<u8>>> {
    let text = match strings {
        Python2::Utf8 => std::str::from_utf8(bytes).ok().map(str::to_owned),
        Python2::Latin1 => Some(bytes.iter().map(|byte| char::from(*byte)).collect()),
        Python2::Bytes => None,
        Python2::Ascii => match bytes.iter().position(|byte| !byte.is_ascii()) {
            None => std::str::from_utf8(bytes).ok().map(str::to_owned),
            Some(place) => {
                let byte = bytes.get(place).copied().unwrap_or_default();
                let message = format!(
                    "'ascii' codec can't decode byte {byte:#04x} in position {place}: ordinal not in range(128)"
                );
                return Err(Error::new(Kind::UnicodeDecode, message)
                    .hint("encoding=\"latin1\" or encoding=\"bytes\""));
            }
        },
    };
    Ok(text.ok_or_else(|| bytes.to_vec()))
}

/// Python's `raw-unicode-escape`: Latin-1 with `\uXXXX` and `\UXXXXXXXX`.
///
/// # Errors
/// `UnpicklingError` for an escape that is no code point.
pub fn raw_unicode_escape(line: &[u8]) -> Result<String> {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let [first, after @ ..] = rest {
        let width = match rest {
            [b'\\', b'u', ..] => 4,
            [b'\\', b'U', ..] => 8,
            _ => 0,
        };
        if width == 0 {
            text.push(char::from(*first));
            rest = after;
            continue;
        }
        let digits = rest.get(2..2 + width).and_then(|digits| std::str::from_utf8(digits).ok());
        let point = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        push_point(&mut text, point.ok_or_else(|| bad("unicode escape"))?)?;
        rest = rest.get(2 + width..).unwrap_or_default();
    }
    Ok(text)
}

fn push_point(text: &mut String, point: u32) -> Result<()> {
    match char::from_u32(point) {
        Some(character) => text.push(character),
        None if (0xD800..0xE000).contains(&point) => text.push_str(&format!("\\u{point:04x}")),
        None => return Err(bad("unicode escape")),
    }
    Ok(())
}

/// The bytes of a quoted string literal: `'a\x00b'`.
///
/// # Errors
/// `UnpicklingError` if it is not quoted, or an escape is cut short.
pub fn string_literal(line: &[u8]) -> Result<Vec<u8>> {
    let line = line.trim_ascii();
    let inside = match line {
        [b'\'', inside @ .., b'\''] | [b'"', inside @ .., b'"'] => inside,
        _ => return Err(bad("string: no quotes")),
    };
    let mut bytes = Vec::with_capacity(inside.len());
    let mut rest = inside;
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        rest = escape(after, &mut bytes).ok_or_else(|| bad("string escape"))?;
    }
    Ok(bytes)
}

/// Reads what follows a backslash; gives what is left.
fn escape<'a>(rest: &'a [u8], bytes: &mut Vec<u8>) -> Option<&'a [u8]> {
    let (first, after) = rest.split_first()?;
    let simple = match first {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'a' => 7,
        b'b' => 8,
        b'v' => 11,
        b'f' => 12,
        b'\\' | b'\'' | b'"' => *first,
        b'x' => {
            let digits = std::str::from_utf8(after.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            return after.get(2..);
        }
        b'0'..=b'7' => {
            let length = rest.iter().take(3).take_while(|digit| (b'0'..=b'7').contains(digit)).count();
            let digits = std::str::from_utf8(rest.get(..length)?).ok()?;
            bytes.push(u8::try_from(u32::from_str_radix(digits, 8).ok()? & 0xFF).ok()?);
            return rest.get(length..);
        }
        _ => {
            bytes.extend([b'\\', *first]);
            return Some(after);
        }
    };
    bytes.push(simple);
    Some(after)
}

/// `INT`: `01` and `00` are booleans.
///
/// # Errors
/// `UnpicklingError` if it is no number.
pub fn int(line: &[u8]) -> Result<Node> {
    match line {
        b"01" => Ok(Node::Bool(true)),
        b"00" => Ok(Node::Bool(false)),
        _ => long(line),
    }
}

/// `LONG`: digits, perhaps with an `L` at the end.
///
/// # Errors
/// As [`int`].
pub fn long(line: &[u8]) -> Result<Node> {
    let digits = std::str::from_utf8(line).map_err(|_| bad("integer"))?.trim().trim_end_matches('L');
    if let Ok(small) = digits.parse::<i64>() {
        return Ok(Node::Int(small));
    }
    digits.parse::<BigInt>().map(integer).map_err(|_| bad("integer"))
}

/// `FLOAT`: as Python's `repr` writes it.
///
/// # Errors
/// As [`int`].
pub fn float(line: &[u8]) -> Result<Node> {
    let digits = std::str::from_utf8(line).map_err(|_| bad("float"))?.trim();
    digits.parse::<f64>().map(Node::Float).map_err(|_| bad("float"))
}

/// An integer in its canonical form.
#[must_use]
pub fn integer(value: BigInt) -> Node {
    match i64::try_from(&value) {
        Ok(small) => Node::Int(small),
        Err(_) => Node::BigInt(Box::new(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_as_python_reads_it() {
        assert_eq!(utf8(b"a\xed\xa0\x80b").unwrap(), "a\\ud800b");
        assert!(utf8(b"\xff").is_err());
        assert_eq!(raw_unicode_escape(b"a\xe9\\u6c5f\\U0001f600\\n").unwrap(), "aé江😀\\n");
        assert!(raw_unicode_escape(b"\\u12").is_err());
        assert_eq!(string_literal(br"'a\x00\n\'\101\q'").unwrap(), b"a\0\n'A\\q");
        assert!(string_literal(b"'a").is_err() && string_literal(b"'").is_err());
        assert!(matches!(long(b"-12L").unwrap(), Node::Int(-12)));
        assert!(matches!(long(b"9223372036854775808").unwrap(), Node::BigInt(_)));
        assert!(matches!(int(b"01").unwrap(), Node::Bool(true)));
        assert!(float(b"1e309").is_ok() && float(b"x").is_err());
    }
}
