//! How large numbers are, as a picture.

use super::page::{Page, TABLE_END, escape, faint, image, key, table_head, table_row};
use super::picture;
use super::tables::foot;
use crate::numbers::float;
use torchsh_language::value::report::Heat;

/// Columns of a picture: more are means of several.
const WIDE: usize = 128;

/// Of one tensor a picture; of a state_dict a row for each kind of weight, all in one scale.
pub fn heat(heat: &Heat) -> String {
    let mut page = Page::new();
    if heat.is_signed {
        page.push(&square(heat));
        page.push(&foot(&heat.foot));
        return page.end("");
    }
    let small = heat.shrunk(usize::MAX, WIDE);
    let shares = small.shares();
    let wide = small.columns.len().max(1);
    let each = (512 / wide).clamp(4, 24);
    let named: Vec<&str> = small.columns.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
    let head = match named.as_slice() {
        [first, .., last] => format!("{first} … {last}"),
        [only] => (*only).to_owned(),
        [] => String::new(),
    };
    page.push(&table_head(&[("key", false), (&head, false), ("min", true), ("max", true)]));
    for ((name, numbers), shares) in small.lines().zip(shares.chunks(wide)) {
        let is_there: Vec<bool> = numbers.iter().map(Option::is_some).collect();
        let strip = picture::shades(shares, &is_there, wide, (each, 16), false);
        let strip = strip.map(|data| image(&data, wide * each, 16, name)).unwrap_or_default();
        let end = |number: Option<f64>| (number.map(|number| float(number, ".3g")).unwrap_or_default(), true);
        let ends = Heat::ends(numbers);
        page.line(&table_row(&[
            (key(name), false),
            (strip, false),
            end(ends.map(|ends| ends.0)),
            end(ends.map(|ends| ends.1)),
        ]));
    }
    page.push(TABLE_END);
    let all = Heat::ends(&heat.cells).map(|(low, high)| {
        format!(" · dark {} to light {}, by powers", float(low, ".3g"), float(high, ".3g"))
    });
    page.push(&foot(&format!("{}{} · bright red is not finite", heat.foot, all.unwrap_or_default())));
    page.end("heat m of a part: heat filter m key~ \"layers.0.*\"")
}

/// The picture of one tensor.
pub fn square(heat: &Heat) -> String {
    let (rows, columns) = (heat.rows.len(), heat.columns.len());
    let each = (256 / columns.max(rows).max(1)).clamp(1, 16);
    let is_there = vec![true; heat.cells.len()];
    let Some(data) = picture::shades(&heat.shares(), &is_there, columns, (each, each), true) else {
        return String::new();
    };
    let most = Heat::ends(&heat.cells).map_or(0.0, |(low, high)| high.abs().max(low.abs()));
    let says = format!("from {} (blue) to {} (red)", float(-most, ".3g"), float(most, ".3g"));
    let head = faint(&escape(&format!("{rows} × {columns}, {says}")));
    format!("<div>{head}</div>{}", image(&data, columns * each, rows * each, &says))
}
