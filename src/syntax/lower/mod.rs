//! ruff's tree → ours, with names resolved to places.

mod collect;
mod comprehension;
mod expression;
mod function;
mod names;
mod pattern;
mod scope;
mod statement;
mod unit;

use std::rc::Rc;

use ruff_python_ast::Stmt;
use ruff_text_size::{Ranged, TextRange};

use self::scope::{ScopeKind, Scopes};
use self::unit::Unit;
use super::tree::{Code, Parameters, Place};
use super::verbs::Verbs;
use torchsh_base::Str;
use torchsh_base::error::{Error, Kind, Result, Span};

/// A module's code.
///
/// # Errors
/// `SyntaxError` for what is no Python, or not of the subset.
pub(super) fn module(body: &[Stmt], source: u32, text: &str, verbs: &Verbs) -> Result<Code> {
    let scopes = collect::collect(body, verbs);
    let unit = Unit::new(&scopes, 0);
    let mut lowerer = Lowerer {
        scopes,
        verbs,
        source,
        text,
        units: vec![unit],
        scope: 0,
        class: None,
        prefix: String::new(),
        loops: 0,
        annotations_are_text: false,
    };
    let docstring = statement::docstring(body);
    let body = lowerer.block(body)?;
    let name = Str::intern("<module>");
    let unit = lowerer.units.pop().unwrap_or_default();
    Ok(unit.into_code(name.clone(), name, Parameters::default(), body, Vec::new(), false, docstring))
}

/// Where we are in the tree.
struct Lowerer<'a> {
    scopes: Scopes,
    /// The verb lines, by their placeholders.
    verbs: &'a Verbs,
    source: u32,
    text: &'a str,
    /// The frames around, innermost last.
    units: Vec<Unit>,
    /// The innermost scope: the frame's own, or that of a comprehension in it.
    scope: usize,
    /// The prefix of private names in the class around.
    class: Option<Str>,
    /// What stands before qualified names: `Outer.method.<locals>.`
    prefix: String,
    /// Loops around in this block.
    loops: usize,
    /// `from __future__ import annotations` stands above.
    annotations_are_text: bool,
}

impl Lowerer<'_> {
    fn span(&self, node: &impl Ranged) -> Span {
        self.span_of(node.range())
    }

    fn span_of(&self, range: TextRange) -> Span {
        Span { source: self.source, start: range.start().to_u32(), end: range.end().to_u32() }
    }

    /// A `SyntaxError` at a node.
    fn refuse(&self, node: &impl Ranged, message: impl Into<String>) -> Error {
        Error::new(Kind::Syntax, message).at(self.span(node), &Rc::from("<module>"))
    }

    fn name(&self, name: &str) -> Str {
        names::mangle(self.class.as_ref(), name)
    }

    fn unit(&self) -> Option<&Unit> {
        self.units.last()
    }

    fn kind(&self) -> ScopeKind {
        let number = self.unit().map_or(0, |unit| unit.scope);
        self.scopes.get(number).map_or(ScopeKind::Module, |scope| scope.kind)
    }

    /// The place of a name here.
    fn place(&self, name: &Str) -> Place {
        let Some(unit) = self.unit() else { return Place::Global(name.clone()) };
        let mut at = self.scope;
        while at != unit.scope {
            if let Some(place) = unit.comprehension_place(at, name) {
                return place;
            }
            at = self.scopes.get(at).and_then(|scope| scope.parent).unwrap_or(unit.scope);
        }
        let through_comprehension = self.scope != unit.scope;
        let Some(scope) = self.scopes.get(unit.scope) else { return Place::Global(name.clone()) };
        match scope.kind {
            ScopeKind::Class if scope.declares_global(name) => Place::Global(name.clone()),
            ScopeKind::Class => match (unit.captured(name), through_comprehension) {
                (Some(cell), false) => Place::ClassCell(name.clone(), cell),
                (Some(cell), true) => Place::Cell(cell),
                (None, false) => Place::Class(name.clone()),
                (None, true) => Place::Global(name.clone()),
            },
            ScopeKind::Function if !scope.declares_global(name) => {
                unit.place(name).unwrap_or_else(|| Place::Global(name.clone()))
            }
            _ => Place::Global(name.clone()),
        }
    }

    /// The number of the cell of this frame that an inner frame captures under a name.
    fn cell(&self, name: &Str) -> u32 {
        let Some(unit) = self.unit() else { return 0 };
        let mut at = self.scope;
        while at != unit.scope {
            if let Some(Place::Cell(cell)) = unit.comprehension_place(at, name) {
                return cell;
            }
            at = self.scopes.get(at).and_then(|scope| scope.parent).unwrap_or(unit.scope);
        }
        unit.own_cell(name).or_else(|| unit.captured(name)).unwrap_or(0)
    }

    /// Runs `lower` in a new frame for a scope; gives what it made and the frame's captures.
    fn in_unit<T>(
        &mut self,
        scope: usize,
        lower: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<(T, Unit, Vec<u32>)> {
        let unit = Unit::new(&self.scopes, scope);
        let captures = unit.captures().iter().map(|name| self.cell(name)).collect();
        self.units.push(unit);
        let (outer_scope, outer_loops) = (self.scope, self.loops);
        (self.scope, self.loops) = (scope, 0);
        let result = lower(self);
        (self.scope, self.loops) = (outer_scope, outer_loops);
        let unit = self.units.pop().unwrap_or_default();
        result.map(|made| (made, unit, captures))
    }
}
