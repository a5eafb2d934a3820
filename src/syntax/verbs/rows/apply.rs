//! Verbs that load, save and explain.

use super::super::{Form, Verb};

/// In the order of help.
pub(super) const ROWS: &[&Verb] = &[&LOAD_STATE_DICT, &SAVE, &EXPLAIN];

/// `load_state_dict`
pub const LOAD_STATE_DICT: Verb = Verb::new("load_state_dict", Form::Joined("into"), "load_state_dict m into model [strict=False] [assign=True] [overlap=True] [skip_mismatched=True]")
    .python(&["", "{1}.load_state_dict({0}{…})"])
    .options(&[
        ("strict=False", "keys that do not match are left out"),
        ("assign=True", "use the tensors themselves instead of copying their numbers"),
        ("overlap=True", "where shapes differ, copy the part that both have"),
        ("skip_mismatched=True", "entries with another shape are left out"),
    ])
    .hands_on()
    .for_sessions()
    .says("Copies a state_dict's weights into a model")
    .details("The keys must be the same, unless strict=False; so must the shapes. Of a whole checkpoint the state_dict \
             inside is taken. Says how many of the model's entries were loaded, and warns where none was. overlap=True copies what \
             both have of entries of another shape (the rows of a head or a vocabulary that grew or shrank), skip_mismatched=True leaves such entries out; \
             both say which.")
    .examples(&[("a, b = nn.Linear(2, 1), nn.Linear(2, 1)\nload_state_dict state_dict(a) into b", "<All keys matched successfully>")]);

/// `save`
pub const SAVE: Verb = Verb::new("save", Form::Joined("to"), "save m \"out.safetensors\" [max_shard_size=\"5GB\"] [metadata={…}] [shared=\"once\"|\"apart\"|\"refuse\"] [kept=\"*.embed.weight\"] [config=\"folder/\"] [format=\"dcp\"]")
    .python(&["", "torch.save({0}, {1})"])
    .options(&[
        ("max_shard_size=\"5GB\"", "shards of at most so much"),
        ("metadata={…}", "what the file says of itself"),
        ("config=\"folder/\"", "the folder of config.json and the tokenizer, for .gguf"),
        ("format=\"dcp\"", "the format, whatever the ending"),
        ("shared=\"once\"", "tensors that are the very same: once, apart or refuse"),
        ("kept=\"*.embed.weight\"", "the keys under which they stand"),
    ])
    .hands_on()
    .says("Writes a file, in the format of its ending")
    .details(".safetensors, .gguf, .npz, a folder .dcp of torch.distributed.checkpoint, otherwise torch.save; format=\"dcp\" says it \
             whatever the ending. The file is written completely or not at all. max_shard_size=\"5GB\" makes shards of .safetensors and .bin; metadata={…} \
             is what .safetensors and .gguf say of themselves; config=\"folder/\", the folder of a model of transformers with config.json \
             and tokenizer.json, gives a .gguf the names, hyperparameters and vocabulary that llama.cpp reads (llama, mistral, qwen2, gpt2, \
             bert). safetensors writes tensors that are the very same once, under the first key or the one that kept=\"*.embed.weight\" says, and says \
             so in its metadata; shared=\"apart\" writes each with bytes of its own, shared=\"refuse\" is an error that names them. npz and GGUF write \
             them twice.");

/// `explain`
pub const EXPLAIN: Verb = Verb::new("explain", Form::Line, "explain filter p shape== m")
    .for_sessions()
    .says("Shows the Python that a verb line stands for")
    .examples(&[(
        "explain p = strip p \"module.\"",
        "p = {k.removeprefix(\"module.\"): v for k, v in p.items()}",
    )]);
