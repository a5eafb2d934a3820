//! What the prompt understands beside the language: `who`, `%time`, `!command` and their kin.
//!
//! A line is a command only where it is no Python: its first word is followed by another word, or is no name of the
//! program's.

use super::{Outcome, Session, system};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_language::value::Value;
use torchsh_language::value::Vm;
use torchsh_language::value::report::{Head, Report, size};
use torchsh_render::error::Detail;

/// A command of the prompt.
pub struct Command {
    /// Its first word.
    pub name: &'static str,
    /// How it is typed.
    pub synopsis: &'static str,
    /// What it does.
    pub says: &'static str,
    /// What may follow it.
    takes: Takes,
}

/// What may follow the name of a command.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Nothing,
    /// A number, or nothing.
    Number,
    /// One word, which may stand in quotes, or nothing.
    Word,
    /// The rest of the line, whatever it is.
    Line,
}

/// A text that is a command.
pub(super) enum Typed<'t> {
    /// `!ls`: a line for the system.
    Shell(&'t str),
    /// `name?`
    Question(&'t str),
    /// A command by name, and what follows it.
    Command(&'t str, &'t str),
}

const fn command(name: &'static str, synopsis: &'static str, says: &'static str, takes: Takes) -> Command {
    Command { name, synopsis, says, takes }
}

impl Command {
    /// What follows the command, if that is what it takes.
    fn checked<'a>(&self, rest: &'a str) -> Result<&'a str> {
        let words = rest.split_whitespace().count();
        let is_quoted = rest.len() > 1 && rest.starts_with(['"', '\'']) && rest.ends_with(['"', '\'']);
        let fits = match self.takes {
            Takes::Line => true,
            Takes::Nothing => rest.is_empty(),
            Takes::Number => rest.is_empty() || rest.parse::<usize>().is_ok_and(|number| number > 0),
            Takes::Word => words < 2 || is_quoted,
        };
        let what = match self.takes {
            Takes::Number => "takes a number",
            Takes::Word => "takes one word",
            Takes::Nothing | Takes::Line => "takes nothing",
        };
        let error = || Error::new(Kind::Syntax, format!("{} {what}, not: {rest}", self.name));
        if fits { Ok(rest) } else { Err(error().hint(format!("usage: {}", self.synopsis))) }
    }
}

/// The commands.
pub const ALL: &[Command] = &[
    command("help", "help NAME or NAME?", "what NAME is; help alone is this page", Takes::Line),
    command(
        "tutorial",
        "tutorial [PAGE] or tutorial stop",
        "a walk through the shell, in a temporary folder",
        Takes::Word,
    ),
    command(
        "browse",
        "browse ckpt or browse \"x.pt\"",
        "walk over a checkpoint on the whole screen, mark and change",
        Takes::Line,
    ),
    command("who", "who", "the names defined here, with types and sizes", Takes::Nothing),
    command("page", "page or page CODE", "the last result, or that of CODE, in full in $PAGER", Takes::Line),
    command("undo", "undo [COUNT]", "take back what the last statements changed", Takes::Number),
    command("redo", "redo [COUNT]", "do again what undo took back", Takes::Number),
    command("history", "history [COUNT]", "what was typed", Takes::Number),
    command(
        "record",
        "record FILE or record stop",
        "write what is typed to a file, as a script or (x.ipynb) a notebook",
        Takes::Word,
    ),
    command("edit", "edit", "open the last input in $EDITOR, and run what comes back", Takes::Nothing),
    command("time", "time CODE", "how long it takes, and how much memory", Takes::Line),
    command(
        "timeit",
        "timeit CODE",
        "how long it takes on average, when it is repeated many times",
        Takes::Line,
    ),
    command("set", "set [NAME WORD]", "the settings; set theme light changes one and keeps it", Takes::Line),
    command("traceback", "traceback", "the last error in full", Takes::Nothing),
    command("cd", "cd FOLDER or cd -", "go to another folder, or back", Takes::Line),
    command("ls", "ls [FOLDER or *.pt]", "the files of a folder", Takes::Line),
    command("pwd", "pwd", "the current folder", Takes::Nothing),
    command("!", "!COMMAND", "run a command of the system", Takes::Line),
    command("exit", "exit", "leave, as quit and Ctrl-D do", Takes::Nothing),
    command("quit", "quit", "leave", Takes::Nothing),
];

/// The command of that name.
pub fn named(name: &str) -> Option<&'static Command> {
    ALL.iter().find(|command| command.name == name)
}

impl Session {
    /// Runs a line if it is a command; none if it is the language's.
    pub(super) fn command(&self, text: &str) -> Option<Result<Outcome>> {
        Some(match self.command_in(text)? {
            Typed::Shell(line) => self.run_shell(line),
            Typed::Question(name) => self.help_on(name),
            Typed::Command(name, rest) => self.run_command(name, rest),
        })
    }

    /// The command that a text is, if it is one.
    pub(super) fn command_in<'t>(&self, text: &'t str) -> Option<Typed<'t>> {
        let line = text.trim();
        if let Some(shell) = line.strip_prefix('!') {
            return Some(Typed::Shell(shell));
        }
        let asks = line.strip_suffix('?').or_else(|| line.strip_prefix('?'));
        if let Some(name) = asks.map(|name| name.trim_matches(['?', ' '])).filter(|name| is_chain(name)) {
            return Some(Typed::Question(name));
        }
        if let Some(name) = called(line).filter(|_| self.globals().get_name("help").is_none()) {
            return Some(Typed::Command("help", name));
        }
        let line = line.strip_prefix('%').unwrap_or(line);
        let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim();
        if named(name).is_none() || line.contains('\n') && !name.starts_with("time") {
            return None;
        }
        let is_own = self.globals().get_name(name).is_some();
        // `ls * x` would be a product of names that nobody has.
        let is_python =
            is_python(rest) && !(name == "ls" && rest.starts_with("*.") || name == "cd" && rest == "-");
        if !text.trim_start().starts_with('%') && (is_own || is_python) {
            return None;
        }
        Some(Typed::Command(name, rest))
    }

    /// Whether a text can never run: it is no command and no Python.
    #[must_use]
    pub fn is_wrong(&self, text: &str) -> bool {
        let text = torchsh_syntax::cursor::unpasted(text);
        !self.is_mixed(&text) && self.command_in(&text).is_none() && self.check("<cell>", &text).is_err()
    }

    fn run_command(&self, name: &str, rest: &str) -> Result<Outcome> {
        let rest = named(name).map_or(Ok(rest), |command| command.checked(rest))?;
        match name {
            "who" => self.who(),
            "history" => Ok(Outcome::answer(self.history_text(rest))),
            "traceback" => Ok(Outcome::answer(match &*self.last_error.borrow() {
                Some(error) => self.error_text(error, Detail::Full),
                None => "no error so far".to_owned(),
            })),
            "help" => self.help_on(rest),
            "tutorial" => self.tutorial(rest),
            "browse" => self.browse(rest),
            "set" => self.set(rest),
            "page" => self.page(rest),
            "cd" => self.change_folder(rest),
            "pwd" => Ok(Outcome::answer(system::current_folder()?)),
            "ls" => system::list_folder(rest),
            "time" => self.time(rest),
            "timeit" => self.time_again(rest),
            "undo" => self.undo(rest),
            "redo" => self.redo(rest),
            "record" => self.record(rest),
            "edit" => self.edit(),
            _ => Ok(Outcome { exit: Some(0), ..Outcome::default() }),
        }
    }

    // ---- looking --------------------------------------------------------------------------------------------------

    fn who(&self) -> Result<Outcome> {
        let mut lines = Vec::new();
        for (name, value) in self.globals().entries() {
            let Some(name) = name.as_str().filter(|name| !name.starts_with('_')) else { continue };
            if matches!(value, Value::Module(_)) {
                continue;
            }
            let kind = self.interpreter.type_name(&value).as_str().to_owned();
            let weights = self.weights_of(&value).filter(|weights| weights.tensors > 0);
            let amount = weights.as_ref().map_or_else(String::new, |weights| size::bytes(weights.bytes));
            let text = match (&value, weights) {
                (Value::Instance(_), Some(weights)) => size::counted(weights.tensors, "tensor"),
                (Value::Instance(_), None) => String::new(),
                // The type stands in a column of its own.
                (value, _) => {
                    let text = self.describe(value);
                    text.strip_prefix(&format!("{kind}, ")).unwrap_or(&text).to_owned()
                }
            };
            lines.push(vec![name.as_str().to_owned(), kind, text, amount]);
        }
        if lines.is_empty() {
            return Ok(Outcome::answer("no names yet".to_owned()));
        }
        let heads =
            vec![Head::words("name"), Head::words("type"), Head::words("value"), Head::amount("size")];
        let report = Report::Table { heads, lines, foot: String::new() };
        Ok(Outcome::answer(self.host.text_of(&report)))
    }

    fn history_text(&self, rest: &str) -> String {
        let typed = self.typed.borrow();
        // The line that asks is none of them.
        let before = typed.len().saturating_sub(1);
        let skipped = before.saturating_sub(rest.parse().unwrap_or(before));
        let line = |(number, text): &(usize, String)| {
            format!("{number:>4}: {}\n", text.trim_end().replace('\n', "\n      "))
        };
        typed.iter().take(before).skip(skipped).map(line).collect()
    }

    /// All of the last result, or of a line that is run now.
    fn page(&self, line: &str) -> Result<Outcome> {
        if let Some(outcome) = self.command(line).filter(|_| !line.is_empty()) {
            return Ok(Outcome { paged: true, ..outcome? });
        }
        let value = match line.is_empty() {
            true => self.last_shown.borrow().clone(),
            false => {
                self.run_input(self.count.get(), line)?;
                self.last_shown.borrow().clone()
            }
        };
        let Some(value) = value else {
            let nothing =
                if line.is_empty() { "nothing was shown so far" } else { "there is nothing to show" };
            return Ok(Outcome::answer(nothing.to_owned()));
        };
        let shown = self.text_of(&value, true)?;
        Ok(Outcome { shown, is_answer: true, paged: true, ..Outcome::default() })
    }
}

/// Whether what follows a command's name makes the line Python's: `who = 1`, `time.time()`.
fn is_python(rest: &str) -> bool {
    let starts = ["=", "(", "[", ".", ",", ":", "+", "*", "if ", "in ", "is ", "and ", "or ", "not in "];
    starts.iter().any(|start| rest.starts_with(start)) && !rest.starts_with("./") && !rest.starts_with("..")
}

/// The name in `help(name)`, which alone on a line is a page, as `help name` is.
fn called(line: &str) -> Option<&str> {
    let name = line.strip_prefix("help(")?.strip_suffix(')')?;
    (!name.is_empty() && !name.starts_with(['"', '\'']) && is_chain(name)).then_some(name)
}

/// Whether a text could name something: `torch.topk`, `m["fc.weight"]`, or nothing.
fn is_chain(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || "_.[]'\"".contains(c))
}

/// The error of a command that lacks a word.
pub(super) fn wants(what: &str, example: &'static str) -> Error {
    Error::new(Kind::Syntax, what).hint(example)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_python_stays_python() {
        for rest in ["= 1", "(x)", ".time()", ", 2", "[0]", "in m"] {
            assert!(is_python(rest), "{rest}");
        }
        assert!(is_chain("m[\"a.b\"]") && !is_chain("x = 1  # why"));
        for rest in ["", "..", "./x", "session.py", "x = 1", "filter"] {
            assert!(!is_python(rest), "{rest}");
        }
    }

    #[test]
    fn no_command_passes_over_what_it_does_not_take() {
        for command in ALL {
            let wrong: &[&str] = match command.takes {
                Takes::Nothing => &["x", "| wc", "3"],
                Takes::Number => &["x", "-1", "1 2", "0"],
                Takes::Word => &["a b", "a | wc"],
                Takes::Line => &[],
            };
            for rest in wrong {
                let error = command.checked(rest).unwrap_err();
                assert!(
                    error.remedy().is_some_and(|hint| hint.contains(command.synopsis)),
                    "{}",
                    command.name
                );
            }
            assert!(command.checked("").is_ok(), "{}", command.name);
        }
        assert!(named("record").is_some_and(|record| record.checked("\"my session.py\"").is_ok()));
    }
}
