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
