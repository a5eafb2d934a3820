//! What goes with what: small cases, and the keys of real libraries (`tests/fixtures/key_lists.txt`) with the truth.

use std::collections::{HashMap, HashSet};

use super::{How, counterparts};
use torchsh_language::value::report::{Facts, Row};

fn row(key: &str, shape: &[i64]) -> Row {
    let facts =
        Facts { shape: shape.to_vec(), dtype: "float32".into(), device: "cpu".into(), elements: 1, bytes: 4 };
    Row::tensor(key, facts)
}

/// The counterparts' keys and how they were found.
fn paired(own: &[(&str, i64)], theirs: &[(&str, i64)]) -> Vec<String> {
    let rows = |keys: &[(&str, i64)]| keys.iter().map(|(key, size)| row(key, &[*size])).collect::<Vec<_>>();
    let found = counterparts(&rows(own), &rows(theirs));
    let text = |found: Option<(usize, How)>| {
        found.map_or("-".to_owned(), |(place, how)| format!("{}: {}", theirs[place].0, how.text()))
    };
    found.into_iter().map(text).collect()
}

#[test]
fn a_beginning_that_many_keys_have_is_told() {
    let own = [("module.a.w", 3), ("module.b.w", 3), ("module.b.bias", 2)];
    let theirs = [("b.bias", 2), ("b.w", 3), ("a.w", 3)];
    let wanted = ["a.w", "b.w", "b.bias"].map(|key| format!("{key}: \"module.\" removed"));
    assert_eq!(paired(&own, &theirs), wanted);
    assert_eq!(paired(&theirs, &own)[0], "module.b.bias: \"module.\" put before");
    let own = [("net.h.0.a.w", 4), ("net.h.0.b.w", 4), ("net.h.1.a.w", 4), ("net.h.1.b.w", 4)];
    let theirs = [("layers.1.b.w", 4), ("layers.1.a.w", 4), ("layers.0.b.w", 4), ("layers.0.a.w", 4)];
    assert_eq!(paired(&own, &theirs)[3], "layers.1.b.w: net.h. → layers.");
}

#[test]
fn a_key_that_both_have_is_left_to_itself() {
    let (own, theirs) = ([("a.w", 3), ("b.w", 3)], [("b.w", 3), ("c.w", 3)]);
    assert_eq!(paired(&own, &theirs), ["c.w: doubtful: nothing but the shape", "b.w: same key"]);
}

#[test]
fn names_without_separators_come_before_any_order() {
    let own = [("b10weight", 3), ("b110weight", 3), ("b20weight", 3)];
    let theirs = [("b.1.0.weight", 3), ("b.2.0.weight", 3), ("b.11.0.weight", 3)];
    let wanted = ["b.1.0.weight", "b.11.0.weight", "b.2.0.weight"];
    assert_eq!(paired(&own, &theirs), wanted.map(|key| format!("{key}: same but for separators")));
}

#[test]
fn names_that_exclude_each_other_are_never_paired() {
    let old = [("norm.gamma", 4), ("norm.beta", 4)];
    let other = "other words for the same";
    assert_eq!(
        paired(&old, &[("norm.bias", 4), ("norm.weight", 4)]),
        [format!("norm.weight: {other}"), format!("norm.bias: {other}")]
    );
    assert_eq!(paired(&[("norm.gamma", 4), ("norm.beta", 4)], &[("norm.bias", 4)])[0], "-");
    for (own, theirs) in
        [("a.query.w", "b.key.w"), ("encoder.x.w", "decoder.x.w"), ("student.w", "teacher.w")]
    {
        assert_eq!(paired(&[(own, 4)], &[(theirs, 4)]), ["-"], "{own} {theirs}");
    }
}

#[test]
fn several_that_fit_are_a_guess() {
    let own = [("a.w", 3), ("a.bias", 2)];
    let theirs = [("q.a.w", 3), ("q.a.bias", 2), ("k.a.w", 3), ("k.a.bias", 2)];
    assert_eq!(paired(&own, &theirs)[0], "q.a.w: doubtful: several have this name");
}

#[test]
fn shapes_that_are_left_go_in_order_or_not_at_all() {
    let own = [("conv.kernel", 9), ("x.offset", 3), ("norm.scale", 5)];
    let theirs = [("c.weight", 9), ("c.step", 3), ("n.weight", 5), ("m.weight", 5)];
    let found = paired(&own, &theirs);
    assert!(
        found[0].starts_with("c.weight: doubtful") && found[1].starts_with("c.step: doubtful"),
        "{found:?}"
    );
    assert_eq!(found[2], "-");
}

#[test]
fn another_shape_is_told() {
    let own = [("module.fc.w", 10), ("module.a.w", 3), ("module.b.w", 3), ("x.y", 1)];
    let theirs = [("fc.w", 1000), ("a.w", 3), ("b.w", 3)];
    assert_eq!(paired(&own, &theirs)[0], "fc.w: [1000] there");
    assert_eq!(paired(&own, &theirs)[3], "-");
}

/// Keys of two libraries, and which of the second is which of the first.
struct Case<'a> {
    name: &'a str,
    own: Vec<Row>,
    theirs: Vec<Row>,
    truth: HashMap<&'a str, &'a str>,
}

fn cases() -> Vec<Case<'static>> {
    let text = include_str!("../../../../tests/fixtures/key_lists.txt");
    let mut cases: Vec<Case<'static>> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("# ") {
            cases.push(Case { name, own: vec![], theirs: vec![], truth: HashMap::new() });
            continue;
        }
        let case = cases.last_mut().unwrap();
        let (is_theirs, line) = line.strip_prefix("> ").map_or((false, line), |line| (true, line));
        let mut words = line.split(' ');
        let (key, shape) = (words.next().unwrap(), words.next().unwrap());
        let shape: Vec<i64> = shape.split('x').filter_map(|size| size.parse().ok()).collect();
        if let Some(other) = words.next() {
            case.truth.insert(key, other);
            case.theirs.push(row(other, &shape));
        }
        if is_theirs { &mut case.theirs } else { &mut case.own }.push(row(key, &shape));
    }
    cases
}

impl<'a> Case<'a> {
    fn turned(&self) -> Self {
        let truth = self.truth.iter().map(|(own, theirs)| (*theirs, *own)).collect();
        Case { name: self.name, own: self.theirs.clone(), theirs: self.own.clone(), truth }
    }

    /// Sure pairs that are right, and those that are wrong.
    fn tried(&self) -> (usize, Vec<String>) {
        let mut right = 0;
        let mut wrong = Vec::new();
        for (row, found) in self.own.iter().zip(counterparts(&self.own, &self.theirs)) {
            let Some((place, how)) =
                found.filter(|(_, how)| !how.is_doubtful() && !matches!(how, How::Shape(_)))
            else {
                continue;
            };
            let other = self.theirs[place].key.as_str();
            match self.truth.get(row.key.as_str()) == Some(&other) {
                true => right += 1,
                false => wrong.push(format!("{}: {} → {other} ({})", self.name, row.key, how.text())),
            }
        }
        (right, wrong)
    }
}

/// Of these libraries some keys stay in doubt.
const PARTLY: &[(&str, usize)] = &[("swin", 10), ("whisper", 12), ("gemma2", 4)];

#[test]
fn no_sure_pair_of_real_libraries_is_wrong() {
    for case in cases() {
        let in_doubt =
            PARTLY.iter().find(|(name, _)| case.name.starts_with(name)).map_or(0, |(_, count)| *count);
        for mut case in [case.turned(), case.turned().turned()] {
            for order in 0..3 {
                let (right, wrong) = case.tried();
                assert!(wrong.is_empty(), "{wrong:#?}");
                assert!(
                    right + in_doubt >= case.truth.len(),
                    "{}: {right} of {}",
                    case.name,
                    case.truth.len()
                );
                match order {
                    0 => case.own.sort_by(|a, b| a.key.cmp(&b.key)),
                    _ => case.theirs.reverse(),
                }
            }
        }
    }
}

#[test]
fn no_sure_pair_is_wrong_where_modules_are_missing() {
    // Of names that say nothing the only ones left would have to be taken for each other.
    for case in cases().into_iter().filter(|case| !case.truth.is_empty()) {
        for every in [5, 11, 23] {
            let module = |key: &str| key.rsplit_once(['.', '/']).map_or(key, |(module, _)| module).to_owned();
            let without = |rows: &[Row], shift: usize| -> Vec<Row> {
                let mut seen: HashMap<String, usize> = HashMap::new();
                let mut kept = rows.to_vec();
                kept.retain(|row| {
                    let next = seen.len();
                    !(*seen.entry(module(&row.key)).or_insert(next) + shift).is_multiple_of(every)
                });
                kept
            };
            let (own, theirs) = (without(&case.own, 0), without(&case.theirs, every / 2));
            let there: HashSet<&str> = theirs.iter().map(|row| row.key.as_str()).collect();
            let truth = case.truth.iter().filter(|(_, other)| there.contains(*other));
            let truth = truth.map(|(own, other)| (*own, *other)).collect();
            let (_, wrong) = Case { name: case.name, own, theirs: theirs.clone(), truth }.tried();
            assert!(wrong.is_empty(), "every {every}: {wrong:#?}");
        }
    }
}
