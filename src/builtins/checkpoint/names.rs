//! The names by which a pickle has classes and functions, and what they mean here.

use torchsh_base::error::{Error, Kind, Result};
use torchsh_checkpoint::graph::Global;
use torchsh_language::value::{On, Str, Value, Vm};
use torchsh_tensors::torch::operator::Operator;

/// The name by which a class or function is found again.
///
/// # Errors
/// `PicklingError`, or `AttributeError` for what is local to a function, as Python words them.
pub fn name_of(vm: &dyn Vm, value: &Value) -> Result<Global> {
    if let Value::Class(class) = value
        && class.namespace.get_name("_is_unwritten").is_some()
    {
        // Made for a name that a file has.
        return Ok(Global { module: class.module.borrow().clone(), name: class.name.clone() });
    }
    let text = |name: &str| -> Result<Option<Str>> {
        Ok(vm.attribute_or_none(value, &Str::intern(name))?.and_then(|name| name.as_str()))
    };
    let name = match text("__qualname__")? {
        Some(name) => Some(name),
        None => text("__name__")?,
    };
    let Some(name) = name else {
        let class = vm.type_name(value);
        return Err(Error::type_error(format!("cannot pickle '{class}' object")));
    };
    let module = match value {
        Value::Builtin(row) => Str::intern(if let On::Module(module) = row.on { module } else { "builtins" }),
        _ => match value.as_native::<Operator>().map(Operator::path) {
            Some(("torch", name)) => {
                let name = Str::intern(&format!("_VariableFunctionsClass.{name}"));
                return Ok(Global { module: Str::intern("torch._C"), name });
            }
            Some((namespace, _)) => Str::intern(&format!("torch._C._{namespace}")),
            None => text("__module__")?.unwrap_or_else(|| Str::intern("torch")),
        },
    };
    if name.as_str().contains("<locals>") {
        return Err(Error::new(Kind::Attribute, format!("Can't pickle local object '{name}'")));
    }
    let why = match meant(vm, &module, &name)? {
        Some(found) if found.same(value) || is_made_when_asked(value) => return Ok(Global { module, name }),
        Some(_) => format!("it's not the same object as {module}.{name}"),
        None => format!("attribute lookup {name} on {module} failed"),
    };
    Err(Error::new(Kind::Pickling, format!("Can't pickle {}: {why}", vm.repr(value)?)))
}

/// Whether each lookup of the name gives another object that means the same.
fn is_made_when_asked(value: &Value) -> bool {
    matches!(value, Value::Builtin(_) | Value::Native(_))
}

/// What is found under a name, also where other versions of Python and torch keep it.
fn meant(vm: &dyn Vm, module: &Str, name: &Str) -> Result<Option<Value>> {
    let function = name.as_str().strip_prefix("_VariableFunctionsClass.");
    let (module, name) = match (module.as_str(), function) {
        // Python 2 and Python 3.13.
        ("exceptions", _) => ("builtins", name.as_str()),
        ("UserDict", _) if name.as_str() == "IterableUserDict" => ("collections", "UserDict"),
        ("UserDict" | "UserList" | "UserString", _) => ("collections", name.as_str()),
        ("pathlib._local", _) => ("pathlib", name.as_str()),
        ("_io", _) => ("io", name.as_str()),
        ("torch._C", Some(function)) => ("torch", function),
        ("torch._C._nn", _) => ("torch.nn.functional", name.as_str()),
        ("torch._C._linalg" | "torch._C._fft" | "torch._C._special", _) => {
            let short = module.as_str().trim_start_matches("torch._C._");
            let name = name.as_str().strip_prefix(short).and_then(|rest| rest.strip_prefix('_'));
            return vm.named_in(&format!("torch.{short}"), name.unwrap_or_default());
        }
        (module, _) if module.starts_with("torch.nn.modules.") && name.as_str().starts_with("Lazy") => {
            ("torch.nn", name.as_str())
        }
        (module, _) => (module, name.as_str()),
    };
    vm.named_in(module, name)
}

/// Modules of Python's library whose objects hold nothing but what they are made of: they are made whoever reads a file.
#[must_use]
pub fn is_plain_library(module: &str) -> bool {
    const PLAIN: &[&str] = &[
        "__builtin__",
        "_io",
        "_operator",
        "argparse",
        "array",
        "builtins",
        "collections",
        "datetime",
        "decimal",
        "fractions",
        "functools",
        "io",
        "ipaddress",
        "numpy.random._pickle",
        "operator",
        "pathlib",
        "pathlib._local",
        "random",
        "re",
        "types",
        "uuid",
    ];
    PLAIN.contains(&module)
}

/// What a name in a file means that `weights_only=False` is to make again: a class, or a function of the program's or of
/// torch. No function of Python's library: a dictionary of the file could call it for a key that is not there.
///
/// # Errors
/// What reading an attribute raises.
pub fn meant_by(vm: &dyn Vm, global: &Global) -> Result<Option<Value>> {
    let module = global.module.as_str();
    let is_torch = matches!(module.split('.').next(), Some("torch" | "torchvision"));
    let found = meant(vm, &global.module, &global.name)?;
    Ok(found.filter(|found| match found {
        Value::Class(_) => true,
        Value::Function(_) => is_torch || !vm.is_library(module),
        Value::Builtin(_) => is_torch,
        // `typing.Any` and its like.
        Value::Instance(_) => module == "typing",
        _ => is_torch && found.as_native::<Operator>().is_some(),
    }))
}
