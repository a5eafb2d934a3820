//! Into which of some bins of one width numbers fall.

/// Bins between two numbers.
#[derive(Clone, Copy, Debug)]
pub struct Bins {
    low: f64,
    /// Bins for each unit, of numbers taken by `half`.
    density: f64,
    /// 1, or 0.5 where the distance of the ends is beyond what there is.
    half: f64,
    last: usize,
}

impl Bins {
    /// So many bins (one at least) from `low` to `high`, which is larger.
    #[must_use]
    pub fn new(low: f64, high: f64, count: usize) -> Self {
        let half = if (high - low).is_finite() { 1.0 } else { 0.5 };
        let low = low * half;
        Bins { low, density: count as f64 / (high * half - low), half, last: count.saturating_sub(1) }
    }

    /// Counts the finite ones among some numbers.
    pub fn count(&self, numbers: impl Iterator<Item = f64>, counts: &mut [u64]) {
        for number in numbers.filter(|number| number.is_finite()) {
            self.count_all(number, 1, counts);
        }
    }

    /// Counts a number that occurs so often.
    #[inline(always)]
    pub fn count_all(&self, number: f64, times: u64, counts: &mut [u64]) {
        let place = ((number * self.half - self.low) * self.density) as usize;
        if let Some(count) = counts.get_mut(place.min(self.last)) {
            *count += times;
        }
    }
}
