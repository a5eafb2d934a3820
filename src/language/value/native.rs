//! Objects whose behaviour is written in Rust.

use std::any::Any;
use std::cell::RefCell;

use super::{Str, Value, Vm};
use torchsh_aten::Tensor;
use torchsh_base::error::{Error, Result};
use torchsh_syntax::tree::{BinaryOperator, CompareOperator};

/// A native object: a file, a compiled pattern, an inert object of a checkpoint. Its methods are rows of the builtin
/// table under its type name; what is not a row goes through here.
pub trait Native: Any {
    /// The name of its class; the builtin table may have a type row and methods for it.
    fn type_name(&self) -> &str;

    /// For downcasts.
    fn as_any(&self) -> &dyn Any;

    /// The value of a built-in class that its class is made from (`numpy.float64`'s number), as of an instance.
    fn payload(&self) -> Option<Value> {
        None
    }

    /// The number that it is (`numpy.int64(3)`): it has that number's hash, and stands for it where operators take numbers.
    fn number(&self) -> Option<Value> {
        None
    }

    /// The tensor on its memory, for what looks at an array as at a tensor.
    fn tensor(&self) -> Option<Tensor> {
        None
    }

    /// What tells it from others, where Python has one object and several stand for it here (`torch.strided`).
    fn identity(&self) -> Option<usize> {
        None
    }

    /// An attribute that is no row of the table. `None`: there is none.
    fn attribute(&self, _vm: &dyn Vm, _name: &Str) -> Option<Result<Value>> {
        None
    }

    /// Sets an attribute. `None`: it can't be set.
    fn set_attribute(&self, _vm: &dyn Vm, _name: &Str, _value: &Value) -> Option<Result<()>> {
        None
    }

    /// The classes that it is made from, by module and name, where it stands for a class (`torch.FloatStorage`).
    fn ancestors(&self) -> Option<&'static [(&'static str, &'static str)]> {
        None
    }

    /// Names for completion and `dir`.
    fn attribute_names(&self) -> Vec<Str> {
        Vec::new()
    }

    /// The names of the arguments that calling it takes, for completion.
    fn parameter_names(&self) -> Vec<Str> {
        Vec::new()
    }

    /// `repr(object)`. `None`: `<TypeName object at 0x…>`.
    fn repr(&self, _vm: &dyn Vm) -> Option<Result<String>> {
        None
    }

    /// `str(object)`. `None`: as its repr.
    fn text(&self, _vm: &dyn Vm) -> Option<Result<String>> {
        None
    }

    /// `object(…)`. `None`: not callable.
    fn call(&self, _vm: &dyn Vm, _arguments: &[Value], _keywords: &[(Str, Value)]) -> Option<Result<Value>> {
        None
    }

    /// Whether it becomes a method when it is found on the class of an object.
    fn is_method(&self) -> bool {
        false
    }

    /// `object operator other` (`other operator object` where it is reflected) for another number, without a look at its class.
    /// `None`: by its special methods.
    fn binary(
        &self,
        _vm: &dyn Vm,
        _operator: BinaryOperator,
        _other: &Value,
        _reflected: bool,
    ) -> Option<Result<Value>> {
        None
    }

    /// `object operator other`, as [`Native::binary`].
    fn compare(&self, _vm: &dyn Vm, _operator: CompareOperator, _other: &Value) -> Option<Result<Value>> {
        None
    }

    /// `object[index]`. `None`: not subscriptable.
    fn item(&self, _vm: &dyn Vm, _index: &Value) -> Option<Result<Value>> {
        None
    }

    /// `len(object)`. `None`: it has none.
    fn length(&self, _vm: &dyn Vm) -> Option<Result<usize>> {
        None
    }

    /// `iter(object)`. `None`: not iterable.
    fn iterate(&self, _vm: &dyn Vm) -> Option<Result<Value>> {
        None
    }

    /// `object == other`. `None`: by identity.
    fn equal(&self, _vm: &dyn Vm, _other: &Value) -> Option<Result<bool>> {
        None
    }

    /// `hash(object)`. `None`: by identity.
    fn hash(&self, _vm: &dyn Vm) -> Option<Result<u64>> {
        None
    }
}

/// The state of an iterator.
pub trait Iterate {
    /// The next item, or none at the end (and ever after).
    ///
    /// # Errors
    /// Whatever producing the item raises.
    fn next(&mut self, vm: &dyn Vm) -> Result<Option<Value>>;

    /// Gives the items that are left to `take`, until it wants no more.
    ///
    /// # Errors
    /// As `next`, or what `take` raises.
    fn each(&mut self, vm: &dyn Vm, take: &mut dyn FnMut(Value) -> Result<bool>) -> Result<()> {
        while let Some(item) = self.next(vm)? {
            if !take(item)? {
                break;
            }
        }
        Ok(())
    }

    /// `generator.send(value)`: the value of the `yield` it waits at; then as `next`.
    ///
    /// # Errors
    /// It is no generator, or as `next`.
    fn send(&mut self, _vm: &dyn Vm, _value: Value) -> Result<Option<Value>> {
        Err(Error::new(torchsh_base::error::Kind::Attribute, "this iterator has no attribute 'send'"))
    }

    /// `generator.throw(error)`: raises at the `yield` it waits at; then as `next`.
    ///
    /// # Errors
    /// The error itself, unless the generator catches it.
    fn throw(&mut self, _vm: &dyn Vm, error: Error) -> Result<Option<Value>> {
        Err(error)
    }

    /// What the generator returned, once it has ended.
    fn returned(&self) -> Option<Value> {
        None
    }

    /// The name of a generator's function.
    fn title(&self) -> Option<Str> {
        None
    }

    /// Whether a generator has ended.
    fn is_over(&self) -> bool {
        false
    }

    /// `generator.close()`.
    ///
    /// # Errors
    /// What its `finally` clauses raise.
    fn close(&mut self, _vm: &dyn Vm) -> Result<()> {
        Ok(())
    }
}

/// An iterator object.
pub struct IteratorObject {
    /// The name of its class: `list_iterator`, `zip`, `generator`.
    pub name: &'static str,
    state: RefCell<Box<dyn Iterate>>,
}

impl IteratorObject {
    /// An iterator object over a state.
    #[must_use]
    pub fn new(name: &'static str, state: Box<dyn Iterate>) -> Self {
        IteratorObject { name, state: RefCell::new(state) }
    }

    /// Runs `step` on the state.
    ///
    /// # Errors
    /// `ValueError` when the iterator is stepped from inside itself; else what `step` raises.
    pub fn with<T>(&self, step: impl FnOnce(&mut dyn Iterate) -> Result<T>) -> Result<T> {
        match self.state.try_borrow_mut() {
            Ok(mut state) => step(&mut **state),
            Err(_) => Err(Error::value(format!("{} already executing", self.name))),
        }
    }

    /// The next item, or none at the end.
    ///
    /// # Errors
    /// As [`IteratorObject::with`].
    pub fn next(&self, vm: &dyn Vm) -> Result<Option<Value>> {
        self.with(|state| state.next(vm))
    }
}
