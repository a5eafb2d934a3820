//! Where the elements of tensors lie, for those who need not see them in the order of their indices.
//!
//! One tensor, or two of one shape side by side. Dimensions are put in the order in which the first tensor lies in memory and
//! joined where both run on, so that a transposed tensor is read like any other; a dimension along which nothing moves is
//! walked once and counted, so that a tensor expanded to any size costs what it holds.

use torchsh_checkpoint::mapping::bring;
use torchsh_checkpoint::record::numel;

/// One dimension: how many elements, and how many bytes to the next in each tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Dimension<const N: usize> {
    size: usize,
    steps: [usize; N],
}

/// The dimensions of `N` tensors of one shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid<const N: usize> {
    starts: [usize; N],
    itemsizes: [usize; N],
    /// Outermost first. Without elements there is none.
    dimensions: Vec<Dimension<N>>,
    elements: usize,
    /// How often every element stands in the tensors.
    pub repeats: u64,
}

/// How one tensor lies in its storage, in elements.
#[derive(Clone, Copy, Debug)]
pub struct Strided<'a> {
    /// Where the first element is.
    pub offset: i64,
    /// From one index to the next, for each dimension.
    pub stride: &'a [i64],
    /// Bytes of an element.
    pub itemsize: usize,
}

impl<const N: usize> Grid<N> {
    /// The grid of tensors of that shape; none if it is beyond counting or negative.
    #[must_use]
    pub fn new(shape: &[i64], tensors: [Strided<'_>; N]) -> Option<Self> {
        let all = numel(shape)?;
        let mut grid = Grid {
            starts: [0; N],
            itemsizes: tensors.map(|tensor| tensor.itemsize),
            dimensions: Vec::new(),
            elements: 0,
            repeats: 1,
        };
        for (start, tensor) in grid.starts.iter_mut().zip(&tensors) {
            *start = usize::try_from(tensor.offset).ok()?.checked_mul(tensor.itemsize)?;
        }
        if all == 0 {
            return Some(grid);
        }
        for (place, &size) in shape.iter().enumerate() {
            let mut steps = [0; N];
            for (step, tensor) in steps.iter_mut().zip(&tensors) {
                *step = usize::try_from(*tensor.stride.get(place)?).ok()?.checked_mul(tensor.itemsize)?;
            }
            match usize::try_from(size).ok()? {
                1 => {}
                size if steps == [0; N] => grid.repeats = grid.repeats.checked_mul(size as u64)?,
                size => grid.dimensions.push(Dimension { size, steps }),
            }
        }
        grid.join()?;
        let sizes = grid.dimensions.iter().map(|dimension| dimension.size);
        grid.elements = sizes.into_iter().try_fold(1_usize, usize::checked_mul)?;
        Some(grid)
    }

    /// Puts the dimensions in the order of memory and joins those that run on.
    fn join(&mut self) -> Option<()> {
        self.dimensions.sort_by_key(|dimension| std::cmp::Reverse(dimension.steps));
        let mut joined: Vec<Dimension<N>> = Vec::new();
        for inner in std::mem::take(&mut self.dimensions) {
            let mut whole = inner.steps;
            for step in &mut whole {
                *step = step.checked_mul(inner.size)?;
            }
            match joined.last_mut() {
                Some(outer) if outer.steps == whole => {
                    *outer = Dimension { size: outer.size.checked_mul(inner.size)?, steps: inner.steps };
                }
                _ => joined.push(inner),
            }
        }
        self.dimensions = joined;
        Some(())
    }

    /// Elements that are walked.
    #[must_use]
    pub fn elements(&self) -> usize {
        self.elements
    }

    /// Hands the elements from `from` to `until` to a consumer, `block` of them at most at a time, until it has enough.
    /// Whether it went to the end. `bytes` are those of each tensor's storage.
    pub fn walk(
        &self,
        bytes: [&[u8]; N],
        (from, until): (usize, usize),
        block: usize,
        mut consume: impl FnMut([&[u8]; N]) -> bool,
    ) -> bool {
        let mut buffers: [Vec<u8>; N] = [const { Vec::new() }; N];
        for (tensor, bytes) in bytes.iter().enumerate() {
            if let Some(run) = self.run(tensor, bytes, from, until - from) {
                bring(run);
            }
        }
        let mut at = from;
        while at < until {
            let count = block.min(until - at);
            let mut parts: [&[u8]; N] = [&[]; N];
            for (tensor, ((part, bytes), buffer)) in parts.iter_mut().zip(bytes).zip(&mut buffers).enumerate()
            {
                *part = match self.run(tensor, bytes, at, count) {
                    Some(run) => run,
                    None => {
                        buffer.clear();
                        self.gather(tensor, bytes, (at, count), buffer);
                        buffer
                    }
                };
            }
            if !consume(parts) {
                return false;
            }
            at += count;
        }
        true
    }

    /// The elements where they lie, if the whole tensor is one run.
    fn run<'b>(&self, tensor: usize, bytes: &'b [u8], from: usize, count: usize) -> Option<&'b [u8]> {
        let (&start, &itemsize) = (self.starts.get(tensor)?, self.itemsizes.get(tensor)?);
        let dense = match self.dimensions.as_slice() {
            [] => true,
            [only] => only.steps.get(tensor) == Some(&itemsize),
            _ => false,
        };
        let start = start + from * itemsize;
        dense.then(|| bytes.get(start..start + count * itemsize)).flatten()
    }

    /// Copies elements one after the other.
    fn gather(&self, tensor: usize, bytes: &[u8], (from, count): (usize, usize), into: &mut Vec<u8>) {
        let step = |dimension: &Dimension<N>| dimension.steps.get(tensor).copied().unwrap_or(0);
        let itemsize = self.itemsizes.get(tensor).copied().unwrap_or(1);
        let Some((inner, outer)) = self.dimensions.split_last() else { return };
        let (mut at, mut left) = (from, count);
        while left > 0 {
            let (mut line, within) = (at / inner.size, at % inner.size);
            let run = left.min(inner.size - within);
            let mut start = self.starts.get(tensor).copied().unwrap_or(0) + within * step(inner);
            for dimension in outer.iter().rev() {
                start += line % dimension.size * step(dimension);
                line /= dimension.size;
            }
            copy(bytes.get(start..).unwrap_or_default(), run, step(inner), itemsize, into);
            at += run;
            left -= run;
        }
    }
}

/// Copies `count` elements that lie `step` bytes apart.
fn copy(bytes: &[u8], count: usize, step: usize, itemsize: usize, into: &mut Vec<u8>) {
    fn sized<const SIZE: usize>(bytes: &[u8], count: usize, step: usize, into: &mut Vec<u8>) {
        for number in 0..count {
            let element = bytes.get(number * step..).and_then(|rest| rest.first_chunk::<SIZE>());
            into.extend_from_slice(element.map_or(&[0; SIZE], |element| element));
        }
    }
    match itemsize {
        _ if step == itemsize => into.extend_from_slice(bytes.get(..count * itemsize).unwrap_or_default()),
        1 => sized::<1>(bytes, count, step, into),
        2 => sized::<2>(bytes, count, step, into),
        4 => sized::<4>(bytes, count, step, into),
        8 => sized::<8>(bytes, count, step, into),
        _ => sized::<16>(bytes, count, step, into),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strided(offset: i64, stride: &[i64]) -> Strided<'_> {
        Strided { offset, stride, itemsize: 1 }
    }

    fn walked<const N: usize>(shape: &[i64], tensors: [Strided<'_>; N]) -> (Vec<Vec<u8>>, u64) {
        let bytes: Vec<u8> = (0..64).collect();
        let grid = Grid::new(shape, tensors).unwrap();
        let mut all = vec![Vec::new(); N];
        grid.walk([&bytes; N], (0, grid.elements()), 5, |parts| {
            all.iter_mut().zip(parts).for_each(|(all, part)| all.extend_from_slice(part));
            true
        });
        (all, grid.repeats)
    }

    #[test]
    fn a_transposed_tensor_is_read_as_it_lies() {
        assert_eq!(walked(&[4, 3], [strided(2, &[1, 4])]), (vec![(2..14).collect()], 1));
        assert_eq!(walked(&[], [strided(7, &[])]), (vec![vec![7]], 1));
        assert_eq!(walked(&[0, 3], [strided(0, &[3, 1])]), (vec![vec![]], 1));
        assert_eq!(walked(&[2, 3], [strided(0, &[10, 2])]).0, [[0, 2, 4, 10, 12, 14]]);
    }

    #[test]
    fn what_repeats_is_walked_once() {
        assert_eq!(walked(&[1 << 40, 3], [strided(4, &[0, 1])]), (vec![vec![4, 5, 6]], 1 << 40));
        // Beside a tensor that does not repeat it is not left out.
        let both = walked(&[2, 3], [strided(0, &[3, 1]), strided(4, &[0, 1])]);
        assert_eq!(both, (vec![vec![0, 1, 2, 3, 4, 5], vec![4, 5, 6, 4, 5, 6]], 1));
    }

    #[test]
    fn two_tensors_keep_their_pairs() {
        let (all, _) = walked(&[2, 3], [strided(0, &[1, 2]), strided(10, &[3, 1])]);
        let mut pairs: Vec<(u8, u8)> = all[0].iter().copied().zip(all[1].iter().copied()).collect();
        pairs.sort_unstable();
        assert_eq!(pairs, [(0, 10), (1, 13), (2, 11), (3, 14), (4, 12), (5, 15)]);
    }
}
