//! Equality, ordering and hashes.

use std::cmp::Ordering;
use std::hash::{BuildHasher, Hasher};
use std::rc::Rc;

use num_bigint::BigInt;
use num_traits::{FromPrimitive, ToPrimitive};

use super::Interpreter;
use super::arithmetic::is_number;
use crate::value::{Dict, Set, Value, Vm};
use torchsh_base::error::{Error, Result};
use torchsh_base::hash::{self, Seeded, SeededMap};
use torchsh_syntax::tree::CompareOperator;

/// Comparisons after which a comparison counts as long.
const LONG: usize = 10_000;

/// What a comparison of containers has seen. Two loads of a file whose lists hold the same lists again, level after level,
/// would take for ever without it. Short comparisons, which are nearly all, pay for a number.
#[derive(Default)]
pub(super) struct Compared {
    /// Comparisons that are running, one within the other.
    depth: usize,
    /// Comparisons begun since the outermost one.
    begun: usize,
    /// By addresses: pairs found equal, kept so that their addresses stay theirs.
    equal: SeededMap<(usize, usize), (Value, Value)>,
}

impl Compared {
    /// Notes that two containers are compared; whether they are known to be equal, in which case it has ended.
    fn begins(&mut self, a: &Value, b: &Value) -> bool {
        self.begun += 1;
        if self.begun > LONG && self.equal.contains_key(&(a.address(), b.address())) {
            return true;
        }
        self.depth += 1;
        false
    }

    fn ends(&mut self, a: &Value, b: &Value, equal: bool) {
        self.depth -= 1;
        if self.depth == 0 {
            self.begun = 0;
            self.equal = SeededMap::default();
        } else if equal && self.begun > LONG {
            self.equal.insert((a.address(), b.address()), (a.clone(), b.clone()));
        }
    }
}

/// Equality of values of built-in types that hold no objects; `None` where more is needed.
fn plain_equal(a: &Value, b: &Value) -> Option<bool> {
    Some(match (a, b) {
        (Value::Str(a), Value::Str(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::None, Value::None) => true,
        (Value::Bytes(a), Value::Bytes(b)) => a == b,
        // Items are equal to themselves, as Python has it even for NaN.
        (Value::Tuple(a), Value::Tuple(b)) if Rc::ptr_eq(a, b) => true,
        (Value::Dtype(a), Value::Dtype(b)) => a == b,
        (Value::Device(a), Value::Device(b)) => a == b,
        (Value::Range(a), Value::Range(b)) => {
            a.len() == b.len() && (a.is_empty() || (a.start == b.start && (a.len() == 1 || a.step == b.step)))
        }
        (Value::Complex(a), Value::Complex(b)) => a == b,
        (Value::Complex(a), other) | (other, Value::Complex(a)) => {
            a.1 == 0.0 && numeric_order(&Value::Float(a.0), other)? == Some(Ordering::Equal)
        }
        (a, b) => match numeric_order(a, b) {
            Some(order) => order == Some(Ordering::Equal),
            None => return None,
        },
    })
}

/// The order of two numbers: the inner `None` is for NaN, the outer for what is no number.
pub(super) fn numeric_order(a: &Value, b: &Value) -> Option<Option<Ordering>> {
    let as_int = |value: &Value| match value {
        Value::Int(value) => Some(*value),
        Value::Bool(value) => Some(i64::from(*value)),
        _ => None,
    };
    match (a, b) {
        (Value::Float(a), Value::Float(b)) => return Some(a.partial_cmp(b)),
        (Value::BigInt(a), Value::BigInt(b)) => return Some(Some(a.cmp(b))),
        (Value::Float(a), Value::BigInt(b)) => return Some(float_order(*a, b)),
        (Value::BigInt(a), Value::Float(b)) => return Some(float_order(*b, a).map(Ordering::reverse)),
        _ => {}
    }
    match (as_int(a), as_int(b)) {
        (Some(a), Some(b)) => Some(Some(a.cmp(&b))),
        (Some(a), None) => match b {
            Value::Float(b) => Some(float_order(*b, &BigInt::from(a)).map(Ordering::reverse)),
            Value::BigInt(b) => Some(Some(BigInt::from(a).cmp(b))),
            _ => None,
        },
        (None, Some(b)) => match a {
            Value::Float(a) => Some(float_order(*a, &BigInt::from(b))),
            Value::BigInt(a) => Some(Some((**a).cmp(&BigInt::from(b)))),
            _ => None,
        },
        (None, None) => None,
    }
}

/// A float against an integer, exactly.
fn float_order(a: f64, b: &BigInt) -> Option<Ordering> {
    if a.is_nan() {
        return None;
    }
    if a.is_infinite() {
        return Some(if a > 0.0 { Ordering::Greater } else { Ordering::Less });
    }
    let whole = BigInt::from_f64(a.trunc())?;
    Some(whole.cmp(b).then_with(|| a.fract().partial_cmp(&0.0).unwrap_or(Ordering::Equal)))
}

impl Interpreter {
    pub(super) fn equal_values(&self, a: &Value, b: &Value) -> Result<bool> {
        if let Some(answer) = plain_equal(a, b) {
            return Ok(answer);
        }
        let answer = self.equal_value(a, b)?;
        self.truth(&answer)
    }

    /// `a == b` with whatever value that gives.
    pub(super) fn equal_value(&self, a: &Value, b: &Value) -> Result<Value> {
        if let Some(answer) = plain_equal(a, b) {
            return Ok(Value::Bool(answer));
        }
        if may_override(a) || may_override(b) {
            self.compared.borrow_mut().begun += 1;
            return self.rich_compare(CompareOperator::Equal, a, b);
        }
        self.check_interrupt()?;
        if self.compared.borrow_mut().begins(a, b) {
            return Ok(Value::Bool(true));
        }
        let result = self.depth.enter().and_then(|()| {
            let result = self.containers_equal(a, b);
            self.depth.leave();
            result
        });
        self.compared.borrow_mut().ends(a, b, matches!(result, Ok(true)));
        result.map(Value::Bool)
    }

    fn containers_equal(&self, a: &Value, b: &Value) -> Result<bool> {
        match (a, b) {
            (Value::Tuple(a), Value::Tuple(b)) => self.all_equal(&a.items, &b.items),
            (Value::List(a), Value::List(b)) => {
                if a.len() != b.len() {
                    return Ok(false);
                }
                self.all_equal(&a.to_vec(), &b.to_vec())
            }
            (Value::Dict(a), Value::Dict(b)) => self.dicts_equal(a, b),
            (Value::BoundMethod(a), Value::BoundMethod(b)) => {
                Ok(a.receiver.same(&b.receiver) && a.function.same(&b.function))
            }
            (Value::Slice(a), Value::Slice(b)) => Ok(self.equal(&a.start, &b.start)?
                && self.equal(&a.stop, &b.stop)?
                && self.equal(&a.step, &b.step)?),
            _ => match super::sets::order(self, CompareOperator::Equal, a, b) {
                Some(equal) => equal,
                None => Ok(a.same(b)),
            },
        }
    }

    fn all_equal(&self, a: &[Value], b: &[Value]) -> Result<bool> {
        if a.len() != b.len() {
            return Ok(false);
        }
        for (a, b) in a.iter().zip(b) {
            if !a.same(b) && !self.equal(a, b)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn dicts_equal(&self, a: &Dict, b: &Dict) -> Result<bool> {
        if a.len() != b.len() {
            return Ok(false);
        }
        let ordered = |dict: &Dict| matches!(*dict.kind.borrow(), crate::value::DictKind::Ordered);
        if ordered(a) && ordered(b) && !self.all_equal(&a.keys(), &b.keys())? {
            return Ok(false);
        }
        for (key, value) in a.entries() {
            match b.get(self, &key)? {
                Some(other) if other.same(&value) || self.equal(&value, &other)? => {}
                _ => return Ok(false),
            }
        }
        Ok(true)
    }

    // ---- ordering ---------------------------------------------------------------------------------------------

    pub(super) fn compare_values(&self, operator: CompareOperator, a: &Value, b: &Value) -> Result<Value> {
        if let (Value::Native(_), _) | (_, Value::Native(_)) = (a, b)
            && let Some(answer) = self.native_comparison(operator, a, b)
        {
            return answer;
        }
        match operator {
            CompareOperator::In => return self.contains_item(b, a).map(Value::Bool),
            CompareOperator::NotIn => return self.contains_item(b, a).map(|found| Value::Bool(!found)),
            CompareOperator::Equal => return self.equal_value(a, b),
            CompareOperator::NotEqual => {
                return if may_override(a) || may_override(b) {
                    self.rich_compare(operator, a, b)
                } else {
                    self.equal_values(a, b).map(|equal| Value::Bool(!equal))
                };
            }
            _ => {}
        }
        if let Some(answer) = super::expression::identity(operator, a, b) {
            return Ok(Value::Bool(answer));
        }
        if let Some(order) = self.native_order(operator, a, b)? {
            return Ok(Value::Bool(order));
        }
        self.rich_compare(operator, a, b)
    }

    /// Comparisons of numbers that are native objects, as `arithmetic` has operators of them.
    fn native_comparison(&self, operator: CompareOperator, a: &Value, b: &Value) -> Option<Result<Value>> {
        use CompareOperator as Op;
        let mirrored = match operator {
            Op::Equal | Op::NotEqual => operator,
            Op::Less => Op::Greater,
            Op::LessEqual => Op::GreaterEqual,
            Op::Greater => Op::Less,
            Op::GreaterEqual => Op::LessEqual,
            _ => return None,
        };
        match (a, b) {
            (Value::Native(own), other) if is_number(other) => own.compare(self, operator, other),
            (other, Value::Native(own)) if is_number(other) => own.compare(self, mirrored, other),
            _ => None,
        }
    }

    /// The order of values of built-in types, if they have one.
    fn native_order(&self, operator: CompareOperator, a: &Value, b: &Value) -> Result<Option<bool>> {
        if let Some(order) = numeric_order(a, b) {
            return Ok(Some(order.is_some_and(|order| holds(operator, order))));
        }
        match (a, b) {
            (Value::Str(a), Value::Str(b)) => Ok(Some(holds(operator, a.as_str().cmp(b.as_str())))),
            (Value::Bytes(a), Value::Bytes(b)) => Ok(Some(holds(operator, a.cmp(b)))),
            (Value::Tuple(a), Value::Tuple(b)) => self.sequence_order(operator, &a.items, &b.items).map(Some),
            (Value::List(a), Value::List(b)) => {
                self.sequence_order(operator, &a.to_vec(), &b.to_vec()).map(Some)
            }
            _ => super::sets::order(self, operator, a, b).transpose(),
        }
    }

    fn sequence_order(&self, operator: CompareOperator, a: &[Value], b: &[Value]) -> Result<bool> {
        for (a, b) in a.iter().zip(b) {
            if !a.same(b) && !self.equal(a, b)? {
                let answer = self.compare(operator, a, b)?;
                return self.truth(&answer);
            }
        }
        Ok(holds(operator, a.len().cmp(&b.len())))
    }

    /// The comparison by special methods: the left operand's, then the right one's mirrored.
    fn rich_compare(&self, operator: CompareOperator, a: &Value, b: &Value) -> Result<Value> {
        let (name, mirrored, symbol) = match operator {
            CompareOperator::Less => ("__lt__", "__gt__", "<"),
            CompareOperator::LessEqual => ("__le__", "__ge__", "<="),
            CompareOperator::Greater => ("__gt__", "__lt__", ">"),
            CompareOperator::GreaterEqual => ("__ge__", "__le__", ">="),
            CompareOperator::NotEqual => ("__ne__", "__ne__", "!="),
            _ => ("__eq__", "__eq__", "=="),
        };
        let attempts = [(a, name, b), (b, mirrored, a)];
        for (receiver, name, other) in attempts {
            if let Value::Native(object) = receiver
                && matches!(operator, CompareOperator::Equal | CompareOperator::NotEqual)
                && let Some(equal) = object.equal(self, other)
            {
                return equal.map(|equal| Value::Bool(equal == (operator == CompareOperator::Equal)));
            }
            if let Some(result) = self.special(receiver, name, std::slice::from_ref(other)) {
                let result = result?;
                if !matches!(result, Value::NotImplemented) {
                    return Ok(result);
                }
            }
        }
        match operator {
            CompareOperator::Equal => self.payload_equal(a, b).map(Value::Bool),
            CompareOperator::NotEqual => {
                let equal = self.equal_value(a, b)?;
                Ok(Value::Bool(!self.truth(&equal)?))
            }
            _ => self.payload_order(operator, a, b, symbol),
        }
    }

    fn payload_equal(&self, a: &Value, b: &Value) -> Result<bool> {
        if a.same(b) {
            return Ok(true);
        }
        let (inner_a, inner_b) = (a.payload(), b.payload());
        if may_override(&inner_a) || may_override(&inner_b) {
            return Ok(false);
        }
        self.equal_values(&inner_a, &inner_b)
    }

    fn payload_order(&self, operator: CompareOperator, a: &Value, b: &Value, symbol: &str) -> Result<Value> {
        let (inner_a, inner_b) = (a.payload(), b.payload());
        if let Some(answer) = self.native_order(operator, &inner_a, &inner_b)? {
            return Ok(Value::Bool(answer));
        }
        let (a, b) = (self.full_type_name(a), self.full_type_name(b));
        let message = format!("'{symbol}' not supported between instances of '{a}' and '{b}'");
        Err(Error::type_error(message))
    }

    // ---- hashes -----------------------------------------------------------------------------------------------

    pub(super) fn same_key_values(&self, a: &Value, b: &Value) -> Option<bool> {
        if a.same(b) {
            return Some(true);
        }
        if let Some(answer) = plain_equal(a, b) {
            return Some(answer);
        }
        if may_override(a) || may_override(b) {
            return None;
        }
        match (a, b) {
            (Value::Tuple(a), Value::Tuple(b)) if a.items.len() == b.items.len() => a
                .items
                .iter()
                .zip(&b.items)
                .try_fold(true, |all, (a, b)| Some(all && self.same_key_values(a, b)?)),
            (Value::Set(_), Value::Set(_)) | (Value::BoundMethod(_), Value::BoundMethod(_)) => None,
            _ => Some(false),
        }
    }

    /// The hash that tables use. It is not `hash(value)`: that one is known to all, and a file could be made of keys that
    /// share it (the multiples of 2**61 - 1, tuples of -1 and -2).
    pub(super) fn hash_value(&self, value: &Value) -> Result<u64> {
        match value {
            Value::Str(text) => Ok(text.hash_code()),
            Value::Int(value) => Ok(hash::of(value)),
            Value::Bool(value) => Ok(hash::of(&i64::from(*value))),
            Value::BigInt(value) => Ok(hash::of(&**value)),
            Value::Float(value) => Ok(hash_of_float(*value)),
            Value::Complex(parts) if parts.1 == 0.0 => Ok(hash_of_float(parts.0)),
            Value::Complex(parts) => Ok(hash::of(&[hash_of_float(parts.0), hash_of_float(parts.1)])),
            Value::Tuple(tuple) => self.hash_of_tuple(&tuple.items),
            Value::Bytes(bytes) => Ok(hash::of_bytes(bytes)),
            Value::Set(set) if set.frozen => self.hash_of_set(set),
            Value::Range(range) => Ok(hash::of(&(range.start, range.len(), range.step))),
            Value::Dtype(dtype) => Ok(u64::from(dtype.number()) + 77),
            Value::Device(device) => Ok(hash::of(&device.to_string())),
            Value::BoundMethod(method) => Ok((method.receiver.address() ^ method.function.address()) as u64),
            Value::List(_) | Value::Dict(_) | Value::Set(_) | Value::Slice(_) | Value::View(_) => {
                Err(self.unhashable(value))
            }
            Value::Native(object) => object.hash(self).unwrap_or(Ok(value.address() as u64 >> 4)),
            Value::Instance(_) => self.hash_of_instance(value),
            _ => Ok(value.address() as u64 >> 4),
        }
    }

    fn hash_of_tuple(&self, items: &[Value]) -> Result<u64> {
        let mut hasher = Seeded.build_hasher();
        self.check_interrupt()?;
        for item in items {
            hasher.write_u64(self.hash_value(item)?);
        }
        hasher.write_usize(items.len());
        Ok(hasher.finish())
    }

    fn hash_of_set(&self, set: &Set) -> Result<u64> {
        if let Some(known) = set.table_hash.get() {
            return Ok(known);
        }
        let mut all = 0_u64;
        for item in set.dict.keys() {
            all = all.wrapping_add(hash::of(&self.hash_value(&item)?));
        }
        set.table_hash.set(Some(all));
        Ok(all)
    }

    /// As what the object stands on has it, or by the number that its class gives: a table of names or of numbers finds
    /// it so. (A class that gives the `hash` of an integer beyond 64 bits is not found under that integer.)
    fn hash_of_instance(&self, value: &Value) -> Result<u64> {
        let payload = value.payload();
        if matches!(payload, Value::Instance(_)) || self.writes_hash(value) {
            return self.hash_number(value).map(|number| hash::of(&number));
        }
        self.hash_value(&payload).map_err(|_| self.unhashable(value))
    }

    /// Whether the class of an object has a `__hash__` or `__eq__` of the program.
    fn writes_hash(&self, value: &Value) -> bool {
        let class = self.class_of(value);
        let written = |name| !matches!(class.lookup(name), Some(Value::Builtin(_)) | None);
        written(&self.names.hash) || written(&self.names.eq)
    }
}

/// Whether a value's class can define comparisons of its own.
fn may_override(value: &Value) -> bool {
    match value {
        Value::Instance(_) | Value::Native(_) | Value::Tensor(_) => true,
        Value::Dict(dict) => matches!(*dict.kind.borrow(), crate::value::DictKind::Counter),
        Value::Class(class) => class.metaclass.is_some(),
        _ => false,
    }
}

fn holds(operator: CompareOperator, order: Ordering) -> bool {
    match operator {
        CompareOperator::Less => order.is_lt(),
        CompareOperator::LessEqual => order.is_le(),
        CompareOperator::Greater => order.is_gt(),
        CompareOperator::GreaterEqual => order.is_ge(),
        CompareOperator::Equal => order.is_eq(),
        _ => order.is_ne(),
    }
}

/// As the integer that it equals, if there is one.
fn hash_of_float(value: f64) -> u64 {
    if value.is_nan() {
        return hash::of(&value.to_bits());
    }
    if value.fract() != 0.0 || value.is_infinite() {
        return hash::of(&super::hash::of_float(value));
    }
    match value.to_i64() {
        Some(small) => hash::of(&small),
        None => hash::of(&BigInt::from_f64(value).unwrap_or_default()),
    }
}
