//! Source text → our own tree. The only room that names the parser crate.

pub mod cursor;
mod syntax_errors;

mod lower;
mod nesting;
mod parse;
pub mod pattern;
mod source;

pub mod tokens;
pub mod tree;
pub mod verbs;

pub use self::parse::{parse_library, parse_module};
pub use self::source::Source;

pub use self::verbs::{explained, is_bare_word, names as verb_names, part_key, synopsis as verb_synopsis};
