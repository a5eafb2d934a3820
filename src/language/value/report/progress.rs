//! How far a long work is.

use std::cell::Cell;
use std::time::{Duration, Instant};

use super::size;
use crate::value::Vm;
use torchsh_base::error::Result;
use torchsh_checkpoint::watcher::Watcher;

/// Works shorter than this say nothing.
const PATIENCE: Duration = Duration::from_millis(500);

/// Time between two lines.
const PACE: Duration = Duration::from_millis(100);

/// Columns of the bar.
const BAR: usize = 20;

/// Counts bytes and says how far it is when that takes longer. The line goes when the counter does.
pub struct Progress<'a> {
    vm: &'a dyn Vm,
    total: Cell<u64>,
    /// Whether the total is that of the whole work, whatever its parts expect.
    is_whole: bool,
    done: Cell<u64>,
    started: Instant,
    said: Cell<Option<Instant>>,
}

impl<'a> Progress<'a> {
    /// A counter of bytes: as many as it is told to expect.
    #[must_use]
    pub fn bytes(vm: &'a dyn Vm) -> Self {
        Progress::begun(vm, 0, false)
    }

    /// A counter of a work of several parts, which reads so many bytes in all.
    #[must_use]
    pub fn of(vm: &'a dyn Vm, bytes: u64) -> Self {
        Progress::begun(vm, bytes, true)
    }

    fn begun(vm: &'a dyn Vm, total: u64, is_whole: bool) -> Self {
        let (total, done, said) = (Cell::new(total), Cell::new(0), Cell::new(None));
        Progress { vm, total, is_whole, done, started: Instant::now(), said }
    }

    fn count(&self, more: u64) {
        self.done.set(self.done.get().saturating_add(more));
        let elapsed = self.started.elapsed();
        if elapsed < PATIENCE || self.said.get().is_some_and(|said| said.elapsed() < PACE) {
            return;
        }
        self.said.set(Some(Instant::now()));
        self.vm.progress(Some(&line(self.done.get(), self.total.get(), elapsed)));
    }
}

impl Watcher for Progress<'_> {
    fn expect(&self, bytes: u64) {
        if !self.is_whole {
            self.total.set(self.total.get().saturating_add(bytes));
        }
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

/// `━━━━━     40%  1.2 GiB of 3.0 GiB  800.0 MiB/s  2 s left`
fn line(done: u64, total: u64, elapsed: Duration) -> String {
    let share = (done as f64 / total.max(1) as f64).min(1.0);
    let filled = (share * BAR as f64) as usize;
    let rate = done as f64 / elapsed.as_secs_f64().max(1e-9);
    let left = (total.saturating_sub(done)) as f64 / rate.max(1e-9);
    let bar = format!("{}{}", "━".repeat(filled), " ".repeat(BAR - filled));
    let (done, total, rate) = (size::bytes(done), size::bytes(total), size::bytes(rate as u64));
    let (percent, left) = (share * 100.0, left.ceil() as u64);
    format!("{bar} {percent:>3.0}%  {done} of {total}  {rate}/s  {left} s left")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_how_far_and_how_long() {
        let shown = line(3 << 29, 2 << 30, Duration::from_secs(3));
        assert_eq!(shown, "━━━━━━━━━━━━━━━       75%  1.5 GiB of 2.0 GiB  512.0 MiB/s  1 s left");
        assert!(line(0, 0, Duration::ZERO).contains("0%"));
    }
}
