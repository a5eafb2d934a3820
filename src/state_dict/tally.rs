//! What has been counted so far, in a form that two halves of a tensor can be put together in.

use std::fmt;

/// A number of a tensor, exactly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// Of an integer type or of `bool`.
    Integer(i128),
    /// Of any other.
    Float(f64),
}

impl Number {
    /// The nearest double.
    #[must_use]
    pub fn nearest(self) -> f64 {
        match self {
            Number::Integer(number) => number as f64,
            Number::Float(number) => number,
        }
    }

    /// The larger of two, or the one that is there.
    #[must_use]
    pub fn larger(one: Option<Number>, two: Option<Number>) -> Option<Number> {
        chosen(one, two, |one, two| two.is_below(one))
    }

    /// The smaller of two, or the one that is there.
    #[must_use]
    pub fn smaller(one: Option<Number>, two: Option<Number>) -> Option<Number> {
        chosen(one, two, Number::is_below)
    }

    fn is_below(self, other: Number) -> bool {
        match (self, other) {
            (Number::Integer(one), Number::Integer(two)) => one < two,
            _ => self.nearest() < other.nearest(),
        }
    }
}

impl From<i128> for Number {
    fn from(number: i128) -> Self {
        Number::Integer(number)
    }
}

impl From<f64> for Number {
    fn from(number: f64) -> Self {
        Number::Float(number)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Number::Integer(number) => number.fmt(f),
            Number::Float(number) => number.fmt(f),
        }
    }
}

/// Count, mean, and how far from it the numbers lie, squared and added up.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    /// How many numbers.
    pub count: u64,
    /// Their mean.
    pub mean: f64,
    /// The squares of what they lie off it, added up.
    pub squares: f64,
}

impl Moments {
    /// Those of some numbers, by two walks.
    pub fn of(numbers: impl Iterator<Item = f64> + Clone) -> Self {
        let count = numbers.clone().count() as u64;
        if count == 0 {
            return Moments::default();
        }
        let mean = numbers.clone().sum::<f64>() / count as f64;
        let squares = numbers.map(|number| (number - mean) * (number - mean)).sum();
        Moments { count, mean, squares }
    }

    /// Those of both together (Chan, Golub, LeVeque: Updating Formulae, 1979).
    #[must_use]
    pub fn and(self, other: Moments) -> Moments {
        if self.count == 0 || other.count == 0 {
            return if self.count == 0 { other } else { self };
        }
        let count = self.count + other.count;
        let (own, their) = (self.count as f64 / count as f64, other.count as f64 / count as f64);
        let gap = other.mean - self.mean;
        let mean =
            if gap.is_finite() { self.mean + gap * their } else { self.mean * own + other.mean * their };
        let squares = self.squares + other.squares + gap * gap * own * other.count as f64;
        Moments { count, mean, squares }
    }
}

/// What the elements of a part of a tensor come to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// How many numbers.
    pub elements: u64,
    /// NaN among them.
    pub nan: u64,
    /// Above every number; of complex numbers, any that is infinite.
    pub infinite: u64,
    /// Below every number.
    pub negative_infinite: u64,
    /// Zeros among them.
    pub zeros: u64,
    /// The smallest of the finite elements.
    pub low: Option<Number>,
    /// The largest of them.
    pub high: Option<Number>,
    /// Of the finite elements.
    pub real: Moments,
    /// Of complex elements.
    pub imaginary: Option<Moments>,
}

impl Tally {
    /// Counts one number, but for its ends and moments.
    pub fn count(&mut self, number: f64) {
        self.elements += 1;
        self.zeros += u64::from(number == 0.0);
        self.nan += u64::from(number.is_nan());
        self.infinite += u64::from(number == f64::INFINITY);
        self.negative_infinite += u64::from(number == f64::NEG_INFINITY);
    }

    /// Counts a number that occurs so often, but for its moments.
    pub fn count_all(&mut self, number: Number, times: u64) {
        let mut one = Tally::default();
        one.count(number.nearest());
        if one.not_finite() == 0 {
            (one.low, one.high) = (Some(number), Some(number));
        }
        *self = std::mem::take(self).and(one.repeated(times));
    }

    /// Elements that are no numbers to reckon with.
    #[must_use]
    pub fn not_finite(&self) -> u64 {
        self.nan + self.infinite + self.negative_infinite
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Tally) -> Tally {
        let imaginary = match (self.imaginary, other.imaginary) {
            (Some(one), Some(two)) => Some(one.and(two)),
            (one, two) => one.or(two),
        };
        Tally {
            elements: self.elements + other.elements,
            nan: self.nan + other.nan,
            infinite: self.infinite + other.infinite,
            negative_infinite: self.negative_infinite + other.negative_infinite,
            zeros: self.zeros + other.zeros,
            low: Number::smaller(self.low, other.low),
            high: Number::larger(self.high, other.high),
            real: self.real.and(other.real),
            imaginary,
        }
    }

    /// The same elements so many times.
    #[must_use]
    pub fn repeated(mut self, times: u64) -> Tally {
        for count in [
            &mut self.elements,
            &mut self.nan,
            &mut self.infinite,
            &mut self.negative_infinite,
            &mut self.zeros,
        ] {
            *count = count.saturating_mul(times);
        }
        for moments in [Some(&mut self.real), self.imaginary.as_mut()].into_iter().flatten() {
            moments.count = moments.count.saturating_mul(times);
            moments.squares *= times as f64;
        }
        self
    }
}

fn chosen(
    one: Option<Number>,
    two: Option<Number>,
    is_it: impl Fn(Number, Number) -> bool,
) -> Option<Number> {
    match (one, two) {
        (Some(one), Some(two)) => Some(if is_it(two, one) { two } else { one }),
        (one, two) => one.or(two),
    }
}
