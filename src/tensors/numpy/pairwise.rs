//! Sums in numpy's own order, so that their last digits are numpy's: by halves, in blocks of eight.

use torchsh_aten::{MemoryFormat, Tensor};
use torchsh_base::error::Result;
use torchsh_checkpoint::dtype::Dtype;

/// Numbers that are summed up without halving.
const BLOCK: usize = 128;

macro_rules! sums {
    ($name:ident $type:ty) => {
        fn $name(numbers: &[$type]) -> $type {
            if numbers.len() > BLOCK {
                let half = numbers.len() / 2;
                let (first, second) = numbers.split_at(half - half % 8);
                return $name(first) + $name(second);
            }
            let (blocks, rest) = numbers.as_chunks::<8>();
            let Some((first, blocks)) = blocks.split_first() else {
                return rest.iter().fold(-0.0, |sum, number| sum + number);
            };
            let mut sums = *first;
            for block in blocks {
                for (sum, number) in sums.iter_mut().zip(block) {
                    *sum += number;
                }
            }
            let [a, b, c, d, e, f, g, h] = sums;
            rest.iter().fold(((a + b) + (c + d)) + ((e + f) + (g + h)), |sum, number| sum + number)
        }
    };
}

sums! { of_f32 f32 }
sums! { of_f64 f64 }

/// What a reduction of all numbers comes to; none where numpy's order is not known here.
///
/// # Errors
/// What is wrong with the tensor's bytes.
pub fn all(name: &str, tensor: &Tensor, ddof: f64) -> Result<Option<Tensor>> {
    let known = matches!(name, "sum" | "mean" | "std" | "var");
    if !known || tensor.numel() == 0 || !tensor.is_contiguous(MemoryFormat::CONTIGUOUS) {
        return Ok(None);
    }
    macro_rules! reduced {
        ($type:ty, $sum:ident, $dtype:expr) => {{
            let value = tensor.with_bytes(|bytes| {
                let (chunks, _) = bytes.as_chunks::<{ size_of::<$type>() }>();
                let mut numbers: Vec<$type> =
                    chunks.iter().map(|chunk| <$type>::from_le_bytes(*chunk)).collect();
                let count = numbers.len() as $type;
                let sum = 0.0 + $sum(&numbers);
                match name {
                    "sum" => return sum,
                    "mean" => return sum / count,
                    _ => {}
                }
                let mean = sum / count;
                for number in &mut numbers {
                    *number -= mean;
                    *number *= *number;
                }
                let spread = $sum(&numbers) / (count - ddof as $type).max(0.0);
                if name == "std" { spread.sqrt() } else { spread }
            })?;
            Tensor::from_bytes(&value.to_le_bytes(), &[], $dtype).map(Some)
        }};
    }
    match tensor.dtype() {
        Dtype::FLOAT32 => reduced!(f32, of_f32, Dtype::FLOAT32),
        Dtype::FLOAT64 => reduced!(f64, of_f64, Dtype::FLOAT64),
        _ => Ok(None),
    }
}
