//! A kernel of Jupyter: a session that a notebook talks to.
//!
//! Two threads: the sockets live on one, which stays free, the session on the other, on a large stack. What is asked in turn
//! goes from the one to the other; what is said goes back through an outbox that keeps the order.

mod capture;
mod control;
mod execute;
mod history;
mod install;
mod log;
mod message;
mod output;
mod wire;

use std::collections::VecDeque;
use std::io::Write;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

use self::capture::Capture;
use self::control::{Control, kernel_info};
use self::history::History;
use self::install::{Act, Entry, Place};
use self::log::log;
use self::message::{Request, broadcast, byte_of_character, character_at_byte};
use self::output::{Notebook, Speaker, data};
use self::wire::Outbox;
use torchsh_render::{Format, Screen, Theme};
use torchsh_session::{Options, Session, Settings, complete};

/// The screen that results are made for as text; notebooks show HTML beside it.
const SCREEN: Screen = Screen { columns: 100, rows: Some(40), theme: Theme::None };

/// Time between two looks at whether the program that started the kernel still lives.
const WATCH: Duration = Duration::from_secs(1);

/// The status of a kernel that could not begin.
const NO_KERNEL: i32 = 1;

/// What is asked of `torchsh kernel`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Talk to a notebook, by what this connection file says.
    Start(String),
    /// Tell Jupyter of the kernel, or no longer.
    Entry(Act, Entry),
}

/// How it is used.
const USAGE: &str = "usage: torchsh kernel install [--user | --sys-prefix | --prefix FOLDER] [--name NAME]
       torchsh kernel uninstall, with the same options
       torchsh kernel start -f FILE   (what Jupyter runs)";

/// Reads what follows `torchsh kernel`.
///
/// # Errors
/// It is wrong; in words.
pub fn asked(words: &[String]) -> Result<Asked, String> {
    let wrong = |what: String| format!("{what}\n{USAGE}");
    let (first, rest) =
        words.split_first().ok_or_else(|| wrong("kernel needs a word after it".to_owned()))?;
    match (first.as_str(), rest) {
        ("start", [option, file]) if option == "-f" => Ok(Asked::Start(file.clone())),
        ("start", _) => Err(wrong("kernel start wants -f FILE, the connection file".to_owned())),
        ("install", _) => Ok(Asked::Entry(Act::Install, entry(rest).map_err(wrong)?)),
        ("uninstall", _) => Ok(Asked::Entry(Act::Uninstall, entry(rest).map_err(wrong)?)),
        (other, _) => Err(wrong(format!("kernel takes install, uninstall or start, not {other}"))),
    }
}

/// Reads the options of an entry.
fn entry(words: &[String]) -> Result<Entry, String> {
    let mut entry = Entry::default();
    let mut words = words.iter();
    let mut has_place = false;
    while let Some(word) = words.next() {
        let (option, joined) = match word.split_once('=') {
            Some((option, value)) => (option, Some(value.to_owned())),
            None => (word.as_str(), None),
        };
        let mut value = || joined.clone().or_else(|| words.next().cloned());
        let place = match option {
            "--user" => Place::User,
            "--sys-prefix" => Place::SysPrefix,
            "--prefix" => Place::Prefix(value().ok_or("--prefix wants a folder after it")?.into()),
            "--name" => {
                entry.name = value().ok_or("--name wants a name after it")?;
                continue;
            }
            other => return Err(format!("there is no option {other}")),
        };
        if std::mem::replace(&mut has_place, true) {
            return Err("one of --user, --sys-prefix and --prefix, not two".to_owned());
        }
        entry.place = place;
    }
    Ok(entry)
}

/// Does what is asked; the exit status.
pub fn perform(asked: &Asked) -> i32 {
    match asked {
        Asked::Start(file) => start(file),
        Asked::Entry(act, entry) => match install::perform(*act, entry) {
            Ok(says) => {
                // A reader that has gone needs no words.
                let _ = std::io::stdout().write_all(says.as_bytes());
                0
            }
            Err(why) => {
                let _ = writeln!(std::io::stderr(), "torchsh: {why}");
                NO_KERNEL
            }
        },
    }
}

/// Runs a kernel until it is shut down; the exit status.
fn start(file: &str) -> i32 {
    match connected(file) {
        Ok(()) => 0,
        Err(why) => {
            let _ = writeln!(std::io::stderr(), "torchsh: {why}");
            NO_KERNEL
        }
    }
}

fn connected(file: &str) -> Result<(), String> {
    let shown = torchsh_render::sanitize::sanitize(file);
    let text = std::fs::read_to_string(file).map_err(|error| format!("{shown} cannot be read: {error}"))?;
    let info = wire::connection(&text).map_err(|why| format!("{shown} {why}"))?;
    log::keep();
    let (outbox, outgoing) = wire::outbox();
    let (to_session, requests) = channel();
    let (to_input, answers) = channel();
    let control = Control {
        to_session,
        to_input,
        outbox: outbox.clone(),
        interrupt: Arc::new(AtomicBool::new(false)),
        is_running: Arc::default(),
        is_ending: Arc::default(),
    };
    let own = control.clone();
    let (ready, is_ready) = channel();
    let stack = super::on_large_stack(move |stack_bytes| {
        // Without sockets there is nobody to talk to.
        if is_ready.recv().is_ok() {
            // Whatever way the session ends, the sockets are not left waiting.
            let _end = End(own.outbox.clone());
            Kernel::new(&own, answers, stack_bytes).serve(&own, requests);
        }
    });
    let thread = stack.map_err(|error| format!("no stack to run on: {error}"))?;
    let served = wire::serve(
        &info,
        outgoing,
        || ready.send(()).unwrap_or_default(),
        move |request| control.take(request),
    );
    // A file that was being written is not left half.
    torchsh_checkpoint::write::abandon();
    drop(thread);
    served
}

/// Closes the outbox when it goes.
struct End(Outbox);

impl Drop for End {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// The session's side.
struct Kernel {
    session: Session,
    notebook: Rc<Notebook>,
    outbox: Outbox,
    is_running: Arc<AtomicBool>,
    history: History,
    /// What was taken from the queue and is still to be answered.
    held: VecDeque<Request>,
}

impl Kernel {
    fn new(control: &Control, answers: Receiver<Request>, stack_bytes: usize) -> Kernel {
        let speaker = Speaker::new(control.outbox.clone(), control.interrupt.clone());
        let notebook = Rc::new(Notebook::new(
            speaker.clone(),
            control.outbox.clone(),
            control.interrupt.clone(),
            answers,
        ));
        let session = Session::new(Options {
            arguments: vec![String::new()],
            path: super::module_path(None),
            file: None,
            screen: SCREEN,
            format: Format::Table,
            output: notebook.clone(),
            settings: Settings::default(),
            interrupt: control.interrupt.clone(),
            stack_bytes,
        });
        super::signals::install(control.interrupt.clone());
        super::signals::never_end();
        match Capture::begin(speaker) {
            Ok(capture) => notebook.capture(capture),
            Err(error) => log(&format!("what other programs print is not shown: {error}")),
        }
        Kernel {
            session,
            notebook,
            outbox: control.outbox.clone(),
            is_running: control.is_running.clone(),
            history: History::open(),
            held: VecDeque::new(),
        }
    }

    /// Answers until the kernel is shut down.
    fn serve(mut self, control: &Control, requests: Receiver<Request>) {
        self.outbox.send(broadcast(&Value::Null, "status", json!({"execution_state": "starting"})));
        watch_starter(self.outbox.clone());
        super::start_up(&self.session, &*self.notebook);
        let mut opens_door = true;
        while !control.is_ending.load(Ordering::Acquire) {
            let Some(request) = self.held.pop_front().or_else(|| requests.recv().ok()) else { break };
            if control.is_ending.load(Ordering::Acquire) {
                break;
            }
            self.answer(&request, &requests);
            if std::mem::take(&mut opens_door) {
                super::open_door_meanwhile();
            }
        }
        self.session.finish();
        self.notebook.gather();
    }

    /// Answers one request, between `busy` and `idle`.
    fn answer(&mut self, request: &Request, requests: &Receiver<Request>) {
        let status = |state: &str| request.broadcast("status", json!({ "execution_state": state }));
        self.outbox.send(status("busy"));
        match request.kind.as_str() {
            "execute_request" => {
                let aborts = self.execute(request, requests);
                self.outbox.send(status("idle"));
                aborts.iter().for_each(|request| self.abort(request));
                return;
            }
            kind => match self.content_for(kind, request) {
                Some(content) => self.outbox.send(request.reply(content)),
                None => self.without_reply(request),
            },
        }
        self.outbox.send(status("idle"));
    }

    /// What is answered to what only asks.
    fn content_for(&self, kind: &str, request: &Request) -> Option<Value> {
        Some(match kind {
            "kernel_info_request" => kernel_info(),
            "complete_request" => self.complete(request),
            "inspect_request" => self.inspect(request),
            "is_complete_request" => self.is_complete(request.text("code")),
            "history_request" => json!({"status": "ok", "history": self.history.asked(request)}),
            "comm_info_request" => json!({"status": "ok", "comms": {}}),
            _ => return None,
        })
    }

    fn without_reply(&self, request: &Request) {
        match request.kind.as_str() {
            // Nobody here talks to widgets: the other end is told, so that it does not wait.
            "comm_open" | "comm_msg" => {
                let id = request.content.get("comm_id").cloned().unwrap_or(json!(""));
                self.outbox.send(request.broadcast("comm_close", json!({"comm_id": id, "data": {}})));
            }
            "comm_close" => {}
            kind => log(&format!("{kind} is not known: no answer")),
        }
    }

    /// Says that a request which came before a failure was not run.
    fn abort(&self, request: &Request) {
        self.outbox.send(request.broadcast("status", json!({"execution_state": "busy"})));
        self.outbox.send(request.reply(json!({"status": "aborted"})));
        self.outbox.send(request.broadcast("status", json!({"execution_state": "idle"})));
    }

    /// The code of a request, and the byte at which its cursor stands.
    fn cursor(request: &Request) -> (&str, usize) {
        let code = request.text("code");
        let number = request.number("cursor_pos").and_then(|number| usize::try_from(number).ok());
        (code, number.map_or(code.len(), |number| byte_of_character(code, number)))
    }

    fn complete(&self, request: &Request) -> Value {
        let (code, at) = Self::cursor(request);
        let found = self.session.complete(code, at);
        let (start, end) = (character_at_byte(code, found.start), character_at_byte(code, at));
        let texts: Vec<&str> = found.candidates.iter().map(|candidate| candidate.text.as_str()).collect();
        // What JupyterLab shows beside each.
        let types = found.candidates.iter().map(|candidate| {
            json!({"start": start, "end": end, "text": candidate.text, "type": candidate.description})
        });
        let metadata = json!({"_jupyter_types_experimental": types.collect::<Vec<_>>()});
        json!({"status": "ok", "matches": texts, "cursor_start": start, "cursor_end": end, "metadata": metadata})
    }

    fn inspect(&self, request: &Request) -> Value {
        let (code, at) = Self::cursor(request);
        match self.session.inspect_at(code, at) {
            Some(page) => {
                let html = vec![("text/html", torchsh_render::html::manual(&page))];
                let data = data(&page.plain(), &html);
                json!({"status": "ok", "found": true, "data": data, "metadata": {}})
            }
            None => json!({"status": "ok", "found": false, "data": {}, "metadata": {}}),
        }
    }

    fn is_complete(&self, code: &str) -> Value {
        if !complete::is_complete(code) {
            return json!({"status": "incomplete", "indent": complete::indentation(code)});
        }
        json!({"status": if self.session.is_wrong(code) { "invalid" } else { "complete" }})
    }
}

/// Ends the kernel when the program that started it is gone: nobody could ever stop it.
fn watch_starter(outbox: Outbox) {
    let named = std::env::var("JPY_PARENT_PID").ok().and_then(|process| process.parse::<i32>().ok());
    // SAFETY: asks for a number.
    let parent = || unsafe { libc::getppid() };
    let Some(starter) = named.filter(|starter| *starter == parent()) else { return };
    let watch = move || {
        while parent() == starter {
            std::thread::sleep(WATCH);
        }
        log("the program that started the kernel is gone: the kernel ends");
        outbox.close();
    };
    if let Err(error) = std::thread::Builder::new().name("starter".to_owned()).spawn(watch) {
        log(&format!("the program that started the kernel cannot be watched: {error}"));
    }
}
