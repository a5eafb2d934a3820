//! Drawings as PNG.

use std::convert::Infallible;

use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{OriginDimensions, Point, Size};
use embedded_graphics::mono_font::MonoTextStyle;
use embedded_graphics::mono_font::iso_8859_1::FONT_6X10;
use embedded_graphics::pixelcolor::{Rgb888, RgbColor};
use embedded_graphics::prelude::{Drawable, Primitive};
use embedded_graphics::primitives::{Polyline, PrimitiveStyle, Rectangle};
use embedded_graphics::text::{Alignment, Text};
use png::{BitDepth, ColorType, Encoder};

use super::chart::AXIS;
use super::{Anchor, Colour, Figure, GRID, Ground, Mark};
use torchsh_base::error::{Error, Result};

/// Pixels of a picture at most.
const MOST: u64 = 64 << 20;

/// Stands for what is behind the picture: a colour that no drawing has.
const SEE_THROUGH: Colour = [0xfe, 0x01, 0xfd];

/// Stands for a grey of which one sees a third: a colour that no drawing has either.
const FAINT: Colour = [0xfd, 0x01, 0xfe];

/// Colours that are others on dark ground: of the ground, of the lines across it, of text.
fn colours(ground: Ground) -> [Colour; 3] {
    match ground {
        Ground::Paper => [[255; 3], GRID, [0x33; 3]],
        Ground::Light => [SEE_THROUGH, GRID, [0x33; 3]],
        Ground::Dark => [SEE_THROUGH, [0x3c; 3], [0xd4; 3]],
        Ground::Either => [SEE_THROUGH, FAINT, [0x80; 3]],
    }
}

/// Pixels, row by row, three bytes each.
struct Canvas {
    grid: Colour,
    text: Colour,
    width: usize,
    height: usize,
    bytes: Vec<u8>,
}

impl OriginDimensions for Canvas {
    fn size(&self) -> Size {
        Size::new(u32::try_from(self.width).unwrap_or(0), u32::try_from(self.height).unwrap_or(0))
    }
}

impl DrawTarget for Canvas {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb888>>>(
        &mut self,
        pixels: I,
    ) -> std::result::Result<(), Infallible> {
        for Pixel(Point { x, y }, colour) in pixels {
            let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { continue };
            if x >= self.width || y >= self.height {
                continue;
            }
            let start = (y * self.width + x) * 3;
            if let Some(pixel) = self.bytes.get_mut(start..start + 3) {
                pixel.copy_from_slice(&[colour.r(), colour.g(), colour.b()]);
            }
        }
        Ok(())
    }
}

/// The bytes of a drawing's file.
///
/// # Errors
/// `ValueError` for a size that no picture has.
pub fn bytes(figure: &Figure, ground: Ground) -> Result<Vec<u8>> {
    if u64::from(figure.width) * u64::from(figure.height) > MOST {
        return Err(Error::value(format!("a picture of {}x{} is too large", figure.width, figure.height)));
    }
    let (width, height) = (figure.width as usize, figure.height as usize);
    let [paper, grid, text] = colours(ground);
    let mut canvas = Canvas { width, height, bytes: paper.repeat(width * height), grid, text };
    for mark in &figure.marks {
        let Ok(()) = draw(mark, &mut canvas);
    }
    encoded(figure, &canvas.bytes, ground)
        .map_err(|error| Error::value(format!("the picture cannot be written: {error}")))
}

fn draw(mark: &Mark, canvas: &mut Canvas) -> std::result::Result<(), Infallible> {
    match mark {
        Mark::Box([x, y, wide, high], colour) => {
            let (start, end) = (point((*x, *y)), point((x + wide, y + high)));
            let size =
                Size::new((end.x - start.x).max(1).unsigned_abs(), (end.y - start.y).max(1).unsigned_abs());
            Rectangle::new(start, size).into_styled(PrimitiveStyle::with_fill(rgb(*colour))).draw(canvas)
        }
        Mark::Line(points, colour) => {
            let (colour, wide) = match *colour {
                GRID => (canvas.grid, 1),
                AXIS => (AXIS, 1),
                colour => (colour, 2),
            };
            let points: Vec<Point> = points.iter().map(|at| point(*at)).collect();
            Polyline::new(&points).into_styled(PrimitiveStyle::with_stroke(rgb(colour), wide)).draw(canvas)
        }
        Mark::Text(at, anchor, text) => {
            let alignment = match anchor {
                Anchor::Start => Alignment::Left,
                Anchor::Middle => Alignment::Center,
                Anchor::End => Alignment::Right,
            };
            let style = MonoTextStyle::new(&FONT_6X10, rgb(canvas.text));
            // A control character would move what follows.
            let text: String = text.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
            Text::with_alignment(&text, point(*at), style, alignment).draw(canvas).map(|_| ())
        }
    }
}

fn point((x, y): (f64, f64)) -> Point {
    let whole = |number: f64| number.round().clamp(-1e6, 1e6) as i32;
    Point::new(whole(x), whole(y))
}

fn rgb([red, green, blue]: Colour) -> Rgb888 {
    Rgb888::new(red, green, blue)
}

fn encoded(
    figure: &Figure,
    pixels: &[u8],
    ground: Ground,
) -> std::result::Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, figure.width, figure.height);
    encoder.set_color(if ground == Ground::Either { ColorType::Rgba } else { ColorType::Rgb });
    encoder.set_depth(BitDepth::Eight);
    if matches!(ground, Ground::Light | Ground::Dark) {
        // Two bytes for each part.
        encoder.set_trns(SEE_THROUGH.map(|part| [0, part]).concat());
    }
    encoder.set_compression(png::Compression::High);
    let mut writer = encoder.write_header()?;
    match ground {
        Ground::Either => writer.write_image_data(&with_alpha(pixels))?,
        _ => writer.write_image_data(pixels)?,
    }
    writer.finish()?;
    Ok(bytes)
}

/// The pixels with what stands for a ground that is not known made see-through.
fn with_alpha(pixels: &[u8]) -> Vec<u8> {
    let (pixels, _) = pixels.as_chunks::<3>();
    let whole = pixels.iter().flat_map(|&pixel| match pixel {
        SEE_THROUGH => [0; 4],
        FAINT => [0x80, 0x80, 0x80, 0x55],
        [red, green, blue] => [red, green, blue, 0xff],
    });
    whole.collect()
}
