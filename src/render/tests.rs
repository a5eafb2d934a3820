//! What tables look like, by width.

use super::{Screen, Theme, numbers, outline, table, tree, width};
use torchsh_language::value::report::{
    Described, Difference, Differences, Facts, Histogram, Item, Row, Side, Unlike, What,
};
use torchsh_state_dict::{Comparison, Statistics};

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
    let path = format!("{}/snapshots/{name}.txt", env!("CARGO_MANIFEST_DIR"));
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
    let totals = torchsh_language::value::report::Totals::of(&small());
    let items = [
        Item { depth: 0, key: "epoch".into(), kind: "int".into(), text: "12".into(), holds: None },
        Item {
            depth: 0,
            key: "state_dict".into(),
            kind: "OrderedDict".into(),
            text: totals.line(),
            holds: None,
        },
        Item {
            depth: 1,
            key: "param\u{1b}groups".into(),
            kind: "list".into(),
            text: "2 items".into(),
            holds: None,
        },
    ];
    let shown = screens(|screen| outline::outline(&items, screen));
    snapshot("outline", &shown);
}

fn described(key: &str, shape: &[i64], dtype: &str, numbers: Statistics) -> Described {
    Described { row: tensor(key, shape, dtype, 4), statistics: Ok(numbers), spread: None }
}

fn some_described() -> Vec<Described> {
    let of = |min: f64, max: f64| Statistics {
        elements: 4096,
        min: Some(min.into()),
        max: Some(max.into()),
        mean: Some(0.000_123_4),
        std: Some(0.0207),
        ..Statistics::default()
    };
    let mut rows =
        vec![described("model.embed_tokens.weight", &[32000, 64], "bfloat16", of(-0.0998, 0.1041))];
    for layer in 0..12 {
        for name in ["input_layernorm", "post_attention_layernorm"] {
            let key = format!("model.layers.{layer}.{name}.weight");
            rows.push(described(&key, &[64], "bfloat16", of(0.5, 1.0 + f64::from(layer))));
        }
    }
    let holed = Statistics { nan: 2, infinite: 1, ..of(-1.0, 1.0) };
    rows.push(described("lm_head.weight", &[32000, 64], "bfloat16", holed));
    let meta = tensor("buffer", &[3], "bfloat16", 2);
    rows.push(Described { row: meta, statistics: Err("on the meta device: no data".into()), spread: None });
    rows
}

#[test]
fn statistics_fit_their_screen() {
    let rows = some_described();
    let folded = screens(|screen| numbers::described(&rows, 2, &Screen { rows: Some(10), ..*screen }));
    let whole = numbers::described(&rows[..4], 0, &Screen::plain(80));
    snapshot("described", &format!("{folded}-- whole\n{whole}"));
}

fn some_differences() -> Differences {
    let side = |shape: &[i64], dtype: &str| match tensor("", shape, dtype, 4).what {
        What::Tensor(facts) => Some(Side::Tensor(facts)),
        What::Other(..) => None,
    };
    let numbers = |most: f64| Comparison {
        elements: 64,
        differing: 3,
        apart: 1,
        max_abs: Some(most.into()),
        mean_abs: Some(0.0002),
        max_rel: Some(0.5),
        cosine: Some(0.99),
    };
    let row = |key: String, unlike, sides| Difference { key, count: 1, unlike, sides };
    let (wide, half) = (side(&[64], "float32"), side(&[64], "float16"));
    let mut rows = vec![
        row(
            "model.head.weight".into(),
            Unlike::Shape,
            [side(&[1000, 64], "float32"), side(&[10, 64], "float32")],
        ),
        row("model.head.bias".into(), Unlike::Missing, [None, wide.clone()]),
        row(
            "model.buffer".into(),
            Unlike::Unknown("on the meta device: no data".into()),
            [wide.clone(), wide.clone()],
        ),
    ];
    for layer in 0..12_u32 {
        let key = |name: &str| format!("model.layers.{layer}.{name}.weight");
        let found = numbers(f64::from(layer));
        rows.push(row(key("self_attn.q_proj"), Unlike::Numbers(found.clone()), [wide.clone(), wide.clone()]));
        rows.push(row(key("input_layernorm"), Unlike::Dtype(Ok(found)), [wide.clone(), half.clone()]));
    }
    Differences { names: ["base".into(), "tuned\u{1b}".into()], rows, equal: 5 }
}

#[test]
fn differences_fit_their_screen() {
    let found = some_differences();
    let folded = screens(|screen| numbers::differences(&found, &Screen { rows: Some(10), ..*screen }));
    snapshot("differences", &folded);
}

#[test]
fn nothing_is_cut_where_there_is_no_edge() {
    let endless = Screen { columns: usize::MAX, ..Screen::plain(80) };
    let long = "a".repeat(300);
    let rows = [tensor(&long, &[3], "float32", 4), Row::other("note", "str", long.as_str())];
    for text in [table::table(&rows, &endless), tree::tree(&rows, "m", None, &endless)] {
        assert_eq!(text.matches(&long).count(), 2, "{text}");
        assert!(!text.contains('…'), "{text}");
    }
    let items = [Item { depth: 0, key: "k".into(), kind: "str".into(), text: long.clone(), holds: None }];
    assert!(outline::outline(&items, &endless).contains(&long));
}

#[test]
fn bars_fit_their_screen() {
    let bins = Histogram {
        low: -1.5,
        high: 2.5,
        counts: vec![3, 1200, 0, 40],
        nan: 2,
        infinite: 1,
        negative_infinite: 0,
    };
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
    let (rows, found) = (some_described(), some_differences());
    for columns in 24..130 {
        let screen = Screen::plain(columns);
        let entries = table::table(&small(), &screen) + &tree::tree(&small(), "m", None, &screen);
        let numbers = numbers::described(&rows, 1, &screen) + &numbers::differences(&found, &screen);
        for line in (entries + &numbers).lines() {
            assert!(width::width(line) <= columns.max(40), "{columns}: {line}");
        }
    }
}
