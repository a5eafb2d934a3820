//! What libtorch says in its own words where Python's PyTorch or numpy says it otherwise. It gives a text and nothing else,
//! so this file, and no other, knows such texts.

use torchsh_base::error::{Error, Kind};

/// What the gradients of tensors raise where one was not used: C++ words it otherwise than Python.
#[must_use]
pub fn unused_in_graph(error: Error) -> Error {
    if error.message().contains("of the differentiated Tensors appears to not have been used") {
        let message = "One of the differentiated Tensors appears to not have been used in the graph. Set allow_unused=True if \
                       this is the desired behavior.";
        return Error::runtime(message);
    }
    error
}

/// An index that is too large, as numpy says it: along an axis.
#[must_use]
pub fn index_by_axis(error: &Error) -> Error {
    Error::new(Kind::Index, error.message().replace("for dimension", "for axis"))
}
