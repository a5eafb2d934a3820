//! One running block of code.

use std::cell::RefCell;
use std::rc::Rc;

use smallvec::SmallVec;

use super::generator::Yielder;
use crate::value::{CellRef, Dict, Str, Value, journal};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_base::reason::Reason;
use torchsh_syntax::tree::{Code, Place};

/// The state of a block of code while it runs.
pub(super) struct Frame<'a> {
    /// What runs.
    pub code: &'a Code,
    locals: SmallVec<[Option<Value>; 10]>,
    cells: SmallVec<[CellRef; 2]>,
    /// The module's dictionary.
    pub globals: Rc<Dict>,
    /// The namespace of a class body.
    pub namespace: Option<Rc<Dict>>,
    /// Whether the error on its way up already names a place in this block.
    pub placed: bool,
    /// How a generator hands out a value.
    pub yielder: Option<&'a Yielder>,
}

impl<'a> Frame<'a> {
    /// A frame for `code` with its captured cells.
    pub fn new(code: &'a Code, globals: Rc<Dict>, captured: &[CellRef]) -> Self {
        let mut cells: SmallVec<[CellRef; 2]> = (0..code.own_cells).map(|_| CellRef::default()).collect();
        cells.extend(captured.iter().cloned());
        let mut locals = SmallVec::new();
        locals.resize(code.locals.len(), None);
        Frame { code, locals, cells, globals, namespace: None, placed: false, yielder: None }
    }

    /// Reads a local.
    #[inline]
    pub fn local(&self, number: u32) -> Result<Value> {
        match self.locals.get(number as usize) {
            Some(Some(value)) => Ok(value.clone()),
            _ => Err(self.unbound(self.code.locals.get(number as usize))),
        }
    }

    /// Writes a local.
    #[inline]
    pub fn set_local(&mut self, number: u32, value: Option<Value>) {
        if let Some(slot) = self.locals.get_mut(number as usize) {
            *slot = value;
        }
    }

    /// Takes a local out.
    pub fn take_local(&mut self, number: u32) -> Option<Value> {
        self.locals.get_mut(number as usize).and_then(Option::take)
    }

    /// The cell with this number.
    pub fn cell(&self, number: u32) -> CellRef {
        self.cells.get(number as usize).cloned().unwrap_or_default()
    }

    /// Reads through a cell.
    pub fn read_cell(&self, number: u32) -> Result<Value> {
        let value = self.cells.get(number as usize).and_then(|cell| cell.borrow().clone());
        value.ok_or_else(|| self.unbound_cell(number))
    }

    /// Puts a new empty cell in place: each run of a comprehension has its own.
    pub fn renew_cell(&mut self, number: u32) {
        if let Some(cell) = self.cells.get_mut(number as usize) {
            *cell = Rc::new(RefCell::new(None));
        }
    }

    /// Writes a place of this block; class namespaces and globals are dictionaries.
    #[inline]
    pub fn store(&mut self, place: &Place, value: Value) {
        match place {
            Place::Local(number) => self.set_local(*number, Some(value)),
            place => self.store_elsewhere(place, value),
        }
    }

    #[inline(never)]
    fn store_elsewhere(&mut self, place: &Place, value: Value) {
        match place {
            Place::Local(number) => self.set_local(*number, Some(value)),
            Place::Cell(number) => journal::set_cell(&self.cell(*number), Some(value)),
            Place::Global(name) => self.globals.set_str(name.clone(), value),
            Place::Class(name) | Place::ClassCell(name, _) => match &self.namespace {
                Some(namespace) => namespace.set_str(name.clone(), value),
                None => self.globals.set_str(name.clone(), value),
            },
        }
    }

    /// Removes what a place holds.
    pub fn delete(&mut self, place: &Place) -> Result<()> {
        let had = match place {
            Place::Local(number) => self.take_local(*number),
            Place::Cell(number) => {
                let cell = self.cell(*number);
                let had = cell.borrow().clone();
                journal::set_cell(&cell, None);
                had
            }
            Place::Global(name) => self.globals.remove_str(name),
            Place::Class(name) | Place::ClassCell(name, _) => {
                self.namespace.as_ref().unwrap_or(&self.globals).remove_str(name)
            }
        };
        if had.is_some() {
            return Ok(());
        }
        Err(match place {
            Place::Local(number) => self.unbound(self.code.locals.get(*number as usize)),
            Place::Cell(number) => self.unbound_cell(*number),
            Place::Global(name) | Place::Class(name) | Place::ClassCell(name, _) => undefined(name),
        })
    }

    /// The names and values of a function's variables.
    pub fn variables(&self) -> Dict {
        let dict = Dict::default();
        for (name, value) in self.code.locals.iter().zip(&self.locals) {
            if let Some(value) = value {
                dict.set_str(name.clone(), value.clone());
            }
        }
        for (name, cell) in self.code.cells.iter().zip(&self.cells) {
            if let Some(value) = &*cell.borrow() {
                dict.set_str(name.clone(), value.clone());
            }
        }
        dict
    }

    fn unbound(&self, name: Option<&Str>) -> Error {
        let name = name.map_or("?", Str::as_str);
        let message =
            format!("cannot access local variable '{name}' where it is not associated with a value");
        Error::new(Kind::UnboundLocal, message)
    }

    fn unbound_cell(&self, number: u32) -> Error {
        let name = self.code.cells.get(number as usize).map_or("?", Str::as_str);
        if (number as usize) < self.code.own_cells {
            return self.unbound(self.code.cells.get(number as usize));
        }
        let scope = "where it is not associated with a value in enclosing scope";
        let error = Error::new(Kind::Name, format!("cannot access free variable '{name}' {scope}"));
        error.because(Reason::Name(name.to_owned()))
    }
}

/// `NameError` for a name that stands for nothing.
pub(super) fn undefined(name: &str) -> Error {
    Error::new(Kind::Name, format!("name '{name}' is not defined")).because(Reason::Name(name.to_owned()))
}
