//! Templates of replacements: `\1`, `\g<name>` and escapes.

use super::re_syntax::{error_at, is_name};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_language::value::Str;
use torchsh_language::value::text::quote;

/// A part of a template.
pub enum Piece {
    /// Text as it is.
    Text(String),
    /// The text of a group, by number.
    Group(usize),
}

/// Reads a template for a pattern with these groups (the first is the whole match).
///
/// # Errors
/// `re.error` and `IndexError`, worded as Python words them.
pub fn read(template: &str, names: &[Option<Str>]) -> Result<Vec<Piece>> {
    let chars: Vec<char> = template.chars().collect();
    let mut reader = Reader { chars: &chars, at: 0, names, text: String::new(), pieces: Vec::new() };
    while let Some(c) = reader.next() {
        match c {
            '\\' => reader.escape()?,
            c => reader.text.push(c),
        }
    }
    reader.flush();
    Ok(reader.pieces)
}

struct Reader<'a> {
    chars: &'a [char],
    at: usize,
    names: &'a [Option<Str>],
    text: String,
    pieces: Vec<Piece>,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.chars.get(self.at).copied();
        self.at += usize::from(c.is_some());
        c
    }

    fn digit(&mut self, radix: u32) -> Option<char> {
        let c = self.chars.get(self.at).copied().filter(|c| c.is_digit(radix));
        self.at += usize::from(c.is_some());
        c
    }

    fn error(&self, what: &str, at: usize) -> Error {
        error_at(self.chars, what, at)
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            self.pieces.push(Piece::Text(std::mem::take(&mut self.text)));
        }
    }

    fn group(&mut self, number: usize, at: usize) -> Result<()> {
        if number >= self.names.len() {
            return Err(self.error(&format!("invalid group reference {number}"), at));
        }
        self.flush();
        self.pieces.push(Piece::Group(number));
        Ok(())
    }

    fn escape(&mut self) -> Result<()> {
        let start = self.at - 1;
        let Some(c) = self.next() else { return Err(self.error("bad escape (end of pattern)", start)) };
        match c {
            'g' => return self.named(),
            '0' => {
                let digits: String = [self.digit(8), self.digit(8)].into_iter().flatten().collect();
                self.code(&digits);
            }
            '1'..='9' => return self.numbered(c, start),
            'a' => self.text.push('\u{7}'),
            'b' => self.text.push('\u{8}'),
            'f' => self.text.push('\u{c}'),
            'n' => self.text.push('\n'),
            'r' => self.text.push('\r'),
            't' => self.text.push('\t'),
            'v' => self.text.push('\u{b}'),
            '\\' => self.text.push('\\'),
            c if c.is_ascii_alphabetic() => return Err(self.error(&format!("bad escape \\{c}"), start)),
            c => self.text.extend(['\\', c]),
        }
        Ok(())
    }

    fn code(&mut self, octal: &str) {
        let code = u32::from_str_radix(octal, 8).unwrap_or(0);
        self.text.extend(char::from_u32(code & 0xff));
    }

    fn numbered(&mut self, first: char, start: usize) -> Result<()> {
        let mut digits = first.to_string();
        if let Some(second) = self.digit(10) {
            digits.push(second);
            let is_octal = digits.chars().all(|c| c.is_digit(8));
            if let Some(third) = is_octal.then(|| self.digit(8)).flatten() {
                digits.push(third);
                self.code(&digits);
                return Ok(());
            }
        }
        self.group(digits.parse().unwrap_or(0), start + 1)
    }

    fn named(&mut self) -> Result<()> {
        if self.next() != Some('<') {
            return Err(self.error("missing <", self.at.min(self.chars.len())));
        }
        let at = self.at;
        let mut name = String::new();
        loop {
            match self.next() {
                Some('>') if name.is_empty() => return Err(self.error("missing group name", at)),
                Some('>') => break,
                Some(c) => name.push(c),
                None if name.is_empty() => return Err(self.error("missing group name", at)),
                None => return Err(self.error("missing >, unterminated name", at)),
            }
        }
        if name.bytes().all(|byte| byte.is_ascii_digit()) {
            return self.group(name.parse().unwrap_or(usize::MAX), at);
        }
        let shown = quote::repr(&name);
        if !is_name(&name) {
            return Err(self.error(&format!("bad character in group name {shown}"), at));
        }
        let group = self.names.iter().position(|known| known.as_deref() == Some(name.as_str()));
        let group = group.ok_or_else(|| Error::new(Kind::Index, format!("unknown group name {shown}")))?;
        self.group(group, at)
    }
}
