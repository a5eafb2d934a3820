//! extract: the low-rank change that tuning made.

use std::rc::Rc;

use super::factors::{Rows, factored};
use super::sources::{Source, Sources, at_key, tensors, value};
use crate::verbs::Words;
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_language::value::report::{gather, keys, shape_text};
use torchsh_language::value::{Args, Dict, TensorObject, Value, Vm};
use torchsh_state_dict::derive::{self, Combination};

/// `extract lora from tuned base m rank 16`
pub fn extract(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    words.skip("lora");
    words.skip("from");
    let tuned = words.weights(vm, args)?;
    if !words.skip("base") {
        return Err(Error::type_error("extract wants base and what was tuned").hint(Words::synopsis(args)));
    }
    let base = words.weights(vm, args)?;
    if !words.skip("rank") {
        return Err(Error::type_error("extract wants rank and a number").hint(Words::synopsis(args)));
    }
    let rank = words.index(vm, args, "a rank: 16")?;
    words.end(args)?;
    if rank < 1 {
        return Err(Error::value(format!("a rank is 1 or more, not {rank}")).hint(Words::synopsis(args)));
    }
    let (made, mut layers, mut left) = (Dict::default(), Vec::new(), Vec::new());
    for (key, entry) in tuned.entries() {
        vm.check_interrupt()?;
        let Some(tensor) = entry.as_tensor() else { continue };
        let text = gather::key_text(vm, &key)?;
        let before = base.get(vm, &key)?;
        let Some(before) = before.as_ref().and_then(Value::as_tensor) else {
            left.push(format!("{text} (not in the base)"));
            continue;
        };
        // Sources of one entry at a time: what is made of them goes with them.
        let mut sources = Sources::new(vm);
        let found = Change::of(&mut sources, &text, tensor, before).map_err(|error| at_key(error, &text))?;
        match (found, Layer::of(&text, tensor)) {
            (None, _) => {}
            (Some(_), None) => left.push(text),
            (Some(change), Some(layer)) => {
                let used = layer.put(vm, &made, &change, rank).map_err(|error| at_key(error, &text))?;
                layers.push((layer, used));
            }
        }
    }
    if layers.is_empty() {
        let error = Error::value("no matrix differs: there is nothing to extract");
        return Err(match left.is_empty() {
            true => error,
            false => error.note(keys::list("what differs is no matrix of a layer:", &left)),
        });
    }
    let head = format!(
        "a LoRA of rank {rank} for {}; merge adds it with scale 1, and save to a folder (\"adapter/\") writes it as peft reads it",
        tensors(layers.len())
    );
    vm.notice(&match left.is_empty() {
        true => head,
        false => keys::list(&format!("{head}; not in it, though they differ:"), &left),
    });
    made.attributes().set_name("metadata", crate::checkpoint::adapter::told(&config(rank, &layers)));
    Ok(Value::Dict(Rc::new(made)))
}

/// What tuning changed: the difference of two tensors.
struct Change {
    sources: [Source; 2],
}

impl Change {
    /// None: nothing.
    fn of(
        sources: &mut Sources<'_>,
        key: &str,
        tuned: &TensorObject,
        base: &TensorObject,
    ) -> Result<Option<Change>> {
        let (one, two) = (tuned.tensor().sizes(), base.tensor().sizes());
        if one != two {
            let (one, two) = (shape_text(&one), shape_text(&two));
            let error = Error::value(format!("{key} is {one} in what was tuned, {two} in the base"));
            return Err(error.hint("grow or cut the base first: what is added to a matrix has its shape"));
        }
        let both = [sources.of(key, tuned)?, sources.of(key, base)?];
        let [one, two] = &both;
        let is_same = one.record.dtype == two.record.dtype
            && derive::dense(&one.record)?.bytes() == derive::dense(&two.record)?.bytes();
        if is_same {
            return Ok(None);
        }
        let (tuned, base) = (one.record.dtype, two.record.dtype);
        if tuned.is_floating_point() != base.is_floating_point() {
            let message = format!("{key} is {} in what was tuned, {} in the base", tuned.name(), base.name());
            return Err(Error::type_error(message));
        }
        if !tuned.is_floating_point() {
            return Ok(Some(Change { sources: both }));
        }
        Ok(Some(Change { sources: both }))
    }

    fn shape(&self) -> &[i64] {
        let [tuned, _] = &self.sources;
        &tuned.record.shape
    }

    /// Some of its rows.
    fn rows(&self, from: i64, end: i64) -> Result<Value> {
        let wide = |source: &Source| {
            let part = derive::sliced(&source.record, 0, from, end)?;
            derive::cast(part, Dtype::FLOAT32)
        };
        let parts = self.sources.iter().map(wide).collect::<Result<Vec<_>>>()?;
        let how = Combination::Sum(vec![1.0, -1.0]);
        value(&derive::combined(parts, how)?, &self.sources.iter().collect::<Vec<_>>())
    }
}

/// The other way round, with its numbers in order.
fn turned(vm: &dyn Vm, matrix: &Value) -> Result<Value> {
    vm.call_method(&vm.call_method(matrix, "t", &[])?, "contiguous", &[])
}

/// A layer, and how peft keeps its matrices.
struct Layer {
    name: String,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Linear,
    /// Its weight has the rows that others have as columns.
    Embedding,
    /// So has this (`Conv1D` of GPT-2): peft says `fan_in_fan_out`.
    Conv1d,
}

/// How embeddings are called, by what stands in the last part of their names.
const EMBEDDINGS: &[&str] = &["embed", "wte", "wpe", "emb"];

/// The layers of GPT-2 that are `Conv1D`.
const CONV1D: &[&str] = &["c_attn", "c_proj", "c_fc", "q_attn"];

impl Layer {
    /// None: no matrix of a layer.
    fn of(key: &str, tensor: &TensorObject) -> Option<Layer> {
        let tensor = tensor.tensor();
        let is_matrix = tensor.dtype().is_floating_point() && tensor.sizes().len() == 2;
        let name = key.strip_suffix(".weight").filter(|_| is_matrix)?;
        let last = name.rsplit('.').next().unwrap_or(name);
        let kind = match last {
            _ if CONV1D.contains(&last) && format!(".{name}").contains(".h.") => Kind::Conv1d,
            // A projection of embeddings is none.
            _ if EMBEDDINGS.iter().any(|word| last.contains(word)) && !last.contains("proj") => {
                Kind::Embedding
            }
            _ => Kind::Linear,
        };
        Some(Layer { name: name.to_owned(), kind })
    }

    /// Puts both matrices into a dictionary, under peft's keys; gives the rank that they have.
    fn put(&self, vm: &dyn Vm, made: &Dict, change: &Change, rank: i64) -> Result<i64> {
        let [height, width] = *change.shape() else { return Err(Error::value("it is no matrix")) };
        let mut read = |from: i64, end: i64| change.rows(from, end);
        let (up, down, used) = factored(vm, &mut Rows { shape: [height, width], read: &mut read }, rank)?;
        // What is kept the other way round is the product of the same matrices, each turned.
        let (up, down) = match self.kind {
            Kind::Linear => (up, down),
            Kind::Embedding | Kind::Conv1d => (turned(vm, &down)?, turned(vm, &up)?),
        };
        let [one, two] = match self.kind {
            Kind::Embedding => ["lora_embedding_A", "lora_embedding_B"],
            Kind::Linear | Kind::Conv1d => ["lora_A.weight", "lora_B.weight"],
        };
        made.set_name(&format!("base_model.model.{}.{one}", self.name), down);
        made.set_name(&format!("base_model.model.{}.{two}", self.name), up);
        Ok(used)
    }
}

/// What peft's `adapter_config.json` says of it: alpha is the rank everywhere, so that the scale is 1.
fn config(rank: i64, layers: &[(Layer, i64)]) -> serde_json::Value {
    let names: Vec<&str> = layers.iter().map(|(layer, _)| layer.name.as_str()).collect();
    let lower = layers.iter().filter(|(_, used)| *used != rank);
    let lower: serde_json::Map<String, serde_json::Value> =
        lower.map(|(layer, used)| (layer.name.clone(), (*used).into())).collect();
    serde_json::json!({
        "peft_type": "LORA",
        "base_model_name_or_path": null,
        "task_type": null,
        "inference_mode": true,
        "r": rank,
        "lora_alpha": rank,
        "rank_pattern": lower,
        "alpha_pattern": lower,
        "target_modules": names,
        "fan_in_fan_out": layers.iter().any(|(layer, _)| layer.kind == Kind::Conv1d),
        "lora_dropout": 0.0,
        "bias": "none",
        "use_rslora": false,
        "use_dora": false,
        "modules_to_save": null,
    })
}
