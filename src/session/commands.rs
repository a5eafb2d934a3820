//! What the prompt understands beside the language: `who`, `%time`, `!command` and their kin.
//!
//! A line is a command only where it is no Python: its first word is followed by another word, or is no name of the
//! program's.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::{Outcome, Session, memory};
use crate::error::{Error, Kind, Result};
use crate::render::error::Detail;
use crate::value::report::{Head, Report, Totals, gather, size};
use crate::value::{Value, Vm};

/// The commands with a line on each.
pub const NAMES: &[(&str, &str)] = &[
    ("cd", "go to another folder"),
    ("edit", "write the next input in $EDITOR"),
    ("exit", "leave"),
    ("help", "what there is, or: help NAME"),
    ("history", "what was typed"),
    ("ls", "the files of a folder"),
    ("pwd", "the folder we are in"),
    ("quit", "leave"),
    ("record", "write what is typed to a file: record FILE"),
    ("time", "how long a statement takes: time STATEMENT"),
    ("timeit", "the same again and again: timeit STATEMENT"),
    ("traceback", "all of the last error"),
    ("tutorial", "a walk through the shell"),
    ("undo", "take back the last change to names or dicts"),
    ("who", "the names defined here, with types and sizes"),
];

impl Session {
    /// Runs a line if it is a command; none if it is the language's.
    pub(super) fn command(&self, text: &str) -> Option<Result<Outcome>> {
        let line = text.trim();
        if let Some(shell) = line.strip_prefix('!') {
            return Some(run_shell(shell));
        }
        if let Some(name) = line.strip_suffix('?').map(|rest| rest.trim_end_matches('?').trim()) {
            return Some(self.help_on(name));
        }
        let line = line.strip_prefix('%').unwrap_or(line);
        let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim();
        let known = NAMES.iter().any(|(known, _)| *known == name);
        if !known || line.contains('\n') && !name.starts_with("time") {
            return None;
        }
        let is_own = self.globals().get_name(name).is_some();
        if !text.trim_start().starts_with('%') && (is_own || is_python(rest)) {
            return None;
        }
        Some(self.run_command(name, rest))
    }

    fn run_command(&self, name: &str, rest: &str) -> Result<Outcome> {
        match name {
            "who" => self.who(),
            "history" => Ok(answer(self.history_text(rest))),
            "traceback" => Ok(answer(match &*self.last_error.borrow() {
                Some(error) => self.error_text(error, Detail::Full),
                None => "no error so far".to_owned(),
            })),
            "help" => {
                if rest.is_empty() {
                    Ok(answer(self.overview()))
                } else {
                    self.help_on(rest)
                }
            }
            "tutorial" => Ok(answer(super::tutorial::page(rest))),
            "cd" => change_folder(rest),
            "pwd" => Ok(answer(current_folder()?)),
            "ls" => list_folder(rest),
            "time" => self.time(rest),
            "timeit" => self.time_again(rest),
            "undo" => self.undo(),
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
            let bytes = self.bytes_of(&value)?;
            let amount = if bytes > 0 { size::bytes(bytes) } else { String::new() };
            let text = self.describe(&value);
            // The type stands in a column of its own.
            let text = text.strip_prefix(&format!("{kind}, ")).unwrap_or(&text).to_owned();
            lines.push(vec![name.as_str().to_owned(), kind, text, amount]);
        }
        if lines.is_empty() {
            return Ok(answer("no names yet".to_owned()));
        }
        let heads =
            vec![Head::words("name"), Head::words("type"), Head::words("value"), Head::amount("size")];
        let report = Report::Table { heads, lines, foot: String::new() };
        Ok(answer(crate::render::report::report(&report, &self.host.screen())))
    }

    /// Bytes of the tensors in a value, as far as they are seen without running anything.
    fn bytes_of(&self, value: &Value) -> Result<u64> {
        match value {
            Value::Tensor(_) => Ok(gather::facts(&*self.interpreter, value)?.bytes),
            Value::Dict(dict) if gather::look(dict) == gather::Look::StateDict => {
                Ok(Totals::of(&gather::rows(&*self.interpreter, dict)?).bytes)
            }
            _ => Ok(0),
        }
    }

    fn history_text(&self, rest: &str) -> String {
        let inputs = self.inputs.borrow();
        let count = rest.parse().unwrap_or(inputs.len());
        let skipped = inputs.len().saturating_sub(count);
        let line = |(number, text): &(usize, String)| {
            format!("{number:>4}: {}\n", text.trim_end().replace('\n', "\n      "))
        };
        inputs.iter().skip(skipped).map(line).collect()
    }

    fn help_on(&self, name: &str) -> Result<Outcome> {
        let name = name.trim_matches(['(', ')', ' ']);
        match self.inspect(name) {
            Some(text) => Ok(answer(self.wrapped(&text))),
            None if name.is_empty() => Ok(answer(self.overview())),
            None => match NAMES.iter().find(|(known, _)| *known == name) {
                Some((name, says)) => Ok(answer(format!("{name}\n    {says}"))),
                None => Err(Error::new(Kind::Name, format!("nothing is known of '{name}'"))
                    .hint("help lists what there is")),
            },
        }
    }

    /// Prose broken at the screen's edge; what is indented is code and stays.
    fn wrapped(&self, text: &str) -> String {
        let room = self.host.screen().columns.saturating_sub(1);
        let line = |line: &str| match line.starts_with(' ') {
            true => vec![line.to_owned()],
            false => crate::render::width::wrap(line, room),
        };
        text.lines().flat_map(line).collect::<Vec<_>>().join("\n")
    }

    fn overview(&self) -> String {
        let mut text = "A line is Python with PyTorch's names, or a verb. help NAME says more.\n".to_owned();
        for row in self.verbs() {
            let synopsis = row.details.lines().next().unwrap_or(row.name);
            // Options stand on the verb's own page.
            let synopsis = synopsis.split(" [").next().unwrap_or(synopsis);
            text.push_str(&format!("  {synopsis:<30} {}\n", row.summary));
        }
        text.push_str("\nAt the prompt also:\n");
        for (name, says) in NAMES {
            text.push_str(&format!("  {name:<30} {says}\n"));
        }
        text.push_str("  !COMMAND                       run a command of the system\n");
        text.push_str("  NAME?                          what NAME is\n");
        text
    }

    // ---- time -----------------------------------------------------------------------------------------------------

    fn time(&self, statement: &str) -> Result<Outcome> {
        let counts = memory::forget_peak();
        let started = Instant::now();
        let outcome = self.evaluate(self.count.get(), statement)?;
        let took = duration(started.elapsed());
        match memory::peak().filter(|_| counts) {
            Some(peak) => {
                self.host.complain(&format!("took {took}, memory at its peak {}", size::bytes(peak)))
            }
            None => self.host.complain(&format!("took {took}")),
        }
        Ok(outcome)
    }

    fn time_again(&self, statement: &str) -> Result<Outcome> {
        let code = self.interpreter.read("<timeit>", statement)?;
        let started = Instant::now();
        let mut times = Vec::new();
        // Until half a second has gone, but three times at least.
        while times.len() < 3 || started.elapsed() < Duration::from_millis(500) && times.len() < 1_000_000 {
            let begun = Instant::now();
            self.interpreter.run_interactive(&code)?;
            times.push(begun.elapsed());
            self.interpreter.check_interrupt()?;
        }
        times.sort();
        let middle = times.get(times.len() / 2).copied().unwrap_or_default();
        let best = times.first().copied().unwrap_or_default();
        let runs = size::counted(times.len(), "run");
        Ok(answer(format!("{} (best {}, {runs})", duration(middle), duration(best))))
    }

    // ---- the session as a script ----------------------------------------------------------------------------------

    fn record(&self, rest: &str) -> Result<Outcome> {
        if rest.is_empty() || rest == "stop" {
            let path = self.recording.borrow_mut().take();
            return Ok(answer(path.map_or("nothing is recorded".to_owned(), |path| {
                format!("recorded in {}", path.display())
            })));
        }
        let path = Path::new(rest.trim_matches(['"', '\''])).to_owned();
        let mut text = String::new();
        for (_, input) in self.inputs.borrow().iter() {
            text.push_str(input.trim_end());
            text.push('\n');
        }
        let file = std::fs::OpenOptions::new().write(true).create_new(true).open(&path);
        let mut file = file.map_err(|error| Error::io(&error, &path))?;
        std::io::Write::write_all(&mut file, text.as_bytes()).map_err(|error| Error::io(&error, &path))?;
        let told = answer(format!(
            "from now on what succeeds is written to {} (record stop ends it)",
            path.display()
        ));
        *self.recording.borrow_mut() = Some(path);
        Ok(told)
    }

    fn edit(&self) -> Result<Outcome> {
        let editor =
            std::env::var("VISUAL").or_else(|_| std::env::var("EDITOR")).unwrap_or_else(|_| "vi".to_owned());
        let last = self.inputs.borrow().last().map(|(_, text)| text.clone()).unwrap_or_default();
        let io = |error: std::io::Error| Error::io(&error, Path::new("<edit>"));
        let mut file = tempfile::Builder::new().prefix("torchsh-").suffix(".py").tempfile().map_err(io)?;
        std::io::Write::write_all(&mut file, last.as_bytes()).map_err(io)?;
        let status = Command::new("sh")
            .arg("-c")
            .arg(format!("{editor} \"$0\""))
            .arg(file.path())
            .status()
            .map_err(io)?;
        if !status.success() {
            return Ok(answer(format!("{editor} ended with {status}: nothing is run")));
        }
        let text = std::fs::read_to_string(file.path()).map_err(io)?;
        self.host.complain(text.trim_end());
        self.inputs.borrow_mut().push((self.count.get(), text.clone()));
        self.evaluate(self.count.get(), &text)
    }
}

/// Whether what follows a command's name makes the line Python's: `who = 1`, `time.time()`, `help(x)`.
fn is_python(rest: &str) -> bool {
    let starts = ["=", "(", "[", ".", ",", ":", "+", "*", "if ", "in ", "is ", "and ", "or ", "not in "];
    starts.iter().any(|start| rest.starts_with(start)) && !rest.starts_with("./") && !rest.starts_with("..")
}

/// Text that stands without `Out[3]`.
fn answer(text: String) -> Outcome {
    let text = text.trim_end().to_owned();
    Outcome { shown: Some(text).filter(|text| !text.is_empty()), is_answer: true, ..Outcome::default() }
}

fn run_shell(command: &str) -> Result<Outcome> {
    let status = Command::new("sh").arg("-c").arg(command).status();
    let status = status.map_err(|error| Error::io(&error, Path::new("sh")))?;
    Ok(answer(if status.success() { String::new() } else { format!("({status})") }))
}

fn change_folder(rest: &str) -> Result<Outcome> {
    let target = rest.trim_matches(['"', '\'']);
    let home = || std::env::var("HOME").unwrap_or_else(|_| "/".to_owned());
    let path = match target.strip_prefix('~') {
        _ if target.is_empty() => home(),
        Some(below) => home() + below,
        None => target.to_owned(),
    };
    std::env::set_current_dir(&path).map_err(|error| Error::io(&error, Path::new(&path)))?;
    Ok(answer(current_folder()?))
}

fn current_folder() -> Result<String> {
    let folder = std::env::current_dir().map_err(|error| Error::io(&error, Path::new(".")))?;
    Ok(folder.display().to_string())
}

fn list_folder(rest: &str) -> Result<Outcome> {
    let target = rest.trim_matches(['"', '\'']);
    let path = Path::new(if target.is_empty() { "." } else { target });
    let entries = std::fs::read_dir(path).map_err(|error| Error::io(&error, path))?;
    let mut lines: Vec<(String, String)> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            let data = std::fs::metadata(entry.path()).ok()?;
            let size = if data.is_dir() { String::new() } else { size::bytes(data.len()) };
            let name = format!(
                "{}{}",
                crate::render::sanitize::sanitize(&name),
                if data.is_dir() { "/" } else { "" }
            );
            (!name.starts_with('.')).then_some((name, size))
        })
        .collect();
    lines.sort();
    Ok(answer(lines.iter().map(|(name, size)| format!("{size:>10}  {name}\n")).collect()))
}

/// A time as people read it: `1.23 s`, `45.6 ms`.
fn duration(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        s if s >= 60.0 => format!("{} min {:.0} s", (s / 60.0).floor(), s % 60.0),
        s if s >= 1.0 => format!("{s:.2} s"),
        s if s >= 1e-3 => format!("{:.2} ms", s * 1e3),
        s if s >= 1e-6 => format!("{:.2} µs", s * 1e6),
        s => format!("{:.0} ns", s * 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_python_stays_python() {
        for rest in ["= 1", "(x)", ".time()", ", 2", "[0]", "in m"] {
            assert!(is_python(rest), "{rest}");
        }
        for rest in ["", "..", "./x", "session.py", "x = 1", "filter"] {
            assert!(!is_python(rest), "{rest}");
        }
    }

    #[test]
    fn times_are_readable() {
        let shown = [3661.0, 1.5, 0.0123, 0.000_004_5, 2e-8].map(|s| duration(Duration::from_secs_f64(s)));
        assert_eq!(shown, ["61 min 1 s", "1.50 s", "12.30 ms", "4.50 µs", "20 ns"]);
    }
}
