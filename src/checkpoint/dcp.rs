//! Folders of `torch.distributed.checkpoint`: a pickle that says which tensor's chunks lie where, and files of chunks, each
//! a whole `torch.save` archive (`torch/distributed/checkpoint/filesystem.py`).

use std::path::Path;
use std::rc::Rc;

use super::content::{Options, embedded};
use super::graph::{Graph, Loaded, Node, NodeId, Object};
use super::joined::joined;
use super::limits;
use super::mapping::{Mapping, Region};
use super::module::attribute;
use super::nested::{Step, Tree};
use super::pickle::{self, Build, NoPersistent};
use super::record::numel;
use super::{torch_zip, zip::Archive};
use torchsh_base::error::{Error, Result};
use torchsh_base::hash::SeededMap;

fn malformed(what: &str) -> Error {
    Error::value(format!("distributed checkpoint: malformed {what}"))
}

/// Reads such a folder, nested as it was saved.
///
/// # Errors
/// What is wrong with its metadata, with a file or a chunk; a chunk that is missing.
pub fn load(folder: &Path, options: &Options) -> Result<Loaded> {
    let metadata = Mapping::open(&folder.join(".metadata"))?;
    let mut build = Build::new(embedded);
    let (root, _) = pickle::read(&mut build, metadata.whole(), &mut NoPersistent)?;
    let plan = Plan::read(&build.graph, root)?;
    let mut files = Files { folder, options, open: SeededMap::default() };
    let mut tree = Tree::default();
    for item in &plan.items {
        let value = item.load(&mut build, &plan, &mut files)?;
        tree.put(&item.path, value)?;
    }
    let root = tree.build(&mut build.graph)?;
    Ok(Loaded { graph: build.graph, root, kind: "distributed checkpoint", notes: Vec::new() })
}

/// The files of chunks, each opened once.
struct Files<'a> {
    folder: &'a Path,
    options: &'a Options,
    open: SeededMap<String, Mapping>,
}

impl Files<'_> {
    fn part(&mut self, place: &Place) -> Result<Region> {
        let name = place.file.as_str();
        if name.starts_with('/') || name.split(['/', '\\']).any(|part| part == "..") {
            return Err(Error::value(format!("the metadata names {name:?}, which lies outside the folder")));
        }
        if !self.open.contains_key(name) {
            let path = self.folder.join(name);
            let mapping = Mapping::open_as(&path, self.options.mmap)?;
            self.open.insert(name.to_owned(), mapping);
        }
        let part = self.open.get(name).and_then(|mapping| mapping.region(place.offset, place.length));
        part.ok_or_else(|| {
            Error::value(format!("{name} is too short: {} bytes from {}", place.length, place.offset))
        })
    }
}

/// Where a chunk lies.
struct Place {
    file: String,
    offset: u64,
    length: u64,
}

struct Plan {
    items: Vec<Item>,
    places: SeededMap<ChunkName, Place>,
}

/// One tensor or object.
struct Item {
    name: String,
    path: Vec<Step>,
    chunks: Chunks,
}

/// Reads the attributes of the objects that the metadata is made of.
struct Reader<'a>(&'a Graph);

impl<'a> Reader<'a> {
    fn object(&self, id: NodeId) -> Result<&'a Object> {
        match self.0.get(id) {
            Node::Object(object) => Ok(object),
            _ => Err(malformed("metadata")),
        }
    }

    /// A field: an attribute, or (of classes that take them so) an argument.
    fn field(&self, object: &Object, name: &str, place: usize) -> Option<NodeId> {
        attribute(self.0, object, name).or_else(|| object.args.get(place).copied())
    }

    fn sizes(&self, id: Option<NodeId>) -> Result<Vec<i64>> {
        id.and_then(|id| self.0.sizes(id)).ok_or_else(|| malformed("sizes"))
    }
}

impl Plan {
    fn read(graph: &Graph, root: NodeId) -> Result<Plan> {
        let reader = Reader(graph);
        let metadata = reader.object(root)?;
        let table = |name: &str| reader.field(metadata, name, usize::MAX).and_then(|id| graph.entries(id));
        let entries = table("state_dict_metadata").ok_or_else(|| malformed("metadata"))?;
        let paths = table("planner_data").unwrap_or_default();
        let paths: SeededMap<&str, NodeId> =
            paths.iter().filter_map(|&(key, path)| Some((graph.str(key)?, path))).collect();
        let mut items = Vec::with_capacity(entries.len());
        for &(key, about) in entries {
            let name = graph.str(key).ok_or_else(|| malformed("name"))?.to_owned();
            let path = paths.get(name.as_str()).and_then(|&path| steps(graph, path));
            let path = path.unwrap_or_else(|| vec![Step::Key(name.clone())]);
            items.push(Item { chunks: chunks(&reader, about)?, name, path });
        }
        let places = table("storage_data").ok_or_else(|| malformed("storage data"))?;
        let places =
            places.iter().map(|&(index, info)| place(&reader, index, info)).collect::<Result<_>>()?;
        Ok(Plan { items, places })
    }
}

fn steps(graph: &Graph, path: NodeId) -> Option<Vec<Step>> {
    let step = |&id: &NodeId| match graph.get(id) {
        Node::Str(key) => Some(Step::Key(key.as_str().to_owned())),
        _ => graph.int(id).map(Step::Place),
    };
    graph.sequence(path)?.iter().map(step).collect::<Option<Vec<_>>>().filter(|steps| !steps.is_empty())
}

/// A tensor's shape, and offsets and sizes of its chunks; none: it is an object.
type Chunks = Option<(Vec<i64>, Vec<Chunk>)>;

/// Offsets and sizes.
type Chunk = (Vec<i64>, Vec<i64>);

/// The name of a tensor and the offsets of one of its chunks.
type ChunkName = (String, Option<Vec<i64>>);

fn chunks(reader: &Reader, about: NodeId) -> Result<Chunks> {
    let about = reader.object(about)?;
    if about.class.name.as_str() != "TensorStorageMetadata" {
        return Ok(None);
    }
    let shape = reader.sizes(reader.field(about, "size", 1))?;
    let list = reader.field(about, "chunks", 2).and_then(|id| reader.0.sequence(id));
    let mut chunks = Vec::new();
    for &chunk in list.ok_or_else(|| malformed("chunks"))? {
        let chunk = reader.object(chunk)?;
        let (offsets, sizes) = (
            reader.sizes(reader.field(chunk, "offsets", 0))?,
            reader.sizes(reader.field(chunk, "sizes", 1))?,
        );
        chunks.push((offsets, sizes));
    }
    Ok(Some((shape, chunks)))
}

fn place(reader: &Reader, index: NodeId, info: NodeId) -> Result<(ChunkName, Place)> {
    let (index, info) = (reader.object(index)?, reader.object(info)?);
    let text = |object: &Object, name: &str, place| {
        let found = reader.field(object, name, place).and_then(|id| reader.0.word(id));
        found.map(str::to_owned).ok_or_else(|| malformed(name))
    };
    let number = |name: &str, place| {
        let found = reader.field(info, name, place).and_then(|id| reader.0.int(id));
        found.and_then(|number| u64::try_from(number).ok()).ok_or_else(|| malformed(name))
    };
    let offset = reader.field(index, "offset", 1).filter(|&id| id != NodeId::NONE);
    let offset = offset.map(|id| reader.sizes(Some(id))).transpose()?;
    let place = Place {
        file: text(info, "relative_path", 0)?,
        offset: number("offset", 1)?,
        length: number("length", 2)?,
    };
    Ok(((text(index, "fqn", 0)?, offset), place))
}

impl Item {
    fn load(&self, build: &mut Build, plan: &Plan, files: &mut Files) -> Result<NodeId> {
        let Some((shape, chunks)) = &self.chunks else { return self.chunk(build, plan, files, None) };
        partition(shape, chunks).map_err(|what| self.fault(&what))?;
        if let [(offsets, sizes)] = chunks.as_slice()
            && sizes == shape
        {
            let id = self.chunk(build, plan, files, Some(offsets))?;
            return match build.graph.get(id) {
                Node::Tensor(record) if record.shape == *sizes => Ok(id),
                Node::Tensor(_) => Err(self.fault(OTHER_SHAPE)),
                _ => Err(self.fault("a chunk is not a tensor")),
            };
        }
        let mut parts = Vec::with_capacity(chunks.len());
        for (offsets, sizes) in chunks {
            let id = self.chunk(build, plan, files, Some(offsets))?;
            let Node::Tensor(record) = build.graph.get(id) else {
                return Err(self.fault("a chunk is not a tensor"));
            };
            if record.shape != *sizes {
                return Err(self.fault(OTHER_SHAPE));
            }
            parts.push((offsets.clone(), record.clone()));
        }
        let record = joined(&self.name, shape, parts)?;
        build.graph.add(Node::Tensor(Rc::new(record)))
    }

    fn chunk(
        &self,
        build: &mut Build,
        plan: &Plan,
        files: &mut Files,
        offsets: Option<&Vec<i64>>,
    ) -> Result<NodeId> {
        let key = (self.name.clone(), offsets.cloned());
        let place = plan.places.get(&key).or_else(|| plan.places.get(&(self.name.clone(), None)));
        let place = place.ok_or_else(|| self.fault("the metadata does not say where it is"))?;
        let bytes = files.part(place)?;
        let archive =
            Archive::open(&bytes).map_err(|error| error.note(format!("in the chunk of '{}'", self.name)))?;
        torch_zip::read(build, &archive)
            .map_err(|error| error.note(format!("in the chunk of '{}'", self.name)))
    }

    fn fault(&self, what: &str) -> Error {
        Error::value(format!("'{}': {what}", self.name))
    }
}

const OTHER_SHAPE: &str = "a chunk has another shape than the metadata says";

/// Checks that chunks cover a tensor, each element once: none outside, no two of the same place.
fn partition(shape: &[i64], chunks: &[Chunk]) -> Result<(), String> {
    let whole = numel(shape).ok_or_else(|| format!("it has the impossible shape {shape:?}"))?;
    let mut covered = 0_u64;
    for (offsets, sizes) in chunks {
        let count = numel(sizes).filter(|_| offsets.len() == shape.len() && sizes.len() == shape.len());
        let mut places = offsets.iter().zip(sizes).zip(shape);
        let fits = places.all(|((&offset, &size), &whole)| {
            offset >= 0 && offset.checked_add(size).is_some_and(|end| end <= whole)
        });
        covered = covered.saturating_add(count.filter(|_| fits).ok_or_else(|| {
            format!("a chunk of shape {sizes:?} at {offsets:?} does not lie within its shape {shape:?}")
        })?);
    }
    if covered != whole {
        return Err(format!("its chunks hold {covered} elements, its shape {shape:?} has {whole}"));
    }
    apart(chunks)
}

/// Checks that no two chunks share an element: each is compared with those before it that reach as far along the first
/// dimension.
fn apart(chunks: &[Chunk]) -> Result<(), String> {
    let mut sorted: Vec<&Chunk> = chunks.iter().filter(|(_, sizes)| numel(sizes) != Some(0)).collect();
    sorted.sort();
    let start = |chunk: &Chunk| chunk.0.first().copied().unwrap_or(0);
    let end = |chunk: &Chunk| start(chunk) + chunk.1.first().copied().unwrap_or(1);
    let (mut reaching, mut work): (Vec<&Chunk>, usize) = (Vec::new(), 0);
    for chunk in sorted {
        reaching.retain(|before| end(before) > start(chunk));
        work += reaching.len();
        if work > limits::CALL_WORK {
            return Err("its chunks are too many to be compared".to_owned());
        }
        let overlaps = |before: &&&Chunk| {
            let sides = before.0.iter().zip(&before.1).zip(chunk.0.iter().zip(&chunk.1));
            sides.into_iter().all(|((one, long), (other, wide))| *one < other + wide && *other < one + long)
        };
        if let Some(before) = reaching.iter().find(overlaps) {
            return Err(format!("its chunks at {:?} and {:?} overlap", before.0, chunk.0));
        }
        reaching.push(chunk);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_make_up_the_whole() {
        let chunk = |offsets: &[i64], sizes: &[i64]| (offsets.to_vec(), sizes.to_vec());
        let good: &[(&[i64], Vec<Chunk>)] = &[
            (&[4, 2], vec![chunk(&[0, 0], &[4, 2])]),
            (&[4, 2], vec![chunk(&[2, 0], &[2, 2]), chunk(&[0, 0], &[2, 1]), chunk(&[0, 1], &[2, 1])]),
            (&[3], vec![chunk(&[0], &[2]), chunk(&[2], &[0]), chunk(&[2], &[1])]),
            (&[], vec![chunk(&[], &[])]),
            (&[0, 5], vec![]),
        ];
        for (shape, chunks) in good {
            assert_eq!(partition(shape, chunks), Ok(()), "{shape:?}");
        }
        let bad: &[(&[i64], Vec<Chunk>, &str)] = &[
            (&[4], vec![chunk(&[1], &[4])], "does not lie within"),
            (&[4], vec![chunk(&[-1], &[4])], "does not lie within"),
            (&[4], vec![chunk(&[0], &[-4])], "does not lie within"),
            (&[4], vec![chunk(&[0, 0], &[4, 1])], "does not lie within"),
            (&[4], vec![chunk(&[i64::MAX], &[4])], "does not lie within"),
            (&[4], vec![chunk(&[0], &[3])], "hold 3 elements"),
            (&[4], vec![], "hold 0 elements"),
            (&[4], vec![chunk(&[0], &[2]), chunk(&[1], &[2])], "overlap"),
            (&[2, 2], vec![chunk(&[0, 0], &[2, 1]), chunk(&[0, 0], &[1, 2])], "overlap"),
            (&[-1], vec![chunk(&[0], &[1])], "impossible shape"),
            (&[], vec![chunk(&[], &[]), chunk(&[], &[])], "hold 2 elements"),
        ];
        for (shape, chunks, what) in bad {
            let said = partition(shape, chunks).unwrap_err();
            assert!(said.contains(what), "{shape:?} {chunks:?}: {said}");
        }
    }
}
