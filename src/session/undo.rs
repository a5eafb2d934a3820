//! `undo` and `redo`: what each statement changed, taken back and made again.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use super::{Outcome, Session};
use torchsh_aten::watch::{self, Writes};
use torchsh_base::error::{Error, Result};
use torchsh_language::value::Value;
use torchsh_language::value::journal::{self, Changes, Pause};
use torchsh_render::width::cut;

/// Statements that can be taken back.
const KEPT: usize = 64;

/// Bytes of tensors' copies that are kept of all statements.
const MOST_BYTES: usize = 128 << 20;

/// Columns of a statement in a message.
const TITLE: usize = 60;

/// A statement that was run.
struct Statement {
    number: usize,
    title: String,
    changes: Changes,
    writes: Writes,
    /// Whether it left nothing but its result.
    is_idle: bool,
}

impl Statement {
    /// `In [9]: d1.update(d3)`
    fn named(&self) -> String {
        format!("In [{}]: {}", self.number, self.title)
    }

    /// Why it cannot be taken back, if so.
    fn lost(&self) -> Option<String> {
        let lost = self.writes.lost().map(str::to_owned);
        lost.or_else(|| self.changes.lost().map(str::to_owned))
    }

    fn apply(&mut self, again: bool) -> Result<()> {
        self.writes.apply()?;
        self.changes.apply(again);
        Ok(())
    }
}

/// The statements of a session, as far as they can be taken back.
#[derive(Default)]
pub(super) struct Done {
    is_begun: Cell<bool>,
    done: RefCell<VecDeque<Statement>>,
    undone: RefCell<Vec<Statement>>,
    /// Whether statements from before have been forgotten.
    has_forgotten: Cell<bool>,
}

impl Done {
    /// Whether a statement is left that changed something.
    fn has_changes(&self) -> bool {
        self.done.borrow().iter().any(|statement| !statement.is_idle)
    }

    fn push(&self, statement: Statement) {
        if !statement.is_idle {
            self.undone.borrow_mut().clear();
        }
        let mut done = self.done.borrow_mut();
        done.push_back(statement);
        let mut bytes: usize = done.iter().map(|statement| statement.writes.bytes()).sum();
        while done.len() > KEPT || bytes > MOST_BYTES && done.len() > 1 {
            let Some(forgotten) = done.pop_front() else { break };
            bytes -= forgotten.writes.bytes();
            self.has_forgotten.set(true);
        }
    }
}

impl Session {
    /// Runs a statement; what it changes can be taken back.
    pub(super) fn remembered<T>(&self, number: usize, text: &str, run: impl FnOnce() -> T) -> T {
        if !self.done.is_begun.replace(true) {
            drop((journal::cut(), watch::cut()));
        }
        let result = run();
        let globals = self.globals();
        let is_result = |key: &Value| key.as_str().is_some_and(|name| is_result_name(name.as_str()));
        let only_results = globals.changed_keys().is_some_and(|keys| keys.iter().all(is_result));
        let (changes, writes) = (journal::cut(), watch::cut());
        let is_idle = writes.is_empty()
            && changes
                .is_empty_but(|past| self.results.has_past(past) || only_results && globals.has_past(past));
        self.done.push(Statement { number, title: title(text), changes, writes, is_idle });
        if journal::is_to_forget() {
            self.forget_statements();
        }
        result
    }

    /// Runs what belongs to the shell: nothing of it is taken back.
    pub(super) fn unremembered<T>(&self, run: impl FnOnce() -> T) -> T {
        let _shell = Pause::start();
        run()
    }

    /// Forgets all statements, and with them the values that they have replaced.
    pub(super) fn forget_statements(&self) {
        self.done.done.borrow_mut().clear();
        self.done.undone.borrow_mut().clear();
        self.done.has_forgotten.set(true);
    }

    /// `undo` or `undo 3`: takes the last changes back.
    pub(super) fn undo(&self, rest: &str) -> Result<Outcome> {
        let count = count(rest);
        let mut lines = String::new();
        for _ in 0..count {
            match self.undo_one() {
                Ok(line) => lines.push_str(&line),
                Err(error) if lines.is_empty() => return Err(error),
                // That it ends there is no fault: what could be taken back was.
                Err(_) if !self.done.has_changes() => {
                    lines.push_str(&format!("{}\n", self.nothing("more to undo")));
                    break;
                }
                Err(error) => {
                    self.host.complain(lines.trim_end());
                    return Err(error);
                }
            }
        }
        Ok(Outcome::answer(lines))
    }

    fn undo_one(&self) -> Result<String> {
        // What left nothing but a result goes with the change before it.
        let (position, idle) = {
            let done = self.done.done.borrow();
            let position = done.iter().rposition(|statement| !statement.is_idle);
            let position = position.ok_or_else(|| Error::value(self.nothing("to undo")))?;
            if let Some((statement, lost)) = done.get(position).and_then(|one| Some((one, one.lost()?))) {
                let message = format!("In [{}] {lost}: this cannot be undone", statement.number);
                return Err(Error::value(message).note(statement.named()));
            }
            (position, done.len() - position - 1)
        };
        let mut line = String::new();
        for _ in 0..=idle {
            let Some(mut statement) = self.done.done.borrow_mut().pop_back() else { break };
            statement.apply(false)?;
            if statement.is_idle {
                continue;
            }
            line = format!("undid {}\n", statement.named());
            self.take_back(statement.number, true)?;
            self.done.undone.borrow_mut().push(statement);
        }
        debug_assert!(self.done.done.borrow().len() == position);
        Ok(line)
    }

    fn nothing(&self, to_undo: &str) -> String {
        let forgotten =
            if self.done.has_forgotten.get() { ": older statements are no longer remembered" } else { "" };
        format!("there is nothing {to_undo}{forgotten}")
    }

    /// `redo` or `redo 3`: makes what was taken back again.
    pub(super) fn redo(&self, rest: &str) -> Result<Outcome> {
        let count = count(rest);
        let mut lines = String::new();
        for _ in 0..count {
            let Some(mut statement) = self.done.undone.borrow_mut().pop() else {
                if lines.is_empty() {
                    return Err(Error::value("there is nothing to redo"));
                }
                lines.push_str("there is nothing more to redo\n");
                break;
            };
            // Results that came since stand where its changes come.
            while self.done.done.borrow().back().is_some_and(|last| last.is_idle) {
                let idle = self.done.done.borrow_mut().pop_back();
                idle.map_or(Ok(()), |mut idle| idle.apply(false))?;
            }
            statement.apply(true)?;
            self.take_back(statement.number, false)?;
            lines.push_str(&format!("redid {}\n", statement.named()));
            self.done.done.borrow_mut().push_back(statement);
        }
        Ok(Outcome::answer(lines))
    }
}

/// How often, as the number behind a command says.
fn count(rest: &str) -> usize {
    rest.parse().unwrap_or(1)
}

/// The names of results: `_`, `__`, `_3`.
fn is_result_name(name: &str) -> bool {
    name.strip_prefix('_').is_some_and(|rest| rest.is_empty() || rest == "_" || rest.parse::<usize>().is_ok())
}

/// The first line of a statement.
fn title(text: &str) -> String {
    let mut lines = text.trim().lines();
    let first = lines.next().unwrap_or_default();
    let more = if lines.next().is_some() { " …" } else { "" };
    cut(&format!("{first}{more}"), TITLE)
}
