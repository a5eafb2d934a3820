//! A long text page by page.

use std::fs::File;
use std::io::{IsTerminal, Seek, Write};
use std::process::{Command, Stdio};

use torchsh_session::Session;

/// Shows a text in the pager that the person has; whether that was done. A text that fits the screen is not worth one.
pub fn page(session: &Session, text: &str) -> bool {
    let screen = session.screen();
    let lines = torchsh_render::width::terminal_lines(text, screen.columns).len();
    if screen.rows.is_none_or(|rows| lines <= rows) || !std::io::stdout().is_terminal() {
        return false;
    }
    let Ok(input) = as_file(text) else { return false };
    let pager = std::env::var("PAGER").ok().filter(|pager| !pager.trim().is_empty());
    let mut command = Command::new("sh");
    command.arg("-c").arg(pager.as_deref().unwrap_or("less")).stdin(Stdio::from(input));
    if std::env::var_os("LESS").is_none() {
        // Colours as they are, long lines cut instead of broken.
        command.env("LESS", "RS");
    }
    session.run_program(&mut command).is_ok_and(|status| status.success())
}

/// A file rather than a pipe: a pager that is left early breaks no pipe.
fn as_file(text: &str) -> std::io::Result<File> {
    let mut file = tempfile::tempfile()?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.rewind()?;
    Ok(file)
}
