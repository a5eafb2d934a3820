//! One place of a checkpoint looked at closely: its facts, what its numbers come to, how they are spread.

use super::Screen;
use super::histogram::histogram;
use super::numbers::{float, short};
use super::sanitize::sanitize;
use super::width::{broken, wrap};
use torchsh_language::value::report::{Described, shape_text, size};
use torchsh_state_dict::Statistics;

/// Lines of a long value.
const LINES: usize = 400;

/// A tensor.
#[must_use]
pub fn tensor(one: &Described, expression: &str, screen: &Screen) -> String {
    let mut lines = head(&one.row.key, expression, screen);
    if let Some(facts) = one.row.facts() {
        let text = format!(
            "{} · {} · {} · {}",
            shape_text(&facts.shape),
            facts.dtype,
            size::counted(usize::try_from(facts.elements).unwrap_or(usize::MAX), "element"),
            size::bytes(facts.bytes)
        );
        lines.extend(wrap(&text, screen.columns));
    }
    match &one.statistics {
        Ok(numbers) => lines.extend(amounts(numbers, screen)),
        Err(why) => lines.extend(wrap(&sanitize(why), screen.columns)),
    }
    let mut text = lines.join("\n");
    text.push('\n');
    if let Some(spread) = &one.spread {
        text.push('\n');
        text.push_str(&histogram(spread, screen));
    }
    text
}

/// A value that is no tensor.
#[must_use]
pub fn other(path: &str, kind: &str, whole: &str, expression: &str, screen: &Screen) -> String {
    let mut lines = head(path, expression, screen);
    lines.push(sanitize(kind).into_owned());
    lines.push(String::new());
    for line in whole.lines() {
        lines.extend(broken(&sanitize(line), screen.columns).iter().map(|piece| (*piece).to_owned()));
        if lines.len() > LINES {
            lines.push("…".to_owned());
            break;
        }
    }
    lines.join("\n")
}

/// A module, or what holds others.
#[must_use]
pub fn part(path: &str, tensors: usize, bytes: u64, expression: &str, screen: &Screen) -> String {
    let mut lines = head(path, expression, screen);
    lines.push(format!("{} · {}", size::counted(tensors, "tensor"), size::bytes(bytes)));
    lines.join("\n")
}

/// The path, and how it is written.
fn head(path: &str, expression: &str, screen: &Screen) -> Vec<String> {
    let broken_text = |text: &str| {
        broken(&sanitize(text), screen.columns).iter().map(|piece| (*piece).to_owned()).collect()
    };
    let mut lines: Vec<String> = broken_text(path);
    lines.extend::<Vec<String>>(broken_text(expression));
    lines.push(String::new());
    lines
}

/// What the numbers come to, two to four on a line.
fn amounts(numbers: &Statistics, screen: &Screen) -> Vec<String> {
    let exact = |number: Option<_>| number.map(|number| short(number, ".4g")).unwrap_or_default();
    let known = |number: Option<f64>| number.map(|number| float(number, ".4g")).unwrap_or_default();
    let zeros = match numbers.zeros {
        0 => String::new(),
        zeros => format!("{} of {}", size::grouped(zeros), size::grouped(numbers.elements)),
    };
    let count = |count: u64| if count > 0 { size::grouped(count) } else { String::new() };
    let parts = [
        ("min", exact(numbers.min)),
        ("max", exact(numbers.max)),
        ("mean", known(numbers.mean)),
        ("std", known(numbers.std)),
        ("zeros", zeros),
        ("NaN", count(numbers.nan)),
        ("inf", count(numbers.infinite)),
        ("-inf", count(numbers.negative_infinite)),
    ];
    let said: Vec<String> = parts
        .iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| format!("{name}\u{a0}{}", text.replace(' ', "\u{a0}")))
        .collect();
    wrap(&said.join("  "), screen.columns).iter().map(|line| line.replace('\u{a0}', " ")).collect()
}
