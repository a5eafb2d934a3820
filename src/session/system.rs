//! What the prompt asks of the system: folders, other programs, the editor.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::recording::Input;
use super::{Outcome, Session};
use torchsh_base::error::{Error, Kind, Result, path_meant, path_text};
use torchsh_checkpoint::pattern::{fits, is_pattern};
use torchsh_language::value::report::size;
use torchsh_language::value::{Value, Vm};
use torchsh_render::sanitize::sanitize;

impl Session {
    /// Runs another program to its end. Ctrl-C is for it alone meanwhile.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn run_program(&self, command: &mut Command) -> std::io::Result<ExitStatus> {
        self.host.lend(true);
        if !self.host.shares_terminal() {
            // With what it starts itself it is a group, all of which can be told to stop.
            command.process_group(0);
        }
        let status = command.spawn().and_then(|mut child| self.wait_for(&mut child));
        self.host.lend(false);
        status
    }

    /// Waits for a program. Where Ctrl-C does not reach it from a terminal, it is sent on.
    fn wait_for(&self, child: &mut Child) -> std::io::Result<ExitStatus> {
        let mut nap = Duration::from_millis(1);
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(status);
            }
            if !self.host.shares_terminal()
                && self.interrupt.swap(false, Ordering::Relaxed)
                && let Ok(group) = i32::try_from(child.id())
            {
                // SAFETY: sends a signal to the group of a child that has not been waited for; touches no memory.
                unsafe { libc::kill(-group, libc::SIGINT) };
            }
            std::thread::sleep(nap);
            nap = (nap * 2).min(Duration::from_millis(20));
        }
    }

    pub(super) fn run_shell(&self, command: &str) -> Result<Outcome> {
        let status = self.run_program(Command::new("sh").arg("-c").arg(command));
        let status = status.map_err(|error| Error::io(&error, Path::new("sh")))?;
        Ok(Outcome { has_failed: !status.success(), ..Outcome::answer(ended(status)) })
    }

    /// The last input in the person's editor; what comes back is run.
    pub(super) fn edit(&self) -> Result<Outcome> {
        let last = self.inputs.borrow().last().map(|input| input.text.clone()).unwrap_or_default();
        let text = self.edited(&last)?;
        self.host.complain(text.trim_end());
        self.run_input(self.count.get(), &text)
    }

    /// What the person's editor makes of a text.
    ///
    /// # Errors
    /// The editor cannot be started, or ends with another status than 0: the text is not to be run then.
    pub fn edited(&self, text: &str) -> Result<String> {
        let editor =
            std::env::var("VISUAL").or_else(|_| std::env::var("EDITOR")).unwrap_or_else(|_| "vi".to_owned());
        let io = |error: std::io::Error| Error::io(&error, Path::new("<edit>"));
        let mut file = tempfile::Builder::new().prefix("torchsh-").suffix(".py").tempfile().map_err(io)?;
        std::io::Write::write_all(&mut file, text.as_bytes()).map_err(io)?;
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("{editor} \"$0\"")).arg(file.path());
        let status = self.run_program(&mut command).map_err(io)?;
        if !status.success() {
            return Err(Error::runtime(format!("{editor} ended with {status}: nothing is run")));
        }
        std::fs::read_to_string(file.path()).map_err(io)
    }

    pub(super) fn change_folder(&self, rest: &str) -> Result<Outcome> {
        let target = rest.trim_matches(['"', '\'']);
        let home = || std::env::var("HOME").unwrap_or_else(|_| "/".to_owned());
        let path = match target.strip_prefix('~') {
            _ if target.is_empty() => home(),
            Some(below) => home() + below,
            None if target == "-" => {
                let before = self.folder_before.borrow().clone();
                before.ok_or_else(|| Error::runtime("there is no folder to go back to: no cd came before"))?
            }
            None => target.to_owned(),
        };
        let here = current_folder()?;
        std::env::set_current_dir(&path).map_err(|error| Error::io(&error, Path::new(&path)))?;
        *self.folder_before.borrow_mut() = Some(here);
        let python = format!("import os; os.chdir({})", self.interpreter.repr(&Value::str(path))?);
        let (number, text) = (self.count.get(), format!("cd {rest}"));
        self.inputs.borrow_mut().push(Input {
            number,
            text,
            script: Some(python),
            shows: false,
            is_undone: false,
        });
        self.write_down()?;
        Ok(Outcome::answer(current_folder()?))
    }
}

pub(super) fn current_folder() -> Result<String> {
    let folder = std::env::current_dir().map_err(|error| Error::io(&error, Path::new(".")))?;
    Ok(path_text(folder))
}

/// How a program ended, if not well.
fn ended(status: ExitStatus) -> String {
    match (status.code(), std::os::unix::process::ExitStatusExt::signal(&status)) {
        (Some(0), _) => String::new(),
        (Some(code), _) => format!("(exit status: {code})"),
        (None, Some(libc::SIGINT)) => "\n(stopped by Ctrl-C)".to_owned(),
        (None, signal) => format!("(ended by signal {})", signal.unwrap_or_default()),
    }
}

/// `ls`, `ls runs`, `ls runs/*.pt`
pub(super) fn list_folder(rest: &str) -> Result<Outcome> {
    if rest.starts_with('-') && !path_meant(rest).exists() {
        let error = Error::new(Kind::Syntax, "ls takes a folder or a pattern here");
        return Err(error.hint(format!("!ls {rest} runs the system's own")));
    }
    let target = rest.trim_matches(['"', '\'']);
    let is_there = path_meant(target).exists();
    let (folder, pattern) = match target.rsplit_once('/') {
        _ if is_there || !is_pattern(target) => (target, ""),
        Some((folder, pattern)) => (if folder.is_empty() { "/" } else { folder }, pattern),
        None => ("", target),
    };
    let home = || std::env::var("HOME").unwrap_or_else(|_| "/".to_owned());
    let path = match folder.strip_prefix('~') {
        Some(below) => path_meant(&(home() + below)),
        None => path_meant(if folder.is_empty() { "." } else { folder }),
    };
    if path.is_file() {
        let size = std::fs::metadata(&path).map_err(|error| Error::io(&error, &path))?.len();
        return Ok(Outcome::answer(format!("{:>10}  {}\n", size::bytes(size), sanitize(folder))));
    }
    let entries = std::fs::read_dir(&path).map_err(|error| Error::io(&error, &path))?;
    let mut lines: Vec<(String, String)> = entries
        .flatten()
        .filter_map(|entry| {
            let name = path_text(entry.file_name());
            let data = std::fs::metadata(entry.path()).ok()?;
            let size = if data.is_dir() { String::new() } else { size::bytes(data.len()) };
            let name = format!("{}{}", sanitize(&name), if data.is_dir() { "/" } else { "" });
            let is_hidden = name.starts_with('.') && !pattern.starts_with('.');
            let is_meant = pattern.is_empty() || fits(name.trim_end_matches('/'), pattern);
            (!is_hidden && is_meant).then_some((name, size))
        })
        .collect();
    lines.sort();
    if lines.is_empty() && !pattern.is_empty() {
        return Ok(Outcome::answer(format!("nothing here fits {}", sanitize(pattern))));
    }
    Ok(Outcome::answer(lines.iter().map(|(name, size)| format!("{size:>10}  {name}\n")).collect()))
}
