//! Words that libraries use in keys: other names of the same thing, and names that exclude each other.

/// Components that wrappers put into keys: they say nothing of the tensor.
pub const WRAPPERS: &[&str] =
    &["module", "_orig_mod", "_forward_module", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"];

/// Last components that say which of a module's tensors it is.
const ROLES: &[&str] =
    &["weight", "bias", "running_mean", "running_var", "num_batches_tracked", "weight_g", "weight_v"];

/// Other names of a role, with a neighbour that makes it one (empty: none is wanted). `gamma` alone may be a layer's scale.
const OTHER_ROLES: &[(&str, &str, &[&str])] = &[
    ("gamma", "weight", &["beta"]),
    ("beta", "bias", &["gamma"]),
    ("a_2", "weight", &["b_2"]),
    ("b_2", "bias", &["a_2"]),
    ("kernel", "weight", &[]),
    ("embedding", "weight", &[]),
    ("scale", "weight", &["bias"]),
    ("w", "weight", &[]),
    ("g", "weight", &["b"]),
    ("b", "bias", &["w", "g"]),
    ("moving_mean", "running_mean", &[]),
    ("moving_variance", "running_var", &[]),
    ("moving_var", "running_var", &[]),
    ("mean", "running_mean", &["var"]),
    ("var", "running_var", &["mean"]),
];

/// Two last components that are one role: `parametrizations.weight.original0`.
const PARAMETRIZED: &[(&str, &str)] = &[("original0", "weight_g"), ("original1", "weight_v")];

/// A tensor's name in its parts.
pub struct Named {
    /// The module.
    pub path: Vec<String>,
    /// What it is to the module.
    pub role: String,
    /// Whether the module is the tensor itself, which has no role in its name: `cls_token`.
    pub is_parameter: bool,
}

impl Named {
    fn of(path: Vec<String>, role: &str) -> Self {
        Named { path, role: role.to_owned(), is_parameter: false }
    }
}

/// The path of a module and the role of its tensor, from the components of a key and those that stand beside its last.
pub fn path_and_role(mut components: Vec<String>, beside: &dyn Fn(&str) -> bool) -> Named {
    let Some(last) = components.pop() else { return Named::of(components, "") };
    if let [.., parametrizations, _] = components.as_slice()
        && parametrizations == "parametrizations"
        && let Some((_, role)) = PARAMETRIZED.iter().find(|(name, _)| *name == last)
    {
        components.truncate(components.len() - 2);
        return Named::of(components, role);
    }
    if ROLES.contains(&last.as_str()) || last.starts_with("weight_") || last.starts_with("bias_") {
        return Named::of(components, &last);
    }
    let is_norm = components.last().is_some_and(|name| has_norm(name));
    let known = OTHER_ROLES.iter().find(|(name, role, neighbours)| {
        let is_told = neighbours.is_empty()
            || neighbours.iter().any(|name| beside(name))
            || is_norm && matches!(*name, "gamma" | "scale");
        *name == last && is_told && !beside(role) && !components.is_empty()
    });
    if let Some((_, role, _)) = known {
        return Named::of(components, role);
    }
    for role in ["weight", "bias"] {
        if let Some(stem) = last.strip_suffix(role).and_then(|stem| stem.strip_suffix('_'))
            && !stem.is_empty()
        {
            components.push(stem.to_owned());
            return Named::of(components, role);
        }
    }
    // A parameter of its own: `cls_token`, as `cls_token.weight`.
    components.push(last);
    Named { is_parameter: true, ..Named::of(components, "weight") }
}

/// Whether a component names a normalization.
pub fn has_norm(component: &str) -> bool {
    component.contains("norm") || component.contains("layrnorm") || {
        let stem = component.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
        matches!(stem, "ln" | "bn" | "gn") || stem.starts_with("ln_") || stem.ends_with("_ln")
    }
}

/// Groups of words of which a name has one: names with different ones of a group are of different tensors.
const EXCLUSIVE: &[&[&[&str]]] = &[
    &[&["q", "query"], &["k", "key"], &["v", "value"], &["qkv"]],
    &[&["encoder", "enc"], &["decoder", "dec"]],
    &[&["text", "textual", "language"], &["vision", "visual", "image"], &["audio"]],
    &[&["before", "pre"], &["after", "post"]],
    &[&["student"], &["teacher"]],
    &[&["g", "gen", "generator"], &["d", "disc", "discriminator"]],
    &[&["actor", "policy", "pi"], &["critic", "vf", "qf"]],
    &[&["left"], &["right"]],
    &[&["forward", "fwd"], &["backward", "bwd", "reverse"]],
    &[&["up", "upsample"], &["down", "downsample"], &["gate"]],
    &[&["mean", "mu"], &["var", "std", "logvar", "sigma"]],
    &[&["real"], &["imag"]],
    &[&["source", "src"], &["target", "tgt"]],
    &[&["start"], &["end"]],
    &[&["min"], &["max"]],
    &[&["h", "height"], &["w", "width"]],
    &[&["input"], &["output"]],
    &[&["rgb"], &["depth"], &["flow"]],
    &[&["pos", "position", "positional", "positions"], &["type", "segment"], &["word", "tok", "vocab"]],
];

/// Words that a name has or has not: attention across is not attention within.
const MARKS: &[&[&str]] = &[&["cross"]];

/// Components that say the same in other words; the `encoder` in them is not where the module is.
const ACROSS: &[&str] = &["encoder_attn", "encoder_attn_layer_norm", "encdecattention", "crossattention"];

/// Whether words of two names say that they are of different tensors.
pub fn contradict(own: &[String], theirs: &[String]) -> bool {
    let has = |words: &[String], class: &[&str]| words.iter().any(|word| class.contains(&word.as_str()));
    let excluded = EXCLUSIVE.iter().any(|group| {
        let of = |words: &[String]| -> Vec<bool> { group.iter().map(|class| has(words, class)).collect() };
        let (own, theirs) = (of(own), of(theirs));
        let shares = own.iter().zip(&theirs).any(|(own, theirs)| *own && *theirs);
        own.contains(&true) && theirs.contains(&true) && !shares
    });
    excluded || MARKS.iter().any(|mark| has(own, mark) != has(theirs, mark))
}

/// The words of a component: `LayerNorm`, `layer_norm` and `layerNorm2` have `layer` and `norm`, `conv2d` is one.
pub fn words(component: &str) -> Vec<String> {
    if ACROSS.contains(&component.to_lowercase().as_str()) {
        return vec!["cross".to_owned()];
    }
    let mut words = vec![String::new()];
    let mut was_small = false;
    for c in component.chars().filter(|c| !c.is_ascii_digit()) {
        if !c.is_alphabetic() || c.is_uppercase() && was_small {
            words.push(String::new());
        }
        was_small = c.is_lowercase();
        if let Some(word) = words.last_mut().filter(|_| c.is_alphabetic()) {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Where a name has its meaning.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    /// Below something called attention.
    Attention,
    /// In a layer that is repeated, outside of attention.
    Layer,
    /// In a layer that is repeated.
    AnyLayer,
    /// Outside of all layers.
    Top,
}

/// What modules are called by different libraries: the meaning, where, and the ends of their paths in small letters.
const MEANINGS: &[(&str, Within, &[&str])] = &[
    ("query", Within::Attention, &["query", "q_proj", "q_lin", "q", "wq", "to_q", "attn_q"]),
    ("key", Within::Attention, &["key", "k_proj", "k_lin", "k", "wk", "to_k", "attn_k"]),
    ("value", Within::Attention, &["value", "v_proj", "v_lin", "v", "wv", "to_v", "attn_v"]),
    (
        "query, key and value",
        Within::Attention,
        &["qkv", "c_attn", "query_key_value", "in_proj", "wqkv", "to_qkv", "qkv_proj", "attn_qkv"],
    ),
    (
        "attention's output",
        Within::Attention,
        &[
            "output.dense",
            "proj",
            "o_proj",
            "out_proj",
            "wo",
            "o",
            "out_lin",
            "c_proj",
            "to_out.0",
            "to_out",
            "attn_output",
            "attn_out",
            "dense",
        ],
    ),
    (
        "first norm",
        Within::AnyLayer,
        &[
            "norm1",
            "ln_1",
            "ln1",
            "norm_1",
            "layer_norm1",
            "layer_norm_1",
            "layernorm1",
            "layernorm_before",
            "input_layernorm",
            "attention_norm",
            "attn_norm",
            "attn_ln",
            "self_attn_layer_norm",
            "sa_layer_norm",
            "attention.output.layernorm",
        ],
    ),
    (
        "second norm",
        Within::AnyLayer,
        &[
            "norm2",
            "ln_2",
            "ln2",
            "norm_2",
            "layer_norm2",
            "layer_norm_2",
            "layernorm2",
            "layernorm_after",
            "post_attention_layernorm",
            "ffn_norm",
            "mlp_norm",
            "mlp_ln",
            "final_layer_norm",
            "output_layer_norm",
            "output.layernorm",
        ],
    ),
    ("gate", Within::Layer, &["gate_proj", "ffn_gate", "wi_0"]),
    (
        "up",
        Within::Layer,
        &[
            "intermediate.dense",
            "fc1",
            "linear1",
            "linear_1",
            "lin1",
            "c_fc",
            "dense_h_to_4h",
            "fc_in",
            "wi",
            "wi_1",
            "up_proj",
            "ffn_up",
            "mlp.0",
        ],
    ),
    (
        "down",
        Within::Layer,
        &[
            "output.dense",
            "fc2",
            "linear2",
            "linear_2",
            "lin2",
            "c_proj",
            "dense_4h_to_h",
            "fc_out",
            "wo",
            "down_proj",
            "ffn_down",
        ],
    ),
    (
        "tokens",
        Within::Top,
        &[
            "wte",
            "tok_embeddings",
            "embed_tokens",
            "word_embeddings",
            "word_embedding",
            "token_embedding",
            "token_embeddings",
            "token_embd",
            "tok_emb",
            "tok_embed",
        ],
    ),
    (
        "positions",
        Within::Top,
        &[
            "wpe",
            "position_embeddings",
            "pos_embed",
            "pos_embedding",
            "positional_embedding",
            "position_embedding",
            "embed_positions",
            "pos_emb",
            "position_embd",
        ],
    ),
    ("token types", Within::Top, &["token_type_embeddings", "token_type_embedding", "segment_embeddings"]),
    ("class token", Within::Top, &["cls_token", "class_token", "class_embedding"]),
    ("distillation token", Within::Top, &["dist_token", "distillation_token"]),
    ("distillation head", Within::Top, &["head_dist", "distillation_classifier"]),
    ("mask token", Within::Top, &["mask_token"]),
    ("words' head", Within::Top, &["lm_head", "embed_out"]),
    (
        "head",
        Within::Top,
        &["head", "head.fc", "fc", "classifier", "classifier.1", "cls_classifier", "heads.head"],
    ),
    (
        "last norm",
        Within::Top,
        &[
            "norm",
            "layernorm",
            "ln",
            "ln_f",
            "ln_final",
            "ln_post",
            "final_layernorm",
            "final_layer_norm",
            "output_norm",
            "post_layernorm",
        ],
    ),
];

/// Words that make a norm outside of the layers another than the last one.
const NOT_LAST: &[&str] =
    &["embeddings", "embedding", "embed", "embedder", "patch", "stem", "transform", "predictions", "pooler"];

/// What a module is, by its path in small letters; none where no table says it.
pub fn meaning(path: &[String], words: &[String], is_top: bool) -> Option<&'static str> {
    let attends = path.iter().any(|name| name.contains("attn") || name.contains("attention"));
    let ends = |end: &str| {
        let mut names = path.iter().rev();
        end.rsplit('.').all(|part| names.next().is_some_and(|name| name == part))
    };
    if is_top && matches!(path, [only] if only == "output") {
        return Some("words' head");
    }
    let mut found: Option<(&'static str, usize)> = None;
    for (meaning, within, all) in MEANINGS {
        let is_there = match within {
            Within::Attention => attends && !is_top,
            Within::Layer => !attends && !is_top,
            Within::AnyLayer => !is_top,
            Within::Top => is_top,
        };
        let longest = all.iter().filter(|end| is_there && ends(end)).map(|end| end.len()).max();
        if let Some(length) = longest.filter(|length| found.is_none_or(|(_, known)| *length > known)) {
            found = Some((meaning, length));
        }
    }
    let meaning = found?.0;
    let is_other = meaning == "last norm" && words.iter().any(|word| NOT_LAST.contains(&word.as_str()));
    (!is_other).then_some(meaning)
}

/// The meanings of Llama's `w1`, `w2` and `w3`; of `w_1` and `w_2` what the first and the second layer do.
pub fn numbered_meaning(name: &str, has_third: bool) -> Option<&'static str> {
    match name {
        "w1" if has_third => Some("gate"),
        "w2" if has_third => Some("down"),
        "w3" | "w_1" => Some("up"),
        "w_2" => Some("down"),
        _ => None,
    }
}
