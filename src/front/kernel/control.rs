//! What is answered at once, also while a statement runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::Duration;

use serde_json::{Value, json};

use super::log::log;
use super::message::{Channel, Request};
use super::wire::{Outbox, PROTOCOL};

/// So long a statement that runs may take to stop when the kernel is shut down.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// What the loop of the sockets needs to know of the session.
#[derive(Clone)]
pub struct Control {
    /// What is asked in turn goes there.
    pub to_session: Sender<Request>,
    /// Answers to what the session asked go there.
    pub to_input: Sender<Request>,
    /// What is said to clients.
    pub outbox: Outbox,
    /// Stops the running statement.
    pub interrupt: Arc<AtomicBool>,
    /// Whether a statement runs.
    pub is_running: Arc<AtomicBool>,
    /// Whether the kernel is about to end.
    pub is_ending: Arc<AtomicBool>,
}

impl Control {
    /// Takes what a client sent; never waits.
    pub fn take(&self, request: Request) {
        match request.channel {
            _ if request.kind == "shutdown_request" => self.shut_down(request),
            Channel::Control => self.at_once(request),
            Channel::Stdin => drop(self.to_input.send(request)),
            Channel::Shell | Channel::IoPub => drop(self.to_session.send(request)),
        }
    }

    fn at_once(&self, request: Request) {
        let status = |state: &str| request.broadcast("status", json!({ "execution_state": state }));
        self.outbox.send(status("busy"));
        match self.answer(&request) {
            Some(content) => self.outbox.send(request.reply(content)),
            None => log(&format!("{} on the control socket is not known: no answer", request.kind)),
        }
        self.outbox.send(status("idle"));
    }

    fn answer(&self, request: &Request) -> Option<Value> {
        Some(match request.kind.as_str() {
            "interrupt_request" => {
                // Between two statements there is nothing to stop.
                self.interrupt.store(self.is_running.load(Ordering::Acquire), Ordering::Release);
                json!({"status": "ok"})
            }
            "kernel_info_request" => kernel_info(),
            "comm_info_request" => json!({"status": "ok", "comms": {}}),
            "debug_request" => refused_debugging(request),
            _ => return None,
        })
    }

    /// Says farewell, stops what runs and lets the session do what it has left for the end.
    fn shut_down(&self, request: Request) {
        let farewell = json!({"status": "ok", "restart": request.flag("restart", false)});
        self.outbox.send(request.broadcast("status", json!({"execution_state": "busy"})));
        self.outbox.send(request.reply(farewell.clone()));
        self.outbox.send(request.broadcast("shutdown_reply", farewell));
        self.outbox.send(request.broadcast("status", json!({"execution_state": "idle"})));
        self.is_ending.store(true, Ordering::Release);
        self.interrupt.store(true, Ordering::Release);
        drop(self.to_session.send(request));
        let outbox = self.outbox.clone();
        let end = move || {
            std::thread::sleep(LAST_WORDS);
            // An operator that does not return keeps nobody waiting.
            outbox.close();
        };
        if std::thread::Builder::new().name("end".to_owned()).spawn(end).is_err() {
            self.outbox.close();
        }
    }
}

/// What the kernel is.
pub fn kernel_info() -> Value {
    let links = [
        ("Python", "https://docs.python.org/3/"),
        ("PyTorch", "https://docs.pytorch.org/docs/stable/"),
        ("state_dict", "https://docs.pytorch.org/tutorials/beginner/saving_loading_models.html"),
        ("safetensors", "https://huggingface.co/docs/safetensors/"),
    ];
    json!({
        "status": "ok",
        "protocol_version": PROTOCOL,
        "implementation": "torchsh",
        "implementation_version": env!("CARGO_PKG_VERSION"),
        "language_info": {
            "name": "torchsh",
            "version": env!("CARGO_PKG_VERSION"),
            "mimetype": "text/x-python",
            "file_extension": ".py",
            "pygments_lexer": "ipython3",
            "codemirror_mode": {"name": "ipython", "version": 3},
            "nbconvert_exporter": "python",
        },
        "banner": format!("{}\nhelp lists what there is, tutorial shows the way around", crate::front::version::version()),
        "debugger": false,
        "help_links": links.map(|(text, url)| json!({"text": text, "url": url})),
        "supported_features": [],
    })
}

fn refused_debugging(request: &Request) -> Value {
    let field = |name: &str| request.content.get(name).cloned().unwrap_or(Value::Null);
    json!({
        "type": "response",
        "seq": 0,
        "request_seq": field("seq"),
        "command": field("command"),
        "success": false,
        "message": "torchsh has no debugger",
        "body": {},
    })
}
