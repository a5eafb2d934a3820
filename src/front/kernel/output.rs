//! Where a session in a notebook puts text, results and questions.

use std::cell::{Cell, RefCell};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::capture::Capture;
use super::message::{Channel, Parcel, Request, broadcast};
use super::wire::Outbox;
use torchsh_language::value::DisplayPlace;
use torchsh_render::Bundle;
use torchsh_session::Output;

/// Time between two looks at whether the person wants to stop.
const PACE: Duration = Duration::from_millis(20);

/// Says something in the name of the cell that runs; from any thread.
#[derive(Clone)]
pub struct Speaker {
    outbox: Outbox,
    /// The header of the request that is worked on.
    parent: Arc<Mutex<Value>>,
    /// Whether that asked to be left alone with output.
    is_silent: Arc<AtomicBool>,
    interrupt: Arc<AtomicBool>,
}

impl Speaker {
    /// One that speaks into this outbox.
    pub fn new(outbox: Outbox, interrupt: Arc<AtomicBool>) -> Self {
        Speaker { outbox, parent: Arc::default(), is_silent: Arc::default(), interrupt }
    }

    /// Output belongs to this request from here on.
    pub fn speak_for(&self, request: &Request, is_silent: bool) {
        *self.parent.lock().unwrap_or_else(PoisonError::into_inner) = request.header.clone();
        self.is_silent.store(is_silent, Ordering::Relaxed);
    }

    /// Says something of a kind.
    pub fn say(&self, kind: &str, content: Value) {
        if !self.is_silent.load(Ordering::Relaxed) {
            let parent = self.parent.lock().unwrap_or_else(PoisonError::into_inner).clone();
            self.outbox.send(broadcast(&parent, kind, content));
        }
    }

    /// Output of a program.
    pub fn stream(&self, name: &str, text: &str) {
        if !text.is_empty() {
            self.say("stream", json!({"name": name, "text": text}));
        }
    }

    /// Waits while too much waits to be sent, unless the person wants to stop.
    pub fn wait_for_room(&self) {
        while self.outbox.is_full() && !self.interrupt.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// The forms of a result by their types.
pub fn data(plain: &str, others: &[(&'static str, String)]) -> Value {
    let mut data = Map::new();
    data.insert("text/plain".to_owned(), plain.into());
    for (kind, text) in others {
        data.insert((*kind).to_owned(), text.as_str().into());
    }
    Value::Object(data)
}

/// What is shown beside the notebook, as text and as HTML.
pub fn page(text: &str, others: &[(&'static str, String)]) -> Value {
    if others.is_empty() {
        return data(text, &[("text/html", torchsh_render::html::preformatted(text))]);
    }
    data(text, others)
}

/// The output of the session.
pub struct Notebook {
    speaker: Speaker,
    outbox: Outbox,
    interrupt: Arc<AtomicBool>,
    capture: RefCell<Option<Capture>>,
    /// The request that runs, where its client can be asked.
    asked: RefCell<Option<Request>>,
    answers: Receiver<Request>,
    /// Number of the display that shows how far the works of this cell are, if it has one.
    progress: Cell<Option<usize>>,
    displays: Cell<usize>,
    /// Whether something stands in it.
    is_filled: Cell<bool>,
}

impl Notebook {
    /// An output that asks through `answers`.
    pub fn new(
        speaker: Speaker,
        outbox: Outbox,
        interrupt: Arc<AtomicBool>,
        answers: Receiver<Request>,
    ) -> Self {
        Notebook {
            speaker,
            outbox,
            interrupt,
            capture: RefCell::default(),
            asked: RefCell::default(),
            answers,
            progress: Cell::default(),
            displays: Cell::default(),
            is_filled: Cell::default(),
        }
    }

    /// From here on what is written past the shell belongs to it too.
    pub fn capture(&self, capture: Capture) {
        *self.capture.borrow_mut() = Some(capture);
    }

    /// The cell that runs from here on; `may_ask`: whether its client can be asked.
    pub fn begin(&self, request: &Request, is_silent: bool, may_ask: bool) {
        self.speaker.speak_for(request, is_silent);
        self.progress.set(None);
        *self.asked.borrow_mut() = may_ask.then(|| request.clone());
    }

    /// Says something of a kind, after what was written so far.
    pub fn say(&self, kind: &str, content: Value) {
        self.gather();
        self.speaker.say(kind, content);
    }

    /// Takes in what was written past the shell so far.
    pub fn gather(&self) {
        if let Some(capture) = &*self.capture.borrow() {
            capture.drain();
        }
    }

    /// Asks the client for a line.
    fn asked_line(&self, prompt: &str, is_secret: bool) -> io::Result<Option<String>> {
        let Some(request) = self.asked.borrow().clone() else {
            let says = "this client takes no input: nobody can be asked";
            return Err(io::Error::new(io::ErrorKind::Unsupported, says));
        };
        self.gather();
        // Answers to what was asked before.
        while self.answers.try_recv().is_ok() {}
        self.outbox.send(Parcel {
            channel: Channel::Stdin,
            route: request.route.clone(),
            parent: request.header.clone(),
            kind: "input_request".to_owned(),
            content: json!({"prompt": prompt, "password": is_secret}),
        });
        loop {
            match self.answers.recv_timeout(PACE) {
                Ok(answer) if answer.kind == "input_reply" => {
                    return Ok(answer.content.get("value").and_then(Value::as_str).map(str::to_owned));
                }
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) if self.interrupt.load(Ordering::Relaxed) => {
                    return Err(io::ErrorKind::Interrupted.into());
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
            }
        }
    }
}

impl Output for Notebook {
    fn write(&self, text: &str) -> io::Result<()> {
        self.speaker.wait_for_room();
        // What a program that was run wrote comes before what is printed after it.
        self.gather();
        self.speaker.stream("stdout", text);
        Ok(())
    }

    fn complain(&self, text: &str) {
        self.gather();
        self.speaker.stream("stderr", text);
    }

    fn note(&self, text: &str) {
        let bundle = Bundle::note(text);
        let data = data(&bundle.plain, &bundle.others);
        self.say("display_data", json!({"data": data, "metadata": {}, "transient": {}}));
    }

    fn progress(&self, line: Option<&str>) {
        if line.is_none() && !self.is_filled.get() {
            return;
        }
        let shown = self.progress.get();
        let number = shown.unwrap_or_else(|| self.displays.get() + 1);
        let kind = if shown.is_some() { "update_display_data" } else { "display_data" };
        self.displays.set(number);
        self.progress.set(Some(number));
        self.is_filled.set(line.is_some());
        // Both forms are empty at the end, so that nothing is left of it, whichever is shown.
        let data = json!({
            "text/plain": line.unwrap_or_default(),
            "text/html": line.map(torchsh_render::html::preformatted).unwrap_or_default(),
        });
        let id = format!("torchsh-progress-{}-{number}", std::process::id());
        self.say(kind, json!({"data": data, "metadata": {}, "transient": {"display_id": id}}));
    }

    fn is_rich(&self) -> bool {
        true
    }

    fn display(&self, bundle: &Bundle, place: &DisplayPlace) -> io::Result<()> {
        self.speaker.wait_for_room();
        let kind = if place.is_update { "update_display_data" } else { "display_data" };
        // An object even where nothing is in it: clients look inside.
        let transient = place.id.as_ref().map_or_else(|| json!({}), |id| json!({ "display_id": id }));
        let data = data(&bundle.plain, &bundle.others);
        self.say(kind, json!({"data": data, "metadata": {}, "transient": transient}));
        Ok(())
    }

    fn clear(&self, waits: bool) -> io::Result<()> {
        self.say("clear_output", json!({ "wait": waits }));
        Ok(())
    }

    fn read_line(&self, prompt: &str, is_secret: bool) -> io::Result<Option<String>> {
        self.asked_line(prompt, is_secret)
    }

    fn can_ask(&self) -> bool {
        self.asked.borrow().is_some()
    }

    fn ask(&self, question: &str) -> bool {
        let answer = self.asked_line(question, false).ok().flatten().unwrap_or_default();
        matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
    }

    fn shares_terminal(&self) -> bool {
        false
    }

    fn lend(&self, to_another: bool) {
        if !to_another {
            self.gather();
        }
    }
}
