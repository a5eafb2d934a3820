//! A prompt over a pipe: for tests, editors and other programs that talk to the shell.

use std::io::BufRead;

use super::show;
use torchsh_session::{Output, Session, complete};

/// Reads lines until the end of the input, with or without prompts; the exit status.
pub fn converse(session: &Session, output: &dyn Output, prompts: bool) -> i32 {
    let mut lines = std::io::stdin().lock().lines();
    let mut typed = String::new();
    loop {
        let prompt = match typed.is_empty() {
            true => format!("In [{}]: ", session.next_number()),
            false => "   ...: ".to_owned(),
        };
        if prompts && output.write(&prompt).is_err() {
            return 1;
        }
        let Some(Ok(line)) = lines.next() else {
            let _ = output.write(if prompts { "\n" } else { "" });
            return 0;
        };
        typed.push_str(&line);
        typed.push('\n');
        if !complete::is_complete(typed.strip_suffix('\n').unwrap_or(&typed)) {
            continue;
        }
        if let Some(status) = show(&session.execute(&std::mem::take(&mut typed)), session, output) {
            return status;
        }
    }
}
