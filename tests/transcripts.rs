//! Runs what the documents show. In README.md and every `tests/transcripts/*.md`, in order and in one fresh folder:
//!
//! - a block fenced as `torchsh` is typed into one interactive session a document: `In [n]: ` and `   ...: ` lines are
//!   the input, what follows is what must be shown;
//! - a block fenced as `console` is run by `sh`: `$ ` lines are commands (torchsh is on the path), what follows is what
//!   they must print;
//! - an HTML comment that begins with `<!-- torchsh` is a program run beforehand, to make the files a document speaks of.
//!
//! A line that is only `…` stands for any number of lines; a `…` within a line for any text. `BLESS=1 cargo test --test
//! transcripts` writes what is shown now into the documents: read the difference before you commit it.

// A test that meets the unexpected should stop there and then.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{Ran, repository, run, tell, torchsh};
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);
const PROMPT: &str = "In [";
const CONTINUATION: &str = "   ...: ";

#[test]
fn documents_show_what_happens() {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(repository("tests/transcripts")).unwrap().map(|e| e.unwrap().path()).collect();
    paths.push(repository("README.md"));
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "md") && path.exists());
    paths.sort();
    let outcomes = common::at_once(&paths, |path| play(path));
    let steps: usize = outcomes.iter().map(|(steps, _)| steps).sum();
    tell(&format!("transcripts: {steps} steps in {} documents", paths.len()));
    let faults: String = outcomes.into_iter().map(|(_, faults)| faults).collect();
    assert!(faults.is_empty(), "\n{faults}");
}

/// The article as a script, against what real Python prints for it.
#[test]
fn the_article_runs_as_a_script() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = torchsh(folder.path());
    command.arg(repository("tests/article.py"));
    let ran = run(command, "", LIMIT);
    let expected = fs::read_to_string(repository("tests/article.txt")).unwrap();
    assert!(ran.stdout == expected, "\n{}\n{}", common::difference(&expected, &ran.stdout), ran.stderr);
    assert!(ran.succeeded(), "{}\n{}", ran.ending(), ran.stderr);
}

/// The same as a notebook: it prints what the script prints, and with `--inplace` that stands in it.
#[test]
fn the_article_runs_as_a_notebook() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("article.ipynb");
    fs::copy(repository("tests/notebooks/article.ipynb"), &path).unwrap();
    let expected = fs::read_to_string(repository("tests/article.txt")).unwrap();
    let mut command = torchsh(folder.path());
    command.arg("article.ipynb");
    let ran = run(command, "", LIMIT);
    assert!(ran.stdout == expected, "\n{}\n{}", common::difference(&expected, &ran.stdout), ran.stderr);
    let mut command = torchsh(folder.path());
    command.args(["--inplace", "article.ipynb"]);
    let ran = run(command, "", LIMIT);
    assert!(ran.succeeded() && ran.stdout.is_empty(), "{}\n{}{}", ran.ending(), ran.stdout, ran.stderr);
    let notebook: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let cells = notebook["cells"].as_array().unwrap();
    let outputs = cells.iter().flat_map(|cell| cell["outputs"].as_array()).flatten();
    let printed: String = outputs
        .filter(|output| output["name"] == "stdout")
        .flat_map(|output| output["text"].as_array().unwrap())
        .map(|line| line.as_str().unwrap())
        .collect();
    assert!(printed == expected, "\n{}", common::difference(&expected, &printed));
}

/// What a session records as a notebook runs as one, and a cell that fails ends the run with its error in the file.
#[test]
fn a_recorded_notebook_runs() {
    let folder = tempfile::tempdir().unwrap();
    let session = "record s.ipynb\nx = 2\nx + 1\n1/0\n_ * 10\n";
    let mut command = torchsh(folder.path());
    command.arg("-i");
    let ran = run(command, session, LIMIT);
    assert!(ran.succeeded(), "{}{}", ran.stdout, ran.stderr);
    let mut command = torchsh(folder.path());
    command.arg("s.ipynb");
    assert_eq!(run(command, "", LIMIT).stdout, "3\n30\n");
    let path = folder.path().join("s.ipynb");
    let text = fs::read_to_string(&path).unwrap().replace("x = 2", "y = 2");
    fs::write(&path, text).unwrap();
    let mut command = torchsh(folder.path());
    command.args(["--inplace", "s.ipynb"]);
    let ran = run(command, "", LIMIT);
    assert!(ran.status == Some(1) && ran.stderr.contains("NameError"), "{}", ran.stderr);
    assert!(fs::read_to_string(&path).unwrap().contains("\"ename\": \"NameError\""));
    let wrong = [("{}", "nbformat"), ("x", "not a notebook"), ("{\"nbformat\": 4}", "no cells")];
    for (text, says) in wrong {
        fs::write(&path, text).unwrap();
        let mut command = torchsh(folder.path());
        command.args(["--inplace", "s.ipynb"]);
        let ran = run(command, "", LIMIT);
        assert!(ran.status == Some(2) && ran.stderr.contains(says), "{text}: {}", ran.stderr);
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}

/// What stands in a document, as far as it is run.
enum Part {
    /// Prose, copied when blessing.
    Text(String),
    Setup(String),
    Typed(Step),
    Command(Step),
}

/// Something typed, its lines as the document has them, and what must be shown for it.
struct Step {
    line: usize,
    input: Vec<String>,
    shown: String,
}

/// Plays a document; returns the number of its steps and what differed.
fn play(path: &Path) -> (usize, String) {
    let folder = tempfile::tempdir().unwrap();
    let (mut faults, mut steps, mut blessed) = (String::new(), 0, String::new());
    let mut session: Option<Session> = None;
    for part in parts(&fs::read_to_string(path).unwrap()) {
        let (step, shown) = match part {
            Part::Text(text) => {
                blessed += &text;
                continue;
            }
            Part::Setup(program) => {
                prepare(folder.path(), &program, path);
                continue;
            }
            Part::Typed(step) => {
                let shown = session.get_or_insert_with(|| Session::start(folder.path())).enter(&step.input);
                (step, shown)
            }
            Part::Command(step) => {
                let shown = shell(folder.path(), &step.input);
                (step, shown)
            }
        };
        steps += 1;
        let shown = tidy(&shown);
        if !agrees(&step.shown, &shown) {
            faults += &fault(path, &step, &shown);
            blessed += &format!("{}\n{shown}", step.input.join("\n"));
        } else {
            blessed += &format!("{}\n{}", step.input.join("\n"), step.shown);
        }
    }
    if std::env::var_os("BLESS").is_some() && !faults.is_empty() {
        fs::write(path, blessed).unwrap();
        tell(&format!("blessed {}", path.display()));
        return (steps, String::new());
    }
    (steps, faults)
}

fn fault(path: &Path, step: &Step, shown: &str) -> String {
    let name = path.strip_prefix(repository("")).unwrap_or(path).display();
    format!("{name}:{}: {}\n{}\n", step.line, step.input.join("\n"), common::difference(&step.shown, shown))
}

/// Cuts a document into its parts.
fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut lines = text.lines().enumerate().peekable();
    while let Some((_, line)) = lines.next() {
        parts.push(Part::Text(format!("{line}\n")));
        let ends = if line == "<!-- torchsh" { "-->" } else { "```" };
        match line {
            "```torchsh" | "```console" | "<!-- torchsh" => {}
            _ => continue,
        }
        let mut body = Vec::new();
        while let Some((number, inside)) = lines.next_if(|(_, inside)| *inside != ends) {
            body.push((number + 1, inside));
        }
        match line {
            "```torchsh" => parts.extend(steps(&body, starts_typed).into_iter().map(Part::Typed)),
            "```console" => parts.extend(steps(&body, starts_command).into_iter().map(Part::Command)),
            _ => {
                let program: String = body.iter().map(|(_, line)| format!("{line}\n")).collect();
                parts.push(Part::Text(program.clone()));
                parts.push(Part::Setup(program));
            }
        }
    }
    parts
}

fn starts_typed(line: &str) -> bool {
    line.starts_with(PROMPT)
}

fn starts_command(line: &str) -> bool {
    line.starts_with("$ ")
}

/// Cuts the lines of a block at each input.
fn steps(body: &[(usize, &str)], starts: fn(&str) -> bool) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for (line, text) in body {
        let goes_on = text.starts_with(CONTINUATION.trim_end());
        match steps.last_mut() {
            _ if starts(text) => {
                steps.push(Step { line: *line, input: vec![(*text).into()], shown: String::new() })
            }
            Some(step) if goes_on && step.shown.is_empty() => step.input.push((*text).into()),
            Some(step) => step.shown += &format!("{text}\n"),
            None => panic!("line {line}: a block begins with an input, not with {text:?}"),
        }
    }
    steps
}

/// What was typed after a prompt.
fn typed(line: &str) -> &str {
    let after = line.split_once("]: ").filter(|_| starts_typed(line)).map(|(_, rest)| rest);
    after.or_else(|| line.strip_prefix(CONTINUATION)).unwrap_or_default()
}

/// Without the blanks at line ends and the empty lines around, which no document should depend on.
fn tidy(shown: &str) -> String {
    let lines: Vec<&str> = shown.lines().map(str::trim_end).collect();
    let text = lines.join("\n");
    let text = text.trim_matches('\n');
    if text.is_empty() { String::new() } else { format!("{text}\n") }
}

/// Whether what is shown is what the document says, `…` standing for anything.
fn agrees(expected: &str, shown: &str) -> bool {
    let (expected, shown) = (tidy(expected), tidy(shown));
    let expected: Vec<&str> = expected.lines().collect();
    let shown: Vec<&str> = shown.lines().collect();
    lines_agree(&expected, &shown)
}

fn lines_agree(expected: &[&str], shown: &[&str]) -> bool {
    match (expected.split_first(), shown.split_first()) {
        (None, None) => true,
        (Some((&"…", rest)), _) => (0..=shown.len()).any(|skipped| lines_agree(rest, &shown[skipped..])),
        (Some((want, rest)), Some((got, others))) => line_agrees(want, got) && lines_agree(rest, others),
        _ => false,
    }
}

fn line_agrees(want: &str, got: &str) -> bool {
    let Some((before, after)) = want.split_once('…') else { return want == got };
    let Some(rest) = got.strip_prefix(before) else { return false };
    want == got
        || (0..=rest.len()).filter(|at| rest.is_char_boundary(*at)).any(|at| line_agrees(after, &rest[at..]))
}

fn prepare(folder: &Path, program: &str, path: &Path) {
    let mut command = torchsh(folder);
    command.arg("-c").arg(program);
    let Ran { stderr, status, .. } = run(command, "", LIMIT);
    assert_eq!(status, Some(0), "{}: the files cannot be made\n{stderr}", path.display());
}

/// Runs the commands of a step; what they print on either stream.
fn shell(folder: &Path, input: &[String]) -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_torchsh")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    let script: Vec<&str> = input.iter().map(|line| line.trim_start_matches("$ ")).collect();
    let template = torchsh(folder);
    let mut command = Command::new("sh");
    command.current_dir(folder);
    command.envs(template.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.env("PATH", path).arg("-c").arg(format!("exec 2>&1\n{}", script.join("\n")));
    run(command, "", LIMIT).stdout
}

/// A running interactive torchsh, its two output streams joined.
struct Session {
    child: Child,
    stdin: Option<ChildStdin>,
    output: Receiver<Vec<u8>>,
}

impl Session {
    fn start(folder: &Path) -> Session {
        let template = torchsh(folder);
        let mut command = Command::new("sh");
        command.current_dir(folder).arg("-c").arg("exec \"$0\" -i 2>&1").arg(template.get_program());
        command.envs(template.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (sender, output) = channel();
        let mut stdout = child.stdout.take().unwrap();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = stdout.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        let stdin = child.stdin.take();
        let mut session = Session { child, stdin, output };
        session.up_to_prompt();
        session
    }

    /// Types the lines of a step; what is shown up to the next prompt.
    fn enter(&mut self, input: &[String]) -> String {
        let text: String = input.iter().map(|line| format!("{}\n", typed(line))).collect();
        if let Some(stdin) = &mut self.stdin {
            // A session that has ended shows nothing, which the document will disagree with.
            let _ = stdin.write_all(text.as_bytes()).and_then(|()| stdin.flush());
        }
        let shown = self.up_to_prompt();
        shown.trim_start_matches(CONTINUATION).to_owned()
    }

    /// Everything up to the next `In [n]: `, without it.
    fn up_to_prompt(&mut self) -> String {
        let mut bytes = Vec::new();
        loop {
            let text = String::from_utf8_lossy(&bytes);
            if let Some(start) = text.rfind(PROMPT).filter(|start| is_prompt(&text[*start..])) {
                return text[..start].to_owned();
            }
            match self.output.recv_timeout(LIMIT) {
                Ok(more) => bytes.extend(more),
                Err(RecvTimeoutError::Timeout) => {
                    return format!("{text}\n(no prompt after {} s)", LIMIT.as_secs());
                }
                Err(RecvTimeoutError::Disconnected) => return text.into_owned(),
            }
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.stdin.take();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn is_prompt(text: &str) -> bool {
    let number = text.strip_prefix(PROMPT).and_then(|rest| rest.strip_suffix("]: "));
    number.is_some_and(|digits| digits.chars().all(|c| c.is_ascii_digit()))
}

#[test]
fn an_ellipsis_stands_for_anything() {
    assert!(agrees("a\n…\nc\n", "a\nb\nb\nc\n"));
    assert!(agrees("took … s, … files\n", "took 0.1 s, 3 files\n"));
    assert!(!agrees("a\n…\nc\n", "a\nb\n"));
    assert!(!agrees("a …\n", "b …\n"));
}
