//! Pickles, read into inert objects. Nothing a pickle names is ever imported or called: known harmless names become
//! what they would have made, all others stay names.

mod calls;
mod danger;
pub mod globals;
mod joblib;
mod machine;
mod numpy;
pub mod opcodes;
mod python;
mod quantized;
mod text;
mod torch;

pub use self::danger::{danger, is_plain};
use std::rc::Rc;

pub use self::machine::read;
pub use self::numpy::{array_type, check};
pub use self::text::Python2;
pub use self::torch::storage_dtype;
use super::graph::{Global, Graph, Made, Node, NodeId, Object};
use super::limits;
use super::mapping::Region;
use torchsh_base::Str;
use torchsh_base::error::{Error, Kind, Result};
use torchsh_base::hash::{SeededMap, SeededSet};

/// What gives persistent ids their meaning: the kind of file around a pickle.
pub trait Persistent {
    /// The object with that id. An id that means nothing is an inert object, by [`Build::unknown_persistent`].
    ///
    /// # Errors
    /// Whatever is wrong with it: a record that is missing, a size that is not the record's.
    fn load(&mut self, build: &mut Build, id: NodeId) -> Result<NodeId>;
}

/// A pickle outside any such file has no persistent ids.
pub struct NoPersistent;

impl Persistent for NoPersistent {
    fn load(&mut self, build: &mut Build, id: NodeId) -> Result<NodeId> {
        build.unknown_persistent(id)
    }
}

/// What a pickle asked for by one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The name.
    pub global: Rc<Global>,
    /// How often it was imported.
    pub imports: u64,
    /// How often it was to be called.
    pub calls: u64,
    /// Whether it is one of those that become values here.
    pub known: bool,
}

/// A graph in the making.
pub struct Build {
    /// What has been made.
    pub graph: Graph,
    names: SeededMap<(Str, Str), usize>,
    asked: Vec<Asked>,
    /// Where in the pickle the opcode began that was read last.
    pub at: usize,
    /// Pickles around this one.
    pub nesting: usize,
    /// Calls around the one that is made.
    calls: usize,
    /// Items that calls have looked at.
    work: usize,
    /// Bytes that arrays are made of. Those that a second one is made of are counted: they will be copied.
    lent: SeededSet<NodeId>,
    /// Tensors that are a part of one that several processes share.
    pub parts: usize,
    said: Vec<String>,
    /// What bytes of storages are in, where the file does not say it.
    pub big_endian: bool,
    /// What strings of Python 2 are taken for.
    pub strings: Python2,
    /// Reads a file that is embedded as bytes (`torch.storage._load_from_bytes`).
    pub embedded: fn(&mut Build, &Region) -> Result<NodeId>,
}

impl Build {
    /// Nothing yet.
    #[must_use]
    pub fn new(embedded: fn(&mut Build, &Region) -> Result<NodeId>) -> Self {
        Build {
            graph: Graph::default(),
            names: SeededMap::default(),
            asked: Vec::new(),
            at: 0,
            nesting: 0,
            calls: 0,
            work: 0,
            lent: SeededSet::default(),
            parts: 0,
            said: Vec::new(),
            big_endian: false,
            strings: Python2::default(),
            embedded,
        }
    }

    /// What a reader of the file should be told.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let said = match self.parts {
            0 => return self.said.clone(),
            1 => "a tensor is".to_owned(),
            parts => format!("{parts} tensors are"),
        };
        let parts = format!("{said} one process's part of a larger one: the rest is in other files");
        [self.said.as_slice(), &[parts]].concat()
    }

    /// Adds to what a reader of the file should be told.
    pub fn say(&mut self, what: String) {
        self.said.push(what);
    }

    /// Reads a file that lies in this one.
    ///
    /// # Errors
    /// What is wrong with it; files in files, more than [`limits::NESTED_FILES`] deep.
    pub fn inside(&mut self, bytes: &Region) -> Result<NodeId> {
        if self.nesting >= limits::NESTED_FILES {
            return Err(fault(format!("files in files, more than {} deep", limits::NESTED_FILES)));
        }
        self.nesting += 1;
        let loaded = (self.embedded)(self, bytes);
        self.nesting -= 1;
        loaded
    }

    /// Every name that was asked for, in the order of the first time.
    #[must_use]
    pub fn asked(&self) -> &[Asked] {
        &self.asked
    }

    /// The one global with that name.
    ///
    /// # Errors
    /// `UnpicklingError` beyond [`limits::GLOBALS`] names.
    pub fn global(&mut self, module: &str, name: &str) -> Result<Rc<Global>> {
        let key = (Str::new(module), Str::new(name));
        if let Some(asked) = self.names.get(&key).and_then(|&index| self.asked.get_mut(index)) {
            asked.imports += 1;
            return Ok(asked.global.clone());
        }
        if self.asked.len() >= limits::GLOBALS {
            return Err(fault(format!("more than {} different classes and functions", limits::GLOBALS)));
        }
        self.graph.charge(size_of::<Asked>() + 2 * size_of::<(Str, Str)>() + module.len() + name.len())?;
        let global = Rc::new(Global { module: key.0.clone(), name: key.1.clone() });
        self.names.insert(key, self.asked.len());
        let known = globals::is_known(&global);
        self.asked.push(Asked { global: global.clone(), imports: 1, calls: 0, known });
        Ok(global)
    }

    /// Counts what a call will look at: its arguments, and what these hold.
    ///
    /// # Errors
    /// `UnpicklingError` beyond [`limits::CALL_WORK`].
    fn spend(&mut self, args: &[NodeId]) -> Result<()> {
        let sizes = args.iter().map(|&id| self.graph.breadth(id));
        self.work = sizes.fold(self.work.saturating_add(args.len()), usize::saturating_add);
        if self.work > limits::CALL_WORK {
            return Err(fault(format!("its calls look at more than {} items", limits::CALL_WORK)));
        }
        Ok(())
    }

    /// Counts bytes that an array is made of, if another one is made of them already.
    ///
    /// # Errors
    /// That of [`Graph::charge`].
    fn lend(&mut self, bytes: NodeId) -> Result<()> {
        let length = match self.graph.get(bytes) {
            Node::Bytes(bytes) | Node::ByteArray(bytes) => bytes.len(),
            Node::Str(text) => text.as_str().len(),
            Node::List(items) => items.len() * size_of::<NodeId>(),
            _ => 0,
        };
        // What a text or a list gives is a copy at once.
        let shared = matches!(self.graph.get(bytes), Node::Bytes(_) | Node::ByteArray(_));
        let first = self.lent.insert(bytes);
        self.graph.charge_text(if first && shared { 0 } else { length })
    }

    fn count_call(&mut self, global: &Global) {
        let found = self.names.get(&(global.module.clone(), global.name.clone()));
        if let Some(asked) = found.and_then(|&index| self.asked.get_mut(index)) {
            asked.calls += 1;
        }
    }

    /// An object that stays as the file describes it.
    ///
    /// # Errors
    /// That of [`Graph::add`].
    pub fn inert(&mut self, class: Rc<Global>, made: Made, args: Vec<NodeId>) -> Result<NodeId> {
        self.graph.add(Node::Object(Box::new(Object::of(class, made, args))))
    }

    /// An object for a persistent id that means nothing here.
    ///
    /// # Errors
    /// That of [`Graph::add`].
    pub fn unknown_persistent(&mut self, id: NodeId) -> Result<NodeId> {
        let class = Rc::new(Global { module: Str::intern(""), name: Str::intern("<persistent id>") });
        self.inert(class, Made::Persistent, vec![id])
    }
}

/// An `UnpicklingError`.
fn fault(message: impl Into<String>) -> Error {
    Error::new(Kind::Unpickling, message)
}
