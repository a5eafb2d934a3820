//! Saving over a file that holds something else: the person is asked.

use crate::emulator::Terminal;

#[test]
fn other_keys_are_not_replaced_unasked() {
    let mut terminal = Terminal::ready(100);
    terminal.enter("p = {'a': torch.ones(3), 'b': torch.ones(3), 'epoch': 3}");
    terminal.enter("q = {'a': torch.ones(3)}");
    terminal.enter("save p 'x.pt'");
    terminal.enter("save p 'x.pt'");
    terminal.wait("saved 2 tensors: replaced x.pt (");
    let question = "x.pt holds 1 tensor that you do not save (b). Replace it? [y/N]";
    for (answer, said) in [
        ("\r", "nothing was saved: x.pt is as it was"),
        ("no\r", "nothing was saved"),
        ("\x04", "nothing was saved"),
        ("\x03", "nothing was saved"),
        ("y\r", "saved 1 tensor: replaced x.pt ("),
    ] {
        terminal.keys("save q 'x.pt'\r");
        terminal.wait(question);
        terminal.keys(answer);
        terminal.wait(said);
        terminal.wait_for("a fresh prompt", |text| text.ends_with("]:"));
        terminal.keys("\x0c");
        terminal.wait_for("a clean screen", |text| !text.contains("Replace it?"));
    }
    terminal.enter("!echo text > notes.txt");
    terminal.keys("save(q, 'notes.txt')\r");
    terminal.wait("notes.txt is there and is not a checkpoint. Replace it? [y/N]");
    terminal.keys("YES\r");
    terminal.wait_for("a fresh prompt", |text| text.ends_with("]:"));
    // What a function does is typed, too; what a script does is not.
    terminal.enter("torch.save(p, 'x.pt')");
    assert!(!terminal.text().contains("Replace it?\n"), "{}", terminal.text());
}

#[test]
fn what_is_typed_ahead_does_not_stand_before_a_message() {
    let mut terminal = Terminal::ready(80);
    terminal.enter("p = {'a.w': torch.ones(2)}; import time");
    terminal.keys("print('begun'); time.sleep(1.5); save p \"o.pt\"\r");
    terminal.wait("\nbegun");
    terminal.keys("len(p)");
    let text =
        terminal.wait_for("the next prompt with what was typed", |text| text.ends_with("In [3]: len(p)"));
    assert!(text.contains("\nsaved 1 tensor"), "{text}");
    terminal.keys("\r");
    terminal.wait("Out[3]: 1");
}
