//! Pictures as sixels: letters that are six pixels of one colour, one above the other. Written here because charts have few colours,
//! which are to stay what they are: the libraries there are (libsixel's ports) choose others and mix them.

use std::collections::HashMap;
use std::fmt::Write;

use super::pixels::Pixels;

/// Rows of a band.
const BAND: usize = 6;

/// As many of the same letter as are written as a number and that letter.
const REPEATS: usize = 4;

/// What is less opaque is not drawn.
const OPAQUE: u8 = 128;

/// The picture, in at most so many colours.
pub fn text(pixels: &Pixels, most: usize) -> String {
    let (numbers, palette) = numbered(pixels, most);
    // What is not drawn stays as it was.
    let mut out = format!("\x1bP0;1;0q\"1;1;{};{}", pixels.width, pixels.height);
    for (number, colour) in palette.iter().enumerate() {
        let [red, green, blue] = colour.map(|part| (u32::from(part) * 100 + 127) / 255);
        let _ = write!(out, "#{number};2;{red};{green};{blue}");
    }
    for (place, band) in numbers.chunks(pixels.width.max(1) * BAND).enumerate() {
        // On to the next band; after the last one the cursor stays in the picture's last line.
        out.push_str(if place > 0 { "-" } else { "" });
        push_band(&mut out, band, pixels.width.max(1));
    }
    out.push_str("\x1b\\");
    out
}

/// The number of each pixel's colour, and the colours. Where there are too many, each becomes one of a regular choice.
fn numbered(pixels: &Pixels, most: usize) -> (Vec<Option<usize>>, Vec<[u8; 3]>) {
    let exactly = |colour: [u8; 3]| colour;
    numbered_by(pixels, most, exactly).unwrap_or_else(|| {
        let steps = steps(most);
        let near = |colour: [u8; 3]| {
            let mut near = colour;
            near.iter_mut().zip(steps).for_each(|(part, steps)| {
                let step = (usize::from(*part) * (steps - 1) + 127) / 255;
                *part = u8::try_from(step * 255 / (steps - 1)).unwrap_or(u8::MAX);
            });
            near
        };
        numbered_by(pixels, usize::MAX, near).unwrap_or_default()
    })
}

/// Steps of red, green and blue that come to at most so many colours, two of each at least.
fn steps(most: usize) -> [usize; 3] {
    let mut steps = [2, 2, 2];
    // The eye tells most greens apart.
    for place in [1, 0, 2].into_iter().cycle() {
        let mut more = steps;
        if let Some(one) = more.get_mut(place) {
            *one += 1;
        }
        if more.iter().product::<usize>() > most {
            break;
        }
        steps = more;
    }
    steps
}

type Numbered = (Vec<Option<usize>>, Vec<[u8; 3]>);

fn numbered_by(pixels: &Pixels, most: usize, as_shown: impl Fn([u8; 3]) -> [u8; 3]) -> Option<Numbered> {
    let (mut known, mut palette) = (HashMap::new(), Vec::new());
    let mut numbers = Vec::with_capacity(pixels.colours.len());
    for &[red, green, blue, alpha] in &pixels.colours {
        if alpha < OPAQUE {
            numbers.push(None);
            continue;
        }
        let colour = as_shown([red, green, blue]);
        let number = *known.entry(colour).or_insert_with(|| {
            palette.push(colour);
            palette.len() - 1
        });
        if palette.len() > most {
            return None;
        }
        numbers.push(Some(number));
    }
    Some((numbers, palette))
}

/// Six rows: each of their colours over the ones before.
fn push_band(out: &mut String, band: &[Option<usize>], width: usize) {
    let mut present: Vec<usize> = band.iter().filter_map(|number| *number).collect();
    present.sort_unstable();
    present.dedup();
    let mut bits: HashMap<usize, Vec<u8>> = present.iter().map(|&number| (number, vec![0; width])).collect();
    for (row, line) in band.chunks(width).enumerate() {
        for (column, number) in line.iter().enumerate() {
            let letter = number.and_then(|number| bits.get_mut(&number)?.get_mut(column));
            letter.into_iter().for_each(|letter| *letter |= 1 << row);
        }
    }
    for (place, number) in present.iter().enumerate() {
        let _ = write!(out, "{}#{number}", if place > 0 { "$" } else { "" });
        let letters = bits.get(number).map(Vec::as_slice).unwrap_or_default();
        for run in letters.chunk_by(|one, next| one == next) {
            let letter = char::from(run.first().copied().unwrap_or(0) + b'?');
            match run.len() {
                count @ REPEATS.. => drop(write!(out, "!{count}{letter}")),
                count => out.extend(std::iter::repeat_n(letter, count)),
            }
        }
    }
}
