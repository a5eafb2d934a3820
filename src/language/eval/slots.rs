//! Special methods of built-in types, taken as attributes: `int.__add__`, `"ab".__len__`, `{}.__getitem__`.
//!
//! The evaluator never looks here to run an operator: this is for programs that name the method themselves, and for
//! `super().__eq__(other)` in a class made from a built-in type.

use std::rc::Rc;

use super::Interpreter;
use super::arithmetic::binary;
use super::operator_names::special_names;
use crate::value::{Class, Core, Native, Str, Value, Vm};
use torchsh_base::error::{Error, Result};
use torchsh_syntax::tree::{BinaryOperator, CompareOperator, UnaryOperator};

/// A special method of a built-in type.
pub(super) struct Slot {
    name: Str,
    owner: Rc<Class>,
}

impl Native for Slot {
    fn type_name(&self) -> &str {
        "wrapper_descriptor"
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn attribute(&self, _vm: &dyn Vm, name: &Str) -> Option<Result<Value>> {
        match name.as_str() {
            "__name__" => Some(Ok(Value::Str(self.name.clone()))),
            "__qualname__" => Some(Ok(Value::str(format!("{}.{}", self.owner.name, self.name)))),
            "__objclass__" => Some(Ok(Value::Class(self.owner.clone()))),
            _ => None,
        }
    }

    fn repr(&self, _vm: &dyn Vm) -> Option<Result<String>> {
        Some(Ok(format!("<slot wrapper '{}' of '{}' objects>", self.name, self.owner.name)))
    }

    fn is_method(&self) -> bool {
        true
    }

    fn equal(&self, _vm: &dyn Vm, other: &Value) -> Option<Result<bool>> {
        let other = other.as_native::<Slot>()?;
        Some(Ok(self.name == other.name && Rc::ptr_eq(&self.owner, &other.owner)))
    }

    fn call(&self, vm: &dyn Vm, arguments: &[Value], keywords: &[(Str, Value)]) -> Option<Result<Value>> {
        let Some((receiver, others)) = arguments.split_first() else {
            let (name, owner) = (&self.name, &self.owner.name);
            let message = format!("descriptor '{name}' of '{owner}' object needs an argument");
            return Some(Err(Error::type_error(message)));
        };
        let interpreter = vm.as_any().downcast_ref::<Interpreter>()?;
        if let "__call__" = self.name.as_str() {
            return Some(vm.call(receiver, others, keywords));
        }
        Some(interpreter.run_slot(&self.name, receiver, others))
    }
}

const NUMBERS: &[Core] = &[Core::Int, Core::Bool, Core::Float, Core::Complex];
const SEQUENCES: &[Core] = &[Core::List, Core::Tuple, Core::Str, Core::Bytes, Core::Size];
const DICTS: &[Core] = &[Core::Dict, Core::OrderedDict, Core::DefaultDict, Core::Counter];
const SETS: &[Core] = &[Core::Set, Core::FrozenSet, Core::Keys, Core::Items];

fn operators_of(core: Core) -> &'static [BinaryOperator] {
    use BinaryOperator as Op;
    match core {
        Core::Int | Core::Bool => &[
            Op::Add,
            Op::Sub,
            Op::Mul,
            Op::Div,
            Op::FloorDiv,
            Op::Mod,
            Op::Pow,
            Op::LeftShift,
            Op::RightShift,
            Op::BitAnd,
            Op::BitOr,
            Op::BitXor,
        ],
        Core::Float => &[Op::Add, Op::Sub, Op::Mul, Op::Div, Op::FloorDiv, Op::Mod, Op::Pow],
        Core::Complex => &[Op::Add, Op::Sub, Op::Mul, Op::Div, Op::Pow],
        Core::Str => &[Op::Add, Op::Mul, Op::Mod],
        core if SEQUENCES.contains(&core) => &[Op::Add, Op::Mul],
        core if DICTS.contains(&core) => &[Op::BitOr],
        core if SETS.contains(&core) => &[Op::Sub, Op::BitAnd, Op::BitOr, Op::BitXor],
        _ => &[],
    }
}

/// Other special methods that a core type has, besides those of every object.
fn has_other(core: Core, name: &str) -> bool {
    let is_container = SEQUENCES.contains(&core) || DICTS.contains(&core) || SETS.contains(&core);
    match name {
        "__abs__" | "__neg__" | "__pos__" | "__bool__" => NUMBERS.contains(&core),
        "__int__" | "__float__" | "__round__" | "__trunc__" | "__floor__" | "__ceil__" | "__divmod__" => {
            matches!(core, Core::Int | Core::Bool | Core::Float)
        }
        "__index__" | "__invert__" => matches!(core, Core::Int | Core::Bool),
        "__len__" | "__iter__" | "__contains__" => is_container || matches!(core, Core::Range | Core::Values),
        "__getitem__" => SEQUENCES.contains(&core) || DICTS.contains(&core) || core == Core::Range,
        "__setitem__" | "__delitem__" => core == Core::List || DICTS.contains(&core),
        "__reversed__" => {
            matches!(core, Core::List | Core::Range | Core::Keys | Core::Values | Core::Items)
                || DICTS.contains(&core)
        }
        "__iadd__" | "__imul__" => core == Core::List,
        "__ior__" => DICTS.contains(&core) || core == Core::Set,
        "__iand__" | "__isub__" | "__ixor__" => core == Core::Set,
        "__call__" => matches!(core, Core::Function | Core::Builtin | Core::Method | Core::Type),
        _ => false,
    }
}

/// What every object has.
fn is_of_object(name: &str) -> bool {
    matches!(
        name,
        "__eq__"
            | "__ne__"
            | "__lt__"
            | "__le__"
            | "__gt__"
            | "__ge__"
            | "__hash__"
            | "__init__"
            | "__init_subclass__"
            | "__reduce__"
            | "__reduce_ex__"
            | "__sizeof__"
            | "__getstate__"
            | "__subclasshook__"
    )
}

fn comparison(name: &str) -> Option<CompareOperator> {
    Some(match name {
        "__eq__" => CompareOperator::Equal,
        "__ne__" => CompareOperator::NotEqual,
        "__lt__" => CompareOperator::Less,
        "__le__" => CompareOperator::LessEqual,
        "__gt__" => CompareOperator::Greater,
        "__ge__" => CompareOperator::GreaterEqual,
        _ => return None,
    })
}

/// The operator of a special name, and whether it is the reflected one.
fn operator_named(operators: &[BinaryOperator], name: &str) -> Option<(BinaryOperator, bool)> {
    operators.iter().find_map(|&operator| {
        let (own, reflected, in_place, _) = special_names(operator);
        match name {
            _ if name == own || name == in_place => Some((operator, false)),
            _ if name == reflected => Some((operator, true)),
            _ => None,
        }
    })
}

impl Interpreter {
    /// The special method of that name which a class has from its built-in ancestors.
    pub(super) fn slot(&self, class: &Rc<Class>, name: &Str) -> Option<Value> {
        if !(name.starts_with("__") && name.ends_with("__")) {
            return None;
        }
        let owner = class.order().find(|class| self.owns_slot(class, name))?;
        let changes = |core: Core| core == Core::List || core == Core::Set || DICTS.contains(&core);
        if name.as_str() == "__hash__" && class.core.is_some_and(changes) {
            return Some(Value::None);
        }
        Some(Value::native(Slot { name: name.clone(), owner: owner.clone() }))
    }

    /// The special method of that name, whatever the class.
    pub(super) fn slot_of(&self, class: &Rc<Class>, name: &Str) -> Value {
        Value::native(Slot { name: name.clone(), owner: class.clone() })
    }

    fn owns_slot(&self, class: &Rc<Class>, name: &Str) -> bool {
        if class.is_written() {
            return false;
        }
        match class.core {
            Some(Core::Object) => class.bases.is_empty() && is_of_object(name),
            Some(core) => {
                let operators = operators_of(core);
                let in_place = name.starts_with("__i") && operator_named(operators, name).is_some();
                let binary = !in_place && operator_named(operators, name).is_some();
                binary || has_other(core, name)
            }
            None => false,
        }
    }

    fn run_slot(&self, name: &str, receiver: &Value, others: &[Value]) -> Result<Value> {
        let own = receiver.payload();
        if let (Some(operator), [other]) = (comparison(name), others) {
            return self.run_comparison(operator, &own, other);
        }
        let core = self.class_of(&own).core.unwrap_or(Core::Object);
        if let (Some((operator, reflected)), [other]) = (operator_named(operators_of(core), name), others) {
            return self.run_operator(operator, reflected, &own, other);
        }
        let result = match (name, others) {
            ("__hash__", []) => return Ok(Value::Int(self.hash_number(&own)?)),
            ("__init__" | "__init_subclass__", _) => Value::None,
            ("__subclasshook__", _) => Value::NotImplemented,
            ("__sizeof__", []) => Value::Int(32),
            ("__getstate__", []) => {
                self.attribute_or_none(receiver, &Str::intern("__dict__"))?.unwrap_or(Value::None)
            }
            ("__neg__", []) => self.unary(UnaryOperator::Negative, &own)?,
            ("__pos__", []) => self.unary(UnaryOperator::Positive, &own)?,
            ("__invert__", []) => self.unary(UnaryOperator::Invert, &own)?,
            ("__bool__", []) => Value::Bool(self.truth(&own)?),
            ("__len__", []) => self.length(&own)?.into(),
            ("__iter__", []) => self.iterate(&own)?,
            ("__next__", []) => {
                let next = self.builtins.get_name("next").unwrap_or(Value::None);
                return self.call(&next, &[own], &[]);
            }
            ("__index__", []) => own,
            ("__contains__", [item]) => Value::Bool(self.contains(&own, item)?),
            ("__getitem__", [key]) => self.item(&own, key)?,
            ("__setitem__", [key, value]) => {
                self.set_item(&own, key, value.clone())?;
                Value::None
            }
            ("__delitem__", [key]) => {
                self.delete_item(&own, key)?;
                Value::None
            }
            _ => return self.run_by_function(name, &own, others),
        };
        Ok(result)
    }

    /// Those that a built-in function of a like name runs.
    fn run_by_function(&self, name: &str, own: &Value, others: &[Value]) -> Result<Value> {
        let function = match name {
            "__abs__" => "abs",
            "__int__" => "int",
            "__float__" => "float",
            "__round__" => "round",
            "__divmod__" => "divmod",
            "__reversed__" => "reversed",
            "__trunc__" => "int",
            "__floor__" | "__ceil__" => {
                let math = self.import("math")?;
                let named = Str::intern(name.trim_matches('_'));
                return self.call(&self.attribute(&math, &named)?, std::slice::from_ref(own), &[]);
            }
            _ => {
                return Err(Error::type_error(format!("{name}() was given {} arguments", others.len())));
            }
        };
        let function = self.builtins.get_name(function).unwrap_or(Value::None);
        let mut all = vec![own.clone()];
        all.extend_from_slice(others);
        self.call(&function, &all, &[])
    }

    fn run_comparison(&self, operator: CompareOperator, own: &Value, other: &Value) -> Result<Value> {
        let equality = matches!(operator, CompareOperator::Equal | CompareOperator::NotEqual);
        if let Value::Instance(_) = own {
            let same = own.same(other);
            return Ok(match operator {
                CompareOperator::Equal if same => Value::Bool(true),
                CompareOperator::NotEqual if same => Value::Bool(false),
                _ => Value::NotImplemented,
            });
        }
        let other = other.payload();
        let (own_core, other_core) = (self.class_of(own).core, self.class_of(&other).core);
        let is_number = |core: Option<Core>| core.is_some_and(|core| NUMBERS.contains(&core));
        let comparable = own_core == other_core
            || (is_number(own_core) && is_number(other_core))
            || own.same(&other)
            || self.class_of(&other).inherits(&self.class_of(own))
            || self.class_of(own).inherits(&self.class_of(&other));
        if !comparable {
            return Ok(Value::NotImplemented);
        }
        match self.compare(operator, own, &other) {
            Err(error) if !equality && error.kind() == torchsh_base::error::Kind::Type => {
                Ok(Value::NotImplemented)
            }
            result => result,
        }
    }

    fn run_operator(
        &self,
        operator: BinaryOperator,
        reflected: bool,
        own: &Value,
        other: &Value,
    ) -> Result<Value> {
        let other = other.payload();
        let fits = match own {
            Value::Int(_) | Value::BigInt(_) | Value::Bool(_) => {
                matches!(other, Value::Int(_) | Value::BigInt(_) | Value::Bool(_))
            }
            Value::Float(_) => {
                matches!(other, Value::Int(_) | Value::BigInt(_) | Value::Bool(_) | Value::Float(_))
            }
            Value::Set(_) => matches!(other, Value::Set(_)),
            Value::Dict(_) => matches!(other, Value::Dict(_)),
            _ => true,
        };
        if !fits {
            return Ok(Value::NotImplemented);
        }
        if reflected { binary(self, operator, &other, own) } else { binary(self, operator, own, &other) }
    }
}

impl Interpreter {
    /// Whether objects of a class can have an attribute of that name: where each class on the way names its `__slots__`, only
    /// those.
    pub(super) fn has_place_for(&self, class: &Rc<Class>, name: &Str) -> bool {
        let slots = &self.names.slots;
        if class.namespace.get_str(slots).is_none() {
            return true;
        }
        let named = |listed: &Value| match listed {
            Value::Str(only) => only == name,
            Value::Tuple(tuple) => tuple.items.iter().any(|slot| slot.as_str().as_ref() == Some(name)),
            Value::List(list) => list.items().iter().any(|slot| slot.as_str().as_ref() == Some(name)),
            _ => true,
        };
        class.order().any(|class| match class.namespace.get_str(slots) {
            Some(listed) => named(&listed),
            None => class.is_written(),
        })
    }
}
