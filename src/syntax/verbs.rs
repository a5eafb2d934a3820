//! Verb lines: `p = filter p shape== m`. They are found before the parser runs, which is shown a placeholder instead.
//!
//! A statement is a verb line if its first word (or the first after `name =`) is a verb and what follows could not follow
//! a name in Python: another name, a string, a number, an opening brace. So no Python program changes its meaning.

use std::collections::HashMap;

use ruff_python_ast::token::TokenKind;
use ruff_python_ast::{self as ast, Expr};
use ruff_python_parser::{Mode, ParseOptions, parse_expression, parse_expression_range, parse_unchecked};
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::error::{Error, Kind, Result};

/// How the words of a verb line are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Each word an expression: `drop p "head.*"`.
    Plain,
    /// Two expressions with a word between that may be left out: `update m with p`.
    Joined(&'static str),
    /// `filter p shape== m`, `filter p where v.ndim == 4`.
    Filter,
    /// What follows is itself a verb line: `explain drop p "head.*"`.
    Line,
}

struct Row {
    name: &'static str,
    form: Form,
    /// How it is written, for errors.
    synopsis: &'static str,
    /// The Python it stands for: `{0}`, `{1}` … are its expressions as written. A second form is for one expression more.
    python: &'static [&'static str],
}

const fn row(name: &'static str, form: Form, synopsis: &'static str, python: &'static [&'static str]) -> Row {
    Row { name, form, synopsis, python }
}

const FNMATCH: &str = "{k: v for k, v in {0}.items() if fnmatch.fnmatch(k, {1})}";

const VERBS: &[Row] = &[
    row("items", Form::Plain, "items m [\"layer1.*\"]", &["{0}.items()", FNMATCH]),
    row(
        "keys",
        Form::Plain,
        "keys m [\"*.bias\"]",
        &["{0}.keys()", "[k for k in {0} if fnmatch.fnmatch(k, {1})]"],
    ),
    row("values", Form::Plain, "values m [\"*.bias\"]", &["{0}.values()", FNMATCH]),
    row("update", Form::Joined("with"), "update m p", &["", "{0}.update({1})"]),
    row("filter", Form::Filter, "filter p shape== m", &[]),
    row(
        "load_state_dict",
        Form::Joined("into"),
        "load_state_dict m into model [strict=False]",
        &["", "{1}.load_state_dict({0}{…})"],
    ),
    row("save", Form::Plain, "save m \"out.pt\"", &["", "torch.save({0}, {1})"]),
    row(
        "rename",
        Form::Plain,
        "rename p \"^module\\.\" \"\"",
        &["", "", "{re.sub({1}, {2}, k): v for k, v in {0}.items()}"],
    ),
    row(
        "drop",
        Form::Plain,
        "drop p \"head.*\"",
        &["", "{k: v for k, v in {0}.items() if not fnmatch.fnmatch(k, {1})}"],
    ),
    row("keep", Form::Plain, "keep p \"encoder.*\"", &["", FNMATCH]),
    row("prefix", Form::Plain, "prefix p \"backbone.\"", &["", "{{1} + k: v for k, v in {0}.items()}"]),
    row(
        "strip",
        Form::Plain,
        "strip p \"module.\"",
        &["", "{k.removeprefix({1}): v for k, v in {0}.items()}"],
    ),
    row(
        "diff",
        Form::Plain,
        "diff m p",
        &[
            "",
            "[k for k in {0}.keys() | {1}.keys() if k not in {0} or k not in {1} or not torch.equal({0}[k], {1}[k])]",
        ],
    ),
    row(
        "match",
        Form::Joined("to"),
        "match p to m",
        &["", "[(a, b) for a in {0} for b in {1} if {0}[a].shape == {1}[b].shape]"],
    ),
    row(
        "describe",
        Form::Plain,
        "describe m [\"*.weight\"]",
        &[
            "{k: (v.min(), v.max(), v.mean(), v.std()) for k, v in {0}.items()}",
            "{k: (v.min(), v.max(), v.mean(), v.std()) for k, v in {0}.items() if fnmatch.fnmatch(k, {1})}",
        ],
    ),
    row(
        "tree",
        Form::Plain,
        "tree m [DEPTH]",
        &["sorted({k.rpartition(\".\")[0] for k in {0}})", "sorted({k.rpartition(\".\")[0] for k in {0}})"],
    ),
    row("find", Form::Plain, "find m \"bn*.running_mean\"", &["", FNMATCH]),
    row(
        "hist",
        Form::Plain,
        "hist m[\"conv1.weight\"] [BINS]",
        &["torch.histc({0})", "torch.histc({0}, {1})"],
    ),
    row(
        "storages",
        Form::Plain,
        "storages m",
        &["{k: (v.untyped_storage().data_ptr(), v.untyped_storage().nbytes()) for k, v in {0}.items()}"],
    ),
    row("explain", Form::Line, "explain filter p shape== m", &[]),
];

/// The names of the verbs.
pub fn names() -> impl Iterator<Item = &'static str> {
    VERBS.iter().map(|row| row.name)
}

/// A verb line, its expressions parsed.
#[derive(Debug)]
pub(super) struct VerbLine {
    pub name: &'static str,
    pub words: Vec<Word>,
    pub keywords: Vec<(String, Expr)>,
    /// The Python it stands for.
    pub python: String,
    pub range: TextRange,
}

#[derive(Debug)]
pub(super) enum Word {
    /// An expression of the line.
    Value(Expr),
    /// A word of the form, such as `shape==`.
    Text(String),
}

/// The verb lines of a text, by where their placeholders stand.
pub(super) type Verbs = HashMap<TextSize, VerbLine>;

/// Finds the verb lines of a text; gives the text with placeholders of the same length in their places.
///
/// # Errors
/// `SyntaxError` for a verb line that is not of its form.
pub(super) fn extract(text: &str) -> Result<(String, Verbs), (Error, TextRange)> {
    let mut verbs = Verbs::new();
    let candidates = candidates(text);
    if candidates.is_empty() {
        return Ok((text.to_owned(), verbs));
    }
    let mut shown = text.as_bytes().to_vec();
    for (range, row) in confirmed(text, &candidates) {
        let line = read(text, range, row).map_err(|error| (error, range))?;
        let bytes = shown.get_mut(range.start().to_usize()..range.end().to_usize()).unwrap_or_default();
        bytes.fill(b' ');
        if let Some(first) = bytes.first_mut() {
            *first = b'0';
        }
        verbs.insert(range.start(), line);
    }
    // Whole statements of UTF-8 were replaced by ASCII.
    Ok((String::from_utf8(shown).unwrap_or_else(|_| text.to_owned()), verbs))
}

/// Places that look like verb lines, before anything is known of strings and brackets around.
fn candidates(text: &str) -> Vec<(usize, &'static Row)> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let mut at = start;
        // Statements of one line stand between semicolons; inside a string these are no statements, which `confirmed` sees.
        for statement in line.split_inclusive(';') {
            if let Some((offset, row)) = candidate(statement) {
                found.push((at + offset, row));
            }
            at += statement.len();
        }
        start += line.len();
    }
    found
}

fn candidate(statement: &str) -> Option<(usize, &'static Row)> {
    let bare = statement.trim_start();
    let mut offset = statement.len() - bare.len();
    if let Some(row) = verb_at(bare) {
        return Some((offset, row));
    }
    let (target, value) = bare.split_once('=')?;
    let is_name = target.trim_end().chars().all(|c| c == '_' || c.is_alphanumeric());
    let value_bare = value.trim_start();
    offset += target.len() + 1 + value.len() - value_bare.len();
    let row = verb_at(value_bare).filter(|_| is_name && !target.trim().is_empty())?;
    Some((offset, row))
}

fn verb_at(text: &str) -> Option<&'static Row> {
    let end = text.find(|c: char| !(c == '_' || c.is_alphanumeric())).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let row = VERBS.iter().find(|row| row.name == word)?;
    let next = rest.trim_start_matches([' ', '\t']);
    let has_gap = next.len() < rest.len();
    let first = next.chars().next()?;
    let word_end = next.find(|c: char| !(c == '_' || c.is_alphanumeric())).unwrap_or(next.len());
    let joins =
        matches!(next.get(..word_end)?, "in" | "is" | "and" | "or" | "if" | "else" | "not" | "for" | "as");
    let starts = first == '_' || first.is_alphanumeric() || matches!(first, '"' | '\'' | '{');
    // `match x:` opens a block.
    let is_block = rest.trim_end().ends_with(':');
    (has_gap && starts && !joins && !is_block).then_some(row)
}

/// The candidates that are statements, with the ranges of their lines.
fn confirmed(text: &str, candidates: &[(usize, &'static Row)]) -> Vec<(TextRange, &'static Row)> {
    let parsed = parse_unchecked(text, ParseOptions::from(Mode::Module));
    let mut found = Vec::new();
    let mut depth = 0usize;
    let mut open: Option<(TextSize, &'static Row)> = None;
    let mut last = TextSize::new(0);
    for token in parsed.tokens() {
        let kind = token.kind();
        let ends = depth == 0
            && matches!(
                kind,
                TokenKind::Newline | TokenKind::Semi | TokenKind::Comment | TokenKind::EndOfFile
            );
        if let (true, Some((start, row))) = (ends, open) {
            found.push((TextRange::new(start, last.max(start)), row));
            open = None;
        }
        match kind {
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => depth += 1,
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => depth = depth.saturating_sub(1),
            TokenKind::Name | TokenKind::Match if depth == 0 && open.is_none() => {
                let start = token.range().start();
                let row = candidates.iter().find(|(at, _)| *at == start.to_usize()).map(|(_, row)| *row);
                open = row.map(|row| (start, row));
            }
            _ => {}
        }
        if !matches!(
            kind,
            TokenKind::Newline | TokenKind::NonLogicalNewline | TokenKind::Indent | TokenKind::Dedent
        ) {
            last = token.range().end();
        }
    }
    if let Some((start, row)) = open {
        found.push((TextRange::new(start, last.max(start)), row));
    }
    found
}

// ---- reading one line -----------------------------------------------------------------------------------------

fn read(text: &str, range: TextRange, row: &'static Row) -> Result<VerbLine> {
    let line = text.get(range.start().to_usize()..range.end().to_usize()).unwrap_or_default();
    let base = range.start().to_usize() + row.name.len();
    let rest = line.get(row.name.len()..).unwrap_or_default();
    let mut reader = Reader { text, row, words: Vec::new(), keywords: Vec::new(), written: Vec::new() };
    match row.form {
        Form::Line => return explained(rest, range, row),
        Form::Filter => reader.filter(rest, base)?,
        Form::Plain => reader.plain(split(rest, base), "")?,
        Form::Joined(word) => reader.plain(split(rest, base), word)?,
    }
    let python = reader.python();
    Ok(VerbLine { name: row.name, words: reader.words, keywords: reader.keywords, python, range })
}

/// `explain LINE`: its only word is the Python of the line.
fn explained(rest: &str, range: TextRange, row: &'static Row) -> Result<VerbLine> {
    let inner = rest.trim();
    let missing = || syntax(format!("explain wants a verb line, not: {inner}")).hint(row.synopsis);
    let (offset, inner_row) = candidate(inner).ok_or_else(missing)?;
    let size = |length: usize| TextSize::new(u32::try_from(length).unwrap_or(u32::MAX));
    let line = read(inner, TextRange::new(size(offset), size(inner.len())), inner_row)?;
    let target = inner.get(..offset).unwrap_or_default();
    let python = format!("{target}{}", line.python);
    Ok(VerbLine {
        name: row.name,
        words: vec![Word::Text(python.clone())],
        keywords: Vec::new(),
        python,
        range,
    })
}

struct Reader<'a> {
    text: &'a str,
    row: &'static Row,
    words: Vec<Word>,
    keywords: Vec<(String, Expr)>,
    /// The expressions as written.
    written: Vec<String>,
}

impl Reader<'_> {
    fn plain(&mut self, pieces: Vec<(usize, &str)>, joint: &str) -> Result<()> {
        for (at, piece) in pieces {
            if !joint.is_empty() && piece == joint && self.words.len() == 1 {
                self.words.push(Word::Text(joint.to_owned()));
                continue;
            }
            match keyword(piece) {
                Some((name, value)) if !self.words.is_empty() => {
                    let expr = self.expression(at + piece.len() - value.len(), value)?;
                    self.keywords.push((name.to_owned(), expr));
                }
                _ => self.value(at, piece)?,
            }
        }
        let most = self.row.python.len();
        if self.written.is_empty()
            || self.written.len() > most
            || self.row.python.get(self.written.len() - 1) == Some(&"")
        {
            return Err(self.wrong_form());
        }
        Ok(())
    }

    fn filter(&mut self, rest: &str, base: usize) -> Result<()> {
        let pieces = split(rest, base);
        let Some(&(at, operand)) = pieces.first() else { return Err(self.wrong_form()) };
        self.value(at, operand)?;
        let after = at + operand.len() - base;
        let test = rest.get(after..).unwrap_or_default();
        let start = base + after + test.len() - test.trim_start().len();
        let test = test.trim();
        let end = test.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(test.len());
        let (name, tail) = test.split_at(end);
        if name == "where" {
            let condition = tail.trim_start();
            let condition_at = start + test.len() - condition.len();
            let lambda = self.condition(condition_at, condition)?;
            self.words.extend([Word::Text("where".to_owned()), Word::Value(lambda)]);
            self.written.push(condition.to_owned());
            self.keywords.clear();
            return Ok(());
        }
        let operator_at = tail.trim_start();
        let operator = ["==", "!=", "<=", ">=", "!~", "<", ">", "~"]
            .into_iter()
            .find(|operator| operator_at.starts_with(operator));
        let Some(operator) = operator.filter(|_| !name.is_empty()) else { return Err(self.wrong_form()) };
        let target = operator_at.get(operator.len()..).unwrap_or_default().trim_start();
        self.words.push(Word::Text(format!("{name}{operator}")));
        self.target(name, start + test.len() - target.len(), target)
    }

    /// What a test compares with: an expression, but for dtypes and devices their bare names too.
    fn target(&mut self, name: &str, at: usize, target: &str) -> Result<()> {
        let is_name = !target.is_empty() && target.chars().all(|c| c == '_' || c.is_ascii_alphanumeric());
        let is_bare = match name {
            // A dtype's name ends in its bits, but for these.
            "dtype" => {
                let plain = ["bool", "half", "float", "double", "int", "long", "short", "cfloat", "cdouble"]
                    .contains(&target);
                is_name && (plain || target.contains(|c: char| c.is_ascii_digit()))
            }
            "device" => matches!(target, "cpu" | "cuda" | "meta"),
            _ => false,
        };
        if is_bare {
            self.words.push(Word::Text(target.to_owned()));
            self.written.push(target.to_owned());
            return Ok(());
        }
        self.value(at, target)
    }

    fn value(&mut self, at: usize, piece: &str) -> Result<()> {
        let expr = self.expression(at, piece)?;
        self.words.push(Word::Value(expr));
        self.written.push(piece.to_owned());
        Ok(())
    }

    fn expression(&self, at: usize, piece: &str) -> Result<Expr> {
        let size = |length: usize| TextSize::new(u32::try_from(length).unwrap_or(u32::MAX));
        if piece.is_empty() {
            return Err(self.wrong_form());
        }
        match parse_expression_range(self.text, TextRange::new(size(at), size(at + piece.len()))) {
            Ok(parsed) => Ok(parsed.into_expr()),
            Err(error) => {
                let message = format!("{}: '{piece}' is no expression: {}", self.row.name, error.error);
                Err(syntax(message)
                    .hint(format!("{} (put brackets around an expression with spaces)", self.row.synopsis)))
            }
        }
    }

    /// `v.ndim == 4` as `lambda k, v: v.ndim == 4`, each part at its place.
    fn condition(&self, at: usize, piece: &str) -> Result<Expr> {
        let body = self.expression(at, piece)?;
        let shape = parse_expression("lambda k, v: 0").map_err(|error| syntax(error.to_string()))?;
        match shape.into_expr() {
            Expr::Lambda(lambda) => {
                Ok(Expr::Lambda(ast::ExprLambda { range: body.range(), body: Box::new(body), ..lambda }))
            }
            other => Ok(other),
        }
    }

    fn wrong_form(&self) -> Error {
        syntax(format!("{} is written: {}", self.row.name, self.row.synopsis))
    }

    // ---- what it stands for -----------------------------------------------------------------------------------

    fn python(&self) -> String {
        if self.row.form == Form::Filter {
            return self.filter_python();
        }
        let template = self.row.python.get(self.written.len() - 1).copied().unwrap_or_default();
        let options: String = self
            .keywords
            .iter()
            .map(|(name, value)| {
                let range = value.range();
                format!(
                    ", {name}={}",
                    self.text.get(range.start().to_usize()..range.end().to_usize()).unwrap_or_default()
                )
            })
            .collect();
        let mut python = template.replace("{…}", &options);
        for (i, written) in self.written.iter().enumerate() {
            python = python.replace(&format!("{{{i}}}"), written);
        }
        if self.row.name == "save" && self.written.get(1).is_some_and(|path| path.contains(".safetensors")) {
            return python.replacen("torch.save", "safetensors.torch.save_file", 1);
        }
        python
    }

    fn filter_python(&self) -> String {
        let [of, against] = [0, 1].map(|i| self.written.get(i).map_or("", String::as_str));
        let (name, operator) = match self.words.get(1) {
            Some(Word::Text(test)) => {
                test.split_at(test.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(test.len()))
            }
            _ => ("", ""),
        };
        let is_other = matches!(
            self.words.get(2),
            Some(Word::Value(Expr::Name(_) | Expr::Call(_) | Expr::Subscript(_) | Expr::Attribute(_)))
        );
        let field = match name {
            "ndim" => "v.ndim".to_owned(),
            "numel" => "v.numel()".to_owned(),
            name => format!("v.{name}"),
        };
        let test = match (name, operator) {
            ("where", _) => against.to_owned(),
            ("key", "~") => format!("re.search({against}, k)"),
            ("key", "!~") => format!("not re.search({against}, k)"),
            ("key", "==") if is_other => format!("k in {against}"),
            ("key", "!=") if is_other => format!("k not in {against}"),
            ("key", operator) => format!("k {operator} {against}"),
            ("dtype", operator) if !is_other => format!("v.dtype {operator} torch.{against}"),
            ("device", operator) if !is_other => format!("v.device.type {operator} \"{against}\""),
            (_, operator) if is_other => {
                let theirs = field.replacen('v', &format!("{against}[k]"), 1);
                format!("k in {against} and {field} {operator} {theirs}")
            }
            (_, operator) => format!("{field} {operator} {against}"),
        };
        format!("{{k: v for k, v in {of}.items() if {test}}}")
    }
}

/// The words of a line with their places: cut at spaces outside of brackets and quotes.
fn split(rest: &str, base: usize) -> Vec<(usize, &str)> {
    let mut pieces = Vec::new();
    let mut start: Option<usize> = None;
    let (mut depth, mut quote, mut escaped) = (0usize, None, false);
    for (at, c) in rest.char_indices() {
        let outside = depth == 0 && quote.is_none();
        if outside && c.is_whitespace() {
            if let Some(start) = start.take() {
                pieces.push((base + start, rest.get(start..at).unwrap_or_default()));
            }
            continue;
        }
        start.get_or_insert(at);
        match (quote, c) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), _) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    if let Some(start) = start {
        pieces.push((base + start, rest.get(start..).unwrap_or_default()));
    }
    pieces
}

/// `strict=False` as name and value.
fn keyword(piece: &str) -> Option<(&str, &str)> {
    let (name, value) = piece.split_once('=')?;
    let is_name = !name.is_empty() && name.chars().all(|c| c == '_' || c.is_alphanumeric());
    (is_name && !value.starts_with('=') && !value.is_empty()).then_some((name, value))
}

fn syntax(message: impl Into<String>) -> Error {
    Error::new(Kind::Syntax, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn python(line: &str) -> String {
        let (_, verbs) = extract(line).map_err(|(error, _)| error).unwrap();
        verbs.into_values().next().map_or_else(String::new, |verb| verb.python)
    }

    #[test]
    fn verb_lines_stand_for_python() {
        let cases = [
            ("p = filter p shape== m", "{k: v for k, v in p.items() if k in m and v.shape == m[k].shape}"),
            ("filter p key !~ \"a b\"", "{k: v for k, v in p.items() if not re.search(\"a b\", k)}"),
            ("filter p[\"x\"] numel> 1e6", "{k: v for k, v in p[\"x\"].items() if v.numel() > 1e6}"),
            (
                "filter p where v.ndim == 4 and \"conv\" in k",
                "{k: v for k, v in p.items() if v.ndim == 4 and \"conv\" in k}",
            ),
            ("filter p dtype== float16", "{k: v for k, v in p.items() if v.dtype == torch.float16}"),
            ("update m with p", "m.update(p)"),
            ("load_state_dict m into f(a, b) strict=False", "f(a, b).load_state_dict(m, strict=False)"),
            ("rename p \"^module\\.\" \"\"", "{re.sub(\"^module\\.\", \"\", k): v for k, v in p.items()}"),
            (
                "explain p = drop p \"head.*\"",
                "p = {k: v for k, v in p.items() if not fnmatch.fnmatch(k, \"head.*\")}",
            ),
            ("save m \"a.safetensors\"", "safetensors.torch.save_file(m, \"a.safetensors\")"),
        ];
        for (line, expected) in cases {
            assert_eq!(python(line), expected, "{line}");
        }
    }

    #[test]
    fn python_stays_python() {
        let lines = [
            "items = 3",
            "items(m)",
            "items.x",
            "update -m",
            "keys in m",
            "x = keys if a else b",
            "filter(None, p)",
            "save\n",
            "drop[0]",
            "'''\nitems m\n'''",
            "f(\nitems\n, keys)",
            "match = 3",
            "print('; items m')",
            "a = {\n  keys: 3 }",
        ];
        for line in lines {
            assert!(extract(line).unwrap().1.is_empty(), "{line}");
        }
    }

    #[test]
    fn a_verb_line_of_another_form_says_how_it_is_written() {
        for line in ["filter p", "rename p \"a\"", "update m", "filter p shape m", "explain x", "items m 1 2"]
        {
            let (error, _) = extract(line).unwrap_err();
            assert!(error.kind() == Kind::Syntax, "{line}");
        }
    }
}
