//! Work on tensors one by one: the pieces of all on all cores, in rounds that hold a bounded amount of memory.

use super::parts::{Part, Parts, ROUND_BYTES, Sources};
use super::statistics::on_pieces;
use super::view::Grid;
use super::work::Pulse;
use torchsh_base::error::Result;
use torchsh_checkpoint::record::TensorRecord;
use torchsh_checkpoint::watcher::Watcher;

/// What is found in a tensor, made of what is found in its pieces.
pub trait Sum: Default + Send {
    /// What is known without reading: of elements that are zero and nowhere written.
    fn begin(record: &TensorRecord, zeros: u64) -> Self;

    /// What a piece of a part comes to.
    fn piece(part: &Part, grid: &Grid<1>, range: (usize, usize), pulse: &Pulse<'_>) -> Self;

    /// Both together, in their order.
    #[must_use]
    fn and(self, next: Self) -> Self;
}

/// What is found in each tensor, in their order; of a tensor that has no numbers here, the reason.
///
/// # Errors
/// The watcher's, which ends the work.
pub fn of_each<'a, T: Sum>(
    records: impl IntoIterator<Item = &'a TensorRecord>,
    watcher: &dyn Watcher,
) -> Result<Vec<Result<T>>> {
    let (mut found, mut round) = (Vec::new(), Round::default());
    for record in records {
        found.push(round.add(found.len(), record));
        if round.sources.owned >= ROUND_BYTES {
            round.finish(&mut found, watcher)?;
        }
    }
    round.finish(&mut found, watcher)?;
    Ok(found)
}

/// Tensors that are read together.
#[derive(Default)]
struct Round {
    sources: Sources,
    jobs: Vec<Job>,
}

/// A part of the tensor at `place`.
struct Job {
    place: usize,
    part: Part,
    grid: Grid<1>,
}

impl Round {
    /// Takes a tensor up; what of it is known already.
    fn add<T: Sum>(&mut self, place: usize, record: &TensorRecord) -> Result<T> {
        let Parts { parts, zeros, .. } = self.sources.parts(record)?;
        let grids: Vec<Grid<1>> = parts.iter().map(Part::grid).collect::<Result<_>>()?;
        self.jobs.extend(parts.into_iter().zip(grids).map(|(part, grid)| Job { place, part, grid }));
        Ok(T::begin(record, zeros))
    }

    fn finish<T: Sum>(&mut self, found: &mut [Result<T>], watcher: &dyn Watcher) -> Result<()> {
        let jobs = std::mem::take(self).jobs;
        let pieces = on_pieces(&jobs, |job| (&job.part, &job.grid), watcher, T::piece)?;
        for (job, piece) in pieces {
            let place = jobs.get(job).and_then(|job| found.get_mut(job.place));
            if let Some(Ok(known)) = place {
                *known = std::mem::take(known).and(piece);
            }
        }
        Ok(())
    }
}
