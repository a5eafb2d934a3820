//! The table: one row a builtin, one file a group.

#![allow(clippy::indexing_slicing)] // computed while compiling: an index out of bounds is a compile error

pub mod checkpoint;
pub mod verbs;

use torchsh_language::value::{Builtin, ModuleRow, TypeRow};
use torchsh_tensors::{numpy, tensor, torch};

/// The tables of each group.
const GROUPS: &[&[&[Builtin]]] = &[
    torchsh_stdlib::BUILTINS,
    torchsh_stdlib::LIBRARY,
    &[
        verbs::ROWS,
        verbs::surgery::ROWS,
        verbs::sight::ROWS,
        checkpoint::ROWS,
        checkpoint::PICKLE_ROWS,
        checkpoint::EQUAL,
    ],
    torch::TABLES,
    tensor::TABLES,
    numpy::ROWS,
    numpy::OPERATORS,
    numpy::SCALARS,
    &[numpy::FUNCTIONS],
];

/// Every builtin.
pub const TABLE: &[&[Builtin]] = &flat::<Builtin, { count(GROUPS) }>(GROUPS);

/// Every built-in type, bases before what inherits from them.
pub const TYPES: &[&[TypeRow]] = &flat::<TypeRow, { count(TYPE_GROUPS) }>(TYPE_GROUPS);

const TYPE_GROUPS: &[&[&[TypeRow]]] = &[torchsh_stdlib::TYPES, torchsh_tensors::TYPES];

/// The modules of torch whose contents are rows.
pub const MODULES: &[ModuleRow] = torch::MODULES;

/// The modules of file formats whose contents are rows.
pub const FORMATS: &[ModuleRow] = checkpoint::MODULES;

/// The modules of Python's library whose contents are rows.
pub const LIBRARY: &[ModuleRow] = torchsh_stdlib::MODULES;

const fn count<T>(groups: &[&[&[T]]]) -> usize {
    let (mut total, mut i) = (0, 0);
    while i < groups.len() {
        total += groups[i].len();
        i += 1;
    }
    total
}

const fn flat<T, const N: usize>(groups: &[&[&'static [T]]]) -> [&'static [T]; N] {
    let mut all: [&'static [T]; N] = [&[]; N];
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
