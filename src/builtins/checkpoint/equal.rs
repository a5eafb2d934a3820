//! `torch.equal` of two tensors of files: by their bytes, as long as libtorch has seen neither of them.

use super::Records;
use torchsh_base::error::Result;
use torchsh_language::value::report::progress::Progress;
use torchsh_language::value::{Args, Builtin, Param, Str, Value, Vm, keywords, rest};
use torchsh_state_dict::{Rule, compare};
use torchsh_tensors::values::convert::invoke;

/// NaN equals nothing here, as numbers have it.
const EXACTLY: Rule = Rule { atol: 0.0, rtol: 0.0, equal_nan: false };

/// `torch.equal(a, b)`
fn function(vm: &dyn Vm, args: &Args) -> Result<Value> {
    equal(vm, "torch", args.rest(), args.keywords())
}

/// `a.equal(b)`
fn method(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let both: Vec<Value> = [args.receiver()].into_iter().chain(args.rest()).cloned().collect();
    equal(vm, "Tensor", &both, args.keywords())
}

fn equal(vm: &dyn Vm, of: &'static str, given: &[Value], named: &[(Str, Value)]) -> Result<Value> {
    if let ([one, two], []) = (given, named)
        && let Some(equal) = of_files(vm, one, two)?
    {
        return Ok(Value::Bool(equal));
    }
    invoke(vm, of, "equal", given, named)
}

/// None where libtorch is to be asked: for what it has seen, and for dtypes that it refuses to compare.
fn of_files(vm: &dyn Vm, one: &Value, two: &Value) -> Result<Option<bool>> {
    let (Some(one), Some(two)) = (one.as_tensor(), two.as_tensor()) else { return Ok(None) };
    if !one.tensor().is_record() || !two.tensor().is_record() {
        return Ok(None);
    }
    let mut records = Records::new(vm);
    let (Ok(one), Ok(two)) = (records.of(one), records.of(two)) else { return Ok(None) };
    if one.dtype != two.dtype {
        return Ok(None);
    }
    if one.shape != two.shape {
        return Ok(Some(false));
    }
    let found = compare([(&one, &two)], &EXACTLY, &Progress::bytes(vm))?.into_iter().next();
    Ok(found.transpose()?.map(|found| found.is_equal()))
}

/// libtorch's own signature is the operator's to hold.
const ANY: &[Param] = &[rest("arguments"), keywords("named")];

/// The rows of this file.
pub const ROWS: &[Builtin] =
    &[Builtin::function("torch", "equal", ANY, function), Builtin::method("Tensor", "equal", ANY, method)];
