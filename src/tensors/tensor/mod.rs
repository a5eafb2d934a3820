//! What Python's torch writes on the tensor class itself.

pub mod cast;
mod grad_fn;
pub mod hooks;
pub mod index;
mod methods;
mod names;
mod operators;
pub mod properties;
pub mod storage;
mod storage_bytes;
pub mod storage_class;
mod text;
mod to_numpy;

use torchsh_language::value::Builtin;

/// The rows of this folder.
pub const TABLES: &[&[Builtin]] = &[
    grad_fn::ROWS,
    operators::PLAIN,
    operators::ROWS,
    index::ROWS,
    properties::ROWS,
    methods::ROWS,
    names::ROWS,
    cast::ROWS,
    cast::BYTES,
    storage::ROWS,
    storage_class::BOTH,
    storage_bytes::ROWS,
    storage_class::CLASSES,
    storage_class::ROWS,
    text::ROWS,
    to_numpy::ROWS,
];
