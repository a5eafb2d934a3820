//! Every bound that a file is held to. A file that breaks one is refused with an error that names it.

/// Objects in one graph. (Sixteen million take about 0.5 GB; the largest training state seen has half a million.)
pub const GRAPH_NODES: usize = 16_000_000;

/// Bytes that the objects of one graph take.
pub const GRAPH_BYTES: usize = 640 << 20;

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

/// Tensors that are named when a file is listed (one that is held in several places has several names).
pub const NAMED_TENSORS: usize = 2_000_000;

/// Bytes of their names.
pub const TENSOR_NAMES: usize = 256 << 20;

/// Different classes and functions that one pickle names.
pub const GLOBALS: usize = 100_000;

/// Pickles inside pickles (`torch.storage._load_from_bytes`).
pub const NESTED_FILES: usize = 3;

/// Dimensions of a tensor.
pub const DIMENSIONS: usize = 64;

/// Entries of an archive.
pub const ARCHIVE_ENTRIES: usize = 4_000_000;

/// Bytes that the compressed records of one file may unfold to before a tensor is used.
pub const INFLATED_TOTAL: u64 = 64 << 30;

/// How much larger than its compressed form a record may be (deflate itself ends near 1032).
pub const INFLATE_RATIO: u64 = 1_100;

/// Bytes of a compressed record that is not a tensor's (pickles, version numbers).
pub const INFLATED_PICKLE: u64 = 512 << 20;

/// Bytes of the code in a TorchScript archive; of more, none is read.
pub const SCRIPT_CODE: u64 = 64 << 20;

/// Bytes of a JSON header (safetensors allows 100 MB).
pub const HEADER_BYTES: usize = 100_000_000;

/// Bytes of an expanded tensor (one that is larger than its storage) that are read out.
pub const EXPANDED_BYTES: u64 = 2 << 30;

/// Files of a sharded checkpoint.
pub const SHARDS: usize = 100_000;

/// Bytes of the index of a sharded checkpoint that are searched for its `weight_map`.
pub const INDEX_BYTES: usize = 64 << 20;

/// Bytes of the header of a numpy array.
pub const NPY_HEADER: usize = 1 << 20;
