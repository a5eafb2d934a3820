//! Names of the same weights in different libraries, as rows: both sides, and what becomes of the tensors from left to right.
//!
//! Sources: the conversion scripts of transformers (`convert_vit_timm_to_pytorch.py`, `convert_resnet_to_pytorch.py`,
//! `convert_llama_weights_to_hf.py`), and the models' own `state_dict()`s, which `scripts/interop` holds them against.

use super::images::{CLIP, MM_VIT};
use super::{Heads, How, Rule, diffusion, families};
use torchsh_base::error::{Error, Result};

/// Names on both sides of one library's change to another's.
pub(super) struct Family {
    pub left: &'static str,
    pub right: &'static str,
    /// What all keys on the left begin with, if they do not lack it.
    pub root: &'static str,
    /// Whether a key without a rule is worth a word.
    pub is_whole: bool,
    pub rows: &'static [Row],
}

pub(super) struct Row {
    left: &'static [&'static str],
    right: &'static [&'static str],
    /// What is added to the number of each `*` on the way to the right.
    shift: &'static [i64],
    how: How,
}

impl Row {
    /// Both sides, where one tensor is one tensor.
    pub(super) fn one_to_one(&self) -> Option<(&'static str, &'static str)> {
        match (self.left, self.right) {
            ([left], [right]) => Some((left, right)),
            _ => None,
        }
    }
}

pub(super) const fn same(left: &'static [&'static str], right: &'static [&'static str]) -> Row {
    Row { left, right, shift: &[], how: How::Same }
}

const fn moved(left: &'static [&'static str], right: &'static [&'static str], shift: &'static [i64]) -> Row {
    Row { left, right, shift, how: How::Same }
}

pub(super) const fn changed(left: &'static [&'static str], right: &'static [&'static str], how: How) -> Row {
    Row { left, right, shift: &[], how }
}

const FAMILIES: &[Family] = &[
    Family {
        left: "hf vit",
        right: "timm vit",
        root: "vit.",
        is_whole: true,
        rows: &[
            same(&["vit.embeddings.cls_token"], &["cls_token"]),
            same(&["vit.embeddings.position_embeddings"], &["pos_embed"]),
            same(&["vit.embeddings.patch_embeddings.projection.*"], &["patch_embed.proj.*"]),
            changed(
                &[
                    "vit.encoder.layer.*.attention.attention.query.*",
                    "vit.encoder.layer.*.attention.attention.key.*",
                    "vit.encoder.layer.*.attention.attention.value.*",
                ],
                &["blocks.*.attn.qkv.*"],
                How::Join,
            ),
            same(&["vit.encoder.layer.*.attention.output.dense.*"], &["blocks.*.attn.proj.*"]),
            same(&["vit.encoder.layer.*.layernorm_before.*"], &["blocks.*.norm1.*"]),
            same(&["vit.encoder.layer.*.layernorm_after.*"], &["blocks.*.norm2.*"]),
            same(&["vit.encoder.layer.*.intermediate.dense.*"], &["blocks.*.mlp.fc1.*"]),
            same(&["vit.encoder.layer.*.output.dense.*"], &["blocks.*.mlp.fc2.*"]),
            same(&["vit.layernorm.*"], &["norm.*"]),
            same(&["classifier.*"], &["head.*"]),
        ],
    },
    Family {
        left: "torchvision vit",
        right: "timm vit",
        root: "",
        is_whole: true,
        rows: &[
            same(&["class_token"], &["cls_token"]),
            same(&["encoder.pos_embedding"], &["pos_embed"]),
            same(&["conv_proj.*"], &["patch_embed.proj.*"]),
            same(&["encoder.layers.encoder_layer_*.self_attention.in_proj_*"], &["blocks.*.attn.qkv.*"]),
            same(&["encoder.layers.encoder_layer_*.self_attention.out_proj.*"], &["blocks.*.attn.proj.*"]),
            same(&["encoder.layers.encoder_layer_*.ln_1.*"], &["blocks.*.norm1.*"]),
            same(&["encoder.layers.encoder_layer_*.ln_2.*"], &["blocks.*.norm2.*"]),
            same(&["encoder.layers.encoder_layer_*.mlp.0.*"], &["blocks.*.mlp.fc1.*"]),
            same(&["encoder.layers.encoder_layer_*.mlp.3.*"], &["blocks.*.mlp.fc2.*"]),
            same(&["encoder.ln.*"], &["norm.*"]),
            same(&["heads.head.*"], &["head.*"]),
        ],
    },
    Family {
        left: "hf resnet",
        right: "torchvision resnet",
        root: "resnet.",
        is_whole: true,
        rows: &[
            same(&["resnet.embedder.embedder.convolution.*"], &["conv1.*"]),
            same(&["resnet.embedder.embedder.normalization.*"], &["bn1.*"]),
            moved(
                &["resnet.encoder.stages.*.layers.*.shortcut.convolution.*"],
                &["layer*.*.downsample.0.*"],
                &[1, 0, 0],
            ),
            moved(
                &["resnet.encoder.stages.*.layers.*.shortcut.normalization.*"],
                &["layer*.*.downsample.1.*"],
                &[1, 0, 0],
            ),
            moved(
                &["resnet.encoder.stages.*.layers.*.layer.*.convolution.*"],
                &["layer*.*.conv*.*"],
                &[1, 0, 1, 0],
            ),
            moved(
                &["resnet.encoder.stages.*.layers.*.layer.*.normalization.*"],
                &["layer*.*.bn*.*"],
                &[1, 0, 1, 0],
            ),
            same(&["classifier.1.*"], &["fc.*"]),
        ],
    },
    Family {
        left: "meta llama",
        right: "hf llama",
        root: "",
        is_whole: true,
        rows: &[
            same(&["tok_embeddings.weight"], &["model.embed_tokens.weight"]),
            same(&["norm.weight"], &["model.norm.weight"]),
            same(&["output.weight"], &["lm_head.weight"]),
            changed(
                &["layers.*.attention.wq.weight"],
                &["model.layers.*.self_attn.q_proj.weight"],
                How::Halves(Heads::Query),
            ),
            changed(
                &["layers.*.attention.wk.weight"],
                &["model.layers.*.self_attn.k_proj.weight"],
                How::Halves(Heads::Key),
            ),
            same(&["layers.*.attention.wv.weight"], &["model.layers.*.self_attn.v_proj.weight"]),
            same(&["layers.*.attention.wo.weight"], &["model.layers.*.self_attn.o_proj.weight"]),
            same(&["layers.*.feed_forward.w1.weight"], &["model.layers.*.mlp.gate_proj.weight"]),
            same(&["layers.*.feed_forward.w2.weight"], &["model.layers.*.mlp.down_proj.weight"]),
            same(&["layers.*.feed_forward.w3.weight"], &["model.layers.*.mlp.up_proj.weight"]),
            same(&["layers.*.attention_norm.weight"], &["model.layers.*.input_layernorm.weight"]),
            same(&["layers.*.ffn_norm.weight"], &["model.layers.*.post_attention_layernorm.weight"]),
            changed(&["rope.freqs"], &[], How::Drop),
            changed(&[], &["model.layers.*.self_attn.rotary_emb.inv_freq"], How::Drop),
        ],
    },
    Family {
        left: "hf gpt2",
        right: "nanogpt",
        root: "transformer.",
        is_whole: true,
        rows: &[
            changed(&["transformer.h.*.attn.bias"], &[], How::Drop),
            changed(&["transformer.h.*.attn.masked_bias"], &[], How::Drop),
            changed(
                &["transformer.h.*.attn.c_attn.weight"],
                &["transformer.h.*.attn.c_attn.weight"],
                How::Transpose,
            ),
            changed(
                &["transformer.h.*.attn.c_proj.weight"],
                &["transformer.h.*.attn.c_proj.weight"],
                How::Transpose,
            ),
            changed(
                &["transformer.h.*.mlp.c_fc.weight"],
                &["transformer.h.*.mlp.c_fc.weight"],
                How::Transpose,
            ),
            changed(
                &["transformer.h.*.mlp.c_proj.weight"],
                &["transformer.h.*.mlp.c_proj.weight"],
                How::Transpose,
            ),
            same(&["transformer.*"], &["transformer.*"]),
            same(&["lm_head.weight"], &["lm_head.weight"]),
        ],
    },
    Family { left: "open_clip", right: "hf clip", root: "", is_whole: true, rows: CLIP },
    Family {
        left: "hf bert",
        right: "torch encoder",
        root: "bert.",
        is_whole: true,
        rows: &[
            changed(
                &[
                    "bert.encoder.layer.*.attention.self.query.weight",
                    "bert.encoder.layer.*.attention.self.key.weight",
                    "bert.encoder.layer.*.attention.self.value.weight",
                ],
                &["layers.*.self_attn.in_proj_weight"],
                How::Join,
            ),
            changed(
                &[
                    "bert.encoder.layer.*.attention.self.query.bias",
                    "bert.encoder.layer.*.attention.self.key.bias",
                    "bert.encoder.layer.*.attention.self.value.bias",
                ],
                &["layers.*.self_attn.in_proj_bias"],
                How::Join,
            ),
            same(&["bert.encoder.layer.*.attention.output.dense.*"], &["layers.*.self_attn.out_proj.*"]),
            same(&["bert.encoder.layer.*.attention.output.LayerNorm.*"], &["layers.*.norm1.*"]),
            same(&["bert.encoder.layer.*.intermediate.dense.*"], &["layers.*.linear1.*"]),
            same(&["bert.encoder.layer.*.output.dense.*"], &["layers.*.linear2.*"]),
            same(&["bert.encoder.layer.*.output.LayerNorm.*"], &["layers.*.norm2.*"]),
        ],
    },
    Family {
        left: "mm resnet",
        right: "torchvision resnet",
        root: "",
        is_whole: true,
        rows: &[same(&["head.fc.*"], &["fc.*"]), same(&["backbone.*"], &["*"])],
    },
    Family { left: "mm vit", right: "timm vit", root: "backbone.", is_whole: true, rows: MM_VIT },
    Family {
        left: "old weight_norm",
        right: "weight_norm",
        root: "",
        is_whole: false,
        rows: &[
            same(&["*.weight_g"], &["*.parametrizations.weight.original0"]),
            same(&["weight_g"], &["parametrizations.weight.original0"]),
            same(&["*.weight_v"], &["*.parametrizations.weight.original1"]),
            same(&["weight_v"], &["parametrizations.weight.original1"]),
        ],
    },
    Family {
        left: "gamma and beta",
        right: "weight and bias",
        root: "",
        is_whole: false,
        rows: &[
            same(&["*.gamma"], &["*.weight"]),
            same(&["*.beta"], &["*.bias"]),
            same(&["*.moving_mean"], &["*.running_mean"]),
            same(&["*.moving_variance"], &["*.running_var"]),
        ],
    },
];

/// What wrappers put before keys, or between their parts.
const WRAPPERS: &[&str] = &[
    "module.",
    "_orig_mod.",
    "_fsdp_wrapped_module.",
    "_checkpoint_wrapped_module.",
    "_forward_module.",
    "_ddp_module.",
];

/// The presets, each with what it does.
pub const NAMES: &[(&str, &str)] = &[
    ("wrappers", "without what DataParallel, torch.compile, FSDP and checkpointing put into keys"),
    ("module.", "without module., of DataParallel"),
    ("_orig_mod.", "without _orig_mod., of torch.compile"),
    ("model.", "without model., of Lightning and others"),
    ("hf vit to timm vit", "ViT of transformers for timm"),
    ("timm vit to hf vit", "ViT of timm for transformers"),
    ("torchvision vit to timm vit", "ViT of torchvision for timm"),
    ("timm vit to torchvision vit", "ViT of timm for torchvision"),
    ("hf resnet to torchvision resnet", "ResNet of transformers for torchvision and timm"),
    ("torchvision resnet to hf resnet", "ResNet of torchvision and timm for transformers"),
    ("meta llama to hf llama", "Llama as Meta publishes it for transformers (heads=)"),
    ("hf llama to meta llama", "Llama of transformers as Meta publishes it (heads=)"),
    ("hf gpt2 to nanogpt", "GPT-2 of transformers for nanoGPT: its matrices are turned"),
    ("nanogpt to hf gpt2", "GPT-2 of nanoGPT for transformers"),
    ("hf llama to gguf llama", "Llama and Mistral of transformers as llama.cpp has them (heads=, kv_heads=)"),
    ("gguf llama to hf llama", "Llama and Mistral of llama.cpp for transformers (heads=, kv_heads=)"),
    ("hf qwen2 to gguf qwen2", "Qwen2 of transformers as llama.cpp has it"),
    ("gguf qwen2 to hf qwen2", "Qwen2 of llama.cpp for transformers"),
    ("hf gpt2 to gguf gpt2", "GPT-2 of transformers as llama.cpp has it: its matrices are turned"),
    ("gguf gpt2 to hf gpt2", "GPT-2 of llama.cpp for transformers"),
    ("hf bert to gguf bert", "BERT of transformers as llama.cpp has it, without its heads"),
    ("gguf bert to hf bert", "BERT of llama.cpp for transformers"),
    (
        "ldm unet to diffusers unet",
        "Stable Diffusion's U-Net of the original file for diffusers (SD 1, 2, XL)",
    ),
    ("diffusers unet to ldm unet", "the other way"),
    ("ldm vae to diffusers vae", "Stable Diffusion's VAE of the original file for diffusers"),
    ("diffusers vae to ldm vae", "the other way"),
    (
        "open_clip to hf clip",
        "CLIP of OpenAI and open_clip for transformers: Stable Diffusion's text encoder too",
    ),
    ("hf clip to open_clip", "the other way"),
    ("hf bert to torch encoder", "BERT's layers for nn.TransformerEncoder"),
    ("torch encoder to hf bert", "the other way"),
    ("mm resnet to torchvision resnet", "ResNet of OpenMMLab for torchvision and timm"),
    ("torchvision resnet to mm resnet", "the other way"),
    ("mm vit to timm vit", "ViT of OpenMMLab for timm"),
    ("timm vit to mm vit", "the other way"),
    ("old weight_norm to weight_norm", "weight_g and weight_v for torch.nn.utils.parametrizations"),
    ("weight_norm to old weight_norm", "parametrized weight_norm as weight_g and weight_v"),
    ("gamma and beta to weight and bias", "norms by the names of TensorFlow and early BERT"),
    ("weight and bias to gamma and beta", "the other way"),
];

/// The page of `help presets`.
pub fn page() -> String {
    let width = NAMES.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut text =
        "Names for rename p preset \"…\"; two that meet are one (hf vit to torchvision vit):\n\n".to_owned();
    for (name, says) in NAMES {
        text.push_str(&format!("    {name:width$}  {says}\n"));
    }
    text
}

/// The presets that lead from one side to the other: the one of that name, or two by way of a third library.
pub fn steps(name: &str) -> Vec<String> {
    // The names of both are the same.
    let name = name.replace("timm resnet", "torchvision resnet");
    let is_one = |name: &str| NAMES.iter().any(|(known, _)| *known == name);
    let by_way = name.split_once(" to ").filter(|_| !is_one(&name)).and_then(|(from, to)| {
        NAMES.iter().find_map(|(known, _)| {
            let (_, middle) = known.split_once(" to ").filter(|(start, _)| *start == from)?;
            let second = format!("{middle} to {to}");
            is_one(&second).then(|| vec![(*known).to_owned(), second])
        })
    });
    by_way.unwrap_or_else(|| vec![name])
}

/// The rules of a preset for these keys, and whether they are for all keys of a model.
///
/// # Errors
/// `ValueError` for a name that is none, with those that are.
pub fn named(name: &str, keys: &[String]) -> Result<(Vec<Rule>, bool)> {
    let sides = name.split_once(" to ");
    let generated = sides.and_then(|(from, to)| {
        diffusion::rules(from, to, true, keys).or_else(|| diffusion::rules(to, from, false, keys))
    });
    if let Some(rules) = generated {
        return Ok((rules, true));
    }
    let found = sides.and_then(|(from, to)| {
        let family = |family: &&Family| {
            (family.left, family.right) == (from, to) || (family.right, family.left) == (from, to)
        };
        let all = FAMILIES.iter().chain(super::gguf::FAMILIES);
        all.into_iter().find(family).map(|family| (family, family.left == from))
    });
    let Some((family, forward)) = found else {
        let known: Vec<torchsh_language::value::Str> =
            NAMES.iter().map(|(name, _)| torchsh_language::value::Str::new(*name)).collect();
        let error = Error::value(format!("there is no preset \"{name}\""));
        let shapeless: Vec<(String, Vec<i64>)> = keys.iter().map(|key| (key.clone(), Vec::new())).collect();
        let family =
            families::of(&shapeless).map(|(family, _)| family).filter(|family| !family.presets.is_empty());
        return Err(match (torchsh_base::nearest(name, &known), family) {
            (Some(near), _) => error.hint(format!("did you mean \"{near}\"?")),
            (None, Some(family)) => error.hint(format!(
                "these keys look like {}: \"{}\"",
                family.says,
                family.presets.join("\" or \"")
            )),
            (None, None) => {
                let known: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
                error.hint(format!("presets: {}", known.join(", ")))
            }
        });
    };
    // A model saved without its head has no root.
    let lacks_root =
        forward && !family.root.is_empty() && !keys.iter().any(|key| key.starts_with(family.root));
    let own = |names: &[&str]| -> Vec<String> {
        let root = if lacks_root { family.root } else { "" };
        names.iter().map(|name| name.strip_prefix(root).unwrap_or(name).to_owned()).collect()
    };
    let rules = family.rows.iter().map(|row| {
        let (from, to) = if forward { (row.left, row.right) } else { (row.right, row.left) };
        let sign = if forward { 1 } else { -1 };
        let shift = row.shift.iter().map(|shift| sign * shift).collect();
        Rule { from: own(from), to: own(to), shift, how: if forward { row.how } else { back(row.how) } }
    });
    Ok((rules.filter(|rule| !rule.from.is_empty()).collect(), family.is_whole))
}

/// What undoes a change.
pub fn back(how: How) -> How {
    match how {
        How::Split => How::Join,
        How::Join => How::Split,
        How::Halves(heads) => How::Pairs(heads),
        How::Pairs(heads) => How::Halves(heads),
        How::Flat => How::Pixel,
        How::Pixel => How::Flat,
        How::Same | How::Transpose | How::Drop => how,
    }
}

/// What a preset takes out of keys; none for one that has rules.
pub fn wrapper(name: &str) -> Option<&'static [&'static str]> {
    match name {
        "wrappers" => Some(WRAPPERS),
        "module" | "module." => Some(&["module."]),
        "_orig_mod" | "_orig_mod." => Some(&["_orig_mod."]),
        "model" | "model." | "lightning" => Some(&["model."]),
        _ => None,
    }
}

/// A key without a wrapper's words. A wrapper may wrap another, and parts of a model may be wrapped alone; `model.` is a name
/// that a model may have as well, and goes once.
pub fn unwrapped(key: &str, words: &[&str]) -> String {
    let mut bare = key.to_owned();
    loop {
        let before = bare.clone();
        for word in words {
            if let Some(rest) = bare.strip_prefix(word) {
                bare = rest.to_owned();
            }
            if word.starts_with('_') {
                bare = bare.replace(&format!(".{word}"), ".");
            }
        }
        if bare == before || words == ["model."] {
            return bare;
        }
    }
}
