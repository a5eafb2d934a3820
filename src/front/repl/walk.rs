//! The way through earlier inputs: with the arrows from what was typed, and by a part of one.

use rustyline::history::{History, SearchDirection};

use super::buffer::Buffer;

/// Where to go in the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Older,
    Newer,
    Oldest,
    Newest,
}

/// A walk with the arrows.
#[derive(Clone, Debug)]
pub struct Walk {
    /// What was being typed before it began.
    typed: Buffer,
    /// The number of the input that is shown.
    place: usize,
    /// That input.
    shown: String,
}

impl Walk {
    /// The walk that goes on from this text: a new one if something was typed since.
    pub fn from(last: Option<Walk>, now: &Buffer, history: &dyn History) -> Walk {
        last.filter(|walk| walk.shows(&now.text)).unwrap_or_else(|| Walk {
            typed: now.clone(),
            place: history.len(),
            shown: now.text.clone(),
        })
    }

    /// Whether the text is one that was recalled, as it was.
    pub fn shows(&self, text: &str) -> bool {
        self.shown == text
    }

    /// Takes a step; what is to be shown then. Only inputs that begin with what was typed count.
    pub fn step(&mut self, step: Step, history: &dyn History) -> Buffer {
        let begins = |entry: &str| entry.starts_with(self.typed.before()) && entry != self.shown;
        let found = match step {
            Step::Older => find((0..self.place).rev(), history, begins),
            Step::Newer => find(self.place + 1..history.len(), history, begins),
            Step::Oldest => find(0..history.len(), history, begins),
            Step::Newest => None,
        };
        match found {
            Some((place, entry)) => (self.place, self.shown) = (place, entry),
            // Behind the newest stands what was being typed.
            None if matches!(step, Step::Newer | Step::Newest) => {
                self.place = history.len();
                self.shown.clone_from(&self.typed.text);
                return self.typed.clone();
            }
            None => {}
        }
        Buffer::at_end(self.shown.as_str())
    }
}

/// A search for a part of an earlier input.
#[derive(Clone, Debug)]
pub struct Search {
    /// What was being typed before it began.
    typed: Buffer,
    /// What is looked for.
    needle: String,
    /// The number of the input that was found.
    place: usize,
    /// Whether there is one.
    is_found: bool,
}

impl Search {
    /// A search that looks for nothing yet.
    pub fn new(typed: Buffer, history: &dyn History) -> Search {
        Search { typed, needle: String::new(), place: history.len(), is_found: true }
    }

    /// What was being typed.
    pub fn typed(&self) -> &Buffer {
        &self.typed
    }

    /// Looks for one letter more.
    pub fn push(&mut self, letter: char) {
        self.needle.push(letter);
    }

    /// Looks for one letter less, from the newest input on.
    pub fn pop(&mut self, history: &dyn History) {
        self.needle.pop();
        self.place = history.len();
    }

    /// What is to be shown: the input that has the needle, from the present one on or behind it.
    pub fn look(&mut self, step: Option<Step>, history: &dyn History) -> Buffer {
        let has = |entry: &str| !self.needle.is_empty() && entry.contains(&self.needle);
        let shown = get(self.place, history).unwrap_or_default();
        let is_other = |entry: &str| has(entry) && entry != shown;
        let found = match step {
            None => find((0..=self.place).rev(), history, has),
            Some(Step::Newer | Step::Newest) => find(self.place + 1..history.len(), history, is_other),
            Some(_) => find((0..self.place).rev(), history, is_other),
        };
        self.is_found = found.is_some() || self.needle.is_empty();
        if let Some((place, _)) = found {
            self.place = place;
        }
        match get(self.place, history).filter(|entry| has(entry)) {
            Some(entry) => {
                let at = entry.find(&self.needle).map_or(0, |at| at + self.needle.len());
                Buffer { at, text: entry }
            }
            None => self.typed.clone(),
        }
    }

    /// The line below the input.
    pub fn says(&self) -> String {
        match self.is_found {
            true => format!("search: {}    Ctrl-R older · Enter runs · Esc leaves", self.needle),
            false => format!("search: {}    (nothing older has it)", self.needle),
        }
    }
}

fn get(place: usize, history: &dyn History) -> Option<String> {
    let found = history.get(place, SearchDirection::Forward).ok()??;
    (found.idx == place).then(|| found.entry.into_owned())
}

fn find(
    mut places: impl Iterator<Item = usize>,
    history: &dyn History,
    wanted: impl Fn(&str) -> bool,
) -> Option<(usize, String)> {
    places.find_map(|place| {
        let found = history.get(place, SearchDirection::Forward).ok()??;
        wanted(&found.entry).then(|| (place, found.entry.into_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustyline::history::MemHistory;

    fn history(entries: &[&str]) -> MemHistory {
        let mut history = MemHistory::new();
        for entry in entries {
            history.add(entry).unwrap();
        }
        history
    }

    #[test]
    fn a_walk_goes_on_and_comes_back() {
        let history = history(&["aa=1", "bb=2", "def f():\n    pass", "cc=3"]);
        let walked = |typed: &str, steps: &[Step]| {
            let (mut walk, mut shown) = (None, Buffer::at_end(typed));
            for step in steps {
                let mut going = Walk::from(walk.take(), &shown, &history);
                shown = going.step(*step, &history);
                walk = Some(going);
            }
            shown.text
        };
        use Step::{Newer, Newest, Older, Oldest};
        assert_eq!(walked("", &[Older]), "cc=3");
        assert_eq!(walked("", &[Older, Older]), "def f():\n    pass");
        assert_eq!(walked("", &[Older, Older, Older, Older, Older]), "aa=1");
        assert_eq!(walked("", &[Older, Older, Older, Newer]), "def f():\n    pass");
        assert_eq!(walked("b", &[Older, Older]), "bb=2");
        assert_eq!(walked("b", &[Older, Newer, Newer]), "b");
        assert_eq!(walked("half", &[Oldest]), "half");
        assert_eq!(walked("", &[Oldest]), "aa=1");
        assert_eq!(walked("", &[Older, Older, Newest]), "");
    }

    #[test]
    fn a_search_finds_parts() {
        let history = history(&["items ckpt", "x = ckpt", "y = 1"]);
        let mut search = Search::new(Buffer::at_end("typed"), &history);
        for letter in "ckpt".chars() {
            search.push(letter);
            search.look(None, &history);
        }
        assert_eq!(search.look(None, &history).text, "x = ckpt");
        assert_eq!(search.look(Some(Step::Older), &history).text, "items ckpt");
        search.push('z');
        assert_eq!(search.look(None, &history).text, "typed");
        assert!(search.says().contains("nothing older"));
        search.pop(&history);
        assert_eq!(search.look(None, &history).text, "x = ckpt");
    }
}
