//! What a file holds, to compare it by: a line for each tensor, with the checksum of its bytes.

use std::rc::Rc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rustc_hash::FxHashMap;
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

use super::dtype::Dtype;
use super::gather::Elements;
use super::graph::{Graph, NodeId};
use super::limits;
use super::record::{Form, Storage, TensorRecord, contiguous_stride};
use super::walk::{self, Named};
use super::watcher::{Unwatched, Watcher};
use crate::error::{Error, Result};

/// Owned memory that one round of hashing may hold.
const ROUND_BYTES: usize = 256 << 20;
/// Tensors of one round.
const ROUND: usize = 4096;

/// One tensor of a manifest.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its path in the file: `state_dict.layer1.0.weight`, `optimizer.state[0].exp_avg`.
    pub name: String,
    /// Sizes.
    pub shape: Vec<i64>,
    /// Element type (that of the integers, for a quantized tensor).
    pub dtype: Dtype,
    /// Of its contiguous little-endian bytes, in hexadecimal; or what is wrong with them.
    pub sha256: Result<String>,
    /// Bytes of its elements.
    pub nbytes: u64,
    /// In elements.
    pub stride: Vec<i64>,
    /// In elements.
    pub storage_offset: i64,
    /// Tensors with the same number share memory; none has no elements.
    pub storage_group: Option<usize>,
}

impl Entry {
    /// The entry as one line of JSON.
    #[must_use]
    pub fn line(&self) -> String {
        let mut line = Map::new();
        line.insert("name".to_owned(), json!(self.name));
        line.insert("shape".to_owned(), json!(self.shape));
        line.insert("dtype".to_owned(), json!(self.dtype.name()));
        match &self.sha256 {
            Ok(sum) => line.insert("sha256".to_owned(), json!(sum)),
            Err(error) => line.insert("error".to_owned(), json!(error.message())),
        };
        line.insert("nbytes".to_owned(), json!(self.nbytes));
        line.insert("stride".to_owned(), json!(self.stride));
        line.insert("storage_offset".to_owned(), json!(self.storage_offset));
        line.insert("storage_group".to_owned(), json!(self.storage_group));
        Json::Object(line).to_string()
    }
}

/// The line for a file that cannot be read.
#[must_use]
pub fn error_line(error: &Error) -> String {
    let message = [error.message()].into_iter().chain(error.notes().iter().map(String::as_str));
    json!({ "error": message.collect::<Vec<_>>().join("; ") }).to_string()
}

/// The manifest of everything that can be reached from an object.
///
/// # Errors
/// Those of [`walk::tensors`]. A tensor that is damaged is an entry that says so.
pub fn of(graph: &mut Graph, root: NodeId) -> Result<Vec<Entry>> {
    of_watched(graph, root, &Unwatched)
}

/// As [`of`], with somebody looking on.
///
/// # Errors
/// As [`of`], and the watcher's.
pub fn of_watched(graph: &mut Graph, root: NodeId, watcher: &dyn Watcher) -> Result<Vec<Entry>> {
    let named = walk::tensors(graph, root)?;
    let mut groups = FxHashMap::default();
    let mut entries = Vec::with_capacity(named.len());
    let mut round = Round::default();
    for Named { name, record } in named {
        let entry = described(name, &record, &mut groups);
        watcher.expect(entry.nbytes);
        round.add(entries.len(), &entry, &record);
        entries.push(entry);
        if round.is_full() {
            round.finish(&mut entries, watcher)?;
        }
    }
    round.finish(&mut entries, watcher)?;
    Ok(entries)
}

fn described(name: String, record: &TensorRecord, groups: &mut FxHashMap<*const Storage, usize>) -> Entry {
    let (mut dtype, mut stride, mut storage_offset, mut group) = (record.dtype, Vec::new(), 0, None);
    let mut name = name;
    if let Some(view) = record.view() {
        (stride, storage_offset) = (view.stride.clone(), view.offset);
        let next = groups.len();
        let number = *groups.entry(Rc::as_ptr(&view.storage)).or_insert(next);
        group = (record.numel() != Some(0)).then_some(number);
    }
    let nbytes = record.numel().and_then(|n| super::record::bytes_of(record.dtype, n)).unwrap_or(u64::MAX);
    let mut shape = record.shape.clone();
    if matches!(record.form, Form::Quantized(..)) {
        name.push_str(".int_repr");
        dtype = integers_of(dtype);
        if matches!(record.dtype, Dtype::QUINT4X2 | Dtype::QUINT2X4) {
            // Elements that share bytes are given as the bytes.
            (shape, stride) = (vec![i64::try_from(nbytes).unwrap_or(i64::MAX)], vec![1]);
        } else if !is_channels_last(&record.shape, &stride) {
            stride = contiguous_stride(&record.shape).unwrap_or_default();
        }
        storage_offset = 0;
    }
    let sha256 = Ok(String::new());
    Entry { name, shape, dtype, sha256, nbytes, stride, storage_offset, storage_group: group }
}

/// Whether images or volumes lie with their channels innermost, as `int_repr()` keeps them.
fn is_channels_last(shape: &[i64], stride: &[i64]) -> bool {
    let (Some(&batches), Some(&channels), Some(places)) = (shape.first(), shape.get(1), shape.get(2..))
    else {
        return false;
    };
    let inner_last: Vec<i64> = [batches].iter().chain(places).chain([&channels]).copied().collect();
    let Some(mut wanted) = contiguous_stride(&inner_last).filter(|_| matches!(places.len(), 2 | 3)) else {
        return false;
    };
    let innermost = wanted.pop().unwrap_or(1);
    wanted.insert(1, innermost);
    wanted == stride
}

/// The type of a quantized tensor's integers.
fn integers_of(dtype: Dtype) -> Dtype {
    match dtype {
        Dtype::QINT8 => Dtype::INT8,
        Dtype::QINT32 => Dtype::INT32,
        _ => Dtype::UINT8,
    }
}

/// Tensors that are hashed together, on all cores.
#[derive(Default)]
struct Round {
    jobs: Vec<(usize, Result<Elements>)>,
    owned: usize,
}

impl Round {
    fn add(&mut self, place: usize, entry: &Entry, record: &TensorRecord) {
        let elements = elements(entry, record);
        if let (Ok(_), Some(view)) = (&elements, record.view())
            && view.storage.bytes_once().is_ok_and(|bytes| !bytes.is_mapped())
        {
            self.owned += usize::try_from(view.storage.nbytes()).unwrap_or(usize::MAX);
        }
        self.jobs.push((place, elements));
    }

    fn is_full(&self) -> bool {
        self.owned >= ROUND_BYTES || self.jobs.len() >= ROUND
    }

    fn finish(&mut self, entries: &mut [Entry], watcher: &dyn Watcher) -> Result<()> {
        let jobs = std::mem::take(&mut self.jobs);
        self.owned = 0;
        let (mut ready, mut places) = (Vec::new(), Vec::new());
        for (place, job) in jobs {
            match (job, entries.get_mut(place)) {
                (Ok(elements), _) => {
                    ready.push(elements);
                    places.push(place);
                }
                (Err(error), Some(entry)) => entry.sha256 = Err(error),
                _ => {}
            }
        }
        for (sum, place) in hash_all(&ready, watcher)?.into_iter().zip(places) {
            if let Some(entry) = entries.get_mut(place) {
                entry.sha256 = Ok(sum);
            }
        }
        Ok(())
    }
}

fn elements(entry: &Entry, record: &TensorRecord) -> Result<Elements> {
    let view = record.view().ok_or_else(|| Error::value("the tensor has no elements of its own"))?;
    let expanded = entry.nbytes > view.storage.nbytes();
    if expanded && entry.nbytes > limits::EXPANDED_BYTES {
        let message = format!("{} bytes out of a storage of {}", entry.nbytes, view.storage.nbytes());
        return Err(Error::value(format!("the tensor is expanded to {message}; it is not read")));
    }
    Elements::new(view, record.dtype, &record.shape, view.storage.bytes_once()?)
}

/// The checksums of all, in order, computed on all cores. The watcher is told on this thread, between tensors.
fn hash_all(all: &[Elements], watcher: &dyn Watcher) -> Result<Vec<String>> {
    let sums = Mutex::new(vec![String::new(); all.len()]);
    let (next, done) = (AtomicUsize::new(0), AtomicU64::new(0));
    let hash_next = || {
        let place = next.fetch_add(1, Ordering::Relaxed);
        let Some(elements) = all.get(place) else { return false };
        let sum = sha256(elements);
        if let Some(slot) = sums.lock().unwrap_or_else(PoisonError::into_inner).get_mut(place) {
            *slot = sum;
        }
        done.fetch_add(elements.len(), Ordering::Relaxed);
        true
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(all.len()).min(16);
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|| while hash_next() {});
        }
        while hash_next() {
            let stopped = watcher.advance(done.swap(0, Ordering::Relaxed));
            if stopped.is_err() {
                // Nothing is left for the other threads either.
                next.store(all.len(), Ordering::Relaxed);
                return stopped;
            }
        }
        Ok(())
    })?;
    watcher.advance(done.into_inner())?;
    Ok(sums.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// The checksum of a tensor's bytes, in hexadecimal.
#[must_use]
pub fn sha256(elements: &Elements) -> String {
    let mut hash = Sha256::new();
    let done: Result<(), std::convert::Infallible> = elements.each(|bytes| {
        hash.update(bytes);
        Ok(())
    });
    let Ok(()) = done;
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
