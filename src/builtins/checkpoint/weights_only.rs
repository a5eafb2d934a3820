//! `torch.load(weights_only=True)`: the refusal that PyTorch gives for what is not tensors and plain values.

use torchsh_base::error::{Error, Kind, Result};
use torchsh_checkpoint as checkpoint;
use torchsh_checkpoint::graph::{DictKind, Global, Graph, Made, Node, NodeId};
use torchsh_language::value::{Args, Str, Value, Vm};
use torchsh_stdlib::path_of;

/// Refuses a file that names what is neither known to be harmless nor among `torch.serialization.add_safe_globals`.
///
/// # Errors
/// `UnpicklingError`, worded as PyTorch 2.11 words it.
pub fn check(graph: &Graph, allowed: &[String]) -> Result<()> {
    let named = graph.ids().filter_map(|id| name_of(graph, id));
    match named.into_iter().find(|name| !allowed.contains(name)) {
        Some(name) => Err(refusal(&name)),
        None => Ok(()),
    }
}

/// `torch.serialization.get_unsafe_globals_in_checkpoint(f)`
pub fn unsafe_globals(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let path = path_of(vm, args.value(0))?.ok_or_else(|| args.wrong_type(vm, 0, "a path"))?;
    let allowed = allowed(vm)?;
    let names = checkpoint::asked(&path)?.into_iter().filter_map(|asked| {
        let name = own_name(&asked.global);
        let is_safe = is_allowed(&asked.global, &name) || allowed.contains(&name);
        (!is_safe).then(|| Value::str(asked.global.to_string()))
    });
    Ok(Value::list(names.collect()))
}

/// A name as programs allow it: without the module of what is built in.
fn own_name(global: &Global) -> String {
    match global.module.as_str() {
        "builtins" | "__builtin__" => global.name.to_string(),
        _ => global.to_string(),
    }
}

/// The name by which an object would have to be allowed.
fn name_of(graph: &Graph, id: NodeId) -> Option<String> {
    match graph.get(id) {
        Node::Object(object) if object.made == Made::Persistent => None,
        Node::Object(object) => Some(own_name(&object.class)),
        // What is inside a class is asked of it.
        Node::Global(global) if global.name.as_str().contains('.') => Some("getattr".to_owned()),
        Node::Global(global) => Some(own_name(global)).filter(|name| !is_allowed(global, name)),
        Node::FrozenSet(_) => Some("frozenset".to_owned()),
        Node::Dict(dict) if matches!(dict.kind, DictKind::Default(_)) => {
            Some("collections.defaultdict".to_owned())
        }
        Node::Array(_) => Some("numpy._core.multiarray._reconstruct".to_owned()),
        Node::Scalar(_) => Some("numpy._core.multiarray.scalar".to_owned()),
        Node::ArrayType(_) => Some("numpy.dtype".to_owned()),
        _ => None,
    }
}

/// Whether the name is one that needs no permission (`torch/_weights_only_unpickler.py` of PyTorch 2.11).
fn is_allowed(global: &Global, name: &str) -> bool {
    ALLOWED.contains(&name) || ALLOWED_MODULES.contains(&global.module.as_str())
}

const ALLOWED: &[&str] =
    &["collections.OrderedDict", "collections.Counter", "_codecs.encode", "bytearray", "set", "complex"];

/// Modules all of whose names that a pickle can have are allowed.
const ALLOWED_MODULES: &[&str] = &[
    "torch",
    "torch._tensor",
    "torch._utils",
    "torch.cuda",
    "torch.cuda.sparse",
    "torch.nn.parameter",
    "torch.serialization",
    "torch.sparse",
    "torch.storage",
];

/// The names that `torch.serialization.add_safe_globals` and its kin were given.
///
/// # Errors
/// What reading an attribute raises.
pub fn allowed(vm: &dyn Vm) -> Result<Vec<String>> {
    let Some(list) = vm.named_in("torch.serialization", "_allowed")? else { return Ok(Vec::new()) };
    let mut names = Vec::new();
    for one in vm.collect(&list)? {
        // `(object, "its full name")` too.
        if let Some(pair) = one.as_tuple() {
            names.extend(pair.items.get(1).and_then(Value::as_str).map(|name| name.to_string()));
            continue;
        }
        let part = |name: &str| vm.attribute_or_none(&one, &Str::intern(name));
        let (module, name) = (part("__module__")?, part("__qualname__")?);
        let (module, name) = (module.and_then(|m| m.as_str()), name.and_then(|n| n.as_str()));
        match (module, name) {
            (Some(module), Some(name)) if module.as_str() != "builtins" => {
                names.push(format!("{module}.{name}"))
            }
            (_, Some(name)) => names.push(name.to_string()),
            _ => {}
        }
    }
    Ok(names)
}

fn refusal(name: &str) -> Error {
    let message = format!(
        "Weights only load failed. This file can still be loaded, to do so you have two options, \u{1b}[1mdo those steps only \
         if you trust the source of the checkpoint\u{1b}[0m. \n\t(1) In PyTorch 2.6, we changed the default value of the \
         `weights_only` argument in `torch.load` from `False` to `True`. Re-running `torch.load` with `weights_only` set to \
         `False` will likely succeed, but it can result in arbitrary code execution. Do it only if you got the file from a \
         trusted source.\n\t(2) Alternatively, to load with `weights_only=True` please check the recommended steps in the \
         following error message.\n\tWeightsUnpickler error: Unsupported global: GLOBAL {name} was not an allowed global by \
         default. Please use `torch.serialization.add_safe_globals([{name}])` or the \
         `torch.serialization.safe_globals([{name}])` context manager to allowlist this global if you trust this \
         class/function.\n\nCheck the documentation of torch.load to learn more about types accepted by default with \
         weights_only https://pytorch.org/docs/stable/generated/torch.load.html."
    );
    Error::new(Kind::Unpickling, message)
        .hint("leave weights_only out: this shell opens the file and runs nothing in it")
}
