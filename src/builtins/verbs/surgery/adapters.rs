//! merge, unmerge, extract: LoRA adapters of peft, kohya's scripts and diffusers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::sources::{Source, Sources, at_key, number, tell_lost, tensors, value};
use crate::verbs::{Words, like, nested};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_checkpoint::record::TensorRecord;
use torchsh_language::value::report::{gather, keys};
use torchsh_language::value::{Args, Dict, TensorObject, Value, Vm};
use torchsh_state_dict::derive::{Combination, LowRank, combined, copied, merged, turned};
use torchsh_stdlib::path_of;

/// `merge p lora "adapter/"`
pub fn merge(vm: &dyn Vm, args: &Args) -> Result<Value> {
    apply(vm, args, 1.0)
}

/// `unmerge p lora "adapter/"`
pub fn unmerge(vm: &dyn Vm, args: &Args) -> Result<Value> {
    apply(vm, args, -1.0)
}

fn apply(vm: &dyn Vm, args: &Args, sign: f64) -> Result<Value> {
    let mut words = Words::of(args);
    let dict = words.weights(vm, args)?;
    words.skip("lora");
    let adapter = Adapter::of(vm, words.next(args, "an adapter: its folder, its file or its state_dict")?)?;
    words.end(args)?;
    let scale = number(vm, args, "scale", 1.0)? * sign;
    let pairs = adapter.paired(vm, &dict)?;
    let made = like(&dict);
    let (mut merged_keys, mut replaced, mut sources) = (Vec::new(), Vec::new(), Sources::new(vm));
    for (key, entry) in dict.entries() {
        vm.check_interrupt()?;
        let text = gather::key_text(vm, &key)?;
        if let (Some(part), Some(tensor)) = (pairs.get(&text), entry.as_tensor()) {
            let changed = part.merged(&mut sources, &text, tensor, scale, sign);
            made.set(vm, key, changed.map_err(|error| at_key(error, &text))?)?;
            merged_keys.push(text);
        } else if let Some(whole) = adapter.whole.get(&text) {
            if sign < 0.0 {
                let message = format!(
                    "{text} was replaced whole when the adapter was merged: what it was before is not here"
                );
                return Err(Error::value(message));
            }
            made.set(vm, key, Value::Tensor(whole.clone()))?;
            replaced.push(text);
        } else if let (Some((part, bias)), Some(tensor)) = (adapter.bias_of(&text), entry.as_tensor()) {
            made.set(vm, key, part.with_bias(&mut sources, &text, tensor, bias, scale)?)?;
        } else {
            made.set(vm, key, entry)?;
        }
    }
    let done = if sign > 0.0 { "merged" } else { "unmerged" };
    let mut head = format!(
        "{done} a LoRA of rank {} ({}) with {}",
        adapter.ranks(),
        adapter.scales(),
        tensors(merged_keys.len())
    );
    if !replaced.is_empty() {
        head = keys::list(&format!("{head}; replaced whole:"), &replaced);
    }
    vm.notice(&head);
    tell_lost(vm, &made)?;
    Ok(Value::Dict(Rc::new(made)))
}

/// The parts of one layer's change.
#[derive(Default)]
struct Part {
    down: Option<Rc<TensorObject>>,
    up: Option<Rc<TensorObject>>,
    alpha: Option<f64>,
    magnitude: Option<Rc<TensorObject>>,
    /// What is added to the bias.
    bias: Option<Rc<TensorObject>>,
    /// Of an embedding, whose weight has the rows that others have as columns.
    is_embedding: bool,
    /// Of a layer that keeps its weight the other way round (`Conv1D` of GPT-2).
    is_turned: bool,
    scale: f64,
}

/// An adapter.
#[derive(Default)]
struct Adapter {
    /// By the names of the layers.
    parts: BTreeMap<String, Part>,
    /// Tensors that take the place of others whole.
    whole: BTreeMap<String, Rc<TensorObject>>,
    config: Config,
}

/// What `adapter_config.json` says.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Config {
    r: Option<f64>,
    lora_alpha: Option<f64>,
    use_rslora: bool,
    fan_in_fan_out: bool,
    alpha_pattern: BTreeMap<String, f64>,
    peft_type: Option<String>,
}

/// How the two matrices of a layer are called.
const ENDS: &[(&str, Role)] = &[
    (".lora_A.weight", Role::Down),
    (".lora_B.weight", Role::Up),
    (".lora_B.bias", Role::Bias),
    (".lora_A", Role::Down),
    (".lora_B", Role::Up),
    (".lora_down.weight", Role::Down),
    (".lora_up.weight", Role::Up),
    (".lora.down.weight", Role::Down),
    (".lora.up.weight", Role::Up),
    ("_lora.down.weight", Role::Down),
    ("_lora.up.weight", Role::Up),
    (".lora_linear_layer.down.weight", Role::Down),
    (".lora_linear_layer.up.weight", Role::Up),
    (".lora_embedding_A", Role::EmbeddingDown),
    (".lora_embedding_B", Role::EmbeddingUp),
    (".lora_magnitude_vector.weight", Role::Magnitude),
    (".lora_magnitude_vector", Role::Magnitude),
    (".dora_scale", Role::Magnitude),
    (".alpha", Role::Alpha),
];

/// What stands before a layer's name.
const BEGINNINGS: &[&str] = &[
    "base_model.model.",
    "lora_unet_",
    "lora_te1_",
    "lora_te2_",
    "lora_te_",
    "unet.",
    "text_encoder_2.",
    "text_encoder.",
    "transformer.",
    "diffusion_model.",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Down,
    Up,
    EmbeddingDown,
    EmbeddingUp,
    Magnitude,
    Bias,
    Alpha,
}

impl Adapter {
    fn of(vm: &dyn Vm, given: &Value) -> Result<Adapter> {
        let (dict, config) = match path_of(vm, given)?.filter(|_| given.as_dict().is_none()) {
            Some(path) => read(vm, &path)?,
            None => (gather::state_dict_of(vm, given, "merge")?, None),
        };
        let config = config.or_else(|| told_by_diffusers(&dict));
        let has_config = config.is_some();
        let mut adapter = Adapter { config: config.unwrap_or_default(), ..Adapter::default() };
        if let Some(kind) = adapter.config.peft_type.as_ref().filter(|kind| *kind != "LORA") {
            return Err(Error::value(format!("the adapter is of the kind {kind}, not LORA")));
        }
        for (key, value) in dict.entries() {
            if let Some(tensor) = value.as_tensor() {
                adapter.add(vm, &gather::key_text(vm, &key)?, tensor)?;
            }
        }
        if adapter.parts.is_empty() {
            let error =
                Error::value("no LoRA adapter: no key ends in .lora_A.weight, .lora_down.weight or the like");
            return Err(error.hint("keys p lists its keys"));
        }
        adapter.finish(has_config)?;
        if !has_config && adapter.parts.values().all(|part| part.alpha.is_none()) {
            vm.notice("the adapter has neither adapter_config.json nor alpha: its change is added as it is (scale=… multiplies it)");
        }
        Ok(adapter)
    }

    fn add(&mut self, vm: &dyn Vm, key: &str, tensor: &Rc<TensorObject>) -> Result<()> {
        // peft's own name for an adapter in the key: lora_A.default.weight.
        let plain = key.replace(".default.weight", ".weight");
        let plain = plain.strip_suffix(".default").unwrap_or(&plain);
        let found = ENDS.iter().find_map(|(end, role)| Some((plain.strip_suffix(end)?, *role)));
        let Some((name, role)) = found else {
            let name = key.strip_prefix("base_model.model.").unwrap_or(key).replace(".base_layer.", ".");
            self.whole.insert(name, tensor.clone());
            return Ok(());
        };
        let name = name.replace(".processor.", ".");
        let part = self.parts.entry(name).or_default();
        match role {
            Role::Down | Role::EmbeddingDown => part.down = Some(tensor.clone()),
            Role::Up | Role::EmbeddingUp => part.up = Some(tensor.clone()),
            Role::Magnitude => part.magnitude = Some(tensor.clone()),
            Role::Bias => part.bias = Some(tensor.clone()),
            Role::Alpha => {
                let number = vm.call_method(&Value::Tensor(tensor.clone()), "item", &[])?;
                part.alpha = Some(torchsh_language::value::number::float(vm, &number)?);
            }
        }
        part.is_embedding |= matches!(role, Role::EmbeddingDown | Role::EmbeddingUp);
        Ok(())
    }

    /// The scale of each part, by its rank.
    fn finish(&mut self, has_config: bool) -> Result<()> {
        for (name, part) in &mut self.parts {
            let (Some(down), Some(_)) = (&part.down, &part.up) else {
                return Err(Error::value(format!("the adapter has only one of the two matrices of {name}")));
            };
            let rank = down.tensor().sizes().first().copied().unwrap_or(1).max(1) as f64;
            let by_pattern = self.config.alpha_pattern.iter().find(|(pattern, _)| {
                name.strip_suffix(pattern.as_str())
                    .is_some_and(|before| before.is_empty() || before.ends_with('.'))
            });
            let alpha = part.alpha.or(by_pattern.map(|(_, alpha)| *alpha)).or(self.config.lora_alpha);
            // peft's own default, where there is a configuration that says nothing.
            let alpha = alpha.or(has_config.then_some(8.0)).unwrap_or(rank);
            part.scale = if self.config.use_rslora { alpha / rank.sqrt() } else { alpha / rank };
            part.is_turned = self.config.fan_in_fan_out;
        }
        Ok(())
    }

    /// The parts by the keys of the weights that they change.
    fn paired(&self, vm: &dyn Vm, dict: &Rc<Dict>) -> Result<BTreeMap<String, &Part>> {
        const NAMED: usize = 5;
        let mut keys = Vec::new();
        for (key, value) in dict.entries() {
            if value.as_tensor().is_some() {
                keys.push(gather::key_text(vm, &key)?);
            }
        }
        if let Some(name) = self.whole.keys().find(|name| !keys.contains(name)) {
            let error =
                Error::value(format!("the adapter holds {name}, and there is none here to take its place"));
            return Err(error.hint("keys lists the weights; rename or prefix them if only the names differ"));
        }
        let (mut pairs, mut lost) = (BTreeMap::new(), Vec::new());
        for (name, part) in &self.parts {
            match counterpart(&keys, name) {
                Some(key) => drop(pairs.insert(key.clone(), part)),
                None => lost.push(name.as_str()),
            }
        }
        if lost.is_empty() {
            return Ok(pairs);
        }
        let shown = lost.get(..NAMED.min(lost.len())).unwrap_or_default().join(", ");
        let more = if lost.len() > NAMED { ", …" } else { "" };
        let message = format!(
            "the adapter is for another model: {} of its {} layers are not here: {shown}{more}",
            lost.len(),
            self.parts.len()
        );
        Err(Error::new(Kind::Value, message)
            .hint("keys lists the weights; rename or prefix them if only the names differ"))
    }

    /// What is added to the bias of that key.
    fn bias_of(&self, key: &str) -> Option<(&Part, &Rc<TensorObject>)> {
        let layer = key.strip_suffix(".bias")?;
        let of = |name: &str| name == layer || name.strip_prefix("base_model.model.") == Some(layer);
        let (_, part) = self.parts.iter().find(|(name, part)| part.bias.is_some() && of(name))?;
        Some((part, part.bias.as_ref()?))
    }

    fn ranks(&self) -> String {
        let rank = |part: &Part| part.down.as_ref().and_then(|down| down.tensor().sizes().first().copied());
        span(self.parts.values().filter_map(rank).map(|rank| rank.to_string()))
    }

    fn scales(&self) -> String {
        format!("scale {}", span(self.parts.values().map(|part| part.scale.to_string())))
    }
}

/// The different ones of some texts.
fn span(texts: impl Iterator<Item = String>) -> String {
    let mut all: Vec<String> = texts.collect();
    all.sort();
    all.dedup();
    all.join(", ")
}

/// The key of the weight of a layer: by its name, with dots as kohya's scripts write them, or by how it ends.
fn counterpart<'a>(keys: &'a [String], name: &str) -> Option<&'a String> {
    let bare = BEGINNINGS.iter().find_map(|beginning| name.strip_prefix(beginning)).unwrap_or(name);
    let flat = |text: &str| text.replace('.', "_");
    for (wanted, is_flat) in [(name, false), (bare, false), (bare, true)] {
        let wanted = if is_flat { flat(wanted) } else { wanted.to_owned() };
        let layer = |key: &str| {
            let layer = key.strip_suffix(".weight").unwrap_or(key);
            if is_flat { flat(layer) } else { layer.to_owned() }
        };
        if let Some(key) = keys.iter().find(|key| layer(key) == wanted && !key.ends_with(".bias")) {
            return Some(key);
        }
        let joint = if is_flat { '_' } else { '.' };
        let mut ending = keys.iter().filter(|key| {
            let layer = layer(key);
            key.ends_with(".weight")
                && (layer.ends_with(&format!("{joint}{wanted}"))
                    || wanted.ends_with(&format!("{joint}{layer}")))
        });
        if let (Some(key), None) = (ending.next(), ending.next()) {
            return Some(key);
        }
    }
    None
}

impl Part {
    fn with_bias(
        &self,
        sources: &mut Sources<'_>,
        key: &str,
        bias: &TensorObject,
        added: &TensorObject,
        scale: f64,
    ) -> Result<Value> {
        let (bias, added) = (sources.of(key, bias)?, sources.copy_of(key, added)?);
        let how = Combination::Sum(vec![1.0, self.scale * scale]);
        let made = combined(vec![bias.record.clone(), added.record.clone()], how);
        value(&made.map_err(|error| at_key(error, key))?, &[&bias, &added])
    }

    fn merged(
        &self,
        sources: &mut Sources<'_>,
        key: &str,
        weight: &TensorObject,
        scale: f64,
        sign: f64,
    ) -> Result<Value> {
        let (Some(down), Some(up)) = (&self.down, &self.up) else {
            return Err(Error::value("half a change"));
        };
        if self.magnitude.is_some() && sign < 0.0 {
            return Err(Error::value(
                "what DoRA merged cannot be taken back: the lengths of the rows are gone",
            ));
        }
        let weight = sources.of(key, weight)?;
        let (down, up) = (sources.copy_of(key, down)?, sources.copy_of(key, up)?);
        let magnitude =
            self.magnitude.as_ref().map(|magnitude| sources.copy_of(key, magnitude)).transpose()?;
        // The matrices of a convolution have its kernel behind.
        let (mut up_matrix, mut down_matrix) = (flat(&up)?, flat(&down)?);
        // `fan_in_fan_out` is said of the whole adapter, and is so of layers of one kind only.
        let fits = up_matrix.shape.first() == weight.record.shape.first()
            && down_matrix.shape.get(1) == weight.record.shape.get(1);
        let is_square = weight.record.shape.first() == weight.record.shape.get(1);
        let is_turned = self.is_turned && weight.record.shape.len() == 2 && (is_square || !fits);
        let is_other_way = self.is_embedding || is_turned;
        if is_other_way {
            (up_matrix, down_matrix) = (turned(&down_matrix), turned(&up_matrix));
        }
        let magnitude_record = match &magnitude {
            Some(_) if is_other_way => {
                return Err(Error::value("DoRA of a transposed weight"));
            }
            Some(magnitude) => {
                let mut record = magnitude.record.clone();
                let count: i64 = record.shape.iter().product();
                record.shape = vec![count];
                Some(copied(contiguous(record, vec![count])?)?)
            }
            None => None,
        };
        let change = LowRank {
            up: up_matrix,
            down: down_matrix,
            scale: self.scale * scale,
            magnitude: magnitude_record,
        };
        let mut used = vec![&weight, &down, &up];
        used.extend(magnitude.as_ref());
        value(&merged(&weight.record, &change)?, &used)
    }
}

/// The record of a contiguous tensor as one of another shape.
fn contiguous(record: TensorRecord, shape: Vec<i64>) -> Result<TensorRecord> {
    let stride =
        torchsh_checkpoint::record::contiguous_stride(&shape).ok_or_else(|| Error::value("too large"))?;
    let mut made = record;
    made.shape = shape;
    if let torchsh_checkpoint::record::Form::Strided(view) = &mut made.form {
        view.stride = stride;
    }
    Ok(made)
}

/// A tensor as a matrix.
fn flat(source: &Source) -> Result<TensorRecord> {
    let shape = &source.record.shape;
    if shape.len() == 2 {
        return Ok(source.record.clone());
    }
    let rows = shape.first().copied().unwrap_or(0);
    let columns: i64 = shape.iter().skip(1).product();
    contiguous(copied(source.record.clone())?, vec![rows, columns])
}

/// What diffusers says of an adapter in the metadata of its safetensors file (`lora_adapter_metadata`).
fn told_by_diffusers(dict: &Dict) -> Option<Config> {
    let metadata = dict.has_attributes().then(|| dict.attributes().get_name("metadata")).flatten()?;
    let text = metadata.as_dict()?.get_name("lora_adapter_metadata")?.as_str()?;
    let said: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text).ok()?;
    // Each name has the part of the pipeline before it: `unet.lora_alpha`.
    let bare =
        said.into_iter().map(|(name, value)| (name.rsplit('.').next().unwrap_or_default().to_owned(), value));
    serde_json::from_value(serde_json::Value::Object(bare.collect())).ok()
}

/// An adapter's tensors and its configuration.
fn read(vm: &dyn Vm, path: &Path) -> Result<(Rc<Dict>, Option<Config>)> {
    let names = ["adapter_model.safetensors", "adapter_model.bin", "pytorch_lora_weights.safetensors"];
    let (file, folder): (PathBuf, PathBuf) = if path.is_dir() {
        let file = names.iter().map(|name| path.join(name)).find(|file| file.exists());
        let none = || {
            let message = format!("no adapter in {}: none of {}", path.display(), names.join(", "));
            Error::new(Kind::Os, message).hint("give the file of the adapter")
        };
        (file.ok_or_else(none)?, path.to_owned())
    } else {
        (path.to_owned(), path.parent().map(Path::to_owned).unwrap_or_default())
    };
    let config = folder.join("adapter_config.json");
    let config = match std::fs::read(&config) {
        Ok(text) => Some(serde_json::from_slice(&text).map_err(|error| {
            Error::value(format!("{}: {error}", config.display())).hint("peft writes this file")
        })?),
        Err(_) => None,
    };
    let loaded = vm.call_method(&vm.import("torch")?, "load", &[Value::str(file.display().to_string())])?;
    let dict = nested::meant(vm, &loaded)
        .ok_or_else(|| Error::value(format!("{} holds no state_dict", file.display())))?;
    Ok((dict, config))
}
