//! PyTorch's docstrings: reStructuredText read as the lines of a page, formulas in Unicode.

use super::manual::{Kind, Line, Manual, Style, Words};
use super::math;

/// Directives whose block is text like any other: their name stays as its head.
const NOTES: &[&str] = &["note", "warning", "tip", "seealso", "important", "deprecated", "versionadded"];
/// Directives whose block says nothing in plain text.
const UNSEEN: &[&str] =
    &["image", "figure", "include", "plot", "autosummary", "currentmodule", "function", "_"];
/// Directives whose block is a program.
const CODE: &[&str] = &["code", "code-block", "sourcecode", "testcode", "doctest"];

/// Stands before a name or a piece of a program; no docstring has it.
const NAME: char = '\u{E001}';
/// Stands before a formula.
const FORMULA: char = '\u{E002}';
/// Stands before a link's address, which `TO` ends.
const LINK: char = '\u{E003}';
const TO: char = '\u{E004}';
/// Stands behind all three.
const END: char = '\u{E000}';

/// The docstring as a page.
#[must_use]
pub fn read(docstring: &str) -> Manual {
    let text = dedented(&docstring.replace(|c| (END..=TO).contains(&c), ""));
    let lines: Vec<&str> = text.lines().collect();
    let mut reader = Reader { targets: targets(&lines), prose: Vec::new(), page: Vec::new() };
    let mut at = 0;
    while let Some((line, rest)) = lines.get(at..).and_then(<[&str]>::split_first) {
        at += 1 + reader.take(line, rest);
    }
    reader.flush();
    Manual { lines: without_gaps(reader.page) }
}

struct Reader<'a> {
    /// Addresses of links by what stands in them.
    targets: Vec<(String, &'a str)>,
    /// Lines whose marks are still to be read: they may reach over lines.
    prose: Vec<(String, Kind)>,
    page: Vec<Line>,
}

impl<'a> Reader<'a> {
    /// Reads a line; how many of those behind it were read with it.
    fn take(&mut self, line: &'a str, rest: &[&'a str]) -> usize {
        let bare = line.trim_start();
        let indent = line.len() - bare.len();
        let block = rest.get(..block_length(rest, indent)).unwrap_or_default();
        if let Some((name, says)) = directive(bare) {
            return self.directive(&name, says, indent, block);
        }
        if is_border(bare) {
            let length = table_length(rest);
            let rows = std::iter::once(&line).chain(rest.iter().take(length));
            self.prose.extend(rows.map(|row| (spread(row, line), Kind::Row)));
            return length;
        }
        if bare.starts_with(">>>") {
            let length = rest.iter().take_while(|line| !line.trim().is_empty()).count();
            self.code(line);
            return self.all_code(rest.get(..length).unwrap_or_default());
        }
        match line.trim_end().strip_suffix("::") {
            Some(head) => {
                self.prose.push((format!("{head}:"), Kind::Text));
                self.all_code(block)
            }
            None => {
                self.prose.push((line.to_owned(), Kind::Text));
                0
            }
        }
    }

    fn directive(&mut self, name: &str, says: &str, indent: usize, block: &[&str]) -> usize {
        let margin = " ".repeat(indent);
        match name {
            "math" => {
                self.flush();
                let formula =
                    std::iter::once(says).chain(block.iter().copied()).collect::<Vec<_>>().join("\n");
                let formula = math::unicode(&formula);
                let lines = formula.lines().map(|line| format!("{margin}    {line}"));
                self.page.extend(lines.map(|line| Line::plain(&line, Kind::Formula)));
                self.page.push(Line::plain("", Kind::Text));
                block.len()
            }
            _ if CODE.contains(&name) => self.all_code(block),
            _ if UNSEEN.iter().any(|unseen| name.starts_with(unseen)) => block.len(),
            _ if NOTES.contains(&name) => {
                let head: String = name.chars().take(1).map(|c| c.to_ascii_uppercase()).collect();
                let rest: String = name.chars().skip(1).collect();
                self.prose.push((format!("{margin}{head}{rest}: {says}"), Kind::Note));
                0
            }
            _ => 0,
        }
    }

    fn code(&mut self, line: &str) {
        self.flush();
        self.page.push(Line::plain(line, Kind::Code));
    }

    fn all_code(&mut self, lines: &[&str]) -> usize {
        lines.iter().for_each(|line| self.code(line));
        lines.len()
    }

    /// Reads the marks of what was gathered.
    fn flush(&mut self) {
        let prose = std::mem::take(&mut self.prose);
        let text: Vec<&str> = prose.iter().map(|(line, _)| line.as_str()).collect();
        let text = self.marked(&text.join("\n"));
        self.page.extend(text.split('\n').zip(prose).map(|(line, (_, kind))| styled(line, kind)));
    }

    /// Text between backquotes, with a mark before and behind, and without what stands before: `:class:`, `:math:`.
    fn marked(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('`') {
            out.push_str(rest.get(..at).unwrap_or_default());
            rest = rest.get(at..).unwrap_or_default();
            let marks = if rest.starts_with("``") { "``" } else { "`" };
            let inside = rest.get(marks.len()..).unwrap_or_default();
            let Some(end) = inside.find(marks) else { break };
            let content = inside.get(..end).unwrap_or_default();
            rest = inside.get(end + marks.len()..).unwrap_or_default();
            match (marks, take_role(&mut out)) {
                ("``", _) => mark(&mut out, &NAME.to_string(), content),
                (_, Some(role)) if role == "math" => {
                    out.extend([
                        FORMULA.to_string(),
                        math::unicode(content).replace('\n', " "),
                        END.to_string(),
                    ]);
                    // As many lines as before.
                    out.extend(content.split('\n').skip(1).map(|line| format!("\n{}", margin(line))));
                }
                (_, Some(_)) => mark(&mut out, &NAME.to_string(), shown(content)),
                _ => {
                    let is_link = rest.starts_with('_');
                    rest = rest.trim_start_matches('_');
                    let address = if is_link { self.address(content) } else { None };
                    let open = address.map_or_else(|| NAME.to_string(), |to| format!("{LINK}{to}{TO}"));
                    let open = if is_link && address.is_none() { String::new() } else { open };
                    mark(&mut out, &open, shown(content));
                }
            }
        }
        out.push_str(rest);
        out
    }

    /// Where a link leads, if that is an address of the web.
    fn address<'b>(&self, content: &'b str) -> Option<&'b str>
    where
        'a: 'b,
    {
        let written = content.rsplit_once('<').and_then(|(_, address)| address.strip_suffix('>'));
        let name = content.split_whitespace().collect::<Vec<_>>().join(" ");
        let known = || self.targets.iter().find(|(target, _)| *target == name).map(|(_, address)| *address);
        let address = written.or_else(known)?;
        let is_web = address.starts_with("https://") || address.starts_with("http://");
        (is_web && !address.contains(char::is_whitespace)).then_some(address)
    }
}

/// Puts marks around each line of words.
fn mark(out: &mut String, open: &str, words: &str) {
    let close = if open.is_empty() { String::new() } else { END.to_string() };
    for (number, line) in words.split('\n').enumerate() {
        let before = if number == 0 { String::new() } else { format!("\n{}", margin(line)) };
        let line = if number == 0 { line } else { line.trim_start() };
        out.extend([before.as_str(), open, line, close.as_str()]);
    }
}

/// The spaces before a line.
fn margin(line: &str) -> &str {
    line.get(..line.len() - line.trim_start().len()).unwrap_or_default()
}

/// A line whose marks were read, as words in their styles.
fn styled(line: &str, kind: Kind) -> Line {
    let text = line.trim_start();
    let mut words = Vec::new();
    let mut rest = text.trim_end();
    while let Some(at) = rest.find([NAME, FORMULA, LINK]) {
        let (before, after) = rest.split_at_checked(at).unwrap_or((rest, ""));
        prose(before, &mut words);
        let (inside, behind) = after.split_once(END).unwrap_or((after, ""));
        rest = behind;
        let mut letters = inside.chars();
        let (style, text) = match (letters.next(), inside.split_once(TO)) {
            (Some(LINK), Some((to, text))) => (Style::Link(to.trim_start_matches(LINK).to_owned()), text),
            (Some(FORMULA), _) => (Style::Formula, letters.as_str()),
            _ => (Style::Code, letters.as_str()),
        };
        words.push(Words { text: text.to_owned(), style });
    }
    prose(rest, &mut words);
    Line { indent: line.len() - text.len(), kind, words }
}

/// Words without marks, some of which stand out: `**h_0**`.
fn prose(text: &str, words: &mut Vec<Words>) {
    let mut push = |text: &str, style| {
        let text = text.replace("\\*", "*").replace("\\_", "_");
        if !text.is_empty() {
            words.push(Words { text, style });
        }
    };
    let mut rest = text;
    while let Some((before, inside, after)) = strong(rest) {
        push(before, Style::Plain);
        push(inside, Style::Strong);
        rest = after;
    }
    push(rest, Style::Plain);
}

/// What stands before, in and behind the first two pairs of stars around words.
fn strong(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("**")?;
    let (inside, after) = rest.split_once("**")?;
    let is_close = |c: Option<char>| c.is_some_and(|c| !c.is_whitespace() && c != '*');
    let is_apart = !before.ends_with(|c: char| c.is_alphanumeric() || c == '\\');
    (is_apart && is_close(inside.chars().next()) && is_close(inside.chars().last()))
        .then_some((before, inside, after))
}

/// `.. name:: rest`; a target of links counts as one named `_`. Where one colon was forgotten, too.
fn directive(line: &str) -> Option<(String, &str)> {
    let after = line.strip_prefix(".. ")?;
    if after.starts_with('_') {
        return Some(("_".to_owned(), ""));
    }
    let (name, rest) = match after.split_once("::") {
        Some((name, rest)) => (name.trim().to_lowercase(), rest),
        None => {
            let (name, rest) = after.split_once(':')?;
            let name = name.trim().to_lowercase();
            (Some(name).filter(|name| name == "math" || NOTES.contains(&name.as_str()))?, rest)
        }
    };
    Some((name, rest.trim()))
}

/// `.. _name: address`, the address on the line below, too.
fn targets<'a>(lines: &[&'a str]) -> Vec<(String, &'a str)> {
    let target = |(at, line): (usize, &&'a str)| {
        let after = line.trim_start().strip_prefix(".. _")?.replace("\\:", "\u{E005}");
        let (name, _) = after.split_once(':')?;
        let (name, whole) = (name.replace('\u{E005}', ":"), line.trim_end());
        let address =
            whole.split_once(": ").filter(|_| !whole.ends_with(':')).and_then(|_| whole.rsplit(' ').next());
        let below = || lines.get(at + 1).map(|below| below.trim());
        Some((name.trim_matches('`').to_owned(), address.or_else(below)?))
    };
    lines.iter().enumerate().filter_map(target).collect()
}

/// Whether a line stands above or below the rows of a table: `==== ====`.
fn is_border(line: &str) -> bool {
    let line = line.trim();
    line.starts_with("==") && line.contains(' ') && line.chars().all(|c| c == '=' || c == ' ')
}

/// A row with two spaces at least between cells, whose columns a border tells.
fn spread(row: &str, border: &str) -> String {
    let mut row = row.to_owned();
    for (at, _) in border.match_indices(" =").collect::<Vec<_>>().into_iter().rev() {
        if row.get(..=at).is_some_and(|before| before.ends_with(' ') && !before.trim().is_empty()) {
            row.insert(at, ' ');
        }
    }
    row
}

/// The lines of a table behind its first, to its last border.
fn table_length(lines: &[&str]) -> usize {
    let block = lines.iter().take_while(|line| !line.trim().is_empty()).count();
    (0..block).rev().find(|at| lines.get(*at).is_some_and(|line| is_border(line))).map_or(0, |last| last + 1)
}

/// The lines that are indented deeper, with the empty ones among them.
fn block_length(lines: &[&str], indent: usize) -> usize {
    let deeper = |line: &&&str| line.trim().is_empty() || line.len() - line.trim_start().len() > indent;
    let length = lines.iter().take_while(deeper).count();
    let tail = lines.iter().take(length).rev().take_while(|line| line.trim().is_empty()).count();
    length - tail
}

/// Without empty lines that follow one another, and without heads whose text was left out.
fn without_gaps(lines: Vec<Line>) -> Vec<Line> {
    let is_bare = |at: usize, head: &Line| {
        let next = lines.iter().skip(at + 1).find(|line| !line.is_empty());
        head.kind == Kind::Note
            && head.said().ends_with(':')
            && next.is_none_or(|next| next.indent <= head.indent)
    };
    let mut out: Vec<Line> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let is_gap = line.is_empty() && out.last().is_none_or(Line::is_empty);
        if !is_gap && !is_bare(at, line) {
            out.push(line.clone());
        }
    }
    while out.last().is_some_and(Line::is_empty) {
        out.pop();
    }
    out
}

/// Without the indentation that all lines but the first have.
fn dedented(text: &str) -> String {
    let text = text.replace('\t', "        ");
    let rest = || text.lines().skip(1).filter(|line| !line.trim().is_empty());
    let margin = rest().map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default().trim_start().to_owned();
    let others = lines.map(|line| line.get(margin..).unwrap_or_default().to_owned());
    std::iter::once(first).chain(others).collect::<Vec<_>>().join("\n")
}

/// Takes `:role:` from the end of what was written.
fn take_role(out: &mut String) -> Option<String> {
    let before = out.strip_suffix(':')?;
    let start = before.rfind(|c: char| !(c.is_ascii_alphanumeric() || c == ':' || c == '_' || c == '-'));
    let start = start
        .map_or(0, |at| at + before.get(at..).and_then(|tail| tail.chars().next()).map_or(1, char::len_utf8));
    let role = before.get(start..)?.strip_prefix(':')?.to_owned();
    out.truncate(start);
    Some(role)
}

/// What a link shows: `text <target>` its text, `~torch.nn.Linear` the last of its names.
fn shown(content: &str) -> &str {
    let target = content.strip_suffix('>').and_then(|content| content.split_once('<'));
    let content = target.map_or(content, |(text, _)| text.trim_end());
    let content = if content.is_empty() { target.map_or(content, |(_, target)| target) } else { content };
    match content.strip_prefix('~') {
        Some(path) => path.rsplit('.').next().unwrap_or(path),
        None => content.trim_start_matches('!'),
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::value::report::manual::{Kind, Style};

    #[test]
    fn marks_go_and_text_stays() {
        let text = r"Applies :math:`y = xA^T + b` to :class:`~torch.nn.Linear`.

    .. math::
        \text{out} = \frac{1}{N}

    .. note::
        See `this paper <https://a.example>`_, ``x``.

    Args:
        \*args: rest

    Examples::

        >>> m = nn.Linear(20, 30)

    .. _this paper:
        https://a.example
    ";
        let expected = "Applies y = xAᵀ + b to Linear.\n\n    out = 1/N\n\nNote:\n    See this paper, x.\n\nArgs:\n    *args: rest\n\nExamples:\n\n    >>> m = nn.Linear(20, 30)";
        assert_eq!(read(text).plain(), expected);
        for odd in ["`", "``", ":math:`", "a:`b`", "é:x:`y`", ".. math::", ".. ::"] {
            let _ = read(odd);
        }
        assert_eq!(read("`x < y`, `a <b>`_, `<c>`_").plain(), "x < y, a, c");
    }

    #[test]
    fn what_words_and_lines_are_is_kept() {
        let text = r"* **h_0**: of `size
  (2, 3)`, :math:`D * \text{n}`, `paper`_ and `page <b>`_; \*\*kwargs

  ========= ====
  Linear    :math:`1`
  ========= ====

.. Warning:: x
    y

.. note::
    .. image:: x

so

.. code-block:: python

    x = `1`

>>> x
tensor(1)

.. _paper: https://a.example
";
        let page = read(text);
        let said: Vec<_> = page.lines.iter().map(|line| (line.kind, line.text())).collect();
        let text = |line: &str| (Kind::Text, line.to_owned());
        assert_eq!(
            said[..3],
            [text("* h_0: of size"), text("  (2, 3), D * n, paper and page; **kwargs"), text("")]
        );
        assert!(
            said[3..6].iter().all(|(kind, _)| *kind == Kind::Row) && said[4].1 == "  Linear     1",
            "{said:?}"
        );
        let text = |line| (Kind::Text, line);
        let rest = [(Kind::Note, "Warning: x"), text("    y"), text(""), text("so"), text("")];
        let code =
            [(Kind::Code, "    x = `1`"), (Kind::Text, ""), (Kind::Code, ">>> x"), (Kind::Code, "tensor(1)")];
        let expected: Vec<_> =
            rest.iter().chain(&code).map(|(kind, line)| (*kind, (*line).to_owned())).collect();
        assert_eq!(said[7..], expected);
        let styles: Vec<_> =
            page.lines[..2].iter().flat_map(|line| &line.words).map(|words| &words.style).collect();
        let to = Style::Link("https://a.example".to_owned());
        let (plain, name) = (&Style::Plain, &Style::Code);
        assert_eq!(
            styles,
            [plain, &Style::Strong, plain, name, name, plain, &Style::Formula, plain, &to, plain]
        );
    }
}
