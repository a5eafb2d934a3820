//! Bytes ↔ a graph of inert Python objects and tensor records. Knows no libtorch, executes nothing.

mod array;
mod bytes;
pub mod dtype;
pub mod fault;
pub mod gguf;
pub mod graph;
pub mod limits;
pub mod mapping;
pub mod pickle;
pub mod record;
pub mod safetensors;
pub mod zip;
