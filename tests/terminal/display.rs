//! What results look like.

use crate::emulator::Terminal;

#[test]
fn values_and_errors_are_shown() {
    let mut terminal = Terminal::start(80, &[]);
    terminal.wait("In [1]: ");
    terminal.enter("d = {\"浙江\": \"杭州\"}");
    terminal.enter("d");
    assert!(terminal.text().contains("Out[2]: {'浙江': '杭州'}"));
    terminal.enter("d[\"x\"]");
    assert!(terminal.text().contains("KeyError: 'x'"));
    terminal.enter("_2 is d and _ is d");
    assert!(terminal.text().contains("Out[4]: True"), "{}", terminal.text());
    terminal.keys("\x04");
    assert_eq!(terminal.ends().0, Some(0));
}

#[test]
fn results_fit_forty_columns() {
    let mut terminal = Terminal::start(40, &[]);
    terminal.wait("In [1]: ");
    terminal.enter("m = {\"a.very.long.key.of.a.layer.weight\": torch.zeros(3, 4)}");
    terminal.enter("m");
    let text = terminal.text();
    // The key has a line of its own, so that all of it is seen.
    assert!(text.contains("\na.very.long.key.of.a.layer.weight\n  [3, 4]"), "{text}");
    assert!(text.contains("48 B"), "{text}");
    // Another size counts from the next line on.
    terminal.resize(100);
    terminal.enter("m");
    let text = terminal.text();
    assert!(text.contains("\na.very.long.key.of.a.layer.weight  [3, 4]  float32"), "{text}");
}

#[test]
fn what_is_too_long_is_seen_page_by_page() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::start_with(folder, 80, &[], &[("PAGER", "sed -n '$s/^/paged: /p'")]);
    terminal.wait("In [1]: ");
    terminal.enter("{chr(97 + i % 26) + chr(97 + i // 26): torch.zeros(i + 1) for i in range(60)}");
    assert!(terminal.text().contains("more rows: page shows all"), "{}", terminal.text());
    terminal.enter("page");
    assert!(terminal.text().contains("paged: 60 tensors"), "{}", terminal.text());
}

#[test]
fn long_results_lose_their_middle() {
    let mut terminal = Terminal::start(80, &[]);
    terminal.wait("In [1]: ");
    terminal.enter("list(range(5000))");
    let text = terminal.wait("more lines: page shows all");
    assert!(text.contains("4999]") && !text.contains(" 3000,"), "{text}");
    terminal.enter("len(_)");
    assert!(terminal.text().contains(": 5000"));
    terminal.enter("[f'module.layer{i}.weight' for i in range(20)]");
    let text = terminal.text();
    assert!(text.contains("['module.layer0.weight',") && text.contains("'module.layer19.weight']"), "{text}");
}
