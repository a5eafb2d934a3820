//! Names of the same weights in transformers and in llama.cpp's files.
//!
//! Sources: the table of gguf-py (`gguf/tensor_mapping.py`) and llama.cpp's `convert_hf_to_gguf.py`.

use super::presets::{Family, Row, changed, same};
use super::{Heads, How};
use torchsh_checkpoint::gguf::mixtures::layer_of;
use torchsh_checkpoint::pattern::{filled, stars};

/// The decoders of Llama's kind, but for their queries and keys.
macro_rules! decoder {
    ($($row:expr),* $(,)?) => {
        &[
            same(&["model.embed_tokens.weight"], &["token_embd.weight"]),
            same(&["model.norm.weight"], &["output_norm.weight"]),
            same(&["lm_head.weight"], &["output.weight"]),
            $($row,)*
            same(&["model.layers.*.self_attn.v_proj.*"], &["blk.*.attn_v.*"]),
            same(&["model.layers.*.self_attn.o_proj.*"], &["blk.*.attn_output.*"]),
            same(&["model.layers.*.mlp.gate_proj.*"], &["blk.*.ffn_gate.*"]),
            same(&["model.layers.*.mlp.down_proj.*"], &["blk.*.ffn_down.*"]),
            same(&["model.layers.*.mlp.up_proj.*"], &["blk.*.ffn_up.*"]),
            same(&["model.layers.*.input_layernorm.weight"], &["blk.*.attn_norm.weight"]),
            same(&["model.layers.*.post_attention_layernorm.weight"], &["blk.*.ffn_norm.weight"]),
            changed(&["model.layers.*.self_attn.rotary_emb.inv_freq"], &[], How::Drop),
            changed(&[], &["rope_freqs.weight"], How::Drop),
        ]
    };
}

const LLAMA: &[Row] = decoder![
    changed(&["model.layers.*.self_attn.q_proj.*"], &["blk.*.attn_q.*"], How::Pairs(Heads::Query)),
    changed(&["model.layers.*.self_attn.k_proj.*"], &["blk.*.attn_k.*"], How::Pairs(Heads::Key)),
];

const QWEN2: &[Row] = decoder![
    same(&["model.layers.*.self_attn.q_proj.*"], &["blk.*.attn_q.*"]),
    same(&["model.layers.*.self_attn.k_proj.*"], &["blk.*.attn_k.*"]),
];

const GPT2: &[Row] = &[
    changed(&["transformer.h.*.attn.bias"], &[], How::Drop),
    changed(&["transformer.h.*.attn.masked_bias"], &[], How::Drop),
    same(&["transformer.wte.weight"], &["token_embd.weight"]),
    same(&["transformer.wpe.weight"], &["position_embd.weight"]),
    same(&["transformer.h.*.ln_1.*"], &["blk.*.attn_norm.*"]),
    same(&["transformer.h.*.ln_2.*"], &["blk.*.ffn_norm.*"]),
    changed(&["transformer.h.*.attn.c_attn.weight"], &["blk.*.attn_qkv.weight"], How::Transpose),
    same(&["transformer.h.*.attn.c_attn.bias"], &["blk.*.attn_qkv.bias"]),
    changed(&["transformer.h.*.attn.c_proj.weight"], &["blk.*.attn_output.weight"], How::Transpose),
    same(&["transformer.h.*.attn.c_proj.bias"], &["blk.*.attn_output.bias"]),
    changed(&["transformer.h.*.mlp.c_fc.weight"], &["blk.*.ffn_up.weight"], How::Transpose),
    same(&["transformer.h.*.mlp.c_fc.bias"], &["blk.*.ffn_up.bias"]),
    changed(&["transformer.h.*.mlp.c_proj.weight"], &["blk.*.ffn_down.weight"], How::Transpose),
    same(&["transformer.h.*.mlp.c_proj.bias"], &["blk.*.ffn_down.bias"]),
    same(&["transformer.ln_f.*"], &["output_norm.*"]),
    same(&["lm_head.weight"], &["output.weight"]),
];

const BERT: &[Row] = &[
    changed(&["bert.embeddings.position_ids"], &[], How::Drop),
    changed(&["bert.pooler.*"], &[], How::Drop),
    changed(&["cls.*"], &[], How::Drop),
    same(&["bert.embeddings.word_embeddings.weight"], &["token_embd.weight"]),
    same(&["bert.embeddings.position_embeddings.weight"], &["position_embd.weight"]),
    same(&["bert.embeddings.token_type_embeddings.weight"], &["token_types.weight"]),
    same(&["bert.embeddings.LayerNorm.*"], &["token_embd_norm.*"]),
    same(&["bert.encoder.layer.*.attention.self.query.*"], &["blk.*.attn_q.*"]),
    same(&["bert.encoder.layer.*.attention.self.key.*"], &["blk.*.attn_k.*"]),
    same(&["bert.encoder.layer.*.attention.self.value.*"], &["blk.*.attn_v.*"]),
    same(&["bert.encoder.layer.*.attention.output.dense.*"], &["blk.*.attn_output.*"]),
    same(&["bert.encoder.layer.*.attention.output.LayerNorm.*"], &["blk.*.attn_output_norm.*"]),
    same(&["bert.encoder.layer.*.intermediate.dense.*"], &["blk.*.ffn_up.*"]),
    same(&["bert.encoder.layer.*.output.dense.*"], &["blk.*.ffn_down.*"]),
    same(&["bert.encoder.layer.*.output.LayerNorm.*"], &["blk.*.layer_output_norm.*"]),
];

pub(super) const FAMILIES: &[Family] = &[
    Family { left: "hf llama", right: "gguf llama", root: "", is_whole: true, rows: LLAMA },
    Family { left: "hf qwen2", right: "gguf qwen2", root: "", is_whole: true, rows: QWEN2 },
    Family { left: "hf gpt2", right: "gguf gpt2", root: "transformer.", is_whole: true, rows: GPT2 },
    Family { left: "hf bert", right: "gguf bert", root: "bert.", is_whole: true, rows: BERT },
];

/// What llama.cpp calls a tensor: of the models of transformers that are known, and of its own.
pub fn name_of(key: &str) -> Option<String> {
    if layer_of(key).is_some() || matches!(key, "output.weight" | "token_embd.weight") {
        return Some(key.to_owned());
    }
    FAMILIES.iter().find_map(|family| {
        family.rows.iter().find_map(|row| {
            let (left, right) = row.one_to_one()?;
            // A model saved without its head has no root.
            let bare = left.strip_prefix(family.root).filter(|_| !family.root.is_empty());
            let found = stars(key, left).or_else(|| stars(key, bare?))?;
            filled(right, &found.into_iter().map(str::to_owned).collect::<Vec<_>>())
        })
    })
}
