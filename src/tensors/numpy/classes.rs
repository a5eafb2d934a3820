//! The classes of numpy: arrays, scalars and their kinds, dtypes.

use super::functions::class_named;
use torchsh_language::value::{Builtin, TypeRow};

const fn of(module: &'static str, name: &'static str, base: &'static str, summary: &'static str) -> TypeRow {
    TypeRow { name, module, base, summary }
}

/// Arrays and scalars, bases first.
pub const TYPES: &[TypeRow] = &[
    of("numpy", "ndarray", "object", "an array of numpy"),
    of("numpy", "generic", "object", "a scalar of numpy"),
    of("numpy", "number", "generic", "a kind of scalars of numpy"),
    of("numpy", "integer", "number", "a kind of scalars of numpy"),
    of("numpy", "signedinteger", "integer", "a kind of scalars of numpy"),
    of("numpy", "unsignedinteger", "integer", "a kind of scalars of numpy"),
    of("numpy", "inexact", "number", "a kind of scalars of numpy"),
    of("numpy", "floating", "inexact", "a kind of scalars of numpy"),
    of("numpy", "complexfloating", "inexact", "a kind of scalars of numpy"),
    of("numpy", "numpy.bool", "generic", "a scalar of numpy"),
    of("numpy", "float16", "floating", "a scalar of numpy"),
    of("numpy", "float32", "floating", "a scalar of numpy"),
    of("numpy", "float64", "floating, float", "a scalar of numpy"),
    of("numpy", "int8", "signedinteger", "a scalar of numpy"),
    of("numpy", "int16", "signedinteger", "a scalar of numpy"),
    of("numpy", "int32", "signedinteger", "a scalar of numpy"),
    of("numpy", "int64", "signedinteger", "a scalar of numpy"),
    of("numpy", "uint8", "unsignedinteger", "a scalar of numpy"),
    of("numpy", "uint16", "unsignedinteger", "a scalar of numpy"),
    of("numpy", "uint32", "unsignedinteger", "a scalar of numpy"),
    of("numpy", "uint64", "unsignedinteger", "a scalar of numpy"),
    of("numpy", "complex64", "complexfloating", "a scalar of numpy"),
    of("numpy", "complex128", "complexfloating, complex", "a scalar of numpy"),
];

/// The classes of dtypes.
pub const DTYPES: &[TypeRow] = &[
    of("numpy", "DType", "object", "a dtype of numpy"),
    of("numpy.dtypes", "BoolDType", "DType", "a dtype of numpy"),
    of("numpy.dtypes", "UInt8DType", "DType", "a dtype of numpy"),
    of("numpy.dtypes", "UInt16DType", "DType", "a dtype of numpy"),
    of("numpy.dtypes", "UInt32DType", "DType", "a dtype of numpy"),
    of("numpy.dtypes", "UInt64DType", "DType", "a dtype of numpy"),
    of("numpy.dtypes", "Int8DType", "DType", "a dtype of numpy"),
    of("numpy.dtypes", "Int16DType", "DType", "a dtype of numpy"),
    of("numpy.dtypes", "Int32DType", "DType", "a dtype of numpy"),
    of("numpy.dtypes", "Int64DType", "DType", "a dtype of numpy"),
    of("numpy.dtypes", "Float16DType", "DType", "a dtype of numpy"),
    of("numpy.dtypes", "Float32DType", "DType", "a dtype of numpy"),
    of("numpy.dtypes", "Float64DType", "DType", "a dtype of numpy"),
    of("numpy.dtypes", "Complex64DType", "DType", "a dtype of numpy"),
    of("numpy.dtypes", "Complex128DType", "DType", "a dtype of numpy"),
];

macro_rules! names {
    ($($name:literal)*) => {
        /// The other names of classes.
        pub const ROWS: &[Builtin] = &[$(Builtin::constant("numpy", $name, class_named)),*];
    };
}

names! {
    "bool" "bool_" "half" "single" "double" "byte" "short" "intc" "int_" "intp" "long"
    "longlong" "ubyte" "ushort" "uintc" "uint" "uintp" "ulong" "ulonglong" "csingle" "cdouble"
}
