//! What is written past the shell, by programs that it starts and by libraries, comes to the notebook too.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsRawFd, FromRawFd, RawFd};
use std::sync::{Arc, Mutex, PoisonError};

use super::log;
use super::output::Speaker;

/// Bytes read at once: what a pipe holds.
const CHUNK: usize = 8 << 10;

/// The pipes that stand in the place of standard output and standard error.
#[derive(Clone)]
pub struct Capture {
    streams: Arc<Mutex<[Stream; 2]>>,
    ends: [RawFd; 2],
    speaker: Speaker,
}

struct Stream {
    name: &'static str,
    file: File,
    /// The beginning of a character whose end has not come yet.
    rest: Vec<u8>,
}

/// A pipe: its end to read from, which does not wait, and its end to write to.
fn pipe() -> io::Result<(File, File)> {
    let mut ends = [0; 2];
    // SAFETY: the array takes both numbers, which nobody else has.
    unsafe {
        if libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) != 0 {
            return Err(io::Error::last_os_error());
        }
        let [read, write] = ends;
        libc::fcntl(read, libc::F_SETFL, libc::O_NONBLOCK);
        Ok((File::from_raw_fd(read), File::from_raw_fd(write)))
    }
}

impl Capture {
    /// Begins; from here on nothing reads the standard input either.
    ///
    /// # Errors
    /// There are no pipes left.
    pub fn begin(speaker: Speaker) -> io::Result<Capture> {
        let nothing = File::open("/dev/null")?;
        let ((out, to_out), (errors, to_errors)) = (pipe()?, pipe()?);
        for (file, number) in [
            (&nothing, libc::STDIN_FILENO),
            (&to_out, libc::STDOUT_FILENO),
            (&to_errors, libc::STDERR_FILENO),
        ] {
            // SAFETY: both numbers are open files.
            if unsafe { libc::dup2(file.as_raw_fd(), number) } < 0 {
                return Err(io::Error::last_os_error());
            }
        }
        let ends = [out.as_raw_fd(), errors.as_raw_fd()];
        let stream = |name, file| Stream { name, file, rest: Vec::new() };
        let streams = Arc::new(Mutex::new([stream("stdout", out), stream("stderr", errors)]));
        let capture = Capture { streams, ends, speaker };
        let own = capture.clone();
        std::thread::Builder::new().name("output".to_owned()).spawn(move || own.watch())?;
        Ok(capture)
    }

    /// Waits for what is written and passes it on.
    fn watch(&self) {
        let mut ends = self.ends.map(|fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 });
        loop {
            // SAFETY: the array outlives the call.
            let ready = unsafe { libc::poll(ends.as_mut_ptr(), 2, -1) };
            if ready < 0 && io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
                return;
            }
            self.speaker.wait_for_room();
            self.drain();
        }
    }

    /// Passes on what was written so far.
    pub fn drain(&self) {
        for stream in self.streams.lock().unwrap_or_else(PoisonError::into_inner).iter_mut() {
            stream.drain(&self.speaker);
        }
    }
}

impl Stream {
    fn drain(&mut self, speaker: &Speaker) {
        let mut bytes = [0; CHUNK];
        while let Ok(count) = self.file.read(&mut bytes) {
            let read = bytes.get(..count).unwrap_or_default();
            if read.is_empty() {
                return;
            }
            if self.name == "stderr" {
                // Where the process is about to die, the notebook will not see it.
                log::raw(read);
            }
            self.rest.extend_from_slice(read);
            let text = whole_characters(&mut self.rest);
            if !text.is_empty() {
                speaker.stream(self.name, &text);
            }
        }
    }
}

/// Takes the text out of bytes, up to a character that is not whole yet.
fn whole_characters(bytes: &mut Vec<u8>) -> String {
    let mut text = String::new();
    let mut rest = bytes.as_slice();
    loop {
        match std::str::from_utf8(rest) {
            Ok(valid) => {
                text.push_str(valid);
                rest = &[];
                break;
            }
            Err(error) => {
                let (valid, after) = rest.split_at_checked(error.valid_up_to()).unwrap_or((&[], rest));
                text.push_str(std::str::from_utf8(valid).unwrap_or_default());
                rest = after;
                let Some(wrong) = error.error_len() else { break };
                text.push('\u{fffd}');
                rest = rest.get(wrong..).unwrap_or_default();
            }
        }
    }
    *bytes = rest.to_vec();
    text
}

#[cfg(test)]
mod tests {
    use super::whole_characters;

    #[test]
    fn characters_come_whole() {
        let mut bytes = "aé".as_bytes()[..2].to_vec();
        assert_eq!(whole_characters(&mut bytes), "a");
        bytes.push(0xa9);
        assert_eq!(whole_characters(&mut bytes), "é");
        assert!(bytes.is_empty());
        let mut wrong = vec![b'x', 0xff, b'y'];
        assert_eq!(whole_characters(&mut wrong), "x\u{fffd}y");
    }
}
