//! `browse ckpt`: a checkpoint as a tree to walk on the whole screen.
//!
//! What the keys do to the checkpoint they do by statements, each of which is run as if it were typed: it has a number, stands
//! at the prompt afterwards, and `undo` takes it back.

mod act;
mod draw;
mod question;
mod screen;
mod view;

use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use self::draw::draw;
use self::question::{For, Question, Turn};
pub use self::screen::FullScreen;
use self::view::View;
use crate::front::output::Streams;
use torchsh_language::value::report::size;
use torchsh_render::Theme;
use torchsh_session::{Outcome, Session};

/// A statement that was run meanwhile, and how it ended.
pub struct Done {
    pub line: String,
    pub outcome: Outcome,
    /// What was written while it ran.
    pub written: String,
    /// Whether it changed what is browsed, or took such a change back.
    pub changes: bool,
}

/// What came of it.
#[derive(Default)]
pub struct Browsed {
    pub done: Vec<Done>,
    /// What the next line is to begin with.
    pub inserted: Option<String>,
    /// Keys that were typed behind the one that left, as a terminal sends them.
    pub ahead: String,
    /// What is browsed is gone, or the terminal; the reason.
    pub fault: Option<String>,
}

/// What the keys are for.
enum Mode {
    Tree,
    /// The keys, from this line on.
    Help(usize),
    Asking(Question),
}

/// The state of the whole.
pub struct Browser<'s> {
    session: &'s Session,
    output: &'s Streams,
    /// How what is browsed is written.
    expression: String,
    view: View,
    mode: Mode,
    /// What is looked at closely, as text.
    closeup: Option<String>,
    /// The place that it tells of.
    looked_at: Option<usize>,
    /// What was said last, and whether it is that something went wrong.
    said: String,
    is_fault: bool,
    theme: Theme,
    browsed: Browsed,
    is_left: bool,
}

/// Shows what is written so, until the person leaves.
pub fn browse(session: &Session, output: &Streams, expression: &str) -> Browsed {
    let failed = |fault: String| Browsed { fault: Some(fault), ..Browsed::default() };
    let tree = match session.browse_tree(expression) {
        Ok(tree) => tree,
        Err(error) => return failed(session.error_text(&error, torchsh_render::error::Detail::Short)),
    };
    let mut screen = match FullScreen::begin() {
        Ok(screen) => screen,
        Err(error) => return failed(format!("torchsh: the terminal cannot be drawn on: {error}\n")),
    };
    let mut browser = Browser {
        session,
        output,
        expression: expression.to_owned(),
        view: View::new(tree),
        mode: Mode::Tree,
        closeup: None,
        looked_at: None,
        said: String::new(),
        is_fault: false,
        theme: session.screen().theme,
        browsed: Browsed::default(),
        is_left: false,
    };
    while !browser.is_left {
        let step = screen.terminal.draw(|frame| draw(frame, &mut browser)).and_then(|_| event::read());
        match step {
            Ok(event) => browser.event(&mut screen, event),
            Err(error) => {
                browser.browsed.fault = Some(format!("torchsh: the terminal cannot be read: {error}\n"));
                browser.is_left = true;
            }
        }
        // What is pasted or held down is worked through before it is drawn.
        while !browser.is_left && event::poll(std::time::Duration::ZERO).unwrap_or(false) {
            let Ok(event) = event::read() else { break };
            browser.event(&mut screen, event);
        }
    }
    browser.browsed.ahead = typed_ahead();
    drop(screen);
    browser.browsed
}

/// The keys that were read along with the one that left: they are meant for what comes now, and nobody else can read them again.
fn typed_ahead() -> String {
    let mut keys = String::new();
    while event::poll(std::time::Duration::ZERO).unwrap_or(false) {
        match event::read() {
            Ok(Event::Key(key)) if key.kind != KeyEventKind::Release => keys.extend(sent_by(key)),
            Ok(Event::Paste(text)) => keys.push_str(&text.replace('\n', "\r")),
            Ok(_) => {}
            Err(_) => break,
        }
    }
    keys
}

/// What a terminal sends for a key, of those that mean something in an empty line.
fn sent_by(key: KeyEvent) -> Option<char> {
    match (key.code, key.modifiers) {
        (KeyCode::Char('c'), KeyModifiers::CONTROL) => Some('\x03'),
        (KeyCode::Char('d'), KeyModifiers::CONTROL) => Some('\x04'),
        (KeyCode::Char('j'), KeyModifiers::CONTROL) => Some('\r'),
        (KeyCode::Char(letter), KeyModifiers::NONE | KeyModifiers::SHIFT) => Some(letter),
        (KeyCode::Enter, _) => Some('\r'),
        (KeyCode::Backspace, _) => Some('\x7f'),
        _ => None,
    }
}

impl Browser<'_> {
    fn event(&mut self, screen: &mut FullScreen, event: Event) {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.key(screen, key),
            Event::Paste(text) => match &mut self.mode {
                Mode::Asking(question) => {
                    question.insert(&text);
                    self.look_for_answer();
                }
                _ => self.complain("what was pasted answers no question: / searches for it"),
            },
            // What is looked at closely fits the screen.
            Event::Resize(..) if self.closeup.is_some() => {
                self.looked_at = None;
                self.look_along(screen);
            }
            _ => {}
        }
    }

    /// Says something at the foot of the screen.
    fn say(&mut self, text: impl Into<String>) {
        (self.said, self.is_fault) = (text.into(), false);
    }

    /// Says what went wrong.
    fn complain(&mut self, text: impl Into<String>) {
        (self.said, self.is_fault) = (text.into(), true);
    }

    fn key(&mut self, screen: &mut FullScreen, key: KeyEvent) {
        match &mut self.mode {
            Mode::Asking(_) => self.key_of_question(screen, key),
            Mode::Help(top) => {
                let step = match key.code {
                    KeyCode::Down | KeyCode::Char('j') => 1,
                    KeyCode::Up | KeyCode::Char('k') => -1,
                    KeyCode::PageDown | KeyCode::Char(' ') => 10,
                    KeyCode::PageUp => -10,
                    _ => return self.mode = Mode::Tree,
                };
                *top = top.saturating_add_signed(step);
            }
            Mode::Tree => {
                self.say("");
                self.key_of_tree(screen, key);
                if self.closeup.is_some() && matches!(self.mode, Mode::Tree) && !self.is_left {
                    self.look_along(screen);
                }
            }
        }
    }

    fn key_of_tree(&mut self, screen: &mut FullScreen, key: KeyEvent) {
        let page = isize::try_from(self.view.rows.saturating_sub(1).max(1)).unwrap_or(1);
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            match key.code {
                KeyCode::Char('c') => self.step_back(true),
                KeyCode::Char('f') => self.view.move_by(page),
                KeyCode::Char('b') => self.view.move_by(-page),
                KeyCode::Char('d') => self.view.move_by(page / 2),
                KeyCode::Char('u') => self.view.move_by(-page / 2),
                KeyCode::Char('n') => self.view.move_by(1),
                KeyCode::Char('p') => self.view.move_by(-1),
                KeyCode::Char('l') => screen.redraw(),
                KeyCode::Char('z') => {
                    if let Err(error) = screen.suspend() {
                        self.browsed.fault =
                            Some(format!("torchsh: the terminal cannot be drawn on: {error}\n"));
                        self.is_left = true;
                    }
                }
                _ => {}
            }
            return;
        }
        match key.code {
            KeyCode::Up | KeyCode::Char('k') => self.view.move_by(-1),
            KeyCode::Down | KeyCode::Char('j') => self.view.move_by(1),
            KeyCode::PageDown => self.view.move_by(page),
            KeyCode::PageUp => self.view.move_by(-page),
            KeyCode::Home | KeyCode::Char('g') => self.view.move_to(0),
            KeyCode::End | KeyCode::Char('G') => self.view.move_to(usize::MAX),
            KeyCode::Right | KeyCode::Char('l') => self.view.enter(),
            KeyCode::Left | KeyCode::Char('h') => self.view.leave(),
            KeyCode::Char('E') => self.view.open_all(true),
            KeyCode::Char('C') => self.view.open_all(false),
            KeyCode::Char('o') => self.view.turn_order(),
            KeyCode::Char('t') => self.view.turn_flat(),
            KeyCode::Char(' ') => self.view.mark(),
            KeyCode::Enter => self.enter(screen),
            KeyCode::Esc => self.step_back(false),
            KeyCode::Char('q') => self.is_left = true,
            KeyCode::Char('?') | KeyCode::F(1) => self.mode = Mode::Help(0),
            KeyCode::Char('/') => self.ask(For::Search, "search: ", ""),
            KeyCode::Char('n') => self.next_found(false),
            KeyCode::Char('N') => self.next_found(true),
            KeyCode::Char('M') => match self.view.mark_found() {
                (0, _) => self.complain("search first: / finds what M marks"),
                (count, 0) => self.say(format!("{count} marked")),
                (count, others) => {
                    self.say(format!("{count} marked; {others} more lie in other dictionaries"));
                }
            },
            KeyCode::Char(letter) => self.verb(screen, letter),
            _ => {}
        }
    }

    /// Leaves the last thing that was begun; Ctrl-C leaves the whole where nothing was.
    fn step_back(&mut self, ends: bool) {
        if self.closeup.take().is_some() {
            self.looked_at = None;
        } else if !self.view.search.text.is_empty() {
            self.view.search = view::Search::default();
        } else if !self.view.marked.is_empty() {
            self.view.marked.clear();
        } else {
            self.is_left = ends;
            self.say("q leaves");
        }
    }

    fn next_found(&mut self, back: bool) {
        if self.view.search.text.is_empty() {
            return self.complain("nothing is searched for yet: / searches");
        }
        match self.view.show_next(back) {
            Some((place, count)) => {
                let (place, count) = (size::grouped(place as u64), size::grouped(count as u64));
                self.say(format!("{place} of {count}: {}", self.view.search.text));
            }
            None => self.complain(format!("nothing has {}", self.view.search.text)),
        }
    }

    fn ask(&mut self, of: For, said: impl Into<String>, text: impl Into<String>) {
        self.mode = Mode::Asking(Question::new(of, said, text, self.view.chosen()));
    }

    fn key_of_question(&mut self, screen: &mut FullScreen, key: KeyEvent) {
        let Mode::Asking(question) = &mut self.mode else { return };
        if let For::Replace(file) = question.of.clone() {
            self.mode = Mode::Tree;
            match key.code {
                KeyCode::Char('y' | 'Y') => self.save(screen, &file),
                _ => self.say(format!("nothing was saved: {file} is as it was")),
            }
            return;
        }
        match question.key(key) {
            Turn::Left => {
                let (of, from) = (question.of.clone(), question.from);
                self.mode = Mode::Tree;
                if of == For::Search {
                    self.view.search = view::Search::default();
                    from.map(|id| self.view.show(id)).unwrap_or_default();
                }
            }
            Turn::Answered => {
                let question = question.clone();
                self.mode = Mode::Tree;
                self.answered(screen, &question);
            }
            Turn::Changed if question.of == For::Search => self.look_for_answer(),
            Turn::Completes if question.of == For::Save => {
                let text = self.completed_path();
                if let Mode::Asking(question) = &mut self.mode {
                    question.set_text(text);
                }
            }
            Turn::Changed | Turn::Completes => {}
        }
    }

    /// Looks for what is typed so far, while it is typed.
    fn look_for_answer(&mut self) {
        let Mode::Asking(question) = &self.mode else { return };
        if question.of == For::Search {
            let (text, from) = (question.text().to_owned(), question.from);
            self.view.look_for(&text);
            self.view.show_first(from);
        }
    }
}
