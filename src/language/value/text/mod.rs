//! Python's and PyTorch's own text: what `repr`, `str`, `format` and `print` give.

pub mod float;
pub mod quote;
pub mod spec;
pub mod tensor;
pub mod unicode;
mod unicode_case;
mod unicode_kinds;
