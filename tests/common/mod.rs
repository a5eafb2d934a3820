//! Runs the built torchsh as a user would: a process of its own, in a folder of its own, with a time limit.
#![allow(dead_code, reason = "each test uses its share")]

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// What a finished process left.
pub struct Ran {
    pub stdout: String,
    pub stderr: String,
    /// The exit status; none when a signal or the time limit ended it.
    pub status: Option<i32>,
    pub timed_out: bool,
}

impl Ran {
    pub fn succeeded(&self) -> bool {
        self.status == Some(0)
    }

    /// In words, for a failing test.
    pub fn ending(&self) -> String {
        match (self.timed_out, self.status) {
            (true, _) => "ran past its time limit".into(),
            (false, None) => "was ended by a signal".into(),
            (false, Some(status)) => format!("exit status {status}"),
        }
    }
}

/// A path inside the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// torchsh with the surroundings of the caller taken away, in `folder`.
pub fn torchsh(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_torchsh"));
    command.current_dir(folder).env("HOME", folder).env("TERM", "dumb").env("COLUMNS", "80");
    command.env("OMP_NUM_THREADS", "1").env("LC_ALL", "C.UTF-8").env("NO_COLOR", "1");
    for name in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "TORCHSH_HISTORY"] {
        command.env_remove(name);
    }
    command
}

/// Runs a command to its end, with `input` as its standard input.
pub fn run(mut command: Command, input: &str, limit: Duration) -> Ran {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writing = thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let stdout = reading(child.stdout.take().unwrap());
    let stderr = reading(child.stderr.take().unwrap());
    let (status, timed_out) = wait(&mut child, limit);
    writing.join().unwrap();
    Ran { stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap(), status, timed_out }
}

fn reading(mut source: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        source.read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn wait(child: &mut Child, limit: Duration) -> (Option<i32>, bool) {
    let started = Instant::now();
    while started.elapsed() < limit {
        if let Some(status) = child.try_wait().unwrap() {
            return (status.code(), false);
        }
        thread::sleep(Duration::from_millis(4));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    (None, true)
}

/// `work` on every item, as many at once as there are cores; results in the order of the items.
pub fn at_once<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some((index, item)) = take(items, &next) {
                    let result = work(item);
                    done.lock().unwrap().push((index, result));
                }
            });
        }
    });
    let mut results = done.into_inner().unwrap();
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

fn take<'a, T>(items: &'a [T], next: &AtomicUsize) -> Option<(usize, &'a T)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    items.get(index).map(|item| (index, item))
}

/// A line for the person who runs the tests; the harness swallows what `println!` says in a test that passes.
pub fn tell(line: &str) {
    eprintln!("{line}");
}

/// The first lines that differ, marked as `diff` marks them.
pub fn difference(expected: &str, actual: &str) -> String {
    let (mut expected, mut actual) = (expected.lines(), actual.lines());
    for number in 1.. {
        match (expected.next(), actual.next()) {
            (None, None) => break,
            (want, got) if want == got => {}
            (want, got) => return format!("  line {number}\n  - {}\n  + {}", shown(want), shown(got)),
        }
    }
    "  they differ in line endings only".into()
}

fn shown(line: Option<&str>) -> String {
    line.map_or_else(|| "(nothing)".into(), |line| format!("{line:?}"))
}
