//! From the graph of a file to values: each object once, tensors on the mapped records.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::inert::{Inert, InertClass};
use super::map_location::Place;
use super::names;
use torchsh_aten::{self as aten, Arg, Tensor};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_checkpoint::graph::{DictKind as GraphDictKind, Global, Graph, Node, NodeId, Object};
use torchsh_checkpoint::limits;
use torchsh_checkpoint::module::Models;
use torchsh_checkpoint::record::{Form, Quantizer, Storage, TensorRecord, View};
use torchsh_language::value::{Dict, DictKind, Map, Set, Str, TensorObject, Tuple, TupleKind, Value, Vm};
use torchsh_tensors::numpy::ArrayDtype;
use torchsh_tensors::values::convert::tensor_of;
use torchsh_tensors::values::storage::StorageObject;

/// Makes the values of a graph.
pub struct Maker<'a> {
    pub(super) vm: &'a dyn Vm,
    pub(super) graph: &'a Graph,
    place: &'a Place,
    /// By the number of the object.
    made: Vec<Option<Value>>,
    /// By address; the storage is kept, so that the address stays its own.
    storages: FxHashMap<*const Storage, (Rc<Storage>, aten::Storage)>,
    depth: usize,
    /// Whether objects of classes that are known here become such objects.
    pub(super) revives: bool,
    /// States that objects have been filled from, and how many entries more than once.
    states: FxHashSet<NodeId>,
    again: usize,
    pub(super) models: Models,
    /// What stands among the modules of a model.
    pub(super) submodules: FxHashSet<NodeId>,
    /// Of tuples that are keys: how many parts they have, and theirs.
    parts: FxHashMap<NodeId, usize>,
}

impl<'a> Maker<'a> {
    /// Nothing made yet; tensors go where `place` says.
    #[must_use]
    pub fn new(vm: &'a dyn Vm, graph: &'a Graph, place: &'a Place) -> Self {
        let made = vec![None; graph.len()];
        Maker {
            vm,
            graph,
            place,
            made,
            storages: FxHashMap::default(),
            depth: 0,
            revives: false,
            states: FxHashSet::default(),
            again: 0,
            models: Models::default(),
            submodules: FxHashSet::default(),
            parts: FxHashMap::default(),
        }
    }

    /// Makes objects of the classes that the program and the shell's library have, where else they stay inert.
    #[must_use]
    pub fn reviving(self) -> Self {
        Maker { revives: true, ..self }
    }

    /// The value of an object and of all it holds.
    ///
    /// # Errors
    /// A damaged record; objects nested too deep; a device that is not there.
    pub fn value(&mut self, id: NodeId) -> Result<Value> {
        if let Some(Some(made)) = self.made.get(id.index()) {
            return Ok(made.clone());
        }
        if self.depth >= limits::WALK_NESTING {
            return Err(Error::new(
                Kind::Recursion,
                format!("nested more than {} deep", limits::WALK_NESTING),
            ));
        }
        self.depth += 1;
        let made = self.make(id);
        self.depth -= 1;
        let made = made?;
        self.keep(id, &made);
        Ok(made)
    }

    pub(super) fn keep(&mut self, id: NodeId, value: &Value) {
        if let Some(place) = self.made.get_mut(id.index()) {
            *place = Some(value.clone());
        }
    }

    fn make(&mut self, id: NodeId) -> Result<Value> {
        let graph = self.graph;
        Ok(match graph.get(id) {
            Node::None => Value::None,
            Node::Bool(value) => Value::Bool(*value),
            Node::Int(value) => Value::Int(*value),
            Node::BigInt(value) => Value::big(value.as_ref().clone()),
            Node::Float(value) => Value::Float(*value),
            Node::Complex(parts) => Value::complex(parts.0, parts.1),
            Node::Str(text) => Value::Str(text.clone()),
            Node::Bytes(bytes) => Value::Bytes(Rc::new(bytes.bytes().to_vec())),
            Node::ByteArray(bytes) => {
                let class = self.vm.attribute(&self.vm.import("_bytearray")?, &Str::intern("bytearray"))?;
                self.vm.call(&class, &[Value::Bytes(Rc::new(bytes.bytes().to_vec()))], &[])?
            }
            Node::List(items) => return self.list(id, items),
            Node::Tuple(items) => Value::tuple(self.values(items)?),
            Node::Set(items) => self.set(items, false)?,
            Node::FrozenSet(items) => self.set(items, true)?,
            Node::Dict(_) => return self.dict(id),
            Node::Global(global) => self.global(global)?,
            Node::Size(sizes) => {
                let items = sizes.iter().map(|&size| Value::Int(size)).collect();
                Value::Tuple(Rc::new(Tuple::with_kind(items, TupleKind::Size)))
            }
            Node::Dtype(dtype) => Value::Dtype(*dtype),
            Node::Device(text) => super::map_location::device_value(text.as_str()),
            Node::Tensor(record) => return self.tensor_object(id, record),
            Node::Storage(storage, dtype) => {
                Value::native(StorageObject::of(self.storage(storage)?, Some(*dtype)))
            }
            Node::Array(array) | Node::Scalar(array) => {
                self.array(array, matches!(graph.get(id), Node::Scalar(_)))?
            }
            Node::ArrayType(element) if let Some(dtype) = element.dtype() => {
                Value::native(ArrayDtype(dtype, element.big_endian && element.itemsize > 1))
            }
            Node::ArrayType(element)
                if let Some(fields) = element.fields().filter(|fields| !fields.fields.is_empty()) =>
            {
                self.record_type(element, &fields.fields)?
            }
            Node::ArrayType(element) => {
                let shown = Inert::text("numpy.dtype", element.name.as_str());
                let _ = shown.stands_for.set(graph.get(id).clone());
                Value::native(shown)
            }
            Node::Object(object) => return self.object(id, object),
        })
    }

    pub(super) fn values(&mut self, items: &[NodeId]) -> Result<Vec<Value>> {
        items.iter().map(|&item| self.value(item)).collect()
    }

    /// A value that is hashed. Tuples that hold each other hash all their parts, and a few hold any number of them.
    pub(super) fn key(&mut self, id: NodeId) -> Result<Value> {
        let value = self.value(id)?;
        if self.parts(id) > limits::KEY_PARTS {
            return Err(Error::value(format!("a key of more than {} parts", limits::KEY_PARTS)));
        }
        Ok(value)
    }

    fn parts(&mut self, id: NodeId) -> usize {
        let (Node::Tuple(items) | Node::FrozenSet(items)) = self.graph.get(id) else { return 1 };
        if let Some(&known) = self.parts.get(&id) {
            return known;
        }
        let parts = items.iter().fold(1_usize, |sum, &item| sum.saturating_add(self.parts(item)));
        self.parts.insert(id, parts);
        parts
    }

    // Containers are kept before they are filled: they may hold themselves.

    fn list(&mut self, id: NodeId, items: &[NodeId]) -> Result<Value> {
        let list = Rc::new(torchsh_language::value::List::new(Vec::with_capacity(items.len())));
        self.keep(id, &Value::List(list.clone()));
        for &item in items {
            let value = self.value(item)?;
            list.push(value);
        }
        Ok(Value::List(list))
    }

    fn set(&mut self, items: &[NodeId], frozen: bool) -> Result<Value> {
        let set = Set::new(Map::default(), frozen);
        for &item in items {
            let item = self.key(item)?;
            set.dict.set(self.vm, item, Value::None)?;
        }
        Ok(Value::Set(Rc::new(set)))
    }

    fn dict(&mut self, id: NodeId) -> Result<Value> {
        let Node::Dict(source) = self.graph.get(id) else { return Ok(Value::None) };
        let kind = match source.kind {
            GraphDictKind::Plain => DictKind::Plain,
            GraphDictKind::Ordered => DictKind::Ordered,
            GraphDictKind::Default(factory) => DictKind::Default(self.value(factory)?),
            GraphDictKind::Counter => DictKind::Counter,
        };
        let dict = Rc::new(Dict::new(Map::with_capacity(source.items.len()), kind));
        self.keep(id, &Value::Dict(dict.clone()));
        self.fill(&dict, &source.items)?;
        if let Some(attributes) = source.attributes.and_then(|attributes| self.graph.entries(attributes)) {
            self.fill(dict.attributes(), attributes)?;
        }
        Ok(Value::Dict(dict))
    }

    /// A name of the file: a built-in type or a constant of torch, else nothing but a name.
    fn global(&mut self, global: &Rc<Global>) -> Result<Value> {
        let (module, name) = (global.module.as_str(), global.name.as_str());
        if matches!(module, "builtins" | "__builtin__") {
            // Protocols 0 to 2 use the names of Python 2.
            let name = match name {
                "Ellipsis" => return Ok(Value::Ellipsis),
                "long" => "int",
                "unicode" => "str",
                "xrange" => "range",
                name => name,
            };
            if let Some(class) = self.vm.types().named(name) {
                return Ok(Value::Class(class));
            }
        }
        let constant =
            ["sparse_", "per_", "strided", "contiguous_format", "preserve_format", "channels_last"];
        if module == "torch" && constant.iter().any(|start| name.starts_with(start)) {
            let torch = self.vm.import("torch")?;
            if let Some(found) = self.vm.attribute_or_none(&torch, &global.name)? {
                return Ok(found);
            }
        }
        if self.revives
            && let Some(found) = names::meant_by(self.vm, global)?
        {
            return Ok(found);
        }
        Ok(Value::native(InertClass(global.clone())))
    }

    pub(super) fn fill(&mut self, dict: &Dict, items: &[(NodeId, NodeId)]) -> Result<()> {
        for &(key, value) in items {
            let (key, value) = (self.key(key)?, self.value(value)?);
            dict.set(self.vm, key, value)?;
        }
        Ok(())
    }

    fn object(&mut self, id: NodeId, object: &Object) -> Result<Value> {
        if self.revives || names::is_plain_library(object.class.module.as_str()) {
            match self.revived(id, object) {
                Ok(Some(revived)) => return Ok(revived),
                Err(error) if self.revives || error.kind() == Kind::KeyboardInterrupt => return Err(error),
                // What Python would not have written stays what the file says of it.
                _ => {}
            }
        }
        self.described(id, object)
    }

    /// Counts a state that an object is filled from, if others were filled from it: each has entries of its own.
    pub(super) fn take(&mut self, state: NodeId) -> Result<()> {
        if !self.states.insert(state) {
            self.again = self.again.saturating_add(self.graph.breadth(state));
        }
        if self.again > limits::SHARED_STATES {
            return Err(Error::value("too many objects share a state"));
        }
        Ok(())
    }

    // Tensors.

    fn tensor_object(&mut self, id: NodeId, record: &TensorRecord) -> Result<Value> {
        if let Some(parts) = self.parts_of_unmade(record)? {
            self.keep(id, &parts);
            return Ok(parts);
        }
        let tensor = self.tensor(record)?;
        if record.requires_grad && (record.dtype.is_floating_point() || record.dtype.is_complex()) {
            tensor.set_requires_grad(true)?;
        }
        let object =
            if record.is_parameter { TensorObject::parameter(tensor) } else { TensorObject::new(tensor) };
        if let Some(class) = &record.class {
            let _ = object.subclass.set(class.clone());
        }
        let value = Value::Tensor(object.clone());
        self.keep(id, &value);
        if let Some(attributes) = record.attributes.and_then(|attributes| self.graph.entries(attributes)) {
            self.fill(object.attributes(), attributes)?;
        }
        Ok(value)
    }

    /// For a tensor of a kind that the shell does not make: an object with its parts, so that the rest of the file opens.
    fn parts_of_unmade(&mut self, record: &TensorRecord) -> Result<Option<Value>> {
        let (class, parts) = match &record.form {
            Form::Nested { buffer, sizes, strides, offsets } => {
                let parts =
                    [("buffer", buffer), ("sizes", sizes), ("strides", strides), ("offsets", offsets)];
                ("torch.NestedTensor", parts.map(|(name, part)| (name, part.clone())).to_vec())
            }
            Form::Quantized(view, quantizer) if super::map_location::integers_of(record.dtype).is_err() => {
                let bytes = i64::try_from(view.storage.nbytes()).unwrap_or(i64::MAX);
                let all = View { offset: 0, stride: vec![1], ..view.clone() };
                let packed = Rc::new(TensorRecord::of(Dtype::UINT8, vec![bytes], Form::Strided(all)));
                let mut parts = vec![("packed", packed)];
                if let Quantizer::PerChannel { scales, zero_points, .. } = quantizer {
                    parts.extend([("scales", scales.clone()), ("zero_points", zero_points.clone())]);
                }
                ("torch.QuantizedTensor", parts)
            }
            _ => return Ok(None),
        };
        let inert = Inert::text(class, &record.dtype.to_string());
        let _ = inert.stands_for.set(Node::Tensor(Rc::new(record.clone())));
        inert.attributes.set_name("dtype", Value::Dtype(record.dtype));
        let shape = Value::tuple(record.shape.iter().map(|&size| Value::Int(size)).collect());
        inert.attributes.set_name("shape", shape);
        for (name, part) in parts {
            let tensor = self.tensor(&part)?;
            inert.attributes.set_name(name, Value::Tensor(TensorObject::new(tensor)));
        }
        if let Form::Quantized(_, quantizer) = &record.form {
            match quantizer {
                Quantizer::PerTensor { scale, zero_point } => {
                    inert.attributes.set_name("scale", Value::Float(*scale));
                    inert.attributes.set_name("zero_point", Value::Int(*zero_point));
                }
                Quantizer::PerChannel { axis, .. } => inert.attributes.set_name("axis", Value::Int(*axis)),
            }
        }
        Ok(Some(Value::native(inert)))
    }

    pub(super) fn tensor(&mut self, record: &TensorRecord) -> Result<Tensor> {
        match &record.form {
            Form::Strided(view) => self.strided(record, view),
            Form::Meta { stride } => {
                let absent = Storage::absent(Str::intern("meta"), meta_bytes(record, stride));
                aten::Storage::of_file(absent)?.tensor(record.dtype, &record.shape, Some(stride), 0)
            }
            Form::Quantized(view, quantizer) => self.quantized(record, view, quantizer),
            Form::Coo { indices, values, coalesced } => {
                let args = [self.arg(indices)?, self.arg(values)?, sizes(&record.shape)];
                aten::invoke("torch", "_validate_sparse_coo_tensor_args", &args, &[])?;
                let coalesced: Vec<_> =
                    coalesced.iter().map(|&flag| ("is_coalesced", Arg::Bool(flag))).collect();
                tensor_of("torch", "sparse_coo_tensor", &args, &coalesced)
            }
            Form::Compressed { layout, compressed, plain, values } => {
                let args = [self.arg(compressed)?, self.arg(plain)?, self.arg(values)?, sizes(&record.shape)];
                aten::invoke("torch", &format!("_validate_{layout}_tensor_args"), &args, &[])?;
                tensor_of("torch", &format!("{layout}_tensor"), &args, &[])
            }
            Form::Nested { .. } => Err(Error::new(Kind::NotImplemented, "the file holds a nested tensor")),
        }
    }

    fn arg(&mut self, record: &TensorRecord) -> Result<Arg> {
        self.tensor(record).map(Arg::Tensor)
    }

    fn strided(&mut self, record: &TensorRecord, view: &View) -> Result<Tensor> {
        let storage = self.storage(&view.storage)?;
        let tensor = storage.tensor(record.dtype, &record.shape, Some(&view.stride), view.offset)?;
        let tensor =
            if view.conj { tensor_of("torch", "conj", &[Arg::Tensor(tensor)], &[])? } else { tensor };
        if view.neg { tensor_of("torch", "_neg_view", &[Arg::Tensor(tensor)], &[]) } else { Ok(tensor) }
    }

    fn quantized(&mut self, record: &TensorRecord, view: &View, quantizer: &Quantizer) -> Result<Tensor> {
        let integers = super::map_location::integers_of(record.dtype)?;
        let plain = TensorRecord::of(integers, record.shape.clone(), Form::Strided(view.clone()));
        let integers = self.arg(&plain)?;
        match quantizer {
            Quantizer::PerTensor { scale, zero_point } => {
                let args = [integers, Arg::Float(*scale), Arg::Int(*zero_point)];
                tensor_of("torch", "_make_per_tensor_quantized_tensor", &args, &[])
            }
            Quantizer::PerChannel { scales, zero_points, axis, .. } => {
                let args = [integers, self.arg(scales)?, self.arg(zero_points)?, Arg::Int(*axis)];
                tensor_of("torch", "_make_per_channel_quantized_tensor", &args, &[])
            }
        }
    }

    /// The storage, once, where it belongs.
    fn storage(&mut self, storage: &Rc<Storage>) -> Result<aten::Storage> {
        if let Some((_, made)) = self.storages.get(&Rc::as_ptr(storage)) {
            return Ok(made.clone());
        }
        let on_cpu = aten::Storage::of_file(storage.clone())?;
        let made = self.place.put(self.vm, on_cpu, storage.location.as_str())?;
        self.storages.insert(Rc::as_ptr(storage), (storage.clone(), made.clone()));
        Ok(made)
    }
}

/// Whether a state is `(__dict__, slots)`.
pub(super) fn is_slots(graph: &Graph, parts: &[NodeId]) -> bool {
    let is_dict = |&part: &NodeId| part == NodeId::NONE || graph.entries(part).is_some();
    parts.len() == 2 && parts.iter().all(is_dict)
}

fn sizes(shape: &[i64]) -> Arg {
    Arg::Tuple(shape.iter().map(|&size| Arg::Int(size)).collect())
}

/// Bytes that a tensor without data would reach over.
fn meta_bytes(record: &TensorRecord, stride: &[i64]) -> u64 {
    let view = View {
        storage: Storage::absent(Str::intern("meta"), 0),
        offset: 0,
        stride: stride.to_vec(),
        conj: false,
        neg: false,
    };
    torchsh_checkpoint::usage::reach(record, &view).map_or(0, |(_, end)| end)
}
