//! The built-in walk through the shell. It works in a folder of its own, and each page is run by Enter.

use std::path::PathBuf;

use tempfile::TempDir;

use super::{Outcome, Session};
use torchsh_base::error::{Error, Result};
use torchsh_language::value::Value;

/// A page of the walk.
struct Page {
    title: &'static str,
    /// What to read before the lines.
    before: &'static str,
    /// What Enter runs.
    lines: &'static [&'static str],
    /// What to read behind them.
    after: &'static str,
}

const PAGES: &[Page] = &[
    Page {
        title: "a state_dict is a dictionary",
        before: "A state_dict maps the name of each layer's weights to a tensor.\nIt is an ordinary dictionary:",
        lines: &[
            "d1 = {\"apple\": \"red\", \"pear\": \"green\"}",
            "d1.update(pear=\"yellow\", plum=\"blue\")",
            "d1",
        ],
        after: "update adds the keys that are new and replaces those that are there.",
    },
    Page {
        title: "a model and its state_dict",
        before: "A model with ten classes, and its weights as a table:",
        lines: &[
            "net = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Linear(8, 10))",
            "weights = state_dict(net)",
            "items weights",
        ],
        after: "The running_mean, running_var and num_batches_tracked of the batch norm\nare in it too.",
    },
    Page {
        title: "save and load",
        before: "A file is written with save and opened with load:",
        lines: &["save weights \"model.pt\"", "loaded = load(\"model.pt\", cpu)", "describe loaded"],
        after: "load maps the file: even a large one is there at once. Nothing in it is\nexecuted.",
    },
    Page {
        title: "keep what fits",
        before: "Another model has two classes, so its last layer has another shape, and\n\
                 load_state_dict would refuse the file. Keep what has the model's shapes:",
        lines: &[
            "other = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Linear(8, 2))",
            "wanted = state_dict(other)",
            "fits = filter loaded shape== wanted",
            "explain filter loaded shape== wanted",
        ],
        after: "filter says what it dropped and why; explain prints the Python that a line\nstands for.",
    },
    Page {
        title: "put it into the model",
        before: "What fits replaces what the model had; the rest stays as it was:",
        lines: &["update wanted fits", "load_state_dict wanted into other"],
        after: "<All keys matched successfully>: the model is ready for training.",
    },
    Page {
        title: "change keys, look closer, go back",
        before: "Keys get a prefix, or lose one. undo takes a line back:",
        lines: &[
            "fits = prefix fits \"module.\"",
            "find fits \"*.bias\"",
            "fits = strip fits \"module.\"",
            "tree fits",
            "undo",
            "keys fits",
        ],
        after: "Tab after fits[ shows the keys, page shows all of a result that was cut,\n\
                who lists the names, and help lists everything else.",
    },
];

/// Names that the pages use.
const NAMES: &[&str] = &["d1", "net", "weights", "loaded", "other", "wanted", "fits"];

/// A walk that is under way.
pub(super) struct Tour {
    /// The number of the page that is shown, from 0 on.
    page: usize,
    /// The first page that was not run yet.
    next: usize,
    /// Where the files of the pages lie.
    _folder: TempDir,
    /// Where the person was.
    home: PathBuf,
    /// What the person's names meant that the pages use.
    names: Vec<(&'static str, Option<Value>)>,
}

impl Session {
    /// `tutorial`, `tutorial 3`, `tutorial stop`.
    pub(super) fn tutorial(&self, rest: &str) -> Result<Outcome> {
        let page = match rest {
            "" => None,
            "stop" => {
                return Ok(Outcome::answer(self.wrapped(&self.leave_tour("the tutorial is not running"))));
            }
            number => match number.parse::<usize>() {
                Ok(number @ 1..) if number <= PAGES.len() => Some(number - 1),
                _ => {
                    let message = format!("the tutorial has pages 1 to {}, not {number}", PAGES.len());
                    return Err(Error::value(message).hint("usage: tutorial [PAGE] or tutorial stop"));
                }
            },
        };
        if self.tour.borrow().is_none() {
            *self.tour.borrow_mut() = Some(self.new_tour()?);
        }
        if let (Some(tour), Some(page)) = (&mut *self.tour.borrow_mut(), page) {
            tour.page = page;
        }
        Ok(Outcome::answer(self.wrapped(&self.tour_page())))
    }

    fn new_tour(&self) -> Result<Tour> {
        let failed = |error: std::io::Error| Error::io(&error, &std::env::temp_dir());
        let folder = tempfile::Builder::new().prefix("torchsh-tutorial-").tempdir().map_err(failed)?;
        let home = std::env::current_dir().map_err(failed)?;
        std::env::set_current_dir(folder.path()).map_err(failed)?;
        let globals = self.globals();
        let names = NAMES.iter().map(|name| (*name, globals.get_name(name))).collect();
        Ok(Tour { page: 0, next: 0, _folder: folder, home, names })
    }

    /// Ends the walk: the person is where they were, and their names mean what they meant.
    fn leave_tour(&self, without: &str) -> String {
        let Some(tour) = self.tour.borrow_mut().take() else { return without.to_owned() };
        let globals = self.globals();
        for (name, value) in tour.names {
            match value {
                Some(value) => globals.set_name(name, value),
                None => drop(globals.remove_str(&torchsh_language::value::Str::intern(name))),
            }
        }
        let home = tour.home.display().to_string();
        match std::env::set_current_dir(&tour.home) {
            Ok(()) => format!("the tutorial has ended; its files are removed, and you are in {home} again"),
            Err(error) => format!("the tutorial has ended; {home} cannot be entered: {error}"),
        }
    }

    /// What an empty line does: the lines that the tutorial shows are to be run.
    pub(super) fn enter_page(&self) -> Outcome {
        let mut tour = self.tour.borrow_mut();
        let Some(tour) = &mut *tour else { return Outcome::default() };
        let first = tour.next.min(tour.page);
        let pages = PAGES.iter().take(tour.page + 1).skip(first);
        tour.next = tour.page + 1;
        Outcome { lines: pages.flat_map(|page| page.lines).copied().collect(), ..Outcome::default() }
    }

    /// What follows the lines of a page: how it went on, or the end. After an error the page stays.
    pub fn after_lines(&self, went_well: bool) -> Outcome {
        if self.tour.borrow().is_none() {
            return Outcome::default();
        }
        let mut text = String::new();
        let mut is_last = false;
        if let Some(tour) = &mut *self.tour.borrow_mut() {
            match went_well {
                true => {
                    let after = PAGES.get(tour.page).map_or("", |page| page.after);
                    text = format!("\n{after}\n\n");
                    tour.page += 1;
                    is_last = tour.page >= PAGES.len();
                }
                false => tour.next = tour.page,
            }
        }
        text += &if is_last { self.leave_tour("") } else { self.tour_page() };
        Outcome { shown: Some(self.wrapped(&text)), is_answer: true, ..Outcome::default() }
    }

    /// The page that is to be run next.
    fn tour_page(&self) -> String {
        let tour = self.tour.borrow();
        let Some((number, page)) = tour.as_ref().and_then(|tour| Some((tour.page, PAGES.get(tour.page)?)))
        else {
            return String::new();
        };
        let lines: String = page.lines.iter().map(|line| format!("    {line}\n")).collect();
        let (number, count, title, before) = (number + 1, PAGES.len(), page.title, page.before);
        format!(
            "{number} of {count}: {title}\n\n{before}\n\n{lines}\n\
             Enter runs these lines (page {number} of {count}, in a temporary folder); tutorial stop leaves."
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use torchsh_render::width::width;

    #[test]
    fn every_page_fits_a_screen() {
        for page in PAGES {
            let lines = || page.before.lines().chain(page.after.lines());
            assert!(lines().count() + page.lines.len() < 16 && lines().all(|line| width(line) < 77));
            assert!(page.lines.iter().all(|line| line.is_ascii() && width(line) < 76));
        }
    }
}
