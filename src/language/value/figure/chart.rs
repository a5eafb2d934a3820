//! Where the marks of a chart stand.

use super::colours::{LINES, shade, shade_of_signed};
use super::{Anchor, Colour, Figure, GRID, Mark};
use crate::value::report::{Heat, Histogram, Plot, size};
use crate::value::text::spec;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 400.0;
/// Room at the left for numbers, above, at the right, and below.
const LEFT: f64 = 78.0;
const TOP: f64 = 16.0;
const RIGHT: f64 = 20.0;
const BELOW: f64 = 42.0;
/// Pixels of a character.
const CHARACTER: f64 = 6.0;
const BLUE: Colour = [0x3b, 0x7d, 0xd8];
pub(super) const AXIS: Colour = [0x88, 0x88, 0x88];
const NOT_FINITE: Colour = [255, 0, 80];
/// Points of a line at most: more are the lowest and highest of each column of pixels.
const POINTS: usize = 1400;
/// Rows and columns of colours at most.
const CELLS: usize = 256;

/// A range of numbers on pixels.
struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Scale {
    fn at(&self, number: f64) -> f64 {
        let wide = self.high - self.low;
        let share = if wide > 0.0 { (number - self.low) / wide } else { 0.5 };
        self.from + share * (self.to - self.from)
    }

    /// Round numbers within: five or so.
    fn ticks(&self) -> Vec<f64> {
        let wide = self.high - self.low;
        if !(wide > 0.0 && wide.is_finite()) {
            return vec![self.low];
        }
        let rough = wide / 5.0;
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|times| times * power).find(|step| *step >= rough);
        let step = step.unwrap_or(rough);
        let first = (self.low / step).ceil();
        (0..12)
            .map(|count| (first + f64::from(count)) * step)
            .take_while(|tick| *tick <= self.high + step * 1e-9)
            .collect()
    }
}

fn number(value: f64) -> String {
    // A format that is always one; a tick at zero has no sign.
    spec::format_float(if value == 0.0 { 0.0 } else { value }, ".6g").unwrap_or_default()
}

fn blank() -> Figure {
    Figure { width: WIDTH as u32, height: HEIGHT as u32, marks: Vec::new() }
}

/// The lines and numbers of both sides.
fn axes(figure: &mut Figure, x: &Scale, y: &Scale) {
    for tick in y.ticks() {
        let at = y.at(tick);
        figure.marks.push(Mark::Line(vec![(x.from, at), (x.to, at)], GRID));
        figure.marks.push(Mark::Text((x.from - 6.0, at + 3.0), Anchor::End, number(tick)));
    }
    for tick in x.ticks() {
        let at = x.at(tick);
        figure.marks.push(Mark::Line(vec![(at, y.from), (at, y.from + 4.0)], AXIS));
        figure.marks.push(Mark::Text((at, y.from + 16.0), Anchor::Middle, number(tick)));
    }
    figure.marks.push(Mark::Line(vec![(x.from, y.to), (x.from, y.from), (x.to, y.from)], AXIS));
}

fn across(low: f64, high: f64) -> Scale {
    Scale { low, high, from: LEFT, to: WIDTH - RIGHT }
}

fn upwards(low: f64, high: f64) -> Scale {
    Scale { low, high, from: HEIGHT - BELOW, to: TOP }
}

fn foot(figure: &mut Figure, text: &str) {
    if !text.is_empty() {
        let at = f64::from(figure.height) - 8.0;
        figure.marks.push(Mark::Text((LEFT, at), Anchor::Start, text.to_owned()));
    }
}

/// Bars, one a bin.
pub fn histogram(histogram: &Histogram) -> Figure {
    let mut figure = blank();
    let most = histogram.counts.iter().copied().max().unwrap_or(0);
    let (x, y) = (across(histogram.low, histogram.high), upwards(0.0, most.max(1) as f64));
    axes(&mut figure, &x, &y);
    for (bin, count) in histogram.counts.iter().enumerate() {
        let (start, end) = (x.at(histogram.edge(bin)), x.at(histogram.edge(bin + 1)));
        let top = y.at(*count as f64);
        if *count > 0 {
            figure.marks.push(Mark::Box(
                [start, top.min(y.from - 1.0), (end - start - 1.0).max(1.0), (y.from - top).max(1.0)],
                BLUE,
            ));
        }
    }
    let all: u64 = histogram.counts.iter().sum();
    let mut said = format!("{} numbers", size::grouped(all));
    for (count, kind) in
        [(histogram.nan, "NaN"), (histogram.infinite, "inf"), (histogram.negative_infinite, "-inf")]
    {
        if count > 0 {
            said.push_str(&format!(", {} {kind} left out", size::grouped(count)));
        }
    }
    foot(&mut figure, &said);
    figure
}

/// Colours, row by row; names at the left where they are not only numbers.
pub fn heat(heat: &Heat) -> Figure {
    let small = heat.shrunk(CELLS, CELLS);
    let (rows, columns) = (small.rows.len().max(1), small.columns.len().max(1));
    let longest = small.rows.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let left = if heat.is_signed { 20.0 } else { (longest as f64).min(60.0) * CHARACTER + 16.0 };
    let high = if heat.is_signed { (512.0 / rows as f64).clamp(2.0, 24.0).floor() } else { 16.0 };
    let wide = (560.0 / columns as f64).clamp(2.0, 28.0).floor();
    let (width, height) = (left + wide * columns as f64 + RIGHT, TOP + high * rows as f64 + 44.0);
    let mut figure = Figure { width: (width as u32).max(240), height: height as u32, marks: Vec::new() };
    let shares = small.shares();
    let cells = small.cells.iter().zip(&shares).enumerate();
    for (place, (cell, share)) in cells {
        let (row, column) = ((place / columns) as f64, (place % columns) as f64);
        let colour = match (cell, share) {
            (None, _) => continue,
            (Some(_), None) => NOT_FINITE,
            (Some(_), Some(share)) if heat.is_signed => shade_of_signed(*share),
            (Some(_), Some(share)) => shade(*share),
        };
        figure.marks.push(Mark::Box([left + column * wide, TOP + row * high, wide, high], colour));
    }
    if !heat.is_signed {
        for (row, name) in small.rows.iter().enumerate() {
            let cut: String = name.chars().take(60).collect();
            figure.marks.push(Mark::Text((left - 6.0, TOP + high * (row as f64 + 0.75)), Anchor::End, cut));
        }
    }
    let below = TOP + high * rows as f64 + 14.0;
    if let (Some(first), Some(last)) =
        (small.columns.iter().find(|name| !name.is_empty()), small.columns.last())
    {
        figure.marks.push(Mark::Text((left, below), Anchor::Start, first.clone()));
        if first != last {
            figure.marks.push(Mark::Text((left + wide * columns as f64, below), Anchor::End, last.clone()));
        }
    }
    if let Some((low, most)) = Heat::ends(&heat.cells) {
        let said = format!("{}; {} to {}", heat.foot, number(low), number(most));
        figure.marks.push(Mark::Text((20.0, f64::from(figure.height) - 8.0), Anchor::Start, said));
    }
    figure
}

/// Lines, each with its name.
pub fn plot(plot: &Plot) -> Figure {
    let mut figure = blank();
    let finite = || {
        plot.series.iter().flat_map(|series| &series.points).filter(|(x, y)| x.is_finite() && y.is_finite())
    };
    let ends = |of: fn(&(f64, f64)) -> f64| {
        let (low, high) = finite()
            .map(of)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), at| (low.min(at), high.max(at)));
        if low > high {
            (0.0, 1.0)
        } else if low == high {
            (low - 0.5, high + 0.5)
        } else {
            (low, high)
        }
    };
    let ((left, right), (low, high)) = (ends(|point| point.0), ends(|point| point.1));
    let (x, y) = (across(left, right), upwards(low, high));
    axes(&mut figure, &x, &y);
    for (place, series) in plot.series.iter().enumerate() {
        let colour = LINES.get(place % LINES.len()).copied().unwrap_or(BLUE);
        // A line is broken where a number is not finite.
        for run in
            series.points.split(|(x, y)| !x.is_finite() || !y.is_finite()).filter(|run| !run.is_empty())
        {
            let mut points: Vec<(f64, f64)> =
                thinned(run).into_iter().map(|(at, number)| (x.at(at), y.at(number))).collect();
            if let [(at, number)] = *points.as_slice() {
                points.extend([(at + 2.0, number)]);
            }
            figure.marks.push(Mark::Line(points, colour));
        }
        if plot.series.len() > 1 || !series.name.is_empty() {
            let row = TOP + 12.0 * (place as f64 + 1.0);
            let name: String = series.name.chars().take(60).collect();
            let end = WIDTH - RIGHT - 18.0;
            figure.marks.push(Mark::Line(vec![(end + 4.0, row - 3.0), (end + 16.0, row - 3.0)], colour));
            figure.marks.push(Mark::Text((end, row), Anchor::End, name));
        }
    }
    foot(&mut figure, &plot.x);
    figure
}

/// As many points as can be seen: of each part the lowest and the highest, where they stand.
fn thinned(run: &[(f64, f64)]) -> Vec<(f64, f64)> {
    if run.len() <= POINTS {
        return run.to_vec();
    }
    let each = run.len().div_ceil(POINTS / 2).max(1);
    let ends = |part: &[(f64, f64)]| {
        let by = |one: &&(f64, f64), two: &&(f64, f64)| one.1.total_cmp(&two.1);
        let (low, high) = (part.iter().min_by(by).copied(), part.iter().max_by(by).copied());
        let (low, high) = (low.unwrap_or_default(), high.unwrap_or_default());
        if low.0 <= high.0 { [low, high] } else { [high, low] }
    };
    run.chunks(each).flat_map(ends).collect()
}
