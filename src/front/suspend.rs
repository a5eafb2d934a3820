//! Ctrl-Z: the whole job stops, and goes on when the person's shell says so.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// How often the job was told to go on.
static CONTINUED: AtomicUsize = AtomicUsize::new(0);

/// Looks at whether it was, at most: a shell that controls no jobs lets none stop.
const LOOKS: usize = 50;

const PACE: Duration = Duration::from_millis(10);

extern "C" fn on_continue(_: libc::c_int) {
    CONTINUED.fetch_add(1, Ordering::Release);
}

/// Stops the job; back when it goes on. The terminal must have been given back, and may be taken again afterwards: a signal to
/// the whole process reaches any of its threads at any time, so that the line editor's own way takes the terminal before it stops.
pub fn suspend() {
    let before = CONTINUED.load(Ordering::Acquire);
    let handler: extern "C" fn(libc::c_int) = on_continue;
    // SAFETY: the handler touches an atomic only; the group is this process's own.
    unsafe {
        libc::signal(libc::SIGCONT, handler as libc::sighandler_t);
        libc::kill(0, libc::SIGTSTP);
    }
    for _ in 0..LOOKS {
        if CONTINUED.load(Ordering::Acquire) != before {
            break;
        }
        std::thread::sleep(PACE);
    }
}
