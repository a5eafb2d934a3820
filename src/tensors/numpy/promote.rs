//! The dtypes of results, by numpy's rules.

use torchsh_checkpoint::dtype::Dtype;
use torchsh_language::value::Value;

/// Whether elements are whole numbers or truths.
pub fn is_whole(dtype: Dtype) -> bool {
    !dtype.is_floating_point() && !dtype.is_complex()
}

/// Whether elements are whole numbers without a sign.
pub fn is_unsigned(dtype: Dtype) -> bool {
    matches!(dtype, Dtype::UINT8 | Dtype::UINT16 | Dtype::UINT32 | Dtype::UINT64)
}

/// Whether libtorch has few operators for it.
pub fn is_rare(dtype: Dtype) -> bool {
    matches!(dtype, Dtype::UINT16 | Dtype::UINT32 | Dtype::UINT64)
}

/// The dtype that holds what both operands hold.
pub fn promoted(a: Dtype, b: Dtype) -> Dtype {
    if a == b {
        return a;
    }
    if a.is_complex() || b.is_complex() {
        let real = promoted(real_part(a), real_part(b));
        return if matches!(real, Dtype::FLOAT16 | Dtype::FLOAT32) {
            Dtype::COMPLEX64
        } else {
            Dtype::COMPLEX128
        };
    }
    match (is_whole(a), is_whole(b)) {
        (true, true) => of_whole(a, b),
        (false, false) => wider(a, b),
        (true, false) => wider(float_for(a), b),
        (false, true) => wider(a, float_for(b)),
    }
}

/// The dtype of the parts of complex numbers; others are their own.
pub fn real_part(dtype: Dtype) -> Dtype {
    match dtype {
        Dtype::COMPLEX64 => Dtype::FLOAT32,
        Dtype::COMPLEX128 => Dtype::FLOAT64,
        other => other,
    }
}

fn wider(a: Dtype, b: Dtype) -> Dtype {
    if a.itemsize() >= b.itemsize() { a } else { b }
}

/// The narrowest float that takes whole numbers of this dtype.
fn float_for(whole: Dtype) -> Dtype {
    match whole.itemsize() {
        1 => Dtype::FLOAT16,
        2 => Dtype::FLOAT32,
        _ => Dtype::FLOAT64,
    }
}

fn of_whole(a: Dtype, b: Dtype) -> Dtype {
    match (a, b) {
        (Dtype::BOOL, other) | (other, Dtype::BOOL) => other,
        _ if is_unsigned(a) == is_unsigned(b) => wider(a, b),
        _ => {
            let (unsigned, signed) = if is_unsigned(a) { (a, b) } else { (b, a) };
            match unsigned.itemsize() {
                size if signed.itemsize() > size => signed,
                1 => Dtype::INT16,
                2 => Dtype::INT32,
                4 => Dtype::INT64,
                _ => Dtype::FLOAT64,
            }
        }
    }
}

/// The dtype of a result with a number of Python, which gives way to numpy's own but for its kind. None: it is no number.
pub fn with_number(dtype: Dtype, number: &Value) -> Option<Dtype> {
    Some(match number {
        Value::Bool(_) => dtype,
        Value::Int(_) | Value::BigInt(_) if dtype == Dtype::BOOL => Dtype::INT64,
        Value::Int(_) | Value::BigInt(_) => dtype,
        Value::Float(_) if is_whole(dtype) => Dtype::FLOAT64,
        Value::Float(_) => dtype,
        Value::Complex(_) if matches!(dtype, Dtype::FLOAT16 | Dtype::FLOAT32) => Dtype::COMPLEX64,
        Value::Complex(_) if dtype.is_complex() => dtype,
        Value::Complex(_) => Dtype::COMPLEX128,
        _ => return None,
    })
}

/// The least and the greatest whole number of a dtype.
pub fn bounds(dtype: Dtype) -> (i128, i128) {
    if dtype == Dtype::BOOL {
        return (0, 1);
    }
    let bits = dtype.itemsize() * 8;
    if is_unsigned(dtype) { (0, (1 << bits) - 1) } else { (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) }
}

/// The low bits of a whole number, as the dtype reads them.
pub fn wrapped(value: i128, dtype: Dtype) -> i128 {
    let (least, most) = bounds(dtype);
    let span = most - least + 1;
    (value - least).rem_euclid(span) + least
}
