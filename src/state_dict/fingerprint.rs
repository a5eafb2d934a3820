//! One digest of a state_dict's names and contents, whatever the container, the order and the sharding.
//!
//! A block is a MiB of a tensor's elements, little-endian, in the order of their indices; the last may be shorter. With `H` for
//! BLAKE3 and `‖` for one after the other,
//!
//! ```text
//! tensor = H("torch.float32 [2, 3]\n" ‖ H(block 0) ‖ H(block 1) …)      the dtype and the shape as Python prints them
//! whole  = H(H(key 0) ‖ tensor 0 ‖ H(key 1) ‖ tensor 1 …)                keys in UTF-8, sorted
//! ```
//!
//! so that blocks are hashed on all cores. A tensor that is made of others (quantized, sparse) has after its blocks the
//! digests of those, and its own numbers as 8 bytes each, in the order of [`TensorRecord`]'s fields.

use std::marker::PhantomData;

use blake3::Hasher;

use super::parts::Sources;
use super::rounds::{Batch, in_rounds};
use super::work;
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::gather::Elements;
use torchsh_checkpoint::mapping::bring;
use torchsh_checkpoint::record::{Form, Quantizer, TensorRecord};
use torchsh_checkpoint::watcher::Watcher;

/// A BLAKE3.
pub type Digest = [u8; 32];

/// Bytes of a block.
const BLOCK: usize = 1 << 20;

/// Blocks of one piece of work.
const BLOCKS: usize = 8;

/// The digest of each tensor, in their order; of a tensor that has no bytes, the reason.
///
/// # Errors
/// The watcher's, which ends the work.
pub fn fingerprints<'a>(
    records: impl IntoIterator<Item = &'a TensorRecord>,
    watcher: &dyn Watcher,
) -> Result<Vec<Result<Digest>>> {
    let records: Vec<&TensorRecord> = records.into_iter().collect();
    let made: Vec<Result<Made>> = records.iter().map(|record| Made::of(record)).collect();
    let elements = blocks_of(&records, &made, watcher)?;
    let parts: Vec<&TensorRecord> = made
        .iter()
        .filter_map(|made| made.as_ref().ok())
        .flat_map(|made| made.parts.iter().copied())
        .collect();
    // A tensor of tensors is of ordinary ones.
    let mut inner = if parts.is_empty() { Vec::new() } else { fingerprints(parts, watcher)? }.into_iter();
    let mut found = Vec::with_capacity(records.len());
    for ((record, made), blocks) in records.iter().zip(made).zip(elements) {
        found.push(made.and_then(|made| {
            let parts: Vec<Result<Digest>> = inner.by_ref().take(made.parts.len()).collect();
            let mut hash = Hasher::new();
            hash.update(head(record).as_bytes());
            for block in blocks? {
                hash.update(&block);
            }
            for part in parts {
                hash.update(&part?);
            }
            for number in &made.numbers {
                hash.update(number);
            }
            Ok(hash.finalize().into())
        }));
    }
    Ok(found)
}

/// The digest of all, from those of the tensors under their keys.
#[must_use]
pub fn whole(mut tensors: Vec<(String, Digest)>) -> Digest {
    tensors.sort();
    let mut hash = Hasher::new();
    for (key, tensor) in tensors {
        hash.update(blake3::hash(key.as_bytes()).as_bytes());
        hash.update(&tensor);
    }
    hash.finalize().into()
}

/// A digest as it is written.
#[must_use]
pub fn hexadecimal(digest: &Digest) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `torch.float32 [2, 3]` on a line of its own.
fn head(record: &TensorRecord) -> String {
    let sizes: Vec<String> = record.shape.iter().map(i64::to_string).collect();
    format!("{} [{}]\n", record.dtype, sizes.join(", "))
}

/// What a tensor is made of besides its elements.
struct Made<'a> {
    has_elements: bool,
    parts: Vec<&'a TensorRecord>,
    numbers: Vec<[u8; 8]>,
}

impl<'a> Made<'a> {
    fn of(record: &'a TensorRecord) -> Result<Self> {
        let of_parts = |parts| Made { has_elements: false, parts, numbers: Vec::new() };
        Ok(match &record.form {
            Form::Strided(_) => Made { has_elements: true, parts: Vec::new(), numbers: Vec::new() },
            Form::Quantized(_, Quantizer::PerTensor { scale, zero_point }) => {
                let numbers = vec![scale.to_le_bytes(), zero_point.to_le_bytes()];
                Made { has_elements: true, parts: Vec::new(), numbers }
            }
            Form::Quantized(_, Quantizer::PerChannel { scales, zero_points, axis, .. }) => {
                let parts = vec![&**scales, &**zero_points];
                Made { has_elements: true, parts, numbers: vec![axis.to_le_bytes()] }
            }
            Form::Coo { indices, values, .. } => of_parts(vec![indices, values]),
            Form::Compressed { compressed, plain, values, .. } => of_parts(vec![compressed, plain, values]),
            Form::Nested { buffer, sizes, strides, offsets } => {
                of_parts(vec![buffer, sizes, strides, offsets])
            }
            Form::Meta { .. } => return Err(Error::value("on the meta device: no data")),
        })
    }
}

/// The digests of the blocks of each tensor.
fn blocks_of(
    records: &[&TensorRecord],
    made: &[Result<Made<'_>>],
    watcher: &dyn Watcher,
) -> Result<Vec<Result<Vec<Digest>>>> {
    let has_elements = made.iter().map(|made| made.as_ref().is_ok_and(|made| made.has_elements));
    let things = records.iter().zip(has_elements).map(|(record, has)| has.then_some(*record));
    let round = Round { sources: Sources::default(), jobs: Vec::new(), of: PhantomData };
    in_rounds(round, things, watcher)
}

/// Tensors that are hashed together.
struct Round<'a> {
    sources: Sources,
    jobs: Vec<Job>,
    of: PhantomData<&'a TensorRecord>,
}

/// Blocks of the tensor at `place`: a run of bytes, or all of one whose elements have to be gathered.
struct Job {
    place: usize,
    elements: Elements,
    run: Option<(usize, usize)>,
}

impl<'a> Batch for Round<'a> {
    /// None: it has no elements of its own.
    type Thing = Option<&'a TensorRecord>;
    type Found = Vec<Digest>;

    fn add(&mut self, place: usize, record: Self::Thing) -> Result<Vec<Digest>> {
        let Some(record) = record else { return Ok(Vec::new()) };
        let elements = self.sources.elements(record)?;
        let Some(bytes) = elements.in_place() else {
            self.jobs.push(Job { place, elements, run: None });
            return Ok(Vec::new());
        };
        for start in (0..bytes.len()).step_by(BLOCK * BLOCKS) {
            let end = bytes.len().min(start + BLOCK * BLOCKS);
            self.jobs.push(Job { place, elements: elements.clone(), run: Some((start, end)) });
        }
        Ok(Vec::new())
    }

    fn held(&self) -> usize {
        self.sources.owned
    }

    fn finish(&mut self, found: &mut [Result<Vec<Digest>>], watcher: &dyn Watcher) -> Result<()> {
        self.sources = Sources::default();
        let jobs = std::mem::take(&mut self.jobs);
        let bytes = jobs.iter().map(Job::bytes).sum();
        let pieces = work::all(jobs.len(), bytes, watcher, |number, pulse| {
            jobs.get(number).map(|job| job.blocks(|bytes| pulse.goes_on(bytes)))
        })?;
        for (job, blocks) in jobs.iter().zip(pieces.into_iter().flatten()) {
            if let Some(Ok(known)) = found.get_mut(job.place) {
                known.extend(blocks);
            }
        }
        Ok(())
    }
}

impl Job {
    fn bytes(&self) -> u64 {
        self.run.map_or(self.elements.length(), |(start, end)| (end - start) as u64)
    }

    fn blocks(&self, goes_on: impl Fn(u64) -> bool) -> Vec<Digest> {
        let mut hashing = Hashing::default();
        match self.run {
            Some((start, end)) => {
                let bytes = self.elements.in_place().unwrap_or_default();
                let bytes = bytes.bytes().get(start..end).unwrap_or_default();
                for block in bytes.chunks(BLOCK) {
                    bring(block);
                    hashing.add(block);
                    if !goes_on(block.len() as u64) {
                        break;
                    }
                }
            }
            None => {
                // What stops it is told by the watcher.
                let _ = self.elements.each(|bytes| {
                    hashing.add(bytes);
                    if goes_on(bytes.len() as u64) { Ok(()) } else { Err(()) }
                });
            }
        }
        hashing.finish()
    }
}

/// Blocks of bytes that come in parts of any length.
#[derive(Default)]
struct Hashing {
    done: Vec<Digest>,
    hash: Hasher,
    filled: usize,
}

impl Hashing {
    fn add(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(BLOCK - self.filled));
            self.hash.update(now);
            self.filled += now.len();
            bytes = later;
            if self.filled == BLOCK {
                self.close();
            }
        }
    }

    fn close(&mut self) {
        self.done.push(self.hash.finalize().into());
        self.hash.reset();
        self.filled = 0;
    }

    fn finish(mut self) -> Vec<Digest> {
        if self.filled > 0 {
            self.close();
        }
        self.done
    }
}
