//! Columns under heads, fitted to the terminal. Without lines, so that what is shown can be copied.

use std::borrow::Cow;

use comfy_table::presets::NOTHING;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};

use super::width::{broken, cut, cut_middle, width};
use super::{Role, Screen};

/// Columns between two columns.
const GAP: usize = 2;

/// One column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its head.
    pub head: Cow<'static, str>,
    /// Its colour.
    pub role: Role,
    /// Whether its cells stand at the right.
    pub right: bool,
    /// Whether its cells may be cut.
    pub shrinks: bool,
    /// Whether that leaves their beginnings, not both their ends.
    pub keeps_beginning: bool,
    /// The order in which it goes where there is no room: 1 first, 0 never, from [`LAST`] on only where the first column has
    /// a line of its own.
    pub drops: u8,
}

/// The first of the orders of columns that go last.
pub const LAST: u8 = 100;

impl Column {
    /// A column at the left that always stays.
    #[must_use]
    pub const fn new(head: &'static str, role: Role) -> Self {
        Column {
            head: Cow::Borrowed(head),
            role,
            right: false,
            shrinks: false,
            keeps_beginning: false,
            drops: 0,
        }
    }

    /// As [`Column::new`], under a head that is not known before.
    #[must_use]
    pub fn named(head: String, role: Role) -> Self {
        Column { head: Cow::Owned(head), ..Column::new("", role) }
    }

    /// Its cells stand at the right.
    #[must_use]
    pub const fn right(mut self) -> Self {
        self.right = true;
        self
    }

    /// Its cells take lines of their own where there is no room for them beside the others.
    #[must_use]
    pub const fn shrinks(mut self) -> Self {
        self.shrinks = true;
        self
    }

    /// Its cells may be cut at their ends.
    #[must_use]
    pub const fn shrinks_at_end(mut self) -> Self {
        self.shrinks = true;
        self.keeps_beginning = true;
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
    match arranged(columns, lines, screen) {
        Arranged::Beside(places) => rows(columns, &places, lines, screen).concat(),
        Arranged::Below(tall, places) => stacked(columns, tall, &places, lines, screen),
    }
}

/// Whether there is room for a column.
#[must_use]
pub fn has_room(column: usize, columns: &[Column], lines: &[Line], screen: &Screen) -> bool {
    match arranged(columns, lines, screen) {
        Arranged::Beside(places) => places.iter().any(|place| place.index == column),
        Arranged::Below(tall, places) => tall == column || places.iter().any(|place| place.index == column),
    }
}

/// Where columns stand.
enum Arranged {
    /// One beside the other.
    Beside(Vec<Place>),
    /// One has no room beside the others and takes a line of its own above them.
    Below(usize, Vec<Place>),
}

fn arranged(columns: &[Column], lines: &[Line], screen: &Screen) -> Arranged {
    let all: Vec<usize> = (0..columns.len()).collect();
    let places = fit(columns, &all, lines, screen.columns, LAST - 1);
    let crowded = places.iter().find(|place| {
        let has_lost = place.width < natural_width(&place.column, place.index, lines);
        has_lost && place.column.shrinks && !place.column.keeps_beginning
    });
    let Some(tall) = crowded.map(|place| place.index).filter(|_| places.len() > 1) else {
        return Arranged::Beside(places);
    };
    let others: Vec<usize> = all.into_iter().filter(|index| *index != tall).collect();
    // Words give way where there is no room for them either.
    let words_shrink =
        |column: &Column| if column.right { column.clone() } else { column.clone().shrinks_at_end() };
    let lower: Vec<Column> = columns.iter().map(words_shrink).collect();
    Arranged::Below(tall, fit(&lower, &others, lines, screen.columns.saturating_sub(GAP), u8::MAX))
}

/// Each line in two or more: the column that has no room, broken where it is longer than the screen, and the others below.
fn stacked(columns: &[Column], tall: usize, places: &[Place], lines: &[Line], screen: &Screen) -> String {
    let Some(column) = columns.get(tall) else { return String::new() };
    let below = rows(columns, places, lines, screen);
    let above = |text: &str, role: Role| {
        let parts = broken(text, screen.columns);
        parts.iter().map(|part| screen.theme.paint(role, part) + "\n").collect::<String>()
    };
    let indented = |line: &str| format!("{}{line}", " ".repeat(GAP));
    let mut out = above(&column.head, Role::Faint) + &indented(below.first().map_or("", String::as_str));
    for (line, below) in lines.iter().zip(below.iter().skip(1)) {
        match line {
            Line::Cells(cells) => {
                out.push_str(&above(cells.get(tall).map_or("", String::as_str), column.role));
                out.push_str(&indented(below));
            }
            Line::Across(_) => out.push_str(below),
        }
    }
    out
}

/// The heads and the lines, each with a newline at its end.
fn rows(columns: &[Column], places: &[Place], lines: &[Line], screen: &Screen) -> Vec<String> {
    let mut table = Table::new();
    table.load_preset(NOTHING).set_content_arrangement(ContentArrangement::Disabled).force_no_tty();
    let heads: Vec<String> = columns.iter().map(|column| column.head.clone().into_owned()).collect();
    table.add_row(row(places, &heads, true, screen));
    for line in lines {
        if let Line::Cells(cells) = line {
            table.add_row(row(places, cells, false, screen));
        }
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, u16::try_from(GAP).unwrap_or(u16::MAX)));
    }
    let mut drawn = table.lines().map(|line| line.trim_end().to_owned() + "\n");
    let mut out = vec![drawn.next().unwrap_or_default()];
    for line in lines {
        out.push(match line {
            Line::Cells(_) => drawn.next().unwrap_or_default(),
            Line::Across(text) => screen.theme.paint(Role::Faint, &cut(text, screen.columns)) + "\n",
        });
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
        let in_middle = column.shrinks && !column.keeps_beginning;
        let text = if in_middle { cut_middle(cell, *room) } else { cut(cell, *room) };
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

/// Which of the columns stay, and how wide each is: columns that may go do so until the rest fits; only then cells are cut.
fn fit(columns: &[Column], among: &[usize], lines: &[Line], room: usize, last: u8) -> Vec<Place> {
    let place = |(index, column): (usize, &Column)| Place {
        column: column.clone(),
        index,
        width: natural_width(column, index, lines),
    };
    let mut places: Vec<Place> =
        columns.iter().enumerate().filter(|(index, _)| among.contains(index)).map(place).collect();
    loop {
        let wanted = places.iter().map(|place| place.width + GAP).sum::<usize>().saturating_sub(GAP);
        let over = wanted.saturating_sub(room);
        let droppable = places.iter().filter(|place| (1..=last).contains(&place.column.drops));
        let next = droppable.min_by_key(|place| place.column.drops).map(|place| place.index);
        match next {
            Some(next) if over > 0 => places.retain(|place| place.index != next),
            _ => {
                shrink(&mut places, over);
                return places;
            }
        }
    }
}

/// The narrowest that a column becomes.
const NARROW: usize = 8;

/// Takes so many columns from those that may be cut, always from the widest.
fn shrink(places: &mut [Place], over: usize) {
    for _ in 0..over {
        let widest = places.iter_mut().filter(|place| place.column.shrinks && place.width > NARROW);
        let Some(place) = widest.max_by_key(|place| place.width) else { return };
        place.width -= 1;
    }
}

fn natural_width(column: &Column, index: usize, lines: &[Line]) -> usize {
    let cells = lines.iter().filter_map(|line| match line {
        Line::Cells(cells) => cells.get(index),
        Line::Across(_) => None,
    });
    cells.map(|cell| width(cell)).chain([width(&column.head)]).max().unwrap_or(0)
}
