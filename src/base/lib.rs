//! What every room stands on: the one error type, the strings and hashes that names are kept in, and the text of files,
//! which nobody trusts.

pub mod error;
pub mod hash;
pub mod identifier;
mod nearest;
pub mod reason;
mod str;
pub mod untrusted;

pub use self::nearest::nearest;
pub use self::str::Str;
