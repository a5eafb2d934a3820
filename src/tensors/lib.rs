//! torch, the tensor's own methods, and numpy: what Python or hand-written C++ does there, above libtorch's operators. One row a
//! builtin, one file a group.

pub mod numpy;
pub mod tensor;
pub mod torch;
pub mod values;

use torchsh_language::value::TypeRow;

/// The types, bases before what inherits from them.
pub const TYPES: &[&[TypeRow]] = &[
    values::objects::TYPES,
    tensor::storage::TYPES,
    tensor::storage_class::TYPES,
    numpy::TYPES,
    numpy::DTYPES,
    numpy::STREAMS,
];
