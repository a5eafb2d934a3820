//! The weights of `.pt2` archives (`torch.export.save`): raw records that a JSON file describes
//! (`torch/export/pt2_archive/_package.py`, `torch/_export/serde/schema.py` of PyTorch 2.11).

use std::rc::Rc;

use rustc_hash::FxHashMap;
use serde_json::Value as Json;

use super::dtype::Dtype;
use super::graph::{Dict, DictKind, Graph, Loaded, Node};
use super::limits;
use super::mapping::Region;
use super::record::{Produce, Storage, TensorRecord};
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
    let config: Json = serde_json::from_slice(entry.read(limits::INFLATED_PICKLE)?.bytes())
        .map_err(|error| Error::value(format!("{CONFIG}: {error}")))?;
    let weights = config.get("config").and_then(Json::as_object);
    let weights = weights.ok_or_else(|| Error::value(format!("{CONFIG}: no config")))?;
    let (mut graph, mut dict) = (Graph::default(), Dict { kind: DictKind::Ordered, ..Dict::default() });
    let mut storages = FxHashMap::default();
    for (name, about) in weights {
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
    about: &Json,
    storages: &mut FxHashMap<String, Rc<Storage>>,
) -> Result<TensorRecord> {
    let fault = |what: &str| Error::value(format!("weight '{name}': {what}"));
    if about.get("use_pickle").and_then(Json::as_bool) == Some(true) {
        return Err(fault("it is kept as a pickled object, which is not read"));
    }
    let path = about.get("path_name").and_then(Json::as_str).ok_or_else(|| fault("no path_name"))?;
    let meta = about.get("tensor_meta").ok_or_else(|| fault("no tensor_meta"))?;
    let code = meta.get("dtype").and_then(Json::as_i64).unwrap_or(0);
    let dtype = dtype_of(code).ok_or_else(|| fault(&format!("dtype number {code} is not known")))?;
    let ints = |key: &str| -> Option<Vec<i64>> {
        meta.get(key)?.as_array()?.iter().map(|size| size.get("as_int")?.as_i64()).collect()
    };
    let (shape, stride) = ints("sizes").zip(ints("strides")).ok_or_else(|| fault("no sizes and strides"))?;
    let offset = meta.get("storage_offset").and_then(|offset| offset.get("as_int")?.as_i64()).unwrap_or(0);
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
    record.is_parameter = about.get("is_param").and_then(Json::as_bool) == Some(true);
    record.requires_grad = meta.get("requires_grad").and_then(Json::as_bool) == Some(true);
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
        self.0.read(limits::INFLATED_TOTAL)?.aligned(self.1)
    }

    fn in_place(&self) -> Option<Region> {
        (!self.0.is_deflated()).then(|| self.0.packed.clone())
    }
}
