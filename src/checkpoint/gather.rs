//! A view's elements one after the other: contiguous and little-endian, as they are hashed and written.

use super::array::unit;
use super::dtype::Dtype;
use super::limits;
use super::mapping::{CHUNK, Region};
use super::record::{View, bytes_of, contiguous_stride, numel};
use torchsh_base::error::{Error, Result};

/// A view and the bytes it looks at, free of everything that other threads may not touch.
#[derive(Clone, Debug)]
pub struct Elements {
    bytes: Region,
    itemsize: usize,
    /// Sizes and strides in bytes, without dimensions of size one, and joined where they can be.
    dimensions: Vec<(usize, usize)>,
    start: usize,
    length: u64,
    /// Bytes of a number whose sign is turned, and which of two turns: real, imaginary.
    turned: Option<(usize, [bool; 2])>,
}

impl Elements {
    /// The elements of a view over its storage's bytes.
    ///
    /// # Errors
    /// `ValueError` if the view does not lie within (it is checked when a record is made, so it does).
    pub fn new(view: &View, dtype: Dtype, shape: &[i64], bytes: Region) -> Result<Elements> {
        let outside = || Error::value(format!("storage {}: a view beyond its end", view.storage.key));
        let count = numel(shape).ok_or_else(outside)?;
        let length = bytes_of(dtype, count).ok_or_else(outside)?;
        let itemsize = dtype.itemsize();
        let start = usize::try_from(view.offset).ok().and_then(|offset| offset.checked_mul(itemsize));
        let mut elements = Elements {
            bytes,
            itemsize,
            dimensions: Vec::new(),
            start: start.ok_or_else(outside)?,
            length,
            turned: turned(view, dtype),
        };
        if matches!(dtype, Dtype::QUINT4X2 | Dtype::QUINT2X4) {
            // Several elements share a byte, so only whole storages can be told apart.
            let dense = view.offset == 0 && contiguous_stride(shape).as_ref() == Some(&view.stride);
            elements.dimensions = vec![(usize::try_from(length).map_err(|_| outside())?, 1)];
            return if dense { Ok(elements) } else { Err(Error::value("a strided view of packed elements")) };
        }
        if count > 0 {
            elements.dimensions = joined(shape, &view.stride, itemsize).ok_or_else(outside)?;
        }
        Ok(elements)
    }

    /// How many bytes they take.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The bytes where they lie, if they lie one after the other and stand for themselves.
    #[must_use]
    pub fn in_place(&self) -> Option<Region> {
        let length = usize::try_from(self.length).ok()?;
        let dense = match self.dimensions.as_slice() {
            [] => true,
            [(_, stride)] => *stride == self.itemsize || self.itemsize == 0,
            _ => false,
        };
        if self.length == 0 {
            return Some(Region::default());
        }
        (dense && self.turned.is_none()).then(|| self.bytes.part(self.start, length)).flatten()
    }

    /// Hands all bytes to a consumer, in order, some at a time.
    ///
    /// # Errors
    /// The consumer's own.
    pub fn each<E>(&self, mut consume: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        if let Some(bytes) = self.in_place() {
            return bytes.each_chunk(consume);
        }
        let mut buffer = Vec::with_capacity(CHUNK + self.itemsize);
        let mut index = vec![0_usize; self.dimensions.len()];
        let mut left = self.length;
        let (count, step) = self.run();
        // An expanded dimension is many elements of few bytes: never all of it at once.
        let most = (CHUNK / self.itemsize.max(1)).max(1);
        while left > 0 {
            for first in (0..count.max(1)).step_by(most) {
                let part = most.min(count.saturating_sub(first));
                self.copy_run(&index, first * step, (part, step), &mut buffer);
                left = left.saturating_sub((part * self.itemsize) as u64);
                if buffer.len() >= CHUNK || left == 0 {
                    self.turn(&mut buffer);
                    consume(&buffer)?;
                    buffer.clear();
                }
            }
            self.advance(&mut index);
        }
        Ok(())
    }

    /// Fills a buffer with the bytes from one place on: whole elements.
    pub fn fill(&self, from: usize, out: &mut [u8]) {
        let size = self.itemsize.max(1);
        let mut index = self.index_of(from / size);
        let (count, step) = self.run();
        let mut first = index.last_mut().map_or(0, std::mem::take);
        let mut rest = &mut *out;
        while !rest.is_empty() {
            let part = count.saturating_sub(first).min(rest.len() / size);
            let Some((now, after)) = rest.split_at_mut_checked(part * size).filter(|_| part > 0) else {
                break;
            };
            let outer =
                self.dimensions.iter().zip(&index).map(|((_, stride), at)| stride * at).sum::<usize>();
            let bytes = self.bytes.bytes().get(self.start + outer + first * step..).unwrap_or_default();
            apart(bytes, (size, step), now);
            (rest, first) = (after, 0);
            self.advance(&mut index);
        }
        self.turn(out);
    }

    /// The indices of an element by its number.
    fn index_of(&self, mut number: usize) -> Vec<usize> {
        let mut index = vec![0; self.dimensions.len()];
        for (at, (size, _)) in index.iter_mut().zip(&self.dimensions).rev() {
            (*at, number) = (number % size.max(&1), number / size.max(&1));
        }
        index
    }

    /// The innermost dimension: how many elements, how far apart.
    fn run(&self) -> (usize, usize) {
        self.dimensions.last().copied().unwrap_or((1, self.itemsize))
    }

    fn copy_run(&self, index: &[usize], from: usize, (count, step): (usize, usize), into: &mut Vec<u8>) {
        let outer = self.dimensions.iter().zip(index).map(|((_, stride), at)| stride * at).sum::<usize>();
        let bytes = self.bytes.bytes().get(self.start + outer + from..).unwrap_or_default();
        if step == self.itemsize {
            into.extend_from_slice(bytes.get(..count * step).unwrap_or_default());
            return;
        }
        for number in 0..count {
            let at = number * step;
            into.extend_from_slice(bytes.get(at..at + self.itemsize).unwrap_or_default());
        }
    }

    /// Counts the outer dimensions up by one; the innermost is copied whole.
    fn advance(&self, index: &mut [usize]) {
        let outer = index.len().saturating_sub(1);
        for (at, (size, _)) in index.iter_mut().zip(&self.dimensions).take(outer).rev() {
            *at += 1;
            if *at < *size {
                return;
            }
            *at = 0;
        }
    }

    /// Turns the signs of what stands for its conjugate or negative.
    fn turn(&self, buffer: &mut [u8]) {
        let Some((unit, [real, imaginary])) = self.turned else { return };
        for (number, part) in buffer.chunks_exact_mut(unit).enumerate() {
            let is_imaginary = self.itemsize > unit && number % 2 == 1;
            if (if is_imaginary { imaginary } else { real })
                && let Some(sign) = part.last_mut()
            {
                *sign ^= 0x80;
            }
        }
    }
}

/// Copies elements that lie so many bytes apart.
fn apart(bytes: &[u8], (size, step): (usize, usize), out: &mut [u8]) {
    fn sized<const SIZE: usize>(bytes: &[u8], step: usize, out: &mut [u8]) {
        for (number, to) in out.chunks_exact_mut(SIZE).enumerate() {
            if let Some(from) = bytes.get(number * step..).and_then(|bytes| bytes.first_chunk::<SIZE>()) {
                to.copy_from_slice(from);
            }
        }
    }
    match size {
        _ if step == size => out.copy_from_slice(bytes.get(..out.len()).unwrap_or_default()),
        1 => sized::<1>(bytes, step, out),
        2 => sized::<2>(bytes, step, out),
        4 => sized::<4>(bytes, step, out),
        8 => sized::<8>(bytes, step, out),
        _ => {
            for (number, to) in out.chunks_exact_mut(size).enumerate() {
                to.copy_from_slice(bytes.get(number * step..number * step + size).unwrap_or_default());
            }
        }
    }
}

/// That a view is not expanded to more than anybody reads out.
///
/// # Errors
/// `ValueError` beyond [`limits::EXPANDED_BYTES`] and its storage.
pub fn refuse_expanded(view: &View, dtype: Dtype, shape: &[i64]) -> Result<()> {
    let (nbytes, held) = (numel(shape).and_then(|count| bytes_of(dtype, count)), view.storage.nbytes());
    match nbytes {
        Some(nbytes) if nbytes <= held.max(limits::EXPANDED_BYTES) => Ok(()),
        _ => {
            let nbytes = nbytes.map_or_else(|| "more than 2^64".to_owned(), |nbytes| nbytes.to_string());
            let what = format!("the tensor is expanded to {nbytes} bytes out of a storage of {held}");
            Err(Error::value(format!("{what}; it is not read")))
        }
    }
}

fn turned(view: &View, dtype: Dtype) -> Option<(usize, [bool; 2])> {
    let floats = dtype.is_floating_point() || dtype.is_complex();
    if !floats || (!view.conj && !view.neg) {
        return None;
    }
    Some((unit(dtype), [view.neg, view.neg != view.conj]))
}

/// Sizes and strides in bytes, outermost first; neighbours that are one run are joined.
fn joined(shape: &[i64], stride: &[i64], itemsize: usize) -> Option<Vec<(usize, usize)>> {
    let mut dimensions: Vec<(usize, usize)> = Vec::new();
    for (&size, &step) in shape.iter().zip(stride) {
        let (size, step) = (usize::try_from(size).ok()?, usize::try_from(step).ok()?.checked_mul(itemsize)?);
        if size == 1 {
            continue;
        }
        match dimensions.last_mut() {
            Some((outer, outer_step)) if *outer_step == step.checked_mul(size)? => {
                *outer = outer.checked_mul(size)?;
                *outer_step = step;
            }
            _ => dimensions.push((size, step)),
        }
    }
    Some(dimensions)
}

#[cfg(test)]
mod tests {
    use super::super::record::Storage;
    use super::*;
    use torchsh_base::Str;

    fn gathered(
        shape: &[i64],
        stride: &[i64],
        offset: i64,
        conj: bool,
        dtype: Dtype,
        bytes: Vec<u8>,
    ) -> Vec<u8> {
        let bytes = Region::from(bytes);
        let storage = Storage::new(Str::new("0"), Str::new("cpu"), bytes.clone());
        let view = View { storage, offset, stride: stride.to_vec(), conj, neg: false };
        let mut all = Vec::new();
        let elements = Elements::new(&view, dtype, shape, bytes).unwrap();
        elements
            .each(|some| {
                all.extend_from_slice(some);
                Ok::<(), ()>(())
            })
            .unwrap();
        all
    }

    #[test]
    fn strides_are_followed() {
        let count = || (0..12).collect::<Vec<u8>>();
        let of = |shape: &[i64], stride: &[i64], offset| {
            gathered(shape, stride, offset, false, Dtype::UINT8, count())
        };
        assert_eq!(of(&[3, 4], &[4, 1], 0), count());
        assert_eq!(of(&[4, 3], &[1, 4], 0), [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
        assert_eq!(of(&[2, 1, 2], &[6, 99, 2], 1), [1, 3, 7, 9]);
        assert_eq!(of(&[3, 2], &[0, 1], 4), [4, 5, 4, 5, 4, 5]);
        assert_eq!(of(&[], &[], 7), [7]);
        assert!(of(&[0, 3], &[1, 1], 0).is_empty());
        let wide = gathered(&[2, 2], &[1, 2], 0, false, Dtype::INT16, (0..8).collect());
        assert_eq!(wide, [0, 1, 4, 5, 2, 3, 6, 7]);
    }

    #[test]
    fn conjugates_have_their_sign_turned() {
        let bytes: Vec<u8> = [1.0_f32, 2.0].iter().flat_map(|f| f.to_le_bytes()).collect();
        let turned: Vec<u8> = [1.0_f32, -2.0].iter().flat_map(|f| f.to_le_bytes()).collect();
        assert_eq!(gathered(&[1], &[1], 0, true, Dtype::COMPLEX64, bytes), turned);
    }
}
