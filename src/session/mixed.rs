//! Cells in which `!ls` and `%time f()` stand among lines of Python, as notebooks have them.

use super::{Outcome, Session};
use torchsh_base::error::Result;
use torchsh_render::Bundle;
use torchsh_syntax::cursor::logical_lines;

/// Lines of one kind.
#[derive(Debug, PartialEq, Eq)]
struct Part {
    /// With an empty line for each line before, so that errors name the lines of the cell.
    text: String,
    is_command: bool,
}

/// The parts of a text that has several lines, some of which begin with `!` or `%`; none where it is of one kind.
fn parts(text: &str) -> Option<Vec<Part>> {
    let starts = logical_lines(text);
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let mut parts: Vec<Part> = Vec::new();
    for (&start, end) in starts.iter().zip(ends) {
        let line = text.get(start..end)?;
        let is_command = line.starts_with(['!', '%']);
        match parts.last_mut() {
            Some(last) if !last.is_command && !is_command => last.text.push_str(line),
            _ if line.trim().is_empty() => {}
            _ if is_command => parts.push(Part { text: line.trim_end().to_owned(), is_command }),
            _ => {
                let before = text.get(..start)?.matches('\n').count();
                parts.push(Part { text: "\n".repeat(before) + line, is_command });
            }
        }
    }
    (parts.len() > 1 && parts.iter().any(|part| part.is_command)).then_some(parts)
}

impl Session {
    /// Whether a text has several kinds of lines.
    pub(super) fn is_mixed(&self, text: &str) -> bool {
        parts(text).is_some()
    }

    /// Runs a text of several kinds of lines, part by part, up to one that fails; none where it is of one kind.
    pub(super) fn mixed(&self, number: usize, text: &str) -> Option<Result<Outcome>> {
        let parts = parts(text)?;
        let last = parts.len() - 1;
        let mut done = Outcome::default();
        for (place, part) in parts.iter().enumerate() {
            let command = if part.is_command { self.command(&part.text) } else { None };
            let ran = command.unwrap_or_else(|| self.run_input(number, &part.text));
            done = match ran {
                Ok(outcome) => outcome,
                Err(error) => return Some(Err(error)),
            };
            if done.exit.is_some() {
                break;
            }
            // What stands in the middle and is a value is not shown, as in Python; what a command answers is.
            if let Some(plain) = done.shown.take_if(|_| place < last && part.is_command) {
                let bundle = Bundle { plain, others: std::mem::take(&mut done.others) };
                if let Err(error) = self.host.put(&bundle, &Default::default()) {
                    return Some(Err(error));
                }
            }
        }
        Some(Ok(done))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_stand_among_lines_of_python() {
        let part = |text: &str, is_command| Part { text: text.to_owned(), is_command };
        let found = parts("!ls\nx = (1,\n!2)\ny = \"\"\"\n!no\n\"\"\"\n%time x\n").unwrap();
        let python = "\nx = (1,\n!2)\ny = \"\"\"\n!no\n\"\"\"\n";
        assert_eq!(found, [part("!ls", true), part(python, false), part("%time x", true)]);
        for whole in ["!ls", "x\ny", "!a\n", "x %\\\ny", "x = 1\n  !ls"] {
            assert_eq!(parts(whole), None, "{whole}");
        }
    }
}
