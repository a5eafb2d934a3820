//! The language: what a name can hold, and the interpreter that runs programs over it.

pub mod eval;
pub mod value;
