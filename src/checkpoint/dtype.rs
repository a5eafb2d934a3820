//! The element types of tensors.

/// A tensor's element type: libtorch's `c10::ScalarType`, by its number
/// (`torch/headeronly/core/ScalarType.h` of libtorch 2.11).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct Dtype(u8);

/// What a dtype is called and how wide it is.
struct Row {
    name: &'static str,
    /// Other names of it in `torch`.
    alias: &'static str,
    /// Bytes of an element (of a pair or byte of them, for types narrower than a byte).
    itemsize: u8,
}

const fn row(name: &'static str, alias: &'static str, itemsize: u8) -> Row {
    Row { name, alias, itemsize }
}

/// By `ScalarType` number.
const TABLE: &[Row] = &[
    row("uint8", "", 1),
    row("int8", "", 1),
    row("int16", "short", 2),
    row("int32", "int", 4),
    row("int64", "long", 8),
    row("float16", "half", 2),
    row("float32", "float", 4),
    row("float64", "double", 8),
    row("complex32", "chalf", 4),
    row("complex64", "cfloat", 8),
    row("complex128", "cdouble", 16),
    row("bool", "", 1),
    row("qint8", "", 1),
    row("quint8", "", 1),
    row("qint32", "", 4),
    row("bfloat16", "", 2),
    row("quint4x2", "", 1),
    row("quint2x4", "", 1),
    row("bits1x8", "", 1),
    row("bits2x4", "", 1),
    row("bits4x2", "", 1),
    row("bits8", "", 1),
    row("bits16", "", 2),
    row("float8_e5m2", "", 1),
    row("float8_e4m3fn", "", 1),
    row("float8_e5m2fnuz", "", 1),
    row("float8_e4m3fnuz", "", 1),
    row("uint16", "", 2),
    row("uint32", "", 4),
    row("uint64", "", 8),
    row("uint1", "", 1),
    row("uint2", "", 1),
    row("uint3", "", 1),
    row("uint4", "", 1),
    row("uint5", "", 1),
    row("uint6", "", 1),
    row("uint7", "", 1),
    row("int1", "", 1),
    row("int2", "", 1),
    row("int3", "", 1),
    row("int4", "", 1),
    row("int5", "", 1),
    row("int6", "", 1),
    row("int7", "", 1),
    row("float8_e8m0fnu", "", 1),
    row("float4_e2m1fn_x2", "", 1),
];

#[allow(missing_docs)]
impl Dtype {
    pub const UINT8: Dtype = Dtype(0);
    pub const INT8: Dtype = Dtype(1);
    pub const INT16: Dtype = Dtype(2);
    pub const INT32: Dtype = Dtype(3);
    pub const INT64: Dtype = Dtype(4);
    pub const FLOAT16: Dtype = Dtype(5);
    pub const FLOAT32: Dtype = Dtype(6);
    pub const FLOAT64: Dtype = Dtype(7);
    pub const COMPLEX32: Dtype = Dtype(8);
    pub const COMPLEX64: Dtype = Dtype(9);
    pub const COMPLEX128: Dtype = Dtype(10);
    pub const BOOL: Dtype = Dtype(11);
    pub const QINT8: Dtype = Dtype(12);
    pub const QUINT8: Dtype = Dtype(13);
    pub const QINT32: Dtype = Dtype(14);
    pub const BFLOAT16: Dtype = Dtype(15);
    pub const QUINT4X2: Dtype = Dtype(16);
    pub const QUINT2X4: Dtype = Dtype(17);
    pub const FLOAT8_E5M2: Dtype = Dtype(23);
    pub const FLOAT8_E4M3FN: Dtype = Dtype(24);
    pub const FLOAT8_E5M2FNUZ: Dtype = Dtype(25);
    pub const FLOAT8_E4M3FNUZ: Dtype = Dtype(26);
    pub const UINT16: Dtype = Dtype(27);
    pub const UINT32: Dtype = Dtype(28);
    pub const UINT64: Dtype = Dtype(29);
    pub const FLOAT8_E8M0FNU: Dtype = Dtype(44);
    pub const FLOAT4_E2M1FN_X2: Dtype = Dtype(45);
}

impl Dtype {
    /// The dtype with this `ScalarType` number.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Dtype> {
        u8::try_from(number).ok().filter(|&number| usize::from(number) < TABLE.len()).map(Dtype)
    }

    /// The dtype with this name in `torch`, without `torch.`: `float32`, `float`, `half`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Dtype> {
        let place =
            TABLE.iter().position(|row| row.name == name || (row.alias == name && !name.is_empty()))?;
        u8::try_from(place).ok().map(Dtype)
    }

    /// All dtypes.
    pub fn all() -> impl Iterator<Item = Dtype> {
        (0..).map_while(Dtype::from_number)
    }

    /// The `ScalarType` number.
    #[must_use]
    pub fn number(self) -> u8 {
        self.0
    }

    fn row(self) -> &'static Row {
        TABLE.get(usize::from(self.0)).unwrap_or(&Row { name: "undefined", alias: "", itemsize: 1 })
    }

    /// The name without `torch.`: `float32`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Bytes of an element.
    #[must_use]
    pub fn itemsize(self) -> usize {
        usize::from(self.row().itemsize)
    }

    /// Whether elements are real floating-point numbers.
    #[must_use]
    pub fn is_floating_point(self) -> bool {
        matches!(self.0, 5..=7 | 15 | 23..=26 | 44 | 45)
    }

    /// Whether elements are complex numbers.
    #[must_use]
    pub fn is_complex(self) -> bool {
        matches!(self.0, 8..=10)
    }

    /// Whether elements are integers (`bool` is none).
    #[must_use]
    pub fn is_integral(self) -> bool {
        matches!(self.0, 0..=4 | 27..=43)
    }

    /// Whether elements are quantized.
    #[must_use]
    pub fn is_quantized(self) -> bool {
        matches!(self.0, 12..=14 | 16 | 17)
    }
}

/// As Python prints it: `torch.float32`.
impl std::fmt::Display for Dtype {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "torch.{}", self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_agree() {
        for dtype in Dtype::all() {
            assert_eq!(Dtype::from_name(dtype.name()), Some(dtype));
        }
        assert_eq!(Dtype::from_name("double"), Some(Dtype::FLOAT64));
        assert_eq!(Dtype::FLOAT4_E2M1FN_X2.name(), "float4_e2m1fn_x2");
        assert_eq!(Dtype::from_name(""), None);
        assert_eq!(Dtype::from_number(46), None);
    }
}
