//! `error.__traceback__`: the lines an error came through, as a program reads them.

use std::rc::Rc;

use super::Interpreter;
use crate::value::{Instance, Native, Str, Value, Vm};
use torchsh_base::error::{Error, Result};

/// One line and those inside it, outermost first.
struct Traceback {
    lines: Rc<Vec<Line>>,
    at: usize,
}

struct Line {
    number: i64,
    file: String,
    function: Str,
}

impl Native for Traceback {
    fn type_name(&self) -> &str {
        "traceback"
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn attribute(&self, _vm: &dyn Vm, name: &Str) -> Option<Result<Value>> {
        let line = self.lines.get(self.at)?;
        Some(Ok(match name.as_str() {
            "tb_lineno" | "f_lineno" | "co_firstlineno" => Value::Int(line.number),
            "co_filename" => Value::str(line.file.as_str()),
            "co_name" | "co_qualname" => Value::Str(line.function.clone()),
            // What CPython has a frame and a code object for is all here.
            "tb_frame" | "f_code" => Value::native(Traceback { lines: self.lines.clone(), at: self.at }),
            "tb_next" if self.at + 1 < self.lines.len() => {
                Value::native(Traceback { lines: self.lines.clone(), at: self.at + 1 })
            }
            "tb_next" | "f_back" => Value::None,
            _ => return None,
        }))
    }
}

impl Interpreter {
    /// What a `SyntaxError` says of its place: `msg`, `filename`, `lineno`, `offset`, `text`.
    pub(super) fn place_syntax_error(&self, exception: &Instance, error: &Error) {
        let Some(frame) = error.frames().first() else { return };
        let Some(source) = self.source(frame.span.source) else { return };
        let line = source.line_of(frame.span.start);
        let before = source.text.get(..frame.span.start as usize).unwrap_or_default();
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        let text = source.text.lines().nth(usize::try_from(line - 1).unwrap_or(0)).unwrap_or_default();
        let text = Value::str(format!("{text}\n"));
        let own = &exception.attributes;
        own.set_name("msg", error.message());
        let place = [
            ("filename", Value::str(source.name.clone())),
            ("lineno", Value::Int(line)),
            ("offset", Value::from(column)),
            ("text", text),
        ];
        for (name, value) in &place {
            own.set_name(name, value.clone());
        }
        let place = Value::tuple(place.into_iter().map(|(_, value)| value).collect());
        own.set_name("args", Value::tuple(vec![Value::str(error.message()), place]));
    }

    /// Gives an exception object the lines that its error came through.
    pub(super) fn keep_traceback(&self, exception: &Rc<Instance>, error: &Error) {
        if exception.attributes.get_name("__traceback__").is_some() {
            return;
        }
        let lines: Vec<Line> = error
            .frames()
            .iter()
            .rev()
            .map(|frame| {
                let source = self.source(frame.span.source);
                let number = source.as_ref().map_or(1, |source| source.line_of(frame.span.start));
                let file = source.map_or_else(String::new, |source| source.name.clone());
                Line { number, file, function: Str::intern(&frame.function) }
            })
            .collect();
        if !lines.is_empty() {
            let traceback = Traceback { lines: Rc::new(lines), at: 0 };
            exception.attributes.set_name("__traceback__", Value::native(traceback));
        }
    }
}
