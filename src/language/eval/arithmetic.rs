//! Operators on built-in values; everything else goes through special methods.

use std::rc::Rc;

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};

use super::operator_names::special_names;
use super::{Interpreter, complex};
use crate::value::memory;
use crate::value::number::big_to_float;
use crate::value::{Dict, DictKind, Str, TupleKind, UnionType, Value, Vm};
use torchsh_base::error::{Error, Kind, Result};
use torchsh_syntax::tree::{BinaryOperator, UnaryOperator};

/// The largest number of bits an integer may grow to by `**` or `<<`.
const MOST_BITS: u64 = 1 << 32;

/// `a operator b`.
pub(super) fn binary(vm: &Interpreter, operator: BinaryOperator, a: &Value, b: &Value) -> Result<Value> {
    binary_or_named(vm, operator, a, b, special_names(operator).3)
}

/// As [`binary`], with the operator's name for the message.
pub(super) fn binary_or_named(
    vm: &Interpreter,
    operator: BinaryOperator,
    a: &Value,
    b: &Value,
    symbol: &str,
) -> Result<Value> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => return ints(operator, *a, *b),
        (Value::Float(a), Value::Float(b)) => return floats(operator, *a, *b),
        (Value::Native(_), _) | (_, Value::Native(_)) => {
            if let Some(result) = native_numbers(vm, operator, a, b) {
                return result;
            }
        }
        _ => {}
    }
    if let Some(result) = numbers(operator, a, b) {
        return result;
    }
    if let Some(result) = containers(vm, operator, a, b) {
        return result;
    }
    special_binary(vm, operator, a, b, symbol)
}

/// Operators of numbers that are native objects (numpy's scalars), which no class of the program can change.
fn native_numbers(vm: &Interpreter, operator: BinaryOperator, a: &Value, b: &Value) -> Option<Result<Value>> {
    match (a, b) {
        (Value::Native(own), other) if is_number(other) => own.binary(vm, operator, other, false),
        (other, Value::Native(own)) if is_number(other) => own.binary(vm, operator, other, true),
        _ => None,
    }
}

/// Whether a value is a number of a built-in class, or may be one.
pub(super) fn is_number(value: &Value) -> bool {
    matches!(
        value,
        Value::Int(_)
            | Value::Float(_)
            | Value::Bool(_)
            | Value::BigInt(_)
            | Value::Complex(_)
            | Value::Native(_)
    )
}

fn special_binary(
    vm: &Interpreter,
    operator: BinaryOperator,
    a: &Value,
    b: &Value,
    symbol: &str,
) -> Result<Value> {
    let (name, reflected, _, _) = special_names(operator);
    let mut attempts = vec![(a, name, b), (b, reflected, a)];
    let (class_a, class_b) = (vm.class_of(a), vm.class_of(b));
    // A subclass on the right that has its own version goes first.
    if !Rc::ptr_eq(&class_a, &class_b) && class_b.inherits(&class_a) {
        attempts.reverse();
    }
    for (receiver, name, other) in attempts {
        if let Some(result) = vm.special(receiver, name, std::slice::from_ref(other)) {
            let result = result?;
            if !matches!(result, Value::NotImplemented) {
                return Ok(result);
            }
        }
    }
    let (inner_a, inner_b) = (a.payload(), b.payload());
    if let (BinaryOperator::BitOr, Value::Instance(_), Value::Dict(dict), Value::Dict(more)) =
        (operator, a, &inner_a, &inner_b)
        && matches!(*dict.kind.borrow(), DictKind::Ordered)
    {
        return merge_into_class(vm, a, more);
    }
    if !(matches!(inner_a, Value::Instance(_)) || matches!(inner_b, Value::Instance(_)))
        && (matches!(a, Value::Instance(_)) || matches!(b, Value::Instance(_)))
    {
        return binary_or_named(vm, operator, &inner_a, &inner_b, symbol);
    }
    if operator == BinaryOperator::BitOr
        && let Some(union) = UnionType::join(a, b)
    {
        return Ok(union);
    }
    Err(unsupported(vm, operator, a, b, symbol))
}

fn unsupported(vm: &Interpreter, operator: BinaryOperator, a: &Value, b: &Value, symbol: &str) -> Error {
    let (left, right) = (vm.full_type_name(a), vm.full_type_name(b));
    match (operator, a) {
        (BinaryOperator::Add, Value::Str(_)) => {
            Error::type_error(format!("can only concatenate str (not \"{right}\") to str"))
        }
        (BinaryOperator::Add, Value::Bytes(_)) => Error::type_error(format!("can't concat {right} to bytes")),
        (BinaryOperator::Add, Value::List(_)) => {
            Error::type_error(format!("can only concatenate list (not \"{right}\") to list"))
        }
        (BinaryOperator::Add, Value::Tuple(_)) => {
            let left = if &*left == "Size" { "torch.Size" } else { "tuple" };
            let note = if left == "tuple" { format!("\"{right}\"") } else { right.to_string() };
            Error::type_error(format!("can only concatenate tuple (not {note}) to {left}"))
        }
        (BinaryOperator::Mul, Value::Str(_) | Value::List(_) | Value::Tuple(_)) => {
            Error::type_error(format!("can't multiply sequence by non-int of type '{right}'"))
        }
        _ => Error::type_error(format!("unsupported operand type(s) for {symbol}: '{left}' and '{right}'")),
    }
}

// ---- numbers ----------------------------------------------------------------------------------------------------

fn ints(operator: BinaryOperator, a: i64, b: i64) -> Result<Value> {
    use BinaryOperator as Op;
    let quick = match operator {
        Op::Add => a.checked_add(b),
        Op::Sub => a.checked_sub(b),
        Op::Mul => a.checked_mul(b),
        Op::BitAnd => Some(a & b),
        Op::BitOr => Some(a | b),
        Op::BitXor => Some(a ^ b),
        Op::FloorDiv if b != 0 => a.checked_div_euclid(b).map(|_| Integer::div_floor(&a, &b)),
        Op::Mod if b != 0 && b != -1 => Some(Integer::mod_floor(&a, &b)),
        Op::Div if b != 0 && a.unsigned_abs() < 1 << 53 && b.unsigned_abs() < 1 << 53 => {
            return Ok(Value::Float(a as f64 / b as f64));
        }
        Op::RightShift if b >= 0 => Some(a >> b.min(63)),
        _ => None,
    };
    match quick {
        Some(value) => Ok(Value::Int(value)),
        None => bigs(operator, &BigInt::from(a), &BigInt::from(b)),
    }
}

fn bigs(operator: BinaryOperator, a: &BigInt, b: &BigInt) -> Result<Value> {
    use BinaryOperator as Op;
    let zero = |message: &str| Err(Error::new(Kind::ZeroDivision, message));
    Ok(Value::big(match operator {
        Op::Add => a + b,
        Op::Sub => a - b,
        Op::Mul => a * b,
        Op::Div if b.is_zero() => return zero("division by zero"),
        Op::Div => return divide_bigs(a, b).map(Value::Float),
        Op::FloorDiv if b.is_zero() => return zero("integer division or modulo by zero"),
        Op::Mod if b.is_zero() => return zero("integer modulo by zero"),
        Op::FloorDiv => a.div_floor(b),
        Op::Mod => a.mod_floor(b),
        Op::Pow if b.is_negative() && a.is_zero() => return zero("0.0 cannot be raised to a negative power"),
        Op::Pow if b.is_negative() => return Ok(Value::Float(big_to_float(a)?.powf(big_to_float(b)?))),
        Op::Pow => power(a, b)?,
        Op::LeftShift | Op::RightShift if b.is_negative() => {
            return Err(Error::value("negative shift count"));
        }
        Op::LeftShift => a << shift_count(a, b)?,
        Op::RightShift => a >> b.to_usize().unwrap_or(usize::MAX),
        Op::BitAnd => a & b,
        Op::BitOr => a | b,
        Op::BitXor => a ^ b,
        Op::MatMul => return Err(Error::type_error("unsupported operand type(s) for @: 'int' and 'int'")),
    }))
}

/// The quotient, rounded once: both are scaled so that the integer quotient carries 64 good bits.
fn divide_bigs(a: &BigInt, b: &BigInt) -> Result<f64> {
    let shift = b.bits() as i64 - a.bits() as i64 + 66;
    let quotient = if shift > 0 { (a << shift as u64) / b } else { (a >> (-shift) as u64) / b };
    let value =
        quotient.to_f64().unwrap_or(f64::INFINITY) * 2f64.powi(i32::try_from(-shift).unwrap_or(i32::MIN));
    if value.is_finite() {
        Ok(value)
    } else {
        Err(Error::new(Kind::Overflow, "integer division result too large for a float"))
    }
}

fn power(a: &BigInt, b: &BigInt) -> Result<BigInt> {
    if a.is_one() || a.is_zero() || *a == BigInt::from(-1) {
        let even = (b % 2u8).is_zero();
        return Ok(if b.is_zero() || (even && !a.is_zero()) { BigInt::one() } else { a.clone() });
    }
    let exponent = b.to_u32().filter(|exponent| a.bits() * u64::from(*exponent) < MOST_BITS);
    match exponent {
        Some(exponent) => Ok(a.pow(exponent)),
        None => Err(Error::new(Kind::Overflow, "the result of ** would have more than 2**32 bits")),
    }
}

fn shift_count(a: &BigInt, b: &BigInt) -> Result<u64> {
    b.to_u64()
        .filter(|count| a.bits() + count < MOST_BITS)
        .ok_or_else(|| Error::new(Kind::Overflow, "the result of << would have more than 2**32 bits"))
}

fn floats(operator: BinaryOperator, a: f64, b: f64) -> Result<Value> {
    use BinaryOperator as Op;
    Ok(Value::Float(match operator {
        Op::Add => a + b,
        Op::Sub => a - b,
        Op::Mul => a * b,
        Op::Div if b == 0.0 => return Err(Error::new(Kind::ZeroDivision, "float division by zero")),
        Op::Div => a / b,
        Op::FloorDiv if b == 0.0 => {
            return Err(Error::new(Kind::ZeroDivision, "float floor division by zero"));
        }
        Op::FloorDiv => floor_divide(a, b),
        Op::Mod if b == 0.0 => return Err(Error::new(Kind::ZeroDivision, "float modulo")),
        Op::Mod => modulo(a, b),
        Op::Pow => return float_power(a, b),
        _ => {
            let symbol = special_names(operator).3;
            let message = format!("unsupported operand type(s) for {symbol}: 'float' and 'float'");
            return Err(Error::type_error(message));
        }
    }))
}

fn modulo(a: f64, b: f64) -> f64 {
    let rest = a % b;
    if rest == 0.0 {
        0f64.copysign(b)
    } else if (rest < 0.0) == (b < 0.0) {
        rest
    } else {
        rest + b
    }
}

fn floor_divide(a: f64, b: f64) -> f64 {
    let quotient = (a - modulo(a, b)) / b;
    if quotient == 0.0 {
        0f64.copysign(a / b)
    } else {
        (quotient + 0.5).floor().min(quotient.ceil()).max(quotient.floor())
    }
}

fn float_power(a: f64, b: f64) -> Result<Value> {
    if a == 0.0 && b < 0.0 {
        return Err(Error::new(Kind::ZeroDivision, "0.0 cannot be raised to a negative power"));
    }
    if a < 0.0 && a.is_finite() && b.is_finite() && b.fract() != 0.0 {
        let (size, angle) = ((-a).powf(b), std::f64::consts::PI * b);
        return Ok(Value::complex(size * angle.cos(), size * angle.sin()));
    }
    let value = a.powf(b);
    if value.is_infinite() && a.is_finite() && b.is_finite() {
        return Err(Error::new(Kind::Overflow, "(34, 'Numerical result out of range')"));
    }
    Ok(Value::Float(value))
}

/// Two numbers of different types.
fn numbers(operator: BinaryOperator, a: &Value, b: &Value) -> Option<Result<Value>> {
    use BinaryOperator as Op;
    if let (Value::Bool(a), Value::Bool(b)) = (a, b) {
        match operator {
            Op::BitAnd => return Some(Ok(Value::Bool(a & b))),
            Op::BitOr => return Some(Ok(Value::Bool(a | b))),
            Op::BitXor => return Some(Ok(Value::Bool(a ^ b))),
            _ => {}
        }
    }
    if let (Some(a), Some(b)) = (as_big(a), as_big(b)) {
        return Some(match (a.to_i64(), b.to_i64()) {
            (Some(a), Some(b)) => ints(operator, a, b),
            _ => bigs(operator, &a, &b),
        });
    }
    if let Value::Complex(_) = a {
        return Some(complex::binary(operator, as_complex(a)?, as_complex(b)?));
    }
    if let Value::Complex(_) = b {
        return Some(complex::binary(operator, as_complex(a)?, as_complex(b)?));
    }
    let (a, b) = (as_float(a)?, as_float(b)?);
    Some(match (a, b) {
        (Ok(a), Ok(b)) if !is_integer_operator(operator) => floats(operator, a, b),
        (Err(error), _) | (_, Err(error)) => Err(error),
        _ => return None,
    })
}

fn is_integer_operator(operator: BinaryOperator) -> bool {
    use BinaryOperator as Op;
    matches!(operator, Op::BitAnd | Op::BitOr | Op::BitXor | Op::LeftShift | Op::RightShift | Op::MatMul)
}

fn as_big(value: &Value) -> Option<BigInt> {
    match value {
        Value::Int(value) => Some(BigInt::from(*value)),
        Value::Bool(value) => Some(BigInt::from(u8::from(*value))),
        Value::BigInt(value) => Some((**value).clone()),
        _ => None,
    }
}

fn as_float(value: &Value) -> Option<Result<f64>> {
    match value {
        Value::Float(value) => Some(Ok(*value)),
        Value::Int(value) => Some(Ok(*value as f64)),
        Value::Bool(value) => Some(Ok(f64::from(u8::from(*value)))),
        Value::BigInt(value) => Some(big_to_float(value)),
        _ => None,
    }
}

fn as_complex(value: &Value) -> Option<(f64, f64)> {
    match value {
        Value::Complex(value) => Some(**value),
        other => as_float(other)?.ok().map(|value| (value, 0.0)),
    }
}

/// `-a`, `+a`, `~a`.
pub(super) fn unary(vm: &Interpreter, operator: UnaryOperator, of: &Value) -> Result<Value> {
    let (name, symbol) = match operator {
        UnaryOperator::Negative => ("__neg__", "-"),
        UnaryOperator::Positive => ("__pos__", "+"),
        UnaryOperator::Invert | UnaryOperator::Not => ("__invert__", "~"),
    };
    match (operator, of) {
        (UnaryOperator::Negative, Value::Float(value)) => return Ok(Value::Float(-value)),
        (UnaryOperator::Positive, Value::Float(_)) => return Ok(of.clone()),
        (UnaryOperator::Negative, Value::Complex(value)) => return Ok(Value::complex(-value.0, -value.1)),
        (UnaryOperator::Positive, Value::Complex(_)) => return Ok(of.clone()),
        _ => {}
    }
    if let Some(value) = as_big(of) {
        return Ok(Value::big(match operator {
            UnaryOperator::Negative => -value,
            UnaryOperator::Positive => value,
            UnaryOperator::Invert | UnaryOperator::Not => !value,
        }));
    }
    match vm.special(of, name, &[]) {
        Some(result) => result,
        None => match of.payload() {
            Value::Instance(_) => {
                let name = vm.type_name(of);
                Err(Error::type_error(format!("bad operand type for unary {symbol}: '{name}'")))
            }
            payload if matches!(of, Value::Instance(_)) => unary(vm, operator, &payload),
            _ => {
                let name = vm.type_name(of);
                Err(Error::type_error(format!("bad operand type for unary {symbol}: '{name}'")))
            }
        },
    }
}

// ---- strings, sequences, sets, dictionaries ---------------------------------------------------------------------

fn containers(vm: &Interpreter, operator: BinaryOperator, a: &Value, b: &Value) -> Option<Result<Value>> {
    use BinaryOperator as Op;
    match (operator, a, b) {
        (Op::Add, Value::Str(a), Value::Str(b)) => {
            Some(memory::room(a.len() + b.len()).map(|()| Value::Str(Str::joined(&[a, b]))))
        }
        (Op::Add, Value::Bytes(a), Value::Bytes(b)) => {
            Some(memory::room(a.len() + b.len()).map(|()| Value::Bytes(Rc::new([&a[..], &b[..]].concat()))))
        }
        (Op::Add, Value::List(a), Value::List(b)) => {
            let mut items = a.to_vec();
            items.extend(b.items().iter().cloned());
            Some(Ok(Value::list(items)))
        }
        (Op::Add, Value::Tuple(a), Value::Tuple(b)) => {
            let items = a.items.iter().chain(b.items.iter()).cloned().collect();
            let sizes = matches!(a.kind, TupleKind::Size) || matches!(b.kind, TupleKind::Size);
            let kind = if sizes { TupleKind::Size } else { TupleKind::Plain };
            Some(Ok(Value::Tuple(Rc::new(crate::value::Tuple::with_kind(items, kind)))))
        }
        (Op::Mul, Value::Str(_) | Value::Bytes(_) | Value::List(_) | Value::Tuple(_), Value::BigInt(_))
        | (Op::Mul, Value::BigInt(_), Value::Str(_) | Value::Bytes(_) | Value::List(_) | Value::Tuple(_)) => {
            Some(Err(Error::new(Kind::Overflow, "cannot fit 'int' into an index-sized integer")))
        }
        (Op::Mul, sequence, Value::Int(_) | Value::Bool(_)) => repeat(sequence, b.as_int()?),
        (Op::Mul, Value::Int(_) | Value::Bool(_), sequence) => repeat(sequence, a.as_int()?),
        // Counters have operators of their own.
        (Op::BitOr, Value::Dict(a), Value::Dict(b)) if !(is_counter(a) && is_counter(b)) => {
            Some(merge(vm, a, b))
        }
        (Op::BitAnd | Op::BitOr | Op::BitXor | Op::Sub, _, _) => {
            super::sets::set_operation(vm, operator, a, b)
        }
        _ => None,
    }
}

fn repeat(sequence: &Value, count: i64) -> Option<Result<Value>> {
    let count = usize::try_from(count).unwrap_or(0);
    let many =
        |items: &[Value]| -> Vec<Value> { std::iter::repeat_n(items, count).flatten().cloned().collect() };
    let size = match sequence {
        // Made once and copied once.
        Value::Str(text) => text.len().saturating_mul(2),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(list) => list.len().saturating_mul(size_of::<Value>()),
        Value::Tuple(tuple) => tuple.items.len().saturating_mul(size_of::<Value>()),
        _ => 0,
    };
    if let Err(error) = memory::room(size.saturating_mul(count)) {
        return Some(Err(error));
    }
    match sequence {
        Value::Str(text) => Some(Ok(Value::str(text.repeat(count)))),
        Value::Bytes(bytes) => Some(Ok(Value::Bytes(Rc::new(bytes.repeat(count))))),
        Value::List(list) => Some(Ok(Value::list(many(&list.items())))),
        Value::Tuple(tuple) => {
            let kind = if matches!(tuple.kind, TupleKind::Size) { TupleKind::Size } else { TupleKind::Plain };
            Some(Ok(Value::Tuple(Rc::new(crate::value::Tuple::with_kind(many(&tuple.items), kind)))))
        }
        _ => None,
    }
}

fn is_counter(dict: &Dict) -> bool {
    matches!(*dict.kind.borrow(), DictKind::Counter)
}

/// `a | b` of a class made from `OrderedDict`, which stays of that class.
fn merge_into_class(vm: &Interpreter, a: &Value, b: &Dict) -> Result<Value> {
    let merged = vm.call(&Value::Class(vm.class_of(a)), std::slice::from_ref(a), &[])?;
    for (key, value) in b.entries() {
        vm.set_item(&merged, &key, value)?;
    }
    Ok(merged)
}

fn merge(vm: &Interpreter, a: &Dict, b: &Dict) -> Result<Value> {
    let kind = match (&*a.kind.borrow(), &*b.kind.borrow()) {
        (DictKind::Plain, other) => other.clone(),
        (own, _) => own.clone(),
    };
    let merged = Dict::new(a.map().clone(), kind);
    for (key, value) in b.entries() {
        merged.set(vm, key, value)?;
    }
    Ok(Value::Dict(Rc::new(merged)))
}
