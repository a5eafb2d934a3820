//! Functions of single numbers, and what sums an array up.

use super::functions::{call, dtype_of, tensor_from};
use super::promote::{is_rare, is_unsigned, is_whole};
use super::{rare, result};
use crate::values::cast::{To, to};
use crate::values::convert::{self, tensor_of};
use torchsh_aten::{Arg, Tensor};
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_language::value::{Args, Builtin, Param, Value, Vm, kw, number, opt, pos, req};

/// What is summed up, and how.
struct Reduction<'a> {
    name: &'a str,
    axis: Option<Vec<i64>>,
    keep: bool,
    dtype: Option<Dtype>,
    ddof: f64,
}

fn reduction<'a>(vm: &dyn Vm, args: &'a Args, first: usize) -> Result<Reduction<'a>> {
    let name = args.row().name;
    let given = |wanted: &str| args.row().params.iter().position(|param| param.name == wanted);
    let some = |wanted: &str| given(wanted).and_then(|place| args.some(place));
    let axis = args.some(first).map(|axis| match axis {
        Value::Tuple(axes) => axes.items.iter().map(|axis| number::index(vm, axis)).collect(),
        one => number::index(vm, one).map(|axis| vec![axis]),
    });
    if some("out").is_some() {
        return Err(Error::new(
            torchsh_base::error::Kind::NotImplemented,
            format!("numpy.{name}: this shell has no out="),
        ));
    }
    Ok(Reduction {
        name,
        axis: axis.transpose()?,
        keep: some("keepdims").map_or(Ok(false), |keep| vm.truth(keep))?,
        dtype: some("dtype").map(|dtype| dtype_of(vm, dtype)).transpose()?,
        ddof: some("ddof").map_or(Ok(0.0), |ddof| number::float(vm, ddof))?,
    })
}

/// The dtype that the elements are summed up in.
fn computed_in(reduction: &Reduction, own: Dtype) -> Dtype {
    match reduction.name {
        _ if reduction.dtype.is_some() => reduction.dtype.unwrap_or(own),
        "mean" | "std" | "var" if is_whole(own) => Dtype::FLOAT64,
        "sum" | "prod" if is_unsigned(own) => Dtype::UINT64,
        "sum" | "prod" if is_whole(own) => Dtype::INT64,
        "any" | "all" if is_rare(own) => Dtype::BOOL,
        "argmax" | "argmin" if own == Dtype::BOOL => Dtype::UINT8,
        _ => own,
    }
}

fn reduce(reduction: &Reduction, tensor: &Tensor) -> Result<Tensor> {
    let name = reduction.name;
    let own = tensor.dtype();
    let dtype = computed_in(reduction, own);
    if tensor.numel() == 0 && reduction.axis.is_none() && matches!(name, "max" | "min" | "argmax" | "argmin")
    {
        let what = match name {
            "max" => "zero-size array to reduction operation maximum which has no identity",
            "min" => "zero-size array to reduction operation minimum which has no identity",
            "argmax" => "attempt to get argmax of an empty sequence",
            _ => "attempt to get argmin of an empty sequence",
        };
        return Err(Error::value(what));
    }
    let run = |tensor: Tensor| run(reduction, tensor);
    if is_rare(dtype) {
        return match name {
            "max" | "min" => rare::picked(tensor, run, false),
            "argmax" | "argmin" => rare::picked(tensor, run, true),
            // Bits of a sum are the same with a sign and without.
            _ => call("view", &[Arg::Tensor(run(rare::signed(tensor)?)?), Arg::Dtype(Dtype::UINT64)]),
        };
    }
    let tensor = to(tensor, &To::dtype(dtype))?;
    if reduction.axis.is_none()
        && !reduction.keep
        && let Some(all) = super::pairwise::all(name, &tensor, reduction.ddof)?
    {
        return Ok(all);
    }
    run(tensor)
}

fn run(reduction: &Reduction, tensor: Tensor) -> Result<Tensor> {
    let operator = match reduction.name {
        "max" => "amax",
        "min" => "amin",
        other => other,
    };
    let dims = tensor.dim();
    let mut positional = vec![Arg::Tensor(tensor)];
    let mut keywords = Vec::new();
    if matches!(operator, "std" | "var") {
        keywords.push(("correction", Arg::Float(reduction.ddof)));
    }
    let Some(axes) = &reduction.axis else {
        if matches!(operator, "amax" | "amin") {
            positional.push(Arg::Tuple(Vec::new()));
        }
        let all = tensor_of("torch", operator, &positional, &keywords)?;
        let ones = Arg::Tuple(vec![Arg::Int(1); dims]);
        return if reduction.keep { call("reshape", &[Arg::Tensor(all), ones]) } else { Ok(all) };
    };
    check_axes(axes, dims)?;
    keywords.push(("keepdim", Arg::Bool(reduction.keep)));
    if let [axis] = axes.as_slice() {
        keywords.push(("dim", Arg::Int(*axis)));
        return tensor_of("torch", operator, &positional, &keywords);
    }
    if operator == "prod" {
        return one_after_another(reduction, axes, positional);
    }
    keywords.push(("dim", Arg::Tuple(axes.iter().copied().map(Arg::Int).collect())));
    tensor_of("torch", operator, &positional, &keywords)
}

fn check_axes(axes: &[i64], dims: usize) -> Result<()> {
    let dims = dims as i64;
    match axes.iter().find(|axis| !(-dims..dims).contains(*axis)) {
        Some(axis) => {
            let message = format!("axis {axis} is out of bounds for array of dimension {dims}");
            Err(Error::new(torchsh_base::error::Kind::Index, message))
        }
        None => Ok(()),
    }
}

fn one_after_another(reduction: &Reduction, axes: &[i64], mut positional: Vec<Arg>) -> Result<Tensor> {
    let dims = match positional.first() {
        Some(Arg::Tensor(tensor)) => tensor.dim() as i64,
        _ => 0,
    };
    let mut axes: Vec<i64> = axes.iter().map(|axis| axis.rem_euclid(dims.max(1))).collect();
    axes.sort_unstable();
    for axis in axes.into_iter().rev() {
        let keywords = [("dim", Arg::Int(axis)), ("keepdim", Arg::Bool(reduction.keep))];
        positional = vec![Arg::Tensor(tensor_of("torch", reduction.name, &positional, &keywords)?)];
    }
    match positional.pop() {
        Some(Arg::Tensor(tensor)) => Ok(tensor),
        _ => Err(Error::runtime("no axis")),
    }
}

fn of_module(vm: &dyn Vm, args: &Args) -> Result<Value> {
    reduce(&reduction(vm, args, 1)?, &tensor_from(vm, args.value(0), None)?).map(result)
}

fn of_array(vm: &dyn Vm, args: &Args) -> Result<Value> {
    reduce(&reduction(vm, args, 0)?, &tensor_from(vm, args.receiver(), None)?).map(result)
}

// ---- functions of single numbers --------------------------------------------------------------------------------

/// A function of single numbers; of a tensor it gives a tensor.
fn unary(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let (name, of) = (args.row().name, args.value(0));
    if of.as_tensor().is_some() && !name.starts_with("is") {
        return convert::invoke(vm, "torch", name, std::slice::from_ref(of), &[]);
    }
    match super::functions::dtype_arg(vm, args, 1)? {
        None => unary_of(vm, name, of),
        // The numbers are taken as that kind of number before they are computed with.
        Some(dtype) => unary_of(vm, name, &result(tensor_from(vm, of, Some(dtype))?)),
    }
}

/// `name(of)`, with numpy's dtype of the result.
///
/// # Errors
/// What is no array of numbers.
pub(super) fn unary_of(vm: &dyn Vm, name: &str, of: &Value) -> Result<Value> {
    let tensor = tensor_from(vm, of, None)?;
    let dtype = tensor.dtype();
    let same = matches!(name, "abs" | "absolute" | "positive");
    if same && (is_unsigned(dtype) || dtype == Dtype::BOOL) {
        return call("clone", &[Arg::Tensor(tensor)]).map(result);
    }
    if name == "neg" && dtype == Dtype::BOOL {
        super::arithmetic::unary(vm, "__neg__", dtype, &Value::Bool(false))?;
    }
    let on_bits = matches!(name, "neg" | "bitwise_not");
    let run = |tensor: Tensor| tensor_of("torch", name, &[Arg::Tensor(tensor)], &[]);
    if is_rare(dtype) && on_bits {
        let changed = run(rare::signed(&tensor)?)?;
        return match dtype {
            Dtype::UINT64 => call("view", &[Arg::Tensor(changed), Arg::Dtype(dtype)]).map(result),
            _ => to(&changed, &To::dtype(dtype)).map(result),
        };
    }
    let keeps = on_bits || same || name.starts_with("is");
    let wanted = match dtype.itemsize() {
        _ if is_rare(dtype) && name.starts_with("is") => Dtype::FLOAT64,
        _ if !is_whole(dtype) || keeps => dtype,
        1 => Dtype::FLOAT16,
        2 => Dtype::FLOAT32,
        _ => Dtype::FLOAT64,
    };
    run(to(&tensor, &To::dtype(wanted))?).map(result)
}

// ---- rows -------------------------------------------------------------------------------------------------------

const SUM: &[Param] =
    &[req("a"), opt("axis", "None"), opt("dtype", "None"), opt("out", "None"), opt("keepdims", "False")];
const SPREAD: &[Param] = &[
    req("a"),
    opt("axis", "None"),
    opt("dtype", "None"),
    opt("out", "None"),
    opt("ddof", "0"),
    opt("keepdims", "False"),
];
const PICK: &[Param] = &[req("a"), opt("axis", "None"), opt("out", "None"), opt("keepdims", "False")];

/// The same without the array.
const fn of_receiver(params: &'static [Param]) -> &'static [Param] {
    match params {
        [_, others @ ..] => others,
        [] => params,
    }
}

macro_rules! reductions {
    ($($name:literal $params:ident),* $(,)?) => {
        /// What sums arrays up, as functions.
        pub const FUNCTIONS: &[Builtin] = &[$(Builtin::function("numpy", $name, $params, of_module)),*];
        /// The same as methods.
        pub const METHODS: &[Builtin] =
            &[$(Builtin::method("ndarray", $name, of_receiver($params), of_array)),*];
    };
}

reductions! {
    "sum" SUM, "prod" SUM, "mean" SUM, "std" SPREAD, "var" SPREAD, "max" PICK, "min" PICK, "argmax" PICK,
    "argmin" PICK, "any" PICK, "all" PICK,
}

macro_rules! of_one {
    ($($name:literal)*) => {
        /// Functions of single numbers.
        pub const OF_ONE: &[Builtin] = &[$(Builtin::function("numpy", $name, &[pos("x"), kw("dtype", "None")], unary)),*];
    };
}

of_one! {
    "sqrt" "exp" "log" "log2" "log10" "sin" "cos" "tanh" "abs" "isnan" "isinf" "isfinite"
}
