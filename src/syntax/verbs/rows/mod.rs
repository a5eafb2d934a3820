//! The rows of the verbs, one file a group: how each is typed, its Python, its options, what help says of it. What it does stands
//! under the same name in the table of builtins.

mod apply;
mod change;
mod compare;
mod look;
mod merge;
mod tensors;

pub use self::apply::*;
pub use self::change::*;
pub use self::compare::*;
pub use self::look::*;
pub use self::merge::*;
pub use self::tensors::*;
use super::{Group, Verb};

/// Every verb, in the order of help.
pub(super) const GROUPS: &[(Group, &[&Verb])] = &[
    (Group::Look, look::ROWS),
    (Group::Compare, compare::ROWS),
    (Group::Change, change::ROWS),
    (Group::Tensors, tensors::ROWS),
    (Group::Merge, merge::ROWS),
    (Group::Use, apply::ROWS),
];
