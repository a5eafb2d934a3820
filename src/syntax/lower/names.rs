//! Identifiers as Python sees them.

use unicode_normalization::{UnicodeNormalization, is_nfkc};

use torchsh_base::Str;

/// The prefix that private names of a class get: `_Class` for `class _Class` and `class Class`.
pub(super) fn class_prefix(class: &str) -> Str {
    let bare = class.trim_start_matches('_');
    if bare.is_empty() { Str::intern("") } else { Str::intern(&format!("_{bare}")) }
}

/// An identifier as it is stored: in normal form KC, and `__private` in a class with the class's name before it.
pub(super) fn mangle(class: Option<&Str>, name: &str) -> Str {
    let normal = |name: &str| {
        if is_nfkc(name) { Str::intern(name) } else { Str::intern(&name.nfkc().collect::<String>()) }
    };
    match class {
        Some(prefix)
            if name.starts_with("__")
                && !name.ends_with("__")
                && !prefix.is_empty()
                && !name.contains('.') =>
        {
            normal(&format!("{prefix}{name}"))
        }
        _ => normal(name),
    }
}
