//! How large weights are, as a picture: by layer and depth, or over one tensor.

/// Numbers in rows and columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Heat {
    /// What each row is of.
    pub rows: Vec<String>,
    /// What each column is of.
    pub columns: Vec<String>,
    /// The numbers, row by row; none where there is nothing. NaN where what is there is not finite.
    pub cells: Vec<Option<f64>>,
    /// Whether the numbers are above and below zero; otherwise they are sizes, and each ten times the one before is as far.
    pub is_signed: bool,
    /// Said below.
    pub foot: String,
}

impl Heat {
    /// The numbers of each row.
    pub fn lines(&self) -> impl Iterator<Item = (&str, &[Option<f64>])> {
        let lines = self.cells.chunks(self.columns.len().max(1));
        self.rows.iter().map(String::as_str).zip(lines)
    }

    /// The same in so many rows and columns at most: each then is the mean of several.
    #[must_use]
    pub fn shrunk(&self, rows: usize, columns: usize) -> Heat {
        let (tall, wide) = (self.rows.len(), self.columns.len());
        let (rows, columns) = (rows.clamp(1, tall.max(1)), columns.clamp(1, wide.max(1)));
        let mut sums = vec![(0.0, 0u32); rows * columns];
        for (place, number) in self.cells.iter().enumerate() {
            let Some(number) = number else { continue };
            let (row, column) =
                (place / wide.max(1) * rows / tall.max(1), place % wide.max(1) * columns / wide.max(1));
            if let Some((sum, count)) = sums.get_mut(row * columns + column) {
                *sum += number;
                *count += 1;
            }
        }
        let first = |names: &[String], count: usize| -> Vec<String> {
            let place =
                |part: usize| names.get((part * names.len()).div_ceil(count)).cloned().unwrap_or_default();
            (0..count).map(place).collect()
        };
        let mean = |(sum, count): (f64, u32)| (count > 0).then(|| sum / f64::from(count));
        Heat {
            rows: first(&self.rows, rows),
            columns: first(&self.columns, columns),
            cells: sums.into_iter().map(mean).collect(),
            is_signed: self.is_signed,
            foot: self.foot.clone(),
        }
    }

    /// How far up each number is, from 0 to 1: signed ones from the largest below zero to the largest above, sizes on a scale of
    /// powers. None where there is nothing, or nothing finite.
    #[must_use]
    pub fn shares(&self) -> Vec<Option<f64>> {
        let finite = |number: &Option<f64>| number.filter(|number| number.is_finite());
        let numbers = || self.cells.iter().filter_map(finite);
        let most = numbers().fold(0.0_f64, |most, number| most.max(number.abs()));
        if self.is_signed {
            let share = |number: f64| if most > 0.0 { (number / most + 1.0) / 2.0 } else { 0.5 };
            return self.cells.iter().map(|number| finite(number).map(share)).collect();
        }
        let least = numbers().filter(|number| *number > 0.0).fold(f64::INFINITY, f64::min);
        let wide = most.ln() - least.ln();
        let share = |number: f64| match number > 0.0 {
            true if wide > 0.0 => (number.ln() - least.ln()) / wide,
            true => 1.0,
            false => 0.0,
        };
        self.cells.iter().map(|number| finite(number).map(share)).collect()
    }

    /// The smallest and the largest finite number of some.
    #[must_use]
    pub fn ends(cells: &[Option<f64>]) -> Option<(f64, f64)> {
        let numbers = cells.iter().copied().flatten().filter(|number| number.is_finite());
        numbers.fold(None, |ends, number| match ends {
            None => Some((number, number)),
            Some((low, high)) => Some((number.min(low), number.max(high))),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_shrunk_by_means() {
        let names = |count: usize| (0..count).map(|place| place.to_string()).collect::<Vec<_>>();
        let cells = vec![Some(1.0), Some(3.0), None, Some(4.0), Some(100.0), None, None, Some(f64::NAN)];
        let heat = Heat { rows: names(2), columns: names(4), cells, is_signed: false, foot: String::new() };
        let half = heat.shrunk(2, 2);
        assert_eq!((half.rows, half.columns), (names(2), vec!["0".to_owned(), "2".to_owned()]));
        assert_eq!(half.cells[..3], [Some(2.0), Some(4.0), Some(100.0)]);
        assert!(half.cells[3].unwrap().is_nan());
        let shares = heat.shares();
        assert_eq!((shares[0], shares[2], shares[4], shares[7]), (Some(0.0), None, Some(1.0), None));
        let signed = Heat { is_signed: true, cells: vec![Some(-2.0), Some(0.0), Some(1.0)], ..heat };
        assert_eq!(signed.shares(), [Some(0.0), Some(0.5), Some(0.75)]);
        assert_eq!(Heat::ends(&[None, Some(2.0), Some(-1.0)]), Some((-1.0, 2.0)));
    }
}
