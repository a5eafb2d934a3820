//! What a checkpoint holds: a graph of inert Python objects. Nothing here can run anything.
//!
//! Objects are numbered, so that one shared by two containers (or held by itself) stays one object.

mod answers;
mod array;

use std::rc::Rc;

use num_bigint::BigInt;

pub use self::array::{Array, ArrayData, ArrayType, Field, Fields, Missing, Parts, TextType};

use super::dtype::Dtype;
use super::limits;
use super::mapping::Region;
use super::record::{Storage, TensorRecord};
use torchsh_base::Str;
use torchsh_base::error::{Error, Result};
use torchsh_base::untrusted::escaped;

/// An object's number in its graph.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct NodeId(u32);

impl NodeId {
    /// `None` of every graph.
    pub const NONE: NodeId = NodeId(0);
    /// `False` of every graph.
    pub const FALSE: NodeId = NodeId(1);
    /// `True` of every graph.
    pub const TRUE: NodeId = NodeId(2);

    /// The number, to index a table of what was made of each object.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The objects of a file.
#[derive(Debug)]
pub struct Graph {
    nodes: Vec<Node>,
    /// Bytes that its objects take, about.
    charged: usize,
    /// Bytes of text, and such that are no part of the file.
    text: usize,
}

/// What a file turned out to be, and what is in it.
#[derive(Debug)]
pub struct Loaded {
    /// Its objects.
    pub graph: Graph,
    /// The outermost one.
    pub root: NodeId,
    /// What kind of file it is, for a person: `torch.save zip`.
    pub kind: &'static str,
    /// What a person should be told: damage survived, data left out.
    pub notes: Vec<String>,
}

/// One object. Lists are boxed: three words in the enum would make each of millions of objects larger.
#[allow(clippy::box_collection)]
#[derive(Clone, Debug)]
pub enum Node {
    /// `None`
    None,
    /// `bool`
    Bool(bool),
    /// `int` within 64 bits.
    Int(i64),
    /// `int` beyond.
    BigInt(Box<BigInt>),
    /// `float`
    Float(f64),
    /// `complex`
    Complex(Box<(f64, f64)>),
    /// `str`; a lone surrogate stands in it as Python's repr shows it (`\ud800`).
    Str(Str),
    /// `bytes`
    Bytes(Box<Region>),
    /// `bytearray`
    ByteArray(Box<Region>),
    /// `list`
    List(Box<Vec<NodeId>>),
    /// `tuple`
    Tuple(Box<Vec<NodeId>>),
    /// `set`
    Set(Box<Vec<NodeId>>),
    /// `frozenset`
    FrozenSet(Box<Vec<NodeId>>),
    /// `dict` and its children.
    Dict(Box<Dict>),
    /// A class or function, by name.
    Global(Rc<Global>),
    /// `torch.Size`
    Size(Box<Vec<i64>>),
    /// `torch.float32`
    Dtype(Dtype),
    /// `torch.device`, by its text.
    Device(Str),
    /// A tensor.
    Tensor(Rc<TensorRecord>),
    /// A storage as an object of its own, with the dtype it was saved as.
    Storage(Rc<Storage>, Dtype),
    /// `numpy.ndarray`
    Array(Box<Array>),
    /// A numpy scalar; the array has no dimensions.
    Scalar(Box<Array>),
    /// `numpy.dtype`
    ArrayType(Box<ArrayType>),
    /// Any other object.
    Object(Box<Object>),
}

/// A module-level name: `collections.OrderedDict`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Global {
    /// `collections`
    pub module: Str,
    /// `OrderedDict`; a nested class is dotted.
    pub name: Str,
}

/// `module.name`, to show: what a terminal would act on is escaped.
impl std::fmt::Display for Global {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = escaped(self.name.as_str());
        match self.module.as_str() {
            "" => f.write_str(&name),
            module => write!(f, "{}.{name}", escaped(module)),
        }
    }
}

/// Which dictionary it is.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum DictKind {
    /// `dict`
    #[default]
    Plain,
    /// `collections.OrderedDict`
    Ordered,
    /// `collections.defaultdict` with its factory (`None`: none).
    Default(NodeId),
    /// `collections.Counter`
    Counter,
}

/// A dictionary, in its order.
#[derive(Clone, Debug, Default)]
pub struct Dict {
    /// Which one it is.
    pub kind: DictKind,
    /// Keys and values. [`Graph::entries`] gives them with the later of equal string keys only.
    pub items: Vec<(NodeId, NodeId)>,
    /// Attributes set on the dictionary (`_metadata` of a state_dict), as a dictionary.
    pub attributes: Option<NodeId>,
}

/// An object of a class that is not known here: what the file says of it, and nothing done.
#[derive(Clone, Debug)]
pub struct Object {
    /// Its class, or the function the file wanted to be called for it.
    pub class: Rc<Global>,
    /// How the file wanted it made.
    pub made: Made,
    /// Positional arguments it was to be made with.
    pub args: Vec<NodeId>,
    /// Keyword arguments.
    pub keywords: Vec<(NodeId, NodeId)>,
    /// What was to be given to `__setstate__`, or put into its `__dict__`.
    pub state: Option<NodeId>,
    /// What was to be appended (classes made from `list`) or added (from `set`).
    pub items: Vec<NodeId>,
    /// What was to be set by key (classes made from `dict`).
    pub entries: Vec<(NodeId, NodeId)>,
    /// The calls that the file has for it, where class, arguments and state tell it in another form.
    pub written: Option<Box<Written>>,
}

/// The calls that make an object, as a file has them: what it is written with again.
#[derive(Clone, Debug)]
pub struct Written {
    /// What is called.
    pub by: Callable,
    /// How.
    pub made: Made,
    /// With these arguments,
    pub args: Vec<NodeId>,
    /// and these keyword arguments.
    pub keywords: Vec<(NodeId, NodeId)>,
    /// The states that it is then given, in order; by a function, where one is named for it.
    pub states: Vec<(Option<Rc<Global>>, NodeId)>,
}

/// What a file wants to be called.
#[derive(Clone, Debug)]
pub enum Callable {
    /// A class or function, by name.
    Name(Rc<Global>),
    /// An object: a `functools.partial`, a class that the pickle makes itself.
    Object(NodeId),
}

impl Object {
    /// An object of a class about which nothing else is known yet.
    #[must_use]
    pub fn of(class: Rc<Global>, made: Made, args: Vec<NodeId>) -> Self {
        let (keywords, items, entries) = (Vec::new(), Vec::new(), Vec::new());
        Object { class, made, args, keywords, state: None, items, entries, written: None }
    }

    /// The calls of the file, to be added to.
    pub fn written_mut(&mut self) -> &mut Written {
        self.written.get_or_insert_with(|| {
            Box::new(Written {
                by: Callable::Name(self.class.clone()),
                made: self.made,
                args: self.args.clone(),
                keywords: self.keywords.clone(),
                states: self.state.map(|state| (None, state)).into_iter().collect(),
            })
        })
    }

    /// Everything that it holds, as it is seen and as it is written.
    pub fn held(&self) -> impl Iterator<Item = NodeId> + '_ {
        let pairs = |pairs: &'_ [(NodeId, NodeId)]| {
            pairs.iter().flat_map(|&(key, value)| [key, value]).collect::<Vec<_>>()
        };
        let written = self.written.iter().flat_map(move |written| {
            let by = match written.by {
                Callable::Object(id) => Some(id),
                Callable::Name(_) => None,
            };
            let states = written.states.iter().map(|(_, state)| *state);
            by.into_iter().chain(written.args.iter().copied()).chain(pairs(&written.keywords)).chain(states)
        });
        let own = self.args.iter().chain(&self.items).copied().chain(self.state);
        own.chain(pairs(&self.keywords)).chain(pairs(&self.entries)).chain(written)
    }
}

/// How a file wanted an object made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// `class.__new__(class, *args)`
    New,
    /// `function(*args)`
    Call,
    /// A persistent id that means nothing here.
    Persistent,
    /// By nothing that could be written down: a generator, an open file. Only in graphs of a program's values.
    Unmakeable,
}

impl Node {
    /// Bytes of memory it takes, about.
    fn weight(&self) -> usize {
        const BLOCK: usize = 16;
        let boxed = match self {
            Node::Object(object) => {
                let pairs = object.keywords.len() + object.entries.len();
                let written = object.written.as_ref().map_or(0, |written| {
                    size_of::<Written>() + 4 * written.args.len() + 8 * written.keywords.len()
                });
                size_of::<Object>() + 4 * (object.args.len() + object.items.len()) + 8 * pairs + written
            }
            Node::Dict(dict) => size_of::<Dict>() + 8 * dict.items.len(),
            Node::List(items) | Node::Tuple(items) | Node::Set(items) | Node::FrozenSet(items) => {
                24 + 4 * items.len()
            }
            Node::Tensor(_) => size_of::<TensorRecord>() + 64,
            Node::Storage(..) => size_of::<Storage>() + 32,
            Node::Array(_) | Node::Scalar(_) => size_of::<Array>() + 64,
            Node::Str(_) | Node::Device(_) => 48,
            Node::Bytes(_) | Node::ByteArray(_) => 96,
            Node::BigInt(value) => 32 + usize::try_from(value.bits() / 8).unwrap_or(usize::MAX),
            Node::Size(_) | Node::Complex(_) | Node::ArrayType(_) => 48,
            _ => return size_of::<Node>(),
        };
        size_of::<Node>() + BLOCK + boxed
    }
}

impl Default for Graph {
    fn default() -> Self {
        Graph { nodes: vec![Node::None, Node::Bool(false), Node::Bool(true)], charged: 0, text: 0 }
    }
}

impl Graph {
    /// Adds an object.
    ///
    /// # Errors
    /// `ValueError` beyond [`limits::GRAPH_NODES`].
    pub fn add(&mut self, node: Node) -> Result<NodeId> {
        let shared = match node {
            Node::None => Some(NodeId::NONE),
            Node::Bool(false) => Some(NodeId::FALSE),
            Node::Bool(true) => Some(NodeId::TRUE),
            _ => None,
        };
        if let Some(id) = shared {
            return Ok(id);
        }
        let limit = limits::GRAPH_NODES;
        let id = u32::try_from(self.nodes.len()).ok().filter(|&id| (id as usize) < limit);
        let id = id.ok_or_else(|| Error::value(format!("the file holds more than {limit} objects")))?;
        self.charge(node.weight())?;
        if let Node::Str(text) | Node::Device(text) = &node {
            self.charge_text(text.as_str().len())?;
        }
        self.nodes.push(node);
        Ok(NodeId(id))
    }

    /// Counts memory that objects take beyond themselves: items appended.
    ///
    /// # Errors
    /// `ValueError` beyond [`limits::GRAPH_BYTES`].
    pub fn charge(&mut self, bytes: usize) -> Result<()> {
        self.charged = self.charged.saturating_add(bytes);
        if self.charged > limits::GRAPH_BYTES {
            let limit = limits::GRAPH_BYTES >> 20;
            return Err(Error::value(format!("the objects of the file take more than {limit} MiB")));
        }
        self.charge_text(0)
    }

    /// Counts memory that text takes, and bytes that are no part of the file.
    ///
    /// # Errors
    /// `ValueError` beyond [`limits::GRAPH_TEXT`], the objects counted in.
    pub fn charge_text(&mut self, bytes: usize) -> Result<()> {
        self.text = self.text.saturating_add(bytes);
        if self.text.saturating_add(self.charged) > limits::GRAPH_TEXT {
            let limit = limits::GRAPH_TEXT >> 20;
            return Err(Error::value(format!(
                "the objects and texts of the file take more than {limit} MiB"
            )));
        }
        Ok(())
    }

    /// The numbers of all objects.
    pub fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)).map(NodeId)
    }

    /// A string object.
    ///
    /// # Errors
    /// As [`Graph::add`].
    pub fn text(&mut self, text: &str) -> Result<NodeId> {
        self.add(Node::Str(Str::new(text)))
    }

    /// A plain dictionary from string keys, in order.
    ///
    /// # Errors
    /// As [`Graph::add`].
    pub fn dict(&mut self, items: impl IntoIterator<Item = (Str, NodeId)>) -> Result<NodeId> {
        let mut dict = Dict::default();
        for (key, value) in items {
            dict.items.push((self.add(Node::Str(key))?, value));
        }
        self.add(Node::Dict(Box::new(dict)))
    }

    /// The object with that number (`None` for a number of another graph).
    #[must_use]
    pub fn get(&self, id: NodeId) -> &Node {
        self.nodes.get(id.index()).unwrap_or(&Node::None)
    }

    /// The object with that number, to change it.
    pub fn get_mut(&mut self, id: NodeId) -> Option<&mut Node> {
        self.nodes.get_mut(id.index()).filter(|_| id.index() > NodeId::TRUE.index())
    }

    /// How many objects there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no object but those of every graph.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() <= NodeId::TRUE.index() + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_small_and_singletons_shared() {
        assert!(size_of::<Node>() <= 24);
        let mut graph = Graph::default();
        assert_eq!(graph.add(Node::Bool(true)).unwrap(), NodeId::TRUE);
        let one = graph.add(Node::Int(1)).unwrap();
        let dict = graph.dict([(Str::new("a"), one)]).unwrap();
        assert_eq!(graph.item(dict, "a"), Some(one));
        assert_eq!(graph.item(dict, "b"), None);
        assert!(graph.get_mut(NodeId::NONE).is_none());
    }
}
