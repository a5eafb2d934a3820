//! Values and errors as text for a person: tables, trees, reports, tracebacks. Pure; only `front` prints.

pub mod display;
pub mod error;
pub mod fold;
pub mod formats;
pub mod grid;
pub mod highlight;
pub mod outline;
pub mod report;
pub mod sanitize;
pub mod table;
pub mod theme;
pub mod tree;
pub mod width;

pub use self::formats::Format;
pub use self::theme::{Role, Theme};

/// What the text is made for.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    /// Columns of the terminal.
    pub columns: usize,
    /// Rows that a result may take before it is cut; none: never cut.
    pub rows: Option<usize>,
    /// Colours.
    pub theme: Theme,
}

impl Screen {
    /// A screen of so many columns without colours, on which nothing is cut.
    #[cfg(test)]
    #[must_use]
    pub const fn plain(columns: usize) -> Self {
        Screen { columns, rows: None, theme: Theme::None }
    }
}

#[cfg(test)]
mod tests;
