//! Columns under heads, fitted to the terminal. Without lines, so that what is shown can be copied.

use comfy_table::presets::NOTHING;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};

use super::width::{cut, cut_middle, width};
use super::{Role, Screen};

/// Columns between two columns.
const GAP: usize = 2;

/// The narrowest that a column which may shrink becomes before others are dropped.
const NARROW: usize = 30;

/// One column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its head.
    pub head: &'static str,
    /// Its colour.
    pub role: Role,
    /// Whether its cells stand at the right.
    pub right: bool,
    /// Whether its cells may be cut in the middle.
    pub shrinks: bool,
    /// The order in which it goes where there is no room: 1 first, 0 never.
    pub drops: u8,
}

impl Column {
    /// A column at the left that always stays.
    #[must_use]
    pub const fn new(head: &'static str, role: Role) -> Self {
        Column { head, role, right: false, shrinks: false, drops: 0 }
    }

    /// Its cells stand at the right.
    #[must_use]
    pub const fn right(mut self) -> Self {
        self.right = true;
        self
    }

    /// Its cells may be cut.
    #[must_use]
    pub const fn shrinks(mut self) -> Self {
        self.shrinks = true;
        self
    }

    /// It may go.
    #[must_use]
    pub const fn drops(mut self, order: u8) -> Self {
        self.drops = order;
        self
    }
}

/// A line of cells, or a line across.
pub enum Line {
    /// One cell a column.
    Cells(Vec<String>),
    /// A text over all columns.
    Across(String),
}

/// Draws lines under heads; every line ends with a newline.
#[must_use]
pub fn draw(columns: &[Column], lines: &[Line], screen: &Screen) -> String {
    let places = fit(columns, lines, screen.columns);
    let mut table = Table::new();
    table.load_preset(NOTHING).set_content_arrangement(ContentArrangement::Disabled).force_no_tty();
    let heads: Vec<String> = columns.iter().map(|column| column.head.to_owned()).collect();
    table.add_row(row(&places, &heads, true, screen));
    for line in lines {
        if let Line::Cells(cells) = line {
            table.add_row(row(&places, cells, false, screen));
        }
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, u16::try_from(GAP).unwrap_or(u16::MAX)));
    }
    let mut rows = table.lines().map(|line| line.trim_end().to_owned());
    let mut out = rows.next().unwrap_or_default() + "\n";
    for line in lines {
        match line {
            Line::Cells(_) => out.push_str(&rows.next().unwrap_or_default()),
            Line::Across(text) => out.push_str(&screen.theme.paint(Role::Faint, &cut(text, screen.columns))),
        }
        out.push('\n');
    }
    out
}

/// A column that stays, its number and its width.
struct Place {
    column: Column,
    index: usize,
    width: usize,
}

fn row(places: &[Place], cells: &[String], is_head: bool, screen: &Screen) -> Vec<Cell> {
    let cell = |Place { column, index, width: room }: &Place| {
        let cell = cells.get(*index).map_or("", String::as_str);
        let text = if column.shrinks { cut_middle(cell, *room) } else { cut(cell, *room) };
        let role = if is_head { Role::Faint } else { column.role };
        let painted = if text.is_empty() { text } else { screen.theme.paint(role, &text) };
        Cell::new(painted).set_alignment(if column.right {
            CellAlignment::Right
        } else {
            CellAlignment::Left
        })
    };
    places.iter().map(cell).collect()
}

/// Which columns stay, and how wide each is: columns go until cutting cells alone makes the rest fit.
fn fit(columns: &[Column], lines: &[Line], room: usize) -> Vec<Place> {
    let place = |(index, column): (usize, &Column)| Place {
        column: *column,
        index,
        width: natural_width(column, index, lines),
    };
    let mut places: Vec<Place> = columns.iter().enumerate().map(place).collect();
    loop {
        let wanted = places.iter().map(|place| place.width + GAP).sum::<usize>().saturating_sub(GAP);
        let over = wanted.saturating_sub(room);
        let slack = places
            .iter()
            .find(|place| place.column.shrinks)
            .map_or(0, |place| place.width.saturating_sub(NARROW));
        let droppable = places.iter().filter(|place| place.column.drops > 0);
        let next = droppable.min_by_key(|place| place.column.drops).map(|place| place.index);
        match next {
            Some(next) if over > slack => places.retain(|place| place.index != next),
            _ => {
                if let Some(place) = places.iter_mut().find(|place| place.column.shrinks) {
                    place.width = place.width.saturating_sub(over).max(place.width.min(8));
                }
                return places;
            }
        }
    }
}

fn natural_width(column: &Column, index: usize, lines: &[Line]) -> usize {
    let cells = lines.iter().filter_map(|line| match line {
        Line::Cells(cells) => cells.get(index),
        Line::Across(_) => None,
    });
    cells.map(|cell| width(cell)).chain([width(column.head)]).max().unwrap_or(0)
}
