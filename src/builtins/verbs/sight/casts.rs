//! What becomes of numbers that are copied into a tensor of another dtype.

use torchsh_checkpoint::dtype::Dtype;

/// Bits of a float's exponent and fraction.
fn float(dtype: Dtype) -> Option<(u32, u32)> {
    Some(match dtype {
        Dtype::FLOAT64 | Dtype::COMPLEX128 => (11, 52),
        Dtype::FLOAT32 | Dtype::COMPLEX64 => (8, 23),
        Dtype::FLOAT16 | Dtype::COMPLEX32 => (5, 10),
        Dtype::BFLOAT16 => (8, 7),
        Dtype::FLOAT8_E5M2 | Dtype::FLOAT8_E5M2FNUZ => (5, 2),
        Dtype::FLOAT8_E4M3FN | Dtype::FLOAT8_E4M3FNUZ => (4, 3),
        Dtype::FLOAT8_E8M0FNU => (8, 0),
        Dtype::FLOAT4_E2M1FN_X2 => (2, 1),
        _ => return None,
    })
}

/// Bits of an integer without its sign, and whether it has one.
fn integer(dtype: Dtype) -> Option<(u32, bool)> {
    let bits = u32::try_from(dtype.itemsize() * 8).ok().filter(|_| dtype.is_integral())?;
    let is_signed = dtype.name().starts_with("int");
    Some((bits - u32::from(is_signed), is_signed))
}

/// What `copy_` makes of the numbers: `exact` where none changes.
pub fn becomes(from: Dtype, to: Dtype) -> &'static str {
    if to == Dtype::BOOL {
        return "all but zero become True";
    }
    if from == Dtype::BOOL {
        return "exact";
    }
    if from.is_complex() && !to.is_complex() {
        return "the imaginary parts are lost";
    }
    match (float(from), integer(from), float(to), integer(to)) {
        (Some((exponent, fraction)), _, Some((their, digits)), _) => {
            match (their >= exponent, digits >= fraction) {
                (true, true) => "exact",
                (true, false) => "rounded",
                (false, _) => "rounded, large numbers overflow",
            }
        }
        (Some(_), _, _, Some(_)) => "fractions are lost",
        (_, Some((bits, _)), Some((exponent, fraction)), _)
            if bits <= fraction + 1 && bits < 1 << (exponent - 1) =>
        {
            "exact"
        }
        (_, Some((bits, _)), Some((exponent, _)), _) if bits > 1 << (exponent - 1) => {
            "rounded, large numbers overflow"
        }
        (_, Some(_), Some(_), _) => "rounded",
        (_, Some((bits, is_signed)), _, Some((their, signed))) => {
            match bits <= their && (signed || !is_signed) {
                true => "exact",
                false => "large numbers overflow",
            }
        }
        _ => "converted",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changes_nothing_is_exact() {
        for (from, to, said) in [
            (Dtype::FLOAT16, Dtype::FLOAT32, "exact"),
            (Dtype::BFLOAT16, Dtype::FLOAT32, "exact"),
            (Dtype::FLOAT32, Dtype::BFLOAT16, "rounded"),
            (Dtype::FLOAT32, Dtype::FLOAT16, "rounded, large numbers overflow"),
            (Dtype::BFLOAT16, Dtype::FLOAT16, "rounded, large numbers overflow"),
            (Dtype::FLOAT16, Dtype::BFLOAT16, "rounded"),
            (Dtype::COMPLEX64, Dtype::FLOAT32, "the imaginary parts are lost"),
            (Dtype::FLOAT64, Dtype::COMPLEX64, "rounded, large numbers overflow"),
            (Dtype::INT16, Dtype::FLOAT32, "exact"),
            (Dtype::INT64, Dtype::FLOAT32, "rounded"),
            (Dtype::INT64, Dtype::FLOAT16, "rounded, large numbers overflow"),
            (Dtype::FLOAT32, Dtype::INT64, "fractions are lost"),
            (Dtype::UINT8, Dtype::INT16, "exact"),
            (Dtype::INT8, Dtype::UINT16, "large numbers overflow"),
            (Dtype::BOOL, Dtype::FLOAT32, "exact"),
        ] {
            assert_eq!(becomes(from, to), said, "{from} {to}");
        }
    }
}
