//! Other names of dtypes: C++'s, and those of the classes of tensors that PyTorch had first.

use torchsh_checkpoint::dtype::Dtype;

/// C++'s name of a dtype.
#[must_use]
pub fn long_name(dtype: Dtype) -> &'static str {
    match dtype {
        Dtype::UINT8 => "unsigned char",
        Dtype::INT8 => "signed char",
        Dtype::INT16 => "short int",
        Dtype::INT32 => "int",
        Dtype::INT64 => "long int",
        Dtype::FLOAT16 => "c10::Half",
        Dtype::FLOAT64 => "double",
        Dtype::FLOAT32 => "float",
        Dtype::BFLOAT16 => "c10::BFloat16",
        other => other.name(),
    }
}

/// The dtype of `torch.FloatTensor` and its kin.
#[must_use]
pub fn legacy_dtype(class: &str) -> Option<Dtype> {
    Some(match class.strip_suffix("Tensor")? {
        "Float" => Dtype::FLOAT32,
        "Double" => Dtype::FLOAT64,
        "Half" => Dtype::FLOAT16,
        "BFloat16" => Dtype::BFLOAT16,
        "Byte" => Dtype::UINT8,
        "Char" => Dtype::INT8,
        "Short" => Dtype::INT16,
        "Int" => Dtype::INT32,
        "Long" => Dtype::INT64,
        "Bool" => Dtype::BOOL,
        "ComplexFloat" => Dtype::COMPLEX64,
        "ComplexDouble" => Dtype::COMPLEX128,
        "QInt8" => Dtype::QINT8,
        "QUInt8" => Dtype::QUINT8,
        "QInt32" => Dtype::QINT32,
        "QUInt4x2" => Dtype::QUINT4X2,
        "QUInt2x4" => Dtype::QUINT2X4,
        _ => return None,
    })
}

/// `Long` for int64: the name a tensor class has for a dtype.
#[must_use]
pub fn legacy_name(dtype: Dtype) -> &'static str {
    match dtype {
        Dtype::FLOAT32 => "Float",
        Dtype::FLOAT64 => "Double",
        Dtype::FLOAT16 => "Half",
        Dtype::BFLOAT16 => "BFloat16",
        Dtype::UINT8 => "Byte",
        Dtype::INT8 => "Char",
        Dtype::INT16 => "Short",
        Dtype::INT32 => "Int",
        Dtype::INT64 => "Long",
        Dtype::BOOL => "Bool",
        Dtype::COMPLEX64 => "ComplexFloat",
        Dtype::COMPLEX128 => "ComplexDouble",
        Dtype::COMPLEX32 => "ComplexHalf",
        Dtype::UINT16 => "UInt16",
        Dtype::UINT32 => "UInt32",
        Dtype::UINT64 => "UInt64",
        Dtype::FLOAT8_E5M2 => "Float8_e5m2",
        Dtype::FLOAT8_E4M3FN => "Float8_e4m3fn",
        Dtype::FLOAT8_E5M2FNUZ => "Float8_e5m2fnuz",
        Dtype::FLOAT8_E4M3FNUZ => "Float8_e4m3fnuz",
        Dtype::FLOAT8_E8M0FNU => "Float8_e8m0fnu",
        Dtype::QINT8 => "QInt8",
        Dtype::QUINT8 => "QUInt8",
        Dtype::QINT32 => "QInt32",
        _ => "Undefined",
    }
}

/// `torch.FloatTensor`: makes tensors of its dtype and knows them.
pub struct TensorType(pub Dtype);
