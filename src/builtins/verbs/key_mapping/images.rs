//! Names of the weights of models of images, as rows of presets.

use super::How;
use super::presets::{Row, changed, same};

/// CLIP as OpenAI and open_clip have it. Text projections and those of images stand the other way round.
pub(super) const CLIP: &[Row] = &[
    same(&["token_embedding.weight"], &["text_model.embeddings.token_embedding.weight"]),
    same(&["positional_embedding"], &["text_model.embeddings.position_embedding.weight"]),
    same(&["ln_final.*"], &["text_model.final_layer_norm.*"]),
    changed(&["text_projection"], &["text_projection.weight"], How::Transpose),
    same(&["logit_scale"], &["logit_scale"]),
    changed(
        &["transformer.resblocks.*.attn.in_proj_weight"],
        &[
            "text_model.encoder.layers.*.self_attn.q_proj.weight",
            "text_model.encoder.layers.*.self_attn.k_proj.weight",
            "text_model.encoder.layers.*.self_attn.v_proj.weight",
        ],
        How::Split,
    ),
    changed(
        &["transformer.resblocks.*.attn.in_proj_bias"],
        &[
            "text_model.encoder.layers.*.self_attn.q_proj.bias",
            "text_model.encoder.layers.*.self_attn.k_proj.bias",
            "text_model.encoder.layers.*.self_attn.v_proj.bias",
        ],
        How::Split,
    ),
    same(&["transformer.resblocks.*.attn.out_proj.*"], &["text_model.encoder.layers.*.self_attn.out_proj.*"]),
    same(&["transformer.resblocks.*.ln_1.*"], &["text_model.encoder.layers.*.layer_norm1.*"]),
    same(&["transformer.resblocks.*.ln_2.*"], &["text_model.encoder.layers.*.layer_norm2.*"]),
    same(&["transformer.resblocks.*.mlp.c_fc.*"], &["text_model.encoder.layers.*.mlp.fc1.*"]),
    same(&["transformer.resblocks.*.mlp.c_proj.*"], &["text_model.encoder.layers.*.mlp.fc2.*"]),
    same(&["visual.conv1.weight"], &["vision_model.embeddings.patch_embedding.weight"]),
    same(&["visual.class_embedding"], &["vision_model.embeddings.class_embedding"]),
    same(&["visual.positional_embedding"], &["vision_model.embeddings.position_embedding.weight"]),
    same(&["visual.ln_pre.*"], &["vision_model.pre_layrnorm.*"]),
    same(&["visual.ln_post.*"], &["vision_model.post_layernorm.*"]),
    changed(&["visual.proj"], &["visual_projection.weight"], How::Transpose),
    changed(
        &["visual.transformer.resblocks.*.attn.in_proj_weight"],
        &[
            "vision_model.encoder.layers.*.self_attn.q_proj.weight",
            "vision_model.encoder.layers.*.self_attn.k_proj.weight",
            "vision_model.encoder.layers.*.self_attn.v_proj.weight",
        ],
        How::Split,
    ),
    changed(
        &["visual.transformer.resblocks.*.attn.in_proj_bias"],
        &[
            "vision_model.encoder.layers.*.self_attn.q_proj.bias",
            "vision_model.encoder.layers.*.self_attn.k_proj.bias",
            "vision_model.encoder.layers.*.self_attn.v_proj.bias",
        ],
        How::Split,
    ),
    same(
        &["visual.transformer.resblocks.*.attn.out_proj.*"],
        &["vision_model.encoder.layers.*.self_attn.out_proj.*"],
    ),
    same(&["visual.transformer.resblocks.*.ln_1.*"], &["vision_model.encoder.layers.*.layer_norm1.*"]),
    same(&["visual.transformer.resblocks.*.ln_2.*"], &["vision_model.encoder.layers.*.layer_norm2.*"]),
    same(&["visual.transformer.resblocks.*.mlp.c_fc.*"], &["vision_model.encoder.layers.*.mlp.fc1.*"]),
    same(&["visual.transformer.resblocks.*.mlp.c_proj.*"], &["vision_model.encoder.layers.*.mlp.fc2.*"]),
    changed(&[], &["text_model.embeddings.position_ids"], How::Drop),
    changed(&[], &["vision_model.embeddings.position_ids"], How::Drop),
];

/// ViT as OpenMMLab's mmpretrain has it (`models/backbones/vision_transformer.py`).
pub(super) const MM_VIT: &[Row] = &[
    same(&["backbone.cls_token"], &["cls_token"]),
    same(&["backbone.pos_embed"], &["pos_embed"]),
    same(&["backbone.patch_embed.projection.*"], &["patch_embed.proj.*"]),
    same(&["backbone.layers.*.ln1.*"], &["blocks.*.norm1.*"]),
    same(&["backbone.layers.*.attn.qkv.*"], &["blocks.*.attn.qkv.*"]),
    same(&["backbone.layers.*.attn.proj.*"], &["blocks.*.attn.proj.*"]),
    same(&["backbone.layers.*.ln2.*"], &["blocks.*.norm2.*"]),
    same(&["backbone.layers.*.ffn.layers.0.0.*"], &["blocks.*.mlp.fc1.*"]),
    same(&["backbone.layers.*.ffn.layers.1.*"], &["blocks.*.mlp.fc2.*"]),
    same(&["backbone.ln1.*"], &["norm.*"]),
    same(&["head.layers.head.*"], &["head.*"]),
];
