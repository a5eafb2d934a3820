//! The way from the object of a file to something in it: as a name, and as an expression of the shell.

use super::graph::{Graph, Node, NodeId};
use torchsh_base::identifier::is_identifier;

/// One step of the way.
pub enum Step {
    /// To the same place.
    Here,
    /// To an item of a list.
    Place(usize),
    /// To an item of a set.
    OfSet(usize),
    /// To the value of a key, which stands at a place of its dictionary.
    Key(NodeId, usize),
    /// To an attribute.
    Attribute(NodeId),
    /// To an entry of a model's `state_dict()`.
    State(String),
    /// To an optimizer's `state_dict()`.
    OptimizerState,
    /// To what is given to an object's `__setstate__`.
    StateOf,
    /// To an argument that an object is made with.
    Argument(usize),
    /// To a keyword argument.
    Keyword(NodeId),
    /// To a part of a tensor, which an object has that stands for it.
    Part(&'static str),
    /// To what a method of that name gives.
    Call(&'static str),
    /// To a part of that name, by an expression.
    Method(&'static str, &'static str),
}

impl Step {
    /// Adds it to a name.
    pub fn name(&self, graph: &Graph, name: &mut String) {
        match self {
            Step::Here | Step::OptimizerState | Step::StateOf => {}
            Step::Place(place) | Step::OfSet(place) | Step::Argument(place) => {
                name.push_str(&format!("[{place}]"));
            }
            Step::State(text) => join(name, text),
            Step::Part(text) | Step::Call(text) | Step::Method(text, _) => join(name, text),
            Step::Key(key, _) | Step::Attribute(key) | Step::Keyword(key) => match graph.get(*key) {
                Node::Str(text) => join(name, text.as_str()),
                _ => name.push_str(&format!("[{}]", key_text(graph, *key, 0))),
            },
        }
    }

    /// Makes of the expression of where it begins that of what lies behind it.
    pub fn path(&self, graph: &Graph, path: &mut String) {
        let key = |key: NodeId| expression(graph, key, 0).unwrap_or_default();
        match self {
            Step::Here => {}
            Step::Place(place) => path.push_str(&format!("[{place}]")),
            Step::OfSet(place) => {
                path.insert_str(0, "list(");
                path.push_str(&format!(")[{place}]"));
            }
            Step::Argument(place) => path.push_str(&format!(".__args__[{place}]")),
            Step::State(text) => path.push_str(&format!(".state_dict()[{}]", quoted(text))),
            Step::OptimizerState => path.push_str(".state_dict()"),
            Step::StateOf => path.push_str(".__state__"),
            Step::Part(text) | Step::Method(_, text) => path.push_str(&format!(".{text}")),
            Step::Call(text) => path.push_str(&format!(".{text}()")),
            Step::Key(id, place) => match expression(graph, *id, 0) {
                Some(key) => path.push_str(&format!("[{key}]")),
                None => {
                    path.insert_str(0, "list(");
                    path.push_str(&format!(".values())[{place}]"));
                }
            },
            Step::Keyword(id) => path.push_str(&format!(".__kwargs__[{}]", key(*id))),
            Step::Attribute(id) => match graph.str(*id) {
                Some(name) if is_attribute(name) => path.push_str(&format!(".{name}")),
                _ => path.push_str(&format!(".__dict__[{}]", key(*id))),
            },
        }
    }
}

fn join(name: &mut String, part: &str) {
    if !name.is_empty() {
        name.push('.');
    }
    name.push_str(part);
}

/// A string as Python reads it: JSON's escapes are among Python's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Whether an attribute of that name can be asked for with a dot.
fn is_attribute(name: &str) -> bool {
    name.is_ascii() && is_identifier(name) && !name.starts_with("__")
}

/// A key as an expression; none for one that no expression gives.
fn expression(graph: &Graph, key: NodeId, depth: usize) -> Option<String> {
    match graph.get(key) {
        Node::Str(text) => Some(quoted(text.as_str())),
        Node::Float(number) if !number.is_finite() => None,
        Node::None | Node::Bool(_) | Node::Int(_) | Node::Float(_) | Node::Dtype(_) => {
            Some(key_text(graph, key, depth))
        }
        Node::BigInt(number) if number.bits() <= 1024 => Some(number.to_string()),
        Node::Tuple(items) if depth < 4 => {
            let parts: Vec<_> =
                items.iter().map(|&item| expression(graph, item, depth + 1)).collect::<Option<_>>()?;
            Some(if parts.len() == 1 {
                format!("({},)", parts.concat())
            } else {
                format!("({})", parts.join(", "))
            })
        }
        _ => None,
    }
}

/// A key as Python's `repr` shows it.
fn key_text(graph: &Graph, key: NodeId, depth: usize) -> String {
    match graph.get(key) {
        Node::None => "None".to_owned(),
        Node::Bool(true) => "True".to_owned(),
        Node::Bool(false) => "False".to_owned(),
        Node::Int(number) => number.to_string(),
        // The digits of a long number take the square of its length.
        Node::BigInt(number) if number.bits() > 1024 => format!("<int of {} bits>", number.bits()),
        Node::BigInt(number) => number.to_string(),
        Node::Float(number) => format!("{number:?}"),
        Node::Str(text) => format!("'{text}'"),
        Node::Dtype(dtype) => dtype.to_string(),
        Node::Global(global) => global.to_string(),
        Node::Tuple(items) if depth < 4 => {
            let parts: Vec<_> = items.iter().map(|&item| key_text(graph, item, depth + 1)).collect();
            if parts.len() == 1 {
                format!("({},)", parts.concat())
            } else {
                format!("({})", parts.join(", "))
            }
        }
        Node::Object(object) => format!("<{}>", object.class),
        _ => format!("<{}>", key.index()),
    }
}
