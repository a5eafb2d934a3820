//! How the elements of one block differ from those of another.

use super::element::{Element, Integer, Wide};
use super::{Kernel, widest};
use crate::tally::Number;

const LANES: usize = 8;

/// When two numbers count as different: where `|a - b| > atol + rtol * |b|`, as `torch.allclose` has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// The absolute difference that is allowed.
    pub atol: f64,
    /// The difference that is allowed for each unit of the second number.
    pub rtol: f64,
    /// Whether NaN equals NaN. An infinity always equals itself, and nothing else.
    pub equal_nan: bool,
}

impl Default for Rule {
    /// Exactly; NaN equals NaN.
    fn default() -> Self {
        Rule { atol: 0.0, rtol: 0.0, equal_nan: true }
    }
}

impl Rule {
    /// By how much a number may differ from `two`.
    #[inline(always)]
    #[must_use]
    pub fn allowed(&self, two: f64) -> f64 {
        self.atol + self.rtol * two.abs()
    }
}

/// What the pairs of two blocks come to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gaps {
    /// How many pairs.
    pub elements: u64,
    /// Pairs that differ by more than the rule allows.
    pub differing: u64,
    /// Of them, pairs with a number that is not finite.
    pub apart: u64,
    /// Pairs of finite numbers, of which all that follows speaks.
    pub finite: u64,
    /// The largest difference.
    pub most: Option<Number>,
    /// The differences added up.
    pub sum: f64,
    /// The largest difference for the larger number.
    pub relative: f64,
    /// The squares of the first numbers, added up.
    pub first_squared: f64,
    /// The squares of the second numbers, added up.
    pub second_squared: f64,
    /// The products of both, added up.
    pub product: f64,
}

impl Gaps {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Gaps) -> Gaps {
        Gaps {
            elements: self.elements + other.elements,
            differing: self.differing + other.differing,
            apart: self.apart + other.apart,
            finite: self.finite + other.finite,
            most: Number::larger(self.most, other.most),
            sum: self.sum + other.sum,
            relative: self.relative.max(other.relative),
            first_squared: self.first_squared + other.first_squared,
            second_squared: self.second_squared + other.second_squared,
            product: self.product + other.product,
        }
    }

    /// The same pairs so many times.
    #[must_use]
    pub fn repeated(mut self, times: u64) -> Gaps {
        for count in [&mut self.elements, &mut self.differing, &mut self.apart, &mut self.finite] {
            *count = count.saturating_mul(times);
        }
        for sum in [&mut self.sum, &mut self.first_squared, &mut self.second_squared, &mut self.product] {
            *sum *= times as f64;
        }
        self
    }

    /// Counts one pair of numbers, one of which may be no finite one.
    fn count(&mut self, one: f64, two: f64, rule: &Rule) {
        self.elements += 1;
        if !(one.is_finite() && two.is_finite()) {
            let same = one == two || (rule.equal_nan && one.is_nan() && two.is_nan());
            self.differing += u64::from(!same);
            self.apart += u64::from(!same);
            return;
        }
        // Where the difference is beyond what there is, the largest number stands for it.
        let gap = (one - two).abs().min(f64::MAX);
        self.finite += 1;
        self.differing += u64::from(gap > rule.allowed(two));
        self.sum += gap;
        if self.most.is_none_or(|most| most.nearest() < gap) {
            self.most = Some(gap.into());
        }
        if gap > 0.0 {
            self.relative = self.relative.max((gap / one.abs().max(two.abs())).min(2.0));
        }
        self.first_squared += one * one;
        self.second_squared += two * two;
        self.product += one * two;
    }
}

/// The differences of two blocks of one kind of floating-point elements.
#[must_use]
pub fn floats<E: Element>(one: &[u8], two: &[u8], rule: &Rule) -> Gaps {
    let (first, second) = (E::split(one), E::split(two));
    if one == two
        && let Some(gaps) = none::<E>(first)
    {
        return gaps;
    }
    let gaps = widest(Differences::<E> { first, second, rule });
    if gaps.sum.is_finite() {
        return gaps;
    }
    let mut gaps = Gaps::default();
    for (&one, &two) in first.iter().zip(second) {
        gaps.count(E::read(one).widen(), E::read(two).widen(), rule);
    }
    gaps
}

/// What finite elements come to beside themselves; none if one is not finite.
fn none<E: Element>(raw: &[E::Raw]) -> Option<Gaps> {
    let squared = widest(Squared::<E>(raw));
    let count = raw.len() as u64;
    squared.is_finite().then_some(Gaps {
        elements: count,
        finite: count,
        most: (count > 0).then(|| 0.0.into()),
        first_squared: squared,
        second_squared: squared,
        product: squared,
        ..Gaps::default()
    })
}

/// The squares of elements, added up.
struct Squared<'a, E: Element>(&'a [E::Raw]);

impl<E: Element> Kernel for Squared<'_, E> {
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let (whole, rest) = self.0.as_chunks::<LANES>();
        let mut sum = [0.0; LANES];
        for chunk in whole {
            for (sum, &raw) in sum.iter_mut().zip(chunk) {
                *sum += E::read(raw).widen() * E::read(raw).widen();
            }
        }
        let rest = rest.iter().map(|&raw| E::read(raw).widen());
        sum.iter().sum::<f64>() + rest.map(|number| number * number).sum::<f64>()
    }
}

/// All that is said of pairs, where every element is finite: otherwise the sum of the differences is not.
struct Differences<'a, E: Element> {
    first: &'a [E::Raw],
    second: &'a [E::Raw],
    rule: &'a Rule,
}

/// Pairs after which is asked whether one of them has a larger quotient than all before.
const RUN: usize = 256;

impl<E: Element> Kernel for Differences<'_, E> {
    type Output = Gaps;

    #[inline(always)]
    fn run(self) -> Gaps {
        let (ones, one_rest) = self.first.as_chunks::<RUN>();
        let (twos, two_rest) = self.second.as_chunks::<RUN>();
        let mut lanes = Lanes::default();
        let (mut relative, mut differing) = (0.0_f64, 0);
        for (one, two) in ones.iter().zip(twos) {
            // A product is rounded: what it may be off by is taken from what is known.
            let [differ, larger] = lanes.add::<E>(one, two, self.rule, relative * (1.0 - 4.0 * f64::EPSILON));
            differing += differ;
            if larger > 0 {
                relative = largest_quotient::<E>(relative, one, two);
            }
        }
        let total = |lanes: [f64; LANES]| lanes.iter().sum::<f64>();
        let elements = (ones.len() * RUN) as u64;
        let mut gaps = Gaps {
            elements,
            differing,
            apart: 0,
            finite: elements,
            most: (elements > 0).then(|| lanes.most.into_iter().fold(0.0, f64::max).into()),
            sum: total(lanes.sum),
            relative,
            first_squared: total(lanes.first_squared),
            second_squared: total(lanes.second_squared),
            product: total(lanes.product),
        };
        for (&one, &two) in one_rest.iter().zip(two_rest) {
            let (one, two) = (E::read(one).widen(), E::read(two).widen());
            if !(one - two).is_finite() {
                gaps.sum = f64::NAN;
            }
            gaps.count(one, two, self.rule);
        }
        gaps
    }
}

/// What is known of the pairs in each place of a vector.
#[derive(Default)]
struct Lanes {
    sum: [f64; LANES],
    first_squared: [f64; LANES],
    second_squared: [f64; LANES],
    product: [f64; LANES],
    most: [f64; LANES],
}

impl Lanes {
    /// Adds pairs: how many differ by more than the rule allows, and how many have a quotient above a bound. A division takes
    /// longer than all else that is done with a pair, so products tell the latter.
    #[inline(always)]
    fn add<E: Element>(
        &mut self,
        ones: &[E::Raw; RUN],
        twos: &[E::Raw; RUN],
        rule: &Rule,
        bound: f64,
    ) -> [u64; 2] {
        let (mut differ, mut larger) = ([0_u64; LANES], [0_u64; LANES]);
        for (ones, twos) in ones.as_chunks::<LANES>().0.iter().zip(twos.as_chunks::<LANES>().0) {
            let pairs =
                ones.iter().zip(twos).map(|(&one, &two)| (E::read(one).widen(), E::read(two).widen()));
            let sums = self.sum.iter_mut().zip(&mut self.first_squared);
            let sums = sums.zip(self.second_squared.iter_mut().zip(&mut self.product));
            let counts = self.most.iter_mut().zip(differ.iter_mut().zip(&mut larger));
            for (((one, two), ((sum, first), (second, product))), (most, (differ, larger))) in
                pairs.zip(sums).zip(counts)
            {
                let gap = (one - two).abs();
                *sum += gap;
                *first += one * one;
                *second += two * two;
                *product += one * two;
                *most = if gap > *most { gap } else { *most };
                *differ += u64::from(gap > rule.allowed(two));
                *larger += u64::from(gap > bound * larger_size(one, two));
            }
        }
        [differ.iter().sum(), larger.iter().sum()]
    }
}

#[inline(always)]
fn larger_size(one: f64, two: f64) -> f64 {
    if one.abs() > two.abs() { one.abs() } else { two.abs() }
}

/// The largest quotient of pairs and `known`.
#[inline(always)]
fn largest_quotient<E: Element>(known: f64, ones: &[E::Raw; RUN], twos: &[E::Raw; RUN]) -> f64 {
    let mut most = [known; LANES];
    for (ones, twos) in ones.as_chunks::<LANES>().0.iter().zip(twos.as_chunks::<LANES>().0) {
        for ((most, &one), &two) in most.iter_mut().zip(ones).zip(twos) {
            let (one, two) = (E::read(one).widen(), E::read(two).widen());
            // The smallest number at least, so that nothing is divided by zero.
            let quotient = (one - two).abs() / (larger_size(one, two) + f64::from_bits(1));
            *most = if quotient > *most { quotient } else { *most };
        }
    }
    most.into_iter().fold(known, f64::max)
}

/// The differences of two blocks of one kind of integers.
#[must_use]
pub fn integers<I: Integer>(one: &[u8], two: &[u8], rule: &Rule) -> Gaps {
    let pairs = I::split(one).iter().zip(I::split(two)).map(|(&one, &two)| {
        let (one, two) = (I::read(one), I::read(two));
        let gap = if one > two { one.above(two) } else { two.above(one) };
        (i128::from(gap), one.nearest(), two.nearest())
    });
    exact(pairs, rule)
}

/// The differences of integers of any kinds.
pub fn mixed_integers(pairs: impl Iterator<Item = (i128, i128)>, rule: &Rule) -> Gaps {
    exact(pairs.map(|(one, two)| ((one - two).abs(), one as f64, two as f64)), rule)
}

/// Of each pair the exact difference and the doubles nearest to both.
fn exact(pairs: impl Iterator<Item = (i128, f64, f64)>, rule: &Rule) -> Gaps {
    let mut gaps = Gaps::default();
    let (mut most, mut sum) = (0_i128, 0_i128);
    for (gap, one, two) in pairs {
        gaps.elements += 1;
        if gap > 0 {
            most = most.max(gap);
            sum += gap;
            let near = gap as f64;
            gaps.differing += u64::from(near > rule.allowed(two));
            let size = one.abs().max(two.abs());
            gaps.relative = if near / size > gaps.relative { near / size } else { gaps.relative };
        }
        gaps.first_squared += one * one;
        gaps.second_squared += two * two;
        gaps.product += one * two;
    }
    gaps.finite = gaps.elements;
    gaps.most = (gaps.elements > 0).then(|| most.into());
    gaps.sum = sum as f64;
    gaps
}

/// The differences of complex numbers: the distances of the points that they are.
pub fn complex(pairs: impl Iterator<Item = ((f64, f64), (f64, f64))>, rule: &Rule) -> Gaps {
    let mut gaps = Gaps::default();
    for (one, two) in pairs {
        let is_finite = |(real, imaginary): (f64, f64)| real.is_finite() && imaginary.is_finite();
        let is_nan = |(real, imaginary): (f64, f64)| real.is_nan() || imaginary.is_nan();
        gaps.elements += 1;
        if !(is_finite(one) && is_finite(two)) {
            let same = one == two || rule.equal_nan && is_nan(one) && is_nan(two);
            gaps.differing += u64::from(!same);
            gaps.apart += u64::from(!same);
            continue;
        }
        let gap = (one.0 - two.0).hypot(one.1 - two.1).min(f64::MAX);
        let sizes = (one.0.hypot(one.1), two.0.hypot(two.1));
        gaps.finite += 1;
        gaps.differing += u64::from(gap > rule.allowed(sizes.1));
        gaps.sum += gap;
        gaps.most = Some(gaps.most.map_or(gap, |most| most.nearest().max(gap)).into());
        if gap > 0.0 {
            gaps.relative = gaps.relative.max(gap / sizes.0.max(sizes.1));
        }
        gaps.first_squared += sizes.0 * sizes.0;
        gaps.second_squared += sizes.1 * sizes.1;
        gaps.product += one.0 * two.0 + one.1 * two.1;
    }
    gaps
}
