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
    let count = as_float(vm, &vm.call_method(&finite, "numel", &[])?)?;
    if count == 0.0 {
        return Ok(Report::Text("no finite number".to_owned()).into_value());
    }
    let edge = |name: &str| -> Result<f64> {
        as_float(vm, &vm.call_method(&vm.call_method(&finite, name, &[])?, "item", &[])?)
    };
    let (low, high) = (edge("min")?, edge("max")?);
    let named = [(Str::intern("bins"), Value::Int(bins))];
    let method = vm.attribute(&finite, &Str::intern("histc"))?;
    let counts = vm.call_method(&vm.call(&method, &[], &named)?, "tolist", &[])?;
    let counts: Result<Vec<f64>> = vm.collect(&counts)?.iter().map(|count| as_float(vm, count)).collect();
    let counts = counts?;
    let most = counts.iter().copied().fold(1.0, f64::max);
    let step = (high - low) / counts.len().max(1) as f64;
    let mut text = String::new();
    for (i, count) in counts.iter().enumerate() {
        let start = low + step * i as f64;
        let bar = "█".repeat((count / most * BAR).ceil() as usize);
        let label = vm.format(&Value::Float(start), ">11.4g")?;
        text.push_str(&format!("{label}  {bar} {}\n", size::grouped(*count as u64)));
    }
    let last = vm.format(&Value::Float(high), ">11.4g")?;
    text.push_str(last.as_str());
    Ok(Report::Text(text).into_value())
}

fn as_float(vm: &dyn Vm, value: &Value) -> Result<f64> {
    number::float(vm, value)
}
