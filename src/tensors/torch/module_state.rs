//! What `Module.state_dict` and `load_state_dict` do for every module and every key, without a step of the interpreter for each.

use std::rc::Rc;

use torchsh_base::error::{Error, Kind, Result};
use torchsh_checkpoint::limits;
use torchsh_language::value::{Args, Builtin, Class, Dict, Instance, Str, TensorObject, Value, Vm, req};

/// Modules within modules: as deep as Python's own calls get.
const DEEPEST: usize = 330;

/// Names that every module is asked for.
struct Names {
    /// Methods that a class may have of its own, which are called then: the first for what is within a module alone.
    methods: [Str; 3],
    hooks: [Str; 2],
    parameters: Str,
    buffers: Str,
    hidden: Str,
    modules: Str,
    version: Str,
}

impl Names {
    fn new() -> Names {
        Names {
            methods: ["state_dict", "_save_to_state_dict", "get_extra_state"].map(Str::intern),
            hooks: ["_state_dict_hooks", "_state_dict_pre_hooks"].map(Str::intern),
            parameters: Str::intern("_parameters"),
            buffers: Str::intern("_buffers"),
            hidden: Str::intern("_non_persistent_buffers_set"),
            modules: Str::intern("_modules"),
            version: Str::intern("_version"),
        }
    }
}

/// A `state_dict()` in the making.
struct Saving<'a> {
    vm: &'a dyn Vm,
    destination: &'a Value,
    entries: Rc<Dict>,
    metadata: Option<Rc<Dict>>,
    keep_vars: bool,
    /// `torch.nn.Module`.
    base: Rc<Class>,
    names: Names,
}

/// A dictionary that a module has as an attribute.
fn held(instance: &Instance, name: &Str) -> Option<Rc<Dict>> {
    instance.attributes.get_str(name)?.as_dict()
}

/// What it holds.
fn entries(instance: &Instance, name: &Str) -> Vec<(Value, Value)> {
    held(instance, name).map(|all| all.entries()).unwrap_or_default()
}

impl Saving<'_> {
    /// Whether a module does what `Module` does for these methods.
    fn is_plain(&self, instance: &Instance, methods: &[Str]) -> bool {
        let class = instance.class();
        methods.iter().all(|name| {
            let same = match (class.lookup(name), self.base.lookup(name)) {
                (Some(own), Some(base)) => own.same(&base),
                _ => false,
            };
            same && instance.attributes.get_str(name).is_none()
        })
    }

    fn has_hooks(&self, instance: &Instance) -> bool {
        self.names.hooks.iter().any(|name| held(instance, name).is_none_or(|hooks| !hooks.is_empty()))
    }

    fn put(&self, prefix: &str, name: &Value, value: Value) -> Result<()> {
        let key = match name {
            Value::Str(name) => Str::joined(&[prefix, name]),
            _ => Str::joined(&[prefix, &self.vm.text(name)?]),
        };
        self.entries.set_str(key, value);
        if self.entries.len() > limits::MODEL_ENTRIES {
            let message =
                "the model has too many modules and tensors: some of its modules contain each other";
            return Err(Error::value(message));
        }
        Ok(())
    }

    fn kept(&self, value: Value) -> Result<Value> {
        match &value {
            Value::Tensor(tensor) if !self.keep_vars => match tensor.class() {
                None => Ok(Value::Tensor(TensorObject::new(tensor.tensor().through("detach")?))),
                Some(_) => self.vm.call_method(&value, "detach", &[]),
            },
            _ => Ok(value),
        }
    }

    /// A module's own parameters and persistent buffers.
    fn own(&self, instance: &Instance, prefix: &str) -> Result<()> {
        for (name, value) in entries(instance, &self.names.parameters) {
            if !value.is_none() {
                self.put(prefix, &name, self.kept(value)?)?;
            }
        }
        let hidden = instance.attributes.get_str(&self.names.hidden);
        for (name, value) in entries(instance, &self.names.buffers) {
            let is_hidden = match &hidden {
                Some(Value::Set(hidden)) => hidden.dict.contains(self.vm, &name)?,
                _ => false,
            };
            if !value.is_none() && !is_hidden {
                self.put(prefix, &name, self.kept(value)?)?;
            }
        }
        Ok(())
    }

    /// What the modules within a module have.
    fn children(&self, instance: &Instance, prefix: &str, depth: usize) -> Result<()> {
        self.vm.check_interrupt()?;
        if depth > DEEPEST {
            return Err(Error::new(Kind::Recursion, "maximum recursion depth exceeded"));
        }
        for (name, child) in entries(instance, &self.names.modules) {
            let module = match &child {
                Value::None => continue,
                Value::Instance(module) if module.class().inherits(&self.base) => module,
                // Of a file: its class is pickled in a way that only it can read.
                _ => {
                    self.put(prefix, &name, child)?;
                    continue;
                }
            };
            let within = format!("{prefix}{}.", self.vm.text(&name)?);
            if !self.is_plain(module, &self.names.methods) || self.has_hooks(module) {
                self.called(&child, &within)?;
                continue;
            }
            if let Some(metadata) = &self.metadata {
                let version = self.vm.attribute(&child, &self.names.version)?;
                let own = Value::dict_of([(Str::intern("version"), version)]);
                metadata.set_str(Str::new(within.strip_suffix('.').unwrap_or(&within)), own);
            }
            self.own(module, &within)?;
            self.children(module, &within, depth + 1)?;
        }
        Ok(())
    }

    /// By the module's own method.
    fn called(&self, module: &Value, prefix: &str) -> Result<()> {
        let method = self.vm.attribute(module, &Str::intern("state_dict"))?;
        let named = [
            ("destination", self.destination.clone()),
            ("prefix", Value::str(prefix)),
            ("keep_vars", Value::Bool(self.keep_vars)),
        ];
        let named = named.map(|(name, value)| (Str::intern(name), value));
        self.vm.call(&method, &[], &named).map(|_| ())
    }
}

/// `save_state(module, destination, prefix, keep_vars, Module)`: whether it was done, which it is for what is saved as `Module`
/// itself does.
fn save_state(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let (Value::Instance(instance), destination @ Value::Dict(entries), Value::Class(base)) =
        (args.value(0), args.value(1), args.value(4))
    else {
        return Ok(Value::Bool(false));
    };
    let metadata = match entries.has_attributes() {
        true => entries.attributes().get_name("_metadata").and_then(|metadata| metadata.as_dict()),
        false => None,
    };
    let saving = Saving {
        vm,
        destination,
        entries: entries.clone(),
        metadata,
        keep_vars: vm.truth(args.value(3))?,
        base: base.clone(),
        names: Names::new(),
    };
    if !saving.is_plain(instance, saving.names.methods.get(1..).unwrap_or_default()) {
        return Ok(Value::Bool(false));
    }
    let prefix = args.str(vm, 2)?;
    saving.own(instance, &prefix)?;
    saving.children(instance, &prefix, 0)?;
    Ok(Value::Bool(true))
}

/// The rows of this file.
pub const ROWS: &[Builtin] = &[Builtin::function(
    "torch._shell",
    "save_state",
    &[req("module"), req("destination"), req("prefix"), req("keep_vars"), req("base")],
    save_state,
)];
