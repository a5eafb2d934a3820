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
    terminal.enter("help filter");
    assert!(terminal.text().contains("filter p shape== m"));
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
    assert!(text.contains("line 2: colour = red is no setting"), "{text}");
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
