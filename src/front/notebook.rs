//! `torchsh notebook.ipynb`: a notebook run from top to bottom, as a script; `--inplace` with its outputs.

use std::cell::RefCell;
use std::io;
use std::path::Path;
use std::rc::Rc;

use serde_json::{Value, json};

use super::output::Streams;
use torchsh_base::error::{Error, Kind, Result, path_meant};
use torchsh_checkpoint::write;
use torchsh_language::value::DisplayPlace;
use torchsh_render::error::Detail;
use torchsh_render::{Bundle, Screen, Theme, notebook};
use torchsh_session::{Outcome, Output, Session};

/// The screen that outputs are made for which are kept in the file.
pub const SCREEN: Screen = Screen { columns: 100, rows: Some(40), theme: Theme::None };

/// Languages whose notebooks run here.
const LANGUAGES: &[&str] = &["python", "torchsh"];

/// Keeps what a cell shows, for the file. Reports of errors go to standard error too.
pub struct Keeper {
    streams: Rc<Streams>,
    outputs: RefCell<Vec<Value>>,
    /// The names of displays, in the place of their outputs.
    names: RefCell<Vec<(String, usize)>>,
    /// Whether the next output takes the place of all before.
    clears: RefCell<bool>,
}

impl Keeper {
    /// One that has nothing yet.
    pub fn new(streams: Rc<Streams>) -> Self {
        Keeper { streams, outputs: RefCell::default(), names: RefCell::default(), clears: RefCell::default() }
    }

    fn keep(&self, output: Value) {
        if std::mem::take(&mut *self.clears.borrow_mut()) {
            self.outputs.borrow_mut().clear();
        }
        self.outputs.borrow_mut().push(output);
    }

    fn stream(&self, name: &str, text: &str) {
        if let Some(last) = self.outputs.borrow_mut().last_mut().filter(|_| !*self.clears.borrow())
            && last.get("name").and_then(Value::as_str) == Some(name)
        {
            let before = last.get("text").and_then(notebook::joined).unwrap_or_default();
            *last = notebook::stream(name, &(before + text));
            return;
        }
        self.keep(notebook::stream(name, text));
    }

    fn take(&self) -> Vec<Value> {
        self.names.borrow_mut().clear();
        std::mem::take(&mut self.outputs.borrow_mut())
    }
}

impl Output for Keeper {
    fn write(&self, text: &str) -> io::Result<()> {
        if !text.is_empty() {
            self.stream("stdout", text);
        }
        Ok(())
    }

    fn complain(&self, text: &str) {
        self.stream("stderr", text);
    }

    fn note(&self, text: &str) {
        self.keep(notebook::display(&Bundle::note(text)));
    }

    fn progress(&self, line: Option<&str>) {
        self.streams.progress(line);
    }

    fn is_rich(&self) -> bool {
        true
    }

    fn display(&self, bundle: &Bundle, place: &DisplayPlace) -> io::Result<()> {
        let output = notebook::display(bundle);
        let named = |id: &String| {
            let names = self.names.borrow();
            names.iter().filter(|(name, _)| name == id).map(|(_, at)| *at).collect::<Vec<_>>()
        };
        match &place.id {
            Some(id) if place.is_update => {
                let mut outputs = self.outputs.borrow_mut();
                for at in named(id) {
                    if let Some(old) = outputs.get_mut(at) {
                        *old = output.clone();
                    }
                }
            }
            id => {
                self.keep(output);
                let at = self.outputs.borrow().len() - 1;
                self.names.borrow_mut().extend(id.clone().map(|id| (id, at)));
            }
        }
        Ok(())
    }

    fn clear(&self, waits: bool) -> io::Result<()> {
        match waits {
            true => *self.clears.borrow_mut() = true,
            false => drop(self.take()),
        }
        Ok(())
    }
}

/// Runs a notebook, or only reads it; the exit status.
pub fn run(session: &Session, path: &str, checks: bool, keeper: Option<&Keeper>, streams: &Streams) -> i32 {
    let path = path_meant(path);
    let status = read(&path).map(|notebook| Run { session, keeper, streams, notebook });
    let done = status.and_then(|mut run| {
        if checks {
            return Ok(run.check());
        }
        let status = run.all();
        if keeper.is_some() {
            let text = notebook::text(&run.notebook);
            let write = |file: &mut dyn io::Write| file.write_all(text.as_bytes());
            write::replace(&path, |file| write(file).map_err(|error| Error::io(&error, &path)))?;
        }
        Ok(status)
    });
    done.unwrap_or_else(|error| {
        streams.complain(&session.error_text(&error, Detail::Short));
        super::WRONG_USAGE
    })
}

/// Reads a notebook.
fn read(path: &Path) -> Result<Value> {
    let text = std::fs::read_to_string(path).map_err(|error| Error::io(&error, path))?;
    let wrong = |why: String| Error::new(Kind::Value, format!("{} is not a notebook: {why}", path.display()));
    let notebook: Value = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    if notebook.get("nbformat").and_then(Value::as_i64) != Some(4) {
        let error = wrong("its nbformat is not 4".to_owned());
        return Err(error.hint("jupyter nbconvert --to notebook brings an old one up to date"));
    }
    if !notebook.get("cells").is_some_and(Value::is_array) {
        return Err(wrong("it has no cells".to_owned()));
    }
    let language = |place: &str, name: &str| notebook.get("metadata")?.get(place)?.get(name)?.as_str();
    match language("language_info", "name").or_else(|| language("kernelspec", "language")) {
        Some(other) if !LANGUAGES.contains(&other) => {
            Err(wrong(format!("its language is {other}; torchsh runs those of Python and its own")))
        }
        _ => Ok(notebook),
    }
}

/// A notebook on its way.
struct Run<'a> {
    session: &'a Session,
    keeper: Option<&'a Keeper>,
    streams: &'a Streams,
    notebook: Value,
}

/// How a cell ended.
enum Ended {
    Well,
    /// It failed: no other is run.
    Badly,
    /// It asked to leave.
    Left(i32),
}

impl Run<'_> {
    fn cells(&mut self) -> Vec<&mut Value> {
        let cells = self.notebook.get_mut("cells").and_then(Value::as_array_mut);
        let is_code = |cell: &&mut Value| cell.get("cell_type").and_then(Value::as_str) == Some("code");
        cells.into_iter().flatten().filter(is_code).collect()
    }

    /// Reads every cell without running it.
    fn check(&mut self) -> i32 {
        let (session, streams) = (self.session, self.streams);
        let mut status = 0;
        for (number, cell) in self.cells().into_iter().enumerate() {
            let source = source(cell);
            if session.is_wrong(&source) {
                let failed = session.check(&format!("cell {}", number + 1), &source);
                if let Err(error) = failed {
                    streams.complain(&session.error_text(&error, Detail::Short));
                    status = 1;
                }
            }
        }
        status
    }

    /// Runs every cell, up to one that fails.
    fn all(&mut self) -> i32 {
        let (session, keeper, streams) = (self.session, self.keeper, self.streams);
        let mut status = None;
        for cell in self.cells() {
            let source = source(cell);
            if keeper.is_some() {
                // What was there before is of another run, also where this one does not come so far.
                set(cell, json!([]), Value::Null);
            }
            if status.is_some() || source.trim().is_empty() || has_tag(cell, "skip-execution") {
                continue;
            }
            let number = session.next_number();
            let may_fail = has_tag(cell, "raises-exception");
            match ended(session, keeper, streams, &session.execute(&source)) {
                Ended::Badly if !may_fail => status = Some(1),
                Ended::Left(given) => status = Some(given),
                Ended::Well | Ended::Badly => {}
            }
            if let Some(keeper) = keeper {
                set(cell, Value::Array(keeper.take()), number.into());
            }
        }
        status.unwrap_or(0)
    }
}

/// Shows or keeps how a cell ended.
fn ended(session: &Session, keeper: Option<&Keeper>, streams: &Streams, outcome: &Outcome) -> Ended {
    if let Some(text) = &outcome.error {
        streams.complain(text);
        if let (Some(keeper), Some((name, message))) = (keeper, &outcome.failure) {
            if let Some(misfits) = session.last_misfits() {
                keeper.keep(notebook::display(&misfits));
            }
            keeper.keep(notebook::error(name, message, text));
        }
        return Ended::Badly;
    }
    if let Some(status) = outcome.exit {
        return Ended::Left(status);
    }
    let Some(plain) = &outcome.shown else { return Ended::Well };
    match keeper {
        Some(keeper) => {
            let bundle = Bundle { plain: plain.clone(), others: outcome.others.clone() };
            keeper.keep(match outcome.is_value {
                true => notebook::result(outcome.number, &bundle),
                false => notebook::display(&bundle),
            });
        }
        // A reader that has gone is noticed at the end.
        None => drop(streams.write(&format!("{plain}\n"))),
    }
    Ended::Well
}

fn source(cell: &Value) -> String {
    cell.get("source").and_then(notebook::joined).unwrap_or_default()
}

fn has_tag(cell: &Value, tag: &str) -> bool {
    let tags = cell.get("metadata").and_then(|metadata| metadata.get("tags")).and_then(Value::as_array);
    tags.is_some_and(|tags| tags.iter().any(|own| own.as_str() == Some(tag)))
}

fn set(cell: &mut Value, outputs: Value, number: Value) {
    if let Some(cell) = cell.as_object_mut() {
        cell.insert("outputs".to_owned(), outputs);
        cell.insert("execution_count".to_owned(), number);
    }
}
