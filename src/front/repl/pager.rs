//! A long text page by page.

use std::fs::File;
use std::io::{IsTerminal, Seek, Write};
use std::process::{Command, Stdio};

use torchsh_render::width::terminal_lines;
use torchsh_session::Session;

/// Shows a text in the pager that the person has; whether that was done. A text that fits the screen is not worth one.
pub fn page(session: &Session, text: &str) -> bool {
    let screen = session.screen();
    let lines = terminal_lines(text, screen.columns);
    // All rows of the terminal, where a result takes fewer of them.
    let rows =
        usize::from(ratatui::crossterm::terminal::size().map_or(0, |(_, rows)| rows)).saturating_sub(1);
    if screen.rows.is_none() || lines.len() <= rows || !std::io::stdout().is_terminal() {
        return false;
    }
    match program() {
        Some(program) => run(session, &program, text),
        None => by_screens(session, &lines),
    }
}

/// `$PAGER`, or `less` where there is one.
fn program() -> Option<String> {
    if let Some(pager) = std::env::var("PAGER").ok().filter(|pager| !pager.trim().is_empty()) {
        return Some(pager);
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).any(|folder| folder.join("less").is_file()).then(|| "less".to_owned())
}

fn run(session: &Session, program: &str, text: &str) -> bool {
    let Ok(input) = as_file(text) else { return false };
    let mut command = Command::new("sh");
    command.arg("-c").arg(program).stdin(Stdio::from(input));
    if std::env::var_os("LESS").is_none() {
        // Colours as they are, long lines cut instead of broken; a text that fits is left on the screen.
        command.env("LESS", "FRSX");
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

/// Without a pager: a screen at a time, until the person has seen enough.
fn by_screens(session: &Session, lines: &[&str]) -> bool {
    use ratatui::crossterm::terminal::size;
    let rows = usize::from(size().map_or(24, |(_, rows)| rows)).max(3) - 1;
    let mut out = std::io::stdout();
    let mut shown = 0;
    while shown < lines.len() {
        for line in lines.iter().skip(shown).take(rows) {
            let _ = writeln!(out, "{}", line.trim_end_matches('\n'));
        }
        shown += rows;
        let left = lines.len().saturating_sub(shown);
        if left == 0 || !goes_on(session, left) {
            break;
        }
    }
    true
}

/// Asks for the next screen.
fn goes_on(session: &Session, left: usize) -> bool {
    use ratatui::crossterm::event::{Event, KeyCode, KeyModifiers, read};
    use ratatui::crossterm::terminal::{disable_raw_mode, enable_raw_mode};
    let says = format!("-- {left} more lines: any key goes on, q ends --");
    let says = session.screen().theme.paint(torchsh_render::Role::Faint, &says);
    let mut out = std::io::stdout();
    let _ = write!(out, "{says}");
    let _ = out.flush();
    if enable_raw_mode().is_err() {
        return true;
    }
    let key = loop {
        match read() {
            Ok(Event::Key(key)) => break Some(key),
            Ok(_) => {}
            Err(_) => break None,
        }
    };
    let _ = disable_raw_mode();
    let _ = write!(out, "\r\x1b[K");
    key.is_some_and(|key| {
        let is_interrupt = key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
        !is_interrupt && !matches!(key.code, KeyCode::Char('q' | 'Q') | KeyCode::Esc)
    })
}
