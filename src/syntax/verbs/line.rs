//! Reading one verb line: its words, and the Python it stands for.

use ruff_python_ast::{self as ast, Expr};
use ruff_python_parser::{LexicalErrorType, ParseErrorType, parse_expression, parse_expression_range};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::{
    Form, Left, MORE, Verb, VerbLine, Verbs, Word, begins_word, loading, order, phrase, scan, tails,
};
use torchsh_base::error::{Error, Kind, Result};

/// Reads the verb line in a range of a text, of which inner lines were read before; `left` is what stands before it in a chain.
pub(super) fn read(
    text: &str,
    range: TextRange,
    row: &'static Verb,
    left: Option<Left>,
    inner: &Verbs,
) -> Result<VerbLine> {
    let line = text.get(range.start().to_usize()..range.end().to_usize()).unwrap_or_default();
    let base = range.start().to_usize() + row.name.len();
    let rest = line.get(row.name.len()..).unwrap_or_default();
    let (rest, carries) = tails::with_optimizer(row.name, rest)?;
    let mut reader =
        Reader { text, row, inner, words: Vec::new(), keywords: Vec::new(), written: Vec::new() };
    if let Some(left) = left {
        reader.left(left)?;
    }
    match row.form {
        Form::Line => return Err(reader.wrong_form()),
        Form::Filter => reader.filter(rest, base)?,
        Form::Plain => reader.plain(split(rest, base), "")?,
        Form::Joined(word) => reader.plain(split(rest, base), word)?,
        Form::Phrase(words) => reader.phrase(split(rest, base), words)?,
    }
    let (name, python) = match carries {
        true => ("with_optimizer", String::new()),
        false => (row.name, reader.python()),
    };
    if carries {
        reader.words.insert(0, Word::Text(row.name.to_owned()));
    }
    Ok(VerbLine {
        name,
        words: reader.words,
        keywords: reader.keywords,
        python,
        range,
        own: range,
        unless: None,
    })
}

/// A part of a text, the outermost verb lines in it as the Python that they stand for.
pub(super) fn with_python(text: &str, part: TextRange, mut lines: Vec<(TextRange, &str)>) -> String {
    lines.retain(|(range, _)| part.contains_range(*range));
    lines.sort_by_key(|(range, _)| (range.start(), std::cmp::Reverse(range.end())));
    let (mut python, mut at) = (String::new(), part.start());
    for (range, line) in lines {
        if range.start() >= at {
            python.push_str(text.get(at.to_usize()..range.start().to_usize()).unwrap_or_default());
            python.push_str(line);
            at = range.end();
        }
    }
    python.push_str(text.get(at.to_usize()..part.end().to_usize()).unwrap_or_default());
    python
}

/// Whether a text begins with brackets that are a word of a verb line: a verb line stands in them, or another word behind.
pub(super) fn is_bracketed_word(text: &str) -> bool {
    let Some(piece) = text.strip_prefix('(').and_then(|_| pieces(text).next()) else { return false };
    let (inside, behind) = (text.get(1..piece.1), text.get(piece.1..).unwrap_or_default());
    let is_closed = text.get(..piece.1).is_some_and(|piece| piece.ends_with(')'));
    let next = behind.trim_start_matches([' ', '\t']);
    is_closed
        && (next.len() < behind.len() && (begins_word(next) || is_bracketed_word(next))
            || inside.is_some_and(|inside| scan::may_hold(inside, true)))
}

/// Whether a text begins with a list that is a word of a verb line: nothing follows it in its line, or another word.
pub(super) fn is_list(text: &str) -> bool {
    behind_list(text).is_some_and(|behind| behind.is_empty() || begins_word(behind))
}

/// What stands in its line behind a list that a text begins with.
pub(super) fn behind_list(text: &str) -> Option<&str> {
    let piece = text.strip_prefix('[').and_then(|_| pieces(text).next())?;
    let behind =
        text.get(piece.1..).filter(|_| text.get(..piece.1).is_some_and(|list| list.ends_with(']')))?;
    let line = behind.split(['\n', '\r', ';', '#']).next().unwrap_or_default();
    Some(line.trim_matches([' ', '\t']))
}

pub(super) fn size(length: usize) -> TextSize {
    TextSize::new(u32::try_from(length).unwrap_or(u32::MAX))
}

/// Characters of an expression that still is a name to call something by.
const NAMED: usize = 20;

struct Reader<'a> {
    text: &'a str,
    row: &'static Verb,
    /// The verb lines within its brackets.
    inner: &'a Verbs,
    words: Vec<Word>,
    keywords: Vec<(String, Expr)>,
    /// The expressions as written.
    written: Vec<String>,
}

impl Reader<'_> {
    /// What stands before the bar is the first word.
    fn left(&mut self, left: Left) -> Result<()> {
        match left {
            Left::Line(line) => {
                self.written.push(line.python.clone());
                self.words.push(Word::Line(line));
                Ok(())
            }
            Left::Value(range) => {
                let text = self.text;
                let piece = text.get(range.start().to_usize()..range.end().to_usize()).unwrap_or_default();
                self.value(range.start().to_usize(), piece)
            }
        }
    }

    fn plain(&mut self, mut pieces: Vec<(usize, &str)>, joint: &str) -> Result<()> {
        self.ordered(&mut pieces)?;
        while let Some((name, at, value)) = tails::last(self.row.name, self.words.len(), &pieces) {
            self.given(at, value, name, value)?;
            pieces.truncate(pieces.len() - 2);
        }
        for (at, piece) in pieces {
            if !joint.is_empty() && piece == joint && self.words.len() == 1 {
                self.words.push(Word::Text(joint.to_owned()));
                continue;
            }
            match keyword(piece) {
                Some((name, value)) if !self.words.is_empty() => self.given(at, piece, name, value)?,
                _ => self.value(at, piece)?,
            }
        }
        if self.row.form(self.written.len()).is_none() {
            return Err(self.wrong_form());
        }
        if self.row.name == "diff" { self.name_sides() } else { Ok(()) }
    }

    /// `cast p bfloat16 keep "*norm*"`
    fn phrase(&mut self, pieces: Vec<(usize, &str)>, own: &[&str]) -> Result<()> {
        let mut last = "";
        for (at, piece) in pieces {
            if own.contains(&piece) {
                self.words.push(Word::Text(piece.to_owned()));
                self.written.push(piece.to_owned());
                last = piece;
            } else if let Some((name, value)) = keyword(piece).filter(|_| !self.words.is_empty()) {
                self.given(at, piece, name, value)?;
            } else if phrase::is_bare(self.row.name, last, self.words.len(), piece) {
                self.words.push(Word::Text(piece.to_owned()));
                self.written.push(format!("\"{piece}\""));
            } else {
                self.value(at, piece)?;
            }
        }
        if self.words.is_empty() { Err(self.wrong_form()) } else { Ok(()) }
    }

    /// What is given by name.
    fn given(&mut self, at: usize, piece: &str, name: &str, value: &str) -> Result<()> {
        if !self.row.has_option(name) {
            let message = format!("{} has no option {name}=", self.row.name);
            return Err(syntax(message).hint(self.row.synopsis));
        }
        let expr = self.expression(at + piece.len() - value.len(), value)?;
        self.keywords.push((name.to_owned(), expr));
        Ok(())
    }

    /// `items m "layer1.*" by size reversed`
    fn ordered(&mut self, pieces: &mut Vec<(usize, &str)>) -> Result<()> {
        let (by, is_reversed) = order::taken(self.row, self.words.len(), pieces);
        if is_reversed {
            self.option("reverse", "True")?;
        }
        let Some(by) = by else { return Ok(()) };
        if self.row.order(by).is_none() {
            let message = format!("{} cannot sort by {by}", self.row.name);
            return Err(syntax(message).hint(self.row.synopsis));
        }
        self.option("by", &format!("\"{by}\""))
    }

    /// Gives an option that the line does not spell as such.
    fn option(&mut self, name: &str, value: &str) -> Result<()> {
        let parsed = parse_expression(value).map_err(|error| syntax(error.to_string()))?;
        self.keywords.push((name.to_owned(), parsed.into_expr()));
        Ok(())
    }

    /// Says what the two sides of a comparison are called, as they are written.
    fn name_sides(&mut self) -> Result<()> {
        for (name, written) in [("first", 0), ("second", 1)] {
            let written = self.written.get(written).cloned().unwrap_or_default();
            let is_given = self.keywords.iter().any(|(known, _)| known == name);
            let is_short = written.len() <= NAMED && !written.contains(['\'', '\\', '\n']);
            if is_short && !is_given {
                self.option(name, &format!("'{written}'"))?;
            }
        }
        Ok(())
    }

    fn filter(&mut self, rest: &str, base: usize) -> Result<()> {
        let mut after = 0;
        if self.words.is_empty() {
            let pieces = split(rest, base);
            let Some(&(at, operand)) = pieces.first() else { return Err(self.wrong_form()) };
            self.value(at, operand)?;
            after = at + operand.len() - base;
        }
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
            self.written.push(self.python_of(condition_at, condition));
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
        let written = self.python_of(at, piece);
        let is_whole = matches!(
            expr,
            Expr::BinOp(_)
                | Expr::UnaryOp(_)
                | Expr::BoolOp(_)
                | Expr::Compare(_)
                | Expr::If(_)
                | Expr::Lambda(_)
                | Expr::Named(_)
                | Expr::Await(_)
        );
        let is_bracketed = piece.starts_with('(');
        self.words.push(Word::Value(expr));
        self.written.push(if is_whole && !is_bracketed { format!("({written})") } else { written });
        Ok(())
    }

    /// An expression as written, the verb lines in it as Python. Brackets around nothing but such a line go.
    fn python_of(&self, at: usize, piece: &str) -> String {
        let part = TextRange::at(size(at), size(piece.len()));
        let lines: Vec<_> = self.inner.values().map(|line| (line.range, line.python.as_str())).collect();
        let is_alone = |range: &TextRange| {
            piece.get(1..).is_some_and(|inside| {
                range.start() == size(at + 1) && inside.trim_start_matches('0').trim() == ")"
            })
        };
        match lines.iter().find(|(range, _)| piece.starts_with("(0") && is_alone(range)) {
            Some((_, python)) if python.ends_with(['}', ']', ')']) => (*python).to_owned(),
            _ => with_python(self.text, part, lines),
        }
    }

    fn expression(&self, at: usize, piece: &str) -> Result<Expr> {
        if piece.is_empty() {
            return Err(self.wrong_form());
        }
        match parse_expression_range(self.text, TextRange::new(size(at), size(at + piece.len()))) {
            Ok(parsed) => Ok(parsed.into_expr()),
            Err(error) if error.error == ParseErrorType::Lexical(LexicalErrorType::UnclosedStringError) => {
                let message = format!("{}: a quote is not closed: {piece}", self.row.name);
                Err(syntax(message).hint(self.row.synopsis))
            }
            Err(error) => {
                let message = format!("{}: '{piece}' is not an expression: {}", self.row.name, error.error);
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
        syntax(format!("usage: {}", self.row.synopsis))
    }

    // ---- what it stands for -----------------------------------------------------------------------------------

    fn in_their_order(&self) -> String {
        if self.row.form == Form::Filter {
            return self.filter_python();
        }
        if matches!(self.row.form, Form::Phrase(_)) {
            let option = |name: &str| {
                let (_, value) = self.keywords.iter().find(|(known, _)| known == name)?;
                let (start, end) = (value.range().start().to_usize(), value.range().end().to_usize());
                self.text.get(start..end)
            };
            return phrase::python(self.row.name, &self.written, &option).unwrap_or_default();
        }
        if self.row.name == "save" {
            return loading::of_save(self.text, &self.written, &self.keywords).unwrap_or_default();
        }
        let special = loading::python(self.row.name, self.text, &self.written, &self.keywords)
            .or_else(|| tails::python(self.row.name, self.text, &self.written, &self.keywords));
        if let Some(python) = special {
            return python;
        }
        let template =
            self.row.form(self.written.len()).filter(|template| *template != MORE).unwrap_or_default();
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
        let others = self.written.get(1..).unwrap_or_default().join(", ");
        self.filled(template.replace("{…}", &options).replace("{*}", &others))
    }

    /// What it stands for, in the order that was asked for.
    fn python(&self) -> String {
        let python = self.in_their_order();
        if self.row.orders.is_empty() || python.is_empty() {
            return python;
        }
        let reversed = self.keywords.iter().any(|(name, _)| name == "reverse");
        let by = self.keywords.iter().find(|(name, _)| name == "by").and_then(|(_, value)| {
            let Expr::StringLiteral(name) = value else { return None };
            Some(name.value.to_str())
        });
        self.filled(order::python(self.row, python, by, reversed))
    }

    /// A text with the expressions in their places: `{0}`, `{1}`.
    fn filled(&self, template: String) -> String {
        let written = self.written.iter().enumerate();
        written.fold(template, |text, (i, written)| text.replace(&format!("{{{i}}}"), written))
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
            // A torch.Size is equal to a tuple, and to no list.
            ("shape", operator) if against.starts_with('[') => format!("list({field}) {operator} {against}"),
            (_, operator) => format!("{field} {operator} {against}"),
        };
        format!("{{k: v for k, v in {of}.items() if {test}}}")
    }
}

/// The words of a line with their places.
fn split(rest: &str, base: usize) -> Vec<(usize, &str)> {
    pieces(rest).map(|(start, end)| (base + start, rest.get(start..end).unwrap_or_default())).collect()
}

/// Where the words of a text begin and end: it is cut at spaces outside of brackets and quotes.
fn pieces(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let mut chars = text.char_indices();
    std::iter::from_fn(move || {
        let mut start: Option<usize> = None;
        let (mut depth, mut quote, mut escaped) = (0usize, None, false);
        for (at, c) in chars.by_ref() {
            if depth == 0 && quote.is_none() && c.is_whitespace() {
                match start {
                    Some(start) => return Some((start, at)),
                    None => continue,
                }
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
        start.map(|start| (start, text.len()))
    })
}

/// `strict=False` as name and value.
fn keyword(piece: &str) -> Option<(&str, &str)> {
    let (name, value) = piece.split_once('=')?;
    let is_name = !name.is_empty() && name.chars().all(|c| c == '_' || c.is_alphanumeric());
    (is_name && !value.starts_with('=') && !value.is_empty()).then_some((name, value))
}

pub(super) fn syntax(message: impl Into<String>) -> Error {
    Error::new(Kind::Syntax, message)
}
