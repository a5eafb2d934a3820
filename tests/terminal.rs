//! The prompt in a real terminal: a pseudo-terminal and an emulator that knows what its screen shows.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::torchsh;
use std::fs::File;
use std::io::{Read, Write};
use std::num::NonZero;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Long: a machine may have much else to do.
const LIMIT: Duration = Duration::from_secs(60);

/// A program that does not outlive its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A torchsh on a terminal of its own.
struct Terminal {
    child: Running,
    keyboard: File,
    output: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    folder: tempfile::TempDir,
}

impl Terminal {
    fn start(columns: u16, arguments: &[&str]) -> Terminal {
        Self::start_in(tempfile::tempdir().unwrap(), columns, arguments)
    }

    fn start_in(folder: tempfile::TempDir, columns: u16, arguments: &[&str]) -> Terminal {
        Self::start_with(folder, columns, arguments, &[])
    }

    fn start_with(
        folder: tempfile::TempDir,
        columns: u16,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Terminal {
        let (ours, theirs) = open(30, columns);
        let mut command = torchsh(folder.path());
        command.envs(variables.iter().copied());
        command.args(arguments).env("TERM", "xterm-256color").env_remove("COLUMNS");
        let copy = || Stdio::from(theirs.try_clone().unwrap());
        command.stdin(copy()).stdout(copy()).stderr(copy());
        let become_its_own = || {
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
        Terminal { child, keyboard, output, screen, folder }
    }

    fn keys(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Types a line and waits for the next prompt.
    fn enter(&mut self, line: &str) {
        let next = self.number() + 1;
        self.keys(&format!("{line}\r"));
        self.wait(&format!("In [{next}]: "));
    }

    /// The number of the last prompt on the screen.
    fn number(&mut self) -> usize {
        let text = self.text();
        let digits = text.rsplit("In [").next().and_then(|rest| rest.split(']').next());
        digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
    }

    fn text(&mut self) -> String {
        while let Ok(bytes) = self.output.try_recv() {
            self.screen.process(&bytes);
        }
        let text = self.screen.screen().contents();
        text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
    }

    /// The column of the cursor.
    fn cursor(&mut self) -> u16 {
        self.text();
        self.screen.screen().cursor_position().1
    }

    /// Waits until the screen shows a text.
    fn wait(&mut self, wanted: &str) -> String {
        // Blanks at the end of a line are not told from an empty screen.
        self.wait_for(wanted, |text| text.contains(wanted.trim_end()))
    }

    /// Waits until the screen is as wanted.
    fn wait_for(&mut self, wanted: &str, is_there: impl Fn(&str) -> bool) -> String {
        let started = Instant::now();
        loop {
            let text = self.text();
            if is_there(&text) {
                return text;
            }
            assert!(started.elapsed() < LIMIT, "no {wanted:?} on the screen:\n{text}");
            if let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(50)) {
                self.screen.process(&bytes);
            }
        }
    }

    /// Gives the terminal another width.
    fn resize(&mut self, columns: u16) {
        let size = libc::winsize { ws_row: 30, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        // SAFETY: the descriptor is that of our end, the pointer is to a local variable.
        let status = unsafe { libc::ioctl(self.keyboard.as_raw_fd(), libc::TIOCSWINSZ, &raw const size) };
        assert_eq!(status, 0);
        let count = |count: u16| NonZero::new(count).unwrap();
        self.screen.screen_mut().set_size(count(30), count(columns));
    }

    fn ends(mut self) -> (Option<i32>, tempfile::TempDir) {
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
    // SAFETY: both descriptors were just opened and belong to nobody else.
    unsafe { (OwnedFd::from_raw_fd(ours), OwnedFd::from_raw_fd(theirs)) }
}

#[test]
fn values_and_errors_are_shown() {
    let mut terminal = Terminal::start(80, &[]);
    terminal.wait("In [1]: ");
    terminal.enter("d = {\"浙江\": \"杭州\"}");
    terminal.enter("d");
    assert!(terminal.text().contains("Out[2]: {'浙江': '杭州'}"));
    terminal.enter("d[\"x\"]");
    assert!(terminal.text().contains("KeyError: 'x'"));
    terminal.enter("_2 is d and _ is d");
    assert!(terminal.text().contains("Out[4]: True"), "{}", terminal.text());
    terminal.keys("\x04");
    assert_eq!(terminal.ends().0, Some(0));
}

#[test]
fn blocks_are_indented_and_end_with_an_empty_line() {
    let mut terminal = Terminal::start(80, &[]);
    terminal.wait("In [1]: ");
    terminal.keys("def f(x):\rif x:\rreturn 1\rreturn 2\r\r");
    terminal.wait("In [2]: ");
    terminal.enter("[f(0), f(1)]");
    assert!(terminal.text().contains("Out[2]: [2, 1]"), "{}", terminal.text());
}

#[test]
fn a_try_waits_for_what_handles_it() {
    let mut terminal = Terminal::start(80, &[]);
    terminal.wait("In [1]: ");
    terminal.keys("try: missing\rexcept NameError as e: print(\"caught\", e)\r");
    terminal.wait("caught name 'missing' is not defined");
    terminal.wait("In [2]: ");
    // Backspace leaves a level of the block at once; an empty line does not end a try.
    terminal.keys("for i in range(2):\rtry:\r1 / i\r\x7fexcept ZeroDivisionError:\rprint(\"zero\")\r\x7felse:\rprint(i)\r\r");
    terminal.wait("zero\n1\n");
    terminal.keys("try:\rx = 1\r\r\x7ffinally:\rprint(\"last\")\r\r");
    terminal.wait("\nlast\n");
    terminal.wait("In [4]: ");
}

#[test]
fn control_c_stops_a_statement_and_keeps_the_session() {
    let mut terminal = Terminal::start(80, &[]);
    terminal.wait("In [1]: ");
    terminal.enter("kept = 41");
    // What is pressed before the statement runs would be a key of the line.
    terminal.keys("for i in iter(int, 1): kept == 41 and print('be' + 'gun'); kept = 40\r\r");
    terminal.wait("begun");
    terminal.keys("\x03");
    terminal.wait("In [3]: ");
    assert!(terminal.text().contains("KeyboardInterrupt"));
    terminal.enter("kept + 2");
    assert!(terminal.text().contains("Out[3]: 42"));
    // At the prompt it drops the line.
    terminal.keys("half a line");
    terminal.wait("In [4]: half a line");
    terminal.keys("\x03");
    terminal.wait_for("a fresh prompt", |text| text.ends_with("In [4]:"));
    terminal.enter("7");
    assert!(terminal.text().contains("Out[4]: 7"));
    // While another program runs it is for that program, however often it is pressed.
    terminal.keys("!trap '' INT; echo wait''ing; read line; echo done with $line\r");
    terminal.wait("waiting");
    terminal.keys("\x03\x03it\r");
    terminal.wait("done with it");
    terminal.wait("In [6]: ");
    terminal.enter("kept + 2");
    assert!(terminal.text().contains("Out[6]: 42"));
}

#[test]
fn control_c_in_an_operator_says_how_to_leave() {
    let mut terminal = Terminal::start(80, &[]);
    terminal.wait("In [1]: ");
    // Minutes of work, in one operator.
    terminal.keys("a = torch.randn(9000, 9000); print('be' + 'gun'); torch.linalg.svd(a)\r");
    terminal.wait("begun");
    std::thread::sleep(Duration::from_millis(200));
    terminal.keys("\x03");
    std::thread::sleep(Duration::from_millis(200));
    terminal.keys("\x03");
    terminal.wait("stops when the running operator returns; Ctrl-C again ends torchsh");
    terminal.keys("\x03");
    assert_eq!(terminal.ends().0, Some(130));
}

#[test]
fn keys_are_completed_segment_by_segment() {
    let mut terminal = Terminal::start(80, &[]);
    terminal.wait("In [1]: ");
    terminal.enter("m = {\"layer1.conv.weight\": 1, \"layer1.conv.bias\": 2, \"fc.weight\": 3}");
    terminal.keys("m[\"la\t");
    terminal.wait("m[\"layer1.");
    terminal.keys("\t");
    terminal.wait("m[\"layer1.conv.");
    terminal.keys("b\t");
    terminal.wait("m[\"layer1.conv.bias\"]");
    terminal.keys("\r");
    terminal.wait("Out[2]: 2");
}

#[test]
fn names_attributes_and_paths_are_completed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("checkpoint.pt"), b"x").unwrap();
    let mut terminal = Terminal::start_in(folder, 80, &[]);
    terminal.wait("In [1]: ");
    terminal.enter("some_long_name = \"abc\"");
    terminal.keys("some_lo\t");
    terminal.wait("In [2]: some_long_name");
    terminal.keys(".startsw\t(\"a\")\r");
    terminal.wait("Out[2]: True");
    terminal.keys("load(\"che\t");
    terminal.wait("load(\"checkpoint.pt\"");
}

#[test]
fn the_history_outlives_the_session() {
    let mut terminal = Terminal::start(80, &[]);
    terminal.wait("In [1]: ");
    terminal.enter("first = 123");
    terminal.enter("second = 456");
    terminal.keys("\x04");
    let (status, folder) = terminal.ends();
    assert_eq!(status, Some(0));
    assert!(Path::exists(&folder.path().join(".local/state/torchsh/history")));
    let mut terminal = Terminal::start_in(folder, 80, &[]);
    terminal.wait("In [1]: ");
    // What begins like the line; the ghost shows the same.
    terminal.keys("fir");
    terminal.wait("In [1]: first = 123");
    terminal.keys("\x1b[A\r");
    terminal.wait("In [2]: ");
    terminal.enter("first");
    assert!(terminal.text().contains("Out[2]: 123"), "{}", terminal.text());
}

#[test]
fn pasted_blocks_lose_their_prompts() {
    let mut terminal = Terminal::start(80, &[]);
    terminal.wait("In [1]: ");
    terminal.keys("\x1b[200~>>> x = 1\n>>> def f():\n...     return x + 1\n...\n>>> f()\n\x1b[201~\r");
    terminal.wait("Out[1]: 2");
}

#[test]
fn commands_of_the_prompt_work() {
    let mut terminal = Terminal::start(80, &[]);
    terminal.wait("In [1]: ");
    terminal.enter("d = {\"a\": 1}");
    terminal.enter("d[\"b\"] = 2");
    terminal.enter("undo");
    terminal.enter("d");
    assert!(terminal.text().contains("{'a': 1}"), "{}", terminal.text());
    terminal.enter("who");
    assert!(terminal.text().contains("dict  1 item"), "{}", terminal.text());
    terminal.enter("!echo from the system");
    assert!(terminal.text().contains("\nfrom the system"));
    terminal.enter("help filter");
    assert!(terminal.text().contains("filter p shape== m"));
    terminal.enter("record r.py");
    terminal.enter("after = 5");
    terminal.keys("exit\r");
    let (status, folder) = terminal.ends();
    assert_eq!(status, Some(0));
    let recorded = std::fs::read_to_string(folder.path().join("r.py")).unwrap();
    assert!(recorded.ends_with("after = 5\n"), "{recorded}");
}

#[test]
fn results_fit_forty_columns() {
    let mut terminal = Terminal::start(40, &[]);
    terminal.wait("In [1]: ");
    terminal.enter("m = {\"a.very.long.key.of.a.layer.weight\": torch.zeros(3, 4)}");
    terminal.enter("m");
    let text = terminal.text();
    // The key has a line of its own, so that all of it is seen.
    assert!(text.contains("\na.very.long.key.of.a.layer.weight\n  [3, 4]"), "{text}");
    assert!(text.contains("48 B"), "{text}");
    // Another size counts from the next line on.
    terminal.resize(100);
    terminal.enter("m");
    let text = terminal.text();
    assert!(text.contains("\na.very.long.key.of.a.layer.weight  [3, 4]  float32"), "{text}");
}

#[test]
fn what_is_too_long_is_seen_page_by_page() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::start_with(folder, 80, &[], &[("PAGER", "sed -n '$s/^/paged: /p'")]);
    terminal.wait("In [1]: ");
    terminal.enter("{chr(97 + i % 26) + chr(97 + i // 26): torch.zeros(i + 1) for i in range(60)}");
    assert!(terminal.text().contains("more rows: page shows all"), "{}", terminal.text());
    terminal.enter("page");
    assert!(terminal.text().contains("paged: 60 tensors"), "{}", terminal.text());
}

#[test]
fn a_long_list_asks_no_question() {
    let mut terminal = Terminal::start(80, &[]);
    terminal.wait("In [1]: ");
    terminal.keys("torch.\t");
    let text = terminal.wait(" more");
    assert!(text.contains("absolute") && !text.contains("possibilities"), "{text}");
    terminal.keys("topk(\t");
    let text = terminal.wait("largest=");
    assert!(text.contains("bool = True"), "{text}");
}

#[test]
fn long_results_lose_their_middle() {
    let mut terminal = Terminal::start(80, &[]);
    terminal.wait("In [1]: ");
    terminal.enter("list(range(5000))");
    let text = terminal.wait("more lines: page shows all");
    assert!(text.contains("4999]") && !text.contains(" 3000,"), "{text}");
    terminal.enter("len(_)");
    assert!(terminal.text().contains(": 5000"));
    terminal.enter("[f'module.layer{i}.weight' for i in range(20)]");
    let text = terminal.text();
    assert!(text.contains("['module.layer0.weight',") && text.contains("'module.layer19.weight']"), "{text}");
}

#[test]
fn settings_and_start_up_file_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join(".config/torchsh");
    std::fs::create_dir_all(&place).unwrap();
    std::fs::write(place.join("startup.py"), "ready = 'it is'\n").unwrap();
    std::fs::write(place.join("settings"), "edit_mode = vi\ncolour = red\n").unwrap();
    let mut terminal = Terminal::start_in(folder, 80, &[]);
    let text = terminal.wait("In [1]: ");
    assert!(text.contains("line 2: colour = red is no setting"), "{text}");
    // vi: to the beginning of the line and over it. Escape alone takes the cursor one back, once it is told from a sequence.
    terminal.keys("eady\x1b");
    let started = Instant::now();
    while terminal.cursor() != 11 && started.elapsed() < LIMIT {
        std::thread::sleep(Duration::from_millis(20));
    }
    terminal.keys("0ir\r");
    terminal.wait("Out[1]: 'it is'");
}
