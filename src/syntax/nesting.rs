//! Refuses texts that nest deeper than a person writes: the parser recurses, and so does all that walks its tree.
//!
//! The text is looked at before any parser sees it, so what is counted is an upper bound of the tree's depth: brackets
//! that are open, operators of the expressions around, blocks.

use torchsh_base::error::{Error, Kind};

/// Brackets inside brackets, as in CPython.
const MAX_BRACKETS: usize = 200;
/// Blocks inside blocks, as in CPython.
const MAX_BLOCKS: usize = 100;
/// Operators, calls and attributes that follow each other in one expression, with those of the expressions around it.
/// A generator evaluates them on a stack of 1 MiB, which 500 overran in a build without optimisation.
const MAX_CHAIN: usize = 300;

/// Looks at a text.
///
/// # Errors
/// What is too deep, with the byte where it gets so.
pub(super) fn check(text: &str) -> Result<(), (Error, usize)> {
    let mut scan = Scan { text, chains: vec![0], lambdas: vec![0], blocks: Vec::new(), total: 0 };
    let mut at = 0;
    scan.line(at)?;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        at = scan.step(at, c)?;
    }
    Ok(())
}

struct Scan<'a> {
    text: &'a str,
    /// For each open bracket, and the line itself: operators since its last comma.
    chains: Vec<usize>,
    /// For each of these, the lambdas whose parameters are being read: their commas end no expression.
    lambdas: Vec<usize>,
    /// The widths of the blocks around.
    blocks: Vec<usize>,
    /// The sum of `chains`.
    total: usize,
}

impl Scan<'_> {
    /// Takes in what begins with `c`; gives where the next begins.
    fn step(&mut self, at: usize, c: char) -> Result<usize, (Error, usize)> {
        let next = at + c.len_utf8();
        match c {
            '(' | '[' | '{' => self.open(at)?,
            ')' | ']' | '}' => {
                self.close();
                // A call or a subscript hangs what stands before it one deeper.
                self.count(at, 1)?;
            }
            ',' if self.lambdas.last() == Some(&0) => self.reset(),
            ':' => self.lambda(|open| open.saturating_sub(1)),
            ';' if self.chains.len() == 1 => self.reset(),
            '\n' if self.chains.len() == 1 => {
                self.reset();
                self.lambda(|_| 0);
                self.line(next)?;
            }
            '\\' => return Ok(next + self.text.get(next..).map_or(0, line_end)),
            '#' => return Ok(at + self.rest(at).find('\n').unwrap_or(self.rest(at).len())),
            '"' | '\'' => return self.string(at, c),
            '+' | '-' | '*' | '/' | '%' | '@' | '&' | '|' | '^' | '~' | '.' => self.count(at, 1)?,
            c if c == '_' || c.is_alphabetic() => return self.word(at),
            _ => {}
        }
        Ok(next)
    }

    fn rest(&self, at: usize) -> &str {
        self.text.get(at..).unwrap_or_default()
    }

    fn word(&mut self, at: usize) -> Result<usize, (Error, usize)> {
        let rest = self.rest(at);
        let length = rest.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(rest.len());
        let (word, after) = rest.split_at(length);
        let is_format = word.len() <= 2 && word.contains(['f', 'F', 't', 'T']);
        let quote = after.chars().next().filter(|c| is_format && matches!(c, '"' | '\''));
        let nests = matches!(word, "not" | "lambda" | "else" | "await" | "yield");
        if word == "lambda" {
            self.lambda(|open| open + 1);
        }
        if nests {
            self.count(at, 1)?;
        }
        match quote {
            Some(mark) => {
                let end = self.string(at + length, mark)?;
                self.fields(at + length, end)?;
                Ok(end)
            }
            None => Ok(at + length),
        }
    }

    /// Passes a string. One that nothing ends may be none to the parser: its text is counted as if it were code.
    fn string(&mut self, at: usize, mark: char) -> Result<usize, (Error, usize)> {
        let rest = self.rest(at);
        let triple = rest.chars().take(3).filter(|c| *c == mark).count() == 3;
        let width = if triple { 3 } else { 1 };
        let mut chars = rest.char_indices().skip(width);
        while let Some((offset, c)) = chars.next() {
            if c == '\\' {
                chars.next();
            } else if c == mark
                && (!triple
                    || rest.get(offset..).is_some_and(|tail| tail.starts_with(rest.get(..3).unwrap_or("\0"))))
            {
                return Ok(at + offset + width);
            } else if c == '\n' && !triple {
                break;
            }
        }
        Ok(at + width)
    }

    /// Counts the code in an f-string: what stands in its braces.
    fn fields(&mut self, start: usize, end: usize) -> Result<(), (Error, usize)> {
        let (mut depth, mut operators) = (0usize, 0usize);
        for (offset, c) in self.text.get(start..end).unwrap_or_default().char_indices() {
            match c {
                '{' | '(' | '[' => depth += 1,
                '}' | ')' | ']' => depth = depth.saturating_sub(1),
                '+' | '-' | '*' | '/' | '%' | '@' | '&' | '|' | '^' | '~' | '.' | ' ' if depth > 0 => {
                    operators += 1;
                }
                _ => {}
            }
            if depth + self.chains.len() > MAX_BRACKETS {
                return Err((Error::new(Kind::Syntax, "too many nested parentheses"), start + offset));
            }
        }
        // It is closed again: what follows it is no deeper for it.
        self.check(start, operators)
    }

    fn open(&mut self, at: usize) -> Result<(), (Error, usize)> {
        self.chains.push(0);
        self.lambdas.push(0);
        if self.chains.len() > MAX_BRACKETS {
            return Err((Error::new(Kind::Syntax, "too many nested parentheses"), at));
        }
        Ok(())
    }

    fn close(&mut self) {
        if self.chains.len() > 1 {
            self.reset();
            self.chains.pop();
            self.lambdas.pop();
        }
    }

    fn reset(&mut self) {
        if let Some(last) = self.chains.last_mut() {
            self.total -= std::mem::take(last);
        }
    }

    fn lambda(&mut self, change: impl FnOnce(usize) -> usize) {
        if let Some(open) = self.lambdas.last_mut() {
            *open = change(*open);
        }
    }

    fn count(&mut self, at: usize, more: usize) -> Result<(), (Error, usize)> {
        if let Some(last) = self.chains.last_mut() {
            *last += more;
            self.total += more;
        }
        self.check(at, 0)
    }

    fn check(&self, at: usize, more: usize) -> Result<(), (Error, usize)> {
        if self.total + more <= MAX_CHAIN {
            return Ok(());
        }
        let error = Error::new(Kind::Recursion, "maximum recursion depth exceeded during compilation");
        Err((error.hint("cut the expression in two, or build it in a loop"), at))
    }

    /// A line begins that is not the rest of the one before.
    fn line(&mut self, at: usize) -> Result<(), (Error, usize)> {
        let rest = self.rest(at);
        let bare = rest.trim_start_matches([' ', '\t', '\x0c']);
        if bare.is_empty() || bare.starts_with(['\n', '\r', '#']) {
            return Ok(());
        }
        let width = rest.len() - bare.len();
        while self.blocks.last().is_some_and(|block| *block >= width) {
            self.blocks.pop();
        }
        if width > 0 {
            self.blocks.push(width);
        }
        if self.blocks.len() >= MAX_BLOCKS {
            return Err((Error::new(Kind::Indentation, "too many levels of indentation"), at));
        }
        Ok(())
    }
}

/// How long the end of a line is that a text begins with.
fn line_end(text: &str) -> usize {
    if text.starts_with("\r\n") { 2 } else { usize::from(text.starts_with('\n')) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_refused_and_length_is_not() {
        let blocks = |count: usize| -> String {
            (0..count).map(|i| format!("{}if 1:\n", " ".repeat(i))).collect::<String>()
                + &" ".repeat(count)
                + "0"
        };
        let deep = [
            "-".repeat(2000),
            "not ".repeat(2000),
            "a".to_owned() + &"+1".repeat(2000),
            "a".to_owned() + &".a".repeat(2000),
            "a".to_owned() + &"()".repeat(2000),
            "lambda x, y: ".repeat(2000),
            "1 if 1 else ".repeat(2000),
            "(".repeat(201),
            "f'{".to_owned() + &"(".repeat(201) + "}'",
            "f\"{'a\"'}\"".to_owned() + &"+1".repeat(2000),
            blocks(100),
        ];
        for text in deep {
            assert!(check(&text).is_err(), "{}", text.get(..20).unwrap_or_default());
        }
        let long = [
            format!("x = '{}'", "(".repeat(500)),
            format!("x = f'{}'", "-".repeat(5000)),
            format!("x = [{}]", "-1, ".repeat(5000)),
            "a.b(c + 1)\n".repeat(5000),
            format!("x = {{{}}}", "1: lambda x, y: x, ".repeat(2000)),
            format!("# {}", "(".repeat(500)),
            format!("\"\"\"{}\"\"\"", "-(\n".repeat(5000)),
            blocks(99),
        ];
        for text in long {
            assert!(check(&text).is_ok(), "{}", text.get(..20).unwrap_or_default());
        }
    }
}
