//! The table: one row a builtin, one file a group.

#![allow(clippy::indexing_slicing)] // computed while compiling: an index out of bounds is a compile error

mod bytes;
mod bytes_text;
pub mod checkpoint;
mod classes;
mod constructors;
mod containers;
mod counter;
mod descriptors;
mod dict;
mod encoding;
mod exceptions;
mod functions;
mod iterators;
mod modules;
pub mod numpy;
mod objects;
mod programs;
mod protocol;
mod reflection;
mod sort;
mod str;
mod str_format;
mod str_split;
mod str_translate;
mod super_object;
pub mod tensor;
pub mod torch;
mod types;
pub mod verbs;

use torchsh_language::value::{Builtin, ModuleRow, TypeRow};

/// The tables of each folder, and those of the files here.
const GROUPS: &[&[&[Builtin]]] = &[
    PYTHON,
    modules::ROWS,
    &[verbs::ROWS, verbs::surgery::ROWS, verbs::sight::ROWS, checkpoint::ROWS, checkpoint::PICKLE_ROWS],
    torch::TABLES,
    tensor::TABLES,
    numpy::ROWS,
    numpy::OPERATORS,
    numpy::SCALARS,
    &[numpy::FUNCTIONS],
];

const PYTHON: &[&[Builtin]] = &[
    bytes::ROWS,
    bytes_text::ROWS,
    classes::ROWS,
    constructors::ROWS,
    descriptors::ROWS,
    containers::ROWS,
    counter::ROWS,
    dict::ROWS,
    functions::ROWS,
    iterators::ROWS,
    exceptions::ROWS,
    objects::ROWS,
    protocol::ROWS,
    programs::ROWS,
    reflection::ROWS,
    str::ROWS,
    super_object::ROWS,
];

/// Every builtin.
pub const TABLE: &[&[Builtin]] = &flat::<{ count(GROUPS) }>(GROUPS);

/// Every built-in type, bases before what inherits from them.
pub const TYPES: &[&[TypeRow]] = &[
    types::PYTHON,
    modules::TYPES,
    torch::TYPES,
    tensor::storage::TYPES,
    tensor::storage_class::TYPES,
    numpy::TYPES,
    numpy::DTYPES,
    numpy::STREAMS,
];

/// The modules of torch whose contents are rows.
pub const MODULES: &[ModuleRow] = torch::MODULES;

/// The modules of file formats whose contents are rows.
pub const FORMATS: &[ModuleRow] = checkpoint::MODULES;

/// The modules of Python's library whose contents are rows.
pub const LIBRARY: &[ModuleRow] = modules::MODULES;

const fn count(groups: &[&[&[Builtin]]]) -> usize {
    let (mut total, mut i) = (0, 0);
    while i < groups.len() {
        total += groups[i].len();
        i += 1;
    }
    total
}

const fn flat<const N: usize>(groups: &[&[&'static [Builtin]]]) -> [&'static [Builtin]; N] {
    let mut all: [&'static [Builtin]; N] = [&[]; N];
    let (mut at, mut i) = (0, 0);
    while i < groups.len() {
        let mut j = 0;
        while j < groups[i].len() {
            all[at] = groups[i][j];
            at += 1;
            j += 1;
        }
        i += 1;
    }
    all
}
