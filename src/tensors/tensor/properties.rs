//! Attributes of tensors.

use std::cell::Ref;

use crate::values::convert::{invoke, warn_once, wrap};
use crate::values::objects::{Layout, QuantizationScheme};
use crate::values::type_names::{legacy_name, long_name};
use torchsh_aten::{self as aten, DeviceKind, Tensor};
use torchsh_base::error::{Error, Result};
use torchsh_language::value::{Args, Builtin, Str, TensorObject, Value, Vm, pos};

fn receiver<'a>(vm: &dyn Vm, args: &'a Args) -> Result<Ref<'a, Tensor>> {
    Ok(args.receiver_tensor(vm)?.tensor())
}

fn of(vm: &dyn Vm, args: &Args, operator: &str, more: &[Value]) -> Result<Value> {
    let mut all = vec![args.receiver().clone()];
    all.extend_from_slice(more);
    invoke(vm, "Tensor", operator, &all, &[])
}

fn shape(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(args.receiver_tensor(vm)?.shape())
}

fn dtype(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::Dtype(receiver(vm, args)?.dtype()))
}

fn device(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::Device(receiver(vm, args)?.device()))
}

fn layout(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::native(Layout(receiver(vm, args)?.layout())))
}

fn quantization_scheme(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let number = invoke(vm, "Tensor", "qscheme", std::slice::from_ref(args.receiver()), &[])?;
    let scheme = number.as_int().and_then(QuantizationScheme::from_number);
    Ok(scheme.map_or(number, Value::native))
}

fn ndim(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::from(receiver(vm, args)?.dim()))
}

fn itemsize(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::from(receiver(vm, args)?.dtype().itemsize()))
}

fn nbytes(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let tensor = receiver(vm, args)?;
    Ok(Value::Int(tensor.numel().saturating_mul(tensor.dtype().itemsize() as i64)))
}

fn is_leaf(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::Bool(receiver(vm, args)?.is_leaf()))
}

fn requires_grad(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::Bool(receiver(vm, args)?.requires_grad()))
}

fn on_device(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let kind = receiver(vm, args)?.device().kind;
    Ok(Value::Bool(match args.row().name {
        "is_cuda" => kind == DeviceKind::Cuda,
        "is_cpu" => kind == DeviceKind::Cpu,
        "is_meta" => kind == DeviceKind::Meta,
        _ => false,
    }))
}

fn is_layout(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let layout = receiver(vm, args)?.layout();
    Ok(Value::Bool(match args.row().name {
        "is_sparse" => layout == aten::Layout::SPARSE,
        "is_sparse_csr" => layout == aten::Layout::SPARSE_CSR,
        "is_mkldnn" => layout.name() == "_mkldnn",
        _ => false,
    }))
}

fn is_quantized(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::Bool(receiver(vm, args)?.dtype().is_quantized()))
}

fn version(vm: &dyn Vm, args: &Args) -> Result<Value> {
    receiver(vm, args)?.version().map(Value::Int)
}

// ---- views ------------------------------------------------------------------------------------------------------

fn matrix(vm: &dyn Vm, args: &Args) -> Result<()> {
    let (name, count) = (args.row().name, receiver(vm, args)?.sizes().len());
    let (fits, what) = match name {
        "H" => (count == 2 || count == 0, "matrices (2-D tensors)"),
        _ => (count >= 2 || count == 0, "matrices or batches of matrices"),
    };
    if fits {
        return Ok(());
    }
    Err(Error::runtime(format!("tensor.{name} is only supported on {what}. Got {count}-D tensor.")))
}

fn transposed(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let count = receiver(vm, args)?.sizes().len() as i64;
    if count != 2 {
        warn_once(
            vm,
            "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it will throw an \
             error in a future release. Consider `x.mT` to transpose batches of matrices or `x.permute(*torch.arange(x.ndim \
             - 1, -1, -1))` to reverse the dimensions of a tensor.",
        )?;
    }
    of(vm, args, "permute", &[Value::tuple((0..count).rev().map(Value::Int).collect())])
}

fn matrix_transposed(vm: &dyn Vm, args: &Args) -> Result<Value> {
    matrix(vm, args)?;
    if receiver(vm, args)?.sizes().is_empty() {
        return Ok(args.receiver().clone());
    }
    of(vm, args, "transpose", &[Value::Int(-2), Value::Int(-1)])
}

fn adjoint(vm: &dyn Vm, args: &Args) -> Result<Value> {
    matrix(vm, args)?;
    if receiver(vm, args)?.sizes().is_empty() {
        return of(vm, args, "conj", &[]);
    }
    let transposed = of(vm, args, "transpose", &[Value::Int(-2), Value::Int(-1)])?;
    if receiver(vm, args)?.dtype().is_complex() {
        invoke(vm, "Tensor", "conj", &[transposed], &[])
    } else {
        Ok(transposed)
    }
}

fn real(vm: &dyn Vm, args: &Args) -> Result<Value> {
    if !receiver(vm, args)?.dtype().is_complex() {
        return Ok(args.receiver().clone());
    }
    invoke(vm, "torch", "real", &[args.receiver().clone()], &[])
}

fn imag(vm: &dyn Vm, args: &Args) -> Result<Value> {
    if !receiver(vm, args)?.dtype().is_complex() {
        return Err(Error::runtime("imag is not implemented for tensors with non-complex dtypes."));
    }
    invoke(vm, "torch", "imag", &[args.receiver().clone()], &[])
}

/// `tensor.real = …`, `tensor.imag = …`: into the part that the view shows.
fn set_part(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let part = if args.row().name == "__set_real__" { real(vm, args)? } else { imag(vm, args)? };
    let Value::Tensor(part) = part else { return Ok(Value::None) };
    let new = wrap(super::index::new_value(vm, &part.tensor(), args.value(0))?);
    invoke(vm, "Tensor", "copy_", &[Value::Tensor(part), new], &[]).map(|_| Value::None)
}

/// `torch.utils.swap_tensors(t1, t2)`: each object is the other's tensor from now on.
fn swap(vm: &dyn Vm, args: &Args) -> Result<Value> {
    args.tensor(vm, 0)?.swap(args.tensor(vm, 1)?);
    Ok(Value::None)
}

fn is_view(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::Bool(receiver(vm, args)?.base().is_some()))
}

fn names(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let count = receiver(vm, args)?.sizes().len();
    Ok(Value::tuple(vec![Value::None; count]))
}

// ---- gradients --------------------------------------------------------------------------------------------------

fn grad(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let object = args.receiver_tensor(vm)?;
    let Some(grad) = object.tensor().grad() else { return Ok(Value::None) };
    // The same object as last time, as long as it is the same gradient.
    let key = Str::intern("__grad__");
    if let Some(known @ Value::Tensor(_)) = object.attributes.get().and_then(|own| own.get_str(&key))
        && known.as_tensor().is_some_and(|known| known.tensor().is_same(&grad))
    {
        return Ok(known);
    }
    let value = wrap(grad);
    object.attributes().set_str(key, value.clone());
    Ok(value)
}

fn set_grad(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let tensor = receiver(vm, args)?;
    let new = args.value(0);
    match new {
        Value::None => tensor.set_grad(None)?,
        Value::Tensor(grad) => {
            check_grad(&tensor, grad)?;
            tensor.set_grad(Some(&grad.tensor()))?;
        }
        other => {
            let name = vm.type_name(other);
            return Err(Error::type_error(format!(
                "assigned grad expected to be a Tensor or None but got grad of type {name}"
            )));
        }
    }
    Ok(Value::None)
}

/// `del tensor.grad`: as setting it to None.
fn delete_grad(vm: &dyn Vm, args: &Args) -> Result<Value> {
    receiver(vm, args)?.set_grad(None)?;
    Ok(Value::None)
}

fn check_grad(tensor: &Tensor, grad: &TensorObject) -> Result<()> {
    let grad = grad.tensor();
    if grad.is_same(tensor) {
        return Err(Error::runtime("can't assign Variable as its own grad"));
    }
    if grad.sizes() != tensor.sizes() {
        let (new, own) = (grad.sizes(), tensor.sizes());
        return Err(Error::runtime(format!(
            "attempting to assign a gradient of size '{new:?}' to a tensor of size '{own:?}'. Please ensure that the \
             gradient and the tensor are the same size"
        )));
    }
    if grad.dtype() != tensor.dtype() {
        let message = format!(
            "attempting to assign a gradient with dtype '{}' to a tensor with grad_dtype '{}'. The gradient must match the \
             tensor's grad_dtype (defaults to the tensor's dtype). You can set the tensor's grad_dtype attribute with a \
             specific dtype, or None to allow any dtype. Set grad_dtype with caution. Diverging the dtypes of a tensor and \
             its gradient may break downstream systems that assume they match.",
            long_name(grad.dtype()),
            legacy_name(tensor.dtype())
        );
        return Err(Error::runtime(message));
    }
    Ok(())
}

fn set_requires_grad(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let wanted = match args.value(0) {
        Value::Bool(wanted) => *wanted,
        _ => return Err(Error::runtime("requires_grad must be a bool")),
    };
    mark(&*receiver(vm, args)?, wanted)?;
    Ok(Value::None)
}

/// Sets `requires_grad` where that is allowed.
///
/// # Errors
/// No leaf, or a dtype that takes no gradients.
pub fn mark(tensor: &Tensor, wanted: bool) -> Result<()> {
    let dtype = tensor.dtype();
    if !tensor.is_leaf() && !wanted {
        let message = "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a \
                       subgraph that doesn't require differentiation use var_no_grad = var.detach().";
        return Err(Error::runtime(message));
    }
    if wanted && !dtype.is_floating_point() && !dtype.is_complex() {
        let message = "only Tensors of floating point and complex dtype can require gradients";
        return Err(Error::runtime(message));
    }
    if tensor.is_leaf() { tensor.set_requires_grad(wanted) } else { Ok(()) }
}

fn data(vm: &dyn Vm, args: &Args) -> Result<Value> {
    receiver(vm, args)?.data().map(wrap)
}

fn set_data(vm: &dyn Vm, args: &Args) -> Result<Value> {
    match args.value(0) {
        Value::Tensor(new) => receiver(vm, args)?.set_data(&new.tensor())?,
        other => {
            let name = vm.type_name(other);
            return Err(Error::type_error(format!("Variable data has to be a tensor, but got {name}")));
        }
    }
    Ok(Value::None)
}

fn base(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let base = receiver(vm, args)?.base().map(TensorObject::known);
    Ok(base.map_or(Value::None, Value::Tensor))
}

fn retains_grad(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::Bool(receiver(vm, args)?.retains_grad()))
}

fn none(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    Ok(Value::None)
}

/// The rows of this file.
pub const ROWS: &[Builtin] = &[
    Builtin::property("Tensor", "shape", shape).says("the sizes of its dimensions"),
    Builtin::property("Tensor", "dtype", dtype).says("the type of its numbers"),
    Builtin::property("Tensor", "device", device).says("where it lies"),
    Builtin::property("Tensor", "layout", layout).says("how it is stored"),
    Builtin::method("Tensor", "qscheme", &[], quantization_scheme).says("how it is quantized"),
    Builtin::property("Tensor", "ndim", ndim).says("the number of its dimensions"),
    Builtin::property("Tensor", "itemsize", itemsize).says("bytes of one element"),
    Builtin::property("Tensor", "nbytes", nbytes).says("bytes of all elements"),
    Builtin::property("Tensor", "is_leaf", is_leaf).says("whether no operator with a gradient made it"),
    Builtin::property("Tensor", "requires_grad", requires_grad).says("whether gradients are computed for it"),
    Builtin::property("Tensor", "is_cuda", on_device),
    Builtin::property("Tensor", "is_cpu", on_device),
    Builtin::property("Tensor", "is_meta", on_device),
    Builtin::property("Tensor", "is_mps", on_device),
    Builtin::property("Tensor", "is_xla", on_device),
    Builtin::property("Tensor", "is_xpu", on_device),
    Builtin::property("Tensor", "is_nested", on_device),
    Builtin::property("Tensor", "is_sparse", is_layout),
    Builtin::property("Tensor", "is_sparse_csr", is_layout),
    Builtin::property("Tensor", "is_mkldnn", is_layout),
    Builtin::property("Tensor", "is_quantized", is_quantized),
    Builtin::property("Tensor", "_version", version),
    Builtin::property("Tensor", "T", transposed).says("with its dimensions reversed"),
    Builtin::property("Tensor", "mT", matrix_transposed).says("with its last two dimensions exchanged"),
    Builtin::property("Tensor", "H", adjoint).says("the conjugate transpose of a matrix"),
    Builtin::property("Tensor", "mH", adjoint).says("the conjugate transpose of matrices"),
    Builtin::property("Tensor", "real", real).says("the real part, as a view"),
    Builtin::property("Tensor", "imag", imag).says("the imaginary part, as a view"),
    Builtin::method("Tensor", "__set_real__", &[pos("_value")], set_part),
    Builtin::method("Tensor", "__set_imag__", &[pos("_value")], set_part),
    Builtin::method("Tensor", "_is_view", &[], is_view).says("whether it shows a part of another tensor"),
    Builtin::function("torch.utils", "swap_tensors", &[pos("t1"), pos("t2")], swap)
        .says("exchanges what two tensor objects are"),
    Builtin::property("Tensor", "names", names),
    Builtin::property("Tensor", "name", none),
    Builtin::property("Tensor", "grad_fn", super::grad_fn::grad_fn).says("what made it, for gradients"),
    Builtin::property("Tensor", "grad", grad).says("its gradient, once there is one"),
    Builtin::method("Tensor", "__set_grad__", &[pos("_value")], set_grad),
    Builtin::property("Tensor", "_grad", grad),
    Builtin::method("Tensor", "__set__grad__", &[pos("_value")], set_grad),
    Builtin::method("Tensor", "__delete_grad__", &[], delete_grad),
    Builtin::method("Tensor", "__set_requires_grad__", &[pos("_value")], set_requires_grad),
    Builtin::property("Tensor", "data", data).says("the same numbers, without history"),
    Builtin::method("Tensor", "__set_data__", &[pos("_value")], set_data),
    Builtin::property("Tensor", "_base", base),
    Builtin::property("Tensor", "retains_grad", retains_grad),
    Builtin::property("Tensor", "_backward_hooks", none),
    Builtin::property("Tensor", "output_nr", super::grad_fn::output_nr),
];
