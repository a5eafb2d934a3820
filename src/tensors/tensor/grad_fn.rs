//! `tensor.grad_fn`: nodes of the graph behind gradients, to look at and to hang hooks on.

use std::rc::Rc;

use super::hooks::{Hooks, alone, tensors_of};
use crate::values::convert::{sequence, wrap};
use torchsh_aten::{self as aten, Node, Tensor, WeakNode};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_language::value::{Args, Builtin, Native, Str, TensorObject, Value, Vm, req};

/// A node: shown as `<AddBackward0 object at 0x…>`.
struct GradFn {
    node: Rc<Node>,
    /// As the node calls itself.
    name: String,
    class: String,
}

impl GradFn {
    fn of(node: Node) -> Result<Value> {
        // A step of the program's is its context.
        if let Some(Hooks::Step(context)) = node.payload().and_then(|payload| payload.downcast_ref()) {
            return Ok(context.clone());
        }
        GradFn::plain(node)
    }

    fn plain(node: Node) -> Result<Value> {
        let name = node.name()?;
        let class = name.rsplit("::").next().unwrap_or(&name).to_owned();
        Ok(Value::native(GradFn { node: Rc::new(node), name, class }))
    }

    fn next_functions(&self) -> Result<Value> {
        let edge = |(node, result): (Option<Node>, i64)| {
            let node = node.map_or(Ok(Value::None), GradFn::of)?;
            Ok(Value::tuple(vec![node, Value::Int(result)]))
        };
        Ok(Value::tuple(self.node.next()?.into_iter().map(edge).collect::<Result<_>>()?))
    }

    fn variable(&self) -> Option<Result<Value>> {
        self.node.variable().map(|leaf| leaf.map(|leaf| Value::Tensor(TensorObject::known(leaf)))).transpose()
    }
}

/// What a method of a node does when it is called.
enum Method {
    Name(String),
    Hook(Rc<Node>, bool),
}

impl Native for Method {
    fn type_name(&self) -> &str {
        "builtin_function_or_method"
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn call(&self, vm: &dyn Vm, arguments: &[Value], _keywords: &[(Str, Value)]) -> Option<Result<Value>> {
        Some(match (self, arguments) {
            (Method::Name(name), _) => Ok(Value::str(name.as_str())),
            (Method::Hook(node, before), [hook]) => hang(vm, node, hook, *before),
            (Method::Hook(..), _) => {
                let given = arguments.len();
                Err(Error::type_error(format!("register_hook() takes exactly one argument ({given} given)")))
            }
        })
    }
}

fn hang(vm: &dyn Vm, node: &Node, hook: &Value, before: bool) -> Result<Value> {
    let (hooks, handle) = alone(vm, hook.clone())?;
    node.register_hook(Box::new(if before { Hooks::Before(hooks) } else { Hooks::After(hooks) }), before)?;
    Ok(handle)
}

impl Native for GradFn {
    fn type_name(&self) -> &str {
        &self.class
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn identity(&self) -> Option<usize> {
        Some(self.node.address())
    }

    fn attribute(&self, _vm: &dyn Vm, name: &Str) -> Option<Result<Value>> {
        match name.as_str() {
            "name" => Some(Ok(Value::native(Method::Name(self.name.clone())))),
            "next_functions" => Some(self.next_functions()),
            "register_hook" => Some(Ok(Value::native(Method::Hook(self.node.clone(), false)))),
            "register_prehook" => Some(Ok(Value::native(Method::Hook(self.node.clone(), true)))),
            "variable" => self.variable(),
            "__call__" => {
                Some(Err(Error::new(Kind::NotImplemented, "a gradient function cannot be called here")))
            }
            _ => None,
        }
    }

    fn attribute_names(&self) -> Vec<Str> {
        ["name", "next_functions", "register_hook", "register_prehook"].map(Str::intern).to_vec()
    }

    fn repr(&self, _vm: &dyn Vm) -> Option<Result<String>> {
        Some(Ok(format!("<{} object at {:#x}>", self.class, self.node.address())))
    }

    fn equal(&self, _vm: &dyn Vm, other: &Value) -> Option<Result<bool>> {
        Some(Ok(other.as_native::<GradFn>().is_some_and(|other| other.node.address() == self.node.address())))
    }

    fn hash(&self, vm: &dyn Vm) -> Option<Result<u64>> {
        Some(vm.hash(&Value::Int(i64::try_from(self.node.address()).unwrap_or_default())))
    }
}

/// `tensor.grad_fn`
pub fn grad_fn(vm: &dyn Vm, args: &Args) -> Result<Value> {
    args.receiver_tensor(vm)?.tensor().node().map_or(Ok(Value::None), GradFn::of)
}

/// `tensor.output_nr`
pub fn output_nr(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::Int(args.receiver_tensor(vm)?.tensor().output_nr()?))
}

// ---- steps of the program's -------------------------------------------------------------------------------------

/// What a step's context knows of its node without keeping it.
struct OfStep(WeakNode);

impl Native for OfStep {
    fn type_name(&self) -> &str {
        "_Node"
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

fn gone() -> Error {
    Error::runtime("the graph that this function is a step of is gone")
}

/// `_step(context, name, inputs, plain, dirty, results)`: the node (none where there is no context) and the results that it gave.
fn step(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let name = vm.text(args.value(1))?;
    let inputs = tensors_of(args.value(2));
    let node = match args.value(0) {
        Value::None => None,
        context => Some(Node::written(&name, &inputs, Box::new(Hooks::Step(context.clone())))?),
    };
    let all = |value: &Value| tensors_of(value).into_iter().flatten().collect::<Vec<Tensor>>();
    let (inputs, plain, dirty) = (all(args.value(2)), all(args.value(3)), all(args.value(4)));
    let given = all(args.value(5));
    let step = aten::Step { node: node.as_ref(), inputs: &inputs, plain: &plain, dirty: &dirty };
    let results = step.results(&given)?;
    let kept = sequence(args.value(5)).unwrap_or_default();
    let results = results.into_iter().zip(given).zip(kept).map(|((made, given), value)| {
        // What stays the same tensor stays the same object.
        if made.is_same(&given) { value } else { wrap(made) }
    });
    let results = Value::tuple(results.collect());
    let node = node.map_or(Value::None, |node| Value::native(OfStep(WeakNode::of(&node))));
    Ok(Value::tuple(vec![node, results]))
}

/// `_step_node(step)`: the node of a step, as of libtorch's own.
fn step_node(_vm: &dyn Vm, args: &Args) -> Result<Value> {
    let step = args.value(0).as_native::<OfStep>().ok_or_else(gone)?;
    GradFn::plain(step.0.node().ok_or_else(gone)?)
}

/// `_step_result(step, tensor, number)`: a tensor without a graph becomes that result of the step.
fn step_result(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let step = args.value(0).as_native::<OfStep>().ok_or_else(gone)?;
    let node = step.0.node().ok_or_else(gone)?;
    if let (Value::Tensor(tensor), Value::Int(result)) = (args.value(1), args.value(2)) {
        node.attach(&tensor.tensor(), *result)?;
        return Ok(args.value(1).clone());
    }
    Err(Error::type_error(format!("_step_result() takes a tensor, not {}", vm.type_name(args.value(1)))))
}

/// The rows of this file.
pub const ROWS: &[Builtin] = &[
    Builtin::function(
        "torch._C",
        "_step",
        &[req("context"), req("name"), req("inputs"), req("plain"), req("dirty"), req("results")],
        step,
    ),
    Builtin::function("torch._C", "_step_node", &[req("step")], step_node),
    Builtin::function("torch._C", "_step_result", &[req("step"), req("tensor"), req("number")], step_result),
];
