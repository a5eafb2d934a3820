//! Elements as bytes, little-endian as they lie in memory.

use super::raw::{self, Info, check};
use super::tensor::flag;
use super::{Arg, DeviceKind};
use super::{Device, Layout, MemoryFormat, Storage, Tensor, invoke};
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_checkpoint::gather::Elements;
use torchsh_checkpoint::origin;

impl Tensor {
    /// A CPU tensor with these sizes and a copy of these bytes.
    ///
    /// # Errors
    /// The bytes are not as many as the sizes ask for, or there is no memory for them.
    pub fn from_bytes(bytes: &[u8], sizes: &[i64], dtype: Dtype) -> Result<Tensor> {
        let wanted = byte_count(sizes, dtype).filter(|&wanted| wanted == bytes.len());
        if wanted.is_none() {
            return Err(Error::value(format!(
                "{} bytes do not make a tensor of sizes {sizes:?} and dtype {dtype}",
                bytes.len()
            )));
        }
        let tensor = Storage::fresh(bytes.len(), false)?.tensor(dtype, sizes, None, 0)?;
        tensor.fill(bytes)?;
        Ok(tensor)
    }

    /// Writes all elements of a contiguous CPU tensor.
    fn fill(&self, bytes: &[u8]) -> Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let mut data = std::ptr::null_mut();
        // SAFETY: the tensor is live.
        check(unsafe { raw::torchsh_tensor_mutable_data(self.wake()?.raw(), &raw mut data) })?;
        // SAFETY: the tensor is fresh, contiguous and as many bytes long.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), data.cast(), bytes.len()) };
        Ok(())
    }

    /// Its elements in order.
    ///
    /// # Errors
    /// A tensor without data (meta), or one that is not strided.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        self.with_bytes(<[u8]>::to_vec)
    }

    /// Shows its elements in order to `body`; copies them only where they lie in another order or elsewhere than in
    /// the CPU's memory.
    ///
    /// # Errors
    /// As [`Tensor::to_bytes`].
    pub fn with_bytes<T>(&self, body: impl FnOnce(&[u8]) -> T) -> Result<T> {
        if let Some(record) = self.asleep() {
            let done = read(&record.elements()?, body)?;
            return origin::refuse().map(|()| done);
        }
        let plain = self.plain()?;
        let live = plain.filled()?;
        let length = byte_count(&plain.sizes(), plain.dtype()).unwrap_or(0);
        if length == 0 {
            return Ok(body(&[]));
        }
        let mut data = std::ptr::null();
        // SAFETY: the tensor is live.
        check(unsafe { raw::torchsh_tensor_data(live.raw(), &raw mut data) })?;
        if data.is_null() || !plain.lies_within(length) {
            return Err(Error::runtime("the tensor has no data: its storage was made smaller"));
        }
        // SAFETY: `plain` is contiguous, lies in the CPU's memory and lives until `body` is done.
        let done = body(unsafe { std::slice::from_raw_parts(data.cast(), length) });
        origin::refuse().map(|()| done)
    }

    /// Shows the bytes of one element to `body`; indices below zero count from the end. None: the element is not in the CPU's
    /// memory as it is, or there is none at these indices.
    pub fn with_element<T>(
        &self,
        indices: &[i64],
        body: impl FnOnce(Dtype, &[u8]) -> T,
    ) -> Option<Result<T>> {
        let (info, dtype) = self.plain_info()?;
        let itemsize = dtype.itemsize();
        let place = self.storage_offset().checked_add(place_of(&info, indices)?)?;
        let start = usize::try_from(place).ok()?.checked_mul(itemsize)?;
        if let Some(record) = self.asleep() {
            let bytes = record.bytes_that_lie()?;
            return Some(bytes.and_then(|bytes| {
                let element = bytes.bytes().get(start..start + itemsize).ok_or_else(no_data)?;
                let done = body(dtype, element);
                origin::refuse().map(|()| done)
            }));
        }
        if let Err(error) = self.filled() {
            return Some(Err(error));
        }
        with_stored(&self.storage().ok()?, start, itemsize, |bytes| body(dtype, bytes))
    }

    /// What it is, if its elements are in the CPU's memory as they are.
    fn plain_info(&self) -> Option<(Info, Dtype)> {
        const ELSEWHERE: i32 = flag::CONJUGATE | flag::NEGATIVE | flag::ZERO;
        let info = self.info();
        let is_plain = info.device == DeviceKind::Cpu as i32
            && Layout::from_number(i64::from(info.layout)) == Some(Layout::STRIDED)
            && info.flags & ELSEWHERE == 0;
        Dtype::from_number(i64::from(info.dtype)).filter(|_| is_plain).map(|dtype| (info, dtype))
    }

    /// Its elements to be gone through one by one, each read when its turn comes. None: it has not just one dimension, or its
    /// elements are not in libtorch's memory as they are.
    pub fn line(&self) -> Option<Line> {
        let (info, dtype) = self.plain_info().filter(|_| self.asleep().is_none())?;
        self.filled().ok()?;
        let (first, offset) = (place_of(&info, &[0])?, self.storage_offset());
        // One further than the first, or as far: there is no second.
        let second = place_of(&info, &[1]).unwrap_or(first);
        Some(Line {
            storage: self.storage().ok()?,
            dtype,
            first: offset.checked_add(first)?,
            step: second - first,
        })
    }

    /// Whether its storage holds that many bytes from its first element on.
    fn lies_within(&self, length: usize) -> bool {
        let start = usize::try_from(self.storage_offset()).ok();
        let end = start.and_then(|start| start.checked_mul(self.dtype().itemsize())?.checked_add(length));
        self.storage().is_ok_and(|storage| end.is_some_and(|end| end <= storage.nbytes()))
    }

    /// The same elements as a contiguous CPU tensor; itself where it is one.
    fn plain(&self) -> Result<Tensor> {
        if self.device().kind == DeviceKind::Meta {
            return Err(no_data());
        }
        if self.layout() != Layout::STRIDED {
            return Err(Error::runtime(format!(
                "a tensor of layout torch.{} has no bytes",
                self.layout().name()
            )));
        }
        let mut tensor = self.clone();
        if self.is_zero() {
            return tensor.through("detach")?.through("clone");
        }
        if self.is_conj() || self.is_neg() || self.device().kind != DeviceKind::Cpu {
            tensor = tensor.through("detach")?;
        }
        for (needed, operator) in [(self.is_conj(), "resolve_conj"), (self.is_neg(), "resolve_neg")] {
            if needed {
                tensor = tensor.through(operator)?;
            }
        }
        if tensor.device().kind != DeviceKind::Cpu {
            let device = ("device", Arg::Device(Device::CPU));
            tensor = result(invoke("aten", "_to_copy", &[Arg::Tensor(tensor)], &[device])?)?;
        }
        if !tensor.is_contiguous(MemoryFormat::CONTIGUOUS) {
            tensor = tensor.through("detach")?.through("contiguous")?;
        }
        Ok(tensor)
    }

    /// The result of an operator that takes this tensor alone.
    ///
    /// # Errors
    /// What the operator raises.
    pub fn through(&self, operator: &str) -> Result<Tensor> {
        result(invoke("Tensor", operator, &[Arg::from(self)], &[])?)
    }
}

pub(super) fn no_data() -> Error {
    Error::new(torchsh_base::error::Kind::NotImplemented, "Cannot copy out of meta tensor; no data!")
}

/// The elements of a tensor of one dimension.
pub struct Line {
    storage: Storage,
    dtype: Dtype,
    first: i64,
    step: i64,
}

impl Line {
    /// Shows the bytes of an element. None: the storage does not hold it any more.
    pub fn with_element<T>(&self, at: i64, body: impl FnOnce(Dtype, &[u8]) -> T) -> Option<Result<T>> {
        let itemsize = self.dtype.itemsize();
        let place = self.first.checked_add(at.checked_mul(self.step)?)?;
        let start = usize::try_from(place).ok()?.checked_mul(itemsize)?;
        with_stored(&self.storage, start, itemsize, |bytes| body(self.dtype, bytes))
    }
}

/// Shows bytes of a storage of libtorch's in the CPU's memory. None: it does not hold them.
fn with_stored<T>(
    storage: &Storage,
    start: usize,
    length: usize,
    body: impl FnOnce(&[u8]) -> T,
) -> Option<Result<T>> {
    let (address, all) = storage.memory();
    if address == 0 || start.checked_add(length)? > all {
        return None;
    }
    // SAFETY: the storage is libtorch's and in the CPU's memory, lives until `body` is done, and holds as much.
    let done = body(unsafe { std::slice::from_raw_parts((address + start) as *const u8, length) });
    Some(origin::refuse().map(|()| done))
}

/// Where the element at these indices is, in elements behind the tensor's first.
fn place_of(info: &Info, indices: &[i64]) -> Option<i64> {
    if indices.len() != usize::try_from(info.dimensions).ok()?
        || info.sizes.is_null()
        || info.strides.is_null()
    {
        return None;
    }
    // SAFETY: there is a size and a stride for each dimension, and they live as long as the tensor, which is not changed here.
    let (sizes, strides) = unsafe {
        let numbers = |start| std::slice::from_raw_parts(start, indices.len());
        (numbers(info.sizes), numbers(info.strides))
    };
    let mut place = 0_i64;
    for ((&index, &size), &stride) in indices.iter().zip(sizes).zip(strides) {
        let index = if index < 0 { index.checked_add(size)? } else { index };
        if !(0..size).contains(&index) {
            return None;
        }
        place = place.checked_add(index.checked_mul(stride)?)?;
    }
    Some(place)
}

/// Shows elements of a file to `body`; copies them only where they lie in another order.
fn read<T>(elements: &Elements, body: impl FnOnce(&[u8]) -> T) -> Result<T> {
    if let Some(bytes) = elements.in_place() {
        return Ok(body(bytes.bytes()));
    }
    let mut copy = Vec::new();
    elements.each(|bytes| {
        copy.extend_from_slice(bytes);
        Ok::<(), Error>(())
    })?;
    Ok(body(&copy))
}

fn result(arg: Arg) -> Result<Tensor> {
    match arg {
        Arg::Tensor(tensor) => Ok(tensor),
        other => Err(Error::type_error(format!("expected a Tensor, got {}", other.type_name()))),
    }
}

/// Bytes of that many elements; none where that is beyond counting.
fn byte_count(sizes: &[i64], dtype: Dtype) -> Option<usize> {
    let elements =
        sizes.iter().try_fold(1_usize, |count, &size| count.checked_mul(usize::try_from(size).ok()?))?;
    elements.checked_mul(dtype.itemsize())
}
