//! Names of torch that fit nowhere else.

use std::cell::Cell;

use super::make::new_parameter;
use torchsh_aten as aten;
use torchsh_base::error::{Error, Kind, Result};
use torchsh_language::value::{Args, Builtin, Core, Param, Str, Value, Vm, keywords, kw, opt, req, rest};

/// The release of PyTorch that this agrees with, and whose libtorch it stands on.
pub const VERSION: &str = "2.11.0";

fn version(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    Ok(Value::str(VERSION))
}

fn none(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    Ok(Value::None)
}

fn no(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    Ok(Value::Bool(false))
}

fn parameter_class(vm: &dyn Vm, _args: &Args) -> Result<Value> {
    Ok(Value::Class(vm.types().core(Core::Parameter).clone()))
}

fn is_parameter(_vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::Bool(args.value(0).as_tensor().is_some_and(|tensor| tensor.is_parameter.get())))
}

/// `torch._utils._rebuild_parameter(data, requires_grad, backward_hooks)`
fn rebuild_parameter(vm: &dyn Vm, args: &Args) -> Result<Value> {
    new_parameter(&args.tensor(vm, 0)?.tensor(), args.truth_or(vm, 1, true)?)
}

/// A decorator that changes nothing here.
fn identity(_vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(args.value(0).clone())
}

fn refuse_compile(vm: &dyn Vm, args: &Args) -> Result<Value> {
    // What is compiled runs as it is.
    match args.some(0) {
        Some(model) => Ok(model.clone()),
        None => vm.attribute(&vm.import("torch.jit")?, &Str::intern("ignore")),
    }
}

fn no_script(_vm: &dyn Vm, args: &Args) -> Result<Value> {
    let name = args.row().name;
    Err(Error::new(Kind::NotImplemented, format!("torch.jit.{name} is not supported by this shell"))
        .hint("state_dict(torch.load(path)) reads the tensors of a TorchScript file"))
}

thread_local! {
    /// What a program set; the CPU computes in full.
    static PRECISION: Cell<&'static str> = const { Cell::new("highest") };
}

fn precision(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    Ok(Value::str(PRECISION.get()))
}

fn set_precision(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let asked = args.str(vm, 0)?;
    match ["highest", "high", "medium"].into_iter().find(|known| *known == asked.as_str()) {
        Some(known) => PRECISION.set(known),
        None => vm.notice(&format!(
            "UserWarning: {asked} is not one of 'highest', 'high', or 'medium'; nothing is set"
        )),
    }
    Ok(Value::None)
}

fn get_num_threads(_vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::Int(if args.row().name == "get_num_threads" {
        aten::threads()
    } else {
        aten::interop_threads()
    }))
}

fn set_num_threads(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let count = args.int(vm, 0)?;
    if args.row().name == "set_num_threads" {
        aten::set_threads(count)?
    } else {
        aten::set_interop_threads(count)?
    }
    Ok(Value::None)
}

thread_local! {
    /// What `use_deterministic_algorithms` was told last.
    static WARNS_ONLY: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

fn set_deterministic(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let warn_only = args.truth_or(vm, 1, false)?;
    aten::set_deterministic(args.truth_or(vm, 0, true)?, warn_only)?;
    WARNS_ONLY.set(warn_only);
    Ok(Value::None)
}

fn warns_only(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    Ok(Value::Bool(WARNS_ONLY.get()))
}

fn deterministic(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    Ok(Value::Bool(aten::deterministic()))
}

/// The classes of `torch.amp` under their other names.
fn amp_class(vm: &dyn Vm, args: &Args) -> Result<Value> {
    vm.attribute(&vm.import("torch.amp")?, &Str::intern(args.row().name))
}

/// `torch.func.vmap` by its other name.
fn vmap(vm: &dyn Vm, _args: &Args) -> Result<Value> {
    vm.attribute(&vm.import("torch.func")?, &Str::intern("vmap"))
}

/// `torch.cuda.amp.autocast(enabled=True)` knows its device.
fn cuda_amp_class(vm: &dyn Vm, _args: &Args) -> Result<Value> {
    vm.attribute(&vm.import("torch.amp")?, &Str::intern("_cuda_autocast"))
}

const ANY: &[Param] = &[rest("arguments"), keywords("options")];

/// The rows of this file.
pub const ROWS: &[Builtin] = &[
    Builtin::constant("torch", "__version__", version).says("the release of PyTorch this agrees with"),
    Builtin::constant("torch.version", "__version__", version),
    Builtin::constant("torch.version", "cuda", none),
    Builtin::constant("torch.version", "hip", none),
    Builtin::constant("torch.version", "git_version", none),
    Builtin::constant("torch.version", "debug", no),
    Builtin::constant("torch", "autocast", amp_class),
    Builtin::constant("torch.cuda.amp", "autocast", cuda_amp_class),
    Builtin::constant("torch.cuda.amp", "GradScaler", amp_class),
    Builtin::constant("torch", "GradScaler", amp_class),
    Builtin::constant("torch", "vmap", vmap).says("a function over a dimension more"),
    Builtin::constant("torch.linalg", "LinAlgError", |vm, _| {
        Ok(vm.types().named("_LinAlgError").map_or(Value::None, Value::Class))
    }),
    Builtin::constant("torch._shell", "Parameter", parameter_class),
    Builtin::function("torch._shell", "is_parameter", &[req("_value")], is_parameter),
    Builtin::function(
        "torch._shell",
        "rebuild_parameter",
        &[req("data"), opt("requires_grad", "True"), opt("backward_hooks", "None")],
        rebuild_parameter,
    ),
    Builtin::function("torch", "compile", &[opt("model", "None"), keywords("options")], refuse_compile)
        .says("the model itself: nothing is compiled here"),
    Builtin::function("torch._shell", "script", ANY, no_script),
    Builtin::function("torch.jit", "trace", ANY, no_script),
    Builtin::function("torch.jit", "load", ANY, no_script),
    Builtin::function("torch.jit", "is_scripting", &[], no),
    Builtin::function("torch.jit", "is_tracing", &[], no),
    Builtin::function("torch.jit", "ignore", &[req("_function")], identity),
    Builtin::function("torch.jit", "export", &[req("_function")], identity),
    Builtin::function("torch.jit", "unused", &[req("_function")], identity),
    Builtin::function("torch", "get_float32_matmul_precision", &[], precision),
    Builtin::function("torch", "set_float32_matmul_precision", &[req("precision")], set_precision),
    Builtin::function(
        "torch",
        "use_deterministic_algorithms",
        &[req("mode"), kw("warn_only", "False")],
        set_deterministic,
    ),
    Builtin::function("torch", "are_deterministic_algorithms_enabled", &[], deterministic),
    Builtin::function("torch._C", "_deterministic_warns_only", &[], warns_only),
    Builtin::function("torch", "get_num_threads", &[], get_num_threads),
    Builtin::function("torch", "set_num_threads", &[req("_threads")], set_num_threads),
    Builtin::function("torch", "get_num_interop_threads", &[], get_num_threads),
    Builtin::function("torch", "set_num_interop_threads", &[req("_threads")], set_num_threads),
];
