//! From values to the graph that is saved or listed. Tensors lend their memory; nothing is copied.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::inert::{Inert, InertClass};
use super::names;
use super::numpy_records::{array_of_file, bytes_now};
use super::numpy_text::ProgramArray;
use torchsh_aten::{self as aten, Arg, Device, DeviceKind, Layout, MemoryFormat, Tensor};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_checkpoint::graph::{
    Array, ArrayData, ArrayType, Dict as GraphDict, DictKind as GraphDictKind, Global, Graph, Made, Node,
    NodeId, Object,
};
use torchsh_checkpoint::limits;
use torchsh_checkpoint::mapping::Region;
use torchsh_checkpoint::record::{Form, Quantizer, Storage, TensorRecord, View, contiguous_stride};
use torchsh_language::value::{Class, Dict, DictKind, Instance, Str, TensorObject, TupleKind, Value, Vm};
use torchsh_stdlib::Deque;
use torchsh_tensors::values::convert::tensor_of;
use torchsh_tensors::values::objects::{Layout as LayoutObject, QuantizationScheme};
use torchsh_tensors::values::storage::StorageObject;
use torchsh_tensors::{
    numpy::ArrayDtype,
    values::array::{Array as NumpyArray, Scalar},
};

/// Makes a graph of values.
pub struct Reader<'a> {
    pub(super) vm: &'a dyn Vm,
    pub(super) graph: Graph,
    /// By address; the value is kept, so that the address stays its own.
    seen: FxHashMap<usize, (NodeId, Value)>,
    storages: FxHashMap<usize, (Rc<Storage>, aten::Storage)>,
    depth: usize,
    /// Whether objects of the program's classes are taken apart.
    pub(super) whole: bool,
}

/// A storage of libtorch's as the owner of lent memory.
struct Owner {
    _storage: aten::Storage,
}

// SAFETY: libtorch counts references to storages atomically, and the owner does nothing but hold one.
unsafe impl Send for Owner {}
// SAFETY: as above.
unsafe impl Sync for Owner {}

/// The graph of a value, and the number of its outermost object.
///
/// # Errors
/// Objects nested too deep; a tensor that libtorch does not show.
pub fn graph_of(vm: &dyn Vm, value: &Value) -> Result<(Graph, NodeId)> {
    Reader::new(vm, false).finish(value)
}

/// As [`graph_of`], with objects of the program's classes whole, as a pickle holds them.
///
/// # Errors
/// As [`graph_of`], and those of the program's `__reduce__` and `__getstate__`.
pub fn graph_of_whole(vm: &dyn Vm, value: &Value) -> Result<(Graph, NodeId)> {
    Reader::new(vm, true).finish(value)
}

impl<'a> Reader<'a> {
    fn new(vm: &'a dyn Vm, whole: bool) -> Self {
        let (graph, seen, storages) = (Graph::default(), FxHashMap::default(), FxHashMap::default());
        Reader { vm, graph, seen, storages, depth: 0, whole }
    }

    fn finish(mut self, value: &Value) -> Result<(Graph, NodeId)> {
        let root = self.node(value)?;
        Ok((self.graph, root))
    }

    pub(super) fn node(&mut self, value: &Value) -> Result<NodeId> {
        if let Some((seen, _)) = self.seen.get(&value.address()).filter(|(_, known)| known.same(value)) {
            return Ok(*seen);
        }
        if self.depth >= limits::WALK_NESTING {
            return Err(Error::new(
                Kind::Recursion,
                "maximum recursion depth exceeded while pickling an object",
            ));
        }
        self.depth += 1;
        let made = self.make(value);
        self.depth -= 1;
        made
    }

    fn add(&mut self, node: Node) -> Result<NodeId> {
        self.graph.add(node)
    }

    /// Adds an object and remembers it, so that what it holds may hold it.
    pub(super) fn begin(&mut self, value: &Value, node: Node) -> Result<NodeId> {
        let id = self.graph.add(node)?;
        self.seen.insert(value.address(), (id, value.clone()));
        Ok(id)
    }

    fn make(&mut self, value: &Value) -> Result<NodeId> {
        match value {
            Value::None => Ok(NodeId::NONE),
            Value::Bool(value) => self.add(Node::Bool(*value)),
            Value::Int(value) => self.add(Node::Int(*value)),
            Value::BigInt(value) => self.add(Node::BigInt(Box::new(value.as_ref().clone()))),
            Value::Float(value) => self.add(Node::Float(*value)),
            Value::Complex(parts) => self.begin(value, Node::Complex(Box::new(**parts))),
            Value::Str(text) => self.begin(value, Node::Str(text.clone())),
            Value::Bytes(bytes) => {
                self.begin(value, Node::Bytes(Box::new(Region::from(bytes.as_ref().clone()))))
            }
            Value::Dtype(dtype) => self.add(Node::Dtype(*dtype)),
            Value::Device(device) => self.add(Node::Device(Str::new(device.to_string()))),
            Value::List(list) => {
                let id = self.begin(value, Node::List(Box::default()))?;
                let items = self.nodes(&list.to_vec())?;
                if let Some(Node::List(place)) = self.graph.get_mut(id) {
                    **place = items;
                }
                Ok(id)
            }
            Value::Tuple(tuple) => self.tuple(value, tuple),
            Value::Set(set) => {
                let items = Box::new(self.nodes(&set.dict.keys())?);
                self.begin(value, if set.frozen { Node::FrozenSet(items) } else { Node::Set(items) })
            }
            Value::Dict(dict) => self.dict(value, dict),
            Value::Tensor(object) => self.tensor_object(value, object),
            Value::Native(_) => self.native(value),
            Value::Instance(instance) if let Some(node) = array_of_file(instance) => {
                self.array_of_file(value, instance, node)
            }
            Value::Instance(instance) if let Some(made) = ProgramArray::of(value, instance) => {
                self.array_of_program(value, &made)
            }
            Value::Instance(instance) if self.whole && instance.origin.get().is_some() => {
                match instance.origin.get().and_then(|origin| origin.as_native::<Inert>()) {
                    Some(origin) if origin.is_apart.get() => self.inert(value, origin, &origin.attributes),
                    Some(origin) => self.inert(value, origin, &instance.attributes),
                    None => self.reduced(value),
                }
            }
            Value::Instance(_) if self.whole => self.reduced(value),
            Value::Instance(instance) => match value.payload() {
                Value::Instance(_) => self.instance(value, instance),
                payload => self.node(&payload),
            },
            Value::Class(class) if self.whole => self.class(value, class),
            Value::Class(class) => {
                let global = Global { module: class.module.borrow().clone(), name: class.name.clone() };
                self.begin(value, Node::Global(Rc::new(global)))
            }
            other if self.whole => self.plain_object(other),
            other => self.unknown(other),
        }
    }

    pub(super) fn nodes(&mut self, values: &[Value]) -> Result<Vec<NodeId>> {
        values.iter().map(|value| self.node(value)).collect()
    }

    fn tuple(&mut self, value: &Value, tuple: &torchsh_language::value::Tuple) -> Result<NodeId> {
        let node = match tuple.kind {
            TupleKind::Plain => Node::Tuple(Box::new(self.nodes(&tuple.items)?)),
            TupleKind::Size => Node::Size(Box::new(tuple.items.iter().filter_map(Value::as_int).collect())),
            TupleKind::Named(_) if self.whole => return self.reduced(value),
            TupleKind::Named(_) => return self.unknown(value),
        };
        self.begin(value, node)
    }

    fn dict(&mut self, value: &Value, dict: &Dict) -> Result<NodeId> {
        let kind = match &*dict.kind.borrow() {
            DictKind::Plain => GraphDictKind::Plain,
            DictKind::Ordered => GraphDictKind::Ordered,
            DictKind::Default(factory) => GraphDictKind::Default(self.node(factory)?),
            DictKind::Counter => GraphDictKind::Counter,
        };
        let id = self.begin(value, Node::Dict(Box::new(GraphDict { kind, ..GraphDict::default() })))?;
        let items = self.entries(&dict.entries())?;
        let attributes = match dict.has_attributes() {
            true => Some(self.node(&Value::Dict(dict.attributes().clone()))?),
            false => None,
        };
        if let Some(Node::Dict(place)) = self.graph.get_mut(id) {
            (place.items, place.attributes) = (items, attributes);
        }
        Ok(id)
    }

    pub(super) fn entries(&mut self, entries: &[(Value, Value)]) -> Result<Vec<(NodeId, NodeId)>> {
        entries.iter().map(|(key, value)| Ok((self.node(key)?, self.node(value)?))).collect()
    }

    /// An object of the program's: only its class could make it again.
    fn unknown(&mut self, value: &Value) -> Result<NodeId> {
        let class = self.vm.class_of(value);
        let class = Global { module: class.module.borrow().clone(), name: class.name.clone() };
        self.begin(value, Node::Object(Box::new(object(class))))
    }

    /// An array or scalar of a file that is no tensor, as it came.
    fn array_of_file(&mut self, value: &Value, instance: &Instance, node: Node) -> Result<NodeId> {
        let Node::Array(mut array) = node else { return self.begin(value, node) };
        if let ArrayData::Objects(_) = array.data {
            let items = instance.attributes.get_name("_items").and_then(|items| items.as_list());
            array.data =
                ArrayData::Objects(self.nodes(&items.map(|items| items.to_vec()).unwrap_or_default())?);
        }
        if let Some(bytes) = bytes_now(self.vm, instance, &array)? {
            array.data = ArrayData::Bytes(bytes);
        }
        self.begin(value, Node::Array(array))
    }

    /// An array or scalar of text, bytes, times or objects that the program made.
    fn array_of_program(&mut self, value: &Value, made: &ProgramArray) -> Result<NodeId> {
        let array = |data| Box::new(Array::new(made.element.clone(), made.shape.clone(), data));
        if made.element.kind == b'O' {
            let id = self.begin(value, Node::Array(array(ArrayData::Objects(Vec::new()))))?;
            let items = self.nodes(&made.items)?;
            if let Some(Node::Array(array)) = self.graph.get_mut(id) {
                array.data = ArrayData::Objects(items);
            }
            return Ok(id);
        }
        let Some(bytes) = made.bytes() else { return self.unknown(value) };
        let array = array(ArrayData::Bytes(Region::from(bytes)));
        self.begin(value, if made.is_scalar { Node::Scalar(array) } else { Node::Array(array) })
    }

    /// A class or function of the program, by its name.
    pub(super) fn named(&mut self, value: &Value) -> Result<NodeId> {
        let global = names::name_of(self.vm, value)?;
        self.begin(value, Node::Global(Rc::new(global)))
    }

    /// A model of the program's: its state is what can be listed of it.
    fn instance(&mut self, value: &Value, instance: &Instance) -> Result<NodeId> {
        let origin = instance.origin.get().and_then(|origin| origin.as_native::<Inert>());
        if let Some(origin) = origin.filter(|origin| origin.is_apart.get()) {
            return self.inert(value, origin, &origin.attributes);
        }
        let id = self.unknown(value)?;
        let names = ["_parameters", "_buffers", "_modules", "_non_persistent_buffers_set"].map(Str::intern);
        let mut state = Vec::new();
        for name in names {
            if let Some(found) = self.vm.attribute_or_none(value, &name)? {
                state.push((name, self.node(&found)?));
            }
        }
        if state.is_empty() {
            return Ok(id);
        }
        let state = self.graph.dict(state)?;
        if let Some(Node::Object(object)) = self.graph.get_mut(id) {
            object.state = Some(state);
        }
        Ok(id)
    }

    fn native(&mut self, value: &Value) -> Result<NodeId> {
        if let Some(inert) = value.as_native::<Inert>() {
            return match inert.stands_for.get() {
                Some(node) => self.begin(value, node.clone()),
                None => self.inert(value, inert, &inert.attributes),
            };
        }
        if let Some(class) = value.as_native::<InertClass>() {
            return self.begin(value, Node::Global(class.0.clone()));
        }
        if let Some(layout) = value.as_native::<LayoutObject>() {
            let global = Global { module: Str::intern("torch"), name: Str::intern(layout.0.name()) };
            return self.begin(value, Node::Global(Rc::new(global)));
        }
        if let Some(scheme) = value.as_native::<QuantizationScheme>() {
            let global = Global { module: Str::intern("torch"), name: Str::intern(scheme.0) };
            return self.begin(value, Node::Global(Rc::new(global)));
        }
        if let Some(array) = value.as_native::<NumpyArray>() {
            let array = Box::new(numpy_array(&array.tensor().clone())?);
            return self.begin(value, Node::Array(array));
        }
        if let Some(ArrayDtype(dtype, big_endian)) = value.as_native::<ArrayDtype>() {
            let element = ArrayType { big_endian: *big_endian, ..array_type(*dtype) };
            return self.begin(value, Node::ArrayType(Box::new(element)));
        }
        if let Some(scalar) = value.as_native::<Scalar>() {
            let array = Box::new(numpy_array(&scalar.tensor()?)?);
            return self.begin(value, Node::Scalar(array));
        }
        if let Some(object) = value.as_native::<StorageObject>() {
            let storage = self.storage(object.storage())?;
            return self.begin(value, Node::Storage(storage, object.dtype().unwrap_or(Dtype::UINT8)));
        }
        match self.whole {
            true if value.as_native::<Deque>().is_some() => self.reduced(value),
            true => self.plain_object(value),
            false => self.unknown(value),
        }
    }

    // Tensors.

    fn tensor_object(&mut self, value: &Value, object: &TensorObject) -> Result<NodeId> {
        let class = object.class();
        let by_itself = |class: &Rc<Class>| class.lookup(&Str::intern("__reduce_ex__"));
        if self.whole && matches!(class.as_ref().and_then(by_itself), Some(Value::Function(_))) {
            return self.reduced(value);
        }
        let tensor = object.tensor().clone();
        let mut record = self.record(&tensor)?;
        record.requires_grad = tensor.requires_grad();
        record.is_parameter = object.is_parameter.get();
        let written = class.map(|class| {
            Rc::new(Global { module: class.module.borrow().clone(), name: class.qualified_name.clone() })
        });
        record.class = written.or_else(|| object.subclass.get().cloned());
        let attributes = object.attributes.get().filter(|attributes| !attributes.is_empty());
        if let Some(attributes) = attributes {
            record.attributes = Some(self.node(&Value::Dict(attributes.clone()))?);
        }
        self.begin(value, Node::Tensor(Rc::new(record)))
    }

    fn record(&mut self, tensor: &Tensor) -> Result<TensorRecord> {
        let (dtype, shape) = (tensor.dtype(), tensor.sizes());
        let part = |name: &str| tensor_of("Tensor", name, &[Arg::Tensor(tensor.clone())], &[]);
        let form = match tensor.layout() {
            Layout::STRIDED => return self.strided(tensor),
            Layout::SPARSE => Form::Coo {
                indices: self.part(&part("_indices")?)?,
                values: self.part(&part("_values")?)?,
                coalesced: Some(truth("is_coalesced", tensor)?),
            },
            Layout::SPARSE_CSR | Layout::SPARSE_BSR => Form::Compressed {
                layout: if tensor.layout() == Layout::SPARSE_CSR { "sparse_csr" } else { "sparse_bsr" },
                compressed: self.part(&part("crow_indices")?)?,
                plain: self.part(&part("col_indices")?)?,
                values: self.part(&part("values")?)?,
            },
            Layout::SPARSE_CSC | Layout::SPARSE_BSC => Form::Compressed {
                layout: if tensor.layout() == Layout::SPARSE_CSC { "sparse_csc" } else { "sparse_bsc" },
                compressed: self.part(&part("ccol_indices")?)?,
                plain: self.part(&part("row_indices")?)?,
                values: self.part(&part("values")?)?,
            },
            _ => {
                let message = "a tensor of this layout cannot be saved";
                return Err(Error::new(Kind::NotImplemented, message));
            }
        };
        Ok(TensorRecord::of(dtype, shape, form))
    }

    fn part(&mut self, tensor: &Tensor) -> Result<Rc<TensorRecord>> {
        self.strided(tensor).map(Rc::new)
    }

    fn strided(&mut self, tensor: &Tensor) -> Result<TensorRecord> {
        let (dtype, shape, stride) = (tensor.dtype(), tensor.sizes(), tensor.strides());
        if tensor.device().kind == DeviceKind::Meta {
            return Ok(TensorRecord::of(dtype, shape, Form::Meta { stride }));
        }
        if tensor.is_zero() {
            let message = "ZeroTensor is not serializable, please file an issue if required.";
            return Err(Error::runtime(message).hint("t.clone() has the zeros themselves"));
        }
        let storage = self.storage(&tensor.storage()?)?;
        let mut record = TensorRecord::strided(dtype, shape, stride, tensor.storage_offset(), &storage)?;
        if let Form::Strided(view) = &mut record.form {
            (view.conj, view.neg) = (tensor.is_conj(), tensor.is_neg());
            if dtype.is_quantized() {
                let view = view.clone();
                record.form = self.quantized(tensor, view)?;
            }
        }
        Ok(record)
    }

    fn quantized(&mut self, tensor: &Tensor, view: View) -> Result<Form> {
        let ask = |name: &str| aten::invoke("Tensor", name, &[Arg::Tensor(tensor.clone())], &[]);
        let part = |name: &str| tensor_of("Tensor", name, &[Arg::Tensor(tensor.clone())], &[]);
        if let (Ok(Arg::Float(scale)), Ok(Arg::Int(zero_point))) = (ask("q_scale"), ask("q_zero_point")) {
            return Ok(Form::Quantized(view, Quantizer::PerTensor { scale, zero_point }));
        }
        let Arg::Int(axis) = ask("q_per_channel_axis")? else {
            return Err(Error::runtime("the quantized tensor has no axis"));
        };
        let (scales, zero_points) = (part("q_per_channel_scales")?, part("q_per_channel_zero_points")?);
        let float_parameters = zero_points.dtype().is_floating_point();
        let (scales, zero_points) = (self.part(&scales)?, self.part(&zero_points)?);
        Ok(Form::Quantized(view, Quantizer::PerChannel { scales, zero_points, axis, float_parameters }))
    }

    /// The storage, once; that of another device is brought to the CPU.
    fn storage(&mut self, storage: &aten::Storage) -> Result<Rc<Storage>> {
        if let Some((seen, _)) = self.storages.get(&storage.address()) {
            return Ok(seen.clone());
        }
        let here = torchsh_tensors::tensor::storage::moved(storage.clone(), Device::CPU)?;
        let key = Str::new(self.storages.len().to_string());
        let location = Str::new(storage.device().to_string());
        if let Some(source) = here.pending() {
            let made = source.renamed(key, location);
            self.storages.insert(storage.address(), (made.clone(), storage.clone()));
            return Ok(made);
        }
        let (start, length, block) = (here.data_ptr(), here.nbytes(), here.block());
        let owner = Box::new(Owner { _storage: here });
        // SAFETY: the memory is the storage's, which the owner holds; nothing runs that writes to it.
        let region = unsafe { Region::foreign(start as *const u8, length, owner) };
        let made = Storage::of_blocks(key, location, region, block);
        self.storages.insert(storage.address(), (made.clone(), storage.clone()));
        Ok(made)
    }
}

/// Tensors as a file would describe them, their memory lent: what looks at them needs no libtorch.
pub struct Records<'a>(Reader<'a>);

impl<'a> Records<'a> {
    /// None yet.
    #[must_use]
    pub fn new(vm: &'a dyn Vm) -> Self {
        Records(Reader::new(vm, false))
    }

    /// One tensor. Tensors of one storage share it here too, so that it is made once where it has to be made.
    ///
    /// # Errors
    /// A tensor of a kind that has no such description, or one that libtorch does not show.
    pub fn of(&mut self, tensor: &TensorObject) -> Result<TensorRecord> {
        let tensor = tensor.tensor().clone();
        self.0.record(&tensor)
    }
}

pub(super) fn object(class: Global) -> Object {
    Object::of(Rc::new(class), Made::New, Vec::new())
}

fn truth(name: &str, tensor: &Tensor) -> Result<bool> {
    match aten::invoke("Tensor", name, &[Arg::Tensor(tensor.clone())], &[])? {
        Arg::Bool(value) => Ok(value),
        _ => Err(Error::runtime(format!("{name}() gave no bool"))),
    }
}

/// A numpy array of a tensor's elements, copied in the order in which they lie.
fn numpy_array(tensor: &Tensor) -> Result<Array> {
    let element = array_type(tensor.dtype());
    let shape = tensor.sizes();
    let columns: Vec<i64> = shape.iter().rev().copied().collect();
    let by_columns = contiguous_stride(&columns).map(|stride| stride.into_iter().rev().collect::<Vec<i64>>());
    let fortran = shape.len() > 1
        && !tensor.is_contiguous(MemoryFormat::CONTIGUOUS)
        && by_columns == Some(tensor.strides());
    let bytes = match fortran {
        true => {
            let turned = (0..shape.len()).rev().map(|at| Arg::Int(at as i64)).collect();
            match aten::invoke("Tensor", "permute", &[Arg::from(tensor), Arg::Tuple(turned)], &[])? {
                Arg::Tensor(turned) => turned.to_bytes()?,
                _ => tensor.to_bytes()?,
            }
        }
        false => tensor.to_bytes()?,
    };
    Ok(Array { fortran, ..Array::new(element, shape, ArrayData::Bytes(Region::from(bytes))) })
}

/// The type of the elements of an array of that dtype.
fn array_type(dtype: Dtype) -> ArrayType {
    let kind = match dtype {
        dtype if dtype.is_complex() => b'c',
        dtype if dtype.is_floating_point() => b'f',
        Dtype::BOOL => b'b',
        dtype if dtype.name().starts_with('u') => b'u',
        _ => b'i',
    };
    ArrayType::plain(kind, dtype.itemsize(), false, Str::intern(dtype.name()))
}
