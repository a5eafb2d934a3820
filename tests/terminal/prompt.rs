//! Typing: blocks, history, pasting, the modes of the line editor.

use std::path::Path;

use crate::emulator::Terminal;

#[test]
fn blocks_are_indented_and_end_with_an_empty_line() {
    let mut terminal = Terminal::start(80, &[]);
    terminal.wait("In [1]: ");
    terminal.keys("def f(x):\rif x:\rreturn 1\rreturn 2\r\r");
    terminal.wait("In [2]: ");
    terminal.enter("[f(0), f(1)]");
    assert!(terminal.text().contains("Out[2]: [2, 1]"), "{}", terminal.text());
}

#[test]
fn a_try_waits_for_what_handles_it() {
    let mut terminal = Terminal::start(80, &[]);
    terminal.wait("In [1]: ");
    terminal.keys("try: missing\rexcept NameError as e: print(\"caught\", e)\r");
    terminal.wait("caught name 'missing' is not defined");
    terminal.wait("In [2]: ");
    // Backspace leaves a level of the block at once; an empty line does not end a try.
    terminal.keys("for i in range(2):\rtry:\r1 / i\r\x7fexcept ZeroDivisionError:\rprint(\"zero\")\r\x7felse:\rprint(i)\r\r");
    terminal.wait("zero\n1\n");
    terminal.wait("In [3]: ");
    terminal.keys("try:\rx = 1\r\r\x7ffinally:\rprint(\"last\")\r\r");
    terminal.wait("\nlast\n");
    terminal.wait("In [4]: ");
}

#[test]
fn the_history_outlives_the_session() {
    let mut terminal = Terminal::start(80, &[]);
    terminal.wait("In [1]: ");
    terminal.enter("first = 123");
    terminal.enter("second = 456");
    terminal.keys("\x04");
    let (status, folder) = terminal.ends();
    assert_eq!(status, Some(0));
    assert!(Path::exists(&folder.path().join(".local/state/torchsh/history")));
    let mut terminal = Terminal::start_in(folder, 80, &[]);
    terminal.wait("In [1]: ");
    // What begins like the line; the ghost shows the same.
    terminal.keys("fir");
    terminal.wait("In [1]: first = 123");
    terminal.keys("\x1b[A\r");
    terminal.wait("In [2]: ");
    terminal.enter("first");
    assert!(terminal.text().contains("Out[2]: 123"), "{}", terminal.text());
}

#[test]
fn pasted_blocks_lose_their_prompts() {
    let mut terminal = Terminal::start(80, &[]);
    terminal.wait("In [1]: ");
    terminal.keys("\x1b[200~>>> x = 1\n>>> def f():\n...     return x + 1\n...\n>>> f()\n\x1b[201~\r");
    terminal.wait("Out[1]: 2");
}

#[test]
fn the_history_is_searched() {
    let mut terminal = Terminal::ready(80);
    terminal.enter("first = 123");
    terminal.enter("second = 456");
    terminal.enter("third = 789");
    terminal.keys("\x12cond");
    terminal.wait("second = 456");
    terminal.keys("\r");
    terminal.wait("In [5]: ");
    // An arrow looks for what begins as the line does, again and again.
    terminal.enter("second = 4567");
    terminal.keys("sec\x1b[A\x1b[A");
    terminal.wait_for("the older line", |text| text.ends_with("In [6]: second = 456"));
    terminal.keys("\x03");
    terminal.wait_for("a fresh prompt", |text| text.ends_with("In [6]:"));
    let text = terminal.answer("history 2");
    assert!(text.contains("4: second = 456\n") && text.contains("5: second = 4567\n"), "{text}");
}

#[test]
fn a_ghost_goes_on_from_the_history_and_the_call() {
    let mut terminal = Terminal::ready(80);
    terminal.enter("amount = 123456");
    terminal.keys("amo");
    terminal.wait("In [2]: amount = 123456");
    // Right takes what the ghost shows.
    terminal.keys("\x1b[C7\r");
    terminal.wait("In [3]: ");
    assert!(terminal.answer("amount").contains("Out[3]: 1234567"));
    terminal.keys("torch.topk(");
    terminal.wait("input: Tensor, k: int, dim: int = -1");
    terminal.keys("amount, ");
    terminal.wait("torch.topk(amount, k: int");
}

#[test]
fn keys_of_emacs_edit_the_line() {
    let mut terminal = Terminal::ready(80);
    // To the beginning and in; to the end; a word away, back, and back again.
    terminal.keys("2 + 30\x01[\x05, 4\x1b\x7f\x19\x19]\r");
    terminal.wait("Out[1]: [32, 44]");
}

#[test]
fn an_editor_writes_the_next_input() {
    let folder = tempfile::tempdir().unwrap();
    let editor = folder.path().join("editor.sh");
    std::fs::write(
        &editor,
        "#!/bin/sh\nprintf 'def double(x):\\n    return 2 * x\\n\\ndouble(21)\\n' > \"$1\"\n",
    )
    .unwrap();
    let command = format!("sh {}", editor.display());
    let mut terminal = Terminal::start_with(folder, 80, &[], &[("EDITOR", &command)]);
    terminal.wait("In [1]: ");
    terminal.keys("edit\r");
    terminal.wait("42");
    terminal.wait("In [2]: ");
    assert!(terminal.answer("double(4)").contains("Out[2]: 8"));
}

#[test]
fn an_open_bracket_and_a_backslash_keep_the_line_open() {
    let mut terminal = Terminal::ready(80);
    terminal.keys("x = [1,\r2,\r3]\r");
    terminal.wait("In [2]: ");
    terminal.keys("y = 1 + \\\r4\r");
    terminal.wait("In [3]: ");
    terminal.keys("s = \"\"\"a\rb\"\"\"\r");
    terminal.wait("In [4]: ");
    assert!(terminal.answer("x, y, s").contains("Out[4]: ([1, 2, 3], 5, 'a\\nb')"));
    // What no line could mend is said at once.
    assert!(terminal.answer("x = )").contains("SyntaxError"));
}

#[test]
fn pasted_cells_of_a_notebook_run() {
    let mut terminal = Terminal::ready(80);
    terminal.keys("\x1b[200~In [7]: values = [1, 2]\n   ...: total = sum(values)\n\x1b[201~\r");
    terminal.wait("In [2]: ");
    assert!(terminal.answer("total").contains("Out[2]: 3"));
    // Indented as it stood in a file, with an empty line in its middle.
    terminal.keys("\x1b[200~    for i in range(2):\n        x = i\n\n        print('i', x)\n\x1b[201~\r");
    terminal.wait("i 0\ni 1\n");
}

#[test]
fn the_arrows_walk_through_the_history_and_back() {
    let mut terminal = Terminal::ready(80);
    for line in ["aa = 1", "bb = 2", "cc = 3"] {
        terminal.enter(line);
    }
    let shows = |terminal: &mut Terminal, keys: &str, line: &str| {
        terminal.keys(keys);
        let ends = format!("In [4]: {line}");
        terminal.wait_for(line, |text| text.ends_with(ends.trim_end()));
    };
    let (up, down) = ("\x1b[A", "\x1b[B");
    for line in ["cc = 3", "bb = 2", "aa = 1", "aa = 1"] {
        shows(&mut terminal, up, line);
    }
    shows(&mut terminal, down, "bb = 2");
    shows(&mut terminal, down, "cc = 3");
    shows(&mut terminal, down, "");
    // What was being typed comes back.
    shows(&mut terminal, "b", "bb = 2");
    shows(&mut terminal, &format!("{up}{up}{down}{down}x"), "bx");
    // Edited in the middle and run again.
    terminal.keys("\x15");
    shows(&mut terminal, &format!("{up}{up}"), "bb = 2");
    terminal.keys("\x1b[D\x1b[D\x1b[D\x1b[D\x7f\x7fdd\r");
    terminal.wait("In [5]: ");
    assert!(terminal.answer("dd").contains("Out[5]: 2"));
}

#[test]
fn a_block_stands_under_its_prompt_and_is_recalled_whole() {
    let mut terminal = Terminal::ready(80);
    terminal.keys("def f(x):\rif x:\rreturn 1\r");
    let block = "In [1]: def f(x):\n   ...:     if x:\n   ...:         return 1\n   ...:";
    terminal.wait(block);
    terminal.keys("return 2\r\r");
    terminal.wait("In [2]: ");
    terminal.enter("y = 3");
    // Two inputs back, a line up, changed there, and run.
    terminal.keys("\x1b[A\x1b[A");
    terminal.wait("In [3]: def f(x):\n   ...:     if x:\n   ...:         return 1\n   ...:     return 2");
    terminal.keys("\x1b[A\x05 + 0\x1b[B\x05\r\r");
    terminal.wait("In [4]: ");
    assert!(terminal.text().contains("   ...:         return 1 + 0\n   ...:     return 2"));
    terminal.enter("[f(0), f(1)]");
    assert!(terminal.text().contains("Out[4]: [2, 1]"), "{}", terminal.text());
    // As it was, it runs at once.
    terminal.keys("\x0c\x1b[A\x1b[A\r");
    terminal.wait("In [6]: ");
}

#[test]
fn keys_keep_out_of_the_marks_of_a_block() {
    let mut terminal = Terminal::ready(80);
    // Home twice, then back over the end of the line above and on again; Ctrl-U and Ctrl-K join lines.
    terminal.keys("x = [1,\r2]\x01\x01\x1b[D3, \x1b[C\x15\x05\r");
    terminal.wait("In [2]: ");
    assert!(terminal.answer("x").contains("Out[2]: [1, 3, 2]"), "{}", terminal.text());
    terminal.keys("y = (1 +\r2)\x1b[A\x05\x0b 40 +\r");
    terminal.wait("In [4]: ");
    assert!(terminal.answer("y").contains("Out[4]: 43"), "{}", terminal.text());
}

#[test]
fn an_empty_line_ends_no_block_that_has_only_begun() {
    let mut terminal = Terminal::ready(80);
    terminal.keys("def f(a):\r\r\n");
    terminal.wait("In [1]: def f(a):\n   ...:\n   ...:\n   ...:");
    // Ctrl-J is Enter.
    terminal.keys("return a\n\n");
    terminal.wait("In [2]: ");
    assert!(terminal.answer("f(7)").contains("Out[2]: 7"));
}

#[test]
fn a_search_that_finds_nothing_says_so_and_an_escape_leaves_it() {
    let mut terminal = Terminal::ready(80);
    terminal.keys("class Net:\rdef deep(self):\rreturn 5\r\r");
    terminal.wait("In [2]: ");
    terminal.keys("half\x12zzzz");
    terminal.wait("In [2]: half\nsearch: zzzz    (nothing older has it)");
    terminal.keys("\x1b");
    terminal.wait_for("what was typed", |text| text.ends_with("In [2]: half"));
    terminal.keys("\x15\x12deep");
    terminal.wait("search: deep");
    // A line within a block was found: Enter runs the whole, and adds nothing to it.
    terminal.keys("\r");
    terminal.wait("In [3]: ");
    assert!(terminal.answer("Net().deep()").contains("Out[3]: 5"));
}

#[test]
fn the_editor_takes_the_line_and_gives_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let editor = folder.path().join("editor.sh");
    std::fs::write(
        &editor,
        "#!/bin/sh\nprintf ' + 1\\n' >> \"$1\"; tr -d '\\n' < \"$1\" > \"$1.x\"; mv \"$1.x\" \"$1\"\n",
    )
    .unwrap();
    let command = format!("sh {}", editor.display());
    let mut terminal = Terminal::start_with(folder, 80, &[], &[("EDITOR", &command)]);
    terminal.wait("In [1]: ");
    terminal.keys("40\x18\x05");
    terminal.wait("In [1]: 40 + 1");
    terminal.keys(" + 1\r");
    terminal.wait("Out[1]: 42");
}

#[test]
fn what_is_typed_behind_ctrl_c_is_kept() {
    let mut terminal = Terminal::ready(80);
    // At once, as a fast person or a paste does.
    terminal.keys("half a line\x03whole = 5\rwhole + 1\r");
    let text = terminal.wait("Out[2]: 6");
    assert!(text.contains("In [1]: half a line\nIn [1]: whole = 5"), "{text}");
    // In a block, a menu, a search.
    terminal.keys("def f():\r1\x03torch.\t\x03\x12wh\x03whole + 2\r");
    terminal.wait("Out[3]: 7");
}

#[test]
fn a_block_is_painted_anew_in_a_window_of_another_width() {
    let mut terminal = Terminal::ready(80);
    let long = "x = [a_long_name, another_long_name, a_third_long_name, and_one_more_name, 5]";
    terminal.keys(&format!("def f():\r{long}\r\x1b[A"));
    terminal.wait("and_one_more");
    terminal.forget_written();
    terminal.resize(50);
    // The line is in two rows of 80 columns, and in two of 50: led to its first row over rows that are cleared, it is painted.
    terminal.wait_until_written("\r\x1b[J\r\n");
    terminal.keys("\x03");
}

#[test]
fn an_open_menu_follows_the_width_of_the_window() {
    let mut terminal = Terminal::ready(80);
    let key = "a_rather_long_name_of_a_layer_that_takes_its_room.weight";
    terminal.enter(&format!("p = {{'{key}': 1, 'b.w': 2, 'b.x': 3}}"));
    terminal.keys("p[\"\t");
    terminal.wait(key);
    terminal.resize(40);
    terminal.wait_for("a row that is cut", |text| text.contains("a_rather") && !text.contains(key));
    terminal.resize(100);
    terminal.wait(&format!("{key}  1"));
    terminal.keys("\x03");
}
