//! Which storages a graph's tensors look into, and how much of each is written.

use std::rc::Rc;

use crate::dtype::Dtype;
use crate::gather::Elements;
use crate::graph::{Graph, Node, NodeId};
use crate::record::{Form, Quantizer, Storage, TensorRecord, View, bytes_of, contiguous_stride};
use crate::usage::reach;
use torchsh_base::error::Result;
use torchsh_base::hash::SeededMap;

/// All storages that are to be written.
pub struct Storages {
    plans: SeededMap<*const Storage, Plan>,
    /// In the order in which the pickle names them.
    order: Vec<Rc<Storage>>,
}

/// What is written of one storage.
struct Plan {
    /// The dtype of all tensors that look into it; none: they differ.
    dtype: Option<Dtype>,
    part: Part,
    /// Where it comes in the order, once it is named.
    key: Option<usize>,
}

#[derive(Clone)]
enum Part {
    Whole,
    /// Bytes from here to there.
    Range(u64, u64),
    /// The elements of the only tensor that looks into it.
    Gathered(Rc<TensorRecord>),
}

/// What the pickle says of a tensor's place.
#[derive(Clone)]
pub struct Place {
    /// The record's key.
    pub key: usize,
    /// The dtype of the storage's class; none: it counts bytes.
    pub class: Option<Dtype>,
    /// Elements of that dtype, or bytes.
    pub numel: u64,
    /// First element.
    pub offset: i64,
    /// In elements.
    pub stride: Vec<i64>,
}

/// The dtypes that have a storage class of their own, and its name before `Storage`.
const CLASSES: &[(Dtype, &str)] = &[
    (Dtype::FLOAT32, "Float"),
    (Dtype::FLOAT64, "Double"),
    (Dtype::FLOAT16, "Half"),
    (Dtype::BFLOAT16, "BFloat16"),
    (Dtype::INT64, "Long"),
    (Dtype::INT32, "Int"),
    (Dtype::INT16, "Short"),
    (Dtype::INT8, "Char"),
    (Dtype::UINT8, "Byte"),
    (Dtype::BOOL, "Bool"),
    (Dtype::COMPLEX128, "ComplexDouble"),
    (Dtype::COMPLEX64, "ComplexFloat"),
    (Dtype::QINT8, "QInt8"),
    (Dtype::QUINT8, "QUInt8"),
    (Dtype::QINT32, "QInt32"),
    (Dtype::QUINT4X2, "QUInt4x2"),
    (Dtype::QUINT2X4, "QUInt2x4"),
];

/// The storage class of a dtype: `FloatStorage`.
#[must_use]
pub fn class_name(dtype: Dtype) -> Option<String> {
    CLASSES.iter().find(|(known, _)| *known == dtype).map(|(_, name)| format!("{name}Storage"))
}

impl Storages {
    /// Looks at every tensor that can be reached from an object.
    #[must_use]
    pub fn of(graph: &Graph, root: NodeId, compact: bool) -> Storages {
        let mut storages = Storages { plans: SeededMap::default(), order: Vec::new() };
        let mut users: SeededMap<*const Storage, Vec<Rc<TensorRecord>>> = SeededMap::default();
        let (records, alone) = reachable(graph, root);
        let mut whole = Vec::new();
        for (storage, dtype) in alone {
            storages.note_dtype(&storage, dtype);
            whole.push(Rc::as_ptr(&storage));
        }
        for record in records {
            each_view(&record, &mut |record, view| {
                storages.note_dtype(&view.storage, record.dtype);
                users.entry(Rc::as_ptr(&view.storage)).or_default().push(Rc::clone(record));
            });
        }
        if compact {
            for (storage, users) in users {
                if let Some(plan) = storages.plans.get_mut(&storage).filter(|_| !whole.contains(&storage)) {
                    plan.part = part_of(&users);
                }
            }
        }
        storages
    }

    fn note_dtype(&mut self, storage: &Rc<Storage>, dtype: Dtype) {
        let fresh = Plan { dtype: Some(dtype), part: Part::Whole, key: None };
        let plan = self.plans.entry(Rc::as_ptr(storage)).or_insert(fresh);
        plan.dtype = plan.dtype.filter(|&before| before == dtype);
    }

    /// Names a tensor's storage and says where in it the tensor is.
    #[must_use]
    pub fn place(&mut self, view: &View, shape: &[i64], dtype: Dtype) -> Place {
        let (offset, stride) = (view.offset, view.stride.clone());
        let nbytes = view.storage.nbytes();
        let next = self.order.len();
        let fresh = Plan { dtype: Some(dtype), part: Part::Whole, key: None };
        let plan = self.plans.entry(Rc::as_ptr(&view.storage)).or_insert(fresh);
        let key = *plan.key.get_or_insert_with(|| {
            self.order.push(view.storage.clone());
            next
        });
        let class = plan.dtype.filter(|&dtype| class_name(dtype).is_some());
        let unit = class.map_or(1, |class| if is_packed(class) { 1 } else { class.itemsize() as u64 });
        let itemsize = i64::try_from(dtype.itemsize()).unwrap_or(1);
        match &plan.part {
            Part::Whole => Place { key, class, numel: nbytes / unit, offset, stride },
            Part::Range(start, end) => {
                let skipped = i64::try_from(*start).unwrap_or(0) / itemsize;
                Place { key, class, numel: (end - start) / unit, offset: (offset - skipped).max(0), stride }
            }
            Part::Gathered(record) => {
                let nbytes = record.numel().and_then(|numel| bytes_of(dtype, numel)).unwrap_or(0);
                let stride = contiguous_stride(shape).unwrap_or(stride);
                Place { key, class, numel: nbytes / unit, offset: 0, stride }
            }
        }
    }

    /// Whether a tensor's storage is written as bytes: its dtype has no class, or tensors of several share it.
    #[must_use]
    pub fn is_untyped(&self, view: &View, dtype: Dtype) -> bool {
        let shared = self.plans.get(&Rc::as_ptr(&view.storage)).map_or(Some(dtype), |plan| plan.dtype);
        shared.is_none_or(|dtype| class_name(dtype).is_none())
    }

    /// The storages that were named, in order.
    #[must_use]
    pub fn order(&self) -> &[Rc<Storage>] {
        &self.order
    }

    /// How many bytes are written of a storage.
    #[must_use]
    pub fn length(&self, storage: &Rc<Storage>) -> u64 {
        match self.plans.get(&Rc::as_ptr(storage)).map(|plan| &plan.part) {
            Some(Part::Range(start, end)) => end - start,
            Some(Part::Gathered(record)) => {
                record.numel().and_then(|numel| bytes_of(record.dtype, numel)).unwrap_or(0)
            }
            _ => storage.nbytes(),
        }
    }

    /// How many elements of its class's dtype, or bytes, are written of a storage.
    #[must_use]
    pub fn numel(&self, storage: &Rc<Storage>) -> u64 {
        let dtype = self.plans.get(&Rc::as_ptr(storage)).and_then(|plan| plan.dtype);
        let class = dtype.filter(|&dtype| class_name(dtype).is_some() && !is_packed(dtype));
        self.length(storage) / class.map_or(1, |dtype| dtype.itemsize() as u64)
    }

    /// Hands the bytes that are written of a storage to a consumer.
    ///
    /// # Errors
    /// What is wrong with the storage, and the consumer's own.
    pub fn each(&self, storage: &Rc<Storage>, consume: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let part = self.plans.get(&Rc::as_ptr(storage)).map(|plan| plan.part.clone());
        if matches!(part, None | Some(Part::Whole)) {
            return storage.each(consume);
        }
        let bytes = storage.bytes_once()?;
        match part {
            Some(Part::Gathered(record)) => match record.view() {
                Some(view) => Elements::new(&plain(view), record.dtype, &record.shape, bytes)?.each(consume),
                None => Ok(()),
            },
            Some(Part::Range(start, end)) => {
                let part = usize::try_from(start).ok().zip(usize::try_from(end - start).ok());
                let part = part.and_then(|(start, length)| bytes.part(start, length));
                part.unwrap_or_default().each_chunk(consume)
            }
            _ => Ok(()),
        }
    }
}

/// The view without its signs: those are written as flags.
fn plain(view: &View) -> View {
    View { conj: false, neg: false, ..view.clone() }
}

fn is_packed(dtype: Dtype) -> bool {
    matches!(dtype, Dtype::QUINT4X2 | Dtype::QUINT2X4)
}

/// As little of a storage as its tensors need.
fn part_of(users: &[Rc<TensorRecord>]) -> Part {
    let mut range: Option<(u64, u64)> = None;
    for record in users {
        let Some((start, end)) = record.view().and_then(|view| reach(record, view)) else {
            return Part::Whole;
        };
        range = Some(match range {
            Some((first, last)) if start < end => (first.min(start), last.max(end)),
            Some(before) => before,
            None => (start, end),
        });
    }
    // Tensors without elements need nothing, but their offset must lie within.
    let Some((start, end)) = range else { return Part::Whole };
    if let [record] = users {
        let own = record.numel().and_then(|numel| bytes_of(record.dtype, numel)).unwrap_or(u64::MAX);
        if own < end - start {
            return Part::Gathered(record.clone());
        }
    }
    // Offsets are counted in elements of each tensor, so the cut is at a multiple of the largest.
    let unit = users.iter().map(|record| record.dtype.itemsize() as u64).max().unwrap_or(1).max(1);
    Part::Range(start / unit * unit, end)
}

/// Calls `with` for every part of a tensor that looks into a storage.
fn each_view(record: &Rc<TensorRecord>, with: &mut impl FnMut(&Rc<TensorRecord>, &View)) {
    match &record.form {
        Form::Strided(view) => with(record, view),
        Form::Quantized(view, quantizer) => {
            with(record, view);
            if let Quantizer::PerChannel { scales, zero_points, .. } = quantizer {
                each_view(scales, with);
                each_view(zero_points, with);
            }
        }
        Form::Coo { indices, values, .. } => {
            each_view(indices, with);
            each_view(values, with);
        }
        Form::Compressed { compressed, plain, values, .. } => {
            [compressed, plain, values].into_iter().for_each(|part| each_view(part, with));
        }
        Form::Nested { buffer, sizes, strides, offsets } => {
            [buffer, sizes, strides, offsets].into_iter().for_each(|part| each_view(part, with));
        }
        Form::Meta { .. } => {}
    }
}

/// A storage that stands by itself, and the dtype it is seen as.
type Alone = (Rc<Storage>, Dtype);

/// Every tensor that can be reached from an object, once, and the storages that stand there by themselves.
fn reachable(graph: &Graph, root: NodeId) -> (Vec<Rc<TensorRecord>>, Vec<Alone>) {
    let (mut seen, mut left, mut found) = (vec![false; graph.len()], vec![root], Vec::new());
    let mut alone = Vec::new();
    while let Some(id) = left.pop() {
        match seen.get_mut(id.index()) {
            Some(seen) if !*seen => *seen = true,
            _ => continue,
        }
        match graph.get(id) {
            Node::Tensor(record) => {
                found.push(record.clone());
                left.extend(record.attributes);
            }
            Node::List(items) | Node::Tuple(items) | Node::Set(items) | Node::FrozenSet(items) => {
                left.extend(items.iter())
            }
            Node::Dict(dict) => {
                left.extend(dict.items.iter().flat_map(|&(key, value)| [key, value]));
                left.extend(dict.attributes);
            }
            Node::Object(object) => {
                left.extend(object.held());
            }
            Node::Storage(storage, dtype) => alone.push((storage.clone(), *dtype)),
            _ => {}
        }
    }
    (found, alone)
}
