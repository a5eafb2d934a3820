//! The encodings between text and bytes.

use std::rc::Rc;

use torchsh_base::error::{Error, Kind, Result};
use torchsh_language::value::text::quote;
use torchsh_language::value::{UnicodeFault, Value};

/// An encoding, by the names Python knows it under.
#[derive(Clone, Copy, PartialEq)]
enum Encoding {
    Utf8,
    /// With a byte order mark.
    Utf8Mark,
    /// One byte a character, of so many characters.
    Bytes(u32),
    /// Units of two or four bytes; the order of the bytes, or none for a mark that says it.
    Units(usize, Option<Order>),
}

#[derive(Clone, Copy, PartialEq)]
enum Order {
    Little,
    Big,
}

fn named(name: &str) -> Result<Encoding> {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    Ok(match plain.to_ascii_lowercase().as_str() {
        "utf8" | "u8" => Encoding::Utf8,
        "utf8sig" => Encoding::Utf8Mark,
        "ascii" | "usascii" => Encoding::Bytes(0x80),
        "latin1" | "iso88591" | "latin" | "l1" => Encoding::Bytes(0x100),
        "utf16" => Encoding::Units(2, None),
        "utf16le" => Encoding::Units(2, Some(Order::Little)),
        "utf16be" => Encoding::Units(2, Some(Order::Big)),
        "utf32" => Encoding::Units(4, None),
        "utf32le" => Encoding::Units(4, Some(Order::Little)),
        "utf32be" => Encoding::Units(4, Some(Order::Big)),
        _ => return Err(Error::new(Kind::Lookup, format!("unknown encoding: {name}"))),
    })
}

/// `text.encode(encoding, errors)`.
///
/// # Errors
/// `UnicodeEncodeError`; `LookupError` for an encoding or a way with errors that is not known here.
pub fn encode(text: &str, encoding: &str, errors: &str) -> Result<Vec<u8>> {
    Ok(match named(encoding)? {
        Encoding::Utf8 => text.as_bytes().to_vec(),
        Encoding::Utf8Mark => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        Encoding::Bytes(limit) => return encode_bytes(text, limit, errors),
        Encoding::Units(width, order) => {
            let mark = if order.is_none() { "\u{feff}" } else { "" };
            let big = order == Some(Order::Big);
            let chars = mark.chars().chain(text.chars());
            let mut out = Vec::new();
            for c in chars {
                let mut push = |mut bytes: Vec<u8>| {
                    if !big {
                        bytes.reverse();
                    }
                    out.extend(bytes);
                };
                if width == 4 {
                    push(u32::from(c).to_be_bytes().to_vec());
                } else {
                    c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| push(unit.to_be_bytes().to_vec()));
                }
            }
            out
        }
    })
}

fn encode_bytes(text: &str, limit: u32, errors: &str) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    for (at, c) in text.chars().enumerate() {
        let code = u32::from(c);
        match (u8::try_from(code), errors) {
            (Ok(byte), _) if code < limit => out.push(byte),
            (_, "ignore") => {}
            (_, "replace") => out.push(b'?'),
            (_, "backslashreplace") => out.extend(quote::escape(c).bytes()),
            (_, "xmlcharrefreplace") => out.extend(format!("&#{code};").bytes()),
            (_, "strict") => return Err(cannot_encode(text, at, limit)),
            (_, other) => return Err(unknown_errors(other)),
        }
    }
    Ok(out)
}

fn unknown_errors(name: &str) -> Error {
    Error::new(Kind::Lookup, format!("unknown error handler name '{name}'"))
}

/// All characters from `at` on that can't be encoded are named together.
fn cannot_encode(text: &str, at: usize, limit: u32) -> Error {
    let codec = if limit == 0x80 { "ascii" } else { "latin-1" };
    let bad = text.chars().skip(at).take_while(|c| u32::from(*c) >= limit).count();
    let fault = UnicodeFault {
        encoding: codec.into(),
        object: Value::str(text),
        start: at,
        end: at + bad,
        reason: format!("ordinal not in range({limit})"),
    };
    Error::new(Kind::UnicodeEncode, fault.to_string()).with_payload(Rc::new(fault))
}

/// `bytes.decode(encoding, errors)`.
///
/// # Errors
/// `UnicodeDecodeError`; `LookupError` for an encoding or a way with errors that is not known here.
pub fn decode(bytes: &[u8], encoding: &str, errors: &str) -> Result<String> {
    match named(encoding)? {
        Encoding::Utf8 => decode_utf8(bytes, errors),
        Encoding::Utf8Mark => decode_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes), errors),
        Encoding::Bytes(limit) => decode_ascii(bytes, limit, errors),
        Encoding::Units(width, order) => {
            let (order, bytes) = match (order, bytes) {
                (Some(order), bytes) => (order, bytes),
                (None, [0xff, 0xfe, 0, 0, rest @ ..]) if width == 4 => (Order::Little, rest),
                (None, [0, 0, 0xfe, 0xff, rest @ ..]) if width == 4 => (Order::Big, rest),
                (None, [0xff, 0xfe, rest @ ..]) if width == 2 => (Order::Little, rest),
                (None, [0xfe, 0xff, rest @ ..]) if width == 2 => (Order::Big, rest),
                (None, bytes) => (Order::Little, bytes),
            };
            decode_units(bytes, width, order, errors)
        }
    }
}

fn cannot_decode(codec: &str, bytes: &[u8], place: std::ops::Range<usize>, reason: &str) -> Error {
    let fault = UnicodeFault {
        encoding: codec.into(),
        object: Value::Bytes(Rc::new(bytes.to_vec())),
        start: place.start,
        end: place.end,
        reason: reason.into(),
    };
    Error::new(Kind::UnicodeDecode, fault.to_string()).with_payload(Rc::new(fault))
}

/// What stands for bytes that are no text, or the error.
fn instead(bytes: &[u8], errors: &str, error: impl Fn() -> Error, out: &mut String) -> Result<()> {
    match errors {
        "ignore" => {}
        "replace" => out.push(char::REPLACEMENT_CHARACTER),
        "backslashreplace" => bytes.iter().for_each(|byte| out.push_str(&format!("\\x{byte:02x}"))),
        "strict" => return Err(error()),
        other => return Err(unknown_errors(other)),
    }
    Ok(())
}

fn decode_utf8(bytes: &[u8], errors: &str) -> Result<String> {
    let mut out = String::with_capacity(bytes.len());
    let mut at = 0;
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        at += chunk.valid().len();
        let bad = chunk.invalid();
        if let Some(&first) = bad.first() {
            let unfinished = at + bad.len() == bytes.len() && is_unfinished(bad);
            let why = match first {
                0x80..0xc2 | 0xf5.. => "invalid start byte",
                _ if unfinished => "unexpected end of data",
                _ => "invalid continuation byte",
            };
            let error = || cannot_decode("utf-8", bytes, at..at + bad.len(), why);
            instead(bad, errors, error, &mut out)?;
        }
        at += bad.len();
    }
    Ok(out)
}

/// Whether bytes are the beginning of a character.
fn is_unfinished(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

fn decode_ascii(bytes: &[u8], limit: u32, errors: &str) -> Result<String> {
    let mut out = String::with_capacity(bytes.len());
    for (at, &byte) in bytes.iter().enumerate() {
        if u32::from(byte) < limit {
            out.push(char::from(byte));
            continue;
        }
        let error = || cannot_decode("ascii", bytes, at..at + 1, "ordinal not in range(128)");
        instead(&[byte], errors, error, &mut out)?;
    }
    Ok(out)
}

fn decode_units(bytes: &[u8], width: usize, order: Order, errors: &str) -> Result<String> {
    let codec = match (width, order) {
        (2, Order::Little) => "utf-16-le",
        (2, Order::Big) => "utf-16-be",
        (_, Order::Little) => "utf-32-le",
        (_, Order::Big) => "utf-32-be",
    };
    let unit = |bytes: &[u8]| {
        let add = |value: u32, byte: &u8| value << 8 | u32::from(*byte);
        if order == Order::Big { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) }
    };
    let chunks = bytes.chunks_exact(width);
    let rest = chunks.remainder();
    let bad = |at: usize| move || cannot_decode(codec, bytes, at..at + width, "illegal encoding");
    let mut out = String::new();
    let mut at = 0;
    if width == 4 {
        for chunk in chunks {
            match char::from_u32(unit(chunk)) {
                Some(c) => out.push(c),
                None => instead(chunk, errors, bad(at), &mut out)?,
            }
            at += width;
        }
    } else {
        let units = chunks.map(|chunk| u16::try_from(unit(chunk)).unwrap_or(0));
        for c in char::decode_utf16(units) {
            match c {
                Ok(c) => {
                    out.push(c);
                    at += c.len_utf16() * 2;
                }
                Err(_) => {
                    let chunk = bytes.get(at..at + width).unwrap_or_default();
                    instead(chunk, errors, bad(at), &mut out)?;
                    at += width;
                }
            }
        }
    }
    if !rest.is_empty() {
        let error = || cannot_decode(codec, bytes, at..bytes.len(), "truncated data");
        instead(rest, errors, error, &mut out)?;
    }
    Ok(out)
}
