//! `torch.tensor` and the other ways from Python's values to tensors.

use std::any::Any;

use crate::values::array::Array;
use crate::values::cast::{To, to};
use crate::values::convert::{self, dtype_of, sequence, wrap};
use crate::values::data;
use crate::values::device::device_of;
use crate::values::storage::StorageObject;
use crate::values::type_names::{TensorType, legacy_dtype, legacy_name, long_name};
use torchsh_aten::{self as aten, Arg, Device, Tensor};
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_language::value::{
    Args, Builtin, Native, Param, Str, TensorObject, Value, Vm, keywords, kw, opt, pos, req, rest,
};

/// What the keyword arguments of a factory ask for.
pub struct Options {
    /// `dtype=`
    pub dtype: Option<Dtype>,
    /// `device=`, or what `torch.set_default_device` set.
    pub device: Option<Device>,
    /// `requires_grad=`
    pub requires_grad: bool,
}

impl Options {
    fn of(vm: &dyn Vm, args: &Args, dtype: usize, device: usize, requires_grad: usize) -> Result<Self> {
        let what = format!("{}(): argument 'dtype'", args.row().name);
        let dtype = args.some(dtype).map(|value| dtype_of(vm, value, &what)).transpose()?;
        let device =
            args.some(device).map(|value| device_of(vm, value)).transpose()?.or_else(aten::default_device);
        Ok(Options { dtype, device, requires_grad: args.truth_or(vm, requires_grad, false)? })
    }

    /// Moves and marks a tensor that was just made.
    ///
    /// # Errors
    /// No such device, or a dtype that takes no gradients.
    pub fn finish(&self, tensor: Tensor) -> Result<Value> {
        let tensor = match self.device {
            Some(device) if device != tensor.device() => to(&tensor, &To::device(device))?,
            _ => tensor,
        };
        if self.requires_grad {
            let dtype = tensor.dtype();
            if !dtype.is_floating_point() && !dtype.is_complex() {
                let message = "Only Tensors of floating point and complex dtype can require gradients";
                return Err(Error::runtime(message));
            }
            tensor.set_requires_grad(true)?;
        }
        Ok(wrap(tensor))
    }
}

/// A copy without history, in another dtype perhaps.
fn copy_of(tensor: &Tensor, dtype: Option<Dtype>) -> Result<Tensor> {
    let detached = convert::tensor_of("Tensor", "detach", &[Arg::Tensor(tensor.clone())], &[])?;
    match dtype {
        Some(dtype) if dtype != detached.dtype() => to(&detached, &To::dtype(dtype)),
        _ => convert::tensor_of("Tensor", "clone", &[Arg::Tensor(detached)], &[]),
    }
}

fn tensor(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let options = Options::of(vm, args, 1, 2, 3)?;
    let data = args.value(0);
    let made = match data {
        Value::Tensor(source) => {
            convert::warn_of(
                vm,
                "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or \
                 sourceTensor.detach().clone().requires_grad_(True), rather than torch.tensor(sourceTensor).",
            )?;
            copy_of(&source.tensor(), options.dtype)?
        }
        _ => match data.as_native::<Array>() {
            Some(array) => copy_of(&array.tensor(), options.dtype)?,
            None => data::tensor(vm, data, options.dtype)?,
        },
    };
    let keeps_device = data.as_tensor().is_some() && args.some(2).is_none();
    if keeps_device { Options { device: None, ..options }.finish(made) } else { options.finish(made) }
}

/// The tensor itself where it already is what is asked for.
fn as_tensor(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let options = Options::of(vm, args, 1, 2, 3)?;
    let source = match args.value(0) {
        given @ Value::Tensor(source) => {
            let device = args.some(2).and(options.device);
            let tensor = source.tensor().clone();
            if options.dtype.is_none_or(|dtype| dtype == tensor.dtype())
                && device.is_none_or(|to| to == tensor.device())
            {
                return Ok(given.clone());
            }
            return to(&tensor, &To { device, dtype: options.dtype, ..To::default() }).map(wrap);
        }
        other => match other.as_native::<Array>() {
            Some(array) => cast(array.tensor().clone(), options.dtype)?,
            None => data::tensor(vm, other, options.dtype)?,
        },
    };
    options.finish(source)
}

fn cast(tensor: Tensor, dtype: Option<Dtype>) -> Result<Tensor> {
    match dtype {
        Some(dtype) if dtype != tensor.dtype() => to(&tensor, &To::dtype(dtype)),
        _ => Ok(tensor),
    }
}

fn from_numpy(vm: &dyn Vm, args: &Args) -> Result<Value> {
    match args.value(0).as_native::<Array>() {
        Some(array) => Ok(wrap(array.tensor().clone())),
        None => Err(Error::type_error(format!("expected np.ndarray (got {})", vm.type_name(args.value(0))))),
    }
}

// ---- torch.Tensor(…), torch.FloatTensor(…) ----------------------------------------------------------------------

/// The old constructor: sizes, or data in the dtype of the class.
fn construct(vm: &dyn Vm, given: &[Value], keywords: &[(Str, Value)], dtype: Dtype) -> Result<Value> {
    if let Some((name, _)) = keywords.iter().find(|(name, _)| name.as_str() != "device") {
        return Err(data::unexpected("new", name));
    }
    if let [one] = given {
        match one {
            Value::Int(_) | Value::Bool(_) => {}
            Value::Tensor(source) => return alias(source, dtype),
            Value::Tuple(tuple) if matches!(tuple.kind, torchsh_language::value::TupleKind::Size) => {
                return empty(convert::sizes_of(vm, given)?, dtype);
            }
            Value::Str(_) | Value::Bytes(_) => {
                return Err(Error::type_error(format!("new(): invalid data type '{}'", vm.type_name(one))));
            }
            _ if one.as_native::<StorageObject>().is_some() => return on_storage(one, dtype),
            _ => match one.as_native::<Array>() {
                Some(array) => return Ok(wrap(cast(array.tensor().clone(), Some(dtype))?)),
                None if sequence(one).is_some() || matches!(one, Value::Range(_)) => {
                    return data::tensor(vm, one, Some(dtype)).map(wrap);
                }
                None => {
                    let got = vm.type_name(one);
                    return Err(Error::type_error(format!("new(): data must be a sequence (got {got})")));
                }
            },
        }
    }
    if given.is_empty() {
        return empty(vec![0], dtype);
    }
    empty(convert::sizes_of(vm, given)?, dtype)
}

/// A tensor on a storage's memory.
fn on_storage(storage: &Value, dtype: Dtype) -> Result<Value> {
    let Some(storage) = storage.as_native::<StorageObject>() else { return empty(vec![0], dtype) };
    let said = |wanted, own| {
        let (wanted, own) = (legacy_name(wanted), legacy_name(own));
        format!("{wanted} or an UntypedStorage, but got type {own} for argument 1 'storage'")
    };
    storage.as_numbers(dtype, said).map(wrap)
}

fn alias(source: &TensorObject, dtype: Dtype) -> Result<Value> {
    let tensor = source.tensor().clone();
    if tensor.dtype() != dtype && dtype != aten::default_dtype() {
        let names = (long_name(dtype), long_name(tensor.dtype()));
        let options = |name: &str| {
            format!(
                "TensorOptions(dtype={name}, device=cpu, layout=Strided, requires_grad=false (default), \
                 pinned_memory=false (default), memory_format=(nullopt))"
            )
        };
        return Err(Error::type_error(format!("expected {} (got {})", options(names.0), options(names.1))));
    }
    convert::tensor_of("Tensor", "detach", &[Arg::Tensor(tensor)], &[]).map(wrap)
}

fn empty(sizes: Vec<i64>, dtype: Dtype) -> Result<Value> {
    let sizes = Arg::Tuple(sizes.into_iter().map(Arg::Int).collect());
    convert::tensor_of("torch", "empty", &[sizes], &[("dtype", Arg::Dtype(dtype))]).map(wrap)
}

fn new_tensor_class(vm: &dyn Vm, args: &Args) -> Result<Value> {
    construct(vm, args.rest(), args.keywords(), aten::default_dtype())
}

impl Native for TensorType {
    fn type_name(&self) -> &str {
        "tensortype"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn attribute(&self, _vm: &dyn Vm, name: &Str) -> Option<Result<Value>> {
        Some(Ok(match name.as_str() {
            "dtype" => Value::Dtype(self.0),
            "__name__" | "__qualname__" => Value::str(format!("{}Tensor", legacy_name(self.0))),
            "__module__" => Value::str("torch"),
            "is_cuda" | "is_sparse" => Value::Bool(false),
            _ => return None,
        }))
    }

    fn repr(&self, _vm: &dyn Vm) -> Option<Result<String>> {
        Some(Ok(format!("<class 'torch.{}Tensor'>", legacy_name(self.0))))
    }

    fn call(&self, vm: &dyn Vm, arguments: &[Value], keywords: &[(Str, Value)]) -> Option<Result<Value>> {
        Some(construct(vm, arguments, keywords, self.0))
    }

    fn ancestors(&self) -> Option<&'static [(&'static str, &'static str)]> {
        Some(&[])
    }

    fn equal(&self, _vm: &dyn Vm, other: &Value) -> Option<Result<bool>> {
        Some(Ok(other.as_native::<TensorType>().is_some_and(|other| other.0 == self.0)))
    }
}

fn legacy(_vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::native(TensorType(legacy_dtype(args.row().name).unwrap_or_else(aten::default_dtype))))
}

fn is_of_type(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let own = args.receiver().as_native::<TensorType>().ok_or_else(|| args.wrong_receiver(vm))?;
    let on_cpu = |tensor: &Tensor| tensor.dtype() == own.0 && tensor.device().kind == aten::DeviceKind::Cpu;
    Ok(Value::Bool(args.value(0).as_tensor().is_some_and(|object| on_cpu(&object.tensor()))))
}

// ---- parameters -------------------------------------------------------------------------------------------------

fn parameter(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let requires_grad = args.truth_or(vm, 1, true)?;
    let data = match args.some(0) {
        None => convert::tensor_of("torch", "empty", &[Arg::Int(0)], &[])?,
        Some(Value::Tensor(data)) => data.tensor().clone(),
        Some(other) => {
            let name = vm.type_name(other);
            let message =
                format!("_make_subclass(): argument 'data' (position 2) must be Tensor, not {name}");
            return Err(Error::type_error(message));
        }
    };
    new_parameter(&data, requires_grad)
}

/// A parameter that shares a tensor's storage.
///
/// # Errors
/// A dtype that takes no gradients.
pub fn new_parameter(data: &Tensor, requires_grad: bool) -> Result<Value> {
    let detached = convert::tensor_of("Tensor", "detach", &[Arg::Tensor(data.clone())], &[])?;
    let dtype = detached.dtype();
    if requires_grad && !dtype.is_floating_point() && !dtype.is_complex() {
        let message = "Only Tensors of floating point and complex dtype can require gradients";
        return Err(Error::runtime(message));
    }
    detached.set_requires_grad(requires_grad)?;
    Ok(Value::Tensor(TensorObject::parameter(detached)))
}

const TENSOR_PARAMS: &[Param] = &[
    req("data"),
    kw("dtype", "None"),
    kw("device", "None"),
    kw("requires_grad", "False"),
    kw("pin_memory", "False"),
];
const AS_TENSOR_PARAMS: &[Param] =
    &[req("data"), opt("dtype", "None"), opt("device", "None"), kw("requires_grad", "False")];
const ASARRAY_PARAMS: &[Param] = &[
    req("obj"),
    kw("dtype", "None"),
    kw("device", "None"),
    kw("requires_grad", "False"),
    kw("copy", "None"),
];
const ANY: &[Param] = &[rest("sizes"), keywords("options")];

macro_rules! legacy_rows {
    ($($name:literal)*) => {
        /// The rows of the classes by dtype.
        pub const LEGACY: &[Builtin] = &[$(Builtin::constant("torch", $name, legacy)),*];
    };
}

legacy_rows! {
    "FloatTensor" "DoubleTensor" "HalfTensor" "BFloat16Tensor" "ByteTensor" "CharTensor" "ShortTensor" "IntTensor"
    "LongTensor" "BoolTensor"
}

/// The rows of this file.
pub const ROWS: &[Builtin] = &[
    Builtin::function("torch", "tensor", TENSOR_PARAMS, tensor)
        .says("a new tensor with a copy of the data")
        .examples(&[("torch.tensor([[1, 2], [3, 4]])", "tensor([[1, 2],\n        [3, 4]])")]),
    Builtin::function("torch", "as_tensor", AS_TENSOR_PARAMS, as_tensor)
        .says("a tensor that shares the data if it can"),
    Builtin::function("torch", "asarray", ASARRAY_PARAMS, as_tensor)
        .says("a tensor that shares the data if it can"),
    Builtin::function("torch", "from_numpy", &[req("_ndarray")], from_numpy)
        .says("a tensor on an array's memory"),
    Builtin::method("tensortype", "__instancecheck__", &[pos("_value")], is_of_type),
    Builtin::constructor("Tensor", ANY, new_tensor_class),
    Builtin::constructor("Parameter", &[opt("data", "None"), opt("requires_grad", "True")], parameter),
];
