//! What config.json says of a model, as llama.cpp's metadata.

use std::path::Path;

use serde_json::Value as Json;

use super::json;
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::write::{GgufMetadata, Meta};

/// The kinds of models whose names and hyperparameters are known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    Llama,
    Qwen2,
    Gpt2,
    Bert,
}

/// `model_type` of config.json.
const TYPES: &[(&str, Architecture)] = &[
    ("llama", Architecture::Llama),
    ("mistral", Architecture::Llama),
    ("qwen2", Architecture::Qwen2),
    ("gpt2", Architecture::Gpt2),
    ("bert", Architecture::Bert),
];

/// A number of config.json under the first of these names that it has.
fn number<'a>(config: &'a Json, names: &[&str]) -> Option<&'a Json> {
    names.iter().find_map(|name| config.get(*name).filter(|value| value.is_number()))
}

fn count(config: &Json, names: &[&str]) -> Option<i64> {
    number(config, names)?.as_i64()
}

impl Architecture {
    pub fn of(config: &Json) -> Result<Architecture> {
        let kind = config.get("model_type").and_then(Json::as_str).unwrap_or("none");
        let found = TYPES.iter().find(|(known, _)| *known == kind).map(|(_, architecture)| *architecture);
        found.ok_or_else(|| {
            let known: Vec<&str> = TYPES.iter().map(|(known, _)| *known).collect();
            let error = Error::value(format!(
                "config.json: the model type '{kind}' has no names of llama.cpp's here"
            ));
            error.hint(format!("known are {}; without config= the names stay as they are", known.join(", ")))
        })
    }

    pub fn name(self) -> &'static str {
        match self {
            Architecture::Llama => "llama",
            Architecture::Qwen2 => "qwen2",
            Architecture::Gpt2 => "gpt2",
            Architecture::Bert => "bert",
        }
    }

    pub fn preset(self) -> String {
        format!("hf {0} to gguf {0}", self.name())
    }

    pub fn heads(self, config: &Json) -> Option<i64> {
        count(config, &["num_attention_heads", "n_head"])
    }

    pub fn kv_heads(self, config: &Json) -> Option<i64> {
        count(config, &["num_key_value_heads"]).or_else(|| self.heads(config))
    }

    /// Whether the head is the embedding, as transformers has it where the file does not say.
    pub fn is_tied(self, config: &Json) -> bool {
        let said = config.get("tie_word_embeddings").and_then(Json::as_bool);
        said.unwrap_or(matches!(self, Architecture::Gpt2 | Architecture::Bert))
    }

    /// The hyperparameters.
    pub fn metadata(self, config: &Json, folder: &Path) -> Result<GgufMetadata> {
        let mut all = GgufMetadata::new();
        let mut put = |name: &str, value: Meta| all.push((format!("{}.{name}", self.name()), value));
        let need = |names: &[&str]| {
            let missing = || Error::value(format!("config.json has no {}", names.join(" or ")));
            count(config, names).map(Meta::integer).ok_or_else(missing)
        };
        let small = |names: &[&str]| {
            let missing = || Error::value(format!("config.json has no {}", names.join(" or ")));
            number(config, names)
                .and_then(Json::as_f64)
                .map(|number| Meta::Float(number as f32))
                .ok_or_else(missing)
        };
        let width = need(&["hidden_size", "n_embd"])?;
        put("context_length", need(&["max_position_embeddings", "n_positions", "n_ctx"])?);
        put("embedding_length", width.clone());
        put("block_count", need(&["num_hidden_layers", "n_layer"])?);
        put(
            "feed_forward_length",
            match (self, count(config, &["n_inner"])) {
                (Architecture::Gpt2, Some(inner)) => Meta::integer(inner),
                (Architecture::Gpt2, None) => {
                    Meta::integer(count(config, &["n_embd", "hidden_size"]).unwrap_or(0) * 4)
                }
                _ => need(&["intermediate_size"])?,
            },
        );
        put("attention.head_count", need(&["num_attention_heads", "n_head"])?);
        match self {
            Architecture::Llama | Architecture::Qwen2 => {
                put("attention.head_count_kv", Meta::integer(self.kv_heads(config).unwrap_or(0)));
                put("attention.layer_norm_rms_epsilon", small(&["rms_norm_eps"])?);
                put("rope.freq_base", Meta::Float(self.rope_base(config) as f32));
                if let Some(length) = count(config, &["head_dim"]) {
                    put("attention.key_length", Meta::integer(length));
                    put("attention.value_length", Meta::integer(length));
                }
                put("vocab_size", need(&["vocab_size"])?);
                put("rope.dimension_count", Meta::integer(self.head_length(config)));
                for (name, value) in rope_scaling(config) {
                    put(name, value);
                }
            }
            Architecture::Gpt2 => put("attention.layer_norm_epsilon", small(&["layer_norm_epsilon"])?),
            Architecture::Bert => {
                put("attention.layer_norm_epsilon", small(&["layer_norm_eps"])?);
                put("attention.causal", Meta::Bool(false));
                if let Some(kind) = pooling(folder)? {
                    put("pooling_type", Meta::Unsigned(kind));
                }
            }
        }
        Ok(all)
    }

    fn head_length(self, config: &Json) -> i64 {
        let width = count(config, &["hidden_size"]).unwrap_or(0);
        count(config, &["head_dim"]).unwrap_or_else(|| width / self.heads(config).unwrap_or(1).max(1))
    }

    fn rope_base(self, config: &Json) -> f64 {
        let own = config.get("rope_theta").and_then(Json::as_f64);
        own.or_else(|| config.get("rope_parameters")?.get("rope_theta")?.as_f64()).unwrap_or(10_000.0)
    }

    /// What Llama 3.1 divides the frequencies of its rotary embedding by; none for models that do not.
    pub fn rope_factors(self, config: &Json) -> Option<Vec<f32>> {
        let scaling = scaling(config).filter(|scaling| kind_of(scaling) == Some("llama3"))?;
        let said = |name: &str, otherwise: f64| scaling.get(name).and_then(Json::as_f64).unwrap_or(otherwise);
        let (factor, low, high) =
            (said("factor", 8.0), said("low_freq_factor", 1.0), said("high_freq_factor", 4.0));
        let context = said("original_max_position_embeddings", 8192.0);
        let (length, base) = (self.head_length(config), self.rope_base(config));
        let factor_at = |place: i64| {
            let wave = std::f64::consts::TAU * base.powf(place as f64 / length as f64);
            if wave < context / high {
                1.0
            } else if wave > context / low {
                factor
            } else {
                let smooth = (context / wave - low) / (high - low);
                1.0 / ((1.0 - smooth) / factor + smooth)
            }
        };
        Some((0..length).step_by(2).map(|place| factor_at(place) as f32).collect())
    }
}

fn scaling(config: &Json) -> Option<&Json> {
    ["rope_scaling", "rope_parameters"]
        .iter()
        .find_map(|name| config.get(*name).filter(|value| value.is_object()))
}

fn kind_of(scaling: &Json) -> Option<&str> {
    scaling.get("rope_type").or_else(|| scaling.get("type")).and_then(Json::as_str)
}

/// Rotary embeddings that are stretched evenly, or as YaRN has it.
fn rope_scaling(config: &Json) -> Vec<(&'static str, Meta)> {
    let Some(scaling) = scaling(config) else { return Vec::new() };
    let kind = match kind_of(scaling) {
        Some(kind @ ("linear" | "yarn")) => kind,
        _ => return Vec::new(),
    };
    let mut all = vec![("rope.scaling.type", Meta::Text(kind.to_owned()))];
    if let Some(factor) = scaling.get("factor").and_then(Json::as_f64) {
        all.push(("rope.scaling.factor", Meta::Float(factor as f32)));
    }
    if let Some(length) = scaling.get("original_max_position_embeddings").and_then(Json::as_i64) {
        all.push(("rope.scaling.original_context_length", Meta::integer(length)));
    }
    all
}

/// How sentence-transformers makes one vector of many: 1 mean, 2 the first, 3 the last.
fn pooling(folder: &Path) -> Result<Option<u32>> {
    let modules = json(folder, "modules.json")?;
    let is_pooling = |module: &&Json| {
        module.get("type").and_then(Json::as_str).is_some_and(|kind| kind.ends_with(".Pooling"))
    };
    let module = modules.as_ref().and_then(Json::as_array).and_then(|all| all.iter().find(is_pooling));
    let Some(path) = module.and_then(|module| module.get("path")).and_then(Json::as_str) else {
        return Ok(None);
    };
    if path.contains("..") || path.starts_with('/') {
        return Err(Error::value(format!("modules.json names a folder outside: {path:?}")));
    }
    let pooling = json(&folder.join(path), "config.json")?.unwrap_or(Json::Null);
    let is = |name: &str| pooling.get(name).and_then(Json::as_bool) == Some(true);
    let kinds =
        [("pooling_mode_mean_tokens", 1), ("pooling_mode_cls_token", 2), ("pooling_mode_lasttoken", 3)];
    Ok(kinds.iter().find(|(name, _)| is(name)).map(|(_, kind)| *kind))
}
