//! What stands for PyTorch's and numpy's own values, and how values become arguments of operators. tensor, numpy and torch are built
//! on it.

pub mod array;
pub mod cast;
pub mod convert;
pub mod data;
pub mod device;
pub mod objects;
pub mod return_types;
pub mod storage;
pub mod type_names;
