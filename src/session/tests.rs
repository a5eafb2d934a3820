//! A session as a front uses it.

use std::cell::RefCell;
use std::io;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::{Options, Output, Session, Settings};
use crate::render::{Format, Screen};

/// Keeps what is written.
#[derive(Default)]
struct Kept {
    output: RefCell<String>,
    complaints: RefCell<String>,
}

impl Output for Kept {
    fn write(&self, text: &str) -> io::Result<()> {
        self.output.borrow_mut().push_str(text);
        Ok(())
    }

    fn complain(&self, text: &str) {
        self.complaints.borrow_mut().push_str(text);
    }

    fn progress(&self, _: Option<&str>) {}
}

const STACK: usize = 256 << 20;

fn fresh() -> (Session, Rc<Kept>) {
    let kept = Rc::new(Kept::default());
    let session = Session::new(Options {
        arguments: vec![String::new()],
        folder: PathBuf::new(),
        screen: Screen { rows: Some(24), ..Screen::plain(80) },
        format: Format::Table,
        output: kept.clone(),
        settings: Settings::default(),
        stack_bytes: STACK,
    });
    (session, kept)
}

/// Runs a test on a stack like that of the program.
fn with_session(test: impl FnOnce(&Session, &Kept) + Send + 'static) {
    let run = move || {
        let (session, kept) = fresh();
        test(&session, &kept);
    };
    std::thread::Builder::new().stack_size(STACK).spawn(run).unwrap().join().unwrap();
}

fn shown(session: &Session, text: &str) -> String {
    let outcome = session.execute(text);
    outcome.shown.or(outcome.error).unwrap_or_default()
}

fn texts(session: &Session, line: &str) -> Vec<String> {
    session.complete(line, line.len()).candidates.into_iter().map(|candidate| candidate.text).collect()
}

#[test]
fn results_are_numbered_and_kept() {
    with_session(|session, kept| {
        assert_eq!(shown(session, "1 + 1"), "2");
        assert_eq!(shown(session, "_ + _1"), "4");
        assert_eq!(shown(session, "print('x')"), "");
        assert_eq!(*kept.output.borrow(), "x\n");
        assert_eq!(session.next_number(), 4);
        assert!(shown(session, "1 /").contains("SyntaxError"));
        assert!(shown(session, "exit").is_empty());
        assert_eq!(session.execute("raise SystemExit(3)").exit, Some(3));
    });
}

#[test]
fn verbs_tell_what_they_did() {
    with_session(|session, kept| {
        session.execute("p = {'a': torch.zeros(2), 'b': torch.zeros(3), 'c': torch.zeros(1)}");
        session.execute("m = {'a': torch.zeros(2), 'b': torch.zeros(4)}");
        session.execute("p = filter p shape== m");
        session.execute("update m p");
        let expected = "kept 1 of 3 entries; dropped:\n  b: [3] vs [4]\n  c: no such key there\n\
                        0 added, 1 replaced, 1 unchanged\n";
        assert_eq!(*kept.complaints.borrow(), expected);
        assert_eq!(shown(session, "explain update m p"), "m.update(p)");
        assert!(
            shown(session, "filter 3 shape== m").contains("filter wants a state_dict or a model, not int")
        );
    });
}

#[test]
fn undo_takes_back_names_and_entries() {
    with_session(|session, _| {
        session.execute("d = {'a': 1}");
        session.execute("d['b'] = 2");
        session.execute("e = d");
        assert_eq!(shown(session, "undo"), "as before: e");
        assert_eq!(shown(session, "undo"), "as before: d");
        assert_eq!(shown(session, "d"), "{'a': 1}");
        assert_eq!(shown(session, "undo"), "as before: d");
        assert!(shown(session, "undo").contains("there is nothing to take back"));
    });
}

#[test]
fn completion_runs_nothing() {
    with_session(|session, kept| {
        session.execute(
            "class C:\n    @property\n    def loud(self):\n        print('ran')\n        return []\n",
        );
        session.execute("c = C()");
        assert_eq!(texts(session, "c.lo"), ["loud"]);
        assert!(texts(session, "c.loud.app").is_empty());
        assert!(texts(session, "c.loud[0].").is_empty());
        assert!(kept.output.borrow().is_empty());
        assert_eq!(texts(session, "filter m sha"), ["shape==", "shape!="]);
        assert_eq!(texts(session, "x = 'c.lo"), Vec::<String>::new());
        assert_eq!(texts(session, "import collections.a"), ["collections.abc"]);
    });
}

#[test]
fn letters_in_order_are_enough() {
    with_session(|session, _| {
        session.execute("learning_rate = 1");
        assert_eq!(texts(session, "lrgrate"), ["learning_rate"]);
    });
}

#[test]
fn fifty_thousand_keys_are_completed_while_one_types() {
    with_session(|session, _| {
        session.execute("d = {f'module.layers.{i}.w{j}': i for i in range(5000) for j in range(10)}");
        let started = Instant::now();
        let found = texts(session, "d[\"module.layers.49");
        let took = started.elapsed();
        assert!(found.contains(&"module.layers.4999.".to_owned()), "{}", found.len());
        // Without optimisation; the program itself is ten times as fast.
        assert!(took < Duration::from_millis(250), "{took:?}");
    });
}

#[test]
fn examples_of_the_table_are_true() {
    with_session(|_, _| {
        let rows = crate::builtins::TABLE.iter().flat_map(|rows| rows.iter());
        let mut wrong = String::new();
        let mut count = 0;
        for row in rows {
            for (code, expected) in row.examples {
                count += 1;
                let (session, kept) = fresh();
                let shown = shown(&session, code);
                let output = format!("{}{shown}", kept.output.borrow());
                if !expected.is_empty() && output.trim_end() != *expected {
                    wrong += &format!("{}: {code}\n  expected {expected}\n  shows    {output}\n", row.name);
                }
                if expected.is_empty() && output.contains("Error") {
                    wrong += &format!("{}: {code}\n  {output}\n", row.name);
                }
            }
        }
        assert!(wrong.is_empty(), "of {count} examples:\n{wrong}");
    });
}

#[test]
fn what_was_meant_is_said() {
    with_session(|session, _| {
        session.execute("m = {'module.fc.weight': 1, 'conv1.bias': 2}");
        assert!(shown(session, "m['fc.weight']").ends_with("hint: did you mean 'module.fc.weight'?\n"));
        assert!(shown(session, "m['conv1.bais']").ends_with("hint: did you mean 'conv1.bias'?\n"));
        assert!(!shown(session, "m['nothing like it at all']").contains("hint"));
        assert!(shown(session, "load('Cargo.tmol')").ends_with("hint: did you mean 'Cargo.toml'?\n"));
    });
}

#[test]
fn help_fits_a_terminal() {
    with_session(|session, _| {
        for topic in ["help", "help filter", "help rename", "tutorial 1", "help load"] {
            let shown = shown(session, topic);
            assert!(shown.lines().all(|line| crate::render::width::width(line) <= 79), "{shown}");
        }
    });
}
