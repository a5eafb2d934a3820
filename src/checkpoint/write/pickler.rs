//! Writing a graph as a pickle of protocol 2 that `torch.load(weights_only=True)` reads.

use std::rc::Rc;

use num_bigint::BigInt;
use rustc_hash::FxHashMap;

use super::storages::{Place, Storages, class_name};
use crate::checkpoint::dtype::Dtype;
use crate::checkpoint::graph::{Array, ArrayData, ArrayType, Dict, DictKind, Graph, Node, NodeId};
use crate::checkpoint::limits;
use crate::checkpoint::pickle::opcodes as op;
use crate::checkpoint::record::{Form, Quantizer, TensorRecord, View};
use crate::error::{Error, Kind, Result};
use crate::syntax::Str;

/// Items that one `SETITEMS` or `APPENDS` takes, as Python's pickler does it.
const BATCH: usize = 1000;

/// What is said once where numpy objects are saved.
const NUMPY_NOTE: &str = "numpy objects are saved too: torch.load reads them with weights_only=False";

/// A pickle in the making.
pub struct Pickler<'a> {
    graph: &'a Graph,
    storages: &'a mut Storages,
    out: Vec<u8>,
    memo: FxHashMap<NodeId, u32>,
    texts: FxHashMap<Str, u32>,
    globals: FxHashMap<String, u32>,
    next: u32,
    /// Keys that lead to the object being written, for messages.
    path: Vec<String>,
    notes: Vec<String>,
}

impl<'a> Pickler<'a> {
    /// Starts a pickle whose tensors look into these storages.
    #[must_use]
    pub fn new(graph: &'a Graph, storages: &'a mut Storages) -> Self {
        Pickler {
            graph,
            storages,
            out: vec![op::PROTO, 2],
            memo: FxHashMap::default(),
            texts: FxHashMap::default(),
            globals: FxHashMap::default(),
            next: 0,
            path: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Writes an object and all it holds; gives the pickle and what a person should be told.
    ///
    /// # Errors
    /// `TypeError` for an object that only its class could make again, `RecursionError` for nesting without end.
    pub fn finish(mut self, root: NodeId) -> Result<(Vec<u8>, Vec<String>)> {
        self.node(root)?;
        self.out.push(op::STOP);
        Ok((self.out, self.notes))
    }

    fn node(&mut self, id: NodeId) -> Result<()> {
        if let Some(&index) = self.memo.get(&id) {
            self.get(index);
            return Ok(());
        }
        if self.path.len() > limits::WALK_NESTING {
            return Err(Error::new(
                Kind::Recursion,
                "maximum recursion depth exceeded while pickling an object",
            ));
        }
        match self.graph.get(id) {
            Node::None => self.out.push(op::NONE),
            Node::Bool(value) => self.out.push(if *value { op::NEWTRUE } else { op::NEWFALSE }),
            Node::Int(value) => self.int(*value),
            Node::BigInt(value) => self.long(value),
            Node::Float(value) => self.float(*value),
            Node::Str(text) => self.text(text),
            Node::Dtype(dtype) => self.global("torch", dtype.name()),
            Node::Global(global) => return self.known_global(global.module.as_str(), global.name.as_str()),
            _ => return self.object(id),
        }
        Ok(())
    }

    /// An object that is remembered, so that it stays one object.
    fn object(&mut self, id: NodeId) -> Result<()> {
        match self.graph.get(id) {
            Node::List(items) => return self.list(id, items),
            Node::Dict(dict) => return self.dict(id, dict),
            Node::Tuple(items) => self.tuple(items)?,
            Node::Size(sizes) => self.call("torch", "Size", |to| {
                to.ints(sizes);
                to.out.push(op::TUPLE1);
                Ok(())
            })?,
            Node::Complex(parts) => self.call("__builtin__", "complex", |to| {
                to.float(parts.0);
                to.float(parts.1);
                to.out.push(op::TUPLE2);
                Ok(())
            })?,
            Node::Bytes(bytes) => self.bytes(bytes.bytes())?,
            Node::ByteArray(bytes) => self.call("__builtin__", "bytearray", |to| {
                to.bytes(bytes.bytes())?;
                to.out.push(op::TUPLE1);
                Ok(())
            })?,
            Node::Set(items) => self.set("set", items)?,
            Node::FrozenSet(items) => self.set("frozenset", items)?,
            Node::Device(text) => self.device(text.as_str())?,
            Node::Tensor(record) => self.tensor(&record.clone())?,
            Node::Array(array) => return self.array(id, array),
            Node::Scalar(array) => self.scalar(array)?,
            Node::ArrayType(element) => self.array_type(element)?,
            Node::Object(object) => return Err(self.refuse(&object.class.to_string())),
            Node::Storage(..) => return Err(self.refuse("torch.storage.TypedStorage")),
            _ => return Err(self.refuse("object")),
        }
        self.remember(id);
        Ok(())
    }

    fn refuse(&self, class: &str) -> Error {
        let path = if self.path.is_empty() { "the object".to_owned() } else { self.path.concat() };
        let message =
            format!("cannot save {path}: it is a {class}, which torch.load(weights_only=True) refuses");
        Error::type_error(message).hint("save the tensors and plain values only: drop or convert that entry")
    }

    // The memo.

    fn put(&mut self) -> u32 {
        let index = self.next;
        self.next = self.next.saturating_add(1);
        match u8::try_from(index) {
            Ok(short) => self.out.extend([op::BINPUT, short]),
            Err(_) => {
                self.out.push(op::LONG_BINPUT);
                self.out.extend(index.to_le_bytes());
            }
        }
        index
    }

    fn get(&mut self, index: u32) {
        match u8::try_from(index) {
            Ok(short) => self.out.extend([op::BINGET, short]),
            Err(_) => {
                self.out.push(op::LONG_BINGET);
                self.out.extend(index.to_le_bytes());
            }
        }
    }

    fn remember(&mut self, id: NodeId) {
        let index = self.put();
        self.memo.insert(id, index);
    }

    // Atoms.

    fn int(&mut self, value: i64) {
        if let Ok(byte) = u8::try_from(value) {
            self.out.extend([op::BININT1, byte]);
        } else if let Ok(short) = u16::try_from(value) {
            self.out.push(op::BININT2);
            self.out.extend(short.to_le_bytes());
        } else if let Ok(word) = i32::try_from(value) {
            self.out.push(op::BININT);
            self.out.extend(word.to_le_bytes());
        } else {
            self.long(&BigInt::from(value));
        }
    }

    fn long(&mut self, value: &BigInt) {
        let bytes = value.to_signed_bytes_le();
        match u8::try_from(bytes.len()) {
            Ok(length) => self.out.extend([op::LONG1, length]),
            Err(_) => {
                self.out.push(op::LONG4);
                self.out.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
            }
        }
        self.out.extend(bytes);
    }

    fn float(&mut self, value: f64) {
        self.out.push(op::BINFLOAT);
        self.out.extend(value.to_be_bytes());
    }

    fn text(&mut self, text: &Str) {
        if let Some(&index) = self.texts.get(text) {
            return self.get(index);
        }
        self.out.push(op::BINUNICODE);
        let bytes = text.as_str().as_bytes();
        self.out.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
        self.out.extend(bytes);
        let index = self.put();
        self.texts.insert(text.clone(), index);
    }

    /// Bytes, as protocol 2 has none: Latin-1 text to be encoded.
    fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        let text: String = bytes.iter().map(|&byte| char::from(byte)).collect();
        self.call("_codecs", "encode", |to| {
            to.text(&Str::new(text));
            to.text(&Str::intern("latin1"));
            to.out.push(op::TUPLE2);
            Ok(())
        })
    }

    fn global(&mut self, module: &str, name: &str) {
        let line = format!("{module}\n{name}\n");
        if let Some(&index) = self.globals.get(&line) {
            return self.get(index);
        }
        self.out.push(op::GLOBAL);
        self.out.extend(line.as_bytes());
        let index = self.put();
        self.globals.insert(line, index);
    }

    /// A name that stands for itself: only those that `weights_only=True` knows.
    fn known_global(&mut self, module: &str, name: &str) -> Result<()> {
        if module == "torch" && (name.starts_with("per_") || name.starts_with("q")) {
            self.global(module, name);
            return Ok(());
        }
        if module == "torch" && name.starts_with("sparse_") {
            return self.layout(name);
        }
        Err(self.refuse(&format!("{module}.{name}")))
    }

    fn call(&mut self, module: &str, name: &str, args: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        self.global(module, name);
        args(self)?;
        self.out.push(op::REDUCE);
        Ok(())
    }

    // Containers.

    fn tuple(&mut self, items: &[NodeId]) -> Result<()> {
        self.tuple_of(items.len(), |to| to.items(items))
    }

    fn tuple_of(&mut self, length: usize, items: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let short = match length {
            0 => op::EMPTY_TUPLE,
            1 => op::TUPLE1,
            2 => op::TUPLE2,
            3 => op::TUPLE3,
            _ => {
                self.out.push(op::MARK);
                op::TUPLE
            }
        };
        items(self)?;
        self.out.push(short);
        Ok(())
    }

    fn items(&mut self, items: &[NodeId]) -> Result<()> {
        for (place, &item) in items.iter().enumerate() {
            self.at(format!("[{place}]"), item)?;
        }
        Ok(())
    }

    fn at(&mut self, step: String, id: NodeId) -> Result<()> {
        self.path.push(step);
        self.node(id)?;
        self.path.pop();
        Ok(())
    }

    fn ints(&mut self, numbers: &[i64]) {
        let _ = self.tuple_of(numbers.len(), |to| {
            numbers.iter().for_each(|&number| to.int(number));
            Ok(())
        });
    }

    fn list(&mut self, id: NodeId, items: &[NodeId]) -> Result<()> {
        self.out.push(op::EMPTY_LIST);
        self.remember(id);
        self.append(items)
    }

    fn append(&mut self, items: &[NodeId]) -> Result<()> {
        for batch in items.chunks(BATCH) {
            self.out.push(op::MARK);
            self.items(batch)?;
            self.out.push(op::APPENDS);
        }
        Ok(())
    }

    fn set(&mut self, class: &str, items: &[NodeId]) -> Result<()> {
        self.call("__builtin__", class, |to| {
            to.out.push(op::EMPTY_LIST);
            to.append(items)?;
            to.out.push(op::TUPLE1);
            Ok(())
        })
    }

    fn dict(&mut self, id: NodeId, dict: &Dict) -> Result<()> {
        match &dict.kind {
            DictKind::Plain => self.out.push(op::EMPTY_DICT),
            DictKind::Ordered => self.empty_ordered_dict(),
            DictKind::Default(NodeId::NONE) => {
                self.call("collections", "defaultdict", |to| {
                    to.out.push(op::EMPTY_TUPLE);
                    Ok(())
                })?;
            }
            DictKind::Default(_) => return Err(self.refuse("collections.defaultdict with a factory")),
            DictKind::Counter => return self.counter(id, dict),
        }
        self.remember(id);
        self.set_items(dict)?;
        let Some(attributes) = dict.attributes else { return Ok(()) };
        self.node(attributes)?;
        self.out.push(op::BUILD);
        Ok(())
    }

    fn set_items(&mut self, dict: &Dict) -> Result<()> {
        for batch in dict.items.chunks(BATCH) {
            self.out.push(op::MARK);
            for &(key, value) in batch {
                self.node(key)?;
                let step = match self.graph.get(key) {
                    Node::Str(text) => format!("['{text}']"),
                    Node::Int(number) => format!("[{number}]"),
                    _ => "[…]".to_owned(),
                };
                self.at(step, value)?;
            }
            self.out.push(op::SETITEMS);
        }
        Ok(())
    }

    fn empty_ordered_dict(&mut self) {
        self.global("collections", "OrderedDict");
        self.out.extend([op::EMPTY_TUPLE, op::REDUCE]);
    }

    fn counter(&mut self, id: NodeId, dict: &Dict) -> Result<()> {
        self.call("collections", "Counter", |to| {
            to.out.push(op::EMPTY_DICT);
            to.set_items(dict)?;
            to.out.push(op::TUPLE1);
            Ok(())
        })?;
        self.remember(id);
        Ok(())
    }

    // torch's own.

    fn device(&mut self, text: &str) -> Result<()> {
        let (kind, index) =
            text.split_once(':').map_or((text, None), |(kind, index)| (kind, index.parse().ok()));
        self.call("torch", "device", |to| {
            to.text(&Str::new(kind));
            match index {
                Some(index) => to.int(index),
                None => {
                    to.out.push(op::TUPLE1);
                    return Ok(());
                }
            }
            to.out.push(op::TUPLE2);
            Ok(())
        })
    }

    fn layout(&mut self, name: &str) -> Result<()> {
        self.call("torch.serialization", "_get_layout", |to| {
            to.text(&Str::new(format!("torch.{name}")));
            to.out.push(op::TUPLE1);
            Ok(())
        })
    }

    fn tensor(&mut self, record: &Rc<TensorRecord>) -> Result<()> {
        if let Some(class) = &record.class {
            self.notes.push(format!("{} was a {class} and is saved as a plain tensor", self.path.concat()));
        }
        let attributes = record.attributes.filter(|&id| self.graph.entries(id).is_some());
        match (record.is_parameter, attributes) {
            (false, None) => self.plain_tensor(record),
            (true, attributes) => {
                let name =
                    if attributes.is_some() { "_rebuild_parameter_with_state" } else { "_rebuild_parameter" };
                self.call("torch._utils", name, |to| {
                    to.tuple_of(if attributes.is_some() { 4 } else { 3 }, |to| {
                        let data = TensorRecord { requires_grad: false, ..record.as_ref().clone() };
                        to.plain_tensor(&data)?;
                        to.truth(record.requires_grad);
                        to.empty_ordered_dict();
                        attributes.map_or(Ok(()), |id| to.node(id))
                    })
                })
            }
            (false, Some(attributes)) => self.call("torch._tensor", "_rebuild_from_type_v2", |to| {
                to.out.push(op::MARK);
                let (module, name) = to.function_of(record);
                to.global(module, name);
                to.global("torch", "Tensor");
                to.arguments_of(record)?;
                to.node(attributes)?;
                to.out.push(op::TUPLE);
                Ok(())
            }),
        }
    }

    fn truth(&mut self, value: bool) {
        self.out.push(if value { op::NEWTRUE } else { op::NEWFALSE });
    }

    fn plain_tensor(&mut self, record: &TensorRecord) -> Result<()> {
        let (module, name) = self.function_of(record);
        self.call(module, name, |to| to.arguments_of(record))
    }

    /// The function that makes such a tensor again.
    fn function_of(&self, record: &TensorRecord) -> (&'static str, &'static str) {
        let name = match &record.form {
            Form::Strided(view) if self.storages.is_untyped(view, record.dtype) => "_rebuild_tensor_v3",
            Form::Strided(_) => "_rebuild_tensor_v2",
            Form::Quantized(..) => "_rebuild_qtensor",
            Form::Coo { .. } | Form::Compressed { .. } => "_rebuild_sparse_tensor",
            Form::Nested { .. } => "_rebuild_nested_tensor",
            Form::Meta { .. } => "_rebuild_meta_tensor_no_storage",
        };
        ("torch._utils", name)
    }

    /// The tuple of that function's arguments.
    fn arguments_of(&mut self, record: &TensorRecord) -> Result<()> {
        match &record.form {
            Form::Strided(view) => self.strided(record, view),
            Form::Quantized(view, quantizer) => self.quantized(record, view, quantizer),
            Form::Meta { stride } => self.tuple_of(4, |to| {
                to.global("torch", record.dtype.name());
                to.ints(&record.shape);
                to.ints(stride);
                to.truth(record.requires_grad);
                Ok(())
            }),
            Form::Nested { buffer, sizes, strides, offsets } => self.tuple_of(4, |to| {
                [buffer, sizes, strides, offsets].into_iter().try_for_each(|part| to.plain_tensor(part))
            }),
            Form::Coo { indices, values, coalesced } => self.tuple_of(2, |to| {
                to.layout("sparse_coo")?;
                to.tuple_of(4, |to| {
                    to.plain_tensor(indices)?;
                    to.plain_tensor(values)?;
                    to.size(&record.shape)?;
                    to.truth(coalesced.unwrap_or(false));
                    Ok(())
                })
            }),
            Form::Compressed { layout, compressed, plain, values } => self.tuple_of(2, |to| {
                to.layout(layout)?;
                to.tuple_of(4, |to| {
                    [compressed, plain, values].into_iter().try_for_each(|part| to.plain_tensor(part))?;
                    to.size(&record.shape)
                })
            }),
        }
    }

    fn size(&mut self, shape: &[i64]) -> Result<()> {
        self.call("torch", "Size", |to| {
            to.ints(shape);
            to.out.push(op::TUPLE1);
            Ok(())
        })
    }

    fn strided(&mut self, record: &TensorRecord, view: &View) -> Result<()> {
        let untyped = self.storages.is_untyped(view, record.dtype);
        self.out.push(op::MARK);
        self.place(record, view);
        self.truth(record.requires_grad);
        self.empty_ordered_dict();
        if untyped {
            self.global("torch", record.dtype.name());
        }
        if view.conj || view.neg {
            self.out.push(op::EMPTY_DICT);
            self.out.push(op::MARK);
            for (name, _) in [("conj", view.conj), ("neg", view.neg)].into_iter().filter(|(_, set)| *set) {
                self.text(&Str::intern(name));
                self.out.push(op::NEWTRUE);
            }
            self.out.push(op::SETITEMS);
        }
        self.out.push(op::TUPLE);
        Ok(())
    }

    /// Storage, offset, size, stride.
    fn place(&mut self, record: &TensorRecord, view: &View) {
        let place = self.storages.place(view, &record.shape, record.dtype);
        self.storage(&place);
        self.int(place.offset);
        self.ints(&record.shape);
        self.ints(&place.stride);
    }

    /// `('storage', class, key, location, numel)`, as a persistent id.
    fn storage(&mut self, place: &Place) {
        self.out.push(op::MARK);
        self.text(&Str::intern("storage"));
        match place.class.and_then(class_name) {
            Some(class) => self.global("torch", &class),
            None => self.global("torch.storage", "UntypedStorage"),
        }
        self.text(&Str::new(place.key.to_string()));
        self.text(&Str::intern("cpu"));
        match i64::try_from(place.numel) {
            Ok(numel) => self.int(numel),
            Err(_) => self.long(&BigInt::from(place.numel)),
        }
        self.out.extend([op::TUPLE, op::BINPERSID]);
    }

    fn quantized(&mut self, record: &TensorRecord, view: &View, quantizer: &Quantizer) -> Result<()> {
        self.out.push(op::MARK);
        self.place(record, view);
        match quantizer {
            Quantizer::PerTensor { scale, zero_point } => self.tuple_of(3, |to| {
                to.global("torch", "per_tensor_affine");
                to.float(*scale);
                to.int(*zero_point);
                Ok(())
            })?,
            Quantizer::PerChannel { scales, zero_points, axis, float_parameters } => {
                self.tuple_of(4, |to| {
                    let floats = if *float_parameters { "_float_qparams" } else { "" };
                    to.global("torch", &format!("per_channel_affine{floats}"));
                    to.plain_tensor(scales)?;
                    to.plain_tensor(zero_points)?;
                    to.int(*axis);
                    Ok(())
                })?
            }
        }
        self.truth(record.requires_grad);
        self.empty_ordered_dict();
        self.out.push(op::TUPLE);
        Ok(())
    }

    // numpy's own, as numpy writes it: weights_only=True reads these when they are allowlisted.

    fn array_type(&mut self, element: &ArrayType) -> Result<()> {
        if element.kind == b'V' {
            return Err(self.refuse("numpy record"));
        }
        let (code, order) = (type_code(element), if element.big_endian { ">" } else { "<" });
        let order = if element.itemsize > 1 && element.kind != b'O' { order } else { "|" };
        if !self.notes.iter().any(|note| note == NUMPY_NOTE) {
            self.notes.push(NUMPY_NOTE.to_owned());
        }
        self.call("numpy", "dtype", |to| {
            to.tuple_of(3, |to| {
                to.text(&Str::new(code));
                to.truth(false);
                to.truth(true);
                Ok(())
            })
        })?;
        self.tuple_of(8, |to| {
            to.int(3);
            to.text(&Str::intern(order));
            to.out.extend([op::NONE, op::NONE, op::NONE]);
            let wide = if element.kind == b'U' { i64::try_from(element.itemsize).unwrap_or(-1) } else { -1 };
            to.int(wide);
            to.int(if element.kind == b'U' { 4 } else { -1 });
            to.int(if element.kind == b'O' { 63 } else { 0 });
            Ok(())
        })?;
        self.out.push(op::BUILD);
        Ok(())
    }

    fn array(&mut self, id: NodeId, array: &Array) -> Result<()> {
        self.call("numpy._core.multiarray", "_reconstruct", |to| {
            to.tuple_of(3, |to| {
                to.global("numpy", "ndarray");
                to.ints(&[0]);
                to.bytes(b"b")
            })
        })?;
        self.remember(id);
        self.tuple_of(5, |to| {
            to.int(1);
            to.ints(&array.shape);
            to.array_type(&array.element)?;
            to.truth(array.fortran);
            match &array.data {
                ArrayData::Bytes(bytes) => to.bytes(bytes.bytes()),
                ArrayData::Objects(items) => {
                    to.out.push(op::EMPTY_LIST);
                    to.append(items)
                }
            }
        })?;
        self.out.push(op::BUILD);
        Ok(())
    }

    fn scalar(&mut self, array: &Array) -> Result<()> {
        let ArrayData::Bytes(bytes) = &array.data else { return Err(self.refuse("numpy object scalar")) };
        self.call("numpy._core.multiarray", "scalar", |to| {
            to.tuple_of(2, |to| {
                to.array_type(&array.element)?;
                to.bytes(bytes.bytes())
            })
        })
    }
}

/// `f4`, `U3`, `b1`, `O8`
fn type_code(element: &ArrayType) -> String {
    let count = if element.kind == b'U' { element.itemsize / 4 } else { element.itemsize };
    format!("{}{count}", char::from(element.kind))
}
