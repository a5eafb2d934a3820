//! `browse`: a checkpoint on the whole screen.

use crate::emulator::Terminal;

/// A checkpoint as people save them, in the folder of a prompt.
const MAKE: &str = "w = {'module.' + n + '.' + p: torch.ones(2, i + 1) for i, n in enumerate(['conv1', 'layer1.0.conv', 'fc']) for p in ['weight', 'bias']}; \
    ckpt = {'epoch': 3, 'state_dict': w, 'optimizer': {'state': {0: {'exp_avg': torch.zeros(4)}}, 'param_groups': [{'lr': 0.1}]}}";

fn started(columns: u16) -> Terminal {
    let mut terminal = Terminal::ready(columns);
    terminal.enter(MAKE);
    terminal
}

#[test]
fn a_tree_is_walked_and_looked_at() {
    let mut terminal = started(100);
    terminal.keys("browse ckpt\r");
    let text = terminal.wait("q leaves");
    assert!(
        text.contains("ckpt  7 tensors · ") && text.contains("▸ state_dict") && text.contains("epoch"),
        "{text}"
    );
    // Into the state_dict and its modules, back, and all at once.
    terminal.keys("jlll");
    terminal.wait("▸ conv1");
    terminal.keys("h");
    terminal.wait_for("a closed tree", |text| !text.contains("conv1"));
    terminal.keys("E");
    terminal.wait("layer1.0.conv");
    // A search by parts; Enter looks closely.
    terminal.keys("/fc.wei\r");
    terminal.wait("1 place found");
    terminal.keys("\r");
    let path = "ckpt[\"state_dict\"][\"module.fc.weight\"]";
    let text = terminal.wait_for("what is looked at", |text| text.contains(path) && text.contains("████"));
    for wanted in ["[2, 3] · float32 · 6 elements · 24 B", "min 1  max 1  mean 1", "████"] {
        assert!(text.contains(wanted), "no {wanted:?} in\n{text}");
    }
    // What is looked at goes along.
    terminal.keys("j");
    terminal.wait("ckpt[\"state_dict\"][\"module.fc.bias\"]");
    terminal.keys("?");
    terminal.wait("PageUp, PageDown");
    terminal.keys("xq");
    terminal.wait_for("the prompt as it was", |text| text.contains("In [3]:") && !text.contains("q leaves"));
    assert!(terminal.text().contains("browse ckpt"), "{}", terminal.text());
    assert!(terminal.answer("1 + 1").contains("Out[3]: 2"));
}

#[test]
fn what_was_done_stands_at_the_prompt_and_is_taken_back() {
    let mut terminal = started(100);
    terminal.keys("browse ckpt\r");
    terminal.wait("q leaves");
    // All biases, as a search finds them.
    terminal.keys("/bias\rMd");
    terminal.wait("kept 3 of 6 entries");
    terminal.keys("u");
    terminal.wait("undid In [3]");
    terminal.keys("/bias\rMs");
    terminal.wait("save what is marked to:");
    terminal.keys("biases.safetensors\r");
    terminal.wait("saved 3 tensors");
    terminal.keys("s");
    terminal.wait("save what is marked to:");
    terminal.keys("biases.safetensors\r");
    terminal.wait("biases.safetensors exists: replace it?");
    terminal.keys("n");
    terminal.wait("nothing was saved");
    terminal.keys("\x1b");
    terminal.wait_for("an end of the search", |text| !text.contains("nothing was saved"));
    // Escape is told from the beginning of a sequence by what does not follow.
    terminal.keys("\x1b");
    terminal.wait_for("no marks", |text| !text.contains(" marked of "));
    terminal.keys("Eg/layer1\rr");
    terminal.wait("rename to: module.layer1");
    terminal.keys("\x15module.stage1\r");
    terminal.wait("renamed 2 of 6 keys");
    terminal.keys("gjj");
    terminal.wait("optimizer");
    terminal.keys("/optimizer\rd");
    terminal.wait_for("no optimizer", |text| text.contains("del ckpt[\"optimizer\"]"));
    terminal.keys("q");
    let text = terminal.wait("In [8]:");
    for wanted in [
        "In [3]: ckpt[\"state_dict\"] = drop ckpt[\"state_dict\"] \"*.bias\"",
        "In [4]: undo",
        "In [5]: keep ckpt[\"state_dict\"] \"*.bias\" | save \"biases.safetensors\"",
        "In [6]: ckpt[\"state_dict\"] = rename ckpt[\"state_dict\"] \"module.layer1.0.conv.*\" \"module.stage1.*\"",
        "In [7]: del ckpt[\"optimizer\"]",
    ] {
        assert!(text.contains(wanted), "no {wanted:?} in\n{text}");
    }
    // It is in the history, and undo takes it back.
    terminal.keys("\x1b[A");
    terminal.wait("In [8]: del ckpt[\"optimizer\"]");
    terminal.keys("\x03");
    terminal.wait_for("an empty line", |text| text.trim_end().ends_with("In [8]:"));
    terminal.answer("undo 2");
    let text = terminal
        .answer("list(ckpt), len(ckpt['state_dict']), [k for k in ckpt['state_dict'] if 'layer1' in k]");
    assert!(text.contains("'optimizer'") && text.contains(", 6,"), "{text}");
    assert!(text.contains("['module.layer1.0.conv.weight'"), "{text}");
}

#[test]
fn narrow_screens_sizes_and_hostile_names_are_right() {
    let mut terminal = Terminal::ready(40);
    terminal.enter("bad = {'a\\x1b[31mred.weight': torch.ones(2), 'b\\nc': torch.ones(3), 'x.*[y]': torch.ones(4), '江苏.w': torch.ones(1)}");
    terminal.keys("browse bad\r");
    let text = terminal.wait("q leaves");
    assert!(text.contains("a\\x1b[31mred") && text.contains("b\\nc") && text.contains("江苏"), "{text}");
    assert_eq!(terminal.look("red").0, vt100::Color::Default);
    terminal.keys("/y]\rd");
    terminal.wait("kept 3 of 4 entries");
    terminal.keys("j");
    terminal.wait_for("the keys again", |text| text.contains("? keys") && !text.contains("kept 3 of 4"));
    terminal.resize(90);
    terminal.wait("Space mark");
    terminal.resize(40);
    terminal.wait_for("the narrow screen", |text| text.contains("? keys") && !text.contains("Space mark"));
    // Ctrl-C leaves what was begun, then the whole.
    terminal.keys("/zzz\x03");
    terminal.wait_for("no question", |text| !text.contains("search:"));
    terminal.keys("\x03");
    let text = terminal.wait("In [4]:");
    assert!(text.contains("bad = drop bad \"x.[*][[]y]\""), "{text}");
    assert!(terminal.answer("len(bad)").contains("Out[4]: 3"));
}

#[test]
fn states_of_an_optimizer_are_called_by_their_parameters() {
    let mut terminal = Terminal::ready(160);
    terminal.enter("net = nn.Linear(3, 2); adam = torch.optim.Adam(net.parameters()); net(torch.ones(1, 3)).sum().backward(); adam.step()");
    terminal.enter(
        "lightning = {'epoch': 1, 'state_dict': net.state_dict(), 'optimizer_states': [adam.state_dict()]}",
    );
    // The only thing that holds tensors, however deep, needs no name.
    terminal.enter("del net, adam");
    terminal.keys("browse\r");
    terminal.wait("lightning  8 tensors");
    terminal.keys("/optim*bias.exp_avg_sq\r\r");
    let text = terminal.wait("lightning[\"optimizer_states\"][0][\"state\"][1][\"exp_avg_sq\"]");
    assert!(text.contains("▾ bias") && text.contains("▸ weight"), "{text}");
    terminal.keys("q");
    terminal.wait("In [5]:");
}

#[test]
fn a_part_of_many_names_is_replaced() {
    let mut terminal = Terminal::ready(100);
    terminal.enter(
        "p = {f'model.layers.{i}.{n}.weight': torch.ones(i + 1) for i in range(4) for n in ['q', 'k']}",
    );
    terminal.keys("browse p\r");
    terminal.wait("q leaves");
    // All names, by a text: what is a regular expression's own is taken as it stands.
    terminal.keys("Rmodel.\r");
    terminal.wait("replace model. with:");
    terminal.keys("\r");
    terminal.wait("renamed 8 of 8 keys");
    // Marked ones, by a pattern.
    terminal.keys("E/.q.\rMR*.q.*\r*.query.*\r");
    terminal.wait("renamed 4 of 8 keys");
    // Of those that have it only some: key by key.
    terminal.keys("\x1b");
    terminal.wait_for("an end of what was said", |text| !text.contains("renamed 4 of 8"));
    terminal.keys("/1.k\r Rlayers\rblocks\r");
    terminal.wait("renamed 1 of 8 keys");
    terminal.keys("Rnothing\rx\r");
    terminal.wait("no name here has nothing");
    terminal.keys("q");
    let text = terminal.wait("In [6]:");
    for wanted in [
        r#"In [3]: p = rename p "model\\." """#,
        r#"In [4]: p = rename p "*.q.*" "*.query.*""#,
        r#"In [5]: p = rename p {"layers.1.k.weight": "blocks.1.k.weight"}"#,
    ] {
        assert!(text.contains(wanted), "no {wanted:?} in\n{text}");
    }
}

#[test]
fn damage_is_found_and_a_list_shows_the_largest() {
    let mut terminal = Terminal::ready(80);
    terminal.enter("p = {f'layers.{i}.weight': torch.ones(10, i + 1) for i in range(9)}; p['layers.3.weight'][0] = math.nan; p['layers.7.weight'][0] = -math.inf");
    terminal.keys("browse p\r");
    terminal.wait("q leaves");
    terminal.keys("x");
    terminal.wait("4 NaN of 40");
    terminal.keys("x");
    terminal.wait("8 infinite of 80");
    // Round and round.
    terminal.keys("x");
    terminal.wait("4 NaN of 40");
    terminal.keys("to");
    let text = terminal.wait("by size");
    let mut lines = text.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    assert_eq!(lines.next().as_deref(), Some("layers.8.weight [10, 9] 360 B"), "{text}");
    assert_eq!(lines.next().as_deref(), Some("layers.7.weight [10, 8] 320 B"), "{text}");
    // The keys alone go to the clipboard, or the expression.
    terminal.forget_written();
    terminal.keys("gY");
    terminal.wait("copied: layers.8.weight");
    terminal.wait_until_written("\x1b]52;c;bGF5ZXJzLjgud2VpZ2h0\x07");
    terminal.keys("y");
    terminal.wait("copied: p[\"layers.8.weight\"]");
    terminal.keys("t");
    terminal.wait("▾ layers");
    terminal.keys("q");
    terminal.wait("In [3]:");
}

#[test]
fn what_is_pasted_presses_no_keys() {
    let mut terminal = started(80);
    terminal.keys("browse ckpt\r");
    terminal.wait("q leaves");
    terminal.keys("\x1b[200~ddKq\n\x1b[201~");
    terminal.wait("what was pasted answers no question");
    terminal.keys("/\x1b[200~layer1.0\x1b[201~");
    terminal.wait("3 found");
    terminal.keys("zz");
    terminal.wait("not found");
    terminal.keys("\x1b");
    terminal.wait_for("no question", |text| !text.contains("search:"));
    terminal.keys("q");
    terminal.wait("In [3]:");
    assert!(terminal.answer("len(ckpt), len(ckpt['state_dict'])").contains("Out[3]: (3, 6)"));
}

#[test]
fn the_keys_are_read_on_a_small_screen() {
    let mut terminal = started(40);
    terminal.keys("browse ckpt\r");
    let text = terminal.wait("q leaves");
    assert!(text.lines().next().is_some_and(|title| title == "ckpt  7 tensors · 112 B"), "{text}");
    terminal.keys("?");
    let text = terminal.wait("other key");
    assert!(text.contains("↑ ↓") && !text.contains("stands at the prompt"), "{text}");
    terminal.keys(" ");
    let text = terminal.wait("prompt");
    assert!(!text.contains("↑ ↓"), "{text}");
    terminal.keys("q");
    terminal.wait("▸ state_dict");
}

#[test]
fn a_file_is_browsed_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let mut made = Terminal::start_in(folder, 80, &[]);
    made.wait("In [1]: ");
    made.enter("save({'a.w': torch.ones(2), 'b.w': torch.ones(3)}, 'x.pt')");
    made.keys("\x04");
    let folder = made.ends().1;
    // Who only looks is back in their shell.
    let mut terminal = Terminal::start_in(folder, 80, &["browse", "x.pt"]);
    terminal.wait("ckpt  2 tensors");
    terminal.keys("q");
    let (status, folder) = terminal.ends();
    assert_eq!(status, Some(0));
    // Who changed something can save it.
    let mut terminal = Terminal::start_in(folder, 80, &["browse", "x.pt"]);
    terminal.wait("ckpt  2 tensors");
    terminal.keys("d");
    terminal.wait("kept 1 of 2 entries");
    terminal.keys("q");
    let text = terminal.wait("In [2]:");
    assert!(text.contains("ckpt = load(\"x.pt\")\nIn [1]: ckpt = drop ckpt \"a.*\""), "{text}");
    terminal.enter("save ckpt 'y.pt'");
    terminal.keys("\x04");
    let folder = terminal.ends().1;
    assert!(folder.path().join("y.pt").exists());
    let mut terminal = Terminal::start_in(folder, 80, &["browse", "nothing.pt"]);
    terminal.wait("FileNotFoundError");
    assert_eq!(terminal.ends().0, Some(1));
}

#[test]
fn many_keys_stay_quick() {
    let mut terminal = Terminal::ready(80);
    terminal.enter("many = {f'model.layers.{i // 10}.part{i % 10}.weight': 1 for i in range(50_000)}");
    terminal.keys("browse many\r");
    terminal.wait("q leaves");
    terminal.keys("E");
    terminal.wait("part9");
    // 60,000 lines, and 50,000 places found.
    terminal.keys("G");
    terminal.wait("4999");
    terminal.keys("/weight\r");
    terminal.wait("50,000 places found");
    terminal.keys("N");
    terminal.wait("49,999 of 50,000: weight");
    terminal.keys("gn");
    terminal.wait("2 of 50,000: weight");
    terminal.keys("q");
    terminal.wait("In [3]:");
}

#[test]
fn keys_typed_behind_the_last_one_are_the_prompts() {
    let mut terminal = started(80);
    terminal.keys("browse ckpt\r");
    terminal.wait("q leaves");
    terminal.keys("qx = 41\rx + 2\x7f1\rdef f():\rreturn 7\r\rf() + ");
    let text = terminal.wait_for("what was typed", |text| text.ends_with("In [6]: f() +"));
    assert!(
        text.contains("Out[4]: 42") && text.contains("In [5]: def f():\n   ...:     return 7\n"),
        "{text}"
    );
    terminal.keys("1\r");
    terminal.wait("Out[6]: 8");
    // They are nobody else's: not of the next screen, and in the history.
    terminal.keys("browse ckpt\r");
    let text = terminal.wait("q leaves");
    assert!(text.contains("7 tensors") && !text.contains("marked"), "{text}");
    terminal.keys("q");
    terminal.wait("In [8]:");
    terminal.keys("x +\x1b[A");
    terminal.wait("In [8]: x + 1");
    terminal.keys("\x03");
    terminal.wait_for("an empty line", |text| text.ends_with("In [8]:"));
    // Ctrl-D behind it leaves the program.
    terminal.keys("browse ckpt\r");
    terminal.wait("q leaves");
    terminal.keys("q\x04");
    assert_eq!(terminal.ends().0, Some(0));
}

#[test]
fn the_wheel_is_asked_for_as_arrows_and_clicks_stay_the_terminals() {
    let mut terminal = started(80);
    terminal.forget_written();
    terminal.keys("browse ckpt\r");
    terminal.wait("q leaves");
    terminal.wait_until_written("\x1b[?1007h");
    assert!(!terminal.written().contains("\x1b[?1000h"));
    terminal.keys("q");
    terminal.wait("In [3]:");
}

#[test]
fn control_z_stops_the_whole_screen_and_fg_draws_it_again() {
    let mut terminal = Terminal::shell(80);
    terminal.keys(
        "$torchsh -c \"save({'a.w': torch.ones(2), 'b.w': torch.ones(2)}, 'x.pt')\"; $torchsh browse x.pt\r",
    );
    terminal.wait("q leaves");
    terminal.keys("\x1a");
    let text = terminal.wait("Stopped");
    assert!(!text.contains("q leaves"), "{text}");
    terminal.keys("fg\r");
    terminal.wait("q leaves");
    terminal.keys("d");
    terminal.wait("kept 1 of 2 entries");
}

#[test]
fn what_drops_the_last_key_leaves_and_says_so() {
    let mut terminal = Terminal::ready(80);
    terminal.enter("one = {'a.w': torch.ones(2)}");
    terminal.keys("browse one\r");
    terminal.wait("q leaves");
    terminal.keys("d");
    let text = terminal.wait("nothing is left in one: undo brings it back");
    assert!(!text.contains("TypeError"), "{text}");
    terminal.keys("undo\rlen(one)\r");
    terminal.wait("len(one)\nOut[5]: 1");
}
