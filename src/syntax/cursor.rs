//! Where in unfinished text the cursor stands: in a string, behind which brackets. No parser can say, as the text is
//! not a program yet.

use std::iter::Peekable;
use std::str::CharIndices;

use super::parse::is_wrong_already;

/// The state of a text at its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The brackets that are open: each with its place.
    pub open: Vec<(char, usize)>,
    /// The string that the end is in.
    pub string: Option<Opened>,
    /// Whether the end is in a comment.
    pub in_comment: bool,
}

/// A string that has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The place of its first quote.
    pub quote: usize,
    /// The place of its first character.
    pub start: usize,
    /// Its quote character.
    pub mark: char,
    /// Whether it goes on over lines.
    pub triple: bool,
}

impl Cursor {
    /// Reads a text up to its end.
    #[must_use]
    pub fn at_end(text: &str) -> Self {
        Reader::read(text).cursor
    }
}

/// Goes through a text.
struct Reader<'a> {
    text: &'a str,
    chars: Peekable<CharIndices<'a>>,
    cursor: Cursor,
    /// Where the lines start that are not the rest of the one before.
    starts: Vec<usize>,
}

impl<'a> Reader<'a> {
    fn read(text: &'a str) -> Self {
        let chars = text.char_indices().peekable();
        let mut reader = Reader { text, chars, cursor: Cursor::default(), starts: vec![0] };
        while let Some((at, c)) = reader.chars.next() {
            match reader.cursor.string {
                Some(opened) => reader.in_string(at, c, &opened),
                None => reader.in_code(at, c),
            }
        }
        reader
    }

    fn in_string(&mut self, at: usize, c: char, opened: &Opened) {
        if c == '\\' {
            self.chars.next();
        } else if c == '\n' && !opened.triple {
            self.cursor.string = None;
            self.end_line(at);
        } else if c == opened.mark && (!opened.triple || self.is_tripled(at, c)) {
            self.skip(if opened.triple { 2 } else { 0 });
            self.cursor.string = None;
        }
    }

    fn in_code(&mut self, at: usize, c: char) {
        match c {
            '\n' => self.end_line(at),
            _ if self.cursor.in_comment => {}
            // A backslash takes the end of the line with it.
            '\\' => drop(self.chars.next_if(|(_, next)| *next == '\n')),
            '#' => self.cursor.in_comment = true,
            '(' | '[' | '{' => self.cursor.open.push((c, at)),
            ')' | ']' | '}' => drop(self.cursor.open.pop()),
            '"' | '\'' => {
                let triple = self.is_tripled(at, c);
                self.skip(if triple { 2 } else { 0 });
                let start = at + if triple { 3 } else { 1 };
                self.cursor.string = Some(Opened { quote: at, start, mark: c, triple });
            }
            _ => {}
        }
    }

    fn end_line(&mut self, at: usize) {
        self.cursor.in_comment = false;
        if self.cursor.open.is_empty() {
            self.starts.push(at + 1);
        }
    }

    /// Whether three of a quote stand here.
    fn is_tripled(&self, at: usize, mark: char) -> bool {
        self.text.get(at..).is_some_and(|rest| rest.chars().take(3).filter(|&c| c == mark).count() == 3)
    }

    fn skip(&mut self, count: usize) {
        for _ in 0..count {
            self.chars.next();
        }
    }
}

/// Where the lines start that are not the rest of the one before.
#[must_use]
pub fn logical_lines(text: &str) -> Vec<usize> {
    Reader::read(text).starts
}

/// Whether what was typed can be run; a block goes on until an empty line.
#[must_use]
pub fn is_complete(text: &str) -> bool {
    let text = &*unpasted(text);
    let cursor = Cursor::at_end(text);
    if let Some(string) = cursor.string {
        // A string that its line does not end is a slip, which the parser explains.
        return !string.triple;
    }
    if !cursor.open.is_empty() {
        return is_wrong_already(text, &cursor.open);
    }
    // What is in brackets or behind a backslash belongs to the line that it began on.
    let start = logical_lines(text).last().copied().unwrap_or(0);
    let last = text.get(start..).unwrap_or_default();
    if last.trim().is_empty() {
        // An empty line ends a block, but none that has only begun.
        return !has_open_try(text) && !code_lines(text).last().is_some_and(|line| begins_block(line));
    }
    let in_block = start > 0 && last.starts_with([' ', '\t']);
    !(wants_more(last) || in_block || has_open_try(text))
}

/// Whether a line is the head of a block or a decorator, or goes on behind a backslash.
fn wants_more(line: &str) -> bool {
    let code = without_comment(line.trim_end());
    code.ends_with([':', '\\']) || code.trim_start().starts_with('@')
}

/// Words that begin the head of a block.
const HEADS: &[&str] = &[
    "if", "elif", "else", "for", "while", "with", "try", "except", "finally", "def", "class", "async",
    "match", "case",
];

/// Whether a line is the head of a block, or a decorator: nothing but more lines makes a program of it.
fn begins_block(line: &str) -> bool {
    let is_head = without_comment(line.trim_end()).ends_with(':') && HEADS.contains(&first_word(line));
    is_head || line.trim_start().starts_with('@')
}

/// Whether a `try` has no `except` or `finally` yet, and nothing stands where these would have to.
fn has_open_try(text: &str) -> bool {
    let mut open: Vec<usize> = Vec::new();
    for line in code_lines(text) {
        let depth = blanks(line).len();
        while open.last().is_some_and(|own| *own >= depth) {
            open.pop();
        }
        if first_word(line) == "try" {
            open.push(depth);
        }
    }
    !open.is_empty()
}

/// The logical lines that are not empty.
fn code_lines(text: &str) -> Vec<&str> {
    let starts = logical_lines(text);
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let lines = starts.iter().zip(ends).filter_map(|(&start, end)| text.get(start..end));
    lines.filter(|line| !without_comment(line.trim_end()).is_empty()).collect()
}

fn first_word(line: &str) -> &str {
    line.trim_start().split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default()
}

/// The blanks that the line after this text begins with.
#[must_use]
pub fn indentation(before: &str) -> String {
    let cursor = Cursor::at_end(before);
    if cursor.string.is_some_and(|string| string.triple) {
        return String::new();
    }
    if let Some((_, at)) = cursor.open.last() {
        let head = before.get(..*at).unwrap_or_default();
        return format!("{}    ", blanks(head.rsplit('\n').next().unwrap_or_default()));
    }
    let last = before.rsplit('\n').next().unwrap_or_default();
    let code = without_comment(last);
    let own = blanks(last);
    let leaves = ["return", "pass", "break", "continue", "raise"];
    if code.ends_with(':') {
        format!("{own}    ")
    } else if leaves.contains(&first_word(code)) {
        own.get(4..).unwrap_or_default().to_owned()
    } else {
        own.to_owned()
    }
}

/// Pasted text without the prompts of a Python or IPython session, and without the indentation that it had where it was
/// copied from; other text as it is.
#[must_use]
pub fn unpasted(text: &str) -> String {
    let marks = |line: &str| prompt_end(line).is_some();
    let first = text.trim_start().lines().next().unwrap_or_default();
    if !marks(first) || is_continued(first) {
        return dedented(text).unwrap_or_else(|| text.to_owned());
    }
    let lines = text.lines().filter_map(|line| {
        let line = line.trim_start();
        // What stands without a prompt was printed by the session that it was copied from.
        prompt_end(line).map(|end| line.get(end..).unwrap_or_default())
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The lines without the indentation of the first, if all have it.
fn dedented(text: &str) -> Option<String> {
    let is_blank = |line: &&str| line.trim().is_empty();
    let indent = text.lines().find(|line| !is_blank(line)).map(blanks).filter(|indent| !indent.is_empty())?;
    let without = |line: &str| match line.strip_prefix(indent) {
        None if line.trim().is_empty() => Some(String::new()),
        rest => rest.map(str::to_owned),
    };
    let lines: Option<Vec<String>> = text.split('\n').map(without).collect();
    lines.map(|lines| lines.join("\n"))
}

/// Where the prompt of a line ends: `>>> `, `... `, `In [3]: `, `   ...: `.
fn prompt_end(line: &str) -> Option<usize> {
    for prompt in [">>> ", "... ", "...: "] {
        if line.starts_with(prompt) {
            return Some(prompt.len());
        }
    }
    if [">>>", "...", "...:"].contains(&line.trim_end()) {
        return Some(line.len());
    }
    let rest = line.strip_prefix("In [")?;
    let digits = rest.find(|c: char| !c.is_ascii_digit() && c != ' ')?;
    rest.get(digits..)?.starts_with("]: ").then_some("In [".len() + digits + "]: ".len())
}

fn is_continued(line: &str) -> bool {
    line.starts_with("...")
}

fn blanks(line: &str) -> &str {
    let end = line.len() - line.trim_start_matches([' ', '\t']).len();
    line.get(..end).unwrap_or_default()
}

/// A line without the comment at its end, and without blanks there.
pub(super) fn without_comment(line: &str) -> &str {
    let end = line.match_indices('#').find(|(at, _)| {
        let before = Cursor::at_end(line.get(..*at).unwrap_or_default());
        before.string.is_none()
    });
    line.get(..end.map_or(line.len(), |(at, _)| at)).unwrap_or(line).trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_and_brackets_go_on() {
        for text in [
            "f(",
            "def f():",
            "def f():\n    return 1",
            "x = '''a\n",
            "@d",
            "a = \\",
            "if x:  # why",
            "d = {'a': 1,\n",
            "try: f()",
            "try:\n    f()\n",
            "def f():\n    try:\n        g()\n",
            "try:\n    f()\n# why\n",
            "def f():\n",
            "def f():\n    \n\n",
            "class A:\n    def f(self):\n\n    # why\n",
            "@d\n\n",
            "f(a,\n",
            "f('a'\n'b'",
            "f(x\n    for x in y",
            "[a\nif b else",
            "f(a not",
            "save (cast p",
            "save (rename p 'a'\n",
        ] {
            assert!(!is_complete(text), "{text:?}");
        }
        for text in [
            "f()",
            "x = 'a:",
            "def f():\n    return 1\n",
            "# if:",
            "print('(')",
            "d = {\n'a': 1}",
            "for i in x: f(i)",
            "try: f()\nexcept E: pass",
            "try:\n    f()\nfinally:\n    g()\n",
            "try = 1\nx",
            "f = lambda x:\n",
            // A bracket that was forgotten: the next line says so at once.
            "ckpt = load('x.pt'\n    ckpt",
            "load('x.pt'\nitems ckpt",
            "f([1, 2\nx = 1",
            "if x:\n    f(a b",
        ] {
            assert!(is_complete(text), "{text:?}");
        }
    }

    #[test]
    fn lines_are_indented_as_the_one_before_asks() {
        let shown =
            ["if x:", "    for k in m:", "        return k", "f(", "x = 1", "s = '''"].map(indentation);
        assert_eq!(shown, ["    ", "        ", "    ", "    ", "", ""]);
    }

    #[test]
    fn pasted_prompts_go() {
        assert_eq!(
            unpasted(">>> x = 1\n>>> def f():\n...     return 2\n...\n>>> x\n1\n"),
            "x = 1\ndef f():\n    return 2\n\nx"
        );
        assert_eq!(unpasted("In [1]: m = 1\n   ...: n = 2\nOut[1]: 3"), "m = 1\nn = 2");
        assert_eq!(unpasted("x = 1\ny"), "x = 1\ny");
        assert_eq!(unpasted("..."), "...");
    }

    #[test]
    fn the_cursor_knows_its_string() {
        let cursor = Cursor::at_end("m[\"layer1.");
        assert_eq!(cursor.open, [('[', 1)]);
        assert_eq!(cursor.string.map(|string| string.start), Some(3));
        assert_eq!(Cursor::at_end("f('a\\'b', \"\"\"x\"y").string.map(|string| string.triple), Some(true));
        assert_eq!(Cursor::at_end("'a' # 'b").string, None);
    }
}
