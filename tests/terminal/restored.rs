//! A terminal that is left as a shell wants it, however the program ends.

use crate::emulator::Terminal;

const ENDS: [libc::c_int; 4] = [libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT, libc::SIGABRT];

/// Ends a program by a signal; what it wrote from then on, which has these texts in it.
fn ended(mut terminal: Terminal, signal: libc::c_int, wanted: &[&str]) -> String {
    terminal.forget_written();
    terminal.signal(signal);
    // Its settings come back a moment after its screen.
    let started = std::time::Instant::now();
    while !terminal.is_canonical() {
        assert!(started.elapsed() < crate::emulator::LIMIT, "signal {signal} left the terminal as it was");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    // What it wrote may still be on its way.
    for wanted in wanted {
        terminal.wait_until_written(wanted);
    }
    let written = terminal.written();
    assert_eq!(terminal.ends().0, None, "it was ended by signal {signal}");
    written
}

#[test]
fn a_line_that_is_edited_is_given_back() {
    for signal in ENDS {
        let mut terminal = Terminal::ready(80);
        // In the middle of a word, of a menu, of a search.
        for keys in ["half a li", "\x15torch.\t", "\x1b\x15\x12needle"] {
            terminal.keys(keys);
        }
        terminal.wait("search: needle");
        let end = "\x1b[0m\x1b[?2004l\r\n";
        let written = ended(terminal, signal, &[end]);
        assert!(written.ends_with(end), "{written:?}");
    }
}

#[test]
fn the_whole_screen_is_given_back() {
    for signal in ENDS {
        let mut terminal = Terminal::ready(80);
        terminal.enter("p = {'a.w': torch.ones(2)}");
        terminal.keys("browse p\r");
        terminal.wait("q leaves");
        ended(terminal, signal, &["\x1b[0m", "\x1b[?2004l", "\x1b[?1049l", "\x1b[?25h"]);
    }
}

#[test]
fn a_secret_that_is_asked_for_hides_nothing_afterwards() {
    let mut terminal = Terminal::ready(80);
    terminal.keys("import getpass; getpass.getpass('word: ')\r");
    terminal.wait("\nword:");
    let started = std::time::Instant::now();
    while terminal.is_canonical() {
        assert!(started.elapsed() < crate::emulator::LIMIT, "what is typed is shown");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    ended(terminal, libc::SIGTERM, &[]);
}

#[test]
fn who_leaves_finds_the_terminal_as_it_was() {
    let mut terminal = Terminal::ready(80);
    terminal.keys("\x04");
    let started = std::time::Instant::now();
    while !terminal.is_canonical() {
        assert!(started.elapsed() < crate::emulator::LIMIT, "Ctrl-D left the terminal as it was");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    terminal.wait_until_written("\x1b[?2004l");
    let written = terminal.written();
    assert!(written.matches("\x1b[?2004h").count() == written.matches("\x1b[?2004l").count(), "{written:?}");
    assert_eq!(terminal.ends().0, Some(0));
}
