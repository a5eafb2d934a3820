//! Every bound that a file is held to. A file that breaks one is refused with an error that names it.

/// Objects in one graph. (Sixteen million take about 0.5 GB; the largest training state seen has half a million.)
pub const GRAPH_NODES: usize = 16_000_000;

/// Bytes that the objects of one graph take, without text. (As values they take about as much again.)
pub const GRAPH_BYTES: usize = 384 << 20;

/// Bytes that they take with their text, and with bytes that are no part of the file.
pub const GRAPH_TEXT: usize = 512 << 20;

/// Values on the pickle machine's stack.
pub const PICKLE_STACK: usize = 16_000_000;

/// Open marks of the pickle machine, which bounds the nesting of what is being read.
pub const PICKLE_MARKS: usize = 100_000;

/// Memo entries of one pickle; a higher index than that is no pickle's.
pub const PICKLE_MEMO: usize = 16_000_000;

/// Bytes of a module or class name, and of the line of a text opcode that holds one.
pub const GLOBAL_NAME: usize = 4_096;

/// Bytes of a line that holds a number in text (`INT`, `LONG`, `FLOAT`).
pub const NUMBER_LINE: usize = 64 * 1024;

/// Bytes of an integer (`LONG1`, `LONG4`).
pub const LONG_BYTES: usize = 64 * 1024;

/// Bytes of one pickle.
pub const PICKLE_BYTES: usize = 1 << 30;

/// Nesting of containers that a walk over a graph follows.
pub const WALK_NESTING: usize = 500;

/// Nesting of modules in a model.
pub const MODULE_NESTING: usize = 200;

/// Modules and tensors of a model, one that is held in several places counted for each.
pub const MODEL_ENTRIES: usize = 1_000_000;

/// Tensors that are named when a file is listed (one that is held in several places has several names).
pub const NAMED_TENSORS: usize = 500_000;

/// Bytes of their names.
pub const TENSOR_NAMES: usize = 32 << 20;

/// Different classes and functions that one pickle names.
pub const GLOBALS: usize = 100_000;

/// Pickles inside pickles (`torch.storage._load_from_bytes`).
pub const NESTED_FILES: usize = 3;

/// Calls whose function is itself given to a call (`_rebuild_from_type_v2`, `__newobj__`).
pub const NESTED_CALLS: usize = 20;

/// Items of containers that the calls of one file look at; each costs the file a few bytes, and may look at millions.
pub const CALL_WORK: usize = 1 << 28;

/// Steps of a walk over a graph (objects that share what they hold are walked once for each holder).
pub const WALK_STEPS: usize = 100_000_000;

/// Entries made again of a state that several objects share.
pub const SHARED_STATES: usize = 1_000_000;

/// Parts of a key: what a tuple holds, and what the tuples in it hold.
pub const KEY_PARTS: usize = 1_000_000;

/// Dimensions of a tensor.
pub const DIMENSIONS: usize = 64;

/// Entries of an archive.
pub const ARCHIVE_ENTRIES: usize = 4_000_000;

/// Bytes that one compressed record may unfold to whatever its size is.
pub const INFLATED_RECORD: u64 = 256 << 20;

/// Bytes that all compressed records of an archive may unfold to whatever their sizes are.
pub const INFLATED_TOTAL: u64 = 2 << 30;

/// How much larger than its compressed form a record beyond these bounds may be (weights hardly get smaller at all,
/// zeros a thousand times).
pub const INFLATE_RATIO: u64 = 64;

/// Bytes of a compressed record that is not a tensor's (pickles, version numbers).
pub const INFLATED_PICKLE: u64 = 256 << 20;

/// Bytes of the code in a TorchScript archive; of more, none is read.
pub const SCRIPT_CODE: u64 = 64 << 20;

/// Bytes of a JSON header (safetensors allows 100 MB).
pub const HEADER_BYTES: usize = 100_000_000;

/// Entries of a JSON header or index: tensors, or pairs of metadata.
pub const HEADER_ENTRIES: usize = 500_000;

/// Bytes of an expanded tensor (one that is larger than its storage) that are read out.
pub const EXPANDED_BYTES: u64 = 1 << 30;

/// Bytes of one tensor that is made of others.
pub const DERIVED_BYTES: u64 = 1 << 40;

/// Files of a sharded checkpoint.
pub const SHARDS: usize = 100_000;

/// How many times the bytes of their storages the tensors of a file may add up to beyond [`EXPANDED_BYTES`] when they are
/// read out: views of one storage cost a file little.
pub const VIEWED_TIMES: u64 = 64;

/// Bytes of the index of a sharded checkpoint.
pub const INDEX_BYTES: usize = 64 << 20;

/// Bytes of the header of a numpy array.
pub const NPY_HEADER: usize = 1 << 20;

/// Bytes that unpacking an xz file may take beside what comes out (level 9 takes 65 MiB).
pub const XZ_MEMORY: u64 = 128 << 20;

/// Bytes that a file that is compressed as a whole may unpack to; they are all held in memory.
pub const UNPACKED_FILE: usize = 512 << 20;

/// Fields of a numpy record that are looked at one by one.
pub const RECORD_FIELDS: usize = 1000;

/// Records inside records, and arrays inside them.
pub const RECORD_NESTING: usize = 32;

/// How often the bytes of records may be shown, by fields that lie over one another.
pub const RECORD_OVERLAP: usize = 4;
