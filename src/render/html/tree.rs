//! State_dicts and checkpoints as trees that fold.

use super::page::{BLUE, Page, badge, bar, dtype_badge, escape, faint, key};
use crate::tree::{Node, planted};
use torchsh_language::value::report::{Holds, Item, Row, Totals, What, shape_text, size};

/// Lines up to which everything is open.
const OPEN: usize = 48;

/// Where the lines of a module stand below it.
const BELOW: &str = "<div style=\"clear:both;margin-left:18px\">";

/// How what has no room is seen.
const HOW: &str = "page shows all, tree m depth=2 a summary";

/// A state_dict by module, with `says` above; repeated layers as one.
pub fn tree(rows: &[Row], says: &str, depth: Option<usize>) -> String {
    let totals = Totals::of(rows);
    let mut top = planted(rows, says);
    top.fold_repeats();
    top.merge_chains();
    let mut page = Page::new();
    page.push(&format!("<div>{}</div>", faint(&escape(says))));
    let forest = Forest { all: totals.bytes.max(1), opens: top.lines() <= OPEN };
    for child in &top.children {
        forest.grow(&mut page, child, "", depth.unwrap_or(usize::MAX), 0);
    }
    if says != totals.line() {
        page.push(&format!("<div style=\"clear:both\">{}</div>", faint(&escape(&totals.line()))));
    }
    page.end(HOW)
}

impl Node {
    /// Lines of it and all below.
    fn lines(&self) -> usize {
        1 + self.children.iter().map(Node::lines).sum::<usize>()
    }
}

/// What all lines of a tree have in common.
struct Forest {
    /// Bytes of everything.
    all: u64,
    /// Whether everything is open.
    opens: bool,
}

impl Forest {
    /// A module or a tensor, and what lies below.
    fn grow(&self, page: &mut Page, node: &Node, before: &str, depth: usize, level: usize) {
        let own = format!("{before}{}", first_of(&node.name));
        match &node.row {
            Some(row) if node.children.is_empty() => {
                page.line(&self.leaf(node, row, &own));
            }
            _ if depth <= 1 => {
                page.line(&format!("<div style=\"clear:both\">{}</div>", self.module(node, &own)));
            }
            _ => {
                let open = if self.opens || level == 0 && node.children.len() < OPEN { " open" } else { "" };
                let head = format!(
                    "<details{open} style=\"clear:both\"><summary style=\"cursor:pointer\">{}</summary>{BELOW}",
                    self.module(node, &own)
                );
                if !page.line(&head) {
                    page.leave_out(node.lines() - 1);
                    return;
                }
                let below = format!("{own}.");
                if let Some(row) = &node.row {
                    page.line(&self.leaf(node, row, &own));
                }
                for child in &node.children {
                    self.grow(page, child, &below, depth - 1, level + 1);
                }
                page.push("</div></details>");
            }
        }
    }

    /// The line of a module: its name, and what it comes to.
    fn module(&self, node: &Node, own: &str) -> String {
        let right = [
            cell("", 15),
            cell(&faint(&size::counted(node.tensors, "tensor")), 12),
            cell(&escape(&size::bytes(node.bytes)), 10),
            self.share(node.bytes),
        ];
        let name = format!("<b title=\"{}\">{}</b>", escape(own), escape(&node.name));
        format!("{name}{}{}", repeats(node), floating(&right))
    }

    fn leaf(&self, node: &Node, row: &Row, own: &str) -> String {
        let right = match &row.what {
            What::Tensor(facts) => floating(&[
                cell(&escape(&shape_text(&facts.shape)), 15),
                cell(&dtype_badge(&facts.dtype), 12),
                cell(&escape(&size::bytes(node.bytes)), 10),
                self.share(node.bytes),
            ]),
            What::Other(kind, text) => {
                format!(" {} {}", badge(kind, "#767676"), faint(&escape(&short(text))))
            }
        };
        // Where the key leaves no room beside it, what floats stands below, and the next line below that.
        format!("<div style=\"clear:both\">{}{}{right}</div>", key(own), repeats(node))
    }

    fn share(&self, bytes: u64) -> String {
        bar(bytes as f64 / self.all as f64, BLUE)
    }
}

/// `×32`, for siblings that are alike.
fn repeats(node: &Node) -> String {
    match node.repeats {
        0 => String::new(),
        repeats => format!(" {}", badge(&format!("×{}", repeats + 1), "#767676")),
    }
}

/// The key of the first of several siblings: `{0-47}` stands for `0` too.
fn first_of(name: &str) -> String {
    let first = |part: &str| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
        Some(numbers) if numbers.starts_with(|c: char| c.is_ascii_digit()) => {
            numbers.split([',', '-']).next().unwrap_or_default().to_owned()
        }
        _ => part.to_owned(),
    };
    name.split('.').map(first).collect::<Vec<_>>().join(".")
}

/// Cells at the right end of a line, each column under the other whatever stands before.
fn floating(cells: &[String]) -> String {
    format!("<span style=\"float:right\">{}</span>", cells.concat())
}

/// A cell of so many letters.
fn cell(html: &str, letters: usize) -> String {
    format!(
        "<span style=\"display:inline-block;min-width:{letters}em;text-align:right;padding-right:10px\">{html}</span>"
    )
}

/// Letters of a value that is no tensor.
const VALUE: usize = 200;

fn short(text: &str) -> String {
    let mut short: String = text.chars().take(VALUE).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// A whole checkpoint: what lies in it, each container with its entries below.
pub fn outline(items: &[Item]) -> String {
    let mut page = Page::new();
    let mut open = 0usize;
    for (place, item) in items.iter().enumerate() {
        while open > item.depth {
            page.push("</div></details>");
            open -= 1;
        }
        let line = format!("{} {} {}", key_of(item), kind_of(item), facts(item));
        let is_container = items.get(place + 1).is_some_and(|next| next.depth > item.depth);
        if !is_container {
            page.line(&format!("<div>{line}</div>"));
            continue;
        }
        // Entries below are pushed in any case: containers are few.
        page.push(&format!("<details open><summary style=\"cursor:pointer\">{line}</summary>{BELOW}"));
        open += 1;
    }
    for _ in 0..open {
        page.push("</div></details>");
    }
    page.end("page shows all")
}

fn key_of(item: &Item) -> String {
    match item.holds {
        Some(_) => format!("<b>{}</b>", escape(&item.key)),
        None => escape(&item.key),
    }
}

fn kind_of(item: &Item) -> String {
    if item.kind.is_empty() { String::new() } else { badge(&item.kind, "#767676") }
}

fn facts(item: &Item) -> String {
    match &item.holds {
        Some(Holds::Tensors(totals)) => {
            let dtypes: Vec<String> = totals.dtypes.iter().map(|(name, _)| dtype_badge(name)).collect();
            format!("{} {}", escape(&item.text), dtypes.join(" "))
        }
        _ => faint(&escape(&short(&item.text))),
    }
}
