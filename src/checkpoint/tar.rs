//! What `torch.save` wrote before 0.1.10: a tar archive of `storages`, `tensors` and `pickle`
//! (`legacy_load` in `torch/serialization.py`).

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::bytes::Cursor;
use super::graph::{Node, NodeId};
use super::legacy::Stacked;
use super::limits;
use super::mapping::Region;
use super::pickle::{Build, NoPersistent, Persistent};
use super::record::{Storage, TensorRecord};
use super::torch_zip::{Declared, storage_class};
use crate::error::{Error, Result};
use crate::syntax::Str;

const BLOCK: usize = 512;

/// The regular files of a tar archive, by name; none if it is no tar archive.
#[must_use]
pub fn members(bytes: &Region) -> Option<FxHashMap<String, Region>> {
    let mut members = FxHashMap::default();
    let mut at = 0_usize;
    while let Some(header) = bytes.bytes().get(at..at.checked_add(BLOCK)?) {
        if header.iter().all(|&byte| byte == 0) {
            break;
        }
        let (name, size, kind) = read_header(header)?;
        let data = bytes.part(at.checked_add(BLOCK)?, size)?;
        if matches!(kind, b'0' | 0) {
            members.insert(name.trim_start_matches("./").to_owned(), data);
        }
        at = at.checked_add(BLOCK)?.checked_add(size.checked_next_multiple_of(BLOCK)?)?;
        if members.len() > limits::SHARDS {
            return None;
        }
    }
    (!members.is_empty()).then_some(members)
}

/// Name, size and type of a member, if the header's checksum is right.
fn read_header(header: &[u8]) -> Option<(String, usize, u8)> {
    let octal = |range: std::ops::Range<usize>| {
        let text = std::str::from_utf8(header.get(range)?).ok()?;
        usize::from_str_radix(text.trim_matches(['\0', ' ']), 8).ok()
    };
    let sum: usize = header.iter().map(|&byte| usize::from(byte)).sum();
    let field: usize = header.get(148..156)?.iter().map(|&byte| usize::from(byte)).sum();
    if octal(148..156)? != sum - field + 8 * usize::from(b' ') {
        return None;
    }
    let name = header.get(..100)?.split(|&byte| byte == 0).next()?;
    Some((String::from_utf8_lossy(name).into_owned(), octal(124..136)?, *header.get(156)?))
}

/// Whether these are the members of a checkpoint.
#[must_use]
pub fn is_checkpoint(members: &FxHashMap<String, Region>) -> bool {
    ["storages", "tensors", "pickle"].iter().all(|name| members.contains_key(*name))
}

/// Reads the outermost object.
///
/// # Errors
/// What is wrong with its parts.
pub fn read(build: &mut Build, members: &FxHashMap<String, Region>) -> Result<NodeId> {
    let member = |name: &str| members.get(name).cloned().unwrap_or_default();
    let mut objects = Objects::default();
    objects.read_storages(build, &member("storages"))?;
    objects.read_tensors(build, &member("tensors"))?;
    Stacked::new(&member("pickle")).next(build, &mut objects)
}

/// Storages and tensors, by the number that other parts call them.
#[derive(Default)]
struct Objects {
    storages: FxHashMap<String, (Rc<Storage>, crate::checkpoint::dtype::Dtype)>,
    objects: FxHashMap<String, NodeId>,
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
        dtype: crate::checkpoint::dtype::Dtype,
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
