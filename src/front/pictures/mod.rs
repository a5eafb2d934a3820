//! Pictures in the terminal, where it can show them: by kitty's protocol, by iTerm2's, or as sixels. Elsewhere results stay text.

mod pixels;
mod sixel;

use std::cell::{Cell, OnceCell};
use std::io::IsTerminal;

use self::pixels::Pixels;
use super::terminal;
use torchsh_render::base64::from_base64;

/// How a terminal takes pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Kitty,
    Iterm,
    Sixel,
}

/// A terminal that shows pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Viewer {
    way: Way,
    /// Pixels of a character: width and height.
    cell: (usize, usize),
    /// Colours of one picture at most, where they are told one by one.
    colours: usize,
}

/// Pixels of a character where the terminal does not say.
const CELL: (usize, usize) = (8, 16);

/// Colours of a sixel picture at most.
const COLOURS: usize = 256;

/// A character of so many pixels is one of a screen with fine dots: pictures are twice as large there.
const FINE: usize = 30;

/// Letters of a piece of a picture, by kitty's protocol.
const PIECE: usize = 4096;

/// Asks whether a picture of one pixel would be taken (kitty), how large a character is, and, as all know that, what terminal it is.
const KITTY: &str = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\";
const CELLS: &str = "\x1b[16t";
/// Asks how many colours a sixel picture may have.
const REGISTERS: &str = "\x1b[?1;1;0S";

/// What is known of the terminal and of the person's wish.
pub struct Pictures {
    wish: Cell<&'static str>,
    found: OnceCell<Option<Viewer>>,
}

impl Pictures {
    /// Nothing is known yet, and nothing shown before a wish was told.
    pub fn new() -> Self {
        Pictures { wish: Cell::new("off"), found: OnceCell::new() }
    }

    /// The word of the setting.
    pub fn set_wish(&self, wish: &'static str) {
        self.wish.set(wish);
    }

    /// Whether pictures can be shown. The terminal is asked the first time, and only when nobody types.
    pub fn can_show(&self) -> bool {
        self.viewer().is_some()
    }

    /// What makes the terminal show a picture (a PNG in base64); none where it cannot.
    pub fn text(&self, data: &str) -> Option<String> {
        let viewer = self.viewer()?;
        let pixels = Pixels::of_png(&from_base64(data)?)?;
        let screen = terminal_size::terminal_size_of(std::io::stdout());
        let screen = screen.map_or((80, 24), |(wide, high)| (usize::from(wide.0), usize::from(high.0)));
        Some(viewer.text(data, &pixels, screen))
    }

    fn viewer(&self) -> Option<Viewer> {
        if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
            return None;
        }
        let way = match self.wish.get() {
            "kitty" => Way::Kitty,
            "iterm" => Way::Iterm,
            "sixel" => Way::Sixel,
            "auto" => return self.asked(),
            _ => return None,
        };
        Some(Viewer { way, cell: terminal::cell().unwrap_or(CELL), colours: COLOURS })
    }

    fn asked(&self) -> Option<Viewer> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        if let Some(found) = self.found.get() {
            return *found;
        }
        if variable("NO_COLOR").is_some() || !terminal::is_known() {
            return *self.found.get_or_init(|| None);
        }
        // What somebody types already is no answer: another time.
        if !terminal::is_quiet() {
            return None;
        }
        *self.found.get_or_init(|| found(&variable, &terminal::asked))
    }
}

/// What the terminal says it can, by its environment and by what it answers.
fn found(variable: &dyn Fn(&str) -> Option<String>, ask: &dyn Fn(&str) -> Option<String>) -> Option<Viewer> {
    // tmux takes kitty's question for the title of a window.
    let question = if terminal::is_tmux(variable) { CELLS.to_owned() } else { format!("{KITTY}{CELLS}") };
    let answer = ask(&question)?;
    let cell = terminal::cell().or_else(|| cell_of(&answer)).unwrap_or(CELL);
    let viewer = |way| Viewer { way, cell, colours: COLOURS };
    if answer.contains("\x1b_Gi=31;OK") {
        return Some(viewer(Way::Kitty));
    }
    let names = ["TERM_PROGRAM", "LC_TERMINAL"].into_iter().filter_map(variable);
    if !terminal::is_tmux(variable) && names.into_iter().any(|name| name == "iTerm.app" || name == "iTerm2") {
        return Some(viewer(Way::Iterm));
    }
    takes_sixels(&answer).then(|| {
        let registers = ask(REGISTERS).and_then(|answer| registers_of(&answer));
        Viewer { colours: registers.unwrap_or(COLOURS).clamp(2, COLOURS), ..viewer(Way::Sixel) }
    })
}

/// The numbers between a beginning and the letter that ends them.
fn numbers(answer: &str, begins: &str, ends: char) -> Option<Vec<usize>> {
    answer.match_indices(begins).find_map(|(at, _)| {
        let rest = answer.get(at + begins.len()..)?;
        let end = rest.find(|c: char| !(c.is_ascii_digit() || c == ';'))?;
        let (numbers, rest) = rest.split_at_checked(end)?;
        rest.starts_with(ends).then(|| numbers.split(';').filter_map(|number| number.parse().ok()).collect())
    })
}

/// Of `ESC [ 6 ; height ; width t`, the size of a character.
fn cell_of(answer: &str) -> Option<(usize, usize)> {
    match *numbers(answer, "\x1b[6;", 't')?.as_slice() {
        [height @ 1..=500, width @ 1..=500] => Some((width, height)),
        _ => None,
    }
}

/// Whether 4 is among what the terminal says it can: `ESC [ ? 62 ; 4 c`.
fn takes_sixels(answer: &str) -> bool {
    numbers(answer, "\x1b[?", 'c').is_some_and(|can| can.iter().skip(1).any(|number| *number == 4))
}

/// Of `ESC [ ? 1 ; 0 ; 256 S`, the number of colours.
fn registers_of(answer: &str) -> Option<usize> {
    match *numbers(answer, "\x1b[?", 'S')?.as_slice() {
        [1, 0, count] => Some(count),
        _ => None,
    }
}

impl Viewer {
    /// By how much a picture of this size is made larger so that it is seen well, and fits.
    fn scale(&self, (width, height): (usize, usize), (columns, rows): (usize, usize)) -> f64 {
        let usual = if self.cell.1 >= FINE { 2.0 } else { 1.0 };
        // The prompt below is to be seen too.
        let rows = rows.saturating_sub(2).max(4);
        let room = |size: usize, cells: usize, cell: usize| (cells * cell) as f64 / size.max(1) as f64;
        room(width, columns, self.cell.0).min(room(height, rows, self.cell.1)).min(usual)
    }

    fn text(&self, data: &str, pixels: &Pixels, screen: (usize, usize)) -> String {
        let scale = self.scale((pixels.width, pixels.height), screen);
        let columns = ((pixels.width as f64 * scale / self.cell.0 as f64).ceil() as usize).clamp(1, screen.0);
        match self.way {
            Way::Kitty => kitty(data, (scale != 1.0).then_some(columns)),
            Way::Iterm => {
                // Some terminals take no picture whose bytes are not counted before.
                let size = data.len() / 4 * 3 - data.len() + data.trim_end_matches('=').len();
                let options = format!("inline=1;size={size};width={columns};preserveAspectRatio=1");
                format!("\x1b]1337;File={options}:{data}\x07\n")
            }
            Way::Sixel => format!("{}\n", sixel::text(&pixels.scaled(scale), self.colours)),
        }
    }
}

/// A picture in pieces; in so many columns, or as large as it is. The terminal is asked not to answer.
fn kitty(data: &str, columns: Option<usize>) -> String {
    let mut out = String::with_capacity(data.len() + data.len() / 256 + 64);
    let mut first = match columns {
        Some(columns) => format!("a=T,f=100,q=2,c={columns},"),
        None => "a=T,f=100,q=2,".to_owned(),
    };
    let mut rest = data;
    while !rest.is_empty() {
        // All letters are of one byte.
        let (piece, more) = rest.split_at_checked(PIECE).unwrap_or((rest, ""));
        let goes_on = u8::from(!more.is_empty());
        out.push_str(&format!("\x1b_G{}m={goes_on};{piece}\x1b\\", std::mem::take(&mut first)));
        rest = more;
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests;
