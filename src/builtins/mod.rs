//! The table: one row a builtin, one file a group.

mod constructors;
mod containers;
mod dict;
mod functions;
mod objects;
mod types;

use crate::value::{Builtin, ModuleRow, TypeRow};

/// Every builtin.
pub const TABLE: &[&[Builtin]] =
    &[constructors::ROWS, containers::ROWS, dict::ROWS, functions::ROWS, objects::ROWS];

/// Every built-in type, bases before what inherits from them.
pub const TYPES: &[&[TypeRow]] = &[types::PYTHON];

/// The modules whose contents are rows.
pub const MODULES: &[ModuleRow] = &[];
