//! Curves, as blocks of different height.

use super::grid::{Column, Line, draw};
use super::numbers::float;
use super::sanitize::sanitize;
use super::{Role, Screen};
use torchsh_language::value::report::{Plot, Series};

/// Columns of a curve.
const WIDE: usize = 40;

const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A line a curve: its shape, its last, smallest and largest number.
#[must_use]
pub fn plot(plot: &Plot, screen: &Screen) -> String {
    let number = |number: Option<f64>| number.map(|number| float(number, ".4g")).unwrap_or_default();
    let line = |series: &Series| {
        let ends = series.ends();
        Line::Cells(vec![
            sanitize(&series.name).into_owned(),
            shape(series),
            number(series.points.last().map(|(_, y)| *y)),
            number(ends.map(|ends| ends.0)),
            number(ends.map(|ends| ends.1)),
        ])
    };
    let lines: Vec<Line> = plot.series.iter().map(line).collect();
    let is_named = plot.series.iter().any(|series| !series.name.is_empty());
    let columns = [
        Column::new(if is_named { "series" } else { "" }, Role::Key).shrinks(),
        Column::new("curve", Role::Bar),
        Column::new("last", Role::Number).right(),
        Column::new("min", Role::Number).right().drops(1),
        Column::new("max", Role::Number).right().drops(2),
    ];
    let drawn = if lines.is_empty() { String::new() } else { draw(&columns, &lines, screen) };
    let places = plot.series.iter().flat_map(|series| series.points.iter().map(|(x, _)| *x));
    let (low, high) =
        places.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
    let range =
        if low <= high { format!(" {} to {}", float(low, ".6g"), float(high, ".6g")) } else { String::new() };
    let across = format!("across: {}{range}", sanitize(&plot.x));
    format!("{drawn}{}\n", screen.theme.paint(Role::Faint, &across))
}

/// The means of as many parts as there is room for.
fn shape(series: &Series) -> String {
    let Some((low, high)) = series.ends() else { return String::new() };
    let count = series.points.len();
    let wide = count.min(WIDE);
    let part = |column: usize| {
        let part = series.points.get(column * count / wide..(column + 1) * count / wide).unwrap_or_default();
        let finite: Vec<f64> = part.iter().map(|(_, y)| *y).filter(|y| y.is_finite()).collect();
        if finite.is_empty() {
            return '!';
        }
        let mean = finite.iter().sum::<f64>() / finite.len() as f64;
        let share = if high > low { (mean - low) / (high - low) } else { 0.5 };
        let place = (share * BLOCKS.len() as f64) as usize;
        BLOCKS.get(place.min(BLOCKS.len() - 1)).copied().unwrap_or(' ')
    };
    (0..wide).map(part).collect()
}
