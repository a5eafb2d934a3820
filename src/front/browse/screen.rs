//! The whole screen, taken from the prompt and given back as it was, whatever happens.

use std::io::{self, Stdout, Write};

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::{cursor, event, execute, style, terminal};
use ratatui::layout::Rect;

use crate::front::signals::{self, Hold};
use crate::front::suspend::suspend;
use torchsh_render::base64::base64;

/// The screen while it is taken.
pub struct FullScreen {
    pub terminal: Terminal<CrosstermBackend<Stdout>>,
}

impl FullScreen {
    /// Takes the screen.
    ///
    /// # Errors
    /// The terminal does not answer.
    pub fn begin() -> io::Result<FullScreen> {
        let begun = take().and_then(|()| Terminal::new(CrosstermBackend::new(io::stdout())));
        match begun {
            Ok(terminal) => Ok(FullScreen { terminal }),
            Err(error) => {
                restore();
                Err(error)
            }
        }
    }

    /// Ctrl-Z: gives the screen back until the job goes on.
    ///
    /// # Errors
    /// The terminal does not answer any more.
    pub fn suspend(&mut self) -> io::Result<()> {
        restore();
        suspend();
        take()?;
        self.redraw();
        Ok(())
    }

    /// Does something that takes a while: Ctrl-C is a signal meanwhile, and what was written over the screen is drawn anew.
    pub fn while_busy<T>(&mut self, act: impl FnOnce() -> T) -> T {
        signals::set_interruptible(true);
        signals::arm();
        let done = act();
        signals::set_interruptible(false);
        self.redraw();
        done
    }

    /// Has everything drawn anew the next time. ([`Terminal::clear`] asks where the cursor is, which not every terminal answers.)
    pub fn redraw(&mut self) {
        if let Ok(size) = self.terminal.size() {
            let _ = self.terminal.resize(Rect::new(0, 0, size.width, size.height));
        }
    }

    /// Asks the terminal to put a text on the clipboard; terminals that do not know how pass over it.
    pub fn copy(&mut self, text: &str) {
        let encoded = base64(text.as_bytes());
        let _ = write!(io::stdout(), "\x1b]52;c;{encoded}\x07");
        let _ = io::stdout().flush();
    }
}

impl Drop for FullScreen {
    fn drop(&mut self) {
        restore();
    }
}

/// Has the terminal send the wheel as arrows, as most do on another screen anyway. Its clicks stay its own: they select text to
/// copy.
const WHEEL: &str = "\x1b[?1007h";

fn take() -> io::Result<()> {
    signals::take(Hold::Screen);
    terminal::enable_raw_mode()?;
    // What is pasted is a text, not keys that drop and rename.
    execute!(
        io::stdout(),
        terminal::EnterAlternateScreen,
        cursor::Hide,
        event::EnableBracketedPaste,
        style::Print(WHEEL)
    )
}

fn restore() {
    let _ = terminal::disable_raw_mode();
    signals::give_back();
}
