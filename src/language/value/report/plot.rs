//! Curves.

/// Lines through points.
#[derive(Clone, Debug, PartialEq)]
pub struct Plot {
    /// The lines.
    pub series: Vec<Series>,
    /// What the numbers across are.
    pub x: String,
}

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What it is of; empty for one that has no name.
    pub name: String,
    /// Where it goes.
    pub points: Vec<(f64, f64)>,
}

impl Series {
    /// The smallest and the largest finite number.
    #[must_use]
    pub fn ends(&self) -> Option<(f64, f64)> {
        let finite = self.points.iter().map(|(_, y)| *y).filter(|y| y.is_finite());
        finite.fold(None, |ends, y| match ends {
            None => Some((y, y)),
            Some((low, high)) => Some((y.min(low), y.max(high))),
        })
    }
}
