//! Ctrl-C while a statement runs.

use std::io::{Read, Write};
use std::os::fd::IntoRawFd;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, Ordering};
use std::sync::{Arc, Mutex, Once, OnceLock, PoisonError};
use std::time::Duration;

use torchsh_checkpoint::write;

/// The flag of the running session, for the handler.
static FLAG: AtomicPtr<AtomicBool> = AtomicPtr::new(std::ptr::null_mut());

/// Keeps what `FLAG` points to alive for ever.
static KEPT: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// Whether another program has the terminal: Ctrl-C is for that one then.
static LENT: AtomicBool = AtomicBool::new(false);

/// Whether Ctrl-C ends nothing.
static NEVER_ENDS: AtomicBool = AtomicBool::new(false);

/// The terminal as it was before it was taken; null while it is not.
static TAKEN: AtomicPtr<Taken> = AtomicPtr::new(std::ptr::null_mut());

/// What was noted last. Mostly a terminal is as it was then, so that one note does for a whole conversation.
static NOTED: Mutex<Option<&'static Taken>> = Mutex::new(None);

/// A terminal that is taken.
struct Taken {
    before: libc::termios,
    hold: Hold,
}

/// What of a terminal is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// The keys, for a line that is edited.
    Line,
    /// The whole screen.
    Screen,
}

impl Hold {
    /// What gives it back: letters as they are, pasted text unmarked, a cursor; of the screen no more of the other one,
    /// and of a line its end.
    const fn back(self) -> &'static str {
        match self {
            Hold::Line => "\x1b[0m\x1b[?2004l\n",
            Hold::Screen => "\x1b[0m\x1b[?2004l\x1b[?1049l\x1b[?25h",
        }
    }
}

/// The status of a process that Ctrl-C ended.
pub const INTERRUPTED: i32 = 130;

/// Whether the warning before the end has been given.
static WARNED: AtomicBool = AtomicBool::new(false);

/// The pipe to the thread that says what is going on; -1 where there is none.
static NOTICE: AtomicI32 = AtomicI32::new(-1);

/// How long a statement may take to stop before something is said.
const SILENCE: Duration = Duration::from_millis(600);

/// What is said of the first Ctrl-C where nothing stops.
const WAITING: &str = "\nstops when the running operator returns\n";

/// What a second Ctrl-C is told.
const WARNING: &str = "\nstops when the running operator returns; Ctrl-C again ends torchsh\n";

/// The first Ctrl-C raises the flag, which is looked at between operators. A running operator cannot be stopped: a
/// second one while the flag is still up says so, and a third ends the process.
extern "C" fn on_interrupt(_: libc::c_int) {
    if LENT.load(Ordering::Acquire) {
        return;
    }
    // SAFETY: the pointer is null or that of the flag in `KEPT`, which is never dropped.
    let flag = unsafe { FLAG.load(Ordering::Acquire).as_ref() };
    let was_raised = flag.is_none_or(|flag| flag.swap(true, Ordering::Relaxed));
    if NEVER_ENDS.load(Ordering::Acquire) {
        return;
    }
    if !was_raised {
        WARNED.store(false, Ordering::Relaxed);
        let pipe = NOTICE.load(Ordering::Acquire);
        // SAFETY: `write` may be called in a signal handler; the byte is static.
        unsafe { libc::write(pipe, [0u8].as_ptr().cast(), 1) };
    } else if flag.is_some() && !WARNED.swap(true, Ordering::Relaxed) {
        // SAFETY: `write` may be called in a signal handler; the text is static.
        unsafe { libc::write(libc::STDERR_FILENO, WARNING.as_ptr().cast(), WARNING.len()) };
    } else {
        write::abandon();
        give_back();
        // SAFETY: `_exit` may be called in a signal handler.
        unsafe { libc::_exit(INTERRUPTED) };
    }
}

/// Files in the making go, then the signal does what it always does.
extern "C" fn on_end(signal: libc::c_int) {
    write::abandon();
    give_back();
    // SAFETY: both may be called in a signal handler.
    unsafe {
        libc::signal(signal, libc::SIG_DFL);
        libc::raise(signal);
    }
}

/// From here on Ctrl-C raises this flag, a closed pipe ends the process quietly, and a file that is too large does not.
pub fn install(flag: Arc<AtomicBool>) {
    let kept = KEPT.get_or_init(|| flag);
    FLAG.store(Arc::as_ptr(kept).cast_mut(), Ordering::Release);
    announce();
    arm();
}

/// Says of a Ctrl-C that it was heard, where the running operator goes on.
fn announce() {
    let Ok((mut asked, pipe)) = std::io::pipe() else { return };
    NOTICE.store(pipe.into_raw_fd(), Ordering::Release);
    let wait = move || {
        while asked.read_exact(&mut [0]).is_ok() {
            std::thread::sleep(SILENCE);
            let is_silent = !LENT.load(Ordering::Acquire) && !NEVER_ENDS.load(Ordering::Acquire);
            if is_raised() && is_silent && !WARNED.load(Ordering::Relaxed) {
                // Where nobody reads it, there is nobody to tell.
                let _ = std::io::stderr().write_all(WAITING.as_bytes());
            }
        }
    };
    // Without it a second Ctrl-C is told all the same.
    let _ = std::thread::Builder::new().name("notice".to_owned()).spawn(wait);
}

/// Whether Ctrl-C was pressed and nothing has looked yet.
pub fn is_raised() -> bool {
    KEPT.get().is_some_and(|flag| flag.load(Ordering::Relaxed))
}

/// Notes how the terminal is before this much of it is taken, for whatever ends the process meanwhile.
pub fn take(hold: Hold) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            // What went wrong is to be read on the screen that stays, line by line.
            give_back();
            before(panic);
        }));
    });
    // SAFETY: every bit pattern is a `termios`; the call fills it or fails.
    let mut before: libc::termios = unsafe { std::mem::zeroed() };
    // SAFETY: the structure outlives the call.
    if unsafe { libc::tcgetattr(libc::STDIN_FILENO, &raw mut before) } == 0 {
        let taken = std::ptr::from_ref(noted(Taken { before, hold })).cast_mut();
        TAKEN.store(taken, Ordering::Release);
    }
}

/// The same, at a place that stays: a handler may read it at any time.
fn noted(taken: Taken) -> &'static Taken {
    let mut last = NOTED.lock().unwrap_or_else(PoisonError::into_inner);
    let settings = |of: &libc::termios| (of.c_iflag, of.c_oflag, of.c_cflag, of.c_lflag, of.c_cc);
    let is_same =
        |last: &&Taken| last.hold == taken.hold && settings(&last.before) == settings(&taken.before);
    match last.filter(is_same) {
        Some(last) => last,
        // Never freed, and seldom more than one for a line and one for the screen.
        None => last.insert(Box::leak(Box::new(taken))),
    }
}

/// Gives the terminal back, if it is taken. May be called in a signal handler.
pub fn give_back() {
    let taken = TAKEN.swap(std::ptr::null_mut(), Ordering::AcqRel);
    // SAFETY: the pointer is null or one of `noted`, which is never freed.
    let Some(taken) = (unsafe { taken.as_ref() }) else { return };
    let back = taken.hold.back();
    // SAFETY: both calls are allowed in a signal handler; the text is static, and the structure is never freed.
    unsafe {
        libc::write(libc::STDOUT_FILENO, back.as_ptr().cast(), back.len());
        libc::tcsetattr(libc::STDIN_FILENO, libc::TCSANOW, &raw const taken.before);
    }
}

/// The terminal has been given back by who took it.
pub fn given_back() {
    TAKEN.store(std::ptr::null_mut(), Ordering::Release);
}

/// Whether Ctrl-C is a signal on a terminal whose keys are read one by one.
pub fn set_interruptible(is_signal: bool) {
    // SAFETY: every bit pattern is a `termios`; the call fills it or fails.
    let mut now: libc::termios = unsafe { std::mem::zeroed() };
    // SAFETY: the structure outlives the calls.
    unsafe {
        if libc::tcgetattr(libc::STDIN_FILENO, &raw mut now) == 0 {
            let bit = if is_signal { libc::ISIG } else { 0 };
            now.c_lflag = now.c_lflag & !libc::ISIG | bit;
            libc::tcsetattr(libc::STDIN_FILENO, libc::TCSANOW, &raw const now);
        }
    }
}

/// Leaves Ctrl-C to another program, or takes it back.
pub fn lend(to_another: bool) {
    LENT.store(to_another, Ordering::Release);
}

/// From here on Ctrl-C only ever raises the flag: a notebook's kernel ends when it is told to.
pub fn never_end() {
    NEVER_ENDS.store(true, Ordering::Release);
}

/// Takes the signals (back): the line editor puts handlers of its own in their place.
pub fn arm() {
    let handler: extern "C" fn(libc::c_int) = on_interrupt;
    // SAFETY: the handler touches atomics only; SIG_DFL and SIG_IGN are always allowed.
    unsafe {
        libc::signal(libc::SIGINT, handler as libc::sighandler_t);
        // A file that may not grow is an error of the write, which cleans up after itself.
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
        libc::signal(libc::SIGPIPE, libc::SIG_DFL);
        let ends: extern "C" fn(libc::c_int) = on_end;
        // A library that gives up aborts.
        for signal in [libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT, libc::SIGABRT] {
            // Who was started to survive it (nohup) does.
            if libc::signal(signal, ends as libc::sighandler_t) == libc::SIG_IGN {
                libc::signal(signal, libc::SIG_IGN);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Read;
    use std::os::fd::{AsRawFd, FromRawFd};
    use std::process::{Command, Stdio};

    use rustyline::history::MemHistory;

    use super::super::browse::FullScreen;
    use super::*;

    /// Tells this test, run in a process of its own, what to take before it panics.
    const TAKES: &str = "TORCHSH_TEST_TAKES";

    struct Panics;

    impl rustyline::Helper for Panics {}
    impl rustyline::highlight::Highlighter for Panics {}
    impl rustyline::validate::Validator for Panics {}
    impl rustyline::completion::Completer for Panics {
        type Candidate = String;
    }

    impl rustyline::hint::Hinter for Panics {
        type Hint = String;

        fn hint(&self, _: &str, _: usize, _: &rustyline::Context<'_>) -> Option<String> {
            panic!("on purpose")
        }
    }

    /// Takes the terminal and panics: the test proper only where another has started it so.
    #[test]
    fn panics_with_the_terminal_taken() {
        match std::env::var(TAKES).as_deref() {
            Ok("screen") => {
                let _screen = FullScreen::begin().unwrap();
                panic!("on purpose");
            }
            Ok("line") => {
                let config = rustyline::Config::builder().bracketed_paste(true).build();
                let mut editor = rustyline::Editor::with_history(config, MemHistory::new()).unwrap();
                editor.set_helper(Some(Panics));
                take(Hold::Line);
                let _ = editor.readline("> ");
            }
            _ => {}
        }
    }

    #[test]
    fn a_panic_is_read_on_a_terminal_as_it_was() {
        for (takes, back) in [("screen", Hold::Screen.back()), ("line", Hold::Line.back())] {
            let (mut ours, mut theirs) = (0, 0);
            let null = std::ptr::null_mut();
            // SAFETY: the pointers are to local variables, or null where that is allowed.
            let opened = unsafe {
                libc::openpty(&raw mut ours, &raw mut theirs, null, std::ptr::null(), std::ptr::null())
            };
            assert_eq!(opened, 0);
            // SAFETY: both descriptors were just opened and belong to nobody else.
            let (ours, theirs) = unsafe { (File::from_raw_fd(ours), File::from_raw_fd(theirs)) };
            let end = || Stdio::from(theirs.try_clone().unwrap());
            let mut child = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "--nocapture", "front::signals::tests::panics_with_the_terminal_taken"])
                .envs([(TAKES, takes), ("TERM", "xterm"), ("RUST_BACKTRACE", "0")])
                .stdin(end())
                .stdout(end())
                .stderr(end())
                .spawn()
                .unwrap();
            let reader = std::thread::spawn({
                let mut ours = ours.try_clone().unwrap();
                move || {
                    let (mut written, mut some) = (Vec::new(), [0; 1024]);
                    while let Ok(count @ 1..) = ours.read(&mut some) {
                        written.extend_from_slice(&some[..count]);
                    }
                    String::from_utf8_lossy(&written).into_owned()
                }
            });
            assert!(!child.wait().unwrap().success());
            // SAFETY: every bit pattern is a `termios`, and the pointer is to a local variable.
            let now = unsafe {
                let mut now: libc::termios = std::mem::zeroed();
                assert_eq!(libc::tcgetattr(theirs.as_raw_fd(), &raw mut now), 0);
                now
            };
            let wanted = libc::ICANON | libc::ECHO | libc::ISIG;
            assert_eq!(now.c_lflag & wanted, wanted, "{takes}");
            // The last end of the terminal: what reads it comes to its end.
            drop(theirs);
            let written = reader.join().unwrap();
            let (before, said) = written.split_once("on purpose").unwrap();
            assert!(before.contains(&back.replace('\n', "\r\n")), "{takes}: {before:?} {said:?}");
        }
    }
}
