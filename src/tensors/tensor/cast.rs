//! Other dtypes and devices: `to`, `half`, `cuda`, `type` …

use crate::values::cast::{To, to};
use crate::values::convert::{self, to_arg};
use crate::values::device::device_of;
use crate::values::objects::MemoryFormat as FormatObject;
use crate::values::type_names::{TensorType, legacy_name};
use torchsh_aten::{Arg, Device, DeviceKind, MemoryFormat, Tensor};
use torchsh_base::error::{Error, Result};
use torchsh_base::nearest;
use torchsh_checkpoint::dtype::Dtype;
use torchsh_language::value::{Args, Builtin, Param, TensorObject, Value, Vm, keywords, kw, opt, rest};

/// The result as a value: the receiver itself where nothing changed.
fn result(receiver: &Value, object: &TensorObject, new: Tensor) -> Value {
    if new.is_same(&object.tensor()) { receiver.clone() } else { convert::wrap(new) }
}

/// The arguments of `to`, in all their forms.
fn wanted(vm: &dyn Vm, args: &Args) -> Result<To> {
    let mut wanted = To::default();
    let mut flags = 0;
    for value in args.rest() {
        match to_arg(vm, value)? {
            Arg::None => {}
            Arg::Dtype(dtype) => wanted.dtype = Some(dtype),
            Arg::Device(_) | Arg::Str(_) | Arg::Int(_) => wanted.device = Some(device_of(vm, value)?),
            Arg::Tensor(other) => like(&mut wanted, &other),
            // First non_blocking, then copy.
            Arg::Bool(flag) => {
                flags += 1;
                wanted.copy = flags > 1 && flag;
            }
            _ => return Err(wrong_combination(vm, args)),
        }
    }
    for (name, value) in args.keywords() {
        match (name.as_str(), to_arg(vm, value)?) {
            ("dtype" | "device" | "memory_format", Arg::None) => {}
            ("dtype", Arg::Dtype(dtype)) => wanted.dtype = Some(dtype),
            ("device", Arg::Device(_) | Arg::Str(_) | Arg::Int(_)) => {
                wanted.device = Some(device_of(vm, value)?)
            }
            ("other" | "tensor", Arg::Tensor(other)) => like(&mut wanted, &other),
            ("copy", _) => wanted.copy = vm.truth(value)?,
            ("non_blocking", Arg::Bool(_)) => {}
            ("memory_format", Arg::MemoryFormat(format)) => wanted.memory_format = Some(format),
            _ => return Err(wrong_combination(vm, args)),
        }
    }
    Ok(wanted)
}

fn like(wanted: &mut To, other: &Tensor) {
    wanted.dtype = Some(other.dtype());
    wanted.device = Some(other.device());
}

fn wrong_combination(vm: &dyn Vm, args: &Args) -> Error {
    let mut given: Vec<String> = args.rest().iter().map(|value| vm.type_name(value).to_string()).collect();
    given.extend(args.keywords().iter().map(|(name, value)| format!("{name}={}", vm.type_name(value))));
    let error = Error::type_error(format!(
        "to() received an invalid combination of arguments - got ({}), but expected one of:\n \
         * (torch.device device = None, torch.dtype dtype = None, bool non_blocking = False, bool copy = False, *, \
         torch.memory_format memory_format = None)\n \
         * (torch.dtype dtype, bool non_blocking = False, bool copy = False, *, torch.memory_format memory_format = None)\n \
         * (Tensor tensor, bool non_blocking = False, bool copy = False, *, torch.memory_format memory_format = None)\n",
        given.join(", ")
    ));
    let known = ["device", "dtype", "tensor", "non_blocking", "copy", "memory_format"];
    let mut unknown = args.keywords().iter().filter(|(name, _)| !known.contains(&name.as_str()));
    match unknown.find_map(|(name, _)| nearest(name, &known)) {
        Some(name) => error.hint(format!("did you mean {name}=?")),
        None => error,
    }
}

fn to_method(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let object = args.receiver_tensor(vm)?;
    let new = to(&object.tensor(), &wanted(vm, args)?)?;
    Ok(result(args.receiver(), object, new))
}

fn format_of(args: &Args, index: usize) -> Option<MemoryFormat> {
    args.some(index).and_then(|value| value.as_native::<FormatObject>()).map(|format| format.0)
}

/// `half`, `long` …: the name is the dtype's.
fn named(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let object = args.receiver_tensor(vm)?;
    let dtype = Dtype::from_name(args.row().name).ok_or_else(|| args.wrong_receiver(vm))?;
    let wanted = To { dtype: Some(dtype), memory_format: format_of(args, 0), ..To::default() };
    let new = to(&object.tensor(), &wanted)?;
    Ok(result(args.receiver(), object, new))
}

fn cpu(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let object = args.receiver_tensor(vm)?;
    let wanted = To { device: Some(Device::CPU), memory_format: format_of(args, 0), ..To::default() };
    let new = to(&object.tensor(), &wanted)?;
    Ok(result(args.receiver(), object, new))
}

fn cuda(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let object = args.receiver_tensor(vm)?;
    let device = match args.some(0) {
        Some(device) => device_of(vm, device)?,
        None => Device { kind: DeviceKind::Cuda, index: None },
    };
    if device.kind != DeviceKind::Cuda {
        return Err(Error::runtime("Invalid device, must be cuda device"));
    }
    let wanted = To { device: Some(device), memory_format: format_of(args, 2), ..To::default() };
    let new = to(&object.tensor(), &wanted)?;
    Ok(result(args.receiver(), object, new))
}

// ---- type -------------------------------------------------------------------------------------------------------

/// `torch.FloatTensor`, `torch.cuda.HalfTensor`: a dtype and a kind of device in one name.
fn type_name(tensor: &Tensor) -> String {
    let place = match tensor.device().kind {
        DeviceKind::Cuda => "cuda.",
        _ => "",
    };
    format!("torch.{place}{}Tensor", legacy_name(tensor.dtype()))
}

fn parse_type(text: &str) -> Result<To> {
    let invalid = || Error::value(format!("invalid type: '{text}'"));
    let rest = text.strip_prefix("torch.").ok_or_else(invalid)?;
    let (kind, class) = match rest.strip_prefix("cuda.") {
        Some(class) => (DeviceKind::Cuda, class),
        None => (DeviceKind::Cpu, rest),
    };
    let name = class.strip_suffix("Tensor").ok_or_else(invalid)?;
    let dtype =
        Dtype::all().find(|dtype| !name.is_empty() && legacy_name(*dtype) == name).ok_or_else(invalid)?;
    Ok(To { device: Some(Device { kind, index: None }), dtype: Some(dtype), ..To::default() })
}

fn type_of(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let object = args.receiver_tensor(vm)?;
    let wanted = match args.some(0) {
        None => return Ok(Value::str(type_name(&object.tensor()))),
        Some(value) => match (to_arg(vm, value)?, value) {
            (Arg::Dtype(dtype), _) => To::dtype(dtype),
            (Arg::Str(text), _) => parse_type(&text)?,
            (_, given) if given.as_native::<TensorType>().is_some() => To {
                dtype: given.as_native::<TensorType>().map(|class| class.0),
                device: Some(Device::CPU),
                ..To::default()
            },
            _ => return Err(Error::type_error("dtype must be a type, str, or dtype object")),
        },
    };
    let new = to(&object.tensor(), &wanted)?;
    Ok(result(args.receiver(), object, new))
}

fn type_as(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let object = args.receiver_tensor(vm)?;
    let mut wanted = To::default();
    like(&mut wanted, &args.tensor(vm, 0)?.tensor());
    let new = to(&object.tensor(), &wanted)?;
    Ok(result(args.receiver(), object, new))
}

const FORMAT: &[Param] = &[kw("memory_format", "torch.preserve_format")];

macro_rules! rows {
    ($($name:literal)*) => {
        /// The rows of this file.
        pub const ROWS: &[Builtin] = &[
            Builtin::method("Tensor", "to", &[rest("arguments"), keywords("options")], to_method)
                .says("the same tensor in another dtype or on another device"),
            Builtin::method("Tensor", "cpu", FORMAT, cpu).says("the same tensor on the CPU"),
            Builtin::method(
                "Tensor",
                "cuda",
                &[opt("device", "None"), opt("non_blocking", "False"), kw("memory_format", "torch.preserve_format")],
                cuda,
            )
            .says("the same tensor on a GPU"),
            Builtin::method("Tensor", "type", &[opt("dtype", "None"), opt("non_blocking", "False")], type_of)
                .says("the name of its type, or the tensor in another type"),
            Builtin::method("Tensor", "type_as", &[torchsh_language::value::req("other")], type_as).says("in the type of another tensor"),
            $(Builtin::method("Tensor", $name, FORMAT, named).says("the same tensor in that dtype")),*
        ];
    };
}

rows! {
    "half" "float" "double" "bfloat16" "bool" "short" "int" "long" "cfloat" "cdouble" "chalf"
}

/// `byte` and `char` are names of dtypes only here.
fn bytes(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let object = args.receiver_tensor(vm)?;
    let dtype = if args.row().name == "byte" { Dtype::UINT8 } else { Dtype::INT8 };
    let new = to(&object.tensor(), &To::dtype(dtype))?;
    Ok(result(args.receiver(), object, new))
}

/// The rows whose dtype has another name.
pub const BYTES: &[Builtin] =
    &[Builtin::method("Tensor", "byte", FORMAT, bytes), Builtin::method("Tensor", "char", FORMAT, bytes)];
