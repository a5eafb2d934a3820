//! Formats that hold tensors under names and nothing else: what a dictionary gives them, and who shares memory with whom.

use std::rc::Rc;

use super::sharing::Sharing;
use crate::dtype::Dtype;
use crate::gather::{Elements, refuse_expanded};
use crate::graph::{Graph, Node, NodeId};
use crate::limits;
use crate::record::{Form, Storage, TensorRecord, bytes_of};
use torchsh_base::error::{Error, Result};
use torchsh_base::hash::SeededMap;
use torchsh_base::reason::Reason;

/// A tensor to be written under a name.
pub struct Item {
    /// Its key.
    pub name: String,
    /// The tensor, an ordinary one.
    pub record: Rc<TensorRecord>,
    /// Bytes of its elements.
    pub nbytes: u64,
}

/// The tensors of a dictionary, and what else it holds of sharing.
#[derive(Default)]
pub struct Flat {
    /// Every tensor that is written.
    pub items: Vec<Item>,
    /// Names left out because another tensor is the very same: `(left out, written)`.
    pub ties: Vec<(String, String)>,
    /// Names of tensors that share part of their memory and are written apart.
    pub parted: Vec<String>,
    /// Names of tensors that are the very same as another, and are written with bytes of their own.
    pub copied: Vec<String>,
}

/// Collects the tensors of a dictionary with string keys; what is the very same is written once, under its first key.
///
/// # Errors
/// `TypeError` for any other object in it, by its key: these formats cannot hold it.
pub fn collect(graph: &Graph, root: NodeId, format: &str) -> Result<Flat> {
    collect_shared(graph, root, format, &Sharing::default())
}

/// As [`collect`], with a policy for what is the very same.
///
/// # Errors
/// Those of [`collect`], and of [`Sharing::settle`].
pub fn collect_shared(graph: &Graph, root: NodeId, format: &str, sharing: &Sharing) -> Result<Flat> {
    let entries = graph.entries(root).ok_or_else(|| {
        Error::type_error(format!("{format} holds a dictionary of tensors, and the object is not one"))
    })?;
    let mut flat = Flat::default();
    let mut first: SeededMap<Place, usize> = SeededMap::default();
    let mut others = Vec::new();
    let mut sharers: SeededMap<*const Storage, Vec<usize>> = SeededMap::default();
    for &(key, value) in entries {
        let name = graph.str(key).ok_or_else(|| {
            let error = Error::type_error(format!("{format} keys must be strings"));
            error.hint("p = {str(k): v for k, v in p.items()}")
        })?;
        let record = tensor(graph, name, value, format)?;
        let Some(view) = record.view() else { continue };
        let nbytes = record.numel().and_then(|numel| bytes_of(record.dtype, numel));
        let nbytes = nbytes.ok_or_else(|| Error::value(format!("tensor '{name}' is too large")))?;
        refuse_expanded(view, record.dtype, &record.shape).map_err(|error| {
            error.note(format!("in tensor '{name}'")).hint("save a part of it, or as .pt")
        })?;
        if nbytes > 0 {
            let place = (
                Rc::as_ptr(&view.storage),
                record.dtype,
                view.offset,
                record.shape.clone(),
                view.stride.clone(),
                (view.conj, view.neg),
            );
            if let Some(written) = first.get(&place) {
                others.push((*written, name.to_owned()));
                continue;
            }
            first.insert(place, flat.items.len());
            sharers.entry(Rc::as_ptr(&view.storage)).or_default().push(flat.items.len());
        }
        flat.items.push(Item { name: name.to_owned(), record, nbytes });
    }
    let shared = sharers.into_values().filter(|places| places.len() > 1).flatten();
    let mut shared: Vec<usize> = shared.collect();
    shared.sort_unstable();
    flat.parted =
        shared.iter().filter_map(|&place| flat.items.get(place)).map(|item| item.name.clone()).collect();
    sharing.settle(&mut flat, others)?;
    flat.refuse_multiplied(format)?;
    Ok(flat)
}

/// What makes two tensors the very same: storage, dtype, offset, shape, stride, conjugate and negative.
type Place = (*const Storage, Dtype, i64, Vec<i64>, Vec<i64>, (bool, bool));

fn tensor(graph: &Graph, name: &str, value: NodeId, format: &str) -> Result<Rc<TensorRecord>> {
    let what = match graph.get(value) {
        Node::Tensor(record) => match record.form {
            Form::Strided(_) => return Ok(record.clone()),
            Form::Quantized(..) => "a quantized tensor",
            Form::Meta { .. } => "a meta tensor, which has no data",
            _ => "a sparse tensor",
        },
        Node::Array(array) => match array.tensor()? {
            Some(record) => return Ok(Rc::new(record)),
            None => "a numpy array that is not a tensor",
        },
        Node::Dict(_) => "a dictionary",
        _ => "no tensor",
    };
    let error = Error::type_error(format!("{format} holds tensors only: '{name}' is {what}"));
    Err(error.because(Reason::TensorsOnly).hint("leave out what is not a tensor, or save as .pt"))
}

/// Things in their order, each once what comes behind it was asked for.
pub fn told<'a, T>(things: &'a [T], of: impl Fn(&'a T) -> &'a Item) -> impl Iterator<Item = &'a T> {
    things.iter().enumerate().map(move |(place, thing)| {
        if let Some(view) = things.get(place + 1).and_then(|next| of(next).record.view()) {
            view.storage.foretell();
        }
        thing
    })
}

impl Item {
    /// Hands the tensor's contiguous bytes to a consumer.
    ///
    /// # Errors
    /// What is wrong with its storage, and the consumer's own.
    pub fn each(&self, consume: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let Some(view) = self.record.view() else { return Ok(()) };
        if self.record.is_whole() {
            return view.storage.each(consume);
        }
        let bytes = view.storage.bytes_once()?;
        Elements::new(view, self.record.dtype, &self.record.shape, bytes)?.each(consume)
    }
}

impl Flat {
    /// That views which share memory, written apart, do not add up to many times that memory.
    fn refuse_multiplied(&self, format: &str) -> Result<()> {
        let mut storages: SeededMap<*const Storage, u64> = SeededMap::default();
        let mut written = 0_u64;
        for item in &self.items {
            written = written.saturating_add(item.nbytes);
            if let Some(view) = item.record.view() {
                storages.insert(Rc::as_ptr(&view.storage), view.storage.nbytes());
            }
        }
        let held = storages.values().fold(0_u64, |all, nbytes| all.saturating_add(*nbytes));
        if written <= held.saturating_mul(limits::VIEWED_TIMES).saturating_add(limits::EXPANDED_BYTES) {
            return Ok(());
        }
        let message =
            format!("{written} bytes of tensors that share {held}, which {format} would write apart");
        Err(Error::value(message).hint("save as .pt, which keeps them shared"))
    }

    /// What a person should be told of sharing.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some((left_out, written)) = self.ties.first() {
            let more = match self.ties.len() {
                1 => String::new(),
                count => format!(" (and {} more)", count - 1),
            };
            notes.push(format!(
                "tied tensors are written once: {left_out} is {written}{more}; the metadata says so"
            ));
        }
        if !self.copied.is_empty() {
            notes.push(format!(
                "tied tensors are written apart, each with bytes of its own: {}",
                some(&self.copied)
            ));
        }
        if !self.parted.is_empty() {
            let parted = some(&self.parted);
            notes.push(format!("tensors that share part of their memory are written apart: {parted}"));
        }
        notes
    }
}

/// The first of some names.
fn some(names: &[String]) -> String {
    let first: Vec<&str> = names.iter().take(4).map(String::as_str).collect();
    let more = if names.len() > first.len() { ", …" } else { "" };
    format!("{}{more}", first.join(", "))
}
