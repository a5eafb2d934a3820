//! How the numbers of two tensors differ.

use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering};

pub use super::kernels::difference::Rule;
use super::kernels::difference::{self, Gaps};
use super::kernels::element::F64;
use super::kind::{Kind, float, integer};
use super::parts::{Part, Parts, Sources};
use super::rounds::{BLOCK, Batch, in_rounds, ranges};
use super::tally::Number;
use super::view::Grid;
use super::work::{self, Pulse};
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::limits;
use torchsh_checkpoint::record::TensorRecord;
use torchsh_checkpoint::watcher::Watcher;

/// How the numbers of two tensors differ.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// Numbers of either tensor.
    pub elements: u64,
    /// Pairs that differ by more than the rule allows.
    pub differing: u64,
    /// Of them, pairs in which a number is NaN or infinite.
    pub apart: u64,
    /// The largest `|a - b|` of finite numbers; of integers exactly. None without a pair of such.
    pub max_abs: Option<Number>,
    /// The mean of `|a - b|` of finite numbers.
    pub mean_abs: Option<f64>,
    /// The largest `|a - b| / max(|a|, |b|)` of finite numbers: from 0 to 2.
    pub max_rel: Option<f64>,
    /// The cosine of the angle between both as vectors of their finite pairs; none where one is zero.
    pub cosine: Option<f64>,
}

impl Comparison {
    /// That of two tensors with the same bytes.
    fn same(elements: u64) -> Self {
        let zero = (elements > 0).then_some(0.0);
        let cosine = (elements > 0).then_some(1.0);
        Comparison {
            elements,
            max_abs: zero.map(Number::Float),
            mean_abs: zero,
            max_rel: zero,
            cosine,
            ..Self::default()
        }
    }

    /// What is said of several pairs of tensors at once: the largest differences, the mean of the means, the smallest cosine.
    #[must_use]
    pub fn and(&self, other: &Comparison) -> Comparison {
        let (own, their) = (self.elements as f64, other.elements as f64);
        let mean = |one: f64, two: f64| (one * own + two * their) / (own + their).max(1.0);
        let either = |one: Option<f64>, two: Option<f64>, both: &dyn Fn(f64, f64) -> f64| match (one, two) {
            (Some(one), Some(two)) => Some(both(one, two)),
            (one, two) => one.or(two),
        };
        Comparison {
            elements: self.elements.saturating_add(other.elements),
            differing: self.differing.saturating_add(other.differing),
            apart: self.apart.saturating_add(other.apart),
            max_abs: Number::larger(self.max_abs, other.max_abs),
            mean_abs: either(self.mean_abs, other.mean_abs, &mean),
            max_rel: either(self.max_rel, other.max_rel, &f64::max),
            cosine: either(self.cosine, other.cosine, &f64::min),
        }
    }

    /// Whether no pair differs by more than the rule allows.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.differing == 0
    }
}

impl From<Gaps> for Comparison {
    fn from(gaps: Gaps) -> Self {
        let lengths = gaps.first_squared.sqrt() * gaps.second_squared.sqrt();
        let cosine = (gaps.product / lengths).clamp(-1.0, 1.0);
        Comparison {
            elements: gaps.elements,
            differing: gaps.differing,
            apart: gaps.apart,
            max_abs: gaps.most,
            mean_abs: (gaps.finite > 0).then(|| gaps.sum / gaps.finite as f64),
            max_rel: (gaps.finite > 0).then_some(gaps.relative.min(2.0)),
            cosine: cosine.is_finite().then_some(cosine),
        }
    }
}

/// How each pair of tensors of one shape differs, in their order; of a pair that cannot be compared, the reason.
///
/// # Errors
/// The watcher's, which ends the work.
pub fn compare<'a>(
    pairs: impl IntoIterator<Item = (&'a TensorRecord, &'a TensorRecord)>,
    rule: &Rule,
    watcher: &dyn Watcher,
) -> Result<Vec<Result<Comparison>>> {
    let round = Round { sources: Sources::default(), jobs: Vec::new(), rule: *rule, of: PhantomData };
    let found = in_rounds(round, pairs, watcher)?;
    Ok(found.into_iter().map(|found| found.map(Found::into_comparison)).collect())
}

/// What is known of a pair.
#[derive(Default)]
struct Found {
    gaps: Gaps,
    differs: bool,
}

impl Found {
    fn into_comparison(self) -> Comparison {
        if self.differs { self.gaps.into() } else { Comparison::same(self.gaps.elements) }
    }
}

/// Tensors that are read together.
struct Round<'a> {
    sources: Sources,
    jobs: Vec<Job>,
    rule: Rule,
    of: PhantomData<&'a TensorRecord>,
}

/// Parts of the pair at `place`.
struct Job {
    place: usize,
    parts: [Part; 2],
    grid: Grid<2>,
    /// Whether the bytes were found to differ, or need not be compared.
    differs: AtomicBool,
}

impl<'a> Batch for Round<'a> {
    type Thing = (&'a TensorRecord, &'a TensorRecord);
    type Found = Found;

    fn add(&mut self, place: usize, (one, two): Self::Thing) -> Result<Found> {
        let (first, second) = (self.sources.parts(one)?, self.sources.parts(two)?);
        self.same_indices(&first, &second)?;
        let mut found = Found::default();
        // What is nowhere written is zero on both sides.
        let implied = first.zeros;
        found.gaps = Gaps { elements: implied, finite: implied, ..Gaps::default() };
        let mut jobs = Vec::new();
        for parts in paired(first, second)? {
            let job = Job::new(place, parts)?;
            let numbers = job.grid.repeats.saturating_mul(job.grid.elements() as u64);
            found.gaps.elements +=
                numbers.saturating_mul(job.parts.first().map_or(1, |part| part.kind.numbers()));
            jobs.push(job);
        }
        self.jobs.append(&mut jobs);
        Ok(found)
    }

    fn held(&self) -> usize {
        self.sources.owned
    }

    fn finish(&mut self, found: &mut [Result<Found>], watcher: &dyn Watcher) -> Result<()> {
        self.sources = Sources::default();
        let (jobs, rule) = (std::mem::take(&mut self.jobs), self.rule);
        if rule.equal_nan {
            // Equal tensors are the rule, and to see that they are takes no arithmetic.
            let bytes_alike = |job: &Job| !job.differs.load(Ordering::Relaxed);
            on_pieces(&jobs, bytes_alike, watcher, bytes_differ)?;
        } else {
            jobs.iter().for_each(|job| job.differs.store(true, Ordering::Relaxed));
        }
        // A tensor with channels that differ is walked as a whole.
        for job in jobs.iter().filter(|job| job.differs.load(Ordering::Relaxed)) {
            if let Some(Ok(found)) = found.get_mut(job.place)
                && !found.differs
            {
                let implied = found.gaps.finite;
                *found = Found {
                    gaps: Gaps { elements: implied, finite: implied, ..Gaps::default() },
                    differs: true,
                };
                found.gaps.most = (implied > 0).then_some(Number::Float(0.0));
            }
        }
        let differs = |job: &Job| matches!(found.get(job.place), Some(Ok(found)) if found.differs);
        let pieces = on_pieces(&jobs, differs, watcher, |job, range, pulse| gaps(job, range, pulse, &rule))?;
        for (job, gaps) in pieces {
            let place = jobs.get(job).and_then(|job| found.get_mut(job.place));
            if let Some(Ok(found)) = place {
                found.gaps = found.gaps.and(gaps);
            }
        }
        Ok(())
    }
}

impl Round<'_> {
    /// Refuses sparse tensors whose elements lie elsewhere.
    fn same_indices(&mut self, one: &Parts, two: &Parts) -> Result<()> {
        let elsewhere =
            || Error::value("sparse: other elements are set; compare a.to_dense() with b.to_dense()");
        if one.indices.len() != two.indices.len() || one.zeros != two.zeros {
            return Err(elsewhere());
        }
        for (one, two) in one.indices.iter().zip(&two.indices) {
            let gathered = |sources: &mut Sources, record: &TensorRecord| -> Result<Vec<u8>> {
                let mut all = Vec::new();
                sources.elements(record)?.each(|bytes| {
                    all.extend_from_slice(bytes);
                    Ok::<(), Error>(())
                })?;
                Ok(all)
            };
            if gathered(&mut self.sources, one)? != gathered(&mut self.sources, two)? {
                return Err(elsewhere());
            }
        }
        Ok(())
    }
}

/// The parts of two tensors side by side.
fn paired(one: Parts, two: Parts) -> Result<Vec<[Part; 2]>> {
    let unlike = || Error::value("quantized along different dimensions");
    let split = |parts: Vec<Part>, axis: usize| parts.first().and_then(|whole| whole.channels(axis));
    let (first, second) = match (one.axis, two.axis) {
        (Some(axis), Some(other)) if axis != other => return Err(unlike()),
        (Some(axis), None) => (one.parts, split(two.parts, axis).ok_or_else(unlike)?),
        (None, Some(axis)) => (split(one.parts, axis).ok_or_else(unlike)?, two.parts),
        _ => (one.parts, two.parts),
    };
    Ok(first.into_iter().zip(second).map(|(one, two)| [one, two]).collect())
}

impl Job {
    fn new(place: usize, parts: [Part; 2]) -> Result<Job> {
        let [one, two] = &parts;
        let beyond = || Error::value("a tensor beyond counting");
        if one.shape != two.shape {
            return Err(Error::value("tensors of different shapes"));
        }
        let grid = Grid::new(&one.shape, [one.strided(), two.strided()]).ok_or_else(beyond)?;
        let itemsize = one.kind.itemsize().max(two.kind.itemsize()) as u64;
        let bytes = (grid.elements() as u64).saturating_mul(itemsize);
        if bytes > (one.bytes.len().max(two.bytes.len()) as u64).max(limits::EXPANDED_BYTES) {
            return Err(Error::value(format!(
                "the tensors are expanded to {bytes} bytes; they are not read"
            )));
        }
        let differs = AtomicBool::new(!one.kind.is_same(&two.kind));
        Ok(Job { place, parts, grid, differs })
    }

    fn bytes(&self) -> [&[u8]; 2] {
        self.parts.each_ref().map(|part| part.bytes.bytes())
    }
}

/// What `work` finds in each piece of the jobs that are chosen, with the number of the job, in order.
fn on_pieces<T: Send>(
    jobs: &[Job],
    chosen: impl Fn(&Job) -> bool,
    watcher: &dyn Watcher,
    work: impl Fn(&Job, (usize, usize), &Pulse<'_>) -> T + Sync,
) -> Result<Vec<(usize, T)>> {
    let (mut pieces, mut bytes) = (Vec::new(), 0);
    for (number, job) in jobs.iter().enumerate().filter(|(_, job)| chosen(job)) {
        let itemsizes: usize = job.parts.iter().map(|part| part.kind.itemsize()).sum();
        bytes += (job.grid.elements() * itemsizes) as u64;
        pieces.extend(ranges(job.grid.elements()).map(|range| (number, range)));
    }
    let found = work::all(pieces.len(), bytes, watcher, |piece, pulse| {
        let (number, range) = *pieces.get(piece)?;
        Some((number, work(jobs.get(number)?, range, pulse)))
    })?;
    Ok(found.into_iter().flatten().collect())
}

/// Notes in the job whether the bytes of a piece differ.
fn bytes_differ(job: &Job, range: (usize, usize), pulse: &Pulse<'_>) {
    if job.differs.load(Ordering::Relaxed) {
        return;
    }
    let itemsize = job.parts.first().map_or(1, |part| part.kind.itemsize());
    job.grid.walk(job.bytes(), range, 4 * BLOCK / itemsize, |[one, two]| {
        if one != two {
            job.differs.store(true, Ordering::Relaxed);
        }
        pulse.goes_on((one.len() + two.len()) as u64) && !job.differs.load(Ordering::Relaxed)
    });
}

/// How the numbers of a piece differ.
fn gaps(job: &Job, range: (usize, usize), pulse: &Pulse<'_>, rule: &Rule) -> Gaps {
    let [one, two] = job.parts.each_ref().map(|part| &part.kind);
    let mut gaps = Gaps::default();
    let block = BLOCK / one.itemsize().max(two.itemsize());
    job.grid.walk(job.bytes(), range, block, |[first, second]| {
        gaps = gaps.and(block_gaps((one, first), (two, second), rule));
        pulse.goes_on((first.len() + second.len()) as u64)
    });
    gaps.repeated(job.grid.repeats)
}

fn block_gaps((one, first): (&Kind, &[u8]), (two, second): (&Kind, &[u8]), rule: &Rule) -> Gaps {
    match (one, two) {
        (Kind::Float(one), Kind::Float(two)) if one == two => {
            float!(*one, difference::floats, first, second, rule)
        }
        (Kind::Integer(one), Kind::Integer(two)) if one == two => {
            integer!(*one, difference::integers, first, second, rule)
        }
        (Kind::Complex(_), _) | (_, Kind::Complex(_)) => {
            let (mut ones, mut twos) = (Vec::new(), Vec::new());
            one.pairs(first, &mut ones);
            two.pairs(second, &mut twos);
            difference::complex(ones.into_iter().zip(twos), rule)
        }
        _ if one.is_exact() && two.is_exact() => {
            let (mut ones, mut twos) = (Vec::new(), Vec::new());
            one.integers(first, &mut ones);
            two.integers(second, &mut twos);
            difference::mixed_integers(ones.into_iter().zip(twos), rule)
        }
        _ => {
            let (first, second) = (doubles(one, first), doubles(two, second));
            difference::floats::<F64>(first.as_flattened(), second.as_flattened(), rule)
        }
    }
}

/// The numbers of a block as the bytes of doubles.
fn doubles(kind: &Kind, block: &[u8]) -> Vec<[u8; 8]> {
    let mut numbers = Vec::new();
    kind.doubles(block, &mut numbers);
    numbers.into_iter().map(f64::to_le_bytes).collect()
}
