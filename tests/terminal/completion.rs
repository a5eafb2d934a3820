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
    terminal.wait("load(\"checkpoint.pt\")");
    // What was closed may be typed all the same, and another argument behind the quote.
    terminal.keys("\"");
    terminal.keys(", cpu)");
    terminal.wait("load(\"checkpoint.pt\", cpu)");
    terminal.keys("\x15load(\"che\t\")");
    terminal.wait_for("no bracket more", |text| text.ends_with("load(\"checkpoint.pt\")"));
    terminal.keys("\x15len(load(\"che\t)");
    terminal.wait_for("the outer one", |text| text.ends_with("len(load(\"checkpoint.pt\"))"));
    // Here more than a path is usual.
    terminal.keys("\x15torch.load(\"che\t");
    terminal.wait_for("an open bracket", |text| text.ends_with("torch.load(\"checkpoint.pt\""));
}

#[test]
fn rows_of_the_menu_say_what_each_does() {
    let mut terminal = Terminal::ready(100);
    terminal.keys("torch.\t");
    let text = terminal.wait("1-10 of ");
    assert!(text.contains("zeros   Returns a tensor filled with the scalar value 0"), "{text}");
    assert!(!text.contains("*arguments") && !text.contains("builtin_function"), "{text}");
    terminal.keys("\x1b");
    terminal.wait_for("no menu", |text| !text.contains("1-10 of"));
    terminal.keys("\x15nn.\t");
    terminal.wait("Applies an affine linear transformation to the incoming data");
}

#[test]
fn a_long_list_asks_no_question() {
    let mut terminal = Terminal::start(80, &[]);
    terminal.wait("In [1]: ");
    terminal.keys("torch.\t");
    let text = terminal.wait("1-10 of ");
    assert!(text.contains("tensor") && !text.contains("possibilities"), "{text}");
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
        ("rename p preset \"hf vi\t", "rename p preset \"hf vit to timm vit\""),
        ("cast p \"bf\t", "cast p \"bfloat16\""),
        ("filter p dtype== \"bf\t", "filter p dtype== \"bfloat16\""),
        ("save p \"x.safetensors\" shared=\"on\t", "save p \"x.safetensors\" shared=\"once\""),
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

#[test]
fn a_menu_is_walked_filtered_taken_and_left() {
    let mut terminal = Terminal::ready(80);
    terminal.enter("p = {f'layer{i}.weight': i for i in range(30)}");
    terminal.keys("p[\"\t");
    let text = terminal.wait("1-10 of 30");
    assert!(text.contains("In [2]: p[\"layer\n  layer0."), "{text}");
    // Walked: down, past the last in sight, back, and around.
    terminal.keys("\t");
    terminal.wait("> layer0.");
    terminal.keys("\x1b[B\x1b[B\x1b[Z");
    terminal.wait("> layer1.");
    terminal.keys("\x1b[A\x1b[A");
    terminal.wait("21-30 of 30");
    // Filtered while one types, and a letter taken back.
    terminal.keys("2");
    terminal.wait_for("fewer", |text| !text.contains("layer1.") && text.contains("1-10 of 11"));
    terminal.keys("9");
    terminal.wait_for("one", |text| !text.contains("layer28.") && text.contains("layer29."));
    // Left: nothing of it stays on the screen, and what was typed does.
    terminal.keys("\x1b");
    terminal.wait_for("no menu", |text| text.ends_with("In [2]: p[\"layer29"));
    terminal.keys("\x7f\t\t\x1b[B\r");
    // A name that only one key begins with is that key.
    terminal.wait_for("the second of them", |text| text.ends_with("In [2]: p[\"layer20.weight\"]"));
    // What it closed is stepped over.
    terminal.keys("\"]\r");
    terminal.wait("Out[2]: 20");
}

#[test]
fn completion_keeps_what_was_typed_and_offers_what_fits() {
    let mut terminal = Terminal::ready(80);
    terminal.enter(
        "ckpt = {f'layer4.{i}.conv{j}.weight': 1 for i in range(3) for j in (1, 2)}; net = nn.Linear(2, 1)",
    );
    // Letters of several keys stay as they were typed.
    terminal.keys("ckpt[\"l4c2\t");
    let text = terminal.wait("layer4.2.conv2.weight");
    assert!(text.contains("In [2]: ckpt[\"l4c2\n"), "{text}");
    let fresh = |terminal: &mut Terminal| {
        terminal.keys("\x03");
        terminal.wait_for("a fresh prompt", |text| text.ends_with("In [2]:"));
        terminal.keys("\x0c");
        terminal.wait_for("an empty line", |text| text == "In [2]:");
    };
    fresh(&mut terminal);
    for (typed, shown) in
        [("tree ckpt ", ""), ("load_state_dict ckpt into ", "net"), ("filter ckpt sha", "pe")]
    {
        terminal.keys(&format!("{typed}\t"));
        let line = format!("In [2]: {typed}{shown}");
        terminal.wait_for(&line, |text| text.lines().next() == Some(line.trim_end()));
        fresh(&mut terminal);
    }
    terminal.keys("filter ckpt \t");
    terminal.wait("a key that fits a pattern");
    fresh(&mut terminal);
    terminal.keys("net.\t");
    let text = terminal.wait(" of ");
    assert!(text.contains("  weight") && text.contains("  state_dict"), "{text}");
}

#[test]
fn options_of_verbs_are_offered_where_they_can_stand() {
    let mut terminal = Terminal::ready(80);
    terminal.enter("p = {'a.weight': torch.zeros(2)}; q = {'a.weight': torch.ones(2)}");
    let cases = [
        ("items p b\t", "items p by"),
        ("items p by si\t", "items p by size"),
        ("items p by size re\t", "items p by size reversed"),
        ("describe p by st\t", "describe p by std"),
        ("diff p p by max_a\t", "diff p p by max_abs"),
        ("find p \"fc\" by n\t", "find p \"fc\" by name"),
        ("diff p q at\t", "diff p q atol="),
        ("save p 'x.gguf' conf\t", "config="),
        ("grow p 'a*' to 5 ro\t", "rows="),
    ];
    for (keys, wanted) in cases {
        terminal.keys("\x0c");
        terminal.keys(keys);
        terminal.wait(wanted);
        terminal.keys("\x15");
        terminal.wait_for("an empty line", |text| text.ends_with("In [2]:"));
    }
    // What is given is not offered again.
    terminal.keys("\x0cdiff p q atol=1e-3 \t");
    let text = terminal.wait("rtol=");
    assert!(!text.contains("  atol="), "{text}");
}

#[test]
fn enter_in_an_open_string_takes_the_first_of_the_menu() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["step 0.txt", "step 1.txt"] {
        std::fs::write(folder.path().join(name), b"x").unwrap();
    }
    let mut terminal = Terminal::start_in(folder, 80, &[]);
    terminal.wait("In [1]: ");
    // The quote comes with the files, and the menu stays while the name is typed.
    terminal.keys("len(open(\t");
    terminal.wait("step 1.txt");
    terminal.keys("\x15len(open(\"st\t");
    terminal.wait("step 1.txt");
    terminal.keys("\r");
    terminal.wait("open(\"step 0.txt\"");
    terminal.keys(").read())\r");
    terminal.wait("Out[1]: 1");
}
