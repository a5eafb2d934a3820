//! What is said of the numbers of tensors, without libtorch and without an interpreter: statistics, histograms, differences.
//!
//! Everything is told of a [`TensorRecord`](torchsh_checkpoint::record::TensorRecord): a dtype, a shape and where the bytes are. Bytes are
//! read where they lie, once, on all cores, near the speed of memory; sums are kept in doubles, by blocks, so that the
//! length of a tensor costs no digits. Results are the same on any number of cores.
//!
//! ```
//! use std::path::Path;
//! use torchsh_checkpoint::watcher::Unwatched;
//! use torchsh_checkpoint::{Options, open, walk};
//! use torchsh_state_dict::statistics;
//!
//! let mut loaded = open(Path::new("../../tests/fixtures/model.pt"), &Options::default())?;
//! let tensors = walk::tensors(&mut loaded.graph, loaded.root)?;
//! for found in statistics(tensors.iter().map(|(_, record)| &**record), &Unwatched)? {
//!     let numbers = found?;
//!     assert!(numbers.elements > 0 && numbers.nan == 0);
//! }
//! # Ok::<(), torchsh_base::error::Error>(())
//! ```

mod compare;
pub mod derive;
mod fingerprint;
mod health;
mod histogram;
mod kernels;
mod kind;
mod parts;
mod rounds;
mod statistics;
mod tally;
#[cfg(test)]
mod tests;
mod thumbnail;
mod view;
mod work;

pub use self::compare::{Comparison, Rule, compare};
pub use self::fingerprint::{Digest, fingerprints, hexadecimal, whole};
pub use self::health::{Health, dead_rows, health};
pub use self::histogram::{Histogram, histogram, histogram_within};
pub use self::kind::eight_bit_floats;
pub use self::statistics::{Statistics, statistics};
pub use self::tally::Number;
pub use self::thumbnail::{Thumbnail, thumbnail};
