//! `Module.__call__` and `Module.__getattr__` of PyTorch without a step of the interpreter for each of their lines: a forward pass
//! runs them for every layer and every weight.

use std::any::Any;
use std::rc::Rc;

use torchsh_base::error::{Error, Kind, Result};
use torchsh_language::value::{Args, Builtin, Class, Dict, Instance, Native, Str, Value, Vm, req};

/// A function of PyTorch's that is run only where a shorter way does not do.
struct Shortened<S> {
    /// PyTorch's own.
    plain: Value,
    shortcut: S,
}

/// A shorter way to what a function does.
trait Shortcut: 'static {
    /// What the function would give; none where only the function knows.
    fn call(&self, vm: &dyn Vm, arguments: &[Value], keywords: &[(Str, Value)]) -> Option<Result<Value>>;
}

impl<S: Shortcut> Native for Shortened<S> {
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
        let short = self.shortcut.call(vm, arguments, keywords);
        Some(short.unwrap_or_else(|| vm.call(&self.plain, arguments, keywords)))
    }
}

/// `Module.__call__`: `forward` where nothing else has a say.
struct Forward {
    /// `torch.nn.Module`.
    base: Rc<Class>,
    /// Hooks of all modules.
    global_hooks: Vec<Rc<Dict>>,
    /// Names of dictionaries of a module's own hooks.
    hooks: [Str; 4],
    /// Methods that `__call__` runs.
    methods: [Str; 2],
    compiled: Str,
    forward: Str,
}

impl Forward {
    /// Whether `forward` alone is what calling the module runs.
    fn is_all(&self, module: &Value) -> bool {
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

impl Shortcut for Forward {
    fn call(&self, vm: &dyn Vm, arguments: &[Value], keywords: &[(Str, Value)]) -> Option<Result<Value>> {
        let (module, rest) = arguments.split_first().filter(|(module, _)| self.is_all(module))?;
        let forward = vm.attribute(module, &self.forward);
        Some(forward.and_then(|forward| vm.call(&forward, rest, keywords)))
    }
}

/// `Module.__getattr__`: the parameter, buffer or module of that name.
struct Held {
    /// Names of the dictionaries that are searched.
    places: [Str; 3],
}

impl Held {
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

impl Shortcut for Held {
    fn call(&self, _vm: &dyn Vm, arguments: &[Value], _keywords: &[(Str, Value)]) -> Option<Result<Value>> {
        let [Value::Instance(module), Value::Str(name)] = arguments else { return None };
        self.found(module, name).map(Ok)
    }
}

fn module_call(_vm: &dyn Vm, args: &Args) -> Result<Value> {
    let (Value::Class(base), Some(hooks)) = (args.value(0), args.value(2).as_list()) else {
        return Err(Error::new(Kind::Type, "module_call: a class, a function and a list of dictionaries"));
    };
    let global_hooks = hooks.items().iter().filter_map(Value::as_dict).collect();
    let names = ["_backward_hooks", "_backward_pre_hooks", "_forward_hooks", "_forward_pre_hooks"];
    let shortcut = Forward {
        base: base.clone(),
        global_hooks,
        hooks: names.map(Str::intern),
        methods: ["_call_impl", "_wrapped_call_impl"].map(Str::intern),
        compiled: Str::intern("_compiled_call_impl"),
        forward: Str::intern("forward"),
    };
    Ok(Value::native(Shortened { plain: args.value(1).clone(), shortcut }))
}

fn module_attribute(_vm: &dyn Vm, args: &Args) -> Result<Value> {
    let shortcut = Held { places: ["_parameters", "_buffers", "_modules"].map(Str::intern) };
    Ok(Value::native(Shortened { plain: args.value(0).clone(), shortcut }))
}

/// The rows of this file.
pub const ROWS: &[Builtin] = &[
    Builtin::function("torch._shell", "module_call", &[req("base"), req("plain"), req("hooks")], module_call),
    Builtin::function("torch._shell", "module_attribute", &[req("plain")], module_attribute),
];
