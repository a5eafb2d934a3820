//! Modules of TorchScript: which of their attributes are parameters, buffers and modules is told by the code beside the
//! pickle (`class Linear(Module):`, `__parameters__ = ["weight", "bias", ]`). Read as text, never run.

use super::graph::{Global, Graph, Node, NodeId};
use super::limits;
use super::pickle::Build;
use super::zip::Archive;
use torchsh_base::Str;
use torchsh_base::error::Result;
use torchsh_base::hash::{SeededMap, SeededSet};

/// What the code says of one class.
#[derive(Default)]
struct Names {
    parameters: Option<SeededSet<String>>,
    buffers: Option<SeededSet<String>>,
}

/// Classes by their full name.
type Classes = SeededMap<String, Names>;

/// Gives the modules of an archive the tables `_parameters`, `_buffers` and `_modules` that their state is told by. A
/// module whose code does not say stays as it is.
///
/// # Errors
/// Those of [`Graph::add`], and of code that does not unpack.
pub fn add_tables(build: &mut Build, archive: &Archive, root: &str) -> Result<()> {
    let classes = classes(archive, root)?;
    for id in build.graph.ids() {
        let Node::Object(object) = build.graph.get(id) else { continue };
        let (Some(names), Some(state)) = (classes.get(&full_name(&object.class)), object.state) else {
            continue;
        };
        let (Some(parameters), Some(buffers)) = (&names.parameters, &names.buffers) else { continue };
        if build.graph.entries(state).is_none() || build.graph.item(state, "_parameters").is_some() {
            continue;
        }
        let graph = &mut build.graph;
        let tables = [
            ("_parameters", chosen(graph, state, |_, name, _| parameters.contains(name))?),
            ("_buffers", chosen(graph, state, |_, name, _| buffers.contains(name))?),
            ("_modules", chosen(graph, state, |graph, _, value| is_module(graph, &classes, value))?),
        ];
        let mut items = Vec::with_capacity(tables.len());
        for (name, table) in tables {
            items.push((graph.text(name)?, table));
        }
        if let Some(Node::Dict(dict)) = graph.get_mut(state) {
            dict.items.extend(items);
        }
    }
    Ok(())
}

fn full_name(class: &Global) -> String {
    class.to_string()
}

fn is_module(graph: &Graph, classes: &Classes, value: NodeId) -> bool {
    matches!(graph.get(value), Node::Object(object) if classes.contains_key(&full_name(&object.class)))
}

/// A dictionary of those attributes.
fn chosen(graph: &mut Graph, state: NodeId, which: impl Fn(&Graph, &str, NodeId) -> bool) -> Result<NodeId> {
    let entries = graph.entries(state).unwrap_or_default().iter();
    let named = entries.filter_map(|&(key, value)| Some((graph.str(key)?, value)));
    let items: Vec<_> = named
        .filter(|(name, value)| which(graph, name, *value))
        .map(|(name, value)| (Str::new(name), value))
        .collect();
    graph.dict(items)
}

/// The modules that the code of an archive declares.
fn classes(archive: &Archive, root: &str) -> Result<Classes> {
    let (mut classes, mut total) = (Classes::default(), 0_u64);
    let folder = format!("{root}/code/");
    for entry in archive.entries() {
        let path = entry.name.as_str().strip_prefix(&folder).and_then(|path| path.strip_suffix(".py"));
        let Some(path) = path else { continue };
        total = total.saturating_add(entry.size);
        if total > limits::SCRIPT_CODE {
            return Ok(Classes::default());
        }
        let code = entry.read(limits::SCRIPT_CODE)?;
        declared(&path.replace('/', "."), &String::from_utf8_lossy(code.bytes()), &mut classes);
    }
    Ok(classes)
}

/// The modules of one file.
fn declared(module: &str, code: &str, classes: &mut Classes) {
    let mut current = None;
    for line in code.lines() {
        if let Some(rest) = line.strip_prefix("class ") {
            current = rest.strip_suffix("(Module):").map(|name| format!("{module}.{name}"));
        } else if let Some(class) = &current
            && let Some((name, list)) = line.trim_start().split_once(" = [")
        {
            let names = classes.entry(class.clone()).or_default();
            match name {
                "__parameters__" => names.parameters = Some(strings(list)),
                "__buffers__" => names.buffers = Some(strings(list)),
                _ => {}
            }
        }
    }
}

/// The strings of `"weight", "bias", ]`.
fn strings(list: &str) -> SeededSet<String> {
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_tells_parameters_and_buffers() {
        let code = "class M(Module):\n  __parameters__ = [\"w\", ]\n  __buffers__ = [\"b\", \"f\", ]\n  w : Tensor\nclass P(NamedTuple):\n  x = [\"y\"]\n";
        let mut classes = Classes::default();
        declared("__torch__", code, &mut classes);
        let names = &classes["__torch__.M"];
        assert!(names.parameters.as_ref().is_some_and(|names| names.len() == 1 && names.contains("w")));
        assert_eq!(names.buffers.as_ref().map(SeededSet::len), Some(2));
        assert_eq!(classes.len(), 1);
    }
}
