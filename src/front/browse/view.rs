//! What is seen of the tree and what was done to it: what is open, where the cursor stands, what is marked and searched.

use std::collections::HashSet;

use torchsh_checkpoint::pattern::fits;
use torchsh_session::browse::{Content, Tree};

/// The order of the parts of a module.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// As in the file.
    #[default]
    File,
    /// The largest first.
    Size,
}

/// A line of the tree that is in sight when its parents are open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    pub node: usize,
    pub depth: usize,
}

/// A search that was made.
#[derive(Default)]
pub struct Search {
    pub text: String,
    /// The places found, in the order of the tree.
    pub found: Vec<usize>,
    /// The same.
    set: HashSet<usize>,
}

/// The view on a tree.
pub struct View {
    pub tree: Tree,
    /// All nodes in the order of the tree.
    order: Vec<usize>,
    /// The paths of these in small letters, made for the first search.
    paths: Vec<String>,
    open: HashSet<usize>,
    pub marked: HashSet<usize>,
    lines: Vec<Line>,
    pub cursor: usize,
    /// The first line in sight.
    pub top: usize,
    /// Lines in sight when it was last drawn.
    pub rows: usize,
    pub search: Search,
    pub sorted: Order,
    /// Whether all entries are one list, under their whole names.
    pub is_flat: bool,
}

impl View {
    /// The view on a tree, with the only thing in it open.
    pub fn new(tree: Tree) -> View {
        let order = tree.order();
        let mut view = View {
            tree,
            order,
            paths: Vec::new(),
            open: HashSet::new(),
            marked: HashSet::new(),
            lines: Vec::new(),
            cursor: 0,
            top: 0,
            rows: 1,
            search: Search::default(),
            sorted: Order::File,
            is_flat: false,
        };
        if let [only] = view.tree.roots.as_slice() {
            view.open.insert(*only);
        }
        view.lay_out();
        view
    }

    /// Puts another tree in the place of this one: what was open and where the cursor stood stays, by name.
    pub fn replace(&mut self, tree: Tree) {
        let path = |id: usize| self.tree.node(id).map(|node| node.path.clone());
        let open: HashSet<String> = self.open.iter().filter_map(|id| path(*id)).collect();
        let at = self.chosen().and_then(path);
        let cursor = self.cursor;
        let (order, sorted, is_flat) = (tree.order(), self.sorted, self.is_flat);
        let is_open = |id: &usize| tree.node(*id).is_some_and(|node| open.contains(&node.path));
        let open = order.iter().copied().filter(is_open).collect();
        *self = View { open, order, sorted, is_flat, rows: self.rows, top: self.top, ..View::new(tree) };
        self.lay_out();
        let found = at.and_then(|at| {
            self.lines.iter().position(|line| self.tree.node(line.node).is_some_and(|node| node.path == at))
        });
        self.cursor = found.unwrap_or(cursor).min(self.lines.len().saturating_sub(1));
    }

    /// The lines in their order.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The place under the cursor.
    pub fn chosen(&self) -> Option<usize> {
        self.lines.get(self.cursor).map(|line| line.node)
    }

    pub fn is_open(&self, id: usize) -> bool {
        self.open.contains(&id)
    }

    pub fn is_branch(&self, id: usize) -> bool {
        self.tree.node(id).is_some_and(|node| !node.children.is_empty())
    }

    /// Whether a place is marked, or something that it lies in.
    pub fn is_marked(&self, id: usize) -> bool {
        let mut at = Some(id);
        while let Some(id) = at.filter(|_| !self.marked.is_empty()) {
            if self.marked.contains(&id) {
                return true;
            }
            at = self.tree.node(id).and_then(|node| node.parent);
        }
        false
    }

    /// What is acted on: what is marked, otherwise what is under the cursor.
    pub fn meant(&self) -> Vec<usize> {
        match self.marked.is_empty() {
            true => self.chosen().into_iter().collect(),
            false => self.tree.outermost(&self.marked.iter().copied().collect::<Vec<_>>()),
        }
    }

    /// How many tensors are marked.
    pub fn marked_tensors(&self) -> usize {
        if self.marked.is_empty() {
            return 0;
        }
        self.meant().into_iter().filter_map(|id| self.tree.node(id)).map(|node| node.tensors).sum()
    }

    // ---- moving ---------------------------------------------------------------------------------------------------

    pub fn move_by(&mut self, by: isize) {
        let last = self.lines.len().saturating_sub(1);
        self.cursor = self.cursor.saturating_add_signed(by).min(last);
    }

    pub fn move_to(&mut self, line: usize) {
        self.cursor = line.min(self.lines.len().saturating_sub(1));
    }

    /// Opens or closes what is under the cursor.
    pub fn toggle(&mut self) {
        let Some(id) = self.chosen().filter(|id| self.is_branch(*id)) else { return };
        if !self.open.remove(&id) {
            self.open.insert(id);
        }
        self.lay_out();
    }

    /// Opens what is under the cursor; into it, where it is open.
    pub fn enter(&mut self) {
        match self.chosen().filter(|id| self.is_branch(*id)) {
            Some(id) if self.is_open(id) => self.move_by(1),
            Some(_) => self.toggle(),
            None => {}
        }
    }

    /// Closes what is under the cursor; where it is closed, up to what it lies in.
    pub fn leave(&mut self) {
        let Some(id) = self.chosen() else { return };
        if self.is_branch(id) && self.is_open(id) {
            self.toggle();
            return;
        }
        let parent = self.tree.node(id).and_then(|node| node.parent);
        let line = parent.and_then(|parent| self.lines.iter().position(|line| line.node == parent));
        self.cursor = line.unwrap_or(self.cursor);
    }

    /// Opens all, or closes all.
    pub fn open_all(&mut self, open: bool) {
        let at = self.chosen();
        self.open = match open {
            true => self.order.iter().copied().filter(|id| self.is_branch(*id)).collect(),
            false => HashSet::new(),
        };
        self.lay_out();
        if let Some(at) = at {
            self.show(self.in_sight(at));
        }
    }

    /// Turns between the orders.
    pub fn turn_order(&mut self) {
        self.sorted = if self.sorted == Order::File { Order::Size } else { Order::File };
        let at = self.chosen();
        self.lay_out();
        at.map(|at| self.show(at)).unwrap_or_default();
    }

    /// Turns between the tree and a list of all entries.
    pub fn turn_flat(&mut self) {
        let at = self.chosen();
        self.is_flat = !self.is_flat;
        self.lay_out();
        let first = |mut id: usize| {
            while let Some(child) = self.tree.node(id).and_then(|node| node.children.first()) {
                id = *child;
            }
            id
        };
        // Of a module the list has the first entry.
        if let Some(at) = at.map(|at| if self.is_flat { first(at) } else { at }) {
            self.show(at);
        }
    }

    /// The next tensors from the cursor on, all of them once, in the order that is shown.
    pub fn tensors_from_here(&self) -> Vec<usize> {
        let order = self.walked();
        let at = self.chosen().and_then(|at| order.iter().position(|id| *id == at)).map_or(0, |at| at + 1);
        let (before, behind) = order.split_at_checked(at).unwrap_or((&order, &[]));
        let is_tensor =
            |id: &&usize| self.tree.node(**id).is_some_and(|node| matches!(node.content, Content::Tensor(_)));
        behind.iter().chain(before).filter(is_tensor).copied().collect()
    }

    /// The outermost thing that is closed and holds a place; the place itself, where all is open.
    fn in_sight(&self, id: usize) -> usize {
        let (mut shown, mut at) = (id, id);
        while let Some(parent) = self.tree.node(at).and_then(|node| node.parent) {
            at = parent;
            if !self.open.contains(&parent) {
                shown = parent;
            }
        }
        shown
    }

    /// Brings the cursor to a place, opening what it lies in.
    pub fn show(&mut self, id: usize) {
        let mut above = self.tree.node(id).and_then(|node| node.parent);
        let mut is_new = false;
        while let Some(parent) = above {
            is_new |= self.open.insert(parent);
            above = self.tree.node(parent).and_then(|node| node.parent);
        }
        if is_new {
            self.lay_out();
        }
        let line = self.lines.iter().position(|line| line.node == id);
        self.cursor = line.unwrap_or(self.cursor);
    }

    fn lay_out(&mut self) {
        self.lines.clear();
        if self.is_flat {
            let entries: Vec<usize> = self.order.iter().copied().filter(|id| !self.is_branch(*id)).collect();
            let entries: Vec<usize> = self.sorted_parts(&entries).collect();
            self.lines.extend(entries.into_iter().rev().map(|node| Line { node, depth: 0 }));
            return self.move_to(self.cursor);
        }
        let mut left: Vec<Line> =
            self.sorted_parts(&self.tree.roots).map(|node| Line { node, depth: 0 }).collect();
        while let Some(line) = left.pop() {
            self.lines.push(line);
            if self.open.contains(&line.node)
                && let Some(node) = self.tree.node(line.node)
            {
                left.extend(
                    self.sorted_parts(&node.children).map(|node| Line { node, depth: line.depth + 1 }),
                );
            }
        }
        self.move_to(self.cursor);
    }

    /// Parts in their order, the last first.
    fn sorted_parts(&self, parts: &[usize]) -> impl Iterator<Item = usize> + use<> {
        let mut parts = parts.to_vec();
        if self.sorted == Order::Size {
            parts.sort_by_key(|id| std::cmp::Reverse(self.tree.node(*id).map_or(0, |node| node.bytes)));
        }
        parts.into_iter().rev()
    }

    // ---- marking --------------------------------------------------------------------------------------------------

    /// Marks what is under the cursor, or no longer, and goes on.
    pub fn mark(&mut self) {
        let Some(id) = self.chosen() else { return };
        if !self.marked.remove(&id) && !self.is_marked(id) {
            self.marked.insert(id);
        }
        self.move_by(1);
    }

    /// Marks the entries that the search has found in the dictionary of the cursor, or in the first that has any, for a statement
    /// speaks of one; how many these are, and how many lie in others.
    pub fn mark_found(&mut self) -> (usize, usize) {
        let is_entry = |id: &usize| {
            self.tree
                .node(*id)
                .is_some_and(|node| !matches!(node.content, Content::Module | Content::Container(_)))
        };
        let found: Vec<usize> = self.search.found.iter().copied().filter(is_entry).collect();
        let here = self.chosen().filter(|at| found.iter().any(|id| self.tree.lie_together(*at, *id)));
        let Some(here) = here.or(found.first().copied()) else { return (0, 0) };
        let marked: Vec<usize> =
            found.iter().copied().filter(|id| self.tree.lie_together(here, *id)).collect();
        self.marked.extend(marked.iter().copied());
        (marked.len(), found.len() - marked.len())
    }

    // ---- searching ------------------------------------------------------------------------------------------------

    /// Looks for a text: in any capitals, as a pattern with `*`, or with its letters in order where it is nowhere.
    pub fn look_for(&mut self, text: &str) {
        if self.paths.is_empty() {
            let path =
                |id: &usize| self.tree.node(*id).map(|node| node.path.to_lowercase()).unwrap_or_default();
            self.paths = self.order.iter().map(path).collect();
        }
        let wanted = text.to_lowercase();
        let finds = |fits: &dyn Fn(&str) -> bool| -> Vec<usize> {
            let found = self.paths.iter().zip(&self.order).filter(|(path, _)| fits(path));
            found.map(|(_, id)| *id).collect()
        };
        let mut found = Vec::new();
        if !wanted.is_empty() {
            found = match wanted.contains('*') {
                true => finds(&|path| fits(path, &format!("*{wanted}*"))),
                false => finds(&|path| path.contains(&wanted)),
            };
        }
        if found.is_empty() && wanted.chars().count() > 1 {
            found = finds(&|path| has_letters(&wanted, path));
        }
        self.search = Search { text: text.to_owned(), set: found.iter().copied().collect(), found };
    }

    /// The first place found from a line on.
    pub fn show_first(&mut self, from: Option<usize>) {
        let after = from.and_then(|id| self.order.iter().position(|other| *other == id)).unwrap_or(0);
        let behind: HashSet<usize> = self.order.iter().skip(after).copied().collect();
        let found = self.search.found.iter().find(|id| behind.contains(id)).or(self.search.found.first());
        if let Some(id) = found.copied() {
            self.show(id);
        }
    }

    /// The next place found, or the one before; its number and how many there are.
    pub fn show_next(&mut self, back: bool) -> Option<(usize, usize)> {
        let (order, at) = (self.walked(), self.chosen()?);
        let now = order.iter().position(|id| *id == at)?;
        let found = order.iter().enumerate().filter(|(_, id)| self.search.set.contains(id));
        let places: Vec<(usize, usize)> = found.map(|(place, id)| (place, *id)).collect();
        let last = places.len().checked_sub(1)?;
        let next = match back {
            false => places.iter().position(|(place, _)| *place > now).unwrap_or(0),
            true => places.iter().rposition(|(place, _)| *place < now).unwrap_or(last),
        };
        self.show(places.get(next)?.1);
        Some((next + 1, places.len()))
    }

    /// All places in the order in which they would be shown if all were open.
    fn walked(&self) -> Vec<usize> {
        match (self.is_flat, self.sorted) {
            (true, _) => self.lines.iter().map(|line| line.node).collect(),
            (false, Order::File) => self.order.clone(),
            (false, Order::Size) => {
                let mut order = Vec::with_capacity(self.order.len());
                let mut left: Vec<usize> = self.sorted_parts(&self.tree.roots).collect();
                while let Some(id) = left.pop() {
                    order.push(id);
                    left.extend(
                        self.tree.node(id).into_iter().flat_map(|node| self.sorted_parts(&node.children)),
                    );
                }
                order
            }
        }
    }

    /// Whether a place was found by its own name, not by that of what it lies in.
    pub fn is_found(&self, id: usize) -> bool {
        let is_own = |path: &str, text: &str, label: usize| {
            path.rfind(text).is_none_or(|at| at + text.len() > path.len().saturating_sub(label))
        };
        !self.search.text.is_empty()
            && self.search.set.contains(&id)
            && self.tree.node(id).is_some_and(|node| {
                is_own(&node.path.to_lowercase(), &self.search.text.to_lowercase(), node.label.len())
            })
    }
}

/// Whether the letters of a text are in another, in order.
fn has_letters(wanted: &str, text: &str) -> bool {
    let mut letters = text.chars();
    wanted.chars().all(|wanted| letters.any(|letter| letter == wanted))
}
