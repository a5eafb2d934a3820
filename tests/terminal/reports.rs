//! Reports that were shown: sorted, kept under a name, gone into; and what is typed where a list or a pattern is meant.

use super::emulator::Terminal;

#[test]
fn a_difference_is_sorted_kept_and_gone_into() {
    let mut terminal = Terminal::ready(80);
    terminal.enter("a = {'w.2': torch.zeros(2), 'w.10': torch.zeros(2)}");
    terminal.enter("b = {'w.2': torch.ones(2), 'w.10': torch.ones(2) * 3}");
    let text = terminal.answer("diff a b by max_abs");
    assert!(text.find("w.10") < text.find("w.2 "), "{text}");
    let text = terminal.answer("diff a b by name");
    assert!(text.find("w.2 ") < text.find("w.10"), "{text}");
    // What was shown goes on as a value.
    terminal.keys("_.\t");
    let text = terminal.wait("a dictionary for each row");
    assert!(text.contains("differences") && text.contains("equal"), "{text}");
    terminal.keys("\x15");
    terminal.enter("r = diff a b by max_abs");
    assert!(terminal.answer("r.differences[0]['key'], r.equal").contains("('w.10', 0)"));
    terminal.keys("r.diff\t");
    terminal.wait("r.differences");
}

#[test]
fn a_list_and_a_pattern_stand_behind_a_verb_as_they_are_meant() {
    let mut terminal = Terminal::ready(80);
    assert!(terminal.answer("plot [3, 2, 1]").contains("last"));
    // A name of the program stays Python.
    terminal.enter("plot = [5, 6]");
    assert!(terminal.answer("plot [1]").contains("Out[3]: 6"));
    terminal.enter("p = {'a.w': torch.ones(2), 'b.w': torch.ones(2)}");
    let text = terminal.answer("tree p \"a.*\"");
    assert!(text.contains("a") && text.contains("1 tensor "), "{text}");
}

#[test]
fn a_save_in_shards_names_its_files() {
    let mut terminal = Terminal::start_in(tempfile::tempdir().unwrap(), 120, &[]);
    terminal.wait("In [1]: ");
    terminal.enter("p = {f'w{i}': torch.zeros(256) for i in range(3)}");
    let text = terminal.answer("save p 'm.safetensors' max_shard_size='1KB'");
    let names = "m-00001-of-00003.safetensors … m-00003-of-00003.safetensors, with m.safetensors.index.json";
    assert!(text.replace('\n', " ").contains(names), "{text}");
}
