//! The pixels of a picture.

use std::io::Cursor;

use png::{ColorType, Decoder, Transformations};

/// Pixels of a picture at most.
const MOST: usize = 64 << 20;

/// A picture: red, green, blue and how opaque, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pixels {
    pub width: usize,
    pub height: usize,
    pub colours: Vec<[u8; 4]>,
}

impl Pixels {
    /// The pixels of a PNG; none of what is no PNG, or too large.
    pub fn of_png(bytes: &[u8]) -> Option<Pixels> {
        let mut decoder = Decoder::new(Cursor::new(bytes));
        decoder.set_transformations(Transformations::normalize_to_color8() | Transformations::ALPHA);
        let mut reader = decoder.read_info().ok()?;
        let size = reader.output_buffer_size().filter(|size| *size <= MOST * 4)?;
        let mut buffer = vec![0; size];
        let frame = reader.next_frame(&mut buffer).ok()?;
        let bytes = buffer.get(..frame.buffer_size())?;
        let colours = match frame.color_type {
            ColorType::Rgba => bytes.as_chunks::<4>().0.to_vec(),
            ColorType::GrayscaleAlpha => {
                let (pairs, _) = bytes.as_chunks::<2>();
                pairs.iter().map(|&[grey, alpha]| [grey, grey, grey, alpha]).collect()
            }
            _ => return None,
        };
        Some(Pixels { width: frame.width as usize, height: frame.height as usize, colours })
    }

    /// The picture in another size: larger by repeating pixels, smaller by their means.
    pub fn scaled(&self, scale: f64) -> Pixels {
        let size = |size: usize| ((size as f64 * scale).round() as usize).max(1);
        let (width, height) = (size(self.width), size(self.height));
        if (width, height) == (self.width, self.height) || self.colours.is_empty() {
            return self.clone();
        }
        // What a new pixel stands for: one old one at least.
        let part = |place: usize, new: usize, old: usize| {
            let start = (place * old / new).min(old.saturating_sub(1));
            start..((place + 1) * old / new).max(start + 1)
        };
        let mut colours = Vec::with_capacity(width * height);
        for row in 0..height {
            let rows = part(row, height, self.height);
            colours.extend((0..width).map(|column| self.mean(rows.clone(), part(column, width, self.width))));
        }
        Pixels { width, height, colours }
    }

    fn mean(&self, rows: std::ops::Range<usize>, columns: std::ops::Range<usize>) -> [u8; 4] {
        let (mut sums, mut opaque, mut count) = ([0u64; 3], 0, 0);
        for row in rows {
            let line = row * self.width;
            for &[red, green, blue, alpha] in
                self.colours.get(line + columns.start..line + columns.end).unwrap_or_default()
            {
                // What is not seen has no colour.
                let alpha = u64::from(alpha);
                sums.iter_mut()
                    .zip([red, green, blue])
                    .for_each(|(sum, part)| *sum += u64::from(part) * alpha);
                opaque += alpha;
                count += 1;
            }
        }
        let part = |sum: u64, of: u64| u8::try_from(sum / of.max(1)).unwrap_or(u8::MAX);
        let [red, green, blue] = sums.map(|sum| part(sum, opaque));
        [red, green, blue, part(opaque, count)]
    }
}
