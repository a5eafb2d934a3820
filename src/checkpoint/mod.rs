//! Bytes ↔ a graph of inert Python objects and tensor records. Knows no libtorch, executes nothing.

pub mod dtype;
