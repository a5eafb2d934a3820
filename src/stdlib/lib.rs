//! Python's builtins and the modules of its standard library that are Rust: one row a builtin, one file a group.

mod bytes;
mod bytes_text;
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
mod objects;
mod path_like;
mod programs;
mod protocol;
mod reflection;
mod sort;
mod str;
mod str_format;
mod str_split;
mod str_translate;
mod super_object;
mod types;

pub use self::bytes::bytes_like;
pub use self::modules::copy::registered as registered_reduction;
pub use self::modules::deque::Deque;
pub use self::modules::{MODULES, ROWS as LIBRARY};
pub use self::path_like::path_of;
use torchsh_language::value::{Builtin, TypeRow};

/// The builtins.
pub const BUILTINS: &[&[Builtin]] = &[
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

/// The types, bases before what inherits from them.
pub const TYPES: &[&[TypeRow]] = &[types::PYTHON, modules::TYPES];
