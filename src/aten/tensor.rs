//! The tensor handle.

use std::ffi::c_void;
use std::ptr::NonNull;

use super::raw::{self, Info, Item, Tag, check, pointer};
use super::{Arg, Device, Layout, MemoryFormat, Storage};
use crate::checkpoint::dtype::Dtype;
use crate::error::{Error, Result};

/// A reference to libtorch's `TensorImpl`; clones are references to the same. Never undefined. tch holds the reference; its plain
/// operators are not used, as they panic on faults and on dtypes that its `Kind` lacks.
pub struct Tensor(tch::Tensor);

impl Clone for Tensor {
    fn clone(&self) -> Self {
        Tensor(self.0.shallow_clone())
    }
}

impl PartialEq for Tensor {
    /// Whether both are the same `TensorImpl`.
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
mod flag {
    pub const REQUIRES_GRAD: i32 = 1;
    pub const LEAF: i32 = 2;
    pub const HAS_STORAGE: i32 = 4;
    pub const CONJUGATE: i32 = 16;
    pub const NEGATIVE: i32 = 32;
}

impl Tensor {
    /// Takes over a reference that the C++ side gave out; none for an undefined tensor.
    pub(super) fn owned(pointer: *mut c_void) -> Option<Tensor> {
        let pointer = NonNull::new(pointer)?;
        // SAFETY: the reference is ours to hand on; the box is an `at::Tensor`, which tch frees.
        Some(Tensor(unsafe { tch::Tensor::from_ptr(raw::torchsh_tensor_box(pointer.as_ptr()).cast()) }))
    }

    /// Another reference to a tensor that something else holds.
    pub(super) fn borrowed(pointer: *const c_void) -> Option<Tensor> {
        let pointer = NonNull::new(pointer.cast_mut())?;
        // SAFETY: the pointer is live, as its holder is.
        unsafe { raw::torchsh_tensor_retain(pointer.as_ptr()) };
        Tensor::owned(pointer.as_ptr())
    }

    /// The `TensorImpl`.
    pub(super) fn raw(&self) -> *const c_void {
        // SAFETY: an `at::Tensor` is one pointer, to its `TensorImpl` (a static assertion of tensor.cpp).
        unsafe { *self.0.as_ptr().cast::<*const c_void>() }
    }

    /// The reference, for the C++ side to take over.
    pub(super) fn into_raw(self) -> *mut c_void {
        let pointer = self.raw();
        // SAFETY: the pointer is live, as `self` is; the reference added here outlives it.
        unsafe { raw::torchsh_tensor_retain(pointer) };
        pointer.cast_mut()
    }

    fn made(body: impl FnOnce(*mut *mut c_void) -> *mut raw::Fault) -> Result<Tensor> {
        Tensor::owned(pointer(body)?).ok_or_else(|| Error::runtime("undefined tensor"))
    }

    pub(super) fn of(body: impl FnOnce(*mut *mut c_void) -> *mut raw::Fault) -> Result<Tensor> {
        Tensor::made(body)
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

    fn has(&self, flag: i32) -> bool {
        self.info().flags & flag != 0
    }

    /// Whether both are the same tensor object of libtorch.
    #[must_use]
    pub fn is_same(&self, other: &Tensor) -> bool {
        self.raw() == other.raw()
    }

    /// The size of each dimension.
    #[must_use]
    pub fn sizes(&self) -> Vec<i64> {
        let info = self.info();
        numbers(info.sizes, info.dimensions)
    }

    /// Runs `read` on the sizes of its dimensions, where they lie.
    pub fn with_sizes<T>(&self, read: impl FnOnce(&[i64]) -> T) -> T {
        let mut count = 0;
        // SAFETY: `count` outlives the call. Sizes are plain fields of every tensor that is not of a class of Python's.
        let sizes = unsafe { raw::torchsh_tensor_sizes(self.raw(), &raw mut count) };
        if sizes.is_null() {
            return read(&[]);
        }
        // SAFETY: libtorch holds so many numbers there as long as the tensor lives unchanged, which it does during `read`.
        read(unsafe { std::slice::from_raw_parts(sizes, count) })
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
        let mut yes = false;
        // SAFETY: the tensor is live, `yes` outlives the call.
        let fault = unsafe {
            raw::torchsh_tensor_is_contiguous(self.raw(), i32::from(format.number()), &raw mut yes)
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
        // SAFETY: the tensor is live.
        pointer(|out| unsafe { raw::torchsh_tensor_grad(self.raw(), out) }).ok().and_then(Tensor::owned)
    }

    /// Puts a gradient there, or takes it away.
    ///
    /// # Errors
    /// What libtorch raises.
    pub fn set_grad(&self, grad: Option<&Tensor>) -> Result<()> {
        // libtorch adds to it by itself.
        grad.map_or(Ok(()), Tensor::fill_storage)?;
        let grad = grad.map_or(std::ptr::null(), Tensor::raw);
        // SAFETY: both tensors are live.
        check(unsafe { raw::torchsh_tensor_set_grad(self.raw(), grad) })
    }

    /// Asks for gradients, or no longer.
    ///
    /// # Errors
    /// An integer dtype, or a tensor that is no leaf.
    pub fn set_requires_grad(&self, wanted: bool) -> Result<()> {
        // SAFETY: the tensor is live.
        check(unsafe { raw::torchsh_tensor_set_requires_grad(self.raw(), wanted) })
    }

    /// Keeps the gradient of a tensor that is no leaf.
    ///
    /// # Errors
    /// A tensor without `requires_grad`.
    pub fn retain_grad(&self) -> Result<()> {
        // SAFETY: the tensor is live.
        check(unsafe { raw::torchsh_tensor_retain_grad(self.raw()) })
    }

    /// Whether [`Tensor::retain_grad`] was called.
    #[must_use]
    pub fn retains_grad(&self) -> bool {
        let mut yes = false;
        // SAFETY: the tensor is live, `yes` outlives the call.
        check(unsafe { raw::torchsh_tensor_retains_grad(self.raw(), &raw mut yes) }).is_ok() && yes
    }

    /// The tensor it is a view of.
    #[must_use]
    pub fn base(&self) -> Option<Tensor> {
        // SAFETY: the tensor is live.
        pointer(|out| unsafe { raw::torchsh_tensor_base(self.raw(), out) }).ok().and_then(Tensor::owned)
    }

    /// How often its memory was changed in place.
    ///
    /// # Errors
    /// Tensors made in inference mode do not count.
    pub fn version(&self) -> Result<i64> {
        let mut version = 0;
        // SAFETY: the tensor is live, `version` outlives the call.
        check(unsafe { raw::torchsh_tensor_version(self.raw(), &raw mut version) })?;
        Ok(version)
    }

    /// Another tensor's memory, sizes and dtype under this object (`t.data = other`).
    ///
    /// # Errors
    /// Types that do not agree.
    pub fn set_data(&self, data: &Tensor) -> Result<()> {
        // SAFETY: both tensors are live.
        check(unsafe { raw::torchsh_tensor_set_data(self.raw(), data.raw()) })
    }

    /// The same memory without history, with a version counter of its own (`t.data`).
    ///
    /// # Errors
    /// What libtorch raises.
    pub fn data(&self) -> Result<Tensor> {
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
        // SAFETY: the tensor is live.
        Storage::owned(pointer(|out| unsafe { raw::torchsh_tensor_storage(self.raw(), out) })?)
            .ok_or_else(|| Error::runtime("Cannot access storage of undefined tensor"))
    }

    /// Where it begins in its storage, in elements.
    #[must_use]
    pub fn storage_offset(&self) -> i64 {
        let mut offset = 0;
        // SAFETY: the tensor is live; a fault (a sparse tensor) leaves 0.
        drop(check(unsafe { raw::torchsh_tensor_offset(self.raw(), &raw mut offset) }));
        offset
    }

    /// The address of its first element; 0 where there is none.
    #[must_use]
    pub fn data_ptr(&self) -> usize {
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
        self.fill_storage()?;
        let mut item = Item::new(Tag::None);
        // SAFETY: the tensor is live, `item` outlives the call.
        check(unsafe { raw::torchsh_tensor_item(self.raw(), &raw mut item) })?;
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
