//! `hist m["conv1.weight"]`

use super::Words;
use crate::error::{Error, Result};
use crate::value::report::{Report, size};
use crate::value::{Args, Str, Value, Vm, number};

/// Bins without a wish.
const BINS: i64 = 16;

/// Columns of the longest bar.
const BAR: f64 = 40.0;

/// `hist tensor 20`
pub fn hist(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let tensor = words.next(args, "a tensor")?;
    if tensor.as_tensor().is_none() {
        let message = format!("hist wants a tensor, not {}", vm.type_name(tensor));
        return Err(Error::type_error(message).hint("hist m[\"conv1.weight\"]"));
    }
    let bins = words.left.next().map_or(Ok(BINS), |bins| number::index(vm, bins))?.clamp(1, 200);
    words.end(args)?;
    let numbers = vm.call_method(&vm.call_method(tensor, "detach", &[])?, "float", &[])?;
    let finite = vm.item(&numbers, &vm.call_method(&numbers, "isfinite", &[])?)?;
    let is_empty = number::float(vm, &vm.call_method(&finite, "numel", &[])?)? == 0.0;
    let text = if is_empty { "no finite number".to_owned() } else { bars(vm, &finite, bins)? };
    Ok(Report::Text(text).into_value())
}

/// A line a bin: where it begins, a bar, how many numbers are in it; then where the last one ends.
fn bars(vm: &dyn Vm, numbers: &Value, bins: i64) -> Result<String> {
    let edge = |name: &str| -> Result<f64> {
        number::float(vm, &vm.call_method(&vm.call_method(numbers, name, &[])?, "item", &[])?)
    };
    let (low, high) = (edge("min")?, edge("max")?);
    let counts = counts(vm, numbers, bins)?;
    let most = counts.iter().copied().fold(1.0, f64::max);
    let step = (high - low) / counts.len().max(1) as f64;
    let label = |at: f64| vm.format(&Value::Float(at), ">11.4g");
    let mut text = String::new();
    for (i, count) in counts.iter().enumerate() {
        let bar = "█".repeat((count / most * BAR).ceil() as usize);
        let label = label(low + step * i as f64)?;
        text.push_str(&format!("{label}  {bar} {}\n", size::grouped(*count as u64)));
    }
    text.push_str(label(high)?.as_str());
    Ok(text)
}

fn counts(vm: &dyn Vm, numbers: &Value, bins: i64) -> Result<Vec<f64>> {
    let method = vm.attribute(numbers, &Str::intern("histc"))?;
    let counts = vm.call(&method, &[], &[(Str::intern("bins"), Value::Int(bins))])?;
    let counts = vm.collect(&vm.call_method(&counts, "tolist", &[])?)?;
    counts.iter().map(|count| number::float(vm, count)).collect()
}
