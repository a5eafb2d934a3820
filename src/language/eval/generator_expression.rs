//! Generator expressions. A `yield` can stand nowhere inside, so they need no stack of their own: between two items there are
//! only the iterators of their clauses.

use std::rc::Rc;

use smallvec::{SmallVec, smallvec};

use super::Interpreter;
use super::expression::{captured, place_error};
use super::frame::Frame;
use crate::value::{Iterate, List, Str, Tuple, Value, Vm};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_syntax::tree::{Clause, Code, Expr, ExprKind, Generator as Tree};

/// A generator expression between two items.
struct GeneratorExpression {
    /// None: it has ended. It borrows from `tree`, and goes away before it.
    frame: Option<Box<Frame<'static>>>,
    /// Of the clauses that are being gone through, outermost first.
    iterators: SmallVec<[Items; 2]>,
    started: bool,
    tree: Rc<Tree>,
}

/// What a clause goes through. The common containers need no iterator object: nobody else could ask it.
enum Items {
    /// A tuple, and how far it has come.
    Tuple(Rc<Tuple>, usize),
    /// A list, which may change meanwhile.
    List(Rc<List>, usize),
    /// What `iter` gave.
    Iterator(Value),
}

impl Interpreter {
    fn items_of(&self, iterable: Value) -> Result<Items> {
        Ok(match iterable {
            Value::Tuple(tuple) => Items::Tuple(tuple, 0),
            Value::List(list) => Items::List(list, 0),
            other => Items::Iterator(self.iterate(&other)?),
        })
    }

    #[inline]
    fn next_of(&self, items: &mut Items) -> Result<Option<Value>> {
        let item = match items {
            Items::Tuple(tuple, at) => {
                let item = tuple.items.get(*at).cloned();
                *at += 1;
                item
            }
            Items::List(list, at) => {
                let item = list.items().get(*at).cloned();
                *at += 1;
                item
            }
            Items::Iterator(iterator) => return self.step(iterator),
        };
        self.check_interrupt()?;
        Ok(item)
    }

    pub(super) fn generator_expression(
        &self,
        frame: &mut Frame<'_>,
        tree: &Rc<Tree>,
        first: &Expr,
    ) -> Result<Value> {
        let first = self.expr(frame, first)?;
        let first = self.items_of(first)?;
        // SAFETY: the frame that borrows the code stands beside the tree in one object, which drops it first and lends it to
        // nobody for longer than a step; a tree in an `Rc` neither moves nor changes.
        let code: &'static Code = unsafe { &*std::ptr::from_ref(&tree.code) };
        let own = Frame::new(code, frame.globals.clone(), &captured(frame, &tree.code.captures));
        let state = GeneratorExpression {
            frame: Some(Box::new(own)),
            iterators: smallvec![first],
            started: false,
            tree: tree.clone(),
        };
        Ok(Value::iterator("generator", state))
    }

    /// The next item of a generator expression.
    fn next_element(
        &self,
        frame: &mut Frame<'_>,
        tree: &Tree,
        iterators: &mut SmallVec<[Items; 2]>,
    ) -> Result<Option<Value>> {
        if let [clause] = tree.clauses.as_slice() {
            return self.next_of_one(frame, tree, clause, iterators);
        }
        loop {
            let depth = iterators.len();
            let Some(innermost) = iterators.last_mut() else { return Ok(None) };
            let Some(clause) = tree.clauses.get(depth - 1) else { return Ok(None) };
            let item =
                self.next_of(innermost).map_err(|error| place_error(frame, &clause.iterable, error))?;
            let Some(item) = item else {
                iterators.pop();
                continue;
            };
            if !self.enters(frame, clause, item)? {
                continue;
            }
            match tree.clauses.get(iterators.len()) {
                Some(inner) => {
                    let iterable = self.expr(frame, &inner.iterable)?;
                    let items = self.items_of(iterable);
                    iterators.push(items.map_err(|error| place_error(frame, &inner.iterable, error))?);
                }
                None => return self.expr(frame, &tree.element).map(Some),
            }
        }
    }

    /// The next item where there is only one clause, as in most: it is not looked up by its place.
    fn next_of_one(
        &self,
        frame: &mut Frame<'_>,
        tree: &Tree,
        clause: &Clause,
        iterators: &mut SmallVec<[Items; 2]>,
    ) -> Result<Option<Value>> {
        let Some(items) = iterators.first_mut() else { return Ok(None) };
        loop {
            let item = self.next_of(items).map_err(|error| place_error(frame, &clause.iterable, error))?;
            let Some(item) = item else { break };
            if self.enters(frame, clause, item)? {
                return self.expr(frame, &tree.element).map(Some);
            }
        }
        iterators.clear();
        Ok(None)
    }

    /// Gives an item to a clause's target; whether all tests hold then.
    fn enters(&self, frame: &mut Frame<'_>, clause: &Clause, item: Value) -> Result<bool> {
        match &clause.target.kind {
            ExprKind::Name(place) => frame.store(place, item),
            _ => self.assign(frame, &clause.target, item)?,
        }
        for test in &clause.tests {
            if !self.test(frame, test)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The error as it leaves the generator, which ends by it.
fn leaving(frame: &Frame<'_>, tree: &Tree, error: Error) -> Error {
    let error = match frame.placed {
        true => error,
        false => error.at(tree.span, &Rc::from(tree.code.name.as_str())),
    };
    match error.kind() {
        Kind::StopIteration => Error::runtime("generator raised StopIteration"),
        _ => error,
    }
}

impl Iterate for GeneratorExpression {
    fn next(&mut self, vm: &dyn Vm) -> Result<Option<Value>> {
        let mut next = None;
        self.each(vm, &mut |item| {
            next = Some(item);
            Ok(false)
        })?;
        Ok(next)
    }

    fn each(&mut self, vm: &dyn Vm, take: &mut dyn FnMut(Value) -> Result<bool>) -> Result<()> {
        let Some(interpreter) = vm.as_any().downcast_ref::<Interpreter>() else { return Ok(()) };
        let Some(mut frame) = self.frame.take() else { return Ok(()) };
        self.started = true;
        interpreter.depth.enter()?;
        let ended = loop {
            match interpreter.next_element(&mut frame, &self.tree, &mut self.iterators) {
                Ok(Some(item)) => match take(item) {
                    Ok(true) => {}
                    enough => {
                        self.frame = Some(frame);
                        break enough.map(drop);
                    }
                },
                Ok(None) => break Ok(()),
                Err(error) => {
                    self.iterators.clear();
                    break Err(leaving(&frame, &self.tree, error));
                }
            }
        };
        interpreter.depth.leave();
        ended
    }

    fn send(&mut self, vm: &dyn Vm, value: Value) -> Result<Option<Value>> {
        if !self.started && !value.is_none() && self.frame.is_some() {
            return Err(Error::type_error("can't send non-None value to a just-started generator"));
        }
        self.next(vm)
    }

    fn throw(&mut self, _vm: &dyn Vm, error: Error) -> Result<Option<Value>> {
        let Some(frame) = self.frame.take() else { return Err(error) };
        self.iterators.clear();
        Err(leaving(&frame, &self.tree, error))
    }

    fn returned(&self) -> Option<Value> {
        self.is_over().then_some(Value::None)
    }

    fn title(&self) -> Option<Str> {
        Some(self.tree.code.qualified_name.clone())
    }

    fn is_over(&self) -> bool {
        self.frame.is_none()
    }

    fn close(&mut self, _vm: &dyn Vm) -> Result<()> {
        self.frame = None;
        self.iterators.clear();
        Ok(())
    }
}
