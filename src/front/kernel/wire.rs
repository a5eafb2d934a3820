//! The five sockets of a kernel. The only file that names the crates of the protocol and of its sockets.
//!
//! Everything here runs on one thread, which stays free while a statement runs on the session's. Messages are taken apart here and
//! not by the crate's own types: one that lacks a field is still answered, and one that nobody can read is told of and passed over.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jupyter_protocol::{ConnectionInfo, Header, JupyterMessage, JupyterMessageContent, UnknownMessage};
use jupyter_zmq_client::{
    Connection, KernelHeartbeatConnection, KernelIoPubXPubConnection, RawMessage, RouterRecvConnection,
    RouterSendConnection, SubscriptionEvent, create_kernel_control_connection,
    create_kernel_heartbeat_connection, create_kernel_iopub_xpub_connection, create_kernel_shell_connection,
    create_kernel_stdin_connection,
};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use zeromq::{SocketRecv, SocketSend};

use super::log::log;
use super::message::{Channel, Parcel, Request, broadcast};

/// The version of the protocol that is spoken.
pub const PROTOCOL: &str = "5.4";

/// Output is held back so long, to go as one message with what follows it.
const GATHERED: Duration = Duration::from_millis(80);

/// Output is sent at once where it has come to so many bytes.
const ENOUGH: usize = 256 * 1024;

/// So long the first output waits for somebody who listens.
const PATIENCE: Duration = Duration::from_secs(2);

/// A client that takes nothing for so long is cut off; the others come back by themselves.
const STALLED: Duration = Duration::from_secs(30);

/// Bytes that may wait to be sent before a program that prints has to wait too.
const MOST_WAITING: usize = 32 << 20;

/// What is said to clients goes in here, from any thread.
#[derive(Clone)]
pub struct Outbox {
    parcels: UnboundedSender<Option<Parcel>>,
    waiting: Arc<AtomicUsize>,
}

impl Outbox {
    /// Sends a message; what was put in before goes before it.
    pub fn send(&self, parcel: Parcel) {
        self.waiting.fetch_add(parcel.size(), Ordering::Relaxed);
        // Where the sockets are gone, so is everybody who could be told.
        let _ = self.parcels.send(Some(parcel));
    }

    /// Says that nothing follows: the sockets are closed when all is sent.
    pub fn close(&self) {
        let _ = self.parcels.send(None);
    }

    /// Whether so much waits to be sent that a program should not go on.
    pub fn is_full(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > MOST_WAITING && !self.parcels.is_closed()
    }
}

/// What comes out of an [`Outbox`].
pub struct Outgoing {
    parcels: UnboundedReceiver<Option<Parcel>>,
    waiting: Arc<AtomicUsize>,
}

impl Outgoing {
    /// The next message; none at the end.
    async fn next(&mut self) -> Option<Parcel> {
        self.parcels.recv().await.flatten()
    }
}

/// A way out, from where messages are made to where they are sent.
pub fn outbox() -> (Outbox, Outgoing) {
    let (sender, parcels) = unbounded_channel();
    let waiting = Arc::new(AtomicUsize::new(0));
    (Outbox { parcels: sender, waiting: waiting.clone() }, Outgoing { parcels, waiting })
}

/// Reads a connection file.
///
/// # Errors
/// It is none; in words.
pub fn connection(text: &str) -> Result<ConnectionInfo, String> {
    let info: ConnectionInfo = serde_json::from_str(text)
        .map_err(|error| format!("is not a connection file of Jupyter: {error}"))?;
    match info.signature_scheme.as_str() {
        "hmac-sha256" => Ok(info),
        other => Err(format!("signs with {other:?}: torchsh knows hmac-sha256")),
    }
}

/// Runs until the outbox is closed and empty. `take` is given what clients send; it must not wait.
///
/// # Errors
/// A socket cannot be opened; in words.
pub fn serve(
    info: &ConnectionInfo,
    outgoing: Outgoing,
    ready: impl FnOnce(),
    take: impl Fn(Request) + Clone + Send + 'static,
) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("no loop for the sockets: {error}"))?;
    runtime.block_on(async {
        let session = format!("{:x}-torchsh", std::process::id());
        let sockets = Sockets::open(info, &session).await?;
        ready();
        sockets.run(outgoing, take).await;
        // The writers of the sockets are tasks of their own: the last replies leave with them.
        sleep(Duration::from_millis(100)).await;
        Ok(())
    })
}

/// The sockets, open.
struct Sockets {
    shell: Connection<zeromq::RouterSocket>,
    control: Connection<zeromq::RouterSocket>,
    stdin: Connection<zeromq::RouterSocket>,
    heartbeat: KernelHeartbeatConnection,
    iopub: Broadcasts,
}

/// Says which socket could not be opened, and why.
async fn opened<T, E: std::fmt::Display>(
    name: &str,
    place: String,
    open: impl Future<Output = Result<T, E>>,
) -> Result<T, String> {
    open.await.map_err(|error| format!("the {name} socket {place} cannot be opened: {error}"))
}

impl Sockets {
    async fn open(info: &ConnectionInfo, session: &str) -> Result<Sockets, String> {
        let shell = create_kernel_shell_connection(info, session);
        let control = create_kernel_control_connection(info, session);
        let stdin = create_kernel_stdin_connection(info, session);
        let heartbeat = create_kernel_heartbeat_connection(info);
        Ok(Sockets {
            shell: opened("shell", info.shell_url(), shell).await?,
            control: opened("control", info.control_url(), control).await?,
            stdin: opened("stdin", info.stdin_url(), stdin).await?,
            heartbeat: opened("heartbeat", info.hb_url(), heartbeat).await?,
            iopub: Broadcasts::open(info, session).await?,
        })
    }

    async fn run(self, outgoing: Outgoing, take: impl Fn(Request) + Clone + Send + 'static) {
        let (shell, from_shell) = self.shell.split();
        let (control, from_control) = self.control.split();
        let (stdin, from_stdin) = self.stdin.split();
        tokio::spawn(listen(Channel::Shell, from_shell, take.clone()));
        tokio::spawn(listen(Channel::Control, from_control, take.clone()));
        tokio::spawn(listen(Channel::Stdin, from_stdin, take));
        tokio::spawn(beat(self.heartbeat));
        // A client that takes no output must not keep the others from stopping the kernel.
        let (to_control, controls) = unbounded_channel();
        let replies = tokio::spawn(reply(control, controls));
        Publisher { iopub: self.iopub, shell, stdin, to_control, pending: None }.run(outgoing).await;
        // The publisher has dropped its end, so this comes to an end too.
        let _ = replies.await;
    }
}

/// Sends back what comes, so that clients see that the kernel lives.
async fn beat(mut heartbeat: KernelHeartbeatConnection) {
    loop {
        let done = match heartbeat.socket.recv().await {
            Ok(message) => heartbeat.socket.send(message).await,
            Err(error) => Err(error),
        };
        if done.is_err() {
            // A client went away in between; the next one may be there soon.
            sleep(Duration::from_millis(10)).await;
        }
    }
}

/// Takes what clients send on one socket.
async fn listen(channel: Channel, mut from: RouterRecvConnection, take: impl Fn(Request)) {
    loop {
        match from.socket.recv().await {
            Ok(parts) => {
                match RawMessage::from_multipart(parts, &from.mac).map_err(|error| error.to_string()) {
                    Ok(raw) => match request(channel, &raw) {
                        Ok(request) => take(request),
                        Err(why) => log(&format!("a message on {channel:?} was passed over: {why}")),
                    },
                    Err(why) => log(&format!("a message on {channel:?} was passed over: {why}")),
                }
            }
            Err(_) => sleep(Duration::from_millis(10)).await,
        }
    }
}

/// A message in its parts.
fn request(channel: Channel, raw: &RawMessage) -> Result<Request, String> {
    let part = |place: usize, name: &str| -> Result<Value, String> {
        let bytes = raw.jparts.get(place).ok_or_else(|| format!("it has no {name}"))?;
        serde_json::from_slice(bytes).map_err(|error| format!("its {name} is not JSON: {error}"))
    };
    let header = part(0, "header")?;
    let kind = header.get("msg_type").and_then(Value::as_str).ok_or("its header names no msg_type")?;
    let kind = kind.to_owned();
    let route = raw.zmq_identities.iter().map(|part| part.to_vec()).collect();
    Ok(Request { channel, route, header, kind, content: part(3, "content")? })
}

/// A message as the crate sends it.
fn message(parcel: Parcel) -> JupyterMessage {
    let content = UnknownMessage { msg_type: parcel.kind, content: parcel.content };
    let mut message = JupyterMessage::new(JupyterMessageContent::UnknownMessage(content), None);
    message.header.version = PROTOCOL.to_owned();
    message.parent_header = header(parcel.parent);
    let username = message.parent_header.as_ref().map(|parent| parent.username.clone());
    message.header.username = username.unwrap_or_else(|| "torchsh".to_owned());
    message.zmq_identities = parcel.route.into_iter().map(Into::into).collect();
    message
}

/// The header of what is answered, with what it lacks made up: it goes back to who wrote it.
fn header(written: Value) -> Option<Header> {
    let Value::Object(mut fields) = written else { return None };
    for (name, default) in
        [("msg_id", ""), ("username", ""), ("session", ""), ("msg_type", ""), ("version", PROTOCOL)]
    {
        let field = fields.entry(name).or_insert_with(|| json!(default));
        if !field.is_string() {
            *field = json!(field.to_string());
        }
    }
    serde_json::from_value(Value::Object(fields)).ok()
}

/// Sends what is answered on the control socket.
async fn reply(mut control: RouterSendConnection, mut parcels: UnboundedReceiver<Parcel>) {
    while let Some(parcel) = parcels.recv().await {
        // A client that has gone wants no answer.
        let _ = control.send(message(parcel)).await;
    }
}

/// The socket on which everybody is told.
struct Broadcasts {
    info: ConnectionInfo,
    session: String,
    socket: KernelIoPubXPubConnection,
}

impl Broadcasts {
    async fn open(info: &ConnectionInfo, session: &str) -> Result<Broadcasts, String> {
        let socket = create_kernel_iopub_xpub_connection(info, session);
        let socket = opened("iopub", info.iopub_url(), socket).await?;
        Ok(Broadcasts { info: info.clone(), session: session.to_owned(), socket })
    }

    /// Tells everybody; waits for the slowest, up to a point.
    async fn send(&mut self, parcel: Parcel) {
        let message = message(parcel);
        match timeout(STALLED, self.socket.send(message.clone())).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => log(&format!("a client's output was lost: {error}")),
            Err(_) => {
                log(
                    "a client reads no output: all are disconnected, those that still listen connect again by themselves",
                );
                match Broadcasts::open(&self.info, &self.session).await {
                    Ok(fresh) => *self = fresh,
                    Err(error) => log(&error),
                }
                self.wait_for_somebody().await;
                let _ = timeout(STALLED, self.socket.send(message)).await;
            }
        }
    }

    /// Waits for somebody who listens, but not for ever.
    async fn wait_for_somebody(&mut self) {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            tokio::select! {
                event = self.socket.recv_subscription() => {
                    if self.welcome(event.ok()).await {
                        return;
                    }
                }
                () = sleep_until(end) => {}
            }
        }
    }

    /// Tells who begins to listen that it may; whether somebody does.
    async fn welcome(&mut self, event: Option<SubscriptionEvent>) -> bool {
        let Some(SubscriptionEvent::Subscribe(topic)) = event else { return false };
        let parcel = broadcast(&Value::Null, "iopub_welcome", json!({ "subscription": topic }));
        let _ = timeout(STALLED, self.socket.send(message(parcel))).await;
        true
    }
}

/// Sends what comes out of the outbox, in order.
struct Publisher {
    iopub: Broadcasts,
    shell: RouterSendConnection,
    stdin: RouterSendConnection,
    to_control: UnboundedSender<Parcel>,
    /// Output that is held back, and until when.
    pending: Option<(Parcel, Instant)>,
}

impl Publisher {
    async fn run(mut self, mut outgoing: Outgoing) {
        for parcel in self.first(&mut outgoing).await {
            self.put(parcel, &outgoing.waiting).await;
        }
        loop {
            let due = self.pending.as_ref().map(|(_, due)| *due);
            tokio::select! {
                event = self.iopub.socket.recv_subscription() => {
                    if event.is_err() {
                        // Somebody went away.
                        tokio::task::yield_now().await;
                    }
                    self.iopub.welcome(event.ok()).await;
                }
                parcel = outgoing.next() => match parcel {
                    Some(parcel) => self.put(parcel, &outgoing.waiting).await,
                    None => break,
                },
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => self.flush().await,
            }
        }
        self.flush().await;
    }

    /// What waits until somebody listens; no longer than a while from when somebody asked for it.
    async fn first(&mut self, outgoing: &mut Outgoing) -> VecDeque<Parcel> {
        let mut held = VecDeque::new();
        let mut end = None;
        loop {
            tokio::select! {
                event = self.iopub.socket.recv_subscription() => {
                    if self.iopub.welcome(event.ok()).await {
                        return held;
                    }
                }
                parcel = outgoing.next() => {
                    let Some(parcel) = parcel else { return held };
                    if parcel.channel == Channel::Control {
                        self.put(parcel, &outgoing.waiting).await;
                        continue;
                    }
                    if !parcel.parent.is_null() && end.is_none() {
                        end = Some(Instant::now() + PATIENCE);
                    }
                    held.push_back(parcel);
                }
                () = sleep_until(end.unwrap_or_else(Instant::now)), if end.is_some() => return held,
            }
        }
    }

    /// Sends a message, after the output that is held back; or holds it back too.
    async fn put(&mut self, parcel: Parcel, waiting: &AtomicUsize) {
        let size = parcel.size();
        waiting.fetch_sub(size, Ordering::Relaxed);
        let parcel = match &mut self.pending {
            Some((pending, _)) => pending.join(parcel),
            None => Some(parcel),
        };
        let Some(parcel) = parcel else {
            if self.pending.as_ref().is_some_and(|(pending, _)| pending.size() > ENOUGH) {
                self.flush().await;
            }
            return;
        };
        self.flush().await;
        if parcel.kind == "stream" && size < ENOUGH {
            self.pending = Some((parcel, Instant::now() + GATHERED));
            return;
        }
        // Who asked may have gone.
        let _ = match parcel.channel {
            Channel::IoPub => {
                self.iopub.send(parcel).await;
                Ok(())
            }
            Channel::Control => {
                let _ = self.to_control.send(parcel);
                Ok(())
            }
            Channel::Shell => self.shell.send(message(parcel)).await,
            Channel::Stdin => self.stdin.send(message(parcel)).await,
        };
    }

    async fn flush(&mut self) {
        if let Some((parcel, _)) = self.pending.take() {
            self.iopub.send(parcel).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_header_lacks_is_made_up() {
        let found = header(json!({"msg_id": "a", "version": 5, "more": 1})).unwrap();
        assert_eq!((found.msg_id.as_str(), found.version.as_str(), found.session.as_str()), ("a", "5", ""));
        assert!(header(Value::Null).is_none());
    }

    #[test]
    fn a_wrong_connection_file_is_told() {
        assert!(connection("{").unwrap_err().contains("not a connection file"));
        let other = r#"{"ip":"127.0.0.1","transport":"tcp","shell_port":1,"iopub_port":2,"stdin_port":3,"control_port":4,
            "hb_port":5,"key":"k","signature_scheme":"hmac-md5"}"#;
        assert!(connection(other).unwrap_err().contains("hmac-md5"));
        assert!(connection(&other.replace("hmac-md5", "hmac-sha256")).is_ok());
    }
}
