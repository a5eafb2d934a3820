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

/// A whole checkpoint, as people save them, under Chinese keys too.
const CHECKPOINT: &str = "net = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1)); \
    adam = torch.optim.Adam(net.parameters()); net(torch.ones(1, 2)).backward(); adam.step(); \
    ckpt = {'epoch': 3, 'state_dict': net.state_dict(), 'optimizer': adam.state_dict(), 'hyper_parameters': {'学习率': 0.1}}";

#[test]
fn a_checkpoint_is_an_outline() {
    let mut terminal = Terminal::ready(100);
    terminal.enter(CHECKPOINT);
    let text = terminal.answer("ckpt");
    for wanted in
        ["epoch             int", "state_dict        OrderedDict  4 tensors", "hyper_parameters", "学习率"]
    {
        assert!(text.contains(wanted), "no {wanted:?} in\n{text}");
    }
    // The states of the optimizer carry their parameters' names.
    assert!(text.contains("0  0.weight") && text.contains("3  1.bias"), "{text}");
}

#[test]
fn tables_fit_every_terminal() {
    for columns in [40, 80, 120] {
        let mut terminal = Terminal::ready(columns);
        terminal.enter("m = {'模型.层.weight': torch.zeros(3, 4), '模型.b': torch.zeros(2)}");
        let text = terminal.answer("m");
        let table: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("key")).collect();
        let place = |line: &str, wanted: &str| line.find(wanted).map(|at| vt_width(&line[..at]));
        // Columns stand below each other, wide characters or not.
        let shape = place(table[0], "shape").unwrap();
        assert_eq!(place(table[1], "[3, 4]"), Some(shape), "{text}");
        assert_eq!(place(table[2], "[2]"), Some(shape), "{text}");
        assert!(table[3].starts_with("2 tensors · 14 elements"), "{text}");
    }
}

/// Columns that a text takes: a character beyond Latin takes two.
fn vt_width(text: &str) -> usize {
    text.chars().map(|c| if c > '\u{2e80}' { 2 } else { 1 }).sum()
}

#[test]
fn layers_alike_are_one_row() {
    let mut terminal = Terminal::ready(100);
    terminal.enter("m = {f'layers.{i}.attn.q.weight': torch.zeros(4, 4) for i in range(48)}");
    let text = terminal.answer("m");
    assert!(text.contains("layers.{0-47}.attn.q.weight ×48  [4, 4]"), "{text}");
    let text = terminal.answer("tree m");
    assert!(text.contains("layers.{0-47}.attn.q.weight ×48"), "{text}");
    assert!(text.contains("48 tensors · 768 elements · 3.0 KiB"), "{text}");
}

#[test]
fn a_key_is_the_last_to_be_cut() {
    let mut terminal = Terminal::ready(80);
    let names = "('input', 'post_attention')";
    terminal.enter(&format!(
        "m = {{f'model.layers.{{i}}.{{n}}_layernorm.weight': torch.zeros(4096).half() for i in range(32) for n in {names}}}"
    ));
    for line in ["m", "items m by size", "describe m"] {
        let text = terminal.answer(line);
        for name in ["input", "post_attention"] {
            let key = format!("model.layers.{{0-31}}.{name}_layernorm.weight ×32");
            assert!(text.contains(&key), "{line}: {text}");
        }
        assert!(!text.contains('…'), "{text}");
    }
    let text = terminal.answer("diff m with {k: v + 1 for k, v in m.items()}");
    assert!(text.contains("×32  numbers") && text.contains("64 differences, 0 equal"), "{text}");
    let text = terminal.answer("items m \"*.1.*\" by name reversed");
    assert!(text.find("post_attention") < text.find("input"), "{text}");
}

#[test]
fn a_tree_sums_up_its_modules() {
    let mut terminal = Terminal::ready(80);
    terminal.enter("m = {'a.x.weight': torch.zeros(2, 2), 'a.x.bias': torch.zeros(2), 'b': torch.zeros(1)}");
    let text = terminal.answer("tree m");
    assert!(text.contains("├─ a.x") && text.contains("2 tensors"), "{text}");
    assert!(text.contains("│  ├─ weight") && text.contains("└─ b"), "{text}");
}

#[test]
fn tensors_models_and_reports_say_what_they_come_to() {
    let mut terminal = Terminal::ready(80);
    let text = terminal.answer("torch.arange(2001.0)");
    assert!(text.contains("[2001] · float32 · 7.8 KiB · min 0 · max 2000 · mean 1000"), "{text}");
    let text = terminal.answer("nn.Linear(2, 3)");
    assert!(text.contains("Linear(in_features=2, out_features=3, bias=True)\n9 parameters · 36 B"), "{text}");
    let text = terminal.answer("diff {'a': torch.zeros(2)} with {'a': torch.ones(2)}");
    assert!(
        text.contains(
            "key  difference  differing  max abs  mean abs\na    numbers           all        1         1"
        ),
        "{text}"
    );
}

#[test]
fn what_a_table_is_sorted_by_is_seen() {
    let mut terminal = Terminal::ready(80);
    terminal.enter("m = {f'a.rather.long.name.of.a.layer.that.leaves.little.{i}.w': torch.ones(i + 1, 300) for i in range(4)}");
    terminal.enter("m['a.rather.long.name.of.a.layer.that.leaves.little.9.n'] = torch.ones(1).int()");
    let text = terminal.answer("items m by size");
    assert!(text.contains("4.7 KiB") && !text.contains("share"), "{text}");
}

#[test]
fn the_foot_of_a_tensor_is_whole() {
    let mut terminal = Terminal::ready(60);
    terminal.enter("torch.manual_seed(0); t = torch.randn(640, 320)");
    let text = terminal.answer("t");
    assert!(
        text.contains("[640, 320] · float32") && text.contains("· std 1") && !text.contains('…'),
        "{text}"
    );
    // (A line that the terminal broke is one here.)
    let foot = text.lines().skip_while(|line| !line.starts_with("[640"));
    assert!(foot.clone().count() == 3 && foot.clone().all(|line| line.chars().count() <= 60), "{text}");
}
