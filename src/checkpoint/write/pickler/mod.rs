//! Writing a graph as a pickle, of protocol 2 where nothing else is asked for: one that `torch.load(weights_only=True)`
//! reads, unless objects of any class are wanted.

mod numpy;
mod objects;
mod scalars;
mod torch;

use super::storages::{Place, Storages};
use crate::graph::{Dict, DictKind, Graph, Node, NodeId};
use crate::pickle::opcodes as op;
use crate::{limits, module};
use torchsh_base::Str;
use torchsh_base::error::{Error, Kind, Result};
use torchsh_base::hash::SeededMap;

/// Items that one `SETITEMS` or `APPENDS` takes, as Python's pickler does it.
const BATCH: usize = 1000;

/// Shorter pickles have no frame, as Python's pickler leaves it out.
const SHORTEST_FRAME: usize = 4;

/// The protocol that `torch.save` writes.
const TORCH_PROTOCOL: u8 = 2;

/// A pickle in the making.
pub struct Pickler<'a> {
    graph: &'a Graph,
    storages: &'a mut Storages,
    out: Vec<u8>,
    memo: SeededMap<NodeId, u32>,
    texts: SeededMap<Str, u32>,
    globals: SeededMap<String, u32>,
    next: u32,
    /// Keys that lead to the object being written, for messages.
    path: Vec<String>,
    notes: Vec<String>,
    /// Whether objects of any class are written, by the names of their classes.
    objects: bool,
    /// Where storages stand in a pickle that nothing lies beside; none where their bytes do.
    inline: Option<SeededMap<usize, u32>>,
    /// Whether the bytes of the storages follow the pickle, as they did before the zip format.
    stacked: bool,
    /// 2 to 5: which opcodes may be written.
    protocol: u8,
}

impl<'a> Pickler<'a> {
    /// Starts a pickle whose tensors look into these storages.
    #[must_use]
    pub fn new(graph: &'a Graph, storages: &'a mut Storages) -> Self {
        Pickler {
            graph,
            storages,
            out: Vec::new(),
            memo: SeededMap::default(),
            texts: SeededMap::default(),
            globals: SeededMap::default(),
            next: 0,
            path: Vec::new(),
            notes: Vec::new(),
            objects: false,
            inline: None,
            stacked: false,
            protocol: TORCH_PROTOCOL,
        }
    }

    /// Written for readers of this protocol; those below 2 are read by every reader of 2.
    #[must_use]
    pub fn of_protocol(self, protocol: u8) -> Self {
        Pickler { protocol: protocol.clamp(2, op::HIGHEST_PROTOCOL), ..self }
    }

    /// Objects of any class are written, which only a program that has the class reads.
    #[must_use]
    pub fn with_objects(self, objects: bool) -> Self {
        Pickler { objects, ..self }
    }

    /// The bytes of the storages follow the pickle, as they did before the zip format.
    #[must_use]
    pub fn stacked(self) -> Self {
        Pickler { stacked: true, ..self }
    }

    /// The bytes of the storages stand in the pickle itself, as `pickle.dumps` has it.
    #[must_use]
    pub fn inline(self) -> Self {
        Pickler { inline: Some(SeededMap::default()), ..self }
    }

    /// The pickle of a storage and nothing else.
    #[must_use]
    pub fn finish_storage(mut self, place: &Place) -> Vec<u8> {
        self.storage(place);
        self.whole().0
    }

    /// Writes an object and all it holds; gives the pickle and what a person should be told.
    ///
    /// # Errors
    /// `TypeError` for an object that only its class could make again, `RecursionError` for nesting without end.
    pub fn finish(mut self, root: NodeId) -> Result<(Vec<u8>, Vec<String>)> {
        self.node(root)?;
        Ok(self.whole())
    }

    /// The opcodes between the head and the end of a pickle.
    fn whole(mut self) -> (Vec<u8>, Vec<String>) {
        self.out.push(op::STOP);
        let mut whole = vec![op::PROTO, self.protocol];
        if self.protocol >= 4 && self.out.len() >= SHORTEST_FRAME {
            whole.push(op::FRAME);
            whole.extend((self.out.len() as u64).to_le_bytes());
        }
        whole.append(&mut self.out);
        (whole, self.notes)
    }

    pub(super) fn node(&mut self, id: NodeId) -> Result<()> {
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
    pub(super) fn object(&mut self, id: NodeId) -> Result<()> {
        match self.graph.get(id) {
            Node::List(items) => return self.list(id, items),
            Node::Dict(dict) => return self.dict(id, dict),
            Node::Tuple(items) if items.is_empty() => {
                self.out.push(op::EMPTY_TUPLE);
                return Ok(());
            }
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
            Node::ByteArray(bytes) if self.protocol >= 5 => {
                self.out.push(op::BYTEARRAY8);
                self.out.extend((bytes.bytes().len() as u64).to_le_bytes());
                self.out.extend(bytes.bytes());
            }
            Node::ByteArray(bytes) => self.call("__builtin__", "bytearray", |to| {
                to.bytes(bytes.bytes())?;
                to.out.push(op::TUPLE1);
                Ok(())
            })?,
            Node::Set(items) if self.protocol >= 4 => return self.growing_set(id, items),
            Node::FrozenSet(items) if self.protocol >= 4 => {
                self.out.push(op::MARK);
                self.items(items)?;
                self.out.push(op::FROZENSET);
            }
            Node::Set(items) => self.set("set", items)?,
            Node::FrozenSet(items) => self.set("frozenset", items)?,
            Node::Device(text) => self.device(text.as_str())?,
            Node::Tensor(record) => self.tensor(&record.clone())?,
            Node::Array(array) => return self.array(id, array),
            Node::Scalar(array) => self.scalar(array)?,
            Node::ArrayType(element) => self.array_type(element)?,
            Node::Object(object) if self.objects => return self.any_object(id, object),
            Node::Object(object) => {
                let error = self.refuse(&object.class.to_string());
                let has_state = module::as_module(self.graph, id).or(module::as_optimizer(self.graph, id));
                return Err(if has_state.is_some() {
                    error.hint("save its state_dict instead: state_dict(…)")
                } else {
                    error.hint("drop or convert that entry, or write it as Python would: torch.save(…)")
                });
            }
            Node::Storage(storage, dtype) => self.whole_storage(storage, *dtype)?,
            _ => return Err(self.refuse("object")),
        }
        self.remember(id);
        Ok(())
    }

    pub(super) fn refuse(&self, class: &str) -> Error {
        let path = if self.path.is_empty() { "the object".to_owned() } else { self.path.concat() };
        let message =
            format!("cannot save {path}: its class is {class}, which torch.load(weights_only=True) refuses");
        Error::type_error(message)
    }

    // The memo.

    pub(super) fn put(&mut self) -> u32 {
        let index = self.next;
        self.next = self.next.saturating_add(1);
        match u8::try_from(index) {
            _ if self.protocol >= 4 => self.out.push(op::MEMOIZE),
            Ok(short) => self.out.extend([op::BINPUT, short]),
            Err(_) => {
                self.out.push(op::LONG_BINPUT);
                self.out.extend(index.to_le_bytes());
            }
        }
        index
    }

    pub(super) fn get(&mut self, index: u32) {
        match u8::try_from(index) {
            Ok(short) => self.out.extend([op::BINGET, short]),
            Err(_) => {
                self.out.push(op::LONG_BINGET);
                self.out.extend(index.to_le_bytes());
            }
        }
    }

    pub(super) fn remember(&mut self, id: NodeId) {
        let index = self.put();
        self.memo.insert(id, index);
    }

    // Atoms.

    pub(super) fn global(&mut self, module: &str, name: &str) {
        let module = if self.protocol >= 3 && module == "__builtin__" { "builtins" } else { module };
        let line = format!("{module}\n{name}\n");
        if let Some(&index) = self.globals.get(&line) {
            return self.get(index);
        }
        if self.protocol >= 4 {
            self.text(&Str::intern(module));
            self.text(&Str::intern(name));
            self.out.push(op::STACK_GLOBAL);
        } else {
            self.out.push(op::GLOBAL);
            self.out.extend(line.as_bytes());
        }
        let index = self.put();
        self.globals.insert(line, index);
    }

    /// A name that stands for itself: only those that `weights_only=True` knows.
    pub(super) fn known_global(&mut self, module: &str, name: &str) -> Result<()> {
        if module == "torch" && (name.starts_with("per_") || name.starts_with("q")) {
            self.global(module, name);
            return Ok(());
        }
        if module == "torch" && (name == "strided" || name.starts_with("sparse_")) {
            return self.layout(name);
        }
        if self.objects {
            return self.any_global(module, name);
        }
        Err(self.refuse(&format!("{module}.{name}")))
    }

    pub(super) fn call(
        &mut self,
        module: &str,
        name: &str,
        args: impl FnOnce(&mut Self) -> Result<()>,
    ) -> Result<()> {
        self.global(module, name);
        args(self)?;
        self.out.push(op::REDUCE);
        Ok(())
    }

    // Containers.

    pub(super) fn tuple(&mut self, items: &[NodeId]) -> Result<()> {
        self.tuple_of(items.len(), |to| to.items(items))
    }

    pub(super) fn tuple_of(
        &mut self,
        length: usize,
        items: impl FnOnce(&mut Self) -> Result<()>,
    ) -> Result<()> {
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

    pub(super) fn items(&mut self, items: &[NodeId]) -> Result<()> {
        for (place, &item) in items.iter().enumerate() {
            self.at(format!("[{place}]"), item)?;
        }
        Ok(())
    }

    pub(super) fn at(&mut self, step: String, id: NodeId) -> Result<()> {
        self.path.push(step);
        self.node(id)?;
        self.path.pop();
        Ok(())
    }

    pub(super) fn ints(&mut self, numbers: &[i64]) {
        let _ = self.tuple_of(numbers.len(), |to| {
            numbers.iter().for_each(|&number| to.int(number));
            Ok(())
        });
    }

    pub(super) fn list(&mut self, id: NodeId, items: &[NodeId]) -> Result<()> {
        self.out.push(op::EMPTY_LIST);
        self.remember(id);
        self.append(items)
    }

    pub(super) fn append(&mut self, items: &[NodeId]) -> Result<()> {
        if items.len() == 1 {
            self.items(items)?;
            self.out.push(op::APPEND);
            return Ok(());
        }
        for batch in items.chunks(BATCH) {
            self.out.push(op::MARK);
            self.items(batch)?;
            self.out.push(op::APPENDS);
        }
        Ok(())
    }

    fn growing_set(&mut self, id: NodeId, items: &[NodeId]) -> Result<()> {
        self.out.push(op::EMPTY_SET);
        self.remember(id);
        for batch in items.chunks(BATCH) {
            self.out.push(op::MARK);
            self.items(batch)?;
            self.out.push(op::ADDITEMS);
        }
        Ok(())
    }

    pub(super) fn set(&mut self, class: &str, items: &[NodeId]) -> Result<()> {
        self.call("__builtin__", class, |to| {
            to.out.push(op::EMPTY_LIST);
            to.append(items)?;
            to.out.push(op::TUPLE1);
            Ok(())
        })
    }

    pub(super) fn dict(&mut self, id: NodeId, dict: &Dict) -> Result<()> {
        match &dict.kind {
            DictKind::Plain => self.out.push(op::EMPTY_DICT),
            DictKind::Ordered => self.empty_ordered_dict(),
            DictKind::Default(NodeId::NONE) => {
                self.call("collections", "defaultdict", |to| {
                    to.out.push(op::EMPTY_TUPLE);
                    Ok(())
                })?;
            }
            DictKind::Default(factory) if self.objects => {
                let factory = *factory;
                self.call("collections", "defaultdict", |to| {
                    to.node(factory)?;
                    to.out.push(op::TUPLE1);
                    Ok(())
                })?;
            }
            DictKind::Default(_) => return Err(self.refuse("collections.defaultdict with a factory")),
            DictKind::Counter => return self.counter(id, dict),
        }
        self.remember(id);
        self.set_items(&dict.items)?;
        // A plain dictionary of Python's has no place for them.
        let attributes = dict.attributes.filter(|_| !matches!(dict.kind, DictKind::Plain));
        let Some(attributes) = attributes else { return Ok(()) };
        self.node(attributes)?;
        self.out.push(op::BUILD);
        Ok(())
    }

    pub(super) fn set_items(&mut self, items: &[(NodeId, NodeId)]) -> Result<()> {
        if let &[(key, value)] = items {
            self.entry(key, value)?;
            self.out.push(op::SETITEM);
            return Ok(());
        }
        for batch in items.chunks(BATCH) {
            self.out.push(op::MARK);
            for &(key, value) in batch {
                self.entry(key, value)?;
            }
            self.out.push(op::SETITEMS);
        }
        Ok(())
    }

    fn entry(&mut self, key: NodeId, value: NodeId) -> Result<()> {
        self.node(key)?;
        let step = match self.graph.get(key) {
            Node::Str(text) => format!("['{text}']"),
            Node::Int(number) => format!("[{number}]"),
            _ => "[…]".to_owned(),
        };
        self.at(step, value)
    }

    pub(super) fn empty_ordered_dict(&mut self) {
        self.global("collections", "OrderedDict");
        self.out.extend([op::EMPTY_TUPLE, op::REDUCE]);
    }

    pub(super) fn counter(&mut self, id: NodeId, dict: &Dict) -> Result<()> {
        self.call("collections", "Counter", |to| {
            to.out.push(op::EMPTY_DICT);
            to.set_items(&dict.items)?;
            to.out.push(op::TUPLE1);
            Ok(())
        })?;
        self.remember(id);
        Ok(())
    }
}
