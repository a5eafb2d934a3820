//! What the world outside is to a running program: the front's output, on its screen.

use std::cell::Cell;
use std::io;
use std::path::Path;
use std::rc::Rc;

use crate::checkpoint::origin;
use crate::error::{Error, Result};
use crate::eval::Host;
use crate::render::formats::formatted;
use crate::render::sanitize::sanitize_lines;
use crate::render::width::cut;
use crate::render::{Format, Screen, report};
use crate::value::Value;
use crate::value::report::Report;

/// Where a front puts text.
pub trait Output {
    /// Writes a program's output.
    ///
    /// # Errors
    /// The output is closed or full.
    fn write(&self, text: &str) -> io::Result<()>;

    /// Writes what was held back.
    ///
    /// # Errors
    /// As [`Output::write`].
    fn flush(&self) -> io::Result<()> {
        Ok(())
    }

    /// Writes what is not output: reports, notes, errors.
    fn complain(&self, text: &str);

    /// Shows how far a long work is, on a line that the next one replaces; none takes it away.
    fn progress(&self, line: Option<&str>);

    /// Whether a person is there to be asked.
    fn can_ask(&self) -> bool {
        false
    }

    /// Asks a person, who says yes or no; anything else, and nobody, is no.
    fn ask(&self, _question: &str) -> bool {
        false
    }

    /// Leaves the terminal and Ctrl-C to another program, or takes them back.
    fn lend(&self, _to_another: bool) {}
}

/// The host of a session's interpreter.
pub struct SessionHost {
    output: Rc<dyn Output>,
    screen: Cell<Screen>,
    format: Format,
    /// Whether a `diff` that was shown found a difference.
    pub differs: Cell<bool>,
}

impl SessionHost {
    /// A host that writes there.
    pub fn new(output: Rc<dyn Output>, screen: Screen, format: Format) -> Self {
        SessionHost { output, screen: Cell::new(screen), format, differs: Cell::new(false) }
    }

    /// The text of what a verb answered, as the person asked for it.
    pub fn text_of(&self, answer: &Report) -> String {
        self.text_on(answer, &self.screen.get())
    }

    /// The same on another screen.
    pub fn text_on(&self, answer: &Report, screen: &Screen) -> String {
        if let Report::Differences(found) = answer {
            self.differs.set(self.differs.get() || found.differing() > 0);
        }
        formatted(answer, self.format).unwrap_or_else(|| report::report(answer, screen))
    }

    /// What results are made for.
    pub fn screen(&self) -> Screen {
        self.screen.get()
    }

    /// Says what results are made for from now on.
    pub fn set_screen(&self, screen: Screen) {
        self.screen.set(screen);
    }

    /// Leaves the terminal to another program, or takes it back.
    pub fn lend(&self, to_another: bool) {
        self.output.lend(to_another);
    }

    /// Writes a line that is no output.
    pub fn complain(&self, text: &str) {
        self.output.complain(&format!("{text}\n"));
    }
}

impl Host for SessionHost {
    fn write(&self, text: &str) -> Result<()> {
        // Nothing is shown that was read from a file which has changed.
        origin::settle()?;
        self.output.write(text).map_err(|error| Error::io(&error, Path::new("<stdout>")))
    }

    fn flush(&self) -> Result<()> {
        self.output.flush().map_err(|error| Error::io(&error, Path::new("<stdout>")))
    }

    fn notice(&self, text: &str) {
        self.complain(&sanitize_lines(text.trim_end_matches('\n')));
    }

    fn agrees(&self, question: &mut dyn FnMut() -> Option<String>) -> bool {
        let asked = if self.output.can_ask() { question() } else { None };
        asked.is_none_or(|question| self.output.ask(&format!("{} [y/N] ", sanitize_lines(&question))))
    }

    fn progress(&self, line: Option<&str>) {
        let line = line.map(|line| cut(line, self.screen.get().columns.saturating_sub(1)));
        self.output.progress(line.as_deref());
    }

    fn show(&self, answer: &Value) -> Result<()> {
        match Report::of(answer) {
            Some(answer) => self.write(&self.text_of(answer)),
            None => Ok(()),
        }
    }
}
