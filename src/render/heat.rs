//! How large numbers are, as shades.

use super::grid::{Column, Line, draw};
use super::numbers::float;
use super::sanitize::sanitize;
use super::{Role, Screen, but_the_middle, left_out};
use torchsh_language::value::report::Heat;

/// Columns of shades.
const WIDE: usize = 48;

/// Rows of the picture of one tensor.
const TALL: usize = 24;

/// From the smallest to the largest.
const SHADES: [char; 5] = ['·', '░', '▒', '▓', '█'];

/// A line a row: its shades, its smallest and its largest number. Of one tensor, the shades are of the numbers without their signs.
#[must_use]
pub fn heat(heat: &Heat, screen: &Screen) -> String {
    let small = heat.shrunk(if heat.is_signed { TALL } else { usize::MAX }, WIDE);
    let shares = small.shares();
    let wide = small.columns.len().max(1);
    let lines: Vec<Line> = small
        .lines()
        .zip(shares.chunks(wide))
        .map(|((name, numbers), shares)| {
            let shades: String =
                numbers.iter().zip(shares).map(|(number, share)| shade(&small, *number, *share)).collect();
            let end = |number: Option<f64>| number.map(|number| float(number, ".3g")).unwrap_or_default();
            let ends = Heat::ends(numbers);
            Line::Cells(vec![
                sanitize(name).into_owned(),
                shades,
                end(ends.map(|ends| ends.0)),
                end(ends.map(|ends| ends.1)),
            ])
        })
        .collect();
    let head = match (small.columns.iter().find(|name| !name.is_empty()), small.columns.last()) {
        (Some(first), Some(last)) if first != last => format!("{} … {}", sanitize(first), sanitize(last)),
        (_, last) => sanitize(last.map(String::as_str).unwrap_or_default()).into_owned(),
    };
    let columns = [
        Column::new(if heat.is_signed { "row" } else { "key" }, Role::Key).shrinks(),
        Column::named(head, Role::Bar),
        Column::new("min", Role::Number).right().drops(1),
        Column::new("max", Role::Number).right().drops(1),
    ];
    let shown: Vec<Line> = but_the_middle(&lines, screen.rows)
        .map(|part| match part {
            Ok(Line::Cells(cells)) => Line::Cells(cells.clone()),
            Ok(Line::Across(text)) => Line::Across(text.clone()),
            Err(count) => Line::Across(left_out(count, "more row")),
        })
        .collect();
    let drawn = if shown.is_empty() { String::new() } else { draw(&columns, &shown, screen) };
    format!("{drawn}{}\n", screen.theme.paint(Role::Faint, &heat.foot))
}

/// The character of a number; `!` where it is not finite.
fn shade(heat: &Heat, number: Option<f64>, share: Option<f64>) -> char {
    let share = match (number, share) {
        (None, _) => return ' ',
        (Some(_), None) => return '!',
        (Some(_), Some(share)) if heat.is_signed => (share * 2.0 - 1.0).abs(),
        (Some(_), Some(share)) => share,
    };
    let place = (share * SHADES.len() as f64) as usize;
    SHADES.get(place.min(SHADES.len() - 1)).copied().unwrap_or(' ')
}
