//! A page of help: lines, each with what it is, as the terminal's text and a notebook's page are made of.

/// A page of help.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manual {
    /// Its lines, from top to bottom.
    pub lines: Vec<Line>,
}

/// A line of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Spaces before it.
    pub indent: usize,
    /// What it is.
    pub kind: Kind,
    /// What stands in it; nothing in an empty line.
    pub words: Vec<Words>,
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Prose; how deep it stands says what it belongs to.
    Text,
    /// The head of a note or a warning, whose text stands deeper below.
    Note,
    /// A formula that stands alone.
    Formula,
    /// A row of a table, its cells two spaces apart; or the line above and below, of `=`.
    Row,
    /// What stays as it is, letter by letter.
    Code,
}

/// Words in one style.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// As the terminal shows them.
    pub text: String,
    /// What they are.
    pub style: Style,
}

/// What words are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Style {
    /// Prose.
    Plain,
    /// A name, or a piece of a program.
    Code,
    /// A formula within a line.
    Formula,
    /// What stands out.
    Strong,
    /// A link to this address.
    Link(String),
}

impl Manual {
    /// Text that stays as it is.
    #[must_use]
    pub fn code(text: &str) -> Self {
        Manual { lines: text.lines().map(|line| Line::plain(line, Kind::Code)).collect() }
    }

    /// The shell's own text: prose, and what is indented is code.
    #[must_use]
    pub fn own(text: &str) -> Self {
        let kind = |line: &str| if line.starts_with(' ') { Kind::Code } else { Kind::Text };
        Manual { lines: text.lines().map(|line| Line::plain(line, kind(line))).collect() }
    }

    /// This page and another below it, an empty line between.
    #[must_use]
    pub fn then(mut self, below: Manual) -> Self {
        if !self.lines.is_empty() && !below.lines.is_empty() {
            self.lines.push(Line::plain("", Kind::Text));
        }
        self.lines.extend(below.lines);
        self
    }

    /// The page as text.
    #[must_use]
    pub fn plain(&self) -> String {
        let lines: Vec<String> = self.lines.iter().map(Line::text).collect();
        lines.join("\n").trim_end().to_owned()
    }
}

impl Line {
    /// A line in one style.
    #[must_use]
    pub fn plain(line: &str, kind: Kind) -> Self {
        let text = line.trim_start();
        let style = if kind == Kind::Formula { Style::Formula } else { Style::Plain };
        let words = Words { text: text.trim_end().to_owned(), style };
        let indent = line.len() - text.len();
        Line { indent, kind, words: if text.is_empty() { Vec::new() } else { vec![words] } }
    }

    /// Whether nothing stands in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Its words without their styles.
    #[must_use]
    pub fn said(&self) -> String {
        self.words.iter().map(|words| words.text.as_str()).collect()
    }

    /// As the terminal shows it.
    #[must_use]
    pub fn text(&self) -> String {
        if self.is_empty() { String::new() } else { format!("{}{}", " ".repeat(self.indent), self.said()) }
    }
}
