//! A state_dict as the tree of modules that its keys speak of, with what each comes to.

use std::collections::HashMap;

use super::grid::{Column, Line, draw};
use super::sanitize::sanitize;
use super::table::{totals_lines, value_text};
use super::{Role, Screen, left_out};
use torchsh_language::value::report::size;
use torchsh_language::value::report::{Row, Totals, What, shape_text};

/// A module or a tensor.
#[derive(Clone, Default)]
pub(super) struct Node {
    /// The part of the key that leads to it; `{0-47}` where it stands for siblings too.
    pub name: String,
    /// How many siblings alike it stands for, besides itself.
    pub repeats: usize,
    /// What lies in it.
    pub children: Vec<Node>,
    /// The entry of that very key.
    pub row: Option<Row>,
    /// Tensors in all that it stands for.
    pub tensors: usize,
    /// Their elements.
    pub elements: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Where children stand by their names, once they are many.
    places: HashMap<String, usize>,
}

/// Children that are looked at one by one.
const FEW: usize = 32;

impl Node {
    /// Puts a row where its key's segments lead.
    fn insert(&mut self, segments: &[&str], row: &Row) {
        self.tensors += if row.facts().is_some() { row.count } else { 0 };
        self.elements = self.elements.saturating_add(row.elements());
        self.bytes = self.bytes.saturating_add(row.bytes());
        let Some((first, others)) = segments.split_first() else {
            self.row = Some(row.clone());
            return;
        };
        let at = match self.place_of(first) {
            Some(at) => at,
            None => {
                self.children.push(Node { name: (*first).to_owned(), ..Node::default() });
                self.children.len() - 1
            }
        };
        if let Some(child) = self.children.get_mut(at) {
            child.insert(others, row);
        }
    }

    fn place_of(&mut self, name: &str) -> Option<usize> {
        if self.children.len() <= FEW {
            // Keys of one module follow each other nearly always, so the search from the end is short.
            return self.children.iter().rposition(|child| child.name == name);
        }
        for (place, child) in self.children.iter().enumerate().skip(self.places.len()) {
            self.places.insert(child.name.clone(), place);
        }
        self.places.get(name).copied()
    }

    /// Siblings with numbers for names and the same inside become one, as `{0-47}`.
    pub(super) fn fold_repeats(&mut self) {
        for child in &mut self.children {
            child.fold_repeats();
        }
        let mut kept: Vec<(Vec<u64>, Node)> = Vec::new();
        let mut alike: HashMap<String, usize> = HashMap::new();
        for child in std::mem::take(&mut self.children) {
            let Ok(number) = child.name.parse::<u64>() else {
                kept.push((Vec::new(), child));
                continue;
            };
            let place = *alike.entry(child.inside()).or_insert(kept.len());
            match kept.get_mut(place) {
                Some((numbers, node)) => {
                    numbers.push(number);
                    node.repeats += 1;
                    node.tensors += child.tensors;
                    node.elements = node.elements.saturating_add(child.elements);
                    node.bytes = node.bytes.saturating_add(child.bytes);
                }
                None => kept.push((vec![number], child)),
            }
        }
        for (mut numbers, mut node) in kept {
            if numbers.len() > 1 {
                numbers.sort_unstable();
                node.name = format!("{{{}}}", super::fold::ranges(&numbers));
            }
            self.children.push(node);
        }
    }

    /// What is in it, to compare by: the names and shapes below, without its own name.
    fn inside(&self) -> String {
        let own = self.row.as_ref().map(|row| format!("{:?}", row.what)).unwrap_or_default();
        let below = self.children.iter().map(|child| format!("{}={};", child.name, child.inside()));
        format!("{own}({})", below.collect::<String>())
    }

    /// A module with one child and nothing else is shown on one line with it.
    pub(super) fn merge_chains(&mut self) {
        for child in &mut self.children {
            child.merge_chains();
        }
        for child in &mut self.children {
            if child.row.is_none()
                && child.children.len() == 1
                && let Some(only) = child.children.pop()
            {
                let name = format!("{}.{}", child.name, only.name);
                let (repeats, tensors) = (child.repeats.max(only.repeats), child.tensors);
                *child =
                    Node { name, repeats, tensors, elements: child.elements, bytes: child.bytes, ..only };
            }
        }
    }
}

/// The deepest that keys are taken apart; what lies below is one name.
const DEEPEST: usize = 64;

/// The tree of entries with subtotals; `depth` levels of it (none: all), `root` the name at its top.
#[must_use]
pub fn tree(rows: &[Row], root: &str, depth: Option<usize>, screen: &Screen) -> String {
    let mut top = planted(rows, root);
    let depth = depth.unwrap_or(DEEPEST);
    let mut lines = lines_of(&mut top.clone(), depth, screen);
    if screen.rows.is_some_and(|limit| lines.len() > limit) {
        top.fold_repeats();
        lines = lines_of(&mut top, depth, screen);
    }
    shorten(&mut lines, screen.rows);
    let columns = [
        Column::new("module", Role::Key).shrinks_at_end(),
        Column::new("shape", Role::Shape).drops(3),
        Column::new("dtype", Role::Type).drops(2),
        Column::new("elements", Role::Number).right().drops(1),
        Column::new("size", Role::Number).right(),
    ];
    let mut out = draw(&columns, &lines, screen);
    out.push_str(&totals_lines(&Totals::of(rows), screen));
    out
}

/// A module or a tensor of the tree, for programs.
pub struct Branch {
    /// How deep it lies; the whole is at 0.
    pub depth: usize,
    /// The key, or what the keys below begin with.
    pub key: String,
    /// The last part of it; of the whole, the name that was given.
    pub name: String,
    /// Tensors in it.
    pub tensors: usize,
    /// Their elements.
    pub elements: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The entry of that very key, if there is one.
    pub row: Option<Row>,
}

/// The tree from top to bottom: nothing is folded, and each part of a key has a level of its own.
#[must_use]
pub fn branches(rows: &[Row], root: &str, depth: Option<usize>) -> Vec<Branch> {
    fn walk(node: &Node, key: &str, depth: usize, deepest: usize, into: &mut Vec<Branch>) {
        let (name, row) = (node.name.clone(), node.row.clone());
        let (tensors, elements, bytes) = (node.tensors, node.elements, node.bytes);
        into.push(Branch { depth, key: key.to_owned(), name, tensors, elements, bytes, row });
        for child in node.children.iter().filter(|_| depth < deepest) {
            let below = if depth == 0 { child.name.clone() } else { format!("{key}.{}", child.name) };
            walk(child, &below, depth + 1, deepest, into);
        }
    }
    let mut all = Vec::new();
    walk(&planted(rows, root), "", 0, depth.unwrap_or(DEEPEST), &mut all);
    all
}

/// The tree of all keys.
pub(super) fn planted(rows: &[Row], root: &str) -> Node {
    let mut top = Node { name: root.to_owned(), ..Node::default() };
    for row in rows {
        let segments: Vec<&str> = row.key.splitn(DEEPEST, '.').collect();
        top.insert(&segments, row);
    }
    top
}

fn lines_of(top: &mut Node, depth: usize, screen: &Screen) -> Vec<Line> {
    top.merge_chains();
    let mut lines = vec![Line::Cells(module_cells(top, ""))];
    grow(top, "", depth, screen, &mut lines);
    lines
}

fn grow(node: &Node, indent: &str, depth: usize, screen: &Screen, lines: &mut Vec<Line>) {
    let Some(deeper) = depth.checked_sub(1) else { return };
    let last = node.children.len().saturating_sub(1);
    for (i, child) in node.children.iter().enumerate() {
        let (branch, below) = if i == last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        let stem = format!("{indent}{branch}");
        match &child.row {
            Some(row) if child.children.is_empty() => {
                lines.push(Line::Cells(tensor_cells(child, row, &stem, screen)))
            }
            _ => lines.push(Line::Cells(module_cells(child, &stem))),
        }
        grow(child, &format!("{indent}{below}"), deeper, screen, lines);
    }
}

fn tensor_cells(node: &Node, row: &Row, stem: &str, screen: &Screen) -> Vec<String> {
    let name = name_cell(node, stem);
    match &row.what {
        What::Tensor(facts) => vec![
            name,
            shape_text(&facts.shape),
            facts.dtype.clone(),
            size::grouped(node.elements),
            size::bytes(node.bytes),
        ],
        What::Other(kind, text) => vec![name, value_text(text, screen), sanitize(kind).into_owned()],
    }
}

fn module_cells(node: &Node, stem: &str) -> Vec<String> {
    let count = size::counted(node.tensors, "tensor");
    vec![name_cell(node, stem), count, String::new(), size::grouped(node.elements), size::bytes(node.bytes)]
}

fn name_cell(node: &Node, stem: &str) -> String {
    match node.repeats {
        0 => format!("{stem}{}", sanitize(&node.name)),
        repeats => format!("{stem}{} ×{}", sanitize(&node.name), repeats + 1),
    }
}

/// Leaves out the lines that a screen has no room for.
fn shorten(lines: &mut Vec<Line>, limit: Option<usize>) {
    let Some(limit) = limit.map(|limit| limit.max(3)) else { return };
    if lines.len() > limit {
        let more = lines.len() - (limit - 1);
        lines.truncate(limit - 1);
        lines.push(Line::Across(left_out(more, "more line")));
    }
}
