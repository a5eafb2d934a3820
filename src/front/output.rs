//! The two output streams of the process.

use std::cell::{Cell, RefCell};
use std::io::{self, BufWriter, IsTerminal, Write};

use super::pictures::Pictures;
use super::typed;
use torchsh_language::value::DisplayPlace;
use torchsh_render::Bundle;
use torchsh_session::Output;

/// Bytes gathered before they are written, where the output is no terminal.
const BUFFER: usize = 64 * 1024;

/// Standard output and standard error.
pub struct Streams {
    output: RefCell<BufWriter<io::Stdout>>,
    /// A terminal, or a conversation over a pipe, sees every piece at once.
    at_once: bool,
    /// Whether what runs was typed at the prompt.
    is_typed: Cell<bool>,
    /// Whether what was written ended its line.
    is_at_start: Cell<bool>,
    /// What is written while the whole screen is taken.
    gathered: RefCell<Option<String>>,
    pictures: Pictures,
}

impl Streams {
    /// The streams; `at_once` writes every piece when it comes.
    #[must_use]
    pub fn new(at_once: bool) -> Self {
        let output = BufWriter::with_capacity(BUFFER, io::stdout());
        Streams {
            output: RefCell::new(output),
            at_once: at_once || io::stdout().is_terminal(),
            is_typed: Cell::new(false),
            is_at_start: Cell::new(true),
            gathered: RefCell::default(),
            pictures: Pictures::new(),
        }
    }

    /// Says whether and how pictures are shown from here on: the word of the setting.
    pub fn set_pictures(&self, wish: &'static str) {
        self.pictures.set_wish(wish);
    }

    /// Does something that was typed at the prompt: a person is there to be asked.
    pub fn typed<T>(&self, act: impl FnOnce() -> T) -> T {
        self.is_typed.set(true);
        self.is_at_start.set(true);
        let done = act();
        self.is_typed.set(false);
        done
    }
}

impl Streams {
    /// Does something while the whole screen is taken; what it writes is gathered.
    pub fn gathered<T>(&self, act: impl FnOnce() -> T) -> (T, String) {
        *self.gathered.borrow_mut() = Some(String::new());
        let done = act();
        (done, self.gathered.take().unwrap_or_default())
    }

    /// Keeps a text for later, if what is written is gathered.
    fn keeps(&self, text: &str) -> bool {
        self.gathered.borrow_mut().as_mut().map(|gathered| gathered.push_str(text)).is_some()
    }
}

impl Output for Streams {
    fn write(&self, text: &str) -> io::Result<()> {
        if self.keeps(text) {
            return Ok(());
        }
        if !text.is_empty() {
            self.is_at_start.set(text.ends_with('\n'));
        }
        let mut output = self.output.borrow_mut();
        output.write_all(text.as_bytes())?;
        if self.at_once { output.flush() } else { Ok(()) }
    }

    fn flush(&self) -> io::Result<()> {
        self.output.borrow_mut().flush()
    }

    fn complain(&self, text: &str) {
        if self.keeps(text) {
            return;
        }
        // What was printed before comes first; where neither stream can be written to, nobody is left to tell.
        let _ = self.flush();
        // What is typed meanwhile is echoed where the cursor is; the next prompt shows it again.
        let is_clear = !self.is_typed.get() || !self.is_at_start.get() || !io::stderr().is_terminal();
        let clear = if is_clear { "" } else { "\r\x1b[K" };
        self.is_at_start.set(text.ends_with('\n'));
        let _ = io::stderr().write_all(format!("{clear}{text}").as_bytes());
    }

    fn progress(&self, line: Option<&str>) {
        // Nobody waits for what is written to a file.
        if io::stderr().is_terminal() {
            let _ = self.flush();
            // On a screen that is taken it stands at the foot.
            let place = if self.gathered.borrow().is_some() { "\x1b[999;1H" } else { "\r" };
            let _ = io::stderr().write_all(format!("{place}\x1b[K{}", line.unwrap_or_default()).as_bytes());
        }
    }

    fn shows_pictures(&self) -> bool {
        self.is_typed.get() && self.gathered.borrow().is_none() && self.pictures.can_show()
    }

    fn display(&self, bundle: &Bundle, _place: &DisplayPlace) -> io::Result<()> {
        let picture = bundle.picture().filter(|_| self.gathered.borrow().is_none());
        match picture.and_then(|data| self.pictures.text(data)) {
            Some(text) => self.write(&text),
            None => self.write(&format!("{}\n", bundle.plain.trim_end_matches('\n'))),
        }
    }

    fn read_line(&self, prompt: &str, is_secret: bool) -> io::Result<Option<String>> {
        self.write(prompt)?;
        self.flush()?;
        if !io::stdin().is_terminal() {
            return typed::piped_line();
        }
        let _hidden = is_secret.then(typed::Hidden::begin);
        let line = typed::line();
        if is_secret {
            // The line's end was not shown either.
            self.write("\n")?;
        }
        line
    }

    fn can_browse(&self) -> bool {
        super::terminal::can_be_drawn_on()
    }

    fn can_ask(&self) -> bool {
        self.is_typed.get()
    }

    fn ask(&self, question: &str) -> bool {
        let columns = terminal_size::terminal_size_of(std::io::stderr())
            .map_or(usize::MAX, |(width, _)| usize::from(width.0));
        // The answer stands behind it.
        self.complain(&torchsh_render::width::wrap(question, columns.saturating_sub(4)).join("\n"));
        let answer = typed::line().ok().flatten().unwrap_or_else(|| {
            self.complain("\n");
            String::new()
        });
        matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
    }

    fn lend(&self, to_another: bool) {
        let _ = self.flush();
        super::signals::lend(to_another);
    }
}
