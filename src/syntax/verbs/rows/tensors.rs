//! Verbs that change tensors.

use super::super::{Form, Verb};

/// In the order of help.
pub(super) const ROWS: &[&Verb] =
    &[&CAST, &SPLIT, &JOIN, &TRANSPOSE, &SLICE, &GROW, &CUT, &RESAMPLE, &INFLATE, &MOVE, &TIE, &UNTIE];

/// `cast`
pub const CAST: Verb = Verb::new("cast", Form::Phrase(&["keep"]), "cast p bfloat16 [keep \"*norm*\" …] [force=True] [missing_ok=True] or cast p q8_0 [pure=False]")
    .options(&[
        ("force=True", "numbers that have their scale elsewhere, too"),
        ("missing_ok=True", "patterns of keep that fit nothing pass"),
        ("pure=False", "with the types that llama.cpp mixes into its files of that name"),
    ])
    .says("Converts floating-point tensors to another dtype or GGUF's blocks")
    .details("Rounded to the nearest, as v.to(dtype) does it; integers stay. keep and patterns leave tensors as they are; one that fits no tensor is an error unless missing_ok=True. Nothing is \
             computed before it is saved or used, and a save needs the memory of a few tensors only. float8 and numbers that have \
             their scale in another tensor are refused unless force=True. Finite numbers that float16 cannot hold are reported when \
             they are saved.\n\n\
             q4_0, q4_1, q5_0, q5_1, q8_0, q2_k to q6_k and iq4_nl are llama.cpp's quantised blocks: matrices are converted to them, and \
             save p \"x.gguf\" writes them. Until then the tensors are float32, rounded to what the blocks can hold. Where rows are not \
             whole blocks, the type is the one that llama.cpp takes in that case, and a line says so. q4_k_m, q5_k_m, q3_k_l and their like are llama.cpp's \
             mixtures, which give what matters most more bits: by the names of a model's layers, of transformers or of llama.cpp. q4_0 and the other types make one type of all matrices, as \
             llama-quantize --pure does; pure=False mixes as llama-quantize does without it: the head of a q4_0 is q6_k, a q2_k has q3_k and q4_k in \
             it, q4_k is q4_k_m.")
    .examples(&[("p = {\"w\": torch.ones(2), \"norm.w\": torch.ones(2)}\nq = cast p bfloat16 keep \"norm*\"\n[v.dtype for v in q.values()]", "[torch.bfloat16, torch.float32]")]);

/// `split`
pub const SPLIT: Verb = Verb::new("split", Form::Phrase(&["into"]), "split p \"*.qkv.weight\" into q k v [dim=0] [sizes=[…]]")
    .options(&[
        ("dim=0", "the dimension that is cut"),
        ("sizes=[…]", "how much each part has; otherwise equal parts"),
    ])
    .carries_optimizer()
    .says("Splits one tensor into several, under keys of their own")
    .details("Along dim=0, in equal parts unless sizes= says how long each is. A name takes the place of the layer's: q makes \
             attn.q.weight of attn.qkv.weight, and of attn.in_proj_weight. A name with * is a pattern for the new key.")
    .examples(&[("p = {\"a.qkv.weight\": torch.ones(6, 2)}\np | split \"*.qkv.weight\" into q k v | keys", "a.q.weight\na.k.weight\na.v.weight")]);

/// `join`
pub const JOIN: Verb = Verb::new("join", Form::Phrase(&["into"]), "join p \"*.q.weight\" \"*.k.weight\" into \"*.qk.weight\" [dim=0]")
    .options(&[
        ("dim=0", "the dimension along which they are joined"),
    ])
    .carries_optimizer()
    .says("Joins several tensors into one")
    .details("As torch.cat along dim=0: the opposite of split. What * stands for in the first pattern it stands for in the others.")
    .examples(&[("p = {\"a.q\": torch.ones(2, 2), \"a.k\": torch.ones(2, 2)}\np | join \"*.q\" \"*.k\" into \"*.qk\" | keys", "a.qk")]);

/// `transpose`
pub const TRANSPOSE: Verb =
    Verb::new("transpose", Form::Phrase(&[]), "transpose p \"*.c_attn.weight\" [dims=(0, 1)]")
        .options(&[("dims=(0, 1)", "the two dimensions")])
        .carries_optimizer()
        .says("Exchanges two dimensions of tensors")
        .examples(&[("p = transpose {\"w\": torch.ones(2, 3)} \"w\"\nlist(p[\"w\"].shape)", "[3, 2]")]);

/// `slice`
pub const SLICE: Verb = Verb::new("slice", Form::Phrase(&[]), "slice p \"head.weight\" 0:10 [dim=0]")
    .options(&[("dim=0", "the dimension that is cut")])
    .carries_optimizer()
    .says("Takes a part of tensors")
    .details("Along dim=0; the end is left out, as in Python.")
    .examples(&[("p = slice {\"w\": torch.ones(4, 3)} \"w\" 1:3\nlist(p[\"w\"].shape)", "[2, 3]")]);

/// `grow`
pub const GROW: Verb = Verb::new("grow", Form::Phrase(&["to"]), "grow p \"*embed*\" to 32128 [rows=\"zeros\"|\"mean\"|\"random\"] [std=0.02] [seed=0]")
    .options(&[
        ("rows=\"zeros\"", "what is in the new rows: zeros, mean or random"),
        ("std=0.02", "the deviation of random rows"),
        ("seed=0", "of random rows"),
    ])
    .carries_optimizer()
    .says("Adds rows to tensors, for a larger vocabulary")
    .details("New rows are zeros, the mean of the others, or random: torch.randn with that seed, times std. Tensors that are tied stay \
             tied.")
    .examples(&[("p = grow {\"embed.weight\": torch.ones(3, 2)} \"embed*\" to 4 rows=\"mean\"\nlist(p[\"embed.weight\"].shape)", "[4, 2]")]);

/// `cut`
pub const CUT: Verb = Verb::new("cut", Form::Phrase(&["to"]), "cut p \"*embed*\" to 32000")
    .carries_optimizer()
    .says("Keeps the first rows of tensors")
    .examples(&[(
        "p = cut {\"embed.weight\": torch.ones(3, 2)} \"embed*\" to 2\nlist(p[\"embed.weight\"].shape)",
        "[2, 2]",
    )]);

/// `resample`
pub const RESAMPLE: Verb = Verb::new("resample", Form::Phrase(&["to"]), "resample p \"pos_embed\" to 24x24 [prefix=1]")
    .options(&[
        ("prefix=1", "so many rows before the grid stay"),
    ])
    .says("Fits position embeddings to another grid")
    .details("As timm's resample_abs_pos_embed: bicubic, antialiased; the positions before the grid (the class token) stay. prefix= \
             says how many these are, where that is not clear.")
    .examples(&[("p = resample {\"pos_embed\": torch.ones(1, 5, 8)} \"pos_embed\" to 3x3\nlist(p[\"pos_embed\"].shape)", "[1, 10, 8]")]);

/// `inflate`
pub const INFLATE: Verb = Verb::new("inflate", Form::Phrase(&["to"]), "inflate p \"conv1.weight\" to 4 [channels=\"repeat\"|\"mean\"]")
    .options(&[
        ("channels=\"repeat\"", "what is in them: the others in turn, or their mean"),
    ])
    .says("Gives convolutions another number of input channels")
    .details("As timm's adapt_input_conv: 1 channel is their sum; for more they are repeated in turn, and scaled so that the sum stays the same. With \
             channels=\"mean\" 1 channel is their mean, and further ones are copies of the mean.")
    .examples(&[("p = inflate {\"conv1.weight\": torch.ones(2, 3, 1, 1)} \"conv1.weight\" to 1\np[\"conv1.weight\"].flatten().tolist()", "[3.0, 3.0]")]);

/// `move`
pub const MOVE: Verb = Verb::new("move", Form::Phrase(&["to"]), "move p \"fc.weight\" to \"head.weight\"")
    .carries_optimizer()
    .says("Moves one tensor to another key")
    .examples(&[("move {\"fc.w\": 1} \"fc.w\" to \"head.w\"", "{'head.w': 1}")]);

/// `tie`
pub const TIE: Verb = Verb::new("tie", Form::Phrase(&["to"]), "tie p \"lm_head.weight\" to \"embed.weight\"")
    .says("Makes one key hold the same tensor as another")
    .examples(&[("p = {\"embed\": torch.ones(2), \"head\": torch.zeros(2)}\np = tie p \"head\" to \"embed\"\np[\"head\"] is p[\"embed\"]", "True")]);

/// `untie`
pub const UNTIE: Verb = Verb::new("untie", Form::Phrase(&[]), "untie p [\"lm_head.weight\"]")
    .says("Gives tensors memory of their own")
    .examples(&[("w = torch.ones(2)\np = untie {\"a\": w, \"b\": w}\np[\"a\"] is p[\"b\"]", "False")]);
