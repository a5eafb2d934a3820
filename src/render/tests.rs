//! What tables look like, by width.

use super::{Screen, Theme, outline, table, tree, width};
use crate::value::report::{Facts, Histogram, Item, Row};

fn tensor(key: &str, shape: &[i64], dtype: &str, itemsize: u64) -> Row {
    let elements = shape.iter().product::<i64>() as u64;
    let shape = shape.to_vec();
    Row::tensor(
        key,
        Facts { shape, dtype: dtype.into(), device: "cpu".into(), elements, bytes: elements * itemsize },
    )
}

fn small() -> Vec<Row> {
    vec![
        tensor("features.0.weight", &[64, 3, 3, 3], "float32", 4),
        tensor("features.0.bias", &[64], "float32", 4),
        tensor("features.1.num_batches_tracked", &[], "int64", 8),
        tensor("江苏.classifier.weight", &[10, 512], "float16", 2),
        Row::other("epoch", "int", "12"),
    ]
}

/// Compares with what was looked at and kept; `BLESS=1` keeps what is shown now.
fn snapshot(name: &str, shown: &str) {
    let path = format!("{}/src/render/snapshots/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, shown).unwrap();
    }
    assert_eq!(shown, std::fs::read_to_string(&path).unwrap_or_default());
}

fn screens(draw: impl Fn(&Screen) -> String) -> String {
    [40, 80, 120].map(|columns| format!("-- {columns}\n{}", draw(&Screen::plain(columns)))).concat()
}

#[test]
fn a_table_fits_its_screen() {
    let shown = screens(|screen| table::table(&small(), screen));
    snapshot("table", &shown);
}

#[test]
fn repeats_are_folded_and_the_middle_left_out() {
    let mut rows = vec![tensor("embedding.weight", &[1000, 64], "float32", 4)];
    for layer in 0..48 {
        rows.push(tensor(&format!("layers.{layer}.attn.q.weight"), &[64, 64], "float32", 4));
        rows.push(tensor(&format!("layers.{layer}.attn.q.bias"), &[64], "float32", 4));
    }
    for head in ["a", "b", "c", "d", "e", "f", "g", "h"] {
        rows.push(tensor(&format!("head.{head}"), &[8], "float32", 4));
    }
    let mut shown = screens(|screen| table::table(&rows, &Screen { rows: Some(8), ..*screen }));
    shown += &tree::tree(&rows, "m", None, &Screen { rows: Some(12), ..Screen::plain(80) });
    snapshot("folded", &shown);
}

#[test]
fn a_tree_has_subtotals() {
    let mut shown = screens(|screen| tree::tree(&small(), "m", None, screen));
    shown += &tree::tree(&small(), "m", Some(1), &Screen::plain(80));
    snapshot("tree", &shown);
}

#[test]
fn an_outline_says_what_lies_where() {
    let totals = crate::value::report::Totals::of(&small());
    let items = [
        Item { depth: 0, key: "epoch".into(), kind: "int".into(), text: "12".into() },
        Item { depth: 0, key: "state_dict".into(), kind: "OrderedDict".into(), text: totals.line() },
        Item { depth: 1, key: "param\u{1b}groups".into(), kind: "list".into(), text: "2 items".into() },
    ];
    let shown = screens(|screen| outline::outline(&items, screen));
    snapshot("outline", &shown);
}

#[test]
fn bars_fit_their_screen() {
    let bins = Histogram { low: -1.5, high: 2.5, counts: vec![3, 1200, 0, 40] };
    let shown = screens(|screen| super::histogram::histogram(&bins, screen));
    snapshot("histogram", &shown);
}

#[test]
fn colours_change_nothing_but_colours() {
    let plain = table::table(&small(), &Screen::plain(80));
    let painted = table::table(&small(), &Screen { theme: Theme::Dark, ..Screen::plain(80) });
    let mut stripped = String::new();
    let mut inside = false;
    for c in painted.chars() {
        match c {
            '\u{1b}' => inside = true,
            'm' if inside => inside = false,
            c if !inside => stripped.push(c),
            _ => {}
        }
    }
    assert_ne!(plain, painted);
    assert_eq!(plain, stripped);
}

#[test]
fn no_line_is_wider_than_the_screen() {
    for columns in 24..130 {
        let screen = Screen::plain(columns);
        for line in (table::table(&small(), &screen) + &tree::tree(&small(), "m", None, &screen)).lines() {
            assert!(width::width(line) <= columns.max(40), "{columns}: {line}");
        }
    }
}
