//! A state_dict as the tree of modules that its keys speak of, with what each comes to.

use super::grid::{Column, Line, draw};
use super::sanitize::sanitize;
use super::table::totals_lines;
use super::width::cut;
use super::{Role, Screen};
use crate::value::report::size;
use crate::value::report::{Row, Totals, What, shape_text};

/// A module or a tensor.
#[derive(Default)]
struct Node {
    name: String,
    children: Vec<Node>,
    row: Option<Row>,
    tensors: usize,
    elements: u64,
    bytes: u64,
}

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
        // Keys of one module follow each other nearly always, so the search from the end is short.
        let at = match self.children.iter().rposition(|child| child.name == *first) {
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

    /// A module with one child and nothing else is shown on one line with it.
    fn merge_chains(&mut self) {
        for child in &mut self.children {
            child.merge_chains();
        }
        for child in &mut self.children {
            if child.row.is_none()
                && child.children.len() == 1
                && let Some(only) = child.children.pop()
            {
                let name = format!("{}.{}", child.name, only.name);
                *child = Node { name, ..only };
            }
        }
    }
}

/// The deepest that keys are taken apart; what lies below is one name.
const DEEPEST: usize = 64;

/// The tree of entries with subtotals; `depth` levels of it (none: all), `root` the name at its top.
#[must_use]
pub fn tree(rows: &[Row], root: &str, depth: Option<usize>, rest: &str, screen: &Screen) -> String {
    let mut top = Node { name: root.to_owned(), ..Node::default() };
    for row in rows {
        let segments: Vec<&str> = row.key.splitn(DEEPEST, '.').collect();
        top.insert(&segments, row);
    }
    top.merge_chains();
    let mut lines = vec![Line::Cells(module_cells(&top, ""))];
    grow(&top, "", depth.unwrap_or(DEEPEST), &mut lines);
    shorten(&mut lines, screen.rows, rest);
    let columns = [
        Column::new("module", Role::Key).shrinks(),
        Column::new("shape", Role::Shape),
        Column::new("dtype", Role::Type).drops(2),
        Column::new("elements", Role::Number).right().drops(1),
        Column::new("size", Role::Number).right(),
    ];
    let mut out = draw(&columns, &lines, screen);
    out.push_str(&totals_lines(&Totals::of(rows), screen));
    out
}

fn grow(node: &Node, indent: &str, depth: usize, lines: &mut Vec<Line>) {
    let Some(deeper) = depth.checked_sub(1) else { return };
    let last = node.children.len().saturating_sub(1);
    for (i, child) in node.children.iter().enumerate() {
        let (branch, below) = if i == last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        let stem = format!("{indent}{branch}");
        match &child.row {
            Some(row) if child.children.is_empty() => {
                lines.push(Line::Cells(tensor_cells(&child.name, row, &stem)))
            }
            _ => lines.push(Line::Cells(module_cells(child, &stem))),
        }
        grow(child, &format!("{indent}{below}"), deeper, lines);
    }
}

fn tensor_cells(name: &str, row: &Row, stem: &str) -> Vec<String> {
    let name = format!("{stem}{}", sanitize(name));
    match &row.what {
        What::Tensor(facts) => vec![
            name,
            shape_text(&facts.shape),
            facts.dtype.clone(),
            size::grouped(row.elements()),
            size::bytes(row.bytes()),
        ],
        What::Other(kind, text) => vec![name, cut(&sanitize(text), 24), sanitize(kind).into_owned()],
    }
}

fn module_cells(node: &Node, stem: &str) -> Vec<String> {
    let count = size::counted(node.tensors, "tensor");
    let name = format!("{stem}{}", sanitize(&node.name));
    vec![name, count, String::new(), size::grouped(node.elements), size::bytes(node.bytes)]
}

/// Leaves out the lines that a screen has no room for.
fn shorten(lines: &mut Vec<Line>, limit: Option<usize>, rest: &str) {
    let Some(limit) = limit.map(|limit| limit.max(3)) else { return };
    if lines.len() > limit {
        let left_out = lines.len() - (limit - 1);
        lines.truncate(limit - 1);
        let what = size::counted(left_out, "more line");
        let how = if rest.is_empty() { String::new() } else { format!(": {rest}") };
        lines.push(Line::Across(format!("… {what}{how}")));
    }
}
