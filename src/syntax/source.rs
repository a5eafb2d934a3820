//! Source texts: their names, their lines.

/// A text that was read: a script, a line of the prompt, a module of the prelude.
#[derive(Debug)]
pub struct Source {
    /// Its number in spans.
    pub number: u32,
    /// What it is called in tracebacks: a path, `<stdin>`, `In [3]`.
    pub name: String,
    /// The text.
    pub text: String,
    /// Where each line starts, in bytes.
    lines: Vec<usize>,
}

impl Source {
    /// A text with its number and name.
    #[must_use]
    pub fn new(number: u32, name: &str, text: &str) -> Self {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Source { number, name: name.to_owned(), text: text.to_owned(), lines }
    }

    /// The line (from 1) and column (from 1, in characters) of a byte.
    #[must_use]
    pub fn position(&self, byte: usize) -> (usize, usize) {
        let line = self.lines.partition_point(|&start| start <= byte).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        let before = self.text.get(start..byte.min(self.text.len())).unwrap_or_default();
        (line, before.chars().count() + 1)
    }

    /// The text of a line (from 1), without its end.
    #[must_use]
    pub fn line(&self, line: usize) -> &str {
        let Some(start) = line.checked_sub(1).and_then(|line| self.lines.get(line)) else { return "" };
        let end = self.lines.get(line).copied().unwrap_or(self.text.len());
        self.text.get(*start..end).unwrap_or_default().trim_end_matches(['\n', '\r'])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_lines_and_columns() {
        let source = Source::new(0, "x", "江苏 = 1\nb\n");
        assert_eq!(source.position(0), (1, 1));
        assert_eq!(source.position(7), (1, 4));
        assert_eq!(source.position(11), (2, 1));
        assert_eq!(source.line(2), "b");
        assert_eq!(source.line(9), "");
    }
}
