//! Tensors in another dtype.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::number::{Real, lost};
use super::{Kernel, counting};
use crate::kind::Kind;
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_checkpoint::mapping::{Region, bring};
use torchsh_checkpoint::record::TensorRecord;

/// Numbers that are turned at a time: they stay in the fastest memory.
const BLOCK: usize = 4096;

struct Cast<R> {
    from: Dtype,
    kind: Kind,
    to: Dtype,
    bytes: Region,
    lost: Arc<AtomicU64>,
    real: std::marker::PhantomData<R>,
}

impl<R: Real> Kernel for Cast<R> {
    fn fill(&self, start: usize, out: &mut [u8]) {
        let (from, to) = (self.from.itemsize(), self.to.itemsize());
        let mut first = start / to;
        let all = first * from..(first + out.len() / to) * from;
        bring(self.bytes.bytes().get(all).unwrap_or_default());
        let mut numbers = Vec::with_capacity(BLOCK);
        for block in out.chunks_mut(BLOCK * to) {
            let count = block.len() / to;
            let bytes = self.bytes.bytes().get(first * from..(first + count) * from).unwrap_or_default();
            R::read(self.from, &self.kind, bytes, &mut numbers);
            R::write(self.to, &numbers, block);
            if self.to == Dtype::BFLOAT16 && !matches!(self.from, Dtype::FLOAT32 | Dtype::FLOAT64) {
                plain_nan(block);
            }
            first += count;
            let lost = lost(self.to, &numbers, block);
            if lost > 0 {
                self.lost.fetch_add(lost, Ordering::Relaxed);
            }
        }
    }

    fn foretell(&self, start: usize, length: usize) {
        let (from, to) = (self.from.itemsize(), self.to.itemsize());
        self.bytes.foretell(start / to * from, length / to * from);
    }
}

/// What PyTorch makes of a NaN of few bits is the plain one.
fn plain_nan(bfloat16: &mut [u8]) {
    for raw in bfloat16.as_chunks_mut::<2>().0.iter_mut().filter(|raw| **raw == [0xff; 2]) {
        *raw = 0x7fc0_u16.to_le_bytes();
    }
}

/// Whether elements of one dtype can be cast to another: real numbers to floating-point ones.
#[must_use]
pub fn is_castable(from: Dtype, to: Dtype) -> bool {
    let is_target = matches!(
        to,
        Dtype::FLOAT64
            | Dtype::FLOAT32
            | Dtype::FLOAT16
            | Dtype::BFLOAT16
            | Dtype::FLOAT8_E4M3FN
            | Dtype::FLOAT8_E5M2
            | Dtype::FLOAT8_E4M3FNUZ
            | Dtype::FLOAT8_E5M2FNUZ
    );
    is_target && !from.is_complex() && from != Dtype::FLOAT4_E2M1FN_X2 && Kind::of(from).is_some()
}

/// A tensor in another dtype, each number rounded to the nearest, ties to the even one.
///
/// # Errors
/// `TypeError` for dtypes between which there is no cast ([`is_castable`]).
pub fn cast(record: TensorRecord, to: Dtype) -> Result<TensorRecord> {
    let (from, shape) = (record.dtype, record.shape.clone());
    let kind = Kind::of(from).filter(|_| is_castable(from, to));
    let kind =
        kind.ok_or_else(|| Error::type_error(format!("no cast from {} to {}", from.name(), to.name())))?;
    let lost = Arc::new(AtomicU64::new(0));
    counting(to, shape, vec![record], lost.clone(), move |mut sources| {
        let (bytes, kind, lost) = (sources.pop().unwrap_or_default(), kind.clone(), lost.clone());
        // It may be made more than once.
        lost.store(0, Ordering::Relaxed);
        // Doubles and integers have more digits than a float32 has.
        let is_wide = to == Dtype::FLOAT64 || from == Dtype::FLOAT64;
        Ok(if is_wide {
            Box::new(Cast::<f64> { from, kind, to, bytes, lost, real: std::marker::PhantomData })
        } else {
            Box::new(Cast::<f32> { from, kind, to, bytes, lost, real: std::marker::PhantomData })
        })
    })
}
