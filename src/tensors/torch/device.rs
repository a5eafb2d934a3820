//! `torch.device`, and what there is to know of devices.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::values::device::device_of;
use torchsh_aten::{self as aten, Device};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_language::value::{Args, Builtin, Value, Vm, opt, req};

fn construct(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut device = device_of(vm, args.value(0))?;
    if let Some(index) = args.some(1) {
        if device.index.is_some() {
            let text = vm.text(args.value(0))?;
            let message = format!(
                "type (string) must not include an index because index was passed explicitly: {text}"
            );
            return Err(Error::runtime(message));
        }
        let index = torchsh_language::value::number::index(vm, index)?;
        device.index = match u8::try_from(index) {
            Ok(index) => Some(index),
            Err(_) => return Err(Error::runtime("Device index must not be negative")),
        };
    }
    Ok(Value::Device(device))
}

fn receiver(vm: &dyn Vm, args: &Args) -> Result<Device> {
    match args.receiver() {
        Value::Device(device) => Ok(*device),
        _ => Err(args.wrong_receiver(vm)),
    }
}

fn kind(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::str(receiver(vm, args)?.kind.name()))
}

fn index(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(receiver(vm, args)?.index.map_or(Value::None, |index| Value::Int(i64::from(index))))
}

fn repr(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let device = receiver(vm, args)?;
    let kind = device.kind.name();
    Ok(Value::str(match device.index {
        Some(index) => format!("device(type='{kind}', index={index})"),
        None => format!("device(type='{kind}')"),
    }))
}

fn text(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::str(receiver(vm, args)?.to_string()))
}

thread_local! {
    /// The default devices that `with torch.device(…)` put aside.
    static OUTER: std::cell::RefCell<Vec<Option<Device>>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// `with torch.device("cuda"):` new tensors lie there.
fn enter(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let device = receiver(vm, args)?;
    OUTER.with_borrow_mut(|outer| outer.push(aten::default_device()));
    aten::set_default_device(Some(device));
    Ok(args.receiver().clone())
}

fn exit(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    if let Some(before) = OUTER.with_borrow_mut(Vec::pop) {
        aten::set_default_device(before);
    }
    Ok(Value::Bool(false))
}

// ---- torch.cuda and torch.backends ------------------------------------------------------------------------------

fn device_is_available(vm: &dyn Vm, args: &Args) -> Result<Value> {
    // Once is enough for a loop.
    static SAID: AtomicBool = AtomicBool::new(false);
    if !SAID.swap(true, Ordering::Relaxed) {
        vm.notice("note: PyTorch has no torch.device.is_available(); torch.cuda.is_available() is meant");
    }
    cuda_is_available(vm, args)
}

fn cuda_is_available(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    Ok(Value::Bool(aten::cuda_device_count() > 0))
}

fn cuda_device_count(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    Ok(Value::Int(aten::cuda_device_count()))
}

fn cuda_current_device(vm: &dyn Vm, args: &Args) -> Result<Value> {
    need_cuda(vm, args)?;
    Ok(Value::Int(0))
}

fn need_cuda(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    if aten::cuda_device_count() > 0 {
        return Ok(Value::None);
    }
    Err(Error::new(Kind::Runtime, "No CUDA GPUs are available"))
}

fn nothing(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    Ok(Value::None)
}

/// No memory of a GPU is counted here.
fn zero(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    Ok(Value::Int(0))
}

fn no(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    Ok(Value::Bool(false))
}

fn yes(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    Ok(Value::Bool(true))
}

fn set_default_device(vm: &dyn Vm, args: &Args) -> Result<Value> {
    aten::set_default_device(args.some(0).map(|device| device_of(vm, device)).transpose()?);
    Ok(Value::None)
}

fn get_default_device(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    Ok(Value::Device(aten::default_device().unwrap_or(Device::CPU)))
}

/// The rows of this file.
pub const ROWS: &[Builtin] = &[
    Builtin::constructor("device", &[req("type"), opt("index", "None")], construct).says("where tensors lie"),
    Builtin::on_type("device", "is_available", &[], device_is_available)
        .says("what torch.cuda.is_available() says; articles write it so, PyTorch has no such name"),
    Builtin::property("device", "type", kind),
    Builtin::property("device", "index", index),
    Builtin::method("device", "__repr__", &[], repr),
    Builtin::method("device", "__str__", &[], text),
    Builtin::method("device", "__enter__", &[], enter),
    Builtin::method(
        "device",
        "__exit__",
        &[opt("_type", "None"), opt("_value", "None"), opt("_traceback", "None")],
        exit,
    ),
    Builtin::function("torch", "set_default_device", &[req("device")], set_default_device),
    Builtin::function("torch", "get_default_device", &[], get_default_device),
    Builtin::function("torch.cuda", "is_available", &[], cuda_is_available)
        .says("whether there is a GPU that can be used"),
    Builtin::function("torch.cuda", "device_count", &[], cuda_device_count).says("how many GPUs there are"),
    Builtin::function("torch.cuda", "current_device", &[], cuda_current_device),
    Builtin::function("torch.cuda", "synchronize", &[opt("device", "None")], need_cuda),
    Builtin::function("torch.cuda", "empty_cache", &[], nothing),
    Builtin::function("torch.cuda", "memory_allocated", &[opt("device", "None")], zero),
    Builtin::function("torch.cuda", "max_memory_allocated", &[opt("device", "None")], zero),
    Builtin::function("torch.cuda", "memory_reserved", &[opt("device", "None")], zero),
    Builtin::function("torch.cuda", "max_memory_reserved", &[opt("device", "None")], zero),
    Builtin::function("torch.cuda", "reset_peak_memory_stats", &[opt("device", "None")], nothing),
    Builtin::function("torch.cuda", "set_device", &[req("device")], need_cuda),
    Builtin::function("torch.cuda", "get_device_name", &[opt("device", "None")], need_cuda),
    Builtin::function("torch.cuda", "get_device_properties", &[opt("device", "None")], need_cuda),
    Builtin::function("torch.cuda", "get_device_capability", &[opt("device", "None")], need_cuda),
    Builtin::function("torch.cuda", "mem_get_info", &[opt("device", "None")], need_cuda),
    Builtin::function("torch.backends.mkl", "is_available", &[], yes),
    Builtin::function("torch.backends.openmp", "is_available", &[], yes),
    Builtin::function("torch.cuda", "is_initialized", &[], cuda_is_available),
    Builtin::function("torch.cuda", "is_bf16_supported", &[], cuda_is_available),
    Builtin::function("torch.backends.cuda", "is_built", &[], cuda_is_available),
    Builtin::function("torch.backends.cudnn", "is_available", &[], cuda_is_available),
    Builtin::function("torch.backends.mps", "is_available", &[], no),
    Builtin::function("torch.backends.mps", "is_built", &[], no),
    Builtin::function("torch.backends.mkldnn", "is_available", &[], yes),
    Builtin::function("torch.mps", "is_available", &[], no),
    Builtin::function("torch.xpu", "is_available", &[], no),
];
