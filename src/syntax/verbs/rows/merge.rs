//! Verbs that make one of several.

use super::super::{Form, Verb};

/// In the order of help.
pub(super) const ROWS: &[&Verb] =
    &[&AVERAGE, &LERP, &SLERP, &TASK, &TIES, &DARE, &EMA, &MERGE, &UNMERGE, &EXTRACT];

/// `average`
pub const AVERAGE: Verb = Verb::new("average", Form::Phrase(&["weights"]), "average a b … [weights 0.7 0.3]")
    .of_any()
    .says("Averages several state_dicts")
    .details("Each tensor's, or its weighted average: weights and a number for each. It is computed in single precision (in double for \
             float64) and has the first one's dtype. Integers are not averaged: they are the first one's. Keys or shapes that \
             differ are an error.")
    .examples(&[("a, b = {\"w\": torch.ones(2)}, {\"w\": torch.zeros(2)}\nq = average a b weights 0.75 0.25\nq[\"w\"]", "tensor([0.7500, 0.7500])")]);

/// `lerp`
pub const LERP: Verb = Verb::new("lerp", Form::Phrase(&[]), "lerp a b 0.5")
    .of_two()
    .says("Interpolates between two state_dicts on a straight line")
    .details("torch.lerp of each tensor: 0 is the first, 1 the second.")
    .examples(&[(
        "a, b = {\"w\": torch.ones(2)}, {\"w\": torch.zeros(2)}\nq = lerp a b 0.25\nq[\"w\"]",
        "tensor([0.7500, 0.7500])",
    )]);

/// `slerp`
pub const SLERP: Verb = Verb::new("slerp", Form::Phrase(&[]), "slerp a b 0.5")
    .of_two()
    .says("Interpolates between two state_dicts on an arc")
    .details("Each tensor is taken as one vector, as mergekit does; vectors that point the same way are interpolated on a straight line.")
    .examples(&[("a, b = {\"w\": torch.tensor([1.0, 0.0])}, {\"w\": torch.tensor([0.0, 1.0])}\nq = slerp a b 0.5\nq[\"w\"]", "tensor([0.7071, 0.7071])")]);

/// `task`
pub const TASK: Verb = Verb::new("task", Form::Phrase(&[]), "task a b … base=m [scale=0.5]")
    .options(&[
        ("base=", "the state_dict that they were made of"),
        ("scale=1.0", "what the sum is multiplied by"),
    ])
    .of_any()
    .says("Adds what tuning changed to another state_dict")
    .details("a + scale * (b - base): task arithmetic. Of more the changes are added up first, so that task m a b base=m scale=0.4 is mergekit's \
             task_arithmetic with a lambda of 0.4. scale is a number, or a list with one for each.")
    .examples(&[("m, a, b = {\"w\": torch.zeros(2)}, {\"w\": torch.ones(2)}, {\"w\": torch.ones(2)}\nq = task a b base=m scale=0.5\nq[\"w\"]", "tensor([1.5000, 1.5000])")]);

/// `ties`
pub const TIES: Verb = Verb::new("ties", Form::Phrase(&[]), "ties a b … base=m [density=0.5] [weights=[…]] [scale=1.0]")
    .options(&[
        ("base=", "the state_dict that they were made of"),
        ("density=0.5", "how much of each difference is kept"),
        ("weights=[…]", "a number for each"),
        ("scale=1.0", "what the sum is multiplied by"),
    ])
    .of_any()
    .says("Merges tuned state_dicts where their changes agree")
    .details("TIES: of each change the largest numbers (density= of them) are kept, of these those that have the sign of their sum, and \
             averaged. As mergekit computes it, with normalize.")
    .examples(&[("m, a, b = {\"w\": torch.zeros(2)}, {\"w\": torch.tensor([1.0, 0.1])}, {\"w\": torch.tensor([3.0, -0.2])}\nq = ties a b base=m density=0.5\nq[\"w\"]", "tensor([2., 0.])")]);

/// `dare`
pub const DARE: Verb = Verb::new("dare", Form::Phrase(&[]), "dare a b … base=m [density=0.5] [weights=[…]] [scale=1.0] [seed=0]")
    .options(&[
        ("base=", "the state_dict that they were made of"),
        ("density=0.5", "how much of each difference is kept"),
        ("weights=[…]", "a number for each"),
        ("scale=1.0", "what the sum is multiplied by"),
        ("seed=0", "of what is dropped"),
    ])
    .of_any()
    .says("Merges tuned state_dicts from random parts of their changes")
    .details("DARE: of each change a random part (density= of it) is kept and made larger by as much as is left out, and added to the base. \
             The same seed makes the same choice, on any machine.")
    .examples(&[("m, a = {\"w\": torch.zeros(2)}, {\"w\": torch.ones(2)}\nq = dare a a base=m density=1.0 weights=0.5\nq[\"w\"]", "tensor([1., 1.])")]);

/// `ema`
pub const EMA: Verb = Verb::new("ema", Form::Phrase(&[]), "ema checkpoint")
    .says("Takes the averaged weights that a checkpoint keeps")
    .details("Under state_dict_ema, model_ema, ema and the like, or with the prefix ema_model. among the others.")
    .examples(&[("c = {\"model\": {\"w\": torch.ones(2)}, \"state_dict_ema\": {\"w\": torch.zeros(2)}}\nq = ema c\nq[\"w\"]", "tensor([0., 0.])")]);

/// `merge`
pub const MERGE: Verb = Verb::new("merge", Form::Phrase(&["lora"]), "merge p lora \"adapter/\" [scale=1.0]")
    .options(&[
        ("scale=1.0", "what its part is multiplied by"),
    ])
    .says("Adds a LoRA adapter to its base")
    .details("The adapter is peft's folder or file, one of kohya's scripts or of diffusers, or its state_dict. alpha, rank patterns, \
             rsLoRA, DoRA, fan_in_fan_out, embeddings and convolutions are as in peft; scale= multiplies the change. An adapter \
             with layers that are not here is an error.")
    .examples(&[("p = {\"fc.weight\": torch.zeros(2, 2)}\na = {\"fc.lora_A.weight\": torch.ones(1, 2), \"fc.lora_B.weight\": torch.ones(2, 1)}\nq = merge p lora a\nq[\"fc.weight\"].tolist()", "[[1.0, 1.0], [1.0, 1.0]]")]);

/// `unmerge`
pub const UNMERGE: Verb = Verb::new("unmerge", Form::Phrase(&["lora"]), "unmerge p lora \"adapter/\" [scale=1.0]")
    .options(&[
        ("scale=1.0", "what its part is multiplied by"),
    ])
    .says("Takes a LoRA adapter out of what it was merged into")
    .details("As merge, with the change taken away. The numbers are the same as before, except for rounding.")
    .examples(&[("p = {\"fc.weight\": torch.ones(2, 2)}\na = {\"fc.lora_A.weight\": torch.ones(1, 2), \"fc.lora_B.weight\": torch.ones(2, 1)}\nq = unmerge p lora a\nq[\"fc.weight\"].tolist()", "[[0.0, 0.0], [0.0, 0.0]]")]);

/// `extract`
pub const EXTRACT: Verb = Verb::new("extract", Form::Phrase(&["lora", "from", "base", "rank"]), "extract lora from tuned base m rank 16")
    .says("Makes a LoRA adapter of what tuning changed")
    .details("The singular value decomposition of each matrix's change, cut at a rank; the keys are peft's. Of a large matrix only the part that \
             counts is computed, some rows at a time, so that neither the matrix nor the time for all of its singular values is needed. What else differs (norms, biases, \
             convolutions) is reported and left out. save to a folder (\"adapter/\") writes adapter_model.safetensors and adapter_config.json, which peft \
             loads: embeddings and GPT-2's Conv1D are known by their names. Keys that only the tuned one has are reported; another shape is an error.")
    .examples(&[("m, t = {\"fc.weight\": torch.zeros(2, 2)}, {\"fc.weight\": torch.ones(2, 2)}\nq = extract lora from t base m rank 1\nkeys q", "base_model.model.fc.lora_A.weight\nbase_model.model.fc.lora_B.weight")]);
