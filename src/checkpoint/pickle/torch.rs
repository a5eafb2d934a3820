//! What torch's names make: tensors, sizes, devices.

mod shards;

use std::rc::Rc;

use self::shards::local_part;
pub use self::shards::local_shard;
use super::globals::{Given, call, set_state};
use super::{Build, fault};
use crate::dtype::Dtype;
use crate::gather::refuse_expanded;
use crate::graph::{Global, Made, Node, NodeId, Object};
use crate::limits;
use crate::record::{Form, Quantizer, Storage, TensorRecord, numel};
use torchsh_base::Str;
use torchsh_base::error::Result;

type Function = fn(&mut Build, &[NodeId]) -> Result<Option<NodeId>>;

/// The functions of `torch._utils` that rebuild tensors.
pub fn rebuild_function(name: &str) -> Option<Function> {
    let function: Function = match name {
        "_rebuild_tensor" => rebuild_tensor,
        "_rebuild_tensor_v2" => rebuild_tensor,
        "_rebuild_tensor_v3" => rebuild_tensor_v3,
        "_rebuild_parameter" => rebuild_parameter,
        "_rebuild_parameter_with_state" => rebuild_parameter_with_state,
        "_rebuild_qtensor" => rebuild_quantized,
        "_rebuild_sparse_tensor" | "_rebuild_sparse_csr_tensor" => rebuild_sparse,
        "_rebuild_nested_tensor" => rebuild_nested,
        "_rebuild_meta_tensor_no_storage" => rebuild_meta,
        "_rebuild_device_tensor_from_numpy" | "_rebuild_xla_tensor" => rebuild_from_numpy,
        "_rebuild_device_tensor_from_cpu_tensor" => rebuild_from_tensor,
        _ => return None,
    };
    Some(function)
}

/// The functions that TorchScript archives use for lists and type tags: all give their first argument.
pub fn script_function(name: &str) -> Option<Function> {
    match name {
        "build_intlist" | "build_tensorlist" | "build_doublelist" | "build_boollist" | "restore_type_tag" => {
            Some(|_, args| Ok(args.first().copied()))
        }
        "build_tensor_from_id" => None,
        _ => None,
    }
}

/// The dtype of a storage class: `torch.FloatStorage`, `torch.cuda.HalfStorage`. `UntypedStorage` counts bytes.
#[must_use]
pub fn storage_dtype(class: &Global) -> Option<Dtype> {
    if !matches!(class.module.as_str(), "torch" | "torch.storage" | "torch.cuda") {
        return None;
    }
    let dtype = match class.name.as_str().strip_suffix("Storage")? {
        "Float" => Dtype::FLOAT32,
        "Double" => Dtype::FLOAT64,
        "Half" => Dtype::FLOAT16,
        "BFloat16" => Dtype::BFLOAT16,
        "Long" => Dtype::INT64,
        "Int" => Dtype::INT32,
        "Short" => Dtype::INT16,
        "Char" => Dtype::INT8,
        "Byte" | "Untyped" => Dtype::UINT8,
        "Bool" => Dtype::BOOL,
        "ComplexDouble" => Dtype::COMPLEX128,
        "ComplexFloat" => Dtype::COMPLEX64,
        "QInt8" => Dtype::QINT8,
        "QUInt8" => Dtype::QUINT8,
        "QInt32" => Dtype::QINT32,
        "QUInt4x2" => Dtype::QUINT4X2,
        "QUInt2x4" => Dtype::QUINT2X4,
        _ => return None,
    };
    Some(dtype)
}

fn given<'a>(build: &'a Build, args: &'a [NodeId]) -> Given<'a> {
    Given { graph: &build.graph, items: args }
}

fn tensor(build: &mut Build, record: TensorRecord) -> Result<Option<NodeId>> {
    build.graph.add(Node::Tensor(Rc::new(record))).map(Some)
}

impl<'a> Given<'a> {
    fn storage(&self, index: usize) -> Result<(&'a Rc<Storage>, Dtype)> {
        match self.node(index)? {
            Node::Storage(storage, dtype) => Ok((storage, *dtype)),
            _ => Err(self.malformed(index)),
        }
    }

    fn tensor(&self, index: usize) -> Result<&'a Rc<TensorRecord>> {
        match self.node(index)? {
            Node::Tensor(record) => Ok(record),
            _ => Err(self.malformed(index)),
        }
    }

    /// A tensor with elements of its own, as the parts of sparse and quantized ones are.
    fn plain_tensor(&self, index: usize) -> Result<Rc<TensorRecord>> {
        let record = self.tensor(index)?;
        match &record.form {
            Form::Strided(view) => refuse_expanded(view, record.dtype, &record.shape)?,
            Form::Meta { .. } => {}
            _ => return Err(self.malformed(index)),
        }
        Ok(record.clone())
    }

    fn dtype(&self, index: usize) -> Result<Dtype> {
        match self.node(index)? {
            Node::Dtype(dtype) => Ok(*dtype),
            _ => Err(self.malformed(index)),
        }
    }
}

/// `(storage, offset, size, stride[, requires_grad, hooks[, metadata]])`
fn rebuild_tensor(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    let given = given(build, args);
    let (storage, dtype) = given.storage(0)?;
    let record = strided(&given, storage, dtype, 6)?;
    tensor(build, record)
}

/// `(storage, offset, size, stride, requires_grad, hooks, dtype[, metadata])`
fn rebuild_tensor_v3(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    let given = given(build, args);
    let record = strided(&given, given.storage(0)?.0, given.dtype(6)?, 7)?;
    tensor(build, record)
}

fn strided(given: &Given, storage: &Rc<Storage>, dtype: Dtype, metadata: usize) -> Result<TensorRecord> {
    let (offset, shape, stride) = (given.int(1)?, given.ints(2)?, given.ints(3)?);
    let mut record = TensorRecord::strided(dtype, shape, stride, offset, storage)?;
    record.requires_grad = given.truth(4);
    if let (Ok(flags), Form::Strided(view)) = (given.dict(metadata), &mut record.form) {
        let flag = |name: &str| {
            let named = |(key, _): &&(NodeId, NodeId)| given.graph.str(*key) == Some(name);
            flags.items.iter().rev().find(named).is_some_and(|(_, value)| given.graph.int(*value) == Some(1))
        };
        view.conj = flag("conj") && dtype.is_complex();
        view.neg = flag("neg");
    }
    Ok(record)
}

/// The tensor as a Parameter, sharing everything else.
fn as_parameter(record: &Rc<TensorRecord>, requires_grad: bool) -> TensorRecord {
    TensorRecord { requires_grad, is_parameter: true, class: None, ..record.as_ref().clone() }
}

/// `(data, requires_grad, hooks)`
fn rebuild_parameter(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    let given = given(build, args);
    if !matches!(given.node(0)?, Node::Tensor(_)) {
        return Ok(None);
    }
    let record = as_parameter(given.tensor(0)?, given.truth(1));
    tensor(build, record)
}

/// `(data, requires_grad, hooks, state)`
fn rebuild_parameter_with_state(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    let made = rebuild_parameter(build, args)?;
    if let (Some(made), Some(&state)) = (made, args.get(3)) {
        set_tensor_state(build, made, state)?;
    }
    Ok(made)
}

/// `Parameter(data[, requires_grad])`: files before 0.4, and `Parameter.__new__` without arguments.
pub fn parameter_class(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    let given = given(build, args);
    match given.node(0) {
        Ok(Node::Tensor(record)) => {
            let record = as_parameter(record, args.len() < 2 || given.truth(1));
            tensor(build, record)
        }
        _ => Ok(None),
    }
}

/// `Variable(data)`: files before 0.4.
pub fn variable_class(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    match given(build, args).node(0) {
        Ok(Node::Tensor(record)) => {
            let record = record.as_ref().clone();
            tensor(build, record)
        }
        _ => Ok(None),
    }
}

/// Attributes of a tensor; `(requires_grad, …)` of files before 0.4.
pub fn set_tensor_state(build: &mut Build, target: NodeId, state: NodeId) -> Result<()> {
    let requires_grad = match build.graph.get(state) {
        Node::Tuple(items) => match items.as_slice() {
            [flag, _, _] | [flag, _] => build.graph.int(*flag),
            _ => None,
        },
        _ => None,
    };
    let empty = build.graph.entries(state).is_some_and(<[_]>::is_empty);
    let Some(Node::Tensor(record)) = build.graph.get_mut(target) else { return Ok(()) };
    let record = Rc::make_mut(record);
    match requires_grad {
        Some(flag) => record.requires_grad = flag != 0,
        None if state == NodeId::NONE || empty => {}
        None => record.attributes = Some(state),
    }
    Ok(())
}

/// `(storage, offset, size, stride, quantizer, requires_grad, hooks)`
fn rebuild_quantized(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    let given = given(build, args);
    let (storage, dtype) = given.storage(0)?;
    let record = strided(&given, storage, dtype, usize::MAX)?;
    let Form::Strided(view) = record.form else { return Err(given.malformed(0)) };
    let quantizer = quantizer(&given, &record.shape)?;
    let mut record = TensorRecord::of(dtype, record.shape, Form::Quantized(view, quantizer));
    record.requires_grad = given.truth(5);
    tensor(build, record)
}

fn quantizer(given: &Given, shape: &[i64]) -> Result<Quantizer> {
    let items = given.graph.sequence(given.id(4)?).ok_or_else(|| given.malformed(4))?;
    let parts = Given { graph: given.graph, items };
    let Node::Global(scheme) = parts.node(0)? else { return Err(given.malformed(4)) };
    match scheme.name.as_str() {
        "per_tensor_affine" => Ok(Quantizer::PerTensor { scale: parts.float(1)?, zero_point: parts.int(2)? }),
        name @ ("per_channel_affine" | "per_channel_affine_float_qparams") => {
            let (scales, zero_points, axis) = (parts.plain_tensor(1)?, parts.plain_tensor(2)?, parts.int(3)?);
            let size = usize::try_from(axis).ok().and_then(|axis| shape.get(axis)).copied();
            let fits = size.is_some_and(|size| scales.shape == [size] && zero_points.shape == [size]);
            if !fits {
                return Err(fault("scales and zero points of a quantized tensor do not fit its shape"));
            }
            let float_parameters = name != "per_channel_affine";
            Ok(Quantizer::PerChannel { scales, zero_points, axis, float_parameters })
        }
        other => Err(fault(format!("can't deserialize quantized tensor with qscheme torch.{other}"))),
    }
}

/// `(layout, (indices, values, size[, is_coalesced]))` or `(layout, (compressed, plain, values, size))`
fn rebuild_sparse(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    let given = given(build, args);
    let Node::Global(layout) = given.node(0)? else { return Err(given.malformed(0)) };
    let items = given.graph.sequence(given.id(1)?).ok_or_else(|| given.malformed(1))?;
    let parts = Given { graph: given.graph, items };
    let record = match layout.name.as_str() {
        "sparse_coo" => coo(&parts)?,
        name @ ("sparse_csr" | "sparse_csc" | "sparse_bsr" | "sparse_bsc") => compressed(&parts, name)?,
        other => return Err(fault(format!("rebuilding sparse tensor for layout torch.{other}"))),
    };
    tensor(build, record)
}

fn coo(parts: &Given) -> Result<TensorRecord> {
    let (indices, values, shape) = (parts.plain_tensor(0)?, parts.plain_tensor(1)?, parts.ints(2)?);
    let sparse = indices.shape.first().copied().unwrap_or(-1);
    let dense = i64::try_from(values.shape.len()).unwrap_or(0) - 1;
    let entries_agree = indices.shape.get(1) == values.shape.first() && indices.shape.len() == 2;
    let dimensions_agree = i64::try_from(shape.len()) == Ok(sparse.saturating_add(dense));
    check_shape(&shape)?;
    if !entries_agree || !dimensions_agree || indices.dtype != Dtype::INT64 {
        return Err(fault(format!("parts of a sparse tensor do not fit its shape {shape:?}")));
    }
    let coalesced = parts.items.get(3).and_then(|&id| parts.graph.int(id)).map(|flag| flag != 0);
    let dtype = values.dtype;
    Ok(TensorRecord::of(dtype, shape, Form::Coo { indices, values, coalesced }))
}

fn compressed(parts: &Given, layout: &str) -> Result<TensorRecord> {
    let layout = match layout {
        "sparse_csr" => "sparse_csr",
        "sparse_csc" => "sparse_csc",
        "sparse_bsr" => "sparse_bsr",
        _ => "sparse_bsc",
    };
    let (compressed, plain, values) =
        (parts.plain_tensor(0)?, parts.plain_tensor(1)?, parts.plain_tensor(2)?);
    let shape = parts.ints(3)?;
    check_shape(&shape)?;
    let is_index = |record: &TensorRecord| matches!(record.dtype, Dtype::INT32 | Dtype::INT64);
    if shape.len() < 2 || !is_index(&compressed) || !is_index(&plain) {
        return Err(fault(format!("parts of a sparse tensor do not fit its shape {shape:?}")));
    }
    let dtype = values.dtype;
    Ok(TensorRecord::of(dtype, shape, Form::Compressed { layout, compressed, plain, values }))
}

fn check_shape(shape: &[i64]) -> Result<()> {
    if shape.len() > limits::DIMENSIONS || numel(shape).is_none() {
        return Err(fault(format!("a tensor of shape {shape:?} is too large")));
    }
    Ok(())
}

/// `(buffer, sizes, strides, offsets)`
fn rebuild_nested(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    let given = given(build, args);
    let (buffer, sizes) = (given.plain_tensor(0)?, given.plain_tensor(1)?);
    let (strides, offsets) = (given.plain_tensor(2)?, given.plain_tensor(3)?);
    let (dtype, shape) = (buffer.dtype, sizes.shape.clone());
    tensor(build, TensorRecord::of(dtype, shape, Form::Nested { buffer, sizes, strides, offsets }))
}

/// `(dtype, size, stride, requires_grad)`
fn rebuild_meta(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    let given = given(build, args);
    let (dtype, shape, stride) = (given.dtype(0)?, given.ints(1)?, given.ints(2)?);
    check_shape(&shape)?;
    if shape.len() != stride.len() {
        return Err(given.malformed(2));
    }
    let mut record = TensorRecord::of(dtype, shape, Form::Meta { stride });
    record.requires_grad = given.truth(3);
    tensor(build, record)
}

/// `(array, dtype, device, requires_grad)`: tensors of xla and other devices, saved as numpy arrays.
fn rebuild_from_numpy(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    let given = given(build, args);
    let Node::Array(array) = given.node(0)? else { return Ok(None) };
    let Some(mut record) = array.tensor()? else { return Ok(None) };
    if given.dtype(1)? != record.dtype {
        return Ok(None);
    }
    record.requires_grad = given.truth(3);
    tensor(build, record)
}

/// `(data, dtype, device, requires_grad)`
fn rebuild_from_tensor(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    let given = given(build, args);
    let mut record = given.tensor(0)?.as_ref().clone();
    record.requires_grad = given.truth(3);
    tensor(build, record)
}

/// `(function, type, args, state)`: a tensor of a subclass, with its attributes.
pub fn from_type_v2(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    let given = given(build, args);
    let (Node::Global(function), Node::Global(class)) = (given.node(0)?, given.node(1)?) else {
        return Ok(None);
    };
    let (function, class) = (function.clone(), class.clone());
    let inner = given.graph.sequence(given.id(2)?).ok_or_else(|| given.malformed(2))?.to_vec();
    let state = args.get(3).copied().unwrap_or(NodeId::NONE);
    if class.name.as_str() == "DTensor" && class.module.as_str().starts_with("torch.distributed") {
        return local_part(build, &class, &inner, state);
    }
    let Some(made) = call(build, &function, &inner)? else {
        return wrapper(build, &function, class, args, state);
    };
    let Some(Node::Tensor(record)) = build.graph.get_mut(made) else { return Ok(Some(made)) };
    let plain =
        matches!(class.name.as_str(), "Tensor" | "Parameter") && class.module.as_str().starts_with("torch");
    let record = Rc::make_mut(record);
    record.is_parameter |= class.name.as_str() == "Parameter";
    record.class = (!plain).then_some(class);
    set_tensor_state(build, made, state)?;
    Ok(Some(made))
}

/// A tensor of a subclass that has no elements of its own but tensors for attributes (`_make_wrapper_subclass`): an object
/// of that class.
fn wrapper(
    build: &mut Build,
    function: &Global,
    class: Rc<Global>,
    args: &[NodeId],
    state: NodeId,
) -> Result<Option<NodeId>> {
    if state == NodeId::NONE {
        return Ok(None);
    }
    // The class, dtype, sizes and so on; another function is given what the state has as well.
    let inner = args.get(2).and_then(|&inner| build.graph.sequence(inner)).unwrap_or_default();
    let described = if function.name.as_str() == WRAPPER { inner.get(1..) } else { None };
    let described = described.unwrap_or_default().to_vec();
    let by = build.global("torch._tensor", "_rebuild_from_type_v2")?;
    let mut object = Object::of(by, Made::Call, args.to_vec());
    object.written_mut();
    let object = Object { class, made: Made::New, args: described, ..object };
    let id = build.graph.add(Node::Object(Box::new(object)))?;
    set_state(build, id, state)?;
    if let Some(Node::Object(object)) = build.graph.get_mut(id) {
        // It is among the arguments.
        object.written_mut().states.clear();
    }
    Ok(Some(id))
}

/// What makes such a tensor, from its class, dtype, sizes, strides, offset, layout, device and whether it wants gradients.
const WRAPPER: &str = "_rebuild_wrapper_subclass";

/// The same before 1.12: the state is a plain `__dict__`.
pub fn from_type(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    from_type_v2(build, args)
}

/// `torch.Size((1, 2))`
pub fn size(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    let sizes = match args {
        [] => Vec::new(),
        _ => given(build, args).ints(0)?,
    };
    build.graph.add(Node::Size(Box::new(sizes))).map(Some)
}

/// `torch.device("cuda", 0)`
pub fn device(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    let given = given(build, args);
    let kind = given.str(0)?;
    let text = match given.int(1) {
        Ok(index) => format!("{kind}:{index}"),
        Err(_) => kind.to_owned(),
    };
    build.graph.add(Node::Device(Str::new(text))).map(Some)
}

/// `_get_layout("torch.sparse_coo")`
pub fn layout(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    let name = given(build, args).str(0)?;
    let Some(name) = name.strip_prefix("torch.").map(str::to_owned) else { return Ok(None) };
    let global = build.global("torch", &name)?;
    build.graph.add(Node::Global(global)).map(Some)
}

/// `torch.storage._load_from_bytes(b"…")`: a storage as a file of its own, as plain pickles hold it.
pub fn load_from_bytes(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    let Node::Bytes(bytes) = given(build, args).node(0)? else { return Ok(None) };
    let bytes = bytes.as_ref().clone();
    build.inside(&bytes).map(Some)
}
