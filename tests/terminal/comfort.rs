//! Commands of the prompt, settings, and what a person does to a statement that takes long.

use std::time::{Duration, Instant};

use crate::emulator::{LIMIT, Terminal};

#[test]
fn control_c_stops_a_statement_and_keeps_the_session() {
    let mut terminal = Terminal::start(80, &[]);
    terminal.wait("In [1]: ");
    terminal.enter("kept = 41");
    // What is pressed before the statement runs would be a key of the line.
    terminal.keys("for i in iter(int, 1): kept == 41 and print('be' + 'gun'); kept = 40\r\r");
    terminal.wait("begun");
    terminal.keys("\x03");
    terminal.wait("In [3]: ");
    assert!(terminal.text().contains("KeyboardInterrupt"));
    terminal.enter("kept + 2");
    assert!(terminal.text().contains("Out[3]: 42"));
    // At the prompt it drops the line.
    terminal.keys("half a line");
    terminal.wait("In [4]: half a line");
    terminal.keys("\x03");
    terminal.wait_for("a fresh prompt", |text| text.ends_with("In [4]:"));
    terminal.enter("7");
    assert!(terminal.text().contains("Out[4]: 7"));
    // While another program runs it is for that program, however often it is pressed.
    terminal.keys("!trap '' INT; echo wait''ing; read line; echo done with $line\r");
    terminal.wait("waiting");
    terminal.keys("\x03\x03it\r");
    terminal.wait("done with it");
    terminal.wait("In [6]: ");
    terminal.enter("kept + 2");
    assert!(terminal.text().contains("Out[6]: 42"));
}

#[test]
fn control_c_in_an_operator_says_how_to_leave() {
    let mut terminal = Terminal::start(80, &[]);
    terminal.wait("In [1]: ");
    // Minutes of work, in one operator.
    terminal.keys("a = torch.randn(9000, 9000); print('be' + 'gun'); torch.linalg.svd(a)\r");
    terminal.wait("begun");
    std::thread::sleep(Duration::from_millis(200));
    terminal.keys("\x03");
    std::thread::sleep(Duration::from_millis(200));
    terminal.keys("\x03");
    terminal.wait("stops when the running operator returns; Ctrl-C again ends torchsh");
    terminal.keys("\x03");
    assert_eq!(terminal.ends().0, Some(130));
}

#[test]
fn commands_of_the_prompt_work() {
    let mut terminal = Terminal::start(80, &[]);
    terminal.wait("In [1]: ");
    terminal.enter("d = {\"a\": 1}");
    terminal.enter("d[\"b\"] = 2");
    terminal.enter("undo");
    terminal.enter("d");
    assert!(terminal.text().contains("{'a': 1}"), "{}", terminal.text());
    terminal.enter("who");
    assert!(terminal.text().contains("dict  1 item"), "{}", terminal.text());
    terminal.enter("!echo from the system");
    assert!(terminal.text().contains("\nfrom the system"));
    terminal.enter("help drop");
    assert!(terminal.text().contains("Removes the keys that match a pattern"), "{}", terminal.text());
    terminal.enter("record r.py");
    terminal.enter("after = 5");
    terminal.keys("exit\r");
    let (status, folder) = terminal.ends();
    assert_eq!(status, Some(0));
    let recorded = std::fs::read_to_string(folder.path().join("r.py")).unwrap();
    assert!(recorded.ends_with("after = 5\n"), "{recorded}");
}

#[test]
fn settings_and_start_up_file_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join(".config/torchsh");
    std::fs::create_dir_all(&place).unwrap();
    std::fs::write(place.join("startup.py"), "ready = 'it is'\n").unwrap();
    std::fs::write(place.join("settings"), "edit_mode = vi\ncolour = red\n").unwrap();
    let mut terminal = Terminal::start_in(folder, 80, &[]);
    let text = terminal.wait("In [1]: ");
    assert!(text.contains("line 2: colour = red: colour is not a setting"), "{text}");
    // vi: to the beginning of the line and over it. Escape alone takes the cursor one back, once it is told from a sequence.
    terminal.keys("eady\x1b");
    let started = Instant::now();
    while terminal.cursor() != 11 && started.elapsed() < LIMIT {
        std::thread::sleep(Duration::from_millis(20));
    }
    terminal.keys("0ir\r");
    terminal.wait("Out[1]: 'it is'");
}

#[test]
fn settings_change_at_once_and_are_kept() {
    let mut terminal = Terminal::ready(100);
    let text = terminal.answer("set");
    assert!(text.contains("theme     auto") && text.contains("brackets  off"), "{text}");
    assert!(terminal.answer("set colour red").contains("colour is not a setting; these are: theme, keys"));
    assert!(terminal.answer("set theme pink").contains("theme is auto, dark, light or none, not pink"));
    // Brackets and quotes close themselves from the next line on.
    assert!(terminal.answer("set brackets on").contains("brackets = on, kept for later sessions"));
    terminal.keys("len(\"ab");
    terminal.wait("len(\"ab\")");
    terminal.keys("\")\r");
    terminal.wait("Out[5]: 2");
    terminal.enter("set brackets off");
    // The mode of vi stands before the prompt.
    terminal.keys("set keys vi\r");
    terminal.wait("[I] In [8]:");
    terminal.keys("xy\x1b");
    terminal.wait("[N] In [8]: xy");
    terminal.keys("0iz");
    terminal.wait("[I] In [8]: zxy");
    terminal.keys("\x03");
    terminal.wait_for("a fresh prompt", |text| text.ends_with("[I] In [8]:"));
    terminal.keys("set keys emacs\r");
    terminal.wait_for("a prompt without a mode", |text| text.ends_with("\nIn [9]:"));
    // The colours.
    terminal.keys("set theme li\t\r");
    terminal.wait("theme = light");
    terminal.wait("In [10]:");
    terminal.keys("x = 12");
    terminal.wait("x = 12");
    assert_eq!(terminal.look("12").0, vt100::Color::Idx(4));
    terminal.keys("\x03");
    terminal.wait_for("a fresh prompt", |text| text.ends_with("In [10]:"));
    terminal.keys("\x04");
    let folder = terminal.ends().1;
    let kept = std::fs::read_to_string(folder.path().join(".config/torchsh/settings")).unwrap();
    assert_eq!(kept, "brackets = off\nkeys = emacs\ntheme = light\n");
}

#[test]
fn the_terminal_is_told_where_prompts_and_results_begin() {
    let mut terminal = Terminal::ready(80);
    terminal.enter("1 + 1");
    terminal.enter("missing");
    let written = terminal.written();
    for wanted in
        ["\x1b]133;A\x07", "\x1b]133;B\x07", "\x1b]133;C\x07", "\x1b]133;D;0\x07", "\x1b]133;D;1\x07"]
    {
        assert!(written.contains(wanted), "no {wanted:?}");
    }
    // A program that failed did not end well, and a line that was left ended without a status.
    for (keys, wanted) in [("!exit 3\r", "\x1b]133;D;1\x07"), ("left\x03", "\x1b]133;D\x07")] {
        terminal.forget_written();
        terminal.keys(keys);
        terminal.wait_until_written(wanted);
    }
    terminal.enter("set marks off");
    terminal.forget_written();
    terminal.enter("2 + 2");
    assert!(!terminal.written().contains("\x1b]133"));
    // Terminals that would show them are sent none.
    let mut console = Terminal::start_with(tempfile::tempdir().unwrap(), 80, &[], &[("TERM", "linux")]);
    console.wait("In [1]: ");
    console.enter("1 + 1");
    assert!(!console.written().contains("\x1b]"));
}

#[test]
fn a_light_ground_is_asked_for() {
    let mut terminal = Terminal::start_with(tempfile::tempdir().unwrap(), 80, &[], &[("NO_COLOR", "")]);
    terminal.wait_until_written("\x1b]11;?");
    terminal.keys("\x1b]11;rgb:fdfd/f6f6/e3e3\x1b\\\x1b[?62;22c");
    terminal.wait("In [1]: ");
    terminal.keys("x = 12");
    terminal.wait("x = 12");
    assert_eq!(terminal.look("12").0, vt100::Color::Idx(4));
    // Where nothing answers, nothing is waited for, and nothing of it is on the screen.
    let mut silent = Terminal::start_with(tempfile::tempdir().unwrap(), 80, &[], &[("NO_COLOR", "")]);
    let text = silent.wait("In [1]: ");
    assert!(!text.contains("11;") && !text.contains("rgb"), "{text}");
}

#[test]
fn words_of_other_shells_do_what_is_meant() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("runs")).unwrap();
    for name in ["a.pt", "b.pt", "notes.txt"] {
        std::fs::write(folder.path().join(name), b"x").unwrap();
    }
    let mut terminal = Terminal::start_in(folder, 80, &[]);
    terminal.wait("In [1]: ");
    let text = terminal.answer("ls *.pt");
    assert!(text.contains("a.pt") && text.contains("b.pt") && !text.contains("notes"), "{text}");
    assert!(terminal.answer("cd -").contains("there is no folder to go back to"));
    terminal.enter("cd runs");
    assert!(terminal.answer("cd -").lines().any(|line| !line.contains("runs") && line.starts_with('/')));
    let text = terminal.answer("explain p = load('x.pt', cuda)");
    assert!(text.contains("p = torch.load('x.pt', map_location=\"cuda\")"), "{text}");
    let text = terminal.answer("for i in range(3): nn.Softmax()(torch.ones(3))");
    assert_eq!(text.matches("Implicit dimension choice").count(), 1, "{text}");
}

#[test]
fn hints_break_at_words() {
    let mut terminal = Terminal::ready(60);
    terminal.enter(
        "net = nn.Sequential(nn.Linear(2, 3)); p = {'module.' + k: v for k, v in net.state_dict().items()}",
    );
    let text = terminal.answer("load_state_dict p into net");
    let hint: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("hint:")).collect();
    assert!(hint.len() > 2, "{text}");
    // What goes on in the next line begins with a whole word.
    for pair in hint.windows(2).filter(|pair| !pair[1].starts_with("In [")) {
        let next = pair[1].split(' ').next().unwrap_or_default();
        assert!(pair[0].chars().count() + 1 + next.chars().count() > 60, "{pair:?}");
    }
    let model = terminal.answer("explain filter p shape== net");
    assert!(model.contains("net.state_dict()[k].shape"), "{model}");
}

#[test]
fn long_works_say_how_far_they_are_and_stop() {
    let folder = tempfile::tempdir().unwrap();
    // A file of holes, which takes no disk and seconds to read.
    let header = br#"{"a":{"dtype":"U8","shape":[6000000000],"data_offsets":[0,6000000000]}}"#;
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header);
    let file = std::fs::File::create(folder.path().join("long.safetensors")).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &bytes, 0).unwrap();
    file.set_len(bytes.len() as u64 + 6_000_000_000).unwrap();
    let mut terminal = Terminal::start_in(folder, 80, &[]);
    terminal.wait("In [1]: ");
    terminal.keys("lines = manifest('long.safetensors')\r");
    // How much of it, how fast, and how long still.
    let text = terminal.wait("/s");
    assert!(text.contains("5.6 GiB") && text.contains('%'), "{text}");
    let pressed = Instant::now();
    terminal.keys("\x03");
    terminal.wait("KeyboardInterrupt");
    terminal.wait("In [2]: ");
    assert!(pressed.elapsed() < Duration::from_secs(5), "{:?}", pressed.elapsed());
    // The bar is gone.
    assert!(!terminal.text().contains("GiB/s"), "{}", terminal.text());
}

#[test]
fn time_and_memory_are_told() {
    let mut terminal = Terminal::ready(80);
    let text = terminal.answer("time sum(range(1000))");
    assert!(
        text.contains("499500") && text.contains("took ") && text.contains("memory at its peak"),
        "{text}"
    );
    let text = terminal.answer("%time x = torch.zeros(50_000_000)");
    assert!(text.contains("memory at its peak"), "{text}");
    let text = terminal.answer("timeit 1 + 1");
    assert!(text.contains("(best ") && text.contains(" runs)"), "{text}");
    let text = terminal.answer("who");
    assert!(text.contains("x     Tensor") && text.contains("190.7 MiB"), "{text}");
}

#[test]
fn folders_are_walked() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("runs")).unwrap();
    std::fs::write(folder.path().join("runs/model.pt"), b"x").unwrap();
    let mut terminal = Terminal::start_in(folder, 80, &[]);
    terminal.wait("In [1]: ");
    assert!(terminal.answer("ls").contains("runs/"));
    terminal.keys("cd ru\t\r");
    terminal.wait("In [3]: ");
    let text = terminal.answer("ls");
    assert!(text.contains("model.pt"), "{text}");
    assert!(terminal.answer("pwd").contains("/runs"));
    terminal.keys("load(\"mo\t");
    terminal.wait("load(\"model.pt\"");
}

#[test]
fn undo_takes_back_what_was_changed() {
    let mut terminal = Terminal::ready(80);
    terminal.enter("m = {'a': 1}");
    terminal.enter("m.update({'b': 2})");
    terminal.enter("del m['a']");
    terminal.enter("undo");
    assert!(terminal.answer("m").contains("{'a': 1, 'b': 2}"));
    terminal.enter("m = 5");
    terminal.enter("undo");
    terminal.enter("undo");
    assert!(terminal.answer("m").contains("{'a': 1}"), "{}", terminal.text());
}

#[test]
fn a_script_and_files_may_come_first() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("s.py"), "total = sum(range(5))\nprint('ran')\n").unwrap();
    let mut terminal = Terminal::start_in(folder, 80, &["-i", "s.py"]);
    let text = terminal.wait("In [1]: ");
    assert!(text.starts_with("ran\n"), "{text}");
    assert!(terminal.answer("total").contains("Out[1]: 10"));
    terminal.enter("save({'a': torch.ones(2)}, 'x.pt')");
    terminal.enter("save({'b': torch.ones(3)}, 'y.safetensors')");
    terminal.keys("\x04");
    let folder = terminal.ends().1;
    let mut terminal = Terminal::start_in(folder, 80, &["x.pt", "y.safetensors"]);
    let text = terminal.wait("In [1]: ");
    assert!(
        text.contains("ckpt = load(\"x.pt\")") && text.contains("ckpt2 = load(\"y.safetensors\")"),
        "{text}"
    );
    assert!(terminal.answer("ckpt['a'].sum() + ckpt2['b'].sum()").contains("tensor(5.)"));
}

#[test]
fn the_first_screen_is_short() {
    let text = Terminal::ready(80).text();
    assert!(text.lines().count() <= 4, "three lines and the prompt:\n{text}");
}

#[test]
fn control_z_stops_the_prompt_and_fg_goes_on_with_the_line() {
    let mut terminal = Terminal::shell(80);
    terminal.keys("$torchsh\r");
    terminal.wait("In [1]: ");
    terminal.enter("kept = 5");
    // Twice, in the middle of a line, in the middle of a block, and with a menu open.
    for (keys, shown, end) in [
        ("kept +\x1b[D", "]: kept +", "\x1b[C 37\r"),
        ("if kept:\rkept * 2", "...:     kept * 2", "\r\r"),
        ("torch.\t", "1-10 of", "\x15kept\r"),
    ] {
        for _ in 0..2 {
            let number = terminal.number();
            terminal.keys(keys);
            terminal.wait(shown);
            terminal.keys("\x1a");
            terminal.wait_for("the shell", |text| {
                text.contains("Stopped") && text.trim_end().ends_with("shell:")
            });
            terminal.keys("clear; fg\r");
            terminal.wait(&format!("In [{number}]: {}", keys.split(['\r', '\x1b', '\t']).next().unwrap()));
            // Keys come one by one again, at the place where the cursor was.
            terminal.keys(end);
            terminal.wait(&format!("In [{}]:", number + 1));
        }
    }
    let text = terminal.answer("_, kept");
    assert!(text.contains("(5, 5)"), "{text}");
}
