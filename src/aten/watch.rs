//! What a statement of the prompt writes into tensors, so that it can be taken back.
//!
//! Before an operator writes into a tensor that the statement did not make itself, the tensor is copied, as long as all
//! copies are small. What is too large, or cannot be put back, is remembered as lost. Outside of the prompt nothing is
//! watched, and an operator that writes costs one comparison.

use std::cell::{Cell, RefCell};

use rustc_hash::FxHashSet;

use super::raw::{Item, Tag};
use super::{Arg, Tensor, grad_enabled, invoke, set_grad_enabled};
use torchsh_base::error::Result;

/// Bytes of copies that are kept of one statement.
const MOST_BYTES: usize = 32 << 20;

thread_local! {
    static IS_ON: Cell<bool> = const { Cell::new(false) };
    static WRITES: RefCell<Writes> = RefCell::default();
}

/// Which arguments an operator writes to, beside `out=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Nothing,
    /// The first: a tensor or a list of them.
    First,
    /// All lists.
    Lists,
    /// The running statistics.
    Statistics,
    /// The first, whose sizes or memory become others.
    Shape,
}

/// Operators in place that leave the numbers and change how they lie.
const SHAPES: &[&str] = &[
    "resize_",
    "resize_as_",
    "set_",
    "t_",
    "transpose_",
    "squeeze_",
    "unsqueeze_",
    "swapaxes_",
    "swapdims_",
    "as_strided_",
    "detach_",
];

/// What an operator of this name writes to.
pub(super) fn target(name: &str) -> Target {
    let base = name.split('.').next().unwrap_or_default();
    match base {
        _ if SHAPES.contains(&base) => Target::Shape,
        "requires_grad_" | "rename_" | "retain_grad" => Target::Nothing,
        "__iand__" | "__ior__" | "__ixor__" | "__ilshift__" | "__irshift__" => Target::First,
        _ if base.ends_with('_') && !base.ends_with("__") => match base.starts_with("_fused_") {
            true => Target::Lists,
            false => Target::First,
        },
        _ if base.contains("batch_norm") || base == "instance_norm" => Target::Statistics,
        _ => Target::Nothing,
    }
}

/// What was there before.
enum Kept {
    /// A tensor's numbers.
    Numbers(Tensor, Tensor),
    /// Its gradient.
    Gradient(Tensor, Option<Tensor>),
    /// Whether it asks for gradients.
    Asks(Tensor, bool),
    /// The memory under it.
    Memory(Tensor, Tensor),
}

impl Kept {
    /// Puts it back; what brings the present state again.
    fn applied(self) -> Result<Kept> {
        Ok(match self {
            Kept::Numbers(tensor, before) => {
                let now = copied(&tensor)?;
                invoke("Tensor", "copy_", &[Arg::Tensor(tensor.clone()), Arg::Tensor(before)], &[])?;
                Kept::Numbers(tensor, now)
            }
            Kept::Gradient(tensor, before) => {
                let now = tensor.grad();
                tensor.set_grad(before.as_ref())?;
                Kept::Gradient(tensor, now)
            }
            Kept::Asks(tensor, before) => {
                let now = tensor.requires_grad();
                tensor.set_requires_grad(before)?;
                Kept::Asks(tensor, now)
            }
            Kept::Memory(tensor, before) => {
                let now = tensor.data()?;
                tensor.set_data(&before)?;
                Kept::Memory(tensor, now)
            }
        })
    }
}

fn copied(tensor: &Tensor) -> Result<Tensor> {
    tensor.through("detach")?.through("clone")
}

/// What a statement wrote into tensors.
#[derive(Default)]
pub struct Writes {
    kept: Vec<Kept>,
    /// The places whose numbers are kept: address, sizes and strides.
    places: FxHashSet<(usize, Vec<i64>, Vec<i64>)>,
    /// The storages that the statement made.
    fresh: FxHashSet<usize>,
    bytes: usize,
    lost: Option<&'static str>,
}

impl Writes {
    /// Why it cannot be taken back, if so.
    #[must_use]
    pub fn lost(&self) -> Option<&'static str> {
        self.lost
    }

    /// Whether nothing was written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty() && self.lost.is_none()
    }

    /// Bytes of the copies.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes it back, or makes it again.
    ///
    /// # Errors
    /// What libtorch raises.
    pub fn apply(&mut self) -> Result<()> {
        if self.kept.is_empty() {
            return Ok(());
        }
        without_watch(|| {
            for kept in std::mem::take(&mut self.kept).into_iter().rev() {
                self.kept.push(kept.applied()?);
            }
            Ok(())
        })
    }

    fn lose(&mut self, what: &'static str) {
        self.lost.get_or_insert(what);
        self.kept.clear();
        self.places.clear();
        self.bytes = 0;
    }
}

/// Runs what is not to be watched, without gradients.
fn without_watch<T>(body: impl FnOnce() -> T) -> T {
    let (was_on, gradients) = (IS_ON.replace(false), grad_enabled());
    set_grad_enabled(false);
    let result = body();
    set_grad_enabled(gradients);
    IS_ON.set(was_on);
    result
}

/// What was written since the last cut; from here on writes are watched as another statement's.
pub fn cut() -> Writes {
    IS_ON.set(true);
    let mut writes = WRITES.take();
    writes.fresh = FxHashSet::default();
    writes.places = FxHashSet::default();
    writes
}

/// Whether writes are watched.
#[inline]
pub(super) fn is_on() -> bool {
    IS_ON.get()
}

/// Notes that the running statement changes what cannot be put back.
pub(super) fn lose(what: &'static str) {
    if is_on() {
        WRITES.with_borrow_mut(|writes| writes.lose(what));
    }
}

fn storage_of(tensor: &Tensor) -> Option<usize> {
    tensor.has_storage().then(|| tensor.storage().ok()).flatten().map(|storage| storage.address())
}

/// Whether a tensor was there before the statement, and what is lost is not all lost anyhow.
fn is_old(tensor: &Tensor) -> bool {
    let storage = storage_of(tensor);
    WRITES.with_borrow(|writes| {
        writes.lost.is_none() && storage.is_none_or(|storage| !writes.fresh.contains(&storage))
    })
}

/// Keeps a tensor's numbers before they are written over.
fn keep_numbers(tensor: &Tensor) {
    if !is_old(tensor) || tensor.numel() == 0 {
        return;
    }
    let place = (tensor.data_ptr(), tensor.sizes(), tensor.strides());
    let bytes =
        usize::try_from(tensor.numel()).unwrap_or(usize::MAX).saturating_mul(tensor.dtype().itemsize());
    let is_wanted = WRITES.with_borrow_mut(|writes| {
        if writes.places.contains(&place) {
            return false;
        }
        let fits = writes.bytes.saturating_add(bytes) <= MOST_BYTES;
        if !fits {
            writes.lose("changed a tensor in place (too large to keep a copy)");
        }
        fits
    });
    if !is_wanted {
        return;
    }
    let copy = without_watch(|| copied(tensor));
    WRITES.with_borrow_mut(|writes| match copy {
        Ok(copy) => {
            writes.bytes += bytes;
            writes.places.insert(place);
            writes.kept.push(Kept::Numbers(tensor.clone(), copy));
        }
        Err(_) => writes.lose("changed a tensor in place"),
    });
}

/// Keeps what stands at a place of a tensor before it is written over: the part that is viewed there, so that a large tensor
/// need not be kept whole, or all of it where the place is no view.
pub(super) fn before_place(tensor: &Tensor, viewed: impl FnOnce() -> Option<Tensor>) {
    if is_on() {
        let viewed = without_watch(viewed);
        keep_numbers(viewed.as_ref().unwrap_or(tensor));
    }
}

/// Keeps a tensor's gradient before another is set.
pub(super) fn before_gradient(tensor: &Tensor) {
    if is_on() && is_old(tensor) {
        let kept = Kept::Gradient(tensor.clone(), tensor.grad());
        WRITES.with_borrow_mut(|writes| writes.kept.push(kept));
    }
}

/// Keeps whether a tensor asks for gradients.
pub(super) fn before_asking(tensor: &Tensor) {
    if is_on() && is_old(tensor) {
        let kept = Kept::Asks(tensor.clone(), tensor.requires_grad());
        WRITES.with_borrow_mut(|writes| writes.kept.push(kept));
    }
}

/// Keeps the memory under a tensor before it gets another.
pub(super) fn before_memory(tensor: &Tensor) {
    if is_on() && is_old(tensor) {
        let memory = without_watch(|| tensor.data());
        WRITES.with_borrow_mut(|writes| match memory {
            Ok(memory) => writes.kept.push(Kept::Memory(tensor.clone(), memory)),
            Err(_) => writes.lose("gave a tensor other memory"),
        });
    }
}

/// The tensors in an argument.
fn tensors_in(item: &Item, found: &mut Vec<Tensor>) {
    match item.tag {
        Tag::Tensor => found.extend(Tensor::borrowed(item.pointer)),
        Tag::List if item.length > 0 && !item.pointer.is_null() => {
            // SAFETY: a list of that many items, which outlives the call it is an argument of.
            let items: &[Item] = unsafe { std::slice::from_raw_parts(item.pointer.cast(), item.length) };
            items.iter().for_each(|item| tensors_in(item, found));
        }
        _ => {}
    }
}

/// Keeps what an operator is about to write over.
pub(super) fn before(target: Target, items: &[Item], is_written: impl Fn(usize, &Item) -> bool) {
    let mut written = Vec::new();
    for (place, item) in items.iter().enumerate() {
        let is_target = match target {
            Target::First | Target::Shape => place == 0,
            Target::Lists => item.tag == Tag::List,
            Target::Statistics | Target::Nothing => false,
        };
        if is_target || is_written(place, item) {
            tensors_in(item, &mut written);
        }
    }
    for tensor in &written {
        match target {
            Target::Shape => before_memory(tensor),
            _ => keep_numbers(tensor),
        }
    }
}

/// Notes the storages that an operator has made: those of its results that are none of its arguments'.
pub(super) fn made(items: &[Item], results: &[Arg]) {
    let mut given = Vec::new();
    items.iter().for_each(|item| tensors_in(item, &mut given));
    let given: Vec<usize> = given.iter().filter_map(storage_of).collect();
    let mut note = |tensor: &Tensor| {
        if let Some(storage) = storage_of(tensor).filter(|storage| !given.contains(storage)) {
            note_fresh(storage);
        }
    };
    for result in results {
        match result {
            Arg::Tensor(tensor) => note(tensor),
            Arg::List(items) | Arg::Tuple(items) => {
                items
                    .iter()
                    .filter_map(|item| if let Arg::Tensor(tensor) = item { Some(tensor) } else { None })
                    .for_each(&mut note);
            }
            _ => {}
        }
    }
}

/// Notes a storage that the statement made.
pub(super) fn note_fresh(storage: usize) {
    if is_on() {
        WRITES.with_borrow_mut(|writes| writes.fresh.insert(storage));
    }
}
