//! What was run, in this session and in those before it.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::log::log;
use super::message::Request;
use crate::front::paths;
use torchsh_checkpoint::pattern::fits;

/// Bytes at the end of the file that are looked at.
const LOOKED_AT: u64 = 8 << 20;

/// Characters of a result that are kept.
const RESULT: usize = 10_000;

/// A cell that was run.
#[derive(Clone, Debug)]
struct Cell {
    session: i64,
    line: i64,
    input: String,
    output: Option<String>,
}

impl Cell {
    fn of(line: &str) -> Option<Cell> {
        let value: Value = serde_json::from_str(line).ok()?;
        Some(Cell {
            session: value.get("session")?.as_i64()?,
            line: value.get("line")?.as_i64()?,
            input: value.get("input")?.as_str()?.to_owned(),
            output: value.get("output").and_then(Value::as_str).map(str::to_owned),
        })
    }

    fn line(&self) -> String {
        let (session, line, input) = (self.session, self.line, &self.input);
        format!("{}\n", json!({"session": session, "line": line, "input": input, "output": self.output}))
    }

    fn answer(&self, with_output: bool) -> Value {
        match with_output {
            true => json!([self.session, self.line, [self.input, self.output]]),
            false => json!([self.session, self.line, self.input]),
        }
    }
}

/// The history of a kernel.
pub struct History {
    /// The file of all sessions; none where none is kept.
    path: Option<PathBuf>,
    session: i64,
    /// The cells of this session.
    own: Vec<Cell>,
}

impl History {
    /// Begins a session of its own.
    pub fn open() -> History {
        let path = paths::history().map(|path| path.with_file_name("notebook_history.jsonl"));
        let session = path.as_deref().map_or(Ok(1), begin_session);
        match session {
            Ok(session) => History { path, session, own: Vec::new() },
            Err(error) => {
                log(&format!("the history is not kept: {error}"));
                History { path: None, session: 1, own: Vec::new() }
            }
        }
    }

    /// Keeps a cell and its result.
    pub fn add(&mut self, number: usize, code: &str, output: Option<String>) {
        let output = output.map(|text| text.chars().take(RESULT).collect());
        let line = i64::try_from(number).unwrap_or(i64::MAX);
        let cell = Cell { session: self.session, line, input: code.to_owned(), output };
        if let Some(path) = &self.path {
            let open = OpenOptions::new().append(true).open(path);
            if let Err(error) = open.and_then(|mut file| file.write_all(cell.line().as_bytes())) {
                log(&format!("the history is not kept from here on: {error}"));
                self.path = None;
            }
        }
        self.own.push(cell);
    }

    /// The cells of all sessions, oldest first.
    fn all(&self) -> Vec<Cell> {
        let mut cells = self.path.as_deref().and_then(|path| read(path).ok()).unwrap_or_default();
        cells.retain(|cell| cell.session != self.session);
        cells.extend(self.own.iter().cloned());
        cells
    }

    /// The cells that a client asks for.
    pub fn asked(&self, request: &Request) -> Vec<Value> {
        let count = request.number("n").and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX);
        let cells = match request.text("hist_access_type") {
            "range" => self.range(request),
            "search" => {
                let pattern = request.text("pattern");
                let pattern = if pattern.is_empty() { "*" } else { pattern };
                let mut found = self.all();
                found.retain(|cell| fits(&cell.input, pattern));
                if request.flag("unique", false) {
                    let mut seen = std::collections::HashSet::new();
                    found.reverse();
                    found.retain(|cell| seen.insert(cell.input.clone()));
                    found.reverse();
                }
                last(found, count)
            }
            _ => last(self.all(), count),
        };
        let with_output = request.flag("output", false);
        cells.iter().map(|cell| cell.answer(with_output)).collect()
    }

    /// Lines of one session: 0 is this one, -1 the one before.
    fn range(&self, request: &Request) -> Vec<Cell> {
        let asked = request.number("session").unwrap_or(0);
        let session = if asked <= 0 { self.session + asked } else { asked };
        let start = request.number("start").unwrap_or(1);
        let stop = request.number("stop").unwrap_or(i64::MAX);
        let mut cells = self.all();
        cells.retain(|cell| cell.session == session && (start..stop).contains(&cell.line));
        cells
    }
}

fn last(cells: Vec<Cell>, count: usize) -> Vec<Cell> {
    let skipped = cells.len().saturating_sub(count);
    cells.into_iter().skip(skipped).collect()
}

/// The number of a new session. The file is locked meanwhile: two kernels may begin at once.
fn begin_session(path: &Path) -> std::io::Result<i64> {
    path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
    let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
    // SAFETY: the number is that of an open file; the lock goes with it.
    if unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX) } != 0 {
        return Err(std::io::Error::last_os_error());
    }
    let session = numbers(&file)?.max().unwrap_or(0) + 1;
    // A line without input: the number is taken.
    file.write_all(format!("{}\n", json!({ "session": session })).as_bytes())?;
    Ok(session)
}

/// The last lines of a file.
fn lines(mut file: &File) -> std::io::Result<impl Iterator<Item = String>> {
    let length = file.metadata()?.len();
    let start = length.saturating_sub(LOOKED_AT);
    file.seek(SeekFrom::Start(start))?;
    // The first of them may be cut.
    let skipped = usize::from(start > 0);
    Ok(BufReader::new(file.try_clone()?).lines().map_while(Result::ok).skip(skipped))
}

fn numbers(file: &File) -> std::io::Result<impl Iterator<Item = i64>> {
    let number = |line: String| serde_json::from_str::<Value>(&line).ok()?.get("session")?.as_i64();
    Ok(lines(file)?.filter_map(number))
}

fn read(path: &Path) -> std::io::Result<Vec<Cell>> {
    Ok(lines(&File::open(path)?)?.filter_map(|line| Cell::of(&line)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("below").join("history");
        let mut first =
            History { session: begin_session(&path).unwrap(), path: Some(path.clone()), own: vec![] };
        let second =
            History { session: begin_session(&path).unwrap(), path: Some(path.clone()), own: vec![] };
        assert_eq!((first.session, second.session), (1, 2));
        first.add(1, "x = 1\n", None);
        first.add(2, "x", Some("1".to_owned()));
        let all: Vec<String> = second.all().into_iter().map(|cell| cell.input).collect();
        assert_eq!(all, ["x = 1\n", "x"]);
        let third = History { session: begin_session(&path).unwrap(), path: Some(path), own: vec![] };
        assert_eq!(third.all().last().unwrap().answer(true), json!([1, 2, ["x", "1"]]));
    }

    #[test]
    fn patterns_are_those_of_a_shell() {
        assert!(fits("x = a/b\n", "x*") && fits("", "*") && fits("y", "?") && !fits("xy", "x"));
    }
}
