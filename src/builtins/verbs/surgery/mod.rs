//! Verbs that make other tensors: cast, cut, joined, averaged. Nothing is computed before it is saved or asked for.

mod adapters;
mod cast;
mod combine;
mod extract;
mod factors;
mod images;
pub mod mixture;
mod rows;
pub mod sources;
mod tensors;
mod weights;

pub use self::rows::ROWS;
