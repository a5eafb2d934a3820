//! A torchsh on a pseudo-terminal, and an emulator that knows what its screen shows.

use std::fs::File;
use std::io::{Read, Write};
use std::num::NonZero;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::common::torchsh;

/// Long: a machine may have much else to do.
pub const LIMIT: Duration = Duration::from_secs(60);

/// A program that does not outlive its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A torchsh on a terminal of its own.
pub struct Terminal {
    child: Running,
    keyboard: File,
    output: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    /// All that was written, as it came.
    written: Vec<u8>,
    folder: tempfile::TempDir,
}

impl Terminal {
    pub fn start(columns: u16, arguments: &[&str]) -> Terminal {
        Self::start_in(tempfile::tempdir().unwrap(), columns, arguments)
    }

    /// One that shows its first prompt.
    pub fn ready(columns: u16) -> Terminal {
        let mut terminal = Self::start(columns, &[]);
        terminal.wait("In [1]: ");
        terminal
    }

    /// As [`Terminal::ready`], in colours.
    pub fn coloured(variables: &[(&str, &str)]) -> Terminal {
        let variables = [&[("NO_COLOR", "")], variables].concat();
        let mut terminal = Self::start_with(tempfile::tempdir().unwrap(), 80, &[], &variables);
        terminal.wait("In [1]: ");
        terminal
    }

    pub fn start_in(folder: tempfile::TempDir, columns: u16, arguments: &[&str]) -> Terminal {
        Self::start_with(folder, columns, arguments, &[])
    }

    pub fn start_with(
        folder: tempfile::TempDir,
        columns: u16,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Terminal {
        let mut command = torchsh(folder.path());
        command.args(arguments).env("TERM", "xterm-256color").envs(variables.iter().copied());
        Self::run(folder, columns, command)
    }

    /// A shell that controls jobs, in whose words `$torchsh` is the program.
    pub fn shell(columns: u16) -> Terminal {
        let folder = tempfile::tempdir().unwrap();
        let ours = torchsh(folder.path());
        let mut command = Command::new("bash");
        command.args(["--norc", "--noprofile", "-i"]).current_dir(folder.path());
        command.envs(ours.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.env("torchsh", ours.get_program()).envs([("PS1", "shell: "), ("TERM", "xterm-256color")]);
        let mut terminal = Self::run(folder, columns, command);
        terminal.wait("shell:");
        terminal
    }

    fn run(folder: tempfile::TempDir, columns: u16, mut command: Command) -> Terminal {
        let (ours, theirs) = open(30, columns);
        command.env_remove("COLUMNS");
        let copy = || Stdio::from(theirs.try_clone().unwrap());
        command.stdin(copy()).stdout(copy()).stderr(copy());
        let become_its_own = || {
            // What runs in the background of a script ignores these, and hands that on.
            for signal in [libc::SIGINT, libc::SIGQUIT] {
                // SAFETY: allowed between fork and exec.
                unsafe { libc::signal(signal, libc::SIG_DFL) };
            }
            // SAFETY: both calls are allowed between fork and exec; descriptor 0 is the terminal by then.
            let failed = unsafe { libc::setsid() < 0 || libc::ioctl(0, libc::TIOCSCTTY, 0) < 0 };
            if failed { Err(std::io::Error::last_os_error()) } else { Ok(()) }
        };
        // SAFETY: the closure calls async-signal-safe functions only.
        unsafe { command.pre_exec(become_its_own) };
        let child = Running(command.spawn().unwrap());
        drop((command, theirs));
        let keyboard = File::from(ours);
        let mut source = keyboard.try_clone().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = source.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        let size = |count: u16| NonZero::new(count).unwrap();
        let screen = vt100::Parser::new(size(30), size(columns), 0);
        Terminal { child, keyboard, output, screen, written: Vec::new(), folder }
    }

    pub fn keys(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Types a line and waits for the next prompt.
    pub fn enter(&mut self, line: &str) {
        let next = self.number() + 1;
        self.keys(&format!("{line}\r"));
        self.wait(&format!("In [{next}]: "));
    }

    /// As [`Terminal::enter`], on a cleared screen: what then stands on it.
    pub fn answer(&mut self, line: &str) -> String {
        let next = self.number() + 1;
        self.keys(&format!("\x0c{line}\r"));
        let ends = format!("\nIn [{next}]:");
        self.wait_for("the next prompt", |text| text.ends_with(&ends))
    }

    /// The number of the last prompt on the screen. One that was cleared is drawn again in a moment.
    pub fn number(&mut self) -> usize {
        let prompt = |text: &str| {
            let digits = |line: &str| line.strip_prefix("In [")?.split(']').next()?.parse::<usize>().ok();
            text.lines().rev().find_map(digits)
        };
        let text = self.wait_for("a prompt", |text| prompt(text).is_some());
        prompt(&text).unwrap()
    }

    fn take(&mut self, bytes: &[u8]) {
        self.screen.process(bytes);
        self.written.extend_from_slice(bytes);
    }

    /// All that was written, escapes too.
    pub fn written(&mut self) -> String {
        self.text();
        String::from_utf8_lossy(&self.written).into_owned()
    }

    pub fn forget_written(&mut self) {
        self.text();
        self.written.clear();
    }

    /// Waits until something was written that need not be on the screen.
    pub fn wait_until_written(&mut self, wanted: &str) {
        let started = Instant::now();
        while !self.written().contains(wanted) {
            assert!(started.elapsed() < LIMIT, "{wanted:?} was not written");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn text(&mut self) -> String {
        while let Ok(bytes) = self.output.try_recv() {
            self.take(&bytes);
        }
        let text = self.screen.screen().contents();
        text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
    }

    /// The column of the cursor.
    pub fn cursor(&mut self) -> u16 {
        self.text();
        self.screen.screen().cursor_position().1
    }

    /// How the first character of a text on the screen looks: its colour, and whether it is underlined.
    pub fn look(&mut self, wanted: &str) -> (vt100::Color, bool) {
        let text = self.text();
        let found = text.lines().enumerate().find_map(|(row, line)| Some((row, line.find(wanted)?)));
        let (row, column) = found.unwrap_or_else(|| panic!("no {wanted:?} on the screen:\n{text}"));
        let cell = self.screen.screen().cell(row.try_into().unwrap(), column.try_into().unwrap()).unwrap();
        (cell.fgcolor(), cell.underline())
    }

    /// Waits until the screen shows a text.
    pub fn wait(&mut self, wanted: &str) -> String {
        // Blanks at the end of a line are not told from an empty screen.
        self.wait_for(wanted, |text| text.contains(wanted.trim_end()))
    }

    /// Waits until the screen is as wanted.
    pub fn wait_for(&mut self, wanted: &str, is_there: impl Fn(&str) -> bool) -> String {
        let started = Instant::now();
        loop {
            let text = self.text();
            if is_there(&text) {
                return text;
            }
            assert!(started.elapsed() < LIMIT, "no {wanted:?} on the screen:\n{text}");
            if let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(50)) {
                self.take(&bytes);
            }
        }
    }

    /// Gives the terminal another width.
    pub fn resize(&mut self, columns: u16) {
        let size = libc::winsize { ws_row: 30, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        // SAFETY: the descriptor is that of our end, the pointer is to a local variable.
        let status = unsafe { libc::ioctl(self.keyboard.as_raw_fd(), libc::TIOCSWINSZ, &raw const size) };
        assert_eq!(status, 0);
        let count = |count: u16| NonZero::new(count).unwrap();
        self.screen.screen_mut().set_size(count(30), count(columns));
    }

    /// Sends a signal to the program.
    pub fn signal(&self, signal: libc::c_int) {
        let id = i32::try_from(self.child.0.id()).unwrap();
        // SAFETY: the child was not waited for, so the number is its own.
        assert_eq!(unsafe { libc::kill(id, signal) }, 0);
    }

    /// Whether the terminal is as a shell wants it: it gathers lines and shows what is typed.
    pub fn is_canonical(&self) -> bool {
        // SAFETY: every bit pattern is a `termios`, and the pointer is to a local variable.
        let settings = unsafe {
            let mut settings: libc::termios = std::mem::zeroed();
            assert_eq!(libc::tcgetattr(self.keyboard.as_raw_fd(), &raw mut settings), 0);
            settings
        };
        let wanted = libc::ICANON | libc::ECHO | libc::ISIG;
        settings.c_lflag & wanted == wanted
    }

    pub fn ends(mut self) -> (Option<i32>, tempfile::TempDir) {
        let started = Instant::now();
        while started.elapsed() < LIMIT {
            while self.output.try_recv().is_ok() {}
            if let Some(status) = self.child.0.try_wait().unwrap() {
                return (status.code(), self.folder);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("torchsh did not leave");
    }
}

/// A pseudo-terminal of that size: our end and the end of the program.
fn open(rows: u16, columns: u16) -> (OwnedFd, OwnedFd) {
    let (mut ours, mut theirs) = (0, 0);
    let size = libc::winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: the pointers are to local variables; null is allowed for the name and the settings.
    let status = unsafe {
        libc::openpty(&raw mut ours, &raw mut theirs, std::ptr::null_mut(), std::ptr::null(), &raw const size)
    };
    assert_eq!(status, 0);
    for descriptor in [ours, theirs] {
        // A program that holds our end of its own terminal, or of another test's, would never see it close.
        // SAFETY: the descriptor was just opened.
        assert_eq!(unsafe { libc::fcntl(descriptor, libc::F_SETFD, libc::FD_CLOEXEC) }, 0);
    }
    // SAFETY: both descriptors were just opened and belong to nobody else.
    unsafe { (OwnedFd::from_raw_fd(ours), OwnedFd::from_raw_fd(theirs)) }
}
