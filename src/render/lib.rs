//! Values and errors as text for a person: tables, trees, reports, tracebacks. Pure; only `front` prints.

pub mod base64;
pub mod bundle;
pub mod closeup;
pub mod display;
pub mod error;
pub mod findings;
pub mod fold;
pub mod formats;
pub mod grid;
pub mod heat;
pub mod highlight;
pub mod histogram;
pub mod html;
pub mod notebook;
pub mod numbers;
pub mod outline;
mod plot;
pub mod report;
pub mod sanitize;
pub mod table;
pub mod theme;
pub mod tree;
pub mod width;

pub use self::bundle::Bundle;
pub use self::formats::Format;
pub use self::theme::{Role, Theme};

/// What the text is made for.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    /// Columns of the terminal; as many as there are numbers, where the output is no terminal.
    pub columns: usize,
    /// Rows that a result may take before it is cut; none: never cut.
    pub rows: Option<usize>,
    /// Colours.
    pub theme: Theme,
}

impl Screen {
    /// A screen of so many columns without colours, on which nothing is cut.
    #[must_use]
    pub const fn plain(columns: usize) -> Self {
        Screen { columns, rows: None, theme: Theme::None }
    }
}

impl Screen {
    /// Whether so many rows are more than fit, so that repeats are folded.
    #[must_use]
    pub fn folds(&self, rows: usize) -> bool {
        self.rows.is_some_and(|limit| rows > limit.max(3))
    }

    /// Whether there is an edge: where the output is no terminal, nothing is cut.
    #[must_use]
    pub fn has_edge(&self) -> bool {
        self.columns < usize::MAX
    }
}

/// A key as tables show it, with the number of entries that it stands for.
fn repeated_key(key: &str, count: usize) -> String {
    match (key, count) {
        ("", _) => "\"\"".to_owned(),
        (key, 1) => sanitize::sanitize(key).into_owned(),
        (key, count) => format!("{} ×{count}", sanitize::sanitize(key)),
    }
}

/// What stands in the place of lines that were left out, and how to see them.
fn left_out(count: usize, noun: &str) -> String {
    format!("… {}: page shows all", torchsh_language::value::report::size::counted(count, noun))
}

/// The lines that a screen has room for; where there are more, the middle is left out and its length given.
fn but_the_middle<T>(lines: &[T], limit: Option<usize>) -> impl Iterator<Item = Result<&T, usize>> {
    let limit = limit.unwrap_or(usize::MAX).max(3);
    let left_out = if lines.len() > limit { lines.len() - (limit - 1) } else { 0 };
    let head = if left_out > 0 { limit * 2 / 3 } else { lines.len() };
    let (head, tail) = lines.split_at_checked(head).unwrap_or((lines, &[]));
    let tail = tail.get(left_out..).unwrap_or_default();
    let middle = (left_out > 0).then_some(Err(left_out));
    head.iter().map(Ok).chain(middle).chain(tail.iter().map(Ok))
}

#[cfg(test)]
mod tests;
