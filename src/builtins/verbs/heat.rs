//! `heat m`: how large weights are, by layer and depth; `heat x`: where a tensor's numbers are large.

use super::describe::reason;
use super::{Words, nested, pictures};
use crate::checkpoint::Records;
use torchsh_base::error::Result;
use torchsh_language::value::report::progress::Progress;
use torchsh_language::value::report::{Heat, Report, gather, shape_text, size};
use torchsh_language::value::{Args, TensorObject, Value, Vm};
use torchsh_state_dict::{Statistics, statistics, thumbnail};

/// Rows and columns of the picture of a tensor.
const CELLS: usize = 128;

/// `heat m`
pub fn heat(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    if let Some(tensor) = args.rest().first().and_then(Value::as_tensor) {
        words.next(args, "a state_dict or a tensor")?;
        let path = pictures::path(vm, args, &mut words)?;
        words.end(args)?;
        return pictures::answer(vm, Report::Heat(of_tensor(vm, tensor)?), path);
    }
    let dict = nested::flat(vm, &words.dict(vm, args)?)?;
    let path = pictures::path(vm, args, &mut words)?;
    words.end(args)?;
    let (mut keys, mut records, mut made) = (Vec::new(), Vec::new(), Records::new(vm));
    for (key, value) in dict.entries() {
        let Some(tensor) = value.as_tensor() else { continue };
        vm.check_interrupt()?;
        // What has no numbers has no place in the picture.
        if let Ok(record) = reason(made.of(tensor))? {
            keys.push(gather::key_text(vm, &key)?);
            records.push(record);
        }
    }
    let found = statistics(&records, &Progress::bytes(vm))?;
    let mut sizes = Vec::new();
    for (key, found) in keys.into_iter().zip(found) {
        sizes.extend(
            reason(found)?.ok().and_then(|numbers| root_mean_square(&numbers)).map(|size| (key, size)),
        );
    }
    pictures::answer(vm, Report::Heat(by_layer(&sizes)), path)
}

/// The root of the mean square: the norm, whatever the number of elements. None of no element, NaN where one is not finite.
fn root_mean_square(numbers: &Statistics) -> Option<f64> {
    if numbers.not_finite() > 0 {
        return Some(f64::NAN);
    }
    let mean = numbers.mean?.hypot(numbers.imaginary_mean.unwrap_or(0.0));
    let count = numbers.elements as f64;
    let spread = numbers.std.map_or(0.0, |std| std * std * (count - 1.0) / count);
    Some((mean * mean + spread).sqrt())
}

/// Keys that differ in their first number are a row, the numbers its columns. Where no key has a number, modules are rows.
fn by_layer(sizes: &[(String, f64)]) -> Heat {
    let has_layers = sizes.iter().any(|(key, _)| layer(key).is_some());
    let place = |key: &str| match layer(key) {
        Some((row, number)) => (row, Column::Layer(number)),
        None if has_layers => (key.to_owned(), Column::Name(String::new())),
        None => match key.rsplit_once('.') {
            Some((module, name)) => (module.to_owned(), Column::Name(name.to_owned())),
            None => (key.to_owned(), Column::Name(String::new())),
        },
    };
    let (mut rows, mut columns) = (Vec::new(), Vec::new());
    let places: Vec<(String, Column)> = sizes.iter().map(|(key, _)| place(key)).collect();
    for (row, column) in &places {
        if !rows.contains(row) {
            rows.push(row.clone());
        }
        if !columns.contains(column) {
            columns.push(column.clone());
        }
    }
    columns.sort();
    let mut cells = vec![None; rows.len() * columns.len()];
    for ((row, column), (_, size)) in places.iter().zip(sizes) {
        let row = rows.iter().position(|known| known == row).unwrap_or(0);
        let column = columns.binary_search(column).unwrap_or(0);
        if let Some(cell) = cells.get_mut(row * columns.len() + column) {
            *cell = Some(*size);
        }
    }
    let foot = format!("root mean square of {}", size::counted(sizes.len(), "tensor"));
    Heat { rows, columns: columns.into_iter().map(Column::text).collect(), cells, is_signed: false, foot }
}

/// A column: names first, as they come, then layers by number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    Name(String),
    Layer(u64),
}

impl Column {
    fn text(self) -> String {
        match self {
            Column::Name(name) => name,
            Column::Layer(number) => number.to_string(),
        }
    }
}

/// A key with `*` for its first number, and that number.
fn layer(key: &str) -> Option<(String, u64)> {
    let parts: Vec<&str> = key.split('.').collect();
    let at = parts.iter().position(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))?;
    let number = parts.get(at)?.parse().ok()?;
    let part = |(place, part): (usize, &&str)| if place == at { "*".to_owned() } else { (*part).to_owned() };
    Some((parts.iter().enumerate().map(part).collect::<Vec<_>>().join("."), number))
}

/// The means of blocks of a tensor: the first dimension down, the others across.
fn of_tensor(vm: &dyn Vm, tensor: &TensorObject) -> Result<Heat> {
    let record = Records::new(vm).of(tensor)?;
    let map = thumbnail(&record, CELLS, CELLS, &Progress::bytes(vm))?;
    let tall = record.shape.first().and_then(|rows| usize::try_from(*rows).ok()).unwrap_or(1);
    let names = |parts: usize, whole: usize| -> Vec<String> {
        (0..parts).map(|part| (part * whole).div_ceil(parts.max(1)).to_string()).collect()
    };
    let elements = record.shape.iter().product::<i64>();
    let wide = usize::try_from(elements).unwrap_or(0).checked_div(tall).unwrap_or(0);
    let blocks = map.rows() * map.columns;
    let foot = match blocks as i64 == elements {
        true => format!("{}, each number", shape_text(&record.shape)),
        false => format!("{}, each the mean of a block", shape_text(&record.shape)),
    };
    Ok(Heat {
        rows: names(map.rows(), tall),
        columns: names(map.columns, wide),
        cells: map.means.into_iter().map(Some).collect(),
        is_signed: true,
        foot,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_columns() {
        let size = |key: &str, size: f64| (key.to_owned(), size);
        let heat =
            by_layer(&[size("h.0.w", 1.0), size("h.10.w", 3.0), size("h.2.w", 2.0), size("norm.w", 4.0)]);
        assert_eq!(heat.rows, ["h.*.w", "norm.w"]);
        assert_eq!(heat.columns, ["", "0", "2", "10"]);
        let cells = [None, Some(1.0), Some(2.0), Some(3.0), Some(4.0), None, None, None];
        assert_eq!(heat.cells, cells);
        let plain = by_layer(&[size("fc.weight", 1.0), size("fc.bias", 2.0)]);
        assert_eq!(
            (plain.rows, plain.columns),
            (vec!["fc".to_owned()], vec!["bias".to_owned(), "weight".to_owned()])
        );
    }
}
