//! Operators of ATen by name: what `torch.topk`, `tensor.topk` and `torch.linalg.norm` are.

use std::any::Any;

use crate::values::convert;
use torchsh_aten as aten;
use torchsh_base::error::{Error, Kind, Result};
use torchsh_language::value::{Args, Builtin, Core, Native, Str, Value, Vm, keywords, pos, rest};

/// An operator, perhaps with the tensor it was taken from.
pub struct Operator {
    namespace: &'static str,
    name: Str,
    receiver: Option<Value>,
}

impl Operator {
    /// The operator, if there is one of that name.
    #[must_use]
    pub fn find(namespace: &'static str, name: &Str, receiver: Option<Value>) -> Option<Value> {
        aten::has(namespace, name)
            .then(|| Value::native(Operator { namespace, name: name.clone(), receiver }))
    }

    /// Where it is found and its name: `("linalg", "norm")`.
    #[must_use]
    pub fn path(&self) -> (&'static str, &Str) {
        (self.namespace, &self.name)
    }

    /// Its signatures, one a line.
    fn documentation(&self) -> String {
        let place = match self.namespace {
            "torch" | "Tensor" => self.namespace.to_owned(),
            "nn" => "torch.nn.functional".to_owned(),
            namespace => format!("torch.{namespace}"),
        };
        // As a program calls it: `torch.sparse.mm`.
        let own = format!("_{}_", self.namespace);
        let lines = aten::signatures(self.namespace, &self.name);
        lines
            .iter()
            .map(|line| format!("{place}.{}", line.strip_prefix(&own).unwrap_or(line)))
            .collect::<Vec<_>>()
            .join("\n")
    }
}

impl Native for Operator {
    fn type_name(&self) -> &str {
        if self.namespace == "Tensor" && self.receiver.is_none() {
            "method_descriptor"
        } else {
            "builtin_function_or_method"
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    /// Taken from its class it is one object, however often it is asked for.
    fn identity(&self) -> Option<usize> {
        let of_class = || Str::intern(&format!("{}.{}", self.namespace, self.name)).address();
        self.receiver.is_none().then(of_class)
    }

    fn attribute(&self, vm: &dyn Vm, name: &Str) -> Option<Result<Value>> {
        let value = match name.as_str() {
            "__name__" | "__qualname__" => Value::Str(full_name(self.namespace, &self.name)),
            "__self__" => self.receiver.clone()?,
            "__doc__" => Value::str(self.documentation()),
            "__module__" => Value::None,
            "__class__" => Value::Class(vm.types().core(Core::Builtin).clone()),
            _ => return None,
        };
        Some(Ok(value))
    }

    fn parameter_names(&self) -> Vec<Str> {
        aten::parameter_names(self.namespace, &self.name).into_iter().map(Str::intern).collect()
    }

    fn repr(&self, _vm: &dyn Vm) -> Option<Result<String>> {
        let name = full_name(self.namespace, &self.name);
        Some(Ok(match (&self.receiver, self.namespace) {
            (Some(receiver), _) => {
                format!("<built-in method {name} of Tensor object at {:#x}>", receiver.address())
            }
            (None, "torch") => {
                format!("<built-in method {name} of type object at {:#x}>", OWNER.as_ptr() as usize)
            }
            (None, "Tensor") => format!("<method '{name}' of 'torch._C.TensorBase' objects>"),
            (None, _) => format!("<built-in function {name}>"),
        }))
    }

    fn call(&self, vm: &dyn Vm, arguments: &[Value], keywords: &[(Str, Value)]) -> Option<Result<Value>> {
        Some(match &self.receiver {
            None => convert::invoke(vm, self.namespace, &self.name, arguments, keywords),
            Some(receiver) => {
                let mut all = Vec::with_capacity(arguments.len() + 1);
                all.push(receiver.clone());
                all.extend_from_slice(arguments);
                convert::invoke(vm, self.namespace, &self.name, &all, keywords)
            }
        })
    }

    fn equal(&self, _vm: &dyn Vm, other: &Value) -> Option<Result<bool>> {
        let same = |other: &Operator| {
            other.path() == self.path()
                && match (&self.receiver, &other.receiver) {
                    (None, None) => true,
                    (Some(a), Some(b)) => a.same(b),
                    _ => false,
                }
        };
        Some(Ok(other.as_native::<Operator>().is_some_and(same)))
    }

    fn hash(&self, vm: &dyn Vm) -> Option<Result<u64>> {
        Some(vm.hash(&Value::Str(self.name.clone())))
    }
}

/// What the operators of `torch` say they belong to; only its address is ever shown.
static OWNER: [u8; 1] = [0];

/// Operators of `torch.linalg` and its kin carry their module in their own name.
fn full_name(namespace: &str, name: &Str) -> Str {
    match namespace {
        "linalg" | "fft" | "special" if !name.starts_with(&format!("{namespace}_")) => {
            Str::intern(&format!("{namespace}_{name}"))
        }
        _ => name.clone(),
    }
}

fn tensor_attribute(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let name = args.str(vm, 0)?;
    let class = vm.type_name(args.receiver());
    Operator::find("Tensor", &name, Some(args.receiver().clone()))
        .ok_or_else(|| Error::new(Kind::Attribute, format!("'{class}' object has no attribute '{name}'")))
}

/// `torch.Tensor.add`: the operator itself, which takes the tensor first.
fn class_attribute(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let name = args.str(vm, 0)?;
    Operator::find("Tensor", &name, None)
        .ok_or_else(|| Error::new(Kind::Attribute, format!("type object 'Tensor' has no attribute '{name}'")))
}

/// The operators of a namespace, by the names they go by there.
fn listed(namespace: &str) -> Result<Value> {
    let plain = |name: &'static str| {
        name.strip_prefix(namespace)
            .and_then(|rest| rest.strip_prefix('_'))
            .filter(|_| namespace != "nn")
            .unwrap_or(name)
    };
    let names = aten::names(namespace).into_iter().map(plain).filter(|name| !name.starts_with('_'));
    Ok(Value::list(names.map(Value::str).collect()))
}

/// Calls an operator that was passed around as a value.
fn call_itself(vm: &dyn Vm, args: &Args) -> Result<Value> {
    vm.call(args.receiver(), args.rest(), args.keywords())
}

macro_rules! modules {
    ($($function:ident $module:literal $namespace:literal),* $(,)?) => {
        $(fn $function(vm: &dyn Vm, args: &Args) -> Result<Value> {
            let name = args.str(vm, 0)?;
            let missing = || Error::new(Kind::Attribute, format!("module '{}' has no attribute '{name}'", $module));
            Operator::find($namespace, &name, None).ok_or_else(missing)
        })*

        /// The rows of this file.
        pub const ROWS: &[Builtin] = &[
            Builtin::method("Tensor", "__getattr__", &[pos("_name")], tensor_attribute)
                .says("any operator of ATen, as a method"),
            Builtin::on_type("Tensor", "__class_getattr__", &[pos("_name")], class_attribute),
            Builtin::on_type("Tensor", "__class_dir__", &[], |_, _| listed("Tensor")),
            Builtin::method("builtin_function_or_method", "__call__", &[rest("args"), keywords("kwargs")], call_itself),
            Builtin::method("method_descriptor", "__call__", &[rest("args"), keywords("kwargs")], call_itself),
            Builtin::method("storagetype", "__call__", &[rest("args"), keywords("kwargs")], call_itself),
            Builtin::method("tensortype", "__call__", &[rest("args"), keywords("kwargs")], call_itself),
            $(Builtin::function($module, "__dir__", &[], |_, _| listed($namespace)),
            Builtin::function($module, "__getattr__", &[pos("_name")], $function).says("any operator of ATen, by name"),)*
        ];
    };
}

modules! {
    of_torch "torch" "torch",
    of_variable_functions "torch._C._VariableFunctions" "torch",
    of_linalg "torch.linalg" "linalg",
    of_fft "torch.fft" "fft",
    of_special "torch.special" "special",
    of_nn "torch._C._nn" "nn",
    of_linalg_c "torch._C._linalg" "linalg",
    of_sparse "torch._C._sparse" "sparse",
}
