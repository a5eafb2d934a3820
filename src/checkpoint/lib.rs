//! Bytes ↔ a graph of inert Python objects and tensor records. Knows no libtorch, executes nothing.

pub mod array;
#[cfg(test)]
mod bombs;
mod bundle;
mod bytes;
mod compressed;
mod dcp;
mod deepspeed;
pub mod dtype;
mod fault;
pub mod file_patterns;
#[cfg(test)]
mod fixtures;
mod foreign;
pub mod gather;
pub mod gguf;
pub mod graph;
#[cfg(test)]
mod hostile;
mod legacy;
pub mod limits;
pub mod manifest;
pub mod mapping;
mod merged;
pub mod module;
mod npy;
mod open;
pub mod origin;
mod package;
mod path;
pub mod pattern;
pub mod pickle;
mod pt2;
pub mod record;
pub mod safetensors;
mod script;
mod shards;
pub mod snapshot;
mod tar;
mod torch_zip;

pub mod usage;
pub mod verify;
pub mod walk;
pub mod watcher;
pub mod write;
pub mod zip;

pub use self::open::{Options, asked, asked_until, from_mapping_as, from_pickle, open};
