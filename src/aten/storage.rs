//! Storages: memory that tensors share.

use std::ffi::c_void;
use std::ptr::NonNull;
use std::rc::Rc;

use super::raw::{self, check, pointer};
use super::record::{RecordStorage, RecordTensor};
use super::tensor::LiveTensor;
use super::{Device, Tensor};
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_checkpoint::mapping::Region;
use torchsh_checkpoint::record;

/// Memory that tensors share: libtorch's, or that of a file which libtorch has not seen yet. Clones are references to the same.
#[derive(Clone)]
pub struct Storage(Held);

#[derive(Clone)]
enum Held {
    Live(LiveStorage),
    Record(Rc<RecordStorage>),
}

/// A reference to libtorch's `StorageImpl`; clones are references to the same.
pub(super) struct LiveStorage(NonNull<c_void>);

impl Clone for LiveStorage {
    fn clone(&self) -> Self {
        // SAFETY: the pointer is live, as `self` is.
        unsafe { raw::torchsh_storage_retain(self.raw()) };
        LiveStorage(self.0)
    }
}

impl Drop for LiveStorage {
    fn drop(&mut self) {
        // SAFETY: this reference is ours, and nobody uses it from here on.
        unsafe { raw::torchsh_storage_release(self.raw()) };
    }
}

impl std::fmt::Debug for Storage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Storage({} bytes on {})", self.nbytes(), self.device())
    }
}

struct About {
    data: *const c_void,
    nbytes: usize,
    device: Device,
}

/// Gives a region's share of its backing back: libtorch calls it when the last tensor is gone.
unsafe extern "C" fn drop_region(context: *mut c_void) {
    // SAFETY: `context` is the box that `over` leaked, given back once.
    drop(unsafe { Box::from_raw(context.cast::<Region>()) });
}

/// Lets go of the storage that another is a part of.
unsafe extern "C" fn drop_whole(context: *mut c_void) {
    // SAFETY: `context` is the box that `part` leaked, given back once.
    drop(unsafe { Box::from_raw(context.cast::<LiveStorage>()) });
}

impl LiveStorage {
    pub fn raw(&self) -> *const c_void {
        self.0.as_ptr()
    }

    pub fn made(body: impl FnOnce(*mut *mut c_void) -> *mut raw::Fault) -> Result<LiveStorage> {
        NonNull::new(pointer(body)?).map(LiveStorage).ok_or_else(|| Error::runtime("undefined storage"))
    }

    /// A storage on the bytes of a region (of a mapped file, say), which lives as long as the storage. Writes go to
    /// the region's memory; growing moves it to memory of libtorch's.
    pub fn over(region: Region) -> Result<LiveStorage> {
        // A shut door would take nothing over.
        super::door::open()?;
        let (data, length) = (region.as_mut_ptr(), region.len());
        let context = Box::into_raw(Box::new(region));
        // SAFETY: the region lives until `drop_region`; its memory is ours to write (mappings are private).
        LiveStorage::made(|out| unsafe {
            raw::torchsh_storage_over(data.cast(), length, context.cast(), drop_region, out)
        })
    }

    /// As [`Storage::fresh`].
    pub fn fresh(nbytes: usize, meta: bool) -> Result<LiveStorage> {
        // SAFETY: nothing is borrowed.
        let storage = LiveStorage::made(|out| unsafe { raw::torchsh_storage_fresh(nbytes, meta, out) })?;
        super::watch::note_fresh(storage.raw() as usize);
        Ok(storage)
    }

    fn about(&self) -> About {
        let mut about = About { data: std::ptr::null(), nbytes: 0, device: Device::CPU };
        let (mut kind, mut index) = (0, -1);
        // SAFETY: the storage is live, the places outlive the call.
        drop(check(unsafe {
            raw::torchsh_storage_info(
                self.raw(),
                &raw mut about.data,
                &raw mut about.nbytes,
                &raw mut kind,
                &raw mut index,
            )
        }));
        about.device = Device::from_raw(kind, index);
        about
    }
}

/// A tensor on a storage of libtorch's. Whoever calls this has checked that it lies within.
pub(super) fn tensor_on(
    storage: &LiveStorage,
    dtype: Dtype,
    sizes: &[i64],
    strides: &[i64],
    offset: i64,
) -> Result<LiveTensor> {
    let number = i32::from(dtype.number());
    // SAFETY: the storage is live; sizes and strides are as many; all elements lie within.
    LiveTensor::made(|out| unsafe {
        raw::torchsh_tensor_on(
            storage.raw(),
            number,
            sizes.as_ptr(),
            strides.as_ptr(),
            sizes.len(),
            offset,
            out,
        )
    })
}

impl Storage {
    pub(super) fn live(storage: LiveStorage) -> Storage {
        Storage(Held::Live(storage))
    }

    pub(super) fn record(storage: Rc<RecordStorage>) -> Storage {
        Storage(Held::Record(storage))
    }

    /// libtorch's storage, if it has seen it.
    fn awake(&self) -> Option<&LiveStorage> {
        match &self.0 {
            Held::Live(live) => Some(live),
            Held::Record(record) => record.awake(),
        }
    }

    /// libtorch's storage, made if need be.
    pub(super) fn wake(&self) -> Result<&LiveStorage> {
        match &self.0 {
            Held::Live(live) => Ok(live),
            Held::Record(record) => record.live(),
        }
    }

    /// What libtorch knows it by; null before it is awake.
    pub(super) fn raw(&self) -> *const c_void {
        self.awake().map_or(std::ptr::null(), LiveStorage::raw)
    }

    /// A storage whose bytes are taken from a file's when they are first needed. What is wrong with them is said then.
    ///
    /// # Errors
    /// There are no addresses for it.
    pub fn of_file(source: Rc<record::Storage>) -> Result<Storage> {
        RecordStorage::new(source).map(Storage::record)
    }

    /// A storage of as many bytes that hold anything; `meta`: without memory.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn fresh(nbytes: usize, meta: bool) -> Result<Storage> {
        LiveStorage::fresh(nbytes, meta).map(Storage::live)
    }

    /// Its length in bytes.
    #[must_use]
    pub fn nbytes(&self) -> usize {
        self.told(|live| live.about().nbytes, RecordStorage::nbytes)
    }

    /// The address of its first byte, as [`Storage::data_ptr`] has it, and its length.
    #[must_use]
    pub fn memory(&self) -> (usize, usize) {
        let of_live = |live: &LiveStorage| {
            let about = live.about();
            (about.data as usize, about.nbytes)
        };
        self.told(of_live, |record| (record.start(), record.nbytes()))
    }

    /// The address of its first byte; 0 where it has no memory.
    #[must_use]
    pub fn data_ptr(&self) -> usize {
        self.told(|live| live.about().data as usize, RecordStorage::start)
    }

    /// Where it lies.
    #[must_use]
    pub fn device(&self) -> Device {
        self.told(|live| live.about().device, RecordStorage::device)
    }

    /// What libtorch says of it, or else the record.
    fn told<T>(&self, live: impl FnOnce(&LiveStorage) -> T, record: impl FnOnce(&RecordStorage) -> T) -> T {
        match &self.0 {
            Held::Live(storage) => live(storage),
            Held::Record(storage) => storage.awake().map_or_else(|| record(storage), live),
        }
    }

    /// The file's storage, if its bytes are not made yet.
    #[must_use]
    pub fn pending(&self) -> Option<Rc<record::Storage>> {
        self.told(|live| super::pending::source_at(live.about().data as usize), RecordStorage::pending)
    }

    /// The blocks that its numbers were made of, and are written as where a format has such.
    #[must_use]
    pub fn block(&self) -> Option<torchsh_checkpoint::gguf::blocks::BlockType> {
        self.told(|live| super::pending::block_at(live.about().data as usize), RecordStorage::block)
    }

    /// How many numbers became infinite or NaN when its bytes were made of others, where that is known.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.told(|_| 0, RecordStorage::lost)
    }

    /// The address of the storage object, for identity: tensors that share memory share it.
    #[must_use]
    pub fn address(&self) -> usize {
        self.told(|live| live.raw() as usize, |record| std::ptr::from_ref(record) as usize)
    }

    /// Whether both are the same storage.
    #[cfg(test)]
    #[must_use]
    pub fn is_same(&self, other: &Storage) -> bool {
        self.address() == other.address()
    }

    /// Makes it longer or shorter; what fits is kept.
    ///
    /// # Errors
    /// A storage that is not on the CPU, or no memory.
    pub fn resize(&self, nbytes: usize) -> Result<()> {
        super::watch::lose("changed the size of a storage");
        let live = self.wake()?;
        super::pending::fill_at(live.about().data as usize)?;
        // SAFETY: the storage is live.
        check(unsafe { raw::torchsh_storage_resize(live.raw(), nbytes) })
    }

    /// Bytes of it as a storage of its own on the same memory, as PyTorch slices one. As there, it must not be used after the
    /// whole was made longer, which moves its memory.
    ///
    /// # Errors
    /// Bytes beyond its end, or memory that is not the CPU's.
    pub fn part(&self, start: usize, length: usize) -> Result<Storage> {
        let live = self.wake()?;
        let about = live.about();
        super::pending::fill_at(about.data as usize)?;
        if about.device.kind != super::DeviceKind::Cpu {
            return Err(Error::runtime(format!("a storage on {} cannot be sliced", about.device)));
        }
        if start.checked_add(length).is_none_or(|end| end > about.nbytes) {
            return Err(Error::runtime("out of bounds"));
        }
        if length == 0 {
            return Storage::fresh(0, false);
        }
        // What is written through the part is not seen to be written into the whole.
        super::watch::lose("wrote through a part of a storage");
        let context = Box::into_raw(Box::new(live.clone()));
        // SAFETY: the bytes lie within the storage, which the context holds until `drop_whole`.
        let made = LiveStorage::made(|out| unsafe {
            let data = about.data.cast_mut().cast::<u8>().add(start);
            raw::torchsh_storage_over(data.cast(), length, context.cast(), drop_whole, out)
        });
        made.map(Storage::live)
    }

    /// A tensor on it: strides and offset in elements; without strides, elements lie one after another.
    ///
    /// # Errors
    /// `RuntimeError` for a tensor that does not lie within the storage.
    pub fn tensor(
        &self,
        dtype: Dtype,
        sizes: &[i64],
        strides: Option<&[i64]>,
        offset: i64,
    ) -> Result<Tensor> {
        let strides = match strides {
            Some(strides) => strides.to_vec(),
            None => contiguous_strides(sizes).ok_or_else(|| too_large(sizes))?,
        };
        self.hold(dtype, sizes, &strides, offset)?;
        Ok(match &self.0 {
            Held::Live(live) => Tensor::live(tensor_on(live, dtype, sizes, &strides, offset)?),
            Held::Record(storage) => {
                Tensor::record(RecordTensor::new(storage.clone(), dtype, sizes.to_vec(), strides, offset))
            }
        })
    }

    /// Checks that a tensor lies within. libtorch does not.
    fn hold(&self, dtype: Dtype, sizes: &[i64], strides: &[i64], offset: i64) -> Result<()> {
        if sizes.len() != strides.len() {
            let (sizes, strides) = (sizes.len(), strides.len());
            return Err(Error::runtime(format!(
                "mismatch in length of strides and shape: {strides} strides, {sizes} sizes"
            )));
        }
        let end = last_byte(dtype, sizes, strides, offset).ok_or_else(|| too_large(sizes))?;
        let nbytes = self.nbytes();
        if usize::try_from(end).is_ok_and(|end| end <= nbytes) {
            return Ok(());
        }
        Err(Error::runtime(format!(
            "setStorage: sizes {sizes:?}, strides {strides:?}, storage offset {offset}, and itemsize {} requiring a \
             storage size of {end} are out of bounds for storage of size {nbytes}",
            dtype.itemsize()
        )))
    }
}

fn too_large(sizes: &[i64]) -> Error {
    Error::runtime(format!("sizes {sizes:?} are not those of a tensor"))
}

/// Strides of elements that lie one after another; none where a size is negative or they are beyond counting.
fn contiguous_strides(sizes: &[i64]) -> Option<Vec<i64>> {
    let mut strides = Vec::with_capacity(sizes.len());
    let mut next = 1_i64;
    for &size in sizes.iter().rev() {
        if size < 0 {
            return None;
        }
        strides.push(next);
        next = next.checked_mul(size.max(1))?;
    }
    strides.reverse();
    Some(strides)
}

/// One past the last byte that an element has; none for negative numbers and beyond counting.
fn last_byte(dtype: Dtype, sizes: &[i64], strides: &[i64], offset: i64) -> Option<i64> {
    let itemsize = i64::try_from(dtype.itemsize()).ok()?;
    if offset < 0 || sizes.iter().chain(strides).any(|&number| number < 0) {
        return None;
    }
    // libtorch counts elements in an i64 even where strides are 0.
    sizes.iter().try_fold(1_i64, |count, &size| count.checked_mul(size))?.checked_mul(itemsize)?;
    if sizes.contains(&0) {
        return Some(0);
    }
    let mut last = offset;
    for (&size, &stride) in sizes.iter().zip(strides) {
        last = last.checked_add((size - 1).checked_mul(stride)?)?;
    }
    last.checked_add(1)?.checked_mul(itemsize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensors_lie_on_the_bytes_of_a_region() {
        let region = Region::from((0..16).collect::<Vec<u8>>());
        let address = region.as_mut_ptr() as usize;
        let storage = Storage::live(LiveStorage::over(region).unwrap());
        let tensor = storage.tensor(Dtype::UINT8, &[2, 3], Some(&[4, 1]), 1).unwrap();
        assert_eq!(tensor.to_bytes().unwrap(), [1, 2, 3, 5, 6, 7]);
        assert_eq!(tensor.data_ptr(), address + 1);
        assert!(tensor.storage().unwrap().is_same(&storage));
        assert_eq!(storage.nbytes(), 16);
    }

    #[test]
    fn nothing_reaches_beyond_a_storage() {
        let storage = Storage::fresh(16, false).unwrap();
        assert!(storage.tensor(Dtype::FLOAT32, &[4], None, 0).is_ok());
        assert!(storage.tensor(Dtype::FLOAT32, &[4], None, 1).is_err());
        assert!(storage.tensor(Dtype::FLOAT32, &[2, 2], Some(&[3, 1]), 0).is_err());
        assert!(storage.tensor(Dtype::FLOAT32, &[-1], None, 0).is_err());
        assert!(storage.tensor(Dtype::FLOAT32, &[i64::MAX, 2], Some(&[0, 0]), 0).is_err());
        assert!(storage.tensor(Dtype::FLOAT32, &[2], Some(&[-1]), 1).is_err());
        assert!(storage.tensor(Dtype::FLOAT32, &[2], Some(&[i64::MAX]), 0).is_err());
        assert!(storage.tensor(Dtype::FLOAT32, &[0, 5], None, 0).is_ok());
    }

    #[test]
    fn a_region_lives_as_long_as_its_tensors() {
        let storage = Storage::live(LiveStorage::over(Region::from(vec![7_u8; 1 << 16])).unwrap());
        let tensor = storage.tensor(Dtype::UINT8, &[1 << 16], None, 0).unwrap();
        drop(storage);
        assert!(tensor.to_bytes().unwrap().iter().all(|&byte| byte == 7));
    }
}
