//! cast p q4_k_m: which tensor becomes blocks of which type, as llama.cpp chooses by its names.

use std::collections::{BTreeMap, BTreeSet};

use crate::verbs::key_mapping::gguf_name_of;
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::gguf::blocks::BlockType;
use torchsh_checkpoint::gguf::mixtures::{Mixture, Model, layer_of, part_of};
use torchsh_language::value::report::gather;
use torchsh_language::value::{Dict, Value, Vm};

/// A mixture for the tensors of one model.
pub struct Plan {
    mixture: Mixture,
    model: Model,
}

impl Plan {
    /// # Errors
    /// `ValueError` for names that llama.cpp's rules do not speak of.
    pub fn of(vm: &dyn Vm, dict: &Dict, mixture: Mixture) -> Result<Plan> {
        let (mut layers, mut rows) = (BTreeSet::new(), BTreeMap::new());
        let (mut head, mut embedding) = (None, None);
        for (key, value) in dict.entries() {
            let Some(tensor) = value.as_tensor() else { continue };
            let Some(name) = gguf_name_of(&gather::key_text(vm, &key)?) else { continue };
            match (part_of(&name), name.as_str()) {
                ("attn_v" | "attn_qkv", _) => drop(layers.insert(layer_of(&name))),
                (part @ ("attn_q" | "attn_k"), _) => {
                    let sizes = tensor.tensor().sizes();
                    rows.entry(part.to_owned()).or_insert(sizes.first().copied().unwrap_or(0));
                }
                (_, "output.weight") => head = Some(value.clone()),
                (_, "token_embd.weight") => embedding = Some(value.clone()),
                _ => {}
            }
        }
        if layers.is_empty() {
            let message = format!(
                "{} is chosen by the names of a model's layers, and these are not known",
                mixture.name
            );
            let error = Error::value(message);
            return Err(error.hint(
                "known are those of llama, mistral, qwen2, gpt2 and bert, of transformers and of llama.cpp; cast p q4_k, and any type without pure=False, makes one type of all",
            ));
        }
        let count = |part: &str| rows.get(part).copied().filter(|rows| *rows > 0);
        let queries_per_key =
            count("attn_q").zip(count("attn_k")).map_or(1, |(queries, keys)| queries / keys);
        let has_output = head.is_some_and(|head| !embedding.is_some_and(|other| is_one(&head, &other)));
        Ok(Plan { mixture, model: Model { layers: layers.len(), has_output, queries_per_key } })
    }

    /// The type of a tensor's blocks.
    pub fn block(&self, key: &str) -> Option<BlockType> {
        self.mixture.block(gguf_name_of(key).as_deref().unwrap_or(key), self.model)
    }
}

/// Whether two are the very same tensor.
fn is_one(one: &Value, other: &Value) -> bool {
    let place = |value: &Value| {
        let tensor = value.as_tensor()?.tensor();
        Some((tensor.storage().ok()?.address(), tensor.storage_offset(), tensor.sizes()))
    };
    one.same(other) || place(one).is_some_and(|here| place(other) == Some(here))
}
