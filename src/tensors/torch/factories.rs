//! Factories that have no signature of their own in ATen: sparse tensors, `range`, `frombuffer`, `nonzero`.

use crate::values::convert::{dtype_of, invoke, wrap};
use crate::values::data;
use crate::values::type_names::legacy_name;
use torchsh_aten::{self as aten, Tensor};
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_checkpoint::record::{self, bytes_of, contiguous_stride, numel};
use torchsh_language::value::{
    Args, Builtin, Param, Str, TensorObject, Value, Vm, kw, number, opt, req, rest,
};
use torchsh_stdlib::bytes_like;

/// Lists given for tensors become tensors.
fn as_tensor(vm: &dyn Vm, value: &Value) -> Result<Value> {
    match value {
        Value::List(_) | Value::Tuple(_) => data::tensor(vm, value, None).map(wrap),
        other => Ok(other.clone()),
    }
}

fn options(vm: &dyn Vm, args: &Args, from: usize) -> Result<(Vec<(Str, Value)>, bool)> {
    let mut keywords = Vec::new();
    for (index, name) in [(from, "dtype"), (from + 1, "device")] {
        if let Some(value) = args.some(index) {
            keywords.push((Str::intern(name), value.clone()));
        }
    }
    Ok((keywords, args.truth_or(vm, from + 2, false)?))
}

fn marked(vm: &dyn Vm, made: Value, requires_grad: bool) -> Result<Value> {
    if requires_grad { vm.call_method(&made, "requires_grad_", &[]) } else { Ok(made) }
}

/// Where the numbers are, as whole numbers of one of these dtypes; of the first where they are something else.
fn indices(vm: &dyn Vm, value: &Value, wanted: &[Dtype]) -> Result<Value> {
    let made = as_tensor(vm, value)?;
    match (made.as_tensor().map(|object| object.tensor().dtype()), wanted) {
        (Some(dtype), [first, ..]) if !wanted.contains(&dtype) => {
            vm.call_method(&made, "to", &[Value::Dtype(*first)])
        }
        _ => Ok(made),
    }
}

/// The numbers of a sparse tensor, in the dtype that was asked for.
fn sparse_values(vm: &dyn Vm, value: &Value, dtype: Option<&Value>) -> Result<Value> {
    let made = as_tensor(vm, value)?;
    match dtype {
        Some(dtype) => vm.call_method(&made, "to", std::slice::from_ref(dtype)),
        None => Ok(made),
    }
}

fn sparse_coo(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let (mut keywords, requires_grad) = options(vm, args, 3)?;
    if args.some(1).is_none() {
        // The only argument is the size of a tensor of zeros.
        let size = args.some(0).or(args.some(2));
        let size = size
            .ok_or_else(|| Error::type_error("sparse_coo_tensor() takes positions and values, or a size"))?;
        let zeros = invoke(vm, "aten", "sparse_coo_tensor", std::slice::from_ref(size), &keywords)?;
        return marked(vm, zeros, requires_grad);
    }
    let mut positional =
        vec![indices(vm, args.value(0), &[Dtype::INT64])?, sparse_values(vm, args.value(1), args.some(3))?];
    positional.extend(args.some(2).cloned());
    if args.truth_or(vm, 6, false)? {
        invoke(vm, "torch", "_validate_sparse_coo_tensor_args", &positional, &[])?;
    }
    keywords.extend(args.some(7).map(|coalesced| (Str::intern("is_coalesced"), coalesced.clone())));
    marked(vm, invoke(vm, "aten", "sparse_coo_tensor", &positional, &keywords)?, requires_grad)
}

fn sparse_compressed(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let (mut keywords, requires_grad) = options(vm, args, 4)?;
    let mut positional = vec![
        indices(vm, args.value(0), &[Dtype::INT64, Dtype::INT32])?,
        indices(vm, args.value(1), &[Dtype::INT64, Dtype::INT32])?,
        sparse_values(vm, args.value(2), args.some(4))?,
    ];
    let parts = positional.clone();
    if let (None, Some(values)) = (args.some(4), parts.last().and_then(Value::as_tensor)) {
        keywords.push((Str::intern("dtype"), Value::Dtype(values.tensor().dtype())));
    }
    positional.extend(args.some(3).cloned());
    let made = invoke(vm, "aten", args.row().name, &positional, &keywords)?;
    if args.truth_or(vm, 7, false)? {
        let known = ["shape", "layout"].map(|name| vm.attribute(&made, &Str::intern(name)));
        let [shape, layout] = known;
        let whole: Vec<Value> = parts.into_iter().chain([shape?, layout?]).collect();
        invoke(vm, "torch", "_validate_sparse_compressed_tensor_args", &whole, &[])?;
    }
    marked(vm, made, requires_grad)
}

fn range(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let (keywords, requires_grad) = options(vm, args, 1)?;
    crate::values::convert::warn_of(
        vm,
        "torch.range is deprecated and will be removed in a future release because its behavior is inconsistent with \
         Python's range builtin. Instead, use torch.arange, which produces values in [start, end).",
    )?;
    let bounds = match args.rest() {
        [end] => vec![Value::Int(0), end.clone()],
        given => given.to_vec(),
    };
    marked(vm, invoke(vm, "aten", "range", &bounds, &keywords)?, requires_grad)
}

/// A tensor with a copy of the bytes of a buffer.
fn frombuffer(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let Some(bytes) = bytes_like(args.value(0)) else {
        let name = vm.type_name(args.value(0));
        return Err(Error::type_error(format!("a bytes-like object is required, not '{name}'")));
    };
    let dtype = dtype_of(vm, args.value(1), "frombuffer(): argument 'dtype'")?;
    let (count, offset) = (args.int_or(vm, 2, -1)?, args.int_or(vm, 3, 0)?);
    let rest =
        usize::try_from(offset).ok().and_then(|offset| bytes.get(offset..)).filter(|_| !bytes.is_empty());
    let Some(rest) = rest else {
        return Err(Error::value(format!(
            "offset ({offset} bytes) must be non-negative and no greater than buffer length ({} bytes) - 1",
            bytes.len()
        )));
    };
    let itemsize = dtype.itemsize();
    let count = match usize::try_from(count) {
        Ok(count) => count,
        Err(_) if rest.len() % itemsize == 0 => rest.len() / itemsize,
        Err(_) => {
            return Err(Error::value(format!(
                "buffer length ({} bytes) after offset ({offset} bytes) must be a multiple of element size ({itemsize})",
                bytes.len()
            )));
        }
    };
    let length = count.checked_mul(itemsize);
    let Some(used) = length.and_then(|length| rest.get(..length)) else {
        return Err(Error::value(format!(
            "requested buffer length ({count} * {itemsize} bytes) after offset ({offset} bytes) must not be greater than \
             actual buffer length ({} bytes)",
            bytes.len()
        )));
    };
    let tensor = Tensor::from_bytes(used, &[count as i64], dtype)?;
    marked(vm, wrap(tensor), args.truth_or(vm, 4, false)?)
}

// ---- nonzero ----------------------------------------------------------------------------------------------------

fn positions(vm: &dyn Vm, input: &Value, as_tuple: bool) -> Result<Value> {
    let operator = if as_tuple { "nonzero_numpy" } else { "nonzero" };
    let found = invoke(vm, "aten", operator, std::slice::from_ref(input), &[])?;
    if as_tuple { Ok(Value::tuple(vm.collect(&found)?)) } else { Ok(found) }
}

fn nonzero(vm: &dyn Vm, args: &Args) -> Result<Value> {
    args.tensor(vm, 0)?;
    let as_tuple = args.truth_or(vm, 1, false)?;
    let Some(out) = args.some(2) else { return positions(vm, args.value(0), as_tuple) };
    if as_tuple {
        return Err(Error::runtime("nonzero does not support the out kwarg when as_tuple is True"));
    }
    let dtype = args.tensor(vm, 2)?.tensor().dtype();
    if dtype != Dtype::INT64 {
        let name = legacy_name(dtype);
        let message =
            format!("nonzero: Expected out tensor to have scalar type Long but got scalar type{name}");
        return Err(Error::runtime(message));
    }
    let found = positions(vm, args.value(0), false)?;
    let shape = vm.attribute(&found, &Str::intern("shape"))?;
    invoke(vm, "Tensor", "resize_", &[out.clone(), shape], &[])?;
    invoke(vm, "aten", "copy_", &[out.clone(), found], &[])
}

fn tensor_nonzero(vm: &dyn Vm, args: &Args) -> Result<Value> {
    positions(vm, args.receiver(), args.truth_or(vm, 0, false)?)
}

fn copy_(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let source = match args.value(0) {
        given @ Value::Tensor(_) => given.clone(),
        Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Complex(_) => {
            return invoke(vm, "Tensor", "fill_", &[args.receiver().clone(), args.value(0).clone()], &[]);
        }
        other => {
            let name = vm.type_name(other);
            let message = format!("copy_(): argument 'other' (position 1) must be Tensor, not {name}");
            return Err(Error::type_error(message));
        }
    };
    let non_blocking = Value::Bool(args.truth_or(vm, 1, false)?);
    invoke(vm, "aten", "copy_", &[args.receiver().clone(), source, non_blocking], &[])
}

const OPTIONS: [Param; 3] = [kw("dtype", "None"), kw("device", "None"), kw("requires_grad", "False")];
const CHECKED: Param = kw("check_invariants", "None");
const COO: &[Param] = &[
    opt("indices", "None"),
    opt("values", "None"),
    opt("size", "None"),
    OPTIONS[0],
    OPTIONS[1],
    OPTIONS[2],
    CHECKED,
    kw("is_coalesced", "None"),
];
const fn compressed(compressed: &'static str, plain: &'static str) -> [Param; 8] {
    let [dtype, device, requires_grad] = OPTIONS;
    [req(compressed), req(plain), req("values"), opt("size", "None"), dtype, device, requires_grad, CHECKED]
}

const BY_ROWS: &[Param] = &compressed("crow_indices", "col_indices");
const BY_COLUMNS: &[Param] = &compressed("ccol_indices", "row_indices");
const BUFFER: &[Param] =
    &[req("buffer"), kw("dtype", "None"), kw("count", "-1"), kw("offset", "0"), kw("requires_grad", "False")];

/// `torch.empty(sizes, dtype=dtype, device="meta")` without libtorch: what only has a shape.
fn meta_tensor(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let sizes = vm.collect(args.value(0))?;
    let sizes: Vec<i64> = sizes.iter().map(|size| number::index(vm, size)).collect::<Result<_>>()?;
    let dtype = dtype_of(vm, args.value(1), "dtype")?;
    let unmakeable = || Error::value(format!("no tensor has the shape {sizes:?}"));
    let count = numel(&sizes).filter(|_| sizes.iter().all(|size| *size >= 0)).ok_or_else(unmakeable)?;
    let nbytes =
        bytes_of(dtype, count).filter(|nbytes| i64::try_from(*nbytes).is_ok()).ok_or_else(unmakeable)?;
    let storage = aten::Storage::of_file(record::Storage::absent(Str::intern("meta"), nbytes))?;
    let stride = contiguous_stride(&sizes).ok_or_else(unmakeable)?;
    Ok(Value::Tensor(TensorObject::new(storage.tensor(dtype, &sizes, Some(&stride), 0)?)))
}

/// The rows of this file.
pub const ROWS: &[Builtin] = &[
    Builtin::function("torch._shell", "meta_tensor", &[req("sizes"), req("dtype")], meta_tensor),
    Builtin::function("torch", "sparse_coo_tensor", COO, sparse_coo)
        .says("a sparse tensor from positions and values"),
    Builtin::function("torch", "sparse_csr_tensor", BY_ROWS, sparse_compressed)
        .says("a sparse tensor by rows"),
    Builtin::function("torch", "sparse_csc_tensor", BY_COLUMNS, sparse_compressed)
        .says("a sparse tensor by columns"),
    Builtin::function("torch", "sparse_bsr_tensor", BY_ROWS, sparse_compressed),
    Builtin::function("torch", "sparse_bsc_tensor", BY_COLUMNS, sparse_compressed),
    Builtin::function("torch", "range", &[rest("bounds"), OPTIONS[0], OPTIONS[1], OPTIONS[2]], range),
    Builtin::function("torch", "frombuffer", BUFFER, frombuffer).says("a tensor from bytes"),
    Builtin::function(
        "torch",
        "nonzero",
        &[req("input"), kw("as_tuple", "False"), kw("out", "None")],
        nonzero,
    )
    .says("the positions of what is not zero"),
    Builtin::method("Tensor", "nonzero", &[kw("as_tuple", "False")], tensor_nonzero)
        .says("the positions of what is not zero"),
    Builtin::method("Tensor", "copy_", &[req("src"), opt("non_blocking", "False")], copy_)
        .says("takes over another tensor's numbers, in place"),
];
