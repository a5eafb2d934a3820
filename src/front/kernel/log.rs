//! What the kernel says of itself: to the standard error that it was started with, never to a notebook.

use std::fs::File;
use std::io::Write;
use std::os::fd::FromRawFd;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use torchsh_render::sanitize::sanitize_lines;

/// The standard error of the start; what has that number later goes to the notebook.
static ERRORS: OnceLock<File> = OnceLock::new();

/// Lines that are said: whoever sends broken messages for ever fills no disk.
const MOST: usize = 1000;

static SAID: AtomicUsize = AtomicUsize::new(0);

/// Keeps the standard error as it is now.
pub fn keep() {
    // SAFETY: the number is a copy that nobody else closes.
    let copy = unsafe { libc::fcntl(libc::STDERR_FILENO, libc::F_DUPFD_CLOEXEC, 3) };
    if copy >= 0 {
        // SAFETY: as above.
        let _ = ERRORS.set(unsafe { File::from_raw_fd(copy) });
    }
}

/// Says a line.
pub fn log(line: &str) {
    if SAID.fetch_add(1, Ordering::Relaxed) < MOST {
        raw(format!("torchsh kernel: {}\n", sanitize_lines(line)).as_bytes());
    }
}

/// Passes on what was written to the standard error.
pub fn raw(bytes: &[u8]) {
    // Nobody is left to tell where this fails.
    let _ = match ERRORS.get() {
        Some(mut file) => file.write_all(bytes),
        None => std::io::stderr().write_all(bytes),
    };
}
