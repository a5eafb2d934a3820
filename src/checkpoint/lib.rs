//! Opens and saves every format of PyTorch checkpoint. Knows no libtorch, executes nothing.
//!
//! A file becomes a [`graph`] of inert objects: numbers, texts, containers, objects of unknown classes with their state,
//! and tensors as [`record`]s (a dtype, a shape, strides, and where the bytes lie; nothing is read before it is asked for).
//! Formats are told by content, never by name: `torch.save` of every age, safetensors, GGUF, numpy, sharded sets and
//! folders, TorchScript, `.pt2`, distributed checkpoints.
//!
//! ```
//! use std::path::Path;
//! use torchsh_checkpoint::{Options, open, walk};
//!
//! let mut loaded = open(Path::new("../../tests/fixtures/views.pt"), &Options::default())?;
//! let tensors = walk::tensors(&mut loaded.graph, loaded.root)?;
//! let (name, record) = &tensors[0];
//! assert_eq!(name, "base");
//! assert_eq!(record.shape, [4, 6]);
//!
//! // What was opened can be saved in another format: a temporary file beside it, synced, then renamed.
//! use torchsh_checkpoint::watcher::Unwatched;
//! use torchsh_checkpoint::write::{SaveOptions, save_torch};
//! let folder = tempfile::tempdir().unwrap();
//! let copy = folder.path().join("copy.pt");
//! save_torch(&copy, &loaded.graph, loaded.root, &SaveOptions::default(), &Unwatched)?;
//! let mut again = open(&copy, &Options::default())?;
//! assert_eq!(walk::tensors(&mut again.graph, again.root)?.len(), tensors.len());
//! # Ok::<(), torchsh_base::error::Error>(())
//! ```

pub mod array;
#[cfg(test)]
mod bombs;
mod bundle;
mod bytes;
mod compressed;
mod content;
mod dcp;
mod deepspeed;
pub mod dtype;
pub mod file_patterns;
#[cfg(test)]
mod fixtures;
mod foreign;
pub mod gather;
pub mod gguf;
pub mod graph;
#[cfg(test)]
mod hostile;
mod index;
mod joined;
mod legacy;
pub mod limits;
pub mod manifest;
pub mod mapping;
mod merged;
pub mod module;
mod nested;
mod npy;
mod numbered;
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
mod sigbus;
pub mod snapshot;
mod storage;
mod tar;
mod torch_zip;

pub mod usage;
pub mod verify;
pub mod walk;
pub mod watcher;
pub mod write;
pub mod zip;

pub use self::content::{Options, from_mapping_as, from_pickle};
pub use self::open::{asked, asked_until, open};
