//! Pages are held to what JupyterLab keeps of HTML in a notebook that nobody trusts.

use std::collections::BTreeSet;

use super::page::{MOST, escape};
use super::{Loading, hint, loading as loading_page, manual, note, preformatted, report};
use torchsh_language::value::report::docstring;
use torchsh_language::value::report::refusal::{KeysRefused, Misfit};
use torchsh_language::value::report::{
    Cell, Described, Difference, Differences, Facts, Findings, Head, Heat, Histogram, Holds, Item, Plot,
    Report, Row, Series, Side, Totals, Unlike,
};
use torchsh_state_dict::{Comparison, Number, Statistics};

/// What JupyterLab's sanitizer lets through, of what pages use: tags with their attributes beside `style` and `title`.
const TAGS: &[(&str, &[&str])] = &[
    ("div", &[]),
    ("span", &[]),
    ("b", &[]),
    ("pre", &[]),
    ("p", &[]),
    ("i", &[]),
    ("code", &[]),
    ("ul", &[]),
    ("ol", &[]),
    ("li", &[]),
    ("a", &["href"]),
    ("details", &["open"]),
    ("summary", &[]),
    ("table", &[]),
    ("thead", &[]),
    ("tbody", &[]),
    ("tr", &[]),
    ("th", &[]),
    ("td", &[]),
    ("img", &["src", "width", "height", "alt"]),
];

/// Styles that it lets through, with the form that their values have here.
const STYLES: &[(&str, &str)] = &[
    ("font-family", "^monospace$"),
    ("font-size", "^[0-9]+px$"),
    ("line-height", "^[0-9.]+$"),
    ("max-width", "^[0-9]+px$"),
    ("overflow-x", "^auto$"),
    ("overflow", "^auto$"),
    ("max-height", "^[0-9]+px$"),
    ("opacity", r"^0\.[0-9]+$"),
    ("color", "^#[0-9a-f]{6}$"),
    ("border", "^1px solid #[0-9a-f]{6}$"),
    ("border-radius", "^[0-9]+px$"),
    ("padding", "^([0-9]+(px)? ?){1,4}$"),
    ("padding-right", "^[0-9]+px$"),
    ("margin", "^0$"),
    ("margin-left", "^[0-9]+px$"),
    ("display", "^(inline-block|block|flex)$"),
    ("width", "^[0-9]+px$"),
    ("min-width", "^[0-9]+em$"),
    ("height", "^[0-9]+px$"),
    ("background-color", r"^(#[0-9a-f]{6}|rgba\(128,128,128,0\.2\))$"),
    ("vertical-align", "^(middle|top)$"),
    ("border-collapse", "^collapse$"),
    ("text-align", "^(left|right)$"),
    ("font-weight", "^normal$"),
    ("white-space", "^(pre|pre-wrap)$"),
    ("float", "^right$"),
    ("clear", "^both$"),
    ("cursor", "^pointer$"),
    ("gap", "^[0-9]+px$"),
];

/// Every kind of line that a page of help has.
const DOCSTRING: &str = "HARM `HARM`\n\n.. math:: HARM\n\nArgs:\n    HARM (HARM): HARM\n\n- HARM\n- `HARM <https://a.example/\"'&>`_\n\n1. HARM\n\n.. note::\n    **HARM**\n\n>>> HARM\n\n=== ===\nHARM HARM\n=== ===\n1   2\n=== ===\n\nHARM";

/// A name that a file could carry to do harm.
const HARM: &str = "a.<script>alert(1)</script>\"'&\u{202e}.weight";

fn facts(shape: &[i64]) -> Facts {
    let elements = shape.iter().product::<i64>().unsigned_abs();
    Facts {
        shape: shape.to_vec(),
        dtype: "float32".into(),
        device: "cpu".into(),
        elements,
        bytes: elements * 4,
    }
}

fn bins() -> Histogram {
    Histogram { low: -1.0, high: 1.0, counts: vec![1, 5, 0, 9], nan: 1, infinite: 0, negative_infinite: 0 }
}

/// What `check` may find, one of each kind that stands apart.
fn checked() -> Findings {
    let tensor = || Cell::Tensor("float32".into(), vec![2, 3]);
    let line = |kind: &str, sides: [Cell; 2]| {
        let [given, own] = sides;
        vec![Cell::text(HARM), Cell::text(kind), given, own, Cell::text(HARM)]
    };
    Findings {
        verb: "check",
        facts: Vec::new(),
        listed: "findings",
        heads: ["key", "finding", "file", "model", "detail"].map(Head::words).to_vec(),
        lines: vec![
            line("shape", [tensor(), tensor()]),
            line("missing", [Cell::None, tensor()]),
            line("unexpected", [tensor(), Cell::None]),
            line("cast", [tensor(), tensor()]),
        ],
        sum: None,
        foot: HARM.into(),
        is_bad: true,
        is_brief: false,
    }
}

/// Every page there is.
fn pages() -> Vec<String> {
    let keys = [HARM.to_owned()];
    let misfit = Misfit { key: HARM.into(), given: vec![2, 3], own: vec![3] };
    let (missing, unexpected) = (keys.to_vec(), keys.to_vec());
    let loading = Loading::of_refused(&KeysRefused {
        missing,
        unexpected,
        misfits: vec![misfit],
        strict: true,
        ..KeysRefused::default()
    });
    let others = [
        loading_page(&loading),
        loading_page(&Loading::default()),
        hint(&format!("{HARM}: {HARM}")),
        note(HARM),
        manual(&docstring::read(&DOCSTRING.replace("HARM", HARM))),
    ];
    reports().iter().map(report).chain(others).collect()
}

#[test]
fn what_stands_in_the_way_stands_side_by_side() {
    let page = report(&Report::Findings(checked()));
    for wanted in ["1 missing key", "1 unexpected key", "1 other shape", "float32 [2, 3] → float32 [2, 3]"]
    {
        assert!(page.contains(wanted), "{wanted}: {page}");
    }
    // What else was found follows as a table.
    assert_eq!(page.matches(">cast<").count(), 1);
    assert_eq!(page.matches(">missing<").count(), 0);
    let many: Vec<String> = (0..400).map(|i| format!("h.{i}.w")).collect();
    let page = loading_page(&Loading::of_keys(&many, &[]));
    assert!(page.contains("400 missing keys") && page.contains("h.{0-399}") && page.len() < 3000, "{page}");
}

fn reports() -> Vec<Report> {
    let rows = vec![
        Row::tensor(HARM, facts(&[2, 3])),
        Row::tensor("h.0.w", facts(&[4])),
        Row::tensor("h.1.w", facts(&[4])),
        Row::other("epoch", HARM, HARM),
    ];
    let numbers = Statistics { elements: 6, nan: 1, min: Some(Number::Float(-1.0)), ..Statistics::default() };
    let described = vec![
        Described { row: rows[0].clone(), statistics: Ok(numbers), spread: Some(bins()) },
        Described { row: rows[1].clone(), statistics: Err(HARM.into()), spread: None },
    ];
    let comparison = Comparison { elements: 6, differing: 3, max_rel: Some(0.5), ..Comparison::default() };
    let difference = |unlike, sides| Difference { key: HARM.into(), count: 1, unlike, sides };
    let side = || Some(Side::Other(HARM.into(), HARM.into()));
    let differences = vec![
        difference(Unlike::Missing, [side(), None]),
        difference(Unlike::Missing, [None, side()]),
        difference(Unlike::Numbers(comparison), [side(), side()]),
        difference(Unlike::Unknown(HARM.into()), [side(), side()]),
    ];
    let heat = Heat {
        rows: vec![HARM.into(), "b".into()],
        columns: vec![HARM.into(), "1".into()],
        cells: vec![Some(1.0), Some(f64::NAN), None, Some(-2.0)],
        is_signed: false,
        foot: HARM.into(),
    };
    let item = |depth, holds| Item { depth, key: HARM.into(), kind: HARM.into(), text: HARM.into(), holds };
    vec![
        Report::Entries(rows.clone()),
        Report::Tree { rows: rows.clone(), root: HARM.into(), depth: None },
        Report::Tree { rows: rows.clone(), root: HARM.into(), depth: Some(1) },
        Report::Outline(vec![item(0, Some(Holds::Tensors(Totals::of(&rows)))), item(1, None), item(0, None)]),
        Report::Statistics { rows: described, others: 1 },
        Report::Differences(Differences { names: [HARM.into(), HARM.into()], rows: differences, equal: 1 }),
        Report::Table {
            heads: vec![Head::words("key"), Head::words("how")],
            lines: vec![vec![HARM.into(), HARM.into()]],
            foot: HARM.into(),
        },
        Report::Findings(checked()),
        Report::Findings(Findings { verb: "health", ..checked() }),
        Report::Histogram(bins()),
        Report::Plot(Plot {
            series: vec![Series { name: HARM.into(), points: vec![(0.0, 1.0), (1.0, f64::NAN)] }],
            x: HARM.into(),
        }),
        Report::Heat(heat.clone()),
        Report::Heat(Heat { is_signed: true, ..heat }),
        Report::Lines(vec![HARM.into()]),
        Report::Text(HARM.into()),
    ]
}

/// Every tag of a page: its name and its attributes.
fn tags(html: &str) -> Vec<(String, Vec<(String, String)>)> {
    let tag = fancy_regex::Regex::new(r#"<(/?)([a-z0-9]+)((?:\s+[a-z-]+(?:="[^"<>]*")?)*)\s*>"#).unwrap();
    let attribute = fancy_regex::Regex::new(r#"([a-z-]+)(?:="([^"]*)")?"#).unwrap();
    let mut open = Vec::new();
    let mut found = Vec::new();
    for captures in tag.captures_iter(html).map(Result::unwrap) {
        let name = captures[2].to_owned();
        if !captures[1].is_empty() {
            assert_eq!(open.pop(), Some(name), "{html}");
            continue;
        }
        let attributes = attribute.captures_iter(&captures[3]).map(Result::unwrap);
        let attributes = attributes
            .map(|pair| (pair[1].to_owned(), pair.get(2).map_or("", |value| value.as_str()).to_owned()))
            .collect();
        if name != "img" {
            open.push(name.clone());
        }
        found.push((name, attributes));
    }
    assert!(open.is_empty(), "{open:?} stay open in {html}");
    // Nothing that looks like a tag is none of them.
    assert_eq!(tag.replace_all(html, "").matches('<').count(), 0, "{html}");
    found
}

#[test]
fn the_sanitizer_of_jupyterlab_takes_nothing_away() {
    let mut used = BTreeSet::new();
    for html in pages() {
        for (name, attributes) in tags(&html) {
            let (_, own) =
                TAGS.iter().find(|(tag, _)| *tag == name).unwrap_or_else(|| panic!("{name}: {html}"));
            used.insert(name.clone());
            for (attribute, value) in attributes {
                match attribute.as_str() {
                    "style" => value.split(';').for_each(hold),
                    "title" => {}
                    "src" => assert!(value.starts_with("data:image/png;base64,"), "{value}"),
                    other => assert!(own.contains(&other), "{name} {other}: {html}"),
                }
            }
        }
    }
    let known: BTreeSet<String> = TAGS.iter().map(|(tag, _)| (*tag).to_owned()).collect();
    assert_eq!(used, known, "every tag is tried");
}

fn hold(style: &str) {
    let (name, value) = style.split_once(':').unwrap_or_else(|| panic!("{style}"));
    let known = STYLES.iter().find(|(known, _)| *known == name);
    let (_, form) = known.unwrap_or_else(|| panic!("{style} is not a style that is kept"));
    assert!(fancy_regex::Regex::new(form).unwrap().is_match(value).unwrap(), "{style}");
}

#[test]
fn names_of_a_file_are_no_tags() {
    assert_eq!(escape("<b a=\"'x'\">&"), "&lt;b a=&quot;&#39;x&#39;&quot;&gt;&amp;");
    for html in pages() {
        assert!(!html.contains("<script") && !html.contains('\u{202e}'), "{html}");
    }
}

#[test]
fn a_page_is_never_longer_than_a_notebook_likes() {
    let rows: Vec<Row> =
        (0..10_000).map(|i| Row::tensor(format!("m{}.part{i}.w", i % 7), facts(&[i + 1]))).collect();
    let many = rows.len();
    let tree = Report::Tree { rows: rows.clone(), root: "x".into(), depth: None };
    for one in [tree, Report::Entries(rows), Report::Lines((0..100_000).map(|i| format!("key{i}")).collect())]
    {
        let html = report(&one);
        assert!(html.len() < MOST, "{}", html.len());
        assert!(html.contains("more line"), "{many}");
        for tag in ["details", "div", "table"] {
            let count = |start: &str| html.matches(&format!("{start}{tag}")).count();
            assert_eq!(count("<"), count("</"), "{tag}");
        }
    }
    assert!(preformatted(&"é\n".repeat(1_000_000)).len() < MOST);
}
