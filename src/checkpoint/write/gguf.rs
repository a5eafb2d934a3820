//! Writing GGUF, the third version: metadata, then what each tensor is, then their bytes, each from a multiple of the alignment on.

use std::io::Write;
use std::path::Path;

use super::atomic::replace;
use super::flat::{Flat, Item, collect, told};
use super::torch_zip::{Saved, failed};
use crate::gguf::blocks::BlockType;
use crate::gguf::{ALIGNMENT, MAGIC, number_of};
use crate::graph::{Graph, Node, NodeId};
use crate::record::Storage;
use crate::watcher::Watcher;
use torchsh_base::error::{Error, Result};

const VERSION: u32 = 3;
/// What blocks are made by, in the metadata of files that have some.
const QUANTIZATION: (&str, u32) = ("general.quantization_version", 2);
/// Dimensions that ggml's tensors have at most.
const DIMENSIONS: usize = 4;
/// Bytes of a name that llama.cpp reads.
const NAME_BYTES: usize = 63;
/// Names that a note has at most.
const NAMED: usize = 3;

/// A value of the metadata.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // each is what it holds
pub enum Meta {
    Unsigned(u32),
    Signed(i32),
    Long(i64),
    Huge(u64),
    Float(f32),
    Double(f64),
    Bool(bool),
    Text(String),
    /// Values of one kind.
    List(Vec<Meta>),
}

impl Meta {
    /// An integer in the narrowest of the widths that programs ask for.
    #[must_use]
    pub fn integer(number: i64) -> Meta {
        u32::try_from(number)
            .map(Meta::Unsigned)
            .unwrap_or_else(|_| i32::try_from(number).map_or(Meta::Long(number), Meta::Signed))
    }

    /// A float in single precision, if that loses nothing.
    #[must_use]
    pub fn float(number: f64) -> Meta {
        let single = number as f32;
        if f64::from(single) == number || number.is_nan() {
            Meta::Float(single)
        } else {
            Meta::Double(number)
        }
    }

    /// A list; numbers of different widths become those of the widest.
    ///
    /// # Errors
    /// `TypeError` for values of different kinds.
    pub fn list(items: Vec<Meta>) -> Result<Meta> {
        const MOST: u32 = i32::MAX.unsigned_abs();
        let has = |number: u32| items.iter().any(|item| item.number() == number);
        let widest = if has(12) {
            12
        } else if has(6) {
            6
        } else if has(11)
            || has(10)
            || items.iter().any(|item| matches!(item, Meta::Unsigned(value) if *value > MOST))
        {
            11
        } else {
            5
        };
        let same = items.iter().all(|item| Some(item.number()) == items.first().map(Meta::number));
        // Lists of integers are signed ones in what llama.cpp's own programs write.
        let is_number = |item: &Meta| !matches!(item, Meta::Bool(_) | Meta::Text(_) | Meta::List(_));
        if items.iter().all(is_number) && !items.is_empty() {
            let cast = |item: &Meta| item.widened(widest);
            let cast: Option<Vec<Meta>> = items.iter().map(cast).collect();
            return cast.map(Meta::List).ok_or_else(|| Error::value("a list of numbers beyond 64 bits"));
        }
        match same {
            true => Ok(Meta::List(items)),
            false => Err(Error::type_error("GGUF's lists hold values of one kind")),
        }
    }

    fn widened(&self, number: u32) -> Option<Meta> {
        let (integer, float) = match self {
            Meta::Unsigned(value) => (i64::from(*value), f64::from(*value)),
            Meta::Signed(value) => (i64::from(*value), f64::from(*value)),
            Meta::Long(value) => (*value, *value as f64),
            Meta::Huge(value) => (i64::try_from(*value).ok()?, *value as f64),
            Meta::Float(value) => (0, f64::from(*value)),
            Meta::Double(value) => (0, *value),
            _ => return None,
        };
        Some(match number {
            12 => Meta::Double(float),
            6 => Meta::Float(float as f32),
            5 => i32::try_from(integer).map_or(Meta::Long(integer), Meta::Signed),
            _ => Meta::Long(integer),
        })
    }

    /// The number of its type.
    fn number(&self) -> u32 {
        match self {
            Meta::Unsigned(_) => 4,
            Meta::Signed(_) => 5,
            Meta::Float(_) => 6,
            Meta::Bool(_) => 7,
            Meta::Text(_) => 8,
            Meta::List(_) => 9,
            Meta::Huge(_) => 10,
            Meta::Long(_) => 11,
            Meta::Double(_) => 12,
        }
    }

    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Meta::Unsigned(value) => out.extend(value.to_le_bytes()),
            Meta::Signed(value) => out.extend(value.to_le_bytes()),
            Meta::Long(value) => out.extend(value.to_le_bytes()),
            Meta::Huge(value) => out.extend(value.to_le_bytes()),
            Meta::Float(value) => out.extend(value.to_le_bytes()),
            Meta::Double(value) => out.extend(value.to_le_bytes()),
            Meta::Bool(value) => out.push(u8::from(*value)),
            Meta::Text(text) => put_text(text, out),
            Meta::List(items) => {
                out.extend(items.first().map_or(5, Meta::number).to_le_bytes());
                out.extend((items.len() as u64).to_le_bytes());
                items.iter().for_each(|item| item.put(out));
            }
        }
    }
}

fn put_text(text: &str, out: &mut Vec<u8>) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text.as_bytes());
}

/// Metadata in their order.
pub type Metadata = Vec<(String, Meta)>;

/// What the dictionary says of itself: the metadata of the file that it was read from.
///
/// # Errors
/// `TypeError` for what GGUF's metadata cannot hold.
pub fn own_metadata(graph: &Graph, root: NodeId) -> Result<Metadata> {
    let Node::Dict(dict) = graph.get(root) else { return Ok(Metadata::new()) };
    let held = dict.attributes.and_then(|attributes| graph.item(attributes, "metadata"));
    let Some(entries) = held.and_then(|held| graph.entries(held)) else { return Ok(Metadata::new()) };
    let pair = |&(key, value): &(NodeId, NodeId)| {
        let key = graph.str(key)?.to_owned();
        Some(meta_of(graph, value).map(|value| (key, value)))
    };
    entries.iter().filter_map(pair).collect()
}

/// A value of the graph as metadata.
///
/// # Errors
/// `TypeError` for what GGUF's metadata cannot hold.
pub fn meta_of(graph: &Graph, value: NodeId) -> Result<Meta> {
    Ok(match graph.get(value) {
        Node::Bool(value) => Meta::Bool(*value),
        Node::Int(value) => Meta::integer(*value),
        Node::BigInt(value) => {
            let huge = u64::try_from(value.as_ref()).map(Meta::Huge);
            huge.map_err(|_| Error::value(format!("{value} does not fit into GGUF's 64 bits")))?
        }
        Node::Float(value) => Meta::float(*value),
        Node::Str(text) => Meta::Text(text.as_str().to_owned()),
        Node::List(items) | Node::Tuple(items) => {
            Meta::list(items.iter().map(|&item| meta_of(graph, item)).collect::<Result<_>>()?)?
        }
        _ => {
            let error =
                Error::type_error("GGUF's metadata are numbers, strings, True and False, and lists of these");
            return Err(error.hint("metadata={\"general.name\": \"mine\", \"llama.block_count\": 32}"));
        }
    })
}

/// How a tensor's bytes are written.
#[derive(Clone, Copy)]
enum Form {
    Plain,
    Blocks(BlockType),
}

/// A tensor and what the file says of it.
struct Planned<'a> {
    name: &'a str,
    item: &'a Item,
    form: Form,
    number: u32,
    nbytes: u64,
}

/// Saves a dictionary of tensors, those that are quantised blocks as blocks.
///
/// # Errors
/// `OSError` if the file cannot be written; `TypeError` for what is no tensor, or of a dtype that the format lacks;
/// `ValueError` for a tensor of too many dimensions.
pub fn save_gguf(
    path: &Path,
    graph: &Graph,
    root: NodeId,
    metadata: &[(String, Meta)],
    watcher: &dyn Watcher,
) -> Result<Saved> {
    let flat = collect(graph, root, "GGUF")?;
    let planned = planned(&flat)?;
    let mut metadata = metadata.to_vec();
    let has_blocks = planned.iter().any(|tensor| matches!(tensor.form, Form::Blocks(_)));
    if has_blocks && !metadata.iter().any(|(key, _)| key == QUANTIZATION.0) {
        metadata.push((QUANTIZATION.0.to_owned(), Meta::Unsigned(QUANTIZATION.1)));
    }
    let alignment = alignment(&metadata)?;
    let mut head = header(&planned, &metadata, alignment);
    pad(&mut head, alignment);
    watcher.expect(planned.iter().map(|tensor| tensor.nbytes).sum());
    let notes = notes(&flat, &planned);
    let (saved, replaced) = replace(path, |out| {
        out.write_all(&head).map_err(|e| failed(&e))?;
        let mut nbytes = head.len() as u64;
        for tensor in told(&planned, |tensor| tensor.item) {
            tensor.write(out, watcher)?;
            let padding = tensor.nbytes.next_multiple_of(alignment) - tensor.nbytes;
            let zeros = vec![0; usize::try_from(padding).unwrap_or(0)];
            out.write_all(&zeros).map_err(|e| failed(&e))?;
            nbytes += tensor.nbytes + padding;
        }
        Ok(Saved { nbytes, storages: planned.len(), notes, replaced: None, ..Saved::default() })
    })?;
    Ok(Saved { replaced, ..saved })
}

fn planned(flat: &Flat) -> Result<Vec<Planned<'_>>> {
    let named = |name: &str| flat.items.iter().find(|item| item.name == name);
    let ties = flat.ties.iter().filter_map(|(name, written)| Some((name.as_str(), named(written)?)));
    let own = flat.items.iter().map(|item| (item.name.as_str(), item));
    own.chain(ties).map(|(name, item)| Planned::of(name, item)).collect()
}

fn alignment(metadata: &[(String, Meta)]) -> Result<u64> {
    match metadata.iter().find(|(key, _)| key == "general.alignment") {
        None => Ok(ALIGNMENT),
        Some((_, Meta::Unsigned(wanted))) if wanted.is_power_of_two() && *wanted >= 8 => Ok((*wanted).into()),
        Some((key, wanted)) => {
            Err(Error::value(format!("{key} is a power of two from 8 on, not {wanted:?}")))
        }
    }
}

fn header(planned: &[Planned<'_>], metadata: &[(String, Meta)], alignment: u64) -> Vec<u8> {
    let mut head = MAGIC.to_vec();
    head.extend(VERSION.to_le_bytes());
    head.extend((planned.len() as u64).to_le_bytes());
    head.extend((metadata.len() as u64).to_le_bytes());
    for (key, value) in metadata {
        put_text(key, &mut head);
        head.extend(value.number().to_le_bytes());
        value.put(&mut head);
    }
    let mut offset = 0_u64;
    for tensor in planned {
        let shape = &tensor.item.record.shape;
        put_text(tensor.name, &mut head);
        head.extend(u32::try_from(shape.len()).unwrap_or(0).to_le_bytes());
        shape.iter().rev().for_each(|size| head.extend(size.to_le_bytes()));
        head.extend(tensor.number.to_le_bytes());
        head.extend(offset.to_le_bytes());
        offset += tensor.nbytes.next_multiple_of(alignment);
    }
    head
}

fn pad(head: &mut Vec<u8>, alignment: u64) {
    let whole = (head.len() as u64).next_multiple_of(alignment);
    head.resize(usize::try_from(whole).unwrap_or(head.len()), 0);
}

fn notes(flat: &Flat, planned: &[Planned<'_>]) -> Vec<String> {
    let mut notes = Vec::new();
    if !flat.ties.is_empty() {
        notes.push(format!("tied tensors are written several times: {} of them", flat.ties.len()));
    }
    let long: Vec<&str> =
        planned.iter().map(|tensor| tensor.name).filter(|name| name.len() > NAME_BYTES).collect();
    if !long.is_empty() {
        let more = if long.len() > NAMED { ", …" } else { "" };
        let some: Vec<&str> = long.iter().copied().take(NAMED).collect();
        let some = some.join(", ");
        notes.push(format!(
            "names of more than {NAME_BYTES} bytes, which llama.cpp does not read: {some}{more}"
        ));
    }
    notes
}

impl<'a> Planned<'a> {
    fn of(name: &'a str, item: &'a Item) -> Result<Self> {
        let record = &item.record;
        if record.shape.len() > DIMENSIONS {
            let (count, shape) = (record.shape.len(), &record.shape);
            let message = format!(
                "GGUF has tensors of {DIMENSIONS} dimensions at most: '{name}' has {count} {shape:?}"
            );
            return Err(Error::value(message).hint("save it as .safetensors, or reshape it"));
        }
        let storage = record.view().map(|view| &view.storage);
        let block = storage.filter(|_| record.is_whole()).and_then(|storage| {
            let block = storage.block().filter(|block| block.fits(&record.shape))?;
            (block.pack.is_some() || storage.packed().is_some()).then_some(block)
        });
        if let Some(block) = block {
            let count = record.numel().unwrap_or(0) / block.elements as u64;
            let nbytes = count * block.bytes as u64;
            return Ok(Planned { name, item, form: Form::Blocks(block), number: block.number, nbytes });
        }
        let number = number_of(record.dtype).ok_or_else(|| {
            let error = Error::type_error(format!("GGUF has no type for {} (tensor '{name}')", record.dtype));
            error.hint("cast it, or drop it from what is saved")
        })?;
        Ok(Planned { name, item, form: Form::Plain, number, nbytes: item.nbytes })
    }

    fn write(&self, out: &mut dyn Write, watcher: &dyn Watcher) -> Result<()> {
        let mut put = |bytes: &[u8]| {
            out.write_all(bytes).map_err(|e| failed(&e))?;
            watcher.advance(bytes.len() as u64)
        };
        let Form::Blocks(block) = self.form else { return self.item.each(put) };
        let storage = self.item.record.view().map(|view| &view.storage);
        match storage.and_then(|storage| storage.packed()) {
            Some(packed) => packed.each_block(&mut put),
            None => storage.map_or(Ok(()), |storage| packed_again(storage, block, &mut put)),
        }
    }
}

/// Blocks of numbers that somebody may have changed since they were blocks.
fn packed_again(storage: &Storage, block: BlockType, put: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let size = block.elements * size_of::<f32>();
    let mut rest: Vec<u8> = Vec::new();
    storage.each(|bytes| {
        rest.extend_from_slice(bytes);
        let whole = rest.len() / size * size;
        let numbers: Vec<f32> = rest
            .as_chunks()
            .0
            .iter()
            .take(whole / size_of::<f32>())
            .map(|raw| f32::from_le_bytes(*raw))
            .collect();
        let mut blocks = vec![0; whole / size * block.bytes];
        block.pack_all(&numbers, &mut blocks);
        rest.drain(..whole);
        put(&blocks)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::graph_of_ints;
    use crate::watcher::Unwatched;
    use crate::{Options, open};

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.gguf");
        let (graph, root) = graph_of_ints(7, 3);
        let metadata = vec![
            ("general.name".to_owned(), Meta::Text("mine".to_owned())),
            ("a.list".to_owned(), Meta::list(vec![Meta::integer(1), Meta::integer(-2)]).unwrap()),
            ("a.float".to_owned(), Meta::float(0.5)),
        ];
        save_gguf(&path, &graph, root, &metadata, &Unwatched).unwrap();
        let loaded = open(&path, &Options::default()).unwrap();
        assert_eq!(loaded.graph.entries(loaded.root).unwrap().len(), 3);
        assert_eq!(own_metadata(&loaded.graph, loaded.root).unwrap(), metadata);
        assert!(Meta::list(vec![Meta::Bool(true), Meta::integer(1)]).is_err());
    }
}
