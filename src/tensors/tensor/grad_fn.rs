//! `tensor.grad_fn`: nodes of the graph behind gradients, to look at.

use crate::torch::convert::wrap;
use torchsh_aten::Node;
use torchsh_base::error::{Error, Kind, Result};
use torchsh_language::value::{Args, Native, Str, Value, Vm};

/// A node: shown as `<AddBackward0 object at 0x…>`.
struct GradFn {
    node: Node,
    /// As the node calls itself; of a function of the program's, its name.
    name: String,
    class: String,
}

impl GradFn {
    fn of(node: Node, own_name: Option<String>) -> Result<Value> {
        let name = own_name.map_or_else(|| node.name(), Ok)?;
        let class = name.rsplit("::").next().unwrap_or(&name).to_owned();
        Ok(Value::native(GradFn { node, name, class }))
    }

    fn next_functions(&self) -> Result<Value> {
        let edge = |(node, result): (Option<Node>, i64)| {
            let node = node.map_or(Ok(Value::None), |node| GradFn::of(node, None))?;
            Ok(Value::tuple(vec![node, Value::Int(result)]))
        };
        Ok(Value::tuple(self.node.next()?.into_iter().map(edge).collect::<Result<_>>()?))
    }

    fn variable(&self) -> Option<Result<Value>> {
        self.node.variable().map(|leaf| leaf.map(wrap)).transpose()
    }
}

/// What a method of a node gives when it is called.
struct NameOf(String);

impl Native for NameOf {
    fn type_name(&self) -> &str {
        "builtin_function_or_method"
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn call(&self, _vm: &dyn Vm, _arguments: &[Value], _keywords: &[(Str, Value)]) -> Option<Result<Value>> {
        Some(Ok(Value::str(self.0.as_str())))
    }
}

impl Native for GradFn {
    fn type_name(&self) -> &str {
        &self.class
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn attribute(&self, _vm: &dyn Vm, name: &Str) -> Option<Result<Value>> {
        match name.as_str() {
            "name" => Some(Ok(Value::native(NameOf(self.name.clone())))),
            "next_functions" => Some(self.next_functions()),
            "variable" => self.variable(),
            "__call__" => {
                Some(Err(Error::new(Kind::NotImplemented, "a gradient function cannot be called here")))
            }
            _ => None,
        }
    }

    fn attribute_names(&self) -> Vec<Str> {
        ["name", "next_functions"].map(Str::intern).to_vec()
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
    let object = args.receiver_tensor(vm)?;
    if let Some(node) = object.written_node() {
        return Ok(node);
    }
    let node = object.tensor().node();
    node.map_or(Ok(Value::None), |node| GradFn::of(node, object.function_name()))
}

/// `tensor.output_nr`
pub fn output_nr(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::Int(args.receiver_tensor(vm)?.tensor().output_nr()?))
}
