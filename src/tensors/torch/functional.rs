//! What torch wraps around its operators in Python: `torch.functional` and a few more.

use crate::values::convert::{self, invoke, sequence};
use torchsh_aten as aten;
use torchsh_base::error::{Error, Result};
use torchsh_language::value::{Args, Builtin, Param, Str, Value, Vm, keywords, kw, opt, req, rest};

fn named(name: &str, value: impl Into<Value>) -> (Str, Value) {
    (Str::intern(name), value.into())
}

/// Operators that take a list of tensors, given as many arguments or as one list.
fn of_many(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let operator = args.row().name;
    let tensors = match args.rest() {
        [one] if sequence(one).is_some() => one.clone(),
        // With one tensor these give a tensor, not a tuple of one.
        [one] if operator.starts_with("atleast") => {
            return invoke(vm, "torch", operator, std::slice::from_ref(one), args.keywords());
        }
        many => Value::tuple(many.to_vec()),
    };
    let made = invoke(vm, "torch", operator, &[tensors], args.keywords())?;
    Ok(match made.as_list() {
        Some(made) if operator.starts_with("atleast") => Value::tuple(made.to_vec()),
        _ => made,
    })
}

fn meshgrid(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let tensors = match args.rest() {
        [one] if sequence(one).is_some() => one.clone(),
        many => Value::tuple(many.to_vec()),
    };
    let indexing = args.some(1).cloned().map(|indexing| named("indexing", indexing));
    invoke(vm, "torch", "meshgrid", &[tensors], indexing.as_slice())
}

fn einsum(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let given = args.rest();
    if given.len() < 2 {
        let message = "einsum(): must specify the equation string and at least one operand, \
                       or at least one operand and its subscripts list";
        return Err(Error::value(message));
    }
    let (equation, operands) = match given {
        [Value::Tensor(_), ..] => subscripts(vm, given)?,
        [equation, operands @ ..] => (equation.clone(), operands.to_vec()),
        [] => (Value::None, Vec::new()),
    };
    let operands = match operands.as_slice() {
        [one] => sequence(one).unwrap_or_else(|| operands.clone()),
        _ => operands,
    };
    invoke(vm, "torch", "einsum", &[equation, Value::tuple(operands)], &[])
}

/// Operands that alternate with lists of dimension numbers, as an equation.
fn subscripts(vm: &dyn Vm, given: &[Value]) -> Result<(Value, Vec<Value>)> {
    let letters = |list: &Value| -> Result<String> {
        vm.collect(list)?.iter().map(|subscript| letter(vm, subscript)).collect()
    };
    let mut inputs = Vec::new();
    let mut operands = Vec::new();
    let mut output = String::new();
    for pair in given.chunks(2) {
        match pair {
            [operand, list] => {
                operands.push(operand.clone());
                inputs.push(letters(list)?);
            }
            [last] => output = format!("->{}", letters(last)?),
            _ => {}
        }
    }
    Ok((Value::str(format!("{}{output}", inputs.join(","))), operands))
}

fn letter(vm: &dyn Vm, subscript: &Value) -> Result<String> {
    if matches!(subscript, Value::Ellipsis) {
        return Ok("...".to_owned());
    }
    let number = torchsh_language::value::number::index(vm, subscript)?;
    let letter = match u8::try_from(number) {
        Ok(number @ 0..26) => b'A' + number,
        Ok(number @ 26..52) => b'a' + number - 26,
        _ => {
            let message = "einsum(): subscript in subscript list is not within the valid range [0, 52)";
            return Err(Error::value(message));
        }
    };
    Ok(char::from(letter).to_string())
}

/// By size or by a list of sizes: two operators.
///
/// # Errors
/// What the operators raise.
pub fn split_tensor(vm: &dyn Vm, tensor: &Value, sizes: &Value, dim: Value) -> Result<Value> {
    let operator = if sequence(sizes).is_some() { "split_with_sizes" } else { "split" };
    let parts = invoke(vm, "Tensor", operator, &[tensor.clone(), sizes.clone(), dim], &[])?;
    Ok(Value::tuple(vm.collect(&parts)?))
}

fn split(vm: &dyn Vm, args: &Args) -> Result<Value> {
    args.tensor(vm, 0)?;
    split_tensor(vm, args.value(0), args.value(1), dim_or_zero(args, 2))
}

fn dim_or_zero(args: &Args, index: usize) -> Value {
    args.get(index).cloned().unwrap_or(Value::Int(0))
}

fn tensor_split(vm: &dyn Vm, args: &Args) -> Result<Value> {
    split_tensor(vm, args.receiver(), args.value(0), dim_or_zero(args, 1))
}

// ---- norm -------------------------------------------------------------------------------------------------------

struct Norm<'a> {
    input: &'a Value,
    p: Value,
    dim: Value,
    keepdim: Value,
    dtype: Value,
    out: Value,
}

impl Norm<'_> {
    fn compute(&self, vm: &dyn Vm) -> Result<Value> {
        let dim = match &self.dim {
            Value::Int(dim) => Value::list(vec![Value::Int(*dim)]),
            other => other.clone(),
        };
        let few = matches!(self.dim, Value::None | Value::Int(_))
            || sequence(&self.dim).is_some_and(|dims| dims.len() <= 2);
        match self.p.as_str() {
            Some(p) if p.as_str() == "fro" && few => self.call(vm, "vector_norm", Value::Int(2), dim),
            Some(_) => {
                let dim = if dim.is_none() { self.every_dim(vm)? } else { dim };
                self.call(vm, "matrix_norm", self.p.clone(), dim)
            }
            None => {
                let p = if self.p.is_none() { Value::Float(2.0) } else { self.p.clone() };
                self.call(vm, "vector_norm", p, dim)
            }
        }
    }

    fn every_dim(&self, vm: &dyn Vm) -> Result<Value> {
        let count = vm.call_method(self.input, "dim", &[])?.as_int().unwrap_or(0);
        Ok(Value::list((0..count).map(Value::Int).collect()))
    }

    fn call(&self, vm: &dyn Vm, operator: &str, p: Value, dim: Value) -> Result<Value> {
        let positional = [self.input.clone(), p, dim, self.keepdim.clone()];
        let mut keywords = vec![named("dtype", self.dtype.clone())];
        if !self.out.is_none() {
            keywords.push(named("out", self.out.clone()));
        }
        invoke(vm, "linalg", operator, &positional, &keywords)
    }
}

fn norm(vm: &dyn Vm, args: &Args) -> Result<Value> {
    norm_of(vm, args, args.value(0), 1)
}

fn tensor_norm(vm: &dyn Vm, args: &Args) -> Result<Value> {
    norm_of(vm, args, args.receiver(), 0)
}

fn norm_of(vm: &dyn Vm, args: &Args, input: &Value, first: usize) -> Result<Value> {
    let p = args.get(first).cloned().unwrap_or_else(|| Value::str("fro"));
    let keepdim = args.get(first + 2).cloned().unwrap_or(Value::Bool(false));
    let (out, dtype) =
        if first == 1 { (args.value(4), args.value(5)) } else { (&Value::None, args.value(3)) };
    let (dtype, out) = (dtype.clone(), out.clone());
    Norm { input, p, dim: args.value(first + 1).clone(), keepdim, dtype, out }.compute(vm)
}

// ---- unique -----------------------------------------------------------------------------------------------------

/// Arguments of `unique`: what was asked for decides how many results come back.
struct Unique {
    sorted: bool,
    inverse: bool,
    counts: bool,
    dim: Value,
}

impl Unique {
    fn of(vm: &dyn Vm, args: &Args, first: usize, consecutive: bool) -> Result<Self> {
        let at = |i: usize| first + i - usize::from(consecutive);
        let sorted = consecutive || args.truth_or(vm, first, true)?;
        let (inverse, counts) = (args.truth_or(vm, at(1), false)?, args.truth_or(vm, at(2), false)?);
        Ok(Unique { sorted, inverse, counts, dim: args.value(at(3)).clone() })
    }

    fn compute(&self, vm: &dyn Vm, input: &Value, consecutive: bool) -> Result<Value> {
        let flags = [named("return_inverse", self.inverse), named("return_counts", self.counts)];
        let all = if consecutive {
            let mut flags = flags.to_vec();
            if !self.dim.is_none() {
                flags.push(named("dim", self.dim.clone()));
            }
            invoke(vm, "torch", "unique_consecutive", std::slice::from_ref(input), &flags)?
        } else if self.dim.is_none() {
            let positional = [input.clone(), self.sorted.into(), self.inverse.into(), self.counts.into()];
            invoke(vm, "torch", "_unique2", &positional, &[])?
        } else {
            let positional = [
                input.clone(),
                self.dim.clone(),
                self.sorted.into(),
                self.inverse.into(),
                self.counts.into(),
            ];
            invoke(vm, "torch", "unique_dim", &positional, &[])?
        };
        let mut results = vm.collect(&all)?.into_iter();
        let (values, inverse, counts) = (results.next(), results.next(), results.next());
        let wanted = [(true, values), (self.inverse, inverse), (self.counts, counts)];
        let mut kept: Vec<Value> =
            wanted.into_iter().filter_map(|(keep, value)| value.filter(|_| keep)).collect();
        Ok(if kept.len() == 1 { kept.pop().unwrap_or(Value::None) } else { Value::tuple(kept) })
    }
}

fn unique(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Unique::of(vm, args, 1, false)?.compute(vm, args.value(0), false)
}

fn unique_consecutive(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Unique::of(vm, args, 1, true)?.compute(vm, args.value(0), true)
}

fn tensor_unique(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Unique::of(vm, args, 0, false)?.compute(vm, args.receiver(), false)
}

fn tensor_unique_consecutive(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Unique::of(vm, args, 0, true)?.compute(vm, args.receiver(), true)
}

// ---- the rest ---------------------------------------------------------------------------------------------------

fn tensordot(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let dims = args.get(2).cloned().unwrap_or(Value::Int(2));
    let dims = match &dims {
        Value::Tensor(tensor) if tensor.tensor().numel() > 1 => vm.call_method(&dims, "tolist", &[])?,
        Value::Tensor(_) => vm.call_method(&dims, "item", &[])?,
        _ => dims,
    };
    let (a, b) = match (sequence(&dims), dims.as_int()) {
        (Some(pair), _) => match pair.as_slice() {
            [a, b] => (a.clone(), b.clone()),
            _ => {
                return Err(Error::value(format!(
                    "not enough values to unpack (expected 2, got {})",
                    pair.len()
                )));
            }
        },
        (None, Some(count)) => {
            counted_dims(args, count)?;
            let range = |low, high| Value::list((low..high).map(Value::Int).collect());
            (range(-count, 0), range(0, count))
        }
        (None, None) => {
            let shown = vm.text(&dims)?;
            let message = "tensordot expects dims to be int or tuple[list[int], list[int]] or \
                           list[list[int]] containing two lists, but got dims=";
            return Err(Error::runtime(format!("{message}{shown}")));
        }
    };
    invoke(vm, "torch", "tensordot", &[args.value(0).clone(), args.value(1).clone(), a, b], &[])
}

fn counted_dims(args: &Args, count: i64) -> Result<()> {
    if count < 0 {
        return Err(Error::runtime(format!("tensordot expects dims >= 0, but got dims={count}")));
    }
    let fewest = [0, 1].iter().filter_map(|i| Some(args.value(*i).as_tensor()?.tensor().sizes().len())).min();
    if fewest.is_some_and(|fewest| count > fewest as i64) {
        let message = format!("tensordot expects dims < ndim_a or ndim_b, but got dims={count}");
        return Err(Error::runtime(message));
    }
    Ok(())
}

fn cdist(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mode = args.str_or(vm, 3, "use_mm_for_euclid_dist_if_necessary")?;
    let mode = match mode.as_str() {
        "use_mm_for_euclid_dist_if_necessary" => Value::None,
        "use_mm_for_euclid_dist" => Value::Int(1),
        "donot_use_mm_for_euclid_dist" => Value::Int(2),
        other => return Err(Error::value(format!("{other} is not a valid value for compute_mode"))),
    };
    let p = args.get(2).cloned().unwrap_or(Value::Float(2.0));
    invoke(vm, "torch", "cdist", &[args.value(0).clone(), args.value(1).clone(), p, mode], &[])
}

fn broadcast_shapes(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut result: Vec<i64> = Vec::new();
    for (position, shape) in args.rest().iter().enumerate() {
        let sizes = convert::sizes_of(vm, std::slice::from_ref(shape))?;
        if sizes.len() > result.len() {
            result.splice(0..0, std::iter::repeat_n(1, sizes.len() - result.len()));
        }
        for (from_end, &size) in sizes.iter().rev().enumerate() {
            let Some(place) = result.len().checked_sub(from_end + 1).and_then(|at| result.get_mut(at)) else {
                continue;
            };
            match (*place, size) {
                (1, size) => *place = size,
                (_, 1) => {}
                (old, size) if old == size => {}
                _ => {
                    let shape = vm.repr(&Value::tuple(sizes.iter().copied().map(Value::Int).collect()))?;
                    return Err(Error::runtime(format!(
                        "Attempting to broadcast a dimension of length {size} at -{}! Mismatching argument at index {position} \
                         had {shape}; but expected shape should be broadcastable to {result:?}",
                        from_end + 1
                    )));
                }
            }
        }
    }
    Ok(Value::size(&result))
}

fn unravel_index(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let shape = convert::sizes_of(vm, std::slice::from_ref(args.value(1)))?;
    let mut rest = args.value(0).clone();
    let mut parts = Vec::new();
    for &size in shape.iter().rev() {
        parts.push(invoke(vm, "torch", "remainder", &[rest.clone(), Value::Int(size)], &[])?);
        rest = invoke(vm, "torch", "floor_divide", &[rest, Value::Int(size)], &[])?;
    }
    parts.reverse();
    Ok(Value::tuple(parts))
}

fn is_tensor(_vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::Bool(args.value(0).payload().as_tensor().is_some()))
}

fn numel(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::Int(args.tensor(vm, 0)?.tensor().numel()))
}

fn typename(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let value = args.value(0);
    if value.as_tensor().is_some() {
        return vm.call_method(value, "type", &[]);
    }
    let text = |name: &'static str| -> Result<Option<Str>> {
        Ok(vm.attribute_or_none(value, &Str::intern(name))?.and_then(|text| text.as_str()))
    };
    let name = match text("__qualname__")? {
        Some(name) => name,
        None => text("__name__")?.unwrap_or_else(|| vm.class_of(value).name.clone()),
    };
    let module = text("__module__")?.filter(|module| !matches!(module.as_str(), "builtins" | "__builtin__"));
    Ok(Value::str(module.map_or_else(|| name.to_string(), |module| format!("{module}.{name}"))))
}

fn get_default_dtype(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    Ok(Value::Dtype(aten::default_dtype()))
}

fn set_default_dtype(vm: &dyn Vm, args: &Args) -> Result<Value> {
    match crate::values::convert::to_arg(vm, args.value(0))? {
        aten::Arg::Dtype(dtype) if dtype.is_floating_point() => aten::set_default_dtype(dtype),
        aten::Arg::Dtype(_) => {
            return Err(Error::type_error("only floating-point types are supported as the default type"));
        }
        _ => {
            let message = "invalid dtype object: only floating-point types are supported as the default type";
            return Err(Error::type_error(message));
        }
    }
    Ok(Value::None)
}

const MANY: &[Param] = &[rest("tensors"), keywords("options")];
const NORM: &[Param] = &[
    req("input"),
    opt("p", "'fro'"),
    opt("dim", "None"),
    opt("keepdim", "False"),
    opt("out", "None"),
    opt("dtype", "None"),
];
const UNIQUE: &[Param] = &[
    req("input"),
    opt("sorted", "True"),
    opt("return_inverse", "False"),
    opt("return_counts", "False"),
    opt("dim", "None"),
];
const CONSECUTIVE: &[Param] =
    &[req("input"), opt("return_inverse", "False"), opt("return_counts", "False"), opt("dim", "None")];

macro_rules! rows {
    ($($name:literal $params:expr, $call:path, $says:literal);* $(;)?) => {
        /// The rows of this file, on `torch` and on `torch.functional`.
        pub const ROWS: &[Builtin] = &[
            $(Builtin::function("torch", $name, $params, $call).says($says),
            Builtin::function("torch.functional", $name, $params, $call).says($says)),*
        ];
    };
}

rows! {
    "broadcast_tensors" MANY, of_many, "the tensors, expanded to one shape";
    "cartesian_prod" MANY, of_many, "every combination of elements";
    "block_diag" MANY, of_many, "a matrix with the tensors along its diagonal";
    "atleast_1d" MANY, of_many, "with at least one dimension";
    "atleast_2d" MANY, of_many, "with at least two dimensions";
    "atleast_3d" MANY, of_many, "with at least three dimensions";
    "chain_matmul" MANY, of_many, "the product of matrices in the cheapest order";
    "meshgrid" &[rest("tensors"), kw("indexing", "None")], meshgrid, "grids of coordinates";
    "einsum" &[rest("operands")], einsum, "a sum of products, written with indices";
    "split" &[req("tensor"), req("split_size_or_sections"), opt("dim", "0")], split, "parts of a tensor, as views";
    "norm" NORM, norm, "the length of a vector or the norm of a matrix";
    "unique" UNIQUE, unique, "the different elements";
    "unique_consecutive" CONSECUTIVE, unique_consecutive, "the elements without repeats next to each other";
    "tensordot" &[req("a"), req("b"), opt("dims", "2"), opt("out", "None")], tensordot, "a product over several dimensions";
    "cdist" &[req("x1"), req("x2"), opt("p", "2.0"), opt("compute_mode", "'use_mm_for_euclid_dist_if_necessary'")], cdist, "distances between rows";
    "broadcast_shapes" &[rest("shapes")], broadcast_shapes, "the shape that several shapes broadcast to";
    "unravel_index" &[req("indices"), req("shape")], unravel_index, "coordinates of flat positions";
}

/// The rows that are no operators.
pub const PLAIN: &[Builtin] = &[
    Builtin::function("torch", "is_tensor", &[req("obj")], is_tensor).says("whether it is a tensor"),
    Builtin::function("torch", "numel", &[req("input")], numel).says("the number of elements"),
    Builtin::function("torch", "typename", &[req("obj")], typename).says("the type's name with its module"),
    Builtin::function("torch", "get_default_dtype", &[], get_default_dtype).says("the dtype of new floats"),
    Builtin::function("torch", "set_default_dtype", &[req("d")], set_default_dtype)
        .says("sets the dtype of new floats"),
    Builtin::method("Tensor", "split", &[req("split_size"), opt("dim", "0")], tensor_split)
        .says("parts, as views"),
    Builtin::method(
        "Tensor",
        "norm",
        &[opt("p", "'fro'"), opt("dim", "None"), opt("keepdim", "False"), opt("dtype", "None")],
        tensor_norm,
    ),
    Builtin::method(
        "Tensor",
        "unique",
        &[
            opt("sorted", "True"),
            opt("return_inverse", "False"),
            opt("return_counts", "False"),
            opt("dim", "None"),
        ],
        tensor_unique,
    )
    .says("the different elements"),
    Builtin::method(
        "Tensor",
        "unique_consecutive",
        &[opt("return_inverse", "False"), opt("return_counts", "False"), opt("dim", "None")],
        tensor_unique_consecutive,
    ),
];
