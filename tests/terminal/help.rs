//! Help, the tutorial, and what an error says.

use crate::emulator::Terminal;

#[test]
fn help_is_there_for_everything() {
    let mut terminal = Terminal::ready(100);
    terminal.keys("\x0chelp\r");
    terminal.wait("In [2]: ");
    // A page that is longer than the screen is shown in parts.
    let cases: &[(&str, &[&str])] = &[
        ("help filter", &["filter p shape== m", "items"]),
        ("filter?", &["filter p shape== m"]),
        ("help(torch.topk)", &["torch.topk(input: Tensor, k: int, dim: int = -1"]),
        ("torch.addmm?", &["torch.addmm(input: Tensor, mat1: Tensor, mat2: Tensor"]),
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
