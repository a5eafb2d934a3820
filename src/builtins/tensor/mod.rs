//! What Python's torch writes on the tensor class itself.

pub mod cast;
mod grad_fn;
pub mod index;
mod methods;
mod operators;
pub mod properties;
pub mod storage;
mod text;

use crate::value::Builtin;

/// The rows of this folder.
pub const TABLES: &[&[Builtin]] = &[
    operators::PLAIN,
    operators::ROWS,
    index::ROWS,
    properties::ROWS,
    methods::ROWS,
    cast::ROWS,
    cast::BYTES,
    storage::ROWS,
    text::ROWS,
];
