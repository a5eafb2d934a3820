//! Where in a text verb lines stand: as statements, within brackets, and in chains `p | strip "module." | save "x.pt"`.
//!
//! A line is read from its innermost brackets outwards. What was read is overwritten with a placeholder of the same
//! length, so that the parser sees an ordinary program, and every expression keeps its place.

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, ParseOptions, parse_expression_range, parse_unchecked};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::{Form, Left, Verb, VerbLine, Verbs, begins_word, explain, line, may_be_python, verb, verb_at};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_base::{Str, nearest};

type Fault = (Error, TextRange);

/// Words after which a statement's value, and so a verb, may stand.
const OPENERS: &[&str] = &["return", "yield"];

/// Programs that people put behind a bar in their shell, and what does the like here.
const OF_SHELLS: &[(&str, &str)] = &[
    ("grep", "find m \"*fc*\""),
    ("head", "items m \"layer1.*\""),
    ("tail", "items m \"layer1.*\""),
    ("less", "page items m"),
    ("more", "page items m"),
    ("sort", "items m by size"),
    ("wc", "len(m)"),
];

/// Whether a text may hold verb lines: cheap, and right where it says no. `certain`: such as can be no Python.
pub(super) fn may_hold(text: &str, certain: bool) -> bool {
    let mut start = None;
    for (at, c) in text.char_indices() {
        let in_word = c == '_' || c.is_alphanumeric();
        match start {
            None if in_word => start = Some(at),
            Some(from) if !in_word => {
                start = None;
                if may_begin(text, from, at, certain) {
                    return true;
                }
            }
            _ => {}
        }
    }
    start.is_some_and(|from| may_begin(text, from, text.len(), certain))
}

fn may_begin(text: &str, from: usize, to: usize, certain: bool) -> bool {
    let (before, word) = (text.get(..from).unwrap_or_default(), text.get(from..to).unwrap_or_default());
    if verb(word).is_none() {
        return false;
    }
    let before = before.trim_end_matches([' ', '\t']);
    let opens = before.is_empty()
        || before.ends_with(['\n', '\r', ';', '=', '(', '[', ',', '|', ':', '\\'])
        || OPENERS.iter().any(|opener| before.ends_with(opener));
    opens && (before.ends_with('|') && !certain || text.get(from..).and_then(verb_at).is_some())
}

/// As [`super::extract`], of a text that may hold verb lines.
pub(super) fn extract(text: &str) -> Result<(String, Verbs), Fault> {
    let parsed = parse_unchecked(text, ParseOptions::from(Mode::Module));
    let tokens = parsed.tokens().iter().map(|token| (token.kind(), token.range())).collect();
    let shown = text.as_bytes().to_vec();
    let mut scanner = Scanner { text, shown, tokens, at: 0, verbs: Verbs::new() };
    while scanner.at < scanner.tokens.len() {
        scanner.region(true)?;
    }
    // Whole tokens were replaced by ASCII.
    let shown = String::from_utf8(scanner.shown).unwrap_or_else(|_| text.to_owned());
    Ok((shown, scanner.verbs))
}

struct Scanner<'a> {
    text: &'a str,
    /// The text, with what was read overwritten.
    shown: Vec<u8>,
    tokens: Vec<(TokenKind, TextRange)>,
    at: usize,
    verbs: Verbs,
}

/// What is open in a region, from its last opening word on.
#[derive(Default)]
struct Open {
    /// Where the value begins.
    start: Option<TextSize>,
    /// The verb that is being read, and where its own words begin.
    verb: Option<(TextSize, &'static Verb)>,
    /// What was read of a chain.
    left: Option<Left>,
    /// The verbs of a chain that could all be names of a program's: `p | items`.
    names: Vec<TextRange>,
    /// Whether something in the chain can be no Python.
    is_certain: bool,
    /// Comments between its words.
    comments: Vec<TextRange>,
    /// `explain`, and where what it explains begins.
    explain: Option<TextSize>,
    last: TextSize,
}

impl Scanner<'_> {
    /// Reads a program (`top`), or what stands within brackets, up to the bracket that closes them.
    fn region(&mut self, top: bool) -> Result<(), Fault> {
        let mut open = Open::default();
        while let Some(&(kind, range)) = self.tokens.get(self.at) {
            self.at += 1;
            match kind {
                TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => {
                    open.start.get_or_insert(range.start());
                    self.region(false)?;
                    open.last = self.last_end();
                }
                TokenKind::FStringStart | TokenKind::TStringStart => {
                    open.start.get_or_insert(range.start());
                    self.pass_string();
                    open.last = self.last_end();
                }
                TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => {
                    self.finish(&mut open)?;
                    if top { continue } else { return Ok(()) }
                }
                TokenKind::NonLogicalNewline => {}
                TokenKind::Comment => open.comments.push(range),
                TokenKind::Newline | TokenKind::Semi | TokenKind::EndOfFile => {
                    self.finish(&mut open)?;
                    // An open bracket ends with its statement, however broken that is.
                    if !top && kind == TokenKind::EndOfFile {
                        return Ok(());
                    }
                }
                TokenKind::Indent | TokenKind::Dedent => open = Open::default(),
                TokenKind::Vbar if open.start.is_some() && self.verb_follows() => {
                    self.segment(&mut open, range)?;
                }
                TokenKind::Vbar if self.is_meant_as_verb(&open) => return Err(self.no_verb()),
                TokenKind::Comma if !top => self.finish(&mut open)?,
                // `explain p = strip p "module."`
                TokenKind::Equal if open.verb.is_none() && open.explain.is_some() => open.start = None,
                TokenKind::Equal | TokenKind::Colon | TokenKind::ColonEqual if open.verb.is_none() => {
                    self.finish(&mut open)?;
                }
                TokenKind::Return | TokenKind::Yield if open.verb.is_none() => open = Open::default(),
                _ => {
                    if open.start.is_none() {
                        self.begin(&mut open, range);
                    }
                    open.last = range.end();
                }
            }
        }
        self.finish(&mut open)
    }

    fn last_end(&self) -> TextSize {
        self.at
            .checked_sub(1)
            .and_then(|at| self.tokens.get(at))
            .map_or(TextSize::new(0), |(_, range)| range.end())
    }

    /// Passes over a formatted string: what stands in it is not looked at.
    fn pass_string(&mut self) {
        let mut depth = 1;
        while let Some((kind, _)) = self.tokens.get(self.at).filter(|_| depth > 0) {
            self.at += 1;
            match kind {
                TokenKind::FStringStart | TokenKind::TStringStart => depth += 1,
                TokenKind::FStringEnd | TokenKind::TStringEnd => depth -= 1,
                _ => {}
            }
        }
    }

    /// The first word of a value: perhaps a verb.
    fn begin(&self, open: &mut Open, range: TextRange) {
        open.start = Some(range.start());
        let row = self.text.get(range.start().to_usize()..).and_then(verb_at);
        match row {
            Some(row) if row.form == Form::Line && open.explain.is_none() => {
                open.explain = Some(range.start());
                open.start = None;
            }
            Some(row) if row.form != Form::Line => {
                open.verb = Some((range.start(), row));
                open.is_certain = !self.text.get(range.start().to_usize()..).is_some_and(may_be_python);
                if !open.is_certain {
                    open.names.push(range);
                }
            }
            _ => {}
        }
    }

    /// Whether the next token is a verb with its words, or one that ends a chain.
    fn verb_follows(&self) -> bool {
        let Some((_, range)) = self.tokens.get(self.at) else { return false };
        let text = self.text.get(range.start().to_usize()..).unwrap_or_default();
        let row = verb(self.text.get(range.start().to_usize()..range.end().to_usize()).unwrap_or_default());
        let ends = matches!(
            self.tokens.get(self.at + 1).map(|(kind, _)| *kind),
            None | Some(
                TokenKind::Newline
                    | TokenKind::NonLogicalNewline
                    | TokenKind::Semi
                    | TokenKind::Comment
                    | TokenKind::EndOfFile
                    | TokenKind::Rpar
                    | TokenKind::Vbar
            )
        );
        row.is_some_and(|row| row.form != Form::Line) && (ends || verb_at(text).is_some())
    }

    /// Whether the word behind a bar can be nothing but a verb, and is none: words follow it, or the bar stands behind a verb's.
    fn is_meant_as_verb(&self, open: &Open) -> bool {
        let Some((TokenKind::Name, range)) = self.tokens.get(self.at) else { return false };
        let behind = self.text.get(range.end().to_usize()..).unwrap_or_default();
        let next = behind.trim_start_matches([' ', '\t']);
        let has_words = next.len() < behind.len() && begins_word(next);
        // A condition may hold a bar: `filter p where a | b`.
        let is_behind_words = open.verb.is_some_and(|(_, row)| row.form != Form::Filter);
        open.start.is_some() && (has_words || is_behind_words)
    }

    fn no_verb(&self) -> Fault {
        let range = self.tokens.get(self.at).map_or_else(TextRange::default, |(_, range)| *range);
        let word = self.text.get(range.start().to_usize()..range.end().to_usize()).unwrap_or_default();
        let known: Vec<Str> = super::names().map(Str::new).collect();
        let error = Error::new(Kind::Syntax, format!("there is no verb '{word}'"));
        let of_shells = OF_SHELLS.iter().find(|(name, _)| *name == word);
        let error = match (of_shells, nearest(word, &known)) {
            (Some((_, here)), _) => error.hint(format!(
                "here it is {here}; {word} follows in your shell: torchsh items x.pt | {word}"
            )),
            (None, Some(near)) => error.hint(format!("did you mean: {near}")),
            (None, None) => error.hint("a verb follows |: p | strip \"module.\" | save \"x.pt\""),
        };
        (error, range)
    }

    /// A bar before a verb: what stands before it is what the verb works on.
    fn segment(&mut self, open: &mut Open, bar: TextRange) -> Result<(), Fault> {
        let (start, end) = (open.start.unwrap_or_default(), open.last);
        open.left = Some(match open.verb.take() {
            Some((from, row)) => Left::Line(Box::new(self.line(open, TextRange::new(from, end), row)?)),
            None => {
                let shown = self.shown.get(start.to_usize()..end.to_usize()).map(String::from_utf8_lossy);
                if shown.is_none_or(|shown| shown.trim().is_empty()) {
                    let error = Error::new(Kind::Syntax, "nothing comes before | in a chain of verbs");
                    return Err((error.hint("p | strip \"module.\" | save \"x.pt\""), bar));
                }
                Left::Value(TextRange::new(start, end))
            }
        });
        let Some(&(_, range)) = self.tokens.get(self.at) else { return Ok(()) };
        self.at += 1;
        let word = self.text.get(range.start().to_usize()..range.end().to_usize()).unwrap_or_default();
        open.is_certain |= self.text.get(range.start().to_usize()..).and_then(verb_at).is_some();
        open.names.push(range);
        open.verb = verb(word).map(|row| (range.start(), row));
        open.last = range.end();
        Ok(())
    }

    /// Reads one verb line whose words are all there.
    fn line(&mut self, open: &mut Open, range: TextRange, row: &'static Verb) -> Result<VerbLine, Fault> {
        for comment in open.comments.drain(..).filter(|comment| range.contains_range(*comment)) {
            self.blank(comment, b' ');
        }
        let shown = std::str::from_utf8(&self.shown).unwrap_or_default();
        line::read(shown, range, row, open.left.take(), &self.verbs).map_err(|error| (error, range))
    }

    /// The end of a value: if it was a verb line, a placeholder takes its place.
    fn finish(&mut self, open: &mut Open) -> Result<(), Fault> {
        let mut was = std::mem::take(open);
        let end = was.last;
        let found = match was.verb.take() {
            Some((from, row)) => {
                let start = was.start.unwrap_or(from);
                let mut line = self.line(&mut was, TextRange::new(from, end), row)?;
                line.range = TextRange::new(start, end);
                if !was.is_certain {
                    line.unless = self.python(&was.names, line.range);
                }
                Some(line)
            }
            None => None,
        };
        let line = match (was.explain, found) {
            (None, None) => return Ok(()),
            (None, Some(line)) => line,
            (Some(from), found) => {
                let whole = TextRange::new(from, end.max(from));
                explain::explained(self.text, whole, found, &self.verbs).map_err(|error| (error, whole))?
            }
        };
        self.blank(line.range, b'0');
        self.verbs.insert(line.range.start(), line);
        Ok(())
    }

    /// The Python that a chain of bare names is, if the program has one of these.
    fn python(&self, names: &[TextRange], range: TextRange) -> Option<Box<super::Unless>> {
        let shown = std::str::from_utf8(&self.shown).ok()?;
        let parse = |range| Some(parse_expression_range(shown, range).ok()?.into_expr());
        let (names, python) = (names.iter().filter_map(|name| parse(*name)).collect(), parse(range)?);
        Some(Box::new(super::Unless { names, python }))
    }

    /// Overwrites a part of the text with blanks, its first character with `first`.
    fn blank(&mut self, range: TextRange, first: u8) {
        let bytes = self.shown.get_mut(range.start().to_usize()..range.end().to_usize()).unwrap_or_default();
        // Lines stay where they are.
        bytes.iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
        if let Some(byte) = bytes.first_mut() {
            *byte = first;
        }
    }
}
