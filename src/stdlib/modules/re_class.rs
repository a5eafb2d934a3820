//! Classes of characters in patterns: `[a-z_]`.

use super::re_syntax::{Reader, escaped};
use torchsh_base::error::{Error, Result};

impl Reader {
    /// Reads a class of which the opening bracket, at `start`, is gone.
    pub(super) fn class(&mut self, start: usize) -> Result<()> {
        let open = self.error("unterminated character set", start);
        let mut text = String::from(if self.take('^') { "[^" } else { "[" });
        let first = self.at;
        loop {
            let at = self.at;
            let c = self.next().ok_or_else(|| open.clone())?;
            if c == ']' && at > first {
                break;
            }
            let low = self.member(c, at, &open)?;
            if self.peek() != Some('-') || self.chars.get(self.at + 1) == Some(&']') {
                text.push_str(&low.shown());
                continue;
            }
            self.at += 1;
            let high_at = self.at;
            let high = self.next().ok_or_else(|| open.clone())?;
            let high = self.member(high, high_at, &open)?;
            match (&low, &high) {
                (Member::One(low), Member::One(high)) if low <= high => {
                    text.push_str(&format!("{}-{}", escaped(*low), escaped(*high)));
                }
                _ => {
                    let range: String = self.chars.get(at..self.at).unwrap_or_default().iter().collect();
                    return Err(self.error(&format!("bad character range {range}"), at));
                }
            }
        }
        text.push(']');
        self.item(&text);
        Ok(())
    }

    fn member(&mut self, c: char, start: usize, open: &Error) -> Result<Member> {
        if c != '\\' {
            return Ok(Member::One(c));
        }
        let c = self.next().ok_or_else(|| open.clone())?;
        Ok(match c {
            'd' | 'D' | 's' | 'S' | 'w' | 'W' => Member::Class(self.category(c)),
            'b' => Member::One('\u{8}'),
            '0'..='7' => Member::One(self.octal(c.to_digit(8).unwrap_or(0), 2)),
            c => Member::One(self.character(c, start)?),
        })
    }
}

/// What a class lists.
enum Member {
    One(char),
    Class(String),
}

impl Member {
    fn shown(&self) -> String {
        match self {
            Member::One(c) => escaped(*c),
            Member::Class(text) => text.clone(),
        }
    }
}
