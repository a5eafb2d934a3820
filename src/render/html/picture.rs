//! Pictures: small PNGs that lie in the page.

use png::{BitDepth, ColorType, Encoder};

use crate::base64::base64;
use torchsh_language::value::figure::{shade, shade_of_signed};

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

/// Colours of a picture of numbers; two more say that there is none.
const SHADES: usize = 254;

/// A picture of shares, row by row, each so many pixels wide and high. What is there without a share is not finite, and bright
/// red; what is not there is left open. `signed`: the middle is white. In base64; none without shares.
pub fn shades(
    shares: &[Option<f64>],
    is_there: &[bool],
    columns: usize,
    (wide, high): (usize, usize),
    signed: bool,
) -> Option<String> {
    let rows = shares.len().checked_div(columns)?;
    let colour = |(share, is_there): (&Option<f64>, &bool)| match share {
        Some(share) => (share.clamp(0.0, 1.0) * (SHADES - 1) as f64).round() as u8,
        None if *is_there => SHADES as u8,
        None => SHADES as u8 + 1,
    };
    let colours: Vec<u8> = shares.iter().zip(is_there).map(colour).collect();
    let mut pixels = Vec::with_capacity(colours.len() * wide * high);
    for row in colours.chunks_exact(columns) {
        for _ in 0..high {
            row.iter().for_each(|colour| pixels.extend(std::iter::repeat_n(*colour, wide)));
        }
    }
    let share = |place: usize| place as f64 / (SHADES - 1) as f64;
    let colours =
        (0..SHADES).map(|place| if signed { shade_of_signed(share(place)) } else { shade(share(place)) });
    let palette: Vec<[u8; 3]> = colours.chain([[255, 0, 80], [128, 128, 128]]).collect();
    let mut alpha = vec![255; SHADES + 1];
    alpha.push(0);
    encode(columns * wide, rows * high, &pixels, &palette, Some(&alpha))
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
