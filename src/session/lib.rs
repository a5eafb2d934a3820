//! One engine for every front: a world that runs what is typed, and what a front asks of it.

pub mod browse;
mod clock;
mod commands;
pub mod complete;
mod host;
mod inspect;
mod manual;
mod memory;
mod mixed;
mod names;
mod recording;
mod resolve;
pub mod settings;
mod suggestions;
mod system;
mod torch_docs;
mod tutorial;
mod undo;
mod weights;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub use self::host::Output;
use self::host::SessionHost;
pub use self::manual::makes_state_dict;
use self::recording::{Input, Recording};
pub use self::settings::Settings;
use torchsh_base::error::{Error, Kind, Result};
use torchsh_builtins as builtins;
use torchsh_checkpoint::origin;
use torchsh_language::eval::{Interpreter, Setup};
use torchsh_language::value::report::Report;
use torchsh_language::value::report::refusal::Refusal;
use torchsh_language::value::{Dict, Str, Value, Vm};
use torchsh_prelude as prelude;
use torchsh_render::error::Detail;
use torchsh_render::{Bundle, Format, Screen, error, html};

/// What a session is made of.
pub struct Options {
    /// `sys.argv`
    pub arguments: Vec<String>,
    /// `sys.path`: where a program's own modules lie.
    pub path: Vec<String>,
    /// The whole path of the script, if one runs.
    pub file: Option<String>,
    /// What results are made for.
    pub screen: Screen,
    /// How verbs answer.
    pub format: Format,
    /// Where text goes.
    pub output: Rc<dyn Output>,
    /// The person's settings.
    pub settings: Settings,
    /// What stops the running statement when set from outside.
    pub interrupt: Arc<AtomicBool>,
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
    /// The same in the other forms that the front can show, by their MIME types.
    pub others: Vec<(&'static str, String)>,
    /// Whether a program that was run ended with another status than 0.
    pub has_failed: bool,
    /// Whether what is shown is the value of the input, not the answer of a command.
    pub is_value: bool,
    /// Whether what is shown is the answer of a verb, which stands without `Out[3]`.
    pub is_answer: bool,
    /// Whether the person asked to see what is shown page by page.
    pub paged: bool,
    /// What the person asked to walk over on the whole screen, as it is written.
    pub browses: Option<String>,
    /// Lines that are to be run now, as if they were typed; [`Session::after_lines`] follows them.
    pub lines: Vec<&'static str>,
    /// What went wrong, with its place and hint, as text.
    pub error: Option<String>,
    /// The class and the message of what went wrong.
    pub failure: Option<(String, String)>,
    /// Whether Ctrl-C ended it.
    pub interrupted: bool,
    /// The program asked to leave, with this status.
    pub exit: Option<i32>,
}

impl Outcome {
    /// Text that stands without `Out[3]`.
    fn answer(text: String) -> Outcome {
        let text = text.trim_end().to_owned();
        Outcome { shown: Some(text).filter(|text| !text.is_empty()), is_answer: true, ..Outcome::default() }
    }
}

/// A running session.
pub struct Session {
    interpreter: Rc<Interpreter>,
    host: Rc<SessionHost>,
    interrupt: Arc<AtomicBool>,
    /// Inputs so far.
    count: Cell<usize>,
    last_error: RefCell<Option<Error>>,
    settings: RefCell<Settings>,
    /// What was typed, commands of the prompt too.
    typed: RefCell<Vec<(usize, String)>>,
    /// What of it ran.
    inputs: RefCell<Vec<Input>>,
    /// The file that what succeeds is written to.
    recording: RefCell<Option<Recording>>,
    /// What the last statements changed, for `undo`.
    done: undo::Done,
    /// The tutorial, while it runs.
    tour: RefCell<Option<tutorial::Tour>>,
    /// The last value that was shown, for `page`.
    last_shown: RefCell<Option<Value>>,
    /// `Out`: results by number.
    results: Rc<Dict>,
    /// The folder that the last `cd` left.
    folder_before: RefCell<Option<String>>,
}

impl Session {
    /// A fresh session.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let host = Rc::new(SessionHost::new(options.output, options.screen, options.format));
        let interrupt = options.interrupt;
        let interpreter = Interpreter::new(Setup {
            tables: builtins::TABLE,
            types: builtins::TYPES,
            modules: &[
                builtins::MODULES,
                builtins::FORMATS,
                builtins::LIBRARY,
                prelude::MODULES,
                prelude::PYTORCH,
            ],
            at_hand: names::AT_HAND,
            operator_help: torch_docs::of,
            host: host.clone(),
            arguments: options.arguments,
            path: options.path,
            file: options.file,
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
            settings: RefCell::new(options.settings),
            typed: RefCell::default(),
            inputs: RefCell::default(),
            recording: RefCell::default(),
            done: undo::Done::default(),
            tour: RefCell::default(),
            last_shown: RefCell::default(),
            results: Rc::default(),
            folder_before: RefCell::default(),
        }
    }

    /// The person's settings.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.settings.borrow().clone()
    }

    /// Does what the program left for the end (`atexit`).
    pub fn finish(&self) {
        let vm: &dyn Vm = &*self.interpreter;
        let Some(module) = vm.modules().get_name("atexit") else { return };
        if let Ok(run) = vm.attribute(&module, &Str::intern("_run_exitfuncs")) {
            // What goes wrong there is said there.
            let _ = vm.call(&run, &[], &[]);
        }
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
            return Outcome { number: self.count.get(), ..self.enter_page() };
        }
        let number = self.next_number();
        self.count.set(number);
        self.interrupt.store(false, Ordering::Relaxed);
        let text = torchsh_syntax::cursor::unpasted(text);
        self.typed.borrow_mut().push((number, text.to_string()));
        let outcome = self.answer(number, &text).unwrap_or_else(|error| self.failed(error));
        self.interrupt.store(false, Ordering::Relaxed);
        Outcome { number, ..outcome }
    }

    /// Runs what is no input of the session: it gets no number, is not written down, and its value is not kept.
    pub fn execute_aside(&self, text: &str) -> Outcome {
        self.interrupt.store(false, Ordering::Relaxed);
        let number = self.count.get();
        let text = torchsh_syntax::cursor::unpasted(text);
        let run = || match self.command(&text) {
            Some(answered) => answered,
            None => self.remembered(number, &text, || self.evaluate(number, &text, false)),
        };
        let outcome = run().unwrap_or_else(|error| self.failed(error));
        self.interrupt.store(false, Ordering::Relaxed);
        Outcome { number, ..outcome }
    }

    fn answer(&self, number: usize, text: &str) -> Result<Outcome> {
        let answered = self.mixed(number, text).or_else(|| self.command(text));
        answered.unwrap_or_else(|| self.run_input(number, text))
    }

    /// Runs what is not for the prompt alone: it can be taken back, and is written down if it succeeds.
    fn run_input(&self, number: usize, text: &str) -> Result<Outcome> {
        let input = Input { number, text: text.to_owned(), script: None, shows: false, is_undone: false };
        self.inputs.borrow_mut().push(input);
        self.unremembered(|| self.offer_results());
        let outcome = self.remembered(number, text, || self.evaluate(number, text, true))?;
        if let Some(input) = self.inputs.borrow_mut().last_mut() {
            input.shows = outcome.shown.is_some();
            input.script = Some(text.to_owned());
        }
        self.write_down()?;
        Ok(outcome)
    }

    /// `Out` and `In`, as names that the program may take for itself.
    fn offer_results(&self) {
        let builtins = self.interpreter.builtins();
        let last = self.count.get();
        let mut inputs = vec![Value::str(""); last + 1];
        for input in self.inputs.borrow().iter() {
            if let Some(place) = inputs.get_mut(input.number) {
                *place = Value::str(input.text.as_str());
            }
        }
        builtins.set_name("In", Value::list(inputs));
        builtins.set_name("Out", Value::Dict(self.results.clone()));
    }

    /// Opens a file under a name, as `name = load("file")` does, and shows what it is.
    pub fn open(&self, name: &str, file: &str) -> Outcome {
        self.opened(name, file).unwrap_or_else(|error| self.failed(error))
    }

    fn opened(&self, name: &str, file: &str) -> Result<Outcome> {
        let load = self.interpreter.builtins().get_name("load").unwrap_or(Value::None);
        let value = self.interpreter.call(&load, &[Value::str(file)], &[])?;
        self.globals().set_name(name, value.clone());
        let shown = self.text_of(&value, false)?;
        self.keep(self.count.get(), value);
        Ok(Outcome { shown, ..Outcome::default() })
    }

    fn evaluate(&self, number: usize, text: &str, keeps: bool) -> Result<Outcome> {
        let Some(value) = self.value_of(number, text)? else { return Ok(Outcome::default()) };
        let is_answer = Report::of(&value).is_some();
        let Some(Bundle { mut plain, mut others }) = self.bundle_of(&value, false)? else {
            return Ok(Outcome::default());
        };
        if let Some(hint) = self.left_out_hint(&value, text) {
            plain.push_str(&error::at_words(&format!("\nhint: {hint}"), &self.screen()));
            let page = others.iter_mut().find(|(kind, _)| *kind == "text/html");
            page.into_iter().for_each(|(_, page)| page.push_str(&html::hint(&hint)));
        }
        if keeps {
            self.keep(number, value);
        }
        Ok(Outcome { shown: Some(plain), others, is_value: true, is_answer, ..Outcome::default() })
    }

    /// Runs a text; the value of its last statement, if that has one.
    fn value_of(&self, number: usize, text: &str) -> Result<Option<Value>> {
        let code = self.interpreter.read(&format!("In [{number}]"), text)?;
        // What the prompt itself has looked at meanwhile (for a hint, for undo) is not charged to this line.
        drop(origin::settle());
        self.interpreter.run_interactive(&code)
    }

    /// A value as the prompt shows it, cut to the screen or all of it, and in the other forms that the front can show.
    fn bundle_of(&self, value: &Value, whole: bool) -> Result<Option<Bundle>> {
        let screen = self.host.screen();
        let screen = if whole { Screen { rows: None, ..screen } } else { screen };
        let bundle = self.host.bundle_of(&*self.interpreter, value, &screen)?;
        origin::settle()?;
        Ok(bundle)
    }

    /// Of that the text.
    fn text_of(&self, value: &Value, whole: bool) -> Result<Option<String>> {
        Ok(self.bundle_of(value, whole)?.map(|bundle| bundle.plain))
    }

    /// Keeps a result as `_`, `_3` and `Out[3]`; the one before becomes `__`.
    fn keep(&self, number: usize, value: Value) {
        let globals = self.globals();
        if let Some(before) = globals.get_name("_") {
            globals.set_name("__", before);
        }
        globals.set_name(&format!("_{number}"), value.clone());
        globals.set_name("_", value.clone());
        if let Ok(number) = i64::try_from(number) {
            // A number as a key cannot fail.
            let _ = self.results.set(&*self.interpreter, Value::Int(number), value.clone());
        }
        *self.last_shown.borrow_mut() = Some(value);
    }

    fn failed(&self, error: Error) -> Outcome {
        if let Some(status) = self.exit_status(&error) {
            return Outcome { exit: Some(status), ..Outcome::default() };
        }
        let text = self.error_text(&error, Detail::Short);
        let (name, message) = self.name_and_message(&error);
        let failure = Some((name, message.as_str().to_owned()));
        let interrupted = error.kind() == Kind::KeyboardInterrupt;
        *self.last_error.borrow_mut() = Some(error);
        Outcome { error: Some(text), failure, interrupted, ..Outcome::default() }
    }

    /// Whether what was shown is what `--exit-code` tells of: a difference, NaN, a file that does not fit.
    #[must_use]
    pub fn found_differences(&self) -> bool {
        self.host.differs.get()
    }

    // ---- errors -----------------------------------------------------------------------------------------------

    /// The last error as a person sees it, on the screen as it is now.
    #[must_use]
    pub fn last_error_text(&self) -> Option<String> {
        self.last_error.borrow().as_ref().map(|error| self.error_text(error, Detail::Short))
    }

    /// The class of an error, with its module where that is not obvious, and its message.
    fn name_and_message(&self, failure: &Error) -> (String, Str) {
        let exception = self.interpreter.exception(failure);
        let class = exception.class();
        let module = class.module.borrow().clone();
        let name = match module.as_str() {
            "" | "builtins" | "__main__" => class.name.as_str().to_owned(),
            module => format!("{module}.{}", class.name),
        };
        let message = self.interpreter.message_of(&exception);
        (name, message.unwrap_or_else(|_| Str::new(failure.message())))
    }

    /// Of the last error, if it told what does not fit between a state_dict and a model, that as a page.
    #[must_use]
    pub fn last_misfits(&self) -> Option<Bundle> {
        let last = self.last_error.borrow();
        let failure = last.as_ref()?;
        let exception = self.interpreter.exception(failure);
        let Some(Refusal::Keys(refused)) = Refusal::of(&exception) else { return None };
        let loading = html::Loading::of_refused(refused);
        let mut page = html::loading(&loading);
        let sources = |number| self.interpreter.source(number);
        if let Some(hint) = self.suggested(failure.clone(), &exception, &sources).remedy() {
            page.push_str(&html::hint(hint));
        }
        Some(Bundle { plain: loading.said(), others: vec![("text/html", page)] })
    }

    /// An error as a person sees it.
    #[must_use]
    pub fn error_text(&self, failure: &Error, detail: Detail) -> String {
        let (name, message) = self.name_and_message(failure);
        let sources = |number| self.interpreter.source(number);
        let exception = self.interpreter.exception(failure);
        let failure = self.suggested(failure.clone(), &exception, &sources);
        let folded = match (detail, Refusal::of(&exception)) {
            (Detail::Short, Some(Refusal::Keys(refused))) => Some(refused.folded()),
            _ => None,
        };
        let message = folded.as_deref().unwrap_or(&message);
        error::error(&failure, &name, message, &sources, detail, &self.host.screen())
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
