//! A cell is run.

use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::message::Request;
use super::output::{data, page};
use super::{Kernel, SCREEN};
use torchsh_render::{Bundle, Screen, Theme};
use torchsh_session::{Outcome, Output};

/// Cells that were sent together with one that failed come in so short a time after it.
const TOGETHER: Duration = Duration::from_millis(30);

/// What went wrong, as the protocol has it.
struct Failed {
    name: String,
    message: String,
    text: String,
    /// What does not fit, where a model was to take a state_dict.
    misfits: Option<Bundle>,
}

impl Failed {
    fn fields(&self) -> Map<String, Value> {
        let lines: Vec<&str> = self.text.lines().collect();
        let mut fields = Map::new();
        fields.insert("ename".to_owned(), self.name.as_str().into());
        fields.insert("evalue".to_owned(), self.message.as_str().into());
        fields.insert("traceback".to_owned(), json!(lines));
        fields
    }
}

impl Kernel {
    /// Runs a cell; the cells behind it that are not to be run, because it failed.
    pub(super) fn execute(&mut self, request: &Request, requests: &Receiver<Request>) -> Vec<Request> {
        let code = request.text("code");
        let is_silent = request.flag("silent", false);
        let remembers = !is_silent && request.flag("store_history", true) && !code.trim().is_empty();
        self.notebook.begin(request, is_silent, request.flag("allow_stdin", true));
        let number = self.session.next_number() - usize::from(!remembers);
        self.notebook.say("execute_input", json!({"code": code, "execution_count": number}));
        self.is_running.store(true, Ordering::Release);
        let outcome = if remembers { self.session.execute(code) } else { self.session.execute_aside(code) };
        let result = outcome.shown.clone().filter(|_| outcome.is_value);
        let mut payload = Vec::new();
        let failed = self.show(outcome, code, &mut payload);
        let expressions = match &failed {
            None => self.expressions(request),
            Some(_) => json!({}),
        };
        self.is_running.store(false, Ordering::Release);
        self.notebook.gather();
        if let Some(failed) = &failed {
            if let Some(Bundle { plain, others }) = &failed.misfits {
                let data = data(plain, others);
                self.notebook.say("display_data", json!({"data": data, "metadata": {}, "transient": {}}));
            }
            self.notebook.say("error", Value::Object(failed.fields()));
        }
        if remembers {
            self.history.add(number, code, result);
        }
        let aborts = match &failed {
            Some(_) if request.flag("stop_on_error", true) => self.behind(requests),
            _ => Vec::new(),
        };
        let mut content = failed.as_ref().map(Failed::fields).unwrap_or_default();
        content.insert("status".to_owned(), json!(if failed.is_some() { "error" } else { "ok" }));
        content.insert("execution_count".to_owned(), json!(number));
        content.insert("user_expressions".to_owned(), expressions);
        content.insert("payload".to_owned(), Value::Array(payload));
        self.outbox.send(request.reply(Value::Object(content)));
        aborts
    }

    /// Shows how a cell ended; what went wrong, if something did.
    fn show(&self, outcome: Outcome, code: &str, payload: &mut Vec<Value>) -> Option<Failed> {
        if let Some(failed) = self.failed(&outcome) {
            return Some(failed);
        }
        if let Some(status) = outcome.exit {
            return self.leave(status, code, payload);
        }
        if let Some(text) = &outcome.shown {
            let data = data(text, &outcome.others);
            match (outcome.paged, outcome.is_value) {
                (true, _) => {
                    payload.push(json!({"source": "page", "data": page(text, &outcome.others), "start": 0}))
                }
                (false, true) => self.notebook.say(
                    "execute_result",
                    json!({"execution_count": outcome.number, "data": data, "metadata": {}}),
                ),
                (false, false) => {
                    self.notebook.say("display_data", json!({"data": data, "metadata": {}, "transient": {}}));
                }
            }
        }
        if outcome.lines.is_empty() { None } else { self.run_lines(&outcome.lines, payload) }
    }

    /// Runs the lines of a page of the tutorial, each below its prompt.
    fn run_lines(&self, lines: &[&str], payload: &mut Vec<Value>) -> Option<Failed> {
        let mut failed = None;
        for line in lines {
            let _ = self.notebook.write(&format!("In [{}]: {line}\n", self.session.next_number()));
            failed = self.show(self.session.execute(line), line, payload);
            if failed.is_some() {
                break;
            }
        }
        let after = self.session.after_lines(failed.is_none());
        failed.or_else(|| self.show(after, "", payload))
    }

    /// What went wrong in a cell, in colours that notebooks show well on any ground.
    fn failed(&self, outcome: &Outcome) -> Option<Failed> {
        let (name, message) = outcome.failure.clone()?;
        self.session.set_screen(Screen { theme: Theme::Dark, ..SCREEN });
        let text = self.session.last_error_text();
        self.session.set_screen(SCREEN);
        let text = text.or_else(|| outcome.error.clone()).unwrap_or_default();
        Some(Failed { name, message, text, misfits: self.session.last_misfits() })
    }

    /// `exit` asks the client to stop the kernel; a program that leaves in the middle of a notebook has failed.
    fn leave(&self, status: i32, code: &str, payload: &mut Vec<Value>) -> Option<Failed> {
        let word = code.trim().trim_start_matches('%').trim_end_matches("()");
        if matches!(word, "exit" | "quit") {
            payload.push(json!({"source": "ask_exit", "keepkernel": false}));
            return None;
        }
        let text = format!("SystemExit: {status}\nhint: exit, in a cell of its own, asks to stop the kernel");
        Some(Failed { name: "SystemExit".to_owned(), message: status.to_string(), text, misfits: None })
    }

    /// What the client wants to know along with the answer.
    fn expressions(&self, request: &Request) -> Value {
        let asked = request.content.get("user_expressions").and_then(Value::as_object);
        let answer = |(name, code): (&String, &Value)| {
            let outcome = self.session.execute_aside(code.as_str().unwrap_or_default());
            let mut content = match self.failed(&outcome) {
                Some(failed) => failed.fields(),
                None => {
                    let plain = outcome.shown.as_deref().unwrap_or("None");
                    let mut fields = Map::new();
                    fields.insert("data".to_owned(), data(plain, &outcome.others));
                    fields.insert("metadata".to_owned(), json!({}));
                    fields
                }
            };
            let status = if outcome.failure.is_some() { "error" } else { "ok" };
            content.insert("status".to_owned(), json!(status));
            (name.clone(), Value::Object(content))
        };
        Value::Object(asked.into_iter().flatten().map(answer).collect())
    }

    /// The cells that were sent behind one that failed. Other requests stay in the queue.
    fn behind(&mut self, requests: &Receiver<Request>) -> Vec<Request> {
        while let Ok(request) = requests.recv_timeout(TOGETHER) {
            self.held.push_back(request);
        }
        let (aborted, held) =
            self.held.drain(..).partition::<Vec<_>, _>(|request| request.kind == "execute_request");
        self.held = held.into();
        aborted
    }
}
