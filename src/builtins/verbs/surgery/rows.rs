//! The rows of the verbs that make other tensors.

use super::adapters::{merge, unmerge};
use super::cast::cast;
use super::combine::{average, dare, lerp, slerp, task, ties};
use super::extract::extract;
use super::images::{inflate, resample};
use super::tensors::{cut, grow, join, slice, split, transpose};
use super::weights::{ema, move_key, tie, untie};
use torchsh_language::value::Builtin;
use torchsh_syntax::verbs::rows;

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::verb(&rows::CAST, cast),
    Builtin::verb(&rows::SPLIT, split),
    Builtin::verb(&rows::JOIN, join),
    Builtin::verb(&rows::TRANSPOSE, transpose),
    Builtin::verb(&rows::SLICE, slice),
    Builtin::verb(&rows::GROW, grow),
    Builtin::verb(&rows::CUT, cut),
    Builtin::verb(&rows::RESAMPLE, resample),
    Builtin::verb(&rows::INFLATE, inflate),
    Builtin::verb(&rows::MOVE, move_key),
    Builtin::verb(&rows::TIE, tie),
    Builtin::verb(&rows::UNTIE, untie),
    Builtin::verb(&rows::AVERAGE, average),
    Builtin::verb(&rows::LERP, lerp),
    Builtin::verb(&rows::SLERP, slerp),
    Builtin::verb(&rows::TASK, task),
    Builtin::verb(&rows::TIES, ties),
    Builtin::verb(&rows::DARE, dare),
    Builtin::verb(&rows::EMA, ema),
    Builtin::verb(&rows::MERGE, merge),
    Builtin::verb(&rows::UNMERGE, unmerge),
    Builtin::verb(&rows::EXTRACT, extract),
];
