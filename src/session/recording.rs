//! `record`: the session as a script that replays.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{Outcome, Session};
use torchsh_base::error::{Error, Result};
use torchsh_render::notebook;
use torchsh_syntax::tokens::{Class, tokens};

/// Something that was typed.
pub(super) struct Input {
    /// Its number.
    pub number: usize,
    /// As it was typed.
    pub text: String,
    /// What does the same in a script; none for what failed.
    pub script: Option<String>,
    /// Whether it was taken back.
    pub is_undone: bool,
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
        if rest.is_empty() || rest == "stop" || rest == "off" {
            let recording = self.recording.borrow_mut().take();
            return Ok(Outcome::answer(match recording {
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
        Ok(Outcome::answer(format!("from now on what succeeds is written to {shown} (record stop ends it)")))
    }

    /// Brings the recording up to date.
    pub(super) fn write_down(&self) -> Result<()> {
        let mut recording = self.recording.borrow_mut();
        let Some(Recording { path, written }) = &mut *recording else { return Ok(()) };
        let is_notebook = path.extension().is_some_and(|ending| ending == "ipynb");
        let inputs = self.inputs.borrow();
        let script = if is_notebook { notebook::of_code(&cells(&inputs)) } else { script(&inputs) };
        let done = match script.strip_prefix(written.as_str()) {
            Some(more) => append(path, more),
            None => std::fs::write(&*path, &script),
        };
        done.map_err(|error| Error::io(&error, path))?;
        *written = script;
        Ok(())
    }

    /// Leaves an input, and what followed it, out of the recording; or takes it in again.
    pub(super) fn take_back(&self, number: usize, is_undone: bool) -> Result<()> {
        for input in self.inputs.borrow_mut().iter_mut() {
            if input.number == number || is_undone && input.number > number {
                input.is_undone = is_undone;
            }
        }
        self.write_down()
    }
}

fn append(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().append(true).open(path)?;
    std::io::Write::write_all(&mut file, text.as_bytes())
}

/// The inputs as a script.
fn script(inputs: &[Input]) -> String {
    pieces(inputs).map(|(_, text)| text + "\n").collect()
}

/// The inputs as the cells of a notebook, in which a result that got a name is shown all the same.
fn cells(inputs: &[Input]) -> Vec<String> {
    pieces(inputs).map(|(name, text)| name.map_or(text.clone(), |name| format!("{text}\n{name}"))).collect()
}

/// What each input is in a script. A result that a later one speaks of as `_` or `_3` gets that name.
fn pieces(inputs: &[Input]) -> impl Iterator<Item = (Option<String>, String)> {
    let scripts = without_out(inputs);
    let named = named_results(inputs, &scripts);
    inputs.iter().zip(scripts).filter_map(move |(input, script)| {
        let script = script?.trim_end().to_owned();
        let is_named = named.contains(&input.number) && input.shows && !script.contains(['\n', ';']);
        let name = format!("_{}", input.number);
        Some(match is_named {
            true => (Some(name.clone()), format!("{name} = {script}\n_ = {name}")),
            false => (None, script),
        })
    })
}

/// The scripts with `_3` for `Out[3]`, which a script has not; from where `Out` becomes something else on, as they are.
fn without_out(inputs: &[Input]) -> Vec<Option<String>> {
    let mut is_ours = true;
    let mut translated = |script: &String| {
        let changed = if is_ours { numbered(script) } else { None };
        is_ours &= changed.is_some();
        changed.unwrap_or_else(|| script.clone())
    };
    let kept = |input: &Input| input.script.clone().filter(|_| !input.is_undone);
    inputs.iter().map(|input| kept(input).as_ref().map(&mut translated)).collect()
}

/// A script with `_3` for `Out[3]`; none where it speaks of `Out` in another way.
fn numbered(script: &str) -> Option<String> {
    let words = tokens(script);
    let word = |at: usize| words.get(at).and_then(|token| script.get(token.start..token.end));
    let mut text = String::new();
    let mut done = 0;
    for (i, token) in words.iter().enumerate() {
        let is_attribute = i.checked_sub(1).and_then(word) == Some(".");
        if token.class != Class::Name || word(i) != Some("Out") || is_attribute {
            continue;
        }
        let number = word(i + 2)?.parse::<usize>().ok()?;
        if word(i + 1) != Some("[") || word(i + 3) != Some("]") {
            return None;
        }
        text.push_str(script.get(done..token.start)?);
        text.push_str(&format!("_{number}"));
        done = words.get(i + 3)?.end;
    }
    text.push_str(script.get(done..)?);
    Some(text)
}

/// The numbers of the results that later inputs speak of.
fn named_results(inputs: &[Input], scripts: &[Option<String>]) -> BTreeSet<usize> {
    let mut named = BTreeSet::new();
    let mut last = None;
    for (input, script) in inputs.iter().zip(scripts) {
        let Some(script) = script else { continue };
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
    fn a_script_has_no_out() {
        assert_eq!(numbered("Out[3] + m.Out[1]").as_deref(), Some("_3 + m.Out[1]"));
        assert_eq!(numbered("f(Out[12], 'Out[2]')").as_deref(), Some("f(_12, 'Out[2]')"));
        assert_eq!(numbered("Out = {}"), None);
        assert_eq!(numbered("len(Out)"), None);
    }

    #[test]
    fn results_that_are_spoken_of_get_their_names() {
        let typed = [(1, "x = 2", false), (2, "x + 1", true), (3, "x", true), (4, "y = _ + _2", false)];
        let input = |(number, text, shows): (usize, &str, bool)| Input {
            number,
            text: text.to_owned(),
            script: Some(text.to_owned()),
            shows,
            is_undone: false,
        };
        let inputs: Vec<Input> = typed.into_iter().map(input).collect();
        assert_eq!(script(&inputs), "x = 2\n_2 = x + 1\n_ = _2\n_3 = x\n_ = _3\ny = _ + _2\n");
        assert_eq!(script(&inputs[..2]), "x = 2\nx + 1\n");
        assert_eq!(cells(&inputs), ["x = 2", "_2 = x + 1\n_ = _2\n_2", "_3 = x\n_ = _3\n_3", "y = _ + _2"]);
    }
}
