//! Statistics of complex elements: there is no smallest and no largest.

use super::element::{Element, Wide};
use crate::tally::{Moments, Tally};

/// What the elements of a block come to, each a pair of `E`.
#[must_use]
pub fn tally<E: Element>(block: &[u8]) -> Tally {
    let pairs = || {
        let (pairs, _) = E::split(block).as_chunks::<2>();
        pairs.iter().map(|&[real, imaginary]| (E::read(real).widen(), E::read(imaginary).widen()))
    };
    let mut tally = Tally { imaginary: Some(Moments::default()), ..Tally::default() };
    for (real, imaginary) in pairs() {
        tally.elements += 1;
        tally.zeros += u64::from(real == 0.0 && imaginary == 0.0);
        // As torch.isnan and torch.isinf have it, one part is enough.
        let (is_nan, is_finite) =
            (real.is_nan() || imaginary.is_nan(), real.is_finite() && imaginary.is_finite());
        tally.nan += u64::from(is_nan);
        tally.infinite += u64::from(!is_nan && !is_finite);
    }
    let finite = || pairs().filter(|(real, imaginary)| real.is_finite() && imaginary.is_finite());
    tally.real = Moments::of(finite().map(|(real, _)| real));
    tally.imaginary = Some(Moments::of(finite().map(|(_, imaginary)| imaginary)));
    tally
}
