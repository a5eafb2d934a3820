//! A session as a front uses it.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Options, Output, Session, Settings};
use torchsh_render::{Format, Screen};

mod checkpoints;
mod offered;
mod sight;
mod suggestions;

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
        path: vec![String::new()],
        file: None,
        screen: Screen { rows: Some(24), ..Screen::plain(80) },
        format: Format::Table,
        output: kept.clone(),
        settings: Settings::default(),
        interrupt: Arc::default(),
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
        assert_eq!(shown(session, "undo"), "undid In [3]: e = d");
        assert_eq!(shown(session, "undo"), "undid In [2]: d['b'] = 2");
        assert_eq!(shown(session, "d"), "{'a': 1}");
        assert_eq!(shown(session, "redo 2"), "redid In [2]: d['b'] = 2\nredid In [3]: e = d");
        assert_eq!(shown(session, "e"), "{'a': 1, 'b': 2}");
        assert_eq!(
            shown(session, "undo 3"),
            "undid In [3]: e = d\nundid In [2]: d['b'] = 2\nundid In [1]: d = {'a': 1}"
        );
        assert!(shown(session, "undo").contains("there is nothing to undo"));
        assert!(shown(session, "undo undo").contains("undo takes a number, not: undo"));
        assert!(shown(session, "d").contains("NameError"));
        // What is done after an undo is all that can be done.
        session.execute("f = 1");
        assert!(shown(session, "redo").contains("there is nothing to redo"));
    });
}

/// A statement in a state that others make, and an expression that says what it changed.
const CHANGES: &[(&str, &str, &str)] = &[
    ("x = [1, 2]", "x.append(3)", "x"),
    ("x = [3, 1, 2]", "x.sort()", "x"),
    ("x = [1, 2, 3]", "x[0] = 9; x.pop(); x += [7, 8]; x[1:2] = []", "x"),
    ("x = [1, 2, 3]", "del x[1]; x.insert(0, 5); x.extend(range(200)); x.reverse(); x.clear()", "x"),
    ("x = {'a': {'b': {'c': [1]}}}", "x['a']['b']['c'].append(2); x['a']['b']['d'] = 3", "x"),
    ("x = {'a': 1, 'b': 2, 'c': 3}", "del x['a']; x['a'] = 4; x.pop('b')", "x"),
    ("x = {i: i for i in range(40)}", "[x.pop(i) for i in range(0, 40, 2)]; x['new'] = 1", "x"),
    (
        "x = {i: i for i in range(40)}",
        "[x.pop(i) for i in range(39)]; x.update({i: -i for i in range(99)})",
        "x",
    ),
    ("x = {'a': 1}", "x.update(b=2); x |= {'c': 3}; x.setdefault('d', 4); x.popitem()", "x"),
    ("x = OrderedDict(a=1, b=2)", "x.move_to_end('a'); x.clear()", "x"),
    ("x = {'a': torch.zeros(2)}; y = {'a': torch.ones(2), 'b': torch.ones(1)}", "update x y", "sorted(x)"),
    ("x = {1, 2, 3}", "x.add(4); x.discard(1); x |= {7}; x.pop(); x -= {2}", "x"),
    ("class A: pass\nx = A(); x.a = 1", "x.a = 2; x.b = [3]; del x.a", "sorted(vars(x).items())"),
    ("class A:\n    n = 0\nx = A()", "A.n = 5; A.f = lambda self: 1", "x.n, hasattr(x, 'f')"),
    (
        "x = 1",
        "class A: pass\ndef f(): pass\nx = 2; import json",
        "x, 'A' in globals(), 'f' in globals(), 'json' in globals()",
    ),
    ("x = 1; y = 2", "del x", "'x' in globals(), y"),
    (
        "def counter():\n    n = 0\n    def step():\n        nonlocal n\n        n += 1\n        return n\n    def peek():\n        return n\n    return step, peek\nstep, peek = counter()",
        "step(); step()",
        "peek()",
    ),
    ("x = torch.zeros(3)", "x.add_(1); x[0] = 7; x += 1", "x.tolist()"),
    ("x = torch.zeros(3, 2)", "x[0] = 7", "x.tolist()"),
    ("x = torch.zeros(3, 2)", "x[1:, 0] = torch.ones(2); x[..., -1] = 5", "x.tolist()"),
    ("x = torch.zeros(3, 2)", "x[x == 0] = 5", "x.tolist()"),
    ("x = torch.zeros(3, 2)", "x[[0, 2], [1, 1]] = 5; x[True] = 3", "x.tolist()"),
    ("x = nn.Linear(2, 1)", "with torch.no_grad(): x.weight[0, 0] = 9", "x.weight.tolist()"),
    ("import numpy as np; x = np.zeros(3)", "x[1] = 4; x[x == 0] = 2", "x.tolist()"),
    ("x = {'a': torch.zeros(30_000_000)}", "x['a'][7] = 1", "x['a'][7].item()"),
    ("x = nn.Linear(2, 1); nn.init.zeros_(x.weight)", "x.weight.data.fill_(1)", "x.weight.tolist()"),
    ("x = torch.zeros(2)", "x.requires_grad_(True); x.grad = torch.ones(2)", "x.requires_grad, x.grad"),
    ("x = torch.zeros(2)", "x.data = torch.ones(3)", "x.tolist()"),
    (
        "x = nn.BatchNorm1d(2)",
        "_ = x(torch.randn(4, 2))",
        "x.running_mean.tolist(), x.num_batches_tracked.item()",
    ),
    (
        "x = nn.Linear(2, 1); y = nn.Linear(2, 1).state_dict()",
        "load_state_dict y into x",
        "x.weight.tolist()",
    ),
    ("x = [0]; y = 0", "for i in range(1000): x.append(i); y = i; x[0] = i\n1 / 0", "x, y"),
];

#[test]
fn whatever_a_statement_changes_is_taken_back_and_made_again() {
    with_session(|session, _| {
        for (before, change, asked) in CHANGES {
            session.execute(before);
            let was = shown(session, asked);
            let number = session.next_number();
            session.execute(change);
            let is = shown(session, asked);
            assert_ne!(was, is, "{change}");
            let title = change.lines().next().unwrap();
            let undone = shown(session, "undo");
            let expected = format!("undid In [{number}]: {title}");
            assert!(expected.starts_with(undone.trim_end_matches([' ', '…'])), "{undone}");
            assert_eq!(shown(session, asked), was, "undo {change}");
            shown(session, "redo");
            assert_eq!(shown(session, asked), is, "redo {change}");
            shown(session, "undo");
            assert_eq!(shown(session, asked), was, "undo {change} again");
        }
    });
}

#[test]
fn what_cannot_be_taken_back_is_named() {
    with_session(|session, _| {
        session.execute("w = torch.ones(2, requires_grad=True)");
        session.execute("(w * 2).sum().backward()");
        session.execute("w");
        let refused = shown(session, "undo");
        assert!(refused.contains("In [2] computed gradients: this cannot be undone"), "{refused}");
        assert!(refused.contains("backward()"), "{refused}");
        session.execute("big = torch.zeros(20_000_000)");
        session.execute("big.fill_(1)");
        assert!(shown(session, "undo").contains("In [6] changed a tensor in place (too large"));
        // What the statement makes itself is its own to write to.
        session.execute("net = nn.Linear(4000, 3000)");
        assert!(shown(session, "undo").starts_with("undid In [8]: net = "));
    });
}

#[test]
fn a_large_dictionary_costs_a_statement_nothing() {
    with_session(|session, _| {
        session.execute("d = {f'layer{i}.weight': i for i in range(300_000)}");
        session.execute("d['first'] = 1");
        let started = Instant::now();
        for i in 0..50 {
            session.execute(&format!("d['key{i}'] = {i}; x = {i}"));
        }
        // Without optimisation, and beside other tests.
        assert!(started.elapsed() < Duration::from_millis(500), "{:?}", started.elapsed());
        session.execute("undo 50");
        assert_eq!(shown(session, "len(d), d['first']"), "(300001, 1)");
    });
}

#[test]
fn a_recording_replays() {
    with_session(|session, _| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("session.py");
        for line in ["d = {'a': 1}", "d['b'] = 2", "undo", "1 / 0"] {
            session.execute(line);
        }
        session.execute(&format!("record {}", path.display()));
        for line in ["d | {'c': 3}", "time e = _", "e['z']", "f = strip e 'c'", "undo", "keys e"] {
            session.execute(line);
        }
        let recorded = std::fs::read_to_string(&path).unwrap();
        assert_eq!(recorded, "d = {'a': 1}\n_6 = d | {'c': 3}\n_ = _6\ne = _\nkeys e\n");
        let (other, kept) = fresh();
        other.run("session.py", &recorded).unwrap();
        assert_eq!(*kept.output.borrow(), "a\nc\n");
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
fn completion_lists_the_modules_of_the_program() {
    with_session(|session, _| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("zoo_of_nets.py"), "raise ValueError").unwrap();
        std::fs::create_dir(folder.path().join("zoo_of_tools")).unwrap();
        std::fs::write(folder.path().join("zoo_of_tools/__init__.py"), "").unwrap();
        std::fs::write(folder.path().join("zoo_of-no-name.py"), "").unwrap();
        session
            .execute(&format!("import sys; sys.path.insert(0, {:?})", folder.path().display().to_string()));
        assert_eq!(texts(session, "import zoo_of"), ["zoo_of_nets", "zoo_of_tools"]);
        assert_eq!(texts(session, "import _sysin"), Vec::<String>::new());
        assert_eq!(texts(session, "import torch.lina"), ["torch.linalg"]);
    });
}

#[test]
fn completion_knows_its_place() {
    with_session(|session, _| {
        session.execute("p = {'fc.weight': torch.zeros(2), 'fc.bias': 1, 0: 'zero'}");
        session.execute("net = nn.Linear(2, 1)");
        session.execute("rate = 0.1");
        let begin =
            |line: &str, count: usize| texts(session, line).into_iter().take(count).collect::<Vec<_>>();
        // A verb speaks of what has weights, then come its own words.
        assert_eq!(texts(session, "items "), ["net", "p"]);
        // What something must follow has a space behind it.
        assert_eq!(texts(session, "q = filt"), ["filter "]);
        assert_eq!(begin("filter p ", 2), ["shape==", "shape!="]);
        assert_eq!(begin("filter p dtype== ", 2), ["float32", "float16"]);
        assert_eq!(texts(session, "load_state_dict p "), ["into "]);
        assert_eq!(texts(session, "load_state_dict p into "), ["net"]);
        // A call's arguments first, but for those that are given.
        assert_eq!(begin("torch.topk(rate, k=1, ", 2), ["dim=", "largest="]);
        assert_eq!(begin("nn.Linear(", 1), ["in_features="]);
        assert_eq!(begin("torch.zeros(2, dtype=", 1), ["torch.float32"]);
        assert_eq!(begin("torch.zeros(2, device=c", 2), ["cpu", "cuda"]);
        // Keys with their quotes, numbers without; the letters of one are enough.
        assert_eq!(texts(session, "p["), ["\"fc.", "0]"]);
        assert_eq!(texts(session, "p[\"fcw"), ["fc.weight\"]"]);
        assert_eq!(session.complete("p[\"fc.b\"]", 7).candidates[0].text, "fc.bias");
        assert_eq!(texts(session, "time hist"), ["hist", "history"]);
        assert_eq!(texts(session, "from torch import manual_s"), ["manual_seed"]);
        assert_eq!(texts(session, "from torch "), ["import"]);
    });
}

#[test]
fn a_ghost_shows_the_parameters_that_are_left() {
    with_session(|session, _| {
        let ghost = |text: &str| session.parameters_after(text).unwrap_or_default();
        assert!(ghost("torch.topk(").starts_with("input: Tensor, k: int, dim: int = -1"));
        assert!(ghost("torch.topk(x, f(1, 2),").starts_with(" dim: int = -1"));
        assert_eq!(ghost("load(\"a, b\", "), "device=None, **options)");
        assert_eq!(ghost("(1, "), "");
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
        let rows = torchsh_builtins::TABLE.iter().flat_map(|rows| rows.iter());
        let mut wrong = String::new();
        let mut count = 0;
        let folder = tempfile::tempdir().unwrap();
        let written = folder.path().join("example.pt").display().to_string();
        for row in rows {
            for (code, expected) in row.examples {
                count += 1;
                let code = &code.replace("example.pt", &written);
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
        for (line, hint) in [
            ("itmes m", "did you mean: items m"),
            ("p = load Cargo.toml", "load is a function: p = load(\"Cargo.toml\")"),
            ("save m out.pt", "a file's name stands in quotes: \"out.pt\""),
            ("torch.zeros(2, dtyp=torch.int8)", "did you mean dtype=?"),
            ("filter m shap== m", "did you mean shape==?"),
            ("filter m dtype== float17", "did you mean float16?"),
            (
                "filter m where v.ndim == 1",
                "module.fc.weight is not a tensor but int: begin the condition with torch.is_tensor(v) and",
            ),
            ("tutoral", "did you mean: tutorial"),
            ("help fliter", "did you mean: help filter"),
        ] {
            let shown = shown(session, line);
            let one_line = shown.replace('\n', " ");
            assert!(one_line.ends_with(&format!("hint: {hint} ")), "{line}:\n{shown}");
        }
    });
}

#[test]
fn results_and_inputs_are_kept_by_number() {
    with_session(|session, _| {
        session.execute("7");
        assert_eq!(shown(session, "Out[1] + 1"), "8");
        assert_eq!(shown(session, "In[1]"), "'7'");
        session.execute("Out = 'mine'");
        assert_eq!(shown(session, "Out"), "'mine'");
        assert!(shown(session, "who").lines().count() == 2);
    });
}

#[test]
fn what_was_cut_is_shown_by_page() {
    with_session(|session, _| {
        let cut = shown(session, "{f'k{chr(97 + i)}': torch.zeros(i + 1) for i in range(26)}");
        assert!(cut.contains("\n… 3 more rows: page shows all\n"), "{cut}");
        let whole = session.execute("page");
        assert!(whole.paged && whole.shown.is_some_and(|whole| whole.lines().count() == 28));
        let keys = shown(session, "keys _");
        assert!(keys.contains("… 3 more lines: page shows all"), "{keys}");
    });
}

#[test]
fn help_fits_a_terminal() {
    with_session(|session, _| {
        let topics = ["help", "help filter", "help rename", "help load", "help torch", "torch.topk?"];
        for columns in [44, 80, 120] {
            session.set_screen(Screen::plain(columns));
            for topic in topics {
                let shown = shown(session, topic);
                let is_wide = |line: &&str| torchsh_render::width::width(line) >= columns.max(76);
                assert!(shown.lines().find(is_wide).is_none(), "{columns}: {shown}");
            }
        }
        assert!(shown(session, "help dict.update").starts_with("dict.update("));
        assert!(shown(session, "help items").contains("in Python:\n    m.items()"));
    });
}
