//! Writing checkpoints: whole or not at all, storages shared as they are, nothing held in memory but one storage at a time.

mod atomic;
mod dcp;
mod flat;
mod gguf;
mod leftovers;
mod npz;
mod pickler;
mod safetensors;
mod set;
mod sharing;
mod storages;
mod stream;
mod torch_legacy;
mod torch_shards;
mod torch_zip;
mod zip;

#[allow(unused_imports)] // the fuzzers have no front that asks for it
pub use self::atomic::replace;
pub use self::dcp::save_dcp;
#[allow(unused_imports)] // the fuzzers ask for what every flat format is written from
pub use self::flat::collect;
pub use self::gguf::{Meta, Metadata as GgufMetadata, meta_of, own_metadata as gguf_metadata, save_gguf};
pub use self::leftovers::abandon;
pub use self::npz::{code as npy_code, save_npz};
pub use self::safetensors::save_safetensors;
pub use self::sharing::{Policy, Sharing};
pub use self::torch_shards::save_torch_shards;
pub use self::torch_zip::{SaveOptions, Saved, pickled, save_torch, write_torch};
pub use self::zip::LARGEST_ALIGNMENT;
