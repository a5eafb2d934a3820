//! Files: `torch.load`, `torch.save`, and looking at what a file holds.

pub mod adapter;
mod as_module;
mod describe;
mod equal;
pub mod files;
mod from_value;
mod gguf;
mod inert;
pub mod inspect_file;
mod map_location;
mod names;
mod numpy_arrays;
mod numpy_records;
mod numpy_text;
mod omegaconf;
mod pickle;
mod reduce;
pub mod replacing;
mod report;
mod revive;
mod rewrite;
mod save_settings;
mod state;
mod stdlib_repr;
mod text;
mod to_value;
mod weights_only;
mod wrapped;

use torchsh_language::value::{Builtin, Effect, ModuleRow, ModuleText, Value, kw, opt, req};

/// The modules of this folder.
pub const MODULES: &[ModuleRow] = &[ModuleRow {
    name: "safetensors._files",
    source: ModuleText::Own(""),
    summary: "Whole safetensors files",
}];

use self::as_module::written as written_class;
pub use self::equal::ROWS as EQUAL;
pub use self::from_value::Records;
pub use self::pickle::ROWS as PICKLE_ROWS;

/// The rows of this folder.
pub const ROWS: &[Builtin] = &[
    Builtin::function(
        "torch",
        "load",
        &[
            req("f"),
            opt("map_location", "None"),
            opt("pickle_module", "None"),
            kw("weights_only", "None"),
            kw("mmap", "None"),
            kw("allow_pickle", "False"),
            kw("encoding", "None"),
        ],
        files::torch_load,
    )
    .says("Reads a checkpoint of any format; nothing in it is executed")
    .details(
        "Tensors lie on the mapped file and cost no memory until they are used or changed. Objects stay as the file \
         describes them; models print their layers and have the methods of nn.Module, on no code but the shell's and the \
         session's own. weights_only=False makes objects of the classes that the program and the shell have, whole models \
         too, without running their __init__; weights_only=True refuses what PyTorch refuses then. map_location: a device, its name, a dict from locations to \
         devices, or a function of a storage and its location. Files of this machine are mapped, those of a network file system read; mmap=True or False decides it. \
         A file that another program changes while it is mapped cannot be used any more, which is said; mmap=False keeps a copy \
         in memory. f may be a pattern for files of tensors: model-*.safetensors. allow_pickle=True reads numpy's arrays of objects, too. \
         encoding: what strings that Python 2 pickled are taken for: utf-8 (bytes where they are none), ascii, latin1 or bytes.",
    )
    .effect(Effect::Reads),
    Builtin::function(
        "torch",
        "save",
        &[
            req("obj"),
            req("f"),
            opt("pickle_module", "None"),
            opt("pickle_protocol", "2"),
            opt("_use_new_zipfile_serialization", "True"),
            kw("compact", "False"),
        ],
        files::torch_save,
    )
    .says("Writes an object as PyTorch does, whole or not at all")
    .details(
        "Tensors that share memory share it in the file. Objects of the program's classes (a whole model) are written by the \
         names of their classes and read with weights_only=False. compact=True leaves out the bytes of a storage that no tensor \
         looks at.",
    )
    .effect(Effect::Writes),
    Builtin::global(
        "save",
        &[
            req("obj"),
            req("path"),
            kw("compact", "False"),
            kw("metadata", "None"),
            kw("max_shard_size", "None"),
            kw("config", "None"),
            kw("format", "None"),
            kw("shared", "None"),
            kw("kept", "None"),
        ],
        files::save_by_ending,
    )
    .says("Writes a file in the format of its ending: .safetensors, .gguf, .npz, a .dcp folder, or as torch.save does")
    .details(
        "The file takes its target's place when it is whole; so does a set of shards. safetensors: tensors that are the very \
         same are written once, which the metadata says, and load() puts both back; kept=\"*.embed.weight\" says under which key, \
         shared=\"apart\" writes each, shared=\"refuse\" is an error; metadata=None keeps what the file \
         that was loaded says of itself; max_shard_size=\"5GB\" writes shards of .safetensors or .bin with their index. .gguf: tensors that cast made blocks (cast p q8_0) are \
         written as these; config=\"folder/\" is the folder of a model of transformers, of which llama.cpp's names, hyperparameters and \
         vocabulary are made. format=\"gguf\" writes a format whatever the ending. compact=True leaves out the bytes of a storage that no tensor looks at.",
    )
    .effect(Effect::Writes),
    Builtin::function("safetensors._files", "load_file", &[req("filename"), opt("device", "'cpu'")], files::load_file)
        .says("Reads the tensors of a safetensors file")
        .effect(Effect::Reads),
    Builtin::function(
        "safetensors._files",
        "save_file",
        &[req("tensors"), req("filename"), opt("metadata", "None")],
        files::save_file,
    )
    .says("Writes tensors that share no memory as a safetensors file")
    .effect(Effect::Writes),
    Builtin::function("torch._shell", "written_class", &[req("module"), req("name")], |vm, args| {
        match (args.value(0).as_str(), args.value(1).as_str()) {
            (Some(module), Some(name)) => written_class(vm, module, name),
            _ => Ok(Value::None),
        }
    }),
    Builtin::function("torch._shell", "need_cuda", &[], map_location::need_cuda),
    Builtin::global("manifest", &[req("path")], inspect_file::manifest)
        .says("Lists every tensor of a file or an object with the checksum of its bytes, a line of JSON each")
        .effect(Effect::Reads),
    Builtin::global("verify", &[req("path"), opt("manifest", "None")], inspect_file::verify)
        .says("Compares every checksum in a file, or the file with a manifest of it; names what is damaged")
        .effect(Effect::Reads),
    Builtin::function(
        "torch.serialization",
        "get_unsafe_globals_in_checkpoint",
        &[req("f")],
        weights_only::unsafe_globals,
    )
    .says("The names in a file that weights_only=True does not allow")
    .effect(Effect::Reads),
    Builtin::global("inspect_pickle", &[req("path")], inspect_file::inspect_pickle)
        .says("Lists every class and function that a file asks for")
        .effect(Effect::Reads),
    Builtin::global("storages", &[req("path")], inspect_file::storages)
        .says("Shows which tensors of a file or an object share memory, and how much of it none of them uses")
        .effect(Effect::Reads),
];
