//! Work on tensors one by one: the pieces of all on all cores, in rounds that hold a bounded amount of memory.

use std::marker::PhantomData;

use super::parts::{Part, Parts, ROUND_BYTES, Sources};
use super::view::Grid;
use super::work::{self, Pulse};
use torchsh_base::error::Result;
use torchsh_checkpoint::record::TensorRecord;
use torchsh_checkpoint::watcher::Watcher;

/// Elements of one piece of work.
const PIECE: usize = 1 << 20;

/// Bytes of a block: with what is made of it, it fits into the nearest cache.
pub(super) const BLOCK: usize = 16 << 10;

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

/// What is taken up until it holds a bounded amount of memory, and then worked on together.
pub trait Batch {
    /// What is taken up.
    type Thing;
    /// What is found in one.
    type Found;

    /// Takes a thing up; gives what of it is known already. `place` is that of its answer.
    ///
    /// # Errors
    /// Why nothing can be found in it.
    fn add(&mut self, place: usize, thing: Self::Thing) -> Result<Self::Found>;

    /// Bytes of memory that are held for what was taken up.
    fn held(&self) -> usize;

    /// Finds what is to be found in all that was taken up, and lets go of it.
    ///
    /// # Errors
    /// The watcher's, which ends the work.
    fn finish(&mut self, found: &mut [Result<Self::Found>], watcher: &dyn Watcher) -> Result<()>;
}

/// What is found in each thing, in their order; of one in which nothing can be found, the reason.
///
/// # Errors
/// The watcher's, which ends the work.
pub fn in_rounds<B: Batch>(
    mut batch: B,
    things: impl IntoIterator<Item = B::Thing>,
    watcher: &dyn Watcher,
) -> Result<Vec<Result<B::Found>>> {
    let mut found = Vec::new();
    for thing in things {
        found.push(batch.add(found.len(), thing));
        if batch.held() >= ROUND_BYTES {
            batch.finish(&mut found, watcher)?;
        }
    }
    batch.finish(&mut found, watcher)?;
    Ok(found)
}

/// What is found in each tensor, in their order; of a tensor that has no numbers here, the reason.
///
/// # Errors
/// The watcher's, which ends the work.
pub fn of_each<'a, T: Sum>(
    records: impl IntoIterator<Item = &'a TensorRecord>,
    watcher: &dyn Watcher,
) -> Result<Vec<Result<T>>> {
    let round = Round { sources: Sources::default(), jobs: Vec::new(), of: PhantomData };
    in_rounds(round, records, watcher)
}

/// Tensors that are read together.
struct Round<'a, T> {
    sources: Sources,
    jobs: Vec<Job>,
    of: PhantomData<(&'a TensorRecord, T)>,
}

/// A part of the tensor at `place`.
struct Job {
    place: usize,
    part: Part,
    grid: Grid<1>,
}

impl<'a, T: Sum> Batch for Round<'a, T> {
    type Thing = &'a TensorRecord;
    type Found = T;

    fn add(&mut self, place: usize, record: &'a TensorRecord) -> Result<T> {
        let Parts { parts, zeros, .. } = self.sources.parts(record)?;
        let grids: Vec<Grid<1>> = parts.iter().map(Part::grid).collect::<Result<_>>()?;
        self.jobs.extend(parts.into_iter().zip(grids).map(|(part, grid)| Job { place, part, grid }));
        Ok(T::begin(record, zeros))
    }

    fn held(&self) -> usize {
        self.sources.owned
    }

    fn finish(&mut self, found: &mut [Result<T>], watcher: &dyn Watcher) -> Result<()> {
        self.sources = Sources::default();
        let jobs = std::mem::take(&mut self.jobs);
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

/// What `work` finds in each piece of each job, with the number of the job, in order.
pub(super) fn on_pieces<J: Sync, T: Send>(
    jobs: &[J],
    of: impl Fn(&J) -> (&Part, &Grid<1>) + Sync,
    watcher: &dyn Watcher,
    work: impl Fn(&Part, &Grid<1>, (usize, usize), &Pulse<'_>) -> T + Sync,
) -> Result<Vec<(usize, T)>> {
    let (mut pieces, mut bytes) = (Vec::new(), 0);
    for (number, job) in jobs.iter().enumerate() {
        let (part, grid) = of(job);
        bytes += (grid.elements() * part.kind.itemsize()) as u64;
        pieces.extend(ranges(grid.elements()).map(|range| (number, range)));
    }
    let found = work::all(pieces.len(), bytes, watcher, |piece, pulse| {
        let (number, range) = *pieces.get(piece)?;
        let (part, grid) = of(jobs.get(number)?);
        Some((number, work(part, grid, range, pulse)))
    })?;
    Ok(found.into_iter().flatten().collect())
}

/// The ranges of the pieces of so many elements.
pub(super) fn ranges(elements: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..elements).step_by(PIECE).map(move |start| (start, elements.min(start + PIECE)))
}
