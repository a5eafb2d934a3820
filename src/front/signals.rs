//! Ctrl-C while a statement runs.

use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
use std::sync::{Arc, OnceLock};

use torchsh_checkpoint::write;

/// The flag of the running session, for the handler.
static FLAG: AtomicPtr<AtomicBool> = AtomicPtr::new(std::ptr::null_mut());

/// Keeps what `FLAG` points to alive for ever.
static KEPT: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// Whether another program has the terminal: Ctrl-C is for that one then.
static LENT: AtomicBool = AtomicBool::new(false);

/// Whether Ctrl-C ends nothing.
static NEVER_ENDS: AtomicBool = AtomicBool::new(false);

/// The terminal as it was before the whole screen was taken; null while it is not.
static BEFORE: AtomicPtr<libc::termios> = AtomicPtr::new(std::ptr::null_mut());

/// What gives the screen back: no more of the other one, letters as they are, a cursor.
const SCREEN_BACK: &str = "\x1b[0m\x1b[?1049l\x1b[?25h";

/// The status of a process that Ctrl-C ended.
pub const INTERRUPTED: i32 = 130;

/// Whether the warning before the end has been given.
static WARNED: AtomicBool = AtomicBool::new(false);

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
    } else if flag.is_some() && !WARNED.swap(true, Ordering::Relaxed) {
        // SAFETY: `write` may be called in a signal handler; the text is static.
        unsafe { libc::write(libc::STDERR_FILENO, WARNING.as_ptr().cast(), WARNING.len()) };
    } else {
        write::abandon();
        give_screen_back();
        // SAFETY: `_exit` may be called in a signal handler.
        unsafe { libc::_exit(INTERRUPTED) };
    }
}

/// Files in the making go, then the signal does what it always does.
extern "C" fn on_end(signal: libc::c_int) {
    write::abandon();
    give_screen_back();
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
    arm();
}

/// Whether Ctrl-C was pressed and nothing has looked yet.
pub fn is_raised() -> bool {
    KEPT.get().is_some_and(|flag| flag.load(Ordering::Relaxed))
}

/// Notes how the terminal is before the whole screen is taken, for whatever ends the process meanwhile.
pub fn take_screen() {
    // SAFETY: every bit pattern is a `termios`; the call fills it or fails.
    let mut before: libc::termios = unsafe { std::mem::zeroed() };
    // SAFETY: the structure outlives the call.
    if unsafe { libc::tcgetattr(libc::STDIN_FILENO, &raw mut before) } == 0 {
        // Sixty bytes a time, never freed: a handler may be reading them.
        BEFORE.store(Box::into_raw(Box::new(before)), Ordering::Release);
    }
}

/// Gives the screen back, if it is taken. May be called in a signal handler.
pub fn give_screen_back() {
    let before = BEFORE.swap(std::ptr::null_mut(), Ordering::AcqRel);
    if before.is_null() {
        return;
    }
    // SAFETY: both calls are allowed in a signal handler; the text is static, and the structure is never freed.
    unsafe {
        libc::write(libc::STDOUT_FILENO, SCREEN_BACK.as_ptr().cast(), SCREEN_BACK.len());
        libc::tcsetattr(libc::STDIN_FILENO, libc::TCSANOW, before);
    }
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
        for signal in [libc::SIGTERM, libc::SIGHUP] {
            // Who was started to survive it (nohup) does.
            if libc::signal(signal, ends as libc::sighandler_t) == libc::SIG_IGN {
                libc::signal(signal, libc::SIG_IGN);
            }
        }
    }
}
