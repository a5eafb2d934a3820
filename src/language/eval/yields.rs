//! `yield` and `yield from`.

use super::Interpreter;
use super::frame::Frame;
use super::generator::Resume;
use crate::value::{Str, Value, Vm};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_syntax::tree::Expr;

impl Interpreter {
    pub(super) fn yield_value(&self, frame: &mut Frame<'_>, value: Value) -> Result<Value> {
        let Some(yielder) = frame.yielder else {
            return Err(Error::new(Kind::Syntax, "'yield' outside function"));
        };
        match yielder.suspend(value) {
            Resume::Value(value) => Ok(value),
            Resume::Raise(error) => Err(error),
        }
    }

    pub(super) fn yield_from(&self, frame: &mut Frame<'_>, of: &Expr) -> Result<Value> {
        let of = self.expr(frame, of)?;
        let iterator = self.iterate(&of)?;
        let mut sent = Ok(Value::None);
        loop {
            let step = match (&iterator, sent) {
                (Value::Iterator(object), Ok(value)) if !value.is_none() => {
                    object.with(|state| state.send(self, value))
                }
                (Value::Iterator(object), Err(error)) => object.with(|state| state.throw(self, error)),
                (Value::Iterator(_), Ok(_)) => self.next(&iterator),
                (_, sent) => match self.step_written(&iterator, sent) {
                    Err(error) if error.kind() == Kind::StopIteration => {
                        let exception = Value::Instance(self.exception(&error));
                        return self.attribute(&exception, &Str::intern("value"));
                    }
                    step => step.map(Some),
                },
            };
            let Some(value) = step? else { break };
            sent = self.yield_value(frame, value);
        }
        match &iterator {
            Value::Iterator(object) => object.with(|state| Ok(state.returned().unwrap_or(Value::None))),
            _ => Ok(Value::None),
        }
    }

    /// The next item of an iterator of the program: by its `send` or `throw` where `yield from` has something for it.
    pub(super) fn step_written(&self, iterator: &Value, sent: Result<Value>) -> Result<Value> {
        match sent {
            Ok(value) if value.is_none() => self.call_method(iterator, "__next__", &[]),
            Ok(value) => self.call_method(iterator, "send", &[value]),
            Err(error) => match self.attribute_or_none(iterator, &Str::intern("throw"))? {
                Some(throw) => {
                    let error = self.with_object(error);
                    self.call_value(&throw, &[Value::Instance(self.exception(&error))], &[])
                }
                None => Err(error),
            },
        }
    }
}
