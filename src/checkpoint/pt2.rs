//! The weights of `.pt2` archives (`torch.export.save`): raw records that a JSON file describes
//! (`torch/export/pt2_archive/_package.py`, `torch/_export/serde/schema.py` of PyTorch 2.11).

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::dtype::Dtype;
use super::graph::{Dict, DictKind, Graph, Loaded, Node};
use super::limits;
use super::mapping::Region;
use super::record::{Produce, Storage, TensorRecord};
use super::shards::Entries;
use super::torch_zip::root;
use super::zip::{Archive, Entry};
use crate::error::{Error, Result};
use crate::syntax::Str;

const CONFIG: &str = "data/weights/model_weights_config.json";

/// Their numbers for dtypes, from 1.
const DTYPES: &[Dtype] = &[
    Dtype::UINT8,
    Dtype::INT8,
    Dtype::INT16,
    Dtype::INT32,
    Dtype::INT64,
    Dtype::FLOAT16,
    Dtype::FLOAT32,
    Dtype::FLOAT64,
    Dtype::COMPLEX32,
    Dtype::COMPLEX64,
    Dtype::COMPLEX128,
    Dtype::BOOL,
    Dtype::BFLOAT16,
];

/// Dtypes whose numbers come after a gap.
const LATER: &[(i64, Dtype)] = &[
    (28, Dtype::UINT16),
    (29, Dtype::FLOAT8_E4M3FN),
    (30, Dtype::FLOAT8_E5M2),
    (31, Dtype::FLOAT8_E4M3FNUZ),
    (32, Dtype::FLOAT8_E5M2FNUZ),
];

/// What is read of the file that describes them.
#[derive(serde::Deserialize)]
struct Config {
    config: Entries<Weight>,
}

#[derive(serde::Deserialize)]
struct Weight {
    #[serde(default)]
    path_name: String,
    #[serde(default)]
    is_param: bool,
    #[serde(default)]
    use_pickle: bool,
    tensor_meta: Meta,
}

#[derive(serde::Deserialize)]
struct Meta {
    dtype: i64,
    sizes: Vec<Whole>,
    strides: Vec<Whole>,
    storage_offset: Option<Whole>,
    #[serde(default)]
    requires_grad: bool,
}

/// A number that could have been a symbol.
#[derive(serde::Deserialize)]
struct Whole {
    as_int: i64,
}

/// Whether an archive is one of these.
#[must_use]
pub fn is_pt2(archive: &Archive) -> bool {
    root(archive, CONFIG).is_some()
}

/// Reads the weights: parameters and buffers by name.
///
/// # Errors
/// `ValueError` for weights that are pickled, are missing, or do not lie within their record.
pub fn load(archive: &Archive) -> Result<Loaded> {
    let folder = root(archive, CONFIG).unwrap_or_default();
    let entry = archive.find(&format!("{folder}/{CONFIG}"));
    let entry = entry.ok_or_else(|| Error::value("the archive has no weights"))?;
    let bytes = entry.read(limits::INDEX_BYTES as u64)?;
    let config: Config =
        serde_json::from_slice(bytes.bytes()).map_err(|error| Error::value(format!("{CONFIG}: {error}")))?;
    let (mut graph, mut dict) = (Graph::default(), Dict { kind: DictKind::Ordered, ..Dict::default() });
    let mut storages = FxHashMap::default();
    for (name, about) in &config.config.0 {
        let record = weight(archive, folder, name, about, &mut storages)?;
        dict.items.push((graph.text(name)?, graph.add(Node::Tensor(Rc::new(record)))?));
    }
    let root = graph.add(Node::Dict(Box::new(dict)))?;
    Ok(Loaded { graph, root, kind: "pt2", notes: Vec::new() })
}

fn weight(
    archive: &Archive,
    folder: &str,
    name: &str,
    about: &Weight,
    storages: &mut FxHashMap<String, Rc<Storage>>,
) -> Result<TensorRecord> {
    let fault = |what: &str| Error::value(format!("weight '{name}': {what}"));
    if about.use_pickle {
        return Err(fault("it is kept as a pickled object, which is not read"));
    }
    let (path, meta) = (about.path_name.as_str(), &about.tensor_meta);
    let code = meta.dtype;
    let dtype = dtype_of(code).ok_or_else(|| fault(&format!("dtype number {code} is not known")))?;
    let ints = |numbers: &[Whole]| -> Vec<i64> { numbers.iter().map(|number| number.as_int).collect() };
    let (shape, stride) = (ints(&meta.sizes), ints(&meta.strides));
    let offset = meta.storage_offset.as_ref().map_or(0, |offset| offset.as_int);
    let storage = match storages.get(path) {
        Some(storage) => storage.clone(),
        None => {
            let entry = archive.find(&format!("{folder}/data/weights/{path}"));
            let entry = entry.ok_or_else(|| fault(&format!("the archive has no {path}")))?;
            let produce = Box::new(Raw(entry.clone(), dtype.itemsize()));
            let made = Storage::lazy(Str::new(path), Str::intern("cpu"), entry.size, produce);
            storages.insert(path.to_owned(), made.clone());
            made
        }
    };
    let mut record = TensorRecord::strided(dtype, shape, stride, offset, &storage)?;
    record.is_parameter = about.is_param;
    record.requires_grad = meta.requires_grad;
    Ok(record)
}

fn dtype_of(code: i64) -> Option<Dtype> {
    let place = usize::try_from(code).ok()?.checked_sub(1)?;
    DTYPES
        .get(place)
        .copied()
        .or_else(|| LATER.iter().find(|(known, _)| *known == code).map(|(_, dtype)| *dtype))
}

/// A record as it lies in the archive.
struct Raw(Entry, usize);

impl Produce for Raw {
    fn produce(&self) -> Result<Region> {
        self.0.read(u64::MAX)?.aligned(self.1)
    }

    fn in_place(&self) -> Option<Region> {
        (!self.0.is_deflated()).then(|| self.0.packed.clone())
    }
}
