//! `hist m["conv1.weight"]`

use super::{Words, nested};
use crate::error::{Error, Result};
use crate::value::report::{Histogram, Report};
use crate::value::{Args, Str, Value, Vm, number};

/// Bins without a wish.
const BINS: i64 = 16;

/// `hist tensor 20`
pub fn hist(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let tensor = words.next(args, "a tensor")?;
    if tensor.as_tensor().is_none() {
        let error = Error::type_error(format!("hist wants a tensor, not {}", vm.type_name(tensor)));
        let place =
            nested::name_of(vm, tensor).and_then(|name| Some((name, nested::first_tensor(vm, tensor)?)));
        return Err(match place {
            Some((name, place)) => error.hint(format!("hist {name}{place}")),
            None => error.hint(format!("usage: {}", Words::synopsis(args))),
        });
    }
    let bins = words.left.next().map_or(Ok(BINS), |bins| number::index(vm, bins))?.clamp(1, 200);
    words.end(args)?;
    let numbers = vm.call_method(&vm.call_method(tensor, "detach", &[])?, "float", &[])?;
    let finite = vm.item(&numbers, &vm.call_method(&numbers, "isfinite", &[])?)?;
    let is_empty = number::float(vm, &vm.call_method(&finite, "numel", &[])?)? == 0.0;
    if is_empty {
        return Ok(Report::Text("no finite number".to_owned()).into_value());
    }
    let edge = |name: &str| -> Result<f64> {
        number::float(vm, &vm.call_method(&vm.call_method(&finite, name, &[])?, "item", &[])?)
    };
    let histogram = Histogram { low: edge("min")?, high: edge("max")?, counts: counts(vm, &finite, bins)? };
    Ok(Report::Histogram(histogram).into_value())
}

fn counts(vm: &dyn Vm, numbers: &Value, bins: i64) -> Result<Vec<u64>> {
    let method = vm.attribute(numbers, &Str::intern("histc"))?;
    let counts = vm.call(&method, &[], &[(Str::intern("bins"), Value::Int(bins))])?;
    let counts = vm.collect(&vm.call_method(&counts, "tolist", &[])?)?;
    counts.iter().map(|count| Ok(number::float(vm, count)? as u64)).collect()
}
