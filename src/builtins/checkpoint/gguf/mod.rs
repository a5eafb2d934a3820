//! A state_dict of transformers as llama.cpp has it: `save p "x.gguf" config="folder/"`. Names, hyperparameters and vocabulary are
//! those of llama.cpp's `convert_hf_to_gguf.py`.

mod model;
mod tokenizer;

use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde_json::Value as Json;

use self::model::Architecture;
use crate::verbs::key_mapping::{self, Counts};
use crate::verbs::surgery::mixture::Plan;
use crate::verbs::surgery::sources::{Sources, value as tensor_of};
use torchsh_base::Str;
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_checkpoint::gguf::mixtures::{MIXED, MIXTURES, Mixture};
use torchsh_checkpoint::gguf::number_of;
use torchsh_checkpoint::graph::{Graph, Node, NodeId};
use torchsh_checkpoint::mapping::Region;
use torchsh_checkpoint::record::{Storage, TensorRecord};
use torchsh_checkpoint::write::{GgufMetadata, Meta, gguf_metadata, meta_of};
use torchsh_language::value::report::{gather, size};
use torchsh_language::value::{Dict, TensorObject, Value, Vm};
use torchsh_state_dict::derive;

/// Keys as transformers has them.
const THEIRS: &[&str] =
    &["model.layers.0.", "transformer.h.0.", "h.0.attn.", "bert.encoder.", "encoder.layer.0."];

/// A word on names that llama.cpp does not read, and on how it gets its own.
pub fn hint(graph: &Graph, root: NodeId, metadata: &GgufMetadata) -> Option<String> {
    let says = metadata.iter().any(|(key, _)| key == "general.architecture");
    let mut names = graph.entries(root)?.iter().filter_map(|(key, _)| graph.str(*key));
    let is_theirs = names.any(|name| THEIRS.iter().any(|begin| name.starts_with(begin)));
    (is_theirs && !says).then(|| {
        "the names are written as they are: config=\"folder/\" (with config.json and tokenizer.json) makes those that llama.cpp reads"
            .to_owned()
    })
}

/// A word on blocks that a format does not hold.
pub fn unfolded(graph: &Graph, format: &str) -> Option<String> {
    let block = |id| match graph.get(id) {
        Node::Tensor(record) => {
            record.view().filter(|_| record.is_whole()).and_then(|view| view.storage.block())
        }
        _ => None,
    };
    let blocks: Vec<&str> = graph.ids().filter_map(block).map(|block| block.name).collect();
    let first = blocks.first()?;
    let more = if blocks.iter().any(|name| name != first) { " and others" } else { "" };
    let format = if matches!(format, "safetensors" | "npz" | "dcp") { format } else { "torch.save" };
    let count = size::counted(blocks.len(), "tensor");
    Some(format!(
        "{count} of {first}{more} blocks written as the float32 numbers that these hold: {format} has no blocks, .gguf has"
    ))
}

/// The head that is left out where it is the embedding.
const HEAD: &str = "lm_head.weight";

/// Tensors of more than one dimension that stay in single precision, as llama.cpp's programs keep them.
const SINGLE: &[&str] = &["position_embd.weight", "token_types.weight"];

/// What is said of a file: what the dictionary was read with, what is given, and what is given takes the place of what was read.
///
/// # Errors
/// `TypeError` for what GGUF's metadata cannot hold.
pub fn metadata_of(vm: &dyn Vm, graph: &Graph, root: NodeId, given: Option<&Value>) -> Result<GgufMetadata> {
    let mut all = gguf_metadata(graph, root)?;
    // A safetensors file says so of itself; of a GGUF file it would not be true.
    all.retain(|(key, value)| !(key == "format" && *value == Meta::Text("pt".to_owned())));
    let Some(given) = given else { return Ok(all) };
    let wrong = || Error::type_error(format!("metadata must be a dict, not {}", vm.type_name(given)));
    let (graph, root) = super::from_value::graph_of(vm, given)?;
    for &(key, value) in graph.entries(root).ok_or_else(wrong)? {
        let key = graph.str(key).ok_or_else(|| Error::type_error("the keys of metadata must be strings"))?;
        let value =
            meta_of(&graph, value).map_err(|error| error.note(format!("in metadata, under '{key}'")))?;
        put(&mut all, key, value);
    }
    Ok(all)
}

fn put(all: &mut GgufMetadata, key: &str, value: Meta) {
    match all.iter_mut().find(|(known, _)| known == key) {
        Some((_, known)) => *known = value,
        None => all.push((key.to_owned(), value)),
    }
}

/// The JSON of a file in the folder; none if there is no such file.
fn json(folder: &Path, name: &str) -> Result<Option<Json>> {
    let path = folder.join(name);
    if !path.is_file() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&path).map_err(|error| Error::io(&error, &path))?;
    let read = serde_json::from_str(&text);
    read.map(Some).map_err(|error| Error::value(format!("{} is not JSON: {error}", path.display())))
}

/// A state_dict under llama.cpp's names, and what the file says of it.
///
/// # Errors
/// A folder without config.json, a model that is not known, numbers that are missing.
pub fn of_folder(vm: &dyn Vm, value: &Value, given: &Path) -> Result<(Value, GgufMetadata)> {
    let folder = if given.is_file() {
        given.parent().map_or_else(PathBuf::new, Path::to_owned)
    } else {
        given.to_owned()
    };
    let missing = || {
        let error = Error::value(format!("{} has no config.json", folder.display()));
        error.hint(
            "config= is the folder of a model of transformers: it says what the file has to say of the model",
        )
    };
    let config = json(&folder, "config.json")?.ok_or_else(missing)?;
    let architecture = Architecture::of(&config)?;
    let dict = value.as_dict().ok_or_else(|| Error::type_error("config= is for a state_dict"))?;
    let dict = without_tied_head(vm, &dict, architecture.is_tied(&config))?;
    let mut keys = Vec::new();
    for (key, _) in dict.entries() {
        keys.push(gather::key_text(vm, &key)?);
    }
    let (rules, is_whole) = key_mapping::named(&architecture.preset(), &keys)?;
    let counts = Counts { heads: architecture.heads(&config), kv_heads: architecture.kv_heads(&config) };
    let renamed = key_mapping::apply(vm, None, &dict, &rules, counts, is_whole)?;
    let renamed = renamed.as_dict().ok_or_else(|| Error::type_error("config= is for a state_dict"))?;
    let made = in_single_precision(vm, &renamed)?;
    if let Some(factors) = architecture.rope_factors(&config) {
        made.set_name("rope_freqs.weight", single(&factors)?);
    }
    let mut metadata = vec![
        ("general.architecture".to_owned(), Meta::Text(architecture.name().to_owned())),
        ("general.type".to_owned(), Meta::Text("model".to_owned())),
    ];
    if let Some(name) =
        folder.canonicalize().ok().and_then(|folder| Some(folder.file_name()?.to_string_lossy().into_owned()))
    {
        metadata.push(("general.name".to_owned(), Meta::Text(name)));
    }
    metadata.extend(architecture.metadata(&config, &folder)?);
    if let Some(number) = file_type(vm, &made) {
        metadata.push(("general.file_type".to_owned(), Meta::Unsigned(number)));
    }
    let rows = made.get_name("token_embd.weight");
    let rows =
        rows.as_ref().and_then(Value::as_tensor).and_then(|tensor| tensor.tensor().sizes().first().copied());
    metadata.extend(tokenizer::metadata(vm, &folder, &config, rows.unwrap_or(0))?);
    Ok((Value::Dict(Rc::new(made)), metadata))
}

/// The head that is the embedding is not written twice: llama.cpp takes the embedding where there is none.
fn without_tied_head(vm: &dyn Vm, dict: &Rc<Dict>, is_tied: bool) -> Result<Rc<Dict>> {
    if !is_tied || dict.get_name(HEAD).is_none() {
        return Ok(dict.clone());
    }
    let made = Dict::default();
    for (key, value) in dict.entries() {
        if key.as_str().is_none_or(|key| key.as_str() != HEAD) {
            made.set(vm, key, value)?;
        }
    }
    Ok(Rc::new(made))
}

fn in_single_precision(vm: &dyn Vm, dict: &Rc<Dict>) -> Result<Dict> {
    let (made, mut sources) = (Dict::default(), Sources::new(vm));
    for (key, value) in dict.entries() {
        let name = gather::key_text(vm, &key)?;
        let tensor = value.as_tensor().filter(|tensor| is_single(&name, tensor));
        let value = match tensor {
            Some(tensor) => {
                let source = sources.of(&name, tensor)?;
                let numbers = derive::unpacked(&source.record).map(|(numbers, _)| numbers);
                let cast = derive::cast(numbers.unwrap_or_else(|| source.record.clone()), Dtype::FLOAT32)?;
                tensor_of(&cast, &[&source])?
            }
            None => value.clone(),
        };
        made.set(vm, key, value)?;
    }
    Ok(made)
}

/// Whether a tensor is to be cast: vectors, norms and what llama.cpp keeps so.
fn is_single(name: &str, tensor: &TensorObject) -> bool {
    let tensor = tensor.tensor();
    let is_block = tensor.storage().is_ok_and(|storage| storage.block().is_some());
    let is_meant = tensor.sizes().len() < 2 || name.ends_with("_norm.weight") || SINGLE.contains(&name);
    is_meant && tensor.dtype().is_floating_point() && (is_block || tensor.dtype() != Dtype::FLOAT32)
}

/// A tensor of these numbers.
fn single(numbers: &[f32]) -> Result<Value> {
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    let storage = Storage::new(Str::intern("rope"), Str::intern("cpu"), Region::from(bytes));
    let record = TensorRecord::contiguous(Dtype::FLOAT32, vec![numbers.len() as i64], &storage)?;
    tensor_of(&record, &[])
}

/// Whether the blocks are those that a mixture has.
fn is_of_mixture(vm: &dyn Vm, dict: &Dict, mixture: Mixture) -> Result<bool> {
    let plan = Plan::of(vm, dict, mixture)?;
    let mut has_blocks = false;
    for (key, value) in dict.entries() {
        let Some(tensor) = value.as_tensor().map(|tensor| tensor.tensor().clone()) else { continue };
        let Some(block) = tensor.storage().ok().and_then(|storage| storage.block()) else { continue };
        let Some(wanted) = plan.block(&gather::key_text(vm, &key)?) else { return Ok(false) };
        let sizes = tensor.sizes();
        let wanted = if wanted.fits(&sizes) { Some(wanted) } else { wanted.fallback(&sizes) };
        if wanted != Some(block) {
            return Ok(false);
        }
        has_blocks = true;
    }
    Ok(has_blocks)
}

/// llama.cpp's number for files that are mostly of one type (`LlamaFileType`), by that type's own number.
const FILE_TYPES: &[(u32, u32)] = &[
    (0, 0),
    (1, 1),
    (2, 2),
    (3, 3),
    (6, 8),
    (7, 9),
    (8, 7),
    (10, 10),
    (11, 11),
    (12, 14),
    (13, 16),
    (14, 18),
    (20, 25),
    (30, 32),
];

/// The mixture that all matrices are of, or what most of their numbers are.
fn file_type(vm: &dyn Vm, dict: &Dict) -> Option<u32> {
    let mut mixtures = MIXTURES.iter().chain(MIXED);
    let mixture = mixtures.find(|mixture| is_of_mixture(vm, dict, **mixture).unwrap_or(false));
    if let Some(mixture) = mixture {
        return Some(mixture.file_type);
    }
    let mut counted: Vec<(u32, i64)> = Vec::new();
    for (_, value) in dict.entries() {
        let Some(tensor) = value.as_tensor().map(|tensor| tensor.tensor().clone()) else { continue };
        let sizes = tensor.sizes();
        let block = tensor.storage().ok().and_then(|storage| storage.block());
        let number = block.map(|block| block.number).or_else(|| number_of(tensor.dtype()));
        let Some(number) = number.filter(|_| sizes.len() > 1) else { continue };
        let count = sizes.iter().product::<i64>();
        match counted.iter_mut().find(|(known, _)| *known == number) {
            Some((_, all)) => *all = all.saturating_add(count),
            None => counted.push((number, count)),
        }
    }
    let (most, _) = counted.into_iter().max_by_key(|(_, count)| *count)?;
    FILE_TYPES.iter().find(|(number, _)| *number == most).map(|(_, file)| *file)
}
