//! The places of one frame.

use std::collections::HashMap;

use super::scope::{ScopeKind, Scopes};
use crate::tree::{Code, Parameters, Place, Stmt};
use torchsh_base::Str;

/// The locals and cells of a frame, numbered.
#[derive(Default)]
pub(super) struct Unit {
    /// Its scope.
    pub scope: usize,
    locals: Vec<Str>,
    places: HashMap<Str, Place>,
    /// Own cells, then captured ones.
    cells: Vec<Str>,
    own_cells: usize,
    comprehensions: HashMap<(usize, Str), Place>,
}

fn number(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}

impl Unit {
    /// The frame of a module, class or function scope.
    pub fn new(scopes: &Scopes, scope: usize) -> Unit {
        let mut unit = Unit { scope, ..Unit::default() };
        let Some(own) = scopes.get(scope) else { return unit };
        if own.kind == ScopeKind::Function {
            for name in own.bound.iter().filter(|name| own.owns(name)) {
                let place = unit.new_place(name, own.cells.contains(name));
                unit.places.insert(name.clone(), place);
            }
        } else {
            // Only `__class__`, for the methods that say `super()`.
            for name in &own.cells {
                let place = unit.new_place(name, true);
                unit.places.insert(name.clone(), place);
            }
        }
        for inner in scopes.comprehensions(scope) {
            let Some(comprehension) = scopes.get(inner) else { continue };
            for name in comprehension.bound.iter().filter(|name| comprehension.owns(name)) {
                let place = unit.new_place(name, comprehension.cells.contains(name));
                unit.comprehensions.insert((inner, name.clone()), place);
            }
        }
        unit.own_cells = unit.cells.len();
        unit.cells.extend(own.free.iter().cloned());
        unit
    }

    fn new_place(&mut self, name: &Str, in_cell: bool) -> Place {
        let names = if in_cell { &mut self.cells } else { &mut self.locals };
        names.push(name.clone());
        let at = number(names.len() - 1);
        if in_cell { Place::Cell(at) } else { Place::Local(at) }
    }

    /// The place of a name of the frame itself, or of one it captures.
    pub fn place(&self, name: &Str) -> Option<Place> {
        self.places.get(name).cloned().or_else(|| self.captured(name).map(Place::Cell))
    }

    /// The place of a name that a comprehension in this frame binds.
    pub fn comprehension_place(&self, comprehension: usize, name: &Str) -> Option<Place> {
        self.comprehensions.get(&(comprehension, name.clone())).cloned()
    }

    /// The cells that a comprehension binds: new ones each time it runs.
    pub fn cells_of(&self, comprehension: usize) -> Vec<u32> {
        let own = self.comprehensions.iter().filter(|((of, _), _)| *of == comprehension);
        let mut cells: Vec<u32> = own
            .filter_map(|(_, place)| match place {
                Place::Cell(cell) => Some(*cell),
                _ => None,
            })
            .collect();
        cells.sort_unstable();
        cells
    }

    /// The number of the cell made here for a name of the frame itself.
    pub fn own_cell(&self, name: &Str) -> Option<u32> {
        match self.places.get(name) {
            Some(Place::Cell(cell)) => Some(*cell),
            _ => None,
        }
    }

    /// The number of a captured cell.
    pub fn captured(&self, name: &Str) -> Option<u32> {
        let at = self.cells.iter().skip(self.own_cells).position(|cell| cell == name)?;
        Some(number(at + self.own_cells))
    }

    /// The names captured from the frames around, in the order of their cells.
    pub fn captures(&self) -> Vec<Str> {
        self.cells.get(self.own_cells..).unwrap_or_default().to_vec()
    }

    /// The finished code.
    #[allow(clippy::too_many_arguments)]
    pub fn into_code(
        self,
        name: Str,
        qualified_name: Str,
        parameters: Parameters,
        body: Vec<Stmt>,
        captures: Vec<u32>,
        is_generator: bool,
        docstring: Option<Str>,
    ) -> Code {
        let wants_caller =
            parameters.keyword_only.iter().any(|parameter| parameter.name.as_str() == "__caller__");
        Code {
            name,
            qualified_name,
            parameters,
            locals: self.locals,
            cells: self.cells,
            own_cells: self.own_cells,
            captures,
            body,
            is_generator,
            wants_caller,
            docstring,
        }
    }
}
