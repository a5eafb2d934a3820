//! What a name can hold.
//!
//! A [`Value`] is two machine words and cheap to clone; everything that is shared by reference in Python is behind an
//! `Rc` here. This room knows the data and what each row of the builtin table looks like; how programs run is
//! the business of `eval`, which values reach through the [`Vm`] trait.

mod alias;
mod args;
mod builtin;
mod class;
mod class_lookup;
mod containers;
mod dict;
mod elements;
pub mod figure;
mod function;
pub mod journal;
mod known;
pub mod memory;
mod native;
pub mod number;
pub mod report;
mod tensor;
pub mod text;
mod unicode_error;
mod vm;

use std::rc::Rc;

use num_bigint::BigInt;

pub use self::alias::{GenericAlias, UnionType};
pub use self::args::{Args, call_row};
pub use self::builtin::{
    Builtin, Effect, ModuleRow, ModuleText, On, Param, ParamKind, TypeRow, keywords, kw, opt, pos, req, rest,
};
pub use self::class::{Class, Core, Instance, Types, linearize};
pub use self::containers::{List, NamedTuple, Range, Set, Slice, Tuple, TupleKind, View, ViewKind};
pub use self::dict::{Dict, DictKind, Map};
pub use self::elements::{element, elements, is_plain};
pub use self::function::{BoundMethod, CellRef, Descriptor, Function, Module};
pub use self::native::{Iterate, IteratorObject, Native};
pub use self::tensor::TensorObject;
pub use self::unicode_error::UnicodeFault;
pub use self::vm::{DisplayPlace, Vm};
use torchsh_aten::Device;
pub use torchsh_base::Str;
use torchsh_checkpoint::dtype::Dtype;

/// Any Python value.
#[derive(Clone)]
#[repr(u64)]
pub enum Value {
    /// `None`
    None,
    /// `...`
    Ellipsis,
    /// `NotImplemented`
    NotImplemented,
    /// `bool`
    Bool(bool),
    /// `int` that fits 64 bits; larger ones are `BigInt`, never both.
    Int(i64),
    /// `int` beyond 64 bits.
    BigInt(Rc<BigInt>),
    /// `float`
    Float(f64),
    /// `complex`: real, imaginary.
    Complex(Rc<(f64, f64)>),
    /// `str`
    Str(Str),
    /// `bytes`
    Bytes(Rc<Vec<u8>>),
    /// `list`
    List(Rc<List>),
    /// `tuple`, `torch.Size` and named tuples.
    Tuple(Rc<Tuple>),
    /// `dict`, `OrderedDict`, `defaultdict`, `Counter`.
    Dict(Rc<Dict>),
    /// `set` and `frozenset`.
    Set(Rc<Set>),
    /// `range`
    Range(Rc<Range>),
    /// `slice`
    Slice(Rc<Slice>),
    /// `d.keys()`, `d.values()`, `d.items()`.
    View(Rc<View>),
    /// Iterators and generators.
    Iterator(Rc<IteratorObject>),
    /// A function of the program or of the prelude.
    Function(Rc<Function>),
    /// A function of the builtin table.
    Builtin(&'static Builtin),
    /// A method and its receiver.
    BoundMethod(Rc<BoundMethod>),
    /// `property`, `staticmethod`, `classmethod`.
    Descriptor(Rc<Descriptor>),
    /// A class.
    Class(Rc<Class>),
    /// An instance of a class that a program (or the prelude) made, exceptions included.
    Instance(Rc<Instance>),
    /// An imported module.
    Module(Rc<Module>),
    /// `torch.Tensor` and `Parameter`.
    Tensor(Rc<TensorObject>),
    /// `torch.float32`
    Dtype(Dtype),
    /// `torch.device('cpu')`
    Device(Device),
    /// An object whose behaviour is written in Rust: a file, a match, an inert object of a checkpoint … (A box more, so
    /// that a value stays two words.)
    Native(Rc<Box<dyn Native>>),
}

impl Value {
    /// A new string.
    #[must_use]
    pub fn str(text: impl AsRef<str>) -> Self {
        Value::Str(Str::new(text))
    }

    /// A new list.
    #[must_use]
    pub fn list(items: Vec<Value>) -> Self {
        Value::List(Rc::new(List::new(items)))
    }

    /// A new plain tuple.
    #[must_use]
    pub fn tuple(items: Vec<Value>) -> Self {
        Value::Tuple(Rc::new(Tuple::new(items)))
    }

    /// A new `torch.Size`.
    #[must_use]
    pub fn size(sizes: &[i64]) -> Self {
        let items = sizes.iter().map(|&size| Value::Int(size)).collect();
        Value::Tuple(Rc::new(Tuple::with_kind(items, TupleKind::Size)))
    }

    /// A new `dict` from string keys.
    #[must_use]
    pub fn dict_of(items: impl IntoIterator<Item = (Str, Value)>) -> Self {
        let dict = Dict::default();
        for (key, value) in items {
            dict.set_str(key, value);
        }
        Value::Dict(Rc::new(dict))
    }

    /// An `int` of any size, in its canonical form.
    #[must_use]
    pub fn big(value: BigInt) -> Self {
        match i64::try_from(&value) {
            Ok(small) => Value::Int(small),
            Err(_) => Value::BigInt(Rc::new(value)),
        }
    }

    /// `complex(real, imaginary)`.
    #[must_use]
    pub fn complex(real: f64, imaginary: f64) -> Self {
        Value::Complex(Rc::new((real, imaginary)))
    }

    /// A new iterator object; `name` is its type's (`zip`, `generator`).
    #[must_use]
    pub fn iterator(name: &'static str, state: impl Iterate + 'static) -> Self {
        Value::Iterator(Rc::new(IteratorObject::new(name, Box::new(state))))
    }

    /// A native object.
    #[must_use]
    pub fn native(object: impl Native) -> Self {
        Value::Native(Rc::new(Box::new(object)))
    }

    /// Whether it is `None`.
    #[must_use]
    pub fn is_none(&self) -> bool {
        matches!(self, Value::None)
    }

    /// What a subclass of a built-in type stands on: the dict in `class D(dict)`. Others are themselves.
    #[must_use]
    pub fn payload(&self) -> Value {
        match self {
            Value::Instance(instance) => instance.payload().unwrap_or_else(|| self.clone()),
            Value::Native(object) => object.payload().unwrap_or_else(|| self.clone()),
            _ => self.clone(),
        }
    }

    /// The string, of a `str` or of an instance that stands on one.
    #[must_use]
    pub fn as_str(&self) -> Option<Str> {
        match self {
            Value::Str(text) => Some(text.clone()),
            Value::Instance(instance) => instance.payload()?.as_str(),
            _ => None,
        }
    }

    /// The integer, of an `int` or `bool` that fits 64 bits.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Value::Int(value) => Some(*value),
            Value::Bool(value) => Some(i64::from(*value)),
            Value::Instance(instance) => instance.payload()?.as_int(),
            _ => None,
        }
    }

    /// The dictionary, of a `dict` or of an instance that stands on one.
    #[must_use]
    pub fn as_dict(&self) -> Option<Rc<Dict>> {
        match self {
            Value::Dict(dict) => Some(dict.clone()),
            Value::Instance(instance) => instance.payload()?.as_dict(),
            _ => None,
        }
    }

    /// The list, of a `list` or of an instance that stands on one.
    #[must_use]
    pub fn as_list(&self) -> Option<Rc<List>> {
        match self {
            Value::List(list) => Some(list.clone()),
            Value::Instance(instance) => instance.payload()?.as_list(),
            _ => None,
        }
    }

    /// The tuple, of a `tuple` or of an instance that stands on one.
    #[must_use]
    pub fn as_tuple(&self) -> Option<Rc<Tuple>> {
        match self {
            Value::Tuple(tuple) => Some(tuple.clone()),
            Value::Instance(instance) => instance.payload()?.as_tuple(),
            _ => None,
        }
    }

    /// The tensor.
    #[must_use]
    pub fn as_tensor(&self) -> Option<&Rc<TensorObject>> {
        match self {
            Value::Tensor(tensor) => Some(tensor),
            _ => None,
        }
    }

    /// The tensor, or one on an array's memory: what there is to see of both is the same.
    #[must_use]
    pub fn as_tensor_or_array(&self) -> Option<Rc<TensorObject>> {
        match self {
            Value::Tensor(tensor) => Some(tensor.clone()),
            Value::Native(object) => object.tensor().map(TensorObject::new),
            _ => None,
        }
    }

    /// Whether it is a tensor or an array.
    #[must_use]
    pub fn is_tensor_or_array(&self) -> bool {
        match self {
            Value::Tensor(_) => true,
            Value::Native(object) => object.tensor().is_some(),
            _ => false,
        }
    }

    /// The native object of that Rust type.
    #[must_use]
    pub fn as_native<T: Native>(&self) -> Option<&T> {
        match self {
            Value::Native(object) => object.as_any().downcast_ref::<T>(),
            _ => None,
        }
    }

    /// Python's `is`.
    #[must_use]
    pub fn same(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
            (Value::Str(a), Value::Str(b)) => a == b,
            (Value::Dtype(a), Value::Dtype(b)) => a == b,
            (Value::Tuple(a), Value::Tuple(b)) if a.items.is_empty() && b.items.is_empty() => true,
            _ => {
                std::mem::discriminant(self) == std::mem::discriminant(other)
                    && self.address() == other.address()
            }
        }
    }

    /// A number that tells objects apart while they live (`id`).
    #[must_use]
    pub fn address(&self) -> usize {
        fn of<T: ?Sized>(object: &Rc<T>) -> usize {
            Rc::as_ptr(object).cast::<u8>() as usize
        }
        match self {
            Value::None => 1,
            Value::Ellipsis => 2,
            Value::NotImplemented => 3,
            Value::Bool(value) => 4 + usize::from(*value),
            Value::Int(value) => *value as usize,
            Value::Float(value) => value.to_bits() as usize,
            Value::Dtype(value) => usize::from(value.number()) + 16,
            Value::Device(_) => 15,
            Value::Str(text) => text.address(),
            Value::Builtin(row) => std::ptr::from_ref(*row) as usize,
            Value::BigInt(o) => of(o),
            Value::Complex(o) => of(o),
            Value::Bytes(o) => of(o),
            Value::List(o) => of(o),
            Value::Tuple(o) => of(o),
            Value::Dict(o) => of(o),
            Value::Set(o) => of(o),
            Value::Range(o) => of(o),
            Value::Slice(o) => of(o),
            Value::View(o) => of(o),
            Value::Iterator(o) => of(o),
            Value::Function(o) => of(o),
            Value::BoundMethod(o) => of(o),
            Value::Descriptor(o) => of(o),
            Value::Class(o) => of(o),
            Value::Instance(o) => of(o),
            Value::Module(o) => of(o),
            Value::Tensor(o) => of(o),
            Value::Native(o) => o.identity().unwrap_or_else(|| of(o)),
        }
    }
}

macro_rules! from {
    ($($type:ty => |$value:ident| $make:expr),* $(,)?) => {
        $(impl From<$type> for Value { fn from($value: $type) -> Self { $make } })*
    };
}

from! {
    () => |_nothing| Value::None,
    bool => |value| Value::Bool(value),
    i64 => |value| Value::Int(value),
    usize => |value| i64::try_from(value).map_or_else(|_| Value::big(BigInt::from(value)), Value::Int),
    f64 => |value| Value::Float(value),
    Str => |value| Value::Str(value),
    &str => |value| Value::str(value),
    String => |value| Value::str(value),
    BigInt => |value| Value::big(value),
    Vec<Value> => |value| Value::list(value),
    Rc<Dict> => |value| Value::Dict(value),
    Rc<List> => |value| Value::List(value),
    Rc<Class> => |value| Value::Class(value),
    Rc<TensorObject> => |value| Value::Tensor(value),
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::None, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_two_words() {
        assert_eq!(size_of::<Value>(), 16);
        assert_eq!(size_of::<Option<Value>>(), 16);
    }
}
