//! How far a long work is.

use std::cell::Cell;
use std::time::{Duration, Instant};

use super::size;
use crate::checkpoint::watcher::Watcher;
use crate::error::Result;
use crate::value::Vm;

/// Works shorter than this say nothing.
const PATIENCE: Duration = Duration::from_millis(500);

/// Time between two lines.
const PACE: Duration = Duration::from_millis(100);

/// Columns of the bar.
const BAR: usize = 20;

/// Counts steps or bytes and says how far it is when that takes longer. The line goes when the counter does.
pub struct Progress<'a> {
    vm: &'a dyn Vm,
    unit: Unit,
    total: Cell<u64>,
    done: Cell<u64>,
    started: Instant,
    said: Cell<Option<Instant>>,
}

/// What is counted.
#[derive(Clone, Copy)]
enum Unit {
    /// Things of that name.
    Steps(&'static str),
    Bytes,
}

impl<'a> Progress<'a> {
    /// A counter of `total` things.
    #[must_use]
    pub fn steps(vm: &'a dyn Vm, total: usize, noun: &'static str) -> Self {
        Progress::new(vm, total as u64, Unit::Steps(noun))
    }

    /// A counter of bytes: as many as it is told to expect.
    #[must_use]
    pub fn bytes(vm: &'a dyn Vm) -> Self {
        Progress::new(vm, 0, Unit::Bytes)
    }

    fn new(vm: &'a dyn Vm, total: u64, unit: Unit) -> Self {
        let (total, done, said) = (Cell::new(total), Cell::new(0), Cell::new(None));
        Progress { vm, unit, total, done, started: Instant::now(), said }
    }

    /// One more is done.
    pub fn step(&self) {
        self.count(1);
    }

    fn count(&self, more: u64) {
        self.done.set(self.done.get().saturating_add(more));
        let elapsed = self.started.elapsed();
        if elapsed < PATIENCE || self.said.get().is_some_and(|said| said.elapsed() < PACE) {
            return;
        }
        self.said.set(Some(Instant::now()));
        self.vm.progress(Some(&line(self.done.get(), self.total.get(), self.unit, elapsed)));
    }
}

impl Watcher for Progress<'_> {
    fn expect(&self, bytes: u64) {
        self.total.set(self.total.get().saturating_add(bytes));
    }

    fn advance(&self, bytes: u64) -> Result<()> {
        self.count(bytes);
        self.vm.check_interrupt()
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        if self.said.get().is_some() {
            self.vm.progress(None);
        }
    }
}

/// `━━━━━     40%  1,200 of 3,000 tensors  800/s  2 s left`
fn line(done: u64, total: u64, unit: Unit, elapsed: Duration) -> String {
    let share = (done as f64 / total.max(1) as f64).min(1.0);
    let filled = (share * BAR as f64) as usize;
    let rate = done as f64 / elapsed.as_secs_f64().max(1e-9);
    let left = (total.saturating_sub(done)) as f64 / rate.max(1e-9);
    let bar = format!("{}{}", "━".repeat(filled), " ".repeat(BAR - filled));
    let (done, total, rate) = match unit {
        Unit::Steps(noun) => {
            let total = size::counted(usize::try_from(total).unwrap_or(usize::MAX), noun);
            (size::grouped(done), total, size::grouped(rate as u64))
        }
        Unit::Bytes => (size::bytes(done), size::bytes(total), size::bytes(rate as u64)),
    };
    let (percent, left) = (share * 100.0, left.ceil() as u64);
    format!("{bar} {percent:>3.0}%  {done} of {total}  {rate}/s  {left} s left")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_how_far_and_how_long() {
        let shown = line(1200, 3000, Unit::Steps("tensor"), Duration::from_secs(2));
        assert_eq!(shown, "━━━━━━━━              40%  1,200 of 3,000 tensors  600/s  3 s left");
        let shown = line(3 << 29, 2 << 30, Unit::Bytes, Duration::from_secs(3));
        assert_eq!(shown, "━━━━━━━━━━━━━━━       75%  1.5 GiB of 2.0 GiB  512.0 MiB/s  1 s left");
        assert!(line(0, 0, Unit::Bytes, Duration::ZERO).contains("0%"));
    }
}
