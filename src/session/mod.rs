//! One engine for every front: a world that runs what is typed, and what a front asks of it.

mod commands;
pub mod complete;
mod hints;
mod host;
mod inspect;
mod memory;
mod names;
mod resolve;
mod settings;
mod tutorial;
mod undo;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub use self::host::Output;
use self::host::SessionHost;
pub use self::settings::Settings;
use crate::builtins;
use crate::checkpoint::fault;
use crate::error::{Error, Kind, Result};
use crate::eval::{Interpreter, Setup};
use crate::prelude;
use crate::render::error::Detail;
use crate::render::{Format, Screen, display, error};
use crate::syntax::Source;
use crate::value::report::Report;
use crate::value::{Dict, Str, Value, Vm};

/// What a session is made of.
pub struct Options {
    /// `sys.argv`
    pub arguments: Vec<String>,
    /// Where a program's own modules lie.
    pub folder: PathBuf,
    /// What results are made for.
    pub screen: Screen,
    /// How verbs answer.
    pub format: Format,
    /// Where text goes.
    pub output: Rc<dyn Output>,
    /// The person's settings.
    pub settings: Settings,
    /// Bytes of stack that programs may use from here on.
    pub stack_bytes: usize,
}

/// How something typed ended.
#[derive(Default)]
pub struct Outcome {
    /// The number of the input, as in `In [3]`.
    pub number: usize,
    /// The value, as text; none if there is nothing to show.
    pub shown: Option<String>,
    /// Whether what is shown is the answer of a verb, which stands without `Out[3]`.
    pub is_answer: bool,
    /// What went wrong, with its place and hint, as text.
    pub error: Option<String>,
    /// Whether Ctrl-C ended it.
    pub interrupted: bool,
    /// The program asked to leave, with this status.
    pub exit: Option<i32>,
}

/// A running session.
pub struct Session {
    interpreter: Rc<Interpreter>,
    host: Rc<SessionHost>,
    interrupt: Arc<AtomicBool>,
    /// Inputs so far.
    count: Cell<usize>,
    last_error: RefCell<Option<Error>>,
    settings: Settings,
    /// What was typed, by number.
    inputs: RefCell<Vec<(usize, String)>>,
    /// The file that what succeeds is written to.
    recording: RefCell<Option<PathBuf>>,
    /// States before the last statements, for `undo`.
    states: RefCell<VecDeque<undo::State>>,
}

impl Session {
    /// A fresh session.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let host = Rc::new(SessionHost::new(options.output, options.screen, options.format));
        let interrupt = Arc::new(AtomicBool::new(false));
        let interpreter = Interpreter::new(Setup {
            tables: builtins::TABLE,
            types: builtins::TYPES,
            modules: &[builtins::MODULES, builtins::FORMATS, builtins::LIBRARY, prelude::MODULES],
            at_hand: names::AT_HAND,
            host: host.clone(),
            arguments: options.arguments,
            folder: options.folder,
            interrupt: interrupt.clone(),
            stack_bytes: options.stack_bytes,
        });
        names::add_devices(interpreter.builtins());
        Session {
            interpreter,
            host,
            interrupt,
            count: Cell::new(0),
            last_error: RefCell::default(),
            settings: options.settings,
            inputs: RefCell::default(),
            recording: RefCell::default(),
            states: RefCell::default(),
        }
    }

    /// The person's settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The flag that stops the running statement when set.
    #[must_use]
    pub fn interrupt(&self) -> Arc<AtomicBool> {
        self.interrupt.clone()
    }

    /// The number that the next input gets.
    #[must_use]
    pub fn next_number(&self) -> usize {
        self.count.get() + 1
    }

    /// What results are made for.
    #[must_use]
    pub fn screen(&self) -> Screen {
        self.host.screen()
    }

    /// Says what results are made for from now on.
    pub fn set_screen(&self, screen: Screen) {
        self.host.set_screen(screen);
    }

    /// The names of `__main__`.
    fn globals(&self) -> Rc<Dict> {
        self.interpreter.main_globals()
    }

    // ---- running ----------------------------------------------------------------------------------------------

    /// Runs a whole program.
    ///
    /// # Errors
    /// Whatever it raises, `SystemExit` included.
    pub fn run(&self, name: &str, text: &str) -> Result<()> {
        let code = self.interpreter.read(name, text)?;
        self.interpreter.run_program(&code)
    }

    /// Reads a program without running it.
    ///
    /// # Errors
    /// `SyntaxError`
    pub fn check(&self, name: &str, text: &str) -> Result<()> {
        self.interpreter.read(name, text).map(drop)
    }

    /// Runs what was typed at the prompt and makes the text of its value. Never fails: errors are part of the outcome.
    pub fn execute(&self, text: &str) -> Outcome {
        if text.trim().is_empty() {
            return Outcome { number: self.count.get(), ..Outcome::default() };
        }
        let number = self.next_number();
        self.count.set(number);
        self.interrupt.store(false, Ordering::Relaxed);
        let text = crate::syntax::cursor::unpasted(text);
        let outcome = self.answer(number, &text).unwrap_or_else(|error| self.failed(error));
        self.interrupt.store(false, Ordering::Relaxed);
        Outcome { number, ..outcome }
    }

    fn answer(&self, number: usize, text: &str) -> Result<Outcome> {
        if let Some(answered) = self.command(text) {
            return answered;
        }
        self.keep_state();
        self.inputs.borrow_mut().push((number, text.to_owned()));
        let outcome = self.evaluate(number, text)?;
        self.write_down(text)?;
        Ok(outcome)
    }

    /// Adds an input that succeeded to the recording.
    fn write_down(&self, text: &str) -> Result<()> {
        let Some(path) = &*self.recording.borrow() else { return Ok(()) };
        let file = std::fs::OpenOptions::new().append(true).open(path);
        let written = file.and_then(|mut file| {
            std::io::Write::write_all(&mut file, format!("{}\n", text.trim_end()).as_bytes())
        });
        written.map_err(|error| Error::io(&error, path))
    }

    /// Opens a file under a name, as `name = load("file")` does, and shows what it is.
    pub fn open(&self, name: &str, file: &str) -> Outcome {
        let quoted = self.interpreter.repr(&Value::str(file)).unwrap_or_else(|_| format!("{file:?}"));
        let source = format!("{name} = load({quoted})\n{name}");
        let number = self.count.get();
        self.evaluate(number, &source).unwrap_or_else(|error| self.failed(error))
    }

    fn evaluate(&self, number: usize, text: &str) -> Result<Outcome> {
        let code = self.interpreter.read(&format!("In [{number}]"), text)?;
        let Some(value) = self.interpreter.run_interactive(&code)? else { return Ok(Outcome::default()) };
        let answer = Report::of(&value).map(|answer| self.host.text_of(answer).trim_end().to_owned());
        let is_answer = answer.is_some();
        let shown = match answer {
            Some(answer) => Some(answer),
            None => display::display(&*self.interpreter, &value, &self.host.screen())?,
        };
        fault::refuse()?;
        if shown.is_some() {
            self.keep(number, value);
        }
        Ok(Outcome { shown, is_answer, ..Outcome::default() })
    }

    /// Keeps a result as `_` and `_3`; the one before becomes `__`.
    fn keep(&self, number: usize, value: Value) {
        let globals = self.globals();
        if let Some(before) = globals.get_name("_") {
            globals.set_name("__", before);
        }
        globals.set_name(&format!("_{number}"), value.clone());
        globals.set_name("_", value);
    }

    fn failed(&self, error: Error) -> Outcome {
        if let Some(status) = self.exit_status(&error) {
            return Outcome { exit: Some(status), ..Outcome::default() };
        }
        let text = self.error_text(&error, Detail::Short);
        let interrupted = error.kind() == Kind::KeyboardInterrupt;
        *self.last_error.borrow_mut() = Some(error);
        Outcome { error: Some(text), interrupted, ..Outcome::default() }
    }

    // ---- errors -----------------------------------------------------------------------------------------------

    /// An error as a person sees it.
    #[must_use]
    pub fn error_text(&self, failure: &Error, detail: Detail) -> String {
        let exception = self.interpreter.exception(failure);
        let class = exception.class();
        let module = class.module.borrow().clone();
        let name = match module.as_str() {
            "" | "builtins" | "__main__" => class.name.as_str().to_owned(),
            module => format!("{module}.{}", class.name),
        };
        let message = self.interpreter.text(&Value::Instance(exception));
        let message = message.unwrap_or_else(|_| Str::new(failure.message()));
        let sources = |number| self.interpreter.source(number);
        let source = hints::innermost(failure).and_then(|span| sources(span.source));
        let mut failure = hints::with_hint(failure.clone(), &message, source.as_deref());
        if let Some(hint) = self.key_hint(&failure, source.as_deref()) {
            failure = failure.hint(hint);
        }
        let failure = &failure;
        error::error(failure, &name, &message, &sources, detail, &self.host.screen())
    }

    /// The key that was probably meant, where a line outside of functions asks a dictionary for one that is not there.
    fn key_hint(&self, failure: &Error, source: Option<&Source>) -> Option<String> {
        let [frame] = failure.frames() else { return None };
        if failure.kind() != Kind::Key || failure.remedy().is_some() {
            return None;
        }
        let text = source?.text.get(frame.span.start as usize..frame.span.end as usize)?;
        let (chain, key) = text.strip_suffix(']')?.rsplit_once('[')?;
        let key = key.trim();
        let mark = key.chars().next().filter(|mark| matches!(mark, '"' | '\''))?;
        let key = key.strip_prefix(mark)?.strip_suffix(mark)?;
        hints::near_key(&*self.resolve(chain)?.as_dict()?, key)
    }

    /// The status that a `SystemExit` asks for: none for other errors.
    #[must_use]
    pub fn exit_status(&self, failure: &Error) -> Option<i32> {
        if failure.kind() != Kind::SystemExit {
            return None;
        }
        let exception = Value::Instance(self.interpreter.exception(failure));
        let arguments = self.interpreter.attribute(&exception, &Str::intern("args")).ok()?;
        let code = self.interpreter.collect(&arguments).ok()?.into_iter().next().unwrap_or(Value::None);
        Some(match code {
            Value::None => 0,
            ref code => code.as_int().map_or_else(
                || {
                    let text = self.interpreter.text(code);
                    self.host.complain(&text.unwrap_or_else(|_| Str::new("")));
                    1
                },
                |code| (code & 0xff) as i32,
            ),
        })
    }
}

#[cfg(test)]
mod tests;
