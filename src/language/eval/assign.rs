//! Assignment, unpacking, augmented assignment and `del`.

use super::Interpreter;
use super::frame::Frame;
use super::operator_names::special_names;
use crate::value::{Value, Vm};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_base::reason::Reason;
use torchsh_syntax::tree::{BinaryOperator, Expr, ExprKind};

impl Interpreter {
    /// Binds a value to a target.
    pub(super) fn assign(&self, frame: &mut Frame<'_>, target: &Expr, value: Value) -> Result<()> {
        match &target.kind {
            ExprKind::Name(place) => {
                frame.store(place, value);
                Ok(())
            }
            ExprKind::Attribute(of, name) => {
                let of = self.expr(frame, of)?;
                self.set_attribute(&of, name, value)
            }
            ExprKind::Subscript(of, index) => {
                let of = self.expr(frame, of)?;
                let index = self.expr(frame, index)?;
                self.set_item(&of, &index, value)
            }
            ExprKind::List(targets) | ExprKind::Tuple(targets) => self.unpack(frame, targets, &value),
            ExprKind::Starred(inner) => self.assign(frame, inner, value),
            _ => Err(Error::new(Kind::Syntax, "cannot assign to this expression")),
        }
    }

    fn unpack(&self, frame: &mut Frame<'_>, targets: &[Expr], value: &Value) -> Result<()> {
        let starred = targets.iter().position(|target| matches!(target.kind, ExprKind::Starred(_)));
        match starred {
            Some(at) => self.unpack_starred(frame, targets, at, value),
            None => {
                let items = self.items_to_unpack(value, targets.len())?;
                for (target, item) in targets.iter().zip(items) {
                    self.assign(frame, target, item)?;
                }
                Ok(())
            }
        }
    }

    /// Exactly `count` items of a value; no more are asked of an iterator than it takes to know.
    fn items_to_unpack(&self, value: &Value, count: usize) -> Result<Vec<Value>> {
        if let Value::Tuple(tuple) = value
            && tuple.items.len() == count
        {
            return Ok(tuple.items.to_vec());
        }
        let iterator = self.iterator_to_unpack(value)?;
        let mut items = Vec::with_capacity(count);
        while let Some(item) = self.next(&iterator)? {
            if items.len() == count {
                return Err(Error::value(format!("too many values to unpack (expected {count})")));
            }
            items.push(item);
        }
        if items.len() < count {
            let got = items.len();
            return Err(Error::value(format!("not enough values to unpack (expected {count}, got {got})")));
        }
        Ok(items)
    }

    fn iterator_to_unpack(&self, value: &Value) -> Result<Value> {
        self.iterate(value).map_err(|error| {
            if error.reason() == Some(&Reason::NotIterable) {
                let name = self.type_name(value);
                return Error::type_error(format!("cannot unpack non-iterable {name} object"));
            }
            error
        })
    }

    fn unpack_starred(
        &self,
        frame: &mut Frame<'_>,
        targets: &[Expr],
        at: usize,
        value: &Value,
    ) -> Result<()> {
        let iterator = self.iterator_to_unpack(value)?;
        let mut items = self.collect(&iterator)?;
        let needed = targets.len() - 1;
        if items.len() < needed {
            let got = items.len();
            let message = format!("not enough values to unpack (expected at least {needed}, got {got})");
            return Err(Error::value(message));
        }
        let after = items.split_off(items.len() - (needed - at));
        let middle = items.split_off(at);
        let values = items.into_iter().chain([Value::list(middle)]).chain(after);
        for (target, item) in targets.iter().zip(values) {
            self.assign(frame, target, item)?;
        }
        Ok(())
    }

    /// `target operator= value`.
    pub(super) fn augmented(
        &self,
        frame: &mut Frame<'_>,
        target: &Expr,
        operator: BinaryOperator,
        value: &Expr,
    ) -> Result<()> {
        match &target.kind {
            ExprKind::Name(place) => {
                let old = self.name(frame, place)?;
                let value = self.expr(frame, value)?;
                let new = self.in_place(operator, &old, &value)?;
                frame.store(place, new);
                Ok(())
            }
            ExprKind::Attribute(of, name) => {
                let of = self.expr(frame, of)?;
                let old = self.attribute(&of, name)?;
                let value = self.expr(frame, value)?;
                let new = self.in_place(operator, &old, &value)?;
                self.set_attribute(&of, name, new)
            }
            ExprKind::Subscript(of, index) => {
                let of = self.expr(frame, of)?;
                let index = self.expr(frame, index)?;
                let old = self.item(&of, &index)?;
                let value = self.expr(frame, value)?;
                let new = self.in_place(operator, &old, &value)?;
                self.set_item(&of, &index, new)
            }
            _ => Err(Error::new(Kind::Syntax, "this is an illegal target for augmented assignment")),
        }
    }

    /// `a += b` for a value: in place where its class can, else `a + b`.
    pub fn in_place(&self, operator: BinaryOperator, a: &Value, b: &Value) -> Result<Value> {
        match (operator, a) {
            (_, Value::Int(_) | Value::Float(_) | Value::Str(_) | Value::Bool(_) | Value::Tuple(_)) => {
                return self.binary(operator, a, b);
            }
            (BinaryOperator::Add, Value::List(list)) => {
                let more = self.collect(b)?;
                list.extend(more);
                return Ok(a.clone());
            }
            (BinaryOperator::Mul, Value::List(list)) => {
                if let Value::List(product) = self.binary(operator, a, b)? {
                    *list.items_mut() = product.to_vec();
                }
                return Ok(a.clone());
            }
            _ => {}
        }
        let (_, _, name, symbol) = special_names(operator);
        if let Some(result) = self.special(a, name, std::slice::from_ref(b)) {
            let result = result?;
            if !matches!(result, Value::NotImplemented) {
                return Ok(result);
            }
        }
        let symbol = if operator == BinaryOperator::Pow { "**=".to_owned() } else { format!("{symbol}=") };
        super::arithmetic::binary_or_named(self, operator, a, b, &symbol)
    }

    /// `del target`.
    pub(super) fn delete(&self, frame: &mut Frame<'_>, target: &Expr) -> Result<()> {
        match &target.kind {
            ExprKind::Name(place) if self.forgets(frame, place) => Ok(()),
            ExprKind::Name(place) => frame.delete(place),
            ExprKind::Attribute(of, name) => {
                let of = self.expr(frame, of)?;
                self.delete_attribute(&of, name)
            }
            ExprKind::Subscript(of, index) => {
                let of = self.expr(frame, of)?;
                let index = self.expr(frame, index)?;
                self.delete_item(&of, &index)
            }
            ExprKind::List(targets) | ExprKind::Tuple(targets) => {
                targets.iter().try_for_each(|target| self.delete(frame, target))
            }
            _ => Err(Error::new(Kind::Syntax, "cannot delete this expression")),
        }
    }
}
