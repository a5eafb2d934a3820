//! Tensors of files that libtorch has not seen yet: what they are is known, where their bytes are too, and neither needs the door.
//!
//! Such a tensor is libtorch's from the first moment that something computes with it: [`RecordTensor::live`] makes its storage, once for
//! all tensors that share it, and the tensor on it. From then on libtorch's is asked.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;

use super::raw::Info;
use super::storage::{self, LiveStorage};
use super::tensor::{LiveTensor, flag};
use super::{Arg, Device, DeviceKind, Storage, Tensor};
use torchsh_base::Str;
use torchsh_base::error::{Error, Kind, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_checkpoint::gather::Elements;
use torchsh_checkpoint::mapping::Region;
use torchsh_checkpoint::origin;
use torchsh_checkpoint::record::{Form, Storage as Source, TensorRecord, View};

/// From so many bytes on addresses are reserved at once: whoever opens a file hears that there are none.
const LARGE: u64 = 1 << 24;

/// A storage of a file.
pub(super) struct RecordStorage {
    source: Rc<Source>,
    /// Its bytes where they lie; none where they have to be made first.
    at_hand: Option<Region>,
    /// The addresses that are kept for bytes to be made, from the moment that somebody asks for them.
    reserved: OnceCell<Region>,
    live: OnceCell<LiveStorage>,
}

impl RecordStorage {
    /// A storage whose bytes are taken from a file's.
    ///
    /// # Errors
    /// There are no addresses for it, or what is wrong with bytes that are there.
    pub fn new(source: Rc<Source>) -> Result<Rc<RecordStorage>> {
        let at_hand = match source.is_meta() {
            true => Some(Region::default()),
            false if source.is_ready() || source.nbytes() == 0 => Some(source.bytes()?),
            false => None,
        };
        let storage = RecordStorage { source, at_hand, reserved: OnceCell::new(), live: OnceCell::new() };
        if storage.source.nbytes() >= LARGE {
            storage.memory()?;
        }
        Ok(Rc::new(storage))
    }

    /// Its bytes where they lie, or addresses for them.
    ///
    /// # Errors
    /// `MemoryError`: there are no addresses for it.
    fn memory(&self) -> Result<&Region> {
        if let Some(memory) = self.at_hand.as_ref().or_else(|| self.reserved.get()) {
            return Ok(memory);
        }
        let length =
            usize::try_from(self.source.nbytes()).map_err(|_| Error::runtime("too large a storage"))?;
        let reserved = Region::reserved(length)?;
        Ok(self.reserved.get_or_init(|| reserved))
    }

    /// libtorch's storage, made at the first call.
    ///
    /// # Errors
    /// The door cannot be opened, or what libtorch raises.
    pub fn live(&self) -> Result<&LiveStorage> {
        if let Some(live) = self.live.get() {
            return Ok(live);
        }
        let live = if self.source.is_meta() {
            LiveStorage::fresh(self.nbytes(), true)?
        } else if self.is_pending() {
            super::pending::deferred(self.source.clone(), self.memory()?.clone())?
        } else {
            self.source.set_apart()?;
            LiveStorage::over(self.memory()?.clone())?
        };
        Ok(self.live.get_or_init(|| live))
    }

    /// libtorch's storage, if there is one.
    pub fn awake(&self) -> Option<&LiveStorage> {
        self.live.get()
    }

    fn is_pending(&self) -> bool {
        self.at_hand.is_none()
    }

    /// The file's storage, if its bytes are not made yet.
    pub fn pending(&self) -> Option<Rc<Source>> {
        self.is_pending().then(|| self.source.clone())
    }

    /// The blocks that its numbers are written as.
    pub fn block(&self) -> Option<torchsh_checkpoint::gguf::blocks::BlockType> {
        self.source.block()
    }

    /// How many numbers became infinite or NaN when its bytes were made.
    pub fn lost(&self) -> u64 {
        self.source.lost()
    }

    pub fn nbytes(&self) -> usize {
        usize::try_from(self.source.nbytes()).unwrap_or(usize::MAX)
    }

    /// The address of its first byte; 0 where it has none, or where there are no addresses left.
    pub fn start(&self) -> usize {
        self.memory().map_or(0, |memory| if memory.is_empty() { 0 } else { memory.as_mut_ptr() as usize })
    }

    pub fn device(&self) -> Device {
        if self.source.is_meta() { Device { kind: DeviceKind::Meta, index: None } } else { Device::CPU }
    }

    fn bytes(&self) -> Result<Region> {
        if self.is_pending() {
            return self.source.bytes_once();
        }
        let memory = self.memory()?;
        origin::touch(memory.as_mut_ptr() as usize)?;
        Ok(memory.clone())
    }
}

/// A tensor on a storage of a file. Its elements lie within it: who makes one has checked that.
pub(super) struct RecordTensor {
    pub storage: Rc<RecordStorage>,
    pub dtype: Dtype,
    pub sizes: Vec<i64>,
    pub strides: Vec<i64>,
    pub offset: i64,
    pub requires_grad: Cell<bool>,
    /// Elements stand for their complex conjugates.
    conj: bool,
    /// Elements stand for their negatives.
    neg: bool,
    live: OnceCell<LiveTensor>,
}

impl RecordTensor {
    pub fn new(
        storage: Rc<RecordStorage>,
        dtype: Dtype,
        sizes: Vec<i64>,
        strides: Vec<i64>,
        offset: i64,
    ) -> Rc<RecordTensor> {
        let (conj, neg) = (false, false);
        let (requires_grad, live) = (Cell::new(false), OnceCell::new());
        Rc::new(RecordTensor { storage, dtype, sizes, strides, offset, requires_grad, conj, neg, live })
    }

    /// libtorch's tensor, made at the first call.
    ///
    /// # Errors
    /// As [`RecordStorage::live`].
    pub fn live(&self) -> Result<&LiveTensor> {
        if let Some(live) = self.live.get() {
            return Ok(live);
        }
        let storage = self.storage.live()?;
        let live = storage::tensor_on(storage, self.dtype, &self.sizes, &self.strides, self.offset)?;
        let live = self.turn(live)?;
        if self.requires_grad.get() {
            live.set_requires_grad(true)?;
        }
        Ok(self.live.get_or_init(|| live))
    }

    /// libtorch's view of it whose elements stand for others.
    fn turn(&self, live: LiveTensor) -> Result<LiveTensor> {
        let mut tensor = Tensor::live(live);
        for (operator, wanted) in [("conj", self.conj), ("_neg_view", self.neg)] {
            if wanted {
                tensor = tensor.through(operator)?;
            }
        }
        tensor.wake().cloned()
    }

    /// libtorch's tensor, if there is one.
    pub fn awake(&self) -> Option<&LiveTensor> {
        self.live.get()
    }

    pub fn numel(&self) -> i64 {
        // No overflow: the elements lie within a storage, or were counted when it was made.
        self.sizes.iter().product()
    }

    /// What libtorch would say of it.
    pub fn info(&self) -> Info {
        let device = self.storage.device();
        let flags = [
            (self.requires_grad.get(), flag::REQUIRES_GRAD),
            (self.conj, flag::CONJUGATE),
            (self.neg, flag::NEGATIVE),
        ];
        let flags = flags
            .into_iter()
            .filter(|(on, _)| *on)
            .fold(flag::LEAF | flag::HAS_STORAGE, |all, (_, one)| all | one);
        Info {
            dtype: i32::from(self.dtype.number()),
            layout: 0,
            device: device.kind as i32,
            device_index: device.raw_index(),
            dimensions: self.sizes.len() as i64,
            numel: self.numel(),
            sizes: self.sizes.as_ptr(),
            strides: self.strides.as_ptr(),
            flags,
        }
    }

    /// Whether its elements lie in order, one after another.
    pub fn is_contiguous(&self) -> bool {
        let mut expected = 1;
        self.numel() == 0
            || self.sizes.iter().zip(&self.strides).rev().all(|(&size, &stride)| {
                let fits = size == 1 || stride == expected;
                expected *= size;
                fits
            })
    }

    /// The address of its first element; 0 where it has none.
    pub fn start(&self) -> usize {
        match self.storage.start() {
            0 => 0,
            _ if self.numel() == 0 => 0,
            start => start.saturating_add(usize::try_from(self.offset).unwrap_or(0) * self.dtype.itemsize()),
        }
    }

    /// Its elements in order, read from the file.
    ///
    /// # Errors
    /// `NotImplementedError` for the meta device; what is wrong with the bytes.
    pub fn elements(&self) -> Result<Elements> {
        let view = View {
            storage: self.storage.source.clone(),
            offset: self.offset,
            stride: self.strides.clone(),
            conj: self.conj,
            neg: self.neg,
        };
        Elements::new(&view, self.dtype, &self.sizes, self.bytes()?)
    }

    /// The elements whose index along each dimension is among those listed for it, as a small tensor: what is shown of a long one.
    ///
    /// # Errors
    /// As [`RecordTensor::elements`]; an index that lies outside.
    pub fn picked(&self, indices: &[Vec<i64>]) -> Result<Tensor> {
        let itemsize = self.dtype.itemsize();
        let mut starts = vec![self.offset];
        for (kept, stride) in indices.iter().zip(&self.strides) {
            starts = starts
                .iter()
                .flat_map(|start| kept.iter().map(move |index| start + index * stride))
                .collect();
        }
        let bytes = self.bytes()?;
        let mut copy = Vec::with_capacity(starts.len() * itemsize);
        for start in starts {
            let start = usize::try_from(start).unwrap_or(usize::MAX).saturating_mul(itemsize);
            let element = bytes.bytes().get(start..start.saturating_add(itemsize));
            copy.extend_from_slice(
                element.ok_or_else(|| Error::new(Kind::Index, "an index beyond the tensor"))?,
            );
        }
        let sizes: Vec<i64> = indices.iter().map(|kept| kept.len() as i64).collect();
        let source = Source::new(Str::intern("shown"), Str::intern("cpu"), Region::from(copy));
        let picked = Storage::of_file(source)?.tensor(self.dtype, &sizes, None, 0)?;
        Ok(picked
            .asleep()
            .map_or(picked.clone(), |record| Tensor::record(record.standing_for(self.conj, self.neg))))
    }

    /// The bytes of its storage where they lie in memory already.
    pub fn bytes_that_lie(&self) -> Option<Result<Region>> {
        (!self.storage.is_pending()).then(|| self.bytes())
    }

    fn bytes(&self) -> Result<Region> {
        if self.storage.device().kind == DeviceKind::Meta {
            return Err(super::bytes::no_data());
        }
        self.storage.bytes()
    }

    /// The tensor over a snapshot of its storage; none where libtorch has the storage, or there are no bytes.
    pub fn read_later(&self) -> Option<TensorRecord> {
        let source = &self.storage.source;
        if self.storage.awake().is_some() || source.is_meta() {
            return None;
        }
        let view = View {
            storage: source.snapshot(),
            offset: self.offset,
            stride: self.strides.clone(),
            conj: self.conj,
            neg: self.neg,
        };
        Some(TensorRecord::of(self.dtype, self.sizes.clone(), Form::Strided(view)))
    }

    /// The same memory as a tensor of its own, without history.
    pub fn detached(&self) -> Rc<RecordTensor> {
        self.standing_for(self.conj, self.neg)
    }

    /// The same memory, of which elements stand for their conjugates, negatives or both.
    fn standing_for(&self, conj: bool, neg: bool) -> Rc<RecordTensor> {
        let (sizes, strides, storage) = (self.sizes.clone(), self.strides.clone(), self.storage.clone());
        let (requires_grad, live) = (Cell::new(false), OnceCell::new());
        let (dtype, offset) = (self.dtype, self.offset);
        Rc::new(RecordTensor { storage, dtype, sizes, strides, offset, requires_grad, conj, neg, live })
    }
}

/// What an operator gives that only looks at a record another way; none where libtorch has to be asked.
pub(super) fn seen_otherwise(name: &str, positional: &[Arg], keywords: &[(&str, Arg)]) -> Option<Tensor> {
    let ([Arg::Tensor(tensor)], []) = (positional, keywords) else { return None };
    let record = tensor.asleep()?;
    let seen = match name {
        "detach" => record.detached(),
        // A gradient would pass through these.
        "conj" if record.dtype.is_complex() && !record.requires_grad.get() => {
            record.standing_for(!record.conj, record.neg)
        }
        "_neg_view" if !record.requires_grad.get() => record.standing_for(record.conj, !record.neg),
        _ => return None,
    };
    Some(Tensor::record(seen))
}
