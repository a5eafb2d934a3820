//! The table: one row a builtin, one file a group.

use crate::value::{Builtin, ModuleRow, TypeRow};

/// Every builtin.
pub const TABLE: &[&[Builtin]] = &[];

/// Every built-in type, bases before what inherits from them.
pub const TYPES: &[&[TypeRow]] = &[];

/// The modules whose contents are rows.
pub const MODULES: &[ModuleRow] = &[];
