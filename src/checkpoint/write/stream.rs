//! Targets that are written into, and never replaced: pipes, sockets, devices, and whatever this process's own output is.

use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

/// Opens such a target; none if it is a file to be replaced.
///
/// # Errors
/// Those of opening it.
pub fn open(path: &Path) -> io::Result<Option<File>> {
    let Ok(about) = fs::metadata(path) else { return Ok(None) };
    let outputs = [io::stdout().as_fd().try_clone_to_owned(), io::stderr().as_fd().try_clone_to_owned()];
    let is_it = |output: &OwnedFd| {
        let file = output.try_clone().map(File::from).and_then(|file| file.metadata());
        file.is_ok_and(|output| (output.dev(), output.ino()) == (about.dev(), about.ino()))
    };
    if let Some(output) = outputs.into_iter().flatten().find(is_it) {
        return Ok(Some(File::from(output)));
    }
    let kind = about.file_type();
    if kind.is_char_device() || kind.is_fifo() || kind.is_socket() || kind.is_block_device() {
        return File::options().write(true).open(path).map(Some);
    }
    Ok(None)
}

/// Does something during which a pipe whose reader has gone is an error of the write, and not the end of the process.
pub fn without_signal<T>(act: impl FnOnce() -> T) -> T {
    // SAFETY: the sets are filled before they are used, and outlive the calls. A signal of a write is this thread's own, and
    // is taken back before the mask is as it was.
    unsafe {
        let (mut pipe, mut before): (libc::sigset_t, libc::sigset_t) =
            (std::mem::zeroed(), std::mem::zeroed());
        libc::sigemptyset(&raw mut pipe);
        libc::sigaddset(&raw mut pipe, libc::SIGPIPE);
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const pipe, &raw mut before);
        let done = act();
        let now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        libc::sigtimedwait(&raw const pipe, std::ptr::null_mut(), &raw const now);
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, std::ptr::null_mut());
        done
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_pipe_is_written_and_its_end_survived() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        let name = std::ffi::CString::new(path.as_os_str().as_encoded_bytes()).unwrap();
        // SAFETY: the text ends in a zero and outlives the call.
        assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
        let reader = std::thread::spawn({
            let path = path.clone();
            move || File::open(path).map(drop)
        });
        let mut file = open(&path).unwrap().unwrap();
        reader.join().unwrap().unwrap();
        let error = without_signal(|| file.write_all(&[0; 1 << 20])).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        fs::write(folder.path().join("file"), "x").unwrap();
        assert!(open(&folder.path().join("file")).unwrap().is_none());
    }
}
