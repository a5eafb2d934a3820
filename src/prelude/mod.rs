//! The library written in the shell's own language.

use crate::value::ModuleRow;

/// The modules.
pub const MODULES: &[ModuleRow] = &[];
