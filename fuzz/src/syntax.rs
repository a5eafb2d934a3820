//! What the readers need of that room.

#[path = "../../src/syntax/str.rs"]
mod str;

pub use self::str::Str;
