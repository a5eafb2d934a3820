//! What Tab and the ghost behind the cursor offer.

use crate::emulator::Terminal;

#[test]
fn keys_are_completed_segment_by_segment() {
    let mut terminal = Terminal::start(80, &[]);
    terminal.wait("In [1]: ");
    terminal.enter("m = {\"layer1.conv.weight\": 1, \"layer1.conv.bias\": 2, \"fc.weight\": 3}");
    terminal.keys("m[\"la\t");
    terminal.wait("m[\"layer1.");
    terminal.keys("\t");
    terminal.wait("m[\"layer1.conv.");
    terminal.keys("b\t");
    terminal.wait("m[\"layer1.conv.bias\"]");
    terminal.keys("\r");
    terminal.wait("Out[2]: 2");
}

#[test]
fn names_attributes_and_paths_are_completed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("checkpoint.pt"), b"x").unwrap();
    let mut terminal = Terminal::start_in(folder, 80, &[]);
    terminal.wait("In [1]: ");
    terminal.enter("some_long_name = \"abc\"");
    terminal.keys("some_lo\t");
    terminal.wait("In [2]: some_long_name");
    terminal.keys(".startsw\t(\"a\")\r");
    terminal.wait("Out[2]: True");
    terminal.keys("load(\"che\t");
    terminal.wait("load(\"checkpoint.pt\"");
}

#[test]
fn a_long_list_asks_no_question() {
    let mut terminal = Terminal::start(80, &[]);
    terminal.wait("In [1]: ");
    terminal.keys("torch.\t");
    let text = terminal.wait(" more");
    assert!(text.contains("absolute") && !text.contains("possibilities"), "{text}");
    terminal.keys("topk(\t");
    let text = terminal.wait("largest=");
    assert!(text.contains("bool = True"), "{text}");
}
