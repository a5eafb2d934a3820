//! The prompt.

mod plain;

use std::io::IsTerminal;

use super::output::Streams;
use crate::session::{Outcome, Output, Session};

/// Talks until the end of the input; the exit status.
pub fn converse(session: &Session, output: &Streams) -> i32 {
    plain::converse(session, output)
}

/// Opens files as `ckpt`, `ckpt2` …, and shows what they are.
pub fn open(session: &Session, files: &[String], output: &Streams) -> i32 {
    let _ = (session, files, output);
    0
}

/// Shows how an input ended; the status to leave with, if it asked to leave.
fn show(outcome: &Outcome, session: &Session, output: &dyn Output) -> Option<i32> {
    if let Some(error) = &outcome.error {
        output.complain(error);
    }
    if let Some(text) = &outcome.shown {
        let theme = session.screen().theme;
        let mark = theme.paint(crate::render::Role::Out, &format!("Out[{}]:", outcome.number));
        let text = match (outcome.is_answer, text.contains('\n')) {
            (true, _) => format!("{text}\n"),
            (false, true) => format!("{mark}\n{text}\n"),
            (false, false) => format!("{mark} {text}\n"),
        };
        // Where the terminal has gone, the next read says so.
        let _ = output.write(&text);
    }
    outcome.exit
}
