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

#[test]
fn every_place_has_its_own_words() {
    let mut terminal = Terminal::ready(100);
    terminal.enter("p = {'layer1.weight': torch.zeros(2)}; net = nn.Linear(2, 1)");
    let cases = [
        // Verbs, and the words between their parts.
        ("filt\t", "filter "),
        ("filter p sha\t", "shape!="),
        ("filter p dtype== bfl\t", "filter p dtype== bfloat16"),
        ("load_state_dict p in\t", "load_state_dict p into "),
        ("load_state_dict p into n\t", "load_state_dict p into net"),
        // Modules and what is in them.
        ("import collec\t", "import collections"),
        ("from torch.nn import func\t", "from torch.nn import functional"),
        // Arguments by name, dtypes and devices.
        ("torch.topk(p, larg\t", "torch.topk(p, largest="),
        ("torch.zeros(2, dtype=torch.bf\t", "dtype=torch.bfloat16"),
        ("torch.zeros(2, device=\"cu\t", "device=\"cuda\""),
        ("net.to(\"cp\t", "net.to(\"cpu\""),
        ("torch.load(\"x.pt\", map_location=\"cp\t", "map_location=\"cpu\""),
        ("load(\"x.pt\", cu\t", "load(\"x.pt\", cuda"),
        // A few letters of a key, in order.
        ("p[\"l1w\t", "p[\"layer1.weight\"]"),
        // Methods of what is held.
        ("net.named_par\t", "net.named_parameters"),
        ("p[\"layer1.weight\"].is_con\t", "is_contiguous"),
    ];
    for (keys, wanted) in cases {
        terminal.keys("\x0c");
        terminal.keys(keys);
        terminal.wait(wanted);
        terminal.keys("\x15");
        terminal.wait_for("an empty line", |text| text.ends_with("In [2]:"));
    }
}

#[test]
fn a_list_says_what_each_is() {
    let mut terminal = Terminal::ready(100);
    terminal.enter("p = {'layer1.weight': torch.zeros(2, 3), 'layer1.bias': torch.zeros(3)}");
    terminal.keys("p[\"layer1.\t\t");
    let text = terminal.wait("float32 [2, 3]");
    assert!(text.contains("layer1.weight") && text.contains("layer1.bias"), "{text}");
    terminal.keys("\x15re\t\t");
    terminal.wait("write what is typed to a file");
}

#[test]
fn completion_runs_nothing_of_the_program() {
    let mut terminal = Terminal::ready(80);
    terminal.keys("class Loud:\rdef __getattr__(self, name):\rprint('it ' + 'ran')\rreturn 1\r\r");
    terminal.wait("In [2]: ");
    terminal.enter("loud = Loud()");
    terminal.keys("loud.some.thi\t\t");
    terminal.keys("loud\t\x15");
    terminal.enter("1 + 1");
    assert!(!terminal.text().contains("it ran"), "{}", terminal.text());
}
