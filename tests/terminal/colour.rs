//! Colours, and doing without them.

use crate::emulator::Terminal;
use vt100::Color::{Default, Idx};

#[test]
fn the_line_is_coloured_as_one_types() {
    let mut terminal = Terminal::coloured(&[]);
    terminal.keys("for x in \"text\": filter = 12 # why");
    terminal.wait("# why");
    let (keyword, text) = (terminal.look("for x").0, terminal.look("\"text").0);
    let (number, comment) = (terminal.look("12 #").0, terminal.look("# why").0);
    let colours = [keyword, text, number, comment];
    assert!(colours.iter().all(|colour| *colour != Default), "{colours:?}");
    assert!((1..4).all(|place| !colours[..place].contains(&colours[place])), "{colours:?}");
    assert_eq!(terminal.look("x in").0, Default);
    // A word that begins a verb line is one there only.
    terminal.keys("\x15filter p shape== m");
    terminal.wait("filter p");
    let verb = terminal.look("filter p").0;
    terminal.keys("\x15p = filter");
    terminal.wait("p = filter");
    assert_ne!(terminal.look("filter").0, verb);
}

#[test]
fn the_bracket_that_belongs_to_this_one_is_marked() {
    let mut terminal = Terminal::coloured(&[]);
    terminal.keys("f(a[1], b)\x1b[D");
    terminal.wait_for("the bracket", |text| text.contains("f(a[1], b)"));
    std::thread::sleep(std::time::Duration::from_millis(100));
    assert!(terminal.look("(a[1]").1);
    assert!(!terminal.look("[1]").1);
}

#[test]
fn results_and_errors_are_coloured() {
    let mut terminal = Terminal::coloured(&[]);
    terminal.enter("{'fc.weight': torch.zeros(2, 3)}");
    let (shape, dtype) = (terminal.look("[2, 3]").0, terminal.look("float32  cpu").0);
    assert!(shape != Default && dtype != Default && shape != dtype, "{shape:?} {dtype:?}");
    terminal.enter("missing");
    assert_ne!(terminal.look("NameError").0, Default);
    // On a light ground other colours are used.
    let mut light = Terminal::coloured(&[("COLORFGBG", "0;15")]);
    light.enter("{'fc.weight': torch.zeros(2, 3)}");
    assert_ne!(light.look("[2, 3]").0, shape);
    assert_ne!(light.look("[2, 3]").0, Default);
}

#[test]
fn a_theme_is_a_setting() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join(".config/torchsh");
    std::fs::create_dir_all(&place).unwrap();
    std::fs::write(place.join("settings"), "theme = light\n").unwrap();
    let mut terminal = Terminal::start_with(folder, 80, &[], &[("NO_COLOR", "")]);
    terminal.wait("In [1]: ");
    terminal.keys("x = 12");
    terminal.wait("x = 12");
    // The blue of a light ground, not the cyan of a dark one.
    assert_eq!(terminal.look("12").0, Idx(4));
}

#[test]
fn without_colours_all_is_said_in_words() {
    for variables in [[("NO_COLOR", "1"), ("TERM", "xterm")], [("NO_COLOR", ""), ("TERM", "dumb")]] {
        let mut terminal = Terminal::start_with(tempfile::tempdir().unwrap(), 80, &[], &variables);
        terminal.wait("In [1]: ");
        terminal.keys("{'fc.weight': torch.zeros(2, 3)}\r");
        terminal.wait("In [2]: ");
        terminal.keys("1 + missing\r");
        terminal.wait("In [3]: ");
        let text = terminal.text();
        assert!(text.contains("fc.weight") && text.contains("NameError: name 'missing'"), "{text}");
        assert!(text.contains("^^^^^^^"), "{text}");
        for wanted in ["fc.weight", "[2, 3]", "NameError"] {
            assert_eq!(terminal.look(wanted), (Default, false), "{wanted} of {variables:?}");
        }
    }
}
