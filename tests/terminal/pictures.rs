//! Pictures at the prompt, on terminals that say that they show them, and on those that do not.

use crate::emulator::{LIMIT, Terminal};
use std::time::{Duration, Instant};

/// What asks for a picture.
const DRAWS: &str = "hist torch.arange(100.0)";

/// The last of every question.
const WHO: &str = "\x1b[c";

/// A prompt in colours that has answered what it asks at its start.
fn begun() -> Terminal {
    let ground = "\x1b]11;?";
    let mut terminal = Terminal::start_with(tempfile::tempdir().unwrap(), 80, &[], &[("NO_COLOR", "")]);
    terminal.wait_until_written(ground);
    terminal.keys("\x1b]11;rgb:0000/0000/0000\x1b\\\x1b[?62;c");
    terminal.wait("In [1]: ");
    terminal.forget_written();
    terminal
}

/// Types a line, gives these answers to what is asked, one after the other, and waits for the next prompt; all that was written.
fn drawn(terminal: &mut Terminal, line: &str, answers: &[&str]) -> String {
    terminal.forget_written();
    let next = terminal.number() + 1;
    terminal.keys(&format!("{line}\r"));
    for (count, answer) in answers.iter().enumerate() {
        let started = Instant::now();
        while terminal.written().matches(WHO).count() <= count {
            assert!(started.elapsed() < LIMIT, "nothing was asked: {:?}", terminal.written());
            std::thread::sleep(Duration::from_millis(5));
        }
        terminal.keys(answer);
    }
    terminal.wait(&format!("In [{next}]: "));
    terminal.written()
}

#[test]
fn kitty_is_asked_once_and_shown_a_picture() {
    let mut terminal = begun();
    let first = drawn(&mut terminal, DRAWS, &["\x1b_Gi=31;OK\x1b\\\x1b[6;20;10t\x1b[?62;c"]);
    assert!(first.contains("a=q") && first.contains("\x1b_Ga=T,f=100,q=2,"), "{first:?}");
    assert!(first.contains(";iVBORw0KGgo"), "a PNG");
    assert!(!first.contains('█'), "{first:?}");
    terminal.enter("losses = [3, 1, 2]");
    let second = drawn(&mut terminal, "plot losses", &[]);
    assert!(second.contains("\x1b_Ga=T") && !second.contains(WHO), "{second:?}");
    // In the middle of a line, too.
    let third = drawn(&mut terminal, "heat {'a.0.w': torch.ones(3), 'a.1.w': torch.ones(2)}; x = 1", &[]);
    assert!(third.contains("\x1b_Ga=T"), "{third:?}");
    let text = drawn(&mut terminal, "set pictures off", &[]);
    assert!(!text.contains("\x1b_G"));
    let blocks = drawn(&mut terminal, DRAWS, &[]);
    assert!(blocks.contains('█') && !blocks.contains("\x1b_G"), "{blocks:?}");
    // Tables have no picture.
    drawn(&mut terminal, "set pictures kitty", &[]);
    assert!(!drawn(&mut terminal, "describe {'w': torch.ones(3)}", &[]).contains("\x1b_G"));
}

#[test]
fn sixels_and_iterm_have_their_own_forms() {
    let mut terminal = begun();
    let first = drawn(&mut terminal, DRAWS, &["\x1b[?62;4;22c", "\x1b[?1;0;256S\x1b[?62;4;22c"]);
    assert!(first.contains("\x1bP0;1;0q\"1;1;") && first.contains("\x1b\\"), "{first:?}");
    drawn(&mut terminal, "set pictures iterm", &[]);
    let second = drawn(&mut terminal, DRAWS, &[]);
    assert!(second.contains("\x1b]1337;File=inline=1;") && !second.contains(WHO), "{second:?}");
}

#[test]
fn a_terminal_without_pictures_has_blocks_and_keeps_what_is_typed() {
    let mut terminal = begun();
    let first = drawn(&mut terminal, DRAWS, &["\x1b[?62;22c"]);
    assert!(first.contains('█') && !first.contains("\x1b_Ga=T") && !first.contains("\x1bP0"), "{first:?}");
    assert!(!drawn(&mut terminal, DRAWS, &[]).contains(WHO), "asked once");
    // One that does not answer is waited for a moment, once.
    let mut terminal = begun();
    let started = Instant::now();
    assert!(drawn(&mut terminal, DRAWS, &[]).contains('█'));
    assert!(drawn(&mut terminal, DRAWS, &[]).contains('█'));
    assert!(started.elapsed() < LIMIT);
    assert_eq!(terminal.answer("1 + 1"), "In [3]: 1 + 1\nOut[3]: 2\nIn [4]:");
}

#[test]
fn without_colours_nothing_is_asked() {
    for variables in [[("NO_COLOR", "1"), ("TERM", "xterm")], [("NO_COLOR", ""), ("TERM", "linux")]] {
        let mut terminal = Terminal::start_with(tempfile::tempdir().unwrap(), 80, &[], &variables);
        terminal.wait("In [1]: ");
        let text = drawn(&mut terminal, DRAWS, &[]);
        assert!(text.contains('█') && !text.contains(WHO) && !text.contains("\x1b_G"), "{text:?}");
    }
}
