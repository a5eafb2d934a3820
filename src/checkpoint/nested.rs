//! What was flattened, nested again.

use super::graph::{Dict, Graph, Node, NodeId};
use super::limits;
use torchsh_base::Str;
use torchsh_base::error::{Error, Result};
use torchsh_base::hash::SeededMap;

/// A dictionary built along paths of keys: what was flattened becomes nested again.
#[derive(Default)]
pub struct Tree {
    branches: Vec<(Step, Branch)>,
    places: SeededMap<Step, usize>,
}

/// One step of a path.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Step {
    /// A key.
    Key(String),
    /// A place in a list.
    Place(i64),
}

enum Branch {
    Leaf(NodeId),
    Tree(Tree),
}

impl Tree {
    /// Whether nothing was put into it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.branches.is_empty()
    }

    /// Puts an object at the end of a path.
    ///
    /// # Errors
    /// `ValueError` for a path that leads through an object.
    pub fn put(&mut self, path: &[Step], value: NodeId) -> Result<()> {
        let conflict = || Error::value("two entries of the checkpoint have names that exclude each other");
        let (step, rest) = path.split_first().ok_or_else(conflict)?;
        let place = self.places.get(step).copied();
        if rest.is_empty() {
            return match place {
                Some(_) => Err(conflict()),
                None => {
                    self.add(step, Branch::Leaf(value));
                    Ok(())
                }
            };
        }
        let place = place.unwrap_or_else(|| self.add(step, Branch::Tree(Tree::default())));
        match self.branches.get_mut(place) {
            Some((_, Branch::Tree(tree))) if path.len() < limits::WALK_NESTING => tree.put(rest, value),
            _ => Err(conflict()),
        }
    }

    fn add(&mut self, step: &Step, branch: Branch) -> usize {
        let place = self.branches.len();
        self.branches.push((step.clone(), branch));
        self.places.insert(step.clone(), place);
        place
    }

    /// The dictionaries and lists.
    ///
    /// # Errors
    /// That of [`Graph::add`].
    pub fn build(self, graph: &mut Graph) -> Result<NodeId> {
        let is_list = !self.branches.is_empty()
            && self.branches.iter().enumerate().all(|(i, (step, _))| *step == Step::Place(i as i64));
        let (mut items, mut entries) = (Vec::new(), Vec::new());
        for (step, branch) in self.branches {
            let value = match branch {
                Branch::Leaf(value) => value,
                Branch::Tree(tree) => tree.build(graph)?,
            };
            if is_list {
                items.push(value);
                continue;
            }
            let key = match step {
                Step::Key(key) => Node::Str(Str::new(key)),
                Step::Place(place) => Node::Int(place),
            };
            entries.push((graph.add(key)?, value));
        }
        if is_list {
            return graph.add(Node::List(Box::new(items)));
        }
        graph.add(Node::Dict(Box::new(Dict { items: entries, ..Dict::default() })))
    }
}
