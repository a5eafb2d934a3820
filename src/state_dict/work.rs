//! Work on all cores, seen from outside.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::watcher::Watcher;

/// How often the watcher of a long work hears of it.
const PACE: Duration = Duration::from_millis(50);

/// Bytes that are worth another thread: it takes longer to start one than to read fewer.
const WORTH: u64 = 2 << 20;

/// What a piece of work tells of itself.
pub struct Pulse<'a> {
    done: &'a AtomicU64,
    stopped: &'a AtomicBool,
}

impl Pulse<'_> {
    /// So many bytes more are done; whether the work goes on.
    pub fn goes_on(&self, bytes: u64) -> bool {
        self.done.fetch_add(bytes, Ordering::Relaxed);
        !self.stopped.load(Ordering::Relaxed)
    }
}

/// The results of `count` pieces of work, in order; `bytes` is what all of them read. The watcher is told on this thread,
/// also within a piece.
///
/// # Errors
/// The watcher's.
pub fn all<T: Send>(
    count: usize,
    bytes: u64,
    watcher: &dyn Watcher,
    work: impl Fn(usize, &Pulse<'_>) -> T + Sync,
) -> Result<Vec<T>> {
    let (next, done, stopped) = (AtomicUsize::new(0), AtomicU64::new(0), AtomicBool::new(false));
    let pulse = Pulse { done: &done, stopped: &stopped };
    watcher.expect(bytes);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = threads.min(count).min(usize::try_from(bytes / WORTH).unwrap_or(usize::MAX));
    if threads < 2 {
        let results = (0..count).map(|piece| {
            let result = work(piece, &pulse);
            watcher.advance(done.swap(0, Ordering::Relaxed)).map(|()| result)
        });
        return results.collect();
    }
    let run = || {
        let mut results = Vec::new();
        while !stopped.load(Ordering::Relaxed) {
            let piece = next.fetch_add(1, Ordering::Relaxed);
            if piece >= count {
                break;
            }
            results.push((piece, work(piece, &pulse)));
        }
        results
    };
    let (working, finished) = channel::<()>();
    let results = std::thread::scope(|scope| {
        let start = || {
            let (run, working) = (&run, working.clone());
            scope.spawn(move || {
                let results = run();
                drop(working);
                results
            })
        };
        let started: Vec<_> = (0..threads).map(|_| start()).collect();
        drop(working);
        // Nothing is ever sent: the channel closes with the last thread.
        while finished.recv_timeout(PACE) == Err(RecvTimeoutError::Timeout) {
            let goes_on = watcher.advance(done.swap(0, Ordering::Relaxed));
            goes_on.inspect_err(|_| stopped.store(true, Ordering::Relaxed))?;
        }
        let broke = || Error::runtime("a thread ended before its work was done");
        let results = started.into_iter().map(|thread| thread.join().map_err(|_| broke()));
        results.collect::<Result<Vec<_>>>()
    })?;
    watcher.advance(done.into_inner())?;
    let mut results: Vec<(usize, T)> = results.into_iter().flatten().collect();
    results.sort_unstable_by_key(|(piece, _)| *piece);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}
