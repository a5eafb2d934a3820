//! Verbs that make other tensors: cast, cut, joined, averaged. Nothing is computed before it is saved or asked for.

mod adapters;
mod combine;
mod images;
mod sources;
mod tensors;
mod weights;

pub use self::adapters::{extract, merge, unmerge};
pub use self::combine::{average, lerp, slerp, task};
pub use self::combine::{dare, ties};
pub use self::images::{inflate, resample};
pub use self::tensors::{cast, cut, grow, join, slice, split, transpose};
pub use self::weights::{ema, move_key, tie, untie};
