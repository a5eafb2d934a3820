//! An error as a person sees it: where it happened, with the line and a caret, what went wrong, and how to mend it.

use std::rc::Rc;

use super::sanitize::{sanitize, sanitize_lines};
use super::width::{cut, width, wrap};
use super::{Role, Screen};
use torchsh_base::error::{Error, Frame, Kind, Span};
use torchsh_syntax::Source;

/// Frames shown before the middle of a deep traceback is left out.
const FRAMES: usize = 12;

/// Finds the source that a span speaks of.
pub type Sources<'a> = &'a dyn Fn(u32) -> Option<Rc<Source>>;

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The program's own frames.
    Short,
    /// Everything.
    Full,
}

/// The whole report; ends with a newline.
#[must_use]
pub fn error(
    error: &Error,
    name: &str,
    message: &str,
    sources: Sources<'_>,
    detail: Detail,
    screen: &Screen,
) -> String {
    let mut out = traceback(error, sources, detail, screen);
    let painted_name = screen.theme.paint(Role::Error, name);
    let message = match detail {
        // PyTorch ends its lists of signatures with an empty line.
        Detail::Short => message.trim_end_matches('\n'),
        Detail::Full => message,
    };
    let said = |head: &str, role: Role, text: &str| {
        let whole = format!("{head} {}", sanitize_lines(text));
        at_words(&whole, screen).replacen(head, &screen.theme.paint(role, head), 1)
    };
    match message.is_empty() {
        true => out.push_str(&painted_name),
        false => out.push_str(&said(&format!("{name}:"), Role::Error, message)),
    }
    out.push('\n');
    for note in error.notes() {
        out.push_str(&said("note:", Role::Note, note));
        out.push('\n');
    }
    if let Some(hint) = error.remedy() {
        out.push_str(&said("hint:", Role::Hint, hint));
        out.push('\n');
    }
    out
}

/// A text whose lines are broken at words where a person reads it on a terminal; elsewhere a line stays a line.
#[must_use]
pub fn at_words(text: &str, screen: &Screen) -> String {
    if screen.rows.is_none() || text.split('\n').all(|line| line_width(line) <= screen.columns) {
        return text.to_owned();
    }
    let broken = |line: &str| {
        let indent: String = line.chars().take_while(|c| c.is_whitespace()).collect();
        let room = screen.columns.saturating_sub(line_width(&indent)).max(16);
        let pieces = wrap(line.get(indent.len()..).unwrap_or_default(), room);
        pieces.iter().map(|piece| format!("{indent}{piece}")).collect::<Vec<_>>().join("\n")
    };
    text.split('\n').map(broken).collect::<Vec<_>>().join("\n")
}

/// Columns of a line on a terminal, where a tab goes to the next eighth.
fn line_width(line: &str) -> usize {
    line.split('\t').map(width).reduce(|sum, part| sum / 8 * 8 + 8 + part).unwrap_or(0)
}

/// The frames, outermost first.
fn traceback(error: &Error, sources: Sources<'_>, detail: Detail, screen: &Screen) -> String {
    let mut frames: Vec<(&Frame, Rc<Source>)> =
        error.frames().iter().rev().filter_map(|frame| Some((frame, sources(frame.span.source)?))).collect();
    if detail == Detail::Short {
        frames = own_frames(frames);
    }
    let mut out = String::new();
    if frames.len() > 1 {
        out.push_str("Traceback (most recent call last):\n");
    }
    let left_out = if detail == Detail::Short { frames.len().saturating_sub(FRAMES) } else { 0 };
    for (i, (frame, source)) in frames.iter().enumerate() {
        if left_out > 0 && i == FRAMES / 2 {
            out.push_str(&format!(
                "  … {}\n",
                torchsh_language::value::report::size::counted(left_out, "more frame")
            ));
        }
        if !(FRAMES / 2..FRAMES / 2 + left_out).contains(&i) {
            out.push_str(&place(frame, source, error.kind(), screen));
        }
    }
    out
}

/// Without the frames of the shell's own library, unless there are no others.
fn own_frames(frames: Vec<(&Frame, Rc<Source>)>) -> Vec<(&Frame, Rc<Source>)> {
    let own: Vec<_> = frames.iter().filter(|(_, source)| !is_library(source)).cloned().collect();
    if own.is_empty() { frames } else { own }
}

/// The library's sources are named `<torch.nn>`; a program's by its path, `<string>` or `In [3]`.
fn is_library(source: &Source) -> bool {
    let name = source.name.as_str();
    name.starts_with('<') && !matches!(name, "<string>" | "<stdin>")
}

/// `File "x.py", line 3, in f`, the line and a caret under the place.
fn place(frame: &Frame, source: &Source, kind: Kind, screen: &Screen) -> String {
    let spot = Spot::of(&source.text, frame.span);
    let file = match source.name.strip_prefix("In [") {
        Some(_) => sanitize(&source.name).into_owned(),
        None => format!("File \"{}\"", sanitize(&source.name)),
    };
    let within = match &*frame.function {
        "<module>" => String::new(),
        function => format!(", in {}", sanitize(function)),
    };
    let head = format!("  {file}, line {}{within}\n", spot.number);
    let line = spot.line.trim_end();
    if line.trim().is_empty() {
        return head;
    }
    let indent = line.len() - line.trim_start().len();
    let text = sanitize(line.trim_start());
    let before = spot.before.get(indent..).map_or(0, |before| width(&sanitize(before)));
    let whole = kind != Kind::Syntax && before == 0 && width(&spot.marked) >= width(&text);
    let mut out = format!("{head}    {}\n", cut(&text, screen.columns.saturating_sub(4).max(20)));
    // A caret under all of a line says nothing.
    if !whole && before < screen.columns.saturating_sub(5) {
        let count = width(&spot.marked).clamp(1, screen.columns.saturating_sub(4 + before).max(1));
        let carets = screen.theme.paint(Role::Error, &"^".repeat(count));
        out.push_str(&format!("    {}{carets}\n", " ".repeat(before)));
    }
    out
}

/// A span in its line.
struct Spot {
    /// The line's number, from 1.
    number: usize,
    /// The line.
    line: String,
    /// What stands before the place.
    before: String,
    /// The place, as far as it is on this line.
    marked: String,
}

impl Spot {
    fn of(text: &str, span: Span) -> Self {
        let start = floor_boundary(text, span.start as usize);
        let end = floor_boundary(text, span.end as usize).max(start);
        let before = text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let rest = text.get(line_start..).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default();
        let line_end = line_start + line.len();
        Spot {
            number: before.matches('\n').count() + 1,
            line: line.to_owned(),
            before: text.get(line_start..start).unwrap_or_default().to_owned(),
            marked: text.get(start..end.min(line_end)).unwrap_or_default().trim_end().to_owned(),
        }
    }
}

fn floor_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, frames: &[(u32, u32, &str)], error: Error, message: &str) -> String {
        let source = Rc::new(Source::new(0, "x.py", text));
        let mut placed = error;
        for &(start, end, function) in frames {
            placed = placed.at(Span { source: 0, start, end }, &Rc::from(function));
        }
        let sources = |_| Some(source.clone());
        let name = placed.kind().name();
        super::error(&placed, name, message, &sources, Detail::Short, &Screen::plain(80))
    }

    #[test]
    fn the_caret_stands_under_the_place() {
        let text = "def f(m):\n    return m[\"江苏\"] + m[\"fc.weight\"]\nf({})\n";
        let start = text.find("m[\"fc").unwrap() as u32;
        let error = Error::new(Kind::Key, "'fc.weight'").hint("filter p shape== m");
        let shown = shown(
            text,
            &[(start, start + 14, "f"), (text.len() as u32 - 6, text.len() as u32 - 1, "<module>")],
            error,
            "'fc.weight'",
        );
        assert_eq!(
            shown,
            "Traceback (most recent call last):\n  File \"x.py\", line 3\n    f({})\n  File \"x.py\", line 2, in f\n    \
             return m[\"江苏\"] + m[\"fc.weight\"]\n                       ^^^^^^^^^^^^^^\nKeyError: 'fc.weight'\n\
             hint: filter p shape== m\n"
        );
    }

    #[test]
    fn a_span_past_the_end_is_survived() {
        let error = Error::new(Kind::Syntax, "unexpected EOF");
        let shown = shown("f(", &[(9, 99, "<module>")], error, "unexpected EOF");
        assert_eq!(shown, "  File \"x.py\", line 1\n    f(\n      ^\nSyntaxError: unexpected EOF\n");
    }
}
