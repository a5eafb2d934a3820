//! What a person sees on narrow, usual and wide screens, kept beside as text: `BLESS=1` writes it anew.

use std::path::PathBuf;

use crate::common::{difference, repository};
use crate::emulator::Terminal;

const MAKE: &str = "m = {f'model.layers.{i}.{n}.weight': torch.arange(12.0).reshape(3, 4) + i for i in range(3) for n in ['self_attn.q_proj', 'mlp']}; \
    m['head.bias'] = torch.zeros(3, dtype=torch.float16); m['steps'] = 7; \
    q = {k: v for k, v in m.items() if k != 'head.bias'}; q['steps'] = 8; q['model.layers.0.mlp.weight'] = torch.ones(3, 4); \
    net = nn.Sequential(nn.Linear(4, 3)); p = {'module.' + k: v for k, v in net.state_dict().items()}";

/// What is typed, by the name under which its screen is kept.
const LINES: &[(&str, &str)] = &[
    ("items", "items m"),
    ("describe", "describe m"),
    ("tree", "tree m"),
    ("diff", "diff m with q"),
    ("help", "help keep"),
    ("error", "x = m[\"model.layers.0.mlp.wieght\"] + m[\"model.layers.1.mlp.weight\"] + m[\"head.bias\"]"),
    ("hint", "load_state_dict p into net"),
    ("settings", "set"),
];

#[test]
fn screens_are_as_kept() {
    let mut faults = Vec::new();
    for columns in [40, 80, 120] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("model.pt"), b"x").unwrap();
        let mut terminal = Terminal::start_with(folder, columns, &[], &[("PAGER", "cat")]);
        terminal.wait("In [1]: ");
        let first = terminal.text();
        faults.extend(compared("first", columns, &without_commit(&first)));
        // The lines that make the values are longer than a narrow screen.
        terminal.resize(200);
        terminal.enter(MAKE);
        terminal.resize(columns);
        for (name, line) in LINES {
            let text = terminal.answer(line);
            faults.extend(compared(name, columns, &text));
        }
        terminal.keys("\x0cm[\"\t");
        let text = terminal.wait_for("the menu", |text| {
            // An earlier input that begins so is suggested for a moment.
            text.contains("  model.") && text.contains("6 keys") && !text.contains("reshape")
        });
        faults.extend(compared("menu", columns, &text));
        terminal.keys("\x03");
        terminal.wait_for("a line without a menu", |text| !text.contains("6 keys"));
        terminal.keys("\x0cbrowse m\r");
        let text = terminal.wait_for("the whole screen", |text| text.contains("? keys"));
        faults.extend(compared("browse", columns, &text));
        terminal.keys("q");
        terminal.wait("]: ");
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The version without the commit of this build.
fn without_commit(text: &str) -> String {
    let (before, rest) = text.split_once(" (").unwrap_or((text, ""));
    match rest.split_once("), PyTorch") {
        Some((_, after)) => format!("{before}, PyTorch{after}"),
        None => text.to_owned(),
    }
}

fn compared(name: &str, columns: u16, shown: &str) -> Option<String> {
    let path: PathBuf = repository(&format!("tests/terminal/snapshots/{name}_{columns}.txt"));
    let home = std::env::temp_dir().display().to_string();
    assert!(
        !shown.contains(&home) || name == "settings",
        "{name} tells of a place of this machine:\n{shown}"
    );
    let lines: Vec<&str> =
        shown.lines().filter(|line| !line.contains("kept in") && !line.contains(&home)).collect();
    let shown = lines.join("\n") + "\n";
    // Whatever it says, it fits.
    // (What was typed is as long as it was typed.)
    let shown_lines = lines.iter().filter(|line| !line.starts_with("In ["));
    let too_long = shown_lines.clone().find(|line| line.chars().count() > usize::from(columns));
    assert!(too_long.is_none(), "{name} at {columns}: {too_long:?}");
    if std::env::var_os("BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &shown).unwrap();
        return None;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    (kept != shown).then(|| format!("{}:\n{}", path.display(), difference(&kept, &shown)))
}
