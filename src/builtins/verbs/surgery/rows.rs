//! The rows of the verbs that make other tensors.

use super::adapters::{merge, unmerge};
use super::cast::cast;
use super::combine::{average, dare, lerp, slerp, task, ties};
use super::extract::extract;
use super::images::{inflate, resample};
use super::tensors::{cut, grow, join, slice, split, transpose};
use super::weights::{ema, move_key, tie, untie};
use crate::verbs::WORDS;
use torchsh_language::value::Builtin;

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::verb("cast", WORDS, cast)
        .says("Floating-point tensors in another dtype, or as GGUF's blocks")
        .details(
            "Rounded to the nearest, as v.to(dtype) does it; integers stay. keep and patterns leave tensors as they are. Nothing is \
             computed before it is saved or used, and a save needs the memory of a few tensors only. float8 and numbers that have \
             their scale in another tensor are refused unless force=True. Finite numbers that float16 cannot hold are reported when \
             they are saved.\n\n\
             q4_0, q4_1, q5_0, q5_1, q8_0, q2_k to q6_k and iq4_nl are llama.cpp's quantised blocks: matrices become such, and \
             save p \"x.gguf\" writes them. Until then their tensors are float32, with the numbers that the blocks leave. Where rows are not \
             whole blocks, the type is the one that llama.cpp takes in that case, and a line says so. q4_k_m, q5_k_m, q3_k_l and their like are llama.cpp's \
             mixtures, which give what matters most more bits: by the names of a model's layers, of transformers or of llama.cpp.",
        )
        .examples(&[("p = {\"w\": torch.ones(2), \"norm.w\": torch.ones(2)}\nq = cast p bfloat16 keep \"norm*\"\n[v.dtype for v in q.values()]", "[torch.bfloat16, torch.float32]")]),
    Builtin::verb("split", WORDS, split)
        .says("One tensor as several, under keys of their own")
        .details(
            "Along dim=0, in equal parts unless sizes= says how long each is. A name takes the place of the layer's: q makes \
             attn.q.weight of attn.qkv.weight, and of attn.in_proj_weight. A name with * is a pattern for the new key.",
        )
        .examples(&[("p = {\"a.qkv.weight\": torch.ones(6, 2)}\np | split \"*.qkv.weight\" into q k v | keys", "a.q.weight\na.k.weight\na.v.weight")]),
    Builtin::verb("join", WORDS, join)
        .says("Several tensors as one")
        .details("As torch.cat along dim=0: the opposite of split. What * stands for in the first pattern it stands for in the others.")
        .examples(&[("p = {\"a.q\": torch.ones(2, 2), \"a.k\": torch.ones(2, 2)}\np | join \"*.q\" \"*.k\" into \"*.qk\" | keys", "a.qk")]),
    Builtin::verb("transpose", WORDS, transpose)
        .says("Tensors with two dimensions exchanged")
        .examples(&[("p = transpose {\"w\": torch.ones(2, 3)} \"w\"\nlist(p[\"w\"].shape)", "[3, 2]")]),
    Builtin::verb("slice", WORDS, slice)
        .says("A part of tensors")
        .details("Along dim=0; the end is left out, as in Python.")
        .examples(&[("p = slice {\"w\": torch.ones(4, 3)} \"w\" 1:3\nlist(p[\"w\"].shape)", "[2, 3]")]),
    Builtin::verb("grow", WORDS, grow)
        .says("Tensors with more rows: a larger vocabulary")
        .details(
            "New rows are zeros, the mean of the others, or random: torch.randn with that seed, times std. Tensors that are tied stay \
             tied.",
        )
        .examples(&[("p = grow {\"embed.weight\": torch.ones(3, 2)} \"embed*\" to 4 rows=\"mean\"\nlist(p[\"embed.weight\"].shape)", "[4, 2]")]),
    Builtin::verb("cut", WORDS, cut)
        .says("Tensors with the first rows only")
        .examples(&[("p = cut {\"embed.weight\": torch.ones(3, 2)} \"embed*\" to 2\nlist(p[\"embed.weight\"].shape)", "[2, 2]")]),
    Builtin::verb("resample", WORDS, resample)
        .says("Position embeddings for another grid")
        .details(
            "As timm's resample_abs_pos_embed: bicubic, antialiased; the positions before the grid (the class token) stay. prefix= \
             says how many these are where it cannot be told.",
        )
        .examples(&[("p = resample {\"pos_embed\": torch.ones(1, 5, 8)} \"pos_embed\" to 3x3\nlist(p[\"pos_embed\"].shape)", "[1, 10, 8]")]),
    Builtin::verb("inflate", WORDS, inflate)
        .says("Convolutions that take other channels")
        .details("As timm's adapt_input_conv: to 1 channel they are added up; to more they stand in turn, divided accordingly.")
        .examples(&[("p = inflate {\"conv1.weight\": torch.ones(2, 3, 1, 1)} \"conv1.weight\" to 1\np[\"conv1.weight\"].flatten().tolist()", "[3.0, 3.0]")]),
    Builtin::verb("move", WORDS, move_key)
        .says("One tensor under another key")
        .examples(&[("move {\"fc.w\": 1} \"fc.w\" to \"head.w\"", "{'head.w': 1}")]),
    Builtin::verb("tie", WORDS, tie)
        .says("Makes one key hold the same tensor as another")
        .examples(&[("p = {\"embed\": torch.ones(2), \"head\": torch.zeros(2)}\np = tie p \"head\" to \"embed\"\np[\"head\"] is p[\"embed\"]", "True")]),
    Builtin::verb("untie", WORDS, untie)
        .says("Tensors with memory of their own")
        .examples(&[("w = torch.ones(2)\np = untie {\"a\": w, \"b\": w}\np[\"a\"] is p[\"b\"]", "False")]),
    Builtin::verb("average", WORDS, average)
        .says("The average of several state_dicts")
        .details(
            "Each tensor's, or its weighted average: weights and a number for each. It is computed in single precision (in double for \
             float64) and has the first one's dtype. Integers are not averaged: they are the first one's. Keys or shapes that \
             differ are an error.",
        )
        .examples(&[("a, b = {\"w\": torch.ones(2)}, {\"w\": torch.zeros(2)}\nq = average a b weights 0.75 0.25\nq[\"w\"]", "tensor([0.7500, 0.7500])")]),
    Builtin::verb("lerp", WORDS, lerp)
        .says("A place on the line from one state_dict to another")
        .details("torch.lerp of each tensor: 0 is the first, 1 the second.")
        .examples(&[("a, b = {\"w\": torch.ones(2)}, {\"w\": torch.zeros(2)}\nq = lerp a b 0.25\nq[\"w\"]", "tensor([0.7500, 0.7500])")]),
    Builtin::verb("slerp", WORDS, slerp)
        .says("A place on the arc from one state_dict to another")
        .details("Each tensor is taken as one vector, as mergekit does; vectors that point the same way are taken on a line.")
        .examples(&[("a, b = {\"w\": torch.tensor([1.0, 0.0])}, {\"w\": torch.tensor([0.0, 1.0])}\nq = slerp a b 0.5\nq[\"w\"]", "tensor([0.7071, 0.7071])")]),
    Builtin::verb("task", WORDS, task)
        .says("What tuning changed, added to another")
        .details("a + scale * (b - base), and so on for more: task arithmetic. scale is a number, or a list with one for each.")
        .examples(&[("m, a, b = {\"w\": torch.zeros(2)}, {\"w\": torch.ones(2)}, {\"w\": torch.ones(2)}\nq = task a b base=m scale=0.5\nq[\"w\"]", "tensor([1.5000, 1.5000])")]),
    Builtin::verb("ties", WORDS, ties)
        .says("Several tuned state_dicts as one, where their changes agree")
        .details(
            "TIES: of each change the largest numbers (density= of them) are kept, of these those that have the sign of their sum, and \
             averaged. As mergekit computes it, with normalize.",
        )
        .examples(&[("m, a, b = {\"w\": torch.zeros(2)}, {\"w\": torch.tensor([1.0, 0.1])}, {\"w\": torch.tensor([3.0, -0.2])}\nq = ties a b base=m density=0.5\nq[\"w\"]", "tensor([2., 0.])")]),
    Builtin::verb("dare", WORDS, dare)
        .says("Several tuned state_dicts as one, of random parts of their changes")
        .details(
            "DARE: of each change a random part (density= of it) is kept and made larger by as much as is left out, and added to the base. \
             The same seed makes the same choice, on any machine.",
        )
        .examples(&[("m, a = {\"w\": torch.zeros(2)}, {\"w\": torch.ones(2)}\nq = dare a a base=m density=1.0 weights=0.5\nq[\"w\"]", "tensor([1., 1.])")]),
    Builtin::verb("ema", WORDS, ema)
        .says("The averaged weights that a checkpoint keeps")
        .details("Under state_dict_ema, model_ema, ema and the like, or with the prefix ema_model. among the others.")
        .examples(&[("c = {\"model\": {\"w\": torch.ones(2)}, \"state_dict_ema\": {\"w\": torch.zeros(2)}}\nq = ema c\nq[\"w\"]", "tensor([0., 0.])")]),
    Builtin::verb("merge", WORDS, merge)
        .says("A LoRA adapter added to its base")
        .details(
            "The adapter is peft's folder or file, one of kohya's scripts or of diffusers, or its state_dict. alpha, rank patterns, \
             rsLoRA, DoRA, fan_in_fan_out, embeddings and convolutions are as in peft; scale= multiplies the change. An adapter \
             with layers that are not here is an error.",
        )
        .examples(&[("p = {\"fc.weight\": torch.zeros(2, 2)}\na = {\"fc.lora_A.weight\": torch.ones(1, 2), \"fc.lora_B.weight\": torch.ones(2, 1)}\nq = merge p lora a\nq[\"fc.weight\"].tolist()", "[[1.0, 1.0], [1.0, 1.0]]")]),
    Builtin::verb("unmerge", WORDS, unmerge)
        .says("A LoRA adapter taken away from what it was merged into")
        .details("As merge, with the change taken away. The numbers are the same as before, except for rounding.")
        .examples(&[("p = {\"fc.weight\": torch.ones(2, 2)}\na = {\"fc.lora_A.weight\": torch.ones(1, 2), \"fc.lora_B.weight\": torch.ones(2, 1)}\nq = unmerge p lora a\nq[\"fc.weight\"].tolist()", "[[0.0, 0.0], [0.0, 0.0]]")]),
    Builtin::verb("extract", WORDS, extract)
        .says("A LoRA adapter of what tuning changed")
        .details("The singular value decomposition of each matrix's change, cut at a rank; the keys are peft's.")
        .examples(&[("m, t = {\"fc.weight\": torch.zeros(2, 2)}, {\"fc.weight\": torch.ones(2, 2)}\nq = extract lora from t base m rank 1\nkeys q", "base_model.model.fc.lora_A.weight\nbase_model.model.fc.lora_B.weight")]),
];
