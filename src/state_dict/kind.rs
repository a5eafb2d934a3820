//! What the bytes of an element mean.

use std::sync::Arc;

use super::kernels::element::{Element, Integer, Wide};
use super::tally::Number;
use torchsh_checkpoint::dtype::Dtype;

/// What the elements of a tensor are.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Floating-point numbers of more than a byte.
    Float(Float),
    /// Integers.
    Integer(Width),
    /// Of a byte that stands for one number of a table, or for two.
    Table(Arc<Table>),
    /// Quantized 32-bit integers.
    Scaled(Scale),
    /// Pairs.
    Complex(Float),
}

/// Kinds of floating-point numbers.
#[allow(missing_docs)] // they are the dtypes of that name
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Float {
    F64,
    F32,
    F16,
    Bf16,
}

/// Kinds of integers.
#[allow(missing_docs)] // they are the dtypes of that name
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    I64,
    U64,
}

/// What quantized integers mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// The distance of two neighbours.
    pub scale: f64,
    /// The integer that stands for zero.
    pub zero_point: f64,
}

impl Scale {
    /// The number of an integer, in single precision as `dequantize()` computes it.
    #[must_use]
    pub fn number(self, integer: i32) -> f64 {
        f64::from((integer as f32 - self.zero_point as f32) * self.scale as f32)
    }
}

/// The numbers that each byte stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The numbers, or the first ones.
    pub numbers: Vec<Number>,
    /// The second ones, where a byte holds two.
    pub seconds: Option<Vec<Number>>,
}

/// Calls a generic function for a kind of floating-point elements: `float!(kind, function, arguments…)`.
macro_rules! float {
    ($kind:expr, $function:path, $($argument:expr),*) => {{
        use $function as function;
        use $crate::kernels::element::{Bf16, F16, F32, F64};
        match $kind {
            $crate::kind::Float::F64 => function::<F64>($($argument),*),
            $crate::kind::Float::F32 => function::<F32>($($argument),*),
            $crate::kind::Float::F16 => function::<F16>($($argument),*),
            $crate::kind::Float::Bf16 => function::<Bf16>($($argument),*),
        }
    }};
}

/// Calls a generic function for a kind of integers.
macro_rules! integer {
    ($kind:expr, $function:path, $($argument:expr),*) => {{
        use $function as function;
        match $kind {
            $crate::kind::Width::I8 => function::<i8>($($argument),*),
            $crate::kind::Width::U8 => function::<u8>($($argument),*),
            $crate::kind::Width::I16 => function::<i16>($($argument),*),
            $crate::kind::Width::U16 => function::<u16>($($argument),*),
            $crate::kind::Width::I32 => function::<i32>($($argument),*),
            $crate::kind::Width::U32 => function::<u32>($($argument),*),
            $crate::kind::Width::I64 => function::<i64>($($argument),*),
            $crate::kind::Width::U64 => function::<u64>($($argument),*),
        }
    }};
}

pub(super) use {float, integer};

/// The numbers that the bytes of an eight-bit float stand for; none of any other dtype.
#[must_use]
pub fn eight_bit_floats(dtype: Dtype) -> Option<Vec<f64>> {
    let is_float = dtype.is_floating_point() && dtype.itemsize() == 1;
    let Some(Kind::Table(table)) = Kind::of(dtype).filter(|_| is_float) else { return None };
    let number = |number: &Number| match number {
        Number::Float(number) => Some(*number),
        Number::Integer(_) => None,
    };
    if table.seconds.is_some() { None } else { table.numbers.iter().map(number).collect() }
}

impl Kind {
    /// What the elements of an ordinary tensor are; none where they are no numbers.
    #[must_use]
    pub fn of(dtype: Dtype) -> Option<Kind> {
        Some(match dtype {
            Dtype::FLOAT64 => Kind::Float(Float::F64),
            Dtype::FLOAT32 => Kind::Float(Float::F32),
            Dtype::FLOAT16 => Kind::Float(Float::F16),
            Dtype::BFLOAT16 => Kind::Float(Float::Bf16),
            Dtype::COMPLEX128 => Kind::Complex(Float::F64),
            Dtype::COMPLEX64 => Kind::Complex(Float::F32),
            Dtype::COMPLEX32 => Kind::Complex(Float::F16),
            Dtype::INT8 => Kind::Integer(Width::I8),
            Dtype::UINT8 => Kind::Integer(Width::U8),
            Dtype::INT16 => Kind::Integer(Width::I16),
            Dtype::UINT16 => Kind::Integer(Width::U16),
            Dtype::INT32 => Kind::Integer(Width::I32),
            Dtype::UINT32 => Kind::Integer(Width::U32),
            Dtype::INT64 => Kind::Integer(Width::I64),
            Dtype::UINT64 => Kind::Integer(Width::U64),
            Dtype::BOOL => Table::of(|byte| Number::Integer(i128::from(byte != 0))),
            Dtype::FLOAT8_E5M2 => Table::of(|byte| small(byte, 2, 15, Special::AsIeee)),
            Dtype::FLOAT8_E4M3FN => Table::of(|byte| small(byte, 3, 7, Special::LargestIsNan)),
            Dtype::FLOAT8_E5M2FNUZ => Table::of(|byte| small(byte, 2, 16, Special::NegativeZeroIsNan)),
            Dtype::FLOAT8_E4M3FNUZ => Table::of(|byte| small(byte, 3, 8, Special::NegativeZeroIsNan)),
            Dtype::FLOAT8_E8M0FNU => Table::of(|byte| match byte {
                255 => Number::Float(f64::NAN),
                exponent => Number::Float(f64::from(i32::from(exponent) - 127).exp2()),
            }),
            Dtype::FLOAT4_E2M1FN_X2 => {
                // The first of both stands in the lower half.
                let four = |bits: u8| small((bits & 8) << 4 | bits & 7, 1, 1, Special::None);
                let numbers = (0..=255).map(|byte: u8| four(byte & 15)).collect();
                let seconds = Some((0..=255).map(|byte: u8| four(byte >> 4)).collect());
                Kind::Table(Arc::new(Table { numbers, seconds }))
            }
            _ => return None,
        })
    }

    /// Quantized integers of that dtype; none where the dtype is not of such.
    #[must_use]
    pub fn quantized(dtype: Dtype, scale: Scale) -> Option<Kind> {
        let number = |integer: i32| Number::Float(scale.number(integer));
        match dtype {
            Dtype::QINT8 => Some(Table::of(|byte| number(byte.cast_signed().into()))),
            Dtype::QUINT8 | Dtype::QUINT4X2 | Dtype::QUINT2X4 => Some(Table::of(|byte| number(byte.into()))),
            Dtype::QINT32 => Some(Kind::Scaled(scale)),
            _ => None,
        }
    }

    /// Bytes of an element.
    #[must_use]
    pub fn itemsize(&self) -> usize {
        match self {
            Kind::Float(float) => float.itemsize(),
            Kind::Complex(float) => 2 * float.itemsize(),
            Kind::Integer(width) => width.itemsize(),
            Kind::Table(_) => 1,
            Kind::Scaled(..) => 4,
        }
    }

    /// Numbers in one element.
    #[must_use]
    pub fn numbers(&self) -> u64 {
        match self {
            Kind::Table(table) if table.seconds.is_some() => 2,
            _ => 1,
        }
    }

    /// Whether both read the same bytes as the same numbers.
    #[must_use]
    pub fn is_same(&self, other: &Kind) -> bool {
        match (self, other) {
            (Kind::Float(one), Kind::Float(two)) | (Kind::Complex(one), Kind::Complex(two)) => one == two,
            (Kind::Integer(one), Kind::Integer(two)) => one == two,
            (Kind::Table(one), Kind::Table(two)) => same_table(one, two),
            (Kind::Scaled(one), Kind::Scaled(two)) => one == two,
            _ => false,
        }
    }

    /// Whether the numbers are integers.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        match self {
            Kind::Integer(_) => true,
            Kind::Table(table) => matches!(table.numbers.first(), Some(Number::Integer(_))),
            _ => false,
        }
    }

    /// The numbers of a block as doubles (of complex ones nothing).
    pub fn doubles(&self, block: &[u8], into: &mut Vec<f64>) {
        match self {
            Kind::Float(float) => float!(*float, doubles, block, into),
            Kind::Integer(width) => integer!(*width, nearest, block, into),
            Kind::Table(table) => into.extend(table.read(block).map(Number::nearest)),
            Kind::Scaled(scale) => {
                into.extend(i32::split(block).iter().map(|&raw| scale.number(i32::read(raw))))
            }
            Kind::Complex(_) => {}
        }
    }

    /// The integers of a block, where they are such.
    pub fn integers(&self, block: &[u8], into: &mut Vec<i128>) {
        match self {
            Kind::Integer(width) => integer!(*width, exact, block, into),
            Kind::Table(table) => into.extend(table.read(block).map(|number| match number {
                Number::Integer(integer) => integer,
                Number::Float(_) => 0,
            })),
            _ => {}
        }
    }

    /// The numbers of a block as complex ones.
    pub fn pairs(&self, block: &[u8], into: &mut Vec<(f64, f64)>) {
        let mut parts = Vec::new();
        match self {
            Kind::Complex(float) => {
                float!(*float, doubles, block, &mut parts);
                into.extend(parts.as_chunks::<2>().0.iter().map(|&[real, imaginary]| (real, imaginary)));
            }
            other => {
                other.doubles(block, &mut parts);
                into.extend(parts.iter().map(|&real| (real, 0.0)));
            }
        }
    }
}

fn doubles<E: Element>(block: &[u8], into: &mut Vec<f64>) {
    into.extend(E::split(block).iter().map(|&raw| E::read(raw).widen()));
}

fn nearest<I: Integer>(block: &[u8], into: &mut Vec<f64>) {
    into.extend(I::split(block).iter().map(|&raw| I::read(raw).nearest()));
}

fn exact<I: Integer>(block: &[u8], into: &mut Vec<i128>) {
    into.extend(I::split(block).iter().map(|&raw| I::read(raw).exact()));
}

fn same_table(one: &Arc<Table>, two: &Arc<Table>) -> bool {
    let same = |one: &Number, two: &Number| one == two || one.nearest().is_nan() && two.nearest().is_nan();
    let all = |one: &[Number], two: &[Number]| one.iter().zip(two).all(|(one, two)| same(one, two));
    Arc::ptr_eq(one, two)
        || all(&one.numbers, &two.numbers)
            && match (&one.seconds, &two.seconds) {
                (Some(one), Some(two)) => all(one, two),
                (None, None) => true,
                _ => false,
            }
}

impl Table {
    fn of(number: impl Fn(u8) -> Number) -> Kind {
        Kind::Table(Arc::new(Table { numbers: (0..=255).map(number).collect(), seconds: None }))
    }

    /// The table of an integer type of a byte.
    #[must_use]
    pub fn of_integers(signed: bool) -> Table {
        let number = |byte: u8| Number::Integer(if signed { byte.cast_signed().into() } else { byte.into() });
        Table { numbers: (0..=255).map(number).collect(), seconds: None }
    }

    /// The numbers of a block, in order.
    fn read<'a>(&'a self, block: &'a [u8]) -> impl Iterator<Item = Number> + 'a {
        let of = |table: &[Number], byte: u8| table.get(usize::from(byte)).copied();
        let numbers = move |&byte: &u8| {
            [of(&self.numbers, byte), self.seconds.as_ref().and_then(|table| of(table, byte))]
        };
        block.iter().flat_map(numbers).flatten()
    }
}

impl Float {
    fn itemsize(self) -> usize {
        match self {
            Float::F64 => 8,
            Float::F32 => 4,
            Float::F16 | Float::Bf16 => 2,
        }
    }
}

impl Width {
    fn itemsize(self) -> usize {
        match self {
            Width::I8 | Width::U8 => 1,
            Width::I16 | Width::U16 => 2,
            Width::I32 | Width::U32 => 4,
            Width::I64 | Width::U64 => 8,
        }
    }
}

/// What stands for no number in a small float.
enum Special {
    /// Infinities and NaN under the largest exponent.
    AsIeee,
    /// NaN where all bits but the sign are set.
    LargestIsNan,
    /// NaN where only the sign is set.
    NegativeZeroIsNan,
    None,
}

/// A float of a byte: its sign, exponent, and `digits` bits after the point.
fn small(byte: u8, digits: u8, bias: i32, special: Special) -> Number {
    let sign = if byte & 0x80 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from((byte & 0x7f) >> digits), byte & ((1 << digits) - 1));
    let largest = i32::from(0x7f_u8 >> digits);
    let magnitude = match special {
        Special::AsIeee if exponent == largest && fraction == 0 => f64::INFINITY,
        Special::AsIeee if exponent == largest => f64::NAN,
        Special::LargestIsNan if byte & 0x7f == 0x7f => f64::NAN,
        Special::NegativeZeroIsNan if byte == 0x80 => f64::NAN,
        _ => {
            let one = if exponent == 0 { 0 } else { 1 << digits };
            f64::from(one + i32::from(fraction))
                * f64::from(exponent.max(1) - bias - i32::from(digits)).exp2()
        }
    };
    Number::Float(sign * magnitude)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_and_four_bits_are_read_as_their_standards_have_them() {
        let at = |dtype: Dtype, byte: u8| {
            let mut numbers = Vec::new();
            Kind::of(dtype).unwrap().doubles(&[byte], &mut numbers);
            numbers
        };
        for (dtype, byte, number) in [
            (Dtype::FLOAT8_E4M3FN, 0x38, 1.0),
            (Dtype::FLOAT8_E4M3FN, 0xfe, -448.0),
            (Dtype::FLOAT8_E4M3FN, 0x01, 0.001_953_125),
            (Dtype::FLOAT8_E5M2, 0x3c, 1.0),
            (Dtype::FLOAT8_E5M2, 0x7b, 57344.0),
            (Dtype::FLOAT8_E5M2, 0xfc, f64::NEG_INFINITY),
            (Dtype::FLOAT8_E4M3FNUZ, 0x7f, 240.0),
            (Dtype::FLOAT8_E5M2FNUZ, 0x7f, 57344.0),
            (Dtype::FLOAT8_E8M0FNU, 0, 2_f64.powi(-127)),
            (Dtype::FLOAT8_E8M0FNU, 254, 2_f64.powi(127)),
        ] {
            assert_eq!(at(dtype, byte), [number], "{dtype} {byte:#x}");
        }
        for (dtype, byte) in [
            (Dtype::FLOAT8_E4M3FN, 0xff),
            (Dtype::FLOAT8_E5M2, 0x7d),
            (Dtype::FLOAT8_E4M3FNUZ, 0x80),
            (Dtype::FLOAT8_E5M2FNUZ, 0x80),
            (Dtype::FLOAT8_E8M0FNU, 255),
        ] {
            assert!(at(dtype, byte)[0].is_nan(), "{dtype} {byte:#x}");
        }
        assert_eq!(at(Dtype::FLOAT4_E2M1FN_X2, 0xf3), [1.5, -6.0]);
    }
}
