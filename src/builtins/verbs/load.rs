//! state_dict, load, load_state_dict, save.

use std::path::Path;

use super::Words;
use crate::builtins::checkpoint::files;
use crate::error::{Error, Result};
use crate::value::report::{gather, size};
use crate::value::{Args, Str, Value, Vm};

/// `state_dict(model)`
pub fn state_dict(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let model = args.value(0);
    if model.as_dict().is_some() {
        return Ok(model.clone());
    }
    match vm.attribute_or_none(model, &Str::intern("state_dict"))? {
        Some(method) => vm.call(&method, &[], &[]),
        None => {
            let got = vm.type_name(model);
            Err(Error::type_error(format!("state_dict wants a model or an optimizer, not {got}")))
        }
    }
}

/// `load("x.pt", cuda)`; what is given by name is `torch.load`'s.
pub fn load(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let path = args.value(0);
    let torch = vm.import("torch")?;
    let function = vm.attribute(&torch, &Str::intern("load"))?;
    let mut named = args.keywords().to_vec();
    if let Some(device) = args.some(1) {
        let device = match device.as_str() {
            Some(name) if name.as_str() == "auto" => best_device(vm, &torch)?,
            _ => device.clone(),
        };
        named.push((Str::intern("map_location"), device));
    }
    vm.call(&function, std::slice::from_ref(path), &named)
}

fn best_device(vm: &dyn Vm, torch: &Value) -> Result<Value> {
    let cuda = vm.attribute(torch, &Str::intern("cuda"))?;
    let available = vm.call_method(&cuda, "is_available", &[])?;
    Ok(Value::str(if vm.truth(&available)? { "cuda" } else { "cpu" }))
}

/// `load_state_dict m into model strict=False`
pub fn load_state_dict(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let state = words.next(args, "a state_dict")?;
    words.skip("into");
    let model = words.next(args, "a model after into")?;
    words.end(args)?;
    let Some(method) = vm.attribute_or_none(model, &Str::intern("load_state_dict"))? else {
        let message = format!("load_state_dict wants a model after into, not {}", vm.type_name(model));
        return Err(Error::type_error(message).hint("load_state_dict m into model"));
    };
    if state.as_dict().is_none() && vm.attribute_or_none(state, &Str::intern("state_dict"))?.is_some() {
        let message = format!("load_state_dict wants a state_dict before into, not {}", vm.type_name(state));
        return Err(Error::type_error(message).hint("load_state_dict state_dict(model) into other"));
    }
    vm.call(&method, std::slice::from_ref(state), args.keywords())
}

/// `save m "out.safetensors"`
pub fn save(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let mut words = Words::of(args);
    let what = words.next(args, "what to save")?;
    words.skip("to");
    let path = words.text(vm, args, "a file name in quotes")?;
    words.end(args)?;
    let value = match what {
        Value::Instance(_) if what.as_dict().is_none() => {
            Value::Dict(gather::state_dict_of(vm, what, "save")?)
        }
        other => other.clone(),
    };
    let how = files::How::of(vm, args.keywords())?;
    let saved = files::save_to(vm, &value, Path::new(path.as_str()), &how)?;
    for note in saved.notes {
        vm.notice(&note);
    }
    let what = match value.as_dict() {
        Some(dict) if gather::look(&dict) == gather::Look::StateDict => {
            let tensors = dict.entries().iter().filter(|(_, value)| value.as_tensor().is_some()).count();
            size::counted(tensors, "tensor")
        }
        _ => vm.type_name(&value).as_str().to_owned(),
    };
    vm.notice(&format!("saved {what} to {path} ({})", size::bytes(saved.nbytes)));
    Ok(Value::None)
}
