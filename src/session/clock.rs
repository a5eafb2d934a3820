//! `time` and `timeit`.

use std::time::{Duration, Instant};

use super::commands::wants;
use super::{Outcome, Session, memory};
use torchsh_base::error::Result;
use torchsh_language::value::Vm;
use torchsh_language::value::report::size;

/// How long a statement is repeated.
const REPEATED: Duration = Duration::from_millis(500);

impl Session {
    pub(super) fn time(&self, statement: &str) -> Result<Outcome> {
        if statement.is_empty() {
            return Err(wants("time wants a statement", "time x @ x"));
        }
        let counts = memory::forget_peak();
        let started = Instant::now();
        let outcome = self.run_input(self.count.get(), statement)?;
        let took = duration(started.elapsed());
        match memory::peak().filter(|_| counts) {
            Some(peak) => {
                self.host.complain(&format!("took {took}, memory at its peak {}", size::bytes(peak)))
            }
            None => self.host.complain(&format!("took {took}")),
        }
        Ok(outcome)
    }

    pub(super) fn time_again(&self, statement: &str) -> Result<Outcome> {
        if statement.is_empty() {
            return Err(wants("timeit wants a statement", "timeit x @ x"));
        }
        let code = self.interpreter.read("<timeit>", statement)?;
        let started = Instant::now();
        let mut times = Vec::new();
        // Three times at least.
        while times.len() < 3 || started.elapsed() < REPEATED && times.len() < 1_000_000 {
            let begun = Instant::now();
            self.interpreter.run_interactive(&code)?;
            times.push(begun.elapsed());
            self.interpreter.check_interrupt()?;
        }
        times.sort();
        let middle = times.get(times.len() / 2).copied().unwrap_or_default();
        let best = times.first().copied().unwrap_or_default();
        let runs = size::counted(times.len(), "run");
        Ok(Outcome::answer(format!("{} (best {}, {runs})", duration(middle), duration(best))))
    }
}

/// A time as people read it: `1.23 s`, `45.6 ms`.
fn duration(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        s if s >= 60.0 => format!("{} min {:.0} s", (s / 60.0).floor(), s % 60.0),
        s if s >= 1.0 => format!("{s:.2} s"),
        s if s >= 1e-3 => format!("{:.2} ms", s * 1e3),
        s if s >= 1e-6 => format!("{:.2} µs", s * 1e6),
        s => format!("{:.0} ns", s * 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_readable() {
        let shown = [3661.0, 1.5, 0.0123, 0.000_004_5, 2e-8].map(|s| duration(Duration::from_secs_f64(s)));
        assert_eq!(shown, ["61 min 1 s", "1.50 s", "12.30 ms", "4.50 µs", "20 ns"]);
    }
}
