//! Loops and comprehensions.

use std::rc::Rc;

use super::Interpreter;
use super::expression::{list_of, place_error};
use super::frame::Frame;
use super::protocol::changed;
use super::statement::Flow;
use crate::value::{Dict, DictKind, Map, Set, Value, ViewKind, Vm, memory};
use torchsh_base::error::Result;
use torchsh_syntax::tree::{Clause, Comprehension, ComprehensionKind, Expr, ExprKind, For, Place, Stmt};

/// What runs for each item, its target assigned; false ends the loop.
type Step<'s> = &'s mut dyn FnMut(&mut Frame<'_>) -> Result<bool>;

impl Interpreter {
    pub(super) fn for_loop(&self, frame: &mut Frame<'_>, each: &For) -> Result<Flow> {
        let iterable = self.expr(frame, &each.iterable)?;
        let mut flow = Flow::Next;
        let mut broke = false;
        self.for_each(frame, &each.target, &each.iterable, iterable, &mut |frame| match self
            .block(frame, &each.body)?
        {
            Flow::Next | Flow::Continue => Ok(true),
            Flow::Break => {
                broke = true;
                Ok(false)
            }
            returned @ Flow::Return(_) => {
                flow = returned;
                Ok(false)
            }
        })?;
        match flow {
            Flow::Next if !broke => self.block(frame, &each.orelse),
            flow => Ok(flow),
        }
    }

    /// Assigns each item to the target and runs `step` while it gives true. The common containers are stepped without an
    /// iterator object.
    fn for_each(
        &self,
        frame: &mut Frame<'_>,
        target: &Expr,
        place: &Expr,
        iterable: Value,
        step: Step<'_>,
    ) -> Result<()> {
        match &iterable {
            Value::List(list) => {
                let mut index = 0;
                loop {
                    let Some(item) = list.items().get(index).cloned() else { return Ok(()) };
                    index += 1;
                    if !self.one(frame, target, item, step)? {
                        return Ok(());
                    }
                }
            }
            Value::Tuple(tuple) => {
                for item in &tuple.items {
                    if !self.one(frame, target, item.clone(), step)? {
                        return Ok(());
                    }
                }
                Ok(())
            }
            Value::Range(range) => {
                for index in 0..range.len() {
                    if !self.one(frame, target, Value::Int(range.at(index)), step)? {
                        return Ok(());
                    }
                }
                Ok(())
            }
            Value::View(view) => self.for_each_entry(frame, target, &view.dict, view.kind, step),
            Value::Dict(dict) => self.for_each_entry(frame, target, dict, ViewKind::Keys, step),
            _ => {
                let iterator = self.iterate(&iterable).map_err(|error| place_error(frame, place, error))?;
                loop {
                    let item = self.next(&iterator).map_err(|error| place_error(frame, place, error))?;
                    let Some(item) = item else { return Ok(()) };
                    if !self.one(frame, target, item, step)? {
                        return Ok(());
                    }
                }
            }
        }
    }

    #[inline]
    fn one(&self, frame: &mut Frame<'_>, target: &Expr, item: Value, step: Step<'_>) -> Result<bool> {
        self.check_interrupt()?;
        match &target.kind {
            ExprKind::Name(place) => frame.store(place, item),
            _ => self.assign(frame, target, item)?,
        }
        step(frame)
    }

    fn for_each_entry(
        &self,
        frame: &mut Frame<'_>,
        target: &Expr,
        dict: &Dict,
        kind: ViewKind,
        step: Step<'_>,
    ) -> Result<()> {
        let length = dict.len();
        let names = pair_of_names(target).filter(|_| kind == ViewKind::Items);
        let (mut position, mut seen) = (0, 0);
        loop {
            let map = dict.map();
            if map.len() != length {
                return Err(changed(dict, "changed size"));
            }
            let Some((found, entry)) = map.entry_from(position) else { return Ok(()) };
            if seen == length {
                return Err(changed(dict, "keys changed"));
            }
            position = found + 1;
            seen += 1;
            let goes_on = match (names, kind) {
                // `for k, v in d.items()`: no tuple is made to be taken apart at once.
                (Some((first, second)), _) => {
                    let (key, value) = (entry.key.clone(), entry.value.clone());
                    drop(map);
                    self.check_interrupt()?;
                    frame.store(first, key);
                    frame.store(second, value);
                    step(frame)?
                }
                (None, kind) => {
                    let item = match kind {
                        ViewKind::Keys => entry.key.clone(),
                        ViewKind::Values => entry.value.clone(),
                        ViewKind::Items => Value::tuple(vec![entry.key.clone(), entry.value.clone()]),
                    };
                    drop(map);
                    self.one(frame, target, item, step)?
                }
            };
            if !goes_on {
                return Ok(());
            }
        }
    }

    pub(super) fn while_loop(
        &self,
        frame: &mut Frame<'_>,
        test: &Expr,
        body: &[Stmt],
        orelse: &[Stmt],
    ) -> Result<Flow> {
        while self.test(frame, test)? {
            self.check_interrupt()?;
            match self.block(frame, body)? {
                Flow::Next | Flow::Continue => {}
                Flow::Break => return Ok(Flow::Next),
                returned @ Flow::Return(_) => return Ok(returned),
            }
        }
        self.block(frame, orelse)
    }

    /// A list, set or dict comprehension.
    pub(super) fn comprehension(
        &self,
        frame: &mut Frame<'_>,
        comprehension: &Comprehension,
    ) -> Result<Value> {
        let first = match comprehension.clauses.first() {
            Some(clause) => self.expr(frame, &clause.iterable)?,
            None => return Ok(Value::None),
        };
        for &cell in &comprehension.fresh_cells {
            frame.renew_cell(cell);
        }
        match &comprehension.kind {
            ComprehensionKind::List(element) => {
                let mut items = Vec::new();
                self.clauses(frame, &comprehension.clauses, first, &mut |frame| {
                    let item = self.expr(frame, element)?;
                    memory::push(&mut items, item)
                })?;
                Ok(list_of(items))
            }
            ComprehensionKind::Set(element) => {
                let set = Set::default();
                self.clauses(frame, &comprehension.clauses, first, &mut |frame| {
                    let item = self.expr(frame, element)?;
                    set.dict.set(self, item, Value::None)
                })?;
                Ok(Value::Set(Rc::new(set)))
            }
            ComprehensionKind::Dict(key, value) => {
                let dict = Dict::new(Map::default(), DictKind::Plain);
                let expected = known_length(&first);
                self.clauses(frame, &comprehension.clauses, first, &mut |frame| {
                    let key = self.expr(frame, key)?;
                    let value = self.expr(frame, value)?;
                    if dict.len() == MANY {
                        // It will likely be as long as what it is made from: room once, not doubled ten times.
                        dict.reserve(expected.saturating_sub(MANY));
                    }
                    dict.set(self, key, value)
                })?;
                Ok(Value::Dict(Rc::new(dict)))
            }
        }
    }

    fn clauses(
        &self,
        frame: &mut Frame<'_>,
        clauses: &[Clause],
        iterable: Value,
        body: &mut dyn FnMut(&mut Frame<'_>) -> Result<()>,
    ) -> Result<()> {
        let Some((clause, inner)) = clauses.split_first() else { return body(frame) };
        self.for_each(frame, &clause.target, &clause.iterable, iterable, &mut |frame| {
            for test in &clause.tests {
                if !self.test(frame, test)? {
                    return Ok(true);
                }
            }
            match inner.first() {
                Some(next) => {
                    let iterable = self.expr(frame, &next.iterable)?;
                    self.clauses(frame, inner, iterable, body)?;
                }
                None => body(frame)?,
            }
            Ok(true)
        })
    }
}

/// Entries of a comprehension after which room is made for all that may come.
const MANY: usize = 1000;

/// How many items there are, where that is known beforehand.
fn known_length(iterable: &Value) -> usize {
    match iterable {
        Value::View(view) => view.dict.len(),
        Value::Dict(dict) => dict.len(),
        Value::List(list) => list.len(),
        _ => 0,
    }
}

/// The places of `k, v`.
fn pair_of_names(target: &Expr) -> Option<(&Place, &Place)> {
    let ExprKind::Tuple(items) = &target.kind else { return None };
    match items.as_slice() {
        [Expr { kind: ExprKind::Name(first), .. }, Expr { kind: ExprKind::Name(second), .. }] => {
            Some((first, second))
        }
        _ => None,
    }
}
