//! What `torch.save` wrote before 0.1.10: a tar archive of `storages`, `tensors` and `pickle`
//! (`legacy_load` in `torch/serialization.py`).

use std::rc::Rc;

use tar::Archive;

use super::bytes::Cursor;
use super::graph::{Node, NodeId};
use super::legacy::Stacked;
use super::limits;
use super::mapping::Region;
use super::pickle::{Build, NoPersistent, Persistent};
use super::record::{Storage, TensorRecord};
use super::torch_zip::{Declared, storage_class};
use torchsh_base::Str;
use torchsh_base::error::{Error, Result};
use torchsh_base::hash::SeededMap;

/// The regular files of a tar archive, by name; none if it is no tar archive.
///
/// # Errors
/// `ValueError` for one that is cut short or damaged, or holds too many files.
pub fn members(bytes: &Region) -> Result<Option<SeededMap<String, Region>>> {
    const BLOCK: usize = 512;
    let mut archive = Archive::new(std::io::Cursor::new(bytes.bytes()));
    let mut end = 0;
    let mut members = SeededMap::default();
    let damaged = |error: &std::io::Error| Error::value(format!("damaged tar archive: {error}"));
    for entry in archive.entries_with_seek().map_err(|error| damaged(&error))? {
        let entry = match entry {
            Ok(entry) => entry,
            // What has no first header is another kind of file.
            Err(_) if members.is_empty() => return Ok(None),
            Err(error) => return Err(damaged(&error)),
        };
        let name = String::from_utf8_lossy(&entry.path_bytes()).trim_start_matches("./").to_owned();
        let place = usize::try_from(entry.raw_file_position()).ok().zip(usize::try_from(entry.size()).ok());
        let data = place.and_then(|(start, length)| bytes.part(start, length));
        let data = data.ok_or_else(|| cut(&format!("ends within its '{name}'")))?;
        end = place.map_or(0, |(start, length)| start + length.next_multiple_of(BLOCK));
        if !entry.header().entry_type().is_file() {
            continue;
        }
        members.insert(name, data);
        if members.len() > limits::SHARDS {
            return Err(Error::value(format!("a tar archive of more than {} files", limits::SHARDS)));
        }
    }
    // An archive ends in blocks of zeros: without one, what was behind is gone.
    if !members.is_empty() && bytes.len() < end + BLOCK {
        return Err(cut("has no end"));
    }
    Ok(Some(members).filter(|members| !members.is_empty()))
}

fn cut(how: &str) -> Error {
    let error = Error::value(format!("the tar archive {how}: the file is cut short"));
    error.hint("download or copy it again, and compare its size")
}

/// Whether these are the members of a checkpoint.
#[must_use]
pub fn is_checkpoint(members: &SeededMap<String, Region>) -> bool {
    ["storages", "tensors", "pickle"].iter().all(|name| members.contains_key(*name))
}

/// Reads the outermost object.
///
/// # Errors
/// What is wrong with its parts.
pub fn read(build: &mut Build, members: &SeededMap<String, Region>) -> Result<NodeId> {
    let member = |name: &str| members.get(name).cloned().unwrap_or_default();
    let mut objects = Objects::default();
    objects.read_storages(build, &member("storages"))?;
    objects.read_tensors(build, &member("tensors"))?;
    Stacked::new(&member("pickle")).next(build, &mut objects)
}

/// Storages and tensors, by the number that other parts call them.
#[derive(Default)]
struct Objects {
    storages: SeededMap<String, (Rc<Storage>, crate::dtype::Dtype)>,
    objects: SeededMap<String, NodeId>,
}

fn malformed(what: &str) -> Error {
    Error::value(format!("tar checkpoint: malformed {what}"))
}

fn name_of(build: &Build, id: NodeId) -> Option<String> {
    match build.graph.get(id) {
        Node::Str(text) => Some(text.as_str().trim_end_matches('L').to_owned()),
        Node::Int(number) => Some(number.to_string()),
        Node::BigInt(number) => Some(number.to_string()),
        _ => None,
    }
}

impl Objects {
    fn read_storages(&mut self, build: &mut Build, bytes: &Region) -> Result<()> {
        let mut stacked = Stacked::new(bytes);
        let count = stacked.next(build, &mut NoPersistent)?;
        for _ in 0..build.graph.int(count).ok_or_else(|| malformed("number of storages"))? {
            let about = stacked.next(build, &mut NoPersistent)?;
            self.read_storage(build, about, &mut stacked)?;
        }
        let views = stacked.next(build, &mut NoPersistent)?;
        let views = build.graph.sequence(views).ok_or_else(|| malformed("storage views"))?.to_vec();
        for view in views {
            self.read_view(build, view)?;
        }
        Ok(())
    }

    /// `(key, location, class)`, then a count and that many elements.
    fn read_storage(&mut self, build: &mut Build, about: NodeId, stacked: &mut Stacked) -> Result<()> {
        let &[key, location, class] = build.graph.sequence(about).ok_or_else(|| malformed("storage"))? else {
            return Err(malformed("storage"));
        };
        let name = name_of(build, key).ok_or_else(|| malformed("storage key"))?;
        let Node::Global(class) = build.graph.get(class) else { return Err(malformed("storage class")) };
        let dtype = storage_class(class)?;
        let location = Str::new(build.graph.str(location).unwrap_or("cpu"));
        let numel = Cursor::new(stacked.rest(), "tar checkpoint: storages").u64()?;
        let key = Str::new(name.as_str());
        let declared = Declared { key: key.clone(), location: location.clone(), dtype, numel, view: None };
        let data = stacked.data(&declared)?;
        let storage = Storage::at(key, location, data, dtype.itemsize());
        self.insert(build, name, storage, dtype)
    }

    fn insert(
        &mut self,
        build: &mut Build,
        name: String,
        storage: Rc<Storage>,
        dtype: crate::dtype::Dtype,
    ) -> Result<()> {
        let id = build.graph.add(Node::Storage(storage.clone(), dtype))?;
        self.storages.insert(name.clone(), (storage, dtype));
        self.objects.insert(name, id);
        Ok(())
    }

    /// `(key, key of the whole, offset, numel)` in elements.
    fn read_view(&mut self, build: &mut Build, view: NodeId) -> Result<()> {
        let &[key, whole, offset, numel] = build.graph.sequence(view).ok_or_else(|| malformed("view"))?
        else {
            return Err(malformed("view"));
        };
        let (name, whole) =
            name_of(build, key).zip(name_of(build, whole)).ok_or_else(|| malformed("view"))?;
        let (storage, dtype) = self.storages.get(&whole).cloned().ok_or_else(|| malformed("view"))?;
        let scaled = |id| usize::try_from(build.graph.int(id)?).ok()?.checked_mul(dtype.itemsize());
        let (start, length) = scaled(offset).zip(scaled(numel)).ok_or_else(|| malformed("view"))?;
        let part = storage.bytes_once()?.part(start, length).ok_or_else(|| malformed("view"))?;
        let made = Storage::at(storage.key.clone(), storage.location.clone(), part, dtype.itemsize());
        self.insert(build, name, made, dtype)
    }

    fn read_tensors(&mut self, build: &mut Build, bytes: &Region) -> Result<()> {
        let mut stacked = Stacked::new(bytes);
        let count = stacked.next(build, &mut NoPersistent)?;
        for _ in 0..build.graph.int(count).ok_or_else(|| malformed("number of tensors"))? {
            let about = stacked.next(build, &mut NoPersistent)?;
            self.read_tensor(build, about, &mut stacked)?;
        }
        Ok(())
    }

    /// `(key, storage, class)`, then dimensions, sizes, strides and offset.
    fn read_tensor(&mut self, build: &mut Build, about: NodeId, stacked: &mut Stacked) -> Result<()> {
        let &[key, storage, _class] = build.graph.sequence(about).ok_or_else(|| malformed("tensor"))? else {
            return Err(malformed("tensor"));
        };
        let (name, storage) =
            name_of(build, key).zip(name_of(build, storage)).ok_or_else(|| malformed("tensor"))?;
        let (storage, dtype) = self.storages.get(&storage).ok_or_else(|| malformed("tensor's storage"))?;
        let mut cursor = Cursor::new(stacked.rest(), "tar checkpoint: tensors");
        let dimensions = usize::try_from(cursor.i32()?).ok().filter(|&count| count <= limits::DIMENSIONS);
        let dimensions = dimensions.ok_or_else(|| malformed("number of dimensions"))?;
        cursor.take(4)?;
        let shape = (0..dimensions).map(|_| cursor.i64()).collect::<Result<Vec<_>>>()?;
        let stride = (0..dimensions).map(|_| cursor.i64()).collect::<Result<Vec<_>>>()?;
        let offset = cursor.i64()?;
        let record = TensorRecord::strided(*dtype, shape, stride, offset, storage)?;
        stacked.skip(cursor.position());
        let id = build.graph.add(Node::Tensor(Rc::new(record)))?;
        self.objects.insert(name, id);
        Ok(())
    }
}

impl Persistent for Objects {
    fn load(&mut self, build: &mut Build, id: NodeId) -> Result<NodeId> {
        // A module's class comes with its source code.
        if let Some(&class) = build.graph.sequence(id).and_then(<[_]>::first) {
            return Ok(class);
        }
        let name = name_of(build, id).ok_or_else(|| malformed("persistent id"))?;
        let missing = || Error::value(format!("tar checkpoint: there is no tensor {name}"));
        self.objects.get(&name).copied().ok_or_else(missing)
    }
}
