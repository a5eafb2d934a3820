//! What can be told of calls without making them.

use std::rc::Rc;

use super::{Build, globals};
use crate::graph::{Callable, Global, Graph, Made, Node, NodeId, Object, Written};
use crate::limits;
use torchsh_base::Str;
use torchsh_base::error::Result;

/// What is made by calling an object that is not a plain name. It is written again by that call.
///
/// # Errors
/// Those of [`Graph::add`].
pub fn call_of_object(build: &mut Build, callable: NodeId, args: Vec<NodeId>, made: Made) -> Result<NodeId> {
    let by = Callable::Object(callable);
    let written = Written { by, made, args: args.clone(), keywords: Vec::new(), states: Vec::new() };
    let object = match new_by_partial(&build.graph, callable).filter(|_| args.is_empty()) {
        Some(object) => object,
        None => {
            let class = class_of_called(&build.graph, callable);
            build.count_call(&class);
            Object::of(class, made, [vec![callable], args].concat())
        }
    };
    build.graph.add(Node::Object(Box::new(Object { written: Some(Box::new(written)), ..object })))
}

/// `functools.partial(Class.__new__, Class, *args, **keywords)`, which is called without arguments: how protocols below 4
/// write an object whose class names keywords for its `__new__`.
fn new_by_partial(graph: &Graph, callable: NodeId) -> Option<Object> {
    let Node::Object(partial) = graph.get(callable) else { return None };
    let &[function, args, keywords, ..] = graph.sequence(partial.state?)? else { return None };
    let Node::Global(function) = graph.get(function) else { return None };
    let name = function.name.as_str().strip_suffix(".__new__")?;
    let class = Rc::new(Global { module: function.module.clone(), name: Str::new(name) });
    let args = graph.sequence(args)?.get(1..)?.to_vec();
    let keywords = graph.entries(keywords)?.to_vec();
    (partial.class.name.as_str() == "partial")
        .then(|| Object { keywords, ..Object::of(class, Made::New, args) })
}

/// The class of what is made by calling an object: a class that the pickle makes itself (as cloudpickle and dill do) goes by
/// the first text among what it is made of.
fn class_of_called(graph: &Graph, callable: NodeId) -> Rc<Global> {
    let name = match graph.get(callable) {
        Node::Object(object) if object.made == Made::Call => {
            object.args.iter().find_map(|&arg| graph.str(arg)).filter(|name| is_name(name))
        }
        _ => None,
    };
    Rc::new(Global { module: Str::intern(""), name: Str::new(name.unwrap_or("<call>")) })
}

fn is_name(text: &str) -> bool {
    text.len() <= limits::GLOBAL_NAME && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// Objects that are pickled as a call with their contents among its arguments: they are seen with the state that they have
/// in Python, and written again by that call.
///
/// # Errors
/// Those of [`Graph::add`].
pub fn called_module(build: &mut Build, global: &Rc<Global>, args: &[NodeId]) -> Result<Option<NodeId>> {
    let Some((&first, others)) = args.split_first() else { return Ok(None) };
    let nothing: &[NodeId] = &[];
    let (class, seen, state) = match (global.module.as_str(), global.name.as_str()) {
        ("tensordict._reductions", "_make_td") => return tensor_dict(build, first, others),
        // Its `__dict__`, and source text that Python would compile.
        ("torch.fx.graph_module", name) if name.starts_with("reduce_") => (global.clone(), others, first),
        // The model that was compiled, and how.
        ("torch._dynamo.eval_frame", "OptimizedModule") => {
            (global.clone(), others, compiled_state(&mut build.graph, first)?)
        }
        (_, name) => match args.iter().find_map(|&arg| record_of(&build.graph, arg, name)) {
            Some((class, state)) => (class.unwrap_or_else(|| global.clone()), nothing, state),
            None => return Ok(None),
        },
    };
    if build.graph.mapping(state).is_none() {
        return Ok(None);
    }
    let mut object = Object::of(global.clone(), Made::Call, args.to_vec());
    object.written_mut();
    let object = Object { class, args: seen.to_vec(), state: Some(state), ..object };
    build.graph.add(Node::Object(Box::new(object))).map(Some)
}

/// The value of a short mapping for a key.
fn entry(graph: &Graph, id: NodeId, key: &str) -> Option<NodeId> {
    let entries = graph.mapping(id).filter(|entries| entries.len() <= ENTRIES)?;
    entries.iter().rev().find(|(name, _)| graph.str(*name) == Some(key)).map(|(_, value)| *value)
}

/// Entries of a mapping that is looked through.
const ENTRIES: usize = 1000;

/// The name of the class and the `__dict__` that an argument of a call is a record of: that of a module, or what
/// `torch_utils.persistence` writes, which keeps the source of the class beside both.
fn record_of(graph: &Graph, arg: NodeId, function: &str) -> Option<(Option<Rc<Global>>, NodeId)> {
    let is_module = |id: NodeId| {
        ["_parameters", "_buffers", "_modules"]
            .iter()
            .all(|table| entry(graph, id, table).is_some_and(|table| graph.entries(table).is_some()))
    };
    if is_module(arg) {
        return Some((None, arg));
    }
    let state = entry(graph, arg, "state");
    let kept = function == "_reconstruct_persistent_obj";
    let state = state.filter(|&state| is_module(state) || kept && graph.mapping(state).is_some())?;
    let name = entry(graph, arg, "class_name").and_then(|name| graph.str(name)).filter(|name| is_name(name));
    let class = name.map(|name| Rc::new(Global { module: Str::intern(""), name: Str::new(name) }));
    Some((class, state))
}

/// `_make_td(class, state)`: a dictionary of tensors, whose entries are kept in one place of its state.
fn tensor_dict(build: &mut Build, class: NodeId, others: &[NodeId]) -> Result<Option<NodeId>> {
    let (Node::Global(class), &[state]) = (build.graph.get(class), others) else { return Ok(None) };
    let (class, entries) = (class.clone(), build.graph.item(state, "_tensordict"));
    let Some(entries) = entries.and_then(|entries| build.graph.entries(entries)) else { return Ok(None) };
    let entries = entries.to_vec();
    let object = Object { entries, ..Object::of(class, Made::New, Vec::new()) };
    build.graph.add(Node::Object(Box::new(object))).map(Some)
}

/// The tables of `torch.compile(model)`: the model as its only child.
fn compiled_state(graph: &mut Graph, model: NodeId) -> Result<NodeId> {
    let modules = graph.dict([(Str::intern("_orig_mod"), model)])?;
    let (parameters, buffers) = (graph.dict([])?, graph.dict([])?);
    let tables = [("_parameters", parameters), ("_buffers", buffers), ("_modules", modules)];
    graph.dict(tables.map(|(name, table)| (Str::intern(name), table)))
}

/// A call whose result is dropped was made for what it does: `__reduce__` may name a function that is to give the object
/// under it on the stack its state.
///
/// # Errors
/// As [`globals::set_state`].
pub fn state_by_call(build: &mut Build, under: Option<NodeId>, dropped: NodeId) -> Result<()> {
    let Node::Object(call) = build.graph.get(dropped) else { return Ok(()) };
    let (&[target, state], Made::Call) = (call.args.as_slice(), call.made) else { return Ok(()) };
    match build.graph.get(target) {
        Node::Object(object) if object.state.is_none() && under == Some(target) => {}
        _ => return Ok(()),
    }
    let setter = call.class.clone();
    globals::set_state(build, target, state)?;
    if let Some(Node::Object(object)) = build.graph.get_mut(target) {
        let written = object.written_mut();
        written.states.pop();
        written.states.push((Some(setter), state));
    }
    Ok(())
}
