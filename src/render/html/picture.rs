//! Pictures: small PNGs that lie in the page.

use png::{BitDepth, ColorType, Encoder};

use crate::render::bundle::base64;

/// Bars in the colour of bars, on no ground: one a count, each so many columns wide. In base64; none without a count.
pub fn bars(counts: &[u64], each: usize, height: usize) -> Option<String> {
    let most = counts.iter().copied().max().filter(|most| *most > 0)?;
    let level = |count: &u64| {
        let share = *count as f64 / most as f64;
        let level = (share * height as f64).round() as usize;
        if *count > 0 { level.max(1) } else { 0 }
    };
    let levels: Vec<usize> = counts.iter().map(level).collect();
    let gap = usize::from(each > 4);
    let width = each * counts.len();
    let mut pixels = Vec::with_capacity(width * height);
    for row in 0..height {
        for level in &levels {
            let shown = u8::from(height - row <= *level);
            pixels.extend((0..each).map(|column| if column + gap < each { shown } else { 0 }));
        }
    }
    encode(width, height, &pixels, &[[0, 0, 0], [0x3b, 0x7d, 0xd8]], Some(&[0, 255]))
}

/// Colours of a picture of numbers, from the smallest to the largest: blue, through light, to red.
const SHADES: usize = 255;

/// One colour for each share from 0 to 1, dark to light.
fn shade(share: f64) -> [u8; 3] {
    // Magma's stops, read off at even distances.
    const STOPS: [[f64; 3]; 6] = [
        [0.0, 0.0, 4.0],
        [66.0, 15.0, 117.0],
        [147.0, 43.0, 128.0],
        [221.0, 81.0, 97.0],
        [252.0, 165.0, 10.0],
        [252.0, 253.0, 191.0],
    ];
    mixed(&STOPS, share)
}

/// One colour for each share from 0 (blue) over 0.5 (white) to 1 (red).
fn shade_of_signed(share: f64) -> [u8; 3] {
    const STOPS: [[f64; 3]; 5] = [
        [33.0, 60.0, 160.0],
        [120.0, 160.0, 220.0],
        [240.0, 240.0, 240.0],
        [225.0, 130.0, 110.0],
        [160.0, 20.0, 40.0],
    ];
    mixed(&STOPS, share)
}

fn mixed(stops: &[[f64; 3]], share: f64) -> [u8; 3] {
    let place = share.clamp(0.0, 1.0) * (stops.len() - 1) as f64;
    let (low, part) = (place.floor() as usize, place.fract());
    let (Some(from), Some(to)) = (stops.get(low), stops.get(low + 1).or(stops.last())) else { return [0; 3] };
    let mut colour = [0; 3];
    for ((out, from), to) in colour.iter_mut().zip(from).zip(to) {
        *out = (from + (to - from) * part).round() as u8;
    }
    colour
}

/// A picture of numbers, row by row, each a square of so many pixels. What is not finite is bright green. `signed`: zero is white.
/// In base64; none without numbers.
pub fn heat(numbers: &[f64], columns: usize, each: usize, signed: bool) -> Option<String> {
    let rows = numbers.len().checked_div(columns)?;
    let finite = || numbers.iter().copied().filter(|number| number.is_finite());
    let (mut low, mut high) =
        (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
    if signed {
        high = high.abs().max(low.abs());
        low = -high;
    }
    let wide = if high > low { high - low } else { 1.0 };
    let colour = |number: f64| {
        let share = ((number - low) / wide).clamp(0.0, 1.0);
        if number.is_finite() { (share * (SHADES - 1) as f64).round() as u8 } else { SHADES as u8 }
    };
    let mut pixels = Vec::with_capacity(numbers.len() * each * each);
    for row in numbers.chunks_exact(columns) {
        for _ in 0..each {
            for number in row {
                pixels.extend(std::iter::repeat_n(colour(*number), each));
            }
        }
    }
    let share = |place: usize| place as f64 / (SHADES - 1) as f64;
    let shades =
        (0..SHADES).map(|place| if signed { shade_of_signed(share(place)) } else { shade(share(place)) });
    let palette: Vec<[u8; 3]> = shades.chain([[0, 255, 80]]).collect();
    encode(columns * each, rows * each, &pixels, &palette, None)
}

/// A PNG of colours by number, in base64.
fn encode(
    width: usize,
    height: usize,
    pixels: &[u8],
    palette: &[[u8; 3]],
    alpha: Option<&[u8]>,
) -> Option<String> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, u32::try_from(width).ok()?, u32::try_from(height).ok()?);
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_palette(palette.concat());
    if let Some(alpha) = alpha {
        encoder.set_trns(alpha.to_vec());
    }
    encoder.set_compression(png::Compression::High);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(pixels).ok()?;
    writer.finish().ok()?;
    Some(base64(&bytes))
}
