//! Writing what `torch.save` writes with `_use_new_zipfile_serialization=False`: pickles, then the bytes of each storage.

use std::io::Write;
use std::rc::Rc;

use super::pickler::Pickler;
use super::storages::{Place, Storages};
use super::torch_zip::{SaveOptions, Saved, failed};
use crate::graph::{Graph, Node, NodeId};
use crate::legacy::{MAGIC, PROTOCOL};
use crate::pickle::opcodes as op;
use crate::record::Storage;
use crate::watcher::{Unwatched, Watcher};
use torchsh_base::Str;
use torchsh_base::error::Result;

/// Writes an object in the format of releases before 1.6.
///
/// # Errors
/// As [`super::save_torch`].
pub fn write(
    out: &mut dyn Write,
    graph: &Graph,
    root: NodeId,
    options: &SaveOptions,
    watcher: &dyn Watcher,
) -> Result<Saved> {
    let mut storages = Storages::of(graph, root, options.compact);
    let pickler = Pickler::new(graph, &mut storages).with_objects(options.objects).stacked();
    let (pickle, notes) = pickler.finish(root)?;
    watcher.expect(storages.order().iter().map(|storage| storages.length(storage)).sum());
    let nbytes = write_stacked(out, &pickle, &storages, storages.order(), watcher)?;
    Ok(Saved { nbytes, storages: storages.order().len(), notes, replaced: None, ..Saved::default() })
}

/// The bytes of a file that holds a storage and nothing else.
///
/// # Errors
/// What is wrong with the storage.
pub fn storage_file(storages: &Storages, storage: &Rc<Storage>, place: &Place) -> Result<Vec<u8>> {
    let graph = Graph::default();
    let mut none = Storages::of(&graph, NodeId::NONE, false);
    let pickle = Pickler::new(&graph, &mut none).stacked().finish_storage(&Place { key: 0, ..place.clone() });
    let mut bytes = Vec::new();
    write_stacked(&mut bytes, &pickle, storages, std::slice::from_ref(storage), &Unwatched)?;
    Ok(bytes)
}

/// Writes a pickle and the records it speaks of; gives the length in bytes.
fn write_stacked(
    out: &mut dyn Write,
    pickle: &[u8],
    storages: &Storages,
    records: &[Rc<Storage>],
    watcher: &dyn Watcher,
) -> Result<u64> {
    let mut out = Counted { out, nbytes: 0 };
    out.all(&[&[op::PROTO, 2], MAGIC.as_slice(), &[op::STOP]].concat())?;
    out.all(&pickled(|graph| graph.add(Node::Int(PROTOCOL)))?)?;
    out.all(&pickled(system)?)?;
    out.all(pickle)?;
    out.all(&pickled(|graph| {
        let keys = (0..records.len()).map(|key| graph.text(&key.to_string())).collect::<Result<_>>()?;
        graph.add(Node::List(Box::new(keys)))
    })?)?;
    for storage in records {
        out.all(&storages.numel(storage).to_le_bytes())?;
        storages.each(storage, |bytes| {
            out.all(bytes)?;
            watcher.advance(bytes.len() as u64)
        })?;
    }
    Ok(out.nbytes)
}

/// A file, and how much was written to it.
struct Counted<'a> {
    out: &'a mut dyn Write,
    nbytes: u64,
}

impl Counted<'_> {
    fn all(&mut self, bytes: &[u8]) -> Result<()> {
        self.nbytes += bytes.len() as u64;
        self.out.write_all(bytes).map_err(|error| failed(&error))
    }
}

/// A pickle of a plain object.
fn pickled(make: impl FnOnce(&mut Graph) -> Result<NodeId>) -> Result<Vec<u8>> {
    let mut graph = Graph::default();
    let root = make(&mut graph)?;
    let mut storages = Storages::of(&graph, root, false);
    Ok(Pickler::new(&graph, &mut storages).finish(root)?.0)
}

/// What such a file says of the machine that wrote it.
fn system(graph: &mut Graph) -> Result<NodeId> {
    let mut sizes = Vec::new();
    for (name, size) in [("short", 2), ("int", 4), ("long", 4)] {
        sizes.push((Str::intern(name), graph.add(Node::Int(size))?));
    }
    let sizes = graph.dict(sizes)?;
    let protocol = graph.add(Node::Int(PROTOCOL))?;
    graph.dict([
        (Str::intern("protocol_version"), protocol),
        (Str::intern("little_endian"), NodeId::TRUE),
        (Str::intern("type_sizes"), sizes),
    ])
}
