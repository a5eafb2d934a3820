//! The weights of `.pt2` archives (`torch.export.save`): raw records that a JSON file describes, or an archive in the archive
//! (`torch/export/pt2_archive/_package.py`, `torch/_export/serde/schema.py` of PyTorch 2.11).

use std::rc::Rc;

use super::dtype::Dtype;
use super::graph::{Dict, DictKind, Node, NodeId};
use super::index::Entries;
use super::limits;
use super::mapping::Region;
use super::pickle::Build;
use super::record::{Produce, Storage, TensorRecord};
use super::zip::{Archive, Entry};
use torchsh_base::Str;
use torchsh_base::error::{Error, Result};
use torchsh_base::hash::SeededMap;

/// The folder of the weights, and how the names of the files in it end that say what a model's are: as JSON since 2.9,
/// before that as an archive of their own.
const WEIGHTS: &str = "data/weights/";
const CONFIG: &str = "_weights_config.json";
const ARCHIVE: &str = ".pt";

/// The weights of 2.1 to 2.7; in 2.1, the same under the ending of JSON.
const STATE_DICT: [&str; 2] = ["serialized_state_dict.pt", "serialized_state_dict.json"];

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
    /// None for an object that is pickled.
    tensor_meta: Option<Meta>,
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
    !models(archive).is_empty()
}

/// The models of an archive: name, and the file that says what its weights are.
fn models(archive: &Archive) -> Vec<(String, Entry)> {
    let model = |entry: &Entry| {
        let path = entry.name.as_str();
        if STATE_DICT.contains(&path) {
            return Some(("model".to_owned(), entry.clone()));
        }
        let (before, file) = path.split_once(WEIGHTS)?;
        let name = file.strip_suffix(CONFIG).or_else(|| file.strip_suffix(ARCHIVE))?;
        (before.is_empty() || before.ends_with('/')).then(|| (name.to_owned(), entry.clone()))
    };
    archive.entries().iter().filter_map(model).collect()
}

/// Reads the weights: parameters and buffers by name; of several models, each by its own.
///
/// # Errors
/// `ValueError` for weights that are missing or do not lie within their record.
pub fn read(build: &mut Build, archive: &Archive) -> Result<NodeId> {
    let mut dict = Dict::default();
    for (name, entry) in models(archive) {
        let weights = if entry.name.as_str().ends_with(CONFIG) {
            described(build, archive, &entry)
        } else {
            build.inside(&entry.read(limits::INFLATED_TOTAL)?)
        };
        let weights = weights.map_err(|error| error.note(format!("in {}", entry.name)))?;
        dict.items.push((build.graph.text(&name)?, weights));
    }
    match dict.items.as_slice() {
        &[(_, weights)] => Ok(weights),
        _ => build.graph.add(Node::Dict(Box::new(dict))),
    }
}

/// Weights that lie one by one in the archive, as JSON says.
fn described(build: &mut Build, archive: &Archive, entry: &Entry) -> Result<NodeId> {
    let config: Config = serde_json::from_slice(entry.read(limits::INDEX_BYTES as u64)?.bytes())
        .map_err(|error| Error::value(format!("{}: {error}", entry.name)))?;
    let folder = entry.name.as_str().rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut dict = Dict { kind: DictKind::Ordered, ..Dict::default() };
    let mut storages = SeededMap::default();
    for (name, about) in &config.config.0 {
        let value = if about.use_pickle {
            let bytes = record(archive, folder, name, about)?.read(limits::INFLATED_TOTAL)?;
            build.inside(&bytes).map_err(|error| error.note(format!("in weight '{name}'")))?
        } else {
            let weight = weight(archive, folder, name, about, &mut storages)?;
            build.graph.add(Node::Tensor(Rc::new(weight)))?
        };
        dict.items.push((build.graph.text(name)?, value));
    }
    build.graph.add(Node::Dict(Box::new(dict)))
}

/// The record that holds a weight.
fn record<'a>(archive: &'a Archive, folder: &str, name: &str, about: &Weight) -> Result<&'a Entry> {
    let fault = |what: &str| Error::value(format!("weight '{name}': {what}"));
    let path = about.path_name.as_str();
    archive.find(&format!("{folder}/{path}")).ok_or_else(|| fault(&format!("the archive has no {path}")))
}

fn weight(
    archive: &Archive,
    folder: &str,
    name: &str,
    about: &Weight,
    storages: &mut SeededMap<String, Rc<Storage>>,
) -> Result<TensorRecord> {
    let fault = |what: &str| Error::value(format!("weight '{name}': {what}"));
    let entry = record(archive, folder, name, about)?;
    let path = entry.name.as_str();
    let meta = about.tensor_meta.as_ref().ok_or_else(|| fault("no tensor_meta"))?;
    let code = meta.dtype;
    let dtype = dtype_of(code).ok_or_else(|| fault(&format!("dtype number {code} is not known")))?;
    let ints = |numbers: &[Whole]| -> Vec<i64> { numbers.iter().map(|number| number.as_int).collect() };
    let (shape, stride) = (ints(&meta.sizes), ints(&meta.strides));
    let offset = meta.storage_offset.as_ref().map_or(0, |offset| offset.as_int);
    let storage = match storages.get(path) {
        Some(storage) => storage.clone(),
        None => {
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
