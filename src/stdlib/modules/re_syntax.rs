//! Python's syntax of patterns, read and written as the crate's; and its messages for patterns that are none.

use torchsh_base::error::{Error, Kind, Result};
use torchsh_base::reason::Reason;
use torchsh_language::value::text::{quote, unicode};

/// The flags, as Python numbers them.
pub const IGNORECASE: i64 = 2;
/// `^` and `$` match at every line.
pub const MULTILINE: i64 = 8;
/// A dot matches the end of a line too.
pub const DOTALL: i64 = 16;
/// What every pattern of text has.
pub const UNICODE: i64 = 32;
/// Space and comments count for nothing.
pub const VERBOSE: i64 = 64;
/// Classes hold ASCII only.
pub const ASCII: i64 = 256;

/// A pattern in the crate's syntax.
pub struct Translated {
    /// Its text, without flags.
    pub text: String,
    /// The flags given and those the pattern itself begins with.
    pub flags: i64,
}

/// Reads a pattern.
///
/// # Errors
/// `re.error`, worded as Python words it.
pub fn translate(source: &str, flags: i64) -> Result<Translated> {
    let mut reader = Reader {
        chars: source.chars().collect(),
        at: 0,
        flags,
        out: String::new(),
        before: Before::Nothing,
        open: Vec::new(),
        groups: 0,
        names: Vec::new(),
    };
    while let Some(c) = reader.next() {
        reader.one(c)?;
    }
    match reader.open.last() {
        Some(&(start, _)) => Err(reader.error("missing ), unterminated subpattern", start)),
        None => Ok(Translated { text: reader.out, flags: reader.flags | UNICODE }),
    }
}

/// The error of a broken pattern or template: what is wrong, and where in it (in characters).
#[must_use]
pub fn error_at(source: &[char], what: &str, at: usize) -> Error {
    let before = source.get(..at).unwrap_or(source);
    let line = before.iter().filter(|c| **c == '\n').count() + 1;
    let column = before.iter().rev().take_while(|c| **c != '\n').count() + 1;
    let place =
        if source.contains(&'\n') { format!(" (line {line}, column {column})") } else { String::new() };
    let message = format!("{what} at position {at}{place}");
    Error::new(Kind::Regex, message).because(Reason::Pattern { what: what.to_owned(), at })
}

/// What stands before a quantifier.
#[derive(Clone, Copy, PartialEq)]
enum Before {
    Nothing,
    Item,
    Repeated,
}

/// A pattern while it is read.
pub(super) struct Reader {
    pub(super) chars: Vec<char>,
    pub(super) at: usize,
    flags: i64,
    out: String,
    before: Before,
    /// Where the open parentheses stand, and the flags that come back when they close.
    open: Vec<(usize, i64)>,
    groups: usize,
    names: Vec<(String, usize)>,
}

impl Reader {
    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.peek();
        self.at += usize::from(c.is_some());
        c
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    pub(super) fn take(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        self.at += usize::from(found);
        found
    }

    pub(super) fn error(&self, what: &str, at: usize) -> Error {
        error_at(&self.chars, what, at)
    }

    pub(super) fn item(&mut self, text: &str) {
        self.out.push_str(text);
        self.before = Before::Item;
    }

    fn place(&mut self, text: &str) {
        self.out.push_str(text);
        self.before = Before::Nothing;
    }

    fn literal(&mut self, c: char) {
        let escaped = escaped(c);
        self.item(&escaped);
    }

    fn one(&mut self, c: char) -> Result<()> {
        let start = self.at - 1;
        match c {
            '\\' => return self.escape(start),
            '[' => return self.class(start),
            '(' => return self.group(start),
            ')' => {
                let open = self.open.pop().ok_or_else(|| self.error("unbalanced parenthesis", start))?;
                self.flags = open.1;
                self.item(")");
            }
            '|' => self.place("|"),
            '^' => self.place("^"),
            // Before a last line end, too; behind it without MULTILINE not.
            '$' if self.flags & MULTILINE != 0 => self.place("$"),
            '$' => self.place("(?=\\n?\\z)"),
            '*' | '+' | '?' => return self.repeat(&c.to_string(), start),
            '{' => return self.braces(start),
            '#' if self.flags & VERBOSE != 0 => while self.next().is_some_and(|c| c != '\n') {},
            ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' if self.flags & VERBOSE != 0 => {}
            '.' => self.item("."),
            c => self.literal(c),
        }
        Ok(())
    }

    fn repeat(&mut self, quantifier: &str, start: usize) -> Result<()> {
        match self.before {
            Before::Nothing => return Err(self.error("nothing to repeat", start)),
            Before::Repeated => return Err(self.error("multiple repeat", start)),
            Before::Item => {}
        }
        self.out.push_str(quantifier);
        if self.take('?') {
            self.out.push('?');
        } else if self.take('+') {
            self.out.push('+');
        }
        self.before = Before::Repeated;
        Ok(())
    }

    fn digits(&mut self) -> String {
        let mut digits = String::new();
        while let Some(digit) = self.peek().filter(char::is_ascii_digit) {
            digits.push(digit);
            self.at += 1;
        }
        digits
    }

    /// `{2}`, `{2,}`, `{,3}`, `{2,3}`; anything else is a brace.
    fn braces(&mut self, start: usize) -> Result<()> {
        let back = self.at;
        let least = self.digits();
        let (most, comma) = if self.take(',') { (self.digits(), true) } else { (least.clone(), false) };
        if !self.take('}') || (least.is_empty() && !comma) {
            self.at = back;
            self.literal('{');
            return Ok(());
        }
        let least_shown = if least.is_empty() { "0" } else { &least };
        let number = |digits: &str| digits.parse::<u32>().ok();
        if let (Some(least), Some(most)) = (number(least_shown), number(&most))
            && most < least
        {
            return Err(self.error("min repeat greater than max repeat", start + 1));
        }
        let quantifier = if comma { format!("{{{least_shown},{most}}}") } else { format!("{{{least}}}") };
        self.repeat(&quantifier, start)
    }

    fn escape(&mut self, start: usize) -> Result<()> {
        let Some(c) = self.next() else { return Err(self.error("bad escape (end of pattern)", start)) };
        match c {
            'A' => self.place("\\A"),
            'Z' => self.place("\\z"),
            'b' => self.place(if self.flags & ASCII != 0 { ASCII_EDGE } else { "\\b" }),
            'B' => {
                self.place(if self.flags & ASCII != 0 { ASCII_NO_EDGE } else { "\\B" });
                // To Python an empty text has neither an edge nor a place that is none.
                self.place("(?!\\A\\z)");
            }
            'd' | 'D' | 's' | 'S' | 'w' | 'W' => {
                let class = self.category(c);
                self.item(&class);
            }
            '0' => {
                let code = self.octal(0, 2);
                self.literal(code);
            }
            '1'..='9' => return self.reference(c, start),
            _ => {
                let c = self.character(c, start)?;
                self.literal(c);
            }
        }
        Ok(())
    }

    /// A class by its letter.
    pub(super) fn category(&self, c: char) -> String {
        if self.flags & ASCII == 0 {
            return match c {
                // Python's space holds four control characters more.
                's' => "[\\s\\x1c-\\x1f]".to_owned(),
                'S' => "[^\\s\\x1c-\\x1f]".to_owned(),
                c => format!("\\{c}"),
            };
        }
        match c {
            'd' => "[0-9]",
            'D' => "[^0-9]",
            's' => "[ \\t\\n\\r\\x0b\\x0c]",
            'S' => "[^ \\t\\n\\r\\x0b\\x0c]",
            'w' => "[a-zA-Z0-9_]",
            _ => "[^a-zA-Z0-9_]",
        }
        .to_owned()
    }

    pub(super) fn octal(&mut self, first: u32, more: usize) -> char {
        let mut code = first;
        for _ in 0..more {
            let Some(digit) = self.peek().and_then(|c| c.to_digit(8)) else { break };
            code = code * 8 + digit;
            self.at += 1;
        }
        char::from_u32(code).unwrap_or('\0')
    }

    /// `\1`: a group, or three octal digits.
    fn reference(&mut self, first: char, start: usize) -> Result<()> {
        let octal = |c: Option<&char>| c.and_then(|c| c.to_digit(8));
        let (second, third) = (octal(self.chars.get(self.at)), octal(self.chars.get(self.at + 1)));
        if let (Some(code), Some(_), Some(_)) = (first.to_digit(8), second, third) {
            let c = self.octal(code, 2);
            self.literal(c);
            return Ok(());
        }
        let mut number = first.to_string();
        number.extend(self.peek().filter(char::is_ascii_digit).inspect(|_| self.at += 1));
        let group: usize = number.parse().unwrap_or(0);
        if group > self.groups {
            return Err(self.error(&format!("invalid group reference {group}"), start + 1));
        }
        self.item(&format!("(?:\\{group})"));
        Ok(())
    }

    /// The character that an escape stands for.
    pub(super) fn character(&mut self, c: char, start: usize) -> Result<char> {
        let width = match c {
            'a' => return Ok('\u{7}'),
            'f' => return Ok('\u{c}'),
            'n' => return Ok('\n'),
            'r' => return Ok('\r'),
            't' => return Ok('\t'),
            'v' => return Ok('\u{b}'),
            'x' => 2,
            'u' => 4,
            'U' => 8,
            c if c.is_ascii_alphabetic() => return Err(self.error(&format!("bad escape \\{c}"), start)),
            c => return Ok(c),
        };
        let digits: String = self.chars.iter().skip(self.at).take(width).collect();
        let hex: String = digits.chars().take_while(char::is_ascii_hexdigit).collect();
        self.at += hex.len();
        let code = u32::from_str_radix(&hex, 16).ok().and_then(char::from_u32);
        match code {
            Some(code) if hex.len() == width => Ok(code),
            _ if hex.len() == width => Err(self.error(&format!("bad escape \\{c}{hex}"), start)),
            _ => Err(self.error(&format!("incomplete escape \\{c}{hex}"), start)),
        }
    }

    // ---- groups -----------------------------------------------------------------------------------------------

    fn group(&mut self, start: usize) -> Result<()> {
        if !self.take('?') {
            self.groups += 1;
            return self.begin("(", start);
        }
        let Some(c) = self.next() else { return Err(self.error("unexpected end of pattern", self.at)) };
        match c {
            ':' | '=' | '!' | '>' => self.begin(&format!("(?{c}"), start),
            '<' => match self.next() {
                Some(c @ ('=' | '!')) => self.begin(&format!("(?<{c}"), start),
                Some(c) => Err(self.error(&format!("unknown extension ?<{c}"), start + 1)),
                None => Err(self.error("unexpected end of pattern", self.at)),
            },
            'P' if self.take('<') => self.named(start),
            'P' if self.take('=') => {
                let (name, at) = self.until(')', "group name")?;
                if !self.names.iter().any(|(known, _)| *known == name) {
                    return Err(self.error(&format!("unknown group name {}", quote::repr(&name)), at));
                }
                self.item(&format!("(?:\\k<{name}>)"));
                Ok(())
            }
            'P' => match self.next() {
                Some(c) => Err(self.error(&format!("unknown extension ?P{c}"), start + 1)),
                None => Err(self.error("unexpected end of pattern", self.at)),
            },
            '#' => {
                while let Some(c) = self.next() {
                    if c == ')' {
                        return Ok(());
                    }
                }
                Err(self.error("missing ), unterminated comment", start))
            }
            '(' => self.conditional(start),
            c if "aiLmsux-".contains(c) => self.inner_flags(c, start),
            c => Err(self.error(&format!("unknown extension ?{c}"), start + 1)),
        }
    }

    fn begin(&mut self, text: &str, start: usize) -> Result<()> {
        self.open.push((start, self.flags));
        self.place(text);
        Ok(())
    }

    fn until(&mut self, end: char, what: &str) -> Result<(String, usize)> {
        let start = self.at;
        let mut name = String::new();
        loop {
            match self.next() {
                Some(c) if c == end && name.is_empty() => {
                    return Err(self.error(&format!("missing {what}"), start));
                }
                Some(c) if c == end => return Ok((name, start)),
                Some(c) => name.push(c),
                None if name.is_empty() => return Err(self.error(&format!("missing {what}"), start)),
                None => return Err(self.error(&format!("missing {end}, unterminated name"), start)),
            }
        }
    }

    fn named(&mut self, start: usize) -> Result<()> {
        let (name, at) = self.until('>', "group name")?;
        if !is_name(&name) {
            return Err(self.error(&format!("bad character in group name {}", quote::repr(&name)), at));
        }
        self.groups += 1;
        let group = self.groups;
        if let Some((_, first)) = self.names.iter().find(|(known, _)| *known == name) {
            let shown = quote::repr(&name);
            let what = format!("redefinition of group name {shown} as group {group}; was group {first}");
            return Err(self.error(&what, at));
        }
        self.begin(&format!("(?P<{name}>"), start)?;
        self.names.push((name, group));
        Ok(())
    }

    /// `(?(1)yes|no)`, which the crate knows too.
    fn conditional(&mut self, start: usize) -> Result<()> {
        let (name, at) = self.until(')', "group name")?;
        let known = match name.parse::<usize>() {
            Ok(number) if number > self.groups => {
                return Err(self.error(&format!("invalid group reference {number}"), at));
            }
            Ok(_) => true,
            Err(_) => self.names.iter().any(|(known, _)| *known == name),
        };
        if !known {
            return Err(self.error(&format!("unknown group name {}", quote::repr(&name)), at));
        }
        let test = if name.parse::<usize>().is_ok() { name } else { format!("<{name}>") };
        self.begin(&format!("(?({test})"), start)
    }

    /// `(?i)` at the start, `(?i-s:` anywhere.
    fn inner_flags(&mut self, first: char, start: usize) -> Result<()> {
        let (mut on, mut letters, mut added, mut removed) = (true, String::new(), 0, 0);
        let mut c = Some(first);
        loop {
            match c {
                Some('-') => {
                    on = false;
                    letters.push('-');
                }
                Some(letter) if "aiLmsux".contains(letter) => {
                    *if on { &mut added } else { &mut removed } |= flag(letter);
                    if "ims".contains(letter) {
                        letters.push(letter);
                    }
                }
                Some(':') => {
                    let letters = letters.trim_end_matches('-');
                    self.begin(&format!("(?{letters}:"), start)?;
                    self.flags = (self.flags | added) & !removed;
                    return Ok(());
                }
                Some(')') if on => {
                    if start != 0 {
                        let what = "global flags not at the start of the expression";
                        return Err(self.error(what, start));
                    }
                    self.flags |= added;
                    return Ok(());
                }
                Some(c) if c.is_ascii_alphabetic() => return Err(self.error("unknown flag", self.at - 1)),
                Some(_) => return Err(self.error("missing -, : or )", self.at - 1)),
                None => return Err(self.error("missing -, : or )", self.at)),
            }
            c = self.next();
        }
    }
}

const ASCII_EDGE: &str = "(?:(?<![a-zA-Z0-9_])(?=[a-zA-Z0-9_])|(?<=[a-zA-Z0-9_])(?![a-zA-Z0-9_]))";
const ASCII_NO_EDGE: &str = "(?:(?<![a-zA-Z0-9_])(?![a-zA-Z0-9_])|(?<=[a-zA-Z0-9_])(?=[a-zA-Z0-9_]))";

fn flag(letter: char) -> i64 {
    match letter {
        'a' => ASCII,
        'i' => IGNORECASE,
        'm' => MULTILINE,
        's' => DOTALL,
        'x' => VERBOSE,
        _ => 0,
    }
}

/// Whether a text could name a group.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(unicode::starts_name) && chars.all(unicode::continues_name)
}

/// A character that stands for itself, in the crate's syntax.
pub(super) fn escaped(c: char) -> String {
    if c.is_ascii_alphanumeric() || !c.is_ascii() || c == '_' {
        return c.to_string();
    }
    if c.is_ascii_graphic() && !"<>/%!\"',:;=@`".contains(c) {
        return format!("\\{c}");
    }
    format!("\\x{:02x}", u32::from(c))
}
