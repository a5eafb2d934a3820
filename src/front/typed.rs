//! Lines that a running program asks the person for.

use std::io;

use super::signals;

/// Milliseconds between two looks at whether Ctrl-C was pressed.
const PACE: libc::c_int = 50;

/// A line from the terminal, without its end; none at the end of the input.
///
/// # Errors
/// `Interrupted` where Ctrl-C came first; the terminal cannot be read.
pub fn line() -> io::Result<Option<String>> {
    let mut input = libc::pollfd { fd: libc::STDIN_FILENO, events: libc::POLLIN, revents: 0 };
    // SAFETY: the structure outlives the call. The line editor has read all that it was given.
    while unsafe { libc::poll(&raw mut input, 1, PACE) } <= 0 {
        if signals::is_raised() {
            return Err(io::ErrorKind::Interrupted.into());
        }
    }
    piped_line()
}

/// The next line of the standard input, whatever that is.
///
/// # Errors
/// It cannot be read.
pub fn piped_line() -> io::Result<Option<String>> {
    let mut line = String::new();
    let read = io::stdin().read_line(&mut line)?;
    Ok((read > 0).then(|| line.trim_end_matches(['\n', '\r']).to_owned()))
}

/// While it lives the terminal does not show what is typed.
pub struct Hidden(Option<libc::termios>);

impl Hidden {
    /// Hides from here on; where the terminal refuses, nothing is hidden.
    pub fn begin() -> Self {
        // SAFETY: every bit pattern is a `termios`; the call fills it or fails.
        let mut before: libc::termios = unsafe { std::mem::zeroed() };
        // SAFETY: the structure outlives the calls.
        unsafe {
            if libc::tcgetattr(libc::STDIN_FILENO, &raw mut before) != 0 {
                return Hidden(None);
            }
            // Whatever ends the program meanwhile shows again what is typed.
            signals::take(signals::Hold::Line);
            let mut hidden = before;
            hidden.c_lflag &= !libc::ECHO;
            libc::tcsetattr(libc::STDIN_FILENO, libc::TCSAFLUSH, &raw const hidden);
        }
        Hidden(Some(before))
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            // SAFETY: the structure is the terminal's own from before.
            unsafe { libc::tcsetattr(libc::STDIN_FILENO, libc::TCSAFLUSH, before) };
            signals::given_back();
        }
    }
}
