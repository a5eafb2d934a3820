//! Drawings of numbers as files: bars of a histogram, colours of weights, lines of a curve. What is drawn is a list of marks, which
//! `svg` and `png` write.

mod chart;
mod colours;
mod png;
mod svg;

pub use self::colours::{shade, shade_of_signed};
use super::report::Report;
use torchsh_base::error::{Error, Result};

/// A colour, red first.
pub type Colour = [u8; 3];

/// Where a text stands by its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// It begins there.
    Start,
    /// Its middle is there.
    Middle,
    /// It ends there.
    End,
}

/// One thing that is drawn, in pixels from the upper left.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    /// A filled box: left, top, width, height.
    Box([f64; 4], Colour),
    /// A line through points.
    Line(Vec<(f64, f64)>, Colour),
    /// A text whose lower edge is at a point.
    Text((f64, f64), Anchor, String),
}

/// A drawing.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// What is drawn, in order.
    pub marks: Vec<Mark>,
}

/// The colour of the lines across the ground.
const GRID: Colour = [0xe6, 0xe6, 0xe6];

/// What a drawing stands on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ground {
    /// White paper.
    #[default]
    Paper,
    /// What is behind it, which is light.
    Light,
    /// What is behind it, which is dark.
    Dark,
    /// What is behind it, light or dark.
    Either,
}

/// The formats of pictures, by the endings of their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Pixels.
    Png,
    /// Lines and text.
    Svg,
}

impl Format {
    /// The format of a file's name.
    ///
    /// # Errors
    /// `ValueError` for another ending.
    pub fn of(path: &str) -> Result<Format> {
        match path.rsplit('.').next().map(str::to_ascii_lowercase).as_deref() {
            Some("png") => Ok(Format::Png),
            Some("svg") => Ok(Format::Svg),
            _ => Err(Error::value(format!("\"{path}\" is not a name of a picture"))
                .hint("pictures end in .png or .svg")),
        }
    }
}

/// The drawing of an answer; none of what is no picture.
#[must_use]
pub fn of(report: &Report) -> Option<Figure> {
    match report {
        Report::Histogram(histogram) => Some(chart::histogram(histogram)),
        Report::Heat(heat) => Some(chart::heat(heat)),
        Report::Plot(plot) => Some(chart::plot(plot)),
        _ => None,
    }
}

impl Figure {
    /// The bytes of its file.
    ///
    /// # Errors
    /// A size that no picture has.
    pub fn bytes(&self, format: Format) -> Result<Vec<u8>> {
        match format {
            Format::Png => self.png(Ground::Paper),
            Format::Svg => Ok(svg::text(self).into_bytes()),
        }
    }

    /// The bytes of its PNG on such a ground.
    ///
    /// # Errors
    /// A size that no picture has.
    pub fn png(&self, ground: Ground) -> Result<Vec<u8>> {
        png::bytes(self, ground)
    }
}

#[cfg(test)]
mod tests;
