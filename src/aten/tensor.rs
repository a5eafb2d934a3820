//! The tensor handle.

use std::ffi::c_void;
use std::ptr::NonNull;
use std::rc::Rc;

use super::raw::{self, Info, Item, Tag, check, pointer};
use super::record::RecordTensor;
use super::storage::LiveStorage;
use super::{Arg, Device, Layout, MemoryFormat, Storage};
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_checkpoint::origin;
use torchsh_checkpoint::record::TensorRecord;

/// A tensor: libtorch's, or one of a file that libtorch has not seen yet ([`RecordTensor`]). Clones are references to the same.
#[derive(Clone)]
pub struct Tensor(Held);

#[derive(Clone)]
enum Held {
    Live(LiveTensor),
    Record(Rc<RecordTensor>),
}

/// A reference to libtorch's `TensorImpl`; clones are references to the same. Never undefined.
pub(super) struct LiveTensor(NonNull<c_void>);

impl Clone for LiveTensor {
    fn clone(&self) -> Self {
        // SAFETY: the pointer is live, as `self` is.
        unsafe { raw::torchsh_tensor_retain(self.raw()) };
        LiveTensor(self.0)
    }
}

impl Drop for LiveTensor {
    fn drop(&mut self) {
        // SAFETY: this reference is ours, and nobody uses it from here on.
        unsafe { raw::torchsh_tensor_release(self.raw()) };
    }
}

impl PartialEq for Tensor {
    /// Whether both are the same tensor object.
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other)
    }
}

impl std::fmt::Debug for Tensor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tensor({:?}, {}, {})", self.sizes(), self.dtype(), self.device())
    }
}

/// Bits of `Info::flags`, by `Flag` in tensor.cpp.
pub(super) mod flag {
    pub const REQUIRES_GRAD: i32 = 1;
    pub const LEAF: i32 = 2;
    pub const HAS_STORAGE: i32 = 4;
    pub const CONJUGATE: i32 = 16;
    pub const NEGATIVE: i32 = 32;
    pub const ZERO: i32 = 256;
}

impl LiveTensor {
    pub fn raw(&self) -> *const c_void {
        self.0.as_ptr()
    }

    pub fn made(body: impl FnOnce(*mut *mut c_void) -> *mut raw::Fault) -> Result<LiveTensor> {
        NonNull::new(pointer(body)?).map(LiveTensor).ok_or_else(|| Error::runtime("undefined tensor"))
    }

    pub fn set_requires_grad(&self, wanted: bool) -> Result<()> {
        // SAFETY: the tensor is live.
        check(unsafe { raw::torchsh_tensor_set_requires_grad(self.raw(), wanted) })
    }

    fn info(&self) -> Info {
        let mut info = Info {
            dtype: 0,
            layout: 0,
            device: 0,
            device_index: -1,
            dimensions: 0,
            numel: 0,
            sizes: std::ptr::null(),
            strides: std::ptr::null(),
            flags: 0,
        };
        // SAFETY: `info` outlives the call. A fault leaves what was filled so far.
        drop(check(unsafe { raw::torchsh_tensor_info(self.raw(), &raw mut info) }));
        info
    }
}

impl Tensor {
    pub(super) fn live(tensor: LiveTensor) -> Tensor {
        Tensor(Held::Live(tensor))
    }

    pub(super) fn record(tensor: Rc<RecordTensor>) -> Tensor {
        Tensor(Held::Record(tensor))
    }

    /// Takes over a reference that the C++ side gave out; none for an undefined tensor.
    pub(super) fn owned(pointer: *mut c_void) -> Option<Tensor> {
        NonNull::new(pointer).map(LiveTensor).map(Tensor::live)
    }

    /// Another reference to a tensor that something else holds.
    pub(super) fn borrowed(pointer: *const c_void) -> Option<Tensor> {
        let pointer = NonNull::new(pointer.cast_mut())?;
        // SAFETY: the pointer is live, as its holder is.
        unsafe { raw::torchsh_tensor_retain(pointer.as_ptr()) };
        Tensor::owned(pointer.as_ptr())
    }

    /// libtorch's tensor, if it has seen it.
    pub(super) fn awake(&self) -> Option<&LiveTensor> {
        match &self.0 {
            Held::Live(live) => Some(live),
            Held::Record(record) => record.awake(),
        }
    }

    /// The record, as long as libtorch has not seen it.
    pub(super) fn asleep(&self) -> Option<&Rc<RecordTensor>> {
        match &self.0 {
            Held::Record(record) if record.awake().is_none() => Some(record),
            _ => None,
        }
    }

    /// A file's tensor for who reads its elements later, whatever libtorch does to it until then; none where libtorch has seen
    /// its storage, and for the meta device.
    #[must_use]
    pub fn read_later(&self) -> Option<TensorRecord> {
        self.asleep()?.read_later()
    }

    /// Whether it is a file's, and libtorch has not seen it yet.
    #[must_use]
    pub fn is_record(&self) -> bool {
        self.asleep().is_some()
    }

    /// Of a record: the elements whose index along each dimension is among those listed for it, as a small tensor.
    ///
    /// # Errors
    /// What is wrong with its bytes; an index that lies outside.
    pub fn picked(&self, indices: &[Vec<i64>]) -> Option<Result<Tensor>> {
        self.asleep().map(|record| record.picked(indices))
    }

    /// libtorch's tensor, made if need be.
    ///
    /// # Errors
    /// The door cannot be opened.
    pub(super) fn wake(&self) -> Result<&LiveTensor> {
        match &self.0 {
            Held::Live(live) => Ok(live),
            Held::Record(record) => record.live(),
        }
    }

    /// The `TensorImpl`; null before it is awake.
    pub(super) fn raw(&self) -> *const c_void {
        self.awake().map_or(std::ptr::null(), LiveTensor::raw)
    }

    /// The reference, for the C++ side to take over.
    ///
    /// # Errors
    /// The door cannot be opened.
    pub(super) fn into_raw(self) -> Result<*mut c_void> {
        let live = self.wake()?.clone();
        Ok(std::mem::ManuallyDrop::new(live).0.as_ptr())
    }

    fn made(body: impl FnOnce(*mut *mut c_void) -> *mut raw::Fault) -> Result<Tensor> {
        LiveTensor::made(body).map(Tensor::live)
    }

    pub(super) fn of(body: impl FnOnce(*mut *mut c_void) -> *mut raw::Fault) -> Result<Tensor> {
        Tensor::made(body)
    }

    /// What it is. The numbers that it points to live as long as the tensor, unchanged.
    pub(super) fn info(&self) -> Info {
        match &self.0 {
            Held::Live(live) => live.info(),
            Held::Record(record) => record.awake().map_or_else(|| record.info(), LiveTensor::info),
        }
    }

    fn has(&self, flag: i32) -> bool {
        self.info().flags & flag != 0
    }

    /// Whether both are the same tensor object.
    #[must_use]
    pub fn is_same(&self, other: &Tensor) -> bool {
        match (self.asleep(), other.asleep()) {
            (Some(one), Some(other)) => Rc::ptr_eq(one, other),
            (None, None) => self.raw() == other.raw(),
            _ => false,
        }
    }

    /// A number that tells this tensor from every other that lives; a file's keeps it when libtorch first sees it.
    #[must_use]
    pub fn identity(&self) -> usize {
        match &self.0 {
            Held::Live(live) => live.raw() as usize,
            Held::Record(record) => Rc::as_ptr(record) as usize,
        }
    }

    /// The size of each dimension.
    #[must_use]
    pub fn sizes(&self) -> Vec<i64> {
        self.with_sizes(<[i64]>::to_vec)
    }

    /// Runs `read` on the sizes of its dimensions, without a list of them where they are few.
    pub fn with_sizes<T>(&self, read: impl FnOnce(&[i64]) -> T) -> T {
        if let Some(record) = self.asleep() {
            return read(&record.sizes);
        }
        let mut few = [0; 8];
        // SAFETY: no more numbers are written than there is room for.
        let count = unsafe { raw::torchsh_tensor_sizes(self.raw(), few.as_mut_ptr(), few.len()) };
        match few.get(..count) {
            Some(sizes) => read(sizes),
            None => {
                let mut all = vec![0; count];
                // SAFETY: as above.
                unsafe { raw::torchsh_tensor_sizes(self.raw(), all.as_mut_ptr(), all.len()) };
                read(&all)
            }
        }
    }

    /// Elements between neighbours along each dimension; none for sparse tensors.
    #[must_use]
    pub fn strides(&self) -> Vec<i64> {
        let info = self.info();
        numbers(info.strides, info.dimensions)
    }

    /// The number of its dimensions.
    #[must_use]
    pub fn dim(&self) -> usize {
        usize::try_from(self.info().dimensions).unwrap_or(0)
    }

    /// The number of its elements.
    #[must_use]
    pub fn numel(&self) -> i64 {
        self.info().numel
    }

    /// The type of its elements.
    #[must_use]
    pub fn dtype(&self) -> Dtype {
        if let Some(record) = self.asleep() {
            return record.dtype;
        }
        // SAFETY: the tensor is live.
        let number = unsafe { raw::torchsh_tensor_dtype(self.raw()) };
        Dtype::from_number(i64::from(number)).unwrap_or(Dtype::FLOAT32)
    }

    /// Where it lies.
    #[must_use]
    pub fn device(&self) -> Device {
        let info = self.info();
        Device::from_raw(info.device, info.device_index)
    }

    /// How its elements are stored.
    #[must_use]
    pub fn layout(&self) -> Layout {
        Layout::from_number(i64::from(self.info().layout)).unwrap_or(Layout::STRIDED)
    }

    /// Whether its elements lie in order, one after another.
    #[must_use]
    pub fn is_contiguous(&self, format: MemoryFormat) -> bool {
        if let Some(record) = self.asleep()
            && format == MemoryFormat::CONTIGUOUS
        {
            return record.is_contiguous();
        }
        let Ok(live) = self.wake() else { return false };
        let mut yes = false;
        // SAFETY: the tensor is live, `yes` outlives the call.
        let fault = unsafe {
            raw::torchsh_tensor_is_contiguous(live.raw(), i32::from(format.number()), &raw mut yes)
        };
        check(fault).is_ok() && yes
    }

    /// Whether it is a view that stands for the complex conjugate of its memory.
    #[must_use]
    pub fn is_conj(&self) -> bool {
        self.has(flag::CONJUGATE)
    }

    /// Whether it is a view that stands for the negative of its memory.
    #[must_use]
    pub fn is_neg(&self) -> bool {
        self.has(flag::NEGATIVE)
    }

    /// Whether it stands for zeros that have no memory (`_efficientzerotensor`).
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.has(flag::ZERO)
    }

    // ---- gradients ----

    /// Whether gradients are computed for it.
    #[must_use]
    pub fn requires_grad(&self) -> bool {
        self.has(flag::REQUIRES_GRAD)
    }

    /// Whether no operator with a gradient made it.
    #[must_use]
    pub fn is_leaf(&self) -> bool {
        self.has(flag::LEAF)
    }

    /// Its gradient, once there is one.
    #[must_use]
    pub fn grad(&self) -> Option<Tensor> {
        let live = self.awake()?;
        // SAFETY: the tensor is live.
        pointer(|out| unsafe { raw::torchsh_tensor_grad(live.raw(), out) }).ok().and_then(Tensor::owned)
    }

    /// Puts a gradient there, or takes it away.
    ///
    /// # Errors
    /// What libtorch raises.
    pub fn set_grad(&self, grad: Option<&Tensor>) -> Result<()> {
        super::watch::before_gradient(self);
        // libtorch adds to it by itself.
        let grad = grad.map(Tensor::filled).transpose()?.map_or(std::ptr::null(), LiveTensor::raw);
        let live = self.wake()?;
        // SAFETY: both tensors are live.
        check(unsafe { raw::torchsh_tensor_set_grad(live.raw(), grad) })
    }

    /// Asks for gradients, or no longer.
    ///
    /// # Errors
    /// An integer dtype, or a tensor that is no leaf.
    pub fn set_requires_grad(&self, wanted: bool) -> Result<()> {
        super::watch::before_asking(self);
        if let Some(record) = self.asleep()
            && (!wanted || record.dtype.is_floating_point() || record.dtype.is_complex())
        {
            record.requires_grad.set(wanted);
            return Ok(());
        }
        self.wake()?.set_requires_grad(wanted)
    }

    /// The tensor it is a view of.
    #[must_use]
    pub fn base(&self) -> Option<Tensor> {
        let live = self.awake()?;
        // SAFETY: the tensor is live.
        pointer(|out| unsafe { raw::torchsh_tensor_base(live.raw(), out) }).ok().and_then(Tensor::owned)
    }

    /// How often its memory was changed in place.
    ///
    /// # Errors
    /// Tensors made in inference mode do not count.
    pub fn version(&self) -> Result<i64> {
        let Some(live) = self.awake() else { return Ok(0) };
        let mut version = 0;
        // SAFETY: the tensor is live, `version` outlives the call.
        check(unsafe { raw::torchsh_tensor_version(live.raw(), &raw mut version) })?;
        Ok(version)
    }

    /// Another tensor's memory, sizes and dtype under this object (`t.data = other`).
    ///
    /// # Errors
    /// Types that do not agree.
    pub fn set_data(&self, data: &Tensor) -> Result<()> {
        super::watch::before_memory(self);
        // SAFETY: both tensors are live.
        check(unsafe { raw::torchsh_tensor_set_data(self.wake()?.raw(), data.wake()?.raw()) })
    }

    /// The same memory without history, with a version counter of its own (`t.data`).
    ///
    /// # Errors
    /// What libtorch raises.
    pub fn data(&self) -> Result<Tensor> {
        if let Some(record) = self.asleep() {
            return Ok(Tensor::record(record.detached()));
        }
        // SAFETY: the tensor is live.
        Tensor::made(|out| unsafe { raw::torchsh_tensor_variable_data(self.raw(), out) })
    }

    // ---- memory ----

    /// Whether it has memory to speak of (sparse tensors have not).
    #[must_use]
    pub fn has_storage(&self) -> bool {
        self.has(flag::HAS_STORAGE)
    }

    /// Its storage.
    ///
    /// # Errors
    /// Sparse tensors have none.
    pub fn storage(&self) -> Result<Storage> {
        if let Some(record) = self.asleep() {
            return Ok(Storage::record(record.storage.clone()));
        }
        // SAFETY: the tensor is live.
        LiveStorage::made(|out| unsafe { raw::torchsh_tensor_storage(self.raw(), out) }).map(Storage::live)
    }

    /// Where it begins in its storage, in elements.
    #[must_use]
    pub fn storage_offset(&self) -> i64 {
        if let Some(record) = self.asleep() {
            return record.offset;
        }
        let mut offset = 0;
        // SAFETY: the tensor is live; a fault (a sparse tensor) leaves 0.
        drop(check(unsafe { raw::torchsh_tensor_offset(self.raw(), &raw mut offset) }));
        offset
    }

    /// The address of its first element; 0 where there is none.
    #[must_use]
    pub fn data_ptr(&self) -> usize {
        if let Some(record) = self.asleep() {
            return record.start();
        }
        let mut data = std::ptr::null();
        // SAFETY: the tensor is live.
        drop(check(unsafe { raw::torchsh_tensor_data(self.raw(), &raw mut data) }));
        data as usize
    }

    /// Its only number: a bool, an int, a float or a complex.
    ///
    /// # Errors
    /// More than one element, or a tensor without data.
    pub fn item(&self) -> Result<Arg> {
        let live = self.filled()?;
        let mut item = Item::new(Tag::None);
        // SAFETY: the tensor is live, `item` outlives the call.
        check(unsafe { raw::torchsh_tensor_item(live.raw(), &raw mut item) })?;
        origin::refuse()?;
        Ok(match item.tag {
            Tag::Bool => Arg::Bool(item.integer != 0),
            Tag::Int => Arg::Int(item.integer),
            Tag::Float => Arg::Float(item.real),
            Tag::Complex => Arg::Complex(item.real, item.imaginary),
            _ => Arg::None,
        })
    }
}

/// A copy of `count` numbers that libtorch holds.
fn numbers(start: *const i64, count: i64) -> Vec<i64> {
    match usize::try_from(count) {
        // SAFETY: libtorch holds `count` numbers there as long as the tensor lives unchanged, which it does here.
        Ok(count) if !start.is_null() => unsafe { std::slice::from_raw_parts(start, count) }.to_vec(),
        _ => Vec::new(),
    }
}
