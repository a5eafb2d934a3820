//! What the world outside is to a running program: the front's output, on its screen.

use std::cell::Cell;
use std::io;
use std::path::Path;
use std::rc::Rc;

use super::resolve::Values;
use torchsh_base::error::{Error, Kind, Result};
use torchsh_checkpoint::origin;
use torchsh_language::eval::{Host, Interpreter};
use torchsh_language::value::figure::{self, Ground};
use torchsh_language::value::report::Report;
use torchsh_language::value::{DisplayPlace, Value, Vm};
use torchsh_render::base64::base64;
use torchsh_render::error::at_words;
use torchsh_render::formats::formatted;
use torchsh_render::sanitize::sanitize_lines;
use torchsh_render::width::cut;
use torchsh_render::{Bundle, Format, Screen, Theme, bundle, display, html, report};

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

    /// Writes what the shell says by the way of something that went well.
    fn note(&self, text: &str) {
        self.complain(text);
    }

    /// Shows how far a long work is, on a line that the next one replaces; none takes it away.
    fn progress(&self, line: Option<&str>);

    /// Whether more than text can be shown: HTML, pictures.
    fn is_rich(&self) -> bool {
        false
    }

    /// Whether pictures can be shown beside text, as some terminals do; asked only where there is one.
    fn shows_pictures(&self) -> bool {
        false
    }

    /// Shows a result in the richest of its forms.
    ///
    /// # Errors
    /// As [`Output::write`].
    fn display(&self, bundle: &Bundle, _place: &DisplayPlace) -> io::Result<()> {
        self.write(&format!("{}\n", bundle.plain.trim_end_matches('\n')))
    }

    /// Takes away what was shown so far, where that can be; `waits`: when the next thing is shown.
    ///
    /// # Errors
    /// As [`Output::write`].
    fn clear(&self, _waits: bool) -> io::Result<()> {
        Ok(())
    }

    /// A line from the person, without its end; a secret one is not shown while it is typed. None: there is nobody.
    ///
    /// # Errors
    /// The input cannot be read; `Interrupted` if the person asked to stop.
    fn read_line(&self, _prompt: &str, _is_secret: bool) -> io::Result<Option<String>> {
        Ok(None)
    }

    /// Whether there is a whole screen to draw on.
    fn can_browse(&self) -> bool {
        false
    }

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

    /// Whether Ctrl-C reaches other programs without our doing, from a terminal that we share.
    fn shares_terminal(&self) -> bool {
        true
    }
}

/// The host of a session's interpreter.
pub struct SessionHost {
    output: Rc<dyn Output>,
    screen: Cell<Screen>,
    format: Format,
    /// Whether what was shown is what `--exit-code` tells of: a difference, NaN, a file that does not fit.
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
        self.differs.set(self.differs.get() || answer.is_bad());
        formatted(answer, self.format).unwrap_or_else(|| report::report(answer, screen))
    }

    /// A value in every form that the front can show; none for `None`.
    ///
    /// # Errors
    /// What a `__repr__` raises.
    pub fn bundle_of(&self, vm: &dyn Vm, value: &Value, screen: &Screen) -> Result<Option<Bundle>> {
        if let Some(answer) = Report::of(value) {
            return Ok(Some(self.report_bundle(answer, screen)));
        }
        let plain = display::display(vm, value, screen)?;
        let picture = || bundle::picture(vm, value, || self.output.shows_pictures());
        let others = || match self.output.is_rich() {
            true => bundle::others(vm, value),
            false => picture().map(|data| (bundle::PNG, data)).into_iter().collect(),
        };
        Ok(plain.map(|plain| Bundle { plain, others: others() }))
    }

    fn report_bundle(&self, answer: &Report, screen: &Screen) -> Bundle {
        let plain = self.text_on(answer, screen).trim_end().to_owned();
        Bundle { plain, others: self.others_of(answer, screen) }
    }

    /// The forms of what a verb answered beside its text. What was asked for in another format is that.
    fn others_of(&self, answer: &Report, screen: &Screen) -> Vec<(&'static str, String)> {
        match (self.format == Format::Table, self.output.is_rich()) {
            (false, _) => Vec::new(),
            (true, true) => vec![("text/html", html::report(answer))],
            (true, false) => {
                self.picture(answer, screen).map(|data| (bundle::PNG, data)).into_iter().collect()
            }
        }
    }

    /// The picture of what a verb answered, where it has one and the front can show it.
    fn picture(&self, answer: &Report, screen: &Screen) -> Option<String> {
        let drawn = figure::of(answer).filter(|_| self.output.shows_pictures())?;
        let ground = if screen.theme == Theme::Dark { Ground::Dark } else { Ground::Light };
        drawn.png(ground).ok().map(|bytes| base64(&bytes))
    }

    /// Shows a result.
    ///
    /// # Errors
    /// The output is closed or full.
    pub fn put(&self, bundle: &Bundle, place: &DisplayPlace) -> Result<()> {
        // Nothing is shown that was read from a file which has changed.
        origin::settle()?;
        self.output.display(bundle, place).map_err(|error| Error::io(&error, Path::new("<stdout>")))
    }

    /// What results are made for.
    pub fn screen(&self) -> Screen {
        self.screen.get()
    }

    /// Says what results are made for from now on.
    pub fn set_screen(&self, screen: Screen) {
        self.screen.set(screen);
    }

    /// Whether there is a whole screen to draw on.
    pub fn can_browse(&self) -> bool {
        self.output.can_browse()
    }

    /// Leaves the terminal to another program, or takes it back.
    pub fn lend(&self, to_another: bool) {
        self.output.lend(to_another);
    }

    /// Whether Ctrl-C reaches other programs without our doing.
    pub fn shares_terminal(&self) -> bool {
        self.output.shares_terminal()
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
        let text = sanitize_lines(text.trim_end_matches('\n'));
        self.output.note(&format!("{}\n", at_words(&text, &self.screen.get())));
    }

    fn write_error(&self, text: &str) {
        self.output.complain(&sanitize_lines(text));
    }

    fn agrees(&self, question: &mut dyn FnMut() -> Option<String>) -> bool {
        let asked = if self.output.can_ask() { question() } else { None };
        asked.is_none_or(|question| self.output.ask(&format!("{} [y/N] ", sanitize_lines(&question))))
    }

    fn progress(&self, line: Option<&str>) {
        let line = line.map(|line| cut(line, self.screen.get().columns.saturating_sub(1)));
        self.output.progress(line.as_deref());
    }

    fn draws(&self) -> bool {
        self.output.is_rich()
    }

    fn report_text(&self, report: &Report) -> Option<String> {
        let screen = Screen::plain(self.screen.get().columns);
        Some(self.text_on(report, &screen).trim_end().to_owned())
    }

    fn report_value(&self, report: &Report) -> Option<Value> {
        Some(torchsh_render::formats::value(report))
    }

    fn display(&self, vm: &dyn Vm, value: &Value, place: &DisplayPlace) -> Result<()> {
        let bundle = self.bundle_of(vm, value, &self.screen.get())?.unwrap_or_else(|| Bundle::text("None"));
        self.put(&bundle, place)
    }

    fn clear_display(&self, waits: bool) -> Result<()> {
        self.output.clear(waits).map_err(|error| Error::io(&error, Path::new("<stdout>")))
    }

    fn read_line(&self, prompt: &str, is_secret: bool) -> Result<Option<String>> {
        self.output.read_line(prompt, is_secret).map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => Error::new(Kind::KeyboardInterrupt, ""),
            _ => Error::io(&error, Path::new("<stdin>")),
        })
    }

    fn show(&self, vm: &dyn Vm, answer: &Value, line: &str) -> Result<()> {
        if let Some(report) = Report::of(answer) {
            let text = self.text_of(report);
            match self.others_of(report, &self.screen.get()) {
                others if others.is_empty() => self.write(&text)?,
                others => {
                    let plain = text.trim_end().to_owned();
                    self.put(&Bundle { plain, others }, &DisplayPlace::default())?;
                }
            }
        }
        let interpreter = vm.as_any().downcast_ref::<Interpreter>();
        if let Some(hint) = interpreter.and_then(|all| Values(all).left_out_hint(answer, line)) {
            self.notice(&format!("hint: {hint}"));
        }
        Ok(())
    }
}
