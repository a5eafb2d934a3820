//! numpy's own text for arrays: eight digits at most, the fewest that tell the numbers apart.

use super::Array;
use super::options::Options;
use super::options::{not_finite, options, precision, written};
use crate::values::data;
use torchsh_base::error::Result;
use torchsh_checkpoint::dtype::Dtype;
use torchsh_language::value::{Value, Vm};

/// `repr(array)`
pub fn repr(vm: &dyn Vm, array: &Array) -> Result<String> {
    let (dtype, options) = (array.tensor().dtype(), options());
    let sizes = array.tensor().sizes();
    let total: i64 = sizes.iter().product();
    let mut text = if total == 0 { "[]".to_owned() } else { body(vm, array, ", ", "array(".len())? };
    let mut notes = Vec::new();
    if (total == 0 && sizes != [0]) || total > options.threshold {
        notes.push(format!(
            "shape={}",
            vm.repr(&Value::tuple(sizes.iter().copied().map(Value::Int).collect()))?
        ));
    }
    if total == 0 || !matches!(dtype, Dtype::INT64 | Dtype::FLOAT64 | Dtype::BOOL | Dtype::COMPLEX128) {
        notes.push(format!("dtype={}", dtype.name()));
    }
    for note in notes {
        let last = text.rsplit('\n').next().unwrap_or("").len();
        let gap = if last + note.len() + "array(, )".len() > options.width { ",\n      " } else { ", " };
        text.push_str(gap);
        text.push_str(&note);
    }
    Ok(format!("array({text})"))
}

/// `str(array)`
pub fn text(vm: &dyn Vm, array: &Array) -> Result<String> {
    if array.tensor().dim() == 0 {
        return scalar(vm, array.tensor().dtype(), &array.scalar()?);
    }
    if array.tensor().numel() == 0 {
        return Ok("[]".to_owned());
    }
    body(vm, array, " ", 0)
}

/// `repr` of a scalar.
pub fn scalar_repr(vm: &dyn Vm, dtype: Dtype, number: &Value) -> Result<String> {
    if let Value::Bool(value) = number {
        return Ok(if *value { "np.True_" } else { "np.False_" }.to_owned());
    }
    let text = scalar(vm, dtype, number)?;
    let text = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or(&text);
    Ok(format!("np.{}({text})", dtype.name()))
}

/// `str` of a scalar.
pub fn scalar(vm: &dyn Vm, dtype: Dtype, number: &Value) -> Result<String> {
    match number {
        Value::Float(value) => Ok(float_text(*value, dtype)),
        Value::Complex(parts) => Ok(complex_text(**parts, super::promote::real_part(dtype))),
        other => vm.repr(other),
    }
}

/// The fewest digits that tell the number apart in its dtype.
fn float_text(value: f64, dtype: Dtype) -> String {
    if !value.is_finite() {
        return match value {
            _ if value.is_nan() => "nan",
            _ if value > 0.0 => "inf",
            _ => "-inf",
        }
        .to_owned();
    }
    let (value, most) = match dtype {
        Dtype::FLOAT16 => (of_half(value), 1e3),
        Dtype::FLOAT32 => (fewest_digits(value, |value| f64::from(value as f32)), 1e7),
        _ => (value, 1e16),
    };
    if value == 0.0 || (value.abs() >= 1e-4 && value.abs() < most) {
        let text = value.to_string();
        return if text.contains('.') { text } else { format!("{text}.0") };
    }
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let sign = if exponent.starts_with('-') { '-' } else { '+' };
    format!("{digits}e{sign}{:0>2}", exponent.trim_start_matches('-'))
}

fn complex_text(parts: (f64, f64), part: Dtype) -> String {
    let text = |value| {
        let text = float_text(value, part);
        text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
    };
    if parts.0 == 0.0 && parts.0.is_sign_positive() {
        return format!("{}j", text(parts.1));
    }
    let sign = if parts.1.is_sign_negative() && !parts.1.is_nan() { "" } else { "+" };
    format!("({}{sign}{}j)", text(parts.0), text(parts.1))
}

fn of_half(value: f64) -> f64 {
    fewest_digits(value, |value| half::f16::from_f64(value).to_f64())
}

/// The number of the fewest digits that a narrow float rounds to the same value.
fn fewest_digits(value: f64, narrow: fn(f64) -> f64) -> f64 {
    let rounded = |digits: usize| format!("{value:.digits$e}").parse::<f64>().ok();
    (0..17).filter_map(rounded).find(|&short| narrow(short) == value).unwrap_or(value)
}

/// The texts of an array's elements in order, each as wide as the others.
///
/// # Errors
/// What reading the elements raises.
pub fn cells(vm: &dyn Vm, array: &Array) -> Result<Vec<String>> {
    let tensor = array.tensor().clone();
    let mut numbers = data::numbers(&tensor)?;
    if tensor.dtype() == Dtype::FLOAT16 {
        numbers.iter_mut().for_each(|number| *number = Value::Float(of_half(super::scalar::real(number))));
    }
    let cells = Cells::new(vm, &numbers, tensor.dtype())?;
    Ok(numbers.iter().map(|number| cells.show(number)).collect())
}

fn body(vm: &dyn Vm, array: &Array, separator: &str, indent: usize) -> Result<String> {
    let tensor = array.tensor().clone();
    let sizes: Vec<usize> = tensor.sizes().iter().map(|size| usize::try_from(*size).unwrap_or(0)).collect();
    let mut numbers = data::numbers(&tensor)?;
    let options = options();
    let summarize = tensor.numel() > options.threshold;
    if let Some(texts) = written(vm, tensor.dtype(), &numbers)? {
        let layout = Layout { cells: Cells::Written, separator, summarize, numbers: &texts, options };
        return Ok(layout.dimension(&sizes, 0, indent + 1).unwrap_or_default());
    }
    if tensor.dtype() == Dtype::FLOAT16 {
        numbers.iter_mut().for_each(|number| *number = Value::Float(of_half(super::scalar::real(number))));
    }
    let shown: Vec<Value> =
        visible(&sizes, summarize, options.edge).filter_map(|at| numbers.get(at).cloned()).collect();
    let mut cells = Cells::new(vm, &shown, tensor.dtype())?;
    if let Cells::Plain { width } = &mut cells
        && tensor.dtype() == Dtype::BOOL
        && !sizes.is_empty()
        && !shown.is_empty()
    {
        // True is as wide as False, even where there is none.
        *width = 5;
    }
    let layout = Layout { cells, separator, summarize, numbers: &numbers, options };
    Ok(layout.dimension(&sizes, 0, indent + 1).unwrap_or_default())
}

/// The flat positions of the elements that are shown.
fn visible(sizes: &[usize], summarize: bool, edge: usize) -> impl Iterator<Item = usize> {
    let mut positions = vec![0];
    for &size in sizes {
        let ends: Vec<usize> = match summarize && size > 2 * edge {
            true => (0..edge).chain(size - edge..size).collect(),
            false => (0..size).collect(),
        };
        positions = positions.iter().flat_map(|at| ends.iter().map(move |end| at * size + end)).collect();
    }
    positions.into_iter()
}

struct Layout<'a> {
    cells: Cells,
    separator: &'a str,
    summarize: bool,
    numbers: &'a [Value],
    options: Options,
}

impl Layout<'_> {
    fn dimension(&self, sizes: &[usize], start: usize, indent: usize) -> Option<String> {
        let Some((&size, inner)) = sizes.split_first() else {
            return self.numbers.get(start).map(|number| self.cells.show(number));
        };
        let stride: usize = inner.iter().product();
        let (mut parts, edge) = (Vec::new(), self.options.edge);
        for at in 0..size {
            if self.summarize && size > 2 * edge && at == edge {
                parts.push("...".to_owned());
            }
            if !self.summarize || size <= 2 * edge || at < edge || at >= size - edge {
                parts.push(self.dimension(inner, start + at * stride, indent + 1)?);
            }
        }
        Some(format!(
            "[{}]",
            if inner.is_empty() { self.row(&parts, indent) } else { self.block(&parts, inner.len(), indent) }
        ))
    }

    /// Numbers side by side, wrapped.
    fn row(&self, parts: &[String], indent: usize) -> String {
        let mut text = String::new();
        let mut column = indent;
        for (i, part) in parts.iter().enumerate() {
            let last = i + 1 == parts.len();
            // The last one needs room for its bracket.
            let room =
                self.options.width.saturating_sub(1).max(1) + 1 - usize::from(last || self.separator == ", ");
            if i > 0 {
                text.push_str(self.separator.trim_end());
                column += self.separator.trim_end().len();
                if column + 1 + part.len() > room {
                    text.push('\n');
                    text.push_str(&" ".repeat(indent));
                    column = indent;
                } else {
                    text.push(' ');
                    column += 1;
                }
            }
            text.push_str(part);
            column += part.len();
        }
        text
    }

    /// Rows below each other, with empty lines between blocks.
    fn block(&self, parts: &[String], depth: usize, indent: usize) -> String {
        let gap = format!("{}{}{}", self.separator.trim_end(), "\n".repeat(depth), " ".repeat(indent));
        parts.join(&gap)
    }
}

/// How the numbers of one array are written.
enum Cells {
    /// By a function of the program.
    Written,
    Plain {
        width: usize,
    },
    Fixed {
        before: usize,
        after: usize,
        single: bool,
    },
    Scientific {
        width: usize,
        after: usize,
        single: bool,
    },
    Complex(Box<Cells>, Box<Cells>),
}

impl Cells {
    fn new(vm: &dyn Vm, shown: &[Value], dtype: Dtype) -> Result<Self> {
        let single = matches!(dtype, Dtype::FLOAT32 | Dtype::COMPLEX64);
        if dtype.is_complex() {
            let part = |pick: fn(&(f64, f64)) -> f64| -> Vec<f64> {
                shown
                    .iter()
                    .filter_map(|number| match number {
                        Value::Complex(value) => Some(pick(value)),
                        _ => None,
                    })
                    .collect()
            };
            let (real, imaginary) = (part(|value| value.0), part(|value| value.1.abs()));
            return Ok(Cells::Complex(
                Box::new(Cells::floats(&real, single)),
                Box::new(Cells::floats(&imaginary, single)),
            ));
        }
        if dtype.is_floating_point() {
            let floats: Vec<f64> = shown
                .iter()
                .filter_map(|number| torchsh_language::value::number::float(vm, number).ok())
                .collect();
            return Ok(Cells::floats(&floats, single));
        }
        let widths = shown.iter().map(|number| plain(number).len());
        Ok(Cells::Plain { width: widths.max().unwrap_or(0) })
    }

    fn floats(values: &[f64], single: bool) -> Self {
        let finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        let sizes = || finite.iter().map(|value| value.abs()).filter(|size| *size != 0.0);
        let (most, least) = (sizes().fold(0.0, f64::max), sizes().fold(f64::INFINITY, f64::min));
        let special = values.iter().filter(|value| !value.is_finite());
        let special = special.map(|value| not_finite(*value).len()).max().unwrap_or(0);
        if !options().suppress && most > 0.0 && (most >= 1e8 || least < 1e-4 || most / least > 1000.0) {
            let after = finite.iter().map(|value| mantissa(*value, single).len()).max().unwrap_or(0);
            let sign = usize::from(finite.iter().any(|value| *value < 0.0));
            let digits =
                finite.iter().map(|value| exponent(*value, single).to_string().trim_start_matches('-').len());
            let digits = digits.max().unwrap_or(2).max(2);
            return Cells::Scientific { width: (sign + 2 + after + 2 + digits).max(special), after, single };
        }
        let after = finite.iter().map(|value| fraction(*value, single).len()).max().unwrap_or(0);
        let before = finite.iter().map(|value| whole(*value, single).len()).max().unwrap_or(0);
        let before = before.max(special.saturating_sub(after + 1));
        Cells::Fixed { before, after, single }
    }

    fn show(&self, number: &Value) -> String {
        match (self, number) {
            (Cells::Complex(real, imaginary), Value::Complex(value)) => {
                let sign = if value.1.is_sign_negative() { '-' } else { '+' };
                let trailing = imaginary.float(value.1.abs());
                format!("{}{sign}{}j", real.float(value.0), trailing.trim_start())
            }
            (Cells::Written, Value::Str(text)) => text.to_string(),
            (Cells::Plain { width }, _) => format!("{:>width$}", plain(number)),
            (_, Value::Float(value)) => self.float(*value),
            _ => plain(number),
        }
    }

    fn float(&self, value: f64) -> String {
        match *self {
            Cells::Fixed { before, after, .. } if !value.is_finite() => {
                format!("{:>width$}", not_finite(value), width = before + 1 + after)
            }
            Cells::Fixed { before, after, single } => {
                let (whole, fraction) = (whole(value, single), fraction(value, single));
                format!("{whole:>before$}.{fraction:<after$}")
            }
            Cells::Scientific { width, .. } if !value.is_finite() => format!("{:>width$}", not_finite(value)),
            Cells::Scientific { width, after, single } => {
                let exponent = exponent(value, single);
                let sign = if exponent < 0 { '-' } else { '+' };
                let lead = lead(value, single);
                let digits = format!("{:0<after$}", mantissa(value, single));
                format!("{:>width$}", format!("{lead}.{digits}e{sign}{:02}", exponent.abs()))
            }
            _ => value.to_string(),
        }
    }
}

fn plain(number: &Value) -> String {
    match number {
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Int(value) => value.to_string(),
        Value::BigInt(value) => value.to_string(),
        _ => String::new(),
    }
}

/// The fewest digits that name the number, at most eight after the point.
fn shortest(value: f64, single: bool) -> String {
    let exact = if single { (value as f32).to_string() } else { value.to_string() };
    let digits = exact.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let most = precision();
    if digits <= most { exact } else { format!("{value:.most$}").trim_end_matches('0').to_owned() }
}

fn whole(value: f64, single: bool) -> String {
    let text = shortest(value, single);
    text.split_once('.').map_or(text.clone(), |(whole, _)| whole.to_owned())
}

fn fraction(value: f64, single: bool) -> String {
    shortest(value, single).split_once('.').map_or(String::new(), |(_, fraction)| fraction.to_owned())
}

/// The number as `d.ddde±x`, with the fewest digits.
fn scientific(value: f64, single: bool) -> String {
    let exact = if single { format!("{:e}", value as f32) } else { format!("{value:e}") };
    let digits = exact
        .split_once('e')
        .and_then(|(mantissa, _)| mantissa.split_once('.'))
        .map_or(0, |(_, digits)| digits.len());
    let most = precision();
    if digits <= most { exact } else { format!("{value:.most$e}") }
}

fn exponent(value: f64, single: bool) -> i32 {
    scientific(value, single).split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0)
}

fn lead(value: f64, single: bool) -> String {
    let text = scientific(value, single);
    text.split(['.', 'e']).next().unwrap_or("0").to_owned()
}

fn mantissa(value: f64, single: bool) -> String {
    let text = scientific(value, single);
    let mantissa = text.split('e').next().unwrap_or("");
    mantissa.split_once('.').map_or(String::new(), |(_, digits)| digits.trim_end_matches('0').to_owned())
}
