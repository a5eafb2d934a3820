//! `Module.__call__` and `Module.__getattr__` of PyTorch without a step of the interpreter for each of their lines: a forward pass
//! runs them for every layer and every weight.

use std::any::Any;
use std::rc::Rc;

use torchsh_base::error::{Error, Kind, Result};
use torchsh_language::value::{Args, Builtin, Class, Dict, Instance, Native, Str, Value, Vm, req};

/// `Module.__call__`: `forward` where nothing else has a say, else PyTorch's own function.
struct ModuleCall {
    /// `torch.nn.Module`.
    base: Rc<Class>,
    /// PyTorch's own.
    plain: Value,
    /// Hooks of all modules.
    global_hooks: Vec<Rc<Dict>>,
    /// Names of dictionaries of a module's own hooks.
    hooks: [Str; 4],
    /// Methods that `__call__` runs.
    methods: [Str; 2],
    compiled: Str,
    forward: Str,
}

impl ModuleCall {
    /// Whether `forward` alone is what calling the module runs.
    fn is_forward(&self, module: &Value) -> bool {
        let Value::Instance(instance) = module else { return false };
        let own = &instance.attributes;
        let class = instance.class();
        let is_unhooked =
            |name: &Str| matches!(own.get_str(name), Some(Value::Dict(hooks)) if hooks.is_empty());
        let is_plain = |name: &Str| {
            own.get_str(name).is_none()
                && matches!((class.lookup(name), self.base.lookup(name)), (Some(own), Some(base)) if own.same(&base))
        };
        self.hooks.iter().all(is_unhooked)
            && self.global_hooks.iter().all(|hooks| hooks.is_empty())
            && own.get_str(&self.compiled).is_none_or(|compiled| compiled.is_none())
            && class.lookup(&self.compiled).is_some_and(|compiled| compiled.is_none())
            && self.methods.iter().all(is_plain)
    }
}

impl Native for ModuleCall {
    fn type_name(&self) -> &str {
        "function"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn is_method(&self) -> bool {
        true
    }

    fn attribute(&self, vm: &dyn Vm, name: &Str) -> Option<Result<Value>> {
        vm.attribute_or_none(&self.plain, name).transpose()
    }

    fn repr(&self, vm: &dyn Vm) -> Option<Result<String>> {
        Some(vm.repr(&self.plain))
    }

    fn call(&self, vm: &dyn Vm, arguments: &[Value], keywords: &[(Str, Value)]) -> Option<Result<Value>> {
        Some(match arguments.split_first() {
            Some((module, rest)) if self.is_forward(module) => {
                vm.attribute(module, &self.forward).and_then(|forward| vm.call(&forward, rest, keywords))
            }
            _ => vm.call(&self.plain, arguments, keywords),
        })
    }
}

/// `Module.__getattr__`: the parameter, buffer or module of that name.
struct ModuleAttribute {
    /// PyTorch's own.
    plain: Value,
    /// Names of the dictionaries that are searched.
    places: [Str; 3],
}

impl ModuleAttribute {
    /// What a module holds under a name; none as soon as a place is a container of the program's own.
    fn found(&self, module: &Instance, name: &Str) -> Option<Value> {
        for place in &self.places {
            match module.attributes.get_str(place) {
                Some(Value::Dict(held)) => {
                    if let Some(found) = held.get_str(name) {
                        return Some(found);
                    }
                }
                Some(_) => return None,
                None => {}
            }
        }
        None
    }
}

impl Native for ModuleAttribute {
    fn type_name(&self) -> &str {
        "function"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn is_method(&self) -> bool {
        true
    }

    fn attribute(&self, vm: &dyn Vm, name: &Str) -> Option<Result<Value>> {
        vm.attribute_or_none(&self.plain, name).transpose()
    }

    fn repr(&self, vm: &dyn Vm) -> Option<Result<String>> {
        Some(vm.repr(&self.plain))
    }

    fn call(&self, vm: &dyn Vm, arguments: &[Value], keywords: &[(Str, Value)]) -> Option<Result<Value>> {
        let found = match arguments {
            [Value::Instance(module), Value::Str(name)] => self.found(module, name),
            _ => None,
        };
        Some(found.map_or_else(|| vm.call(&self.plain, arguments, keywords), Ok))
    }
}

fn module_call(_vm: &dyn Vm, args: &Args) -> Result<Value> {
    let (Value::Class(base), Some(hooks)) = (args.value(0), args.value(2).as_list()) else {
        return Err(Error::new(Kind::Type, "module_call: a class, a function and a list of dictionaries"));
    };
    let global_hooks = hooks.items().iter().filter_map(Value::as_dict).collect();
    let names = ["_backward_hooks", "_backward_pre_hooks", "_forward_hooks", "_forward_pre_hooks"];
    Ok(Value::native(ModuleCall {
        base: base.clone(),
        plain: args.value(1).clone(),
        global_hooks,
        hooks: names.map(Str::intern),
        methods: ["_call_impl", "_wrapped_call_impl"].map(Str::intern),
        compiled: Str::intern("_compiled_call_impl"),
        forward: Str::intern("forward"),
    }))
}

fn module_attribute(_vm: &dyn Vm, args: &Args) -> Result<Value> {
    let places = ["_parameters", "_buffers", "_modules"].map(Str::intern);
    Ok(Value::native(ModuleAttribute { plain: args.value(0).clone(), places }))
}

/// The rows of this file.
pub const ROWS: &[Builtin] = &[
    Builtin::function("torch._shell", "module_call", &[req("base"), req("plain"), req("hooks")], module_call),
    Builtin::function("torch._shell", "module_attribute", &[req("plain")], module_attribute),
];
