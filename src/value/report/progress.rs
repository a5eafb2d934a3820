//! How far a long work is.

use std::time::{Duration, Instant};

use super::size;
use crate::value::Vm;

/// Works shorter than this say nothing.
const PATIENCE: Duration = Duration::from_millis(500);

/// Time between two lines.
const PACE: Duration = Duration::from_millis(100);

/// Columns of the bar.
const BAR: usize = 20;

/// Counts steps and says how far it is when that takes longer. The line goes when the counter does.
pub struct Progress<'a> {
    vm: &'a dyn Vm,
    noun: &'static str,
    total: usize,
    done: usize,
    started: Instant,
    said: Option<Instant>,
}

impl<'a> Progress<'a> {
    /// A counter up to `total`.
    #[must_use]
    pub fn new(vm: &'a dyn Vm, total: usize, noun: &'static str) -> Self {
        Progress { vm, noun, total, done: 0, started: Instant::now(), said: None }
    }

    /// One more is done.
    pub fn step(&mut self) {
        self.done += 1;
        let elapsed = self.started.elapsed();
        if elapsed < PATIENCE || self.said.is_some_and(|said| said.elapsed() < PACE) {
            return;
        }
        self.said = Some(Instant::now());
        self.vm.progress(Some(&line(self.done, self.total, self.noun, elapsed)));
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        if self.said.is_some() {
            self.vm.progress(None);
        }
    }
}

/// `━━━━━     40%  1,200 of 3,000 tensors  800/s  2 s left`
fn line(done: usize, total: usize, noun: &str, elapsed: Duration) -> String {
    let share = done as f64 / total.max(1) as f64;
    let filled = ((share * BAR as f64) as usize).min(BAR);
    let rate = done as f64 / elapsed.as_secs_f64().max(1e-9);
    let left = (total.saturating_sub(done)) as f64 / rate.max(1e-9);
    format!(
        "{}{} {:>3.0}%  {} of {}  {}/s  {} s left",
        "━".repeat(filled),
        " ".repeat(BAR - filled),
        share * 100.0,
        size::grouped(done as u64),
        size::counted(total, noun),
        size::grouped(rate as u64),
        left.ceil() as u64
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_how_far_and_how_long() {
        let shown = line(1200, 3000, "tensor", Duration::from_secs(2));
        assert_eq!(shown, "━━━━━━━━              40%  1,200 of 3,000 tensors  600/s  3 s left");
        assert!(line(0, 0, "tensor", Duration::ZERO).contains("0%"));
    }
}
