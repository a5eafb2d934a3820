//! Source text → our own tree. The only room that names the parser crate.

mod str;
pub mod tree;

pub use self::str::Str;
mod source;
pub use self::source::{Source, parse_module};
