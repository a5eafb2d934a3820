//! Columns under heads, fitted to the terminal. Without lines, so that what is shown can be copied.

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
    let heads: Vec<String> = columns.iter().map(|column| column.head.to_owned()).collect();
    let mut out = cells_line(&places, &heads, true, screen);
    for line in lines {
        match line {
            Line::Cells(cells) => out.push_str(&cells_line(&places, cells, false, screen)),
            Line::Across(text) => {
                out.push_str(&screen.theme.paint(Role::Faint, &cut(text, screen.columns)));
                out.push('\n');
            }
        }
    }
    out
}

/// A column that stays, its number and its width.
struct Place {
    column: Column,
    index: usize,
    width: usize,
}

fn cells_line(places: &[Place], cells: &[String], is_head: bool, screen: &Screen) -> String {
    let mut line = String::new();
    let mut owed = 0;
    for Place { column, index, width: room } in places {
        let cell = cells.get(*index).map_or("", String::as_str);
        let text = if column.shrinks { cut_middle(cell, *room) } else { cut(cell, *room) };
        let blank = room.saturating_sub(width(&text));
        let (before, after) = if column.right { (blank, 0) } else { (0, blank) };
        if !text.is_empty() {
            line.push_str(&" ".repeat(owed + before));
            line.push_str(&screen.theme.paint(if is_head { Role::Faint } else { column.role }, &text));
            owed = 0;
        } else {
            owed += before;
        }
        owed += after + GAP;
    }
    line.push('\n');
    line
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
