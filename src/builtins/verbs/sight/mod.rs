//! Verbs that judge: health, check and their kin. They read, say what they found, and leave all as it is.

mod casts;
mod check;
mod file;
mod fingerprint;
mod health;
mod listed;
mod pickle;
mod size;

use torchsh_language::value::{Builtin, Effect};
use torchsh_syntax::verbs::rows;

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::verb(&rows::CHECK, check::check).effect(Effect::Reads),
    Builtin::verb(&rows::HEALTH, health::health).effect(Effect::Reads),
    Builtin::verb(&rows::FINGERPRINT, fingerprint::fingerprint).effect(Effect::Reads),
    Builtin::verb(&rows::SIZE, size::size).effect(Effect::Reads),
    Builtin::verb(&rows::STORAGES, file::storages).effect(Effect::Reads),
    Builtin::verb(&rows::MANIFEST, file::manifest).effect(Effect::Reads),
    Builtin::verb(&rows::VERIFY, file::verify).effect(Effect::Reads),
    Builtin::verb(&rows::INSPECT_PICKLE, pickle::inspect_pickle).effect(Effect::Reads),
];
