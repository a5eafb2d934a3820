//! Which block each name belongs to: Python's scoping rules, worked out before lowering.

use std::collections::{BTreeSet, HashMap};

use ruff_text_size::TextRange;

use torchsh_base::Str;

/// What a scope is the scope of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum ScopeKind {
    Module,
    Class,
    /// `def`, `lambda`, generator expression: runs in a frame of its own.
    Function,
    /// A list, set or dict comprehension: its names are places of the block around.
    Comprehension,
}

/// The names of one scope.
#[derive(Debug)]
pub(super) struct Scope {
    pub kind: ScopeKind,
    pub parent: Option<usize>,
    children: Vec<usize>,
    /// Names bound here, in the order of their first binding (parameters first).
    pub bound: Vec<Str>,
    uses: BTreeSet<Str>,
    globals: BTreeSet<Str>,
    nonlocals: BTreeSet<Str>,
    pub is_generator: bool,
    /// A generator expression: `:=` inside binds a name of the block around.
    is_expression: bool,
    /// Names bound here that an inner function reads or writes: they live in cells.
    pub cells: BTreeSet<Str>,
    /// Names of functions around that this frame captures.
    pub free: BTreeSet<Str>,
}

impl Scope {
    fn new(kind: ScopeKind, parent: Option<usize>) -> Self {
        Scope {
            kind,
            parent,
            children: Vec::new(),
            bound: Vec::new(),
            uses: BTreeSet::new(),
            globals: BTreeSet::new(),
            nonlocals: BTreeSet::new(),
            is_generator: false,
            is_expression: false,
            cells: BTreeSet::new(),
            free: BTreeSet::new(),
        }
    }

    /// Whether a name is bound here and not declared to belong elsewhere.
    pub fn owns(&self, name: &Str) -> bool {
        self.bound.contains(name) && !self.globals.contains(name) && !self.nonlocals.contains(name)
    }

    /// Whether `global name` stands here.
    pub fn declares_global(&self, name: &Str) -> bool {
        self.globals.contains(name)
    }
}

/// All scopes of a module.
#[derive(Debug)]
pub(super) struct Scopes {
    all: Vec<Scope>,
    /// The scope of a `def`, `class`, `lambda` or comprehension, by where it stands.
    by_place: HashMap<(TextRange, ScopeKind), usize>,
}

impl Scopes {
    pub fn new() -> Self {
        Scopes { all: vec![Scope::new(ScopeKind::Module, None)], by_place: HashMap::new() }
    }

    /// Opens a scope inside another; gives its number.
    pub fn open(&mut self, kind: ScopeKind, parent: usize, range: TextRange) -> usize {
        let number = self.all.len();
        self.all.push(Scope::new(kind, Some(parent)));
        if let Some(parent) = self.all.get_mut(parent) {
            parent.children.push(number);
        }
        self.by_place.insert((range, kind), number);
        number
    }

    /// The number of the scope of what stands there.
    pub fn at(&self, range: TextRange, kind: ScopeKind) -> usize {
        self.by_place.get(&(range, kind)).copied().unwrap_or(0)
    }

    pub fn get(&self, number: usize) -> Option<&Scope> {
        self.all.get(number)
    }

    fn edit(&mut self, number: usize, change: impl FnOnce(&mut Scope)) {
        if let Some(scope) = self.all.get_mut(number) {
            change(scope);
        }
    }

    pub fn bind(&mut self, number: usize, name: Str) {
        self.edit(number, |scope| {
            if !scope.bound.contains(&name) {
                scope.bound.push(name);
            }
        });
    }

    /// Binds a name in the nearest scope that is no comprehension: what `:=` does.
    pub fn bind_outside_comprehensions(&mut self, mut number: usize, name: Str) {
        let mut frames = Vec::new();
        while let Some(Scope { kind, parent: Some(parent), is_expression, .. }) = self.get(number) {
            match (kind, is_expression) {
                (ScopeKind::Comprehension, _) => {}
                (_, true) => frames.push(number),
                _ => break,
            }
            number = *parent;
        }
        let is_global =
            self.get(number).is_some_and(|it| it.kind == ScopeKind::Module || it.declares_global(&name));
        for frame in frames {
            match is_global {
                true => self.declare_global(frame, name.clone()),
                false => self.declare_nonlocal(frame, name.clone()),
            }
        }
        self.bind(number, name);
    }

    pub fn use_name(&mut self, number: usize, name: Str) {
        self.edit(number, |scope| {
            scope.uses.insert(name);
        });
    }

    pub fn declare_global(&mut self, number: usize, name: Str) {
        self.edit(number, |scope| {
            scope.globals.insert(name);
        });
    }

    pub fn declare_nonlocal(&mut self, number: usize, name: Str) {
        self.edit(number, |scope| {
            scope.nonlocals.insert(name);
        });
    }

    pub fn mark_generator(&mut self, number: usize) {
        self.edit(number, |scope| scope.is_generator = true);
    }

    pub fn mark_generator_expression(&mut self, number: usize) {
        self.edit(number, |scope| (scope.is_generator, scope.is_expression) = (true, true));
    }

    /// Whether a function around `number` binds the name: where `nonlocal` may point.
    pub fn is_bound_around(&self, number: usize, name: &Str) -> bool {
        let mut at = self.get(number).and_then(|scope| scope.parent);
        while let Some(scope) = at.and_then(|at| self.get(at)) {
            if scope.kind == ScopeKind::Function && scope.owns(name) {
                return true;
            }
            at = scope.parent;
        }
        false
    }

    /// Works out cells and captures of every scope.
    pub fn resolve(&mut self) {
        self.resolve_inside(0, &BTreeSet::new());
    }

    /// `visible`: names that functions around own. Gives the names that inner *frames* take from around this scope, and those
    /// that this scope itself takes.
    fn resolve_inside(&mut self, number: usize, visible: &BTreeSet<Str>) -> (BTreeSet<Str>, BTreeSet<Str>) {
        let Some(scope) = self.get(number) else { return Default::default() };
        let (kind, children) = (scope.kind, scope.children.clone());
        let mut own: BTreeSet<Str> = scope.bound.iter().filter(|name| scope.owns(name)).cloned().collect();
        let mut inner_visible: BTreeSet<Str> =
            visible.iter().filter(|name| !scope.globals.contains(*name)).cloned().collect();
        match kind {
            ScopeKind::Module => {}
            ScopeKind::Class => {
                own.clear();
                own.insert(Str::intern("__class__"));
                inner_visible.insert(Str::intern("__class__"));
            }
            ScopeKind::Function | ScopeKind::Comprehension => inner_visible.extend(own.iter().cloned()),
        }
        let mut direct: BTreeSet<Str> = scope.uses.iter().chain(&scope.nonlocals).cloned().collect();
        if kind == ScopeKind::Class {
            direct.extend(scope.bound.iter().cloned());
        }
        direct.retain(|name| !scope.globals.contains(name));
        let mut captured = BTreeSet::new();
        for child in children {
            let is_comprehension =
                self.get(child).is_some_and(|child| child.kind == ScopeKind::Comprehension);
            let (frames, child_direct) = self.resolve_inside(child, &inner_visible);
            captured.extend(frames);
            if is_comprehension {
                direct.extend(child_direct);
            } else {
                captured.extend(child_direct);
            }
        }
        let cells: BTreeSet<Str> = captured.intersection(&own).cloned().collect();
        let outward = |names: BTreeSet<Str>| -> BTreeSet<Str> {
            names
                .into_iter()
                .filter(|name| visible.contains(name) && (kind == ScopeKind::Class || !own.contains(name)))
                .collect()
        };
        let own_class = Str::intern("__class__");
        let (mut captured, mut direct) = (outward(captured), outward(direct));
        if kind == ScopeKind::Class {
            captured.remove(&own_class);
            direct.remove(&own_class);
        }
        let free: BTreeSet<Str> = captured.union(&direct).cloned().collect();
        self.edit(number, |scope| {
            scope.cells = cells;
            scope.free = free;
        });
        match kind {
            ScopeKind::Comprehension => (captured, direct),
            // What a frame captures for itself or hands through, its maker must hold in a cell.
            _ => (captured.union(&direct).cloned().collect(), BTreeSet::new()),
        }
    }

    /// The comprehensions directly or indirectly inside a scope's own frame, in order.
    pub fn comprehensions(&self, number: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let children = self.get(number).map(|scope| scope.children.clone()).unwrap_or_default();
        for child in children {
            if self.get(child).is_some_and(|child| child.kind == ScopeKind::Comprehension) {
                found.push(child);
                found.extend(self.comprehensions(child));
            }
        }
        found
    }
}
