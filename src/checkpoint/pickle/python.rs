//! What Python's own names make.

use super::Build;
use super::globals::Given;
use crate::graph::{Dict, DictKind, Global, Made, Node, NodeId, Object};
use crate::mapping::Region;
use torchsh_base::error::Result;

fn given<'a>(build: &'a Build, args: &'a [NodeId]) -> Given<'a> {
    Given { graph: &build.graph, items: args }
}

/// The entries that `dict(argument)` has; none for what it is not known for.
fn entries_of(build: &Build, args: &[NodeId]) -> Option<Vec<(NodeId, NodeId)>> {
    let Some(&argument) = args.first() else { return Some(Vec::new()) };
    if args.len() > 1 {
        return None;
    }
    if let Some(entries) = build.graph.entries(argument) {
        return Some(entries.to_vec());
    }
    let pair = |&id| match build.graph.sequence(id)? {
        &[key, value] => Some((key, value)),
        _ => None,
    };
    build.graph.sequence(argument)?.iter().map(pair).collect()
}

fn dict_of_kind(build: &mut Build, args: &[NodeId], kind: DictKind) -> Result<Option<NodeId>> {
    let Some(items) = entries_of(build, args) else { return Ok(None) };
    build.graph.add(Node::Dict(Box::new(Dict { kind, items, attributes: None }))).map(Some)
}

pub fn dict(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    dict_of_kind(build, args, DictKind::Plain)
}

pub fn ordered_dict(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    dict_of_kind(build, args, DictKind::Ordered)
}

pub fn counter(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    dict_of_kind(build, args, DictKind::Counter)
}

pub fn defaultdict(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    let (factory, others) = args.split_first().unwrap_or((&NodeId::NONE, &[]));
    dict_of_kind(build, others, DictKind::Default(*factory))
}

/// The items of what `list(argument)` takes; none for what it is not known for.
fn items_of(build: &Build, args: &[NodeId]) -> Option<Vec<NodeId>> {
    match args {
        [] => Some(Vec::new()),
        [argument] => match build.graph.get(*argument) {
            Node::List(items) | Node::Tuple(items) | Node::Set(items) | Node::FrozenSet(items) => {
                Some(items.as_ref().clone())
            }
            _ => None,
        },
        _ => None,
    }
}

fn sequence(
    build: &mut Build,
    args: &[NodeId],
    make: fn(Box<Vec<NodeId>>) -> Node,
) -> Result<Option<NodeId>> {
    match items_of(build, args) {
        Some(items) => build.graph.add(make(Box::new(items))).map(Some),
        None => Ok(None),
    }
}

pub fn list(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    sequence(build, args, Node::List)
}

pub fn tuple(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    sequence(build, args, Node::Tuple)
}

pub fn set(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    sequence(build, args, Node::Set)
}

pub fn frozenset(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    sequence(build, args, Node::FrozenSet)
}

/// The bytes of `bytes()` or `bytes(text, "latin1")`.
fn bytes_of(build: &Build, args: &[NodeId]) -> Option<Region> {
    let given = given(build, args);
    match args {
        [] => Some(Region::default()),
        [_] => match given.node(0).ok()? {
            Node::Bytes(bytes) | Node::ByteArray(bytes) => Some(bytes.as_ref().clone()),
            Node::List(items) => {
                let byte = |&id| u8::try_from(given.graph.int(id)?).ok();
                items.iter().map(byte).collect::<Option<Vec<u8>>>().map(Region::from)
            }
            _ => None,
        },
        [..] => latin1(given.str(0).ok()?, given.str(1).ok()?),
    }
}

fn latin1(text: &str, encoding: &str) -> Option<Region> {
    let bytes: Vec<u8> = match encoding {
        "latin1" | "latin-1" | "iso-8859-1" => {
            text.chars().map(|c| u8::try_from(c).ok()).collect::<Option<_>>()?
        }
        "utf8" | "utf-8" => text.as_bytes().to_vec(),
        "ascii" if text.is_ascii() => text.as_bytes().to_vec(),
        _ => return None,
    };
    Some(Region::from(bytes))
}

fn add_bytes(
    build: &mut Build,
    bytes: Option<Region>,
    make: fn(Box<Region>) -> Node,
) -> Result<Option<NodeId>> {
    let Some(bytes) = bytes else { return Ok(None) };
    build.graph.charge_text(bytes.len())?;
    build.graph.add(make(Box::new(bytes))).map(Some)
}

pub fn bytes(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    // Bytes of bytes are the same object.
    if let [only] = args
        && matches!(build.graph.get(*only), Node::Bytes(_))
    {
        return Ok(Some(*only));
    }
    let made = bytes_of(build, args);
    add_bytes(build, made, Node::Bytes)
}

pub fn bytearray(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    let made = bytes_of(build, args);
    add_bytes(build, made, Node::ByteArray)
}

/// `_codecs.encode(text, "latin1")`: how protocol 2 writes bytes.
pub fn encode(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    if args.len() < 2 {
        return Ok(None);
    }
    bytes(build, args)
}

pub fn complex(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    let given = given(build, args);
    let (Ok(real), Ok(imaginary)) = (given.float(0), given.float(1)) else { return Ok(None) };
    build.graph.add(Node::Complex(Box::new((real, imaginary)))).map(Some)
}

/// `getattr(class, "Nested")`: how protocol 2 writes nested classes. The name of a name, nothing looked up.
pub fn getattr(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    let given = given(build, args);
    let (Ok(Node::Global(of)), Ok(name)) = (given.node(0), given.str(1)) else { return Ok(None) };
    let (module, name) = (of.module.clone(), format!("{}.{name}", of.name));
    if name.len() > crate::limits::GLOBAL_NAME {
        return Ok(None);
    }
    let global = build.global(module.as_str(), &name)?;
    build.graph.add(Node::Global(global)).map(Some)
}

/// `copyreg._reconstructor(class, base, state)`: how protocols 0 and 1 write objects.
pub fn reconstructor(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    let given = given(build, args);
    let (Ok(Node::Global(class)), Ok(Node::Global(base))) = (given.node(0), given.node(1)) else {
        return Ok(None);
    };
    let (class, is_object) = (class.clone(), base.name.as_str() == "object");
    let state = args.get(2).copied().filter(|_| !is_object);
    if let Some(entries) = state.and_then(|state| build.graph.entries(state)) {
        let entries = entries.to_vec();
        return filled(build, class, |object| object.entries = entries).map(Some);
    }
    if let Some(Node::List(items) | Node::Set(items)) = state.map(|state| build.graph.get(state)) {
        let items = items.as_ref().clone();
        return filled(build, class, |object| object.items = items).map(Some);
    }
    let args = match state.map(|state| build.graph.get(state)) {
        Some(Node::Tuple(items)) => items.as_ref().clone(),
        _ => state.into_iter().collect(),
    };
    build.inert(class, Made::New, args).map(Some)
}

fn filled(
    build: &mut Build,
    class: std::rc::Rc<Global>,
    fill: impl FnOnce(&mut crate::graph::Object),
) -> Result<NodeId> {
    let id = build.inert(class, Made::New, Vec::new())?;
    if let Some(Node::Object(object)) = build.graph.get_mut(id) {
        fill(object);
    }
    Ok(id)
}

/// `copyreg.__newobj_ex__(class, args, keywords)`
pub fn newobj_ex(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    let &[class, args, keywords] = args else { return Ok(None) };
    let Node::Global(class) = build.graph.get(class) else { return Ok(None) };
    let (Some(args), Some(keywords)) = (build.graph.sequence(args), build.graph.entries(keywords)) else {
        return Ok(None);
    };
    let object =
        Object { keywords: keywords.to_vec(), ..Object::of(class.clone(), Made::New, args.to_vec()) };
    build.graph.add(Node::Object(Box::new(object))).map(Some)
}

/// `copyreg.__newobj__(class, *args)`
pub fn newobj(build: &mut Build, args: &[NodeId]) -> Result<Option<NodeId>> {
    let Some((&class, args)) = args.split_first() else { return Ok(None) };
    match build.graph.get(class) {
        Node::Global(class) => {
            let class = class.clone();
            match super::globals::call(build, &class, args)? {
                Some(known) => Ok(Some(known)),
                None => build.inert(class, Made::New, args.to_vec()).map(Some),
            }
        }
        _ => Ok(None),
    }
}
