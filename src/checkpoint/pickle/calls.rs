//! What can be told of calls without making them.

use std::rc::Rc;

use super::{Build, globals};
use crate::checkpoint::graph::{Global, Graph, Made, Node, NodeId};
use crate::checkpoint::limits;
use crate::error::Result;
use crate::syntax::Str;

/// The class of what is made by calling an object that is no plain name: a class that the pickle makes itself (as
/// cloudpickle and dill do) goes by the first text among what it is made of.
#[must_use]
pub fn class_of_called(graph: &Graph, callable: NodeId) -> Rc<Global> {
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

/// A call whose result is dropped was made for what it does: `__reduce__` may name a function that is to give the object
/// under it on the stack its state.
///
/// # Errors
/// As [`globals::set_state`].
pub fn state_by_call(build: &mut Build, under: Option<NodeId>, dropped: NodeId) -> Result<()> {
    let Node::Object(call) = build.graph.get(dropped) else { return Ok(()) };
    let (&[target, state], Made::Call) = (call.args.as_slice(), call.made) else { return Ok(()) };
    match build.graph.get(target) {
        Node::Object(object) if object.state.is_none() && under == Some(target) => {
            globals::set_state(build, target, state)
        }
        _ => Ok(()),
    }
}
