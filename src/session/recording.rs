//! `record`: the session as a script that replays.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::commands::answer;
use super::{Outcome, Session};
use crate::error::{Error, Result};
use crate::syntax::tokens::{Class, tokens};

/// Something that was typed.
pub(super) struct Input {
    /// Its number.
    pub number: usize,
    /// As it was typed.
    pub text: String,
    /// What does the same in a script; none for what failed or was taken back.
    pub script: Option<String>,
    /// Whether it left a result, as `_` and `_3`.
    pub shows: bool,
}

/// A file that the session is written to.
pub(super) struct Recording {
    path: PathBuf,
    /// What is in it.
    written: String,
}

impl Session {
    pub(super) fn record(&self, rest: &str) -> Result<Outcome> {
        if rest.is_empty() || rest == "stop" {
            let recording = self.recording.borrow_mut().take();
            return Ok(answer(match recording {
                Some(recording) => format!("recorded in {}", recording.path.display()),
                None => "nothing is recorded: record session.py begins".to_owned(),
            }));
        }
        let given = Path::new(rest.trim_matches(['"', '\'']));
        // It stays where it is when the session goes elsewhere.
        let path = std::path::absolute(given).map_err(|error| Error::io(&error, given))?;
        std::fs::File::create_new(&path).map_err(|error| Error::io(&error, given))?;
        *self.recording.borrow_mut() = Some(Recording { path, written: String::new() });
        self.write_down()?;
        let shown = given.display();
        Ok(answer(format!("from now on what succeeds is written to {shown} (record stop ends it)")))
    }

    /// Brings the recording up to date.
    pub(super) fn write_down(&self) -> Result<()> {
        let mut recording = self.recording.borrow_mut();
        let Some(Recording { path, written }) = &mut *recording else { return Ok(()) };
        let script = script(&self.inputs.borrow());
        let done = match script.strip_prefix(written.as_str()) {
            Some(more) => append(path, more),
            None => std::fs::write(&*path, &script),
        };
        done.map_err(|error| Error::io(&error, path))?;
        *written = script;
        Ok(())
    }

    /// Leaves what was typed from that number on out of the recording.
    pub(super) fn take_back(&self, number: usize) -> Result<()> {
        for input in self.inputs.borrow_mut().iter_mut().filter(|input| input.number >= number) {
            input.script = None;
        }
        self.write_down()
    }
}

fn append(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().append(true).open(path)?;
    std::io::Write::write_all(&mut file, text.as_bytes())
}

/// The inputs as a script. A result that a later one speaks of as `_` or `_3` gets that name.
fn script(inputs: &[Input]) -> String {
    let named = named_results(inputs);
    let mut text = String::new();
    for input in inputs {
        let Some(script) = &input.script else { continue };
        let script = script.trim_end();
        match named.contains(&input.number) && input.shows && !script.contains(['\n', ';']) {
            true => text.push_str(&format!("_{0} = {script}\n_ = _{0}\n", input.number)),
            false => text.push_str(&format!("{script}\n")),
        }
    }
    text
}

/// The numbers of the results that later inputs speak of.
fn named_results(inputs: &[Input]) -> BTreeSet<usize> {
    let mut named = BTreeSet::new();
    let mut last = None;
    for input in inputs {
        let Some(script) = &input.script else { continue };
        for token in tokens(script).iter().filter(|token| token.class == Class::Name) {
            let word = script.get(token.start..token.end).unwrap_or_default();
            match word.strip_prefix('_') {
                Some("") => named.extend(last),
                Some(digits) => named.extend(digits.parse::<usize>()),
                None => {}
            }
        }
        if input.shows {
            last = Some(input.number);
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_that_are_spoken_of_get_their_names() {
        let typed = [(1, "x = 2", false), (2, "x + 1", true), (3, "x", true), (4, "y = _ + _2", false)];
        let input = |(number, text, shows): (usize, &str, bool)| Input {
            number,
            text: text.to_owned(),
            script: Some(text.to_owned()),
            shows,
        };
        let inputs: Vec<Input> = typed.into_iter().map(input).collect();
        assert_eq!(script(&inputs), "x = 2\n_2 = x + 1\n_ = _2\n_3 = x\n_ = _3\ny = _ + _2\n");
        assert_eq!(script(&inputs[..2]), "x = 2\nx + 1\n");
    }
}
