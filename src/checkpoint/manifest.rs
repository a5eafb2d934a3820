//! What a file holds, to compare it by: a line for each tensor, with the checksum of its bytes.

use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

use super::dtype::Dtype;
use super::gather::{Elements, refuse_expanded};
use super::graph::{Array, ArrayData, Graph, NodeId};
use super::limits;
use super::mapping::Region;
use super::record::{Form, Storage, TensorRecord, contiguous_stride};
use super::walk::{self, Named, What};
#[cfg(test)]
use super::watcher::Unwatched;
use super::watcher::Watcher;
use torchsh_base::error::{Error, Result};
use torchsh_base::hash::{SeededMap, SeededSet};
use torchsh_base::untrusted::plain_json as plain;

/// Owned memory that one round of hashing may hold.
const ROUND_BYTES: usize = 96 << 20;
/// Tensors of one round.
const ROUND: usize = 4096;

/// One tensor of a manifest.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name in the file: `state_dict.layer1.0.weight`, `optimizer.state[0].exp_avg`.
    pub name: String,
    /// The expression that gives it in the shell, of the file's object as `p`.
    pub path: String,
    /// Sizes.
    pub shape: Vec<i64>,
    /// Element type (that of the integers, for a quantized tensor; numpy's name for one that no tensor has).
    pub dtype: String,
    /// Of its contiguous little-endian bytes.
    pub sha256: Checksum,
    /// Bytes of its elements.
    pub nbytes: u64,
    /// In elements.
    pub stride: Vec<i64>,
    /// In elements.
    pub storage_offset: i64,
    /// Tensors with the same number share memory; none has no elements.
    pub storage_group: Option<usize>,
}

/// The checksum of an entry.
#[derive(Clone, Debug)]
pub enum Checksum {
    /// In hexadecimal.
    Sum(String),
    /// There is none, for this reason.
    None(&'static str),
    /// This is wrong with the bytes.
    Damaged(Error),
}

impl Checksum {
    /// The checksum, if there is one.
    #[must_use]
    pub fn sum(&self) -> Option<&str> {
        match self {
            Checksum::Sum(sum) => Some(sum),
            _ => None,
        }
    }

    /// What is wrong with the bytes.
    #[cfg(test)]
    pub fn damage(&self) -> Option<&Error> {
        match self {
            Checksum::Damaged(error) => Some(error),
            _ => None,
        }
    }
}

impl Entry {
    /// The entry as one line of JSON.
    #[must_use]
    pub fn line(&self) -> String {
        let mut line = Map::new();
        line.insert("name".to_owned(), json!(self.name));
        line.insert("path".to_owned(), json!(self.path));
        line.insert("shape".to_owned(), json!(self.shape));
        line.insert("dtype".to_owned(), json!(self.dtype));
        match &self.sha256 {
            Checksum::Sum(sum) => line.insert("sha256".to_owned(), json!(sum)),
            Checksum::Damaged(error) => line.insert("error".to_owned(), json!(error.message())),
            Checksum::None(reason) => {
                line.insert("sha256".to_owned(), Json::Null);
                line.insert("note".to_owned(), json!(reason))
            }
        };
        line.insert("nbytes".to_owned(), json!(self.nbytes));
        line.insert("stride".to_owned(), json!(self.stride));
        line.insert("storage_offset".to_owned(), json!(self.storage_offset));
        line.insert("storage_group".to_owned(), json!(self.storage_group));
        plain(&Json::Object(line).to_string())
    }
}

/// The line for a file that cannot be read.
#[must_use]
pub fn error_line(error: &Error) -> String {
    let message = [error.message()].into_iter().chain(error.notes().iter().map(String::as_str));
    plain(&json!({ "error": message.collect::<Vec<_>>().join("; ") }).to_string())
}

/// The manifest of everything that can be reached from an object.
///
/// # Errors
/// Those of [`walk::everything`]. A tensor that is damaged is an entry that says so.
#[cfg(test)]
pub fn of(graph: &mut Graph, root: NodeId) -> Result<Vec<Entry>> {
    of_watched(graph, root, &Unwatched)
}

/// The manifest of everything that can be reached from an object, with somebody looking on.
///
/// # Errors
/// Those of [`walk::everything`], and the watcher's. A tensor that is damaged is an entry that says so.
pub fn of_watched(graph: &mut Graph, root: NodeId, watcher: &dyn Watcher) -> Result<Vec<Entry>> {
    Ok(whole(graph, root, watcher)?.0)
}

/// As [`of_watched`], and the number of tensors that whole models hold beside their `state_dict()`, which are no entries.
///
/// # Errors
/// As [`of_watched`].
pub fn whole(graph: &mut Graph, root: NodeId, watcher: &dyn Watcher) -> Result<(Vec<Entry>, usize)> {
    let found = walk::everything(graph, root, watcher)?;
    Ok((of_named(found.named, watcher)?, found.beside))
}

/// What a reader of a manifest is told of tensors that are not in it.
#[must_use]
pub fn said_of(beside: usize) -> Option<String> {
    let what = match beside {
        0 => return None,
        1 => "1 tensor of the model is".to_owned(),
        _ => format!("{beside} tensors of the model are"),
    };
    Some(format!(
        "{what} not listed: its state_dict() leaves out what is neither a parameter nor a persistent buffer"
    ))
}

fn of_named(named: Vec<Named>, watcher: &dyn Watcher) -> Result<Vec<Entry>> {
    let mut groups = SeededMap::default();
    let mut entries: Vec<Entry> = Vec::with_capacity(named.len());
    let (mut round, mut reading) = (Round::default(), Reading::default());
    for Named { name, path, what } in named {
        let record = match what {
            What::Tensor(record) => record,
            What::Array(array) => {
                entries.push(of_array(name, path, &array));
                continue;
            }
        };
        let mut entry = described(name, path, &record, &mut groups);
        let place = entries.len();
        if matches!(record.form, Form::Meta { .. }) {
            entry.sha256 = Checksum::None("a meta tensor has no data");
            entries.push(entry);
            continue;
        }
        match reading.first(place, &record, &entry) {
            Ok(first) if first == place => {
                watcher.expect(entry.nbytes);
                round.add(place, &record);
            }
            Ok(first) => round.same.push((place, first)),
            Err(error) => entry.sha256 = Checksum::Damaged(error),
        }
        entries.push(entry);
        if round.is_full() {
            round.finish(&mut entries, watcher)?;
        }
    }
    round.finish(&mut entries, watcher)?;
    Ok(entries)
}

/// A numpy array that is no tensor: its bytes as they lie in the file, if it has such.
fn of_array(name: String, path: String, array: &Array) -> Entry {
    let (sha256, nbytes) = match &array.data {
        ArrayData::Bytes(bytes) => {
            (Checksum::Sum(hexadecimal(Sha256::digest(bytes.bytes()).as_slice())), bytes.len() as u64)
        }
        ArrayData::Objects(_) => (Checksum::None("a numpy array of objects"), 0),
    };
    let (shape, dtype) = (array.shape.clone(), array.element.name.as_str().to_owned());
    Entry {
        name,
        path,
        shape,
        dtype,
        sha256,
        nbytes,
        stride: Vec::new(),
        storage_offset: 0,
        storage_group: None,
    }
}

fn described(
    name: String,
    path: String,
    record: &TensorRecord,
    groups: &mut SeededMap<*const Storage, usize>,
) -> Entry {
    let (mut dtype, mut stride, mut storage_offset, mut group) = (record.dtype, Vec::new(), 0, None);
    if let Form::Meta { stride: own } = &record.form {
        stride.clone_from(own);
    }
    if let Some(view) = record.view() {
        (stride, storage_offset) = (view.stride.clone(), view.offset);
        let next = groups.len();
        let number = *groups.entry(Rc::as_ptr(&view.storage)).or_insert(next);
        group = (record.numel() != Some(0)).then_some(number);
    }
    let nbytes = record.numel().and_then(|n| super::record::bytes_of(record.dtype, n)).unwrap_or(u64::MAX);
    let mut shape = record.shape.clone();
    if matches!(record.form, Form::Quantized(..)) {
        dtype = integers_of(dtype);
        if record.is_packed() {
            // Elements that share bytes are given as the bytes.
            (shape, stride) = (vec![i64::try_from(nbytes).unwrap_or(i64::MAX)], vec![1]);
        } else if !is_channels_last(&record.shape, &stride) {
            stride = contiguous_stride(&record.shape).unwrap_or_default();
        }
        storage_offset = 0;
    }
    let (sha256, dtype) = (Checksum::Sum(String::new()), dtype.name().to_owned());
    Entry { name, path, shape, dtype, sha256, nbytes, stride, storage_offset, storage_group: group }
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

/// What makes two tensors have the same bytes for certain: storage, dtype, shape, stride, offset, conjugate, negative.
type Seen = (*const Storage, Dtype, Vec<i64>, Vec<i64>, i64, bool, bool);

/// What a manifest reads out of a file. Views cost a file little, and each could be read: they are held to a bound.
#[derive(Default)]
struct Reading {
    seen: SeededMap<Seen, usize>,
    storages: SeededSet<*const Storage>,
    /// Bytes of the storages.
    held: u64,
    /// Bytes of the tensors.
    read: u64,
}

impl Reading {
    /// The place of the first entry that has the same bytes as the one at `place`: its own, if there is none.
    fn first(&mut self, place: usize, record: &TensorRecord, entry: &Entry) -> Result<usize> {
        let Some(view) = record.view() else { return Ok(place) };
        let (shape, stride) = (record.shape.clone(), view.stride.clone());
        let storage = Rc::as_ptr(&view.storage);
        let seen = (storage, record.dtype, shape, stride, view.offset, view.conj, view.neg);
        if let Some(&first) = self.seen.get(&seen) {
            return Ok(first);
        }
        if self.storages.insert(storage) {
            self.held = self.held.saturating_add(view.storage.nbytes());
        }
        refuse_expanded(view, record.dtype, &record.shape)?;
        let read = self.read.saturating_add(entry.nbytes);
        let bound = self.held.saturating_mul(limits::VIEWED_TIMES).saturating_add(limits::EXPANDED_BYTES);
        if read > bound {
            let message = format!("{read} bytes of tensors out of storages of {} are not read", self.held);
            return Err(Error::value(message));
        }
        self.read = read;
        self.seen.insert(seen, place);
        Ok(place)
    }
}

/// Tensors that are hashed together, on all cores.
#[derive(Default)]
struct Round {
    jobs: Vec<(usize, Result<Elements>)>,
    owned: usize,
    /// Bytes that had to be made, by their storage.
    made: SeededMap<*const Storage, Region>,
    /// Entries that have the bytes of an earlier one.
    same: Vec<(usize, usize)>,
}

impl Round {
    fn add(&mut self, place: usize, record: &TensorRecord) {
        let elements = self.elements(record);
        self.jobs.push((place, elements));
    }

    fn elements(&mut self, record: &TensorRecord) -> Result<Elements> {
        let view = record.view().ok_or_else(|| Error::value("the tensor has no elements of its own"))?;
        Elements::new(view, record.dtype, &record.shape, self.bytes(&view.storage)?)
    }

    /// A storage's bytes, made once where they have to be made.
    fn bytes(&mut self, storage: &Rc<Storage>) -> Result<Region> {
        if let Some(made) = self.made.get(&Rc::as_ptr(storage)) {
            return Ok(made.clone());
        }
        let bytes = storage.bytes_once()?;
        if !bytes.is_mapped() {
            self.owned += usize::try_from(storage.nbytes()).unwrap_or(usize::MAX);
            self.made.insert(Rc::as_ptr(storage), bytes.clone());
        }
        Ok(bytes)
    }

    fn is_full(&self) -> bool {
        self.owned >= ROUND_BYTES || self.jobs.len() + self.same.len() >= ROUND
    }

    fn finish(&mut self, entries: &mut [Entry], watcher: &dyn Watcher) -> Result<()> {
        let jobs = std::mem::take(&mut self.jobs);
        self.owned = 0;
        self.made.clear();
        let (mut ready, mut places) = (Vec::new(), Vec::new());
        for (place, job) in jobs {
            match (job, entries.get_mut(place)) {
                (Ok(elements), _) => {
                    ready.push(elements);
                    places.push(place);
                }
                (Err(error), Some(entry)) => entry.sha256 = Checksum::Damaged(error),
                _ => {}
            }
        }
        for (sum, place) in hash_all(&ready, watcher)?.into_iter().zip(places) {
            if let Some(entry) = entries.get_mut(place) {
                entry.sha256 = Checksum::Sum(sum);
            }
        }
        for (place, first) in std::mem::take(&mut self.same) {
            let Some(sum) = entries.get(first).map(|first| first.sha256.clone()) else { continue };
            if let Some(entry) = entries.get_mut(place) {
                entry.sha256 = sum;
            }
        }
        Ok(())
    }
}

/// How often the watcher of a long hashing hears of it.
const PACE: Duration = Duration::from_millis(50);

/// The checksums of all, in order, computed on all cores. The watcher is told on this thread, also within a tensor.
fn hash_all(all: &[Elements], watcher: &dyn Watcher) -> Result<Vec<String>> {
    let sums = Mutex::new(vec![String::new(); all.len()]);
    let (next, done, stopped) = (AtomicUsize::new(0), AtomicU64::new(0), AtomicBool::new(false));
    let goes_on = |bytes: u64| {
        done.fetch_add(bytes, Ordering::Relaxed);
        !stopped.load(Ordering::Relaxed)
    };
    let work = || {
        while let Some((place, elements)) = take(all, &next) {
            let Some(sum) = sha256_while(elements, goes_on) else { return };
            if let Some(slot) = sums.lock().unwrap_or_else(PoisonError::into_inner).get_mut(place) {
                *slot = sum;
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(all.len()).min(16);
    let (working, finished) = channel::<()>();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (work, working) = (&work, working.clone());
            scope.spawn(move || {
                work();
                drop(working);
            });
        }
        drop(working);
        // Nothing is ever sent: the channel closes with the last thread.
        while finished.recv_timeout(PACE) == Err(RecvTimeoutError::Timeout) {
            watcher
                .advance(done.swap(0, Ordering::Relaxed))
                .inspect_err(|_| stopped.store(true, Ordering::Relaxed))?;
        }
        Ok(())
    })?;
    watcher.advance(done.into_inner())?;
    Ok(sums.into_inner().unwrap_or_else(PoisonError::into_inner))
}

fn take<'a>(all: &'a [Elements], next: &AtomicUsize) -> Option<(usize, &'a Elements)> {
    let place = next.fetch_add(1, Ordering::Relaxed);
    all.get(place).map(|elements| (place, elements))
}

/// The checksum of a tensor's bytes, in hexadecimal; none if it is stopped. The function hears of every chunk.
fn sha256_while(elements: &Elements, goes_on: impl Fn(u64) -> bool) -> Option<String> {
    let mut hash = Sha256::new();
    let done = elements.each(|bytes| {
        hash.update(bytes);
        if goes_on(bytes.len() as u64) { Ok(()) } else { Err(()) }
    });
    done.ok()?;
    Some(hexadecimal(hash.finalize().as_slice()))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
