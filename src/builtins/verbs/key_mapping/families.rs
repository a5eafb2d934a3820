//! What a state_dict looks to be of, by its keys, as rows.

use torchsh_checkpoint::pattern::fits;
use torchsh_language::value::Vm;
use torchsh_language::value::report::Row;

/// A family of models.
pub struct Family {
    /// What it is called, and whose names these are.
    pub says: &'static str,
    /// Patterns that a key each must fit.
    has: &'static [&'static str],
    /// Patterns that no key fits.
    lacks: &'static [&'static str],
    /// Presets of `rename` that are for such keys.
    pub presets: &'static [&'static str],
    /// Known models: the tensor whose shape tells, its sizes, the number of layers, the name.
    sizes: &'static [(&'static str, [i64; 2], usize, &'static str)],
}

const fn family(
    says: &'static str,
    has: &'static [&'static str],
    presets: &'static [&'static str],
) -> Family {
    Family { says, has, lacks: &[], presets, sizes: &[] }
}

impl Family {
    const fn without(self, lacks: &'static [&'static str]) -> Self {
        Family { lacks, ..self }
    }

    const fn known(self, sizes: &'static [(&'static str, [i64; 2], usize, &'static str)]) -> Self {
        Family { sizes, ..self }
    }
}

/// The families, the more particular ones first. A key is matched behind any beginning (`module.`, `model.`).
const FAMILIES: &[Family] = &[
    family("a LoRA adapter (peft)", &["*.lora_A*weight", "*.lora_B*weight"], &[]),
    family("a LoRA adapter (kohya)", &["*.lora_down.weight", "*.lora_up.weight"], &[]),
    family(
        "Stable Diffusion, all of it (original LDM names)",
        &["model.diffusion_model.input_blocks.0.0.weight", "first_stage_model.encoder.conv_in.weight"],
        &["ldm unet to diffusers unet", "ldm vae to diffusers vae"],
    ),
    family(
        "Stable Diffusion's U-Net (original LDM names)",
        &["*input_blocks.0.0.weight", "*output_blocks.0.0.in_layers.0.weight"],
        &["ldm unet to diffusers unet"],
    ),
    family(
        "Stable Diffusion's U-Net (diffusers)",
        &["*down_blocks.0.resnets.0.time_emb_proj.weight", "*up_blocks.0.resnets.0.conv1.weight"],
        &["diffusers unet to ldm unet"],
    ),
    family(
        "Stable Diffusion's VAE (original LDM names)",
        &["*encoder.down.0.block.0.conv1.weight", "*decoder.mid.attn_1.q.weight"],
        &["ldm vae to diffusers vae"],
    ),
    family(
        "Stable Diffusion's VAE (diffusers)",
        &["*encoder.down_blocks.0.resnets.0.conv1.weight", "*decoder.mid_block.attentions.0.to_q.weight"],
        &["diffusers vae to ldm vae"],
    ),
    family(
        "CLIP (OpenAI's and open_clip's names)",
        &["*transformer.resblocks.0.attn.in_proj_weight", "*ln_final.weight"],
        &["open_clip to hf clip"],
    ),
    family(
        "CLIP (Hugging Face)",
        &["*text_model.encoder.layers.0.self_attn.q_proj.weight", "*text_model.final_layer_norm.weight"],
        &["hf clip to open_clip"],
    ),
    family("Mixtral (Hugging Face)", &["*layers.0.block_sparse_moe.gate.weight"], &[]),
    family(
        "Qwen2 (Hugging Face)",
        &["*layers.0.self_attn.q_proj.bias", "*layers.0.mlp.gate_proj.weight", "*embed_tokens.weight"],
        &[],
    )
    .without(&["*.self_attn.o_proj.bias"])
    .known(&[
        ("*embed_tokens.weight", [151_936, 896], 24, "Qwen2 0.5B"),
        ("*embed_tokens.weight", [151_936, 1536], 28, "Qwen2 1.5B"),
        ("*embed_tokens.weight", [152_064, 3584], 28, "Qwen2 7B"),
    ]),
    family(
        "Qwen3 (Hugging Face)",
        &["*layers.0.self_attn.q_norm.weight", "*layers.0.mlp.gate_proj.weight", "*embed_tokens.weight"],
        &[],
    ),
    family(
        "Gemma (Hugging Face)",
        &["*layers.0.pre_feedforward_layernorm.weight", "*layers.0.mlp.gate_proj.weight"],
        &[],
    ),
    family(
        "Llama (Hugging Face)",
        &["*layers.0.self_attn.q_proj.weight", "*layers.0.mlp.gate_proj.weight", "*embed_tokens.weight"],
        &["hf llama to meta llama"],
    )
    .known(&[
        ("*embed_tokens.weight", [32_000, 4096], 32, "Llama 2 7B or 1 7B"),
        ("*embed_tokens.weight", [32_000, 5120], 40, "Llama 2 13B or 1 13B"),
        ("*embed_tokens.weight", [32_000, 8192], 80, "Llama 2 70B"),
        ("*embed_tokens.weight", [32_000, 2048], 22, "TinyLlama 1.1B"),
        ("*embed_tokens.weight", [128_256, 4096], 32, "Llama 3 8B"),
        ("*embed_tokens.weight", [128_256, 8192], 80, "Llama 3 70B"),
        ("*embed_tokens.weight", [128_256, 2048], 16, "Llama 3.2 1B"),
        ("*embed_tokens.weight", [128_256, 3072], 28, "Llama 3.2 3B"),
    ]),
    family(
        "Llama (Meta's names)",
        &["*layers.0.attention.wq.weight", "*layers.0.feed_forward.w1.weight", "*tok_embeddings.weight"],
        &["meta llama to hf llama"],
    )
    .known(&[
        ("*tok_embeddings.weight", [32_000, 4096], 32, "Llama 2 7B or 1 7B"),
        ("*tok_embeddings.weight", [128_256, 4096], 32, "Llama 3 8B"),
    ]),
    family(
        "GPT-2 (Hugging Face, or nanoGPT)",
        &["*h.0.attn.c_attn.weight", "*wte.weight", "*wpe.weight"],
        &["hf gpt2 to nanogpt"],
    )
    .known(&[
        ("*wte.weight", [50_257, 768], 12, "GPT-2"),
        ("*wte.weight", [50_257, 1024], 24, "GPT-2 medium"),
        ("*wte.weight", [50_257, 1280], 36, "GPT-2 large"),
        ("*wte.weight", [50_257, 1600], 48, "GPT-2 XL"),
    ]),
    family(
        "BERT (old names: gamma and beta)",
        &["*encoder.layer.0.attention.self.query.weight", "*embeddings.LayerNorm.gamma"],
        &["gamma and beta to weight and bias"],
    ),
    family(
        "BERT or RoBERTa (Hugging Face)",
        &["*encoder.layer.0.attention.self.query.weight", "*embeddings.word_embeddings.weight"],
        &["hf bert to torch encoder"],
    )
    .known(&[
        ("*embeddings.word_embeddings.weight", [30_522, 768], 12, "BERT base, uncased"),
        ("*embeddings.word_embeddings.weight", [30_522, 1024], 24, "BERT large, uncased"),
        ("*embeddings.word_embeddings.weight", [28_996, 768], 12, "BERT base, cased"),
        ("*embeddings.word_embeddings.weight", [50_265, 768], 12, "RoBERTa base"),
    ]),
    family("T5 (Hugging Face)", &["*encoder.block.0.layer.0.SelfAttention.q.weight"], &[]),
    family(
        "Whisper (Hugging Face)",
        &["*encoder.conv1.weight", "*decoder.layers.0.encoder_attn.q_proj.weight"],
        &[],
    ),
    family(
        "ViT (Hugging Face)",
        &["*encoder.layer.0.attention.attention.query.weight", "*embeddings.cls_token"],
        &["hf vit to timm vit"],
    ),
    family(
        "ViT (timm)",
        &["*blocks.0.attn.qkv.weight", "*patch_embed.proj.weight", "*cls_token"],
        &["timm vit to hf vit", "timm vit to torchvision vit", "timm vit to mm vit"],
    ),
    family(
        "ViT (OpenMMLab)",
        &["*layers.0.ffn.layers.0.0.weight", "*patch_embed.projection.weight", "*cls_token"],
        &["mm vit to timm vit"],
    ),
    family(
        "ViT (torchvision)",
        &["*encoder.layers.encoder_layer_0.self_attention.in_proj_weight", "*conv_proj.weight"],
        &["torchvision vit to timm vit"],
    ),
    family("Swin (timm or torchvision)", &["*layers.0.blocks.0.attn.relative_position_bias_table"], &[]),
    family("ConvNeXt (timm)", &["*stages.0.blocks.0.conv_dw.weight"], &[]),
    family(
        "ResNet (Hugging Face)",
        &["*encoder.stages.0.layers.0.layer.0.convolution.weight", "*embedder.embedder.convolution.weight"],
        &["hf resnet to torchvision resnet"],
    ),
    family(
        "ResNet (OpenMMLab)",
        &["*backbone.layer1.0.conv1.weight", "*backbone.layer4.0.conv1.weight", "*head.fc.weight"],
        &["mm resnet to torchvision resnet"],
    ),
    family(
        "ResNet (torchvision or timm)",
        &["*layer1.0.conv1.weight", "*layer4.0.conv1.weight", "*conv1.weight", "*bn1.running_mean"],
        &["torchvision resnet to hf resnet", "torchvision resnet to mm resnet"],
    ),
    family("VGG or AlexNet (torchvision)", &["*features.0.weight", "*classifier.6.weight"], &[]),
    family("YOLO (Ultralytics)", &["*model.0.conv.weight", "*model.2.cv1.conv.weight"], &[]),
    family("SAM", &["*image_encoder.neck.0.weight", "*mask_decoder.iou_token.weight"], &[]),
];

/// The family of keys, each with its shape, and the model of it that is known by its sizes.
pub fn of(keys: &[(String, Vec<i64>)]) -> Option<(&'static Family, Option<&'static str>)> {
    let any = |pattern: &str| keys.iter().any(|(key, _)| fits(key, pattern));
    let is_it = |family: &&Family| {
        family.has.iter().all(|has| any(has)) && !family.lacks.iter().any(|lacks| any(lacks))
    };
    let family = FAMILIES.iter().find(is_it)?;
    let layers = layers(keys);
    let known = family.sizes.iter().find(|(pattern, sizes, count, _)| {
        *count == layers && keys.iter().any(|(key, shape)| shape == sizes && fits(key, pattern))
    });
    Some((family, known.map(|(_, _, _, name)| *name)))
}

/// One more than the largest number that stands first in a key.
fn layers(keys: &[(String, Vec<i64>)]) -> usize {
    let number = |key: &str| key.split('.').find_map(|part| part.parse::<usize>().ok());
    keys.iter().filter_map(|(key, _)| number(key)).max().map_or(0, |most| most.saturating_add(1))
}

/// The keys of rows, with the shapes of tensors.
pub fn keys(rows: &[Row]) -> Vec<(String, Vec<i64>)> {
    rows.iter()
        .map(|row| (row.key.clone(), row.facts().map(|facts| facts.shape.clone()).unwrap_or_default()))
        .collect()
}

/// Says what entries look to be of, if that is known.
pub fn tell(vm: &dyn Vm, rows: &[Row]) {
    if let Some(line) = line(&keys(rows)) {
        vm.notice(&line);
    }
}

/// What is said of keys that are known: `Llama 3 8B: Llama (Hugging Face)`.
pub fn line(keys: &[(String, Vec<i64>)]) -> Option<String> {
    let (family, known) = of(keys)?;
    Some(match known {
        Some(known) => format!("looks like {known}: {}", family.says),
        None => format!("looks like {}", family.says),
    })
}

/// The presets for keys that are known.
pub fn presets(keys: &[(String, Vec<i64>)]) -> &'static [&'static str] {
    of(keys).map_or(&[], |(family, _)| family.presets)
}

/// The preset from one library's names to another's, where both are known.
pub fn preset_between(own: &[(String, Vec<i64>)], theirs: &[(String, Vec<i64>)]) -> Option<String> {
    let ends = |keys| presets(keys).iter().filter_map(|preset| preset.split_once(" to "));
    let (own, theirs): (Vec<_>, Vec<_>) = (ends(own).collect(), ends(theirs).collect());
    let meet = |(from, to): &&(&str, &str)| theirs.iter().any(|(start, end)| (end, start) == (from, to));
    if let Some((from, to)) = own.iter().find(meet) {
        return Some(format!("{from} to {to}"));
    }
    let (from, middle) = own.first()?;
    let (to, _) = theirs.iter().find(|(to, end)| end == middle && to != from)?;
    Some(format!("{from} to {to}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_of_a_family_is_one() {
        for family in FAMILIES {
            for preset in family.presets {
                assert!(super::super::NAMES.iter().any(|(name, _)| name == preset), "{preset}");
            }
        }
    }

    #[test]
    fn two_libraries_meet_in_a_preset() {
        let keys = |names: &[&str]| -> Vec<(String, Vec<i64>)> {
            names.iter().map(|name| ((*name).to_owned(), Vec::new())).collect()
        };
        let hf = keys(&["vit.encoder.layer.0.attention.attention.query.weight", "vit.embeddings.cls_token"]);
        let timm = keys(&["blocks.0.attn.qkv.weight", "patch_embed.proj.weight", "cls_token"]);
        let vision =
            keys(&["encoder.layers.encoder_layer_0.self_attention.in_proj_weight", "conv_proj.weight"]);
        assert_eq!(preset_between(&hf, &timm).unwrap(), "hf vit to timm vit");
        assert_eq!(preset_between(&timm, &vision).unwrap(), "timm vit to torchvision vit");
        assert_eq!(preset_between(&hf, &vision).unwrap(), "hf vit to torchvision vit");
        assert_eq!(preset_between(&hf, &hf), None);
        assert_eq!(super::super::presets::steps("hf vit to torchvision vit").len(), 2);
    }

    #[test]
    fn families_are_known_by_their_keys() {
        let keys = |names: &[(&str, &[i64])]| -> Vec<(String, Vec<i64>)> {
            names.iter().map(|(name, shape)| ((*name).to_owned(), shape.to_vec())).collect()
        };
        let llama = keys(&[
            ("model.embed_tokens.weight", &[128_256, 4096]),
            ("model.layers.0.self_attn.q_proj.weight", &[4096, 4096]),
            ("model.layers.31.self_attn.q_proj.weight", &[4096, 4096]),
            ("model.layers.0.mlp.gate_proj.weight", &[14_336, 4096]),
        ]);
        assert_eq!(line(&llama).unwrap(), "looks like Llama 3 8B: Llama (Hugging Face)");
        assert_eq!(line(&keys(&[("conv1.weight", &[8, 3, 3, 3]), ("fc.weight", &[10, 8])])), None);
    }
}
