//! The ways to go on, as a list below the line that is walked with the keys.

use super::buffer::Buffer;
use torchsh_render::width::{cut, pad, width};
use torchsh_render::{Role, Theme};
use torchsh_session::complete::{Candidate, Completion};

/// Rows of a menu at most: more is read as a table, not as a choice.
const ROWS: usize = 10;

/// A step of the choice.
#[derive(Clone, Copy, Debug)]
pub enum Turn {
    Next,
    Back,
    PageOn,
    PageBack,
}

/// An open menu.
#[derive(Debug)]
pub struct Menu {
    /// Where the text begins that a choice replaces.
    start: usize,
    candidates: Vec<Candidate>,
    chosen: Option<usize>,
    /// The first that is in sight.
    top: usize,
    /// The rows in sight when it was last drawn.
    rows: usize,
    /// What it was made for.
    made_for: Buffer,
}

impl Menu {
    /// A menu for a text; none without a way to go on.
    pub fn new(completion: Completion, made_for: Buffer) -> Option<Menu> {
        let Completion { start, candidates } = completion;
        (!candidates.is_empty()).then_some(Menu {
            start,
            candidates,
            chosen: None,
            top: 0,
            rows: ROWS,
            made_for,
        })
    }

    /// Whether it was made for this text.
    pub fn is_for(&self, now: &Buffer) -> bool {
        self.made_for == *now
    }

    /// The menu for what the text has become: none where another word is written now, or the only way to go on is there.
    pub fn after(&self, completion: Completion, now: &Buffer) -> Option<Menu> {
        let typed = now.text.get(self.start..now.at)?;
        let is_done = matches!(completion.candidates.as_slice(), [only] if only.text == typed);
        // Where the quote that it opened stands, the same goes on behind it.
        let is_same =
            completion.start == self.start || now.text.get(self.start..completion.start) == Some("\"");
        if !is_same || is_done {
            return None;
        }
        Menu::new(completion, now.clone())
    }

    pub fn len(&self) -> usize {
        self.candidates.len()
    }

    pub fn has_chosen(&self) -> bool {
        self.chosen.is_some()
    }

    /// Moves the choice; behind the last comes the first.
    pub fn turn(&mut self, turn: Turn) {
        let last = self.len().saturating_sub(1);
        self.chosen = Some(match (turn, self.chosen) {
            (Turn::Next | Turn::PageOn, None) => 0,
            (Turn::Back | Turn::PageBack, None) => last,
            (Turn::Next, Some(chosen)) => {
                if chosen == last {
                    0
                } else {
                    chosen + 1
                }
            }
            (Turn::Back, Some(chosen)) => chosen.checked_sub(1).unwrap_or(last),
            (Turn::PageOn, Some(chosen)) => (chosen + self.rows).min(last),
            (Turn::PageBack, Some(chosen)) => chosen.saturating_sub(self.rows),
        });
    }

    /// The text with what is chosen.
    pub fn taken(&self, now: &Buffer) -> Option<Buffer> {
        let candidate = self.candidates.get(self.chosen?)?;
        Some(now.replaced(self.start.min(now.at), now.at, &candidate.text))
    }

    /// Draws it below the line, on a screen with so much room.
    pub fn drawn(&mut self, columns: usize, room: usize, theme: Theme) -> String {
        self.rows = ROWS.min(room).max(1);
        let chosen = self.chosen.unwrap_or(0);
        self.top = self.top.clamp((chosen + 1).saturating_sub(self.rows), chosen);
        let seen = self.candidates.iter().enumerate().skip(self.top).take(self.rows);
        let widest = seen.clone().map(|(_, candidate)| width(&candidate.shown)).max().unwrap_or(0);
        let room = columns.saturating_sub(4);
        let name_width = widest.min(if room > 40 { room * 2 / 3 } else { room });
        let row = |(place, candidate): (usize, &Candidate)| {
            let name = pad(&cut(&candidate.shown, name_width), name_width);
            let about = cut(&candidate.description, room.saturating_sub(name_width + 2));
            match self.chosen == Some(place) {
                true => format!("\n{}", theme.paint(Role::Chosen, &format!("> {name}  {about}"))),
                false => format!("\n  {name}  {}", theme.paint(Role::Faint, &about)),
            }
        };
        let mut drawn: String = seen.map(row).map(|row| row.trim_end().to_owned()).collect();
        if self.len() > self.rows {
            let last = (self.top + self.rows).min(self.len());
            let place = format!("  {}-{last} of {}", self.top + 1, self.len());
            drawn.push_str(&format!("\n{}", theme.paint(Role::Faint, &place)));
        }
        drawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::front::candidates::common_beginning;

    fn menu(count: usize) -> Menu {
        let candidates = (0..count).map(|i| Candidate::new(format!("layer{i}"), "a layer")).collect();
        Menu::new(Completion { start: 2, candidates }, Buffer::at_end("m.la")).unwrap()
    }

    #[test]
    fn a_menu_has_room_on_the_screen() {
        let mut long = menu(500);
        let drawn = long.drawn(80, 30, Theme::None);
        assert!(drawn.starts_with("\n  layer0  a layer\n") && drawn.ends_with("\n  1-10 of 500"), "{drawn}");
        long.turn(Turn::Back);
        let drawn = long.drawn(80, 4, Theme::None);
        assert!(drawn.contains("\n> layer499") && drawn.ends_with("\n  497-500 of 500"), "{drawn}");
        long.turn(Turn::Next);
        assert!(long.drawn(80, 4, Theme::None).starts_with("\n> layer0"));
        let narrow = menu(3).drawn(12, 30, Theme::None);
        assert!(narrow.lines().all(|line| width(line) < 12), "{narrow}");
    }

    #[test]
    fn what_is_chosen_is_taken() {
        let mut few = menu(3);
        assert!(few.taken(&Buffer::at_end("m.la")).is_none());
        few.turn(Turn::Next);
        few.turn(Turn::Next);
        assert_eq!(few.taken(&Buffer::at_end("m.la")), Some(Buffer::at_end("m.layer1")));
    }

    #[test]
    fn what_all_have_in_common_is_found() {
        assert_eq!(common_beginning(&menu(3).candidates), "layer");
        assert_eq!(common_beginning(&[]), "");
    }
}
