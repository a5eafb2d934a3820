//! Inference mode, autocast and forward-mode gradients: what `torch.inference_mode`, `torch.amp` and
//! `torch.autograd.forward_ad` are made of; how often libtorch warns.

use std::any::Any;
use std::cell::RefCell;

use crate::values::device::device_of;
use torchsh_aten::{self as aten, DeviceKind};
use torchsh_base::error::{Error, Result};
use torchsh_language::value::{Args, Builtin, Native, Value, Vm, opt, pos, req};

/// Inference mode, until it is left.
struct Entered(RefCell<Option<aten::Inference>>);

impl Native for Entered {
    fn type_name(&self) -> &str {
        "_InferenceMode"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn enter_inference(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let guard = aten::Inference::enter(vm.truth(args.value(0))?);
    Ok(Value::native(Entered(RefCell::new(Some(guard)))))
}

fn leave_inference(_vm: &dyn Vm, args: &Args) -> Result<Value> {
    if let Some(entered) = args.value(0).as_native::<Entered>() {
        drop(entered.0.take());
    }
    Ok(Value::None)
}

fn is_inference(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    Ok(Value::Bool(aten::inference_enabled()))
}

/// The kind of device that an argument names; PyTorch's default is the GPU.
fn kind(vm: &dyn Vm, args: &Args) -> Result<DeviceKind> {
    args.some(0).map_or(Ok(DeviceKind::Cuda), |device| Ok(device_of(vm, device)?.kind))
}

fn is_autocast(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::Bool(aten::autocasts(kind(vm, args)?)?))
}

fn set_autocast(vm: &dyn Vm, args: &Args) -> Result<Value> {
    aten::set_autocast(kind(vm, args)?, vm.truth(args.value(1))?)?;
    Ok(Value::None)
}

fn autocast_dtype(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::Dtype(aten::autocast_dtype(kind(vm, args)?)?))
}

fn set_autocast_dtype(vm: &dyn Vm, args: &Args) -> Result<Value> {
    match args.value(1) {
        Value::Dtype(dtype) => aten::set_autocast_dtype(kind(vm, args)?, *dtype)?,
        _ => return Err(args.wrong_type(vm, 1, "torch.dtype")),
    }
    Ok(Value::None)
}

fn nest(_vm: &dyn Vm, args: &Args) -> Result<Value> {
    aten::nest_autocast(args.row().name == "autocast_increment_nesting");
    Ok(Value::None)
}

fn caches(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    Ok(Value::Bool(aten::autocast_caches()))
}

fn set_caches(vm: &dyn Vm, args: &Args) -> Result<Value> {
    aten::set_autocast_caches(vm.truth(args.value(0))?);
    Ok(Value::None)
}

fn enter_dual(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    aten::enter_dual().map(Value::Int)
}

fn exit_dual(vm: &dyn Vm, args: &Args) -> Result<Value> {
    match args.value(0) {
        Value::Int(level) => aten::exit_dual(*level)?,
        _ => return Err(args.wrong_type(vm, 0, "int")),
    }
    Ok(Value::None)
}

fn is_forward(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    Ok(Value::Bool(aten::forward_enabled()))
}

fn set_forward(vm: &dyn Vm, args: &Args) -> Result<Value> {
    aten::set_forward_enabled(vm.truth(args.value(0))?);
    Ok(Value::None)
}

fn anomaly(_vm: &dyn Vm, args: &Args) -> Result<Value> {
    let (on, checks_nan) = aten::anomaly();
    Ok(Value::Bool(if args.row().name == "is_anomaly_enabled" { on } else { checks_nan }))
}

fn set_anomaly(vm: &dyn Vm, args: &Args) -> Result<Value> {
    aten::set_anomaly(vm.truth(args.value(0))?, args.truth_or(vm, 1, true)?);
    Ok(Value::None)
}

fn is_warn_always(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    Ok(Value::Bool(aten::warn_always()))
}

fn set_warn_always(vm: &dyn Vm, args: &Args) -> Result<Value> {
    match args.value(0) {
        Value::Bool(on) => aten::set_warn_always(*on),
        other => {
            let name = vm.type_name(other);
            return Err(Error::type_error(format!("setWarnOnlyOnce expects a bool, but got {name}")));
        }
    }
    Ok(Value::None)
}

/// The rows of this file.
pub const ROWS: &[Builtin] = &[
    Builtin::function("torch", "is_inference_mode_enabled", &[], is_inference)
        .says("whether tensors made now keep nothing for gradients, for ever"),
    Builtin::function("torch._C", "_enter_inference_mode", &[pos("_mode")], enter_inference),
    Builtin::function("torch._C", "_leave_inference_mode", &[pos("_guard")], leave_inference),
    Builtin::function("torch", "is_autocast_enabled", &[opt("device_type", "None")], is_autocast)
        .says("whether operators on a kind of device choose their dtype"),
    Builtin::function("torch", "set_autocast_enabled", &[req("device_type"), req("enabled")], set_autocast),
    Builtin::function("torch", "get_autocast_dtype", &[req("device_type")], autocast_dtype)
        .says("the dtype that they choose where they can"),
    Builtin::function("torch", "set_autocast_dtype", &[req("device_type"), req("dtype")], set_autocast_dtype),
    Builtin::function("torch", "autocast_increment_nesting", &[], nest),
    Builtin::function("torch", "autocast_decrement_nesting", &[], nest),
    Builtin::function("torch", "is_autocast_cache_enabled", &[], caches),
    Builtin::function("torch", "set_autocast_cache_enabled", &[req("enabled")], set_caches),
    Builtin::function("torch._C", "_enter_dual_level", &[], enter_dual),
    Builtin::function("torch._C", "_exit_dual_level", &[req("level")], exit_dual),
    Builtin::function("torch._C", "_is_fwd_grad_enabled", &[], is_forward),
    Builtin::function("torch._C", "_set_fwd_grad_enabled", &[req("_mode")], set_forward),
    Builtin::function("torch", "is_anomaly_enabled", &[], anomaly)
        .says("whether libtorch looks for where a wrong gradient comes from"),
    Builtin::function("torch", "is_anomaly_check_nan_enabled", &[], anomaly),
    Builtin::function(
        "torch",
        "set_anomaly_enabled",
        &[req("enabled"), opt("check_nan", "True")],
        set_anomaly,
    ),
    Builtin::function("torch", "is_warn_always_enabled", &[], is_warn_always)
        .says("whether what libtorch warns of once is said each time"),
    Builtin::function("torch", "set_warn_always", &[req("b")], set_warn_always)
        .says("has what libtorch warns of once said each time"),
];
