//! Programs that are not typed: files, `-c`, standard input.

use std::io::Read;
use std::path::Path;

use super::arguments::Program;
use super::command_error;
use torchsh_base::error::{Error, Kind, Result, path_meant, path_text};
use torchsh_render::error::Detail;
use torchsh_session::{Output, Session};

/// A program's name in messages and its text.
pub struct Script {
    /// Its path, `<string>` or `<stdin>`.
    pub name: String,
    /// What it says.
    pub text: String,
}

/// Reads the program that was asked for; none if none was.
///
/// # Errors
/// It cannot be read, or is not UTF-8.
pub fn read(program: &Program) -> Result<Option<Script>> {
    Ok(match program {
        Program::File(path) => Some(Script { name: path.clone(), text: file(&path_meant(path))? }),
        Program::Text(text) | Program::Verb { text, .. } => {
            Some(Script { name: "<string>".to_owned(), text: text.clone() })
        }
        Program::Input => {
            let mut bytes = Vec::new();
            let read = std::io::stdin().lock().read_to_end(&mut bytes);
            read.map_err(|error| Error::io(&error, Path::new("<stdin>")))?;
            Some(Script { name: "<stdin>".to_owned(), text: text(bytes, "<stdin>")? })
        }
        _ => None,
    })
}

fn file(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).map_err(|error| Error::io(&error, path))?;
    text(bytes, &path_text(path))
}

fn text(bytes: Vec<u8>, name: &str) -> Result<String> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let message = format!("(unicode error) 'utf-8' codec can't decode byte at position {at}");
        Error::new(Kind::Syntax, message).note(format!("{name} is not text in UTF-8"))
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// Runs (or only parses) a program; the exit status.
pub fn run(session: &Session, script: &Script, checks: bool, output: &dyn Output) -> i32 {
    let result = match checks {
        true => session.check(&script.name, &script.text),
        false => session.run(&script.name, &script.text),
    };
    match result {
        Ok(()) => 0,
        Err(error) => status_of(session, &error, output),
    }
}

/// Runs what a verb and the words after it stand for; the exit status.
pub fn run_verb(
    session: &Session,
    script: &Script,
    (verb, words): (&str, &[String]),
    output: &dyn Output,
) -> i32 {
    let Err(error) = session.run(&script.name, &script.text) else { return 0 };
    match command_error::told(verb, words, &error) {
        Some(told) => {
            output.complain(&told);
            1
        }
        None => status_of(session, &error, output),
    }
}

/// Says what went wrong, unless the program only asked to leave; the exit status.
pub fn status_of(session: &Session, error: &Error, output: &dyn Output) -> i32 {
    if let Some(status) = session.exit_status(error) {
        return status;
    }
    output.complain(&session.error_text(error, Detail::Short));
    if error.kind() == Kind::KeyboardInterrupt { super::signals::INTERRUPTED } else { 1 }
}
