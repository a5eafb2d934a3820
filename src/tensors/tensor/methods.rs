//! Methods of tensors that are no operators of ATen, or that Python's torch dresses up.

use std::rc::Rc;

use crate::values::array::Array;
use crate::values::convert::{self, ONE, invoke, tensor_of, wrap};
use crate::values::data;
use crate::values::storage::StorageObject;
use torchsh_aten::{self as aten, Arg, Tensor};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_language::value::{
    Args, Builtin, Class, Core, Dict, Param, Str, TensorObject, Value, Vm, is_plain, keywords, kw, number,
    opt, pos, req, rest,
};

fn receiver(vm: &dyn Vm, args: &Args) -> Result<Tensor> {
    Ok(args.receiver_tensor(vm)?.tensor().clone())
}

/// The place of a dimension that may count from the end.
fn dimension(vm: &dyn Vm, value: &Value, count: usize) -> Result<usize> {
    let dim = torchsh_language::value::number::index(vm, value)?;
    // A tensor without dimensions takes 0 and -1.
    let count = (count as i64).max(1);
    if dim < -count || dim >= count {
        let message = format!(
            "Dimension out of range (expected to be in range of [{}, {}], but got {dim})",
            -count,
            count - 1
        );
        return Err(Error::new(Kind::Index, message));
    }
    Ok(usize::try_from(if dim < 0 { dim + count } else { dim }).unwrap_or(0))
}

fn size(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let sizes = receiver(vm, args)?.sizes();
    match args.some(0) {
        None => Ok(Value::size(&sizes)),
        Some(Value::Str(name)) => {
            Err(Error::runtime(format!("Name '{name}' not found in Tensor{}.", no_names(&sizes))))
        }
        Some(dim) if sizes.is_empty() => {
            let dim = dimension(vm, dim, 0)? as i64;
            let message = format!("Dimension specified as {dim} but tensor has no dimensions");
            Err(Error::new(Kind::Index, message))
        }
        Some(dim) => Ok(sizes.get(dimension(vm, dim, sizes.len())?).copied().map_or(Value::None, Value::Int)),
    }
}

fn no_names(sizes: &[i64]) -> String {
    format!("[{}]", vec!["None"; sizes.len()].join(", "))
}

fn stride(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let strides = receiver(vm, args)?.strides();
    match args.some(0) {
        None => Ok(Value::tuple(strides.into_iter().map(Value::Int).collect())),
        Some(dim) => {
            Ok(strides.get(dimension(vm, dim, strides.len())?).copied().map_or(Value::None, Value::Int))
        }
    }
}

fn dim(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::from(receiver(vm, args)?.dim()))
}

fn numel(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::Int(receiver(vm, args)?.numel()))
}

fn element_size(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::from(receiver(vm, args)?.dtype().itemsize()))
}

fn storage_offset(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::Int(receiver(vm, args)?.storage_offset()))
}

fn data_ptr(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::from(receiver(vm, args)?.data_ptr()))
}

fn get_device(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let device = receiver(vm, args)?.device();
    Ok(Value::Int(match device.kind {
        aten::DeviceKind::Cuda => device.index.map_or(0, i64::from),
        _ => -1,
    }))
}

fn is_contiguous(vm: &dyn Vm, args: &Args) -> Result<Value> {
    use crate::values::objects::MemoryFormat;
    let format = args.some(0).and_then(|format| format.as_native::<MemoryFormat>());
    let format = format.map_or(aten::MemoryFormat::CONTIGUOUS, |format| format.0);
    Ok(Value::Bool(receiver(vm, args)?.is_contiguous(format)))
}

/// The receiver itself where it already is in order.
fn contiguous(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let keywords = args.some(0).map(|format| (Str::intern("memory_format"), format.clone()));
    invoke(vm, "Tensor", "contiguous", &[args.receiver().clone()], keywords.as_slice())
}

fn item(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let tensor = receiver(vm, args)?;
    let count = tensor.numel();
    if count != 1 {
        return Err(Error::runtime(format!("a Tensor with {count} elements cannot be converted to Scalar")));
    }
    if tensor.device().kind == aten::DeviceKind::Meta {
        return Err(Error::runtime("Tensor.item() cannot be called on meta tensors"));
    }
    if tensor.is_record() && is_plain(tensor.dtype()) {
        return Ok(data::numbers(&tensor)?.into_iter().next().unwrap_or(Value::None));
    }
    Ok(convert::from_arg(vm, tensor.item()?))
}

fn tolist(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let tensor = receiver(vm, args)?;
    if tensor.is_zero() {
        let message = "tolist() shouldn't be called on a tensor with unallocated storage";
        return Err(Error::runtime(message));
    }
    data::to_list(&tensor)
}

// ---- copies -----------------------------------------------------------------------------------------------------

fn new_tensor(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let own = receiver(vm, args)?;
    let torch_tensor = vm.attribute(&vm.import("torch")?, &Str::intern("tensor"))?;
    let given = |index: usize, default: Value| args.some(index).cloned().unwrap_or(default);
    let keywords = [
        (Str::intern("dtype"), given(1, Value::Dtype(own.dtype()))),
        (Str::intern("device"), given(2, Value::Device(own.device()))),
        (Str::intern("requires_grad"), args.value(3).clone()),
    ];
    vm.call(&torch_tensor, &[args.value(0).clone()], &keywords)
}

/// The old way: sizes, or data, in the tensor's own dtype.
fn new(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let own = receiver(vm, args)?;
    if let [one] = args.rest()
        && one.as_int().is_none()
        && !matches!(one, Value::Tuple(tuple) if matches!(tuple.kind, torchsh_language::value::TupleKind::Size))
    {
        return data::tensor(vm, one, Some(own.dtype())).map(wrap);
    }
    if let (aten::Layout::SPARSE, [indices @ Value::Tensor(_), values, size @ ..]) =
        (own.layout(), args.rest())
    {
        let make = vm.attribute(&vm.import("torch")?, &Str::intern("sparse_coo_tensor"))?;
        let all: Vec<Value> = [indices, values].into_iter().chain(size).cloned().collect();
        return vm.call(&make, &all, &[]);
    }
    let sizes = convert::sizes_of(vm, args.rest())?;
    let sizes = if args.rest().is_empty() { vec![0] } else { sizes };
    let sizes = Value::tuple(sizes.into_iter().map(Value::Int).collect());
    invoke(vm, "Tensor", "new_empty", &[args.receiver().clone(), sizes], &[])
}

/// A deep copy keeps what shares a storage only where the same object occurs again: `copy.deepcopy` passes its memo.
fn deepcopy(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let object = args.receiver_tensor(vm)?;
    let memo = args.value(0).as_dict();
    let key = Value::from(args.receiver().address());
    if let Some(memo) = &memo
        && let Some(known) = memo.get(vm, &key)?
    {
        return Ok(known);
    }
    let tensor = object.tensor().clone();
    if !tensor.is_leaf() {
        let message = "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the \
                       moment.  If you were attempting to deepcopy a module, this may be because of a torch.nn.utils.weight_norm \
                       usage, see https://github.com/pytorch/pytorch/pull/103001";
        return Err(Error::runtime(message));
    }
    let copied = copy_leaf(vm, object, &tensor, memo.as_deref())?;
    if let Some(memo) = memo {
        memo.set(vm, key, copied.clone())?;
    }
    Ok(copied)
}

fn copy_leaf(vm: &dyn Vm, object: &TensorObject, tensor: &Tensor, memo: Option<&Dict>) -> Result<Value> {
    if object.is_parameter.get() {
        // A parameter's copy has a memory of its own and no gradient.
        let copied = tensor.data()?.through("clone")?;
        copied.set_requires_grad(tensor.requires_grad())?;
        return Ok(Value::Tensor(object.like(copied)));
    }
    let copied = match memo {
        Some(memo) if is_plain_memory(tensor) => copy_with_storage(vm, tensor, memo)?,
        _ => tensor.data()?.through("clone")?,
    };
    copied.set_requires_grad(tensor.requires_grad())?;
    if let Some(grad) = tensor.grad() {
        let grad = tensor_of("Tensor", "clone", &[Arg::Tensor(grad)], &[])?;
        copied.set_grad(Some(&grad))?;
    }
    let new = object.like(copied);
    if let (Some(own), Some(_)) = (object.attributes.get(), memo) {
        for (name, value) in own
            .entries()
            .into_iter()
            .filter(|(name, _)| name.as_str().is_some_and(|name| &*name != "__grad__"))
        {
            new.attributes().set(vm, name, value)?;
        }
    }
    Ok(Value::Tensor(new))
}

fn is_plain_memory(tensor: &Tensor) -> bool {
    let readable = tensor.layout() == aten::Layout::STRIDED && tensor.device().kind != aten::DeviceKind::Meta;
    readable
        && tensor.has_storage()
        && !tensor.is_conj()
        && !tensor.is_neg()
        && !tensor.dtype().is_quantized()
}

/// The storage is copied as a whole and once: what shared memory shares it in the copy.
fn copy_with_storage(vm: &dyn Vm, tensor: &Tensor, memo: &Dict) -> Result<Tensor> {
    let storage = tensor.storage()?;
    let key = Value::from(storage.address());
    let known = memo.get(vm, &key)?;
    let copied = match known.as_ref().and_then(|known| known.as_native::<StorageObject>()) {
        Some(known) => known.storage().clone(),
        None => {
            let bytes = storage.tensor(Dtype::UINT8, &[storage.nbytes() as i64], None, 0)?;
            let copied = bytes.through("clone")?.storage()?;
            memo.set(vm, key, Value::native(StorageObject::untyped(copied.clone())))?;
            copied
        }
    };
    copied.tensor(tensor.dtype(), &tensor.sizes(), Some(&tensor.strides()), tensor.storage_offset())
}

/// `copy.copy`: another object on the same memory.
fn shallow_copy(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let object: &Rc<TensorObject> = args.receiver_tensor(vm)?;
    let tensor = object.tensor().clone();
    let shared = tensor_of("Tensor", "detach", &[Arg::Tensor(tensor.clone())], &[])?;
    shared.set_requires_grad(tensor.requires_grad())?;
    Ok(Value::Tensor(object.like(shared)))
}

/// A class of tensors.
fn tensor_class<'a>(vm: &dyn Vm, value: &'a Value) -> Result<&'a Rc<Class>> {
    match value {
        Value::Class(class) if class.inherits(vm.types().core(Core::Tensor)) => Ok(class),
        other => {
            Err(Error::type_error(format!("cls must be a class of tensors, not {}", vm.type_name(other))))
        }
    }
}

/// `torch.Tensor._make_subclass(cls, data, require_grad)`
fn make_subclass(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let class = tensor_class(vm, args.value(0))?;
    let data = args.tensor(vm, 1)?.tensor().clone();
    let detached = tensor_of("Tensor", "detach", &[Arg::Tensor(data)], &[])?;
    detached.set_requires_grad(args.truth_or(vm, 2, false)?)?;
    Ok(Value::Tensor(TensorObject::of_class(detached, class)))
}

fn as_subclass(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let class = tensor_class(vm, args.value(0))?;
    let alias = receiver(vm, args)?.through("alias")?;
    Ok(Value::Tensor(TensorObject::of_class(alias, class)))
}

// ---- memory -----------------------------------------------------------------------------------------------------

fn itself(_vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(args.receiver().clone())
}

fn no(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    Ok(Value::Bool(false))
}

fn pin_memory(vm: &dyn Vm, args: &Args) -> Result<Value> {
    if aten::cuda_device_count() > 0 {
        return invoke(vm, "Tensor", "pin_memory", &[args.receiver().clone()], &[]);
    }
    Err(Error::runtime("Cannot access accelerator device when none is available."))
}

// ---- functions applied to every element -------------------------------------------------------------------------

fn apply(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let tensor = receiver(vm, args)?;
    if tensor.requires_grad() {
        let message =
            "Can't call apply_() on Variable that requires grad. Use var.detach().apply_() instead.";
        return Err(Error::runtime(message));
    }
    let others: Vec<Tensor> = match args.row().name {
        "map_" => vec![args.tensor(vm, 0)?.tensor().clone()],
        _ => Vec::new(),
    };
    let function = args.value(others.len());
    let mut columns = vec![data::numbers(&tensor)?.into_iter()];
    for other in others {
        columns.push(data::numbers(&other)?.into_iter());
    }
    let mut results = Vec::new();
    for _ in 0..tensor.numel() {
        let arguments: Vec<Value> = columns.iter_mut().filter_map(Iterator::next).collect();
        results.push(vm.call(function, &arguments, &[])?);
    }
    let new = data::tensor(vm, &Value::list(results), Some(tensor.dtype()))?;
    let sizes = Arg::List(tensor.sizes().into_iter().map(Arg::Int).collect());
    let new = tensor_of("Tensor", "reshape", &[Arg::Tensor(new), sizes], &[])?;
    tensor_of("Tensor", "copy_", &[Arg::Tensor(tensor), Arg::Tensor(new)], &[])?;
    Ok(args.receiver().clone())
}

/// A dimension and new sizes for it: `flatten` backwards.
fn unflatten(vm: &dyn Vm, args: &Args) -> Result<Value> {
    invoke(
        vm,
        "Tensor",
        "unflatten",
        &[args.receiver().clone(), args.value(0).clone(), args.value(1).clone()],
        &[],
    )
}

/// What `load_state_dict` puts in the place of a tensor: the other's numbers in this one, or the other itself.
fn module_load(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let other = args.value(0).clone();
    let loaded = if args.truth_or(vm, 1, false)? {
        other
    } else {
        invoke(vm, "Tensor", "copy_", &[args.receiver().clone(), other], &[])?
    };
    invoke(vm, "Tensor", "detach", &[loaded], &[])
}

/// Sums and conversions that numpy names differently are the operators' own business; these exist on numpy's side.
fn dtype_check(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let dtype = receiver(vm, args)?.dtype();
    Ok(Value::Bool(match args.row().name {
        "is_floating_point" => dtype.is_floating_point(),
        "is_complex" => dtype.is_complex(),
        _ => dtype.is_floating_point() || dtype.is_complex() || (dtype.is_integral() && !unsigned(dtype)),
    }))
}

fn unsigned(dtype: Dtype) -> bool {
    matches!(dtype, Dtype::BOOL | Dtype::UINT8 | Dtype::UINT16 | Dtype::UINT32 | Dtype::UINT64)
}

const FORMAT: &[Param] = &[kw("memory_format", "torch.contiguous_format")];

fn resized(vm: &dyn Vm, args: &Args) -> Result<Value> {
    convert::warn_of(vm, "non-inplace resize is deprecated")?;
    let sizes = match args.rest() {
        [one] if let Some(sizes) = convert::sequence(one) => sizes,
        sizes => sizes.to_vec(),
    };
    reshaped(vm, &receiver(vm, args)?, &sizes)
}

fn resized_as(vm: &dyn Vm, args: &Args) -> Result<Value> {
    convert::warn_of(vm, "non-inplace resize_as is deprecated")?;
    let Value::Tensor(other) = args.value(0) else { return Err(args.wrong_type(vm, 0, "a Tensor")) };
    let sizes: Vec<Value> = other.tensor().sizes().into_iter().map(Value::Int).collect();
    reshaped(vm, &receiver(vm, args)?, &sizes)
}

/// As many elements under other sizes.
fn reshaped(vm: &dyn Vm, tensor: &Tensor, sizes: &[Value]) -> Result<Value> {
    let numbers = sizes.iter().map(|size| number::index(vm, size)).collect::<Result<Vec<i64>>>()?;
    let wanted = numbers.iter().fold(1_i64, |all, size| all.saturating_mul(*size));
    if wanted != tensor.numel() {
        let shown = |sizes: &[i64]| sizes.iter().map(i64::to_string).collect::<Vec<String>>().join("x");
        return Err(Error::runtime(format!(
            "requested resize to {} ({wanted} elements in total), but the given tensor has a size of {} ({} elements). \
             autograd's resize can only change the shape of a given tensor, while preserving the number of elements. ",
            shown(&numbers),
            shown(&tensor.sizes()),
            tensor.numel()
        )));
    }
    let contiguous = wrap(tensor.through("contiguous")?);
    invoke(vm, "Tensor", "view", &[contiguous, Value::tuple(sizes.to_vec())], &[])
}

/// The rows of this file.
pub const ROWS: &[Builtin] = &[
    Builtin::method("Tensor", "size", &[opt("dim", "None")], size)
        .says("the sizes of its dimensions, or one of them"),
    Builtin::method("Tensor", "stride", &[opt("dim", "None")], stride)
        .says("elements between neighbours along each dimension"),
    Builtin::method("Tensor", "dim", &[], dim).says("the number of its dimensions"),
    Builtin::method("Tensor", "ndimension", &[], dim),
    Builtin::method("Tensor", "numel", &[], numel).says("the number of its elements"),
    Builtin::method("Tensor", "nelement", &[], numel),
    Builtin::method("Tensor", "element_size", &[], element_size).says("bytes of one element"),
    Builtin::method("Tensor", "storage_offset", &[], storage_offset)
        .says("where in its storage it begins, in elements"),
    Builtin::method("Tensor", "data_ptr", &[], data_ptr).says("the address of its first element"),
    Builtin::method("Tensor", "get_device", &[], get_device),
    Builtin::method("Tensor", "is_contiguous", FORMAT, is_contiguous)
        .says("whether its elements lie in order"),
    Builtin::method("Tensor", "contiguous", FORMAT, contiguous)
        .says("itself, or a copy whose elements lie in order"),
    Builtin::method("Tensor", "is_floating_point", &[], dtype_check),
    Builtin::method("Tensor", "is_complex", &[], dtype_check),
    Builtin::method("Tensor", "is_signed", &[], dtype_check),
    Builtin::method("Tensor", "item", &[], item).says("its only number"),
    Builtin::method("Tensor", "tolist", &[], tolist).says("its numbers as nested lists"),
    Builtin::method("Tensor", "__array__", &[opt("dtype", "None")], |vm, args| {
        Ok(Value::native(Array::new(receiver(vm, args)?)))
    }),
    Builtin::method(
        "Tensor",
        "new_tensor",
        &[req("data"), kw("dtype", "None"), kw("device", "None"), kw("requires_grad", "False")],
        new_tensor,
    )
    .says("a new tensor of the same dtype"),
    Builtin::method("Tensor", "resize", &[rest("sizes")], resized),
    Builtin::method("Tensor", "resize_as", &[req("tensor")], resized_as),
    Builtin::method("Tensor", "new", &[rest("sizes"), keywords("options")], new),
    Builtin::on_type(
        "Tensor",
        "_make_subclass",
        &[req("cls"), req("data"), opt("require_grad", "False")],
        make_subclass,
    ),
    Builtin::method("Tensor", "as_subclass", &[req("cls")], as_subclass)
        .says("itself as an object of a class of tensors"),
    Builtin::method("Tensor", "__deepcopy__", &[pos("_memo")], deepcopy),
    Builtin::method("Tensor", "__copy__", &[], shallow_copy),
    Builtin::method("Tensor", "share_memory_", &[], itself),
    Builtin::method("Tensor", "is_shared", &[], no),
    Builtin::method("Tensor", "is_pinned", &[opt("device", "None")], no),
    Builtin::method("Tensor", "pin_memory", &[opt("device", "None")], pin_memory),
    Builtin::method("Tensor", "apply_", ONE, apply),
    Builtin::method("Tensor", "map_", &[pos("_tensor"), pos("_callable")], apply),
    Builtin::method("Tensor", "unflatten", &[req("dim"), req("sizes")], unflatten),
    Builtin::method("Tensor", "module_load", &[req("other"), opt("assign", "False")], module_load),
];
