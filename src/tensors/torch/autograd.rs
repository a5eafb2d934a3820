//! Gradients: `backward`, `torch.autograd.grad`, and whether operators record.

use std::rc::Rc;

use crate::tensor::hooks::{Hooks, hang, with_hooks};
use crate::tensor::properties::mark;
use crate::values::convert::{sequence, tensor_of, wrap};
use torchsh_aten::libtorch_messages::unused_in_graph;
use torchsh_aten::{self as aten, Arg, Tensor};
use torchsh_base::error::{Error, Result};
use torchsh_language::value::{Args, Builtin, Dict, Param, Str, Value, Vm, opt, req};

// ---- recording --------------------------------------------------------------------------------------------------

fn is_grad_enabled(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    Ok(Value::Bool(aten::grad_enabled()))
}

fn set_enabled(vm: &dyn Vm, args: &Args) -> Result<Value> {
    match args.value(0) {
        Value::Bool(enabled) => {
            aten::set_grad_enabled(*enabled);
            Ok(Value::None)
        }
        other => {
            let name = vm.type_name(other);
            let message =
                format!("set_grad_enabled(): argument 'enabled' (position 1) must be bool, not {name}");
            Err(Error::type_error(message))
        }
    }
}

/// `torch.no_grad` is the class of `torch.autograd.grad_mode`.
fn mode_class(vm: &dyn Vm, args: &Args) -> Result<Value> {
    vm.attribute(&vm.import("torch.autograd.grad_mode")?, &Str::intern(args.row().name))
}

// ---- backward ---------------------------------------------------------------------------------------------------

fn tensors(vm: &dyn Vm, value: &Value, what: &str) -> Result<Vec<Tensor>> {
    let one = |value: &Value| match value {
        Value::Tensor(tensor) => Ok(tensor.tensor().clone()),
        other => Err(Error::type_error(format!("{what}, not {}", vm.type_name(other)))),
    };
    match value {
        Value::Tensor(_) => Ok(vec![one(value)?]),
        _ => match sequence(value) {
            Some(items) => items.iter().map(one).collect(),
            None => vm.collect(value)?.iter().map(one).collect(),
        },
    }
}

/// The gradient each root starts with; a root of one element starts with 1.
fn seeds(vm: &dyn Vm, given: Option<&Value>, roots: &[Tensor]) -> Result<Vec<Option<Tensor>>> {
    let given: Vec<Value> = match given {
        None => vec![Value::None; roots.len()],
        Some(value) => sequence(value).unwrap_or_else(|| vec![value.clone()]),
    };
    if given.len() != roots.len() {
        let (wanted, got) = (roots.len(), given.len());
        return Err(Error::runtime(format!("got {wanted} tensors and {got} gradients")));
    }
    roots.iter().zip(given).enumerate().map(|(i, (root, seed))| self::seed(vm, i, root, &seed)).collect()
}

fn seed(vm: &dyn Vm, position: usize, root: &Tensor, seed: &Value) -> Result<Option<Tensor>> {
    match seed {
        Value::None if root.requires_grad() && root.numel() != 1 => {
            Err(Error::runtime("grad can be implicitly created only for scalar outputs"))
        }
        Value::None => Ok(None),
        Value::Tensor(seed) => {
            let seed = seed.tensor().clone();
            if seed.sizes() != root.sizes() {
                let shapes = (Value::size(&seed.sizes()), Value::size(&root.sizes()));
                return Err(Error::runtime(format!(
                    "Mismatch in shape: grad_output[{position}] has a shape of {} and output[{position}] has a shape of {}.",
                    vm.repr(&shapes.0)?,
                    vm.repr(&shapes.1)?
                )));
            }
            Ok(Some(seed))
        }
        other => {
            let name = vm.type_name(other);
            Err(Error::type_error(format!("gradients can be either Tensors or None, but got {name}")))
        }
    }
}

struct Pass<'a> {
    roots: &'a Value,
    seeds: Option<&'a Value>,
    retain_graph: Option<bool>,
    create_graph: bool,
}

impl Pass<'_> {
    fn backward(&self, vm: &dyn Vm, inputs: Option<&Value>) -> Result<Value> {
        let roots = tensors(vm, self.roots, "element 0 of tensors tuple must be Tensor")?;
        let seeds = seeds(vm, self.seeds, &roots)?;
        let inputs = inputs.map(|inputs| tensors(vm, inputs, "inputs must be Tensor")).transpose()?;
        if inputs.as_ref().is_some_and(Vec::is_empty) {
            return Err(Error::runtime("`inputs` argument to `backward()` cannot be empty."));
        }
        let retain = self.retain_graph.unwrap_or(self.create_graph);
        with_hooks(vm, || aten::backward(&roots, &seeds, retain, self.create_graph, inputs.as_deref()))?;
        Ok(Value::None)
    }
}

fn flag(vm: &dyn Vm, args: &Args, index: usize) -> Result<Option<bool>> {
    args.some(index).map(|value| vm.truth(value)).transpose()
}

fn tensor_backward(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let pass = Pass {
        roots: args.receiver(),
        seeds: args.some(0),
        retain_graph: flag(vm, args, 1)?,
        create_graph: args.truth_or(vm, 2, false)?,
    };
    pass.backward(vm, args.some(3))
}

fn autograd_backward(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let pass = Pass {
        roots: args.value(0),
        seeds: args.some(1),
        retain_graph: flag(vm, args, 2)?,
        create_graph: args.truth_or(vm, 3, false)?,
    };
    pass.backward(vm, args.some(5))
}

fn autograd_grad(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let roots = tensors(vm, args.value(0), "outputs must be Tensor")?;
    let inputs = tensors(vm, args.value(1), "inputs must be Tensor")?;
    let results = match args.truth_or(vm, 7, false)? {
        true => batched(vm, args, &roots, &inputs)?,
        false => gradients(vm, args, &roots, &inputs, &seeds(vm, args.some(2), &roots)?)?,
    };
    Ok(Value::tuple(results.into_iter().map(|grad| grad.map_or(Value::None, wrap)).collect()))
}

/// A gradient for each input; none where it was not used and zeros were not asked for.
fn gradients(
    vm: &dyn Vm,
    args: &Args,
    roots: &[Tensor],
    inputs: &[Tensor],
    seeds: &[Option<Tensor>],
) -> Result<Vec<Option<Tensor>>> {
    let create_graph = args.truth_or(vm, 4, false)?;
    let batched = args.truth_or(vm, 7, false)?;
    let retain = flag(vm, args, 3)?.unwrap_or(create_graph) || batched;
    let zeros = args.truth_or(vm, 8, false)?;
    let allow_unused = args.truth_or(vm, 6, false)? || zeros;
    let found = with_hooks(vm, || {
        aten::grad(roots, inputs, seeds, retain, create_graph, allow_unused).map_err(unused_in_graph)
    })?;
    let filled = |(grad, input): (Option<Tensor>, &Tensor)| match grad {
        None if zeros => tensor_of("torch", "zeros_like", &[Arg::Tensor(input.clone())], &[]).map(Some),
        grad => Ok(grad),
    };
    found.into_iter().zip(inputs).map(filled).collect()
}

/// `is_grads_batched`: a gradient for each row of the seeds, stacked.
fn batched(vm: &dyn Vm, args: &Args, roots: &[Tensor], inputs: &[Tensor]) -> Result<Vec<Option<Tensor>>> {
    let given = args.some(2).ok_or_else(|| Error::runtime("is_grads_batched=True needs grad_outputs"))?;
    let rows = tensors(vm, given, "grad_outputs must be Tensor")?;
    let count = rows.first().and_then(|first| first.sizes().first().copied()).unwrap_or(0);
    let mut columns: Vec<Option<Vec<Arg>>> = vec![Some(Vec::new()); inputs.len()];
    for place in 0..count {
        let row = |rows: &Tensor| {
            let args = [Arg::Tensor(rows.clone()), Arg::Int(0), Arg::Int(place)];
            tensor_of("Tensor", "select", &args, &[]).map(Some)
        };
        let seeds: Vec<_> = rows.iter().map(row).collect::<Result<_>>()?;
        for (column, grad) in columns.iter_mut().zip(gradients(vm, args, roots, inputs, &seeds)?) {
            *column = column.take().zip(grad).map(|(mut column, grad)| {
                column.push(Arg::Tensor(grad));
                column
            });
        }
    }
    let stacked = |column: Option<Vec<Arg>>| {
        column.map(|column| tensor_of("torch", "stack", &[Arg::List(column)], &[])).transpose()
    };
    columns.into_iter().map(stacked).collect()
}

// ---- on tensors -------------------------------------------------------------------------------------------------

fn requires_grad_(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let wanted = args.truth_or(vm, 0, true)?;
    let tensor = args.receiver_tensor(vm)?.tensor().clone();
    let dtype = tensor.dtype();
    if wanted && !dtype.is_floating_point() && !dtype.is_complex() {
        return Err(Error::runtime("only Tensors of floating point dtype can require gradients"));
    }
    mark(&tensor, wanted)?;
    Ok(args.receiver().clone())
}

fn retain_grad(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let tensor = args.receiver_tensor(vm)?.tensor().clone();
    if !tensor.requires_grad() {
        return Err(Error::runtime("can't retain_grad on Tensor that has requires_grad=False"));
    }
    tensor.retain_grad()?;
    Ok(Value::None)
}

/// A handle that takes the hook away again; the hooks of a tensor lie in one dictionary by their numbers.
fn register_hook(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let object = args.receiver_tensor(vm)?;
    if !object.tensor().requires_grad() {
        return Err(Error::runtime("cannot register a hook on a tensor that doesn't require gradient"));
    }
    let afterwards = args.row().name == "register_post_accumulate_grad_hook";
    let key = Str::intern(if afterwards { "__grad_hooks_afterwards__" } else { "__grad_hooks__" });
    let hooks = match object.attributes().get_str(&key) {
        Some(hooks) => hooks,
        None => {
            let hooks = Value::Dict(Rc::new(Dict::default()));
            object.tensor().register_hook(Box::new(Hooks::Tensor(hooks.clone())), afterwards)?;
            object.attributes().set_str(key, hooks.clone());
            hooks
        }
    };
    hang(vm, &hooks, args.value(0).clone())
}

const BACKWARD: &[Param] = &[
    opt("gradient", "None"),
    opt("retain_graph", "None"),
    opt("create_graph", "False"),
    opt("inputs", "None"),
];
const OF_TENSORS: &[Param] = &[
    req("tensors"),
    opt("grad_tensors", "None"),
    opt("retain_graph", "None"),
    opt("create_graph", "False"),
    opt("grad_variables", "None"),
    opt("inputs", "None"),
];
const GRAD: &[Param] = &[
    req("outputs"),
    req("inputs"),
    opt("grad_outputs", "None"),
    opt("retain_graph", "None"),
    opt("create_graph", "False"),
    opt("only_inputs", "True"),
    opt("allow_unused", "None"),
    opt("is_grads_batched", "False"),
    opt("materialize_grads", "False"),
];

/// The rows of this file.
pub const ROWS: &[Builtin] = &[
    Builtin::function("torch", "is_grad_enabled", &[], is_grad_enabled)
        .says("whether operators record for gradients"),
    Builtin::function("torch._C", "_set_grad_enabled", &[req("_enabled")], set_enabled),
    Builtin::constant("torch", "no_grad", mode_class).says("within it nothing is recorded for gradients"),
    Builtin::constant("torch", "enable_grad", mode_class).says("within it gradients are recorded"),
    Builtin::constant("torch", "set_grad_enabled", mode_class).says("switches recording on or off"),
    Builtin::constant("torch", "inference_mode", mode_class)
        .says("within it nothing is recorded for gradients"),
    Builtin::function("torch.autograd", "backward", OF_TENSORS, autograd_backward)
        .says("adds gradients to the leaves"),
    Builtin::function("torch.autograd", "grad", GRAD, autograd_grad).says("gradients of outputs by inputs"),
    Builtin::method("Tensor", "backward", BACKWARD, tensor_backward)
        .says("adds gradients to the leaves it came from"),
    Builtin::method("Tensor", "requires_grad_", &[opt("requires_grad", "True")], requires_grad_)
        .says("switches gradients on or off, in place"),
    Builtin::method("Tensor", "retain_grad", &[], retain_grad)
        .says("keeps the gradient of a computed tensor"),
    Builtin::method("Tensor", "register_hook", &[req("hook")], register_hook)
        .says("has a function called with the gradient when it is computed"),
    Builtin::method("Tensor", "register_post_accumulate_grad_hook", &[req("hook")], register_hook)
        .says("has a function called with a leaf once its gradient is there"),
];
