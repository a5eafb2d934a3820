//! Tensors that are made of other tensors when somebody asks for them: cast, averaged, cut, joined.
//!
//! Each gives a record of a known dtype and shape at once, whose bytes come when it is saved, shown or computed with. A save
//! takes them some at a time, in order, while another core makes the next: no whole tensor has to be in memory for it.
//! What they read are snapshots ([`Storage::snapshot`]), so that a later write to a source changes nothing.

mod adapter;
mod arrange;
mod cast;
mod combine;
mod fused;
mod number;
mod quantize;
mod stream;

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub use self::adapter::{LowRank, merged, turned};
pub use self::arrange::{Rows, copied, grown, joined, sliced};
pub use self::cast::{cast, is_castable};
pub use self::combine::{Combination, combined};
pub use self::quantize::{packed_or_near, rearranged, unpacked};
use self::stream::fill_all;
use torchsh_base::Str;
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_checkpoint::gather::{Elements, refuse_expanded};
use torchsh_checkpoint::limits;
use torchsh_checkpoint::mapping::Region;
use torchsh_checkpoint::record::{Produce, Storage, TensorRecord, bytes_of, numel};

/// Makes the elements of a result.
trait Kernel: Send + Sync {
    /// Fills a part of the result, from byte `start` on: whole elements.
    fn fill(&self, start: usize, out: &mut [u8]);

    /// Has the kernel of the system read ahead what a part of the result is made of.
    fn foretell(&self, _start: usize, _length: usize) {}

    /// Bytes of the result that are only made together: parts begin at multiples of it.
    fn unit(&self) -> usize {
        1
    }
}

/// Makes a kernel of the tensors that it reads.
type Prepare = dyn Fn(&[TensorRecord]) -> Result<Box<dyn Kernel>>;

/// A storage's bytes, made of other tensors.
struct Derived {
    sources: Vec<TensorRecord>,
    nbytes: usize,
    prepare: Box<Prepare>,
    /// Numbers that the dtype of the result cannot hold, once it was made.
    lost: Arc<AtomicU64>,
}

impl Derived {
    fn kernel(&self) -> Result<Box<dyn Kernel>> {
        (self.prepare)(&self.sources)
    }
}

impl Produce for Derived {
    fn produce(&self) -> Result<Region> {
        let kernel = self.kernel()?;
        let mut made = Region::zeroed(self.nbytes)?;
        fill_all(&*kernel, made.owned_mut().unwrap_or_default())?;
        Ok(made)
    }

    fn each(&self, consume: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<bool> {
        stream::each(&*self.kernel()?, self.nbytes, consume)?;
        Ok(true)
    }

    fn foretell(&self) {
        self.sources.iter().for_each(foretell);
    }

    fn lost(&self) -> u64 {
        let before = self.sources.iter().filter_map(TensorRecord::view).map(|view| view.storage.lost());
        before.sum::<u64>() + self.lost.load(Ordering::Relaxed)
    }

    fn sources(&self) -> &[TensorRecord] {
        &self.sources
    }
}

/// A record of that dtype and shape, whose bytes a kernel makes of those of its sources, each in order.
fn derived(
    dtype: Dtype,
    shape: Vec<i64>,
    sources: Vec<TensorRecord>,
    prepare: impl Fn(Vec<Region>) -> Result<Box<dyn Kernel>> + 'static,
) -> Result<TensorRecord> {
    counting(dtype, shape, sources, Arc::default(), prepare)
}

/// As [`derived`], of a kernel that counts the numbers which the dtype cannot hold.
fn counting(
    dtype: Dtype,
    shape: Vec<i64>,
    sources: Vec<TensorRecord>,
    lost: Arc<AtomicU64>,
    prepare: impl Fn(Vec<Region>) -> Result<Box<dyn Kernel>> + 'static,
) -> Result<TensorRecord> {
    let prepare = move |sources: &[TensorRecord]| prepare(sources.iter().map(dense).collect::<Result<_>>()?);
    prepared(dtype, shape, sources, lost, Box::new(prepare))
}

/// As [`counting`], of a kernel that reads the tensors as they lie.
fn prepared(
    dtype: Dtype,
    shape: Vec<i64>,
    sources: Vec<TensorRecord>,
    lost: Arc<AtomicU64>,
    prepare: Box<Prepare>,
) -> Result<TensorRecord> {
    let count = numel(&shape).and_then(|count| bytes_of(dtype, count));
    let nbytes = count.and_then(|count| usize::try_from(count).ok());
    let nbytes = nbytes.ok_or_else(|| Error::value(format!("a tensor of shape {shape:?} is too large")))?;
    let made = Derived { sources, nbytes, prepare, lost };
    on(dtype, shape, nbytes as u64, Box::new(made))
}

/// A record on a storage of its own, whose bytes are made in another way.
///
/// # Errors
/// A shape beyond counting.
pub fn on(dtype: Dtype, shape: Vec<i64>, nbytes: u64, made: Box<dyn Produce>) -> Result<TensorRecord> {
    let storage: Rc<Storage> = Storage::lazy(Str::intern("derived"), Str::intern("cpu"), nbytes, made);
    TensorRecord::contiguous(dtype, shape, &storage)
}

/// Has the system read ahead what a tensor begins with, where that is as it lies.
fn foretell(record: &TensorRecord) {
    if let Some(view) = record.view().filter(|_| record.is_whole()) {
        view.storage.foretell();
    }
}

/// A tensor's elements where they lie.
fn elements(record: &TensorRecord) -> Result<Elements> {
    let view = record.view().ok_or_else(|| Error::value("not an ordinary tensor"))?;
    refuse_expanded(view, record.dtype, &record.shape)?;
    Elements::new(view, record.dtype, &record.shape, view.storage.bytes_once()?)
}

/// The bytes of a tensor's elements, in order: where they lie, if they lie so.
///
/// # Errors
/// What is wrong with its storage; a tensor that is none of elements in a storage.
pub fn dense(record: &TensorRecord) -> Result<Region> {
    let elements = elements(record)?;
    if let Some(bytes) = elements.in_place() {
        return Ok(bytes);
    }
    let count = record.numel().and_then(|count| bytes_of(record.dtype, count)).unwrap_or(u64::MAX);
    let count = usize::try_from(count).map_err(|_| Error::value("a tensor beyond counting"))?;
    let mut copy = Region::zeroed(count)?;
    let mut rest = copy.owned_mut().unwrap_or_default();
    elements.each(|bytes| {
        let (part, after) = std::mem::take(&mut rest).split_at_mut_checked(bytes.len()).unwrap_or_default();
        part.copy_from_slice(bytes);
        rest = after;
        Ok::<(), Error>(())
    })?;
    Ok(copy)
}

/// That a view of few bytes is not written out as many.
fn within_reason(shape: &[i64], dtype: Dtype) -> Result<()> {
    match numel(shape).and_then(|count| bytes_of(dtype, count)) {
        Some(nbytes) if nbytes <= limits::DERIVED_BYTES => Ok(()),
        _ => Err(Error::value(format!("a tensor of shape {shape:?} is too large"))),
    }
}

#[cfg(test)]
mod tests;
