//! Help, the tutorial, and what an error says.

use crate::emulator::Terminal;

#[test]
fn help_is_there_for_everything() {
    let folder = tempfile::tempdir().unwrap();
    // A page that is longer than the screen is shown in the pager; here one that shows its last line.
    let mut terminal = Terminal::start_with(folder, 100, &[], &[("PAGER", "sed -n '$s/^/paged: /p'")]);
    terminal.wait("In [1]: ");
    let text = terminal.answer("help");
    assert!(text.contains("paged: ") && !text.contains("A line is Python"), "{text}");
    let cases: &[(&str, &[&str])] = &[
        ("help filter", &["paged: ", "a.w"]),
        ("drop?", &["Removes the keys that match a pattern"]),
        ("help(torch.topk)", &["paged: ", "indices=tensor([4, 3, 2])"]),
        ("help set", &["set theme light changes one"]),
        ("?torch.load", &["map_location", "nothing in it is executed"]),
        ("help undo", &["undo"]),
    ];
    for (line, wanted) in cases {
        let text = terminal.answer(line);
        for wanted in *wanted {
            assert!(text.contains(wanted), "no {wanted:?} after {line}:\n{text}");
        }
    }
    terminal.keys("\x0ctutorial\r");
    terminal.wait("1 of 6: a state_dict is a dictionary");
    // Enter runs the page, and the next one comes.
    terminal.keys("\x0c\r");
    let text = terminal.wait("2 of 6: a model and its state_dict");
    assert!(text.contains("'pear': 'yellow'"), "{text}");
    terminal.keys("tutorial stop\r");
    terminal.wait("the tutorial has ended");
}

#[test]
fn without_a_pager_a_page_comes_by_screens() {
    let folder = tempfile::tempdir().unwrap();
    // A PATH without less; what torchsh needs of it is not there either.
    let path = folder.path().display().to_string();
    let mut terminal = Terminal::start_with(folder, 80, &[], &[("PATH", &path), ("PAGER", "")]);
    terminal.wait("In [1]: ");
    terminal.keys("\x0chelp\r");
    let text = terminal.wait("more lines: any key goes on, q ends");
    assert!(text.contains("A line is Python"), "{text}");
    terminal.keys(" ");
    terminal.wait_for("the next screen", |text| !text.contains("A line is Python"));
    terminal.keys("q");
    terminal.wait("In [2]: ");
    assert!(!terminal.text().contains("any key goes on"), "{}", terminal.text());
}

#[test]
fn operators_are_told_of_by_pytorch_where_it_is_at_hand() {
    let Some(docs) = documented() else {
        crate::common::tell("skipped: there is no _torch_docs.py of PyTorch to read");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let docs = docs.display().to_string();
    let variables = [("TORCHSH_LIBTORCH", docs.as_str()), ("PAGER", "cat")];
    let mut terminal = Terminal::start_with(folder, 100, &[], &variables);
    terminal.wait("In [1]: ");
    terminal.keys("torch.topk?\r");
    terminal.wait("In [2]:");
    // It is longer than the screen.
    let text = terminal.written();
    for wanted in ["Returns the k largest elements", "k (int): the k in \"top-k\"", ">>> torch.topk(x, 3)"] {
        assert!(text.contains(wanted), "no {wanted:?} in\n{text}");
    }
    // A part of a model, and its parameters.
    terminal.enter("net = nn.Sequential(nn.Linear(2, 3))");
    terminal.forget_written();
    terminal.keys("net[0]?\r");
    terminal.wait("In [4]:");
    let text = terminal.written();
    for wanted in ["Linear(in_features=2, out_features=3, bias=True)", "weight  [3, 2]  float32"] {
        assert!(text.contains(wanted), "no {wanted:?} in\n{text}");
    }
}

/// The folder of a PyTorch with its docstrings: that of the Python that tests are run with.
fn documented() -> Option<std::path::PathBuf> {
    let python = std::env::var_os("TORCHSH_PYTHON")?;
    let script = "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])";
    let output = std::process::Command::new(python).args(["-c", script]).output().ok()?;
    let folder = std::path::PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    folder.join("_torch_docs.py").exists().then_some(folder)
}

#[test]
fn an_error_shows_its_place_and_what_to_type() {
    let mut terminal = Terminal::ready(80);
    terminal.enter("m = {'fc.weight': torch.zeros(2, 3)}");
    let text = terminal.answer("x = m[\"fc.wieght\"]");
    assert!(
        text.contains("    x = m[\"fc.wieght\"]\n        ^^^^^^^^^^^^^^\nKeyError: 'fc.wieght'"),
        "{text}"
    );
    assert!(text.contains("hint: did you mean 'fc.weight'?"), "{text}");
    let text = terminal.answer("torch.zeros(2, 3) @ torch.zeros(2, 3)");
    assert!(text.contains("mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)"), "{text}");
    // Long lists of keys are cut; traceback has them all.
    terminal.enter("net = nn.ModuleList(nn.Linear(2, 2) for _ in range(30))");
    terminal.enter("p = {'module.' + k: v for k, v in net.state_dict().items()}");
    let text = terminal.answer("load_state_dict p into net");
    assert!(text.contains("hint: ") && text.contains("strip"), "{text}");
    assert!(!text.contains("29.bias"), "{text}");
    terminal.keys("traceback\r");
    terminal.wait("29.bias");
}

#[test]
fn the_tutorial_runs_as_shown_and_touches_nothing_of_the_persons() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("model.pt"), b"mine").unwrap();
    let mut terminal = Terminal::start_in(folder, 80, &[]);
    terminal.wait("In [1]: ");
    terminal.enter("weights = 'mine'");
    terminal.keys("tutorial\r");
    for page in 1..=6 {
        let text = terminal.wait(&format!("Enter runs these lines (page {page} of 6"));
        assert!(!text.contains("Error"), "{text}");
        terminal.keys("\x0c\r");
    }
    let text = terminal.wait("the tutorial has ended");
    assert!(text.contains("undid In [") && !text.contains("Error"), "{text}");
    terminal.wait_for("a fresh prompt", |text| text.ends_with("]:"));
    assert!(terminal.answer("weights, 'net' in globals()").contains("('mine', False)"));
    terminal.keys("\x04");
    let folder = terminal.ends().1;
    assert_eq!(std::fs::read(folder.path().join("model.pt")).unwrap(), b"mine");
}
